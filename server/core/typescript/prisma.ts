/** What queries of a Prisma client give back: the models of `schema.prisma`, as `select` and `include` choose. */
import ts from 'ts6';
import type { Shape } from '../generate/facts.ts';
import { folderOfPackage } from '../generate/package.ts';
import { uriIn } from '../uri.ts';
import type { PrismaField, PrismaSchema } from './prisma-schema.ts';
import {
  type External,
  type Member,
  nil,
  number,
  present,
  type Scope,
  shaped,
  text,
  type Type,
  union,
  unknown,
} from './type-model.ts';
import type { Types } from './types.ts';
import { strip } from './values.ts';

const scalars: Readonly<Record<string, Type>> = {
  String: text,
  Int: shaped({ type: 'integer' }),
  BigInt: shaped({ type: 'integer' }),
  Float: number,
  // Written as text, to keep its digits.
  Decimal: text,
  Boolean: shaped({ type: 'boolean' }),
  DateTime: shaped({ type: 'string', format: 'date-time' }),
  Bytes: text,
  Json: unknown,
};

/** Is a value of a package a client of Prisma, or the client of a transaction? */
export function isPrismaClient({ name }: External): boolean {
  return name === 'PrismaClient' || name === 'Prisma.TransactionClient';
}

/** The values of an enum of the schema: `Role`, `$Enums.Role`. */
export function prismaEnum(types: Types, member: string, from: string | undefined): Shape | undefined {
  const values = types.values.prisma(from ?? '')?.enums.get(member.replace(/^(?:\$Enums|Prisma)\./, ''));
  return values && { type: 'string', enum: values };
}

/** A type of the generated client: a model, an enum, `Prisma.UserGetPayload<{ include: … }>`. */
export function prismaType(types: Types, name: string, args: readonly Type[], from: string | undefined): Type | undefined {
  const schema = types.values.prisma(from ?? '');
  if (!schema) return undefined;
  const values = prismaEnum(types, name, from);
  if (values) return shaped(values);
  const payload = /^(?:Prisma\.)?(\w+)GetPayload$/.exec(name)?.[1];
  if (payload && schema.models.has(payload)) return chosen(types, schema, payload, args[0]);
  return schema.models.has(name) ? chosen(types, schema, name, undefined) : undefined;
}

/** `prisma.user.findMany(…)`: the model that begins like the property, in upper case or, in a schema made from tables, in lower. */
export function prismaResult(
  types: Types,
  delegate: Type & { kind: 'delegate' },
  method: string,
  call: ts.CallExpression,
  scope: Scope,
): Type {
  const { schema, name } = modelOf(types, delegate, call);
  if (!schema || name === undefined) return unknown;
  if (method === 'count') return number;
  if (/^(?:create|update|delete)Many$/.test(method))
    return { kind: 'object', members: new Map([['count', { type: () => number, optional: false }]]) };
  if (!/^(?:find|create|update|upsert|delete)/.test(method)) return unknown;
  const options = call.arguments[0] && types.of(call.arguments[0], scope);
  const model = chosen(types, schema, name, options);
  if (/^findMany$|ManyAndReturn$/.test(method)) return { kind: 'array', of: model };
  return /^find(?:Unique|First)$/.test(method) ? union([model, nil]) : model;
}

function modelOf(types: Types, delegate: Type & { kind: 'delegate' }, at: ts.Node): { schema?: PrismaSchema; name?: string } {
  const schema = types.values.prisma(delegate.from ?? at.getSourceFile().fileName);
  const capital = delegate.model.charAt(0).toUpperCase() + delegate.model.slice(1);
  return { schema, name: [capital, delegate.model].find((one) => schema?.models.has(one)) };
}

/**
 * What a query of a model that writes is given, `create({ data })`, `upsert({ create, update })`: what its columns take but for
 * those that are filled without it. Undefined for queries that write nothing.
 */
export function prismaInput(types: Types, delegate: Type & { kind: 'delegate' }, method: string, at: ts.Node): Type | undefined {
  const { schema, name } = modelOf(types, delegate, at);
  if (!schema || name === undefined || !/^(?:create|update|upsert)/.test(method)) return undefined;
  const input = (isNew: boolean): Type => ({
    kind: 'object',
    members: new Map(
      (schema.models.get(name) ?? [])
        .filter((field) => !field.isMade && !schema.models.has(field.type))
        .map((field): [string, Member] => {
          const type = () => (field.type === 'Decimal' ? number : fieldType(types, schema, field, undefined));
          return [field.name, { type, optional: !isNew || field.hasDefault || field.isOptional || field.isList }];
        }),
    ),
  });
  const given: [string, Type][] =
    method === 'upsert'
      ? [
          ['create', input(true)],
          ['update', input(false)],
        ]
      : [['data', /^createMany/.test(method) ? { kind: 'array', of: input(true) } : input(method === 'create')]];
  return {
    kind: 'object',
    members: new Map(given.map(([key, type]): [string, Member] => [key, { type: () => type, optional: false }])),
  };
}

/** A model as `{ select, include, omit }` choose: without them all its scalars, and none of its relations. */
function chosen(types: Types, schema: PrismaSchema, name: string, options: Type | undefined): Type {
  const fields = schema.models.get(name) ?? [];
  const given = options && types.membersOf(present(options));
  const choice = (key: string) => {
    const member = given?.get(key);
    return member && types.membersOf(present(member.type()));
  };
  const [select, include, omit] = [choice('select'), choice('include'), choice('omit')];
  const members = new Map<string, Member>();
  for (const field of fields) {
    const isRelation = schema.models.has(field.type);
    const asked = wanted((select ?? include)?.get(field.name));
    if (select ? !asked : isRelation && !asked) continue;
    if (wanted(omit?.get(field.name))) continue;
    members.set(field.name, { type: () => fieldType(types, schema, field, asked), optional: false });
  }
  const counted = wanted((select ?? include)?.get('_count'));
  if (counted) {
    const inner = types.membersOf(counted.type())?.get('select')?.type();
    const names = (inner && types.membersOf(inner)) ?? new Map();
    const counts = new Map([...names.keys()].map((key): [string, Member] => [key, { type: () => number, optional: false }]));
    members.set('_count', { type: () => ({ kind: 'object', members: counts }), optional: false });
  }
  return { kind: 'object', members, ...(!select && !include && !omit && { name }) };
}

/** `{ email: false }` asks for nothing. */
function wanted(member: Member | undefined): Member | undefined {
  const node = member?.node;
  const value = node && ts.isPropertyAssignment(node) ? strip(node.initializer) : undefined;
  return value?.kind === ts.SyntaxKind.FalseKeyword ? undefined : member;
}

function fieldType(types: Types, schema: PrismaSchema, field: PrismaField, asked: Member | undefined): Type {
  const values = schema.enums.get(field.type);
  const json = field.json && schema.jsonTypes ? jsonType(types, schema, field.json) : undefined;
  const one = values
    ? shaped({ type: 'string', enum: values })
    : (json ??
      scalars[field.type] ??
      (schema.models.has(field.type) ? chosen(types, schema, field.type, asked?.type()) : unknown));
  if (field.isList) return { kind: 'array', of: one };
  return field.isOptional ? union([one, nil]) : one;
}

/** What a global namespace of the schema's package declares that the JSON of a column is. */
function jsonType(types: Types, schema: PrismaSchema, name: string): Type | undefined {
  const files = namespaces.get(schema) ?? filesOfNamespace(types, schema);
  namespaces.set(schema, files);
  for (const uri of files) {
    const declared = declaredIn(types.values.file(uri), schema.jsonTypes ?? '', name);
    if (declared && ts.isTypeAliasDeclaration(declared)) return types.ofNode(declared.type);
    if (declared) return { kind: 'declared', node: declared, scope: types.root, args: [] };
  }
  return undefined;
}

const namespaces = new WeakMap<PrismaSchema, readonly string[]>();

function filesOfNamespace(types: Types, { folder, jsonTypes }: PrismaSchema): string[] {
  const { host } = types.values;
  const root = folderOfPackage(uriIn(folder, 'schema.prisma'), host) ?? '';
  const places = new Set([folder, root, ...['src', 'types', 'src/types', 'prisma'].map((one) => `${root}/${one}`)]);
  const files = [...places].flatMap((place) => (root === '' ? [] : host.list(place).map((name) => uriIn(place, name))));
  return files.filter((uri) => /\.[cm]?ts$/.test(uri) && host.read(uri)?.includes(`namespace ${jsonTypes}`));
}

function declaredIn(
  node: ts.Node | undefined,
  namespace: string,
  name: string,
): ts.TypeAliasDeclaration | ts.InterfaceDeclaration | undefined {
  if (!node) return undefined;
  if ((ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) && node.name.text === name) {
    const owner = ts.findAncestor(node, ts.isModuleDeclaration);
    return owner?.name.text === namespace ? node : undefined;
  }
  const isWithin = ts.isSourceFile(node) || ts.isModuleDeclaration(node) || ts.isModuleBlock(node);
  return isWithin ? ts.forEachChild(node, (child) => declaredIn(child, namespace, name)) : undefined;
}
