/** Resolvers that are written as a map of types and fields: `{ Query: { pets: (parent, args, context) => … }, Pet: { owner: … } }`. */
import { functionBehind } from '../../server/core/typescript/classes.ts';
import { type CodeFile, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { type Definition, definitionOf } from '../../server/core/typescript/definitions.ts';
import { mentions } from '../../server/core/typescript/syntax.ts';

export interface MappedResolver {
  /** The type whose field it resolves; `Query` for what is asked for first. */
  readonly type: string;
  /** What the field is called. */
  readonly name: string;
  /** The name of the field; where its type is written in another file, what brings that into the map. */
  readonly at: ts.Node;
  readonly node: FunctionNode;
  /** The file that the resolver is written in. */
  readonly file: CodeFile;
}

type Field = Omit<MappedResolver, 'type'>;

const known = new WeakMap<CodeFile, readonly MappedResolver[]>();

/** Every resolver of a map that is written in this file, also those that it gathers from other files, unless a map there has them. */
export function mappedResolvers(file: CodeFile): readonly MappedResolver[] {
  let found = known.get(file);
  if (found) return found;
  // Files may gather from each other.
  known.set(file, []);
  known.set(file, (found = [...gathered(file)]));
  return found;
}

function* gathered(file: CodeFile): Iterable<MappedResolver> {
  if (!file.words.has(/resolver|graphql|apollo/i)) return;
  for (const map of file.nodes(ts.SyntaxKind.ObjectLiteralExpression)) {
    if (!isResolverMap(map)) continue;
    for (const { type, value } of members(map)) {
      const found = /^[A-Z]/.test(type) ? definitionOf(file, value) : undefined;
      for (const field of found ? fieldsOf(found) : []) {
        const others = [found?.file, field.file].filter((each) => each !== undefined && each !== file) as CodeFile[];
        if (others.some((other) => mappedResolvers(other).some(({ node }) => node === field.node))) continue;
        yield { ...field, type, at: field.at.getSourceFile() === file.ast ? field.at : value };
      }
    }
  }
}

/** The functions that an object, or a module taken whole, has under its names. */
function* fieldsOf({ node, file }: Definition, hops = 2): Iterable<Field> {
  if (ts.isSourceFile(node)) yield* exportsOf(file, hops);
  if (!ts.isObjectLiteralExpression(node)) return;
  for (const field of node.properties) {
    if (ts.isSpreadAssignment(field)) {
      const spread = hops > 0 ? definitionOf(file, field.expression) : undefined;
      for (const each of spread ? fieldsOf(spread, hops - 1) : []) yield { ...each, at: field };
      continue;
    }
    const value = ts.isPropertyAssignment(field)
      ? field.initializer
      : ts.isShorthandPropertyAssignment(field)
        ? field.name
        : undefined;
    const found = ts.isMethodDeclaration(field) ? { node: field, file } : value && functionBehind(file, value);
    if (found) yield { name: field.name.getText(), at: field.name, ...found };
  }
}

/** The functions that a module exports by name, also those that it hands on. */
function* exportsOf(file: CodeFile, hops: number): Iterable<Field> {
  for (const statement of file.ast.statements) {
    if (ts.isExportDeclaration(statement)) {
      const from = statement.moduleSpecifier;
      const target = from && ts.isStringLiteral(from) && hops > 0 ? file.load(from.text, file.uri) : undefined;
      const names =
        statement.exportClause && ts.isNamedExports(statement.exportClause)
          ? new Map(statement.exportClause.elements.map(({ name, propertyName }) => [(propertyName ?? name).text, name.text]))
          : undefined;
      if (!target || (statement.exportClause && !names)) continue;
      for (const each of exportsOf(target, hops - 1)) {
        const name = names ? names.get(each.name) : each.name;
        if (name !== undefined) yield { ...each, name };
      }
      continue;
    }
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    if (!isExported) continue;
    const names = ts.isFunctionDeclaration(statement)
      ? [statement.name]
      : ts.isVariableStatement(statement)
        ? statement.declarationList.declarations.map(({ name }) => name)
        : [];
    for (const name of names) {
      const found = name && ts.isIdentifier(name) ? functionBehind(file, name) : undefined;
      if (name && found) yield { name: name.getText(), at: name, ...found };
    }
  }
}

function members(map: ts.ObjectLiteralExpression): { type: string; value: ts.Expression }[] {
  return map.properties.flatMap((property) =>
    ts.isPropertyAssignment(property)
      ? { type: property.name.getText(), value: property.initializer }
      : ts.isShorthandPropertyAssignment(property)
        ? { type: property.name.text, value: property.name }
        : [],
  );
}

/** Called `resolvers`, or exported as it is with a member for what is asked for first. */
function isResolverMap(map: ts.ObjectLiteralExpression): boolean {
  const owner = map.parent;
  const named =
    ts.isVariableDeclaration(owner) || ts.isPropertyAssignment(owner)
      ? owner.name.getText()
      : ts.isBinaryExpression(owner)
        ? owner.left.getText()
        : '';
  const types = members(map).map(({ type }) => type);
  const isAsked = types.some((type) => /^(?:Query|Mutation|Subscription)$/.test(type));
  if (/resolvers?$/i.test(named)) return types.some((type) => /^[A-Z]/.test(type));
  return isAsked && (ts.isExportAssignment(owner) || named === 'module.exports');
}

/** Does the resolver look at the arguments of its field? */
export function takesArguments({ parameters: [, given], body }: FunctionNode): boolean {
  if (!given || !body) return false;
  if (!ts.isIdentifier(given.name)) return given.name.elements.length > 0;
  return mentions(body, new Set([given.name.text]));
}
