import Stripe from 'stripe';

const TOLERANCE_SECONDS = 300; // ${1}

/**
 * Verifies a `Stripe-Signature` header with Stripe's library. `rawBody` is the body as received, not parsed and written
 * again; `secret` is the endpoint's, used as it is with its `whsec_`. Stripe comes again: skip an event's `id` already
 * handled.
 */
export async function verifyStripeWebhook(
  rawBody: Buffer | string,
  header: string | string[] | undefined,
  secret: string,
  nowMs = Date.now(),
): Promise<boolean> {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const { signature } = Stripe.webhooks;
  try {
    // Unlike `constructEvent` for thin events, too. Asynchronous for runtimes that have the Web Crypto API only; and without
    // a tolerance older versions look at no time.
    return (
      (await signature?.verifyHeaderAsync(rawBody, String(header ?? ''), secret, TOLERANCE_SECONDS, undefined, nowMs)) === true
    );
  } catch {
    return false;
  }
}
