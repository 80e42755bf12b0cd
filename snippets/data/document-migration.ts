import type { Pool } from 'pg';

export const documentTable = `
  CREATE TABLE documents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    schema_version int NOT NULL,
    -- Counts every change.
    revision int NOT NULL DEFAULT 1,
    body jsonb NOT NULL
  );
  CREATE INDEX ON documents (schema_version)`;

/** What makes a document of version n into one of version n + 1; the first begins with version 1. Never changed once used. */
export type Step = (body: never) => object;

/** Version 1 held an amount in a decimal number, version 2 holds it in cents. */
export const steps: readonly Step[] = [
  ({ amount, ...rest }: { amount: number }) => ({ ...rest, amountCents: Math.round(amount * 100) }),
];

/** The body in the newest version: what every reader calls, as old documents stay until the migration has come by. */
export function upgraded(body: object, version: number, known = steps): object {
  const newest = known.length + 1;
  if (!Number.isInteger(version) || version < 1 || version > newest) {
    throw new Error(`The document has version ${version}; versions 1 to ${newest} are known.`);
  }
  return known.slice(version - 1).reduce<object>((older, step) => step(older as never), body);
}

/**
 * Brings some old documents to the newest version; returns how many it has seen, 0 when all are done. Call it in a loop with a
 * pause: it locks nothing for long, leaves alone what is changed at the same time, and can be stopped at any moment.
 */
export async function migrateSome(pool: Pool, limit = 500, known = steps): Promise<number> {
  const newest = known.length + 1;
  const { rows } = await pool.query<{ id: string; version: number; revision: number; body: object }>(
    `SELECT id, schema_version AS version, revision, body FROM documents
     WHERE schema_version < $1 ORDER BY schema_version, id LIMIT $2`,
    [newest, limit],
  );
  await pool.query(
    `UPDATE documents SET body = new.body, schema_version = $1, revision = documents.revision + 1
     FROM unnest($2::uuid[], $3::int[], $4::jsonb[]) AS new(id, revision, body)
     WHERE documents.id = new.id AND documents.revision = new.revision`,
    [
      newest,
      rows.map(({ id }) => id),
      rows.map(({ revision }) => revision),
      rows.map(({ id, body, version }) => {
        try {
          return JSON.stringify(upgraded(body, version, known));
        } catch (cause) {
          throw new Error(`The document ${id} cannot be brought up from version ${version}.`, { cause });
        }
      }),
    ],
  );
  return rows.length;
}
