/** What Lintel hands out passes Lintel: no rule of its own reports anything in a snippet or a starter. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { rules } from '../rulesets/index.ts';
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

function bodies(language: string): { file: string; text: string }[] {
  const folder = new URL(`../snippets/${language}/`, import.meta.url);
  return readdirSync(folder).map((file) => ({ file, text: readFileSync(new URL(file, folder), 'utf8') }));
}

for (const { file, text } of bodies('typescript')) {
  test(`typescript/${file}`, async () => assert.deepEqual(await reported(file, text), []));
}

// A fragment becomes a document by the head of one.
const head = "openapi: 3.1.1\ninfo:\n  title: Example\n  version: '1'\nservers:\n  - url: https://api.example.com\n";
for (const { file, text } of bodies('yaml')) {
  test(`yaml/${file}`, async () => assert.deepEqual(await reported(file, head + text), []));
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
