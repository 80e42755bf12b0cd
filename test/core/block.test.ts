/** A block of a description put into one that has parts of it already. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { applyEdits, createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';
import { plainText, tabWords, withTabWords } from '../../server/core/snippet.ts';

async function placed(text: string, block: string, language: 'yaml' | 'json' = 'yaml') {
  const uri = `file:///p/api.${language}`;
  const lintel = createLintel(memoryHost({ [uri]: text }), []);
  const edits = await lintel.placeBlock(uri, block);
  const result =
    edits &&
    applyEdits(
      text,
      edits.map((edit) => ({ uri, ...edit })),
    );
  return { result, snippets: edits?.map(({ snippet }) => snippet) };
}

const head = 'openapi: 3.1.0\ninfo: { title: A, version: "1" }\n';

test('members join those of their name, at any depth, and nothing that is there changes', async () => {
  const text = `${head}paths:\n  /a: # the first\n    get: { summary: Mine }\ncomponents:\n  schemas:\n    A: { type: string }\n`;
  const block =
    'paths:\n  /a:\n    get: { summary: Yours }\n    put: {}\n  /b: {}\ncomponents:\n  schemas:\n    A: { type: number }\n    B: {}\nwebhooks: {}\n';
  const { result } = await placed(text, block);
  assert.ok(result!.includes('/a: # the first\n    get: { summary: Mine }\n'), result);
  assert.deepEqual(parse(result!), {
    ...parse(head),
    paths: { '/a': { get: { summary: 'Mine' }, put: {} }, '/b': {} },
    components: { schemas: { A: { type: 'string' }, B: {} } },
    webhooks: {},
  });
});

test('lists get the items they lack, once', async () => {
  const { result } = await placed(`${head}tags:\n  - name: a\n`, 'tags:\n  - name: a\n  - name: b\n');
  assert.deepEqual(parse(result!).tags, [{ name: 'a' }, { name: 'b' }]);
});

test('a block that is there already is no edit', async () => {
  assert.deepEqual((await placed(`${head}paths:\n  /a: {}\n`, 'paths:\n  /a: {}\n')).snippets, []);
});

test('words that are tab stops wherever they stand stay so, across the edits; other stops where their text is theirs alone', async () => {
  const block =
    'paths:\n  /${2:order}s:\n    get:\n      summary: \\$ ${1:Order}\n      x-a: ${3:5}\n      x-b: 5\nwebhooks:\n  ${2:order}: {}';
  const { snippets, result } = await placed(`${head}paths:\n  /a: {}\n`, block);
  const all = snippets!.join('');
  assert.match(all, /\/\$\{2:order}s:/);
  assert.match(all, /summary: \\\$ \$\{1:Order}/);
  assert.match(all, /x-a: 5\n/);
  assert.equal(parse(result!).paths['/orders'].get.summary, '$ Order');
});

test('JSON is given the members without braces, and stays JSON', async () => {
  const { result } = await placed('{\n  "openapi": "3.1.0",\n  "paths": {}\n}\n', '"paths": {\n  "/${1:orders}": {}\n}', 'json');
  assert.deepEqual(JSON.parse(result!), { openapi: '3.1.0', paths: { '/orders': {} } });
});

for (const [what, text] of [
  ['no description', 'a: 1\n'],
  ['an empty document', ''],
  ['one that does not parse', `${head}paths: [\n`],
] as const) {
  test(`${what} is left to whoever asks`, async () => assert.equal((await placed(text, 'paths: {}')).result, undefined));
}

test('a tab stop of which only certain values are right', () => {
  assert.equal(plainText('type: ${1|kafka,amqp|}'), 'type: kafka');
  assert.equal(withTabWords('kafka: 1', tabWords('a: ${1|kafka,amqp|}')), '${1|kafka,amqp|}: 1');
});

test('a text as a snippet and back', () => {
  const words = tabWords('${1:a}b \\${2:c\\}} ${2:c\\}}');
  const snippet = withTabWords('a $ \\ c}', words);
  assert.equal(plainText(snippet), 'a $ \\ c}');
  assert.ok(snippet.startsWith('${1:a} '), snippet);
});
