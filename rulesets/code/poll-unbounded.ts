import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type FunctionNode,
  isAssignment,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { calleeName, isWithin, mentions } from '../../server/core/typescript/syntax.ts';
import { httpCalls } from './http-clients.ts';
import page from './poll-unbounded.md';
import { callsItself, requestIn, retries } from './retry-loops.ts';

/** Something that may end it, by whatever name. */
const limit =
  /attempt|retr(?:y|ies)|tries|count|max|remaining|deadline|elapsed|timeout|abort|signal|shutdown|stop|running|active|closed|cancel|cursor|next|page|offset|token|more|expire/i;

/**
 * Evidence: a loop that asks another system with a known client (of HTTP or a package's own, or a function of the project that
 * does), pauses or looks at nothing but what it was just answered, and asks again until the answer pleases, without a count or a clock; or a
 * function that does so by calling itself with what it was given, or by a timer.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.words.has(/stat(?:us|e)|phase|progress/i)) return;
    const known = new Set(retries(file).map(({ evidence }) => evidence));
    for (const loop of file.nodes(ts.SyntaxKind.WhileStatement, ts.SyntaxKind.DoStatement)) {
      const asked = waitsForAnswer(loop) && !isLimited([loop.expression, loop]) ? askedIn(file, loop) : undefined;
      if (!asked || !(pauses(file, loop) || isAnswered(loop, asked))) continue;
      if (known.has(loop) || /\bprocess\.exit\(/.test(loop.getText())) continue;
      const start = loop.getStart();
      yield {
        at: { start, end: start + (ts.isDoStatement(loop) ? 'do' : 'while').length },
        evidence: loop,
        message: messageOf(asked),
      };
    }
    if (!file.words.has(/setTimeout|setInterval|sleep|delay|wait|pause/i)) return;
    for (const again of file.nodes(ts.SyntaxKind.CallExpression)) {
      const scope = repeatedBy(file, again);
      const asked = scope && !known.has(scope) && leavesOnAnswer(scope) && !isLimited([scope]) ? askedIn(file, scope) : undefined;
      if (scope && asked) yield { at: again.expression, evidence: scope, message: messageOf(asked) };
    }
  },
});

/** The function that a call has run again: its own, after a pause and with what it was given, or one that it hands to a timer. */
function repeatedBy(file: CodeFile, call: ts.CallExpression): FunctionNode | undefined {
  const scope = enclosingFunction(call);
  if (ts.isSourceFile(scope)) return undefined;
  if (callsItself(call, scope)) return passesOn(call, scope) && pauses(file, scope) ? scope : undefined;
  const [callback] = call.arguments;
  const timer = callback && /^set(?:Timeout|Interval)$/.test(calleeName(call)) ? origin(file, call.expression) : undefined;
  if (!callback || !/^(?:global|timers):set(?:Timeout|Interval)$/.test(timer ?? '')) return undefined;
  const node = unwrap(callback);
  const isFunction = ts.isArrowFunction(node) || ts.isFunctionExpression(node);
  if (timer?.endsWith('setInterval')) return isFunction && !isFlagged(node) ? node : undefined;
  const inner = isFunction ? descendants(node).find((each) => ts.isCallExpression(each) && callsItself(each, scope)) : undefined;
  const isAgain = inner ? passesOn(inner as ts.CallExpression, scope) : ts.isIdentifier(node) && isNameOf(node, scope);
  return isAgain && !isFlagged(scope) ? scope : undefined;
}

/** `poll` of `function poll() { … }` and of `const poll = async () => { … }`. */
function isNameOf(name: ts.Identifier, scope: FunctionNode): boolean {
  const declaration = declarationOf(name);
  const isVariable = declaration !== undefined && ts.isVariableDeclaration(declaration);
  return declaration === scope || (isVariable && declaration.initializer === scope);
}

/** `if (done) return;`: what stands around it may end it. */
function isFlagged(scope: FunctionNode): boolean {
  return descendants(scope).some((node) => ts.isIfStatement(node) && flagOf(node.expression) !== undefined);
}

/** `done` of `done` and of `!done`. */
function flagOf(condition: ts.Expression): ts.Identifier | undefined {
  const node = unwrap(condition);
  const isNot = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
  const name = isNot ? unwrap(node.operand) : node;
  return ts.isIdentifier(name) ? name : undefined;
}

function messageOf(asked: ts.CallExpression): string {
  return `\`${asked.expression.getText()}\` is asked again for ever when the answer never comes, and what waits for it hangs with it; give up after a number of rounds or a deadline, and say so.`;
}

/** Methods of packages' clients that ask for the state of something: `openai.beta.threads.runs.retrieve`. */
const asks = /^(?!global:|project:)[^:]+:.*\(\).*\.(?:retrieve|get|fetch|describe|check|poll)\w*$/;

function askedIn(file: CodeFile, scope: ts.Node): ts.CallExpression | undefined {
  const awaited = descendants(scope).filter(
    (node): node is ts.CallExpression => ts.isCallExpression(node) && ts.isAwaitExpression(node.parent),
  );
  return (
    requestIn(file, scope) ??
    awaited.find((call) => asks.test(origin(file, call.expression) ?? '')) ??
    awaited.find((call) => asksInside(file, call, 2))
  );
}

/** A method or function of the project, or one that it calls, that sends a request: `this.jobOf(id)`. */
function asksInside(file: CodeFile, call: ts.CallExpression, hops: number): boolean {
  const callee = calleeOf(file, call) ?? methodOf(file, call);
  if (!callee) return false;
  if (httpCalls(callee.file).some((http) => http.kind === 'send' && isWithin(http.call, callee.node))) return true;
  return (
    hops > 1 && descendants(callee.node).some((inner) => ts.isCallExpression(inner) && asksInside(callee.file, inner, hops - 1))
  );
}

/** `while (task.status !== 'done') task = await client.getTask(id);`: nothing else changes, and there is not even a pause. */
function isAnswered(loop: ts.WhileStatement | ts.DoStatement, asked: ts.CallExpression): boolean {
  const writes = descendants(loop.statement).filter(isAssignment);
  const written = new Set(writes.flatMap(({ left }) => (ts.isIdentifier(left) ? [left.text] : [])));
  return (
    !asked.arguments.some((argument) => mentions(argument, written)) &&
    writes.some(
      ({ left, right }) => ts.isIdentifier(left) && isWithin(asked, right) && mentions(loop.expression, new Set([left.text])),
    )
  );
}

/** With the parameters as they came: nothing counts the rounds. */
function passesOn({ arguments: given }: ts.CallExpression, { parameters }: FunctionNode): boolean {
  const whole = parameters.map(({ name }) => (ts.isIdentifier(name) ? name.text : undefined));
  const parts = new Set(
    parameters.flatMap(({ name }) => descendants(name).flatMap((node) => (ts.isIdentifier(node) ? [node.text] : []))),
  );
  return (
    given.length === parameters.length &&
    given.every((argument, index) => {
      if (ts.isIdentifier(argument)) return whole[index] === argument.text;
      return (
        ts.isObjectLiteralExpression(argument) &&
        argument.properties.every(
          (each) => each.name !== undefined && parts.has(each.name.getText()) && ts.isShorthandPropertyAssignment(each),
        )
      );
    })
  );
}

/** `await sleep(…)`, `await new Promise((resolve) => setTimeout(resolve, …))`. */
function pauses(file: CodeFile, loop: ts.Node): boolean {
  return [...descendants(loop)].some((node) => {
    if (!ts.isCallExpression(node)) return false;
    return (
      /(?:^|\.)(?:sleep|delay|wait|pause)$/i.test(node.expression.getText()) ||
      /^(?:global|timers|timers\/promises):setTimeout$/.test(origin(file, node.expression) ?? '')
    );
  });
}

/** The condition compares with a constant; or it is `true` or a flag, and a comparison with one leaves the loop or sets the flag. */
function waitsForAnswer(loop: ts.WhileStatement | ts.DoStatement): boolean {
  const condition = unwrap(loop.expression);
  if (condition.kind === ts.SyntaxKind.TrueKeyword) return leavesOnAnswer(loop.statement);
  const flag = flagOf(condition);
  if (!flag) return comparesText(condition);
  const declaration = declarationOf(flag);
  const isOwn = declaration !== undefined && ts.isVariableDeclaration(declaration) && !limit.test(flag.text);
  return isOwn && enclosingFunction(declaration) === enclosingFunction(loop) && leavesOnAnswer(loop.statement, flag.text);
}

/** Does an answer end it: `if (job.status === 'done') return job`, `case 'done': clearInterval(timer)`? */
function leavesOnAnswer(scope: ts.Node, flag?: string): boolean {
  return descendants(scope).some((node) => {
    const isCase = ts.isCaseClause(node) && ts.isStringLiteralLike(node.expression);
    if (
      isCase ? !states.test(node.parent.parent.expression.getText()) : !(ts.isIfStatement(node) && comparesText(node.expression))
    )
      return false;
    const branch = ts.isIfStatement(node) ? node.thenStatement : node;
    return [branch, ...descendants(branch)].some(
      (inner) =>
        ts.isReturnStatement(inner) ||
        (ts.isBreakStatement(inner) && !isCase) ||
        (ts.isCallExpression(inner) && inner.expression.getText() === 'clearInterval') ||
        (flag !== undefined && isAssignment(inner) && inner.left.getText() === flag),
    );
  });
}

const states = /stat(?:us|e)|phase|progress/i;

/** `status !== 'done'`, `!['done', 'failed'].includes(job.status)`: with a word, as states are. */
function comparesText(condition: ts.Expression): boolean {
  return [condition, ...descendants(condition)].some((node) => {
    if (ts.isCallExpression(node)) {
      const list =
        ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'includes'
          ? unwrap(node.expression.expression)
          : undefined;
      const isOfWords = list && ts.isArrayLiteralExpression(list) && list.elements.every(ts.isStringLiteralLike);
      return isOfWords && node.arguments.length === 1 && states.test(node.arguments[0]?.getText() ?? '');
    }
    return (
      ts.isBinaryExpression(node) &&
      /^[!=]==?$/.test(node.operatorToken.getText()) &&
      [node.left, node.right].some((side) => ts.isStringLiteralLike(side) && side.text !== '') &&
      states.test(node.getText())
    );
  });
}

function isLimited(parts: readonly ts.Node[]): boolean {
  return parts
    .flatMap((part) => [part, ...descendants(part)])
    .some((node) => {
      if (ts.isBinaryExpression(node) && /^[<>]=?$/.test(node.operatorToken.getText())) {
        // `response.status >= 400`, `i < list.length` of a walk.
        const isOther =
          /\bstatus(?:Code)?\b/.test(node.getText()) || (ts.isForStatement(node.parent) && node.parent.condition === node);
        return !isOther;
      }
      // `signal.throwIfAborted()`
      if (ts.isCallExpression(node) && /\.throwIf\w+$/.test(node.expression.getText())) return true;
      // `const pause = pauseAfter(Date.now() - begun)`: whoever asks the clock can end it.
      if (ts.isCallExpression(node) && /^(?:Date|performance)\.now$|^process\.hrtime/.test(node.expression.getText()))
        return true;
      return ts.isIfStatement(node) && limit.test(node.expression.getText().replace(/['"`][^'"`]*['"`]/g, ''));
    });
}
