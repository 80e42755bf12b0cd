import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, origin, ts, unwrap } from '../../server/core/typescript/code.ts';
import { isWithin } from '../../server/core/typescript/syntax.ts';
import page from './poll-unbounded.md';
import { requests, retries } from './retry-loops.ts';

/** Something that may end it, by whatever name. */
const limit =
  /attempt|retr(?:y|ies)|tries|count|max|remaining|deadline|elapsed|timeout|abort|signal|shutdown|stop|running|active|closed|cancel|cursor|next|page|offset|token|more/i;

/** Evidence: a loop that asks another system with a known client (or a function of the project that does), pauses, and asks again until the answer pleases, without a count or a clock. */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (!/\b(?:while|do)\b/.test(file.text)) return;
    const known = new Set(retries(file).map(({ evidence }) => evidence));
    for (const loop of file.nodes(ts.SyntaxKind.WhileStatement, ts.SyntaxKind.DoStatement)) {
      const asked = askedIn(file, loop);
      if (!asked || known.has(loop) || !pauses(file, loop) || !waitsForAnswer(loop) || isLimited(loop)) continue;
      const start = loop.getStart();
      yield {
        at: { start, end: start + (ts.isDoStatement(loop) ? 'do' : 'while').length },
        evidence: loop,
        message: `\`${asked.expression.getText()}\` is asked again for ever when the answer never comes, and what waits for it hangs with it; give up after a number of rounds or a deadline, and say so.`,
      };
    }
  },
});

function askedIn(file: CodeFile, loop: ts.Node): ts.CallExpression | undefined {
  return requests(file).find((call) => isWithin(call, loop));
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
  if (condition.kind !== ts.SyntaxKind.TrueKeyword) return comparesText(condition);
  return [...descendants(loop.statement)].some(
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

function isLimited(loop: ts.WhileStatement | ts.DoStatement): boolean {
  return [loop.expression, ...descendants(loop)].some((node) => {
    if (ts.isBinaryExpression(node) && /^[<>]=?$/.test(node.operatorToken.getText())) return true;
    return ts.isIfStatement(node) && limit.test(node.expression.getText().replace(/['"`][^'"`]*['"`]/g, ''));
  });
}
