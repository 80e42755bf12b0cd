import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Verifies an `X-Hub-Signature` header of Intercom (HMAC-SHA1). `rawBody` is the body as received, not parsed and written
 * again; `secret` is the app's client secret. Intercom signs no time: skip an `id` already handled.
 */
export function verifyIntercomWebhook(rawBody: Buffer | string, header: string | string[] | undefined, secret: string): boolean {
  if (secret === '') throw new Error('The client secret is empty.');

  const signature = /^sha1=([\da-f]{40})$/.exec(String(header ?? ''))?.[1] ?? '';
  const expected = createHmac('sha1', secret).update(rawBody).digest();
  const received = Buffer.from(signature, 'hex');
  return received.length === expected.length && timingSafeEqual(received, expected);
}
