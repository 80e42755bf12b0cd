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
import { rules } from '../../rulesets/index.ts';
import { createLintel } from '../../server/core/create.ts';
import { parseApiDocument } from '../../server/core/document.ts';
import { codeOfOpenApi, operationNames } from '../../server/core/generate/code/openapi.ts';
import type { CodeFile } from '../../server/core/generate/code/parts.ts';
import { scaffold } from '../../server/core/generate/scaffold.ts';
import { memoryHost } from '../../server/core/host.ts';
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

const hard = `openapi: 3.0.3
info: { title: What documents leave out and what they say in a roundabout way, version: 1.0.0 }
paths:
  '/v{api-version}/\`cost\`/$\{price}/{.dots}':
    parameters: [{ $ref: '#/components/parameters/Dots' }]
    get:
      operationId: undeclared
      responses: { '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Errors' } } } } }
  /styles{label}{matrix}{lists}{point}/{plain}:
    get:
      operationId: styles
      parameters:
        - { name: label, in: path, required: true, style: label, schema: { type: array, items: { type: string } } }
        - { name: matrix, in: path, required: true, style: matrix, schema: { type: array, items: { type: string } } }
        - { name: lists, in: path, required: true, style: matrix, explode: true, schema: { type: array, items: { type: string } } }
        - { name: point, in: path, required: true, style: matrix, explode: true, schema: { type: object } }
        - { name: plain, in: path, required: true, explode: true, schema: { type: object } }
        - { name: X-Point, in: header, schema: { type: object } }
      responses: { '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Cat' } } } } }
components:
  parameters:
    Dots: { name: .dots, in: path, required: true, schema: { type: string } }
  schemas:
    Errors: { oneOf: [{ type: object, additionalProperties: { $ref: '#/components/schemas/Errors' } }, { type: string }] }
    Pet: { type: object, properties: { name: { type: string }, age: { type: integer } } }
    Cat:
      allOf: [{ $ref: '#/components/schemas/Pet' }]
      required: [name, lives, unknown]
      properties: { lives: { type: integer } }
      additionalProperties: true
`;

const swagger = `swagger: '2.0'
info: { title: Old, version: 1.0.0 }
host: api.example.com
basePath: /v1
schemes: [http, https]
consumes: [application/json]
produces: [application/json]
parameters:
  Page: { name: page, in: query, type: integer }
paths:
  /pets/{id}:
    parameters: [{ name: id, in: path, required: true, type: integer }, { $ref: '#/parameters/Page' }]
    put:
      operationId: putPet
      parameters:
        - { name: tags, in: query, type: array, items: { type: string }, collectionFormat: pipes }
        - { name: ids, in: query, type: array, items: { type: string }, collectionFormat: multi }
        - { name: pet, in: body, required: true, schema: { $ref: '#/definitions/Pet' } }
      responses: { '200': { $ref: '#/responses/Pet' }, '404': { description: no } }
    post:
      operationId: rename
      consumes: [application/x-www-form-urlencoded]
      parameters: [{ name: name, in: formData, required: true, type: string }, { name: old, in: formData, type: array, items: { type: string } }]
      responses: { '204': { description: done } }
  /upload:
    post:
      operationId: upload
      parameters: [{ name: file, in: formData, type: file, required: true }]
      produces: [image/png]
      responses: { '200': { description: a picture, schema: { type: file } } }
responses:
  Pet: { description: ok, schema: { $ref: '#/definitions/Pet' } }
definitions:
  Pet: { type: object, required: [name], properties: { name: { type: string } } }
`;

const newer = `openapi: 3.2.0
info: { title: 'Streams, forms, and what OpenAPI 3.2 adds', version: 1.0.0 }
paths:
  /pets/{id}:
    get:
      operationId: pet
      responses: { '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } } } }
    additionalOperations:
      PURGE: { operationId: json, summary: 'Not events(response).', responses: { '204': { description: gone } } }
      'NO METHOD': { operationId: none, responses: { '204': { description: gone } } }
  /events:
    get:
      operationId: listEvents
      responses: { '200': { description: ok, content: { text/event-stream: { itemSchema: { type: object } } } }, '204': { description: none } }
  /lines:
    query:
      operationId: lines
      parameters: [{ name: filter, in: querystring, required: true, content: { application/json: { schema: { type: object } } } }]
      responses: { '200': { description: ok, content: { application/jsonl: { itemSchema: { $ref: '#/components/schemas/Cat' } } } } }
  /texts:
    get:
      operationId: texts
      parameters:
        - name: all
          in: querystring
          content:
            application/x-www-form-urlencoded:
              schema: { type: object, required: [a], properties: { a: { type: string }, tags: { type: array, items: { type: string } } } }
              encoding: { tags: { explode: false } }
      responses: { '200': { description: ok, content: { application/json-seq: { schema: { type: array, items: { type: number } } } } } }
  /photos:
    post:
      operationId: addPhoto
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file]
              properties:
                file: { contentMediaType: image/png }
                tags: { type: array, items: { type: string } }
                size: { type: object, properties: { width: { type: integer } } }
                meta: { type: object }
                none: { type: string }
            encoding: { meta: { contentType: application/json }, file: { contentType: 'image/png, image/gif' } }
      responses: { '201': { description: ok } }
components:
  securitySchemes: { key: { type: apiKey, in: query, name: api_key } }
  schemas:
    Pet:
      oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }, { $ref: '#/components/schemas/Fish' }]
      discriminator: { propertyName: kind, mapping: { cat: '#/components/schemas/Cat', kitten: Cat } }
    Animal: { type: object, required: [kind], properties: { kind: { type: string } } }
    Cat: { allOf: [{ $ref: '#/components/schemas/Animal' }, { type: object, required: [lives], properties: { lives: { type: integer } } }] }
    Dog: { allOf: [{ $ref: '#/components/schemas/Animal' }, { type: object, required: [good], properties: { good: { type: boolean } } }] }
    Fish: { type: object, required: [kind], properties: { kind: { const: fish } } }
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
  ...made(hard, 'hard'),
  ...made(swagger, 'swagger'),
  ...made(newer, 'newer'),
  {
    name: 'uses.ts',
    text: `import type { Client } from './newer.client.ts';
export async function describe(client: Client): Promise<string> {
  const pet = await client.pet({ path: { id: '1' } });
  if (pet.kind === 'cat' || pet.kind === 'kitten') return String(pet.lives + 1);
  return pet.kind === 'Dog' ? String(pet.good) : pet.kind;
}
export async function sum(client: Client): Promise<number> {
  let lives = 0;
  for await (const cat of client.lines({ query: {} })) lives += cat.lives;
  for await (const text of client.texts({ query: { a: '1' } })) lives += text;
  return lives;
}
`,
  },
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

test('parameters of a path are written in their style, and those that the path alone names are texts', async (t) => {
  const { seen, baseUrl } = await serve(t, [[200, {}]]);
  const client = await clientOf(t, made(hard, 'hard'), { baseUrl });
  await client.undeclared({ path: { 'api-version': '1/2', price: '5', '.dots': 'x' } });
  const point = { x: 1, y: 'b c' };
  const lists = ['a', 'b,c'];
  await client.styles({ path: { label: lists, matrix: lists, lists, point, plain: point }, headers: { 'X-Point': point } });
  assert.deepEqual(
    seen.map(({ line }) => line.replace('GET ', '')),
    ['/v1%2F2/%60cost%60/$5/x', '/styles.a,b%2Cc;matrix=a,b%2Cc;lists=a;lists=b%2Cc;x=1;y=b%20c/x=1,y=b%20c'],
  );
});

test('what a schema requires of the parts it is made of is required, and what it leaves open is open', () => {
  const types = made(hard, 'hard')[0]?.text ?? '';
  assert.match(types, /type Cat = Pet & \{\n {2}lives: number;\n {2}name: string;\n {2}\[name: string\]: unknown;\n\};/);
  assert.match(types, /type Errors = \{ \[name: string\]: Errors \} \| string;/);
});

test('Swagger 2.0: bodies, forms, files and styles are those of OpenAPI 3', async (t) => {
  const { seen, baseUrl } = await serve(t, [[200, { name: 'a' }]]);
  const files = made(swagger, 'swagger');
  assert.match(files[2]?.text ?? '', /'https:\/\/api\.example\.com\/v1'|"https:\/\/api\.example\.com\/v1"/);
  assert.match(files[2]?.text ?? '', /upload\(request: UploadRequest, signal\?: AbortSignal\): Promise<Blob>/);
  const client = await clientOf(t, files, { baseUrl });
  const query = { page: 2, tags: ['a', 'b'], ids: ['c', 'd'] };
  assert.deepEqual(await client.putPet({ path: { id: 1 }, query, body: { name: 'a' } }), { name: 'a' });
  await client.rename({ path: { id: 1 }, body: { name: 'b', old: ['c', 'd'] } });
  assert.deepEqual(
    seen.map(({ line, body, type }) => [line, body, type]),
    [
      ['PUT /pets/1?page=2&tags=a%7Cb&ids=c&ids=d', '{"name":"a"}', 'application/json'],
      ['POST /pets/1', 'name=b&old=c%2Cd', 'application/x-www-form-urlencoded'],
    ],
  );
});

test('what other files hold is a part of the code, and what cannot be read is unknown', async () => {
  const files = {
    'api.yaml': `openapi: 3.1.0
info: { title: Parts, version: 1.0.0 }
paths:
  /orders: { $ref: paths/orders.yaml }
  /none: { $ref: paths/none.yaml }
`,
    'paths/orders.yaml': `get:
  operationId: listOrders
  parameters: [{ $ref: ../common.yaml#/parameters/Limit }]
  responses: { '200': { description: ok, content: { application/json: { schema: { $ref: ../schemas/Order.json } } } } }
`,
    'common.yaml': 'parameters: { Limit: { name: limit, in: query, schema: { type: integer } } }\n',
    'schemas/Order.json':
      '{"type":"object","properties":{"id":{"type":"string"},"parts":{"type":"array","items":{"$ref":"#"}},"lost":{"$ref":"lost.json"}}}',
  };
  const host = memoryHost(Object.fromEntries(Object.entries(files).map(([name, text]) => [`file:///w/${name}`, text])));
  const lintel = createLintel(host, rules);
  assert.deepEqual(
    (await lintel.operationsOf('file:///w/api.yaml')).map(({ name }) => name),
    ['listOrders'],
  );
  const [types] = await lintel.codeOf('file:///w/api.yaml');
  assert.match(types?.text ?? '', /interface Order \{\n {2}id\?: string;\n {2}parts\?: Order\[\];\n {2}lost\?: unknown;/);
  assert.match(types?.text ?? '', /limit\?: number;/);
});

test('a longer wait than a caller can have is not waited for', async (t) => {
  const { seen, baseUrl } = await serve(t, [[503, {}, { 'Retry-After': '21' }]]);
  const waits: number[] = [];
  const client = await clientOf(t, made(shop, 'shop'), { baseUrl, sleep: async (ms: number) => void waits.push(ms) });
  await assert.rejects(client.listOrders(), { status: 503 });
  assert.deepEqual([seen.length, waits], [1, []]);
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

async function allOf(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A server that answers with these pieces, one after the other, and then holds on until it is left. */
async function stream(t: TestContext, type: string, pieces: readonly string[], end = true) {
  let leave: () => void = () => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  const server = createServer(async (_request, response) => {
    response.on('close', leave);
    response.writeHead(200, { 'Content-Type': type });
    for (const piece of pieces) {
      response.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    if (end) response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { left, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('a stream is read as it comes, past the deadline of its beginning', async (t) => {
  const pieces = [
    '\uFEFF: hello\n\ndata: a\r',
    '\ndata:b\r\nid: 1\r\n',
    '\r\nevent: x\nretry: 1\ndata\n\n',
    'event: none\n\n',
    'data: é\n\ndata: cut',
  ];
  const { baseUrl } = await stream(t, 'text/event-stream', pieces);
  const client = await clientOf(t, made(newer, 'newer'), { baseUrl, timeoutMs: 50 });
  const events = await allOf(client.listEvents());
  assert.deepEqual(events, [
    { event: 'message', data: 'a\nb', id: '1' },
    { event: 'x', data: '', id: '1' },
    { event: 'message', data: 'é', id: '1' },
  ]);
  const lines = await stream(t, 'application/jsonl', ['{"kind":"c","li', 'ves":1}\n\n{"lives":2}']);
  const other = await clientOf(t, made(newer, 'newer'), { baseUrl: lines.baseUrl });
  assert.deepEqual(await allOf(other.lines({ query: {} })), [{ kind: 'c', lives: 1 }, { lives: 2 }]);
  const texts = await stream(t, 'application/json-seq', ['\x1e1\n\x1e', '2\n']);
  const third = await clientOf(t, made(newer, 'newer'), { baseUrl: texts.baseUrl });
  assert.deepEqual(await allOf(third.texts({ query: { a: 'x' } })), [1, 2]);
});

test('a stream that does not begin in time is asked for again; who stops reading ends the request', async (t) => {
  const silent = await serve(t, [[0]]);
  const waiting = await clientOf(t, made(newer, 'newer'), { baseUrl: silent.baseUrl, timeoutMs: 20, sleep: async () => {} });
  await assert.rejects(allOf(waiting.listEvents()), { name: 'TimeoutError' });
  assert.equal(silent.seen.length, 4);
  const { left, baseUrl } = await stream(t, 'text/event-stream', ['data: 1\n\n'], false);
  const client = await clientOf(t, made(newer, 'newer'), { baseUrl });
  for await (const { data } of client.listEvents()) {
    assert.equal(data, '1');
    break;
  }
  await left;
});

test('keys, whole queries and forms of parts are written as OpenAPI has them', async (t) => {
  const { seen, baseUrl } = await serve(t, [[204]]);
  const client = await clientOf(t, made(newer, 'newer'), { baseUrl, query: () => ({ api_key: 'k' }) });
  await allOf(client.lines({ query: { a: 1 } }));
  await allOf(client.texts({ query: { a: 'x y', tags: ['b', 'c'] } }));
  await client.json({ path: { id: '1' } });
  const file = new File(['data'], 'a.png', { type: 'image/png' });
  await client.addPhoto({ body: { file, tags: ['x', 'y'], size: { width: 1 }, meta: { a: 1 }, none: undefined } });
  assert.deepEqual(
    seen.map(({ line }) => line),
    [
      'QUERY /lines?%7B%22a%22%3A1%7D&api_key=k',
      'GET /texts?a=x+y&tags=b%2Cc&api_key=k',
      'PURGE /pets/1?api_key=k',
      'POST /photos?api_key=k',
    ],
  );
  const { type = '', body = '' } = seen[3] ?? {};
  const boundary = /boundary=(.*)/.exec(type)?.[1] ?? '';
  const parts = body.split(`--${boundary}`).slice(1, -1);
  assert.deepEqual(
    parts.map((part) =>
      part
        .trim()
        .replaceAll(/\r\n/g, '|')
        .replaceAll(/Content-(?:Disposition: form-data; |Type: )/g, ''),
    ),
    [
      'name="file"; filename="a.png"|image/png||data',
      'name="tags"||x',
      'name="tags"||y',
      'name="size"||{"width":1}',
      'name="meta"; filename="blob"|application/json||{"a":1}',
    ],
  );
});
