/**
 * What is wrong with the structure of a description: every document it is made of, each part held against the kind of
 * object that stands there, also in files that only references lead to; and references that lead nowhere or to
 * something else than what must stand there.
 */
import type { ApiDocument } from '../document.ts';
import type { Path } from '../finding.ts';
import { type Api, isRecord, type Place, pointer } from '../model/api.ts';
import { fits, inspect, type Problem, type Result } from './inspect.ts';
import { follow, type Outcome } from './reference.ts';
import { quote } from './say.ts';
import type { Shape } from './shape.ts';
import { documentShape } from './specification.ts';

export interface StructureProblem {
  readonly at: Place;
  readonly target: 'key' | 'value';
  readonly message: string;
  /** The key or the reference that was meant instead of the one that stands there. */
  readonly meant?: string;
}

export interface Structure {
  /** Against the specification's schema. */
  readonly violations: readonly StructureProblem[];
  /** References that lead nowhere, or to the wrong kind of object. */
  readonly references: readonly StructureProblem[];
}

const known = new WeakMap<Api, Structure>();

/** The structure of a description; the same object for the same `Api`. */
export function structureOf(api: Api): Structure {
  const structure = known.get(api) ?? examine(api);
  known.set(api, structure);
  return structure;
}

/** A reference, and the shape of what it must lead to. */
interface Site {
  readonly doc: ApiDocument;
  readonly path: Path;
  readonly leads: Shape | true;
}

function examine(api: Api): Structure {
  const violations: StructureProblem[] = [];
  const references: StructureProblem[] = [];
  const sites: Site[] = [];
  const visited = new Set<string>();
  const take = (doc: ApiDocument, path: Path, result: Result) => {
    for (const problem of result.problems) violations.push(violationOf(api, doc, path, problem));
    if (result.leads !== undefined) sites.push({ doc, path, leads: result.leads });
    for (const [key, child] of result.children) take(doc, [...path, key], child);
  };
  const root = documentShape(api.format, api.document.data);
  if (!root) return { violations: [unknownVersion(api)], references };
  take(api.document, [], inspect(root, api.document.data));
  const followed = new Map<string, Outcome>();
  const right = new Set<string>();
  for (const site of sites) {
    const ref = refAt(site);
    const from = `${site.doc.uri} ${ref}`;
    const road = `${from} ${site.leads === true ? '' : site.leads.name}`;
    if (right.has(road)) continue;
    const outcome = followed.get(from) ?? follow(api, site.doc, ref);
    followed.set(from, outcome);
    const at = api.placeAt(site.doc, [...site.path, '$ref']);
    if ('message' in outcome) references.push({ at, target: 'value', ...outcome });
    else right.add(road);
    if (!('target' in outcome) || site.leads === true) continue;
    const { target } = outcome;
    const mark = `${target.id} ${site.leads.name ?? ''}`;
    if (visited.has(mark)) continue;
    const standing = target.doc.format ? namesAt(target.doc, target.path) : new Set<string>();
    const wanted = namesOf(site.leads);
    if ([...wanted].some((name) => standing.has(name)) || isChain(target)) continue;
    const result = inspect(site.leads, target.value);
    if (result.weight > 0 && (standing.size > 0 || !isRecord(target.value))) {
      const kind = standing.size > 0 ? `the ${[...standing][0]}` : 'a value that is no object';
      const must = wanted.size > 0 ? `a ${[...wanted][0]} must` : 'something else must';
      right.delete(road);
      references.push({ at, target: 'value', message: `${quote(ref)} leads to ${kind}; ${must} stand here.` });
      continue;
    }
    visited.add(mark);
    take(target.doc, target.path, result);
  }
  return { violations: unique(violations), references: unique(references) };
}

function refAt({ doc, path }: Site): string {
  let value: unknown = doc.data;
  for (const key of path) value = (value as Record<string | number, unknown>)[key];
  return (value as { $ref: string }).$ref;
}

/** A reference that leads to another one: that one is a site of its own, or leads on from a file that is not checked. */
function isChain({ value }: Place): boolean {
  return isRecord(value) && typeof value.$ref === 'string' && Object.keys(value).length === 1;
}

function unknownVersion(api: Api): StructureProblem {
  const key = ['openapi', 'swagger', 'asyncapi'].find((each) => api.root.has(each)) ?? 'openapi';
  const at = api.root.child(key);
  const versions = api.format.kind === 'openapi' ? '2.0, 3.0, 3.1 and 3.2' : '2.0 to 2.6, 3.0 and 3.1';
  return {
    at,
    target: 'value',
    message: `\`${key}\` is ${quote(at.value)}, a version that is not checked; Lintel knows ${versions}.`,
  };
}

function violationOf(api: Api, doc: ApiDocument, path: Path, problem: Problem): StructureProblem {
  const { kind, key, mark, object, meant } = problem;
  const message = problem.say(labelOf(path), object);
  // What is missing is nowhere: the object that lacks it is marked.
  const at = api.placeAt(doc, key === undefined || kind === 'missing' ? path : [...path, key]);
  return { at, target: mark, message, ...(meant === undefined ? {} : { meant }) };
}

/** What a sentence calls the value at a path. */
export function labelOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'The document';
  if (typeof last === 'string') return `\`${last}\``;
  const list = path.findLast((key) => typeof key === 'string');
  return list === undefined ? `Item ${last + 1}` : `\`${list}[${last}]\``;
}

function unique(problems: readonly StructureProblem[]): StructureProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ at, message }) => {
    const id = `${at.doc.uri}#${pointer(at.path)} ${message}`;
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

/** The names of the objects that may stand where a reference leads: of the shape, or of the branches it is made of. */
function namesOf(shape: Shape): Set<string> {
  if (shape.name !== undefined) return new Set([shape.name]);
  const { anyOf, oneOf, reference } = shape.facets;
  const branches = [...anyOf.flat(), ...oneOf.flat(), ...(reference instanceof Object ? [reference] : [])];
  return new Set(branches.flatMap((branch) => [...namesOf(branch)]));
}

const namesByData = new WeakMap<object, Map<string, Set<string>>>();

/** What the specification calls the object at a path of a whole document; empty where it says nothing of the place. */
function namesAt(doc: ApiDocument, path: Path): Set<string> {
  if (!doc.format || typeof doc.data !== 'object' || doc.data === null) return new Set();
  const root = documentShape(doc.format, doc.data);
  if (!root) return new Set();
  let cache = namesByData.get(doc.data);
  if (!cache) namesByData.set(doc.data, (cache = new Map()));
  const id = pointer(path);
  const cached = cache.get(id);
  if (cached) return cached;
  let shapes = [root];
  let value: unknown = doc.data;
  for (const key of path) {
    shapes = [...new Set(shapes.flatMap((shape) => [...step(shape, value, key, new Set())]))];
    value = isRecord(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[key] : undefined;
  }
  const names = new Set(shapes.flatMap((shape) => [...namesOf(shape)]));
  cache.set(id, names);
  return names;
}

const pathsByKey = new WeakMap<object, Map<string, readonly Path[]>>();

/** Where a key stands in a value, at any depth; kept with the value, so that an edit costs only what it changed. */
function pathsOf(value: unknown, key: string): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [];
  let byKey = pathsByKey.get(value);
  if (!byKey) pathsByKey.set(value, (byKey = new Map()));
  const known = byKey.get(key);
  if (known) return known;
  const paths: Path[] = [];
  byKey.set(key, paths);
  for (const [name, child] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(name) : name;
    if (name === key) paths.push([step]);
    for (const path of pathsOf(child, key)) paths.push([step, ...path]);
  }
  return paths;
}

/** Every place of the document where an object of this name has the field. */
export function* placesOf(api: Api, key: string, object: string): Iterable<Place> {
  const { document } = api;
  for (const path of pathsOf(document.data, key)) {
    if (namesAt(document, path.slice(0, -1)).has(object)) yield api.placeAt(document, path);
  }
}

/** The shapes that a child of a value should have. */
function* step(shape: Shape, value: unknown, key: string | number, seen: Set<Shape>): Iterable<Shape> {
  if (seen.has(shape) || typeof shape.raw !== 'object') return;
  seen.add(shape);
  const { facets } = shape;
  if (typeof key === 'number') {
    const positional = facets.prefixItems[key];
    if (positional) yield positional;
    else yield* facets.items;
  } else {
    const named = facets.properties.get(key) ?? [];
    const matching = facets.patternProperties.filter(({ regex }) => regex.test(key)).map((each) => each.shape);
    yield* named;
    yield* matching;
    if (named.length + matching.length === 0 && facets.additional) yield facets.additional;
  }
  const also = [
    ...facets.parts,
    ...[...facets.anyOf, ...facets.oneOf].flat(),
    ...facets.conditions.flatMap(({ test, then, else: otherwise }) => (fits(test, value) ? then : otherwise) ?? []),
    ...facets.dependents.map(([, dependent]) => dependent),
    ...(facets.reference instanceof Object ? [facets.reference] : []),
  ];
  for (const each of also) yield* step(each, value, key, seen);
}
