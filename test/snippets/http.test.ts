/** HTTP clients against servers that fail on purpose. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fetchWithRetry, type RetryOptions, retryAfterMs } from '../../snippets/http/retry.ts';

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
