/** Data that moves and changes, in PostgreSQL (a real server, from npm). */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import pg from 'pg';
import { deprecationHeaders } from '../../snippets/data/deprecation-headers.ts';
import { documentTable, migrateSome, upgraded } from '../../snippets/data/document-migration.ts';
import { etlTables, load, stage } from '../../snippets/data/etl-staged.ts';
import { startPostgres } from './postgres.ts';

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
const rows = async (statement: string) => (await pool.query(statement)).rows;

describe('ETL', () => {
  before(() => pool.query(etlTables));
  beforeEach(() => pool.query('TRUNCATE prices, quarantined_rows, staged_rows, etl_runs RESTART IDENTITY'));
  const goods = (count: number, cents = '100') => Array.from({ length: count }, (_, n) => ({ sku: `s${n}`, cents }));

  test('good rows are loaded with their origin, bad ones wait with their reasons', async () => {
    const run = await stage(pool, 'shop.csv', 'c1', [...goods(40), { sku: ' ', cents: '1.5' }]);
    assert.deepEqual(await load(pool, run!), { loaded: 40, quarantined: 1 });
    assert.deepEqual((await rows('SELECT * FROM prices ORDER BY line LIMIT 1'))[0], {
      sku: 's0',
      cents: 100,
      run_id: '1',
      line: 1,
    });
    const [bad] = await rows('SELECT line, raw, problems FROM quarantined_rows');
    assert.deepEqual([bad.line, bad.raw], [41, { sku: ' ', cents: '1.5' }]);
    assert.deepEqual(
      bad.problems.map(({ path }: { path: string }) => path),
      ['sku', 'cents'],
    );
  });

  test('the same delivery is one run, and a run is loaded once', async () => {
    const run = await stage(pool, 'shop.csv', 'c1', goods(2));
    assert.equal(await stage(pool, 'shop.csv', 'c1', goods(2)), undefined);
    assert.deepEqual(
      await Promise.all([load(pool, run!), load(pool, run!)]).then((all) => all.map(({ loaded }) => loaded).sort()),
      [0, 2],
    );
    assert.equal((await rows('SELECT 1 FROM staged_rows')).length, 2);
  });

  test('what two sources deliver alike is two runs', async () => {
    assert.ok(await stage(pool, 'shop.csv', 'c1', goods(1)));
    assert.ok(await stage(pool, 'other.csv', 'c1', goods(1)));
  });

  test('too many bad rows load nothing, and leave the run to be loaded', async () => {
    const run = await stage(pool, 'shop.csv', 'c1', [...goods(10), {}]);
    await assert.rejects(load(pool, run!), /1 of 11 rows are bad/);
    assert.deepEqual(await rows('SELECT 1 FROM prices'), []);
    assert.deepEqual(await rows('SELECT loaded_at FROM etl_runs'), [{ loaded_at: null }]);
  });

  test('of one key the last line counts, and an older run does not overwrite a newer', async () => {
    const first = await stage(pool, 'shop.csv', 'c1', goods(1, '1'));
    const second = await stage(pool, 'shop.csv', 'c2', [...goods(1, '2'), ...goods(1, '3')]);
    await load(pool, second!);
    await load(pool, first!);
    assert.deepEqual(await rows('SELECT cents, run_id, line FROM prices'), [{ cents: 3, run_id: '2', line: 2 }]);
  });
});

describe('document migration', () => {
  before(() => pool.query(documentTable));
  beforeEach(() => pool.query('TRUNCATE documents'));

  test('goes in portions to the end, and once there changes nothing', async () => {
    await pool.query(
      `INSERT INTO documents (schema_version, body) SELECT 1, jsonb_build_object('n', n, 'amount', n + 0.1) FROM generate_series(1, 5) n`,
    );
    await pool.query(`INSERT INTO documents (schema_version, body) VALUES (2, '{"n": 6, "amountCents": 1}')`);
    const seen = [];
    for (let count = await migrateSome(pool, 2); count > 0; count = await migrateSome(pool, 2)) seen.push(count);
    assert.deepEqual(seen, [2, 2, 1]);
    assert.deepEqual(
      await rows(`SELECT schema_version AS v, revision AS r, body FROM documents ORDER BY body->'n'`),
      [110, 210, 310, 410, 510, 1].map((amountCents, n) => ({ v: 2, r: n < 5 ? 2 : 1, body: { n: n + 1, amountCents } })),
    );
  });

  test('leaves alone what was changed at the same time', async () => {
    await pool.query(`INSERT INTO documents (schema_version, body) VALUES (1, '{"amount": 1}')`);
    // A writer comes in between the reading and the writing.
    const between = {
      query: async (text: string, values: unknown[]) => {
        if (text.startsWith('UPDATE')) await pool.query(`UPDATE documents SET revision = revision + 1, body = '{"amount": 2}'`);
        return pool.query(text, values);
      },
    };
    assert.equal(await migrateSome(between as unknown as pg.Pool), 1);
    assert.deepEqual(await rows('SELECT schema_version AS v, body FROM documents'), [{ v: 1, body: { amount: 2 } }]);
    await migrateSome(pool);
    assert.deepEqual(await rows('SELECT schema_version AS v, body FROM documents'), [{ v: 2, body: { amountCents: 200 } }]);
  });

  test('a document whose step throws is named, and nothing beside it is lost', async () => {
    const { rows: made } = await pool.query<{ id: string }>(
      `INSERT INTO documents (schema_version, body) VALUES (1, '{"amount": 1}'), (1, 'null') RETURNING id`,
    );
    await assert.rejects(migrateSome(pool), new RegExp(`The document ${made[1]!.id} cannot be brought up from version 1`));
    assert.deepEqual(await rows('SELECT schema_version AS v FROM documents'), [{ v: 1 }, { v: 1 }]);
  });

  test('a reader brings an old document up, and refuses a newer one than it knows', () => {
    assert.deepEqual(upgraded({ amount: 1.1, x: 1 }, 1), { amountCents: 110, x: 1 });
    assert.deepEqual(upgraded({ amountCents: 1 }, 2), { amountCents: 1 });
    for (const version of [0, 3, 1.5]) assert.throws(() => upgraded({}, version), /versions 1 to 2 are known/);
  });
});

describe('deprecation headers', () => {
  const deprecatedAt = new Date('2024-07-01T00:00:00Z');
  const guide = 'https://example.com/guide';

  test('are written as their standards say', () => {
    const sunsetAt = new Date('2025-01-01T00:00:00Z');
    assert.deepEqual(deprecationHeaders({ deprecatedAt, sunsetAt, guide, successor: 'https://api.example.com/v2' }), {
      Deprecation: '@1719792000',
      Sunset: 'Wed, 01 Jan 2025 00:00:00 GMT',
      Link: `<${guide}>; rel="deprecation"; type="text/html", <${guide}>; rel="sunset"; type="text/html", <https://api.example.com/v2>; rel="successor-version"`,
    });
    assert.deepEqual(Object.keys(deprecationHeaders({ deprecatedAt, guide })), ['Deprecation', 'Link']);
  });

  test('a sunset before the deprecation is a mistake', () => {
    assert.throws(() => deprecationHeaders({ deprecatedAt, sunsetAt: new Date(0), guide }), /before the deprecation/);
  });
});
