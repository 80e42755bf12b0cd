import type { Pool, PoolClient } from 'pg';

const MAX_ATTEMPTS = 16; // ${1}
const MAX_WAIT_SECONDS = 43_200; // ${2}
/** An endpoint that has not taken anything for so long gets nothing more. */
const DISABLED_AFTER = '5 days'; // ${3}
/** How long one attempt may take until another worker takes the delivery over. */
const LEASE = '60 seconds';

export const deliveryTables = `
  CREATE TABLE webhook_endpoints (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    owner text NOT NULL,
    url text NOT NULL,
    secrets text[] NOT NULL,
    event_types text[] NOT NULL,
    failing_since timestamptz,
    disabled_at timestamptz
  );
  CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    event_id text NOT NULL,
    body text NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    -- Null when there is nothing more to do.
    due_at timestamptz DEFAULT now(),
    delivered_at timestamptz,
    UNIQUE (endpoint_id, event_id)
  );
  CREATE INDEX ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL;
  CREATE TABLE webhook_attempts (
    delivery_id uuid NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
    attempt int NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    status int,
    error text,
    PRIMARY KEY (delivery_id, attempt)
  )`;

/** One attempt, to be signed and sent: for each secret of `secrets` one signature. */
export interface Attempt {
  deliveryId: string;
  endpointId: string;
  eventId: string;
  url: string;
  secrets: string[];
  body: string;
  attempt: number;
}

/** Plans the delivery of an event to all endpoints that want it, in the transaction in which it happens. */
export async function planDeliveries(
  client: PoolClient,
  event: { id: string; owner: string; type: string; body: string },
): Promise<void> {
  await client.query(
    `INSERT INTO webhook_deliveries (endpoint_id, event_id, body)
     SELECT id, $1, $2 FROM webhook_endpoints
     WHERE owner = $3 AND $4 = ANY(event_types) AND disabled_at IS NULL
     ON CONFLICT (endpoint_id, event_id) DO NOTHING`,
    [event.id, event.body, event.owner, event.type],
  );
}

/**
 * Makes one attempt that is due; false when none is. `send` gives the status of the answer. Call it in a loop, in any
 * number of workers, with a pause whenever it is false.
 */
export async function deliverOne(pool: Pool, send: (attempt: Attempt) => Promise<number>): Promise<boolean> {
  // The lease is committed before anything is sent: a worker that dies leaves the delivery to the next.
  const { rows } = await pool.query<Attempt>(
    `UPDATE webhook_deliveries d SET attempts = d.attempts + 1, due_at = now() + $1::interval
     FROM webhook_endpoints e
     WHERE e.id = d.endpoint_id AND d.id = (
       SELECT due.id FROM webhook_deliveries due JOIN webhook_endpoints open ON open.id = due.endpoint_id
       WHERE due.due_at <= now() AND open.disabled_at IS NULL
       ORDER BY due.due_at LIMIT 1 FOR UPDATE OF due SKIP LOCKED)
     RETURNING d.id AS "deliveryId", e.id AS "endpointId", d.event_id AS "eventId", e.url, e.secrets, d.body,
               d.attempts AS attempt`,
    [LEASE],
  );
  const [attempt] = rows;
  if (!attempt) return false;
  let status: number | undefined;
  let error: string | undefined;
  try {
    // One that ended the process each time is not sent for ever.
    if (attempt.attempt > MAX_ATTEMPTS) throw new Error(`Nothing came of ${MAX_ATTEMPTS} attempts.`);
    status = await send(attempt);
  } catch (failure) {
    error = failure instanceof Error ? failure.message : String(failure);
  }
  await record(pool, attempt, status, error);
  return true;
}

async function record(pool: Pool, { deliveryId, endpointId, attempt }: Attempt, status?: number, error?: string): Promise<void> {
  await pool.query(
    `INSERT INTO webhook_attempts (delivery_id, attempt, status, error) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    [deliveryId, attempt, status, error],
  );
  if (status !== undefined && status >= 200 && status < 300) {
    await pool.query('UPDATE webhook_deliveries SET due_at = NULL, delivered_at = now() WHERE id = $1', [deliveryId]);
    await pool.query('UPDATE webhook_endpoints SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL', [
      endpointId,
    ]);
    return;
  }
  // Only the attempt that was made last has a say, and nothing that was delivered is planned again.
  await pool.query(
    `UPDATE webhook_deliveries SET due_at = now() + $3::float8 * interval '1 second'
     WHERE id = $1 AND attempts = $2 AND delivered_at IS NULL`,
    [deliveryId, attempt, attempt < MAX_ATTEMPTS ? secondsUntilNext(attempt) : null],
  );
  // 410 Gone: the receiver wants nothing more.
  await pool.query(
    `UPDATE webhook_endpoints SET
       failing_since = coalesce(failing_since, now()),
       disabled_at = CASE WHEN $2 OR failing_since < now() - $3::interval THEN now() END
     WHERE id = $1 AND disabled_at IS NULL`,
    [endpointId, status === 410, DISABLED_AFTER],
  );
}

/** 1, 2, 4, 8, 16 … seconds up to the longest wait, and up to as much again by chance, so that receivers are not met by all at once. */
export function secondsUntilNext(attempt: number, random = Math.random): number {
  const wait = Math.min(MAX_WAIT_SECONDS, 2 ** (attempt - 1));
  return wait * (1 + random());
}
