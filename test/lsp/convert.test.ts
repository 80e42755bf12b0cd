/** Positions and changes against the package that language servers usually keep their texts with. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Text } from '../../server/core/tree/text.ts';
import { linesOf, toChanges } from '../../server/lsp/convert.ts';
import { changed, randomChange, randomOf } from '../edits.ts';

const texts = [
  '',
  'a: 1\n',
  'a\r\nb\rc\n\r\n\n\r\rd',
  '\uFEFF😀: x\n',
  // Longer than several pieces, with line ends of every kind where pieces meet.
  Array.from({ length: 6_000 }, (_, index) => `key${index}: value${['\n', '\r\n', '\r'][index % 3]}`).join(''),
];

for (const [index, original] of texts.entries()) {
  test(`positions, offsets and slices after random edits, text ${index}`, () => {
    const random = randomOf(index + 1);
    let plain = original;
    let text = Text.of(original);
    for (let step = 0; step < 100; step++) {
      const change = step % 3 ? randomChange(plain, random) : { start: plain.length, end: plain.length, newText: 'z\r' };
      const sent = { range: linesOf(text).range(change), text: change.newText };
      const document = TextDocument.create('', '', 0, plain);
      const expected = TextDocument.update(TextDocument.create('', '', 0, plain), [sent], 1).getText();
      assert.deepEqual(sent.range, { start: document.positionAt(change.start), end: document.positionAt(change.end) });
      const [made] = toChanges(text, [sent]);
      assert.ok(made);
      assert.equal(text.change(made).toString(), expected);
      plain = changed(plain, change);
      text = text.change(change);
      assert.equal(text.length, plain.length);
      const now = TextDocument.create('', '', 0, plain);
      assert.equal(text.lineCount, now.lineCount);
      for (let probe = 0; probe < 20; probe++) {
        const [start, end] = [random(plain.length + 3) - 1, random(plain.length + 3) - 1].sort((a, b) => a - b) as [
          number,
          number,
        ];
        const range = linesOf(text).range({ start, end });
        assert.deepEqual(range, { start: now.positionAt(start), end: now.positionAt(end) });
        const place = { line: random(now.lineCount + 2), character: random(20) };
        assert.equal(linesOf(text).offset(place), now.offsetAt(place), JSON.stringify(place));
        const [from, to] = [Math.max(start, 0), Math.max(end, 0)];
        assert.equal(text.slice(from, to), plain.slice(from, to));
        assert.equal(text.charCodeAt(from), plain.charCodeAt(from));
      }
      assert.equal(text.includes('value17'), plain.includes('value17'));
    }
    assert.equal(text.toString(), plain);
  });
}

test('several changes are placed one after the other, a whole new text among them', () => {
  const at = (line: number, character: number) => ({ line, character });
  const sent = [
    { range: { start: at(0, 1), end: at(0, 1) }, text: 'X\n' },
    { range: { start: at(1, 0), end: at(1, 1) }, text: '' },
    { text: 'new' },
    { range: { start: at(0, 3), end: at(0, 0) }, text: 'all' },
  ];
  let text = Text.of('ab\ncd');
  for (const change of toChanges(text, sent)) text = text.change(change);
  assert.equal(text.toString(), 'all');
});
