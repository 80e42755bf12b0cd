import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';

/** A saga whose process is silent for so long is taken over; one step has to be done before. */
const LEASE = '2 minutes'; // ${1}

export const sagaTable = `
  CREATE TABLE sagas (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'compensating', 'done', 'undone')),
    step int NOT NULL DEFAULT 0,
    data jsonb NOT NULL,
    error text,
    -- Who is at it, and until when.
    holder uuid,
    leased_until timestamptz
  );
  CREATE INDEX ON sagas (name) WHERE status IN ('running', 'compensating')`;

/** A step in another service and what undoes it. Both may be called again with the same key, after a crash, and must tolerate it. */
export interface SagaStep<Data> {
  name: string;
  /** What it returns is kept for the steps that follow. Throws when the saga cannot go on and is to be undone. */
  run(data: Data, idempotencyKey: string): Promise<Partial<Data> | undefined>;
  /** Undoes the step, also when it has failed half way or has not happened at all. */
  compensate?(data: Data, idempotencyKey: string): Promise<void>;
}

export type SagaStatus = 'running' | 'compensating' | 'done' | 'undone';

/** This process was silent for longer than its lease, and another has gone on. */
export class TakenOverError extends Error {}

interface SagaState<Data> {
  status: SagaStatus;
  step: number;
  data: Data;
}

/** Writes a saga down, in the transaction that decides on it. */
export async function beginSaga(client: Pool | PoolClient, name: string, id: string, data: object): Promise<void> {
  await client.query('INSERT INTO sagas (id, name, data) VALUES ($1, $2, $3)', [id, name, JSON.stringify(data)]);
}

/**
 * Runs a saga from where it stands to its end: all steps done, or what was done undone, the last first. Undefined when
 * another process has it. Throws when a compensation fails; the saga stays, to be continued. Throws TakenOverError, and
 * changes nothing any more, when it was slower than its lease.
 */
export async function continueSaga<Data extends object>(
  pool: Pool,
  steps: readonly SagaStep<Data>[],
  id: string,
): Promise<SagaStatus | undefined> {
  const holder = randomUUID();
  const { rows } = await pool.query<SagaState<Data>>(
    `UPDATE sagas SET holder = $3, leased_until = now() + $2::interval
     WHERE id = $1 AND status IN ('running', 'compensating') AND (leased_until IS NULL OR leased_until < now())
     RETURNING status, step, data`,
    [id, LEASE, holder],
  );
  const [state] = rows;
  if (!state) return undefined;
  try {
    while (state.status === 'running') {
      const step = steps[state.step];
      if (!step) {
        await save(pool, id, holder, { ...state, status: 'done' });
        return 'done';
      }
      let failure: string | undefined;
      try {
        Object.assign(state.data, await step.run(state.data, `${id}:${step.name}`));
        state.step++;
      } catch (error) {
        // The failed step is undone as well: its request may have arrived, and only the answer not.
        state.status = 'compensating';
        failure = `${step.name}: ${error instanceof Error ? error.message : error}`;
      }
      await save(pool, id, holder, state, failure);
    }
    for (; state.step >= 0; state.step--) {
      await save(pool, id, holder, state);
      const step = steps[state.step];
      await step?.compensate?.(state.data, `${id}:${step.name}:undo`);
    }
    await save(pool, id, holder, { ...state, status: 'undone', step: 0 });
    return 'undone';
  } finally {
    await pool.query('UPDATE sagas SET leased_until = NULL WHERE id = $1 AND holder = $2', [id, holder]);
  }
}

/** Sagas that nobody is at: begun, or left by a process that died or could not compensate. */
export async function waitingSagas(pool: Pool, name: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM sagas WHERE name = $1 AND status IN ('running', 'compensating')
     AND (leased_until IS NULL OR leased_until < now())`,
    [name],
  );
  return rows.map(({ id }) => id);
}

async function save(
  pool: Pool,
  id: string,
  holder: string,
  { status, step, data }: SagaState<object>,
  error?: string,
): Promise<void> {
  const { rowCount } = await pool.query(
    `UPDATE sagas SET status = $3, step = $4, data = $5, error = coalesce($6, error), leased_until = now() + $7::interval
     WHERE id = $1 AND holder = $2`,
    [id, holder, status, step, JSON.stringify(data), error, LEASE],
  );
  if (rowCount === 0) throw new TakenOverError(`Another process has taken saga ${id} over.`);
}
