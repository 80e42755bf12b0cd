/** Lintel in VS Code: starts the language server, shows its state, and offers its commands. All knowledge is in the server. */
import * as vscode from 'vscode';
import { State } from 'vscode-languageclient/node';
import { codeOfSpecification } from './code.ts';
import { fixAll, newDocument } from './documents.ts';
import { generateAsyncApi, generateFromSample, generateOpenApi, mergeFromCode } from './generate.ts';
import { provideMerges } from './merge.ts';
import { allowHost } from './remote.ts';
import { provideRulePages, showRule } from './rulePage.ts';
import { openRuleset } from './ruleset.ts';
import { scaffold } from './scaffold.ts';
import { createServer, type Scaffold, type WhatToFix } from './server.ts';
import { provideRuleIds } from './settings.ts';
import { insertSnippet, provideSnippets } from './snippets.ts';
import { createStatusItem } from './status.ts';

let stop: (() => Promise<void>) | undefined;

/** Called by the editor when a document is opened, or a workspace, that Lintel may look at. */
export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel('Lintel', { log: true });
  const server = createServer(context, output, {
    changed(state) {
      if (state === State.Running) {
        output.info(`Lintel ${context.extension.packageJSON.version} is running, in ${trustOfWorkspace()}.`);
        status.refresh();
      }
      if (state === State.Stopped || state === State.StartFailed) status.failed();
    },
    renewed: () => status.refresh(),
  });
  const status = createStatusItem(server);
  stop = server.stop;

  const restart = saying(server.restart);

  context.subscriptions.push(
    output,
    status,
    provideRulePages(server),
    provideMerges(),
    provideSnippets(server, context.extensionUri),
    provideRuleIds(server),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    vscode.extensions.onDidChange(saying(server.extensionsChanged)),
    vscode.commands.registerCommand('lintel.restart', restart),
    vscode.commands.registerCommand('lintel.showOutput', () => output.show()),
    vscode.commands.registerCommand(
      'lintel.showRule',
      saying((rule?: string) => showRule(server, rule)),
    ),
    vscode.commands.registerCommand(
      'lintel.openRuleset',
      saying(() => openRuleset(server)),
    ),
    vscode.commands.registerCommand(
      'lintel.insertSnippet',
      saying((name?: string) => insertSnippet(server, context.extensionUri, name)),
    ),
    vscode.commands.registerCommand('lintel.allowHost', saying(allowHost)),
    vscode.commands.registerCommand(
      'lintel.fixAll',
      saying((what?: WhatToFix) => fixAll(server, what)),
    ),
    vscode.commands.registerCommand(
      'lintel.generateOpenApi',
      saying((entry?: vscode.Uri) => generateOpenApi(server, output, entry)),
    ),
    vscode.commands.registerCommand(
      'lintel.generateAsyncApi',
      saying((entry?: vscode.Uri) => generateAsyncApi(server, output, entry)),
    ),
    vscode.commands.registerCommand(
      'lintel.mergeFromCode',
      saying((entry?: vscode.Uri) => mergeFromCode(server, output, entry)),
    ),
    vscode.commands.registerCommand(
      'lintel.generateFromSample',
      saying((file?: vscode.Uri) => generateFromSample(server, output, file)),
    ),
    vscode.commands.registerCommand(
      'lintel.code',
      saying((operation?: string, folder?: vscode.Uri) => codeOfSpecification(server, operation, folder)),
    ),
    vscode.commands.registerCommand(
      'lintel.scaffold',
      saying((wanted?: Scaffold) => scaffold(server, wanted)),
    ),
    vscode.commands.registerCommand(
      'lintel.newOpenApi',
      saying(() => newDocument(server, 'openapi')),
    ),
    vscode.commands.registerCommand(
      'lintel.newAsyncApi',
      saying(() => newDocument(server, 'asyncapi')),
    ),
  );
  // Not waited for: the editor is not to wait for the server, and whoever asks the server waits by itself.
  void saying(server.start)();
}

/** What decides which rulesets may be used. */
function trustOfWorkspace(): string {
  return vscode.workspace.isTrusted
    ? 'a trusted workspace'
    : 'a workspace that is not trusted: rulesets in JavaScript are left out';
}

/** Called by the editor before it goes; ends the server. */
export async function deactivate(): Promise<void> {
  await stop?.();
}

/** Says to the user why something failed. */
function saying<Args extends unknown[]>(run: (...args: Args) => Promise<void>) {
  return async (...args: Args): Promise<void> => {
    try {
      await run(...args);
    } catch (error) {
      vscode.window.showErrorMessage(`Lintel: ${error instanceof Error ? error.message : error}`);
    }
  };
}
