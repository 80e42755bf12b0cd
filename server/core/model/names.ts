/** What schemas of a document call themselves, whatever the path to them. */
import type { ApiDocument } from '../document.ts';
import type { Path } from '../finding.ts';
import { resolveUri } from '../uri.ts';

interface Names {
  /** By absolute URI. */
  readonly ids: Map<string, Path>;
  readonly anchors: Map<string, Path>;
}

const names = new WeakMap<ApiDocument, Names>();

/** The schemas of a document that have names of their own (`$id`): the path of each, by its absolute URI (JSON Schema 2020-12, 8.2.1). */
export function idsOf(doc: ApiDocument): ReadonlyMap<string, Path> {
  return namesOf(doc).ids;
}

/** The anchors of a document: the path of the schema that has each. */
export function anchorsOf(doc: ApiDocument): ReadonlyMap<string, Path> {
  return namesOf(doc).anchors;
}

function namesOf(doc: ApiDocument): Names {
  const known = names.get(doc);
  if (known) return known;
  const found: Names = { ids: new Map(), anchors: new Map() };
  names.set(doc, found);
  if (!['$id', '$anchor', '$dynamicAnchor'].some((name) => doc.tree.text.includes(name))) return found;
  const visit = (value: unknown, path: Path, base: string): void => {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, [...path, index], base);
    if (!isRecord(value)) return;
    let inner = base;
    if (typeof value.$id === 'string' && path.length > 0) {
      if (value.$id.startsWith('#')) found.anchors.set(value.$id.slice(1), path);
      else found.ids.set((inner = resolveUri(value.$id, base).replace(/#$/, '')), path);
    }
    for (const key of ['$anchor', '$dynamicAnchor']) {
      const name = value[key];
      if (typeof name === 'string') found.anchors.set(name, path);
    }
    for (const [key, child] of Object.entries(value)) visit(child, [...path, key], inner);
  };
  visit(doc.data, [], baseOf(doc));
  return found;
}

/** What references of a document are relative to: OpenAPI 3.2 lets it name itself. */
export function baseOf(doc: ApiDocument): string {
  const self = isRecord(doc.data) ? doc.data.$self : undefined;
  return typeof self === 'string' ? resolveUri(self, doc.uri) : doc.uri;
}

/**
 * Where the file may be that a reference of a document names: beside the document, as everybody reads it, or beside where
 * its `$id` says that it is.
 */
export function addressesOf(name: string, doc: ApiDocument): readonly string[] {
  const id = isRecord(doc.data) ? doc.data.$id : undefined;
  const bases = typeof id === 'string' && /^https?:/i.test(id) ? [doc.uri, id] : [doc.uri];
  return bases.map((base) => resolveUri(name, base));
}

/**
 * The schema that a reference names by its `$id`, where only one can be meant: relative names and pointers count from the
 * schema around the reference that has a name, which is not asked for here.
 */
export function namedSchema(doc: ApiDocument, file: string): Path | undefined {
  const ids = idsOf(doc);
  if (ids.size === 0 || file === '') return undefined;
  const meant = new Set<Path>();
  for (const base of [baseOf(doc), ...ids.keys()]) {
    const path = ids.get(resolveUri(file, base));
    if (path) meant.add(path);
  }
  return meant.size === 1 ? [...meant][0] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
