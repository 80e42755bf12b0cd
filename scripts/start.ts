/**
 * `npm start`: shows Lintel on the sample project. In desktop VS Code where its command `code` is there, as an extension
 * under development, so that nothing is installed; otherwise in code-server, in the browser, until it is interrupted.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { codeServerUnfit, installCodeServer, installExtension, startCodeServer } from '../test/editor/codeServer.ts';
import { root, sample, vsix } from '../test/editor/paths.ts';
import { findProgram, run, say } from '../test/editor/process.ts';

const code =
  findProgram('code') ??
  ['/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code'].find((application) => existsSync(application));

if (!code || !(await openDesktop(code))) await openBrowser();

async function openDesktop(code: string): Promise<boolean> {
  try {
    await run(code, ['--new-window', `--extensionDevelopmentPath=${root}`, sample]);
    say('Lintel is open in VS Code, on test/sample. Its README.md says what to try.');
    return true;
  } catch (error) {
    say(`VS Code did not start: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

async function openBrowser(): Promise<void> {
  const unfit = codeServerUnfit();
  if (unfit) {
    say(`There is no command \`code\` on the PATH, and ${unfit}. Install VS Code, with its command, and try again.`);
    process.exitCode = 1;
    return;
  }
  const data = join(root, '.cache', 'start');
  await installCodeServer();
  await installExtension(data, vsix);
  const server = await startCodeServer({
    data,
    settings: { 'workbench.startupEditor': 'readme' },
    arguments: ['--disable-workspace-trust'],
  });
  server.process.once('exit', (status) => process.exit(status ?? 0));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void server.stop());
  process.stdout.write(`Lintel is at ${server.url}/?folder=${encodeURIComponent(sample)} until you press Ctrl+C.\n`);
}
