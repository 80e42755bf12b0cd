/**
 * What stands after an edit as it stood before: slots that a parser takes from the tree of the text before instead of
 * reading them again, wherever they belong now. So a line that takes half a document out of its block, as a key half typed
 * at the start of a line does, costs no more than the line.
 */
import { type Branch, deepest, type Slot, slotWidth } from './green.ts';
import type { Step } from './change.ts';
import { startOfSlot, type Tree } from './tree.ts';

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
  readonly #tree: Tree;
  readonly #step: Step;
  readonly #base: number;
  /** What was found last; what is asked for next mostly stands behind it. */
  #last: Found | undefined;

  /** For a piece of the text after the step that begins at `base`. */
  constructor(tree: Tree, step: Step, base = 0) {
    this.#tree = tree;
    this.#step = step;
    this.#base = base;
  }

  /**
   * The slot that a parser would make of what stands at an offset of the piece, in a map or list with `depth` branches around
   * its slots; `column` is that of the offset, -1 in JSON. It is that of the text before, so its gap may be another. Undefined
   * where the edit concerns it, and where it cannot be told by itself: with a mistake, an anchor or an alias in it.
   */
  slotAt(offset: number, kind: Branch['kind'], column: number, depth: number): Slot | undefined {
    const { change, text } = this.#step;
    const at = offset + this.#base;
    const isBehind = at >= change.start + change.newText.length;
    if (!isBehind && at + reach > change.start) return undefined;
    const found = this.#find(isBehind ? at - text.length + this.#tree.text.length : at);
    if (!found || found.branch.kind !== kind) return undefined;
    const { branch, index, slotStart } = found;
    const slot = branch.slots[index] as Slot;
    const { value } = slot;
    if (slot.linked || slot.faults) return undefined;
    if ((value.kind === 'map' || value.kind === 'list') && (value.faulty || depth + value.height > deepest)) return undefined;
    if (!this.#isInLine(branch, slotStart, column)) return undefined;
    if (isBehind) return slot;
    // What is indented more than the slot may become a part of it.
    const next = slotStart + (branch.slots[index + 1]?.gap ?? Number.POSITIVE_INFINITY);
    return next + reach <= change.start && this.#isInLine(branch, next, column) ? slot : undefined;
  }

  #isInLine({ layout }: Branch, start: number, column: number): boolean {
    if (layout.flow) return column === -1;
    if (layout.regular) return layout.column === column;
    const { text } = this.#tree;
    // Neighbours of a key without a name, or of one with a mark of its own, are not in order.
    const code = text.charCodeAt(start);
    if (code === question || code === colon) return false;
    let line = start;
    while (line > 0 && text.charCodeAt(line - 1) !== 10) line--;
    return start - line === column;
  }

  /** The slot that starts at an offset of the text before. */
  #find(offset: number): Found | undefined {
    const last = this.#last;
    const next = last?.branch.slots[last.index + 1];
    if (last && next && last.slotStart + next.gap === offset) {
      return (this.#last = { ...last, index: last.index + 1, slotStart: offset });
    }
    let green = this.#tree.green;
    let { start } = this.#tree;
    while (green && green.kind !== 'scalar' && green.kind !== 'alias') {
      const index = slotBefore(green, offset - start);
      if (index < 0) return undefined;
      const slotStart = start + startOfSlot(green, index);
      if (slotStart === offset) return (this.#last = { branch: green, index, slotStart });
      const slot = green.slots[index] as Slot;
      if (offset >= slotStart + slotWidth(slot)) return undefined;
      start = slotStart + slot.valueStart;
      green = slot.value;
    }
    return undefined;
  }
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
