import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, functionBehind, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type FunctionNode, indentAt, ts, unwrap } from '../../server/core/typescript/code.ts';
import { propertiesOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { isAsync, majorOf } from '../../server/core/typescript/syntax.ts';
import { isResponse } from './answers.ts';
import { newline } from './edits.ts';
import { type Handler, handlers, writtenHandlers } from './handlers.ts';
import { supabaseQuery } from './supabase.ts';
import page from './async-error-unhandled.md';

/** An async function whose caller does not look at its promise, and what it would hand an error to. */
interface Unwatched {
  readonly node: FunctionNode;
  /** The parameter; where there is none yet, the one that has to be added. */
  readonly tell: string;
}

/**
 * Evidence: an async handler that is given as it is to Express below version 5, by the package's own word, or to a server of gRPC, and
 * an `await` in it outside `try` and without a `.catch`. A handler of another file is marked where it is registered, middleware where it
 * is written.
 */
export default defineCodeRule<Unwatched>({
  page,
  severity: 'warn',
  *check(file) {
    for (const node of remoteMethods(file)) {
      const wait = bareAwait(file, node);
      const tell = node.parameters[1]?.name;
      if (!wait || !tell || !ts.isIdentifier(tell)) continue;
      yield {
        at: { start: wait.getStart(), end: wait.getStart() + 'await'.length },
        evidence: node,
        message: `\`await\` may throw, and gRPC does not see it: the call is never answered, and Node ends the process on the unhandled rejection; catch it and call \`${tell.text}(error)\`.`,
        data: { node, tell: tell.text },
      };
    }
    if (majorOf(file, 'express') !== 4 || forwards(file)) return;
    for (const handler of handlers(file)) {
      if (handler.framework !== 'Express' || !isDirect(handler)) continue;
      const wait = bareAwait(handler.file, handler.node);
      if (!wait) continue;
      if (handler.file !== file) {
        const last = (handler.at.parent as ts.CallExpression).arguments.at(-1);
        if (!last) continue;
        const registered = unwrap(last);
        yield {
          at: registered,
          evidence: registered,
          message: `\`${registered.getText()}\` awaits \`${unwrap(wait.expression).getText().replace(/\(.*$/s, '')}\`, which may throw, and Express 4 does not see it: the request hangs, and Node ends the process on the unhandled rejection; catch it there and call \`next(error)\`.`,
        };
        continue;
      }
      yield {
        at: { start: wait.getStart(), end: wait.getStart() + 'await'.length },
        evidence: handler.node,
        message: `\`await\` may throw, and Express 4 does not see it: the request hangs, and Node ends the process on the unhandled rejection; catch it and call \`next(error)\`.`,
        data: { node: handler.node, tell: handler.node.parameters[2]?.name.getText() ?? 'next' },
      };
    }
    for (const node of [...middleware(file), ...writtenMiddleware(file)]) {
      const wait = bareAwait(file, node);
      if (!wait) continue;
      yield {
        at: { start: wait.getStart(), end: wait.getStart() + 'await'.length },
        evidence: node,
        message: `\`await\` may throw, and Express 4 does not see it: the request hangs, and Node ends the process on the unhandled rejection; catch it and call \`next(error)\`.`,
        data: { node, tell: node.parameters[2]?.name.getText() ?? 'next' },
      };
    }
  },
  fix({ data }, file) {
    return data && catchAll(data, file);
  },
});

/** Async functions that are written where Express is given them: `app.use(async (req, res, next) => …)`. */
function middleware(file: CodeFile): FunctionNode[] {
  return file.nodes(ts.SyntaxKind.CallExpression).flatMap((call) => {
    const { expression } = call;
    if (!ts.isPropertyAccessExpression(expression) || expression.name.text !== 'use') return [];
    const given = call.arguments.filter(
      (each): each is ts.ArrowFunction | ts.FunctionExpression =>
        (ts.isArrowFunction(each) || ts.isFunctionExpression(each)) && isAsync(each) && each.parameters.length > 1,
    );
    return given.length > 0 && /^express:(?:\w+(?:\.\w+)?)?\(\)\.use$/.test(origin(file, expression) ?? '') ? given : [];
  });
}

/**
 * Async functions that are written as Express calls middleware and go on by `next()`, for another file to register: `export async function
 * requireUser(req, res, next)`, also such as a function returns. What is given to a function is that one's business.
 */
function writtenMiddleware(file: CodeFile): FunctionNode[] {
  if (!file.words.has(/^next$/m)) return [];
  return writtenHandlers(file).flatMap(({ framework, node }) => {
    const next = node.parameters[2]?.name.getText();
    const isGiven = ts.isCallExpression(node.parent) || !isAsync(node) || node.parameters.length !== 3;
    if (framework !== 'Express' || isGiven || !next) return [];
    // `next(error)` alone is a handler's, which whoever registers it may wrap; one that is made to measure seldom is.
    const isMade = ts.isReturnStatement(node.parent);
    const isNext = (inner: ts.Node) =>
      ts.isCallExpression(inner) && inner.expression.getText() === next && (isMade || inner.arguments.length === 0);
    const goesOn = descendants(node).some(isNext);
    return goesOn ? [node] : [];
  });
}

/** Functions of this file that a server of gRPC calls with `(call, callback)`: `server.addService(definition, { method })`. */
function remoteMethods(file: CodeFile): FunctionNode[] {
  if (!file.text.includes('addService')) return [];
  return file.nodes(ts.SyntaxKind.CallExpression).flatMap((call) => {
    const { expression, arguments: given } = call;
    const isAdded = ts.isPropertyAccessExpression(expression) && expression.name.text === 'addService';
    if (!isAdded || !/^(?:@grpc\/grpc-js|grpc):Server\(\)\.addService$/.test(origin(file, expression) ?? '')) return [];
    return [...(propertiesOf(given[1])?.values() ?? [])].flatMap((property) => {
      if (ts.isMethodDeclaration(property)) return isAsync(property) ? [property] : [];
      const value = ts.isPropertyAssignment(property) ? property.initializer : property.name;
      const found = value && ts.isExpression(value) ? functionBehind(file, value) : undefined;
      return found?.file === file && isAsync(found.node) ? [found.node] : [];
    });
  });
}

const patches =
  /^(?:express-async-errors|express-promise-router|express-async-router|async-express-decorator|express-asyncify|@root\/async-router|@awaitjs\/express)$/;

/** Something makes Express wait for promises. */
function forwards(file: CodeFile): boolean {
  return [...file.modules, ...(file.package?.installed.keys() ?? [])].some((name) => patches.test(name));
}

/** Async, and not inside a wrapper that may catch. */
function isDirect({ node, beside, at }: Handler): boolean {
  const call = at.parent;
  // OvernightJS wraps methods and classes by decorators.
  if (ts.isMethodDeclaration(call)) return isAsync(node) && !beside.some((each) => /^@(?:Class)?Wrapper\b/.test(each.getText()));
  // A wrapped handler is listed beside itself.
  return isAsync(node) && ts.isCallExpression(call) && beside.length < call.arguments.length;
}

/** The first `await` whose rejection leaves the handler. */
function bareAwait(file: CodeFile, node: Handler['node']): ts.AwaitExpression | undefined {
  if (!node.body) return undefined;
  for (const inner of [node.body, ...descendants(node.body, (each) => !ts.isFunctionLike(each))]) {
    if (ts.isAwaitExpression(inner) && !isCaught(inner, node) && mayReject(file, inner)) return inner;
  }
  return undefined;
}

/** What is given back at the end, which hardly ever fails. */
const tidies = /\.(?:release|close|end|destroy|dispose|disconnect|unlink|endSession)\(/;

function isCaught(inner: ts.Node, handler: ts.Node): boolean {
  for (let node: ts.Node = inner; node.parent && node !== handler; node = node.parent) {
    const { parent } = node;
    if (ts.isTryStatement(parent) && parent.tryBlock === node && parent.catchClause) return true;
    if (ts.isTryStatement(parent) && parent.finallyBlock === node && parent.catchClause && tidies.test(inner.getText()))
      return true;
    if (ts.isFunctionLike(node) && node !== handler) return true;
  }
  return false;
}

/** A call, which is neither a pause nor followed by its own `.catch`. */
function mayReject(file: CodeFile, { expression }: ts.AwaitExpression, hops = 1): boolean {
  const call = unwrap(expression);
  if (ts.isCallExpression(call) && tellsOfErrors(file, call)) return false;
  if (!ts.isCallExpression(call) || call.expression.kind === ts.SyntaxKind.ImportKeyword) return false;
  if (isAnswer(file, call)) return false;
  if (/\.catch$|^Promise\.allSettled$|sleep|delay/i.test(call.expression.getText())) return false;
  const callee = calleeOf(file, call) ?? methodOf(file, call);
  return (
    !(callee?.node.body && catchesAll(callee.file, callee.node.body, hops)) &&
    !/^timers\/promises:/.test(origin(file, call.expression) ?? '')
  );
}

/** Chains of express-validator keep what fails, custom validators included, for `validationResult`; custom sanitizers do throw. */
const answeringChain = /^express-validator(?:\/check)?:\w+\(\)(?:\.(?!customSanitizer\b)\w+\(\))*\.run$/;

/** Whether a promise keeps its error. Supabase's queries do: what went wrong, on the network too, is a part of their answer, unless they are told to throw. */
function tellsOfErrors(file: CodeFile, call: ts.CallExpression): boolean {
  if (call.expression.getText() === 'Promise.all') {
    const [list] = call.arguments;
    const calls = list && ts.isArrayLiteralExpression(list) ? list.elements.map(unwrap) : [];
    return calls.length > 0 && calls.every((each) => ts.isCallExpression(each) && tellsOfErrors(file, each));
  }
  if (answeringChain.test(origin(file, call.expression) ?? '')) return true;
  return supabaseQuery(file, call) !== undefined && !/\bthrowOnError\b/.test(call.getText());
}

/** `await res.status(201).json(order)`, which gives no promise. */
function isAnswer(file: CodeFile, call: ts.CallExpression): boolean {
  let root: ts.Expression = call.expression;
  while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = root.expression;
  return ts.isIdentifier(root) && /^_?res(?:ponse)?$/.test(root.text) && isResponse(file, root);
}

/**
 * A function that answers its own errors: nothing awaited or thrown but in a `try`, whose `catch` awaits and throws nothing; or that waits
 * for nothing that fails and gives back no promise but one that nobody rejects.
 */
function catchesAll(file: CodeFile, body: ts.Node, hops: number): boolean {
  if (!ts.isBlock(body)) return false;
  const within = descendants(body, (each) => !ts.isFunctionLike(each));
  const awaits = within.filter(ts.isAwaitExpression);
  // A promise that is made there, or has a name, may be rejected as well.
  const isSafe = (node: ts.AwaitExpression) =>
    hops > 0 && ts.isCallExpression(unwrap(node.expression)) && !mayReject(file, node, hops - 1);
  const failing = within.filter((node) => ts.isThrowStatement(node) || (ts.isAwaitExpression(node) && !isSafe(node)));
  if (within.some(ts.isTryStatement)) return failing.every((node) => isCaught(node, body));
  // What it has waited for is no promise any more.
  const isHarmless = (given: ts.Expression) =>
    isKept(given) || (awaits.length > 0 && (ts.isAwaitExpression(given) || !ts.isCallExpression(unwrap(given))));
  return (
    failing.length === 0 && within.every((node) => !ts.isReturnStatement(node) || !node.expression || isHarmless(node.expression))
  );
}

/** No call, whose promise may be rejected; `new Promise((resolve) => …)` has nothing that could. */
function isKept(given: ts.Expression): boolean {
  const value = unwrap(given);
  if (!ts.isNewExpression(value)) return !ts.isCallExpression(value) && !ts.isIdentifier(value);
  const [executor] = value.arguments ?? [];
  const isExecutor = executor !== undefined && (ts.isArrowFunction(executor) || ts.isFunctionExpression(executor));
  return value.expression.getText() !== 'Promise' || (isExecutor && executor.parameters.length === 1 && !isAsync(executor));
}

/** `try { … } catch (error) { next(error); }` around the body, one step further in. */
function catchAll({ node, tell }: Unwatched, file: CodeFile): CodeFix | undefined {
  const { body, parameters } = node;
  const last = parameters.at(-1);
  if (!body || !ts.isBlock(body) || !last || parameters.length < 2 || parameters.length > 3) return undefined;
  const isKnown = parameters.some(({ name }) => name.getText() === tell);
  if (!isKnown && !(ts.isArrowFunction(node) && ts.isCallExpression(node.parent))) return undefined;
  const [first] = body.statements;
  const end = body.statements.at(-1);
  if (!first || !end || isSpread(body)) return undefined;
  const line = newline(file);
  const outer = indentAt(file, body.getEnd() - 1);
  const inner = indentAt(file, first.getStart());
  const step = inner.startsWith(outer) ? inner.slice(outer.length) : '';
  if (step === '' || inner.length <= outer.length) return undefined;
  const from = body.getStart() + 1;
  const lines = file.text.slice(from, body.getEnd() - 1).split(/\r?\n/);
  const kept = lines.slice(1, -1).map((each) => (each.trim() === '' ? each : `${step}${each}`));
  if (lines.length < 3 || lines[0]?.trim() !== '' || lines.at(-1)?.trim() !== '') return undefined;
  const wrapped = [
    '',
    `${inner}try {`,
    ...kept,
    `${inner}} catch (error) {`,
    `${inner}${step}${tell}(${isKnown && parameters.length === 2 ? passed(file) : 'error'});`,
    `${inner}}`,
    outer,
  ];
  return {
    title: `Catch it and call ${tell}`,
    safety: 'suggestion',
    edits: [
      ...(isKnown ? [] : [{ start: last.getEnd(), end: last.getEnd(), newText: `, ${tell}` }]),
      { start: from, end: body.getEnd() - 1, newText: wrapped.join(line) },
    ],
  };
}

/** The error as a callback of gRPC takes it: what is caught is unknown to TypeScript. */
function passed(file: CodeFile): string {
  return /\.[cm]?tsx?$/.test(file.uri) ? 'error as Error' : 'error';
}

/** A text over several lines would change with its indentation. */
function isSpread(body: ts.Node): boolean {
  return [...descendants(body)].some(
    (node) => (ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)) && node.getText().includes('\n'),
  );
}
