import { defineCodeRule } from '../../server/core/rule.ts';
import { enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { sqlText } from './databases.ts';
import { runOrigin } from './sql-drivers.ts';
import page from './db-transaction-on-pool.md';

const pools =
  /^(?:(?:pg|pg-pool|@neondatabase\/serverless):(?:native\.)?(?:Pool)?\(\)|(?:mysql2?|mysql2\/promise|mariadb):(?:createPool|Pool)\(\)(?:\.promise\(\))?)\.(?:query|execute)$/;
const control = /^\s*(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT)\b(?!.*;\s*\S)/i;

/** Evidence: a statement that begins or ends a transaction, sent through a pool of pg, mysql2 or mariadb. */
export default defineCodeRule({
  page,
  severity: 'error',
  *check(file) {
    if (!/\b(?:BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT)\b/i.test(file.text)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const { expression } = call;
      const statement = control.exec(sqlText(file, call) ?? '')?.[1];
      if (!statement || !pools.test(runOrigin(file, call) ?? '')) continue;
      yield {
        at: expression,
        evidence: enclosingFunction(call),
        message: `\`${expression.getText()}\` runs each statement on whichever connection is free, so \`${statement.toUpperCase()}\` and the statements around it need not share one; take a client out of the pool and use it for the whole transaction.`,
      };
    }
  },
});
