import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, type CodeFile, descendants, methodOf, ts } from '../../server/core/typescript/code.ts';
import page from './webhook-send-signed.md';
import { deliveries, type Delivery } from './webhook-sending.ts';

/** Anything that lets the receiver tell who sent it. */
const proof = /sign(?!al|ificant|[ -]?(?:up|in)\b)|hmac|secret|svix|token|authorization|credential|headers\b.*\.\.\.|api_?key/i;

/**
 * Evidence: a delivery to a stored webhook's address whose options are in sight, and no word of a signature, a secret or a token
 * in the function, in what it calls, or among the imports of its file.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    for (const delivery of deliveries(file)) {
      const { http, url } = delivery;
      if (!isInSight(delivery) || mentionsProof(file, delivery)) continue;
      yield {
        at: http.call.expression,
        evidence: delivery.scope,
        message: `\`${http.call.expression.getText()}\` sends a webhook to \`${url.getText()}\` unsigned, so its receiver cannot tell it from a forged one; send \`webhook-id\`, \`webhook-timestamp\` and \`webhook-signature\`, an HMAC over them and the body.`,
      };
    }
  },
});

/** Headers written out where the request is sent, or none at all. */
function isInSight({ http: { call, optionsAt } }: Delivery): boolean {
  const options = call.arguments[optionsAt];
  if (!options) return true;
  return ts.isObjectLiteralExpression(options) && !options.properties.some(ts.isSpreadAssignment);
}

function mentionsProof(file: CodeFile, { scope }: Delivery): boolean {
  if (proof.test(scope.getText())) return true;
  for (const call of descendants(scope)) {
    if (!ts.isCallExpression(call)) continue;
    const callee = calleeOf(file, call) ?? methodOf(file, call);
    if (callee && proof.test(callee.node.getText())) return true;
  }
  return [...file.modules].some((name) => proof.test(name));
}
