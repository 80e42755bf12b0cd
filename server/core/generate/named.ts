/** Schemas that the code has a name for, written once: references where they are used, and types by that name. */
import type { Facts, OperationFact, Shape } from './facts.ts';
import { capital, unused } from './names.ts';

interface Name {
  readonly text: string;
  /** Said for descriptions: `.openapi('User')`. */
  readonly isStated: boolean;
}

const names = new WeakMap<Shape, Name>();

/** Remembers what the code calls a shape; what is stated for descriptions stands above the name of a variable. */
export function nameShape(shape: Shape, text: string, isStated = false): void {
  const known = names.get(shape);
  const plain = capital(isStated ? text : text.replace(/(?:Schema|Validator)$/, '') || text);
  if (shape.properties && (!known || (isStated && !known.isStated)) && /^\w+$/.test(plain))
    names.set(shape, { text: plain, isStated });
}

/** The facts with a reference for every shape that is stated to have a name, or has one and is used more than once. */
export function withNames(facts: Facts): Facts {
  const uses = new Map<string, number>();
  const keys = new WeakMap<Shape, string>();
  const keyOf = (shape: Shape): string => {
    const key = keys.get(shape) ?? `${names.get(shape)?.text} ${JSON.stringify(shape)}`;
    keys.set(shape, key);
    return key;
  };
  const seen = new Set<Shape>();
  const count = (shape: Shape | undefined): void => {
    if (!shape) return;
    if (names.has(shape)) uses.set(keyOf(shape), (uses.get(keyOf(shape)) ?? 0) + 1);
    if (seen.has(shape)) return;
    seen.add(shape);
    for (const part of partsOf(shape)) count(part);
  };
  for (const shape of shapesOf(facts)) count(shape);

  const types = new Map(facts.types);
  const taken = new Set(types.keys());
  const references = new Map<string, string>();
  const done = new WeakMap<Shape, Shape>();
  const refer = (shape: Shape): Shape => {
    const known = done.get(shape);
    if (known) return known;
    const name = names.get(shape);
    const isNamed = name && (name.isStated || (uses.get(keyOf(shape)) ?? 0) > 1);
    const key = isNamed ? keyOf(shape) : '';
    const before = references.get(key);
    if (before !== undefined) return { ref: before };
    const written = withParts(shape, refer);
    let result = written;
    if (isNamed) {
      const text = unused(name.text, taken);
      references.set(key, text);
      types.set(text, written);
      result = { ref: text };
    }
    done.set(shape, result);
    return result;
  };
  const operations = facts.operations.map((operation) => referring(operation, refer));
  for (const [name, shape] of facts.types) types.set(name, withParts(shape, refer));
  return { ...facts, operations, types };
}

function shapesOf({ operations, types }: Facts): (Shape | undefined)[] {
  const own = operations.flatMap(({ parameters, bodies, responses }) => [...parameters, ...bodies, ...responses]);
  return [...own.map(({ shape }) => shape), ...types.values()];
}

function partsOf({ properties, items, additional, anyOf }: Shape): readonly (Shape | undefined)[] {
  return [...Object.values(properties ?? {}), items, additional, ...(anyOf ?? [])];
}

/** A shape whose parts are replaced; itself where none is another. */
function withParts(shape: Shape, replace: (part: Shape) => Shape): Shape {
  const { properties, items, additional, anyOf } = shape;
  if (!properties && !items && !additional && !anyOf) return shape;
  return {
    ...shape,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, replace(part)])),
    }),
    ...(items && { items: replace(items) }),
    ...(additional && { additional: replace(additional) }),
    ...(anyOf && { anyOf: anyOf.map(replace) }),
  };
}

function referring(operation: OperationFact, refer: (shape: Shape) => Shape): OperationFact {
  return {
    ...operation,
    parameters: operation.parameters.map((one) => ({ ...one, shape: withParts(one.shape, refer) })),
    bodies: operation.bodies.map((one) => ({ ...one, shape: refer(one.shape) })),
    responses: operation.responses.map((one) => (one.shape ? { ...one, shape: refer(one.shape) } : one)),
  };
}
