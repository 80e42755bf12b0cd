/**
 * Lintel as a person sees it, with keys and pointer, in the workbench of code-server: the squiggle, the hover, the menu of
 * quick fixes, the status. Pictures are left in `shots/`; `npm run screenshots` puts them where the
 * README takes them from.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { parseArgs } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { installExtension } from './codeServer.ts';
import { chooseDriver } from './driver.ts';
import { here, sample, scratch, vsix } from './paths.ts';
import { goto, openWorkbench } from './workbench.ts';

const { values: options } = parseArgs({ options: { screenshots: { type: 'string', default: join(here, 'shots') } } });
const skip = chooseDriver() !== 'code-server' && 'only the workbench in a browser can be driven from outside';

/** Large letters and nothing that a picture of Lintel does not need. */
const settings = {
  'breadcrumbs.enabled': false,
  'editor.fontSize': 15,
  'editor.hover.delay': 100,
  'editor.minimap.enabled': false,
  'editor.scrollbar.vertical': 'hidden',
  'editor.stickyScroll.enabled': false,
  'explorer.compactFolders': false,
  'security.workspace.trust.enabled': false,
  'workbench.activityBar.location': 'hidden',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.layoutControl.enabled': false,
  'workbench.tips.enabled': false,
  'window.commandCenter': false,
};

test('what a person sees', { skip }, async (t) => {
  const folder = join(scratch, 'screen');
  rmSync(folder, { recursive: true, force: true });
  const workspace = join(folder, 'parcel-shop');
  const data = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  mkdirSync(options.screenshots, { recursive: true });
  cpSync(sample, workspace, { recursive: true });
  await installExtension(data, vsix);
  const { server, page, close } = await openWorkbench({ data, settings });
  t.after(close);
  page.setDefaultTimeout(120_000);
  await goto(page, `${server.url}/?folder=${encodeURIComponent(workspace)}`);
  const shoot = (name: string) => page.screenshot({ path: join(options.screenshots, `${name}.png`) });
  const step = (name: string, act: () => Promise<void>) =>
    t.test(name, async () => {
      try {
        await act();
      } catch (error) {
        await page.screenshot({ path: join(scratch, 'trouble.png') });
        throw error;
      }
    });

  await step('a squiggle in YAML, and the page of the rule on hover', async () => {
    await openFile(page, 'openapi.yaml');
    await page.locator('.squiggly-warning').first().waitFor();
    await goToLine(page, 36);
    await hoverUntil(page, code(page, "'429'"), 'A client that is refused and not told');
    await shoot('hover');
  });

  await step('the menu of quick fixes, and what is chosen is done', async () => {
    await openMenu(page, code(page, "'429'"));
    await item(page, 'Add the Retry-After header').waitFor();
    await shoot('quick-fix');
    await item(page, 'Add the Retry-After header').click();
    await code(page, 'Retry-After').waitFor();
  });

  await step('“ignore with a reason” waits for the reason to be typed', async () => {
    await goToLine(page, 10);
    await openMenu(page, code(page, 'http://api.parcels.example'));
    await item(page, 'Ignore server-https with a reason').click();
    await code(page, 'lintel-ignore').waitFor();
    await page.keyboard.type('inside the cluster');
    await page.locator('.view-line', { hasText: /lintel-ignore.server-https:.inside.the.cluster$/ }).waitFor();
  });

  await step('the status says how many problems there are, and with which rules they were found', async () => {
    await page.locator('.statusbar-item[id="status.languageStatus"]').click();
    const status = page.locator('.hover-language-status', { hasText: 'Lintel' });
    await status.getByText(/^Lintel: \d+ problems/).waitFor();
    await page.keyboard.press('Escape');
  });

  await step('the status tells of new settings and rulesets also where the problems stay the same', async () => {
    const folder = join(workspace, '.vscode');
    const status = (text: string) =>
      again(async () => {
        await page.keyboard.press('Escape');
        await page.locator('.statusbar-item[id="status.languageStatus"]').click();
        await page.locator('.hover-language-status', { hasText: text }).waitFor({ timeout: 10_000 });
      });
    mkdirSync(folder);
    writeFileSync(join(folder, 'settings.json'), '{ "lintel.ruleset": "missing.yaml" }');
    await status('the ruleset cannot be used');
    rmSync(folder, { recursive: true });
    await status('checked with Lintel’s rules');
    const ruleset = join(workspace, '.spectral.yaml');
    writeFileSync(ruleset, 'extends: [lintel:openapi, lintel:asyncapi, spectral:oas, spectral:asyncapi]\n');
    await status('checked with .spectral.yaml');
    rmSync(ruleset);
    await status('checked with Lintel’s rules');
    await page.keyboard.press('Escape');
  });

  await step('a comparison is applied by key, and its question is gone', async () => {
    await runCommand(page, 'New Specification or Part of One');
    await page.locator('.quick-input-widget input').first().fill('CRUD');
    await chosen(page, 'CRUD Resource').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('What are they called, in the plural?').waitFor();
    // What is offered is taken by Enter, or typed over.
    await page.keyboard.type('parcels');
    await page.keyboard.press('Enter');
    const question = page.locator('.notification-toast', { hasText: 'additions' });
    await question.waitFor();
    await runCommand(page, 'Apply What Is Compared');
    await question.waitFor({ state: 'hidden' });
    await page.locator('.tab.active', { hasText: /^openapi.yaml$/ }).waitFor();
    await page.locator('.view-line', { hasText: /What.there.is.to.do.with.parcels/ }).waitFor();
  });

  await step('who fixes all where nothing is checked is told that', async () => {
    await openFile(page, 'package.json');
    await runCommand(page, 'Fix All in This Document');
    await page.locator('.notification-toast', { hasText: 'Neither OpenAPI nor AsyncAPI' }).waitFor();
  });

  await step('who asks for a snippet where none has a place is told that', async () => {
    await openFile(page, 'package.json');
    await runCommand(page, 'Insert Snippet');
    await page.locator('.notification-toast', { hasText: 'No snippet has a place here' }).waitFor();
  });

  await step('a sample is asked for without a look at the clipboard, which a browser would ask about', async () => {
    await runCommand(page, 'Generate Specification from Sample');
    await row(page, 'Clipboard').waitFor();
    await page.keyboard.press('Escape');
  });

  await step('a squiggle in TypeScript, and the page of the rule on hover', async () => {
    await page.keyboard.press('Control+b');
    await openFile(page, 'src/webhooks.ts');
    await page.locator('.squiggly-error').first().waitFor();
    await settled(page);
    await goToLine(page, 27);
    await hoverUntil(page, code(page, 'timingSafeEqual'), 'throws when');
    await shoot('code');
  });

  await step('the picker of snippets shows the page of one, and inserts it where it belongs', async () => {
    await openFile(page, 'src/database.ts');
    await goToLine(page, 22);
    await runCommand(page, 'Insert Snippet');
    await row(page, 'Token for calls between services').waitFor();
    await page.locator('.quick-input-widget input').first().fill('transaction');
    await row(page, 'PostgreSQL transaction').hover();
    await row(page, 'PostgreSQL transaction').locator('.codicon-book').click();
    await page.frameLocator('iframe.webview').frameLocator('#active-frame').getByText('Trade-offs').waitFor();
    // It is still the one that is chosen, although the filter lists another first.
    await chosen(page, 'PostgreSQL transaction').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: 'database.ts' }).waitFor();
    // The first tab stop is selected: what is typed takes its place.
    await code(page, 'ATTEMPTS').waitFor();
    await page.keyboard.type('3');
    await page.locator('.view-line', { hasText: /^const.ATTEMPTS.=.3;$/ }).waitFor();
    await goToLine(page, 1);
    await page.locator('.view-line', { hasText: /^import.{.Pool,.type.PoolClient.}.from.'pg';$/ }).waitFor();
  });

  await step('the document generated from code, beside the code', async () => {
    await openFile(page, 'src/orders.ts');
    await page.keyboard.press('Control+\\');
    await openFile(page, 'src/app.ts');
    await runCommand(page, 'Generate OpenAPI from Code');
    await code(page, '/webhooks/payments').waitFor();
    // What could not be seen is told with its place, and shown there.
    await page.locator('.notification-toast', { hasText: /src\/\w+\.ts:\d+: / }).waitFor();
    await goToLine(page, 84);
    await code(page, '/orders/{orderId}').waitFor();
    await settled(page);
    await shoot('generated');
  });
});

/** Waits until TypeScript has read the project: nothing turns in the status bar any more. */
async function settled(page: Page): Promise<void> {
  await page.locator('.statusbar-item', { hasText: /Initializing|Analyzing/ }).waitFor({ state: 'detached' });
}

async function openFile(page: Page, name: string): Promise<void> {
  await page.locator('.monaco-workbench').waitFor();
  await offered(page, 'Control+p', name, page.locator('.quick-input-list .monaco-list-row', { hasText: basename(name) }).first());
  await page.keyboard.press('Enter');
  await page.locator('.tab.active', { hasText: basename(name) }).waitFor();
}

/** Types into the list that a key opens until it offers a line; what still opens or closes beside it takes the list away. */
async function offered(page: Page, key: string, text: string, line: Locator): Promise<void> {
  for (let left = 10; ; left--) {
    await page.keyboard.press(key);
    try {
      await page.locator('.quick-input-widget input').first().fill(text, { timeout: 5_000 });
      await line.waitFor({ timeout: 5_000 });
      return;
    } catch (error) {
      if (left === 0) throw error;
      // A list that stays open goes on offering what it offered when it was opened.
      await page.keyboard.press('Escape');
    }
  }
}

/** A line of the list under the input at the top. */
function row(page: Page, text: string): Locator {
  return page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
}

function chosen(page: Page, text: string): Locator {
  return page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text });
}

/** Runs a command of Lintel's from the palette, once it is the one that is chosen: before, Enter runs another, or none. */
async function runCommand(page: Page, name: string): Promise<void> {
  await offered(page, 'F1', `>Lintel: ${name}`, chosen(page, name));
  await page.keyboard.press('Enter');
}

async function goToLine(page: Page, line: number): Promise<void> {
  await page.keyboard.press('Control+g');
  await page.locator('.quick-input-widget input').first().fill(`:${line}`);
  await page.keyboard.press('Enter');
}

/** The first piece of code on the screen that holds a text. */
function code(page: Page, text: string): Locator {
  return page.locator('.editor-instance .view-line span span', { hasText: text }).first();
}

/** A line of the menu of quick fixes. */
function item(page: Page, title: string): Locator {
  return page.locator('.action-widget .action', { hasText: title });
}

/** Opens the menu of quick fixes. While an editor starts it can come up empty, so it is asked for until it does not. */
async function openMenu(page: Page, at: Locator): Promise<void> {
  await again(async () => {
    await page.keyboard.press('Escape');
    await at.click();
    await page.keyboard.press('Control+.');
    await page.locator('.action-widget .action').first().waitFor({ timeout: 10_000 });
  });
}

/** Rests the pointer on a place until the hover shows a text. */
async function hoverUntil(page: Page, at: Locator, text: string): Promise<void> {
  await again(async () => {
    await page.mouse.move(0, 0);
    await at.hover();
    await page.locator('.monaco-hover', { hasText: text }).first().waitFor({ timeout: 10_000 });
  });
}

/** Does it up to ten times, until it comes to its end. */
async function again(act: () => Promise<void>): Promise<void> {
  for (let left = 9; ; left--) {
    try {
      return await act();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}
