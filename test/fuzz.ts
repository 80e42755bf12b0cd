/**
 * What every text must survive: parsing, walking, data, printing and edits by path, and edits of the text. Used by the
 * tests on monsters and on the regression corpus (test/fuzz), and by `npm run fuzz` on mutations of real documents.
 */
import assert from 'node:assert/strict';
import { parseApiDocument } from '../server/core/document.ts';
import { changeTree } from '../server/core/tree/change.ts';
import { editTree } from '../server/core/tree/edit.ts';
import { parseJson } from '../server/core/tree/json.ts';
import { printYaml } from '../server/core/tree/print.ts';
import { dataOf, pathAt, spanAt, type Tree, type TreeNode } from '../server/core/tree/tree.ts';
import { parseYaml } from '../server/core/tree/yaml.ts';
import { type Random, randomChange } from './edits.ts';

export type Language = 'yaml' | 'json';

/**
 * Throws when something does not hold; the answer is the processor's time for the slowest of parsing, one change and the
 * data, in milliseconds.
 */
export function examine(text: string, language: Language, random: Random): number {
  const parse = language === 'yaml' ? parseYaml : parseJson;
  let slowest = 0;
  const timed = <T>(step: () => T): T => {
    const begun = process.cpuUsage();
    const result = step();
    const { user, system } = process.cpuUsage(begun);
    slowest = Math.max(slowest, (user + system) / 1000);
    return result;
  };
  const complete = (tree: Tree): Tree => {
    void tree.errors;
    return tree;
  };
  const tree = timed(() => complete(parse(text)));
  const change = randomChange(text, random);
  timed(() => complete(changeTree(tree, [{ change, text: tree.text.change(change) }])));
  const data = timed(() => dataOf(tree.root));
  inBounds(tree, text);
  const path = pathAt(tree, random(text.length + 1));
  const span = spanAt(tree, path, 'value');
  assert.ok(span.start >= 0 && span.start <= span.end && span.end <= text.length, 'a span lies in the text');
  const document = parseApiDocument(`file:///a.${language}`, text);
  for (const edit of editTree(document)
    .set([...path, 'x'], { y: [1] })
    .remove(path)
    .edits()) {
    assert.ok(edit.start >= 0 && edit.start <= edit.end && edit.end <= text.length, 'an edit lies in the text');
  }
  if (text.length < 20_000 && tree.errors.length === 0) printYaml(data);
  return slowest;
}

/** Every node lies in the text and in the node around it, aliases apart; errors are sentences in order. */
function inBounds(tree: Tree, text: string): void {
  let visited = 0;
  const visit = (node: TreeNode, start: number, end: number): void => {
    assert.ok(node.start <= node.end && node.start >= start && node.end <= end, `${node.kind} ${node.start} ${node.end}`);
    // Aliases make many nodes of few; the first ones stand for all.
    if (++visited > 400_000 || node.kind === 'scalar') return;
    const isAlias = text[node.start] === '*';
    const inner = isAlias ? { start: 0, end: text.length } : node;
    if (node.kind === 'list') for (const item of node.items) visit(item, inner.start, inner.end);
    else for (const entry of node.entries) visit(entry.value, 0, text.length);
  };
  if (tree.root) visit(tree.root, 0, text.length);
  let last = 0;
  for (const { start, end, message } of tree.errors) {
    assert.ok(start >= last && end >= start && end <= text.length, `error ${start} ${end} of ${text.length}`);
    assert.match(message, /\.$/);
    last = start;
  }
}

/** Texts made to break parsers, by name; all below 5 MB. */
export function* monsters(): Iterable<{ readonly name: string; readonly text: string; readonly language: Language }> {
  const both = ['yaml', 'json'] as const;
  for (const language of both) {
    for (const open of ['[', '{"a":', '[{"a":', '{', '[[],', '"', '/*', '//', ',', ':', '\\', '"\\', ']', '}']) {
      for (const count of [10_000, 200_000]) yield { name: `${open} ${count} times`, text: open.repeat(count), language };
    }
    yield { name: 'deep and closed', text: '['.repeat(10_000) + ']'.repeat(10_000), language };
    yield { name: 'wide list', text: `[${'1,'.repeat(400_000)}1]`, language };
    const keys = Array.from({ length: 100_000 }, (_, index) => `"k${index}": ${index}`);
    yield { name: '100,000 keys', text: `{${keys.join(',\n')}}`, language };
    yield { name: 'one key 100,000 times', text: `{${'"k": 1,\n'.repeat(100_000)}"k": 1}`, language };
    yield { name: 'huge string', text: `{"a": "${'x\\n'.repeat(1_200_000)}"}`, language };
    yield { name: 'unclosed strings', text: '{"a": "x\n'.repeat(100_000), language };
    yield { name: 'no commas', text: `[${'"a" '.repeat(300_000)}]`, language };
  }
  const yaml = (name: string, text: string) => ({ name, text, language: 'yaml' as const });
  const lines = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => line(index)).join('');
  for (const line of [
    '- ',
    '? ',
    ': ',
    '! ',
    '&a ',
    '*a ',
    '"',
    "'",
    '|\n',
    '>\n',
    '# ',
    '\t',
    ' ',
    '\n',
    '\r',
    '\r\n',
    '--- ',
    '---\n',
    '%a\n',
    'a: ',
    "'a'",
    '- a: ',
    '@',
    '<<: ',
  ]) {
    for (const count of [10_000, 300_000]) yield yaml(`${JSON.stringify(line)} ${count} times`, line.repeat(count));
  }
  yield yaml(
    'block as deep as it goes',
    lines(2_500, (index) => `${' '.repeat(index)}a:\n`),
  );
  yield yaml(
    'lists as deep as it goes',
    lines(2_500, (index) => `${' '.repeat(index)}-\n`),
  );
  yield yaml(
    'block that climbs down',
    lines(2_500, (index) => `${' '.repeat(2_500 - index)}a:\n`),
  );
  yield yaml(
    '100,000 keys',
    lines(100_000, (index) => `k${index}: ${index}\n`),
  );
  yield yaml(
    '100,000 half-typed keys',
    lines(100_000, (index) => `k${index}\n`),
  );
  yield yaml('100,000 lines out of line', `a:\n${lines(100_000, (index) => `${' '.repeat(1 + (index % 7))}k${index}: 1\n`)}`);
  yield yaml('stray lines in a list', `- a\n${lines(100_000, () => '  ]\n')}`);
  yield yaml('stray items in a map', `a: 1\n${lines(100_000, () => '- b\n')}`);
  yield yaml(
    'items and keys by turns',
    lines(100_000, (index) => (index % 2 ? '- b\n' : 'a:\n')),
  );
  yield yaml(
    'unclosed quotes',
    lines(100_000, () => 'a: "x\n'),
  );
  yield yaml('unclosed quotes that go on', `a: "x\n${lines(100_000, () => '  "y: \'\n')}`);
  yield yaml(
    'unclosed brackets',
    lines(100_000, () => 'a: [x, {y\n'),
  );
  yield yaml('huge literal', `a: |\n${lines(150_000, () => '  some text of the description\n')}`);
  yield yaml('huge folded', `a: >\n${lines(150_000, (index) => (index % 3 ? '  folded text here\n' : '\n'))}`);
  yield yaml('huge plain', `a: b\n${lines(150_000, () => '  some text of the description\n')}`);
  yield yaml('huge quoted', `a: "b\n${lines(150_000, () => '  some text \\u00e9 of it\n\n')}"`);
  yield yaml(
    'blank lines in scalars',
    `a: "b${'\n'.repeat(1_000_000)}  c"\nd: e${'\n'.repeat(1_000_000)}  f\ng: |${'\n'.repeat(1_000_000)}  h`,
  );
  yield yaml(
    'blanks in scalars',
    `a: "b${' '.repeat(1_000_000)}c"\nd: e${' '.repeat(1_000_000)}f\ng: 'h${' '.repeat(1_000_000)}`,
  );
  yield yaml(
    'blanks in folded scalars',
    `a: "b\n${' '.repeat(1_000_000)}c${' '.repeat(1_000_000)}d"\ne: f${' '.repeat(1_000_000)}g\n  h`,
  );
  yield yaml('blanks and line ends in quotes', `a: "b${' \n'.repeat(1_000_000)}c"`);
  yield yaml(
    'billion laughs',
    `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${lines(30, (index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(', ')}]\n`)}`,
  );
  yield yaml(
    'billion merges',
    `a0: &a0 {k: 1}\n${lines(2_000, (index) => `a${index + 1}: &a${index + 1}\n  <<: [*a${index}, *a${index}]\n  k${index}: 1\n`)}`,
  );
  yield yaml('aliases of aliases', `a0: &a0 [x]\n${lines(20_000, (index) => `a${index + 1}: &a${index + 1} [*a${index}]\n`)}`);
  yield yaml('many aliases', `a: &a {b: 1}\n${lines(100_000, (index) => `k${index}: *a\n`)}`);
  yield yaml('an alias in itself', 'a: &a\n  b: *a\n  <<: *a\n');
}
