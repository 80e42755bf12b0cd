/** yaml-language-server as an editor sees it: with the official schema of the document, over stdio. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  InitializeRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { type Effort, residentMemory, type Subject } from './client.ts';

/** Milliseconds to the first diagnostics from starting the process, and from each key; mebibytes. */
export interface MeasuredYaml {
  readonly start: number;
  readonly key: readonly number[];
  readonly memory: number;
}

const require = createRequire(import.meta.url);

/** Measures one OpenAPI document. What it waits by itself before it looks is in the figures: an editor waits for it too. */
export async function measureYaml({ uri, text, at }: Subject, { keys, limit }: Effort): Promise<MeasuredYaml> {
  const program = join(dirname(require.resolve('yaml-language-server/package.json')), 'bin/yaml-language-server');
  const begin = performance.now();
  const server: ChildProcess = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout as NonNullable<ChildProcess['stdout']>),
    new StreamMessageWriter(server.stdin as NonNullable<ChildProcess['stdin']>),
  );
  let published = () => {};
  connection.onNotification('textDocument/publishDiagnostics', (said: { uri: string }) => {
    if (said.uri === uri) published();
  });
  const next = () => new Promise<void>((resolve) => (published = resolve));
  const yaml = { validate: true, schemas: { [pathToFileURL(schemaOf(text)).href]: [uri] }, schemaStore: { enable: false } };
  connection.onRequest('workspace/configuration', ({ items }: { items: { section: string }[] }) =>
    items.map(({ section }) => (section === 'yaml' ? yaml : null)),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
  try {
    const capabilities = { workspace: { configuration: true }, textDocument: { publishDiagnostics: {} } };
    await connection.sendRequest(InitializeRequest.type, { processId: process.pid, rootUri: null, capabilities });
    await connection.sendNotification('initialized', {});
    await connection.sendNotification('workspace/didChangeConfiguration', { settings: { yaml } });
    let first = next();
    await connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'yaml', version: 1, text },
    });
    await first;
    const start = performance.now() - begin;
    const before = text.slice(0, at).split('\n');
    const position = { line: before.length - 1, character: (before.at(-1) as string).length };
    const key: number[] = [];
    const end = performance.now() + limit;
    for (let version = 2; key.length < keys && (key.length < 2 || performance.now() < end); version++) {
      const typed = performance.now();
      first = next();
      const contentChanges = [{ range: { start: position, end: position }, text: 'a' }];
      void connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
      await first;
      key.push(performance.now() - typed);
    }
    return { start, key, memory: residentMemory(server) };
  } finally {
    connection.dispose();
    server.kill();
  }
}

function schemaOf(text: string): string {
  const version = /^openapi: ["']?3\.1/m.test(text) ? 'v3.1' : 'v3.0';
  return require.resolve(`@seriousme/openapi-schema-validator/schemas/${version}/schema.json`);
}
