/** A text in pieces is read as the one string would be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Source } from '../../server/core/tree/source.ts';
import { Text } from '../../server/core/tree/text.ts';
import { randomOf } from '../edits.ts';

test('a part of a text in pieces answers like its string, wherever it is asked', () => {
  const below = randomOf(7);
  const line = () => `${'word '.repeat(below(8) === 0 ? 2000 : below(9))}${below(50) === 0 ? '*/' : ''}\n`;
  const all = Array.from({ length: 400 }, line).join('');
  for (let round = 0; round < 20; round++) {
    const at = below(all.length);
    const text = Text.of(all).change({ start: at, end: at, newText: 'new: {' });
    const [from = 0, to = 0] = [below(text.length), below(text.length)].sort((a, b) => a - b);
    const [part, source] = [text.toString().slice(from, to), new Source(text, from, to)];
    assert.equal(source.length, part.length);
    for (let question = 0; question < 200; question++) {
      const offset = below(part.length + 2);
      const end = Math.min(offset + below(below(10) === 0 ? 20_000 : 30), part.length);
      const word = ['\n', '*/', 'new'][below(3)] as string;
      assert.equal(source.charCodeAt(offset), part.charCodeAt(offset));
      assert.equal(source.charAt(offset), part.charAt(offset));
      assert.equal(source.slice(offset, end), part.slice(offset, end));
      assert.equal(source.startsWith(word, offset), part.startsWith(word, offset));
      assert.equal(source.indexOf(word, offset), part.indexOf(word, offset));
      assert.equal(source.lastIndexOf(word, offset), part.lastIndexOf(word, offset));
    }
    assert.equal(source.charCodeAt(-1), Number.NaN);
  }
});
