/** TypeScript for the specification in front: types, the interface of its handlers, who calls them. No file is overwritten. */
import * as vscode from 'vscode';
import { exists } from './documents.ts';
import type { Server } from './server.ts';

/** Asks for one operation or all, and for a folder; `operation` (empty for all) and `folder` are a caller's answers. */
export async function codeOfSpecification(server: Server, operation?: string, folder?: vscode.Uri): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const operations = document ? await server.run('lintel.operations', document.uri.toString()) : [];
  if (!document || operations.length === 0) {
    vscode.window.showWarningMessage('Open an OpenAPI or AsyncAPI document that has operations.');
    return;
  }
  const only = operation ?? (await pickOperation(operations));
  if (only === undefined) return;
  const place = folder ?? (await pickFolder(document.uri));
  if (!place) return;
  const files = await server.run('lintel.code', document.uri.toString(), only || undefined);
  const kept: string[] = [];
  let first: vscode.Uri | undefined;
  for (const { name, text } of files) {
    const file = vscode.Uri.joinPath(place, name);
    if (await exists(file)) {
      kept.push(name);
      continue;
    }
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
    first = file;
  }
  if (first) await vscode.window.showTextDocument(first);
  if (kept.length > 0) vscode.window.showInformationMessage(`There already, and left as they are: ${kept.join(', ')}.`);
}

/** Empty for all operations; undefined where the person stops. */
async function pickOperation(operations: readonly { name: string; title: string }[]): Promise<string | undefined> {
  const all = { label: 'All operations', description: String(operations.length), name: '' };
  const choices = [all, ...operations.map(({ name, title }) => ({ label: name, description: title, name }))];
  const options = {
    title: 'Generate Code from This Specification',
    placeHolder: 'All operations, or one?',
    matchOnDescription: true,
  };
  return (await vscode.window.showQuickPick(choices, options))?.name;
}

async function pickFolder(beside: vscode.Uri): Promise<vscode.Uri | undefined> {
  const folders = await vscode.window.showOpenDialog({
    title: 'Where the files go',
    openLabel: 'Write Here',
    canSelectFiles: false,
    canSelectFolders: true,
    ...(beside.scheme === 'file' && { defaultUri: vscode.Uri.joinPath(beside, '..') }),
  });
  return folders?.[0];
}
