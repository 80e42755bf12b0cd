/** Completion: references and names where one is being written, else keywords. */
import {
  type CompletionItem,
  CompletionItemKind,
  CompletionTriggerKind,
  InsertTextFormat,
  MarkupKind,
} from 'vscode-languageserver/node';
import type { KeywordCompletion } from '../core/keywords.ts';
import type { NameCompletion } from '../core/names.ts';
import type { ReferenceCompletion } from '../core/references.ts';
import type { Lines } from './convert.ts';
import type { KeywordHelp } from './keywords.ts';
import type { Session } from './session.ts';

/** What a reference goes on with, what a key of JSON begins with, and the blank before a value of YAML. */
export const completionTriggers = ['/', '#', '"', "'", '.', ' '];

/** Does a character that was just typed also begin a keyword or one of its values? Letters do so unasked, as everywhere. */
function beginsKeyword(typed: string, line: string, language: string | undefined): boolean {
  return language === 'json' ? typed === '"' : typed === ' ' && /^[\s-]*[\w$'"-]+: $/.test(line);
}

/** Answers `textDocument/completion`. */
export function serveCompletion({ connection, client, lintel, texts, answer, settings }: Session, keywords: KeywordHelp): void {
  connection.onCompletion(({ textDocument: { uri }, position, context }, token) =>
    answer(token, async (signal): Promise<CompletionItem[] | null> => {
      const text = texts.text(uri);
      if (text === undefined || !(await settings.of(uri)).enable) return null;
      const lines = texts.lines(uri);
      const offset = lines.offset(position);
      const references = lintel.completeReference(uri, offset);
      if (references) return references.map((item, index) => toReference(item, index, lines));
      const inRuleset = await lintel.completeRuleset(uri, offset, await settings.of(uri));
      if (inRuleset) return inRuleset.map((item, index) => toKeyword(item, index, lines, client.completionSnippets));
      const typed = context?.triggerKind === CompletionTriggerKind.TriggerCharacter ? context.triggerCharacter : undefined;
      const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
      const isIndenting = typed === ' ' && line.trim() === '';
      const names = isIndenting ? undefined : lintel.completeName(uri, offset);
      if (names) return names.map((item, index) => toName(item, index, lines));
      if (typed !== undefined && !beginsKeyword(typed, line, lintel.descriptionOf(uri)?.language)) return null;
      const items = await keywords.ask(uri, offset, (known, question) => known.complete(question, signal), signal);
      return items?.map((item, index) => toKeyword(item, index, lines, client.completionSnippets)) ?? null;
    }),
  );
}

const kinds = {
  pointer: CompletionItemKind.Reference,
  file: CompletionItemKind.File,
  folder: CompletionItemKind.Folder,
  property: CompletionItemKind.Property,
  value: CompletionItemKind.Value,
  name: CompletionItemKind.Reference,
} as const;

function toReference(item: ReferenceCompletion | NameCompletion, index: number, lines: Lines): CompletionItem {
  const { label, kind, insert, filter, ...span } = item;
  return {
    label,
    kind: kinds[kind],
    filterText: filter,
    sortText: inOrder(index),
    textEdit: { range: lines.range(span), newText: insert },
  };
}

function toName(item: NameCompletion, index: number, lines: Lines): CompletionItem {
  const { detail, documentation } = item;
  return {
    ...toReference(item, index, lines),
    detail,
    ...(documentation === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value: documentation } }),
  };
}

function toKeyword(item: KeywordCompletion, index: number, lines: Lines, snippets: boolean): CompletionItem {
  const { label, kind, insert, documentation } = item;
  return {
    label,
    kind: kinds[kind],
    sortText: inOrder(index),
    insertTextFormat: snippets ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    ...(documentation ? { documentation: { kind: MarkupKind.Markdown, value: documentation } } : {}),
    textEdit: { range: lines.range(item), newText: snippets ? insert : withoutTabStops(insert) },
  };
}

/** The order of the specification is better than that of the alphabet. */
function inOrder(index: number): string {
  return String(index).padStart(4, '0');
}

/** Plain text of a snippet: placeholders and the first of choices as they are, tab stops gone. */
function withoutTabStops(snippet: string): string {
  return snippet.replace(/\$\{\d+[:|]([^}|,]*)[^}]*\}|(?<!\\)\$(?:\d+|\{\d+\})/g, '$1').replace(/\\([$}\\])/g, '$1');
}
