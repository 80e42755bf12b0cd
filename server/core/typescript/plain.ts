/** Expressions without what stands around them, and what is written plainly in them. */
import ts from 'ts6';

/** Through parentheses, `as`, `satisfies`, `!` and `await`: the expression that makes the value. */
export function strip(node: ts.Expression): ts.Expression {
  let at = node;
  while (isWrapper(at)) at = at.expression;
  return at;
}

/** Parentheses, `as`, `satisfies`, `!` and `await`. */
export function isWrapper(node: ts.Node): node is ts.ParenthesizedExpression {
  return (wrappers ??= wrappingKinds())[node.kind] === 1;
}

function wrappingKinds(): Uint8Array {
  const kinds = new Uint8Array(1024);
  kinds[ts.SyntaxKind.ParenthesizedExpression] = 1;
  kinds[ts.SyntaxKind.AsExpression] = 1;
  kinds[ts.SyntaxKind.SatisfiesExpression] = 1;
  kinds[ts.SyntaxKind.NonNullExpression] = 1;
  kinds[ts.SyntaxKind.TypeAssertionExpression] = 1;
  kinds[ts.SyntaxKind.AwaitExpression] = 1;
  return kinds;
}

/** By their kinds, because rules ask this of every expression, many times; made late, because it loads TypeScript. */
let wrappers: Uint8Array | undefined;

/** Is a variable declared with `const`? */
export function isConstant(declaration: ts.VariableDeclaration): boolean {
  return (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
}

/** `null` or `undefined`. */
export function isNothing(node: ts.Expression): boolean {
  const bare = strip(node);
  return bare.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(bare) && bare.text === 'undefined');
}

/** What a property of an object literal is given: `id` of `{ id }`, too. */
export function initializerOf(property: ts.Node): ts.Expression | undefined {
  if (ts.isPropertyAssignment(property)) return property.initializer;
  return ts.isShorthandPropertyAssignment(property) ? property.name : undefined;
}

/** The value a property of an object literal is given, where it is written there. */
export function propertyIn(node: ts.Expression | undefined, wanted: string): ts.Expression | undefined {
  const bare = node && strip(node);
  if (!bare || !ts.isObjectLiteralExpression(bare)) return undefined;
  const property = bare.properties.find((item) => nameText(item.name) === wanted);
  if (property && ts.isShorthandPropertyAssignment(property)) return property.name;
  return property && ts.isPropertyAssignment(property) ? strip(property.initializer) : undefined;
}

/** The text of a property's name, where it is written plainly. */
export function nameText(name: ts.PropertyName | undefined): string | undefined {
  return name &&
    (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name) || ts.isPrivateIdentifier(name))
    ? name.text
    : undefined;
}

/** A text as it is written. */
export function plainText(node: ts.Expression | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined;
}

/**
 * What a package is called at npm, as Deno names it: `npm:hono@4/factory`, `https://esm.sh/stripe@14?target=deno`, and `jsr:@hono/hono`,
 * which is Hono.
 */
export function packageNamed(specifier: string): string {
  const [, name = specifier] = /^(?:(?:npm|jsr):\/?|https:\/\/esm\.sh\/)([^?]+)/.exec(specifier) ?? [];
  const plain = name === specifier ? name : name.replace(/(?<=.)@[^/]*/, '');
  return plain.replace(/^@hono\/hono(?=\/|$)/, 'hono');
}

/** What is written as JSON: the order of `JSON.stringify(order)`. */
export function writtenAsJson(node: ts.Expression | undefined): ts.Expression | undefined {
  const bare = node && strip(node);
  return bare && ts.isCallExpression(bare) && bare.expression.getText() === 'JSON.stringify' ? bare.arguments[0] : undefined;
}

/** CommonJS's exports: `exports`, `module.exports`. */
export function isExports(node: ts.Node): boolean {
  if (ts.isIdentifier(node)) return node.text === 'exports';
  const isMember = ts.isPropertyAccessExpression(node) && node.name.text === 'exports';
  return isMember && ts.isIdentifier(node.expression) && node.expression.text === 'module';
}

/**
 * What an assignment to this sets of a module's exports: one by its name, all of them for `''`; also where the file has a name for
 * them, `const helpers = module.exports`.
 */
export function exportSet(target: ts.Expression): string | undefined {
  if (isExports(target)) return '';
  if (!ts.isPropertyAccessExpression(target)) return undefined;
  const owner = target.expression;
  const isOfExports = isExports(owner) || (ts.isIdentifier(owner) && namesOfExports(owner.getSourceFile()).has(owner.text));
  return isOfExports ? target.name.text : undefined;
}

const exportNames = new WeakMap<ts.SourceFile, ReadonlySet<string>>();

/** The variables of a file that are its exports: `const helpers = module.exports`, `const api = (module.exports = {})`. */
export function namesOfExports(file: ts.SourceFile): ReadonlySet<string> {
  const known = exportNames.get(file);
  if (known) return known;
  const isOfExports = (node: ts.Expression): boolean => {
    const bare = strip(node);
    if (!ts.isBinaryExpression(bare) || bare.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return isExports(bare);
    return isExports(bare.left) || isOfExports(bare.right);
  };
  const declared = file.statements.flatMap((one) => (ts.isVariableStatement(one) ? [...one.declarationList.declarations] : []));
  const names = new Set(
    declared.flatMap(({ name, initializer }) =>
      ts.isIdentifier(name) && initializer && isOfExports(initializer) ? [name.text] : [],
    ),
  );
  exportNames.set(file, names);
  return names;
}

const returns = new WeakMap<ts.Node, readonly ts.Expression[]>();

/** The values a function body returns; nested functions' returns are their own. */
export function returnsOf(body: ts.Node): readonly ts.Expression[] {
  const known = returns.get(body);
  if (known) return known;
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isReturnStatement(node) && node.expression) found.push(node.expression);
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  returns.set(body, found);
  return found;
}

/** What a function gives back: what it returns, or the expression that an arrow function is. */
export function resultsOf(body: ts.ConciseBody | undefined): readonly ts.Expression[] {
  if (!body) return [];
  return ts.isBlock(body) ? returnsOf(body) : [body];
}

/** What a statement exports as the whole of its module: `export default value`, `module.exports = value`. */
export function defaultExportIn(statement: ts.Statement): ts.Expression | undefined {
  if (ts.isExportAssignment(statement)) return statement.expression;
  const set = ts.isExpressionStatement(statement) ? statement.expression : undefined;
  return set && ts.isBinaryExpression(set) && set.left.getText() === 'module.exports' ? set.right : undefined;
}
