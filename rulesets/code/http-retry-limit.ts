import { defineCodeRule } from '../../server/core/rule.ts';
import { descendants, ts } from '../../server/core/typescript/code.ts';
import page from './http-retry-limit.md';
import { retries } from './retry-loops.ts';

/** Evidence: a retry of an HTTP request without a condition that ends it: `while (true)`, a recursion or an operator that counts nothing. */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    for (const { at, evidence, name, limited = !isEndless(evidence) } of retries(file)) {
      if (limited) continue;
      yield {
        at,
        evidence,
        message: `\`${name}\` is sent again for ever while it fails, so what waits for it never hears of it and a service that is down never gets rest; give up after a few attempts and throw the last error.`,
      };
    }
  },
});

/** Something that may stop it, by whatever name: a count, a clock, a signal. */
const limit =
  /attempt|retr(?:y|ies)|tries|count|max|remaining|left|deadline|elapsed|timeout|abort|signal|shutdown|stop|running|active/i;

function isEndless(repeated: ts.Node): boolean {
  const condition = ts.isForStatement(repeated)
    ? repeated.condition
    : ts.isWhileStatement(repeated) || ts.isDoStatement(repeated)
      ? repeated.expression
      : undefined;
  if (condition && condition.kind !== ts.SyntaxKind.TrueKeyword && condition.getText() !== '1') return false;
  return ![...descendants(repeated)].some((node) => {
    if (ts.isIfStatement(node)) return compares(node.expression) || limit.test(node.expression.getText());
    if (ts.isConditionalExpression(node)) return compares(node.condition);
    return ts.isFunctionLike(repeated) && ts.isCallExpression(node) && node.arguments.some(isStep);
  });
}

function compares(condition: ts.Expression): boolean {
  return [condition, ...descendants(condition)].some(
    (node) => ts.isBinaryExpression(node) && /^[<>]=?$/.test(node.operatorToken.getText()),
  );
}

/** `again(n - 1)`: a count that goes with each call. */
function isStep(argument: ts.Expression): boolean {
  return (
    (ts.isBinaryExpression(argument) && /^[+-]$/.test(argument.operatorToken.getText())) || ts.isPrefixUnaryExpression(argument)
  );
}
