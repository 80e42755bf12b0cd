/** References follow renamed files: what an editor is told to change before it renames. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TextDocumentEdit, WorkspaceEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { createLintel } from '../../server/core/create.ts';
import { type Host, memoryHost } from '../../server/core/host.ts';
import { start } from './editor.ts';

const able = { workspace: { workspaceEdit: { documentChanges: true }, fileOperations: { willRename: true } } };
const uriOf = (path: string) => `file:///w/${path}`;

interface Situation {
  /** Texts by path, in the workspace. */
  readonly disk: Record<string, string>;
  /** Texts of open documents, which stand before those on the disk. */
  readonly open?: Record<string, string>;
  /** Old path to new path. */
  readonly renames: Record<string, string>;
  readonly capabilities?: object;
  readonly init?: object;
  readonly host?: Partial<Host>;
}

/** What the server answers. */
async function ask({ disk, open = {}, renames, capabilities = able, init, host = {} }: Situation) {
  const files = Object.fromEntries(Object.entries(disk).map(([path, text]) => [uriOf(path), text]));
  const lintel = createLintel({ ...memoryHost(files), ...host }, []);
  const server = await start(lintel, capabilities, { init });
  for (const [path, text] of Object.entries(open)) {
    await server.open(uriOf(path), text, path.endsWith('.json') ? 'json' : 'yaml');
  }
  const answer = await server.client.sendRequest<WorkspaceEdit | null>('workspace/willRenameFiles', {
    files: Object.entries(renames).map(([from, to]) => ({ oldUri: uriOf(from), newUri: uriOf(to) })),
  });
  return { ...server, answer };
}

/** The texts that change, by old path. */
async function follow(situation: Situation): Promise<Record<string, string>> {
  const { answer } = await ask(situation);
  const changes = (answer?.documentChanges ?? []) as TextDocumentEdit[];
  const texts = changes.map(({ textDocument: { uri }, edits }): [string, string] => {
    const path = decodeURIComponent(uri.slice(uriOf('').length));
    const before = situation.open?.[path] ?? situation.disk[path] ?? situation.disk[encodeURI(path)] ?? '';
    return [path, TextDocument.applyEdits(TextDocument.create(uri, '', 1, before), edits as never)];
  });
  return Object.fromEntries(texts);
}

/** A description with one reference, as it is written. */
const api = (reference: string) => `openapi: 3.1.0
components:
  schemas:
    Pet:
      $ref: ${reference} # the pet
`;

const pet = 'type: object\n';

for (const [what, before, to, after] of [
  ['with a fragment', `'./pet.yaml#/$defs/a~1b'`, 'cat.yaml', `'./cat.yaml#/$defs/a~1b'`],
  ['without a fragment', './pet.yaml', 'cat.yaml', './cat.yaml'],
  ['without `./`', '"pet.yaml#/a"', 'cat.yaml', '"cat.yaml#/a"'],
  ['into a folder, without `./`', 'pet.yaml', 'schemas/pet.yaml', 'schemas/pet.yaml'],
  ['into a folder, with `./`', './pet.yaml', 'schemas/pet.yaml', './schemas/pet.yaml'],
  ['to a name that must be encoded', './pet.yaml', 'a b#1.yaml', './a%20b%231.yaml'],
  ['to a name in which only some must be', './pet.yaml', 'pet@(1).yaml', './pet@(1).yaml'],
  ['to a name with a colon', 'pet.yaml', 'v1:pet.yaml', './v1:pet.yaml'],
  ['to JSON, whatever its name is', './pet.yaml', 'pet.JSON', './pet.JSON'],
] as const) {
  test(`a reference follows its file ${what}`, async () => {
    const disk = { 'api.yaml': api(before), 'pet.yaml': pet };
    const path = to.split('/').map(encodeURIComponent).join('/');
    assert.deepEqual(await follow({ disk, renames: { 'pet.yaml': path } }), { 'api.yaml': api(after) });
  });
}

for (const [what, before, after] of [
  ['encoded', `'./my%20parts/a%20pet.yaml'`, `'./my%20parts/a%20cat.yaml'`],
  ['plain', `'./my parts/a pet.yaml'`, `'./my parts/a cat.yaml'`],
] as const) {
  test(`what is written ${what} stays so`, async () => {
    const disk = { 'api.yaml': api(before), 'my%20parts/a%20pet.yaml': pet };
    const renames = { 'my%20parts/a%20pet.yaml': 'my%20parts/a%20cat.yaml' };
    assert.deepEqual(await follow({ disk, renames }), { 'api.yaml': api(after) });
  });
}

test('in JSON too, and only there', async () => {
  const text = (file: string) => `{ "openapi": "3.1.0", "x": [{ "$ref" : "${file}#/a" }], "y": { "$ref": "#/x/0" } }`;
  const disk = { 'api.json': text('pet.yaml'), 'pet.yaml': pet };
  assert.deepEqual(await follow({ disk, renames: { 'pet.yaml': 'parts/cat.yaml' } }), { 'api.json': text('parts/cat.yaml') });
});

test('what a discriminator maps to by reference and operations of links follow, names and URLs stay', async () => {
  const text = (file: string) => `openapi: 3.1.0
paths:
  /a:
    get:
      responses:
        '200':
          links: { next: { operationRef: '${file}#/paths/~1a/get' } }
components:
  schemas:
    Pet:
      discriminator:
        propertyName: kind
        mapping: { cat: ./${file}, dog: pet, fish: 'https://example.com/pet.yaml' }
      oneOf:
        - $ref: ./${file}
        - $ref: https://example.com/pet.yaml
        - $ref: file:///w/pet.yaml
        - $ref: /w/pet.yaml
        - $ref: '#/components/schemas/Pet'
      example: { externalValue: pet.yaml, text: pet.yaml }
`;
  const disk = { 'api.yaml': text('pet.yaml'), 'pet.yaml': pet };
  assert.deepEqual(await follow({ disk, renames: { 'pet.yaml': 'cat.yaml' } }), { 'api.yaml': text('cat.yaml') });
});

test('references in a file that moves lead where they led', async () => {
  const text = (up: string, itself: string) => `a: { $ref: '${up}money.yaml#/Money' }
b: { $ref: '${itself}#/a' }
c: { $ref: '#/a' }
d: { $ref: './gone.yaml' }
`;
  const disk = {
    'api.yaml': api('parts/pet.yaml'),
    'parts/pet.yaml': text('./', './pet.yaml'),
    'parts/money.yaml': 'Money: {}\n',
  };
  assert.deepEqual(await follow({ disk, renames: { 'parts/pet.yaml': 'cat.yaml' } }), {
    'api.yaml': api('cat.yaml'),
    'parts/pet.yaml': text('./parts/', './cat.yaml'),
  });
});

test('from the folder above, `./` is written where the file writes it elsewhere', async () => {
  const text = (money: string, other: string) => `a: { $ref: ${money} }\nb: { $ref: ${other} }\n`;
  const move = async (other: string) => {
    const disk = { 'parts/pet.yaml': text('../money.yaml', other), 'money.yaml': pet, 'parts/own.yaml': pet };
    return (await follow({ disk, renames: { 'parts/pet.yaml': 'pet.yaml' } }))['parts/pet.yaml'];
  };
  assert.equal(await move('./own.yaml'), text('./money.yaml', './parts/own.yaml'));
  assert.equal(await move('own.yaml'), text('money.yaml', 'parts/own.yaml'));
  assert.equal(await move('../money.yaml'), text('./money.yaml', './money.yaml'));
});

test('a folder moves: what is in it goes on referring to one another, and out of it and into it anew', async () => {
  const disk = {
    'api.yaml': api(`'parts/deep/pet.yaml#/a'`),
    'other.yaml': api(`'partsbin/pet.yaml'`),
    'money.yaml': pet,
    'parts/deep/pet.yaml': `a: { $ref: ../cat.yaml }\nb: { $ref: '../../money.yaml' }\n`,
    'parts/cat.yaml': `a: { $ref: deep/pet.yaml }\nb: { $ref: ../parts/deep/pet.yaml }\n`,
    'partsbin/pet.yaml': pet,
  };
  assert.deepEqual(await follow({ disk, renames: { parts: 'shared/schemas' } }), {
    'api.yaml': api(`'shared/schemas/deep/pet.yaml#/a'`),
    'parts/deep/pet.yaml': `a: { $ref: ../cat.yaml }\nb: { $ref: '../../../money.yaml' }\n`,
    'parts/cat.yaml': `a: { $ref: deep/pet.yaml }\nb: { $ref: deep/pet.yaml }\n`,
  });
});

test('files that move together go on referring to one another', async () => {
  const disk = { 'a.yaml': `x: { $ref: b.yaml }\ny: { $ref: c.yaml }\n`, 'b.yaml': `x: { $ref: a.yaml }\n`, 'c.yaml': pet };
  const renames = { 'a.yaml': 'parts/a.yaml', 'b.yaml': 'parts/b.yaml' };
  assert.deepEqual(await follow({ disk, renames }), { 'a.yaml': `x: { $ref: b.yaml }\ny: { $ref: ../c.yaml }\n` });
});

test('a file that is named in another case follows on a disk that ignores it', async () => {
  const disk = { 'api.yaml': api('./Pet.yaml'), 'pet.yaml': pet };
  const files = Object.fromEntries(Object.entries(disk).map(([path, text]) => [uriOf(path), text]));
  const renames = { 'pet.yaml': 'cat.yaml' };
  assert.deepEqual(await follow({ disk, renames, host: memoryHost(files, true) }), { 'api.yaml': api('./cat.yaml') });
  assert.deepEqual(await follow({ disk, renames }), {});
});

test('an open document counts before its file, and its edit is for its version', async () => {
  const disk = { 'api.yaml': api('./pet.yaml'), 'stale.yaml': api('./pet.yaml'), 'pet.yaml': pet };
  const open = { 'api.yaml': `\n\n${api('./pet.yaml')}`, 'stale.yaml': api('./other.yaml') };
  const situation = { disk, open, renames: { 'pet.yaml': 'cat.yaml' } };
  assert.deepEqual(await follow(situation), { 'api.yaml': `\n\n${api('./cat.yaml')}` });
  const versions = async (of: Situation) =>
    ((await ask(of)).answer?.documentChanges as TextDocumentEdit[]).map(({ textDocument }) => textDocument.version);
  assert.deepEqual(await versions(situation), [1]);
  assert.deepEqual(await versions({ ...situation, open: {} }), [null, null]);
});

test('clients without versions are given plain edits', async () => {
  const disk = { 'api.yaml': api('./pet.yaml'), 'pet.yaml': pet };
  const capabilities = { workspace: { fileOperations: { willRename: true } } };
  const { answer } = await ask({ disk, renames: { 'pet.yaml': 'cat.yaml' }, capabilities });
  assert.deepEqual(
    Object.entries(answer?.changes ?? {}).map(([uri, edits]) => [uri, edits.map(({ newText }) => newText.trim())]),
    [[uriOf('api.yaml'), ['./cat.yaml']]],
  );
});

for (const [what, text] of [
  ['that names itself', `$self: https://example.com/api.yaml\n${api('pet.yaml')}`],
  ['whose `$id` is a URL', `$id: https://example.com/api.yaml\na: { $ref: pet.yaml }\n`],
  ['with a schema of that name', `${api('pet.yaml')}    Other: { $id: pet.yaml }\n`],
] as const) {
  test(`a document ${what} is left alone`, async () => {
    assert.deepEqual(await follow({ disk: { 'api.yaml': text, 'pet.yaml': pet }, renames: { 'pet.yaml': 'cat.yaml' } }), {});
  });
}

test('what is generated or installed is not looked at, and nothing is where Lintel is off', async () => {
  const disk = { 'dist/api.yaml': api('../pet.yaml'), 'node_modules/a/api.yaml': api('../../pet.yaml'), 'pet.yaml': pet };
  const renames = { 'pet.yaml': 'cat.yaml' };
  assert.deepEqual(await follow({ disk, renames }), {});
  const init = { settings: { lintel: { enable: false } } };
  assert.deepEqual(await follow({ disk: { 'api.yaml': api('pet.yaml'), 'pet.yaml': pet }, renames, init }), {});
});

test('a search that takes long is ended: open documents and the renamed file are edited all the same', async () => {
  const disk = { 'api.yaml': api('pet.yaml'), 'other.yaml': api('pet.yaml'), 'pet.yaml': `a: { $ref: api.yaml }\n` };
  const files = Object.fromEntries(Object.entries(disk).map(([path, text]) => [uriOf(path), text]));
  const slow = (uri: string) => {
    for (const end = performance.now() + 5; performance.now() < end;);
    return memoryHost(files).list(uri);
  };
  const lintel = createLintel({ ...memoryHost(files), list: slow }, []);
  lintel.workspace([uriOf('')]);
  lintel.open(uriOf('api.yaml'), disk['api.yaml'], 1);
  const renames = [{ from: uriOf('pet.yaml'), to: uriOf('parts/pet.yaml') }];
  const edited = async (signal?: AbortSignal) => (await lintel.editsForRenames(renames, signal)).map(({ uri }) => uri);
  assert.deepEqual(await edited(AbortSignal.abort()), [uriOf('api.yaml'), uriOf('pet.yaml')]);
  assert.deepEqual(await edited(), [uriOf('api.yaml'), uriOf('pet.yaml'), uriOf('other.yaml')]);
});

test('only a client that asks is told of it', async () => {
  const disk = { 'pet.yaml': pet };
  const abilities = async (capabilities: object) => (await ask({ disk, renames: {}, capabilities })).abilities.workspace;
  assert.deepEqual(await abilities({}), {});
  const { fileOperations } = (await abilities(able)) as { fileOperations: { willRename: { filters: unknown[] } } };
  assert.equal(fileOperations.willRename.filters.length, 2);
});
