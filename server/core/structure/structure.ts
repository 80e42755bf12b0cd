/**
 * What is wrong with the structure of a description: every document it is made of, each part held against the kind of
 * object that stands there, also in files that only references lead to; and references that lead nowhere or to
 * something else than what must stand there.
 */
import type { ApiDocument, Format } from '../document.ts';
import type { Path } from '../finding.ts';
import { type Api, isRecord, type Place, pointer } from '../model/api.ts';
import { groupBy } from '../group.ts';
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
  /** Says it of several at once. */
  readonly many?: (amount: number) => string;
}

export interface Structure {
  /** Against the specification's schema. */
  readonly violations: readonly StructureProblem[];
  /** References that lead nowhere, or to the wrong kind of object. */
  readonly references: readonly StructureProblem[];
}

/** The structure of a description; the same object as long as nothing changes. */
export function structureOf(api: Api): Structure {
  return api.derived(examine);
}

/** The way to a value, from the inside out: most ways are never asked for. */
interface Way {
  readonly key: string | number;
  readonly above: Way | undefined;
}

function pathOf(way: Way | undefined): Path {
  const path: (string | number)[] = [];
  for (let each = way; each; each = each.above) path.push(each.key);
  return path.reverse();
}

function wayTo(path: Path): Way | undefined {
  let way: Way | undefined;
  for (const key of path) way = { key, above: way };
  return way;
}

/** A reference, and the shape of what it must lead to. */
interface Site {
  readonly doc: ApiDocument;
  readonly way: Way | undefined;
  readonly ref: string;
  readonly leads: Shape | true;
}

function examine(api: Api): Structure {
  const violations: StructureProblem[] = [];
  const references: StructureProblem[] = [];
  const sites: Site[] = [];
  const visited = new Set<string>();
  const take = (doc: ApiDocument, way: Way | undefined, value: unknown, result: Result) => {
    for (const problem of result.problems) violations.push(violationOf(api, doc, pathOf(way), problem));
    const { leads } = result;
    if (leads !== undefined) sites.push({ doc, way, ref: (value as { $ref: string }).$ref, leads });
    for (const [key, child] of result.children) {
      take(doc, { key, above: way }, (value as Record<string | number, unknown>)[key], child);
    }
  };
  const root = documentShape(api.format, api.document.data);
  if (!root) return { violations: [unknownVersion(api)], references };
  take(api.document, undefined, api.document.data, inspect(root, api.document.data));
  const followed = new Map<ApiDocument, Map<string, Outcome>>();
  // References that are right, by the file they stand in and the shape they must lead to.
  const right = new Map<ApiDocument, Map<Shape | true, Set<string>>>();
  for (const { doc, way, ref, leads } of sites) {
    const rightHere = inMap(
      inMap(right, doc, () => new Map()),
      leads,
      () => new Set<string>(),
    );
    if (rightHere.has(ref)) continue;
    const outcome = inMap(
      inMap(followed, doc, () => new Map()),
      ref,
      () => follow(api, doc, ref),
    );
    const say = (problem: { message: string; meant?: string }) =>
      references.push({ at: api.placeAt(doc, [...pathOf(way), '$ref']), target: 'value', ...problem });
    if ('message' in outcome) say(outcome);
    else rightHere.add(ref);
    if (!('target' in outcome) || leads === true) continue;
    const { target } = outcome;
    const mark = `${target.id} ${leads.name ?? ''}`;
    if (visited.has(mark)) continue;
    const standing = target.doc.format ? namesAt(target) : new Set<string>();
    const wanted = namesOf(leads);
    if ([...wanted].some((name) => standing.has(name))) continue;
    if (isChain(target)) {
      if (standing.size === 0) sites.push({ doc: target.doc, way: wayTo(target.path), ref: chained(target), leads });
      continue;
    }
    const result = inspect(leads, target.value);
    if (result.weight > 0 && (standing.size > 0 || !isRecord(target.value))) {
      const kind = standing.size > 0 ? `the ${[...standing][0]}` : 'a value that is no object';
      const must = wanted.size > 0 ? `a ${[...wanted][0]} must` : 'something else must';
      rightHere.delete(ref);
      say({ message: `${quote(ref)} leads to ${kind}; ${must} stand here.` });
      continue;
    }
    visited.add(mark);
    take(target.doc, wayTo(target.path), target.value, result);
  }
  return { violations: habits(unique(violations)), references: unique(references) };
}

/** More of one kind are a habit of the document and no slips. */
const mostSlips = 3;

/** What a whole document does is said once, at the first place. */
function habits(problems: readonly StructureProblem[]): StructureProblem[] {
  const alike = groupBy(
    problems.filter(({ many }) => many !== undefined),
    ({ message }) => message,
  );
  const said = new Set<string>();
  return problems.flatMap((problem): StructureProblem[] => {
    const amount = problem.many ? (alike.get(problem.message)?.length ?? 0) : 0;
    if (!problem.many || amount <= mostSlips) return [problem];
    if (said.has(problem.message)) return [];
    said.add(problem.message);
    return [{ ...problem, message: problem.many(amount) }];
  });
}

function inMap<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** A reference that leads to another one: in a whole document that one is a site of its own. */
function isChain({ value }: Place): boolean {
  return isRecord(value) && typeof value.$ref === 'string' && Object.keys(value).length === 1;
}

function chained({ value }: Place): string {
  return (value as { $ref: string }).$ref;
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
  const { kind, key, mark, object, meant, many } = problem;
  const message = problem.say(labelOf(path), object);
  // What is missing is nowhere: the object that lacks it is marked.
  const at = api.placeAt(doc, key === undefined || kind === 'missing' ? path : [...path, key]);
  return { at, target: mark, message, ...(meant === undefined ? {} : { meant }), ...(many && { many }) };
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

/** What may stand at a place, and what it was found from. */
interface Standing {
  readonly above: readonly Shape[];
  /** The object around it; only where its own shape depends on what stands in it. */
  readonly holder: unknown;
  readonly shapes: readonly Shape[];
  readonly names: ReadonlySet<string>;
}

const standings = new WeakMap<Place, Standing>();
const nothing: Standing = { above: [], holder: undefined, shapes: [], names: new Set() };

/** What the specification calls the object at a place of a whole document; empty where it says nothing of the place. */
function namesAt(place: Place): ReadonlySet<string> {
  return standingAt(place).names;
}

function standingAt(place: Place): Standing {
  const known = standings.get(place);
  const { parent } = place;
  const isRoot = parent === place;
  if (isRoot && !place.doc.format) return nothing;
  const above = isRoot ? listOf(documentShape(place.doc.format as Format, place.identity)) : standingAt(parent).shapes;
  const holder = above.some(isConditional) ? parent.identity : undefined;
  if (known && known.above === above && known.holder === holder) return known;
  const stepped = isRoot ? above : above.flatMap((shape) => [...step(shape, parent.identity, place.step, new Set())]);
  const shapes = listOf(...stepped);
  const standing = { above, holder, shapes, names: new Set(shapes.flatMap((shape) => [...namesOf(shape)])) };
  standings.set(place, standing);
  return standing;
}

const conditional = new WeakMap<Shape, boolean>();

/** Does what may stand in a value depend on what else stands there? */
function isConditional(shape: Shape): boolean {
  let known = conditional.get(shape);
  if (known === undefined) conditional.set(shape, (known = hasCondition(shape, new Set())));
  return known;
}

function hasCondition(shape: Shape, seen: Set<Shape>): boolean {
  if (seen.has(shape) || typeof shape.raw !== 'object') return false;
  seen.add(shape);
  return shape.facets.conditions.length > 0 || [...alsoAt(shape)].some((each) => hasCondition(each, seen));
}

/** The shapes that hold for the same value as a shape does, whatever stands in it. */
function* alsoAt({ facets }: Shape): Iterable<Shape> {
  yield* facets.parts;
  yield* facets.anyOf.flat();
  yield* facets.oneOf.flat();
  for (const [, dependent] of facets.dependents) yield dependent;
  if (facets.reference instanceof Object) yield facets.reference;
}

/** Lists of shapes, each once: the same shapes are the same array. */
interface Lists {
  readonly list: readonly Shape[];
  readonly longer: Map<Shape, Lists>;
}
const empty: Lists = { list: [], longer: new Map() };

function listOf(...shapes: readonly (Shape | undefined)[]): readonly Shape[] {
  let found = empty;
  for (const shape of new Set(shapes)) {
    if (!shape) continue;
    const { list, longer } = found;
    found = inMap(longer, shape, () => ({ list: [...list, shape], longer: new Map() }));
  }
  return found.list;
}

/** The keys that are looked for at any depth, each a bit. */
const soughtKeys = ['default', 'example', 'examples', 'discriminator'] as const;
export type SoughtKey = (typeof soughtKeys)[number];

const holding = new WeakMap<object, number>();

/** Which of the sought keys stand in a value, at any depth; kept with the value, so that an edit costs only what it changed. */
function soughtIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const known = holding.get(value);
  if (known !== undefined) return known;
  let found = 0;
  if (Array.isArray(value)) for (const item of value) found |= soughtIn(item);
  else {
    for (const [bit, key] of soughtKeys.entries()) if (Object.hasOwn(value, key)) found |= 1 << bit;
    for (const key in value) found |= soughtIn((value as Record<string, unknown>)[key]);
  }
  holding.set(value, found);
  return found;
}

/** Every place of the document where an object of this name has the field. */
export function* placesOf(api: Api, key: SoughtKey, object: string): Iterable<Place> {
  void api.document;
  const bit = 1 << soughtKeys.indexOf(key);
  const waiting: Place[] = [api.root];
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    const { identity } = place;
    if (typeof identity !== 'object' || identity === null) continue;
    const names = Array.isArray(identity) ? [...identity.keys()] : Object.keys(identity);
    if (Object.hasOwn(identity, key) && namesAt(place).has(object)) yield place.child(key);
    const below = names.filter((name) => (soughtIn((identity as Record<string | number, unknown>)[name]) & bit) !== 0);
    for (const name of below.reverse()) waiting.push(place.child(name));
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
  const chosen = facets.conditions.flatMap(({ test, then, else: otherwise }) => (fits(test, value) ? then : otherwise) ?? []);
  for (const each of [...alsoAt(shape), ...chosen]) yield* step(each, value, key, seen);
}
