const DEFAULT_LIMIT = 20; // ${1}
const MAX_LIMIT = 100; // ${2}
/** The database reads and throws away what is before the offset: beyond this, ask for a narrower filter. */
const MAX_OFFSET = 10_000; // ${3}

export interface Window {
  limit: number;
  offset: number;
}

/** One page of a collection; `total` counts the whole of it. */
export interface OffsetPage<Item> extends Window {
  items: Item[];
  total: number;
}

/** The part of the collection a query asks for; undefined when a number is malformed or out of bounds (answer 400). */
export function parseWindow(query: URLSearchParams): Window | undefined {
  const limit = wholeNumber(query.get('limit') ?? String(DEFAULT_LIMIT));
  const offset = wholeNumber(query.get('offset') ?? '0');
  if (limit === undefined || offset === undefined) return undefined;
  return limit >= 1 && limit <= MAX_LIMIT && offset <= MAX_OFFSET ? { limit, offset } : undefined;
}

/** The `Link` header of a page: its neighbours, and first and last. Other parameters of the address stay. */
export function linksOf({ limit, offset, total }: OffsetPage<unknown>, address: URL): string {
  const last = Math.min(Math.max(0, Math.ceil(total / limit) - 1) * limit, Math.floor(MAX_OFFSET / limit) * limit);
  const offsets: [rel: string, offset: number][] = [
    ['first', 0],
    ...(offset > 0 ? ([['prev', Math.max(0, offset - limit)]] as [string, number][]) : []),
    ...(offset + limit < total && offset + limit <= MAX_OFFSET ? ([['next', offset + limit]] as [string, number][]) : []),
    ['last', last],
  ];
  return offsets
    .map(([rel, to]) => {
      const link = new URL(address);
      link.searchParams.set('limit', String(limit));
      link.searchParams.set('offset', String(to));
      return `<${link.href}>; rel="${rel}"`;
    })
    .join(', ');
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
