import type { Span } from '../../server/core/finding.ts';
import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, functionBehind, methodOf } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  type FunctionNode,
  isAssignment,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { calleeName, isWithin, leaves, mentions, optionValue } from '../../server/core/typescript/syntax.ts';
import {
  acknowledges,
  channelCalls,
  type Consumer,
  consumers,
  deletesMessage,
  handed,
  isAcknowledged,
  isLog,
  isNothing,
  isOfJobs,
  isTold,
  ownersOfHandle,
} from './messaging.ts';
import page from './mq-swallowed-error.md';
import { brokerOf, eventHandlers } from './nest-messages.ts';

/**
 * Evidence: the `try` around all the work of a consumer's callback (or of each message in it), whose `catch` does nothing
 * but log, acknowledge and return, methods included that Nest calls with events of RabbitMQ or Kafka; or a Lambda function's work that ends in `Promise.allSettled`, whose answer is thrown away or only
 * logged; or a message of SQS that is taken by hand and deleted whether or not a `try` around its work failed. Silent where anything else is done about the failure, and for a step beside the work.
 */
export default defineCodeRule({
  page,
  severity: 'error',
  *check(file) {
    yield* events(file);
    yield* deletedAnyway(file);
    yield* handedOver(file);
    for (const consumer of consumers(file)) {
      const called = wholeTry(consumer.handler) ? undefined : calledForEach(file, consumer.handler);
      const message = messageOf(consumer, 'This is all that is done about the failure', called);
      const at = message && swallowing(file, consumer);
      if (!at) {
        yield* unseen(file, consumer);
        yield* inBranches(file, consumer);
        continue;
      }
      yield {
        at,
        evidence: consumer.handler,
        severity: gravest.has(consumer.broker) ? undefined : 'warn',
        message,
      };
    }
  },
});

/** Functions that a function of the project calls for each message, taking their return for success. */
function* handedOver(file: CodeFile): Iterable<CodeProblem<undefined>> {
  for (const { consumer, isRaw } of handed(file)) {
    const at = isRaw ? undefined : swallowing(file, consumer);
    if (!at) continue;
    yield {
      at,
      evidence: consumer.handler,
      severity: 'warn',
      message: isAcknowledged(consumer)
        ? 'This is all that is done about the failure: who calls this acknowledges the message when it returns, so it is lost; throw after logging, and have it rejected there.'
        : (messageOf(consumer, 'This is all that is done about the failure') ?? ''),
    };
  }
}

/** Functions of the file that a `switch` over the kinds of messages hands each its own, and that tell nobody of a failure. */
function* inBranches(file: CodeFile, consumer: Consumer): Iterable<CodeProblem<undefined>> {
  const { broker, handler } = consumer;
  // What the broker is told is told behind the branches, if at all.
  if (isAcknowledged(consumer) || !handler.body) return;
  const seen = new Set<ts.Node>();
  for (const call of descendants(handler.body, (node) => !ts.isFunctionLike(node))) {
    if (!ts.isCallExpression(call) || !ts.isAwaitExpression(call.parent) || call.arguments.length === 0) continue;
    const statement = call.parent.parent;
    const branch = ts.isBlock(statement.parent) ? statement.parent.parent : statement.parent;
    if (!ts.isExpressionStatement(statement) || !ts.isCaseClause(branch)) continue;
    const called = isOwnMethod(call.expression) ? methodOf(file, call) : functionBehind(file, call.expression);
    const clause = called?.file === file && !seen.has(called.node) ? wholeTry(called.node)?.catchClause : undefined;
    if (!called || !clause) continue;
    seen.add(called.node);
    if (!clause.block.statements.every(isNothing)) continue;
    yield {
      at: placeOf(clause),
      evidence: called.node,
      severity: gravest.has(broker) ? undefined : 'warn',
      message: messageOf(consumer, 'This is all that is done about the failure') ?? '',
    };
  }
}

/** Methods that Nest calls with events of RabbitMQ or Kafka, and that tell nobody of a failure. */
function* events(file: CodeFile): Iterable<CodeProblem<undefined>> {
  for (const method of eventHandlers(file)) {
    const broker = brokerOf(file, method);
    // Who acknowledges, or rejects, does so by a rule of his own.
    if (!broker || /\b(?:n?ack|reject)\w*\(/i.test(method.getText())) continue;
    const at = swallowing(file, { broker, handler: method, call: undefined });
    if (!at) continue;
    yield {
      at,
      evidence: method,
      severity: 'warn',
      message:
        broker === 'Kafka'
          ? 'This is all that is done about the failure: the offset is committed when the handler returns, so the event is lost; throw a `KafkaRetriableException` to have it tried again, or send it to a dead-letter topic.'
          : 'This is all that is done about the failure, so the event is lost: with `noAck: false` acknowledge what is done and reject this (`context.getChannelRef().nack(context.getMessage(), false, false)`), so that it goes to the dead-letter exchange.',
    };
  }
}

/** Messages of SQS that a program takes itself, and deletes whether or not the work failed. */
function* deletedAnyway(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!file.words.has(/^ReceiptHandle$/m)) return;
  const told = new Set<ts.Node>();
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const attempt = deletesMessage(file, call) ? failedBefore(call) : undefined;
    if (!attempt?.catchClause || told.has(attempt)) continue;
    told.add(attempt);
    yield {
      at: placeOf(attempt.catchClause),
      evidence: enclosingFunction(call),
      message:
        'This is all that is done about the failure, and the message is deleted all the same, so it is lost; delete it only when the work is done: until then it comes again, and goes to the dead-letter queue in the end.',
    };
  }
}

/** The `try` around the work for a message whose `catch` does nothing, and which the deletion does not ask: it stands in it, in `finally` or behind. */
function failedBefore(call: ts.CallExpression): ts.TryStatement | undefined {
  const names = new Set(call.arguments.flatMap((given) => [given, ...descendants(given)].flatMap(ownersOfHandle)));
  const isSwallowing = (attempt: ts.TryStatement) =>
    attempt.catchClause !== undefined &&
    mentions(attempt.tryBlock, names) &&
    contains(attempt.tryBlock, ts.isAwaitExpression) &&
    !isWithin(call, attempt.tryBlock) &&
    attempt.catchClause.block.statements.every((each) => isNothing(each) || isWithin(call, each));
  let node: ts.Node = call;
  for (; !ts.isFunctionLike(node) && !ts.isSourceFile(node) && !ts.isIterationStatement(node, false); node = node.parent) {
    const { parent } = node;
    if (ts.isTryStatement(parent) && node !== parent.tryBlock) return isSwallowing(parent) ? parent : undefined;
    // A condition may be about the failure.
    if (ts.isIfStatement(parent) || ts.isConditionalExpression(parent)) return undefined;
    if (!ts.isBlock(parent) || !ts.isStatement(node)) continue;
    const before = parent.statements.slice(0, parent.statements.indexOf(node));
    const attempt = before.findLast(ts.isTryStatement);
    const goesOn = attempt?.catchClause?.block.statements.every((each) => !leaves(each) && !ts.isBreakOrContinueStatement(each));
    if (attempt) return goesOn && isSwallowing(attempt) ? attempt : undefined;
  }
  return undefined;
}

/** What a `catch` does, or its word where it does nothing. */
function placeOf(clause: ts.CatchClause): ts.Node | Span {
  const start = clause.getStart();
  return clause.block.statements[0] ?? { start, end: start + 'catch'.length };
}

/** What is lost here nobody else keeps; an event of the others is often told to several. */
const gravest: ReadonlySet<Consumer['broker']> = new Set([
  'SQS',
  'sqs-consumer',
  'Kafka',
  'RabbitMQ',
  'Pub/Sub',
  'Service Bus',
  'Queue Storage',
]);

/** What becomes of the message, where the work for it ends so in the handler, or in what the handler calls for each message. */
function messageOf(consumer: Consumer, what: string, called?: FunctionNode): string | undefined {
  const isSettled = () => acksAnyway(consumer.handler) || (called !== undefined && acksAnyway(called));
  switch (consumer.broker) {
    case 'SQS':
      return `${what}: a Lambda function that returns has processed its batch, so SQS deletes the message; throw, or return the message in \`batchItemFailures\`.`;
    case 'sqs-consumer':
      return `${what}: a message whose handler returns is deleted from the queue, so it is lost; throw after logging, and it comes again until it goes to the dead-letter queue.`;
    case 'Service Bus':
      return `${what}: a function that returns has processed its message, so Service Bus completes it, and it is lost; throw after logging, and it comes again until it goes to the dead-letter queue.`;
    case 'Queue Storage':
      return `${what}: a function that returns has processed its message, so it is deleted from the queue; throw after logging, and it comes again until it goes to the queue's \`-poison\` queue.`;
    case 'SNS':
    case 'EventBridge':
    case 'S3':
      return `${what}: a Lambda function that returns has handled its event, so ${consumer.broker}'s is not sent again and reaches no dead-letter queue; throw after logging.`;
    case 'DynamoDB Streams':
    case 'Kinesis':
      return `${what}: a Lambda function that returns has processed its batch, so the stream goes on behind the record; throw, or return its sequence number in \`batchItemFailures\`.`;
    case 'Kafka':
      if (commitsItself(consumer))
        return `${what}: the next message that is committed covers this one too, so it is lost; throw to have it tried again, or send it to a dead-letter topic.`;
      return `${what}: the offset is committed when the handler returns, so the message is lost; throw to have it tried again, or send it to a dead-letter topic.`;
    case 'BullMQ':
    case 'Bull':
    case 'pg-boss':
      return `${what}: a job whose processor returns is completed and not tried again; throw after logging.`;
    case 'Pub/Sub':
      // What is not acknowledged comes again.
      return isSettled()
        ? `${what}, and the message is acknowledged all the same, so it is lost; refuse it (\`nack()\`), so that it comes again and goes to the dead-letter topic in the end.`
        : undefined;
    case 'RabbitMQ':
      // Without acknowledgements the message is gone before the handler begins.
      if (acknowledges(consumer) !== true) return undefined;
      return isSettled()
        ? `${what}, and the message is acknowledged all the same, so it is lost; reject it (\`nack(message, false, false)\`) so that it goes to the dead-letter exchange.`
        : 'This leaves the message neither acknowledged nor rejected, so it blocks the consumer until the channel closes; reject it (`nack(message, false, false)`).';
  }
}

function commitsItself({ call }: Consumer): boolean {
  const autoCommit = optionValue(call?.arguments?.[0], 'autoCommit');
  return autoCommit !== undefined && valueOf(autoCommit).kind === ts.SyntaxKind.FalseKeyword;
}

/** Is the message acknowledged in the `catch`, in a `finally` or behind the `try`? */
function acksAnyway(handler: FunctionNode): boolean {
  return [...channelCalls(handler, /^(?:ack|ackAll)$/)].some((ack) => {
    for (let node: ts.Node = ack; node !== handler; node = node.parent) {
      if (ts.isTryStatement(node.parent) && node.parent.tryBlock === node && node.parent.catchClause) return false;
    }
    return true;
  });
}

/** `await Promise.allSettled(…)` ends the work for the messages of a Lambda function, and nothing but the log learns what failed. */
function* unseen(file: CodeFile, consumer: Consumer): Iterable<CodeProblem<undefined>> {
  if (consumer.call || isOfJobs(consumer) || /batchItemFailures/.test(file.text)) return;
  const settled = [consumer.handler, lastCalled(file, consumer.handler)].map((node) => node && lastSettled(node)).find(Boolean);
  const parts = settled?.arguments[0] && partsOf(settled.arguments[0], settled);
  if (!settled || !parts || parts.length === 0 || parts.some((part) => catches(file, part))) return;
  yield {
    at: settled.expression,
    evidence: consumer.handler,
    severity: gravest.has(consumer.broker) ? undefined : 'warn',
    message:
      messageOf(consumer, `\`${settled.expression.getText()}\` never rejects, and nobody acts on what it says of failures`) ?? '',
  };
}

/** The call that ends a function's work, where its answer is thrown away or only logged. */
function lastSettled({ body }: FunctionNode): ts.CallExpression | undefined {
  const last = lastWork(body);
  const value = last && awaited(last);
  return value?.expression.getText() === 'Promise.allSettled' ? value : undefined;
}

/** A function of this file that the last statement of the handler waits for. */
function lastCalled(file: CodeFile, { body }: FunctionNode): FunctionNode | undefined {
  const last = lastWork(body);
  const value = last && ts.isExpressionStatement(last) ? awaited(last) : undefined;
  const found = value && functionBehind(file, value.expression);
  return found?.file === file ? found.node : undefined;
}

function lastWork(body: ts.Node | undefined): ts.Statement | undefined {
  return body && ts.isBlock(body) ? body.statements.findLast((each) => !isNothing(each) && !isTold(each)) : undefined;
}

/** `await f(…);`, `const x = await f(…);` */
function awaited(statement: ts.Statement): ts.CallExpression | undefined {
  const value = ts.isExpressionStatement(statement)
    ? statement.expression
    : ts.isVariableStatement(statement) && statement.declarationList.declarations.length === 1
      ? statement.declarationList.declarations[0]?.initializer
      : undefined;
  if (!value || !ts.isAwaitExpression(value)) return undefined;
  const call = unwrap(value.expression);
  return ts.isCallExpression(call) ? call : undefined;
}

/** What is waited for: the callback of `map`, the elements of a list, what is pushed to it in the same function. */
function partsOf(list: Expression, call: ts.Node): ts.Node[] {
  const value = valueOf(list);
  if (ts.isArrayLiteralExpression(value) && value.elements.length > 0) return [...value.elements];
  if (ts.isCallExpression(value) && ts.isPropertyAccessExpression(value.expression) && value.expression.name.text === 'map')
    return value.arguments.slice(0, 1);
  if (!ts.isIdentifier(list)) return [];
  return [...descendants(enclosingFunction(call))].flatMap((node) =>
    ts.isCallExpression(node) && node.expression.getText() === `${list.text}.push` ? [...node.arguments] : [],
  );
}

/** Looks after its own failures, here or in a function of the project that it calls. */
function catches(file: CodeFile, part: ts.Node): boolean {
  if (/\bcatch\b/.test(part.getText())) return true;
  const named = ts.isIdentifier(part) ? functionBehind(file, part) : undefined;
  if (named && /\bcatch\b/.test(named.node.getText())) return true;
  return [part, ...descendants(part)].some((node) => {
    const called = ts.isCallExpression(node) ? (calleeOf(file, node) ?? methodOf(file, node)) : undefined;
    return called !== undefined && /\bcatch\b/.test(called.node.getText());
  });
}

/** Where a failure of all the work ends: what is done about it, or the `catch` that does nothing. */
function swallowing(file: CodeFile, consumer: Consumer): ts.Node | Span | undefined {
  const { handler } = consumer;
  if (isAcknowledged(consumer) && [...channelCalls(handler, /^(?:nack|nackAll|reject)$/)].length > 0) return undefined;
  const attempt = wholeTry(handler) ?? wholeTry(calledForEach(file, handler));
  const clause = attempt?.catchClause;
  if (!clause) return caughtAway(handler.body);
  if (!clause.block.statements.every((statement) => isNothing(statement)) || asksAfterwards(attempt)) return undefined;
  if (isHandedOut(attempt.tryBlock)) return undefined;
  return placeOf(clause);
}

/** `return send(mail);` of a `try` that waits for nothing: the promise leaves, and with it whatever fails in it. */
function isHandedOut(block: ts.Block): boolean {
  const last = block.statements.at(-1);
  const answer = last && ts.isReturnStatement(last) ? last.expression : undefined;
  return answer !== undefined && ts.isCallExpression(answer) && !contains(block, ts.isAwaitExpression);
}

/** `await work(message).catch((error) => log(error))`, also inside a `then`: what is done about the failure of all the work. */
function caughtAway(body: ts.Node | undefined): ts.Node | undefined {
  if (!body) return undefined;
  const work = ts.isBlock(body) ? onlyWork(body) : body;
  if (work && ts.isIfStatement(work)) return work.elseStatement ? undefined : caughtAway(work.thenStatement);
  const value = work && ts.isStatement(work) ? awaited(work) : work && ts.isExpression(work) ? unwrap(work) : undefined;
  const callee = value && ts.isCallExpression(value) ? value.expression : undefined;
  if (!value || !ts.isCallExpression(value) || !callee || !ts.isPropertyAccessExpression(callee)) return undefined;
  const callback = value.arguments.find((each) => ts.isArrowFunction(each) || ts.isFunctionExpression(each));
  if (!callback || value.arguments.length !== 1) return undefined;
  if (callee.name.text === 'then') return caughtAway(callback.body);
  if (callee.name.text !== 'catch') return undefined;
  if (!ts.isBlock(callback.body)) return isLog(callback.body) ? callback.body : undefined;
  return callback.body.statements.every((statement) => isNothing(statement)) ? callback.body.statements[0] : undefined;
}

/** The `try` that holds the work of a function: down through loops over messages, their callbacks and guards. */
function wholeTry(work: FunctionNode | ts.Statement | undefined): ts.TryStatement | undefined {
  if (!work) return undefined;
  if (ts.isTryStatement(work)) return work.catchClause ? work : wholeTry(work.tryBlock);
  if (ts.isForOfStatement(work) || ts.isForStatement(work)) return wholeTry(work.statement);
  if (ts.isIfStatement(work)) return work.elseStatement ? undefined : wholeTry(work.thenStatement);
  if (ts.isBlock(work)) return wholeTry(onlyWork(work));
  if (ts.isFunctionLike(work)) return work.body && ts.isBlock(work.body) ? wholeTry(work.body) : undefined;
  return wholeTry(eachCallback(work));
}

/** The one statement of a block that does the work: what comes before awaits nothing, what comes after only logs or acknowledges. */
function onlyWork(block: ts.Block): ts.Statement | undefined {
  const { statements } = block;
  const at = statements.findLastIndex((statement) => !isNothing(statement));
  const work = statements[at];
  const before = statements.slice(0, at);
  if (before.some((statement) => !isTried(statement) && isWork(statement))) return undefined;
  return work;
}

function isWork(statement: ts.Statement): boolean {
  return contains(statement, ts.isAwaitExpression) || contains(statement, ts.isForOfStatement);
}

/** A step whose failure is of no account: `try { await createGroup(); } catch {}`. */
function isTried(statement: ts.Statement): boolean {
  return ts.isTryStatement(statement) && statement.catchClause?.block.statements.length === 0;
}

/** `records.map(async (record) => { … })`, also inside `await Promise.all(…)`. */
function eachCallback(statement: ts.Statement): FunctionNode | undefined {
  for (const node of descendants(statement, (each) => !ts.isFunctionLike(each))) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue;
    const [callback] = node.arguments;
    const isEach = /^(?:map|forEach)$/.test(node.expression.name.text);
    if (isEach && callback && (ts.isArrowFunction(callback) || ts.isFunctionExpression(callback))) return callback;
  }
  return undefined;
}

/** A function of this file that the handler calls for each message, and whose answer it does not look at. */
function calledForEach(file: CodeFile, handler: FunctionNode): FunctionNode | undefined {
  const calls = [...descendants(handler)].filter(
    (node): node is ts.CallExpression =>
      ts.isCallExpression(node) && (ts.isIdentifier(node.expression) || isOwnMethod(node.expression)) && isStatement(node),
  );
  const [call] = calls;
  const isMethod = call !== undefined && isOwnMethod(call.expression);
  if (calls.length !== 1 || !call || !isAllTheWork(call, handler, isMethod)) return undefined;
  const found = isMethod ? methodOf(file, call) : functionBehind(file, call.expression);
  return found && found.file === file && found.node !== handler ? found.node : undefined;
}

/** What is beside the work is none of it: nothing else is waited for, and a method is given the message. */
function isAllTheWork(call: ts.CallExpression, { body, parameters }: FunctionNode, isMethod: boolean): boolean {
  const waits = body ? descendants(body).filter(ts.isAwaitExpression) : [];
  if (!waits.every((each) => each === call.parent || isLog(each.expression))) return false;
  const given = new Set(
    parameters.flatMap(({ name }) => [name, ...descendants(name)].filter(ts.isIdentifier).map(({ text }) => text)),
  );
  return !isMethod || call.arguments.some((argument) => mentions(argument, given));
}

/** `this.handle`, and nothing behind a field: `this.logger.log` is somebody else's. */
function isOwnMethod(callee: Expression): boolean {
  return ts.isPropertyAccessExpression(callee) && callee.expression.kind === ts.SyntaxKind.ThisKeyword;
}

function isStatement(call: ts.CallExpression): boolean {
  return ts.isExpressionStatement(ts.isAwaitExpression(call.parent) ? call.parent.parent : call.parent);
}

function contains(node: ts.Node, is: (node: ts.Node) => boolean): boolean {
  return is(node) || [...descendants(node, (each) => !ts.isFunctionLike(each))].some(is);
}

/** A flag or list that the `try` or its `catch` sets, and the code behind it reads, tells of the failure after all; what only tidies up does not. */
function asksAfterwards({ finallyBlock, tryBlock, catchClause }: ts.TryStatement): boolean {
  if (!finallyBlock) return false;
  const set = new Set<string>();
  for (const part of [tryBlock, catchClause?.block])
    for (const node of part ? descendants(part) : []) {
      if (isAssignment(node))
        for (const each of [node.left, ...descendants(node.left)]) if (ts.isIdentifier(each)) set.add(each.text);
      const list = ts.isCallExpression(node) && calleeName(node) === 'push' ? unwrap(node.expression) : undefined;
      if (list && ts.isPropertyAccessExpression(list) && ts.isIdentifier(list.expression)) set.add(list.expression.text);
    }
  const work = finallyBlock.statements.filter((statement) => !isNothing(statement));
  return work.some((statement) => contains(statement, leavesOrThrows) || mentions(statement, set));
}

const leavesOrThrows = (node: ts.Node) => ts.isThrowStatement(node) || ts.isReturnStatement(node);
