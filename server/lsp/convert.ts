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
  type TextDocumentContentChangeEvent,
  type TextDocumentEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import type { Finding, Severity, Span, TextEdit } from '../core/finding.ts';
import { groupBy } from '../core/group.ts';
import type { Change, Text } from '../core/tree/text.ts';

/** Positions of one text: offsets are UTF-16 code units, as the protocol's default encoding is. */
export interface Lines {
  range(span: Span): Range;
  offset(position: Position): number;
}

/** Makes `Lines` of a text. Places outside of it are taken for the nearest inside; none is between CR and LF. */
export function linesOf(text: Text): Lines {
  const isLineEnd = (offset: number) => /[\r\n]/.test(text.slice(offset, offset + 1));
  const position = (offset: number): Position => {
    const inside = Math.min(Math.max(offset, 0), text.length);
    const line = text.lineOf(inside);
    const character = inside - text.lineStart(line);
    return { line, character: character > 0 && isLineEnd(inside - 1) ? character - 1 : character };
  };
  return {
    range: ({ start, end }) => ({ start: position(start), end: position(end) }),
    offset({ line, character }) {
      const start = text.lineStart(line);
      const next = text.lineStart(line + 1);
      let offset = Math.min(start + Math.max(character, 0), next);
      while (offset > start && isLineEnd(offset - 1)) offset--;
      return offset;
    },
  };
}

/** The changes that a client sends, each placed in the text that the one before leaves. */
export function toChanges(text: Text, sent: readonly TextDocumentContentChangeEvent[]): Change[] {
  const changes: Change[] = [];
  let now = text;
  for (const event of sent) {
    const lines = linesOf(now);
    const [a, b] = 'range' in event ? [lines.offset(event.range.start), lines.offset(event.range.end)] : [0, now.length];
    const change = { start: Math.min(a, b), end: Math.max(a, b), newText: event.text };
    changes.push(change);
    now = now.change(change);
  }
  return changes;
}

/** What the conversion must know of other files: their text and, where a buffer is open, its version. */
export interface Texts {
  text(uri: string): string | undefined;
  has(uri: string): boolean;
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
    return texts.has(uri) ? [{ location: { uri, range: texts.lines(uri).range({ start, end }) }, message }] : [];
  });
}

/** Which forms of a workspace edit the client takes. */
export interface EditForms {
  /** Edits tied to a document's version. */
  readonly versioned: boolean;
  /** Edits with tab stops. */
  readonly snippets: boolean;
  /** Edits that a person confirms before they are applied. */
  readonly confirmed: boolean;
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

/** A workspace edit that the client shows before it applies it, where it can. */
export function toPreviewedEdit(edits: readonly TextEdit[], texts: Texts, forms: EditForms, label: string): WorkspaceEdit {
  const plain = toWorkspaceEdit(edits, texts, { ...forms, snippets: false });
  if (!forms.confirmed || !plain.documentChanges) return plain;
  const documentChanges = (plain.documentChanges as TextDocumentEdit[]).map((change) => ({
    ...change,
    edits: (change.edits as ProtocolEdit[]).map((edit) => ({ ...edit, annotationId: 'addition' })),
  }));
  return { documentChanges, changeAnnotations: { addition: { label, needsConfirmation: true } } };
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
