import { createPublicKey, createVerify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_SECONDS = 600; // ${1}

/**
 * Verifies a request of SendGrid's Event Webhook (ECDSA with SHA-256). `rawBody` is the body as received, not parsed and
 * written again; `publicKey` is the verification key as SendGrid shows it, in base64.
 */
export function verifySendGridWebhook(
  rawBody: Buffer | string,
  headers: IncomingHttpHeaders,
  publicKey: string,
  nowSeconds = Date.now() / 1000,
): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });

  const { 'x-twilio-email-event-webhook-signature': signature, 'x-twilio-email-event-webhook-timestamp': timestamp } = headers;
  if (typeof signature !== 'string' || typeof timestamp !== 'string') return false;
  if (!/^\d+$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return false;

  return createVerify('sha256').update(timestamp).update(rawBody).verify(key, signature, 'base64');
}
