import { defineCodeRule } from '../../server/core/rule.ts';
import { asOf, changes, isLastOfFolder, migrationRoles, migrations } from './migrations.ts';
import { changesOf, type SchemaChange } from './sql-changes.ts';
import page from './migration-data-loss.md';

/** Values that are carried over are carried by an UPDATE, or through a table made for them. */
const carries = /\b(?:update|insert into|bulkInsert|bulkUpdate|bulkDelete|delete from|truncate)\b/i;

/**
 * Evidence: the `up` of a migration drops a column and adds one of the same name to the same table, and moves no values; or drops or
 * renames a column or a table that it has not made itself, which is a hint. Of migrations that have run, see `asOf`.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  roles: migrationRoles,
  *check(file) {
    for (const migration of migrations(file)) {
      if (carries.test(migration.up.getText())) continue;
      for (const { problem, again } of losses(changes(migration, migration.up))) {
        const said = asOf(problem, isLastOfFolder(file));
        if (said) yield { ...said, evidence: migration.up, related: again && [{ at: again.at, message: 'Made anew here.' }] };
      }
    }
  },
  *checkSql({ up, isLast }) {
    if (up.some(({ tokens: [first] }) => /^(?:update|insert|delete|truncate|with|merge|copy)$/.test(first?.text ?? ''))) return;
    for (const { problem, again } of losses(up.flatMap(changesOf))) {
      const said = asOf(problem, isLast);
      if (said) yield { ...said, related: again && [{ at: again.at, message: 'Made anew here.' }] };
    }
  },
});

interface Loss<At> {
  readonly problem: { readonly at: At; readonly message: string; readonly severity?: 'hint' };
  /** Of a column that is dropped, the change that adds one of its name behind it. */
  readonly again?: { readonly at: At };
}

function* losses<At>(all: readonly (SchemaChange & { readonly at: At })[]): Iterable<Loss<At>> {
  for (const [index, { at, kind, name, table }] of all.entries()) {
    const what = name === undefined ? `\`${table}\`` : `\`${table}.${name}\``;
    const before = all.slice(0, index).filter((each) => each.table === table);
    const behind = all.slice(index + 1).filter((each) => each.table === table);
    const again = behind.find((each) => kind === 'dropColumn' && each.kind === 'addColumn' && each.name === name);
    const isOwn = before.some((each) => each.kind === 'createTable' || (each.kind === 'addColumn' && each.name === name));
    if (again) {
      const message = `${what} is dropped and made anew, and every value in it is lost; change its type in place (\`ALTER COLUMN … TYPE … USING …\`), or copy the values.`;
      yield { problem: { at, message }, again };
    } else if (isOwn || behind.some((each) => each.kind === 'createTable')) {
      // What the migration makes itself holds nothing yet, and a table that is made anew is another way to change it.
      continue;
    } else if (/^drop/.test(kind)) {
      const message = `${what} is dropped with all that is in it: no rollback of the release brings it back, and instances of the release before that ask for it fail; use it no more in one release, and drop it in a later one.`;
      yield { problem: { at, severity: 'hint', message } };
    } else if (kind === 'rename') {
      const message = `${what} gets another name while the release before still runs, and all its queries with the old one fail; add the new one, write both, and drop the old one in a later release.`;
      yield { problem: { at, severity: 'hint', message } };
    }
  }
}
