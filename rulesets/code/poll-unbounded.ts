import { defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type FunctionNode,
  origin,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { isWithin } from '../../server/core/typescript/syntax.ts';
import page from './poll-unbounded.md';
import { callsItself, requests, retries } from './retry-loops.ts';

/** Something that may end it, by whatever name. */
const limit =
  /attempt|retr(?:y|ies)|tries|count|max|remaining|deadline|elapsed|timeout|abort|signal|shutdown|stop|running|active|closed|cancel|cursor|next|page|offset|token|more|expire/i;

/**
 * Evidence: a loop that asks another system with a known client (of HTTP or a package's own, or a function of the project that
 * does), pauses, and asks again until the answer pleases, without a count or a clock; or a function that does so by calling
 * itself with what it was given.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (!/stat(?:us|e)|phase|progress/i.test(file.words) || !/setTimeout|sleep|delay|wait|pause/i.test(file.words)) return;
    const known = new Set(retries(file).map(({ evidence }) => evidence));
    for (const loop of file.nodes(ts.SyntaxKind.WhileStatement, ts.SyntaxKind.DoStatement)) {
      const asked =
        pauses(file, loop) && waitsForAnswer(loop) && !isLimited([loop.expression, loop]) ? askedIn(file, loop) : undefined;
      if (!asked || known.has(loop) || /\bprocess\.exit\(/.test(loop.getText())) continue;
      const start = loop.getStart();
      yield {
        at: { start, end: start + (ts.isDoStatement(loop) ? 'do' : 'while').length },
        evidence: loop,
        message: messageOf(asked),
      };
    }
    for (const again of file.nodes(ts.SyntaxKind.CallExpression)) {
      const scope = enclosingFunction(again);
      if (ts.isSourceFile(scope) || !callsItself(again, scope) || !passesOn(again, scope) || known.has(scope)) continue;
      const asked = pauses(file, scope) && leavesOnAnswer(scope) && !isLimited([scope]) ? askedIn(file, scope) : undefined;
      if (!asked) continue;
      yield { at: again.expression, evidence: scope, message: messageOf(asked) };
    }
  },
});

function messageOf(asked: ts.CallExpression): string {
  return `\`${asked.expression.getText()}\` is asked again for ever when the answer never comes, and what waits for it hangs with it; give up after a number of rounds or a deadline, and say so.`;
}

/** Methods of packages' clients that ask for the state of something: `openai.beta.threads.runs.retrieve`. */
const asks = /^(?!global:|project:)[^:]+:.*\(\).*\.(?:retrieve|get|fetch|describe|check|poll)\w*$/;

function askedIn(file: CodeFile, scope: ts.Node): ts.CallExpression | undefined {
  return (
    requests(file).find((call) => isWithin(call, scope)) ??
    descendants(scope).find(
      (node): node is ts.CallExpression =>
        ts.isCallExpression(node) && ts.isAwaitExpression(node.parent) && asks.test(origin(file, node.expression) ?? ''),
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

/** The condition compares with a constant, or is `true` and a comparison with one leaves the loop. */
function waitsForAnswer(loop: ts.WhileStatement | ts.DoStatement): boolean {
  const condition = unwrap(loop.expression);
  return condition.kind === ts.SyntaxKind.TrueKeyword ? leavesOnAnswer(loop.statement) : comparesText(condition);
}

function leavesOnAnswer(scope: ts.Node): boolean {
  return [...descendants(scope)].some(
    (node) =>
      ts.isIfStatement(node) &&
      comparesText(node.expression) &&
      [node.thenStatement, ...descendants(node.thenStatement)].some(
        (inner) => ts.isReturnStatement(inner) || ts.isBreakStatement(inner),
      ),
  );
}

/** `status !== 'done'`: with a word, as states are. */
function comparesText(condition: ts.Expression): boolean {
  return [condition, ...descendants(condition)].some(
    (node) =>
      ts.isBinaryExpression(node) &&
      /^[!=]==?$/.test(node.operatorToken.getText()) &&
      [node.left, node.right].some((side) => ts.isStringLiteralLike(side) && side.text !== '') &&
      /stat(?:us|e)|phase|progress/i.test(node.getText()),
  );
}

function isLimited(parts: readonly ts.Node[]): boolean {
  return parts
    .flatMap((part) => [part, ...descendants(part)])
    .some((node) => {
      if (ts.isBinaryExpression(node) && /^[<>]=?$/.test(node.operatorToken.getText())) return true;
      // `signal.throwIfAborted()`
      if (ts.isCallExpression(node) && /\.throwIf\w+$/.test(node.expression.getText())) return true;
      // `const pause = pauseAfter(Date.now() - begun)`: whoever asks the clock can end it.
      if (ts.isCallExpression(node) && /^(?:Date|performance)\.now$|^process\.hrtime/.test(node.expression.getText()))
        return true;
      return ts.isIfStatement(node) && limit.test(node.expression.getText().replace(/['"`][^'"`]*['"`]/g, ''));
    });
}
