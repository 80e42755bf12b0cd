/** What queries written in SQL give back through drivers: rows with the columns that the text names. */
import ts from 'ts6';
import { statementsOf, type Token } from '../sql/statements.ts';
import { type External, type Member, nothing, number, type Scope, type Type, union, unknown } from './type-model.ts';
import type { Types } from './types.ts';
import { propertyIn, strip } from './values.ts';

/** Drivers by package; `rows`: what a query gives holds them by that name, `pair`: first of two, `list`: they are what it gives. */
const drivers: Readonly<Record<string, 'rows' | 'pair' | 'list' | 'statement'>> = {
  pg: 'rows',
  '@neondatabase/serverless': 'rows',
  '@vercel/postgres': 'rows',
  mysql2: 'pair',
  postgres: 'list',
  'better-sqlite3': 'statement',
  'node:sqlite': 'statement',
  'bun:sqlite': 'statement',
};

const driverOf = (module: string) => (/^mysql2(?:\/|$)/.test(module) ? 'mysql2' : module);

export function isSqlDriver(module: string): boolean {
  return Object.hasOwn(drivers, driverOf(module));
}

/** What a driver's function makes: `postgres(url)`, `mysql.createPool(options)`. */
export function callOfDriver(module: string, member: string): Type {
  const isMaker =
    /(?:^|\.)(?:createPool|createConnection)$/.test(member) || (module === 'postgres' && /^(?:default|\*)$/.test(member));
  return isMaker ? { kind: 'external', module, name: 'Connection', args: [] } : unknown;
}

/** What methods of pools, clients and statements give. */
export function methodOfDriver(types: Types, owner: External, name: string, call: ts.CallExpression, scope: Scope): Type {
  const { module } = owner;
  const way = drivers[driverOf(module)];
  const [row = unknown] = owner.args;
  if (owner.name === 'Statement') {
    if (name === 'all') return { kind: 'array', of: row };
    if (name === 'get') return union([row, nothing]);
    return name === 'bind' ? owner : unknown;
  }
  if (/^(?:connect|getConnection|promise)$/.test(name)) return { kind: 'external', module, name: 'Connection', args: [] };
  if (name === 'begin' || name === 'transaction') return types.callback(call.arguments.at(-1), scope);
  const [first] = call.arguments;
  const stated = call.typeArguments?.[0];
  const made = stated ? types.ofNode(stated, scope) : rowOf(types, first, module);
  if (way === 'statement')
    return name === 'prepare' || (name === 'query' && module === 'bun:sqlite')
      ? { kind: 'external', module, name: 'Statement', args: [made] }
      : unknown;
  if (way === 'list') return name === 'unsafe' ? { kind: 'array', of: made } : unknown;
  if (!/^(?:query|execute)$/.test(name)) return unknown;
  // `query<RowDataPacket[]>` of mysql2 says what all rows are.
  if (way === 'pair') return { kind: 'tuple', items: [stated ? made : { kind: 'array', of: made }, unknown] };
  const member = (type: Type): Member => ({ type: () => type, optional: false });
  return {
    kind: 'object',
    members: new Map([
      ['rows', member({ kind: 'array', of: made })],
      ['rowCount', member(number)],
    ]),
  };
}

/** What a tagged template gives: `` await sql`select id from users` ``. */
export function taggedBy(types: Types, owner: External, node: ts.TaggedTemplateExpression): Type {
  const way = drivers[driverOf(owner.module)];
  if (way !== 'list' || owner.name !== 'Connection') return unknown;
  const stated = node.typeArguments?.[0];
  return stated ? types.ofNode(stated) : { kind: 'array', of: rowOf(types, node.template, owner.module) };
}

/** A row of a query whose columns are all named; unknown otherwise. */
function rowOf(types: Types, node: ts.Expression | undefined, module: string): Type {
  const bare = node && strip(node);
  const text = bare && ts.isObjectLiteralExpression(bare) ? propertyIn(bare, 'text') : bare;
  const value = text && types.values.of(text, types.values.root);
  const hole = 'unknown$';
  const sql =
    value?.kind === 'text'
      ? value.text
      : value?.kind === 'pattern'
        ? value.parts.map((part) => (typeof part === 'string' ? part : ` ${hole} `)).join('')
        : undefined;
  const columns =
    sql === undefined ? undefined : columnsOf(sql, driverOf(module) !== 'better-sqlite3' && driverOf(module) !== 'mysql2');
  if (!columns || columns.length === 0 || columns.includes(hole)) return unknown;
  const members = columns.map((name): [string, Member] => [name, { type: () => unknown, optional: false }]);
  return { kind: 'object', members: new Map(members) };
}

/**
 * The names of what a statement gives, `SELECT id, name AS title FROM …`, `… RETURNING id`; undefined where one has none that is
 * seen, as `*`. PostgreSQL writes names in lower case, and calls what a function gives after it.
 */
export function columnsOf(sql: string, isPostgres: boolean): string[] | undefined {
  const [statement] = statementsOf(sql);
  const outer = outermost(statement?.tokens ?? []);
  const at = outer.findIndex(({ text, kind }) => kind === 'word' && text === 'returning');
  const start = at >= 0 ? at : outer.findIndex(({ text, kind }) => kind === 'word' && text === 'select');
  const first = outer[0]?.text;
  if (start < 0 || (at < 0 && first !== 'select' && first !== 'with')) return undefined;
  const end = outer.findIndex(({ text, kind }, index) => index > start && kind === 'word' && ends.has(text));
  const items: Token[][] = [[]];
  for (const token of outer.slice(start + 1, end < 0 ? undefined : end)) {
    if (token.kind === 'sign' && token.text === ',') items.push([]);
    else items.at(-1)?.push(token);
  }
  if (/^(?:distinct|all)$/.test(items[0]?.[0]?.text ?? '')) items[0]?.shift();
  const names = items.map((item) => nameOf(item, sql, isPostgres));
  return names.every((name) => name !== undefined) ? names : undefined;
}

const ends = new Set(['from', 'where', 'group', 'having', 'union', 'intersect', 'except', 'order', 'limit', 'offset', 'into']);

/** The tokens outside of parentheses; what was inside is one sign, `()`. */
function outermost(tokens: readonly Token[]): Token[] {
  const found: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    const isSign = token.kind === 'sign';
    if (isSign && token.text === '(' && depth++ === 0) found.push({ ...token, text: '()' });
    if (depth === 0) found.push(token);
    if (isSign && token.text === ')') depth--;
  }
  return found;
}

function nameOf(item: readonly Token[], sql: string, isPostgres: boolean): string | undefined {
  const written = (token: Token | undefined) => {
    if (token?.kind !== 'word') return token?.kind === 'name' ? token.text : undefined;
    return isPostgres ? token.text : sql.slice(token.start, token.end);
  };
  const last = item.at(-1);
  const before = item.at(-2);
  if (before?.kind === 'word' && before.text === 'as') return written(last);
  // `total::int` is still called `total`.
  const cast = item.findIndex(({ text }, index) => text === ':' && item[index + 1]?.text === ':');
  if (cast > 0) return isPostgres ? nameOf(item.slice(0, cast), sql, isPostgres) : undefined;
  const isPath = item.every((token, index) => (index % 2 === 0 ? written(token) !== undefined : token.text === '.'));
  if (isPath) return written(last);
  // `count(*) posts`
  if (written(last) !== undefined && before?.text === '()' && last?.text !== 'end') return written(last);
  const isCall = item.length === 2 && last?.text === '()' && item[0]?.kind === 'word';
  return isCall && isPostgres ? written(item[0]) : undefined;
}
