import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, enclosingFunction, type Expression, indentAt, ts, unwrap } from '../../server/core/typescript/code.ts';
import { propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import { databaseCalls } from './databases.ts';
import { newline } from './edits.ts';
import { isChannelCall, kafkaOrigin } from './messaging.ts';
import page from './mq-event-metadata.md';

/**
 * Evidence: an event that is written out where it is published (an object literal in `JSON.stringify`, without a spread)
 * or the row that a query of a known library answers) to a Kafka topic or a RabbitMQ exchange, without an id in it, in its headers or in the options.
 */
export default defineCodeRule<{ literal: ts.ObjectLiteralExpression } | undefined>({
  page,
  severity: 'hint',
  *check(file) {
    if (!file.text.includes('JSON.stringify')) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      for (const body of bodies(file, call)) {
        const value = serialised(body);
        const literal = value && ts.isObjectLiteralExpression(value) ? value : undefined;
        const members = literal && propertiesOf(literal);
        const isBare = members && members.size > 0 && ![...members.keys()].some((key) => identifies.test(key));
        if (!isBare && !(value && isRow(file, value))) continue;
        yield {
          at: call.expression,
          evidence: enclosingFunction(call),
          message: `The event that \`${call.expression.getText()}\` publishes has no id: a consumer that gets it twice, as every broker may deliver it, cannot tell, and no log follows it; give it an id and the time it happened.`,
          data: literal && { literal },
        };
      }
    }
  },
  fix({ data }, file) {
    const first = data?.literal.properties[0];
    if (!data || !first) return undefined;
    const start = first.getStart();
    const isOneLine = !file.text.slice(data.literal.getStart(), start).includes('\n');
    const between = isOneLine ? ' ' : `${newline(file)}${indentAt(file, start)}`;
    const newText = `id: crypto.randomUUID(),${between}time: new Date().toISOString(),${between}`;
    return { title: 'Give the event an id and a time', safety: 'suggestion', edits: [{ start, end: start, newText }] };
  },
});

const identifies =
  /^(?:id|uuid|(?:event|message|msg|idempotency|correlation|request|trace|job|transaction|dedup\w*)_?(?:id|key|uuid)|specversion|meta|metadata|headers?|envelope|key)$/i;

/** The bodies of what a call publishes, where nothing beside the body could carry an id. */
function* bodies(file: CodeFile, call: ts.CallExpression): Iterable<Expression> {
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression)) return;
  if (expression.name.text === 'publish' && isChannelCall(file, call)) {
    const [, , content, options] = call.arguments;
    if (content && optionState(options, ['messageId', 'correlationId', 'headers']) === 'absent') yield content;
  }
  if (
    expression.name.text !== 'send' ||
    !/^kafkajs:(?:Kafka\(\)\.producer|Producer)\(\)\.send$/.test(kafkaOrigin(file, expression) ?? '')
  )
    return;
  const messages = optionValue(call.arguments[0], 'messages');
  const list = messages && valueOf(messages);
  if (!list || !ts.isArrayLiteralExpression(list)) return;
  for (const message of list.elements) {
    const value = optionValue(message, 'value');
    if (value && !mayIdentify(message)) yield value;
  }
}

/** Are there headers, of which one may be an id? */
function mayIdentify(message: Expression): boolean {
  const headers = optionValue(message, 'headers');
  const members = headers && propertiesOf(headers);
  return members ? [...members.keys()].some((key) => /id|key|trace/i.test(key)) : optionState(message, ['headers']) !== 'absent';
}

/** The row of a database as it was written or read: its id is that of the thing, and two events about it have the same. */
function isRow(file: CodeFile, value: Expression): boolean {
  return ts.isCallExpression(value) && databaseCalls(file).some(({ call }) => call === value);
}

/** What `JSON.stringify(…)` is given, also in `Buffer.from(…)`. */
function serialised(body: Expression): Expression | undefined {
  const call = valueOf(body);
  if (!ts.isCallExpression(call)) return undefined;
  const [first] = call.arguments;
  const callee = call.expression.getText();
  if (!first) return undefined;
  if (callee === 'Buffer.from') return serialised(first);
  return callee === 'JSON.stringify' ? unwrap(valueOf(first)) : undefined;
}
