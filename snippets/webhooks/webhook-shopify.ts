import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Verifies an `X-Shopify-Hmac-Sha256` header (HMAC-SHA256 in base64). `rawBody` is the body as received, not parsed and
 * written again; `secret` is the app's client secret. Shopify signs no time: skip an `X-Shopify-Event-Id` already handled.
 */
export function verifyShopifyWebhook(rawBody: Buffer | string, header: string | string[] | undefined, secret: string): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const received = Buffer.from(String(header ?? ''), 'base64');
  const expected = createHmac('sha256', secret).update(rawBody).digest();
  return received.length === expected.length && timingSafeEqual(received, expected);
}
