/**
 * Who reads what. While a rule runs, every place it looks at notes it as a reader; after an edit only the readers of what
 * changed are stale and run again. Readers are rules, and values that several rules share (`Api.derived`).
 */

/** Someone who reads a description: a rule, or a value made for rules. */
export class Reader {
  /** Has something it read changed, or has it not read yet? */
  stale = true;
  /** Those who read what this one made: they are stale when it is. */
  readers: Readers | undefined;
  /** Who reads in steps at present. */
  steps: object | undefined;

  /** Must it read before what it read counts? While it reads in steps, what was read before is not what stands there. */
  get isOld(): boolean {
    return this.stale || this.steps !== undefined;
  }

  /** Marks the reader, and all who read what it made. */
  wake(): void {
    if (this.stale) return;
    this.stale = true;
    this.readers?.wake();
  }
}

/** A set of readers. `with` answers with the set to keep in its place. */
export interface Readers {
  with(reader: Reader): Readers;
  wake(): void;
}

/** More readers than this have a set of their own. */
const MOST_SHARED = 48;

/**
 * A set that is shared by all places with the same readers: most places are read by the same rules in the same order, so
 * a place costs one pointer.
 */
class SharedReaders implements Readers {
  readonly #members: readonly Reader[];
  readonly #next = new Map<Reader, Readers>();

  constructor(members: readonly Reader[]) {
    this.#members = members;
  }

  with(reader: Reader): Readers {
    let next = this.#next.get(reader);
    if (next) return next;
    if (this.#members.includes(reader)) next = this;
    else if (this.#members.length >= MOST_SHARED) return new ManyReaders([...this.#members, reader]);
    else next = new SharedReaders([...this.#members, reader]);
    this.#next.set(reader, next);
    return next;
  }

  wake(): void {
    for (const reader of this.#members) reader.wake();
  }
}

class ManyReaders implements Readers {
  readonly #members: Set<Reader>;

  constructor(members: readonly Reader[]) {
    this.#members = new Set(members);
  }

  with(reader: Reader): Readers {
    this.#members.add(reader);
    return this;
  }

  wake(): void {
    for (const reader of this.#members) reader.wake();
  }
}

/** The set that shared sets begin with; one for each description, so that they end with it. */
export function noReaders(): Readers {
  return new SharedReaders([]);
}

let reading: Reader | undefined;

/** Who reads at the moment. */
export function currentReader(): Reader | undefined {
  return reading;
}

/** Runs `read` anew, with every place noting who reads it. */
export function readAs<T>(reader: Reader, read: () => T): T {
  reader.steps = undefined;
  reader.stale = false;
  try {
    return readOnAs(reader, read);
  } catch (error) {
    reader.stale = true;
    throw error;
  }
}

/** Like `readAs`, for what a reader makes of the same reading later. */
export function readOnAs<T>(reader: Reader, read: () => T): T {
  const before = reading;
  reading = reader;
  try {
    return read();
  } finally {
    reading = before;
  }
}

/**
 * Like `readAs` in steps, between which others may have their turn. Ends without a value where something that was read has
 * changed meanwhile, or somebody else has read it.
 */
export function* readInStepsAs<Step, T>(
  reader: Reader,
  read: () => Iterator<Step, T>,
): Generator<Step, { value: T } | undefined> {
  const steps = {};
  reader.steps = steps;
  reader.stale = false;
  const turns = readOnAs(reader, read);
  while (reader.steps === steps && !reader.stale) {
    const { done, value } = readOnAs(reader, () => turns.next());
    if (done) {
      reader.steps = undefined;
      return { value };
    }
    yield value;
  }
  return undefined;
}
