import { defineCodeRule } from '../../server/core/rule.ts';
import { descendants, ts } from '../../server/core/typescript/code.ts';
import page from './http-retry-after.md';
import { retries } from './retry-loops.ts';

/** Evidence: a retry that compares the status with 429 or 503, in a file that nowhere speaks of `Retry-After`. */
export default defineCodeRule({
  page,
  severity: 'info',
  *check(file) {
    if (!file.words.has(/^(?:429|503)$/m) || /retry.?after|rate.?limit.?reset/i.test(file.text)) return;
    for (const { evidence, name } of retries(file)) {
      const status = statusIn(evidence);
      if (!status) continue;
      yield {
        at: status,
        evidence,
        message: `\`${name}\` is sent again after a ${status.getText()} without reading \`Retry-After\`, where the server says how long to wait; wait that long (it is seconds or a date), and back off by yourself only without it.`,
      };
    }
  },
});

/** The first `=== 429` or `=== 503` in a retry. */
function statusIn(evidence: ts.Node): ts.NumericLiteral | undefined {
  for (const node of descendants(evidence)) {
    if (!ts.isNumericLiteral(node) || !/^(?:429|503)$/.test(node.text)) continue;
    const { parent } = node;
    if (ts.isBinaryExpression(parent) && /^===?$/.test(parent.operatorToken.getText())) return node;
  }
  return undefined;
}
