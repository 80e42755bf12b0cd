/** YAML scalars: from the characters between the quotes to the value a program sees (YAML 1.2, core schema). */

import type { Source } from './source.ts';

export type Scalar = string | number | boolean | null;

const number = /^(?:[-+]?\d+|0o[0-7]+|0x[\da-fA-F]+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?)$/;
const infinite = /^[-+]?\.(?:inf|Inf|INF)$/;

/** The value of a plain scalar by the core schema. */
export function plainValue(text: string): Scalar {
  switch (text.charCodeAt(0)) {
    case 110: // n
    case 78: // N
      return text === 'null' || text === 'Null' || text === 'NULL' ? null : text;
    case 116: // t
    case 84: // T
      return text === 'true' || text === 'True' || text === 'TRUE' ? true : text;
    case 102: // f
    case 70: // F
      return text === 'false' || text === 'False' || text === 'FALSE' ? false : text;
    case 126: // ~
      return text === '~' ? null : text;
    case 43: // +
    case 45: // -
    case 46: // .
    case 48:
    case 49:
    case 50:
    case 51:
    case 52:
    case 53:
    case 54:
    case 55:
    case 56:
    case 57:
      return numberValue(text) ?? text;
    default:
      return text === '' ? null : text;
  }
}

function numberValue(text: string): number | undefined {
  if (number.test(text)) return Number(text);
  if (infinite.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? Number.NaN : undefined;
}

const core = /^(?:!!|!<tag:yaml\.org,2002:)(null|bool|int|float)>?$/;

/** The value of a scalar with a tag: by the core schema for its plain types, else the text. */
export function taggedValue(tag: string, text: string): Scalar {
  const [, type] = core.exec(tag) ?? [];
  if (!type) return text;
  const value = plainValue(text);
  if (type === 'null') return value === null ? value : text;
  if (type === 'bool') return typeof value === 'boolean' ? value : text;
  return typeof value === 'number' ? value : text;
}

/** The lines of a quoted or plain scalar as one: a line end is a blank, each empty line a line end (YAML 1.2, 6.5). */
export function foldLines(text: string): string {
  return joined(text, trimmedEnd, (part) => part);
}

/** Lines, each trimmed at its ends that touch another and then read; one that ends with `\\` goes on without a blank. */
function joined(text: string, trim: (line: string) => string, read: (part: string, offset: number) => string): string {
  const lines = text.split('\n');
  let result = '';
  let empty = 0;
  let goesOn = true;
  let offset = 0;
  for (const [index, line] of lines.entries()) {
    const isLast = index === lines.length - 1;
    const kept = isLast ? line : trim(line.endsWith('\r') ? line.slice(0, -1) : line);
    let start = 0;
    if (index > 0) while (start < kept.length && isBlank(kept, start)) start++;
    const escaped = !isLast && kept.length > start && trim !== trimmedEnd && isEscape(kept, kept.length - 1);
    if (index > 0 && !isLast && start >= kept.length) empty++;
    else {
      if (empty > 0) result += '\n'.repeat(empty);
      else if (!goesOn) result += ' ';
      result += read(kept.slice(start, escaped ? -1 : undefined), offset + start);
      empty = 0;
      goesOn = escaped;
    }
    offset += line.length + 1;
  }
  return result;
}

function isBlank(text: string, offset: number): boolean {
  const code = text.charCodeAt(offset);
  return code === 32 || code === 9;
}

/** Is the character a backslash that no other escapes? */
function isEscape(text: string, offset: number): boolean {
  let start = offset;
  while (text.charCodeAt(start) === 92) start--;
  return (offset - start) % 2 === 1;
}

function trimmedEnd(line: string): string {
  let end = line.length;
  while (end > 0 && isBlank(line, end - 1)) end--;
  return line.slice(0, end);
}

/** Like `trimmedEnd`, but a blank behind a backslash stays. */
function trimmedToEscape(line: string): string {
  const end = trimmedEnd(line).length;
  return line.slice(0, end < line.length && end > 0 && isEscape(line, end - 1) ? end + 1 : end);
}

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};

/** What stands between double quotes; `wrong` is told the offset and length of each escape YAML does not have. */
export function doubleQuoted(text: string, wrong: (offset: number, length: number) => void): string {
  return joined(text, trimmedToEscape, (part, offset) => unescaped(part, (at, length) => wrong(offset + at, length)));
}

function unescaped(part: string, wrong: (offset: number, length: number) => void): string {
  if (!part.includes('\\')) return part;
  const token = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]?))/g;
  let result = '';
  let last = 0;
  for (let match = token.exec(part); match; match = token.exec(part)) {
    const [found, x, u, long, letter = ''] = match;
    const code = x ?? u ?? long;
    const point = code === undefined ? undefined : Number.parseInt(code, 16);
    const plain = point === undefined ? escapes[letter] : point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
    if (plain === undefined) wrong(match.index, found.length);
    result += part.slice(last, match.index) + (plain ?? found);
    last = match.index + found.length;
  }
  return result + part.slice(last);
}

export interface BlockLine {
  readonly start: number;
  readonly end: number;
}

/** The value of a block scalar from its lines, indentation taken off; `keep` is `+`, `-` or empty. */
export function blockValue(text: Source, lines: readonly BlockLine[], folded: boolean, keep: string): string {
  let value = '';
  let ends = 0;
  let began = false;
  let spaced = false;
  for (const { start, end } of lines) {
    if (start < end) {
      const first = text.charCodeAt(start);
      const more = folded && (first === 32 || first === 9);
      if (began && folded && !more && !spaced) value += ends === 1 ? ' ' : '\n'.repeat(ends - 1);
      else if (ends > 0) value += ends === 1 ? '\n' : '\n'.repeat(ends);
      value += text.slice(start, end);
      ends = 0;
      began = true;
      spaced = more;
    }
    ends++;
  }
  if (keep === '+') return value + '\n'.repeat(ends);
  return began && keep === '' ? `${value}\n` : value;
}
