/** Which relations of TypeORM entities the queries of a project load: the others are not in what it answers. */
import ts from 'ts6';
import { decoratorsOf } from './decorators.ts';
import type { Loads, Scope, Type } from './type-model.ts';
import type { Types } from './types.ts';

/**
 * The declarations of the relations that queries load, by `relations` or by a selected join. A list that one query alone
 * loads is that query's business, not what the entity usually carries.
 */
export function loadedRelations(types: Types): ReadonlySet<ts.Node> {
  const loaded: Counts = new Map();
  for (const file of types.values.files()) {
    if (!/\brelations\b|AndSelect\b/.test(file.text)) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
        const owner = node.expression.expression;
        if (/^find/.test(node.expression.name.text)) fromOptions(types, owner, node, loaded);
        if (/JoinAndSelect$/.test(node.expression.name.text)) fromJoin(types, node, loaded);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  const isUsual = ([node, count]: [ts.Node, number]) =>
    count > 1 || decoratorsOf(node).some(({ name }) => name.endsWith('ToOne'));
  return new Set([...loaded].filter(isUsual).map(([node]) => node));
}

/** How many queries load a relation, by its declaration. */
type Counts = Map<ts.Node, number>;

/** `repository.find({ relations: { user: true } })`, `relations: ['user', 'user.settings']`. */
function fromOptions(types: Types, owner: ts.Expression, call: ts.CallExpression, loaded: Counts): void {
  const entity = entityOf(types, owner, types.root);
  if (!entity) return;
  for (const argument of call.arguments) {
    if (!ts.isObjectLiteralExpression(argument)) continue;
    const option = argument.properties.find((item) => item.name?.getText() === 'relations');
    if (option && ts.isPropertyAssignment(option)) fromRelations(types, entity, option.initializer, loaded);
  }
}

function fromRelations(types: Types, entity: Type, node: ts.Expression, loaded: Counts): void {
  if (ts.isArrayLiteralExpression(node)) {
    for (const item of node.elements) {
      if (!ts.isStringLiteralLike(item)) continue;
      let at = entity;
      for (const name of item.text.split('.')) at = load(types, at, name, loaded);
    }
  } else if (ts.isObjectLiteralExpression(node)) {
    for (const item of node.properties) {
      if (!ts.isPropertyAssignment(item)) continue;
      const target = load(types, entity, item.name.getText(), loaded);
      fromRelations(types, target, item.initializer, loaded);
    }
  }
}

/** `createQueryBuilder('a').leftJoinAndSelect('a.user', 'u')`: aliases are the links before in the chain. */
function fromJoin(types: Types, call: ts.CallExpression, loaded: Counts): void {
  const [path] = call.arguments;
  if (!path || !ts.isStringLiteralLike(path)) return;
  const [alias = '', name = ''] = path.text.split('.');
  const owner = aliasBefore(types, (call.expression as ts.PropertyAccessExpression).expression, alias, 0);
  if (owner) load(types, owner, name, loaded);
}

function aliasBefore(types: Types, node: ts.Expression, alias: string, depth: number): Type | undefined {
  if (depth > 40 || !ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const [first, second] = node.arguments;
  const before = node.expression.expression;
  const name = node.expression.name.text;
  if (name === 'createQueryBuilder')
    return first && ts.isStringLiteralLike(first) && first.text === alias ? entityOf(types, before, types.root) : undefined;
  const isJoin = /Join/.test(name) && first && second && ts.isStringLiteralLike(first) && ts.isStringLiteralLike(second);
  if (isJoin && second.text === alias) {
    const [outer = '', relation = ''] = first.text.split('.');
    const owner = aliasBefore(types, before, outer, depth + 1);
    return owner && itemOf(types.property(owner, relation));
  }
  return aliasBefore(types, before, alias, depth + 1);
}

function entityOf(types: Types, node: ts.Expression, scope: Scope): Type | undefined {
  const owner = types.of(node, scope);
  return owner.kind === 'external' && owner.name === 'Repository' ? owner.args[0] : undefined;
}

function load(types: Types, entity: Type, name: string, loaded: Counts): Type {
  const member = types.membersOf(entity)?.get(name);
  if (member?.node) loaded.set(member.node, (loaded.get(member.node) ?? 0) + 1);
  return member ? itemOf(member.type()) : { kind: 'unknown' };
}

function itemOf(type: Type): Type {
  if (type.kind === 'array') return type.of;
  if (type.kind === 'union') return itemOf(type.of.find((part) => part.kind === 'declared' || part.kind === 'array') ?? type);
  return type;
}

/** The relations a `find` loads, where its options are written out. */
export function loadsOfFind(call: ts.CallExpression): Loads | undefined {
  const paths: string[] = [];
  for (const argument of call.arguments) {
    if (!ts.isObjectLiteralExpression(argument)) return undefined;
    if (argument.properties.some(ts.isSpreadAssignment)) return undefined;
    const option = argument.properties.find((item) => item.name?.getText() === 'relations');
    if (!option) continue;
    const found = ts.isPropertyAssignment(option) ? pathsIn(option.initializer, '') : undefined;
    if (!found) return undefined;
    paths.push(...found);
  }
  return { paths, hasEager: true };
}

/** The paths that `['a', 'a.b']` or `{ a: { b: true } }` names; undefined where one is computed. */
function pathsIn(node: ts.Expression, prefix: string): string[] | undefined {
  const found: string[] = [];
  if (ts.isArrayLiteralExpression(node)) {
    for (const item of node.elements) {
      if (!ts.isStringLiteralLike(item)) return undefined;
      found.push(item.text);
    }
    return found;
  }
  if (!ts.isObjectLiteralExpression(node)) return node.kind === ts.SyntaxKind.TrueKeyword ? [] : undefined;
  for (const item of node.properties) {
    const path = item.name && prefix + item.name.getText();
    const below = path && ts.isPropertyAssignment(item) ? pathsIn(item.initializer, `${path}.`) : undefined;
    if (!path || !below) return undefined;
    found.push(path, ...below);
  }
  return found;
}
