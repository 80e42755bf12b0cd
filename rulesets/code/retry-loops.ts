/** Loops and recursions that send the same HTTP request again when it fails, and how long they wait before that. */
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  type FunctionNode,
  isAssignment,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import {
  calleeName,
  inOneLine,
  isMemberName,
  isWithin,
  leaves,
  mentions,
  optionState,
  optionValue,
} from '../../server/core/typescript/syntax.ts';
import { httpCalls } from './http-clients.ts';

type Loop = ts.ForStatement | ts.ForOfStatement | ts.WhileStatement | ts.DoStatement;

/** A request that is sent again when it fails. */
export interface Retry {
  /** The loop's keyword, or the name of the call that starts over: what a finding marks. */
  readonly at: ts.Node | { readonly start: number; readonly end: number };
  /** Everything the finding rests on. */
  readonly evidence: ts.Node;
  readonly request: ts.CallExpression;
  /** The request's name as it is written. */
  readonly name: string;
  readonly wait: Wait;
  /** Whether a library counts the attempts; undefined where the program does. */
  readonly limited?: boolean;
}

/** What happens between two attempts. */
export interface Wait {
  /** `none`: starts over at once; `constant`: always as long; `grows`: longer each time; `unknown`: cannot be seen. */
  readonly kind: 'none' | 'constant' | 'grows' | 'unknown';
  /** Chance takes part in how long. */
  readonly jitter: boolean;
  /** A greatest length is set, or the attempts are so few that none is needed. */
  readonly capped: boolean;
  /** How long, as it is written. */
  readonly text: string;
}

const retriesByFile = new WeakMap<CodeFile, readonly Retry[]>();

/** Every retry of an HTTP request written in the file; libraries that retry by themselves are none. */
export function retries(file: CodeFile): readonly Retry[] {
  const known = retriesByFile.get(file);
  if (known) return known;
  const found = new Map<ts.Node, Retry>();
  const add = (retry: Retry | undefined) => {
    const key = retry && ('kind' in retry.at ? retry.at : retry.evidence);
    if (retry && key && !found.has(key)) found.set(key, retry);
  };
  for (const request of sent(file)) add(retryOf(file, request));
  // What a call of the project's reaches is dear to find out: whether it stands in a retry is asked first.
  for (const call of awaited(file)) {
    const retry = retryOf(file, call);
    if (retry && isWrapper(file, call)) add(retry);
  }
  const list = [...found.values()];
  retriesByFile.set(file, list);
  return list;
}

function retryOf(file: CodeFile, request: ts.CallExpression): Retry | undefined {
  return loopRetry(file, request) ?? recursiveRetry(file, request) ?? pipedRetry(file, request);
}

/** A request within a part of a file: of a known client, of a wrapper in the project that reaches one, or a call with the shape of `fetch`. */
export function requestIn(file: CodeFile, scope: ts.Node): ts.CallExpression | undefined {
  return (
    sent(file).find((call) => isWithin(call, scope)) ??
    awaited(file).find((call) => isWithin(call, scope) && isWrapper(file, call))
  );
}

/** The requests of known clients. */
function sent(file: CodeFile): ts.CallExpression[] {
  return httpCalls(file).flatMap(({ kind, call }) => (kind === 'send' ? [call] : []));
}

/** The other calls that are waited for, in a file that may go round. */
function awaited(file: CodeFile): ts.CallExpression[] {
  if (!/\b(?:while|for|do)\b|retr|attempt/i.test(file.text)) return [];
  const known = new Set(sent(file));
  return file.nodes(ts.SyntaxKind.CallExpression).filter((call) => ts.isAwaitExpression(call.parent) && !known.has(call));
}

function isWrapper(file: CodeFile, call: ts.CallExpression): boolean {
  return isFetchShaped(call) || reachesHttp(file, call);
}

/** `fetchWithProxy(url, { method, headers, body })`: named for fetch and called as fetch is. */
function isFetchShaped(call: ts.CallExpression): boolean {
  if (!ts.isIdentifier(call.expression) || !/fetch/i.test(call.expression.text)) return false;
  const options = call.arguments[1] && valueOf(call.arguments[1]);
  if (!options || !ts.isObjectLiteralExpression(options)) return false;
  const names = options.properties.map((property) => property.name?.getText());
  return names.includes('method') && (names.includes('headers') || names.includes('body'));
}

/** A function written in the project, one call away, that sends a request itself and does not retry. */
function reachesHttp(file: CodeFile, call: ts.CallExpression): boolean {
  const callee = calleeOf(file, call);
  if (!callee || callee.node === enclosingFunction(call)) return false;
  const inside = httpCalls(callee.file).filter(({ kind, call: inner }) => kind === 'send' && isWithin(inner, callee.node));
  return inside.length > 0 && inside.every(({ call: inner }) => enclosingLoop(inner) === undefined);
}

/** `this.http.get(url).pipe(retry(3))` of Nest's `HttpService`: RxJS asks again at once unless it is given a `delay`. */
function pipedRetry(file: CodeFile, request: ts.CallExpression): Retry | undefined {
  const { parent } = request;
  const pipe = ts.isPropertyAccessExpression(parent) && parent.name.text === 'pipe' ? parent.parent : undefined;
  if (!pipe || !ts.isCallExpression(pipe)) return undefined;
  for (const operator of pipe.arguments) {
    if (!ts.isCallExpression(operator) || !/^rxjs(?:\/operators)?:retry$/.test(origin(file, operator.expression) ?? '')) continue;
    const [given] = operator.arguments;
    const options = given && valueOf(given);
    const isCount = options !== undefined && ts.isNumericLiteral(options);
    const delay = optionValue(options, 'delay');
    if (!options || !(isCount || optionState(options, ['delay']) !== 'unknown')) return undefined;
    // A function may do anything.
    const isConstant = delay !== undefined && constantText(delay) !== undefined;
    if (delay && !isConstant) return undefined;
    return {
      at: operator.expression,
      evidence: pipe,
      request,
      name: inOneLine(request.expression),
      limited: isCount || optionState(options, ['count']) === 'set',
      wait: { kind: delay ? 'constant' : 'none', jitter: false, capped: true, text: delay?.getText() ?? '' },
    };
  }
  return undefined;
}

/** Functions of packages that retry what they are given. */
const libraries =
  /^(?:p-retry:|async-retry:|promise-retry:|exponential-backoff:backOff|ts-retry:\w+|@lifeomic\/attempt:retry|radash:retry)(?:default)?$/;

/** A function by its name, or a member that is named as theirs are: where `app.get` and `rows.map` come from need not be known. */
function mayBeLibrary(callee: Expression): boolean {
  return !ts.isPropertyAccessExpression(callee) || /^(?:retry|backOff)/.test(callee.name.text);
}

type Callback = ts.ArrowFunction | ts.FunctionExpression;

function isCallback(argument: Expression): argument is Callback {
  return ts.isArrowFunction(argument) || ts.isFunctionExpression(argument);
}

const retriedByFile = new WeakMap<CodeFile, readonly Callback[]>();

/** Callbacks that a library, or a function of the project, calls again when they fail. */
export function retried(file: CodeFile): readonly Callback[] {
  const known = retriedByFile.get(file);
  if (known) return known;
  const found = file.nodes(ts.SyntaxKind.CallExpression).flatMap((call) => {
    if (!call.arguments.some(isCallback)) return [];
    const callbacks = call.arguments.filter(isCallback);
    if (mayBeLibrary(call.expression) && libraries.test(origin(file, call.expression) ?? '')) return callbacks;
    return callbacks.filter((callback) => repetitionOf(file, call, call.arguments.indexOf(callback)) !== undefined);
  });
  retriedByFile.set(file, found);
  return found;
}

/** Where a function of the project calls an argument again when it throws. */
interface Repetition {
  /** The loop, or the function that calls itself. */
  readonly where: ts.Node;
  readonly wait: Wait;
}

/** How a function of the project calls this argument again. */
function repetitionOf(file: CodeFile, call: ts.CallExpression, index: number): Repetition | undefined {
  if (!/retr|attempt|again/i.test(call.expression.getText())) return undefined;
  const callee = calleeOf(file, call) ?? methodOf(file, call);
  const name = callee?.node.parameters[index]?.name;
  if (!callee || !name || !ts.isIdentifier(name)) return undefined;
  for (const node of descendants(callee.node)) {
    if (!ts.isCallExpression(node) || node.expression.getText() !== name.text) continue;
    const isCaught = [...ancestorsInFunction(node)].some((outer) => ts.isTryStatement(outer) && outer.catchClause);
    const loop = isCaught ? enclosingLoop(node) : undefined;
    if (loop) return { where: loop, wait: waitIn(callee.file, loop.statement, loop, loopVariables(loop)) };
    const again = recursiveRetry(callee.file, node);
    if (again) return { where: again.evidence, wait: again.wait };
  }
  return undefined;
}

const givenByFile = new WeakMap<CodeFile, readonly Retry[]>();

/**
 * Requests that a function of the project sends again: `withRetry(() => axios.get(url))`, the first of the file for each such function. How
 * long it waits is read there; which failures it takes is its own business.
 */
export function givenToRetry(file: CodeFile): readonly Retry[] {
  const known = givenByFile.get(file);
  if (known) return known;
  const found = new Map<ts.Node, Retry>();
  for (const callback of retried(file)) {
    const call = callback.parent as ts.CallExpression;
    const repeated = repetitionOf(file, call, call.arguments.indexOf(callback));
    const request = httpCalls(file).find((http) => http.kind === 'send' && isWithin(http.call, callback))?.call;
    if (!repeated || !request || found.has(repeated.where)) continue;
    found.set(repeated.where, {
      at: call.expression,
      evidence: call,
      request,
      name: request.expression.getText(),
      wait: repeated.wait,
    });
  }
  const list = [...found.values()];
  givenByFile.set(file, list);
  return list;
}

function enclosingLoop(node: ts.Node): Loop | undefined {
  return [...ancestorsInFunction(node)].find(isLoop);
}

function isLoop(node: ts.Node): node is Loop {
  return ts.isForStatement(node) || ts.isForOfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node);
}

function loopRetry(file: CodeFile, request: ts.CallExpression): Retry | undefined {
  const loop = enclosingLoop(request);
  if (!loop || ts.isForOfStatement(loop)) return undefined;
  const counters = loopVariables(loop);
  // A request for another thing each time round, or through another, is a walk over things, not a retry.
  if (request.arguments.some((argument) => mentions(argument, counters)) || isOfTurn(loop, request, counters)) return undefined;
  if (isPaging(loop, request) || isAwaitingReadiness(loop) || isPolling(loop, request)) return undefined;
  if (isToThisMachine(request) || isChangedBefore(file, loop, request)) return undefined;
  if (!leavesOnSuccess(loop, request) || !goesRoundOnFailure(loop, request)) return undefined;
  const start = loop.getStart();
  const keyword = ts.isDoStatement(loop) ? 2 : ts.isForStatement(loop) ? 3 : 5;
  const wait = waitIn(file, loop.statement, loop, counters);
  return {
    at: { start, end: start + keyword },
    evidence: loop,
    request,
    name: request.expression.getText(),
    // After one pause there is none that could be longer; chance it may have.
    wait: wait.kind === 'constant' && goesRoundTwice(loop) ? { ...wait, kind: 'grows' } : wait,
  };
}

/** `for (let attempt = 0; attempt <= 1; attempt++)`, also where a parameter says so that nobody needs to give. */
function goesRoundTwice(loop: Loop): boolean {
  const condition = ts.isForStatement(loop) ? loop.condition : undefined;
  const list = ts.isForStatement(loop) && loop.initializer;
  if (!condition || !ts.isBinaryExpression(condition) || !list || !ts.isVariableDeclarationList(list)) return false;
  const first = constantText(list.declarations[0]?.initializer ?? condition);
  const declaration = ts.isIdentifier(condition.right) ? declarationOf(condition.right) : undefined;
  const given = declaration && ts.isParameter(declaration) ? declaration.initializer : undefined;
  const rounds = Number(constantText(given ?? condition.right)) - Number(first);
  const operator = condition.operatorToken.kind;
  return operator === ts.SyntaxKind.LessThanEqualsToken ? rounds === 1 : operator === ts.SyntaxKind.LessThanToken && rounds === 2;
}

/** Its address is made of the turn's number (`?offset=${page * 50}`), or something in it is that turn's part of a list: `proxies[turn]`, a batch. */
function isOfTurn(loop: Loop, request: ts.CallExpression, counters: ReadonlySet<string>): boolean {
  const made = new Set<string>();
  const taken = new Set<string>();
  for (const node of descendants(loop.statement)) {
    if (!ts.isVariableDeclaration(node) || !ts.isIdentifier(node.name) || !node.initializer || node.pos > request.pos) continue;
    if (mentions(node.initializer, counters) || mentions(node.initializer, made)) made.add(node.name.text);
    const value = unwrap(node.initializer);
    // `const batch = ids.slice(at, at + 100)`
    if (ts.isCallExpression(value) && /^(?:slice|splice|subarray)$/.test(calleeName(value)) && mentions(value, counters))
      taken.add(node.name.text);
    // `const body = JSON.stringify({ key: keys[turn] })`
    const isPicked = (part: ts.Node): part is ts.ElementAccessExpression =>
      ts.isElementAccessExpression(part) && mentions(part.argumentExpression, counters);
    if (descendants(value).some(isPicked) || mentions(value, taken)) taken.add(node.name.text);
    if (!isPicked(value)) continue;
    taken.add(node.name.text);
    // As many turns as there are proxies; a list of pauses is one of times.
    const list = value.expression.getText();
    const isBound = ts.isForStatement(loop) && loop.condition?.getText().endsWith(` ${list}.length`);
    if (isBound && !/delay|wait|pause|backoff|timeout|interval|ms$/i.test(list)) return true;
  }
  const [url] = request.arguments;
  return (
    (url !== undefined && !ts.isObjectLiteralExpression(valueOf(url)) && mentions(url, made)) ||
    request.arguments.some((argument) => mentions(argument, taken))
  );
}

/** Names that change from one round to the next: declared or assigned in the loop's head, or stepped in its body. */
function loopVariables(loop: Loop): Set<string> {
  const names = new Set<string>();
  if (ts.isForStatement(loop) && loop.initializer && ts.isVariableDeclarationList(loop.initializer)) {
    for (const { name } of loop.initializer.declarations) if (ts.isIdentifier(name)) names.add(name.text);
  }
  for (const node of descendants(loop)) {
    const stepped =
      (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) &&
      (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
        ? node.operand
        : ts.isBinaryExpression(node) && isCompound(node.operatorToken.kind)
          ? node.left
          : undefined;
    if (stepped && ts.isIdentifier(stepped)) names.add(stepped.text);
  }
  return names;
}

function isCompound(kind: ts.SyntaxKind): boolean {
  return kind > ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** `http://127.0.0.1:9222/json`: a program that this one has started, and waits for. */
function isToThisMachine(request: ts.CallExpression): boolean {
  return request.arguments.some((argument) =>
    /^.https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/'"`]/.test(valueOf(argument).getText()),
  );
}

/** `await moveDate(id, date); await close(id)`, where the failure has told which date: what is asked for is no longer the same. */
function isChangedBefore(file: CodeFile, loop: Loop, request: ts.CallExpression): boolean {
  const caught = catchingTry(request, loop)?.catchClause?.block;
  const learnt = new Set<string>();
  for (const node of caught ? descendants(caught) : [])
    if (isAssignment(node) && ts.isIdentifier(node.left)) learnt.add(node.left.text);
  return descendants(loop.statement, (inner) => !ts.isFunctionLike(inner)).some(
    (node) =>
      ts.isAwaitExpression(node) &&
      ts.isCallExpression(node.expression) &&
      node.end < request.pos &&
      delayOf(file, node.expression) === undefined &&
      mentions(node.expression, learnt),
  );
}

/** The request is made of something the loop assigns from its answer: the next page, not the same again. */
function isPaging(loop: Loop, request: ts.CallExpression): boolean {
  const assigned = new Set<string>();
  for (const node of descendants(loop.statement)) {
    if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) continue;
    if (ts.isIdentifier(node.left)) assigned.add(node.left.text);
  }
  // What the loop makes anew of them each time round changes with them; so does what is given one: `url.searchParams.set('cursor', cursor)`.
  for (const node of descendants(loop.statement)) {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer && !isWithin(request, node)) {
      if (mentions(node.initializer, assigned)) assigned.add(node.name.text);
    } else if (ts.isCallExpression(node) && /\.(?:set|append)$/.test(node.expression.getText())) {
      let root: Expression = node.expression;
      while (ts.isPropertyAccessExpression(root)) root = root.expression;
      if (ts.isIdentifier(root) && node.arguments.some((argument) => mentions(argument, assigned))) assigned.add(root.text);
    }
  }
  const inputs = request.arguments.flatMap((argument) => [argument, valueOf(argument)]);
  return inputs.some((input) => mentions(input, assigned));
}

/**
 * `while (Date.now() < deadline)`, `for (;;) { …; if (Date.now() >= deadline) return false; }`: asked until it is up, at a steady pace and for
 * a set time; whoever waits alone keeps nobody down.
 */
function isAwaitingReadiness(loop: Loop): boolean {
  const condition = ts.isForStatement(loop) ? loop.condition : ts.isForOfStatement(loop) ? undefined : loop.expression;
  if (condition && condition.kind !== ts.SyntaxKind.TrueKeyword) return clock.test(condition.getText());
  if (ts.isForOfStatement(loop) || !ts.isBlock(loop.statement)) return false;
  return loop.statement.statements.some(
    (statement) => ts.isIfStatement(statement) && asksClock(statement.expression) && leaves(statement.thenStatement),
  );
}

const clock = /\b(?:Date\.now|performance\.now|process\.hrtime)\b/;

/** `Date.now() >= deadline`, `now() > deadline`. */
function asksClock(condition: Expression): boolean {
  const node = unwrap(condition);
  if (!ts.isBinaryExpression(node) || !/^[<>]=?$/.test(node.operatorToken.getText())) return false;
  return clock.test(node.getText()) || [node.left, node.right].some((side) => /^deadline$/i.test(side.getText()));
}

/** Asked until the answer says that it is done: all that ends the loop stands under a condition on what was answered. */
function isPolling(loop: Loop, request: ts.CallExpression): boolean {
  const inLoop = [...descendants(loop.statement, (inner) => !ts.isFunctionLike(inner) && !isLoop(inner))];
  const bodies = new Set<string>();
  for (const node of inLoop) {
    if (!ts.isVariableDeclaration(node) || !node.initializer) continue;
    // Also what is taken out of it: `const job = status.job`.
    if (!takesBody(node.initializer, request) && !mentions(node.initializer, bodies)) continue;
    for (const name of [node.name, ...descendants(node.name)]) if (ts.isIdentifier(name)) bodies.add(name.text);
  }
  const condition = ts.isForStatement(loop) ? loop.condition : ts.isForOfStatement(loop) ? undefined : loop.expression;
  const ends = inLoop.filter(
    (node) =>
      node.pos > request.end &&
      (ts.isReturnStatement(node) || ts.isBreakStatement(node) || isFlagOf(condition, node)) &&
      !isCatching(node),
  );
  return ends.length > 0 && ends.every((end) => isUnderCondition(end, loop, bodies));
}

/** Is a value made of what was answered? What is sent (`JSON.stringify(job.data)`) is not. */
function takesBody(value: Expression, request: ts.CallExpression): boolean {
  return [value, ...descendants(value)].some(
    (node) =>
      ts.isPropertyAccessExpression(node) &&
      (node.name.text === 'data' || (node.name.text === 'json' && ts.isCallExpression(node.parent))) &&
      !request.arguments.some((argument) => isWithin(node, argument)),
  );
}

function isCatching(node: ts.Node): boolean {
  return [...ancestorsInFunction(node)].some(ts.isCatchClause);
}

function isUnderCondition(node: ts.Node, loop: Loop, bodies: ReadonlySet<string>): boolean {
  return [...ancestorsInFunction(node)].some(
    (outer) =>
      isWithin(outer, loop) &&
      ts.isIfStatement(outer) &&
      (mentions(outer.expression, bodies) || /\.data\.\w/.test(outer.expression.getText())),
  );
}

/** The `try` in the loop that catches the request's failure. */
function catchingTry(request: ts.Node, end: ts.Node): ts.TryStatement | undefined {
  for (let node = request.parent; node && node !== end; node = node.parent) {
    if (ts.isTryStatement(node) && node.catchClause && isWithin(request, node.tryBlock)) return node;
  }
  return undefined;
}

/** Success ends the loop: `return`, `break`, or a flag of the condition that is set. */
function leavesOnSuccess(loop: Loop, request: ts.CallExpression): boolean {
  if (ts.isReturnStatement(parentStatement(request))) return true;
  const condition = ts.isForStatement(loop) ? loop.condition : ts.isForOfStatement(loop) ? undefined : loop.expression;
  const scope = catchingTry(request, loop)?.tryBlock ?? loop.statement;
  for (const node of descendants(scope, (inner) => !ts.isFunctionLike(inner) && !isLoop(inner))) {
    if (node.end <= request.end) continue;
    if (ts.isReturnStatement(node) || ts.isBreakStatement(node)) return true;
    if (isFlagOf(condition, node)) return true;
  }
  return false;
}

/** `isDone = true`, in a loop whose condition asks for it. */
function isFlagOf(condition: ts.Expression | undefined, node: ts.Node): boolean {
  return (
    condition !== undefined &&
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    ts.isIdentifier(node.left) &&
    mentions(condition, new Set([node.left.text]))
  );
}

function parentStatement(node: ts.Node): ts.Node {
  let outer = node;
  while (outer.parent && !ts.isStatement(outer)) outer = outer.parent;
  return outer;
}

/** Failure starts the next round: a catch that does not always leave, or a look at the status that continues. */
function goesRoundOnFailure(loop: Loop, request: ts.CallExpression): boolean {
  const attempt = catchingTry(request, loop);
  if (attempt?.catchClause) return !alwaysLeaves(attempt.catchClause.block);
  const body = loop.statement;
  if (isLeftIfOk(body, request)) return true;
  return [...descendants(body, (inner) => !ts.isFunctionLike(inner))].some(
    (node) =>
      ts.isIfStatement(node) &&
      node.pos >= request.end &&
      /\b(?:ok|status|statusCode)\b/.test(node.expression.getText()) &&
      (ts.isContinueStatement(lastStatement(node.thenStatement)) || !alwaysLeaves(node.thenStatement)),
  );
}

/** `if (response.ok) return response;` in a body whose end others come to. */
function isLeftIfOk(body: ts.Statement, request: ts.Node): boolean {
  if (!ts.isBlock(body) || alwaysLeaves(body)) return false;
  return body.statements.some(
    (node) =>
      ts.isIfStatement(node) &&
      node.pos >= request.end &&
      !node.elseStatement &&
      /^\w+\??\.ok$|^\w+\.status\s*===?\s*2\d\d$/.test(node.expression.getText()) &&
      alwaysLeaves(node.thenStatement),
  );
}

function lastStatement(statement: ts.Statement): ts.Node {
  return ts.isBlock(statement) ? (statement.statements.at(-1) ?? statement) : statement;
}

function alwaysLeaves(statement: ts.Statement): boolean {
  const last = lastStatement(statement);
  if (ts.isIfStatement(last))
    return last.elseStatement !== undefined && alwaysLeaves(last.thenStatement) && alwaysLeaves(last.elseStatement);
  return ts.isReturnStatement(last) || ts.isThrowStatement(last) || ts.isBreakStatement(last);
}

/** `async function send(n) { try { return await fetch(url) } catch { … return send(n - 1) } }` */
function recursiveRetry(file: CodeFile, request: ts.CallExpression): Retry | undefined {
  const scope = enclosingFunction(request);
  if (ts.isSourceFile(scope) || enclosingLoop(request)) return undefined;
  const againIn = (block: ts.Node | undefined) =>
    block && descendants(block).find((node): node is ts.CallExpression => ts.isCallExpression(node) && callsItself(node, scope));
  // A `catch` that only tells stands around many a branch that tries again.
  const caught = catchingTry(request, scope)?.catchClause?.block;
  const block = againIn(caught) ? caught : branchOfRefusal(request, scope);
  const again = againIn(block);
  if (!block) return undefined;
  // `return this.send(options, true)`: once more with something changed, such as a new token.
  if (!again || again.arguments.some(isFlag) || isForNewToken(again) || isHandedOn(again, scope)) return undefined;
  const parameters = new Set(scope.parameters.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : [])));
  return {
    at: again.expression,
    evidence: scope,
    request,
    name: request.expression.getText(),
    wait: waitIn(file, block, scope, parameters, again),
  };
}

/** `if (response.status === 429) { await delay(5000); return this.send(…); }`, behind the request. */
function branchOfRefusal(request: ts.CallExpression, scope: FunctionNode): ts.Node | undefined {
  const refusals = descendants(scope).filter(
    (node): node is ts.IfStatement =>
      ts.isIfStatement(node) &&
      node.pos >= request.end &&
      /\bstatus(?:Code)?\s*(?:===?|>=?)\s*(?:429|5\d\d)\b/.test(node.expression.getText()),
  );
  return refusals
    .map(({ thenStatement }) => thenStatement)
    .find((branch) => descendants(branch).some((node) => ts.isCallExpression(node) && callsItself(node, scope)));
}

/** `if (status === 401) { await this.renew(); return this.send(…); }`: once more with another token. */
function isForNewToken(again: ts.Node): boolean {
  const tests = [...ancestorsInFunction(again)].filter(ts.isIfStatement).map(({ expression }) => expression.getText());
  return tests.some((test) => /===?\s*401\b/.test(test) && !/\b(?:429|5\d\d)\b/.test(test));
}

/** `queue.add(() => this.send(options))`: when that runs, and how often, is the queue's business. */
function isHandedOn(again: ts.Node, scope: FunctionNode): boolean {
  for (let inner = enclosingFunction(again); inner !== scope && !ts.isSourceFile(inner); inner = enclosingFunction(inner)) {
    const { parent } = inner;
    if (!ts.isCallExpression(parent) || parent.expression === inner) continue;
    if (!/(?:^|\.)(?:setTimeout|setImmediate|nextTick|then|catch|finally)$/.test(parent.expression.getText())) return true;
  }
  return false;
}

function isFlag({ kind }: ts.Node): boolean {
  return kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword;
}

/** Does a call in a function run that function again? */
export function callsItself(call: ts.CallExpression, scope: FunctionNode): boolean {
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee))
    return (
      callee.expression.kind === ts.SyntaxKind.ThisKeyword &&
      ts.isMethodDeclaration(scope) &&
      scope.name.getText() === callee.name.text
    );
  if (!ts.isIdentifier(callee)) return false;
  const declaration = declarationOf(callee);
  return (
    declaration === scope ||
    (declaration !== undefined && ts.isVariableDeclaration(declaration) && declaration.initializer === scope)
  );
}

/** How long is waited between two attempts: the delay awaited in this block. `changing`: names that differ each time. */
function waitIn(file: CodeFile, block: ts.Node, whole: ts.Node, changing: ReadonlySet<string>, before?: ts.Node): Wait {
  const none: Wait = { kind: 'none', jitter: false, capped: true, text: '' };
  const unknown: Wait = { kind: 'unknown', jitter: true, capped: true, text: '' };
  for (const node of descendants(block)) {
    if (before && node.pos >= before.pos) break;
    if (!ts.isCallExpression(node)) continue;
    const delay = delayOf(file, node);
    if (delay === 'unseen') return unknown;
    if (delay) return judgeDelay(delay, whole, changing);
  }
  // `setTimeout(() => again(), ms)` waits without an await.
  const timer = before && [...parents(before)].find((node) => ts.isCallExpression(node) && isSetTimeout(file, node));
  const length = timer && ts.isCallExpression(timer) ? timer.arguments[1] : undefined;
  return length ? judgeDelay(length, whole, changing) : none;
}

function* parents(node: ts.Node): Iterable<ts.Node> {
  for (let outer = node.parent; outer; outer = outer.parent) yield outer;
}

function isSetTimeout(file: CodeFile, call: ts.CallExpression): boolean {
  return /^(?:global:setTimeout|timers(?:\/promises)?:setTimeout)$/.test(origin(file, call.expression) ?? '');
}

/** The length a call waits for; `unseen` for a function that surely waits, but shows no length; undefined for others. */
function delayOf(file: CodeFile, call: ts.CallExpression): Expression | 'unseen' | undefined {
  const from = origin(file, call.expression);
  if (from === 'global:setTimeout' || from === 'timers:setTimeout')
    return endsRequest(call) ? undefined : (call.arguments[1] ?? 'unseen');
  if (from === 'timers/promises:setTimeout' || from === 'delay:' || from === 'delay:delay') return call.arguments[0] ?? 'unseen';
  const name = calleeName(call);
  const own = /^(?:timer|timeout|pause\w*|\w*[Dd]elay\w*)$/.test(name) ? waitsFor(file, call) : undefined;
  if (own) return own;
  // `waitForExport(id)`: for what has to happen, and not for so long.
  if (/^wait(?:For|Until)(?![\w$]*(?:Ms|Millis\w*|Seconds?|Time|Delay)$)[A-Z]/.test(name)) return 'unseen';
  if (!/^(?:sleep|delay|wait|pause|backoff)|(?:sleep|delay|wait|backoff)(?:for|ms|seconds)?$/i.test(name))
    return /connect|retr|again/i.test(name) && waitsInside(file, call) ? 'unseen' : undefined;
  if (/backoff|jitter|retry/i.test(name)) return 'unseen';
  return call.arguments.length === 1 ? call.arguments[0] : 'unseen';
}

/** A function of the project that waits itself before it answers: `await reconnect()`. */
function waitsInside(file: CodeFile, call: ts.CallExpression): boolean {
  const callee = ts.isAwaitExpression(call.parent) ? (calleeOf(file, call) ?? methodOf(file, call)) : undefined;
  return callee !== undefined && /\b(?:setTimeout|sleep|delay|backoff)\w*\(/i.test(callee.node.getText());
}

/** What a function of the project is given that waits so long: `timer(5000)` of `(ms) => new Promise((done) => setTimeout(done, ms))`. */
function waitsFor(file: CodeFile, call: ts.CallExpression): Expression | undefined {
  const [length] = call.arguments;
  const callee = length && ts.isAwaitExpression(call.parent) ? calleeOf(file, call) : undefined;
  const name = callee?.node.parameters[0]?.name.getText();
  const isSet = callee && new RegExp(`\\bsetTimeout\\(\\w+,\\s*${name}\\)`).test(callee.node.getText());
  return isSet ? length : undefined;
}

/** `setTimeout(() => controller.abort(), ms)`: a deadline, and no pause. */
function endsRequest({ arguments: [callback] }: ts.CallExpression): boolean {
  return callback !== undefined && /\babort\b/.test(callback.getText());
}

function judgeDelay(length: Expression, whole: ts.Node, changing: ReadonlySet<string>): Wait {
  const pieces = [...piecesOf(length, whole)];
  const calls = pieces.filter((node): node is ts.CallExpression => ts.isCallExpression(node));
  const names = calls.map((call) => call.expression.getText());
  const text = length.getText();
  const jitter = names.some((name) => /random|jitter|rand/i.test(name));
  // The server's own word, or a function that is not written here.
  const foreign =
    names.some((name) => !/^Math\.|^Number$|^parseInt$|random|jitter/i.test(name)) ||
    [text, ...pieces.filter(ts.isIdentifier).map((name) => name.text)].some((part) => /retry.?after/i.test(part));
  const grows = pieces.some((node) => ts.isIdentifier(node) && changing.has(node.text));
  const capped = names.includes('Math.min') || isBoundedCount(whole);
  if (foreign) return { kind: 'unknown', jitter: true, capped: true, text };
  return { kind: grows ? 'grows' : 'constant', jitter, capped: !grows || capped, text };
}

/** Everything a length is computed from, through constants and variables of the function. */
function* piecesOf(length: Expression, whole: ts.Node): Iterable<ts.Node> {
  const seen = new Set<ts.Node>();
  const todo: ts.Node[] = [length];
  for (let node = todo.pop(); node; node = todo.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    yield node;
    if (ts.isIdentifier(node) && !isMemberName(node)) {
      const declaration = declarationOf(node);
      if (declaration && ts.isVariableDeclaration(declaration) && declaration.initializer) todo.push(declaration.initializer);
      if (declaration) for (const write of assignedIn(whole, node.text)) todo.push(write);
    }
    ts.forEachChild(node, (child) => {
      todo.push(child);
    });
  }
}

function assignedIn(whole: ts.Node, name: string): Expression[] {
  return [...descendants(whole)].flatMap((node) =>
    isAssignment(node) && ts.isIdentifier(node.left) && node.left.text === name ? [node.right] : [],
  );
}

/** `for (…; i < 5; …)`, `while (n < 3)`: at most ten attempts. */
function isBoundedCount(whole: ts.Node): boolean {
  const condition = ts.isForStatement(whole)
    ? whole.condition
    : ts.isWhileStatement(whole) || ts.isDoStatement(whole)
      ? whole.expression
      : undefined;
  if (!condition) return true;
  return [condition, ...descendants(condition)].some((node) => {
    if (!ts.isBinaryExpression(node)) return false;
    const bound = defaultOf(valueOf(node.right));
    return !ts.isNumericLiteral(bound)
      ? ts.isIdentifier(bound) || ts.isPropertyAccessExpression(bound)
      : Number(bound.text) <= 10;
  });
}

/** `options.attempts ?? 3`: as many as a caller who says nothing gets. */
function defaultOf(bound: Expression): Expression {
  const isChoice = ts.isBinaryExpression(bound) && /^(?:\?\?|\|\|)$/.test(bound.operatorToken.getText());
  return isChoice ? valueOf(bound.right) : bound;
}
