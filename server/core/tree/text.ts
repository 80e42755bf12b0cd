/**
 * A document's text in pieces, so that an edit in ten megabytes copies one piece, and lines are counted per piece.
 * Immutable: an edit gives a new text that shares the other pieces. Offsets are UTF-16 code units; a line ends with
 * LF, CR LF or CR, as in the language server protocol.
 */
import type { Span } from '../finding.ts';

/** One replaced range. */
export interface Change extends Span {
  readonly newText: string;
}

/** Flat, never empty; a CR LF never stands across two pieces. */
interface Piece {
  readonly text: string;
  /** Offsets in the piece behind each line end, once they were asked for. */
  breaks: Uint32Array | undefined;
}

/** Pieces are cut to this length, and cut again when edits have made them twice as long. */
const usual = 16_384;

export class Text {
  readonly length: number;
  readonly #pieces: readonly Piece[];
  /** The offset of each piece. */
  readonly #starts: Float64Array;
  /** The line each piece begins in, counted when a line is first asked for. */
  #lines: Float64Array | undefined;
  #whole: string | undefined;
  /** Words that were looked for and do not stand anywhere. */
  readonly #lacking = new Set<string>();

  private constructor(pieces: readonly Piece[], whole?: string) {
    this.#pieces = pieces;
    this.#starts = new Float64Array(pieces.length);
    let length = 0;
    for (let index = 0; index < pieces.length; index++) {
      this.#starts[index] = length;
      length += (pieces[index] as Piece).text.length;
    }
    this.length = length;
    this.#whole = whole;
  }

  static of(text: string): Text {
    return new Text(cut(text), text);
  }

  /** The whole text; joined once. */
  toString(): string {
    this.#whole ??= this.#pieces.map((piece) => piece.text).join('');
    return this.#whole;
  }

  /** Like `String.slice` for offsets within the text. */
  slice(start: number, end = this.length): string {
    if (this.#whole !== undefined) return this.#whole.slice(start, end);
    if (start >= end) return '';
    let index = this.#pieceAt(start);
    let result = '';
    for (; index < this.#pieces.length; index++) {
      const from = this.#starts[index] as number;
      if (from >= end) break;
      const { text } = this.#pieces[index] as Piece;
      result += text.slice(Math.max(start - from, 0), end - from);
    }
    return result;
  }

  /** Like `slice`, for what is kept: a slice keeps alive all of the string that it was cut from. */
  copy(start: number, end: number): string {
    return detached(this.slice(start, end));
  }

  /** NaN outside of the text. */
  charCodeAt(offset: number): number {
    const index = this.#pieceAt(offset);
    const piece = this.#pieces[index];
    return piece ? piece.text.charCodeAt(offset - (this.#starts[index] as number)) : Number.NaN;
  }

  /** Does the word, which is shorter than a piece, stand anywhere? What was not there an edit can only bring with its text. */
  includes(word: string): boolean {
    if (this.#lacking.has(word)) return false;
    const reach = word.length - 1;
    const found = this.#pieces.some(({ text }, index) => {
      const start = this.#starts[index] as number;
      return text.includes(word) || (index > 0 && this.slice(Math.max(start - reach, 0), start + reach).includes(word));
    });
    if (!found) this.#lacking.add(word);
    return found;
  }

  /** The text with one range replaced. */
  change({ start, end, newText }: Change): Text {
    if (this.length === 0) return Text.of(newText);
    let first = this.#pieceAt(start);
    let last = this.#pieceAt(Math.max(start, end - 1));
    const startOf = (index: number) => this.#starts[index] as number;
    const textOf = (index: number) => this.#pieces[index]?.text ?? '';
    let head = textOf(first).slice(0, start - startOf(first));
    let tail = textOf(last).slice(end - startOf(last));
    // A CR and the LF behind it stay together.
    if (tail === '' && textOf(last + 1).startsWith('\n')) tail = textOf(++last);
    if (head === '' && textOf(first - 1).endsWith('\r')) head = textOf(--first);
    const joined = cut(flat(head + newText + tail));
    const next = new Text([...this.#pieces.slice(0, first), ...joined, ...this.#pieces.slice(last + 1)]);
    for (const word of this.#lacking) {
      const reach = word.length - 1;
      const around = next.slice(Math.max(start - reach, 0), start + newText.length + reach);
      if (!around.includes(word)) next.#lacking.add(word);
    }
    return next;
  }

  get lineCount(): number {
    const lines = this.#lineTable();
    const last = this.#pieces.at(-1);
    return last ? (lines.at(-1) as number) + breaksOf(last).length + 1 : 1;
  }

  /** The line, from 0, that an offset stands in; offsets outside are taken for the nearest inside. */
  lineOf(offset: number): number {
    const index = this.#pieceAt(offset);
    const piece = this.#pieces[index];
    if (!piece) return 0;
    return (this.#lineTable()[index] as number) + above(breaksOf(piece), offset - (this.#starts[index] as number));
  }

  /** The offset a line begins at; lines behind the last begin at the end of the text. */
  lineStart(line: number): number {
    if (line <= 0) return 0;
    if (line >= this.lineCount) return this.length;
    const index = above(this.#lineTable(), line - 1) - 1;
    const breaks = breaksOf(this.#pieces[index] as Piece);
    return (this.#starts[index] as number) + (breaks[line - (this.#lines as Float64Array)[index]! - 1] as number);
  }

  #pieceAt(offset: number): number {
    return Math.max(above(this.#starts, offset) - 1, 0);
  }

  #lineTable(): Float64Array {
    if (this.#lines) return this.#lines;
    this.#lines = new Float64Array(this.#pieces.length);
    let line = 0;
    for (let index = 0; index < this.#pieces.length; index++) {
      this.#lines[index] = line;
      line += breaksOf(this.#pieces[index] as Piece).length;
    }
    return this.#lines;
  }
}

function cut(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (let start = 0; start < text.length;) {
    let end = text.length - start < 2 * usual ? text.length : start + usual;
    if (text[end] === '\n' && text[end - 1] === '\r') end++;
    pieces.push({ text: text.slice(start, end), breaks: undefined });
    start = end;
  }
  return pieces;
}

/** A string that keeps no other alive, as a slice keeps all that it was cut from. */
export function detached(text: string): string {
  return flat(`${text}\n`).slice(0, -1);
}

/** A sum of strings as one string: as a sum it keeps its parts alive until somebody looks into it. */
function flat(text: string): string {
  text.charCodeAt(0);
  return text;
}

function breaksOf(piece: Piece): Uint32Array {
  piece.breaks ??= findBreaks(piece.text);
  return piece.breaks;
}

function findBreaks(text: string): Uint32Array {
  const breaks: number[] = [];
  if (text.includes('\r')) {
    for (const match of text.matchAll(/\r\n|\n|\r/g)) breaks.push(match.index + match[0].length);
  } else {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) breaks.push(at + 1);
  }
  return new Uint32Array(breaks);
}

/** How many of the ascending numbers are not above the limit. */
function above(numbers: Uint32Array | Float64Array, limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
