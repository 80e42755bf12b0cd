/** Lintel in VS Code: starts the language server, shows its state, and offers its commands. All knowledge is in the server. */
import * as vscode from 'vscode';
import { generateOpenApi, newDocument } from './documents.ts';
import { provideRulePages, showRule } from './rulePage.ts';
import { type Ask, createClient } from './server.ts';
import { createStatusItem } from './status.ts';

let stop: (() => Promise<void>) | undefined;

/** Called by the editor when the first document Lintel may look at is opened. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel('Lintel', { log: true });
  const client = createClient(context, output);
  const ask: Ask = (method, params) => client.sendRequest(method, params);
  const status = createStatusItem(ask);
  stop = () => client.dispose();

  const started = async (start: () => Promise<void>) => {
    try {
      await start();
      status.refresh();
    } catch (error) {
      output.error(`The server did not start: ${error instanceof Error ? error.message : error}`);
      status.failed('The server did not start. The output says why; “Lintel: Restart Server” tries again.');
    }
  };
  const restart = () => started(() => client.restart());
  const reporting = <Args extends unknown[]>(run: (...args: Args) => Promise<void>) => {
    return async (...args: Args) => {
      try {
        await run(...args);
      } catch (error) {
        vscode.window.showErrorMessage(`Lintel: ${error instanceof Error ? error.message : error}`);
      }
    };
  };

  context.subscriptions.push(
    output,
    status,
    provideRulePages(ask),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    vscode.commands.registerCommand('lintel.restart', restart),
    vscode.commands.registerCommand('lintel.showOutput', () => output.show()),
    vscode.commands.registerCommand('lintel.showRule', reporting((id?: string) => showRule(ask, id))),
    vscode.commands.registerCommand('lintel.fixAll', fixAll),
    vscode.commands.registerCommand('lintel.generateOpenApi', reporting((file?: vscode.Uri) => generateOpenApi(ask, output, file))),
    vscode.commands.registerCommand('lintel.newOpenApi', reporting(() => newDocument(ask, 'openapi'))),
    vscode.commands.registerCommand('lintel.newAsyncApi', reporting(() => newDocument(ask, 'asyncapi'))),
  );
  await started(() => client.start());
}

/** Called by the editor before it goes; ends the server. */
export async function deactivate(): Promise<void> {
  await stop?.();
}

/** Mends everything that is safe to mend in the document in front, as saving with `source.fixAll.lintel` does. */
function fixAll(): Thenable<void> {
  return vscode.commands.executeCommand('editor.action.sourceAction', { kind: 'source.fixAll.lintel', apply: 'first' });
}
