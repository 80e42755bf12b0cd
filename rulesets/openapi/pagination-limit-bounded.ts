import type { Api, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { schemaOf, served } from './http.ts';
import { sizeParameterOf } from './paging.ts';
import page from './pagination-limit-bounded.md';

export default defineApiRule<readonly Place[]>({
  page,
  theme: 'collections',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: served(api)
        .filter(({ method }) => method === 'get')
        .flatMap((operation) => sizeParameterOf(api, operation) ?? []),
      keeps: (parameter) => ['maximum', 'exclusiveMaximum', 'enum'].some((key) => schemaOf(api, parameter).has(key)),
      placeOf: (parameter) => parameter.get('name'),
      target: 'value',
      one: (parameter) => `\`${parameter.get('name').string}\` may ask for any number of items at once; give it a \`maximum\`.`,
      many: (amount, parameter) =>
        `${amount} page sizes, such as \`${parameter.get('name').string}\`, may ask for any number of items; give them a \`maximum\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      for (const parameter of data) {
        const schema = schemaOf(api, parameter);
        edit(schema).set([...schema.path, 'maximum'], statedMaximum(api, parameter) ?? 100);
        if (!schema.has('minimum') && !schema.has('exclusiveMinimum')) edit(schema).set([...schema.path, 'minimum'], 1);
      }
      return 'Bound the page size';
    },
  },
});

/** The bound that the parameter's description states in words. */
function statedMaximum(api: Api, parameter: Place): number | undefined {
  const texts = [parameter, schemaOf(api, parameter)].map((place) => place.get('description').string ?? '').join(' ');
  const found = /between \d+ and (\d+)|\bmax(?:imum)?\b[^.\d]{0,30}(\d+)|(\d+) (?:is the )?max/i.exec(
    texts.replaceAll(/(\d),(?=\d{3})/g, '$1'),
  );
  const number = found && Number(found[1] ?? found[2] ?? found[3]);
  return number ? number : undefined;
}
