import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { retryAfter } from './components.ts';
import { headerNames, served } from './http.ts';
import page from './rate-limit-retry-after.md';

interface Refusal {
  readonly status: string;
  readonly response: Place;
}

export default defineApiRule<readonly Refusal[]>({
  page,
  theme: 'limits',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const refusals = served(api).flatMap(({ responses }) =>
      responses.filter(({ status, response }) => (status === '429' || status === '503') && response.isObject),
    );
    yield* findingsOf<Refusal>(api, {
      among: refusals,
      keeps: ({ response }) => headerNames(response).includes('retry-after'),
      placeOf: ({ response }) => response,
      one: ({ status }) => `The ${status} response does not say when to try again; add the \`Retry-After\` header.`,
      many: (amount) => `${amount} refusals (429, 503) do not say when to try again; add the \`Retry-After\` header.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      const places = new Map(data.map(({ response }) => [response, response]));
      const header = retryAfter(api, edit, places.size);
      for (const place of places.values()) edit(place).set([...place.path, 'headers', 'Retry-After'], header(place));
      return 'Add the Retry-After header';
    },
  },
});
