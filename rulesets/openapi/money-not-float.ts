import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { gathered, hasType, type Property } from '../schema.ts';
import { allProperties } from './http.ts';
import page from './money-not-float.md';

const money =
  /^(?:\w*_)?(?:amount|price|cost|fee|fees|balance|subtotal|salary|payout|refund)$|(?:[a-z]Amount|Price|Cost|Fee|Balance|Subtotal)$/;

export default defineApiRule<readonly Property[]>({
  page,
  theme: 'data',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: yield* gathered(
        yield* allProperties(api),
        ({ name, schema }) => money.test(name) && (hasType(schema, 'number') || hasType(schema, 'integer')),
      ),
      keeps: ({ schema }) => !/^(?:float|double)$/.test(schema.get('format').string ?? ''),
      placeOf: ({ schema }) => schema.get('format'),
      target: 'value',
      one: ({ name, schema }) =>
        `\`${name}\` is money in a binary \`${schema.get('format').string}\`, which has no 0.10; use an integer of the smallest unit, or a decimal string.`,
      many: (amount, { name }) =>
        `${amount} amounts of money, such as \`${name}\`, are binary floats, which have no 0.10; use integers of the smallest unit, or decimal strings.`,
    });
  },
});
