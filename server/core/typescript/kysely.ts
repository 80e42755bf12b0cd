/** What queries of Kysely give back: of the tables that the type of the database names, the columns that a query chooses. */
import ts from 'ts6';
import {
  type External,
  type Member,
  type Members,
  nil,
  nothing,
  number,
  type Scope,
  type Type,
  union,
  unknown,
} from './type-model.ts';
import type { Types } from './types.ts';
import { resultsOf, strip } from './values.ts';

export const kysely = 'kysely';

const value = (name: string, ...args: Type[]): External => ({ kind: 'external', module: kysely, name, args });

/** What Kysely's own types of columns and rows are when they are read. */
export function typeOfKysely(types: Types, name: string, first: Type): Type | undefined {
  if (name === 'Updateable') return types.withOptional(first, true);
  return /^(?:Generated|GeneratedAlways|ColumnType|JSONColumnType|Selectable|Insertable)$/.test(name) ? first : undefined;
}

/** What a method of a database or of a query gives; a query knows its tables by their aliases, and the row it chose. */
export function methodOfKysely(types: Types, owner: External, name: string, call: ts.CallExpression, scope: Scope): Type {
  const [database = unknown, tables = unknown, row = unknown] = owner.args;
  const [first] = call.arguments;
  if (owner.name === 'TransactionBuilder') return name === 'execute' ? types.callback(first, scope) : owner;
  if (/^(?:Kysely|Transaction)$/.test(owner.name)) {
    if (/^(?:selectFrom|insertInto|updateTable|deleteFrom|replaceInto)$/.test(name))
      return value('Query', database, withTables(types, database, unknown, first, false), unknown);
    return /^(?:transaction|connection)$/.test(name) ? value('TransactionBuilder', database) : owner;
  }
  if (owner.name !== 'Query') return unknown;
  if (/^(?:inner|left|right|full|cross)Join(?:Lateral)?$/.test(name))
    return value('Query', database, withTables(types, database, tables, first, /^(?:left|full)/.test(name)), row);
  if (/^(?:selectAll|returningAll)$/.test(name))
    return value('Query', database, tables, joined(row, allOf(types, tables, first)));
  if (/^(?:select|returning)$/.test(name)) {
    const chosen = new Map(textsIn(first).flatMap((one) => chosenBy(types, tables, one, scope)));
    return value('Query', database, tables, joined(row, chosen));
  }
  if (name === 'execute') return row.kind === 'unknown' ? unknown : { kind: 'array', of: row };
  if (name === 'executeTakeFirst') return row.kind === 'unknown' ? unknown : union([row, nothing]);
  if (name === 'executeTakeFirstOrThrow') return row;
  return /^(?:\$if|\$call|\$castTo|compile|stream|then|as)$/.test(name) ? unknown : owner;
}

/** What Kysely gives a callback: `select((eb) => …)`, `transaction().execute(async (trx) => …)`. */
export function givenByKysely({ name, args: [database = unknown] }: External, method: string): Type {
  const isBuilder = name === 'Query' && /^(?:select|returning)$/.test(method);
  return isBuilder || (name === 'TransactionBuilder' && method === 'execute') ? value('Kysely', database) : unknown;
}

/** Tables by their aliases with those that a query takes in, `'person as p'`; one that may be missing has nothing in its columns. */
function withTables(types: Types, database: Type, before: Type, node: ts.Expression | undefined, isLoose: boolean): Type {
  const members = new Map(types.membersOf(before) ?? []);
  for (const one of textsIn(node)) {
    const [, name = '', alias] = (ts.isStringLiteralLike(one) && /^([\w.]+)(?:\s+as\s+(\w+))?$/i.exec(one.text)) || [];
    const table = types.property(database, name);
    const columns = types.membersOf(table);
    const loose = () =>
      new Map([...(columns ?? [])].map(([key, one]) => [key, { ...one, type: () => union([one.type(), nil]) }]));
    const type = (): Type => (isLoose && columns ? { kind: 'object', members: loose() } : table);
    if (name) members.set(alias ?? (name.split('.').at(-1) as string), { type, optional: false });
  }
  return { kind: 'object', members };
}

/** All columns of the tables, or of those that are named. */
function allOf(types: Types, tables: Type, node: ts.Expression | undefined): Members {
  const named = textsIn(node).flatMap((one) => (ts.isStringLiteralLike(one) ? [one.text] : []));
  const taken = [...(types.membersOf(tables) ?? [])].filter(([alias]) => named.length === 0 || named.includes(alias));
  return new Map(taken.flatMap(([, table]) => [...(types.membersOf(table.type()) ?? [])]));
}

/** The names that one choice gives a row: `'p.first_name as name'`, `jsonArrayFrom(…).as('pets')`. */
function chosenBy(types: Types, tables: Type, node: ts.Expression, scope: Scope): [string, Member][] {
  if (!ts.isStringLiteralLike(node)) {
    const callee = ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) ? node.expression : undefined;
    const [name] = callee?.name.text === 'as' && ts.isCallExpression(node) ? node.arguments : [];
    if (!callee || !name || !ts.isStringLiteralLike(name)) return [];
    return [[name.text, { type: () => typeOfExpression(types, callee.expression, scope), optional: false }]];
  }
  const [, owner, column = '', alias] = /^(?:([\w.]+)\.)?(\w+)(?:\s+as\s+(\w+))?$/i.exec(node.text) ?? [];
  const all = [...(types.membersOf(tables) ?? [])].filter(([name]) => owner === undefined || name === owner.split('.').at(-1));
  const found = all.flatMap(([, table]) => types.membersOf(table.type())?.get(column) ?? []);
  const member = found[0] ?? { type: () => unknown, optional: false };
  return column ? [[alias ?? column, member]] : [];
}

/** What an expression with an alias is: `sql<string>…`, `eb.fn.count('id')`, rows as JSON. */
function typeOfExpression(types: Types, node: ts.Expression, scope: Scope): Type {
  const bare = strip(node);
  const [stated] = (ts.isTaggedTemplateExpression(bare) || ts.isCallExpression(bare) ? bare.typeArguments : undefined) ?? [];
  if (stated) return types.ofNode(stated, scope);
  if (!ts.isCallExpression(bare)) return unknown;
  const text = bare.expression.getText();
  if (/\.(?:count|countAll|sum|avg)$/.test(text)) return number;
  const inner = bare.arguments[0] ? types.of(bare.arguments[0], scope) : unknown;
  const row = (inner.kind === 'external' && inner.module === kysely && inner.args[2]) || unknown;
  if (row.kind === 'unknown') return unknown;
  if (/^jsonArrayFrom$/.test(text)) return { kind: 'array', of: row };
  return /^jsonObjectFrom$/.test(text) ? union([row, nil]) : unknown;
}

function joined(row: Type, chosen: Members): Type {
  const before = row.kind === 'object' ? [...row.members] : [];
  return before.length + chosen.size === 0 ? unknown : { kind: 'object', members: new Map([...before, ...chosen]) };
}

/** The choices of an argument: one, a list, or the list that a callback gives. */
function textsIn(node: ts.Expression | undefined): readonly ts.Expression[] {
  const bare = node && strip(node);
  if (!bare) return [];
  if (ts.isArrayLiteralExpression(bare)) return bare.elements.map(strip);
  if (ts.isArrowFunction(bare) || ts.isFunctionExpression(bare)) return resultsOf(bare.body).flatMap(textsIn);
  return [bare];
}
