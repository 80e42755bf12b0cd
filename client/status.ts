/** The language status item: what is checked, with which ruleset, how many problems, and whether the server lives. */
import * as vscode from 'vscode';
import { type Server, selector } from './server.ts';

export interface StatusItem extends vscode.Disposable {
  /** Says again what is true of the document in front. */
  refresh(): void;
  /** The server does not run. */
  failed(): void;
}

/** Shows the item beside the language of every document Lintel may look at. */
export function createStatusItem(server: Server): StatusItem {
  const item = vscode.languages.createLanguageStatusItem('lintel.status', selector);
  item.name = 'Lintel';
  const showOutput = { command: 'lintel.showOutput', title: 'Show Output' };
  item.command = showOutput;

  let request = 0;
  const refresh = async () => {
    const document = vscode.window.activeTextEditor?.document;
    const mine = ++request;
    if (!document) return unseen();
    if (vscode.languages.match(selector, document) === 0) return;
    item.busy = true;
    const status = await server.ask('lintel/status', { uri: document.uri.toString() }).catch(() => undefined);
    if (mine !== request) return;
    item.busy = false;
    if (!status) return;
    item.severity = status.isTroubled ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information;
    item.text = status.checked ? `Lintel: ${problems(document.uri)}` : 'Lintel: not checked';
    const ruleset = status.ruleset === undefined ? undefined : vscode.Uri.parse(status.ruleset);
    item.detail = status.summary;
    // Where it lies is told at the command: of a long line the editor would show no command.
    item.command = ruleset
      ? { command: 'vscode.open', title: 'Open Ruleset', tooltip: vscode.workspace.asRelativePath(ruleset), arguments: [ruleset] }
      : showOutput;
  };

  /** What the item would tell of is the document before: the editor shows it also for one that is too large for extensions to see. */
  const unseen = () => {
    item.busy = false;
    item.severity = vscode.LanguageStatusSeverity.Information;
    item.text = 'Lintel: not checked';
    item.detail = 'The editor shows extensions no document of this size.';
    item.command = showOutput;
  };

  const front = (uris: readonly vscode.Uri[]) => {
    const uri = vscode.window.activeTextEditor?.document.uri.toString();
    return uri !== undefined && uris.some((changed) => changed.toString() === uri);
  };
  const subscriptions = vscode.Disposable.from(
    item,
    vscode.window.onDidChangeActiveTextEditor(refresh),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => front(uris) && refresh()),
  );
  return {
    refresh,
    failed() {
      request++;
      item.busy = false;
      item.severity = vscode.LanguageStatusSeverity.Error;
      item.command = showOutput;
      item.text = 'Lintel: not running';
      item.detail = 'The output says why; “Lintel: Restart Server” tries again.';
    },
    dispose: () => subscriptions.dispose(),
  };
}

function problems(uri: vscode.Uri): string {
  const count = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'lintel').length;
  return count === 0 ? 'no problems' : count === 1 ? '1 problem' : `${count} problems`;
}
