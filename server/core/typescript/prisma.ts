/** What queries of a Prisma client give back: the models of `schema.prisma`, as `select` and `include` choose. */
import ts from 'ts6';
import type { Host } from '../host.ts';
import { type Member, nil, number, present, type Scope, shaped, text, type Type, union, unknown } from './type-model.ts';
import type { Types } from './types.ts';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly isList: boolean;
  readonly isOptional: boolean;
}

/** Models and enums of a schema, by name. */
export interface PrismaSchema {
  readonly models: ReadonlyMap<string, readonly Field[]>;
  readonly enums: ReadonlyMap<string, readonly string[]>;
}

/** Reads the models and enums of the text of a `schema.prisma`. */
export function parsePrisma(source: string): PrismaSchema {
  const models = new Map<string, Field[]>();
  const enums = new Map<string, string[]>();
  const plain = source.replaceAll(/\/\/.*$/gm, '');
  for (const [, kind, name = '', body = ''] of plain.matchAll(/^[ \t]*(model|type|enum)\s+(\w+)\s*\{([^]*?)^[ \t]*\}/gm)) {
    const lines = body.split('\n').map((line) => line.trim());
    if (kind === 'enum') {
      enums.set(
        name,
        lines.flatMap((line) => /^\w+/.exec(line)?.[0] ?? []),
      );
      continue;
    }
    const fields = lines.flatMap((line): Field[] => {
      const match = /^(\w+)\s+(\w+)(\[\])?(\?)?/.exec(line);
      return match ? [{ name: match[1] as string, type: match[2] as string, isList: !!match[3], isOptional: !!match[4] }] : [];
    });
    models.set(name, fields);
  }
  return { models, enums };
}

/** The schema that the client used in a file is generated from. */
export function prismaSchemaFor(host: Host, uri: string): PrismaSchema | undefined {
  for (let folder = uri.replace(/\/[^/]*$/, ''); /^file:\/\/\/./.test(folder); folder = folder.replace(/\/[^/]*$/, '')) {
    for (const place of ['prisma', 'src/prisma', 'db', 'database', '.']) {
      const at = place === '.' ? folder : `${folder}/${place}`;
      const source = host.read(`${at}/schema.prisma`) ?? folderSource(host, `${at}/schema`);
      if (source !== undefined) return parsePrisma(source);
    }
  }
  return undefined;
}

/** A schema may be a folder of files. */
function folderSource(host: Host, folder: string): string | undefined {
  const names = host.list(folder).filter((name) => name.endsWith('.prisma'));
  return names.length > 0 ? names.map((name) => host.read(`${folder}/${name}`) ?? '').join('\n') : undefined;
}

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

/** `prisma.user.findMany(…)`: the delegate's model is the property's name in upper case. */
export function prismaResult(
  types: Types,
  schema: PrismaSchema,
  delegate: string,
  method: string,
  call: ts.CallExpression,
  scope: Scope,
): Type {
  const name = delegate.charAt(0).toUpperCase() + delegate.slice(1);
  if (!schema.models.has(name)) return unknown;
  if (method === 'count') return number;
  if (/^(?:create|update|delete)Many$/.test(method))
    return { kind: 'object', members: new Map([['count', { type: () => number, optional: false }]]) };
  if (!/^(?:find|create|update|upsert|delete)/.test(method)) return unknown;
  const options = call.arguments[0] && types.of(call.arguments[0], scope);
  const model = chosen(types, schema, name, options);
  if (/^findMany$|ManyAndReturn$/.test(method)) return { kind: 'array', of: model };
  return /^find(?:Unique|First)$/.test(method) ? union([model, nil]) : model;
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
    const asked = (select ?? include)?.get(field.name);
    if (select ? !asked : isRelation && !asked) continue;
    if (omit?.has(field.name)) continue;
    members.set(field.name, { type: () => fieldType(types, schema, field, asked), optional: false });
  }
  const counted = (select ?? include)?.get('_count');
  if (counted) {
    const inner = types.membersOf(counted.type())?.get('select')?.type();
    const names = (inner && types.membersOf(inner)) ?? new Map();
    const counts = new Map([...names.keys()].map((key): [string, Member] => [key, { type: () => number, optional: false }]));
    members.set('_count', { type: () => ({ kind: 'object', members: counts }), optional: false });
  }
  return { kind: 'object', members, ...(!select && !include && !omit && { name }) };
}

function fieldType(types: Types, schema: PrismaSchema, field: Field, asked: Member | undefined): Type {
  const values = schema.enums.get(field.type);
  const one = values
    ? shaped({ type: 'string', enum: values })
    : (scalars[field.type] ?? (schema.models.has(field.type) ? chosen(types, schema, field.type, asked?.type()) : unknown));
  if (field.isList) return { kind: 'array', of: one };
  return field.isOptional ? union([one, nil]) : one;
}
