import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Verifies an `X-Twilio-Signature` header (HMAC-SHA1 in base64, Twilio's choice). `url` is the whole address Twilio calls,
 * with its query, not as the request shows it behind a proxy. `body` is the parameters of a form, or the text of any other
 * body as received. `secret` is the account's auth token. Twilio signs no time: skip a message or call already handled.
 */
export function verifyTwilioWebhook(
  url: string,
  body: URLSearchParams | Buffer | string,
  header: string | undefined,
  secret: string,
): boolean {
  if (secret === '') throw new Error('The auth token is empty.');

  const isForm = body instanceof URLSearchParams;
  // Of other bodies only the hash is signed, as a parameter of the address.
  if (!isForm) {
    const sent = new URL(url).searchParams.get('bodySHA256') ?? '';
    const hash = createHash('sha256').update(body).digest();
    const received = Buffer.from(sent, 'hex');
    if (received.length !== hash.length || !timingSafeEqual(received, hash)) return false;
  }
  const received = Buffer.from(header ?? '', 'base64');
  const expected = createHmac('sha1', secret)
    .update(url + (isForm ? parametersOf(body) : ''))
    .digest();
  return received.length === expected.length && timingSafeEqual(received, expected);
}

/** Names and values in the order of the names; of a name that is there more than once each value once, in order. */
function parametersOf(form: URLSearchParams): string {
  return [...new Set(form.keys())]
    .sort()
    .flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value))
    .join('');
}
