/** What Spectral's parser says about the keys of a document, and how grave it is by a ruleset's `parserOptions`. */
import type { ApiDocument } from '../document.ts';
import type { Severity, Span } from '../finding.ts';
import type { TreeNode } from '../tree/tree.ts';

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

/** Every mistake in the keys of a document, each place once. */
export function keyMistakes({ tree, text }: ApiDocument): KeyMistake[] {
  const mistakes = new Map<string, KeyMistake>();
  const add = (kind: KeyMistake['kind'], span: Span, message: string) => {
    mistakes.set(`${kind} ${span.start}`, { kind, start: span.start, end: span.end, message });
  };
  const visit = (node: TreeNode | undefined): void => {
    if (node?.kind === 'list') node.items.forEach(visit);
    if (node?.kind !== 'map') return;
    const seen = new Set<string>();
    for (const { key, keySpan, value } of node.entries) {
      if (seen.has(key)) add('duplicateKeys', keySpan, `Duplicate key: ${key}`);
      seen.add(key);
      const type = tree.language === 'yaml' ? typeOf(text.slice(keySpan.start, keySpan.end)) : undefined;
      if (type) add('incompatibleValues', keySpan, `Mapping key must be a string scalar rather than ${type}`);
      visit(value);
    }
  };
  visit(tree.root);
  return [...mistakes.values()];
}

/** What a plain key is to YAML; undefined for text. */
function typeOf(key: string): string | undefined {
  if (/^(?:true|false)$/i.test(key)) return 'boolean';
  if (/^(?:null|~)$/i.test(key)) return 'null';
  return /^(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|0x[\da-f]+|0o[0-7]+)$/i.test(key) ? 'number' : undefined;
}
