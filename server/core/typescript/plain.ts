/** Expressions without what stands around them. */
import ts from 'ts6';

/** Through parentheses, `as`, `satisfies`, `!` and `await`: the expression that makes the value. */
export function strip(node: ts.Expression): ts.Expression {
  wrappers ??= new Set([
    ts.SyntaxKind.ParenthesizedExpression,
    ts.SyntaxKind.AsExpression,
    ts.SyntaxKind.SatisfiesExpression,
    ts.SyntaxKind.NonNullExpression,
    ts.SyntaxKind.TypeAssertionExpression,
    ts.SyntaxKind.AwaitExpression,
  ]);
  let at = node;
  while (wrappers.has(at.kind)) at = (at as ts.ParenthesizedExpression).expression;
  return at;
}

/** By their kinds, because rules ask this of every expression, many times; made late, because it loads TypeScript. */
let wrappers: ReadonlySet<ts.SyntaxKind> | undefined;

/** `null` or `undefined`. */
export function isNothing(node: ts.Expression): boolean {
  const bare = strip(node);
  return bare.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(bare) && bare.text === 'undefined');
}
