/**
 * All JSONPath expressions of a ruleset as one automaton: a state is the set of steps that may be taken next, and a move
 * reads a key and the value under it. States and moves are made when first needed and kept.
 */
import type { Expression, Filter, Step } from './jsonpath.ts';

/**
 * Tells places apart that a function treats differently by where they are, so that a value shared by such places is
 * visited once for each: a deterministic reading of the path from the root, by key.
 */
export interface Marks {
  readonly start: string;
  /** The keys that are told apart at a mark; all others lead to the same next one. */
  keys(mark: string): readonly string[];
  next(mark: string, key: string | number): string;
}

/** A step of an expression that may be taken next. */
interface Item<Rule> {
  readonly id: number;
  readonly target: Accept<Rule>;
  readonly index: number;
  readonly mark: string;
}

/** That an expression matches here. */
export interface Accept<Rule> {
  readonly id: number;
  readonly rule: Rule;
  readonly expression: Expression;
  readonly marks: Marks | undefined;
  /** Tells the same expression's matches with different marks apart. */
  readonly mark: string;
}

/** Where a key leads: the next state, and what matches. */
export interface Move<Rule> {
  readonly state: State<Rule> | undefined;
  readonly accepts: readonly Accept<Rule>[];
}

/** Moves by the filters that hold, most of the time none. */
interface Moves<Rule> {
  none: Move<Rule> | undefined;
  some: Map<number | string, Move<Rule>> | undefined;
}

/** Moves by key, for those that are named, and for all others. */
interface Table<Rule> {
  readonly named: ReadonlyMap<string | number, Moves<Rule>>;
  readonly others: Moves<Rule>;
}

export class State<Rule> {
  readonly items: readonly Item<Rule>[];
  /** The only keys that lead anywhere; undefined where any key may. */
  readonly only: readonly string[] | undefined;
  readonly #automaton: Automaton<Rule>;
  readonly #filters: readonly Filter[];
  readonly #objectMoves: Table<Rule>;
  readonly #scalarMoves: Table<Rule>;
  readonly #without = new Map<State<Rule> | undefined, State<Rule> | undefined>();
  readonly #with = new Map<State<Rule>, State<Rule>>();

  constructor(automaton: Automaton<Rule>, items: readonly Item<Rule>[]) {
    this.#automaton = automaton;
    this.items = items;
    const steps = items.map(stepOf);
    const names = steps.flatMap(({ test }) => (test.kind === 'names' ? test.names : []));
    const marked = items.flatMap(({ target, mark }) => target.marks?.keys(mark) ?? []);
    this.#objectMoves = tableOf([...names, ...marked]);
    this.#scalarMoves = tableOf([...names, ...marked]);
    this.#filters = [...new Set(steps.flatMap(({ test }) => (test.kind === 'filter' ? [test.filter] : [])))];
    this.only = steps.every(({ test, deep }) => test.kind === 'names' && !deep) ? [...new Set(names)] : undefined;
  }

  /** Follows a key; undefined where nothing below it can match. */
  move(key: string | number, value: unknown, root: unknown): Move<Rule> | undefined {
    const isObject = typeof value === 'object' && value !== null;
    const table = isObject ? this.#objectMoves : this.#scalarMoves;
    const moves = table.named.get(key) ?? table.others;
    const holding = this.#filters.length === 0 ? 0 : this.#holding(value, key, root);
    let move = holding === 0 ? moves.none : moves.some?.get(holding);
    if (!move) {
      move = this.#moveOf(key, String(key), isObject, holding);
      if (holding === 0) moves.none = move;
      else (moves.some ??= new Map()).set(holding, move);
    }
    return move.state || move.accepts.length > 0 ? move : undefined;
  }

  /** The filters that hold, as bits of a number, or as text where there are too many. */
  #holding(value: unknown, key: string | number, root: unknown): number | string {
    if (this.#filters.length > 30) return this.#filters.map((filter) => (filter.holds(value, key, root) ? 1 : 0)).join('');
    let bits = 0;
    for (let index = 0; index < this.#filters.length; index++) {
      if ((this.#filters[index] as Filter).holds(value, key, root)) bits |= 1 << index;
    }
    return bits;
  }

  #moveOf(key: string | number, name: string, isObject: boolean, holding: number | string): Move<Rule> {
    const holds = (filter: Filter) => {
      const index = this.#filters.indexOf(filter);
      return typeof holding === 'number' ? (holding & (1 << index)) !== 0 : holding[index] === '1';
    };
    const next: Item<Rule>[] = [];
    const accepts: Accept<Rule>[] = [];
    for (const item of this.items) {
      const { test, deep } = stepOf(item);
      const mark = item.target.marks ? item.target.marks.next(item.mark, key) : item.mark;
      if (deep && isObject) next.push(this.#automaton.item(item.target, item.index, mark));
      const taken =
        test.kind === 'any' ||
        (test.kind === 'object' && isObject) ||
        (test.kind === 'names' && test.names.includes(name)) ||
        (test.kind === 'filter' && holds(test.filter));
      if (!taken) continue;
      if (item.index + 1 === item.target.expression.steps.length) accepts.push(this.#automaton.accept(item.target, mark));
      else if (isObject) next.push(this.#automaton.item(item.target, item.index + 1, mark));
    }
    return { state: this.#automaton.state(next), accepts };
  }

  /** This state without the steps of another: what is still to be looked for where that one has been. */
  without(other: State<Rule> | undefined): State<Rule> | undefined {
    if (!this.#without.has(other)) {
      const gone = new Set(other?.items);
      this.#without.set(other, this.#automaton.state(this.items.filter((item) => !gone.has(item))));
    }
    return this.#without.get(other);
  }

  /** This state and the other together. */
  with(other: State<Rule> | undefined): State<Rule> {
    if (!other || other === this) return this;
    let both = this.#with.get(other);
    if (!both) this.#with.set(other, (both = this.#automaton.state([...this.items, ...other.items]) as State<Rule>));
    return both;
  }
}

/** Items of lists are found by their number too. */
function tableOf<Rule>(names: readonly string[]): Table<Rule> {
  const named = new Map<string | number, Moves<Rule>>();
  for (const name of names) {
    const moves = { none: undefined, some: undefined };
    named.set(name, moves);
    if (String(Number(name)) === name) named.set(Number(name), moves);
  }
  return { named, others: { none: undefined, some: undefined } };
}

function stepOf<Rule>({ target, index }: Item<Rule>): Step {
  return target.expression.steps[index] as Step;
}

export class Automaton<Rule> {
  /** Where a walk begins; undefined when no expression goes beyond the root. */
  readonly start: State<Rule> | undefined;
  /** What matches the root itself. */
  readonly root: readonly Accept<Rule>[];
  /** A filter asks for the root, wherever it stands. */
  readonly asksRoot: boolean;
  readonly #states = new Map<string, State<Rule>>();
  readonly #items = new Map<string, Item<Rule>>();
  readonly #accepts = new Map<string, Accept<Rule>>();

  constructor(rules: readonly { readonly rule: Rule; readonly expression: Expression; readonly marks?: Marks }[]) {
    const targets = rules.map(({ rule, expression, marks }, id) => ({ id, rule, expression, marks, mark: marks?.start ?? '' }));
    this.root = targets.filter(({ expression }) => expression.root);
    this.asksRoot = targets.some(({ expression }) =>
      expression.steps.some(({ test }) => test.kind === 'filter' && test.filter.asksRoot),
    );
    this.start = this.state(
      targets.filter(({ expression }) => expression.steps.length > 0).map((target) => this.item(target, 0, target.mark)),
    );
  }

  /** The rules whose search of what has this root ends with an error. */
  *errors(root: object): Iterable<{ readonly rule: Rule; readonly error: Error }> {
    for (const { target } of this.start?.items ?? []) {
      for (const { test } of target.expression.steps) {
        const error = test.kind === 'filter' ? test.filter.errors?.get(root) : undefined;
        if (error) yield { rule: target.rule, error };
      }
    }
  }

  item(target: Accept<Rule>, index: number, mark: string): Item<Rule> {
    const key = `${target.id} ${index} ${mark}`;
    let item = this.#items.get(key);
    if (!item) this.#items.set(key, (item = { id: this.#items.size, target, index, mark }));
    return item;
  }

  accept(target: Accept<Rule>, mark: string): Accept<Rule> {
    if (mark === target.mark) return target;
    const key = `${target.id} ${mark}`;
    let accept = this.#accepts.get(key);
    if (!accept) this.#accepts.set(key, (accept = { ...target, mark }));
    return accept;
  }

  state(items: readonly Item<Rule>[]): State<Rule> | undefined {
    if (items.length === 0) return undefined;
    const sorted = [...new Set(items)].sort((a, b) => a.id - b.id);
    const key = sorted.map(({ id }) => id).join(' ');
    let state = this.#states.get(key);
    if (!state) this.#states.set(key, (state = new State(this, sorted)));
    return state;
  }
}
