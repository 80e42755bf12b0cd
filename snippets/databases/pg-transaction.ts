import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';

const ATTEMPTS = 5; // ${1}
const BASE_MS = 20;
const CAP_MS = 1_000;
/** Serialization failure and deadlock: the server undid this transaction for another's sake. */
const RETRIED = new Set(['40001', '40P01']);

export interface TransactionOptions {
  isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  sleep?: (ms: number) => Promise<unknown>;
}

/**
 * Runs statements in one transaction, on the client `run` is given. Commits what it returns from, rolls back what it throws.
 * `run` is repeated after a serialization failure or a deadlock: it must have no effect outside of the database.
 */
export async function transaction<T>(
  pool: Pool,
  run: (client: PoolClient) => Promise<T>,
  { isolation = 'READ COMMITTED', sleep = delay }: TransactionOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(pool, run, isolation);
    } catch (error) {
      if (attempt >= ATTEMPTS || !RETRIED.has((error as { code?: string }).code ?? '')) throw error;
    }
    await sleep(Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt));
  }
}

async function runOnce<T>(pool: Pool, run: (client: PoolClient) => Promise<T>, isolation: string): Promise<T> {
  const client = await pool.connect();
  // A connection that breaks between two statements says so by an event, which without a listener ends the process.
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query(`BEGIN ISOLATION LEVEL ${isolation}`);
    const result = await run(client);
    const { command } = await client.query('COMMIT');
    // The server answers so when a statement failed and `run` went on as if it had not.
    if (command === 'ROLLBACK') throw new Error('The transaction was rolled back: one of its statements failed.');
    return result;
  } catch (error) {
    // A connection that cannot even roll back is not to go back into the pool.
    await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/** Runs a part of a transaction that may fail without undoing the rest; throws what it throws. Can be nested. */
export async function savepoint<T>(client: PoolClient, run: () => Promise<T>): Promise<T> {
  await client.query('SAVEPOINT part');
  try {
    const result = await run();
    await client.query('RELEASE SAVEPOINT part');
    return result;
  } catch (error) {
    // An inner savepoint of the same name hides the outer one until it is released.
    await client.query('ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part');
    throw error;
  }
}
