import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_SECONDS = 300; // ${1}

/**
 * Verifies a `Stripe-Signature` header (v1, HMAC-SHA256).
 * `rawBody` is the body as received, not parsed and written again; `secret` is the endpoint's, used as it is with its `whsec_`.
 */
export function verifyStripeWebhook(
  rawBody: Buffer | string,
  header: string | undefined,
  secret: string,
  nowSeconds = Date.now() / 1000,
): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const fields = (header ?? '').split(',').map((field) => field.trim());
  const timestamp = fields.find((field) => field.startsWith('t='))?.slice('t='.length) ?? '';
  if (!/^\d+$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return false;

  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(rawBody).digest();
  return fields
    .filter((field) => field.startsWith('v1='))
    .some((field) => {
      const received = Buffer.from(field.slice('v1='.length), 'hex');
      return received.length === expected.length && timingSafeEqual(received, expected);
    });
}
