import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, KafkaMessage, Producer } from 'kafkajs';

const MAX_ATTEMPTS = 4; // ${1}
const BASE_MS = 500; // ${2}

/** A message that will not get better by trying again. */
export class PoisonMessageError extends Error {}

export interface ConsumeOptions {
  topic: string;
  /** Called with each message at least once; deduplicates by its id. */
  handle: (id: string, data: unknown, message: KafkaMessage) => Promise<void>;
  /** Publishes to `<topic>.dead`. */
  producer: Producer;
  /** How many messages a partition is behind, after each batch. */
  onLag: (partition: number, messages: number) => void;
  /** Hears that the consumer has ended and does not come back by itself: let the process end, to be started anew. */
  onCrash: (error: Error) => void;
  sleep?: (ms: number) => Promise<unknown>;
}

/**
 * Consumes a topic, one message of a partition after the other. When `handle` throws, the message is tried again, with
 * growing waits; then, or at once for a PoisonMessageError, it goes to `<topic>.dead`, and the partition goes on. Returns
 * what ends it: it waits for the message under way, commits, and leaves the group.
 */
export async function consume(consumer: Consumer, options: ConsumeOptions): Promise<() => Promise<void>> {
  const { topic, handle, producer, onLag, onCrash, sleep = delay } = options;
  let isStopping = false;
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => onLag(payload.partition, Number(payload.offsetLag)));
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) onCrash(payload.error);
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    async eachMessage({ partition, message, heartbeat }) {
      for (let attempt = 1; ; attempt++) {
        try {
          await handle(idOf(message), parse(message), message);
          return;
        } catch (error) {
          if (error instanceof PoisonMessageError || attempt >= MAX_ATTEMPTS) {
            await bury(partition, message, error);
            return;
          }
          // Not committed: whoever gets the partition begins with this message.
          if (isStopping) throw error;
        }
        // Longer than the session timeout without a heartbeat, and the group takes the partition away.
        await sleep(Math.random() * BASE_MS * 2 ** attempt);
        await heartbeat();
      }
    },
  });
  return async () => {
    isStopping = true;
    await consumer.disconnect();
  };

  async function bury(partition: number, message: KafkaMessage, error: unknown): Promise<void> {
    await producer.send({
      topic: `${topic}.dead`,
      acks: -1,
      messages: [
        {
          key: message.key,
          value: message.value,
          headers: {
            ...message.headers,
            'x-failure': String(error instanceof Error ? error.message : error).slice(0, 1_000),
            'x-from': `${topic}/${partition}/${message.offset}`,
          },
        },
      ],
    });
  }
}

function idOf({ headers }: KafkaMessage): string {
  const id = headers?.ce_id?.toString();
  if (!id) throw new PoisonMessageError('The message has no id.');
  return id;
}

function parse({ value }: KafkaMessage): unknown {
  try {
    return JSON.parse(value?.toString() ?? '');
  } catch (cause) {
    throw new PoisonMessageError('The message is no JSON.', { cause });
  }
}
