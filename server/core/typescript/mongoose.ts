/** What Mongoose gives back and takes: documents of the schemas that the code declares, as queries choose. */
import ts from 'ts6';
import {
  date,
  type External,
  type Member,
  type Members,
  nil,
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
import { nameText, propertyIn, strip, type Values } from './values.ts';
import { initializerOf } from './plain.ts';

/** The module of every value of Mongoose. */
export const mongoose = 'mongoose';

/** A schema or a model: what its documents are, and what a new one is made of. */
const value = (name: 'Schema' | 'Model', ...args: Type[]): External => ({ kind: 'external', module: mongoose, name, args });

const list = (of: Type): Type => ({ kind: 'array', of });
const object = (members: Iterable<[string, Member]>, name?: string): Type => ({
  kind: 'object',
  members: new Map(members),
  ...(name !== undefined && { name }),
});
const plain = (entries: Record<string, Type>): Type =>
  object(Object.entries(entries).map(([key, type]): [string, Member] => [key, { type: () => type, optional: false }]));

/** What a `new` of a class of Mongoose's, or a call of it without one, makes: `new Schema({ name: String }, { timestamps: true })`. */
export function schemaOfMongoose(
  types: Types,
  member: string,
  node: ts.NewExpression | ts.CallExpression,
  scope: Scope,
): Type | undefined {
  if (!/(?:^|\.)Schema$/.test(member)) return undefined;
  const [definition, options] = node.arguments ?? [];
  const fields = definition && fieldsIn(types, definition, scope);
  const stated = node.typeArguments?.[0];
  if (!fields) return stated ? value('Schema', types.ofNode(stated, scope), types.ofNode(stated, scope)) : undefined;
  const { hidden, hasId, hasVirtuals } = writtenAs(options, node);
  const own = [...fields].filter(([name, { node: at }]) => !hidden.has(name) && !isLeftOut(at));
  const key: [string, Member] = ['_id', { type: () => text, optional: false }];
  const keys = isSwitchedOff(options, '_id') || hidden.has('_id') ? [] : [key];
  const id: [string, Member] = ['id', key[1]];
  const times = timestampsIn(options).filter((name) => !hidden.has(name));
  const made = times.map((name): [string, Member] => [name, { type: () => date, optional: false }]);
  const inDocument = own.map(([name, one]): [string, Member] => [
    name,
    { ...one, optional: one.optional && !isFilled(one.node) },
  ]);
  const virtuals = hasVirtuals ? virtualsOf(types, node, scope) : [];
  return value('Schema', object([...keys, ...(hasId ? [id] : []), ...inDocument, ...virtuals, ...made]), object(fields));
}

/** What a call of a function of Mongoose's makes: a model, a schema. */
export function callOfMongoose(types: Types, member: string, call: ts.CallExpression, scope: Scope): Type {
  if (/(?:^|\.)model$/.test(member)) return modelOf(types, call, scope);
  return schemaOfMongoose(types, member, call, scope) ?? unknown;
}

/** `model('User', schema)`, of Mongoose or of a connection. */
function modelOf(types: Types, call: ts.CallExpression, scope: Scope): Type {
  const [name, given] = call.arguments;
  const schema = given ? types.of(given, scope) : unknown;
  const stated = call.typeArguments?.[0];
  const isKnown = schema.kind === 'external' && schema.module === mongoose && schema.name === 'Schema';
  if (!isKnown) {
    const known = name && !given && ts.isStringLiteralLike(name) ? modelNamed(types, name.text) : undefined;
    return known ?? (stated ? value('Model', types.ofNode(stated, scope)) : unknown);
  }
  const [whole = unknown, input = unknown] = schema.args;
  const label = name && ts.isStringLiteralLike(name) && whole.kind === 'object' ? name.text : undefined;
  return value('Model', label && whole.kind === 'object' ? { ...whole, name: label } : whole, input);
}

/** What a method of a model gives. */
export function methodOfMongoose(types: Types, owner: External, name: string, call: ts.CallExpression, scope: Scope): Type {
  if (name === 'model') return modelOf(types, call, scope);
  const [whole = unknown] = owner.args;
  const [first] = call.arguments;
  if (owner.name !== 'Model') return owner.name === 'Schema' ? owner : unknown;
  if (name === 'find' || name === 'insertMany') return list(whole);
  if (/^find(?:One|ById)(?:And\w+)?$/.test(name)) return union([whole, nil]);
  if (name === 'create') return first && types.of(first, scope).kind === 'array' ? list(whole) : whole;
  if (/^(?:countDocuments|estimatedDocumentCount|count)$/.test(name)) return number;
  if (/^delete(?:One|Many)$/.test(name)) return plain({ acknowledged: truth, deletedCount: number });
  return /^(?:update(?:One|Many)|replaceOne)$/.test(name)
    ? plain({ acknowledged: truth, matchedCount: number, modifiedCount: number, upsertedCount: number, upsertedId: unknown })
    : unknown;
}

/** What a new document of a model is made of, what changes one: `new User(body)`, `User.create(body)`, `User.updateOne(by, body)`. */
export function inputOfMongoose(
  types: Types,
  { name, args }: External,
  method: string | undefined,
  index: number,
): Type | undefined {
  const input = name === 'Model' ? args[1] : undefined;
  if (!input) return undefined;
  if (method === undefined || method === 'create') return index === 0 ? input : undefined;
  if (!/^(?:update(?:One|Many)|find(?:One|ById)AndUpdate)$/.test(method) || index !== 1) return undefined;
  const changed = types.withOptional(input, true);
  const members = [...(types.membersOf(changed) ?? [])];
  return object([...members, ['$set', { type: () => changed, optional: true }]]);
}

/** What a link of a query, or a method of a document, makes of what was there; undefined where it is no such method. */
export function linkOfMongoose(types: Types, owner: Type, name: string, call: ts.CallExpression): Type | undefined {
  if (!links.test(name)) return undefined;
  const [first] = call.arguments;
  if (name === 'select' && first) return changed(owner, (members) => selected(members, first));
  if (name === 'populate' && first) return pathsIn(first).reduce((type, path) => populated(types, type, path), owner);
  return owner;
}

const links =
  /^(?:exec|lean|select|populate|limit|skip|session|collation|hint|orFail|maxTimeMS|setOptions|read|readConcern|allowDiskUse|where|save|toObject|toJSON)$/;

/** The same of every document that a type holds. */
function changed(type: Type, change: (members: Members) => Iterable<[string, Member]> | undefined): Type {
  if (type.kind === 'array') return { kind: 'array', of: changed(type.of, change) };
  if (type.kind === 'union') return union(type.of.map((part) => changed(part, change)));
  const members = type.kind === 'object' ? change(type.members) : undefined;
  return members ? object(members) : type;
}

/** `select('name email')`, `select('-password')`, `select({ name: 1 })`: the key comes with what is asked for. */
function selected(members: Members, choice: ts.Expression): Iterable<[string, Member]> | undefined {
  const bare = strip(choice);
  const parts = ts.isObjectLiteralExpression(bare)
    ? bare.properties.map((one) => {
        const isOut = ts.isPropertyAssignment(one) && /^(?:0|false)$/.test(one.initializer.getText());
        return `${isOut ? '-' : ''}${nameText(one.name) ?? ''}`;
      })
    : textsOf(bare).flatMap((one) => one.split(/\s+/));
  const [out, kept] = [parts.filter((one) => one.startsWith('-')), parts.filter((one) => /^\w/.test(one))];
  const names = new Set((kept.length > 0 ? kept : out.map((one) => one.slice(1))).map((one) => one.split('.')[0]));
  if (names.size === 0) return undefined;
  const isOut = (name: string) => out.includes(`-${name}`);
  return [...members].filter(([name]) =>
    kept.length > 0 ? (names.has(name) || name === '_id') && !isOut(name) : !names.has(name),
  );
}

/** The paths that `populate` is given. */
function pathsIn(node: ts.Expression): string[] {
  const bare = strip(node);
  if (ts.isArrayLiteralExpression(bare)) return bare.elements.flatMap(pathsIn);
  const path = propertyIn(bare, 'path');
  return path ? pathsIn(path) : textsOf(bare).flatMap((one) => one.split(/\s+/));
}

function textsOf(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  return ts.isArrayLiteralExpression(node) ? node.elements.flatMap(textsOf) : [];
}

/** A document that has what a field refers to in its place. */
function populated(types: Types, type: Type, path: string): Type {
  return changed(type, (members) => {
    const member = members.get(path);
    const of = member?.node && ts.isPropertyAssignment(member.node) ? referredBy(member.node.initializer) : undefined;
    const model = of === undefined ? undefined : modelNamed(types, of);
    const document = model?.kind === 'external' ? (model.args[0] ?? unknown) : unknown;
    if (!member) return undefined;
    const isList = present(member.type()).kind === 'array';
    return [...members, [path, { ...member, type: () => (isList ? list(document) : document) }]];
  });
}

/** The model a field refers to, by the name in `ref`. */
function referredBy(node: ts.Expression): string | undefined {
  const bare = strip(node);
  const inner = ts.isArrayLiteralExpression(bare) ? bare.elements[0] : (propertyIn(bare, 'ref') ?? propertyIn(bare, 'type'));
  if (inner && ts.isStringLiteralLike(inner)) return inner.text;
  return inner && inner !== bare && (ts.isArrayLiteralExpression(inner) || ts.isObjectLiteralExpression(inner))
    ? referredBy(inner)
    : undefined;
}

const models = new WeakMap<Values, Map<string, Type>>();

/** The model that a file of the project makes under a name. */
function modelNamed(types: Types, name: string): Type | undefined {
  const known = models.get(types.values) ?? new Map<string, Type>();
  models.set(types.values, known);
  const before = known.get(name);
  if (before) return before;
  for (const file of types.values.files()) {
    if (!file.text.includes(name) || !file.text.includes('model')) continue;
    let found: ts.CallExpression | undefined;
    const visit = (node: ts.Node): void => {
      const isIt = ts.isCallExpression(node) && /(?:^|\.)model$/.test(node.expression.getText()) && node.arguments.length > 1;
      const [first] = isIt ? node.arguments : [];
      if (isIt && first && ts.isStringLiteralLike(first) && first.text === name) found ??= node;
      if (!found) ts.forEachChild(node, visit);
    };
    visit(file);
    const model = found && types.of(found);
    if (model?.kind !== 'external') continue;
    known.set(name, model);
    return model;
  }
  return undefined;
}

/** The fields that a schema defines; undefined where the definition cannot be followed. */
function fieldsIn(types: Types, definition: ts.Expression, scope: Scope): Map<string, Member> | undefined {
  const bare = strip(definition);
  const held = ts.isObjectLiteralExpression(bare) ? undefined : types.values.of(bare, types.values.root);
  const literal = held?.kind === 'object' ? held.node : bare;
  if (!ts.isObjectLiteralExpression(literal)) return undefined;
  const fields = new Map<string, Member>();
  for (const one of literal.properties) {
    if (ts.isSpreadAssignment(one)) {
      for (const [name, member] of fieldsIn(types, one.expression, scope) ?? []) fields.set(name, member);
      continue;
    }
    const name = nameText(one.name);
    const node = initializerOf(one);
    if (name === undefined || !node) continue;
    const required = propertyIn(node, 'required');
    const isNeeded = required !== undefined && /^(?:true\b|\[\s*true\b)/.test(required.getText());
    fields.set(name, { type: () => fieldOf(types, node, scope), optional: !isNeeded || isFilled(one), node: one });
  }
  return fields;
}

/** The types of fields, by what their constructors are called. */
const kinds: Readonly<Record<string, Type>> = {
  String: text,
  Number: number,
  Boolean: truth,
  Date: date,
  ObjectId: text,
  UUID: text,
  Buffer: text,
  BigInt: shaped({ type: 'integer' }),
  Int32: shaped({ type: 'integer' }),
  Double: number,
  Decimal128: unknown,
  Mixed: unknown,
};

/** What a field holds: `String`, `{ type: Number, min: 0 }`, `[{ name: String }]`, a schema of its own. */
function fieldOf(types: Types, node: ts.Expression, scope: Scope): Type {
  const bare = strip(node);
  if (ts.isArrayLiteralExpression(bare)) return list(bare.elements[0] ? fieldOf(types, bare.elements[0], scope) : unknown);
  if (ts.isStringLiteralLike(bare)) return kinds[bare.text.charAt(0).toUpperCase() + bare.text.slice(1)] ?? unknown;
  if (ts.isObjectLiteralExpression(bare)) {
    const type = propertyIn(bare, 'type');
    const isField = type && !(ts.isObjectLiteralExpression(type) && propertyIn(type, 'type'));
    if (!isField) return bare.properties.length > 0 ? object(fieldsIn(types, bare, scope) ?? []) : unknown;
    const of = propertyIn(bare, 'of');
    if (/(?:^|\.)Map$/.test(type.getText()))
      return { kind: 'object', members: new Map(), index: of ? fieldOf(types, of, scope) : unknown };
    const values = propertyIn(bare, 'enum');
    const choices = values ? textsOf(propertyIn(values, 'values') ?? values) : [];
    return choices.length > 0 && type.getText().endsWith('String')
      ? shaped({ type: 'string', enum: choices })
      : fieldOf(types, type, scope);
  }
  const known = kinds[bare.getText().split('.').at(-1) as string];
  if (known) return known;
  const schema = types.of(bare, scope);
  if (schema.kind === 'external' && schema.module === mongoose && schema.name === 'Schema') return schema.args[0] ?? unknown;
  const held = types.values.of(bare, types.values.root);
  return held?.kind === 'object' ? fieldOf(types, held.node, scope) : unknown;
}

/** Has a field a value in every document: `default: 0`? A list always has. */
function isFilled(node: ts.Node | undefined): boolean {
  const field = node && ts.isPropertyAssignment(node) ? strip(node.initializer) : undefined;
  if (!field) return false;
  const value = propertyIn(field, 'default');
  return ts.isArrayLiteralExpression(field) || (value !== undefined && !/^(?:null|undefined)$/.test(value.getText()));
}

/** `select: false`: not in what queries give. */
function isLeftOut(node: ts.Node | undefined): boolean {
  return node !== undefined && ts.isPropertyAssignment(node) && isSwitchedOff(strip(node.initializer), 'select');
}

function isSwitchedOff(options: ts.Expression | undefined, name: string): boolean {
  return propertyIn(options, name)?.kind === ts.SyntaxKind.FalseKeyword;
}

/** The names of what Mongoose keeps itself, as `timestamps` asks for them. */
function timestampsIn(options: ts.Expression | undefined): string[] {
  const given = propertyIn(options, 'timestamps');
  if (!given || given.kind === ts.SyntaxKind.FalseKeyword) return [];
  return ['createdAt', 'updatedAt'].flatMap((name) => {
    const own = propertyIn(given, name);
    if (own?.kind === ts.SyntaxKind.FalseKeyword) return [];
    return own && ts.isStringLiteralLike(own) ? [own.text] : [name];
  });
}

/** What is computed of a document when it is written: `orderSchema.virtual('total').get(function () { … })`. */
function virtualsOf(types: Types, schema: ts.Node, scope: Scope): [string, Member][] {
  const owner = schema.parent;
  const name = ts.isVariableDeclaration(owner) ? owner.name.getText() : undefined;
  const found: [string, Member][] = [];
  const visit = (node: ts.Node): void => {
    const getter = ts.isCallExpression(node) && /\.get$/.test(node.expression.getText()) ? node.arguments[0] : undefined;
    const made = getter && strip(((node as ts.CallExpression).expression as ts.PropertyAccessExpression).expression);
    const isOwn = made && ts.isCallExpression(made) && made.expression.getText() === `${name}.virtual`;
    const key = isOwn ? made.arguments[0] : undefined;
    if (getter && key && ts.isStringLiteralLike(key))
      found.push([key.text, { type: () => types.callback(getter, scope), optional: true }]);
    ts.forEachChild(node, visit);
  };
  const file = schema.getSourceFile();
  if (name !== undefined && file.text.includes(`${name}.virtual(`)) visit(file);
  return found;
}

interface Written {
  readonly hidden: ReadonlySet<string>;
  readonly hasId: boolean;
  readonly hasVirtuals: boolean;
}

/** What the file of a schema takes out of documents that are written as JSON, and whether it gives them an `id` and what it computes. */
function writtenAs(options: ts.Expression | undefined, at: ts.Node): Written {
  const hidden = new Set<string>();
  let hasId = false;
  let hasVirtuals = false;
  const take = (node: ts.Node): void => {
    const own = node.getText();
    hasVirtuals ||= /\bvirtuals:\s*true\b/.test(own);
    for (const [, name = ''] of own.matchAll(/\bdelete\s+\w+\.(\w+)/g)) hidden.add(name);
    // `const { password, ...rest } = this.toObject(); return rest;`
    for (const [, names = ''] of own.matchAll(/\{([^{}]*?)\.\.\.\w+\s*\}\s*=\s*(?:\w+\.toObject\([^()]*\)|ret\b)/g))
      for (const name of names.match(/\w+(?=\s*[,:])/g) ?? []) hidden.add(name);
    hasId ||= /\b\w+\.id\s*=\s*\w+\._id\b/.test(own);
  };
  const file = at.getSourceFile();
  const given = propertyIn(options, 'toJSON');
  if (given) take(given);
  const visit = (node: ts.Node): void => {
    const isCall = ts.isCallExpression(node) && /\.set$/.test(node.expression.getText());
    if (isCall && node.arguments[0]?.getText().replaceAll(/['"]/g, '') === 'toJSON' && node.arguments[1]) take(node.arguments[1]);
    const isSet = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (isSet && /\.methods\.toJSON$/.test(node.left.getText())) take(node.right);
    ts.forEachChild(node, visit);
  };
  if (/\.set\(\s*['"]toJSON|\.methods\.toJSON/.test(file.text)) visit(file);
  // Mongoose's own `id` is one of what is computed.
  return { hidden, hasId: hasId || (hasVirtuals && !isSwitchedOff(options, 'id')), hasVirtuals };
}
