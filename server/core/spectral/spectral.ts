/**
 * Spectral: its own rules, the user's rulesets, and Lintel's API rules among them. The only importer of @stoplight/*.
 * Spectral decides which Lintel rules are on and how severe they are; it runs only the rules that are not Lintel's.
 */
import refResolver from '@stoplight/json-ref-resolver';
import type { RulesetDefinition } from '@stoplight/spectral-core';
import spectralCore from '@stoplight/spectral-core';
import * as spectralFormats from '@stoplight/spectral-formats';
import * as spectralFunctions from '@stoplight/spectral-functions';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { type ApiDocument, formatOf, parseApiDocument } from '../document.ts';
import { type Path, type Severity, severities } from '../finding.ts';
import type { Host } from '../host.ts';
import { Api, isRecord, pointer, resolveUri } from '../model/api.ts';
import { presetRules } from '../presets.ts';
import type { ApiRule, RuleFormat } from '../rule.ts';
import { spanAt } from '../tree/tree.ts';

type Core = InstanceType<typeof spectralCore.Ruleset>;
type Definition = Record<string, unknown>;

/** What a rule's function sees of Spectral's own state. */
interface FunctionContext {
  readonly document: SourceDocument;
  readonly documentInventory: { readonly referencedDocuments: Readonly<Record<string, SourceDocument>> };
}

interface SourceDocument {
  readonly source: string | null;
  readonly input?: string;
  readonly data: unknown;
}

type RuleFunction = (
  input: unknown,
  options: unknown,
  context: FunctionContext,
) => { message: string; path: (string | number)[] }[] | undefined;

/** What a rule that is not Lintel's says, at a path of the tree of the file `uri`. */
export interface SpectralResult {
  readonly code: string;
  readonly message: string;
  readonly severity: Severity;
  readonly path: Path;
  /** The file the mistake stands in: the document's own, or one it refers to. */
  readonly uri: string;
}

/** A ruleset in force: which rules are on, how severe, and the way to run those that are not Lintel's. */
export interface Ruleset {
  /** Names it to a person. */
  readonly label: string;
  /** The ruleset's file; absent for the default. */
  readonly uri?: string;
  /** Lintel's rules that are on for a document, whatever its format, with their severities. */
  lintelRules(documentUri: string): ReadonlyMap<string, Severity>;
  /** The page of a rule, where its ruleset names one. */
  hrefOf(code: string): string | undefined;
  /**
   * Runs the rules that are not Lintel's. References to other files are read through `read`; remote ones are not
   * fetched and not complained about. Rejects when a function of the user's ruleset throws.
   */
  run(document: ApiDocument, read: (uri: string) => string | undefined): Promise<SpectralResult[]>;
}

/** Why a ruleset cannot be used; the offsets are of the ruleset's own file. */
export interface RulesetProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** Spectral's recommended rules for OpenAPI and AsyncAPI and all of Lintel's. */
export async function defaultRuleset(rules: readonly ApiRule[]): Promise<Ruleset> {
  const { oas, asyncapi } = spectralRulesets;
  const definition = { extends: [oas, asyncapi, switchesOf(rules)] } as RulesetDefinition;
  return wrap(new spectralCore.Ruleset(definition), 'Lintel’s rules');
}

/**
 * Loads a ruleset file: `.yaml`, `.yml`, `.json`, or JavaScript. JavaScript (the ruleset or its functions) is run
 * through `host.evaluate`, and only when `trusted`. Never throws: what is wrong comes back as a problem.
 */
export async function loadRuleset(
  uri: string,
  rules: readonly ApiRule[],
  host: Host,
  trusted: boolean,
): Promise<{ ruleset: Ruleset } | { problem: RulesetProblem }> {
  const loader: Loader = { rules, host, evaluate: trusted ? host.evaluate?.bind(host) : undefined };
  try {
    const core = new spectralCore.Ruleset((await loadDefinition(loader, uri, [])) as RulesetDefinition, {
      source: sourceOf(uri),
    });
    return { ruleset: wrap(core, fileName(uri), uri) };
  } catch (error) {
    return { problem: problemOf(error, uri, host) };
  }
}

/**
 * Lintel's API rules as an ordinary Spectral ruleset, for the stock Spectral CLI. `hrefOf` names a rule's page.
 * A mistake in a referenced file is reported at the root of the document, with the place in the message.
 */
export function toSpectralRuleset(rules: readonly ApiRule[], hrefOf?: (id: string) => string): RulesetDefinition {
  return rulesetOf(rules, checkFunction, hrefOf) as RulesetDefinition;
}

function rulesetOf(
  rules: readonly ApiRule[],
  functionOf: (rule: ApiRule) => RuleFunction,
  hrefOf?: (id: string) => string,
): Definition {
  const definitions = rules.map((rule) => {
    const href = hrefOf?.(rule.id);
    const definition = {
      given: '$',
      resolved: false,
      message: '{{error}}',
      description: rule.summary,
      severity: rule.severity,
      formats: [...new Set(rule.formats.flatMap((format) => ruleFormats[format]))],
      recommended: !rule.optIn,
      ...(href === undefined ? {} : { documentationUrl: href }),
      then: { function: functionOf(rule) },
    };
    return [rule.id, definition] as const;
  });
  return { rules: Object.fromEntries(definitions) };
}

const { oas2, oas3, aas2, aas3 } = spectralFormats;

const ruleFormats = {
  openapi: [oas2, oas3],
  openapi2: [oas2],
  openapi3: [oas3],
  asyncapi: [aas2, aas3],
  asyncapi2: [aas2],
  asyncapi3: [aas3],
} satisfies Record<RuleFormat, unknown>;

/** The rules as mere switches: Spectral keeps their severities; Lintel runs them itself, so that findings carry fixes. */
function switchesOf(rules: readonly ApiRule[]): Definition {
  return rulesetOf(rules, () => runByLintel);
}

const runByLintel: RuleFunction = () => undefined;

function checkFunction(rule: ApiRule): RuleFunction {
  return (_input, _options, { document: source, documentInventory: inventory }) => {
    const uri = uriOf(source.source ?? '/document', 'file:///');
    const parse = (at: string, from: SourceDocument) => parseApiDocument(at, from.input ?? JSON.stringify(from.data));
    const document = parse(uri, source);
    const format = formatOf(document.data);
    if (!format) return [];
    const load = (at: string) => {
      if (at === uri) return document;
      const referenced = Object.entries(inventory.referencedDocuments);
      const other = referenced.find(([name]) => uriOf(name, 'file:///') === at)?.[1];
      return other && parse(at, other);
    };
    return [...rule.check(new Api(document, format, load), {})].map(({ at, message }) =>
      at.doc.uri === uri
        ? { message, path: [...at.path] }
        : { message: `${message} (${fileName(at.doc.uri)}#${pointer(at.path)})`, path: [] },
    );
  };
}

function wrap(core: Core, label: string, uri?: string): Ruleset {
  return {
    label,
    ...(uri === undefined ? {} : { uri }),
    lintelRules: (documentUri) => lintelRules(core.fromSource(sourceOf(documentUri))),
    hrefOf: (code) => core.rules[code]?.documentationUrl ?? undefined,
    run: (document, read) => run(core, document, read),
  };
}

function lintelRules(core: Core): Map<string, Severity> {
  const on = new Map<string, Severity>();
  for (const rule of Object.values(core.rules)) {
    const severity = severities[rule.severity];
    if (rule.enabled && severity && rule.then.some((then) => then.function === runByLintel)) on.set(rule.name, severity);
  }
  return on;
}

const notFetched = 'Remote references are not fetched.';

async function run(core: Core, document: ApiDocument, read: (uri: string) => string | undefined): Promise<SpectralResult[]> {
  const remote = { resolve: () => Promise.reject(new Error(notFetched)) };
  const file = {
    async resolve(ref: { href(): string }) {
      const text = read(uriOf(ref.href(), document.uri));
      if (text === undefined) throw new Error(`\`${fileName(ref.href())}\` does not exist or cannot be read.`);
      return text;
    },
  };
  const resolver = new refResolver.Resolver({ resolvers: { file, http: remote, https: remote } });
  const spectral = new spectralCore.Spectral({ resolver });
  spectral.setRuleset(core);
  const source = sourceOf(document.uri);
  // Spectral works on our values, so that its paths are ours; a copy, because its resolver freezes what it walks.
  const parsed = { data: structuredClone(document.data), diagnostics: [], ast: undefined, lineMap: [] };
  const input = { parsed, source, getLocationForJsonPath: () => undefined };
  const results = await spectral.run(input as unknown as Parameters<typeof spectral.run>[0], { ignoreUnknownFormat: true });
  return results
    .filter((result) => result.code !== 'parser' && !result.message.includes(notFetched))
    .map((result) => ({
      code: String(result.code),
      message: result.message,
      severity: severities[result.severity] ?? 'error',
      path: result.path,
      uri: result.source === undefined || result.source === source ? document.uri : uriOf(result.source, document.uri),
    }));
}

interface Loader {
  readonly rules: readonly ApiRule[];
  readonly host: Host;
  readonly evaluate: ((uri: string) => Promise<unknown>) | undefined;
}

/** A mistake in a ruleset, at a path of its file. */
class RulesetError extends Error {
  readonly path: Path;
  constructor(message: string, path: Path = []) {
    super(message);
    this.path = path;
  }
}

/** Reads a ruleset file and everything it extends; the result has been validated by Spectral. */
async function loadDefinition(loader: Loader, uri: string, stack: readonly string[]): Promise<Definition> {
  if (stack.includes(uri)) throw new RulesetError(`\`${fileName(uri)}\` extends itself. Remove the circle.`);
  const isScript = /\.[cm]?js$/i.test(uri);
  const data = isScript ? await evaluate(loader, uri) : readData(loader.host, uri);
  if (!isRecord(data)) throw new RulesetError('The ruleset is not a map. Give it `extends` or `rules`.');
  const definition = await compile(loader, uri, data, [...stack, uri]);
  new spectralCore.Ruleset(definition as RulesetDefinition, { source: sourceOf(uri) });
  return definition;
}

function readData(host: Host, uri: string): unknown {
  const text = host.read(uri);
  if (text === undefined) throw new RulesetError(`The ruleset \`${fileName(uri)}\` does not exist or cannot be read.`);
  const { tree, data } = parseApiDocument(uri, text);
  const [error] = tree.errors;
  if (error) throw Object.assign(new RulesetError(error.message), { span: error });
  return structuredClone(data);
}

async function evaluate(loader: Loader, uri: string, path: Path = []): Promise<unknown> {
  if (!loader.evaluate) {
    throw new RulesetError(`\`${fileName(uri)}\` is JavaScript, which runs only in a trusted workspace.`, path);
  }
  try {
    return defaultExport(await loader.evaluate(uri));
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
  const whole = await compilePart(loader, uri, rest, known, stack, []);
  if (isRecord(data.aliases)) whole.aliases = mapValues(data.aliases, (alias, name) => compileAlias(alias, ['aliases', name]));
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
  if (data.formats !== undefined) part.formats = compileFormats(data.formats, [...path, 'formats']);
  if (isRecord(data.rules)) {
    part.rules = mapValues(data.rules, (rule, name) => compileRule(rule, known, [...path, 'rules', name]));
  }
  return part;
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
  if (/^https?:/i.test(name)) {
    throw new RulesetError(`\`${name}\` is remote, and rulesets are read from files only. Save it beside this one.`, path);
  }
  const target = locate(loader.host, uri, name);
  if (target === undefined) throw new RulesetError(`\`${name}\` is not a ruleset that can be found.`, path);
  try {
    return await loadDefinition(loader, target, stack);
  } catch (error) {
    throw new RulesetError(`\`${name}\`: ${firstError(error).message}`, path);
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
  for (let folder = resolveUri('.', from); ; folder = resolveUri('..', folder)) {
    const inside = resolveUri(`node_modules/${name}`, folder);
    if (host.isFile(inside)) return inside;
    const main = mainOf(host, inside);
    if (main !== undefined) return main;
    if (resolveUri('..', folder) === folder) return undefined;
  }
}

function mainOf(host: Host, folder: string): string | undefined {
  const manifest = `${folder}/package.json`;
  const text = host.read(manifest);
  if (text === undefined) return undefined;
  const { data } = parseApiDocument(manifest, text);
  const main = isRecord(data) && typeof data.main === 'string' ? data.main : 'index.js';
  return [main, `${main}.js`, `${main}/index.js`].map((file) => resolveUri(file, manifest)).find((file) => host.isFile(file));
}

async function loadFunctions(loader: Loader, uri: string, functions: unknown, folder: unknown): Promise<Map<string, unknown>> {
  const known = new Map<string, unknown>(Object.entries(spectralFunctions));
  for (const [index, item] of (Array.isArray(functions) ? functions : []).entries()) {
    // Rulesets from before Spectral 6 pair the name with a schema of the options.
    const name = Array.isArray(item) ? item[0] : item;
    const path = ['functions', index];
    if (typeof name !== 'string') throw new RulesetError('A function is given by its name.', path);
    const file = resolveUri(`${typeof folder === 'string' ? folder.replace(/\/$/, '') : 'functions'}/${name}.js`, uri);
    const value = await evaluate(loader, file, path);
    if (typeof value !== 'function') throw new RulesetError(`\`${fileName(file)}\` does not export a function.`, path);
    known.set(name, value);
  }
  return known;
}

function compileRule(rule: unknown, known: ReadonlyMap<string, unknown>, path: Path): unknown {
  if (typeof rule === 'number') return severities[rule] ?? (rule === -1 ? 'off' : rule);
  if (!isRecord(rule)) return rule;
  const compiled: Definition = { ...rule };
  if (rule.formats !== undefined) compiled.formats = compileFormats(rule.formats, [...path, 'formats']);
  if (rule.then === undefined) return compiled;
  const compileAt = (then: unknown, ...at: number[]) => compileThen(then, known, [...path, 'then', ...at]);
  compiled.then = Array.isArray(rule.then) ? rule.then.map((then, index) => compileAt(then, index)) : compileAt(rule.then);
  return compiled;
}

function compileThen(then: unknown, known: ReadonlyMap<string, unknown>, path: Path): unknown {
  if (!isRecord(then) || typeof then.function !== 'string') return then;
  const found = known.get(then.function);
  if (found !== undefined) return { ...then, function: found };
  throw new RulesetError(`\`${then.function}\` is not a function of Spectral. List your own under \`functions\`.`, [
    ...path,
    'function',
  ]);
}

function compileAlias(alias: unknown, path: Path): unknown {
  if (!isRecord(alias) || !Array.isArray(alias.targets)) return alias;
  const targets = alias.targets.map((target, index) =>
    isRecord(target) && target.formats !== undefined
      ? { ...target, formats: compileFormats(target.formats, [...path, 'targets', index, 'formats']) }
      : target,
  );
  return { ...alias, targets };
}

function compileFormats(value: unknown, path: Path): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((name, index) => {
    if (typeof name !== 'string') return name;
    const format = formatsByName[name] ?? formatsByName[exportName(name)];
    if (format) return format;
    throw new RulesetError(`\`${name}\` is not a format of Spectral.`, [...path, index]);
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

function problemOf(error: unknown, uri: string, host: Host): RulesetProblem {
  const { message, path, span } = firstError(error);
  const text = host.read(uri);
  if (span) return { message, start: span.start, end: span.end };
  if (text === undefined || /\.[cm]?js$/i.test(uri)) return { message, start: 0, end: 0 };
  return { message, ...spanAt(parseApiDocument(uri, text).tree, path, 'value') };
}

/** The first mistake of what Spectral (an aggregate, with paths of strings) or this file threw. */
function firstError(error: unknown): { message: string; path: Path; span?: { start: number; end: number } } {
  const first = error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? (error.errors[0] ?? error) : error;
  const message = messageOf(first);
  const unknownRule = /^Cannot extend non-existing rule: "(.*)"$/.exec(message)?.[1];
  if (unknownRule !== undefined) {
    return { message: `\`${unknownRule}\` is not a rule of the rulesets this one extends.`, path: ['rules', unknownRule] };
  }
  const details = isRecord(first) ? first : {};
  return {
    message: sentence(message),
    path: Array.isArray(details.path) ? details.path : [],
    ...(isSpan(details.span) ? { span: details.span } : {}),
  };
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
}

function isSpan(value: unknown): value is { start: number; end: number } {
  return isRecord(value) && typeof value.start === 'number' && typeof value.end === 'number';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fileName(uri: string): string {
  return decode(uri.slice(uri.lastIndexOf('/') + 1));
}

/**
 * The path Spectral knows a file by: decoded for the globs of `overrides`, except for what would start a query or
 * fragment; a Windows drive is a folder like any other, because only relative paths are ever led back.
 */
function sourceOf(uri: string): string {
  const path = uri.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/^\/([a-z])(?::|%3A)/i, '/$1');
  return path
    .split(/(%(?:25|23|3F))/i)
    .map((part, index) => (index % 2 === 1 ? part : decode(part)))
    .join('');
}

/** The URI of a path of Spectral's, by its way from a document of which both are known. */
function uriOf(source: string, documentUri: string): string {
  const from = sourceOf(documentUri).split('/').slice(0, -1);
  const to = source.replace(/^file:\/\//, '').split('/');
  let common = 0;
  while (common < from.length && common < to.length - 1 && from[common] === to[common]) common++;
  const way = [...from.slice(common).map(() => '..'), ...to.slice(common)].join('/');
  return resolveUri(`./${way}`, documentUri);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
