import type { Pool } from 'pg';
import { type Page, type Position, toPage } from './pagination.ts'; // ${1}

export interface Order {
  id: string;
  /** UTC with microseconds, as it is stored: a JavaScript date would cut it to milliseconds, and pages would lose rows. */
  createdAt: string;
  total: string;
}

/**
 * One page of the orders of a customer, oldest first; undefined when the cursor holds no position of this collection (answer
 * 400). An index on `(customer_id, created_at, id)` makes every page as fast as the first.
 */
export async function listOrders(
  pool: Pool,
  customerId: string,
  limit: number,
  after?: Position,
): Promise<Page<Order> | undefined> {
  if (after && !isPosition(after)) return undefined;
  const columns = `id, total, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "createdAt"`;
  // One row more than the page holds tells whether another follows.
  const { rows } = after
    ? await pool.query<Order>(
        `SELECT ${columns} FROM orders
         WHERE customer_id = $1 AND (created_at, id) > ($3::timestamptz, $4::uuid)
         ORDER BY created_at, id LIMIT $2`,
        [customerId, limit + 1, after.createdAt, after.id],
      )
    : await pool.query<Order>(`SELECT ${columns} FROM orders WHERE customer_id = $1 ORDER BY created_at, id LIMIT $2`, [
        customerId,
        limit + 1,
      ]);
  return toPage(rows, limit);
}

/** Whoever reads a cursor can write one: a day that does not exist would be an error of the database. */
function isPosition({ createdAt, id }: Position): boolean {
  const isUuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id);
  const seconds = /^([1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{6}Z$/.exec(createdAt)?.[1] ?? '';
  const time = Date.parse(`${seconds}Z`);
  return isUuid && !Number.isNaN(time) && new Date(time).toISOString().startsWith(seconds);
}
