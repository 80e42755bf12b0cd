import { groupBy } from '../../server/core/group.ts';
import type { Api, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { schemaOf, served } from './http.ts';
import page from './id-format-consistent.md';

export default defineApiRule({
  page,
  theme: 'data',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    const parameters = new Map(
      served(api)
        .flatMap(({ parameters }) => parameters)
        .filter(
          (parameter) =>
            parameter.get('in').string === 'path' && /[a-z](?:Id|_id|-id)$/i.test(parameter.get('name').string ?? ''),
        )
        .filter((parameter) => formOf(api, parameter) !== undefined)
        .map((parameter) => [parameter, parameter]),
    );
    for (const [name, uses] of groupBy(parameters.values(), (parameter) => parameter.get('name').string)) {
      const forms = [...groupBy(uses, (parameter) => formOf(api, parameter)).values()].sort((a, b) => b.length - a.length);
      const [most = [], ...others] = forms;
      const usual = most[0] && formOf(api, most[0]);
      // Two against two is no majority, and no custom.
      if (others.length === 0 || most.length <= (others[0]?.length ?? 0)) continue;
      const message = (parameter: Place) =>
        `\`${name}\` is \`${formOf(api, parameter)}\` here and \`${usual}\` elsewhere; one id has one form.`;
      yield* findingsOf(api, {
        among: uses,
        keeps: (parameter) => formOf(api, parameter) === usual,
        placeOf: (parameter) => parameter.get('name'),
        target: 'value',
        one: message,
        many: (_, first) => message(first),
      });
    }
  },
});

/** The type; a format only says more closely what an id is, and may be missing in one place. */
function formOf(api: Api, parameter: Place): string | undefined {
  return schemaOf(api, parameter).get('type').string;
}
