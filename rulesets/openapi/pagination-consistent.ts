import { groupBy } from '../../server/core/group.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { nameOf, served } from './http.ts';
import { sizeParameterOf } from './paging.ts';
import page from './pagination-consistent.md';

export default defineApiRule({
  page,
  theme: 'collections',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    const listings = served(api)
      .filter(({ method }) => method === 'get')
      .flatMap((operation) => {
        const parameter = sizeParameterOf(api, operation);
        return parameter ? [{ operation, parameter, name: parameter.get('name').string ?? '' }] : [];
      });
    const groups = [...groupBy(listings, ({ name }) => name).values()].sort((a, b) => b.length - a.length);
    const usual = groups[0]?.[0]?.name;
    // Without a clear majority there is no custom to depart from.
    if (usual === undefined || (groups[0] as unknown[]).length < Math.max(3, 0.66 * listings.length)) return;
    // Each other name is one choice, however many collections have it.
    for (const group of groups.slice(1)) {
      yield* findingsOf(api, {
        among: group,
        keeps: () => false,
        placeOf: ({ parameter }) => parameter.get('name'),
        target: 'value',
        one: ({ operation, name }) =>
          `${nameOf(operation)} calls the page size \`${name}\`, the other collections \`${usual}\`; use \`${usual}\`.`,
        many: (_, { operation, name }) =>
          `${group.length} collections, such as ${nameOf(operation)}, call the page size \`${name}\`, the others \`${usual}\`; use \`${usual}\`.`,
      });
    }
  },
});
