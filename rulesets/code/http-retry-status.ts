import { defineCodeRule } from '../../server/core/rule.ts';
import { descendants, ts } from '../../server/core/typescript/code.ts';
import { isWithin, leaves } from '../../server/core/typescript/syntax.ts';
import { httpCalls } from './http-clients.ts';
import page from './http-retry-status.md';
import { retries } from './retry-loops.ts';

/**
 * Evidence: a retry whose failures are answers with 4xx too (the client rejects them, or the code throws unless `ok`, or leaves only if
 * it is), and nothing in it that tells one failure from another.
 */
export default defineCodeRule({
  page,
  severity: 'info',
  *check(file) {
    for (const { at, evidence, request, name } of retries(file)) {
      const http = httpCalls(file).find(({ call }) => call === request);
      if (!http) continue;
      const own = caughtThrow(evidence, request);
      if (own ? tellsApart(own.catchClause ?? own) : tellsApart(evidence)) continue;
      if (!own && !http.client.rejects && !throwsUnlessOk(evidence, request) && !leavesIfOk(evidence, request)) continue;
      yield {
        at,
        evidence,
        message: `\`${name}\` is sent again whatever went wrong, a 400 or 401 included, which will be the same each time; retry only when the network failed or the status is 408, 429 or 5xx.`,
      };
    }
  },
});

/** A look at the status, at the kind of the error, or a function that judges it. */
const judgement =
  /\bstatus|\bcode\b|\bresponse\b(?!\.ok\b)|instanceof|retr(?:y|i)able|transient|\.name\b|shouldRetry|isAxiosError|\berr(?:or)?\b|\be\b/i;

const judges = (text: string) => judgement.test(text.replace(/\w+\.ok\b/g, ''));

function tellsApart(evidence: ts.Node): boolean {
  const nodes = [...descendants(evidence)];
  // `const isFinal = error instanceof HttpError && …`: a condition that has a name.
  const judged = nodes.flatMap((node) =>
    ts.isVariableDeclaration(node) &&
    node.initializer &&
    (ts.isBinaryExpression(node.initializer) || ts.isPrefixUnaryExpression(node.initializer)) &&
    judges(node.initializer.getText())
      ? [node.name.getText()]
      : [],
  );
  return nodes.some((node) => {
    // `error instanceof Error ? error : new Error(error)` makes one kind of all.
    if (ts.isConditionalExpression(node) && /^\w+ instanceof Error$/.test(node.condition.getText())) return false;
    const condition = ts.isIfStatement(node)
      ? node.expression
      : ts.isConditionalExpression(node)
        ? node.condition
        : ts.isSwitchStatement(node)
          ? node.expression
          : undefined;
    if (condition === undefined) return false;
    return (
      judges(condition.getText()) || [condition, ...descendants(condition)].some((inner) => judged.includes(inner.getText()))
    );
  });
}

/** The `try` around the request and a `throw` for what its answer says, which its own `catch` takes for one more failure. */
function caughtThrow(evidence: ts.Node, request: ts.Node): ts.TryStatement | undefined {
  for (let node = request.parent; node !== evidence; node = node.parent) {
    if (!ts.isTryStatement(node) || !node.catchClause || !isWithin(request, node.tryBlock)) continue;
    const inside = descendants(node.tryBlock, (inner) => !ts.isFunctionLike(inner) && !ts.isTryStatement(inner));
    return inside.some((inner) => ts.isIfStatement(inner) && inner.pos >= request.end && refuses(inner)) ? node : undefined;
  }
  return undefined;
}

/** `if (!response.ok) throw …`, `if (response.ok) return …; else throw …`, `if (response.status === 403) throw …`. */
function refuses({ expression, thenStatement, elseStatement }: ts.IfStatement): boolean {
  const refused = /^\w+\.ok$/.test(expression.getText()) ? elseStatement : thenStatement;
  return (
    refused !== undefined &&
    !/\bstatus\b[^]*\?|\bif\b[^]*\bstatus\b/.test(refused.getText()) &&
    /^!?\s*\w+\.ok$|^\w+\.status\s*===?\s*4(?!08|29)\d\d$/.test(expression.getText()) &&
    [refused, ...descendants(refused, (inner) => !ts.isFunctionLike(inner) && !ts.isTryStatement(inner))].some(
      ts.isThrowStatement,
    )
  );
}

/** `if (response.ok) return response;` behind the request, and nothing else there that leaves. */
function leavesIfOk(evidence: ts.Node, request: ts.Node): boolean {
  return descendants(evidence).some((node) => {
    if (!ts.isIfStatement(node) || node.pos < request.end || !/^\w+\.ok$/.test(node.expression.getText())) return false;
    if (!leaves(node.thenStatement) || node.elseStatement || !ts.isBlock(node.parent)) return false;
    const behind = node.parent.statements.slice(node.parent.statements.indexOf(node) + 1);
    return !behind.some((each) => ts.isReturnStatement(each) || ts.isBreakStatement(each));
  });
}

/** `if (!response.ok) throw …` behind the request. */
function throwsUnlessOk(evidence: ts.Node, request: ts.Node): boolean {
  return [...descendants(evidence)].some(
    (node) =>
      ts.isIfStatement(node) &&
      node.pos >= request.end &&
      /^!\s*\w+\.ok$/.test(node.expression.getText()) &&
      [node.thenStatement, ...descendants(node.thenStatement)].some(
        (inner) => ts.isThrowStatement(inner) && isWithin(inner, node.thenStatement),
      ),
  );
}
