import type { Pool } from 'pg';
import { z } from 'zod';

export const etlTables = `
  CREATE TABLE etl_runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    checksum text NOT NULL,
    staged_at timestamptz NOT NULL DEFAULT now(),
    loaded_at timestamptz,
    -- The same file twice is one run.
    UNIQUE (source, checksum)
  );
  CREATE TABLE staged_rows (
    run_id bigint NOT NULL REFERENCES etl_runs,
    line int NOT NULL,
    raw jsonb NOT NULL,
    PRIMARY KEY (run_id, line)
  );
  CREATE TABLE quarantined_rows (
    run_id bigint NOT NULL,
    line int NOT NULL,
    raw jsonb NOT NULL,
    problems jsonb NOT NULL,
    PRIMARY KEY (run_id, line)
  );
  CREATE TABLE prices (
    sku text PRIMARY KEY,
    cents int NOT NULL,
    -- Where the value comes from.
    run_id bigint NOT NULL REFERENCES etl_runs,
    line int NOT NULL
  )`;

/** What a row has to be. Everything in the source is text. */
const Row = z.object({
  sku: z.string().trim().min(1).max(64),
  cents: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
});

/** More than this share in quarantine, and nothing is loaded: the source has changed, not a few rows. */
const MAX_BAD_SHARE = 0.05; // ${1}

/** Keeps what a source delivered, as it is; the id of the run, or undefined when this very delivery was there before. */
export async function stage(pool: Pool, source: string, checksum: string, rows: readonly object[]): Promise<string | undefined> {
  const { rows: runs } = await pool.query<{ id: string }>(
    `WITH run AS (
       INSERT INTO etl_runs (source, checksum) VALUES ($1, $2) ON CONFLICT (source, checksum) DO NOTHING RETURNING id
     ), staged AS (
       INSERT INTO staged_rows (run_id, line, raw)
       SELECT run.id, n, row FROM run, jsonb_array_elements($3::jsonb) WITH ORDINALITY AS list(row, n)
     )
     SELECT id FROM run`,
    [source, checksum, JSON.stringify(rows)],
  );
  return runs[0]?.id;
}

/**
 * Validates a run and loads it, all in one transaction: good rows into the table, with their origin, bad ones into
 * quarantine, with the reasons. A run is loaded once; again, it changes nothing. Throws, and loads nothing, when too much of it
 * is bad.
 */
export async function load(pool: Pool, runId: string): Promise<{ loaded: number; quarantined: number }> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const { rowCount } = await client.query('UPDATE etl_runs SET loaded_at = now() WHERE id = $1 AND loaded_at IS NULL', [runId]);
    const staged = await client.query<{ line: number; raw: unknown }>(
      'SELECT line, raw FROM staged_rows WHERE run_id = $1 ORDER BY line',
      [rowCount === 1 ? runId : null],
    );
    // Of a key that is there more than once the last line counts.
    const good = new Map<string, { line: number; cents: number }>();
    const bad: { line: number; raw: unknown; problems: unknown }[] = [];
    for (const { line, raw } of staged.rows) {
      const { success, data, error } = Row.safeParse(raw);
      if (success) good.set(data.sku, { line, cents: data.cents });
      else bad.push({ line, raw, problems: error.issues.map(({ path, message }) => ({ path: path.join('.'), message })) });
    }
    if (bad.length > staged.rows.length * MAX_BAD_SHARE) {
      throw new Error(`Run ${runId}: ${bad.length} of ${staged.rows.length} rows are bad. Nothing was loaded.`);
    }
    await client.query(
      `INSERT INTO quarantined_rows (run_id, line, raw, problems)
       SELECT $1, (row->>'line')::int, row->'raw', row->'problems' FROM jsonb_array_elements($2::jsonb) AS row`,
      [runId, JSON.stringify(bad)],
    );
    // A later run's value stays, whichever is loaded last.
    await client.query(
      `INSERT INTO prices (sku, cents, run_id, line)
       SELECT sku, cents, $1, line FROM unnest($2::text[], $3::int[], $4::int[]) AS row(sku, cents, line) ORDER BY sku
       ON CONFLICT (sku) DO UPDATE SET cents = EXCLUDED.cents, run_id = EXCLUDED.run_id, line = EXCLUDED.line
       WHERE prices.run_id <= EXCLUDED.run_id`,
      [runId, [...good.keys()], [...good.values()].map(({ cents }) => cents), [...good.values()].map(({ line }) => line)],
    );
    await client.query('COMMIT');
    return { loaded: good.size, quarantined: bad.length };
  } catch (error) {
    await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
