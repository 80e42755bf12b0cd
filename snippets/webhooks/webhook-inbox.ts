import type { Pool, PoolClient } from 'pg';

const MAX_ATTEMPTS = 8; // ${1}
const MAX_WAIT_SECONDS = 3_600; // ${2}
/** How long one attempt may take until another worker takes the event over. */
const LEASE = '60 seconds';

export const webhookInboxTable = `
  CREATE TABLE webhook_events (
    source text NOT NULL,
    id text NOT NULL,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    attempts int NOT NULL DEFAULT 0,
    -- Null when there is nothing more to do: it was handled, or is dead.
    due_at timestamptz DEFAULT now(),
    handled_at timestamptz,
    failure text,
    PRIMARY KEY (source, id)
  );
  CREATE INDEX ON webhook_events (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX ON webhook_events (handled_at)`;

/** A webhook as it was received. `id` is the sender's, and the same however often the event is sent. */
export interface WebhookEvent {
  source: string;
  id: string;
  body: Buffer;
}

/** Keeps an event for a worker; false when it is there already. What a `webhook-raw-…` route does before it answers. */
export async function keepEvent(pool: Pool, { source, id, body }: WebhookEvent): Promise<boolean> {
  const { rowCount } = await pool.query(
    'INSERT INTO webhook_events (source, id, body) VALUES ($1, $2, $3) ON CONFLICT (source, id) DO NOTHING',
    [source, id, body],
  );
  return rowCount === 1;
}

/**
 * Handles one event that is due; false when none is. `handle` does its work with the client it is given, in the transaction
 * that also notes the event as handled: both happen, or neither. When it throws, the event comes again later, `MAX_ATTEMPTS`
 * times in all. Call it in a loop, in any number of workers, with a pause whenever it is false.
 */
export async function handleOneEvent(
  pool: Pool,
  handle: (event: WebhookEvent, client: PoolClient) => Promise<void>,
): Promise<boolean> {
  // The attempt is counted before it is made: an event that ends the process does so a bounded number of times.
  const { rows } = await pool.query<WebhookEvent & { attempt: number }>(
    `UPDATE webhook_events SET attempts = attempts + 1, due_at = now() + $1::interval
     WHERE (source, id) = (
       SELECT source, id FROM webhook_events WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING source, id, body, attempts AS attempt`,
    [LEASE],
  );
  const [taken] = rows;
  if (!taken) return false;
  const { attempt, ...event } = taken;
  try {
    if (attempt > MAX_ATTEMPTS) throw new Error(`Nothing came of ${MAX_ATTEMPTS} attempts.`);
    await handleOnce(pool, event, attempt, handle);
  } catch (error) {
    await pool.query(
      `UPDATE webhook_events SET failure = $4, due_at = now() + $5::float8 * interval '1 second'
       WHERE source = $1 AND id = $2 AND attempts = $3 AND handled_at IS NULL`,
      [
        event.source,
        event.id,
        attempt,
        String(error instanceof Error ? error.message : error).slice(0, 1_000),
        attempt < MAX_ATTEMPTS ? secondsUntilNext(attempt) : null,
      ],
    );
  }
  return true;
}

async function handleOnce(
  pool: Pool,
  event: WebhookEvent,
  attempt: number,
  handle: (event: WebhookEvent, client: PoolClient) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    // Locks the event: nobody takes it over, however long this lasts. Nothing is left to do where somebody has.
    const { rowCount } = await client.query(
      `UPDATE webhook_events SET handled_at = now(), due_at = NULL, failure = NULL
       WHERE source = $1 AND id = $2 AND attempts = $3 AND handled_at IS NULL`,
      [event.source, event.id, attempt],
    );
    if (rowCount === 1) await handle(event, client);
    const { command } = await client.query('COMMIT');
    // The server answers so when a statement failed and `handle` went on as if it had not.
    if (command === 'ROLLBACK') throw new Error('The work was rolled back: one of its statements failed.');
  } catch (error) {
    await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/** Tries a dead event again, when its cause is mended; false when there is no such event. */
export async function reviveEvent(pool: Pool, source: string, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE webhook_events SET attempts = 0, due_at = now()
     WHERE source = $1 AND id = $2 AND handled_at IS NULL AND due_at IS NULL`,
    [source, id],
  );
  return rowCount === 1;
}

/** How many events wait, how many are dead, and how old the oldest that waits is: the lag to watch. */
export async function inboxLag(pool: Pool): Promise<{ waiting: number; dead: number; oldestSeconds: number }> {
  const { rows } = await pool.query<{ waiting: number; dead: number; oldestSeconds: number }>(
    `SELECT count(due_at)::int AS waiting, count(*) FILTER (WHERE due_at IS NULL)::int AS dead,
            coalesce(extract(epoch FROM now() - min(received_at) FILTER (WHERE due_at IS NOT NULL)), 0)::float8 AS "oldestSeconds"
     FROM webhook_events WHERE handled_at IS NULL`,
  );
  return rows[0] ?? { waiting: 0, dead: 0, oldestSeconds: 0 };
}

/** Forgets events that were handled and that no sender sends again; run it every hour or so. */
export async function forgetHandledEvents(pool: Pool, olderThan = '30 days'): Promise<number> {
  const { rowCount } = await pool.query('DELETE FROM webhook_events WHERE handled_at < now() - $1::interval', [olderThan]);
  return rowCount ?? 0;
}

/** A random wait up to a bound that doubles with every attempt, so that what failed together does not come back together. */
function secondsUntilNext(attempt: number): number {
  return Math.random() * Math.min(MAX_WAIT_SECONDS, 10 * 2 ** attempt);
}
