/** Shows a rule's page as rendered Markdown. The page comes from the server, so the two never disagree. */
import * as vscode from 'vscode';
import type { Server } from './server.ts';

const scheme = 'lintel-rule';

/** Lets the editor open `lintel-rule:/<id>.md`. */
export function provideRulePages(server: Server): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(scheme, {
    async provideTextDocumentContent(uri) {
      const rule = uri.path.slice(1).replace(/\.md$/, '');
      return (await server.ask('lintel/rulePage', { rule })) ?? `# ${rule}\n\nLintel has no rule of this name.\n`;
    },
  });
}

/** Shows the page of a rule, beside what is being read where there is a text; asks which rule when none is named. */
export async function showRule(server: Server, id?: string): Promise<void> {
  const rule = id ?? (await pickRule(server));
  if (rule === undefined) return;
  const show = vscode.window.activeTextEditor ? 'markdown.showPreviewToSide' : 'markdown.showPreview';
  await vscode.commands.executeCommand(show, vscode.Uri.from({ scheme, path: `/${rule}.md` }));
}

/** Those that have found something in the file in front come first. */
async function pickRule(server: Server): Promise<string | undefined> {
  const speaking = new Set(speakingInFront());
  const rules = server.ask('lintel/rules', undefined).then((all) => {
    const items = all
      .map(({ id, summary }) => ({ label: id, detail: summary.replaceAll('`', '') }))
      .sort((a, b) => (a.label < b.label ? -1 : 1));
    const here = items.filter(({ label }) => speaking.has(label));
    if (here.length === 0) return items;
    return [separator('in this file'), ...here, separator('all rules'), ...items.filter(({ label }) => !speaking.has(label))];
  });
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem>(rules, {
    placeHolder: 'Which rule?',
    matchOnDetail: true,
  });
  return picked?.label;
}

function speakingInFront(): string[] {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return (uri ? vscode.languages.getDiagnostics(uri) : []).flatMap(({ source, code }) => {
    const id = typeof code === 'object' ? code.value : code;
    return source === 'lintel' && id !== undefined ? [String(id)] : [];
  });
}

function separator(label: string): vscode.QuickPickItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
