import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, enclosingFunction, type Expression, ts } from '../../server/core/typescript/code.ts';
import { propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { calleeName, optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import { addArgument, addProperty } from './edits.ts';
import { assertionOf, isChannelCall, isOwnQueue, queueName } from './messaging.ts';
import page from './mq-producer-durable.md';

interface Loss {
  readonly call: ts.CallExpression;
  readonly options: Expression | undefined;
  /** `acks` of a Kafka producer. */
  readonly acks?: Expression;
}

/**
 * Evidence: amqplib sends to a durable queue or exchange that the same file asserts, with options in sight that do not ask
 * for persistence; or a kafkajs producer sends with `acks: 0`. Silent for quorum queues, which keep every message, and for
 * replies and messages that expire.
 */
export default defineCodeRule<Loss>({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.words.has(/\b(?:sendToQueue|publish|acks)\b/)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const { expression } = call;
      if (!ts.isPropertyAccessExpression(expression)) continue;
      const name = expression.getText();
      const method = expression.name.text;
      if (/^send(?:Batch)?$/.test(method)) {
        const acks = optionValue(call.arguments[0], 'acks');
        if (!acks || valueOf(acks).getText() !== '0' || !producers.test(origin(file, expression) ?? '')) continue;
        yield {
          at: acks,
          evidence: enclosingFunction(call),
          message: `\`acks: 0\` makes \`${name}\` succeed before any broker has the message, so it is lost without an error when the leader is away; wait for the replicas (\`acks: -1\`, the default).`,
          data: { call, options: undefined, acks },
        };
        continue;
      }
      if (!/^(?:sendToQueue|publish)$/.test(method) || !isChannelCall(file, call)) continue;
      const [to] = call.arguments;
      const options = call.arguments[method === 'publish' ? 3 : 2];
      if (!to || call.arguments.some(ts.isSpreadElement) || optionState(options, settled) !== 'absent') continue;
      const made = assertionOf(file, method === 'publish' ? 'assertExchange' : 'assertQueue', to);
      if (!made || !isDurable(made) || /quorum/i.test(file.text)) continue;
      if (method === 'publish' && isForThisProcess(file, to)) continue;
      yield {
        at: expression,
        evidence: enclosingFunction(call),
        severity: method === 'publish' ? 'hint' : undefined,
        message: `What \`${name}\` sends is kept in memory only: ${to.getText()} survives a restart of the broker, its messages do not; send them with \`persistent: true\`.`,
        related: [{ at: made.expression, message: 'Asserted as durable.' }],
        data: { call, options },
      };
    }
  },
  fix({ data }, file) {
    return data && mend(data, file);
  },
});

const producers = /^kafkajs:(?:Kafka\(\)\.producer|Producer)\(\)\.send(?:Batch)?$/;
/** Options that say how long a message is to live, or that it answers one who waits. */
const settled = ['persistent', 'deliveryMode', 'expiration', 'replyTo', 'correlationId'];

/** The name, a type of exchange, and options in sight that do not make it pass away. */
function isDurable(made: ts.CallExpression): boolean {
  const options = made.arguments.at(-1);
  if (!options || made.arguments.length === 1 || constantLike(options)) return true;
  const properties = propertiesOf(options);
  if (!properties || ['exclusive', 'autoDelete', 'arguments'].some((key) => properties.has(key))) return false;
  const durable = optionValue(options, 'durable');
  return !durable || valueOf(durable).kind === ts.SyntaxKind.TrueKeyword;
}

/** The queues that the file binds to an exchange all go when the process goes: nobody is left whom a kept message would reach. */
function isForThisProcess(file: CodeFile, exchange: Expression): boolean {
  const called = (name: Expression) => queueName(name) ?? valueOf(name).getText();
  const queues = file.nodes(ts.SyntaxKind.CallExpression).flatMap((call) => {
    const [queue, source] = calleeName(call) === 'bindQueue' && isChannelCall(file, call) ? call.arguments : [];
    return queue && source && called(source) === called(exchange) ? [queue] : [];
  });
  return queues.length > 0 && queues.every((queue) => isOwnQueue(file, queue));
}

function constantLike(argument: Expression): boolean {
  return ts.isStringLiteralLike(valueOf(argument));
}

function mend({ call, options, acks }: Loss, file: CodeFile): CodeFix | undefined {
  if (acks) {
    const edits = [{ start: acks.getStart(), end: acks.getEnd(), newText: '-1' }];
    return { title: 'Wait for the replicas', safety: 'suggestion', edits };
  }
  const title = 'Make the message persistent';
  if (!options) return { title, safety: 'suggestion', edits: [addArgument(call, '{ persistent: true }')] };
  const literal = valueOf(options);
  return ts.isObjectLiteralExpression(literal) && literal.getSourceFile() === file.ast
    ? { title, safety: 'suggestion', edits: [addProperty(file, literal, 'persistent: true')] }
    : undefined;
}
