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

/** Shows the page of a rule; asks which one when none is named. */
export async function showRule(server: Server, id?: string): Promise<void> {
  const rule = id ?? (await pickRule(server));
  if (rule === undefined) return;
  await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.from({ scheme, path: `/${rule}.md` }));
}

async function pickRule(server: Server): Promise<string | undefined> {
  const rules = server
    .ask('lintel/rules', undefined)
    .then((all) => all.map(({ id, summary }) => ({ label: id, detail: summary })));
  const picked = await vscode.window.showQuickPick(rules, { placeHolder: 'Which rule?', matchOnDetail: true });
  return picked?.label;
}
