/** Typing mistakes: the name that was meant. */
import type { Place } from '../model/api.ts';

/**
 * The candidate that a misspelt name most likely means: equal but for case and separators, or few edits away (one in
 * short names, a third of a long one). Undefined where none is near, or two are equally near. Where the candidates are
 * `expected`, because they are needed and missing, less is asked of short ones.
 */
export function nearest(name: string, candidates: Iterable<string>, expected = false): string | undefined {
  const plain = fold(name);
  let best: string | undefined;
  let least = name.length <= 3 ? 1 : Math.min(3, Math.floor(name.length / 3));
  let tied = false;
  for (const candidate of candidates) {
    if (candidate === name || candidate === best) continue;
    // Hundreds of paths that lost their block are held against the root's few keys.
    if (Math.abs(candidate.length - name.length) > mostMarks) continue;
    const distance = fold(candidate) === plain ? 0 : editDistance(name, candidate, least);
    // A short word is an edit or two away from anything; then the beginning must agree.
    if (distance > least) continue;
    if (!expected && candidate.length <= 4 && distance > 0 && candidate[0] !== name[0]) continue;
    if (distance === least && best !== undefined) tied = true;
    else tied = false;
    best = candidate;
    least = distance;
  }
  return tied ? undefined : best;
}

/** Is a field of an object missing, and one there whose name is like its? `structure` says that it is misspelt. */
export function isMisspelt(object: Place, field: string): boolean {
  return !object.has(field) && nearest(field, object.entries().map(keyOf)) !== undefined;
}

function keyOf({ key }: Place): string {
  return key;
}

/** As many letters at most is one name longer than another that says the same with dashes or underscores; `least` is less. */
const mostMarks = 8;

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '');
}

/** Edits (insertion, deletion, replacement, swap of neighbours) between two words; more than `limit` is `limit + 1`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((above[j] as number) + 1, (row[j - 1] as number) + 1, (above[j - 1] as number) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] as number) + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    before = above;
    above = row;
  }
  return above[b.length] as number;
}
