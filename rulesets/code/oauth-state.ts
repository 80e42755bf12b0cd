import { defineCodeRule } from '../../server/core/rule.ts';
import { enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import page from './oauth-state.md';

const endpoint = /https?:\/\/[^\s'"`?]+\/(?:authorize|oauth2?(?:\/v\d)?\/auth|o\/oauth2(?:\/v\d)?\/auth)(?=$|[?'"`])/;

/** Evidence: the address of an authorization endpoint, and in its function `response_type` and `client_id`, but no word of `state` or PKCE. */
export default defineCodeRule({
  page,
  severity: 'error',
  snippet: 'oauth2-pkce',
  *check(file) {
    if (!/authorize|oauth/i.test(file.text)) return;
    const literals = [
      ...file.nodes(ts.SyntaxKind.StringLiteral),
      ...file.nodes(ts.SyntaxKind.NoSubstitutionTemplateLiteral),
      ...file.nodes(ts.SyntaxKind.TemplateHead),
    ];
    for (const literal of literals) {
      const address = endpoint.exec(literal.text)?.[0];
      const scope = enclosingFunction(literal);
      if (!address || ts.isSourceFile(scope)) continue;
      const text = scope.getText();
      if (!/response_type/.test(text) || !/client_id/.test(text) || /\bstate|_state\b|State|code_challenge|nonce/.test(text))
        continue;
      const start = literal.getStart() + literal.getText().indexOf(address);
      yield {
        at: { start, end: start + address.length },
        evidence: scope,
        message: `\`${address}\` is called without \`state\` or PKCE, so an attacker can have a victim finish the attacker's sign-in; send a random \`state\` kept in the session (and \`code_challenge\`) and compare it on return.`,
      };
    }
  },
});
