import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { addToIndex, newRule } from '../../scripts/new-rule.ts';

const root = join(import.meta.dirname, '../..');

/** A copy of what rules and their tests need. */
function copy(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'lintel-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of [
    'package.json',
    '.prettierrc.json',
    'rulesets',
    'server',
    'test/page.ts',
    'test/register.mjs',
    'test/rules.test.ts',
  ]) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
}

async function runRules(folder: string, pattern: string): Promise<string> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = [
    '--import',
    './test/register.mjs',
    '--test',
    '--test-reporter=tap',
    `--test-name-pattern=${pattern}`,
    'test/rules.test.ts',
  ];
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await once(child, 'close');
  return out;
}

test('new-rule: a new rule of every kind is in its index, and fails its test until it is written', async (t) => {
  const folder = copy(t);
  for (const kind of ['openapi', 'asyncapi', 'code']) {
    const files = await newRule(folder, `${kind}/aaa-${kind}-first`);
    assert.deepEqual(
      files.map((file) => file.replaceAll('\\', '/')),
      ['.ts', '.md'].map((ending) => `rulesets/${kind}/aaa-${kind}-first${ending}`).concat(`rulesets/${kind}/index.ts`),
    );
  }
  const out = await runRules(folder, 'aaa-|every pair');
  for (const kind of ['openapi', 'asyncapi', 'code']) assert.match(out, new RegExp(`^not ok \\d+ - aaa-${kind}-first$`, 'm'));
  assert.match(out, /^ok \d+ - every pair of files is in its index, under its name$/m);
  await assert.rejects(newRule(folder, 'code/aaa-code-first'), /There is a rule `code\/aaa-code-first` already\./);
  await assert.rejects(newRule(folder, 'code/Timeout'), /`code\/Timeout` is not openapi\/, asyncapi\/ or code\//);
});

const index = `import type { ApiRule } from './rule.ts';
import b from './b.ts';
import dE from './d-e.ts';

export const all: readonly ApiRule[] = [b, dE];
`;
const places: readonly [id: string, imports: string, list: string][] = [
  ['a-b', 'aB b dE', '[aB, b, dE]'],
  ['c-1', 'b c1 dE', '[b, c1, dE]'],
  ['z-z', 'b dE zZ', '[b, dE, zZ]'],
];
for (const [id, imports, list] of places) {
  test(`new-rule: ${id} has its place in the index`, () => {
    const text = addToIndex(index, id);
    assert.equal([...text.matchAll(/^import (\w+) from/gm)].map(([, name]) => name).join(' '), imports);
    assert.ok(text.includes(`= ${list};`));
  });
}
