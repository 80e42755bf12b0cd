import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { runsBefore } from '../../server/core/typescript/syntax.ts';
import { databaseCalls, transactionAround, transactions } from './databases.ts';
import { publishes } from './messaging.ts';
import page from './mq-dual-write.md';

/**
 * Evidence: one function that awaits a write to a database and, later in the same block or one around it, publishes to a
 * broker that other systems listen to. Silent in files that speak of an outbox.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  snippet: 'outbox',
  *check(file) {
    if (/outbox/i.test(file.text)) return;
    const writes = databaseCalls(file).filter(({ kind, call }) => kind === 'write' && ts.isAwaitExpression(call.parent));
    if (writes.length === 0) return;
    const seen = new Set<ts.Node>();
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const scope = enclosingFunction(call);
      const write = seen.has(scope) ? undefined : writes.findLast((each) => runsBefore(each.call, call));
      if (!write || isInTransaction(file, call) || !publishes(file, call)?.leaves) continue;
      seen.add(scope);
      yield {
        at: call.expression,
        evidence: scope,
        message: `\`${call.expression.getText()}\` follows the write \`${write.at.getText()}\` with nothing that ties the two: when the process ends or the broker is away in between, the row is there and the message never comes; write the message to an outbox table in the same transaction and publish it from there.`,
        related: [{ at: write.at, message: 'The write.' }],
      };
    }
  },
});

/** A message within a transaction is another rule's. */
function isInTransaction(file: CodeFile, call: ts.Node): boolean {
  return transactions(file).length > 0 && transactionAround(file, call) !== undefined;
}
