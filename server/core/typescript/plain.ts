/** Expressions without what stands around them. */
import ts from 'ts6';

/** Through parentheses, `as`, `satisfies`, `!` and `await`: the expression that makes the value. */
export function strip(node: ts.Expression): ts.Expression {
  let at = node;
  while (
    ts.isParenthesizedExpression(at) ||
    ts.isAsExpression(at) ||
    ts.isSatisfiesExpression(at) ||
    ts.isNonNullExpression(at) ||
    ts.isTypeAssertionExpression(at) ||
    ts.isAwaitExpression(at)
  ) {
    at = at.expression;
  }
  return at;
}

/** `null` or `undefined`. */
export function isNothing(node: ts.Expression): boolean {
  const bare = strip(node);
  return bare.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(bare) && bare.text === 'undefined');
}
