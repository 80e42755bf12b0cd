import { defineApiRule } from '../../server/core/rule.ts';
import { served } from './http.ts';
import page from './status-code-known.md';

/** The IANA registry of HTTP status codes, the unassigned and the reserved left out. */
const known = new Set(
  [
    '100 101 102 103 104',
    '200 201 202 203 204 205 206 207 208 226',
    '300 301 302 303 304 305 307 308',
    '400 401 402 403 404 405 406 407 408 409 410 411 412 413 414 415 416 417 421 422 423 424 425 426 428 429 431 451',
    '500 501 502 503 504 505 506 507 508 510 511',
  ].flatMap((line) => line.split(' ')),
);

export default defineApiRule({
  page,
  theme: 'statuses',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const seen = new Set<string>();
    for (const { responses } of served(api)) {
      for (const { status } of responses) {
        // What is no status at all breaks the format, and the format's own rules say so.
        if (!/^\d{3}$/.test(status) || known.has(status) || seen.has(status)) continue;
        seen.add(status);
        const uses = served(api).flatMap((operation) => operation.responses.filter((other) => other.status === status));
        const [first] = uses;
        if (!first) continue;
        const family = `${status.charAt(0)}00`;
        const treated = known.has(family) ? `clients treat it as ${family}` : 'HTTP allows 100 to 599 only';
        yield {
          at: first.written,
          message: `\`${status}\` is no registered HTTP status, and ${treated}; use one that is.`,
          related: uses.slice(1, 20).map(({ written }) => ({ at: written, message: 'It is used here too.' })),
        };
      }
    }
  },
});
