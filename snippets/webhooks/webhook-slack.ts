import type { IncomingHttpHeaders } from 'node:http';
import { isValidSlackRequest } from '@slack/bolt';

/**
 * Verifies a request signed by Slack with Slack's library, which allows five minutes: events, commands and interactions
 * alike. `rawBody` is the body as received, not parsed and written again; `secret` is the app's signing secret.
 */
export function verifySlackRequest(
  rawBody: Buffer | string,
  headers: IncomingHttpHeaders,
  secret: string,
  nowMs = Date.now(),
): boolean {
  if (secret === '') throw new Error('The signing secret is empty.');

  const { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp } = headers;
  if (typeof signature !== 'string' || typeof timestamp !== 'string') return false;
  return isValidSlackRequest({
    signingSecret: secret,
    body: rawBody.toString(),
    headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': Number(timestamp) },
    nowMilliseconds: nowMs,
  });
}
