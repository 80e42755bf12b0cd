import { defineCodeRule } from '../../server/core/rule.ts';
import { changes, migrationRoles, migrations } from './migrations.ts';
import { changesOf, type SchemaChange } from './sql-changes.ts';
import page from './migration-data-loss.md';

/** Values that are carried over are carried by an UPDATE, or through a table made for them. */
const carries = /\b(?:update|insert into|bulkInsert|bulkUpdate|bulkDelete|delete from|truncate)\b/i;

/** Evidence: the `up` of a migration drops a column and adds one of the same name to the same table, and moves no values. */
export default defineCodeRule({
  page,
  severity: 'warn',
  roles: migrationRoles,
  *check(file) {
    for (const migration of migrations(file)) {
      if (carries.test(migration.up.getText())) continue;
      for (const { dropped, again } of madeAnew(changes(migration, migration.up)))
        yield { ...problem(dropped), evidence: migration.up, related: [{ at: again.at, message: 'Made anew here.' }] };
    }
  },
  *checkSql({ up }) {
    if (up.some(({ tokens: [first] }) => /^(?:update|insert|delete|truncate|with|merge|copy)$/.test(first?.text ?? ''))) return;
    for (const { dropped, again } of madeAnew(up.flatMap(changesOf)))
      yield { ...problem(dropped), related: [{ at: again.at, message: 'Made anew here.' }] };
  },
});

/** Columns that are dropped, each with the change that adds one of its name behind it. */
function madeAnew<Change extends SchemaChange>(all: readonly Change[]): { dropped: Change; again: Change }[] {
  return all.flatMap((dropped, index) => {
    const again =
      dropped.kind === 'dropColumn' &&
      all
        .slice(index + 1)
        .find(({ kind, table, name }) => kind === 'addColumn' && table === dropped.table && name === dropped.name);
    return again ? [{ dropped, again }] : [];
  });
}

function problem<At>({ at, name, table }: SchemaChange & { readonly at: At }): { at: At; message: string } {
  return {
    at,
    message: `\`${table}.${name}\` is dropped and made anew, and every value in it is lost; change its type in place (\`ALTER COLUMN … TYPE … USING …\`), or copy the values.`,
  };
}
