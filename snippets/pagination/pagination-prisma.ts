import type { PrismaClient } from '../generated/prisma/client.ts'; // ${1}
import { type Page, type Position, toPage } from './pagination.ts'; // ${2}

/** An order as the API shows it. */
export interface Order {
  id: string;
  createdAt: string;
  /** A decimal number as text: a floating-point number would round it. */
  total: string;
}

/**
 * One page of the orders of a customer, oldest first; undefined when the cursor holds no position of this collection (answer
 * 400). `@@index([customerId, createdAt, id])` makes every page as fast as the first. `createdAt` is `@db.Timestamptz(3)`:
 * of more digits a JavaScript date loses the last ones, and pages would lose rows.
 */
export async function listOrders(
  prisma: PrismaClient,
  customerId: string,
  limit: number,
  after?: Position,
): Promise<Page<Order> | undefined> {
  const createdAt = new Date(after?.createdAt ?? 0);
  // Whoever reads a cursor can write one: years that JavaScript has and the database has not would be errors of the latter.
  const isMoment = !Number.isNaN(createdAt.getTime()) && /^[1-9]\d{3}-/.test(after?.createdAt ?? '');
  if (after && !(isMoment && isUuid(after.id))) return undefined;
  const rows = await prisma.order.findMany({
    where: {
      customerId,
      // The first condition bounds the index, the second leaves out what the last page showed of that moment.
      ...(after && { createdAt: { gte: createdAt }, OR: [{ createdAt: { gt: createdAt } }, { id: { gt: after.id } }] }),
    },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    // One row more than the page holds tells whether another follows.
    take: limit + 1,
  });
  const orders = rows.map((row) => ({ id: row.id, createdAt: row.createdAt.toISOString(), total: row.total.toFixed() }));
  return toPage(orders, limit);
}

function isUuid(text: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
}
