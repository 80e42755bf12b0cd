/** Snippets of ORMs and migration tools, on a real PostgreSQL from npm. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { PrismaPg } from '@prisma/adapter-pg';
import knex from 'knex';
import pg from 'pg';
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import * as knexMigration from '../../snippets/databases/knex-migration.ts';
import { undoLastMigration } from '../../snippets/databases/prisma-migration-down.ts';
import { AddOrderStatus1735689600000 } from '../../snippets/databases/typeorm-migration.ts';
import { PrismaClient } from '../../snippets/generated/prisma/client.ts';
import { pageOfOrders as pageFromPg } from '../../snippets/pagination/pagination-offset-pg.ts';
import { pageOfOrders as pageFromPrisma } from '../../snippets/pagination/pagination-offset-prisma.ts';
import { listOrders } from '../../snippets/pagination/pagination-prisma.ts';
import { decodeCursor, encodeCursor } from '../../snippets/pagination/pagination.ts';
import { startPostgres } from './postgres.ts';

/** As `snippets/generated/schema.prisma` has it. */
const ordersTable = `CREATE TABLE orders (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), customer_id text NOT NULL, total numeric NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now())`;

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let pool: pg.Pool;
before(async () => {
  postgres = await startPostgres();
  pool = new pg.Pool({ connectionString: postgres.url });
});
after(async () => {
  await pool.end();
  await postgres.stop();
});

describe('pages', () => {
  let prisma: PrismaClient;
  const ids = [1, 2, 3, 4, 5].map((n) => `00000000-0000-0000-0000-00000000000${n}`);
  before(async () => {
    await pool.query(`DROP TABLE IF EXISTS orders; ${ordersTable}`);
    prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: postgres.url }) });
  });
  after(() => prisma.$disconnect());
  const insert = (id: string, createdAt: string, customer = 'c') =>
    pool.query('INSERT INTO orders VALUES ($1, $2, 12345678901234567890.5, $3)', [id, customer, createdAt]);
  beforeEach(async () => {
    await pool.query('TRUNCATE orders');
    for (const id of ids.toReversed()) await insert(id, `2024-01-01T00:00:00.00${Number(id.at(-1)) >> 1}Z`);
    await insert(randomUUID(), '2024-01-01', 'another');
  });

  test('with Prisma and a cursor every row comes once, while others come and the one at the cursor goes', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listOrders(prisma, 'c', 2, cursor === null ? undefined : decodeCursor(cursor));
      seen.push(...page!.items.map(({ id }) => id));
      cursor = page!.nextCursor;
      await insert(randomUUID(), '2023-01-01');
      await pool.query('DELETE FROM orders WHERE id = $1', [seen.at(-1)]);
    } while (cursor);
    assert.deepEqual(seen, ids);
  });

  test('a position that is not one of this collection is refused', async () => {
    for (const position of [
      { createdAt: 'soon', id: ids[0]! },
      { createdAt: '2024-01-01', id: "'; DROP TABLE orders" },
      { createdAt: '-271821-04-20T00:00:00.000Z', id: ids[0]! },
      { createdAt: '+275760-09-13T00:00:00.000Z', id: ids[0]! },
      { createdAt: '0000-01-01T00:00:00.000Z', id: ids[0]! },
    ]) {
      assert.equal(await listOrders(prisma, 'c', 2, decodeCursor(encodeCursor(position))), undefined);
    }
  });

  for (const [name, read] of [
    ['Prisma', (window: { limit: number; offset: number }, customer = 'c') => pageFromPrisma(prisma, customer, window)],
    ['pg', (window: { limit: number; offset: number }, customer = 'c') => pageFromPg(pool, customer, window)],
  ] as const) {
    test(`with ${name} and an offset: the newest first, the number of all, and nothing behind the end`, async () => {
      const page = await read({ limit: 2, offset: 1 });
      assert.deepEqual(
        page.items.map(({ id }) => id),
        [ids[3], ids[2]],
      );
      assert.equal(page.items[0]!.total, '12345678901234567890.5');
      assert.equal(new Date(page.items[0]!.createdAt).getTime(), Date.parse('2024-01-01T00:00:00.002Z'));
      assert.deepEqual({ ...page, items: [] }, { items: [], limit: 2, offset: 1, total: 5 });
      assert.deepEqual(await read({ limit: 2, offset: 100 }), { items: [], limit: 2, offset: 100, total: 5 });
      assert.equal((await read({ limit: 2, offset: 0 }, 'nobody')).total, 0);
    });
  }
});

/** How a tool runs the one step there is, and undoes it. */
interface Runner {
  up(): Promise<unknown>;
  down(): Promise<unknown>;
  end(): Promise<void>;
}

const runners: Record<string, () => Promise<Runner>> = {
  Knex: async () => {
    const database = knex({ client: 'pg', connection: postgres.url });
    const migrationSource = {
      getMigrations: async () => ['1_add_order_status'],
      getMigrationName: (name: string) => name,
      getMigration: async () => knexMigration,
    };
    return {
      up: () => database.migrate.latest({ migrationSource }),
      down: () => database.migrate.rollback({ migrationSource }),
      end: () => database.destroy(),
    };
  },
  TypeORM: async () => {
    const source = new DataSource({ type: 'postgres', url: postgres.url, migrations: [AddOrderStatus1735689600000] });
    await source.initialize();
    return {
      up: () => source.runMigrations({ transaction: 'each' }),
      down: () => source.undoLastMigration({ transaction: 'each' }),
      end: () => source.destroy(),
    };
  },
};

const columns = async () =>
  (
    await pool.query(
      "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'orders' ORDER BY ordinal_position",
    )
  ).rows.map(({ name }) => name);
const indexes = async () =>
  (await pool.query("SELECT indexname AS name FROM pg_indexes WHERE tablename = 'orders' ORDER BY 1")).rows.map(
    ({ name }) => name,
  );

const plain = ['id', 'customer_id', 'total', 'created_at'];

for (const [name, create] of Object.entries(runners)) {
  describe(`migration with ${name}`, () => {
    let runner: Runner;
    before(async () => {
      await pool.query(`DROP TABLE IF EXISTS orders; ${ordersTable}`);
      runner = await create();
    });
    after(() => runner.end());

    test('goes there and back, and there again, with the rows', async () => {
      await pool.query("INSERT INTO orders (customer_id, total) VALUES ('c', 5)");
      for (let round = 0; round < 2; round++) {
        await runner.up();
        assert.deepEqual(await columns(), [...plain, 'status']);
        assert.deepEqual(await indexes(), ['orders_pkey', 'orders_status_created_at']);
        assert.equal((await pool.query('SELECT status FROM orders')).rows[0].status, 'open');
        await assert.rejects(pool.query("UPDATE orders SET status = 'gone'"), {
          code: '23514',
          constraint: 'orders_status_known',
        });
        await runner.up();
        await runner.down();
        assert.deepEqual(await columns(), plain);
        assert.deepEqual(await indexes(), ['orders_pkey']);
      }
      assert.equal((await pool.query('SELECT total FROM orders')).rows[0].total, '5');
    });

    test('a step that fails at its end leaves nothing, and can be run when the cause is gone', async () => {
      await pool.query('CREATE TABLE obstacle (x int); CREATE INDEX orders_status_created_at ON obstacle (x)');
      await assert.rejects(runner.up(), /already exists/);
      assert.deepEqual(await columns(), plain);
      await pool.query('DROP TABLE obstacle');
      await runner.up();
      await runner.down();
    });

    test('waits for a lock only so long, and leaves nothing', async () => {
      const other = await pool.connect();
      await other.query('BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE');
      await assert.rejects(runner.up(), /lock timeout/);
      await other.query('ROLLBACK');
      other.release();
      assert.deepEqual(await columns(), plain);
    });
  });
}

/** Prisma's schema engine is a download, so its table is made here as it makes it, and the steps are entered by hand. */
describe('undoing a migration of Prisma', () => {
  let folder: string;
  let client: pg.Client;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lintel-prisma-'));
    client = new pg.Client(postgres.url);
    await client.connect();
    await client.query(`DROP TABLE IF EXISTS orders; ${ordersTable}; CREATE TABLE _prisma_migrations (
      id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, finished_at timestamptz,
      migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
      started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`);
  });
  after(async () => {
    await client.end();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => client.query('TRUNCATE _prisma_migrations'));
  const migrate = async (name: string, down: string, finished = 'now()') => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'down.sql'), down);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at) VALUES ($1, '', $2, clock_timestamp(), ${finished})`,
      [randomUUID(), name],
    );
  };
  const listed = async () =>
    (await client.query('SELECT migration_name AS name FROM _prisma_migrations ORDER BY started_at')).rows.map(
      ({ name }) => name,
    );

  test('undoes the last one, then the one before, then there is none', async () => {
    await client.query('ALTER TABLE orders ADD note text, ADD status text');
    await migrate('1_note', 'ALTER TABLE orders DROP COLUMN note;');
    await migrate('2_status', '-- DropColumn\nALTER TABLE "orders" DROP COLUMN "status";');
    assert.equal(await undoLastMigration(client, folder), '2_status');
    assert.deepEqual([await columns(), await listed()], [[...plain, 'note'], ['1_note']]);
    assert.equal(await undoLastMigration(client, folder), '1_note');
    assert.deepEqual([await columns(), await listed()], [plain, []]);
    await assert.rejects(undoLastMigration(client, folder), /No migration has run/);
  });

  test('is whole or not at all', async () => {
    await client.query('ALTER TABLE orders ADD note text');
    await migrate('1_note', 'ALTER TABLE orders DROP COLUMN note; SELECT nonsense;');
    await assert.rejects(undoLastMigration(client, folder), { code: '42703' });
    assert.deepEqual([await columns(), await listed()], [[...plain, 'note'], ['1_note']]);
    rmSync(join(folder, '1_note', 'down.sql'));
    await assert.rejects(undoLastMigration(client, folder), { code: 'ENOENT' });
    await client.query('ALTER TABLE orders DROP COLUMN note');
  });

  test('touches none that failed, and waits for a migration that runs only so long', async () => {
    await migrate('1_broken', '', 'NULL');
    await assert.rejects(undoLastMigration(client, folder), /1_broken failed half-way/);
    await client.query('TRUNCATE _prisma_migrations');
    await migrate('1_fine', '');
    const prisma = await pool.connect();
    await prisma.query('SELECT pg_advisory_lock(72707369)');
    await assert.rejects(undoLastMigration(client, folder), { code: '55P03' });
    await prisma.query('SELECT pg_advisory_unlock(72707369)');
    prisma.release();
    assert.equal(await undoLastMigration(client, folder), '1_fine');
  });
});
