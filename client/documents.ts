/** The commands that work on whole documents: starters, the specification of existing code, and mending all at once. */
import * as vscode from 'vscode';
import type { Server, WhatToFix } from './server.ts';

/** Opens a starter document, unsaved. */
export async function newDocument(server: Server, kind: 'openapi' | 'asyncapi'): Promise<void> {
  await openYaml(await server.run('lintel.newDocument', kind));
}

/**
 * Opens the OpenAPI document of an application, unsaved. `entry` is the file the application begins in; without
 * it, the TypeScript or JavaScript file in front, else a file the user picks.
 */
export async function generateOpenApi(server: Server, output: vscode.LogOutputChannel, entry?: vscode.Uri): Promise<void> {
  const file = entry ?? codeInFront() ?? (await pickEntry());
  if (!file) return;
  const progress = { location: vscode.ProgressLocation.Window, title: 'Lintel reads the routes' };
  const generated = await vscode.window.withProgress(progress, () => server.run('lintel.generateOpenApi', [file.toString()]));
  if (generated.operations === 0) {
    vscode.window.showWarningMessage(
      `No route was found from ${vscode.workspace.asRelativePath(file)}. Run the command from the file that creates the application.`,
    );
    return;
  }
  await openYaml(generated.text);
  if (generated.notes.length === 0) return;
  for (const { uri, range, message } of generated.notes) {
    output.info(`${vscode.Uri.parse(uri).fsPath}:${range.start.line + 1} ${message}`);
  }
  const show = 'Show';
  const things = generated.notes.length === 1 ? 'One thing' : `${generated.notes.length} things`;
  const answer = await vscode.window.showInformationMessage(`${things} in the code could not be described.`, show);
  if (answer === show) output.show();
}

/** Mends what a quick fix names, else everything that is safe to mend in the document in front. */
export async function fixAll(server: Server, what = inFront()): Promise<void> {
  if (!what) return;
  const { mended } = await server.run('lintel.fixAll', what);
  if (mended.length === 0) vscode.window.showInformationMessage('Nothing here is safe to mend without a look.');
}

async function openYaml(content: string): Promise<void> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'yaml', content }));
}

function inFront(): WhatToFix | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document && { uri: document.uri.toString() };
}

function codeInFront(): vscode.Uri | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.uri.scheme === 'file' && /^(type|java)script/.test(document.languageId) ? document.uri : undefined;
}

async function pickEntry(): Promise<vscode.Uri | undefined> {
  const files = await vscode.window.showOpenDialog({
    title: 'The file that creates the application',
    openLabel: 'Generate OpenAPI',
    filters: { 'TypeScript and JavaScript': ['ts', 'mts', 'cts', 'tsx', 'js', 'mjs', 'cjs', 'jsx'] },
  });
  return files?.[0];
}
