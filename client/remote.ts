/** Files of other hosts: fetched by the editor's own means, from hosts that the person has allowed. */
import * as vscode from 'vscode';

/** Answers `lintel/fetch`. In the editor's process, where its proxy and the system's certificates count. */
export async function fetchOnce({ url }: { url: string }) {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000) });
  const location = response.headers.get('location');
  return { status: response.status, ...(location === null ? {} : { location }), text: await response.text() };
}

/** Adds a host to the setting, in the folder that is open, else for the person. Asks which, when none is given. */
export async function allowHost(given?: string): Promise<void> {
  const host =
    given ??
    (await vscode.window.showInputBox({ prompt: 'Host that Lintel may fetch files from', placeHolder: 'schemas.example.com' }));
  if (!host) return;
  const settings = vscode.workspace.getConfiguration('lintel');
  const hosts = settings.get<string[]>('remoteHosts', []);
  if (hosts.includes(host)) return;
  const target = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await settings.update('remoteHosts', [...hosts, host], target);
}
