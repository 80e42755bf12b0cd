/** The server as it is shipped: its bundle, and beside it that of the thread, which only the bundle's own path finds. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';

const bundle = join(import.meta.dirname, '../../dist/server.cjs');

test('the bundled server completes keywords and ends', { skip: !existsSync(bundle) && 'not built' }, async () => {
  const server = spawn(process.execPath, [bundle, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const client = createProtocolConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
  client.listen();
  await client.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
  await client.sendNotification('initialized', {});
  const textDocument = { uri: 'untitled:Untitled-1', languageId: 'yaml', version: 1, text: 'asyncapi: 3.0.0\n\n' };
  await client.sendNotification('textDocument/didOpen', { textDocument });
  const at = { textDocument: { uri: textDocument.uri }, position: { line: 1, character: 0 } };
  const items = await client.sendRequest<{ label: string }[]>('textDocument/completion', at);
  assert.ok(items.some(({ label }) => label === 'operations'));
  await client.sendRequest('shutdown');
  await client.sendNotification('exit');
  const [code] = await once(server, 'exit');
  assert.equal(code, 0);
});
