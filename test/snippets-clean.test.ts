/** What Lintel hands out passes Lintel: no rule reports anything in a snippet or a starter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { rules } from '../rulesets/index.ts';
import { catalogue, read } from '../scripts/snippets.ts';
import { defaultConfig } from '../server/core/config.ts';
import { createLintel } from '../server/core/create.ts';
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
async function strictlyReported(text: string): Promise<string[]> {
  const uri = 'file:///project/api.yaml';
  const host = memoryHost({ [uri]: text, 'file:///project/.spectral.yaml': 'extends: lintel:strict\n' });
  const findings = await createLintel(host, rules).check(uri, defaultConfig);
  return findings.map(({ rule, message }) => `${rule}: ${message}`);
}

for (const kind of ['openapi', 'asyncapi'] as const) {
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

/** A block put into a starter: lists and objects of both are joined. */
function merged(into: unknown, from: unknown): unknown {
  if (typeof into !== 'object' || into === null || typeof from !== 'object' || from === null) return from;
  if (Array.isArray(into) && Array.isArray(from)) return [...into, ...from];
  const result: Record<string, unknown> = { ...into };
  for (const [key, value] of Object.entries(from)) result[key] = key in result ? merged(result[key], value) : value;
  return result;
}

for (const path of catalogue('yaml').filter((path) => path.startsWith('documents/'))) {
  const block: unknown = parse(read(path));
  const whole = /^(?:openapi|asyncapi):/m.test(read(path));
  const kind = path.includes('/openapi-') ? 'openapi' : 'asyncapi';
  test(`${path}${whole ? '' : ' in a starter'}: no finding under lintel:strict`, async () => {
    const starter = createLintel(memoryHost(), rules).newDocument(kind);
    assert.deepEqual(await strictlyReported(whole ? read(path) : stringify(merged(parse(starter), block))), []);
  });
}

test('the strict ruleset does find what is wrong', async () => {
  const starter = createLintel(memoryHost(), rules).newDocument('openapi');
  const broken = merged(parse(starter), { paths: { '/orders': { get: { responses: { 200: { description: 'All.' } } } } } });
  assert.notDeepEqual(await strictlyReported(stringify(broken)), []);
});
