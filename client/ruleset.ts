/** The ruleset that documents are checked with: opened, or begun where there is none. */
import * as vscode from 'vscode';
import { exists } from './documents.ts';
import type { Server } from './server.ts';

/** What is checked without a ruleset is checked with this one, too. */
const beginning = `# Which rules OpenAPI and AsyncAPI documents are checked with. To change one, write its id under \`rules\`,
# with a severity or \`off\`: \`server-https: error\`.
extends:
  - lintel:openapi
  - lintel:asyncapi
  - spectral:oas
  - spectral:asyncapi
`;

/** Opens the ruleset in force for the file in front, else for the folder; where there is none, a new one is offered. */
export async function openRuleset(server: Server): Promise<void> {
  const front = vscode.window.activeTextEditor?.document.uri;
  const file = front?.scheme === 'file' ? front : undefined;
  const folder = (file && vscode.workspace.getWorkspaceFolder(file)) ?? (file ? undefined : await pickFolder());
  const place = file?.toString() ?? (folder && `${folder.uri}/`);
  if (place === undefined) {
    if (!vscode.workspace.workspaceFolders) vscode.window.showWarningMessage('Open the folder that the ruleset is for.');
    return;
  }
  const named = await server.ask('lintel/ruleset', { uri: place });
  const found = named === null ? undefined : vscode.Uri.parse(named);
  if (found && /^https?$/.test(found.scheme)) {
    await vscode.env.openExternal(found);
  } else if (found && (await exists(found))) {
    await vscode.window.showTextDocument(found);
  } else {
    const create = 'New Ruleset';
    const none = found
      ? `The ruleset that the settings name is not there: ${vscode.workspace.asRelativePath(found)}.`
      : 'There is no ruleset here: documents are checked with Lintel’s own rules.';
    const beside = folder?.uri ?? vscode.Uri.joinPath(vscode.Uri.parse(place), '..');
    if ((await vscode.window.showInformationMessage(none, create)) === create) {
      await begin(found ?? vscode.Uri.joinPath(beside, '.spectral.yaml'));
    }
  }
}

/** The folder that is open; the user chooses where there are several. */
async function pickFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const [only, ...others] = vscode.workspace.workspaceFolders ?? [];
  return others.length === 0
    ? only
    : vscode.window.showWorkspaceFolderPick({ placeHolder: 'The folder that the ruleset is for' });
}

/** Unsaved: it is in force once it is saved. */
async function begin(file: vscode.Uri): Promise<void> {
  const document = await vscode.workspace.openTextDocument(file.with({ scheme: 'untitled' }));
  const editor = await vscode.window.showTextDocument(document);
  if (document.getText() === '') await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), beginning));
}
