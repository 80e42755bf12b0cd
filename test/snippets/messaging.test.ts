/** Messages and PostgreSQL (a real server, from npm): what is left when a process is killed in between. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import dns, { type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { Agent, get, globalAgent } from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { after, before, beforeEach, describe, test } from 'node:test';
import express from 'express';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import {
  appendEvents,
  ConcurrencyError,
  eventTables,
  loadState,
  type Projection,
  saveSnapshot,
} from '../../snippets/messaging/event-store.ts';
import { upcast, upcasters } from '../../snippets/messaging/event-upcasting.ts';
import { forgetHandledMessages, handleMessageOnce, inboxTable } from '../../snippets/messaging/inbox.ts';
import { type OutboxMessage, outboxTable, relayOutbox, writeToOutbox } from '../../snippets/messaging/outbox.ts';
import {
  beginSaga,
  continueSaga,
  type SagaStep,
  sagaTable,
  TakenOverError,
  waitingSagas,
} from '../../snippets/messaging/saga.ts';
import {
  type Attempt,
  deliverOne,
  deliveryTables,
  planDeliveries,
  secondsUntilNext,
} from '../../snippets/webhooks/webhook-delivery.ts';
import * as webhookInbox from '../../snippets/webhooks/webhook-inbox.ts';
import { webhookRoute } from '../../snippets/webhooks/webhook-raw-express.ts';
import { signedHeaders } from '../../snippets/webhooks/webhook-send.ts';
import { verifyStandardWebhook } from '../../snippets/webhooks/webhook-standard.ts';
import * as subscriptions from '../../snippets/webhooks/webhook-subscriptions.ts';
import {
  ForbiddenTargetError,
  isPublicAddress,
  parseTarget,
  postToTarget,
  publicLookup,
} from '../../snippets/webhooks/webhook-target-guard.ts';
import { startPostgres } from './postgres.ts';
import { close, deferred, listen } from './support.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let pool: pg.Pool;
before(async () => {
  postgres = await startPostgres();
  pool = new pg.Pool({ connectionString: postgres.url });
  // Connections are broken on purpose.
  pool.on('error', () => {});
});
after(async () => {
  await pool.end();
  await postgres.stop();
});

async function withClient<T>(run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await run(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
const count = async (table: string) => Number((await pool.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n);

/** Runs a module in a process of its own; `line` is what it prints first. */
function program(source: string) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source, postgres.url], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const line = once(createInterface(child.stdout), 'line').then(([text]) => String(text));
  return { line, exited, kill: () => child.kill('SIGKILL') };
}
const outboxModule = JSON.stringify(new URL('../../snippets/messaging/outbox.ts', import.meta.url).href);

describe('outbox and inbox', () => {
  before(() =>
    pool.query(`${outboxTable}; ${inboxTable}; CREATE TABLE orders (id text PRIMARY KEY); CREATE TABLE mails (to_order text)`),
  );
  beforeEach(() => pool.query('TRUNCATE outbox, inbox, orders, mails'));
  const order = (id: string, fails = false) =>
    withClient(async (client) => {
      await client.query('INSERT INTO orders VALUES ($1)', [id]);
      await writeToOutbox(client, { topic: 'orders', key: id, payload: { id }, headers: { type: 'order.placed' } });
      if (fails) throw new Error('no');
    });
  /** A consumer that writes one mail for each order it hears of. */
  const consume = ({ id, key }: OutboxMessage) =>
    handleMessageOnce(pool, 'mailer', id, async (client) => {
      await client.query('INSERT INTO mails VALUES ($1)', [key]);
    });

  test('a message is there with its change, or not at all, and is published in order', async () => {
    await order('1');
    await assert.rejects(order('2', true), /no/);
    await order('3');
    const published: OutboxMessage[] = [];
    const publish = async (messages: OutboxMessage[]) => void published.push(...messages);
    assert.equal(await relayOutbox(pool, publish), 2);
    assert.deepEqual(
      published.map(({ topic, key, payload, headers }) => ({ topic, key, payload, headers })),
      ['1', '3'].map((id) => ({ topic: 'orders', key: id, payload: { id }, headers: { type: 'order.placed' } })),
    );
    assert.equal(await relayOutbox(pool, publish), 0);
  });

  test('a broker that refuses leaves the messages where they are', async () => {
    await order('1');
    await assert.rejects(
      relayOutbox(pool, () => Promise.reject(new Error('down'))),
      /down/,
    );
    assert.equal(await count('outbox'), 1);
  });

  test('two relays take different messages', async () => {
    await order('1');
    await order('2');
    const [both, end] = [deferred(), deferred()];
    const first = relayOutbox(
      pool,
      async () => {
        both.resolve();
        await end.promise;
      },
      1,
    );
    await both.promise;
    const second: string[] = [];
    assert.equal(await relayOutbox(pool, async (messages) => void second.push(...messages.map(({ key }) => key))), 1);
    end.resolve();
    assert.equal(await first, 1);
    assert.deepEqual(second, ['2']);
  });

  test('killed between the commit and the publishing: nothing is lost', async () => {
    const writer = program(`
      import pg from 'pg';
      import { writeToOutbox } from ${outboxModule};
      const client = new pg.Client(process.argv[1]);
      await client.connect();
      await client.query('BEGIN');
      await client.query("INSERT INTO orders VALUES ('k')");
      await writeToOutbox(client, { topic: 'orders', key: 'k', payload: {} });
      await client.query('COMMIT');
      console.log('committed');
      await new Promise(() => setInterval(() => {}, 1000));`);
    assert.equal(await writer.line, 'committed');
    writer.kill();
    await writer.exited;
    assert.equal(await relayOutbox(pool, async (messages) => void (await Promise.all(messages.map(consume)))), 1);
    assert.equal(await count('mails'), 1);
  });

  test('killed between the publishing and the commit: published twice, seen once', async () => {
    await order('k');
    const relay = program(`
      import pg from 'pg';
      import { relayOutbox } from ${outboxModule};
      const pool = new pg.Pool({ connectionString: process.argv[1] });
      await relayOutbox(pool, async ([message]) => {
        console.log(JSON.stringify(message));
        await new Promise(() => setInterval(() => {}, 1000));
      });`);
    const first: OutboxMessage = JSON.parse(await relay.line);
    assert.equal(await consume(first), true);
    assert.equal(await relayOutbox(pool, async () => assert.fail('the relay that hangs has it')), 0);
    relay.kill();
    await relay.exited;
    const again: OutboxMessage[] = [];
    // The server finds out in its own time that the process is gone.
    while ((await relayOutbox(pool, async (messages) => void again.push(...messages))) === 0);
    assert.deepEqual(again, [first]);
    assert.equal(await consume(again[0]!), false);
    assert.equal(await count('mails'), 1);
  });

  test('a message delivered twice at once is handled once, by each consumer', async () => {
    const id = randomUUID();
    const handle = async (client: pg.PoolClient) => void (await client.query(`INSERT INTO mails VALUES ('x')`));
    const results = await Promise.all([1, 2, 3].map(() => handleMessageOnce(pool, 'mailer', id, handle)));
    assert.deepEqual(results.sort(), [false, false, true]);
    assert.equal(await handleMessageOnce(pool, 'biller', id, handle), true);
    assert.equal(await count('mails'), 2);
  });

  test('work that was undone by an error which was swallowed is not done', async () => {
    const swallow = async (client: pg.PoolClient) => {
      await client.query(`INSERT INTO mails VALUES ('x')`);
      await client.query('SELECT 1/0').catch(() => undefined);
    };
    await assert.rejects(handleMessageOnce(pool, 'mailer', 'm', swallow), /rolled back/);
    assert.equal(await handleMessageOnce(pool, 'mailer', 'm', async () => {}), true);
  });

  test('a message whose handling fails is not noted, and old ones are forgotten', async () => {
    await assert.rejects(
      handleMessageOnce(pool, 'mailer', 'm', () => Promise.reject(new Error('down'))),
      /down/,
    );
    assert.equal(await handleMessageOnce(pool, 'mailer', 'm', async () => {}), true);
    assert.equal(await forgetHandledMessages(pool), 0);
    assert.equal(await forgetHandledMessages(pool, '-1 second'), 1);
  });
});

describe('saga', () => {
  before(() => pool.query(sagaTable));
  interface Trip {
    flight?: string;
    hotel?: string;
  }
  /** Steps that write down what they are asked. `failing` names those that throw, with how many times. */
  function make(failing: Record<string, number> = {}) {
    const log: string[] = [];
    const act = async (what: string) => {
      log.push(what);
      if ((failing[what] ?? 0) > 0) {
        failing[what]!--;
        throw new Error(`${what} failed`);
      }
    };
    const steps: SagaStep<Trip>[] = [
      { name: 'flight', run: async () => (await act('flight'), { flight: 'F1' }), compensate: () => act('undo flight') },
      { name: 'hotel', run: async () => (await act('hotel'), { hotel: 'H1' }), compensate: () => act('undo hotel') },
      { name: 'mail', run: async () => (await act('mail'), undefined) },
    ];
    return { log, steps };
  }
  const begin = async () => {
    const id = randomUUID();
    await beginSaga(pool, 'trip', id, {});
    return id;
  };
  const stored = async (id: string) =>
    (await pool.query('SELECT status, step, data, error, leased_until FROM sagas WHERE id = $1', [id])).rows[0];

  test('runs its steps in order and keeps what they return', async () => {
    const { log, steps } = make();
    const id = await begin();
    assert.deepEqual(await waitingSagas(pool, 'trip'), [id]);
    assert.equal(await continueSaga(pool, steps, id), 'done');
    assert.deepEqual(log, ['flight', 'hotel', 'mail']);
    assert.deepEqual((await stored(id)).data, { flight: 'F1', hotel: 'H1' });
    assert.equal(await continueSaga(pool, steps, id), undefined, 'what is done is done');
  });

  test('undoes the step that failed and those before, the last first', async () => {
    const { log, steps } = make({ hotel: 1 });
    const id = await begin();
    assert.equal(await continueSaga(pool, steps, id), 'undone');
    assert.deepEqual(log, ['flight', 'hotel', 'undo hotel', 'undo flight']);
    assert.equal((await stored(id)).error, 'hotel: hotel failed');
    assert.deepEqual(await waitingSagas(pool, 'trip'), []);
  });

  test('a compensation that fails is continued where it stood', async () => {
    const { log, steps } = make({ mail: 1, 'undo hotel': 1 });
    const id = await begin();
    await assert.rejects(continueSaga(pool, steps, id), /undo hotel failed/);
    assert.deepEqual(await waitingSagas(pool, 'trip'), [id]);
    assert.equal(await continueSaga(pool, steps, id), 'undone');
    assert.deepEqual(log, ['flight', 'hotel', 'mail', 'undo hotel', 'undo hotel', 'undo flight']);
  });

  test('another process neither runs it at once, nor begins anew after a crash', async () => {
    const { log, steps } = make();
    const id = await begin();
    const [begun, end] = [deferred(), deferred()];
    const hanging = [
      steps[0]!,
      {
        ...steps[1]!,
        run: async () => {
          begun.resolve();
          await end.promise;
          throw new Error('the process is gone by now');
        },
      },
    ];
    const first = continueSaga(pool, hanging, id);
    await begun.promise;
    assert.equal(await continueSaga(pool, steps, id), undefined);
    // What a crash leaves: a lease that runs out.
    await pool.query(`UPDATE sagas SET leased_until = now() - interval '1 second' WHERE id = $1`, [id]);
    assert.equal(await continueSaga(pool, steps, id), 'done');
    assert.deepEqual(log, ['flight', 'hotel', 'mail']);
    // The first was never dead, only slow: it undoes nothing of what the other has done.
    end.resolve();
    await assert.rejects(first, TakenOverError);
    assert.equal((await stored(id)).status, 'done');
    assert.deepEqual(log, ['flight', 'hotel', 'mail']);
  });
});

describe('event store', () => {
  before(() => pool.query(eventTables));
  const deposited = (amount: number) => ({ type: 'deposited', schemaVersion: 1, data: { amount } });
  let reads = 0;
  const balance: Projection<number> = {
    version: 1,
    initial: 0,
    apply: (sum, { data }) => (reads++, sum + (data as { amount: number }).amount),
  };

  test('appends at the version that was read, and refuses who comes late', async () => {
    assert.equal(await appendEvents(pool, 'a', 0, [deposited(5), deposited(7)]), 2);
    await assert.rejects(appendEvents(pool, 'a', 0, [deposited(1)]), ConcurrencyError);
    await assert.rejects(appendEvents(pool, 'a', 3, [deposited(1)]), ConcurrencyError);
    assert.equal(await appendEvents(pool, 'a', 2, [deposited(1)]), 3);
    assert.deepEqual(await loadState(pool, 'a', balance), { state: 13, version: 3 });
    assert.deepEqual(await loadState(pool, 'none', balance), { state: 0, version: 0 });
  });

  test('of many who append at one version one succeeds', async () => {
    const results = await Promise.allSettled([1, 2, 3, 4].map((n) => appendEvents(pool, 'b', 0, [deposited(n), deposited(n)])));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const result of results) if (result.status === 'rejected') assert.ok(result.reason instanceof ConcurrencyError);
    assert.equal((await loadState(pool, 'b', balance)).version, 2);
  });

  test('a snapshot spares the events before it, until the state gets another shape', async () => {
    await saveSnapshot(pool, 'a', 2, balance.version, 12);
    reads = 0;
    assert.deepEqual(await loadState(pool, 'a', balance), { state: 13, version: 3 });
    assert.equal(reads, 1);
    await saveSnapshot(pool, 'a', 1, balance.version, 5);
    assert.equal((await loadState(pool, 'a', balance)).state, 13, 'an older snapshot does not replace a newer one');
    reads = 0;
    assert.deepEqual(await loadState(pool, 'a', { ...balance, version: 2 }), { state: 13, version: 3 });
    assert.equal(reads, 3);
  });
});

describe('upcasting', () => {
  const event = { type: 'customer.registered', data: { id: '1', name: 'Ada King Lovelace' } };
  const newest = { id: '1', givenName: 'Ada', familyName: 'King Lovelace' };

  test('brings an old event to the newest version, and leaves a new one', () => {
    assert.deepEqual(upcast({ ...event, schemaVersion: 1 }, upcasters), { ...event, schemaVersion: 2, data: newest });
    assert.deepEqual(upcast({ ...event, schemaVersion: 2, data: newest }, upcasters).data, newest);
    assert.deepEqual(upcast({ type: 'other', schemaVersion: 1, data: 1 }, upcasters).data, 1);
    assert.deepEqual(upcast({ type: 'constructor', schemaVersion: 1, data: 1 }, upcasters).data, 1);
  });

  test('several steps follow one another', () => {
    const steps = { n: [(n: number) => n + 1, (n: number) => n * 10] };
    assert.deepEqual(
      [1, 2, 3].map((schemaVersion) => upcast({ type: 'n', schemaVersion, data: 1 }, steps).data),
      [20, 10, 1],
    );
  });

  for (const schemaVersion of [0, 3, 1.5, Number.NaN]) {
    test(`version ${schemaVersion} is refused`, () =>
      assert.throws(() => upcast({ ...event, schemaVersion }, upcasters), /versions 1 to 2 are known/));
  }
});

describe('webhook signer', () => {
  const secrets = ['a', 'b'].map((letter) => `whsec_${btoa(letter.repeat(24))}`);
  const seconds = () => Math.floor(Date.now() / 1000);

  test('signs what the library of Standard Webhooks accepts, with either secret', () => {
    const headers = signedHeaders('msg_1', seconds(), '{"é":1}', secrets);
    for (const secret of secrets) assert.deepEqual(new Webhook(secret).verify('{"é":1}', headers), { é: 1 });
    assert.throws(() => new Webhook(secrets[0]!).verify('{"é":2}', headers));
  });

  test('a sender whose clock is off by six minutes is refused', () => {
    for (const skew of [-360, 360]) {
      assert.throws(() => new Webhook(secrets[0]!).verify('{}', signedHeaders('msg_1', seconds() + skew, '{}', secrets)));
    }
  });

  test('an id with a dot, and a short secret, are mistakes of the caller', () => {
    assert.throws(() => signedHeaders('a.b', 1, '{}', secrets), /id/);
    assert.throws(() => signedHeaders('a', 1, '{}', ['whsec_AAAA']), /24 bytes/);
    assert.throws(() => signedHeaders('a', 1, '{}', []), /24 bytes/);
  });
});

describe('webhook targets', () => {
  const addresses: [string, boolean][] = [
    ['93.184.216.34', true],
    ['2606:2800:220:1:248:1893:25c8:1946', true],
    ...['127.0.0.1', '10.1.2.3', '172.31.255.255', '192.168.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1']
      .concat(['255.255.255.255', '::1', '::', 'fe80::1', 'fd00::1', 'ff02::1', '::ffff:10.0.0.1', '::ffff:a00:1'])
      .concat(['64:ff9b::a00:1', '2001:db8::1', '2002:a00:1::1', '2001::1', 'name', ''])
      .map((address): [string, boolean] => [address, false]),
    ['172.32.0.1', true],
    ['11.0.0.1', true],
  ];
  for (const [address, expected] of addresses) {
    test(`${address} is ${expected ? 'public' : 'not'}`, () => assert.equal(isPublicAddress(address), expected));
  }

  for (const bad of [
    'http://example.com',
    'https://user:password@example.com',
    'https://example.com:8443',
    'https://127.0.0.1',
    'https://2130706433',
    'https://0x7f.1',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'nothing',
  ]) {
    test(`${bad} is refused`, () => assert.throws(() => parseTarget(bad), ForbiddenTargetError));
  }

  /** Lets every name lead to these addresses. */
  function resolveTo(t: { mock: typeof test.mock; after: (run: () => void) => void }, ...addresses: LookupAddress[]) {
    const fake = (_name: string, _options: object, callback: (error: null, found: LookupAddress[]) => void) =>
      callback(null, addresses);
    t.mock.method(dns, 'lookup', fake as never);
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
  }

  test('a name that leads to a private address, also as one of several, is refused before anything is sent', async (t) => {
    resolveTo(t, { address: '93.184.216.34', family: 4 }, { address: '10.0.0.1', family: 4 });
    await assert.rejects(postToTarget('https://example.com/hook', {}, '{}'), ForbiddenTargetError);
    const result = await new Promise((resolve) => publicLookup('example.com', {}, resolve));
    assert.ok(result instanceof ForbiddenTargetError);
  });

  test('posts to a public one, and follows no redirect', async (t) => {
    const seen: string[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      seen.push(`${request.method} ${request.url} ${request.headers.host} ${body}`);
      response.writeHead(302, { Location: 'https://10.0.0.1/' }).end();
    });
    const { port } = new URL(await listen(server));
    resolveTo(t, { address: '93.184.216.34', family: 4 });
    // Without this the request would go out into the world: what is connected to stands here, checked, in the options.
    const dialled: unknown[] = [];
    t.mock.method(
      Agent.prototype,
      'createConnection' as never,
      ((options: { host: string; lookup: typeof publicLookup }) => {
        options.lookup(options.host, {}, (_error, address) => dialled.push(address));
        return connect(Number(port), '127.0.0.1');
      }) as never,
    );
    assert.equal(await postToTarget('https://example.com/hook', { 'Content-Length': '2' }, '{}'), 302);
    close(server);
    assert.deepEqual(seen, ['POST /hook example.com {}']);
    assert.deepEqual(dialled, ['93.184.216.34']);
  });

  test('a connection the service keeps to a private address is not used', async (t) => {
    const server = createServer((_request, response) => void response.end());
    const { port } = new URL(await listen(server));
    t.after(() => {
      globalAgent.destroy();
      close(server);
    });
    t.mock.method(globalAgent, 'createConnection', (() => connect(Number(port), '127.0.0.1')) as never);
    const own = get('https://intern.example/', { agent: globalAgent });
    const [answer] = (await once(own, 'response')) as [IncomingMessage];
    await once(answer.resume(), 'close');
    resolveTo(t, { address: '10.0.0.1', family: 4 });
    await assert.rejects(postToTarget('https://intern.example/', {}, '{}'), ForbiddenTargetError);
  });
});

describe('inbox of webhooks', () => {
  before(() => pool.query(`${webhookInbox.webhookInboxTable}; CREATE TABLE bookings (event text)`));
  beforeEach(() => pool.query('TRUNCATE webhook_events, bookings'));
  const event = (id: string) => ({ source: 'shop', id, body: Buffer.from(`{"id":"${id}"}`) });
  const book = async ({ id }: webhookInbox.WebhookEvent, client: pg.PoolClient) =>
    void (await client.query('INSERT INTO bookings VALUES ($1)', [id]));
  const booked = async () => (await pool.query('SELECT event FROM bookings ORDER BY 1')).rows.map((row) => row.event);
  const due = () => pool.query('UPDATE webhook_events SET due_at = now() WHERE due_at IS NOT NULL');
  const lag = async () => {
    const { waiting, dead } = await webhookInbox.inboxLag(pool);
    return { waiting, dead };
  };

  test('what is sent twice is answered twice and handled once, from the signature to the booking', async () => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const app = express().post(
      '/hook',
      webhookRoute({
        verify: (body, headers) => verifyStandardWebhook(body, headers, secret),
        accept: async (body, headers) =>
          void (await webhookInbox.keepEvent(pool, { source: 'shop', id: String(headers['webhook-id']), body })),
      }),
    );
    const server = createServer(app);
    const url = `${await listen(server)}/hook`;
    const headers = signedHeaders('e1', Math.floor(Date.now() / 1000), '{"n":1}', [secret]);
    const send = async (given: Record<string, string>) =>
      (await fetch(url, { method: 'POST', headers: given, body: '{"n":1}' })).status;
    assert.deepEqual(
      await Promise.all([send(headers), send(headers), send({ ...headers, 'webhook-id': 'e2' })]),
      [200, 200, 401],
    );
    const bodies: string[] = [];
    const handle: typeof book = async (given, client) => {
      bodies.push(given.body.toString());
      await book(given, client);
    };
    assert.equal(await webhookInbox.handleOneEvent(pool, handle), true);
    assert.equal(await send(headers), 200);
    assert.equal(await webhookInbox.handleOneEvent(pool, handle), false);
    assert.deepEqual([await booked(), bodies], [['e1'], ['{"n":1}']]);
    close(server);
  });

  test('what fails leaves nothing, comes again, and is dead after its attempts until somebody revives it', async () => {
    await webhookInbox.keepEvent(pool, event('e1'));
    const fail: typeof book = async (given, client) => {
      await book(given, client);
      throw new Error('down');
    };
    for (let attempt = 1; attempt <= 8; attempt++) {
      assert.equal(await webhookInbox.handleOneEvent(pool, fail), true);
      await due();
    }
    assert.equal(await webhookInbox.handleOneEvent(pool, fail), false);
    assert.deepEqual([await booked(), await lag()], [[], { waiting: 0, dead: 1 }]);
    assert.equal(await webhookInbox.reviveEvent(pool, 'shop', 'e1'), true);
    assert.equal(await webhookInbox.handleOneEvent(pool, book), true);
    assert.deepEqual([await booked(), await lag()], [['e1'], { waiting: 0, dead: 0 }]);
    assert.equal(await webhookInbox.reviveEvent(pool, 'shop', 'e1'), false, 'what was handled stays so');
    assert.equal(await webhookInbox.forgetHandledEvents(pool, '-1 second'), 1);
  });

  test('an error that was swallowed is no success', async () => {
    await webhookInbox.keepEvent(pool, event('e1'));
    await webhookInbox.handleOneEvent(pool, async (given, client) => {
      await book(given, client);
      await client.query('SELECT 1/0').catch(() => undefined);
    });
    assert.deepEqual([await booked(), await lag()], [[], { waiting: 1, dead: 0 }]);
  });

  test('workers take different events; one that is slow keeps its own, one that died leaves it to the next', async () => {
    for (const id of ['e1', 'e2', 'e3']) await webhookInbox.keepEvent(pool, event(id));
    const [begun, end] = [deferred(), deferred()];
    const slow = webhookInbox.handleOneEvent(pool, async (given, client) => {
      begun.resolve();
      await end.promise;
      await book(given, client);
    });
    await begun.promise;
    // Its lease is over, and the row is locked all the same.
    await pool.query('UPDATE webhook_events SET due_at = now() WHERE attempts = 0');
    assert.equal(await webhookInbox.handleOneEvent(pool, book), true);
    // This one dies after it has taken the third.
    await pool.query(
      `UPDATE webhook_events SET attempts = attempts + 1, due_at = now() + interval '60 seconds' WHERE attempts = 0`,
    );
    assert.equal(await webhookInbox.handleOneEvent(pool, book), false);
    end.resolve();
    await slow;
    await due();
    assert.equal(await webhookInbox.handleOneEvent(pool, book), true);
    assert.deepEqual(await booked(), ['e1', 'e2', 'e3']);
  });

  test('an event that ended the process with every attempt is not handled any more', async () => {
    await webhookInbox.keepEvent(pool, event('e1'));
    await pool.query('UPDATE webhook_events SET attempts = 8');
    assert.equal(await webhookInbox.handleOneEvent(pool, async () => assert.fail('must not be handled')), true);
    assert.deepEqual(await lag(), { waiting: 0, dead: 1 });
  });
});

describe('webhook delivery', () => {
  let endpoint = '';
  before(() => pool.query(deliveryTables));
  beforeEach(async () => {
    await pool.query('TRUNCATE webhook_endpoints CASCADE');
    const { rows } = await pool.query(
      `INSERT INTO webhook_endpoints (owner, url, secrets, event_types) VALUES ('me', 'https://example.com', '{s}', '{order.placed}') RETURNING id`,
    );
    endpoint = rows[0].id;
  });
  const plan = (id: string, type = 'order.placed', owner = 'me') =>
    withClient((client) => planDeliveries(client, { id, owner, type, body: '{}' }));
  const due = () => pool.query('UPDATE webhook_deliveries SET due_at = now() WHERE due_at IS NOT NULL');
  const delivery = async () => (await pool.query('SELECT * FROM webhook_deliveries')).rows[0];
  const endpointNow = async () => (await pool.query('SELECT * FROM webhook_endpoints WHERE id = $1', [endpoint])).rows[0];
  const answering = (...answers: (number | Error)[]) => {
    const attempts: Attempt[] = [];
    const send = async (attempt: Attempt) => {
      attempts.push(attempt);
      const answer = answers.shift() ?? 200;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    return { attempts, send };
  };

  test('an event goes once to those who want it', async () => {
    await plan('e1');
    await plan('e1');
    await plan('e2', 'order.cancelled');
    await plan('e3', 'order.placed', 'another');
    const { attempts, send } = answering();
    assert.equal(await deliverOne(pool, send), true);
    assert.equal(await deliverOne(pool, send), false);
    assert.deepEqual(
      attempts.map(({ eventId, url, secrets, attempt }) => ({ eventId, url, secrets, attempt })),
      [{ eventId: 'e1', url: 'https://example.com', secrets: ['s'], attempt: 1 }],
    );
  });

  test('what fails comes again later, is logged, and ends with success', async () => {
    await plan('e1');
    const { attempts, send } = answering(503, new Error('reset'), 204);
    for (let i = 0; i < 3; i++) {
      assert.equal(await deliverOne(pool, send), true);
      assert.equal(await deliverOne(pool, send), false, 'not before its time');
      await due();
    }
    assert.deepEqual(
      attempts.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    const { rows } = await pool.query('SELECT status, error FROM webhook_attempts ORDER BY attempt');
    assert.deepEqual(rows, [
      { status: 503, error: null },
      { status: null, error: 'reset' },
      { status: 204, error: null },
    ]);
    assert.ok((await delivery()).delivered_at);
    assert.equal((await endpointNow()).failing_since, null);
  });

  test('it gives up after the last attempt', async () => {
    await plan('e1');
    const { attempts, send } = answering(...Array(20).fill(500));
    while (await deliverOne(pool, send)) await due();
    assert.equal(attempts.length, 16);
    assert.equal((await delivery()).due_at, null);
  });

  test('a delivery that ended the process with every attempt is not sent any more', async () => {
    await plan('e1');
    await pool.query('UPDATE webhook_deliveries SET attempts = 16');
    const { attempts, send } = answering();
    assert.equal(await deliverOne(pool, send), true);
    assert.deepEqual(attempts, []);
    const { due_at, delivered_at } = await delivery();
    assert.deepEqual([due_at, delivered_at], [null, null]);
  });

  test('two workers take different deliveries, and one that died leaves its own to the next', async () => {
    await plan('e1');
    await plan('e2');
    const [begun, never] = [deferred(), deferred<number>()];
    void deliverOne(pool, () => (begun.resolve(), never.promise));
    await begun.promise;
    const { attempts, send } = answering();
    assert.equal(await deliverOne(pool, send), true);
    assert.equal(await deliverOne(pool, send), false);
    await due();
    assert.equal(await deliverOne(pool, send), true);
    assert.equal(attempts.length, 2);
    assert.deepEqual(
      attempts.map(({ attempt }) => attempt),
      [1, 2],
    );
  });

  test('an endpoint that says 410, or has failed for days, gets nothing more', async () => {
    await plan('e1');
    await deliverOne(pool, answering(410).send);
    assert.ok((await endpointNow()).disabled_at);
    await due();
    assert.equal(await deliverOne(pool, answering().send), false);
    await pool.query(`UPDATE webhook_endpoints SET disabled_at = NULL, failing_since = now() - interval '4 days'`);
    await deliverOne(pool, answering(500).send);
    assert.equal((await endpointNow()).disabled_at, null);
    await pool.query(`UPDATE webhook_endpoints SET failing_since = now() - interval '6 days'`);
    await due();
    await deliverOne(pool, answering(500).send);
    assert.ok((await endpointNow()).disabled_at);
    await plan('e2');
    assert.equal(await count('webhook_deliveries'), 1);
  });

  test('owners subscribe, rotate with both secrets, take up what was disabled, and touch nothing of others', async () => {
    const url = 'https://example.org/hook';
    const { id, secret } = await subscriptions.subscribe(pool, 'you', url, ['invoice.paid', 'invoice.paid']);
    const expected = { id, url, eventTypes: ['invoice.paid'], disabledAt: null };
    assert.deepEqual(await subscriptions.subscriptionsOf(pool, 'you'), [expected]);
    const secrets = async () => (await pool.query('SELECT secrets FROM webhook_endpoints WHERE id = $1', [id])).rows[0]?.secrets;
    assert.equal(await subscriptions.rotateSecret(pool, 'me', id), undefined);
    const second = await subscriptions.rotateSecret(pool, 'you', id);
    assert.deepEqual(await secrets(), [second, secret]);
    const body = '{}';
    const headers = signedHeaders('a', Math.floor(Date.now() / 1000), body, await secrets());
    for (const each of [secret, second!]) new Webhook(each).verify(body, headers);
    await subscriptions.endRotation(pool, 'me', id);
    assert.equal((await secrets()).length, 2);
    await subscriptions.endRotation(pool, 'you', id);
    assert.deepEqual(await secrets(), [second]);
    await pool.query('UPDATE webhook_endpoints SET disabled_at = now() WHERE id = $1', [id]);
    await subscriptions.enable(pool, 'you', id);
    assert.deepEqual(await subscriptions.subscriptionsOf(pool, 'you'), [expected]);
    await subscriptions.unsubscribe(pool, 'me', id);
    assert.equal((await secrets()).length, 1);
    await subscriptions.unsubscribe(pool, 'you', id);
    assert.equal(await secrets(), undefined);
  });

  test('a private address, an unknown event and too many subscriptions are refused', async () => {
    const subscribe = (url: string, ...types: string[]) => subscriptions.subscribe(pool, 'you', url, types);
    await assert.rejects(subscribe('https://10.0.0.1/', 'invoice.paid'), ForbiddenTargetError);
    await assert.rejects(subscribe('https://example.org', 'invoice.lost'), subscriptions.SubscriptionError);
    await assert.rejects(subscribe('https://example.org'), subscriptions.SubscriptionError);
    for (let i = 0; i < 10; i++) await subscribe('https://example.org', 'invoice.paid');
    await assert.rejects(subscribe('https://example.org', 'invoice.paid'), /10 subscriptions/);
  });

  test('the waits double, with up to as much again by chance, to the longest', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5, 30].map((n) => secondsUntilNext(n, () => 0)),
      [1, 2, 4, 8, 16, 43_200],
    );
    assert.equal(
      secondsUntilNext(3, () => 0.5),
      6,
    );
  });
});
