/**
 * Lintel in a real editor, packaged and installed. Every test of the suite in `suite/` becomes a test here.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInDesktop } from './desktop.ts';
import { chooseDriver } from './driver.ts';
import { sample, scratch, vsix } from './paths.ts';
import { say } from './process.ts';
import { buildSuite, settings } from './suite.ts';
import { runInWorkbench } from './workbench.ts';

test('the suite inside the editor', async (t) => {
  assert.ok(existsSync(vsix), 'There is no lintel.vsix: `npm run package` makes it.');
  const folder = join(scratch, 'suite');
  rmSync(folder, { recursive: true, force: true });
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace, { recursive: true });
  cpSync(sample, workspace, { recursive: true });
  const driver = chooseDriver();
  say(`The suite runs in ${driver} …`);
  const results = await { electron: runInDesktop, 'code-server': runInWorkbench }[driver]({
    vsix,
    workspace,
    tests: await buildSuite(join(folder, 'tests')),
    data: join(folder, 'data'),
    results: join(folder, 'results.json'),
    settings,
  });
  assert.ok(results.length > 0, 'The suite ran no test.');
  for (const { title, error } of results) {
    await t.test(title, () => {
      if (error !== undefined) throw Object.assign(new Error(), { stack: error });
    });
  }
});
