/** What queries of Supabase's client give back: the rows that a generated `Database` type has, or the columns a query names. */
import ts from 'ts6';
import { type External, type Member, nil, number, type Scope, type Type, union, unknown } from './type-model.ts';
import type { Types } from './types.ts';

/** Is this a module of Supabase's client, or of a package that makes one? */
export function isSupabase(module: string): boolean {
  return /^@supabase\/(?:supabase-js|ssr|auth-helpers-nextjs|postgrest-js)$/.test(module);
}

const supabase = '@supabase/supabase-js';

const value = (name: string, ...args: Type[]): External => ({ kind: 'external', module: supabase, name, args });

/** What a call of a function of these packages gives: `createClient<Database>(…)`. */
export function callOfSupabase(types: Types, member: string, call: ts.CallExpression, scope: Scope): Type {
  const [database] = call.typeArguments ?? [];
  if (!/^create\w*Client$/.test(member)) return unknown;
  return value('SupabaseClient', database ? types.ofNode(database, scope) : unknown);
}

/** What a method of a client or of a query gives; a query is its answer. */
export function methodOfSupabase(types: Types, owner: External, name: string, call: ts.CallExpression, scope: Scope): Type {
  const [database = unknown, table = unknown, row = unknown] = owner.args;
  const [first] = call.arguments;
  if (owner.name === 'SupabaseClient') {
    const named = first && types.values.text(first, types.values.root);
    return name === 'from' ? value('Query', database, tableOf(types, database, named), nil) : unknown;
  }
  if (!/^(?:Query|Row|Optional)$/.test(owner.name)) return unknown;
  if (name === 'select') {
    const columns = first && types.values.text(first, types.values.root);
    const isWhole = first === undefined || columns === '*';
    return value('Query', database, table, isWhole ? rowOf(types, table) : chosen(types, database, table, columns));
  }
  if (/^(?:insert|update|upsert|delete)$/.test(name)) return value('Query', database, table, nil);
  if (name === 'single') return value('Row', database, table, row);
  if (name === 'maybeSingle') return value('Optional', database, table, row);
  const said = /^(?:returns|overrideTypes)$/.test(name) ? call.typeArguments?.[0] : undefined;
  if (said) return value('Row', database, table, types.ofNode(said, scope));
  return /^(?:then|csv|explain|geojson)$/.test(name) ? unknown : owner;
}

/** What the answer of a query holds: `data`, after its `error` was looked at, and `count`. */
export function propertyOfSupabase({ name, args }: External, key: string): Type {
  const [, , row = unknown] = args;
  if (name === 'SupabaseClient') return unknown;
  if (key === 'count') return union([number, nil]);
  if (key !== 'data' || row === nil) return key === 'data' ? nil : unknown;
  if (name === 'Row') return row;
  if (name === 'Optional') return union([row, nil]);
  return row.kind === 'unknown' ? unknown : { kind: 'array', of: row };
}

/** A table or view of the public schema, by its name. */
function tableOf(types: Types, database: Type, name: string | undefined): Type {
  const schema = types.property(database, 'public');
  const of = (kind: string) => (name === undefined ? unknown : types.property(types.property(schema, kind), name));
  const table = of('Tables');
  return table.kind === 'unknown' ? of('Views') : table;
}

const rowOf = (types: Types, table: Type): Type => types.property(table, 'Row');

/** The columns a query names, `id, author:users(name)`: of a table that no type describes, their names are what is known. */
function chosen(types: Types, database: Type, table: Type, columns: string | undefined): Type {
  const row = rowOf(types, table);
  const members = new Map<string, Member>();
  for (const part of columns === undefined ? [] : partsOf(columns)) {
    const [, alias, name, inner] = /^(?:(\w+)\s*:)?\s*(\w+|\*)(?:![\w!]+)?(?:::\w+)?\s*(?:\(([\s\S]*)\))?$/.exec(part) ?? [];
    if (name === undefined) return unknown;
    if (name === '*') {
      const all = types.membersOf(row);
      if (!all) return unknown;
      for (const [key, member] of all) members.set(key, member);
      continue;
    }
    const read = () => (inner === undefined ? types.property(row, name) : related(types, database, table, name, inner));
    members.set(alias ?? name, { type: read, optional: false });
  }
  return members.size > 0 ? { kind: 'object', members } : unknown;
}

/** Rows of another table: one where this table refers to it, many where that refers to this. */
function related(types: Types, database: Type, table: Type, name: string, columns: string): Type {
  const other = tableOf(types, database, name);
  const links = types.property(table, 'Relationships');
  if (other.kind === 'unknown' || links.kind !== 'tuple') return unknown;
  const of = columns.trim() === '*' ? rowOf(types, other) : chosen(types, database, other, columns);
  const isReferred = links.items.some((link) => {
    const to = types.property(link, 'referencedRelation');
    return to.kind === 'shape' && to.shape.enum?.[0] === name;
  });
  return isReferred ? union([of, nil]) : { kind: 'array', of };
}

/** The parts between commas that no bracket encloses. */
function partsOf(columns: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const one of columns) {
    depth += one === '(' ? 1 : one === ')' ? -1 : 0;
    if (one === ',' && depth === 0) parts.push('');
    else parts.push(parts.pop() + one);
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
