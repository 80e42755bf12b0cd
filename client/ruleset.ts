/** The ruleset that documents are checked with: opened, or begun where there is none. */
import * as vscode from 'vscode';
import { exists } from './documents.ts';
import { type Server, selector } from './server.ts';

/** What is checked without a ruleset is checked with this one, too. */
const beginning = `# Which rules OpenAPI and AsyncAPI documents are checked with. To change one, write its id under \`rules\`,
# with a severity or \`off\`: \`server-https: error\`.
extends:
  - lintel:openapi
  - lintel:asyncapi
  - spectral:oas
  - spectral:asyncapi
`;

/** Opens the ruleset in force for the document in front, else that of the folder; where there is none, a new one is offered. */
export async function openRuleset(server: Server): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const isAsked = document && vscode.languages.match(selector, document) > 0;
  const status = isAsked ? await server.ask('lintel/status', { uri: document.uri.toString() }) : undefined;
  const folder = (document && vscode.workspace.getWorkspaceFolder(document.uri)) ?? vscode.workspace.workspaceFolders?.[0];
  // What is in front may be no description, and say nothing of those in its folder.
  const found = status?.ruleset === undefined ? folder && (await rulesetIn(folder.uri)) : vscode.Uri.parse(status.ruleset);
  if (found && (await exists(found))) {
    await vscode.window.showTextDocument(found);
    return;
  }
  const file = found ?? (folder && vscode.Uri.joinPath(folder.uri, '.spectral.yaml'));
  if (!file) {
    vscode.window.showWarningMessage('Open the folder that the ruleset is for.');
    return;
  }
  const create = 'New Ruleset';
  const none = 'There is no ruleset here: documents are checked with Lintel’s own rules.';
  if ((await vscode.window.showInformationMessage(none, create)) === create) await begin(file);
}

/** The ruleset of a folder, by the names that Spectral gives them. */
async function rulesetIn(folder: vscode.Uri): Promise<vscode.Uri | undefined> {
  for (const ending of ['yaml', 'yml', 'json', 'js', 'mjs']) {
    const file = vscode.Uri.joinPath(folder, `.spectral.${ending}`);
    if (await exists(file)) return file;
  }
  return undefined;
}

/** Unsaved: it is in force once it is saved. */
async function begin(file: vscode.Uri): Promise<void> {
  const document = await vscode.workspace.openTextDocument(file.with({ scheme: 'untitled' }));
  const editor = await vscode.window.showTextDocument(document);
  if (document.getText() === '') await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), beginning));
}
