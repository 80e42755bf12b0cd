import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';

const FOLDER = 'prisma/migrations'; // ${1}
/** The lock Prisma itself takes while it migrates. */
const PRISMA_LOCK = 72_707_369;

/**
 * Undoes the migration of Prisma that ran last, by the `down.sql` beside its `migration.sql`; returns its name. Whole or not
 * at all, and never beside a running `prisma migrate deploy`. To be run with the schema that still has the migration.
 */
export async function undoLastMigration(client: Client, folder = FOLDER): Promise<string> {
  await client.query('BEGIN');
  try {
    // A statement that waits for a lock makes all others wait behind it: better to fail, and try at a quieter time.
    await client.query("SET LOCAL lock_timeout = '5s'");
    await client.query('SELECT pg_advisory_xact_lock($1)', [PRISMA_LOCK]);
    const { rows } = await client.query<{ name: string; finished: boolean }>(
      `SELECT migration_name AS name, finished_at IS NOT NULL AS finished FROM _prisma_migrations
       WHERE rolled_back_at IS NULL ORDER BY started_at DESC LIMIT 1`,
    );
    const [last] = rows;
    if (!last) throw new Error('No migration has run.');
    if (!last.finished) throw new Error(`${last.name} failed half-way: mend it, and say so with prisma migrate resolve.`);
    await client.query(await readFile(join(folder, last.name, 'down.sql'), 'utf8'));
    // Without its row the migration counts as one that has not run, and the next deployment may run it again.
    await client.query('DELETE FROM _prisma_migrations WHERE migration_name = $1 AND rolled_back_at IS NULL', [last.name]);
    await client.query('COMMIT');
    return last.name;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
