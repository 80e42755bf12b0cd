/** Snippets around PostgreSQL (a real server, from npm) and Redis (a real server, where one is installed). */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Redis } from 'ioredis';
import pg from 'pg';
import { readThrough } from '../../snippets/databases/cache-single-flight.ts';
import { productsById, saveProducts } from '../../snippets/databases/pg-batch.ts';
import { type Migration, migrate, rollBackTo } from '../../snippets/databases/pg-migrations.ts';
import { createPool, endOnSignal } from '../../snippets/databases/pg-pool.ts';
import { name, sql, where } from '../../snippets/databases/pg-query.ts';
import { savepoint, transaction } from '../../snippets/databases/pg-transaction.ts';
import { LockedError, withLock } from '../../snippets/databases/redis-lock.ts';
import * as pgKeys from '../../snippets/idempotency/idempotency-pg.ts';
import * as redisKeys from '../../snippets/idempotency/idempotency-redis.ts';
import { decodeCursor, type Page } from '../../snippets/pagination/pagination.ts';
import { listOrders, type Order } from '../../snippets/pagination/pagination-pg.ts';
import { startPostgres } from './postgres.ts';
import { skipWithout, startServer } from './servers.ts';
import { deferred } from './support.ts';

describe('PostgreSQL', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let pool: pg.Pool;
  const idle: Error[] = [];
  before(async () => {
    postgres = await startPostgres();
    pool = createPool(postgres.url, (error) => idle.push(error));
  });
  after(async () => {
    await pool.end();
    await postgres.stop();
  });
  const number = async (statement: string, values: unknown[] = []) => Number((await pool.query(statement, values)).rows[0].n);

  test('pool: statements have a bound, and a broken idle connection is logged and replaced', async () => {
    assert.equal((await pool.query('SHOW statement_timeout')).rows[0].statement_timeout, '10s');
    assert.equal((await pool.query('SHOW application_name')).rows[0].application_name, 'orders');
    const own = await number('SELECT pg_backend_pid() AS n');
    const logged = new Promise((resolve) => pool.once('error', resolve));
    const other = new pg.Client(postgres.url);
    await other.connect();
    await other.query('SELECT pg_terminate_backend($1)', [own]);
    await other.end();
    await logged;
    assert.equal((idle[0] as { code?: string }).code, '57P01');
    assert.notEqual(await number('SELECT pg_backend_pid() AS n'), own);
  });

  test('pool: a server that accepts and says nothing is an error in time', async (t) => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const mute = createPool(`postgres://nobody@127.0.0.1:${(server.address() as AddressInfo).port}/none`, () => {});
    const waiting = assert.rejects(mute.query('SELECT 1'), /timeout/);
    const [socket] = await once(server, 'connection');
    t.mock.timers.tick(5_000);
    await waiting;
    socket.destroy();
    server.close();
  });

  test('pool: closed at the end, also when serving does not end in order', async (t) => {
    const listeners: (() => Promise<void>)[] = [];
    t.mock.method(process, 'on', ((_signal: string, listener: () => Promise<void>) => listeners.push(listener)) as never);
    const order: string[] = [];
    for (const failure of [undefined, new Error('stuck')]) {
      const own = createPool(postgres.url, () => {});
      await own.query('SELECT 1');
      const stop = async () => {
        order.push('serving');
        await own.query('SELECT 1');
        if (failure) throw failure;
      };
      endOnSignal(own, stop, (error) => order.push(String(error)));
      await Promise.all(listeners.splice(0).map((end) => end()));
      assert.deepEqual([own.ended, own.totalCount], [true, 0]);
    }
    assert.equal(process.exitCode, 1);
    process.exitCode = 0;
    assert.deepEqual(order, ['serving', 'serving', 'Error: stuck']);
  });

  describe('transaction', () => {
    beforeEach(() =>
      pool.query(`DROP TABLE IF EXISTS accounts; CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0));
                  INSERT INTO accounts VALUES (1, 100), (2, 100)`),
    );
    const balances = async () => (await pool.query('SELECT balance FROM accounts ORDER BY id')).rows.map((row) => row.balance);
    const add = (client: pg.PoolClient, id: number, amount: number) =>
      client.query('UPDATE accounts SET balance = balance + $2 WHERE id = $1', [id, amount]);
    const sleep = async () => {};

    test('commits what it returns from, rolls back what it throws', async () => {
      assert.equal(await transaction(pool, async (client) => (await add(client, 1, 5)).rowCount), 1);
      await assert.rejects(
        transaction(pool, async (client) => {
          await add(client, 1, 5);
          throw new Error('no');
        }),
        /no/,
      );
      assert.deepEqual(await balances(), [105, 100]);
    });

    test('a deadlock costs further attempts, and both take effect', async () => {
      const both = [deferred(), deferred()];
      let attempts = 0;
      const move = (from: number, to: number, mine: number) =>
        transaction(
          pool,
          async (client) => {
            attempts++;
            await add(client, from, -10);
            both[mine]!.resolve();
            await both[1 - mine]!.promise;
            await add(client, to, 10);
          },
          { sleep },
        );
      await Promise.all([move(1, 2, 0), move(2, 1, 1)]);
      // The second may meet the first again before that one has come on.
      assert.ok(attempts > 2, `${attempts} attempts`);
      assert.deepEqual(await balances(), [100, 100]);
    });

    test('a serialization failure costs a second attempt, which sees the other', async () => {
      const both = [deferred(), deferred()];
      let attempts = 0;
      const total = (mine: number) =>
        transaction(
          pool,
          async (client) => {
            attempts++;
            const { rows } = await client.query('SELECT sum(balance)::int AS sum FROM accounts');
            both[mine]!.resolve();
            await both[1 - mine]!.promise;
            await client.query('INSERT INTO accounts VALUES ($1, $2)', [10 + mine, rows[0].sum]);
          },
          { isolation: 'SERIALIZABLE', sleep },
        );
      await Promise.all([total(0), total(1)]);
      assert.equal(attempts, 3);
      assert.deepEqual((await balances()).slice(2).sort(), [200, 400]);
    });

    test('gives up after five attempts, and at once on any other error', async () => {
      let attempts = 0;
      const raise = (code: string) =>
        transaction(pool, (client) => (attempts++, client.query(`DO $$ BEGIN RAISE 'x' USING ERRCODE = '${code}'; END $$`)), {
          sleep,
        });
      await assert.rejects(raise('40001'), { code: '40001' });
      assert.equal(attempts, 5);
      await assert.rejects(raise('23505'), { code: '23505' });
      assert.equal(attempts, 6);
    });

    test('a savepoint undoes its part, also inside another', async () => {
      await transaction(pool, async (client) => {
        await add(client, 1, 1);
        await savepoint(client, async () => {
          await add(client, 2, 1);
          await assert.rejects(
            savepoint(client, () => add(client, 2, -1000)),
            { code: '23514' },
          );
          await add(client, 2, 1);
        });
        await assert.rejects(
          savepoint(client, () => add(client, 1, -1000)),
          { code: '23514' },
        );
      });
      assert.deepEqual(await balances(), [101, 102]);
    });

    test('an error that was swallowed is no commit', async () => {
      await assert.rejects(
        transaction(pool, async (client) => {
          await add(client, 1, 1);
          await add(client, 1, -1000).catch(() => undefined);
        }),
        /was rolled back/,
      );
      assert.deepEqual(await balances(), [100, 100]);
    });

    test('a connection that breaks in between is an error, and does not go back into the pool', async () => {
      const before = pool.totalCount;
      const broken = deferred();
      await assert.rejects(
        transaction(pool, async (client) => {
          client.once('error', () => broken.resolve());
          const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
          await pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
          await broken.promise;
          await add(client, 1, 1);
        }),
      );
      assert.ok(pool.totalCount <= before);
      assert.deepEqual(await balances(), [100, 100]);
    });
  });

  test('batch: reads and writes any number of rows with one statement each', async () => {
    await pool.query('CREATE TABLE products (id uuid PRIMARY KEY, name text NOT NULL, price numeric NOT NULL)');
    const products = Array.from({ length: 30_000 }, (_, n) => ({ id: randomUUID(), name: `n${n}`, price: '1.50' }));
    assert.equal(await saveProducts(pool, products), 30_000);
    const [a, b] = products as [(typeof products)[0], (typeof products)[0]];
    assert.equal(await saveProducts(pool, [a, { ...a, name: 'last' }, b]), 2);
    assert.deepEqual(await productsById(pool, [b.id, randomUUID(), a.id, b.id]), [b, undefined, { ...a, name: 'last' }, b]);
    assert.deepEqual(await productsById(pool, []), []);
    assert.equal(await saveProducts(pool, []), 0);
    // One id, however it is written.
    assert.equal(await saveProducts(pool, [a, { ...a, id: a.id.toUpperCase(), name: 'loud' }]), 1);
    assert.deepEqual(await productsById(pool, [a.id.toUpperCase()]), [{ ...a, name: 'loud' }]);
  });

  describe('query builder', () => {
    before(() =>
      pool.query(
        `CREATE TABLE parts (id int, name text, "odd ""name" int); INSERT INTO parts VALUES (1, 'a', 3), (2, 'b''; --', 2), (3, NULL, 1)`,
      ),
    );
    const ids = async (query: pg.QueryConfig) => (await pool.query(query)).rows.map(({ id }) => id);

    test('values are parameters, whatever is in them, and pieces parts of the whole', async () => {
      const evil = "b'; --";
      const condition = sql`name = ${evil}`;
      const statement = sql`SELECT id FROM parts WHERE ${condition} AND id > ${0}`;
      assert.deepEqual(statement.query, { text: 'SELECT id FROM parts WHERE name = $1 AND id > $2', values: [evil, 0] });
      assert.deepEqual(await ids(sql`${statement} LIMIT ${1}`.query), [2]);
      assert.deepEqual(await ids(sql`SELECT id FROM parts WHERE id = ANY(${[1, 3]}) ORDER BY id`.query), [1, 3]);
      assert.deepEqual(sql`SELECT 1`.query, { text: 'SELECT 1', values: [] });
    });

    test('conditions that are absent are left out, and an OR in one stays in it', async () => {
      const search = (text?: string, from?: number) =>
        sql`SELECT id FROM parts ${where([text && sql`name = ${text} OR id = ${3}`, from !== undefined && sql`id >= ${from}`])} ORDER BY id`;
      assert.deepEqual(await ids(search().query), [1, 2, 3]);
      assert.deepEqual(await ids(search('a').query), [1, 3]);
      assert.deepEqual(await ids(search('a', 2).query), [3]);
      assert.deepEqual(await ids(search(undefined, 2).query), [2, 3]);
    });

    test('names come from a list', async () => {
      const order = (by: string) => sql`SELECT id FROM parts ORDER BY ${name(by, ['id', 'odd "name'])}`;
      assert.deepEqual(await ids(order('odd "name').query), [3, 2, 1]);
      assert.throws(() => order('id; DROP TABLE parts'), /is none of/);
    });
  });

  describe('migrations', () => {
    const steps: Migration[] = [
      { name: '2024-01-01-users', up: 'CREATE TABLE users (id int)', down: 'DROP TABLE users' },
      { name: '2024-02-01-email', up: 'ALTER TABLE users ADD email text', down: 'ALTER TABLE users DROP email' },
    ];
    const withClient = async <T>(run: (client: pg.Client) => Promise<T>): Promise<T> => {
      const client = new pg.Client(postgres.url);
      await client.connect();
      try {
        return await run(client);
      } finally {
        await client.end();
      }
    };

    test('of two processes one runs each step, and steps are undone latest first', async () => {
      const ran = await Promise.all([1, 2].map(() => withClient((client) => migrate(client, steps))));
      assert.deepEqual(
        ran.flat(),
        steps.map(({ name }) => name),
      );
      assert.deepEqual(await withClient((client) => rollBackTo(client, steps, '2024-01-01-users')), ['2024-02-01-email']);
      assert.deepEqual(await withClient((client) => migrate(client, steps)), ['2024-02-01-email']);
    });

    test('a step that fails leaves nothing behind, and names itself', async () => {
      const bad = [...steps, { name: '2024-03-01-bad', up: 'CREATE TABLE half (id int); SELECT 1 / 0' }];
      await assert.rejects(
        withClient((client) => migrate(client, bad)),
        /2024-03-01-bad failed/,
      );
      assert.equal(await number(`SELECT count(*) AS n FROM pg_tables WHERE tablename = 'half'`), 0);
    });

    test('a connection that breaks in a step says which step it was', async () => {
      const bad = [...steps, { name: '2024-03-01-bad', up: 'SELECT pg_terminate_backend(pg_backend_pid())' }];
      const broken = withClient((client) =>
        migrate(
          client.on('error', () => {}),
          bad,
        ),
      );
      await assert.rejects(broken, /2024-03-01-bad failed/);
    });

    test('a late name, an unknown step and one that cannot be undone are refused', async () => {
      const late = [...steps, { name: '2023-01-01-late', up: 'SELECT 1' }];
      await assert.rejects(
        withClient((client) => migrate(client, late)),
        /give it a later name/,
      );
      await assert.rejects(
        withClient((client) => migrate(client, steps.slice(0, 1))),
        /ahead of this version/,
      );
      const final = [steps[0]!, { ...steps[1]!, down: undefined }];
      await assert.rejects(
        withClient((client) => rollBackTo(client, final, steps[0]!.name)),
        /cannot be undone/,
      );
    });
  });

  test('pagination: every row once, though several were made in one microsecond and more come in between', async () => {
    await pool.query(`CREATE TABLE orders (id uuid PRIMARY KEY, customer_id text NOT NULL, total numeric NOT NULL, created_at timestamptz NOT NULL);
                      CREATE INDEX ON orders (customer_id, created_at, id)`);
    const insert = (id: string, at: string, customer = 'c') =>
      pool.query('INSERT INTO orders VALUES ($1, $2, 1.5, $3)', [id, customer, at]);
    const ids = Array.from({ length: 7 }, (_, n) => `00000000-0000-4000-8000-00000000000${n}`);
    for (const id of ids) await insert(id, `2024-01-01T00:00:00.00000${Number(id.at(-1)) >> 1}+02:00`);
    await insert(randomUUID(), '2024-01-01', 'another');
    const seen: Order[] = [];
    let page: Page<Order> | undefined;
    do {
      page = await listOrders(pool, 'c', 2, page?.nextCursor ? decodeCursor(page.nextCursor) : undefined);
      assert.ok(page);
      seen.push(...page.items);
      // What is older than the cursor does not shift the pages that follow.
      await insert(randomUUID(), '2023-01-01');
    } while (page.nextCursor);
    assert.deepEqual(
      seen.map(({ id }) => id),
      ids,
    );
    assert.equal(seen[1]!.createdAt, '2023-12-31T22:00:00.000000Z');
  });

  for (const [createdAt, id] of [
    ['yesterday', randomUUID()],
    ['2024-02-30T00:00:00.000000Z', randomUUID()],
    ['0000-01-01T00:00:00.000000Z', randomUUID()],
    ['2024-01-01T00:00:00.000000Z', '1'],
  ] as const) {
    test(`pagination: the position ${createdAt}, ${id.length} is none of this collection`, async () =>
      assert.equal(await listOrders(pool, 'c', 2, { createdAt, id }), undefined));
  }

  describe('idempotency keys', () => {
    before(() => pool.query(`${pgKeys.idempotencyTable}; CREATE TABLE payments (amount int)`));
    beforeEach(() => pool.query('TRUNCATE idempotency_keys, payments'));
    const request = { scope: 'user-1', key: 'key-1', method: 'POST', path: '/payments', rawBody: '{"amount":5}' };
    const created = { status: 201, headers: { Location: '/payments/1' }, body: '{"id":1}' };
    const pay = async (client: pg.PoolClient) => {
      await client.query('INSERT INTO payments VALUES (5)');
      return created;
    };
    const payments = () => number('SELECT count(*) AS n FROM payments');
    const statusOf = async (changed: Partial<pgKeys.IdempotentRequest>) =>
      (await pgKeys.handleOnce(pool, { ...request, ...changed }, pay)).status;

    test('the same request gets the same answer, and is handled once', async () => {
      assert.deepEqual(await pgKeys.handleOnce(pool, request, pay), created);
      assert.deepEqual(await pgKeys.handleOnce(pool, { ...request, rawBody: Buffer.from(request.rawBody) }, pay), created);
      assert.equal(await payments(), 1);
    });

    test('another request under the same key is 422, another user or key another request, none 400', async () => {
      await statusOf({});
      assert.equal(await statusOf({ rawBody: '{"amount":6}' }), 422);
      assert.equal(await statusOf({ path: '/refunds' }), 422);
      assert.equal(await statusOf({ scope: 'user-2' }), 201);
      assert.equal(await statusOf({ key: 'key-2' }), 201);
      assert.equal(await statusOf({ key: undefined }), 400);
      assert.equal(await statusOf({ key: '' }), 400);
      assert.equal(await statusOf({ key: 'k'.repeat(256) }), 400);
      assert.equal(await payments(), 3);
    });

    test('while it is under way the same request is 409', async () => {
      const [begun, end] = [deferred(), deferred()];
      const first = pgKeys.handleOnce(pool, request, async (client) => {
        begun.resolve();
        await end.promise;
        return pay(client);
      });
      await begun.promise;
      assert.equal(await statusOf({}), 409);
      end.resolve();
      assert.equal((await first).status, 201);
      assert.equal(await payments(), 1);
    });

    test('a failure and a broken connection leave nothing, and the next attempt counts', async () => {
      const fail = async (client: pg.PoolClient): Promise<pgKeys.Answer> => {
        await pay(client);
        throw new Error('down');
      };
      await assert.rejects(pgKeys.handleOnce(pool, request, fail), /down/);
      const kill = async (client: pg.PoolClient): Promise<pgKeys.Answer> => {
        const answer = await pay(client);
        await client.query('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
        return answer;
      };
      await assert.rejects(pgKeys.handleOnce(pool, request, kill));
      assert.equal(await payments(), 0);
      assert.equal(await statusOf({}), 201);
      assert.equal(await payments(), 1);
    });

    test('an expired key is a new one, and is removed', async () => {
      await statusOf({});
      await pool.query(`UPDATE idempotency_keys SET expires_at = now() - interval '1 second'`);
      assert.equal(await statusOf({ rawBody: 'another' }), 201);
      await pool.query(`UPDATE idempotency_keys SET expires_at = now() - interval '1 second'`);
      assert.equal(await pgKeys.removeExpiredKeys(pool), 1);
    });
  });
});

describe('Redis', { skip: skipWithout('redis') }, () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let redis: Redis;
  before(async () => {
    server = await startServer('redis');
    redis = new Redis(server.port, '127.0.0.1');
  });
  beforeEach(() => redis.flushall());
  after(async () => {
    await redis.quit();
    await server.stop();
  });

  describe('lock', () => {
    test('one holds it, the next gets it after, with a higher fence', async () => {
      const fence = await withLock(redis, 'report', 10_000, async ({ fence }) => {
        await assert.rejects(
          withLock(redis, 'report', 10_000, async () => assert.fail('must not run')),
          LockedError,
        );
        await withLock(redis, 'another', 10_000, async () => {});
        return fence;
      });
      assert.equal(await withLock(redis, 'report', 10_000, async (held) => held.fence), fence + 1);
    });

    test('is free again after an error', async () => {
      await assert.rejects(
        withLock(redis, 'report', 10_000, () => Promise.reject(new Error('down'))),
        /down/,
      );
      await withLock(redis, 'report', 10_000, async () => {});
    });

    test('who overslept knows it, does not free the lock of the next, and is fenced off', async () => {
      const written: number[] = [];
      let highest = 0;
      const write = (fence: number) => {
        if (fence < highest) return;
        highest = fence;
        written.push(fence);
      };
      await withLock(redis, 'report', 1, async ({ fence, signal }) => {
        await new Promise((resolve) => (signal.aborted ? resolve(0) : signal.addEventListener('abort', resolve)));
        // The server's clock may be behind ours by a moment.
        while (await redis.exists('lock:{report}'));
        const next = deferred();
        const second = withLock(redis, 'report', 10_000, async (held) => {
          write(held.fence);
          await next.promise;
        });
        while (written.length === 0) await redis.ping();
        write(fence);
        assert.deepEqual(written, [fence + 1]);
        queueMicrotask(() => next.resolve());
        await second;
      });
      // Its release, after all that, is not to touch a lock it does not have.
      await redis.set('lock:{report}', 'another');
      await assert.rejects(
        withLock(redis, 'report', 10_000, async () => {}),
        LockedError,
      );
    });
  });

  describe('idempotency keys', () => {
    const request = { scope: 'user-1', key: 'key-1', method: 'POST', path: '/payments', rawBody: '{"amount":5}' };
    const created = { status: 201, headers: { Location: '/payments/1' }, body: '{"id":1}' };
    let handled = 0;
    beforeEach(() => (handled = 0));
    const pay = async () => (handled++, created);
    const statusOf = async (changed: Partial<redisKeys.IdempotentRequest>) =>
      (await redisKeys.handleOnce(redis, { ...request, ...changed }, pay)).status;

    test('the same request gets the same answer, and is handled once', async () => {
      assert.deepEqual(await redisKeys.handleOnce(redis, request, pay), created);
      assert.deepEqual(await redisKeys.handleOnce(redis, { ...request, rawBody: Buffer.from(request.rawBody) }, pay), created);
      assert.equal(handled, 1);
      const [name = ''] = await redis.keys('*');
      assert.ok((await redis.pttl(name)) > 86_000_000);
    });

    test('of many at once one is handled, the others are 409 or get its answer', async () => {
      const statuses = await Promise.all(Array.from({ length: 20 }, () => statusOf({})));
      assert.equal(handled, 1);
      assert.deepEqual(
        [...new Set(statuses)].filter((status) => status !== 409 && status !== 201),
        [],
      );
    });

    test('another request under the same key is 422, another user or key another request, none 400', async () => {
      await statusOf({});
      assert.equal(await statusOf({ rawBody: '{"amount":6}' }), 422);
      assert.equal(await statusOf({ scope: 'user-2' }), 201);
      assert.equal(await statusOf({ key: 'key-2' }), 201);
      assert.equal(await statusOf({ key: undefined }), 400);
      assert.equal(handled, 3);
    });

    test('a failure leaves nothing, and the next attempt counts', async () => {
      await assert.rejects(
        redisKeys.handleOnce(redis, request, () => Promise.reject(new Error('down'))),
        /down/,
      );
      assert.equal(await statusOf({}), 201);
    });

    test('work that is done is answered, though the answer cannot be kept', async (t) => {
      t.mock.method(redis, 'eval', () => Promise.reject(new Error('down')));
      assert.deepEqual(await redisKeys.handleOnce(redis, request, pay), created);
      assert.equal(await statusOf({}), 409);
    });

    test('who took longer than its lease does not write over its successor', async () => {
      const slow = await redisKeys.handleOnce(redis, request, async () => {
        await redis.flushall();
        await statusOf({});
        return { ...created, body: 'late' };
      });
      assert.equal(slow.body, 'late');
      assert.deepEqual(await redisKeys.handleOnce(redis, request, pay), created);
    });
  });
});

describe('cache', () => {
  function make(options: { ttlMs?: number; maxEntries?: number } = {}) {
    const clock = { ms: 0 };
    const loads: string[] = [];
    const gate = { promise: Promise.resolve() as Promise<unknown> };
    const cache = readThrough(
      async (key: string) => {
        const count = loads.push(key);
        await gate.promise;
        return `${key}${count}`;
      },
      { ttlMs: 100, now: () => clock.ms, ...options },
    );
    return { clock, loads, gate, cache };
  }

  test('all who wait share one load, and later ones its value until it is old', async () => {
    const { clock, loads, cache } = make();
    assert.deepEqual(await Promise.all([cache.get('a'), cache.get('a'), cache.get('b')]), ['a1', 'a1', 'b2']);
    clock.ms = 99;
    assert.equal(await cache.get('a'), 'a1');
    clock.ms = 100;
    assert.equal(await cache.get('a'), 'a3');
    assert.equal(loads.length, 3);
  });

  test('a failure reaches all who wait, and is not kept', async () => {
    const { gate, cache } = make();
    gate.promise = Promise.reject(new Error('down'));
    const results = await Promise.allSettled([cache.get('a'), cache.get('a')]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    gate.promise = Promise.resolve();
    assert.equal(await cache.get('a'), 'a2');
  });

  test('what is forgotten while it is loaded is not kept', async () => {
    const { gate, cache } = make();
    const { promise, resolve } = deferred();
    gate.promise = promise;
    const first = cache.get('a');
    cache.forget('a');
    const second = cache.get('a');
    resolve();
    assert.deepEqual([await first, await second, await cache.get('a')], ['a1', 'a2', 'a2']);
  });

  test('the one used longest ago goes when there are too many', async () => {
    const { loads, cache } = make({ maxEntries: 2 });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.get(key);
    assert.deepEqual(loads, ['a', 'b', 'c', 'b']);
  });
});
