/**
 * YAML 1.2 text to green nodes. Anchors, aliases and merge keys are resolved, so that readers see the values a program
 * would see. Only the first document of a stream is read.
 *
 * A line belongs to the innermost block whose key or dash it is indented more than, whatever stands open there: so a
 * quote or bracket without end harms the entry it stands in and no other, and every entry of a block can be parsed
 * again by itself.
 */
import { Alias, Branch, deepest, type Fault, type Green, headOf, keyString, Leaf, Leaves, Slot, slotWidth } from './green.ts';
import { type Kept, longPassage } from './kept.ts';
import { type BlockLine, blockValue, doubleQuoted, foldLines, plainValue, type Scalar, taggedValue } from './scalar.ts';
import { Source } from './source.ts';
import { Text } from './text.ts';
import { type Parsed, tabMessage, type Tree, treeOf } from './tree.ts';

/** Aliases may not blow a document up beyond this many nodes. */
const largest = 1_000_000;

/**
 * Parses the first document of a YAML stream. Never throws: what cannot be read stands in `errors`. What an edit left as it
 * was is taken from the tree before.
 */
export function parseYaml(source: string | Text, kept?: Kept): Tree {
  const text = typeof source === 'string' ? Text.of(source) : source;
  const read = new Source(kept ? text : text.toString());
  const parsed = new Reader(read, 0, 0, kept).document();
  return treeOf('yaml', text, parsed, kept?.richer(parsed.lost));
}

/** Where a piece of a block stands. */
export interface BlockContext {
  readonly kind: 'map' | 'list';
  readonly column: number;
  readonly indent: number;
  /** How many branches stand around the block. */
  readonly depth: number;
  /** The piece begins with the block's first slot. */
  readonly first: boolean;
}

/**
 * Parses slots of a block by themselves: from the start of one to the line of another. Undefined when they cannot be
 * told from the text alone: they end early, hold anchors, or are out of line.
 */
export function parseSlots(text: Source, context: BlockContext, kept?: Kept): readonly Slot[] | undefined {
  const reader = new Reader(text, -context.column, context.depth, kept);
  const slots = reader.slots(context);
  if (kept) kept.lost = reader.lost;
  return slots;
}

/** Before every line, also the one that a piece of a block begins in. */
const nowhere = -(2 ** 30);

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const exclamation = 33;
const doubleQuote = 34;
const hash = 35;
const percent = 37;
const ampersand = 38;
const singleQuote = 39;
const asterisk = 42;
const comma = 44;
const dash = 45;
const dot = 46;
const colon = 58;
const greater = 62;
const question = 63;
const at = 64;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const backtick = 96;
const openBrace = 123;
const bar = 124;
const closeBrace = 125;
const byteOrderMark = 0xfeff;

/** Flow collections have no more lines, unless the whole document is one. */
const mostLines = 500;

/** The tags of YAML's schemas, and those that its repository of types has beside them. */
const ownTags = new Set('str int float bool null map seq binary timestamp set omap pairs merge value yaml'.split(' '));

function isFlowMark(code: number): boolean {
  return code === comma || code === openBracket || code === closeBracket || code === openBrace || code === closeBrace;
}

interface Size {
  readonly nodes: number;
  readonly height: number;
}

const leaves = new Leaves();

class Reader {
  private readonly text: Source;
  private readonly kept: Kept | undefined;
  /** See `Tree.lost`. */
  lost = 0;
  private pos = 0;
  /** Where the line of `pos` starts: `pos - line` is a column. */
  private line: number;
  /** The last tab that `skip` went over. */
  private tab = nowhere;
  private depth: number;
  private faults: Fault[] | undefined;
  /** Anchors and aliases so far. */
  private links = 0;
  private readonly anchors = new Map<string, Leaf | Branch>();
  private sizes: Map<Green, Size> | undefined;
  private aliased = 0;

  /** Where the value that was read last starts. */
  private valueStart = 0;
  private keyStart = 0;
  private keyEnd = 0;
  private keyColon = 0;
  private keySum = 0;
  /** The offset whose key the four above describe. */
  private keyAt = -1;
  /** The key has an anchor or tag, or is an alias or a flow collection. */
  private keyRare = false;
  /** The column of a line with a key that ended a plain scalar, which is an error unless the scalar is a key itself. */
  private brokenBy = -1;
  /** The entry that was read last is not `key: value` on a line of its own, so that its neighbours may read on. */
  private odd = false;
  /** The slots of the blocks that are being read, the innermost on top. */
  private readonly stack: Slot[] = [];
  private height = 0;
  /** Flow collections around `pos`. */
  private nesting = 0;
  /** A flow collection or quoted scalar met the end of the block it stands in; nobody else is to report it. */
  private cut = false;
  /** In a flow collection a line began a block's entry: the collection was never closed on the line that it opens on. */
  private blockBelow = false;
  /** Where the line starts on which the outermost flow collection opens. */
  private flowLine = 0;
  /** No flow collection goes on behind this. */
  private flowEnd = Number.POSITIVE_INFINITY;
  /** The lines below a flow collection that was ended so are indented as its entries would be: no mistake of theirs. */
  private adrift = false;

  constructor(text: Source, line: number, depth: number, kept: Kept | undefined) {
    this.text = text;
    this.line = line;
    this.depth = depth;
    this.kept = kept;
  }

  document(): Parsed {
    const { text } = this;
    if (text.startsWith('\uFEFF')) this.pos = this.line = 1;
    while (this.skip() || this.isMark('...')) {
      if (this.pos === this.line && text.charCodeAt(this.pos) === percent) this.toLineEnd();
      else if (this.isMark('...')) this.pos += 3;
      else break;
    }
    if (this.isMark('---')) this.pos += 3;
    const root = this.value(-1, this.pos, true);
    const start = this.valueStart;
    if (this.skip()) this.fault(this.pos, this.lineEnd(this.pos), 'The document ends before this text.');
    const end = this.pos;
    this.lose(text.length - end);
    const nothing = root.kind === 'scalar' && root.width === 0 && root.value === null;
    return { root: nothing ? undefined : root, start, end, faults: this.faults, lost: this.lost };
  }

  /** Says that of a passage so long nothing, or one value, comes into the tree. */
  private lose(length: number): void {
    if (length >= longPassage) this.lost += length;
  }

  slots({ kind, column, indent, first }: BlockContext): readonly Slot[] | undefined {
    const code = this.text.charCodeAt(0);
    const item = this.isIndicator(dash, 0);
    if (column === 0 && (this.isDocumentEnd(0) || (first && code === percent))) return undefined;
    if (kind === 'list' ? !item : item || !isOrdinary(code) || (first && !this.scanKey())) return undefined;
    const branch = kind === 'map' ? this.map(indent, column) : this.list(indent, column);
    const whole = this.pos >= this.text.length && this.links === 0;
    return whole && branch.kind === kind && branch.layout.regular ? branch.slots : undefined;
  }

  /** A slot that starts at `pos`, the one before at `last`; the other places count from the text's start. */
  private slot(
    pos: number,
    last: number,
    linked: boolean,
    key: string,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    value: Green,
  ): Slot {
    return new Slot(pos - last, headOf(key, keyStart - pos, keyEnd - keyStart, valueStart - pos, linked), value);
  }

  private fault(start: number, end: number, message: string): void {
    this.faults ??= [];
    this.faults.push({ start, end, message });
  }

  // Moving on.

  private isBlank(position: number): boolean {
    const code = this.text.charCodeAt(position);
    return code === space || code === tab;
  }

  /** Blank, line end or the end of the text. */
  private isGap(position: number): boolean {
    const code = this.text.charCodeAt(position);
    return code === space || code === lineFeed || code === tab || code === carriageReturn || code !== code;
  }

  private isIndicator(code: number, position: number): boolean {
    return this.text.charCodeAt(position) === code && this.isGap(position + 1);
  }

  private isMark(mark: '---' | '...'): boolean {
    return this.pos === this.line && this.text.startsWith(mark, this.pos) && this.isGap(this.pos + 3);
  }

  private isDocumentEnd(position: number): boolean {
    const code = this.text.charCodeAt(position);
    if (code !== dash && code !== dot) return false;
    return (this.text.startsWith('---', position) || this.text.startsWith('...', position)) && this.isGap(position + 3);
  }

  private lineEnd(position: number): number {
    const end = this.text.indexOf('\n', position);
    if (end < 0) return this.text.length;
    return end > position && this.text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end;
  }

  private toLineEnd(): void {
    this.pos = this.lineEnd(this.pos);
  }

  private skipBlanks(): void {
    while (this.isBlank(this.pos)) this.pos++;
  }

  /** Goes on to the next token, over blanks, comments and line ends. False at the end of the document. */
  private skip(): boolean {
    const { text } = this;
    let { pos } = this;
    for (;;) {
      const code = text.charCodeAt(pos);
      if (code === space) pos++;
      else if (code === lineFeed) this.line = ++pos;
      else if (code === tab) this.tab = pos++;
      else if (code === carriageReturn) pos++;
      else if (code === hash && (pos === this.line || pos === 0 || this.isBlank(pos - 1))) {
        pos = text.indexOf('\n', pos);
        if (pos < 0) pos = text.length;
      } else break;
    }
    this.pos = pos;
    return pos < text.length && !(pos === this.line && this.isDocumentEnd(pos));
  }

  /** After a value on its line: nothing but a comment may follow. */
  private endLine(): void {
    const end = this.pos;
    this.skipBlanks();
    const code = this.text.charCodeAt(this.pos);
    if (this.isGap(this.pos) || (code === hash && this.pos > end)) return;
    const last = this.textEnd(this.pos);
    if (code === hash) this.fault(this.pos, last, 'A space is missing before this comment.');
    else this.fault(this.pos, last, `${quoted(this.text, this.pos, last)} stands behind the end of the value.`);
    this.toLineEnd();
  }

  /** The end of the text on a line, before blanks and a comment. */
  private textEnd(from: number): number {
    let end = this.lineEnd(from);
    const comment = this.text.slice(from, end).search(/(?<=[ \t])#/);
    if (comment > 0) end = from + comment;
    while (end > from && this.isBlank(end - 1)) end--;
    return end;
  }

  // Blocks.

  /**
   * The value behind a key's colon or an item's dash at column `indent`: on the same line or on the lines below that
   * are indented more. `compact`: a map or list may begin on the same line; `level`: a list may stand as deep as the
   * key. `behind`: where an empty value stands.
   */
  private value(indent: number, behind: number, compact: boolean, level = !compact): Green {
    let anchor: string | undefined;
    let tag: string | undefined;
    let block = compact;
    for (;;) {
      this.skipBlanks();
      const { text } = this;
      let code = text.charCodeAt(this.pos);
      if (this.isGap(this.pos) || (code === hash && (this.pos === this.line || this.isGap(this.pos - 1)))) {
        const more = this.skip();
        const column = this.pos - this.line;
        const item = this.isIndicator(dash, this.pos);
        if (!more || (column <= indent && !(item && column === indent && level))) {
          this.valueStart = behind;
          return this.named(anchor, new Leaf(0, tag && !/(?:!!|:)null>?$/.test(tag) ? taggedValue(tag, '') : null, 'plain'));
        }
        block = true;
        code = text.charCodeAt(this.pos);
      }
      if (block) {
        const column = this.pos - this.line;
        if (this.isIndicator(dash, this.pos)) return this.named(anchor, this.list(indent, column));
        if (this.scanKey()) return this.named(anchor, this.map(indent, column));
      } else if (this.isIndicator(dash, this.pos)) {
        this.fault(this.pos, this.pos + 1, 'A list cannot begin on the line of its key: move it to the next line.');
        return this.named(anchor, this.list(indent, this.pos - this.line));
      }
      if (code === ampersand) anchor = this.word();
      else if (code === exclamation) tag = this.tagWord();
      else return this.named(anchor, this.content(indent, tag, block));
      behind = this.pos;
      block = false;
    }
  }

  /** A scalar, alias or flow collection, and the end of its line. */
  private content(indent: number, tag: string | undefined, block: boolean): Green {
    const { pos, line } = this;
    const code = this.text.charCodeAt(pos);
    if (code === bar || code === greater) return this.blockScalar(indent, tag);
    this.brokenBy = -1;
    const node = this.inline(indent, tag, false);
    const start = this.valueStart;
    if (block && isOrdinary(code) && this.brokenBy === pos - line && this.line === line) {
      // A key that is half typed, the others below it.
      this.pos = pos;
      return this.block('map', indent, pos - line, false);
    }
    this.endLine();
    this.nesting = 0;
    this.cut = false;
    this.valueStart = start;
    return node;
  }

  /** The anchor, tag or alias at the position: up to the next blank or flow mark. */
  private word(): string {
    const { text, pos: start } = this;
    this.pos = this.wordEnd(start);
    if (text.charCodeAt(start) === ampersand) this.links++;
    return text.slice(start, this.pos);
  }

  private wordEnd(start: number): number {
    const { text } = this;
    const verbatim = text.startsWith('!<', start);
    let end = start;
    while (!this.isGap(end) && (verbatim || !isFlowMark(text.charCodeAt(end)))) end++;
    return end;
  }

  /** A tag. Tags of other namespaces are what programs agree on; of YAML's own there are few. */
  private tagWord(): string {
    const { pos: start } = this;
    const word = this.word();
    const isUnknown = word.startsWith('!!') && !ownTags.has(word.slice(2)) && !this.text.includes('%TAG');
    if (isUnknown) this.fault(start, this.pos, `\`${word}\` is no tag that YAML has.`);
    return word;
  }

  private named<T extends Green>(anchor: string | undefined, node: T): T {
    if (anchor === undefined) return node;
    if (node.kind === 'alias') this.fault(this.valueStart, this.valueStart + node.width, 'An alias cannot have an anchor.');
    else {
      this.anchors.set(anchor.slice(1), node);
      if (node.kind !== 'scalar') node.anchored = true;
    }
    return node;
  }

  private relative(faults: Fault[] | undefined, start: number): Fault[] | undefined {
    return faults?.map((fault) => ({ start: fault.start - start, end: fault.end - start, message: fault.message }));
  }

  /** Nesting beyond the limit: over the line and all below it that are indented more. */
  private tooDeep(indent: number): Leaf {
    this.valueStart = this.pos;
    this.fault(this.pos, this.lineEnd(this.pos), `The nesting is deeper than ${deepest} levels.`);
    do this.toLineEnd();
    while (this.skip() && this.pos - this.line > indent);
    return new Leaf(0, null, 'plain');
  }

  /** The entries of a block map; the position is at its first key. */
  private map(indent: number, column: number): Branch | Leaf {
    return this.block('map', indent, column);
  }

  /** The items of a block list; `indent` is its own column where it stands as deep as its key. */
  private list(indent: number, column: number): Branch | Leaf {
    return this.block('list', indent, column);
  }

  /** `regular` is false where the first line alone does not show what it is. */
  private block(kind: 'map' | 'list', indent: number, column: number, regular = true): Branch | Leaf {
    if (this.depth >= deepest) return this.tooDeep(indent);
    this.depth++;
    const outer = this.faults;
    const { pos: start, links, height: bottom, stack } = this;
    let last = start;
    let strayColumn = column;
    for (;;) {
      this.faults = undefined;
      const { pos } = this;
      const here = pos - this.line;
      const tabbed = this.tab >= this.line && this.tab < pos;
      if (tabbed) this.fault(this.tab, this.tab + 1, tabMessage);
      else if (here !== column && here !== strayColumn && !this.adrift) {
        const wanted = column < here ? 'more' : 'less';
        this.fault(
          pos,
          this.textEnd(pos),
          `This line is indented ${wanted} than the ${kind === 'map' ? 'keys' : 'items'} it stands with.`,
        );
      }
      if (here !== column || tabbed) regular = false;
      strayColumn = here;
      this.adrift = false;
      const slot = this.keptSlot(kind, here, last) ?? (kind === 'map' ? this.entry(here, last) : this.item(here, last));
      if (!slot || this.odd) regular = false;
      const more = this.skip();
      if (slot) {
        stack[this.height++] = this.faults ? slot.holding(slot.value, this.relative(this.faults, pos)) : slot;
        last = pos;
      } else if (this.faults) {
        const before = stack[this.height - 1] as Slot;
        const faults = before.faults as Fault[] | undefined;
        const stray = this.relative(this.faults, last) as Fault[];
        // A copy for every stray line of many would take the square of their number.
        if (faults) faults.push(...stray);
        stack[this.height - 1] = before.holding(before.value, faults ?? stray);
      }
      if (!more) break;
      const next = this.pos - this.line;
      const isItem = kind === 'list' && this.isIndicator(dash, this.pos);
      if (next <= indent && !(isItem && next === column)) break;
      // What stands further out than the items belongs to what is around them.
      if (kind === 'list' && !isItem && next < column) break;
    }
    this.faults = outer;
    this.depth--;
    this.valueStart = start;
    const slots = stack.slice(bottom, this.height);
    this.height = bottom;
    const width = last - start + slotWidth(slots.at(-1) as Slot);
    return new Branch(kind, width, slots, { flow: false, column, indent, regular, linked: this.links !== links });
  }

  /** The slot at the position, from the tree before an edit; the position is then at its end. */
  private keptSlot(kind: 'map' | 'list', column: number, last: number): Slot | undefined {
    const { kept, pos } = this;
    const slot = kept?.slotAt(pos, kind, column, this.depth);
    if (!slot) return undefined;
    this.pos = pos + slotWidth(slot);
    const line = this.text.lastIndexOf('\n', this.pos - 1) + 1;
    if (line > pos) this.line = line;
    this.odd = false;
    if (slot.value.kind === 'scalar') this.lose(slot.value.width);
    return slot.at(pos - last);
  }

  private item(column: number, last: number): Slot | undefined {
    const { pos, links } = this;
    if (!this.isIndicator(dash, pos)) {
      const end = this.textEnd(pos);
      this.fault(pos, end, `${quoted(this.text, pos, end)} stands between list items: a dash before it is missing.`);
      do this.toLineEnd();
      while (this.skip() && this.pos - this.line > column);
      this.lose(this.pos - pos);
      return undefined;
    }
    this.pos++;
    const value = this.value(column, this.pos, true);
    this.odd = false;
    return this.slot(pos, last, this.links !== links, '', pos, pos, this.valueStart, value);
  }

  private entry(column: number, last: number): Slot | undefined {
    const { text, pos, links } = this;
    if (this.keyAt !== pos && !this.scanKey()) return this.notAnEntry(column, last);
    if (this.isIndicator(question, pos)) return this.explicitEntry(column, last);
    const odd = this.keyColon === pos;
    const { keyColon } = this;
    const key = this.keyRare ? this.rareKey() : this.usualKey();
    const { keyStart, keyEnd } = this;
    this.pos = keyColon + 1;
    if (odd) this.keyAt = -1;
    // Behind the colon nothing is scanned as a key before the line ends, so the key's place stays known.
    const value = this.value(column, text.charCodeAt(keyColon) === colon ? keyColon + 1 : keyEnd, false);
    this.odd = odd;
    return this.slot(pos, last, this.links !== links, key, keyStart, keyEnd, this.valueStart, value);
  }

  /** `? key` and `: value` on lines of their own. */
  private explicitEntry(column: number, last: number): Slot {
    const { pos, links } = this;
    this.pos++;
    const node = this.value(column, this.pos, true, true);
    const keyStart = this.valueStart;
    const keyEnd = keyStart + node.width;
    const key = this.keyOf(node, keyStart, keyEnd);
    this.lose(node.width);
    this.skip();
    if (this.pos - this.line !== column || !this.isIndicator(colon, this.pos)) {
      this.odd = true;
      return this.slot(pos, last, this.links !== links, key, keyStart, keyEnd, keyEnd, new Leaf(0, null, 'plain'));
    }
    this.pos++;
    const value = this.value(column, this.pos, true, true);
    this.odd = true;
    return this.slot(pos, last, this.links !== links, key, keyStart, keyEnd, this.valueStart, value);
  }

  /** A line among a map's entries that is none. */
  private notAnEntry(column: number, last: number): Slot | undefined {
    const { text, pos, links } = this;
    if (this.isIndicator(dash, pos)) {
      this.fault(pos, pos + 1, 'A list item stands among the keys of a map.');
      const { faults } = this;
      this.lose(this.list(column, column).width);
      this.faults = faults;
      return undefined;
    }
    const end = this.textEnd(pos);
    const word = quoted(text, pos, end);
    if (!isOrdinary(text.charCodeAt(pos))) {
      this.fault(pos, end, `${word} closes nothing that is open here.`);
      this.toLineEnd();
      return undefined;
    }
    const spaced = text.slice(pos, end).includes(':');
    this.fault(pos, end, `${word} is no key: a colon ${spaced ? 'with a space behind it' : 'behind it'} is missing.`);
    const whole = /^(?:"[^"\\]*"|'[^']*')$/.test(text.slice(pos, end));
    const key = text.slice(whole ? pos + 1 : pos, whole ? end - 1 : end);
    this.pos = end;
    const value = this.value(column, end, false);
    this.odd = false;
    return this.slot(pos, last, this.links !== links, key, pos, end, this.valueStart, value);
  }

  // Keys.

  /** Does a key and its colon stand on the line at the position? Keeps where. */
  private scanKey(): boolean {
    const { text, pos } = this;
    const code = text.charCodeAt(pos);
    this.keyRare = false;
    let colonAt: number;
    let start = pos;
    let end: number;
    if (code === doubleQuote || code === singleQuote) {
      end = this.quoteEnd(pos);
      if (end < 0) return false;
      colonAt = end;
      while (this.isBlank(colonAt)) colonAt++;
      if (!this.isIndicator(colon, colonAt)) return false;
    } else if (code === ampersand || code === exclamation || code === asterisk || code === openBracket || code === openBrace) {
      while (text.charCodeAt(start) === ampersand || text.charCodeAt(start) === exclamation) {
        start = this.wordEnd(start);
        while (this.isBlank(start)) start++;
      }
      end = this.rareKeyEnd(start);
      if (end < 0) return false;
      colonAt = end;
      while (this.isBlank(colonAt)) colonAt++;
      if (!this.isIndicator(colon, colonAt)) return false;
      this.keyRare = true;
    } else {
      if (this.isGap(pos + 1)) {
        if (code === dash) return false;
        if (code === question) {
          this.keyAt = pos;
          return true;
        }
      }
      if (code === hash || code === bar || code === greater || code === comma || code === closeBracket || code === closeBrace)
        return false;
      colonAt = this.plainKeyEnd(pos);
      if (colonAt < 0) return false;
      end = colonAt;
      while (end > pos && this.isBlank(end - 1)) end--;
    }
    this.keyStart = start;
    this.keyEnd = end;
    this.keyColon = colonAt;
    this.keyAt = pos;
    return true;
  }

  /** The offset of the colon behind a plain key; -1 when the line has none. */
  private plainKeyEnd(from: number): number {
    const { text } = this;
    let sum = 0;
    for (let pos = from; ; pos++) {
      const code = text.charCodeAt(pos);
      if (code === colon) {
        if (this.isGap(pos + 1)) {
          this.keySum = sum ^ (sum >>> 12);
          return pos;
        }
      } else if (code === lineFeed || code !== code || (code === hash && pos > from && this.isBlank(pos - 1))) return -1;
      sum = (Math.imul(sum, 31) + code) | 0;
    }
  }

  /** Behind the closing quote on the same line; -1 when it is not there. */
  private quoteEnd(start: number): number {
    const { text } = this;
    const quote = text.charCodeAt(start);
    for (let pos = start + 1; ; pos++) {
      const code = text.charCodeAt(pos);
      if (code === lineFeed || code !== code) return -1;
      if (code === backslash && quote === doubleQuote) pos++;
      else if (code === quote) {
        if (quote === doubleQuote || text.charCodeAt(pos + 1) !== quote) return pos + 1;
        pos++;
      }
    }
  }

  /** The end of an alias, flow collection or, behind an anchor or tag, any key on the same line; -1 when there is none. */
  private rareKeyEnd(start: number): number {
    const { text } = this;
    const code = text.charCodeAt(start);
    let pos = start;
    if (code === doubleQuote || code === singleQuote) return this.quoteEnd(start);
    if (code === asterisk) {
      while (!this.isGap(pos) && !isFlowMark(text.charCodeAt(pos))) pos++;
      return pos;
    }
    if (code !== openBracket && code !== openBrace) {
      if (this.isGap(start) && text.charCodeAt(start) !== colon) return -1;
      pos = this.plainKeyEnd(start);
      while (pos > start && this.isBlank(pos - 1)) pos--;
      return pos;
    }
    for (let open = 0; ; pos++) {
      const next = text.charCodeAt(pos);
      if (next === lineFeed || next !== next) return -1;
      if (next === doubleQuote || next === singleQuote) {
        pos = this.quoteEnd(pos) - 1;
        if (pos < 0) return -1;
      } else if (next === openBracket || next === openBrace) open++;
      else if ((next === closeBracket || next === closeBrace) && --open === 0) return pos + 1;
    }
  }

  private usualKey(): string {
    const { text, keyStart: start, keyEnd: end } = this;
    const code = text.charCodeAt(start);
    if (code === doubleQuote || code === singleQuote) {
      const inner = text.slice(start + 1, end - 1);
      if (code === singleQuote) return inner.includes("'") ? inner.replaceAll("''", "'") : inner;
      return inner.includes('\\') ? this.unescaped(inner, start + 1) : inner;
    }
    if (isReserved(code) || code === percent)
      this.fault(start, end, `A key cannot start with \`${text.charAt(start)}\`: put it in quotes.`);
    const key = keyString(text, start, end, this.keySum);
    const value = plainValue(key);
    return typeof value === 'string' ? value : String(value ?? '');
  }

  private unescaped(inner: string, start: number): string {
    return doubleQuoted(inner, (offset, length) => {
      const end = start + offset + length;
      this.fault(start + offset, end, `\`${inner.slice(offset, offset + length)}\` is no escape that YAML has.`);
    });
  }

  private rareKey(): string {
    const { keyStart, keyEnd } = this;
    let anchor: string | undefined;
    let tag: string | undefined;
    while (this.pos < keyStart) {
      if (this.text.charCodeAt(this.pos) === ampersand) anchor = this.word();
      else tag = this.tagWord();
      this.skipBlanks();
    }
    let node: Green;
    if (keyStart === keyEnd) node = new Leaf(0, tag === undefined ? null : taggedValue(tag, ''), 'plain');
    else if (isFlowMark(this.text.charCodeAt(keyStart))) {
      // `[}:` ends here, whatever would close it further down.
      this.flowEnd = keyEnd;
      node = this.flowCollection(-1);
      this.flowEnd = Number.POSITIVE_INFINITY;
    } else if (this.text.charCodeAt(keyStart) === asterisk) node = this.alias();
    else if (this.quoteEnd(keyStart) === keyEnd) node = this.quoted(-1, tag);
    else {
      const source = this.text.slice(keyStart, keyEnd);
      node = new Leaf(source.length, tag === undefined ? plainValue(source) : taggedValue(tag, source), 'plain');
    }
    this.nesting = 0;
    this.cut = false;
    this.named(anchor, node);
    this.keyStart = keyStart;
    this.keyEnd = keyEnd;
    return this.keyOf(node, keyStart, keyEnd);
  }

  /** The text a program sees as key: of a map or list, what is written. */
  private keyOf(node: Green, start: number, end: number): string {
    const target = node.kind === 'alias' ? node.target : node;
    return target.kind === 'scalar' ? String(target.value ?? '') : this.text.slice(start, end);
  }

  // Scalars, aliases, flow collections.

  /** A node on a line, without what belongs before or behind it. */
  private inline(indent: number, tag: string | undefined, inFlow: boolean): Green {
    const code = this.text.charCodeAt(this.pos);
    if (code === doubleQuote || code === singleQuote) return this.quoted(indent, tag);
    if (code === openBracket || code === openBrace) return this.flow(indent);
    if (code === asterisk) return this.alias();
    return this.plain(indent, tag, inFlow);
  }

  private alias(): Alias | Leaf {
    this.links++;
    const { pos: start } = this;
    const name = this.word().slice(1);
    this.valueStart = start;
    const width = this.pos - start;
    const target = this.anchors.get(name);
    if (!target) {
      this.fault(start, this.pos, `No anchor \`&${name}\` stands before this alias.`);
      return new Leaf(width, null, 'plain');
    }
    const { nodes, height } = this.size(target);
    this.aliased += nodes;
    if (this.aliased > largest || this.depth + height > deepest) {
      const why = this.aliased > largest ? `make more than ${largest} values` : `nest deeper than ${deepest} levels`;
      this.fault(start, this.pos, `The aliases ${why}.`);
      return new Leaf(width, null, 'plain');
    }
    return new Alias(width, target);
  }

  /** Nodes and levels below a node, aliases counted as often as they are used. */
  private size(node: Green): Size {
    if (node.kind === 'scalar') return { nodes: 1, height: 0 };
    if (node.kind === 'alias') return this.size(node.target);
    this.sizes ??= new Map();
    const known = this.sizes.get(node);
    if (known) return known;
    let nodes = 1;
    let height = 0;
    for (const { value } of node.slots) {
      const below = this.size(value);
      nodes += below.nodes;
      height = Math.max(height, below.height);
    }
    const size = { nodes, height: height + 1 };
    this.sizes.set(node, size);
    return size;
  }

  private plain(indent: number, tag: string | undefined, inFlow: boolean): Leaf {
    const { text, pos: start } = this;
    let end = this.plainLine(start, inFlow);
    const code = text.charCodeAt(start);
    if (
      isReserved(code) ||
      isFlowMark(code) ||
      code === percent ||
      code === bar ||
      code === greater ||
      this.isLoneMark(start, inFlow)
    ) {
      this.fault(
        start,
        inFlow ? end : this.textEnd(start),
        `A value cannot start with \`${text.charAt(start)}\`: put it in quotes.`,
      );
    } else if (!inFlow && text.charCodeAt(this.pos) === colon) {
      this.fault(this.pos, this.pos + 1, 'A value that holds a colon with a space behind it must stand in quotes.');
    }
    if (!inFlow && text.charCodeAt(this.pos) === colon) {
      end = this.textEnd(start);
      this.pos = end;
    }
    let several = false;
    for (;;) {
      const { pos, line } = this;
      const next = this.nextPlainLine(indent, inFlow);
      if (next < 0) {
        this.pos = pos;
        this.line = line;
        break;
      }
      const nextEnd = this.plainLine(next, inFlow);
      if (text.charCodeAt(this.pos) === colon && (!inFlow || nextEnd < next)) {
        this.brokenBy = several ? -1 : next - this.line;
        this.pos = pos;
        this.line = line;
        break;
      }
      if (nextEnd === next) {
        this.pos = pos;
        this.line = line;
        break;
      }
      several = true;
      end = nextEnd;
    }
    this.pos = end;
    this.valueStart = start;
    if (several) {
      this.lose(end - start);
      return new Leaf(end - start, foldLines(text.slice(start, end)), 'plain');
    }
    if (tag !== undefined) return new Leaf(end - start, taggedValue(tag, text.slice(start, end)), 'plain');
    const known = leaves.find(text, start, end);
    return known ?? leaves.keep(text, start, end, new Leaf(end - start, plainValue(text.slice(start, end)), 'plain'));
  }

  /** A `-`, `?` or `:` alone is no value. */
  private isLoneMark(start: number, inFlow: boolean): boolean {
    const code = this.text.charCodeAt(start);
    if (code !== dash && code !== question && code !== colon) return false;
    return this.isGap(start + 1) || (inFlow && isFlowMark(this.text.charCodeAt(start + 1)));
  }

  /** The end of a plain scalar's text on its line; the position is then at what ended it. */
  private plainLine(start: number, inFlow: boolean): number {
    const { text } = this;
    let pos = start;
    for (; ; pos++) {
      const code = text.charCodeAt(pos);
      if (code > colon) {
        if (inFlow && isFlowMark(code) && (pos > start || code === closeBracket || code === closeBrace)) break;
      } else if (code === colon) {
        if (pos > start || !inFlow ? this.isGap(pos + 1) || (inFlow && isFlowMark(text.charCodeAt(pos + 1))) : false) break;
      } else if (code === lineFeed || (code === hash && pos > start && this.isBlank(pos - 1)) || code !== code) break;
      else if (code === comma && inFlow) break;
    }
    this.pos = pos;
    let end = pos;
    while (end > start && this.isGap(end - 1)) end--;
    return end;
  }

  /** The start of the next line of a plain scalar; -1 when it ends before. */
  private nextPlainLine(indent: number, inFlow: boolean): number {
    const { text } = this;
    const code = text.charCodeAt(this.pos);
    if (code !== lineFeed) return -1;
    let { pos } = this;
    let { line } = this;
    while (this.isGap(pos) && pos < text.length) {
      if (text.charCodeAt(pos) === lineFeed) line = pos + 1;
      pos++;
    }
    const first = text.charCodeAt(pos);
    if (inFlow && pos > this.flowEnd) return -1;
    if (pos >= text.length || first === hash || pos - line <= indent || (pos === line && this.isDocumentEnd(pos))) return -1;
    if (inFlow && (isFlowMark(first) || (first === colon && this.isGap(pos + 1)))) return -1;
    this.line = line;
    return pos;
  }

  private quoted(indent: number, tag: string | undefined): Leaf {
    const { text, pos: start } = this;
    const double = text.charCodeAt(start) === doubleQuote;
    let end = this.quoteEnd(start);
    let inner: string;
    if (end < 0) {
      const close = this.farQuoteEnd(indent, start);
      end = this.pos;
      this.lose(end - start);
      inner = text.slice(start + 1, close ? end - 1 : end);
      if (!close && !this.cut) {
        this.cut = this.nesting > 0;
        this.fault(start, Math.min(this.lineEnd(start), end), 'The quote that opens here is never closed.');
      }
    } else {
      inner = text.slice(start + 1, end - 1);
    }
    this.pos = end;
    this.valueStart = start;
    if (tag !== undefined || end - start !== inner.length + 2) return this.quotedLeaf(inner, double, start, end, tag);
    return leaves.find(text, start, end) ?? leaves.keep(text, start, end, this.quotedLeaf(inner, double, start, end, tag));
  }

  private quotedLeaf(inner: string, double: boolean, start: number, end: number, tag: string | undefined): Leaf {
    let value: Scalar;
    if (double) value = inner.includes('\\') ? this.unescaped(inner, start + 1) : inner.includes('\n') ? foldLines(inner) : inner;
    else {
      value = inner.includes("''") ? inner.replaceAll("''", "'") : inner;
      if (inner.includes('\n')) value = foldLines(value);
    }
    return new Leaf(end - start, tag === undefined ? value : taggedValue(tag, value), double ? 'double' : 'single');
  }

  /** Goes behind the closing quote on a later line; false and to the end of the block's text when there is none. */
  private farQuoteEnd(indent: number, start: number): boolean {
    const { text } = this;
    const quote = text.charCodeAt(start);
    let last = this.lineEnd(start);
    for (let pos = start + 1; pos < text.length; pos++) {
      const code = text.charCodeAt(pos);
      if (code === lineFeed) {
        const line = pos + 1;
        pos = line;
        while (this.isBlank(pos)) pos++;
        const next = text.charCodeAt(pos);
        if (next !== lineFeed && next !== carriageReturn) {
          if (pos >= text.length || pos - line <= indent || (pos === line && this.isDocumentEnd(pos))) break;
          last = this.lineEnd(pos);
        }
        this.line = line;
        pos--;
      } else if (code === backslash && quote === doubleQuote) {
        if (text.charCodeAt(pos + 1) !== lineFeed) pos++;
      } else if (code === quote) {
        if (quote === singleQuote && text.charCodeAt(pos + 1) === quote) pos++;
        else {
          this.pos = pos + 1;
          return true;
        }
      }
    }
    this.pos = last;
    this.line = Math.max(text.lastIndexOf('\n', last - 1) + 1, Math.min(this.line, start));
    return false;
  }

  private blockScalar(indent: number, tag: string | undefined): Leaf {
    const { text, pos: start } = this;
    const folded = text.charCodeAt(start) === greater;
    let headerEnd = start + 1;
    while (/[-+\d]/.test(text.charAt(headerEnd))) headerEnd++;
    const marks = text.slice(start + 1, headerEnd);
    const fine = /^(?:[1-9]?[-+]?|[-+][1-9])$/.test(marks);
    this.pos = headerEnd;
    this.skipBlanks();
    if (!fine || !(this.isGap(this.pos) || (text.charCodeAt(this.pos) === hash && this.pos > headerEnd))) {
      const end = Math.max(this.textEnd(start), headerEnd);
      this.fault(
        start,
        end,
        `${quoted(text, start, end)} is no block scalar's header: after \`${text.charAt(start)}\` the text begins on the next line.`,
      );
    }
    const keep = marks.includes('+') ? '+' : marks.includes('-') ? '-' : '';
    const digit = /\d/.exec(marks)?.[0];
    let depth = digit === undefined ? -1 : Math.max(indent, 0) + Number(digit);
    const lines: BlockLine[] = [];
    let last = headerEnd;
    let widest = 0;
    let at = text.indexOf('\n', this.pos) + 1;
    let end = this.lineEnd(start);
    while (at > 0 && at < text.length) {
      let first = at;
      while (text.charCodeAt(first) === space && (depth < 0 || first - at < depth)) first++;
      let lineEnd = text.indexOf('\n', first);
      if (lineEnd < 0) lineEnd = text.length;
      const next = lineEnd + 1;
      if (lineEnd > first && text.charCodeAt(lineEnd - 1) === carriageReturn) lineEnd--;
      const column = first - at;
      if (first === lineEnd) {
        if (depth < 0) widest = Math.max(widest, column);
        lines.push({ start: first, end: first });
        if (keep === '+') last = lineEnd;
      } else {
        if (depth < 0) {
          if (column <= indent) break;
          depth = column;
          if (widest > column) this.fault(at, first, 'An empty line before the text is indented more than the text.');
        } else if (column < depth) break;
        if (column === 0 && this.isDocumentEnd(at)) break;
        lines.push({ start: first, end: lineEnd });
        last = lineEnd;
        if (keep !== '+') while (this.isBlank(last - 1)) last--;
      }
      end = lineEnd;
      this.line = at;
      at = next;
    }
    this.pos = end;
    if (this.line > this.pos) this.line = at;
    this.valueStart = start;
    this.lose(end - start);
    const value = blockValue(text, lines, folded, keep);
    return new Leaf(
      Math.max(last, headerEnd) - start,
      tag === undefined ? value : taggedValue(tag, value),
      folded ? 'folded' : 'literal',
    );
  }

  // Flow collections.

  /** Like `skip`, but false also at the first line that the block around the flow collection does not hold. */
  private skipInFlow(indent: number): boolean {
    if (this.cut) return false;
    const { pos, line } = this;
    const more = this.skip();
    if (more && this.line === line) return true;
    const column = this.pos - this.line;
    if (more && this.pos < this.flowEnd && (column > indent || (column === indent && isCloser(this.text.charCodeAt(this.pos)))))
      return true;
    this.pos = pos;
    this.line = line;
    return false;
  }

  /**
   * A flow collection. One that a line breaks which can only be the entry of a block, as everything below a brace half typed
   * is, ends with its own line; else it would hold half a document, and nothing in it be understood.
   */
  private flow(indent: number): Branch | Leaf {
    const { pos, line, cut } = this;
    const faults = this.faults?.length;
    if (this.nesting === 0) this.flowLine = line;
    const node = this.flowCollection(indent);
    if (!this.blockBelow || this.nesting > 0) return node;
    this.pos = pos;
    this.line = line;
    this.cut = cut;
    this.blockBelow = false;
    this.faults = faults === undefined ? undefined : this.faults?.slice(0, faults);
    this.flowEnd = this.lineEnd(pos);
    const rest = this.flowCollection(indent);
    this.flowEnd = Number.POSITIVE_INFINITY;
    this.adrift = true;
    return rest;
  }

  private flowCollection(indent: number): Branch | Leaf {
    const { text, pos: start } = this;
    if (this.depth >= deepest) return this.flowTooDeep(indent);
    this.depth++;
    this.nesting++;
    const outer = this.faults;
    const { links } = this;
    const isMap = text.charCodeAt(start) === openBrace;
    const closer = isMap ? closeBrace : closeBracket;
    const slots: Slot[] = [];
    const faults: Fault[] = outer ?? [];
    this.faults = faults;
    let last = start;
    let closed = false;
    this.pos++;
    while (this.skipInFlow(indent)) {
      const { pos } = this;
      const code = text.charCodeAt(pos);
      if (code === closer) {
        this.pos++;
        closed = true;
        break;
      }
      if (isCloser(code)) {
        if (this.nesting > 1) break;
        this.fault(pos, pos + 1, `\`${text.charAt(pos)}\` closes nothing that is open here.`);
        this.pos++;
        continue;
      }
      if (code === comma) {
        this.fault(pos, pos + 1, 'A value is missing before this comma.');
        this.pos++;
        continue;
      }
      slots.push(isMap ? this.flowEntry(indent, last) : this.flowItem(indent, last));
      last = pos;
      if (!this.skipInFlow(indent)) break;
      const next = text.charCodeAt(this.pos);
      if (next === comma) this.pos++;
      else if (!isCloser(next)) this.fault(this.pos, this.pos + 1, 'A comma is missing before this.');
    }
    if (!closed && !this.cut) {
      this.cut = this.pos >= text.length || !isCloser(text.charCodeAt(this.pos));
      this.fault(start, start + 1, `The ${isMap ? 'brace' : 'bracket'} that opens here is never closed.`);
    }
    this.faults = faults.length > 0 ? faults : outer;
    this.depth--;
    this.nesting--;
    this.valueStart = start;
    const end = closed ? this.pos : Math.max(last + (slots.length > 0 ? slotWidth(slots.at(-1) as Slot) : 1), start + 1);
    return new Branch(isMap ? 'map' : 'list', end - start, slots.slice(), {
      flow: true,
      column: -1,
      indent,
      regular: false,
      linked: this.links !== links,
    });
  }

  /** Over a flow collection beyond the nesting limit. */
  private flowTooDeep(indent: number): Leaf {
    const { text, pos: start } = this;
    this.fault(start, start + 1, `The nesting is deeper than ${deepest} levels.`);
    for (let open = 0; this.skipInFlow(indent);) {
      const code = text.charCodeAt(this.pos);
      const end = code === doubleQuote || code === singleQuote ? this.quoteEnd(this.pos) : -1;
      const isOpenQuote = end < 0 && (code === doubleQuote || code === singleQuote);
      this.pos = end > 0 ? end : isOpenQuote ? this.lineEnd(this.pos) : this.pos + 1;
      if (code === openBracket || code === openBrace) open++;
      else if (isCloser(code) && --open === 0) break;
    }
    this.valueStart = start;
    return new Leaf(0, null, 'plain');
  }

  private isFlowColon(afterJson: boolean): boolean {
    const { text, pos } = this;
    if (text.charCodeAt(pos) !== colon) return false;
    return afterJson || this.isGap(pos + 1) || isFlowMark(text.charCodeAt(pos + 1));
  }

  private flowEntry(indent: number, last: number): Slot {
    const { pos } = this;
    if (this.isIndicator(question, this.pos)) {
      this.pos++;
      this.skipInFlow(indent);
    }
    let keyStart = this.pos;
    let keyEnd = keyStart;
    let key = '';
    let behind = keyStart;
    if (!this.isFlowColon(false) && !this.atFlowEnd()) {
      const node = this.flowNode(indent);
      keyStart = this.valueStart;
      keyEnd = keyStart + node.width;
      key = this.keyOf(node, keyStart, keyEnd);
      behind = keyEnd;
    }
    const isPair = this.skipInFlow(indent) && this.text.charCodeAt(this.pos) === colon;
    if (isPair) return this.flowPair(indent, pos, last, key, keyStart, keyEnd);
    return this.slot(pos, last, false, key, keyStart, keyEnd, behind, new Leaf(0, null, 'plain'));
  }

  /** The rest of an entry; the position is at its colon. */
  private flowPair(indent: number, start: number, last: number, key: string, keyStart: number, keyEnd: number): Slot {
    this.pos++;
    const behind = this.pos;
    if (this.skipInFlow(indent) && !this.atFlowEnd()) {
      const value = this.flowNode(indent);
      const { valueStart } = this;
      if (indent >= 0 && this.isBlockBelow(behind, valueStart, valueStart + value.width)) this.blockBelow = this.cut = true;
      return this.slot(start, last, false, key, keyStart, keyEnd, valueStart, value);
    }
    return this.slot(start, last, false, key, keyStart, keyEnd, behind, new Leaf(0, null, 'plain'));
  }

  /** Is what stands behind a colon a key itself, on a line of its own and further in: `key:`, and below it `other:`? */
  private isBlockBelow(behind: number, start: number, end: number): boolean {
    const { text, line } = this;
    if (start < line || behind > line || this.flowEnd !== Number.POSITIVE_INFINITY || !this.isIndicator(colon, end)) return false;
    const lineAbove = text.lastIndexOf('\n', behind - 1) + 1;
    return start - line > this.marginOf(lineAbove) && !this.isClosedBelow();
  }

  private marginOf(line: number): number {
    let end = line;
    while (this.isBlank(end)) end++;
    return end - line;
  }

  /** Does the line that ends what stands below the opening one begin with a closing bracket? It is looked for so far and no further. */
  private isClosedBelow(): boolean {
    const { text } = this;
    const margin = this.marginOf(this.flowLine);
    let { line } = this;
    for (let count = 0; count < mostLines; count++) {
      line = text.indexOf('\n', line) + 1;
      if (line === 0) return false;
      const column = this.marginOf(line);
      const code = text.charCodeAt(line + column);
      if (column <= margin && code !== lineFeed && code !== carriageReturn) return isCloser(code);
    }
    return false;
  }

  private atFlowEnd(): boolean {
    const code = this.text.charCodeAt(this.pos);
    return code === comma || isCloser(code);
  }

  /** An item of a flow list; `key: value` in it is a map of one entry. */
  private flowItem(indent: number, last: number): Slot {
    const { pos: start, links } = this;
    const explicit = this.isIndicator(question, start);
    let pair: Slot;
    if (explicit) pair = this.flowEntry(indent, start);
    else if (this.isFlowColon(false)) pair = this.flowPair(indent, start, start, '', start, start);
    else {
      const node = this.flowNode(indent);
      const { valueStart } = this;
      const json = node.kind === 'alias' || (node.kind === 'scalar' ? node.style !== 'plain' : true);
      const end = valueStart + node.width;
      const isPair = this.skipInFlow(indent) && this.isFlowColon(json);
      if (!isPair) return this.slot(start, last, false, '', start, start, valueStart, node);
      pair = this.flowPair(indent, start, start, this.keyOf(node, valueStart, end), valueStart, end);
    }
    const layout = { flow: true, column: -1, indent: -1, regular: false, linked: this.links !== links };
    const value = new Branch('map', slotWidth(pair), [pair], layout);
    return this.slot(start, last, false, '', start, start, start, value);
  }

  private flowNode(indent: number): Green {
    let anchor: string | undefined;
    let tag: string | undefined;
    for (;;) {
      const code = this.text.charCodeAt(this.pos);
      if (code === ampersand) anchor = this.word();
      else if (code === exclamation) tag = this.tagWord();
      else return this.named(anchor, this.inline(indent, tag, true));
      const behind = this.pos;
      if (!this.skipInFlow(indent) || this.atFlowEnd() || this.isFlowColon(false)) {
        this.valueStart = behind;
        return this.named(anchor, new Leaf(0, tag === undefined ? null : taggedValue(tag, ''), 'plain'));
      }
    }
  }
}

function isCloser(code: number): boolean {
  return code === closeBracket || code === closeBrace;
}

function isReserved(code: number): boolean {
  return code === at || code === backtick;
}

/** May a line that starts with this be a key, when nothing is open? */
function isOrdinary(code: number): boolean {
  if (code !== code || isCloser(code) || code === comma || code === hash || code === byteOrderMark) return false;
  return code !== space && code !== tab && code !== lineFeed && code !== carriageReturn;
}

function quoted(text: Source, start: number, end: number): string {
  const words = text.slice(start, end);
  return `\`${words.length > 40 ? `${words.slice(0, 39)}…` : words}\``;
}
