import { defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  type Expression,
  enclosingFunction,
  propertiesOf,
  ts,
  valueOf,
} from '../../server/core/typescript/code.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';
import { acknowledges, assertionOf, consumers, queueName } from './messaging.ts';
import page from './mq-dead-letter.md';

/**
 * Evidence: `consume` with acknowledgements on a lasting queue that the same file asserts, with options in sight that name
 * no dead-letter exchange, and no `nack` or `reject` in the file.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    for (const consumer of consumers(file)) {
      const { call, broker } = consumer;
      if (broker !== 'RabbitMQ' || !call || acknowledges(consumer) !== true) continue;
      const [queue] = call.arguments ?? [];
      const made = queue && lastingQueue(file, queue);
      if (!made || rejects(file)) continue;
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `Messages of ${queue.getText()} that cannot be processed have nowhere to go: nothing here rejects them, and the queue has no dead-letter exchange; \`nack(message, false, false)\` them and assert the queue with \`deadLetterExchange\`.`,
        related: [{ at: made.expression, message: 'The queue.' }],
      };
    }
  },
});

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
  return ['exclusive', 'autoDelete', 'deadLetterExchange', 'arguments'].some((key) => properties.has(key)) ? undefined : made;
}

function rejects(file: CodeFile): boolean {
  return /\.(?:nack|nackAll|reject)\(|dead-?letter/i.test(file.text);
}
