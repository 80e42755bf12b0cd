import pg from 'pg';

/** Connections of this process. All processes together have to stay below the server's `max_connections`. */
const MAX_CONNECTIONS = 10; // ${1}

/** The pool of the process: make it once, at the start. `log` gets errors of connections nobody is using. */
export function createPool(connectionString: string, log: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: 'orders', // ${2}
    max: MAX_CONNECTIONS,
    // Waiting for a free connection, or for a new one, ends with an error rather than never.
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    // A connection that lives for ever stays with the old server after a failover.
    maxLifetimeSeconds: 1_800,
    keepAlive: true,
    // The server ends what takes too long; the client gives up a little later, when the server does not answer at all.
    statement_timeout: 10_000,
    query_timeout: 12_000,
    idle_in_transaction_session_timeout: 30_000,
  });
  // Without a listener, an idle connection that breaks ends the process.
  pool.on('error', log);
  return pool;
}

/** Ends the process in order: `stopServing` stops taking requests and waits for those under way, then the pool closes. */
export function endOnSignal(pool: pg.Pool, stopServing: () => Promise<void>, log: (error: unknown) => void): void {
  let isEnding = false;
  const end = async () => {
    if (isEnding) return;
    isEnding = true;
    try {
      // Closed also when serving did not end in order: what is open keeps the process alive.
      await stopServing().finally(() => pool.end());
    } catch (error) {
      log(error);
      process.exitCode = 1;
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
}
