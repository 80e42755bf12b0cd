/**
 * Runs the rules of a Spectral ruleset over a document. The rules, their functions, formats and messages are Spectral's;
 * the walk is ours: every value is looked at once for each step it may be, however many references lead to it.
 */
import type { Ruleset } from '@stoplight/spectral-core';
import spectralRuntime from '@stoplight/spectral-runtime';
import Nimma from 'nimma';
import { jsonPathPlus } from 'nimma/fallbacks';
import { type Guard, Overrun } from '../host.ts';
import type { Pace } from '../pace.ts';
import { type Accept, Automaton, type Move, type State } from './automaton.ts';
import { type Call, callOf, isForeign, marksOf, type Reach, reachOf, type SpectralFunction } from './functions.ts';
import { closestPath, type Inventory, isObject, isOdd, isReference } from './inventory.ts';
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
  readonly calls: readonly { call: Call; options: unknown; field: string | undefined }[];
}

/** The rules that look at the document as written, or with its references resolved. */
interface Plan {
  /** Looks at a shared value once. */
  readonly shared: Automaton<Check>;
  /** Looks at a shared value on every way to it. */
  readonly tree: Automaton<Check>;
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
      trusted,
    ),
    written: planOf(
      checks.filter(({ check }) => !check.rule.resolved),
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
    calls: parts.map(({ fn, functionOptions, field }) => ({
      call: callOf(fn),
      name: fn.name,
      options: functionOptions ?? null,
      field,
    })),
  };
}

function planOf(checks: readonly { check: Check; givens: readonly string[] }[], trusted: boolean): Plan {
  const refused: Check[] = [];
  const shared = [];
  const tree = [];
  const others = new Map<string, Check[]>();
  for (const { check, givens } of checks) {
    const marks = check.rule.then
      .map((then) => marksOf(then.function as unknown as SpectralFunction, then.functionOptions))
      .find((found) => found);
    for (const given of new Set(givens)) {
      const expression = compileExpression(given);
      // nimma makes a program of a script, and a script can ask a value for more than it holds.
      if (!expression && !trusted && given.includes('(')) refused.push(check);
      else if (!expression) others.set(given, [...(others.get(given) ?? []), check]);
      // Of a shared value's parent there are as many as references.
      else if (check.reach === 'path' || expression.yields === 'parent') tree.push({ rule: check, expression });
      else shared.push({ rule: check, expression, marks });
    }
  }
  return { shared: new Automaton(shared), tree: new Automaton(tree), others, refused };
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
): Promise<RunResult> {
  for (;;) {
    const report = new Report(inventory, plans.foreign ? watch : undefined);
    try {
      return await runWith(report, plans, inventory, resolution, pace);
    } catch (error) {
      const { running } = report;
      if (!watch || !running || !(error instanceof Overrun)) throw error;
      // What was broken off left the walk in the middle: it is begun anew without the rule.
      watch.endless.set(running.name, { code: running.name, message: error.message });
    }
  }
}

async function runWith(
  report: Report,
  plans: Plans,
  inventory: Inventory,
  resolution: Resolution,
  pace: Pace,
): Promise<RunResult> {
  const { resolved, unresolved } = inventory;
  for (const { rule } of [...plans.resolved.refused, ...plans.written.refused]) report.fail(rule, untrusted);
  await walk(plans.resolved.shared, unresolved, resolved, resolution.targets, report, pace);
  await walk(plans.resolved.tree, unresolved, resolved, undefined, report, pace);
  runOthers(plans.resolved.others, resolved, report);
  await walk(plans.written.shared, unresolved, unresolved, undefined, report, pace);
  await walk(plans.written.tree, unresolved, unresolved, undefined, report, pace);
  runOthers(plans.written.others, unresolved, report);
  return report.finish();
}

/** A value to look into, and what is looked for in it. */
interface Task {
  readonly written: unknown;
  readonly value: object;
  readonly state: State<Check>;
  readonly path: Keys;
  /** No reference has been followed on the way. */
  readonly home: boolean;
  /** Every value is visited anew on every way to it. */
  readonly anew: boolean;
}

/** What has been looked for in a value that references lead to. */
interface Memo {
  /** By match, the ways on which the rule was asked; `all` where its answer is the same on every way. */
  readonly asked: Map<Accept<Check>, Set<string> | 'all'>;
  state: State<Check> | undefined;
}

/** Values so deep below the root are looked at one by one, with pauses between them. */
const taskDepth = 3;

async function walk(
  automaton: Automaton<Check>,
  written: unknown,
  root: unknown,
  targets: ReadonlyMap<object, Target> | undefined,
  report: Report,
  pace: Pace,
): Promise<void> {
  report.guard(() => {
    for (const { rule } of automaton.root) report.check(rule, [], root);
  });
  if (!automaton.start || !isObject(root)) return;
  const memos = new Map<object, Memo>();
  for (const { resolved } of targets?.values() ?? []) {
    if (isObject(resolved) && !memos.has(resolved)) memos.set(resolved, { asked: new Map(), state: undefined });
  }
  // What stands in the document itself comes before what references lead to.
  const first: Task = { written, value: root, state: automaton.start, path: [], home: true, anew: !targets };
  const tasks: Task[] = [first];
  const referred: Task[] = [];
  /** Matches whose rule words its answer by the way, and those that Spectral places by the way. */
  const varying = new Set<Accept<Check>>();
  const straying = new Set<Accept<Check>>();
  /** The second walk looks only for the ways that the first had no need to go. */
  let isSecond = false;
  let path: Keys = [];

  function visit(task: Task): void {
    path = [...task.path];
    descend(task, task.written, task.value, task.state);
  }

  function descend(task: Task, from: unknown, value: object, state: State<Check>): void {
    const source = isObject(from) ? (from as Record<string | number, unknown>) : undefined;
    const content = value as Record<string | number, unknown>;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) step(task, source?.[index], content, index, state);
    } else if (state.only) {
      for (const key of state.only) if (Object.hasOwn(content, key)) step(task, source?.[key], content, key, state);
    } else {
      for (const key of Object.keys(content)) step(task, source?.[key], content, key, state);
    }
  }

  function step(
    task: Task,
    from: unknown,
    parent: Record<string | number, unknown>,
    key: string | number,
    state: State<Check>,
  ): void {
    const value = parent[key];
    const move = state.move(key, value, root);
    if (!move) return;
    path.push(key);
    const target = from !== value && isReference(from) ? targets?.get(from) : undefined;
    const memo = isObject(value) && !task.anew ? memos.get(value) : undefined;
    if (target && target.resolved === value && !task.anew) refer(task, from as object, target, value, move, memo, parent);
    else {
      for (const accept of move.accepts) emit(accept, parent, value, memo, task.home ? 'home' : 'inside');
      if (isObject(value) && move.state) {
        if (memo && !(isSecond && task.home)) memo.state = move.state.with(memo.state);
        if (path.length === taskDepth) tasks.push({ ...task, written: from, value, state: move.state, path: [...path] });
        else descend(task, from, value, move.state);
      }
    }
    path.pop();
  }

  /** A reference: its target is looked into only for what has not been looked for in it before. */
  function refer(
    task: Task,
    holder: object,
    target: Target,
    value: unknown,
    move: Move<Check>,
    memo: Memo | undefined,
    parent: object,
  ): void {
    // Spectral places what is said of a reference with neighbours at the reference and its neighbours.
    const neighbours = task.home && !isSecond ? Object.keys(holder).filter((name) => name !== '$ref') : [];
    for (const accept of move.accepts) {
      if (neighbours.length > 0) varying.add(accept);
      emit(accept, parent, value, neighbours.length > 0 ? undefined : memo, task.home ? 'first' : 'later');
    }
    if (!isObject(value) || !move.state) return;
    for (const name of neighbours) {
      if (Object.hasOwn(value, name))
        step({ ...task, anew: true }, undefined, value as Record<string, unknown>, name, move.state);
    }
    const state = memo ? move.state.without(memo.state) : move.state;
    if (!state) return;
    if (memo) memo.state = state.with(memo.state);
    referred.push({ written: target.written, value, state, path: [...path], home: false, anew: false });
  }

  /**
   * Asks a rule about a match. Of a value that references lead to it is asked once; where it says that something is
   * missing, once more for each way that Spectral words differently: `home`, over one reference, over several.
   */
  function emit(accept: Accept<Check>, parent: unknown, value: unknown, memo: Memo | undefined, way: string): void {
    const { rule, expression } = accept;
    if (isSecond && !(way === 'later' && varying.has(accept)) && !(way === 'inside' && straying.has(accept))) return;
    if (expression.yields === 'parent') report.check(rule, path.slice(0, -1), parent);
    else if (expression.yields === 'key') report.check(rule, path.slice(), path.at(-1));
    else {
      const known = memo?.asked.get(accept);
      const name = rule.reach === 'key' ? `${way} ${path.at(-1)}` : way;
      if (known === 'all' || known?.has(name)) return;
      const { isMissing, isOdd } = report.check(rule, path.slice(), value);
      if (isOdd || (isMissing && isReference(value))) straying.add(accept);
      if (memo && (isMissing || isOdd)) varying.add(accept);
      memo?.asked.set(accept, !isMissing && !isOdd && rule.reach === 'value' ? 'all' : (known ?? new Set<string>()).add(name));
    }
  }

  async function run(): Promise<void> {
    const slice = () => {
      for (let task = tasks.pop() ?? referred.pop(); task; task = tasks.pop() ?? referred.pop()) {
        visit(task);
        const pause = pace();
        if (pause) return { pause };
      }
      return undefined;
    };
    for (let left = report.guard(slice); left; left = report.guard(slice)) await left.pause;
  }

  await run();
  if (varying.size + straying.size === 0) return;
  isSecond = true;
  for (const memo of memos.values()) memo.state = undefined;
  tasks.push(first);
  await run();
}

/** One that nimma fails on does not take the others along. */
function runOthers(others: Plan['others'], root: unknown, report: Report): void {
  if (!isObject(root)) return;
  // nimma walks what is frozen whole; what is not, in a narrower way that does not always come to the end.
  const whole = Object.freeze(Array.isArray(root) ? [...root] : { ...root });
  for (const [expression, checks] of others) {
    const found = ({ path, value }: { path: Keys; value: unknown }) => {
      const keys = path[0] === '$' ? path.slice(1) : [...path];
      for (const check of checks) report.check(check, keys, value);
    };
    try {
      const nimma = new Nimma([expression], { fallback: jsonPathPlus, unsafe: false, output: 'auto', customShorthands: {} });
      report.guard(() => nimma.query(whole, { [expression]: found }));
    } catch (error) {
      if (error instanceof Overrun) throw error;
      for (const { rule } of checks) report.fail(rule, error);
    }
  }
}

interface FunctionResult {
  readonly message: string;
  readonly path?: Keys;
}

/** What the answer of a rule depends on, beside the value. */
interface Answer {
  /** It is about something that is missing, which Spectral words by the way to it. */
  readonly isMissing: boolean;
  /** It is at a place that Spectral gives differently by the way to it. */
  readonly isOdd: boolean;
}

const nothing: Answer = { isMissing: false, isOdd: false };

function both(a: Answer, b: Answer): Answer {
  return { isMissing: a.isMissing || b.isMissing, isOdd: a.isOdd || b.isOdd };
}

/** Calls the functions of rules and turns their answers into results, each once. */
class Report {
  readonly #inventory: Inventory;
  readonly #results = new Map<string, RawResult>();
  readonly #failures: Map<string, Failure>;
  readonly #pending: Promise<void>[] = [];
  readonly guard: Guard;
  /** The rule that is being asked. */
  running: Rule | undefined;

  constructor(inventory: Inventory, watch: Watch | undefined) {
    this.#inventory = inventory;
    this.#failures = new Map(watch?.endless);
    this.guard = watch?.guard ?? ((work) => work());
  }

  /** Asks a rule. One that fails is not asked again. */
  check({ rule, calls }: Check, path: Keys, value: unknown): Answer {
    if (this.#failures.has(rule.name)) return nothing;
    let said = nothing;
    this.running = rule;
    try {
      for (const { call, options, field } of calls) {
        for (const target of lintTargets(value, field)) {
          const at = target.path.length > 0 ? [...path, ...target.path] : path;
          const context = { document: this.#inventory.document, documentInventory: this.#inventory, rule, path: at };
          const answer = call(target.value, options, context);
          if (answer === undefined || (Array.isArray(answer) && answer.length === 0)) continue;
          if (!isPromise(answer)) said = both(said, this.#addAll(rule, answer, at));
          else {
            said = { isMissing: true, isOdd: true };
            this.#pending.push(this.#later(rule, answer, at));
          }
        }
      }
    } catch (error) {
      this.fail(rule, error);
    }
    this.running = undefined;
    return said;
  }

  async #later(rule: Rule, answer: Promise<unknown>, at: Keys): Promise<void> {
    try {
      this.#addAll(rule, await answer, at);
    } catch (error) {
      this.fail(rule, error);
    }
  }

  fail({ name }: Rule, error: unknown): void {
    this.#failures.set(name, { code: name, message: error instanceof Error ? error.message : String(error) });
  }

  async finish(): Promise<RunResult> {
    await Promise.all(this.#pending);
    return { results: [...this.#results.values()], failures: [...this.#failures.values()] };
  }

  #addAll(rule: Rule, answer: unknown, at: Keys): Answer {
    let said = nothing;
    for (const result of (answer ?? []) as readonly FunctionResult[]) said = both(said, this.#add(rule, result, at));
    return said;
  }

  #add(rule: Rule, result: FunctionResult, at: Keys): Answer {
    const inventory = this.#inventory;
    const asked = (result.path ?? at).map((key) => decodeSegmentFragment(key));
    const item = inventory.findAssociatedItemForPath(asked, rule.resolved);
    const path = item?.path ?? closestPath(inventory.resolved, asked);
    const source = item?.document.source;
    const missing = item && item.missingPropertyPath.length > path.length ? item.missingPropertyPath : undefined;
    const values: MessageValues = {
      property: missing ? printPath([...missing.slice(path.length - 1)], PrintStyle.Dot) : (path.at(-1) ?? ''),
      error: result.message,
      path: printPath(path, PrintStyle.EscapedPointer),
      description: rule.description,
      value: valueAt((item?.document ?? inventory.document).data, path),
    };
    const said = printMessage(result.message, values);
    values.error = said;
    const severity = source === undefined ? rule.severity : rule.getSeverityForSource(source, path);
    if (severity === -1) return nothing;
    const message = (rule.message === null ? (rule.description ?? said) : printMessage(rule.message, values)).trim();
    const key = JSON.stringify([rule.name, path, source, message]);
    if (!this.#results.has(key)) this.#results.set(key, { code: rule.name, message, severity, path, source });
    return {
      isMissing:
        !item || item.missingPropertyPath.length > path.length || closestPath(inventory.resolved, asked).length < asked.length,
      isOdd: isOdd(asked) || isOdd(path),
    };
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return isObject(value) && 'then' in value && typeof value.then === 'function';
}
