/** The README's first command, from its second half on: the package is built. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { chooseDriver } from './driver.ts';
import { root, sample, scratch } from './paths.ts';

const skip = process.platform !== 'linux' && 'the stand-in for VS Code is a shell script';

test('npm start opens the sample in desktop VS Code where there is one', { skip }, async (t) => {
  const folder = join(scratch, 'start');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'code'), `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/arguments"\n`);
  chmodSync(join(folder, 'code'), 0o755);
  const { ended } = start(t, folder);
  assert.equal(await ended, 0);
  assert.deepEqual(readFileSync(join(folder, 'arguments'), 'utf8').trim().split('\n'), [
    '--new-window',
    `--extensionDevelopmentPath=${root}`,
    sample,
  ]);
});

test('npm start prints an address that answers where there is none', { skip: chooseDriver() !== 'code-server' }, async (t) => {
  const { child, ended, address } = start(t, '');
  const url = await address;
  assert.equal(new URL(url).hostname, '127.0.0.1');
  assert.equal(new URL(url).searchParams.get('folder'), sample);
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /vscode-workbench-web-configuration/);
  assert.ok(existsSync(join(root, '.cache', 'start', 'extensions')));
  child.kill('SIGINT');
  await ended;
  await assert.rejects(fetch(url));
});

/** Starts the script with nothing but this folder on its PATH; its end is its exit code. */
function start(t: TestContext, path: string) {
  const child = spawn(process.execPath, [join(root, 'scripts', 'start.ts')], {
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const address = new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      const [url] = /http:\S+/.exec(output) ?? [];
      if (url) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`It ended with code ${code} and said: ${output}`)));
  });
  address.catch(() => undefined);
  return { child, ended, address };
}
