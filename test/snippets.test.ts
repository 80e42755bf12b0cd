import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { parse } from 'yaml';
import { languages, type Snippet, snippetFile, THEMES, updateSnippets } from '../scripts/snippets.ts';
import { sendProblem } from '../snippets/typescript/error-format.ts';
import { decodeCursor, encodeCursor, parseLimit, toPage } from '../snippets/typescript/pagination.ts';
import { fetchWithRetry, type RetryOptions, retryAfterMs } from '../snippets/typescript/retry.ts';
import { verifyStandardWebhook } from '../snippets/typescript/webhook-standard.ts';
import { verifyStripeWebhook } from '../snippets/typescript/webhook-stripe.ts';

const folder = new URL('../snippets/', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, folder), 'utf8').replaceAll('\r\n', '\n');

/** What an editor inserts: every tab stop filled with its default, escapes undone. */
function inserted({ body }: Snippet): string {
  return body.join('\n').replace(/\\([\\$}])|\$\{\d+:((?:\\.|[^}])*)\}/g, (_, escaped?: string, value?: string) => {
    return escaped ?? value!.replace(/\\(.)/g, '$1');
  });
}

describe('snippet files', () => {
  test('are in step with the bodies', () => assert.deepEqual(updateSnippets(true), []));

  for (const language of languages) {
    test(`${language}: one body for each theme, and no other file`, () => {
      const themes = readdirSync(new URL(language, folder)).map((name) => name.replace(/\.\w+$/, ''));
      assert.deepEqual(themes.sort(), Object.keys(THEMES).sort());
    });
  }

  for (const theme of Object.keys(THEMES)) {
    const snippet = (language: (typeof languages)[number]) =>
      (JSON.parse(snippetFile(language)) as Record<string, Snippet>)[`Lintel: ${theme}`]!;

    test(`${theme}: TypeScript inserts the body without its marks`, () => {
      assert.equal(
        inserted(snippet('typescript')),
        text(`typescript/${theme}.ts`)
          .replace(/ \/\* \$\{\d+\} \*\//g, '')
          .trimEnd(),
      );
    });

    test(`${theme}: YAML and JSON insert the same components, whose references resolve`, () => {
      const fromYaml: unknown = parse(inserted(snippet('yaml')));
      assert.deepEqual(parse(text(`yaml/${theme}.yaml`)), fromYaml);
      assert.deepEqual(JSON.parse(`{${inserted(snippet('json'))}}`), fromYaml);
      for (const [, path] of JSON.stringify(fromYaml).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
        const target = path!
          .split('/')
          .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], fromYaml);
        assert.ok(target, `#/${path} leads nowhere`);
      }
    });
  }
});

test('error format: media type, status and body agree', () => {
  const response = new ServerResponse({ method: 'GET' } as IncomingMessage);
  let body = '';
  response.end = ((chunk: string) => {
    body = chunk;
    return response;
  }) as typeof response.end;
  sendProblem(response, 'invalid-order', { title: 'The order is not valid', status: 422 });
  assert.equal(response.statusCode, 422);
  assert.equal(response.getHeader('content-type'), 'application/problem+json');
  assert.deepEqual(JSON.parse(body), {
    type: 'https://example.com/problems/invalid-order',
    title: 'The order is not valid',
    status: 422,
  });
});

describe('pagination', () => {
  const rows = [1, 2, 3].map((n) => ({ createdAt: `2024-01-0${n}`, id: `é${n}` }));

  test('a page that is followed by another has a cursor to its last item', () => {
    const page = toPage(rows, 2);
    assert.deepEqual(page.items, rows.slice(0, 2));
    assert.match(page.nextCursor!, /^[\w-]+$/);
    assert.deepEqual(decodeCursor(page.nextCursor!), rows[1]);
  });

  test('the last page and an empty one have none', () => {
    assert.equal(toPage(rows, 3).nextCursor, null);
    assert.deepEqual(toPage([], 3), { items: [], nextCursor: null });
  });

  const foreign = [
    '',
    'x',
    '%%%',
    ...['null', '{}', '["a"]', '["a",1]', '["a","b","c"]'].map((s) => Buffer.from(s).toString('base64url')),
  ];
  for (const cursor of foreign) {
    test(`cursor "${cursor}" is refused`, () => assert.equal(decodeCursor(cursor), undefined));
  }
  test('a cursor survives the way there and back', () => assert.deepEqual(decodeCursor(encodeCursor(rows[0]!)), rows[0]));

  const limits: [string | undefined, number | undefined][] = [
    [undefined, 20],
    ['1', 1],
    ['100', 100],
    ['0', undefined],
    ['101', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['1e1', undefined],
    ['', undefined],
  ];
  for (const [value, expected] of limits) {
    test(`limit ${value} is ${expected}`, () => assert.equal(parseLimit(value), expected));
  }
});

/** An HMAC by the Web Crypto API, so that signatures do not come from the functions under test. */
async function hmac(key: Uint8Array<ArrayBuffer>, message: string): Promise<Buffer> {
  const imported = await webcrypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return Buffer.from(await webcrypto.subtle.sign('HMAC', imported, new TextEncoder().encode(message)));
}

const NOW = 1_700_000_000;
const BODY = '{"amount": 10.0, "name": "é"}';

describe('Standard Webhooks', () => {
  const secret = `whsec_${btoa('0123456789abcdef01234567')}`;
  const sign = async (timestamp: number | string, body = BODY) =>
    `v1,${(await hmac(new TextEncoder().encode('0123456789abcdef01234567'), `msg_1.${timestamp}.${body}`)).toString('base64')}`;
  const verify = (signature: string | undefined, timestamp: number | string = NOW, body: string | Buffer = BODY) =>
    verifyStandardWebhook(
      body,
      { 'webhook-id': 'msg_1', 'webhook-timestamp': String(timestamp), 'webhook-signature': signature },
      secret,
      NOW,
    );

  test('accepts a signature, alone or among others, of text and of bytes', async () => {
    const good = await sign(NOW);
    assert.equal(verify(good), true);
    assert.equal(verify(good, NOW, Buffer.from(BODY)), true);
    assert.equal(verify(`v1,AAAA ${await sign(NOW, 'other')} v1a,zzz ${good}`), true);
  });

  test('refuses what was changed', async () => {
    const good = await sign(NOW);
    assert.equal(verify(good, NOW, `${BODY} `), false);
    assert.equal(verify(good, NOW + 1), false);
    assert.equal(verify(good.replace('v1,', 'v2,')), false);
    assert.equal(verify(await sign(NOW, 'other')), false);
  });

  for (const signature of [undefined, '', 'v1,', 'v1,AAAA', 'v1', ' ', `v1,${'A'.repeat(200)}`]) {
    test(`refuses the signature ${signature} without throwing`, () => assert.equal(verify(signature), false));
  }

  for (const [offset, accepted] of [
    [-300, true],
    [300, true],
    [-301, false],
    [301, false],
  ] as const) {
    test(`${offset} seconds away: ${accepted}`, async () =>
      assert.equal(verify(await sign(NOW + offset), NOW + offset), accepted));
  }

  for (const timestamp of ['', 'NaN', '1e9', `${NOW}.5`, 'Infinity']) {
    test(`refuses the timestamp "${timestamp}"`, async () => assert.equal(verify(await sign(timestamp), timestamp), false));
  }

  test('an empty secret is a mistake of the caller, never a key', () => {
    assert.throws(() => verifyStandardWebhook(BODY, {}, 'whsec_'), /secret is empty/);
  });
});

describe('Stripe', () => {
  const secret = 'whsec_dGVzdA';
  const sign = async (timestamp: number | string, body = BODY) =>
    `v1=${(await hmac(new TextEncoder().encode(secret), `${timestamp}.${body}`)).toString('hex')}`;
  const verify = (header: string | undefined, body: string | Buffer = BODY) => verifyStripeWebhook(body, header, secret, NOW);

  test('accepts a signature, alone or among others, of text and of bytes', async () => {
    const good = await sign(NOW);
    assert.equal(verify(`t=${NOW},${good}`), true);
    assert.equal(verify(`t=${NOW},${good}`, Buffer.from(BODY)), true);
    assert.equal(verify(`t=${NOW},${await sign(NOW, 'other')},v1=ab,${good},v0=ff`), true);
  });

  test('refuses what was changed', async () => {
    const good = await sign(NOW);
    assert.equal(verify(`t=${NOW},${good}`, `${BODY} `), false);
    assert.equal(verify(`t=${NOW + 1},${good}`), false);
    assert.equal(verify(`t=${NOW},${good.replace('v1=', 'v0=')}`), false);
    assert.equal(verify(good), false);
  });

  for (const header of [undefined, '', 't=', `t=${NOW}`, `t=${NOW},v1=`, `t=${NOW},v1=ab`, `t=${NOW},v1=${'zz'.repeat(32)}`]) {
    test(`refuses the header ${header} without throwing`, () => assert.equal(verify(header), false));
  }

  for (const [offset, accepted] of [
    [-300, true],
    [300, true],
    [-301, false],
    [301, false],
  ] as const) {
    test(`${offset} seconds away: ${accepted}`, async () => {
      assert.equal(verify(`t=${NOW + offset},${await sign(NOW + offset)}`), accepted);
    });
  }

  test('an empty secret is a mistake of the caller, never a key', () => {
    assert.throws(() => verifyStripeWebhook(BODY, undefined, ''), /secret is empty/);
  });
});

describe('retry', () => {
  type Answer = number | 'drop' | 'hang' | { status: number; retryAfter: string };
  let answers: Answer[] = [];
  let seen: { method?: string; key?: string; body: string }[] = [];
  let waits: number[] = [];
  let url = '';

  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method, key: request.headers['idempotency-key'] as string | undefined, body });
    const answer = answers.shift() ?? 200;
    if (answer === 'hang') return;
    if (answer === 'drop') return void request.socket.destroy();
    const { status, retryAfter } = typeof answer === 'number' ? { status: answer, retryAfter: undefined } : answer;
    response.writeHead(status, retryAfter === undefined ? {} : { 'Retry-After': retryAfter }).end('answer');
  });
  before(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    seen = [];
    waits = [];
  });

  const run = (given: Answer[], init?: RequestInit, options?: RetryOptions) => {
    answers = [...given];
    const sleep = async (ms: number) => void waits.push(ms);
    return fetchWithRetry(url, init, { sleep, ...options });
  };

  test('tries again after errors that may pass, waiting within the growing bound', async (t) => {
    t.mock.method(Math, 'random', () => 0.5);
    const response = await run([503, 'drop', 429, 500]);
    assert.equal(await response.text(), 'answer');
    assert.equal(seen.length, 5);
    assert.deepEqual(waits, [100, 200, 400, 800]);
  });

  test('the wait is spread from zero to the bound', async (t) => {
    const random = t.mock.method(Math, 'random', () => 0);
    await run([503]);
    random.mock.mockImplementation(() => 1);
    await run([503]);
    assert.deepEqual(waits, [0, 200]);
  });

  test('gives the last response back, or throws the last error', async () => {
    assert.equal((await run([503, 503, 503, 503, 502])).status, 502);
    await assert.rejects(run(Array<Answer>(5).fill('drop')), TypeError);
    assert.equal(seen.length, 10);
  });

  test('does not repeat what will not pass', async () => {
    assert.equal((await run([404])).status, 404);
    assert.equal(seen.length, 1);
  });

  test('waits as long as Retry-After says', async () => {
    await run([{ status: 429, retryAfter: '7' }]);
    assert.deepEqual(waits, [7000]);
  });

  test('does not come back sooner than a Retry-After beyond the cap', async () => {
    assert.equal((await run([{ status: 503, retryAfter: '3600' }])).status, 503);
    assert.deepEqual(waits, []);
  });

  for (const method of ['POST', 'PATCH']) {
    test(`${method} is sent once without a key`, async () => {
      assert.equal((await run([503], { method, body: 'x' })).status, 503);
      await assert.rejects(run(['drop'], { method, body: 'x' }));
      assert.deepEqual(
        seen.map(({ key }) => key),
        [undefined, undefined],
      );
    });

    test(`${method} is repeated with one key and the same body`, async () => {
      assert.equal((await run([503, 'drop'], { method, body: 'x' }, { idempotencyKey: true })).status, 200);
      assert.match(seen[0]!.key!, /^"[\da-f-]{36}"$/);
      assert.deepEqual(seen, Array(3).fill({ method, key: seen[0]!.key, body: 'x' }));
    });
  }

  test("the caller's key is kept", async () => {
    await run([503], { method: 'POST', headers: { 'Idempotency-Key': 'mine' } }, { idempotencyKey: true });
    assert.deepEqual(
      seen.map(({ key }) => key),
      ['mine', 'mine'],
    );
  });

  test('an attempt that hangs ends at its deadline', async (t) => {
    t.mock.method(AbortSignal, 'timeout', () => AbortSignal.abort(new DOMException('Too late', 'TimeoutError')));
    await assert.rejects(run(['hang']), { name: 'TimeoutError' });
    assert.equal(waits.length, 4);
  });

  test("the caller's abort ends it at once", async () => {
    await assert.rejects(run([], { signal: AbortSignal.abort() }), { name: 'AbortError' });
    assert.deepEqual(waits, []);
  });

  const now = Date.UTC(2024, 0, 1, 0, 0, 0);
  const values: [string | null, number | undefined][] = [
    [null, undefined],
    ['0', 0],
    ['30', 30_000],
    ['Mon, 01 Jan 2024 00:00:10 GMT', 10_000],
    ['Sun, 31 Dec 2023 00:00:00 GMT', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
  ];
  for (const [value, expected] of values) {
    test(`Retry-After ${value} is ${expected} ms`, () => assert.equal(retryAfterMs(value, now), expected));
  }
});
