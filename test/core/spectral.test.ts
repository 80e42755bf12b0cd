import assert from 'node:assert/strict';
import { test } from 'node:test';
import spectralCore from '@stoplight/spectral-core';
import { parseApiDocument } from '../../server/core/document.ts';
import { type Host, memoryHost, Overrun } from '../../server/core/host.ts';
import type { ApiRule } from '../../server/core/rule.ts';
import { keyMistakes } from '../../server/core/spectral/keys.ts';
import { toSpectralRuleset } from '../../server/core/spectral/own.ts';
import { defaultRuleset, loadRuleset, type Ruleset } from '../../server/core/spectral/spectral.ts';

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
  if ('problems' in result) assert.fail(result.problems[0]?.message);
  return result.ruleset;
}

async function lint(ruleset: Ruleset, text = api, files: Record<string, string> = {}) {
  const { results } = await ruleset.run(parseApiDocument(uri, text), (at) => {
    const other = files[at];
    return other === undefined ? undefined : parseApiDocument(at, other);
  });
  return results;
}

function switchedOn(ruleset: Ruleset) {
  return [...ruleset.lintelRules(uri)].map(([id, severityAt]) => [id, severityAt(uri, [])]);
}

test('the default ruleset is Spectral’s recommended rules and Lintel’s own', async () => {
  const ruleset = await defaultRuleset(rules);
  assert.deepEqual(switchedOn(ruleset), [
    ['lintel-path', 'warn'],
    ['lintel-event', 'warn'],
  ]);
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
    assert.deepEqual(switchedOn(await loaded({ [file]: text })).sort(), expected.sort());
  });
}

test('circles through several files, and through references in their place, end', async () => {
  const ruleset = await loaded({ [file]: 'rules: {any: {given: "$..description", then: {function: falsy}}}' });
  const main = (schemas: string) => `openapi: 3.0.3\npaths: {}\ncomponents: {schemas: ${schemas}}\n`;
  const owner = 'Owner: {description: a, properties: {boss: {$ref: "api.yaml#/components/schemas/Owner"}}}\n';
  const back = 'Pet: {properties: {a: {$ref: "b.yaml#/x"}}}\nx: {b: {$ref: "api.yaml#/components/schemas/P"}, description: a}\n';
  for (const [schemas, other] of [
    ['{$ref: "b.yaml"}', owner],
    ['{All: {$ref: "b.yaml"}, P: {$ref: "b.yaml#/Pet"}}', back],
  ] as const) {
    const said = await lint(ruleset, main(schemas), { [`${folder}/b.yaml`]: other, [uri]: main(schemas) });
    assert.ok(said.length > 0);
    assert.ok(said.every(({ uri: at }) => at === `${folder}/b.yaml`));
  }
});

test('work that was broken off for want of the processor is tried once more, and given up then', async () => {
  // What only nimma can look for is watched whole.
  const text = 'rules: {mine: {given: "$.info.title^^", then: {field: x, function: truthy}}}';
  const said = async (overruns: number, mayEnd: boolean) => {
    let left = overruns;
    const guard: Host['guard'] = (work) => {
      const done = work();
      if (left-- > 0) throw new Overrun('it did not end.', mayEnd);
      return done;
    };
    const made = await loadRuleset(file, rules, { ...memoryHost({ [file]: text }), guard }, true);
    assert.ok('ruleset' in made);
    const { results, failures } = await made.ruleset.run(parseApiDocument(uri, api), () => undefined);
    return [results.map(({ code }) => code), failures.map(({ code }) => code)];
  };
  assert.deepEqual(await said(1, true), [['mine'], []]);
  assert.deepEqual(await said(2, true), [[], ['mine']]);
  assert.deepEqual(await said(1, false), [[], ['mine']]);
});

test('rules are known by the names that they had before Spectral 6', async () => {
  const media = 'content: {a/b: {schema: {type: integer}, example: x}}';
  const text = `openapi: 3.0.3\npaths: {/a: {get: {responses: {"200": {description: a, ${media}}}}}}\n`;
  const said = async (lines: string) => {
    const ruleset = await loaded({ [file]: `extends: [[spectral:oas, off]]\nrules: {${lines}}` });
    return (await lint(ruleset, text)).map(({ code, severity }) => `${code} ${severity}`);
  };
  assert.deepEqual(await said('oas3-valid-oas-content-example: warn'), ['oas3-valid-media-example warn']);
  assert.deepEqual(await said('oas3-valid-oas-content-example: off'), []);
  const several = 'oas3-valid-oas-content-example: hint, oas3-valid-media-example: off, oas3-valid-oas-header-example: info';
  assert.deepEqual(await said(several), ['oas3-valid-media-example info']);
});

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
  assert.deepEqual(results.map(({ code, severity }) => [code, severity]).sort(), [
    ['has-summary', 'error'],
    ['path-keys-no-trailing-slash', 'hint'],
  ]);
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

test('references that lead only to one another come to an end, which they do not in stock Spectral', async () => {
  const ruleset = await loaded({ [file]: 'rules: {all: {given: $..*, then: {function: falsy}}}' });
  const results = await lint(
    ruleset,
    'openapi: 3.0.0\npaths: {/a: {$ref: "#/x/b"}}\nx: {b: {$ref: "#/x/c"}, c: {$ref: "#/x/b"}}\n',
  );
  assert.ok(results.length > 0);
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

test('a function that remembers what it said says it again after each edit', async () => {
  const remembering = () => {
    let isSaid = false;
    return { default: () => (isSaid ? [] : ((isSaid = true), [{ message: 'Mine.' }])) };
  };
  const known = remembering();
  const evaluate: Host['evaluate'] = async (_, __, anew) => (anew ? remembering() : known);
  for (const [keeps, said] of [
    [true, [1, 1, 1]],
    [false, [1, 0, 0]],
  ] as const) {
    const host = { ...memoryHost({ [file]: own }), evaluate, keepsState: () => keeps };
    const result = await loadRuleset(file, rules, host, true);
    assert.ok('ruleset' in result);
    const counts = [];
    for (const text of [api, `${api}#`, `${api}##`]) counts.push((await lint(result.ruleset, text)).length);
    assert.deepEqual(counts, said);
  }
});

function mistakesOf(result: Awaited<ReturnType<typeof load>>) {
  return 'problems' in result ? result.problems : [];
}

const problems: [name: string, text: string, message: RegExp, marked: string][] = [
  ['untrusted function', own, /`mine\.js` is JavaScript, which runs only in a trusted workspace\./, 'mine'],
  ['unknown rule', 'extends: spectral:oas\nrules: {no-such: off}', /`no-such` is not a rule/, 'no-such'],
  ['unknown function', 'rules: {a: {given: $, then: {function: nope}}}', /`nope` is not a function/, 'nope'],
  ['unknown format', 'rules: {a: {given: $, formats: [oas9], then: {function: truthy}}}', /`oas9` is not a format/, 'oas9'],
  ['missing file', 'extends: [./none.yaml]', /`\.\/none\.yaml` is not a ruleset that can be found\./, './none.yaml'],
  ['remote', 'extends: https://example.com/a.yaml', /does not exist or cannot be read/, 'https://example.com/a.yaml'],
  ['circle', 'extends: ./.spectral.yaml', /extends itself/, './.spectral.yaml'],
  ['severity', 'rules: {a: {given: $, severity: fatal, then: {function: truthy}}}', /has to be one of/, 'fatal'],
  ['options', 'rules: {a: {given: $, then: {function: pattern, functionOptions: {x: 1}}}}', /pattern/, '1'],
  ['parse error', 'rules: [', /never closed/, '['],
  ['not a map', '- a', /not a map/, '- a'],
];
for (const [name, text, message, marked] of problems) {
  test(`a ruleset that cannot be used says why: ${name}`, async () => {
    const result = await load({ [file]: text }, file, mine, false);
    assert.deepEqual(
      mistakesOf(result).map(({ start, end }) => text.slice(start, end)),
      [marked],
    );
    assert.match(mistakesOf(result)[0]?.message ?? '', message);
  });
}

test('all mistakes of a ruleset are told, each at its place, with the name that was meant', async () => {
  const text = [
    'extends: [spectral:oas, ./base.yaml, lintel:opneapi]',
    'functions: [mine, gone]',
    'rules:',
    '  a: {given: $, formats: [oas9, oas3], then: {function: truty}}',
    '  b: {given: $, severity: fatal, then: [{function: mine}, {function: gone, functionOptions: {x: 1}}]}',
    '  c: {given: $, then: {function: pattern, functionOptions: {x: 1}}}',
    'overrides: [{files: ["*"], rules: {d: {given: $, then: {function: nope}}}}]',
  ].join('\n');
  const base = 'rules: {x: {given: $, then: {function: lenght}}, y: {given: $, then: {function: nope}}}';
  const evaluate = async (at: string) => (at.endsWith('gone.js') ? Promise.reject(new Error('Not there')) : mine());
  const problems = mistakesOf(await load({ [file]: text, [`${folder}/base.yaml`]: base }, file, evaluate));
  assert.deepEqual(
    problems.map(({ start, end, message, meant }) => [text.slice(start, end), message, meant?.meant].filter(Boolean)),
    [
      [
        './base.yaml',
        '`./base.yaml`: `lenght` is not a function of Spectral. List your own under `functions`. Did you mean `length`? It has one more mistake.',
      ],
      ['lintel:opneapi', '`lintel:opneapi` is not a ruleset that can be found. Did you mean `lintel:openapi`?', 'lintel:openapi'],
      ['gone', '`gone.js` cannot be run: Not there.'],
      ['oas9', '`oas9` is not a format of Spectral.'],
      ['truty', '`truty` is not a function of Spectral. List your own under `functions`. Did you mean `truthy`?', 'truthy'],
      ['fatal', 'The value has to be one of: 0, 1, 2, 3 or "error", "warn", "info", "hint", "off".'],
      ['1', '"pattern" function does not support "x" option.'],
      ['nope', '`nope` is not a function of Spectral. List your own under `functions`.'],
    ],
  );
  const { uri: at, start, end } = problems[0]?.related ?? assert.fail();
  assert.deepEqual([at, base.slice(start, end)], [`${folder}/base.yaml`, 'lenght']);
});

test('each rule that no other ruleset has is told', async () => {
  const text = 'extends: spectral:oas\nrules: {operation-tagz: off, info-contact: off, "no-such": error, info-license: fatal}';
  const problems = mistakesOf(await load({ [file]: text }));
  assert.deepEqual(
    problems.map(({ start, end, meant }) => [text.slice(start, end), meant?.meant]),
    [
      ['operation-tagz', 'operation-tags'],
      ['"no-such"', undefined],
      ['fatal', undefined],
    ],
  );
});

const style = `${folder}/node_modules/%40team/style`;
const exportsCases: [name: string, extended: string, manifest: object, file: string][] = [
  ['main without an ending', '@team/style', { main: 'rules' }, 'rules.js'],
  ['no main', '@team/style', {}, 'index.js'],
  ['a file of a package', '@team/style/strict.yaml', {}, 'strict.yaml'],
  ['exports as text', '@team/style', { exports: './a.yaml', main: 'b.yaml' }, 'a.yaml'],
  ['exports by condition', '@team/style', { exports: { import: './a.mjs', require: { default: './a.js' } } }, 'a.js'],
  ['import alone', '@team/style', { exports: { '.': { types: './a.d.ts', import: './a.mjs' } } }, 'a.mjs'],
  ['a subpath', '@team/style/strict', { exports: { './strict': ['./s.yaml'] } }, 's.yaml'],
  ['a pattern', '@team/style/rules/a', { exports: { './rules/*': './dist/*.yaml' } }, 'dist/a.yaml'],
];
for (const [name, extended, manifest, found] of exportsCases) {
  test(`a ruleset extends a package: ${name}`, async () => {
    const text = JSON.stringify({ rules: { 'its-rule': { given: '$', then: { function: 'truthy' } } } });
    const files = {
      [file]: `extends: "${extended}"\nrules: {its-rule: hint}`,
      [`${style}/package.json`]: JSON.stringify(manifest),
      [`${style}/${found}`]: text,
    };
    await loaded(files, file, async (at) => ({ default: JSON.parse(files[at] as string) }));
  });
}

test('what a package does not export cannot be extended', async () => {
  const files = {
    [file]: 'extends: "@team/style/b.yaml"',
    [`${style}/package.json`]: '{"exports": "./a.yaml"}',
    [`${style}/b.yaml`]: '{}',
  };
  const result = await load(files);
  assert.match(mistakesOf(result)[0]?.message ?? '', /is not a ruleset that can be found/);
});

test('overrides at a pointer tell places apart, for Lintel’s rules and for others', async () => {
  const text = [
    'extends: [lintel:openapi, spectral:oas]',
    'overrides:',
    '  - {files: ["*.yaml#/paths/~1a~1"], rules: {lintel-path: off, path-keys-no-trailing-slash: hint}}',
  ].join('\n');
  const ruleset = await loaded({ [file]: text });
  const severityAt = ruleset.lintelRules(uri).get('lintel-path');
  assert.equal(severityAt?.(uri, ['paths', '/a/']), undefined);
  assert.equal(severityAt?.(uri, ['paths', '/b/']), 'warn');
  const results = await lint(ruleset, `${api}  /b/: {}\n`);
  const slashes = results.filter(({ code }) => code === 'path-keys-no-trailing-slash');
  assert.deepEqual(
    slashes.map(({ path, severity }) => [path[1], severity]),
    [
      ['/a/', 'hint'],
      ['/b/', 'warn'],
    ],
  );
});

test('options of a function are held against its schema', async () => {
  const text = [
    'functions: [[mine, {type: object, properties: {max: {type: number}}, required: [max]}]]',
    'rules: {mine: {given: $, then: {function: mine, functionOptions: {min: 1}}}}',
  ].join('\n');
  const result = await load({ [file]: text }, file, mine);
  assert.match(mistakesOf(result)[0]?.message ?? '', /missing "max" option/);
});

test('parserOptions say how grave mistakes in keys are', async () => {
  const { parserOptions } = await loaded({ [file]: 'extends: spectral:oas\nparserOptions: {duplicateKeys: warn}' });
  assert.deepEqual(parserOptions, { duplicateKeys: 'warn', incompatibleValues: 'error' });
  assert.deepEqual((await defaultRuleset([])).parserOptions, { duplicateKeys: 'error', incompatibleValues: 'off' });
  const text = 'a: {200: 1, "200": 2, true: 3, "1": 4, b: {<<: {c: 1}, ~: 5}}\n';
  assert.deepEqual(
    keyMistakes(parseApiDocument(uri, text)).map(({ kind, start, end, message }) => [kind, text.slice(start, end), message]),
    [
      ['incompatibleValues', '200', 'Mapping key must be a string scalar rather than number'],
      ['duplicateKeys', '"200"', 'Duplicate key: 200'],
      ['incompatibleValues', 'true', 'Mapping key must be a string scalar rather than boolean'],
      ['incompatibleValues', '~', 'Mapping key must be a string scalar rather than null'],
    ],
  );
});

test('a rule that throws is named, the others go on', async () => {
  const text =
    'functions: [mine]\nrules: {bad: {given: $, then: {function: mine}}, good: {given: $, then: {field: x, function: truthy}}}';
  const throws = async () => ({
    default: () => {
      throw new Error('no');
    },
  });
  const { results, failures } = await (
    await loaded({ [file]: text }, file, throws)
  ).run(parseApiDocument(uri, api), () => undefined);
  assert.deepEqual(
    results.map(({ code }) => code),
    ['good'],
  );
  assert.deepEqual(failures, [{ code: 'bad', message: 'no' }]);
});

test('a script of an untrusted workspace cannot reach the language', async () => {
  const given = '$..[?(@.constructor.constructor("globalThis.reached = true").call())]';
  const text = JSON.stringify({ rules: { bad: { given, then: { function: 'truthy' } } } });
  const ruleset = await loaded({ [file]: text }, file, undefined, false);
  const { failures } = await ruleset.run(parseApiDocument(uri, api), () => undefined);
  assert.match(failures[0]?.message ?? '', /only in a trusted workspace/);
  assert.equal('reached' in globalThis, false);
});

test('a run ends when it is no longer wanted, and lets others have their turn', async () => {
  const ruleset = await defaultRuleset([]);
  const paths = Array.from(
    { length: 3000 },
    (_, index) => `  /p${index}: {get: {description: d, responses: {"200": {description: ok}}}}`,
  );
  const document = parseApiDocument(uri, `openapi: 3.0.3\npaths:\n${paths.join('\n')}\n`);
  const aborter = new AbortController();
  const run = ruleset.run(document, () => undefined, aborter.signal);
  setImmediate(() => aborter.abort());
  await assert.rejects(run, { name: 'AbortError' });
});

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
