/** A merge into the document in front: the change is shown as a comparison, and applied or discarded by the person. */
import * as vscode from 'vscode';
import type { MergeAnswer, Server } from './server.ts';

const scheme = 'lintel-merged';

/** Ends the comparison that is shown; there is one at a time. */
let decide: (apply: boolean) => void = () => {};
let merged = '';

/** Serves the right side of the comparison and its two commands. */
export function provideMerges(): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(scheme, { provideTextDocumentContent: () => merged }),
    vscode.commands.registerCommand('lintel.applyMerge', () => decide(true)),
    vscode.commands.registerCommand('lintel.discardMerge', () => decide(false)),
  );
}

/** Is a comparison in front? Then the person is told to decide first: another would take its place. */
export function isDeciding(): boolean {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const is = input instanceof vscode.TabInputTextDiff && input.modified.scheme === scheme;
  if (is) void vscode.window.showWarningMessage('Apply or discard what is compared first: the buttons are above the comparison.');
  return is;
}

/** Merges a generated document into one, once the person has seen what changes; says what was refused or not needed. */
export async function merge(server: Server, document: vscode.TextDocument, generated: string): Promise<MergeAnswer> {
  const { version } = document;
  const answer = await server.run('lintel.merge', document.uri.toString(), generated, true);
  const name = vscode.workspace.asRelativePath(document.uri);
  if (answer.refused) vscode.window.showWarningMessage(answer.refused);
  else if (!answer.edits) vscode.window.showInformationMessage(`${name} lacks nothing of it.`);
  else if (await isWanted(document, answer)) await apply(document, answer, version);
  return answer;
}

/** Shows the comparison until the person applies it, discards it or closes it. */
async function isWanted(document: vscode.TextDocument, { text = '', added }: MergeAnswer): Promise<boolean> {
  decide(false);
  merged = text;
  // Whoever is quick decides while the comparison is still being shown.
  let answer: (apply: boolean) => void = () => {};
  const decision = new Promise<boolean>((resolve) => (answer = resolve));
  decide = answer;
  const right = vscode.Uri.from({ scheme, path: document.uri.path, query: String(Date.now()) });
  const things = added.length === 1 ? 'one addition' : `${added.length} additions`;
  const name = vscode.workspace.asRelativePath(document.uri);
  await vscode.commands.executeCommand('setContext', 'lintel.merging', true);
  await vscode.commands.executeCommand('vscode.diff', document.uri, right, `${name}: ${things}`, { preview: true });
  const tabOf = () =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .find(({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.toString() === right.toString());
  const closing = vscode.window.tabGroups.onDidChangeTabs(() => !tabOf() && answer(false));
  let isAsking = true;
  void vscode.window.showInformationMessage(`${name} gets ${things}.`, 'Apply', 'Discard').then((choice) => {
    isAsking = false;
    if (choice) answer(choice === 'Apply');
  });
  const wanted = await decision;
  // Who has decided by key or button is not to be asked any more; a message cannot be taken back, only put away.
  if (isAsking) void vscode.commands.executeCommand('notifications.hideToasts');
  closing.dispose();
  decide = () => {};
  await vscode.commands.executeCommand('setContext', 'lintel.merging', false);
  const tab = tabOf();
  if (tab) await vscode.window.tabGroups.close(tab);
  return wanted;
}

/** Applies what was compared, to the document that was compared. */
async function apply(document: vscode.TextDocument, { edits = [] }: MergeAnswer, version: number): Promise<void> {
  if (document.version !== version) {
    vscode.window.showWarningMessage('The document changed while the comparison was shown, so nothing is applied. Merge again.');
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  for (const { range, newText } of edits) {
    const { start, end } = range;
    edit.replace(document.uri, new vscode.Range(start.line, start.character, end.line, end.character), newText);
  }
  await vscode.workspace.applyEdit(edit);
  await vscode.window.showTextDocument(document);
}
