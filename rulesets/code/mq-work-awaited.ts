import { type CodeFix, type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, functionBehind, methodOf } from '../../server/core/typescript/classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  type FunctionNode,
  ts,
} from '../../server/core/typescript/code.ts';
import { onlyAnswer, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { isAwsSend } from '../../server/core/typescript/publishers.ts';
import { boundTo, isAsync, isMemberName, runsBefore, speaksOfLog } from '../../server/core/typescript/syntax.ts';
import { acknowledges, calledBy, channelCalls, type Consumer, consumers, isAcknowledged, isLog, isOfJobs } from './messaging.ts';
import page from './mq-work-awaited.md';
import { eventHandlers } from './nest-messages.ts';

/**
 * Evidence: a consumer whose return means that the message is done (SQS, Kafka, BullMQ) starts an async function for each
 * element of a list with `forEach`, or with a `map` whose promises nobody takes or looks at, and that function awaits something; or calls
 * an async function of the project, or one that answers `new Promise`, and takes no promise, also in RabbitMQ's consumers that acknowledge behind it, and in Nest's.
 */
export default defineCodeRule<ts.CallExpression>({
  page,
  severity: 'error',
  *check(file) {
    for (const handler of eventHandlers(file))
      for (const call of started(file, handler)) yield* unawaited(call, 'the event counts as handled');
    for (const consumer of consumers(file)) {
      if (isAcknowledged(consumer)) {
        const acks = acknowledges(consumer) === true ? [...channelCalls(consumer.handler, /^ack$/)] : [];
        for (const call of started(file, consumer.handler))
          if (acks.some((ack) => runsBefore(call, ack))) yield* unawaited(call, 'the message is acknowledged');
      }
      if (isAcknowledged(consumer) || !consumer.handler.body) continue;
      for (const call of descendants(consumer.handler.body)) {
        if (!ts.isCallExpression(call) || !startsWork(file, call) || !runsIn(call, consumer.handler)) continue;
        yield {
          at: call.expression,
          evidence: consumer.handler,
          message: `\`${call.expression.getText()}\` waits for none of the promises, so ${ended(consumer)} before the work is done, and a failure in it reaches nobody; wait for all: \`await Promise.all(….map(…))\`, or a \`for…of\`.`,
          data: call,
        };
      }
      for (const call of started(file, consumer.handler)) yield* unawaited(call, ended(consumer));
      for (const call of dropped(file, consumer.handler)) {
        const name = boundTo(call)?.name.getText() ?? '';
        yield {
          at: call.expression,
          evidence: enclosingFunction(call),
          message: `\`${name}\` holds promises that nobody waits for, so ${ended(consumer)} before the work is done, and a failure in it reaches nobody; wait for all: \`await Promise.all(${name})\`.`,
        };
      }
    }
  },
  fix({ data }) {
    return data && waiting(data);
  },
});

function ended(consumer: Consumer): string {
  const { broker } = consumer;
  if (broker === 'SQS') return 'the function returns, is frozen, and SQS deletes the messages';
  if (broker === 'sqs-consumer') return 'the message is deleted from the queue';
  if (broker === 'Kafka') return 'the offset is committed';
  if (broker === 'Service Bus') return 'the message is completed';
  if (broker === 'Queue Storage') return 'the message is deleted from the queue';
  return isOfJobs(consumer)
    ? 'the job is completed'
    : `the function returns, is frozen, and ${broker} takes the event for handled`;
}

function* unawaited(call: ts.CallExpression, ends: string): Iterable<CodeProblem<ts.CallExpression>> {
  yield {
    at: call.expression as Expression,
    evidence: enclosingFunction(call),
    message: `Nothing waits for \`${call.expression.getText()}\`, so ${ends} before the work is done, and a failure in it reaches nobody; \`await\` it.`,
    data: call,
  };
}

/**
 * `save(order);` in the handler itself: an async function of the project that waits for something, whose promise nobody takes. One that
 * is given what Nest tells of the message may acknowledge it; `void save(order)` is on purpose.
 */
function* started(file: CodeFile, handler: FunctionNode): Iterable<ts.CallExpression> {
  for (const call of handler.body ? descendants(handler.body) : []) {
    if (!ts.isCallExpression(call) || !ts.isExpressionStatement(call.parent) || enclosingFunction(call) !== handler) continue;
    if (isLog(call) || isAside(call.expression.getText()) || [...ancestorsInFunction(call)].some(ts.isCatchClause)) continue;
    if (call.arguments.some((argument) => /[cC](?:on)?te?xt$/.test(argument.getText()))) continue;
    const work = (methodOf(file, call) ?? calleeOf(file, call))?.node;
    if (work && (makesPromise(work) || (isAsync(work) && (awaits(work) || /\.then\(/.test(work.getText()))))) yield call;
  }
}

/** `(text) => new Promise((resolve, reject) => …)` */
function makesPromise(work: FunctionNode): boolean {
  const answer = onlyAnswer(work);
  const made = answer && valueOf(answer);
  return made !== undefined && ts.isNewExpression(made) && made.expression.getText() === 'Promise';
}

/** What is done beside the work, as is what a `catch` does to tell of its failure. */
function isAside(callee: string): boolean {
  return speaksOfLog(callee) || /track|metric|analytic|audit|telemetry|report|heartbeat|record\w*(?:Usage|Event)$/i.test(callee);
}

/** `list.forEach(async …)`; `list.map(async …);` as a statement. */
function startsWork(file: CodeFile, call: ts.CallExpression): boolean {
  const { arguments: given, expression, parent } = call;
  if (!given[0] || !ts.isExpressionStatement(parent)) return false;
  if (!startsEach(expression)) return false;
  const work = functionBehind(file, given[0])?.node;
  return work !== undefined && isAsync(work) && awaits(work);
}

/** `const sent = list.map(async …);` in the handler, or in a function of this file that it calls, of which only the length is looked at. */
function* dropped(file: CodeFile, handler: FunctionNode): Iterable<ts.CallExpression> {
  for (const node of [handler, ...calledBy(file, handler)]) {
    for (const call of node.body ? descendants(node.body) : []) {
      if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'map')
        continue;
      const declaration = boundTo(call);
      const work = declaration && call.arguments[0] ? functionBehind(file, call.arguments[0])?.node : undefined;
      if (!declaration || !work || !ts.isIdentifier(declaration.name) || ts.isAwaitExpression(declaration.initializer ?? call))
        continue;
      const { text } = declaration.name;
      const uses = [...descendants(node)].filter(
        (use) => ts.isIdentifier(use) && use.text === text && use !== declaration.name && !isMemberName(use),
      );
      const isLookedAt = uses.some(({ parent }) => !(ts.isPropertyAccessExpression(parent) && parent.name.text === 'length'));
      if (!isLookedAt && (isAsync(work) ? awaits(work) : sends(file, work))) yield call;
    }
  }
}

/** Does a function return what a client of AWS sends, which is a promise? */
function sends(file: CodeFile, work: FunctionNode): boolean {
  const answer = onlyAnswer(work);
  const call = answer && valueOf(answer);
  return call !== undefined && ts.isCallExpression(call) && isAwsSend(origin(file, call.expression) ?? '');
}

function startsEach(callee: Expression): callee is ts.PropertyAccessExpression {
  return ts.isPropertyAccessExpression(callee) && /^(?:forEach|map)$/.test(callee.name.text);
}

function awaits({ body }: FunctionNode): boolean {
  return body !== undefined && [body, ...descendants(body)].some((node) => ts.isAwaitExpression(node) && !isLog(node.expression));
}

/** In the handler itself, or in a callback that it calls at once for each element. */
function runsIn(call: ts.Node, handler: FunctionNode): boolean {
  for (let scope = enclosingFunction(call); !ts.isSourceFile(scope); scope = enclosingFunction(scope)) {
    if (scope === handler) return true;
    const each: ts.Node = scope.parent;
    const callee = ts.isCallExpression(each) ? each.expression : undefined;
    if (!callee || !ts.isPropertyAccessExpression(callee) || !/^(?:forEach|map)$/.test(callee.name.text)) return false;
  }
  return false;
}

/** `await Promise.all(list.map(…))`, where the function around may await. */
function waiting(call: ts.CallExpression): CodeFix | undefined {
  const scope = enclosingFunction(call);
  const callee = call.expression;
  if (ts.isSourceFile(scope) || !isAsync(scope)) return undefined;
  const start = call.getStart();
  const end = call.getEnd();
  if (!startsEach(callee))
    return { title: 'Wait for it', safety: 'suggestion', edits: [{ start, end: start, newText: 'await ' }] };
  return {
    title: 'Wait for all',
    safety: 'suggestion',
    edits: [
      { start, end: start, newText: 'await Promise.all(' },
      { start: callee.name.getStart(), end: callee.name.getEnd(), newText: 'map' },
      { start: end, end, newText: ')' },
    ],
  };
}
