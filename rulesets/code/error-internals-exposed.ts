import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { calleeName, isFallback, isWithin, optionValue } from '../../server/core/typescript/syntax.ts';
import { type Answer, answers, caughtAround, membersOf, nameOfAnswer } from './answers.ts';
import { databaseCalls } from './databases.ts';
import page from './error-internals-exposed.md';
import { httpCalls } from './http-clients.ts';
import { isErrorOfSupabase } from './supabase.ts';

interface Exposed {
  /** What stands in the answer. */
  readonly node: Expression;
  /** What that is of the error, where it is only a name for it. */
  readonly text?: string;
  readonly kind: 'stack' | 'error' | 'message';
  /** What it is answered with, where that can be seen. */
  readonly status?: number;
}

/**
 * Evidence: the stack of a caught error in an answer, also in an exception that Nest or Hono answers with; the whole error in that of a Lambda function with a 5xx; or the whole
 * error, or its message with a 5xx, where a known database driver, axios or a client of AWS, whose errors carry queries, credentials and names of roles, was
 * called in the `try` or calls back, or, of a package that has one, where the errors of all handlers come. Silent under a condition: it may
 * be for development.
 */
export default defineCodeRule<Exposed>({
  page,
  severity: 'warn',
  *check(file) {
    for (const answer of [...answers(file), ...thrown(file)]) {
      const found = exposed(file, answer) ?? answeredBySupabase(file, answer);
      if (!found || isForDevelopment(found.node, answer.call)) continue;
      const text = found.text ?? found.node.getText();
      yield {
        at: found.node,
        evidence: enclosingFunction(answer.call),
        severity: found.kind === 'message' ? 'hint' : undefined,
        message: `${says(found.kind, text)}; log it, and answer with a sentence of your own.`,
        data: { ...found, status: answer.status },
      };
    }
    for (const found of exposedByLambdas(file)) {
      const { node, kind } = found;
      if (isForDevelopment(node, node)) continue;
      const message = `${says(kind, node.getText())}; log it, and answer with a sentence of your own.`;
      yield { at: node, evidence: enclosingFunction(node), message, data: found };
    }
  },
  fix({ data }, file) {
    return data && hide(data, file);
  },
});

/** Exceptions by which a handler answers: those of Nest by their names, Hono's by its status. */
const exceptions = /^(?:@nestjs\/common:(\w+Exception)|hono\/http-exception:HTTPException)$/;
const ofServer = /^(?:InternalServerError|NotImplemented|BadGateway|ServiceUnavailable|GatewayTimeout)Exception$/;
const statusOfServer = /^5\d\d$|\.(?:INTERNAL_SERVER_ERROR|NOT_IMPLEMENTED|BAD_GATEWAY|SERVICE_UNAVAILABLE|GATEWAY_TIMEOUT)$/;

/** `throw new InternalServerErrorException(error.message)`, `throw new HTTPException(500, { message })`: the framework answers with it. */
function* thrown(file: CodeFile): Iterable<Answer> {
  if (!file.words.has(/Exception$/m)) return;
  for (const call of file.nodes(ts.SyntaxKind.NewExpression)) {
    const found = ts.isThrowStatement(call.parent) ? exceptions.exec(origin(file, call.expression) ?? '') : null;
    if (!found || isCaughtAgain(call)) continue;
    const [first, second] = call.arguments ?? [];
    const [, name] = found;
    const [body, status] = name === undefined ? [optionValue(second, 'message'), first] : [first, second];
    if (!body) continue;
    const isOfServer = ofServer.test(name ?? '') || (status && statusOfServer.test(constantText(status) ?? status.getText()));
    yield { call, body, status: isOfServer ? 500 : undefined };
  }
}

/** A `try` further out, also around the function that it is thrown in, has a say before the framework. */
function isCaughtAgain(node: ts.Node): boolean {
  for (let inner = node; inner.parent; inner = inner.parent)
    if (ts.isTryStatement(inner.parent) && inner.parent.catchClause && inner === inner.parent.tryBlock) return true;
  return false;
}

/**
 * `return { statusCode: 500, body: JSON.stringify(error) }`: how a Lambda function behind API Gateway answers. A whole error counts only
 * with a status that says that it was not made for the caller.
 */
function* exposedByLambdas(file: CodeFile): Iterable<Exposed> {
  if (!file.text.includes('statusCode') || !file.words.has(/^(?:stack|stringify)$/m)) return;
  for (const answer of file.nodes(ts.SyntaxKind.ObjectLiteralExpression)) {
    const members = isAnswered(answer) ? membersOf(answer) : [];
    const status = members.find(({ name }) => name === 'statusCode')?.value;
    const body = status && members.find(({ name }) => name === 'body')?.value;
    const caught = body && caughtAround(answer);
    if (!body || !caught) continue;
    const parts = partsOf(body);
    const stack = parts.find((part) => isMemberOf(part, 'stack', caught.name));
    const isOwn = ts.isNumericLiteral(status) && Number(status.text) >= 500;
    const whole = isOwn ? parts.find((part) => isStringified(part) && valueOf(part).getText() === caught.name) : undefined;
    if (stack) yield { node: stack, kind: 'stack' };
    else if (whole) yield { node: whole, kind: 'error' };
  }
}

/** Returned, or given to the callback of the older kind of handler. */
function isAnswered({ parent }: ts.ObjectLiteralExpression): boolean {
  if (ts.isParenthesizedExpression(parent)) return ts.isArrowFunction(parent.parent);
  const isCallback = ts.isCallExpression(parent) && /^(?:callback|cb)$/.test(parent.expression.getText());
  return ts.isReturnStatement(parent) || isCallback;
}

/** What a text is made of: sums, templates, `JSON.stringify` of an object, two deep. */
function partsOf(text: Expression, depth = 2): Expression[] {
  const value = unwrap(text);
  if (ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return [...partsOf(value.left, depth), ...partsOf(value.right, depth)];
  if (ts.isTemplateExpression(value)) return value.templateSpans.flatMap(({ expression }) => partsOf(expression, depth));
  if (ts.isCallExpression(value) && value.expression.getText() === 'JSON.stringify')
    return value.arguments[0] ? partsOf(value.arguments[0], depth) : [];
  const members = depth > 0 && ts.isObjectLiteralExpression(value) ? membersOf(value) : [];
  return [value, ...members.flatMap((member) => partsOf(member.value, depth - 1))];
}

/** Written out with its members; in a sum only its message is. */
function isStringified(part: Expression): boolean {
  return [...ancestorsInFunction(part)].some(
    (outer) => ts.isCallExpression(outer) && outer.expression.getText() === 'JSON.stringify',
  );
}

function says(kind: Exposed['kind'], text: string): string {
  if (kind === 'stack') return `\`${text}\` shows the caller the paths, packages and lines of this program`;
  if (kind === 'error')
    return `\`${text}\` goes to the caller as it is, and the error of a driver or an SDK holds queries, hosts or credentials`;
  return `\`${text}\` may be a driver's or an SDK's own words, with names of tables, roles and hosts in them`;
}

/** The body and its members; `{ error: { message, stack } }` is one more object deep. */
function partsOfBody(body: Expression): Expression[] {
  const members = membersOf(body).map(({ value }) => value);
  return [body, ...members, ...members.flatMap((member) => membersOf(member).map(({ value }) => value))].map(unwrap);
}

/** `const { data, error } = await supabase.from('orders').select(); if (error) return Response.json({ error })`: nothing is thrown. */
function answeredBySupabase(file: CodeFile, { body, status }: Answer): Exposed | undefined {
  if (!file.words.has(/^error$/m) || !file.words.has(/^from$/m)) return undefined;
  for (const part of partsOfBody(body)) {
    if (isErrorOfSupabase(file, part)) return { node: part, kind: 'error' };
    const isMessage = (words: Expression) =>
      ts.isPropertyAccessExpression(words) && words.name.text === 'message' && isErrorOfSupabase(file, unwrap(words.expression));
    const words = status !== undefined && status >= 500 ? wordsIn(part, isMessage) : undefined;
    if (words) return { node: part, text: words.getText(), kind: 'message' };
  }
  return undefined;
}

function exposed(file: CodeFile, answer: Answer): Exposed | undefined {
  const { call, body, status } = answer;
  const caught = caughtAround(call);
  if (!caught) return undefined;
  const parts = partsOfBody(body);
  const stack = parts.find((part) => isMemberOf(part, 'stack', caught.name));
  if (stack) return { node: stack, kind: 'stack' };
  const whole = parts.find((part) => ts.isIdentifier(part) && part.text === caught.name);
  const isOwn = (status !== undefined && status >= 500) || isOwnElse(answer);
  const isMessage = (words: Expression) => isMemberOf(words, 'message', caught.name) || isTextOf(words, caught.name);
  const message = isOwn ? parts.find((part) => wordsIn(part, isMessage)) : undefined;
  if (!whole && !message) return undefined;
  const { of } = caught;
  if (!(of && (callsDriver(file, of) || callsBack(file, of))) && !(isOfAll(answer, of) && hasDriver(file))) return undefined;
  if (whole) return { node: whole, kind: 'error' };
  return message && { node: message, text: wordsIn(message, isMessage)?.getText() ?? '', kind: 'message' };
}

/** `res.status(error.status || 500)`, where nothing else asks whether it is one of the program's own. */
function isOwnElse(answer: Answer): boolean {
  let root: Expression = nameOfAnswer(answer);
  while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) {
    const set = statusSet(root);
    if (set) return isElseOfServer(set) && !asksWhoseItIs(answer.call);
    root = root.expression;
  }
  // `res.status(error.status || 500); res.json(…)`
  const own = [...ancestorsInFunction(answer.call)].find(ts.isExpressionStatement);
  const statements = own && ts.isBlock(own.parent) ? own.parent.statements : [];
  return statements.some((statement) => {
    if (!own || statement.pos >= own.pos || !ts.isExpressionStatement(statement)) return false;
    const { expression } = statement;
    const set = ts.isBinaryExpression(expression) ? assignedStatus(expression, root) : statusOn(expression, root);
    return set !== undefined && isElseOfServer(set) && !asksWhoseItIs(answer.call);
  });
}

function statusSet(node: Expression): Expression | undefined {
  return ts.isCallExpression(node) && /\.(?:status|code)$/.test(node.expression.getText()) ? node.arguments[0] : undefined;
}

/** `res.status(…)` on the very response. */
function statusOn(node: Expression, response: Expression): Expression | undefined {
  const isOn = ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression);
  return isOn && node.expression.expression.getText() === response.getText() ? statusSet(node) : undefined;
}

/** `res.statusCode = …` of the very response. */
function assignedStatus({ left, right }: ts.BinaryExpression, response: Expression): Expression | undefined {
  return left.getText() === `${response.getText()}.statusCode` ? right : undefined;
}

/** `error.status || 500`: the program's own errors say otherwise. */
function isElseOfServer(status: Expression): boolean {
  const value = valueOf(status);
  return isFallback(value) && /^5\d\d$/.test(constantText(value.right) ?? '');
}

function asksWhoseItIs(call: ts.Node): boolean {
  return /[=<>]=?\s*5\d\d\b|\boperational|isOperational|\bexpose\b|instanceof/.test(enclosingFunction(call).getText());
}

/** An error's words in a text, alone or with others: `Failed: ${error.message}`. */
function wordsIn(text: Expression, isWords: (words: Expression) => boolean): Expression | undefined {
  return partsOf(valueOf(text), 0).map(firstOf).find(isWords);
}

/** `String(error)`, `error.toString()`: its class and its message. */
function isTextOf(words: Expression, caught: string): boolean {
  return ts.isCallExpression(words) && [`String(${caught})`, `${caught}.toString()`].includes(words.getText());
}

/** `error.message || 'failed'`, `error instanceof Error ? error.message : 'failed'`, also by the name it is given: what it is if it can be. */
function firstOf(part: Expression): Expression {
  const value = valueOf(part);
  if (ts.isConditionalExpression(value) && isAnyError(value.condition)) return unwrap(value.whenTrue);
  return isFallback(value) ? unwrap(value.left) : value;
}

/**
 * `error.stack`, also `(error as Error).stack`, and of a name that stands for the error: `const e = error as Error`,
 * `const e = error instanceof Error ? error : new Error('unknown')`, and `let e = { ...error }`, which is made another where it is known.
 */
function isMemberOf(part: Expression, name: string, caught: string): boolean {
  if (!ts.isPropertyAccessExpression(part) || part.name.text !== name) return false;
  const of = valueOf(part.expression);
  return (ts.isConditionalExpression(of) ? unwrap(of.whenTrue) : of).getText() === caught || isCopyOf(of, caught);
}

function isCopyOf(value: Expression, caught: string): boolean {
  const declaration = ts.isIdentifier(value) ? declarationOf(value) : undefined;
  const made = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : value;
  return (
    made !== undefined &&
    ts.isObjectLiteralExpression(made) &&
    made.properties.some((each) => ts.isSpreadAssignment(each) && each.expression.getText() === caught)
  );
}

/** `error instanceof Error`: asks for the compiler's sake, and holds for whatever a library throws. */
function isAnyError(condition: Expression): boolean {
  return /^\w+ instanceof Error$/.test(unwrap(condition).getText());
}

/** A call of a driver in what is tried, or in a function of the project that is called there and lets its errors through. */
function callsDriver(file: CodeFile, tried: ts.Node, hops = 2): boolean {
  const axios = httpCalls(file).flatMap(({ client, call }) => (client.name === 'axios' ? [call] : []));
  if ([...databaseCalls(file).map(({ call }) => call), ...axios, ...awsCalls(file)].some((call) => isWithin(call, tried)))
    return true;
  const inside = descendants(tried);
  // Of Prisma alone are members so called.
  if (inside.some((node) => ts.isTaggedTemplateExpression(node) && /\.\$(?:query|execute)Raw$/.test(node.tag.getText())))
    return true;
  if (inside.some((node) => ts.isThrowStatement(node) && throwsForSupabase(file, node))) return true;
  if (hops === 0) return false;
  return inside.some((call) => {
    if (!ts.isCallExpression(call) || !ts.isAwaitExpression(call.parent)) return false;
    const inner = calleeOf(file, call) ?? methodOf(file, call);
    if (!inner?.node.body || [...descendants(inner.node.body)].some(holdsBack)) return false;
    return callsDriver(inner.file, inner.node.body, hops - 1);
  });
}

/** `pool.query(text, (err, rows) => …)`, also through a function of the project that hands its driver's error on: `Order.create(order, (err) => …)`. */
function callsBack(file: CodeFile, callee: ts.Node): boolean {
  const call = callee.parent;
  if (!ts.isCallExpression(call) || call.expression !== callee) return false;
  if (databaseCalls(file).some((each) => each.call === call)) return true;
  const inner = calleeOf(file, call) ?? methodOf(file, call);
  const callback = inner?.node.parameters.at(-1)?.name;
  if (!inner || !callback || !ts.isIdentifier(callback)) return false;
  return databaseCalls(inner.file).some(
    (each) => isWithin(each.call, inner.node) && each.call.arguments.some((argument) => handsErrorsTo(argument, callback.text)),
  );
}

/** The callback itself, or a function that calls it with its own error: `(err, rows) => callback(err)`. */
function handsErrorsTo(argument: Expression, callback: string): boolean {
  if (ts.isIdentifier(argument)) return argument.text === callback;
  const error = ts.isFunctionLike(argument) ? argument.parameters[0]?.name.getText() : undefined;
  return (
    error !== undefined &&
    descendants(argument).some(
      (node) => ts.isCallExpression(node) && node.expression.getText() === callback && node.arguments[0]?.getText() === error,
    )
  );
}

/** A `try` that lets errors through does so at its end, as they are or in their own words: `catch (error) { log(error); throw error; }`. */
function holdsBack(node: ts.Node): boolean {
  if (!ts.isTryStatement(node) || !node.catchClause) return false;
  const { block, variableDeclaration } = node.catchClause;
  const last = block.statements.at(-1);
  if (!last || !ts.isThrowStatement(last) || !variableDeclaration) return true;
  const thrown = unwrap(last.expression);
  const name = variableDeclaration.name.getText();
  const words = ts.isNewExpression(thrown) ? thrown.arguments?.[0] : undefined;
  return thrown.getText() !== name && !(words && isMemberOf(unwrap(words), 'message', name));
}

/** `if (error) throw error`, `throw new Error(error.message)` behind a query of Supabase's. */
function throwsForSupabase(file: CodeFile, { expression }: ts.ThrowStatement): boolean {
  const thrown = unwrap(expression);
  if (!ts.isNewExpression(thrown)) return isErrorOfSupabase(file, thrown);
  const words = thrown.arguments?.[0] && unwrap(thrown.arguments[0]);
  return (
    words !== undefined &&
    ts.isPropertyAccessExpression(words) &&
    words.name.text === 'message' &&
    isErrorOfSupabase(file, unwrap(words.expression))
  );
}

/** `client.send(new PutObjectCommand(…))`: an error of AWS names accounts, roles and resources. */
function awsCalls(file: CodeFile): ts.CallExpression[] {
  if (![...file.modules].some((name) => name.startsWith('@aws-sdk/client-'))) return [];
  return file
    .nodes(ts.SyntaxKind.CallExpression)
    .filter(
      (call) =>
        calleeName(call) === 'send' && /^@aws-sdk\/client-[\w-]+:\w+\(\)\.send$/.test(origin(file, call.expression) ?? ''),
    );
}

/** `(error, req, res, next) => …`, `handler(req, res, next).catch((error) => …)`: whatever any handler throws comes here. */
function isOfAll(answer: Answer, of: ts.Node | undefined): boolean {
  const { parameters = [] } = enclosingFunction(answer.call) as Partial<ts.FunctionLikeDeclaration>;
  const isMiddleware = parameters.length === 4 && nameOfAnswer(answer).getText().startsWith(`${parameters[2]?.name.getText()}.`);
  if (isMiddleware && (!of || (ts.isPropertyAccessExpression(of) && of.name.text === 'use'))) return true;
  return (
    of !== undefined &&
    ts.isExpression(of) &&
    [of, ...descendants(of)].some(
      (node) =>
        ts.isCallExpression(node) &&
        /^_?req(?:uest)?$/.test(node.arguments[0]?.getText() ?? '') &&
        /^_?res(?:ponse)?$/.test(node.arguments[1]?.getText() ?? ''),
    )
  );
}

const drivers = ['mongoose', 'mongodb', 'pg', 'mysql2', 'typeorm', 'sequelize', 'knex', '@prisma/client', 'axios'];

function hasDriver({ package: found }: CodeFile): boolean {
  return drivers.some((name) => found?.installed.has(name));
}

/** Sent, or made, under a condition on where the program runs. */
function isForDevelopment(node: ts.Node, call: ts.Node): boolean {
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (ts.isFunctionLike(outer)) break;
    const isChoice = ts.isConditionalExpression(outer) || (ts.isBinaryExpression(outer) && outer !== call);
    if (ts.isConditionalExpression(outer) && isAnyError(outer.condition)) continue;
    if (isChoice && isWithin(outer, call)) return true;
    // `switch (true) { case typeof error === 'string': …`
    if (ts.isCaseClause(outer) && known.test(outer.expression.getText())) return true;
    if (!ts.isIfStatement(outer)) continue;
    const condition = outer.expression.getText();
    const isKnown = known.test(condition) && isWithin(node, outer.thenStatement);
    if (isKnown || environment.test(condition)) return true;
  }
  const scope = enclosingFunction(call);
  const named = ts.isSourceFile(scope)
    ? undefined
    : (scope.name ??
      (ts.isVariableDeclaration(scope.parent)
        ? scope.parent.name
        : ts.isBinaryExpression(scope.parent)
          ? scope.parent.left
          : undefined));
  return (
    /NODE_ENV|isDev|isProd|\bdelete\b[^;\n]*\.stack\b/.test(scope.getText()) ||
    (named !== undefined && /dev(?:elop\w*)?$|dev(?:elop\w*)?[A-Z_]|^debug/i.test(named.getText()))
  );
}

/** Not `productError`, nor a device. */
const environment = /env(?!elope)|dev(?!i[cs])|debug|prod(?!uc(?:e|t(?!ion)))/i;

/** Asks what error it is; one that is a text was thrown by the program itself. */
const known = /instanceof|name\b|code\b|typeof [\w.]+ ===? ['"]string/i;

/** The stack's member goes; an error or its words become a sentence. */
function hide({ node, kind, status = 500 }: Exposed, file: CodeFile): CodeFix | undefined {
  const safety = 'suggestion';
  const { parent } = node;
  const isMember = kind === 'stack' && ts.isPropertyAssignment(parent) && parent.name.getText() !== 'body';
  if (isMember && ts.isObjectLiteralExpression(parent.parent)) {
    const { properties } = parent.parent;
    const index = properties.indexOf(parent);
    const [before, after] = [properties[index - 1], properties[index + 1]];
    if (!before && !after) return undefined;
    const start = before ? before.getEnd() : parent.getStart();
    const end = before ? parent.getEnd() : (after?.getStart() ?? parent.getEnd());
    return /\/[/*]/.test(file.text.slice(start, end))
      ? undefined
      : { title: 'Leave the stack out', safety, edits: [{ start, end, newText: '' }] };
  }
  if (ts.isTemplateSpan(parent)) return undefined;
  const title = 'Answer with a sentence';
  const text = status < 500 ? "'Request failed'" : "'Internal Server Error'";
  if (ts.isShorthandPropertyAssignment(parent))
    return { title, safety, edits: [{ start: parent.getEnd(), end: parent.getEnd(), newText: `: ${text}` }] };
  // Node's own servers send text, and so does `error(500, text)` of SvelteKit.
  const isText = ts.isCallExpression(parent) && /\.end$|^\w+$/.test(parent.expression.getText());
  const newText = ts.isCallExpression(parent) && !isText ? `{ error: ${text} }` : text;
  return { title, safety, edits: [{ start: node.getStart(), end: node.getEnd(), newText }] };
}
