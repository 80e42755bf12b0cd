import type { IncomingHttpHeaders } from 'node:http';

const MAX_BYTES = 1_048_576; // ${1}

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
 * Receives webhooks in a route handler of Next.js: in `app/webhooks/orders/route.ts`,
 * `export const runtime = 'nodejs'; export const POST = webhookRoute(receiver)`. Answers 401 to what is not from the sender
 * and 200 as soon as the event is kept; an error of `accept` makes the sender come again.
 */
export function webhookRoute({ verify, accept }: WebhookReceiver): (request: Request) => Promise<Response> {
  return async (request) => {
    const rawBody = await bytesOf(request);
    if (!rawBody) return new Response(null, { status: 413 });
    const headers = Object.fromEntries(request.headers);
    if (!(await verify(rawBody, headers))) return new Response(null, { status: 401 });
    const answer = await accept(rawBody, headers);
    return answer ? Response.json(answer) : new Response(null, { status: 200 });
  };
}

/** The body as received; undefined when it is too large. Route handlers have no limit of their own. */
async function bytesOf({ body }: Request): Promise<Buffer | undefined> {
  if (!body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Before TypeScript 6, the types of browsers know no `for await` over a body.
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length;
    if (size > MAX_BYTES) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks);
}
