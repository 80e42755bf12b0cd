import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import {
  calleeOf,
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  methodOf,
  ts,
  unwrap,
  valueOf,
} from '../../server/core/typescript/code.ts';
import { isWithin } from '../../server/core/typescript/syntax.ts';
import { type Answer, answers, caughtAround, membersOf } from './answers.ts';
import { databaseCalls } from './databases.ts';
import page from './error-internals-exposed.md';
import { httpCalls } from './http-clients.ts';

interface Exposed {
  readonly node: Expression;
  readonly kind: 'stack' | 'error' | 'message';
}

/**
 * Evidence: the stack of a caught error in an answer; or the whole error, or its message with a 5xx, where a known database driver
 * or axios, whose errors carry queries and credentials, was called in the `try`, or, of a package that has one, where the errors of
 * all handlers come. Silent under a condition: it may be for development.
 */
export default defineCodeRule<Exposed>({
  page,
  severity: 'warn',
  *check(file) {
    for (const answer of answers(file)) {
      const found = exposed(file, answer);
      if (!found || isForDevelopment(found.node, answer.call)) continue;
      const text = found.node.getText();
      yield {
        at: found.node,
        evidence: enclosingFunction(answer.call),
        severity: found.kind === 'message' ? 'hint' : undefined,
        message: `${says(found.kind, text)}; log it, and answer with a sentence of your own.`,
        data: found,
      };
    }
    for (const node of stacksOfLambdas(file)) {
      if (isForDevelopment(node, node)) continue;
      const message = `${says('stack', node.getText())}; log it, and answer with a sentence of your own.`;
      yield { at: node, evidence: enclosingFunction(node), message, data: { node, kind: 'stack' } };
    }
  },
  fix({ data }, file) {
    return data && hide(data, file);
  },
});

/** `return { statusCode: 500, body: error.stack }`: how a Lambda function behind API Gateway answers. */
function* stacksOfLambdas(file: CodeFile): Iterable<Expression> {
  if (!file.text.includes('statusCode') || !file.text.includes('.stack')) return;
  for (const answer of file.nodes(ts.SyntaxKind.ObjectLiteralExpression)) {
    const members = ts.isReturnStatement(answer.parent) ? membersOf(answer) : [];
    const body = members.some(({ name }) => name === 'statusCode') ? members.find(({ name }) => name === 'body') : undefined;
    const caught = body && caughtAround(answer);
    if (body && caught && isMemberOf(unwrap(body.value), 'stack', caught.name)) yield unwrap(body.value);
  }
}

function says(kind: Exposed['kind'], text: string): string {
  if (kind === 'stack') return `\`${text}\` shows the caller the paths, packages and lines of this program`;
  if (kind === 'error')
    return `\`${text}\` goes to the caller as it is, and a driver's error holds queries, hosts or credentials`;
  return `\`${text}\` may be a driver's own words, with names of tables, columns and hosts in them`;
}

function exposed(file: CodeFile, { call, body, status }: Answer): Exposed | undefined {
  const caught = caughtAround(call);
  if (!caught) return undefined;
  const members = membersOf(body).map(({ value }) => value);
  // `{ error: { message, stack } }` is one more object deep.
  const parts = [body, ...members, ...members.flatMap((member) => membersOf(member).map(({ value }) => value))].map(unwrap);
  const stack = parts.find((part) => isMemberOf(part, 'stack', caught.name));
  if (stack) return { node: stack, kind: 'stack' };
  if (!(caught.of && callsDriver(file, caught.of)) && !(isOfAll(call, caught.of) && hasDriver(file))) return undefined;
  const whole = parts.find((part) => ts.isIdentifier(part) && part.text === caught.name);
  if (whole) return { node: whole, kind: 'error' };
  const isOwn = status !== undefined && status >= 500;
  const message = isOwn ? parts.find((part) => isMemberOf(part, 'message', caught.name)) : undefined;
  return message && { node: message, kind: 'message' };
}

/** `error.stack`, also `(error as Error).stack`, and of a name that stands for the error: `const e = error as Error`. */
function isMemberOf(part: Expression, name: string, caught: string): boolean {
  return ts.isPropertyAccessExpression(part) && part.name.text === name && valueOf(part.expression).getText() === caught;
}

/** A call of a driver in what is tried, or in a function of the project that is called there and lets its errors through. */
function callsDriver(file: CodeFile, tried: ts.Node, hops = 1): boolean {
  const axios = httpCalls(file).flatMap(({ client, call }) => (client.name === 'axios' ? [call] : []));
  if ([...databaseCalls(file).map(({ call }) => call), ...axios].some((call) => isWithin(call, tried))) return true;
  if (hops === 0) return false;
  return [...descendants(tried)].some((call) => {
    if (!ts.isCallExpression(call) || !ts.isAwaitExpression(call.parent)) return false;
    const inner = calleeOf(file, call) ?? methodOf(file, call);
    if (!inner?.node.body || [...descendants(inner.node.body)].some(ts.isTryStatement)) return false;
    return callsDriver(inner.file, inner.node.body, hops - 1);
  });
}

/** `(error, req, res, next) => …`, `handler(req, res, next).catch((error) => …)`: whatever any handler throws comes here. */
function isOfAll(call: ts.CallExpression, of: ts.Node | undefined): boolean {
  if (of)
    return (
      ts.isExpression(of) &&
      [of, ...descendants(of)].some(
        (node) =>
          ts.isCallExpression(node) &&
          /^_?req(?:uest)?$/.test(node.arguments[0]?.getText() ?? '') &&
          /^_?res(?:ponse)?$/.test(node.arguments[1]?.getText() ?? ''),
      )
    );
  const { parameters = [] } = enclosingFunction(call) as Partial<ts.FunctionLikeDeclaration>;
  return parameters.length === 4 && call.expression.getText().startsWith(`${parameters[2]?.name.getText()}.`);
}

const drivers = ['mongoose', 'mongodb', 'pg', 'mysql2', 'typeorm', 'sequelize', 'knex', '@prisma/client', 'axios'];

function hasDriver({ package: found }: CodeFile): boolean {
  return drivers.some((name) => found?.installed.has(name));
}

/** Sent, or made, under a condition on where the program runs. */
function isForDevelopment(node: ts.Node, call: ts.Node): boolean {
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (ts.isFunctionLike(outer)) break;
    const isChoice = ts.isConditionalExpression(outer) || ts.isBinaryExpression(outer);
    if (isChoice && isWithin(outer, call)) return true;
    if (!ts.isIfStatement(outer)) continue;
    const condition = outer.expression.getText();
    const isKnown = /instanceof|name\b|code\b/i.test(condition) && isWithin(node, outer.thenStatement);
    if (isKnown || /env|dev|debug|prod/i.test(condition)) return true;
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

/** The stack's member goes; an error or its words become a sentence. */
function hide({ node, kind }: Exposed, file: CodeFile): CodeFix | undefined {
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
  const title = 'Answer with a sentence';
  const text = "'Internal Server Error'";
  if (ts.isShorthandPropertyAssignment(parent))
    return { title, safety, edits: [{ start: parent.getEnd(), end: parent.getEnd(), newText: `: ${text}` }] };
  const newText = ts.isCallExpression(parent) ? `{ error: ${text} }` : text;
  return { title, safety, edits: [{ start: node.getStart(), end: node.getEnd(), newText }] };
}
