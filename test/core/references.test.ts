import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';

const api = 'file:///w/api.yaml';
const shared = `schemas:
  Money:
    type: object
    properties:
      amount: { type: integer }
`;

/** Lintel over files, and the offset of `‸` in the document, which is opened without it. */
function opened(marked: string, files: Record<string, string> = {}, uri = api) {
  const offset = marked.indexOf('‸');
  const text = marked.replace('‸', '');
  const lintel = createLintel(memoryHost({ 'file:///w/shared.yaml': shared, 'file:///w/parts/pet.json': '{}', ...files }), rules);
  lintel.open(uri, text, 1, uri.endsWith('json') ? 'json' : 'yaml');
  return { lintel, offset, text };
}

/** What stands where the reference at the mark leads: file and name. */
function leads(marked: string, uri?: string) {
  const { lintel, offset } = opened(marked, {}, uri);
  const target = lintel.referenceAt(uri ?? api, offset)?.target;
  return (
    target && `${target.uri.slice('file:///w/'.length)} ${lintel.text(target.uri)?.slice(target.name.start, target.name.end)}`
  );
}

const openapi = `openapi: 3.1.0
tags:
  - name: pets
    description: Pets.
security:
  - key: []
paths:
  /pets:
    get:
      operationId: listPets
      tags: [pets]
      responses:
        '200':
          $ref: '#/components/responses/Pets'
          links:
            next: { operationId: listPets }
components:
  securitySchemes:
    key: { type: http, scheme: basic }
  responses:
    Pets:
      content:
        application/json:
          schema: { $ref: 'shared.yaml#/schemas/Money' }
  schemas:
    Pet:
      discriminator: { propertyName: kind, mapping: { cat: Cat, dog: '#/components/schemas/Dog' } }
    Cat: {}
    Dog: {}
`;

const mark = (before: string) => openapi.replace(before, `${before}‸`);

for (const [name, marked, expected] of [
  ['$ref', mark("'#/components/resp"), 'api.yaml Pets'],
  ['the key $ref', mark('          $re'), 'api.yaml Pets'],
  ['$ref into another file', mark("'shared.ya"), 'shared.yaml Money'],
  ['a security scheme', mark('  - ke'), 'api.yaml key'],
  [
    'a scope',
    openapi
      .replace('- key: []', '- key: [re‸ad]')
      .replace('type: http', 'flows: { implicit: { scopes: { read: "" } } }, type: oauth2'),
    'api.yaml read',
  ],
  ['a tag', mark('tags: [pe'), 'api.yaml name'],
  [
    'the operation of a link',
    mark('operationId: list').replace('‸', '').replace('{ operationId: lis', '{ operationId: lis‸'),
    'api.yaml get',
  ],
  ['a mapped name', mark('cat: C'), 'api.yaml Cat'],
  [
    'a reference that the rest is mapped to',
    openapi.replace('mapping: {', "defaultMapping: '#/components/sch‸emas/Dog', mapping: {"),
    'api.yaml Dog',
  ],
  ['a mapped reference', mark("dog: '#/comp"), 'api.yaml Dog'],
  ['a broken reference', openapi.replace('responses/Pets', 'responses/‸None'), undefined],
  ['a value that is none', mark('scheme: ba'), undefined],
  ['the declaration of a tag', mark('- name: pe'), undefined],
] as const) {
  test(`${name} leads to ${expected ?? 'nothing'}`, () => assert.equal(leads(marked), expected));
}

test('OpenAPI 2.0 and AsyncAPI keep security schemes and servers elsewhere', () => {
  assert.equal(leads("swagger: '2.0'\nsecurity:\n  - k‸ey: []\nsecurityDefinitions:\n  key: { type: basic }\n"), 'api.yaml key');
  assert.equal(leads('asyncapi: 2.6.0\nservers:\n  main: {}\nchannels:\n  a:\n    servers: [ma‸in]\n'), 'api.yaml main');
});

test('JSON is followed too', () => {
  const text = '{ "openapi": "3.1.0", "paths": { "/a": { "$ref": "#/pa‸ths/~1b" }, "/b": {} } }';
  assert.equal(leads(text, 'file:///w/api.json'), 'api.json "/b"');
});

test('other YAML has no references, a file that a description refers to has', async () => {
  const other = opened('a:\n  $ref: "#/‸b"\nb: 1\n');
  assert.equal(other.lintel.referenceAt(api, other.offset), undefined);
  assert.equal(other.lintel.completeReference(api, other.offset), undefined);
  assert.deepEqual(other.lintel.links(api), []);
  const part = 'file:///w/part.yaml';
  const { lintel, offset } = opened("openapi: 3.1.0\npaths:\n  /a:\n    $ref: 'part.yaml#/‸a'\n", {
    [part]: "a:\n  get: { $ref: '#/b' }\nb: {}\n",
  });
  lintel.referenceAt(api, offset);
  const text = lintel.text(part) ?? '';
  assert.equal(lintel.referenceAt(part, text.indexOf('#/b'))?.target.name.start, text.indexOf('b: {}'));
});

test('the excerpt shows the target without its indentation, and where it stands', () => {
  const { lintel, offset } = opened(mark("'#/components/resp"));
  assert.equal(
    lintel.referenceAt(api, offset)?.excerpt,
    [
      '```yaml',
      'Pets:',
      '  content:',
      '    application/json:',
      "      schema: { $ref: 'shared.yaml#/schemas/Money' }",
      '```',
      '',
      `[Line 21](${api}#L21)`,
    ].join('\n'),
  );
  const other = opened(mark("'shared.ya"));
  assert.match(
    other.lintel.referenceAt(api, other.offset)?.excerpt ?? '',
    /\[shared\.yaml, line 2\]\(file:\/\/\/w\/shared\.yaml#L2\)$/,
  );
});

test('a long target is cut', () => {
  const long = Array.from({ length: 40 }, (_, at) => `      p${at}: {}`).join('\n');
  const { lintel, offset } = opened(`openapi: 3.1.0\npaths:\n  /a:\n    $ref: '#/‸x'\nx:\n  properties:\n${long}\n`);
  const lines = lintel.referenceAt(api, offset)?.excerpt.split('\n') ?? [];
  assert.equal(lines.length, 17);
  assert.equal(lines[13], '# …');
});

test('links lead into other files only', () => {
  const { lintel, text } = opened(`${openapi}    Far: { $ref: 'https://example.test/far.yaml' }\n`);
  assert.deepEqual(
    lintel.links(api).map(({ start, end, target }) => [text.slice(start, end), target]),
    [
      ["'shared.yaml#/schemas/Money'", 'file:///w/shared.yaml#/schemas/Money'],
      ["'https://example.test/far.yaml'", 'https://example.test/far.yaml'],
    ],
  );
  assert.equal(lintel.targetOfLink('file:///w/shared.yaml#/schemas/Money')?.name.start, shared.indexOf('Money'));
  assert.equal(lintel.targetOfLink('file:///w/shared.yaml#/none'), undefined);
  assert.equal(lintel.targetOfLink('file:///w/none.yaml'), undefined);
});

/** What is offered at the mark, and the line after the first offer is taken. */
function offered(marked: string, uri = api) {
  const { lintel, offset, text } = opened(marked, {}, uri);
  const items = lintel.completeReference(uri, offset);
  const [first] = items ?? [];
  const after = first && text.slice(0, first.start) + first.insert + text.slice(first.end);
  return {
    labels: items?.map(({ label }) => label),
    line: after?.split('\n')[text.slice(0, offset).split('\n').length - 1],
    items,
  };
}

const parts = `
components:
  schemas:
    Pet: {}
  parameters:
    Limit: {}
  responses:
    Problem: {}
  pathItems:
    Item: {}
`;

const files = ['./shared.yaml', './parts/'];

for (const [name, before, pointers, line] of [
  ['a place in open braces', '  /a:\n    get:\n      x: { a/b: { schema: { $ref: ‸', undefined, undefined],
  [
    'a schema',
    '  /a:\n    get:\n      x:\n        schema:\n          $ref: ‸',
    ['schemas/Pet'],
    "          $ref: '#/components/schemas/Pet'",
  ],
  [
    'a property',
    '  /a:\n    properties:\n      b:\n        $ref: "‸"',
    ['schemas/Pet'],
    '        $ref: "#/components/schemas/Pet"',
  ],
  ['an unclosed quote', "  /a:\n    items:\n      $ref: '#/co‸", ['schemas/Pet'], "      $ref: '#/components/schemas/Pet'"],
  ['no blank', '  /a:\n    items:\n      $ref:‸', ['schemas/Pet'], "      $ref: '#/components/schemas/Pet'"],
  [
    'a parameter',
    '  /a:\n    parameters:\n      - $ref: ‸',
    ['parameters/Limit'],
    "      - $ref: '#/components/parameters/Limit'",
  ],
  [
    'a response',
    "  /a:\n    responses:\n      '404':\n        $ref: '‸'",
    ['responses/Problem'],
    "        $ref: '#/components/responses/Problem'",
  ],
  [
    'a schema in braces',
    "  /a:\n    content:\n      a/b:\n        schema: { $ref: '‸' }",
    ['schemas/Pet'],
    "        schema: { $ref: '#/components/schemas/Pet' }",
  ],
  [
    'items of a schema in braces that are open',
    '  /a:\n    schema: { type: array, items: { $ref: ‸',
    ['schemas/Pet'],
    "    schema: { type: array, items: { $ref: '#/components/schemas/Pet'",
  ],
  [
    'a parameter in braces',
    "  /a:\n    parameters:\n      - { $ref: '‸' }",
    ['parameters/Limit'],
    "      - { $ref: '#/components/parameters/Limit' }",
  ],
  [
    'a parameter in brackets',
    "  /a:\n    parameters: [{ $ref: '‸' }]",
    ['parameters/Limit'],
    "    parameters: [{ $ref: '#/components/parameters/Limit' }]",
  ],
  [
    'a response in braces',
    "  /a:\n    responses:\n      '404': { $ref: '‸' }",
    ['responses/Problem'],
    "      '404': { $ref: '#/components/responses/Problem' }",
  ],
  ['a path', '  /a:\n    $ref: ‸', ['pathItems/Item'], "    $ref: '#/components/pathItems/Item'"],
  [
    'an unknown place',
    '  /a:\n    x-mine:\n      $ref: ‸',
    ['schemas/Pet', 'parameters/Limit', 'responses/Problem', 'pathItems/Item'],
    "      $ref: '#/components/schemas/Pet'",
  ],
] as const) {
  test(`offered for ${name}: ${pointers?.join(', ') ?? 'something'}`, () => {
    const found = offered(`openapi: 3.1.0\npaths:\n${before}${parts}`);
    if (!pointers) return assert.ok(found.labels?.includes('#/components/schemas/Pet'));
    const wanted = pointers.map((pointer) => `#/components/${pointer}`);
    assert.deepEqual(
      found.labels?.filter((label) => label.startsWith('#')),
      wanted,
    );
    assert.equal(found.line, line);
    if (!before.includes('#')) assert.deepEqual(found.labels?.slice(wanted.length), files);
  });
}

test('files, and what is in them', () => {
  assert.deepEqual(offered('openapi: 3.1.0\npaths:\n  /a:\n    $ref: ./parts/‸').labels, ['./parts/pet.json']);
  const pointer = offered("openapi: 3.1.0\npaths:\n  /a:\n    schema:\n      $ref: 'shared.yaml#‸'");
  assert.deepEqual(pointer.labels, ['shared.yaml#/schemas']);
});

test('OpenAPI 2.0 and AsyncAPI 3', () => {
  const swagger = "swagger: '2.0'\ndefinitions:\n  A: {}\nparameters:\n  P: {}\npaths:\n  /a:\n    schema:\n      $ref: '#‸'\n";
  assert.deepEqual(offered(swagger).labels, ['#/definitions/A']);
  const events = `asyncapi: 3.0.0
channels:
  orders:
    messages:
      placed: {}
operations:
  send:
    channel:
      $ref: '#‸'
    messages:
      - $ref: '#'
`;
  assert.deepEqual(offered(events).labels, ['#/channels/orders']);
  assert.deepEqual(offered(events.replace('‸', '').replace("- $ref: '#", "- $ref: '#‸")).labels, [
    '#/channels/orders/messages/placed',
  ]);
});

test('JSON', () => {
  const text =
    '{ "openapi": "3.1.0", "paths": { "/a": { "get": { "x": { "schema": { "$ref": "‸" } } } } }, "components": { "schemas": { "a/b": {} } } }';
  const found = offered(text, 'file:///w/api.json');
  assert.equal(found.labels?.[0], '#/components/schemas/a~1b');
  assert.match(found.line ?? '', /"\$ref": "#\/components\/schemas\/a~1b" \}/);
});

test('double quotes where the document has them', () => {
  const found = offered(`openapi: 3.1.0\nx: { $ref: "#/a" }\npaths:\n  /a:\n    $ref: ‸${parts}`);
  assert.equal(found.line, '    $ref: "#/components/pathItems/Item"');
});

test('nothing is offered behind other keys', () => {
  assert.equal(offered('openapi: 3.1.0\ninfo:\n  title: ‸').labels, undefined);
});

test('a file outside a workspace that is not trusted is not read', async () => {
  const outside = 'file:///other/shared.yaml';
  const text = `openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths: {}\ncomponents:\n  schemas:\n    Money: { $ref: '../other/shared.yaml#/schemas/Money' }\n`;
  const files = { [outside]: shared, 'file:///.spectral.yaml': 'extends: lintel:openapi\nrules: { info-contact: error }\n' };
  const read: string[] = [];
  const host = memoryHost(files);
  const noting = { ...host, read: (uri: string) => (read.push(uri), host.read(uri)) };
  const lintel = createLintel(noting, rules);
  lintel.workspace(['file:///w']);
  lintel.open(api, text, 1, 'yaml');
  const found = await lintel.check(api, { ...defaultConfig, trusted: false });
  assert.deepEqual(
    found.filter(({ rule }) => rule === 'reference').map(({ message }) => message),
    ['`../other/shared.yaml#/schemas/Money` leads nowhere: the file `../other/shared.yaml` does not exist or cannot be read.'],
  );
  assert.equal(read.length, 0);
  const trusted = createLintel(noting, rules);
  trusted.workspace(['file:///w']);
  trusted.open(api, text, 1, 'yaml');
  assert.deepEqual(
    (await trusted.check(api, defaultConfig)).filter(({ rule }) => rule === 'reference'),
    [],
  );
  assert.ok(read.includes(outside));
});

test('what mends everything knows the workspace as the check does', async () => {
  const tool = 'file:///repo/.tools/app/src/verify.ts';
  const text = `import crypto from 'node:crypto';
export function verify(payload: string, signature: string, secret: string): boolean {
  const digest = crypto.createHmac('sha256', secret).update(payload).digest();
  return crypto.timingSafeEqual(Buffer.from(signature), digest);
}
`;
  const files = {
    'file:///repo/package.json': '{ "workspaces": [".tools/*"] }',
    'file:///repo/.tools/app/package.json': '{ "name": "app" }',
    [tool]: text,
  };
  for (const [folder, amount] of [
    ['file:///repo', 0],
    ['file:///repo/.tools/app', 1],
  ] as const) {
    const lintel = createLintel(memoryHost(files), rules);
    lintel.workspace([folder]);
    lintel.open(tool, text, 1, 'typescript');
    assert.equal((await lintel.check(tool, defaultConfig)).length, amount, folder);
    assert.equal((await lintel.fixAll(tool, defaultConfig, {})).mended.length, amount, folder);
  }
});

test('a reference to an anchor leads to the schema that has it, also when another one has it then', async () => {
  const schemas = (first: string, second: string) =>
    `    Count: { ${first}type: integer }\n    Name: { ${second}type: string }\n    Used: { $ref: '#wanted', example: five }\n`;
  const text = (first: string, second: string) =>
    `openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths: {}\ncomponents:\n  schemas:\n${schemas(first, second)}`;
  const anchor = '$anchor: wanted, ';
  const lintel = createLintel(memoryHost(), rules);
  const examples = async () =>
    (await lintel.check(api, defaultConfig))
      .filter(({ rule }) => rule === 'example-matches-schema')
      .map(({ message }) => message);
  lintel.open(api, text(anchor, ''), 1, 'yaml');
  assert.deepEqual(await examples(), ['`example` is the string `five`; it must be a whole number.']);
  const move = (from: string, to: string) => {
    const start = lintel.text(api)?.indexOf(from) ?? -1;
    lintel.change(api, [{ start, end: start + from.length, newText: to }], 2);
  };
  move(`Count: { ${anchor}`, 'Count: { ');
  move('Name: { ', `Name: { ${anchor}`);
  assert.deepEqual(await examples(), []);
});

test('a reference leads to a schema by the name that it has of its own', async () => {
  const schemas = `    Owner:
      $id: https://example.com/schemas/owner
      type: object
      properties: { pet: { $ref: pet }, home: { $ref: '#/$defs/Home' } }
      $defs: { Home: { type: string } }
    Pet: { $id: 'https://example.com/schemas/pet', type: integer }
    Whole: { $ref: 'https://example.com/schemas/owner', example: { pet: cat, home: 5 } }
    Part: { $ref: 'https://example.com/schemas/owner#/$defs/Home', example: 6 }
    Open: { $ref: 'https://example.com/schemas/other', example: 6 }
`;
  const text = `openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths: {}\ncomponents:\n  schemas:\n${schemas}`;
  const lintel = createLintel(memoryHost(), rules);
  lintel.open(api, text, 1, 'yaml');
  const findings = await lintel.check(api, defaultConfig);
  const said = findings.filter(({ rule }) => ['example-matches-schema', 'reference', 'remote'].includes(rule));
  assert.deepEqual(
    said.map(({ message }) => message),
    [
      '`pet` is the string `cat`; it must be a whole number.',
      '`home` is the number `5`; it must be a string. Put it in quotes.',
      '`example` is the number `6`; it must be a string. Put it in quotes.',
    ],
  );
  const target = lintel.referenceAt(api, text.indexOf("schemas/owner', example") + 3)?.target;
  assert.equal(text.slice(target?.name.start, target?.name.end), 'Owner');
});

test('a dynamic reference can be followed to the schema that has its anchor first', () => {
  const text =
    "$schema: x\n$defs:\n  Node: { $dynamicAnchor: node }\n  List: { items: { $dynamicRef: '#node' } }\nopenapi: 3.1.0\n";
  const lintel = createLintel(memoryHost(), rules);
  lintel.open(api, text, 1, 'yaml');
  const target = lintel.referenceAt(api, text.indexOf("#node'") + 2)?.target;
  assert.equal(text.slice(target?.name.start, target?.name.end), 'Node');
});

test('a reference leads to a file of the workspace by the name that the file has of its own', async () => {
  const api = 'file:///w/api/openapi.yaml';
  const pet = 'file:///w/schemas/v1/pet.json';
  const owner = 'file:///w/schemas/people/owner.json';
  const lintel = createLintel(
    memoryHost({
      [api]: `openapi: 3.1.0
info: { title: Clinic, version: 1.0.0 }
paths: {}
components:
  schemas:
    Pet: { $ref: 'https://schemas.example.com/pet.json', example: { owner: { name: 1 } } }
    Bad: { $ref: 'https://schemas.example.com/pet.json#/properties/nick' }
    Gone: { $ref: 'https://schemas.example.com/gone.json' }
`,
      [pet]: `{ "$id": "https://schemas.example.com/pet.json", "type": "object", "properties": { "owner": { "$ref": "owner.json" }, "name": { "type": "strin" } } }`,
      [owner]: `{ "$id": "https://schemas.example.com/owner.json", "type": "object", "properties": { "name": { "type": "string" } } }`,
      'file:///w/node_modules/a/gone.json': `{ "$id": "https://schemas.example.com/gone.json" }`,
    }),
    rules,
  );
  lintel.workspace(['file:///w/']);
  await lintel.check(api, defaultConfig);
  assert.equal(await lintel.arrivals(), true, 'the workspace is searched when the first is asked for');
  const found = (await lintel.check(api, defaultConfig)).map(({ uri, rule, message }) => `${uri.slice(10)} ${rule}: ${message}`);
  assert.equal(await lintel.arrivals(), false);
  const structural = found.filter((text) => /reference|remote|structure|example-matches/.test(text)).sort();
  assert.equal(structural.length, 4, structural.join('\n'));
  assert.match(structural[0] ?? '', /^api\/openapi.yaml example-matches-schema: .*string/);
  assert.match(structural[1] ?? '', /^api\/openapi.yaml reference: .*`nick`/);
  assert.match(structural[2] ?? '', /^api\/openapi.yaml remote: .*schemas.example.com/, 'of a file that nobody has here');
  assert.match(structural[3] ?? '', /^schemas\/v1\/pet.json structure: .*`strin`|`string`/);
  const text = lintel.text(api) ?? '';
  assert.equal(lintel.referenceAt(api, text.indexOf('pet.json'))?.target.uri, pet);

  lintel.open(owner, (lintel.text(owner) ?? '').replace('/owner.json', '/person.json'), 1, 'json');
  const after = (await lintel.check(api, defaultConfig)).filter(({ rule, uri }) => rule === 'reference' && uri === pet);
  assert.match(after[0]?.message ?? '', /owner\.json/, 'a name that is gone leads nowhere');
});

for (const uri of ['vscode-vfs://github/a/api.yaml', 'untitled:Untitled-1']) {
  test(`of a file that the editor alone may have nobody says that it is not there: ${uri}`, async () => {
    const to = (ref: string) => `openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths: { /a: { $ref: '${ref}' } }\n`;
    const said = async (ref: string, at = uri) => {
      const { lintel } = opened(to(ref), {}, at);
      const findings = await lintel.check(at, defaultConfig);
      return findings.map(({ rule }) => rule).filter((rule) => /reference|invalid-ref|rule-failed/.test(rule));
    };
    assert.deepEqual(await said('./pet.yaml'), []);
    assert.deepEqual(await said('./pet.yaml', api), ['reference']);
    assert.deepEqual(await said('#/components/pathItems/A'), ['reference'], 'what it holds itself is known');
  });
}

test('the status of a file of a virtual workspace says that it is looked at alone', async () => {
  const status = async (uri: string) => {
    const { lintel } = opened(openapi, {}, uri);
    return (await lintel.status(uri, defaultConfig)).summary;
  };
  assert.match(
    await status('vscode-vfs://github/a/api.yaml'),
    /^OpenAPI 3\.1, .* other files, rulesets among them, are not read\.$/,
  );
  for (const uri of [api, 'untitled:Untitled-1']) assert.doesNotMatch(await status(uri), /other files/);
});
