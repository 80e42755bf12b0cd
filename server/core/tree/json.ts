/** JSON text to green nodes; comments are allowed, as editors allow them. A string without end stops with its line. */
import { Branch, deepest, type Fault, type Green, headOf, keyString, Leaf, Leaves, Slot, slotWidth } from './green.ts';
import type { Kept } from './kept.ts';
import { Source } from './source.ts';
import { Text } from './text.ts';
import { type Parsed, type Tree, treeOf } from './tree.ts';

/** Parses JSON. Never throws: what cannot be read stands in `errors`. What an edit left as it was is taken from the tree before. */
export function parseJson(source: string | Text, kept?: Kept): Tree {
  const text = typeof source === 'string' ? Text.of(source) : source;
  const read = new Source(kept ? text : text.toString());
  const parsed = new Reader(read, 0, kept).document();
  return treeOf('json', text, parsed, kept?.richer(parsed.lost));
}

/** Where a piece of an object or array stands. */
export interface FlowContext {
  readonly kind: 'map' | 'list';
  /** How many branches stand around the object or array. */
  readonly depth: number;
  /** The piece ends at the closing brace or bracket, else at the next member. */
  readonly last: boolean;
}

/**
 * Parses members of an object or array by themselves: from the start of one to the start of another. Undefined when
 * they cannot be told from the text alone, because something is still open at its end.
 */
export function parseMembers(text: Source, context: FlowContext, kept?: Kept): readonly Slot[] | undefined {
  return new Reader(text, context.depth, kept).slots(context);
}

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const quote = 34;
const asterisk = 42;
const comma = 44;
const slash = 47;
const hash = 35;
const colon = 58;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** Whether a string is a name is told from so many characters. */
const longestName = 4096;

const leaves = new Leaves();

class Reader {
  private readonly text: Source;
  private readonly kept: Kept | undefined;
  private pos = 0;
  private depth: number;
  private faults: Fault[] | undefined;
  /** Where the value that was read last starts. */
  private valueStart = 0;
  private keySum = 0;
  /** Objects and arrays around the position. */
  private nesting = 0;
  /** What stands behind the text is the closing brace or bracket of what it is read in. */
  private closes = false;
  /** The text ended inside of something. */
  private cut = false;

  constructor(text: Source, depth: number, kept: Kept | undefined) {
    this.text = text;
    this.depth = depth;
    this.kept = kept;
  }

  document(): Parsed {
    if (this.text.startsWith('\uFEFF')) this.pos = 1;
    let root: Green | undefined;
    if (this.skip()) root = this.value();
    else this.fault(this.pos, this.pos, 'A value is missing here.');
    const start = this.valueStart;
    const more = this.skip();
    if (more) this.fault(this.pos, this.lineEnd(this.pos), 'The document ends before this text.');
    const lost = more ? this.text.length - this.pos : 0;
    return { root, start, end: this.text.length, faults: this.faults, lost };
  }

  slots({ kind, last }: FlowContext): readonly Slot[] | undefined {
    this.nesting = this.depth;
    this.closes = last;
    const slots: Slot[] = [];
    const end = this.members(kind === 'map', 0, slots);
    const whole = this.pos === this.text.length && !this.cut && this.faults === undefined;
    return whole && slots[0]?.gap === 0 && (end === 'comma' || (last && end === 'value')) ? slots : undefined;
  }

  private fault(start: number, end: number, message: string): void {
    this.faults ??= [];
    this.faults.push({ start, end, message });
  }

  /** Goes on to the next token, over blanks and comments. False at the end of the text. */
  private skip(): boolean {
    const { text } = this;
    let { pos } = this;
    for (;;) {
      const code = text.charCodeAt(pos);
      if (code === space || code === lineFeed || code === carriageReturn || code === tab) pos++;
      else if (code === slash && text.charCodeAt(pos + 1) === slash) {
        const end = text.indexOf('\n', pos);
        this.cut ||= end < 0;
        pos = end < 0 ? text.length : end;
      } else if (code === slash && text.charCodeAt(pos + 1) === asterisk) {
        const end = text.indexOf('*/', pos + 2);
        if (end < 0) {
          this.cut = true;
          this.fault(pos, pos + 2, 'The comment that opens here is never closed.');
        }
        pos = end < 0 ? text.length : end + 2;
      } else if (code === hash && /[ \t#]/.test(text.slice(pos + 1, pos + 2))) {
        const end = this.lineEnd(pos);
        this.fault(pos, end, 'JSON has no comments that begin with `#`; remove it.');
        pos = end;
      } else {
        this.pos = pos;
        return code === code;
      }
    }
  }

  private lineEnd(position: number): number {
    const end = this.text.indexOf('\n', position);
    if (end < 0) return this.text.length;
    return end > position && this.text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end;
  }

  private value(): Green {
    const { pos: start } = this;
    this.valueStart = start;
    const code = this.text.charCodeAt(start);
    if (code === openBrace || code === openBracket) return this.branch(code === openBrace);
    if (code === quote) {
      const end = this.stringEnd();
      const known = leaves.find(this.text, start, end);
      return known ?? leaves.keep(this.text, start, end, new Leaf(end - start, this.stringValue(start), 'double'));
    }
    const end = this.wordEnd(start);
    const word = this.text.slice(start, end);
    this.pos = end;
    if (word === 'true' || word === 'false') return new Leaf(end - start, word === 'true', 'plain');
    if (word === 'null') return new Leaf(end - start, null, 'plain');
    if (number.test(word)) return new Leaf(end - start, Number(word), 'plain');
    this.fault(start, end, `\`${shortened(word)}\` is no JSON value.`);
    return new Leaf(end - start, word, 'plain');
  }

  /** The end of whatever stands there without quotes: at least one character. */
  private wordEnd(start: number): number {
    const { text } = this;
    let end = start;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code <= space || code === comma || code === colon || code === quote) break;
      if (code === openBrace || code === closeBrace || code === openBracket || code === closeBracket) break;
      if (code === slash && (text.charCodeAt(end + 1) === slash || text.charCodeAt(end + 1) === asterisk)) break;
    }
    return Math.max(end, start + 1);
  }

  /** Goes behind the string at the position. */
  private stringEnd(): number {
    const { text, pos: start } = this;
    let sum = 0;
    for (let pos = start + 1; ; pos++) {
      const code = text.charCodeAt(pos);
      if (code === quote) {
        this.keySum = sum ^ (sum >>> 12);
        return (this.pos = pos + 1);
      }
      if (code === backslash && text.charCodeAt(pos + 1) >= space) pos++;
      else if (code === lineFeed || code !== code) {
        this.cut ||= code !== code;
        this.pos = this.lineEnd(start);
        this.fault(start, this.pos, 'The string that opens here is never closed.');
        return this.pos;
      } else if (code < space && !(code === carriageReturn && text.charCodeAt(pos + 1) === lineFeed)) {
        this.fault(pos, pos + 1, 'A control character in a string must be written as an escape.');
      }
      sum = (Math.imul(sum, 31) + code) | 0;
    }
  }

  /** The value of the string from `start` to the position, which may lack its closing quote. */
  private stringValue(start: number): string {
    const { text, pos: end } = this;
    const closed = end > start + 1 && text.charCodeAt(end - 1) === quote;
    const inner = text.slice(start + 1, closed ? end - 1 : end);
    if (!inner.includes('\\')) return inner;
    let value = '';
    let last = 0;
    const token = /\\(?:u([\da-fA-F]{4})|([^]?))/g;
    for (let match = token.exec(inner); match; match = token.exec(inner)) {
      const [found, code, letter = ''] = match;
      const plain = code === undefined ? escapes[letter] : String.fromCharCode(Number.parseInt(code, 16));
      const from = start + 1 + match.index;
      if (plain === undefined) this.fault(from, from + found.length, `\`${found}\` is no escape that JSON has.`);
      value += inner.slice(last, match.index) + (plain ?? found);
      last = match.index + found.length;
    }
    return value + inner.slice(last);
  }

  /** An object or array. */
  private branch(isMap: boolean): Branch | Leaf {
    const { pos: start } = this;
    if (this.depth >= deepest) return this.tooDeep();
    this.depth++;
    this.nesting++;
    this.pos++;
    const slots: Slot[] = [];
    const last = this.members(isMap, start, slots);
    const closed = last === 'closed';
    if (!closed) {
      const word = isMap ? 'brace' : 'bracket';
      if (!this.cut) this.fault(start, start + 1, `The ${word} that opens here is never closed.`);
      this.cut ||= this.pos >= this.text.length;
    }
    this.depth--;
    this.nesting--;
    this.valueStart = start;
    let end = start + 1;
    for (const { gap } of slots) end += gap;
    if (slots.length > 0) end += slotWidth(slots.at(-1) as Slot) - 1;
    const layout = { flow: true, column: -1, indent: -1, regular: closed, linked: false };
    return new Branch(isMap ? 'map' : 'list', (closed ? this.pos : end) - start, slots.slice(), layout);
  }

  /** Reads members up to the closing brace or bracket, and says what stood last. */
  private members(isMap: boolean, start: number, slots: Slot[]): 'closed' | 'comma' | 'value' | 'nothing' {
    const { text } = this;
    const outer = this.faults;
    const closer = isMap ? closeBrace : closeBracket;
    this.faults = undefined;
    let last = start;
    let before: 'comma' | 'value' | 'nothing' = 'nothing';
    let commaAt = 0;
    let result: 'closed' | 'comma' | 'value' | 'nothing' | undefined;
    let first = outer;
    const settle = () => {
      const { faults } = this;
      this.faults = undefined;
      if (!faults) return;
      const slot = slots.pop();
      if (!slot) first = [...(first ?? []), ...faults];
      else {
        const own = faults.map((fault) => ({ start: fault.start - last, end: fault.end - last, message: fault.message }));
        slots.push(slot.holding(slot.value, [...(slot.faults ?? []), ...own]));
      }
    };
    while (result === undefined) {
      if (!this.skip()) {
        if (this.closes && before === 'comma') this.lastComma(commaAt);
        result = before;
        break;
      }
      const { pos } = this;
      const code = text.charCodeAt(pos);
      if (code === closer) {
        if (before === 'comma') this.lastComma(commaAt);
        this.pos++;
        result = 'closed';
      } else if (code === closeBrace || code === closeBracket) {
        if (this.nesting > 1) result = before;
        else {
          this.fault(pos, pos + 1, `\`${text.charAt(pos)}\` closes nothing that is open here.`);
          this.pos++;
        }
      } else if (code === comma) {
        if (before !== 'value') this.fault(pos, pos + 1, 'Something is missing before this comma.');
        before = 'comma';
        commaAt = pos;
        this.pos++;
      } else {
        if (before === 'value') this.fault(pos, pos + 1, 'A comma is missing before this.');
        settle();
        const slot = this.keptSlot(isMap, last) ?? (isMap ? this.property(pos, last) : this.element(pos, last));
        slots.push(slot);
        last = pos;
        before = 'value';
      }
    }
    settle();
    this.faults = first;
    return result;
  }

  /** The slot at the position, from the tree before an edit; the position is then at its end. */
  private keptSlot(isMap: boolean, last: number): Slot | undefined {
    const { kept, pos } = this;
    const slot = kept?.slotAt(pos, isMap ? 'map' : 'list', -1, this.depth);
    if (!slot) return undefined;
    this.pos = pos + slotWidth(slot);
    return slot.at(pos - last);
  }

  private lastComma(offset: number): void {
    this.fault(offset, offset + 1, 'Nothing follows this comma: take it away.');
  }

  private element(start: number, last: number): Slot {
    const value = this.value();
    const valueStart = this.valueStart - start;
    return new Slot(start - last, headOf('', 0, 0, valueStart, false), value);
  }

  private property(start: number, last: number): Slot {
    const { text } = this;
    let key: string;
    let colonRead = false;
    if (text.charCodeAt(start) === quote) {
      const end = this.stringEnd();
      const closed = end > start + 1 && text.charCodeAt(end - 1) === quote;
      const plain = closed && !text.slice(start, end).includes('\\');
      key = plain ? keyString(text, start + 1, end - 1, this.keySum) : this.stringValue(start);
    } else if (text.charCodeAt(start) === colon) {
      key = '';
      this.fault(start, start + 1, 'A property name is missing before this colon.');
    } else {
      this.pos = this.wordEnd(start);
      key = text.slice(start, this.pos);
      this.fault(start, this.pos, `\`${shortened(key)}\` is no property name: write it in double quotes.`);
    }
    const keyEnd = key === '' && text.charCodeAt(start) === colon ? start : this.pos;
    let behind = keyEnd;
    let more = this.skip();
    let code = text.charCodeAt(this.pos);
    if (more && code === colon) {
      colonRead = true;
      behind = ++this.pos;
      more = this.skip();
      code = text.charCodeAt(this.pos);
    }
    const ended = !more || code === comma || code === closeBrace || code === closeBracket;
    const unnamed = this.faults !== undefined;
    if (!colonRead && !unnamed)
      this.fault(start, keyEnd, `A colon is missing behind \`${shortened(text.slice(start, keyEnd))}\`.`);
    else if (ended && colonRead && (more || this.closes)) this.fault(behind, behind, 'A value is missing here.');
    const value = ended || (!colonRead && unnamed) || (!colonRead && this.isName()) ? undefined : this.value();
    const valueStart = (value ? this.valueStart : behind) - start;
    const head = headOf(key, 0, keyEnd - start, valueStart, false);
    return new Slot(start - last, head, value ?? new Leaf(0, null, 'plain'));
  }

  /** Is the next string a property's name, with a colon behind it? */
  private isName(): boolean {
    return /^"(?:[^"\\\n]|\\.)*"\s*:/.test(this.text.slice(this.pos, this.pos + longestName));
  }

  /** Over an object or array beyond the nesting limit. */
  private tooDeep(): Leaf {
    const { text, pos: start } = this;
    this.fault(start, start + 1, `The nesting is deeper than ${deepest} levels.`);
    let open = 0;
    while (this.skip()) {
      const code = text.charCodeAt(this.pos);
      if (code === quote) this.stringEnd();
      else this.pos++;
      if (code === openBrace || code === openBracket) open++;
      else if ((code === closeBrace || code === closeBracket) && --open === 0) break;
    }
    this.cut ||= open > 0;
    this.valueStart = start;
    return new Leaf(0, null, 'plain');
  }
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function shortened(word: string): string {
  return word.length > 40 ? `${word.slice(0, 39)}…` : word;
}
