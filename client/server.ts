/** The language server's process, seen from the editor: how it is started, and what it is asked beyond the protocol. */
import * as vscode from 'vscode';
import { type DocumentSelector, LanguageClient, TransportKind } from 'vscode-languageclient/node';

const languages = ['yaml', 'json', 'jsonc', 'typescript', 'typescriptreact', 'javascript', 'javascriptreact'];

/** Files, unsaved buffers and files of virtual workspaces; not the old sides of comparisons. */
const schemes = ['file', 'untitled', 'vscode-vfs'];

/** The documents Lintel looks at. */
export const selector = schemes.flatMap((scheme) => languages.map((language) => ({ scheme, language })));

/** Lintel's own requests, by method: what each is given and what it answers. */
export interface Requests {
  /** Is this document checked, as what, with which ruleset, and if not, why. */
  'lintel/status': [{ uri: string }, { checked: boolean; summary: string; ruleset?: string }];
  /** All rules, by id. */
  'lintel/rules': [undefined, { id: string; summary: string }[]];
  /** The page of a rule, Markdown; null when there is no such rule. */
  'lintel/page': [{ rule: string }, string | null];
  /** The OpenAPI document (YAML) of the applications that begin in these files. */
  'lintel/generateOpenApi': [{ entries: string[] }, GeneratedDocument];
  /** A starter document, YAML. */
  'lintel/newDocument': [{ kind: 'openapi' | 'asyncapi' }, string];
}

export interface GeneratedDocument {
  readonly text: string;
  readonly operations: number;
  /** What could not be seen: `line` counts from 1. */
  readonly notes: readonly { readonly uri: string; readonly line: number; readonly message: string }[];
}

export type Ask = <Method extends keyof Requests>(method: Method, params: Requests[Method][0]) => Promise<Requests[Method][1]>;

/** What the server is told at its start: may it run the workspace's JavaScript, and does another extension complete YAML. */
export function initializationOptions() {
  return { trusted: vscode.workspace.isTrusted, yamlExtension: vscode.extensions.getExtension('redhat.vscode-yaml') !== undefined };
}

/** Makes the client, not yet started, of the server in `dist/server.cjs`. */
export function createClient(context: vscode.ExtensionContext, output: vscode.LogOutputChannel): LanguageClient {
  const module = context.asAbsolutePath('dist/server.cjs');
  return new LanguageClient(
    'lintel',
    'Lintel',
    { module, transport: TransportKind.ipc },
    {
      documentSelector: selector as DocumentSelector,
      outputChannel: output,
      traceOutputChannel: output,
      initializationOptions,
      synchronize: { configurationSection: 'lintel' },
    },
  );
}
