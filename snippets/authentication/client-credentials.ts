export interface ServiceClient {
  tokenEndpoint: string;
  clientId: string;
  clientSecret: string;
  scope: string;
  /** A clock that never jumps, in milliseconds. */
  now?: () => number;
}

export interface TokenSource {
  /** A token that is good for a while yet. All who ask while one is fetched wait for the one request. */
  token(): Promise<string>;
  /** Forgets a token that the API refused with 401; ask for another, and try once more. */
  forget(token: string): void;
}

/** A token is not used in its last seconds, in which it may run out on the way. */
const MARGIN_MS = 30_000; // ${1}

/** Makes a source of access tokens for calls from service to service (client credentials grant). One for the process. */
export function tokenSource({ now = () => performance.now(), ...client }: ServiceClient): TokenSource {
  let current: { token: string; until: number } | undefined;
  let pending: Promise<string> | undefined;

  async function fetchToken(): Promise<string> {
    const asked = now();
    const credentials = [client.clientId, client.clientSecret].map((part) => encodeURIComponent(part)).join(':');
    const response = await fetch(client.tokenEndpoint, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}`, Accept: 'application/json' },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: client.scope }),
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) {
      // Unread, a body keeps its connection.
      await response.body?.cancel();
      throw new Error(`The token endpoint answered ${response.status}.`);
    }
    const { access_token: token, expires_in: seconds = 60 } = (await response.json()) as {
      access_token?: unknown;
      expires_in?: number;
    };
    if (typeof token !== 'string') throw new Error('The token endpoint answered without a token.');
    // Of a short-lived token half its time is used, or none would ever be kept.
    const lifetime = seconds * 1000;
    current = { token, until: asked + lifetime - Math.min(MARGIN_MS, lifetime / 2) };
    return token;
  }

  return {
    token() {
      if (current && now() < current.until) return Promise.resolve(current.token);
      pending ??= fetchToken().finally(() => (pending = undefined));
      return pending;
    },
    forget(token) {
      if (current?.token === token) current = undefined;
    },
  };
}
