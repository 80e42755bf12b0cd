/** The specification of existing code: read without running it, opened unsaved, with what could not be seen. */
import * as vscode from 'vscode';
import { openYaml } from './documents.ts';
import { merge } from './merge.ts';
import type { GeneratedDocument, Server } from './server.ts';

/**
 * Opens the OpenAPI document of an application, unsaved. `entry` is the file the application begins in; without
 * it, the TypeScript or JavaScript file in front, else a file the user picks.
 */
export async function generateOpenApi(server: Server, output: vscode.LogOutputChannel, entry?: vscode.Uri): Promise<void> {
  const file = entry ?? codeInFront() ?? (await pickEntry());
  if (!file) return;
  const generated = await reading('Lintel reads the routes', server, 'lintel.generateOpenApi', file);
  if (!generated) return;
  if (generated.operations === 0) {
    vscode.window.showWarningMessage(
      `No route was found from ${vscode.workspace.asRelativePath(file)}. Run the command from the file that creates the application.`,
    );
    return;
  }
  await openYaml(generated.text);
  sayGaps(generated, output);
}

/**
 * Opens the AsyncAPI document of what a package sends and receives, unsaved. `entry` is a file or folder; without it, the
 * package of the file in front, else of the workspace.
 */
export async function generateAsyncApi(server: Server, output: vscode.LogOutputChannel, entry?: vscode.Uri): Promise<void> {
  const code = codeInFront();
  const place =
    entry ?? (code && (await packageOf(code))) ?? code ?? vscode.workspace.workspaceFolders?.[0]?.uri ?? (await pickEntry());
  if (!place) return;
  const generated = await reading('Lintel reads the messages', server, 'lintel.generateAsyncApi', place);
  if (!generated) return;
  if (generated.operations > 0) await openYaml(generated.text);
  else vscode.window.showWarningMessage(`No message could be described in ${vscode.workspace.asRelativePath(place)}.`);
  sayGaps(generated, output);
}

/**
 * Adds to the document in front what the code has and it lacks; the change is shown first. `entry` is the file the
 * application begins in, or a folder for AsyncAPI; without it, one that the user picks.
 */
export async function mergeFromCode(server: Server, output: vscode.LogOutputChannel, entry?: vscode.Uri): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const kind = document && /^\s*["']?(openapi|asyncapi)["']?\s*:/m.exec(document.getText())?.[1];
  if (!document || !kind) {
    vscode.window.showWarningMessage('Open the OpenAPI or AsyncAPI document that the code is to be merged into.');
    return;
  }
  const place = entry ?? (await pickEntry(kind === 'asyncapi'));
  if (!place) return;
  const command = kind === 'asyncapi' ? 'lintel.generateAsyncApi' : 'lintel.generateOpenApi';
  const generated = await reading('Lintel reads the code', server, command, place);
  if (!generated) return;
  const { added, extra } = await merge(server, document, generated.text);
  const name = vscode.workspace.asRelativePath(document.uri);
  for (const message of added) output.info(`${name}: to add: ${message}`);
  for (const { range, message } of extra) output.info(`${name}:${range.start.line + 1} ${message}`);
  if (extra.length > 0) {
    const things = extra.length === 1 ? 'one thing' : `${extra.length} things`;
    offerOutput(`${name} describes ${things} that the code does not show.`, output);
  }
  sayGaps(generated, output);
}

/** Opens the OpenAPI document of a sample, unsaved: of the selection, of the clipboard, or of files the user picks. */
export async function generateFromSample(server: Server, output: vscode.LogOutputChannel, file?: vscode.Uri): Promise<void> {
  const samples = file ? [await sampleOf(file)] : await pickSamples();
  if (!samples || samples.length === 0) return;
  const generated = await server.run('lintel.generateFromSamples', samples);
  const isEmpty = generated.operations === 0 && !/^components:/m.test(generated.text);
  if (isEmpty) vscode.window.showWarningMessage(generated.notes[0]?.message ?? 'No request was found in the sample.');
  else await openYaml(generated.text);
  sayGaps(generated, output);
}

type Samples = { uri: string; text: string }[];

async function pickSamples(): Promise<Samples | undefined> {
  const editor = vscode.window.activeTextEditor;
  const selected = editor && !editor.selection.isEmpty ? editor.document.getText(editor.selection) : '';
  const copied = await vscode.env.clipboard.readText();
  const choices: (vscode.QuickPickItem & { take(): Thenable<Samples | undefined> })[] = [];
  const text = (uri: string, content: string) => async () => [{ uri, text: content }];
  // What is selected or copied may hold a secret: only its kind is shown.
  const kind = (content: string) => (/^\s*[{[]/.test(content) ? 'JSON' : 'cURL');
  if (selected) choices.push({ label: 'Selection', description: kind(selected), take: text('untitled:selection', selected) });
  if (/^\s*(?:curl\s|[{[])/.test(copied)) {
    choices.push({ label: 'Clipboard', description: kind(copied), take: text('untitled:clipboard', copied) });
  }
  choices.push({ label: 'Files…', description: 'cURL commands, HAR, Postman collections, JSON bodies', take: pickFiles });
  const choice =
    choices.length === 1 ? choices[0] : await vscode.window.showQuickPick(choices, { title: 'Specification From Sample' });
  return choice?.take();
}

async function pickFiles(): Promise<Samples | undefined> {
  const files = await vscode.window.showOpenDialog({ title: 'Samples', openLabel: 'Read', canSelectMany: true });
  return files && Promise.all(files.map(sampleOf));
}

async function sampleOf(file: vscode.Uri): Promise<Samples[number]> {
  return { uri: file.toString(), text: new TextDecoder().decode(await vscode.workspace.fs.readFile(file)) };
}

/** Reads code while the user watches and may cancel; undefined where they did, which is said. */
async function reading(
  title: string,
  server: Server,
  command: 'lintel.generateOpenApi' | 'lintel.generateAsyncApi',
  place: vscode.Uri,
): Promise<GeneratedDocument | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const generated = await vscode.window.withProgress(options, (progress, token) =>
    server.watch(command, [[place.toString()]], token, (message) => progress.report({ message })),
  );
  if (!generated) void vscode.window.showInformationMessage('The code was not read to its end, so no document was made.');
  return generated;
}

/** Lists what could not be described in the output, and offers to show it. */
function sayGaps({ notes }: GeneratedDocument, output: vscode.LogOutputChannel): void {
  if (notes.length === 0) return;
  for (const { uri, range, message } of notes) {
    output.info(`${vscode.Uri.parse(uri).fsPath}:${range.start.line + 1} ${message}`);
  }
  offerOutput(`${notes.length === 1 ? 'One thing' : `${notes.length} things`} could not be described.`, output);
}

/** Nobody waits for the answer: the document is there. */
function offerOutput(message: string, output: vscode.LogOutputChannel): void {
  const show = 'Show';
  void vscode.window.showInformationMessage(message, show).then((answer) => answer === show && output.show());
}

/** The folder of the nearest `package.json` above a file, within the workspace. */
async function packageOf(file: vscode.Uri): Promise<vscode.Uri | undefined> {
  const root = vscode.workspace.getWorkspaceFolder(file)?.uri;
  for (let folder = vscode.Uri.joinPath(file, '..'); root; folder = vscode.Uri.joinPath(folder, '..')) {
    const found = await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder, 'package.json')).then(
      () => true,
      () => false,
    );
    if (found || folder.path === root.path || folder.path === '/') return folder;
  }
  return undefined;
}

function codeInFront(): vscode.Uri | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.uri.scheme === 'file' && /^(type|java)script/.test(document.languageId) ? document.uri : undefined;
}

async function pickEntry(folders = false): Promise<vscode.Uri | undefined> {
  const files = await vscode.window.showOpenDialog({
    title: 'The file that creates the application',
    openLabel: 'Read',
    canSelectFolders: folders,
    filters: { 'TypeScript and JavaScript': ['ts', 'mts', 'cts', 'tsx', 'js', 'mjs', 'cjs', 'jsx'] },
  });
  return files?.[0];
}
