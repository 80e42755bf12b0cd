import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rulesReadme, updateRulesReadme } from '../../scripts/rules-readme.ts';
import { rules } from '../../rulesets/index.ts';

test('rulesets/README.md is up to date', async () => {
  assert.equal(await updateRulesReadme(true), false, 'run npm run docs');
});

test('rulesets/README.md lists every rule, and what its fix is', async () => {
  const text = await rulesReadme();
  for (const { id, severity, fix } of rules) {
    const [row = ''] = text.match(new RegExp(`^\\| \\[${id}\\].*$`, 'm')) ?? [];
    assert.match(
      row,
      new RegExp(
        `\\| ${severity} \\| ${fix ? '(safe|suggestion|safe, suggestion)' : '—'} \\| (recommended|strict)(, (security|events))* \\|$`,
      ),
    );
  }
});
