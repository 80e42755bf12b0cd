import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Verifies an `X-Hub-Signature-256` header (HMAC-SHA256). `rawBody` is the body as received, not parsed and written again.
 * GitHub signs no time: skip an `X-GitHub-Delivery` already handled.
 */
export function verifyGitHubWebhook(rawBody: Buffer | string, header: string | undefined, secret: string): boolean {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const signature = /^sha256=([\da-f]{64})$/.exec(header ?? '')?.[1] ?? '';
  const expected = createHmac('sha256', secret).update(rawBody).digest();
  const received = Buffer.from(signature, 'hex');
  return received.length === expected.length && timingSafeEqual(received, expected);
}
