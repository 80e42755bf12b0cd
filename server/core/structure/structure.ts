/**
 * What is wrong with the structure of a description: every document it is made of, each part held against the kind of
 * object that stands there, also in files that only references lead to; and references that lead nowhere or to
 * something else than what must stand there.
 */
import type { ApiDocument } from '../document.ts';
import type { Path } from '../finding.ts';
import { type Api, isRecord, type Place, pointer } from '../model/api.ts';
import { groupBy } from '../group.ts';
import { deepest, fits, inspect, type Problem, type Result } from './inspect.ts';
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
  /** References to files of other hosts that are not here. */
  readonly remote: readonly { readonly at: Place; readonly uri: string }[];
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

/** A value that was held against a shape: a document, or what only references lead to. */
interface Part {
  readonly doc: ApiDocument;
  readonly way: Way | undefined;
  readonly value: unknown;
  readonly result: Result;
}

/** What a reference must lead to; `true`: to anything. */
type Wanted = Shape | true;

/** References by what they must lead to, each text once. */
type References = ReadonlyMap<Wanted, ReadonlySet<string>>;

type Wrong = { readonly message: string; readonly meant?: string } | { readonly remote: string };

function examine(api: Api): Structure {
  const root = documentShape(api.format, api.document.data);
  if (!root) return { violations: [unknownVersion(api)], references: [], remote: [] };
  const violations: StructureProblem[] = [];
  const references: StructureProblem[] = [];
  const remote: { at: Place; uri: string }[] = [];
  const { data } = api.document;
  const parts: Part[] = [{ doc: api.document, way: undefined, value: data, result: inspect(root, data) }];
  const visited = new Map<Place, Set<string | undefined>>();
  const followed = new Map<ApiDocument, Map<string, Outcome>>();
  const right = rightReferences(api);

  /** What is wrong with the references of this text; what they lead to is looked at where the document does not hold it. */
  function wrongWith(doc: ApiDocument, ref: string, wanted: Wanted, known: Map<string, RightReference>): Wrong | undefined {
    const outcome = inMap(
      inMap(followed, doc, () => new Map()),
      ref,
      () => follow(api, doc, ref),
    );
    if ('message' in outcome || 'remote' in outcome) return outcome;
    if (!('target' in outcome)) return undefined;
    const { target } = outcome;
    if (wanted === true) {
      known.set(ref, true);
      return undefined;
    }
    const seen = inMap(visited, target, () => new Set<string | undefined>());
    if (seen.has(wanted.name)) return undefined;
    const standing = target.doc.format ? namesAt(target) : new Set<string>();
    const names = namesOf(wanted);
    if ([...names].some((name) => standing.has(name))) {
      known.set(ref, { target, names: standing });
      return undefined;
    }
    const part = { doc: target.doc, way: wayTo(target.path), value: target.value };
    if (isChain(target)) {
      if (standing.size === 0) parts.push({ ...part, result: leading(wanted) });
      return undefined;
    }
    const result = inspect(wanted, target.value);
    if (result.weight > 0 && (standing.size > 0 || !isRecord(target.value))) {
      const kind = standing.size > 0 ? `the ${[...standing][0]}` : 'a value that is no object';
      const must = names.size > 0 ? `a ${[...names][0]} must` : 'something else must';
      return { message: `${quote(ref)} leads to ${kind}; ${must} stand here.` };
    }
    seen.add(wanted.name);
    parts.push({ ...part, result });
    return undefined;
  }

  for (const part of parts) {
    const { doc } = part;
    for (const [way, problem] of problemsIn(part.way, part.result)) violations.push(violationOf(api, doc, pathOf(way), problem));
    const rightHere = inMap(right, doc.uri, () => new Map<Wanted, Map<string, RightReference>>());
    const wrong = new Map<Wanted, Map<string, Wrong>>();
    for (const [wanted, refs] of referencesIn(part.value, part.result)) {
      const known = inMap(rightHere, wanted, () => new Map<string, RightReference>());
      for (const ref of refs) {
        const before = known.get(ref);
        if (before === true || (before && namesAt(before.target) === before.names)) continue;
        const mistake = wrongWith(doc, ref, wanted, known);
        if (mistake) inMap(wrong, wanted, () => new Map<string, Wrong>()).set(ref, mistake);
      }
    }
    if (wrong.size === 0) continue;
    for (const [way, ref, wanted] of sitesIn(part.way, part.value, part.result)) {
      const mistake = wrong.get(wanted)?.get(ref);
      if (!mistake) continue;
      const at = api.placeAt(doc, [...pathOf(way), '$ref']);
      if ('remote' in mistake) remote.push({ at, uri: mistake.remote });
      else references.push({ at, target: 'value', ...mistake });
    }
  }
  return { violations: habits(unique(violations)), references: unique(references), remote };
}

/** A reference that is right as long as what it leads to keeps its names; `true`: whatever stands there. */
type RightReference = { readonly target: Place; readonly names: ReadonlySet<string> } | true;

/** By file, by what they must lead to, and by their texts. */
type RightReferences = Map<string, Map<Wanted, Map<string, RightReference>>>;

const found = new WeakMap<Api, { readonly frame: object; readonly right: RightReferences }>();

/** The references that were right when the description was looked at last, where they still lead to the same places. */
function rightReferences(api: Api): RightReferences {
  const { frame } = api;
  let known = found.get(api);
  if (known?.frame !== frame) found.set(api, (known = { frame, right: new Map() }));
  return known.right;
}

/** What is found in a reference that nothing is wrong with. */
function leading(wanted: Wanted): Result {
  return { problems: [], children: new Map(), leads: wanted, weight: 0 };
}

function* problemsIn(way: Way | undefined, { problems, children, weight }: Result): Iterable<[Way | undefined, Problem]> {
  if (weight === 0) return;
  for (const problem of problems) yield [way, problem];
  for (const [key, child] of children) yield* problemsIn({ key, above: way }, child);
}

function* sitesIn(way: Way | undefined, value: unknown, result: Result): Iterable<[Way | undefined, string, Wanted]> {
  const { leads, children } = result;
  if (leads !== undefined) yield [way, (value as { $ref: string }).$ref, leads];
  for (const [key, child] of children)
    yield* sitesIn({ key, above: way }, (value as Record<string | number, unknown>)[key], child);
}

/** References in a value, kept with what was found in it: after an edit only those on the way to it are gathered again. */
const gathered = new WeakMap<Result, References>();

/** What has fewer children is gathered faster than remembered. */
const fewChildren = 4;

function referencesIn(value: unknown, result: Result): References {
  let known = gathered.get(result);
  if (!known) {
    const made = new Map<Wanted, Set<string>>();
    gather(value, result, made);
    gathered.set(result, (known = made));
  }
  return known;
}

function gather(value: unknown, { leads, children }: Result, into: Map<Wanted, Set<string>>): void {
  if (leads !== undefined) inMap(into, leads, () => new Set<string>()).add((value as { $ref: string }).$ref);
  for (const [key, child] of children) {
    const below = (value as Record<string | number, unknown>)[key];
    if (child.children.size < fewChildren) gather(below, child, into);
    else {
      for (const [wanted, refs] of referencesIn(below, child)) {
        const all = inMap(into, wanted, () => new Set<string>());
        for (const ref of refs) all.add(ref);
      }
    }
  }
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
  const { parent } = place;
  if (parent !== place) return standingBelow(standingAt(parent), place);
  if (!place.doc.format) return nothing;
  const shapes = listOf(documentShape(place.doc.format, place.identity));
  return stands(place, shapes, undefined, () => shapes);
}

/** Of a place, by what may stand in the one that holds it. */
function standingBelow({ shapes: above }: Standing, place: Place): Standing {
  const holder = above.some(isConditional) ? place.parent.identity : undefined;
  return stands(place, above, holder, () =>
    listOf(...above.flatMap((shape) => [...step(shape, place.parent.identity, place.step, new Set())])),
  );
}

function stands(place: Place, above: readonly Shape[], holder: unknown, find: () => readonly Shape[]): Standing {
  const known = standings.get(place);
  if (known && known.above === above && known.holder === holder) return known;
  const shapes = find();
  const standing = { above, holder, shapes, names: namesOfAll(shapes) };
  standings.set(place, standing);
  return standing;
}

const namesByShapes = new WeakMap<readonly Shape[], ReadonlySet<string>>();

function namesOfAll(shapes: readonly Shape[]): ReadonlySet<string> {
  let names = namesByShapes.get(shapes);
  if (!names) namesByShapes.set(shapes, (names = new Set(shapes.flatMap((shape) => [...namesOf(shape)]))));
  return names;
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
  // What holds nothing but scalars is looked at faster than remembered.
  let isDeep = false;
  if (!Array.isArray(value)) for (const [bit, key] of soughtKeys.entries()) if (Object.hasOwn(value, key)) found |= 1 << bit;
  for (const key in value) {
    const below = (value as Record<string, unknown>)[key];
    if (typeof below !== 'object' || below === null) continue;
    isDeep = true;
    found |= soughtIn(below);
  }
  if (isDeep) holding.set(value, found);
  return found;
}

/** Where sought keys stand at a place and below it; kept with the place as long as its value and standing stay. */
interface Holding {
  readonly identity: object;
  readonly standing: Standing;
  /** Those that the object itself has. */
  readonly own: readonly Place[];
  readonly below: readonly Holding[];
  /** All of them, where many are asked for together. */
  collected: Collected | undefined;
}

/** Places of sought keys, by what may stand in the objects that have them. */
type Collected = ReadonlyMap<readonly Shape[], readonly Place[]>;

/** So far down collections are kept: after an edit those on the way to it are made again of all others. */
const collectedDepth = 3;

const holdings = new WeakMap<Place, Holding>();

function holdingAt(place: Place, standing: Standing, depth = 0): Holding | undefined {
  const { identity } = place;
  if (depth > deepest || typeof identity !== 'object' || identity === null || soughtIn(identity) === 0) return undefined;
  const known = holdings.get(place);
  if (known && known.identity === identity && known.standing === standing) return known;
  const below: Holding[] = [];
  const content = identity as Readonly<Record<string | number, unknown>>;
  for (const name of Array.isArray(identity) ? identity.keys() : Object.keys(identity)) {
    if (soughtIn(content[name]) === 0) continue;
    const child = place.child(name);
    const found = holdingAt(child, standingBelow(standing, child), depth + 1);
    if (found) below.push(found);
  }
  const own = soughtKeys.filter((key) => Object.hasOwn(identity, key)).map((key) => place.child(key));
  const holding = { identity, standing, own, below, collected: undefined };
  holdings.set(place, holding);
  return holding;
}

/** The places of sought keys, by what may stand in the object that has them. */
function soughtPlaces(api: Api): ReadonlyMap<ReadonlySet<string>, readonly Place[]> {
  void api.document;
  const holding = holdingAt(api.root, standingAt(api.root));
  return new Map([...(holding ? collectedIn(holding, 0) : [])].map(([shapes, places]) => [namesOfAll(shapes), places]));
}

function collectedIn(holding: Holding, depth: number): Collected {
  if (holding.collected) return holding.collected;
  const collected = new Map<readonly Shape[], Place[]>();
  const collect = ({ own, standing, below }: Holding, deep: number) => {
    if (own.length > 0) inMap(collected, standing.shapes, () => []).push(...own);
    for (const each of below) {
      if (deep >= collectedDepth) collect(each, deep + 1);
      else
        for (const [shapes, places] of collectedIn(each, deep + 1))
          append(
            inMap(collected, shapes, () => []),
            places,
          );
    }
  };
  collect(holding, depth);
  holding.collected = collected;
  return collected;
}

function append(list: Place[], more: readonly Place[]): void {
  for (const each of more) list.push(each);
}

/** Every place of the document where an object of this name has the field. */
export function placesOf(api: Api, key: SoughtKey, object: string): readonly Place[] {
  const found = [...api.derived(soughtPlaces)].filter(([names]) => names.has(object));
  return found.flatMap(([, places]) => places.filter((place) => place.step === key));
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
