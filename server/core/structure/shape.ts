/**
 * JSON Schemas made ready for a walk. A `Shape` is one schema; its `facets` are what it and everything that holds with
 * it unconditionally (`$ref`, `allOf`) say, merged, so that one look at an object's key finds all that is said of it.
 * Facets are made when they are first asked for, one level at a time: schemas refer to themselves.
 */

import { detached } from '../tree/text.ts';
import type { Remembered } from './inspect.ts';

export type Raw = boolean | Readonly<Record<string, unknown>>;

export type JsonType = 'null' | 'boolean' | 'number' | 'integer' | 'string' | 'array' | 'object';

/** Where a schema's `$ref`s are looked up, and how its keywords are read. */
export interface Scope {
  /** The schema a reference means; undefined where it is not known, and then anything is right. */
  resolve(ref: unknown): { raw: Raw; scope: Scope } | undefined;
  /** For Schema Objects that name another dialect by `$schema`: its schema; undefined where Lintel knows none. */
  dialect?(uri: string): Shape | undefined;
  /** What a schema says in the terms of this file, where its own language differs. */
  read?(raw: Raw): Raw;
  /** Formats are checked; otherwise they are annotations. */
  readonly formats: boolean;
  /** What its shapes said of values, as long as the scope is there: values outlive the schemas that people change. */
  readonly said: WeakMap<object, Remembered>;
}

export interface Condition {
  readonly test: Shape;
  readonly then: Shape | undefined;
  readonly else: Shape | undefined;
}

export interface Facets {
  readonly types: readonly JsonType[] | undefined;
  /** Each list must hold the value. */
  readonly values: (readonly unknown[])[];
  readonly patterns: { readonly source: string; readonly regex: RegExp }[];
  readonly formats: string[];
  readonly limits: { readonly keyword: string; readonly value: number }[];
  readonly properties: Map<string, Shape[]>;
  readonly patternProperties: { readonly source: string; readonly regex: RegExp; readonly shape: Shape }[];
  readonly required: string[];
  readonly dependentRequired: [string, readonly string[]][];
  readonly dependents: [string, Shape][];
  readonly propertyNames: Shape[];
  readonly prefixItems: Shape[];
  readonly items: Shape[];
  readonly contains: { readonly shape: Shape; readonly min: number; readonly max: number }[];
  readonly uniqueBy: string[];
  unique: boolean;
  /** Of the schema itself: what `properties` and `patternProperties` of the same schema leave over. */
  additional: Shape | undefined;
  /** What nothing that holds here has looked at. */
  unevaluated: Shape | undefined;
  /** Unconditional like merged ones, but with an `additional` or `unevaluated` of their own. */
  readonly parts: Shape[];
  readonly anyOf: (readonly Shape[])[];
  readonly oneOf: (readonly Shape[])[];
  readonly not: { readonly shape: Shape; readonly says: string | undefined }[];
  readonly conditions: Condition[];
  /** A Reference Object may stand here; it leads to this (`true`: to anything). */
  reference: Shape | true | undefined;
  /** Only a Reference Object may stand here. */
  onlyReference: boolean;
  /** The texts that the Reference Object may have. */
  readonly beside: string[];
  says: string | undefined;
}

export class Shape {
  readonly raw: Raw;
  readonly scope: Scope;
  /** What the specification calls the object: `Info Object`. */
  readonly name: string | undefined;
  #facets: Facets | undefined;
  #isPlain: boolean | undefined;

  constructor(raw: Raw, scope: Scope) {
    this.raw = scope.read?.(raw) ?? raw;
    this.scope = scope;
    this.name = typeof this.raw === 'object' && typeof this.raw.name === 'string' ? this.raw.name : undefined;
  }

  /** Says nothing but the type, as most shapes of texts and flags do. */
  get isPlain(): boolean {
    this.#isPlain ??= typeof this.raw === 'object' && Object.keys(this.raw).every((key) => key === 'type' || key === 'name');
    return this.#isPlain;
  }

  get never(): boolean {
    return this.raw === false;
  }

  /** May `$schema` in the value choose another dialect? */
  get isSchemaObject(): boolean {
    return typeof this.raw === 'object' && this.raw.schemaObject === true;
  }

  get facets(): Facets {
    this.#facets ??= facetsOf(this);
    return this.#facets;
  }
}

const shapes = new WeakMap<Scope, WeakMap<object, Shape>>();
const always = new WeakMap<Scope, [never: Shape, anything: Shape]>();

/** The shape of a schema: the same one for the same schema, and that of its target for a bare `$ref`. */
export function shapeOf(raw: unknown, scope: Scope): Shape {
  if (typeof raw !== 'object' || raw === null) {
    let both = always.get(scope);
    if (!both) always.set(scope, (both = [new Shape(false, scope), new Shape(true, scope)]));
    return both[raw === false ? 0 : 1];
  }
  let known = shapes.get(scope);
  if (!known) shapes.set(scope, (known = new WeakMap()));
  let shape = known.get(raw);
  if (shape) return shape;
  const schema = raw as Record<string, unknown>;
  if ('$ref' in schema && Object.keys(schema).length === 1) {
    const target = scope.resolve(schema.$ref);
    // A reference that leads to itself says nothing.
    shape = target && target.raw !== raw && !leadsHome(target, raw) ? shapeOf(target.raw, target.scope) : shapeOf(true, scope);
  } else {
    shape = new Shape(schema, scope);
  }
  known.set(raw, shape);
  return shape;
}

function leadsHome(target: { raw: Raw; scope: Scope }, home: object): boolean {
  let at: { raw: Raw; scope: Scope } | undefined = target;
  for (let hops = 0; at && hops < 32; hops++) {
    if (at.raw === home) return true;
    if (typeof at.raw !== 'object' || !('$ref' in at.raw) || Object.keys(at.raw).length !== 1) return false;
    at = at.scope.resolve(at.raw.$ref);
  }
  return at !== undefined;
}

function facetsOf(shape: Shape): Facets {
  const facets: Facets = {
    types: undefined,
    values: [],
    patterns: [],
    formats: [],
    limits: [],
    properties: new Map(),
    patternProperties: [],
    required: [],
    dependentRequired: [],
    dependents: [],
    propertyNames: [],
    prefixItems: [],
    items: [],
    contains: [],
    uniqueBy: [],
    unique: false,
    additional: undefined,
    unevaluated: undefined,
    parts: [],
    anyOf: [],
    oneOf: [],
    not: [],
    conditions: [],
    reference: undefined,
    onlyReference: false,
    beside: [],
    says: undefined,
  };
  merge(facets as Writable<Facets>, shape, new Set());
  return facets;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const limitKeywords = [
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
];

function merge(into: Writable<Facets>, shape: Shape, seen: Set<Shape>): void {
  if (seen.has(shape)) return;
  seen.add(shape);
  const { raw, scope } = shape;
  if (typeof raw !== 'object') {
    if (!raw) into.parts.push(shape);
    return;
  }
  const sub = (schema: unknown) => shapeOf(schema, scope);
  const list = (schemas: unknown) => (Array.isArray(schemas) ? schemas.map(sub) : []);
  if (raw.type !== undefined) into.types = narrow(into.types, typesOf(raw.type));
  if (Array.isArray(raw.enum)) into.values.push(raw.enum);
  if ('const' in raw) into.values.push([raw.const]);
  if (typeof raw.pattern === 'string') {
    const regex = regexOf(raw.pattern);
    if (regex) into.patterns.push({ source: raw.pattern, regex });
  }
  if (typeof raw.format === 'string' && scope.formats) into.formats.push(raw.format);
  for (const keyword of limitKeywords) {
    const value = raw[keyword];
    if (typeof value === 'number') into.limits.push({ keyword, value });
  }
  for (const [key, schema] of membersOf(raw.properties)) {
    const known = into.properties.get(key);
    if (known) known.push(sub(schema));
    else into.properties.set(key, [sub(schema)]);
  }
  for (const [source, schema] of membersOf(raw.patternProperties)) {
    const regex = regexOf(source);
    if (regex) into.patternProperties.push({ source, regex, shape: sub(schema) });
  }
  if (Array.isArray(raw.required)) for (const key of raw.required) if (!into.required.includes(key)) into.required.push(key);
  for (const [key, keys] of membersOf(raw.dependentRequired)) if (Array.isArray(keys)) into.dependentRequired.push([key, keys]);
  for (const [key, schema] of membersOf(raw.dependentSchemas)) into.dependents.push([key, sub(schema)]);
  if (raw.propertyNames !== undefined) into.propertyNames.push(sub(raw.propertyNames));
  if (Array.isArray(raw.prefixItems)) into.prefixItems.push(...list(raw.prefixItems));
  if (raw.items !== undefined) into.items.push(sub(raw.items));
  if (raw.contains !== undefined) {
    const { minContains: min = 1, maxContains: max = Number.POSITIVE_INFINITY } = raw;
    into.contains.push({ shape: sub(raw.contains), min: Number(min), max: Number(max) });
  }
  if (typeof raw.uniqueBy === 'string') into.uniqueBy.push(raw.uniqueBy);
  if (raw.uniqueItems === true) into.unique = true;
  if (Array.isArray(raw.anyOf)) into.anyOf.push(list(raw.anyOf));
  if (Array.isArray(raw.oneOf)) into.oneOf.push(list(raw.oneOf));
  if (raw.not !== undefined) into.not.push({ shape: sub(raw.not), says: typeof raw.says === 'string' ? raw.says : undefined });
  if (raw.if !== undefined) {
    const part = (schema: unknown) => (schema === undefined ? undefined : sub(schema));
    into.conditions.push({ test: sub(raw.if), then: part(raw.then), else: part(raw.else) });
  }
  if (raw.refOr !== undefined) {
    into.reference = raw.refOr === false ? true : sub(raw.refOr);
    into.onlyReference = raw.refOr === false;
    if (Array.isArray(raw.beside)) into.beside.push(...raw.beside);
  }
  if (raw.refTo !== undefined) {
    into.reference = sub(raw.refTo);
    into.onlyReference = true;
  }
  if (typeof raw.says === 'string') into.says = raw.says;
  if (raw.additionalProperties !== undefined) into.additional = sub(raw.additionalProperties);
  if (raw.unevaluatedProperties !== undefined) into.unevaluated = sub(raw.unevaluatedProperties);
  const parts = list(raw.allOf);
  if (raw.$ref !== undefined) {
    const target = scope.resolve(raw.$ref);
    if (target) parts.push(shapeOf(target.raw, target.scope));
  }
  for (const part of parts) {
    // What a schema leaves over is measured by its own fields, so it is not mixed with others'.
    if (into.additional !== undefined || keepsApart(part)) into.parts.push(part);
    else merge(into, part, seen);
  }
}

function keepsApart({ raw }: Shape): boolean {
  return (
    typeof raw !== 'object' ||
    ['additionalProperties', 'unevaluatedProperties', 'refOr', 'refTo', 'says'].some((key) => key in raw)
  );
}

function membersOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function typesOf(type: unknown): JsonType[] {
  return (Array.isArray(type) ? type : [type]).filter((each): each is JsonType => typeof each === 'string');
}

function narrow(known: readonly JsonType[] | undefined, types: readonly JsonType[]): readonly JsonType[] {
  if (!known) return types;
  const both = known.flatMap((type) => {
    if (types.includes(type)) return [type];
    if (type === 'number' && types.includes('integer')) return ['integer' as const];
    return type === 'integer' && types.includes('number') ? [type] : [];
  });
  return both;
}

const regexes = new Map<string, RegExp | undefined>();
const mostRegexes = 4096;

/** The expression as JSON Schema reads it; undefined where it is none. */
export function regexOf(source: string): RegExp | undefined {
  if (!regexes.has(source)) {
    // Every letter that is typed into a pattern makes another, and as a slice it would keep the whole document alive.
    if (regexes.size >= mostRegexes) regexes.clear();
    const own = detached(source);
    regexes.set(own, compileRegex(own));
  }
  return regexes.get(source);
}

function compileRegex(source: string): RegExp | undefined {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(source, flags);
    } catch {
      // Many patterns are written for engines without the Unicode mode's strictness.
    }
  }
  return undefined;
}

/** The type of a value as JSON Schema names it; a whole number is an integer. */
export function typeOf(value: unknown): JsonType {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value as JsonType;
}

/** Does one of the types hold the value? */
export function hasType(types: readonly JsonType[], value: unknown): boolean {
  const type = typeOf(value);
  return types.includes(type) || (type === 'integer' && types.includes('number'));
}
