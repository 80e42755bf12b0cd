/**
 * Gets what the editor tests need and this machine lacks: code-server from npm, Chromium and Neovim from the system's
 * packages. `node test/editor/setup.ts`; where all of it is there, it does nothing.
 */
import { installCodeServer } from './codeServer.ts';
import { chooseDriver } from './driver.ts';
import { findProgram, run, say } from './process.ts';

/** Chromium or Chrome: `CHROME_PATH`, else the first on the PATH. */
export function findChromium(): string | undefined {
  return (
    process.env.CHROME_PATH || findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome')
  );
}

export function findNeovim(): string | undefined {
  return findProgram('nvim');
}

/** May the setup install packages of the system? As root, where there is apt. */
export function mayInstall(): boolean {
  return process.getuid?.() === 0 && findProgram('apt-get') !== undefined;
}

/** Installs packages of the system, or says which it may not. */
export async function installPackages(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  if (!mayInstall()) {
    say(`Not installed: ${names.join(', ')} (that takes root and apt-get).`);
    return;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=600'];
  await run('apt-get', [...wait, '-qq', 'update'], { env });
  await run('apt-get', [...wait, '-qq', 'install', '-y', '--no-install-recommends', ...names], { env });
}

if (import.meta.main) {
  const browser = chooseDriver() === 'code-server';
  const missing = [
    ...(browser && !findChromium() ? ['chromium'] : []),
    ...(process.platform === 'linux' && !findNeovim() ? ['neovim'] : []),
  ];
  if (missing.length > 0) say(`Getting ${missing.join(' and ')} …`);
  await installPackages(missing);
  if (browser) await installCodeServer();
}
