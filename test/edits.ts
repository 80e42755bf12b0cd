/** Random edits of documents, as people and editors make them, and the comparison of trees that the tests need. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Fault, Green } from '../server/core/tree/green.ts';
import type { Change } from '../server/core/tree/text.ts';
import type { Tree, TreeNode } from '../server/core/tree/tree.ts';

const root = dirname(import.meta.dirname);

/** Real documents beside the repository, where they are; paths relative to the corpus. */
export function corpus(pattern: string): { readonly name: string; readonly text: string }[] {
  const folder = join(root, '../shared/corpus');
  if (!existsSync(folder)) return [];
  return globSync(pattern, { cwd: folder })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}

/** A repeatable source of numbers from 0 to below `limit` (mulberry32). */
export type Random = (limit: number) => number;

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(limit, 1);
  };
}

const marks =
  ': ,:\n,\n, ,  ,-,- ,\n  - x,",\',[,],{,},#, # c,|, |\n,>,&a ,*a,\t,\\,\\u00e9,/,//,/*,*/,a,1,é,😀,\r\n,\r,---\n,\n---\n,...\n,? ,%,@,`,!,!!str ,<<: *a,\uFEFF,key: value\n,key,null,true,-1.5e3,~'
    .split(',')
    .concat(',', ',\n', '"k": 1, ', '{"a": [1, {}]}', '__proto__: 1\n', '"__proto__": {}, ', '200: x\n');

/** A random edit of a text. */
export function randomChange(text: string, random: Random): Change {
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const lineStart = (offset: number) => text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = (offset: number) => {
    const end = text.indexOf('\n', offset);
    return end < 0 ? text.length : end + 1;
  };
  const spot = random(text.length + 1);
  const line = { start: lineStart(spot), end: lineEnd(spot) };
  const own = text.slice(line.start, line.end);
  const indent = /^[ \t]*/.exec(own)?.[0] ?? '';
  switch (random(14)) {
    case 0:
    case 1:
    case 2:
      return { start: spot, end: spot, newText: pick(marks) };
    case 3:
      return { start: spot, end: Math.min(spot + 1 + random(4), text.length), newText: '' };
    case 4:
      return { start: spot, end: Math.min(spot + random(6), text.length), newText: pick(marks) };
    case 5:
      return { ...line, newText: '' };
    case 6:
      return { start: line.end, end: line.end, newText: own };
    case 7:
      return { start: line.start, end: line.start, newText: pick(['  ', ' ', '    ', '\t']) };
    case 8:
      return { start: line.start, end: line.start + random(indent.length + 1), newText: '' };
    case 9:
      // A half-typed line among its neighbours, or further out.
      return {
        start: line.start,
        end: line.start,
        newText: `${pick([indent, '', indent.slice(2)])}${pick(['key', '- ', 'x-y', '"open', "'", '{', '"a": ', 'k:'])}\n`,
      };
    case 10: {
      // A block of lines moves.
      let end = line.end;
      for (let lines = random(12); lines > 0 && end < text.length; lines--) end = lineEnd(end);
      const to = lineStart(random(text.length + 1));
      if (to > line.start && to < end) return { ...line, newText: '' };
      const block = text.slice(line.start, end);
      if (to <= line.start) return { start: to, end, newText: block + text.slice(to, line.start) };
      return { start: line.start, end: to, newText: text.slice(end, to) + block };
    }
    case 11: {
      let end = line.end;
      for (let lines = random(20); lines > 0 && end < text.length; lines--) end = lineEnd(end);
      return { start: line.start, end, newText: '' };
    }
    case 12: {
      // A value of another type.
      const colon = own.indexOf(': ');
      if (colon < 0) return { start: spot, end: spot, newText: 'x' };
      const start = line.start + colon + 2;
      return {
        start,
        end: line.end - (own.endsWith('\n') ? 1 : 0),
        newText: pick(['', '1', 'null', '[a, b]', '{a: 1}', '"t"', '|', 'a\n  b']),
      };
    }
    default:
      return { start: spot, end: spot, newText: String.fromCharCode(97 + random(26)) };
  }
}

/** What is typed into descriptions: keys and values that rules ask for. */
const words = [
  '$ref', 'type', 'string', 'object', 'array', 'required', 'deprecated', 'true', 'security', '[]', 'tags', 'get', 'post', 'id',
  'parameters', 'responses', "'200'", "'404'", "'429'", 'description', 'schema', 'properties', 'items', 'format', 'date-time',
  'nullable', 'example', 'examples', 'default', 'operationId', 'limit', 'cursor', 'content', 'headers', 'payload', 'channels',
]; // prettier-ignore

/** A random edit of a description: of its words and references, or of any text. */
export function apiChange(text: string, random: Random): Change {
  const tokens = [...text.matchAll(/[$\w/#'.-]+/g)];
  const token = tokens[random(tokens.length)];
  if (!token || random(2) === 0) return randomChange(text, random);
  const at = { start: token.index, end: token.index + token[0].length };
  const pick = (from: readonly string[]) => from[random(from.length)] ?? '';
  const references = [...text.matchAll(/#\/[\w/~{}-]+/g)].map(([reference]) => reference);
  switch (random(4)) {
    case 0:
      return { ...at, newText: pick(words) };
    case 1:
      return { ...at, newText: pick(references) };
    case 2:
      return { ...at, newText: tokens[random(tokens.length)]?.[0] ?? '' };
    default: {
      const line = text.lastIndexOf('\n', at.start) + 1;
      const indent = /^[ -]*/.exec(text.slice(line))?.[0].replaceAll('-', ' ') ?? '';
      return { start: line, end: line, newText: `${indent}${pick(words)}: ${pick([...words, ...references])}\n` };
    }
  }
}

/** The change that takes another back. */
export function inverse(before: string, { start, end, newText }: Change): Change {
  return { start, end: start + newText.length, newText: before.slice(start, end) };
}

export function changed(text: string, { start, end, newText }: Change): string {
  return text.slice(0, start) + newText + text.slice(end);
}

/** A tree as data that can be compared: every node with its place, and the errors. */
export function describeTree(tree: Tree): unknown {
  return { root: tree.root && describe(tree.root), errors: tree.errors };
}

function describe(node: TreeNode): unknown {
  if (node.kind === 'scalar') return { ...node };
  const { kind, start, end, flow } = node;
  if (kind === 'list') return { kind, start, end, flow, items: node.items.map(describe) };
  const entries = node.entries.map(({ key, keySpan, value }) => ({ key, keySpan, value: describe(value) }));
  return { kind, start, end, flow, entries };
}

/** Where two green trees differ, as a path; undefined when they are equal. Fast enough for large documents. */
export function differenceOf(a: Green | undefined, b: Green | undefined, path = ''): string | undefined {
  if (a === b) return undefined;
  if (!a || !b || a.kind !== b.kind || a.width !== b.width) return `${path}: ${a?.kind} ${a?.width}, ${b?.kind} ${b?.width}`;
  if (a.kind === 'alias' || b.kind === 'alias') return undefined;
  if (a.kind === 'scalar' || b.kind === 'scalar') {
    if (a.kind !== 'scalar' || b.kind !== 'scalar') return path;
    return Object.is(a.value, b.value) && a.style === b.style ? undefined : `${path}: ${a.value}, ${b.value}`;
  }
  if (JSON.stringify([a.layout, a.repeated]) !== JSON.stringify([b.layout, b.repeated])) {
    return `${path}: ${JSON.stringify([a.layout, a.repeated])}, ${JSON.stringify([b.layout, b.repeated])}`;
  }
  if (a.slots.length !== b.slots.length) return `${path}: ${a.slots.length} slots, ${b.slots.length}`;
  for (const [index, slot] of a.slots.entries()) {
    const other = b.slots[index];
    const place = `${path}/${slot.key || index}`;
    if (!other || slot.gap !== other.gap || slot.key !== other.key || slot.keyStart !== other.keyStart) return place;
    if (slot.keyWidth !== other.keyWidth || slot.valueStart !== other.valueStart || slot.linked !== other.linked) return place;
    if (faultText(slot.faults) !== faultText(other.faults))
      return `${place}: ${faultText(slot.faults)}, ${faultText(other.faults)}`;
    const below = differenceOf(slot.value, other.value, place);
    if (below) return below;
  }
  return a.faulty === b.faulty ? undefined : `${path}: faulty ${a.faulty}, ${b.faulty}`;
}

function faultText(faults: readonly Fault[] | undefined): string {
  return JSON.stringify(faults ?? []);
}
