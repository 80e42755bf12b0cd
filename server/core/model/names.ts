/** What schemas of a document call themselves, whatever the path to them. */
import type { ApiDocument } from '../document.ts';
import type { Path } from '../finding.ts';

interface Names {
  readonly ids: string[];
  readonly anchors: Map<string, Path>;
}

const names = new WeakMap<ApiDocument, Names>();

/** The names (`$id`) of a document's schemas, as they are written. */
export function idsOf(doc: ApiDocument): readonly string[] {
  return namesOf(doc).ids;
}

/** The anchors of a document: the path of the schema that has each. */
export function anchorsOf(doc: ApiDocument): ReadonlyMap<string, Path> {
  return namesOf(doc).anchors;
}

function namesOf(doc: ApiDocument): Names {
  const known = names.get(doc);
  if (known) return known;
  const found: Names = { ids: [], anchors: new Map() };
  names.set(doc, found);
  if (!['$id', '$anchor', '$dynamicAnchor'].some((name) => doc.tree.text.includes(name))) return found;
  const visit = (value: unknown, path: Path): void => {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, [...path, index]);
    if (!isRecord(value)) return;
    if (typeof value.$id === 'string' && path.length > 0) {
      if (value.$id.startsWith('#')) found.anchors.set(value.$id.slice(1), path);
      else found.ids.push(value.$id);
    }
    for (const key of ['$anchor', '$dynamicAnchor']) {
      const name = value[key];
      if (typeof name === 'string') found.anchors.set(name, path);
    }
    for (const [key, child] of Object.entries(value)) visit(child, [...path, key]);
  };
  visit(doc.data, []);
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
