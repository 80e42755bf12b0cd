import { defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  declarationOf,
  descendants,
  type Expression,
  enclosingFunction,
  indentAt,
  ts,
  unwrap,
  valueOf,
} from '../../server/core/typescript/code.ts';
import { optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import { newline } from './edits.ts';
import page from './mq-auto-ack.md';
import { acknowledges, consumers, type Consumer, isChannelCall, messageName, queueName } from './messaging.ts';

interface AutoAck {
  readonly noAck: ts.ObjectLiteralElementLike;
  readonly call: ts.CallExpression;
  readonly consumer: Consumer | undefined;
}

/** Evidence: `consume` of an amqplib channel whose options say `noAck: true`, on a queue that is not for direct replies. */
export default defineCodeRule<AutoAck>({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.text.includes('noAck')) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const options = call.arguments[2] && valueOf(call.arguments[2]);
      if (!options || !ts.isObjectLiteralExpression(options) || !isConsume(call) || !isChannelCall(file, call)) continue;
      const value = optionValue(options, 'noAck');
      if (!value || valueOf(value).kind !== ts.SyntaxKind.TrueKeyword) continue;
      const noAck = options.properties.find((property) => property.name?.getText() === 'noAck');
      const [queue] = call.arguments;
      if (!noAck || !queue || isForReplies(queue)) continue;
      yield {
        at: noAck,
        evidence: enclosingFunction(call),
        severity: isOwnQueue(file, queue) ? 'hint' : undefined,
        message:
          '`noAck: true` makes the broker forget each message as it is sent, so what the handler has not finished when it fails or the process ends is lost; acknowledge with `ack` when the work is done.',
        data: { noAck, call, consumer: consumers(file).find((consumer) => consumer.call === call) },
      };
    }
  },
  fix({ data }, file) {
    const end = data?.consumer && handlerEnd(data.consumer);
    const channel = data?.call.expression;
    if (!data?.consumer || !end || !channel || !ts.isPropertyAccessExpression(channel)) return undefined;
    const ack = `${channel.expression.getText()}.ack(${messageName(data.consumer)?.text});`;
    const indent = indentAt(file, end.getStart());
    return {
      title: 'Acknowledge at the end of the handler',
      safety: 'suggestion',
      edits: [
        { start: end.getEnd(), end: end.getEnd(), newText: `${newline(file)}${indent}${ack}` },
        { start: data.noAck.getStart(), end: data.noAck.getEnd(), newText: 'noAck: false' },
      ],
    };
  },
});

/** Whoever asked has no use for an answer that comes again; the broker's own queue for replies even demands it. */
function isForReplies(queue: Expression): boolean {
  return (
    queueName(queue) === 'amq.rabbitmq.reply-to' ||
    /repl(?:y|ies)|callback_?queue|rpc_?response/i.test(queueName(queue) ?? valueOf(queue).getText())
  );
}

function isConsume({ expression }: ts.CallExpression): boolean {
  return ts.isPropertyAccessExpression(expression) && expression.name.text === 'consume';
}

/** A queue of this process alone, which goes when it goes: exclusive, deleted with its consumer, or named by the broker. */
function isOwnQueue(file: CodeFile, queue: Expression): boolean {
  const name = valueOf(queue);
  const made = ts.isPropertyAccessExpression(name) && name.name.text === 'queue' ? answerOf(name.expression) : answerOf(name);
  if (made) return isOwn(made);
  return file
    .nodes(ts.SyntaxKind.CallExpression)
    .some((call) => call.arguments[0] && valueOf(call.arguments[0]).getText() === name.getText() && isOwn(call));
}

/** The call whose answer a value is, or is a part of: `const { queue } = await assertQueue(…)`, or the argument of its callback. */
function answerOf(value: Expression): ts.CallExpression | undefined {
  const node = valueOf(value);
  if (ts.isCallExpression(node)) return node;
  let owner = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  while (owner && (ts.isBindingElement(owner) || ts.isObjectBindingPattern(owner))) owner = owner.parent;
  if (!owner) return undefined;
  // In the callback API the queue is what the callback of `assertQueue` is called with.
  if (ts.isParameter(owner)) return ts.isCallExpression(owner.parent.parent) ? owner.parent.parent : undefined;
  const made = ts.isVariableDeclaration(owner) && owner.initializer ? unwrap(owner.initializer) : undefined;
  return made && ts.isCallExpression(made) ? made : undefined;
}

function isOwn(call: ts.CallExpression): boolean {
  if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'assertQueue') return false;
  const [name, options] = call.arguments;
  return !name || queueName(name) === '' || optionState(options, ['exclusive', 'autoDelete']) === 'set';
}

/** The last statement of the handler's work; undefined where its end is not the end of its text. */
function handlerEnd(consumer: Consumer): ts.Statement | undefined {
  const { handler } = consumer;
  const message = messageName(consumer);
  if (!message || acknowledges(consumer) !== false || !handler.body || !ts.isBlock(handler.body)) return undefined;
  const own = [...descendants(handler.body, (node) => !ts.isFunctionLike(node))];
  if (own.some((node) => ts.isReturnStatement(node) && !isGuard(node, message.text))) return undefined;
  const last = handler.body.statements.at(-1);
  const isWrapped = last && ts.isIfStatement(last) && !last.elseStatement && unwrap(last.expression).getText() === message.text;
  return isWrapped && ts.isBlock(last.thenStatement) ? last.thenStatement.statements.at(-1) : last;
}

/** `if (!message) return;` */
function isGuard(node: ts.ReturnStatement, message: string): boolean {
  const outer = ts.isBlock(node.parent) ? node.parent.parent : node.parent;
  return ts.isIfStatement(outer) && outer.expression.getText() === `!${message}`;
}
