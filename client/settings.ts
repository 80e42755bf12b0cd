/** Completion in settings files: the ids of rules, with what each is about. */
import * as vscode from 'vscode';
import { ruleSettingAt } from './ruleSettings.ts';
import type { Server } from './server.ts';

/** Settings of the user, a folder and a workspace. */
const files = ['**/settings.json', '**/*.code-workspace'].map((pattern) => ({ language: 'jsonc', pattern }));

/** Offers the ids of rules where they are keys of a setting. */
export function provideRuleIds(server: Server): vscode.Disposable {
  return vscode.languages.registerCompletionItemProvider(
    files,
    {
      async provideCompletionItems(document, position) {
        const setting = ruleSettingAt(document.getText(new vscode.Range(new vscode.Position(0, 0), position)));
        if (!setting) return [];
        const range = document.getWordRangeAtPosition(position, /"[\w-]*"?|[\w-]+/);
        const after = document.lineAt(position).text.slice((range?.end ?? position).character);
        const value = setting === 'rules' ? ': "${1|error,warn,info,hint,off|}"' : ': { $1 }';
        const rules = await server.ask('lintel/rules', undefined);
        return rules.map(({ id, summary }) => {
          const item = new vscode.CompletionItem(id, vscode.CompletionItemKind.Property);
          item.documentation = new vscode.MarkdownString(summary);
          item.filterText = `"${id}"`;
          item.insertText = new vscode.SnippetString(`"${id}"${/^\s*:/.test(after) ? '' : value}`);
          if (range) item.range = range;
          return item;
        });
      },
    },
    '"',
  );
}
