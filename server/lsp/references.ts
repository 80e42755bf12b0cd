/** Where references lead: definition, and links of those that lead into other files. */
import { type DefinitionLink, type DocumentLink, LSPErrorCodes, type Location, ResponseError } from 'vscode-languageserver/node';
import { isRemote } from '../core/remote.ts';
import type { Session } from './session.ts';

/** Answers `textDocument/definition`, `textDocument/documentLink` and `documentLink/resolve`. */
export function serveReferences({ connection, client, lintel, settings, texts, answer }: Session): void {
  connection.onDefinition(({ textDocument: { uri }, position }, token) =>
    answer(token, async (): Promise<DefinitionLink[] | Location | null> => {
      const lines = texts.lines(uri);
      const { enable } = await settings.of(uri);
      const reference = enable ? lintel.referenceAt(uri, lines.offset(position)) : undefined;
      // A file of another host is no document of the editor; the link on the reference opens it.
      if (!reference || isRemote(reference.target.uri)) return null;
      const { target } = reference;
      const there = target.uri === uri ? lines : texts.lines(target.uri);
      const targetSelectionRange = there.range(target.name);
      if (!client.definitionLinks) return { uri: target.uri, range: targetSelectionRange };
      return [
        {
          originSelectionRange: lines.range(reference),
          targetUri: target.uri,
          targetRange: there.range(target.whole),
          targetSelectionRange,
        },
      ];
    }),
  );

  connection.onDocumentLinks(({ textDocument: { uri } }, token) =>
    answer(token, async (): Promise<DocumentLink[]> => {
      const lines = texts.lines(uri);
      const { enable } = await settings.of(uri);
      return (enable ? lintel.links(uri) : []).map((link) => ({ range: lines.range(link), data: link.target }));
    }),
  );

  // Only a link that is followed is worth reading the other file for.
  connection.onDocumentLinkResolve((link) => {
    const to = String(link.data);
    if (!to.startsWith('file:')) return { ...link, target: to };
    const target = lintel.targetOfLink(to);
    if (!target) throw new ResponseError(LSPErrorCodes.RequestFailed, `There is nothing at ${to}.`);
    const { start } = texts.lines(target.uri).range(target.name);
    return { ...link, target: `${target.uri}#L${start.line + 1},${start.character + 1}` };
  });
}
