/** Functions that a platform calls with a request, without a router: nothing of the program runs before them. */
import {
  type CodeFile,
  exportOf,
  type Expression,
  type FunctionNode,
  functionBehind,
  origin,
  ts,
} from '../../server/core/typescript/code.ts';
import { type Handler, handlers, writtenHandlers } from './handlers.ts';

/** What takes the function that answers: Firebase, Deno (and with it Supabase), Node's own server. */
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
  const found = [...taken(file), ...exported(file)].filter(({ node }) => !routed.has(node));
  return found.filter(({ node }, index) => found.findIndex((each) => each.node === node) === index);
}

function* taken(file: CodeFile): Iterable<Handler> {
  if (!/onRequest|Deno|serve|createServer/.test(file.words)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const last = call.arguments.at(-1);
    if (!last || !/(?:^|\.)(?:onRequest|serve|createServer)$/.test(call.expression.getText())) continue;
    const behind = takers.test(origin(file, call.expression) ?? '') ? functionBehind(file, last) : undefined;
    if (behind?.file === file) yield handlerOf(file, behind.node, call.expression);
  }
}

/** Vercel: the default export of a file below `api`, given a request and a response. AWS: an exported `handler` of an event. */
function* exported(file: CodeFile): Iterable<Handler> {
  const isApi = /\/api\/[^?]*\.[cm]?[jt]s$/.test(file.uri) && !/\/pages\/api\//.test(file.uri);
  const standing = isApi ? exportOf(file, 'default') : undefined;
  const value = standing && ts.isExportAssignment(standing) ? functionBehind(file, standing.expression)?.node : standing;
  if (standing && value && ts.isFunctionLike(value)) {
    const node = value as FunctionNode;
    if (namesRequest(node)) yield handlerOf(file, node, ts.isFunctionDeclaration(node) ? (node.name ?? node) : node);
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
