import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, type CodeFile, descendants, methodOf, ts } from '../../server/core/typescript/code.ts';
import page from './webhook-target-guard.md';
import { deliveries, type Delivery } from './webhook-sending.ts';

/** Anything that may look at where the address leads. */
const guard =
  /ssrf|private|internal|loopback|metadata|localhost|isSafe|isAllowed|allow_?list|deny_?list|block_?list|whitelist|blacklist|ipaddr|lookup|\bdns\b|\bproxy|agent\b|dispatcher|filtering|assert\w*Url|valid\w*Url|check\w*Url|sanitiz/i;

/**
 * Evidence: a delivery to a stored webhook's address by a client that follows it anywhere, and no word of private addresses, an
 * agent, a proxy or a check of the URL in the file or in what the function calls.
 */
export default defineCodeRule({
  page,
  severity: 'info',
  *check(file) {
    for (const { http, url, scope } of deliveries(file)) {
      if (mayGuard(file, scope)) continue;
      yield {
        at: url,
        evidence: scope,
        message: `\`${url.getText()}\` is an address its user chose, and \`${http.call.expression.getText()}\` calls it wherever it leads, your own network and the cloud's metadata included; refuse private addresses after the name is resolved, and redirects.`,
      };
    }
  },
});

function mayGuard(file: CodeFile, scope: Delivery['scope']): boolean {
  const { Identifier, StringLiteral } = ts.SyntaxKind;
  if (file.nodes(Identifier, StringLiteral).some(({ text }) => guard.test(text))) return true;
  for (const call of descendants(scope)) {
    if (!ts.isCallExpression(call)) continue;
    const callee = calleeOf(file, call) ?? methodOf(file, call);
    if (callee && guard.test(callee.node.getText())) return true;
  }
  return false;
}
