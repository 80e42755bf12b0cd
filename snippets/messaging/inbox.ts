import type { Pool, PoolClient } from 'pg';

export const inboxTable = `
  CREATE TABLE inbox (
    consumer text NOT NULL,
    message_id text NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, message_id)
  );
  CREATE INDEX ON inbox (handled_at)`;

/**
 * Handles a message once, however often it is delivered; false when it was handled before. `handle` does its work with the
 * client it is given, in the transaction that also notes the message: both happen, or neither. Acknowledge when this
 * resolves.
 */
export async function handleMessageOnce(
  pool: Pool,
  consumer: string,
  messageId: string,
  handle: (client: PoolClient) => Promise<void>,
): Promise<boolean> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    // A second delivery waits here until the first has committed, and then changes nothing.
    const { rowCount } = await client.query('INSERT INTO inbox (consumer, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      consumer,
      messageId,
    ]);
    if (rowCount === 1) await handle(client);
    const { command } = await client.query('COMMIT');
    // The server answers so when a statement failed and `handle` went on as if it had not.
    if (command === 'ROLLBACK') throw new Error('The work was rolled back: one of its statements failed.');
    return rowCount === 1;
  } catch (error) {
    await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/** Forgets messages that no broker delivers again; run it every hour or so. */
export async function forgetHandledMessages(pool: Pool, olderThan = '14 days'): Promise<number> {
  const { rowCount } = await pool.query('DELETE FROM inbox WHERE handled_at < now() - $1::interval', [olderThan]);
  return rowCount ?? 0;
}
