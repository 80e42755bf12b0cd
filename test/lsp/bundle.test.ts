/** The server as it is shipped: its bundle, and beside it that of the thread, which only the bundle's own path finds. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import { run } from '../../server/cli.ts';

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

test('the bundled command line runs rulesets written as modules', { skip: !existsSync(bundle) && 'not built' }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lintel-bundle-'));
  try {
    await writeFile(
      join(folder, '.spectral.mjs'),
      `const titled = (input) => (input === 'A' ? [{ message: 'A is no title.' }] : []);\nexport default { rules: { title: { given: '$.info.title', then: { function: titled } } } };\n`,
    );
    await writeFile(join(folder, 'api.yaml'), 'openapi: 3.1.0\ninfo: { title: A, version: 1.0.0 }\npaths: {}\n');
    const cli = join(dirname(bundle), 'cli.cjs');
    const { stdout } = await promisify(execFile)(process.execPath, [cli, 'check', '--fail-on', 'never', 'api.yaml'], {
      cwd: folder,
    });
    assert.match(stdout, /A is no title\./);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the bundled command line says what the sources say', { skip: !existsSync(bundle) && 'not built' }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lintel-bundle-'));
  try {
    // Functions of Spectral that are known by their names, with all that is done for those.
    // Schemas of rules that are wrong, of which the metaschemas tell, in each dialect.
    const wrong = (name: string, options: object) => {
      const functionOptions = { schema: { type: 12, required: [3], properties: 'none', errorMessage: 5 }, ...options };
      return [name, { given: '$.info', then: { function: 'schema', functionOptions } }];
    };
    const dialects = ['auto', 'draft4', 'draft6', 'draft7', 'draft2019-09', 'draft2020-12'];
    const rules = dialects.flatMap((dialect) => [
      wrong(`one-${dialect}`, { dialect }),
      wrong(`all-${dialect}`, { dialect, allErrors: true }),
    ]);
    const ruleset = { extends: ['oas', 'asyncapi'].map((name) => [`spectral:${name}`, 'all']), rules: Object.fromEntries(rules) };
    await writeFile(join(folder, 'ruleset.yaml'), JSON.stringify(ruleset));
    const documents = [join(import.meta.dirname, '../probe'), join(import.meta.dirname, '../core/spectral')];
    const argv = ['check', ...documents, '--ruleset', join(folder, 'ruleset.yaml'), '--format', 'json', '--fail-on', 'never'];
    const options = { cwd: folder, maxBuffer: 1 << 28 };
    const bundled = await promisify(execFile)(process.execPath, [join(dirname(bundle), 'cli.cjs'), ...argv], options);
    let out = '';
    const io = { stdout: { write: (text: string) => (out += text) }, stderr: { write: () => true }, readStdin: async () => '' };
    await run(argv, { ...io, cwd: folder });
    assert.deepEqual(JSON.parse(bundled.stdout), JSON.parse(out));
    assert.ok(out.includes('oas3-valid-media-example') && out.includes('asyncapi-payload'), 'no examples were checked');
    for (const dialect of dialects) assert.match(out, new RegExp(`one-${dialect}"[^]*all-${dialect}"`));
  } finally {
    await rm(folder, { recursive: true });
  }
});
