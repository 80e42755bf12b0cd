import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, ts } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { type Handler, handlers, markOf } from './handlers.ts';
import { stepsTo } from './mounts.ts';
import page from './rate-limit-missing.md';

const guessed =
  /(?:^|\/)(?:log-?in|sign-?in|oauth2?\/token|forgot-?password|reset-?password|verify-?(?:otp|code)|otp|2fa|mfa)\/?$/i;
const setsLimit = /rate-?limit|throttl|slow-?down/i;
const limiter = /limit|throttl|slow-?down|brute|captcha|turnstile|arcjet|lockout|attempts|too-?many|flood|cool-?down|last\d+/i;
/** How many rows of a list are asked for. */
const ofPages = /^(?:page|default|max|query)?_?limit$/i;

/**
 * Evidence: a route of POST whose path says that a secret is guessed at there, and neither in its file, in its registration, in the
 * files through which the application comes to it, nor among the package's dependencies a word of limits; or a limiter that another route of the file is given, and this one is not.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    for (const handler of handlers(file)) {
      const { path, method, at: registers, beside } = handler;
      if (method !== 'POST' || path === undefined || !guessed.test(path) || isBehindToken(path, beside)) continue;
      const isLeftOut = isPassedOver(file, handler);
      if ((!isLeftOut && isLimited(file)) || isLimitedBefore(file, path)) continue;
      const at = markOf(handler);
      yield {
        at,
        evidence: registers.parent,
        message: `\`${at.getText()}\` lets passwords and codes for \`${path}\` be tried without a limit, ${isLeftOut ? 'which other routes here have' : 'and nothing in this package sets one'}; count attempts for each account and address, and answer 429.`,
      };
    }
  },
});

/** Whoever comes here has a token already, which nobody guesses: `app.post('/login', checkJwt, …)`. */
function isBehindToken(path: string, beside: readonly ts.Node[]): boolean {
  // What stands before a login may be what checks the password.
  const isLogin = /(?:log|sign)-?in\/?$/i.test(path);
  return beside.some(
    (each) => ts.isIdentifier(each) && (/jwt|bearer|token/i.test(each.text) || (!isLogin && signedIn.test(each.text))),
  );
}

/** Middleware that lets only those through who have signed in. */
const signedIn =
  /auth(?:entication)?_?(?:middleware|guard|required|check)|^(?:require|is|check|ensure)_?(?:auth|log|user)|^protect$/i;

function isLimited(file: CodeFile): boolean {
  const { Identifier, StringLiteral } = ts.SyntaxKind;
  if (file.nodes(Identifier, StringLiteral).some(({ text }) => limiter.test(text) && !ofPages.test(text))) return true;
  return [...(file.package?.installed.keys() ?? [])].some((name) => limiter.test(name));
}

/** The application sets a limit, or a file between it and this one, where these routes are taken in; or it asks there who has signed in. */
function isLimitedBefore(file: CodeFile, path: string): boolean {
  return stepsTo(file).some(({ file: step, beside }) => setsLimit.test(step.text) || isBehindToken(path, beside));
}

/** By its name, or by the package that it is made with. */
function isLimiter(file: CodeFile, node: ts.Node): boolean {
  return setsLimit.test(node.getText()) || (ts.isExpression(node) && setsLimit.test(origin(file, node) ?? ''));
}

/** Limits are given route by route in this file, and neither this route nor what it calls has one. */
function isPassedOver(file: CodeFile, { node, file: owner, beside }: Handler): boolean {
  if (!setsLimit.test(file.text)) return false;
  const isGiven = handlers(file).some((other) => other.node !== node && other.beside.some((each) => isLimiter(file, each)));
  if (!isGiven || [node, ...beside].some((each) => limiter.test(each.getText()) || isLimiter(file, each))) return false;
  const uses = file
    .nodes(ts.SyntaxKind.CallExpression)
    .filter(({ expression }) => /\.(?:use|addHook|register)$/.test(expression.getText()));
  if (uses.some((use) => limiter.test(use.getText()))) return false;
  return ![...descendants(node)].some((inner) => {
    const callee = ts.isCallExpression(inner) ? (calleeOf(owner, inner) ?? methodOf(owner, inner)) : undefined;
    return callee !== undefined && limiter.test(callee.node.getText());
  });
}
