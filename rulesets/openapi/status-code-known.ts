import { groupBy } from '../../server/core/group.ts';
import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
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

interface Use {
  readonly status: string;
  readonly written: Place;
}

export default defineApiRule({
  page,
  theme: 'statuses',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    // What is no status at all breaks the format, and the format's own rules say so.
    const uses = served(api).flatMap(({ responses }) => responses.filter(({ status }) => /^\d{3}$/.test(status)));
    const firsts = [...groupBy(uses, ({ status }) => status).values()].flatMap(([first]) => first ?? []);
    yield* findingsOf<Use>(api, {
      among: firsts,
      keeps: ({ status }) => known.has(status),
      placeOf: ({ written }) => written,
      one: ({ status }) => `\`${status}\` is no registered HTTP status, and ${treatedAs(status)}; use one that is.`,
      many: (amount, { status }) =>
        `${amount} statuses, such as \`${status}\`, are not registered, and ${treatedAs(status)}; use those that are.`,
    });
  },
});

function treatedAs(status: string): string {
  const family = `${status.charAt(0)}00`;
  return known.has(family) ? `clients treat it as ${family}` : 'HTTP allows 100 to 599 only';
}
