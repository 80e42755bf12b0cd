/** The workbench of code-server in Chromium: runs the suite in it, and acts in it as a person does. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { type CodeServer, type CodeServerOptions, installExtension, startCodeServer } from './codeServer.ts';
import { here } from './paths.ts';
import { say } from './process.ts';
import { findChromium } from './setup.ts';
import { readResults, type Result, type SuiteOptions } from './suite.ts';

/** A browser at the workbench of a server of its own. */
export interface Workbench {
  readonly server: CodeServer;
  readonly page: Page;
  close(): Promise<void>;
}

/** Starts both, without opening a page of the workbench. */
export async function openWorkbench(options: CodeServerOptions): Promise<Workbench> {
  const browser = await openBrowser(join(options.data, 'browser'));
  try {
    const server = await startCodeServer(options);
    const close = async () => {
      await browser.close();
      await server.stop();
    };
    return { server, page: browser.pages()[0] ?? (await browser.newPage()), close };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

async function openBrowser(profile: string): Promise<BrowserContext> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('No Chromium or Chrome on the PATH: install one, or name it in CHROME_PATH.');
  rmSync(profile, { recursive: true, force: true });
  return chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: 1200, height: 720 },
    args: [
      // Chromium's own sandbox does not start as root or in a container. The page is ours and reaches this machine only.
      '--no-sandbox',
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
      ...['--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

/** Runs the suite in code-server's extension host with the packaged extension installed. */
export async function runInWorkbench({ vsix, workspace, tests, data, results, settings }: SuiteOptions): Promise<Result[]> {
  await installExtension(data, vsix);
  const { server, page, close } = await openWorkbench({
    data,
    settings,
    environment: { LINTEL_TEST_RESULTS: results },
    // Without its smoke test driver the workbench takes no notice of a suite.
    arguments: ['--disable-workspace-trust', '--vscode-option', 'enable-smoke-test-driver'],
  });
  try {
    const ended = new Promise<string | undefined>((resolve) => {
      server.process.once('exit', (code) => resolve(`code-server ended with code ${code}`));
      page.once('crash', () => resolve('the page crashed'));
      setTimeout(resolve, 600_000, 'the suite did not end within ten minutes').unref();
      void page.exposeFunction('codeAutomationExit', () => resolve(undefined));
    });
    await page.exposeFunction('codeAutomationLog', () => undefined);
    page.on('console', (message) => {
      const [, line] = /\[suite\] (.*)/.exec(message.text()) ?? [];
      if (line !== undefined) say(line);
    });
    const remote = (path: string) => `vscode-remote://${new URL(server.url).host}${path}`;
    const payload = JSON.stringify([
      ['extensionDevelopmentPath', remote(join(here, 'harness'))],
      ['extensionTestsPath', remote(tests)],
      ['skipWelcome', 'true'],
    ]);
    await goto(page, `${server.url}/?folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(payload)}`);
    const trouble = await ended;
    if (trouble && !existsSync(results)) {
      await page.screenshot({ path: join(data, 'trouble.png') }).catch(() => undefined);
      throw new Error(`The suite ended early: ${trouble}.\n${server.log().slice(-4_000)}`);
    }
    return readResults(results);
  } finally {
    await close();
  }
}

/** Opens an address of the workbench. Rejects when the server answers with an error. */
export async function goto(page: Page, url: string): Promise<void> {
  const response = await page.goto(url, { timeout: 120_000 });
  if (!response?.ok()) throw new Error(`${url} answered ${response?.status()}.`);
}
