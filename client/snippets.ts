/** Inserts snippets of the catalogue: a picker that says what each does and shows its page, and completion where one is typed. */
import * as vscode from 'vscode';
import type { Range } from 'vscode-languageclient/node';
import { blocksFor, kindOf, type Snippet, snippetFileOf, typescript, wholeText } from './catalogue.ts';
import { type PlacedText, selector, type Server } from './server.ts';

interface Item extends vscode.QuickPickItem {
  readonly snippet: Snippet;
}

/** What the names of all snippets begin with, where they are typed. */
const prefix = 'lintel-';

const showPage: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('book'), tooltip: 'Show its page' };

/**
 * Inserts a snippet into the document in front. One that is picked goes to the selection, one that is named, as a quick fix
 * does, to the end. The server says where exactly: in TypeScript the imports belong to those of the file, and nothing that is
 * exported may stand inside a function; in a description the members belong to those of their name.
 */
export async function insertSnippet(server: Server, extension: vscode.Uri, name?: string): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const file = editor && fileOf(editor.document);
  if (!file) {
    vscode.window.showWarningMessage('Open the file that the snippet is to go into: TypeScript, YAML or JSON.');
    return;
  }
  const { document, selection } = editor;
  const folder = vscode.Uri.joinPath(extension, 'snippets');
  const snippets = await readSnippets(folder, file);
  const all = Object.values(snippets);
  const offered = file === typescript ? all : blocksFor(all, document.getText());
  if (name === undefined && offered.length === 0) {
    vscode.window.showInformationMessage('No snippet has a place here: this is neither an OpenAPI nor an AsyncAPI document.');
    return;
  }
  const snippet = name === undefined ? await pick(offered, folder) : snippets[`Lintel: ${name}`];
  if (!snippet && name === undefined) return;
  if (!snippet) throw new Error(`There is no snippet ${name} for ${document.languageId}.`);
  // The page of a snippet may have been shown in the meantime: tab stops need the editor in front.
  const front = await vscode.window.showTextDocument(document, { viewColumn: editor.viewColumn, selection });
  const uri = document.uri.toString();
  const body = snippet.body.join('\n');
  const edits =
    file === typescript
      ? await server.run(
          'lintel.placeSnippet',
          uri,
          { imports: importsOf(snippet), body },
          name === undefined ? selection : undefined,
        )
      : await server.run('lintel.placeBlock', uri, body);
  if (!edits) {
    const whole = wholeText(snippet, isJson(file), document.getText());
    await front.insertSnippet(new vscode.SnippetString(whole));
    return;
  }
  if (edits.length === 0) void vscode.window.showInformationMessage(`Lintel: all of “${snippet.title}” is there already.`);
  const edit = new vscode.WorkspaceEdit();
  edit.set(
    document.uri,
    edits.map((placed) => toSnippetEdit(document, placed)),
  );
  await vscode.workspace.applyEdit(edit);
}

/**
 * Offers the snippets where `lintel-` is typed, each with its page. In TypeScript their imports go to those of the file. In a
 * description the members of a block go to those of their name, wherever it was typed; what is no description takes one only
 * where members of a root begin.
 */
export function provideSnippets(server: Server, extension: vscode.Uri): vscode.Disposable {
  const folder = vscode.Uri.joinPath(extension, 'snippets');
  let read: Promise<Record<string, Snippet>> | undefined;
  const provider: vscode.CompletionItemProvider<Offer | Block> = {
    async provideCompletionItems(document, position) {
      const file = fileOf(document);
      if (!file) return [];
      const [typed = ''] = /[\w-]*$/.exec(document.lineAt(position).text.slice(0, position.character)) ?? [];
      if (typed === '' || !(prefix.startsWith(typed) || typed.startsWith(prefix))) return [];
      // No list of other words is to wait for the server: it is asked when this one cannot be many others any more.
      if (typed.length < 'lint'.length) return new vscode.CompletionList<Offer | Block>([], true);
      const range = new vscode.Range(position.translate(0, -typed.length), position);
      if (file !== typescript) {
        const blocks = Object.values(await readSnippets(folder, file));
        const text = document.getText();
        const isPlaced = kindOf(text) !== undefined;
        if (!isPlaced && range.start.character > 0) return [];
        return blocksFor(blocks, text).map((block) => {
          const whole = isPlaced ? undefined : wholeText(block, isJson(file), text);
          return new Block(block, range, whole);
        });
      }
      const snippets = Object.values(await (read ??= readSnippets(folder, typescript)));
      const imports = await server.run('lintel.placeImports', document.uri.toString(), snippets.map(importsOf));
      return snippets.map((snippet, index) => new Offer(snippet, range, imports[index] ?? []));
    },
    async resolveCompletionItem(item) {
      const page = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, item.page));
      item.documentation = new vscode.MarkdownString(new TextDecoder().decode(page));
      return item;
    },
  };
  const places = selector.filter(({ language }) => language === undefined || snippetFileOf({ languageId: language, path: '' }));
  return vscode.languages.registerCompletionItemProvider(places, provider, '-');
}

/** A snippet in a completion list. */
class Offer extends vscode.CompletionItem {
  readonly page: string;

  constructor(snippet: Snippet, range: vscode.Range, imports: readonly PlacedText[]) {
    super({ label: snippet.prefix, description: snippet.title }, vscode.CompletionItemKind.Snippet);
    this.page = snippet.page;
    this.additionalTextEdits = imports.map(({ range, newText }) => new vscode.TextEdit(toRange(range), newText));
    this.detail = plain(snippet.description);
    this.range = range;
    this.insertText = new vscode.SnippetString(snippet.body.join('\n'));
  }
}

/** A block of a description in a completion list: chosen, the server places it; what was typed goes. */
class Block extends vscode.CompletionItem {
  readonly page: string;

  /** `whole`: what is inserted where it was typed; undefined where the server says where its members go. */
  constructor(snippet: Snippet, range: vscode.Range, whole: string | undefined) {
    super({ label: snippet.prefix, description: snippet.title }, vscode.CompletionItemKind.Snippet);
    this.page = snippet.page;
    this.detail = plain(snippet.description);
    this.range = range;
    this.insertText = whole === undefined ? '' : new vscode.SnippetString(whole);
    const name = snippet.prefix.slice(prefix.length);
    if (whole === undefined) this.command = { command: 'lintel.insertSnippet', title: 'Insert', arguments: [name] };
  }
}

function fileOf({ languageId, uri }: vscode.TextDocument): string | undefined {
  return snippetFileOf({ languageId, path: uri.path });
}

function isJson(file: string): boolean {
  return file === 'json.json';
}

async function readSnippets(folder: vscode.Uri, file: string): Promise<Record<string, Snippet>> {
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, file));
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, Snippet>;
}

/** A sentence of Markdown where none is rendered. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}

function importsOf({ imports = [] }: Snippet): string {
  return imports.join('\n');
}

/**
 * The editor indents the lines of a snippet like the line it begins in. An edit has its indentation already, so it begins with its
 * line, whose text is given back.
 */
function toSnippetEdit(document: vscode.TextDocument, { range, snippet }: PlacedText): vscode.SnippetTextEdit {
  const { start, end } = toRange(range);
  const before = document.lineAt(start).text.slice(0, start.character);
  const isIndented = /^\s/.test(before) && snippet.includes('\n');
  const text = isIndented ? before.replace(/[\\$]/g, '\\$&') + snippet : snippet;
  return new vscode.SnippetTextEdit(
    new vscode.Range(isIndented ? start.with({ character: 0 }) : start, end),
    new vscode.SnippetString(text),
  );
}

function toRange({ start, end }: Range): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

function pick(snippets: readonly Snippet[], folder: vscode.Uri): Promise<Snippet | undefined> {
  const picker = vscode.window.createQuickPick<Item>();
  picker.placeholder = 'Which snippet?';
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.items = snippets.map((snippet) => ({
    label: snippet.title,
    description: snippet.page.split('/')[0],
    detail: plain(snippet.description),
    buttons: [showPage],
    snippet,
  }));
  return new Promise((resolve) => {
    picker.onDidTriggerItemButton(async ({ item }) => {
      // Whoever has read the page goes on choosing.
      picker.ignoreFocusOut = true;
      const page = vscode.Uri.joinPath(folder, item.snippet.page);
      const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      picker.activeItems = [item];
      await vscode.commands.executeCommand('vscode.openWith', page, 'vscode.markdown.preview.editor', beside);
    });
    picker.onDidAccept(() => {
      resolve(picker.selectedItems[0]?.snippet);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}
