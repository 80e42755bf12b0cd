/** Which editor the suite runs in. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.ts';

/** `electron`: desktop VS Code, downloaded by @vscode/test-electron. `code-server`: the same workbench, in Chromium. */
export type Driver = 'electron' | 'code-server';

/**
 * What `LINTEL_EDITOR` says. Else desktop VS Code where it is at home, on macOS and Windows; on
 * Linux, where it takes a screen and a download that many machines lack, only when both are there.
 */
export function chooseDriver(): Driver {
  const asked = process.env.LINTEL_EDITOR;
  if (asked === 'electron' || asked === 'code-server') return asked;
  if (asked) throw new Error(`LINTEL_EDITOR is ${asked}; it may be electron or code-server.`);
  const screen = process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY;
  const downloaded = existsSync(join(root, '.vscode-test'));
  return process.platform !== 'linux' || (screen && downloaded) ? 'electron' : 'code-server';
}
