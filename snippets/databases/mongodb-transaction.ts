import type { ClientSession, MongoClient, TransactionOptions } from 'mongodb';

const DEADLINE_MS = 10_000; // ${1}

/** What is read is of one moment and will stay, what is committed is on a majority of the members. */
const options: TransactionOptions = {
  readPreference: 'primary',
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority' },
};

/** The transaction met conflicts until its time was up; `cause` is the last of them. Nothing of it took effect. */
export class TransactionTimeoutError extends Error {}

/**
 * Runs operations in one transaction: all of them with `{ session }`, one after the other. Commits what `run` returns from,
 * undoes what it throws. `run` is repeated after a conflict: it must have no effect outside of the database, and let the
 * errors of its operations through.
 */
export async function inTransaction<T>(
  client: MongoClient,
  run: (session: ClientSession) => Promise<T>,
  now: () => number = () => performance.now(),
): Promise<T> {
  const end = now() + DEADLINE_MS;
  let conflict: unknown;
  return client.withSession((session) =>
    session.withTransaction(async () => {
      // The driver by itself goes on for two minutes, longer than anybody waits for a response.
      if (now() > end)
        throw new TransactionTimeoutError('The transaction met conflicts until its time was up.', { cause: conflict });
      try {
        return await run(session);
      } catch (error) {
        conflict = error;
        throw error;
      }
    }, options),
  );
}
