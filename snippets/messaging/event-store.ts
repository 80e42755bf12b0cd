import type { Pool, PoolClient } from 'pg';

export const eventTables = `
  CREATE TABLE events (
    position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    stream text NOT NULL,
    version int NOT NULL,
    type text NOT NULL,
    schema_version int NOT NULL,
    data jsonb NOT NULL,
    metadata jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream, version)
  );
  CREATE TABLE snapshots (
    stream text PRIMARY KEY,
    version int NOT NULL,
    -- Counts up when the state gets another shape: older ones are then passed over.
    state_version int NOT NULL,
    state jsonb NOT NULL
  )`;

export interface NewEvent {
  type: string;
  schemaVersion: number;
  data: unknown;
  metadata?: Record<string, unknown>;
}

export interface StoredEvent extends NewEvent {
  stream: string;
  version: number;
}

/** Another wrote to the stream since it was read: read it again and decide anew. */
export class ConcurrencyError extends Error {
  constructor(stream: string, expected: number) {
    super(`${stream} is no longer at version ${expected}.`);
    this.name = 'ConcurrencyError';
  }
}

/** Adds events to a stream that is at a version (0: there is none yet); returns its new version. */
export async function appendEvents(
  db: Pool | PoolClient,
  stream: string,
  expectedVersion: number,
  events: readonly NewEvent[],
): Promise<number> {
  try {
    // One statement, so that all events are there or none; it writes nothing when the stream has not come so far.
    const { rowCount } = await db.query(
      `INSERT INTO events (stream, version, type, schema_version, data, metadata)
       SELECT $1, $2 + row_number() OVER (ORDER BY n), e->>'type', (e->>'schemaVersion')::int, e->'data', coalesce(e->'metadata', '{}')
       FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS list(e, n)
       WHERE $2 = (SELECT coalesce(max(version), 0) FROM events WHERE stream = $1)`,
      [stream, expectedVersion, JSON.stringify(events)],
    );
    if (rowCount !== events.length) throw new ConcurrencyError(stream, expectedVersion);
    return expectedVersion + events.length;
  } catch (error) {
    if ((error as { code?: string }).code === '23505') throw new ConcurrencyError(stream, expectedVersion);
    throw error;
  }
}

/** What becomes of events: the state before the first, and after each. `version` counts the shapes the state has had. */
export interface Projection<State> {
  version: number;
  initial: State;
  apply(state: State, event: StoredEvent): State;
}

/** The state of a stream: its snapshot, if one has the right shape, and the events since. */
export async function loadState<State>(
  db: Pool | PoolClient,
  stream: string,
  { version: stateVersion, initial, apply }: Projection<State>,
): Promise<{ state: State; version: number }> {
  const snapshots = await db.query<{ state: State; version: number }>(
    'SELECT state, version FROM snapshots WHERE stream = $1 AND state_version = $2',
    [stream, stateVersion],
  );
  const { state, version } = snapshots.rows[0] ?? { state: initial, version: 0 };
  const { rows } = await db.query<StoredEvent>(
    `SELECT stream, version, type, schema_version AS "schemaVersion", data, metadata FROM events
     WHERE stream = $1 AND version > $2 ORDER BY version`,
    [stream, version],
  );
  return { state: rows.reduce(apply, state), version: rows.at(-1)?.version ?? version };
}

/** Keeps the state of a stream, so that fewer events have to be read; after every hundred events or so. */
export async function saveSnapshot(
  db: Pool | PoolClient,
  stream: string,
  version: number,
  stateVersion: number,
  state: unknown,
): Promise<void> {
  await db.query(
    `INSERT INTO snapshots (stream, version, state_version, state) VALUES ($1, $2, $3, $4)
     ON CONFLICT (stream) DO UPDATE
     SET version = EXCLUDED.version, state_version = EXCLUDED.state_version, state = EXCLUDED.state
     WHERE (snapshots.state_version, snapshots.version) < (EXCLUDED.state_version, EXCLUDED.version)`,
    [stream, version, stateVersion, JSON.stringify(state)],
  );
}
