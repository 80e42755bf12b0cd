/** What stands in values at any depth, kept with the values, so that after an edit only what changed is looked at again. */

/**
 * Below so many values it is faster to look again than to remember: what is kept with thousands of small values makes the
 * garbage collector stand still longer than it saves.
 */
const few = 24;

/** Which marks values bear, by themselves or by something below them: bits, which `own` tells of one value alone. */
export class Marks {
  readonly #own: (value: unknown) => number;
  readonly #known = new WeakMap<object, number>();
  #looked = 0;

  constructor(own: (value: unknown) => number) {
    this.#own = own;
  }

  of(value: unknown): number {
    if (typeof value !== 'object' || value === null) return this.#own(value);
    this.#looked++;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const before = this.#looked;
    let marks = this.#own(value);
    for (const key in value) marks |= this.of((value as Record<string, unknown>)[key]);
    if (this.#looked - before >= few) {
      this.#known.set(value, marks);
      this.#looked = before;
    }
    return marks;
  }

  /** Looks at what was not looked at yet, part by part: `depth` keys down. */
  *lookInSteps(value: unknown, depth: number): Iterable<undefined> {
    if (typeof value !== 'object' || value === null || this.#known.has(value)) return;
    if (depth > 0)
      for (const key of Object.keys(value)) yield* this.lookInSteps((value as Record<string, unknown>)[key], depth - 1);
    else {
      this.of(value);
      yield undefined;
    }
  }
}
