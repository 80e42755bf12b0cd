/** YAML text to a tree. Anchors, aliases and merge keys are resolved, so that readers see the values a program would see. */
import { Composer, Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, Parser, Scalar, visit } from 'yaml';
import type { Span } from '../finding.ts';
import type { Entry, ListNode, MapNode, ParseError, ScalarNode, Tree, TreeNode } from './tree.ts';

/** Deeper nesting is no description, and would exhaust the stack of whoever walks the tree. */
const deepest = 400;
/** Aliases may not blow a document up beyond this many nodes. */
const largest = 1_000_000;

type YamlNode = Node | null | undefined;

interface Reading {
  readonly text: string;
  readonly errors: ParseError[];
  readonly anchors: Map<string, TreeNode>;
  /** Nodes below each node, aliases counted as often as they are used. */
  readonly sizes: WeakMap<TreeNode, number>;
}

/** Parses the first document of a YAML stream. Never throws: what cannot be read stands in `errors`. */
export function parseYaml(text: string): Tree {
  const errors: ParseError[] = [];
  let root: TreeNode | undefined;
  try {
    const document = firstDocument(text);
    if (document) {
      for (const error of document.errors) {
        errors.push({ start: error.pos[0], end: Math.max(error.pos[1], error.pos[0]), message: sentence(error) });
      }
      const reading = { text, errors, anchors: new Map(), sizes: new WeakMap() };
      if (document.contents) root = convert(reading, document.contents as Node, 0, 0);
    }
  } catch {
    errors.push({ start: 0, end: 0, message: 'The YAML cannot be read: it nests too deeply.' });
  }
  return { language: 'yaml', root, errors: inOrder(errors, text.length) };
}

function firstDocument(text: string): Document.Parsed | undefined {
  const composer = new Composer({ merge: true, uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  for (const document of composer.compose(new Parser().parse(text))) return document as Document.Parsed;
  return undefined;
}

function inOrder(errors: readonly ParseError[], length: number): ParseError[] {
  const sorted = errors
    .map((error) => ({ ...error, start: Math.min(error.start, length), end: Math.min(error.end, length) }))
    .sort((a, b) => a.start - b.start);
  return sorted.filter((error, index) => index === 0 || sorted[index - 1]?.start !== error.start);
}

function sentence(error: { readonly code: string; readonly message: string }): string {
  if (error.code === 'TAB_AS_INDENT') return 'A tab indents this line; YAML is indented with spaces.';
  return /[.!?]$/.test(error.message) ? error.message : `${error.message}.`;
}

function convert(reading: Reading, node: YamlNode, fallback: number, depth: number): TreeNode {
  if (!node) return empty(fallback);
  const [start, end] = node.range ?? [fallback, fallback];
  if (depth > deepest) {
    reading.errors.push({ start, end, message: `The nesting is deeper than ${deepest} levels.` });
    return empty(start);
  }
  if (isAlias(node)) return aliased(reading, node.source, { start, end });
  const made = convertContent(reading, node, { start, end }, depth);
  if ('anchor' in node && node.anchor) reading.anchors.set(node.anchor, made);
  return made;
}

function convertContent(reading: Reading, node: Node, span: Span, depth: number): TreeNode {
  if ('anchor' in node && node.anchor) reading.anchors.delete(node.anchor);
  if (isScalar(node)) return scalar(reading.text, node, span);
  if (isMap(node)) return map(reading, node.items as Pair[], span, node.flow === true, depth);
  if (isSeq(node)) {
    const items = node.items.map((item) => convert(reading, item as YamlNode, span.start, depth + 1));
    const list: ListNode = { kind: 'list', items, flow: node.flow === true, ...enclosing(span, items, node.flow === true) };
    return sized(reading, list, items);
  }
  return empty(span.start);
}

function map(reading: Reading, pairs: readonly Pair[], span: Span, flow: boolean, depth: number): TreeNode {
  const entries: Entry[] = [];
  const merged: TreeNode[] = [];
  const keys = new Set<string>();
  for (const pair of pairs) {
    const keyNode = pair.key as YamlNode;
    const keySpan = keyNode?.range ? { start: keyNode.range[0], end: keyNode.range[1] } : { start: span.start, end: span.start };
    const value = convert(reading, pair.value as YamlNode, keySpan.end, depth + 1);
    if (isMergeKey(keyNode)) {
      merged.push(value);
      continue;
    }
    const key = keyText(reading, keyNode, keySpan);
    if (keys.has(key)) reading.errors.push({ ...keySpan, message: `The key "${key}" stands twice in this map.` });
    keys.add(key);
    entries.push({ key, keySpan, value });
  }
  const parts = [...merged, ...entries.map((entry) => entry.value), ...entries.map((entry) => entry.keySpan)];
  for (const source of merged.flatMap(mergeSources)) {
    for (const entry of source.entries) {
      if (keys.has(entry.key)) continue;
      keys.add(entry.key);
      entries.push(entry);
    }
  }
  const made: MapNode = { kind: 'map', entries, flow, ...enclosing(span, parts, flow) };
  return sized(
    reading,
    made,
    entries.map((entry) => entry.value),
  );
}

function isMergeKey(node: YamlNode): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.source === '<<';
}

/** What `<<` brings in: a map, or a list of maps where the first has precedence. */
function mergeSources(node: TreeNode): MapNode[] {
  if (node.kind === 'map') return [node];
  if (node.kind === 'list') return node.items.filter((item) => item.kind === 'map');
  return [];
}

function keyText(reading: Reading, node: YamlNode, span: Span): string {
  if (isAlias(node)) {
    const target = reading.anchors.get(node.source);
    return target?.kind === 'scalar' ? String(target.value ?? '') : reading.text.slice(span.start, span.end);
  }
  if (!isScalar(node)) return reading.text.slice(span.start, span.end);
  return String(scalar(reading.text, node, span).value ?? '');
}

function aliased(reading: Reading, name: string, span: Span): TreeNode {
  const target = reading.anchors.get(name);
  if (!target) {
    reading.errors.push({ ...span, message: `No anchor "${name}" stands before this alias.` });
    return { ...empty(span.start), end: span.end };
  }
  const size = reading.sizes.get(target) ?? 1;
  if (size > largest) {
    reading.errors.push({ ...span, message: `The aliases make more than ${largest} values.` });
    return { ...empty(span.start), end: span.end };
  }
  const copy: TreeNode = { ...target, start: span.start, end: span.end };
  reading.sizes.set(copy, size);
  return copy;
}

function sized(reading: Reading, node: TreeNode, children: readonly TreeNode[]): TreeNode {
  let size = 1;
  for (const child of children) size += reading.sizes.get(child) ?? 1;
  reading.sizes.set(node, size);
  return node;
}

/** A block collection ends with its last value, not with the comments and line ends behind it. */
function enclosing(span: Span, children: readonly Span[], flow: boolean): Span {
  if (flow) return { start: span.start, end: span.end };
  let end = span.start;
  for (const child of children) end = Math.max(end, child.end);
  return { start: span.start, end };
}

const styles = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
} as const;

function scalar(text: string, node: Scalar, span: Span): ScalarNode {
  const style = styles[(node.type ?? 'PLAIN') as keyof typeof styles];
  const source = text.slice(span.start, span.end);
  if (source === '') return empty(behindLast(text, span.start));
  const block = style === 'literal' || style === 'folded';
  const keepsBlankLines = /^[|>]\d?\+/.test(source);
  const end = block ? span.start + (keepsBlankLines ? source.replace(/\r?\n$/, '') : source.trimEnd()).length : span.end;
  return { kind: 'scalar', value: plainValue(node, source), style, start: span.start, end };
}

/** The offset behind the last character before `offset` that is no blank. */
function behindLast(text: string, offset: number): number {
  let end = offset;
  while (text[end - 1] === ' ' || text[end - 1] === '\t') end--;
  return end;
}

function plainValue(node: Scalar, source: string): ScalarNode['value'] {
  const value = node.value;
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return node.source ?? source;
}

function empty(offset: number): ScalarNode {
  return { kind: 'scalar', value: null, style: 'plain', start: offset, end: offset };
}

/** How YAML is written. */
export interface YamlStyle {
  /** Spaces per level. */
  readonly step: number;
  /** Lists stand deeper than their key. */
  readonly indentLists: boolean;
  readonly singleQuotes: boolean;
  /** Keys that look like numbers (`429`) are quoted. */
  readonly quoteNumericKeys: boolean;
}

/** Text that YAML 1.1 readers, still common, take for booleans, dates, times or numbers. */
const readDifferently =
  /^(?:yes|no|on|off|\d{4}-\d\d?-\d\d?(?:[Tt ].*)?|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?|[-+]?0b[01_]+|[-+]?\d[\d_]*)$/i;

/** Writes a value as YAML, quoted only where it must be; no line end at the end. `flow`: on one line. */
export function writeYaml(value: unknown, style: YamlStyle, flow = false): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string' || !readDifferently.test(node.value)) return;
      node.type = style.singleQuotes ? 'QUOTE_SINGLE' : 'QUOTE_DOUBLE';
    },
    Pair(_, pair) {
      if (!style.quoteNumericKeys && isScalar(pair.key) && isNumericKey(pair.key.value))
        pair.key = new Scalar(Number(pair.key.value));
    },
  });
  const text = document.toString({
    indent: style.step,
    indentSeq: style.indentLists,
    singleQuote: style.singleQuotes,
    lineWidth: 0,
    collectionStyle: flow ? 'flow' : 'any',
    blockQuote: flow ? false : 'literal',
  });
  return text.replace(/\n$/, '');
}

/** A key that YAML reads as a number, and that a program reads back as the same text. */
export function isNumericKey(key: unknown): boolean {
  return typeof key === 'string' && /^\d+$/.test(key) && String(Number(key)) === key;
}
