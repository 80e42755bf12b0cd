// Rulesets in force: which one a document is checked with, and what happens while its file is being written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig, readConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';

const uri = 'file:///w/api.yaml';
const ruleset = 'file:///w/.spectral.yaml';
const base = 'file:///w/base.yaml';
const text = 'openapi: 3.0.3\ninfo: {title: a, version: "1"}\npaths: {}\nx: 1\nx: 2\n';
const needs = (field: string) => `rules: {needs-${field}: {given: $, then: {field: ${field}, function: truthy}}}`;

function start() {
  const files: Record<string, string> = { [uri]: text, [ruleset]: 'extends: ./base.yaml', [base]: needs('tags') };
  const lintel = createLintel(memoryHost(files), []);
  const found = async () => {
    const findings = await lintel.check(uri, defaultConfig);
    return findings.map(({ rule, uri: at, severity }) => `${rule} ${at === uri ? '' : at} ${severity}`).sort();
  };
  return { lintel, found };
}

const twice = 'syntax  error';

test('a broken ruleset is named in its file, and the last good one stays in force', async () => {
  const { lintel, found } = start();
  assert.deepEqual(await found(), ['needs-tags  warn', twice]);
  lintel.open(ruleset, 'extends: ./base.yaml\nrules: {needs-none: off}', 1);
  assert.deepEqual(await found(), ['needs-tags  warn', `ruleset ${ruleset} error`, twice]);
  const troubled = await lintel.status(uri, defaultConfig);
  assert.deepEqual({ ...troubled, summary: '' }, { checked: true, summary: '', isTroubled: true, ruleset });
  assert.match(troubled.summary, /; the ruleset cannot be used as it is\.$/);
  lintel.open(ruleset, 'extends: ./base.yaml\nrules: {needs-tags: off}', 2);
  assert.deepEqual(await found(), [twice]);
  assert.equal((await lintel.status(uri, defaultConfig)).isTroubled, undefined);
});

test('the status tells of a rule that the settings misspell', async () => {
  const { lintel } = start();
  const summary = async (rules: Record<string, 'off'>) => (await lintel.status(uri, { ...defaultConfig, rules })).summary;
  const misspelt =
    /^OpenAPI 3\.0, checked with .*\. The settings name `need-tags`, which is no rule; did you mean `needs-tags`\?$/;
  assert.match(await summary({ 'needs-tags': 'off', 'need-tags': 'off' }), misspelt);
  // It may be a rule of another folder's ruleset.
  assert.doesNotMatch(await summary({ 'needs-tags': 'off', 'house-style': 'off' }), /settings/);
});

test('the status tells of a setting that is not used because of its value', async () => {
  const { lintel } = start();
  const summary = async (settings: object) => (await lintel.status(uri, readConfig(settings, true))).summary;
  assert.match(
    await summary({ rules: { 'needs-tags': 'off', 'needs-none': 'warning' } }),
    /`lintel\.rules` gives `needs-none` the severity `"warning"`, which is none: it must be `error`, `warn`, `info`, `hint` or `off`\.$/,
  );
  assert.match(await summary({ ruleset: 5 }), /`lintel\.ruleset` is not used: it must be a text\.$/);
  assert.match(await summary({ keywords: 'never' }), /it must be `auto`, `on` or `off`\.$/);
  assert.doesNotMatch(await summary({ rules: { 'needs-tags': 'off' }, ruleset: '', keywords: null }), /lintel\./);
});

test('a ruleset that is open by itself is told its mistakes, with a mend for misspelt names', async () => {
  const { lintel } = start();
  const written = 'extends: spectral:oas\nrules:\n  "operation-tagz": off\n  a: {given: $, then: {function: nope}}\n';
  lintel.open(ruleset, written, 1);
  const findings = await lintel.check(ruleset, defaultConfig);
  assert.deepEqual(
    findings.map(({ rule, start, end, message }) => [rule, written.slice(start, end), message]),
    [
      [
        'ruleset',
        '"operation-tagz"',
        '`operation-tagz` is not a rule of the rulesets this one extends. Did you mean `operation-tags`?',
      ],
      ['ruleset', 'nope', '`nope` is not a function of Spectral. List your own under `functions`.'],
    ],
  );
  assert.deepEqual(
    findings.map(({ fix }) => [fix?.title, fix?.edits()[0]?.newText]),
    [
      ['Write `operation-tags`', '"operation-tags"'],
      [undefined, undefined],
    ],
  );
  assert.equal(lintel.ignore(findings[0]!, 'why'), undefined);
  const summary = 'A ruleset that cannot be used as it is.';
  assert.deepEqual(await lintel.status(ruleset, defaultConfig), { checked: true, summary, isTroubled: true });
  lintel.open(ruleset, 'extends: spectral:oas\n', 2);
  assert.deepEqual(await lintel.check(ruleset, defaultConfig), []);
  assert.deepEqual(await lintel.status(ruleset, defaultConfig), {
    checked: true,
    summary: 'A ruleset for OpenAPI and AsyncAPI documents.',
  });
  lintel.open(base, 'rules: {needs-none: off}', 1);
  assert.deepEqual((await lintel.check(base, defaultConfig)).length, 0);
});

test('a ruleset that waits for trust has no mistake', async () => {
  const { lintel } = start();
  lintel.open(ruleset, 'functions: [mine]\nrules: {mine: {given: $, then: {function: mine}}}', 1);
  const untrusted = { ...defaultConfig, trusted: false };
  lintel.workspace(['file:///w']);
  const [found] = (await lintel.check(uri, untrusted)).filter(({ rule }) => rule === 'ruleset');
  assert.equal(found?.severity, 'info');
  assert.match(
    found?.message ?? '',
    /only in a trusted workspace\. Until it is, documents are checked with Lintel’s own rules\.$/,
  );
  assert.equal((await lintel.status(uri, untrusted)).summary, 'OpenAPI 3.0; the ruleset waits for trust.');
});

test('a ruleset that another extends counts as it is written in the editor', async () => {
  const { lintel, found } = start();
  await found();
  lintel.open(base, needs('servers'), 1);
  assert.deepEqual(await found(), ['needs-servers  warn', twice]);
  lintel.close(base);
  assert.deepEqual(await found(), ['needs-tags  warn', twice]);
});

test('a ruleset says how grave mistakes in keys are, and speaks up about numbers', async () => {
  const { lintel, found } = start();
  lintel.open(ruleset, 'extends: ./base.yaml\nparserOptions: {duplicateKeys: off}', 1);
  assert.deepEqual(await found(), ['needs-tags  warn']);
  lintel.open(uri, text.replace('x: 1', '200: 1'), 1);
  assert.deepEqual(await found(), ['needs-tags  warn', 'parser  error']);
});
