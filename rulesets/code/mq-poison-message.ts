import { defineCodeRule } from '../../server/core/rule.ts';
import { ts, unwrap } from '../../server/core/typescript/code.ts';
import { channelCalls, consumers } from './messaging.ts';
import page from './mq-poison-message.md';

/** Evidence: a `catch` of an amqplib consumer that puts the message back (`nack`, `reject`) whatever happened and however often. */
export default defineCodeRule<{ call: ts.CallExpression }>({
  page,
  severity: 'warn',
  *check(file) {
    for (const { broker, handler } of consumers(file)) {
      if (broker !== 'RabbitMQ' || countsAttempts(handler)) continue;
      for (const call of channelCalls(handler, /^(?:nack|reject)$/)) {
        if (!requeues(call) || !isAlways(call, handler)) continue;
        yield {
          at: call.expression,
          evidence: handler,
          message: `\`${call.getText()}\` puts the message back each time it fails, so one that can never succeed goes round at full speed for ever; reject it without requeueing, so that it goes to the dead-letter exchange.`,
          data: { call },
        };
      }
    }
  },
  fix({ data }) {
    const [message] = data?.call.arguments ?? [];
    if (!data || !message) return undefined;
    const { call } = data;
    const rest = methodName(call) === 'nack' ? 'false, false' : 'false';
    return {
      title: 'Reject it without requeueing',
      safety: 'suggestion',
      edits: [{ start: message.getEnd(), end: call.getEnd(), newText: `, ${rest})` }],
    };
  },
});

function methodName(call: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : '';
}

/** `nack(message, allUpTo, requeue)` and `reject(message, requeue)`; both put back unless told otherwise. */
function requeues(call: ts.CallExpression): boolean {
  const requeue = call.arguments[methodName(call) === 'nack' ? 2 : 1];
  return call.arguments.length > 0 && (!requeue || unwrap(requeue).kind === ts.SyntaxKind.TrueKeyword);
}

/** In a `catch` (or the callback of a promise's `catch`), under no condition. */
function isAlways(call: ts.CallExpression, handler: ts.Node): boolean {
  for (let node: ts.Node = call; node !== handler; node = node.parent) {
    const { parent } = node;
    if (ts.isCatchClause(parent)) return true;
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

/** `if (…) { …; return; }` in the same block before. */
function leavesBefore(block: ts.Block, call: ts.Node): boolean {
  return block.statements.some(
    (statement) => statement.end <= call.pos && ts.isIfStatement(statement) && /\b(?:return|throw)\b/.test(statement.getText()),
  );
}

/** The handler looks at how often the message came. */
function countsAttempts(handler: ts.Node): boolean {
  return /redelivered|x-death|x-delivery-count|retr(?:y|ies)|attempt/i.test(handler.getText());
}
