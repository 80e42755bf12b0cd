import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';
import { pathOfUri, resolveUri, spelledUri, uriIn, uriOfPath, uriOnDisk } from '../../server/core/uri.ts';

test('a file has one spelling, that of VS Code', () => {
  const spelled = 'file:///c%3A/My%20APIs/%5Bid%5D/%40scope/a%281%29%2Bb.yaml';
  for (const uri of [
    spelled,
    'file:///C:/My%20APIs/[id]/@scope/a(1)+b.yaml',
    'file:///c:/My%20APIs/%5bid%5d/%40scope/a%281%29%2bb.yaml',
    'FILE:///C%3a/My APIs/[id]/@scope/a(1)+b.yaml',
  ]) {
    assert.equal(spelledUri(uri), spelled);
  }
  assert.equal(spelledUri('file:///w/%C3%A9.yaml'), spelledUri('file:///w/é.yaml'));
  assert.equal(spelledUri('file://Server/share/a:b.yaml?q=(1)#/a(1)'), 'file://server/share/a%3Ab.yaml?q=(1)#/a(1)');
  assert.equal(spelledUri('file:///w/100%.yaml'), 'file:///w/100%25.yaml');
  for (const other of ['https://example.com/a(1).yaml', 'untitled:Untitled-1', 'vscode-vfs://github/a/@b.yaml']) {
    assert.equal(spelledUri(other), other);
  }
});

test('references, paths and names lead to that spelling', () => {
  const base = 'file:///c%3A/apis/api.yaml';
  assert.equal(resolveUri('./parts (old)/@a.yaml', base), 'file:///c%3A/apis/parts%20%28old%29/%40a.yaml');
  assert.equal(resolveUri('../b.yaml', base), 'file:///c%3A/b.yaml');
  assert.equal(uriOfPath('c:/apis/[id]/a.ts'), 'file:///c%3A/apis/%5Bid%5D/a.ts');
  assert.equal(uriOfPath('/w/a b.ts'), 'file:///w/a%20b.ts');
  assert.equal(pathOfUri('file:///C:/apis/a%20b.ts'), 'c:/apis/a b.ts');
  assert.equal(pathOfUri('file:///w/%5Bid%5D.ts'), '/w/[id].ts');
  assert.equal(uriIn('file:///w', "a'b.yaml"), 'file:///w/a%27b.yaml');
});

test('a disk that takes upper for lower case has one name for a file', () => {
  const names: Record<string, string[]> = {
    'file:///w/': ['Parts'],
    'file:///w/Parts/': ['Pet.yaml', 'pet.YAML'],
    'file:///': ['w'],
  };
  const onDisk = (uri: string) => uriOnDisk(uri, (folder) => names[folder] ?? []);
  assert.equal(onDisk('file:///W/parts/PET.yaml'), 'file:///w/Parts/Pet.yaml');
  assert.equal(onDisk('file:///w/Parts/pet.YAML'), 'file:///w/Parts/pet.YAML');
  assert.equal(onDisk('file:///w/gone/a%20b.yaml'), 'file:///w/gone/a%20b.yaml');
  assert.equal(onDisk('https://example.com/A.yaml'), 'https://example.com/A.yaml');
});

const root = (ref: string) =>
  `openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths: {}\ncomponents:\n  schemas:\n    Pet: { $ref: '${ref}' }\n`;

/** What is said of references in a description on a Windows disk, and the description mended. */
async function references(ref: string, files: Record<string, string>, ignoresCase: boolean, buffer?: [string, string]) {
  const api = 'file:///c%3A/w/api.yaml';
  const lintel = createLintel(memoryHost({ [api]: root(ref), ...files }, ignoresCase), rules);
  lintel.workspace(['file:///c%3A/w']);
  if (buffer) lintel.open(...buffer, 1, 'yaml');
  const found = (await lintel.check(api, defaultConfig)).filter(({ rule }) => rule === 'reference' || rule === 'structure');
  const { texts } = await lintel.fixAll(api, defaultConfig, { unsafe: true });
  return { said: found.map(({ uri, message }) => `${pathOfUri(uri)}: ${message}`), mended: texts.get(api) };
}

test('a buffer counts for the file, however the reference and the disk spell it', async () => {
  const disk = { 'file:///C:/w/parts (1)/pet.yaml': 'type: object\n' };
  const unsaved: [string, string] = ['file:///c%3A/w/parts%20%281%29/pet.yaml', 'type: objekt\n'];
  const { said } = await references('parts%20(1)/pet.yaml', disk, false, unsaved);
  assert.deepEqual(said, [
    'c:/w/parts (1)/pet.yaml: `type` is `objekt`; it must be one of `array`, `boolean`, `integer`, `null`, `number`, `object` or `string`.',
  ]);
});

test('a reference that only some disks can follow is told, and mended', async () => {
  const files = { 'file:///c%3A/w/Pet.yaml': 'type: object\n' };
  const { said, mended } = await references('./pet.yaml', files, true);
  assert.deepEqual(said, [
    'c:/w/api.yaml: `./pet.yaml` is found only where a disk takes upper for lower case: the file is called `Pet.yaml`.',
  ]);
  assert.equal(mended, root('./Pet.yaml'));
  const elsewhere = await references('./pet.yaml', files, false);
  assert.deepEqual(elsewhere.said, [
    'c:/w/api.yaml: `./pet.yaml` leads nowhere: the file `./pet.yaml` does not exist or cannot be read; did you mean `Pet.yaml`?',
  ]);
  assert.equal(elsewhere.mended, root('./Pet.yaml'));
  const pointer = await references('./pett%20s.yaml#/a', { 'file:///c%3A/w/pets s.yaml': 'a: { type: object }\n' }, false);
  assert.equal(pointer.mended, root('./pets%20s.yaml#/a'));
});
