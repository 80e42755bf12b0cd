/**
 * The text of snippets as VS Code writes it: `${1:…}` are tab stops, `${1|a,b|}` those of which only certain values are right, a
 * backslash takes the meaning from `$`, `}` and itself.
 */
import type { Span } from './finding.ts';
import { groupBy } from './group.ts';

/** An edit with tab stops, and as plain text. */
export interface SnippetEdit extends Span {
  readonly newText: string;
  readonly snippet: string;
}

const marks = /\\([\\$}])|\$\{(\d+)(?::((?:\\.|[^}\\])*)|\|((?:\\.|[^|\\])*)\|)\}/g;

/** A snippet with its tab stops filled and its escapes undone. */
export function plainText(snippet: string): string {
  return snippet.replace(
    marks,
    (_, escaped?: string, _stop?: string, value?: string, choices?: string) => escaped ?? unescape(value ?? firstOf(choices!)),
  );
}

/** The words of a snippet that are tab stops wherever they stand, with the tab stop as it is written. */
export function tabWords(snippet: string): Map<string, string> {
  const plain = plainText(snippet);
  const stops = [...snippet.matchAll(marks)].filter(([, , stop]) => stop !== undefined);
  const words = groupBy(stops, ([, , , value, choices]) => unescape(value ?? firstOf(choices!)));
  const everywhere = [...words].filter(([word, places]) => plain.split(word).length - 1 === places.length);
  return new Map(everywhere.map(([word, [place]]) => [word, place![0]]));
}

/** A text as a snippet in which these words are tab stops. */
export function withTabWords(text: string, words: ReadonlyMap<string, string>): string {
  if (words.size === 0) return escapeSnippet(text);
  // The longer one first: a word may be the beginning of another.
  const known = [...words.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(${known.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`);
  return text
    .split(pattern)
    .map((part) => words.get(part) ?? escapeSnippet(part))
    .join('');
}

/** A text as a snippet without tab stops. */
export function escapeSnippet(text: string): string {
  return text.replace(/[\\$]/g, '\\$&');
}

/** The first of the choices of a tab stop, which is its default. */
function firstOf(choices: string): string {
  return /^(?:\\.|[^,\\])*/.exec(choices)![0];
}

function unescape(value: string): string {
  return value.replace(/\\(.)/g, '$1');
}
