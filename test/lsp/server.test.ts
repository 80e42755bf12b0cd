import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  CancellationToken,
  CancellationTokenSource,
  ProgressType,
  type WorkDoneProgressBegin,
  type WorkDoneProgressReport,
} from 'vscode-languageserver/node';
import { URI } from 'vscode-uri';
import type { Config } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import type { Finding, Span } from '../../server/core/finding.ts';
import { memoryHost } from '../../server/core/host.ts';
import type { Glance, Lintel } from '../../server/core/lintel.ts';
import type { Rule } from '../../server/core/rule.ts';
import { type Change, Text } from '../../server/core/tree/text.ts';
import { replaceText } from '../../server/lsp/convert.ts';
import { rulesetUri } from '../../server/lsp/settings.ts';
import { listenToPublished, openable, range, start as startOver } from './editor.ts';

const api = 'file:///w/api.yaml';
const shared = 'file:///w/shared.yaml';

interface Fake {
  readonly lintel: Lintel;
  readonly configs: Config[];
  readonly changed: string[];
  /** While set, this is said at once, and what a check says comes later. */
  first?: Finding[];
  /** While set, checks wait for it. */
  gate?: Promise<void>;
  readonly checks: number;
  readonly signals: readonly AbortSignal[];
}

/** A Lintel whose one rule reports `bad` in the document and, from api.yaml, in shared.yaml; the mend is `good`. */
function fakeLintel(disk: Record<string, string> = {}, more: Partial<Rule> = {}): Fake {
  const files = new Map(Object.entries(disk).map(([uri, of]) => [uri, Text.of(of)]));
  const buffers = new Map<string, Text>();
  const content = (uri: string) => buffers.get(uri) ?? files.get(uri);
  const text = (uri: string) => content(uri)?.toString();
  const rule = { id: 'no-bad', page: '# no-bad\n\nNothing is bad.', ...more } as Rule;
  const findingsIn = (uri: string): Finding[] =>
    [...(text(uri) ?? '').matchAll(/bad/g)].map(({ index }) => ({
      uri,
      start: index,
      end: index + 3,
      rule: 'no-bad',
      severity: 'warn',
      message: 'This is bad.',
      href: 'https://example.test/no-bad',
      tags: ['deprecated'],
      related: [{ uri: api, start: 0, end: 1, message: 'Seen from here.' }],
      fix: { title: 'Make it good', safety: 'safe', edits: () => [{ uri, start: index, end: index + 3, newText: 'good' }] },
    }));
  const check = async (uri: string, config: Config, signal?: AbortSignal): Promise<readonly Finding[]> => {
    fake.checks++;
    if (signal) fake.signals.push(signal);
    fake.configs.push(config);
    const found = uri === shared ? [] : [...findingsIn(uri), ...(uri === api ? findingsIn(shared) : [])];
    await fake.gate;
    return found;
  };
  const fake = {
    first: undefined as Finding[] | undefined,
    isLate: false,
    configs: [] as Config[],
    changed: [] as string[],
    checks: 0,
    signals: [] as AbortSignal[],
    gate: undefined as Promise<void> | undefined,
    lintel: {
      open: (uri: string, of: string) => void buffers.set(uri, Text.of(of)),
      change(uri: string, changes: readonly Change[]) {
        for (const change of changes) buffers.set(uri, (buffers.get(uri) as Text).change(change));
      },
      close: (uri: string) => void buffers.delete(uri),
      onDisk: () => undefined,
      changedOnDisk: (uris: readonly string[]) => void fake.changed.push(...uris),
      text,
      content,
      check,
      async glance(uri: string, config: Config, signal?: AbortSignal): Promise<Glance> {
        if (!fake.first) return { findings: await check(uri, config, signal), isWhole: true };
        return { findings: fake.first, isWhole: false, isLate: fake.isLate };
      },
      status: async (_uri: string, config: Config) => ({ checked: config.enable, summary: 'Checked.' }),
      async fixAll(uri: string) {
        const mended = findingsIn(uri).map(() => ({ rule: 'no-bad', title: 'Make it good', uri }));
        return { texts: new Map([[uri, (text(uri) ?? '').replaceAll('bad', 'good')]]), mended };
      },
      ignore: ({ uri, start }: Finding, reason: string) => ({
        uri,
        start,
        end: start,
        newText: `# lintel-ignore no-bad: ${reason}\n`,
      }),
      hoverIgnore: (_uri: string, offset: number) => (offset === 0 ? { start: 0, end: 2, markdown: 'An ignore.' } : undefined),
      rules: new Map([['no-bad', rule]]),
      generateOpenApi: async (entries: readonly string[]) => ({
        text: 'openapi: 3.1.0\n',
        operations: entries.length,
        notes: [{ uri: api, start: 3, end: 6, message: 'Not seen.' }],
      }),
      workspace: () => {},
      rulesetOf: () => undefined,
      completeRuleset: async () => undefined,
      explainInRuleset: async () => undefined,
      rootsOf: async () => [],
      applicationsIn: async (folders: readonly string[], of?: string) => (of === undefined ? folders : [of]),
      generateAsyncApi: async (entries: readonly string[]) => ({
        text: 'openapi: 3.1.0\n',
        operations: entries.length,
        notes: [{ uri: api, start: 3, end: 6, message: 'Not seen.' }],
      }),
      codeOf: async (uri: string, operation = 'all') => [{ name: 'a.ts', text: `${uri} ${operation}` }],
      operationsOf: async () => [{ name: 'getA', title: 'GET /a' }],
      scaffold: ({ kind }: { kind: string }) => `${kind}: 2\n`,
      mergeInto: async (uri: string, generated: string) => ({
        edits: [{ uri, start: 0, end: 0, newText: generated }],
        added: ['`GET /a`.'],
        extra: [{ start: 0, end: 1, message: 'Old.' }],
      }),
      generateFromSamples: async (samples: readonly { text: string }[]) => ({
        text: samples.map(({ text }) => text).join(''),
        operations: 1,
        notes: [],
      }),
      knows: async () => true,
      placeSnippet: async (_uri: string, { imports, body }: { imports: string; body: string }, at?: Span) => [
        { ...(at ?? { start: 4, end: 4 }), newText: imports, snippet: `${imports}${body}` },
      ],
      placeBlock: async (uri: string, block: string) =>
        uri === api ? [{ start: 5, end: 5, newText: 'x', snippet: block }] : undefined,
      placeImports: async (_uri: string, each: readonly string[]) =>
        each.map((imports) => [{ start: 5, end: 5, newText: imports, snippet: imports }]),
      newDocument: (kind: string) => `${kind}: 1\n`,
      descriptionOf: () => undefined,
      referenceAt: () => undefined,
      links: () => [],
      targetOfLink: () => undefined,
      editsForRenames: async () => [],
      fetchThrough: () => undefined,
      onArrival: () => undefined,
      arrivals: async () => false,
      completeReference: () => undefined,
      completeName: () => undefined,
    } satisfies Lintel,
  };
  return fake;
}

const pull = { textDocument: { diagnostic: {} } };
const edits = { workspaceEdit: { documentChanges: true, snippetEditSupport: true } };

/** Starts a server of a fake Lintel. */
const start = (fake: Fake, capabilities: object, options?: Parameters<typeof startOver>[2]) =>
  startOver(fake.lintel, capabilities, options);

const document = { textDocument: { uri: api } };

test('a pull answers with whole diagnostics', async () => {
  const { client, abilities, open } = await start(fakeLintel(), pull);
  await open(api, 'a: 1\nb: bad\n');
  assert.deepEqual(abilities.diagnosticProvider, {
    identifier: 'lintel',
    interFileDependencies: true,
    workspaceDiagnostics: false,
  });
  const { resultId, ...answer } = await client.sendRequest<{ resultId: string }>('textDocument/diagnostic', document);
  assert.equal(typeof resultId, 'string');
  assert.deepEqual(answer, {
    kind: 'full',
    items: [
      {
        range: range(1, 3, 6),
        severity: 2,
        source: 'lintel',
        code: 'no-bad',
        codeDescription: { href: 'https://example.test/no-bad' },
        message: 'This is bad.',
        tags: [2],
        relatedInformation: [{ location: { uri: api, range: range(0, 0, 1) }, message: 'Seen from here.' }],
      },
    ],
  });
});

test('a pull carries related documents, and says when they are clean again', async () => {
  const { client, open, change } = await start(fakeLintel(), { textDocument: { diagnostic: { relatedDocumentSupport: true } } });
  await open(api, 'a: 1\n');
  await open(shared, 'x: bad\n');
  const ask = (uri: string) =>
    client.sendRequest<{ items: unknown[]; relatedDocuments?: Record<string, { items: unknown[] }> }>('textDocument/diagnostic', {
      textDocument: { uri },
    });
  assert.equal((await ask(api)).relatedDocuments?.[shared]?.items.length, 1);
  assert.equal((await ask(shared)).items.length, 1, 'the file itself is answered with what others found in it');
  await change(shared, 'x: fine\n', 2);
  assert.equal((await ask(api)).relatedDocuments?.[shared]?.items.length, 0);
});

test('a client that pulls but takes no related documents is sent those of files that are not open', async () => {
  const published = listenToPublished();
  const { client, open } = await start(fakeLintel({ [shared]: 'bad\n' }), pull, { on: published.on });
  await open(api, 'a: 1\n');
  await client.sendRequest('textDocument/diagnostic', document);
  assert.equal((await published.until(({ uri }) => uri === shared)).diagnostics.length, 1);
  await open(shared, 'bad\n');
  await published.until(({ uri, diagnostics }) => uri === shared && diagnostics.length === 0);
});

test('a pull whose document changed meanwhile fails and asks to be repeated', async () => {
  const fake = fakeLintel();
  const { client, open, change } = await start(fake, pull);
  const gate = openable();
  fake.gate = gate.promise;
  await open(api, 'a: bad\n');
  const stale = assert.rejects(client.sendRequest('textDocument/diagnostic', document), {
    code: -32802,
    data: { retriggerRequest: true },
  });
  await change(api, 'a: fine\n', 2);
  await client.sendRequest('lintel/status', { uri: api });
  gate.resolve();
  await stale;
  const { items } = await client.sendRequest<{ items: unknown[] }>('textDocument/diagnostic', document);
  assert.deepEqual(items, []);
});

test('a pull of what the client has already says that it still holds', async () => {
  const { client, open, change } = await start(fakeLintel(), pull);
  const ask = (previousResultId?: string) =>
    client.sendRequest<{ kind: string; resultId: string }>('textDocument/diagnostic', { ...document, previousResultId });
  await open(api, 'a: 1\nb: bad\n');
  const { resultId } = await ask();
  await change(api, 'a: 22\nb: bad\n', 2);
  assert.deepEqual(await ask(resultId), { kind: 'unchanged', resultId });
  assert.equal((await ask()).kind, 'full', 'who has nothing is told everything');
  assert.equal((await ask(resultId)).kind, 'full', 'an older answer may be another one');
  await change(api, 'a: 22\n\nb: bad\n', 3);
  const { kind } = await ask((await ask()).resultId);
  assert.equal(kind, 'unchanged');
  await change(api, 'a: 22\nb: bad\n', 4);
  assert.equal((await ask(resultId)).kind, 'full', 'it stands in another line');
});

test('a pull is answered with what can be said at once, and the client asks again when the rest is another', async () => {
  const fake = fakeLintel();
  const refreshing = { ...pull, workspace: { diagnostics: { refreshSupport: true } } };
  const refreshed = openable();
  const { client, open } = await start(fake, refreshing, {
    on: (end) => end.onRequest('workspace/diagnostic/refresh', refreshed.resolve),
  });
  fake.first = [];
  await open(api, 'a: bad\n');
  const ask = async () => (await client.sendRequest<{ items: unknown[] }>('textDocument/diagnostic', document)).items.length;
  assert.equal(await ask(), 0);
  await refreshed.promise;
  delete fake.first;
  assert.equal(await ask(), 1);
});

test('where all of a text waits for a pause, what was said stands until then', async () => {
  const fake = fakeLintel();
  const refreshing = { ...pull, workspace: { diagnostics: { refreshSupport: true } } };
  const refreshed = openable();
  const { client, open, change } = await start(fake, refreshing, {
    on: (end) => end.onRequest('workspace/diagnostic/refresh', refreshed.resolve),
  });
  await open(api, 'a: bad\n');
  const ask = (previousResultId?: string) =>
    client.sendRequest<{ kind: string; items?: unknown[]; resultId: string }>('textDocument/diagnostic', {
      ...document,
      ...(previousResultId !== undefined && { previousResultId }),
    });
  const { resultId } = await ask();
  Object.assign(fake, { first: [], isLate: true });
  await change(api, 'a: bad bad\n', 2);
  assert.deepEqual(await ask(resultId), { kind: 'unchanged', resultId });
  assert.equal((await ask()).items?.length, 1, 'also to a client that does not say what it has');
  await refreshed.promise;
  Object.assign(fake, { first: undefined, isLate: false });
  assert.equal((await ask(resultId)).items?.length, 2);
});

test('a push brings nothing of a text that waits for a pause, then all of it', async () => {
  const fake = fakeLintel();
  const published = listenToPublished();
  const { open } = await start(fake, {}, { on: published.on });
  Object.assign(fake, { first: [], isLate: true });
  await open(api, 'a: bad\n');
  await published.until(({ uri, diagnostics }) => uri === api && diagnostics.length === 1);
  assert.equal(published.seen.length, 1);
});

test('a push brings what can be said at once, then all of it', async () => {
  const fake = fakeLintel();
  const published = listenToPublished();
  const { open } = await start(fake, {}, { on: published.on });
  fake.first = [];
  await open(api, 'a: bad\n');
  await published.until(({ uri, diagnostics }) => uri === api && diagnostics.length === 1);
  assert.deepEqual(
    published.seen.map(({ diagnostics }) => diagnostics.length),
    [0, 1],
  );
});

test('a cancelled pull ends the check and is answered at once', async () => {
  const fake = fakeLintel();
  const { client, open } = await start(fake, pull);
  fake.gate = openable().promise;
  await open(api, 'a: bad\n');
  const source = new CancellationTokenSource();
  const cancelled = client.sendRequest('textDocument/diagnostic', document, source.token);
  while (fake.checks === 0) await client.sendRequest('lintel/status', { uri: api });
  source.cancel();
  await assert.rejects(cancelled, { code: -32800 });
  assert.equal(fake.signals.at(-1)?.aborted, true);
});

test('a push is versioned, never stale, and empty when the file closes', async () => {
  const fake = fakeLintel();
  const published = listenToPublished();
  const { client, abilities, open, change } = await start(fake, {}, { on: published.on });
  assert.equal(abilities.diagnosticProvider, undefined);
  const gate = openable();
  fake.gate = gate.promise;
  await open(api, 'a: bad\n');
  while (fake.checks === 0) await client.sendRequest('lintel/status', { uri: api });
  await change(api, 'a: fine\n', 2);
  await client.sendRequest('lintel/status', { uri: api });
  gate.resolve();
  assert.deepEqual(await published.until(({ uri }) => uri === api), { uri: api, version: 2, diagnostics: [] });
  await change(api, 'a: bad\n', 3);
  assert.equal((await published.until(({ version }) => version === 3)).diagnostics.length, 1);
  await client.sendNotification('textDocument/didClose', document);
  assert.deepEqual(await published.until(({ version }) => version === undefined), { uri: api, diagnostics: [] });
  assert.ok(!published.seen.some(({ version }) => version === 1));
});

test('code actions: mend, fix all of the rule, ignore with a reason, show the page', async () => {
  const { client, open } = await start(fakeLintel(), { ...pull, workspace: edits });
  await open(api, 'a: bad\nb: bad\n');
  const actions = await client.sendRequest<Record<string, unknown>[]>('textDocument/codeAction', {
    ...document,
    range: range(0, 4, 4),
    context: { diagnostics: [], only: ['quickfix'] },
  });
  const versioned = { uri: api, version: 1 };
  // Without one, an editor lists the action behind those that only ignore.
  assert.ok(actions.every(({ diagnostics }) => Array.isArray(diagnostics) && diagnostics.length === 1));
  assert.deepEqual(
    actions.map(({ title, isPreferred, edit, command }) => ({ title, isPreferred, edit, command })),
    [
      {
        title: 'Make it good',
        isPreferred: true,
        edit: { documentChanges: [{ textDocument: versioned, edits: [{ range: range(0, 3, 6), newText: 'good' }] }] },
        command: undefined,
      },
      {
        title: 'Fix all no-bad problems',
        isPreferred: undefined,
        edit: undefined,
        command: {
          title: 'Fix all no-bad problems',
          command: 'lintel.fixAll',
          arguments: [{ uri: api, rule: 'no-bad', unsafe: false }],
        },
      },
      {
        title: 'Ignore no-bad with a reason',
        isPreferred: undefined,
        edit: {
          documentChanges: [
            {
              textDocument: versioned,
              edits: [{ range: range(0, 3, 3), snippet: { kind: 'snippet', value: '# lintel-ignore no-bad: ${1:reason}\n' } }],
            },
          ],
        },
        command: undefined,
      },
      {
        title: 'Show the page of no-bad',
        isPreferred: undefined,
        edit: undefined,
        command: { title: 'Show the page of no-bad', command: 'lintel.showRule', arguments: ['no-bad'] },
      },
    ],
  );
});

test('code actions: insert the snippet of the rule, once, into TypeScript only', async () => {
  const { client, open } = await start(fakeLintel({}, { snippet: 'retry' }), pull);
  for (const [uri, expected] of [
    ['file:///p/a.ts', 1],
    ['file:///p/a.js', 0],
  ] as const) {
    await open(uri, 'bad bad\n');
    const actions = await client.sendRequest<{ command?: { command: string; arguments: unknown[] } }[]>(
      'textDocument/codeAction',
      {
        textDocument: { uri },
        range: range(0, 0, 7),
        context: { diagnostics: [], only: ['quickfix'] },
      },
    );
    const inserting = actions.filter(({ command }) => command?.command === 'lintel.insertSnippet');
    assert.deepEqual(
      inserting.map(({ command }) => command?.arguments),
      Array(expected).fill(['retry']),
    );
  }
});

test('the place of a snippet is told in lines, with and without tab stops', async () => {
  const { client, open } = await start(fakeLintel(), pull);
  await open(api, 'a: 1\nb: 2\n');
  const place = (...args: unknown[]) =>
    client.sendRequest('workspace/executeCommand', { command: 'lintel.placeSnippet', arguments: args });
  const snippet = { imports: 'i', body: '${1:x}' };
  assert.deepEqual(await place(api, snippet, range(1, 0, 2)), [{ range: range(1, 0, 2), newText: 'i', snippet: 'i${1:x}' }]);
  assert.deepEqual(await place(api, snippet), [{ range: range(0, 4, 4), newText: 'i', snippet: 'i${1:x}' }]);
  for (const bad of [[], [api], [api, { imports: 'i' }], [api, { body: 'x' }]])
    await assert.rejects(place(...bad), /Expected the URI/);
  const placeBlock = (...args: unknown[]) =>
    client.sendRequest('workspace/executeCommand', { command: 'lintel.placeBlock', arguments: args });
  assert.deepEqual(await placeBlock(api, '${1:x}'), [{ range: range(1, 0, 0), newText: 'x', snippet: '${1:x}' }]);
  assert.equal(await placeBlock(shared, 'x'), null);
  for (const bad of [[], [api], [api, 1]]) await assert.rejects(placeBlock(...bad), /Expected the URI/);
  const placeImports = (...args: unknown[]) =>
    client.sendRequest('workspace/executeCommand', { command: 'lintel.placeImports', arguments: args });
  const placed = (newText: string) => [{ range: range(1, 0, 0), newText, snippet: newText }];
  assert.deepEqual(await placeImports(api, ['i', 'j']), [placed('i'), placed('j')]);
  for (const bad of [[], [api], [api, 'i'], [api, [1]]]) await assert.rejects(placeImports(...bad), /Expected the URI/);
});

test('source.fixAll.lintel carries its edit, plain for clients without versions', async () => {
  const { client, open } = await start(fakeLintel(), pull);
  await open(api, 'a: bad\n');
  const actions = await client.sendRequest('textDocument/codeAction', {
    ...document,
    range: range(0, 0, 0),
    context: { diagnostics: [], only: ['source.fixAll'] },
  });
  assert.deepEqual(actions, [
    {
      title: 'Fix all Lintel problems that are safe to fix',
      kind: 'source.fixAll.lintel',
      edit: { changes: { [api]: [{ range: range(0, 3, 5), newText: 'goo' }] } },
    },
  ]);
});

test('hover shows the page on a finding and in an ignore comment, else nothing', async () => {
  const { client, open } = await start(fakeLintel(), pull);
  await open(api, 'a: bad\nb: 1\n');
  const at = (line: number, character: number) =>
    client.sendRequest('textDocument/hover', { ...document, position: { line, character } });
  const page = { kind: 'markdown', value: '# no-bad\n\nNothing is bad.' };
  assert.deepEqual(await at(0, 4), { contents: page, range: range(0, 3, 6) });
  assert.deepEqual(await at(0, 0), { contents: { kind: 'markdown', value: 'An ignore.' }, range: range(0, 0, 2) });
  assert.equal(await at(1, 3), null);
});

test('commands and requests', async () => {
  const applied: unknown[] = [];
  const { client, open } = await start(fakeLintel(), pull, {
    on: (end) =>
      end.onRequest('workspace/applyEdit', (params) => {
        applied.push(params);
        return { applied: true };
      }),
  });
  await open(api, 'a: bad\n');
  const run = (command: string, ...args: unknown[]) =>
    client.sendRequest('workspace/executeCommand', { command, arguments: args });
  assert.equal(await run('lintel.newDocument', 'asyncapi'), 'asyncapi: 1\n');
  assert.deepEqual(await run('lintel.generateOpenApi', ['file:///w/app.ts']), {
    text: 'openapi: 3.1.0\n',
    operations: 1,
    notes: [{ uri: api, range: range(0, 3, 6), message: 'Not seen.' }],
  });
  assert.deepEqual(await run('lintel.generateFromSamples', [{ uri: 'file:///w/a.har', text: 'a' }]), {
    text: 'a',
    operations: 1,
    notes: [],
  });
  await assert.rejects(run('lintel.generateFromSamples', [{ uri: 1 }]), { code: -32602 });
  assert.deepEqual(await run('lintel.applications', ['file:///w'], 'file:///w/app.ts'), ['file:///w/app.ts']);
  await assert.rejects(run('lintel.applications', ['file:///w'], 1), { code: -32602 });
  assert.equal(((await run('lintel.generateAsyncApi', ['file:///w'])) as { operations: number }).operations, 1);
  assert.deepEqual(await run('lintel.fixAll', { uri: api }), {
    applied: true,
    mended: [{ rule: 'no-bad', title: 'Make it good', uri: api }],
  });
  assert.deepEqual(applied, [
    { label: 'Lintel: fix all', edit: { changes: { [api]: [{ range: range(0, 3, 5), newText: 'goo' }] } } },
  ]);
  assert.equal(await run('lintel.scaffold', { kind: 'webhook', event: 'order.paid' }), 'webhook: 2\n');
  assert.deepEqual(await run('lintel.code', api, 'getA'), [{ name: 'a.ts', text: `${api} getA` }]);
  assert.deepEqual(await run('lintel.operations', api), [{ name: 'getA', title: 'GET /a' }]);
  await assert.rejects(run('lintel.code', api, 1), { code: -32602 });
  await assert.rejects(run('lintel.scaffold', { kind: 'resource' }), { code: -32602 });
  await assert.rejects(run('lintel.newDocument', 'pdf'), { code: -32602 });
  await assert.rejects(run('lintel.generateOpenApi'), { code: -32602 });
  assert.deepEqual(await client.sendRequest('lintel/status', { uri: api }), { checked: true, summary: 'Checked.' });
  assert.equal(await client.sendRequest('lintel/rulePage', { rule: 'no-bad' }), '# no-bad\n\nNothing is bad.');
  assert.equal(await client.sendRequest('lintel/rulePage', { rule: 'none' }), null);
});

test('generation says what it reads, ends when it is cancelled, and is not ended by a change', async () => {
  const many = Array.from({ length: 1200 }, (_, index) => index);
  const files: Record<string, string> = {
    'file:///w/app.ts': `import express from 'express'; const app = express();
${many.map((at) => `import { add as add${at} } from './r${at}'; add${at}(app);`).join('\n')}`,
    'file:///w/send.ts': many.map((at) => `import './r${at}';`).join('\n'),
  };
  for (const at of many)
    files[`file:///w/r${at}.ts`] = `export function add(app) { app.get('/r${at}', (req, res) => res.json(1)); }`;
  // A disk takes its time; from memory everything would be read before anybody could say that it is not wanted.
  const host = memoryHost(files);
  const slow = (uri: string) => {
    for (const until = performance.now() + 0.4; performance.now() < until;);
    return host.read(uri);
  };
  const { client, open, change } = await startOver(createLintel({ ...host, read: slow }, []), pull);
  await open(api, 'a: 1\n');
  const run = (command: string, entry: string, workDoneToken: string, token = CancellationToken.None) =>
    client.sendRequest('workspace/executeCommand', { command, arguments: [[entry]], workDoneToken }, token);
  for (const [command, entry] of [
    ['lintel.generateOpenApi', 'file:///w/app.ts'],
    ['lintel.generateAsyncApi', 'file:///w/send.ts'],
  ] as const) {
    const source = new CancellationTokenSource();
    const said: (WorkDoneProgressBegin | WorkDoneProgressReport)[] = [];
    const first = new Promise<void>((resolve) =>
      client.onProgress(new ProgressType<WorkDoneProgressBegin | WorkDoneProgressReport>(), command, (value) => {
        said.push(value);
        if (value.kind === 'report') resolve();
      }),
    );
    const generated = run(command, entry, command, source.token);
    await first;
    source.cancel();
    await assert.rejects(generated, { code: -32800 });
    assert.deepEqual([said[0]?.kind, said[0]?.kind === 'begin' && said[0].cancellable], ['begin', true]);
    assert.match(said[1]?.kind === 'report' ? (said[1].message ?? '') : '', /^\w+\.ts$/);
  }
  const whole = run('lintel.generateOpenApi', 'file:///w/app.ts', 'whole');
  await change(api, 'a: 2\n', 2);
  assert.equal(((await whole) as { operations: number }).operations, many.length);
});

test('settings are asked for once per document and again when they change; disk changes reach Lintel', async () => {
  const fake = fakeLintel();
  let ruleset = 'a.yaml';
  let asked = 0;
  const { client, open } = await start(
    fake,
    { ...pull, workspace: { configuration: true } },
    {
      init: { trusted: false },
      on: (end) =>
        end.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => {
          asked++;
          return items.map(() => ({ ruleset, enable: 'yes' }));
        }),
    },
  );
  await open(api, 'a: 1\n');
  await client.sendRequest('textDocument/diagnostic', document);
  await client.sendRequest('textDocument/diagnostic', document);
  assert.equal(asked, 1);
  ruleset = 'b.yaml';
  await client.sendNotification('workspace/didChangeConfiguration', { settings: null });
  await client.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: shared, type: 2 }] });
  await client.sendRequest('textDocument/diagnostic', document);
  assert.deepEqual(
    fake.configs.map((config) => config.ruleset),
    ['file:///w/a.yaml', 'file:///w/a.yaml', 'file:///w/b.yaml'],
  );
  assert.ok(fake.configs.every((config) => config.enable && !config.trusted));
  assert.deepEqual(fake.changed, [shared]);
});

for (const showsStatus of [true, false]) {
  test(`a client that ${showsStatus ? 'shows' : 'does not show'} the status is ${showsStatus ? '' : 'not '}told when it may be another`, async () => {
    let told = 0;
    const { client, open } = await start(fakeLintel(), pull, {
      init: { showsStatus },
      on: (end) => void end.onNotification('lintel/renewed', () => void told++),
    });
    await open(api, 'a: 1\n');
    await client.sendRequest('lintel/rules');
    assert.equal(told, 0);
    const changes = [{ uri: 'file:///w/.spectral.yaml', type: 1 }];
    await client.sendNotification('workspace/didChangeWatchedFiles', { changes });
    await client.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await client.sendRequest('lintel/rules');
    assert.equal(told, showsStatus ? 2 : 0);
  });
}

test('a file is the same however the client spells its URI', async () => {
  const [sent, known] = ['file:///C:/w/my (1) api.yaml', 'file:///c%3A/w/my%20%281%29%20api.yaml'];
  const fake = fakeLintel();
  const { client, open } = await start(fake, pull);
  await open(sent, 'file: bad\n');
  for (const uri of [sent, known]) {
    const report = await client.sendRequest<{ items: unknown[] }>('textDocument/diagnostic', { textDocument: { uri } });
    assert.equal(report.items.length, 1);
  }
  await client.sendNotification('textDocument/didChange', {
    textDocument: { uri: sent, version: 2 },
    contentChanges: [{ text: 'file:///C:/good' }],
  });
  await client.sendNotification('textDocument/didClose', { textDocument: { uri: known } });
  await client.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: sent, type: 2 }] });
  await client.sendRequest('textDocument/diagnostic', document);
  assert.deepEqual(fake.changed, [known]);
  assert.equal(fake.lintel.text(known), undefined);
});

test('a folder that comes or goes is a change of the files in it, what tools keep for themselves is none', async () => {
  const fake = fakeLintel();
  const { client } = await start(fake, pull);
  const names = ['parts', 'v1.2', 'a.yaml', 'a.log', '.git/HEAD', 'node_modules/a', 'b.spec.ts'];
  const changes = names.map((name) => ({ uri: `file:///w/${name}`, type: 3 }));
  await client.sendNotification('workspace/didChangeWatchedFiles', { changes });
  await client.sendRequest('textDocument/diagnostic', document);
  assert.deepEqual(
    fake.changed,
    ['parts', 'v1.2', 'a.yaml', 'b.spec.ts'].map((name) => `file:///w/${name}`),
  );
});

test('a folder that joins the workspace counts from then on', async () => {
  const fake = fakeLintel();
  const folders: (readonly string[])[] = [];
  fake.lintel.workspace = (uris) => void folders.push(uris);
  const settings = { lintel: { ruleset: 'a.yaml' } };
  const { client, open, abilities } = await start(
    fake,
    { ...pull, workspace: { workspaceFolders: true } },
    { init: { settings } },
  );
  assert.deepEqual(abilities.workspace, { workspaceFolders: { supported: true, changeNotifications: true } });
  await open('file:///x/api.yaml', 'a: 1\n');
  const event = { added: [{ uri: 'file:///x', name: 'x' }], removed: [{ uri: 'file:///w', name: 'w' }] };
  await client.sendRequest('textDocument/diagnostic', { textDocument: { uri: 'file:///x/api.yaml' } });
  await client.sendNotification('workspace/didChangeWorkspaceFolders', { event });
  await client.sendRequest('textDocument/diagnostic', { textDocument: { uri: 'file:///x/api.yaml' } });
  assert.deepEqual(folders, [['file:///w'], ['file:///x']]);
  assert.deepEqual(
    fake.configs.map(({ ruleset }) => ruleset),
    ['file:///w/a.yaml', 'file:///x/a.yaml'],
  );
});

for (const [path, expected] of [
  ['', ''],
  ['rules/a.yaml', 'file:///w/rules/a.yaml'],
  ['/etc/a.yaml', 'file:///etc/a.yaml'],
  ['${workspaceFolder}/a.yaml', 'file:///w/a.yaml'],
  ['~/a.yaml', URI.file(join(homedir(), 'a.yaml')).toString()],
  ['~old/a.yaml', 'file:///w/~old/a.yaml'],
  ['https://example.test/a.yaml', 'https://example.test/a.yaml'],
] as const) {
  test(`the ruleset path "${path}" becomes "${expected}"`, () => {
    assert.equal(rulesetUri(path, api, ['file:///w']), expected);
  });
}

for (const [before, after, start, end, newText] of [
  ['abc', 'aXc', 1, 2, 'X'],
  ['aa', 'aaa', 2, 2, 'a'],
  ['a\r\nb', 'a\nb', 1, 3, '\n'],
  ['😀', '😁', 0, 2, '😁'],
] as const) {
  test(`from ${JSON.stringify(before)} to ${JSON.stringify(after)} by one small edit`, () => {
    assert.deepEqual(replaceText(api, before, after), [{ uri: api, start, end, newText }]);
  });
}

test('a merge is shown before it is applied, by a client that can', async () => {
  const applied: { edit: { changeAnnotations?: unknown; documentChanges?: { edits: unknown[] }[] } }[] = [];
  const answers = [true, false];
  const workspace = { workspaceEdit: { documentChanges: true, changeAnnotationSupport: {} } };
  const { client, open } = await start(
    fakeLintel(),
    { ...pull, workspace },
    {
      on: (end) =>
        end.onRequest('workspace/applyEdit', (params) => {
          applied.push(params);
          return { applied: answers.shift() };
        }),
    },
  );
  await open(api, 'a: bad\n');
  const run = (...args: unknown[]) =>
    client.sendRequest('workspace/executeCommand', { command: 'lintel.merge', arguments: args });
  const said = { added: ['`GET /a`.'], extra: [{ range: range(0, 0, 1), message: 'Old.' }] };
  assert.deepEqual(await run(api, 'b: 1\n'), { applied: true, ...said });
  assert.deepEqual(applied[0]?.edit.changeAnnotations, { addition: { label: 'Lintel: one addition', needsConfirmation: true } });
  assert.deepEqual(applied[0]?.edit.documentChanges?.[0]?.edits, [
    { range: range(0, 0, 0), newText: 'b: 1\n', annotationId: 'addition' },
  ]);
  assert.deepEqual(await run(api, 'b: 1\n'), { applied: false, ...said });
  const edits = [{ range: range(0, 0, 0), newText: 'b: 1\n' }];
  assert.deepEqual(await run(api, 'b: 1\n', true), { applied: false, ...said, text: 'b: 1\na: bad\n', edits });
  assert.equal(applied.length, 2);
  await assert.rejects(run(api), { code: -32602 });
});
