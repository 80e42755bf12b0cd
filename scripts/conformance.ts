/**
 * Holds Lintel against suites of documents whose verdict is known: `npm run conformance -- DIR [--list]`. A document in
 * a folder `fail`, or named `invalid…`, must be found wrong, with one to three findings; one in `pass`, or named
 * `valid…`, must not. What counts are errors of the rules on structure: those that stand for the specification.
 * Exits with 1 when a verdict is missed.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rules } from '../rulesets/index.ts';
import { type ApiDocument, parseApiDocument } from '../server/core/document.ts';
import { Api } from '../server/core/model/api.ts';
import { type ApiRule, matchesFormat, problemsIn } from '../server/core/rule.ts';
import { nodeHost } from '../server/host.ts';

const structural = rules.filter((rule): rule is ApiRule => rule.on === 'api' && (rule.replaces?.length ?? 0) > 0);

interface Row {
  valid: number;
  flagged: number;
  invalid: number;
  caught: number;
  concise: number;
}

function load(uri: string): ApiDocument | undefined {
  const text = nodeHost.read(uri);
  return text === undefined ? undefined : parseApiDocument(uri, text);
}

/** The messages of a document's errors; undefined for what is no description by itself. */
function errorsOf(file: string): string[] | undefined {
  const doc = parseApiDocument(pathToFileURL(file).href, readFileSync(file, 'utf8'));
  if (!doc.format) return undefined;
  const api = new Api(doc, doc.format, load);
  const found = doc.tree.errors.map(({ message }) => `syntax: ${message}`);
  for (const rule of structural) {
    if (!matchesFormat(rule.formats, doc.format)) continue;
    for (const { message, severity = rule.severity } of problemsIn(rule.check(api, {}))) {
      if (severity === 'error') found.push(`${rule.id}: ${message}`);
    }
  }
  return found;
}

/** The verdict that a file's name or folder gives. */
function verdictOf(file: string): boolean | undefined {
  const name = basename(file);
  if (/^invalid/.test(name) || file.split(sep).includes('fail')) return false;
  return /^valid/.test(name) || file.split(sep).includes('pass') ? true : undefined;
}

function main(folder: string, list: boolean): void {
  const rows = new Map<string, Row>();
  const misses: string[] = [];
  for (const name of globSync('**/*.{yaml,yml,json}', { cwd: folder }).sort()) {
    const file = join(folder, name);
    const valid = verdictOf(file);
    const all = valid === undefined ? undefined : errorsOf(file);
    if (valid === undefined || all === undefined) continue;
    // Suites of folders hold parts of descriptions against the schemas alone.
    const errors = /^(?:in)?valid/.test(basename(file)) ? all : all.filter((error) => /^(?:structure|syntax):/.test(error));
    const suite =
      relative(folder, file)
        .split(sep)
        .slice(0, -1)
        .filter((part) => !/^(?:pass|fail|Fields Types)$/.test(part))
        .slice(0, 2)
        .join('/') || '.';
    const row = rows.get(suite) ?? { valid: 0, flagged: 0, invalid: 0, caught: 0, concise: 0 };
    rows.set(suite, row);
    if (valid) {
      row.valid++;
      if (errors.length > 0) row.flagged++;
    } else {
      row.invalid++;
      if (errors.length > 0) row.caught++;
      if (errors.length > 0 && errors.length <= 3) row.concise++;
    }
    const missed = valid ? errors.length > 0 : errors.length === 0 || errors.length > 3;
    if (missed) misses.push(`${name}: ${errors.length === 0 ? 'not caught' : `${errors.length} findings`}`);
    if (missed || list) misses.push(...errors.map((error) => `  ${error}`));
    if (list && !missed && errors.length > 0) misses.splice(misses.length - errors.length, 0, name);
  }
  const total: Row = { valid: 0, flagged: 0, invalid: 0, caught: 0, concise: 0 };
  for (const row of rows.values()) for (const key of Object.keys(total) as (keyof Row)[]) total[key] += row[key];
  const line = (name: string, { valid, flagged, invalid, caught, concise }: Row) =>
    `| ${name} | ${invalid} | ${caught} | ${concise} | ${valid} | ${flagged} |`;
  console.log('| suite | invalid | caught | with 1 to 3 findings | valid | flagged |\n|---|---|---|---|---|---|');
  for (const [name, row] of rows) console.log(line(name, row));
  console.log(line('**all**', total));
  for (const miss of misses) console.log(miss);
  if (total.caught < total.invalid || total.concise < total.caught || total.flagged > 0) process.exitCode = 1;
}

const [folder, option] = process.argv.slice(2);
if (folder === undefined || (option !== undefined && option !== '--list')) {
  console.error('Name a folder: npm run conformance -- DIR [--list]');
  process.exitCode = 2;
} else {
  main(folder, option === '--list');
}
