import type { IncomingHttpHeaders } from 'node:http';
import type { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';

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
 * Receives webhooks at a path. Answers 401 to what is not from the sender and 200 as soon as the event is kept; an error of
 * `accept` makes the sender come again.
 */
export function receiveWebhooks(app: Hono, path: string, { verify, accept }: WebhookReceiver): void {
  app.post(path, bodyLimit({ maxSize: 1_048_576 }), async (context) => {
    const rawBody = Buffer.from(await context.req.arrayBuffer());
    const headers = Object.fromEntries(context.req.raw.headers);
    if (!(await verify(rawBody, headers))) return context.body(null, 401);
    const answer = await accept(rawBody, headers);
    return answer ? context.json(answer) : context.body(null, 200);
  });
}
