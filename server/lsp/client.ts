/** What the client told us when it connected. */
import type { InitializeParams } from 'vscode-languageserver/node';
import type { EditForms } from './convert.ts';

export interface Client {
  /** Asks for diagnostics itself; all others are sent them. */
  readonly pull: boolean;
  /** Takes diagnostics of other files in the answer to a pull. */
  readonly relatedDocuments: boolean;
  /** Can be told to pull again. */
  readonly refresh: boolean;
  /** Can be asked for settings. */
  readonly configuration: boolean;
  readonly registersConfiguration: boolean;
  readonly registersWatchers: boolean;
  readonly edits: EditForms;
  /** Asks what is to be edited before files are renamed. */
  readonly asksBeforeRenames: boolean;
  /** Takes definitions with the ranges they lead from and to. */
  readonly definitionLinks: boolean;
  /** Takes completions with tab stops. */
  readonly completionSnippets: boolean;
  /** URIs of the workspace folders; others when the person adds or removes some. */
  folders: readonly string[];
  /** Says when they are others. */
  readonly changesFolders: boolean;
  /** Settings sent with the handshake, for clients that cannot be asked. */
  readonly settings: unknown;
  /** Another extension completes and explains YAML. */
  readonly yamlExtension: boolean;
  /** Fetches files of other hosts itself (`lintel/fetch`), and lets the person allow a host (`lintel.allowHost`). */
  readonly fetches: boolean;
  /** Shows the status (`lintel/status`), and is told (`lintel/renewed`) when it may be another, whatever becomes of diagnostics. */
  readonly showsStatus: boolean;
  /** May the workspace's JavaScript run? The client decides, never the workspace. */
  readonly trusted: boolean;
}

/**
 * Reads the handshake. `initializationOptions` may hold `trusted` (false in a workspace the person does not trust),
 * `yamlExtension` (true while another extension completes YAML), `fetches`, `showsStatus` (see `Client`) and `settings` (an object with a `lintel` section).
 */
export function readClient(params: InitializeParams): Client {
  const { textDocument, workspace } = params.capabilities;
  const options = (params.initializationOptions ?? {}) as {
    trusted?: unknown;
    settings?: unknown;
    yamlExtension?: unknown;
    fetches?: unknown;
    showsStatus?: unknown;
  };
  const folders = params.workspaceFolders?.map((folder) => folder.uri) ?? (params.rootUri ? [params.rootUri] : []);
  const versioned = workspace?.workspaceEdit?.documentChanges === true;
  return {
    pull: textDocument?.diagnostic !== undefined,
    relatedDocuments: textDocument?.diagnostic?.relatedDocumentSupport === true,
    refresh: workspace?.diagnostics?.refreshSupport === true,
    configuration: workspace?.configuration === true,
    registersConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    registersWatchers: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    edits: {
      versioned,
      snippets: versioned && workspace?.workspaceEdit?.snippetEditSupport === true,
      confirmed: versioned && workspace?.workspaceEdit?.changeAnnotationSupport !== undefined,
    },
    asksBeforeRenames: workspace?.fileOperations?.willRename === true,
    definitionLinks: textDocument?.definition?.linkSupport === true,
    completionSnippets: textDocument?.completion?.completionItem?.snippetSupport === true,
    folders,
    changesFolders: workspace?.workspaceFolders === true,
    settings: sectionOf(options.settings),
    yamlExtension: options.yamlExtension === true,
    fetches: options.fetches === true,
    showsStatus: options.showsStatus === true,
    trusted: options.trusted !== false,
  };
}

/** The `lintel` section of settings a client sent whole. */
export function sectionOf(settings: unknown): unknown {
  return typeof settings === 'object' && settings !== null ? (settings as Record<string, unknown>).lintel : undefined;
}
