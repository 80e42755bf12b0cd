import type { IncomingHttpHeaders } from 'node:http';

const PAYPAL = 'https://api-m.paypal.com'; // ${1|'https://api-m.paypal.com','https://api-m.sandbox.paypal.com'|}

export interface PayPalOptions {
  /** The id of the webhook, from the developer dashboard. */
  webhookId: string;
  accessToken: string;
  api?: string;
}

/**
 * Lets PayPal verify a webhook: true when it says that it sent this. `rawBody` is the body as received, and goes back as it
 * is: parsed and written again it would have another checksum. Throws when PayPal cannot be asked; answer 503 then, and
 * PayPal comes again.
 */
export async function verifyPayPalWebhook(
  rawBody: Buffer | string,
  headers: IncomingHttpHeaders,
  { webhookId, accessToken, api = PAYPAL }: PayPalOptions,
): Promise<boolean> {
  const fields = JSON.stringify({
    auth_algo: headers['paypal-auth-algo'],
    cert_url: headers['paypal-cert-url'],
    transmission_id: headers['paypal-transmission-id'],
    transmission_sig: headers['paypal-transmission-sig'],
    transmission_time: headers['paypal-transmission-time'],
    webhook_id: webhookId,
  });
  // What is no JSON cannot be an event, and would break out of the text below.
  if (!isObject(rawBody.toString())) return false;
  const response = await fetch(`${api}/v1/notifications/verify-webhook-signature`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/json' },
    body: `${fields.slice(0, -1)},"webhook_event":${rawBody.toString()}}`,
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) {
    // Unread, a body keeps its connection.
    await response.body?.cancel();
    // Headers that are missing or malformed.
    if (response.status === 400) return false;
    throw new Error(`PayPal answered ${response.status} instead of verifying a webhook.`);
  }
  const { verification_status } = (await response.json()) as { verification_status?: string };
  return verification_status === 'SUCCESS';
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
