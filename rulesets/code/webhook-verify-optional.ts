import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  statementOf,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { leaves, missingIn, optionValue } from '../../server/core/typescript/syntax.ts';
import { membersOf } from './answers.ts';
import { hmacText } from './crypto-names.ts';
import { handlerAround } from './handlers.ts';
import { isLog } from './messaging.ts';
import { flowsFromRequest, isRequest } from './request.ts';
import page from './webhook-verify-optional.md';
import { verificationIn } from './webhook-verification.ts';

/**
 * Evidence: a signature is checked only inside `if (secret)` or `if (secret && signature)`, or refused only by `if (secret && !check)`,
 * and the body is used where one is not there: in the `else`, or after an `if` that does not leave. Or a function that checks says yes
 * where one is not there, or only says a word. Or a provider's library is told not to check. Or a token of the request is held against
 * a variable of the environment, and nobody asks whether either is there.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    yield* switchedOff(file);
    yield* bothAbsent(file);
    yield* onlyWhereSet(file);
    if (!file.words.has(/secret|signing|signature/i)) return;
    yield* waved(file);
    for (const choice of file.nodes(ts.SyntaxKind.IfStatement)) {
      const checked = checkedIf(file, choice);
      if (!checked || judgesLater(checked) || isRefusedBefore(checked)) continue;
      const { parts, within } = checked;
      const [first] = parts;
      const names = namesChecked(file, within);
      const unchecked = within === choice.thenStatement ? choice.elseStatement : undefined;
      if (unchecked && verificationIn(file, unchecked)) continue;
      const inElse = unchecked ? firstOfStatements(bodiesIn(file, unchecked, names)) : [];
      // What stands behind the whole chain of `else if`.
      let last = choice;
      while (ts.isIfStatement(last.parent) && last.parent.elseStatement === last) last = last.parent;
      const goesOn = !unchecked || (inElse.length === 0 && !leaves(unchecked));
      const after = goesOn ? bodiesIn(file, last.parent, names, last.end).slice(0, 1) : [];
      // Without an `else` it is the condition that lets the rest go on.
      const asked = within === choice.thenStatement ? choice.expression : unwrap(choice.expression);
      const at = ts.isBinaryExpression(asked) && within === asked.right ? asked.left : asked;
      const hasSecret = parts.every(isSecret);
      const lacking = hasSecret
        ? `\`${first?.getText()}\` is not set`
        : `\`${parts.map((part) => part.getText()).join(' && ')}\` does not hold`;
      const holding = hasSecret ? `\`${first?.getText()}\` is set` : `\`${at.getText()}\` holds`;
      const result = hasSecret
        ? 'so one missing setting lets anybody send webhooks; refuse to start, or to answer, without it.'
        : 'so whoever leaves the signature out sends what they like; refuse a webhook that carries none.';
      for (const use of [...inElse, ...after]) {
        const text = `\`${use.getText()}\``;
        yield {
          at: choice.elseStatement ? use : at,
          evidence: choice,
          message: choice.elseStatement
            ? `${text} is used unverified when ${lacking}, ${result}`
            : `Only where ${holding} is the signature checked, and ${text} is used either way, ${result}`,
        };
      }
    }
  },
});

/** `typeof req.body === 'string' ? JSON.parse(req.body) : req.body` uses one body. */
function firstOfStatements(uses: readonly Expression[]): Expression[] {
  const seen = new Set<ts.Node | undefined>();
  return uses.filter((use) => {
    const statement = statementOf(use);
    return !seen.has(statement) && seen.add(statement);
  });
}

/** A check that is made only where its condition holds. */
interface Checked {
  readonly choice: ts.IfStatement;
  /** What the condition asks to be there. */
  readonly parts: readonly Expression[];
  /** Where the check stands: the branch, or the rest of the condition. */
  readonly within: ts.Node;
}

/** `if (secret) { … check … }`, and `if (secret && !check(…)) throw …`. */
function checkedIf(file: CodeFile, choice: ts.IfStatement): Checked | undefined {
  const parts = present(choice.expression);
  if (parts.length > 0)
    return verificationIn(file, choice.thenStatement) ? { choice, parts, within: choice.thenStatement } : undefined;
  const condition = unwrap(choice.expression);
  if (!ts.isBinaryExpression(condition) || condition.operatorToken.kind !== ts.SyntaxKind.AmpersandAmpersandToken)
    return undefined;
  const asked = present(condition.left);
  const isRefusal = asked.length > 0 && leaves(choice.thenStatement) && verificationIn(file, condition.right) !== undefined;
  return isRefusal ? { choice, parts: asked, within: condition.right } : undefined;
}

/** What the branch finds out is judged behind it: `if (secret) valid = check(…);`, then `if (!valid) throw …`. */
function judgesLater({ choice, within }: Checked): boolean {
  const found = new Set(
    [...descendants(within)].flatMap((node) =>
      ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isIdentifier(node.left)
        ? node.left.text
        : [],
    ),
  );
  const scope = enclosingFunction(choice);
  return (
    found.size > 0 &&
    [...descendants(scope)].some(
      (node) =>
        ts.isIfStatement(node) &&
        node.pos >= choice.end &&
        missingIn(node.expression).some((each) => found.has(each.getText())) &&
        leaves(node.thenStatement),
    )
  );
}

/** `if (isProduction && !secret) throw …` before the check: where it matters, nothing goes on without one. */
function isRefusedBefore({ choice, parts }: Checked): boolean {
  const refusals = [...descendants(enclosingFunction(choice))].filter(
    (node): node is ts.IfStatement => ts.isIfStatement(node) && node.end <= choice.pos && leaves(node.thenStatement),
  );
  return parts.every((part) => refusals.some(({ expression }) => isAskedFor(part.getText(), expression)));
}

/** `!secret`, alone, as one of several reasons, or in production only. */
function isAskedFor(name: string, condition: Expression): boolean {
  const node = unwrap(condition);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return unwrap(node.operand).getText() === name;
  if (!ts.isBinaryExpression(node)) return false;
  const [left, right] = [isAskedFor(name, node.left), isAskedFor(name, node.right)];
  if (node.operatorToken.kind === ts.SyntaxKind.BarBarToken) return left || right;
  if (node.operatorToken.kind !== ts.SyntaxKind.AmpersandAmpersandToken || left === right) return left && right;
  return /prod|NODE_ENV/i.test((left ? node.right : node.left).getText());
}

/** Options by which a provider's library leaves the check out. */
const switches = [
  { calls: /^twilio:(?:Twilio\.)?webhook$/, option: 'validate' },
  { calls: /^@slack\/bolt:(?:App|HTTPReceiver|ExpressReceiver|AwsLambdaReceiver)$/, option: 'signatureVerification' },
];

function* switchedOff(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!file.words.has(/validate|signatureVerification/)) return;
  for (const call of file.calls) {
    const options = call.arguments?.[0];
    const isOff = (option: string) => optionValue(options, option)?.kind === ts.SyntaxKind.FalseKeyword;
    const found = switches.find(({ calls, option }) => isOff(option) && calls.test(origin(file, call.expression) ?? ''));
    const value = found && optionValue(options, found.option);
    if (!value) continue;
    yield {
      at: value.parent,
      evidence: call,
      message: `\`${value.parent.getText()}\` lets \`${call.expression.getText()}\` take webhooks without looking at their signature, so anybody can send them; leave the check on, in tests too, and sign there.`,
    };
  }
}

/** `if (req.query.token !== process.env.HOOK_TOKEN) return …;`: where neither is there, one nothing equals the other. */
function* bothAbsent(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!file.words.has(/^env$/m)) return;
  for (const choice of file.nodes(ts.SyntaxKind.IfStatement)) {
    const condition = unwrap(choice.expression);
    const isUnequal = ts.isBinaryExpression(condition) && /^!==?$/.test(condition.operatorToken.getText());
    if (!isUnequal || !leaves(choice.thenStatement)) continue;
    const setting = [condition.left, condition.right].find((side) => settingNamed(file, side));
    const sent = setting === condition.left ? condition.right : condition.left;
    if (!setting || !mayBeUndefined(file, sent)) continue;
    const handler = handlerAround(file, choice);
    if (!handler || !/hook/i.test(handler.path ?? file.uri)) continue;
    // A word of the variable anywhere else, or of what is sent before, may be that it is asked for.
    const name = settingNamed(file, setting) ?? '';
    const before = file.text.slice(handler.node.getStart(), choice.getStart());
    if (file.text.split(name).length > 2 || isAskedBefore(sent, handler.node, choice)) continue;
    if (verificationIn(file, handler.node) || /\b(?:assert|require|ensure)\w*\(/.test(before)) continue;
    yield {
      at: condition,
      evidence: choice,
      message: `\`${condition.getText()}\` lets everybody through who sends none when \`${setting.getText()}\` is not set, since one \`undefined\` equals the other; refuse to start, or to answer, without it.`,
    };
  }
}

/**
 * `if (process.env.CRON_SECRET && sent !== process.env.CRON_SECRET) return …;` in what a scheduler or a provider calls: where the variable
 * is not there, nobody is asked.
 */
function* onlyWhereSet(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!file.words.has(/^env$/m)) return;
  for (const choice of file.nodes(ts.SyntaxKind.IfStatement)) {
    const both = unwrap(choice.expression);
    if (!ts.isBinaryExpression(both) || both.operatorToken.kind !== ts.SyntaxKind.AmpersandAmpersandToken) continue;
    const name = settingNamed(file, both.left);
    if (name === undefined || !leaves(choice.thenStatement) || !isOtherThan(file, both.right, name)) continue;
    if (!/hook|cron/i.test(`${handlerAround(file, choice)?.path ?? ''} ${file.uri} ${name}`)) continue;
    const names = [both.left.getText(), `process.env.${name}`];
    const isAsked = file
      .nodes(ts.SyntaxKind.IfStatement)
      .some(({ expression, thenStatement }) => leaves(thenStatement) && names.some((each) => isAskedFor(each, expression)));
    if (isAsked || verificationIn(file, enclosingFunction(choice))) continue;
    const text = both.left.getText();
    yield {
      at: both.left,
      evidence: choice,
      message: `Only where \`${text}\` is set is the caller asked for it, so one missing setting lets anybody call this; refuse to start, or to answer, without it.`,
    };
  }
}

/** `sent !== secret`, also with a scheme before it: what the request carries is held against the variable of this name. */
function isOtherThan(file: CodeFile, condition: Expression, name: string): boolean {
  const node = unwrap(condition);
  if (!ts.isBinaryExpression(node) || !/^!==?$/.test(node.operatorToken.getText())) return false;
  const isSetting = (side: Expression) => {
    const value = valueOf(side);
    const parts = ts.isTemplateExpression(value) ? value.templateSpans.map(({ expression }) => expression) : [value];
    return parts.some((part) => settingNamed(file, part) === name);
  };
  const sent = [node.left, node.right].filter((side) => !isSetting(side));
  return sent.length === 1 && sent.some((side) => flowsFromRequest(file, side));
}

/** The name of the variable of the environment that an expression is, if it is named for a secret. */
function settingNamed(file: CodeFile, side: Expression): string | undefined {
  const name = /^global:process\.env\.(\w+)$/.exec(origin(file, valueOf(side)) ?? '')?.[1];
  return name && /SECRET|TOKEN|KEY|PASSWORD/i.test(name) ? name : undefined;
}

/** A part of the request that Express, Fastify, Koa and Next's pages give as `undefined` where it was not sent. */
function mayBeUndefined(file: CodeFile, side: Expression): boolean {
  const value = valueOf(side);
  if (ts.isCallExpression(value))
    return (
      ts.isPropertyAccessExpression(value.expression) &&
      /^(?:get|header)$/.test(value.expression.name.text) &&
      isRequest(file, value.expression.expression)
    );
  if (!ts.isPropertyAccessExpression(value) && !ts.isElementAccessExpression(value)) return false;
  const bag = unwrap(value.expression);
  return ts.isPropertyAccessExpression(bag) && /^(?:query|headers|body)$/.test(bag.name.text) && isRequest(file, bag.expression);
}

/** A condition before this one names what was sent. */
function isAskedBefore(sent: Expression, scope: ts.Node, choice: ts.IfStatement): boolean {
  return [...descendants(scope)].some(
    (node) => ts.isIfStatement(node) && node.pos < choice.pos && node.expression.getText().includes(sent.getText()),
  );
}

/** What the condition asks to be there, if it asks for nothing else: `secret`, `secret && signature`. */
function present(condition: Expression): Expression[] {
  const node = unwrap(condition);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) {
    const [left, right] = [present(node.left), present(node.right)];
    // `VERIFY_SIGNATURES && secret`: a switch of its own beside it leaves the secret as optional as it was.
    if (left.length === 0 && isSwitch(node.left)) return right.filter(isSecret);
    if (right.length === 0 && isSwitch(node.right)) return left.filter(isSecret);
    return left.length > 0 && right.length > 0 ? [...left, ...right] : [];
  }
  const isName = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
  return isName && (isSecret(node) || /\bsig(?:nature)?\b|signature['"\]]*$/i.test(node.getText())) ? [node] : [];
}

/** `VERIFY_SIGNATURES`, `config.verifyWebhooks`: named for whether something is checked. */
function isSwitch(side: Expression): boolean {
  const node = unwrap(side);
  const name = ts.isPropertyAccessExpression(node) ? node.name : node;
  return ts.isIdentifier(name) && /verif|check|validat|enforce|require/i.test(name.text);
}

/** By its own name, or by that of the setting it holds. */
function isSecret(node: Expression): boolean {
  const held = valueOf(node);
  const setting = ts.isPropertyAccessExpression(held) || ts.isElementAccessExpression(held) ? held : node;
  return [node, setting].some((each) => /secret|signing_?key|auth_?token/i.test(each.getText()));
}

/** `req.body`, `await req.json()`, and names for what stands outside of this part of a scope. */
function bodiesIn(file: CodeFile, scope: ts.Node, checked: ReadonlySet<ts.Node | string>, start = scope.pos): Expression[] {
  return [...descendants(scope)].filter((node): node is Expression => {
    if (node.pos < start) return false;
    if (ts.isPropertyAccessExpression(node) && checked.has(node.getText())) return true;
    if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return isBody(file, node);
    if (!ts.isIdentifier(node) || (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)) return false;
    const declaration = declarationOf(node);
    if (declaration && (checked.has(declaration) || isDecoratedBody(declaration))) return true;
    const value = valueOf(node);
    return isBody(file, value) && !(value.pos >= start && value.end <= scope.end);
  });
}

function isBody(file: CodeFile, value: Expression): boolean {
  if (ts.isPropertyAccessExpression(value)) return value.name.text === 'body' && isRequest(file, value.expression);
  if (!ts.isCallExpression(value) || !ts.isPropertyAccessExpression(value.expression)) return false;
  return /^(?:json|text)$/.test(value.expression.name.text) && isRequest(file, value.expression.expression);
}

/** `@Body() body`. */
function isDecoratedBody(declaration: ts.Node): boolean {
  const decorators = ts.isParameter(declaration) ? (ts.getDecorators(declaration) ?? []) : [];
  return decorators.some((each) => /^@(?:Raw)?Body\b/.test(each.getText()));
}

/**
 * The variables that hold what a check looks at, by the names it is called with, or an HMAC is made over: `rawBody` of
 * `verify(rawBody, signature)`, of `verify({ rawBody })` and of `hmac.update(rawBody)`; of `verify(req.body)` the member. Where it is a parameter, so may be the parsed body beside it.
 */
function namesChecked(file: CodeFile, scope: ts.Node): Set<ts.Node | string> {
  const check = verificationIn(file, scope);
  const handed = check && ts.isCallExpression(check) ? check.arguments.flatMap(membersOrItself) : [];
  const signed = descendants(scope).flatMap((node) => (ts.isCallExpression(node) ? (hmacText(file, node) ?? []) : []));
  const given = [...handed, ...signed];
  return new Set(
    given.flatMap((each): (ts.Node | string)[] => {
      if (ts.isPropertyAccessExpression(each)) return bodyName.test(each.name.text) ? [each.getText()] : [];
      const declaration = ts.isIdentifier(each) && bodyName.test(each.text) ? declarationOf(each) : undefined;
      if (!declaration) return [];
      const beside = ts.isParameter(declaration) ? declaration.parent.parameters : [];
      return [declaration, ...beside.filter(({ name }) => /^(?:body|payload)$/.test(name.getText()))];
    }),
  );
}

const bodyName = /body|payload|raw/i;

/** The values of an object that is written out, or the expression itself. */
function membersOrItself(given: Expression): readonly Expression[] {
  return ts.isObjectLiteralExpression(given) ? membersOf(given).map(({ value }) => unwrap(value)) : [given];
}

/** `if (!secret) return true;` before a check, and `return !signature || check(…)`: a verdict that says yes without one. */
function* waved(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!file.words.has(/hook|signature/i)) return;
  for (const choice of file.nodes(ts.SyntaxKind.IfStatement)) {
    const missing = missingIn(choice.expression);
    if (isAbout(missing) && onlyTold(file, choice)) {
      const text = choice.expression.getText();
      yield {
        at: choice.expression,
        evidence: choice,
        message: missing.every(isSecret)
          ? `Where \`${text}\` holds, a word is said and the webhook taken, so one missing setting lets anybody send webhooks; refuse to start, or to answer, without it.`
          : `Where \`${text}\` holds, a word is said and the webhook taken, so whoever leaves the signature out sends what they like; refuse a webhook that carries none.`,
      };
      continue;
    }
    const last = lastWord(choice.thenStatement);
    if (!last || choice.elseStatement) continue;
    if (!isAbout(missing) || !isOnly(choice.thenStatement, last)) continue;
    const scope = enclosingFunction(choice);
    if (!/hook|signature|hmac/i.test(scope.getText()) || !checksAfter(file, choice)) continue;
    const at = ts.isExpressionStatement(last) ? last.expression : last;
    yield { at, evidence: scope, message: messageOf(at, missing) };
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

/** `return true;`, `return next();`, and `next(); return;`, of which the first says yes. */
function lastWord(branch: ts.Statement): ts.Statement | undefined {
  const statements = ts.isBlock(branch) ? branch.statements : [branch];
  const last = statements.at(-1);
  if (!last || !ts.isReturnStatement(last)) return undefined;
  if (last.expression) return saysYes(last.expression) ? last : undefined;
  const before = statements.at(-2);
  return before && ts.isExpressionStatement(before) && saysYes(before.expression) ? before : undefined;
}

function messageOf(at: ts.Node, missing: readonly Expression[]): string {
  const [first] = missing;
  return missing.every(isSecret)
    ? `\`${at.getText()}\` lets every webhook through when \`${first?.getText()}\` is not set, so one missing setting lets anybody send webhooks; refuse to start, or to answer, without it.`
    : `\`${at.getText()}\` lets a webhook through that has no signature, so whoever leaves it out sends what they like; refuse a webhook that carries none.`;
}

/** `if (!signature) console.warn(…); else { … throw … }` at the end of a function that throws where a check fails. */
function onlyTold(file: CodeFile, { thenStatement, elseStatement, parent }: ts.IfStatement): boolean {
  if (!elseStatement || !isOnly(thenStatement, undefined) || !verificationIn(file, elseStatement)) return false;
  const throws = [...descendants(elseStatement)].some(ts.isThrowStatement);
  return throws && ts.isBlock(parent) && ts.isFunctionLike(parent.parent) && parent.statements.at(-1)?.end === elseStatement.end;
}

/** A secret, a signature or the time that is signed, and nothing else, is not there. */
function isAbout(missing: readonly Expression[]): boolean {
  const isSignature = (each: Expression) => /sig(?:nature)?\b|signature/i.test(each.getText());
  const isTime = (each: Expression) => /timestamp/i.test(each.getText());
  return (
    missing.some((each) => isSecret(each) || isSignature(each)) &&
    missing.every((each) => isSecret(each) || isSignature(each) || isTime(each))
  );
}

/** `true`, `next()`, `{ ok: true }`, `{ error: false }`, or the event itself: `JSON.parse(payload)`. */
function saysYes(value: Expression | undefined): boolean {
  const node = value && unwrap(value);
  if (!node) return false;
  if (ts.isCallExpression(node) && node.expression.getText() === 'JSON.parse') return true;
  if (ts.isCallExpression(node)) return node.arguments.length === 0 && node.expression.getText() === 'next';
  if (!ts.isObjectLiteralExpression(node)) return node.kind === ts.SyntaxKind.TrueKeyword;
  return membersOf(node).some(({ name, value: { kind } }) =>
    /^(?:ok|valid|isValid|verified|success)$/.test(name)
      ? kind === ts.SyntaxKind.TrueKeyword
      : /^(?:error|isError)$/.test(name) && kind === ts.SyntaxKind.FalseKeyword,
  );
}

/** Nothing but a word to a person stands before it. */
function isOnly(branch: ts.Statement, last: ts.Statement | undefined): boolean {
  const others = (ts.isBlock(branch) ? branch.statements : [branch]).filter((statement) => statement !== last);
  if (last && ts.isExpressionStatement(last)) others.pop();
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
