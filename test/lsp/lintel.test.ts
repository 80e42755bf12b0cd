/** The server with the real Lintel behind it: what holds only when both work together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeAction, Diagnostic, SnippetTextEdit, TextDocumentEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';
import { listenToPublished, start } from './editor.ts';

const pull = { textDocument: { diagnostic: {} } };
const edits = { workspaceEdit: { documentChanges: true, snippetEditSupport: true } };

const json = `{
  "openapi": "3.1.0",
  "info": { "title": "A", "version": "1" },
  "servers": [
    {
      "url": "http://api.example.com"
    }
  ],
  "paths": {}
}
`;

test('in JSON, "ignore with a reason" writes a member that silences the finding', async () => {
  const uri = 'file:///w/api.json';
  const textDocument = { uri };
  const { client, open, change } = await start(createLintel(memoryHost(), rules), { ...pull, workspace: edits });
  await open(uri, json, 'json');
  const ask = async () => (await client.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', { textDocument })).items;
  const found = (await ask()).find(({ code }) => code === 'server-https');
  assert.ok(found);
  const actions = await client.sendRequest<CodeAction[]>('textDocument/codeAction', {
    textDocument,
    range: found.range,
    context: { diagnostics: [found], only: ['quickfix'] },
  });
  const ignore = actions.find(({ title }) => title === 'Ignore server-https with a reason');
  const [change1] = (ignore?.edit?.documentChanges ?? []) as TextDocumentEdit[];
  const [edit] = (change1?.edits ?? []) as SnippetTextEdit[];
  assert.ok(edit);
  assert.match(edit.snippet.value, /\$\{1:reason\}/);
  const plain = edit.snippet.value.replace('${1:reason}', 'TLS ends at the proxy').replace(/\\([\\$}])/g, '$1');
  const text = TextDocument.applyEdits(TextDocument.create(uri, 'json', 1, json), [{ range: edit.range, newText: plain }]);
  assert.deepEqual(JSON.parse(text).servers[0], {
    url: 'http://api.example.com',
    'x-lintel-ignore': ['server-https: TLS ends at the proxy'],
  });
  await change(uri, text, 2);
  const left = (await ask()).filter(({ code }) => /server-https|^ignore-/.test(String(code)));
  assert.deepEqual(left, []);
});

const yaml = `openapi: 3.1.0
info: { title: A, version: '1' }
servers:
  - url: http://api.example.com
paths:
  /a:
    $ref: 'part.yaml#/a'
`;

const part = (url: string) => `a:\n  get:\n    responses: {}\n    servers:\n      - url: ${url}\n`;

for (const [what, file, before, after, gone] of [
  [
    'a ruleset',
    'file:///w/.spectral.yaml',
    undefined,
    'extends: [lintel:openapi]\nrules:\n  server-https: off\n',
    'file:///w/api.yaml',
  ],
  [
    'a file referred to',
    'file:///w/part.yaml',
    part('http://b.example.com'),
    part('https://b.example.com'),
    'file:///w/part.yaml',
  ],
] as const) {
  const uri = 'file:///w/api.yaml';
  const world = () => {
    const files: Record<string, string> = { 'file:///w/part.yaml': part('http://b.example.com') };
    if (before !== undefined) files[file] = before;
    return { files, lintel: createLintel(memoryHost(files), rules) };
  };
  const changed = { changes: [{ uri: file, type: before === undefined ? 1 : 2 }] };
  const has = (items: readonly { code?: unknown }[]) => items.some(({ code }) => code === 'server-https');

  test(`a change of ${what} on disk is published again`, async () => {
    const { files, lintel } = world();
    const published = listenToPublished();
    const { client, open } = await start(lintel, {}, { on: published.on });
    await open(uri, yaml);
    await published.until((one) => one.uri === gone && has(one.diagnostics));
    const past = published.seen.length;
    files[file] = after;
    await client.sendNotification('workspace/didChangeWatchedFiles', changed);
    await published.until((one) => published.seen.indexOf(one) >= past && one.uri === gone && !has(one.diagnostics));
  });

  test(`a change of ${what} on disk asks a client that pulls to pull again`, async () => {
    const { files, lintel } = world();
    let refreshed = () => {};
    const refresh = new Promise<void>((resolve) => {
      refreshed = resolve;
    });
    const { client, open } = await start(
      lintel,
      {
        textDocument: { diagnostic: { relatedDocumentSupport: true } },
        workspace: { diagnostics: { refreshSupport: true } },
      },
      { on: (end) => end.onRequest('workspace/diagnostic/refresh', refreshed) },
    );
    await open(uri, yaml);
    const ask = async () => {
      const report = await client.sendRequest<{ items: Diagnostic[]; relatedDocuments: Record<string, { items: Diagnostic[] }> }>(
        'textDocument/diagnostic',
        { textDocument: { uri } },
      );
      return has(gone === uri ? report.items : (report.relatedDocuments[gone]?.items ?? []));
    };
    assert.equal(await ask(), true);
    files[file] = after;
    await client.sendNotification('workspace/didChangeWatchedFiles', changed);
    await refresh;
    assert.equal(await ask(), false);
  });
}

test('the client is asked to watch rulesets and every kind of file that is referred to', async () => {
  const registered: { method: string; registerOptions?: { watchers?: { globPattern: string }[] } }[] = [];
  const { client } = await start(
    createLintel(memoryHost(), rules),
    { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } },
    {
      on: (end) =>
        end.onRequest('client/registerCapability', ({ registrations }) => {
          registered.push(...registrations);
        }),
    },
  );
  await client.sendRequest('lintel/rules');
  while (registered.length === 0) await client.sendRequest('lintel/rules');
  const [watchers] = registered;
  assert.equal(watchers?.method, 'workspace/didChangeWatchedFiles');
  const globs = watchers?.registerOptions?.watchers?.map(({ globPattern }) => globPattern).join(' ') ?? '';
  for (const extension of ['yaml', 'yml', 'json', 'js', 'mjs', 'ts']) assert.match(globs, new RegExp(`\\b${extension}\\b`));
});

test('edits that race one another end with the diagnostics of the last text, and no stale version in between', async () => {
  const uri = 'file:///w/api.yaml';
  const published = listenToPublished();
  const { open, change } = await start(createLintel(memoryHost(), rules), {}, { on: published.on });
  await open(uri, yaml);
  const last = 30;
  for (let version = 2; version <= last; version++) {
    await change(uri, yaml.replace('http:', version % 2 === 0 || version === last ? 'https:' : 'http:'), version);
  }
  const end = await published.until(({ version }) => version === last);
  assert.ok(!end.diagnostics.some(({ message }) => message.includes('http://')));
  const versions = published.seen.filter((one) => one.uri === uri).map(({ version }) => version ?? 0);
  assert.deepEqual(
    versions,
    versions.toSorted((a, b) => a - b),
  );
});

test('a part of a description is checked with it, be the description open or not', async () => {
  const [root, file] = ['file:///w/apis/v1.0/api.yaml', 'file:///w/apis/v1.0/parts/pets.yaml'];
  const wrong = 'get:\n  responses: { 2000: { description: Pets. } }\n';
  const lintel = createLintel(
    memoryHost({
      [root]:
        'openapi: 3.1.0\ninfo: { title: A, version: 1.0.0 }\nservers: [{ url: "http://a.example.com" }]\npaths:\n  /pets: { $ref: "parts/more.yaml#/pets" }\n',
      'file:///w/apis/v1.0/parts/more.yaml': 'pets:\n  $ref: ./pets.yaml\n',
      'file:///w/apis/other.yaml': 'openapi: 3.1.0\ninfo: { title: B, version: 1.0.0 }\npaths: {}\n',
      [file]: wrong,
      'file:///w/values.yaml': 'a: 1\n',
    }),
    rules,
  );
  const { client, open, change } = await start(lintel, pull);
  const ask = async (uri: string) => {
    const { items } = await client.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', { textDocument: { uri } });
    return items.map(({ code }) => String(code)).filter((code) => /structure|https/.test(code));
  };
  const status = (uri: string) => client.sendRequest<{ summary: string }>('lintel/status', { uri });
  await open(file, wrong);
  assert.deepEqual(await ask(file), ['structure']);
  assert.match((await status(file)).summary, /A part of api\.yaml/);
  await change(file, wrong.replace('2000', '200'), 2);
  assert.deepEqual(await ask(file), []);
  await change(file, wrong, 3);
  await open(root, lintel.text(root) ?? '');
  assert.deepEqual(await ask(root), ['server-https']);
  await client.sendNotification('textDocument/didClose', { textDocument: { uri: root } });
  assert.deepEqual(await ask(file), ['structure'], 'closing the description forgets nothing of its parts');
  await open('file:///w/values.yaml', 'a: 1\n');
  assert.match((await status('file:///w/values.yaml')).summary, /not checked/);
});

test('what was renamed on disk is not there, though a tab shows it; once edited, or back, it counts again', async () => {
  const [root, file] = ['file:///w/apis/api.yaml', 'file:///w/apis/pet.yaml'];
  const text =
    'openapi: 3.1.0\ninfo: { title: A, version: 1.0.0 }\nservers: [{ url: "http://a.example.com" }]\npaths: {}\n' +
    'components: { schemas: { Pet: { $ref: pet.yaml } } }\n';
  const files: Record<string, string> = { [root]: text, [file]: 'type: object\n' };
  const { client, open, change } = await start(createLintel(memoryHost(files), rules), pull);
  const ask = async () => {
    const { items } = await client.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', {
      textDocument: { uri: root },
    });
    return items.map(({ code }) => String(code)).filter((code) => /server-https|reference/.test(code));
  };
  const status = () => client.sendRequest<{ checked: boolean; summary: string }>('lintel/status', { uri: root });
  const tell = (uri: string, type: number) =>
    client.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri, type }] });
  await open(root, text);
  await open(file, 'type: object\n');
  assert.deepEqual(await ask(), ['server-https']);

  // Written anew before anyone looked: nothing has happened.
  await tell(root, 3);
  assert.deepEqual(await ask(), ['server-https']);

  delete files[file];
  await tell(file, 3);
  assert.deepEqual(await ask(), ['server-https', 'reference']);
  files[file] = 'type: object\n';
  await tell(file, 1);
  assert.deepEqual(await ask(), ['server-https']);

  delete files[root];
  await tell('file:///w/apis', 3);
  assert.deepEqual(await ask(), []);
  assert.match((await status()).summary, /not there any more/);
  await change(root, text.replace('a.example', 'b.example'), 2);
  assert.deepEqual(await ask(), ['server-https']);
  assert.equal((await status()).checked, true);

  // What is not saved is nowhere else.
  await tell(root, 3);
  assert.deepEqual(await ask(), ['server-https'], 'it was edited');
  await client.sendNotification('textDocument/didSave', { textDocument: { uri: root } });
  await tell(root, 3);
  assert.deepEqual(await ask(), [], 'it was saved, and gone after that');
  await change(root, text, 3);
  files[root] = text;
  await tell(root, 2);
  assert.deepEqual(await ask(), ['server-https']);
  delete files[root];
  await tell(root, 3);
  assert.deepEqual(await ask(), [], 'the editor only shows what others wrote');

  // A buffer that never was a file is none that is gone.
  const fresh = 'file:///w/other/new.yaml';
  await open(fresh, text);
  await tell('file:///w/other/old.yaml', 3);
  const { items } = await client.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', {
    textDocument: { uri: fresh },
  });
  assert.ok(items.length > 0);
});

test('mending all of a document means that document; on save, no fix changes another file', async () => {
  const [root, part, pet] = ['file:///w/api.yaml', 'file:///w/part.yaml', 'file:///w/pet.yaml'];
  const wrong = "{ delete: { responses: { '204': { description: Gone., content: { text/plain: {} } } } } }";
  const text = `openapi: 3.1.0
info: { title: A, version: 1.0.0 }
paths:
  /a: { $ref: part.yaml }
components:
  securitySchemes:
    user: { type: http, scheme: bearer, description: A JWT of ours. }
  schemas:
    Pet: { $ref: pet.yaml }
    Name: { type: string, nullable: true }
`;
  const files = { [root]: text, [part]: `${wrong}\n`, [pet]: 'type: string\nnullable: true\n' };
  let applied: { changes?: object } = {};
  const { client, open } = await start(createLintel(memoryHost(files), rules), pull, {
    on: (end) =>
      end.onRequest('workspace/applyEdit', ({ edit }: { edit: { changes: object } }) => {
        applied = edit;
        return { applied: true };
      }),
  });
  await open(root, text);
  const [onSave] = await client.sendRequest<{ edit: { changes: Record<string, { newText: string }[]> } }[]>(
    'textDocument/codeAction',
    {
      textDocument: { uri: root },
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
      context: { diagnostics: [], only: ['source.fixAll.lintel'] },
    },
  );
  assert.deepEqual(Object.keys(onSave!.edit.changes), [root]);
  const run = (params: object) =>
    client.sendRequest('workspace/executeCommand', { command: 'lintel.fixAll', arguments: [params] });
  await run({ uri: root });
  assert.deepEqual(Object.keys(applied.changes!).sort(), [root, pet], 'a fix is made whole');
});

test('all of a part is mended with the description that it is a part of, and by none where they are of several versions', async () => {
  const [root, old, part] = ['file:///w/api.yaml', 'file:///w/old.yaml', 'file:///w/part.yaml'];
  const of = (version: string) =>
    `openapi: ${version}\ninfo: { title: A, version: 1.0.0 }\npaths: {}\ncomponents:\n  schemas:\n    Pet: { $ref: part.yaml }\n`;
  const wrong = 'type: string\nnullable: true\n';
  for (const [files, mended] of [
    [{ [root]: of('3.1.0') }, 1],
    [{ [root]: of('3.1.0'), [old]: of('3.1.0') }, 1],
    [{ [root]: of('3.1.0'), [old]: of('3.0.3') }, 0],
  ] as const) {
    const lintel = createLintel(memoryHost({ ...files, [part]: wrong }), rules);
    lintel.workspace(['file:///w']);
    lintel.open(part, wrong, 1);
    const all = await lintel.fixAll(part, defaultConfig, { own: 'findings' });
    assert.deepEqual(
      all.mended.map(({ rule }) => rule),
      Array<string>(mended).fill('nullable-per-version'),
    );
    assert.deepEqual([...all.texts.keys()], Array<string>(mended).fill(part));
  }
});

test('code that nobody here can mend is not checked, and its status says why', async () => {
  const code = "import axios from 'axios';\nexport const load = () => axios.get('https://api.example.com/');\n";
  const lintel = createLintel(memoryHost(), rules);
  const heard = async (uri: string, text: string) => {
    lintel.open(uri, text, 1);
    const { checked, summary } = await lintel.status(uri, defaultConfig);
    return [(await lintel.check(uri, defaultConfig)).length > 0, checked, summary];
  };
  assert.deepEqual(await heard('file:///w/src/load.ts', code), [true, true, 'Checked with Lintel’s rules for integration code.']);
  const installed = [false, false, 'Code of an installed package: not checked.'];
  assert.deepEqual(await heard('file:///w/node_modules/load/index.ts', code), installed);
  const minified = code + `load();`.repeat(5_000);
  assert.deepEqual(await heard('file:///w/src/all.js', minified), [false, false, 'Minified code: not checked.']);
});

test('the ruleset of a place is told, whatever kind of file is there', async () => {
  const files = { 'file:///w/.spectral.yaml': 'extends: lintel:openapi\n', 'file:///w/a/.spectral.json': '{}' };
  let settings: object = {};
  const lintel = createLintel(memoryHost(files), rules);
  const { client } = await start(
    lintel,
    { ...pull, workspace: { configuration: true } },
    { on: (end) => end.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => settings)) },
  );
  const ask = (uri: string) => client.sendRequest<string | null>('lintel/ruleset', { uri });
  assert.equal(await ask('file:///w/'), 'file:///w/.spectral.yaml');
  assert.equal(await ask('file:///w/b/app.ts'), 'file:///w/.spectral.yaml');
  assert.equal(await ask('file:///w/a/'), 'file:///w/a/.spectral.json');
  assert.equal(await ask('file:///x/'), null);
  settings = { ruleset: 'rules/ours.yaml' };
  await client.sendNotification('workspace/didChangeConfiguration', { settings: null });
  assert.equal(await ask('file:///w/'), 'file:///w/rules/ours.yaml');
  assert.equal(await ask('file:///w/a/app.ts'), 'file:///w/rules/ours.yaml');
});

test('a reference that is taken away, or written, in the editor changes what a file is a part of', async () => {
  const [root, file] = ['file:///w/api.yaml', 'file:///w/pets.yaml'];
  const wrong = 'get:\n  responses: { 2000: { description: Pets. } }\n';
  const head = 'openapi: 3.1.0\ninfo: { title: A, version: 1.0.0 }\n';
  const lintel = createLintel(memoryHost({ [root]: `${head}paths: {}\n`, [file]: wrong }), rules);
  const { client, open, change } = await start(lintel, pull);
  const ask = async () => {
    const { items } = await client.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', {
      textDocument: { uri: file },
    });
    return items.map(({ code }) => String(code)).filter((code) => /structure|https/.test(code));
  };
  await open(file, wrong);
  await open(root, `${head}paths: {}\n`);
  assert.deepEqual(await ask(), []);
  await change(root, `${head}paths: { /pets: { $ref: pets.yaml } }\n`, 2);
  assert.deepEqual(await ask(), ['structure']);
});

test('a host is allowed by a quick fix, its files come through the client, and the client is told to ask again', async () => {
  const uri = 'file:///w/api.yaml';
  const target = 'https://schemas.example.com/pets.yaml';
  const text = `openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths: {}\ncomponents:\n  schemas:\n    Pet: { $ref: '${target}#/Missing' }\n`;
  const asked: unknown[] = [];
  let hosts: string[] = [];
  let refreshed = () => {};
  const refresh = new Promise<void>((resolve) => (refreshed = resolve));
  const { client, open } = await start(
    createLintel(memoryHost(), rules),
    { ...pull, workspace: { ...edits, configuration: true, diagnostics: { refreshSupport: true } } },
    {
      init: { fetches: true },
      on: (client) => {
        client.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) =>
          items.map(() => ({ remoteHosts: hosts })),
        );
        client.onRequest('workspace/diagnostic/refresh', () => (refreshed(), null));
        client.onRequest('lintel/fetch', (params: unknown) => {
          asked.push(params);
          return { status: 200, text: 'Pets: { type: array }' };
        });
      },
    },
  );
  await open(uri, text);
  const ask = async (code: string) => {
    const { items } = await client.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', { textDocument: { uri } });
    return items.filter((item) => item.code === code);
  };
  const [found] = await ask('remote');
  assert.ok(found);
  const actions = await client.sendRequest<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri },
    range: found.range,
    context: { diagnostics: [found], only: ['quickfix'] },
  });
  const allow = actions.find(({ title }) => title === 'Allow Lintel to fetch files from schemas.example.com');
  assert.deepEqual(allow?.command?.arguments, ['schemas.example.com']);
  hosts = ['schemas.example.com'];
  await client.sendNotification('workspace/didChangeConfiguration', { settings: {} });
  assert.deepEqual(await ask('remote'), []);
  await refresh;
  let messages: string[] = [];
  while (messages.length === 0) messages = (await ask('reference')).map(({ message }) => String(message));
  assert.match(messages.join(), /the document has no `Missing`/);
  assert.deepEqual(asked, [{ url: target }]);
});

test('a finding in a shared part is one, and leads to every description that refers to the part', async () => {
  const part = 'file:///w/common.yaml';
  const root = (title: string) =>
    `openapi: 3.1.0\ninfo: { title: ${title}, version: '1' }\npaths: {}\ncomponents:\n  schemas:\n    Pet: { $ref: 'common.yaml#/Pet' }\n`;
  const files = { [part]: 'Pet:\n  type: objekt\n', 'file:///w/a.yaml': root('A'), 'file:///w/b.yaml': root('B') };
  const lintel = createLintel(memoryHost(files), rules);
  const related = { ...pull, textDocument: { diagnostic: {}, publishDiagnostics: { relatedInformation: true } } };
  const { client, open } = await start(lintel, related);
  for (const [uri, text] of Object.entries(files)) await open(uri, text);
  const ask = async (uri: string) =>
    (await client.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', { textDocument: { uri } })).items;
  for (const uri of Object.keys(files).reverse()) await ask(uri);
  const [found, ...others] = (await ask(part)).filter(({ code }) => code === 'structure');
  assert.equal(others.length, 0);
  assert.deepEqual(found?.relatedInformation?.map(({ location }) => location.uri).sort(), [
    'file:///w/a.yaml',
    'file:///w/b.yaml',
  ]);
});
