import { defineCodeRule } from '../../server/core/rule.ts';
import { transactionAround, transactions } from './databases.ts';
import { httpCalls } from './http-clients.ts';
import page from './db-transaction-long.md';

/** Evidence: a request of a known HTTP client in the callback of a database transaction. */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (transactions(file).length === 0) return;
    for (const { call, kind } of httpCalls(file)) {
      const transaction = kind === 'send' ? transactionAround(file, call) : undefined;
      if (!transaction) continue;
      yield {
        at: call.expression,
        evidence: transaction.callback,
        message: `\`${call.expression.getText()}\` keeps the transaction open while another system answers: its locks and its connection are held all the while, and a rollback cannot take the request back; send it before or after the transaction.`,
        related: [{ at: transaction.call.expression, message: 'The transaction.' }],
      };
    }
  },
});
