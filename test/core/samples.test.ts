/** Documents from samples: what is read of each kind, what several together tell, and that no secret survives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { parseApiDocument } from '../../server/core/document.ts';
import { fromSamples } from '../../server/core/generate/samples/operations.ts';
import { memoryHost } from '../../server/core/host.ts';

type Json = Record<string, any>;

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLW9mLWFubg';
const secrets = [jwt, 'hunter2secret', 'K3Y-0123456789abcdef', 's%3Acookie.value', 'tok_live_9f8e7d6c5b4a'];

const read = (...samples: (string | object)[]) => {
  const given = samples.map((sample, index) => ({
    uri: `file:///samples/order-created${index || ''}.json`,
    text: typeof sample === 'string' ? sample : JSON.stringify(sample, null, 2),
  }));
  const { text, operations, notes } = fromSamples(given);
  for (const secret of secrets)
    assert.ok(!text.includes(secret) && !notes.some(({ message }) => message.includes(secret)), secret);
  const data = parseApiDocument('file:///openapi.yaml', text).data as Json;
  return { text, operations, notes: notes.map(({ message }) => message), places: notes, data };
};

const body = (operation: Json, mediaType = 'application/json') => operation.requestBody.content[mediaType].schema;
const answer = (operation: Json, status: string) => operation.responses[status].content['application/json'].schema;

test('cURL: quotes, continued lines, joined options, forms, -G, and credentials that become schemes', () => {
  const { data, operations, notes } = read(`
$ curl -sSL -XPUT "https://user:hunter2secret@api.example.com/v1/users/42?token=tok_live_9f8e7d6c5b4a" \\
  -H 'Authorization: Bearer ${jwt}' -H 'X-Api-Key: K3Y-0123456789abcdef' -H "If-Match: \\"1\\"" \\
  --cookie 'connect.sid=s%3Acookie.value; theme=dark' \\
  --data-raw $'{"name":"O\\'Brien","age":41,"password":"hunter2secret"}'
curl -G https://api.example.com/v1/users -d limit=10 --data-urlencode 'q=a b' && curl https://api.example.com/v1/users -u ann:hunter2secret
curl https://api.example.com/v1/files -F 'file=@photo.png;type=image/png' -F note=hi
curl -X POST https://api.example.com/v1/login -d 'user=ann&password=hunter2secret'
curl -X POST https://api.example.com/v1/import --json @big.json
`);
  assert.equal(operations, 5);
  assert.deepEqual(data.servers, [{ url: 'https://api.example.com' }]);
  const put = data.paths['/v1/users/{userId}'].put;
  assert.deepEqual(put.security, [{ bearer: [], xApiKey: [], token: [], connectSid: [] }]);
  assert.deepEqual(
    put.parameters.map((one: Json) => [one.in, one.name, one.schema.type]),
    [
      ['path', 'userId', 'integer'],
      ['header', 'If-Match', 'string'],
    ],
  );
  assert.deepEqual(Object.keys(body(put).properties), ['name', 'age', 'password']);
  assert.equal(body(put).required, undefined);
  const get = data.paths['/v1/users'].get;
  assert.deepEqual(
    get.parameters.map((one: Json) => [one.name, one.schema.type]),
    [
      ['limit', 'integer'],
      ['q', 'string'],
    ],
  );
  assert.deepEqual(get.security, [{ basic: [] }]);
  assert.equal(body(data.paths['/v1/files'].post, 'multipart/form-data').properties.file.format, 'binary');
  assert.deepEqual(Object.keys(body(data.paths['/v1/login'].post, 'application/x-www-form-urlencoded').properties), [
    'user',
    'password',
  ]);
  assert.deepEqual(data.components.securitySchemes, {
    basic: { type: 'http', scheme: 'basic' },
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    connectSid: { type: 'apiKey', in: 'cookie', name: 'connect.sid' },
    token: { type: 'apiKey', in: 'query', name: 'token' },
    xApiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
  });
  assert.ok(notes.includes('The body is in the file `big.json`, so its shape is left open.'));
  assert.ok(notes.some((note) => note.startsWith('`/v1/users/{userId}` is guessed')));
});

const entry = (method: string, url: string, request: Json, response: Json): Json => ({
  request: { method, url, headers: [], ...request },
  response: { status: 200, content: { mimeType: 'application/json; charset=utf-8' }, ...response },
});
const json = (value: unknown) => ({ content: { mimeType: 'application/json', text: JSON.stringify(value) } });

test('cURL: the Windows prompt, comments, variables, redirections, several URLs, files and other credentials', () => {
  const { data, operations, notes } = read(`# it's a comment
curl --trace-ascii log.txt --capath /etc/ca "$BASE/users/\${USER_ID}/<kind>" -b jar.txt -u ann:hunter2secret --digest
curl ^"https://api.example.com/items?a=1^&b=2^" ^
  -H ^"content-type: application/json^" ^
  --data-raw ^"^{^\\^"name^\\^":^\\^"x y^\\^"^}^" > out.json
curl -G https://api.example.com/search --data-urlencode 'q=a&b=c' --url-query 'page=2' 2>/dev/null &
curl https://api.example.com/one https://api.example.com/two --next https://api.example.com/three --json '{"a":' --json '1}'
curl -T photo.png https://api.example.com/photo < input.txt
curl -X PURGE https://api.example.com/cache
`);
  assert.equal(operations, 7);
  assert.deepEqual(Object.keys(data.paths), ['/users/{USER_ID}/{kind}', '/items', '/search', '/one', '/two', '/three', '/photo']);
  assert.deepEqual(
    data.servers.map(({ url }: Json) => url),
    ['{BASE}', 'https://api.example.com'],
  );
  const first = data.paths['/users/{USER_ID}/{kind}'].get;
  assert.deepEqual([first.security, first.parameters.length], [[{ digest: [] }], 2]);
  assert.deepEqual(Object.keys(body(data.paths['/items'].post).properties), ['name']);
  const names = ({ parameters }: Json) => parameters.map((one: Json) => one.name);
  assert.deepEqual(
    [names(data.paths['/items'].post), names(data.paths['/search'].get)],
    [
      ['a', 'b'],
      ['page', 'q'],
    ],
  );
  assert.deepEqual(Object.keys(body(data.paths['/three'].post).properties), ['a']);
  assert.ok(data.paths['/photo'].put.requestBody);
  assert.ok(notes.includes('OpenAPI 3.1 has no operations of the method PURGE, so the request is missing.'));
});

test('requests without answers are one note, at the first of them', () => {
  const text = `curl https://api.example.com/one
curl https://api.example.com/two
curl -X PURGE https://api.example.com/three
curl https://api.example.com/four`;
  const { notes, places } = read(text);
  assert.deepEqual(notes, [
    'No sample shows what `GET /one` answers. Likewise at 2 other places.',
    'OpenAPI 3.1 has no operations of the method PURGE, so the request is missing.',
  ]);
  assert.deepEqual(
    places.map(({ start }) => text.slice(start).split('\n')[0]),
    ['curl https://api.example.com/one', 'curl -X PURGE https://api.example.com/three'],
  );
  assert.deepEqual(read('curl https://api.example.com/one').notes, ['No sample shows what `GET /one` answers.']);
});

test('cURL: a host without a scheme is one; with a port it is a server at hand', () => {
  assert.deepEqual(read('curl localhost:8080/a').data.servers, [{ url: 'http://localhost:8080' }]);
  assert.deepEqual(Object.keys(read('> curl api.example.com/a').data.paths), ['/a']);
  const odata = read('curl "https://api.example.com/users?$top=5"').data.paths['/users'].get;
  assert.deepEqual(odata.parameters[0].name, '$top');
  assert.deepEqual(read('curl api.example.com/a').data.servers, [{ url: 'https://api.example.com' }]);
});

test('Postman: a saved answer has the media type that it says', () => {
  const answers = [{ code: 502, header: [{ key: 'Content-Type', value: 'text/html' }], body: '<html>' }];
  const item = [
    { name: 'a', request: { method: 'GET', url: 'https://api.example.com/a', auth: { type: 'digest' } }, response: answers },
  ];
  const info = { name: 'x', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' };
  const { data } = read(JSON.stringify({ info, item }));
  assert.deepEqual(Object.keys(data.paths['/a'].get.responses['502'].content), ['text/html']);
  assert.deepEqual(data.components.securitySchemes, { digest: { type: 'http', scheme: 'digest' } });
});

test('HAR: samples of one operation are one; pages, preflights and other hosts are none', () => {
  const uuid = (digit: string) => `3f2b8c9${digit}-1a2b-4c3d-8e4f-5a6b7c8d9e0f`;
  const har = {
    log: {
      entries: [
        entry('GET', 'https://shop.example.com/', {}, { content: { mimeType: 'text/html', text: '<html>' } }),
        entry('OPTIONS', 'https://shop.example.com/api/orders', {}, { status: 204 }),
        entry(
          'GET',
          `https://shop.example.com/api/orders/${uuid('1')}?expand=lines`,
          {
            headers: [
              { name: ':authority', value: 'x' },
              { name: 'authorization', value: `Bearer ${jwt}` },
            ],
          },
          json({ id: uuid('1'), total: 10, at: '2026-01-02T03:04:05Z', note: null, lines: [{ sku: 'a', qty: 1 }] }),
        ),
        entry(
          'GET',
          `https://shop.example.com/api/orders/${uuid('2')}`,
          {},
          json({
            id: uuid('2'),
            total: 9.5,
            at: '2026-01-02T03:04:05Z',
            note: 'x',
            lines: [{ sku: 'a' }, { sku: 'b', gift: true }],
          }),
        ),
        entry('GET', `https://shop.example.com/api/orders/${uuid('3')}`, {}, { status: 404, ...json({ error: 'missing' }) }),
        entry(
          'DELETE',
          `https://shop.example.com/api/orders/${uuid('2')}`,
          {},
          { status: 204, content: { size: 0, mimeType: 'x-unknown' } },
        ),
        entry('GET', 'https://shop.example.com/api/stock', {}, json({ [uuid('1')]: { left: 1 }, [uuid('2')]: { left: 2 } })),
        entry('POST', 'https://metrics.example.net/collect', {}, json({})),
      ],
    },
  };
  const { data, operations, notes, places, text } = read(har);
  assert.equal(operations, 3);
  const get = data.paths['/api/orders/{orderId}'].get;
  assert.deepEqual(answer(get, '200'), {
    type: 'object',
    required: ['id', 'total', 'at', 'note', 'lines'],
    properties: {
      id: { type: 'string', format: 'uuid' },
      total: { type: 'number' },
      at: { type: 'string', format: 'date-time' },
      note: { type: ['string', 'null'] },
      lines: {
        type: 'array',
        items: {
          type: 'object',
          properties: { sku: { type: 'string' }, qty: { type: 'integer' }, gift: { type: 'boolean' } },
        },
      },
    },
  });
  assert.deepEqual(Object.keys(get.responses), ['200', '404']);
  assert.equal(get.parameters[1].name, 'expand');
  assert.deepEqual(data.paths['/api/orders/{orderId}'].delete.responses, { 204: { description: 'No Content' } });
  // Keys that are ids are data.
  assert.deepEqual(answer(data.paths['/api/stock'].get, '200').additionalProperties.properties, { left: { type: 'integer' } });
  assert.doesNotMatch(text, /metrics|3f2b8c9/);
  assert.ok(
    notes.some(
      (note) =>
        note === 'One request to https://metrics.example.net is left out: the document is about https://shop.example.com.',
    ),
  );
  // A note stands at its entry.
  assert.ok(places.every(({ start }) => JSON.stringify(har, null, 2)[start] === '{'));
});

test('Postman: folders, variables, inherited authentication, saved answers, prose without its keys', () => {
  const collection = {
    info: { name: 'Shop', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
    auth: {
      type: 'apikey',
      apikey: [
        { key: 'key', value: 'X-Key' },
        { key: 'value', value: 'K3Y-0123456789abcdef' },
        { key: 'in', value: 'header' },
      ],
    },
    variable: [
      { key: 'baseUrl', value: 'https://api.example.com' },
      { key: 'key', value: 'hunter2secret' },
    ],
    item: [
      {
        name: 'Orders',
        item: [
          {
            name: 'Change an order',
            request: {
              method: 'PATCH',
              description: `Needs Authorization: Bearer ${jwt} or token=tok_live_9f8e7d6c5b4a.`,
              header: [
                { key: 'Idempotency-Key', value: '{{$guid}}' },
                { key: 'X-Old', value: '1', disabled: true },
              ],
              url: {
                raw: '{{baseUrl}}/orders/:orderId/lines/{{line}}?dry=true',
                host: ['{{baseUrl}}'],
                path: ['orders', ':orderId', 'lines', '{{line}}'],
                query: [{ key: 'dry', value: 'true' }],
              },
              body: { mode: 'raw', raw: '{ "qty": {{qty}}, "note": "{{note}}" }', options: { raw: { language: 'json' } } },
            },
            response: [
              { name: 'ok', code: 200, header: [{ key: 'Content-Type', value: 'application/json' }], body: '{"id":1}' },
              { name: 'gone', code: 410, header: [], body: '' },
            ],
          },
          { name: 'Public', request: { method: 'GET', auth: { type: 'noauth' }, url: '{{other}}/health/of-{{zone}}' } },
        ],
      },
    ],
  };
  const { data, notes } = read(collection);
  const { patch } = data.paths['/orders/{orderId}/lines/{line}'];
  assert.deepEqual([patch.summary, patch.tags, patch.security], ['Change an order', ['Orders'], [{ xKey: [] }]]);
  assert.equal(patch.description, 'Needs Authorization: Bearer … or token=…');
  assert.deepEqual(
    patch.parameters.map((one: Json) => one.name),
    ['orderId', 'line', 'dry', 'Idempotency-Key'],
  );
  assert.deepEqual(body(patch).properties, { qty: { type: 'null' }, note: { type: 'string' } });
  assert.deepEqual(Object.keys(patch.responses), ['200', '410']);
  assert.equal(data.info.title, 'Shop');
  assert.equal(data.paths['/health/of-{zone}'].get.security, undefined);
  assert.ok(!notes.some((note) => note.includes('is guessed')), 'a parameter that the collection names is no guess');
});

test('JSON bodies: one schema by the name of the file, several samples merged', () => {
  const { data, operations, notes } = read({ id: 1, user: { email: 'a@example.com' } });
  assert.equal(operations, 0);
  assert.deepEqual(data.components.schemas.OrderCreated.properties.user.properties.email, { type: 'string', format: 'email' });
  assert.deepEqual(notes, ['The JSON is a body, not a request: it is the schema `OrderCreated`, and of no operation.']);
  assert.deepEqual(read('not JSON').notes, ['This is neither a cURL command nor JSON: a HAR, a Postman collection or a body.']);
});

test('what is no sample says why: it is empty, or JSON that was cut off', () => {
  assert.deepEqual(read(' \n').notes, ['The sample is empty.']);
  assert.deepEqual(read('{ "log": { "entries": [{ "request": { "url": "https://api.exa').notes, [
    'This begins as JSON does and cannot be read as JSON: perhaps it was cut off.',
  ]);
});

test('the document has no structural error', async () => {
  const { text } = read(
    `curl -X POST https://api.example.com/orders/7 -H 'Authorization: Bearer ${jwt}' -d '{"a":[1,null,"x"]}'`,
  );
  const lintel = createLintel(memoryHost({ 'file:///openapi.yaml': text }), rules);
  const findings = await lintel.check('file:///openapi.yaml', defaultConfig);
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    [],
  );
});

test('JSON bodies: names with numbers are names of properties, data among names is none', () => {
  const { data, text } = read({
    account: {
      address_line1_check: 'pass',
      image_128x128: null,
      ssn_last_4: true,
      is_base64_encoded: false,
      useThreeDS2Challenge: true,
    },
    files: { 'hello_world.rb': { size: 1 }, 'main.py': { size: 2, note: null } },
    labels: { 'app.example.com/name': 'shop', 'app.example.com/part': 'api' },
    byUser: { user_8f3k2j9x: { seen: true } },
    byToken: { tok_live_9f8e7d6c5b4a: 1, other: 2 },
  });
  const { properties } = data.components.schemas.OrderCreated;
  assert.deepEqual(Object.keys(properties.account.properties), [
    'address_line1_check',
    'image_128x128',
    'ssn_last_4',
    'is_base64_encoded',
    'useThreeDS2Challenge',
  ]);
  assert.deepEqual(properties.files.additionalProperties.properties.size, { type: 'integer' });
  assert.deepEqual(properties.labels, { type: 'object', additionalProperties: { type: 'string' } });
  assert.deepEqual(properties.byUser.additionalProperties.properties, { seen: { type: 'boolean' } });
  assert.deepEqual(properties.byToken, { type: 'object', additionalProperties: { type: 'integer' } });
  assert.doesNotMatch(text, /hello_world|user_8f3k2j9x/);
});

test('formats are what a text is in whole: no address of a repository, no template of a URI, is taken for another', () => {
  const { data } = read({
    clone: 'git@git.example.com:shop/orders.git',
    mail: 'ann.o-neil+shop@mail.example.com',
    link: 'mailto:ann@example.com',
    search: 'https://api.example.com/orders{?status,page}',
    self: 'https://api.example.com/orders?status=open',
    at: '2026-01-31T10:00:00+0100',
    day: '2026-01-31',
  });
  const { properties } = data.components.schemas.OrderCreated;
  assert.deepEqual(
    Object.entries<Json>(properties).map(([name, { format }]) => [name, format]),
    [
      ['clone', undefined],
      ['mail', 'email'],
      ['link', undefined],
      ['search', 'uri-template'],
      ['self', 'uri'],
      ['at', undefined],
      ['day', 'date'],
    ],
  );
});

test('cURL: tokens that stand in paths are parameters, words with numbers are not', () => {
  const { data, text } = read(`
curl -X POST https://api.example.com/bot123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11/sendMessage -d chat_id=1
curl -X POST https://api.example.com/services/T024BE7LD/B024BE7LH/oZsTRtUj8fTqGzSs6Xt7DhuA -d '{"text":"hi"}'
curl https://api.example.com/v1/reports/tax_reporting_us_1099_k
curl https://api.example.com/v1/crawl/crawl_abc123
`);
  assert.deepEqual(Object.keys(data.paths), [
    '/{id}/sendMessage',
    '/services/{serviceId}/{id}/{id2}',
    '/v1/reports/tax_reporting_us_1099_k',
    '/v1/crawl/{crawlId}',
  ]);
  for (const secret of ['ABC-DEF', 'T024BE7LD', 'oZsTRtUj']) assert.ok(!text.includes(secret), secret);
});

test('a number that is written with a fraction is no integer', () => {
  const { data } = read('{ "price": 10.0, "count": 3, "rates": [1, 2.00], "text": "is 10.0, \\"5.0\\"", "large": 1.0e3 }');
  const { properties } = data.components.schemas.OrderCreated;
  const types = Object.fromEntries(
    Object.entries(properties as Json).map(([name, { type, items }]) => [name, items?.type ?? type]),
  );
  assert.deepEqual(types, { price: 'number', count: 'integer', rates: 'number', text: 'string', large: 'integer' });
});

test('cURL: what a shell and cURL itself put in, or leave in a file', () => {
  const { data, notes } = read(`
curl https://api.example.com/v1/orders -H @headers.txt -d @- <<'EOF' | jq .
{ "curl": "https://none.example.com", "count": 1 }
EOF
curl -d @- https://api.example.com/v1/notes <<-END
plain=yes
  END
curl https://ann:hunter2secret@api.example.com/v1/private
curl "https://api.example.com/v1/pages/[1-9]" https://api.example.com/v1/sites/{a,b}/{{site}}
curl -g "https://api.example.com/v1/list?filter[created-at]=1&x={a,b}"
`);
  assert.deepEqual(Object.keys(data.paths), [
    '/v1/orders',
    '/v1/notes',
    '/v1/private',
    '/v1/pages/{pageId}',
    '/v1/sites/a/{site}',
    '/v1/list',
  ]);
  assert.deepEqual(Object.keys(body(data.paths['/v1/orders'].post).properties), ['curl', 'count']);
  assert.equal(data.paths['/v1/orders'].post.parameters, undefined);
  assert.deepEqual(Object.keys(body(data.paths['/v1/notes'].post, 'application/x-www-form-urlencoded').properties), ['plain']);
  assert.deepEqual(data.paths['/v1/private'].get.security, [{ basic: [] }]);
  assert.deepEqual(
    data.paths['/v1/list'].get.parameters.map(({ name }: Json) => name),
    ['filter[created-at]', 'x'],
  );
  assert.ok(notes.includes('Headers are in the file `headers.txt`, so they are missing.'));
});

test('cURL: quotes as Windows escapes them; what is no JSON is said', () => {
  const { data, notes } = read(`curl.exe -X POST "https://api.example.com/v1/a" \`
  -H "Content-Type: application/json" \`
  -d '{\\"name\\": 1, \\"token\\": \\"hunter2secret\\"}'
curl.exe https://api.example.com/v1/b -H "Content-Type: application/json" -d "{name: 1}"
`);
  assert.deepEqual(Object.keys(body(data.paths['/v1/a'].post).properties), ['name', 'token']);
  const said = 'The body is said to be JSON and cannot be read as such, so its shape is left open.';
  assert.equal(notes.filter((note) => note === said).length, 1);
});

test('HAR: JSON in base64; Postman: JSON with comments', () => {
  const text = btoa(String.fromCharCode(...new TextEncoder().encode('{"name":"Ångström","token":"hunter2secret"}')));
  const entry = (url: string, content: Json) => ({ request: { method: 'GET', url }, response: { status: 200, content } });
  const har = read({
    log: {
      entries: [
        entry('https://api.example.com/v1/a', { size: 9, mimeType: 'application/json', text, encoding: 'base64' }),
        entry('https://api.example.com/v1/b', { size: 9, mimeType: 'application/octet-stream', text, encoding: 'base64' }),
      ],
    },
  });
  assert.deepEqual(Object.keys(answer(har.data.paths['/v1/a'].get, '200').properties), ['name', 'token']);
  assert.deepEqual(har.data.paths['/v1/b'].get.responses['200'].content['application/octet-stream'].schema, {});
  const raw = '{\n  // how much, see https://example.com\n  "amount": {{amount}}, /* or */ "at": "http://a/*b*/"\n}';
  const { data, notes } = read({
    info: { name: 'Shop', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
    item: [
      {
        name: 'Pay',
        request: {
          method: 'POST',
          url: 'https://api.example.com/pay',
          body: { mode: 'raw', raw, options: { raw: { language: 'json' } } },
        },
      },
    ],
  });
  assert.deepEqual(Object.keys(body(data.paths['/pay'].post).properties), ['amount', 'at']);
  assert.equal(notes.filter((note) => /cannot be read/.test(note)).length, 0);
});
