const DEFAULT_LIMIT = 20; // ${1}
const MAX_LIMIT = 100; // ${2}

/** Where a page ended: the columns the query sorts by, the last of them unique. */
export interface Position {
  createdAt: string;
  id: string;
}

/** One page of a collection; `nextCursor` is null on the last page. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** The page size a query asks for; undefined when it is not a whole number from 1 to the maximum (answer 400). */
export function parseLimit(value: string | undefined): number | undefined {
  if (value === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  return limit >= 1 && limit <= MAX_LIMIT ? limit : undefined;
}

/** Writes a position as an opaque cursor. */
export function encodeCursor({ createdAt, id }: Position): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

/** Reads a cursor; undefined when it is not one of ours (answer 400). */
export function decodeCursor(cursor: string): Position | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(value) || value.length !== 2) return undefined;
    const [createdAt, id]: unknown[] = value;
    return typeof createdAt === 'string' && typeof id === 'string' ? { createdAt, id } : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the page from `limit + 1` rows: the extra row only tells that there is more. */
export function toPage<Item extends Position>(rows: Item[], limit: number): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: last && rows.length > limit ? encodeCursor(last) : null };
}
