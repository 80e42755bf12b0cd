import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseApiDocument } from '../../server/core/document.ts';
import type { TextEdit } from '../../server/core/finding.ts';
import { editTree, type TreeEditor } from '../../server/core/tree/edit.ts';

interface Case {
  readonly name: string;
  readonly text: string;
  readonly json?: boolean;
  readonly edit: (editor: TreeEditor) => TreeEditor;
  readonly expected: string;
  readonly data: unknown;
}

const cases: readonly Case[] = [
  {
    name: 'adds the last key and keeps comments',
    text: '# top\na: 1 # one\nb:\n    c: x # see\n# end\n',
    edit: (e) => e.set(['b', 'd'], true),
    expected: '# top\na: 1 # one\nb:\n    c: x # see\n    d: true\n# end\n',
    data: { a: 1, b: { c: 'x', d: true } },
  },
  {
    name: 'merges sets below one missing parent',
    text: 'a:\n  b: 1\n',
    edit: (e) => e.set(['a', 'r', 'x'], 1).set(['a', 'r', 'y'], { z: [1] }),
    expected: 'a:\n  b: 1\n  r:\n    x: 1\n    y:\n      z:\n        - 1\n',
    data: { a: { b: 1, r: { x: 1, y: { z: [1] } } } },
  },
  {
    name: 'keeps lists as deep as their key where the file does',
    text: 'tags:\n- a\nb:\n  c: 1\n',
    edit: (e) => e.set(['b', 'd'], ['x', { y: 1, z: 2 }]).append(['tags'], 'yes'),
    expected: "tags:\n- a\n- 'yes'\nb:\n  c: 1\n  d:\n  - x\n  - y: 1\n    z: 2\n",
    data: { tags: ['a', 'yes'], b: { c: 1, d: ['x', { y: 1, z: 2 }] } },
  },
  {
    name: 'adds nothing through an alias, and to what it stands for where that stands',
    text: 'a: &x\n  b: 1\nc: *x\nd: [e, *x]\n',
    edit: (e) => e.set(['a', 'f'], 2).set(['c', 'f'], 2).append(['d', 1, 'g'], 2),
    expected: 'a: &x\n  b: 1\n  f: 2\nc: *x\nd: [e, *x]\n',
    data: { a: { b: 1, f: 2 }, c: { b: 1, f: 2 }, d: ['e', { b: 1, f: 2 }] },
  },
  {
    name: 'quotes numeric keys as the neighbours are',
    text: 'responses:\n  "200":\n    description: ok\n',
    edit: (e) => e.set(['responses', '429', 'description'], 'slow'),
    expected: 'responses:\n  "200":\n    description: ok\n  "429":\n    description: slow\n',
    data: { responses: { 200: { description: 'ok' }, 429: { description: 'slow' } } },
  },
  {
    name: 'quotes numeric keys, as OpenAPI wants of statuses, where the neighbours are plain',
    text: 'responses:\n  200:\n    description: ok\n  default: {}\n',
    edit: (e) => e.set(['responses', '429', 'description'], 'slow', { before: 'default' }),
    expected: "responses:\n  200:\n    description: ok\n  '429':\n    description: slow\n  default: {}\n",
    data: { responses: { 200: { description: 'ok' }, 429: { description: 'slow' }, default: {} } },
  },
  {
    name: 'adds before the first key, above its comment',
    text: 'x:\n  # about a\n  a: 1\n',
    edit: (e) => e.set(['x', 'n'], 0, { before: 'a' }),
    expected: 'x:\n  n: 0\n  # about a\n  a: 1\n',
    data: { x: { n: 0, a: 1 } },
  },
  {
    name: 'gives a flow map other keys than all it had',
    json: true,
    text: '{\n  "s": {\n    "type": "string",\n    "x": 1\n  }\n}\n',
    edit: (e) => e.set(['s'], { $ref: '#/a', y: 2 }),
    expected: '{\n  "s": {\n    "$ref": "#/a",\n    "y": 2\n  }\n}\n',
    data: { s: { $ref: '#/a', y: 2 } },
  },
  {
    name: 'does so on one line of YAML',
    text: 's: { type: string }\n',
    edit: (e) => e.remove(['s', 'type']).set(['s', '$ref'], '#/a'),
    expected: "s: { $ref: '#/a' }\n",
    data: { s: { $ref: '#/a' } },
  },
  {
    name: 'keeps CRLF',
    text: 'a:\r\n  b: 1\r\n',
    edit: (e) => e.set(['a', 'c', 'd'], 2),
    expected: 'a:\r\n  b: 1\r\n  c:\r\n    d: 2\r\n',
    data: { a: { b: 1, c: { d: 2 } } },
  },
  {
    name: 'fills an empty value and an empty map, comments kept',
    text: 'a: # why\nb: {} # because\nc:\n',
    edit: (e) => e.set(['a'], 1).set(['b', 'x'], 1).set(['c', 'y'], 2),
    expected: 'a: 1 # why\nb: # because\n  x: 1\nc:\n  y: 2\n',
    data: { a: 1, b: { x: 1 }, c: { y: 2 } },
  },
  {
    name: 'replaces scalars in their quotes',
    text: 'a: "x" # c\nb: \'y\'\nc: z\n',
    edit: (e) => e.set(['a'], 'new').set(['b'], "it's").set(['c'], '12'),
    expected: "a: \"new\" # c\nb: 'it''s'\nc: '12'\n",
    data: { a: 'new', b: "it's", c: '12' },
  },
  {
    name: 'removes entries with their line, and leaves {}',
    text: 'a:\n  b: 1 # gone\nc:\n  - p: 1\n    q: 2\n  - r\n',
    edit: (e) => e.remove(['a', 'b']).remove(['c', 0, 'p']).remove(['c', 1]),
    expected: 'a: {}\nc:\n  - q: 2\n',
    data: { a: {}, c: [{ q: 2 }] },
  },
  {
    name: 'renames and edits below',
    text: 'a:\n  "b": 1\n  c:\n    d: 1\n',
    edit: (e) => e.rename(['a', 'b'], 'x').rename(['a', 'c'], 'y').set(['a', 'c', 'e'], 2),
    expected: 'a:\n  "x": 1\n  y:\n    d: 1\n    e: 2\n',
    data: { a: { x: 1, y: { d: 1, e: 2 } } },
  },
  {
    name: 'flow YAML',
    text: 'a: {b: 1, c: [x, y]} # k\n',
    edit: (e) => e.set(['a', 'd'], { e: 'f' }).append(['a', 'c'], 'z').remove(['a', 'b']),
    expected: 'a: {c: [x, y, z], d: { e: f }} # k\n',
    data: { a: { c: ['x', 'y', 'z'], d: { e: 'f' } } },
  },
  {
    name: 'JSON with its indentation',
    json: true,
    text: '{\n    "a": {\n        "b": 1 // note\n    },\n    "c": []\n}\n',
    edit: (e) =>
      e
        .set(['a', 'd'], { e: [1] })
        .append(['c'], 'x')
        .set(['f'], 1),
    expected:
      '{\n    "a": {\n        "b": 1, // note\n        "d": {\n            "e": [\n                1\n            ]\n        }\n    },\n    "c": [\n        "x"\n    ],\n    "f": 1\n}\n',
    data: { a: { b: 1, d: { e: [1] } }, c: ['x'], f: 1 },
  },
  {
    name: 'JSON where what is added takes the place of all that was there',
    json: true,
    text: '{\n  "a": {\n    "b": 1,\n    "c": 2 // gone\n  },\n  "d": {"e": 1}\n}\n',
    edit: (e) => e.set(['a'], { x: 1, y: 2 }).set(['d'], { f: 1 }),
    expected: '{\n  "a": {\n    "x": 1,\n    "y": 2 // gone\n  },\n  "d": {"f": 1}\n}\n',
    data: { a: { x: 1, y: 2 }, d: { f: 1 } },
  },
  {
    name: 'in braces, before what goes away',
    text: 'a: { b: 1, c: 2, d: 3, e: 4 }\nf: { g: 1, h: 2 }\ni: { j: 1 }\n',
    edit: (e) =>
      e
        .set(['a', 'x'], { y: 5 }, { before: 'c' })
        .remove(['a', 'c'])
        .remove(['a', 'd'])
        .set(['f', 'x'], 5, { before: 'g' })
        .remove(['f', 'g'])
        .set(['i', 'x'], 5, { before: 'j' })
        .remove(['i', 'j']),
    expected: 'a: { b: 1, x: { y: 5 }, e: 4 }\nf: { x: 5, h: 2 }\ni: { x: 5 }\n',
    data: { a: { b: 1, x: { y: 5 }, e: 4 }, f: { x: 5, h: 2 }, i: { x: 5 } },
  },
  {
    name: 'JSON before what goes away',
    json: true,
    text: '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n',
    edit: (e) => e.set(['x'], 5, { before: 'b' }).remove(['b']).set(['y'], 6, { before: 'c' }).remove(['c']),
    expected: '{\n  "a": 1,\n  "x": 5,\n  "y": 6\n}\n',
    data: { a: 1, x: 5, y: 6 },
  },
  {
    name: 'JSON with comments: those of what stays',
    json: true,
    text: '{\n  // of a\n  "a": 1, // behind a\n  // of b\n  "b": 2, // behind b\n  // of c\n  "c": 3 // behind c\n}\n',
    edit: (e) => e.remove(['b']),
    expected: '{\n  // of a\n  "a": 1, // behind a\n  // of b\n  // of c\n  "c": 3 // behind c\n}\n',
    data: { a: 1, c: 3 },
  },
  {
    name: 'JSON with comments: at the end, with its comma',
    json: true,
    text: '{\r\n  "a": 1, // behind a\r\n  "b": 2, // behind b\r\n  "c": [\r\n    3\r\n  ] // behind c\r\n}\r\n',
    edit: (e) => e.remove(['b']).remove(['c']),
    expected: '{\r\n  "a": 1 // behind a\r\n}\r\n',
    data: { a: 1 },
  },
  {
    name: 'JSON with comments: several added in place of the last',
    json: true,
    text: '{\n  "a": 1, // behind a\n  // of b\n  "b": 2 // behind b\n}\n',
    edit: (e) => e.remove(['b']).set(['c'], 3).set(['d'], 4),
    expected: '{\n  "a": 1, // behind a\n  "c": 3,\n  "d": 4\n  // of b\n}\n',
    data: { a: 1, c: 3, d: 4 },
  },
  {
    name: 'JSON with comments: several added behind the last',
    json: true,
    text: '{\n  "a": 1 // behind a\n}\n',
    edit: (e) => e.set(['b'], 2).set(['c'], 3),
    expected: '{\n  "a": 1, // behind a\n  "b": 2,\n  "c": 3\n}\n',
    data: { a: 1, b: 2, c: 3 },
  },
  {
    name: 'JSON with comments: other members than all there were',
    json: true,
    text: '{\n  // of a\n  "a": 1, // behind a\n  // of b\n  "b": 2 // behind b\n}\n',
    edit: (e) => e.set([], { c: 3, d: 4 }),
    expected: '{\n  // of a\n  // of b\n  "c": 3,\n  "d": 4 // behind b\n}\n',
    data: { c: 3, d: 4 },
  },
  {
    name: 'a block left empty keeps the comment between it and its key',
    text: 'a: # behind a\n  # of b\n  b: 1\nc:\n  # of d\n  d: 1\n',
    edit: (e) => e.remove(['a', 'b']).set(['c'], ['x']),
    expected: 'a: {} # behind a\n  # of b\nc:\n  # of d\n  - x\n',
    data: { a: {}, c: ['x'] },
  },
  {
    name: 'a block put into another, with its comments',
    text: 'a: # of a\r\n  # of b\r\n  - b: |\r\n      text\r\n\r\n      more\r\n  - [c,\r\n     d]\r\ne: 1\r\n',
    edit: (e) => e.wrap(['a'], (inner) => ({ x: 1, y: { inner, z: 2 } })),
    expected:
      'a: # of a\r\n  x: 1\r\n  y:\r\n    inner:\r\n      # of b\r\n      - b: |\r\n          text\r\n\r\n          more\r\n      - [c,\r\n         d]\r\n    z: 2\r\ne: 1\r\n',
    data: { a: { x: 1, y: { inner: [{ b: 'text\n\nmore\n' }, ['c', 'd']], z: 2 } }, e: 1 },
  },
  {
    name: 'what stands on the line of its key put into another',
    text: 'a: { b: 1 }\nc: 2 # of c\nd:\n- e: 3\n  f: 4\n',
    edit: (e) => [['a'], ['c'], ['d', 0], ['g']].reduce((all, path) => all.wrap(path, (inner) => ({ inner })), e),
    expected: 'a:\n  inner:\n    b: 1\nc: # of c\n  inner: 2\nd:\n- inner:\n    e: 3\n    f: 4\n',
    data: { a: { inner: { b: 1 } }, c: { inner: 2 }, d: [{ inner: { e: 3, f: 4 } }] },
  },
  {
    name: 'JSON put into another, with its comments',
    json: true,
    text: '{\n  "a": [ // of a\n    1,\n    2 // of 2\n  ],\n  "b": [3]\n}\n',
    edit: (e) => e.wrap(['a'], (inner) => ({ inner, x: 1 })).wrap(['b', 0], (inner) => ({ inner })),
    expected:
      '{\n  "a": {\n    "inner": [ // of a\n      1,\n      2 // of 2\n    ],\n    "x": 1\n  },\n  "b": [{ "inner": 3 }]\n}\n',
    data: { a: { inner: [1, 2], x: 1 }, b: [{ inner: 3 }] },
  },
  {
    name: 'what is said otherwise afterwards leaves its comment',
    text: 'a:\n  - b: 1 # of b\n    c: 2\n  - d: 1\n    e: 2 # of e\n    f: 3\n  - g: 1\n    h: 2 # of h\ni: 3\n',
    edit: (e) =>
      [['a', 0, 'b'], ['a', 1, 'd'], ['a', 1, 'e'], ['a', 2, 'h'], ['i']].reduce(
        (all, path) => all.remove(path, { keepComment: true }),
        e,
      ),
    expected: 'a:\n  - # of b\n    c: 2\n  - # of e\n    f: 3\n  - g: 1\n    # of h\n',
    data: { a: [{ c: 2 }, { f: 3 }, { g: 1 }] },
  },
  {
    name: 'so it does in JSON',
    json: true,
    text: '{\n  "a": 1, // of a\n  "b": 2, // of b\n  "c": 3 // of c\n}\n',
    edit: (e) => e.remove(['a'], { keepComment: true }).remove(['c'], { keepComment: true }),
    expected: '{\n  // of a\n  "b": 2 // of b\n  // of c\n}\n',
    data: { b: 2 },
  },
  {
    name: 'JSON on one line',
    json: true,
    text: '{"a":1,"b":[1,2]}',
    edit: (e) => e.set(['c'], { d: 1 }).remove(['b', 1]).set(['z'], 0, { before: 'a' }),
    expected: '{"z":0,"a":1,"b":[1],"c":{"d":1}}',
    data: { z: 0, a: 1, b: [1], c: { d: 1 } },
  },
  {
    name: 'a map set again changes only what differs',
    text: 'a:\n  b: 1 # keep\n  c: 2\n',
    edit: (e) => e.set(['a'], { b: 1, d: 3 }),
    expected: 'a:\n  b: 1 # keep\n  d: 3\n',
    data: { a: { b: 1, d: 3 } },
  },
  {
    name: 'adds at two depths where both end, without a last line end',
    text: 'a:\n  b:\n    c: 1',
    edit: (e) => e.set(['z'], 1).set(['a', 'y'], 2).set(['a', 'b', 'x'], 'two\nlines\n'),
    expected: 'a:\n  b:\n    c: 1\n    x: |\n      two\n      lines\n  y: 2\nz: 1',
    data: { a: { b: { c: 1, x: 'two\nlines\n' }, y: 2 }, z: 1 },
  },
  {
    name: 'a key beside a merge key overrides it',
    text: 'a: &a\n  p: 1\nb:\n  <<: *a\n',
    edit: (e) => e.set(['b', 'p'], 2),
    expected: 'a: &a\n  p: 1\nb:\n  <<: *a\n  p: 2\n',
    data: { a: { p: 1 }, b: { p: 2 } },
  },
  {
    name: 'removes the last lines of a file',
    text: 'a: 1\nb: 2\nc: 3',
    edit: (e) => e.remove(['b']).remove(['c']),
    expected: 'a: 1',
    data: { a: 1 },
  },
  {
    name: 'a block becomes a scalar and a scalar a block',
    text: 'a:\n  # in\n  b: 1\nc: x # k\nd: 1\n',
    edit: (e) => e.set(['a'], 1).set(['c'], { e: [] }),
    expected: 'a: 1\n  # in\nc: # k\n  e: []\nd: 1\n',
    data: { a: 1, c: { e: [] }, d: 1 },
  },
];

function apply(text: string, edits: readonly TextEdit[]): string {
  let result = text;
  let limit = text.length;
  for (const edit of [...edits].reverse()) {
    assert.ok(edit.start <= edit.end && edit.end <= limit, 'edits are sorted and do not overlap');
    limit = edit.start;
    result = result.slice(0, edit.start) + edit.newText + result.slice(edit.end);
  }
  return result;
}

for (const { name, text, json, edit, expected, data } of cases) {
  test(`edit: ${name}`, () => {
    const uri = json ? 'file:///a.json' : 'file:///a.yaml';
    const changed = apply(text, edit(editTree(parseApiDocument(uri, text))).edits());
    assert.equal(changed, expected);
    const parsed = parseApiDocument(uri, changed);
    assert.deepEqual(parsed.tree.errors, []);
    assert.deepEqual(parsed.data, data);
  });
}

test('edit: nothing to change makes no edit', () => {
  const document = parseApiDocument('file:///a.yaml', 'a:\n  b: 1\n');
  assert.deepEqual(editTree(document).set(['a', 'b'], 1).set(['a'], { b: 1 }).remove(['x']).rename(['y'], 'z').edits(), []);
});
