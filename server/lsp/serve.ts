/** The language server: what it can do, and which event goes to which feature. */
import {
  CodeActionKind,
  type Connection,
  createConnection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  type InitializeResult,
  TextDocumentSyncKind,
  WatchKind,
} from 'vscode-languageserver/node';
import type { Keywords } from '../core/keywords.ts';
import type { Lintel } from '../core/lintel.ts';
import { createBuffers } from './buffers.ts';
import { type Client, readClient } from './client.ts';
import { fixAllKind, serveCodeActions } from './codeActions.ts';
import { commands, serveCommands } from './commands.ts';
import { completionTriggers, serveCompletion } from './completion.ts';
import { type Diagnostics, serveDiagnostics } from './diagnostics.ts';
import { serveHover } from './hover.ts';
import { serveKeywords } from './keywords.ts';
import { serveReferences } from './references.ts';
import { renamedFiles, serveRenames } from './renames.ts';
import { spelling } from './spelling.ts';
import { createSession, type Session } from './session.ts';

export interface ServeOptions {
  /** Told to the client. */
  readonly version?: string;
  /** Quiet time before diagnostics are sent to a client that cannot ask, in milliseconds (default 200). */
  readonly delay?: number;
  /** Completes and explains the keywords of the formats; without it nothing does. */
  readonly keywords?: Keywords;
}

/** The connection the command line asks for: `--stdio`. Throws when it names none. */
export function connectionOfArguments(): Connection {
  return createConnection(spelling);
}

/** Serves Lintel to the editor at the other end of a connection, until it ends. */
export function serve(connection: Connection, lintel: Lintel, options: ServeOptions = {}): void {
  connection.onInitialize((params) => {
    const client = readClient(params);
    const buffers = createBuffers(lintel);
    lintel.workspace(client.folders, client.registersWatchers);
    const session = createSession(connection, lintel, client, buffers);
    follow(session, serveDiagnostics(session, options.delay ?? 200));
    if (client.fetches) lintel.fetchThrough((url) => connection.sendRequest('lintel/fetch', { url }));
    serveCodeActions(session);
    const keywords = serveKeywords(session, options.keywords);
    serveHover(session, keywords);
    serveCompletion(session, keywords);
    serveReferences(session);
    serveRenames(session);
    serveCommands(session);
    connection.onInitialized(() => register(connection, client));
    buffers.documents.listen(connection);
    return abilities(client, options.version);
  });
  connection.listen();
}

function abilities(client: Client, version: string | undefined): InitializeResult {
  return {
    serverInfo: { name: 'lintel', version },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, fixAllKind] },
      hoverProvider: true,
      completionProvider: { triggerCharacters: completionTriggers },
      definitionProvider: true,
      documentLinkProvider: { resolveProvider: true },
      workspace: {
        ...(client.changesFolders ? { workspaceFolders: { supported: true, changeNotifications: true } } : {}),
        ...(client.asksBeforeRenames ? { fileOperations: { willRename: { filters: renamedFiles } } } : {}),
      },
      executeCommandProvider: { commands: Object.values(commands), workDoneProgress: true },
      ...(client.pull
        ? { diagnosticProvider: { identifier: 'lintel', interFileDependencies: true, workspaceDiagnostics: false } }
        : {}),
    },
  };
}

/** Passes what happens to documents, files and settings on to Lintel and the diagnostics. */
function follow({ connection, lintel, client, buffers, settings, changed }: Session, diagnostics: Diagnostics): void {
  const { documents } = buffers;
  const renewed = () => {
    diagnostics.renewed();
    if (client.showsStatus) void connection.sendNotification('lintel/renewed');
  };
  documents.onDidChangeContent(({ document }) => {
    changed();
    diagnostics.edited(document.uri);
  });
  lintel.onArrival(() => {
    changed();
    renewed();
  });
  documents.onDidClose(({ document }) => {
    changed();
    lintel.close(document.uri);
    diagnostics.closed(document.uri);
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const uris = changes.map(({ uri }) => uri).filter((uri) => watchedFile.test(uri) || mayBeFolder(uri));
    if (uris.length === 0) return;
    changed();
    buffers.changedOnDisk(changes);
    lintel.changedOnDisk(uris);
    renewed();
  });
  connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event }) => {
    changed();
    const gone = new Set(event.removed.map(({ uri }) => uri));
    client.folders = [...client.folders.filter((uri) => !gone.has(uri)), ...event.added.map(({ uri }) => uri)];
    lintel.workspace(client.folders, client.registersWatchers);
    settings.changed(undefined);
    renewed();
  });
  connection.onDidChangeConfiguration(({ settings: sent }) => {
    changed();
    settings.changed(sent);
    renewed();
  });
}

const watchedFile = /\.(?:ya?ml|json|sql|[cm]?[jt]s|[jt]sx)$/i;

/** Has it no ending of a file, and does it not lie where tools keep their own? What came or went is not asked what it is. */
function mayBeFolder(uri: string): boolean {
  return !/\.[a-z]\w*$/i.test(uri) && !/\/(?:\.git|node_modules)\//.test(uri);
}

async function register(connection: Connection, client: Client): Promise<void> {
  if (client.registersConfiguration) {
    await connection.client.register(DidChangeConfigurationNotification.type, { section: 'lintel' });
  }
  if (client.registersWatchers) {
    // Of a folder that is moved or deleted editors tell, not of the files in it.
    const watchers = [
      { globPattern: '**/*.{yaml,yml,json,ts,tsx,mts,cts,js,jsx,mjs,cjs}' },
      { globPattern: '**/*', kind: WatchKind.Create | WatchKind.Delete },
    ];
    await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  }
}
