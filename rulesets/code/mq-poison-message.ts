import { defineCodeRule } from '../../server/core/rule.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  type FunctionNode,
  isAssignment,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { calleeName, isWithin } from '../../server/core/typescript/syntax.ts';
import {
  acknowledges,
  channelCalls,
  type Consumer,
  consumers,
  isForReplies,
  isOwnQueue,
  returningHandlers,
} from './messaging.ts';
import page from './mq-poison-message.md';

/**
 * Evidence: a `catch` of an amqplib consumer that puts the message back (`nack`, `reject`) whatever happened and however often, or as long as a
 * header or a member of the message says so that nobody writes, also behind a function of the project that hands on a way to do so;
 * or `JSON.parse` of the message in the handler of a consumer of amqplib, Google Pub/Sub or kafkajs, with nothing around it that catches.
 */
export default defineCodeRule<{ call: ts.CallExpression } | undefined>({
  page,
  severity: 'warn',
  *check(file) {
    for (const consumer of consumers(file)) {
      const { broker, handler } = consumer;
      const parse = poisonedParse(file, consumer);
      if (parse) {
        yield {
          at: parse.expression,
          evidence: handler,
          message: `\`${parse.getText()}\` throws at what is no JSON, and nothing here catches it: ${broker === 'Kafka' ? 'the consumer starts again at the same offset, and the partition stands still' : 'the process ends, the message comes back, and ends it again'}; catch it, and ${refused[broker] ?? ''}.`,
        };
      }
      for (const call of broker === 'RabbitMQ' ? channelCalls(handler, /^(?:nack|reject)$/) : []) {
        const header = headerAskedFor(file, handler, call);
        if (header === undefined) continue;
        yield {
          at: call.expression,
          evidence: handler,
          message: `\`${call.expression.getText()}\` puts the message back with the \`${header}\` that it came with, and nothing here raises it: one that can never succeed goes round at full speed for ever; publish it anew with the header raised, or let a quorum queue count (\`x-delivery-limit\`).`,
        };
      }
      if (broker !== 'RabbitMQ' || countsAttempts(handler)) continue;
      for (const call of channelCalls(handler, /^(?:nack|reject)$/)) {
        if (!requeues(call) || !isAlways(call, handler)) continue;
        yield { at: call.expression, evidence: handler, message: always(call), data: { call } };
      }
    }
    if (!file.words.has(/^(?:nack|reject)\w*$/im)) return;
    for (const { handler, calls } of returningHandlers(file)) {
      const counts = countsAttempts(handler);
      for (const call of calls) {
        const member = counts ? memberAskedFor(handler, call) : undefined;
        if (member === undefined && (counts || !isAlways(call, handler))) continue;
        yield {
          at: call.expression,
          evidence: handler,
          message:
            member === undefined
              ? always(call)
              : `\`${call.getText()}\` puts the message back as it came, and nothing here raises \`${member}\` in it: one that can never succeed goes round at full speed for ever; publish it anew with the count raised, or let a quorum queue count (\`x-delivery-limit\`).`,
        };
      }
    }
  },
  fix({ data }) {
    const [message] = data?.call.arguments ?? [];
    if (!data || !message) return undefined;
    const { call } = data;
    const rest = calleeName(call) === 'nack' ? 'false, false' : 'false';
    return {
      title: 'Reject it without requeueing',
      safety: 'suggestion',
      edits: [{ start: message.getEnd(), end: call.getEnd(), newText: `, ${rest})` }],
    };
  },
});

/** What is to be done with a message that cannot be read. */
const refused: Partial<Record<Consumer['broker'], string>> = {
  Kafka: 'send such a message to a dead-letter topic',
  RabbitMQ: 'reject such a message without requeueing',
  'Pub/Sub':
    'acknowledge such a message once it is kept somewhere, or refuse it (`nack()`) where the subscription has a dead-letter topic',
};

function always(call: ts.CallExpression): string {
  return `\`${call.getText()}\` puts the message back each time it fails, so one that can never succeed goes round at full speed for ever; reject it without requeueing, so that it goes to the dead-letter exchange.`;
}

/** The member of the message whose number decides whether it is put back: `order.meta.retries < 3`, which stays what it is. */
function memberAskedFor(handler: FunctionNode, call: ts.CallExpression): string | undefined {
  const message = handler.parameters[0]?.name.getText();
  const around = [...ancestorsInFunction(call)].find((node) => ts.isIfStatement(node) && isWithin(call, node.thenStatement));
  if (!around || message === undefined || /\b(?:publish|send)\w*\(/.test(handler.getText())) return undefined;
  for (const part of descendants((around as ts.IfStatement).expression)) {
    const value = ts.isIdentifier(part) ? valueOf(part) : part;
    for (const node of [value, ...descendants(value)]) {
      if (!ts.isPropertyAccessExpression(node) || !/retr|attempt|tries/i.test(node.name.text)) continue;
      const isOfMessage = new RegExp(`^${message}[.?]`).test(node.getText());
      const isWritten = descendants(handler).some((each) => isAssignment(each) && each.left.getText().endsWith(node.name.text));
      if (isOfMessage && !isWritten) return node.name.text;
    }
  }
  return undefined;
}

/** `JSON.parse` of a message that comes back when it throws. */
export function poisonedParse(file: CodeFile, consumer: Consumer): ts.CallExpression | undefined {
  const parse = comesBack(file, consumer) ? unguardedParse(consumer) : undefined;
  // What is acknowledged before does not come back; `mq-ack-before-processing` may have something to say.
  const isSettled = parse && [...channelCalls(consumer.handler, /^ack$/)].some((ack) => ack.end < parse.pos);
  return isSettled ? undefined : parse;
}

/** Is a message delivered again after its handler failed: one that is acknowledged, of a queue that outlives the process? */
function comesBack(file: CodeFile, consumer: Consumer): boolean {
  const { broker, call, handler } = consumer;
  const [queue] = call?.arguments ?? [];
  if (broker === 'Pub/Sub') return [...channelCalls(handler, /^ack$/)].length > 0;
  if (broker !== 'RabbitMQ') return broker === 'Kafka';
  return acknowledges(consumer) === true && queue !== undefined && !isForReplies(queue) && !isOwnQueue(file, queue);
}

/** The message parsed in the handler itself, where a failure leaves it. */
function unguardedParse({ handler, broker }: Consumer): ts.CallExpression | undefined {
  if (!handler.body) return undefined;
  return descendants(handler.body, (node) => !ts.isFunctionLike(node)).find(
    (node): node is ts.CallExpression =>
      ts.isCallExpression(node) &&
      node.expression.getText() === 'JSON.parse' &&
      node.arguments[0] !== undefined &&
      (broker === 'Pub/Sub' ? /\.data\b/ : /\.(?:content|value)\b/).test(valueOf(node.arguments[0]).getText()) &&
      ![...ancestorsInFunction(node)].some(
        (outer) => ts.isTryStatement(outer) && outer.catchClause !== undefined && isWithin(node, outer.tryBlock),
      ),
  );
}

/** `nack(message, allUpTo, requeue)` and `reject(message, requeue)`; both put back unless told otherwise. */
function requeues(call: ts.CallExpression): boolean {
  const requeue = call.arguments[calleeName(call) === 'nack' ? 2 : 1];
  return call.arguments.length > 0 && (!requeue || unwrap(requeue).kind === ts.SyntaxKind.TrueKeyword);
}

/** In a `catch` (or the callback of a promise's `catch`), under no condition but that there is a channel and a message. */
function isAlways(call: ts.CallExpression, handler: ts.Node): boolean {
  for (let node: ts.Node = call; node !== handler; node = node.parent) {
    const { parent } = node;
    if (ts.isCatchClause(parent)) return true;
    if (ts.isIfStatement(parent) && parent.thenStatement === node && asksForWhatItUses(parent.expression, call)) continue;
    if (ts.isBinaryExpression(parent) && parent.right === node && asksForWhatItUses(parent.left, call)) continue;
    if (
      ts.isIfStatement(parent) ||
      ts.isConditionalExpression(parent) ||
      ts.isBinaryExpression(parent) ||
      ts.isCaseClause(parent)
    )
      return false;
    const isCallback = ts.isCallExpression(parent) && parent.expression !== node && ts.isFunctionLike(node);
    if (isCallback) return ts.isPropertyAccessExpression(parent.expression) && parent.expression.name.text === 'catch';
    if (ts.isBlock(node) && leavesBefore(node, call)) return false;
  }
  return false;
}

/** `this.channel`, `message && channel !== null`: is all that a condition asks whether the call's channel and message are there? */
function asksForWhatItUses(condition: ts.Expression, call: ts.CallExpression): boolean {
  const channel = ts.isPropertyAccessExpression(call.expression) ? [call.expression.expression] : [];
  const used = [...channel, ...call.arguments].map((node) => unwrap(node).getText());
  return condition
    .getText()
    .split('&&')
    .every((part) => used.includes(part.replace(/^\s*!!|\s*!==?\s*(?:null|undefined)\s*$/g, '').trim()));
}

/** `if (…) { …; return; }` in the same block before; not because there is no channel. */
function leavesBefore(block: ts.Block, call: ts.CallExpression): boolean {
  return block.statements.some(
    (statement) =>
      statement.end <= call.pos &&
      ts.isIfStatement(statement) &&
      /\b(?:return|throw)\b/.test(statement.getText()) &&
      !(ts.isPrefixUnaryExpression(statement.expression) && asksForWhatItUses(statement.expression.operand, call)),
  );
}

/** Headers that the broker itself writes. */
const counted = /^x-(?:death|delivery-count|first-death-\w+|acquired-count)$/;

/** The header whose number decides whether a message is put back, where the file names it this once: a message that comes back is as it was. */
function headerAskedFor(file: CodeFile, handler: ts.Node, call: ts.CallExpression): string | undefined {
  const requeue = call.arguments[calleeName(call) === 'nack' ? 2 : 1];
  const isGiven = requeue !== undefined && !/^(?:true|false)$/.test(requeue.getText());
  const around = [...ancestorsInFunction(call)].find((node) => ts.isIfStatement(node) && isWithin(call, node.thenStatement));
  const test = isGiven ? valueOf(requeue) : requeues(call) && around ? (around as ts.IfStatement).expression : undefined;
  if (!test || [...channelCalls(handler, /^(?:publish|sendToQueue)$/)].length > 0) return undefined;
  for (const part of [test, ...descendants(test)]) {
    const value = ts.isIdentifier(part) ? valueOf(part) : part;
    for (const node of [value, ...descendants(value)]) {
      const name =
        ts.isElementAccessExpression(node) && /\bheaders\??$/.test(node.expression.getText())
          ? node.argumentExpression
          : undefined;
      const header = name && ts.isStringLiteralLike(name) ? name.text : undefined;
      if (header !== undefined && !counted.test(header) && file.text.split(header).length === 2) return header;
    }
  }
  return undefined;
}

/** The handler looks at how often the message came. */
function countsAttempts(handler: ts.Node): boolean {
  return /redelivered|x-death|x-delivery-count|retr(?:y|ies)|attempt/i.test(handler.getText());
}
