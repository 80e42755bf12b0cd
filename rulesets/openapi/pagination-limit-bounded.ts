import type { Api, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { samplesOf } from '../schema.ts';
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
        const shown = [...samplesOf(schema), ...parameterSamples(parameter)].filter((value) => typeof value === 'number');
        edit(schema).set([...schema.path, 'maximum'], Math.max(statedMaximum(api, parameter) ?? 100, ...shown));
        const hasMinimum = schema.has('minimum') || schema.has('exclusiveMinimum');
        if (!hasMinimum) edit(schema).set([...schema.path, 'minimum'], Math.min(1, ...shown));
      }
      return 'Bound the page size';
    },
  },
});

function parameterSamples(parameter: Place): unknown[] {
  const examples = parameter.get('examples').entries();
  return [parameter.get('example').value, ...examples.map((example) => example.get('value').value)];
}

/** The bound that the parameter's description states in words. */
function statedMaximum(api: Api, parameter: Place): number | undefined {
  const texts = [parameter, schemaOf(api, parameter)].map((place) => place.get('description').string ?? '').join(' ');
  const found = /between \d+ and (\d+)|\bmax(?:imum)?\b[^.\d]{0,30}(\d+)|(\d+) (?:is the )?max/i.exec(
    texts.replaceAll(/(\d),(?=\d{3})/g, '$1'),
  );
  const number = found && Number(found[1] ?? found[2] ?? found[3]);
  return number ? number : undefined;
}
