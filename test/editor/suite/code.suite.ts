import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { action, apply, closeAll, cursorAt, file, gone, reported, show, type, until } from './support.ts';

const verifier = [
  `import crypto from 'node:crypto';`,
  ``,
  `export function verify(payload: string, signature: string, secret: string): boolean {`,
  `  const digest = crypto.createHmac('sha256', secret).update(payload).digest('hex');`,
  `  return crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(digest));`,
  `}`,
  ``,
].join('\n');

suite('Code', () => {
  teardown(closeAll);

  test('gets a squiggle while it is typed', async () => {
    const editor = await show('typescript', verifier.replace(/ {2}return.*\n/, '  \n'));
    cursorAt(editor, `digest('hex');\n  `, true);
    await type('return signature === digest;');
    const problem = await reported(editor.document.uri, 'webhook-signature-timing');
    assert.equal(problem.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(editor.document.getText(problem.range), '===');
  });

  test('a quick fix mends it and the squiggle goes', async () => {
    const { document } = await vscode.window.showTextDocument(file('src/webhooks.ts'));
    const problem = await reported(document.uri, 'webhook-signature-length');
    const fix = await action(document.uri, problem.range, /^Compare the lengths first$/);
    assert.ok(fix.isPreferred);
    await apply(fix);
    await gone(document.uri, 'webhook-signature-length');
    assert.match(document.getText(), /\.length === .*\.length && crypto\.timingSafeEqual\(/);
  });

  test('“Fix All” mends what is safe to mend', async () => {
    const { document } = await show('typescript', verifier);
    await reported(document.uri, 'webhook-signature-length');
    await vscode.commands.executeCommand('lintel.fixAll');
    await gone(document.uri, 'webhook-signature-length');
    assert.match(document.getText(), /\.length === /);
  });

  test('saving mends what is safe to mend, where the settings say so', async () => {
    const saved = file('src/verify.ts');
    await vscode.workspace.fs.writeFile(saved, Buffer.from(verifier));
    const editor = await vscode.window.showTextDocument(saved);
    await reported(saved, 'webhook-signature-length');
    cursorAt(editor, 'export');
    await type('const tolerance = 300;\n');
    await reported(saved, 'webhook-signature-length');
    assert.ok(await editor.document.save());
    await until('the saved file is mended', async () => {
      const text = Buffer.from(await vscode.workspace.fs.readFile(saved)).toString();
      return text.includes('const tolerance = 300;') && text.includes('.length === ');
    });
    await gone(saved, 'webhook-signature-length');
  });

  test('“Generate OpenAPI from Code” opens a document with the routes', async () => {
    // A router: the application that mounts it is looked for.
    await vscode.window.showTextDocument(file('src/orders.ts'));
    await vscode.commands.executeCommand('lintel.generateOpenApi');
    const document = vscode.window.activeTextEditor?.document;
    assert.ok(document?.isUntitled);
    assert.equal(document.languageId, 'yaml');
    const operations = document.getText().match(/^ {2}\/.*(?=:$)|^ {4}(?:get|post|put|patch|delete)(?=:$)/gm);
    assert.deepEqual(
      operations?.map((line) => line.trim()),
      [
        ...['/webhooks/payments', 'post', '/webhooks/carrier', 'post'],
        ...['/orders', 'get', 'post', '/orders/{orderId}', 'get', 'delete', '/health', 'get'],
      ],
    );
    // It is a document like any other: what is wrong with the interface shows at once.
    await reported(document.uri, 'error-problem-details');
  });
});
