import { defineCodeRule } from '../../server/core/rule.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  ts,
} from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { calleeName, mentions } from '../../server/core/typescript/syntax.ts';
import { awaitedBy, declaredBy, linesOf } from './edits.ts';
import {
  acknowledges,
  channelCalls,
  consumers,
  deletesMessage,
  isAcknowledged,
  isLog,
  messageName,
  ownersOfHandle,
} from './messaging.ts';
import page from './mq-ack-before-processing.md';
import { listeners } from './nest-messages.ts';

/**
 * Evidence: a consumer of amqplib or Google Pub/Sub, what takes messages of NATS, or a method that Nest calls with messages, that acknowledges in a statement
 * of its own, and awaits or starts its work in a later one of that block; or a message of SQS that is deleted, by a call of the AWS SDK
 * or a function of the project that does nothing else, before anything is
 * awaited for it, where a later statement of the block awaits work that the message is given to.
 */
export default defineCodeRule<ts.CallExpression>({
  page,
  severity: 'warn',
  *check(file) {
    for (const consumer of consumers(file)) {
      const message = messageName(consumer);
      if (!isAcknowledged(consumer) || !message || acknowledges(consumer) !== true) continue;
      for (const ack of channelCalls(consumer.handler, /^ack$/)) {
        if (!isEarly(ack, consumer.handler)) continue;
        yield {
          at: ack.expression,
          evidence: consumer.handler,
          message: early(ack),
          data: ack,
        };
      }
    }
    for (const handler of listeners(file)) {
      for (const ack of channelCalls(handler, /^ack$/)) {
        if (!isOfContext(ack) || !isEarly(ack, handler)) continue;
        yield { at: ack.expression, evidence: handler, message: early(ack), data: ack };
      }
    }
    for (const ack of natsAcks(file)) {
      const unit = unitOf(ack);
      if (isEarly(ack, unit)) yield { at: ack.expression, evidence: unit, message: early(ack), data: ack };
    }
    if (!file.words.has(/\bReceiptHandle\b/)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      if (!deletesMessage(file, call) || !isDeletedEarly(call)) continue;
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `\`${call.expression.getText()}\` deletes the message before the work: when that fails or the process ends, the message is gone; delete it when the work is done.`,
      };
    }
  },
  fix({ data }, file) {
    const statement = data && ackStatement(data);
    const later = statement && data && work(data);
    const last = later?.at(-1);
    const from = statement && linesOf(file, statement);
    const to = last && linesOf(file, last);
    if (!later || !from || !to || later.some(endsElsewhere)) return undefined;
    return {
      title: 'Acknowledge after the work',
      safety: 'suggestion',
      edits: [
        { ...from, newText: '' },
        { start: to.end, end: to.end, newText: file.text.slice(from.start, from.end) },
      ],
    };
  },
});

function early(ack: ts.CallExpression): string {
  return `\`${ack.getText()}\` comes before the work: when that fails or the process ends, the message is gone; acknowledge after it.`;
}

/** A message of JetStream or NATS Streaming by its type, and what a subscription calls its listener or a consumer its callback with. */
const natsMessage =
  /^(?:node-nats-streaming:(?:Message\(\)|.*\.subscribe\(\)\.on=>0)|(?:nats|@nats-io\/\w+):(?:JsMsg\(\)|.*\.consume=>callback\.0))$/;
/** What messages of JetStream are taken from, one after the other. */
const natsMessages = /^(?:nats|@nats-io\/\w+):.*\.(?:consume|fetch|subscribe)\(\)$/;

/** `message.ack()` of NATS. */
function* natsAcks(file: CodeFile): Iterable<ts.CallExpression> {
  if (![...file.modules].some((name) => /^(?:node-nats-streaming|nats|@nats-io\/\w+)$/.test(name))) return;
  for (const ack of channelCalls(file.ast, /^ack$/)) {
    const message = ts.isPropertyAccessExpression(ack.expression) ? ack.expression.expression : undefined;
    const from = message && (origin(file, message) ?? origin(file, listOf(message) ?? message));
    if (from !== undefined && (natsMessage.test(from) || natsMessages.test(from))) yield ack;
  }
}

/** `messages` of `for await (const message of messages)`. */
function listOf(message: Expression): Expression | undefined {
  const declaration = ts.isIdentifier(message) ? declarationOf(message) : undefined;
  const loop = declaration?.parent.parent;
  return loop && ts.isForOfStatement(loop) && loop.awaitModifier ? loop.expression : undefined;
}

/** What is done once for each message: the body of a loop that waits for messages, or the function. */
function unitOf(ack: ts.Node): ts.Node {
  const loop = [...ancestorsInFunction(ack)].find((node) => ts.isForOfStatement(node) && node.awaitModifier !== undefined);
  return loop && ts.isForOfStatement(loop) ? loop.statement : enclosingFunction(ack);
}

/** `ack` of what Nest tells a handler of RabbitMQ: `const channel = context.getChannelRef()`. */
function isOfContext({ expression }: ts.CallExpression): boolean {
  const channel = ts.isPropertyAccessExpression(expression) ? valueOf(expression.expression) : undefined;
  return channel !== undefined && ts.isCallExpression(channel) && calleeName(channel) === 'getChannelRef';
}

/** Nothing was awaited for the message before, and what follows in the same block awaits work that is given it. */
function isDeletedEarly(call: ts.CallExpression): boolean {
  const promised =
    ts.isPropertyAccessExpression(call.parent) && ts.isCallExpression(call.parent.parent) ? call.parent.parent : call;
  const statement = awaitedBy(promised);
  const block = statement?.parent;
  if (!statement || !block || !ts.isBlock(block)) return false;
  const names = new Set(call.arguments.flatMap((given) => [given, ...descendants(given)].flatMap(ownersOfHandle)));
  // What is done once for each message: the body of a loop, or of a function.
  const loop = [...ancestorsInFunction(call)].find((node) => ts.isIterationStatement(node, false));
  const unit = loop && ts.isIterationStatement(loop, false) ? loop.statement : enclosingFunction(call);
  const isWait = (node: ts.Node) => ts.isAwaitExpression(node) && !isLog(node.expression);
  const before = descendants(unit, (node) => !ts.isFunctionLike(node)).filter((node) => node.end < statement.getStart());
  if (names.size === 0 || before.some((node) => isWait(node) && !/receive|poll/i.test(node.getText()))) return false;
  for (const earlier of before) {
    if (ts.isVariableStatement(earlier) && mentions(earlier, names)) for (const name of declaredBy(earlier)) names.add(name);
  }
  const later = block.statements.slice(block.statements.indexOf(statement) + 1);
  return later.some(
    (each) => mentions(each, names) && [each, ...descendants(each, (node) => !ts.isFunctionLike(node))].some(isWait),
  );
}

/** The statements behind the acknowledgement; undefined in a `try` whose `catch` would leave a failed message unsettled. */
function work(ack: ts.CallExpression): readonly ts.Statement[] | undefined {
  const block = ackStatement(ack).parent as ts.Block;
  const clause = ts.isTryStatement(block.parent) ? block.parent.catchClause : undefined;
  if (clause && !settles(clause) && !clause.block.statements.some(ts.isThrowStatement)) return undefined;
  return block.statements.slice(block.statements.indexOf(ackStatement(ack)) + 1);
}

/** Does a statement leave the block before its end, or settle the message itself? */
function endsElsewhere(statement: ts.Statement): boolean {
  const inner = [statement, ...descendants(statement, (node) => !ts.isFunctionLike(node))];
  return inner.some((node) => ts.isReturnStatement(node) || ts.isBreakOrContinueStatement(node)) || settles(statement);
}

function settles(within: ts.Node): boolean {
  return [...channelCalls(within, /^(?:n?ack|n?ackAll|reject)$/)].length > 0;
}

/** Nothing was awaited before, and what follows in the same block awaits something. */
function isEarly(ack: ts.CallExpression, handler: ts.Node): boolean {
  const statement = ackStatement(ack);
  const block = statement.parent;
  if (!ts.isExpressionStatement(statement) || !block || !ts.isBlock(block)) return false;
  if (ownFunction(ack) !== handler && unitOf(ack) !== handler) return false;
  const at = block.statements.indexOf(statement);
  // A branch that leaves is about something else: what cannot be parsed, what was seen before.
  const isMain =
    block === handler ||
    block.parent === handler ||
    ts.isTryStatement(block.parent) ||
    (ts.isIfStatement(block.parent) && (!block.parent.elseStatement || isThere(block.parent, handler)));
  if (!isMain || (ts.isTryStatement(block.parent) && block.parent.tryBlock !== block)) return false;
  if (awaits(handler, (node) => node.end < statement.getStart())) return false;
  return block.statements.slice(at + 1).some((later) => awaits(later, (node) => !isLog(node)));
}

/** `ack(message);`, `await ack(message);`. */
function ackStatement(ack: ts.CallExpression): ts.ExpressionStatement {
  return (ts.isAwaitExpression(ack.parent) ? ack.parent.parent : ack.parent) as ts.ExpressionStatement;
}

/** `if (message !== null) { … } else { … }`: the branch in which there is a message. */
function isThere({ expression, thenStatement, parent }: ts.IfStatement, handler: ts.Node): boolean {
  return (
    parent.parent === handler && /^\w+(?:\s*!==?\s*(?:null|undefined))?$/.test(expression.getText()) && ts.isBlock(thenStatement)
  );
}

function ownFunction(node: ts.Node): ts.Node {
  let outer = node.parent;
  while (outer && !ts.isFunctionLike(outer)) outer = outer.parent;
  return outer;
}

function awaits(within: ts.Node, where: (node: ts.Node) => boolean): boolean {
  return [within, ...descendants(within, (node) => !ts.isFunctionLike(node))].some(
    (node) => ts.isAwaitExpression(node) && where(node.expression),
  );
}
