/** Which relations of TypeORM entities the queries of a project load: the others are not in what it answers. */
import ts from 'ts6';
import { decoratorsOf } from './decorators.ts';
import type { Scope, Type } from './type-model.ts';
import type { Types } from './types.ts';

/**
 * The declarations of the relations that queries load, by `relations` or by a selected join. A list that one query alone
 * loads is that query's business, not what the entity usually carries.
 */
export function loadedRelations(types: Types): ReadonlySet<ts.Node> {
  const loaded: Loads = new Map();
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
type Loads = Map<ts.Node, number>;

/** `repository.find({ relations: { user: true } })`, `relations: ['user', 'user.settings']`. */
function fromOptions(types: Types, owner: ts.Expression, call: ts.CallExpression, loaded: Loads): void {
  const entity = entityOf(types, owner, types.root);
  if (!entity) return;
  for (const argument of call.arguments) {
    if (!ts.isObjectLiteralExpression(argument)) continue;
    const option = argument.properties.find((item) => item.name?.getText() === 'relations');
    if (option && ts.isPropertyAssignment(option)) fromRelations(types, entity, option.initializer, loaded);
  }
}

function fromRelations(types: Types, entity: Type, node: ts.Expression, loaded: Loads): void {
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
function fromJoin(types: Types, call: ts.CallExpression, loaded: Loads): void {
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

function load(types: Types, entity: Type, name: string, loaded: Loads): Type {
  const member = types.membersOf(entity)?.get(name);
  if (member?.node) loaded.set(member.node, (loaded.get(member.node) ?? 0) + 1);
  return member ? itemOf(member.type()) : { kind: 'unknown' };
}

function itemOf(type: Type): Type {
  if (type.kind === 'array') return type.of;
  if (type.kind === 'union') return itemOf(type.of.find((part) => part.kind === 'declared' || part.kind === 'array') ?? type);
  return type;
}

/** The relations a call's options load, as paths: `comments`, `comments.user`. */
export function relationPaths(call: ts.CallExpression): string[] {
  for (const argument of call.arguments) {
    if (!ts.isObjectLiteralExpression(argument)) continue;
    const option = argument.properties.find((item) => item.name?.getText() === 'relations');
    if (option && ts.isPropertyAssignment(option)) return pathsIn(option.initializer, '');
  }
  return [];
}

function pathsIn(node: ts.Expression, prefix: string): string[] {
  if (ts.isArrayLiteralExpression(node))
    return node.elements.flatMap((item) => (ts.isStringLiteralLike(item) ? [item.text] : []));
  if (!ts.isObjectLiteralExpression(node)) return [];
  return node.properties.flatMap((item) => {
    if (!ts.isPropertyAssignment(item)) return [];
    const path = prefix + item.name.getText();
    return [path, ...pathsIn(item.initializer, `${path}.`)];
  });
}
