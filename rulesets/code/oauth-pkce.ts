import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { constantText } from '../../server/core/typescript/constants.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';
import page from './oauth-pkce.md';

/** What proves who redeems a code: a secret, a challenge, or a signature. */
const proof = /secret|code_?verifier|assertion|\bBasic\b|authorization['"]?\s*:/i;
const written = /[?&]code_challenge(?:_method=(plain)|=([\w-]+))(?=&|$)/;

/**
 * Evidence: an authorization request, as an object or a text, whose challenge is a constant or sent as it is (`plain`); or a code that
 * is redeemed for tokens, every parameter in sight, without a secret, a verifier or another proof in the function.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  roles: ['server', 'browser', 'script'],
  snippet: 'oauth2-pkce',
  *check(file) {
    if (file.words.has(/code_challenge/)) {
      yield* weakObjects(file);
      yield* weakTexts(file);
    }
    if (file.text.includes('authorization_code')) yield* unproven(file);
  },
});

const reasons = {
  constant: (text: string) =>
    `\`${text}\` is the same for every sign-in, so whoever has read this code redeems what they intercept; make a random \`code_verifier\` for each, and send its SHA-256 with \`S256\`.`,
  plain: (text: string) =>
    `\`${text}\` sends the verifier itself through the browser, so whoever sees the request redeems the code; send its SHA-256 with \`code_challenge_method=S256\`.`,
};

/** `{ client_id, code_challenge: 'challenge', code_challenge_method: 'plain' }`. */
function* weakObjects(file: CodeFile): Iterable<CodeProblem<undefined>> {
  for (const request of file.nodes(ts.SyntaxKind.ObjectLiteralExpression)) {
    const challenge = optionValue(request, 'code_challenge');
    if (!challenge || !(optionValue(request, 'client_id') ?? optionValue(request, 'response_type'))) continue;
    const method = optionValue(request, 'code_challenge_method');
    const isPlain = method !== undefined && constantText(method) === 'plain';
    const weak = constantText(challenge) !== undefined ? challenge.parent : isPlain ? method.parent : undefined;
    if (!weak) continue;
    const message = (weak === challenge.parent ? reasons.constant : reasons.plain)(weak.getText());
    yield { at: weak, evidence: request, message };
  }
}

/** `…&code_challenge=challenge&code_challenge_method=plain`, in a text that asks for a code. */
function* weakTexts(file: CodeFile): Iterable<CodeProblem<undefined>> {
  const { NoSubstitutionTemplateLiteral, StringLiteral, TemplateHead } = ts.SyntaxKind;
  for (const literal of file.nodes(NoSubstitutionTemplateLiteral, StringLiteral, TemplateHead)) {
    const whole = ts.isTemplateHead(literal) ? literal.parent : literal;
    const parts = ts.isTemplateExpression(whole) ? [whole.head, ...whole.templateSpans.map((span) => span.literal)] : [literal];
    if (!/response_type=code\b/.test(whole.getText()) || !/client_id=/.test(whole.getText())) continue;
    for (const part of parts) {
      const found = written.exec(part.text);
      if (!found) continue;
      const text = found[0].slice(1);
      const start = part.getStart() + part.getText().indexOf(text);
      const message = (found[1] ? reasons.plain : reasons.constant)(text);
      yield { at: { start, end: start + text.length }, evidence: whole, message };
      break;
    }
  }
}

/** `{ grant_type: 'authorization_code', code, client_id }`: whoever has the code has the tokens. */
function* unproven(file: CodeFile): Iterable<CodeProblem<undefined>> {
  for (const request of file.nodes(ts.SyntaxKind.ObjectLiteralExpression)) {
    const type = optionValue(request, 'grant_type');
    if (!type || constantText(type) !== 'authorization_code') continue;
    if (!optionValue(request, 'code') || !optionValue(request, 'client_id') || !optionValue(request, 'redirect_uri')) continue;
    const scope = enclosingFunction(request);
    const isSeen = request.properties.every(
      ({ name, kind }) => kind !== ts.SyntaxKind.SpreadAssignment && name !== undefined && !ts.isComputedPropertyName(name),
    );
    if (!isSeen || ts.isSourceFile(scope) || proof.test(scope.getText()) || isAddedTo(request)) continue;
    yield {
      at: type,
      evidence: scope,
      message:
        'The code is redeemed without a secret and without a `code_verifier`, so whoever intercepts it has the tokens; send a `code_challenge` with the request for it, and its `code_verifier` here.',
    };
  }
}

/** `const body = new URLSearchParams({ … }); body.append(name, value)`: more may follow. */
function isAddedTo(request: ts.ObjectLiteralExpression): boolean {
  return /\.(?:append|set)\(/.test(enclosingFunction(request).getText());
}
