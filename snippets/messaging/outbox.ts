import type { Pool, PoolClient } from 'pg';

export const outboxTable = `
  CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    topic text NOT NULL,
    key text NOT NULL,
    payload jsonb NOT NULL,
    headers jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`;

/** A message on its way; `id` is the same however often it is published, and what consumers deduplicate by. */
export interface OutboxMessage {
  id: string;
  topic: string;
  /** What belongs in order: the id of the order, the account … */
  key: string;
  payload: unknown;
  headers: Record<string, string>;
}

/** Writes a message in the transaction whose change it announces: both are there, or neither. */
export async function writeToOutbox(
  client: PoolClient,
  message: Omit<OutboxMessage, 'id' | 'headers'> & { headers?: Record<string, string> },
): Promise<void> {
  await client.query('INSERT INTO outbox (topic, key, payload, headers) VALUES ($1, $2, $3, $4)', [
    message.topic,
    message.key,
    JSON.stringify(message.payload),
    JSON.stringify(message.headers ?? {}),
  ]);
}

/**
 * Publishes what is waiting, oldest first, at most `limit`; returns how many. `publish` resolves when the broker has
 * confirmed. Messages are published at least once: a relay that dies in between leaves its batch to the next. Call it in a
 * loop, with a pause when it returns 0. Several relays take different messages, and so may swap those of one key: run one
 * where order counts.
 */
export async function relayOutbox(
  pool: Pool,
  publish: (messages: OutboxMessage[]) => Promise<void>,
  limit = 100,
): Promise<number> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<OutboxMessage & { position: string }>(
      `SELECT position, id, topic, key, payload, headers FROM outbox
       ORDER BY position LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [limit],
    );
    if (rows.length > 0) {
      await publish(rows.map(({ position: _, ...message }) => message));
      await client.query('DELETE FROM outbox WHERE position = ANY($1::bigint[])', [rows.map(({ position }) => position)]);
    }
    await client.query('COMMIT');
    return rows.length;
  } catch (error) {
    await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
