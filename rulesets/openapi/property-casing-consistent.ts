import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { casingOf, toCasing, usualCasing } from '../casing.ts';
import { gathered, type Property } from '../schema.ts';
import { allProperties } from './http.ts';
import page from './property-casing-consistent.md';

export default defineApiRule({
  page,
  theme: 'data',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    const properties = yield* gathered(yield* allProperties(api), ({ name }) => casingOf(name) !== undefined);
    const usual = usualCasing([...new Set(properties.map(({ name }) => name))], 5, 0.8);
    if (!usual) return;
    yield* findingsOf<Property>(api, {
      among: properties,
      keeps: ({ name, schema }) => casingOf(name) === usual || schema.get('deprecated').value === true,
      placeOf: ({ written }) => written,
      one: ({ name }) => `\`${name}\` departs from the API's ${usual}; write \`${toCasing(name, usual)}\`.`,
      many: (amount, { name }) =>
        `${amount} properties, such as \`${name}\`, depart from the API's ${usual}; write \`${toCasing(name, usual)}\` and the like.`,
    });
  },
});
