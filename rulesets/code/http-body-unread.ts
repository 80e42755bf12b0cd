import { defineCodeRule } from '../../server/core/rule.ts';
import { declarationOf, descendants, enclosingFunction, origin, ts } from '../../server/core/typescript/code.ts';
import { boundTo } from '../../server/core/typescript/syntax.ts';
import page from './http-body-unread.md';

/** Evidence: the result of undici's `request` is bound in sight, and its `body` is neither taken nor handed on. */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.modules.has('undici')) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      if (origin(file, call.expression) !== 'undici:request' || !leavesBody(call)) continue;
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `\`${call.expression.getText()}\` leaves the body of its answer unread, and undici keeps the connection busy until it is; read it or call \`await body.dump()\`.`,
      };
    }
  },
});

function leavesBody(call: ts.CallExpression): boolean {
  const declaration = boundTo(call);
  if (!declaration) {
    const awaited = ts.isAwaitExpression(call.parent) ? call.parent : call;
    return ts.isExpressionStatement(awaited.parent) || isMember(awaited, /^(?:statusCode|headers)$/);
  }
  const { name } = declaration;
  if (ts.isObjectBindingPattern(name))
    return !name.elements.some(
      (element) => element.dotDotDotToken || (element.propertyName ?? element.name).getText() === 'body',
    );
  if (!ts.isIdentifier(name)) return false;
  const uses = [...descendants(enclosingFunction(call))].filter(
    (node) => ts.isIdentifier(node) && node !== name && node.text === name.text && declarationOf(node) === declaration,
  );
  return uses.every(({ parent }) => ts.isPropertyAccessExpression(parent) && /^(?:statusCode|headers)$/.test(parent.name.text));
}

/** `(await request(url)).statusCode`. */
function isMember(awaited: ts.Node, names: RegExp): boolean {
  const { parent } = awaited;
  return (
    ts.isParenthesizedExpression(parent) && ts.isPropertyAccessExpression(parent.parent) && names.test(parent.parent.name.text)
  );
}
