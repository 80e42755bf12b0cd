import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleSettingAt } from '../../client/ruleSettings.ts';

const places: readonly [text: string, setting: ReturnType<typeof ruleSettingAt>][] = [
  ['{ "lintel.rules": {', 'rules'],
  ['{ "lintel.rules": { "', 'rules'],
  ['{ "lintel.rules": { "server-h', 'rules'],
  ['{ "lintel.rules": {\n  "server-https": "off", // not } here\n  ', 'rules'],
  ['{ "lintel.rules": {}, "lintel.ruleOptions": { "error', 'ruleOptions'],
  ['{ "lintel.rules": { "server-https": ', undefined],
  ['{ "lintel.rules": { "server-https": "', undefined],
  ['{ "lintel.rules": { "server-https": "off" }, "', undefined],
  ['{ "lintel.ruleOptions": { "error-problem-details": { "', undefined],
  ['{ "lintel.ruleOptions": { "error-problem-details": { "envelope": "}" }, "', 'ruleOptions'],
  ['{ "editor.rules": { "', undefined],
  ['', undefined],
];

for (const [text, setting] of places) {
  test(`settings: after ${JSON.stringify(text)} come keys of ${setting ?? 'nothing of ours'}`, () => {
    assert.equal(ruleSettingAt(text), setting);
  });
}
