import { defineCodeRule } from '../../server/core/rule.ts';
import { descendants, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { constantText } from '../../server/core/typescript/constants.ts';
import type { SqlTool } from '../../server/core/sql/migration.ts';
import { optionState } from '../../server/core/typescript/syntax.ts';
import { isOutsideTransaction, type Migration, migrationRoles, migrations } from './migrations.ts';
import { concurrently } from './sql-changes.ts';
import page from './migration-transactional.md';

/**
 * Evidence: a migration that builds or drops an index `CONCURRENTLY` where its tool runs it in a transaction: TypeORM and
 * Knex always do unless the migration says otherwise; Sequelize where the call is given one; of tools for SQL files those
 * that send the file as one.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  roles: migrationRoles,
  *check(file) {
    if (!file.words.has(/concurrently/i)) return;
    for (const migration of migrations(file)) {
      if (isOutsideTransaction(file, migration)) continue;
      for (const within of [migration.up, migration.down]) {
        for (const { at, call } of within ? concurrent(within) : []) {
          if (migration.tool === 'Sequelize' && !call.arguments.slice(1).some(hasTransaction)) continue;
          yield {
            at,
            evidence: within,
            message: `PostgreSQL refuses \`CONCURRENTLY\` inside a transaction, and ${runs[migration.tool]}; ${mends[migration.tool]}.`,
          };
        }
      }
    }
  },
  *checkSql({ up, isTransaction, tool, text }) {
    if (!isTransaction || isByHand.test(text) || up.some(({ tokens: [first] }) => first?.text === 'commit')) return;
    for (const statement of up) {
      const at = concurrently(statement);
      if (!at) continue;
      yield {
        at,
        message: `PostgreSQL refuses \`CONCURRENTLY\` inside a transaction, and ${tool} ${sqlRuns[tool] ?? 'runs each migration in one'}; ${sqlMends[tool] ?? 'build it outside the migrations, or without `CONCURRENTLY` while nobody writes'}.`,
      };
    }
  },
});

/** `-- Run this outside a transaction.` */
const isByHand = /--.*\b(?:outside|by hand|manual(?:ly)?|in(?:side)? a transaction|on its own)\b/i;

const sqlRuns: Partial<Record<SqlTool, string>> = {
  Prisma: 'sends the statements of a file as one',
  'golang-migrate': 'sends the statements of a file as one',
};
const alone = 'put the statement into a migration of its own';
const sqlMends: Partial<Record<SqlTool, string>> = {
  Prisma: alone,
  'golang-migrate': alone,
  dbmate: 'write `-- migrate:up transaction:false`',
  goose: 'write `-- +goose NO TRANSACTION` at the top',
};

const runs: Record<Migration['tool'], string> = {
  TypeORM: 'TypeORM runs migrations in one',
  Knex: 'Knex runs each migration in one',
  Sequelize: 'this call is given one',
};
const mends: Record<Migration['tool'], string> = {
  TypeORM: 'set `transaction = false` in the class',
  Knex: 'export `config = { transaction: false }`',
  Sequelize: 'leave the transaction out',
};

function* concurrent(within: FunctionNode): Iterable<{ at: ts.Node; call: ts.CallExpression }> {
  for (const call of descendants(within)) {
    if (!ts.isCallExpression(call)) continue;
    const [first] = call.arguments;
    const text = first && constantText(first);
    if (first && text && /\bindex\s+concurrently\b/i.test(text)) yield { at: first, call };
    else if (call.arguments.slice(1).some((argument) => optionState(argument, ['concurrently']) === 'set'))
      yield { at: call.expression, call };
  }
}

function hasTransaction(argument: ts.Expression): boolean {
  return ts.isObjectLiteralExpression(argument) && optionState(argument, ['transaction']) === 'set';
}
