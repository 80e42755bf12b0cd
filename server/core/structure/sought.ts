/**
 * Where examples, defaults and discriminators stand, at any depth of a description, and what rules make of them. A long
 * document has thousands: what was made of a part that has not changed is kept.
 */
import { inMap } from '../group.ts';
import { type Api, isRecord, type Place } from '../model/api.ts';
import { Marks } from '../model/marks.ts';
import { Reader, readOnAs } from '../model/reader.ts';
import { deepest } from './inspect.ts';
import { isConditionalAny, partsOf, type Standing, standingAt, standingBelow } from './standing.ts';

/** The keys that are looked for, each a bit. */
const soughtKeys = ['default', 'example', 'examples', 'discriminator'] as const;

/** Reads what stands elsewhere than in the object that has the key. */
export type Elsewhere = <T>(read: () => T) => T;

/**
 * Makes something of a place where a sought key stands: `names` are what the specification calls the object that has the
 * key. What else than this object it reads, it reads through `elsewhere`.
 */
export type Make<T> = (api: Api, at: Place, names: ReadonlySet<string>, elsewhere: Elsewhere) => Iterable<T>;

/** What was made of the parts of a description. */
interface Made {
  /** Who reads elsewhere. */
  readonly reader: Reader;
  readonly elsewhere: Elsewhere;
  basis: unknown;
  /** Stands for all that was made since something else changed. */
  time: object;
}

/** What was made of one part; held by the part, because thousands of weak references make the garbage collector work. */
interface Part<T> {
  readonly by: Made;
  readonly time: object;
  readonly all: readonly T[];
}

const made = new WeakMap<Api, Map<Make<unknown>, Made>>();

/** So far down it is kept what was made: after an edit what lies on the way to it is made again. */
export const keptDepth = 3;

/**
 * All that `make` makes of the places where sought keys stand; `undefined` between the parts, where others may have their turn.
 * What it made of a part stays until the part changes, or something that was read elsewhere, or `basis`.
 */
export function* fromSought<T>(api: Api, make: Make<T>, basis?: object): Iterable<T | undefined> {
  // Any edit may bring a new place.
  void api.document;
  const kept = madeFor(api, make, basis);
  const own = (holding: Holding, into: T[]): void => {
    for (const at of holding.own) for (const each of make(api, at, holding.standing.names, kept.elsewhere)) into.push(each);
  };
  const collect = (holding: Holding, into: T[]): void => {
    own(holding, into);
    for (const each of holding.below) collect(each, into);
  };
  function* partOf(holding: Holding, depth: number): Generator<undefined, readonly T[]> {
    const known = holding.made.find(({ by }) => by === kept) as Part<T> | undefined;
    if (known?.time === kept.time) return known.all;
    const all: T[] = [];
    if (depth > keptDepth) collect(holding, all);
    else {
      own(holding, all);
      for (const each of holding.below) for (const one of yield* partOf(each, depth + 1)) all.push(one);
    }
    const part: Part<T> = { by: kept, time: kept.time, all: all.length > 0 ? all : nothing };
    if (known) holding.made[holding.made.indexOf(known)] = part;
    else holding.made.push(part);
    yield undefined;
    return part.all;
  }
  yield* lookInSteps(api.root);
  const holding = holdingAt(api.root, standingAt(api.root));
  if (holding) yield* yield* partOf(holding, 0);
}

/** Looks at a description for the first time, part by part. */
function* lookInSteps(root: Place): Generator<undefined> {
  if (standingAt(root).holding) return;
  for (const { place, standing } of partsOf(root)) {
    holdingAt(place, standing);
    yield undefined;
  }
}

const nothing: readonly never[] = [];

function madeFor(api: Api, make: Make<unknown>, basis: unknown): Made {
  const all = made.get(api) ?? new Map<Make<unknown>, Made>();
  made.set(api, all);
  const kept = inMap(all, make, () => {
    const reader = new Reader();
    return { reader, elsewhere: (read) => readOnAs(reader, read), basis, time: {} };
  });
  if (kept.reader.stale || kept.basis !== basis) Object.assign(kept, { basis, time: {} });
  kept.reader.stale = false;
  return kept;
}

/** Which of the sought keys stand in a value, at any depth. */
const sought = new Marks((value) => {
  let bits = 0;
  if (isRecord(value)) for (const [bit, key] of soughtKeys.entries()) if (Object.hasOwn(value, key)) bits |= 1 << bit;
  return bits;
});

/** Where sought keys stand at a place and below it; the same object as long as its value and standing stay. */
interface Holding {
  readonly place: Place;
  readonly identity: object;
  readonly standing: Standing;
  /** Those that the object itself has. */
  readonly own: readonly Place[];
  readonly below: readonly Holding[];
  readonly made: Part<unknown>[];
}

function holdingAt(place: Place, standing: Standing, depth = 0): Holding | undefined {
  const { identity } = place;
  if (depth > deepest || typeof identity !== 'object' || identity === null || sought.of(identity) === 0) return undefined;
  // In data that may be anything no key means anything.
  if (!standing.shapes.some(({ raw }) => typeof raw === 'object')) return undefined;
  const known = standing.holding as Holding | undefined;
  if (known?.identity === identity) return known;
  const below: Holding[] = [];
  const content = identity as Readonly<Record<string | number, unknown>>;
  // Most of what stood below stands there still, in the same order.
  const before = known && !isConditionalAny(standing.shapes) ? known.below : [];
  let next = 0;
  for (const name of Array.isArray(identity) ? identity.keys() : Object.keys(identity)) {
    const last = before[next];
    if (last?.place.step === name) {
      next++;
      if (last.identity === content[name]) {
        below.push(last);
        continue;
      }
    }
    if (sought.of(content[name]) === 0) continue;
    const child = place.child(name);
    const found = holdingAt(child, standingBelow(standing, child), depth + 1);
    if (found) below.push(found);
  }
  const own = soughtKeys.filter((key) => Object.hasOwn(identity, key)).map((key) => place.child(key));
  const holding = { place, identity, standing, own, below, made: [] };
  standing.holding = holding;
  return holding;
}
