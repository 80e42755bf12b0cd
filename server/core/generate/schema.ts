/** Shapes to JSON Schemas, with the named types among a document's components. */
import { isUnknown, type Shape } from './facts.ts';

type Json = Record<string, unknown>;

/** The named types that these shapes use, directly or not, as JSON Schemas by name. */
export function schemasIn(shapes: readonly (Shape | undefined)[], types: ReadonlyMap<string, Shape>): [string, Json][] {
  const used = new Set<string>();
  const visit = (shape: Shape | undefined): void => {
    if (!shape) return;
    if (shape.ref && !used.has(shape.ref)) {
      used.add(shape.ref);
      visit(types.get(shape.ref));
    }
    for (const property of Object.values(shape.properties ?? {})) visit(property);
    for (const part of shape.anyOf ?? []) visit(part);
    visit(shape.items);
    visit(shape.additional);
  };
  for (const shape of shapes) visit(shape);
  return [...used].sort().map((name) => [name, schemaOf(types.get(name) ?? {})]);
}

/** A shape as a JSON Schema: of OpenAPI 3.1, and of AsyncAPI, which knows the same words. */
export function schemaOf(shape: Shape): Json {
  const { ref, type, properties, required, additional, items, anyOf, nullable, ...plain } = shape;
  const rest: Json = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
  // `z.enum(['true', 'false']).transform(toBoolean).default(true)`: what is made of the text, and none that a client may send.
  if (!fits(type, plain.default)) delete rest.default;
  if (ref) {
    const reference = { $ref: `#/components/schemas/${ref}` };
    return nullable ? { anyOf: [reference, { type: 'null' }], ...rest } : { ...reference, ...rest };
  }
  if (anyOf) return { anyOf: [...anyOf.map(schemaOf), ...(nullable ? [{ type: 'null' }] : [])], ...rest };
  if (nullable && rest.enum) rest.enum = [...(plain.enum ?? []), null];
  return {
    ...(type && { type: nullable && type !== 'null' ? [type, 'null'] : type }),
    ...(required && required.length > 0 && { required }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, schemaOf(value)])),
    }),
    ...(additional && { additionalProperties: isUnknown(additional) ? true : schemaOf(additional) }),
    // OpenAPI asks for `items` beside every array.
    ...(type === 'array' && { items: schemaOf(items ?? {}) }),
    ...rest,
  };
}

/** Is a value of a type? */
function fits(type: Shape['type'], value: Shape['default']): boolean {
  if (value === undefined || type === undefined) return true;
  return type === 'integer' ? Number.isInteger(value) : type === typeof value;
}
