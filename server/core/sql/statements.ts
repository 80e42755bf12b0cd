/** The statements of an SQL text as tokens: comments are left out, strings and bodies in dollar quotes are one token each. */
import type { Span } from '../finding.ts';

export interface Token extends Span {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'sign';
  /** As written; a word in lower case, a quoted name without its quotes. */
  readonly text: string;
}

export interface Statement extends Span {
  readonly tokens: readonly Token[];
}

const tokens: readonly { readonly kind: Token['kind'] | 'nothing'; readonly pattern: RegExp }[] = [
  { kind: 'nothing', pattern: /\s+|--[^\r\n]*|\/\*[^]*?\*\//y },
  { kind: 'text', pattern: /[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|\$([\p{L}_]\w*)?\$[^]*?\$\1\$/uy },
  { kind: 'name', pattern: /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[\p{L}_][\w ]*\]/uy },
  { kind: 'word', pattern: /[\p{L}_][\p{L}\p{N}_$]*/uy },
  { kind: 'number', pattern: /\d[\w.]*/y },
];

/** Splits a text at its semicolons. What stands behind a string or comment that never ends is no statement. */
export function statementsOf(sql: string): Statement[] {
  const found: Statement[] = [];
  let open: Token[] = [];
  const close = () => {
    const [first] = open;
    const last = open.at(-1);
    if (first && last) found.push({ start: first.start, end: last.end, tokens: open });
    open = [];
  };
  for (let start = 0; start < sql.length;) {
    const { kind, text } = tokenAt(sql, start);
    const end = start + text.length;
    // A quote or a comment that is opened and not closed.
    if (kind === 'sign' && /^(?:['"`]|\/(?=\*))/.test(sql.slice(start, start + 2))) return found;
    if (kind === 'sign' && text === ';') close();
    else if (kind === 'word') open.push({ kind, text: text.toLowerCase(), start, end });
    else if (kind === 'name') open.push({ kind, text: text.slice(1, -1), start, end });
    else if (kind !== 'nothing') open.push({ kind, text, start, end });
    start = end;
  }
  close();
  return found;
}

function tokenAt(sql: string, start: number): { readonly kind: Token['kind'] | 'nothing'; readonly text: string } {
  for (const { kind, pattern } of tokens) {
    pattern.lastIndex = start;
    const text = pattern.exec(sql)?.[0];
    if (text) return { kind, text };
  }
  return { kind: 'sign', text: sql.charAt(start) };
}
