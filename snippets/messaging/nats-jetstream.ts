import {
  AckPolicy,
  type ConsumerMessages,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  RetentionPolicy,
} from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';

const MAX_ATTEMPTS = 5; // ${1}
const BASE_MS = 1_000; // ${2}
const NANOSECONDS = 1_000_000;

/** A message that will not get better by trying again. */
export class PoisonMessageError extends Error {}

/** Makes, or brings up to date, a stream for `<stream>.events.>` with its dead letters, and a consumer that knows what it has done. */
export async function declareStream(manager: JetStreamManager, stream: string, durable: string): Promise<void> {
  const config = { subjects: [`${stream}.events.>`, `${stream}.dead.>`], duplicate_window: 120_000 * NANOSECONDS };
  const known = await manager.streams.info(stream).catch(() => undefined);
  if (known) await manager.streams.update(stream, config);
  else await manager.streams.add({ name: stream, retention: RetentionPolicy.Limits, ...config });
  await manager.consumers.add(stream, {
    durable_name: durable,
    filter_subject: `${stream}.events.>`,
    ack_policy: AckPolicy.Explicit,
    ack_wait: 30_000 * NANOSECONDS,
    // What has had its attempts ends here, in the dead letters, not by the server, which would only forget it.
    max_deliver: -1,
    max_ack_pending: 100,
  });
}

/** Publishes an event; resolves when the stream has it. The same id within two minutes is stored once. */
export async function publish(js: JetStreamClient, subject: string, id: string, data: unknown): Promise<void> {
  await js.publish(subject, JSON.stringify(data), { msgID: id, timeout: 5_000 });
}

/**
 * Consumes a durable consumer's messages, one after the other, until `messages.close()`. `handle` is called with each at least
 * once, and deduplicates by its id. When it throws, the message comes again later; after `MAX_ATTEMPTS`, or at once for a
 * PoisonMessageError, it goes to `<stream>.dead.…`, unhandled when the process died with it so often. `log` gets what kept a
 * message from being buried: it comes again too.
 */
export async function consume(
  js: JetStreamClient,
  messages: ConsumerMessages,
  handle: (id: string, data: unknown, message: JsMsg) => Promise<void>,
  log: (error: unknown) => void,
  baseMs = BASE_MS,
): Promise<void> {
  for await (const message of messages) {
    // While the handler works, the server is told so, and does not give the message to another.
    const working = setInterval(() => message.working(), 10_000);
    const { deliveryCount } = message.info;
    try {
      if (deliveryCount > MAX_ATTEMPTS) throw new PoisonMessageError(`Nothing came of ${MAX_ATTEMPTS} deliveries.`);
      await handle(idOf(message), parse(message), message);
      await message.ackAck();
    } catch (error) {
      const isOver = error instanceof PoisonMessageError || deliveryCount >= MAX_ATTEMPTS;
      const isBuried = isOver && (await isBuriedBy(bury(js, message, error), log));
      if (!isBuried) message.nak(Math.ceil(Math.random() * baseMs * 2 ** Math.min(deliveryCount, MAX_ATTEMPTS)));
    } finally {
      clearInterval(working);
    }
  }
}

/** How far a consumer is behind: messages it has not been given yet, and those it was given and has not acknowledged. */
export async function lagOf(
  manager: JetStreamManager,
  stream: string,
  durable: string,
): Promise<{ pending: number; open: number }> {
  const { num_pending: pending, num_ack_pending: open } = await manager.consumers.info(stream, durable);
  return { pending, open };
}

async function isBuriedBy(burial: Promise<void>, log: (error: unknown) => void): Promise<boolean> {
  try {
    await burial;
    return true;
  } catch (error) {
    log(error);
    return false;
  }
}

async function bury(js: JetStreamClient, message: JsMsg, error: unknown): Promise<void> {
  const failure = String(error instanceof Error ? error.message : error);
  const [stream = '', , ...rest] = message.subject.split('.');
  const subject = [stream, 'dead', ...rest].join('.');
  const kept = headers();
  for (const [name, values] of message.headers ?? [])
    if (!name.startsWith('Nats-')) for (const value of values) kept.append(name, value);
  // The header itself names the dead letter, so that it is stored once.
  kept.set('x-message-id', message.headers?.get('Nats-Msg-Id') ?? '');
  kept.set('x-failure', failure.replace(/\s+/g, ' ').slice(0, 1_000));
  await js.publish(subject, message.data, { headers: kept, msgID: `dead:${message.info.stream}:${message.seq}` });
  // Without a reason, which servers before 2.10 do not understand.
  message.term();
}

function idOf(message: JsMsg): string {
  const id = message.headers?.get('Nats-Msg-Id');
  if (!id) throw new PoisonMessageError('The message has no id.');
  return id;
}

function parse(message: JsMsg): unknown {
  try {
    return message.json();
  } catch (cause) {
    throw new PoisonMessageError('The message is no JSON.', { cause });
  }
}
