/** The language status item: what is checked, with which ruleset, how many problems, and whether the server lives. */
import * as vscode from 'vscode';
import { type Server, selector } from './server.ts';

export interface StatusItem extends vscode.Disposable {
  /** Says again what is true of the document in front. */
  refresh(): void;
  /** The server does not run. */
  failed(): void;
}

/** Milliseconds. Between two editors there is for a moment none. */
const settled = 1_000;

/** Shows the item beside the language of every document Lintel may look at. */
export function createStatusItem(server: Server): StatusItem {
  const item = vscode.languages.createLanguageStatusItem('lintel.status', selector);
  item.name = 'Lintel';
  const showOutput = { command: 'lintel.showOutput', title: 'Show Output' };
  item.command = showOutput;

  let request = 0;
  /** The document that the item tells of. */
  let told: string | undefined;
  const say = (text: string, detail: string, severity = vscode.LanguageStatusSeverity.Information) => {
    told = undefined;
    item.busy = false;
    item.severity = severity;
    item.text = text;
    item.detail = detail;
    item.command = showOutput;
  };

  const refresh = async () => {
    const document = vscode.window.activeTextEditor?.document;
    const mine = ++request;
    if (!document) return void setTimeout(() => mine === request && unseen(), settled);
    if (vscode.languages.match(selector, document) === 0) return;
    // Until it is answered, nothing is said of the document before.
    if (document.uri.toString() !== told) say('Lintel', 'Not answered yet.');
    item.busy = true;
    const status = await server.ask('lintel/status', { uri: document.uri.toString() }).catch(() => undefined);
    if (mine !== request) return;
    if (!status) return failed();
    item.busy = false;
    told = document.uri.toString();
    item.severity = status.isTroubled ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information;
    item.text = status.checked ? `Lintel: ${problems(document.uri)}` : 'Lintel: not checked';
    const ruleset = status.ruleset === undefined ? undefined : vscode.Uri.parse(status.ruleset);
    item.detail = status.summary;
    // Where it lies is told at the command: of a long line the editor would show no command.
    item.command = ruleset
      ? { command: 'vscode.open', title: 'Open Ruleset', tooltip: vscode.workspace.asRelativePath(ruleset), arguments: [ruleset] }
      : showOutput;
  };

  const failed = () => {
    request++;
    const why = 'The output says why; “Lintel: Restart Server” tries again.';
    say('Lintel: not running', why, vscode.LanguageStatusSeverity.Error);
  };

  /** The editor shows the item also for a document that is too large for extensions to see. */
  const unseen = () => say('Lintel: not checked', 'The editor shows extensions no document of this size.');

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
    failed,
    dispose: () => subscriptions.dispose(),
  };
}

function problems(uri: vscode.Uri): string {
  const count = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'lintel').length;
  return count === 0 ? 'no problems' : count === 1 ? '1 problem' : `${count} problems`;
}
