import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_MS = 300_000; // ${1}

/**
 * Verifies a webhook signed by HubSpot (v3, HMAC-SHA256 in base64). `url` is the whole address HubSpot calls, with https,
 * host and query; `rawBody` is the body as received; `secret` is the app's client secret.
 */
export function verifyHubSpotWebhook(
  method: string,
  url: string,
  rawBody: Buffer | string,
  headers: IncomingHttpHeaders,
  secret: string,
  nowMs = Date.now(),
): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': timestamp } = headers;
  if (typeof signature !== 'string' || typeof timestamp !== 'string') return false;
  if (!/^\d+$/.test(timestamp) || Math.abs(nowMs - Number(timestamp)) > TOLERANCE_MS) return false;

  const received = Buffer.from(signature, 'base64');
  const expected = createHmac('sha256', secret)
    // These escapes, and no others, HubSpot signs decoded.
    .update(method + url.replace(/%(?:2[14789ACF]|3[ABF]|40)/gi, decodeURIComponent))
    .update(rawBody)
    .update(timestamp)
    .digest();
  return received.length === expected.length && timingSafeEqual(received, expected);
}
