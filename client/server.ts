/** The language server, seen from the editor: how it is started, and what it is asked beyond the protocol. */
import * as vscode from 'vscode';
import {
  CloseAction,
  type DynamicFeature,
  ErrorAction,
  type ErrorHandler,
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  type Range,
  State,
  type StaticFeature,
  TransportKind,
  WorkDoneProgress,
} from 'vscode-languageclient/node';
import { fetchOnce } from './remote.ts';
import { memoryOptions } from './memory.ts';
import { restarts } from './restarts.ts';
import { traceChannel } from './trace.ts';

const languages = ['yaml', 'json', 'jsonc', 'typescript', 'typescriptreact', 'javascript', 'javascriptreact', 'sql'];

/** Files, unsaved buffers and files of virtual workspaces, whoever serves them; not the old sides of comparisons. */
const served = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.scheme);
const schemes = [...new Set(['file', 'untitled', 'vscode-vfs', ...served])];

/** Descriptions and migrations, also where another extension has made a language of its own of some of them. */
const pattern = '**/*.{yaml,yml,json,sql}';

/** The documents Lintel looks at. */
export const selector: readonly { scheme: string; language?: string; pattern?: string }[] = schemes.flatMap((scheme) => [
  ...languages.map((language) => ({ scheme, language })),
  { scheme, pattern },
]);

/** Lintel's own requests by method: what is sent, and what comes back. */
export interface Requests {
  /** Is this document checked, as what, with which ruleset (a URI), and if not, why. */
  'lintel/status': [{ uri: string }, { checked: boolean; summary: string; isTroubled?: true; ruleset?: string }];
  /** The ruleset (a URI) for descriptions at a place: a file, or a folder with `/` at its end. */
  'lintel/ruleset': [{ uri: string }, string | null];
  /** All rules, by id. */
  'lintel/rules': [undefined, { id: string; summary: string }[]];
  /** The page of a rule, Markdown; null when there is no such rule. */
  'lintel/rulePage': [{ rule: string }, string | null];
}

/** Commands of the server by name: their arguments, and what they answer. */
export interface Commands {
  /** The OpenAPI document (YAML) of the applications that begin in these files (URIs). */
  'lintel.generateOpenApi': [[entries: string[]], GeneratedDocument];
  /** Where the applications in these folders (URIs) begin; those that lead to a file (URI), if any does. */
  'lintel.applications': [[folders: string[], of?: string], string[]];
  /** The AsyncAPI document (YAML) of what the code in these files or folders (URIs) sends and receives. */
  'lintel.generateAsyncApi': [[entries: string[]], GeneratedDocument];
  /** The OpenAPI document (YAML) of cURL commands, HAR, Postman collections and JSON bodies. */
  'lintel.generateFromSamples': [[samples: { uri: string; text: string }[]], GeneratedDocument];
  /** What adds to a document (URI) what it lacks of a generated one (text); nothing is applied. */
  'lintel.merge': [[uri: string, generated: string, onlyShow: true], MergeAnswer];
  /** A starter document, YAML. */
  'lintel.newDocument': [[kind: 'openapi' | 'asyncapi'], string];
  /** A document with what is asked for, YAML; a part of one is then merged. */
  'lintel.scaffold': [[Scaffold], string];
  /** TypeScript files for an OpenAPI document (URI), or for one operation of it. */
  'lintel.code': [[uri: string, operation?: string], { name: string; text: string }[]];
  /** A document's operations: as `lintel.code` knows them, and as people do. */
  'lintel.operations': [[uri: string], { name: string; title: string }[]];
  /** What puts a snippet into a TypeScript file (URI), its imports to the others; without a range the body goes to the end. */
  'lintel.placeSnippet': [[uri: string, snippet: { imports: string; body: string }, range?: Range], PlacedText[]];
  /** What adds to a description (URI) what it lacks of a block; null where no description is that parses. */
  'lintel.placeBlock': [[uri: string, block: string], PlacedText[] | null];
  /** What adds each of these texts to the imports of a TypeScript file (URI). */
  'lintel.placeImports': [[uri: string, imports: string[]], PlacedText[][]];
  /** Mends a document through `workspace/applyEdit`. */
  'lintel.fixAll': [[WhatToFix], { applied: boolean; mended: unknown[] }];
}

/** An edit, as plain text and with tab stops. */
export interface PlacedText {
  readonly range: Range;
  readonly newText: string;
  readonly snippet: string;
}

/** A document; of it everything that is safe to mend, or the problems of one rule, `unsafe` also those to look at. */
export interface WhatToFix {
  readonly uri: string;
  readonly rule?: string;
  readonly unsafe?: boolean;
}

/** What a person wants made; names as they say them. */
export type Scaffold =
  | { readonly kind: 'openapi'; readonly title: string; readonly version: '3.1' | '3.2'; readonly resource: string }
  | { readonly kind: 'asyncapi'; readonly title: string; readonly event: string }
  | { readonly kind: 'resource'; readonly name: string }
  | { readonly kind: 'webhook'; readonly event: string }
  | { readonly kind: 'event'; readonly event: string; readonly action: 'send' | 'receive' };

export interface MergeAnswer {
  /** The whole merged document, and the edits that make it; absent where there is nothing to add. */
  readonly text?: string;
  readonly edits?: readonly { readonly range: Range; readonly newText: string }[];
  /** What the document gets, one sentence each. */
  readonly added: readonly string[];
  /** What it has and the code does not show. */
  readonly extra: readonly { readonly range: Range; readonly message: string }[];
  readonly refused?: string;
}

export interface GeneratedDocument {
  readonly text: string;
  readonly operations: number;
  /** What could not be seen, and why. */
  readonly notes: readonly { readonly uri: string; readonly range: Range; readonly message: string }[];
}

/** The server that runs at the moment. All questions wait until it is up, and reject when it cannot come up. */
export interface Server {
  ask<Method extends keyof Requests>(method: Method, params: Requests[Method][0]): Promise<Requests[Method][1]>;
  run<Name extends keyof Commands>(command: Name, ...args: Commands[Name][0]): Promise<Commands[Name][1]>;
  /** Runs a command that takes its time; `report` is told what it is at. Undefined where it was cancelled. */
  watch<Name extends keyof Commands>(
    command: Name,
    args: Commands[Name][0],
    token: vscode.CancellationToken,
    report: (at: string) => void,
  ): Promise<Commands[Name][1] | undefined>;
  start(): Promise<void>;
  /** Ends the process and starts another, whatever state the old one is in. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Extensions came or went, perhaps the one that completes YAML. */
  extensionsChanged(): Promise<void>;
}

/** What is told of the server. */
export interface ServerListener {
  /** It has come or gone. */
  changed(state: State): void;
  /** Settings, rulesets or other files have changed: what it is asked from now on, it answers with them. */
  renewed(): void;
}

/** Makes the server of `dist/server.cjs`, not yet started. */
export function createServer(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
  { changed, renewed }: ServerListener,
): Server {
  const trace = traceChannel(output);
  context.subscriptions.push(trace.subscription);
  const ended = restarts({
    now: Date.now,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    say: (message) => void vscode.window.showWarningMessage(`Lintel: ${message}`),
    log: (message) => output.warn(message),
  });
  // The library starts a server again only where it has noticed its end before it failed to write to it, and not where it
  // ended while it started. So it is told to do nothing, and whatever brought the server to its end, another takes its place.
  const errorHandler: ErrorHandler = {
    error(error) {
      output.warn(`The connection to the server failed: ${error.message}`);
      return { action: ErrorAction.Continue, handled: true };
    },
    closed: () => ({ action: CloseAction.DoNotRestart, handled: true, message: 'The connection to the server was closed.' }),
  };
  const create = () => {
    const created = new Client(context.asAbsolutePath('dist/server.cjs'), {
      documentSelector: [...selector],
      outputChannel: output,
      traceOutputChannel: trace.channel,
      initializationOptions,
      synchronize: { configurationSection: 'lintel' },
      errorHandler,
      initializationFailedHandler: () => false,
    });
    created.onRequest('lintel/fetch', fetchOnce);
    created.onNotification('lintel/renewed', renewed);
    created.onDidChangeState(({ newState }) => {
      if (created !== client) return;
      changed(newState);
      if (newState === State.Stopped || newState === State.StartFailed) void replace(created);
    });
    return created;
  };
  const end = (old: LanguageClient) => old.dispose().catch((error) => output.warn(`The server did not end well: ${error}`));

  const restart = async () => {
    const old = client;
    client = create();
    await end(old);
    await client.start();
  };

  let dead: LanguageClient | undefined;
  const replace = async (old: LanguageClient) => {
    // One that failed to start may say in a second breath that it has stopped.
    if (isOver || dead === old) return;
    dead = old;
    await ended();
    if (client === old && !isOver) await restart().catch((error) => output.warn(`The server did not start: ${error}`));
  };

  let client = create();
  let isOver = false;
  let watched = 0;
  return {
    ask: (method, params) => client.sendRequest(method, params),
    run: (command, ...args) => client.sendRequest(ExecuteCommandRequest.method, { command, arguments: args }),
    async watch(command, args, token, report) {
      const workDoneToken = `lintel-${++watched}`;
      const listening = client.onProgress(WorkDoneProgress.type, workDoneToken, (said) => {
        if (said.kind === 'report' && said.message) report(said.message);
      });
      try {
        const params = { command, arguments: args, workDoneToken };
        return await client.sendRequest(ExecuteCommandRequest.method, params, token);
      } catch (error) {
        if (token.isCancellationRequested) return undefined;
        throw error;
      } finally {
        listening.dispose();
      }
    },
    // Where it does not come up another is started, and the person is told of that.
    start: () => client.start().catch((error) => output.warn(`The server did not start: ${error}`)),
    restart,
    async stop() {
      isOver = true;
      await end(client);
    },
    async extensionsChanged() {
      if (client.isRunning()) await client.sendNotification('lintel/yamlExtension', hasYamlExtension());
    },
  };
}

/** What the server is told at its start: may it run the workspace's JavaScript, does another extension complete YAML, and what we do. */
function initializationOptions() {
  return { trusted: vscode.workspace.isTrusted, yamlExtension: hasYamlExtension(), fetches: true, showsStatus: true };
}

/** Is the extension there that completes and explains YAML from schemas? Then Lintel leaves that to it. */
function hasYamlExtension(): boolean {
  return vscode.extensions.getExtension('redhat.vscode-yaml') !== undefined;
}

/**
 * The library would register the server's commands in the editor under their own names; two of them are names of our
 * commands, which first find out what to run on.
 */
class Client extends LanguageClient {
  constructor(module: string, options: LanguageClientOptions) {
    super('lintel', 'Lintel', { module, transport: TransportKind.ipc, options: { execArgv: memoryOptions() } }, options);
  }

  /** The person is told once, by what starts the server again, and the output says the rest. */
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if (!('registrationType' in feature) || feature.registrationType.method !== ExecuteCommandRequest.method) {
      super.registerFeature(feature);
    }
  }
}
