/** Migrations that are SQL files: which files are some, for which database, and how their text is read. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';
import { statementsOf } from '../../server/core/sql/statements.ts';

const added = 'ALTER TABLE "pets" ADD COLUMN "chip" TEXT NOT NULL;\n';
const index = 'CREATE INDEX "pets_chip" ON "pets"("chip");\n';

/** Rule and severity of every finding in a file of a project. */
async function found(files: Readonly<Record<string, string>>, path: string): Promise<string[]> {
  const all = Object.fromEntries(Object.entries(files).map(([name, text]) => [`file:///app/${name}`, text]));
  const findings = await createLintel(memoryHost(all), rules).check(`file:///app/${path}`, defaultConfig);
  return findings.map(({ rule, severity }) => `${rule} ${severity}`);
}

const first = 'prisma/migrations/20240101000000_pets/migration.sql';
const second = 'prisma/migrations/20240202000000_chips/migration.sql';
const prisma = (provider: string, text: string) => ({
  'prisma/migrations/migration_lock.toml': `provider = "${provider}"\n`,
  [first]: text,
});

describe('which files are migrations', () => {
  test('Prisma, by its lock file, which names the database', async () => {
    assert.deepEqual(await found(prisma('postgresql', added), first), ['migration-locks-table warn']);
    assert.deepEqual(await found(prisma('mysql', added), first), []);
    assert.deepEqual(await found({ [first]: added }, first), [], 'without a lock file nothing is known');
  });

  test('Drizzle, by its journal, which lists the file', async () => {
    const journal = '{ "dialect": "postgresql", "entries": [{ "idx": 0, "tag": "0000_chips" }] }';
    const files = { 'drizzle/meta/_journal.json': journal, 'drizzle/0000_chips.sql': added, 'drizzle/notes.sql': added };
    assert.deepEqual(await found(files, 'drizzle/0000_chips.sql'), ['migration-locks-table warn']);
    assert.deepEqual(await found(files, 'drizzle/notes.sql'), []);
  });

  test('golang-migrate and Flyway, by name, where the text or the folder names the database', async () => {
    for (const path of ['db/postgres/000001_chips.up.sql', 'db/postgres/V2__chips.sql'])
      assert.deepEqual(await found({ [path]: added }, path), ['migration-locks-table warn'], path);
    assert.deepEqual(await found({ 'db/V2__chips.sql': added }, 'db/V2__chips.sql'), [], 'no database is named');
    assert.deepEqual(await found({ 'db/postgres/seed.sql': added }, 'db/postgres/seed.sql'), [], 'no migration');
  });
});

test('what only takes long is said of the last migration alone', async () => {
  const files = { ...prisma('postgresql', index), [second]: index.replace('pets_chip', 'pets_mark') };
  assert.deepEqual(await found(files, first), []);
  assert.deepEqual(await found(files, second), ['migration-locks-table hint']);
});

test('what fails is a hint of migrations that have run', async () => {
  const files = { ...prisma('postgresql', added), [second]: added.replaceAll('pets', 'owners') };
  assert.deepEqual(await found(files, first), ['migration-locks-table hint']);
  assert.deepEqual(await found(files, second), ['migration-locks-table warn']);
});

test('so it is of migrations in code, and of what is dropped for good', async () => {
  const migration = (change: string) =>
    `exports.up = (knex) => knex.schema.alterTable('pets', (table) => table.${change});\nexports.down = () => {};\n`;
  const files = {
    'package.json': '{ "dependencies": { "knex": "3", "pg": "8" } }',
    'migrations/9_pets.js': migration("dropColumn('kind')"),
    'migrations/10_chips.js': migration("index('chip')"),
    'migrations/11_marks.js': migration("dropColumn('mark')"),
    'sql/1_pets.up.sql': 'ALTER TABLE pets DROP COLUMN kind;\n',
    'sql/2_marks.up.sql': 'ALTER TABLE pets DROP COLUMN mark;\n',
  };
  assert.deepEqual(await found(files, 'migrations/9_pets.js'), []);
  assert.deepEqual(await found(files, 'migrations/10_chips.js'), []);
  assert.deepEqual(await found(files, 'migrations/11_marks.js'), ['migration-data-loss hint']);
  assert.deepEqual(await found(files, 'sql/1_pets.up.sql'), []);
  assert.deepEqual(await found(files, 'sql/2_marks.up.sql'), ['migration-data-loss hint']);
  const { 'migrations/11_marks.js': _, ...before } = files;
  assert.deepEqual(await found(before, 'migrations/10_chips.js'), ['migration-locks-table hint']);
});

test('and of what cannot be taken back', async () => {
  const made = (table: string) =>
    `exports.up = (knex) => knex.schema.createTable('${table}', (table) => table.uuid('id'));\nexports.down = () => {};\n`;
  const files = {
    'package.json': '{ "dependencies": { "knex": "3", "pg": "8" } }',
    'migrations/1_pets.js': made('pets'),
    'migrations/2_chips.js': made('chips'),
    'db/1_pets.sql': '-- migrate:up\nCREATE TABLE pets (id uuid);\n\n-- migrate:down\n',
    'db/2_chips.sql': '-- migrate:up\nCREATE TABLE chips (id uuid);\n\n-- migrate:down\n',
  };
  assert.deepEqual(await found(files, 'migrations/1_pets.js'), []);
  assert.deepEqual(await found(files, 'migrations/2_chips.js'), ['migration-reversible hint']);
  assert.deepEqual(await found(files, 'db/1_pets.sql'), []);
  assert.deepEqual(await found(files, 'db/2_chips.sql'), ['migration-reversible hint']);
});

test('what was written in the fortnight before the last may not have been released either', async () => {
  const dropped = (column: string) =>
    `exports.up = (knex) => knex.raw('ALTER TABLE pets DROP COLUMN ${column}');\nexports.down = () => {};\n`;
  const files = {
    'package.json': '{ "dependencies": { "knex": "3", "pg": "8" } }',
    'migrations/20260101120000_kinds.js': dropped('kind'),
    'migrations/20260128120000_chips.js': dropped('chip'),
    'migrations/20260205120000_marks.js': dropped('mark'),
    'typeorm/1735689600000-kinds.js': dropped('kind'),
    'typeorm/1736294400000-marks.js': dropped('mark'),
  };
  assert.deepEqual(await found(files, 'migrations/20260101120000_kinds.js'), []);
  assert.deepEqual(await found(files, 'migrations/20260128120000_chips.js'), ['migration-data-loss hint']);
  assert.deepEqual(await found(files, 'migrations/20260205120000_marks.js'), ['migration-data-loss hint']);
  assert.deepEqual(await found(files, 'typeorm/1735689600000-kinds.js'), ['migration-data-loss hint']);
});

test('Prisma sends the statements of a file together before version 7', async () => {
  const text = `${index.replace('INDEX', 'INDEX CONCURRENTLY')}DROP INDEX "old";\n`;
  const inVersion = (version: string, sql: string) =>
    found({ ...prisma('postgresql', sql), 'package.json': `{ "devDependencies": { "prisma": "^${version}" } }` }, first);
  assert.deepEqual(await inVersion('6.1.0', text), ['migration-transactional warn']);
  assert.deepEqual(await inVersion('7.4.0', text), []);
  assert.deepEqual(await inVersion('6.1.0', index.replace('INDEX', 'INDEX CONCURRENTLY')), []);
});

test('a comment silences a finding', async () => {
  const text = `-- lintel-ignore migration-locks-table: The table is empty.\n${added}`;
  assert.deepEqual(await found(prisma('postgresql', text), first), []);
});

describe('statements', () => {
  const words = (sql: string) => statementsOf(sql).map(({ tokens }) => tokens.map(({ text }) => text).join(' '));

  test('semicolons in strings, names, bodies and comments end nothing', () => {
    assert.deepEqual(words(`SELECT 'a;''b', "c;d"; -- e;\nDO $x$ BEGIN f; END $x$; /* g; */ SELECT E'\\';' `), [
      `select 'a;''b' , c;d`,
      'do $x$ BEGIN f; END $x$',
      `select E'\\';'`,
    ]);
  });

  test('what is not closed is no statement', () => {
    for (const open of ["'", '"', '`', '/*']) assert.deepEqual(words(`SELECT 1; SELECT ${open} x;`), ['select 1'], open);
  });

  test('offsets are those of the text', () => {
    const sql = '/* x */ DROP  TABLE "Pets";';
    assert.deepEqual(
      statementsOf(sql).flatMap(({ tokens }) => tokens.map(({ start, end }) => sql.slice(start, end))),
      ['DROP', 'TABLE', '"Pets"'],
    );
  });
});
