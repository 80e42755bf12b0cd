/** Edits on the tree by path: they keep comments, order, indentation, quoting and line ends of the file. */
import type { ApiDocument } from '../document.ts';
import type { Path, Span, TextEdit } from '../finding.ts';
import { isNumericKey, writeYaml, type YamlStyle } from './print.ts';
import { dataOf, type Entry, entryOf, type ListNode, type MapNode, type Tree, type TreeNode } from './tree.ts';

export interface TreeEditor {
  /**
   * Sets the value at a path: replaces it, or adds the last key (and the parents that are missing) at the end of its
   * map, or before the key `before` of that map.
   */
  set(path: Path, value: unknown, options?: { readonly before?: string }): this;
  /** Makes a number, a boolean or nothing at all the text it is written as. */
  asText(path: Path): this;
  /** Puts the value at a path, with its comments, where `around` has it in a map of its own; nothing else may be edited in it. */
  wrap(path: Path, around: (inner: unknown) => object): this;
  /** Adds an item at the end of a list; creates the list when it is missing. */
  append(path: Path, value: unknown): this;
  /**
   * Takes away a map entry or list item with its comments on the same line; a map left empty becomes `{}`. What is said
   * otherwise afterwards keeps its comment (`keepComment`), on a line of its own.
   */
  remove(path: Path, options?: { readonly keepComment?: boolean }): this;
  /** Gives a map entry another key; value and place stay. */
  rename(path: Path, key: string): this;
  /** The edits so far, sorted, not overlapping. */
  edits(): TextEdit[];
}

type Step = string | number;
type Box = Record<string, unknown> | unknown[];

interface Addition {
  readonly key: Step;
  readonly before: string | undefined;
  value: unknown;
}

/** What is to happen to one node of the tree. */
interface Patch {
  readonly node: TreeNode;
  /** It stands elsewhere, and an alias brings it here: nothing can be added to it for this place alone. */
  readonly isShared: boolean;
  readonly children: Map<Step, Patch>;
  readonly added: Addition[];
  replacement?: { value: unknown };
  around?: (inner: unknown) => object;
  removed?: boolean;
  keepComment?: boolean | undefined;
  key?: string;
}

interface Writing {
  readonly text: string;
  readonly tree: Tree;
  readonly eol: string;
  /** One level of JSON's indentation; empty for JSON on one line. */
  readonly unit: string;
  readonly style: YamlStyle;
  readonly out: (Span & { newText: string })[];
}

/** An editor for one document. Paths mean the document as it was parsed, whatever was edited before. */
export function editTree(document: ApiDocument): TreeEditor {
  const { tree, text } = document;
  const root = patchOf(tree.root ?? { kind: 'scalar', value: null, style: 'plain', start: text.length, end: text.length });
  const editor: TreeEditor = {
    set(path, value, options) {
      put(text, root, path, structuredClone(value), options?.before);
      return editor;
    },
    asText(path) {
      const patch = existing(text, root, path);
      if (patch?.node.kind === 'scalar' && !isAlias(text, patch.node)) {
        patch.replacement = { value: text.slice(patch.node.start, patch.node.end) };
      }
      return editor;
    },
    wrap(path, around) {
      const patch = existing(text, root, path);
      if (patch) patch.around = around;
      return editor;
    },
    append(path, value) {
      add(text, root, path, structuredClone(value));
      return editor;
    },
    remove(path, options) {
      const patch = existing(text, root, path);
      if (patch && path.length > 0) Object.assign(patch, { removed: true, keepComment: options?.keepComment });
      return editor;
    },
    rename(path, key) {
      const patch = existing(text, root, path);
      if (patch && typeof path.at(-1) === 'string') patch.key = key;
      return editor;
    },
    edits() {
      const writing = writingOf(document);
      writeRoot(writing, root);
      return merged(writing.out).map((edit) => ({ uri: document.uri, ...edit }));
    },
  };
  return editor;
}

// Collecting what is to change.

function patchOf(node: TreeNode, isShared = false): Patch {
  return { node, isShared, children: new Map(), added: [] };
}

function isAlias(text: string, node: TreeNode): boolean {
  return text[node.start] === '*' && !(node.kind === 'scalar' && node.style !== 'plain');
}

/** The entries that stand in the map itself, not those a merge key brings in. */
function ownEntries(text: string, node: MapNode): readonly Entry[] {
  if (isAlias(text, node)) return node.entries;
  return node.entries.filter((entry) => entry.keySpan.start >= node.start && entry.keySpan.end <= node.end);
}

function childNode(text: string, node: TreeNode, key: Step): TreeNode | undefined {
  if (node.kind === 'list') return node.items[Number(key)];
  if (node.kind !== 'map') return undefined;
  const entry = entryOf(node, key);
  return entry && ownEntries(text, node).includes(entry) ? entry.value : undefined;
}

function childPatch(text: string, patch: Patch, key: Step): Patch | undefined {
  const name = patch.node.kind === 'list' ? Number(key) : String(key);
  const known = patch.children.get(name);
  if (known) return known;
  const node = childNode(text, patch.node, key);
  if (!node) return undefined;
  const made = patchOf(node, patch.isShared || isAlias(text, node));
  patch.children.set(name, made);
  return made;
}

function existing(text: string, root: Patch, path: Path): Patch | undefined {
  let patch: Patch | undefined = root;
  for (const key of path) patch = patch && childPatch(text, patch, key);
  return patch;
}

/** The patch of the deepest node on the path that exists, and the steps below it. */
function deepestPatch(text: string, root: Patch, path: Path): { patch: Patch; rest: Path } {
  let patch = root;
  for (const [depth, key] of path.entries()) {
    const next = patch.replacement ? undefined : childPatch(text, patch, key);
    if (!next) return { patch, rest: path.slice(depth) };
    patch = next;
  }
  return { patch, rest: [] };
}

function put(text: string, root: Patch, path: Path, value: unknown, before: string | undefined): void {
  const { patch, rest } = deepestPatch(text, root, path);
  patch.removed = false;
  const [first, ...deeper] = rest;
  if (first === undefined) {
    replace(text, patch, value);
  } else if (patch.replacement || isEmptyOrScalar(patch.node)) {
    patch.replacement = { value: within(patch.replacement?.value, rest, () => value) };
  } else if (!patch.isShared) {
    const known = patch.added.find((addition) => String(addition.key) === String(first) && patch.node.kind === 'map');
    if (known) known.value = within(known.value, deeper, () => value);
    else patch.added.push({ key: first, before, value: within(undefined, deeper, () => value) });
  }
}

/** A map that becomes another map, and a list another list, changes only where the two differ. */
function replace(text: string, patch: Patch, value: unknown): void {
  const { node } = patch;
  if (!patch.replacement && !isEmptyOrScalar(node) && !isAlias(text, node) && isBox(value) && Object.keys(value).length > 0) {
    if ((node.kind === 'list') === Array.isArray(value)) {
      const present = node.kind === 'list' ? [...node.items.keys()] : [...new Set((node as MapNode).entries.map((e) => e.key))];
      for (const key of present) {
        const child = Object.hasOwn(value, key) ? undefined : childPatch(text, patch, key);
        if (child) child.removed = true;
      }
      for (const [key, item] of Object.entries(value)) put(text, patch, [key], item, undefined);
      return;
    }
  }
  patch.replacement = { value };
}

function add(text: string, root: Patch, path: Path, value: unknown): void {
  const { patch, rest } = deepestPatch(text, root, path);
  if (patch.isShared && (rest.length > 0 || !isEmptyOrScalar(patch.node))) return;
  const extend = (old: unknown): unknown => (Array.isArray(old) ? [...old, value] : [value]);
  if (rest.length === 0 && !patch.replacement && patch.node.kind === 'list' && patch.node.items.length > 0) {
    patch.added.push({ key: -1, before: undefined, value });
    return;
  }
  const [first, ...deeper] = rest;
  if (first === undefined || patch.replacement || isEmptyOrScalar(patch.node)) {
    patch.replacement = { value: within(patch.replacement?.value, rest, extend) };
    return;
  }
  const known = patch.added.find((addition) => String(addition.key) === String(first));
  if (known) known.value = within(known.value, deeper, extend);
  else patch.added.push({ key: first, before: undefined, value: within(undefined, deeper, extend) });
}

function isEmptyOrScalar(node: TreeNode): boolean {
  return node.kind === 'scalar' || (node.kind === 'map' ? node.entries : node.items).length === 0;
}

function isBox(value: unknown): value is Box {
  return typeof value === 'object' && value !== null;
}

/** The value with the part at the path changed; containers that are missing are made. */
function within(value: unknown, path: Path, change: (old: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const box = (isBox(value) ? value : typeof key === 'number' ? [] : {}) as Record<Step, unknown>;
  const old = Object.hasOwn(box, key) ? box[key] : undefined;
  Object.defineProperty(box, key, { value: within(old, rest, change), enumerable: true, configurable: true, writable: true });
  return box;
}

// Writing the changes.

function writingOf({ text, tree }: ApiDocument): Writing {
  let way = ways.get(tree);
  if (!way) {
    const head = text.slice(0, 65_536);
    const unit = /\n([ \t]+)\S/.exec(head)?.[1] ?? (head.includes('\n') ? '  ' : '');
    way = { eol: head.includes('\r\n') ? '\r\n' : '\n', unit, style: styleOf(text, tree.root) };
    ways.set(tree, way);
  }
  return { text, tree, ...way, out: [] };
}

/** How each document is written: asked for by every fix, found out once. */
const ways = new WeakMap<Tree, Pick<Writing, 'eol' | 'unit' | 'style'>>();

/** So many nodes show how a document is written. */
const telling = 5_000;

/** The file's own way to write YAML, from the first places that show it. */
function styleOf(text: string, root: TreeNode | undefined): YamlStyle {
  let step: number | undefined;
  let indentLists: boolean | undefined;
  let quotes = 0;
  let looked = 0;
  const look = (node: TreeNode, column: number | undefined): void => {
    if (++looked > telling) return;
    if (node.kind === 'scalar') {
      quotes += node.style === 'single' ? 1 : node.style === 'double' ? -1 : 0;
    } else if (node.kind === 'list') {
      if (column !== undefined && !node.flow) indentLists ??= columnOf(text, node.start) > column;
      for (const item of node.items) if (!isAlias(text, item)) look(item, undefined);
    } else {
      for (const entry of ownEntries(text, node)) {
        const own = node.flow ? 0 : columnOf(text, entry.keySpan.start);
        if (column !== undefined && !node.flow) step ??= own - column;
        if (isQuoted(text, entry.keySpan)) quotes += text[entry.keySpan.start] === "'" ? 1 : -1;
        if (!isAlias(text, entry.value)) look(entry.value, node.flow ? undefined : own);
      }
    }
  };
  if (root) look(root, undefined);
  return {
    step: Math.max(step ?? 2, 1),
    indentLists: indentLists ?? true,
    singleQuotes: quotes >= 0,
  };
}

function isQuoted(text: string, span: Span): boolean {
  return text[span.start] === '"' || text[span.start] === "'";
}

function lineStart(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return start === 0 && text.startsWith('\uFEFF') ? 1 : start;
}

/** The offset of the line's end, before CR LF. */
function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  if (end < 0) return text.length;
  return end > offset && text[end - 1] === '\r' ? end - 1 : end;
}

function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

function indented(writing: Writing, lines: string, indent: string): string {
  return lines.replace(/\n(?!\n|$)/g, `\n${indent}`).replaceAll('\n', writing.eol);
}

function push(writing: Writing, start: number, end: number, newText: string): void {
  if (start !== end || newText !== '') writing.out.push({ start, end, newText });
}

function isFlow(writing: Writing, node: TreeNode): boolean {
  return writing.tree.language === 'json' || (node.kind !== 'scalar' && node.flow);
}

function writeRoot(writing: Writing, patch: Patch): void {
  if (!patch.replacement) return writeInside(writing, patch);
  const { start, end } = patch.node;
  if (writing.tree.language === 'json') return push(writing, start, end, json(writing, start, patch.replacement.value, true));
  const separator = start > 0 && start === end && lineStart(writing.text, start) !== start ? writing.eol : '';
  push(writing, start, end, separator + indented(writing, writeYaml(patch.replacement.value, writing.style), ''));
}

interface Part extends Span {
  readonly entry: Entry | undefined;
  readonly patch: Patch | undefined;
}

function partsOf(writing: Writing, patch: Patch): Part[] {
  const { node } = patch;
  if (node.kind === 'map') {
    const own = ownEntries(writing.text, node);
    return own.map((entry) => {
      const touched = entryOf(node, entry.key) === entry ? patch.children.get(entry.key) : undefined;
      return { entry, patch: touched, start: entry.keySpan.start, end: Math.max(entry.keySpan.end, entry.value.end) };
    });
  }
  if (node.kind !== 'list') return [];
  return node.items.map((item, index) => ({
    entry: undefined,
    patch: patch.children.get(index),
    start: node.flow || writing.tree.language === 'json' ? item.start : dashOf(writing.text, node, index),
    end: item.end,
  }));
}

/** The offset of an item's dash. */
function dashOf(text: string, list: ListNode, index: number): number {
  const item = list.items[index] as TreeNode;
  const first = list.items[0] as TreeNode;
  const base = isAlias(text, list) ? text.lastIndexOf('-', first.start - 1) : list.start;
  if (index === 0) return base;
  const column = columnOf(text, base);
  for (let start = lineStart(text, item.start); start > base; start = lineStart(text, start - 1)) {
    if (text[start + column] === '-') return start + column;
  }
  return item.start;
}

function writeInside(writing: Writing, patch: Patch): void {
  const parts = partsOf(writing, patch);
  const container = patch.node;
  if (isEmptyOrScalar(container)) return;
  if (isEmptied(writing, patch)) {
    return push(writing, container.start, container.end, container.kind === 'map' ? '{}' : '[]');
  }
  for (const part of parts) if (part.patch && !part.patch.removed) writePart(writing, container, part, part.patch);
  if (isFlow(writing, container)) {
    removeFlow(writing, parts, patch.added);
    addFlow(writing, container, parts, patch.added);
  } else {
    removeBlock(writing, parts);
    addBlock(writing, container, parts, patch.added);
  }
}

function writePart(writing: Writing, container: TreeNode, part: Part, patch: Patch): void {
  if (part.entry && patch.key !== undefined) {
    const { start, end } = part.entry.keySpan;
    push(writing, start, end, keyText(writing, container, patch.key, writing.text.slice(start, end)));
  }
  if (patch.around && !patch.replacement) {
    if (wrapJson(writing, part, patch.node, patch.around) || wrapBlock(writing, part, patch.node, patch.around)) return;
    patch = { ...patch, replacement: { value: patch.around(dataOf(patch.node)) } };
  }
  if (!patch.replacement) {
    const emptied = !isFlow(writing, patch.node) && isEmptied(writing, patch);
    if (!emptied) return writeInside(writing, patch);
    patch = { ...patch, replacement: { value: patch.node.kind === 'list' ? [] : {} } };
  }
  const value = patch.replacement?.value;
  if (JSON.stringify(value) === JSON.stringify(dataOf(patch.node)) && patch.node.start !== patch.node.end) return;
  if (isFlow(writing, container)) return replaceFlow(writing, part, patch.node, value);
  replaceBlock(writing, part, patch.node, value);
}

function isEmptied(writing: Writing, patch: Patch): boolean {
  const parts = partsOf(writing, patch);
  const merges = patch.node.kind === 'map' && patch.node.entries.length > parts.length;
  return parts.length > 0 && !merges && patch.added.length === 0 && parts.every((part) => part.patch?.removed);
}

// Putting a value into another.

/** Stands for the value while what goes around it is written. */
const hole = 'the-value-that-stands-here';

/** Writes the value into the hole of what goes around it, its lines as much deeper as the hole's line is. */
function filled(around: string, mark: string, inner: string, indent: string): string {
  const at = around.indexOf(mark);
  const deeper = (/^[ \t]*/.exec(around.slice(lineStart(around, at))) as RegExpExecArray)[0].slice(indent.length);
  return around.slice(0, at) + inner.replace(/\n(?=[^\r\n])/g, `\n${deeper}`) + around.slice(at + mark.length);
}

function wrapJson(writing: Writing, part: Part, { start, end }: TreeNode, around: (inner: unknown) => object): boolean {
  if (writing.tree.language !== 'json') return false;
  const inner = writing.text.slice(start, end);
  const outer = inner.includes('\n') ? json(writing, part.start, around(hole), true) : oneLine(around(hole), writing.unit && ' ');
  const line = writing.text.slice(lineStart(writing.text, part.start), part.start);
  push(writing, start, end, filled(outer, JSON.stringify(hole), inner, (/^[ \t]*/.exec(line) as RegExpExecArray)[0]));
  return true;
}

/** A block on lines of its own below its key. */
function wrapBlock(writing: Writing, part: Part, node: TreeNode, around: (inner: unknown) => object): boolean {
  const { text } = writing;
  const from = part.entry && lineEnd(text, part.entry.keySpan.end);
  if (from === undefined || node.kind === 'scalar' || isFlow(writing, node) || isAlias(text, node) || node.start <= from)
    return false;
  const to = lineEnd(text, node.end);
  push(
    writing,
    from,
    to,
    filled(
      blockTail(writing, part, around(hole), writing.style),
      ` ${hole}`,
      text.slice(from, to),
      ' '.repeat(columnOf(text, part.start)),
    ),
  );
  return true;
}

// Block YAML.

/** What stands behind `key:` or `-`: ` value`, or a line end and the lines below. */
function blockTail(writing: Writing, part: Part, value: unknown, style: YamlStyle): string {
  const indent = ' '.repeat(columnOf(writing.text, part.start));
  const lines = part.entry
    ? writeYaml({ k: value }, style).slice(2)
    : writeYaml([value], { ...style, indentLists: true }).slice(1);
  return indented(writing, lines, indent);
}

function replaceBlock(writing: Writing, part: Part, node: TreeNode, value: unknown): void {
  const { text, eol } = writing;
  const tail = quotedLike(node, ' ', value, blockTail(writing, part, value, styleLike(writing, node)));
  const from = part.entry ? part.entry.keySpan.end : part.start;
  const lead = part.entry ? /^\s*:(?:[ \t]+[&!][^\s]*)*/ : /^-(?:[ \t]+[&!][^\s]*)*/;
  const head = from + (lead.exec(text.slice(from, Math.max(node.start, lineEnd(text, from))))?.[0].length ?? 0);
  const cut = tail.indexOf(eol);
  const first = cut < 0 ? tail : tail.slice(0, cut);
  const rest = cut < 0 ? '' : tail.slice(cut);
  const keyLineEnd = lineEnd(text, head);
  if (node.start > keyLineEnd) {
    // Comments between the key and its value stay.
    push(writing, head, head, first);
    push(writing, lineEnd(text, lineStart(text, node.start) - 1), lineEnd(text, node.end), rest);
    return;
  }
  const end = Math.max(head, node.end);
  const behind = lineEnd(text, end);
  const comment = text.slice(end, behind).trim() !== '';
  if (!comment && rest !== '') return push(writing, head, behind, first + rest);
  push(writing, head, end, first);
  push(writing, behind, behind, rest);
}

/** The quotes of a value that is replaced count for the next. */
function styleLike(writing: Writing, node: TreeNode): YamlStyle {
  return isQuotedScalar(node) ? { ...writing.style, singleQuotes: node.style === 'single' } : writing.style;
}

/** A text in place of a quoted one is quoted, also where it need not be. */
function quotedLike(node: TreeNode, lead: string, value: unknown, written: string): string {
  const isPlain = isQuotedScalar(node) && typeof value === 'string' && written === `${lead}${value}`;
  return isPlain ? `${lead}${quote(value, node.style === 'single')}` : written;
}

function isQuotedScalar(node: TreeNode): node is Extract<TreeNode, { kind: 'scalar' }> {
  return node.kind === 'scalar' && (node.style === 'single' || node.style === 'double');
}

function quote(value: string, single: boolean): string {
  return single ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}

function removeBlock(writing: Writing, parts: readonly Part[]): void {
  const { text } = writing;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as Part;
    if (!part.patch?.removed) continue;
    const comment = keptComment(text, part);
    if (comment !== undefined) {
      push(writing, part.start, comment, '');
      continue;
    }
    const start = lineStart(text, part.start);
    if (text.slice(start, part.start).trim() !== '') {
      // The first key behind a dash: what follows moves up behind the dash.
      while (parts[index + 1]?.patch?.removed && keptComment(text, parts[index + 1] as Part) === undefined) index++;
      const next = nextLine(text, (parts[index] as Part).end);
      push(writing, part.start, next + (/^\s*/.exec(text.slice(next))?.[0].length ?? 0), '');
      continue;
    }
    const before = text.startsWith('\r\n', start - 2) ? start - 2 : start - 1;
    if (before >= 0 && text[before] !== '\uFEFF') push(writing, before, lineEnd(text, part.end), '');
    else push(writing, start, nextLine(text, part.end), '');
  }
}

/** The offset of the comment that stays of a part that goes. */
function keptComment(text: string, { patch, end }: Part): number | undefined {
  const space = patch?.keepComment && /^[ \t]*,?[ \t]*(?=#|\/[/*])/.exec(text.slice(end, lineEnd(text, end)))?.[0];
  return typeof space === 'string' ? end + space.length : undefined;
}

function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

function addBlock(writing: Writing, container: TreeNode, parts: readonly Part[], added: readonly Addition[]): void {
  const { text, eol } = writing;
  const indent = ' '.repeat(columnOf(text, parts[0]?.start ?? container.start));
  for (const addition of added) {
    const lines = container.kind === 'list' ? itemLines(writing, addition) : entryLines(writing, container, addition);
    const block = indented(writing, lines, indent);
    const at = parts.findIndex((part) => part.entry?.key === addition.before);
    const target = addition.before === undefined || at < 0 ? undefined : (parts[at] as Part);
    if (target && at === 0) {
      const start = aboveComments(text, target.start);
      push(writing, start, start, `${block}${eol}${indent}`);
      continue;
    }
    const end = lineEnd(
      text,
      Math.max(container.start, (target ? parts[at - 1] : parts.at(-1))?.end ?? 0, ownEnd(text, container, target)),
    );
    push(writing, end, end, `${eol}${indent}${block}`);
  }
}

/** The end of a map with its merge keys; aliases end where their token ends, which is no place to add. */
function ownEnd(text: string, container: TreeNode, target: Part | undefined): number {
  return target || isAlias(text, container) ? 0 : container.end;
}

/** The comment lines right above the first key belong to it. */
function aboveComments(text: string, offset: number): number {
  const column = columnOf(text, offset);
  let start = lineStart(text, offset);
  if (text.slice(start, offset).trim() !== '') return offset;
  while (start > 0) {
    const above = lineStart(text, start - 1);
    if (text.slice(above, above + column).trim() !== '' || text[above + column] !== '#') break;
    start = above;
  }
  return start + column;
}

function itemLines(writing: Writing, addition: Addition): string {
  return writeYaml([addition.value], writing.style);
}

function entryLines(writing: Writing, container: TreeNode, addition: Addition): string {
  return writeYaml({ [addition.key]: addition.value }, siblingStyle(writing, container));
}

/** Keys that look like numbers are quoted as their neighbours in the map are. */
function siblingStyle(writing: Writing, container: TreeNode): YamlStyle {
  const { text, style } = writing;
  const numeric = container.kind === 'map' ? container.entries.find((entry) => isNumericKey(entry.key)) : undefined;
  return numeric && isQuoted(text, numeric.keySpan) ? { ...style, singleQuotes: text[numeric.keySpan.start] === "'" } : style;
}

// Flow YAML and JSON.

function isJsonLike(writing: Writing, container: TreeNode): boolean {
  if (writing.tree.language === 'json') return true;
  return (
    container.kind === 'map' && container.entries[0] !== undefined && writing.text[container.entries[0].keySpan.start] === '"'
  );
}

function json(writing: Writing, offset: number, value: unknown, pretty: boolean): string {
  if (!pretty || writing.unit === '') return oneLine(value, writing.unit === '' ? '' : ' ');
  const start = lineStart(writing.text, offset);
  const indent = /^[ \t]*/.exec(writing.text.slice(start, offset))?.[0] ?? '';
  return indented(writing, JSON.stringify(value, null, writing.unit), indent);
}

function oneLine(value: unknown, space: string): string {
  if (!isBox(value)) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map((item) => oneLine(item, space)).join(`,${space}`)}]`;
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${space}${oneLine(item, space)}`);
  return entries.length === 0 ? '{}' : `{${space}${entries.join(`,${space}`)}${space}}`;
}

function replaceFlow(writing: Writing, part: Part, node: TreeNode, value: unknown): void {
  const { text, tree } = writing;
  const plain =
    tree.language === 'json'
      ? json(writing, part.start, value, true)
      : quotedLike(node, '', value, writeYaml(value, styleLike(writing, node), true));
  if (node.start !== node.end) return push(writing, node.start, node.end, plain);
  const colon = part.entry && !text.slice(part.entry.keySpan.end, node.start).includes(':') ? ':' : '';
  push(writing, node.start, node.end, `${colon} ${plain}`);
}

function keyText(writing: Writing, container: TreeNode, key: string, old: string): string {
  if (writing.tree.language === 'json' || old.startsWith('"')) return JSON.stringify(key);
  if (old.startsWith("'")) return quote(key, true);
  return writeYaml({ [key]: 0 }, siblingStyle(writing, container)).slice(0, -3);
}

function removeFlow(writing: Writing, parts: readonly Part[], added: readonly Addition[]): void {
  const { text } = writing;
  const kept = parts.findIndex(isKept);
  const lastKept = parts.findLastIndex(isKept);
  const comma = commaBehind(text, parts[lastKept]);
  const isContinued = added.some(({ before }) => !parts.some(({ entry }) => entry && entry.key === before));
  for (const [index, part] of parts.entries()) {
    if (!part.patch?.removed) continue;
    const lines = linesOf(text, part);
    if (lines && (lastKept < 0 ? index < parts.length - 1 : index < lastKept || comma !== undefined)) {
      const comment = keptComment(text, part);
      push(writing, comment === undefined ? lines.start : part.start, comment ?? lines.end, '');
      if (comma !== undefined && index === lastKept + 1 && !isContinued) push(writing, comma, comma + 1, '');
    } else if (kept >= 0 && kept < index) push(writing, (parts[index - 1] as Part).end, part.end, '');
    else push(writing, part.start, parts[index + 1]?.start ?? part.end, '');
  }
}

/** The lines of a part that shares them with nothing but its comment, from the line end before to its own. */
function linesOf(text: string, part: Part): Span | undefined {
  const start = lineStart(text, part.start);
  const end = lineEnd(text, part.end);
  const isAlone =
    text.slice(start, part.start).trim() === '' && /^\s*,?\s*(?:(?:\/\/|#).*|\/\*.*\*\/\s*)?$/.test(text.slice(part.end, end));
  return isAlone && start > 0 ? { start: text.startsWith('\r\n', start - 2) ? start - 2 : start - 1, end } : undefined;
}

/** The offset of the comma right behind a part. */
function commaBehind(text: string, part: Part | undefined): number | undefined {
  const space = part && /^\s*(?=,)/.exec(text.slice(part.end))?.[0];
  return part && space !== undefined ? part.end + space.length : undefined;
}

function isKept({ patch }: Part): boolean {
  return !patch?.removed;
}

function addFlow(writing: Writing, container: TreeNode, parts: readonly Part[], added: readonly Addition[]): void {
  const { text, eol } = writing;
  const inner = { start: container.end - 1, end: container.end - 1, entry: undefined, patch: undefined };
  const first = parts[0] ?? inner;
  const ownLines = parts.length > 0 && /^[ \t]*$/.test(text.slice(lineStart(text, first.start), first.start));
  const gap = ownLines
    ? `${eol}${text.slice(lineStart(text, first.start), first.start)}`
    : writing.unit === '' && isJsonLike(writing, container)
      ? ''
      : ' ';
  const lastKept = parts.findLastIndex(isKept);
  const [stays, goes] = [parts[lastKept], parts[lastKept + 1]];
  // What goes with its whole lines leaves the comma before it to what is added.
  const isCut = stays && goes && linesOf(text, goes) && commaBehind(text, stays) !== undefined;
  const last = (isCut ? stays : parts.at(-1)) ?? inner;
  // Where everything that stood there goes, what is added takes its place.
  const vacated = parts.length > 0 && parts.every((part) => part.patch?.removed);
  const comma = vacated ? 0 : (/^\s*,/.exec(text.slice(last.end, container.end))?.[0].length ?? 0);
  let separator = vacated ? '' : comma === 0 ? `,${gap}` : gap;
  let isFirst = true;
  for (const addition of added) {
    const written = flowText(writing, container, first, addition, ownLines);
    const place = vacated || addition.before === undefined ? -1 : parts.findIndex((part) => part.entry?.key === addition.before);
    const target = parts[place];
    // What goes away takes the comma with it that separates it from what stays before it.
    const before = target?.patch?.removed ? parts.slice(0, place).findLast(isKept) : undefined;
    if (before) push(writing, before.end, before.end, `,${gap}${written}`);
    else if (target) {
      const { start } = parts.slice(place).find(isKept) ?? target;
      push(writing, start, start, `${written},${gap}`);
    }
    if (target) continue;
    const after = last.end + comma;
    const behind = lineEnd(text, after);
    const note = !vacated && ownLines && /^[ \t]*(?:\/\/|#|\/\*.*\*\/\s*$)/.test(text.slice(after, behind));
    push(writing, after, after, note ? (isFirst ? separator.trimEnd() : '') : `${separator}${written}`);
    if (note) push(writing, behind, behind, `${isFirst ? '' : ','}${gap}${written}`);
    separator = `,${gap}`;
    isFirst = false;
  }
}

function flowText(writing: Writing, container: TreeNode, first: Part, addition: Addition, pretty: boolean): string {
  if (!isJsonLike(writing, container)) {
    if (container.kind === 'list') return writeYaml([addition.value], writing.style, true).slice(1, -1).trim();
    return writeYaml({ [addition.key]: addition.value }, siblingStyle(writing, container), true)
      .slice(1, -1)
      .trim();
  }
  const value = json(writing, first.start, addition.value, pretty && writing.tree.language === 'json');
  return container.kind === 'list' ? value : `${JSON.stringify(String(addition.key))}:${writing.unit === '' ? '' : ' '}${value}`;
}

// Putting the edits together.

/** Sorted, insertions at one place joined in their order, deletions that touch united. */
function merged(edits: readonly (Span & { newText: string })[]): (Span & { newText: string })[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  const result: { start: number; end: number; newText: string }[] = [];
  for (const edit of sorted) {
    const last = result.at(-1);
    if (last && (edit.start < last.end || edit.start === last.start)) {
      last.end = Math.max(last.end, edit.end);
      last.newText += edit.newText;
    } else {
      result.push({ ...edit });
    }
  }
  return result;
}
