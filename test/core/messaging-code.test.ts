/** Code made from AsyncAPI documents: it type-checks, Lintel has nothing against it, and it does what the rules ask of messaging. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parseApiDocument } from '../../server/core/document.ts';
import { codeOfAsyncApi, messageOperationNames } from '../../server/core/generate/code/asyncapi.ts';
import type { CodeFile } from '../../server/core/generate/code/parts.ts';
import { scaffold } from '../../server/core/generate/scaffold.ts';
import { findingsIn, typeErrors } from './made.ts';

const third = `asyncapi: 3.0.0
info: { title: Shop, version: 1.0.0 }
channels:
  orders:
    address: 'shop.{region}.orders'
    parameters: { region: { enum: [eu, us], description: 'Where the shop is.' } }
    messages:
      placed: { $ref: '#/components/messages/Placed' }
      cancelled: { payload: { type: object, required: [kind], properties: { kind: { const: order.cancelled }, why: { type: string } } } }
  plain: { address: notes, messages: { note: { contentType: text/plain, payload: { type: string } }, mark: { payload: { type: integer } } } }
  quotes: { address: quotes, messages: { ask: { payload: { type: object, required: [item], properties: { item: { type: string } } } } } }
  answers: { address: null, messages: { price: { payload: { type: object, required: [cents], properties: { cents: { type: integer } } } } } }
operations:
  take-order: { action: receive, channel: { $ref: '#/channels/orders' }, summary: 'Takes an order.' }
  placeOrder: { action: send, channel: { $ref: '#/channels/orders' }, messages: [{ $ref: '#/channels/orders/messages/placed' }] }
  note: { action: send, channel: { $ref: '#/channels/plain' } }
  quote: { action: receive, channel: { $ref: '#/channels/quotes' }, reply: { channel: { $ref: '#/channels/answers' } } }
  answer: { action: send, channel: { $ref: '#/channels/answers' } }
components:
  messages:
    Placed:
      name: OrderPlaced
      headers: { type: object, required: [ce_id], properties: { ce_id: { type: string }, 'x-trace': { type: string }, priority: { type: integer } } }
      bindings: { kafka: { key: { type: string } } }
      payload: { $ref: '#/components/schemas/Order' }
  schemas:
    Order: { type: object, required: [kind, id], properties: { kind: { const: order.placed }, id: { type: string }, parts: { type: array, items: { $ref: '#/components/schemas/Order' } } } }
`;

const second = `asyncapi: 2.6.0
info: { title: Old, version: 1.0.0 }
channels:
  users/{id}/signed-up:
    parameters: { id: { schema: { type: string } } }
    subscribe: { operationId: userSignedUp, message: { payload: { type: object, properties: { name: { type: string } } } } }
    publish: { message: { oneOf: [{ name: a, payload: { type: object } }, { name: b, payload: { type: object } }] } }
`;

const data = (text: string) => parseApiDocument('file:///a.yaml', text).data as Record<string, unknown>;
const namesOf = (text: string) => messageOperationNames(data(text)).map(({ name }) => name);
const made = (text: string, base: string, only?: string): CodeFile[] => codeOfAsyncApi(data(text), base, only);
const all = [
  ...made(third, 'shop'),
  ...made(third, 'one', 'placeOrder'),
  ...made(third, 'ask', 'quote'),
  ...made(second, 'old'),
  ...made(scaffold({ kind: 'asyncapi', title: 'Events', event: 'order.paid' }), 'scaffold'),
];

test('operations are known by their ids; for one there is what it needs', () => {
  assert.deepEqual(namesOf(third), ['takeOrder', 'placeOrder', 'note', 'quote', 'answer']);
  assert.deepEqual(namesOf(second), ['receiveUsersIdSignedUp', 'userSignedUp']);
  assert.equal(messageOperationNames(data(second))[0]?.title, 'receive users/{id}/signed-up');
  assert.deepEqual(
    made(third, 'one', 'placeOrder').map(({ name }) => name),
    ['one.types.ts', 'one.handlers.ts', 'one.publisher.ts'],
  );
  assert.deepEqual(made(third, 'none', 'missing'), []);
});

test('types say what messages say', () => {
  const types = all.find(({ name }) => name === 'shop.types.ts')?.text ?? '';
  assert.match(types, /region: 'eu' \| 'us';/);
  assert.match(types, /export interface Order \{\n {2}kind: 'order\.placed';/);
  assert.match(types, /'x-trace'\?: string;/);
  assert.match(types, /ce_id\?: string;/, 'the publisher makes the id where the caller has none');
  assert.match(types, /name: 'OrderPlaced';/);
  assert.match(types, /key\?: string;/);
});

test('type-checks under --strict, and leaves nothing unused', () => {
  const use = {
    name: 'use.ts',
    text: `import { Consumer, type Handlers } from './shop.handlers.ts';
import { Publisher, type Transport } from './shop.publisher.ts';
const handlers: Handlers = {
  async takeOrder(message) { if (message.name === 'OrderPlaced') console.log(message.payload.id, message.parameters.region); else console.log(message.payload.why); },
  async placeOrder(message) { console.log(message.payload.id); },
  async note(message) { if (message.name === 'mark') console.log(message.payload + 1); },
  async quote(message) { return { payload: { cents: message.payload.item.length } }; },
  async answer() {},
};
declare const transport: Transport;
void new Consumer(handlers, { handled: { has: async () => false, add: async () => {} }, deadLetter: async () => {} });
void new Publisher(transport).placeOrder({ parameters: { region: 'eu' }, payload: { kind: 'order.placed', id: '1' } });
// @ts-expect-error there is no such region
void new Publisher(transport).placeOrder({ parameters: { region: 'mars' }, payload: { kind: 'order.placed', id: '1' } });
`,
  };
  assert.deepEqual(typeErrors([...all, use]), []);
});

test('no rule of Lintel reports anything in it', async () => {
  assert.deepEqual(await findingsIn(all), []);
});

/** The module of a made file, loaded as a program would. */
async function load(t: TestContext, files: readonly CodeFile[], ending: string): Promise<any> {
  const folder = mkdtempSync(join(tmpdir(), 'lintel-code-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  const name = files.find((file) => file.name.endsWith(ending))?.name as string;
  return import(pathToFileURL(join(folder, name)).href);
}

const order = { kind: 'order.placed', id: '7' };

test('a message is published until the broker confirms it, always with one id', async (t) => {
  const { Publisher } = await load(t, made(third, 'shop'), '.publisher.ts');
  const sent: any[] = [];
  const waits: number[] = [];
  const transport = {
    async send(message: object) {
      sent.push(message);
      if (sent.length < 3) throw new Error('not confirmed');
    },
  };
  const publisher = new Publisher(transport, {
    sleep: async (ms: number) => void waits.push(ms),
    headers: () => ({ traceparent: 't' }),
  });
  await publisher.placeOrder({ parameters: { region: 'eu' }, key: 'k', headers: { 'x-trace': 'a' }, payload: order });
  assert.equal(sent.length, 3);
  assert.equal(new Set(sent.map(({ headers }) => headers.ce_id)).size, 1);
  assert.match(sent[0].headers.ce_id, /^[0-9a-f-]{36}$/);
  assert.deepEqual([sent[0].address, sent[0].body, sent[0].key], ['shop.eu.orders', JSON.stringify(order), 'k']);
  assert.equal(sent[0].headers.traceparent, 't');
  assert.ok(waits.length === 2 && waits.every((ms) => ms <= 400));
  await publisher.note({ name: 'mark', payload: 3 });
  assert.deepEqual([sent.at(-1).body, sent.at(-1).headers['message-name']], ['3', 'mark']);
});

test('publishing has a deadline for each attempt, an end of attempts, and a caller who may stop it', async (t) => {
  const { Publisher } = await load(t, made(third, 'shop'), '.publisher.ts');
  let attempts = 0;
  const silent = { send: () => (attempts++, new Promise(() => {})) };
  const message = { parameters: { region: 'eu' }, payload: order };
  // Nothing else keeps this process alive while a silent broker is waited for.
  const alive = setInterval(() => {}, 1_000);
  t.after(() => clearInterval(alive));
  await assert.rejects(new Publisher(silent, { timeoutMs: 10, sleep: async () => {} }).placeOrder(message), {
    name: 'TimeoutError',
  });
  assert.equal(attempts, 4);
  await assert.rejects(new Publisher(silent).placeOrder(message, AbortSignal.abort(new Error('stop'))), /stop/);
  assert.equal(attempts, 4);
});

function store() {
  const ids = new Set<string>();
  return { ids, has: async (id: string) => ids.has(id), add: async (id: string) => void ids.add(id) };
}

const placed = (headers: Record<string, string> = { ce_id: '1', priority: '5' }) => ({
  address: 'shop.eu.orders',
  headers,
  body: JSON.stringify(order),
});

test('a message is handled once for its id, tried again within bounds, then a dead letter', async (t) => {
  const { Consumer } = await load(t, made(third, 'shop'), '.handlers.ts');
  const handled = store();
  const dead: unknown[] = [];
  const seen: any[] = [];
  let failures = 2;
  const handlers = {
    async takeOrder(message: object, delivery: { attempt: number }) {
      seen.push({ message, attempt: delivery.attempt });
      if (failures-- > 0) throw new Error('busy');
    },
  };
  const options = {
    handled,
    deadLetter: async (_: object, reason: Error) => void dead.push(reason.message),
    sleep: async () => {},
  };
  const consumer = new Consumer(handlers, options);
  await consumer.takeOrder(placed());
  await consumer.takeOrder(placed());
  assert.deepEqual(
    seen.map(({ attempt }) => attempt),
    [1, 2, 3],
  );
  assert.deepEqual(seen[0].message, {
    name: 'OrderPlaced',
    parameters: { region: 'eu' },
    headers: { ce_id: '1', priority: 5 },
    payload: order,
  });
  assert.deepEqual([...handled.ids], ['1']);
  failures = 100;
  await consumer.takeOrder(placed({ ce_id: '2' }));
  assert.deepEqual(dead, ['busy']);
  assert.deepEqual([...handled.ids], ['1']);
});

test('what cannot be read is a dead letter at once; where even that fails the broker brings it again', async (t) => {
  const { Consumer } = await load(t, made(third, 'shop'), '.handlers.ts');
  const dead: string[] = [];
  let calls = 0;
  const handlers = { takeOrder: async () => void calls++ };
  const handled = store();
  const consumer = new Consumer(handlers, {
    handled,
    deadLetter: async (_: object, reason: Error) => void dead.push(reason.message),
  });
  await consumer.takeOrder({ ...placed(), body: '{' });
  await consumer.takeOrder({ ...placed(), body: '{"kind":"order.lost"}' });
  await consumer.takeOrder({ ...placed(), address: 'elsewhere' });
  assert.equal(calls, 0);
  assert.deepEqual(dead, [
    'The body is not JSON.',
    'It is none of the messages of this operation.',
    'The address elsewhere is none of shop.{region}.orders.',
  ]);
  const lost = new Consumer(handlers, { handled, deadLetter: async () => assert.fail('no broker') });
  await assert.rejects(lost.takeOrder({ ...placed(), body: '{' }), /no broker/);
});

test('a handler that does not end is not waited for', async (t) => {
  const { Consumer } = await load(t, made(third, 'shop'), '.handlers.ts');
  const reasons: string[] = [];
  const signals: AbortSignal[] = [];
  const handlers = {
    takeOrder: (_: object, { signal }: { signal: AbortSignal }) => (signals.push(signal), new Promise(() => {})),
  };
  const alive = setInterval(() => {}, 1_000);
  t.after(() => clearInterval(alive));
  const options = {
    handled: store(),
    deadLetter: async (_: object, reason: Error) => void reasons.push(reason.name),
    attempts: 2,
  };
  await new Consumer(handlers, { ...options, timeoutMs: 10, sleep: async () => {} }).takeOrder(placed());
  assert.deepEqual(reasons, ['TimeoutError']);
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, true],
  );
});

test('a request brings its reply to who asked', async (t) => {
  const files = made(third, 'ask', 'quote');
  const { Consumer } = await load(t, files, '.handlers.ts');
  const { Publisher } = await load(t, files, '.publisher.ts');
  const handlers = { quote: async ({ payload }: any) => ({ payload: { cents: payload.item.length } }) };
  const consumer = new Consumer(handlers, { handled: store(), deadLetter: async () => assert.fail() });
  const transport = {
    request: async (message: { address: string; headers: Record<string, string>; body: string }) => {
      const reply = await consumer.quote(message);
      return { address: 'inbox', headers: {}, body: JSON.stringify(reply.payload) };
    },
  };
  assert.deepEqual((await new Publisher(transport).quote({ payload: { item: 'tea' } })).payload, { cents: 3 });
});
