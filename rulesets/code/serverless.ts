/** Functions that a platform calls with a request, without a router: nothing of the program runs before them. */
import { functionBehind } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type Expression, type FunctionNode, ts, unwrap } from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { exportOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { azureHandlers } from './azure-functions.ts';
import { type Handler, handlers, writtenHandlers } from './handlers.ts';

/** What takes the function that answers: Firebase, Deno (and with it Supabase), Node's own server. Bun takes it among its options. */
const takers =
  /^(?:firebase-functions(?:\/v[12](?:\/https)?|\/https)?:(?:\w+\.)*onRequest|global:Deno\.serve|https:\/\/deno\.land\/std[^:]*\/http\/server\.ts:serve|https?:createServer)$/;

const known = new WeakMap<CodeFile, readonly Handler[]>();

/** Every handler of this file, and the functions that a platform calls, each once. */
export function handlersOfAll(file: CodeFile): readonly Handler[] {
  let found = known.get(file);
  if (!found) known.set(file, (found = [...handlers(file), ...serverless(file)]));
  return found;
}

/** The functions of this file that answer requests, those among them that another file registers. */
export function answering(file: CodeFile): readonly FunctionNode[] {
  const all = [...handlersOfAll(file), ...writtenHandlers(file)];
  return all.flatMap(({ node, file: owner }) => (owner === file ? [node] : []));
}

/** Functions of this file that a platform calls; those that `handlers` knows are left out. */
function serverless(file: CodeFile): Handler[] {
  const routed = new Set(handlers(file).map(({ node }) => node));
  const found = [...taken(file), ...exported(file), ...olderAzure(file)].filter(({ node }) => !routed.has(node));
  return found.filter(({ node }, index) => found.findIndex((each) => each.node === node) === index);
}

/** `const orders: AzureFunction = async (context, req) => …`: what calls it stands in a `function.json`. */
function* olderAzure(file: CodeFile): Iterable<Handler> {
  for (const { node, context } of azureHandlers(file)) {
    if (!context) continue;
    const { parent } = node;
    const name = ts.isVariableDeclaration(parent) ? parent.name : ts.isBinaryExpression(parent) ? parent.left : node.name;
    // Whether its callers need a key stands there too.
    yield { ...handlerOf(file, node, name ?? context), beside: [context] };
  }
}

function* taken(file: CodeFile): Iterable<Handler> {
  if (!file.words.has(/onRequest|Deno|serve|createServer/)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const last = call.arguments.at(-1);
    if (!last || !/(?:^|\.)(?:onRequest|serve|createServer)$/.test(call.expression.getText())) continue;
    const from = origin(file, call.expression) ?? '';
    const options = from === 'global:Bun.serve' ? valueOf(last) : undefined;
    const fetches = options && ts.isObjectLiteralExpression(options) ? memberFunction(file, options, 'fetch') : undefined;
    const behind = takers.test(from) ? functionBehind(file, last) : undefined;
    const node = behind?.file === file ? behind.node : fetches;
    if (node) yield handlerOf(file, node, call.expression);
  }
}

/**
 * Vercel: the default export of a file below `api`, given a request and a response. AWS and Netlify: an exported `handler` of an event.
 * Cloudflare: `fetch` of the default export, and what a file of Pages, of SvelteKit or of Astro exports under the name of a method.
 */
function* exported(file: CodeFile): Iterable<Handler> {
  const isApi = /\/api\/[^?]*\.[cm]?[jt]s$/.test(file.uri) && !/\/pages\/api\//.test(file.uri);
  const standing = exportOf(file, 'default');
  const value = standing && ts.isExportAssignment(standing) ? functionBehind(file, standing.expression)?.node : standing;
  if (isApi && standing && value && ts.isFunctionLike(value)) {
    const node = value as FunctionNode;
    if (namesRequest(node)) yield handlerOf(file, node, ts.isFunctionDeclaration(node) ? (node.name ?? node) : node);
  }
  const worker = standing && ts.isExportAssignment(standing) ? valueOf(standing.expression) : undefined;
  const fetches = worker && ts.isObjectLiteralExpression(worker) ? memberFunction(file, worker, 'fetch') : undefined;
  if (fetches) yield handlerOf(file, fetches, fetches.name ?? fetches);
  for (const [name, method] of entries) {
    const found = file.text.includes(name) ? exportOf(file, name) : undefined;
    const made = found && (ts.isVariableDeclaration(found) ? found.initializer : ts.isExpression(found) ? found : undefined);
    const node = made ? functionBehind(file, unwrap(made))?.node : found;
    if (!node || !ts.isFunctionLike(node) || node.getSourceFile() !== file.ast) continue;
    const called = node as FunctionNode;
    const path = /\/routes(\/.*)?\/\+server\.[jt]s$/.exec(decodeURIComponent(file.uri));
    if (name === 'handler' ? !takesGatewayEvent(called) : !takesContext(called) && !(path && name === method)) continue;
    const at = found && ts.isVariableDeclaration(found) ? found.name : (called.name ?? called);
    yield {
      ...handlerOf(file, called, at),
      method,
      ...(path && { path: (path[1] ?? '/').replace(/\[+[.=\w]*?(\w+)\]+/g, ':$1') }),
    };
  }
  for (const statement of file.ast.statements) {
    const assigned = ts.isExpressionStatement(statement) ? unwrapAssignment(statement.expression) : undefined;
    if (!assigned) continue;
    const name = assigned.left.getText();
    const node = functionBehind(file, assigned.right);
    if (node?.file !== file) continue;
    const isLambda = /^(?:module\.)?exports\.handler$/.test(name) && /^_?event$/.test(parameterOf(node.node) ?? '');
    if (isLambda || (isApi && name === 'module.exports' && namesRequest(node.node)))
      yield handlerOf(file, node.node, assigned.left);
  }
}

/** Names under which a platform finds a function, and the method of the requests that come there. */
const entries: readonly (readonly [string, string])[] = [
  ['handler', 'ALL'],
  ['onRequest', 'ALL'],
  ['onRequestPost', 'POST'],
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, method] as const),
];

/** `fetch(request, env) { … }`, `fetch: async (request) => …`. */
function memberFunction(file: CodeFile, literal: ts.ObjectLiteralExpression, name: string): FunctionNode | undefined {
  const found = literal.properties.find((property) => property.name?.getText() === name);
  if (found && ts.isMethodDeclaration(found)) return found;
  const made = found && ts.isPropertyAssignment(found) ? functionBehind(file, found.initializer) : undefined;
  return made?.file === file ? made.node : undefined;
}

/** An event of HTTP by its type, or an untyped one of which the function reads what only such has. */
function takesGatewayEvent({ parameters: [event], body }: FunctionNode): boolean {
  const name = event?.name.getText();
  if (!event || !body || !name) return false;
  if (event.type && event.type.kind !== ts.SyntaxKind.AnyKeyword)
    return /^(?:APIGateway\w*Event(?:V2)?\b|ALBEvent$|LambdaFunctionURLEvent$|HandlerEvent$)/.test(event.type.getText());
  return (
    /^_?event$/.test(name) &&
    descendants(body).some(
      (node) =>
        ts.isPropertyAccessExpression(node) &&
        node.expression.getText() === name &&
        /^(?:httpMethod|headers|queryStringParameters|pathParameters|rawPath|isBase64Encoded)$/.test(node.name.text),
    )
  );
}

/** `({ request }) => …`, `(context) => … context.request …`. */
function takesContext({ parameters: [context], body }: FunctionNode): boolean {
  if (!context || !body) return false;
  if (ts.isObjectBindingPattern(context.name))
    return context.name.elements.some((each) => (each.propertyName ?? each.name).getText() === 'request');
  const name = context.name.getText();
  return (
    /^(?:context|ctx)$/.test(name) &&
    descendants(body).some((node) => ts.isPropertyAccessExpression(node) && node.getText() === `${name}.request`)
  );
}

function unwrapAssignment(expression: Expression): ts.BinaryExpression | undefined {
  return ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.EqualsToken
    ? expression
    : undefined;
}

function parameterOf({ parameters: [first] }: FunctionNode): string | undefined {
  return first?.name.getText();
}

/** `(req, res) => …`. */
function namesRequest({ parameters: [request, response] }: FunctionNode): boolean {
  return /^_?req(?:uest)?$/.test(request?.name.getText() ?? '') && /^_?res(?:ponse)?$/.test(response?.name.getText() ?? '');
}

function handlerOf(file: CodeFile, node: FunctionNode, at: ts.Node): Handler {
  return { framework: 'serverless', node, file, method: 'ALL', path: undefined, beside: [], at, onApplication: true };
}
