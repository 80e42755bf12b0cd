import { defineCodeRule } from '../../server/core/rule.ts';
import { descendants, ts } from '../../server/core/typescript/code.ts';
import { acknowledges, channelCalls, consumers, isLog, messageName } from './messaging.ts';
import page from './mq-ack-before-processing.md';

/** Evidence: an amqplib consumer that acknowledges in a statement of its own, and awaits or starts its work in a later one of that block. */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    for (const consumer of consumers(file)) {
      const message = messageName(consumer);
      if (consumer.broker !== 'RabbitMQ' || !message || acknowledges(consumer) !== true) continue;
      for (const ack of channelCalls(consumer.handler, /^ack$/)) {
        if (!isEarly(ack, consumer.handler)) continue;
        yield {
          at: ack.expression,
          evidence: consumer.handler,
          message: `\`${ack.getText()}\` comes before the work: when that fails or the process ends, the message is gone; acknowledge after it.`,
        };
      }
    }
  },
});

/** Nothing was awaited before, and what follows in the same block awaits something. */
function isEarly(ack: ts.CallExpression, handler: ts.Node): boolean {
  const statement = ack.parent;
  const block = statement.parent;
  if (!ts.isExpressionStatement(statement) || !block || !ts.isBlock(block) || ownFunction(ack) !== handler) return false;
  const at = block.statements.indexOf(statement);
  // A branch that leaves is about something else: what cannot be parsed, what was seen before.
  const isMain =
    block.parent === handler ||
    ts.isTryStatement(block.parent) ||
    (ts.isIfStatement(block.parent) && !block.parent.elseStatement);
  if (!isMain || (ts.isTryStatement(block.parent) && block.parent.tryBlock !== block)) return false;
  if (awaits(handler, (node) => node.end <= ack.pos)) return false;
  return block.statements.slice(at + 1).some((later) => awaits(later, (node) => !isLog(node)));
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
