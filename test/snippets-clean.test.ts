/** What Lintel hands out passes Lintel: no rule reports anything in a snippet or a starter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { rules } from '../rulesets/index.ts';
import { catalogue, read, type Snippet, snippetFile } from '../scripts/snippets.ts';
import { defaultConfig } from '../server/core/config.ts';
import { applyEdits, createLintel } from '../server/core/create.ts';
import { memoryHost } from '../server/core/host.ts';

const own = new Set(rules.map((rule) => rule.id));

async function reported(name: string, text: string): Promise<string[]> {
  const uri = `file:///project/${name}`;
  const findings = await createLintel(memoryHost({ [uri]: text }), rules).check(uri, defaultConfig);
  return findings
    .filter(({ rule }) => own.has(rule) || rule === 'syntax' || rule === 'rule-failed')
    .map(({ rule, message }) => `${rule}: ${message}`);
}

for (const path of catalogue('ts')) {
  test(path, async () => assert.deepEqual(await reported(path, read(path)), []));
}

// A fragment becomes a document by the head of one.
const head = "openapi: 3.1.1\ninfo:\n  title: Example\n  version: '1'\nservers:\n  - url: https://api.example.com\n";
for (const path of catalogue('yaml').filter((path) => !path.startsWith('documents/'))) {
  test(path, async () => assert.deepEqual(await reported(path, head + read(path)), []));
}

/** What is reported under `lintel:strict`, where no rule is off. */
async function strictlyReported(text: string, language: 'yaml' | 'json'): Promise<string[]> {
  const uri = `file:///project/api.${language}`;
  const host = memoryHost({ [uri]: text, 'file:///project/.spectral.yaml': 'extends: lintel:strict\n' });
  const findings = await createLintel(host, rules).check(uri, defaultConfig);
  return findings.map(({ rule, message }) => `${rule}: ${message}`);
}

const wholes = ['openapi', 'asyncapi'] as const;
for (const kind of wholes) {
  test(`the snippet ${kind} is the new document`, () => {
    assert.deepEqual(parse(read(`documents/${kind}.yaml`)), parse(createLintel(memoryHost(), rules).newDocument(kind)));
  });

  test(`new ${kind} document: no finding of any rule`, async () => {
    const lintel = createLintel(memoryHost(), rules);
    const uri = 'untitled:new';
    lintel.open(uri, lintel.newDocument(kind), 1, 'yaml');
    const findings = await lintel.check(uri, defaultConfig);
    assert.deepEqual(
      findings.map(({ rule, message }) => `${rule}: ${message}`),
      [],
    );
  });
}

/** A starter in a language, and the text it has after a block, written as a snippet, was put into it. */
async function starterWith(kind: 'openapi' | 'asyncapi', language: 'yaml' | 'json', block: string): Promise<string> {
  const lintel = createLintel(memoryHost(), rules);
  const uri = `file:///project/api.${language}`;
  const starter = lintel.newDocument(kind);
  lintel.open(uri, language === 'json' ? JSON.stringify(parse(starter), null, 2) : starter, 1, language);
  const edits = await lintel.placeBlock(uri, block);
  return applyEdits(
    lintel.text(uri)!,
    edits!.map((edit) => ({ uri, ...edit })),
  );
}

for (const language of ['yaml', 'json'] as const) {
  const snippets = JSON.parse(snippetFile(language)) as Record<string, Snippet>;
  for (const path of catalogue('yaml').filter((path) => /^documents\/\w+-/.test(path))) {
    const kind = path.includes('/openapi-') ? 'openapi' : 'asyncapi';
    test(`${path} in a starter, ${language}: no finding under lintel:strict`, async () => {
      const block = snippets[`Lintel: ${path.replace(/^.*\/|\.yaml$/g, '')}`]!.body.join('\n');
      assert.deepEqual(await strictlyReported(await starterWith(kind, language, block), language), []);
    });
  }
}

test('the strict ruleset does find what is wrong', async () => {
  const broken = await starterWith(
    'openapi',
    'yaml',
    'paths:\n  /orders:\n    get:\n      responses:\n        "200": { description: All. }\n',
  );
  assert.notDeepEqual(await strictlyReported(broken, 'yaml'), []);
});
