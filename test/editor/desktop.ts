/** Desktop VS Code, downloaded by @vscode/test-electron; on Linux it needs a screen (`xvfb-run -a npm test`). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { downloadAndUnzipVSCode, runTests, runVSCodeCommand } from '@vscode/test-electron';
import { quiet } from './codeServer.ts';
import { here, root } from './paths.ts';
import { readResults, type Result, type SuiteOptions } from './suite.ts';

/** Runs the suite in desktop VS Code with the packaged extension installed. */
export async function runInDesktop({ vsix, workspace, tests, data, results, settings }: SuiteOptions): Promise<Result[]> {
  const cachePath = join(root, '.vscode-test');
  const vscodeExecutablePath = await downloadAndUnzipVSCode({ version: 'stable', cachePath });
  const profile = [`--user-data-dir=${join(data, 'user-data')}`, `--extensions-dir=${join(data, 'extensions')}`];
  mkdirSync(join(data, 'user-data', 'User'), { recursive: true });
  writeFileSync(join(data, 'user-data', 'User', 'settings.json'), JSON.stringify({ ...quiet, ...settings }));
  await runVSCodeCommand([...profile, '--force', '--install-extension', vsix], { version: 'stable', cachePath });
  const failed = await runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: join(here, 'harness'),
    extensionTestsPath: tests,
    extensionTestsEnv: { LINTEL_TEST_RESULTS: results },
    launchArgs: [workspace, ...profile],
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  const all = readResults(results);
  // That some tests failed is in the results; anything else is told here.
  if (failed !== undefined && all.every(({ error }) => error === undefined)) throw failed;
  return all;
}
