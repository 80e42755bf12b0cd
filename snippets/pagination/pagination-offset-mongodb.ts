import type { Collection, ObjectId } from 'mongodb';
import type { OffsetPage, Window } from './pagination-offset.ts'; // ${1}

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

/** One page of the orders of a customer, newest first, and how many there are. `parseWindow` has bounded the window. */
export async function pageOfOrders(
  orders: Collection<OrderDocument>,
  customerId: string,
  { limit, offset }: Window,
): Promise<OffsetPage<Order>> {
  const [found, total] = await Promise.all([
    orders.find({ customerId }).sort({ createdAt: -1, _id: -1 }).skip(offset).limit(limit).maxTimeMS(MAX_TIME_MS).toArray(),
    orders.countDocuments({ customerId }, { maxTimeMS: MAX_TIME_MS }),
  ]);
  return { items: found.map(toOrder), limit, offset, total };
}

function toOrder({ _id, createdAt, total }: OrderDocument): Order {
  return { id: _id.toHexString(), createdAt: createdAt.toISOString(), total };
}
