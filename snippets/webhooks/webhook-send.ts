import { createHmac } from 'node:crypto';

/**
 * The headers of a webhook, signed by the Standard Webhooks scheme (v1, HMAC-SHA256). `id` names the event and is the same
 * for every attempt; `timestamp`, in seconds, is that of the attempt; `body` is the text that is sent, to the last byte.
 * While a secret is rotated, give the old one as well: one signature for each.
 */
export function signedHeaders(
  id: string,
  timestamp: number,
  body: string,
  secrets: readonly string[],
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature' | 'content-type', string> {
  // The parts are joined by dots: a dot in the id would let one text be read as two.
  if (!/^[\w-]+$/.test(id)) throw new Error('The id of a webhook consists of letters, digits, _ and -.');
  const keys = secrets.map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));
  if (keys.length === 0 || keys.some((key) => key.length < 24)) throw new Error('A webhook secret has at least 24 bytes.');
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
    'content-type': 'application/json',
  };
}
