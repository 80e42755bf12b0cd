/**
 * What stands after an edit as it stood before: slots that a parser takes from the tree of the text before instead of
 * reading them again, wherever they belong now. So a line that takes half a document out of its block, as a key half typed
 * at the start of a line does, costs no more than the line.
 */
import { type Branch, deepest, type Slot, slotWidth } from './green.ts';
import type { Change } from './text.ts';
import { startOfSlot, type Tree, treeOf } from './tree.ts';

/** A tree of an earlier text, which differs from a later one only within a range: from `start` to `end` in the later. */
export interface Earlier {
  readonly tree: Tree;
  readonly start: number;
  readonly end: number;
}

/** An earlier tree as the text after one more change sees it. */
export function after({ tree, start, end }: Earlier, { newText, ...change }: Change): Earlier {
  const grown = newText.length - (change.end - change.start);
  return { tree, start: Math.min(start, change.start), end: Math.max(end, change.end) + grown };
}

/** A passage of so many characters that stands in no tree would take long to read again. */
export const longPassage = 16_384;

/** Where the next slot begins a parser can tell from as many characters: three of a mark of YAML and the gap behind. */
const reach = 4;

const colon = 58;
const question = 63;

interface Found {
  readonly branch: Branch;
  readonly index: number;
  readonly slotStart: number;
}

export class Kept {
  /** What the parser lost of the piece; see `Tree.lost`. */
  lost = 0;
  readonly #sources: readonly Earlier[];
  readonly #length: number;
  readonly #base: number;
  /** What was found last in each tree; what is asked for next mostly stands behind it. */
  readonly #last: (Found | undefined)[] = [];

  /** For a piece that begins at `base` of a text of `length`. Of the trees the first that has a slot gives it. */
  constructor(sources: readonly Earlier[], length: number, base = 0) {
    this.#sources = sources;
    this.#length = length;
    this.#base = base;
  }

  /**
   * The slot that a parser would make of what stands at an offset of the piece, in a map or list with `depth` branches around
   * its slots; `column` is that of the offset, -1 in JSON. It is that of the text before, so its gap may be another. Undefined
   * where the edit concerns it, and where it cannot be told by itself: with a mistake, an anchor or an alias in it.
   */
  slotAt(offset: number, kind: Branch['kind'], column: number, depth: number): Slot | undefined {
    const at = offset + this.#base;
    for (let source = 0; source < this.#sources.length; source++) {
      const slot = this.#slotOf(source, at, kind, column, depth);
      if (slot) return slot;
    }
    return undefined;
  }

  /** The tree to keep for a later edit because it holds what one that lost so much does not; undefined where none does. */
  richer(lost: number): Earlier | undefined {
    const oldest = this.#sources.at(-1);
    if (!oldest || lost < oldest.tree.lost + longPassage) return undefined;
    // Without the nodes that were placed in it.
    const { language, text, green: root, start, end, faults, lost: before } = oldest.tree;
    return { ...oldest, tree: treeOf(language, text, { root, start, end, faults, lost: before }) };
  }

  #slotOf(source: number, at: number, kind: Branch['kind'], column: number, depth: number): Slot | undefined {
    const { tree, start, end } = this.#sources[source] as Earlier;
    const isBehind = at >= end;
    if (!isBehind && at + reach > start) return undefined;
    const found = this.#find(source, isBehind ? at - this.#length + tree.text.length : at);
    if (!found || found.branch.kind !== kind) return undefined;
    const { branch, index, slotStart } = found;
    const slot = branch.slots[index] as Slot;
    const { value } = slot;
    if (slot.linked || slot.faults) return undefined;
    if ((value.kind === 'map' || value.kind === 'list') && (value.faulty || depth + value.height > deepest)) return undefined;
    if (!isInLine(tree, branch, slotStart, column)) return undefined;
    if (isBehind) return slot;
    // What is indented more than the slot may become a part of it.
    const next = slotStart + (branch.slots[index + 1]?.gap ?? Number.POSITIVE_INFINITY);
    return next + reach <= start && isInLine(tree, branch, next, column) ? slot : undefined;
  }

  /** The slot that starts at an offset of an earlier text. */
  #find(source: number, offset: number): Found | undefined {
    const { tree } = this.#sources[source] as Earlier;
    const last = this.#last[source];
    const next = last?.branch.slots[last.index + 1];
    if (last && next && last.slotStart + next.gap === offset) {
      return (this.#last[source] = { ...last, index: last.index + 1, slotStart: offset });
    }
    let { green, start } = tree;
    while (green && green.kind !== 'scalar' && green.kind !== 'alias') {
      const index = slotBefore(green, offset - start);
      if (index < 0) return undefined;
      const slotStart = start + startOfSlot(green, index);
      if (slotStart === offset) return (this.#last[source] = { branch: green, index, slotStart });
      const slot = green.slots[index] as Slot;
      if (offset >= slotStart + slotWidth(slot)) return undefined;
      start = slotStart + slot.valueStart;
      green = slot.value;
    }
    return undefined;
  }
}

function isInLine({ text }: Tree, { layout }: Branch, start: number, column: number): boolean {
  if (layout.flow) return column === -1;
  if (layout.regular) return layout.column === column;
  // Neighbours of a key without a name, or of one with a mark of its own, are not in order.
  const code = text.charCodeAt(start);
  if (code === question || code === colon) return false;
  let line = start;
  while (line > 0 && text.charCodeAt(line - 1) !== 10) line--;
  return start - line === column;
}

/** The last slot of a branch that does not start behind an offset from the branch's start; -1 for none. */
function slotBefore(branch: Branch, offset: number): number {
  let low = 0;
  let high = branch.slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startOfSlot(branch, middle) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
