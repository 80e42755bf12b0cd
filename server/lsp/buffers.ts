/** The editor's buffers: each stands before its file, until the file is gone from the disk. */
import { FileChangeType, type FileEvent, TextDocuments } from 'vscode-languageserver/node';
import type { Lintel } from '../core/lintel.ts';
import { isWithinFolder } from '../core/uri.ts';
import { toChanges } from './convert.ts';

/** A buffer of the editor; its text is kept by Lintel. */
export interface OpenBuffer {
  readonly uri: string;
  readonly version: number;
  readonly language: string;
}

export interface Buffers {
  readonly documents: TextDocuments<OpenBuffer>;
  /** Files or folders have come or gone. Whoever renames a file outside of the editor leaves a tab behind that shows one that is none. */
  changedOnDisk(changes: readonly FileEvent[]): void;
  /** Does it show a file that is gone? It counts again once it is edited, which means that it is wanted, or once the file is there. */
  isStale(uri: string): boolean;
}

/** Changes go to Lintel as they come, and before any request that came after them. */
export function createBuffers(lintel: Lintel): Buffers {
  /** The last texts of files that are gone. */
  const stale = new Map<string, string>();
  const documents = new TextDocuments<OpenBuffer>({
    create(uri, language, version, text) {
      lintel.open(uri, text, version, language);
      return { uri, version, language };
    },
    update(buffer, sent, version) {
      const { uri } = buffer;
      restore(buffer);
      const text = lintel.content(uri);
      if (text) lintel.change(uri, toChanges(text, sent), version);
      return { ...buffer, version };
    },
  });
  documents.onDidClose(({ document: { uri } }) => stale.delete(uri));

  function restore({ uri, version, language }: OpenBuffer): void {
    const text = stale.get(uri);
    if (text !== undefined) lintel.open(uri, text, version, language);
    stale.delete(uri);
  }

  function leave(buffer: OpenBuffer): void {
    const { uri } = buffer;
    const text = lintel.text(uri);
    if (text === undefined) return;
    lintel.close(uri);
    stale.set(uri, text);
    // It may have been written anew meanwhile.
    if (lintel.text(uri) !== undefined) restore(buffer);
  }

  return {
    documents,
    changedOnDisk(changes) {
      for (const { uri, type } of changes) {
        for (const buffer of documents.all()) {
          if (buffer.uri !== uri && !isWithinFolder(buffer.uri, uri)) continue;
          if (type === FileChangeType.Deleted) leave(buffer);
          else restore(buffer);
        }
      }
    },
    isStale: (uri) => stale.has(uri),
  };
}
