// What others tell the shop: the payment provider that an order is paid, the carrier where a parcel is.
import crypto from 'node:crypto';
import express, { Router } from 'express';
import { markPaid, moveParcel } from './database.js';

export const webhooks = Router();

webhooks.use(express.raw({ type: 'application/json' }));

webhooks.post('/payments', async (request, response) => {
  const signature = request.headers['x-payment-signature'] ?? '';
  if (!verifyPayment(request.body, signature, process.env.PAYMENT_SECRET!)) return response.status(401).end();
  await markPaid(JSON.parse(request.body.toString()).orderId);
  return response.status(204).end();
});

webhooks.post('/carrier', async (request, response) => {
  const signature = request.headers['x-carrier-signature'] ?? '';
  const expected = crypto.createHmac('sha256', process.env.CARRIER_SECRET!).update(request.body).digest('hex');
  if (signature !== expected) return response.status(401).end();
  await moveParcel(JSON.parse(request.body.toString()));
  return response.status(204).end();
});

function verifyPayment(payload: Buffer, signature: string, secret: string): boolean {
  const digest = crypto.createHmac('sha256', secret).update(payload).digest('hex');
  return crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(digest));
}
