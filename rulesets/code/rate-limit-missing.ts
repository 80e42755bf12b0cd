import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { calleeName, isWithin } from '../../server/core/typescript/syntax.ts';
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
 * Evidence: a route of POST whose path says that a secret is guessed at there, or that holds a password or a code against what is kept
 * before anybody has signed in, and neither in its file, in its registration, in the
 * files through which the application comes to it, nor among the package's dependencies a word of limits; or a limiter that another route of the file is given, and this one is not.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    for (const handler of handlers(file)) {
      const { path, method, at: registers, beside } = handler;
      if (method !== 'POST' || path === undefined || isBehindToken(path, beside)) continue;
      if (!guessed.test(path) && !(isOfStranger(handler) && comparesSecret(handler.file, handler.node))) continue;
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

/** Packages that hold a password or a code against what is kept, and their functions that do. */
const keepers = ['bcrypt', 'bcryptjs', '@node-rs/bcrypt', 'argon2', '@node-rs/argon2', 'otplib', 'speakeasy'];
const compares =
  /^(?:(?:@node-rs\/)?bcrypt(?:js)?:(?:\w+\.)?compare(?:Sync)?|(?:@node-rs\/)?argon2:(?:\w+\.)?verify(?:Sync)?|otplib:(?:authenticator|totp|hotp)\.(?:check|verify)|speakeasy:(?:totp|hotp)\.verify)$/;
const mayCompare = /^(?:compare(?:Sync)?|verify(?:Sync)?|check)$/;
/** Functions of the project that may lead there, by their names. */
const leadsThere = /log(?:ged)?-?_?in|sign(?:ed)?-?_?in|auth|valid|verif|check|compar|match|credential|passw|session|otp|code/i;

/** Does what answers hold a password or a code against what is kept, itself or two calls away, without a word of limits there? */
function comparesSecret(file: CodeFile, node: FunctionNode, hops = 2): boolean {
  if (!keepers.some((name) => file.modules.has(name) || file.package?.installed.has(name)) || limiter.test(node.getText()))
    return false;
  const calls = [...descendants(node)].filter(ts.isCallExpression);
  if (calls.some((call) => mayCompare.test(calleeName(call)) && compares.test(origin(file, call.expression) ?? ''))) return true;
  return (
    hops > 0 &&
    calls.some((call) => {
      const called = leadsThere.test(calleeName(call)) ? (calleeOf(file, call) ?? methodOf(file, call)) : undefined;
      return called !== undefined && called.node !== node && comparesSecret(called.file, called.node, hops - 1);
    })
  );
}

/** Nobody has signed in before: neither what stands in the registration nor the handler knows of a user. */
function isOfStranger({ beside, file, node }: Handler): boolean {
  const uses = file.nodes(ts.SyntaxKind.CallExpression).filter((call) => calleeName(call) === 'use');
  return (
    ![...beside, ...uses].some((each) => !isRoute(each) && knowsUser.test(nameOf(each, node))) &&
    !/\b(?:req(?:uest)?|ctx|c|context)\.(?:user|userId|auth|state\.user|locals\.user)\b|@(?:Current)?User\b|\bsession\.user/i.test(
      node.getText(),
    )
  );
}

/** What stands beside a handler; of what it is wrapped in, the name. */
function nameOf(each: ts.Node, handler: ts.Node): string {
  return ts.isCallExpression(each) && isWithin(handler, each) ? each.expression.getText() : each.getText();
}

/** `'/sessions'`, `@Controller('auth')`: where, not who. */
function isRoute(node: ts.Node): boolean {
  return ts.isStringLiteralLike(node) || (ts.isDecorator(node) && /^@(?:Controller|Post|HttpCode|Api\w+)\b/.test(node.getText()));
}

const knowsUser = /auth|guard|protect|session|jwt|token|passport|signed-?in|logged-?in|current-?user/i;

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
