/** What Spectral's parser says about the keys of a document, and how grave it is by a ruleset's `parserOptions`. */
import type { ApiDocument } from '../document.ts';
import type { Severity, Span } from '../finding.ts';
import type { Green } from '../tree/green.ts';

/** How grave mistakes in keys are. */
export interface ParserOptions {
  /** A key stands twice in a map. */
  readonly duplicateKeys: Severity | 'off';
  /** A key is no text to YAML, as `200:` without quotes. */
  readonly incompatibleValues: Severity | 'off';
}

export interface KeyMistake extends Span {
  readonly kind: keyof ParserOptions;
  readonly message: string;
}

/** Every mistake in the keys of a document, each place once. Where no key can be wrong nothing is looked at. */
export function keyMistakes({ tree }: ApiDocument): KeyMistake[] {
  const mistakes: KeyMistake[] = [];
  const visit = (green: Green | undefined, from: number): void => {
    if (green?.kind !== 'map' && green?.kind !== 'list') return;
    if (!green.faulty && !green.typed) return;
    let at = from;
    let twice = 0;
    for (const [index, { gap, key, keyStart, keyWidth, valueStart, typed, value }] of green.slots.entries()) {
      at += gap;
      const start = at + keyStart;
      const end = start + keyWidth;
      if (green.repeated[twice] === index) {
        twice++;
        mistakes.push({ kind: 'duplicateKeys', start, end, message: `Duplicate key: ${key}` });
      }
      const type = typed && tree.language === 'yaml' ? typeOf(tree.text.slice(start, end)) : undefined;
      const message = `Mapping key must be a string scalar rather than ${type}`;
      if (type) mistakes.push({ kind: 'incompatibleValues', start, end, message });
      visit(value, at + valueStart);
    }
  };
  visit(tree.green, tree.start);
  return mistakes;
}

/** What a plain key is to YAML; undefined for text. */
function typeOf(key: string): string | undefined {
  if (/^(?:true|false)$/i.test(key)) return 'boolean';
  if (/^(?:null|~)$/i.test(key)) return 'null';
  return /^(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|0x[\da-f]+|0o[0-7]+)$/i.test(key) ? 'number' : undefined;
}
