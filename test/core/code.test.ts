/** Code made from specifications: it type-checks, Lintel has nothing against it, and it does what the rules ask of clients. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parseApiDocument } from '../../server/core/document.ts';
import { codeOfOpenApi, operationNames } from '../../server/core/generate/code/openapi.ts';
import type { CodeFile } from '../../server/core/generate/code/parts.ts';
import { scaffold } from '../../server/core/generate/scaffold.ts';
import { findingsIn, typeErrors } from './made.ts';

const odd = `openapi: 3.1.0
info: { title: Odd, version: 1.0.0 }
servers: [{ url: 'https://{region}.example.com/v1', variables: { region: { default: eu } } }]
paths:
  /files/{file-name}/parts/{n}:
    parameters:
      - { name: file-name, in: path, required: true, schema: { type: string } }
      - { $ref: '#/components/parameters/N' }
    put:
      operationId: put-part
      parameters:
        - { name: tags, in: query, explode: false, schema: { type: array, items: { type: string } } }
        - { name: ids, in: query, schema: { type: array, items: { type: integer } } }
        - { name: X-Trace, in: header, required: true, schema: { type: string } }
        - { name: session, in: cookie, required: true, schema: { type: string } }
        - { name: theme, in: cookie, schema: { type: string } }
      requestBody: { required: true, content: { application/octet-stream: { schema: { type: string, format: binary } } } }
      responses: { '200': { description: ok, content: { text/plain: { schema: { type: string } } } }, default: { description: no } }
    post:
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: { a: { type: string }, b: { type: array, items: { type: integer } } } } } } }
      responses: { '201': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Tree' } } } }, '202': { description: later } }
  /upload:
    post:
      operationId: class
      requestBody: { required: true, content: { multipart/form-data: { schema: { type: object } } } }
      responses: { '204': { description: ok } }
components:
  parameters:
    N: { name: n, in: path, required: true, schema: { type: integer } }
  schemas:
    Tree:
      description: 'It ends a comment: */ and has **marks**.'
      type: object
      required: [id]
      properties:
        id: { type: [string, 'null'] }
        kind: { enum: [leaf, "it's", 3, null] }
        children: { type: array, items: { anyOf: [{ $ref: '#/components/schemas/Tree' }, { type: string }] } }
        both: { allOf: [{ $ref: '#/components/schemas/Base' }, { type: object, properties: { 'x-y': { const: 1 } } }] }
        map: { type: object, additionalProperties: { type: number } }
        pair: { type: array, prefixItems: [{ type: string }, { type: integer }] }
        old: { type: string, nullable: true }
    Base: { type: object, properties: { Handlers: { type: boolean } } }
    Client: { type: object, properties: { name: { type: string } } }
`;

const worded = `openapi: 3.1.0
info: { title: Names that are taken, and values that are no plain text, version: 1.0.0 }
paths:
  /blobs/{id}/{ids}:
    get:
      operationId: constructor
      summary: Answers a Blob, never a Tag.
      parameters:
        - { name: id, in: path, required: true, schema: { type: [string, 'null'] } }
        - { name: ids, in: path, required: true, schema: { type: array, items: { type: integer } } }
        - { name: filter, in: query, style: deepObject, schema: { type: object } }
        - { name: tags, in: query, style: pipeDelimited, schema: { type: array, items: { type: string } } }
        - { name: point, in: query, schema: { type: object } }
        - { name: where, in: query, content: { application/json: { schema: { type: object } } } }
      responses:
        '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Blob' } } } }
  /charges:
    post:
      operationId: charge
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: { type: object, properties: { card: { type: object }, expand: { type: array }, about: { type: object } } }
            encoding: { card: { style: deepObject, explode: true }, expand: { style: deepObject, explode: true } }
      responses: { '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Record' } } } } }
  /tags:
    get:
      operationId: tags
      responses: { '200': { description: ok, content: { application/json: { schema: { type: object, properties: { Tag: { type: string } } } } } }, '404': { description: no, content: { application/json: { schema: { $ref: '#/components/schemas/Tag' } } } } }
components:
  schemas:
    Blob: { type: object, required: [sha], properties: { sha: { type: string } } }
    Record: { type: object, properties: { map: { type: object, additionalProperties: true } } }
    Tag: { type: object, properties: { name: { type: string } } }
`;

const shop = scaffold({ kind: 'resource', name: 'orders' });
const made = (text: string, base: string, only?: string): CodeFile[] =>
  codeOfOpenApi(parseApiDocument('file:///a.yaml', text).data as Record<string, unknown>, base, only);

const all = [
  ...made(shop, 'shop'),
  ...made(shop, 'one', 'createOrder'),
  ...made(scaffold({ kind: 'webhook', event: 'order.paid' }), 'hook'),
  ...made(odd, 'odd'),
  ...made(worded, 'worded'),
];

test('type-checks under --strict, and leaves nothing unused', () => {
  assert.deepEqual(typeErrors(all), []);
});

test('no rule of Lintel reports anything in it', async () => {
  assert.deepEqual(await findingsIn(all), []);
});

test('types say what schemas say', () => {
  const types = all.find(({ name }) => name === 'odd.types.ts')?.text ?? '';
  assert.match(types, /kind\?: 'leaf' \| 'it\\'s' \| 3 \| null;/);
  assert.match(types, /children\?: \(Tree \| string\)\[\];/);
  assert.match(types, /both\?: Base & \{\n {4}'x-y'\?: 1;\n {2}\};/);
  assert.match(types, /map\?: Record<string, number>;\n {2}pair\?: \[string, number\];\n {2}old\?: string \| null;/);
  assert.match(types, /ends a comment: \*\\\/ and/);
  assert.doesNotMatch(types, /interface Client /, 'a schema that no operation uses is not there');
  const operations = operationNames(parseApiDocument('file:///a.yaml', odd).data as Record<string, unknown>);
  assert.deepEqual(
    operations.map(({ name }) => name),
    ['putPart', 'postFilesFileNamePartsN', 'class'],
  );
  assert.equal(operations[1]?.title, 'POST /files/{file-name}/parts/{n}');
  assert.deepEqual(
    made(shop, 'one', 'createOrder').map(({ name }) => name),
    ['one.types.ts', 'one.handlers.ts', 'one.client.ts'],
  );
  assert.deepEqual(made(shop, 'none', 'missing'), []);
});

interface Seen {
  readonly line: string;
  readonly key: string | undefined;
  readonly type: string | undefined;
  readonly body: string;
  readonly cookie: string | undefined;
}

/** A server that gives one answer after the other, and what it was asked. */
async function serve(t: TestContext, answers: readonly [status: number, body?: object, headers?: Record<string, string>][]) {
  const seen: Seen[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const { 'idempotency-key': key, 'content-type': type, cookie } = request.headers;
      seen.push({ line: `${request.method} ${request.url}`, key: key as string | undefined, type, body, cookie });
      const [status, content, headers = {}] = answers[Math.min(seen.length, answers.length) - 1] ?? [500];
      if (status === 0) return;
      response.writeHead(status, { ...(content && { 'Content-Type': 'application/json' }), ...headers });
      response.end(content && JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** The client of a document, loaded as a program would. */
async function clientOf(t: TestContext, files: readonly CodeFile[], options: object) {
  const folder = mkdtempSync(join(tmpdir(), 'lintel-code-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  const name = files.find((file) => file.name.endsWith('.client.ts'))?.name as string;
  const { Client } = (await import(pathToFileURL(join(folder, name)).href)) as { Client: new (options: object) => any };
  return new Client(options);
}

const id = '3f2b8c91-1a2b-4c3d-8e4f-5a6b7c8d9e0f';

test('a create is repeated with one key, after the wait that the server asks for', async (t) => {
  const { seen, baseUrl } = await serve(t, [[503], [429, { title: 'slow' }, { 'Retry-After': '2' }], [201, { id }]]);
  const waits: number[] = [];
  const client = await clientOf(t, made(shop, 'shop'), {
    baseUrl,
    sleep: async (ms: number) => void waits.push(ms),
    headers: () => ({ Authorization: 'Bearer x' }),
  });
  assert.deepEqual(await client.createOrder({ body: { name: 'a' } }), { id });
  assert.deepEqual(
    seen.map(({ line }) => line),
    ['POST /orders', 'POST /orders', 'POST /orders'],
  );
  assert.equal(new Set(seen.map(({ key }) => key)).size, 1);
  assert.match(seen[0]?.key ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual([seen[0]?.type, seen[0]?.body], ['application/json', '{"name":"a"}']);
  assert.ok((waits[0] as number) <= 200 && (waits[1] as number) >= 2000);
});

test('what is no success is an error with its problem; what cannot get better is not repeated', async (t) => {
  const { seen, baseUrl } = await serve(t, [[404, { title: 'gone' }]]);
  const client = await clientOf(t, made(shop, 'shop'), { baseUrl });
  await assert.rejects(client.getOrder({ path: { orderId: id } }), { name: 'HttpError', status: 404, body: { title: 'gone' } });
  assert.equal(seen.length, 1);
});

test('a request that may not be repeated is sent once; attempts have an end, and a deadline', async (t) => {
  const once = await serve(t, [[503]]);
  const odds = made(odd, 'odd');
  const client = await clientOf(t, odds, { baseUrl: once.baseUrl, sleep: async () => {} });
  await assert.rejects(client.postFilesFileNamePartsN({ path: { 'file-name': 'a', n: 1 }, body: { a: 'x', b: [1, 2] } }), {
    status: 503,
  });
  assert.deepEqual(
    once.seen.map(({ body, type }) => [body, type]),
    [['a=x&b=1&b=2', 'application/x-www-form-urlencoded']],
  );
  const always = await serve(t, [[503]]);
  const repeated = await clientOf(t, made(shop, 'shop'), { baseUrl: always.baseUrl, sleep: async () => {} });
  await assert.rejects(repeated.listOrders(), { status: 503 });
  assert.equal(always.seen.length, 4);
  const silent = await serve(t, [[0]]);
  const waiting = await clientOf(t, made(shop, 'shop'), { baseUrl: silent.baseUrl, timeoutMs: 20, sleep: async () => {} });
  await assert.rejects(waiting.listOrders(), { name: 'TimeoutError' });
});

test('paths, lists and bodies are written as the specification says', async (t) => {
  const { seen, baseUrl } = await serve(t, [[200]]);
  const client = await clientOf(t, made(odd, 'odd'), { baseUrl });
  await client.putPart({
    path: { 'file-name': 'a/b c', n: 2 },
    query: { tags: ['x', 'y'], ids: [1, 2] },
    headers: { 'X-Trace': 't' },
    cookies: { session: 'a b;c' },
    body: new Blob(['data']),
  });
  assert.deepEqual(
    seen.map(({ line, body, type }) => [line, body, type]),
    [['PUT /files/a%2Fb%20c/parts/2?tags=x%2Cy&ids=1&ids=2', 'data', 'application/octet-stream']],
  );
  assert.equal(seen[0]?.cookie, 'session=a%20b%3Bc');
});

test('objects, lists and JSON in an address or a form are written in their style', async (t) => {
  const { seen, baseUrl } = await serve(t, [[200, {}]]);
  const client = await clientOf(t, made(worded, 'worded'), { baseUrl });
  const filter = { state: 'open', by: { id: 1 } };
  await client.constructor2({
    path: { id: 'a', ids: [1, 2] },
    query: { filter, tags: ['x', 'y'], point: { R: 1, G: 2 }, where: { a: [1] } },
  });
  await client.charge({ body: { card: { exp: { year: 2030 } }, expand: ['customer'], about: { a: 1 } } });
  assert.deepEqual(
    seen.map(({ line, body }) => decodeURIComponent(`${line} ${body}`)),
    [
      'GET /blobs/a/1,2?filter[state]=open&filter[by][id]=1&tags=x|y&R=1&G=2&where={"a":[1]} ',
      'POST /charges card[exp][year]=2030&expand[0]=customer&about={"a":1}',
    ],
  );
});

test('a refusal whose body is no JSON is a refusal, and asked once', async (t) => {
  let count = 0;
  const server = createServer((_request, response) => {
    count++;
    response.writeHead(403, { 'Content-Type': 'application/json' }).end('<html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = await clientOf(t, made(shop, 'shop'), { baseUrl, sleep: async () => {} });
  await assert.rejects(client.listOrders(), { name: 'HttpError', status: 403 });
  assert.equal(count, 1);
});

test('a wait leaves nothing at the signal of its caller, which ends it at any time', async (t) => {
  const { seen, baseUrl } = await serve(t, [[503], [200, {}], [503]]);
  const client = await clientOf(t, made(shop, 'shop'), { baseUrl });
  const caller = new AbortController();
  await client.listOrders({}, caller.signal);
  // Node keeps those of `AbortSignal.any` elsewhere: what is here is what the client added itself.
  assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
  const stopped = client.listOrders({}, caller.signal);
  while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  caller.abort(new Error('enough'));
  await assert.rejects(stopped, { message: 'enough' });
});
