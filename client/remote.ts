/** Files of other hosts: fetched by the editor's own means, from hosts that the person has allowed. */
import * as vscode from 'vscode';
import { hostOf } from './host.ts';

/** Answers `lintel/fetch`. In the editor's process, where its proxy and the system's certificates count. */
export async function fetchOnce({ url }: { url: string }) {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000) });
  const location = response.headers.get('location');
  return { status: response.status, ...(location === null ? {} : { location }), text: await response.text() };
}

/**
 * Adds a host to the setting, in the folder that is open, else for the person. Asks which, when none is given. In a workspace that
 * is not trusted its setting would not count, so the person is told what to do first.
 */
export async function allowHost(given?: string): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    const manage = 'Manage Trust';
    const why = 'The hosts that a workspace allows count once it is trusted. Trust it first, then allow the host.';
    if ((await vscode.window.showWarningMessage(why, manage)) === manage) {
      await vscode.commands.executeCommand('workbench.trust.manage');
    }
    return;
  }
  const typed = given ?? (await ask());
  const host = typed === undefined ? undefined : hostOf(typed);
  if (host === undefined) return;
  const settings = vscode.workspace.getConfiguration('lintel');
  const hosts = settings.get<string[]>('remoteHosts', []);
  if (hosts.includes(host)) {
    vscode.window.showInformationMessage(`Lintel may fetch files from ${host} already.`);
    return;
  }
  const target = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await settings.update('remoteHosts', [...hosts, host], target);
}

function ask(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: 'Allow Fetching from a Host',
    prompt: 'Host that Lintel may fetch files from',
    placeHolder: 'schemas.example.com',
    validateInput: (typed) =>
      typed === '' || hostOf(typed) !== undefined ? undefined : 'One host, for example: schemas.example.com',
  });
}
