/** What every report needs: where a finding is, in lines and columns, and under which name its file is shown. */
import type { Finding, Span } from '../core/finding.ts';
import type { Rule } from '../core/rule.ts';

/** What a report may ask about the files and rules its findings name. */
export interface Sources {
  /** The text that was checked. */
  text(uri: string): string | undefined;
  /** The path shown, with forward slashes. */
  name(uri: string): string;
  /** The built-in rules by id; findings may name others. */
  readonly rules: ReadonlyMap<string, Rule>;
}

/** Both count from 1; columns are UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The end is exclusive. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** Where a span of a file is. The lines of a file are counted once per locator; an unknown file is all at 1:1. */
export type Locator = (uri: string, span: Span) => Range;

/** A locator over the texts of a run. */
export function locator(sources: Sources): Locator {
  const known = new Map<string, readonly number[]>();
  const startsOf = (uri: string) => {
    const starts = known.get(uri) ?? lineStarts(sources.text(uri));
    known.set(uri, starts);
    return starts;
  };
  return (uri, span) => {
    const starts = startsOf(uri);
    return { start: positionIn(starts, span.start), end: positionIn(starts, span.end) };
  };
}

/** The offset at which each line begins. A byte order mark is not part of the first line. */
function lineStarts(text: string | undefined): readonly number[] {
  if (text === undefined) return [Number.POSITIVE_INFINITY];
  const starts = [text.startsWith('\uFEFF') ? 1 : 0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  return starts;
}

function positionIn(starts: readonly number[], offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: Math.max(0, offset - (starts[low] as number)) + 1 };
}

/** Findings by the URI of their file, in the order they come. */
export function byFile(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.uri);
    if (group) group.push(finding);
    else groups.set(finding.uri, [finding]);
  }
  return groups;
}
