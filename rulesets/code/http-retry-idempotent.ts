import { defineCodeRule } from '../../server/core/rule.ts';
import { constantText, ts, valueOf } from '../../server/core/typescript/code.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';
import { httpCalls } from './http-clients.ts';
import page from './http-retry-idempotent.md';
import { retries } from './retry-loops.ts';

const key = /idempot|(?:event|message|delivery|request|webhook|transaction|dedup\w*)[-_]?id/i;

/** Evidence: a retry of a POST or PATCH whose options can be seen, without anything in them that names the request. */
export default defineCodeRule({
  page,
  severity: 'hint',
  snippet: 'retry',
  *check(file) {
    for (const { request, evidence, name } of retries(file)) {
      const method = methodOf(request) ?? httpCalls(file).find(({ call }) => call === request)?.method;
      if (method !== 'POST' && method !== 'PATCH') continue;
      if (key.test(request.getText()) || request.arguments.some((argument) => key.test(valueOf(argument).getText()))) continue;
      // What GraphQL is sent by POST may only read.
      if (request.arguments[0] && /graphql/i.test(valueOf(request.arguments[0]).getText())) continue;
      if (request.arguments.some((argument) => ts.isIdentifier(valueOf(argument)) && argument !== request.arguments[0])) continue;
      yield {
        at: request.expression,
        evidence,
        message: `\`${name}\` sends a ${method} again without a key, so a request that was carried out and only its answer lost is carried out twice; send one \`Idempotency-Key\` with every attempt.`,
      };
    }
  },
});

function methodOf(request: ts.CallExpression): string | undefined {
  const method = request.arguments[1] && optionValue(request.arguments[1], 'method');
  return method && constantText(method)?.toUpperCase();
}
