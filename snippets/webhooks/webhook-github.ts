import { verify } from '@octokit/webhooks-methods';

/**
 * Verifies an `X-Hub-Signature-256` header with GitHub's library. `rawBody` is the body as received, not parsed and
 * written again. GitHub signs no time: skip an `X-GitHub-Delivery` already handled.
 */
export async function verifyGitHubWebhook(
  rawBody: Buffer | string,
  header: string | string[] | undefined,
  secret: string,
): Promise<boolean> {
  if (secret === '') throw new Error('The webhook secret is empty.');

  const body = rawBody.toString();
  const signature = String(header ?? '');
  // At what is missing the library throws.
  return body !== '' && signature !== '' && (await verify(secret, body, signature));
}
