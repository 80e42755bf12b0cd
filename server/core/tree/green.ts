/**
 * What the parsers make: nodes that know how long they are but not where (green nodes, after Roslyn's red-green trees).
 * A parent holds the distances between its children, so an edit replaces the nodes above it and shares all others.
 * `tree.ts` places them.
 */

import type { Source } from './source.ts';
import { detached } from './text.ts';

/** Deeper nesting is no description, and would exhaust the stack of whoever walks the tree. */
export const deepest = 400;

/** A mistake in the text, placed relative to the slot it stands in. */
export interface Fault {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

let isDetaching = false;

/** Reads with nothing that is kept of the text keeping all of it alive: for a few values out of a long text. */
export function detaching<T>(read: () => T): T {
  isDetaching = true;
  try {
    return read();
  } finally {
    isDetaching = false;
  }
}

/** Shorter strings are no slices. */
const leastSlice = 13;

function kept(text: string): string {
  return isDetaching ? owned(text) : text;
}

/** For what is remembered from one document to the next: as a slice it would keep the text of the first alive. */
function owned(text: string): string {
  return text.length >= leastSlice ? detached(text) : text;
}

export type Style = 'plain' | 'single' | 'double' | 'literal' | 'folded';

export class Leaf {
  readonly kind = 'scalar';
  readonly width: number;
  readonly value: string | number | boolean | null;
  readonly style: Style;

  constructor(width: number, value: string | number | boolean | null, style: Style) {
    this.width = width;
    this.value = typeof value === 'string' ? kept(value) : value;
    this.style = style;
  }
}

/** A place where the value of an anchor stands again; its width is that of the alias. */
export class Alias {
  readonly kind = 'alias';
  readonly width: number;
  readonly target: Leaf | Branch;

  constructor(width: number, target: Leaf | Branch) {
    this.width = width;
    this.target = target;
  }
}

export type Green = Leaf | Branch | Alias;

/** What entries of the same key, written alike, have in common. */
interface Head {
  /** Empty for list items. */
  readonly key: string;
  /** Of the key's token, from the slot's start. */
  readonly keyStart: number;
  readonly keyWidth: number;
  /** From the slot's start. */
  readonly valueStart: number;
  /** Holds an anchor or alias, so that it cannot be understood alone. */
  readonly linked: boolean;
  /** Its key may be no text to YAML, as a number or `true`: how it is written tells. */
  readonly typed: boolean;
}

const typedKey = /^(?:-?\d|-?Infinity$|true$|false$|$)/;

const heads: (Head | undefined)[] = new Array(8192).fill(undefined);

/** The head of a slot: one for all that are alike, because keys repeat. */
export function headOf(key: string, keyStart: number, keyWidth: number, valueStart: number, linked: boolean): Head {
  const sum =
    key.length === 0 ? 0 : key.charCodeAt(0) * 31 + key.charCodeAt(key.length - 1) * 257 + key.charCodeAt(key.length >> 1);
  const place = (sum + key.length * 1031 + keyStart * 7 + keyWidth * 13 + valueStart * 17 + Number(linked)) & 8191;
  const known = heads[place];
  const isSame =
    known?.key === key &&
    known.keyStart === keyStart &&
    known.keyWidth === keyWidth &&
    known.valueStart === valueStart &&
    known.linked === linked;
  if (known && isSame) return known;
  const typed = keyWidth > 0 && typedKey.test(key);
  return (heads[place] = { key: owned(key), keyStart, keyWidth, valueStart, linked, typed });
}

/** A map's entry or a list's item, with the text up to the next one. */
export class Slot {
  /** From the start of the slot before, or of the branch. A slot starts with its first token: key, dash, anchor. */
  readonly gap: number;
  readonly value: Green;
  /** What is wrong between this slot's start and the next one's, but not inside of slots below. */
  readonly faults: readonly Fault[] | undefined;
  readonly #head: Head;

  constructor(gap: number, head: Head, value: Green, faults?: readonly Fault[]) {
    this.gap = gap;
    this.#head = head;
    this.value = value;
    this.faults = faults;
  }

  get key(): string {
    return this.#head.key;
  }

  get keyStart(): number {
    return this.#head.keyStart;
  }

  get keyWidth(): number {
    return this.#head.keyWidth;
  }

  get valueStart(): number {
    return this.#head.valueStart;
  }

  get linked(): boolean {
    return this.#head.linked;
  }

  get typed(): boolean {
    return this.#head.typed;
  }

  /** The slot with another value or other mistakes. */
  holding(value: Green, faults: readonly Fault[] | undefined): Slot {
    return new Slot(this.gap, this.#head, value, faults);
  }

  /** The slot at another distance from the one before. */
  at(gap: number): Slot {
    return gap === this.gap ? this : new Slot(gap, this.#head, this.value, this.faults);
  }
}

export interface BranchLayout {
  readonly flow: boolean;
  /** The column of a block's slots; -1 for flow. */
  readonly column: number;
  /** A block ends before the first line that is not indented more than this; -1 at the root. */
  readonly indent: number;
  /** Its slots stand in order and in line, so that each can be parsed again by itself. */
  readonly regular: boolean;
  readonly linked: boolean;
}

/** A map or list. It keeps the array it is made of: one that has grown has room for more, which nobody needs. */
export class Branch {
  readonly kind: 'map' | 'list';
  readonly width: number;
  readonly slots: readonly Slot[];
  readonly layout: BranchLayout;
  /** What holds of it or of something below: bits of `faulty` and `typed`, above them how many branches stand in one another. */
  readonly marks: number;
  /** The slots whose key stands in the map before. */
  readonly repeated: readonly number[];
  /** An anchor names it, so that aliases elsewhere may stand for it. */
  anchored = false;
  /** Its plain value, made when first asked for. */
  data: object | undefined = undefined;
  /** Slot by key, made when first asked for in large maps. */
  index: ReadonlyMap<string, number> | undefined = undefined;
  /** Where each slot starts, from the branch's start; made when first asked for. */
  starts: Int32Array | undefined = undefined;

  constructor(kind: 'map' | 'list', width: number, slots: readonly Slot[], layout: BranchLayout, repeated?: readonly number[]) {
    this.kind = kind;
    this.width = width;
    this.slots = slots;
    this.layout = shared(layout);
    this.repeated = repeated ?? (kind === 'map' ? repeatedKeys(slots) : none);
    this.marks = marksOf(slots) | (this.repeated.length > 0 ? faulty : 0);
  }

  /** Something is wrong in it or below. */
  get faulty(): boolean {
    return (this.marks & faulty) !== 0;
  }

  /** A key in it or below may be no text to YAML. */
  get typed(): boolean {
    return (this.marks & typed) !== 0;
  }

  /** How deep it is: 1 where no branch stands in it. Where something was too deep to be read, as deep as was read. */
  get height(): number {
    return this.marks >> heightShift;
  }
}

const faulty = 1;
const typed = 2;
const heightShift = 2;

function marksOf(slots: readonly Slot[]): number {
  let marks = 0;
  let height = 0;
  for (const slot of slots) {
    if (slot.faults) marks |= faulty;
    if (slot.typed) marks |= typed;
    const { value } = slot;
    if (value.kind !== 'map' && value.kind !== 'list') continue;
    marks |= value.marks & (faulty | typed);
    height = Math.max(height, value.height);
  }
  return marks | ((height + 1) << heightShift);
}

const none: readonly never[] = [];

const layouts = new Map<string, BranchLayout>();

/** There are few layouts and many branches. */
function shared(layout: BranchLayout): BranchLayout {
  const { flow, column, indent, regular, linked } = layout;
  const name = `${column} ${indent} ${Number(flow)}${Number(regular)}${Number(linked)}`;
  const known = layouts.get(name);
  if (known) return known;
  if (layouts.size < 4096) layouts.set(name, layout);
  return layout;
}

/** A plain `<<`: its value's entries belong to the map. */
export function isMerge(slot: Slot): boolean {
  return slot.key === '<<' && slot.keyWidth === 2;
}

function repeatedKeys(slots: readonly Slot[]): readonly number[] {
  if (slots.length < 2) return none;
  const repeated: number[] = [];
  if (slots.length > 8) {
    const seen = new Set<string>();
    for (const [index, slot] of slots.entries()) {
      if (seen.size === seen.add(slot.key).size && !isMerge(slot)) repeated.push(index);
    }
  } else {
    for (let index = 1; index < slots.length; index++) {
      const slot = slots[index] as Slot;
      for (let before = 0; before < index; before++) {
        if ((slots[before] as Slot).key !== slot.key || isMerge(slot)) continue;
        repeated.push(index);
        break;
      }
    }
  }
  return repeated.length > 0 ? repeated : none;
}

/** Where a slot's own text ends: comments and blanks behind it left out. */
export function slotWidth(slot: Slot): number {
  return Math.max(slot.keyStart + slot.keyWidth, slot.valueStart + slot.value.width);
}

const mostCached = 24;

/** Short values repeat; one leaf for all of the same text saves time and memory. */
export class Leaves {
  readonly #leaves: (Leaf | undefined)[] = new Array(4096).fill(undefined);
  readonly #sources: string[] = new Array(4096).fill('');

  /** The leaf of the text between two offsets, where it is known. */
  find(text: Source, start: number, end: number): Leaf | undefined {
    const length = end - start;
    if (length === 0 || length > mostCached) return undefined;
    const place = placeOf(text, start, end);
    const source = this.#sources[place] as string;
    return source.length === length && text.startsWith(source, start) ? this.#leaves[place] : undefined;
  }

  /** Keeps the leaf of the text between two offsets, and gives it back. */
  keep(text: Source, start: number, end: number, leaf: Leaf): Leaf {
    if (end - start === 0 || end - start > mostCached) return leaf;
    const source = owned(text.slice(start, end));
    // An escape can be wrong, which has to be said each time.
    if (source.includes('\\')) return leaf;
    const { width, value, style } = leaf;
    const own = typeof value === 'string' && value.length >= leastSlice ? new Leaf(width, owned(value), style) : leaf;
    const place = placeOf(text, start, end);
    this.#leaves[place] = own;
    this.#sources[place] = source;
    return own;
  }
}

function placeOf(text: Source, start: number, end: number): number {
  const length = end - start;
  const middle = text.charCodeAt(start + (length >> 1));
  const sum = length * 31 + text.charCodeAt(start) * 17 + middle * 7 + text.charCodeAt(start + (length >> 2)) * 131;
  return (sum + text.charCodeAt(end - 2) * 257) & 4095;
}

/** Keys repeat; one string for all of them saves time and memory. */
const keys: string[] = new Array(4096).fill('');

export function keyString(text: Source, start: number, end: number, sum: number): string {
  const place = sum & 4095;
  const known = keys[place] as string;
  if (known.length === end - start && text.startsWith(known, start)) return known;
  const key = text.slice(start, end);
  return key.length < 64 ? (keys[place] = owned(key)) : key;
}
