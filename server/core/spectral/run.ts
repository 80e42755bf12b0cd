/**
 * Runs the rules of a Spectral ruleset over a document. The rules, their functions, formats and messages are Spectral's;
 * the walk is ours: every value is looked at once for each step it may be, however many references lead to it.
 */
import type { Ruleset } from '@stoplight/spectral-core';
import spectralRuntime from '@stoplight/spectral-runtime';
import Nimma from 'nimma';
import { jsonPathPlus } from 'nimma/fallbacks';
import { groupBy, inMap } from '../group.ts';
import { type Guard, Overrun } from '../host.ts';
import type { Pace } from '../pace.ts';
import { type Accept, Automaton, type Move, type State } from './automaton.ts';
import {
  type Call,
  type CallContext,
  callOf,
  isForeign,
  looksAtValueOnly,
  marksOf,
  type Reach,
  reachOf,
  type SpectralFunction,
} from './functions.ts';
import { closestPath, type Inventory, isObject, isOdd, isReference, type Way, wayBehind } from './inventory.ts';
import { compileExpression } from './jsonpath.ts';
import { lintTargets, type MessageValues, printMessage, valueAt } from './message.ts';
import type { Resolution, Target } from './resolve.ts';

const { decodeSegmentFragment, PrintStyle, printPath } = spectralRuntime;

/** A ruleset as spectral-core holds it. */
export type Core = Ruleset;
type Rule = Core['rules'][string];
type Keys = (string | number)[];

/** A rule and how its functions are called. */
interface Check {
  readonly rule: Rule;
  readonly reach: Reach;
  /** Its answers count as long as the values are the same that they are about. */
  readonly isLocal: boolean;
  readonly calls: readonly { call: Call; options: unknown; field: string | undefined; isForeign: boolean }[];
}

/** Rules that are asked on one walk over the document. */
interface Walk {
  readonly automaton: Automaton<Check>;
  /** Looks at a shared value on every way to it, and not once. */
  readonly isTree: boolean;
  /** What the rules said of a value counts as long as the value is the same. */
  readonly isKept: boolean;
}

/** The rules that look at the document as written, or with its references resolved. */
interface Plan {
  readonly walks: readonly Walk[];
  /** Expressions that only nimma knows. */
  readonly others: ReadonlyMap<string, readonly Check[]>;
  /** What is not run because the workspace is not trusted. */
  readonly refused: readonly Check[];
}

export interface Plans {
  readonly resolved: Plan;
  readonly written: Plan;
  /** Functions that a user wrote are among the rules'. */
  readonly foreign: boolean;
}

/** What a rule says, in Spectral's terms. */
export interface RawResult {
  readonly code: string;
  readonly message: string;
  readonly severity: number;
  readonly path: string[];
  /** The name of the file; undefined where Spectral knows none. */
  readonly source: string | undefined;
}

/** A rule whose function threw; what else it had to say is not known. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

interface RunResult {
  readonly results: readonly RawResult[];
  readonly failures: readonly Failure[];
}

/** Prepares the rules of a ruleset that apply to documents of these formats. */
export function planRules(ruleset: Core, formats: ReadonlySet<unknown>, trusted: boolean): Plans {
  const ofFormats = formats as Parameters<Rule['matchesFormat']>[0];
  const checks = Object.values(ruleset.rules)
    .filter((rule) => rule.enabled && rule.matchesFormat(ofFormats))
    .map((rule) => ({ check: checkOf(rule), givens: rule.getGivenForFormats(ofFormats) }));
  return {
    resolved: planOf(
      checks.filter(({ check }) => check.rule.resolved),
      true,
      trusted,
    ),
    written: planOf(
      checks.filter(({ check }) => !check.rule.resolved),
      false,
      trusted,
    ),
    foreign: checks.some(({ check }) => check.rule.then.some((then) => isForeign(then.function as unknown as SpectralFunction))),
  };
}

const reaches: readonly Reach[] = ['value', 'key', 'path'];

function checkOf(rule: Rule): Check {
  const parts = rule.then.map((then) => ({ ...then, fn: then.function as unknown as SpectralFunction }));
  return {
    rule,
    reach: reaches[Math.max(0, ...parts.map(({ fn }) => reaches.indexOf(reachOf(fn))))] as Reach,
    isLocal: parts.every(({ fn }) => looksAtValueOnly(fn)),
    calls: parts.map(({ fn, functionOptions, field }) => ({
      call: callOf(fn),
      options: functionOptions ?? null,
      field,
      isForeign: isForeign(fn),
    })),
  };
}

/** `shares`: references make values that stand in several places. */
function planOf(checks: readonly { check: Check; givens: readonly string[] }[], shares: boolean, trusted: boolean): Plan {
  const refused: Check[] = [];
  const asked: { isTree: boolean; isLocal: boolean; of: ConstructorParameters<typeof Automaton<Check>>[0][number] }[] = [];
  const others = new Map<string, Check[]>();
  for (const { check, givens } of checks) {
    const marks = check.rule.then
      .map((then) => marksOf(then.function as unknown as SpectralFunction, then.functionOptions))
      .find((found) => found);
    for (const given of new Set(givens)) {
      const expression = compileExpression(given);
      // nimma makes a program of a script, and a script can ask a value for more than it holds.
      if ((!expression || expression.isFree) && !trusted && given.includes('(')) refused.push(check);
      else if (!expression) others.set(given, [...(others.get(given) ?? []), check]);
      else {
        // Of a shared value's parent there are as many as references.
        const isTree = !shares || check.reach === 'path' || expression.yields === 'parent';
        asked.push({ isTree, isLocal: check.isLocal, of: { rule: check, expression, ...(!isTree && marks && { marks }) } });
      }
    }
  }
  const walks = [...groupBy(asked, ({ isTree, isLocal }) => `${isTree} ${isLocal}`).values()].map((together): Walk => {
    const automaton = new Automaton(together.map(({ of }) => of));
    const [{ isTree, isLocal }] = together as [(typeof asked)[number]];
    return { automaton, isTree, isKept: isLocal && !automaton.asksRoot };
  });
  return { walks, others, refused };
}

const untrusted = new Error('its `given` holds a script that runs only in a trusted workspace.');

/** Watches functions of users. */
export interface Watch {
  readonly guard: Guard;
  /** Rules whose functions did not end, by name; they are not asked again. */
  readonly endless: Map<string, Failure>;
}

/** Runs the rules; the results are in no particular order, each once. */
export async function runPlans(
  plans: Plans,
  inventory: Inventory,
  resolution: Resolution,
  pace: Pace,
  watch?: Watch,
  memory?: Memory,
): Promise<RunResult> {
  for (let isSecond = false; ;) {
    const report = new Report(inventory, watch, plans.foreign);
    const isFresh = memory === undefined || memory.isEmpty;
    try {
      const result = await runWith(report, plans, inventory, resolution, pace, memory);
      if (!report.hasFailed) return result;
      // What a rule says before it fails depends on the order in which it is asked, so nothing of it is kept.
      memory?.forget();
      if (isFresh) return result;
    } catch (error) {
      const { running } = report;
      if (!watch || running.length === 0 || !(error instanceof Overrun)) throw error;
      // What was broken off left the walk in the middle: it is begun anew, without the rule unless it had no time.
      if (error.mayEnd && !isSecond) {
        isSecond = true;
        continue;
      }
      for (const { name } of running) watch.endless.set(name, { code: name, message: error.message });
    }
  }
}

async function runWith(
  report: Report,
  plans: Plans,
  inventory: Inventory,
  resolution: Resolution,
  pace: Pace,
  memory: Memory | undefined,
): Promise<RunResult> {
  const { resolved, unresolved } = inventory;
  for (const [plan, root, targets] of [
    [plans.resolved, resolved, resolution.targets],
    [plans.written, unresolved, undefined],
  ] as const) {
    for (const { rule } of plan.refused) report.fail(rule, untrusted);
    for (const each of plan.walks) {
      const walker = new Walker(each, root, each.isTree ? undefined : targets, report, memory?.of(each));
      await walker.run(unresolved, pace);
      if (isObject(root)) for (const { rule, error } of each.automaton.errors(root)) report.failIn(rule, error);
    }
    runOthers(plan.others, root, report);
  }
  return report.finish();
}

type Content = Record<string | number, unknown>;

/** A value to look into, and what is looked for in it. */
interface Task {
  readonly written: unknown;
  readonly value: object;
  /** What matches the value itself and is still to be asked. */
  readonly accepts: readonly Accept<Check>[];
  readonly state: State<Check> | undefined;
  readonly path: Keys;
  /** No reference has been followed on the way. */
  readonly home: boolean;
  readonly way: Way;
  /** Keys that are not looked at, because Spectral places them at the neighbours of the reference; or the only ones that are. */
  readonly except?: readonly string[];
  readonly only?: readonly string[];
  /** Every value is visited anew on every way to it. */
  readonly anew: boolean;
}

/** What a visit of a task brought. It is right again for the same values on the same way. */
interface Visit {
  readonly task: Task;
  readonly said: RawResult[];
  /** What is to be looked for behind references, each once. */
  readonly referred: Task[];
  /** Values that references lead to, with what was looked for in them here. */
  readonly found: [object, State<Check>][];
  /** A rule's answer counts for this run only. */
  isPassing: boolean;
  /** Matches whose rule words its answer by the way, and those that Spectral places by the way. */
  readonly varying: Accept<Check>[];
  readonly straying: Accept<Check>[];
}

/** What rules said about a value: by match, and by the way to it; `all` where the answer is the same on every way. */
type Answers = Map<Accept<Check>, Map<string, Answer>>;

/** What one walk over a document brought; it is held by the values that it speaks of. */
class WalkMemory {
  readonly answers = new WeakMap<object, Answers>();
  readonly home = new WeakMap<object, Visit>();
  /** Visits behind references, by the matches that were asked for there. */
  readonly #behind = new Map<string, WeakMap<object, Visit>>();

  behind(asked: string): WeakMap<object, Visit> {
    let known = this.#behind.get(asked);
    if (!known) {
      // While a document is typed in, the matches change now and then.
      if (this.#behind.size >= mostKinds) this.#behind.clear();
      this.#behind.set(asked, (known = new WeakMap()));
    }
    return known;
  }
}

const mostKinds = 4;

/** What the rules said of a document, for as long as none of its references changes. */
export class Memory {
  #walks = new Map<Walk, WalkMemory>();
  #asked = '';

  of(walk: Walk): WalkMemory | undefined {
    if (!walk.isKept) return undefined;
    let known = this.#walks.get(walk);
    if (!known) this.#walks.set(walk, (known = new WalkMemory()));
    return known;
  }

  /** Forgets everything unless the rules are asked in the same way as before. */
  ask(how: string): void {
    if (this.#asked !== how) this.forget();
    this.#asked = how;
  }

  forget(): void {
    this.#walks.clear();
  }

  get isEmpty(): boolean {
    return this.#walks.size === 0;
  }
}

/** Values so deep below the root are looked at one by one, with pauses between them. */
const taskDepth = 3;

const none: readonly Accept<Check>[] = [];

/** One walk over a document. */
class Walker {
  readonly #walk: Walk;
  readonly #root: unknown;
  readonly #targets: ReadonlyMap<object, Target> | undefined;
  readonly #home: Way;
  readonly #report: Report;
  readonly #memory: WalkMemory;
  /** Values that references lead to, with what has been looked for in them. */
  readonly #looked = new Map<object, State<Check> | undefined>();
  /** The same of the ways that Spectral lost, by where. */
  /** Keys of such values that no way has been looked at yet that Spectral places there. */
  readonly #excepted = new Map<object, { readonly keys: readonly string[]; readonly state: State<Check> }>();
  readonly #lookedLost = new Map<string, Map<object, State<Check> | undefined>>();
  readonly #tasks: Task[] = [];
  readonly #referred: Task[] = [];
  readonly #varying = new Set<Accept<Check>>();
  readonly #straying = new Set<Accept<Check>>();
  /** A further walk looks only for the ways that those before had no need to go. */
  #wanted: { readonly later: ReadonlySet<Accept<Check>>; readonly inside: ReadonlySet<Accept<Check>> } | undefined;
  #visits: WeakMap<object, Visit>;
  /** A further run may find the visits of this one; one run visits nothing twice. */
  readonly #isRemembered: boolean;
  /** Answers that count for this run only. */
  readonly #passing = new WeakMap<object, Answers>();
  /** The values around the one that is looked into, where one may hold itself. */
  readonly #above = new Set<object>();
  #mayCircle = false;
  #path: Keys = [];
  #visit: Visit | undefined;
  /** What is asked about stands beside a reference of the document, where Spectral places it; on other ways it does not. */
  #isBeside = false;

  constructor(
    walk: Walk,
    root: unknown,
    targets: ReadonlyMap<object, Target> | undefined,
    report: Report,
    memory: WalkMemory | undefined,
  ) {
    this.#walk = walk;
    this.#root = root;
    this.#targets = targets;
    this.#home = { file: report.source, lost: '' };
    this.#report = report;
    this.#memory = memory ?? new WalkMemory();
    this.#visits = this.#memory.home;
    this.#isRemembered = memory !== undefined;
  }

  /** `written`: the document as it is written. */
  async run(written: unknown, pace: Pace): Promise<void> {
    const { automaton } = this.#walk;
    const root = this.#root;
    this.#mayCircle = root !== written;
    await this.#goOn([...automaton.root].reverse(), pace, ({ rule }) =>
      this.#report.add(this.#report.check(rule, [], root).said),
    );
    if (!automaton.start || !isObject(root)) return;
    for (const { resolved } of this.#targets?.values() ?? []) if (isObject(resolved)) this.#looked.set(resolved, undefined);
    // What stands in the document itself comes before what references lead to.
    const anew = !this.#targets;
    const { start: state } = automaton;
    this.#tasks.push({ written, value: root, accepts: none, state, path: [], home: true, way: this.#home, anew });
    const home: Task[] = [];
    await this.#goOn(this.#tasks, pace, (task) => void home.push(...this.#take(task).referred));
    this.#visits = this.#memory.behind('');
    await this.#lookBehind(home, pace);
    for (let known = 0; this.#varying.size + this.#straying.size > known;) {
      known = this.#varying.size + this.#straying.size;
      this.#wanted = { later: new Set(this.#varying), inside: new Set(this.#straying) };
      const asked = Object.values(this.#wanted).map((all) => [...all].map(({ id, mark }) => `${id} ${mark}`).sort());
      this.#visits = this.#memory.behind(JSON.stringify(asked));
      for (const value of this.#looked.keys()) this.#looked.set(value, undefined);
      this.#lookedLost.clear();
      this.#excepted.clear();
      await this.#lookBehind(home, pace);
    }
  }

  async #lookBehind(home: readonly Task[], pace: Pace): Promise<void> {
    for (const task of home) this.#refer(task);
    await this.#goOn(this.#referred, pace, (task) => {
      for (const further of this.#take(task).referred) this.#refer(further);
    });
  }

  /** Works off what is last first, with pauses; what the work adds belongs to it. */
  async #goOn<T>(tasks: T[], pace: Pace, work: (task: T) => void): Promise<void> {
    const slice = () => {
      for (let task = tasks.pop(); task; task = tasks.pop()) {
        work(task);
        const pause = pace();
        if (pause) return { pause };
      }
      return undefined;
    };
    for (let left = this.#report.guard(slice); left; left = this.#report.guard(slice)) await left.pause;
  }

  /** A reference: its target is looked into only for what has not been looked for in it before. */
  #refer(task: Task): void {
    const looked = this.#lookedAt(task.way.lost);
    const known = looked.get(task.value);
    const state = task.state?.without(known);
    if (task.state && !task.except && task.way.lost === '') this.#makeUp({ ...task, state: task.state });
    if (!state) return;
    if (this.#looked.has(task.value)) {
      looked.set(task.value, state.with(known));
      if (task.except) this.#except(task.value, task.except, state);
    }
    this.#referred.push({ ...task, state });
  }

  #except(value: object, keys: readonly string[], state: State<Check>): void {
    const known = this.#excepted.get(value);
    this.#excepted.set(value, { keys: [...new Set([...(known?.keys ?? []), ...keys])], state: state.with(known?.state) });
  }

  /** Looks at what was left out of a value on other ways. */
  #makeUp(task: Task & { readonly state: State<Check> }): void {
    const excepted = this.#excepted.get(task.value);
    if (!excepted) return;
    const left = excepted.state.without(task.state);
    const common = excepted.state.without(left);
    if (left) this.#excepted.set(task.value, { ...excepted, state: left });
    else this.#excepted.delete(task.value);
    if (common) this.#referred.push({ ...task, state: common, only: excepted.keys });
  }

  #lookedAt(lost: string): Map<object, State<Check> | undefined> {
    return lost === '' ? this.#looked : inMap(this.#lookedLost, lost, () => new Map<object, State<Check> | undefined>());
  }

  /** Visits a task, or finds that it was visited before. */
  #take(task: Task): Visit {
    let visit = this.#isRemembered ? this.#visits.get(task.value) : undefined;
    if (!visit || !isSameTask(visit.task, task)) {
      visit = { task, said: [], referred: [], found: [], varying: [], straying: [], isPassing: false };
      this.#look(visit);
      if (this.#isRemembered && visit.isPassing) this.#visits.delete(task.value);
      else if (this.#isRemembered && task.path.length > 0) this.#visits.set(task.value, visit);
    }
    this.#report.add(visit.said);
    const looked = this.#lookedAt(task.way.lost);
    for (const [value, state] of visit.found) looked.set(value, state.with(looked.get(value)));
    for (const accept of visit.varying) this.#varying.add(accept);
    for (const accept of visit.straying) this.#straying.add(accept);
    return visit;
  }

  #look(visit: Visit): void {
    const { task } = visit;
    this.#visit = visit;
    this.#path = [...task.path];
    const isShared = !task.anew && this.#looked.has(task.value);
    for (const accept of task.accepts) this.#emit(accept, undefined, task.value, isShared, 'home', task.way.lost);
    if (task.state) this.#descend(task, task.written, task.value, task.state);
    this.#visit = undefined;
  }

  #descend(task: Task, from: unknown, value: object, state: State<Check>): void {
    // References that json-ref-resolver loses track of make a value that holds itself.
    const mayCircle = this.#mayCircle && task.anew;
    if (mayCircle && this.#above.has(value)) return;
    if (mayCircle) this.#above.add(value);
    const source = isObject(from) ? (from as Content) : undefined;
    const content = value as Content;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) this.#step(task, source, content, index, state);
    } else if (value === task.value && (task.only || task.except)) {
      for (const key of task.only ?? Object.keys(content)) {
        if (Object.hasOwn(content, key) && !task.except?.includes(key)) this.#step(task, source, content, key, state);
      }
    } else if (state.only) {
      for (const key of state.only) if (Object.hasOwn(content, key)) this.#step(task, source, content, key, state);
    } else {
      // `Object.keys` would make a list for each value of the document.
      for (const key in content) if (Object.hasOwn(content, key)) this.#step(task, source, content, key, state);
    }
    if (mayCircle) this.#above.delete(value);
  }

  /** `source`: the value as it is written; the same as `parent` where no reference stands in it. */
  #step(task: Task, source: Content | undefined, parent: Content, key: string | number, state: State<Check>): void {
    const value = parent[key];
    const from = source === parent ? value : source?.[key];
    const move = state.move(key, value, this.#root);
    if (!move) return;
    this.#path.push(key);
    const target = !task.anew && from !== value && isReference(from) ? this.#targets?.get(from) : undefined;
    const isShared = isObject(value) && !task.anew && this.#looked.has(value);
    if (target && target.resolved === value) this.#atReference(task, from as object, target, value, move, isShared, parent);
    else if (isObject(value) && task.path.length === 0 && this.#path.length === taskDepth) {
      this.#push(task, from, value, move, parent);
    } else {
      for (const accept of move.accepts)
        this.#emit(accept, parent, value, isShared, task.home ? 'home' : 'inside', task.way.lost);
      if (isObject(value) && move.state) {
        if (isShared) this.#visit?.found.push([value, move.state]);
        this.#descend(task, from, value, move.state);
      }
    }
    this.#path.pop();
  }

  /** Puts a value off. What is asked about more than the value itself is asked at once. */
  #push(task: Task, from: unknown, value: object, { accepts, state }: Move<Check>, parent: object): void {
    const later = accepts.filter(({ rule, expression }) => rule.reach !== 'path' && expression.yields !== 'parent');
    for (const accept of accepts) if (!later.includes(accept)) this.#emit(accept, parent, value, false, 'home', task.way.lost);
    if (state && !task.anew && this.#looked.has(value)) this.#visit?.found.push([value, state]);
    if (later.length > 0 || state) {
      this.#tasks.push({ ...task, written: from, value, accepts: later, state, path: [...this.#path] });
    }
  }

  #atReference(
    task: Task,
    holder: object,
    target: Target,
    value: unknown,
    move: Move<Check>,
    isShared: boolean,
    parent: object,
  ): void {
    // Spectral places what is said of a reference with neighbours at the reference and its neighbours.
    const neighbours = task.home ? Object.keys(holder).filter((name) => name !== '$ref') : [];
    const way = this.#targets ? wayBehind(task.way, holder, this.#targets) : task.way;
    for (const accept of move.accepts) {
      if (neighbours.length > 0) this.#visit?.varying.push(accept);
      this.#emit(accept, parent, value, isShared && neighbours.length === 0, task.home ? 'first' : 'later', way.lost);
    }
    const { state } = move;
    if (!isObject(value) || !state) return;
    this.#isBeside = neighbours.length > 0;
    for (const name of neighbours) {
      if (Object.hasOwn(value, name)) {
        this.#step({ ...task, anew: true }, undefined, value as Content, name, state);
      }
    }
    this.#isBeside = false;
    const referred = this.#visit?.referred;
    const isAsked = ({ except, ...other }: Task) =>
      other.value === value && other.state === state && isSameWay(other.way, way) && !except;
    if (referred?.some(isAsked)) return;
    const path = [...this.#path];
    const except = neighbours.length > 0 ? { except: neighbours } : {};
    referred?.push({ written: target.written, value, accepts: none, state, path, home: false, way, anew: false, ...except });
  }

  /**
   * Asks a rule about a match. Of a value that references lead to it is asked once; where it says that something is
   * missing, once more for each way that Spectral words differently: `home`, over one reference, over several; and once for each
   * place where Spectral lost the way.
   */
  #emit(accept: Accept<Check>, parent: unknown, value: unknown, isShared: boolean, way: string, lost: string): void {
    const { rule, expression } = accept;
    const { later, inside } = this.#wanted ?? {};
    if (later && !(way === 'later' && later.has(accept)) && !(way === 'inside' && inside?.has(accept))) return;
    const report = this.#report;
    const path = this.#path;
    if (expression.yields === 'parent') this.#note(report.check(rule, path.slice(0, -1), parent), accept);
    else if (expression.yields === 'key') {
      const answer = report.check(rule, path, path.at(-1));
      if (answer.isOdd) {
        this.#visit?.straying.push(accept);
        this.#visit?.varying.push(accept);
      }
      this.#note(answer, accept);
    } else {
      const name = `${rule.reach === 'key' ? `${way} ${path.at(-1)}` : way}${lost}`;
      let answer = isShared ? this.#known(accept, value as object, name, lost) : undefined;
      if (!answer) {
        answer = report.check(rule, path, value);
        const ways = !answer.isMissing && !answer.isOdd && rule.reach === 'value' ? `all${lost}` : name;
        if (isShared) remember(answer.isPassing ? this.#passing : this.#memory.answers, accept, value as object, ways, answer);
      }
      const { isMissing, isOdd } = answer;
      if (isOdd || (isMissing && isReference(value))) this.#visit?.straying.push(accept);
      if (isShared && (isMissing || isOdd)) this.#visit?.varying.push(accept);
      this.#note(answer, accept);
    }
  }

  #note({ said, isPassing }: Answer, accept: Accept<Check>): void {
    if (!this.#visit) return;
    if (said.length > 0) this.#visit.said.push(...said);
    if (said.length > 0 && this.#isBeside) this.#visit.straying.push(accept);
    if (isPassing) this.#visit.isPassing = true;
  }

  #known(accept: Accept<Check>, value: object, way: string, lost: string): Answer | undefined {
    for (const store of [this.#memory.answers, this.#passing]) {
      const known = store.get(value)?.get(accept);
      const answer = known?.get(`all${lost}`) ?? known?.get(way);
      if (answer) return answer;
    }
    return undefined;
  }
}

function remember(store: WeakMap<object, Answers>, accept: Accept<Check>, value: object, way: string, answer: Answer): void {
  let answers = store.get(value);
  if (!answers) store.set(value, (answers = new Map()));
  let known = answers.get(accept);
  if (!known) answers.set(accept, (known = new Map()));
  known.set(way, answer);
}

function isSameWay(a: Way, b: Way): boolean {
  return a.file === b.file && a.lost === b.lost;
}

function isSameTask(a: Task, b: Task): boolean {
  return (
    a.written === b.written &&
    a.value === b.value &&
    a.state === b.state &&
    a.anew === b.anew &&
    isSameWay(a.way, b.way) &&
    String(a.except) === String(b.except) &&
    String(a.only) === String(b.only) &&
    a.accepts.length === b.accepts.length &&
    a.accepts.every((accept, index) => accept === b.accepts[index]) &&
    a.path.length === b.path.length &&
    a.path.every((key, index) => key === b.path[index])
  );
}

/** One that nimma fails on does not take the others along. */
function runOthers(others: Plan['others'], root: unknown, report: Report): void {
  if (!isObject(root)) return;
  // nimma walks what is frozen whole; what is not, in a narrower way that does not always come to the end.
  const whole = Object.freeze(Array.isArray(root) ? [...root] : { ...root });
  for (const [expression, all] of others) {
    const checks = all.filter(({ rule }) => !report.hasFailedIn(rule));
    if (checks.length === 0) continue;
    const found = ({ path, value }: { path: Keys; value: unknown }) => {
      const keys = path[0] === '$' ? path.slice(1) : [...path];
      for (const check of checks) report.add(report.check(check, keys, value).said);
    };
    try {
      const nimma = new Nimma([expression], { fallback: jsonPathPlus, unsafe: false, output: 'auto', customShorthands: {} });
      // A tree in which references are followed again and again can be too large for a walk that knows of none.
      report.searching = checks.map(({ rule }) => rule);
      report.guardSearch(() => nimma.query(whole, { [expression]: found }));
    } catch (error) {
      if (error instanceof Overrun) throw error;
      for (const { rule } of checks) report.fail(rule, error);
    }
    report.searching = [];
  }
}

interface FunctionResult {
  readonly message: string;
  readonly path?: Keys;
}

/** What the answer of a rule depends on, beside the value. */
interface Answer {
  readonly said: readonly RawResult[];
  /** It counts for this run only. */
  readonly isPassing: boolean;
  /** It is about something that is missing, which Spectral words by the way to it. */
  readonly isMissing: boolean;
  /** It is at a place that Spectral gives differently by the way to it. */
  readonly isOdd: boolean;
}

const nothing: Answer = { said: [], isPassing: false, isMissing: false, isOdd: false };
const passing: Answer = { ...nothing, isPassing: true };

function both(a: Answer, b: Answer): Answer {
  if (a === nothing) return b;
  if (b === nothing) return a;
  return {
    said: [...a.said, ...b.said],
    isPassing: a.isPassing || b.isPassing,
    isMissing: a.isMissing || b.isMissing,
    isOdd: a.isOdd || b.isOdd,
  };
}

/** Calls the functions of rules, turns their answers into results, and collects these, each once. */
class Report {
  readonly #inventory: Inventory;
  readonly #results = new Map<string, RawResult>();
  readonly #failures: Map<string, Failure>;
  readonly #pending: Promise<void>[] = [];
  /** A rule whose answers are kept has failed. */
  hasFailed = false;
  readonly guard: Guard;
  /** Watches what nimma does, be functions of users in it or not. */
  readonly guardSearch: Guard;
  /** The rules whose matches are being looked for by nimma. */
  searching: readonly Rule[] = [];
  #running: Rule | undefined;

  constructor(inventory: Inventory, watch: Watch | undefined, foreign: boolean) {
    this.#inventory = inventory;
    this.#failures = new Map(watch?.endless);
    this.guardSearch = watch?.guard ?? ((work) => work());
    this.guard = foreign ? this.guardSearch : (work) => work();
  }

  /** The file of the document. */
  get source(): string {
    return this.#inventory.source;
  }

  /** The rule that is being asked, or those that nimma looks for matches of. */
  get running(): readonly Rule[] {
    return this.#running ? [this.#running] : this.searching;
  }

  hasFailedIn({ name }: Rule): boolean {
    return this.#failures.has(name);
  }

  /** Asks a rule, and adds nothing. One that fails is not asked again. `path` is read while it is asked, and not kept. */
  check({ rule, calls, isLocal }: Check, path: Keys, value: unknown): Answer {
    if (this.#failures.has(rule.name)) return nothing;
    let said = nothing;
    this.#running = rule;
    try {
      for (const each of calls) {
        if (each.field === undefined || !isObject(value)) {
          said = both(said, this.#call(rule, each, path, value));
          continue;
        }
        for (const target of lintTargets(value, each.field)) {
          const at = target.path.length > 0 ? [...path, ...target.path] : path;
          said = both(said, this.#call(rule, each, at, target.value));
        }
      }
    } catch (error) {
      this.failIn({ rule, isLocal }, error);
    }
    this.#running = undefined;
    return said;
  }

  #call(rule: Rule, { call, options, isForeign }: Check['calls'][number], at: Keys, value: unknown): Answer {
    // Who knows what a user's function keeps.
    const path = isForeign ? [...at] : at;
    const context: CallContext = { document: this.#inventory.document, documentInventory: this.#inventory, rule, path };
    const answer = call(value, options, context);
    const isSilent = answer === undefined || (Array.isArray(answer) && answer.length === 0);
    if (isSilent) return context.isPassing ? passing : nothing;
    if (!isPromise(answer)) return { ...this.#answerOf(rule, answer, at), isPassing: context.isPassing === true };
    this.#pending.push(this.#later(rule, answer, [...at]));
    return { said: [], isMissing: true, isOdd: true, isPassing: context.isPassing === true };
  }

  async #later(rule: Rule, answer: Promise<unknown>, at: Keys): Promise<void> {
    try {
      this.add(this.#answerOf(rule, await answer, at).said);
    } catch (error) {
      this.fail(rule, error);
    }
  }

  /** A rule fails whose answers may be kept. */
  failIn({ rule, isLocal }: Pick<Check, 'rule' | 'isLocal'>, error: unknown): void {
    this.hasFailed ||= isLocal;
    this.fail(rule, error);
  }

  fail({ name }: Rule, error: unknown): void {
    this.#failures.set(name, { code: name, message: error instanceof Error ? error.message : String(error) });
  }

  async finish(): Promise<RunResult> {
    await Promise.all(this.#pending);
    return { results: [...this.#results.values()], failures: [...this.#failures.values()] };
  }

  add(said: readonly RawResult[]): void {
    for (const result of said) {
      const { code, message, path, source } = result;
      const key = JSON.stringify([code, path, source, message]);
      if (!this.#results.has(key)) this.#results.set(key, result);
    }
  }

  #answerOf(rule: Rule, answer: unknown, at: Keys): Answer {
    let said = nothing;
    for (const result of (answer ?? []) as readonly FunctionResult[]) said = both(said, this.#sayingOf(rule, result, at));
    return said;
  }

  #sayingOf(rule: Rule, result: FunctionResult, at: Keys): Answer {
    const inventory = this.#inventory;
    const asked = (result.path ?? at).map((key) => decodeSegmentFragment(key));
    const item = inventory.findAssociatedItemForPath(asked, rule.resolved);
    const path = item?.path ?? closestPath(inventory.resolved, asked);
    const source = item?.document.source;
    const missing = item && item.missingPropertyPath.length > path.length ? item.missingPropertyPath : undefined;
    const values: MessageValues = {
      property: missing ? printPath([...missing.slice(path.length - 1)], PrintStyle.Dot) : (path.at(-1) ?? ''),
      error: result.message,
      description: rule.description,
      // Few messages name these.
      get path() {
        return printPath(path, PrintStyle.EscapedPointer);
      },
      get value() {
        return valueAt((item?.document ?? inventory.document).data, path);
      },
    };
    const said = printMessage(result.message, values);
    values.error = said;
    const severity = source === undefined ? rule.severity : rule.getSeverityForSource(source, path);
    if (severity === -1) return nothing;
    const message = (rule.message === null ? (rule.description ?? said) : printMessage(rule.message, values)).trim();
    return {
      said: [{ code: rule.name, message, severity, path, source }],
      isPassing: false,
      isMissing:
        !item || item.missingPropertyPath.length > path.length || closestPath(inventory.resolved, asked).length < asked.length,
      isOdd: isOdd(asked) || item?.isOdd === true,
    };
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return isObject(value) && 'then' in value && typeof value.then === 'function';
}
