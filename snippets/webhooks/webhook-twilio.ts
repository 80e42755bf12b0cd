import twilio from 'twilio';

/**
 * Verifies an `X-Twilio-Signature` header with Twilio's library. `url` is the whole address Twilio calls, with its query,
 * not as the request shows it behind a proxy. `body` is the parameters of a form, or the text of any other body as
 * received. `secret` is the account's auth token. Twilio signs no time: skip a message or call already handled.
 */
export function verifyTwilioWebhook(
  url: string,
  body: URLSearchParams | Buffer | string,
  header: string | string[] | undefined,
  secret: string,
): boolean {
  if (secret === '') throw new Error('The auth token is empty.');

  // Of other bodies only the hash is signed, as a parameter of the address.
  if (!(body instanceof URLSearchParams)) {
    return twilio.validateRequestWithBody(secret, String(header ?? ''), url, body.toString());
  }
  const parameters = Object.fromEntries([...body.keys()].map((name) => [name, body.getAll(name)]));
  return twilio.validateRequest(secret, String(header ?? ''), url, parameters);
}
