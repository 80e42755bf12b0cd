import { defineCodeRule } from '../../server/core/rule.ts';
import { ancestorsInFunction, type CodeFile, ts } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { calleeName } from '../../server/core/typescript/syntax.ts';
import { openTransactions, transactionOver, transactions } from './databases.ts';
import { mayPublish, publishes } from './messaging.ts';
import page from './mq-publish-in-transaction.md';

/**
 * Evidence: a publishing call of a known library, or of a method of the project that makes one, in the callback of a
 * database transaction, or between the begin and the commit of one that a function begins by hand. Silent in a callback that runs later, such as one for after the commit, and in the relay of an outbox,
 * which publishes rows that were committed before and holds their locks while it does.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (transactions(file).length === 0 && openTransactions(file).length === 0) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const transaction = mayPublish(call) ? transactionOver(file, call) : undefined;
      if (!transaction || transaction.call === call) continue;
      const publisher = publishes(file, call);
      if (!publisher || isAsked(file, call) || isRelay(transaction.callback)) continue;
      yield {
        at: call.expression,
        evidence: transaction.callback,
        message: `\`${nameOf(call.expression)}\` tells ${publisher.broker} before the transaction commits: whoever listens may not find the rows yet, and hears of a change that a rollback takes back; publish after the commit, or write to an outbox table in the transaction.`,
        related: [{ at: transaction.call.expression, message: 'The transaction.' }],
      };
    }
  },
});

/** What is called, without what is given on the way where that takes several lines: `new Reminder(…).schedule`. */
function nameOf(callee: ts.Expression): string {
  const text = callee.getText();
  return text.includes('\n') ? text.replace(/\((?:[^()]|\([^()]*\))*\)/g, '(…)').replace(/\s*\n\s*/g, '') : text;
}

/** `lastValueFrom(this.users.send('find', id))` of Nest asks, and waits for the answer: that is a request. */
function isAsked(file: CodeFile, call: ts.CallExpression): boolean {
  if (!/^@nestjs\/microservices:Client\w+\(\)\.send$/.test(origin(file, call.expression) ?? '')) return false;
  return [...ancestorsInFunction(call)].some(
    (node) => ts.isCallExpression(node) && /^(?:last|first)ValueFrom$/.test(calleeName(node)),
  );
}

/** `for('update', { skipLocked: true })`, `FOR UPDATE SKIP LOCKED`: rows are taken from a table that works as a queue. */
function isRelay(callback: ts.Node): boolean {
  return /skip_?\s?locked/i.test(callback.getText());
}
