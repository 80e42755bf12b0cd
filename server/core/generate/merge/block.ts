/** A block of a description, written as a snippet, put into a description that has the same members already. */
import { type ApiDocument, parseApiDocument } from '../../document.ts';
import type { Path } from '../../finding.ts';
import { isRecord } from '../../model/api.ts';
import { plainText, type SnippetEdit, tabWords, withTabWords } from '../../snippet.ts';
import { editTree } from '../../tree/edit.ts';

/**
 * The edits that add what the block has and the document lacks, first to last: members to maps, at any depth, and items to
 * lists. What is there stays as it is. The block is the members of a root, in the document's language.
 */
export function mergeBlock(document: ApiDocument, snippet: string): SnippetEdit[] {
  const plain = plainText(snippet);
  const block = parseApiDocument('', document.tree.language === 'json' ? `{${plain}}` : plain).data;
  const editor = editTree(document);
  add([], document.data, block);
  const words = tabWords(snippet);
  return editor
    .edits()
    .map(({ start, end, newText }) => ({ start, end, newText, snippet: withTabWords(newText, words) }))
    .sort((a, b) => a.start - b.start);

  function add(path: Path, there: unknown, wanted: unknown): void {
    if (Array.isArray(there) && Array.isArray(wanted)) {
      const known = new Set(there.map((item) => JSON.stringify(item)));
      for (const item of wanted) if (!known.has(JSON.stringify(item))) editor.append(path, item);
    } else if (isRecord(there) && isRecord(wanted)) {
      for (const [key, value] of Object.entries(wanted)) {
        if (Object.hasOwn(there, key)) add([...path, key], there[key], value);
        else editor.set([...path, key], value);
      }
    }
  }
}
