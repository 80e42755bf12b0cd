import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, enclosingFunction, type Expression, ts } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { optionState } from '../../server/core/typescript/syntax.ts';
import page from './jwt-audience-issuer.md';

/**
 * Evidence: a token verified with keys that an identity provider publishes, and options in sight that ask for neither audience nor issuer; or
 * Google's own `verifyIdToken` without an audience: Google is the issuer of them all.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    yield* ofGoogle(file);
    if (!file.words.has(/jose|jwks/i)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const from = origin(file, call.expression);
      const [, key, options] = call.arguments;
      if (!key || (from !== 'jose:jwtVerify' && from !== 'jsonwebtoken:verify') || !isPublished(file, key)) continue;
      const asked = options && ts.isFunctionLike(options) ? undefined : options;
      if (optionState(asked, ['audience', 'issuer', 'aud', 'iss']) !== 'absent') continue;
      if (/\.(?:aud|iss)\b|audience|issuer/i.test(file.text)) continue;
      yield {
        at: call.expression,
        evidence: call,
        message: `\`${call.expression.getText()}\` accepts every token of this identity provider, also those for another application or tenant; pass \`audience\` and \`issuer\`.`,
      };
    }
  },
});

/** `client.verifyIdToken({ idToken })`: any token that Google has signed, for whichever application. */
function* ofGoogle(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!file.text.includes('verifyIdToken')) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const from = /\.verifyIdToken$/.test(call.expression.getText()) ? origin(file, call.expression) : undefined;
    if (!/^(?:google-auth-library:(?:auth\.)?OAuth2|googleapis:google\.auth\.OAuth2)/.test(from ?? '')) continue;
    if (!call.arguments[0] || optionState(call.arguments[0], ['audience']) !== 'absent') continue;
    if (/\.(?:aud|email)\b|audience/i.test(enclosingFunction(call).getText())) continue;
    yield {
      at: call.expression,
      evidence: call,
      message: `\`${call.expression.getText()}\` accepts every token that Google has signed, also those for another application; pass \`audience\`.`,
    };
  }
}

/** `createRemoteJWKSet(…)` of jose, or a callback that asks jwks-rsa. */
function isPublished(file: CodeFile, key: Expression): boolean {
  if (origin(file, key) === 'jose:createRemoteJWKSet()') return true;
  return file.modules.has('jwks-rsa') && !/process\.env|secret/i.test(key.getText());
}
