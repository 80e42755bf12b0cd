import { type CodeFix, defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  type Expression,
  enclosingFunction,
  indentAt,
  statementOf,
  ts,
} from '../../server/core/typescript/code.ts';
import { constantText, propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { calleeName, optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import { addArgument, addProperty, linesOf, newline } from './edits.ts';
import { acknowledges, assertionOf, channelCalls, consumers, isOn, queueName } from './messaging.ts';
import page from './mq-dead-letter.md';

/**
 * Evidence: `consume` with acknowledgements on a lasting queue that the same file asserts, with options in sight that name
 * no dead-letter exchange, and no `nack` or `reject` in the file, or only such as throw the message away.
 */
export default defineCodeRule<ts.CallExpression>({
  page,
  severity: 'hint',
  *check(file) {
    for (const consumer of consumers(file)) {
      const { call, broker } = consumer;
      if (broker !== 'RabbitMQ' || !call || acknowledges(consumer) !== true) continue;
      const [queue] = call.arguments ?? [];
      const made = queue && lastingQueue(file, queue);
      // Whoever waits for a reply has given up when a question lies somewhere else.
      const thrown = made && rejects(file);
      if (!made || thrown === undefined || /\.replyTo\b/.test(consumer.handler.getText())) continue;
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: thrown
          ? `Messages of ${queue.getText()} that \`${thrown.expression.getText()}\` refuses are thrown away: the queue has no dead-letter exchange; assert it with \`deadLetterExchange\`.`
          : `Messages of ${queue.getText()} that cannot be processed have nowhere to go: nothing here rejects them, and the queue has no dead-letter exchange; \`nack(message, false, false)\` them and assert the queue with \`deadLetterExchange\`.`,
        related: [{ at: made.expression, message: 'The queue.' }],
        data: made,
      };
    }
  },
  fix({ data }, file) {
    const edits = data && deadLettering(file, data);
    return edits && { title: 'Give the queue, if it is new, a dead-letter exchange', safety: 'suggestion', edits };
  },
});

/** A dead-letter exchange named after the queue, with a queue that keeps what comes to it. */
function deadLettering(file: CodeFile, made: ts.CallExpression): CodeFix['edits'] | undefined {
  const [queue, options] = made.arguments;
  const statement = statementOf(made);
  const lines = statement && linesOf(file, statement);
  // Without `await` the calls have another interface, or an order nobody waits for.
  if (!queue || !lines || !ts.isBlock(statement.parent) || !ts.isAwaitExpression(made.parent)) return undefined;
  if (made.arguments.length > 2 || (options && !ts.isObjectLiteralExpression(options))) return undefined;
  const dead = deadName(queue);
  if (!dead) return undefined;
  const channel = (made.expression as ts.PropertyAccessExpression).expression.getText();
  const nl = newline(file);
  const topology = [
    `await ${channel}.assertExchange(${dead}, 'fanout', { durable: true });`,
    `await ${channel}.assertQueue(${dead}, { durable: true });`,
    `await ${channel}.bindQueue(${dead}, ${dead}, '');`,
  ];
  const before = topology.map((line) => `${indentAt(file, statement.getStart())}${line}${nl}`).join('');
  const property = `deadLetterExchange: ${dead}`;
  return [
    { start: lines.start, end: lines.start, newText: before },
    options ? addProperty(file, options, property) : addArgument(made, `{ ${property} }`),
  ];
}

/** `'orders.dead'` for `'orders'`, and a template for the name of a constant. */
function deadName(queue: Expression): string | undefined {
  if (ts.isStringLiteral(queue) && queue.text) return `${queue.getText().slice(0, -1)}.dead${queue.getText().at(-1)}`;
  return ts.isIdentifier(queue) && queueName(queue) ? `\`\${${queue.text}}.dead\`` : undefined;
}

/** The `assertQueue` of a lasting, shared queue without a dead-letter exchange. */
function lastingQueue(file: CodeFile, queue: Expression): ts.CallExpression | undefined {
  if (/dead|dlq|dlx|error|fail|parking|retry|reply/i.test(queueName(queue) ?? valueOf(queue).getText())) return undefined;
  const made = assertionOf(file, 'assertQueue', queue);
  const options = made?.arguments[1];
  const properties = options ? propertiesOf(options) : new Map<string, ts.ObjectLiteralElementLike>();
  if (!properties) return undefined;
  const durable = optionValue(options, 'durable');
  // What does not outlive the broker is no place to keep messages.
  if (durable && valueOf(durable).kind !== ts.SyntaxKind.TrueKeyword) return undefined;
  const more = optionValue(options, 'arguments');
  if (more && optionState(more, ['x-dead-letter-exchange', 'x-expires', 'x-message-ttl']) !== 'absent') return undefined;
  // A stream keeps what is in it, read or not, and knows no dead letters.
  const type = optionValue(more, 'x-queue-type');
  if (type && constantText(type) === 'stream') return undefined;
  return ['exclusive', 'autoDelete', 'deadLetterExchange'].some((key) => isOn(options, key)) ? undefined : made;
}

/**
 * What the file does with messages that fail: `false` where it rejects none, the first rejection where each throws the message away
 * (`nack(message, false, false)`), `undefined` where some come back, or the file speaks of another place for them.
 */
function rejects(file: CodeFile): ts.CallExpression | false | undefined {
  if (/dead-?_?letter|\bdl[qx]\b|parking/i.test(file.text)) return undefined;
  const rejections = /\.(?:nack|nackAll|reject)\(/.test(file.text)
    ? [...channelCalls(file.ast, /^(?:nack|nackAll|reject)$/)]
    : [];
  const [first = false] = rejections;
  const isThrown = (call: ts.CallExpression) => {
    const requeue = call.arguments[calleeName(call) === 'nack' ? 2 : 1];
    return requeue !== undefined && valueOf(requeue).kind === ts.SyntaxKind.FalseKeyword;
  };
  return rejections.every(isThrown) ? first : undefined;
}
