/** What Objection.js gives back: rows of the models that classes declare, as queries choose. */
import ts from 'ts6';
import { resultsOf } from './plain.ts';
import { date, type Member, nil, number, present, shaped, text, truth, type Type, union, unknown } from './type-model.ts';
import type { Types } from './types.ts';
import { baseOf, nameText, propertyIn, strip } from './values.ts';

const integer = shaped({ type: 'integer' });

/** The classes that rows are of: what a query gives is its rows, so that it needs no `await` to be read. */
const models = new WeakMap<Type, ts.ClassLikeDeclaration>();

/** What a method of a model, of a query or of a row gives; undefined where it is none of Objection's. */
export function queryOfObjection(types: Types, owner: Type, name: string, call: ts.CallExpression): Type | undefined {
  if (owner.kind === 'class') return name === 'query' && isModel(types, owner.node) ? list(rowOf(types, owner.node)) : undefined;
  const isList = owner.kind === 'array';
  const row = isList ? owner.of : owner;
  const model = models.get(row);
  if (!model) return undefined;
  const again = (one: Type): Type => (isList ? list(one) : one);
  if (/^(?:find(?:ById|One)|first)$/.test(name)) return row;
  if (/^(?:insert|upsert)(?:Graph)?(?:AndFetch)?$/.test(name)) {
    const [given] = call.arguments;
    return given && types.of(given).kind === 'array' ? list(row) : row;
  }
  if (/^(?:patch|update)AndFetch(?:ById)?$/.test(name)) return row;
  if (/^(?:patch|update|delete(?:ById)?|resultSize)$/.test(name)) return number;
  if (name === 'page' || name === 'range') return plain({ results: list(row), total: number });
  if (/^(?:select|columns?)$/.test(name)) return again(chosen(types, row, model, call));
  if (/^(?:withGraph(?:Fetched|Joined)|eager|joinEager)$/.test(name))
    return again(withRelations(types, row, model, call.arguments[0]));
  return links.test(name) ? owner : undefined;
}

/** Links of a query that change nothing of what it gives, and what a row makes of itself. */
const links =
  /^(?:(?:and|or)?(?:where|having)\w*|modify|orderBy\w*|limit|offset|throwIfNotFound|skipUndefined|alias|(?:\w+J|j)oin(?:Related|Raw)?|groupBy\w*|context|allowGraph|allowInsert|debug|forUpdate|forShare|transacting|distinct|clear\w+|timeout|onError|\$query|\$fetchGraph|\$?toJson|toJSON)$/;

const list = (of: Type): Type => ({ kind: 'array', of });
const plain = (entries: Record<string, Type>): Type => ({
  kind: 'object',
  members: new Map(Object.entries(entries).map(([key, type]): [string, Member] => [key, { type: () => type, optional: false }])),
});

/** Does a class extend Objection's `Model`, itself or through what mixes something in: `extends Timestamps(Model)`? */
function isModel(types: Types, node: ts.ClassLikeDeclaration, depth = 0): boolean {
  const base = baseOf(node);
  const isIt = (one: ts.Expression): boolean => {
    const bare = strip(one);
    if (ts.isCallExpression(bare))
      return bare.arguments.some(isIt) || (ts.isCallExpression(strip(bare.expression)) && isIt(bare.expression));
    const type = types.of(bare);
    if (type.kind === 'package') return type.module === 'objection' && /(?:^|\.)Model$/.test(type.member);
    return type.kind === 'class' && depth < maxBases && isModel(types, type.node, depth + 1);
  };
  return base !== undefined && isIt(base.expression);
}

const maxBases = 4;

/** A row of a model: the fields its class declares, or those of the schema that rows are held against. */
function rowOf(types: Types, node: ts.ClassLikeDeclaration, isWhole = true): Type {
  const related = new Set(Object.keys(relationsOf(node)));
  const declared = [...(types.membersOf({ kind: 'declared', node, scope: types.root, args: [] }) ?? [])].filter(
    ([name, { node: at, isBehaviour }]) =>
      !isBehaviour && !related.has(name) && at && ts.isPropertyDeclaration(at) && at.type && !isStatic(at),
  );
  const schema = declared.length > 0 ? undefined : objectOf(staticOf(node, 'jsonSchema'));
  const properties = propertyIn(schema, 'properties');
  const written = properties ? fieldsOf(types, properties) : [];
  const members = new Map(declared.length > 0 ? declared : written);
  for (const name of virtualsOf(node))
    if (!members.has(name)) members.set(name, { type: () => virtualOf(types, node, name), optional: false });
  return remember({ kind: 'object', members, ...(isWhole && node.name && { name: node.name.text }) }, node);
}

/** What is computed when a row is written: `static get virtualAttributes() { return ['fullName']; }`. */
function virtualsOf(node: ts.ClassLikeDeclaration): readonly string[] {
  const names = staticOf(node, 'virtualAttributes');
  const bare = names && strip(names);
  return bare && ts.isArrayLiteralExpression(bare)
    ? bare.elements.filter(ts.isStringLiteralLike).map(({ text: name }) => name)
    : [];
}

function virtualOf(types: Types, node: ts.ClassLikeDeclaration, name: string): Type {
  const member = node.members.find((one) => one.name && nameText(one.name) === name);
  if (!member || !(ts.isMethodDeclaration(member) || ts.isGetAccessor(member))) return unknown;
  return types.result({ kind: 'function', node: member, scope: types.root });
}

function remember(type: Type, node: ts.ClassLikeDeclaration): Type {
  models.set(type, node);
  return type;
}

function isStatic(node: ts.PropertyDeclaration): boolean {
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
}

/** What a static member of a class is, also one that is asked for: `static get jsonSchema() { return { … }; }`. */
function staticOf(node: ts.ClassLikeDeclaration, name: string): ts.Expression | undefined {
  const member = node.members.find((one) => one.name && nameText(one.name) === name);
  if (member && ts.isPropertyDeclaration(member)) return member.initializer;
  const isAsked = member && (ts.isGetAccessor(member) || ts.isMethodDeclaration(member));
  return isAsked ? resultsOf(member.body).at(-1) : undefined;
}

/** The object an expression is, or that a function without parameters gives: `relationMappings = () => ({ … })`. */
function objectOf(node: ts.Expression | undefined): ts.ObjectLiteralExpression | undefined {
  const bare = node && strip(node);
  if (bare && ts.isArrowFunction(bare)) return objectOf(resultsOf(bare.body).at(-1));
  return bare && ts.isObjectLiteralExpression(bare) ? bare : undefined;
}

/** The properties of a JSON Schema, those that are spread into it included. */
function fieldsOf(types: Types, node: ts.Expression): [string, Member][] {
  return [...(types.membersOf(types.of(node)) ?? [])].map(([name, { node: at }]): [string, Member] => [
    name,
    { type: () => (at && ts.isPropertyAssignment(at) ? fieldOf(types, at.initializer) : unknown), optional: false },
  ]);
}

/** What a JSON Schema lets in. */
function fieldOf(types: Types, node: ts.Expression): Type {
  const { values } = types;
  const value = values.of(node, values.root);
  const schema = value?.kind === 'object' ? value.node : undefined;
  const said = propertyIn(schema, 'type');
  const kinds =
    said && ts.isArrayLiteralExpression(strip(said))
      ? [...(strip(said) as ts.ArrayLiteralExpression).elements]
      : said
        ? [said]
        : [];
  const names = kinds.map((kind) => values.text(kind, values.root));
  const found = names.filter((name) => name !== 'null').map((name) => kindOf(types, schema, name));
  return union([...found, ...(names.includes('null') ? [nil] : [])]);
}

function kindOf(types: Types, schema: ts.ObjectLiteralExpression | undefined, name: string | undefined): Type {
  const own = (key: string) => propertyIn(schema, key);
  if (name === 'string') return /date-time/.test(own('format')?.getText() ?? '') ? date : text;
  if (name === 'integer') return integer;
  if (name === 'number') return number;
  if (name === 'boolean') return truth;
  const [items, properties] = [own('items'), own('properties')];
  if (name === 'array') return list(items ? fieldOf(types, items) : unknown);
  if (name !== 'object') return unknown;
  return properties ? { kind: 'object', members: new Map(fieldsOf(types, properties)) } : shaped({ type: 'object' });
}

/** The columns that a query asks for by their names. */
function chosen(types: Types, row: Type, model: ts.ClassLikeDeclaration, call: ts.CallExpression): Type {
  const names = call.arguments.flatMap((one) => (ts.isArrayLiteralExpression(one) ? [...one.elements] : [one]));
  const isPlain = names.length > 0 && names.every((one) => ts.isStringLiteralLike(one) && /^(?:\w+\.)?\w+$/.test(one.text));
  if (!isPlain) return row;
  const wanted = new Set(names.map((one) => (one as ts.StringLiteralLike).text.replace(/^\w+\./, '')));
  return remember(types.only(row, wanted), model);
}

/** The relations of a model by name: what says whose rows they are, and how many. */
function relationsOf(node: ts.ClassLikeDeclaration): Record<string, ts.ObjectLiteralExpression> {
  const all = objectOf(staticOf(node, 'relationMappings'));
  const found: Record<string, ts.ObjectLiteralExpression> = {};
  for (const property of all?.properties ?? []) {
    const name = nameText(property.name);
    const relation = ts.isPropertyAssignment(property) ? objectOf(property.initializer) : undefined;
    if (name !== undefined && relation) found[name] = relation;
  }
  return found;
}

/** A row with the relations that a query brings along: `withGraphFetched('[versions, owner.team]')`. */
function withRelations(types: Types, row: Type, model: ts.ClassLikeDeclaration, graph: ts.Expression | undefined): Type {
  const written = graph && types.values.text(graph, types.values.root);
  if (written === undefined) return row;
  const members = new Map(types.membersOf(present(row)) ?? []);
  const relations = relationsOf(model);
  // Of the relations of relations nothing is said here.
  for (const [, name = ''] of written.replaceAll(/\.(?:\[[^\]]*\]|\w+)|\([^)]*\)/g, '').matchAll(/(\w+)/g)) {
    const relation = relations[name];
    const target = relation && propertyIn(relation, 'modelClass');
    const type = target ? types.of(target) : unknown;
    const one = type.kind === 'class' ? rowOf(types, type.node) : unknown;
    const isMany = /HasManyRelation|ManyToManyRelation/.test(propertyIn(relation, 'relation')?.getText() ?? '');
    if (relation) members.set(name, { type: () => (isMany ? list(one) : one), optional: false });
  }
  return remember({ kind: 'object', members }, model);
}
