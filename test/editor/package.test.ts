/** What people download: exactly these files, and few bytes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import JSZip from 'jszip';
import { catalogue } from '../../scripts/snippets.ts';
import { vsix } from './paths.ts';

test('the package holds these files and no others, in less than 6 MB', async () => {
  const bytes = readFileSync(vsix);
  const { files } = await JSZip.loadAsync(bytes);
  const names = Object.values(files)
    .filter(({ dir }) => !dir)
    .map(({ name }) => name)
    .sort();
  const pages = catalogue('md').map((path) => `extension/snippets/${path}`);
  const expected = [
    '[Content_Types].xml',
    'extension.vsixmanifest',
    'extension/LICENSE.txt',
    'extension/changelog.md',
    'extension/client/icon.png',
    'extension/client/walkthrough/document.md',
    'extension/client/walkthrough/fix.md',
    'extension/client/walkthrough/generate.md',
    'extension/client/walkthrough/rules.md',
    'extension/client/walkthrough/snippets.md',
    'extension/dist/asyncapi.cjs',
    'extension/dist/cli-main.cjs',
    'extension/dist/cli.cjs',
    'extension/dist/client.cjs',
    'extension/dist/keywords.cjs',
    'extension/dist/server-main.cjs',
    'extension/dist/server.cjs',
    'extension/dist/spectral.cjs',
    'extension/dist/third-party-notices.txt',
    'extension/dist/typescript.cjs',
    'extension/dist/validators.cjs',
    'extension/package.json',
    'extension/readme.md',
    'extension/snippets/json.json',
    'extension/snippets/typescript.json',
    'extension/snippets/yaml.json',
    ...pages,
  ];
  assert.deepEqual(names, expected.sort());
  assert.ok(bytes.length < 6_000_000, `${bytes.length} bytes`);
});
