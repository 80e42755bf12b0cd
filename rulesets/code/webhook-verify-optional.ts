import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  declarationOf,
  descendants,
  enclosingFunction,
  type Expression,
  origin,
  ts,
  unwrap,
  valueOf,
} from '../../server/core/typescript/code.ts';
import { missingIn, optionValue } from '../../server/core/typescript/syntax.ts';
import { isLog } from './messaging.ts';
import { isRequest } from './request.ts';
import page from './webhook-verify-optional.md';
import { verificationIn } from './webhook-verification.ts';

/**
 * Evidence: a signature is checked only inside `if (secret)` or `if (secret && signature)`, and the body is used where one is not
 * there: in the `else`, or after an `if` that does not leave. Or a function that checks says yes where one is not there. Or a
 * provider's library is told not to check.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    yield* switchedOff(file);
    if (!/secret|signing|signature/i.test(file.text)) return;
    yield* waved(file);
    for (const choice of file.nodes(ts.SyntaxKind.IfStatement)) {
      const parts = present(choice.expression);
      const [secret] = parts;
      if (!secret || !parts.some(isSecret) || !verificationIn(file, choice.thenStatement)) continue;
      const unchecked = choice.elseStatement;
      if (unchecked && verificationIn(file, unchecked)) continue;
      const checked = namesChecked(file, choice.thenStatement);
      const uses = unchecked ? bodiesIn(file, unchecked, checked) : bodiesIn(file, choice.parent, checked, choice.end);
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
function bodiesIn(file: CodeFile, scope: ts.Node, checked: ReadonlySet<ts.Node>, start = scope.pos): Expression[] {
  return [...descendants(scope)].filter((node): node is Expression => {
    if (node.pos < start) return false;
    if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return isBody(file, node);
    if (!ts.isIdentifier(node) || (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)) return false;
    const declaration = declarationOf(node);
    if (declaration && checked.has(declaration)) return true;
    const value = valueOf(node);
    return isBody(file, value) && !(value.pos >= start && value.end <= scope.end);
  });
}

function isBody(file: CodeFile, value: Expression): boolean {
  if (ts.isPropertyAccessExpression(value)) return value.name.text === 'body' && isRequest(file, value.expression);
  if (!ts.isCallExpression(value) || !ts.isPropertyAccessExpression(value.expression)) return false;
  return /^(?:json|text)$/.test(value.expression.name.text) && isRequest(file, value.expression.expression);
}

/** The variables that hold what a check looks at, by the names it is called with: `rawBody` of `verify(rawBody, signature)`. */
function namesChecked(file: CodeFile, scope: ts.Node): Set<ts.Node> {
  const check = verificationIn(file, scope);
  const given = check && ts.isCallExpression(check) ? check.arguments : [];
  return new Set(
    given.flatMap((each) => {
      const declaration = ts.isIdentifier(each) && /body|payload|raw/i.test(each.text) ? declarationOf(each) : undefined;
      return declaration ? [declaration] : [];
    }),
  );
}

/** `if (!secret) return true;` before a check, and `return !signature || check(…)`: a verdict that says yes without one. */
function* waved(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!/hook|signature/i.test(file.text)) return;
  for (const choice of file.nodes(ts.SyntaxKind.IfStatement)) {
    const missing = missingIn(choice.expression);
    const last = ts.isBlock(choice.thenStatement) ? choice.thenStatement.statements.at(-1) : choice.thenStatement;
    if (!last || !ts.isReturnStatement(last) || !saysYes(last.expression) || choice.elseStatement) continue;
    if (!isAbout(missing) || !isOnly(choice.thenStatement, last)) continue;
    const scope = enclosingFunction(choice);
    if (!/hook|signature|hmac/i.test(scope.getText()) || !checksAfter(file, choice)) continue;
    yield { at: last, evidence: scope, message: messageOf(last, missing) };
  }
  for (const either of file.nodes(ts.SyntaxKind.BinaryExpression)) {
    if (either.operatorToken.kind !== ts.SyntaxKind.BarBarToken || !isVerdict(either)) continue;
    const missing = missingIn(either.left);
    const check = unwrap(either.right);
    const isCheck = ts.isCallExpression(check) || (ts.isBinaryExpression(check) && check.operatorToken.getText().startsWith('='));
    if (!isAbout(missing) || !isCheck || !verificationIn(file, check)) continue;
    yield { at: either.left, evidence: enclosingFunction(either), message: messageOf(either.left, missing) };
  }
}

function messageOf(at: ts.Node, missing: readonly Expression[]): string {
  const [first] = missing;
  return missing.every(isSecret)
    ? `\`${at.getText()}\` lets every webhook through when \`${first?.getText()}\` is not set, so one missing setting lets anybody send webhooks; refuse to start, or to answer, without it.`
    : `\`${at.getText()}\` lets a webhook through that has no signature, so whoever leaves it out sends what they like; refuse a webhook that carries none.`;
}

/** A secret or a signature, and nothing else, is not there. */
function isAbout(missing: readonly Expression[]): boolean {
  return (
    missing.length > 0 && (missing.every(isSecret) || missing.every((each) => /sig(?:nature)?\b|signature/i.test(each.getText())))
  );
}

/** `true`, `next()`, `{ ok: true }`. */
function saysYes(value: Expression | undefined): boolean {
  const node = value && unwrap(value);
  if (!node) return false;
  if (ts.isCallExpression(node)) return node.arguments.length === 0 && node.expression.getText() === 'next';
  if (!ts.isObjectLiteralExpression(node)) return node.kind === ts.SyntaxKind.TrueKeyword;
  return node.properties.some(
    (property) =>
      ts.isPropertyAssignment(property) &&
      /^(?:ok|valid|isValid|verified|success)$/.test(property.name.getText()) &&
      property.initializer.kind === ts.SyntaxKind.TrueKeyword,
  );
}

/** Nothing but a word to a person stands before it. */
function isOnly(branch: ts.Statement, last: ts.Statement): boolean {
  const others = ts.isBlock(branch) ? branch.statements.filter((statement) => statement !== last) : [];
  return others.every((statement) => ts.isExpressionStatement(statement) && isLog(statement.expression));
}

/** A check of a signature stands behind an `if`, in its own block. */
function checksAfter(file: CodeFile, choice: ts.IfStatement): boolean {
  const { parent } = choice;
  const after = ts.isBlock(parent) ? parent.statements.slice(parent.statements.indexOf(choice) + 1) : [];
  return after.some((statement) => verificationIn(file, statement) !== undefined);
}

/** What a function returns, as it is: no condition, and not the opposite. */
function isVerdict(node: Expression): boolean {
  let outer: ts.Node = node.parent;
  while (ts.isParenthesizedExpression(outer) || ts.isAwaitExpression(outer)) outer = outer.parent;
  return ts.isReturnStatement(outer) || ts.isArrowFunction(outer);
}
