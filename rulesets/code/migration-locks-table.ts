import type { Severity } from '../../server/core/finding.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import { asOf, changes, type Dialect, dialectOf, isLastOfFolder, migrationRoles, migrations } from './migrations.ts';
import { changesOf, type SchemaChange } from './sql-changes.ts';
import page from './migration-locks-table.md';

/**
 * Evidence: the `up` of a migration, for a database that its tool, package or path names, adds a column that must have a
 * value and gives none, or on PostgreSQL builds an index in the way of writes (of what is to be unique, of reads too) or changes a
 * column's type, on a table that it does not create itself. Of migrations that have run, see `asOf`.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  roles: migrationRoles,
  *check(file) {
    const found = migrations(file);
    const dialect = found.length > 0 ? dialectOf(file) : undefined;
    for (const migration of dialect ? found : []) {
      const back = migration.down ? changes(migration, migration.down) : [];
      for (const problem of problems(changes(migration, migration.up), back, dialect, emptiedBy(migration.up.getText()))) {
        const said = asOf(problem, isLastOfFolder(file));
        if (said) yield { ...said, evidence: migration.up };
      }
    }
  },
  *checkSql(migration) {
    const { up, down, text } = migration;
    const written = up.map(({ tokens: [first], end }) => text.slice(first?.start ?? end, end)).join(';\n');
    const back = down?.statements.flatMap(changesOf) ?? [];
    for (const problem of problems(up.flatMap(changesOf), back, dialectOf(migration), emptiedBy(written))) {
      const said = asOf(problem, migration.isLast);
      if (said) yield said;
    }
  },
});

/** What a migration says of rows that it removes: of some table, and of all of one. */
interface Emptied {
  readonly any: boolean;
  readonly whole: (table: string) => boolean;
}

/** `TRUNCATE pets`, `DELETE FROM pets`, `bulkDelete('pets', {})`; a materialized view that is made here, nobody writes to either. */
function emptiedBy(text: string): Emptied {
  const tables = new Set(
    [...text.matchAll(wholeTable)].map(([, inSql, view, given]) =>
      (inSql ?? view ?? given ?? '').replace(/^.*\.|["`']/g, '').toLowerCase(),
    ),
  );
  return {
    any: /\b(?:truncate|delete from|bulkDelete)\b/i.test(text),
    whole: (table) => tables.has(table.toLowerCase()),
  };
}

const wholeTable =
  /\b(?:truncate(?:\s+table)?(?:\s+only)?|delete\s+from)\s+([\w."`]+)(?=\s*(?:;|$|["'`)]|restart\b|cascade\b))|\bcreate\s+materialized\s+view\s+(?:if\s+not\s+exists\s+)?([\w."`]+)|\bbulkDelete\(\s*(["'`]\w+["'`])\s*(?:\)|,\s*(?:\{\s*\}|null)\s*[,)])/gi;

/** `back`: what the migration does to take itself back. */
function* problems<At>(
  all: readonly (SchemaChange & { readonly at: At })[],
  back: readonly SchemaChange[],
  dialect: Dialect | undefined,
  emptied: Emptied,
): Iterable<{ at: At; message: string; severity?: Severity }> {
  if (dialect !== 'PostgreSQL' && dialect !== 'SQLite') return;
  const created = new Set(all.filter(({ kind }) => kind === 'createTable').map(({ table }) => table.toLowerCase()));
  const told = new Set<string>();
  for (const change of all) {
    if (created.has(change.table.toLowerCase())) continue;
    if (change.kind === 'addColumn' && change.lacksValue && !emptied.any) {
      yield {
        at: change.at,
        message: `\`${change.table}.${change.name}\` must have a value and the rows that are there get none, so the migration fails on the first table that is not empty; give it a default, or add it as nullable, fill it, and then forbid NULL.`,
      };
    } else if (dialect === 'PostgreSQL' && !emptied.whole(change.table) && !isWidened(change, back)) {
      const message = blocks(change);
      const what = `${change.kind} ${change.table}`;
      // A table that stands still is told of once.
      if (message && !told.has(what)) yield { at: change.at, severity: 'hint', message };
      told.add(what);
    }
  }
}

/** `varchar(256)` that was `varchar(64)`, as the way back says: no row is looked at. */
function isWidened({ kind, table, name, length }: SchemaChange, back: readonly SchemaChange[]): boolean {
  if (kind !== 'changeType' || length === undefined) return false;
  return back.some(
    (each) =>
      each.kind === kind && each.table === table && each.name === name && each.length !== undefined && each.length <= length,
  );
}

function blocks({ kind, table, name, isConcurrent }: SchemaChange): string | undefined {
  if (kind === 'createIndex' && !isConcurrent)
    return `Building an index of \`${table}\` keeps every write to it waiting until it is done; build it with \`CONCURRENTLY\`, outside a transaction.`;
  if (kind === 'addUnique')
    return `The index of this constraint is built while nobody reads or writes \`${table}\`; build it before with \`CREATE UNIQUE INDEX CONCURRENTLY\`, outside a transaction, and add the constraint \`USING INDEX\`.`;
  if (kind === 'changeType')
    return `Changing the type of \`${table}.${name}\` may rewrite the whole table, and nobody reads or writes it meanwhile; add a new column, fill it in portions, and change over.`;
  return undefined;
}
