import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface OAuthClient {
  /** The `iss` the server names itself by, to the letter. */
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  scope: string;
}

/** What is kept in the session of the browser that was sent away, until it is back. */
export interface PendingLogin {
  state: string;
  verifier: string;
}

export interface Tokens {
  access_token: string;
  token_type: string;
  expires_in?: number;
  refresh_token?: string;
  id_token?: string;
  scope?: string;
}

/** The login failed; `code` is the server's, or names what is wrong with the answer. */
export class LoginError extends Error {
  readonly code: string;

  constructor(code: string, options?: ErrorOptions) {
    super(`The login failed: ${code}.`, options);
    this.name = 'LoginError';
    this.code = code;
  }
}

/** Where to send the browser, and what to keep in its session (httpOnly, sameSite lax) until it is back. */
export function beginLogin(client: OAuthClient): { url: string; pending: PendingLogin } {
  const pending = { state: randomBytes(32).toString('base64url'), verifier: randomBytes(32).toString('base64url') };
  const url = new URL(client.authorizationEndpoint);
  const parameters = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    scope: client.scope,
    state: pending.state,
    code_challenge: createHash('sha256').update(pending.verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url: url.href, pending };
}

/**
 * The tokens, for the query the browser came back with. `pending` is what its session holds; remove it there before, so that
 * it is used once.
 */
export async function finishLogin(
  client: OAuthClient,
  query: URLSearchParams,
  pending: PendingLogin | undefined,
): Promise<Tokens> {
  if (!pending || !isSame(query.get('state') ?? '', pending.state)) throw new LoginError('state_mismatch');
  // Of several servers one could pass on another's answer as its own (RFC 9207).
  const iss = query.get('iss');
  if (iss !== null && iss !== client.issuer) throw new LoginError('issuer_mismatch');
  const code = query.get('code');
  if (!code) throw new LoginError(query.get('error') ?? 'no_code');

  const { clientId, clientSecret } = client;
  const credentials = [clientId, clientSecret].map((part) => encodeURIComponent(part)).join(':');
  const response = await fetch(client.tokenEndpoint, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}`, Accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: client.redirectUri,
      code_verifier: pending.verifier,
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  });
  const body = (await response.json().catch(() => ({}))) as Partial<Tokens> & { error?: string };
  if (!response.ok) throw new LoginError(body.error ?? `status_${response.status}`);
  if (typeof body.access_token !== 'string' || body.token_type?.toLowerCase() !== 'bearer') throw new LoginError('no_token');
  return body as Tokens;
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
