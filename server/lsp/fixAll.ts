/** The edit that mends everything of a document, for the code action and the command. */
import type { WorkspaceEdit } from 'vscode-languageserver/node';
import type { FixAllOptions, FixAllResult } from '../core/lintel.ts';
import { replaceText, toWorkspaceEdit } from './convert.ts';
import type { Session } from './session.ts';

export interface FixAllParams extends FixAllOptions {
  readonly uri: string;
}

/** Works out the edit; without one when nothing can be mended. A person means the document in front, not those it refers to. */
export async function fixAllEdit(
  { uri, rule, unsafe, own = 'findings' }: FixAllParams,
  { lintel, settings, texts, client }: Session,
): Promise<{ edit?: WorkspaceEdit; mended: FixAllResult['mended'] }> {
  const { texts: mendedTexts, mended } = await lintel.fixAll(uri, await settings.of(uri), { rule, unsafe, own });
  const edits = [...mendedTexts].flatMap(([file, after]) => replaceText(file, texts.text(file) ?? '', after));
  return edits.length === 0 ? { mended } : { edit: toWorkspaceEdit(edits, texts, client.edits), mended };
}
