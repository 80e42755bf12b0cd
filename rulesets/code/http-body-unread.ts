import { defineCodeRule } from '../../server/core/rule.ts';
import { descendants, enclosingFunction, statementOf, ts } from '../../server/core/typescript/code.ts';
import { constantText } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo, leaves, optionValue } from '../../server/core/typescript/syntax.ts';
import page from './http-body-unread.md';

/**
 * Evidence: the result of undici's `request` is bound in sight, and its `body` is neither taken nor handed on; or a branch that asks
 * for the status leaves the function before anything has taken it.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.modules.has('undici')) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      if (origin(file, call.expression) !== 'undici:request' || isOfHead(call)) continue;
      const isLeft = leavesBody(call);
      const early = isLeft ? undefined : leavingBranch(call);
      if (early) {
        yield {
          at: early,
          evidence: enclosingFunction(call),
          message: `This way out leaves the body of \`${call.expression.getText()}\` unread, and undici keeps the connection busy until it is; call \`await ${bodyOf(call)}.dump()\` before it.`,
        };
      }
      if (!isLeft) continue;
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `\`${call.expression.getText()}\` leaves the body of its answer unread, and undici keeps the connection busy until it is; read it or call \`await body.dump()\`.`,
      };
    }
  },
});

/** What answers `HEAD` has no body. */
function isOfHead({ arguments: [, options] }: ts.CallExpression): boolean {
  const method = optionValue(options, 'method');
  return method !== undefined && constantText(method)?.toUpperCase() === 'HEAD';
}

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

/** How the body of the result is written. */
function bodyOf(call: ts.CallExpression): string {
  const name = boundTo(call)?.name;
  if (name && ts.isIdentifier(name)) return `${name.text}.body`;
  const part = name?.elements.find(
    (element) => ts.isBindingElement(element) && (element.propertyName ?? element.name).getText() === 'body',
  );
  return part && ts.isBindingElement(part) ? part.name.getText() : 'body';
}

/** `if (response.statusCode >= 400) throw …`: what leaves there, where nothing before or in it has the body or the whole result. */
function leavingBranch(call: ts.CallExpression): ts.Node | undefined {
  const statement = statementOf(call);
  const block = statement?.parent;
  const name = boundTo(call)?.name;
  if (!name || !statement || !block || !ts.isBlock(block)) return undefined;
  if (ts.isTryStatement(block.parent) && block.parent.finallyBlock && takesBody(block.parent.finallyBlock, name))
    return undefined;
  // Only where the status is one of these has the body been taken; every other answer comes this way.
  let isTakenElsewhere = false;
  for (const each of block.statements.slice(block.statements.indexOf(statement) + 1)) {
    const isAsking = ts.isIfStatement(each) && asksStatus(each.expression, name);
    if (takesBody(each, name)) {
      if (!isAsking || each.elseStatement || takesBody(each.expression, name) || !leaves(each.thenStatement)) return undefined;
      isTakenElsewhere = true;
      continue;
    }
    if (isTakenElsewhere && (ts.isThrowStatement(each) || ts.isReturnStatement(each))) return each.getFirstToken();
    if (!isAsking || /===?\s*(?:204|205|304)\b/.test(each.expression.getText())) continue;
    const last = ts.isBlock(each.thenStatement) ? each.thenStatement.statements.at(-1) : each.thenStatement;
    if (last && (ts.isThrowStatement(last) || ts.isReturnStatement(last))) return last.getFirstToken();
  }
  return undefined;
}

/** Does a condition ask for the status of this answer? */
function asksStatus(condition: ts.Expression, name: ts.BindingName): boolean {
  const text = condition.getText();
  return ts.isIdentifier(name) ? new RegExp(`\\b${name.text}\\??\\.statusCode\\b`).test(text) : /\bstatusCode\b/.test(text);
}

/** Is the body named, or the result in any way but for its status and headers? */
function takesBody(statement: ts.Node, name: ts.BindingName): boolean {
  const names = new Set(
    ts.isIdentifier(name)
      ? [name.text]
      : name.elements.flatMap((element) =>
          ts.isBindingElement(element) && !/^(?:statusCode|headers)$/.test((element.propertyName ?? element.name).getText())
            ? [element.name.getText()]
            : [],
        ),
  );
  return [...descendants(statement)].some(
    (node) =>
      ts.isIdentifier(node) &&
      names.has(node.text) &&
      !(
        ts.isIdentifier(name) &&
        ts.isPropertyAccessExpression(node.parent) &&
        node.parent.expression === node &&
        /^(?:statusCode|statusText|headers)$/.test(node.parent.name.text)
      ),
  );
}

/** `(await request(url)).statusCode`. */
function isMember(awaited: ts.Node, names: RegExp): boolean {
  const { parent } = awaited;
  return (
    ts.isParenthesizedExpression(parent) && ts.isPropertyAccessExpression(parent.parent) && names.test(parent.parent.name.text)
  );
}
