/** What Lintel says about a document: findings and the edits that mend them. Offsets are UTF-16 code units, from 0. */

export type Severity = 'error' | 'warn' | 'info' | 'hint';

/** Severities from the gravest to the mildest. */
export const severities: readonly Severity[] = ['error', 'warn', 'info', 'hint'];

/** A place in a document's tree: keys and list indexes from the root. */
export type Path = readonly (string | number)[];

/** A half-open range of UTF-16 offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface TextEdit extends Span {
  readonly uri: string;
  readonly newText: string;
}

/** `safe`: behaviour can only get better, may run unattended. `suggestion`: a person should look. */
export type Safety = 'safe' | 'suggestion';

export interface Fix {
  /** Imperative, no full stop: "Add the Retry-After header". */
  readonly title: string;
  readonly safety: Safety;
  /** Non-overlapping edits against the text that was checked; may touch several files. */
  edits(): readonly TextEdit[];
}

export interface Related extends Span {
  readonly uri: string;
  readonly message: string;
}

export interface Finding extends Span {
  /** The file the mistake stands in: not always the file that was checked. */
  readonly uri: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** Where it is in the tree, for API documents. */
  readonly path?: Path;
  readonly related?: readonly Related[];
  readonly tags?: readonly ('deprecated' | 'unnecessary')[];
  /** The page that explains the rule. */
  readonly href?: string;
  /** A host that would have to be allowed before more can be said. */
  readonly host?: string;
  /** Builds the mend on demand; absent where the rule has none for this finding. */
  readonly fix?: Fix;
}

/** Order by file, place, rule, message: the order of every report. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.uri, b.uri) ||
    a.start - b.start ||
    a.end - b.end ||
    compareText(a.rule, b.rule) ||
    compareText(a.message, b.message)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
