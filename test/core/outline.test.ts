import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keysIn, outlineAt } from '../../server/core/tree/outline.ts';

/** The outline at the `|` of a text. */
function at(marked: string) {
  const offset = marked.indexOf('‸');
  return outlineAt(marked.replace('‸', ''), offset);
}

function outline(marked: string) {
  const found = at(marked);
  assert.ok(found && found !== 'flow', `no outline of ${marked}`);
  return { ...found, text: `${found.text.slice(0, found.offset)}‸${found.text.slice(found.offset)}` };
}

const api = `openapi: 3.1.0
info:
  title: A
  description: |
    Long: text
paths:
  /a:
    get:
      summary: First
      responses: {}
  /b:
    parameters:
      - name: id
        in: path
        ‸
        schema:
          type: string
      - name: other
        in: query
    get:
      tags: [a]
components:
  schemas:
    A:
      type: object
`;

test('keeps the way to the root and what stands on one line beside it', () => {
  const found = outline(api);
  assert.deepEqual(found.path, ['paths', '/b', 'parameters', 0]);
  assert.equal(found.key, undefined);
  assert.equal(
    found.text,
    `openapi: 3.1.0
paths:
  /b:
    parameters:
      - name: id
        in: path
        ‸
        schema:
`,
  );
});

test('on a key, its own keys are kept without what stands below them', () => {
  const found = outline(api.replace('‸', '').replace('    get:\n      summary', '    g‸et:\n      summary'));
  assert.deepEqual(found.path, ['paths', '/a']);
  assert.equal(found.key, 'get');
  assert.equal(
    found.text,
    `openapi: 3.1.0
paths:
  /a:
    g‸et:
      summary: First
      responses: {}
`,
  );
});

for (const [name, marked, path] of [
  ['the root', 'openapi: 3.1.0\n‸', []],
  ['an empty document', '‸', []],
  ['a list at the column of its key', 'a:\n  b:\n  - c: 1\n    ‸', ['a', 'b', 0]],
  ['a new item at the column of its key', 'a:\n  b:\n  - c: 1\n  - ‸', ['a', 'b', 0]],
  ['a list of lists', 'a:\n  - - b: 1\n      ‸', ['a', 0, 0]],
  ['an item that begins on the next line', 'a:\n  -\n    b: 1\n    ‸', ['a', 0]],
  ['a value', 'a:\n  b:\n    in: qu‸', ['a', 'b']],
  ['a key behind an anchor', 'a: &x\n  b: !t\n    ‸', ['a', 'b']],
  ['a key in quotes, with a colon', '"a: b":\n  ‸', ['a: b']],
  ['a key before a comment', "'it''s': # why: this\n  ‸", ["it's"]],
  ['a key after a deeper block', 'a:\n  b:\n    c: 1\n  ‸', ['a']],
  ['a line of Windows', 'a:\r\n  b:\r\n    ‸\r\n', ['a', 'b']],
  ['the second document of a stream', 'a:\n  b: 1\n---\nc:\n  ‸', ['c']],
] as const) {
  test(`${name} has its path`, () => assert.deepEqual(outline(marked).path, path));
}

for (const [name, marked, expected] of [
  ['a block scalar', 'a: |\n  text\n  ‸', undefined],
  ['a quoted scalar over lines', 'a: "text\n  mo‸re"', undefined],
  ['a plain scalar over lines', 'a: text\n  mo‸re', undefined],
  ['a comment', 'a: 1\n# no‸te', undefined],
  ['braces', 'a: {\n  ‸\n}', 'flow'],
  ['brackets of a list item', 'a:\n  - [\n      ‸', 'flow'],
  ['JSON', '{\n  "a": {\n    ‸', 'flow'],
] as const) {
  test(`inside ${name} there is no outline`, () => assert.equal(at(marked), expected));
}

test('a value that is not whole on its line goes, its key stays where keys count', () => {
  const found = outline('a: 1\nb: "open\n  end"\nc: [1,\n  2]\nd: *x\ne: # note\n  f: 1\n‸\ng: >\n  text');
  assert.equal(found.text, 'a: 1\nb:\nc:\nd:\ne: {}\n‸\ng:\n');
});

test('a key above that holds something is not left with nothing, or what is written would seem to belong to it', () => {
  const found = outline('a:\n  b: 1\nc:\n- d\ne:\n  - f\n  # g\nh: |\n  text\ni:\n‸\nj:\n  k: 1\n');
  assert.equal(found.text, "a: {}\nc: []\ne: []\nh: ''\ni:\n‸\nj:\n");
  assert.deepEqual(found.path, []);
});

test('keys are found below a marker, also where the whole document is indented', () => {
  assert.deepEqual(keysIn('---\n  parameters:\n    f:\n      in: query\n', [['parameters', '*']]), [['parameters', 'f']]);
});

test('keys are found by pattern, also beside what does not parse', () => {
  const text = `openapi: 3.1.0
paths:
  /a:
    get:
      $ref: '#/unclosed
components:
    schemas:
        # a comment
        A:
            properties: { b: {} }
        "B c":
            type: object
    x-list:
    - c: 1
    responses: {}
`;
  assert.deepEqual(
    keysIn(text, [
      ['components', '*', '*'],
      ['paths', '*'],
    ]),
    [
      ['paths', '/a'],
      ['components', 'schemas', 'A'],
      ['components', 'schemas', 'B c'],
    ],
  );
});
