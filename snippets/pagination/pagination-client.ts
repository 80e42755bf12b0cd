export interface CursorPage<Item> {
  items: readonly Item[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/**
 * All items of a collection, page after page, as they are asked for: `for await (const order of allItems(fetchOrders))`.
 * A page that leads back to an earlier one, or more pages than `maxPages`, is an error rather than a loop without end.
 * Leaving the loop early asks for no further page.
 */
export async function* allItems<Item>(
  fetchPage: (cursor: string | undefined) => Promise<CursorPage<Item>>,
  { maxPages = 10_000 } = {},
): AsyncGenerator<Item, void, undefined> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let page = 1; page <= maxPages; page++) {
    const { items, nextCursor } = await fetchPage(cursor);
    yield* items;
    // Some services end with an empty text, or leave the member out.
    if (!nextCursor) return;
    if (seen.has(nextCursor)) throw new Error(`Page ${page} leads back to an earlier page.`);
    seen.add(nextCursor);
    cursor = nextCursor;
  }
  throw new Error(`The collection has more than ${maxPages} pages.`);
}
