/**
 * Functions that Azure calls, by both of its programming models: in the newer they are registered (`app.http('orders', { handler })`), in the
 * older a file exports `(context, req) => …`, which a `function.json` beside it binds to what calls it.
 */
import { functionBehind } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  type Expression,
  type FunctionNode,
  isAssignment,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { commonJsExports } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';

/** What is registered to be called: by requests, or by the messages of a queue. */
export interface Registration {
  readonly call: ts.CallExpression;
  /** `http`, `get`, `serviceBusQueue`. */
  readonly trigger: string;
  readonly options: Expression | undefined;
  readonly handler: Expression;
}

const triggers = /^@azure\/functions:app\.(http|get|post|put|patch|deleteRequest|serviceBusQueue|serviceBusTopic|storageQueue)$/;
const mayRegister = /^(?:http|get|post|put|patch|deleteRequest|serviceBusQueue|serviceBusTopic|storageQueue)$/;
const registered = new WeakMap<CodeFile, readonly Registration[]>();

/** Every function that the file registers, in the newer model. */
export function registrations(file: CodeFile): readonly Registration[] {
  let found = registered.get(file);
  if (!found) registered.set(file, (found = hasPackage(file) ? [...registeredIn(file)] : []));
  return found;
}

function* registeredIn(file: CodeFile): Iterable<Registration> {
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const [name, given] = call.arguments;
    if (!name || !given || !ts.isPropertyAccessExpression(call.expression) || !mayRegister.test(call.expression.name.text))
      continue;
    const trigger = triggers.exec(origin(file, call.expression) ?? '')?.[1];
    if (trigger === undefined) continue;
    // `app.get('orders', handler)` is the short form.
    const options = ts.isObjectLiteralExpression(valueOf(given)) ? given : undefined;
    const handler = options ? (optionValue(options, 'handler') ?? methodOf(options)) : given;
    if (handler) yield { call, trigger, options, handler };
  }
}

/** `{ async handler(request) { … } }`. */
function methodOf(options: Expression): Expression | undefined {
  const literal = valueOf(options);
  const found = ts.isObjectLiteralExpression(literal)
    ? literal.properties.find((each) => ts.isMethodDeclaration(each) && each.name.getText() === 'handler')
    : undefined;
  return found as Expression | undefined;
}

/** The function that is registered, here or in another file. */
export function registeredFunction(
  file: CodeFile,
  { handler }: Registration,
): { readonly node: FunctionNode; readonly file: CodeFile } | undefined {
  const node: ts.Node = handler;
  return ts.isMethodDeclaration(node) ? { node, file } : functionBehind(file, handler);
}

/** `handler: signedIn(async (request, context) => …)`: the function that a wrapper is given, by what its parameter is called. */
export function wrappedFunction(
  file: CodeFile,
  { handler }: Registration,
): { readonly node: FunctionNode; readonly file: CodeFile } | undefined {
  const call = unwrap(handler);
  const last = ts.isCallExpression(call) ? call.arguments.at(-1) : undefined;
  const found = last && functionBehind(file, last);
  return found && isCalledRequest(found.node.parameters[0]) ? found : undefined;
}

function isCalledRequest(parameter: ts.ParameterDeclaration | undefined): boolean {
  return /^_?req(?:uest)?$/.test(parameter?.name.getText() ?? '');
}

/** Is it called by requests? */
export function isHttp({ trigger }: Registration): boolean {
  return !/Queue$|Topic$/.test(trigger);
}

/** A function of the file that is called with a request. */
export interface AzureHandler {
  readonly node: FunctionNode;
  readonly request: ts.ParameterDeclaration | undefined;
  /** Of the older model, where the answer is set on it. */
  readonly context: ts.ParameterDeclaration | undefined;
}

const handlersByFile = new WeakMap<CodeFile, readonly AzureHandler[]>();

/** Functions of the file that Azure calls with a request: by their registration, by their types, or by what they set on their context. */
export function azureHandlers(file: CodeFile): readonly AzureHandler[] {
  let found = handlersByFile.get(file);
  if (!found) {
    handlersByFile.set(file, []);
    handlersByFile.set(file, (found = [...handlersIn(file)]));
  }
  return found;
}

function* handlersIn(file: CodeFile): Iterable<AzureHandler> {
  if (!hasPackage(file)) {
    const exported =
      file.words.has(/^context$/m) && file.words.has(/^req(?:uest)?$/m) ? commonJsExports(file).get('default') : undefined;
    const node = exported && functionBehind(file, exported);
    if (node?.file === file && (setsAnswer(node.node) || isBound(file, node.node))) yield older(node.node);
    return;
  }
  const seen = new Set<FunctionNode>();
  for (const each of registrations(file)) {
    const behind = isHttp(each) ? (registeredFunction(file, each) ?? wrappedFunction(file, each)) : undefined;
    if (behind?.file !== file || seen.has(behind.node)) continue;
    seen.add(behind.node);
    yield { node: behind.node, request: behind.node.parameters[0], context: undefined };
  }
  const { ArrowFunction, FunctionDeclaration, FunctionExpression, MethodDeclaration } = ts.SyntaxKind;
  for (const node of file.nodes(ArrowFunction, FunctionDeclaration, FunctionExpression, MethodDeclaration)) {
    const [first, second] = node.parameters;
    if (!node.body || !first || seen.has(node)) continue;
    if (isTyped(file, first, 'HttpRequest') && (!second || isTyped(file, second, 'InvocationContext')))
      yield { node, request: first, context: undefined };
    else if (second && (isTyped(file, second, 'HttpRequest') ? isTyped(file, first, 'Context') : isOlder(file, node)))
      yield older(node);
  }
}

function older(node: FunctionNode): AzureHandler {
  return { node, request: node.parameters[1], context: node.parameters[0] };
}

function isTyped(file: CodeFile, { name, type }: ts.ParameterDeclaration, as: string): boolean {
  return type !== undefined && ts.isIdentifier(name) && origin(file, name) === `@azure/functions:${as}()`;
}

/** `const orders: AzureFunction = async (context, req) => …`, or, without types, what `module.exports` is and sets `context.res`. */
function isOlder(file: CodeFile, node: FunctionNode): boolean {
  const { parent } = node;
  const isNamed = ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) && parent.type !== undefined;
  if (isNamed && origin(file, parent.name) === '@azure/functions:AzureFunction()') return isCalledRequest(node.parameters[1]);
  const exported = commonJsExports(file).get('default');
  return exported !== undefined && functionBehind(file, exported)?.node === node && setsAnswer(node);
}

/** `(context, req) => { context.res = { status, body }; }`: nobody else answers so. */
function setsAnswer({ parameters: [context, request], body }: FunctionNode): boolean {
  if (context?.name.getText() !== 'context' || !isCalledRequest(request) || !body) return false;
  return descendants(body).some((node) => isAssignment(node) && node.left.getText() === 'context.res');
}

/** `(context, req) => …` beside a `function.json`, which names what calls it; what it gives back is its answer. */
function isBound(file: CodeFile, { parameters: [context, request] }: FunctionNode): boolean {
  return context?.name.getText() === 'context' && isCalledRequest(request) && file.list('.').includes('function.json');
}

function hasPackage({ modules }: CodeFile): boolean {
  return modules.has('@azure/functions');
}

/** Is this the request that Azure hands a function, `context.req` of the older model included? */
export function isAzureRequest(file: CodeFile, expression: Expression): boolean {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'req' && isAzureContext(file, node.expression);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  return (
    declaration !== undefined && ts.isParameter(declaration) && azureHandlers(file).some(({ request }) => request === declaration)
  );
}

/** Is this the context of the older model, on which the answer is set? */
export function isAzureContext(file: CodeFile, expression: Expression): boolean {
  const node = unwrap(expression);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration || !ts.isParameter(declaration)) return false;
  return (
    azureHandlers(file).some(({ context }) => context === declaration) ||
    (hasPackage(file) && isTyped(file, declaration, 'Context'))
  );
}

/** `context.res`, of the older model. */
export function isAzureResponse(file: CodeFile, expression: Expression): boolean {
  const node = unwrap(expression);
  return ts.isPropertyAccessExpression(node) && node.name.text === 'res' && isAzureContext(file, node.expression);
}

/** The literal with which a function answers: given back by it or by one that says so by its type, assigned, or made an `HttpResponse` of. */
export function isAzureAnswer(file: CodeFile, literal: ts.ObjectLiteralExpression): boolean {
  const node = wholeOf(literal);
  const { parent } = node;
  if (ts.isBinaryExpression(parent)) return isAssignment(parent) && parent.right === node && isAzureResponse(file, parent.left);
  if (ts.isNewExpression(parent)) return origin(file, parent.expression) === '@azure/functions:HttpResponse';
  const scope = hasPackage(file) || file.list('.').includes('function.json') ? givenBackBy(node) : undefined;
  return scope !== undefined && (answersFor(file, scope) || /\bHttpResponseInit\b/.test(scope.type?.getText() ?? ''));
}

/** What a function gives back is an answer: a handler's own, or that of `return logged(context, async () => { … })` in one. */
function answersFor(file: CodeFile, scope: ts.SignatureDeclaration): boolean {
  if (azureHandlers(file).some(({ node }) => node === scope)) return true;
  const call: ts.Node = scope.parent;
  if (!ts.isCallExpression(call) || call.expression === (scope as ts.Node)) return false;
  const { expression: callee } = call;
  // `return rows.map((row) => ({ body: row }))` makes no answers.
  if (!ts.isIdentifier(callee) && !(ts.isPropertyAccessExpression(callee) && /^(?:then|catch)$/.test(callee.name.text)))
    return false;
  const outer = givenBackBy(wholeOf(call));
  return outer !== undefined && answersFor(file, outer);
}

/** With what stands around it and changes nothing: brackets, `as`, `await`, and the choice that it is a branch of. */
function wholeOf(expression: Expression): ts.Node {
  let node: ts.Node = expression;
  while (
    ts.isParenthesizedExpression(node.parent) ||
    ts.isAsExpression(node.parent) ||
    ts.isSatisfiesExpression(node.parent) ||
    ts.isAwaitExpression(node.parent) ||
    ts.isConditionalExpression(node.parent)
  )
    node = node.parent;
  return node;
}

/** The function that gives a value back. */
function givenBackBy(value: ts.Node): ts.SignatureDeclaration | undefined {
  const { parent } = value;
  if (ts.isArrowFunction(parent)) return parent.body === value ? parent : undefined;
  return ts.isReturnStatement(parent) ? ts.findAncestor(parent, ts.isFunctionLike) : undefined;
}

/** The status that such a literal sets: a number, `undefined` where it cannot be seen, and 200 where there is none. */
export function azureStatus(literal: ts.ObjectLiteralExpression): number | undefined {
  if (literal.properties.some(ts.isSpreadAssignment)) return undefined;
  const set = optionValue(literal, 'status') ?? optionValue(literal, 'statusCode');
  if (!set) return 200;
  const text = constantText(set);
  return text !== undefined && /^\d{3}$/.test(text) ? Number(text) : undefined;
}
