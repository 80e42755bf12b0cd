/**
 * Runs Lintel over real documents and code: `npm run corpus -- PATH… [options]`.
 *
 *   --preset recommended|strict|security|events   (default: recommended); in strict all rules for code are on too
 *   --lintel-only                 without Spectral's own rules
 *   --exclude PATTERN             leave files out, written as in .gitignore; repeatable
 *   --files N                     how many files to list, those with most findings first (default 40)
 *   --rule ID [--show N]          print N findings of a rule (default 20), spread over all, with their lines, to be read
 *   --fix [--unsafe]              try the safe (or all) fixes out on every file, in memory: the text still parses, no
 *                                 error is new, every comment is kept, and mending once more changes nothing
 *
 * Prints counts per rule and file, findings per 1,000 lines, time and crashes. Rulesets in the folders are not used.
 * Exit code 1: something crashed, or a fix broke its file.
 */
import { relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import ignore from 'ignore';
import { Lexer } from 'yaml';
import { rules as builtIn } from '../rulesets/index.ts';
import { type Config, defaultConfig } from '../server/core/config.ts';
import { createLintel } from '../server/core/create.ts';
import { looksLikeApi, parseApiDocument } from '../server/core/document.ts';
import { type Finding, type Severity, severities } from '../server/core/finding.ts';
import type { Host } from '../server/core/host.ts';
import type { Lintel } from '../server/core/lintel.ts';
import type { Rule } from '../server/core/rule.ts';
import { codeProject } from '../server/core/typescript/project.ts';
import { spelledUri } from '../server/core/uri.ts';
import { selectFiles } from '../server/files.ts';
import { nodeHost } from '../server/host.ts';
import { locator } from '../server/report/position.ts';

const presets = ['recommended', 'strict', 'security', 'events'] as const;
export type Preset = (typeof presets)[number];

export interface Selection {
  readonly preset: Preset;
  readonly lintelOnly: boolean;
  /** Lintel's own rules; all of them when absent. */
  readonly rules?: readonly Rule[];
}

/** Lintel over a host, and the settings that put a selection of rules in force whatever ruleset lies beside the files. */
export function lintelWith({ preset, lintelOnly, rules = builtIn }: Selection, host: Host): { lintel: Lintel; config: Config } {
  const lintel = createLintel(host, rules);
  const ruleset = 'file:///corpus/.spectral.yaml';
  const own = preset === 'recommended' ? ['lintel:openapi', 'lintel:asyncapi'] : [`lintel:${preset}`];
  const text = JSON.stringify({ extends: [...(lintelOnly ? [] : ['spectral:oas', 'spectral:asyncapi']), ...own] });
  lintel.open(ruleset, text, 0);
  const added = rules.filter((rule) => preset === 'strict' && rule.on === 'code' && rule.optIn);
  const levels = Object.fromEntries(added.map((rule) => [rule.id, rule.severity]));
  return { lintel, config: { ...defaultConfig, ruleset, rules: levels, trusted: false } };
}

const isCode = (uri: string) => /\.[cm]?[jt]sx?$/i.test(uri);

/** As what a file is checked; undefined for what is not Lintel's business. */
export function kindOf(uri: string, text: string): 'documents' | 'code' | undefined {
  if (isCode(uri) || /\.sql$/i.test(uri)) return 'code';
  return looksLikeApi(text) && parseApiDocument(uri, text).format ? 'documents' : undefined;
}

/** What fixes did to a file, tried out in memory. */
export interface Trial {
  readonly mended: number;
  /** A sentence for everything they broke. */
  readonly broken: readonly string[];
  /** Paths of values that were there and are gone or changed; what a fix only adds is not among them. */
  readonly altered: readonly string[];
}

/** Applies the safe (or, with `unsafe`, all) fixes of one file and looks at what came out. */
export async function tryFixes(uri: string, host: Host, selection: Selection, unsafe: boolean): Promise<Trial> {
  const first = lintelWith(selection, host);
  const { texts, mended } = await first.lintel.fixAll(uri, first.config, { unsafe });
  if (texts.size === 0) return { mended: 0, broken: [], altered: [] };
  const broken: string[] = [];
  const altered: string[] = [];
  for (const [file, text] of texts) {
    const before = host.read(file) ?? '';
    broken.push(...without(syntaxErrors(file, text), syntaxErrors(file, before)).map((error) => `No longer parses: ${error}`));
    broken.push(...without(comments(file, before), comments(file, text)).map((comment) => `Lost the comment: ${comment}`));
    if (!isCode(file)) {
      altered.push(...without(leaves(parseApiDocument(file, before).data), leaves(parseApiDocument(file, text).data)));
    }
  }
  const second = lintelWith(selection, { ...host, read: (file) => texts.get(file) ?? host.read(file) });
  const errors = async ({ lintel, config }: typeof first) => (await lintel.check(uri, config)).filter(isError).map(describe);
  broken.push(...without(await errors(second), await errors(first)).map((error) => `New error: ${error}`));
  const again = await second.lintel.fixAll(uri, second.config, { unsafe });
  if (again.texts.size > 0)
    broken.push(`Mending once more changes it: ${[...new Set(again.mended.map(({ rule }) => rule))].join(', ')}`);
  return { mended: mended.length, broken, altered };
}

const isError = (finding: Finding) => finding.severity === 'error';
const describe = (finding: Finding) => `${finding.rule}: ${finding.message}`;

/** What is in the first list more often than in the second. */
function without(list: readonly string[], taken: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const each of taken) left.set(each, (left.get(each) ?? 0) + 1);
  return list.filter((each) => {
    const count = left.get(each) ?? 0;
    left.set(each, count - 1);
    return count <= 0;
  });
}

function syntaxErrors(uri: string, text: string): string[] {
  if (!isCode(uri)) return parseApiDocument(uri, text).tree.errors.map(({ message }) => message);
  return codeProject(nodeHost)
    .file(uri, text)
    .errors.map(({ start, end }) => text.slice(start, end));
}

/** The comments of a text; of JSON and code, those that begin a line. */
function comments(uri: string, text: string): string[] {
  if (!/\.ya?ml$/i.test(uri)) return [...text.matchAll(/^[ \t]*((?:\/\/|\/?\*).*)$/gm)].map((match) => match[1] as string);
  const tokens = [...new Lexer().lex(text)];
  // The lexer announces a scalar with U+001F: what follows it is text, whatever it begins with.
  return tokens.filter((token, index) => token.startsWith('#') && tokens[index - 1] !== '\u001f');
}

/** `path = value` for every scalar of a document. */
function leaves(data: unknown, path = ''): string[] {
  if (typeof data !== 'object' || data === null) return [`${path} = ${JSON.stringify(data)}`];
  return Object.entries(data).flatMap(([key, value]) => leaves(value, `${path}/${key}`));
}

/** Evenly spread entries of a list: reading them is reading a fair part of it. */
export function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, index) => list[Math.floor((index * list.length) / count)] as T);
}

/** What was seen in one file. */
export interface Row {
  readonly name: string;
  readonly kind: 'documents' | 'code';
  readonly lines: number;
  /** Milliseconds the check took, reading and parsing included. */
  readonly ms: number;
  /** How often each rule reported. */
  readonly found: ReadonlyMap<string, { readonly severity: Severity; readonly count: number }>;
  /** What failed: a rule, or the check itself. */
  readonly crashes: readonly string[];
  /** Findings of the rule that is to be read: place, line and message. */
  readonly shown: readonly string[];
}

/** Checks files one by one; a file is let go before the next one is read. `rule` names the rule whose findings are shown. */
export async function* checkFiles(paths: readonly string[], selection: Selection, rule?: string): AsyncGenerator<Row> {
  let { lintel, config } = lintelWith(selection, nodeHost);
  for (const [index, path] of paths.entries()) {
    // The code models of a whole checkout would not fit into memory.
    if (index % filesPerLintel === 0) ({ lintel, config } = lintelWith(selection, nodeHost));
    const uri = spelledUri(pathToFileURL(path).href);
    const text = nodeHost.read(uri) ?? '';
    const kind = kindOf(uri, text);
    if (kind === undefined) continue;
    const begin = performance.now();
    const found = new Map<string, { severity: Severity; count: number }>();
    const crashes: string[] = [];
    let findings: readonly Finding[] = [];
    try {
      findings = await lintel.check(uri, config);
    } catch (error) {
      crashes.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    const ms = performance.now() - begin;
    const locate = locator({ text: lintel.text, name: nameOf, rules: lintel.rules });
    const shown: string[] = [];
    for (const finding of findings) {
      if (finding.rule === 'rule-failed') crashes.push(finding.message);
      const known = found.get(finding.rule) ?? { severity: finding.severity, count: 0 };
      found.set(finding.rule, { ...known, count: known.count + 1 });
      if (finding.rule !== rule) continue;
      const { line, column } = locate(finding.uri, finding).start;
      const source = lintel
        .text(finding.uri)
        ?.split(/\r\n|\n|\r/)
        [line - 1]?.trim();
      shown.push(`${nameOf(finding.uri)}:${line}:${column}\n    ${source}\n    ${finding.message}\n`);
    }
    yield { name: nameOf(uri), kind, lines: text.split('\n').length, ms, found, crashes, shown };
  }
}

const filesPerLintel = 1000;

function nameOf(uri: string): string {
  return relative(process.cwd(), fileURLToPath(uri)).replaceAll(sep, '/');
}

/** The counts of a run as tables: all in all, by rule, and the files with most findings. */
export function summary(rows: readonly Row[], mostFiles: number): string {
  const kinds = (['documents', 'code'] as const).filter((kind) => rows.some((row) => row.kind === kind));
  const lines = (part: readonly Row[]) => part.reduce((sum, row) => sum + row.lines, 0);
  const count = (row: Row) => [...row.found.values()].reduce((sum, each) => sum + each.count, 0);
  const findings = (part: readonly Row[]) => part.reduce((sum, row) => sum + count(row), 0);
  const time = (part: readonly Row[]) => round(part.reduce((sum, row) => sum + row.ms, 0) / 1000, 1);
  const rate = (number: number, part: readonly Row[]) => round((1000 * number) / Math.max(1, lines(part)), 2);
  const all = kinds.map((kind) => {
    const part = rows.filter((row) => row.kind === kind);
    return [kind, part.length, lines(part), findings(part), rate(findings(part), part), time(part)];
  });
  const byRule = kinds.flatMap((kind) => {
    const part = rows.filter((row) => row.kind === kind);
    const ids = [...new Set(part.flatMap((row) => [...row.found.keys()]))].sort();
    return ids.map((id) => {
      const hits = part.flatMap((row) => row.found.get(id) ?? []);
      const total = hits.reduce((sum, hit) => sum + hit.count, 0);
      return [id, hits[0]?.severity ?? '', total, hits.length, rate(total, part)];
    });
  });
  const worst = [...rows].sort((a, b) => count(b) - count(a)).slice(0, mostFiles);
  const byFile = worst
    .filter((row) => count(row) > 0)
    .map((row) => {
      const graded = severities.map((severity) =>
        [...row.found.values()].reduce((sum, each) => sum + (each.severity === severity ? each.count : 0), 0),
      );
      return [row.lines, Math.round(row.ms), ...graded, row.name];
    });
  return [
    table(['checked', 'files', 'lines', 'findings', 'per 1,000 lines', 'seconds'], all),
    table(['rule', 'severity', 'findings', 'files', 'per 1,000 lines'], byRule),
    table(['lines', 'ms', ...severities, 'file'], byFile),
  ].join('\n');
}

const round = (number: number, digits: number) => Number(number.toFixed(digits));

/** Columns of text: words to the left, numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => String(row[column]).length)));
  const line = (row: readonly (string | number)[]) =>
    row.map((cell, column) => {
      const isNumber = typeof (rows[0] ?? head)[column] === 'number';
      return isNumber ? String(cell).padStart(widths[column] as number) : String(cell).padEnd(widths[column] as number);
    });
  return [head, ...rows].map((row) => `${line(row).join('  ').trimEnd()}\n`).join('');
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      preset: { type: 'string', default: 'recommended' },
      'lintel-only': { type: 'boolean', default: false },
      exclude: { type: 'string', multiple: true, default: [] },
      rule: { type: 'string' },
      show: { type: 'string', default: '20' },
      files: { type: 'string', default: '40' },
      fix: { type: 'boolean', default: false },
      unsafe: { type: 'boolean', default: false },
    },
  });
  const { rule } = values;
  const preset = presets.find((name) => name === values.preset);
  if (!preset) return fail(`\`--preset\` is one of ${presets.join(', ')}.`);
  if (positionals.length === 0) return fail('Name folders or files: npm run corpus -- PATH….');
  const { files, missing } = await selectFiles(positionals, process.cwd());
  if (missing.length > 0) return fail(`Nothing found at ${missing.join(', ')}.`);
  const excluded = ignore().add(values.exclude);
  const paths = files.filter((path) => !excluded.ignores(path.replaceAll(sep, '/').replace(/^.*?\//, '')));
  const selection = { preset, lintelOnly: values['lintel-only'] } as const;
  if (values.fix) return fixFiles(paths, selection, values.unsafe);

  const rows: Row[] = [];
  for await (const row of checkFiles(paths, selection, rule)) {
    rows.push(row);
    for (const crash of row.crashes) process.stdout.write(`Crash in ${row.name}: ${crash}\n`);
    progress(`${rows.length} files checked: ${row.name}`);
  }
  progress('');
  const shown = rows.flatMap((row) => row.shown);
  if (rule === undefined) process.stdout.write(summary(rows, Number(values.files)));
  else process.stdout.write(`${spread(shown, Number(values.show)).join('')}${shown.length} findings of ${rule}.\n`);
  const crashes = rows.reduce((sum, row) => sum + row.crashes.length, 0);
  process.stdout.write(`\n${crashes === 0 ? 'No' : crashes} crashes.\n`);
  return crashes > 0 ? 1 : 0;
}

async function fixFiles(paths: readonly string[], selection: Selection, unsafe: boolean): Promise<number> {
  let [tried, mended, failed] = [0, 0, 0];
  for (const path of paths) {
    const uri = spelledUri(pathToFileURL(path).href);
    if (kindOf(uri, nodeHost.read(uri) ?? '') === undefined) continue;
    progress(nameOf(uri));
    const trial = await tryFixes(uri, nodeHost, selection, unsafe).catch((error: Error): Trial => ({
      mended: 0,
      broken: [`Crashed: ${error.stack}`],
      altered: [],
    }));
    tried++;
    mended += trial.mended;
    if (trial.broken.length > 0) failed++;
    for (const sentence of trial.broken) process.stdout.write(`${nameOf(uri)}: ${sentence}\n`);
    if (trial.mended === 0) continue;
    process.stdout.write(`${nameOf(uri)}: ${trial.mended} mended, ${trial.altered.length} values altered\n`);
    for (const value of trial.altered.slice(0, 5)) process.stdout.write(`    ${value}\n`);
  }
  progress('');
  process.stdout.write(`${tried} files, ${mended} findings mended, ${failed} files broken.\n`);
  return failed > 0 ? 1 : 0;
}

/** One line that is written over, on a terminal only. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line.slice(0, 100)}`);
}

function fail(message: string): number {
  process.stderr.write(`corpus: ${message}\n`);
  return 2;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
