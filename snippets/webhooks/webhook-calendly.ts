import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_SECONDS = 180; // ${1}

/**
 * Verifies a `Calendly-Webhook-Signature` header (HMAC-SHA256). `rawBody` is the body as received, not parsed and written again;
 * `secret` is the subscription's signing key.
 */
export function verifyCalendlyWebhook(
  rawBody: Buffer | string,
  header: string | string[] | undefined,
  secret: string,
  nowSeconds = Date.now() / 1000,
): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const fields = String(header ?? '')
    .split(',')
    .map((field) => field.trim());
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
