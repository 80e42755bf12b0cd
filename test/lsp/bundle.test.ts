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

test('the start loads neither Spectral nor TypeScript', { skip: !existsSync(bundle) && 'not built' }, async () => {
  const watch = 'const M = require("node:module"), load = M._load; M._load = (...a) => (console.error(a[0]), load.apply(M, a));';
  const hook = `data:text/javascript,${encodeURIComponent(`import { createRequire } from 'node:module'; const require = createRequire('file:///x/'); ${watch}`)}`;
  const server = spawn(process.execPath, ['--import', hook, bundle, '--stdio'], { stdio: 'pipe' });
  const client = createProtocolConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
  let loaded = '';
  server.stderr.on('data', (names) => (loaded += String(names)));
  client.listen();
  await client.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
  await client.sendNotification('initialized', {});
  await client.sendRequest('shutdown');
  await client.sendNotification('exit');
  await once(server, 'close');
  assert.match(loaded, /server\.cjs/);
  assert.doesNotMatch(loaded, /(?:spectral|typescript)\.cjs/);
});
