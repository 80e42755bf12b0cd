/** YAML scalars: from the characters between the quotes to the value a program sees (YAML 1.2, core schema). */

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
  return text.replace(/[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]*/g, (gap) => {
    const ends = gap.split('\n').length - 1;
    return ends === 1 ? ' ' : '\n'.repeat(ends - 1);
  });
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
  const token =
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|\r?\n(?:[ \t]*\r?\n)*[ \t]*|([^]|$))|[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]*/g;
  return text.replace(token, (found, x, u, long, letter, offset: number) => {
    if (!found.startsWith('\\')) return foldLines(found);
    const code = x ?? u ?? long;
    if (code !== undefined) {
      const point = Number.parseInt(code, 16);
      if (point <= 0x10ffff) return String.fromCodePoint(point);
      wrong(offset, found.length);
      return found;
    }
    if (letter === undefined) return '\n'.repeat(found.split('\n').length - 2);
    const plain = escapes[letter];
    if (plain === undefined) wrong(offset, found.length);
    return plain ?? found;
  });
}

export interface BlockLine {
  readonly start: number;
  readonly end: number;
}

/** The value of a block scalar from its lines, indentation taken off; `keep` is `+`, `-` or empty. */
export function blockValue(text: string, lines: readonly BlockLine[], folded: boolean, keep: string): string {
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
