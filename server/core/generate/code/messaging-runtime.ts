/** The parts of consumers and publishers that are the same for every document: deadline, retries, ids, dead letters. */
import { fullJitter, pause } from './runtime.ts';

const limits = `const ATTEMPTS = 4;
const TIMEOUT_MS = 10_000;
const BASE_MS = 200;
const CAP_MS = 20_000;
`;

const received = `/** A message as the broker's client library hands it over, its body as text. */
export interface Received {
  address: string;
  headers: Record<string, string | undefined>;
  body: string;
}
`;

/** Reads what came; each is left out where nothing uses it. */
const readers: Readonly<Record<string, string>> = {
  json: `function json(received: Received): unknown {
  try {
    return JSON.parse(received.body) as unknown;
  } catch (cause) {
    throw new PoisonMessageError('The body is not JSON.', { cause });
  }
}
`,
  headersOf: `/** The headers, which come as text, as what they are declared to be. */
function headersOf({ headers }: Received, kinds: Record<string, typeof Number | typeof Boolean>): unknown {
  const of = (name: string, text: string) => (kinds[name] === Boolean ? text === 'true' : kinds[name] === Number ? Number(text) : text);
  return Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, text === undefined ? text : of(name, text)]));
}
`,
  parametersOf: `/** The parts of an address that stand where its template has names. */
function parametersOf(template: string, { address }: Received): Record<string, string> {
  const names: string[] = [];
  const pattern = template
    .replaceAll(/[.*+?^$()|[\\]\\\\]/g, '\\\\$&')
    .replaceAll(/\\{([^}]+)\\}/g, (_, name: string) => (names.push(name), '(.+?)'));
  const found = new RegExp(\`^\${pattern}$\`).exec(address);
  if (!found) throw new PoisonMessageError(\`The address \${address} is none of \${template}.\`);
  return Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? '']));
}
`,
  nameOf: `/** Which message it is: by the property of its payload that tells, else by the header the publisher sets. */
function nameOf(received: Received, property: string | undefined, names: Record<string, string>): string {
  const payload = property === undefined ? undefined : json(received);
  const isObject = typeof payload === 'object' && payload !== null && property !== undefined;
  const said = isObject ? (payload as Record<string, unknown>)[property] : received.headers['message-name'];
  const name = typeof said === 'string' ? names[said] : undefined;
  if (name === undefined) throw new PoisonMessageError('It is none of the messages of this operation.');
  return name;
}
`,
};

function readersFor(text: string): string {
  const used = Object.entries(readers).filter(
    ([name]) => text.includes(`${name}(`) || (name === 'json' && text.includes('nameOf(')),
  );
  return used.map(([, reader]) => reader).join('\n');
}

const poison = `/** A message that no further attempt makes better: it goes to the dead letters at once. */
export class PoisonMessageError extends Error {
  override name = 'PoisonMessageError';
}
`;

/** The text of a consumer whose methods are given. */
export function consumerRuntime(methods: string): string {
  return `${limits}
/** What a handler is told of a message beside its contents. */
export interface Delivery {
  /** The same when the broker brings the message again; absent where the message has none. */
  id: string | undefined;
  /** 1 for the first. */
  attempt: number;
  /** Aborts when the time is up: stop then, the next attempt begins. */
  signal: AbortSignal;
}

${received}
export interface ConsumerOptions {
  /** Remembers the messages that were handled: where the handlers write, and in their transaction if it can be. */
  handled: { has(id: string): Promise<boolean>; add(id: string): Promise<void> };
  /** Takes what cannot be handled, with the reason: publishes it where people look. */
  deadLetter: (received: Received, reason: unknown) => Promise<void>;
  /** How often a message is tried. */
  attempts?: number;
  /** How long one attempt may take. */
  timeoutMs?: number;
  sleep?: (ms: number) => Promise<void>;
}

${poison}
/**
 * Hands what came to the handlers. Acknowledge the message when a method resolves; when it rejects, the message is
 * nowhere yet, and the broker has to bring it again.
 */
export class Consumer {
  readonly #handlers: Handlers;
  readonly #options: ConsumerOptions;

  constructor(handlers: Handlers, options: ConsumerOptions) {
    this.#handlers = handlers;
    this.#options = options;
  }

${methods}}

/** Once for each id, each attempt with a deadline, a bounded number of them, then to the dead letters. */
async function consume<M, R>(
  options: ConsumerOptions,
  received: Received,
  idHeader: string,
  read: () => M,
  handle: (message: M, delivery: Delivery) => Promise<R>,
): Promise<R | undefined> {
  const { attempts = ATTEMPTS, timeoutMs = TIMEOUT_MS, sleep = pause } = options;
  const id = received.headers[idHeader];
  if (id !== undefined && (await options.handled.has(id))) return undefined;
  for (let attempt = 1; ; attempt++) {
    let result: R;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      result = await Promise.race([handle(read(), { id, attempt, signal }), expired(signal)]);
    } catch (error) {
      if (error instanceof PoisonMessageError || attempt >= attempts) {
        await options.deadLetter(received, error);
        return undefined;
      }
      await sleep(fullJitter(attempt));
      continue;
    }
    if (id !== undefined) await options.handled.add(id);
    return result;
  }
}

function expired(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

${[readersFor(methods), fullJitter, pause].filter((part) => part !== '').join('\n')}`;
}

/** The text of a publisher whose methods are given. */
export function publisherRuntime(methods: string): string {
  const hasReplies = methods.includes('.request(');
  const request = `  /** Sends the message and resolves with its reply. */
  request(message: Outgoing, signal: AbortSignal): Promise<Received>;
`;
  const replies = hasReplies ? `${received}\n${/json\(|nameOf\(/.test(methods) ? `${poison}\n` : ''}` : '';
  return `${limits}
/** A message as it goes to the broker, its body as text. */
export interface Outgoing {
  address: string;
  headers: Record<string, string>;
  body: string;
  /** What messages are kept in order by. */
  key: string | undefined;
}

${replies}/** What a broker's client library does: Kafka, AMQP, NATS and others alike. */
export interface Transport {
  /** Resolves when the broker has confirmed the message, and rejects where it has not. */
  send(message: Outgoing, signal: AbortSignal): Promise<void>;
${hasReplies ? request : ''}}

export interface PublisherOptions {
  /** Asked for every message: trace context. */
  headers?: () => Record<string, string>;
  /** How long one attempt may take, the broker's confirmation included. */
  timeoutMs?: number;
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** A method for each operation, which resolves when the broker has the message. */
export class Publisher {
  readonly #transport: Transport;
  readonly #options: PublisherOptions;

  constructor(transport: Transport, options: PublisherOptions = {}) {
    this.#transport = transport;
    this.#options = options;
  }

${methods.replaceAll('outgoing(', 'outgoing(this.#options, ')}}

interface Contents {
  key?: string;
  headers?: object;
  payload?: unknown;
}

/** The message with its id, made once: whoever gets it twice can tell. */
function outgoing(
  options: PublisherOptions,
  address: string,
  { key, headers: own = {}, payload }: Contents,
  idHeader: string,
  mediaType: string,
  name?: string,
): Outgoing {
  const headers: Record<string, string> = { 'content-type': mediaType, ...options.headers?.() };
  for (const [header, value] of Object.entries(own)) if (value !== undefined) headers[header] = String(value);
  headers[idHeader] ??= crypto.randomUUID();
  if (name !== undefined) headers['message-name'] = name;
  return { address, headers, body: typeof payload === 'string' && !/json/.test(mediaType) ? payload : JSON.stringify(payload), key };
}

/** Sends, and again after a failure: the message keeps its id, so a second one changes nothing more. */
async function publish<R>(
  options: PublisherOptions,
  send: (signal: AbortSignal) => Promise<R>,
  cancelled: AbortSignal | undefined,
): Promise<R> {
  const { timeoutMs = TIMEOUT_MS, sleep = pause } = options;
  for (let attempt = 1; ; attempt++) {
    cancelled?.throwIfAborted();
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = cancelled ? AbortSignal.any([cancelled, deadline]) : deadline;
    try {
      return await Promise.race([send(signal), expired(signal)]);
    } catch (error) {
      if (attempt >= ATTEMPTS || cancelled?.aborted) throw error;
    }
    await sleep(fullJitter(attempt), cancelled);
  }
}

function expired(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

${[readersFor(methods), fullJitter, pause].filter((part) => part !== '').join('\n')}`;
}
