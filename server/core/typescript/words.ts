/** The names and literal texts of a file, each once, and what was asked of them. */
import { groupBy } from '../group.ts';

/** Where more than these came or went, everything is asked anew: the file is another, or has been pasted into. */
const mostChanged = 16;

/** Every pattern that was asked for, once: a rule may write it where it asks, which makes another every time. */
const patterns: RegExp[] = [];
/** The words that a pattern of whole words means, `^(?:set|append)$` with the flag `m`: these are looked up. */
const wholes: (readonly string[] | undefined)[] = [];
/** Their numbers by what is written, for each combination of the flags `i` and `m`. */
const numbers: readonly Map<string, number>[] = [new Map(), new Map(), new Map(), new Map()];

function numberOf(pattern: RegExp): number {
  const known = numbers[(pattern.ignoreCase ? 1 : 0) + (pattern.multiline ? 2 : 0)] as Map<string, number>;
  let number = known.get(pattern.source);
  if (number === undefined) {
    known.set(pattern.source, (number = patterns.push(pattern) - 1));
    const [, one, several] = (pattern.flags === 'm' && /^\^(?:(\w+)|\(\?:([\w|]+)\))\$$/.exec(pattern.source)) || [];
    wholes.push((one ?? several)?.split('|'));
  }
  return number;
}

/** All patterns in one for each combination of flags: most words that a person types are nobody's business. */
let all: { readonly count: number; readonly patterns: readonly RegExp[] } | undefined;

/** Does any pattern match, as far as is known by now? */
function mayMatch(words: string): boolean {
  if (all?.count !== patterns.length) {
    const byFlags = groupBy(patterns, ({ flags }) => flags);
    const joined = [...byFlags].map(([flags, same]) => new RegExp(same.map(({ source }) => `(?:${source})`).join('|'), flags));
    all = { count: patterns.length, patterns: joined };
  }
  return words !== '' && all.patterns.some((pattern) => pattern.test(words));
}

export class Words {
  readonly all: ReadonlySet<string>;
  /** By the number of a pattern: is it there? */
  readonly #answers: (boolean | undefined)[] = [];
  #joined: string | undefined;

  /** `before`: those of the file before an edit. A key changes a word or two, and only these are asked about again. */
  constructor(all: ReadonlySet<string>, before?: Words) {
    this.all = all;
    if (!before) return;
    const come = others(all, before.all);
    const gone = come && others(before.all, all, before.all.size - (all.size - come.length));
    if (!come || !gone) return;
    const [added, removed] = [come.join('\n'), gone.join('\n')];
    if (!mayMatch(added) && !mayMatch(removed)) this.#answers = [...before.#answers];
    else
      this.#answers = before.#answers.map((isThere, number) =>
        isThere === undefined || patterns[number]?.test(isThere ? removed : added) ? undefined : isThere,
      );
  }

  /**
   * Does one of them match? A pattern stands in the code, because it is remembered, and speaks of one word; `^` and `$` are the ends of it
   * with the flag `m`.
   */
  has(pattern: RegExp): boolean {
    const number = numberOf(pattern);
    return (this.#answers[number] ??=
      wholes[number]?.some((word) => this.all.has(word)) ?? pattern.test((this.#joined ??= [...this.all].join('\n'))));
  }
}

/** What is in the one and not in the other, where it is known how many these are; undefined where they are many. */
function others(one: ReadonlySet<string>, other: ReadonlySet<string>, wanted = mostChanged + 1): string[] | undefined {
  const found: string[] = [];
  if (wanted > 0)
    for (const word of one) {
      if (other.has(word)) continue;
      if (found.push(word) > mostChanged) return undefined;
      if (found.length === wanted) break;
    }
  return found;
}
