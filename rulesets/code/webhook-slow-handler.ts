import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { ancestorsInFunction, type CodeFile, descendants, ts } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { isResponse } from './answers.ts';
import { httpCalls } from './http-clients.ts';
import page from './webhook-slow-handler.md';
import { receivers } from './webhook-receivers.ts';
import { verificationIn } from './webhook-verification.ts';

/** Work that takes seconds: models, browsers, mail servers, pauses. */
const slow =
  /^(?:openai:(?:OpenAI)?\(\)\.(?:chat\.completions|responses|images|audio\.\w+)\.\w+|@anthropic-ai\/sdk:(?:Anthropic)?\(\)\.messages\.\w+|ai:(?:generateText|generateObject|generateImage)|puppeteer(?:-core)?:(?:puppeteer\.)?launch|playwright(?:-core)?:chromium\.launch|nodemailer:(?:nodemailer\.)?createTransport\(\)\.sendMail|timers\/promises:setTimeout)$/;

/**
 * Evidence: a handler that checks a signature and, before it answers, awaits a model, a browser, a mail server, a pause (itself or in
 * a function of the project), or one request for each of many things.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (!file.words.has(/signature|verif|constructEvent|hmac/i)) return;
    for (const { node } of receivers(file)) {
      const check = verificationIn(file, node);
      const work = check && slowWork(file, node, check.end);
      if (!work) continue;
      yield {
        at: work.expression,
        evidence: node,
        message: `\`${work.expression.getText()}\` keeps the provider waiting for the answer, and after a few seconds it takes the webhook for failed and sends it again; store the event or put it into a queue, answer 2xx, and do the work behind that.`,
      };
    }
  },
});

function slowWork(file: CodeFile, node: ts.Node, after: number): ts.CallExpression | undefined {
  const calls = [...descendants(node, (inner) => inner === node || !ts.isFunctionLike(inner))].filter(ts.isCallExpression);
  const behind = calls.filter((call) => call.pos >= after);
  const answer = behind.find((call) => isAnswer(file, call) && !isConditional(call));
  return behind.find(
    (call) =>
      isAwaited(call) &&
      !(answer && call.pos > answer.pos) &&
      (slow.test(origin(file, call.expression) ?? '') || isForEach(file, call) || isSlowBehind(file, call)),
  );
}

/** A function of the project that itself awaits such work. */
function isSlowBehind(file: CodeFile, call: ts.CallExpression): boolean {
  const callee = calleeOf(file, call) ?? methodOf(file, call);
  if (!callee || !/openai|anthropic|sendMail|puppeteer|playwright|timers\/promises|['"]ai['"]/.test(callee.file.text))
    return false;
  return [...descendants(callee.node)].some(
    (node) =>
      ts.isCallExpression(node) &&
      isAwaited(node) &&
      !isConditional(node) &&
      slow.test(origin(callee.file, node.expression) ?? ''),
  );
}

/** `res.json(…)`, `res.sendStatus(202)`, `reply.code(202).send()`. */
function isAnswer(file: CodeFile, call: ts.CallExpression): boolean {
  const callee = call.expression;
  if (!ts.isPropertyAccessExpression(callee) || !/^(?:json|send|sendStatus|end)$/.test(callee.name.text)) return false;
  let root = callee.expression;
  while (ts.isCallExpression(root) && ts.isPropertyAccessExpression(root.expression)) root = root.expression.expression;
  return isResponse(file, root);
}

function isAwaited(call: ts.CallExpression): boolean {
  return ts.isAwaitExpression(call.parent);
}

/** An answer under a condition (a refusal) is not the answer to all. */
function isConditional(call: ts.Node): boolean {
  return [...ancestorsInFunction(call)].some(
    (outer) => ts.isIfStatement(outer) || ts.isCatchClause(outer) || ts.isCaseClause(outer),
  );
}

/** A request of a known client within a loop. */
function isForEach(file: CodeFile, call: ts.CallExpression): boolean {
  if (!httpCalls(file).some((http) => http.call === call && http.kind === 'send')) return false;
  return [...ancestorsInFunction(call)].some((outer) => ts.isForOfStatement(outer));
}
