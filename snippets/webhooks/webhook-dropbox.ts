import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Verifies an `X-Dropbox-Signature` header (HMAC-SHA256 in hexadecimal). `rawBody` is the body as received, not parsed and
 * written again; `secret` is the app's. A notification says only whose files changed: ask for the changes since the cursor.
 */
export function verifyDropboxWebhook(rawBody: Buffer | string, header: string | string[] | undefined, secret: string): boolean {
  if (secret === '') throw new Error('The app secret is empty.');

  const signature = /^[\da-f]{64}$/.exec(String(header ?? ''))?.[0] ?? '';
  const received = Buffer.from(signature, 'hex');
  const expected = createHmac('sha256', secret).update(rawBody).digest();
  return received.length === expected.length && timingSafeEqual(received, expected);
}

/** The answer (200) to the GET with which Dropbox asks whether an address wants notifications; undefined for any other GET. */
export function answerDropboxChallenge(query: URLSearchParams): { headers: Record<string, string>; body: string } | undefined {
  const challenge = query.get('challenge');
  if (challenge === null) return undefined;
  // Without these headers a browser would run what somebody else put into the address.
  return { headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }, body: challenge };
}
