/** The facade's implementation: it keeps the buffers, caches what was parsed, and asks the engines. */
import { briefPage } from './brief.ts';
import type { Config } from './config.ts';
import {
  type ApiDocument,
  changeApiDocument,
  declaredFormat,
  type Format,
  headOf,
  isJson,
  looksLikeApi,
  parseApiDocument,
  rangeAt,
} from './document.ts';
import { compareFindings, type Finding, type Fix, severities, type Severity, type Span, type TextEdit } from './finding.ts';
import { scaffold } from './generate/scaffold.ts';
import { newAsyncApi, newOpenApi } from './generate/starters.ts';
import { groupBy } from './group.ts';
import type { Host } from './host.ts';
import type { FixAllOptions, FixAllResult, Glance, Lintel, Status } from './lintel.ts';
import { Api, isRecord, memberOf, type Place } from './model/api.ts';
import { fileName, isOnDisk, isWithinFolder, resolveUri, uriOnDisk } from './uri.ts';
import { readAs, Reader, readInStepsAs } from './model/reader.ts';
import { ownFinding, ownIds } from './own.ts';
import { type Pace, pacer } from './pace.ts';
import { stepByStep } from './steps.ts';
import { completeName } from './names.ts';
import { completeReference, linksOf, referenceAt, targetOfLink } from './references.ts';
import { followRenames, type Rename, renamed } from './renames.ts';
import {
  type ApiProblem,
  type ApiRule,
  type CodeFix,
  type CodeProblem,
  type CodeRule,
  docs,
  matchesFormat,
  problemsIn,
  type Rule,
  type RuleOptions,
  silencedBy,
  type SqlProblem,
  type TreeEditors,
} from './rule.ts';
import { createRemote, isRemote, type Lack, type Remote } from './remote.ts';
import { createRoots } from './roots.ts';
import { keyMistakes, type ParserOptions } from './spectral/keys.ts';
import { completeRuleset, explainInRuleset, type NamedRule } from './ruleset-help.ts';
import type { RulesetProblem } from './spectral/load.ts';
import type { Ruleset, SeverityAt, SpectralResult } from './spectral/spectral.ts';
import { nearest } from './structure/nearest.ts';
import { structureOf } from './structure/structure.ts';
import { sqlMigration } from './sql/migration.ts';
import { applyIgnores, ignoreComment, ignoreComments, ignoreMember, ignoreMembers } from './suppress.ts';
import { mostJoined, type Step } from './tree/change.ts';
import { editTree, type TreeEditor } from './tree/edit.ts';
import { Text } from './tree/text.ts';
import type { CodeProject } from './typescript/project.ts';
import type { FileRole } from './typescript/role.ts';

const productionRoles: readonly FileRole[] = ['server'];
const codeFile = /\.[cm]?[jt]sx?$/i;
const sqlFile = /\.sql$/i;
const apiFile = /\.(?:ya?ml|jsonc?)$/i;
/** Files in which there is help with writing a ruleset. */
const inBlocks = /\.ya?ml$/i;
const rulesetNames = ['.spectral.yaml', '.spectral.yml', '.spectral.json', '.spectral.js', '.spectral.mjs'];

/** Is it a file of a virtual workspace, among others that only the editor can read? */
const isVirtual = (uri: string) => !isOnDisk(uri) && !uri.startsWith('untitled:');
const alone = 'It lies on no disk: other files, rulesets among them, are not read.';

/** In a text without these nothing refers to a file. */
const referringWords = ['$ref', '$dynamicRef', 'operationRef', 'mapping', 'defaultMapping'];

/** Milliseconds for which a file on disk is taken to be as it was when it was last asked for, where nobody tells. */
const stampsHold = 1000;

interface Buffer {
  readonly text: Text;
  readonly version: number;
  readonly language: string | undefined;
  /** What changed since a document was parsed; the next one is made from it. */
  readonly edited?: { readonly document: ApiDocument; readonly steps: readonly Step[] };
}

interface LoadedRuleset {
  readonly ruleset: Ruleset;
  /** What is wrong with the ruleset file; then `ruleset` is the last good one, or Lintel's own. */
  readonly problems?: readonly Finding[];
}

/** A description that is being edited, and what each rule said of it. */
interface Description {
  readonly api: Api;
  /** It was read anew, because too much came or went with an edit. */
  readonly isUpset: boolean;
  /** What was made of the problems of each rule; it counts until any text changes. */
  shown?: { readonly generation: number; readonly ruleset: Ruleset; readonly config: string; readonly byRule: Shown };
  /** What the ruleset's own functions said last, each with what it spoke of. */
  last?: { readonly ruleset: Ruleset; readonly results: readonly (SpectralResult & { readonly value: unknown })[] };
  readonly runs: Map<string, RuleRun>;
}

/** Is there so much wrong, since an edit, that what rules say of it is not said again at a stretch? */
function isCrowded({ isUpset, runs }: Description): boolean {
  return isUpset && [...runs.values()].some(({ problems }) => problems.length > mostRenewed);
}

/** So many problems of a rule are said again in a time that nobody notices. */
const mostRenewed = 1000;

type Shown = Map<string, { readonly problems: readonly ApiProblem[]; readonly findings: readonly Finding[] }>;

/** What a rule said last of a description. */
interface RuleRun {
  readonly options: string;
  readonly reader: Reader;
  problems: readonly ApiProblem[];
  /** What each problem spoke of. */
  values: readonly unknown[];
  /** Milliseconds that it took to say it again after an edit; its first look, which is slow, tells nothing. */
  cost: number;
}

/** Rulesets by file and trust: loading one is slow, and they change only with their file. */
interface Rulesets {
  readonly loaded: Map<string, Promise<LoadedRuleset>>;
  /** Those whose loading has ended. */
  readonly ready: WeakSet<Promise<LoadedRuleset>>;
  /** The last of each that could be used; it stays in force while its file is broken. */
  readonly good: Map<string, Ruleset>;
  /** Every file that was read for them. */
  readonly files: Set<string>;
}

/** Builds Lintel over a host and the built-in rules. */
export function createLintel(host: Host, allRules: readonly Rule[]): Lintel {
  return createOver(host, allRules, { loaded: new Map(), ready: new WeakSet(), good: new Map(), files: new Set() });
}

function createOver(host: Host, allRules: readonly Rule[], rulesets: Rulesets, shared?: Remote): Lintel {
  const rules = new Map(allRules.map((rule) => [rule.id, rule]));
  // What is said at once of a long document may not hold all: the gravest first, but before them what takes no look at
  // every value of it, as structure does.
  const rank = ({ theme, severity }: ApiRule) => (theme === 'structure' ? severities.length : 0) + severities.indexOf(severity);
  const apiRules = allRules.filter((rule): rule is ApiRule => rule.on === 'api').sort((a, b) => rank(a) - rank(b));
  const codeRules = allRules.filter((rule): rule is CodeRule => rule.on === 'code');
  const buffers = new Map<string, Buffer>();
  const documents = new Map<string, ApiDocument>();
  /** Texts of files as they were read last, so that an unchanged file keeps its text and its document. */
  const onDisk = new Map<string, { readonly text: Text; readonly stamp: string | undefined }>();
  /** What is known of the descriptions that an editor holds; the next state of each is made from it. */
  const descriptions = new Map<string, Description>();
  /** Findings of the last check of a document; they count until any text changes. */
  const checked = new Map<string, { readonly config: string; readonly findings: Finding[] }>();
  let codeProject: Promise<CodeProject> | undefined;
  const roots = createRoots(host, content, (uri) => {
    const id = memberOf(document(uri)?.data, '$id');
    return typeof id === 'string' ? id : undefined;
  });
  /** Descriptions that no editor shows, of which one shows a part. */
  const held = new Set<string>();
  /** Files that a description was seen to refer to. */
  const referred = new Set<string>();
  /** Raised by every change of a text, so that a check that began before it is not kept. */
  let generation = 0;

  function textsChanged(): void {
    generation++;
    checked.clear();
  }

  const listeners: (() => void)[] = [];
  const arrived = () => {
    textsChanged();
    for (const listener of listeners) listener();
  };
  /** The search for files with names; done once, until files come or go. */
  let naming: Promise<boolean> | undefined;
  const remote = shared ?? createRemote(host.fetch?.bind(host), arrived);

  let folders: readonly string[] = [];
  /** Changes of files on disk are told. */
  let isWatched = false;
  /** Only files of the workspace are read: nobody trusts it to name others. */
  let isConfined = false;
  const isOutside = (uri: string) => folders.length > 0 && !folders.some((folder) => isWithinFolder(uri, folder));

  const read = (uri: string) => {
    if (isRemote(uri)) return remote.text(uri);
    return isConfined && isOutside(uri) ? undefined : host.read(uri);
  };
  /** Names of what lies in a folder, for those who look for a file by its name; kept until files come or go. */
  const folderNames = new Map<string, readonly string[]>();
  function namesIn(folder: string): readonly string[] {
    if (isConfined && isOutside(folder)) return [];
    let known = folderNames.get(folder);
    if (!known) folderNames.set(folder, (known = host.list(folder)));
    return known;
  }

  /** What the host said of files and when: who types in a file has those asked for that it imports, at every key. */
  const stamps = new Map<string, { readonly stamp: string | undefined; readonly at: number }>();
  function stampOf(uri: string): string | undefined {
    const known = stamps.get(uri);
    const now = Date.now();
    if (known && (now - known.at < stampsHold || (isWatched && folders.some((folder) => isWithinFolder(uri, folder)))))
      return known.stamp;
    const stamp = host.stamp?.(uri);
    stamps.set(uri, { stamp, at: now });
    return stamp;
  }

  const text = (uri: string) => buffers.get(uri)?.text.toString() ?? read(uri);

  function content(uri: string): Text | undefined {
    const buffer = buffers.get(uri);
    if (buffer) return buffer.text;
    const known = onDisk.get(uri);
    const stamp = isRemote(uri) ? undefined : host.stamp?.(uri);
    if (known && stamp !== undefined && known.stamp === stamp && !(isConfined && isOutside(uri))) return known.text;
    const now = read(uri);
    if (now === undefined) return undefined;
    const made = known?.text.toString() === now ? known.text : Text.of(now);
    onDisk.set(uri, { text: made, stamp });
    return made;
  }

  /** The document of a file. Undefined also where more than `most` characters of an edited one are to be joined for it. */
  function document(uri: string, most = Number.POSITIVE_INFINITY): ApiDocument | undefined {
    const now = content(uri);
    if (now === undefined) return undefined;
    const known = documents.get(uri);
    if (known?.tree.text === now) return known;
    const buffer = buffers.get(uri);
    const { edited, version = 0 } = buffer ?? {};
    const isNext = edited !== undefined && edited.document === known;
    const parsed = isNext ? changeApiDocument(known, edited.steps, version, most) : parseApiDocument(uri, now, version);
    if (!parsed) return undefined;
    documents.set(uri, parsed);
    // The tree before is not wanted any more: of a long document it is as large as all the rest.
    if (buffer && edited) buffers.set(uri, { ...buffer, edited: undefined });
    return parsed;
  }

  /** A ruleset file that is being edited. */
  function rulesetChanged(uri: string): void {
    if (rulesets.files.has(uri) || rulesetNames.some((name) => uri.endsWith(`/${name}`))) rulesets.loaded.clear();
  }

  /** Loads a document for another one that refers to it: by its place, or by the name it gives itself. */
  function referredDocument(uri: string): ApiDocument | undefined {
    const file = (isRemote(uri) && namedFile(uri)) || spelledOnDisk(uri);
    referred.add(file);
    return document(file);
  }

  /** The data of a document with those of the files it refers to. */
  async function wholeOf(data: Record<string, unknown>, uri: string): Promise<Record<string, unknown>> {
    const { withFiles } = await import('./generate/code/files.ts');
    return withFiles(data, uri, (file) => referredDocument(file)?.data);
  }

  const spelledOnDisk = (uri: string) => (host.ignoresCase ? uriOnDisk(uri, namesIn) : uri);

  /** The file of the workspace with this `$id`. They are searched for when the first is asked for, which takes a while. */
  function namedFile(uri: string): string | undefined {
    naming ??= roots.index(pacer(undefined)).then((isNew) => {
      if (isNew) arrived();
      return isNew;
    });
    return roots.named(uri);
  }

  /** A description or a part of one; whatever else is written in YAML and JSON is not looked at. */
  function description(uri: string): ApiDocument | undefined {
    const isPart = referred.has(uri) || looksLikeApi(content(uri) ?? Text.of(''));
    const doc = isPart && kindOf(uri) === 'api' ? document(uri) : undefined;
    return doc?.format || referred.has(uri) ? doc : undefined;
  }

  function kindOf(uri: string): 'api' | 'code' | 'sql' | undefined {
    const language = buffers.get(uri)?.language;
    if (language !== undefined) {
      if (/^(?:yaml|jsonc?|dockercompose|plaintext)$/.test(language)) return 'api';
      if (/^(?:type|java)script(?:react)?$/.test(language)) return 'code';
    }
    if (codeFile.test(uri)) return 'code';
    if (sqlFile.test(uri)) return 'sql';
    return apiFile.test(uri) ? 'api' : undefined;
  }

  /** The nearest ruleset file above a document, or the one the settings name. */
  function rulesetUri(uri: string, config: Config): string | undefined {
    if (config.ruleset !== '') return config.ruleset;
    if (!uri.startsWith('file:')) return undefined;
    for (let folder = resolveUri('.', uri), last = ''; folder !== last; last = folder, folder = resolveUri('..', folder)) {
      if (!config.trusted && isOutside(folder)) return undefined;
      const found = rulesetNames.map((name) => `${folder}${name}`).find((file) => host.isFile(file));
      if (found) return found;
    }
    return undefined;
  }

  function rulesetFor(uri: string, config: Config): Promise<LoadedRuleset> {
    const file = rulesetUri(uri, config);
    const key = rulesetKey(file, config);
    let loaded = rulesets.loaded.get(key);
    if (!loaded) {
      loaded = loadRulesetOnce(file, config.trusted, key);
      rulesets.loaded.set(key, loaded);
      void loaded.then(() => rulesets.ready.add(loaded as Promise<LoadedRuleset>));
    }
    return loaded;
  }

  /** Without a ruleset file Lintel's own rules are known while Spectral's are yet to be loaded, which takes a while. */
  function isRulesetReady(uri: string, config: Config): boolean {
    if (rulesetUri(uri, config) !== undefined) return true;
    const loaded = rulesets.loaded.get(rulesetKey(undefined, config));
    return loaded !== undefined && rulesets.ready.has(loaded);
  }

  async function loadRulesetOnce(file: string | undefined, trusted: boolean, key: string): Promise<LoadedRuleset> {
    const { loadSpectral } = await import('./spectral/parts.ts');
    const { defaultRuleset, loadRuleset } = await loadSpectral();
    if (file === undefined) return { ruleset: await defaultRuleset(apiRules) };
    const readForRuleset = (uri: string) => {
      rulesets.files.add(uri);
      return text(uri);
    };
    const result = await loadRuleset(file, apiRules, { ...host, read: readForRuleset }, trusted, remote);
    if ('ruleset' in result) {
      rulesets.good.set(key, result.ruleset);
      return result;
    }
    const problems = result.problems.map((problem) => rulesetFinding(file, text(file), problem));
    return { ruleset: rulesets.good.get(key) ?? (await defaultRuleset(apiRules)), problems };
  }

  function severityOf(rule: string, byRuleset: Severity | undefined, config: Config): Severity | undefined {
    const level = config.rules[rule] ?? byRuleset;
    return level === 'off' ? undefined : level;
  }

  async function checkApi(
    doc: ApiDocument,
    config: Config,
    signal: AbortSignal | undefined,
    atOnce: boolean,
    pace: Pace,
  ): Promise<Glance> {
    if (!doc.format) return { findings: [], isWhole: true };
    const isEarly = atOnce && !isRulesetReady(doc.uri, config);
    const { ruleset, problems: ofRuleset = [] }: LoadedRuleset = isEarly
      ? { ruleset: ownRuleset(apiRules) }
      : await rulesetFor(doc.uri, config);
    signal?.throwIfAborted();
    // A ruleset of another host is no file in which a person looks for mistakes.
    const placed = (problem: Finding) => (isRemote(problem.uri) ? { ...problem, uri: doc.uri, start: 0, end: 0 } : problem);
    const findings: Finding[] = ofRuleset.map(placed);
    const about = described(doc, doc.format);
    await pace();
    findings.push(...syntaxFindings(doc, ruleset.parserOptions));
    for (const _ of descriptions.has(doc.uri) ? about.api.operationsInSteps() : []) await pace();
    const shown = shownOf(about, ruleset, config);
    const enabled = enabledRules(ruleset, doc, apiRules);
    const replaced = new Set<string>();
    const isQuick = atOnce && doc.tree.text.length > quickLength;
    const begun = performance.now();
    let isCut = false;
    for (const rule of apiRules) {
      if (!matchesFormat(rule.formats, doc.format)) continue;
      const severityAt = enabled.get(rule.id) ?? nowhere;
      const severity: SeverityAt = (at, path) => severityOf(rule.id, severityAt(at, path), config);
      const isOn = severity(doc.uri, []) !== undefined;
      if (isOn) for (const code of silencedBy(rule)) replaced.add(code);
      if (!isOn && severityAt === nowhere) continue;
      // A rule's first look at a long document takes a while: what is said at once does not wait for all of them.
      const last = isQuick ? about.runs.get(rule.id) : undefined;
      const time = performance.now() - begun;
      if (isQuick && !last && time > quickTime) {
        isCut = true;
        continue;
      }
      // What takes longer follows when the typing pauses; what was said before stands until then.
      const isLate = last?.reader.isOld === true && last.cost > 0 && time + last.cost > keyTime;
      if (!isLate) await readInSteps(rule, about, config.ruleOptions[rule.id] ?? {}, pace, signal);
      let problems: readonly ApiProblem[] = [];
      const failed = guarded(rule, doc, () => {
        problems = isLate ? standing(last) : problemsOf(rule, about, config.ruleOptions[rule.id] ?? {});
        return [];
      });
      findings.push(...failed);
      if (shown.get(rule.id)?.problems !== problems) {
        const made: Finding[] = [];
        for (let start = 0; start < problems.length; start += fewProblems) {
          const some = problems.slice(start, start + fewProblems);
          made.push(...guarded(rule, doc, () => toFindings(rule, some, about, severity, config)));
          await pace();
        }
        shown.set(rule.id, { problems, findings: made });
      }
      findings.push(...(shown.get(rule.id)?.findings ?? []));
      signal?.throwIfAborted();
      await pace();
    }
    const before = isQuick && about.last?.ruleset === ruleset ? about.last.results : [];
    const results = isQuick
      ? before.filter((result) => isAsBefore(result.value, valueOf(result)))
      : await runRuleset(ruleset, about, doc, findings, signal);
    if (!isQuick && !isEarly) about.last = { ruleset, results: results.map((result) => ({ ...result, value: valueOf(result) })) };
    for (const result of results) {
      await pace();
      const severity = severityOf(result.code, result.severity, config);
      const target = result.uri === doc.uri ? doc : document(result.uri);
      if (!severity || !target || replaced.has(result.code)) continue;
      const { message, path } = result;
      findings.push({
        ...rangeAt(target, path, 'value'),
        uri: target.uri,
        rule: result.code,
        severity,
        message,
        path,
        href: ruleset.hrefOf(result.code),
      });
    }
    if (remote.lacks) findings.push(...remoteFindings(about.api));
    signal?.throwIfAborted();
    const isWhole = !isQuick && !isEarly;
    if (!doc.tree.text.includes('lintel-ignore')) return { findings, isWhole, isCut };
    const mark = doc.tree.language === 'yaml' ? '#' : '//';
    const ignores = [...ignoreComments(doc.text, mark), ...ignoreMembers(doc)];
    const heard = applyIgnores(doc.uri, findings, ignores);
    // What an ignore silences may come with the rest.
    return { findings: isWhole ? heard : heard.filter(({ rule }) => rule !== 'ignore-unused'), isWhole, isCut };
  }

  /** Of each host whose files are not here, the first reference. */
  function remoteFindings(api: Api): Finding[] {
    const byHost = new Map<string, { at: Place; lack: Lack; amount: number }>();
    for (const { at, uri } of structureOf(api).remote) {
      const lack = remote.lack(uri);
      if (!lack) continue;
      const { host } = lack;
      byHost.set(host, { at, lack, ...byHost.get(host), amount: (byHost.get(host)?.amount ?? 0) + 1 });
    }
    return [...byHost.values()].map(({ at, lack, amount }) => {
      // In a file of another host nobody would look for it.
      const here = isRemote(at.doc.uri) ? api.root : at;
      const place = { ...rangeAt(here.doc, here.path, here === at ? 'value' : 'key'), uri: here.doc.uri };
      const others = amount > 1 ? ` ${amount} references lead there.` : '';
      return ownFinding('remote', place, `${lack.message}${others}`, lack.refused ? lack.host : undefined);
    });
  }

  /** What a result of a ruleset speaks of, as it stands now. */
  function valueOf({ uri, path }: SpectralResult): unknown {
    const target = document(uri);
    return target && path.reduce<unknown>((value, key) => memberOf(value, key), target.data);
  }

  /** A rule of a ruleset that throws is named in a finding; the others go on. */
  async function runRuleset(
    ruleset: Ruleset,
    about: Description,
    doc: ApiDocument,
    findings: Finding[],
    signal: AbortSignal | undefined,
  ): Promise<readonly SpectralResult[]> {
    const failed = (what: string, why: string) => {
      const message = `${what} of ${ruleset.label} failed on this document and was skipped: ${why}`;
      findings.push(ownFinding('rule-failed', { uri: doc.uri, start: 0, end: 0 }, message));
    };
    try {
      const { results, failures } = await ruleset.run(
        doc,
        referredDocument,
        signal,
        descriptions.has(doc.uri) ? about : undefined,
      );
      for (const { code, message } of failures) failed(`The rule \`${code}\``, message);
      return results;
    } catch (error) {
      signal?.throwIfAborted();
      failed('The run', error instanceof Error ? error.message : String(error));
      return [];
    }
  }

  function described(doc: ApiDocument, format: Format): Description {
    const known = descriptions.get(doc.uri);
    const isSameFormat = known?.api.format.kind === format.kind && known.api.format.version === format.version;
    if (isSameFormat && (known.api.root.doc === doc || !isCrowded(known)) && known.api.renew(doc)) return known;
    const made = { api: new Api(doc, format, referredDocument, namesIn), runs: new Map(), isUpset: isSameFormat };
    if (buffers.has(doc.uri) || held.has(doc.uri)) descriptions.set(doc.uri, made);
    return made;
  }

  /** The findings that were made of the same texts, by the same rules and settings: an answer in parts makes them once. */
  function shownOf(about: Description, ruleset: Ruleset, config: Config): Shown {
    const asked = JSON.stringify(config);
    const { shown } = about;
    if (shown?.generation === generation && shown.ruleset === ruleset && shown.config === asked) return shown.byRule;
    const byRule: Shown = new Map();
    about.shown = { generation, ruleset, config: asked, byRule };
    return byRule;
  }

  /**
   * The first look of a rule at a description that an editor holds, and one after an edit that takes long, with turns for others
   * where the rule gives them.
   */
  async function readInSteps(
    rule: ApiRule,
    { api, runs }: Description,
    options: RuleOptions,
    pace: Pace,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const asked = JSON.stringify(options);
    const last = runs.get(rule.id);
    const isAgain = last?.options === asked;
    if (!descriptions.has(api.uri) || (isAgain && !(last.reader.isOld && last.cost > keyTime))) return;
    const run: RuleRun = isAgain ? last : { options: asked, reader: new Reader(), problems: [], values: [], cost: 0 };
    const problems: ApiProblem[] = [];
    let cost = 0;
    try {
      const steps = readInStepsAs(run.reader, () => rule.check(api, options)[Symbol.iterator]());
      for (;;) {
        const begun = performance.now();
        const step = steps.next();
        cost += performance.now() - begun;
        // What changed meanwhile is looked at again where it is told.
        if (step.done && !step.value) return;
        if (step.done) break;
        if (step.value) problems.push(step.value);
        const pause = pace();
        if (pause) await pause;
      }
    } catch {
      // A rule that fails does so again where it is told.
      signal?.throwIfAborted();
      return;
    }
    if (!isAgain && runs.get(rule.id)?.options === asked) return;
    run.problems = problems;
    run.values = problems.map(({ at }) => at.identity);
    if (isAgain) run.cost = cost;
    else runs.set(rule.id, run);
  }

  /** What a rule has against a description: what it said before, unless something it read has changed. */
  function problemsOf(rule: ApiRule, { api, runs }: Description, options: RuleOptions): readonly ApiProblem[] {
    if (!descriptions.has(api.uri)) return problemsIn(rule.check(api, options));
    const asked = JSON.stringify(options);
    let run = runs.get(rule.id);
    const isFirst = run?.options !== asked;
    if (!run || isFirst) runs.set(rule.id, (run = { options: asked, reader: new Reader(), problems: [], values: [], cost: 0 }));
    if (run.reader.isOld) {
      const begun = performance.now();
      run.problems = readAs(run.reader, () => problemsIn(rule.check(api, options)));
      run.values = run.problems.map(({ at }) => at.identity);
      if (!isFirst) run.cost = performance.now() - begun;
    }
    return run.problems;
  }

  function toFindings(
    rule: ApiRule,
    problems: readonly ApiProblem[],
    about: Description,
    severityAt: SeverityAt,
    config: Config,
  ): Finding[] {
    const options = config.ruleOptions[rule.id] ?? {};
    const href = pageUrl(rule);
    return problems.flatMap((problem) => {
      const { doc, path } = problem.at;
      const severity = severityAt(doc.uri, path);
      if (!severity) return [];
      let fix: Fix | null | undefined = null;
      return {
        ...rangeAt(doc, path, problem.target ?? 'key'),
        uri: doc.uri,
        rule: rule.id,
        severity: gradeOf(rule, problem, severity),
        message: problem.message,
        path,
        href,
        related: problem.related?.map(({ at, message }) => ({ ...rangeAt(at.doc, at.path, 'key'), uri: at.doc.uri, message })),
        // Most findings are only shown; whether one has a mend is asked when somebody looks.
        get fix() {
          if (fix === null) fix = apiFix(rule, problem, about.api, options);
          return fix;
        },
      };
    });
  }

  /** Only its rule can tell whether a problem has a mend, so it is asked at once; the edits are written when wanted. */
  function apiFix(rule: ApiRule, problem: ApiProblem, api: Api, options: Config['ruleOptions'][string]): Fix | undefined {
    if (!rule.fix) return undefined;
    const editors = new Map<string, TreeEditor>();
    const edit: TreeEditors = (place) => {
      const { doc } = place;
      const editor = editors.get(doc.uri) ?? editTree(doc);
      editors.set(doc.uri, editor);
      return editor;
    };
    const title = rule.fix.apply(problem, edit, api, options);
    if (title === undefined) return undefined;
    let edits: readonly TextEdit[] | undefined;
    return { title, safety: rule.fix.safety, edits: () => (edits ??= [...editors.values()].flatMap((editor) => editor.edits())) };
  }

  async function checkCode(uri: string, content: string, config: Config, signal: AbortSignal | undefined): Promise<Finding[]> {
    if (whyUnchecked(uri, content) !== undefined) return [];
    codeProject ??= import('./typescript/project.ts').then((module) =>
      module.codeProject(
        {
          ...host,
          read: text,
          stamp: (file) => (buffers.has(file) || (isConfined && isOutside(file)) ? undefined : stampOf(file)),
        },
        (folder) => !isOutside(folder),
      ),
    );
    const project = await codeProject;
    const file = project.file(uri, content);
    const role = project.roleOf(file);
    const findings: Finding[] = [];
    const pace = pacer(signal);
    for (const rule of codeRules) {
      if (!(rule.roles ?? productionRoles).includes(role)) continue;
      const severity = severityOf(rule.id, rule.optIn ? undefined : rule.severity, config);
      if (!severity) continue;
      findings.push(...guarded(rule, { uri }, () => runCodeRule(rule, file, severity, config.ruleOptions[rule.id] ?? {})));
      const pause = pace();
      if (pause) await pause;
    }
    return applyIgnores(uri, findings, ignoreComments(content, '//'));
  }

  function checkSql(uri: string, content: string, config: Config): Finding[] {
    const migration = sqlMigration(uri, content, { ...host, read: text });
    const findings = codeRules.flatMap((rule) => {
      const { checkSql: checks } = rule;
      const severity = migration && checks && severityOf(rule.id, rule.optIn ? undefined : rule.severity, config);
      if (!migration || !checks || !severity) return [];
      return guarded(rule, { uri }, () => [...checks(migration)].map((problem) => sqlFinding(rule, problem, uri, severity)));
    });
    return applyIgnores(uri, findings, ignoreComments(content, '--'));
  }

  /** A rule that throws is named in a finding; the others go on. */
  function guarded(rule: Rule, at: { uri: string }, run: () => Finding[]): Finding[] {
    try {
      return run();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `Lintel's rule \`${rule.id}\` failed on this file and was skipped (${why}). Please report it.`;
      return [ownFinding('rule-failed', { uri: at.uri, start: 0, end: 0 }, message)];
    }
  }

  async function check(uri: string, config: Config, signal?: AbortSignal): Promise<Finding[]> {
    return (await look(uri, config, signal, false)).findings as Finding[];
  }

  async function look(uri: string, config: Config, signal: AbortSignal | undefined, atOnce: boolean): Promise<Glance> {
    const key = JSON.stringify(config);
    const known = checked.get(uri);
    // A file that no editor holds may change on disk unseen, so only what is open is remembered.
    if (known?.config === key && buffers.has(uri)) return { findings: known.findings, isWhole: true };
    remote.allow(config.remoteHosts);
    isConfined = !config.trusted;
    const begun = generation;
    const { findings: found, ...glance } = await lookNow(uri, config, signal, atOnce);
    // What is wrong in a file of another host its owner mends.
    const findings = unique(graded(found, config)).filter((finding) => !isRemote(finding.uri));
    if (glance.isWhole && begun === generation) checked.set(uri, { config: key, findings });
    return { findings, ...glance };
  }

  async function lookNow(uri: string, config: Config, signal: AbortSignal | undefined, atOnce: boolean): Promise<Glance> {
    const now = content(uri);
    const kind = kindOf(uri);
    const nothing = { findings: [], isWhole: true };
    if (!config.enable || now === undefined || kind === undefined) return nothing;
    if (kind === 'sql') return { findings: checkSql(uri, now.toString(), config), isWhole: true };
    const ofRuleset = isRuleset(uri, config) ? ((await rulesetFor(uri, { ...config, ruleset: uri })).problems ?? []) : [];
    if (kind === 'code') {
      return { findings: [...ofRuleset, ...(await checkCode(uri, now.toString(), config, signal))], isWhole: true };
    }
    if (ofRuleset.length > 0) return { findings: ofRuleset, isWhole: true };
    if (!documents.get(uri)?.format && !looksLikeApi(now)) return nothing;
    const pace = pacer(signal);
    const doc = document(uri, atOnce ? mostJoined : undefined);
    if (!doc) return { findings: [], isWhole: false, isLate: true };
    await pace();
    return checkApi(doc, config, signal, atOnce, pace);
  }

  /** What Lintel reports by itself obeys the settings as rules do. */
  function graded(findings: readonly Finding[], config: Config): readonly Finding[] {
    if (!ownIds.some((id) => Object.hasOwn(config.rules, id))) return findings;
    return findings.flatMap((finding) => {
      const severity = ownIds.some((id) => id === finding.rule)
        ? severityOf(finding.rule, finding.severity, config)
        : finding.severity;
      return severity ? { ...finding, severity } : [];
    });
  }

  async function status(uri: string, config: Config): Promise<Status> {
    const said = await statusOf(uri, config);
    const told = said.checked && isVirtual(uri) ? { ...said, summary: `${said.summary} ${alone}` } : said;
    const mistake = told.checked ? (config.mistake ?? (await misspeltIn(uri, config))) : undefined;
    return mistake === undefined ? told : { ...told, summary: `${told.summary} ${mistake}`, isTroubled: true };
  }

  /** What the settings call a rule that is none, where it is plain which one is meant; it would silently change nothing. */
  async function misspeltIn(uri: string, config: Config): Promise<string | undefined> {
    const ids = Object.keys({ ...config.rules, ...config.ruleOptions }).filter((id) => !rules.has(id));
    if (ids.length === 0) return undefined;
    const { ruleset } = await rulesetFor(uri, config);
    const known = [...rules.keys(), ...ruleset.rules().map(({ id }) => id)];
    for (const id of ids) {
      const meant = ruleset.has(id) ? undefined : nearest(id, known);
      if (meant !== undefined) return `The settings name \`${id}\`, which is no rule; did you mean \`${meant}\`?`;
    }
    return undefined;
  }

  async function statusOf(uri: string, config: Config): Promise<Status> {
    if (!config.enable) return { checked: false, summary: 'Lintel is switched off by `lintel.enable`.' };
    const kind = kindOf(uri);
    if (isRuleset(uri, config)) {
      const { problems } = await rulesetFor(uri, { ...config, ruleset: uri });
      if (problems) return { checked: true, summary: 'A ruleset that cannot be used as it is.', isTroubled: true };
      return { checked: true, summary: 'A ruleset for OpenAPI and AsyncAPI documents.' };
    }
    if (kind === 'code') {
      const why = whyUnchecked(uri, text(uri) ?? '');
      if (why !== undefined) return { checked: false, summary: why };
      return { checked: true, summary: 'Checked with Lintel’s rules for integration code.' };
    }
    if (kind === 'sql') {
      const migration = sqlMigration(uri, text(uri) ?? '', { ...host, read: text });
      return migration
        ? { checked: true, summary: `A migration of ${migration.tool}, checked with Lintel’s rules for migrations.` }
        : { checked: false, summary: 'SQL, but no migration of a tool that Lintel knows: not checked.' };
    }
    const doc = kind === 'api' ? document(uri) : undefined;
    const [root] = doc && !doc.format ? await rootsOf(uri) : [];
    if (root) return { checked: true, summary: `A part of ${fileName(root)}, checked with it.` };
    if (!doc?.format)
      return { checked: false, summary: 'Neither OpenAPI nor AsyncAPI, nor TypeScript or JavaScript: not checked.' };
    const { ruleset, problems } = await rulesetFor(uri, config);
    const name = `${doc.format.kind === 'openapi' ? 'OpenAPI' : 'AsyncAPI'} ${doc.format.version}`;
    const [problem] = problems ?? [];
    if (!problem) return { checked: true, summary: `${name}, checked with ${ruleset.label}.`, ruleset: ruleset.uri };
    // What is wrong with it is said at its place; people need one short line here.
    const state = problems?.every(({ severity }) => severity === 'info') ? 'waits for trust' : 'cannot be used as it is';
    return { checked: true, summary: `${name}; the ruleset ${state}.`, isTroubled: true, ruleset: problem.uri };
  }

  /** A ruleset: by its name, by the settings, or because another one extends it. */
  function isRuleset(uri: string, config: Config): boolean {
    if (rulesetNames.some((name) => uri.endsWith(`/${name}`)) || uri === config.ruleset) return true;
    // Manifests of packages and functions are read for rulesets, too.
    return rulesets.files.has(uri) && inBlocks.test(uri);
  }

  async function rulesNamedIn(uri: string, config: Config): Promise<NamedRule[]> {
    const { ruleset } = await rulesetFor(uri, { ...config, ruleset: uri });
    const own = apiRules.map((rule) => ({ id: rule.id, help: briefPage(rule.page, pageUrl(rule)) }));
    const others = ruleset.rules().filter(({ id }) => !rules.has(id));
    const named = [...own, ...others.map(({ id, description }) => ({ id, help: description }))];
    return named.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async function rootsOf(uri: string, signal?: AbortSignal): Promise<readonly string[]> {
    const now = kindOf(uri) === 'api' ? content(uri) : undefined;
    // To look for the word that makes a description a long text is joined; a parsed one has told already.
    if (!now || documents.get(uri)?.format || looksLikeApi(now)) return [];
    const found = await roots.of(uri, pacer(signal));
    for (const root of found) {
      referred.add(uri);
      held.add(root);
    }
    return found;
  }

  async function editsForRenames(renames: readonly Rename[], signal?: AbortSignal): Promise<readonly TextEdit[]> {
    const known = await roots.referring(pacer(signal));
    const isMoved = (uri: string) => renamed(uri, renames) !== uri;
    const files = new Map<string, string | undefined>();
    const fileAt = (uri: string) => {
      if (files.has(uri)) return files.get(uri);
      const file = spelledOnDisk(uri);
      const found = buffers.has(file) || host.isFile(file) ? file : undefined;
      files.set(uri, found);
      return found;
    };
    const mayRefer = (uri: string) => referringWords.some((word) => content(uri)?.includes(word));
    const leadsThere = (uri: string) => roots.references(uri).some((file) => isMoved(spelledOnDisk(file)));
    const concerned = [...new Set([...buffers.keys(), ...renames.map(({ from }) => from), ...known])].filter(
      (uri) => kindOf(uri) === 'api' && mayRefer(uri) && (buffers.has(uri) || isMoved(uri) || leadsThere(uri)),
    );
    return concerned.flatMap((uri) => {
      const doc = document(uri);
      return doc ? followRenames(doc, renames, fileAt) : [];
    });
  }

  /** The descriptions that a file is a part of; none where they are of several versions, whose fixes would undo one another. */
  async function descriptionsOf(uri: string): Promise<readonly string[]> {
    const found = await rootsOf(uri);
    const formats = new Set(found.map((root) => JSON.stringify(document(root)?.format)));
    return formats.size === 1 ? found : [];
  }

  async function fixAll(uri: string, config: Config, options: FixAllOptions): Promise<FixAllResult> {
    const mended: FixAllResult['mended'][number][] = [];
    const texts = new Map<string, string>();
    // Tried out on a Lintel of its own, so that no other call sees a text that nobody has written.
    const trial = createOver({ ...host, read: (file) => texts.get(file) ?? text(file) }, allRules, rulesets, remote);
    trial.workspace(folders);
    const show = (file: string, content: string) => trial.open(file, content, 0, buffers.get(file)?.language);
    show(uri, text(uri) ?? '');
    const checked = options.own ? [uri, ...(await descriptionsOf(uri))] : [uri];
    // Every round applies the fixes that do not touch one another; a fix may make room for the next. Bounded, so that
    // two rules that undo each other end.
    for (let round = 0; round < 20; round++) {
      const edits: TextEdit[] = [];
      const findings = [];
      for (const each of checked) findings.push(...(await trial.check(each, config)));
      for (const finding of findings) {
        const { fix } = finding;
        if (!fix || (options.rule && finding.rule !== options.rule) || (fix.safety !== 'safe' && !options.unsafe)) continue;
        if (options.own && finding.uri !== uri) continue;
        const wanted = fix.edits();
        if (options.own === 'edits' && wanted.some((edit) => edit.uri !== uri)) continue;
        if (wanted.length === 0 || wanted.some((edit) => edits.some((taken) => collide(edit, taken)))) continue;
        edits.push(...wanted);
        mended.push({ rule: finding.rule, title: fix.title, uri: finding.uri });
      }
      if (edits.length === 0) break;
      for (const [file, changes] of groupBy(edits, (edit) => edit.uri)) {
        const next = applyEdits(trial.text(file) ?? '', changes);
        texts.set(file, next);
        show(file, next);
      }
    }
    return { texts, mended };
  }

  function ignore(finding: Finding, reason: string): TextEdit | undefined {
    const content = text(finding.uri);
    // A ruleset that cannot be used cannot be used the more for a comment.
    if (content === undefined || finding.rule === 'ruleset') return undefined;
    const kind = kindOf(finding.uri);
    if (kind === 'code' || kind === 'sql') return ignoreComment(content, finding, kind === 'code' ? '//' : '--', reason);
    const doc = document(finding.uri);
    if (!doc) return undefined;
    return doc.tree.language === 'yaml' ? ignoreComment(content, finding, '#', reason) : ignoreMember(doc, finding, reason);
  }

  return {
    rules,
    fetchThrough: remote.through,
    onArrival: (listener) => void listeners.push(listener),
    async arrivals() {
      const isNamed = await naming;
      naming &&= Promise.resolve(false);
      return (await remote.settled()) || isNamed === true;
    },
    text,
    onDisk: read,
    content,
    workspace(uris, watched = false) {
      folders = uris;
      isWatched = watched;
      naming = undefined;
      roots.search(uris);
    },
    rootsOf,
    check,
    glance: (uri, config, signal) => look(uri, config, signal, true),
    status,
    rulesetOf: rulesetUri,
    fixAll,
    ignore,
    open(uri, newText, version, language) {
      const known = buffers.get(uri)?.text ?? onDisk.get(uri)?.text;
      if (!buffers.has(uri)) remote.retry();
      buffers.set(uri, { text: known?.toString() === newText ? known : Text.of(newText), version, language });
      roots.changed(uri);
      textsChanged();
      rulesetChanged(uri);
    },
    change(uri, changes, version) {
      const buffer = buffers.get(uri);
      if (!buffer) return;
      const known = documents.get(uri);
      const isParsed = known !== undefined && known.tree.text === buffer.text;
      const before = isParsed ? known : buffer.edited?.document;
      const steps = isParsed ? [] : [...(buffer.edited?.steps ?? [])];
      let { text: now } = buffer;
      for (const change of changes) {
        now = now.change(change);
        steps.push({ change, text: now });
      }
      buffers.set(uri, { ...buffer, text: now, version, edited: before && { document: before, steps } });
      roots.changed(uri);
      textsChanged();
      rulesetChanged(uri);
    },
    close(uri) {
      buffers.delete(uri);
      documents.delete(uri);
      // Those that are still wanted are asked for again.
      for (const known of descriptions.keys()) if (!buffers.has(known)) descriptions.delete(known);
      held.clear();
      roots.changed(uri);
      if (rulesets.files.has(uri)) rulesets.loaded.clear();
      textsChanged();
    },
    changedOnDisk(uris) {
      for (const uri of uris) {
        documents.delete(uri);
        onDisk.delete(uri);
      }
      folderNames.clear();
      stamps.clear();
      rulesets.loaded.clear();
      roots.forget();
      naming = undefined;
      void codeProject?.then((project) => project.forget());
      textsChanged();
    },
    hoverIgnore(uri, offset) {
      const content = text(uri) ?? '';
      const kind = kindOf(uri);
      const mark = kind === 'code' ? '//' : kind === 'sql' ? '--' : '#';
      const found = ignoreComments(content, mark).find(({ start, end }) => offset >= start && offset <= end);
      const rule = found && rules.get(found.rule);
      return rule ? { start: found.start, end: found.end, markdown: briefPage(rule.page, pageUrl(rule)) } : undefined;
    },
    descriptionOf(uri) {
      const now = kindOf(uri) === 'api' ? content(uri) : undefined;
      if (now === undefined || !looksLikeApi(now)) return undefined;
      const head = headOf(now);
      const language = isJson(uri, head) ? 'json' : 'yaml';
      const format = declaredFormat(head) ?? document(uri)?.format;
      return format && { format, language };
    },
    referenceAt(uri, offset) {
      const doc = description(uri);
      return doc && referenceAt(doc, offset, referredDocument);
    },
    links(uri) {
      const doc = description(uri);
      return doc ? linksOf(doc) : [];
    },
    targetOfLink: (link) => targetOfLink(link, referredDocument),
    editsForRenames,
    completeReference(uri, offset) {
      const content = text(uri);
      if (content === undefined || kindOf(uri) !== 'api') return undefined;
      const format = declaredFormat(content);
      if (!format && !referred.has(uri)) return undefined;
      return completeReference({ uri, text: content, format }, offset, host, referredDocument);
    },
    completeName(uri, offset) {
      const now = kindOf(uri) === 'api' ? text(uri) : undefined;
      const format = now === undefined ? undefined : declaredFormat(now);
      if (now === undefined || !format) return undefined;
      // Where much would have to be read for the names of now, those of the last look are good enough.
      const known = () => document(uri, mostJoined) ?? documents.get(uri);
      return completeName({ text: now, json: isJson(uri, now), format }, offset, known, referredDocument);
    },
    async generateOpenApi(entries, options = {}, watch) {
      const [{ applicationSteps }, { toOpenApi }, { packageOptions }] = await Promise.all([
        import('./typescript/application.ts'),
        import('./generate/openapi.ts'),
        import('./generate/package.ts'),
      ]);
      const facts = await stepByStep(applicationSteps(entries, host, text), watch);
      return toOpenApi(facts, { ...packageOptions(entries[0], text), ...facts.info, ...options });
    },
    async applicationsIn(folders, of, watch) {
      const { entrySteps } = await import('./typescript/entries.ts');
      return stepByStep(entrySteps(folders, host, text, of), watch);
    },
    async completeRuleset(uri, offset, config) {
      const now = isRuleset(uri, config) && inBlocks.test(uri) ? text(uri) : undefined;
      return now === undefined ? undefined : completeRuleset(now, offset, await rulesNamedIn(uri, config));
    },
    async explainInRuleset(uri, offset, config) {
      const now = isRuleset(uri, config) && inBlocks.test(uri) ? text(uri) : undefined;
      return now === undefined ? undefined : explainInRuleset(now, offset, await rulesNamedIn(uri, config));
    },
    async generateAsyncApi(entries, options = {}, watch) {
      const [{ messageSteps }, { toAsyncApi }, { packageOptions }] = await Promise.all([
        import('./typescript/messages.ts'),
        import('./generate/asyncapi.ts'),
        import('./generate/package.ts'),
      ]);
      return toAsyncApi(await stepByStep(messageSteps(entries, host, text), watch), {
        ...packageOptions(entries[0], text),
        ...options,
      });
    },
    async generateFromSamples(samples, options = {}) {
      const { fromSamples } = await import('./generate/samples/operations.ts');
      return fromSamples(samples, options);
    },
    async mergeInto(uri, generated) {
      const [{ Target, refuse }, { mergeOpenApi }, { mergeAsyncApi }] = await Promise.all([
        import('./generate/merge/target.ts'),
        import('./generate/merge/openapi.ts'),
        import('./generate/merge/asyncapi.ts'),
      ]);
      const code = parseApiDocument('', generated);
      const doc = document(uri);
      if (!doc?.format || doc.format.kind !== code.format?.kind)
        return refuse(`The document is not ${code.format?.kind === 'asyncapi' ? 'AsyncAPI' : 'OpenAPI'}. Name one that is.`);
      if (doc.tree.errors.length > 0) return refuse('The document does not parse. Mend its syntax first.');
      const merge = code.format.kind === 'openapi' ? mergeOpenApi : mergeAsyncApi;
      return merge(new Target(doc), code.data as Record<string, unknown>);
    },
    async codeOf(uri, operation) {
      const doc = document(uri);
      const file = decodeURIComponent(uri.split('/').at(-1) ?? '').replace(/\.\w+$/, '');
      const base = /^[\w.-]+$/.test(file) && uri.startsWith('file:') ? file : 'api';
      if (!doc?.format || !isRecord(doc.data)) return [];
      if (doc.format.kind === 'openapi')
        return (await import('./generate/code/openapi.ts')).codeOfOpenApi(await wholeOf(doc.data, uri), base, operation);
      return (await import('./generate/code/asyncapi.ts')).codeOfAsyncApi(await wholeOf(doc.data, uri), base, operation);
    },
    async operationsOf(uri) {
      const doc = document(uri);
      if (!doc?.format || !isRecord(doc.data)) return [];
      const whole = await wholeOf(doc.data, uri);
      if (doc.format.kind === 'openapi') return (await import('./generate/code/openapi.ts')).operationNames(whole);
      return (await import('./generate/code/asyncapi.ts')).messageOperationNames(whole);
    },
    knows: async (rule, uri, config) => rules.has(rule) || (await rulesetFor(uri, config)).ruleset.has(rule),
    async placeSnippet(uri, snippet, at) {
      const { placeSnippet } = await import('./typescript/insertion.ts');
      return placeSnippet(uri, text(uri) ?? '', snippet, at);
    },
    async placeBlock(uri, snippet) {
      const { mergeBlock } = await import('./generate/merge/block.ts');
      const doc = document(uri);
      return doc?.format && doc.tree.errors.length === 0 ? mergeBlock(doc, snippet) : undefined;
    },
    async placeImports(uri, each) {
      const { placeImports } = await import('./typescript/insertion.ts');
      return placeImports(uri, text(uri) ?? '', each);
    },
    newDocument: (kind) => (kind === 'openapi' ? newOpenApi : newAsyncApi),
    scaffold,
  };
}

/** In a document up to this length the functions of a ruleset take no longer than a person notices. */
const quickLength = 50_000;

/** So many problems become findings at a stretch. */
const fewProblems = 128;

/** Milliseconds that the rules may take for what is said at once after a key in a long document. */
const keyTime = 8;

/** Milliseconds after which the first answer about a long document takes no further rules in. */
const quickTime = 60;

/** Lintel's own rules as they are without a ruleset file, and none of Spectral's. */
function ownRuleset(rules: readonly ApiRule[]): Ruleset {
  const on = rules.filter(({ optIn }) => !optIn).map(({ id, severity }) => [id, () => severity] as const);
  return {
    label: '',
    lintelRules: () => new Map(on),
    has: () => true,
    rules: () => [],
    parserOptions: { duplicateKeys: 'error', incompatibleValues: 'off' },
    hrefOf: () => undefined,
    run: async () => ({ results: [], failures: [] }),
  };
}

function rulesetKey(file: string | undefined, { trusted, remoteHosts }: Config): string {
  return `${file ?? ''} ${trusted} ${remoteHosts.join(' ')}`;
}

const nowhere: SeverityAt = () => undefined;

/** Is what was spoken of as it was: a text the same, an object or list still one, with other members or not? */
function isAsBefore(before: unknown, now: unknown): boolean {
  if (typeof now !== 'object' || now === null) return now === before;
  return typeof before === 'object' && Array.isArray(now) === Array.isArray(before);
}

/** The problems of a rule's last look whose places are as they were. */
function standing({ problems, values }: RuleRun): ApiProblem[] {
  return problems.filter(({ at }, index) => isAsBefore(values[index], at.identity));
}

/** What does not parse, and what a ruleset has against keys that do. */
function syntaxFindings(doc: ApiDocument, options: ParserOptions): Finding[] {
  const isAsked = doc.tree.errors.length > 0 || options.incompatibleValues !== 'off';
  const mistakes = isAsked ? keyMistakes(doc) : [];
  const duplicates = new Set(mistakes.filter(({ kind }) => kind === 'duplicateKeys').map(({ start }) => start));
  const syntax = doc.tree.errors.flatMap(({ start, end, message }) => {
    const severity = duplicates.has(start) ? options.duplicateKeys : 'error';
    return severity === 'off' ? [] : { ...ownFinding('syntax', { uri: doc.uri, start, end }, message), severity };
  });
  const { incompatibleValues: severity } = options;
  if (severity === 'off') return syntax;
  const keys = mistakes
    .filter(({ kind }) => kind === 'incompatibleValues')
    .map(({ start, end, message }) => ({ uri: doc.uri, start, end, message, rule: 'parser', severity }));
  return [...syntax, ...keys];
}

/** What is wrong with a ruleset, told in its file. A name that is misspelt is mended there. */
function rulesetFinding(uri: string, text: string | undefined, problem: RulesetProblem): Finding {
  const { start, end, message, host, needsTrust, meant, related } = problem;
  const mistake = ownFinding('ruleset', { uri, start, end }, message, host);
  const until = 'Until it is, documents are checked with Lintel’s own rules.';
  const finding: Finding = needsTrust ? { ...mistake, severity: 'info', message: `${message} ${until}` } : mistake;
  const written = text?.slice(start, end);
  const fix: Fix | undefined =
    meant && written?.includes(meant.written)
      ? {
          title: `Write \`${meant.meant}\``,
          safety: 'suggestion',
          edits: () => [{ uri, start, end, newText: written.replace(meant.written, meant.meant) }],
        }
      : undefined;
  return { ...finding, ...(related && { related: [related] }), ...(fix && { fix }) };
}

/** A problem may be milder than its rule; a severity that a setting or ruleset chose has the last word. */
function gradeOf(rule: Rule, problem: { readonly severity?: Severity }, severity: Severity): Severity {
  return severity === rule.severity ? (problem.severity ?? severity) : severity;
}

/** Where the page of a rule is read on the web. */
export function pageUrl(rule: Rule): string {
  return `${docs}/${folderOf(rule)}/${rule.id}.md`;
}

/** The folder of `rulesets` that a rule stands in: by the kinds of files it looks at. */
function folderOf(rule: Rule): string {
  if (rule.on !== 'api') return rule.on;
  const kinds = new Set(rule.formats.map((format) => format.replace(/\d$/, '')));
  return kinds.size > 1 ? 'documents' : ([...kinds][0] as string);
}

/** Is a rule of Spectral's, whose ids begin with the format they are for, about a document of this one? */
function speaksOf(code: string, { format }: ApiDocument): boolean {
  const [, kind, version = ''] = /^(oas|asyncapi)-?(\d?)/.exec(code) ?? [];
  const isKind = (kind === 'asyncapi') === (format?.kind === 'asyncapi');
  return code === 'invalid-ref' || (isKind && format?.version.startsWith(version) === true);
}

/**
 * Lintel's rules that are on for a document: those its ruleset has on, which then speak in place of the rules of Spectral
 * that they replace, and what is structural, unless the ruleset speaks of that, be it to switch it off.
 */
function enabledRules(ruleset: Ruleset, doc: ApiDocument, rules: readonly ApiRule[]): ReadonlyMap<string, SeverityAt> {
  const enabled = new Map(ruleset.lintelRules(doc.uri));
  // Spectral's resolver speaks of references with every ruleset.
  const isKnown = (code: string) => ruleset.has(code) || (code === 'invalid-ref' && ruleset.uri !== undefined);
  for (const rule of rules) {
    if (!rule.structural || enabled.has(rule.id)) continue;
    const replaced = rule.replaces?.filter((code) => speaksOf(code, doc)) ?? [];
    if (![rule.id, ...replaced].some(isKnown)) enabled.set(rule.id, () => rule.severity);
  }
  return enabled;
}

/** The same finding reached over two roads is one; sorted. */
function unique(findings: readonly Finding[]): Finding[] {
  const sorted = [...findings].sort(compareFindings);
  return sorted.filter((finding, index) => index === 0 || compareFindings(sorted[index - 1] as Finding, finding) !== 0);
}

/** Why nothing is said of code that nobody here can mend; undefined where it is checked. */
function whyUnchecked(uri: string, content: string): string | undefined {
  if (/\/node_modules\//.test(uri)) return 'Code of an installed package: not checked.';
  if (isMinified(content)) return 'Minified code: not checked.';
  return undefined;
}

/** No person writes lines that long: a bundle, or a library as it is served. */
function isMinified(content: string): boolean {
  if (content.length < 20_000) return false;
  const longest = 1000;
  let lines = 1;
  for (let at = content.indexOf('\n'); at !== -1; at = content.indexOf('\n', at + 1)) lines++;
  return content.length / lines > longest;
}

function collide(a: TextEdit, b: TextEdit): boolean {
  return a.uri === b.uri && a.start <= b.end && b.start <= a.end;
}

/** Applies edits of one file that do not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = text;
  for (const { start, end, newText } of [...edits].sort((a, b) => b.start - a.start || b.end - a.end)) {
    result = result.slice(0, start) + newText + result.slice(end);
  }
  return result;
}

function sqlFinding(rule: CodeRule, problem: SqlProblem, uri: string, severity: Severity): Finding {
  const related = problem.related?.map(({ at, message }) => ({ uri, ...at, message }));
  return codeFinding(rule, problem, { uri, ...problem.at }, related, problem.fix, severity);
}

/** A message quotes code, which may go over several lines. */
function oneLine(message: string): string {
  return message.replace(/\s*\n\s*(?=[.?)\]}])|(?<=[([])\s*\n\s*/g, '').replace(/\s*\n\s*/g, ' ');
}

/** What a rule yields for code or SQL, as a finding at its place. */
function codeFinding(
  rule: CodeRule,
  problem: CodeProblem | SqlProblem,
  at: Span & { readonly uri: string },
  related: Finding['related'],
  fix: CodeFix | undefined,
  severity: Severity,
): Finding {
  const { uri, start, end } = at;
  return {
    start,
    end,
    uri,
    rule: rule.id,
    severity: gradeOf(rule, problem, severity),
    message: oneLine(problem.message),
    href: pageUrl(rule),
    related,
    fix: fix && { title: fix.title, safety: fix.safety, edits: () => fix.edits.map((edit) => ({ uri, ...edit })) },
  };
}

function runCodeRule(
  rule: CodeRule,
  file: import('./typescript/code.ts').CodeFile,
  severity: Severity,
  options: Config['ruleOptions'][string],
): Finding[] {
  const findings: Finding[] = [];
  for (const problem of rule.check(file, options)) {
    const span = 'kind' in problem.at ? { start: problem.at.getStart(), end: problem.at.getEnd() } : problem.at;
    const node = problem.evidence ?? ('kind' in problem.at ? problem.at : undefined);
    if (node && file.errors.some((error) => error.start <= node.getEnd() && error.end >= node.getStart())) continue;
    const related = problem.related?.map(({ at, message }) => ({
      uri: at.getSourceFile().fileName,
      start: at.getStart(),
      end: at.getEnd(),
      message,
    }));
    findings.push(codeFinding(rule, problem, { uri: file.uri, ...span }, related, rule.fix?.(problem, file), severity));
  }
  return findings;
}
