/** What Sequelize gives back: rows of models that classes or `define` declare, as queries choose. */
import ts from 'ts6';
import {
  date,
  type External,
  type Member,
  nil,
  number,
  type Scope,
  shaped,
  text,
  truth,
  type Type,
  union,
  unknown,
} from './type-model.ts';
import type { Types } from './types.ts';
import { nameText, propertyIn, strip } from './values.ts';

const sequelize = 'sequelize';

/** Is this a module of Sequelize, or of its decorators? */
export function isSequelize(module: string): boolean {
  return module === sequelize || module === 'sequelize-typescript' || module.startsWith('@sequelize/');
}

const integer = shaped({ type: 'integer' });

/** The types of columns by the last name of what declares them: `DataTypes.STRING(99)`. Of others nothing is known. */
const columns: Readonly<Record<string, Type>> = {
  ...Object.fromEntries(['STRING', 'TEXT', 'CHAR', 'CITEXT', 'TIME', 'INET'].map((name) => [name, text])),
  ...Object.fromEntries(['INTEGER', 'BIGINT', 'SMALLINT', 'TINYINT', 'MEDIUMINT'].map((name) => [name, integer])),
  ...Object.fromEntries(['FLOAT', 'DOUBLE', 'REAL', 'NUMBER'].map((name) => [name, number])),
  // Written as text, to keep its digits.
  DECIMAL: text,
  BOOLEAN: truth,
  DATE: date,
  DATEONLY: shaped({ type: 'string', format: 'date' }),
  UUID: shaped({ type: 'string', format: 'uuid' }),
  UUIDV4: shaped({ type: 'string', format: 'uuid' }),
};

/** What a type of Sequelize's stands for: `CreationOptional<number>`; undefined where it is another's business. */
export function typeOfSequelize(name: string, first: Type): Type | undefined {
  if (/^(?:CreationOptional|ForeignKey|(?:Infer)?(?:Creation)?Attributes)$/.test(name)) return first;
  return name === 'NonAttribute' ? { kind: 'undefined' } : undefined;
}

/** What a model that is declared by decorators has beside what its class says: a key, and when a row was made and changed. */
export function addedBySequelize(base: Type, node: ts.ClassLikeDeclaration): ReadonlyMap<string, Member> {
  const members = new Map<string, Member>();
  if (base.kind !== 'external' || base.module !== 'sequelize-typescript' || base.name !== 'Model') return members;
  const decorators = (of: ts.Node) => (ts.canHaveDecorators(of) && ts.getDecorators(of)) || [];
  const table = decorators(node).find(({ expression }) => calleeOf(expression) === 'Table')?.expression;
  const options = table && ts.isCallExpression(table) ? table.arguments[0] : undefined;
  const isOff = (key: string) => propertyIn(options, key)?.kind === ts.SyntaxKind.FalseKeyword;
  const isKey = (at: ts.Node) =>
    decorators(at).some(({ expression }) => /^PrimaryKey\b|\bprimaryKey:\s*true/.test(expression.getText()));
  const plain = (type: Type): Member => ({ type: () => type, optional: false });
  if (!node.members.some(isKey)) members.set('id', plain(integer));
  for (const key of isOff('timestamps') ? [] : ['createdAt', 'updatedAt']) if (!isOff(key)) members.set(key, plain(date));
  return members;
}

/** What a query of a model gives, a class of the project that extends Sequelize's; undefined where it is none. */
export function queryOfSequelize(types: Types, owner: Type, name: string, call: ts.CallExpression): Type | undefined {
  // `user.get({ plain: true })`
  if (name === 'get' && propertyIn(call.arguments[0], 'plain')?.kind === ts.SyntaxKind.TrueKeyword) return owner;
  const row =
    owner.kind === 'class'
      ? rowOfClass(types, owner)
      : owner.kind === 'external' && isSequelize(owner.module) && /^Model(?:Ctor|Static)?$/.test(owner.name)
        ? rowOf(types, owner.args[0])
        : undefined;
  if (!row) return undefined;
  const one = chosen(types, row, call);
  const list: Type = { kind: 'array', of: one };
  const member = (type: Type): Member => ({ type: () => type, optional: false });
  switch (name) {
    case 'findAll':
      return list;
    case 'bulkCreate':
      return { kind: 'array', of: row };
    case 'findOne':
    case 'findByPk':
      return union([one, nil]);
    case 'create':
    case 'build':
      return row;
    case 'findOrCreate':
    case 'upsert':
      return { kind: 'tuple', items: [row, truth] };
    case 'findAndCountAll':
      return {
        kind: 'object',
        members: new Map([
          ['rows', member(list)],
          ['count', member(number)],
        ]),
      };
    case 'count':
    case 'destroy':
      return number;
    case 'scope':
    case 'unscoped':
      return owner;
    default:
      return unknown;
  }
}

/** `sequelize.define('User', { name: DataTypes.STRING }, { timestamps: false })` */
export function methodOfSequelize(owner: External, name: string, call: ts.CallExpression): Type {
  const [label, fields, options] = call.arguments;
  if (owner.name !== 'Sequelize' || name !== 'define' || !fields) return unknown;
  const row = rowOfFields(fields, options, label && ts.isStringLiteralLike(label) ? label.text : undefined);
  return row ? { kind: 'external', module: sequelize, name: 'Model', args: [row] } : unknown;
}

/** The columns that a query asks for: `{ attributes: ['id', 'name'] }`. */
function chosen(types: Types, row: Type, call: ts.CallExpression): Type {
  const attributes = call.arguments.map((one) => propertyIn(one, 'attributes')).find((one) => one !== undefined);
  if (!attributes) return row;
  const texts = (node: ts.Expression) =>
    ts.isArrayLiteralExpression(node) && node.elements.every(ts.isStringLiteralLike)
      ? new Set(node.elements.map((one) => (one as ts.StringLiteralLike).text))
      : undefined;
  const only = texts(strip(attributes));
  const exclude = propertyIn(attributes, 'exclude');
  const without = exclude && texts(strip(exclude));
  return only ? types.only(row, only) : without ? types.without(row, without) : row;
}

/** The row of a model that a type names: `ModelStatic<User>`. */
function rowOf(types: Types, type: Type | undefined): Type | undefined {
  const isClass = type?.kind === 'declared' && ts.isClassLike(type.node);
  return (isClass && rowOfClass(types, { kind: 'class', node: type.node as ts.ClassLikeDeclaration, scope: type.scope })) || type;
}

/** A row of a class that extends `Model`: the columns it declares, those its attributes are said to be, or those of `init`. */
function rowOfClass(types: Types, { node, scope }: Type & { kind: 'class' }): Type | undefined {
  const base = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  const parent = base && types.of(base.expression);
  if (parent?.kind === 'class') {
    const inherited = rowOfClass(types, parent);
    if (!inherited) return undefined;
    const own = columnsOfClass(types, node, scope);
    const all = new Map([...(types.membersOf(inherited) ?? []), ...own]);
    return { kind: 'object', members: all, ...(node.name && { name: node.name.text }) };
  }
  const isModel = parent?.kind === 'package' && isSequelize(parent.module) && /(?:^|\.)Model$/.test(parent.member);
  if (!isModel) return undefined;
  const members = columnsOfClass(types, node, scope);
  if (members.size > 0) return { kind: 'object', members, ...(node.name && { name: node.name.text }) };
  const stated = base?.typeArguments?.[0];
  return (stated && types.ofNode(stated, scope)) ?? rowOfInit(node);
}

const relations = /^(?:HasMany|HasOne|BelongsTo|BelongsToMany)$/;

function columnsOfClass(types: Types, node: ts.ClassLikeDeclaration, scope: Scope): Map<string, Member> {
  const members = types.membersOf({ kind: 'declared', node, scope, args: [] }) ?? new Map<string, Member>();
  const columnsIn = [...members].filter(([, { node: at, isBehaviour }]) => {
    // What the library adds stands nowhere.
    if (!at) return !isBehaviour;
    if (isBehaviour || !ts.isPropertyDeclaration(at) || at.parent !== node) return false;
    if (ts.getModifiers(at)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)) return false;
    // What other rows a query may bring along, and the methods that get them.
    const isRelated = (ts.getDecorators(at) ?? []).some(({ expression }) => relations.test(calleeOf(expression)));
    const type = at.type?.getText() ?? '';
    return (
      !isRelated &&
      !/^(?:NonAttribute\b|Sequelize\.?|(?:HasMany|HasOne|BelongsTo|BelongsToMany)\w*Mixin\b|Association\b)/.test(type)
    );
  });
  return new Map(columnsIn);
}

function calleeOf(node: ts.Expression): string {
  return (ts.isCallExpression(node) ? node.expression : node).getText();
}

/** `User.init({ name: DataTypes.STRING }, { sequelize })` in the file of the class. */
function rowOfInit(node: ts.ClassLikeDeclaration): Type | undefined {
  const name = node.name?.text;
  let found: Type | undefined;
  const visit = (at: ts.Node): void => {
    if (ts.isCallExpression(at) && name !== undefined && at.expression.getText() === `${name}.init` && at.arguments[0])
      found ??= rowOfFields(at.arguments[0], at.arguments[1], name);
    if (!found) ts.forEachChild(at, visit);
  };
  visit(node.getSourceFile());
  return found;
}

function rowOfFields(node: ts.Expression, options: ts.Expression | undefined, name: string | undefined): Type | undefined {
  const literal = strip(node);
  if (!ts.isObjectLiteralExpression(literal)) return undefined;
  const isOff = (key: string) => propertyIn(options, key)?.kind === ts.SyntaxKind.FalseKeyword;
  const members = new Map<string, Member>();
  const own: [string, Member][] = [];
  let hasKey = false;
  for (const property of literal.properties) {
    const key = nameText(property.name);
    if (key === undefined || !ts.isPropertyAssignment(property)) continue;
    const isTrue = (option: string) => propertyIn(property.initializer, option)?.kind === ts.SyntaxKind.TrueKeyword;
    hasKey ||= isTrue('primaryKey');
    const isSet = isTrue('primaryKey') || propertyIn(property.initializer, 'allowNull')?.kind === ts.SyntaxKind.FalseKeyword;
    const type = columnOf(propertyIn(property.initializer, 'type') ?? property.initializer);
    own.push([
      key,
      { type: () => (isSet || type.kind === 'unknown' ? type : union([type, nil])), optional: false, node: property },
    ]);
  }
  const plain = (type: Type): Member => ({ type: () => type, optional: false });
  if (!hasKey) members.set('id', plain(integer));
  for (const [key, member] of own) members.set(key, member);
  if (!isOff('timestamps'))
    for (const key of ['createdAt', 'updatedAt']) if (!isOff(key) && !members.has(key)) members.set(key, plain(date));
  return { kind: 'object', members, ...(name && { name }) };
}

/** `DataTypes.STRING`, `Sequelize.ENUM('a', 'b')`, `DataTypes.ARRAY(DataTypes.TEXT)`. */
function columnOf(node: ts.Expression): Type {
  const bare = strip(node);
  const call = ts.isCallExpression(bare) ? bare : undefined;
  const callee = strip(call ? call.expression : bare);
  const names = callee.getText().split('.');
  const name = names.find((one) => columns[one] !== undefined || one === 'ENUM' || one === 'ARRAY') ?? '';
  if (name === 'ENUM') {
    const items = (call?.arguments ?? []).flatMap((one) => (ts.isArrayLiteralExpression(one) ? [...one.elements] : [one]));
    const texts = items.flatMap((one) => (ts.isStringLiteralLike(one) ? [one.text] : []));
    return texts.length > 0 && texts.length === items.length ? shaped({ type: 'string', enum: texts }) : text;
  }
  if (name === 'ARRAY') return { kind: 'array', of: call?.arguments[0] ? columnOf(call.arguments[0]) : unknown };
  return columns[name] ?? unknown;
}
