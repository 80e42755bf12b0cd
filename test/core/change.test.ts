/**
 * Random edit scripts: after each edit the incremental tree must equal that of a fresh parse. `EDITS` says how many edits
 * in all (quick by default), `SEED` where they begin; a failure prints what to run again.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { changeTree } from '../../server/core/tree/change.ts';
import { parseJson } from '../../server/core/tree/json.ts';
import type { Change } from '../../server/core/tree/text.ts';
import { dataOf, nodeAt, type Tree } from '../../server/core/tree/tree.ts';
import { parseYaml } from '../../server/core/tree/yaml.ts';
import { changed, corpus, describeTree, differenceOf, inverse, type Random, randomChange, randomOf } from '../edits.ts';

const edits = Number(process.env.EDITS ?? 1500);
const seed = Number(process.env.SEED ?? 1);

const yaml = [
  '# c\nopenapi: 3.1.0\ninfo:\n  title: A b # t\n  version: "1"\npaths:\n  /a:\n    get: {tags: [a, b]}\n    put:\n      tags:\n      - x\n      - y: 1\n        z: 2\n  /b: {}\n',
  'a: &x {p: 1, q: [2]}\nb:\n  <<: *x\n  q: 3\nc: *x\nd:\n  - *x\n  - k: *x\n    l: 1\ne:\n  f: 1\n  g: 2\n',
  'a: |\n  x\n\n  y\nb: >-\n  f\n  g\n\n\nc: |+\n  k\n\nd: plain\n  more\n  lines\ne: "q\n  r"\nf: \'s\'\n200: x\n__proto__: 1\n',
  '- a\n- - b\n  - c: 1\n    d: [x,\n      y]\n- e:\n  - f\n  g:\n    - h\n-\n- |\n  i\n',
  '\uFEFFa:\r\n  b: 1\r\n  c:\r\n    - d\r\n    - e: "f"\r\n  g: |\r\n    h\r\n',
  '? k\n: v\n? - l\n: - m\nn: o\n',
  '--- # first\na:\n  b: c\n...\n---\nd: e\n',
  '{"a": {"b": [1, 2, {"c": "d"}], "e": null}, "f": "g"}\n',
];

const json = [
  '{\n  "openapi": "3.1.0",\n  "info": { "title": "A", "version": "1" },\n  "paths": {\n    "/a": {\n      "get": { "tags": ["a", "b"] }\n    },\n    "/b": {}\n  }\n}\n',
  '{"a":[1,2,{"b":null},[],{}],"c":{"d":true,"e":"f\\u00e9"},"c":1}',
  '\uFEFF// top\n{\r\n  /* x */ "a": 1, // one\r\n  "b": [\r\n    1,\r\n    2\r\n  ]\r\n}\r\n',
  '[[[[1]]], {"__proto__": 1, "200": 2, "100": 3}]',
];

const own = globSync('snippets/**/*.{yaml,json}', { cwd: dirname(dirname(import.meta.dirname)) }).map((file) =>
  readFileSync(join(dirname(dirname(import.meta.dirname)), file), 'utf8'),
);

type Parse = (text: string) => Tree;

/** Edits a document step by step; most edits are taken back before the next, so that the document stays one. */
function drive(
  parse: Parse,
  original: string,
  count: number,
  random: Random,
  check: (tree: Tree, text: string, say: string) => void,
) {
  let text = original;
  let tree = parse(text);
  let back: Change | undefined;
  for (let step = 0; step < count; step++) {
    const takeBack: boolean = back !== undefined && random(10) < 7;
    const change: Change = takeBack ? (back as Change) : randomChange(text, random);
    back = takeBack ? undefined : inverse(text, change);
    const before = text;
    text = changed(text, change);
    tree = changeTree(tree, [{ change, text: tree.text.change(change) }]);
    const say = `step ${step}: ${JSON.stringify(change)}${before.length < 2000 ? ` of ${JSON.stringify(before)}` : ''}`;
    check(tree, text, say);
    if (step % 60 === 59) {
      text = original;
      tree = parse(text);
      back = undefined;
    }
  }
}

function sameAsFresh(parse: Parse) {
  return (tree: Tree, text: string, say: string) => {
    assert.equal(tree.text.toString(), text, say);
    const fresh = parse(text);
    assert.equal(differenceOf(tree.green, fresh.green), undefined, say);
    assert.deepEqual(tree.errors, fresh.errors, say);
    assert.deepEqual([tree.start, tree.end], [fresh.start, fresh.end], say);
    if (text.length > 20_000) return;
    assert.deepEqual(describeTree(tree), describeTree(fresh), say);
    assert.deepEqual(dataOf(tree.root), dataOf(fresh.root), say);
  };
}

const groups: readonly (readonly [string, Parse, readonly string[], number])[] = [
  ['YAML', parseYaml, [...yaml, ...own.filter((text) => !text.startsWith('{'))], 0.4],
  ['JSON', parseJson, [...json, ...own.filter((text) => text.startsWith('{'))], 0.3],
  ['YAML of the corpus', parseYaml, corpus('**/*.{yaml,yml}').map(({ text }) => text), 0.2],
  ['JSON of the corpus', parseJson, corpus('**/*.json').map(({ text }) => text), 0.1],
];

for (const [name, parse, texts, share] of groups) {
  test(`after every random edit the tree is that of a fresh parse: ${name}`, { skip: texts.length === 0 }, () => {
    const random = randomOf(seed);
    const small = texts.filter((text) => text.length < 200_000);
    const each = Math.ceil((edits * share) / small.length);
    for (const text of small) drive(parse, text, each, random, sameAsFresh(parse));
    // A fresh parse of a large document is slow, so few edits are made there, and in the quick run none.
    if (edits < 5000) return;
    for (const text of texts) if (text.length >= 200_000) drive(parse, text, Math.ceil(each / 4), random, sameAsFresh(parse));
  });
}

test('an edit shares everything else by identity', () => {
  const lines = Array.from({ length: 50 }, (_, index) => `  /p${index}:\n    get:\n      tags: [a]\n      summary: x\n`);
  const text = `info:\n  title: a\npaths:\n${lines.join('')}components: {}\n`;
  const before = parseYaml(text);
  const old = dataOf(before.root) as { info: object; paths: Record<string, { get: { tags: object } }> };
  const at = text.indexOf('summary', text.indexOf('/p20:')) + 9;
  const change = { start: at, end: at + 1, newText: 'longer' };
  const after = changeTree(before, [{ change, text: before.text.change(change) }]);
  const now = dataOf(after.root) as typeof old;
  assert.equal(now.info, old.info);
  assert.equal(now.paths['/p19'], old.paths['/p19']);
  assert.equal(now.paths['/p49'], old.paths['/p49']);
  assert.equal(now.paths['/p20']?.get.tags, old.paths['/p20']?.get.tags);
  assert.notEqual(now.paths['/p20'], old.paths['/p20']);
  assert.equal(nodeAt(after, ['components'])?.start, (nodeAt(before, ['components'])?.start as number) + 5);
  // The tree from before stands as it was.
  assert.equal(nodeAt(before, ['components'])?.start, text.indexOf('{}'));
});

test('most edits of a document that is in order are understood in a block below its root', () => {
  const random = randomOf(seed);
  for (const [parse, text] of [
    [parseYaml, yaml[0]],
    [parseJson, json[0]],
  ] as const) {
    const tree = parse(text as string);
    const places = Array.from({ length: 200 }, () => random((text as string).length));
    const shared = places.filter((at) => {
      const change = { start: at, end: at, newText: 'x' };
      const after = changeTree(tree, [{ change, text: tree.text.change(change) }]);
      const below = (of: Tree) => (of.green?.kind === 'map' ? of.green.slots.map(({ value }) => value) : []);
      return below(after).some((value) => value.kind === 'map' && below(tree).includes(value));
    });
    assert.ok(shared.length > 150, `${tree.language}: ${shared.length} of ${places.length}`);
  }
});

test('a line typed at the start of the line takes what is below it out of its block, and nothing of that is read again', () => {
  const lines = Array.from({ length: 50 }, (_, index) => `  /p${index}:\n    get:\n      tags: [a]\n`);
  for (const line of ['note:\n', 'half typed\n']) {
    const text = `paths:\n${lines.join('')}components: {}\n`;
    const before = parseYaml(text);
    const old = dataOf(before.root) as { paths: Record<string, object> };
    const at = text.indexOf('  /p20:');
    const change = { start: at, end: at, newText: line };
    const typed = changeTree(before, [{ change, text: before.text.change(change) }]);
    const now = dataOf(typed.root) as Record<string, Record<string, object>>;
    assert.deepEqual(
      [Object.keys(now), Object.keys(now.paths ?? {}).length],
      [['paths', line.replace(/:?\n/, ''), 'components'], 20],
    );
    assert.equal(now[line.replace(/:?\n/, '')]?.['/p30'], old.paths['/p30']);
    const back = inverse(text, change);
    const after = changeTree(typed, [{ change: back, text: typed.text.change(back) }]);
    assert.equal((dataOf(after.root) as typeof old).paths['/p30'], old.paths['/p30']);
  }
});

for (const line of ['- ab', '? ab', 'a: "', 'a: |', 'a: {', 'a: [b', '...', '---'])
  test(`what \`${line}\` half typed takes out of the tree comes back as it was`, () => {
    const lines = Array.from({ length: 2000 }, (_, index) => `  /p${index}:\n    get:\n      tags: [a]\n`);
    let tree = parseYaml(`paths:\n${lines.join('')}components: {}\n`);
    const old = dataOf(tree.root) as { paths: Record<string, object> };
    const at = tree.text.toString().indexOf('  /p200:');
    const change = (start: number, end: number, newText: string) => {
      const text = tree.text.change({ start, end, newText });
      tree = changeTree(tree, [{ change: { start, end, newText }, text }]);
      assert.deepEqual(describeTree(tree), describeTree(parseYaml(text)));
    };
    const random = randomOf(seed);
    change(at, at, '\n');
    for (const [index, letter] of [...line].entries()) change(at + index, at + index, letter);
    // Elsewhere meanwhile, before and within what is lost.
    for (let round = 0; round < 8; round++) {
      const place = at - 2000 + random(10_000);
      if (Math.abs(place - at) > 100) change(place, place, 'x');
      if (Math.abs(place - at) > 100) change(place, place + 1, '');
    }
    const back = tree.text.toString().indexOf(`\n${line}\n`) + 1;
    for (let end = back + line.length; end > back; end--) change(end - 1, end, '');
    const now = dataOf(tree.root) as typeof old;
    assert.deepEqual(Object.keys(now.paths), Object.keys(old.paths));
    const same = Object.keys(now.paths).filter((path) => now.paths[path] === old.paths[path]);
    assert.ok(same.length > 1500, `${same.length} are the same`);
    assert.equal(tree.earlier, undefined);
  });

test('a bracket half typed above a block does not swallow it', () => {
  for (const [line, value] of [
    ['{', {}],
    ['[b, {c: [', ['b', { c: [] }]],
    ['{b: ', { b: null }],
  ] as const) {
    const tree = parseYaml(`a: ${line}\n  /b:\n    get:\n      x: 1\n  /c:\n    get: [1,\n      2]\nd: 1\n`);
    assert.deepEqual(dataOf(tree.root), { a: value, '/b': { get: { x: 1 } }, '/c': { get: [1, 2] }, d: 1 });
    assert.deepEqual(
      [...new Set(tree.errors.map(({ message }) => message.replace('bracket', 'brace')))],
      ['The brace that opens here is never closed.'],
    );
  }
  // Nor does one that is closed, or a whole document in brackets, end for an entry without its brace.
  for (const text of ['{\n  "a":\n    "b": {"c": 1},\n  "d": 2\n}', 'x:\n  {\n    "a":\n      "b": {"c": 1},\n    "d": 2\n  }']) {
    const tree = parseYaml(text);
    const data = { a: 'b', '': { c: 1 }, d: 2 };
    assert.deepEqual(dataOf(tree.root), text.startsWith('x') ? { x: data } : data);
    assert.deepEqual(
      tree.errors.map(({ message }) => message),
      ['A comma is missing before this.'],
    );
  }
});

test('brackets that fit nothing are read after an edit as they are afresh', () => {
  for (const [text, at, newText] of [
    ['[}:\nx', 5, 'a: '],
    ['{]:\na}', 5, ']'],
    [':\n {]:\n"', 4, ''],
    ['t: \n[}: \n"\n\n/p:\n', 11, 'a: '],
    ['a: {\n b:\n  c:', 13, '- '],
  ] as const) {
    const tree = parseYaml(text);
    const change = { start: at, end: at, newText };
    const after = tree.text.change(change);
    assert.deepEqual(describeTree(changeTree(tree, [{ change, text: after }])), describeTree(parseYaml(after)), text);
  }
});

test('several changes that no block holds are read as one', () => {
  const text = `a:\n${'  b: 1\n'.repeat(3)}c:\n  d: 1\n  e: 2\nf: 3\n`;
  const random = randomOf(seed);
  for (let round = 0; round < 300; round++) {
    const before = parseYaml(text);
    const steps = [];
    let now = before.text;
    for (let count = 1 + random(5); count > 0; count--) {
      const change = randomChange(now.toString(), random);
      steps.push({ change, text: (now = now.change(change)) });
    }
    const after = changeTree(before, steps);
    assert.deepEqual(
      describeTree(after),
      describeTree(parseYaml(now.toString())),
      JSON.stringify(steps.map(({ change }) => change)),
    );
  }
});

test('how much is joined for it may be limited', () => {
  const text = `a:\n${'  b:\n    c: 1\n'.repeat(100)}d: 1\n`;
  const before = parseYaml(text);
  const typed = (at: number, newText: string) => {
    const change = { start: at, end: at, newText };
    return changeTree(before, [{ change, text: before.text.change(change) }], 400);
  };
  assert.equal(typed(text.indexOf('  b', 700), 'x\n'), undefined);
  assert.notEqual(typed(text.indexOf('1', 700), '2'), undefined);
});
