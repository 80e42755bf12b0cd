/**
 * The tree of a YAML or JSON document: everything that could be understood, with the offsets of keys and values.
 * One shape for both languages, so that rules, ranges and fixes agree. Nodes are placed when they are asked for; what
 * they say stands in green nodes (green.ts), which trees share across edits.
 */
import type { Path, Span } from '../finding.ts';
import { type Branch, type Fault, type Green, isMerge, type Slot } from './green.ts';
import type { Earlier } from './kept.ts';
import type { Text } from './text.ts';

export interface ParseError extends Span {
  /** A sentence for a person: present tense, full stop. */
  readonly message: string;
}

export interface MapNode extends Span {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
  /** Written with braces (always so in JSON). */
  readonly flow: boolean;
}

export interface ListNode extends Span {
  readonly kind: 'list';
  readonly items: readonly TreeNode[];
  /** Written with brackets (always so in JSON). */
  readonly flow: boolean;
}

export interface ScalarNode extends Span {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
}

export type TreeNode = MapNode | ListNode | ScalarNode;

export interface Entry {
  readonly key: string;
  /** The key's token, quotes included. */
  readonly keySpan: Span;
  /** A missing value (`key:` and nothing) is an empty plain scalar, null, just behind the colon. */
  readonly value: TreeNode;
}

export interface Tree {
  readonly language: 'yaml' | 'json';
  readonly text: Text;
  readonly root: TreeNode | undefined;
  /** In order, one per cause. */
  readonly errors: readonly ParseError[];
  /** What stands at the root, unplaced; where it starts, and where its text ends. */
  readonly green: Green | undefined;
  readonly start: number;
  readonly end: number;
  /** What is wrong outside of the root's slots. */
  readonly faults: readonly Fault[] | undefined;
  /**
   * Characters of long passages whose nodes stand in no tree, because a half typed line made one value of them or left them to
   * nothing: a quote without end, a dash among keys.
   */
  readonly lost: number;
  /** The tree of an earlier text that has them. */
  readonly earlier: Earlier | undefined;
}

/** The tree of a text from what its parser made. Placing nodes and collecting errors wait until somebody asks. */
export function treeOf(language: Tree['language'], text: Text, parsed: Parsed, earlier?: Earlier): Tree {
  return new PlacedTree(language, text, parsed, earlier);
}

/** What a parser makes of a text. */
export interface Parsed {
  readonly root: Green | undefined;
  readonly start: number;
  readonly end: number;
  readonly faults: readonly Fault[] | undefined;
  readonly lost: number;
}

class PlacedTree implements Tree {
  readonly language: Tree['language'];
  readonly text: Text;
  readonly green: Green | undefined;
  readonly start: number;
  readonly end: number;
  readonly faults: readonly Fault[] | undefined;
  readonly lost: number;
  readonly earlier: Earlier | undefined;
  #root: TreeNode | undefined;
  #errors: readonly ParseError[] | undefined;
  #anchored: Map<Branch, number> | undefined;

  constructor(language: Tree['language'], text: Text, parsed: Parsed, earlier: Earlier | undefined) {
    const { root, start, end, faults, lost } = parsed;
    this.language = language;
    this.text = text;
    this.green = root;
    this.start = start;
    this.end = end;
    this.faults = faults;
    this.lost = lost;
    this.earlier = earlier;
  }

  get root(): TreeNode | undefined {
    if (this.green) this.#root ??= place(this, this.green, this.start);
    return this.#root;
  }

  get errors(): readonly ParseError[] {
    this.#errors ??= inOrder(errorsOf(this));
    return this.#errors;
  }

  /** Where a branch stands that an alias brings in elsewhere. */
  startOf(target: Branch): number {
    if (!this.#anchored) {
      this.#anchored = new Map();
      if (this.green) locate(this.green, this.start, this.#anchored);
    }
    return this.#anchored.get(target) ?? 0;
  }
}

function locate(green: Green, start: number, found: Map<Branch, number>): void {
  if (green.kind === 'scalar' || green.kind === 'alias' || !green.layout.linked) return;
  let at = start;
  for (const { gap, valueStart, value } of green.slots) {
    at += gap;
    if (value.kind === 'scalar' || value.kind === 'alias') continue;
    found.set(value, at + valueStart);
    locate(value, at + valueStart, found);
  }
}

function errorsOf(tree: PlacedTree): ParseError[] {
  const errors: ParseError[] = [...(tree.faults ?? [])];
  const visit = (green: Green, start: number): void => {
    if (green.kind === 'scalar' || green.kind === 'alias' || !green.faulty) return;
    let at = start;
    const place = tree.language === 'json' ? 'object' : 'map';
    const repeated = new Set(green.repeated);
    for (const [index, slot] of green.slots.entries()) {
      at += slot.gap;
      if (repeated.has(index)) {
        const from = at + slot.keyStart;
        errors.push({
          start: from,
          end: from + slot.keyWidth,
          message: `The key \`${slot.key}\` stands twice in this ${place}.`,
        });
      }
      for (const fault of slot.faults ?? []) {
        errors.push({ start: at + fault.start, end: at + fault.end, message: fault.message });
      }
      visit(slot.value, at + slot.valueStart);
    }
  };
  if (tree.green) visit(tree.green, tree.start);
  return errors;
}

/** Sorted; at one place the first error counts, and of all lines indented with tabs the first. */
function inOrder(errors: readonly ParseError[]): ParseError[] {
  const sorted = errors.toSorted((a, b) => a.start - b.start);
  let tabbed = false;
  return sorted.filter((error, index) => {
    if (index > 0 && sorted[index - 1]?.start === error.start) return false;
    if (error.message !== tabMessage) return true;
    const first = !tabbed;
    tabbed = true;
    return first;
  });
}

export const tabMessage = 'A tab indents this line; YAML is indented with spaces.';

function place(tree: PlacedTree, green: Green, start: number): TreeNode {
  const end = start + green.width;
  let content = green;
  let base = start;
  if (content.kind === 'alias') {
    content = content.target;
    if (content.kind !== 'scalar') base = tree.startOf(content);
  }
  if (content.kind === 'scalar') return { kind: 'scalar', value: content.value, style: content.style, start, end };
  if (content.kind === 'map') return new PlacedMap(tree, content, start, end, base);
  return new PlacedList(tree, content, start, end, base);
}

/** A map or list of the text, whose members are placed when they are asked for. */
class PlacedBranch {
  readonly start: number;
  readonly end: number;
  readonly content: Branch;
  protected readonly tree: PlacedTree;
  /** Where the content stands: elsewhere for an alias. */
  protected readonly base: number;

  constructor(tree: PlacedTree, content: Branch, start: number, end: number, base: number) {
    this.tree = tree;
    this.content = content;
    this.start = start;
    this.end = end;
    this.base = base;
  }

  get flow(): boolean {
    return this.content.layout.flow;
  }
}

class PlacedMap extends PlacedBranch implements MapNode {
  readonly kind = 'map';
  #entries: readonly Entry[] | undefined;

  get entries(): readonly Entry[] {
    this.#entries ??= this.#place();
    return this.#entries;
  }

  #place(): readonly Entry[] {
    const entries: Entry[] = [];
    const merged: TreeNode[] = [];
    let at = this.base;
    for (const slot of this.content.slots) {
      at += slot.gap;
      if (isMerge(slot)) merged.push(place(this.tree, slot.value, at + slot.valueStart));
      else entries.push(new PlacedEntry(this.tree, slot, at));
    }
    if (merged.length === 0) return entries;
    const keys = new Set(entries.map((entry) => entry.key));
    for (const source of merged.flatMap(mergeSources)) {
      for (const entry of source.entries) if (keys.size < keys.add(entry.key).size) entries.push(entry);
    }
    return entries;
  }
}

/** What `<<` brings in: a map, or a list of maps where the first has precedence. */
function mergeSources(node: TreeNode): MapNode[] {
  if (node.kind === 'map') return [node];
  return node.kind === 'list' ? node.items.filter((item) => item.kind === 'map') : [];
}

class PlacedList extends PlacedBranch implements ListNode {
  readonly kind = 'list';
  #items: readonly TreeNode[] | undefined;

  get items(): readonly TreeNode[] {
    let at = this.base;
    this.#items ??= this.content.slots.map((slot) => {
      at += slot.gap;
      return place(this.tree, slot.value, at + slot.valueStart);
    });
    return this.#items;
  }
}

class PlacedEntry implements Entry {
  readonly #tree: PlacedTree;
  readonly #slot: Slot;
  readonly #start: number;
  #keySpan: Span | undefined;
  #value: TreeNode | undefined;

  constructor(tree: PlacedTree, slot: Slot, start: number) {
    this.#tree = tree;
    this.#slot = slot;
    this.#start = start;
  }

  get key(): string {
    return this.#slot.key;
  }

  get keySpan(): Span {
    const start = this.#start + this.#slot.keyStart;
    this.#keySpan ??= { start, end: start + this.#slot.keyWidth };
    return this.#keySpan;
  }

  get value(): TreeNode {
    this.#value ??= place(this.#tree, this.#slot.value, this.#start + this.#slot.valueStart);
    return this.#value;
  }
}

/** The entry of a map by its key; the last one wins, as in every YAML and JSON reader. */
export function entryOf(node: TreeNode | undefined, key: string | number): Entry | undefined {
  if (node?.kind !== 'map') return undefined;
  const wanted = String(key);
  const { entries } = node;
  // Asked of the node, not of its class: the packaged extension has this file twice, and Spectral's part its own class.
  const { content } = node as Partial<PlacedMap>;
  if (content && entries.length > fewSlots && entries.length === content.slots.length) return entries[indexOf(content, wanted)];
  return entries.findLast((entry) => entry.key === wanted);
}

/** More slots than this are found by maps and tables. */
const fewSlots = 16;

/** Which slot of a map has the key, the last one; -1 for none. */
function indexOf(map: Branch, key: string): number {
  const { slots } = map;
  if (slots.length <= fewSlots) {
    let index = slots.length - 1;
    while (index >= 0 && (slots[index] as Slot).key !== key) index--;
    return index;
  }
  map.index ??= new Map(slots.map((slot, index) => [slot.key, index]));
  return map.index.get(key) ?? -1;
}

/** Where a slot of a branch starts, from the branch's start. */
export function startOfSlot(branch: Branch, index: number): number {
  if (branch.slots.length > fewSlots) return (branch.starts ??= startsOf(branch))[index] as number;
  let at = 0;
  for (let each = 0; each <= index; each++) at += (branch.slots[each] as Slot).gap;
  return at;
}

function startsOf({ slots }: Branch): Int32Array {
  const starts = new Int32Array(slots.length);
  let at = 0;
  for (let index = 0; index < slots.length; index++) starts[index] = at += (slots[index] as Slot).gap;
  return starts;
}

function child(node: TreeNode | undefined, key: string | number): TreeNode | undefined {
  if (node?.kind === 'list') return node.items[Number(key)];
  return entryOf(node, key)?.value;
}

/** The node at a path, or undefined when the path leads nowhere. */
export function nodeAt(tree: Tree, path: Path): TreeNode | undefined {
  let node = tree.root;
  for (const key of path) node = child(node, key);
  return node;
}

/** The map entry a path ends in; undefined for list items and for paths that lead nowhere. */
export function entryAt(tree: Tree, path: Path): Entry | undefined {
  const last = path.at(-1);
  return last === undefined ? undefined : entryOf(nodeAt(tree, path.slice(0, -1)), last);
}

/**
 * What to mark for a path. `key`: the key's token (the value for list items); `value`: the value, or the key where the
 * value is empty or spans lines, because a squiggle under a whole block tells nobody anything.
 * A path that leads nowhere marks its closest ancestor that exists.
 */
export function spanAt(tree: Tree, path: Path, target: 'key' | 'value'): Span {
  return ('green' in tree && spanInGreen(tree as PlacedTree, path, target)) || spanInPlaced(tree, path, target);
}

/** Without placing what stands on the way, which is much in a long document. Where aliases and merges lead elsewhere it gives up. */
function spanInGreen(tree: PlacedTree, path: Path, target: 'key' | 'value'): Span | undefined {
  let { green, start } = tree;
  let slot: Slot | undefined;
  let slotStart = 0;
  let isItem = true;
  let depth = 0;
  for (; depth < path.length && green && green.kind !== 'alias' && green.kind !== 'scalar'; depth++) {
    const index = green.kind === 'list' ? Number(path[depth]) : indexOf(green, String(path[depth]));
    const next: Slot | undefined = green.slots[index];
    if (!next) {
      if (green.slots.some(isMerge)) return undefined;
      break;
    }
    slot = next;
    slotStart = start + startOfSlot(green, index);
    isItem = green.kind === 'list';
    start = slotStart + slot.valueStart;
    green = slot.value;
  }
  if (!green || green.kind === 'alias') return undefined;
  const { text } = tree;
  if (!slot || isItem) return firstToken(place(tree, green, start), text);
  const end = start + green.width;
  const isShown = target === 'value' && depth === path.length && start < end && text.lineOf(start) === text.lineOf(end);
  if (isShown) return { start, end };
  const keyStart = slotStart + slot.keyStart;
  return { start: keyStart, end: keyStart + slot.keyWidth };
}

function spanInPlaced(tree: Tree, path: Path, target: 'key' | 'value'): Span {
  const { text } = tree;
  for (let length = path.length; length >= 0; length--) {
    const part = path.slice(0, length);
    const node = nodeAt(tree, part);
    if (!node) continue;
    const entry = entryAt(tree, part);
    const wantsKey = target === 'key' || length < path.length;
    if (entry && (wantsKey || node.start === node.end || text.lineOf(node.start) !== text.lineOf(node.end))) return entry.keySpan;
    if (!entry) return firstToken(node, text);
    return { start: node.start, end: node.end };
  }
  return { start: 0, end: 0 };
}

/** The first key of a block map, else the first line of the node: for nodes that have no key of their own. */
function firstToken(node: TreeNode, text: Text): Span {
  const first = node.kind === 'map' ? node.entries[0] : undefined;
  if (first) return first.keySpan;
  const lineEnd = text.lineStart(text.lineOf(node.start) + 1);
  const line = text.slice(node.start, Math.min(node.end, lineEnd)).replace(/[\r\n]+$/, '');
  return { start: node.start, end: node.start + line.length };
}

/** The path of the deepest key or value that holds the offset. */
export function pathAt(tree: Tree, offset: number): Path {
  const path: (string | number)[] = [];
  let node = tree.root;
  while (node) {
    const step = stepAt(node, offset);
    if (!step) break;
    path.push(step.key);
    node = step.node;
  }
  return path;
}

function stepAt(node: TreeNode, offset: number): { key: string | number; node: TreeNode | undefined } | undefined {
  if (node.kind === 'map') {
    for (const entry of node.entries) {
      if (offset >= entry.keySpan.start && offset <= entry.keySpan.end) return { key: entry.key, node: undefined };
      if (offset >= entry.value.start && offset <= entry.value.end) return { key: entry.key, node: entry.value };
    }
  }
  if (node.kind === 'list') {
    const index = node.items.findIndex((item) => offset >= item.start && offset <= item.end);
    if (index >= 0) return { key: index, node: node.items[index] };
  }
  return undefined;
}

/** The plain JavaScript value of a node; the same object for the same text across edits. `__proto__` is an ordinary key. */
export function dataOf(node: TreeNode | undefined): unknown {
  if (!node) return undefined;
  return node.kind === 'scalar' ? node.value : valueOf((node as PlacedMap | PlacedList).content);
}

/** The keys of an object made by `dataOf`, as they are written: JavaScript itself lists keys that look like numbers first. */
export function keysOf(data: object): readonly string[] {
  return orders.get(data) ?? Object.keys(data);
}

const orders = new WeakMap<object, readonly string[]>();

/** The plain value of a green node. */
export function valueOf(green: Green): unknown {
  const content = green.kind === 'alias' ? green.target : green;
  if (content.kind === 'scalar') return content.value;
  content.data ??= content.kind === 'list' ? content.slots.map((slot) => valueOf(slot.value)) : objectOf(content);
  return content.data;
}

function objectOf({ slots }: Branch): object {
  const data: Record<string, unknown> = slots.length > manySlots ? wide() : {};
  let numeric = false;
  let merged: Slot[] | undefined;
  for (const slot of slots) {
    const { key, value } = slot;
    if (key === '__proto__') define(data, key, valueOf(value));
    else if (key === '<<' && isMerge(slot)) (merged ??= []).push(slot);
    else data[key] = value.kind === 'scalar' ? value.value : valueOf(value);
    const code = key.charCodeAt(0);
    numeric ||= code >= 48 && code <= 57;
  }
  for (const source of merged?.flatMap(({ value }) => mergedMaps(value)) ?? []) {
    for (const [key, value] of Object.entries(valueOf(source) as object)) {
      if (!Object.hasOwn(data, key)) define(data, key, value);
    }
  }
  if (numeric) {
    const listed = Object.keys(data);
    const written = new Set(slots.filter((slot) => !isMerge(slot)).map((slot) => slot.key));
    for (const key of listed) written.add(key);
    const order = [...written];
    if (order.some((key, index) => key !== listed[index])) orders.set(data, order);
  }
  return data;
}

/** The fields of an object may grow three at a time, which for hundreds leaves a megabyte of garbage. */
const manySlots = 128;

/** An object that is a table from the start: V8 makes one of what a field was deleted from. */
function wide(): Record<string, unknown> {
  const data: { first?: 1; second?: 1 } = { first: 1, second: 1 };
  delete data.first;
  delete data.second;
  return data;
}

function define(data: object, key: string, value: unknown): void {
  Object.defineProperty(data, key, { value, enumerable: true, configurable: true, writable: true });
}

function mergedMaps(green: Green): Branch[] {
  const content = green.kind === 'alias' ? green.target : green;
  if (content.kind === 'map') return [content];
  return content.kind === 'list' ? content.slots.flatMap(({ value }) => (isMap(value) ? mergedMaps(value) : [])) : [];
}

function isMap(green: Green): boolean {
  return (green.kind === 'alias' ? green.target : green).kind === 'map';
}
