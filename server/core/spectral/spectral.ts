/**
 * Spectral: its own rules, the user's rulesets, and Lintel's API rules among them. The only importer of @stoplight/*.
 * Spectral decides which Lintel rules are on and how severe they are; it runs only the rules that are not Lintel's.
 */
import type { ApiDocument } from '../document.ts';
import { type Path, type Severity, severities } from '../finding.ts';
import { groupBy, inMap } from '../group.ts';
import type { Guard, Host } from '../host.ts';
import type { LoadDocument } from '../model/api.ts';
import { addressesOf } from '../model/names.ts';
import { type Pace, pacer } from '../pace.ts';
import type { ApiRule } from '../rule.ts';
import { spanAt } from '../tree/tree.ts';
import { Inventory, type SourceFileWithText } from './inventory.ts';
import type { ParserOptions } from './keys.ts';
import { defaultCore, loadCore, type RulesetProblem } from './load.ts';
import type { Remote } from '../remote.ts';
import { fileName, isOnDisk } from '../uri.ts';
import { sourceOf } from './names.ts';
import { runByLintel } from './own.ts';
import { Kept } from './renew.ts';
import { type BrokenReference, type LoadFile, type Resolution, resolveReferences } from './resolve.ts';
import { type Core, type Failure, Memory, type Plans, planRules, runPlans, type Watch } from './run.ts';

/** What a rule that is not Lintel's says, at a path of the tree of the file `uri`. */
export interface SpectralResult {
  readonly code: string;
  readonly message: string;
  readonly severity: Severity;
  readonly path: Path;
  /** The file the mistake stands in: the document's own, or one it refers to. */
  readonly uri: string;
}

/** How severe a rule is at a path of a file: `overrides` tell places apart. undefined: it is off there. */
export type SeverityAt = (uri: string, path: Path) => Severity | undefined;

/** What a run of the rules brought. */
export interface SpectralRun {
  readonly results: readonly SpectralResult[];
  /** Rules whose functions threw on this document. */
  readonly failures: readonly Failure[];
}

/** A ruleset in force: which rules are on, how severe, and the way to run those that are not Lintel's. */
export interface Ruleset {
  /** Names it to a person. */
  readonly label: string;
  /** The ruleset's file; absent for the default. */
  readonly uri?: string;
  /** Lintel's rules that are on for a document, whatever its format, and how severe each is at a place. */
  lintelRules(documentUri: string): ReadonlyMap<string, SeverityAt>;
  /** Is there a rule of this name, on or off? */
  has(code: string): boolean;
  /** Every rule that it has, on or off, with what it is for. */
  rules(): readonly { readonly id: string; readonly description: string | undefined }[];
  /** How grave mistakes in keys are. */
  readonly parserOptions: ParserOptions;
  /** The page of a rule, where its ruleset names one. */
  hrefOf(code: string): string | undefined;
  /**
   * Runs the rules that are not Lintel's. Referenced files come from `load`; remote ones are not fetched and not
   * complained about. Rejects when the signal aborts. `keeper`: for a document that is being edited, what stays the same
   * through its edits; what rules said of values that did not change is kept with it.
   */
  run(document: ApiDocument, load: LoadDocument, signal?: AbortSignal, keeper?: object): Promise<SpectralRun>;
}

/** Spectral's recommended rules for OpenAPI and AsyncAPI, but for those that Lintel replaces, and all of Lintel's. */
export async function defaultRuleset(rules: readonly ApiRule[]): Promise<Ruleset> {
  return asRuleset(defaultCore(rules), 'Lintel’s rules');
}

/**
 * Loads a ruleset file: `.yaml`, `.yml`, `.json`, or JavaScript. JavaScript (the ruleset or its functions) is run
 * through `host.evaluate`, and only when `trusted`. Never throws: what is wrong comes back, all of it.
 */
export async function loadRuleset(
  uri: string,
  rules: readonly ApiRule[],
  host: Host,
  trusted: boolean,
  remote?: Remote,
): Promise<{ ruleset: Ruleset } | { problems: readonly RulesetProblem[] }> {
  const loaded = await loadCore(uri, rules, host, trusted, remote);
  if ('problems' in loaded) return loaded;
  const { core, keepsState } = loaded;
  const again = async () => {
    const next = await loadCore(uri, rules, host, trusted, remote, true);
    return 'core' in next ? next.core : core;
  };
  return { ruleset: asRuleset(core, fileName(uri), uri, trusted, host.guard, keepsState ? again : undefined) };
}

/**
 * A ruleset of spectral-core, run by Lintel. One of an untrusted workspace runs no text of its own as a program. `again`: its
 * functions remember what they said, as in a command line that ends; they are loaded anew for each run.
 */
export function asRuleset(
  core: Core,
  label: string,
  uri?: string,
  trusted = true,
  guard?: Guard,
  again?: () => Promise<Core>,
): Ruleset {
  const watch = guard && { guard, endless: new Map<string, Failure>() };
  const plans = new Map<Core, Map<string, Plans>>();
  const keepers: Running['keepers'] = new WeakMap();
  const ofDocument = memoize((documentUri: string): Core => core.fromSource(sourceOf(documentUri)));
  return {
    label,
    ...(uri === undefined ? {} : { uri }),
    parserOptions: parserOptions(core, uri),
    lintelRules: (documentUri) => lintelRules(ofDocument(documentUri)),
    has: (code) => Object.hasOwn(core.rules, code),
    rules: () => Object.values(core.rules).map(({ name, description }) => ({ id: name, description: description ?? undefined })),
    hrefOf: (code) => core.rules[code]?.documentationUrl ?? undefined,
    run: async (document, load, signal, keeper) => {
      if (again) {
        const fresh = (await again()).fromSource(sourceOf(document.uri));
        return run({ core: fresh, plans: new Map(), trusted, watch, keepers }, document, load, signal, undefined);
      }
      const own = ofDocument(document.uri);
      const known = plans.get(own) ?? new Map<string, Plans>();
      plans.set(own, known);
      return run({ core: own, plans: known, trusted, watch, keepers }, document, load, signal, keeper);
    },
  };
}

function lintelRules(core: Core): Map<string, SeverityAt> {
  const on = new Map<string, SeverityAt>();
  const sources = new Map<string, string>();
  for (const rule of Object.values(core.rules)) {
    if (!rule.enabled || !rule.then.some((then) => then.function === runByLintel)) continue;
    on.set(rule.name, (uri, path) => {
      const source = inMap(sources, uri, () => sourceOf(uri));
      return severities[rule.getSeverityForSource(source, [...path])];
    });
  }
  return on;
}

/**
 * Spectral's command line calls a number as a key (`200:`) an error. Who runs it with a ruleset hears the same from
 * Lintel; without one, Lintel has nothing against what every reader of OpenAPI understands.
 */
function parserOptions(core: Core, uri: string | undefined): ParserOptions {
  const { duplicateKeys, incompatibleValues } = core.parserOptions;
  const named = (level: string | number) =>
    (typeof level === 'number' ? (severities[level] ?? 'off') : level) as Severity | 'off';
  return { duplicateKeys: named(duplicateKeys), incompatibleValues: uri === undefined ? 'off' : named(incompatibleValues) };
}

interface Running {
  readonly core: Core;
  /** By the formats that rules are for. */
  readonly plans: Map<string, Plans>;
  readonly trusted: boolean;
  readonly watch: Watch | undefined;
  readonly keepers: WeakMap<object, References>;
}

/** The references of a document as they stand, and what rules said while none of them changed. */
interface References {
  readonly resolution: Resolution;
  readonly kept?: Kept;
  /** Every file that was asked for; undefined where there is none. */
  readonly files: ReadonlyMap<string, SourceFileWithText | undefined>;
  /** undefined for a document that is looked at once. */
  readonly memory?: Memory;
}

async function referencesOf(
  main: SourceFileWithText,
  load: LoadDocument,
  pace: Pace,
  before: References | undefined,
  isKept: boolean,
): Promise<References> {
  const renewed = before && renewReferences(main, load, before);
  if (renewed) return renewed;
  const files = new Map<string, SourceFileWithText | undefined>([[main.document.uri, main]]);
  const resolved = await resolveReferences(main, fileLoader(files, load), pace);
  const { resolution } = resolved;
  return isKept ? { resolution, kept: Kept.of(resolved), files, memory: new Memory() } : { resolution, files };
}

/** The references after an edit; undefined where they have to be looked at anew. */
function renewReferences(main: SourceFileWithText, load: LoadDocument, before: References): References | undefined {
  const { kept } = before;
  const files = new Map<string, SourceFileWithText | undefined>();
  const now = new Map<string, SourceFileWithText>();
  for (const [uri, known] of before.files) {
    const document = uri === main.document.uri ? main.document : load(uri);
    if ((document === undefined) !== (known === undefined)) return undefined;
    const file = document && sourceFile(document);
    files.set(uri, file);
    if (file) now.set(file.source, file);
  }
  return kept?.renew(now) ? { ...before, files } : undefined;
}

function sourceFile(document: ApiDocument): SourceFileWithText {
  return { source: sourceOf(document.uri), data: document.data, document };
}

async function run(
  running: Running,
  document: ApiDocument,
  load: LoadDocument,
  signal: AbortSignal | undefined,
  keeper: object | undefined,
): Promise<SpectralRun> {
  const main = sourceFile(document);
  const pace = pacer(signal);
  const { keepers } = running;
  const before = keeper && keepers.get(keeper);
  // A run has them for itself until it ends, or is broken off.
  if (keeper) keepers.delete(keeper);
  const references = await referencesOf(main, load, pace, before, keeper !== undefined);
  try {
    return await runOver(references, main, running, pace);
  } finally {
    if (keeper) keepers.set(keeper, references);
  }
}

async function runOver(
  { resolution, memory }: References,
  main: SourceFileWithText,
  { core, plans, trusted, watch }: Running,
  pace: Pace,
): Promise<SpectralRun> {
  const { document } = main;
  const inventory = new Inventory(main, resolution);
  const formats = [...core.formats].filter((format) => format(inventory.resolved, main.source));
  inventory.document.formats = new Set(formats);
  const names = formats.map((format) => format.displayName ?? format.name).join(' ');
  let plan = plans.get(names);
  if (!plan) plans.set(names, (plan = planRules(core, new Set(formats), trusted)));
  // Functions that look at a value alone look at these too.
  memory?.ask(`${names} ${String((document.data as { jsonSchemaDialect?: unknown } | undefined)?.jsonSchemaDialect)}`);
  const { results, failures } = await runPlans(plan, inventory, resolution, pace, watch, memory);
  const uriOf = (source: string | undefined) => {
    const file = source === undefined ? undefined : (resolution.files.get(source) as SourceFileWithText | undefined);
    return file?.document.uri ?? document.uri;
  };
  const found = results.map(({ code, message, severity, path, source }) => ({
    code,
    message,
    severity: severities[severity] ?? ('error' as const),
    path,
    uri: uriOf(source),
  }));
  return { results: [...brokenReferences(resolution.broken), ...found], failures };
}

/** Finds the files references name, as Spectral does: what begins with `/` begins at the folder of the file. */
function fileLoader(known: Map<string, SourceFileWithText | undefined>, load: LoadDocument): LoadFile {
  return (reference, from) => {
    const uris = addressesOf(reference.replace(/^\//, ''), (from as SourceFileWithText).document);
    for (const uri of uris) {
      if (!known.has(uri)) {
        const document = load(uri);
        known.set(uri, document && sourceFile(document));
      }
      const file = known.get(uri);
      if (file) return file;
    }
    const [uri] = uris as [string];
    // What is not fetched, and why, is said by Lintel itself; of what is on no disk nobody can say that it is not there.
    return { broken: isOnDisk(uri) ? `\`${fileName(uri)}\` does not exist or cannot be read.` : undefined };
  };
}

/** Of references with the same mistake Spectral names the one that is written first. */
function brokenReferences(broken: readonly BrokenReference[]): SpectralResult[] {
  return [...groupBy(broken, ({ message }) => message).values()].map((same) => {
    const { file, path, message } = same.length === 1 ? (same[0] as BrokenReference) : firstOf(same);
    const { uri } = (file as SourceFileWithText).document;
    return { code: 'invalid-ref', message, severity: 'error', path: [...path, '$ref'], uri };
  });
}

/** A half typed line can break thousands of references alike: keys are looked up where their ways part, and not every reference. */
function firstOf(references: readonly BrokenReference[]): BrokenReference {
  const firsts = [...groupBy(references, ({ file }) => file).values()].map(firstInFile);
  const offsets = firsts.map(({ file, path }) => offsetOf(file, path));
  const least = offsets.reduce((first, offset) => Math.min(first, offset));
  return firsts[offsets.indexOf(least)] as BrokenReference;
}

function firstInFile(references: readonly BrokenReference[]): BrokenReference {
  let rest = references;
  for (let depth = 0; rest.length > 1; depth++) {
    const ways = groupBy(rest, ({ path }) => path[depth]);
    // What holds another stands before it.
    rest =
      ways.get(undefined)?.slice(0, 1) ?? [...ways.values()].reduce((first, way) => (isBefore(way, first, depth) ? way : first));
  }
  return rest[0] as BrokenReference;
}

function isBefore([one]: readonly BrokenReference[], [other]: readonly BrokenReference[], depth: number): boolean {
  const [a, b] = [one, other].map((each) => each && offsetOf(each.file, each.path.slice(0, depth + 1)));
  return (a ?? 0) < (b ?? 0);
}

function offsetOf(file: BrokenReference['file'], path: readonly string[]): number {
  return spanAt((file as SourceFileWithText).document.tree, path, 'key').start;
}

function memoize<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key) as T;
  };
}
