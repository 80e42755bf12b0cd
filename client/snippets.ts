/** Inserts a snippet of the catalogue: a picker that says what each does, and shows its page. */
import * as vscode from 'vscode';

/** An entry of a snippet file, as `scripts/snippets.ts` writes it; `page` is a path below `snippets`. */
interface Snippet {
  readonly title: string;
  readonly description: string;
  readonly page: string;
  readonly body: readonly string[];
}

interface Item extends vscode.QuickPickItem {
  readonly snippet: Snippet;
}

const snippetFiles: Readonly<Record<string, string>> = {
  typescript: 'typescript.json',
  typescriptreact: 'typescript.json',
  yaml: 'yaml.json',
  json: 'json.json',
  jsonc: 'json.json',
};

const showPage: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('book'), tooltip: 'Show its page' };

/**
 * Inserts a snippet into the document in front, at the selections. A snippet that is named, as a quick fix does, goes to
 * the end of the document: it is a module's text, and its imports may stand anywhere but inside a function.
 */
export async function insertSnippet(extension: vscode.Uri, name?: string): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) throw new Error('Open the file a snippet is to go into first.');
  const file = snippetFiles[editor.document.languageId];
  if (!file) throw new Error(`There are snippets for TypeScript, YAML and JSON, none for ${editor.document.languageId}.`);
  const folder = vscode.Uri.joinPath(extension, 'snippets');
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, file));
  const snippets = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, Snippet>;
  if (name === undefined) {
    const snippet = await pick(Object.values(snippets), folder);
    if (snippet) await editor.insertSnippet(new vscode.SnippetString(snippet.body.join('\n')));
    return;
  }
  const snippet = snippets[`Lintel: ${name}`];
  if (!snippet) throw new Error(`There is no snippet ${name} for ${editor.document.languageId}.`);
  const { lineCount } = editor.document;
  const end = editor.document.lineAt(lineCount - 1).range.end;
  const text = `${end.character > 0 ? '\n' : ''}${lineCount > 1 ? '\n' : ''}${snippet.body.join('\n')}\n`;
  await editor.insertSnippet(new vscode.SnippetString(text), end);
}

function pick(snippets: readonly Snippet[], folder: vscode.Uri): Promise<Snippet | undefined> {
  const picker = vscode.window.createQuickPick<Item>();
  picker.placeholder = 'Which snippet?';
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.items = snippets.map((snippet) => ({
    label: snippet.title,
    description: snippet.page.split('/')[0],
    detail: snippet.description,
    buttons: [showPage],
    snippet,
  }));
  return new Promise((resolve) => {
    picker.onDidTriggerItemButton(({ item }) => {
      void vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.joinPath(folder, item.snippet.page));
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
