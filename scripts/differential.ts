/**
 * Runs stock Spectral and Lintel over every description in the folders given, with Spectral's own rulesets and with
 * published ones (installed into node_modules/.cache when they are not there), and prints what only one of them says.
 * `--ruleset NAME` (repeatable) chooses rulesets; a file is read by each of the two in its own way. `--limit N` lines shown of a
 * document. Exit code 1: an unexplained difference.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import spectralCli from '@stoplight/spectral-cli/dist/services/linter/utils/getRuleset.js';
import { looksLikeApi } from '../server/core/document.ts';
import { loadCore } from '../server/core/spectral/load.ts';
import type { Core } from '../server/core/spectral/run.ts';
import { asRuleset } from '../server/core/spectral/spectral.ts';
import { spelledUri } from '../server/core/uri.ts';
import { nodeHost } from '../server/host.ts';
import { unexplained } from '../test/core/differences.ts';
import { differences, runLintel, runStock } from '../test/core/stock.ts';

const { getRuleset } = spectralCli;

const published = {
  '@stoplight/spectral-owasp-ruleset': '2.0.1',
  '@baloise/spectral-rules': '1.5.0',
  '@rhoas/spectral-ruleset': '0.3.1',
  '@ibm-cloud/openapi-ruleset': '1.33.17',
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { ruleset: { type: 'string', multiple: true }, limit: { type: 'string', default: '5' } },
});
const names = options.ruleset ?? ['spectral:oas, spectral:asyncapi', ...Object.keys(published)];
const cache = resolve('node_modules/.cache/spectral-rulesets');

function install(): void {
  if (Object.keys(published).every((name) => existsSync(join(cache, 'node_modules', name)))) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'package.json'), JSON.stringify({ private: true, dependencies: published }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: cache, stdio: 'inherit' });
}

/** The ruleset as stock Spectral reads it, and as Lintel does. */
async function load(name: string): Promise<{ stock: Core; lintel: Core }> {
  if (existsSync(name)) return { stock: await getRuleset(resolve(name)), lintel: await loadFile(resolve(name)) };
  const core = await loadFile(named(name));
  return { stock: core, lintel: core };
}

function named(name: string): string {
  const file = join(cache, `${name.replace(/\W+/g, '-')}.spectral.json`);
  const all = name.split(',').map((one) => [one.trim(), 'all']);
  writeFileSync(file, JSON.stringify({ extends: all }));
  return file;
}

async function loadFile(file: string): Promise<Core> {
  const loaded = await loadCore(pathToFileURL(file).href, [], nodeHost, true);
  if ('problems' in loaded) throw new Error(`${file}: ${loaded.problems[0]?.message}`);
  return loaded.core;
}

function* filesIn(path: string): Iterable<string> {
  if (!statSync(path).isDirectory()) yield path;
  else for (const name of readdirSync(path).sort()) if (name !== 'node_modules') yield* filesIn(join(path, name));
}

install();
let failed = false;
for (const name of names) {
  const core = await load(name);
  const ruleset = asRuleset(core.lintel, name);
  const sum = { documents: 0, findings: 0, explained: 0, unexplained: 0, stock: 0, lintel: 0 };
  for (const file of positionals.flatMap((path) => [...filesIn(resolve(path))])) {
    if (!/\.(?:ya?ml|json)$/.test(file)) continue;
    const text = readFileSync(file, 'utf8');
    if (!looksLikeApi(text)) continue;
    const uri = spelledUri(pathToFileURL(file).href);
    const begun = performance.now();
    const stock = await runStock(core.stock, uri, text);
    const between = performance.now();
    const lintel = await runLintel(ruleset, uri, text);
    sum.stock += between - begun;
    sum.lintel += performance.now() - between;
    const all = differences(stock, lintel);
    const strange = unexplained(all);
    sum.documents++;
    sum.findings += stock.length;
    sum.explained += all.length - strange.length;
    sum.unexplained += strange.length;
    if (strange.length > 0) console.log(`${file}: ${strange.length} differences`);
    for (const line of strange.slice(0, Number(options.limit))) console.log(`  ${line.replaceAll('\t', '  ')}`);
  }
  failed ||= sum.unexplained > 0;
  const ratio = (sum.stock / sum.lintel).toFixed(1);
  console.log(
    `${name}: ${sum.documents} documents, ${sum.findings} findings, ${sum.explained} known differences, ` +
      `${sum.unexplained} unexplained; Spectral ${sum.stock.toFixed(0)} ms, Lintel ${sum.lintel.toFixed(0)} ms, ${ratio}×`,
  );
}
process.exitCode = failed ? 1 : 0;
