/** What queries of Drizzle give back: the columns of the tables that the code declares, as the query chooses. */
import ts from 'ts6';
import type { Shape } from '../generate/facts.ts';
import {
  date,
  type External,
  type Member,
  nil,
  nothing,
  number,
  present,
  type Scope,
  shaped,
  text,
  truth,
  type Type,
  union,
  unknown,
} from './type-model.ts';
import type { Types } from './types.ts';
import { nameText, propertyIn, resultsOf, strip } from './values.ts';

/** The module of every value of Drizzle, whichever database it is for. */
export const drizzle = 'drizzle-orm';

/** Is this a module of Drizzle? */
export function isDrizzle(module: string): boolean {
  return module === drizzle || module.startsWith(`${drizzle}/`);
}

const value = (name: string, ...args: Type[]): External => ({ kind: 'external', module: drizzle, name, args });
const integer = shaped({ type: 'integer' });

/** The types of columns by the functions that make them; of others nothing is known. */
const columns: Readonly<Record<string, Type>> = {
  ...Object.fromEntries(
    ['text', 'varchar', 'char', 'citext', 'tinytext', 'mediumtext', 'longtext', 'inet', 'cidr', 'macaddr'].map((name) => [
      name,
      text,
    ]),
  ),
  // Written as text, to keep their digits.
  ...Object.fromEntries(['numeric', 'decimal', 'time', 'interval'].map((name) => [name, text])),
  ...Object.fromEntries(
    ['integer', 'int', 'smallint', 'tinyint', 'mediumint', 'serial', 'smallserial', 'year'].map((name) => [name, integer]),
  ),
  ...Object.fromEntries(['real', 'doublePrecision', 'double', 'float'].map((name) => [name, number])),
  boolean: truth,
  timestamp: date,
  datetime: date,
  date: shaped({ type: 'string', format: 'date' }),
  uuid: shaped({ type: 'string', format: 'uuid' }),
};

/** What a call of a function of Drizzle gives: a table, a column, an enum, a database. */
export function callOfDrizzle(types: Types, member: string, call: ts.CallExpression, scope: Scope): Type {
  const [first, second] = call.arguments;
  if (/^(?:pg|mysql|sqlite|singlestore)Table$/.test(member)) return tableOf(types, call, scope);
  // `pgSchema('shop').table(…)`, `pgTableCreator((name) => `shop_${name}`)('users', …)`
  if (/^(?:pg|mysql|singlestore)Schema$/.test(member)) return value('Schema');
  if (/^(?:pg|mysql|sqlite|singlestore)TableCreator$/.test(member)) return value('TableCreator');
  if (member === 'relations')
    return first ? value('Relations', types.of(first, scope), relatedOf(types, second, scope)) : unknown;
  if (/^(?:pg|mysql|singlestore)Enum$/.test(member)) return value('Enum', enumOf(second));
  if (member === 'drizzle') {
    const options = [second, first].find((one) => one && propertyIn(one, 'schema'));
    const schema = options && types.property(types.of(options, scope), 'schema');
    return value('Database', schema ?? unknown);
  }
  return columnOf(member, call);
}

/** The table that a call declares: its columns written out, or given by a function that is given what makes them. */
function tableOf(types: Types, call: ts.CallExpression, scope: Scope): Type {
  const [first, second] = call.arguments;
  const given = second ? types.of(second, scope) : unknown;
  const fields = given.kind === 'function' ? columnsBy(types, given) : given;
  const name = first && ts.isStringLiteralLike(first) ? shaped({ type: 'string', enum: [first.text] }) : unknown;
  return second ? value('Table', rowOf(types, fields, true), insertedOf(types, fields), name) : unknown;
}

/** `(t) => ({ id: t.serial() })`: the makers of columns are what the package exports. */
function columnsBy(types: Types, maker: Type & { kind: 'function' }): Type {
  const [parameter] = maker.node.parameters;
  const makers: Type = { kind: 'package', module: drizzle, member: '*' };
  const scope = parameter ? types.scope(new Map<ts.Node, Type>([[parameter, makers]]), maker.scope) : maker.scope;
  return types.result({ ...maker, scope });
}

/** What a function says a table's rows are related to: `({ one, many }) => ({ posts: many(posts), team: one(teams, …) })`. */
function relatedOf(types: Types, node: ts.Expression | undefined, scope: Scope): Type {
  const [result] = node && (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) ? resultsOf(node.body) : [];
  const literal = result && strip(result);
  const members = new Map<string, Member>();
  for (const property of literal && ts.isObjectLiteralExpression(literal) ? literal.properties : []) {
    const call = ts.isPropertyAssignment(property) ? strip(property.initializer) : undefined;
    const name = nameText(property.name);
    const table = call && ts.isCallExpression(call) ? call.arguments[0] : undefined;
    if (!call || !ts.isCallExpression(call) || !table || name === undefined) continue;
    const isMany = /(?:^|\.)many$/.test(call.expression.getText());
    const read = (): Type => (isMany ? { kind: 'array', of: types.of(table, scope) } : types.of(table, scope));
    members.set(name, { type: read, optional: false });
  }
  return { kind: 'object', members };
}

/** What calling a value of Drizzle gives: an enum is called for a column of it, a creator of tables for one. */
export function calledOfDrizzle(types: Types, { name, args }: External, call: ts.CallExpression, scope: Scope): Type {
  if (name === 'TableCreator') return tableOf(types, call, scope);
  return name === 'Enum' ? value('Column', union([args[0] ?? unknown, nil])) : unknown;
}

function columnOf(member: string, call: ts.CallExpression): Type {
  const options = call.arguments.find((one) => ts.isObjectLiteralExpression(one));
  const mode = options && propertyIn(options, 'mode');
  const kind = mode && ts.isStringLiteralLike(mode) ? mode.text : undefined;
  const choices = options && propertyIn(options, 'enum');
  const plain = choices ? enumOf(choices) : (modes[`${member} ${kind}`] ?? columns[member] ?? unknown);
  return /serial/i.test(member) ? value('Column', plain, truth) : value('Column', union([plain, nil]));
}

/** Columns whose options say what their values are in code. */
const modes: Readonly<Record<string, Type>> = {
  'integer boolean': truth,
  'integer timestamp': date,
  'integer timestamp_ms': date,
  'timestamp string': text,
  'datetime string': text,
  'date date': date,
  'bigint number': integer,
  'bigserial number': integer,
};

function enumOf(node: ts.Expression | undefined): Type {
  const bare = node && strip(node);
  const items = bare && ts.isArrayLiteralExpression(bare) ? bare.elements : [];
  const texts = items.flatMap((item) => (ts.isStringLiteralLike(item) ? [item.text] : []));
  return texts.length > 0 && texts.length === items.length ? shaped({ type: 'string', enum: texts }) : text;
}

/** What a row has of columns: `{ id: users.id, total: count() }`. */
function rowOf(types: Types, fields: Type, isWhole = false): Type {
  const members = [...(types.membersOf(fields) ?? [])].map(([name, member]): [string, Member] => {
    const read = () => {
      const type = member.type();
      return type.kind === 'external' && type.name === 'Column' ? (type.args[0] ?? unknown) : inner(types, type);
    };
    return [name, { type: read, optional: false }];
  });
  return { kind: 'object', members: new Map(members), isWhole };
}

/** Methods of columns that give a value where an insert gives none. */
const fills =
  /^(?:default|defaultNow|defaultRandom|\$default|\$defaultFn|\$onUpdate|\$onUpdateFn|autoincrement|generatedAlwaysAs\w*|generatedByDefault\w*)$/;

/** What an insert gives a table: what may be null or has a default may be left out. */
function insertedOf(types: Types, fields: Type): Type {
  const members = [...(types.membersOf(fields) ?? [])].map(([name, member]): [string, Member] => {
    const column = member.type();
    const [type = unknown, isFilled] = column.kind === 'external' && column.name === 'Column' ? column.args : [];
    return [name, { type: () => type, optional: isFilled !== undefined || present(type) !== type }];
  });
  return { kind: 'object', members: new Map(members) };
}

/** `createSelectSchema(users, { email: z.email() })` of drizzle-zod and its like: the schema of a table's rows. */
export function schemaOfTable(types: Types, member: string, call: ts.CallExpression, scope: Scope): Type {
  const [, kind] = /^create(Select|Insert|Update)Schema$/.exec(member) ?? [];
  const [first, second] = call.arguments;
  const table = kind && first ? types.of(first, scope) : unknown;
  if (!kind || table.kind !== 'external' || table.name !== 'Table') return unknown;
  const rows = (kind === 'Select' ? table.args[0] : table.args[1]) ?? unknown;
  const stated = second ? types.membersOf(types.of(second, scope)) : undefined;
  const properties: Record<string, Shape> = {};
  const required: string[] = [];
  for (const [name, { type, optional }] of types.membersOf(rows) ?? []) {
    const own = stated?.get(name)?.type();
    properties[name] = own?.kind === 'schema' ? own.shape : shapeOfColumn(type());
    if (!optional && kind !== 'Update') required.push(name);
  }
  return { kind: 'schema', shape: { type: 'object', properties, ...(required.length > 0 && { required }) } };
}

function shapeOfColumn(type: Type): Shape {
  if (type.kind === 'shape') return type.shape;
  if (type.kind === 'array') return { type: 'array', items: shapeOfColumn(type.of) };
  const one = present(type);
  return type.kind === 'union' && one !== type && one.kind !== 'union' ? { ...shapeOfColumn(one), nullable: true } : {};
}

/** A table as a field is all its columns; other fields are computed by the database. */
function inner(types: Types, type: Type): Type {
  if (type.kind === 'external') return type.name === 'Table' ? (type.args[0] ?? unknown) : unknown;
  return type.kind === 'object' ? rowOf(types, type) : unknown;
}

/** A property of a table, a database, or of what its queries start at. */
export function propertyOfDrizzle(types: Types, { name, args }: External, key: string): Type {
  const [first = unknown] = args;
  if (name === 'Table') {
    if (key === '$inferSelect') return first;
    if (key === '$inferInsert') return types.withOptional(first, true);
    const member = types.membersOf(first)?.get(key);
    return member ? value('Column', member.type()) : unknown;
  }
  if (isDatabase(name) && key === 'query') return value('Query', first);
  const table = name === 'Query' ? types.property(first, key) : unknown;
  return isTable(table) ? value('Relational', table, first) : unknown;
}

const isDatabase = (name: string) => /Database$|Transaction$/.test(name);

/** What a method of a database, a column or a query gives. */
export function methodOfDrizzle(types: Types, owner: External, name: string, call: ts.CallExpression, scope: Scope): Type {
  const [first] = call.arguments;
  const given = first ? types.of(first, scope) : unknown;
  const [row = unknown] = owner.args;
  if (owner.name === 'Schema')
    return name === 'table' ? tableOf(types, call, scope) : name === 'enum' ? value('Enum', enumOf(call.arguments[1])) : unknown;
  if (owner.name === 'Column') {
    const [, ...rest] = owner.args;
    // SQLite counts on by itself: `primaryKey({ autoIncrement: true })`.
    if (name === 'primaryKey' && propertyIn(first, 'autoIncrement')?.kind === ts.SyntaxKind.TrueKeyword)
      return value('Column', present(row), truth);
    if (name === 'notNull' || name === 'primaryKey') return value('Column', present(row), ...rest);
    if (name === 'array') return value('Column', union([{ kind: 'array', of: present(row) }, nil]), ...rest);
    if (fills.test(name)) return value('Column', row, truth);
    const said = name === '$type' ? call.typeArguments?.[0] : undefined;
    return said ? value('Column', union([types.ofNode(said, scope), ...(present(row) === row ? [] : [nil])]), ...rest) : owner;
  }
  if (owner.name === 'Relational') {
    const found = chosen(types, row, given, owner.args[1] ?? unknown);
    return name === 'findMany' ? { kind: 'array', of: found } : name === 'findFirst' ? union([found, nothing]) : unknown;
  }
  if (owner.name === 'Select') return name === 'from' ? selected(types, row, given) : owner;
  if (owner.name === 'Write') {
    if (name !== 'returning') return owner;
    return { kind: 'array', of: first ? rowOf(types, given) : row };
  }
  if (!isDatabase(owner.name)) return unknown;
  if (name === 'transaction') return types.callback(first, scope);
  if (name === '$count') return number;
  if (/^select(?:Distinct)?$/.test(name)) return value('Select', given);
  const isWrite = /^(?:insert|update|delete)$/.test(name);
  return isWrite && isTable(given) ? value('Write', ...given.args) : unknown;
}

/** `select().from(users)` gives whole rows, `select({ … }).from(users)` the fields. */
function selected(types: Types, fields: Type, table: Type): Type {
  if (fields.kind !== 'unknown') return { kind: 'array', of: rowOf(types, fields) };
  return { kind: 'array', of: isTable(table) ? (table.args[0] ?? unknown) : unknown };
}

/** What a query becomes by one more method; undefined where the method is none of a query. */
export function chained(types: Types, rows: Type & { kind: 'array' }, name: string): Type | undefined {
  if (name === 'get') return union([rows.of, nothing]);
  if (/^(?:where|orderBy|limit|offset|groupBy|having|for|prepare|\$dynamic|all|execute)$/.test(name)) return rows;
  if (!/^(?:inner|left|right|full)Join$/.test(name)) return undefined;
  // Whole rows of several tables stand below the names the tables have in the database.
  if (rows.of.kind !== 'object' || rows.of.isWhole) return { kind: 'array', of: unknown };
  if (name === 'innerJoin') return rows;
  const orNull = ([key, member]: [string, Member]): [string, Member] => [
    key,
    { ...member, type: () => union([member.type(), nil]) },
  ];
  return { kind: 'array', of: { kind: 'object', members: new Map([...(types.membersOf(rows.of) ?? [])].map(orNull)) } };
}

/** `findMany({ columns: { id: true }, with: { posts: true } })`: what the table has and what the schema relates it to. */
function chosen(types: Types, table: Type, options: Type, schema: Type): Type {
  const named = (key: string) => types.membersOf(present(types.property(options, key)));
  const [only, asked] = [named('columns'), named('with')];
  const isOn = ({ node }: Member) =>
    !(node && ts.isPropertyAssignment(node) && node.initializer.kind === ts.SyntaxKind.FalseKeyword);
  const all = isTable(table) ? [...(types.membersOf(table.args[0] ?? unknown) ?? [])] : [];
  const isListed = [...(only?.values() ?? [])].some(isOn);
  const kept = all.filter(([name]) => {
    const column = only?.get(name);
    return column ? isOn(column) : !isListed;
  });
  const related = asked && relationsOf(types, table, schema);
  const more = [...(asked ?? [])]
    .filter(([, member]) => isOn(member))
    .map(([name, member]): [string, Member] => {
      const to = related?.get(name)?.type();
      if (!to) return [name, { type: () => unknown, optional: true }];
      const of = (one: Type) => chosen(types, one, member.type(), schema);
      return [
        name,
        { type: () => (to.kind === 'array' ? { kind: 'array', of: of(to.of) } : union([of(to), nil])), optional: false },
      ];
    });
  return { kind: 'object', members: new Map([...kept, ...more]) };
}

/** What a schema relates a table to, by name: the tables that its `relations` name. */
function relationsOf(types: Types, table: Type, schema: Type): ReadonlyMap<string, Member> {
  const name = tableName(table);
  const found = [...(types.membersOf(schema)?.values() ?? [])].map((member) => member.type());
  const own = found.flatMap((one) =>
    one.kind === 'external' && one.name === 'Relations' && name !== undefined && tableName(one.args[0]) === name
      ? [...(types.membersOf(one.args[1] ?? unknown) ?? [])]
      : [],
  );
  return new Map(own);
}

function isTable(type: Type): type is External {
  return type.kind === 'external' && type.module === drizzle && type.name === 'Table';
}

function tableName(type: Type | undefined): unknown {
  const name = type && isTable(type) ? type.args[2] : undefined;
  return name?.kind === 'shape' ? name.shape.enum?.[0] : undefined;
}
