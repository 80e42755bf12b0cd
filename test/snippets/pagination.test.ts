import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allItems } from '../../snippets/pagination/pagination-client.ts';
import { linksOf, parseWindow } from '../../snippets/pagination/pagination-offset.ts';
import { signedCursors } from '../../snippets/pagination/pagination-signed.ts';
import { decodeCursor, encodeCursor, parseLimit, toPage } from '../../snippets/pagination/pagination.ts';

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

describe('signed cursors', () => {
  const cursors = signedCursors(Buffer.alloc(32, 'k'));
  const cursor = cursors.encode(['2024-01-01', 'é'], 'status=open');

  test('lead back to their position, with their query only', () => {
    assert.deepEqual(cursors.decode(cursor, 'status=open'), ['2024-01-01', 'é']);
    assert.equal(cursors.decode(cursor, 'status=closed'), undefined);
    assert.match(cursor, /^[\w-]+\.[\w-]+$/);
  });

  test('are refused when made up or changed', () => {
    const [payload = '', signature = ''] = cursor.split('.');
    const foreign = signedCursors(Buffer.alloc(32, 'x')).encode(['2024-01-01', 'é'], 'status=open');
    const forged = `${Buffer.from('["9999","z"]').toString('base64url')}.${signature}`;
    for (const each of ['', '.', payload, `${payload}.`, `${payload}.AAAA`, foreign, forged, `.${signature}`]) {
      assert.equal(cursors.decode(each, 'status=open'), undefined, each);
    }
  });

  test('a short secret is a mistake of the caller', () => {
    assert.throws(() => signedCursors(Buffer.from('short')), /less than 32 bytes/);
  });
});

describe('offset pages', () => {
  const windows: [string, object | undefined][] = [
    ['', { limit: 20, offset: 0 }],
    ['limit=100&offset=10000', { limit: 100, offset: 10_000 }],
    ['limit=0', undefined],
    ['limit=101', undefined],
    ['offset=-1', undefined],
    ['offset=10001', undefined],
    ['offset=1e3', undefined],
    ['limit=', undefined],
  ];
  for (const [query, expected] of windows) {
    test(`"${query}" is ${JSON.stringify(expected)}`, () => assert.deepEqual(parseWindow(new URLSearchParams(query)), expected));
  }

  const relations = (limit: number, offset: number, total: number) =>
    Object.fromEntries(
      [
        ...linksOf({ items: [], limit, offset, total }, new URL('https://api.example.com/items?status=open')).matchAll(
          /<([^>]+)>; rel="(\w+)"/g,
        ),
      ].map(([, link, rel]) => {
        const { searchParams } = new URL(link!);
        assert.equal(searchParams.get('status'), 'open');
        return [rel, Number(searchParams.get('offset'))];
      }),
    );
  test('links lead to the neighbours and the ends', () => {
    assert.deepEqual(relations(10, 0, 25), { first: 0, next: 10, last: 20 });
    assert.deepEqual(relations(10, 10, 25), { first: 0, prev: 0, next: 20, last: 20 });
    assert.deepEqual(relations(10, 20, 25), { first: 0, prev: 10, last: 20 });
    assert.deepEqual(relations(10, 5, 20), { first: 0, prev: 0, next: 15, last: 10 });
    assert.deepEqual(relations(10, 0, 0), { first: 0, last: 0 });
  });
  test('no link leads beyond the bound', () => {
    assert.deepEqual(relations(100, 10_000, 50_000), { first: 0, prev: 9900, last: 10_000 });
  });
});

describe('all items of a collection', () => {
  const pages: Record<string, { items: number[]; nextCursor: string | null }> = {
    '': { items: [1, 2], nextCursor: 'a' },
    a: { items: [], nextCursor: 'b' },
    b: { items: [3], nextCursor: null },
  };
  const collect = async (items: AsyncIterable<number>) => {
    const all: number[] = [];
    for await (const item of items) all.push(item);
    return all;
  };

  test('come page after page, through an empty one, to the last', async () => {
    assert.deepEqual(await collect(allItems(async (cursor = '') => pages[cursor]!)), [1, 2, 3]);
  });

  test('are not asked for when nobody wants them', async () => {
    let asked = 0;
    for await (const item of allItems(async (cursor = '') => (asked++, pages[cursor]!))) if (item === 2) break;
    assert.equal(asked, 1);
  });

  test('a circle and a collection without end are errors', async () => {
    await assert.rejects(collect(allItems(async () => ({ items: [1], nextCursor: 'again' }))), /leads back/);
    let page = 0;
    await assert.rejects(
      collect(allItems(async () => ({ items: [1], nextCursor: String(page++) }), { maxPages: 3 })),
      /more than 3 pages/,
    );
  });

  for (const end of ['', undefined]) {
    test(`a next cursor of ${JSON.stringify(end)} ends it too`, async () => {
      assert.deepEqual(await collect(allItems(async () => ({ items: [1], nextCursor: end as never }))), [1]);
    });
  }
});
