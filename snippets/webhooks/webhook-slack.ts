import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_SECONDS = 300; // ${1}

/**
 * Verifies a request signed by Slack (v0, HMAC-SHA256): events, commands and interactions alike. `rawBody` is the body as
 * received, not parsed and written again; `secret` is the app's signing secret.
 */
export function verifySlackRequest(
  rawBody: Buffer | string,
  headers: IncomingHttpHeaders,
  secret: string,
  nowSeconds = Date.now() / 1000,
): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const { 'x-slack-signature': header, 'x-slack-request-timestamp': timestamp } = headers;
  if (typeof header !== 'string' || typeof timestamp !== 'string') return false;
  if (!/^\d+$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return false;

  const signature = /^v0=([\da-f]{64})$/.exec(header)?.[1] ?? '';
  const expected = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(rawBody).digest();
  const received = Buffer.from(signature, 'hex');
  return received.length === expected.length && timingSafeEqual(received, expected);
}
