/** What every feature of the server works with, for the life of one connection. */
import { type CancellationToken, type Connection, ErrorCodes, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import type { Lintel } from '../core/lintel.ts';
import { Text } from '../core/tree/text.ts';
import type { Buffers } from './buffers.ts';
import type { Client } from './client.ts';
import { linesOf, type Texts } from './convert.ts';
import { createReports, type Reports } from './reports.ts';
import { createSettings, type Settings } from './settings.ts';

export interface Session {
  readonly connection: Connection;
  readonly lintel: Lintel;
  readonly client: Client;
  readonly buffers: Buffers;
  readonly settings: Settings;
  readonly reports: Reports;
  readonly texts: Texts;
  /** Ends all running work: a text, a file or a setting changed, and what is being computed is stale. */
  changed(): void;
  /** A signal that aborts with the next change. */
  signal(): AbortSignal;
  /**
   * Runs the work of a request. It is aborted by the client's cancellation and by the next change; the request then
   * fails with `RequestCancelled` or `ContentModified` and never with a stale answer. Work that takes its time and says
   * so is not `brief`: changes leave it alone.
   */
  answer<T>(token: CancellationToken, work: (signal: AbortSignal) => Promise<T>, isBrief?: boolean): Promise<T>;
}

/** Opens the session of a connection whose handshake was read. */
export function createSession(connection: Connection, lintel: Lintel, client: Client, buffers: Buffers): Session {
  const settings = createSettings(connection, client);
  let present = new AbortController();

  const answer: Session['answer'] = async (token, work, isBrief = true) => {
    const { signal: change } = isBrief ? present : new AbortController();
    const cancelled = new AbortController();
    const listening = token.onCancellationRequested(() => cancelled.abort());
    if (token.isCancellationRequested) cancelled.abort();
    const signal = AbortSignal.any([change, cancelled.signal]);
    try {
      return await Promise.race([work(signal), aborted(signal)]);
    } catch (error) {
      if (cancelled.signal.aborted) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'Cancelled.');
      if (change.aborted) throw new ResponseError(LSPErrorCodes.ContentModified, 'The content changed.');
      throw error instanceof ResponseError ? error : new ResponseError(ErrorCodes.InternalError, messageOf(error));
    } finally {
      listening.dispose();
    }
  };

  return {
    connection,
    lintel,
    client,
    buffers,
    settings,
    reports: createReports(lintel, settings.of, (uri) => buffers.documents.get(uri) !== undefined),
    texts: {
      text: (uri) => lintel.text(uri),
      has: (uri) => lintel.content(uri) !== undefined,
      lines: (uri) => linesOf(lintel.content(uri) ?? Text.of('')),
      version: (uri) => buffers.documents.get(uri)?.version ?? null,
    },
    changed() {
      present.abort();
      present = new AbortController();
    },
    signal: () => present.signal,
    answer,
  };
}

/** Rejects when the signal aborts: whoever asked is answered at once, also while the work is still on its way to its end. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** What an error says, for a log or an answer. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
