import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { type DatabaseCall, databaseCalls, transactionAround, transactions } from './databases.ts';
import { publishes } from './messaging.ts';
import page from './mq-dual-write.md';

/**
 * Evidence: one function that awaits a write to a database and, later in the same block or one around it, publishes to a
 * broker that other systems listen to. Silent in files that speak of an outbox.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (/outbox/i.test(file.text)) return;
    const writes = databaseCalls(file).filter(({ kind, call }) => kind === 'write' && ts.isAwaitExpression(call.parent));
    if (writes.length === 0) return;
    const seen = new Set<ts.Node>();
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const scope = enclosingFunction(call);
      const write = seen.has(scope) ? undefined : writes.findLast((each) => precedes(each, call));
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

/** In the same function, and on every way to the second: its block is the second's or around it. */
function precedes({ call }: DatabaseCall, later: ts.Node): boolean {
  if (call.end > later.pos || enclosingFunction(call) !== enclosingFunction(later)) return false;
  let block: ts.Node = call.parent;
  while (!ts.isBlock(block) && !ts.isSourceFile(block)) block = block.parent;
  return block.pos <= later.pos && later.end <= block.end;
}

/** A message within a transaction is another rule's. */
function isInTransaction(file: CodeFile, call: ts.Node): boolean {
  return transactions(file).length > 0 && transactionAround(file, call) !== undefined;
}
