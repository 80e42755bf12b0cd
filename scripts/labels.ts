/**
 * Holds the code rules against labelled real files: `npm run labels -- DIR [--labels FILE] [--missing]`.
 *
 * DIR holds checkouts at the labels' commits, each in `<owner>/<name>/`. Prints the recall of every rule, the lines that
 * were missed, what was reported on lines nobody labelled, and every finding on a line that must stay silent; one of
 * those makes the exit code 1. `--missing` only says which files DIR lacks. A labelled rule that Lintel does not have is
 * listed and counts as nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { rules } from '../rulesets/index.ts';
import { defaultConfig } from '../server/core/config.ts';
import { createLintel } from '../server/core/create.ts';
import { spelledUri } from '../server/core/uri.ts';
import { nodeHost } from '../server/host.ts';
import { locator } from '../server/report/position.ts';

/** What a person says about one line of a file; lines count from 1. */
export interface Label {
  readonly line: number;
  readonly rule: string;
  readonly why: string;
}

/** One real file and what is to be said about it, and what must not be. */
export interface LabelledFile {
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
  readonly expect: readonly Label[];
  readonly must_not: readonly Label[];
}

/** A finding as labels see it: its rule and the lines it covers, first and last. */
export interface Reported {
  readonly rule: string;
  readonly first: number;
  readonly last: number;
  readonly message: string;
}

/** What findings are worth against labels; every entry names its file. */
export interface Score {
  /** Expected and found lines by rule that Lintel has. */
  readonly recall: ReadonlyMap<string, { readonly expected: number; readonly found: number }>;
  readonly missed: readonly (Label & { readonly file: string })[];
  readonly wrong: readonly (Label & { readonly file: string; readonly message: string })[];
  readonly unlabelled: readonly (Reported & { readonly file: string })[];
  /** Labelled lines by rule that Lintel does not have. */
  readonly unknown: ReadonlyMap<string, number>;
}

/**
 * Compares findings with labels. A finding is on a line when its range covers it.
 * @param files the labelled files with what was reported in each
 * @param known ids of the rules that ran
 */
export function score(
  files: readonly { readonly labels: LabelledFile; readonly reported: readonly Reported[] }[],
  known: ReadonlySet<string>,
): Score {
  const recall = new Map<string, { expected: number; found: number }>();
  const unknown = new Map<string, number>();
  const missed: Score['missed'][number][] = [];
  const wrong: Score['wrong'][number][] = [];
  const unlabelled: Score['unlabelled'][number][] = [];
  for (const { labels, reported } of files) {
    const file = `${labels.repo}/${labels.path}`;
    const on = (label: Label) => (each: Reported) =>
      each.rule === label.rule && each.first <= label.line && label.line <= each.last;
    for (const label of labels.expect) {
      if (!known.has(label.rule)) {
        unknown.set(label.rule, (unknown.get(label.rule) ?? 0) + 1);
        continue;
      }
      const count = recall.get(label.rule) ?? { expected: 0, found: 0 };
      recall.set(label.rule, count);
      count.expected++;
      if (reported.some(on(label))) count.found++;
      else missed.push({ ...label, file });
    }
    for (const label of labels.must_not) {
      const finding = reported.find(on(label));
      if (finding) wrong.push({ ...label, file, message: finding.message });
    }
    const labelled = [...labels.expect, ...labels.must_not];
    for (const finding of reported) {
      if (!labelled.some((label) => on(label)(finding))) unlabelled.push({ ...finding, file });
    }
  }
  return { recall, missed, wrong, unlabelled, unknown };
}

/** The score as lines for a person. */
export function print({ recall, missed, wrong, unlabelled, unknown }: Score): string {
  const sorted = [...recall].sort(([a], [b]) => (a < b ? -1 : 1));
  const counts = sorted.map(([rule, { expected, found }]) => `  ${`${found}/${expected}`.padEnd(7)} ${rule}`);
  const sum = (key: 'expected' | 'found') => sorted.reduce((total, [, count]) => total + count[key], 0);
  const section = (title: string, lines: readonly string[]) => (lines.length > 0 ? ['', title, ...lines] : []);
  return [
    `Expected lines found: ${sum('found')} of ${sum('expected')}.`,
    ...counts,
    ...section(
      'Missed:',
      missed.map(({ file, line, rule, why }) => `  ${file}:${line}  ${rule}  ${why}`),
    ),
    ...section(
      'Wrong, these lines must stay silent:',
      wrong.map(({ file, line, rule, why, message }) => `  ${file}:${line}  ${rule}  ${why}\n    reported: ${message}`),
    ),
    ...section(
      'Reported on lines without a label, to be read:',
      unlabelled.map(({ file, first, rule, message }) => `  ${file}:${first}  ${rule}  ${message}`),
    ),
    ...section(
      'Labelled for rules that Lintel does not have:',
      [...unknown].sort().map(([rule, lines]) => `  ${`${lines}`.padEnd(7)} ${rule}`),
    ),
    '',
    `${wrong.length === 0 ? 'No' : wrong.length} wrong ${wrong.length === 1 ? 'line' : 'lines'}.`,
    '',
  ].join('\n');
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { labels: { type: 'string', default: '../shared/labels/code.json' }, missing: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) return fail('Name one folder of checkouts: npm run labels -- DIR.');
  if (!existsSync(values.labels)) return fail(`No labels at ${values.labels}. Name the file with --labels.`);
  const labelled = JSON.parse(readFileSync(values.labels, 'utf8')) as LabelledFile[];
  const pathOf = ({ repo, path }: LabelledFile) => resolve(folder, repo, path);
  const missing = labelled.filter((each) => !existsSync(pathOf(each)));
  for (const each of missing) process.stderr.write(`Missing: ${join(each.repo, each.path)} at ${each.commit}\n`);
  if (values.missing) return missing.length > 0 ? 1 : 0;
  if (missing.length === labelled.length) return fail(`None of the labelled files is in ${folder}.`);

  const code = rules.filter((rule) => rule.on === 'code');
  const optIn = code.filter((rule) => rule.optIn).map((rule) => [rule.id, rule.severity] as const);
  const lintel = createLintel(nodeHost, rules);
  const locate = locator({ text: lintel.text, name: (uri) => uri, rules: lintel.rules });
  const files = [];
  for (const labels of labelled.filter((each) => !missing.includes(each))) {
    const uri = spelledUri(pathToFileURL(pathOf(labels)).href);
    const findings = await lintel.check(uri, { ...defaultConfig, rules: Object.fromEntries(optIn) });
    const reported = findings.map((finding) => {
      const { start, end } = locate(uri, finding);
      return { rule: finding.rule, first: start.line, last: end.line, message: finding.message };
    });
    files.push({ labels, reported });
  }
  const result = score(files, new Set(code.map((rule) => rule.id)));
  process.stdout.write(print(result));
  return result.wrong.length > 0 ? 1 : 0;
}

function fail(message: string): number {
  process.stderr.write(`labels: ${message}\n`);
  return 2;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
