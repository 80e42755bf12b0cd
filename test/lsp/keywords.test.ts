/** Keywords over the whole way: an editor's requests, the server, the thread, the official schemas. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { CompletionItem, DocumentLink, Hover, LocationLink } from 'vscode-languageserver/node';
import { rules } from '../../rulesets/index.ts';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';
import { createKeywords } from '../../server/keywords/keywords.ts';
import { start } from './editor.ts';

const keywords = createKeywords(new URL('../../server/keywords/worker.ts', import.meta.url));
after(() => keywords.close());

const uri = 'file:///w/any-name.yaml';

interface Options {
  readonly uri?: string;
  readonly language?: string;
  readonly init?: object;
  readonly plain?: boolean;
  readonly files?: Record<string, string>;
}

/** An editor with one document, and requests at its mark `‸`. */
async function editor(marked: string, options: Options = {}) {
  const lintel = createLintel(memoryHost(options.files), rules);
  const completion = options.plain ? {} : { completionItem: { snippetSupport: true } };
  const { client, open } = await start(
    lintel,
    { textDocument: { diagnostic: {}, completion, definition: { linkSupport: true } } },
    { keywords, init: options.init },
  );
  const of = options.uri ?? uri;
  const before = marked.slice(0, marked.indexOf('‸')).split('\n');
  await open(of, marked.replace('‸', ''), options.language);
  const at = {
    textDocument: { uri: of },
    position: { line: before.length - 1, character: before.at(-1)?.length ?? 0 },
  };
  return {
    client,
    at,
    complete: (context?: object) => client.sendRequest<CompletionItem[] | null>('textDocument/completion', { ...at, context }),
    hover: () => client.sendRequest<Hover | null>('textDocument/hover', at),
  };
}

async function labels(marked: string, options?: Options): Promise<string[] | undefined> {
  return (await (await editor(marked, options)).complete())?.map(({ label }) => label);
}

async function hovered(marked: string, options?: Options): Promise<string | undefined> {
  const hover = await (await editor(marked, options)).hover();
  return hover ? (hover.contents as { value: string }).value : undefined;
}

for (const [place, marked, some, none] of [
  ['the root of OpenAPI 3.1', 'openapi: 3.1.0\n‸', ['info', 'webhooks', 'paths'], ['openapi', 'swagger', 'object']],
  ['the root of OpenAPI 3.0', 'openapi: 3.0.3\n‸\ninfo: {}\n', ['paths', 'servers'], ['webhooks', 'info']],
  ['a path', 'openapi: 3.1.0\npaths:\n  /a:\n    ‸', ['get', 'parameters', '$ref'], ['query', 'paths']],
  ['a path of OpenAPI 3.0', 'openapi: 3.0.0\npaths:\n  /a:\n    ‸', ['get', 'delete', 'servers'], ['query']],
  ['a path of OpenAPI 3.2', 'openapi: 3.2.0\npaths:\n  /a:\n    ‸', ['query', 'additionalOperations'], []],
  [
    'an operation above its keys',
    'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      ‸\n      summary: x\n',
    ['responses'],
    ['summary', 'get'],
  ],
  ['a key half typed', 'openapi: 3.1.0\ninfo:\n  title: A\n  lic‸\npaths: {}\n', ['license', 'contact'], ['title']],
  ['a parameter in a list', 'openapi: 3.1.0\npaths:\n  /a:\n    parameters:\n      - ‸', ['name', 'in', '$ref'], []],
  [
    'a parameter’s place',
    'openapi: 3.1.0\npaths:\n  /a:\n    parameters:\n      - in: ‸',
    ['query', 'header', 'path', 'cookie'],
    ['body'],
  ],
  [
    'a schema of 3.1',
    'openapi: 3.1.0\ncomponents:\n  schemas:\n    A:\n      ‸',
    ['type', 'const', 'unevaluatedProperties', 'xml'],
    ['nullable'],
  ],
  ['a schema of 3.0', 'openapi: 3.0.0\ncomponents:\n  schemas:\n    A:\n      ‸', ['type', 'nullable', '$ref'], ['const']],
  ['a type', 'openapi: 3.1.0\ncomponents:\n  schemas:\n    A:\n      type: ‸', ['string', 'object'], []],
  [
    'a security scheme',
    'openapi: 3.0.0\ncomponents:\n  securitySchemes:\n    a:\n      type: ‸',
    ['http', 'oauth2', 'apiKey'],
    [],
  ],
  [
    'OAuth',
    'openapi: 3.1.0\ncomponents:\n  securitySchemes:\n    a:\n      type: oauth2\n      ‸',
    ['flows'],
    ['openIdConnectUrl'],
  ],
  ['a boolean', 'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      deprecated: ‸', ['true', 'false'], []],
  ['OpenAPI 2.0', "swagger: '2.0'\n‸", ['host', 'definitions', 'securityDefinitions'], ['components', 'servers']],
  [
    'a parameter of OpenAPI 2.0',
    "swagger: '2.0'\npaths:\n  /a:\n    get:\n      parameters:\n        - in: ‸",
    ['body', 'query', 'formData'],
    ['cookie'],
  ],
  ['AsyncAPI 2.6', 'asyncapi: 2.6.0\nchannels:\n  a:\n    ‸', ['publish', 'subscribe'], ['messages']],
  ['AsyncAPI 2.0', 'asyncapi: 2.0.0\nchannels:\n  a:\n    publish:\n      ‸', ['message', 'operationId'], ['security']],
  ['AsyncAPI 3.0', 'asyncapi: 3.0.0\noperations:\n  a:\n    ‸', ['action', 'channel', 'reply'], ['publish']],
  ['a value of AsyncAPI 3.0', 'asyncapi: 3.0.0\noperations:\n  a:\n    action: ‸', ['send', 'receive'], []],
  ['a Kafka binding', 'asyncapi: 3.0.0\nchannels:\n  a:\n    bindings:\n      kafka:\n        ‸', ['topic', 'partitions'], []],
  ['AsyncAPI 3.1', 'asyncapi: 3.1.0\nchannels:\n  a:\n    ‸', ['address', 'messages'], []],
  [
    'a broken document',
    'openapi: 3.1.0\ninfo: {\npaths:\n  /a:\n    get:\n      tags: [a\n      ‸\n  /b: "\n',
    ['responses'],
    [],
  ],
] as const) {
  test(`offers keywords at ${place}`, async () => {
    const found = (await labels(marked)) ?? [];
    assert.deepEqual(
      some.filter((label) => !found.includes(label)),
      [],
      `missing in ${found.join(' ')}`,
    );
    assert.deepEqual(
      none.filter((label: string) => found.includes(label)),
      [],
    );
    assert.equal(new Set(found).size, found.length, 'nothing is offered twice');
  });
}

for (const [place, marked] of [
  ['other YAML', 'kind: Pod\nspec:\n  ‸'],
  ['other YAML that speaks of OpenAPI', 'name: openapi\nspec:\n  openapi: 3.1.0\n  ‸'],
  ['a version nobody published', 'openapi: 9.9.9\n‸'],
  ['a comment', 'openapi: 3.1.0\n# inf‸\n'],
  ['text over lines', 'openapi: 3.1.0\ninfo:\n  description: |\n    tit‸\n'],
  ['an extension', 'openapi: 3.1.0\nx-mine:\n  ‸'],
] as const) {
  test(`offers nothing in ${place}`, async () => assert.deepEqual((await labels(marked)) ?? [], []));
}

test('JSON is served as YAML is', async () => {
  const options = { uri: 'file:///w/api.json', language: 'json' };
  const found = await labels('{ "openapi": "3.1.0", "paths": { "/a": { "get": { "‸" } } } }', options);
  assert.ok(found?.includes('responses'));
  assert.match(
    (await hovered('{ "openapi": "3.1.0", "in‸fo": { "title": "A", "version": "1" }, "paths": {} }', options)) ?? '',
    /^What the API is/,
  );
});

test('a completion replaces what is typed, in the order of the specification', async () => {
  const items = await (await editor('openapi: 3.1.0\ninfo:\n  tit‸\n')).complete();
  const [first] = items ?? [];
  assert.deepEqual(first, {
    label: 'title',
    kind: 10,
    sortText: '0000',
    insertTextFormat: 2,
    documentation: {
      kind: 'markdown',
      value: 'The title of the API.\n\n[Info Object](https://spec.openapis.org/oas/v3.1.1.html#info-object)',
    },
    textEdit: {
      range: { start: { line: 2, character: 2 }, end: { line: 2, character: 5 } },
      newText: 'title: ',
    },
  });
});

test('a client without snippets gets plain text', async () => {
  const items = (await (await editor('openapi: 3.1.0\n‸', { plain: true })).complete()) ?? [];
  const info = items.find(({ label }) => label === 'info');
  assert.equal(info?.textEdit?.newText, 'info:\n  title: \n  version: ');
  assert.ok(items.every((item) => item.insertTextFormat === 1 && !/\$\{?\d/.test(item.textEdit?.newText ?? '')));
});

test('a typed slash asks for references only', async () => {
  const context = { triggerKind: 2, triggerCharacter: '/' };
  assert.equal(await (await editor('openapi: 3.1.0\n‸')).complete(context), null);
  const inReference = await editor("openapi: 3.1.0\npaths:\n  /a:\n    $ref: '#/‸'\ncomponents:\n  pathItems:\n    A: {}\n");
  const [item] = (await inReference.complete(context)) ?? [];
  assert.deepEqual(item, {
    label: '#/components/pathItems/A',
    kind: 18,
    filterText: "'#/components/pathItems/A'",
    sortText: '0000',
    textEdit: {
      range: { start: { line: 3, character: 10 }, end: { line: 3, character: 14 } },
      newText: "'#/components/pathItems/A'",
    },
  });
});

test('names that the document gives are offered with what they are, whoever serves YAML', async () => {
  const text = (tags: string) =>
    `openapi: 3.1.0\npaths:\n  /a:\n    get:\n      ${tags}\ntags:\n  - { name: pets, description: All **pets**. }\n`;
  const { complete } = await editor(text('tags: [p‸]'), { init: { yamlExtension: true } });
  assert.deepEqual(await complete(), [
    {
      label: 'pets',
      kind: 18,
      detail: 'tag',
      documentation: { kind: 'markdown', value: 'All **pets**.' },
      filterText: 'pets',
      sortText: '0000',
      textEdit: {
        range: { start: { line: 4, character: 13 }, end: { line: 4, character: 14 } },
        newText: 'pets',
      },
    },
  ]);
  const begun = await editor(text('tags:\n        - ‸'));
  assert.equal((await begun.complete({ triggerKind: 2, triggerCharacter: ' ' }))?.length, 1);
});

for (const [typed, marked, options, offers] of [
  [
    ' ',
    "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n          content:\n            ‸",
    {},
    false,
  ],
  ['"', '{ "openapi": "3.1.0", "‸" }', { uri: 'file:///w/api.json', language: 'json' }, true],
  ['"', 'openapi: 3.1.0\ninfo:\n  "‸"\n', {}, false],
  [' ', 'openapi: 3.1.0\npaths:\n  /a:\n    parameters:\n      - in: ‸\n', {}, true],
  [' ', 'openapi: 3.1.0\ninfo:\n  ‸\n', {}, false],
] as const) {
  test(`typing ${JSON.stringify(typed)} in ${JSON.stringify(marked)} ${offers ? 'offers' : 'stays quiet'}`, async () => {
    const { complete } = await editor(marked, options);
    const items = (await complete({ triggerKind: 2, triggerCharacter: typed })) ?? [];
    assert.equal(items.length > 0, offers);
  });
}

test('hover says what a keyword means, with the link', async () => {
  assert.equal(
    await hovered(
      'openapi: 3.1.0\ninfo:\n  title: A\n  version: "1"\npaths:\n  /a:\n    get:\n      operation‸Id: a\n      responses: {}\n',
    ),
    'A name for the operation, unique in the whole description and case-sensitive; generators name functions by it.\n\n' +
      '[Operation Object](https://spec.openapis.org/oas/v3.1.1.html#operation-object)',
  );
  assert.match(
    (await hovered('asyncapi: 2.6.0\nchannels:\n  a:\n    sub‸scribe: {}\n')) ?? '',
    /reference\/specification\/v2\.6\.0#channelItemObject/,
  );
  assert.equal(await hovered('kind: Pod\nin‸fo: 1\n'), undefined);
});

test('what is wrong stands before what the keyword means', async () => {
  const value =
    (await hovered(
      'openapi: 3.1.0\ninfo: { title: A, version: "1" }\nservers:\n  - u‸rl: http://api.example.com\npaths: {}\n',
    )) ?? '';
  const keyword = value.indexOf('The URL of the server');
  assert.ok(keyword >= 0, value);
  const wrong = await hovered(
    'openapi: 3.1.0\ninfo: { title: A, version: "1" }\nservers:\n  - url: ht‸tp://api.example.com\npaths: {}\n',
  );
  assert.match(wrong ?? '', /^# server-https\n[^]*\n---\n\nThe URL of the server/);
});

test('hover on a reference shows the target, not the keyword', async () => {
  const value = await hovered(
    "openapi: 3.1.0\npaths:\n  /a:\n    $re‸f: '#/components/pathItems/A'\ncomponents:\n  pathItems:\n    A: {}\n",
  );
  assert.match(value ?? '', /```yaml\nA: \{\}\n```\n\n\[Line 7\]/);
  assert.doesNotMatch(value ?? '', /A path item elsewhere/);
});

test('definition and links over files', async () => {
  const part = 'file:///w/part.yaml';
  const { client, at } = await editor("openapi: 3.1.0\npaths:\n  /a:\n    $ref: 'part.yaml#/‸b'\n", {
    files: { [part]: 'a: 1\nb:\n  get: {}\n' },
  });
  assert.deepEqual(await client.sendRequest<LocationLink[]>('textDocument/definition', at), [
    {
      originSelectionRange: { start: { line: 3, character: 10 }, end: { line: 3, character: 24 } },
      targetUri: part,
      targetRange: { start: { line: 1, character: 0 }, end: { line: 2, character: 9 } },
      targetSelectionRange: { start: { line: 1, character: 0 }, end: { line: 1, character: 1 } },
    },
  ]);
  const [link] = await client.sendRequest<DocumentLink[]>('textDocument/documentLink', { textDocument: at.textDocument });
  assert.deepEqual(link?.range, { start: { line: 3, character: 10 }, end: { line: 3, character: 24 } });
  const resolved = await client.sendRequest<DocumentLink>('documentLink/resolve', link);
  assert.equal(resolved.target, `${part}#L2,1`);
});

test('silent in YAML while another extension serves it, and only then', async () => {
  const marked = 'openapi: 3.1.0\n‸';
  const { client, complete } = await editor(marked, { init: { yamlExtension: true } });
  assert.equal(await complete(), null);
  await client.sendNotification('lintel/yamlExtension', false);
  assert.ok(((await complete()) ?? []).length > 0);
  await client.sendNotification('lintel/yamlExtension', true);
  assert.equal(await complete(), null);
  const settings = (mode: string) => ({ yamlExtension: mode === 'on', settings: { lintel: { keywords: mode } } });
  assert.ok(await labels(marked, { init: settings('on') }));
  assert.equal(await labels(marked, { init: settings('off') }), undefined);
  const json = { uri: 'file:///w/api.json', language: 'json', init: { yamlExtension: true } };
  assert.ok(await labels('{ "openapi": "3.1.0", "‸" }', json));
  const reference = "openapi: 3.1.0\npaths:\n  /a:\n    $ref: '‸'\ncomponents:\n  pathItems:\n    A: {}\n";
  assert.ok(await labels(reference, { init: { yamlExtension: true } }), 'references are Lintel’s own');
});

test('a thread that dies is started again', async () => {
  const own = createKeywords(new URL('../../server/keywords/worker.ts', import.meta.url));
  const question = {
    language: 'yaml',
    format: { kind: 'openapi', version: '3.1' },
    text: 'openapi: 3.1.0\n',
    offset: 15,
  } as const;
  const { signal } = new AbortController();
  assert.ok((await own.complete(question, signal)).length > 0);
  const cut = own.complete(question, signal);
  await own.close();
  await assert.rejects(cut);
  assert.ok((await own.complete(question, signal)).length > 0);
  await own.close();
});

test('an aborted question is not asked', async () => {
  const controller = new AbortController();
  controller.abort();
  const question = {
    language: 'yaml',
    format: { kind: 'openapi', version: '3.1' },
    text: 'openapi: 3.1.0\n',
    offset: 15,
  } as const;
  await assert.rejects(keywords.complete(question, controller.signal), { name: 'AbortError' });
});
