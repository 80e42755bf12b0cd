/**
 * Measures what a person waits for: `npm run bench [-- --corpus] [--quick] [--source] [--whole FILE.yaml…] [FILE.yaml…]`.
 *
 * Starts `dist/server.cjs` over stdio as an editor does, and runs stock Spectral, yaml-language-server and, where they are
 * installed, the command lines of Spectral and Redocly beside it, on documents written for the project and, with `--corpus`, on
 * big real ones, which takes long; further documents can be named, and with `--whole` such as are only checked by command lines.
 * Prints the tables and writes them into README.md beside this file. `--quick` only shows that everything runs and writes
 * nothing; `--source` starts the server from its sources instead of the bundle.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { memoryOptions } from '../../client/memory.ts';
import { type Effort, type Measured, measure, type Subject } from './client.ts';
import { openApi, typescript } from './documents.ts';
import { type MeasuredYaml, measureYaml } from './yaml.ts';

const root = join(import.meta.dirname, '../..');
const register = ['--import', pathToFileURL(join(root, 'test/register.mjs')).href];

const efforts = {
  full: { starts: 5, keys: 25, burst: 60, pause: 60, limit: 20_000 },
  quick: { starts: 1, keys: 2, burst: 3, pause: 10, limit: 1000 },
} satisfies Record<string, Effort>;

/** What stock Spectral takes: milliseconds from the start of its process to the first result, and of every further run. */
interface Stock {
  readonly start: number;
  readonly again: readonly number[];
  readonly memory: number;
}

/** The value that half, or `share`, of a list does not exceed; NaN of an empty list. */
export function quantile(list: readonly number[], share: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Runs `spectral.ts` or `full.ts` in a process of its own. */
async function runAlone(program: 'spectral.ts' | 'full.ts', file: string, { keys, limit }: Effort): Promise<Stock> {
  const begin = performance.now();
  const child = spawn(process.execPath, [...register, join(import.meta.dirname, program), file, `${keys + 1}`, `${limit}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let start = Number.NaN;
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (output === '') start = performance.now() - begin;
    output += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} failed on ${file}.`);
  const lines = output.trim().split('\n');
  return { start, again: lines.slice(1, -1).map(Number), memory: Number(lines.at(-1)?.replace('memory ', '')) };
}

/** Milliseconds of whole runs of a command line, fewer when they take long; empty where it is not installed. */
function runCommand(command: readonly string[] | undefined, { starts, limit }: Effort): number[] {
  const taken: number[] = [];
  while (command && taken.length < Math.min(3, starts) && taken.reduce((sum, each) => sum + each, 0) < limit) {
    const begin = performance.now();
    const { error } = spawnSync(command[0] as string, command.slice(1), { stdio: 'ignore' });
    if (error) throw error;
    taken.push(performance.now() - begin);
  }
  return taken;
}

/** A program on the PATH, where npm puts those of `node_modules`. */
function installed(name: string): string[] | undefined {
  const command = process.platform === 'win32' ? `${name}.cmd` : name;
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error ? undefined : [command];
}

interface Document extends Subject {
  readonly file: string;
  /** A ruleset file stands beside it; measured in the editor alone. */
  readonly isRuled?: boolean;
}

/** The documents, written into a folder; in the text of the middle there is typing. */
function documentsIn(folder: string, quick: boolean, corpus: boolean, others: readonly string[]): Document[] {
  const made = [
    { name: 'OpenAPI, 100 lines', file: 'small.yaml', text: openApi(100) },
    { name: 'OpenAPI, 5,000 lines', file: 'large.yaml', text: openApi(5000) },
    { name: 'TypeScript, 1,000 lines', file: 'code.ts', text: typescript(1000) },
  ].filter(({ file }) => !quick || file !== 'large.yaml');
  for (const { file, text } of made) writeFileSync(join(folder, file), text);
  const real = ['adyen-management.yaml', 'twilio-api.yaml', 'stripe.yaml']
    .map((name) => join(root, '../shared/corpus/openapi', name))
    .filter((file) => corpus && existsSync(file));
  const stripe = real.find((file) => basename(file) === 'stripe.yaml');
  return [
    ...made.map(({ name, file }) => documentOf(name, join(folder, file))),
    ...[...real, ...others].map((file) => documentOf(basename(file, '.yaml'), file)),
    ...(stripe ? [withRuleset(stripe, join(folder, 'ruled'))] : []),
  ];
}

/** A copy of a document in a folder with a ruleset file, as teams have one: then Spectral's own rules speak. */
function withRuleset(file: string, folder: string): Document {
  mkdirSync(folder);
  copyFileSync(file, join(folder, basename(file)));
  writeFileSync(join(folder, '.spectral.yaml'), 'extends: spectral:oas\n');
  const document = documentOf(`${basename(file, '.yaml')}, \`spectral:oas\``, join(folder, basename(file)));
  return { ...document, isRuled: true };
}

/** Descriptions of messages among the examples of AsyncAPI; nobody types in them. */
function messagesIn(corpus: boolean): Pick<Document, 'name' | 'file'>[] {
  return ['slack-rtm-asyncapi', 'streetlights-kafka-asyncapi']
    .map((name) => ({ name, file: join(root, `../shared/corpus/asyncapi/${name}.yml`) }))
    .filter(({ file }) => corpus && existsSync(file));
}

function documentOf(name: string, file: string): Document {
  const text = readFileSync(file, 'utf8');
  const language = file.endsWith('.ts') ? 'typescript' : 'yaml';
  const prose = language === 'yaml' ? /description: (?=[A-Za-z])/g : /title: '/g;
  prose.lastIndex = Math.floor(text.length / 2);
  const match = prose.exec(text);
  if (!match) throw new Error(`There is nowhere to type in ${file}.`);
  return { name, file, uri: pathToFileURL(file).href, language, text, at: match.index + match[0].length };
}

const pair = (list: readonly number[]) => `${number(quantile(list, 0.5))} / ${number(quantile(list, 0.95))}`;

const longest = (list: readonly number[]) => `${number(quantile(list, 0.95))} / ${number(quantile(list, 1))}`;

function number(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, column) => (column === 0 ? '---' : '--:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

interface Row {
  readonly name: string;
  readonly lintel: Measured;
  readonly yaml: MeasuredYaml | undefined;
}

function editorTable(rows: readonly Row[]): string {
  const typing = ['key', 'key in a burst', 'key: all rules', 'others', 'others: moved', 'others: idle'];
  const head = ['document', 'spawn', 'open', ...typing, 'cancel', 'cancel: opened', 'memory'];
  return table(
    head,
    rows.map(({ name, lintel }) => [
      name,
      number(quantile(lintel.spawn, 0.5)),
      `${number(quantile(lintel.answer, 0.5))}, ${number(quantile(lintel.finding, 0.5))}`,
      pair(lintel.key),
      pair(lintel.burst),
      pair(lintel.all),
      longest(lintel.others),
      longest(lintel.othersMoved),
      longest(lintel.othersIdle),
      pair(lintel.cancel),
      pair(lintel.cancelOpen),
      `${number(lintel.memory)}, ${number(lintel.memoryMoved)}`,
    ]),
  );
}

function yamlTable(rows: readonly Row[]): string {
  return table(
    ['document', 'yaml-language-server: start', 'key', 'memory'],
    rows.flatMap(({ name, yaml }) => (yaml ? [[name, number(yaml.start), pair(yaml.key), number(yaml.memory)]] : [])),
  );
}

/** A whole check of a text that was never seen before, with the same rules: Lintel and stock Spectral, and how they compare. */
async function ruleTable(documents: readonly Pick<Document, 'name' | 'file'>[], effort: Effort): Promise<string> {
  const rows: string[][] = [];
  for (const { name, file } of documents) {
    process.stderr.write(`${name}, the same rules\n`);
    const lintel = await runAlone('full.ts', file, effort);
    const stock = await runAlone('spectral.ts', file, effort);
    const ratio = quantile(stock.again, 0.5) / quantile(lintel.again, 0.5);
    const times = [lintel, stock].flatMap(({ start, again }) => [number(start), pair(again)]);
    rows.push([name, ...times, `${number(ratio)} ×`, number(stock.memory)]);
  }
  return table(['document', 'Lintel: start', 'run', 'Spectral: start', 'run', 'ratio of runs', 'Spectral: memory'], rows);
}

/** Whole runs of command lines over one document, beside one another. */
function commandTable(documents: readonly Pick<Document, 'name' | 'file'>[], folder: string, effort: Effort): string {
  const ruleset = join(folder, 'spectral-default.yaml');
  writeFileSync(ruleset, 'extends: ["spectral:oas", "spectral:asyncapi"]\n');
  const [spectral, redocly] = [installed('spectral'), installed('redocly')];
  const median = (command: readonly string[] | undefined) => number(quantile(runCommand(command, effort), 0.5));
  return table(
    ['document', '`lintel check`', '`spectral lint`', '`redocly lint`'],
    documents.map(({ name, file }) => [
      name,
      median([process.execPath, join(root, 'dist/cli.cjs'), 'check', file]),
      median(spectral && [...spectral, 'lint', '--ruleset', ruleset, file]),
      median(redocly && [...redocly, 'lint', file]),
    ]),
  );
}

/** Puts a text between the markers of README.md. */
export function insert(readme: string, text: string): string {
  return readme.replace(
    /(<!-- measured -->\n)[\s\S]*(<!-- \/measured -->)/,
    (_, begin: string, end: string) => `${begin}${text}${end}`,
  );
}

async function main(argv: readonly string[]): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    corpus: flag,
    quick: flag,
    source: flag,
    whole: { type: 'string', multiple: true, default: [] as string[] },
  } as const;
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const { corpus, quick, source, whole } = values;
  const effort = quick ? efforts.quick : efforts.full;
  const server = source ? [...register, join(root, 'server/main.ts')] : [join(root, 'dist/server.cjs')];
  const folder = mkdtempSync(join(tmpdir(), 'lintel-bench-'));
  try {
    const documents = documentsIn(folder, quick, corpus, positionals);
    const rows: Row[] = [];
    for (const document of documents) {
      process.stderr.write(`${document.name}\n`);
      const lintel = await measure(document, [process.execPath, ...memoryOptions(), ...server, '--stdio'], effort);
      const isYaml = document.language === 'yaml' && !document.isRuled;
      const yaml = isYaml ? await measureYaml(document, effort) : undefined;
      rows.push({ name: document.name, lintel, yaml });
    }
    const inYaml = documents.filter(({ language, isRuled }) => language === 'yaml' && !isRuled);
    const system = `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores.`;
    const editors = `${system}\n\n${editorTable(rows)}\n${yamlTable(rows)}\n`;
    process.stdout.write(editors);
    const sameRules = await ruleTable([...inYaml, ...messagesIn(corpus)], effort);
    process.stdout.write(sameRules);
    if (source) return;
    const wholes = whole.map((file) => ({ name: basename(file, '.yaml'), file }));
    const commands = `\n${commandTable([...inYaml, ...wholes], folder, effort)}`;
    process.stdout.write(commands);
    if (quick) return;
    const readme = join(import.meta.dirname, 'README.md');
    writeFileSync(readme, insert(readFileSync(readme, 'utf8'), editors + sameRules + commands));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await main(process.argv.slice(2));
