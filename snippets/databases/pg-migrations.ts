import type { Client } from 'pg';

/** A step of the schema. Names sort in the order they were written; a step that has run is never changed. */
export interface Migration {
  name: string;
  up: string;
  /** Undoes `up`; absent where nothing can bring the data back. */
  down?: string;
}

/** Any number, the same in all processes of the service. */
const LOCK = 7_261_354; // ${1}

/** Runs the steps that have not run yet, each in a transaction; returns their names. Of several processes one runs them, the others wait. */
export function migrate(client: Client, migrations: readonly Migration[]): Promise<string[]> {
  return locked(client, async (applied) => {
    const known = new Set(migrations.map(({ name }) => name));
    const unknown = applied.filter((name) => !known.has(name));
    if (unknown.length > 0) throw new Error(`The database is ahead of this version: ${unknown.join(', ')}.`);
    const pending = inOrder(migrations).filter(({ name }) => !applied.includes(name));
    const last = applied.at(-1) ?? '';
    const late = pending.find(({ name }) => name < last);
    if (late) throw new Error(`${late.name} comes before ${last}, which has run: give it a later name.`);
    for (const { name, up } of pending) {
      await inTransaction(client, up, 'INSERT INTO schema_migrations (name) VALUES ($1)', name);
    }
    return pending.map(({ name }) => name);
  });
}

/** Undoes the steps after the one named; returns their names, latest first. */
export function rollBackTo(client: Client, migrations: readonly Migration[], target: string): Promise<string[]> {
  return locked(client, async (applied) => {
    if (!applied.includes(target)) throw new Error(`${target} has not run.`);
    const undone = inOrder(migrations)
      .filter(({ name }) => name > target && applied.includes(name))
      .reverse();
    const final = undone.find(({ down }) => down === undefined);
    if (final) throw new Error(`${final.name} cannot be undone.`);
    for (const { name, down = '' } of undone) {
      await inTransaction(client, down, 'DELETE FROM schema_migrations WHERE name = $1', name);
    }
    return undone.map(({ name }) => name);
  });
}

async function locked<T>(client: Client, run: (applied: string[]) => Promise<T>): Promise<T> {
  await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  try {
    // A statement that waits for a lock makes all others wait behind it: better to fail, and try at a quieter time.
    await client.query("SET lock_timeout = '5s'");
    await client.query(
      'CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY name COLLATE "C"');
    return await run(rows.map(({ name }) => name));
  } finally {
    // A connection that broke has no lock any more; what broke it is what counts.
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK]).catch(() => undefined);
  }
}

async function inTransaction(client: Client, statements: string, note: string, name: string): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(statements);
    await client.query(note, [name]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new Error(`Migration ${name} failed and was rolled back.`, { cause: error });
  }
}

function inOrder(migrations: readonly Migration[]): Migration[] {
  return [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1));
}
