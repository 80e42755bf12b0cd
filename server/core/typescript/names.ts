/** Where a name is declared: through scopes, imports and re-exports of a project, for values and for types. */
import ts from 'ts6';
import { exportSet, packageNamed } from './plain.ts';
import { isGeneratedClient, isOfClient, prismaClient } from './prisma-schema.ts';
import type { Values } from './values.ts';

/** What a name means: a declaration of the project, a whole file of it, or a member of a package. */
export type Named =
  | { readonly kind: 'node'; readonly node: ts.Node }
  | { readonly kind: 'file'; readonly uri: string }
  /** `from` is the file that imports it. */
  | { readonly kind: 'package'; readonly module: string; readonly member: string; readonly from?: string };

/** A name can mean a value and a type at once: an imported class does. */
export type Space = 'value' | 'type';

const maxHops = 12;

/** What an identifier means where it stands; undefined for globals and for what cannot be found. */
export function named(values: Values, name: ts.Identifier, space: Space): Named | undefined {
  for (let scope: ts.Node | undefined = name.parent; scope; scope = scope.parent) {
    const found = declaredIn(scope, name.text, space);
    if (found) return follow(values, found, space, 0);
  }
  return undefined;
}

/** What a file exports under a name. */
export function exportedName(values: Values, uri: string, name: string, space: Space, hops = 0): Named | undefined {
  const file = values.file(uri);
  if (!file || hops > maxHops) return undefined;
  const known = exportsOf(values);
  const key = `${space} ${name} ${uri}`;
  if (known.has(key)) return known.get(key);
  let found: Named | undefined;
  for (const statement of exporting(file, name)) found ??= exportedBy(values, statement, uri, name, space, hops);
  // Far from where the search began, nothing may mean that it went no further.
  if (found || hops < maxHops / 2) known.set(key, found);
  return found;
}

const exported = new WeakMap<Values, Map<string, Named | undefined>>();

function exportsOf(values: Values): Map<string, Named | undefined> {
  const known = exported.get(values) ?? new Map<string, Named | undefined>();
  exported.set(values, known);
  return known;
}

/** The statements of a file that may export something: by name, and those that may export any. */
export interface Exporters {
  readonly named: ReadonlyMap<string, readonly ts.Statement[]>;
  readonly open: readonly ts.Statement[];
}

/** The statements of a file by what they export, in order; `namesOf` one is undefined where it may export any name. */
export function exportersIn(
  file: ts.SourceFile,
  namesOf: (statement: ts.Statement) => ReadonlySet<string> | undefined,
): Exporters {
  const stated = file.statements.map((statement) => [statement, namesOf(statement)] as const);
  const names = new Set(stated.flatMap(([, own]) => [...(own ?? [])]));
  const having = (wanted: string) => stated.flatMap(([statement, own]) => (!own || own.has(wanted) ? [statement] : []));
  return { named: new Map([...names].map((one) => [one, having(one)])), open: having('') };
}

const exporters = new WeakMap<ts.SourceFile, Exporters>();

/** The statements of a file that may export a name, in order. */
function exporting(file: ts.SourceFile, name: string): readonly ts.Statement[] {
  let found = exporters.get(file);
  if (!found) {
    found = exportersIn(file, exportNames);
    exporters.set(file, found);
  }
  return found.named.get(name) ?? found.open;
}

/** The names a statement exports; undefined where it may export any. */
function exportNames(statement: ts.Statement): ReadonlySet<string> | undefined {
  if (ts.isExportAssignment(statement)) return statement.isExportEquals ? undefined : new Set(['default']);
  if (ts.isExportDeclaration(statement)) {
    const { exportClause: clause } = statement;
    if (!clause) return undefined;
    return new Set(ts.isNamespaceExport(clause) ? [clause.name.text] : clause.elements.map((item) => item.name.text));
  }
  if (ts.isExpressionStatement(statement)) return commonJs(statement) ? undefined : new Set();
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return new Set();
  if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) return new Set(['default']);
  return new Set([...namesOf(statement, 'value'), ...namesOf(statement, 'type')].map(([text]) => text));
}

/** A declaration a name is bound to by an import, followed to where it is written. */
function follow(values: Values, node: ts.Node, space: Space, hops: number): Named | undefined {
  if (hops > maxHops) return undefined;
  const uri = node.getSourceFile().fileName;
  if (ts.isImportClause(node)) return member(values, node.parent.moduleSpecifier, uri, 'default', space, hops);
  if (ts.isNamespaceImport(node)) return member(values, node.parent.parent.moduleSpecifier, uri, '*', space, hops);
  if (ts.isImportSpecifier(node)) {
    const name = (node.propertyName ?? node.name).text;
    return member(values, node.parent.parent.parent.moduleSpecifier, uri, name, space, hops);
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return member(values, node.moduleReference.expression, uri, '*', space, hops);
  }
  return { kind: 'node', node };
}

/** A member of the module a specifier means. */
export function member(
  values: Values,
  specifier: ts.Expression,
  from: string,
  name: string,
  space: Space,
  hops = 0,
): Named | undefined {
  if (!ts.isStringLiteralLike(specifier)) return undefined;
  const uri = values.resolve(specifier.text, from);
  if (!uri) {
    const isGenerated = isGeneratedClient(values, specifier.text, from);
    if (!isGenerated && specifier.text.startsWith('.')) return undefined;
    return { kind: 'package', module: isGenerated ? prismaClient : packageNamed(specifier.text), member: name, from };
  }
  return name === '*' ? { kind: 'file', uri } : exportedName(values, uri, name, space, hops + 1);
}

function exportedBy(
  values: Values,
  statement: ts.Statement,
  uri: string,
  name: string,
  space: Space,
  hops: number,
): Named | undefined {
  if (ts.isExportAssignment(statement)) {
    if (name !== 'default' && !statement.isExportEquals) return undefined;
    const { expression } = statement;
    return ts.isIdentifier(expression) ? named(values, expression, space) : { kind: 'node', node: expression };
  }
  if (ts.isExportDeclaration(statement)) {
    const { exportClause: clause, moduleSpecifier: from } = statement;
    if (!clause)
      return from && name !== 'default' ? foundBehind(values, member(values, from, uri, name, space, hops)) : undefined;
    if (ts.isNamespaceExport(clause))
      return from && clause.name.text === name ? member(values, from, uri, '*', space, hops) : undefined;
    const element = clause.elements.find((item) => item.name.text === name);
    const local = element && (element.propertyName ?? element.name);
    if (!local) return undefined;
    if (from) return member(values, from, uri, local.text, space, hops);
    const found = declaredIn(statement.getSourceFile(), local.text, space);
    return found && follow(values, found, space, hops + 1);
  }
  if (ts.isExpressionStatement(statement)) return assigned(values, statement, name, space);
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return undefined;
  const isDefault = modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
  if (isDefault) return name === 'default' ? { kind: 'node', node: statement } : undefined;
  for (const [text, node] of namesOf(statement, space)) if (text === name) return { kind: 'node', node };
  return undefined;
}

/** What CommonJS exports: `module.exports = { find }`, `exports.find = find`. */
function assigned(values: Values, statement: ts.ExpressionStatement, name: string, space: Space): Named | undefined {
  const { to, value } = commonJs(statement) ?? {};
  const meant = (node: ts.Expression) => (ts.isIdentifier(node) ? named(values, node, space) : { kind: 'node' as const, node });
  if (!value) return undefined;
  if (to === name || (to === '' && name === 'default')) return meant(value);
  if (to !== '') return undefined;
  const found = meant(value);
  const declared = found?.kind === 'node' ? found.node : undefined;
  const whole = declared && ts.isVariableDeclaration(declared) ? declared.initializer : declared;
  const property =
    whole && ts.isObjectLiteralExpression(whole)
      ? whole.properties.find((one) => one.name && !ts.isComputedPropertyName(one.name) && one.name.text === name)
      : undefined;
  if (!property) return undefined;
  if (ts.isPropertyAssignment(property)) return meant(property.initializer);
  return ts.isShorthandPropertyAssignment(property) ? named(values, property.name, space) : undefined;
}

/** What an assignment to CommonJS's exports gives, and by which name; none for the whole. */
function commonJs({ expression }: ts.ExpressionStatement): { readonly to: string; readonly value: ts.Expression } | undefined {
  if (!ts.isBinaryExpression(expression) || expression.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  const to = exportSet(expression.left);
  // `exports = module.exports = value`
  const value = ts.isBinaryExpression(expression.right) ? expression.right.right : expression.right;
  return to === undefined ? undefined : { to, value };
}

/** `export * from`: what a package has is not known, but for the client that Prisma generates. */
function foundBehind(values: Values, found: Named | undefined): Named | undefined {
  if (found?.kind !== 'package') return found;
  return found.module === prismaClient && isOfClient(values, found.member, found.from ?? '') ? found : undefined;
}

const tables = { value: new WeakMap<ts.Node, Map<string, ts.Node>>(), type: new WeakMap<ts.Node, Map<string, ts.Node>>() };

function declaredIn(scope: ts.Node, name: string, space: Space): ts.Node | undefined {
  const table = tables[space];
  let names = table.get(scope);
  if (!names) {
    names = new Map();
    for (const [text, node] of namesIn(scope, space)) if (!names.has(text)) names.set(text, node);
    table.set(scope, names);
  }
  return names.get(name);
}

function* namesIn(scope: ts.Node, space: Space): Iterable<[string, ts.Node]> {
  if (space === 'type') {
    const parameters = (scope as { typeParameters?: ts.NodeArray<ts.TypeParameterDeclaration> }).typeParameters;
    for (const parameter of parameters ?? []) yield [parameter.name.text, parameter];
    if (ts.isConditionalTypeNode(scope)) yield* inferredIn(scope.extendsType);
    if (ts.isMappedTypeNode(scope)) yield [scope.typeParameter.name.text, scope.typeParameter];
  } else {
    if (ts.isFunctionLike(scope)) for (const parameter of scope.parameters) yield* bound(parameter as ts.ParameterDeclaration);
    if (ts.isCatchClause(scope) && scope.variableDeclaration) yield* bound(scope.variableDeclaration);
    const loop = ts.isForStatement(scope) || ts.isForOfStatement(scope) || ts.isForInStatement(scope);
    if (loop && scope.initializer && ts.isVariableDeclarationList(scope.initializer)) {
      for (const declaration of scope.initializer.declarations) yield* bound(declaration);
    }
  }
  if (ts.isSourceFile(scope) || ts.isBlock(scope) || ts.isModuleBlock(scope)) {
    for (const statement of scope.statements) yield* namesOf(statement, space);
  } else if (ts.isCaseBlock(scope)) {
    for (const clause of scope.clauses) for (const statement of clause.statements) yield* namesOf(statement, space);
  }
}

/** What a condition names on the way: `T extends (infer U)[]`. */
function* inferredIn(node: ts.Node): Iterable<[string, ts.Node]> {
  if (ts.isInferTypeNode(node)) yield [node.typeParameter.name.text, node.typeParameter];
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* inferredIn(child);
}

function* namesOf(statement: ts.Statement, space: Space): Iterable<[string, ts.Node]> {
  if (ts.isVariableStatement(statement)) {
    if (space === 'value') for (const declaration of statement.declarationList.declarations) yield* bound(declaration);
  } else if (ts.isFunctionDeclaration(statement)) {
    if (space === 'value' && statement.name) yield [statement.name.text, statement];
  } else if (ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement) || ts.isModuleDeclaration(statement)) {
    if (statement.name) yield [statement.name.text, statement];
  } else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
    if (space === 'type') yield [statement.name.text, statement];
  } else if (ts.isImportEqualsDeclaration(statement)) {
    yield [statement.name.text, statement];
  } else if (ts.isImportDeclaration(statement) && statement.importClause) {
    const { name, namedBindings } = statement.importClause;
    if (name) yield [name.text, statement.importClause];
    if (namedBindings && ts.isNamespaceImport(namedBindings)) yield [namedBindings.name.text, namedBindings];
    if (namedBindings && ts.isNamedImports(namedBindings)) {
      for (const element of namedBindings.elements) yield [element.name.text, element];
    }
  }
}

function* bound(node: ts.VariableDeclaration | ts.ParameterDeclaration | ts.BindingElement): Iterable<[string, ts.Node]> {
  if (ts.isIdentifier(node.name)) yield [node.name.text, node];
  else for (const element of node.name.elements) if (ts.isBindingElement(element)) yield* bound(element);
}
