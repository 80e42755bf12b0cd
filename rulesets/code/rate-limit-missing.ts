import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, ts } from '../../server/core/typescript/code.ts';
import { handlers, markOf } from './handlers.ts';
import page from './rate-limit-missing.md';

const guessed =
  /(?:^|\/)(?:log-?in|sign-?in|oauth2?\/token|forgot-?password|reset-?password|verify-?(?:otp|code)|otp|2fa|mfa)\/?$/i;
const setsLimit = /rate-?limit|throttl|slow-?down/i;
const limiter = /limit|throttl|slow-?down|brute|captcha|turnstile|arcjet|lockout|attempts|too-?many|flood|cool-?down|last\d+/i;

/**
 * Evidence: a route of POST whose path says that a secret is guessed at there, and neither in its file, in its registration nor
 * among the package's dependencies a word of limits.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    for (const handler of handlers(file)) {
      const { path, method, at: registers, beside } = handler;
      if (method !== 'POST' || path === undefined || !guessed.test(path) || isLimited(file) || isBehindToken(beside)) continue;
      const at = markOf(handler);
      yield {
        at,
        evidence: registers.parent,
        message: `\`${at.getText()}\` lets passwords and codes for \`${path}\` be tried without a limit, and nothing in this package sets one; count attempts for each account and address, and answer 429.`,
      };
    }
  },
});

/** Whoever comes here has a token already, which nobody guesses: `app.post('/login', checkJwt, …)`. */
function isBehindToken(beside: readonly ts.Node[]): boolean {
  return beside.some((each) => ts.isIdentifier(each) && /jwt|bearer|token/i.test(each.text));
}

/** Where a package puts its application together, seen from its folder. */
const entries = ['index', 'app', 'server', 'main', 'src/index', 'src/app', 'src/server', 'src/main', 'src/app.module'];

function isLimited(file: CodeFile): boolean {
  const { Identifier, StringLiteral } = ts.SyntaxKind;
  if (file.nodes(Identifier, StringLiteral).some(({ text }) => limiter.test(text))) return true;
  const { folder, installed } = file.package ?? {};
  if ([...(installed?.keys() ?? [])].some((name) => limiter.test(name))) return true;
  return (
    folder !== undefined && entries.some((name) => setsLimit.test(file.load(`./${name}`, `${folder}package.json`)?.text ?? ''))
  );
}
