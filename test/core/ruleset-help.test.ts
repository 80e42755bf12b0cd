/** What is offered and explained while a ruleset is written. `‸` marks the cursor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';

const uri = 'file:///p/.spectral.yaml';

function at(marked: string) {
  const offset = marked.indexOf('‸');
  const text = marked.replace('‸', '');
  const lintel = createLintel(memoryHost({}), rules);
  lintel.open(uri, text, 1, 'yaml');
  return { lintel, text, offset };
}

async function offered(marked: string) {
  const { lintel, text, offset } = at(marked);
  const items = (await lintel.completeRuleset(uri, offset, defaultConfig)) ?? [];
  const written = (label: string) => {
    const item = items.find((one) => one.label === label);
    return item && text.slice(0, item.start) + item.insert + text.slice(item.end);
  };
  return { labels: items.map(({ label }) => label), written };
}

for (const [what, marked, label] of [
  ['a key at the root', 'ex‸', 'extends'],
  ['a name to extend', 'extends: ‸', 'lintel:strict'],
  ['a name to extend in a list', 'extends:\n  - spectral:oas\n  - lin‸\n', 'lintel:events'],
  ['a name to extend between brackets', 'extends: [‸]\n', 'lintel:events'],
  ['another name between brackets', 'extends: [spectral:oas, lin‸]\n', 'lintel:events'],
  ['a name of a pair', 'extends: [[spectral:oas, all], [lin‸]]\n', 'lintel:events'],
  ['what is taken of a ruleset', 'extends: [[spectral:oas, off], [lintel:openapi, ‸]]\n', 'recommended'],
  ['a format between brackets', 'rules:\n  mine:\n    formats: [‸]\n', 'oas3.1'],
  ['a rule of Lintel’s', 'rules:\n  server-‸\n', 'server-https'],
  ['a rule of Spectral’s, which the ruleset extends', 'extends: spectral:oas\nrules:\n  ‸\n', 'operation-tags'],
  ['a severity', 'rules:\n  server-https: ‸\n', 'hint'],
  ['a key of an own rule', 'rules:\n  mine:\n    gi‸\n', 'given'],
  ['a function of an own rule', 'rules:\n  mine:\n    then:\n      function: ‸\n', 'truthy'],
  ['a function of the ruleset’s own', 'functions: [loud]\nrules:\n  mine:\n    then:\n      function: ‸\n', 'loud'],
  ['a key of an override', 'overrides:\n  - fi‸\n', 'files'],
  ['a rule in an override', 'overrides:\n  - files: ["*.yaml"]\n    rules:\n      server-‸\n', 'server-https'],
  ['a format', 'rules:\n  mine:\n    formats:\n      - ‸\n', 'oas3.1'],
] as const) {
  test(`offers ${what}`, async () => {
    const { labels } = await offered(marked);
    assert.ok(labels.includes(label), labels.slice(0, 30).join(' '));
  });
}

test('a rule is written with a severity to choose, and in the place of what was typed', async () => {
  const { written } = await offered('rules:\n  server-h‸\n  other: off\n');
  assert.equal(written('server-https'), 'rules:\n  server-https: ${1|error,warn,info,hint,off|}\n  other: off\n');
});

test('a key that has its value keeps it', async () => {
  const { written } = await offered('rules:\n  server-‸htt: off\n');
  assert.equal(written('server-https'), 'rules:\n  server-https: off\n');
});

test('between brackets nothing is offered that has no place there, and what was typed is replaced', async () => {
  const { labels, written } = await offered('extends: [spectral:oas, lintel:e‸]\n');
  assert.ok(!labels.includes('rules') && !labels.includes('all'), labels.join(' '));
  assert.equal(written('lintel:events'), 'extends: [spectral:oas, lintel:events]\n');
  assert.deepEqual((await offered('rules: { server-‸ }\n')).labels, []);
  assert.ok((await offered('extends: [[spectral:oas, all]]\n‸')).labels.includes('rules'));
});

test('in other files nothing is offered', async () => {
  const { lintel } = at('‸');
  lintel.open('file:///p/other.yaml', 'rules:\n  \n', 1, 'yaml');
  assert.equal(await lintel.completeRuleset('file:///p/other.yaml', 9, defaultConfig), undefined);
});

test('a rule is explained by its page, one of Spectral’s by its description, a ruleset by a sentence', async () => {
  const explained = async (marked: string) => {
    const { lintel, offset } = at(marked);
    return (await lintel.explainInRuleset(uri, offset, defaultConfig))?.markdown;
  };
  assert.match((await explained('rules:\n  server-‸https: off\n')) ?? '', /^# server-https/);
  assert.match((await explained('extends: spectral:oas\nrules:\n  operation-‸tags: off\n')) ?? '', /tags/);
  assert.match((await explained('extends: [lintel:str‸ict]\n')) ?? '', /All of Lintel/);
  assert.equal(await explained('rules:\n  server-https: o‸ff\n'), undefined);
  assert.match((await explained('ext‸ends: lintel:strict\n')) ?? '', /Rulesets whose rules/);
  assert.match((await explained('extends: [[lintel:openapi, a‸ll]]\n')) ?? '', /All of its rules/);
  const own = 'rules:\n  mine:\n    given: $\n    then:\n      - function: truthy\n';
  assert.match((await explained(own.replace('given', 'gi‸ven'))) ?? '', /JSONPath/);
  assert.match((await explained(own.replace('function', 'func‸tion'))) ?? '', /name of the function/);
  assert.match((await explained(own.replace('truthy', 'tru‸thy'))) ?? '', /The value is there/);
  assert.equal(await explained(own.replace('mine', 'mi‸ne')), undefined);
  assert.match((await explained('overrides:\n  - fil‸es: ["*.yaml"]\n')) ?? '', /Globs of files/);
});
