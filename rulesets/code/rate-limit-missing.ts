import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, ts, unwrap } from '../../server/core/typescript/code.ts';
import { handlers } from './handlers.ts';
import page from './rate-limit-missing.md';

const guessed =
  /(?:^|\/)(?:log-?in|sign-?in|oauth2?\/token|forgot-?password|reset-?password|verify-?(?:otp|code)|otp|2fa|mfa)\/?$/i;
const limiter = /limit|throttl|slow-?down|brute|captcha|turnstile|arcjet|lockout|attempts|too-?many/i;

/**
 * Evidence: a route of POST whose path says that a secret is guessed at there, and neither in its file, in its registration nor
 * among the package's dependencies a word of limits.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    for (const { path, method, at: registers } of handlers(file)) {
      if (method !== 'POST' || path === undefined || !guessed.test(path) || isLimited(file)) continue;
      // In a chain the name alone: all that stands before it is other routes.
      const isChained = ts.isPropertyAccessExpression(registers) && ts.isCallExpression(unwrap(registers.expression));
      const at = isChained ? registers.name : registers;
      yield {
        at,
        evidence: registers.parent,
        message: `\`${at.getText()}\` lets passwords and codes for \`${path}\` be tried without a limit, and nothing in this package sets one; count attempts for each account and address, and answer 429.`,
      };
    }
  },
});

function isLimited(file: CodeFile): boolean {
  const { Identifier, StringLiteral } = ts.SyntaxKind;
  if (file.nodes(Identifier, StringLiteral).some(({ text }) => limiter.test(text))) return true;
  return [...(file.package?.installed.keys() ?? [])].some((name) => limiter.test(name));
}
