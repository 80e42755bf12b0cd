/**
 * One finding per cause. What a whole document leaves out (no operation declares 429) is one decision and one finding, at
 * the place that holds everything it concerns; where the document mostly keeps the habit, each place that does not is a
 * slip of its own. Rules say what the habit is; what is a cause is decided here, for all of them.
 */
import { groupBy } from '../group.ts';
import type { ApiProblem } from '../rule.ts';
import type { Api, Place } from './api.ts';
import { placeName } from './place-name.ts';

export interface Habit<T> {
  /** Everything that could keep the habit. */
  readonly among: readonly T[];
  keeps(item: T): boolean;
  /** Where the item is written; items of one place (a shared component) are one. */
  placeOf(item: T): Place;
  /** What is wrong with one item. */
  one(item: T): string;
  /** What is wrong with several: `amount` is "All 12" or "5 of 12", `first` the first of them. */
  many(amount: string, first: T): string;
  readonly target?: 'key' | 'value';
}

/** More slips than this are no slips any more. */
export const mostSlips = 3;
/** So many places are looked at before others have their turn. */
const atOneStretch = 64;
/** An editor lists what is related; it need not list a thousand. */
const mostRelated = 20;

/** What a finding that stands for many places lists: them, by their names. */
export function oneOfThem(places: readonly Place[]): { readonly at: Place; readonly message: string }[] {
  return places.slice(0, mostRelated).map((at) => ({ at, message: placeName(at.path) ?? 'This is one of them.' }));
}

/** The findings of a habit; `data` are the items that lack it, so that one fix mends them all. `undefined` where others may have their turn. */
export function* findingsOf<T>(api: Api, habit: Habit<T>): Iterable<ApiProblem<readonly T[]> | undefined> {
  const places = [...groupBy(habit.among, (item) => habit.placeOf(item)).values()];
  const lacking: T[][] = [];
  for (const [index, items] of places.entries()) {
    if (items.some((item) => !habit.keeps(item))) lacking.push(items);
    if (index % atOneStretch === 0) yield undefined;
  }
  const kept = places.length - lacking.length;
  if (lacking.length <= 1 || (lacking.length <= mostSlips && kept >= 2 * lacking.length)) {
    for (const items of lacking) {
      const [first] = items as [T];
      yield { at: habit.placeOf(first), target: habit.target ?? 'key', message: habit.one(first), data: items };
    }
    return;
  }
  const firsts = lacking.map(([first]) => first as T);
  const at = holderOf(api, firsts.map(habit.placeOf));
  const amount = kept > 0 ? `${lacking.length} of ${places.length}` : lacking.length === 2 ? 'Both' : `All ${lacking.length}`;
  yield {
    at,
    message: habit.many(amount, firsts[0] as T),
    related: oneOfThem(firsts.map(habit.placeOf)),
    data: lacking.flat(),
  };
}

/** The deepest place that holds all the others; the section of the document they are reached from, if that is a file. */
function holderOf(api: Api, places: readonly Place[]): Place {
  const [first, ...others] = places as [Place, ...Place[]];
  let { path } = first;
  for (const other of others) {
    if (other.doc.uri !== first.doc.uri) path = [];
    const differs = path.findIndex((key, index) => other.path[index] !== key);
    if (differs >= 0) path = path.slice(0, differs);
  }
  if (path.length > 0) return api.placeAt(first.doc, path);
  const section = ['paths', 'webhooks', 'channels', 'operations', 'components'].find((key) => api.root.has(key));
  return section === undefined ? api.root : api.root.child(section);
}
