/**
 * A tree after an edit: the slots around the edit are parsed again, in the smallest block in which they can be
 * understood by themselves; everything else is shared. The result equals that of parsing the whole text.
 */
import { Branch, detaching, type Fault, type Slot, slotWidth } from './green.ts';
import { after, type Earlier, Kept, longPassage } from './kept.ts';
import { parseJson, parseMembers } from './json.ts';
import { Source } from './source.ts';
import type { Change, Text } from './text.ts';
import { type Tree, treeOf } from './tree.ts';
import { parseSlots, parseYaml } from './yaml.ts';

/** A branch around the edit, with the slots that the edit touches. */
interface Level {
  readonly branch: Branch;
  readonly start: number;
  readonly first: number;
  readonly last: number;
  /** Where the touched slots start, and where the text behind them goes on. */
  readonly from: number;
  readonly to: number;
}

/** One change, and the text after it. */
export interface Step {
  readonly change: Change;
  readonly text: Text;
}

/** So many characters are joined, and what they say is looked at anew, for what is said at once after a key. */
export const mostJoined = 100_000;

/** The tree after one change after the other. Undefined where more than `most` characters are to be joined for it. */
export function changeTree(tree: Tree, steps: readonly Step[]): Tree;
export function changeTree(tree: Tree, steps: readonly Step[], most: number): Tree | undefined;
export function changeTree(tree: Tree, steps: readonly Step[], most = Number.POSITIVE_INFINITY): Tree | undefined {
  const parse = tree.language === 'yaml' ? parseYaml : parseJson;
  let changed = tree;
  for (const [index, step] of steps.entries()) {
    const next = changeOnce(changed, step, most);
    if (!next) {
      const rest = together(steps.slice(index));
      if (rest.text.length > most) return undefined;
      const kept = new Kept(earlierOf(changed, rest), rest.text.length);
      return detaching(() => parse(rest.text, kept));
    }
    changed = next;
  }
  return changed;
}

/** The tree before a change, and the one that has what it lost. */
function earlierOf(tree: Tree, { change }: Step): Earlier[] {
  const before = { tree, start: change.start, end: change.start + change.newText.length };
  return tree.earlier ? [before, after(tree.earlier, change)] : [before];
}

/** One change after the other as one. */
function together(steps: readonly Step[]): Step {
  const [first, ...others] = steps as readonly [Step, ...Step[]];
  const { text } = steps.at(-1) as Step;
  let { start, end } = first.change;
  /** Where what is new ends in the text so far. */
  let newEnd = start + first.change.newText.length;
  for (const { change } of others) {
    end += Math.max(change.end - newEnd, 0);
    newEnd = Math.max(change.end, newEnd) + change.newText.length - (change.end - change.start);
    start = Math.min(change.start, start);
  }
  return { change: { start, end, newText: text.slice(start, newEnd) }, text };
}

const lineFeed = 10;
const space = 32;

/** Of the line an edit ends in so much is looked at. */
const longestMargin = 256;

/** A piece of this length may live as long as anything that is read of it. */
const shortPiece = 16_384;

/** The tree after a change; undefined when no block around it can be understood by itself, or reading it joins most of the text. */
function changeOnce(tree: Tree, step: Step, most: number): Tree | undefined {
  const { change, text } = step;
  const grown = text.length - tree.text.length;
  const levels = tree.faults ? [] : levelsOf(tree, change);
  const earlier = earlierOf(tree, step);
  const outermost = tree.language === 'yaml' ? outermostColumn(step) : Number.POSITIVE_INFINITY;
  // In blocks deep inside one another each try reads almost the whole text, which parsed whole is read once.
  let readable = 2 * text.length;
  for (let depth = levels.length - 1; depth >= 0; depth--) {
    const level = levels[depth] as Level;
    const { branch, first, last, from, to } = level;
    const { kind, slots, layout } = branch;
    // What stands further out ends the block.
    if (!layout.regular || layout.column > outermost) continue;
    if (slots.slice(first, last + 1).some((slot) => slot.linked)) continue;
    const length = to + grown - from;
    readable -= length;
    if (readable < 0 || length > most || 2 * length > text.length) return undefined;
    const piece = new Source(text, from, to + grown);
    const kept = new Kept(earlier, text.length, from);
    const read = () =>
      tree.language === 'yaml'
        ? parseSlots(piece, { kind, column: layout.column, indent: layout.indent, depth, first: first === 0 }, kept)
        : parseMembers(piece, { kind, depth: depth + 1, last: last === slots.length - 1 }, kept);
    const made = length > shortPiece ? detaching(read) : read();
    if (!made) continue;
    let root = replaced(level, made, grown);
    for (const above of levels.slice(0, depth).reverse()) root = renewed(above, root, change.start, grown);
    const lost = tree.lost + kept.lost - passageOf(levels);
    const parsed = { root, start: tree.start, end: tree.end + grown, faults: undefined, lost };
    return treeOf(tree.language, text, parsed, kept.richer(lost));
  }
  return undefined;
}

/** The length of the value that the edit stands in, if it is a long one. */
function passageOf(levels: readonly Level[]): number {
  const { branch, first } = levels.at(-1) as Level;
  const { value } = branch.slots[first] as Slot;
  return value.kind === 'scalar' && value.width >= longPassage ? value.width : 0;
}

/** The column of the text that stands furthest to the left on lines whose beginning a change made; comments have none. */
function outermostColumn({ change, text }: Step): number {
  let start = change.start;
  while (text.charCodeAt(start - 1) === space) start--;
  const isLine = start === 0 || text.charCodeAt(start - 1) === lineFeed;
  const end = change.start + change.newText.length;
  const lines = text.slice(start, Math.min(end + longestMargin, text.length)).split('\n');
  let column = Number.POSITIVE_INFINITY;
  for (const [index, line] of lines.entries()) {
    if (start > end) break;
    const margin = line.search(/[^ ]/);
    if ((index > 0 || isLine) && margin >= 0 && !/[#\r\t]/.test(line.charAt(margin))) column = Math.min(column, margin);
    start += line.length + 1;
  }
  return column;
}

/** The branches that hold the edit, from the root down. */
function levelsOf(tree: Tree, { start, end }: Change): Level[] {
  const levels: Level[] = [];
  const yaml = tree.language === 'yaml';
  let green = tree.green;
  let base = tree.start;
  let stop = tree.end;
  while (green && green.kind !== 'scalar' && green.kind !== 'alias' && !green.anchored) {
    const { slots, layout } = green;
    if (layout.flow === yaml) break;
    if (!yaml) stop = base + green.width - 1;
    if (slots.length === 0 || start < base + (slots[0] as Slot).gap) break;
    if (end > stop || (yaml && end === stop && stop < tree.text.length)) break;
    let first = 0;
    let last = 0;
    let from = base;
    let to = stop;
    let at = base;
    // An edit right at the start of a slot may take the slot away, so the one before is read with it.
    for (let index = 0; index < slots.length; index++) {
      at += (slots[index] as Slot).gap;
      // A line's indentation belongs to the slot before, but an edit in it concerns the slot behind as well.
      const line = !yaml ? at : layout.regular ? at - layout.column : lineStart(tree, at);
      if (at < start || index === 0) {
        first = index;
        from = at;
      } else if (index > 0 && end < line) {
        to = line;
        break;
      }
      last = index;
    }
    levels.push({ branch: green, start: base, first, last, from, to });
    const slot = slots[first] as Slot;
    // Behind a slot that is out of line, lines may stand that belong to nothing.
    if (last > first || (!layout.regular && slot.faults)) break;
    // What a line says may decide whether a bracket above it, which nothing closes, holds it.
    if (yaml && !layout.regular && slots.slice(0, first).some(isOpen)) break;
    green = slot.value;
    base = from + slot.valueStart;
    stop = to;
  }
  return levels;
}

/** A flow collection in which something is wrong. */
function isOpen({ faults, value }: Slot): boolean {
  return faults !== undefined && (value.kind === 'map' || value.kind === 'list') && value.layout.flow;
}

/** Where a line begins for YAML, to which a CR alone is no line end. */
function lineStart(tree: Tree, offset: number): number {
  let start = offset;
  while (start > 0 && tree.text.charCodeAt(start - 1) !== lineFeed) start--;
  return start;
}

/** The branch with its touched slots replaced. */
function replaced({ branch, start, first, last, from }: Level, made: readonly Slot[], grown: number): Branch {
  const { slots } = branch;
  const next = [...slots.slice(0, first), ...made];
  next[first] = (made[0] as Slot).at((slots[first] as Slot).gap);
  const behind = slots[last + 1];
  if (behind) {
    let oldStart = start;
    for (let index = 0; index <= last + 1; index++) oldStart += (slots[index] as Slot).gap;
    let lastStart = from;
    for (const slot of made.slice(1)) lastStart += slot.gap;
    next.push(behind.at(oldStart + grown - lastStart), ...slots.slice(last + 2));
  }
  const sameKeys = made.length === last + 1 - first && made.every((slot, index) => slot.key === slots[first + index]?.key);
  return built(branch, next.slice(), grown, sameKeys);
}

/** The branch with the value of its one touched slot replaced. */
function renewed({ branch, first, from }: Level, value: Branch, edited: number, grown: number): Branch {
  const slots = [...branch.slots];
  const slot = slots[first] as Slot;
  const move = (fault: Fault): Fault =>
    from + fault.start > edited ? { ...fault, start: fault.start + grown, end: fault.end + grown } : fault;
  slots[first] = slot.holding(value, slot.faults?.map(move));
  const behind = slots[first + 1];
  if (behind) slots[first + 1] = behind.at(behind.gap + grown);
  return built(branch, slots, grown, true);
}

function built(before: Branch, slots: readonly Slot[], grown: number, sameKeys: boolean): Branch {
  const { kind, width, layout, repeated } = before;
  let end = 0;
  for (const { gap } of slots) end += gap;
  const last = slots.at(-1) as Slot;
  // A block ends with its last value, a flow collection with its bracket.
  const length = layout.flow ? width + grown : end + slotWidth(last);
  const branch = new Branch(kind, length, slots, layout, sameKeys ? repeated : undefined);
  if (sameKeys) branch.index = before.index;
  return branch;
}
