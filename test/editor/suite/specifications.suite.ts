import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, file, problems, show, until } from './support.ts';

const front = () => vscode.window.activeTextEditor?.document;

suite('Specifications', () => {
  teardown(closeAll);

  test('“Generate AsyncAPI from Code” opens a document with what a file sends', async () => {
    const worker = file('src/worker.ts');
    const code = `import { Queue } from 'bullmq';\nnew Queue('mails').add('welcome', { to: 'a' });\n`;
    await vscode.workspace.fs.writeFile(worker, Buffer.from(code));
    await vscode.commands.executeCommand('lintel.generateAsyncApi', worker);
    assert.ok(front()?.isUntitled);
    assert.match(front()!.getText(), /^asyncapi: 3[\s\S]*address: mails/);
    await vscode.workspace.fs.delete(worker);
  });

  test('“Generate Specification from Sample” reads a file and keeps its secrets', async () => {
    const sample = file('sample.txt');
    await vscode.workspace.fs.writeFile(sample, Buffer.from(`curl https://api.example.com/pets/1 -H 'X-Api-Key: hunter2'\n`));
    await vscode.commands.executeCommand('lintel.generateFromSample', sample);
    assert.match(front()!.getText(), /^openapi: 3[\s\S]*\/pets\/\{petId\}:/);
    assert.doesNotMatch(front()!.getText(), /hunter2/);
    await vscode.workspace.fs.delete(sample);
  });

  test('a part is compared with the document in front before it is applied, and the result is as strict', async () => {
    await vscode.commands.executeCommand('lintel.scaffold', {
      kind: 'openapi',
      title: 'Shop',
      version: '3.1',
      resource: 'orders',
    });
    const document = front()!;
    const before = document.getText();
    assert.match(before, /^openapi: 3\.1[\s\S]*\/orders:/);
    const merging = vscode.commands.executeCommand('lintel.scaffold', { kind: 'webhook', event: 'order.paid' });
    const compared = () => vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    await until('the comparison is shown', () => compared() instanceof vscode.TabInputTextDiff);
    const { modified } = compared() as vscode.TabInputTextDiff;
    const shown = (await vscode.workspace.openTextDocument(modified)).getText();
    assert.match(shown, /^webhooks:\n {2}order\.paid:$/m);
    assert.equal(document.getText(), before, 'nothing is applied yet');
    await vscode.commands.executeCommand('lintel.scaffold', { kind: 'resource', name: 'parcels' });
    assert.ok(compared() instanceof vscode.TabInputTextDiff, 'what is compared is to be decided first');
    await vscode.commands.executeCommand('lintel.applyMerge');
    await merging;
    assert.equal(document.getText(), shown);
    assert.deepEqual(problems(document.uri), []);
  });

  test('a comparison that is discarded leaves the document as it was', async () => {
    const { document } = await show('yaml', 'openapi: 3.1.1 # ours\ninfo: { title: Shop, version: 1.0.0 }\npaths: {}\n');
    const before = document.getText();
    const merging = vscode.commands.executeCommand('lintel.mergeFromCode', file('src/app.ts'));
    await until(
      'the comparison is shown',
      () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff,
    );
    await vscode.commands.executeCommand('lintel.discardMerge');
    await until(
      'the comparison is gone',
      () => !(vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff),
    );
    await merging;
    assert.equal(document.getText(), before);
  });

  test('“Generate Code from This Specification” writes files, and overwrites none', async () => {
    await vscode.commands.executeCommand('lintel.scaffold', {
      kind: 'openapi',
      title: 'Shop',
      version: '3.1',
      resource: 'orders',
    });
    const document = front()!;
    const folder = file('made');
    await vscode.commands.executeCommand('lintel.code', '', folder);
    const client = vscode.Uri.joinPath(folder, 'api.client.ts');
    assert.match(Buffer.from(await vscode.workspace.fs.readFile(client)).toString(), /async createOrder\(/);
    await vscode.workspace.fs.writeFile(client, Buffer.from('// mine\n'));
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('lintel.code', 'getOrder', folder);
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(client)).toString(), '// mine\n');
    await vscode.workspace.fs.delete(folder, { recursive: true });
  });
});
