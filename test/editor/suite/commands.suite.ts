import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import manifest from '../../../package.json' with { type: 'json' };
import { action, apply, closeAll, cursorAt, file, problems, reported, show, type, until } from './support.ts';

const extension = () => vscode.extensions.getExtension(`${manifest.publisher}.${manifest.name}`);

suite('Lintel', () => {
  teardown(closeAll);

  test('is the installed package, not this repository, and is active', async () => {
    await show('yaml', 'openapi: 3.1.0\n');
    await until('it is active', () => extension()?.isActive);
    assert.match(extension()!.extensionPath, /extensions[\\/]lintel\.lintel-/);
    assert.equal(extension()!.packageJSON.version, manifest.version);
  });

  test('a server that is killed comes back, and knows what was typed meanwhile', async function () {
    if (process.platform !== 'linux') this.skip();
    const editor = await show('yaml', 'openapi: 3.1.0\ninfo: { title: A, version: 1.0.0 }\n\npaths: {}\n');
    const { document } = editor;
    cursorAt(editor, '\npaths');
    await type('servers: ');
    const running = serverProcesses();
    assert.ok(running.length > 0, 'no server runs');
    for (const pid of running) process.kill(pid, 'SIGKILL');
    await type('[{url: http://a.example.com');
    await reported(document.uri, 'server-https');
  });

  test('a server that is killed while it starts comes back', async function () {
    if (process.platform !== 'linux') this.skip();
    const { document } = await show('yaml', 'openapi: 3.1.0\ninfo: { title: A, version: 1.0.0 }\npaths: {}\n');
    const before = new Set(serverProcesses());
    void vscode.commands.executeCommand('lintel.restart');
    const starting = await until('the next starts', () => serverProcesses().find((pid) => !before.has(pid)));
    process.kill(starting, 'SIGKILL');
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(2, 0), 'servers: [{url: http://a.example.com}]\n');
    await vscode.workspace.applyEdit(edit);
    await reported(document.uri, 'server-https');
    await until('there is one server', () => serverProcesses().length === 1);
  });

  for (const kind of ['OpenApi', 'AsyncApi'] as const) {
    test(`opens a new ${kind} document, in which nothing is wrong`, async () => {
      await vscode.commands.executeCommand(`lintel.new${kind}`);
      const document = vscode.window.activeTextEditor?.document;
      assert.ok(document?.isUntitled);
      assert.equal(document.languageId, 'yaml');
      assert.match(document.getText(), new RegExp(`^${kind.toLowerCase()}: 3`));
      // That it is checked at all shows when something is wrong.
      assert.deepEqual(problems(document.uri), []);
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, new vscode.Position(0, 0), 'surprise: true\n');
      await vscode.workspace.applyEdit(edit);
      await until('the surprise is found', () => problems(document.uri).length > 0);
      const back = new vscode.WorkspaceEdit();
      back.delete(document.uri, new vscode.Range(0, 0, 1, 0));
      await vscode.workspace.applyEdit(back);
      await until('the surprise is gone', () => problems(document.uri).length === 0);
    });
  }

  test('inserts a snippet from the completion list, its imports to the others and the placeholder selected', async () => {
    const editor = await show('typescript', "import { createHmac } from 'node:crypto';\n\nlintel-webhook-paddle");
    const end = editor.document.lineAt(2).range.end;
    editor.selection = new vscode.Selection(end, end);
    await until('the snippet is offered', async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        editor.document.uri,
        end,
      );
      return list.items.some(({ label }) => (typeof label === 'string' ? label : label.label) === 'lintel-webhook-paddle');
    });
    await acceptSuggestion(editor, 3);
    await until('what it imports is imported', () => editor.document.getText().includes('timingSafeEqual }'));
    assert.match(editor.document.getText(), /^import { createHmac, timingSafeEqual } from 'node:crypto';\n\nconst TOLERANCE/);
    assert.match(editor.document.getText(), /createHmac\('sha256'/);
    assert.doesNotMatch(editor.document.getText(), /lintel-webhook-paddle|\$\{\d/);
    assert.ok(!editor.selection.isEmpty, 'no placeholder is selected');
  });

  test('inserts a snippet that is typed in a description where its members belong', async () => {
    const text = 'openapi: 3.1.0\ninfo:\n  title: Orders\n  version: 1.0.0\npaths: {}\nlintel-error-format';
    const editor = await show('yaml', text);
    const end = editor.document.lineAt(5).range.end;
    editor.selection = new vscode.Selection(end, end);
    await acceptSuggestion(editor, 10);
    assert.match(editor.document.getText(), /^components:\n(?: .*\n)+/m);
    assert.match(editor.document.getText(), /application\/problem\+json/);
    assert.doesNotMatch(editor.document.getText(), /lintel-error-format/);
  });

  for (const language of ['yaml', 'json'] as const) {
    test(`inserts a whole document where nothing stands yet: ${language}`, async () => {
      const editor = await show(language, 'lintel-openapi');
      const end = editor.document.lineAt(0).range.end;
      editor.selection = new vscode.Selection(end, end);
      await acceptSuggestion(editor, 10);
      assert.match(editor.document.getText(), language === 'json' ? /^\{\n\s*"openapi": "3/ : /^openapi: 3/);
      assert.equal(editor.document.getText(editor.selection), 'New API');
      assert.deepEqual(problems(editor.document.uri), []);
    });
  }

  test('completes the ids of rules in settings', async () => {
    const settings = file('other.code-workspace');
    await vscode.workspace.fs.writeFile(settings, Buffer.from('{ "settings": { "lintel.rules": {  } } }'));
    try {
      const editor = await vscode.window.showTextDocument(settings);
      const at = cursorAt(editor, ' } }');
      await until('the ids are offered', async () => {
        const list = await vscode.commands.executeCommand<vscode.CompletionList>(
          'vscode.executeCompletionItemProvider',
          settings,
          at,
        );
        return list.items.some(({ label }) => label === 'http-timeout');
      });
    } finally {
      await closeAll();
      await vscode.workspace.fs.delete(settings);
    }
  });

  test('inserts the snippet of a quick fix, its imports on top and the rest at the end of the file', async () => {
    const { document } = await vscode.window.showTextDocument(file('src/carrier.ts'));
    const code = document.getText();
    const { range } = await reported(document.uri, 'http-timeout');
    await apply(await action(document.uri, range, /^Insert snippet retry$/));
    await until('it is inserted', () => document.getText() !== code);
    const text = document.getText();
    const added = "import { randomUUID } from 'node:crypto';\nimport { setTimeout as delay } from 'node:timers/promises';\n\n";
    assert.ok(text.startsWith(added + code), text);
    assert.match(text.slice(added.length + code.length), /^\nconst [^]+function fetchWithRetry[^]+}\n$/);
    assert.match(document.getText(vscode.window.activeTextEditor!.selection), /^[\d_]+$/);
  });

  test('inserts a snippet from the picker, which offers those of the language in front', async () => {
    const editor = await show('yaml', '');
    await pickFirstSnippet(editor);
    assert.match(editor.document.getText(), /^asyncapi: [\d.]+\ninfo:\n/);
    assert.doesNotMatch(editor.document.getText(), /\$\{\d/);
  });

  test('inserts a snippet from the picker into a description: its members to those of their name, its words to be typed', async () => {
    const editor = await vscode.window.showTextDocument(file('asyncapi.yaml'));
    await pickFirstSnippet(editor);
    const text = editor.document.getText();
    assert.equal(text.match(/^channels:/gm)?.length, 1, text);
    assert.match(text, /^ {2}invoicePaid:\n/m);
    assert.equal(editor.document.getText(editor.selection), 'Invoice');
    await type('Bill');
    assert.doesNotMatch(editor.document.getText(), /Invoice/);
  });

  test('inserts a snippet from the picker into TypeScript: imports to the others, the rest after the function around', async () => {
    const editor = await vscode.window.showTextDocument(file('src/database.ts'));
    const crypto = "import {\n  createHash,\n  createHmac,\n} from 'node:crypto';\n";
    await editor.edit((change) => change.insert(new vscode.Position(0, 0), crypto));
    cursorAt(editor, 'return rows[0]');
    await pickFirstSnippet(editor);
    const text = editor.document.getText();
    assert.ok(text.startsWith(crypto.replace('createHmac,', 'createHmac,\n  randomBytes,\n  timingSafeEqual,')), text);
    assert.ok(text.includes("\nimport { Pool } from 'pg';\n\nconst pool"), text);
    assert.match(text, /return rows\[0\];\n}\n\n\/\*\* Says whose keys [^]+}\n\nexport async function createOrder\(/);
    assert.equal(editor.document.getText(editor.selection), "'acme'");
  });

  test('opens the ruleset in force', async () => {
    const ruleset = file('.spectral.yaml');
    await vscode.workspace.fs.writeFile(ruleset, Buffer.from('extends: lintel:openapi\n'));
    try {
      await vscode.window.showTextDocument(file('openapi.yaml'));
      await vscode.commands.executeCommand('lintel.openRuleset');
      assert.equal(vscode.window.activeTextEditor?.document.uri.path, ruleset.path);
    } finally {
      await closeAll();
      await vscode.workspace.fs.delete(ruleset);
    }
  });

  test('opens the ruleset of the folder, whatever is its kind and is in front', async () => {
    const ruleset = file('.spectral.json');
    await vscode.workspace.fs.writeFile(ruleset, Buffer.from('{ "extends": ["lintel:openapi"] }'));
    try {
      await vscode.window.showTextDocument(file('src/app.ts'));
      await vscode.commands.executeCommand('lintel.openRuleset');
      assert.equal(vscode.window.activeTextEditor?.document.uri.path, ruleset.path);
    } finally {
      await closeAll();
      await vscode.workspace.fs.delete(ruleset);
    }
  });

  test('opens the ruleset that the settings name, whatever is in front', async () => {
    const ruleset = file('rules/ours.yaml');
    const settings = () => vscode.workspace.getConfiguration('lintel');
    await vscode.workspace.fs.writeFile(ruleset, Buffer.from('extends: lintel:openapi\n'));
    await settings().update('ruleset', 'rules/ours.yaml', vscode.ConfigurationTarget.Workspace);
    try {
      for (const name of ['src/app.ts', undefined]) {
        if (name) await vscode.window.showTextDocument(file(name));
        await vscode.commands.executeCommand('lintel.openRuleset');
        assert.equal(vscode.window.activeTextEditor?.document.uri.path, ruleset.path);
        await closeAll();
      }
    } finally {
      await settings().update('ruleset', undefined, vscode.ConfigurationTarget.Workspace);
      await vscode.workspace.fs.delete(file('rules'), { recursive: true });
    }
  });

  test('a URL allows its host, once', async () => {
    const settings = () => vscode.workspace.getConfiguration('lintel');
    try {
      for (const given of ['https://a.example/pets.yaml', 'a.example']) {
        await vscode.commands.executeCommand('lintel.allowHost', given);
        assert.deepEqual(settings().get('remoteHosts'), ['a.example']);
      }
    } finally {
      await settings().update('remoteHosts', undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  test('shows the page of a rule', async () => {
    await vscode.commands.executeCommand('lintel.showRule', 'server-https');
    await until('the page is shown', () =>
      vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => label.includes('server-https'))),
    );
  });

  test('its server can be restarted, and the diagnostics come back', async () => {
    const { document } = await vscode.window.showTextDocument(file('openapi.yaml'));
    await reported(document.uri, 'pagination-required');
    let cleared = false;
    const listening = vscode.languages.onDidChangeDiagnostics(() => (cleared ||= problems(document.uri).length === 0));
    await vscode.commands.executeCommand('lintel.restart');
    await until('the old diagnostics are gone', () => cleared);
    listening.dispose();
    await reported(document.uri, 'pagination-required');
  });
});

/** Takes the first suggestion at the cursor, which leaves the document with more than so many lines. */
async function acceptSuggestion({ document }: vscode.TextEditor, lines: number): Promise<void> {
  await vscode.commands.executeCommand('editor.action.triggerSuggest');
  await until('the suggestion is inserted', async () => {
    await vscode.commands.executeCommand('acceptSelectedSuggestion');
    return document.lineCount > lines;
  });
}

/** Chooses the first snippet of the picker, which comes up empty at first. */
async function pickFirstSnippet({ document }: vscode.TextEditor): Promise<void> {
  const before = document.getText();
  const done = vscode.commands.executeCommand('lintel.insertSnippet');
  await until('one is inserted', async () => {
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    return document.getText() !== before;
  });
  await done;
}

/** The language servers that this process started, as Linux tells. */
function serverProcesses(): number[] {
  const isServer = (pid: string) => {
    try {
      const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
      return parent === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('dist/server.cjs');
    } catch {
      // It has ended meanwhile.
      return false;
    }
  };
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isServer(name));
  return pids.map(Number);
}
