/**
 * Where a place in block YAML stands, read from the indentation alone: it holds while a line is half typed and nothing
 * parses, and costs one pass over the line starts, whatever the size of the document.
 */
import type { Path } from '../finding.ts';

export interface Outline {
  /** Keys from the root to the map or list the place stands in; list items count as 0. */
  readonly path: Path;
  /** The key that begins on the line of the place, if one does. */
  readonly key: string | undefined;
  /**
   * A small YAML text in which the place stands as it does in the whole: its own line as it is, the keys around it, and
   * of everything else only what stands on one line, because that is what tells one kind of object from another.
   */
  readonly text: string;
  /** The offset of the place in `text`. */
  readonly offset: number;
}

interface Line {
  readonly start: number;
  readonly text: string;
  /** Columns of the dashes that begin list items on this line. */
  readonly dashes: readonly number[];
  /** Column of what follows them; the length of the line when nothing does. */
  readonly column: number;
  readonly key: string | undefined;
  /** What follows the key's colon, without a comment. */
  readonly value: string;
  /** The line up to the key's colon. */
  readonly bare: string;
}

/** One element a line begins: an item by its dash, or a key. */
interface Level {
  readonly column: number;
  readonly dash: boolean;
}

const keyed =
  /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s'"[\]{},&*!|>%@`#?-][^\n]*?|-[^\s][^\n]*?))[ \t]*:(?:[ \t]+([^\n]*))?$/;

/**
 * The outline around an offset; undefined inside text that spans lines, where no key can stand, and `flow` inside
 * brackets or braces that were opened on an earlier line, where indentation says nothing.
 */
export function outlineAt(text: string, offset: number): Outline | 'flow' | undefined {
  const own = readLine(text, text.lastIndexOf('\n', offset - 1) + 1);
  const column = offset - own.start;
  if (own.text.trimStart().startsWith('#')) return undefined;
  const isBlank = own.text.trim() === '';
  const inner = isBlank ? column : Math.min(own.column, Math.max(column, own.dashes[0] ?? own.column));
  const levels: Level[] = [{ column: inner, dash: own.dashes.includes(inner) }];
  const path: (string | number)[] = [];
  let level = levels[0] as Level;
  const enclose = (outer: Level, step: string | number) => {
    path.unshift(step);
    levels.push(outer);
    level = outer;
  };
  for (const dash of own.dashes.filter((each) => each < inner).reverse()) enclose({ column: dash, dash: true }, 0);

  const above: string[] = [];
  // The first line of what a sibling holds is the last that is passed on the way up to it.
  let first: number | undefined;
  for (const { start, indent } of starts(text, own.start, -1)) {
    if (indent > level.column) {
      first = start + indent;
      continue;
    }
    const line = readLine(text, start);
    if (marker.test(line.text)) break;
    const isKey = line.dashes.length === 0;
    const owned = levels.length === 1;
    if (indent === level.column && (!isKey || !level.dash)) {
      if (!isKey) {
        first = start + indent;
        continue;
      }
      if (/^[[\]{}]/.test(line.text.trimStart())) return 'flow';
      above.unshift(...simplified(line, owned, first === undefined ? '' : emptied(text, line, first)));
      first = undefined;
      continue;
    }
    first = undefined;
    if (!level.dash && !isKey && line.column === level.column) {
      above.unshift(...(line.key === undefined ? [] : [simplified(line, true)[0] ?? line.text]));
    } else {
      const bare = line.column >= line.text.length;
      const around = bare ? '' : line.key === undefined ? line.text.slice(line.column) : line.value;
      if (opensFlow.test(around)) return 'flow';
      if (around !== '' && !/^(?:[&!]\S*\s*)+$/.test(around)) return undefined;
      above.unshift(line.text);
      if (!bare) enclose({ column: line.column, dash: false }, line.key as string);
    }
    for (const dash of line.dashes.toReversed()) enclose({ column: dash, dash: true }, 0);
  }

  const head = above.map((line) => `${line}\n`).join('');
  const below = linesBelow(text, own, levels, isBlank);
  return {
    path,
    key: own.key,
    text: `${head}${own.text}\n${below.map((line) => `${line}\n`).join('')}`,
    offset: head.length + column,
  };
}

/** What is kept of the lines below: the value's own keys, and the siblings at every level. */
function linesBelow(text: string, own: Line, levels: readonly Level[], isBlank: boolean): string[] {
  const kept: string[] = [];
  const hasChildren = !isBlank && own.key !== undefined && own.value === '';
  let depth = 0;
  let child: number | undefined;
  for (const { start, indent } of starts(text, own.start, 1)) {
    const deeper = indent > (levels[depth] as Level).column;
    if (deeper && !(hasChildren && depth === 0 && (child ?? indent) === indent)) continue;
    const line = readLine(text, start);
    if (marker.test(line.text)) break;
    const isKey = line.dashes.length === 0;
    if (deeper) {
      child = isKey ? indent : Number.NaN;
      if (isKey) kept.push(...simplified(line, true));
      continue;
    }
    child = Number.NaN;
    const inside = ({ column, dash }: Level) => indent > column || (indent === column && !(dash && isKey));
    const found = levels.findIndex((level, index) => index >= depth && inside(level));
    if (found < 0) break;
    depth = found;
    if (isKey && indent === levels[depth]?.column) kept.push(...simplified(line, depth === 0));
  }
  return kept;
}

/** What stands for the lines that a sibling holds: with nothing at all, what is being written would seem to belong to it. */
function emptied(text: string, { value }: Line, first: number): string {
  if (/^[|>]/.test(value)) return " ''";
  if (value !== '') return '';
  return /^-(?:\s|$)/.test(text.slice(first, first + 2)) ? ' []' : ' {}';
}

/** A line with its value if that is whole and simple; else with `empty` for it (`keys`), or not at all. */
function simplified(line: Line, keys: boolean, empty = ''): string[] {
  if (line.key === undefined) return [];
  const simple = /^(?:[^\s'"[\]{},&*!|>%@`#?].*|'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|\[\s*\]|\{\s*\})$/.test(line.value);
  if (simple) return [line.text];
  return keys ? [line.bare + empty] : [];
}

const marker = /^(?:---|\.\.\.)(?:\s|$)/;
const opensFlow = /^(?:[&!]\S*\s+)*[[{]/;

const blank = 0x20;
/** Characters with which lines begin that hold nothing: line ends, tabs, comments. */
const ignored = new Set([0x0a, 0x0d, 0x09, 0x23]);

/** The lines above (-1) or below (1) a line, nearest first, with their indentation; without empty lines and comments. */
function* starts(text: string, from: number, direction: 1 | -1): Iterable<{ start: number; indent: number }> {
  let start = from;
  for (;;) {
    if (start < 0) start = 0;
    else if (direction < 0) {
      if (start === 0) return;
      start = text.lastIndexOf('\n', start - 2) + 1;
    } else {
      const end = text.indexOf('\n', start);
      if (end < 0) return;
      start = end + 1;
    }
    let first = start;
    while (text.charCodeAt(first) === blank) first++;
    if (first < text.length && !ignored.has(text.charCodeAt(first))) yield { start, indent: first - start };
    if (start === 0 && direction < 0) return;
  }
}

function readLine(text: string, start: number): Line {
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end < 0 ? text.length : end).replace(/\r$/, '');
  const [lead = ''] = /^ *(?:-(?: +|$))*/.exec(line) ?? [];
  const dashes = [...lead.matchAll(/-/g)].map((match) => match.index);
  const content = withoutComment(line.slice(lead.length));
  const match = keyed.exec(content);
  const value = match?.[4] ?? '';
  return {
    start,
    text: line,
    dashes,
    column: lead.length,
    key: match?.[1] ?? match?.[2]?.replaceAll("''", "'") ?? match?.[3],
    value,
    bare: lead + content.slice(0, content.length - value.length).trimEnd(),
  };
}

function withoutComment(content: string): string {
  if (!content.includes('#')) return content.trimEnd();
  const [body = ''] = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^#'"]|(?<=\S)[#'"])*/.exec(content) ?? [];
  return body.trimEnd();
}

/**
 * The paths of keys of block YAML that fit one of the patterns, in which `*` is any key; a pattern fits only keys of maps
 * that hang together by indentation. Lines that no pattern leads to are passed by unread.
 */
export function keysIn(text: string, patterns: readonly Path[]): string[][] {
  const found: string[][] = [];
  const path: { readonly indent: number; readonly key: string }[] = [];
  const fits = (keys: readonly string[], whole: boolean) =>
    patterns.some(
      (pattern) =>
        (whole ? pattern.length === keys.length : pattern.length > keys.length) &&
        keys.every((key, at) => pattern[at] === '*' || pattern[at] === key),
    );
  let passed = Number.POSITIVE_INFINITY;
  for (const { start, indent } of starts(text, -1, 1)) {
    if (indent > passed) continue;
    passed = Number.POSITIVE_INFINITY;
    while (path.length > 0 && (path.at(-1)?.indent ?? 0) >= indent) path.pop();
    const line = readLine(text, start);
    if (marker.test(line.text)) {
      path.length = 0;
      continue;
    }
    const keys = [...path.map(({ key }) => key), line.key ?? ''];
    if (line.dashes.length === 0 && line.key !== undefined) {
      if (fits(keys, true)) found.push(keys);
      if (fits(keys, false)) {
        path.push({ indent, key: line.key });
        continue;
      }
    }
    passed = indent;
  }
  return found;
}
