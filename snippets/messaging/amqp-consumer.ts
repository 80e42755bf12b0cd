import type { Channel, ConfirmChannel, ConsumeMessage } from 'amqplib';

const PREFETCH = 20; // ${1}
const MAX_ATTEMPTS = 5; // ${2}
const RETRY_AFTER_MS = 10_000; // ${3}

/** A message that will not get better by trying again. */
export class PoisonMessageError extends Error {}

/** Makes a queue bound to an exchange, the queue its failures wait in, and the one where they end: `<queue>.retry` and `.dead`. */
export async function declareQueue(
  channel: Channel,
  queue: string,
  exchange: string,
  patterns: readonly string[],
  retryAfterMs = RETRY_AFTER_MS,
): Promise<void> {
  const quorum = { 'x-queue-type': 'quorum' };
  // At least once: else a failure that is handed on while its next queue has no majority is lost.
  const leadTo = (next: string) => ({
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': next,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  });
  await channel.assertExchange(exchange, 'topic', { durable: true });
  await channel.assertQueue(queue, { durable: true, arguments: { ...quorum, ...leadTo(`${queue}.retry`) } });
  await channel.assertQueue(`${queue}.retry`, {
    durable: true,
    arguments: { ...quorum, ...leadTo(queue), 'x-message-ttl': retryAfterMs },
  });
  await channel.assertQueue(`${queue}.dead`, { durable: true, arguments: quorum });
  for (const pattern of patterns) await channel.bindQueue(queue, exchange, pattern);
}

export interface Consumption {
  /** Takes no more messages, waits for those under way, and resolves when all are settled. */
  stop(): Promise<void>;
}

/**
 * Consumes a queue of `declareQueue`. `handle` is called with each message at least once, and deduplicates by its id. When
 * it throws, the message waits and comes again, `MAX_ATTEMPTS` times in all; then, or at once for a PoisonMessageError, it
 * goes to the dead. `onCancel` hears when the broker ends the consumption, because the queue was deleted for one.
 */
export async function consume(
  channel: ConfirmChannel,
  queue: string,
  handle: (id: string, data: unknown, message: ConsumeMessage) => Promise<void>,
  onCancel: () => void,
): Promise<Consumption> {
  const underWay = new Set<Promise<void>>();
  await channel.prefetch(PREFETCH);
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (!message) return onCancel();
    // It rejects only when the channel is closed: then the broker gives the message to another.
    const forget = () => void underWay.delete(work);
    const work: Promise<void> = settle(message).then(forget, forget);
    underWay.add(work);
  });
  return {
    async stop() {
      await channel.cancel(consumerTag);
      await Promise.all(underWay);
    },
  };

  async function settle(message: ConsumeMessage): Promise<void> {
    try {
      await handle(idOf(message), parse(message), message);
      channel.ack(message);
    } catch (error) {
      if (!(error instanceof PoisonMessageError) && attemptOf(message, queue) < MAX_ATTEMPTS) {
        channel.nack(message, false, false);
        return;
      }
      try {
        await bury(message, error);
        channel.ack(message);
      } catch {
        // Not even buried: it stays in the queue.
        channel.nack(message, false, true);
      }
    }
  }

  function bury(message: ConsumeMessage, error: unknown): Promise<void> {
    const { content, fields } = message;
    // Among the dead nothing expires; and who buries is not always who published, as the broker demands of a `userId`.
    const { expiration: _, userId: __, ...properties } = message.properties;
    const headers = {
      ...properties.headers,
      'x-failure': String(error instanceof Error ? error.message : error).slice(0, 1_000),
      'x-routing-key': fields.routingKey,
    };
    return new Promise((resolve, reject) => {
      channel.sendToQueue(`${queue}.dead`, content, { ...properties, headers, persistent: true }, (failure) =>
        failure ? reject(failure) : resolve(),
      );
    });
  }
}

/**
 * How far a queue is behind: messages that no consumer has yet, that wait for another attempt, and that ended among the dead. On a
 * channel of its own, as a queue that is missing closes it.
 */
export async function lagOf(channel: Channel, queue: string): Promise<{ ready: number; waiting: number; dead: number }> {
  const count = async (name: string) => (await channel.checkQueue(name)).messageCount;
  return { ready: await count(queue), waiting: await count(`${queue}.retry`), dead: await count(`${queue}.dead`) };
}

/** Which attempt this is, by how often the message has left the queue as a failure. */
function attemptOf(message: ConsumeMessage, queue: string): number {
  const deaths = (message.properties.headers?.['x-death'] ?? []) as { queue: string; count: number }[];
  return 1 + (deaths.find((death) => death.queue === queue)?.count ?? 0);
}

function idOf({ properties }: ConsumeMessage): string {
  if (typeof properties.messageId !== 'string') throw new PoisonMessageError('The message has no id.');
  return properties.messageId;
}

function parse({ content }: ConsumeMessage): unknown {
  try {
    return JSON.parse(content.toString());
  } catch (cause) {
    throw new PoisonMessageError('The message is no JSON.', { cause });
  }
}
