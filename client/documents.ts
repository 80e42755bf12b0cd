/** The commands that work on whole documents: starters, and mending all at once. */
import * as vscode from 'vscode';
import { kindOf } from './catalogue.ts';
import { selector, type Server, type WhatToFix } from './server.ts';

/** Opens a starter document, unsaved. */
export async function newDocument(server: Server, kind: 'openapi' | 'asyncapi'): Promise<void> {
  await openYaml(await server.run('lintel.newDocument', kind));
}

/** Mends what a quick fix names, else everything that is safe to mend in the document in front. */
export async function fixAll(server: Server, what = inFront()): Promise<void> {
  if (!what) {
    vscode.window.showWarningMessage('Open the document that is to be mended: YAML, JSON, TypeScript, JavaScript or SQL.');
    return;
  }
  const { mended } = await server.run('lintel.fixAll', what);
  if (mended.length > 0) return;
  const { checked, summary } = await server.ask('lintel/status', { uri: what.uri });
  vscode.window.showInformationMessage(checked ? 'Nothing here is safe to mend without a look.' : summary);
}

/** Opens a document in YAML, unsaved. */
export async function openYaml(content: string): Promise<void> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'yaml', content }));
}

/** The description in front: a document people keep, not the side of a comparison. */
export function descriptionInFront(): { document: vscode.TextDocument; kind: 'openapi' | 'asyncapi' } | undefined {
  const document = vscode.window.activeTextEditor?.document;
  if (!document || vscode.languages.match(selector, document) === 0) return undefined;
  const kind = kindOf(document.getText());
  return kind === 'openapi' || kind === 'asyncapi' ? { document, kind } : undefined;
}

/** Is there such a file? */
export function exists(file: vscode.Uri): Thenable<boolean> {
  return vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
}

function inFront(): WhatToFix | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document && vscode.languages.match(selector, document) > 0 ? { uri: document.uri.toString() } : undefined;
}
