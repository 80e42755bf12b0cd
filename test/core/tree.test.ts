import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../../server/core/tree/json.ts';
import { dataOf, entryAt, nodeAt, pathAt, type Tree } from '../../server/core/tree/tree.ts';
import { parseYaml } from '../../server/core/tree/yaml.ts';

interface Case {
  readonly text: string;
  readonly data: unknown;
  /** The text that each error marks. */
  readonly errors?: readonly string[];
}

const yamlCases: Readonly<Record<string, Case>> = {
  'first document only': { text: 'a: 1\n---\nb: 2\n', data: { a: 1 } },
  'aliases and merge keys': {
    text: 'a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\nc: *x\nd:\n  <<: [{p: 5}, *x]\n',
    data: { a: { p: 1, q: 2 }, b: { p: 1, q: 3 }, c: { p: 1, q: 2 }, d: { p: 5, q: 2 } },
  },
  'an alias of its own parent': { text: 'a: &x\n  b: *x\n', data: { a: { b: null } }, errors: ['*x'] },
  'BOM and CRLF': { text: '\uFEFFa:\r\n  - b: |\r\n      x\r\n', data: { a: [{ b: 'x\n' }] } },
  'a tag that YAML has not': {
    text: 'a: !!nope 1\nb: !!str 2\nc: !ours 3\n!!odd d: [!!nah e]\n',
    data: { a: '1', b: '2', c: '3', d: ['e'] },
    errors: ['!!nope', '!!odd', '!!nah'],
  },
  'a tag that a directive explains': { text: '%TAG !! tag:example.com,2026:\n---\n!!nope 1\n', data: '1' },
  'a tab as indentation': { text: 'a:\n\tb: 1\n', data: { a: { b: 1 } }, errors: ['\t'] },
  'duplicate keys': { text: 'a: 1\n"a": 2\n', data: { a: 2 }, errors: ['"a"'] },
  'an open flow map': { text: 'a: {b, c: [d: 1]\n', data: { a: { b: null, c: [{ d: 1 }] } }, errors: ['{'] },
  'numbers as keys': { text: '200: ok\n', data: { 200: 'ok' } },
  'YAML 1.2 scalars': { text: 'a: yes\nb: 2020-01-01\nc: ~\nd: 0x10\n', data: { a: 'yes', b: '2020-01-01', c: null, d: 16 } },
  'only a comment': { text: '# c\n', data: undefined },
};

const jsonCases: Readonly<Record<string, Case>> = {
  'comments and BOM': { text: '\uFEFF{"a": /* x */ 2 // y\n}', data: { a: 2 } },
  'duplicate keys': { text: '{"a":1,"a":2}', data: { a: 2 }, errors: ['"a"'] },
  'comments as YAML has them': {
    text: '{"a": [ # x\n 1 ], ## y: z\n"b": 2 } # w',
    data: { a: [1], b: 2 },
    errors: ['# x', '## y: z', '# w'],
  },
  'a trailing comma': { text: '{"a":1,}', data: { a: 1 }, errors: [','] },
  'a missing value': { text: '{"a":', data: { a: null }, errors: ['{'] },
};

function check(tree: Tree, { text, data, errors }: Case): void {
  assert.deepEqual(dataOf(tree.root), data);
  assert.deepEqual(
    tree.errors.map((error) => text.slice(error.start, error.end)),
    errors ?? [],
  );
  for (const { message } of tree.errors) assert.match(message, /[.]$/);
}

for (const [name, example] of Object.entries(yamlCases)) test(`YAML: ${name}`, () => check(parseYaml(example.text), example));
for (const [name, example] of Object.entries(jsonCases)) test(`JSON: ${name}`, () => check(parseJson(example.text), example));

test('a missing value is an empty plain null just behind the colon', () => {
  for (const text of ['a:', 'a: # c\nb: 1\n', 'a:\n\n# d\nb: 1']) {
    assert.deepEqual(entryAt(parseYaml(text), ['a'])?.value, { kind: 'scalar', value: null, style: 'plain', start: 2, end: 2 });
  }
  assert.equal(nodeAt(parseJson('{"a":'), ['a'])?.start, 5);
});

test('a block map ends with its last value', () => {
  const text = 'a:\n  b: 1 # c\n\nd: 2\n';
  const node = nodeAt(parseYaml(text), ['a']);
  assert.equal(text.slice(node?.start, node?.end), 'b: 1');
  assert.deepEqual(pathAt(parseYaml(text), text.indexOf('1')), ['a', 'b']);
});

test('deep nesting and aliases that multiply are errors', () => {
  for (const parse of [parseYaml, parseJson]) assert.ok(parse('['.repeat(20_000)).errors.length > 0);
  const lines = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  assert.match(parseYaml(lines.join('\n')).errors[0]?.message ?? '', /aliases/);
});
