import { defineCodeRule } from '../../server/core/rule.ts';
import { changes, migrationRoles, migrations } from './migrations.ts';
import page from './migration-data-loss.md';

/** Evidence: the `up` of a migration drops a column and adds one of the same name to the same table, and moves no values. */
export default defineCodeRule({
  page,
  severity: 'warn',
  roles: migrationRoles,
  *check(file) {
    for (const migration of migrations(file)) {
      const all = changes(migration, migration.up);
      // Values that are carried over are carried by an UPDATE, or through a table made for them.
      if (/\b(?:update|insert into|bulkInsert|bulkUpdate|bulkDelete|delete from|truncate)\b/i.test(migration.up.getText()))
        continue;
      for (const dropped of all) {
        const again =
          dropped.kind === 'dropColumn' &&
          all.find(
            ({ kind, table, name, at }) =>
              kind === 'addColumn' && table === dropped.table && name === dropped.name && at.pos > dropped.at.pos,
          );
        if (!again) continue;
        yield {
          at: dropped.at,
          evidence: migration.up,
          message: `\`${dropped.table}.${dropped.name}\` is dropped and made anew, and every value in it is lost; change its type in place (\`ALTER COLUMN … TYPE … USING …\`), or copy the values.`,
          related: [{ at: again.at, message: 'Made anew here.' }],
        };
      }
    }
  },
});
