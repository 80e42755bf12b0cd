/**
 * JSON Schema without compiling: whether a value is valid, or ajv's first error about it. ajv compiles a schema in tens of
 * milliseconds, and every example has another one. Only what is certain is answered; everything else is left to ajv.
 * Keywords are taken in the order in which ajv takes them, so that the first error is the same.
 */
import formatsModule from 'ajv-formats/dist/formats.js';
import { isEqual } from '../equal.ts';

export type Dialect = 'draft4' | 'draft7' | 'draft2020-12';

/** As ajv reports it. */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  message: string;
}

/** An error that only ajv can word. */
const unworded: SchemaError = { keyword: '', instancePath: '', schemaPath: '', params: {}, message: '' };

/** A schema as the interpreter takes it, and how it is to be read. */
export interface Reading {
  readonly dialect: Dialect;
  /** `nullable` (and `x-nullable`) adds null to the types that a message names, as in OpenAPI 2.0 and 3.0. */
  readonly namesNull: boolean;
  /** OpenAPI 2.0: `x-nullable` is `nullable`. */
  readonly xNullable: boolean;
  /** Properties that are not sent in a request, or not in a response, are not required there. */
  readonly unsent: { readonly readOnly: boolean; readonly writeOnly: boolean };
}

type Schema = Readonly<Record<string, unknown>>;

/** What only ajv can tell. */
export const unsure = Symbol('unsure');
/** ajv refuses the schema because a reference in it leads nowhere, which Spectral passes over in silence. */
export const unresolvable = Symbol('unresolvable');

/** ajv refuses the schema because `nullable` stands without a `type`. */
export const untyped = Symbol('untyped');

/** The first error; undefined when the value is valid. */
export function firstError(
  schema: unknown,
  value: unknown,
  reading: Reading,
): SchemaError | undefined | typeof unsure | typeof unresolvable | typeof untyped {
  const shape = shapeOf(schema, reading.dialect);
  if (!shape.plain || !isRecord(schema)) return unsure;
  if (shape.untyped) return shape.references ? unsure : untyped;
  if (shape.references) {
    for (const start of shape.references) if (start === undefined || Object.hasOwn(schema, start)) return unsure;
    return unresolvable;
  }
  try {
    const error = check(schema, value, '', '#', reading, false);
    return error === unworded ? unsure : error;
  } catch (error) {
    if (error === unsure) return unsure;
    throw error;
  }
}

interface Shape {
  /** Valid by its metaschema, and made of keywords that are understood here. */
  readonly plain: boolean;
  /** The first keys of the pointers of references left in it. */
  readonly references?: ReadonlySet<string | undefined>;
  /** Somewhere in it `nullable` stands without a `type`. */
  readonly untyped?: boolean;
}

const shapes: Readonly<Record<Dialect, WeakMap<object, Shape>>> = {
  draft4: new WeakMap(),
  draft7: new WeakMap(),
  'draft2020-12': new WeakMap(),
};
const plain: Shape = { plain: true };
const odd: Shape = { plain: false };

/** Looks a schema over once, whatever values are held against it later. */
function shapeOf(schema: unknown, dialect: Dialect): Shape {
  if (typeof schema === 'boolean') return dialect === 'draft4' ? odd : plain;
  if (!isRecord(schema)) return odd;
  const known = shapes[dialect].get(schema);
  if (known) return known;
  // A schema that holds itself is looked over in vain.
  shapes[dialect].set(schema, odd);
  const shape = look(schema, dialect);
  shapes[dialect].set(schema, shape);
  return shape;
}

function look(schema: Schema, dialect: Dialect): Shape {
  let references: Set<string | undefined> | undefined;
  let isUntyped = schema.nullable !== undefined && schema.type === undefined;
  for (const [keyword, value] of Object.entries(schema)) {
    if (value === undefined) return odd;
    if (keyword === '$ref') {
      if (typeof value !== 'string' || value.includes('json-schema.org') || /[^\x21-\x7e]/.test(value)) return odd;
      (references ??= new Set()).add(firstToken(value));
      continue;
    }
    const rule = keywords[keyword];
    if (!rule) continue;
    if (rule === 'other' || !rule(value, dialect, schema)) return odd;
    for (const child of children(keyword, value)) {
      const shape = shapeOf(child, dialect);
      if (!shape.plain) return odd;
      isUntyped ||= shape.untyped === true;
      for (const start of shape.references ?? []) (references ??= new Set()).add(start);
    }
  }
  if (!references && !isUntyped) return plain;
  return { plain: true, ...(references && { references }), untyped: isUntyped };
}

/** `undefined` where the reference may lead somewhere. */
function firstToken(ref: string): string | undefined {
  if (!ref.startsWith('#')) return '';
  return ref.startsWith('#/') ? ref.slice(2).split('/', 1)[0] : undefined;
}

function children(keyword: string, value: unknown): unknown[] {
  switch (keyword) {
    case 'properties':
    case 'patternProperties':
    case 'definitions':
    case '$defs':
      return Object.values(value as object);
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return value as unknown[];
    case 'not':
    case 'items':
      return [value];
    case 'additionalProperties':
      return typeof value === 'boolean' ? [] : [value];
    default:
      return [];
  }
}

type KeywordRule = 'other' | ((value: unknown, dialect: Dialect, schema: Schema) => boolean);

const isString: KeywordRule = (value) => typeof value === 'string';
const isBoolean: KeywordRule = (value) => typeof value === 'boolean';
const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value);
const isCount: KeywordRule = (value) => Number.isInteger(value) && (value as number) >= 0;
const isSchema: KeywordRule = (value, dialect) => isRecord(value) || (typeof value === 'boolean' && dialect !== 'draft4');
const isMap: KeywordRule = (value) => isRecord(value);
const isSchemas: KeywordRule = (value) => Array.isArray(value) && value.length > 0;
const isPattern = (value: unknown) => {
  try {
    return typeof value === 'string' && new RegExp(value) !== undefined && new RegExp(value, 'u') !== undefined;
  } catch {
    return false;
  }
};
/** In draft 4 exclusive limits are switches beside the limit. */
const isExclusive = (limit: string): KeywordRule => {
  return (value, dialect, schema) =>
    dialect === 'draft4' ? typeof value === 'boolean' && schema[limit] !== undefined : isNumber(value);
};

const types = new Set(['string', 'number', 'integer', 'boolean', 'null', 'object', 'array']);

/**
 * Keywords with a meaning to ajv or a form in the metaschemas: what their value must be for the schema to be taken here;
 * `other`: not taken. A keyword that is not listed means nothing to either.
 */
const keywords: Readonly<Record<string, KeywordRule>> = Object.assign(Object.create(null) as object, {
  type: (value) => {
    const all = Array.isArray(value) ? value : [value];
    return all.length > 0 && new Set(all).size === all.length && all.every((type) => types.has(type));
  },
  nullable: isBoolean,
  title: isString,
  description: isString,
  format: isString,
  readOnly: (value, dialect) => dialect === 'draft4' || typeof value === 'boolean',
  writeOnly: (value, dialect) => dialect === 'draft4' || typeof value === 'boolean',
  deprecated: (value, dialect) => dialect !== 'draft2020-12' || typeof value === 'boolean',
  examples: (value, dialect) => dialect === 'draft4' || Array.isArray(value),
  enum: (value) => Array.isArray(value) && value.length > 0 && isUnique(value),
  const: (_value, dialect) => dialect !== 'draft4',
  minimum: isNumber,
  maximum: isNumber,
  exclusiveMinimum: isExclusive('minimum'),
  exclusiveMaximum: isExclusive('maximum'),
  multipleOf: (value) => isNumber(value) && (value as number) > 0,
  minLength: isCount,
  maxLength: isCount,
  pattern: isPattern,
  minItems: isCount,
  maxItems: isCount,
  uniqueItems: isBoolean,
  minProperties: isCount,
  maxProperties: isCount,
  required: (value, dialect) =>
    Array.isArray(value) &&
    (value.length > 0 || dialect !== 'draft4') &&
    value.every((name) => typeof name === 'string') &&
    new Set(value).size === value.length,
  properties: isMap,
  patternProperties: (value) => isRecord(value) && Object.keys(value).every(isPattern),
  additionalProperties: (value) => isRecord(value) || typeof value === 'boolean',
  definitions: isMap,
  $defs: (value) => isRecord(value),
  items: isSchema,
  allOf: isSchemas,
  anyOf: isSchemas,
  oneOf: isSchemas,
  not: isSchema,
  ...Object.fromEntries(
    (
      '$id id $schema $anchor $dynamicAnchor $dynamicRef $recursiveAnchor $recursiveRef $vocabulary $comment $async $data ' +
      'if then else contains minContains maxContains propertyNames dependencies dependentRequired dependentSchemas ' +
      'prefixItems additionalItems unevaluatedItems unevaluatedProperties contentEncoding contentMediaType contentSchema ' +
      'formatMinimum formatMaximum formatExclusiveMinimum formatExclusiveMaximum errorMessage'
    )
      .split(' ')
      .map((keyword) => [keyword, 'other' as const]),
  ),
} satisfies Record<string, KeywordRule>);

interface FormatDefinition {
  readonly type?: string;
  readonly validate: RegExp | ((value: never) => boolean);
}
const formats = (
  formatsModule as unknown as { fullFormats: Record<string, true | RegExp | FormatDefinition['validate'] | FormatDefinition> }
).fullFormats;

/** Where ajv looks at what: keywords of no type first, then those of each type. */
const typeGroups = {
  number: ['maximum', 'minimum', 'exclusiveMaximum', 'exclusiveMinimum', 'multipleOf', 'format'],
  string: ['maxLength', 'minLength', 'pattern', 'format'],
  array: ['maxItems', 'minItems', 'items', 'uniqueItems'],
  object: ['maxProperties', 'minProperties', 'required', 'additionalProperties', 'properties', 'patternProperties'],
} as const;

function check(
  schema: unknown,
  value: unknown,
  at: string,
  from: string,
  reading: Reading,
  negated: boolean,
): SchemaError | undefined {
  if (schema === true) return undefined;
  if (schema === false || !isRecord(schema)) return unworded;
  const wanted = typesOf(schema, reading);
  const only = wanted.length === 1 ? wanted[0] : undefined;
  // ajv looks at the type beside the other keywords of that type, where there are any.
  const beside =
    only !== undefined &&
    Object.hasOwn(typeGroups, only) &&
    typeGroups[only as keyof typeof typeGroups].some((keyword) => schema[keyword] !== undefined);
  if (wanted.length > 0 && !beside && !wanted.some((type) => isOfType(value, type))) return typeError(schema, at, from, reading);
  const general = checkGeneral(schema, value, at, from, reading, negated);
  if (general) return general;
  for (const type of ['number', 'string', 'array', 'object'] as const) {
    if (isOfType(value, type)) {
      const error = checkTyped(type, schema, value, at, from, reading, negated);
      if (error) return error;
    } else if (beside && type === only) return typeError(schema, at, from, reading);
  }
  return undefined;
}

function typesOf(schema: Schema, reading: Reading): string[] {
  const { type } = schema;
  const wanted = (Array.isArray(type) ? [...type] : type === undefined ? [] : [type]) as string[];
  const nullable = isNullable(schema, reading);
  if (wanted.includes('null') && schema.nullable === false) throw unsure;
  if (nullable && wanted.length === 0) throw unsure;
  if (nullable && !wanted.includes('null')) wanted.push('null');
  return wanted;
}

function isNullable(schema: Schema, { xNullable }: Reading): boolean {
  return schema.nullable === true || (xNullable && schema['x-nullable'] === true);
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function typeError(schema: Schema, at: string, from: string, reading: Reading): SchemaError {
  const { type } = schema;
  const named = reading.namesNull && isNullable(schema, reading) ? ',null' : '';
  return failure('type', at, from, { type }, `must be ${String(type)}${named}`);
}

function failure(
  keyword: string,
  instancePath: string,
  from: string,
  params: SchemaError['params'],
  message: string,
): SchemaError {
  return { keyword, instancePath, schemaPath: `${from}/${keyword}`, params, message };
}

function checkGeneral(
  schema: Schema,
  value: unknown,
  at: string,
  from: string,
  reading: Reading,
  negated: boolean,
): SchemaError | undefined {
  if (schema.const !== undefined && !isEqual(schema.const, value)) {
    return failure('const', at, from, { allowedValue: schema.const }, 'must be equal to constant');
  }
  const allowed = schema.enum as unknown[] | undefined;
  if (allowed && !allowed.some((one) => isEqual(one, value))) {
    return failure('enum', at, from, { allowedValues: allowed }, 'must be equal to one of the allowed values');
  }
  if (schema.not !== undefined && !check(schema.not, value, at, `${from}/not`, reading, true)) return unworded;
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const branches = schema[keyword] as unknown[] | undefined;
    if (!branches) continue;
    const valid = branches.filter((branch) => !check(branch, value, at, from, reading, negated));
    if (keyword === 'oneOf' ? valid.length !== 1 : valid.length === 0) return unworded;
  }
  for (const [index, part] of ((schema.allOf as unknown[] | undefined) ?? []).entries()) {
    const error = check(part, value, at, `${from}/allOf/${index}`, reading, negated);
    if (error) return error;
  }
  return undefined;
}

function checkTyped(
  type: keyof typeof typeGroups,
  schema: Schema,
  value: unknown,
  at: string,
  from: string,
  reading: Reading,
  negated: boolean,
): SchemaError | undefined {
  for (const keyword of typeGroups[type]) {
    const limit = schema[keyword];
    if (limit === undefined) continue;
    const error =
      type === 'array'
        ? checkArray(keyword, limit, value as unknown[], at, from, reading, negated)
        : type === 'object'
          ? checkObject(keyword, limit, schema, value as Schema, at, from, reading, negated)
          : checkScalar(keyword, limit, schema, value as string & number, at, from, reading);
    if (error) return error;
  }
  return undefined;
}

function checkScalar(
  keyword: string,
  limit: unknown,
  schema: Schema,
  value: string & number,
  at: string,
  from: string,
  { dialect }: Reading,
): SchemaError | undefined {
  const bound = limit as number;
  const outside = (comparison: string) => failure(keyword, at, from, { comparison, limit }, `must be ${comparison} ${bound}`);
  const strictly = dialect === 'draft4' && schema[`exclusive${keyword[0]?.toUpperCase()}${keyword.slice(1)}`] === true;
  switch (keyword) {
    case 'maximum':
      return strictly ? (value >= bound ? outside('<') : undefined) : value > bound ? outside('<=') : undefined;
    case 'minimum':
      return strictly ? (value <= bound ? outside('>') : undefined) : value < bound ? outside('>=') : undefined;
    case 'exclusiveMaximum':
      return dialect !== 'draft4' && value >= bound ? outside('<') : undefined;
    case 'exclusiveMinimum':
      return dialect !== 'draft4' && value <= bound ? outside('>') : undefined;
    case 'multipleOf': {
      const times = value / bound;
      if (times === Number.parseInt(String(times))) return undefined;
      return failure(keyword, at, from, { multipleOf: limit }, `must be multiple of ${bound}`);
    }
    case 'maxLength':
      if (lengthOf(value) <= bound) return undefined;
      return failure(keyword, at, from, { limit }, `must NOT have more than ${bound} characters`);
    case 'minLength':
      if (lengthOf(value) >= bound) return undefined;
      return failure(keyword, at, from, { limit }, `must NOT have fewer than ${bound} characters`);
    case 'pattern':
      if (regExp(limit as string).test(value)) return undefined;
      return failure(keyword, at, from, { pattern: limit }, `must match pattern "${String(limit)}"`);
    default:
      if (hasFormat(value, limit as string)) return undefined;
      return failure(keyword, at, from, { format: limit }, `must match format "${String(limit)}"`);
  }
}

/** Code points. */
function lengthOf(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index++, length++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit <= 0xdbff && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) index++;
  }
  return length;
}

const regExps = new Map<string, RegExp>();

function regExp(source: string): RegExp {
  let known = regExps.get(source);
  if (!known) regExps.set(source, (known = new RegExp(source)));
  return known;
}

function hasFormat(value: string | number, name: string): boolean {
  if (!Object.hasOwn(formats, name)) {
    if (name in Object.prototype) throw unsure;
    return true;
  }
  const format = formats[name];
  if (format === true || format === undefined) return true;
  const isDefinition = typeof format === 'object' && !(format instanceof RegExp);
  const type = isDefinition ? (format.type ?? 'string') : 'string';
  if (type !== typeof value) return true;
  const validate = isDefinition ? format.validate : format;
  return validate instanceof RegExp ? validate.test(String(value)) : validate(value as never);
}

function checkArray(
  keyword: string,
  limit: unknown,
  value: readonly unknown[],
  at: string,
  from: string,
  reading: Reading,
  negated: boolean,
): SchemaError | undefined {
  switch (keyword) {
    case 'maxItems':
      if (value.length <= (limit as number)) return undefined;
      return failure(keyword, at, from, { limit }, `must NOT have more than ${String(limit)} items`);
    case 'minItems':
      if (value.length >= (limit as number)) return undefined;
      return failure(keyword, at, from, { limit }, `must NOT have fewer than ${String(limit)} items`);
    case 'items':
      for (const [index, item] of value.entries()) {
        const error = check(limit, item, `${at}/${index}`, `${from}/items`, reading, negated);
        if (error) return error;
      }
      return undefined;
    default:
      return limit === true && !isUnique(value) ? unworded : undefined;
  }
}

function checkObject(
  keyword: string,
  limit: unknown,
  schema: Schema,
  value: Schema,
  at: string,
  from: string,
  reading: Reading,
  negated: boolean,
): SchemaError | undefined {
  switch (keyword) {
    case 'maxProperties':
      if (Object.keys(value).length <= (limit as number)) return undefined;
      return failure(keyword, at, from, { limit }, `must NOT have more than ${String(limit)} properties`);
    case 'minProperties':
      if (Object.keys(value).length >= (limit as number)) return undefined;
      return failure(keyword, at, from, { limit }, `must NOT have fewer than ${String(limit)} properties`);
    case 'required': {
      const missing = (limit as string[]).find(
        (name) => value[name] === undefined && (negated || !isUnsent(schema, name, reading)),
      );
      if (missing === undefined) return undefined;
      return failure(keyword, at, from, { missingProperty: missing }, `must have required property '${missing}'`);
    }
    case 'additionalProperties':
      return checkAdditional(limit, schema, value, at, from, reading, negated);
    case 'properties':
      for (const [name, property] of Object.entries(limit as Schema)) {
        if (name === '__proto__' || value[name] === undefined) continue;
        const error = check(
          property,
          value[name],
          `${at}/${escape(name)}`,
          `${from}/properties/${escapeFragment(name)}`,
          reading,
          negated,
        );
        if (error) return error;
      }
      return undefined;
    default:
      for (const [pattern, property] of Object.entries(limit as Schema)) {
        for (const name of Object.keys(value).filter((key) => regExp(pattern).test(key))) {
          const error = check(
            property,
            value[name],
            `${at}/${escape(name)}`,
            `${from}/patternProperties/${escapeFragment(pattern)}`,
            reading,
            negated,
          );
          if (error) return error;
        }
      }
      return undefined;
  }
}

function isUnsent(schema: Schema, name: string, { unsent }: Reading): boolean {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (!isRecord(property)) return false;
  return (unsent.readOnly && property.readOnly === true) || (unsent.writeOnly && property.writeOnly === true);
}

function checkAdditional(
  limit: unknown,
  schema: Schema,
  value: Schema,
  at: string,
  from: string,
  reading: Reading,
  negated: boolean,
): SchemaError | undefined {
  if (limit === true) return undefined;
  const named = isRecord(schema.properties) ? schema.properties : {};
  const patterns = Object.keys((schema.patternProperties as object | undefined) ?? {}).map(regExp);
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(named, name) || patterns.some((pattern) => pattern.test(name))) continue;
    if (limit === false) {
      return failure('additionalProperties', at, from, { additionalProperty: name }, 'must NOT have additional properties');
    }
    const error = check(limit, value[name], `${at}/${escape(name)}`, `${from}/additionalProperties`, reading, negated);
    if (error) return error;
  }
  return undefined;
}

function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function escapeFragment(name: string): string {
  return encodeURIComponent(escape(name));
}

function isUnique(values: readonly unknown[]): boolean {
  if (values.every((value) => typeof value !== 'object' || value === null)) return new Set(values).size === values.length;
  return values.every((value, index) => values.slice(0, index).every((other) => !isEqual(other, value)));
}

function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
