/**
 * Ruleset files as Spectral's command line takes them: names become rulesets, formats and functions, files and packages
 * are read where Node would look for them, and what is wrong has a place in the file.
 */
import spectralCore from '@stoplight/spectral-core';
import type { RulesetDefinition } from '@stoplight/spectral-core';
import * as spectralFormats from '@stoplight/spectral-formats';
import * as spectralFunctions from '@stoplight/spectral-functions';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { parseApiDocument } from '../document.ts';
import { type Path, type Related, severities, type Span } from '../finding.ts';
import type { Host } from '../host.ts';
import { isRecord } from '../model/api.ts';
import { fileName, resolveUri } from '../uri.ts';
import { presetRules } from '../presets.ts';
import { isRemote, type Remote } from '../remote.ts';
import { type ApiRule, silencedBy } from '../rule.ts';
import { extendable, formats } from '../ruleset-help.ts';
import { nearest } from '../structure/nearest.ts';
import { spanAt } from '../tree/tree.ts';
import { sourceOf } from './names.ts';
import { switchesOf } from './own.ts';
import type { Core } from './run.ts';

type Definition = Record<string, unknown>;

/** Why a ruleset cannot be used; the offsets are of the ruleset's own file. */
export interface RulesetProblem extends Span {
  readonly message: string;
  /** A host that the person may allow. */
  readonly host?: string;
  /** Nothing is wrong with it, but that the workspace is not trusted. */
  readonly needsTrust?: boolean;
  /** The name that was meant instead of the one that is written there. */
  readonly meant?: Misspelt;
  /** The same in the ruleset that is extended. */
  readonly related?: Related;
}

interface Misspelt {
  readonly written: string;
  readonly meant: string;
}

/** For the bundle (`esbuild.mjs`): tests hold this ruleset against Spectral's schema of rulesets, nobody else need. */
const known = { isKnown: true } as ConstructorParameters<typeof spectralCore.Ruleset>[1];

/** Spectral's recommended rules for OpenAPI and AsyncAPI, but for those that Lintel replaces, and all of Lintel's. */
export function defaultCore(rules: readonly ApiRule[]): Core {
  const { oas, asyncapi } = spectralRulesets;
  const off = rules.flatMap(silencedBy).filter((id) => id in oas.rules || id in asyncapi.rules);
  const replaced = { extends: [oas, asyncapi], rules: Object.fromEntries(off.map((id) => [id, 'off'])) };
  const definition = { extends: [replaced, switchesOf(rules)] } as RulesetDefinition;
  return new spectralCore.Ruleset(definition, known);
}

/**
 * Loads a ruleset file. JavaScript runs through `host.evaluate`, and only when `trusted`; what is named by URL comes through
 * `remote`. Never throws.
 */
export async function loadCore(
  uri: string,
  rules: readonly ApiRule[],
  host: Host,
  trusted: boolean,
  remote?: Remote,
  anew = false,
): Promise<{ core: Core; keepsState: boolean } | { problems: readonly RulesetProblem[] }> {
  const evaluate = trusted ? host.evaluate?.bind(host) : undefined;
  const loader: Loader = { rules, host, remote, evaluate, anew, state: { isKept: false }, mistakes: [] };
  try {
    const definition = (await loadDefinition(loader, uri, [])) as RulesetDefinition;
    return { core: new spectralCore.Ruleset(definition, { source: sourceOf(uri) }), keepsState: loader.state.isKept };
  } catch (error) {
    return { problems: problemsOf(error, uri, host) };
  }
}

interface Loader {
  readonly rules: readonly ApiRule[];
  readonly host: Host;
  readonly remote: Remote | undefined;
  readonly evaluate: Host['evaluate'];
  /** Modules forget what they kept. */
  readonly anew: boolean;
  /** Does a module that was evaluated keep something between runs? */
  readonly state: { isKept: boolean };
  /** Mistakes of the file that is being read: each is noted and something right takes its place, so that all are told. */
  readonly mistakes: unknown[];
}

interface MistakeDetails {
  readonly host?: string;
  readonly needsTrust?: boolean;
  readonly meant?: Misspelt;
  readonly related?: Related;
  /** Where nothing has a path, because the file does not parse. */
  readonly span?: Span;
  /** It is the key that is wrong. */
  readonly isKey?: boolean;
}

/** A mistake in a ruleset, at a path of its file. */
class RulesetError extends Error {
  readonly path: Path;
  readonly details: MistakeDetails;
  constructor(message: string, path: Path = [], details: MistakeDetails = {}) {
    super(message);
    this.path = path;
    this.details = details;
  }
}

/** Notes a mistake and goes on with something else; what is no mistake of a ruleset is thrown on. */
function note<T>({ mistakes }: Loader, error: unknown, instead: T): T {
  if (!(error instanceof RulesetError)) throw error;
  mistakes.push(error);
  return instead;
}

/** Takes the place of a function that is not there: it accepts no options and every value has it. */
const anyFunction = spectralFunctions.truthy;

/** Reads a ruleset file and everything it extends; the result has been validated by Spectral. */
async function loadDefinition(loader: Loader, uri: string, stack: readonly string[]): Promise<Definition> {
  if (stack.includes(uri)) throw new RulesetError(`\`${fileName(uri)}\` extends itself. Remove the circle.`);
  if (isRemote(uri)) await fetched(loader, uri);
  const isScript = /\.[cm]?js$/i.test(uri);
  const data = isScript ? await evaluate(loader, uri) : readData(loader.host, uri);
  if (!isRecord(data)) throw new RulesetError('The ruleset is not a map. Give it `extends` or `rules`.');
  const mistakes: unknown[] = [];
  const definition = await compile({ ...loader, mistakes }, uri, data, [...stack, uri]);
  // Of a ruleset that is not there nobody knows which rules it has.
  const isWhole = !mistakes.some((error) => error instanceof RulesetError && error.path.includes('extends'));
  mistakes.push(...spectralMistakes(definition, uri, isWhole));
  if (mistakes.length > 0) throw new AggregateError(mistakes);
  return definition;
}

/** What Spectral has against a ruleset. It gives up at what it meets first, so it is asked again without the rules it named. */
function spectralMistakes(definition: Definition, uri: string, isWhole: boolean): unknown[] {
  const told: unknown[] = [];
  const rules = isRecord(definition.rules) ? { ...definition.rules } : undefined;
  for (;;) {
    try {
      new spectralCore.Ruleset({ ...definition, ...(rules && { rules }) } as RulesetDefinition, { source: sourceOf(uri) });
      return told;
    } catch (error) {
      const unknown = /^Cannot extend non-existing rule: "(.*)"$/.exec(messageOf(error))?.[1];
      const errors: unknown[] = 'errors' in Object(error) ? (error as AggregateError).errors : [error];
      if (unknown === undefined) told.push(...errors);
      else if (isWhole) told.push(unknownRule(unknown, definition));
      const named = unknown === undefined ? errors.map(ruleOf) : [unknown];
      const known = named.filter((name) => name !== undefined && rules && Object.hasOwn(rules, name));
      if (!rules || known.length === 0) return told;
      for (const name of known) delete rules[name as string];
    }
  }
}

/** The rule of a ruleset that a mistake is in. */
function ruleOf(error: unknown): string | undefined {
  const path = isRecord(error) && Array.isArray(error.path) ? error.path : [];
  return path[0] === 'rules' && typeof path[1] === 'string' ? path[1] : undefined;
}

function unknownRule(name: string, definition: Definition): RulesetError {
  const others = allRules({ extends: definition.extends });
  return new RulesetError(`\`${name}\` is not a rule of the rulesets this one extends.`, ['rules', name], {
    ...misspelt(name, others),
    isKey: true,
  });
}

/** The names of a ruleset's rules and of those it extends. */
function allRules({ rules, extends: extended }: Definition): string[] {
  const others = (Array.isArray(extended) ? extended : [extended]).flatMap((one: unknown) => {
    const ruleset = Array.isArray(one) ? one[0] : one;
    return isRecord(ruleset) ? allRules(ruleset) : [];
  });
  return [...others, ...(isRecord(rules) ? Object.keys(rules) : [])];
}

function misspelt(written: string, names: Iterable<string>): MistakeDetails {
  const meant = nearest(written, names);
  return meant === undefined ? {} : { meant: { written, meant } };
}

async function fetched({ remote }: Loader, uri: string): Promise<void> {
  try {
    await remote?.wait(uri);
  } catch (error) {
    const lack = remote?.lack(uri);
    throw new RulesetError(messageOf(error), [], lack?.refused ? { host: lack.host } : {});
  }
}

function readData(host: Host, uri: string): unknown {
  const text = host.read(uri);
  if (text === undefined) throw new RulesetError(`The ruleset \`${fileName(uri)}\` does not exist or cannot be read.`);
  const { tree, data } = parseApiDocument(uri, text);
  const [error] = tree.errors;
  if (error) throw new RulesetError(error.message, [], { span: error });
  return structuredClone(data);
}

/** What Spectral's command line gives every ruleset and function that names it. */
const packages = {
  '@stoplight/spectral-core': spectralCore,
  '@stoplight/spectral-formats': spectralFormats,
  '@stoplight/spectral-functions': spectralFunctions,
  '@stoplight/spectral-rulesets': spectralRulesets,
};

async function evaluate(loader: Loader, uri: string, path: Path = []): Promise<unknown> {
  if (isRemote(uri)) throw new RulesetError(`\`${uri}\` is JavaScript of another host, which is never run.`, path);
  if (!loader.evaluate) {
    const message = `\`${fileName(uri)}\` is JavaScript, which runs only in a trusted workspace.`;
    throw new RulesetError(message, path, { needsTrust: true });
  }
  try {
    const module = await loader.evaluate(uri, packages, loader.anew);
    loader.state.isKept ||= loader.host.keepsState?.(uri) ?? false;
    return defaultExport(module);
  } catch (error) {
    throw new RulesetError(`\`${fileName(uri)}\` cannot be run: ${messageOf(error)}`, path);
  }
}

/** The default export, also of CommonJS that was compiled from a module. */
function defaultExport(module: unknown): unknown {
  const isModule = (typeof module === 'object' || typeof module === 'function') && module !== null && 'default' in module;
  return isModule ? defaultExport(module.default) : module;
}

/** Turns what a ruleset file says into Spectral's definition: names become rulesets, formats and functions. */
async function compile(loader: Loader, uri: string, data: Definition, stack: readonly string[]): Promise<Definition> {
  const { functions, functionsDir, except, ...rest } = data;
  const known = await loadFunctions(loader, uri, functions, functionsDir);
  const named = isRecord(rest.rules) ? { ...rest, rules: byNewNames(rest.rules) } : rest;
  const whole = await compilePart(loader, uri, named, known, stack, []);
  if (isRecord(data.aliases))
    whole.aliases = mapValues(data.aliases, (alias, name) => compileAlias(loader, alias, ['aliases', name]));
  const overrides = Array.isArray(data.overrides) ? [...data.overrides] : data.overrides;
  if (Array.isArray(overrides)) {
    for (const [index, part] of overrides.entries()) {
      if (isRecord(part)) overrides[index] = await compilePart(loader, uri, part, known, stack, ['overrides', index]);
    }
    whole.overrides = overrides;
  }
  if (isRecord(except)) whole.overrides = [...(Array.isArray(overrides) ? overrides : []), ...exceptions(except)];
  return whole;
}

async function compilePart(
  loader: Loader,
  uri: string,
  data: Definition,
  known: ReadonlyMap<string, unknown>,
  stack: readonly string[],
  path: Path,
): Promise<Definition> {
  const part: Definition = { ...data };
  if (data.extends !== undefined) part.extends = await compileExtends(loader, uri, data.extends, stack, [...path, 'extends']);
  if (data.formats !== undefined) part.formats = compileFormats(loader, data.formats, [...path, 'formats']);
  if (isRecord(data.rules)) {
    part.rules = mapValues(data.rules, (rule, name) => compileRule(loader, rule, known, [...path, 'rules', name]));
  }
  return part;
}

/** Spectral's rules that had other names before its version 6, by those. */
const renamed: Readonly<Record<string, string>> = {
  'oas2-valid-parameter-example': 'oas2-valid-schema-example',
  'oas2-valid-response-schema-example': 'oas2-valid-schema-example',
  'oas2-valid-definition-example': 'oas2-valid-schema-example',
  'oas2-valid-response-example': 'oas2-valid-media-example',
  'oas3-valid-oas-parameter-example': 'oas3-valid-media-example',
  'oas3-valid-oas-content-example': 'oas3-valid-media-example',
  'oas3-valid-oas-header-example': 'oas3-valid-media-example',
  'oas3-valid-header-schema-example': 'oas3-valid-schema-example',
  'oas3-valid-parameter-schema-example': 'oas3-valid-schema-example',
};

/** Rules by the names they have now; of what is said of one by several names the gravest counts. */
function byNewNames(rules: Definition): Definition {
  const named: Definition = {};
  for (const [name, rule] of Object.entries(rules)) {
    const now = isRecord(rule) ? name : (renamed[name] ?? name);
    if (!Object.hasOwn(named, now) || rankOf(rule) < rankOf(named[now])) named[now] = rule;
  }
  return named;
}

function rankOf(rule: unknown): number {
  if (rule === false || rule === 'off' || rule === -1) return severities.length;
  return typeof rule === 'number' ? rule : severities.indexOf(rule as (typeof severities)[number]);
}

async function compileExtends(loader: Loader, uri: string, value: unknown, stack: readonly string[], path: Path) {
  if (!Array.isArray(value)) return [await compileExtend(loader, uri, value, stack, path)];
  const all: unknown[] = [];
  for (const [index, item] of value.entries()) {
    const at = [...path, index];
    if (!Array.isArray(item)) all.push(await compileExtend(loader, uri, item, stack, at));
    else all.push([await compileExtend(loader, uri, item[0], stack, [...at, 0]), ...item.slice(1)]);
  }
  return all;
}

async function compileExtend(loader: Loader, uri: string, name: unknown, stack: readonly string[], path: Path): Promise<unknown> {
  if (typeof name !== 'string') return name;
  const builtIn = builtInRuleset(name, loader.rules);
  if (builtIn) return builtIn;
  const target = isRemote(name) || isRemote(uri) ? resolveUri(name, uri) : locate(loader.host, uri, name);
  if (target === undefined) {
    const details = misspelt(name, Object.keys(extendable));
    return note(loader, new RulesetError(`\`${name}\` is not a ruleset that can be found.`, path, details), { rules: {} });
  }
  try {
    return await loadDefinition(loader, target, stack);
  } catch (error) {
    const [first, ...more] = problemsOf(error, target, loader.host);
    const { message, host, needsTrust, start, end } = first as RulesetProblem;
    const rest = more.length === 0 ? '' : ` It has ${more.length === 1 ? 'one more mistake' : `${more.length} more mistakes`}.`;
    const isHere = !isRemote(target) && loader.host.read(target) !== undefined && !stack.includes(target);
    const related = { uri: target, start, end, message: 'The mistake in it.' };
    const details = { ...(host === undefined ? {} : { host }), ...(needsTrust && { needsTrust }), ...(isHere && { related }) };
    return note(loader, new RulesetError(`\`${name}\`: ${message}${rest}`, path, details), { rules: {} });
  }
}

function builtInRuleset(name: string, rules: readonly ApiRule[]): unknown {
  const { oas, asyncapi, arazzo } = spectralRulesets;
  const preset = presetRules(name, rules);
  if (preset) return switchesOf(preset);
  switch (name) {
    case 'spectral:oas':
      return oas;
    case 'spectral:asyncapi':
      return asyncapi;
    case 'spectral:arazzo':
      return arazzo;
    default:
      return undefined;
  }
}

/** The file a ruleset's name means: beside the ruleset, else a package in a `node_modules` above it. */
function locate(host: Host, from: string, name: string): string | undefined {
  const beside = resolveUri(name, from);
  if (host.isFile(beside)) return beside;
  if (/^[./]/.test(name)) return undefined;
  const [, packageName = name, rest = ''] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(name) ?? [];
  for (let folder = resolveUri('.', from); ; folder = resolveUri('..', folder)) {
    const found = inPackage(host, resolveUri(`node_modules/${packageName}`, folder), rest);
    if (found !== undefined) return found;
    if (resolveUri('..', folder) === folder) return undefined;
  }
}

/** The file a package offers under a name (empty: its main file), as Node's `require` finds it. */
function inPackage(host: Host, folder: string, name: string): string | undefined {
  const manifest = `${folder}/package.json`;
  const text = host.read(manifest);
  const { data } = text === undefined ? { data: undefined } : parseApiDocument(manifest, text);
  const { exports, main } = isRecord(data) ? data : {};
  if (exports !== undefined && exports !== null) {
    const target = exported(exports, name === '' ? '.' : `./${name}`);
    const file = target === undefined ? undefined : resolveUri(target, manifest);
    return file !== undefined && host.isFile(file) ? file : undefined;
  }
  const path = name !== '' ? name : typeof main === 'string' ? main : 'index';
  return ['', '.js', '.json', '/index.js'].map((end) => resolveUri(`${path}${end}`, manifest)).find((file) => host.isFile(file));
}

/** What `exports` of a manifest gives for a subpath, for code that is loaded by `require`, else by `import`. */
function exported(exports: unknown, subpath: string): string | undefined {
  const map = isRecord(exports) && Object.keys(exports).some((key) => key.startsWith('.')) ? exports : { '.': exports };
  if (Object.hasOwn(map, subpath)) return conditional(map[subpath], '');
  for (const [pattern, target] of Object.entries(map)) {
    const [start = '', end] = pattern.split('*');
    if (end === undefined || !subpath.startsWith(start) || !subpath.endsWith(end)) continue;
    if (subpath.length < start.length + end.length) continue;
    return conditional(target, subpath.slice(start.length, subpath.length - end.length));
  }
  return undefined;
}

const conditions = ['require', 'node', 'default', 'import'];

function conditional(target: unknown, wildcard: string): string | undefined {
  if (typeof target === 'string') return target.replaceAll('*', wildcard);
  if (Array.isArray(target)) return target.map((one) => conditional(one, wildcard)).find((one) => one !== undefined);
  if (!isRecord(target)) return undefined;
  const chosen = conditions.filter((condition) => target[condition] !== undefined);
  return chosen.map((condition) => conditional(target[condition], wildcard)).find((one) => one !== undefined);
}

/** Functions by name; undefined: it is listed, and cannot be had. */
async function loadFunctions(loader: Loader, uri: string, functions: unknown, folder: unknown): Promise<Map<string, unknown>> {
  const known = new Map<string, unknown>(Object.entries(spectralFunctions));
  for (const [index, item] of (Array.isArray(functions) ? functions : []).entries()) {
    // Rulesets from before Spectral 6 pair the name with a schema of the options.
    const name = Array.isArray(item) ? item[0] : item;
    const path = ['functions', index];
    if (typeof name !== 'string') {
      note(loader, new RulesetError('A function is given by its name.', path), undefined);
      continue;
    }
    const file = resolveUri(`${typeof folder === 'string' ? folder.replace(/\/$/, '') : 'functions'}/${name}.js`, uri);
    try {
      const value = await evaluate(loader, file, path);
      if (typeof value !== 'function') throw new RulesetError(`\`${fileName(file)}\` does not export a function.`, path);
      known.set(name, Array.isArray(item) ? withOptions(value as RulesetFunction, item[1]) : value);
    } catch (error) {
      known.set(name, note(loader, error, undefined));
    }
  }
  return known;
}

type RulesetFunction = Parameters<typeof spectralCore.createRulesetFunction>[1];

/** A function whose options are held against a schema. */
function withOptions(fn: RulesetFunction, schema: unknown): unknown {
  return spectralCore.createRulesetFunction({ input: null, errorOnInvalidInput: true, options: schema as never }, fn);
}

function compileRule(loader: Loader, rule: unknown, known: ReadonlyMap<string, unknown>, path: Path): unknown {
  if (typeof rule === 'number') return severities[rule] ?? (rule === -1 ? 'off' : rule);
  if (!isRecord(rule)) return rule;
  const compiled: Definition = { ...rule };
  if (rule.formats !== undefined) compiled.formats = compileFormats(loader, rule.formats, [...path, 'formats']);
  if (rule.then === undefined) return compiled;
  const compileAt = (then: unknown, ...at: number[]) => compileThen(loader, then, known, [...path, 'then', ...at]);
  compiled.then = Array.isArray(rule.then) ? rule.then.map((then, index) => compileAt(then, index)) : compileAt(rule.then);
  return compiled;
}

function compileThen(loader: Loader, then: unknown, known: ReadonlyMap<string, unknown>, path: Path): unknown {
  if (!isRecord(then) || typeof then.function !== 'string') return then;
  const name = then.function;
  const found = known.get(name);
  if (found !== undefined) return { ...then, function: found };
  const { functionOptions, ...rest } = then;
  const instead = { ...rest, function: anyFunction };
  // That one which is listed cannot be had is said where it is listed.
  if (known.has(name)) return instead;
  const message = `\`${name}\` is not a function of Spectral. List your own under \`functions\`.`;
  return note(loader, new RulesetError(message, [...path, 'function'], misspelt(name, known.keys())), instead);
}

function compileAlias(loader: Loader, alias: unknown, path: Path): unknown {
  if (!isRecord(alias) || !Array.isArray(alias.targets)) return alias;
  const targets = alias.targets.map((target, index) =>
    isRecord(target) && target.formats !== undefined
      ? { ...target, formats: compileFormats(loader, target.formats, [...path, 'targets', index, 'formats']) }
      : target,
  );
  return { ...alias, targets };
}

function compileFormats(loader: Loader, value: unknown, path: Path): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((name, index) => {
    if (typeof name !== 'string') return name;
    const format = formatsByName[name] ?? formatsByName[exportName(name)];
    if (format) return format;
    const details = misspelt(name, formats);
    const mistake = new RulesetError(`\`${name}\` is not a format of Spectral.`, [...path, index], details);
    return note(loader, mistake, spectralFormats.oas3);
  });
}

const formatsByName = spectralFormats as Readonly<Record<string, unknown>>;

/** The name Spectral exports a format by: `oas3.1` is `oas3_1`, `json-schema-draft7` is `jsonSchemaDraft7`. */
function exportName(format: string): string {
  return format
    .replace(/^json-schema-20/, 'json-schema-draft-20')
    .replace(/\.|([0-9])-(?=[0-9])/g, '$1_')
    .replace(/-([0-9a-z])/g, (_, character: string) => character.toUpperCase());
}

/** `except` of older rulesets: rules that are off at a place. */
function exceptions(except: Definition): Definition[] {
  return Object.entries(except).map(([place, names]) => ({
    files: [place],
    rules: Object.fromEntries((Array.isArray(names) ? names : []).map((name) => [String(name), 'off'])),
  }));
}

function mapValues(record: Definition, map: (value: unknown, key: string) => unknown): Definition {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

function problemsOf(error: unknown, uri: string, host: Host): RulesetProblem[] {
  const text = host.read(uri);
  const isPlaced = text !== undefined && !/\.[cm]?js$/i.test(uri);
  const tree = isPlaced ? parseApiDocument(uri, text).tree : undefined;
  const errors = error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  const problems = (errors.length > 0 ? errors : [error]).map((one: unknown): RulesetProblem => {
    const { message, path, span, isKey, ...details } = detailsOf(one);
    const at = span ?? (tree ? spanAt(tree, path, isKey ? 'key' : 'value') : { start: 0, end: 0 });
    const meant = details.meant ? ` Did you mean \`${details.meant.meant}\`?` : '';
    return { ...details, message: `${message}${meant}`, start: at.start, end: at.end };
  });
  const isFirst = ({ message, start }: RulesetProblem, index: number) =>
    problems.findIndex((other) => other.start === start && other.message === message) === index;
  return problems.filter(isFirst).sort((a, b) => a.start - b.start);
}

/** What Spectral (with paths of strings) or this file threw. */
function detailsOf(error: unknown): MistakeDetails & { readonly message: string; readonly path: Path } {
  const message = sentence(messageOf(error));
  if (error instanceof RulesetError) return { ...error.details, message, path: error.path };
  return { message, path: isRecord(error) && Array.isArray(error.path) ? error.path : [] };
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
