/**
 * The tree of a YAML or JSON document: everything that could be understood, with the offsets of keys and values.
 * One shape for both languages, so that rules, ranges and fixes agree. Parsers are in yaml.ts and json.ts.
 */
import type { Path, Span } from '../finding.ts';

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
  readonly root: TreeNode | undefined;
  /** In order, one per cause. */
  readonly errors: readonly ParseError[];
}

/** The entry of a map by its key; the last one wins, as in every YAML and JSON reader. */
export function entryOf(node: TreeNode | undefined, key: string | number): Entry | undefined {
  if (node?.kind !== 'map') return undefined;
  const wanted = String(key);
  return node.entries.findLast((entry) => entry.key === wanted);
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
export function spanAt(tree: Tree, text: string, path: Path, target: 'key' | 'value'): Span {
  for (let length = path.length; length >= 0; length--) {
    const part = path.slice(0, length);
    const node = nodeAt(tree, part);
    if (!node) continue;
    const entry = entryAt(tree, part);
    const wantsKey = target === 'key' || length < path.length;
    if (entry && (wantsKey || node.start === node.end || text.slice(node.start, node.end).includes('\n'))) return entry.keySpan;
    if (!entry) return firstToken(node, text);
    return { start: node.start, end: node.end };
  }
  return { start: 0, end: 0 };
}

/** The first key of a block map, else the first line of the node: for nodes that have no key of their own. */
function firstToken(node: TreeNode, text: string): Span {
  const first = node.kind === 'map' ? node.entries[0] : undefined;
  if (first) return first.keySpan;
  const line = text.slice(node.start, node.end).split(/\r?\n/, 1)[0] as string;
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

/** The plain JavaScript value of a node; the same object for the same node. `__proto__` is an ordinary key. */
export function dataOf(node: TreeNode | undefined): unknown {
  if (!node) return undefined;
  if (node.kind === 'scalar') return node.value;
  const known = values.get(node);
  if (known) return known;
  let value: object;
  if (node.kind === 'list') {
    value = node.items.map(dataOf);
  } else {
    value = {};
    for (const entry of node.entries) {
      Object.defineProperty(value, entry.key, {
        value: dataOf(entry.value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }
  values.set(node, value);
  return value;
}

const values = new WeakMap<TreeNode, object>();
