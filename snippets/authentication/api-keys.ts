import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Pool } from 'pg';

/** Says whose keys these are, to people and to scanners for leaked secrets. */
const PREFIX = 'acme'; // ${1}

export const apiKeyTable = `
  CREATE TABLE api_keys (
    id text PRIMARY KEY,
    owner text NOT NULL,
    hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    last_used_at timestamptz
  );
  CREATE INDEX ON api_keys (owner)`;

/** Makes a key; it is shown this once, and only its hash is kept. */
export async function createKey(pool: Pool, owner: string): Promise<{ id: string; key: string }> {
  const { id, key, hash } = newKey();
  await pool.query('INSERT INTO api_keys (id, owner, hash) VALUES ($1, $2, $3)', [id, owner, hash]);
  return { id, key };
}

/** The owner of a key; undefined when it is not one, or is no longer good. */
export async function ownerOfKey(pool: Pool, key: string): Promise<string | undefined> {
  const [, prefix, id, secret = ''] = /^(.+)_([\da-f]{16})_([\da-f]{64})$/.exec(key) ?? [];
  if (prefix !== PREFIX) return undefined;
  const { rows } = await pool.query<{ owner: string; hash: Buffer }>(
    'SELECT owner, hash FROM api_keys WHERE id = $1 AND (expires_at IS NULL OR expires_at > now())',
    [id],
  );
  const [known] = rows;
  if (!known || !timingSafeEqual(known.hash, hashOf(secret))) return undefined;
  // Tells which keys nobody uses; once a minute is often enough, and spares a write for each request.
  await pool.query(
    `UPDATE api_keys SET last_used_at = now()
     WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
    [id],
  );
  return known.owner;
}

/** Makes a new key for the owner of an old one, which stays good for a while; undefined when there is no such key. */
export async function rotateKey(pool: Pool, id: string, overlap = '7 days'): Promise<{ id: string; key: string } | undefined> {
  const next = newKey();
  // One statement, so that no key gets an end without a successor.
  const { rowCount } = await pool.query(
    `WITH old AS (
       UPDATE api_keys SET expires_at = least(expires_at, now() + $2::interval)
       WHERE id = $1 AND (expires_at IS NULL OR expires_at > now()) RETURNING owner
     )
     INSERT INTO api_keys (id, owner, hash) SELECT $3, owner, $4 FROM old`,
    [id, overlap, next.id, next.hash],
  );
  return rowCount === 1 ? { id: next.id, key: next.key } : undefined;
}

/** Ends a key at once. */
export async function revokeKey(pool: Pool, id: string): Promise<void> {
  await pool.query('UPDATE api_keys SET expires_at = now() WHERE id = $1', [id]);
}

function newKey(): { id: string; key: string; hash: Buffer } {
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('hex');
  return { id, key: `${PREFIX}_${id}_${secret}`, hash: hashOf(secret) };
}

/** A secret of 32 random bytes cannot be guessed, so that a fast hash is enough; a password would need a slow one. */
function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
