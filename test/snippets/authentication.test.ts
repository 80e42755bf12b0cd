/** Tokens against servers on this machine, API keys in PostgreSQL (a real server, from npm), limits in Redis (real, where installed). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Redis } from 'ioredis';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import pg from 'pg';
import { apiKeyTable, createKey, ownerOfKey, revokeKey, rotateKey } from '../../snippets/authentication/api-keys.ts';
import { tokenSource } from '../../snippets/authentication/client-credentials.ts';
import { InvalidTokenError, tokenVerifier } from '../../snippets/authentication/jwt-verify.ts';
import { beginLogin, finishLogin, LoginError, type OAuthClient } from '../../snippets/authentication/oauth2-pkce.ts';
import { rateLimitHeaders, takeTurn } from '../../snippets/authentication/rate-limit-redis.ts';
import { startPostgres } from './postgres.ts';
import { skipWithout, startServer } from './servers.ts';
import { close, listen } from './support.ts';

describe('access tokens', () => {
  const issuer = 'https://issuer.example.com';
  const audience = 'https://api.example.com';
  const NOW = Date.UTC(2024, 0, 1) / 1000;
  const published: JWK[] = [];
  let fetches = 0;
  let status = 200;
  const server = createServer((_request, response) => {
    fetches++;
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys: published }));
  });
  let jwksUrl: URL;
  let first: { privateKey: CryptoKey; publicKey: CryptoKey };
  let verify: ReturnType<typeof tokenVerifier>;
  before(async () => void (jwksUrl = new URL(await listen(server))));
  after(() => close(server));
  const newKey = async (kid: string) => {
    const pair = await generateKeyPair('RS256', { extractable: true });
    published.push({ ...(await exportJWK(pair.publicKey)), kid });
    return pair;
  };
  beforeEach(async (t) => {
    (t as { mock: typeof test.mock }).mock.timers.enable({ apis: ['Date'], now: NOW * 1000 });
    published.length = 0;
    status = 200;
    first = await newKey('1');
    fetches = 0;
    verify = tokenVerifier({ issuer, audience, jwksUrl });
  });
  const sign = (claims: object = {}, header: object = {}, key: CryptoKey | Uint8Array = first.privateKey) =>
    new SignJWT({ iss: issuer, aud: audience, sub: 'user', exp: NOW + 300, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: '1', ...header })
      .sign(key);

  test('a good token gives its claims; its key is fetched once', async () => {
    assert.equal((await verify(await sign({ scope: 'read' }))).scope, 'read');
    await verify(await sign());
    assert.equal(fetches, 1);
  });

  const bad: [string, () => Promise<string>][] = [
    ['of another issuer', () => sign({ iss: 'https://other.example.com' })],
    ['for another API', () => sign({ aud: 'https://other.example.com' })],
    ['that has expired', () => sign({ exp: NOW - 31 })],
    ['that is not good yet', () => sign({ nbf: NOW + 31 })],
    ['without an end', () => sign({ exp: undefined })],
    ['without a subject', () => sign({ sub: undefined })],
    ['signed with another key', async () => sign({}, {}, (await generateKeyPair('RS256')).privateKey)],
    ['with a key nobody published', () => sign({}, { kid: 'x' })],
    ['changed afterwards', async () => (await sign()).replace(/\.(.)/, (_, c) => `.${c === 'e' ? 'f' : 'e'}`)],
    ['without a signature', async () => new UnsecuredJWT({ iss: issuer, aud: audience, sub: 'user', exp: NOW + 300 }).encode()],
    [
      'signed with the public key as a secret',
      async () => sign({}, { alg: 'HS256' }, new TextEncoder().encode(await exportSPKI(first.publicKey))),
    ],
    [
      'with an extension this API does not know',
      () =>
        new SignJWT({ iss: issuer, aud: audience, sub: 'user', exp: NOW + 300 })
          .setProtectedHeader({ alg: 'RS256', kid: '1', crit: ['x'], x: 1 })
          .sign(first.privateKey, { crit: { x: false } }),
    ],
    ['that is no token', async () => 'x.y.z'],
    ['that is empty', async () => ''],
  ];
  for (const [what, make] of bad) {
    test(`a token ${what} is refused`, async () => assert.rejects(verify(await make()), InvalidTokenError));
  }

  test('clocks half a minute apart are forgiven', async () => {
    await verify(await sign({ exp: NOW - 29 }));
    await verify(await sign({ nbf: NOW + 29 }));
  });

  test('a new key is found, but strangers cannot make the keys be fetched all the time', async (t) => {
    await verify(await sign());
    const second = await newKey('2');
    await assert.rejects(verify(await sign({}, { kid: '2' }, second.privateKey)), InvalidTokenError);
    assert.equal(fetches, 1);
    t.mock.timers.tick(31_000);
    await verify(await sign({}, { kid: '2' }, second.privateKey));
    for (let i = 0; i < 5; i++) await assert.rejects(verify(await sign({}, { kid: 'x' })), InvalidTokenError);
    assert.equal(fetches, 2);
  });

  test('a token that names no key is verified with each there is, and refused when none fits', async () => {
    const second = await newKey('2');
    for (const key of [first.privateKey, second.privateKey]) await verify(await sign({}, { kid: undefined }, key));
    const stranger = (await generateKeyPair('RS256')).privateKey;
    await assert.rejects(verify(await sign({}, { kid: undefined }, stranger)), InvalidTokenError);
    await assert.rejects(verify(await sign({ exp: NOW - 60 }, { kid: undefined }, second.privateKey)), InvalidTokenError);
  });

  test('keys that cannot be had are not the token’s fault', async () => {
    status = 503;
    await assert.rejects(verify(await sign()), (error) => !(error instanceof InvalidTokenError));
    status = 200;
    await verify(await sign());
  });
});

/** An authorization server: codes with their challenge, tokens by the code grant and by client credentials. */
function authorizationServer() {
  const challenges = new Map<string, string>();
  const requests: { authorization?: string; form: URLSearchParams }[] = [];
  const answers: { status?: number; body?: object; text?: string }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const form = new URLSearchParams(text);
    requests.push({ authorization: request.headers.authorization, form });
    const challenge = challenges.get(form.get('code') ?? '');
    const given = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    challenges.delete(form.get('code') ?? '');
    const isGood = form.get('grant_type') === 'client_credentials' || challenge === given;
    const normal: (typeof answers)[0] = isGood
      ? { status: 200, body: { access_token: `t${requests.length}`, token_type: 'Bearer', expires_in: 300 } }
      : { status: 400, body: { error: 'invalid_grant' } };
    const { status = 200, body = {}, text: raw } = answers.shift() ?? normal;
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(raw ?? JSON.stringify(body));
  });
  return { challenges, requests, answers, server };
}

describe('login with code and PKCE', () => {
  const { challenges, requests, answers, server } = authorizationServer();
  let client: OAuthClient;
  before(async () => {
    client = {
      issuer: 'https://login.example.com',
      authorizationEndpoint: 'https://login.example.com/authorize?tenant=1',
      tokenEndpoint: `${await listen(server)}/token`,
      clientId: 'my app',
      clientSecret: 's:e/c',
      redirectUri: 'https://app.example.com/callback',
      scope: 'openid orders',
    };
  });
  after(() => close(server));
  /** The browser goes there and comes back with a code. */
  const visit = () => {
    const { url, pending } = beginLogin(client);
    const { searchParams } = new URL(url);
    challenges.set('code-1', searchParams.get('code_challenge')!);
    return {
      pending,
      sent: searchParams,
      query: (more = {}) => new URLSearchParams({ code: 'code-1', state: pending.state, ...more }),
    };
  };

  test('the code becomes tokens, by who holds the verifier', async () => {
    const { pending, sent, query } = visit();
    assert.equal(sent.get('tenant'), '1');
    assert.deepEqual(
      ['response_type', 'client_id', 'redirect_uri', 'scope', 'code_challenge_method'].map((name) => sent.get(name)),
      ['code', 'my app', 'https://app.example.com/callback', 'openid orders', 'S256'],
    );
    assert.equal((await finishLogin(client, query({ iss: client.issuer }), pending)).token_type, 'Bearer');
    const { authorization, form } = requests.at(-1)!;
    assert.equal(Buffer.from(authorization!.slice(6), 'base64').toString(), 'my%20app:s%3Ae%2Fc');
    assert.equal(form.get('redirect_uri'), client.redirectUri);
    // The code is used up.
    await assert.rejects(finishLogin(client, query(), pending), { code: 'invalid_grant' });
  });

  test('two logins share nothing', () => {
    const [one, other] = [beginLogin(client).pending, beginLogin(client).pending];
    assert.notEqual(one.state, other.state);
    assert.notEqual(one.verifier, other.verifier);
    assert.ok(one.verifier.length >= 43);
  });

  test('an answer that is not to this browser’s question asks the server nothing', async () => {
    const { pending, query } = visit();
    const before = requests.length;
    await assert.rejects(finishLogin(client, query({ state: 'x' }), pending), { code: 'state_mismatch' });
    await assert.rejects(finishLogin(client, new URLSearchParams({ code: 'code-1' }), pending), { code: 'state_mismatch' });
    await assert.rejects(finishLogin(client, query(), undefined), { code: 'state_mismatch' });
    await assert.rejects(finishLogin(client, query({ iss: 'https://evil.example.com' }), pending), { code: 'issuer_mismatch' });
    await assert.rejects(finishLogin(client, new URLSearchParams({ state: pending.state, error: 'access_denied' }), pending), {
      code: 'access_denied',
    });
    assert.equal(requests.length, before);
  });

  test('another’s verifier does not do', async () => {
    const { query, pending } = visit();
    const other = { ...beginLogin(client).pending, state: pending.state };
    await assert.rejects(finishLogin(client, query(), other), { code: 'invalid_grant' });
  });

  for (const [answer, code] of [
    [{ status: 503, text: '<html>' }, 'status_503'],
    [{ status: 200, text: '<html>' }, 'no_token'],
    [{ status: 200, body: { access_token: 'x', token_type: 'mac' } }, 'no_token'],
  ] as const) {
    test(`a token endpoint that says ${JSON.stringify(answer)} fails the login: ${code}`, async () => {
      const { query, pending } = visit();
      answers.push(answer);
      await assert.rejects(finishLogin(client, query(), pending), (error) => error instanceof LoginError && error.code === code);
    });
  }
});

describe('client credentials', () => {
  const { requests, answers, server } = authorizationServer();
  const clock = { ms: 0 };
  let source: ReturnType<typeof tokenSource>;
  let tokenEndpoint = '';
  before(async () => void (tokenEndpoint = await listen(server)));
  after(() => close(server));
  beforeEach(() => {
    requests.length = 0;
    clock.ms = 0;
    source = tokenSource({ tokenEndpoint, clientId: 'a', clientSecret: 'b', scope: 'orders', now: () => clock.ms });
  });

  test('all who ask at once get the one token, until shortly before its end', async () => {
    assert.deepEqual(await Promise.all([source.token(), source.token()]), ['t1', 't1']);
    assert.equal(requests[0]?.form.get('scope'), 'orders');
    clock.ms = 269_999;
    assert.equal(await source.token(), 't1');
    clock.ms = 270_000;
    assert.equal(await source.token(), 't2');
  });

  test('a token that was refused is forgotten, and no newer one with it', async () => {
    assert.equal(await source.token(), 't1');
    source.forget('t1');
    assert.equal(await source.token(), 't2');
    source.forget('t1');
    assert.equal(await source.token(), 't2');
  });

  test('of a short token half its time is used', async () => {
    answers.push({ body: { access_token: 'short', token_type: 'Bearer', expires_in: 10 } });
    await source.token();
    clock.ms = 4_999;
    assert.equal(await source.token(), 'short');
    clock.ms = 5_000;
    assert.equal(await source.token(), 't2');
  });

  test('a failure reaches all who ask, and is not kept', async () => {
    answers.push({ status: 503 });
    const results = await Promise.allSettled([source.token(), source.token()]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal(requests.length, 1);
    assert.equal(await source.token(), 't2');
  });
});

describe('API keys', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let pool: pg.Pool;
  before(async () => {
    postgres = await startPostgres();
    pool = new pg.Pool({ connectionString: postgres.url });
    await pool.query(apiKeyTable);
  });
  after(async () => {
    await pool.end();
    await postgres.stop();
  });

  test('a key names its owner; nothing in the table is a key', async () => {
    const { id, key } = await createKey(pool, 'me');
    assert.equal(await ownerOfKey(pool, key), 'me');
    const { rows } = await pool.query('SELECT * FROM api_keys WHERE id = $1', [id]);
    assert.ok(rows[0].last_used_at);
    const [, , secret = ''] = key.split('_');
    for (const form of [secret, Buffer.from(secret, 'hex').toString('base64')]) {
      assert.ok(!JSON.stringify(rows).includes(form));
    }
  });

  test('what is not quite a key is none', async () => {
    const { key } = await createKey(pool, 'me');
    const { key: other } = await createKey(pool, 'you');
    const mixed = [...key.split('_').slice(0, 2), other.split('_')[2]].join('_');
    const changed = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
    for (const bad of ['', 'acme', mixed, changed, `${key} `, key.replace('acme', 'other'), key.toUpperCase()]) {
      assert.equal(await ownerOfKey(pool, bad), undefined, bad);
    }
  });

  test('a rotated key and its successor are both good, until the overlap is over', async () => {
    const old = await createKey(pool, 'me');
    const next = await rotateKey(pool, old.id);
    assert.ok(next);
    assert.deepEqual([await ownerOfKey(pool, old.key), await ownerOfKey(pool, next.key)], ['me', 'me']);
    await pool.query(`UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = $1`, [old.id]);
    assert.deepEqual([await ownerOfKey(pool, old.key), await ownerOfKey(pool, next.key)], [undefined, 'me']);
    assert.equal(await rotateKey(pool, old.id), undefined);
    await revokeKey(pool, next.id);
    assert.equal(await ownerOfKey(pool, next.key), undefined);
  });

  test('a rotation that fails leaves the old key as it was', async () => {
    const old = await createKey(pool, 'me');
    await pool.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full'; END $$;
                      CREATE TRIGGER refuse BEFORE INSERT ON api_keys EXECUTE FUNCTION refuse()`);
    await assert.rejects(rotateKey(pool, old.id), /disk full/);
    await pool.query('DROP TRIGGER refuse ON api_keys');
    const { rows } = await pool.query('SELECT expires_at FROM api_keys WHERE id = $1', [old.id]);
    assert.deepEqual(rows, [{ expires_at: null }]);
  });

  test('a second rotation does not make an old key good for longer', async () => {
    const old = await createKey(pool, 'me');
    await rotateKey(pool, old.id, '1 hour');
    await rotateKey(pool, old.id, '7 days');
    const { rows } = await pool.query(`SELECT expires_at < now() + interval '2 hours' AS soon FROM api_keys WHERE id = $1`, [
      old.id,
    ]);
    assert.equal(rows[0].soon, true);
  });
});

describe('rate limit', { skip: skipWithout('redis') }, () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let redis: Redis;
  before(async () => {
    server = await startServer('redis');
    redis = new Redis(server.port, '127.0.0.1');
  });
  after(async () => {
    await redis.quit();
    await server.stop();
  });

  test('of many at once so many are let through, for each user', async () => {
    const turns = await Promise.all(Array.from({ length: 30 }, () => takeTurn(redis, 'a', 10, 60)));
    assert.equal(turns.filter(({ allowed }) => allowed).length, 10);
    assert.deepEqual(
      turns.slice(0, 3).map(({ remaining }) => remaining),
      [9, 8, 7],
    );
    const refused = turns.at(-1)!;
    assert.deepEqual([refused.allowed, refused.remaining], [false, 0]);
    assert.ok(refused.resetSeconds >= 1 && refused.resetSeconds <= 60);
    assert.equal((await takeTurn(redis, 'b', 10, 60)).allowed, true);
  });

  test('the window slides: what has left it makes room, and a refusal costs nothing', async () => {
    for (let i = 0; i < 3; i++) await takeTurn(redis, 'c', 3, 60);
    await takeTurn(redis, 'c', 3, 60);
    assert.equal(await redis.zcard('rate:c'), 3);
    // As if the first had come a minute earlier.
    const [oldest] = (await redis.zrange('rate:c', '0', '0')) as string[];
    await redis.zincrby('rate:c', '-60001', oldest!);
    assert.equal((await takeTurn(redis, 'c', 3, 60)).allowed, true);
    assert.equal((await takeTurn(redis, 'c', 3, 60)).allowed, false);
    assert.ok((await redis.pttl('rate:c')) > 0);
  });

  test('a limit that was lowered leaves none, not less than none', async () => {
    for (let i = 0; i < 3; i++) await takeTurn(redis, 'd', 3, 60);
    const { allowed, remaining } = await takeTurn(redis, 'd', 1, 60);
    assert.deepEqual([allowed, remaining], [false, 0]);
  });

  test('the headers', () => {
    assert.deepEqual(rateLimitHeaders({ allowed: true, remaining: 5, resetSeconds: 3 }), {
      'RateLimit-Policy': '"default";q=100;w=60',
      RateLimit: '"default";r=5;t=3',
    });
    assert.equal(rateLimitHeaders({ allowed: false, remaining: 0, resetSeconds: 3 })['Retry-After'], '3');
  });
});
