import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_MS = 60_000; // ${1}

/**
 * Verifies a `Linear-Signature` header (HMAC-SHA256) and the time in the body, which is signed with it. `rawBody` is the
 * body as received, not parsed and written again; `secret` is the webhook's signing secret.
 */
export function verifyLinearWebhook(
  rawBody: Buffer | string,
  header: string | undefined,
  secret: string,
  nowMs = Date.now(),
): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const received = Buffer.from(header ?? '', 'hex');
  const expected = createHmac('sha256', secret).update(rawBody).digest();
  if (received.length !== expected.length || !timingSafeEqual(received, expected)) return false;

  const { webhookTimestamp } = JSON.parse(rawBody.toString()) as { webhookTimestamp?: unknown };
  return typeof webhookTimestamp === 'number' && Math.abs(nowMs - webhookTimestamp) <= TOLERANCE_MS;
}
