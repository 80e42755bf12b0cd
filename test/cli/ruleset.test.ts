/** Lintel's API rules as Spectral's own command line runs them: `spectral lint -r dist/ruleset.mjs` says what Lintel says. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { severities } from '../../server/core/finding.ts';
import { memoryHost } from '../../server/core/host.ts';

const root = dirname(dirname(import.meta.dirname));
const ruleset = join(root, 'dist/ruleset.mjs');
const own = 'file:///lintel/.spectral.json';

/** The project's documents, and real ones where they lie beside it; the largest take Spectral minutes. */
function documents(): string[] {
  const inside = globSync('test/{probe,sample}/*.yaml', { cwd: root }).map((file) => join(root, file));
  const corpus = join(root, '../shared/corpus');
  const beside = existsSync(corpus)
    ? globSync('{asyncapi/*.yml,openapi/oai-examples/**/*.yaml,openapi/twilio-api.yaml}', { cwd: corpus })
    : [];
  return [...inside, ...beside.map((file) => join(corpus, file))].sort();
}

/** One finding in one line: file, rule, severity, path and message. */
type Line = string;

async function bySpectral(files: readonly string[]): Promise<Line[]> {
  const cli = join(root, 'node_modules/@stoplight/spectral-cli/dist/index.js');
  const asked = ['lint', '-r', ruleset, '-f', 'json', '--quiet', '--fail-severity', 'error', ...files];
  const run = promisify(execFile)(process.execPath, [cli, ...asked], { maxBuffer: 2 ** 28 });
  // Exit code 1 says that there are errors.
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const results = JSON.parse(stdout) as { code: string; severity: number; path: string[]; message: string; source: string }[];
  return results
    .filter(({ code }) => rules.some(({ id }) => id === code))
    .map(({ code, severity, path, message, source }) =>
      JSON.stringify([source, code, severities[severity], path.map(String), message]),
    );
}

async function byLintel(files: readonly string[]): Promise<Line[]> {
  const extending = JSON.stringify({ extends: ['lintel:openapi', 'lintel:asyncapi'] });
  const lintel = createLintel(memoryHost({ [own]: extending }), rules);
  const lines: Line[] = [];
  for (const file of files) {
    const uri = pathToFileURL(file).href;
    lintel.open(uri, readFileSync(file, 'utf8'), 0, 'yaml');
    for (const { rule, severity, path = [], message } of await lintel.check(uri, { ...defaultConfig, ruleset: own })) {
      if (lintel.rules.get(rule)?.on === 'api') lines.push(JSON.stringify([file, rule, severity, path.map(String), message]));
    }
  }
  return lines;
}

test('Spectral says with the exported rules what Lintel says', { skip: !existsSync(ruleset) && 'not built' }, async () => {
  const files = documents();
  const [theirs, ours] = await Promise.all([bySpectral(files), byLintel(files)]);
  assert.ok(ours.length > 60, `${ours.length} findings to compare`);
  assert.deepEqual(new Set(theirs), new Set(ours));
});
