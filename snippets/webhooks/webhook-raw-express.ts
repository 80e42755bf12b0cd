import type { IncomingHttpHeaders } from 'node:http';
import express, { type RequestHandler } from 'express';

export interface WebhookReceiver {
  /** Is this from the sender? One of the `webhook-…` verifiers, with its secret. */
  verify(rawBody: Buffer, headers: IncomingHttpHeaders): boolean | Promise<boolean>;
  /**
   * Keeps the event, if it is not there yet, for a worker that handles it. Resolves when it is safe: with nothing, or with the
   * JSON that the sender waits for, as the challenge of Slack or Zoom.
   */
  accept(rawBody: Buffer, headers: IncomingHttpHeaders): Promise<object | void>;
}

/**
 * Receives webhooks: `app.post('/webhooks/orders', webhookRoute(receiver))`, before any `app.use(express.json())`. Answers
 * 401 to what is not from the sender and 200 as soon as the event is kept; an error of `accept` makes the sender come again.
 */
export function webhookRoute({ verify, accept }: WebhookReceiver): RequestHandler[] {
  return [
    express.raw({ type: () => true, limit: '1mb' }),
    async (request, response) => {
      // Parsed before, the bytes that were signed are gone.
      if (request.readableEnded && typeof request.body === 'object' && !Buffer.isBuffer(request.body)) {
        throw new Error('The body of a webhook was parsed before it was verified: register the route before express.json().');
      }
      const rawBody: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      if (!(await verify(rawBody, request.headers))) return void response.status(401).end();
      const answer = await accept(rawBody, request.headers);
      if (answer) response.json(answer);
      else response.status(200).end();
    },
  ];
}
