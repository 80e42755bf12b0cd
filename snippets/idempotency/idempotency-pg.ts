import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';

const KEPT = '24 hours'; // ${1}

/** The table; `scope` is whoever is signed in, so that no one reads another's answers. */
export const idempotencyTable = `
  CREATE TABLE idempotency_keys (
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    answer jsonb NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
  );
  CREATE INDEX ON idempotency_keys (expires_at)`;

/** A response that can be given again. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface IdempotentRequest {
  scope: string;
  /** The `Idempotency-Key` header; an API that requires it answers its absence with 400. */
  key: string | undefined;
  method: string;
  path: string;
  rawBody: Buffer | string;
}

/**
 * Handles a request once: the same key with the same request gets the same answer, 409 while the first is under way, and
 * 422 for another request. `handle` does its work with the client it is given, in the transaction that also keeps the
 * answer: both happen or neither. What it throws is not kept, so that the client may try again.
 */
export async function handleOnce(
  pool: Pool,
  request: IdempotentRequest,
  handle: (client: PoolClient) => Promise<Answer>,
): Promise<Answer> {
  const { scope, key, method, path, rawBody } = request;
  if (!key || key.length > 255) return refusal(400, 'The request needs an Idempotency-Key of 1 to 255 characters.');
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([method, path]))
    .update(rawBody)
    .digest();

  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const lock = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked', [
      JSON.stringify([scope, key]),
    ]);
    const answer = lock.rows[0]?.locked
      ? await answerInLock(client, scope, key, fingerprint, handle)
      : refusal(409, 'A request with this Idempotency-Key is under way.');
    await client.query('COMMIT');
    return answer;
  } catch (error) {
    await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

async function answerInLock(
  client: PoolClient,
  scope: string,
  key: string,
  fingerprint: Buffer,
  handle: (client: PoolClient) => Promise<Answer>,
): Promise<Answer> {
  const { rows } = await client.query<{ fingerprint: Buffer; answer: Answer }>(
    'SELECT fingerprint, answer FROM idempotency_keys WHERE scope = $1 AND key = $2 AND expires_at > now()',
    [scope, key],
  );
  const [known] = rows;
  if (known) {
    return known.fingerprint.equals(fingerprint)
      ? known.answer
      : refusal(422, 'This Idempotency-Key was used for another request.');
  }
  const answer = await handle(client);
  await client.query(
    `INSERT INTO idempotency_keys (scope, key, fingerprint, answer, expires_at)
     VALUES ($1, $2, $3, $4, now() + $5::interval)
     ON CONFLICT (scope, key) DO UPDATE
     SET fingerprint = EXCLUDED.fingerprint, answer = EXCLUDED.answer, expires_at = EXCLUDED.expires_at`,
    [scope, key, fingerprint, JSON.stringify(answer), KEPT],
  );
  return answer;
}

/** Removes what has expired; run it every hour or so. */
export async function removeExpiredKeys(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query('DELETE FROM idempotency_keys WHERE expires_at <= now()');
  return rowCount ?? 0;
}

function refusal(status: number, detail: string): Answer {
  const body = JSON.stringify({ type: 'about:blank', title: 'Idempotency-Key', status, detail });
  return { status, headers: { 'Content-Type': 'application/problem+json' }, body };
}
