/** The type that is written for a value: its annotation, or that of the member it is read from. */
import { baseOf, classAround, givers } from './classes.ts';
import { type CodeFile, type Expression, type FunctionNode, importedModule, type Node, ts, unwrap } from './code.ts';
import { isReassigned } from './constants.ts';
import { exporterOf } from './definitions.ts';
import { declarationOf } from './scopes.ts';

/** Is a declaration given a type that says what it is? `req: any` is no better than `req`. */
export function saysType({ type }: { readonly type?: ts.TypeNode }): boolean {
  return type !== undefined && type.kind !== ts.SyntaxKind.AnyKeyword && type.kind !== ts.SyntaxKind.UnknownKeyword;
}

/** A type as somebody wrote it, and the file it stands in. */
export interface Written {
  readonly type: ts.TypeNode;
  readonly file: CodeFile;
}

/**
 * The type that is written for a member of a value, `deps.pool` or a name taken out of it, in this file or in the one that the type of
 * its owner is imported from.
 */
export function memberTypeOf(file: CodeFile, value: Expression): Written | undefined {
  return writtenType(file, value, true);
}

/** The declaration that a type's name means, in its file or in the one it is imported from. */
export function declarationOfType({ type, file }: Written): { readonly node: ts.Statement; readonly file: CodeFile } | undefined {
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) ? typeNamed(file, type.typeName, true) : undefined;
}

/** `all`: also of members that no package's value is likely to be in. */
export function writtenType(file: CodeFile, value: Expression, all = false): Written | undefined {
  const node = unwrap(value);
  // `rows[0]`
  if (all && ts.isElementAccessExpression(node) && ts.isNumericLiteral(node.argumentExpression))
    return elementTypeOf(writtenType(file, node.expression, all));
  if (ts.isPropertyAccessExpression(node)) {
    if (all && node.expression.kind === ts.SyntaxKind.ThisKeyword) {
      const field = classAround(node)?.members.find(({ name }) => name?.getText() === node.name.text);
      return field && ts.isPropertyDeclaration(field) && field.type ? { type: field.type, file } : undefined;
    }
    const owner = writtenType(file, node.expression, all);
    return owner && memberType(owner, node.name.text, all);
  }
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  return declaration && declaredType(file, declaration, all);
}

export function declaredType(file: CodeFile, declaration: Node, all = false): Written | undefined {
  if (ts.isBindingElement(declaration)) {
    const key = declaration.propertyName ?? declaration.name;
    const isMember = !declaration.dotDotDotToken && ts.isObjectBindingPattern(declaration.parent) && ts.isIdentifier(key);
    const owner = isMember ? declaredType(file, declaration.parent.parent, all) : undefined;
    return owner && memberType(owner, (key as ts.Identifier).text, all);
  }
  if (!ts.isParameter(declaration) && !ts.isVariableDeclaration(declaration)) return undefined;
  const type = declaration.type ?? (ts.isParameter(declaration) ? contextOfResolver(declaration) : undefined);
  const list = type || !all ? undefined : listOf(declaration);
  if (list) return elementTypeOf(writtenType(file, list, all));
  if (type || !all || ts.isParameter(declaration) || !declaration.initializer || isReassigned(declaration))
    return type && { type, file };
  const made = partOf(declaration.initializer);
  return ts.isIdentifier(made) || ts.isPropertyAccessExpression(made) ? writtenType(file, made, all) : undefined;
}

/** A list of which only a part is taken: `list` of `list.filter(…)`. */
function partOf(value: Expression): Expression {
  const node = unwrap(value);
  const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
  const isPart = callee && ts.isPropertyAccessExpression(callee) && /^(?:filter|slice|sort|reverse)$/.test(callee.name.text);
  return isPart ? partOf(callee.expression) : node;
}

/** The list whose elements a variable of a loop, or the first parameter of a callback, is one after the other. */
function listOf(declaration: ts.ParameterDeclaration | ts.VariableDeclaration): Expression | undefined {
  const { parent } = declaration;
  if (!ts.isParameter(declaration)) return ts.isForOfStatement(parent.parent) ? parent.parent.expression : undefined;
  const call = (parent as FunctionNode).parameters[0] === declaration ? parent.parent : undefined;
  const callee = call && ts.isCallExpression(call) ? unwrap(call.expression) : undefined;
  const isEach = callee && ts.isPropertyAccessExpression(callee) && /^(?:map|forEach|flatMap|filter)$/.test(callee.name.text);
  return isEach ? callee.expression : undefined;
}

/** What a list holds: `T` of `T[]` and of `Array<T>`. */
export function elementTypeOf(list: Written | undefined): Written | undefined {
  if (!list) return undefined;
  const { type, file } = list;
  if (ts.isArrayTypeNode(type)) return { type: type.elementType, file };
  const [given] =
    ts.isTypeReferenceNode(type) && /^(?:Readonly)?Array$/.test(type.typeName.getText()) ? (type.typeArguments ?? []) : [];
  return given && { type: given, file };
}

/** The context of a GraphQL resolver, the third that it is given, where its map is annotated: `const resolvers: Resolvers<Context>`. */
function contextOfResolver({ parent: resolver }: ts.ParameterDeclaration): ts.TypeNode | undefined {
  let node: Node = resolver.parent;
  while (ts.isPropertyAssignment(node) || ts.isObjectLiteralExpression(node)) node = node.parent;
  const type = ts.isVariableDeclaration(node) ? node.type : undefined;
  if (!type || !ts.isTypeReferenceNode(type) || !/Resolvers$/.test(type.typeName.getText())) return undefined;
  return type.typeArguments?.[type.typeName.getText() === 'IResolvers' ? 1 : 0];
}

/** The type of a member of a type that is written out, in its file or in the one it is imported from. */
function memberType({ type, file }: Written, name: string, all: boolean): Written | undefined {
  if (ts.isTypeLiteralNode(type)) return memberOf(type.members, name, file);
  if (ts.isIntersectionTypeNode(type)) {
    for (const part of type.types) {
      const found = memberType({ type: part, file }, name, all);
      if (found) return found;
    }
  }
  if (!ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return undefined;
  return memberOfNamed(file, type.typeName, name, all);
}

function memberOfNamed(file: CodeFile, owner: ts.Identifier, name: string, all: boolean, depth = 0): Written | undefined {
  const found = typeNamed(file, owner, all || givers.test(name));
  if (!found) return undefined;
  const { node } = found;
  if (ts.isInterfaceDeclaration(node)) return memberOf(node.members, name, found.file);
  if (ts.isTypeAliasDeclaration(node))
    return isNamed(node.type, node.name.text) ? undefined : memberType({ type: node.type, file: found.file }, name, all);
  return all && ts.isClassDeclaration(node) ? memberOfClass(found.file, node, name, depth) : undefined;
}

/** The interface, alias, class or enum of a name; in other files only where `elsewhere`. */
function typeNamed(
  file: CodeFile,
  owner: ts.Identifier,
  elsewhere: boolean,
): { readonly node: ts.Statement; readonly file: CodeFile } | undefined {
  const imported = declarationOf(owner);
  const module =
    imported && ts.isImportSpecifier(imported)
      ? importedModule(imported.parent.parent.parent as ts.ImportDeclaration)
      : undefined;
  // The types of other files are looked at only for what comes from a package.
  const home = module === undefined ? file : elsewhere ? file.load(module, file.uri) : undefined;
  const wanted = imported && ts.isImportSpecifier(imported) ? (imported.propertyName ?? imported.name).text : owner.text;
  const target = exporterOf(home, wanted);
  const node = target?.ast.statements.find(
    (each) =>
      (ts.isInterfaceDeclaration(each) ||
        ts.isTypeAliasDeclaration(each) ||
        ts.isClassDeclaration(each) ||
        ts.isEnumDeclaration(each)) &&
      each.name?.text === wanted,
  );
  return target && node && { node, file: target };
}

function isNamed(type: ts.TypeNode, name: string): boolean {
  return ts.isTypeReferenceNode(type) && type.typeName.getText() === name;
}

/** The type of a property of a class, or of one of those it is made of: `extends Base`, `extends IntersectionType(Page, Filter)`. */
function memberOfClass(file: CodeFile, owner: ts.ClassLikeDeclaration, name: string, depth: number): Written | undefined {
  for (const part of owner.members)
    if (ts.isPropertyDeclaration(part) && part.name.getText() === name) return part.type && { type: part.type, file };
  const base = depth < 3 ? baseOf(owner) : undefined;
  const parts = !base ? [] : ts.isIdentifier(base) ? [base] : ts.isCallExpression(base) ? base.arguments : [];
  for (const part of parts) {
    const found = ts.isIdentifier(part) ? memberOfNamed(file, part, name, true, depth + 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

function memberOf(members: readonly ts.TypeElement[], name: string, file: CodeFile): Written | undefined {
  const found = members.find((each) => each.name?.getText() === name);
  return found && ts.isPropertySignature(found) && found.type ? { type: found.type, file } : undefined;
}
