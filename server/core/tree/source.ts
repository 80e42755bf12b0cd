/** A text as a parser reads it, from its start on. */
import type { Text } from './text.ts';

/** So much of a text in pieces is joined at a time, and so much of that stands before what is asked for. */
const usual = 4096;
const margin = 512;

/**
 * All of a text as one string, or a part of a text in pieces, of which only what the parser looks at is joined: after an edit
 * it takes most from the tree before, and to join ten megabytes takes longer than that. Its methods are those of `String`;
 * offsets count from its start.
 */
export class Source {
  readonly length: number;
  private readonly text: Text | undefined;
  /** Where it begins in the text. */
  private readonly from: number;
  private window: string;
  /** Where the window begins. */
  private start = 0;

  constructor(text: string | Text, from = 0, to = text.length) {
    this.length = to - from;
    this.from = from;
    this.text = typeof text === 'string' ? undefined : text;
    this.window = typeof text === 'string' ? text : '';
    if (this.length <= usual) this.move(0);
  }

  charCodeAt(offset: number): number {
    const at = offset - this.start;
    return at >= 0 && at < this.window.length ? this.window.charCodeAt(at) : this.elsewhere(offset);
  }

  charAt(offset: number): string {
    return this.slice(offset, offset + 1);
  }

  slice(start: number, end: number): string {
    const { window, text } = this;
    const [first, last] = [start - this.start, end - this.start];
    if (text === undefined || (first >= 0 && last >= 0 && last <= window.length)) return window.slice(first, last);
    return text.slice(this.from + start, this.from + Math.min(end, this.length));
  }

  startsWith(word: string, offset = 0): boolean {
    const at = offset - this.start;
    if (this.text === undefined || (at >= 0 && at + word.length <= this.window.length)) return this.window.startsWith(word, at);
    return this.slice(offset, offset + word.length) === word;
  }

  indexOf(word: string, offset: number): number {
    if (offset < this.start || offset >= this.end) this.move(offset);
    let found = this.window.indexOf(word, offset - this.start);
    while (found < 0 && this.end < this.length) {
      const { end } = this;
      this.move(end);
      // It may stand across the end of the window before.
      found = this.window.indexOf(word, end - this.start - word.length + 1);
    }
    return found < 0 ? found : this.start + found;
  }

  lastIndexOf(word: string, offset: number): number {
    if (offset < this.start || offset >= this.end) this.move(offset);
    let found = offset < 0 ? -1 : this.window.lastIndexOf(word, offset - this.start);
    while (found < 0 && this.start > 0) {
      this.move(this.start - usual + 2 * margin);
      found = this.window.lastIndexOf(word, offset - this.start);
    }
    return found < 0 ? found : this.start + found;
  }

  /** Does the word stand anywhere in the text, also where the source is a part of it? */
  includes(word: string): boolean {
    return (this.text ?? this.window).includes(word);
  }

  private get end(): number {
    return this.start + this.window.length;
  }

  private elsewhere(offset: number): number {
    if (this.text === undefined || !(offset >= 0 && offset < this.length)) return Number.NaN;
    this.move(offset);
    return this.window.charCodeAt(offset - this.start);
  }

  /** Takes a window around an offset; all of a string is its window. */
  private move(offset: number): void {
    if (this.text === undefined) return;
    this.start = Math.max(Math.min(offset, this.length) - margin, 0);
    const end = Math.min(this.start + usual, this.length);
    this.window = this.text.copy(this.from + this.start, this.from + end);
  }
}
