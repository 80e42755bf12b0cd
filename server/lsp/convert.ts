/** The border between Lintel and the protocol: the only place where offsets become positions, and findings diagnostics. */
import {
  type CodeDescription,
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
  type Position,
  type TextEdit as ProtocolEdit,
  type Range,
  type SnippetTextEdit,
  type TextDocumentEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Finding, Severity, Span, TextEdit } from '../core/finding.ts';
import { groupBy } from '../core/group.ts';

/** Positions of one text: offsets are UTF-16 code units, as the protocol's default encoding is. */
export interface Lines {
  range(span: Span): Range;
  offset(position: Position): number;
}

/** Makes `Lines` of a text, or of a buffer, which keeps where its lines begin from one edit to the next. */
export function linesOf(text: string | TextDocument): Lines {
  const document = typeof text === 'string' ? TextDocument.create('', '', 0, text) : text;
  return {
    range: ({ start, end }) => ({ start: document.positionAt(start), end: document.positionAt(end) }),
    offset: (position) => document.offsetAt(position),
  };
}

/** What the conversion must know of other files: their text and, where a buffer is open, its version. */
export interface Texts {
  text(uri: string): string | undefined;
  /** The positions of that text; of an empty one when there is none. */
  lines(uri: string): Lines;
  version(uri: string): number | null;
}

const severityOf: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warn: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

const tagOf = { deprecated: DiagnosticTag.Deprecated, unnecessary: DiagnosticTag.Unnecessary } as const;

/** The diagnostic of a finding; `lines` are those of the finding's own file. */
export function toDiagnostic(finding: Finding, lines: Lines, texts: Texts): Diagnostic {
  const description: { codeDescription?: CodeDescription } = finding.href ? { codeDescription: { href: finding.href } } : {};
  return {
    range: lines.range(finding),
    severity: severityOf[finding.severity],
    source: 'lintel',
    code: finding.rule,
    ...description,
    message: finding.message,
    ...(finding.tags?.length ? { tags: finding.tags.map((tag) => tagOf[tag]) } : {}),
    ...(finding.related?.length ? { relatedInformation: toRelated(finding, texts) } : {}),
  };
}

function toRelated(finding: Finding, texts: Texts): DiagnosticRelatedInformation[] {
  return (finding.related ?? []).flatMap(({ uri, start, end, message }) => {
    const known = texts.text(uri) !== undefined;
    return known ? [{ location: { uri, range: texts.lines(uri).range({ start, end }) }, message }] : [];
  });
}

/** Which forms of a workspace edit the client takes. */
export interface EditForms {
  /** Edits tied to a document's version. */
  readonly versioned: boolean;
  /** Edits with tab stops. */
  readonly snippets: boolean;
}

/** One edit of one file; a `snippet` takes the new text's place where the client knows snippets. */
export interface OutgoingEdit extends TextEdit {
  readonly snippet?: string;
}

/** A workspace edit of several files, tied to the open buffers' versions where the client allows. */
export function toWorkspaceEdit(edits: readonly OutgoingEdit[], texts: Texts, forms: EditForms): WorkspaceEdit {
  const byFile = groupBy(edits, (edit) => edit.uri);
  if (!forms.versioned) {
    return { changes: Object.fromEntries([...byFile].map(([uri, of]) => [uri, toEdits(uri, of, texts)])) };
  }
  const documentChanges = [...byFile].map(([uri, of]): TextDocumentEdit => ({
    textDocument: { uri, version: texts.version(uri) },
    edits: forms.snippets ? toSnippetEdits(uri, of, texts) : toEdits(uri, of, texts),
  }));
  return { documentChanges };
}

function toEdits(uri: string, edits: readonly OutgoingEdit[], texts: Texts): ProtocolEdit[] {
  const lines = texts.lines(uri);
  return edits.map((edit) => ({ range: lines.range(edit), newText: edit.newText }));
}

function toSnippetEdits(uri: string, edits: readonly OutgoingEdit[], texts: Texts): (ProtocolEdit | SnippetTextEdit)[] {
  const plain = toEdits(uri, edits, texts);
  return plain.map((edit, index) => {
    const snippet = edits[index]?.snippet;
    return snippet === undefined ? edit : { range: edit.range, snippet: { kind: 'snippet', value: snippet } };
  });
}

/** The smallest single edit that turns one text into another, so that cursors and folds outside it stay. */
export function replaceText(uri: string, before: string, after: string): TextEdit[] {
  if (before === after) return [];
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  while (start > 0 && (splits(before, start) || splits(after, start))) start--;
  let tail = 0;
  while (tail < shorter - start && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  while (tail > 0 && (splits(before, before.length - tail) || splits(after, after.length - tail))) tail--;
  return [{ uri, start, end: before.length - tail, newText: after.slice(start, after.length - tail) }];
}

/** Does an offset fall inside a CRLF or a surrogate pair, where no position is? */
function splits(text: string, offset: number): boolean {
  return /^(?:\r\n|[\uD800-\uDBFF][\uDC00-\uDFFF])$/.test(text.slice(offset - 1, offset + 1));
}
