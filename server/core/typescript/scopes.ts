/** Where a name is declared: lexical scopes, without a type checker. */
import { type Expression, listings, type Node, ts } from './code.ts';

/** What a member is taken from: `a` in `a.b`, and of `b` behind `const { b } = a`. */
export function takenFrom(member: Expression): Expression | undefined {
  if (ts.isPropertyAccessExpression(member)) return member.expression;
  const declaration = ts.isIdentifier(member) ? declarationOf(member) : undefined;
  const pattern = declaration && ts.isBindingElement(declaration) ? declaration.parent.parent : undefined;
  return pattern && ts.isVariableDeclaration(pattern) ? pattern.initializer : undefined;
}

/** Where a name is declared: the declaration node, by lexical scope. */
export function declarationOf(name: ts.Identifier): Node | undefined {
  const { text } = name;
  for (let scope = scopeAround(name.parent); scope; scope = scope.outer) {
    const found = scope.names.get(text);
    if (found) return found;
  }
  return undefined;
}

/** The names that a node declares for what is in it, and those around it. */
interface Scope {
  readonly names: ReadonlyMap<string, Node>;
  readonly outer: Scope | undefined;
}

const scopes = new WeakMap<Node, Scope | null>();

/** The closest scope that declares anything: the node's own, or one around it. */
function scopeAround(node: Node): Scope | undefined {
  let closest: Node | undefined = node;
  while (closest && !isScope(closest)) closest = closest.parent;
  if (!closest) return undefined;
  const known = scopes.get(closest);
  if (known !== undefined) return known ?? undefined;
  const names = namesIn(closest);
  const outer = closest.parent && scopeAround(closest.parent);
  const scope = names.size > 0 ? { names, outer } : outer;
  scopes.set(closest, scope ?? null);
  return scope;
}

/** The declaration at the top of a file of a name. */
export function declaredAtTop(ast: ts.SourceFile, name: string): Node | undefined {
  return scopeAround(ast)?.names.get(name);
}

/** By kind of node, 1 for a scope and 2 for others: every identifier asks all nodes around it. There are some 400 kinds. */
const scopeKinds = new Uint8Array(1024);

function isScope(node: Node): boolean {
  if (scopeKinds[node.kind] === 0) {
    const is =
      ts.isSourceFile(node) ||
      ts.isBlock(node) ||
      ts.isModuleBlock(node) ||
      ts.isCaseBlock(node) ||
      ts.isFunctionLike(node) ||
      ts.isForStatement(node) ||
      ts.isForOfStatement(node) ||
      ts.isForInStatement(node) ||
      ts.isCatchClause(node) ||
      ts.isClassLike(node);
    scopeKinds[node.kind] = is ? 1 : 2;
  }
  return scopeKinds[node.kind] === 1;
}

/** The names that a scope declares itself. */
function namesIn(scope: Node): Map<string, Node> {
  const names = new Map<string, Node>();
  const bind = (name: ts.BindingName | ts.Identifier, declaration: Node) => {
    if (ts.isIdentifier(name)) names.set(name.text, declaration);
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name, element);
  };
  if (ts.isFunctionLike(scope)) for (const parameter of scope.parameters) bind(parameter.name, parameter);
  if (ts.isCatchClause(scope) && scope.variableDeclaration) bind(scope.variableDeclaration.name, scope.variableDeclaration);
  if (ts.isClassLike(scope) && scope.name) names.set(scope.name.text, scope);
  if (ts.isFunctionExpression(scope) && scope.name) names.set(scope.name.text, scope);
  const isFunctionBody = ts.isSourceFile(scope) || (scope.parent !== undefined && ts.isFunctionLike(scope.parent));
  const hoists = isFunctionBody && (listings.get(scope.getSourceFile())?.hasVar ?? true);
  const collect = (node: Node, top: boolean): void => {
    if (ts.isVariableDeclarationList(node)) {
      const isVar = (node.flags & ts.NodeFlags.BlockScoped) === 0;
      if (top || (isVar && isFunctionBody)) for (const declaration of node.declarations) bind(declaration.name, declaration);
    }
    if (top && (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name) names.set(node.name.text, node);
    if (top && ts.isImportDeclaration(node)) bindImport(node, names);
    if (top && ts.isImportEqualsDeclaration(node)) names.set(node.name.text, node);
    if (ts.isVariableStatement(node)) ts.forEachChild(node, (child) => collect(child, top));
    else if (hoists && !ts.isFunctionLike(node) && !ts.isClassLike(node)) ts.forEachChild(node, (child) => collect(child, false));
  };
  if (ts.isForStatement(scope) || ts.isForOfStatement(scope) || ts.isForInStatement(scope)) {
    if (scope.initializer) collect(scope.initializer, true);
  } else if (ts.isCaseBlock(scope)) {
    for (const clause of scope.clauses) for (const statement of clause.statements) collect(statement, true);
  } else if (ts.isSourceFile(scope) || ts.isBlock(scope) || ts.isModuleBlock(scope)) {
    for (const statement of scope.statements) collect(statement, true);
  }
  return names;
}

function bindImport(node: ts.ImportDeclaration, names: Map<string, Node>): void {
  const clause = node.importClause;
  if (!clause) return;
  if (clause.name) names.set(clause.name.text, clause);
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) names.set(bindings.name.text, bindings);
  if (bindings && ts.isNamedImports(bindings)) for (const element of bindings.elements) names.set(element.name.text, element);
}
