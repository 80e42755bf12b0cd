/** References follow files and folders that a person renames or moves in the editor. */
import { FileOperationPatternKind, type FileOperationRegistrationOptions, type WorkspaceEdit } from 'vscode-languageserver/node';
import { toWorkspaceEdit } from './convert.ts';
import type { Session } from './session.ts';

/** What Lintel is asked about before it is renamed. */
export const renamedFiles: FileOperationRegistrationOptions['filters'] = [
  {
    scheme: 'file',
    pattern: { glob: '**/*.{yaml,yml,json}', matches: FileOperationPatternKind.file, options: { ignoreCase: true } },
  },
  { scheme: 'file', pattern: { glob: '**/*', matches: FileOperationPatternKind.folder } },
];

/** Milliseconds that the workspace may be searched for references while a person waits for the new name. */
const longest = 2_000;

/** Answers `workspace/willRenameFiles`; what is looked at says `Lintel.editsForRenames`. */
export function serveRenames({ connection, client, lintel, settings, texts, answer }: Session): void {
  connection.workspace.onWillRenameFiles(({ files }, token) =>
    // Made after the search without a pause, the edits fit whatever was typed meanwhile.
    answer(
      token,
      async (signal): Promise<WorkspaceEdit | null> => {
        const enabled = await Promise.all(files.map(async ({ oldUri }) => (await settings.of(oldUri)).enable));
        const renames = files.filter((_, index) => enabled[index]).map(({ oldUri, newUri }) => ({ from: oldUri, to: newUri }));
        if (renames.length === 0) return null;
        const edits = await lintel.editsForRenames(renames, AbortSignal.any([signal, AbortSignal.timeout(longest)]));
        return edits.length === 0 ? null : toWorkspaceEdit(edits, texts, client.edits);
      },
      false,
    ),
  );
}
