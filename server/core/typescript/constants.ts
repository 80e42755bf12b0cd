/** What a name holds: constants, what is written to a variable, and what a value is made of. */
import { descendants, type Expression, type FunctionNode, isAssignment, listings, type Node, ts, unwrap } from './code.ts';
import { isConstant, isNothing } from './plain.ts';
import { declarationOf } from './scopes.ts';

const answers = new WeakMap<FunctionNode, Expression | null>();

/** The value a function returns wherever it returns one; undefined where it returns others or none. */
export function onlyAnswer(node: FunctionNode): Expression | undefined {
  const known = answers.get(node);
  if (known !== undefined) return known ?? undefined;
  const [only, ...others] = answersOf(node);
  // `if (client) return client; … return client;` answers one thing.
  const isOne = others.every((other) => only && isName(only) && other.getText() === only.getText());
  const answer = !isOne || node.asteriskToken ? undefined : only;
  answers.set(node, answer ?? null);
  return answer;
}

/** The values a function returns, but for nothing: who goes on behind `if (!key) return null;`, `return console.error(error);` has another. */
export function answersOf({ body }: FunctionNode): readonly Expression[] {
  const returned = !body
    ? []
    : ts.isBlock(body)
      ? descendants(body, (inner) => !ts.isFunctionLike(inner)).filter(ts.isReturnStatement)
      : [{ expression: body }];
  return returned.flatMap(({ expression }) =>
    expression && !isNothing(expression) && !isConsole(expression) ? [expression] : [],
  );
}

/** `console.error(…)`, which answers nothing. */
function isConsole(expression: Expression): boolean {
  const node = unwrap(expression);
  return ts.isCallExpression(node) && /^console\.\w+$/.test(node.expression.getText());
}

/** A variable, or a member of one. */
function isName(expression: Expression): boolean {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node)) return node.expression.kind === ts.SyntaxKind.ThisKeyword || isName(node.expression);
  return ts.isIdentifier(node);
}

/** Values assigned to a variable after its declaration, in its file. */
export function writesTo(declaration: Node & { name: ts.Node }): Expression[] {
  if (!ts.isIdentifier(declaration.name)) return [];
  const name = declaration.name.text;
  return (assignments(declaration.getSourceFile()).get(name) ?? [])
    .filter((assignment) => declarationOf(assignment.left as ts.Identifier) === declaration)
    .map((assignment) => assignment.right);
}

/** `let client = new Client(); … client = new Client();`: whatever is written later is made by the same class. */
export function isMadeAnew(declaration: ts.VariableDeclaration): boolean {
  const maker = declaration.initializer && makerOf(declaration.initializer);
  return maker !== undefined && writesTo(declaration).every((write) => isNothing(write) || makerOf(write) === maker);
}

/** What follows `new`, as it is written. */
function makerOf(expression: Expression): string | undefined {
  const node = unwrap(expression);
  return ts.isNewExpression(node) ? node.expression.getText() : undefined;
}

export function isReassigned(declaration: ts.VariableDeclaration): boolean {
  return !isConstant(declaration) && writesTo(declaration).length > 0;
}

export function assigning(ast: ts.SourceFile): readonly ts.BinaryExpression[] {
  return (listings.get(ast)?.binaries ?? descendants(ast)).filter(isAssignment);
}

const assignmentsByFile = new WeakMap<ts.SourceFile, Map<string, ts.BinaryExpression[]>>();

function assignments(ast: ts.SourceFile): Map<string, ts.BinaryExpression[]> {
  const known = assignmentsByFile.get(ast);
  if (known) return known;
  const found = new Map<string, ts.BinaryExpression[]>();
  for (const node of assigning(ast)) {
    if (!ts.isIdentifier(node.left)) continue;
    found.set(node.left.text, [...(found.get(node.left.text) ?? []), node]);
  }
  assignmentsByFile.set(ast, found);
  return found;
}

/** The expression a constant stands for: through names that are assigned once. Itself where there is nothing to follow. */
export function valueOf(expression: Expression): Expression {
  let node = unwrap(expression);
  for (let steps = 0; steps < 16 && ts.isIdentifier(node); steps++) {
    const declaration = declarationOf(node);
    if (!declaration || !ts.isVariableDeclaration(declaration)) break;
    const writes = writesTo(declaration);
    const value =
      declaration.initializer && writes.length === 0
        ? declaration.initializer
        : writes.length === 1 && !declaration.initializer
          ? writes[0]
          : undefined;
    if (!value) break;
    node = unwrap(value);
  }
  return node;
}

/** The text of an expression that is constant: literals, templates without holes, sums of such, constants. */
export function constantText(expression: Expression): string | undefined {
  return textWithin(expression, new Set());
}

/** `around`: what the expression is a part of; a name that is made of itself (`path = `/${path}``) is no constant. */
function textWithin(expression: Expression, around: Set<Node>): string | undefined {
  const node = valueOf(expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return node.text;
  if (around.has(node)) return undefined;
  around.add(node);
  const text = ts.isTemplateExpression(node) ? textOfTemplate(node, around) : textOfSum(node, around);
  around.delete(node);
  return text;
}

function textOfSum(node: Expression, around: Set<Node>): string | undefined {
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const left = textWithin(node.left, around);
  const right = left === undefined ? undefined : textWithin(node.right, around);
  return left === undefined || right === undefined ? undefined : left + right;
}

function textOfTemplate(node: ts.TemplateExpression, around: Set<Node>): string | undefined {
  let text = node.head.text;
  for (const span of node.templateSpans) {
    const part = textWithin(span.expression, around);
    if (part === undefined) return undefined;
    text += part + span.literal.text;
  }
  return text;
}

/** Everything a value is made of, going backwards through constants, templates, sums, conversions, spreads and method chains. */
export function* sources(expression: Expression, seen = new Set<Node>()): Iterable<Expression> {
  const node = valueOf(expression);
  if (seen.has(node)) return;
  seen.add(node);
  yield node;
  const parts: Expression[] = [];
  if (ts.isTemplateExpression(node)) parts.push(...node.templateSpans.map((span) => span.expression));
  else if (ts.isBinaryExpression(node)) parts.push(node.left, node.right);
  else if (ts.isConditionalExpression(node)) parts.push(node.whenTrue, node.whenFalse);
  else if (ts.isCallExpression(node)) {
    parts.push(...node.arguments.filter((argument) => !ts.isFunctionLike(argument)));
    if (ts.isPropertyAccessExpression(node.expression)) parts.push(node.expression.expression);
  } else if (ts.isNewExpression(node)) parts.push(...(node.arguments ?? []));
  else if (ts.isArrayLiteralExpression(node))
    parts.push(...node.elements.filter(ts.isSpreadElement).map(({ expression: spread }) => spread));
  for (const part of parts) yield* sources(part, seen);
}

/** The properties of an object literal by name; undefined when it cannot be seen whole (spread, computed keys). */
export function propertiesOf(expression: Expression | undefined): Map<string, ts.ObjectLiteralElementLike> | undefined {
  if (!expression) return undefined;
  const node = valueOf(expression);
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const found = new Map<string, ts.ObjectLiteralElementLike>();
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) return undefined;
    const { name } = property;
    if (!name || ts.isComputedPropertyName(name)) return undefined;
    found.set(name.getText().replace(/^['"]|['"]$/g, ''), property);
  }
  return found;
}
