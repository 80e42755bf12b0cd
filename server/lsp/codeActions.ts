/** Code actions: mend one problem, all of a rule, all of a document; ignore one with a reason; show the rule's page. */
import { type CodeAction, CodeActionKind, type CodeActionParams } from 'vscode-languageserver/node';
import type { Finding } from '../core/finding.ts';
import { commands } from './commands.ts';
import { type OutgoingEdit, toDiagnostic, toWorkspaceEdit } from './convert.ts';
import { fixAllEdit } from './fixAll.ts';
import type { Session } from './session.ts';

/** The kind under which editors run Lintel's safe fixes on save. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.lintel`;

const placeholder = 'reason';

/** Answers `textDocument/codeAction`. */
export function serveCodeActions(session: Session): void {
  session.connection.onCodeAction((params, token) => session.answer(token, (signal) => codeActions(params, session, signal)));
}

async function codeActions(params: CodeActionParams, session: Session, signal: AbortSignal): Promise<CodeAction[]> {
  const { uri } = params.textDocument;
  if (session.texts.text(uri) === undefined) return [];
  const { only } = params.context;
  const wants = (kind: string) => !only || only.some((asked) => asked === '' || kind === asked || kind.startsWith(`${asked}.`));
  const all = (await session.reports.glance(uri, signal)).files.get(uri) ?? [];
  const actions: CodeAction[] = [];
  if (wants(CodeActionKind.QuickFix)) actions.push(...quickFixes(params, all, session));
  if (wants(fixAllKind)) actions.push(...(await fixAllActions(uri, all, only !== undefined, session)));
  return actions;
}

function quickFixes(params: CodeActionParams, all: readonly Finding[], session: Session): CodeAction[] {
  const lines = session.texts.lines(params.textDocument.uri);
  const [from, to] = [lines.offset(params.range.start), lines.offset(params.range.end)];
  const here = all.filter(({ start, end }) => start <= to && from <= end);
  const rules = [...new Set(here.map((finding) => finding.rule))];
  // Editors put what names no diagnostic last, behind what only ignores one.
  const diagnosed = (rule: string, action: CodeAction): CodeAction => {
    const about = here.filter((finding) => finding.rule === rule);
    return { ...action, diagnostics: about.map((finding) => toDiagnostic(finding, lines, session.texts)) };
  };
  return [
    ...here.flatMap((finding) => mend(finding, session)),
    ...rules.flatMap((rule) => fixRule(rule, params.textDocument.uri, all).map((action) => diagnosed(rule, action))),
    ...insertSnippets(rules, params.textDocument.uri, session, diagnosed),
    ...(session.client.fetches
      ? here.flatMap((finding) => allowHost(finding).map((action) => diagnosed(finding.rule, action)))
      : []),
    ...here.flatMap((finding) => ignore(finding, session)),
    ...rules.filter((rule) => session.lintel.rules.has(rule)).map((rule) => diagnosed(rule, showRule(rule))),
  ];
}

function mend(finding: Finding, session: Session): CodeAction[] {
  const edits = finding.fix?.edits() ?? [];
  if (!finding.fix || edits.length === 0) return [];
  return [{ title: finding.fix.title, isPreferred: finding.fix.safety === 'safe', ...ofFinding(finding, edits, session) }];
}

/** Also fixes that are suggestions: the person asks for this very rule and sees what it does. */
function fixRule(rule: string, uri: string, all: readonly Finding[]): CodeAction[] {
  const mendable = all.filter((finding) => finding.rule === rule && finding.fix);
  if (mendable.length < 2) return [];
  const unsafe = mendable.some((finding) => finding.fix?.safety === 'suggestion');
  const title = `Fix all ${rule} problems`;
  return [
    { title, kind: CodeActionKind.QuickFix, command: { title, command: commands.fixAll, arguments: [{ uri, rule, unsafe }] } },
  ];
}

function ignore(finding: Finding, session: Session): CodeAction[] {
  const edit = session.lintel.ignore(finding, placeholder);
  if (!edit) return [];
  const title = `Ignore ${finding.rule} with a reason`;
  return [{ title, ...ofFinding(finding, [{ ...edit, snippet: withTabStop(edit.newText) }], session) }];
}

/** The snippets that do right what these rules speak of. They are TypeScript. */
function insertSnippets(
  rules: readonly string[],
  uri: string,
  { lintel }: Session,
  diagnosed: (rule: string, action: CodeAction) => CodeAction,
): CodeAction[] {
  if (!/\.[cm]?tsx?$/.test(uri)) return [];
  const byName = new Map<string, string>();
  for (const rule of rules) {
    const name = lintel.rules.get(rule)?.snippet;
    if (name !== undefined && !byName.has(name)) byName.set(name, rule);
  }
  return [...byName].map(([name, rule]) => {
    const title = `Insert snippet ${name}`;
    const command = { title, command: 'lintel.insertSnippet', arguments: [name] };
    return diagnosed(rule, { title, kind: CodeActionKind.QuickFix, command });
  });
}

function allowHost({ host }: Finding): CodeAction[] {
  if (host === undefined) return [];
  const title = `Allow Lintel to fetch files from ${host}`;
  return [{ title, kind: CodeActionKind.QuickFix, command: { title, command: 'lintel.allowHost', arguments: [host] } }];
}

function showRule(rule: string): CodeAction {
  const title = `Show the page of ${rule}`;
  return { title, kind: CodeActionKind.QuickFix, command: { title, command: 'lintel.showRule', arguments: [rule] } };
}

function ofFinding(finding: Finding, edits: readonly OutgoingEdit[], { texts, client }: Session): Omit<CodeAction, 'title'> {
  const lines = texts.lines(finding.uri);
  return {
    kind: CodeActionKind.QuickFix,
    diagnostics: [toDiagnostic(finding, lines, texts)],
    edit: toWorkspaceEdit(edits, texts, client.edits),
  };
}

/** The text as a snippet whose placeholder for the reason is selected. */
function withTabStop(text: string): string {
  const at = text.lastIndexOf(placeholder);
  const plain = (part: string) => part.replace(/[\\$}]/g, '\\$&');
  if (at < 0) return plain(text);
  return `${plain(text.slice(0, at))}\${1:${placeholder}}${plain(text.slice(at + placeholder.length))}`;
}

/** Asked for by kind (on save, for one), the action carries its edit; in a plain list it is only worked out when chosen. */
async function fixAllActions(uri: string, all: readonly Finding[], asked: boolean, session: Session): Promise<CodeAction[]> {
  if (!all.some((finding) => finding.fix?.safety === 'safe')) return [];
  const title = 'Fix all Lintel problems that are safe to fix';
  if (!asked) return [{ title, kind: fixAllKind, command: { title, command: commands.fixAll, arguments: [{ uri }] } }];
  // What is saved is this document: another that a fix changes would be left unsaved behind it.
  const { edit } = await fixAllEdit({ uri, own: 'edits' }, session);
  return edit ? [{ title, kind: fixAllKind, edit }] : [];
}
