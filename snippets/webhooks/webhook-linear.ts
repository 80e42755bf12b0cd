import { LinearWebhookClient } from '@linear/sdk/webhooks';

/**
 * Verifies a `Linear-Signature` header and the time in the body, which is signed with it, with Linear's library, which
 * throws at an empty secret. `rawBody` is the body as received, not parsed and written again; `secret` is the webhook's
 * signing secret.
 */
export function verifyLinearWebhook(rawBody: Buffer | string, header: string | string[] | undefined, secret: string): boolean {
  const client = new LinearWebhookClient(secret);
  try {
    return client.verify(Buffer.from(rawBody), String(header ?? ''));
  } catch {
    return false;
  }
}
