/** What the language's own functions and a few libraries give back, by name: lists, texts, Object, lodash, TypeORM, axios. */
import ts from 'ts6';
import { callOfChanfana, chanfana } from './chanfana.ts';
import { callOfDrizzle, chained, drizzle, isDrizzle, methodOfDrizzle, schemaOfTable } from './drizzle.ts';
import { callOfMongoose, linkOfMongoose, methodOfMongoose, mongoose } from './mongoose.ts';
import { kysely, methodOfKysely, typeOfKysely } from './kysely.ts';
import { isPrismaClient, prismaResult, prismaType } from './prisma.ts';
import { prismaClient } from './prisma-schema.ts';
import { isSchemaLibrary, schemaMethod, schemaOfCall } from './schema-libraries.ts';
import {
  assignedByKey,
  date,
  elementOf,
  exposed,
  type External,
  type Member,
  nothing,
  number,
  present,
  type Scope,
  shaped,
  text,
  textsOf,
  truth,
  type Type,
  union,
  unknown,
  withLoads,
} from './type-model.ts';
import { callOfTrpc, methodOfTrpc, trpc } from './trpc.ts';
import { callOfDriver, isSqlDriver, methodOfDriver } from './raw-sql.ts';
import { queryOfObjection } from './objection.ts';
import { isSequelize, methodOfSequelize, queryOfSequelize, typeOfSequelize } from './sequelize.ts';
import { callOfSupabase, isSupabase, methodOfSupabase } from './supabase.ts';
import { loadsOfFind } from './typeorm.ts';
import type { Types } from './types.ts';
import { propertyIn, resultsOf } from './values.ts';

export const neverthrow = 'neverthrow';

const list = (of: Type): Type => ({ kind: 'array', of });
const nullable = (type: Type) => union([type, nothing]);

/** The type a name means that the project does not declare: of the language (`module` is empty) or of a package. */
export function typeOfLibrary(types: Types, module: string, name: string, args: readonly Type[], from?: string): Type {
  const [first = unknown, second = unknown] = args;
  const external: Type = { kind: 'external', module, name, args, from };
  if (isSchemaLibrary(module) && /(?:^|\.)(?:infer|output|input|TypeOf|Static|InferOutput|InferInput)$/.test(name))
    return first.kind === 'schema' ? shaped(first.shape) : unknown;
  if (isDrizzle(module)) {
    if (/^InferSelectModel$|^InferModel$/.test(name)) return types.property(first, '$inferSelect');
    if (name === 'InferInsertModel') return types.property(first, '$inferInsert');
    return { ...external, module: drizzle };
  }
  if (module === prismaClient) return prismaType(types, name, args, from) ?? external;
  if (module === kysely) return typeOfKysely(types, name, first) ?? external;
  if (isSequelize(module)) return typeOfSequelize(name, first) ?? external;
  if (module === 'type-fest') return typeOfTypeFest(types, name, first, second) ?? external;
  if (module !== '') return passThrough.has(name) ? first : external;
  switch (name) {
    case 'Array':
    case 'ReadonlyArray':
    case 'Iterable':
    case 'AsyncIterable':
      return list(first);
    case 'Promise':
    case 'PromiseLike':
    case 'Awaited':
    case 'Readonly':
    case 'NoInfer':
      return first;
    case 'NonNullable':
      return present(first);
    case 'Date':
      return date;
    case 'String':
      return text;
    case 'Number':
      return number;
    case 'Partial':
      return types.withOptional(first, true);
    case 'Required':
      return types.withOptional(first, false);
    // A part of what a package declares is still known by the package alone.
    case 'Pick':
      return first.kind === 'external' ? first : types.only(first, new Set(textsOf(second)));
    case 'Omit':
      return first.kind === 'external' ? first : types.without(first, new Set(textsOf(second)));
    case 'Record':
      return recordOf(first, second);
    case 'Exclude':
    case 'Extract':
      return narrowed(first, new Set(textsOf(second)), name === 'Extract');
    case 'ReturnType':
      if (isOfDrizzle(first)) return { kind: 'external', module: drizzle, name: 'Database', args: first.args };
      return first.kind === 'function' ? types.result(first) : unknown;
    case 'InstanceType':
      return first.kind === 'class' ? { kind: 'declared', node: first.node, scope: first.scope, args: [] } : unknown;
    case 'Map':
    case 'Set':
    case 'WeakMap':
      return external;
    default:
      return unknown;
  }
}

/** `typeof drizzle<typeof schema>`, `typeof drizzle`. */
function isOfDrizzle(type: Type): type is External {
  return type.kind === 'external' && type.module === drizzle && type.name === 'drizzle';
}

/** What the types of type-fest that are met most make of their arguments. */
function typeOfTypeFest(types: Types, name: string, first: Type, second: Type): Type | undefined {
  const members = (type: Type) => types.membersOf(type) ?? new Map<string, Member>();
  const named = new Set(textsOf(second));
  switch (name) {
    case 'Merge':
    case 'OverrideProperties':
      return { kind: 'object', members: new Map([...members(first), ...members(second)]) };
    case 'Except':
      return types.without(first, named);
    case 'SetOptional':
    case 'SetRequired': {
      const changed = members(types.withOptional(types.only(first, named), name === 'SetOptional'));
      return { kind: 'object', members: new Map([...members(first), ...changed]) };
    }
    case 'Jsonify':
    case 'ReadonlyDeep':
    case 'RequireAtLeastOne':
    case 'RequireExactlyOne':
    case 'SetNonNullable':
    case 'Writable':
      return first;
    case 'PartialDeep':
      return types.withOptional(first, true);
    case 'LiteralUnion':
      return text;
    default:
      return passThrough.has(name) ? first : undefined;
  }
}

/** Types of packages that stand for their first argument. */
const passThrough = new Set(['Relation', 'DeepPartial', 'Mutable', 'Simplify', 'Promisable', 'HydratedDocument']);

function recordOf(keys: Type, value: Type): Type {
  const names = textsOf(keys);
  if (names.length === 0) return { kind: 'object', members: new Map(), index: value };
  return {
    kind: 'object',
    members: new Map(names.map((name): [string, Member] => [name, { type: () => value, optional: false }])),
  };
}

function narrowed(type: Type, names: ReadonlySet<string>, keep: boolean): Type {
  const texts = textsOf(type).filter((one) => names.has(one) === keep);
  return texts.length > 0 ? shaped({ type: 'string', enum: texts }) : unknown;
}

/** What a call of a function of the language or of a package gives back. */
export function callOfLibrary(types: Types, module: string, member: string, call: ts.CallExpression, scope: Scope): Type {
  const argument = (index: number) => {
    const node = call.arguments[index];
    return node && !ts.isSpreadElement(node) ? types.of(node, scope) : unknown;
  };
  if (isSchemaLibrary(module)) return schemaOfCall(types, module, member, call, scope);
  // `createZodDto(schema)` of nestjs-zod and its kin: a class of what the schema lets in.
  if (/zod/.test(module) && /(?:^|\.)createZodDto$/.test(member)) return argument(0);
  if (module === trpc) return callOfTrpc(member);
  if (/^drizzle-(?:zod|typebox|valibot|arktype)$|^drizzle-orm\/(?:zod|typebox|valibot|arktype)$/.test(module))
    return schemaOfTable(types, member, call, scope);
  if (isDrizzle(module)) return callOfDrizzle(types, member, call, scope);
  if (isSupabase(module)) return callOfSupabase(types, member, call, scope);
  if (isSqlDriver(module)) return callOfDriver(module, member);
  if (module === mongoose) return callOfMongoose(types, member, call, scope);
  if (module === chanfana) return callOfChanfana(types, member, call, scope);
  if (/^hono-openapi(?:\/|$)/.test(module)) return member === 'resolver' ? argument(0) : unknown;
  const [first] = call.arguments;
  const given = first && keepsFunction.test(`${module}:${member}`) ? argument(0) : unknown;
  if (given.kind === 'function') return given;
  if (module === neverthrow && /^(?:ok|err)(?:Async)?$/.test(member)) {
    const args = member.startsWith('ok') ? [argument(0), nothing] : [nothing, argument(0)];
    return { kind: 'external', module, name: 'Result', args };
  }
  if (module === prismaClient) return member === 'Prisma.validator' ? validator : unknown;
  if (module === '') return callOfLanguage(types, member, call, argument, scope);
  if (/^(?:lodash|lodash-es|lodash\/.*|radash|remeda|es-toolkit(?:\/.*)?)$/.test(module)) {
    const name = module.startsWith('lodash/') ? module.slice('lodash/'.length) : (member.split('.').at(-1) as string);
    return callOfLodash(types, name, call, argument, scope);
  }
  if (/^@nestjs\/(?:swagger|mapped-types|graphql)$/.test(module)) return mappedType(types, member, call, argument);
  if (/(?:^|\.)getRepository$/.test(member)) return repositoryOf(module, argument(0));
  if (module === 'typeorm' && /(?:^|\.)getManager$/.test(member))
    return { kind: 'external', module, name: 'EntityManager', args: [] };
  if (module === 'class-transformer') return transformed(member, call, argument);
  if (module === 'axios' && call.typeArguments?.[0]) {
    const data = types.ofNode(call.typeArguments[0], scope);
    return { kind: 'object', members: new Map([['data', { type: () => data, optional: false }]]) };
  }
  return unknown;
}

/** Nest's `PartialType(Cat)`, `PickType(Cat, ['name'])`, `IntersectionType(A, B)`: classes made of classes. */
function mappedType(types: Types, name: string, call: ts.CallExpression, argument: (index: number) => Type): Type {
  const given = call.arguments.map((_, index): Type => {
    const type = argument(index);
    return type.kind === 'class' ? { kind: 'declared', node: type.node, scope: type.scope, args: [] } : type;
  });
  const [first = unknown] = given;
  const names = () => {
    let list = call.arguments[1];
    while (list && ts.isAsExpression(list)) list = list.expression;
    const items = list && ts.isArrayLiteralExpression(list) ? list.elements : [];
    return new Set(items.flatMap((item) => (ts.isStringLiteralLike(item) ? [item.text] : [])));
  };
  if (name === 'PartialType') return types.withOptional(first, true);
  if (name === 'PickType') return types.only(first, names());
  if (name === 'OmitType') return types.without(first, names());
  if (name !== 'IntersectionType') return unknown;
  const members = new Map(given.flatMap((part) => [...(types.membersOf(part) ?? [])]));
  return members.size > 0 ? { kind: 'object', members } : unknown;
}

/** `plainToInstance(UserDto, users, { excludeExtraneousValues: true })` of class-transformer. */
function transformed(member: string, call: ts.CallExpression, argument: (index: number) => Type): Type {
  if (/^(?:instance|class)ToPlain$/.test(member)) return argument(0);
  const of = argument(0);
  if (!/^plainTo(?:Instance|Class)$/.test(member) || of.kind !== 'class') return unknown;
  const made: Type = { kind: 'declared', node: of.node, scope: of.scope, args: [] };
  const isOnly = propertyIn(call.arguments[2], 'excludeExtraneousValues')?.kind === ts.SyntaxKind.TrueKeyword;
  const one = isOnly ? exposed(made) : made;
  const given = present(argument(1));
  return given.kind === 'array' || given.kind === 'tuple' ? list(one) : one;
}

function repositoryOf(module: string, of: Type): Type {
  if (of.kind !== 'class') return unknown;
  const entity: Type = { kind: 'declared', node: of.node, scope: of.scope, args: [] };
  return { kind: 'external', module, name: 'Repository', args: [entity] };
}

/** `Prisma.validator<Prisma.UserSelect>()({ … })`: a function that gives back what it is given. */
const validator: Type = { kind: 'external', module: prismaClient, name: 'Prisma.validator', args: [] };

/** The types of the items of a list that is written out. */
function tupleOf(types: Types, node: ts.ArrayLiteralExpression, scope: Scope): Type {
  return { kind: 'tuple', items: node.elements.map((item) => types.of(item, scope)) };
}

/** Functions of packages that give back the function they are given, with a memory or a brake. */
const keepsFunction =
  /^(?:react:(?:default\.|\*\.)?(?:cache|useCallback)|next\/cache(?:\.js)?:unstable_cache|lodash(?:.*:.*|\/)(?:memoize|once|debounce|throttle).*|(?:p-memoize|memoizee?|mem|memoize-one|express-async-handler):.*)$/;

function callOfLanguage(
  types: Types,
  name: string,
  call: ts.CallExpression,
  argument: (index: number) => Type,
  scope: Scope,
): Type {
  if (/^(?:Number|parseInt|parseFloat|Date\.now|Number\.\w+|Math\.\w+)$/.test(name)) return number;
  if (/^(?:String|JSON\.stringify|encodeURIComponent|decodeURIComponent|btoa|atob)$/.test(name)) return text;
  if (/^(?:Boolean|Array\.isArray|isNaN)$/.test(name)) return truth;
  switch (name) {
    case 'Object.keys':
      return list(text);
    case 'Object.values':
      return list(valuesOf(types, argument(0)));
    case 'Object.entries':
      return list({ kind: 'tuple', items: [text, valuesOf(types, argument(0))] });
    case 'Object.assign': {
      const members = new Map<string, Member>();
      for (const [index] of call.arguments.entries()) {
        for (const [key, member] of types.membersOf(present(argument(index))) ?? []) members.set(key, member);
      }
      return members.size > 0 ? { kind: 'object', members } : unknown;
    }
    case 'Object.fromEntries': {
      const pair = elementOf(argument(0));
      const value = pair.kind === 'tuple' ? (pair.items[1] ?? unknown) : pairedValue(types, call.arguments[0], scope);
      return value.kind === 'unknown' ? unknown : indexed(value);
    }
    case 'Object.groupBy':
      return indexed(list(elementOf(argument(0))));
    case 'Object.freeze':
    case 'structuredClone':
    case 'Promise.resolve':
      return argument(0);
    case 'Promise.all': {
      const given = call.arguments[0];
      if (!given || !ts.isArrayLiteralExpression(given)) return argument(0);
      return tupleOf(types, given, scope);
    }
    case 'Array.from':
      return list(elementOf(argument(0)));
    default:
      return unknown;
  }
}

/** An object whose names are not known, only what they lead to. */
function indexed(index: Type): Type {
  return { kind: 'object', members: new Map(), index };
}

/** What stands second in the pairs that a callback makes: `users.map((user) => [user.id, user.name])`. */
function pairedValue(types: Types, node: ts.Expression | undefined, scope: Scope): Type {
  const [turn] = node && ts.isCallExpression(node) ? node.arguments : [];
  const made = turn ? types.of(turn, scope) : unknown;
  if (made.kind !== 'function' || !ts.isArrowFunction(made.node)) return unknown;
  const { body } = made.node;
  const results = resultsOf(body);
  const values = results.flatMap((result) => {
    let bare: ts.Expression = result;
    while (ts.isParenthesizedExpression(bare) || ts.isAsExpression(bare)) bare = bare.expression;
    const [, value] = ts.isArrayLiteralExpression(bare) ? bare.elements : [];
    return value ? [types.of(value, made.scope)] : [];
  });
  return values.length === results.length ? union(values) : unknown;
}

/** What a callback puts together of an object that begins empty: `(all, one) => { all[one.id] = one; return all; }`. */
function gathered(types: Types, turn: ts.Expression | undefined, scope: Scope): Type {
  const made = turn ? types.of(turn, scope) : unknown;
  if (made.kind !== 'function') return unknown;
  const [first] = made.node.parameters;
  const assigned = first && ts.isParameter(first) ? assignedByKey(first) : [];
  if (assigned.length > 0) return indexed(union(assigned.map((value) => types.of(value, made.scope))));
  const result = types.result(made);
  return result.kind === 'object' && (result.members.size > 0 || result.index) ? result : unknown;
}

function valuesOf(types: Types, type: Type): Type {
  const members = types.membersOf(type);
  const index = types.indexOf(type);
  if (index) return index;
  return members
    ? union([...members.values()].filter(({ isBehaviour }) => !isBehaviour).map((member) => member.type()))
    : unknown;
}

function callOfLodash(
  types: Types,
  name: string,
  call: ts.CallExpression,
  argument: (index: number) => Type,
  scope: Scope,
): Type {
  const names = () =>
    new Set(
      call.arguments
        .slice(1)
        .flatMap((item) => (ts.isArrayLiteralExpression(item) ? [...item.elements] : [item]))
        .flatMap((item) => (ts.isStringLiteralLike(item) ? [item.text] : [])),
    );
  if (
    /^(?:sortBy|orderBy|uniq|uniqBy|uniqWith|compact|reverse|shuffle|filter|reject|take|slice|cloneDeep|clone|merge)$/.test(name)
  )
    return argument(0);
  if (name === 'omit') return types.without(argument(0), names());
  if (name === 'pick') return types.only(argument(0), names());
  if (name === 'map') return list(types.callback(call.arguments[1], scope));
  if (name === 'keyBy' || name === 'indexBy') return indexed(elementOf(argument(0)));
  if (name === 'groupBy') return indexed(list(elementOf(argument(0))));
  if (name === 'mapValues') return indexed(types.callback(call.arguments[1], scope));
  if (/^(?:find|head|first|last)$/.test(name)) return nullable(elementOf(argument(0)));
  return unknown;
}

/** What a method gives back that no declaration of the project has: of lists, texts, validators, repositories. */
export function memberOfLibrary(types: Types, owner: Type, name: string, call: ts.CallExpression, scope: Scope): Type {
  if (name === 'then') return types.callback(call.arguments[0], scope);
  if (name === 'catch' || name === 'finally') return owner;
  if (owner.kind === 'delegate') {
    return prismaResult(types, owner, name, call, scope);
  }
  const queried = queryOfSequelize(types, owner, name, call) ?? queryOfObjection(types, owner, name, call);
  if (queried) return queried;
  if (owner.kind === 'schema') return schemaMethod(types, owner, name, call, scope);
  if (owner.kind === 'object' || owner.kind === 'declared' || owner.kind === 'array') {
    const link = linkOfMongoose(types, owner, name, call);
    if (link) return link;
  }
  if (owner.kind === 'alias') return memberOfLibrary(types, owner.type, name, call, scope);
  if (owner.kind === 'array' || owner.kind === 'tuple') return methodOfList(types, owner, name, call, scope);
  if (owner.kind === 'external') return methodOfExternal(types, owner, name, call, scope);
  if (owner.kind === 'shape' && owner.shape.type === 'array') {
    return methodOfList(types, list(elementOf(owner)), name, call, scope);
  }
  if (owner.kind === 'shape' && owner.shape.format === 'date-time') return /^to|^format/.test(name) ? text : number;
  return methodOfAny(types, name, call, scope);
}

/** Methods whose names tell what they give back, whoever has them. */
function methodOfAny(types: Types, name: string, call: ts.CallExpression, scope: Scope): Type {
  if (/^(?:toString|toISOString|toJSON|toLowerCase|toUpperCase|trim|toFixed|substring|padStart|replace|replaceAll)$/.test(name))
    return text;
  if (/^(?:includes|startsWith|endsWith|some|every|has|test)$/.test(name)) return truth;
  if (/^(?:indexOf|getTime|findIndex)$/.test(name)) return number;
  if (name === 'split') return list(text);
  if (name === 'map') return list(types.callback(call.arguments[0], scope));
  return unknown;
}

function methodOfList(types: Types, owner: Type, name: string, call: ts.CallExpression, scope: Scope): Type {
  const query = owner.kind === 'array' ? chained(types, owner, name) : undefined;
  if (query) return query;
  const element = elementOf(owner);
  if (/^(?:filter|slice|sort|reverse|toSorted|toReversed|splice)$/.test(name)) return list(element);
  if (/^(?:find|findLast|at|pop|shift)$/.test(name)) return nullable(element);
  if (name === 'map') return list(types.callback(call.arguments[0], scope));
  if (name === 'flatMap') {
    const result = types.callback(call.arguments[0], scope);
    const parts = result.kind === 'union' ? result.of : [result];
    return list(union(parts.map((part) => (part.kind === 'array' ? part.of : part))));
  }
  if (name === 'concat') {
    const more = call.arguments.map((item) => types.of(item, scope));
    return list(union([element, ...more.map((item) => (item.kind === 'array' ? item.of : item))]));
  }
  if (name === 'flat') return list(element.kind === 'array' ? element.of : element);
  if (name === 'join') return text;
  if (name === 'reduce' || name === 'reduceRight') {
    if (call.typeArguments?.[0]) return types.ofNode(call.typeArguments[0], scope);
    const start = call.arguments[1] ? types.of(call.arguments[1], scope) : element;
    const isEmpty = start.kind === 'object' && start.members.size === 0 && !start.index;
    if (isEmpty) return gathered(types, call.arguments[0], scope);
    return start.kind === 'array' && start.of.kind === 'unknown' ? types.callback(call.arguments[0], scope) : start;
  }
  if (/^(?:push|unshift|indexOf|findIndex)$/.test(name)) return number;
  if (/^(?:some|every|includes)$/.test(name)) return truth;
  return unknown;
}

function methodOfExternal(types: Types, owner: External, name: string, call: ts.CallExpression, scope: Scope): Type {
  if (owner.module === trpc) return methodOfTrpc(types, owner, name, call, scope);
  if (owner.module === drizzle) return methodOfDrizzle(types, owner, name, call, scope);
  if (isSequelize(owner.module)) return methodOfSequelize(owner, name, call);
  if (isSupabase(owner.module)) return methodOfSupabase(types, owner, name, call, scope);
  if (isSqlDriver(owner.module)) return methodOfDriver(types, owner, name, call, scope);
  if (owner.module === mongoose) return methodOfMongoose(types, owner, name, call, scope);
  if (owner.module === kysely) return methodOfKysely(types, owner, name, call, scope);
  if (owner.module === '' && /^(?:Map|Set)$/.test(owner.name)) {
    const [key = unknown, kept = key] = owner.args;
    if (name === 'get') return nullable(kept);
    if (name === 'entries') return list(elementOf(owner));
    return name === 'values' ? list(kept) : name === 'keys' ? list(key) : methodOfAny(types, name, call, scope);
  }
  if (owner.name === 'Repository') return methodOfRepository(types, owner, name, call, scope);
  if (/QueryBuilder$/.test(owner.name)) return methodOfQuery(owner, name, call);
  if (isPrismaClient(owner)) {
    if (name === '$extends') return owner;
    const [work] = call.arguments;
    if (name !== '$transaction' || !work) return unknown;
    return ts.isArrayLiteralExpression(work) ? tupleOf(types, work, scope) : types.callback(work, scope);
  }
  if (isManager(owner)) return methodOfManager(types, owner, name, call, scope);
  if (name === 'getRepository')
    return repositoryOf(owner.module, call.arguments[0] ? types.of(call.arguments[0], scope) : unknown);
  if (/^Axios/.test(owner.name) && call.typeArguments?.[0]) {
    const data = types.ofNode(call.typeArguments[0], scope);
    return { kind: 'object', members: new Map([['data', { type: () => data, optional: false }]]) };
  }
  return methodOfAny(types, name, call, scope);
}

/** TypeORM's managers of entities, and what has one. */
function isManager({ module, name }: External): boolean {
  return module === 'typeorm' && /^(?:EntityManager|DataSource|Connection|QueryRunner)$/.test(name);
}

/** What TypeORM's managers give, which are told the entity first: `manager.findOne(User, { … })`. */
function methodOfManager(types: Types, owner: External, name: string, call: ts.CallExpression, scope: Scope): Type {
  const [first, second] = call.arguments;
  const of = first ? types.of(first, scope) : unknown;
  if (name === 'getRepository') return repositoryOf(owner.module, of);
  if (name === 'transaction') return types.callback(call.arguments.at(-1), scope);
  if (name === 'save' && of.kind !== 'class') return of;
  const repository = repositoryOf(owner.module, of);
  if (repository.kind !== 'external') return unknown;
  if (name !== 'createQueryBuilder') return methodOfRepository(types, repository, name, call, scope);
  const alias = second && ts.isStringLiteralLike(second) ? second.text : '';
  return { ...repository, name: 'QueryBuilder', joins: { [alias]: '' } };
}

/** TypeORM's repositories. */
function methodOfRepository(types: Types, owner: External, name: string, call: ts.CallExpression, scope: Scope): Type {
  const [plain = unknown] = owner.args;
  const [first] = call.arguments;
  const entity = withLoads(plain, loadsOfFind(call));
  if (/^find(?:By)?$/.test(name)) return list(entity);
  if (/^findOne(?:By)?$/.test(name)) return union([entity, shaped({ type: 'null' })]);
  if (/^findOne(?:By)?OrFail$|^preload$/.test(name)) return entity;
  if (/^(?:save|create|merge|remove|softRemove|recover)$/.test(name)) {
    const given = first ? types.of(first, scope) : unknown;
    if (given.kind === 'array') return list(plain);
    return given.kind === 'declared' ? given : plain;
  }
  if (/^findAndCount(?:By)?$/.test(name)) return { kind: 'tuple', items: [list(entity), number] };
  if (/^count(?:By)?$/.test(name)) return number;
  if (/^exist/.test(name)) return truth;
  if (name !== 'createQueryBuilder') return unknown;
  const alias = first && ts.isStringLiteralLike(first) ? first.text : '';
  return { ...owner, name: 'QueryBuilder', joins: { [alias]: '' } };
}

/** TypeORM's query builders: every link is the builder again, joins remembered, until one gets. */
function methodOfQuery(owner: External, name: string, call: ts.CallExpression): Type {
  const { joins = {} } = owner;
  const paths = Object.values(joins).filter((path) => path !== '');
  const entity = withLoads(owner.args[0] ?? unknown, { paths, hasEager: false });
  if (name === 'getMany') return list(entity);
  if (name === 'getOne') return union([entity, shaped({ type: 'null' })]);
  if (name === 'getOneOrFail') return entity;
  if (name === 'getManyAndCount') return { kind: 'tuple', items: [list(entity), number] };
  if (name === 'getCount') return number;
  if (/^(?:getRaw|execute|stream)/.test(name)) return unknown;
  const [path, alias] = call.arguments;
  if (!/JoinAndSelect$/.test(name) || !path || !alias || !ts.isStringLiteralLike(path) || !ts.isStringLiteralLike(alias))
    return owner;
  const [outer = '', relation = ''] = path.text.split('.');
  const before = joins[outer];
  return before === undefined
    ? owner
    : { ...owner, joins: { ...joins, [alias.text]: before ? `${before}.${relation}` : relation } };
}
