import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, ts } from '../../server/core/typescript/code.ts';
import { speaksOfLog } from '../../server/core/typescript/syntax.ts';
import { type DatabaseCall, databaseCalls, sqlText } from './databases.ts';
import { acknowledges, consumers } from './messaging.ts';
import page from './mq-consumer-idempotent.md';

/**
 * Evidence: a consumer's callback that itself adds a row or raises a number in a database, reads nothing there before, and
 * nowhere speaks of doubles, of ids of messages or of what is unique.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    for (const consumer of consumers(file)) {
      const { handler } = consumer;
      if (consumer.broker === 'RabbitMQ' && acknowledges(consumer) !== true) continue;
      if (knowsDoubles.test(file.text)) continue;
      const inside = new Set<ts.Node>(descendants(handler));
      const calls = databaseCalls(file).filter(({ call }) => inside.has(call));
      const added = calls.find((each) => adds(file, each));
      // A second line in a log does no harm.
      if (!added || isTrace(added.call.getText().slice(0, 80)) || calls.some(({ kind }) => kind === 'read')) continue;
      yield {
        at: added.at,
        evidence: handler,
        message: `\`${added.at.getText()}\` runs again when the message comes again, which ${consumer.broker.replace('sqs-consumer', 'SQS')} does after a lost acknowledgement or a restart, and ${raises(added) ? 'counts twice' : 'the row is there twice'}; keep the id of each message that is done, in the same transaction, and skip those that are there.`,
      };
    }
  },
});

const knowsDoubles =
  /idempot|dedup|duplicate|already|\bprocessed(?:Messages|Events|_)|exists|upsert|on conflict|on duplicate|messageId|eventId|event_id|message_id|P2002|23505|11000|UniqueConstraint|inbox/i;

function isTrace(text: string): boolean {
  return speaksOfLog(text) || /audit|activit|histor|metric|statistic|trace/i.test(text);
}

/** A new row under an id of the database's own, or a number that is raised. */
function adds(file: CodeFile, found: DatabaseCall): boolean {
  if (raises(found)) return true;
  const { call, method } = found;
  if (method === 'query' || method === 'execute') return /^\s*insert\b/i.test(sqlText(file, call) ?? '');
  // A key that the message brings keeps the second row out.
  return /^(?:create|insert|createMany|insertMany)$/.test(method) && !/(?<![.\w])_?id\s*[:,}]/.test(call.getText());
}

function raises({ call, method }: DatabaseCall): boolean {
  return /^(?:increment|decrement)$/.test(method) || /\b(?:increment|decrement)\s*:|\$inc\b/.test(call.getText());
}
