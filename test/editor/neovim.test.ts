/** The language server as any other editor has it: started by Neovim, over stdio. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { here, root, scratch } from './paths.ts';
import { findNeovim, mayInstall } from './setup.ts';

const api = `openapi: 3.1.0
info:
  title: Pets
  version: 1.0.0
servers:
  - url: http://api.example.com
paths:
  /pets/{id}:
    get:
      responses:
        '429':
          description: Too many requests.
`;

const quietly = ['--headless', '--clean', '-n'];
const neovim = findNeovim();
// Where the setup could have installed it, that it is not there is a mistake and not a reason.
const skip = !neovim && !mayInstall() && 'Neovim is not installed';

test('Neovim shows diagnostics, applies a code action, and shows what is left', { skip }, async () => {
  assert.ok(neovim, 'Neovim was not installed: `node test/editor/setup.ts` does it.');
  const folder = join(scratch, 'neovim');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'pets.yaml');
  writeFileSync(file, api);
  const { stdout } = await promisify(execFile)(neovim, [...quietly, '-c', `luafile ${join(here, 'neovim.lua')}`], {
    env: {
      ...process.env,
      LINTEL_FILE: file,
      LINTEL_RULE: 'server-https',
      LINTEL_LAST_RULE: 'operation-tags',
      LINTEL_NODE: process.execPath,
      LINTEL_SERVER: join(root, 'dist', 'server.cjs'),
    },
    timeout: 300_000,
  });
  const seen = JSON.parse(stdout);
  assert.equal(seen.failure, undefined);
  assert.deepEqual(
    seen.before.filter(({ rule }: { rule: string }) => rule === 'server-https'),
    [
      {
        rule: 'server-https',
        source: 'lintel',
        line: 5,
        column: 9,
        message: 'Requests to `api.example.com` travel in plain text; use `https`.',
      },
    ],
  );
  assert.equal(seen.actions[0], 'Use https');
  assert.equal(seen.text, api.replace('http:', 'https:').trimEnd());
  assert.deepEqual(
    seen.after,
    seen.before.filter(({ rule }: { rule: string }) => rule !== 'server-https'),
  );
});
