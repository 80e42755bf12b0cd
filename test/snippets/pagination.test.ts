import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
