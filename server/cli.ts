/** The door for terminals and CI: reads the arguments, asks the facade, prints a report, and exits 0, 1 or 2. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import manifest from '../package.json' with { type: 'json' };
import { rules } from '../rulesets/index.ts';
import { type Config, defaultConfig, isLevel } from './core/config.ts';
import { applyEdits, createLintel } from './core/create.ts';
import { parseApiDocument } from './core/document.ts';
import { compareFindings, type Finding, type Severity, severities } from './core/finding.ts';
import type { Generated, Lintel } from './core/lintel.ts';
import { hostOf, isRemote } from './core/remote.ts';
import type { Rule } from './core/rule.ts';
import { nearest } from './core/structure/nearest.ts';
import { spelledUri } from './core/uri.ts';
import { selectFiles } from './files.ts';
import { nodeHost } from './host.ts';
import { github } from './report/github.ts';
import { json } from './report/json.ts';
import { junit } from './report/junit.ts';
import { locator, type Sources } from './report/position.ts';
import { sarif } from './report/sarif.ts';
import { text } from './report/text.ts';

const usages = {
  check: `  lintel check [paths…]                 Check files, folders and globs (default: the current folder)
    --format text|json|sarif|junit|github   How to print the findings (default: text)
    --fail-on error|warn|info|hint|never    Exit with 1 at findings of this severity or graver (default: warn)
    --ruleset FILE                          Use this Spectral ruleset for every document
    --allow-host HOST                       Fetch what references and rulesets name on this host; may be repeated
    --rule ID=SEVERITY                      Set a rule to error, warn, info, hint or off; may be repeated
    --stdin --stdin-filename FILE           Check what comes on stdin, as if it were this file
    --fix                                   Apply safe fixes in place
    --unsafe                                With --fix: also fixes that a person should look at
`,
  generate: `  lintel generate openapi [entry…]      Write the OpenAPI document of an application: AWS CDK, Elysia, exegesis,
                                        Express, express-openapi,
                                        express-openapi-validator, Fastify, Hono,
                                        inversify-express-utils, itty-router, Koa, NestJS,
                                        Next.js, openapi-backend, oRPC, routing-controllers, SAM,
                                        Serverless Framework, ts-rest, tsoa, typescript-rest;
                                        an entry is the file it begins in, or a folder
                                        (default: the current one) in which that is looked for
               asyncapi [entry…]        Write the AsyncAPI document of what it sends and receives: kafkajs,
                                        amqplib, SQS, SNS, NATS, BullMQ, NestJS, EventEmitter; a folder
                                        means all its sources
               --from FILE              Write the OpenAPI document of samples: cURL commands, HAR, Postman
                                        collections, JSON bodies (- is stdin); may be repeated; no value of a
                                        sample is written, so no secret
    --into FILE [--write]                   Add what FILE, a document, lacks: print it, or write it; comments, order
                                            and what is written by hand stay
    -o, --output FILE                       Write to this file (default: stdout); YAML, or JSON for *.json
`,
  new: `  lintel new openapi|asyncapi [NAME]    Write a starter document; with NAME about this resource or event
    --title TITLE, --openapi 3.1|3.2        What it is called; the version of OpenAPI
             resource|webhook|event NAME    Write a CRUD resource, a webhook or an event: \`orders\`, \`order.paid\`
    --receive                               The event is received, not sent
    --into FILE [--write]                   Add it to this document: print it, or write it
    -o, --output FILE                       Write to this new file (default: stdout); YAML, or JSON for *.json
`,
  code: `  lintel code <document> [OPERATION]    Write TypeScript for the operations of a document, or for one: types, the
                                        interface of their handlers; for OpenAPI a client, for AsyncAPI a publisher
    -o, --output FOLDER                     Where to (default: the current folder); no file is overwritten
`,
  rules: `  lintel rules                          List the built-in rules
    --format text|json                      How to print them (default: text)
`,
  explain: `  lintel explain <rule>                 Print the page of a rule
`,
};

/** What `--help` prints: about one command, or about all. */
function help(command: string | undefined): string {
  const about = Object.entries(usages).filter(([name]) => name === command);
  const usage = (about.length > 0 ? about : Object.entries(usages)).map(([, text]) => text).join('');
  return `Lintel ${manifest.version}: finds and mends what will fail in production
in OpenAPI, AsyncAPI and the TypeScript around them.

Usage
${usage}  lintel --help | --version             Print this, or what a command takes; print the version

Exit codes
  0  nothing at or above --fail-on    1  findings    2  could not run; stderr says why
`;
}

/** What a run touches besides files. */
export interface Io {
  readonly stdout: { write(text: string): unknown };
  /** Errors, notes and, on a terminal, progress. */
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  /** All of stdin. */
  readStdin(): Promise<string>;
  /** Absolute path that relative paths start from. */
  readonly cwd: string;
}

/** A run that cannot go on: what is wrong, and what to do about it. */
class Failure extends Error {}

const reports = { text, json, sarif, junit, github };

/**
 * Runs one command.
 * @param argv the arguments behind the program's name
 * @returns the exit code: 0 clean, 1 findings at or above `--fail-on`, 2 could not run (the reason is on stderr)
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    io.stderr.write(`lintel: ${explainError(error)}\n`);
    return 2;
  }
}

function explainError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = String((error as NodeJS.ErrnoException).code);
  if (!code.startsWith('ERR_PARSE_ARGS')) return error.message;
  // Node goes on to explain `--`, at length and over lines.
  const [first = ''] = error.message.split(/\. |\n/);
  return `${first.replace(/\.?$/, '.')} Run \`lintel --help\` for usage.`;
}

/** The end of a sentence about an unknown name: a question for somebody who may have meant another. */
function meant(name: string, names: Iterable<string>): string {
  const close = nearest(name, names);
  return close === undefined ? '.' : `; did you mean \`${close}\`?`;
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [command, ...rest] = argv;
  if (argv.includes('--help') || argv.includes('-h')) return print(io, help(command));
  if (command === '--version') return print(io, `${manifest.version}\n`);
  const lintel = createLintel(nodeHost, rules);
  lintel.workspace([uriOf('.', io.cwd)]);
  switch (command) {
    case 'check':
      return check(rest, lintel, io);
    case 'generate':
      return generate(rest, lintel, io);
    case 'new':
      return newDocument(rest, lintel, io);
    case 'code':
      return code(rest, lintel, io);
    case 'rules':
      return listRules(rest, lintel, io);
    case 'explain':
      return explain(rest, lintel, io);
    case 'help':
      return print(io, help(rest[0]));
    default:
      throw new Failure(
        `${command ? `Unknown command \`${command}\`${meant(command, Object.keys(usages))}` : 'No command.'} Run \`lintel --help\` for usage.`,
      );
  }
}

function print(io: Io, output: string): number {
  io.stdout.write(output);
  return 0;
}

const checkOptions = {
  format: { type: 'string', default: 'text' },
  'fail-on': { type: 'string', default: 'warn' },
  ruleset: { type: 'string' },
  rule: { type: 'string', multiple: true, default: [] as string[] },
  'allow-host': { type: 'string', multiple: true, default: [] as string[] },
  stdin: { type: 'boolean', default: false },
  'stdin-filename': { type: 'string' },
  fix: { type: 'boolean', default: false },
  unsafe: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;

async function check(args: readonly string[], lintel: Lintel, io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: checkOptions, allowPositionals: true });
  const report = reports[oneOf('--format', values.format, Object.keys(reports) as (keyof typeof reports)[])];
  const failOn = oneOf('--fail-on', values['fail-on'], [...severities, 'never'] as const);
  const config = configOf(values.ruleset, values.rule, values['allow-host'], io.cwd);
  if (values.unsafe && !values.fix) throw new Failure('`--unsafe` says which fixes to apply. Add `--fix`.');
  const wantsStdin = values.stdin || values['stdin-filename'] !== undefined;
  const uris = wantsStdin ? await openStdin(values, positionals, lintel, io) : await urisOf(positionals, io);
  const unreadable = uris.filter((uri) => lintel.text(uri) === undefined);
  const readable = uris.filter((uri) => !unreadable.includes(uri));
  await refuseUnknownRules(Object.keys(config.rules), readable, config, lintel, io);
  if (values.fix) await fixFiles(readable, config, values.unsafe, lintel, io);
  const findings = await findingsOf(readable, config, lintel, io);
  refuseBrokenRuleset(findings, lintel, io);
  io.stdout.write(report(findings, sourcesOf(lintel, io)));
  if (findings.length === 0 && !(await hasChecked(readable, config, lintel))) io.stderr.write(nothingChecked);
  for (const uri of unreadable) {
    io.stderr.write(`lintel: Cannot read \`${nameOf(uri, io.cwd)}\`. Make it readable, or leave it out.\n`);
  }
  return unreadable.length > 0 ? 2 : exitCode(findings, failOn);
}

const nothingChecked =
  'lintel: Nothing was checked: there is no OpenAPI or AsyncAPI document, no TypeScript, JavaScript or SQL. Check the paths.\n';

/** Is one of these files what Lintel checks? A path that is not what somebody thinks looks like a clean run. */
async function hasChecked(uris: readonly string[], config: Config, lintel: Lintel): Promise<boolean> {
  for (const uri of uris) if ((await lintel.status(uri, config)).checked) return true;
  return false;
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new Failure(`\`${option}\` cannot be \`${value}\`. Use one of ${allowed.join(', ')}.`);
  return found;
}

function configOf(ruleset: string | undefined, levels: readonly string[], hosts: readonly string[], cwd: string): Config {
  const isUrl = ruleset !== undefined && isRemote(ruleset);
  const uri = isUrl ? ruleset : ruleset === undefined ? '' : uriOf(ruleset, cwd);
  if (uri && !isUrl && nodeHost.read(uri) === undefined) {
    throw new Failure(`Cannot read the ruleset \`${ruleset}\`. Check the path given to \`--ruleset\`.`);
  }
  // Who names a ruleset by URL wants it fetched.
  const remoteHosts = isUrl ? [...hosts, hostOf(ruleset)] : hosts;
  return { ...defaultConfig, remoteHosts, ruleset: uri, rules: Object.fromEntries(levels.map(levelOf)) };
}

function levelOf(argument: string): [string, Severity | 'off'] {
  const cut = argument.lastIndexOf('=');
  const level = argument.slice(cut + 1);
  if (cut < 1 || !isLevel(level)) {
    throw new Failure(`\`--rule ${argument}\` is not \`id=severity\`. Use one of ${severities.join(', ')}, off as the severity.`);
  }
  return [argument.slice(0, cut), level];
}

/** A misspelt id would silently change nothing. The current folder counts too: code alone may be checked today. */
async function refuseUnknownRules(
  ids: readonly string[],
  uris: readonly string[],
  config: Config,
  lintel: Lintel,
  io: Io,
): Promise<void> {
  for (const id of ids) {
    const places = [uriOf('openapi.yaml', io.cwd), ...uris];
    let known = false;
    for (const uri of places) known ||= await lintel.knows(id, uri, config);
    if (!known) {
      const close = meant(id, lintel.rules.keys());
      throw new Failure(
        `There is no rule \`${id}\`, neither built in nor in a ruleset${close} Run \`lintel rules\` for the list.`,
      );
    }
  }
}

async function openStdin(
  values: { stdin: boolean; 'stdin-filename'?: string; fix: boolean },
  paths: readonly string[],
  lintel: Lintel,
  io: Io,
): Promise<readonly string[]> {
  const filename = values['stdin-filename'];
  if (!values.stdin || !filename) throw new Failure('`--stdin` and `--stdin-filename` go together. Give both.');
  if (paths.length > 0) throw new Failure('`--stdin` takes no paths. Leave out one or the other.');
  if (values.fix) throw new Failure('`--fix` mends files in place and cannot mend stdin. Name the file instead of `--stdin`.');
  const uri = uriOf(filename, io.cwd);
  lintel.open(uri, await io.readStdin(), 1);
  return [uri];
}

async function urisOf(paths: readonly string[], io: Io): Promise<readonly string[]> {
  const { files, missing } = await selectFiles(paths.length > 0 ? paths : ['.'], io.cwd);
  if (missing.length > 0) {
    throw new Failure(
      `Nothing found at ${missing.map((path) => `\`${path}\``).join(', ')}. Check the spelling, and quote globs.`,
    );
  }
  return files.map((file) => uriOf(file, io.cwd));
}

/** The findings of a file when everything on other hosts that it needs has come. */
async function checkWhole(uri: string, config: Config, lintel: Lintel): Promise<readonly Finding[]> {
  let findings = await lintel.check(uri, config);
  while (await lintel.arrivals()) findings = await lintel.check(uri, config);
  return findings;
}

/** Findings of all files in the order of every report. A file that two documents refer to is reported once. */
async function findingsOf(uris: readonly string[], config: Config, lintel: Lintel, io: Io): Promise<readonly Finding[]> {
  const found = new Map<string, Finding>();
  await each('Checking', uris, io, async (uri) => {
    for (const finding of await checkWhole(uri, config, lintel)) {
      const { start, end, rule, message } = finding;
      const key = JSON.stringify([finding.uri, start, end, rule, message]);
      if (!found.has(key)) found.set(key, finding);
    }
  });
  return [...found.values()].sort(compareFindings);
}

/** What a broken ruleset leaves is a run with other rules than those asked for: no result to report. */
function refuseBrokenRuleset(findings: readonly Finding[], lintel: Lintel, io: Io): void {
  const sources = sourcesOf(lintel, io);
  const mistakes = findings
    .filter((finding) => finding.rule === 'ruleset')
    .map((finding) => {
      const { line, column } = locator(sources)(finding.uri, finding).start;
      return `${sources.name(finding.uri)}:${line}:${column}: ${finding.message}`;
    });
  const [first, ...more] = mistakes;
  if (first === undefined) return;
  if (more.length === 0) throw new Failure(`Cannot use the ruleset ${first} Mend the ruleset, or name another.`);
  throw new Failure(`Cannot use the ruleset:\n  ${mistakes.join('\n  ')}\nMend the ruleset, or name another.`);
}

function exitCode(findings: readonly Finding[], failOn: Severity | 'never'): number {
  if (failOn === 'never') return 0;
  const limit = severities.indexOf(failOn);
  return findings.some((finding) => severities.indexOf(finding.severity) <= limit) ? 1 : 0;
}

/** A fix in a shared file can call for one in another, so the round is repeated; the limit ends fixes that undo each other. */
const fixRounds = 10;

async function fixFiles(uris: readonly string[], config: Config, unsafe: boolean, lintel: Lintel, io: Io): Promise<void> {
  let changed = true;
  let count = 0;
  for (let round = 0; changed && round < fixRounds; round++) {
    changed = false;
    await each('Mending', uris, io, async (uri) => {
      refuseBrokenRuleset(await checkWhole(uri, config, lintel), lintel, io);
      const { texts, mended } = await lintel.fixAll(uri, config, { unsafe });
      if (texts.size === 0) return;
      changed = true;
      count += mended.length;
      for (const [file, content] of texts) write(fileURLToPath(file), content, io.cwd);
      lintel.changedOnDisk([...texts.keys()]);
      for (const fix of mended) io.stderr.write(`Mended ${nameOf(fix.uri, io.cwd)}: ${fix.title} (${fix.rule})\n`);
    });
  }
  io.stderr.write(count === 0 ? 'Nothing to mend.\n' : `${count} mended.\n`);
}

/** Milliseconds after which a run counts as long. */
const longRun = 1000;

/** Does one thing after the other; a long run shows on a terminal how far it is. */
async function each(verb: string, uris: readonly string[], io: Io, act: (uri: string) => Promise<void>): Promise<void> {
  const begin = performance.now();
  const clear = '\r\x1b[K';
  let shown = false;
  for (const [index, uri] of uris.entries()) {
    if (io.stderr.isTTY && performance.now() - begin > longRun) {
      io.stderr.write(`${clear}${verb} ${index + 1} of ${uris.length}`);
      shown = true;
    }
    await act(uri);
  }
  if (shown) io.stderr.write(clear);
}

const outputOptions = { output: { type: 'string', short: 'o' } } satisfies ParseArgsOptionsConfig;

const generateOptions = {
  ...outputOptions,
  from: { type: 'string', multiple: true, default: [] as string[] },
  into: { type: 'string' },
  write: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;

async function generate(args: readonly string[], lintel: Lintel, io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: generateOptions, allowPositionals: true });
  const generated = await (values.from.length > 0
    ? generateFrom(values.from, positionals, lintel, io)
    : generateOf(positionals, lintel, io));
  refuseNothing(generated, lintel, io);
  if (values.into === undefined && values.write)
    throw new Failure('`--write` says where a merged document goes. Add `--into FILE`.');
  if (values.into === undefined) deliver(generated.text, values.output, 'w', io);
  else await merge(generated.text, values.into, values, lintel, io);
  sayGaps(generated, lintel, io);
  return 0;
}

/** Brings what was generated into a document: prints it whole, or writes it; says what is new and what the code lacks. */
async function merge(
  generated: string,
  file: string,
  { output, write: inPlace }: { output?: string; write: boolean },
  lintel: Lintel,
  io: Io,
  isPart = false,
): Promise<void> {
  if (output !== undefined) throw new Failure('`--into` and `--output` both say where the document goes. Leave out one.');
  const uri = uriOf(file, io.cwd);
  const before = lintel.text(uri);
  if (before === undefined) throw new Failure(`Cannot read \`${file}\`. Name the document to merge into.`);
  const { edits, added, extra, refused } = await lintel.mergeInto(uri, generated);
  if (refused) throw new Failure(`Cannot merge into \`${file}\`. ${refused}`);
  const after = applyEdits(before, edits);
  if (!inPlace) io.stdout.write(after);
  else if (after !== before) write(fileURLToPath(uri), after, io.cwd);
  const sources = sourcesOf(lintel, io);
  const locate = locator(sources);
  for (const message of added) io.stderr.write(`Added: ${message}\n`);
  // A part says nothing of the rest.
  for (const { message, ...span } of isPart ? [] : extra) {
    const { line, column } = locate(uri, span).start;
    io.stderr.write(`${sources.name(uri)}:${line}:${column}: ${message}\n`);
  }
  if (added.length === 0) io.stderr.write('Nothing to add.\n');
}

async function generateOf([kind, ...named]: readonly string[], lintel: Lintel, io: Io): Promise<Generated> {
  if (kind !== 'openapi' && kind !== 'asyncapi') {
    throw new Failure(
      '`lintel generate` needs a kind. Run `lintel generate openapi src/app.ts`, or `lintel generate asyncapi src`.',
    );
  }
  const entries = named.length > 0 ? named : ['.'];
  const uris = entries.map((entry) => uriOf(entry, io.cwd));
  const unreadable = entries.filter(
    (_, index) => lintel.text(uris[index] as string) === undefined && !nodeHost.isDirectory(uris[index] as string),
  );
  if (unreadable.length > 0) {
    throw new Failure(
      `Cannot read ${unreadable.map((entry) => `\`${entry}\``).join(', ')}. Name the files that create the application.`,
    );
  }
  if (kind === 'asyncapi') return lintel.generateAsyncApi(uris);
  const begun: string[] = [];
  for (const uri of uris) begun.push(nodeHost.isDirectory(uri) ? await applicationIn(uri, lintel, io) : uri);
  return lintel.generateOpenApi(begun);
}

/** More applications than these need not be named for somebody to name one. */
const mostNamed = 12;

/** Where the application of a folder begins; the folder itself where that is one, or has none. */
async function applicationIn(folder: string, lintel: Lintel, io: Io): Promise<string> {
  const found = await lintel.applicationsIn([folder]);
  const [only = folder, ...others] = found;
  const itself = folder.replace(/\/$/, '');
  if (others.length === 0) return only;
  if (found.includes(itself)) return itself;
  const names = found.slice(0, mostNamed).map((uri) => `\`${nameOf(uri, io.cwd)}\``);
  if (found.length > mostNamed) names.push(`${found.length - mostNamed} more`);
  throw new Failure(
    `\`${nameOf(folder, io.cwd) || '.'}\` has ${found.length} applications: ${names.join(', ')}. Name the one to describe.`,
  );
}

/** A document of nothing would take the place of a good one, and nobody would see why. */
function refuseNothing(generated: Generated, lintel: Lintel, io: Io): void {
  if (generated.operations > 0 || /^components:/m.test(generated.text)) return;
  sayNotes(generated, lintel, io);
  throw new Failure('Nothing was found to describe, so no document is written. Name the file that creates the application.');
}

async function generateFrom(
  files: readonly string[],
  positionals: readonly string[],
  lintel: Lintel,
  io: Io,
): Promise<Generated> {
  if (positionals.length > 0)
    throw new Failure('`--from` takes the place of a kind and entry files. Leave out one or the other.');
  for (const file of files) if (file === '-') lintel.open(uriOf(file, io.cwd), await io.readStdin(), 1);
  const samples = files.map((file) => ({ uri: uriOf(file, io.cwd), text: lintel.text(uriOf(file, io.cwd)) }));
  const readable = samples.flatMap(({ uri, text }) => (text === undefined ? [] : { uri, text }));
  if (readable.length < samples.length) {
    const missing = files.filter((_, index) => samples[index]?.text === undefined).map((file) => `\`${file}\``);
    throw new Failure(`Cannot read ${missing.join(', ')}. Name files of cURL commands, HAR, Postman collections or JSON.`);
  }
  return lintel.generateFromSamples(readable);
}

/** What could not be described, and how much could. */
function sayGaps(generated: Generated, lintel: Lintel, io: Io): void {
  const { operations } = generated;
  sayNotes(generated, lintel, io);
  io.stderr.write(`${operations} ${operations === 1 ? 'operation' : 'operations'} found.\n`);
}

function sayNotes({ notes }: Generated, lintel: Lintel, io: Io): void {
  const sources = sourcesOf(lintel, io);
  const locate = locator(sources);
  for (const note of notes) {
    const { line, column } = locate(note.uri, note).start;
    io.stderr.write(`${sources.name(note.uri) || '.'}:${line}:${column}: ${note.message}\n`);
  }
}

const newOptions = {
  ...outputOptions,
  title: { type: 'string' },
  openapi: { type: 'string' },
  receive: { type: 'boolean', default: false },
  into: { type: 'string' },
  write: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;

async function newDocument(args: readonly string[], lintel: Lintel, io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: newOptions, allowPositionals: true });
  const [kind = '', name, ...more] = positionals;
  const isPart = kind === 'resource' || kind === 'webhook' || kind === 'event';
  if ((kind !== 'openapi' && kind !== 'asyncapi' && !isPart) || more.length > 0 || (isPart && !name)) {
    throw new Failure(
      '`lintel new` needs a kind, and a part its name. Run `lintel new openapi`, `asyncapi`, `resource orders`, `webhook order.paid` or `event order.paid`.',
    );
  }
  if (!isPart && values.into !== undefined) throw new Failure('`--into` is for a resource, a webhook or an event. Name one.');
  const document = documentOf(kind, name, values, lintel);
  if (values.into === undefined) deliver(document, values.output, 'wx', io);
  else await merge(document, values.into, values, lintel, io, true);
  return 0;
}

function documentOf(
  kind: 'openapi' | 'asyncapi' | 'resource' | 'webhook' | 'event',
  name: string | undefined,
  { title, openapi, receive }: { title?: string; openapi?: string; receive: boolean },
  lintel: Lintel,
): string {
  if (kind === 'resource') return lintel.scaffold({ kind, name: name as string });
  if (kind === 'webhook') return lintel.scaffold({ kind, event: name as string });
  if (kind === 'event') return lintel.scaffold({ kind, event: name as string, action: receive ? 'receive' : 'send' });
  if (title === undefined && openapi === undefined && name === undefined) return lintel.newDocument(kind);
  if (kind === 'asyncapi') return lintel.scaffold({ kind, title: title ?? 'New events', ...(name && { event: name }) });
  const version = oneOf('--openapi', openapi ?? '3.1', ['3.1', '3.2'] as const);
  return lintel.scaffold({ kind, title: title ?? 'New API', version, ...(name && { resource: name }) });
}

/** Prints a YAML document, or writes it to a file: as JSON where the file's name says so. */
function deliver(document: string, output: string | undefined, flag: 'w' | 'wx', io: Io): void {
  if (output === undefined) {
    io.stdout.write(document);
    return;
  }
  const path = resolve(io.cwd, output);
  const isJson = /\.json$/i.test(path);
  const content = isJson ? `${JSON.stringify(parseApiDocument('', document).data, null, 2)}\n` : document;
  write(path, content, io.cwd, flag);
  io.stderr.write(`Wrote ${nameOf(pathToFileURL(path).href, io.cwd)}.\n`);
}

function write(path: string, content: string, cwd: string, flag: 'w' | 'wx' = 'w'): void {
  try {
    writeFileSync(path, content, { flag });
  } catch (error) {
    const name = nameOf(pathToFileURL(path).href, cwd);
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new Failure(`\`${name}\` exists already. Choose another name, or remove it first.`);
    }
    throw new Failure(
      `Cannot write \`${name}\` (${(error as Error).message}). Check that its folder exists and may be written to.`,
    );
  }
}

/** Writes TypeScript for a document's operations; a file that is there is left as it is. */
async function code(args: readonly string[], lintel: Lintel, io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: outputOptions, allowPositionals: true });
  const [file, operation, ...more] = positionals;
  if (!file || more.length > 0)
    throw new Failure('`lintel code` needs an OpenAPI or AsyncAPI document. Run `lintel code openapi.yaml`.');
  const uri = uriOf(file, io.cwd);
  if (lintel.text(uri) === undefined) throw new Failure(`Cannot read \`${file}\`. Name an OpenAPI or AsyncAPI document.`);
  const files = await lintel.codeOf(uri, operation);
  if (files.length === 0) {
    const what = operation ? `operation \`${operation}\`` : 'operation';
    throw new Failure(`There is no ${what} in \`${file}\`. Name an OpenAPI or AsyncAPI document, and an operation of it.`);
  }
  const folder = resolve(io.cwd, values.output ?? '.');
  mkdirSync(folder, { recursive: true });
  for (const { name, text: content } of files) {
    const path = join(folder, name);
    const isThere = existsSync(path);
    if (!isThere) write(path, content, io.cwd, 'wx');
    const shown = nameOf(pathToFileURL(path).href, io.cwd);
    io.stderr.write(isThere ? `\`${shown}\` exists already and is left as it is.\n` : `Wrote ${shown}.\n`);
  }
  return 0;
}

const rulesOptions = { format: { type: 'string', default: 'text' } } satisfies ParseArgsOptionsConfig;

function listRules(args: readonly string[], lintel: Lintel, io: Io): number {
  const { values } = parseArgs({ args: [...args], options: rulesOptions });
  const format = oneOf('--format', values.format, ['text', 'json'] as const);
  const sorted = [...lintel.rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return print(io, format === 'json' ? `${JSON.stringify(sorted.map(describe), null, 2)}\n` : table(sorted));
}

function describe(rule: Rule): object {
  return {
    id: rule.id,
    summary: rule.summary,
    severity: rule.severity,
    optIn: rule.optIn ?? false,
    on: rule.on,
    ...(rule.on === 'api' && { formats: rule.formats }),
    fix: rule.fix !== undefined,
  };
}

function table(sorted: readonly Rule[]): string {
  const width = Math.max(...sorted.map((rule) => rule.id.length));
  return sorted
    .map((rule) => `${rule.id.padEnd(width)}  ${rule.severity.padEnd(5)}  ${rule.fix ? 'fix' : '   '}  ${rule.summary}\n`)
    .join('');
}

function explain(args: readonly string[], lintel: Lintel, io: Io): number {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) throw new Failure('`lintel explain` needs one rule. Run `lintel rules` for the list.');
  const rule = lintel.rules.get(id);
  if (!rule)
    throw new Failure(`There is no built-in rule \`${id}\`${meant(id, lintel.rules.keys())} Run \`lintel rules\` for the list.`);
  return print(io, rule.page.endsWith('\n') ? rule.page : `${rule.page}\n`);
}

function uriOf(path: string, cwd: string): string {
  return spelledUri(pathToFileURL(resolve(cwd, path)).href);
}

/** The path from the folder of the run, with forward slashes; what is no file keeps its URI. */
function nameOf(uri: string, cwd: string): string {
  if (!uri.startsWith('file:')) return uri;
  return relative(cwd, fileURLToPath(uri)).replaceAll(sep, '/');
}

function sourcesOf(lintel: Lintel, io: Io): Sources {
  return { text: (uri) => lintel.text(uri), name: (uri) => nameOf(uri, io.cwd), rules: lintel.rules };
}

async function readStdin(): Promise<string> {
  let content = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) content += chunk;
  return content;
}

if (import.meta.main) {
  // Whoever reads may go before the end, as `head` does: the rest is for nobody, and the exit code still counts.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const io = { stdout: process.stdout, stderr: process.stderr, readStdin, cwd: process.cwd() };
  void run(process.argv.slice(2), io).then((code) => {
    process.exitCode = code;
  });
}
