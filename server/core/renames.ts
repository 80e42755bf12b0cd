/** References that follow files and folders which are about to be renamed or moved. */
import type { ApiDocument } from './document.ts';
import type { Path, TextEdit } from './finding.ts';
import { addressesOf, baseOf, namedSchema } from './model/names.ts';
import { isMappedReference, isReferenceKey } from './references.ts';
import { editTree } from './tree/edit.ts';
import type { TreeNode } from './tree/tree.ts';
import { decoded, isWithinFolder, resolveUri } from './uri.ts';

/** A file or folder, and where it will be (URIs). */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** Where a file will be. */
export function renamed(uri: string, renames: readonly Rename[]): string {
  const rename = renames.find(({ from }) => uri === from || isWithinFolder(uri, from));
  return rename ? rename.to + uri.slice(rename.from.length) : uri;
}

interface Written {
  readonly path: Path;
  /** The file a reference names, as it is written, and what stands behind it. */
  readonly file: string;
  readonly rest: string;
}

/**
 * Edits of a document, where it is now, after which its relative references mean the files they mean now: `$ref`, `$dynamicRef`,
 * `operationRef` and what a discriminator maps to by reference. Left alone is what does not change, what names no file that is
 * there (`fileAt` answers how the disk spells one), and every reference that may count from elsewhere than the document's
 * place: from its `$self` or `$id`, or because it names a schema in it.
 */
export function followRenames(
  doc: ApiDocument,
  renames: readonly Rename[],
  fileAt: (uri: string) => string | undefined,
): TextEdit[] {
  if (baseOf(doc) !== doc.uri || addressesOf('', doc).length > 1) return [];
  const all = relativeReferences(doc).flatMap((written) => {
    const named = resolveUri(written.file, doc.uri);
    const there = fileAt(named);
    return there === undefined ? [] : { ...written, named, there };
  });
  const isDotted = all.some(({ file }) => hasDot.test(file)) || all.every(({ file }) => file.startsWith('..'));
  const base = renamed(doc.uri, renames);
  const editor = editTree(doc);
  for (const { path, file, rest, named, there } of all) {
    // A disk that ignores case may spell it otherwise.
    const moved = [named, there].find((uri) => renamed(uri, renames) !== uri);
    const then = moved === undefined ? named : renamed(moved, renames);
    if (then === resolveUri(file, base) || namedSchema(doc, file)) continue;
    const reference = referenceTo(then, base, file, isDotted);
    if (resolveUri(reference, base) === then) editor.set(path, reference + rest);
  }
  return editor.edits();
}

const hasDot = /^\.[\\/]/;
const isAbsolute = /^(?:[a-z][a-z\d+.-]*:|[\\/])/i;

/** References of a document to files by relative paths, in order; what an alias repeats is listed once. */
function relativeReferences(doc: ApiDocument): Written[] {
  const found = new Map<number, Written>();
  const visit = (node: TreeNode, path: Path): void => {
    if (node.kind === 'list') for (const [index, item] of node.items.entries()) visit(item, [...path, index]);
    if (node.kind === 'map') for (const { key, value } of node.entries) visit(value, [...path, key]);
    if (node.kind !== 'scalar' || typeof node.value !== 'string' || found.has(node.start)) return;
    if (!isReferenceKey(path.at(-1)) && !isMappedReference(path, node.value)) return;
    const [file = ''] = node.value.split('#', 1);
    if (file !== '' && !isAbsolute.test(file)) found.set(node.start, { path, file, rest: node.value.slice(file.length) });
  };
  if (doc.tree.root) visit(doc.tree.root, []);
  return [...found.values()];
}

/** A relative reference from one file to another, written as one before it was: with `./` or without, encoded or not. */
function referenceTo(target: string, base: string, before: string, isDotted: boolean): string {
  const from = base.split('/').slice(0, -1);
  const to = target.split('/');
  let shared = 0;
  while (shared < Math.min(from.length, to.length - 1) && from[shared] === to[shared]) shared++;
  const spelled = new Map(before.split(/[\\/]/).map((segment) => [decoded(segment), segment]));
  const isPlain = !/%[\da-f]{2}/i.test(before) && /[^!-~]/.test(before);
  const down = to.slice(shared).map((segment) => {
    const name = decoded(segment);
    return spelled.get(name) ?? (isPlain ? name.replace(/[%?#\\]/g, encodeURIComponent) : encoded(name));
  });
  const up = from.slice(shared).map(() => '..');
  const needsDot = hasDot.test(before) || (before.startsWith('..') && isDotted) || down[0]?.includes(':');
  return [...(up.length === 0 && needsDot ? ['.'] : up), ...down].join('/');
}

/** A name as a segment of a URI, with only that encoded which must be (RFC 3986, 3.3). */
function encoded(name: string): string {
  return encodeURI(name).replace(/[?#]/g, encodeURIComponent);
}
