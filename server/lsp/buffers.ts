/** The editor's buffers: each stands before its file, until the file is gone from the disk and nothing in the buffer is unsaved. */
import { FileChangeType, type FileEvent, TextDocuments } from 'vscode-languageserver/node';
import type { Lintel } from '../core/lintel.ts';
import type { Text } from '../core/tree/text.ts';
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
  /** Does it show a file that is gone, with nothing unsaved? It counts again once it is edited, which means that it is wanted, or once the file is there. */
  isStale(uri: string): boolean;
}

/** Changes go to Lintel as they come, and before any request that came after them. */
export function createBuffers(lintel: Lintel): Buffers {
  /** The last texts of files that are gone. */
  const stale = new Map<string, string>();
  /** What the files of the buffers hold, as far as was heard: a buffer with another text has changes that are not saved. */
  const saved = new Map<string, string | Text>();
  const documents = new TextDocuments<OpenBuffer>({
    create(uri, language, version, text) {
      lintel.open(uri, text, version, language);
      saved.set(uri, text);
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
  documents.onDidSave(({ document: { uri } }) => {
    const text = lintel.content(uri);
    if (text) saved.set(uri, text);
  });
  documents.onDidClose(({ document: { uri } }) => {
    stale.delete(uri);
    saved.delete(uri);
  });

  function restore({ uri, version, language }: OpenBuffer): void {
    const text = stale.get(uri);
    if (text !== undefined) lintel.open(uri, text, version, language);
    stale.delete(uri);
  }

  function leave({ uri }: OpenBuffer): void {
    const text = lintel.text(uri);
    // It may have been written anew meanwhile; and where something is not saved, the buffer is all that there is of it.
    if (text === undefined || lintel.onDisk(uri) !== undefined || String(saved.get(uri)) !== text) return;
    lintel.close(uri);
    stale.set(uri, text);
  }

  /** An editor shows what others write into a file: that is no change of the person's. */
  function written(buffer: OpenBuffer): void {
    const text = lintel.onDisk(buffer.uri);
    if (text !== undefined) saved.set(buffer.uri, text);
    restore(buffer);
  }

  return {
    documents,
    changedOnDisk(changes) {
      for (const { uri, type } of changes) {
        for (const buffer of documents.all()) {
          if (buffer.uri !== uri && !isWithinFolder(buffer.uri, uri)) continue;
          if (type === FileChangeType.Deleted) leave(buffer);
          else written(buffer);
        }
      }
    },
    isStale: (uri) => stale.has(uri),
  };
}
