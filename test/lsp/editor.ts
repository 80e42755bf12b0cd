/** The editor's end of a language server, for tests. */
import { PassThrough } from 'node:stream';
import {
  createConnection,
  createProtocolConnection,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type { Keywords } from '../../server/core/keywords.ts';
import type { Lintel } from '../../server/core/lintel.ts';
import { serve } from '../../server/lsp/serve.ts';
import { spelling } from '../../server/lsp/spelling.ts';

/** Starts a server and the client end of it over streams; `on` may add what the client answers. */
export async function start(
  lintel: Lintel,
  capabilities: object,
  options: { on?: (client: ProtocolConnection) => void; init?: object; keywords?: Keywords } = {},
) {
  const [up, down] = [new PassThrough(), new PassThrough()];
  serve(createConnection(new StreamMessageReader(up), new StreamMessageWriter(down), spelling), lintel, {
    delay: 0,
    keywords: options.keywords,
  });
  const client = createProtocolConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
  options.on?.(client);
  client.listen();
  const { capabilities: abilities } = await client.sendRequest<{ capabilities: Record<string, unknown> }>('initialize', {
    processId: null,
    rootUri: null,
    workspaceFolders: [{ uri: 'file:///w', name: 'w' }],
    capabilities,
    initializationOptions: options.init,
  });
  await client.sendNotification('initialized', {});
  const open = (uri: string, text: string, languageId = 'yaml') =>
    client.sendNotification('textDocument/didOpen', { textDocument: { uri, text, version: 1, languageId } });
  const change = (uri: string, text: string, version: number) =>
    client.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] });
  return { client, abilities, open, change };
}

/** A promise and what fulfils it. */
export function openable() {
  let resolve = () => {};
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

export interface Published {
  uri: string;
  version?: number;
  diagnostics: { message: string; code?: unknown }[];
}

/** Everything published; `until` resolves with the first that fits, also when it came before. */
export function listenToPublished() {
  const seen: Published[] = [];
  const waiting: { fits: (one: Published) => boolean; resolve: (one: Published) => void }[] = [];
  return {
    seen,
    on: (client: ProtocolConnection) =>
      void client.onNotification('textDocument/publishDiagnostics', (one: Published) => {
        seen.push(one);
        for (const { fits, resolve } of waiting) if (fits(one)) resolve(one);
      }),
    until: (fits: (one: Published) => boolean) =>
      new Promise<Published>((resolve) => {
        const past = seen.find(fits);
        if (past) resolve(past);
        else waiting.push({ fits, resolve });
      }),
  };
}

/** A range within a line. */
export const range = (line: number, from: number, to: number) => ({
  start: { line, character: from },
  end: { line, character: to },
});
