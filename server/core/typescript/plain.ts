/** Expressions without what stands around them, and what is written plainly in them. */
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

/** The value a property of an object literal is given, where it is written there. */
export function propertyIn(node: ts.Expression | undefined, wanted: string): ts.Expression | undefined {
  const bare = node && strip(node);
  if (!bare || !ts.isObjectLiteralExpression(bare)) return undefined;
  const property = bare.properties.find((item) => nameText(item.name) === wanted);
  if (property && ts.isShorthandPropertyAssignment(property)) return property.name;
  return property && ts.isPropertyAssignment(property) ? strip(property.initializer) : undefined;
}

/** The text of a property's name, where it is written plainly. */
export function nameText(name: ts.PropertyName | undefined): string | undefined {
  return name &&
    (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name) || ts.isPrivateIdentifier(name))
    ? name.text
    : undefined;
}

/** A text as it is written. */
export function plainText(node: ts.Expression | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined;
}

/**
 * What a package is called at npm, as Deno names it: `npm:hono@4/factory`, `https://esm.sh/stripe@14?target=deno`, and `jsr:@hono/hono`,
 * which is Hono.
 */
export function packageNamed(specifier: string): string {
  const [, name = specifier] = /^(?:(?:npm|jsr):\/?|https:\/\/esm\.sh\/)([^?]+)/.exec(specifier) ?? [];
  const plain = name === specifier ? name : name.replace(/(?<=.)@[^/]*/, '');
  return plain.replace(/^@hono\/hono(?=\/|$)/, 'hono');
}
