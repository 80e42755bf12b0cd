import type { Severity } from '../../server/core/finding.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import { asOf, changes, type Dialect, dialectOf, isLastOfFolder, migrationRoles, migrations } from './migrations.ts';
import { changesOf, type SchemaChange } from './sql-changes.ts';
import page from './migration-locks-table.md';

/**
 * Evidence: the `up` of a migration, for a database that its tool, package or path names, adds a column that must have a
 * value and gives none, or on PostgreSQL builds an index in the way of writes or changes a column's type, on a table that it
 * does not create itself. Of migrations that have run, see `asOf`.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  roles: migrationRoles,
  *check(file) {
    const found = migrations(file);
    const dialect = found.length > 0 ? dialectOf(file) : undefined;
    for (const migration of dialect ? found : []) {
      const isEmptied = /\b(?:truncate|delete from|bulkDelete)\b/i.test(migration.up.getText());
      for (const problem of problems(changes(migration, migration.up), dialect, isEmptied)) {
        const said = asOf(problem, isLastOfFolder(file));
        if (said) yield { ...said, evidence: migration.up };
      }
    }
  },
  *checkSql(migration) {
    const { up } = migration;
    const isEmptied = up.some(({ tokens: [first] }) => /^(?:truncate|delete)$/.test(first?.text ?? ''));
    for (const problem of problems(up.flatMap(changesOf), dialectOf(migration), isEmptied)) {
      const said = asOf(problem, migration.isLast);
      if (said) yield said;
    }
  },
});

function* problems<At>(
  all: readonly (SchemaChange & { readonly at: At })[],
  dialect: Dialect | undefined,
  isEmptied: boolean,
): Iterable<{ at: At; message: string; severity?: Severity }> {
  if (dialect !== 'PostgreSQL' && dialect !== 'SQLite') return;
  const created = new Set(all.filter(({ kind }) => kind === 'createTable').map(({ table }) => table.toLowerCase()));
  const told = new Set<string>();
  for (const change of all) {
    if (created.has(change.table.toLowerCase())) continue;
    if (change.kind === 'addColumn' && change.lacksValue && !isEmptied) {
      yield {
        at: change.at,
        message: `\`${change.table}.${change.name}\` must have a value and the rows that are there get none, so the migration fails on the first table that is not empty; give it a default, or add it as nullable, fill it, and then forbid NULL.`,
      };
    } else if (dialect === 'PostgreSQL') {
      const message = blocks(change);
      const what = `${change.kind} ${change.table}`;
      // A table that stands still is told of once.
      if (message && !told.has(what)) yield { at: change.at, severity: 'hint', message };
      told.add(what);
    }
  }
}

function blocks({ kind, table, name, isConcurrent }: SchemaChange): string | undefined {
  if (kind === 'createIndex' && !isConcurrent)
    return `Building an index of \`${table}\` keeps every write to it waiting until it is done; build it with \`CONCURRENTLY\`, outside a transaction.`;
  if (kind === 'changeType')
    return `Changing the type of \`${table}.${name}\` may rewrite the whole table, and nobody reads or writes it meanwhile; add a new column, fill it in portions, and change over.`;
  return undefined;
}
