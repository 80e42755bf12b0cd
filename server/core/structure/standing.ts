/**
 * What may stand at a place of a description, by its specification: the shapes of the values there, and what they are
 * called. Found from above, one step at a time, and kept with each place.
 */
import { inMap } from '../group.ts';
import type { Place } from '../model/api.ts';
import { fits } from './inspect.ts';
import type { Shape } from './shape.ts';
import { documentShape } from './specification.ts';

/** The names of the objects that may stand where a reference leads: of the shape, or of the branches it is made of. */
export function namesOf(shape: Shape): Set<string> {
  if (shape.name !== undefined) return new Set([shape.name]);
  const { anyOf, oneOf, reference } = shape.facets;
  const branches = [...anyOf.flat(), ...oneOf.flat(), ...(reference instanceof Object ? [reference] : [])];
  return new Set(branches.flatMap((branch) => [...namesOf(branch)]));
}

/** What may stand at a place, and what it was found from. */
export interface Standing {
  readonly above: readonly Shape[];
  /** The object around it; only where its own shape depends on what stands in it. */
  readonly holder: unknown;
  readonly shapes: readonly Shape[];
  readonly names: ReadonlySet<string>;
  /** What `sought.ts` keeps of the place. */
  holding: object | undefined;
}

const nothing: Standing = { above: [], holder: undefined, shapes: [], names: new Set(), holding: undefined };

/** What the specification calls the object at a place of a whole document; empty where it says nothing of the place. */
export function namesAt(place: Place): ReadonlySet<string> {
  return standingAt(place).names;
}

export function standingAt(place: Place): Standing {
  const { parent } = place;
  if (parent !== place) return standingBelow(standingAt(parent), place);
  if (!place.doc.format) return nothing;
  const shapes = listOf(documentShape(place.doc.format, place.identity));
  return stands(place, shapes, undefined, () => shapes);
}

/** Of a place, by what may stand in the one that holds it. */
export function standingBelow({ shapes: above }: Standing, place: Place): Standing {
  const holder = isConditionalAny(above) ? place.parent.identity : undefined;
  return stands(place, above, holder, () =>
    listOf(...above.flatMap((shape) => [...step(shape, place.parent.identity, place.step, new Set())])),
  );
}

/** The parts of a whole document, path items and components among them: what takes long is done with one after the other. */
export function* partsOf(root: Place): Iterable<{ place: Place; standing: Standing }> {
  const below = (place: Place, standing: Standing) => {
    const children = place.isArray ? place.items() : place.entries();
    return children.map((child) => ({ place: child, standing: standingBelow(standing, child) }));
  };
  for (const section of below(root, standingAt(root))) {
    for (const part of below(section.place, section.standing)) {
      if (section.place.step === 'components') yield* below(part.place, part.standing);
      else yield part;
    }
  }
}

function stands(place: Place, above: readonly Shape[], holder: unknown, find: () => readonly Shape[]): Standing {
  const known = place.standing as Standing | undefined;
  if (known && known.above === above && known.holder === holder) return known;
  const shapes = find();
  const standing = { above, holder, shapes, names: namesOfAll(shapes), holding: undefined };
  place.standing = standing;
  return standing;
}

const namesByShapes = new WeakMap<readonly Shape[], ReadonlySet<string>>();

function namesOfAll(shapes: readonly Shape[]): ReadonlySet<string> {
  let names = namesByShapes.get(shapes);
  if (!names) namesByShapes.set(shapes, (names = new Set(shapes.flatMap((shape) => [...namesOf(shape)]))));
  return names;
}

/** Does what may stand in a value of these shapes depend on what else stands there? */
export function isConditionalAny(shapes: readonly Shape[]): boolean {
  return shapes.some(isConditional);
}

const conditional = new WeakMap<Shape, boolean>();

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
