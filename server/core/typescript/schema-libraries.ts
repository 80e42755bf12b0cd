/** The shapes that validators written with Zod (3 and 4), TypeBox, Valibot, ArkType, Yup or Joi let in, read from the calls that make them. */
import ts from 'ts6';
import { isUnknown, mergeShapes, type Shape } from '../generate/facts.ts';
import { nameShape } from '../generate/named.ts';
import { nameText, propertyIn, strip } from './values.ts';
import { enumShape, present, type Scope, shaped, type Type, unknown } from './type-model.ts';
import { prismaEnum } from './prisma.ts';
import { prismaClient } from './prisma-schema.ts';
import type { Types } from './types.ts';

type Schema = Type & { kind: 'schema' };

/** Is this the module of a library whose schemas are read here? */
export function isSchemaLibrary(module: string): boolean {
  return /^(?:zod(?:\/.*)?|nestjs-zod\/z|@hono\/zod-openapi|@orpc\/zod(?:\/zod4)?|@sinclair\/typebox|@fastify\/type-provider-typebox|typebox|elysia|valibot|arktype|yup|joi|celebrate|express-validation)$/.test(
    module,
  );
}

const schema = (shape: Shape, optional = false): Schema => ({ kind: 'schema', shape, ...(optional && { optional }) });

/** The schema a call of the library makes: `z.object({ … })`, `Type.Array(…)`. */
export function schemaOfCall(types: Types, module: string, member: string, call: ts.CallExpression, scope: Scope): Type {
  const name = member.replace(/^(?:z|oz|default|yup|Yup|Joi|joi)\./, '');
  if (module === 'valibot') return valibot(types, member.replace(/^v\./, ''), call, scope);
  if (module === 'arktype') return member === 'type' ? schema(arkType(types, call.arguments[0], scope)) : unknown;
  if (/^(?:yup|joi|celebrate|express-validation)$/.test(module)) return lenient(types, name, call, scope);
  return /typebox|^elysia$/.test(module)
    ? typeBox(types, name.replace(/^(?:Type|t)\./, ''), call, scope)
    : zod(types, name.replace(/^coerce\./, ''), call, scope);
}

/** The schema an expression is; one that lets everything in where it cannot be followed. */
function inner(types: Types, node: ts.Expression | undefined, scope: Scope): Schema {
  const type = node ? types.of(node, scope) : unknown;
  if (type.kind === 'schema') return type;
  // `z.lazy(() => X)`
  return type.kind === 'function' ? asSchema(types.result(type)) : schema({});
}

function asSchema(type: Type): Schema {
  return type.kind === 'schema' ? type : schema({});
}

/** The shape of `{ name: schema, … }`. */
function objectShape(types: Types, node: ts.Expression | undefined, scope: Scope): Shape {
  const type = node ? types.of(node, scope) : unknown;
  const properties: Record<string, Shape> = {};
  const required: string[] = [];
  for (const [name, member] of types.membersOf(type) ?? []) {
    const { shape, optional } = asSchema(member.type());
    properties[name] = shape;
    if (!optional) required.push(name);
  }
  return { type: 'object', properties, ...(required.length > 0 && { required }) };
}

/** Formats that Zod 4 has at the top (`z.email()`) and Zod 3 and 4 as methods of texts. */
const formats: Readonly<Record<string, string>> = {
  email: 'email',
  uuid: 'uuid',
  guid: 'uuid',
  uuidv4: 'uuid',
  url: 'uri',
  httpUrl: 'uri',
  datetime: 'date-time',
  'iso.datetime': 'date-time',
  'iso.date': 'date',
  date: 'date',
  'iso.time': 'time',
  time: 'time',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  base64: 'byte',
};

/** Texts of Zod 4 for which OpenAPI has no format. */
const texts = new Set(
  'cuid cuid2 ulid nanoid xid ksuid jwt emoji base64url cidrv4 cidrv6 e164 hostname hex hash mac templateLiteral stringFormat'.split(
    ' ',
  ),
);

function zod(types: Types, name: string, call: ts.CallExpression, scope: Scope): Type {
  const [first, second] = call.arguments;
  const of = (node: ts.Expression | undefined) => inner(types, node, scope);
  switch (name) {
    case 'string':
      return schema({ type: 'string' });
    case 'number':
      return schema({ type: 'number' });
    case 'int':
    case 'int32':
    case 'bigint':
      return schema({ type: 'integer' });
    case 'boolean':
    case 'stringbool':
      return schema({ type: 'boolean' });
    case 'date':
      return schema({ type: 'string', format: 'date-time' });
    case 'object':
    case 'strictObject':
    case 'looseObject':
    case 'interface':
      return schema(objectShape(types, first, scope));
    case 'array':
      return schema({ type: 'array', items: of(first).shape });
    case 'set':
      return schema({ type: 'array', items: of(first).shape, uniqueItems: true });
    case 'record':
      return schema({ type: 'object', additional: of(second ?? first).shape });
    case 'tuple':
      return schema({ type: 'array', items: anyOf(listed(first).map((item) => of(item).shape)) });
    case 'enum':
    case 'nativeEnum':
      return schema(enumOf(types, first, scope));
    case 'literal':
      return schema(literalShape(first));
    case 'union':
    case 'xor':
      return schema(anyOf(listed(first).map((item) => of(item).shape)));
    case 'discriminatedUnion':
      return schema(anyOf(listed(second).map((item) => of(item).shape)));
    case 'intersection':
      return schema(both(of(first).shape, of(second).shape));
    case 'optional':
      return { ...of(first), optional: true };
    case 'nullable':
      return { ...of(first), shape: orNull(of(first).shape) };
    case 'nullish':
      return { ...of(first), shape: orNull(of(first).shape), optional: true };
    case 'preprocess':
      return of(second);
    case 'lazy':
      return of(first);
    case 'pipe':
      return piping(of(first), of(second));
    case 'custom':
      return stated(types, call, scope);
    case 'file':
    case 'blob':
      return schema({ type: 'string', format: 'binary' });
    case 'instanceof':
      return schema(/^(?:File|Blob)$/.test(first?.getText() ?? '') ? { type: 'string', format: 'binary' } : {});
    // `oz.openapi(z.string(), { examples: ['a'] })`
    case 'openapi':
      return of(first);
    case 'null':
      return schema({ type: 'null' });
    case 'undefined':
    case 'void':
    case 'never':
      return schema({}, true);
    case 'any':
    case 'unknown':
      return schema({}, true);
    default:
      if (formats[name]) return schema({ type: 'string', format: formats[name] });
      return schema(texts.has(name) ? { type: 'string' } : {});
  }
}

/** A schema that hands on what it lets in: one that lets everything in leaves it to the next, `z.unknown().pipe(Order)`. */
function piping(before: Schema, next: Schema): Schema {
  return Object.keys(before.shape).length === 0 ? next : before;
}

/** What may be any of these schemas, also as a list of them: `alternatives([A, B])`, `alternatives().try(A, B)`; nothing where one is not known. */
function anyOfAll(nodes: readonly ts.Expression[], types: Types, scope: Scope, before: Shape = {}): Shape {
  const all = nodes.flatMap((one) => (ts.isArrayLiteralExpression(one) ? [...one.elements] : [one]));
  const shapes = [...(isUnknown(before) ? [] : [before]), ...all.map((one) => inner(types, one, scope).shape)];
  if (shapes.length === 0 || shapes.some(isUnknown)) return {};
  return shapes.length === 1 ? (shapes[0] as Shape) : anyOf(shapes);
}

/** Joi's and Yup's `concat`: both of what has a type; of conditions, what either gives. */
function joined(one: Shape, other: Shape): Shape {
  if (isUnknown(one) || isUnknown(other)) return isUnknown(one) ? other : one;
  return one.anyOf || other.anyOf || one.type !== other.type
    ? anyOf([one, other].flatMap((part) => part.anyOf ?? [part]))
    : both(one, other);
}

/** A validator that a type is stated for: `z.custom<Money>()`. */
function stated(types: Types, call: ts.CallExpression, scope: Scope): Schema {
  const [type] = call.typeArguments ?? [];
  return schema(type ? types.shapeOf(present(types.ofNode(type, scope))) : {});
}

/** What a method makes of a schema, or what validating with it gives. */
export function schemaMethod(types: Types, owner: Schema, name: string, call: ts.CallExpression, scope: Scope): Type {
  const { shape } = owner;
  const [first, second] = call.arguments;
  const value = numberOf(first);
  const of = (node: ts.Expression | undefined) => inner(types, node, scope);
  const having = (more: Shape): Schema => ({ ...owner, shape: { ...shape, ...more } });
  const bounded = (
    bounds: Readonly<Record<string, 'minimum' | 'minLength' | 'minItems' | 'maximum' | 'maxLength' | 'maxItems'>>,
  ) => {
    const key = bounds[shape.type ?? ''];
    return key && value !== undefined ? having({ [key]: value }) : owner;
  };
  const least = { number: 'minimum', integer: 'minimum', string: 'minLength', array: 'minItems' } as const;
  const most = { number: 'maximum', integer: 'maximum', string: 'maxLength', array: 'maxItems' } as const;
  switch (name) {
    case 'parse':
    case 'parseAsync':
    case 'decode':
    case 'validate':
    case 'validateSync':
      return shaped(shape);
    case 'safeParse':
    case 'safeParseAsync':
    case 'spa':
      return { kind: 'object', members: new Map([['data', { type: () => shaped(shape), optional: true }]]) };
    case 'optional':
    case 'exactOptional':
      return { ...owner, optional: true };
    case 'nullable':
      return { ...owner, shape: orNull(shape) };
    case 'nullish':
      return { ...owner, shape: orNull(shape), optional: true };
    case 'default':
    case 'prefault':
      return { ...having(defaultOf(first)), optional: true };
    case 'catch':
      return { ...owner, optional: true };
    case 'pipe':
      return piping(owner, of(first));
    case 'min':
    case 'gte':
      return bounded(least);
    case 'max':
    case 'lte':
      return bounded(most);
    case 'length':
      return value === undefined || shape.type !== 'string' ? owner : having({ minLength: value, maxLength: value });
    case 'nonempty':
      return having(shape.type === 'array' ? { minItems: 1 } : { minLength: 1 });
    case 'gt':
      return value === undefined ? owner : having({ exclusiveMinimum: value });
    case 'lt':
      return value === undefined ? owner : having({ exclusiveMaximum: value });
    case 'positive':
      return having({ exclusiveMinimum: 0 });
    case 'nonnegative':
      return having({ minimum: 0 });
    case 'negative':
      return having({ exclusiveMaximum: 0 });
    case 'int':
    case 'safe':
      return shape.type === 'number' ? having({ type: 'integer' }) : owner;
    case 'multipleOf':
    case 'step':
      return value === undefined ? owner : having({ multipleOf: value });
    case 'regex':
      return first && ts.isRegularExpressionLiteral(first) ? having(patternOf(first)) : owner;
    case 'array':
      return schema({ type: 'array', items: shape });
    case 'or':
    case 'and':
      // Joi's are of names: `object({ … }).or('id', 'email')`.
      if (first && ts.isStringLiteralLike(first)) return owner;
      return schema(name === 'or' ? anyOf([shape, of(first).shape]) : both(shape, of(first).shape));
    case 'extend':
    case 'safeExtend':
    case 'augment':
      return schema(both(shape, objectShape(types, first, scope)));
    case 'merge':
      return schema(both(shape, of(first).shape));
    case 'pick':
    case 'omit':
      return schema(chosen(shape, keysOf(types, first, scope), name === 'pick'));
    case 'partial':
    case 'deepPartial':
      return schema(first ? relaxed(shape, keysOf(types, first, scope)) : { ...shape, required: undefined });
    case 'shape':
    case 'keys':
      return { ...owner, shape: both(shape, objectShape(types, first, scope)) };
    case 'of':
    case 'items':
      return shape.type === 'array' ? having({ items: anyOfAll(call.arguments, types, scope) }) : owner;
    case 'try':
      return { ...owner, shape: anyOfAll(call.arguments, types, scope, shape) };
    case 'concat':
      return { ...owner, shape: joined(shape, of(first).shape) };
    case 'when': {
      // Joi's `any().when('kind', { is: 'card', then: Card, otherwise: Account })`; of what has a type, it only says more.
      const cases = propertyIn(second, 'switch');
      const chosen = cases && ts.isArrayLiteralExpression(cases) ? [...cases.elements] : [];
      const all = [second, ...chosen].flatMap((one) => [propertyIn(one, 'then'), propertyIn(one, 'otherwise')]);
      const shapes = all.map((one) => of(one).shape).filter((one) => !isUnknown(one));
      return isUnknown(shape) && shapes.length > 0 ? { ...owner, shape: { anyOf: shapes } } : owner;
    }
    case 'oneOf':
    case 'valid':
      return having(enumOfValues(call.arguments, shape));
    case 'integer':
      return having({ type: 'integer' });
    case 'uri':
    case 'isoDate':
      return having({ format: name === 'uri' ? 'uri' : 'date-time' });
    case 'defined':
    case 'exist':
      return { ...owner, optional: false };
    case 'required':
      if (owner.optional) return { ...owner, optional: false };
      return schema({ ...shape, required: Object.keys(shape.properties ?? {}) });
    case 'openapi':
    case 'meta': {
      const id = name === 'meta' ? propertyIn(first, 'id') : first;
      const isName = name === 'openapi' && id !== undefined && ts.isStringLiteralLike(id);
      const described = having(descriptionOf(isName ? second : first));
      if (id && ts.isStringLiteralLike(id)) nameShape(described.shape, id.text, true);
      return described;
    }
    case 'describe':
      return having(descriptionOf(first));
    default:
      return formats[name] && shape.type === 'string' ? having({ format: formats[name] }) : owner;
  }
}

/** Yup and Joi: everything is optional until `required()`. */
function lenient(types: Types, name: string, call: ts.CallExpression, scope: Scope): Type {
  const [first] = call.arguments;
  switch (name) {
    case 'string':
      return schema({ type: 'string' }, true);
    case 'number':
      return schema({ type: 'number' }, true);
    case 'boolean':
    case 'bool':
      return schema({ type: 'boolean' }, true);
    case 'date':
      return schema({ type: 'string', format: 'date-time' }, true);
    case 'object':
      return schema(first ? objectShape(types, first, scope) : { type: 'object' }, true);
    case 'array':
      return schema({ type: 'array', ...(first && { items: inner(types, first, scope).shape }) }, true);
    case 'alternatives':
      return schema(anyOfAll(call.arguments, types, scope), true);
    case 'mixed':
    case 'any':
      return schema({}, true);
    default:
      return unknown;
  }
}

/** TypeBox: its calls are JSON Schema by another name, the last argument its keywords. */
function typeBox(types: Types, name: string, call: ts.CallExpression, scope: Scope): Type {
  const [first, second] = call.arguments;
  const of = (node: ts.Expression | undefined) => inner(types, node, scope);
  const withOptions = (shape: Shape, index: number): Schema => {
    const options = call.arguments[index];
    return schema(options ? { ...shape, ...keywordsOf(options) } : shape);
  };
  switch (name) {
    case 'String':
      return withOptions({ type: 'string' }, 0);
    case 'Number':
    case 'Numeric':
      return withOptions({ type: 'number' }, 0);
    case 'Integer':
    case 'BigInt':
      return withOptions({ type: 'integer' }, 0);
    case 'Boolean':
    case 'BooleanString':
      return withOptions({ type: 'boolean' }, 0);
    // What Elysia adds.
    case 'File':
      return schema({ type: 'string', format: 'binary' });
    case 'Files':
      return schema({ type: 'array', items: { type: 'string', format: 'binary' } });
    case 'UnionEnum':
      return schema(enumOf(types, first, scope));
    case 'Nullable':
    case 'MaybeEmpty':
      return { ...of(first), shape: orNull(of(first).shape) };
    case 'Null':
      return schema({ type: 'null' });
    case 'Date':
      return schema({ type: 'string', format: 'date-time' });
    case 'Object':
      return withOptions(objectShape(types, first, scope), 1);
    case 'Array':
      return withOptions({ type: 'array', items: of(first).shape }, 1);
    case 'Tuple':
      return schema({ type: 'array', items: anyOf(listed(first).map((item) => of(item).shape)) });
    case 'Record':
      return schema({ type: 'object', additional: of(second).shape });
    case 'Literal':
      return withOptions(literalShape(first), 1);
    case 'Enum':
      return withOptions(enumOf(types, first, scope), 1);
    case 'Union':
      return withOptions(anyOf(listed(first).map((item) => of(item).shape)), 1);
    case 'Intersect':
    case 'Composite':
      return schema(
        listed(first)
          .map((item) => of(item).shape)
          .reduce<Shape>(both, {}),
      );
    case 'Optional':
      return { ...of(first), optional: true };
    case 'Partial':
      return schema({ ...of(first).shape, required: undefined });
    case 'Pick':
    case 'Omit':
      return schema(chosen(of(first).shape, textsIn(second), name === 'Pick'));
    case 'Unsafe': {
      const said = keywordsOf(first);
      return Object.keys(said).length > 0 ? schema(said) : stated(types, call, scope);
    }
    default:
      return of(first);
  }
}

/** Valibot: a schema is a call, and what narrows it stands behind it in a pipe. */
function valibot(types: Types, whole: string, call: ts.CallExpression, scope: Scope): Type {
  const [first, second] = call.arguments;
  const name = whole.replace(/Async$/, '');
  const of = (node: ts.Expression | undefined) => inner(types, node, scope);
  switch (name) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return schema({ type: name === 'null' ? 'null' : name });
    case 'bigint':
      return schema({ type: 'integer' });
    case 'date':
      return schema({ type: 'string', format: 'date-time' });
    case 'object':
    case 'looseObject':
    case 'strictObject':
    case 'objectWithRest':
      return schema(objectShape(types, first, scope));
    case 'array':
      return schema({ type: 'array', items: of(first).shape });
    case 'set':
      return schema({ type: 'array', items: of(first).shape, uniqueItems: true });
    case 'tuple':
      return schema({ type: 'array', items: anyOf(listed(first).map((item) => of(item).shape)) });
    case 'record':
      return schema({ type: 'object', additional: of(second).shape });
    case 'picklist':
    case 'enum':
    case 'enum_':
      return schema(enumOf(types, first, scope));
    case 'literal':
      return schema(literalShape(first));
    case 'union':
      return schema(anyOf(listed(first).map((item) => of(item).shape)));
    case 'variant':
      return schema(anyOf(listed(second).map((item) => of(item).shape)));
    case 'intersect':
      return schema(
        listed(first)
          .map((item) => of(item).shape)
          .reduce<Shape>(both, {}),
      );
    case 'optional':
    case 'exactOptional':
    case 'undefinedable':
      return { ...of(first), shape: { ...of(first).shape, ...defaultOf(second) }, optional: true };
    case 'nullable':
      return { ...of(first), shape: orNull(of(first).shape) };
    case 'nullish':
      return { ...of(first), shape: orNull(of(first).shape), optional: true };
    case 'fallback':
      return { ...of(first), optional: true };
    case 'partial':
      return schema(second ? relaxed(of(first).shape, textsIn(second)) : { ...of(first).shape, required: undefined });
    case 'required':
      return schema({ ...of(first).shape, required: Object.keys(of(first).shape.properties ?? {}) });
    case 'pick':
    case 'omit':
      return schema(chosen(of(first).shape, textsIn(second), name === 'pick'));
    case 'lazy':
      return of(first);
    case 'pipe':
      return call.arguments.slice(1).reduce<Schema>((before, one) => piped(types, before, one, scope), of(first));
    case 'any':
    case 'unknown':
      return schema({}, true);
    case 'parse':
      return shaped(of(first).shape);
    case 'safeParse':
      return { kind: 'object', members: new Map([['output', { type: () => shaped(of(first).shape), optional: true }]]) };
    default:
      return unknown;
  }
}

/** Names that Valibot has for what Zod has as a method. */
const pipeNames: Readonly<Record<string, string>> = {
  minLength: 'min',
  minValue: 'min',
  maxLength: 'max',
  maxValue: 'max',
  gtValue: 'gt',
  ltValue: 'lt',
  nonEmpty: 'nonempty',
  integer: 'int',
  safeInteger: 'int',
  isoTimestamp: 'datetime',
  isoDateTime: 'datetime',
  isoDate: 'date',
  isoTime: 'time',
  description: 'describe',
};

/** What one step of a pipe makes of a schema: a check narrows it, a change of the value says nothing of what is let in. */
function piped(types: Types, before: Schema, step: ts.Expression, scope: Scope): Schema {
  const call = strip(step);
  const callee = ts.isCallExpression(call) ? types.of(call.expression, scope) : unknown;
  if (!ts.isCallExpression(call) || callee.kind !== 'package' || callee.module !== 'valibot') return before;
  const name = callee.member.split('.').at(-1) ?? '';
  if (/^(?:pick|omit|partial|required|optional|nullable|array|object|transform)$/.test(name)) return before;
  const after = schemaMethod(types, before, pipeNames[name] ?? name, call, scope);
  return after.kind === 'schema' ? after : before;
}

/** ArkType: types in words, and objects of them: `{ name: 'string', 'age?': 'number | null' }`. */
function arkType(types: Types, node: ts.Expression | undefined, scope: Scope): Shape {
  const bare = node && strip(node);
  if (!bare) return {};
  if (ts.isStringLiteralLike(bare)) return worded(bare.text);
  if (!ts.isObjectLiteralExpression(bare)) {
    const type = types.of(bare, scope);
    return type.kind === 'schema' ? type.shape : {};
  }
  const properties: Record<string, Shape> = {};
  const required: string[] = [];
  for (const property of bare.properties) {
    const key = nameText(property.name);
    const value = ts.isPropertyAssignment(property) ? property.initializer : (property.name as ts.Expression | undefined);
    if (key === undefined || /^[.+[]/.test(key)) continue;
    const name = key.replace(/\?$/, '');
    properties[name] = arkType(types, value, scope);
    if (name === key && !(value && ts.isStringLiteralLike(value) && /[^=<>]=[^=<>]/.test(value.text))) required.push(name);
  }
  return { type: 'object', properties, ...(required.length > 0 && { required }) };
}

function worded(text: string): Shape {
  const parts = text.split('|').map((part) => part.trim());
  if (parts.length > 1) return anyOf(parts.map(worded));
  const [part = ''] = parts;
  if (part.endsWith('[]')) return { type: 'array', items: worded(part.slice(0, -2).replace(/^\((.*)\)$/, '$1')) };
  const [, quoted] = /^['"](.*)['"]$/.exec(part) ?? [];
  if (quoted !== undefined) return { type: 'string', enum: [quoted] };
  const [, kind, detail = ''] = /\b(string|number|boolean|Date|null|bigint)\b(?:\.(\w+))?/.exec(part) ?? [];
  if (!kind) return {};
  if (kind === 'Date') return { type: 'string', format: 'date-time' };
  if (kind === 'bigint' || detail === 'integer') return { type: 'integer' };
  const format = kind === 'string' ? formats[detail] : undefined;
  return { type: kind as 'string' | 'number' | 'boolean' | 'null', ...(format && { format }) };
}

/** One of these shapes; literals of one type become one enum. */
export function anyOf(shapes: readonly Shape[]): Shape {
  const distinct = shapes.filter(
    (one, index) => shapes.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === index,
  );
  const nullable = distinct.some(({ type }) => type === 'null');
  const rest = distinct.filter(({ type }) => type !== 'null');
  const [first] = rest;
  if (!first) return distinct[0] ?? {};
  if (rest.some((one) => Object.keys(one).length === 0)) return {};
  const isEnum = rest.every(({ type, enum: values }) => values && type === first.type);
  const whole: Shape =
    rest.length === 1
      ? first
      : isEnum
        ? { ...(first.type && { type: first.type }), enum: [...new Set(rest.flatMap(({ enum: values }) => values ?? []))] }
        : { anyOf: rest };
  return nullable ? orNull(whole) : whole;
}

export function orNull(shape: Shape): Shape {
  return Object.keys(shape).length === 0 ? shape : { ...shape, nullable: true };
}

function both(a: Shape, b: Shape): Shape {
  // One of several and something else: each of the several with it.
  if (b.anyOf) return { ...b, anyOf: b.anyOf.map((part) => both(a, part)) };
  if (a.anyOf) return { ...a, anyOf: a.anyOf.map((part) => both(part, b)) };
  const merged = mergeShapes(a, { ...b, properties: undefined }) ?? {};
  const properties = { ...a.properties, ...b.properties };
  const optional = new Set(Object.keys(b.properties ?? {}).filter((name) => !b.required?.includes(name)));
  const required = [...new Set([...(a.required ?? []), ...(b.required ?? [])])].filter((name) => !optional.has(name));
  return { ...merged, properties, ...(required.length > 0 && { required }) };
}

function chosen(shape: Shape, names: ReadonlySet<string>, keep: boolean): Shape {
  const properties = Object.entries(shape.properties ?? {}).filter(([name]) => names.has(name) === keep);
  const required = shape.required?.filter((name) => names.has(name) === keep);
  return { ...shape, properties: Object.fromEntries(properties), required };
}

function relaxed(shape: Shape, names: ReadonlySet<string>): Shape {
  return { ...shape, required: shape.required?.filter((name) => !names.has(name)) };
}

/** The names in `{ a: true, b: true }`, also where a constant holds that. */
function keysOf(types: Types, node: ts.Expression | undefined, scope: Scope): Set<string> {
  if (!node) return new Set();
  if (!ts.isObjectLiteralExpression(node)) return new Set(types.membersOf(types.of(node, scope))?.keys());
  return new Set(node.properties.flatMap((property) => nameText(property.name) ?? []));
}

function textsIn(node: ts.Expression | undefined): Set<string> {
  return new Set(listed(node).flatMap((item) => (ts.isStringLiteralLike(item) ? [item.text] : [])));
}

function listed(node: ts.Expression | undefined): readonly ts.Expression[] {
  const bare = node && strip(node);
  return bare && ts.isArrayLiteralExpression(bare) ? bare.elements : [];
}

function enumOf(types: Types, node: ts.Expression | undefined, scope: Scope): Shape {
  if (!node) return {};
  const type = types.of(node, scope);
  if (type.kind === 'enum') return enumShape(type.node);
  const generated = type.kind === 'package' && type.module === prismaClient && prismaEnum(types, type.member, type.from);
  if (generated) return generated;
  let bare = strip(node);
  if (ts.isIdentifier(bare)) {
    const declared = types.values.declarationOf(bare);
    if (declared && ts.isVariableDeclaration(declared) && declared.initializer) bare = strip(declared.initializer);
  }
  const items = ts.isObjectLiteralExpression(bare)
    ? bare.properties.flatMap((item) => (ts.isPropertyAssignment(item) ? [item.initializer] : []))
    : listed(bare);
  const values = items.map(literalOf);
  return values.length > 0 && values.every((value) => typeof value === 'string')
    ? { type: 'string', enum: values as string[] }
    : { type: 'string' };
}

/** `oneOf(['a', 'b'])`, `valid('a', 'b')`. */
function enumOfValues(args: readonly ts.Expression[], { type }: Shape): Shape {
  const values = args.flatMap((item) => (ts.isArrayLiteralExpression(item) ? [...item.elements] : [item])).map(literalOf);
  const isPlain = values.length > 0 && values.every((value) => value !== undefined);
  return isPlain ? { type: type ?? 'string', enum: values as string[] } : {};
}

function literalOf(node: ts.Expression): string | number | boolean | undefined {
  const bare = strip(node);
  if (ts.isStringLiteralLike(bare)) return bare.text;
  if (bare.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (bare.kind === ts.SyntaxKind.FalseKeyword) return false;
  return numberOf(bare);
}

function literalShape(node: ts.Expression | undefined): Shape {
  if (node && strip(node).kind === ts.SyntaxKind.NullKeyword) return { type: 'null' };
  const value = node && literalOf(node);
  if (value === undefined) return {};
  return { type: typeof value as 'string' | 'number' | 'boolean', enum: [value] };
}

function numberOf(node: ts.Expression | undefined): number | undefined {
  const bare = node && strip(node);
  if (bare && ts.isNumericLiteral(bare)) return Number(bare.text);
  if (bare && ts.isPrefixUnaryExpression(bare) && bare.operator === ts.SyntaxKind.MinusToken) {
    const value = numberOf(bare.operand);
    return value === undefined ? undefined : -value;
  }
  return undefined;
}

function defaultOf(node: ts.Expression | undefined): Shape {
  const value = node && literalOf(node);
  return value === undefined ? {} : { default: value };
}

/** The source of a literal; flags change what it means, so a pattern that has any is not said. */
function patternOf(node: ts.RegularExpressionLiteral): Shape {
  const end = node.text.lastIndexOf('/');
  return /^[gu]*$/.test(node.text.slice(end + 1)) ? { pattern: node.text.slice(1, end) } : {};
}

function descriptionOf(node: ts.Expression | undefined): Shape {
  if (!node) return {};
  if (ts.isStringLiteralLike(node)) return { description: node.text };
  return keywordsOf(node);
}

/** The keywords that are read from a literal, by the kind of their values; `default` may be any. */
const keywords: Readonly<Record<string, readonly string[]>> = {
  string: ['description', 'format', 'pattern'],
  number: [
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'multipleOf',
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
  ],
  boolean: ['uniqueItems', 'deprecated', 'nullable'],
};

/** The keywords of JSON Schema that an object literal holds plainly. */
export function keywordsOf(node: ts.Expression | undefined): Shape {
  if (!node || !ts.isObjectLiteralExpression(node)) return {};
  const found: Record<string, unknown> = {};
  for (const property of node.properties) {
    const name = nameText(property.name);
    if (!name || !ts.isPropertyAssignment(property)) continue;
    const value = literalOf(property.initializer);
    if (value !== undefined && (name === 'default' || keywords[typeof value]?.includes(name))) found[name] = value;
  }
  return found as Shape;
}
