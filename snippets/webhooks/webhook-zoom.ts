import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_SECONDS = 300; // ${1}

/**
 * Verifies a webhook signed by Zoom (v0, HMAC-SHA256). `rawBody` is the body as received, not parsed and written again;
 * `secret` is the app's secret token.
 */
export function verifyZoomWebhook(
  rawBody: Buffer | string,
  headers: IncomingHttpHeaders,
  secret: string,
  nowSeconds = Date.now() / 1000,
): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const { 'x-zm-signature': header, 'x-zm-request-timestamp': timestamp } = headers;
  if (typeof header !== 'string' || typeof timestamp !== 'string') return false;
  if (!/^\d+$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return false;

  const signature = /^v0=([\da-f]{64})$/.exec(header)?.[1] ?? '';
  const expected = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(rawBody).digest();
  const received = Buffer.from(signature, 'hex');
  return received.length === expected.length && timingSafeEqual(received, expected);
}

/**
 * The answer (200, JSON) to the event `endpoint.url_validation`, which Zoom sends before the first and every so often. Verify
 * that event like all others: answered to anybody, it would sign for strangers what they want.
 */
export function answerZoomChallenge(plainToken: string, secret: string): { plainToken: string; encryptedToken: string } {
  // No token of Zoom's has a colon, which every text has whose HMAC is the signature of a webhook.
  if (plainToken.includes(':')) throw new Error('This is no token of Zoom.');

  return { plainToken, encryptedToken: createHmac('sha256', secret).update(plainToken).digest('hex') };
}
