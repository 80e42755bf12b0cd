/** HTTP clients against servers that fail on purpose. */
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { after, before, beforeEach, describe, test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BulkheadFullError, bulkhead } from '../../snippets/http/bulkhead.ts';
import { CircuitOpenError, circuitBreaker } from '../../snippets/http/circuit-breaker.ts';
import { guard } from '../../snippets/http/circuit-breaker-opossum.ts';
import { hedged } from '../../snippets/http/hedged-read.ts';
import { fetchWithRetry, type RetryOptions, retryAfterMs } from '../../snippets/http/retry.ts';
import { inTrace, parseTraceparent, traceHeaders, traceId } from '../../snippets/http/trace-context.ts';
import { ApiError, ContractError, createOrder, getOrder } from '../../snippets/http/typed-client.ts';
import { close, deferred, listen } from './support.ts';

describe('retry', () => {
  type Answer = number | 'drop' | 'hang' | 'half' | 'stall' | { status: number; retryAfter: string; date?: string };
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
    if (answer === 'half' || answer === 'stall') {
      response.writeHead(200, { 'Content-Length': '6' }).write('ans');
      if (answer === 'half') setImmediate(() => request.socket.destroy());
      return;
    }
    const {
      status,
      retryAfter,
      date,
    }: Exclude<Answer, number | string> | { status: number; retryAfter?: undefined; date?: undefined } =
      typeof answer === 'number' ? { status: answer } : answer;
    if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
    if (date !== undefined) response.setHeader('Date', date);
    response.writeHead(status).end('answer');
  });
  before(async () => {
    url = `${await listen(server)}/`;
  });
  after(() => close(server));
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

  test('waits as long as Retry-After says, and a little longer by chance', async (t) => {
    t.mock.method(Math, 'random', () => 0.5);
    await run([{ status: 429, retryAfter: '7' }]);
    assert.deepEqual(waits, [7100]);
  });

  test('a date in Retry-After is by the clock of the server, wherever that of this machine stands', async (t) => {
    t.mock.method(Math, 'random', () => 0);
    const date = 'Mon, 01 Jan 2024 00:00:00 GMT';
    await run([{ status: 503, retryAfter: 'Mon, 01 Jan 2024 00:00:09 GMT', date }]);
    assert.deepEqual(waits, [9000]);
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

  test('half a body is an error to who reads it, never a shorter body', async () => {
    const response = await run(['half']);
    await assert.rejects(response.text(), TypeError);
  });

  test('a body that stalls ends at the deadline too', async (t) => {
    const late = new AbortController();
    t.mock.method(AbortSignal, 'timeout', () => late.signal);
    const reading = (await run(['stall'])).text();
    late.abort(new DOMException('Too late', 'TimeoutError'));
    await assert.rejects(reading, { name: 'TimeoutError' });
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
    ['Monday, 01-Jan-24 00:00:10 GMT', 10_000],
    ['Mon Jan  1 00:00:10 2024', 10_000],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
  ];
  for (const [value, expected] of values) {
    test(`Retry-After ${value} is ${expected} ms`, () => assert.equal(retryAfterMs(value, now), expected));
  }
});

const fail = (message = 'down') => Promise.reject(new Error(message));

describe('circuit breaker', () => {
  /** A breaker that opens after two failures for 1000 ms, and its clock. */
  function make() {
    const clock = { ms: 0 };
    const isFailure = (error: unknown) => !(error instanceof RangeError);
    const guarded = circuitBreaker({ failures: 2, pauseMs: 1000, isFailure, now: () => clock.ms });
    return { clock, guarded };
  }
  async function opened() {
    const made = make();
    await assert.rejects(made.guarded(fail));
    await assert.rejects(made.guarded(fail));
    return made;
  }

  test('opens after failures in a row, and then calls nothing', async () => {
    const { guarded } = await opened();
    let called = false;
    await assert.rejects(
      guarded(async () => (called = true)),
      new CircuitOpenError(1000),
    );
    assert.equal(called, false);
  });

  test('a success between, and errors that are not failures, keep it closed', async () => {
    const { guarded } = make();
    await assert.rejects(guarded(fail));
    await guarded(async () => 1);
    await assert.rejects(guarded(fail));
    for (let i = 0; i < 5; i++)
      await assert.rejects(
        guarded(() => Promise.reject(new RangeError())),
        RangeError,
      );
    assert.equal(await guarded(async () => 2), 2);
  });

  test('after the pause lets one call through, and closes with its success', async () => {
    const { clock, guarded } = await opened();
    clock.ms = 1000;
    const probe = deferred<string>();
    const probing = guarded(() => probe.promise);
    await assert.rejects(
      guarded(async () => 0),
      CircuitOpenError,
    );
    probe.resolve('back');
    assert.equal(await probing, 'back');
    assert.equal(await guarded(async () => 1), 1);
    await assert.rejects(guarded(fail), /down/);
    assert.equal(await guarded(async () => 1), 1, 'one failure opens it again only while probing');
  });

  test('a probe that fails opens it for another pause', async () => {
    const { clock, guarded } = await opened();
    clock.ms = 1000;
    await assert.rejects(guarded(fail), /down/);
    clock.ms = 1999;
    await assert.rejects(guarded(fail), CircuitOpenError);
    clock.ms = 2000;
    assert.equal(await guarded(async () => 1), 1);
  });

  test('an answer from before it opened says nothing', async () => {
    const { clock, guarded } = make();
    const late = deferred();
    const slow = guarded(() => late.promise);
    await assert.rejects(guarded(fail));
    await assert.rejects(guarded(fail));
    late.resolve();
    await slow;
    await assert.rejects(guarded(fail), CircuitOpenError);
    clock.ms = 1000;
    await guarded(async () => 1);
  });
});

test('opossum: opens at half of ten calls, lets one through after the pause, and closes', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  let isDown = true;
  const log: string[] = [];
  async function stock(id: number) {
    if (id < 0) throw new RangeError('no such id');
    return isDown ? fail() : id;
  }
  const breaker = guard(
    stock,
    (error) => !(error instanceof RangeError),
    (message) => log.push(message),
  );
  for (let i = 0; i < 20; i++) await assert.rejects(breaker.fire(-1), RangeError);
  assert.equal(breaker.opened, false, 'refusals are no failures');
  for (let i = 0; !breaker.opened; i++) {
    assert.ok(i < 100, 'never opens');
    await assert.rejects(breaker.fire(1), /down/);
  }
  await assert.rejects(breaker.fire(1), { code: 'EOPENBREAKER' });
  t.mock.timers.tick(30_000);
  isDown = false;
  assert.equal(await breaker.fire(7), 7);
  assert.equal(breaker.closed, true);
  assert.deepEqual(log, ['stock: the circuit is open.', 'stock: one call is let through.', 'stock: the circuit is closed.']);
  breaker.shutdown();
});

describe('bulkhead', () => {
  test('runs so many, lets so many wait in order, and refuses the next', async () => {
    const through = bulkhead({ concurrent: 2, waiting: 2 });
    const gates = [0, 1, 2, 3].map(() => deferred<number>());
    const begun: number[] = [];
    const calls = gates.map((gate, index) =>
      through(() => {
        begun.push(index);
        return gate.promise;
      }),
    );
    await assert.rejects(
      through(async () => 0),
      BulkheadFullError,
    );
    assert.deepEqual(begun, [0, 1]);
    gates[1]!.reject(new Error('down'));
    await assert.rejects(calls[1]!, /down/);
    await turn();
    assert.deepEqual(begun, [0, 1, 2]);
    gates.forEach((gate, index) => gate.resolve(index));
    assert.deepEqual(await Promise.all([calls[0], calls[2], calls[3]]), [0, 2, 3]);
    assert.equal(await through(async () => 'free'), 'free');
  });

  test('a call whose signal aborts leaves the queue to others', async () => {
    const through = bulkhead({ concurrent: 1, waiting: 1 });
    const gate = deferred();
    const first = through(() => gate.promise);
    const controller = new AbortController();
    const second = through(async () => assert.fail('must not run'), controller.signal);
    controller.abort(new Error('gone'));
    await assert.rejects(second, /gone/);
    const third = through(async () => 3);
    gate.resolve();
    await first;
    assert.equal(await third, 3);
    await assert.rejects(
      through(async () => 0, AbortSignal.abort(new Error('before'))),
      /before/,
    );
  });
});

describe('hedged read', () => {
  const now = async () => {};
  const never = (_: number, signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

  test('an answer in time is the only request', async () => {
    let reads = 0;
    assert.equal(await hedged(async () => ++reads, { delayMs: 1, sleep: never }), 1);
    assert.equal(reads, 1);
  });

  test('a slow one is overtaken, and aborted', async () => {
    const server = createServer((request, response) => {
      if (request.headers['x-first']) request.on('close', () => closed.resolve());
      else response.end('fast');
    });
    const closed = deferred();
    const arrived = deferred();
    server.on('request', (request) => request.headers['x-first'] && arrived.resolve());
    const url = await listen(server);
    let reads = 0;
    const read = async (signal: AbortSignal) => {
      const headers: Record<string, string> = reads++ === 0 ? { 'x-first': '1' } : {};
      return (await fetch(url, { signal, headers })).text();
    };
    assert.equal(await hedged(read, { delayMs: 1, sleep: () => arrived.promise }), 'fast');
    await closed.promise;
    close(server);
  });

  test('the winner can still be read, and its request ends with the caller’s signal', async () => {
    const begun = deferred();
    const server = createServer((request, response) => {
      if (request.headers['x-first']) return;
      response.write('fa');
      begun.promise.then(() => response.end('st'));
    });
    const url = await listen(server);
    let reads = 0;
    const read = (signal: AbortSignal) => fetch(url, { signal, headers: reads++ === 0 ? { 'x-first': '1' } : {} });
    const response = await hedged(read, { delayMs: 1 });
    begun.resolve();
    assert.equal(await response.text(), 'fast');
    const caller = new AbortController();
    const late = await hedged((signal) => fetch(url, { signal }), { delayMs: 60_000, signal: caller.signal, sleep: never });
    caller.abort();
    await assert.rejects(late.text(), { name: 'AbortError' });
    close(server);
  });

  test('one failure is outlived, two are not', async () => {
    let reads = 0;
    assert.equal(await hedged(() => (reads++ === 0 ? fail() : Promise.resolve('second')), { delayMs: 1, sleep: now }), 'second');
    await assert.rejects(
      hedged(() => fail('both'), { delayMs: 1, sleep: now }),
      /both/,
    );
  });

  test("the caller's abort ends it", async () => {
    const controller = new AbortController();
    const pending = hedged((signal) => never(0, signal) as Promise<never>, {
      delayMs: 1,
      sleep: never,
      signal: controller.signal,
    });
    controller.abort(new Error('gone'));
    await assert.rejects(pending, /gone/);
  });
});

describe('trace context', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const given = `00-${trace}-b7ad6b7169203331-01`;
  const cases: [string | undefined, boolean][] = [
    [given, true],
    [`01-${trace}-b7ad6b7169203331-01-more`, true],
    [`${given}-more`, false],
    [`ff-${trace}-b7ad6b7169203331-01`, false],
    [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, false],
    [`00-${trace}-0000000000000000-01`, false],
    [given.toUpperCase(), false],
    ['', false],
    [undefined, false],
  ];
  for (const [header, valid] of cases) {
    test(`${header} is ${valid ? 'valid' : 'as none'}`, () => assert.equal(parseTraceparent(header) !== undefined, valid));
  }

  test('is passed on, across awaits, with a span for each call', async () => {
    await inTrace({ traceparent: given, tracestate: 'vendor=1' }, async () => {
      await turn();
      const [first, second] = [traceHeaders(), traceHeaders()];
      assert.match(first.traceparent!, new RegExp(`^00-${trace}-[\\da-f]{16}-01$`));
      assert.notEqual(first.traceparent, second.traceparent);
      assert.equal(first.tracestate, 'vendor=1');
      assert.equal(traceId(), trace);
    });
    assert.deepEqual(traceHeaders(), {});
  });

  test('takes the headers of a request as Node gives them', () => {
    const headers: IncomingHttpHeaders = { traceparent: given, tracestate: ['vendor=1', 'other=2'] };
    inTrace(headers, () => assert.equal(traceHeaders().tracestate, 'vendor=1,other=2'));
  });

  test('begins anew where there is none, without the state of an invalid one', () => {
    inTrace({ traceparent: 'x', tracestate: 'vendor=1' }, () => {
      assert.ok(parseTraceparent(traceHeaders().traceparent));
      assert.match(traceHeaders().traceparent!, /-00$/);
      assert.equal(traceHeaders().tracestate, undefined);
    });
  });
});

describe('typed client', () => {
  const order = { id: 'o/1', status: 'open', totalCents: 500, createdAt: '2024-01-01T00:00:00Z' };
  type Answer = { status: number; body?: string; type?: string } | 'half' | 'drop';
  let answers: Answer[] = [];
  let seen: { method?: string; url?: string; key?: string; token?: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    seen.push({ method, url, body, key: headers['idempotency-key'] as string | undefined, token: headers.authorization });
    const answer = answers.shift() ?? { status: 500 };
    if (answer === 'drop') return void request.socket.destroy();
    if (answer === 'half') {
      response.writeHead(201, { 'Content-Length': '100' }).write('{"id":');
      return void setImmediate(() => request.socket.destroy());
    }
    response.writeHead(answer.status, { 'Content-Type': answer.type ?? 'application/json', 'Retry-After': '0' });
    response.end(answer.body ?? JSON.stringify(order));
  });
  let base = '';
  before(async () => void (base = `${await listen(server)}/v1/`));
  after(() => close(server));
  beforeEach((t) => {
    seen = [];
    // No wait between attempts.
    (t as TestContext).mock.method(Math, 'random', () => 0);
  });
  const options = () => ({ token: 'secret', base });

  test('asks what its operation says, and gives what the schema knows', async () => {
    answers = [{ status: 200, body: JSON.stringify({ ...order, added: 'later' }) }];
    assert.deepEqual(await getOrder('o/1', options()), order);
    assert.deepEqual(seen, [{ method: 'GET', url: '/v1/orders/o%2F1', body: '', key: undefined, token: 'Bearer secret' }]);
  });

  test('an order that is not there is no error', async () => {
    answers = [{ status: 404 }];
    assert.equal(await getOrder('o', options()), undefined);
  });

  test('creates one order, also through a reset and a 503, with one key', async () => {
    answers = ['drop', { status: 503 }, { status: 201 }];
    assert.deepEqual(await createOrder({ customerId: 'c', totalCents: 500 }, options()), order);
    assert.equal(seen.length, 3);
    assert.equal(new Set(seen.map(({ key }) => key)).size, 1);
    assert.deepEqual(JSON.parse(seen[2]!.body), { customerId: 'c', totalCents: 500 });
  });

  test('half a body is an error, and the next call with the same key may go on', async () => {
    answers = ['half', { status: 201 }];
    const again = { ...options(), idempotencyKey: '"mine"' };
    await assert.rejects(createOrder({ customerId: 'c', totalCents: 500 }, again), TypeError);
    assert.deepEqual(await createOrder({ customerId: 'c', totalCents: 500 }, again), order);
    assert.deepEqual(
      seen.map(({ key }) => key),
      ['"mine"', '"mine"'],
    );
  });

  test('a problem is told by its type, and HTML of a proxy by its status', async () => {
    const problem = { type: 'https://example.com/problems/limit', title: 'Limit', detail: 'The limit is 100.' };
    answers = [{ status: 422, body: JSON.stringify(problem), type: 'application/problem+json' }];
    await assert.rejects(createOrder({ customerId: 'c', totalCents: 500 }, options()), (error: ApiError) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.status, error.type], [422, problem.type]);
      assert.match(error.message, /^POST \/orders: 422, The limit is 100\.$/);
      return true;
    });
    answers = [{ status: 403, body: '<html>', type: 'text/html' }];
    await assert.rejects(getOrder('o', options()), { status: 403, type: 'about:blank' });
  });

  for (const [what, answer] of [
    ['another shape', { status: 200, body: JSON.stringify({ ...order, totalCents: '5' }) }],
    ['no JSON', { status: 200, body: 'fine' }],
    ['another status', { status: 202 }],
  ] as const) {
    test(`${what} is a broken contract`, async () => {
      answers = [answer];
      await assert.rejects(getOrder('o', options()), ContractError);
    });
  }
});
