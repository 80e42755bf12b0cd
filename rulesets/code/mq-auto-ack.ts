import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, enclosingFunction, type Expression, ts, unwrap } from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { isMemberName, optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import { addBelow } from './edits.ts';
import page from './mq-auto-ack.md';
import {
  acknowledges,
  channelCalls,
  consumers,
  type Consumer,
  isChannelCall,
  isForReplies,
  isLog,
  isOnlyLook,
  isOwnQueue,
  messageName,
} from './messaging.ts';
import { handlesEvents, listeningOnRabbit } from './nest-messages.ts';

/** What the mend needs. */
interface AutoAck {
  readonly noAck: ts.ObjectLiteralElementLike;
  readonly call: ts.CallExpression;
  readonly consumer: Consumer | undefined;
}

/**
 * Evidence: `consume` of an amqplib channel whose options say `noAck: true`, on a queue that is not for replies, nor the
 * process's own and only looked at; one that expects acknowledgements, whose handler gives none and hands the message to nobody; or
 * Nest on RabbitMQ without `noAck: false`, where a controller of its module handles events.
 */
export default defineCodeRule<AutoAck | undefined>({
  page,
  severity: 'warn',
  *check(file) {
    yield* unacknowledged(file);
    yield* listening(file);
    if (!file.text.includes('noAck')) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const options = call.arguments[2] && valueOf(call.arguments[2]);
      if (!options || !ts.isObjectLiteralExpression(options) || !isConsume(call) || !isChannelCall(file, call)) continue;
      const value = optionValue(options, 'noAck');
      if (!value || valueOf(value).kind !== ts.SyntaxKind.TrueKeyword) continue;
      const noAck = options.properties.find((property) => property.name?.getText() === 'noAck');
      const [queue] = call.arguments;
      const own = queue !== undefined && isOwnQueue(file, queue);
      if (!noAck || !queue || isForReplies(queue) || (own && isShown(call))) continue;
      yield {
        at: noAck,
        evidence: enclosingFunction(call),
        severity: own ? 'hint' : undefined,
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
    return {
      title: 'Acknowledge at the end of the handler',
      safety: 'suggestion',
      edits: [addBelow(file, end, ack), { start: data.noAck.getStart(), end: data.noAck.getEnd(), newText: 'noAck: false' }],
    };
  },
});

/** Nest asks for no acknowledgements where it is not told to; who sends a request learns of its loss, who sends an event does not. */
function* listening(file: CodeFile): Iterable<CodeProblem<undefined>> {
  for (const { transport, options, module } of listeningOnRabbit(file)) {
    const noAck = optionValue(options, 'noAck');
    const isAutomatic = noAck ? valueOf(noAck).kind === ts.SyntaxKind.TrueKeyword : optionState(options, ['noAck']) === 'absent';
    if (!isAutomatic || !handlesEvents(file, module)) continue;
    yield {
      at: noAck?.parent ?? transport,
      message: `${noAck ? '`noAck: true`' : `\`${transport.getText()}\` without \`noAck: false\``} makes the broker forget each event as it is sent, so what its handler has not finished when it fails or the process ends is lost; set \`noAck: false\` and acknowledge in the handlers (\`context.getChannelRef().ack(context.getMessage())\`).`,
    };
  }
}

/** A handler that reads the message and neither acknowledges it nor gives it to anybody who could. */
function* unacknowledged(file: CodeFile): Iterable<CodeProblem<undefined>> {
  for (const consumer of consumers(file)) {
    const { broker, call, handler } = consumer;
    const message = broker === 'RabbitMQ' ? messageName(consumer) : undefined;
    if (!message || !call || acknowledges(consumer) !== true || /\backAll\b/.test(file.text)) continue;
    const uses = descendants(handler).filter(
      (node) => ts.isIdentifier(node) && node.text === message.text && node !== message && !isMemberName(node),
    );
    const isSettled = [...channelCalls(handler, /^(?:n?ack|reject)$/)].length > 0;
    if (isSettled || uses.length === 0 || !uses.every((use) => isRead(use))) continue;
    yield {
      at: call.expression as Expression,
      evidence: handler,
      message: `\`${call.expression.getText()}\` is to have its messages acknowledged, and its handler acknowledges none: each stays with this consumer until the channel closes, and then all of them come again; \`ack\` each when its work is done.`,
    };
  }
}

/** A member is read, its presence is asked for, or it is written into a log. */
function isRead({ parent }: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(parent) || ts.isNonNullExpression(parent)) return true;
  if (ts.isPrefixUnaryExpression(parent) || ts.isIfStatement(parent)) return true;
  return ts.isBinaryExpression(parent)
    ? !/=$/.test(parent.operatorToken.getText()) || /^[!=]==?$/.test(parent.operatorToken.getText())
    : isLog(parent);
}

/** A handler that writes what comes into a log and does nothing else with it: there is no work to be lost. */
function isShown({ arguments: [, handler] }: ts.CallExpression): boolean {
  if (!handler || !(ts.isArrowFunction(handler) || ts.isFunctionExpression(handler))) return false;
  return isOnlyLook(handler.body);
}

function isConsume({ expression }: ts.CallExpression): boolean {
  return ts.isPropertyAccessExpression(expression) && expression.name.text === 'consume';
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
