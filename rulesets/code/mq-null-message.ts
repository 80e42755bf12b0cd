import { defineCodeRule } from '../../server/core/rule.ts';
import { methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type FunctionNode, indentAt, ts, unwrap } from '../../server/core/typescript/code.ts';
import { constantText } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { isMemberName } from '../../server/core/typescript/syntax.ts';
import { newline } from './edits.ts';
import { type Consumer, consumers, messageName } from './messaging.ts';
import page from './mq-null-message.md';

/** Evidence: the callback of an amqplib `consume` that reads a member of the message and never asks whether there is one. */
export default defineCodeRule<{ consumer: Consumer }>({
  page,
  severity: 'warn',
  *check(file) {
    for (const consumer of consumers(file)) {
      const message = consumer.broker === 'RabbitMQ' ? messageName(consumer) : undefined;
      const read = message && firstRead(file, message, consumer.handler);
      if (!read || isPseudoQueue(consumer)) continue;
      yield {
        at: read,
        evidence: consumer.handler,
        message: `\`${read.text}\` is \`null\` when the broker cancels the consumer (its queue is deleted, its node goes down), and reading it throws where nobody catches; return when there is no message.`,
        data: { consumer },
      };
    }
  },
  fix({ data }, file) {
    const body = data?.consumer.handler.body;
    const message = data && messageName(data.consumer);
    const first = body && ts.isBlock(body) ? body.statements[0] : undefined;
    if (!message || !first) return undefined;
    const start = first.getStart();
    return {
      title: 'Return when there is no message',
      safety: 'safe',
      edits: [{ start, end: start, newText: `if (!${message.text}) return;${newline(file)}${indentAt(file, start)}` }],
    };
  },
});

/** The broker's queue for direct replies, which nobody can delete. */
function isPseudoQueue({ call }: Consumer): boolean {
  const [queue] = call?.arguments ?? [];
  return queue !== undefined && constantText(queue) === 'amq.rabbitmq.reply-to';
}

/** The first member that is read of the message, or that a method of the class reads; undefined where its absence is thought of, or it is only passed on. */
function firstRead(file: CodeFile, message: ts.Identifier, handler: FunctionNode): ts.Identifier | undefined {
  const parameter = handler.parameters[0];
  let read: ts.Identifier | undefined;
  for (const node of handler.body ? [handler.body, ...descendants(handler.body)] : []) {
    if (!ts.isIdentifier(node) || node.text !== message.text || declarationOf(node) !== parameter) continue;
    if (isMemberName(node)) continue;
    let value: ts.Node = node;
    while (ts.isExpression(value.parent) && unwrap(value.parent) === node) value = value.parent;
    const { parent } = value;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === value) {
      if (parent.questionDotToken) return undefined;
      read ??= node;
    } else if (ts.isCallExpression(parent) && isReadBy(file, parent, value)) read ??= node;
    else if (!ts.isCallExpression(parent) || /assert|invariant|is(?:Null|Nil|Defined)/i.test(parent.expression.getText()))
      return undefined;
  }
  return read;
}

/** Does a method of the class read what it is given, without asking whether it is there: `this.parse(message)`? */
function isReadBy(file: CodeFile, call: ts.CallExpression, given: ts.Node): boolean {
  const called = call.expression.getText().startsWith('this.') ? methodOf(file, call) : undefined;
  const name = called?.node.parameters[call.arguments.findIndex((each) => each === given)]?.name;
  return called !== undefined && name !== undefined && ts.isIdentifier(name) && isReadIn(called.node, name);
}

/** Members of the parameter are read, and it is used for nothing else. */
function isReadIn({ body }: FunctionNode, { text }: ts.Identifier): boolean {
  const uses = body ? descendants(body).filter((node) => ts.isIdentifier(node) && node.text === text && !isMemberName(node)) : [];
  return (
    uses.length > 0 && uses.every(({ parent }) => ts.isPropertyAccessExpression(parent) && parent.questionDotToken === undefined)
  );
}
