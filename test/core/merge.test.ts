/** Generated documents merged into kept ones: what is missing comes in, everything written by hand stays as it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { applyEdits, createLintel } from '../../server/core/create.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { memoryHost } from '../../server/core/host.ts';

async function merge(kept: string, generated: string, uri = 'file:///api.yaml') {
  const lintel = createLintel(memoryHost({ [uri]: kept }), rules);
  const merged = await lintel.mergeInto(uri, generated);
  const text = applyEdits(kept, merged.edits);
  const again = await createLintel(memoryHost({ [uri]: text }), rules).mergeInto(uri, generated);
  return { ...merged, text, again };
}

const kept = `# The interface of the shop. Keep the order!
openapi: 3.0.3
info: { title: Shop, version: 1.2.0 }   # ours
servers:
- url: https://api.example.com/v2
tags:
- name: orders
paths:
  /orders/{id}:   # by number
    parameters:
    - { name: id, in: path, required: true, schema: { type: string } }
    get:
      operationId: getOrder
      parameters:
      - name: expand    # which parts
        in: query
        schema: { type: string }
      - name: old
        in: query
        schema: { type: string }
      responses:
        '200':
          description: An order, as sales calls it.
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Order' }
        default: { description: A problem. }
  /legacy:
    get:
      responses:
        '200': { description: OK }
components:
  securitySchemes:
    login: { type: http, scheme: bearer }
  schemas:
    # What a customer bought.
    Order:
      type: object
      required: [id]
      properties:
        id: { type: string, description: Our number. }
`;

const generated = `openapi: 3.1.0
info: { title: x, version: 1.0.0 }
paths:
  /v2/orders/{orderId}:
    get:
      operationId: getOrdersByOrderId
      parameters:
        - { name: orderId, in: path, required: true, schema: { type: integer } }
        - { name: expand, in: query, schema: { type: string } }
        - { name: page, in: query, schema: { type: integer } }
      responses:
        '200':
          description: OK
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Order' }
        '404': { description: Not Found }
        '202': { description: Accepted }
    delete:
      operationId: getOrder
      tags: [orders, sales]
      parameters:
        - { name: orderId, in: path, required: true, schema: { type: integer } }
      requestBody:
        content:
          application/json:
            schema: { $ref: '#/components/schemas/Reason' }
      responses:
        '204': { description: No Content }
      security:
        - bearer: []
  /v2/carts:
    post:
      operationId: postCarts
      responses:
        '201':
          description: Created
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Order' }
components:
  securitySchemes:
    bearer: { type: http, scheme: bearer, bearerFormat: JWT }
  schemas:
    Order:
      type: object
      required: [id, note]
      properties:
        id: { type: integer }
        note: { type: [string, 'null'] }
    Reason:
      type: object
      properties:
        text: { type: string }
        until: { anyOf: [{ $ref: '#/components/schemas/Order' }, { type: 'null' }] }
`;

test('OpenAPI: what is missing is added at its place, in the words of the version, and nothing else is touched', async () => {
  const { text, added, extra, again } = await merge(kept, generated);
  // Every line that was there is there, in its order.
  const lines = text.split('\n');
  let at = -1;
  for (const line of kept.split('\n').filter((one) => one !== '')) {
    const next = lines.indexOf(line, at + 1);
    assert.ok(next > at, `“${line}” stays`);
    at = next;
  }
  assert.equal(
    text.slice(text.indexOf('  /orders/{id}:'), text.indexOf('  /legacy:')),
    `  /orders/{id}:   # by number
    parameters:
    - { name: id, in: path, required: true, schema: { type: string } }
    get:
      operationId: getOrder
      parameters:
      - name: expand    # which parts
        in: query
        schema: { type: string }
      - name: old
        in: query
        schema: { type: string }
      - name: page
        in: query
        schema:
          type: integer
      responses:
        '200':
          description: An order, as sales calls it.
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Order' }
        default: { description: A problem. }
        '202':
          description: Accepted
    delete:
      operationId: getOrder2
      tags:
      - orders
      - sales
      requestBody:
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/Reason'
      responses:
        '204':
          description: No Content
      security:
      - login: []
`,
  );
  assert.match(text, /\n {2}\/carts:\n {4}post:\n/);
  assert.match(text, /\n- name: sales\n/);
  assert.match(text, /note:\n {10}type: string\n {10}nullable: true\n/);
  assert.match(text, /until:\n {10}allOf:\n {10}- \$ref: '#\/components\/schemas\/Order'\n {10}nullable: true\n/);
  assert.deepEqual(added, [
    'Parameter `page` of `GET /orders/{id}`.',
    'Property `note` of schema `Order`.',
    '202 of `GET /orders/{id}`.',
    'Schema `Reason`.',
    '`DELETE /orders/{id}`.',
    '`POST /carts`.',
  ]);
  assert.deepEqual(
    extra.map(({ start, end, message }) => [kept.slice(start, end), message]),
    [
      ['old', 'Parameter `old` of `GET /orders/{id}` is described, and the code does not read it.'],
      ['get', '`GET /legacy` is described, and the code does not show it.'],
    ],
  );
  assert.deepEqual(again.edits, [], 'merged twice, the second time adds nothing');
  const uri = 'file:///api.yaml';
  const lintel = createLintel(memoryHost({ [uri]: text }), rules);
  const before = await createLintel(memoryHost({ [uri]: kept }), rules).check(uri, defaultConfig);
  const after = await lintel.check(uri, defaultConfig);
  const structural = (all: typeof after) =>
    all.filter(({ rule }) => rule === 'structure' || rule === 'reference' || rule === 'path-params').length;
  assert.equal(structural(after), structural(before));
});

test('OpenAPI: what is composed, closed or elsewhere is left alone; unlike schemas of one name are two', async () => {
  const { text, added } = await merge(
    `openapi: 3.1.0
info: {title: a, version: 1.0.0}
paths:
  /a:
    post:
      requestBody: {$ref: 'other.yaml#/body'}
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {allOf: [{$ref: 'b.yaml'}]}}}
        4XX: {description: no}
components:
  schemas:
    Thing: {type: object, properties: {wheels: {type: integer}, doors: {type: integer}}}
`,
    `openapi: 3.1.0
info: {title: a, version: 1.0.0}
paths:
  /a:
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {x: {}}}}}}
      responses:
        '200': {description: OK, content: {application/json: {schema: {type: object, properties: {x: {}}}}}}
        '400': {description: Bad Request}
  /b:
    get:
      responses:
        '200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
components:
  schemas:
    Thing: {type: object, properties: {name: {type: string}, age: {type: integer}}}
`,
  );
  assert.deepEqual(added, ['Schema `Thing2`.', '`GET /b`.']);
  assert.match(text, /\$ref: '?"?#\/components\/schemas\/Thing2/);
});

test('OpenAPI: answers that operations share come along, under another name where theirs has another body', async () => {
  const answer = (name: string) =>
    `{description: No, content: {application/json: {schema: {type: object, properties: {${name}: {}}}}}}`;
  const head = 'openapi: 3.1.0\ninfo: {title: a, version: 1.0.0}\npaths:\n';
  const missing = "{get: {responses: {'404': {$ref: '#/components/responses/NotFound'}}}}";
  const generated = `${head}  /a: ${missing}\n  /b: ${missing}\ncomponents: {responses: {NotFound: ${answer('error')}}}\n`;
  const kept = (body: string, name: string) =>
    `${head}  /a:\n    get:\n      responses:\n        '404': ${body}\ncomponents:\n  responses:\n    NotFound: ${answer(name)}\n`;
  const same = await merge(kept("{$ref: '#/components/responses/NotFound'}", 'error'), generated);
  assert.deepEqual(same.added, ['`GET /b`.']);
  const other = await merge(kept(answer('own'), 'reason'), generated);
  assert.deepEqual([...other.added].sort(), ['Answer `NotFound2`.', 'Property `error` of 404 of `GET /a`.', '`GET /b`.']);
  assert.deepEqual(other.again.edits, []);
});

test('JSON stays JSON, with its indentation', async () => {
  const json = '{\n\t"openapi": "3.1.0",\n\t"info": { "title": "a", "version": "1.0.0" },\n\t"paths": {}\n}\n';
  const { text } = await merge(
    json,
    'openapi: 3.1.0\ninfo: {title: a, version: 1.0.0}\npaths: {/a: {get: {responses: {"204": {description: No Content}}}}}\n',
    'file:///api.json',
  );
  assert.deepEqual(Object.keys(JSON.parse(text).paths), ['/a']);
  assert.ok(text.startsWith(json.slice(0, json.indexOf('{}'))));
});

test('AsyncAPI: channels by their address, operations by channel and direction', async () => {
  const { text, added, extra, again } = await merge(
    `asyncapi: 3.0.0
info: {title: Events, version: 1.0.0}
channels:
  paid:   # money
    address: orders.{region}.paid
    messages:
      Paid: {payload: {type: object, properties: {id: {type: string}}}}
  gone:
    address: orders.gone
    messages: {}
operations:
  announce: {action: send, channel: {$ref: '#/channels/paid'}}
`,
    `asyncapi: 3.0.0
info: {title: x, version: 1.0.0}
servers: {kafka: {host: k, protocol: kafka}}
channels:
  ordersPaid:
    address: orders.{REGION}.paid
    messages: {OrderPaid: {$ref: '#/components/messages/OrderPaid'}}
  ordersNew:
    address: orders.new
    messages: {OrderNew: {$ref: '#/components/messages/OrderNew'}}
operations:
  sendOrdersPaid: {action: send, channel: {$ref: '#/channels/ordersPaid'}}
  receiveOrdersPaid: {action: receive, channel: {$ref: '#/channels/ordersPaid'}}
  sendOrdersNew: {action: send, channel: {$ref: '#/channels/ordersNew'}}
components:
  messages:
    OrderPaid: {payload: {$ref: '#/components/schemas/Paid'}}
    OrderNew: {payload: {type: object, properties: {id: {type: string}}}}
  schemas:
    Paid: {type: object, properties: {id: {type: string}, amount: {type: number}}}
`,
  );
  assert.deepEqual(added, [
    'Property `amount` of the message of `orders.{REGION}.paid`.',
    'Message `OrderNew`.',
    'Channel `orders.new`.',
    'Operation `receiveOrdersPaid`.',
    'Operation `sendOrdersNew`.',
  ]);
  assert.match(text, /receiveOrdersPaid:\n {4}action: receive\n {4}channel:\n {6}\$ref: '?"?#\/channels\/paid/);
  assert.match(text, /^ {2}paid: {3}# money$/m);
  assert.deepEqual(
    extra.map(({ message }) => message),
    ['Channel `orders.gone` is described, and the code does not show it.'],
  );
  assert.deepEqual(again.edits, []);
});

test('what cannot be merged is refused with the remedy', async () => {
  const openapi = 'openapi: 3.1.0\ninfo: {title: a, version: 1.0.0}\npaths: {}\n';
  assert.match(
    (await merge('swagger: "2.0"\ninfo: {title: a, version: 1.0.0}\npaths: {}\n', openapi)).refused ?? '',
    /Convert it to OpenAPI 3 first/,
  );
  assert.match((await merge('a: 1\n', openapi)).refused ?? '', /The document is not OpenAPI/);
  assert.match((await merge('openapi: 3.1.0\npaths: {a: [}\n', openapi)).refused ?? '', /Mend its syntax/);
});
