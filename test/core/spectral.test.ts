import assert from 'node:assert/strict';
import { test } from 'node:test';
import spectralCore from '@stoplight/spectral-core';
import { parseApiDocument } from '../../server/core/document.ts';
import { type Host, memoryHost } from '../../server/core/host.ts';
import type { ApiRule } from '../../server/core/rule.ts';
import { defaultRuleset, loadRuleset, type Ruleset, toSpectralRuleset } from '../../server/core/spectral/spectral.ts';

const rule = (id: string, more: Partial<ApiRule> = {}): ApiRule => ({
  on: 'api',
  id,
  summary: `${id} says.`,
  page: '',
  theme: 'resources',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    for (const place of api.get('paths').entries()) yield { at: place, message: `\`${place.key}\` is a path.` };
  },
  ...more,
});
const rules = [
  rule('lintel-path'),
  rule('lintel-event', { formats: ['asyncapi'], theme: 'events' }),
  rule('lintel-extra', { optIn: true }),
];

const folder = 'file:///my%20api';
const uri = `${folder}/api.yaml`;
const file = `${folder}/.spectral.yaml`;
const api = 'openapi: 3.0.3\ninfo:\n  title: a\n  version: "1"\npaths:\n  /a/:\n    get:\n      responses: {}\n';

async function load(files: Record<string, string>, name = file, evaluate?: Host['evaluate'], trusted = true) {
  return loadRuleset(name, rules, { ...memoryHost(files), evaluate }, trusted);
}

async function loaded(...args: Parameters<typeof load>): Promise<Ruleset> {
  const result = await load(...args);
  if ('problem' in result) assert.fail(result.problem.message);
  return result.ruleset;
}

function lint(ruleset: Ruleset, text = api, files: Record<string, string> = {}) {
  return ruleset.run(parseApiDocument(uri, text), (at) => files[at]);
}

test('the default ruleset is Spectral’s recommended rules and Lintel’s own', async () => {
  const ruleset = await defaultRuleset(rules);
  assert.deepEqual(
    [...ruleset.lintelRules(uri)],
    [
      ['lintel-path', 'warn'],
      ['lintel-event', 'warn'],
    ],
  );
  const results = await lint(ruleset);
  assert.deepEqual(
    results.find(({ code }) => code === 'path-keys-no-trailing-slash'),
    {
      code: 'path-keys-no-trailing-slash',
      message: 'Path must not end with slash.',
      severity: 'warn',
      path: ['paths', '/a/'],
      uri,
    },
  );
  assert.equal(
    results.some(({ code }) => code.startsWith('lintel')),
    false,
  );
  const events = await lint(ruleset, 'asyncapi: 2.6.0\ninfo: {title: a, version: "1"}\nchannels: {a/: {}}\n');
  assert.ok(events.some(({ code }) => code === 'asyncapi-channel-no-trailing-slash'));
});

const severityCases: [name: string, ruleset: string, expected: [string, string][]][] = [
  ['strict', 'extends: lintel:strict', rules.map(({ id }) => [id, 'warn'])],
  ['one theme', 'extends: lintel:events', [['lintel-event', 'warn']]],
  ['one kind', 'extends: lintel:openapi', [['lintel-path', 'warn']]],
  [
    'all',
    'extends: [[lintel:openapi, all]]',
    [
      ['lintel-path', 'warn'],
      ['lintel-extra', 'warn'],
    ],
  ],
  ['off, one on', 'extends: [[lintel:openapi, off]]\nrules: {lintel-extra: true}', [['lintel-extra', 'warn']]],
  [
    'severities',
    'extends: [lintel:openapi, lintel:asyncapi]\nrules: {lintel-path: off, lintel-event: 0, lintel-extra: hint}',
    [
      ['lintel-event', 'error'],
      ['lintel-extra', 'hint'],
    ],
  ],
  [
    'overrides',
    'extends: lintel:openapi\noverrides: [{files: ["*.yaml"], rules: {lintel-path: error}}, {files: ["x/*.yaml"], rules: {lintel-path: off}}]',
    [['lintel-path', 'error']],
  ],
];
for (const [name, text, expected] of severityCases) {
  test(`Lintel rules in a ruleset: ${name}`, async () => {
    assert.deepEqual((await loaded({ [file]: text })).lintelRules(uri), new Map(expected));
  });
}

const custom = `aliases:
  Operation: ["$.paths[*][get,put]"]
rules:
  has-summary:
    given: "#Operation"
    message: "{{property}} needs {{error}}"
    severity: info
    formats: [oas3.0]
    documentationUrl: https://example.com/has-summary
    then: {field: summary, function: truthy}
`;

test('custom rules use aliases, formats and functions', async () => {
  const ruleset = await loaded({ [file]: custom });
  assert.equal(ruleset.hrefOf('has-summary'), 'https://example.com/has-summary');
  assert.equal(ruleset.hrefOf('none'), undefined);
  assert.deepEqual(await lint(ruleset), [
    {
      code: 'has-summary',
      message: 'get.summary needs "get.summary" property must be truthy',
      severity: 'info',
      path: ['paths', '/a/', 'get'],
      uri,
    },
  ]);
});

test('a ruleset extends files and packages, in YAML and JSON', async () => {
  const packageFile = `${folder}/node_modules/@team/style/package.json`;
  const files = {
    [file]: 'extends: [./base.json, "@team/style"]\nrules: {has-summary: error}',
    [`${folder}/base.json`]: '{"extends": [["spectral:oas", "off"]], "rules": {"path-keys-no-trailing-slash": "hint"}}',
    [packageFile]: '{"main": "rules.yaml"}',
    [`${folder}/node_modules/@team/style/rules.yaml`]: custom,
  };
  const results = await lint(await loaded(files));
  assert.deepEqual(
    results.map(({ code, severity }) => [code, severity]),
    [
      ['has-summary', 'error'],
      ['path-keys-no-trailing-slash', 'hint'],
    ],
  );
});

test('a result stands in the file that is referred to; remote references are left alone', async () => {
  const text = [
    'openapi: 3.0.3',
    'paths:',
    '  /a: {$ref: "paths%20of/a.yaml#/one"}',
    '  /b: {$ref: "https://example.invalid/b.yaml"}',
    '  /c: {$ref: missing.yaml}',
  ].join('\n');
  const other = `${folder}/paths%20of/a.yaml`;
  const results = await lint(await loaded({ [file]: custom }), text, { [other]: 'one: {get: {}}\n' });
  assert.deepEqual(results.map(({ code, path, uri: at }) => [code, path, at]).sort(), [
    ['has-summary', ['one', 'get'], other],
    ['invalid-ref', ['paths', '/c', '$ref'], uri],
  ]);
});

test('a broken document is checked as far as it was understood, without parser errors of Spectral', async () => {
  const ruleset = await loaded({ [file]: custom });
  assert.deepEqual(
    (await lint(ruleset, `${api}x: [\n`)).map(({ code }) => code),
    ['has-summary'],
  );
  assert.deepEqual(await lint(ruleset, ''), []);
});

const own = 'functions: [mine]\nrules: {mine: {given: $, then: {function: mine}}}';
const mine = async () => ({ default: () => [{ message: 'Mine.' }] });

test('functions and rulesets in JavaScript run where they may', async () => {
  const asked: string[] = [];
  const evaluate = (at: string) => {
    asked.push(at);
    return mine();
  };
  const results = await lint(await loaded({ [file]: own }, file, evaluate));
  assert.deepEqual(
    results.map(({ code }) => code),
    ['mine'],
  );
  assert.deepEqual(asked, [`${folder}/functions/mine.js`]);

  const script = `${folder}/.spectral.js`;
  const ruleset = await loaded({ [script]: '' }, script, async () => ({ default: { extends: ['lintel:openapi'] } }));
  assert.deepEqual([...ruleset.lintelRules(uri).keys()], ['lintel-path']);
});

const problems: [name: string, text: string, message: RegExp, marked: string][] = [
  ['untrusted function', own, /`mine\.js` is JavaScript, which runs only in a trusted workspace\./, 'mine'],
  ['unknown rule', 'extends: spectral:oas\nrules: {no-such: off}', /`no-such` is not a rule/, 'off'],
  ['unknown function', 'rules: {a: {given: $, then: {function: nope}}}', /`nope` is not a function/, 'nope'],
  ['unknown format', 'rules: {a: {given: $, formats: [oas9], then: {function: truthy}}}', /`oas9` is not a format/, 'oas9'],
  ['missing file', 'extends: [./none.yaml]', /`\.\/none\.yaml` is not a ruleset that can be found\./, './none.yaml'],
  ['remote', 'extends: https://example.com/a.yaml', /remote/, 'https://example.com/a.yaml'],
  ['circle', 'extends: ./.spectral.yaml', /extends itself/, './.spectral.yaml'],
  ['severity', 'rules: {a: {given: $, severity: fatal, then: {function: truthy}}}', /has to be one of/, 'fatal'],
  ['options', 'rules: {a: {given: $, then: {function: pattern, functionOptions: {x: 1}}}}', /pattern/, '1'],
  ['parse error', 'rules: [', /never closed/, '['],
  ['not a map', '- a', /not a map/, '- a'],
];
for (const [name, text, message, marked] of problems) {
  test(`a ruleset that cannot be used says why: ${name}`, async () => {
    const result = await load({ [file]: text }, file, mine, false);
    assert.ok('problem' in result);
    assert.match(result.problem.message, message);
    assert.equal(text.slice(result.problem.start, result.problem.end), marked);
  });
}

test('Lintel’s rules run in Spectral itself', async () => {
  const spectral = new spectralCore.Spectral();
  spectral.setRuleset(toSpectralRuleset(rules, (id) => `https://example.com/${id}`));
  const [result, ...more] = await spectral.run(api);
  assert.deepEqual(more, []);
  assert.equal(result?.code, 'lintel-path');
  assert.equal(result?.message, '`/a/` is a path.');
  assert.deepEqual(result?.path, ['paths', '/a/']);
  assert.equal(result?.documentationUrl, 'https://example.com/lintel-path');
});
