import type { IncomingHttpHeaders } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/**
 * Verifies a webhook signed by the Standard Webhooks scheme with its library, which throws at an empty secret.
 * `rawBody` is the body as received, not parsed and written again; `secret` is the one that starts with `whsec_`.
 * Keep `webhook-id` for as long as the sender retries, and skip an id already handled.
 */
export function verifyStandardWebhook(rawBody: Buffer | string, headers: IncomingHttpHeaders, secret: string): boolean {
  const webhook = new Webhook(secret);
  // Svix and those who send through it have a name of their own.
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map(
    (name) => headers[`webhook-${name}`] ?? headers[`svix-${name}`],
  );
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return false;

  try {
    const signed = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures };
    webhook.verify(rawBody, signed, { jsonParse: false });
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}
