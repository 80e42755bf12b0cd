/** Names that a description gives, offered where they are written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';

/** Lintel with a document that is opened without its mark `‸`, what is offered there, and the line after the first offer is taken. */
function offered(marked: string, language: 'yaml' | 'json' = 'yaml') {
  const offset = marked.indexOf('‸');
  const text = marked.replace('‸', '');
  const uri = `file:///w/api.${language}`;
  const lintel = createLintel(memoryHost(), rules);
  lintel.open(uri, text, 1, language);
  const items = lintel.completeName(uri, offset);
  const [first] = items ?? [];
  const after = first && text.slice(0, first.start) + first.insert + text.slice(first.end);
  return {
    items,
    labels: items?.map(({ label }) => label),
    line: after?.split('\n')[text.slice(0, offset).split('\n').length - 1]?.trimStart(),
  };
}

const defined = `tags:
  - { name: pets, description: All that **bark**. }
  - { name: 'on, off' }
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Key, description: From the portal. }
    oauth:
      type: oauth2
      flows:
        implicit: { authorizationUrl: /a, scopes: { 'read:pets': Read pets. } }
        clientCredentials: { tokenUrl: /t, scopes: { 'read:pets': Read pets., 'write:pets': Change pets. } }
  schemas:
    Cat: { description: It meows. }
    Dog: {}
`;

/** OpenAPI 3.1 with the line or lines of an operation. */
const inOperation = (lines: string, version = '3.1.0') =>
  `openapi: ${version}
paths:
  /pets:
    get:
      operationId: listPets
      summary: All pets.
      responses: { '200': { content: { application/hal+json: {} } } }
    post:
${lines.replaceAll(/^/gm, '      ')}
${defined}`;

for (const [place, lines, labels, line] of [
  ['a tag in a list', 'tags:\n  - ‸', ['pets', 'on, off'], '- pets'],
  ['a tag half typed', 'tags:\n- pe‸\nsummary: A', ['pets', 'on, off'], '- pets'],
  ['a tag in a list that has others', 'tags:\n  - ‸\n  - pets\nsummary: A', ['on, off'], "- 'on, off'"],
  ['a tag half typed below another', 'tags:\n  - pets\n  - o‸', ['on, off'], "- 'on, off'"],
  ['a tag in brackets', 'tags: [‸]', ['pets', 'on, off'], 'tags: [pets]'],
  ['a tag beside another', 'tags: [pets, ‸]', ['on, off'], "tags: [pets, 'on, off']"],
  ['a tag in brackets that are open', 'tags: [pets, ‸', ['on, off'], "tags: [pets, 'on, off'"],
  ['a tag in brackets over lines', 'tags: [\n  pets,\n  ‸\n]', ['on, off'], "'on, off'"],
  ['a tag in quotes', 'tags: ["pe‸ts"]', ['pets', 'on, off'], 'tags: ["pets"]'],
  ['a tag in a quote that the next one seems to end', 'tags: [\n  "p‸,\n  "x"\n]', ['pets', 'on, off'], '"pets",'],
  ['a tag in a quote that is open', "tags:\n  - 'p‸", ['pets', 'on, off'], "- 'pets'"],
  ['a security scheme in a list', 'security:\n  - ‸', ['key', 'oauth'], '- key: []'],
  ['a security scheme beside another', 'security:\n  - oauth: []\n    ‸', ['key'], 'key: []'],
  ['a security scheme with its scopes', 'security:\n  - k‸e: []', ['key', 'oauth'], '- key: []'],
  ['a security scheme in braces', 'security: [{ ‸ }]', ['key', 'oauth'], 'security: [{ key: [] }]'],
  ['a security scheme in brackets', 'security: [‸]', ['key', 'oauth'], 'security: [{ key: [] }]'],
  ['a scope in a list', 'security:\n  - oauth:\n      - ‸', ['read:pets', 'write:pets'], '- read:pets'],
  [
    'a scope beside another',
    'security: [{ oauth: [read:pets, ‸] }]',
    ['write:pets'],
    'security: [{ oauth: [read:pets, write:pets] }]',
  ],
  ['a scope of a scheme that has none', 'security:\n  - key: [‸]', undefined, undefined],
  [
    'the operation of a link',
    "responses:\n  '200':\n    links:\n      all:\n        operationId: ‸",
    ['listPets'],
    'operationId: listPets',
  ],
  [
    'a media type',
    "responses:\n  '200':\n    content:\n      ‸",
    ['application/hal+json', 'application/json', 'application/problem+json'],
    'application/hal+json:',
  ],
  [
    'a media type half typed beside another',
    'requestBody:\n  content:\n    application/json: {}\n    appl‸',
    ['application/hal+json', 'application/problem+json', 'application/x-www-form-urlencoded'],
    'application/hal+json:',
  ],
  [
    'a media type in braces',
    'requestBody: { content: { ‸ } }',
    ['application/hal+json', 'application/json', 'application/problem+json'],
    'requestBody: { content: { application/hal+json: {} } }',
  ],
  [
    'a media type that looks like one while it is typed',
    'requestBody:\n  content:\n    application/js‸: {}',
    ['application/hal+json', 'application/json', 'application/problem+json'],
    'application/hal+json: {}',
  ],
  [
    'a media type beside one that is another while it is typed',
    'requestBody:\n  content:\n    te‸\nresponses:\n  default:\n    content:\n      appl: {}',
    ['application/hal+json', 'application/json', 'application/problem+json'],
    'application/hal+json:',
  ],
  [
    'a media type of a response and a header that are called as they may be',
    'responses:\n  default:\n    headers:\n      x-limit:\n        content:\n          ‸',
    ['application/hal+json', 'application/json', 'application/problem+json'],
    'application/hal+json:',
  ],
  [
    'an operation of OpenAPI 3.2 that has a method of its own',
    'additionalOperations:\n  COPY:\n    tags: [‸]',
    ['pets', 'on, off'],
    'tags: [pets]',
  ],
  ['a tag of a default', 'x:\n  schema: { default: { get: { tags: [‸] } } }', undefined, undefined],
  ['a tag of an extension', 'x-mine:\n  get:\n    tags: [‸]', undefined, undefined],
  [
    'a tag of an example',
    'requestBody:\n  content:\n    a/b:\n      example:\n        get:\n          tags: [‸]',
    undefined,
    undefined,
  ],
  ['a property that is called content', 'x:\n  schema:\n    properties:\n      content:\n        ‸', undefined, undefined],
  ['a comment', 'tags:\n  - pets # ‸', undefined, undefined],
  ['a key that no name fits', 'summary: ‸', undefined, undefined],
  ['the value of a media type', 'requestBody:\n  content: ‸', undefined, undefined],
] as const) {
  test(`${labels ? 'names are' : 'nothing is'} offered for ${place}`, () => {
    const found = offered(inOperation(lines));
    assert.deepEqual(found.labels?.slice(0, 3), labels);
    assert.equal(found.line, line);
  });
}

test('a mapped value is the name of a schema, however its key is called', () => {
  const found = offered(`openapi: 3.1.0\n${defined}    Pet:\n      discriminator:\n        mapping:\n          Cat: ‸\n`);
  const pointers = ['#/components/schemas/Cat', '#/components/schemas/Dog', '#/components/schemas/Pet'];
  assert.deepEqual(found.labels, ['Cat', 'Dog', 'Pet', ...pointers]);
  assert.equal(found.line, 'Cat: Cat');
  const flow = offered(`openapi: 3.2.0\n${defined}    Pet: { discriminator: { propertyName: a, defaultMapping: ‸ } }\n`);
  assert.equal(flow.line, 'Pet: { discriminator: { propertyName: a, defaultMapping: Cat } }');
});

test('tags that operations have are offered below those of the root', () => {
  const tagged = (tags: string) =>
    offered(`openapi: 3.1.0
${tags}
paths:
  /a:
    get: { tags: [cats] }
    put: { tags: [dogs] }
    delete: { tags: [dogs, mice] }
    post: { tags: [mice, ca‸] }
`);
  assert.deepEqual(
    tagged('').items?.map(({ label, detail }) => [label, detail]),
    [
      ['dogs', 'tag, here 2 times'],
      ['cats', 'tag, here once'],
    ],
  );
  assert.deepEqual(tagged('tags: [{ name: birds }, { name: cats }]').labels, ['birds', 'cats', 'dogs']);
});

test('each item says what it is', () => {
  const said = (lines: string) =>
    offered(inOperation(lines))
      .items?.map(({ detail, documentation }) => [detail, documentation])
      .slice(0, 2);
  assert.deepEqual(said('tags: [‸]'), [
    ['tag', 'All that **bark**.'],
    ['tag', undefined],
  ]);
  assert.deepEqual(said('security:\n  - ‸'), [
    ['apiKey in header X-Key', 'From the portal.'],
    ['oauth2', undefined],
  ]);
  assert.deepEqual(said('security:\n  - oauth: [‸]'), [
    ['scope', 'Read pets.'],
    ['scope', 'Change pets.'],
  ]);
  assert.deepEqual(said("responses:\n  '200':\n    links:\n      all: { operationId: ‸ }"), [['GET /pets', 'All pets.']]);
  assert.deepEqual(said('requestBody:\n  content:\n    ‸'), [
    ['media type, here once', undefined],
    ['media type', 'JSON'],
  ]);
});

test('the root has security too, and OpenAPI 2.0 keeps schemes, scopes and media types elsewhere', () => {
  const swagger = (line: string) => `swagger: '2.0'
${line}
securityDefinitions:
  oauth: { type: oauth2, flow: implicit, scopes: { read: Read. } }
paths: { /a: { get: { produces: [text/vnd.mine] } } }
`;
  assert.equal(offered(swagger('security:\n  - ‸')).line, '- oauth: []');
  assert.equal(offered(swagger('security:\n  - oauth: [‸]')).line, '- oauth: [read]');
  assert.equal(offered(swagger('consumes: [‸]')).line, 'consumes: [text/vnd.mine]');
  assert.equal(offered(swagger('consumes:\n  - ‸')).line, '- text/vnd.mine');
});

test('AsyncAPI 2: servers of a channel, security, content types', () => {
  const events = (lines: string) => `asyncapi: 2.6.0
servers:
  main: { protocol: kafka, url: 'broker:9092', description: The only one. }
channels:
  a:
    ${lines}
components:
  securitySchemes:
    plain: { type: userPassword }
  messages:
    Placed: { contentType: application/vnd.placed+json }
`;
  const server = offered(events('servers: [‸]'));
  assert.equal(server.line, 'servers: [main]');
  assert.deepEqual(
    server.items?.map(({ detail, documentation }) => [detail, documentation]),
    [['server kafka broker:9092', 'The only one.']],
  );
  assert.equal(offered(events('subscribe:\n      security:\n        - ‸')).line, '- plain: []');
  assert.equal(
    offered(events('publish:\n      message:\n        contentType: ‸')).line,
    'contentType: application/vnd.placed+json',
  );
  assert.equal(offered('asyncapi: 2.6.0\ndefaultContentType: ‸\n').line, 'defaultContentType: application/json');
});

test('what is called as a keyword for examples, defaults or extensions is no such', () => {
  const schemes = 'components: { securitySchemes: { default: { flows: { password: { scopes: { all: Everything. } } } } } }';
  assert.equal(offered(`openapi: 3.1.0\nsecurity: [‸]\n${schemes}\n`).line, 'security: [{ default: [] }]');
  assert.equal(offered(`openapi: 3.1.0\nsecurity: [{ default: [‸] }]\n${schemes}\n`).line, 'security: [{ default: [all] }]');
  const events = 'asyncapi: 2.6.0\nservers: { main: {} }\nchannels:\n  example:\n    servers: [‸]\n';
  assert.equal(offered(events).line, 'servers: [main]');
});

test('AsyncAPI 3: the scopes that a scheme needs are among those of its flows', () => {
  const scheme = (scopes: string, security = '') => `asyncapi: 3.0.0
operations:
  a:
    action: send${security}
components:
  securitySchemes:
    oauth:
      type: oauth2
      flows: { clientCredentials: { availableScopes: { publish: Send events. } } }
      scopes: ${scopes}
`;
  assert.equal(offered(scheme('[‸]')).line, 'scopes: [publish]');
  assert.equal(offered(scheme('[]', '\n    security:\n      - ‸')).labels, undefined, 'security are references there');
});

test('JSON', () => {
  const json = (members: string) =>
    `{ "openapi": "3.1.0", "tags": [{ "name": "pets" }],
"paths": { "/a": { "get": { ${members} } } },
"components": { "securitySchemes": { "oauth": { "type": "oauth2", "flows": { "implicit": { "scopes": { "read": "" } } } } } } }`;
  for (const [members, after] of [
    ['"tags": ["‸"]', '"tags": ["pets"]'],
    ['"tags": [‸]', '"tags": ["pets"]'],
    ['"tags": ["x", "p‸e"]', '"tags": ["x", "pets"]'],
    ['"security": [{ "‸" }]', '"security": [{ "oauth": [] }]'],
    ['"security": [{ "‸": [] }]', '"security": [{ "oauth": [] }]'],
    ['"security": ["‸"]', '"security": [{ "oauth": [] }]'],
    ['"security": [{ "oauth": ["‸"] }]', '"security": [{ "oauth": ["read"] }]'],
    ['"requestBody": { "content": { "‸" } }', '"requestBody": { "content": { "application/json": {} } }'],
    [
      '"requestBody": { "content": { "text/css": {}, ‸ } }',
      '"requestBody": { "content": { "text/css": {}, "application/json": {} } }',
    ],
  ] as const) {
    const found = offered(json(members), 'json');
    const line = found.line?.slice('"paths": { "/a": { "get": { '.length, -' } } },'.length);
    assert.equal(line, after, members);
  }
});

test('nothing is offered in other files, nor where the document gives no name', () => {
  assert.equal(offered('kind: Pod\ntags: [‸]\n').labels, undefined);
  assert.equal(offered('openapi: 3.1.0\npaths:\n  /a:\n    get:\n      tags: [‸]\n').labels, undefined);
});

test('in a long document that changed much, the names of the last look are offered', () => {
  const uri = 'file:///w/api.yaml';
  const filler = `    description: |\n${'      Much is said of it, and none of it is a name.\n'.repeat(6000)}`;
  const text = `openapi: 3.1.0\npaths:\n  /a:\n    get:\n      tags:\n        - \n${defined}    Long:\n${filler.replaceAll(/^ {4}/gm, '      ')}`;
  const lintel = createLintel(memoryHost(), rules);
  lintel.open(uri, text, 1, 'yaml');
  const at = text.indexOf('- \n') + 2;
  assert.deepEqual(
    lintel.completeName(uri, at)?.map(({ label }) => label),
    ['pets', 'on, off'],
  );
  // A line at the margin takes everything below it out of its block.
  const newText = 'x\n';
  lintel.change(uri, [{ start: text.indexOf('paths:'), end: text.indexOf('paths:'), newText }], 2);
  assert.deepEqual(
    lintel.completeName(uri, at + newText.length)?.map(({ label }) => label),
    ['pets', 'on, off'],
  );
});
