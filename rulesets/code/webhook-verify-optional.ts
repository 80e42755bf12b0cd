import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, type Expression, origin, ts, unwrap, valueOf } from '../../server/core/typescript/code.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';
import { isRequest } from './request.ts';
import page from './webhook-verify-optional.md';
import { verificationIn } from './webhook-verification.ts';

/**
 * Evidence: a signature is checked only inside `if (secret)` or `if (secret && signature)`, and the body is used where one is not
 * there: in the `else`, or after an `if` that does not leave. Or a provider's library is told not to check.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    yield* switchedOff(file);
    if (!/secret|signing/i.test(file.text)) return;
    for (const choice of file.nodes(ts.SyntaxKind.IfStatement)) {
      const parts = present(choice.expression);
      const [secret] = parts;
      if (!secret || !parts.some(isSecret) || !verificationIn(file, choice.thenStatement)) continue;
      const unchecked = choice.elseStatement;
      if (unchecked && verificationIn(file, unchecked)) continue;
      const uses = unchecked ? bodiesIn(file, unchecked) : bodiesIn(file, choice.parent, choice.end);
      for (const use of unchecked ? uses : uses.slice(0, 1)) {
        yield {
          at: use,
          evidence: choice,
          message: parts.every(isSecret)
            ? `\`${use.getText()}\` is used unverified when \`${secret.getText()}\` is not set, so one missing setting lets anybody send webhooks; refuse to start, or to answer, without it.`
            : `\`${use.getText()}\` is used unverified when \`${choice.expression.getText()}\` does not hold, so whoever leaves the signature out sends what they like; refuse a webhook that carries none.`,
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

/** What the condition asks to be there, if it asks for nothing else: `secret`, `secret && signature`. */
function present(condition: Expression): Expression[] {
  const node = unwrap(condition);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) {
    const [left, right] = [present(node.left), present(node.right)];
    return left.length > 0 && right.length > 0 ? [...left, ...right] : [];
  }
  const isName = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
  return isName && (isSecret(node) || /\bsig(?:nature)?\b|signature['"\]]*$/i.test(node.getText())) ? [node] : [];
}

function isSecret(node: Expression): boolean {
  return /secret|signing_?key/i.test(node.getText());
}

/** `req.body`, `await req.json()`, and names for what stands outside of this part of a scope. */
function bodiesIn(file: CodeFile, scope: ts.Node, start = scope.pos): Expression[] {
  return [...descendants(scope)].filter((node): node is Expression => {
    if (node.pos < start) return false;
    if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return isBody(file, node);
    if (!ts.isIdentifier(node) || (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)) return false;
    const value = valueOf(node);
    return isBody(file, value) && !(value.pos >= start && value.end <= scope.end);
  });
}

function isBody(file: CodeFile, value: Expression): boolean {
  if (ts.isPropertyAccessExpression(value)) return value.name.text === 'body' && isRequest(file, value.expression);
  if (!ts.isCallExpression(value) || !ts.isPropertyAccessExpression(value.expression)) return false;
  return /^(?:json|text)$/.test(value.expression.name.text) && isRequest(file, value.expression.expression);
}
