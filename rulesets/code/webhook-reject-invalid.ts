import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, functionBehind, methodOf } from '../../server/core/typescript/classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  type FunctionNode,
  isAssignment,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, onlyAnswer, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { resultsOf } from '../../server/core/typescript/plain.ts';
import { calleeName, isAsync, isWithin, missingIn, optionValue } from '../../server/core/typescript/syntax.ts';
import { answers, isResponse } from './answers.ts';
import { azureStatus, isAzureAnswer } from './azure-functions.ts';
import { isSubtleCall, mayMakeHmac } from './crypto-names.ts';
import { handlerAround } from './handlers.ts';
import { isLog } from './messaging.ts';
import page from './webhook-reject-invalid.md';
import { derivesKey, onlyAnswersCheck, throwingVerification, verificationIn } from './webhook-verification.ts';

/**
 * Evidence: an `if` on a check of a signature (made here or one call away), or a `try` around a check that throws (here or one call
 * away), and an answer of 2xx where the check has failed: in its branch, in the `catch`, or after a branch that does nothing but say
 * so. Or a check that a parser of bodies does not wait for, whose answer nobody looks at, or whose promise stands where the answer should.
 */
export default defineCodeRule<ts.CallExpression | undefined>({
  page,
  severity: 'warn',
  *check(file) {
    yield* unread(file);
    yield* promised(file);
    if (!file.words.has(/createHmac|verif|isValid|signature|constructEvent/i)) return;
    for (const attempt of file.nodes(ts.SyntaxKind.TryStatement)) {
      const { catchClause, tryBlock } = attempt;
      const answer = catchClause && (acceptance(file, catchClause.block) ?? acceptanceBehind(file, attempt, catchClause.block));
      if (answer && throwsWithin(file, tryBlock)) yield problem(answer);
    }
    for (const choice of file.nodes(ts.SyntaxKind.IfStatement)) {
      const check = verdict(file, choice.expression);
      if (!check) {
        const answer = isWithoutSignature(file, choice) ? acceptance(file, choice.thenStatement) : undefined;
        if (answer) yield problem(answer, 'that has no signature');
        continue;
      }
      const branch = check.negated ? choice.thenStatement : choice.elseStatement;
      const failed = branch && !goesOn(branch) ? branch : after(choice);
      const answer = failed && (acceptance(file, failed) ?? acceptanceOfThrown(file, failed));
      if (answer) yield problem(answer);
    }
    yield* unawaited(file);
  },
  fix({ data }) {
    if (!data) return undefined;
    const scope = enclosingFunction(data);
    if (ts.isSourceFile(scope) || !isAsync(scope)) return undefined;
    const start = data.getStart();
    return { title: 'Wait for the answer', safety: 'suggestion', edits: [{ start, end: start, newText: 'await ' }] };
  },
});

/** `express.json({ verify: async (req, res, buffer) => … })`: the parser goes on before the promise is rejected. */
function* unawaited(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!file.words.has(/\bverify\b/)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const verify = optionValue(call.arguments[0], 'verify');
    if (!verify || !/^(?:express|body-parser):(?:json|urlencoded|raw|text)$/.test(origin(file, call.expression) ?? '')) continue;
    const found = madeFunction(file, verify);
    if (!found || !isAsync(found) || !descendants(found).some(ts.isThrowStatement)) continue;
    yield {
      at: verify,
      evidence: call,
      message: `\`${firstLine(verify)}\` is async, and \`${call.expression.getText()}\` does not wait for what \`verify\` promises: a webhook whose signature is wrong has been taken when it throws; check without \`await\`, or in a handler of its own.`,
    };
  }
}

/** `isGenuine(req, secret);`: a check that only answers, as a statement of its own. */
function* unread(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!file.words.has(/verif|valid|signature|genuine|timingSafeEqual/i)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const outer = ts.isAwaitExpression(call.parent) ? call.parent.parent : call.parent;
    if (!ts.isExpressionStatement(outer) || !/verif|valid|signature|genuine|timingSafeEqual/i.test(calleeName(call))) continue;
    const behind = calleeOf(file, call) ?? methodOf(file, call);
    if (
      answersItself(call) ||
      isOfItself(call) ||
      (behind ? !onlyAnswers(behind.file, behind.node) : !onlyAnswersCheck(file, call))
    )
      continue;
    yield {
      at: call,
      evidence: outer,
      message: `\`${firstLine(call)}\` only answers whether the signature is right, and nothing looks at the answer: every webhook is taken; answer 401 where it is false.`,
    };
  }
}

/** Checks of libraries and of the platform that promise their answer. */
const promising =
  /^(?:@octokit\/webhooks(?:-methods)?:(?:Webhooks\(\)\.)?verify(?:WithFallback)?|discord-interactions:verifyKey|stripe:.*\.verifyHeaderAsync)$/;

/** `if (!isGenuine(raw, signature)) return …` of an async check: a promise is never false. */
function* promised(file: CodeFile): Iterable<CodeProblem<ts.CallExpression>> {
  if (!file.words.has(/verif|valid|signature|genuine/i)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    if (!/verif|valid|signature|genuine/i.test(calleeName(call)) || !isTruthTested(call)) continue;
    const behind = calleeOf(file, call) ?? methodOf(file, call);
    const isPromise = behind
      ? isAsync(behind.node) && onlyAnswers(behind.file, behind.node)
      : isSubtleCall(file, call, 'verify') || promising.test(origin(file, call.expression) ?? '');
    if (!isPromise) continue;
    yield {
      at: call,
      evidence: call.parent,
      severity: 'error',
      message: `\`${firstLine(call)}\` is a promise, which is never false: every webhook is taken, whoever sent it; write \`await\` before it.`,
      data: call,
    };
  }
}

/** Stands where only true or false matters. */
function isTruthTested(call: ts.CallExpression): boolean {
  let node: ts.Node = call;
  while (ts.isParenthesizedExpression(node.parent)) node = node.parent;
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === ts.SyntaxKind.ExclamationToken;
  if (ts.isBinaryExpression(parent))
    return /^(?:&&|\|\|)$/.test(parent.operatorToken.getText()) && parent.left === node && !ts.isReturnStatement(parent.parent);
  return (
    (ts.isIfStatement(parent) && parent.expression === node) || (ts.isConditionalExpression(parent) && parent.condition === node)
  );
}

/** `timingSafeEqual(pad, pad);`: takes the time of a comparison, and is none. */
function isOfItself({ arguments: [a, b] }: ts.CallExpression): boolean {
  return a !== undefined && a.getText() === b?.getText();
}

/** A function that returns what a check answers, and neither throws nor calls what it was given. */
function onlyAnswers(file: CodeFile, { body, parameters }: FunctionNode): boolean {
  if (
    !body ||
    derivesKey.test(body.getText()) ||
    !(mayMakeHmac(file) || /validateWebhook|validateRequest|timingSafeEqual/.test(file.text))
  )
    return false;
  const names = new Set(parameters.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : [])));
  const isHandedOn = [body, ...descendants(body)].some(
    (node) =>
      ts.isThrowStatement(node) ||
      (ts.isCallExpression(node) &&
        (names.has(node.expression.getText()) || /^(?:assert|expect)\b/.test(node.expression.getText()))),
  );
  return (
    !isHandedOn && resultsOf(body).some((value) => [value, ...descendants(value)].some((node) => onlyAnswersCheck(file, node)))
  );
}

/** The function that an expression stands for, or that a function of the project answers when it is called there. */
function madeFunction(file: CodeFile, expression: ts.Expression): FunctionNode | undefined {
  const maker = ts.isCallExpression(expression) ? calleeOf(file, expression) : undefined;
  const answer = maker && onlyAnswer(maker.node);
  return (maker && answer ? functionBehind(maker.file, answer) : functionBehind(file, expression))?.node;
}

/** What is answered behind a `try` whose `catch` neither leaves nor answers: `catch (error) { console.error(error); }`. */
function acceptanceBehind(file: CodeFile, attempt: ts.TryStatement, caught: ts.Block): ts.Node | undefined {
  const isOver = descendants(caught, (inner) => !ts.isFunctionLike(inner)).some(
    (node) => ts.isReturnStatement(node) || throws(node) || statusOf(file, node) !== undefined,
  );
  if (isOver || attempt.finallyBlock || !ts.isBlock(attempt.parent) || !ts.isFunctionLike(attempt.parent.parent))
    return undefined;
  return acceptance(file, attempt.parent.statements.slice(attempt.parent.statements.indexOf(attempt) + 1));
}

/** A check that throws, here or in a function that is called here and lets the error out. */
function throwsWithin(file: CodeFile, tried: ts.Block): boolean {
  const own = throwingVerification(file, tried);
  if (own && isLetOut(own, tried)) return true;
  return descendants(tried).some((node) => {
    const callee = ts.isCallExpression(node) && isLetOut(node, tried) ? calleeOf(file, node) : undefined;
    const check = callee && throwingVerification(callee.file, callee.node);
    return check !== undefined && isLetOut(check);
  });
}

/** What is thrown there gets out, of a part of the function or of all of it: each `catch` on the way throws too. */
function isLetOut(check: ts.Node, within?: ts.Node): boolean {
  return [...ancestorsInFunction(check)].every(
    (outer) =>
      !ts.isTryStatement(outer) ||
      (within !== undefined && !isWithin(outer, within)) ||
      !isWithin(check, outer.tryBlock) ||
      (outer.catchClause && descendants(outer.catchClause).some(throws)),
  );
}

/** `throw error`, and `ctx.throw(400)` of Koa. */
function throws(node: ts.Node): boolean {
  return ts.isThrowStatement(node) || (ts.isCallExpression(node) && /^(?:ctx|context)\.throw$/.test(node.expression.getText()));
}

/** `if (!signature) return res.sendStatus(200);`, with nothing else asked, before the check. */
function isWithoutSignature(file: CodeFile, choice: ts.IfStatement): boolean {
  const missing = missingIn(choice.expression);
  return (
    missing.length > 0 &&
    missing.every((each) => /sig(?:nature)?['"\])]*$/i.test(each.getText())) &&
    !goesOn(choice.thenStatement) &&
    (after(choice) ?? []).some((statement) => verificationIn(file, statement) !== undefined)
  );
}

function problem(answer: ts.Node, which = 'whose signature is wrong'): CodeProblem<undefined> {
  return {
    at: answer,
    evidence: enclosingFunction(answer),
    message: `\`${firstLine(answer)}\` accepts a webhook ${which}: the sender believes it was delivered, and whoever forges one learns nothing is refused; answer 401.`,
  };
}

/** Nothing but a word to a person: what follows runs as if the signature were right. */
function goesOn(branch: ts.Statement): boolean {
  const statements = ts.isBlock(branch) ? branch.statements : [branch];
  return statements.every((statement) => ts.isExpressionStatement(statement) && isLog(statement.expression));
}

/** The condition is a check, or its opposite, and nothing else. */
function verdict(file: CodeFile, condition: ts.Expression): { negated: boolean } | undefined {
  let node = unwrap(condition);
  let negated = false;
  while (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    negated = !negated;
    node = unwrap(node.operand);
  }
  // `const isValid = await verify(…)`: its name stands for it.
  const made = ts.isIdentifier(node) ? unwrap(valueOf(node)) : undefined;
  const found = made && ts.isAwaitExpression(made) ? unwrap(made.expression) : made;
  // `const authError = refusalOf(request)`: there is one where the check failed.
  if (found && ts.isIdentifier(node) && /err(?:or)?$|fail|denied|refus|reject|response$/i.test(node.text)) return undefined;
  if (found && (ts.isCallExpression(found) || ts.isBinaryExpression(found))) {
    const inner = verdict(file, found);
    return inner && { negated: inner.negated !== negated };
  }
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.AmpersandAmpersandToken) {
      // `a || !check` fails where it holds, `a && check` where it does not; the others leave both open.
      const found = verdict(file, node.left) ?? verdict(file, node.right);
      if (!found || found.negated !== (kind === ts.SyntaxKind.BarBarToken)) return undefined;
      return { negated: found.negated !== negated };
    }
    if (!verificationIn(file, node, 0)) return undefined;
    return { negated: negated !== node.operatorToken.getText().startsWith('!') };
  }
  return ts.isCallExpression(node) && !answersItself(node) && verificationIn(file, node) ? { negated } : undefined;
}

/** `if (refuses(req, res)) return;`: what is given the response answers where it refuses, and only says that it has. */
function answersItself(call: ts.CallExpression): boolean {
  return call.arguments.some((argument) => /^(?:_?res(?:ponse)?|reply)$/.test(argument.getText()));
}

/** The statements after an `if` in its own block: what runs whether it held or not. */
function after(choice: ts.IfStatement): readonly ts.Statement[] | undefined {
  if (!ts.isBlock(choice.parent)) return undefined;
  return choice.parent.statements.slice(choice.parent.statements.indexOf(choice) + 1);
}

/** The first answer of a webhook's handler in these statements, if it is a 2xx. */
function acceptance(file: CodeFile, statements: ts.Statement | readonly ts.Statement[]): ts.Node | undefined {
  const list = 'kind' in statements ? [statements] : statements;
  for (const statement of list) {
    for (const node of [statement, ...descendants(statement, (inner) => !ts.isFunctionLike(inner))]) {
      if (throws(node)) return undefined;
      const status = statusOf(file, node);
      if (status === undefined) continue;
      // Slack is told the challenge that it sent when the address is set up, whoever asks.
      if (status < 200 || status >= 300 || isConditional(node, list) || /\bchallenge\b/.test(node.getText())) return undefined;
      return ts.isObjectLiteralExpression(node) ? statusMember(node) : node;
    }
  }
  return undefined;
}

/** What sets the status of an answer that is written out, or all of it where nothing does. */
function statusMember(answer: ts.ObjectLiteralExpression): ts.Node {
  return (optionValue(answer, 'statusCode') ?? optionValue(answer, 'status'))?.parent ?? answer;
}

/** `throw new Forged()` within a `try` of the handler whose `catch` answers as if all were well. */
function acceptanceOfThrown(file: CodeFile, failed: ts.Statement | readonly ts.Statement[]): ts.Node | undefined {
  const [only, ...more] = 'kind' in failed ? [failed] : failed;
  const last = only && more.length === 0 && ts.isBlock(only) ? only.statements.at(-1) : only;
  if (!last || more.length > 0 || !ts.isThrowStatement(last)) return undefined;
  const attempt = [...ancestorsInFunction(last)].find(
    (outer): outer is ts.TryStatement => ts.isTryStatement(outer) && isWithin(last, outer.tryBlock),
  );
  const block = attempt?.catchClause?.block;
  if (!block) return undefined;
  return acceptance(file, block) ?? (handlerAround(file, last)?.framework === 'NestJS' ? returned(block) : undefined);
}

/** The first thing that a `catch` of Nest's handler answers, where it is a value: the status is that of success. */
function returned(block: ts.Block): ts.Node | undefined {
  const first = [...descendants(block, (inner) => !ts.isFunctionLike(inner))].find(
    (node) => ts.isThrowStatement(node) || ts.isReturnStatement(node) || isSetting(node),
  );
  const isValue =
    first && ts.isReturnStatement(first) && first.expression && ts.isObjectLiteralExpression(unwrap(first.expression));
  return isValue ? first : undefined;
}

/** `res.status(401)`. */
function isSetting(node: ts.Node): boolean {
  return ts.isCallExpression(node) && /\.(?:status|sendStatus|code|writeHead)$/.test(node.expression.getText());
}

/** Under another condition of these statements: what it says there is about something else. */
function isConditional(node: ts.Node, list: readonly ts.Statement[]): boolean {
  return [...ancestorsInFunction(node)].some(
    (outer) =>
      (ts.isIfStatement(outer) || ts.isConditionalExpression(outer)) &&
      list.some((each) => outer.pos >= each.pos && outer.end <= each.end),
  );
}

/** The status a call or `new Response` answers with; undefined for what is no answer, 0 where it cannot be seen. */
function statusOf(file: CodeFile, node: ts.Node): number | undefined {
  if (ts.isReturnStatement(node)) return isAnswerOfNest(file, node) ? 200 : undefined;
  if (ts.isNewExpression(node)) {
    if (!/^(?:global:Response|next\/server:NextResponse)$/.test(origin(file, node.expression) ?? '')) return undefined;
    const options = node.arguments?.[1];
    const status = options && /\bstatus\s*:\s*(\d{3})/.exec(options.getText())?.[1];
    return status ? Number(status) : options && /\bstatus\b/.test(options.getText()) ? 0 : 200;
  }
  if (ts.isObjectLiteralExpression(node)) {
    if (isAzureAnswer(file, node)) return azureStatus(node) ?? 0;
    const status = isGivenBack(node) ? optionValue(node, 'statusCode') : undefined;
    return status && Number(constantText(status) ?? 0);
  }
  if (ts.isBinaryExpression(node)) {
    // `ctx.body = 'ignored'` of Koa.
    const set = answers(file).find(({ call }) => call === node);
    if (set) return set.status ?? 0;
    const isSet = node.operatorToken.kind === ts.SyntaxKind.EqualsToken && /\.statusCode$/.test(node.left.getText());
    return isSet ? Number(constantText(node.right) ?? 0) : undefined;
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const [first] = node.arguments;
  const name = node.expression.name.text;
  if (name === 'end' && isResponse(file, node.expression.expression)) return 200;
  const number = first && (memberSetBefore(first) ?? first);
  const code = number && ts.isNumericLiteral(number) ? Number(number.text) : 0;
  if (/^(?:sendStatus|status|code|writeHead)$/.test(name)) return first ? code : undefined;
  if (name === 'send' && code >= 100 && isResponse(file, node.expression.expression)) return code;
  const answer = answers(file).find(({ call }) => call === node);
  return answer && (answer.status ?? 0);
}

/** `return { success: false };` of a method that Nest calls: it answers with that, and with the status of success. */
function isAnswerOfNest(file: CodeFile, { expression, parent }: ts.ReturnStatement): boolean {
  const value = expression && unwrap(expression);
  if (value && !ts.isObjectLiteralExpression(value) && !ts.isStringLiteralLike(value)) return false;
  const handler = handlerAround(file, parent);
  return (
    handler?.framework === 'NestJS' &&
    enclosingFunction(parent) === handler.node &&
    !/@(?:Res|Response|Redirect)\(/.test(handler.node.getText())
  );
}

/** `answer = { message, status: 200 }; … res.status(answer.status)` in one block. */
function memberSetBefore(value: ts.Expression): ts.Expression | undefined {
  const member = unwrap(value);
  if (!ts.isPropertyAccessExpression(member) || !ts.isIdentifier(member.expression)) return undefined;
  const block = [...ancestorsInFunction(value)].find(ts.isBlock);
  const name = member.expression.text;
  const sets = block?.statements.flatMap((statement) => {
    const set = ts.isExpressionStatement(statement) && statement.end <= value.pos ? statement.expression : undefined;
    return set && ts.isBinaryExpression(set) && isAssignment(set) && set.left.getText() === name ? [unwrap(set.right)] : [];
  });
  const last = sets?.at(-1);
  return last && ts.isObjectLiteralExpression(last) ? optionValue(last, member.name.text) : undefined;
}

/** `return { statusCode: 200 }` of a Lambda function, `callback(null, { statusCode: 200 })` of an older one, also within a function's result. */
function isGivenBack({ parent }: ts.ObjectLiteralExpression): boolean {
  const outer = ts.isParenthesizedExpression(parent) || ts.isCallExpression(parent) ? parent.parent : parent;
  const isCallback = ts.isCallExpression(parent) && /^(?:callback|cb)$/i.test(parent.expression.getText());
  return isCallback || ts.isReturnStatement(outer) || ts.isArrowFunction(outer);
}

function firstLine(node: ts.Node): string {
  return node.getText().split('\n', 1)[0] as string;
}
