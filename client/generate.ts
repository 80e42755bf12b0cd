/** The specification of existing code: read without running it, opened unsaved, with what could not be seen. */
import * as vscode from 'vscode';
import { descriptionInFront, openYaml } from './documents.ts';
import { isDeciding, merge } from './merge.ts';
import type { Commands, GeneratedDocument, Server } from './server.ts';

/**
 * Opens the OpenAPI document of an application, unsaved. `entry` is where the application begins; without it, that is looked for,
 * and the user chooses where there are several.
 */
export async function generateOpenApi(server: Server, output: vscode.LogOutputChannel, entry?: vscode.Uri): Promise<void> {
  const place = entry ?? (await findApplication(server, codeInFront()));
  if (!place) return;
  const generated = await reading('Lintel reads the routes', server, 'lintel.generateOpenApi', place);
  if (!generated) return;
  if (generated.operations === 0) return sayNothing('route', place, generated, output);
  await openYaml(generated.text);
  sayGaps(generated, output);
}

/**
 * Opens the AsyncAPI document of what a package sends and receives, unsaved. `entry` is a file or folder; without it, the
 * package of the file in front, else of the workspace.
 */
export async function generateAsyncApi(server: Server, output: vscode.LogOutputChannel, entry?: vscode.Uri): Promise<void> {
  const place = entry ?? (await pickPackage());
  if (!place) return;
  const generated = await reading('Lintel reads the messages', server, 'lintel.generateAsyncApi', place);
  if (!generated) return;
  if (generated.operations === 0) return sayNothing('message', place, generated, output);
  await openYaml(generated.text);
  sayGaps(generated, output);
}

/**
 * Adds to the document in front what the code has and it lacks; the change is shown first. `entry` is where the application
 * begins, or a folder for AsyncAPI; without it, that is looked for.
 */
export async function mergeFromCode(server: Server, output: vscode.LogOutputChannel, entry?: vscode.Uri): Promise<void> {
  if (isDeciding()) return;
  const description = descriptionInFront();
  if (!description) {
    vscode.window.showWarningMessage('Open the OpenAPI or AsyncAPI document that the code is to be merged into.');
    return;
  }
  const { document, kind } = description;
  const place = entry ?? (kind === 'asyncapi' ? await pickPackage() : await findApplication(server));
  if (!place) return;
  const command = kind === 'asyncapi' ? 'lintel.generateAsyncApi' : 'lintel.generateOpenApi';
  const generated = await reading('Lintel reads the code', server, command, place);
  if (!generated) return;
  if (generated.operations === 0) return sayNothing(kind === 'asyncapi' ? 'message' : 'route', place, generated, output);
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
  if (isEmpty) return sayWhy('No request was found in the sample.', generated, output);
  await openYaml(generated.text);
  sayGaps(generated, output);
}

type Samples = { uri: string; text: string }[];

async function pickSamples(): Promise<Samples | undefined> {
  const editor = vscode.window.activeTextEditor;
  const selected = editor && !editor.selection.isEmpty ? editor.document.getText(editor.selection) : '';
  const choices: (vscode.QuickPickItem & { take(): Thenable<Samples | undefined> })[] = [];
  if (selected) {
    // It may hold a secret: only its kind is shown.
    const description = /^\s*[{[]/.test(selected) ? 'JSON' : 'cURL';
    choices.push({ label: 'Selection', description, take: async () => [{ uri: 'untitled:selection', text: selected }] });
  }
  choices.push(
    // Not read before it is chosen: browsers ask the person first.
    { label: 'Clipboard', description: 'what was copied', take: copied },
    { label: 'Files…', description: 'cURL commands, HAR, Postman collections, JSON bodies', take: pickFiles },
  );
  const choice = await vscode.window.showQuickPick(choices, {
    title: 'Generate Specification from Sample',
    placeHolder: 'Where is the sample?',
  });
  return choice?.take();
}

async function copied(): Promise<Samples> {
  return [{ uri: 'untitled:clipboard', text: await vscode.env.clipboard.readText() }];
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
  const generated = await watching(`${title} of ${nameOf(place)}`, server, command, [[place.toString()]]);
  if (!generated) void vscode.window.showInformationMessage('The code was not read to its end, so no document was made.');
  return generated;
}

/** Runs a command while the user watches and may cancel; undefined where they did. */
function watching<Name extends keyof Commands>(title: string, server: Server, command: Name, args: Commands[Name][0]) {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (progress, token) =>
    server.watch(command, args, token, (message) => progress.report({ message })),
  );
}

function sayNothing(
  what: 'route' | 'message',
  place: vscode.Uri,
  generated: GeneratedDocument,
  output: vscode.LogOutputChannel,
): void {
  sayWhy(`No ${what} was found in ${nameOf(place)}.`, generated, output);
}

/** Says that there was nothing to describe, and why: the first reason in the message, all of them in the output. */
function sayWhy(nothing: string, { notes }: GeneratedDocument, output: vscode.LogOutputChannel): void {
  logNotes(notes, output);
  const why = notes[0] ? ` ${notes[0].message}` : '';
  offerOutput(`${nothing}${why}`, output, 'warn', notes.length > 1);
}

/** Lists what could not be described in the output, and offers to show it. One thing alone is said at once, and shown in its file. */
function sayGaps({ notes }: GeneratedDocument, output: vscode.LogOutputChannel): void {
  const [only, ...others] = notes;
  if (!only) return;
  logNotes(notes, output);
  const uri = vscode.Uri.parse(only.uri);
  if (others.length > 0) return offerOutput(`${notes.length} things could not be described.`, output);
  if (uri.scheme !== 'file') return offerOutput(only.message, output);
  const { start } = only.range;
  const selection = new vscode.Range(start.line, start.character, start.line, start.character);
  // A folder cannot be shown.
  const show = () => vscode.window.showTextDocument(uri, { selection }).then(undefined, () => output.show());
  offer('info', `${nameOf(uri)}:${start.line + 1}: ${only.message}`, show);
}

function logNotes(notes: GeneratedDocument['notes'], output: vscode.LogOutputChannel): void {
  for (const { uri, range, message } of notes) {
    output.info(`${vscode.Uri.parse(uri).fsPath}:${range.start.line + 1} ${message}`);
  }
}

/** Nobody waits for the answer: the document is there, or there is none. */
function offerOutput(message: string, output: vscode.LogOutputChannel, level: 'info' | 'warn' = 'info', more = true): void {
  offer(level, message, more ? () => output.show() : undefined);
}

/** Says it, with a button that shows what it is about. */
function offer(level: 'info' | 'warn', message: string, show?: () => unknown): void {
  const say = level === 'info' ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const button = 'Show';
  void say(message, ...(show ? [button] : [])).then((answer) => answer === button && show?.());
}

/** Where the application begins that a file belongs to, else one of the workspace; the user chooses where there are several. */
async function findApplication(server: Server, file?: vscode.Uri): Promise<vscode.Uri | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri).filter(({ scheme }) => scheme === 'file');
  const own = file && folders.filter((folder) => vscode.workspace.getWorkspaceFolder(file)?.uri.path === folder.path);
  if (folders.length === 0 || own?.length === 0) return file ?? pickEntry();
  const args: Commands['lintel.applications'][0] = [(own ?? folders).map(String), file?.toString()];
  const found = await watching('Lintel looks for applications', server, 'lintel.applications', args);
  if (!found) return undefined;
  const [only, ...others] = found.map((uri) => vscode.Uri.parse(uri));
  if (!only) return file ?? pickInstead(folders);
  if (others.length === 0) return only;
  const another = { label: 'Another File…', take: () => pickEntry() };
  const choices = [only, ...others].map((uri) => ({ label: nameOf(uri), take: async () => uri }));
  const choice = await vscode.window.showQuickPick([...choices, another], {
    title: 'Which Application?',
    placeHolder: 'The file or folder it begins in',
  });
  return choice?.take();
}

/** Says that no application was found before a file is asked for: whoever has one is asked for it with a reason. */
async function pickInstead(folders: readonly vscode.Uri[]): Promise<vscode.Uri | undefined> {
  const choose = 'Choose File…';
  const none = `No application was found in ${folders.map(nameOf).join(', ')}.`;
  return (await vscode.window.showWarningMessage(none, choose)) === choose ? pickEntry() : undefined;
}

/** The package of the file in front, else the folder that is open; the user chooses where there are several. */
async function pickPackage(): Promise<vscode.Uri | undefined> {
  const code = codeInFront();
  if (code) return (await packageOf(code)) ?? code;
  const front = vscode.window.activeTextEditor?.document.uri;
  const own = front && vscode.workspace.getWorkspaceFolder(front);
  const folders = own ? [own] : (vscode.workspace.workspaceFolders ?? []);
  if (folders.length > 1) return (await vscode.window.showWorkspaceFolderPick())?.uri;
  return folders[0]?.uri ?? pickEntry(true);
}

/** How a person knows a file or folder: by its path in the workspace. */
function nameOf(uri: vscode.Uri): string {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  return folder?.uri.path === uri.path ? folder.name : vscode.workspace.asRelativePath(uri);
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
    title: folders ? 'The folder of the application, or a file of it' : 'The file that creates the application',
    openLabel: 'Read',
    canSelectFolders: folders,
    filters: { 'TypeScript and JavaScript': ['ts', 'mts', 'cts', 'tsx', 'js', 'mjs', 'cjs', 'jsx'] },
  });
  return files?.[0];
}
