import { Router } from 'express';
import { rateOf } from './carrier.js';
import { cancelOrder, createOrder, findOrder, listOrders } from './database.js';

export const orders = Router();

/** Lists the orders of a customer. */
orders.get('/', async (request, response) => {
  const { customer } = request.query;
  response.json(await listOrders(customer));
});

/** Places an order. */
orders.post('/', async (request, response) => {
  const { customer, weight } = request.body;
  const order = await createOrder(customer, weight, await rateOf(weight));
  response.status(201).json(order);
});

/** Finds one order. */
orders.get('/:orderId', async (request, response) => {
  const order = await findOrder(request.params.orderId);
  if (!order) return response.status(404).json({ error: 'There is no such order.' });
  return response.json(order);
});

/** Cancels an order that has not left the shop. */
orders.delete('/:orderId', async (request, response) => {
  await cancelOrder(request.params.orderId);
  response.status(204).end();
});
