import { createHmac, timingSafeEqual } from 'node:crypto';

/** Mailgun comes again for eight hours, and does not say that it signs anew. */
const TOLERANCE_SECONDS = 36_000; // ${1}

/** The member `signature` of the body. */
export interface MailgunSignature {
  timestamp: string | number;
  token: string;
  signature: string;
}

/**
 * Verifies the signature in the body of a webhook of Mailgun (HMAC-SHA256). It covers time and token only, not the event:
 * whoever has one may send another event with it, so `isNewToken` must remember tokens for as long as the window, and the
 * address must be https. `secret` is the account's webhook signing key.
 */
export async function verifyMailgunWebhook(
  { timestamp, token, signature }: MailgunSignature,
  secret: string,
  isNewToken: (token: string) => Promise<boolean>,
  nowSeconds = Date.now() / 1000,
): Promise<boolean> {
  if (secret === '') throw new Error('The webhook secret is empty.');

  if (!/^\d+$/.test(String(timestamp)) || Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return false;

  const received = Buffer.from(signature, 'hex');
  const expected = createHmac('sha256', secret).update(`${timestamp}${token}`).digest();
  if (received.length !== expected.length || !timingSafeEqual(received, expected)) return false;
  return isNewToken(token);
}
