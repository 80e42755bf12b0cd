import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Verifies an `x-vercel-signature` header (HMAC-SHA1 in hexadecimal). `rawBody` is the body as received, not parsed and written
 * again; `secret` is the webhook's, or the client secret of an integration. Vercel signs no time: skip an `id` already handled.
 */
export function verifyVercelWebhook(rawBody: Buffer | string, header: string | string[] | undefined, secret: string): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const signature = /^[\da-f]{40}$/.exec(String(header ?? ''))?.[0] ?? '';
  const received = Buffer.from(signature, 'hex');
  const expected = createHmac('sha1', secret).update(rawBody).digest();
  return received.length === expected.length && timingSafeEqual(received, expected);
}
