/** What the suite's tests share: waiting for what an editor does in its own time, and asking it what a person sees. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';

/** Asks again and again until the answer is neither undefined nor false, and gives it. Rejects after two minutes. */
export async function until<T>(what: string, ask: () => T | Promise<T>): Promise<NonNullable<T>> {
  const end = Date.now() + 120_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (Date.now() > end) throw new assert.AssertionError({ message: `Waited two minutes until ${what}.` });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The URI of a file of the open folder. */
export function file(name: string): vscode.Uri {
  return vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, name);
}

/** Shows a new, unsaved document. */
export async function show(language: string, content: string): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument({ language, content });
  // VS Code gives its name again when one is closed, now and then with what it has not yet thrown away of that one.
  if (document.getText() !== content) {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), content);
    await vscode.workspace.applyEdit(edit);
  }
  return vscode.window.showTextDocument(document);
}

/** Types as a person does: one key after the other at the cursor. */
export async function type(text: string): Promise<void> {
  for (const key of text) await vscode.commands.executeCommand('type', { text: key });
}

/** Puts the cursor before the first place of a text, or after it. */
export function cursorAt(editor: vscode.TextEditor, text: string, after = false): vscode.Position {
  const { document } = editor;
  const offset = document.getText().indexOf(text);
  assert.ok(offset >= 0, `${text} is not in the document:\n${document.getText()}`);
  const position = document.positionAt(after ? offset + text.length : offset);
  editor.selection = new vscode.Selection(position, position);
  return position;
}

/** What Lintel reports in a document. */
export function problems(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'lintel');
}

/** The id of the rule behind a diagnostic. */
export function ruleOf({ code }: vscode.Diagnostic): string {
  return String(typeof code === 'object' ? code.value : code);
}

/** Waits for a rule's problem in a document. */
export async function reported(uri: vscode.Uri, rule: string): Promise<vscode.Diagnostic> {
  return until(`${rule} is reported in ${uri.path}`, () => problems(uri).find((problem) => ruleOf(problem) === rule));
}

/** Waits until a rule's problem is gone. The document must have had it. */
export async function gone(uri: vscode.Uri, rule: string): Promise<void> {
  await until(`${rule} is gone from ${uri.path}`, () => !problems(uri).some((problem) => ruleOf(problem) === rule));
}

/** Waits for a code action. It can be missing at first: an editor drops its request when a provider is added. */
export async function action(uri: vscode.Uri, range: vscode.Range, title: RegExp): Promise<vscode.CodeAction> {
  return until(`there is an action ${title}`, async () => {
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', uri, range);
    return actions.find((offered) => title.test(offered.title));
  });
}

/** Does what choosing a code action does. */
export async function apply({ edit, command }: vscode.CodeAction): Promise<void> {
  if (edit) assert.ok(await vscode.workspace.applyEdit(edit), 'the edit was not applied');
  if (command) await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
}

/** The Markdown of the hovers at a place; waits until one holds a text. */
export async function hover(uri: vscode.Uri, position: vscode.Position, text: string): Promise<string> {
  return until(`the hover shows ${text}`, async () => {
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, position);
    const shown = hovers.flatMap(({ contents }) => contents.map((part) => (typeof part === 'string' ? part : part.value)));
    return shown.find((part) => part.includes(text));
  });
}

/** Throws away every open editor, saved or not, and waits until their documents are gone: a new one may get an old name. */
export async function closeAll(): Promise<void> {
  const hadUnsaved = vscode.workspace.textDocuments.some(({ isUntitled }) => isUntitled);
  while (vscode.window.tabGroups.all.some(({ tabs }) => tabs.length > 0)) {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  await until('unsaved documents are gone', () => !vscode.workspace.textDocuments.some(({ isUntitled }) => isUntitled));
  // What VS Code keeps of them against a crash goes a moment later; until then the next one of the name would be given it.
  if (hadUnsaved) await new Promise((resolve) => setTimeout(resolve, 500));
}
