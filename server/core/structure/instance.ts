/**
 * Values against the Schema Objects of a description: each version's own reading of `nullable`, `readOnly`, formats and
 * discriminators, brought down to plain JSON Schema one level at a time. What cannot be read for sure allows anything.
 */
import type { ApiDocument, Format } from '../document.ts';
import { type Api, isRecord, type Place } from '../model/api.ts';
import { currentReader, type Reader, readOnAs } from '../model/reader.ts';
import { inspect, type Result } from './inspect.ts';
import { type Raw, type Scope, shapeOf } from './shape.ts';

/** What a value is part of: a request leaves out what is `readOnly`, a response what is `writeOnly`. */
export type Use = 'request' | 'response' | 'either';

/** What is wrong with the value at a place, by a Schema Object; a value is always inspected for the same use. */
export function inspectInstance(api: Api, schema: Place, at: Place, use: Use): Result {
  const { reader, found, taken } = api.derived(instanceScopes);
  const known = found.get(at);
  if (known && isFor(known, schema, at)) return known.result;
  const target = readOnAs(reader, () => writtenSchema(schema, api.format));
  const raw = readOnAs(reader, () => target.value);
  taken.set(target, raw);
  const result = inspect(shapeOf(raw, scopeOf(api, target.doc, use)), at.value);
  found.set(at, { schema: schema.identity, value: at.identity, result });
  return result;
}

/** Where a reference leads, or the first one on the way that says something itself: since OpenAPI 3.1 that counts as well. */
function writtenSchema(schema: Place, format: Format): Place {
  if (refersAlone(format)) return schema.deref();
  for (const step of schema.chain()) if (Object.keys(step.value as object).length > 1) return step;
  return schema.deref();
}

/** Is what stands beside a `$ref` ignored, as before JSON Schema 2019-09? */
function refersAlone({ kind, version }: Format): boolean {
  return kind === 'asyncapi' || /^(?:2\.|3\.0)/.test(version);
}

/** Tells whether the value at a place was found right by a schema, and nothing has changed since. */
export function isRightSoFar(api: Api, schema: Place, at: Place): boolean {
  const known = api.derived(instanceScopes).found.get(at);
  return known !== undefined && known.result.weight === 0 && isFor(known, schema, at);
}

/** The same object as long as every schema that values were held against means the same. */
export function meaningOfSchemas(api: Api): object {
  return api.derived(instanceScopes);
}

interface Inspected {
  readonly schema: unknown;
  readonly value: unknown;
  readonly result: Result;
}

function isFor({ schema, value }: Inspected, schemaNow: Place, at: Place): boolean {
  return value === at.identity && schema === schemaNow.identity;
}

/**
 * Scopes by use and file, and who reads schemas for them: what they remember holds until any of those schemas comes to mean
 * something else. So does what was found in values, each with its schema as it was then.
 */
interface InstanceScopes {
  readonly reader: Reader;
  readonly scopes: Map<string, Scope>;
  readonly found: WeakMap<Place, Inspected>;
  readonly said: Scope['said'];
  /** The schemas that were read. */
  readonly taken: Map<Place, unknown>;
  readonly frame: object;
}

const last = new WeakMap<Api, InstanceScopes>();

function instanceScopes(api: Api): InstanceScopes {
  const before = last.get(api);
  if (before?.frame === api.frame && mean(before.taken)) return before;
  const { frame } = api;
  const reader = currentReader() as Reader;
  const scopes = { reader, scopes: new Map(), found: new WeakMap(), said: new WeakMap(), taken: new Map(), frame };
  last.set(api, scopes);
  return scopes;
}

/** Do the schemas mean what they meant? Most that is typed into one is its description. */
function mean(taken: Map<Place, unknown>): boolean {
  for (const [place, before] of taken) {
    const { value } = place;
    if (value === before) continue;
    if (!isSameSchema(before, value)) return false;
    taken.set(place, value);
  }
  return true;
}

/** What is said about a schema, and says nothing of values. */
const annotations = new Set(['description', 'title', 'summary', 'example', 'examples', 'externalDocs', 'deprecated', '$comment']);
/** Members are schemas by names of the author's own. */
const maps = new Set(['properties', 'patternProperties', 'dependentSchemas', 'definitions', '$defs']);
const parts = new Set(['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'items', 'prefixItems', 'additionalProperties']);

function isSameSchema(before: unknown, now: unknown): boolean {
  if (before === now) return true;
  if (Array.isArray(before) && Array.isArray(now)) {
    return before.length === now.length && before.every((each, index) => isSameSchema(each, now[index]));
  }
  if (!isRecord(before) || !isRecord(now)) return false;
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].every((key) => {
    if (annotations.has(key) || before[key] === now[key]) return true;
    if (maps.has(key)) return isSameMap(before[key], now[key]);
    return parts.has(key) ? isSameSchema(before[key], now[key]) : JSON.stringify(before[key]) === JSON.stringify(now[key]);
  });
}

function isSameMap(before: unknown, now: unknown): boolean {
  if (!isRecord(before) || !isRecord(now)) return false;
  const names = Object.keys(before);
  return (
    names.length === Object.keys(now).length &&
    names.every((name) => Object.hasOwn(now, name) && isSameSchema(before[name], now[name]))
  );
}

function scopeOf(api: Api, doc: ApiDocument, use: Use): Scope {
  const { reader, scopes: known, said, taken } = api.derived(instanceScopes);
  const key = `${use} ${doc.uri}`;
  let scope = known.get(key);
  if (scope) return scope;
  const resolve = (ref: unknown) => {
    const place = typeof ref === 'string' ? readOnAs(reader, () => api.resolve(doc, ref)) : undefined;
    if (!place || (typeof place.identity !== 'boolean' && !place.isObject)) return undefined;
    const raw = readOnAs(reader, () => place.value) as Raw;
    taken.set(place, raw);
    return { raw, scope: scopeOf(api, place.doc, use) };
  };
  scope = { resolve, read: (raw) => read(raw, api.format, use, resolve), formats: true, said };
  known.set(key, scope);
  return scope;
}

/** Keywords that mean the same everywhere. */
const plain = [
  'allOf',
  'anyOf',
  'not',
  'if',
  'then',
  'else',
  'enum',
  'const',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'items',
  'prefixItems',
  'contains',
  'minContains',
  'maxContains',
  'minItems',
  'maxItems',
  'uniqueItems',
  'properties',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'minProperties',
  'maxProperties',
  'dependentRequired',
  'dependentSchemas',
];

/** Formats that all versions have, or JSON Schema's validation vocabulary, and that everybody reads in one way. */
const formats = new Set<unknown>(['date', 'date-time', 'email', 'ipv4', 'uuid']);

const types = new Set(['null', 'boolean', 'number', 'integer', 'string', 'array', 'object']);

function read(schema: Raw, format: Format, use: Use, resolve: Scope['resolve']): Raw {
  if (typeof schema !== 'object') return schema;
  if (typeof schema.$ref === 'string' && refersAlone(format)) return { $ref: schema.$ref };
  // What a dynamic reference means depends on how the schema was reached.
  if ('$dynamicRef' in schema || '$recursiveRef' in schema) return true;
  const raw: Record<string, unknown> = {};
  for (const key of plain) if (schema[key] !== undefined) raw[key] = schema[key];
  if (schema.$ref !== undefined) raw.$ref = schema.$ref;
  const type = Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type];
  if (type.length > 0 && type.every((each) => types.has(String(each)))) raw.type = type;
  for (const [limit, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (schema[exclusive] === true) {
      raw[exclusive] = schema[limit];
      delete raw[limit];
    }
  }
  if (typeof schema.pattern === 'string' && !canExplode(schema.pattern)) raw.pattern = schema.pattern;
  if (formats.has(schema.format)) raw.format = schema.format;
  if (Array.isArray(raw.items)) {
    raw.prefixItems = raw.items;
    if (schema.additionalItems === undefined) delete raw.items;
    else raw.items = schema.additionalItems;
  }
  if (format.kind === 'asyncapi' && isRecord(schema.dependencies)) {
    const [fields, schemas] = [true, false].map((isList) =>
      Object.entries(schema.dependencies as object).filter(([, each]) => Array.isArray(each) === isList),
    );
    raw.dependentRequired = Object.fromEntries(fields as []);
    raw.dependentSchemas = Object.fromEntries(schemas as []);
  }
  if (Array.isArray(schema.required)) raw.required = schema.required.filter((key) => !isLeftOut(schema, key, use, resolve));
  if (Array.isArray(schema.oneOf)) chooseBranch(raw, schema, schema.oneOf);
  if (isRecord(schema.discriminator) && Array.isArray(schema.anyOf)) {
    delete raw.anyOf;
    chooseBranch(raw, schema, schema.anyOf);
  }
  const isOld = format.kind === 'openapi' && refersAlone(format);
  return isOld && (schema.nullable === true || schema['x-nullable'] === true)
    ? { anyOf: [{ type: 'null' }, schemaWithoutNull(schema)] }
    : raw;
}

const nonNull = new WeakMap<object, object>();

function schemaWithoutNull(schema: object): object {
  let copy = nonNull.get(schema);
  if (!copy) nonNull.set(schema, (copy = { ...schema, nullable: false, 'x-nullable': false }));
  return copy;
}

/** `oneOf` for an example: with a discriminator the branch it names; that only one branch may fit is not held against it. */
function chooseBranch(
  raw: Record<string, unknown>,
  schema: Readonly<Record<string, unknown>>,
  branches: readonly unknown[],
): void {
  const { discriminator } = schema;
  if (!isRecord(discriminator) || typeof discriminator.propertyName !== 'string') {
    raw.allOf = [...(Array.isArray(raw.allOf) ? raw.allOf : []), { anyOf: branches }];
    return;
  }
  const property = discriminator.propertyName;
  const mapping = isRecord(discriminator.mapping) ? Object.entries(discriminator.mapping) : [];
  const choices = branches.flatMap((branch) => {
    const ref = isRecord(branch) ? branch.$ref : undefined;
    if (typeof ref !== 'string') return [];
    const name = ref.slice(ref.lastIndexOf('/') + 1);
    const names = [...mapping.filter(([, target]) => target === ref || target === name).map(([key]) => key), name];
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword.
    return [{ if: { properties: { [property]: { enum: names } }, required: [property] }, then: branch }];
  });
  raw.allOf = [...(Array.isArray(raw.allOf) ? raw.allOf : []), ...choices];
}

/** A required property that this use of the schema leaves out. */
function isLeftOut(schema: Readonly<Record<string, unknown>>, key: unknown, use: Use, resolve: Scope['resolve']): boolean {
  let property: unknown = isRecord(schema.properties) ? schema.properties[String(key)] : undefined;
  for (let hops = 0; hops < 16 && isRecord(property) && typeof property.$ref === 'string'; hops++)
    property = resolve(property.$ref)?.raw;
  if (!isRecord(property)) return false;
  return (property.readOnly === true && use !== 'response') || (property.writeOnly === true && use !== 'request');
}

/** A repeated group that holds a repetition can take forever on a text that does not match. */
function canExplode(pattern: string): boolean {
  return pattern.length > 500 || /\([^()]*[+*}][^()]*\)[+*{]/.test(pattern);
}
