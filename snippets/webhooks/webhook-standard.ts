import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_SECONDS = 300; // ${1}

/**
 * Verifies a webhook signed by the Standard Webhooks scheme (v1, HMAC-SHA256).
 * `rawBody` is the body as received, not parsed and written again; `secret` is the one that starts with `whsec_`.
 * Keep `webhook-id` for as long as the sender retries, and skip an id already handled.
 */
export function verifyStandardWebhook(
  rawBody: Buffer | string,
  headers: IncomingHttpHeaders,
  secret: string,
  nowSeconds = Date.now() / 1000,
): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (key.length === 0) throw new Error('The webhook secret is empty.');

  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return false;
  if (!/^\d+$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return false;

  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(rawBody).digest();
  return signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .some((signature) => {
      const received = Buffer.from(signature.slice('v1,'.length), 'base64');
      return received.length === expected.length && timingSafeEqual(received, expected);
    });
}
