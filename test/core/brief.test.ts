import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { briefPage } from '../../server/core/brief.ts';

const url = 'https://example.test/a.md';

test('a hover has the first example with its mend, and leads to the others', () => {
  const page = [
    ...[
      '# a',
      '',
      'A is b.',
      '',
      'Because.',
      '',
      '## Incorrect',
      '',
      '```ts',
      'a();',
      '```',
      '',
      'Fixed:',
      '',
      '```ts',
      'b();',
      '```',
    ],
    ...[
      '',
      '```ts',
      'a(1);',
      '```',
      '',
      '## Correct',
      '',
      '```ts',
      'b(1);',
      '```',
      '',
      '## When not to use it',
      '',
      'Never.',
      '',
    ],
  ].join('\n');
  const shown = page.slice(0, page.indexOf('\n```ts\na(1)')) + page.slice(page.indexOf('\n## When'));
  assert.equal(briefPage(page, url), `${shown}\n[All examples](${url})\n`);
});

test('the page of every rule that has examples is shown with one, and with all of what is said about it', () => {
  for (const { id, page } of rules) {
    if (!page.includes('\n## Incorrect\n')) continue;
    const brief = briefPage(page, url);
    const blocks = brief.match(/^`{3,}\w+$/gm) ?? [];
    assert.ok(blocks.length === 1 || blocks.length === 2, `${id} is shown with ${blocks.length} examples`);
    const why = page.slice(0, page.indexOf('\n## Incorrect\n'));
    assert.ok(brief.startsWith(why.trim()), id);
    assert.equal(brief.includes('## When not to use it'), page.includes('## When not to use it'), id);
    assert.ok(!brief.includes('## Correct'), id);
  }
});
