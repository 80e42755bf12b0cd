import type { Pool } from 'pg';
import type { OffsetPage, Window } from './pagination-offset.ts'; // ${1}

export interface Order {
  id: string;
  createdAt: string;
  /** A decimal number as text: a floating-point number would round it. */
  total: string;
}

/** One page of the orders of a customer, newest first, and how many there are. `parseWindow` has bounded the window. */
export async function pageOfOrders(pool: Pool, customerId: string, { limit, offset }: Window): Promise<OffsetPage<Order>> {
  // One statement sees one state of the table: the total fits the rows, also on a page behind the end.
  const { rows } = await pool.query<{ total: number; items: Order[] }>(
    `WITH page AS (
       SELECT id, created_at AS "createdAt", total::text FROM orders
       WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3
     )
     SELECT (SELECT count(*)::int FROM orders WHERE customer_id = $1) AS total,
            coalesce((SELECT json_agg(page) FROM page), '[]') AS items`,
    [customerId, limit, offset],
  );
  const { items = [], total = 0 } = rows[0] ?? {};
  return { items, limit, offset, total };
}
