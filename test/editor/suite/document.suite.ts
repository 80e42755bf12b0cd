import assert from 'node:assert/strict';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as vscode from 'vscode';
import {
  action,
  apply,
  closeAll,
  cursorAt,
  file,
  gone,
  hover,
  problems,
  reported,
  ruleOf,
  show,
  type,
  until,
} from './support.ts';

const pets = 'openapi: 3.1.0\ninfo:\n  title: Pets\n  version: 1.0.0\npaths: {}\n';

suite('An API document', () => {
  teardown(closeAll);

  test('gets a squiggle while it is typed', async () => {
    await vscode.workspace.fs.writeFile(file('pets.yaml'), Buffer.from(pets));
    const editor = await vscode.window.showTextDocument(file('pets.yaml'));
    const { document } = editor;
    await until('it was checked', () => problems(document.uri).length > 0);
    assert.ok(!problems(document.uri).some((problem) => ruleOf(problem) === 'server-https'));
    cursorAt(editor, 'paths');
    await type('servers:\n- url: http://api.example.com\n');
    // What was found while the line ended in `…compaths` is there until the last key is answered.
    await until('the URL is underlined to its end, and named so', () =>
      problems(document.uri).some(
        (problem) =>
          document.getText(problem.range) === 'http://api.example.com' && problem.message.includes('`api.example.com`'),
      ),
    );
    const problem = await reported(document.uri, 'server-https');
    assert.equal(problem.severity, vscode.DiagnosticSeverity.Warning);
  });

  test('is known by its content when it has no name yet, and left alone when it is something else', async () => {
    const { document } = await show('yaml', `${pets}servers:\n  - url: http://api.example.com\n`);
    assert.ok(document.isUntitled);
    await reported(document.uri, 'server-https');
    const other = await show('yaml', `servers:\n  - url: http://api.example.com\n`);
    const url = new vscode.Range(1, 9, 1, 9);
    assert.deepEqual(await vscode.commands.executeCommand('vscode.executeCodeActionProvider', other.document.uri, url), []);
    assert.deepEqual(problems(other.document.uri), []);
  });

  test('is checked and mended also where another extension has made a language of its own of the file', async () => {
    const uri = file('compose.yaml');
    await vscode.workspace.fs.writeFile(uri, Buffer.from(`${pets}servers:\n  - url: http://api.example.com\n`));
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(await vscode.languages.setTextDocumentLanguage(document, 'dockercompose'));
    const problem = await reported(uri, 'server-https');
    await apply(await action(uri, problem.range, /^Use https$/));
    await gone(uri, 'server-https');
    // What is no file has nothing but its language.
    const other = await show('dockercompose', `${pets}servers:\n  - url: http://api.example.com\n`);
    await reported((await show('yaml', `${pets}servers:\n  - url: http://a.example.com\n`)).document.uri, 'server-https');
    assert.deepEqual(problems(other.document.uri), []);
  });

  test('is checked in JSON too, and mended there', async () => {
    const api = {
      openapi: '3.1.0',
      info: { title: 'Pets', version: '1.0.0' },
      servers: [{ url: 'http://a.example' }],
      paths: {},
    };
    const { document } = await show('json', JSON.stringify(api, null, 2));
    const problem = await reported(document.uri, 'server-https');
    assert.equal(document.getText(problem.range), '"http://a.example"');
    await apply(await action(document.uri, problem.range, /^Use https$/));
    await gone(document.uri, 'server-https');
    assert.equal(JSON.parse(document.getText()).servers[0].url, 'https://a.example');
  });

  test('a quick fix mends it and the squiggle goes', async () => {
    const { document } = await vscode.window.showTextDocument(file('openapi.yaml'));
    const problem = await reported(document.uri, 'rate-limit-retry-after');
    await apply(await action(document.uri, problem.range, /Retry-After/));
    await gone(document.uri, 'rate-limit-retry-after');
    assert.match(document.getText(), /^ {10}headers:\n {12}Retry-After:$/m);
    await reported(document.uri, 'pagination-required');
  });

  test('all problems of a rule go at once', async () => {
    const { document } = await show('yaml', `${pets}servers:\n  - url: http://a.example\n  - url: http://b.example\n`);
    const problem = await reported(document.uri, 'server-https');
    await apply(await action(document.uri, problem.range, /^Fix all server-https problems$/));
    await gone(document.uri, 'server-https');
    assert.deepEqual(document.getText().match(/https?:.*/g), ['https://a.example', 'https://b.example']);
  });

  test('“ignore with a reason” writes the comment, and the problem is silent', async () => {
    const { document } = await vscode.window.showTextDocument(file('openapi.yaml'));
    const problem = await reported(document.uri, 'server-https');
    await apply(await action(document.uri, problem.range, /^Ignore server-https with a reason$/));
    await gone(document.uri, 'server-https');
    assert.match(document.getText(), /# lintel-ignore server-https: reason/);
  });

  test('hover shows the page of the rule, on a problem and in an ignore comment', async () => {
    const editor = await show(
      'yaml',
      `${pets}servers:\n  - url: http://a.example # lintel-ignore server-https: inside\n  - url: http://b.example\n`,
    );
    const { uri } = editor.document;
    await reported(uri, 'server-https');
    const page = await hover(uri, cursorAt(editor, 'lintel-ignore'), 'server-https');
    assert.match(page, /## Incorrect/);
    assert.ok((await hover(uri, cursorAt(editor, 'b.example'), 'server-https')).startsWith(page));
  });

  test('its keywords are offered where they may stand', async () => {
    const editor = await show('yaml', `${pets}servers:\n  - \n`);
    const place = cursorAt(editor, '  - ', true);
    await until('`url` is offered', async () => {
      const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        editor.document.uri,
        place,
      );
      return items.some(({ label }) => (typeof label === 'string' ? label : label.label) === 'url');
    });
  });

  test('AsyncAPI is checked and mended', async () => {
    const { document } = await vscode.window.showTextDocument(file('asyncapi.yaml'));
    const problem = await reported(document.uri, 'message-correlation-id');
    assert.equal(document.getText(problem.range), 'OrderPlaced');
    await apply(await action(document.uri, problem.range, /^Add a correlation id$/));
    await gone(document.uri, 'message-correlation-id');
    await reported(document.uri, 'message-event-metadata');
  });

  test('a folder that is moved takes its files with it', async () => {
    const parts = file('parts');
    const moved = file('moved');
    await vscode.workspace.fs.writeFile(file('parts/pet.yaml'), Buffer.from('type: object\n'));
    const schema = 'components:\n  schemas:\n    Pet:\n      $ref: ./parts/pet.yaml\n';
    await vscode.workspace.fs.writeFile(file('pets.yaml'), Buffer.from(`${pets}${schema}servers: [{ url: http://a.example }]\n`));
    try {
      const { document } = await vscode.window.showTextDocument(file('pets.yaml'));
      await reported(document.uri, 'server-https');
      assert.ok(!problems(document.uri).some((problem) => ruleOf(problem) === 'reference'));
      // Not by the editor, which would tell of every file.
      renameSync(parts.fsPath, moved.fsPath);
      await reported(document.uri, 'reference');
      renameSync(moved.fsPath, parts.fsPath);
      await gone(document.uri, 'reference');
    } finally {
      await closeAll();
      await vscode.workspace.fs.delete(parts, { recursive: true });
      await vscode.workspace.fs.delete(file('pets.yaml'));
    }
  });

  test('its references follow a file that is renamed in the editor, and a folder', async () => {
    const rename = async (from: string, to: string) => {
      const edit = new vscode.WorkspaceEdit();
      edit.renameFile(file(from), file(to));
      assert.ok(await vscode.workspace.applyEdit(edit));
    };
    const read = async (name: string) => String(await vscode.workspace.fs.readFile(file(name)));
    const schema =
      'components:\n  schemas:\n    Pet:\n      $ref: ./parts/pet.yaml # the pet\nservers: [{ url: http://a.example }]\n';
    await vscode.workspace.fs.writeFile(file('parts/pet.yaml'), Buffer.from("allOf: [{ $ref: './any.yaml' }]\n"));
    await vscode.workspace.fs.writeFile(file('parts/any.yaml'), Buffer.from('type: object\n'));
    await vscode.workspace.fs.writeFile(file('pets.yaml'), Buffer.from(pets + schema));
    try {
      const { document } = await vscode.window.showTextDocument(file('pets.yaml'));
      await reported(document.uri, 'server-https');
      await rename('parts/pet.yaml', 'parts/cat.yaml');
      await until('the open document follows', () => document.getText().includes('$ref: ./parts/cat.yaml # the pet'));
      await rename('parts', 'schemas');
      await until('it follows the folder', () => document.getText().includes('$ref: ./schemas/cat.yaml # the pet'));
      assert.equal(await read('schemas/cat.yaml'), "allOf: [{ $ref: './any.yaml' }]\n");
      await rename('schemas/any.yaml', 'any.yaml');
      await until('a file that nobody shows follows', async () => {
        const shown = vscode.workspace.textDocuments.find(({ uri }) => uri.path === file('schemas/cat.yaml').path);
        return (shown?.getText() ?? (await read('schemas/cat.yaml'))) === "allOf: [{ $ref: '../any.yaml' }]\n";
      });
      // The edits come before the new names, and in between they lead nowhere.
      await gone(document.uri, 'reference');
    } finally {
      await closeAll();
      for (const name of ['schemas', 'any.yaml', 'pets.yaml']) await vscode.workspace.fs.delete(file(name), { recursive: true });
    }
  });

  test('of a virtual workspace is checked alone: of a file that only the editor can read nothing is said', async () => {
    const schema = 'components:\n  schemas:\n    Pet:\n      $ref: ./pet.yaml\nservers: [{ url: http://a.example }]\n';
    const bytes = Buffer.from(pets + schema);
    const unchanging = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
    const refuse = () => {
      throw vscode.FileSystemError.NoPermissions();
    };
    const serving = vscode.workspace.registerFileSystemProvider(
      'vscode-vfs',
      {
        onDidChangeFile: unchanging.event,
        watch: () => unchanging,
        stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: bytes.length }),
        readFile: () => bytes,
        ...{ readDirectory: () => [], createDirectory: refuse, writeFile: refuse, delete: refuse, rename: refuse },
      },
      { isReadonly: true },
    );
    try {
      const { document } = await vscode.window.showTextDocument(vscode.Uri.parse('vscode-vfs://host/pets.yaml'));
      await reported(document.uri, 'server-https');
      assert.ok(!problems(document.uri).some((problem) => ruleOf(problem) === 'reference'));
    } finally {
      await closeAll();
      serving.dispose();
    }
  });

  test('a host is allowed with a quick fix, and its files are then looked into', async () => {
    const asked: string[] = [];
    const server = createServer(({ url = '' }, response) => {
      asked.push(url);
      response.end('Pet: { type: object }\n');
    }).listen(0, '127.0.0.1');
    const settings = () => vscode.workspace.getConfiguration('lintel');
    try {
      await once(server, 'listening');
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const schema = `components:\n  schemas:\n    Pet:\n      $ref: http://${host}/pets.yaml#/Dog\n`;
      const { document } = await show('yaml', pets + schema);
      const problem = await reported(document.uri, 'remote');
      assert.deepEqual(asked, []);
      await apply(await action(document.uri, problem.range, /^Allow Lintel to fetch files from 127\.0\.0\.1:\d+$/));
      await reported(document.uri, 'reference');
      await gone(document.uri, 'remote');
      assert.deepEqual(asked, ['/pets.yaml']);
      assert.deepEqual(settings().get('remoteHosts'), [host]);
    } finally {
      await settings().update('remoteHosts', undefined, vscode.ConfigurationTarget.Workspace);
      server.close();
    }
  });
});
