import { defineCodeRule } from '../../server/core/rule.ts';
import { descendants, ts } from '../../server/core/typescript/code.ts';
import { linesOf } from './edits.ts';
import { acknowledges, channelCalls, consumers, isLog, messageName } from './messaging.ts';
import page from './mq-ack-before-processing.md';

/** Evidence: an amqplib consumer that acknowledges in a statement of its own, and awaits or starts its work in a later one of that block. */
export default defineCodeRule<ts.CallExpression>({
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
          data: ack,
        };
      }
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
  if (!ts.isExpressionStatement(statement) || !block || !ts.isBlock(block) || ownFunction(ack) !== handler) return false;
  const at = block.statements.indexOf(statement);
  // A branch that leaves is about something else: what cannot be parsed, what was seen before.
  const isMain =
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
