/** Every fix of the pages' examples leaves all else as it was: with comments everywhere, and with CR LF. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { commented, textBreaches, tryEach } from '../../scripts/fixes.ts';
import { memoryHost } from '../../server/core/host.ts';
import { besideExamples, readPage } from '../page.ts';

const uriOf = (language: string) => `file:///project/example.${language === 'json' ? 'json' : 'yaml'}`;

const breaches: readonly (readonly [name: string, before: string, after: string, breach: RegExp])[] = [
  ['does not parse', 'a: 1\n', 'a: [1\n', /^No longer parses/],
  ['loses the comment of what stays', 'a: 1 # one\nb: 2\n', 'a: 1\n', /^Lost the comment: # one$/],
  ['changes the order', 'a: 1\nb: 2\n', 'b: 2\na: 1\n', /^Keys of {2}changed places\.$/],
  ['changes the indentation', 'a:\n  b: 1\n', 'a:\n    b: 1\n', /^a\.b is indented otherwise\.$/],
  ['changes the line ends', 'a: 1\r\nb: 2\r\n', 'a: 1\nb: 2\n', /^Lines end in LF, not CR LF\.$/],
];
for (const [name, before, after, breach] of breaches) {
  test(`fixes: what ${name} is a breach`, () => {
    assert.match(textBreaches(uriOf('yaml'), before, after).breaches.join('\n'), breach);
    assert.deepEqual(textBreaches(uriOf('yaml'), before, before).breaches, []);
  });
}

test('fixes: the comments of what goes as a whole go with it', () => {
  const { breaches: found, gone } = textBreaches(uriOf('yaml'), 'a: 1\nb: # of b\n  # of c\n  c: 2\n', 'a: 1\n');
  assert.deepEqual({ found, gone }, { found: [], gone: 2 });
});

for (const rule of rules.filter(({ on, fix }) => on === 'api' && fix)) {
  test(`fixes: ${rule.id} leaves all else as it was`, async () => {
    let tried = 0;
    for (const { language, text } of readPage(rule.page).incorrect) {
      const uri = uriOf(language);
      for (const variant of [text, commented(uri, text), commented(uri, text.replaceAll('\n', '\r\n'))]) {
        const host = memoryHost({ ...besideExamples, [uri]: variant });
        for await (const result of tryEach(uri, host, { preset: 'strict', lintelOnly: true }, { rule: rule.id })) {
          tried++;
          assert.deepEqual(result.breaches, [], variant);
        }
      }
    }
    assert.ok(tried > 0, 'no example shows a fix');
  });
}
