/** Snippets around MongoDB. No server is to be had from packages: the real driver talks to a double on the wire. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Collection, MongoClient, ObjectId } from 'mongodb';
import { inTransaction, TransactionTimeoutError } from '../../snippets/databases/mongodb-transaction.ts';
import { listOrders, type OrderDocument } from '../../snippets/pagination/pagination-mongodb.ts';
import { pageOfOrders } from '../../snippets/pagination/pagination-offset-mongodb.ts';
import { decodeCursor, encodeCursor } from '../../snippets/pagination/pagination.ts';
import { type MongoDouble, startMongoDouble } from './mongodb.ts';
import { deferred } from './support.ts';

describe('MongoDB, against a double on the wire', () => {
  let server: MongoDouble;
  let client: MongoClient;
  before(async () => {
    server = await startMongoDouble();
    client = await MongoClient.connect(server.url);
  });
  after(async () => {
    await client.close();
    await server.stop();
  });
  beforeEach(() => void server.commands.splice(0));

  describe('pages', () => {
    let orders: Collection<OrderDocument>;
    const ids = [1, 2, 3, 4, 5].map((n) => new ObjectId(String(n).padStart(24, '0')));
    const order = (_id: ObjectId, createdAt: string, customerId = 'c') => ({
      _id,
      customerId,
      createdAt: new Date(createdAt),
      total: 5,
    });
    before(async () => {
      orders = client.db().collection<OrderDocument>('orders');
      // Two at a time have one moment, and the last comes first into the collection.
      await orders.insertMany(ids.map((id, index) => order(id, `2024-01-0${1 + (index >> 1)}`)).reverse());
      await orders.insertOne(order(new ObjectId(), '2024-01-01', 'another'));
    });

    test('with a cursor every document comes once, in order, while others are inserted', async () => {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await listOrders(orders, 'c', 2, cursor === null ? undefined : decodeCursor(cursor));
        seen.push(...page!.items.map(({ id }) => id));
        cursor = page!.nextCursor;
        await orders.insertOne(order(new ObjectId(), '2023-01-01'));
      } while (cursor);
      assert.deepEqual(seen, ids.map(String));
    });

    test('a position that is not one of this collection is refused, and asks the server nothing', async () => {
      for (const position of [
        { createdAt: 'soon', id: String(ids[0]) },
        { createdAt: '2024-01-01', id: 'x' },
      ]) {
        assert.equal(await listOrders(orders, 'c', 2, decodeCursor(encodeCursor(position))), undefined);
      }
      assert.deepEqual(server.commands, []);
    });

    test('with an offset: the newest first, the number of all, and nothing behind the end', async () => {
      const page = await pageOfOrders(orders, 'c', { limit: 2, offset: 1 });
      assert.deepEqual(
        page.items.map(({ id }) => id),
        [ids[3], ids[2]].map(String),
      );
      assert.equal(page.total, await orders.countDocuments({ customerId: 'c' }));
      assert.deepEqual(await pageOfOrders(orders, 'c', { limit: 2, offset: 100 }), {
        items: [],
        limit: 2,
        offset: 100,
        total: page.total,
      });
      assert.equal((await pageOfOrders(orders, 'nobody', { limit: 2, offset: 0 })).total, 0);
    });
  });

  describe('transaction', () => {
    interface Account {
      _id: string;
      balance: number;
    }
    let accounts: Collection<Account>;
    before(() => void (accounts = client.db().collection<Account>('accounts')));
    beforeEach(async () => {
      await accounts.updateMany({}, { $set: { balance: 100 } });
      if ((await accounts.countDocuments({})) === 0)
        await accounts.insertMany([1, 2].map((n) => ({ _id: `${n}`, balance: 100 })));
      server.commands.splice(0);
    });
    const balances = async () => (await accounts.find({}).sort({ _id: 1 }).toArray()).map(({ balance }) => balance);
    /** Moves an amount, and says when it has read and written for the first time. */
    const move = (amount: number, between: (attempt: number) => Promise<void> = async () => {}, now?: () => number) => {
      let attempt = 0;
      return inTransaction(
        client,
        async (session) => {
          attempt++;
          await accounts.updateOne({ _id: '1' }, { $inc: { balance: -amount } }, { session });
          await between(attempt);
          await accounts.updateOne({ _id: '2' }, { $inc: { balance: amount } }, { session });
          return attempt;
        },
        now,
      );
    };

    test('commits what it returns from; others see nothing before', async () => {
      const seen: number[] = [];
      assert.equal(await move(10, async () => void seen.push(...(await balances()))), 1);
      assert.deepEqual(seen, [100, 100]);
      assert.deepEqual(await balances(), [90, 110]);
    });

    test('undoes what it throws, once', async () => {
      await assert.rejects(
        move(10, () => Promise.reject(new Error('no'))),
        /^Error: no$/,
      );
      assert.deepEqual(await balances(), [100, 100]);
      assert.equal(server.commands.filter((name) => name === 'abortTransaction').length, 1);
    });

    test('of two that write one document the second is repeated, and both take effect', async () => {
      const [held, moved] = [deferred(), deferred()];
      const first = move(10, async (attempt) => {
        if (attempt > 1) return;
        held.resolve();
        await moved.promise;
      });
      await held.promise;
      await move(1);
      moved.resolve();
      assert.equal(await first, 2);
      assert.deepEqual(await balances(), [89, 111]);
    });

    test('a commit whose answer is lost takes effect once', async () => {
      server.fail('commitTransaction', 'cut');
      assert.equal(await move(10), 1);
      assert.deepEqual(await balances(), [90, 110]);
    });

    test('a member that steps down in the middle costs another attempt', async () => {
      server.fail('update', { code: 189, errmsg: 'PrimarySteppedDown', errorLabels: ['TransientTransactionError'] });
      assert.equal(await move(10), 2);
      assert.deepEqual(await balances(), [90, 110]);
    });

    test('conflicts without end stop at the deadline, and say what the last one was', async (t) => {
      t.mock.method(Math, 'random', () => 0);
      server.fail(
        'update',
        ...Array(4).fill({ code: 112, errmsg: 'Write conflict', errorLabels: ['TransientTransactionError'] }),
      );
      let time = 0;
      const late = move(10, undefined, () => (time += 4_000));
      await assert.rejects(late, (error: Error) => {
        assert.ok(error instanceof TransactionTimeoutError);
        assert.match(String(error.cause), /Write conflict/);
        return true;
      });
      server.fail('update');
      assert.deepEqual(await balances(), [100, 100]);
    });
  });
});
