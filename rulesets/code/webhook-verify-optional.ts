import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, type Expression, origin, ts, unwrap } from '../../server/core/typescript/code.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';
import { isRequest } from './request.ts';
import page from './webhook-verify-optional.md';
import { verificationIn } from './webhook-verification.ts';

/**
 * Evidence: a signature is checked only inside `if (secret)`, and the body is used where the secret is not set: in the
 * `else`, or after an `if` that does not leave. Or a provider's library is told not to check.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    yield* switchedOff(file);
    if (!/secret|signing/i.test(file.text)) return;
    for (const choice of file.nodes(ts.SyntaxKind.IfStatement)) {
      const secret = namedSecret(choice.expression);
      if (!secret || !verificationIn(file, choice.thenStatement)) continue;
      const unchecked = choice.elseStatement;
      if (unchecked && verificationIn(file, unchecked)) continue;
      const uses = unchecked ? bodiesIn(file, unchecked) : bodiesIn(file, choice.parent).filter((use) => use.pos > choice.end);
      for (const use of unchecked ? uses : uses.slice(0, 1)) {
        yield {
          at: use,
          evidence: choice,
          message: `\`${use.getText()}\` is used unverified when \`${secret.getText()}\` is not set, so one missing setting lets anybody send webhooks; refuse to start, or to answer, without it.`,
        };
      }
    }
  },
});

/** Options by which a provider's library leaves the check out. */
const switches = [
  { calls: /^twilio:(?:Twilio\.)?webhook$/, option: 'validate' },
  { calls: /^@slack\/bolt:(?:App|HTTPReceiver|ExpressReceiver|AwsLambdaReceiver)$/, option: 'signatureVerification' },
];

function* switchedOff(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!/validate|signatureVerification/.test(file.text)) return;
  for (const call of file.calls) {
    const from = origin(file, call.expression);
    const found = from === undefined ? undefined : switches.find(({ calls }) => calls.test(from));
    const value = found && optionValue(call.arguments?.[0], found.option);
    if (value?.kind !== ts.SyntaxKind.FalseKeyword) continue;
    yield {
      at: value.parent,
      evidence: call,
      message: `\`${value.parent.getText()}\` lets \`${call.expression.getText()}\` take webhooks without looking at their signature, so anybody can send them; leave the check on, in tests too, and sign there.`,
    };
  }
}

/** The condition is the secret itself, or that it is there. */
function namedSecret(condition: Expression): Expression | undefined {
  const node = unwrap(condition);
  const isName = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
  return isName && /secret|signing_?key/i.test(node.getText()) ? node : undefined;
}

/** `req.body` and what it is called elsewhere. */
function bodiesIn(file: CodeFile, scope: ts.Node): ts.PropertyAccessExpression[] {
  return [...descendants(scope)].filter(
    (node): node is ts.PropertyAccessExpression =>
      ts.isPropertyAccessExpression(node) && node.name.text === 'body' && isRequest(file, node.expression),
  );
}
