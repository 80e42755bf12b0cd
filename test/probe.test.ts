/** Two documents that break the practices Lintel knows: every rule finds its cause, and finds it once. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { rules } from '../rulesets/index.ts';
import { defaultConfig } from '../server/core/config.ts';
import { createLintel } from '../server/core/create.ts';
import { memoryHost } from '../server/core/host.ts';
import { matchesFormat } from '../server/core/rule.ts';

/** Rules that a document with the others' mistakes cannot break too. */
const elsewhere: Readonly<Record<string, string>> = {
  'error-format-consistent': 'wants an API with an envelope of its own, which error-problem-details does not report',
  'security-defined': 'wants a scheme that is not there, which would make the document invalid',
};

for (const [name, format] of [
  ['openapi', { kind: 'openapi', version: '3.1' }],
  ['asyncapi', { kind: 'asyncapi', version: '3.0' }],
] as const) {
  test(`${name}: every rule reports its cause once`, async () => {
    const uri = `file:///probe/${name}.yaml`;
    const text = readFileSync(new URL(`probe/${name}.yaml`, import.meta.url), 'utf8');
    const lintel = createLintel(memoryHost({ [uri]: text, 'file:///probe/.spectral.yaml': 'extends: lintel:strict' }), rules);
    const found = await lintel.check(uri, defaultConfig);
    // The documents are valid: nothing is to be found in them but bad practice.
    const expected = rules.filter(
      (rule) =>
        rule.on === 'api' &&
        rule.theme !== 'structure' &&
        matchesFormat(rule.formats, format) &&
        !Object.hasOwn(elsewhere, rule.id),
    );
    assert.deepEqual(found.map(({ rule }) => rule).sort(), expected.map(({ id }) => id).sort());
  });
}
