/**
 * A double of a MongoDB server on the wire, for where no server can be had: what the driver sends it over a socket is answered
 * from memory, transactions with their conflicts included. It knows the few operators the snippets use, and throws on others.
 */
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { BSON, type Document, ObjectId } from 'mongodb';

export interface MongoDouble {
  readonly url: string;
  /** The commands that came, without the driver's own questions. */
  readonly commands: string[];
  /** The next commands of this name fail so, or are cut off after they took effect. */
  fail(command: string, ...errors: (MongoError | 'cut')[]): void;
  stop(): Promise<void>;
}

export interface MongoError {
  readonly code: number;
  readonly errmsg: string;
  readonly errorLabels?: readonly string[];
}

const conflict: MongoError = { code: 112, errmsg: 'Write conflict', errorLabels: ['TransientTransactionError'] };
const given: MongoError = { code: 251, errmsg: 'No such transaction', errorLabels: ['TransientTransactionError'] };

interface Stored {
  readonly value: Document;
  /** Counts the commits that changed it. */
  readonly version: number;
}

type Data = Map<string, Stored>;

/** A transaction: what it saw when it began, and what it changed since. */
interface Transaction {
  readonly number: bigint;
  readonly seen: Data;
  readonly changed: Set<string>;
  state: 'open' | 'committed' | 'aborted';
}

/** Starts the double, with nothing in it. */
export async function startMongoDouble(): Promise<MongoDouble> {
  let data: Data = new Map();
  const transactions = new Map<string, Transaction>();
  const failures = new Map<string, (MongoError | 'cut')[]>();
  const commands: string[] = [];
  const sockets = new Set<Socket>();

  function transactionOf(command: Document): Transaction | undefined {
    if (command.autocommit !== false) return undefined;
    const session = command.lsid.id.toString('hex') as string;
    const number = BigInt(command.txnNumber);
    if (command.startTransaction) transactions.set(session, { number, seen: new Map(data), changed: new Set(), state: 'open' });
    const found = transactions.get(session);
    return found?.number === number ? found : undefined;
  }

  /** Writes one document, in the transaction or for all to see; undefined deletes it. */
  function write(key: string, value: Document, transaction: Transaction | undefined): void {
    const into = transaction?.seen ?? data;
    // Somebody has committed a change since this transaction began.
    if (transaction && data.get(key)?.version !== into.get(key)?.version && !transaction.changed.has(key)) throw conflict;
    into.set(key, { value, version: (into.get(key)?.version ?? 0) + (transaction ? 0 : 1) });
    transaction?.changed.add(key);
  }

  const handlers: Record<string, (command: Document, transaction: Transaction | undefined) => Document> = {
    insert({ insert: name, documents }, transaction) {
      for (const document of documents) write(`${name}/${document._id}`, document, transaction);
      return { n: documents.length };
    },
    update({ update: name, updates }, transaction) {
      let n = 0;
      for (const { q, u, multi } of updates) {
        const hits = find(transaction?.seen ?? data, name, q);
        for (const [key, { value }] of multi ? hits : hits.slice(0, 1)) {
          write(key, changed(value, u), transaction);
          n++;
        }
      }
      return { n, nModified: n };
    },
    find({ find: name, filter, sort = {}, skip = 0, limit = 0 }, transaction) {
      const hits = find(transaction?.seen ?? data, name, filter).map(([, { value }]) => value);
      hits.sort((a, b) => {
        for (const [field, direction] of Object.entries(sort)) {
          const order = compare(a[field], b[field]) * Number(direction);
          if (order !== 0) return order;
        }
        return 0;
      });
      return { cursor: { id: 0n, ns: `test.${name}`, firstBatch: hits.slice(skip, limit ? skip + limit : undefined) } };
    },
    /** What `countDocuments` sends. */
    aggregate({ aggregate: name, pipeline }, transaction) {
      const [{ $match }, { $group }] = pipeline;
      if (pipeline.length !== 2 || JSON.stringify($group) !== '{"_id":1,"n":{"$sum":1}}') throw unknown('pipeline');
      const n = find(transaction?.seen ?? data, name, $match).length;
      return { cursor: { id: 0n, ns: `test.${name}`, firstBatch: n > 0 ? [{ _id: 1, n }] : [] } };
    },
    commitTransaction(_command, transaction) {
      if (!transaction || transaction.state === 'aborted') throw given;
      if (transaction.state === 'committed') return {};
      for (const key of transaction.changed) {
        const { value, version } = transaction.seen.get(key)!;
        data = new Map(data).set(key, { value, version: version + 1 });
      }
      transaction.state = 'committed';
      return {};
    },
    abortTransaction(_command, transaction) {
      if (!transaction || transaction.state !== 'open') throw given;
      transaction.state = 'aborted';
      return {};
    },
  };

  function answer(command: Document): Document | 'cut' {
    const [name = ''] = Object.keys(command);
    if (/^(?:hello|ismaster|ping|endSessions)$/i.test(name)) return name === 'ping' ? { ok: 1 } : hello();
    commands.push(name);
    const transaction = transactionOf(command);
    try {
      const failure = failures.get(name)?.shift();
      if (failure && failure !== 'cut') throw failure;
      const handle = handlers[name];
      if (!handle) throw unknown(`command ${name}`);
      const isPart = command.autocommit === false && !/Transaction$/.test(name);
      if (isPart && transaction?.state !== 'open') throw given;
      const result = handle(command, transaction);
      return failure ?? { ok: 1, ...result };
    } catch (error) {
      // The server gives a transaction up with the first error in it.
      if (transaction?.state === 'open' && name !== 'commitTransaction') transaction.state = 'aborted';
      if (error instanceof Error) throw error;
      return { ok: 0, ...(error as MongoError) };
    }
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0);
        const { id, command, isQuery } = parse(received.subarray(0, length));
        received = received.subarray(length);
        const answered = answer(command);
        if (answered === 'cut') return void socket.destroy();
        socket.write(isQuery ? toReply(id, answered) : toMessage(id, answered));
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  function hello(): Document {
    return {
      ok: 1,
      helloOk: true,
      isWritablePrimary: true,
      ismaster: true,
      setName: 'rs',
      setVersion: 1,
      hosts: [host],
      primary: host,
      me: host,
      minWireVersion: 0,
      maxWireVersion: 25,
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      logicalSessionTimeoutMinutes: 30,
    };
  }

  return {
    url: `mongodb://${host}/test?replicaSet=rs`,
    commands,
    fail: (command, ...errors) => void failures.set(command, errors),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function find(data: Data, name: string, filter: Document): [string, Stored][] {
  return [...data].filter(([key, { value }]) => key.startsWith(`${name}/`) && matches(value, filter));
}

function matches(value: Document, filter: Document): boolean {
  return Object.entries(filter).every(([field, wanted]) => {
    if (field === '$or') return (wanted as Document[]).some((part) => matches(value, part));
    if (field.startsWith('$')) throw unknown(field);
    if (typeof wanted !== 'object' || wanted instanceof Date || wanted instanceof ObjectId) {
      return compare(value[field], wanted) === 0;
    }
    return Object.entries(wanted as Document).every(([operator, bound]) => {
      const order = compare(value[field], bound);
      if (operator === '$gt') return order > 0;
      if (operator === '$gte') return order >= 0;
      throw unknown(operator);
    });
  });
}

function changed(value: Document, update: Document): Document {
  const result = { ...value };
  for (const [operator, fields] of Object.entries(update)) {
    if (operator !== '$inc' && operator !== '$set') throw unknown(operator);
    for (const [field, by] of Object.entries(fields as Document)) result[field] = operator === '$inc' ? result[field] + by : by;
  }
  return result;
}

function compare(a: unknown, b: unknown): number {
  const [left, right] = [comparable(a), comparable(b)];
  if (typeof left !== typeof right) return NaN;
  return left < right ? -1 : left > right ? 1 : 0;
}

function comparable(value: unknown): string | number {
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw unknown(`value ${String(value)}`);
}

function unknown(what: string): Error {
  return new Error(`The double knows no ${what}.`);
}

/** A command, from an OP_MSG or, as the first of a connection, an OP_QUERY. */
function parse(message: Buffer): { id: number; command: Document; isQuery: boolean } {
  const id = message.readInt32LE(4);
  const isQuery = message.readInt32LE(12) === 2004;
  if (isQuery) {
    const end = message.indexOf(0, 20);
    return { id, isQuery, command: BSON.deserialize(message.subarray(end + 9)) };
  }
  let command: Document = {};
  const lists: Document = {};
  for (let at = 20; at < message.length;) {
    const kind = message[at++];
    const end = at + message.readInt32LE(at);
    if (kind === 0) command = BSON.deserialize(message.subarray(at, end), { useBigInt64: false });
    else {
      const nameEnd = message.indexOf(0, at + 4);
      const list: Document[] = [];
      for (let next = nameEnd + 1; next < end; next += message.readInt32LE(next)) {
        list.push(BSON.deserialize(message.subarray(next, next + message.readInt32LE(next))));
      }
      lists[message.toString('utf8', at + 4, nameEnd)] = list;
    }
    at = end;
  }
  return { id, isQuery, command: { ...command, ...lists } };
}

function toMessage(id: number, document: Document): Buffer {
  return framed(id, 2013, Buffer.concat([Buffer.alloc(5), BSON.serialize(document)]));
}

function toReply(id: number, document: Document): Buffer {
  const head = Buffer.alloc(20);
  head.writeInt32LE(1, 16);
  return framed(id, 1, Buffer.concat([head, BSON.serialize(document)]));
}

function framed(id: number, code: number, body: Buffer): Buffer {
  const head = Buffer.alloc(16);
  [16 + body.length, 0, id, code].forEach((value, index) => head.writeInt32LE(value, index * 4));
  return Buffer.concat([head, body]);
}
