import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import page from './oauth-state.md';

const endpoint = /https?:\/\/[^\s'"`?]+\/(?:authorize|oauth2?(?:\/v\d)?\/auth|o\/oauth2(?:\/v\d)?\/auth)(?=$|[?'"`])/;

/** `client_id=` and `response_type=` in one text: an authorization request written out, wherever its address stands. */
const asked = /response_type=(?:code|token)\b/;

/** Evidence: the address of an authorization endpoint, and in its function `response_type` and `client_id`, but no word of `state` or PKCE. */
export default defineCodeRule({
  page,
  severity: 'error',
  snippet: 'oauth2-pkce',
  *check(file) {
    if (!/authorize|oauth|response_type/i.test(file.text)) return;
    const literals = [
      ...file.nodes(ts.SyntaxKind.StringLiteral),
      ...file.nodes(ts.SyntaxKind.NoSubstitutionTemplateLiteral),
      ...file.nodes(ts.SyntaxKind.TemplateHead),
    ];
    for (const literal of literals) {
      const address = endpoint.exec(literal.text)?.[0];
      const scope = enclosingFunction(literal);
      if (ts.isSourceFile(scope) || isMetadata(literal)) continue;
      if (!address) {
        yield* written(literal, scope);
        continue;
      }
      const text = scope.getText();
      if (!/response_type/.test(text) || !/client_id/.test(text) || guarded.test(text)) continue;
      const start = literal.getStart() + literal.getText().indexOf(address);
      yield {
        at: { start, end: start + address.length },
        evidence: scope,
        message: `\`${address}\` is called without \`state\` or PKCE, so an attacker can have a victim finish the attacker's sign-in; send a random \`state\` kept in the session (and \`code_challenge\`) and compare it on return.`,
      };
    }
  },
});

/** `authorization_endpoint: '…'`: what a client library is told, which then builds the request itself. */
function isMetadata({ parent }: ts.Node): boolean {
  return ts.isPropertyAssignment(parent) && /^['"]?authoriz\w*(?:_?endpoint|_?url)['"]?$/i.test(parent.name.getText());
}

const guarded = /\bstate|_state\b|State|code_challenge|nonce/;

/** `${address}?client_id=${id}&redirect_uri=${uri}&response_type=code`. */
function* written(literal: ts.Node, scope: ts.Node): Iterable<CodeProblem<undefined>> {
  const whole = ts.isTemplateHead(literal) ? literal.parent : literal;
  const text = whole.getText();
  const found = asked.exec(text);
  if (!found || !/client_id=/.test(text) || !/redirect_uri=/.test(text) || guarded.test(scope.getText())) return;
  const start = whole.getStart() + found.index;
  yield {
    at: { start, end: start + found[0].length },
    evidence: scope,
    message: `\`${found[0]}\` is asked for without \`state\` or PKCE, so an attacker can have a victim finish the attacker's sign-in; send a random \`state\` kept in the session (and \`code_challenge\`) and compare it on return.`,
  };
}
