import { type Collection, ObjectId } from 'mongodb';
import { type Page, type Position, toPage } from './pagination.ts'; // ${1}

/** An order as it is stored. */
export interface OrderDocument {
  _id: ObjectId;
  customerId: string;
  total: number;
  createdAt: Date;
}

/** An order as the API shows it. */
export interface Order {
  id: string;
  createdAt: string;
  total: number;
}

const MAX_TIME_MS = 5_000; // ${2}

/**
 * One page of the orders of a customer, oldest first; undefined when the cursor holds no position of this collection (answer
 * 400). An index on `{ customerId: 1, createdAt: 1, _id: 1 }` makes every page as fast as the first.
 */
export async function listOrders(
  orders: Collection<OrderDocument>,
  customerId: string,
  limit: number,
  after?: Position,
): Promise<Page<Order> | undefined> {
  const createdAt = new Date(after?.createdAt ?? 0);
  if (after && (Number.isNaN(createdAt.getTime()) || !ObjectId.isValid(after.id))) return undefined;
  const found = await orders
    .find({
      customerId,
      // The first condition bounds the index, the second leaves out what the last page showed of that moment.
      ...(after && {
        createdAt: { $gte: createdAt },
        $or: [{ createdAt: { $gt: createdAt } }, { _id: { $gt: new ObjectId(after.id) } }],
      }),
    })
    .sort({ createdAt: 1, _id: 1 })
    // One more than the page holds tells whether another follows.
    .limit(limit + 1)
    .maxTimeMS(MAX_TIME_MS)
    .toArray();
  return toPage(found.map(toOrder), limit);
}

function toOrder({ _id, createdAt, total }: OrderDocument): Order {
  return { id: _id.toHexString(), createdAt: createdAt.toISOString(), total };
}
