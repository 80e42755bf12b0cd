import { defineCodeRule } from '../../server/core/rule.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { inOneLine, isWithin } from '../../server/core/typescript/syntax.ts';
import { hasNoHost, type HttpCall, httpCalls } from './http-clients.ts';
import page from './http-error-swallowed.md';

/** What may get lost. */
const dispensable =
  /telemetry|analytic|track|metric|posthog|segment|mixpanel|amplitude|plausible|datafa\.?st|visitor|beacon|sentry|ping|heartbeat|log|cleanup|revoke/i;

/**
 * Evidence: a request that changes something, and an empty `catch` around it, or an empty `.catch` on it, without a comment; or one whose
 * promise is let go without any. Silent where the function tells success from failure behind the `try`.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    for (const http of httpCalls(file)) {
      if (http.kind !== 'send' || !http.method || !/^(?:POST|PUT|PATCH|DELETE)$/.test(http.method)) continue;
      if (
        dispensable.test(http.call.getText()) ||
        dispensable.test(file.uri) ||
        isToOneself(http) ||
        tidies(http) ||
        isThrownOn(http.call)
      )
        continue;
      const swallowed = emptyCatch(file, http);
      if (!swallowed && isLetGo(file, http)) {
        const name = inOneLine(http.call.expression);
        yield {
          at: http.call.expression,
          evidence: enclosingFunction(http.call),
          message: `Nobody waits for \`${name}\`, nor catches what it throws: when it fails, what was to be sent is lost, and Node ends the process on the unhandled rejection; wait for it, or give it a \`.catch\` that tells.`,
        };
      }
      if (!swallowed) continue;
      yield {
        at: swallowed,
        evidence: enclosingFunction(http.call),
        message: `\`catch\` hides that \`${http.call.expression.getText()}\` failed: what was to be sent is lost, and nothing tells; log it, throw it on, or keep it to be sent again.`,
      };
    }
  },
});

/** What was made is taken away again, as well as that goes: `async function cleanUp() { await fetch(url, { method: 'DELETE' }).catch(…) }`. */
function tidies({ call, method }: HttpCall): boolean {
  const scope = enclosingFunction(call);
  if (method !== 'DELETE' || ts.isSourceFile(scope)) return false;
  const name = ts.isVariableDeclaration(scope.parent) ? scope.parent.name : scope.name;
  return name !== undefined && /clean|close|dispose|orphan|quiet|roll_?back|tear_?down|undo/i.test(name.getText());
}

/** `catch (error) { await fetch(`${url}/abort`, …).catch(() => {}); throw error; }`: what it was sent for has failed, and that is told. */
function isThrownOn(call: ts.Node): boolean {
  return [...ancestorsInFunction(call)].some(
    (outer) => ts.isCatchClause(outer) && outer.block.statements.some((statement) => ts.isThrowStatement(statement)),
  );
}

/** To a tool on the developer's own machine. */
function isToOneself({ call }: HttpCall): boolean {
  const [url] = call.arguments;
  return url !== undefined && /^.?https?:\/\/(?:localhost|127\.0\.0\.1)\b/.test(valueOf(url).getText());
}

/** Clients whose calls answer a promise. */
const promising = /^(?:fetch|node-fetch|undici|axios|got|ky)$/;

/** `axios.post(url, order);`, also with `.then(…)` or `void`: a statement of its own, whose promise nobody has. */
function isLetGo(file: CodeFile, { client, call }: HttpCall): boolean {
  // What runs in a page is let go when the page is left.
  if (
    !promising.test(client.name) ||
    /x$|^file:.*\/(?:public|static|client|frontend|browser)\//.test(file.uri) ||
    hasNoHost(call)
  )
    return false;
  let node: ts.Expression = call;
  for (;;) {
    const member = node.parent;
    if (!ts.isPropertyAccessExpression(member) || !ts.isCallExpression(member.parent)) break;
    if (member.name.text === 'catch' || (member.name.text === 'then' && member.parent.arguments.length > 1)) return false;
    node = member.parent;
  }
  return (
    ts.isExpressionStatement(node.parent) || (ts.isVoidExpression(node.parent) && ts.isExpressionStatement(node.parent.parent))
  );
}

/** The word `catch` that loses the error. */
function emptyCatch(file: CodeFile, { call }: HttpCall): { start: number; end: number } | undefined {
  for (let node: ts.Node = call; node.parent && !ts.isFunctionLike(node); node = node.parent) {
    const { parent } = node;
    const isChained = ts.isPropertyAccessExpression(parent) && parent.expression === node && parent.name.text === 'catch';
    if (isChained && ts.isCallExpression(parent.parent)) {
      const [handler] = parent.parent.arguments;
      const isEmpty =
        handler &&
        (ts.isArrowFunction(handler) || ts.isFunctionExpression(handler)) &&
        (isEmptyBlock(file, handler.body) || (isNothing(handler.body) && isDropped(parent.parent)));
      return isEmpty ? { start: parent.name.getStart(), end: parent.name.getEnd() } : undefined;
    }
    if (ts.isTryStatement(parent) && parent.tryBlock === node) {
      const { catchClause } = parent;
      if (!catchClause || !isWithin(call, parent.tryBlock) || tellsLater(parent)) return undefined;
      const start = catchClause.getStart();
      return isEmptyBlock(file, catchClause.block) ? { start, end: start + 'catch'.length } : undefined;
    }
  }
  return undefined;
}

/** What the `try` finds out is looked at behind it, or it answers something and so does what follows: without an answer, it has failed. */
function tellsLater(node: ts.TryStatement): boolean {
  const inside = [...descendants(node.tryBlock, (each) => !ts.isFunctionLike(each))];
  const behind = [...descendants(enclosingFunction(node), (each) => !ts.isFunctionLike(each))].filter(
    ({ pos }) => pos >= node.end,
  );
  const set = new Set(
    inside.flatMap((each) =>
      ts.isBinaryExpression(each) && each.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isIdentifier(each.left)
        ? each.left.text
        : [],
    ),
  );
  return (
    behind.some((each) => ts.isIdentifier(each) && set.has(each.text)) ||
    [inside, behind].every((nodes) => nodes.some((each) => ts.isReturnStatement(each) && each.expression !== undefined))
  );
}

/** `null`, `undefined`, `false`. */
function isNothing(body: ts.Node): boolean {
  return /^(?:null|undefined|false|void 0)$/.test(body.getText());
}

/** Nobody looks at what the call answers. */
function isDropped(call: ts.Node): boolean {
  const outer = ts.isAwaitExpression(call.parent) || ts.isVoidExpression(call.parent) ? call.parent : call;
  return ts.isExpressionStatement(outer.parent);
}

/** Nothing in it, not even a comment. */
function isEmptyBlock(file: CodeFile, body: ts.Node): boolean {
  const block = ts.isExpression(body) ? unwrap(body) : body;
  return (
    ts.isBlock(block) && block.statements.length === 0 && /^\{\s*\}$/.test(file.text.slice(block.getStart(), block.getEnd()))
  );
}
