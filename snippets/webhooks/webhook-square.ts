import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Verifies an `x-square-hmacsha256-signature` header (HMAC-SHA256 in base64). `notificationUrl` is the address as it stands
 * in the subscription, not as the request shows it behind a proxy; `rawBody` is the body as received; `secret` is the
 * subscription's signature key. Square signs no time: skip an `event_id` already handled.
 */
export function verifySquareWebhook(
  rawBody: Buffer | string,
  header: string | string[] | undefined,
  secret: string,
  notificationUrl: string,
): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const received = Buffer.from(String(header ?? ''), 'base64');
  const expected = createHmac('sha256', secret).update(notificationUrl).update(rawBody).digest();
  return received.length === expected.length && timingSafeEqual(received, expected);
}
