/** The sample project keeps what its README promises. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../server/cli.ts';

const sample = join(import.meta.dirname, 'sample');

test('every mistake in the README of the sample is found in its file', async () => {
  const rows = [...readFileSync(join(sample, 'README.md'), 'utf8').matchAll(/^\| `(.+?)` \|.*\| `(.+?)` \|$/gm)];
  const promised = rows.map(([, file, rule]) => `${file} ${rule}`);
  assert.ok(promised.length > 0);
  let output = '';
  const console = { stdout: { write: (text: string) => (output += text) }, stderr: { write: () => true } };
  await run(['check', '.', '--format', 'json'], { ...console, readStdin: async () => '', cwd: sample });
  const findings: { file: string; rule: string }[] = JSON.parse(output);
  const found = new Set(findings.map(({ file, rule }) => `${file} ${rule}`));
  assert.deepEqual(
    promised.filter((mistake) => !found.has(mistake)),
    [],
  );
});
