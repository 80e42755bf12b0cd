import type { PrismaClient } from '../generated/prisma/client.ts'; // ${1}
import type { OffsetPage, Window } from './pagination-offset.ts'; // ${2}

/** An order as the API shows it. */
export interface Order {
  id: string;
  createdAt: string;
  /** A decimal number as text: a floating-point number would round it. */
  total: string;
}

/** One page of the orders of a customer, newest first, and how many there are. `parseWindow` has bounded the window. */
export async function pageOfOrders(
  prisma: PrismaClient,
  customerId: string,
  { limit, offset }: Window,
): Promise<OffsetPage<Order>> {
  const [rows, total] = await prisma.$transaction(
    [
      prisma.order.findMany({
        where: { customerId },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        skip: offset,
        take: limit,
      }),
      prisma.order.count({ where: { customerId } }),
    ],
    // Both see one state of the table: the total fits the rows.
    { isolationLevel: 'RepeatableRead' },
  );
  const items = rows.map((row) => ({ id: row.id, createdAt: row.createdAt.toISOString(), total: row.total.toFixed() }));
  return { items, limit, offset, total };
}
