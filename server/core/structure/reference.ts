/** Where a `$ref` leads, and when nowhere: which part of it is wrong, and what was probably meant. */
import type { ApiDocument } from '../document.ts';
import { anchorsOf, idsOf } from '../model/names.ts';
import { type Api, below, decodePointer, isRecord, type Place, pointer } from '../model/api.ts';
import { decoded, fileName, isOnDisk, resolveUri } from '../uri.ts';
import { isRemote } from '../remote.ts';
import { nearest } from './nearest.ts';
import { quote } from './say.ts';

export type Outcome =
  | { readonly target: Place }
  /** Named in a way that only the whole set of documents can tell. */
  | { readonly unknown: true }
  /** The file of another host, which is not here. */
  | { readonly remote: string }
  | {
      readonly message: string;
      /** The reference that was probably meant. */
      readonly meant?: string;
      readonly culprit?: Culprit;
      /** What is not there: references that need the same are told at once by `many`. */
      readonly cause?: string;
      readonly many?: (amount: number) => string;
    };

/** What keeps a reference from leading anywhere: a value that holds nothing, or that lacks a key. */
export interface Culprit {
  readonly at: Place;
  readonly key?: string;
}

const unknown: Outcome = { unknown: true };

/** Follows a reference one step. */
export function follow(api: Api, from: ApiDocument, ref: string): Outcome {
  const [file = '', fragment] = splitFragment(ref);
  const named = idsOf(from).size > 0 ? api.resolve(from, ref) : undefined;
  if (named) return { target: named };
  const uri = file === '' ? from.uri : resolveUri(file, from.uri);
  if (!/^(?:file|https?):/i.test(uri) && /^(?:\/\/|[a-z][a-z0-9+.-]+:)/i.test(file)) return unknown;
  if (isRemote(uri) && uri !== from.uri && isNamed(from, file)) return unknown;
  const root = file === '' ? api.placeAt(from, []) : api.resolve(from, file);
  if (!root) {
    if (isRemote(uri)) return { remote: uri };
    if (isNamed(from, file) || !isOnDisk(uri)) return unknown;
    return missing(api, from, uri, ref, file);
  }
  const name = fileName(root.doc.uri);
  if (name !== fileName(uri) && root.doc.uri.toLowerCase() === uri.toLowerCase()) {
    const message = `${quote(ref)} is found only where a disk takes upper for lower case: the file is called \`${name}\`.`;
    return { message, meant: renamed(ref, file, name) };
  }
  if (fragment === undefined || fragment === '') return circle(ref, root) ?? { target: root };
  if (!fragment.startsWith('/')) return anchor(root, ref, fragment);
  const path = fragment.slice(1).split('/');
  let place = root;
  for (const [index, token] of path.entries()) {
    const key = decodePointer(token);
    if (index > 0 && !place.child(key).exists) place = place.deref();
    const next = place.child(key);
    if (!next.exists) {
      if (idsOf(root.doc).size > 0) return unknown;
      return lost(ref, place, key, path, index);
    }
    place = next;
  }
  return circle(ref, place) ?? { target: place };
}

/** References that lead to one another and to nothing else. */
function circle(ref: string, target: Place): Outcome | undefined {
  let isFirst = true;
  for (const step of target.chain()) {
    if (!isFirst && step.is(target)) {
      const message = `${quote(ref)} leads round in a circle, to references alone; write out what one of them stands for`;
      return needed(message, `${target.doc.uri}#${pointer(target.path)}`);
    }
    isFirst = false;
  }
  return undefined;
}

function missing(api: Api, from: ApiDocument, uri: string, ref: string, file: string): Outcome {
  const message = `${quote(ref)} leads nowhere: the file \`${decoded(file)}\` does not exist or cannot be read`;
  const close = nearest(fileName(uri), api.namesBeside(uri));
  if (close !== undefined) return { message: `${message}; did you mean ${quote(close)}?`, meant: renamed(ref, file, close) };
  const meant = ref === file ? withoutHash(api, from, file) : undefined;
  if (meant === undefined) return needed(message, uri);
  return { message: `${message}; did you mean ${quote(meant)}?`, meant };
}

/** The pointer that was meant by `components/schemas/Pet`, `other.yaml/Pet` or, as in Swagger 1, `Pet`. */
function withoutHash(api: Api, from: ApiDocument, file: string): string | undefined {
  const [, other, rest] = /^(.+?\.(?:ya?ml|json))\/(.+)$/i.exec(file) ?? [];
  const root = other === undefined ? api.placeAt(from, []) : api.resolve(from, other);
  const path = (rest ?? file).split('/').map(decodePointer);
  const ways = other === undefined && path.length === 1 ? [['components', 'schemas'], ['definitions']] : [[]];
  const way = root && ways.find((each) => below(root, [...each, ...path]).exists);
  return way && `${other ?? ''}#${pointer([...way, ...path])}`;
}

function needed(message: string, cause: string): Outcome {
  const many = (amount: number) => `${message}; ${amount} references, of which this is the first, need it.`;
  return { message: `${message}.`, cause, many };
}

/** A reference to another file of the same folder. */
function renamed(ref: string, file: string, name: string): string {
  const written = encodeURI(name).replace(/[?#]/g, encodeURIComponent);
  return `${file.slice(0, file.lastIndexOf('/') + 1)}${written}${ref.slice(file.length)}`;
}

/** The step of a pointer that is not there. */
function lost(ref: string, place: Place, key: string, path: readonly string[], index: number): Outcome {
  const [file = ''] = splitFragment(ref);
  if (path.length === 1 && key === '') return slashOnly(ref, file);
  const where = index === 0 ? 'the document' : `\`${path.slice(0, index).map(decodePointer).join('/')}\``;
  const keys = isRecord(place.value) ? Object.keys(place.value) : [];
  const culprit = isRecord(place.value) ? { at: place, key } : { at: place };
  const message = `${quote(ref)} leads nowhere: ${where} has no ${quote(key)}`;
  const slashed = withSlashes(keys, path, index);
  if (slashed) {
    const { key: whole, rest } = slashed;
    const written = pointer([whole]).slice(1);
    const meant = `${file}#/${[...path.slice(0, index), written, ...rest].join('/')}`;
    return {
      message: `${message}; its key ${quote(whole)} is written ${quote(written)} in a reference.`,
      meant,
      culprit: { at: place, key: whole },
    };
  }
  const close = nearest(key, keys);
  if (close === undefined) return { ...needed(message, `${place.doc.uri}#${pointer([...place.path, key])}`), culprit };
  const steps = path.map((token, at) => (at === index ? pointer([close]).slice(1) : token));
  return { message: `${message}; did you mean ${quote(close)}?`, meant: `${file}#/${steps.join('/')}`, culprit };
}

/** The key that several steps are together, because nobody wrote its `/` as `~1`. */
function withSlashes(
  keys: readonly string[],
  path: readonly string[],
  index: number,
): { readonly key: string; readonly rest: readonly string[] } | undefined {
  for (let end = path.length; end > index + 1; end--) {
    const key = path.slice(index, end).map(decodePointer).join('/');
    if (keys.includes(key)) return { key, rest: path.slice(end) };
  }
  return undefined;
}

/** `other.yaml#/`: a key without a name, which some readers take for the whole document. */
function slashOnly(ref: string, file: string): Outcome {
  if (file === '') return { message: `${quote(ref)} leads nowhere: nothing is named behind the \`/\`.` };
  const message = `${quote(ref)} is the whole document for some readers only, for others a key without a name. Write ${quote(file)}.`;
  return { message, meant: file };
}

function anchor(root: Place, ref: string, name: string): Outcome {
  const named = anchorsOf(root.doc).get(decoded(name));
  if (named) return { target: below(root, named) };
  // Names can come from schemas with an `$id`, whose fragments are their own.
  if (idsOf(root.doc).size > 0) return unknown;
  const [file = ''] = splitFragment(ref);
  const path = name.split('/').map(decodePointer);
  const asPointer = below(root, path).exists ? { meant: `${file}#/${name}` } : {};
  const hint = 'meant' in asPointer ? ` Write \`${asPointer.meant}\`.` : ' A pointer begins with `#/`.';
  return { message: `${quote(ref)} leads nowhere: nothing has the anchor ${quote(name)}.${hint}`, ...asPointer };
}

/** Is the file known by another name than its own: the `$id` of a schema, or the base of one? */
function isNamed(from: ApiDocument, file: string): boolean {
  const ids = idsOf(from);
  return (
    ids.size > 0 || (isRecord(from.data) && typeof from.data.$self === 'string' && resolveUri(file, from.data.$self) !== file)
  );
}

function splitFragment(ref: string): [file: string, fragment?: string] {
  const at = ref.indexOf('#');
  return at < 0 ? [ref] : [ref.slice(0, at), ref.slice(at + 1)];
}
