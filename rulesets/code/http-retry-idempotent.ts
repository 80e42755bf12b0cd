import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, ts } from '../../server/core/typescript/code.ts';
import { constantText, propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { isWithin, optionValue } from '../../server/core/typescript/syntax.ts';
import { httpCalls } from './http-clients.ts';
import page from './http-retry-idempotent.md';
import { type Retry, retried, retries } from './retry-loops.ts';

const key = /idempot|(?:event|message|delivery|request|webhook|transaction|dedup\w*)[-_]?id/i;

const onlyReads = /graphql|[/:](?:auto-?complete|search\w*|quer(?:y|ies)|look-?up|geocode)\b(?!\/)/i;

/** Evidence: a retry of a POST or PATCH whose options can be seen, without anything in them that names the request. */
export default defineCodeRule({
  page,
  severity: 'hint',
  snippet: 'retry',
  *check(file) {
    for (const { request, evidence, name } of [...retries(file), ...inCallbacks(file)]) {
      const http = httpCalls(file).find(({ call }) => call === request);
      const method = methodOf(request) ?? http?.method;
      if (method !== 'POST' && method !== 'PATCH') continue;
      if (key.test(request.getText()) || request.arguments.some(namesKey)) continue;
      if (isOnlyForRefused(evidence, request)) continue;
      // What is sent to these by POST may only read.
      if (request.arguments[0] && onlyReads.test(valueOf(request.arguments[0]).getText())) continue;
      if (request.arguments.some(isBatchOfReads)) continue;
      const options = http ? request.arguments.slice(http.optionsAt, http.optionsAt + 1) : request.arguments.slice(1);
      if (options.some((each) => ts.isIdentifier(valueOf(each)))) continue;
      yield {
        at: request.expression,
        evidence,
        message: `\`${name}\` sends a ${method} again without a key, so a request that was carried out and only its answer lost is carried out twice; send one \`Idempotency-Key\` with every attempt.`,
      };
    }
  },
});

/** `{ batch: ids.map((id) => ({ method: 'GET', relative_url: id })) }`: many reads at once. */
function isBatchOfReads(body: ts.Expression): boolean {
  const batch = optionValue(body, 'batch');
  const methods = [...((batch && valueOf(batch).getText()) ?? '').matchAll(/\bmethod\s*:\s*['"](\w+)['"]/g)];
  return methods.length > 0 && methods.every(([, method]) => method === 'GET');
}

/** In the options, or in the headers that they name: `{ method: 'POST', headers }`. */
function namesKey(argument: ts.Expression): boolean {
  const headers = optionValue(argument, 'headers');
  return [argument, ...(headers ? [headers] : [])].some((each) => key.test(valueOf(each).getText()));
}

/** `withRetry(() => axios.post(url, order))`: what a library, or a function of the project, sends again. */
function inCallbacks(file: CodeFile): Pick<Retry, 'request' | 'evidence' | 'name'>[] {
  return retried(file).flatMap((callback) =>
    httpCalls(file).flatMap(({ call, kind }) =>
      kind === 'send' && isWithin(call, callback) && showsHeaders(call)
        ? [{ request: call, evidence: callback, name: call.expression.getText() }]
        : [],
    ),
  );
}

/** Its headers, if it has any, are written out and name no key. */
function showsHeaders(call: ts.CallExpression): boolean {
  return call.arguments.every((argument) => {
    const options = valueOf(argument);
    if (!ts.isObjectLiteralExpression(options)) return true;
    const headers = optionValue(options, 'headers');
    const literal = headers && valueOf(headers);
    if (!literal) return true;
    return propertiesOf(literal) !== undefined && !key.test(literal.getText());
  });
}

function methodOf(request: ts.CallExpression): string | undefined {
  const method = request.arguments[1] && optionValue(request.arguments[1], 'method');
  return method && constantText(method)?.toUpperCase();
}

/** `if (response.status === 429) continue;`, and nothing else starts the next round: what was refused was not carried out. */
function isOnlyForRefused(loop: ts.Node, request: ts.Node): boolean {
  const inside = descendants(loop, (node) => !ts.isFunctionLike(node));
  if (inside.some((node) => ts.isTryStatement(node) && node.catchClause && node.pos < request.pos && request.end < node.end))
    return false;
  const again = inside.filter(ts.isContinueStatement);
  return again.length > 0 && again.every((node) => isForRefused(node, loop)) && leavesAtEnd(loop);
}

function isForRefused(node: ts.Node, loop: ts.Node): boolean {
  for (let outer = node; outer !== loop; outer = outer.parent) {
    const choice = outer.parent;
    if (ts.isIfStatement(choice) && choice.thenStatement === outer)
      return /\bstatus\w*\s*===?\s*429\b/.test(choice.expression.getText()) && !choice.expression.getText().includes('||');
  }
  return false;
}

/** A loop whose body ends with `break`, `return` or `throw`: another round takes a `continue`. */
function leavesAtEnd(loop: ts.Node): boolean {
  const body = ts.isIterationStatement(loop, false) ? loop.statement : undefined;
  const last = body && ts.isBlock(body) ? body.statements.at(-1) : undefined;
  return last !== undefined && (ts.isBreakStatement(last) || ts.isReturnStatement(last) || ts.isThrowStatement(last));
}
