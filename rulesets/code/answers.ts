/** How handlers answer: which call sends a body, with which status. */
import {
  type CodeFile,
  type Expression,
  enclosingFunction,
  type FunctionNode,
  statementOf,
  ts,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { saysType } from '../../server/core/typescript/written-types.ts';
import { isWithin, leaves, optionValue } from '../../server/core/typescript/syntax.ts';
import { azureStatus, isAzureAnswer, isAzureResponse } from './azure-functions.ts';
import { isContextOfKoa } from './request.ts';

/** A call that sends a body, or makes the answer that a handler gives back; of Koa, what sets it; of Azure Functions, the literal. */
export interface Answer {
  readonly call: ts.CallExpression | ts.NewExpression | ts.BinaryExpression | ts.ObjectLiteralExpression;
  readonly body: Expression;
  /** 200 where none is set; undefined where it cannot be seen. */
  readonly status: number | undefined;
}

const responses = [
  /^express:(?:\w+(?:\.\w+)?)?\(\)(?:\.\w+\(\))*\.(?:use|all|get|post|put|patch|delete|route)=>[12]$/,
  /^(?:express|express-serve-static-core):(?:express\.)?Response\(\)$/,
  /^next:NextApiResponse\(\)$/,
  /^fastify:(?:fastify)?\(\)\.(?:all|get|post|put|patch|delete|setErrorHandler)=>[12]$/,
  /^fastify:FastifyReply\(\)$/,
  /^firebase-functions(?:\/[\w/]+)?:(?:\w+(?:\(\))?\.)*onRequest=>1$/,
  /^https?:(?:(?:createServer|Server)(?:=>1|\(\)\.on=>1)|ServerResponse\(\))$/,
];
const contexts = /^hono:(?:Hono\(\)(?:\.\w+\(\))*\.(?:all|get|post|put|patch|delete|on|use|onError)=>[01]|Context\(\))$/;

const known = new WeakMap<CodeFile, readonly Answer[]>();

/** Every call of the file that answers a request with a body. */
export function answers(file: CodeFile): readonly Answer[] {
  let found = known.get(file);
  if (!found) {
    const calls = file
      .nodes(ts.SyntaxKind.CallExpression)
      .flatMap((call) => answerOf(file, call) ?? ofSvelteKit(file, call) ?? []);
    const made = file.words.has(/^(?:Next)?Response$/m) ? file.nodes(ts.SyntaxKind.NewExpression) : [];
    const set = mayBeKoa(file) ? file.nodes(ts.SyntaxKind.BinaryExpression) : [];
    found = [
      ...calls,
      ...made.flatMap((node) => newAnswer(file, node) ?? []),
      ...set.flatMap((node) => setAnswer(file, node) ?? []),
      ...ofAzure(file),
    ].sort((a, b) => a.call.pos - b.call.pos);
    known.set(file, found);
  }
  return found;
}

/** What names an answer: `res.json`, `ctx.body`; of a literal the member that holds the body. */
export function nameOfAnswer({ call, body }: Answer): Expression {
  if (ts.isObjectLiteralExpression(call)) return memberOfBody(call)?.name ?? body;
  return ts.isBinaryExpression(call) ? call.left : call.expression;
}

/** `{ status: 404, jsonBody: { error } }` of Azure Functions, and `context.res.body = …` of their older model. */
function* ofAzure(file: CodeFile): Iterable<Answer> {
  if (!file.words.has(/^(?:jsonBody|body)$/m) || !file.words.has(/^(?:@azure\/functions|context)$/m)) return;
  for (const literal of file.nodes(ts.SyntaxKind.ObjectLiteralExpression)) {
    const member = memberOfBody(literal);
    if (member && isAzureAnswer(file, literal))
      yield { call: literal, body: asObject(member.value), status: azureStatus(literal) };
  }
  for (const set of file.words.has(/^res$/m) ? file.nodes(ts.SyntaxKind.BinaryExpression) : []) {
    const { left, operatorToken, right } = set;
    if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isPropertyAccessExpression(left)) continue;
    if (left.name.text === 'body' && isAzureResponse(file, left.expression))
      yield { call: set, body: asObject(right), status: statusBeside(file, set, left.expression) };
  }
}

function memberOfBody(
  literal: ts.ObjectLiteralExpression,
): { readonly name: ts.Identifier; readonly value: Expression } | undefined {
  for (const property of literal.properties) {
    const { name } = property;
    if (!name || !ts.isIdentifier(name) || !/^(?:jsonBody|body)$/.test(name.text)) continue;
    if (ts.isPropertyAssignment(property)) return { name, value: property.initializer };
    if (ts.isShorthandPropertyAssignment(property)) return { name, value: name };
  }
  return undefined;
}

function mayBeKoa(file: CodeFile): boolean {
  if (!file.words.has(/^body$/m)) return false;
  return ['koa', '@koa/router', 'koa-router'].some((name) => file.modules.has(name) || file.package?.installed.has(name));
}

/** `ctx.body = { error }` of Koa, with the status that stands beside it. */
function setAnswer(file: CodeFile, set: ts.BinaryExpression): Answer | undefined {
  const { left, operatorToken, right } = set;
  if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isPropertyAccessExpression(left) || left.name.text !== 'body')
    return undefined;
  const owner = ts.isPropertyAccessExpression(left.expression) ? left.expression : undefined;
  const context = owner?.name.text === 'response' ? owner.expression : left.expression;
  return isContextOfKoa(file, context) ? { call: set, body: right, status: statusBeside(file, set, context) } : undefined;
}

/** The status that is set in the same block; 200 where the function sets none, and undefined where it sets one elsewhere. */
function statusBeside(file: CodeFile, set: ts.Node, context: Expression): number | undefined {
  const scope = enclosingFunction(set);
  const name = context.getText();
  const all = file
    .nodes(ts.SyntaxKind.BinaryExpression)
    .filter(
      ({ left, operatorToken: { kind }, pos, end }) =>
        kind === ts.SyntaxKind.EqualsToken &&
        pos >= scope.pos &&
        end <= scope.end &&
        (left.getText() === `${name}.status` || left.getText() === `${name}.response.status`),
    );
  const block = statementOf(set)?.parent;
  const beside = all.filter((each) => statementOf(each)?.parent === block);
  if (beside.length === 1) return statusOf(beside[0]?.right);
  return all.length === 0 ? 200 : undefined;
}

/** `return new Response(JSON.stringify({ error }), { status: 500 })`: what a Worker, a route of Next.js or an endpoint of Astro gives back. */
function newAnswer(file: CodeFile, call: ts.NewExpression): Answer | undefined {
  const [body, options] = call.arguments ?? [];
  if (!body || !isGivenBack(call) || !/Response$/.test(call.expression.getText()) || !isResponseClass(file, call.expression))
    return undefined;
  return { call, body: asObject(body), status: options ? statusOf(optionValue(options, 'status')) : 200 };
}

function isGivenBack({ parent }: ts.NewExpression): boolean {
  return ts.isReturnStatement(parent) || ts.isThrowStatement(parent) || ts.isArrowFunction(parent);
}

/** `throw error(500, cause.message)`, `return json(body, { status })`, `return fail(400, body)` of SvelteKit. */
function ofSvelteKit(file: CodeFile, call: ts.CallExpression): Answer | undefined {
  if (!file.modules.has('@sveltejs/kit') || !ts.isIdentifier(call.expression)) return undefined;
  const name = /^@sveltejs\/kit:(error|fail|json|text)$/.exec(origin(file, call.expression) ?? '')?.[1];
  const [first, second] = call.arguments;
  if (name === undefined || !first) return undefined;
  if (name === 'json' || name === 'text')
    return { call, body: first, status: second ? statusOf(optionValue(second, 'status')) : 200 };
  return second && { call, body: second, status: statusOf(first) };
}

function answerOf(file: CodeFile, call: ts.CallExpression): Answer | undefined {
  const callee = call.expression;
  const [body] = call.arguments;
  if (!body || ts.isSpreadElement(body) || !ts.isPropertyAccessExpression(callee)) return undefined;
  const name = callee.name.text;
  if (name !== 'json' && name !== 'jsonp' && name !== 'send' && name !== 'end') return undefined;
  if (name === 'json' && isResponseClass(file, callee.expression)) {
    const options = call.arguments[1];
    return { call, body, status: options ? statusOf(optionValue(options, 'status')) : 200 };
  }
  if (name === 'json' && contexts.test(origin(file, callee.expression) ?? ''))
    return {
      call,
      body,
      status: call.arguments[1] ? statusOf(call.arguments[1]) : setBefore(file, call, callee.expression) ? undefined : 200,
    };
  return chained(file, call, callee, name === 'end' ? asObject(body) : body);
}

/** `JSON.stringify(body)`, as Node's own servers send it: the body. */
function asObject(text: Expression): Expression {
  const value = valueOf(text);
  const [body] = ts.isCallExpression(value) && value.expression.getText() === 'JSON.stringify' ? value.arguments : [];
  return body ?? text;
}

function isResponseClass(file: CodeFile, owner: Expression): boolean {
  return /^(?:next\/server:NextResponse|global:Response)$/.test(origin(file, owner) ?? '');
}

/** `res.status(400).json(body)`: the status is set on the way from the response to the call. */
function chained(
  file: CodeFile,
  call: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  body: Expression,
): Answer | undefined {
  let root = callee.expression;
  let set: Expression | undefined;
  while (ts.isCallExpression(root) && ts.isPropertyAccessExpression(root.expression)) {
    if (/^(?:status|code|writeHead)$/.test(root.expression.name.text)) set = root.arguments[0];
    root = root.expression.expression;
  }
  if (!isResponse(file, root)) return undefined;
  if (set) return { call, body, status: statusOf(set) };
  return { call, body, status: statusBefore(file, call, root) };
}

function statusOf(set: Expression | undefined): number | undefined {
  const text = set && constantText(set);
  return text !== undefined && /^\d{3}$/.test(text) ? Number(text) : undefined;
}

const setters = new WeakMap<CodeFile, readonly ts.PropertyAccessExpression[]>();

/** What a chain on a response says besides its status, and sends nothing. */
const alsoSets = /^(?:append|contentType|cookie|header|links|location|set|setHeader|type|vary)$/;

/** Is a call a statement of its own, or begins one that sends nothing: `res.status(400).type('json');`? */
function isSetting(call: ts.CallExpression): boolean {
  let node: ts.Node = call;
  while (
    ts.isPropertyAccessExpression(node.parent) &&
    alsoSets.test(node.parent.name.text) &&
    ts.isCallExpression(node.parent.parent)
  )
    node = node.parent.parent;
  return ts.isExpressionStatement(node.parent);
}

/** Where the file sets a status in a statement of its own: `res.status(400);`, `res.statusCode = 400;`. */
function statusSetters(file: CodeFile): readonly ts.PropertyAccessExpression[] {
  let known = setters.get(file);
  if (!known) {
    known = file.nodes(ts.SyntaxKind.PropertyAccessExpression).filter(({ name: { text }, parent }) => {
      if (text === 'statusCode') return true;
      return /^(?:status|code|writeHead)$/.test(text) && ts.isCallExpression(parent) && isSetting(parent);
    });
    setters.set(file, known);
  }
  return known;
}

function setBefore(file: CodeFile, call: ts.Node, root: Expression): boolean {
  const name = root.getText();
  const { pos, end } = enclosingFunction(call);
  return statusSetters(file).some((node) => node.pos >= pos && node.end <= end && node.expression.getText() === name);
}

/**
 * The status that holds where a body is sent: that of the last statement before it which sets one, where that surely runs; 200 where
 * none does, and undefined where it cannot be told.
 */
function statusBefore(file: CodeFile, call: ts.Node, root: Expression): number | undefined {
  const name = root.getText();
  const own = enclosingFunction(call);
  const before = statusSetters(file).filter(
    (node) =>
      node.pos < call.pos &&
      node.expression.getText() === name &&
      isWithin(call, enclosingFunction(node)) &&
      !ts.isSourceFile(enclosingFunction(node)) &&
      !isPassedBy(node, call),
  );
  const last = before.at(-1);
  if (!last) return 200;
  const statement = statementOf(last);
  if (statement && enclosingFunction(last) === own && isWithin(call, statement.parent)) return statusSet(last);
  // Whether it ran or not, it was a success.
  const isSuccess = before.every((node) => enclosingFunction(node) === own && (statusSet(node) ?? 500) < 300);
  return isSuccess ? 200 : undefined;
}

function statusSet(setter: ts.PropertyAccessExpression): number | undefined {
  const { parent } = setter;
  if (ts.isCallExpression(parent)) return statusOf(parent.arguments[0]);
  return ts.isBinaryExpression(parent) && parent.left === setter ? statusOf(parent.right) : undefined;
}

/** What is sent stands in another branch than this, or behind one that leaves. */
function isPassedBy(setter: ts.Node, call: ts.Node): boolean {
  for (let node = setter; !ts.isFunctionLike(node) && !isWithin(call, node); node = node.parent) {
    const { parent } = node;
    if (ts.isIfStatement(parent) && node !== parent.expression)
      if (isWithin(call, parent) || leaves(node as ts.Statement)) return true;
    if (ts.isCaseOrDefaultClause(node) && isWithin(call, parent)) return true;
  }
  return false;
}

/** A response object: by its origin, or, without types, by the place and names that every handler of Express gives its parameters. */
export function isResponse(file: CodeFile, expression: Expression): boolean {
  const from = origin(file, expression);
  if (isAzureResponse(file, expression)) return true;
  if (from !== undefined) return responses.some((response) => response.test(from));
  const declaration = ts.isIdentifier(expression) ? declarationOf(expression) : undefined;
  if (
    !declaration ||
    !ts.isParameter(declaration) ||
    saysType(declaration) ||
    !/^(?:res|response)$/.test(declaration.name.getText())
  )
    return false;
  const { parameters } = declaration.parent as FunctionNode;
  const before = parameters[parameters.indexOf(declaration) - 1];
  return before !== undefined && /^_?(?:req|request)$|^_$/.test(before.name.getText());
}

/** The name of the error that a node is inside the handling of: of a `catch`, of `.catch(error => …)`, or of a callback `(error, …)`. */
export function caughtAround(node: ts.Node): { readonly name: string; readonly of: ts.Node | undefined } | undefined {
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (ts.isCatchClause(outer)) {
      const name = outer.variableDeclaration?.name.getText();
      return name === undefined ? undefined : { name, of: outer.parent.tryBlock };
    }
    if (!ts.isFunctionLike(outer)) continue;
    const { parent } = outer;
    const [first] = outer.parameters;
    if (!first || !ts.isIdentifier(first.name)) continue;
    const isCatch =
      ts.isCallExpression(parent) && ts.isPropertyAccessExpression(parent.expression) && parent.expression.name.text === 'catch';
    if (isCatch) return { name: first.name.text, of: parent.expression };
    if (/^e(?:rr(?:or)?)?$/.test(first.name.text))
      return { name: first.name.text, of: ts.isCallExpression(parent) ? parent.expression : undefined };
  }
  return undefined;
}

/** The members of a body that is written out, by name. */
export function membersOf(
  body: Expression,
): readonly { readonly name: string; readonly value: Expression; readonly at: ts.ObjectLiteralElementLike }[] {
  const literal = valueOf(body);
  if (!ts.isObjectLiteralExpression(literal)) return [];
  return literal.properties.flatMap((property) => {
    const name = property.name?.getText().replace(/^['"]|['"]$/g, '');
    const value = ts.isPropertyAssignment(property)
      ? property.initializer
      : ts.isShorthandPropertyAssignment(property)
        ? property.name
        : undefined;
    return name !== undefined && value ? [{ name, value, at: property }] : [];
  });
}
