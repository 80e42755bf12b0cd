/** The names and literal texts of a file, each once, and what was asked of them. */

/** Where more than these came or went, everything is asked anew: the file is another, or has been pasted into. */
const mostChanged = 16;

interface Answer {
  readonly pattern: RegExp;
  readonly isThere: boolean;
}

export class Words {
  readonly all: ReadonlySet<string>;
  /** What was asked, by the flags and the source of the pattern: a rule may write it where it asks, which makes another every time. */
  readonly #answers: readonly Map<string, Answer>[] = [new Map(), new Map(), new Map(), new Map()];
  #joined: string | undefined;

  /** `before`: those of the file before an edit. A key changes a word or two, and only these are asked about again. */
  constructor(all: ReadonlySet<string>, before?: Words) {
    this.all = all;
    if (!before) return;
    const come = others(all, before.all);
    const gone = come && others(before.all, all);
    if (!come || !gone) return;
    for (const [index, answers] of before.#answers.entries())
      for (const [source, answer] of answers) {
        const { pattern, isThere } = answer;
        if (isThere ? gone.some((word) => pattern.test(word)) : come.some((word) => pattern.test(word))) continue;
        this.#answers[index]?.set(source, answer);
      }
  }

  /** Does one of them match? A pattern speaks of one word; `^` and `$` are the ends of it with the flag `m`. */
  has(pattern: RegExp): boolean {
    const { ignoreCase, multiline, source } = pattern;
    const answers = this.#answers[(ignoreCase ? 1 : 0) + (multiline ? 2 : 0)];
    const known = answers?.get(source);
    if (known) return known.isThere;
    const isThere = pattern.test((this.#joined ??= [...this.all].join('\n')));
    answers?.set(source, { pattern, isThere });
    return isThere;
  }
}

/** What is in the one and not in the other; undefined where that is much. */
function others(one: ReadonlySet<string>, other: ReadonlySet<string>): string[] | undefined {
  const found: string[] = [];
  for (const word of one) {
    if (other.has(word)) continue;
    if (found.push(word) > mostChanged) return undefined;
  }
  return found;
}
