import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { described, headerNames, served } from './http.ts';
import page from './redirect-has-location.md';

interface Redirect {
  readonly status: string;
  readonly response: Place;
}

export default defineApiRule<readonly Redirect[]>({
  page,
  theme: 'statuses',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf<Redirect>(api, {
      among: served(api).flatMap(({ responses }) => responses.filter(({ status }) => /^30[12378]$/.test(status))),
      keeps: ({ response }) => !response.exists || headerNames(response).includes('location'),
      placeOf: ({ response }) => response,
      one: ({ status }) => `The ${status} response does not say where to go; add the \`Location\` header.`,
      many: (amount, { status }) =>
        `${amount} redirects, such as ${status}, do not say where to go; add the \`Location\` header.`,
    });
  },
  fix: {
    safety: 'safe',
    apply({ data = [] }, edit, api) {
      const header = described(api, { description: 'Where to go instead.' }, { type: 'string', format: 'uri-reference' });
      for (const { response } of data) edit(response).set([...response.path, 'headers', 'Location'], header);
      return 'Add the Location header';
    },
  },
});
