import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';

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
 * Receives webhooks at a path, whose bodies alone stay bytes. Answers 401 to what is not from the sender and 200 as soon as
 * the event is kept; an error of `accept` makes the sender come again.
 */
export function receiveWebhooks(app: FastifyInstance, path: string, { verify, accept }: WebhookReceiver): void {
  // A scope of its own: its parser does not touch the other routes.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: 1_048_576 }, (_request, body, done) => done(null, body));
    scope.post(path, async (request, reply) => {
      const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      if (!(await verify(rawBody, request.headers))) return reply.code(401).send();
      return reply.code(200).send(await accept(rawBody, request.headers));
    });
  });
}
