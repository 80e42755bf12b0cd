export interface Deprecation {
  /** Since when, or from when on, it should no longer be used. */
  deprecatedAt: Date;
  /** When it will be gone; not before it is deprecated. */
  sunsetAt?: Date;
  /** A page for people: what to use instead, and how to change over. */
  guide: string;
  /** What takes its place. */
  successor?: string;
}

/** The headers of every answer of something deprecated (RFC 9745, RFC 8594). */
export function deprecationHeaders({ deprecatedAt, sunsetAt, guide, successor }: Deprecation): Record<string, string> {
  if (sunsetAt && sunsetAt < deprecatedAt) throw new Error('The sunset is before the deprecation.');
  const links = [`<${guide}>; rel="deprecation"; type="text/html"`];
  if (sunsetAt) links.push(`<${guide}>; rel="sunset"; type="text/html"`);
  if (successor) links.push(`<${successor}>; rel="successor-version"`);
  return {
    // A date as RFC 9651 writes it, where that of Sunset is an HTTP date.
    Deprecation: `@${Math.floor(deprecatedAt.getTime() / 1000)}`,
    ...(sunsetAt && { Sunset: sunsetAt.toUTCString() }),
    Link: links.join(', '),
  };
}
