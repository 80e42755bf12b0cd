import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Verifies a `Typeform-Signature` header (HMAC-SHA256 in base64). `rawBody` is the body as received, not parsed and written
 * again; `secret` is the one the webhook was given. Typeform signs no time: skip an `event_id` already handled.
 */
export function verifyTypeformWebhook(rawBody: Buffer | string, header: string | string[] | undefined, secret: string): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const signature = /^sha256=([A-Za-z\d+/]{43}=)$/.exec(String(header ?? ''))?.[1] ?? '';
  const expected = createHmac('sha256', secret).update(rawBody).digest();
  const received = Buffer.from(signature, 'base64');
  return received.length === expected.length && timingSafeEqual(received, expected);
}
