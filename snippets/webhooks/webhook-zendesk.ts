import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_SECONDS = 300; // ${1}

/**
 * Verifies a webhook signed by Zendesk (HMAC-SHA256 in base64). `rawBody` is the body as received, not parsed and written
 * again, and may be empty; `secret` is the webhook's signing secret.
 */
export function verifyZendeskWebhook(
  rawBody: Buffer | string,
  headers: IncomingHttpHeaders,
  secret: string,
  nowMs = Date.now(),
): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const { 'x-zendesk-webhook-signature': signature, 'x-zendesk-webhook-signature-timestamp': timestamp } = headers;
  if (typeof signature !== 'string' || typeof timestamp !== 'string') return false;
  // An ISO 8601 text, signed as it stands. Of one that is none the difference is not a number, and not within the window.
  if (!(Math.abs(nowMs - Date.parse(timestamp)) <= TOLERANCE_SECONDS * 1000)) return false;

  const received = Buffer.from(signature, 'base64');
  const expected = createHmac('sha256', secret).update(timestamp).update(rawBody).digest();
  return received.length === expected.length && timingSafeEqual(received, expected);
}
