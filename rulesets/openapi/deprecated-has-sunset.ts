import type { Api, Operation } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { described, headerNames, isSuccess, nameOf, served } from './http.ts';
import page from './deprecated-has-sunset.md';

export default defineApiRule<readonly Operation[]>({
  page,
  theme: 'lifecycle',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: served(api).filter(({ place }) => place.get('deprecated').value === true),
      keeps: namesDate,
      placeOf: ({ place }) => place.child('deprecated'),
      one: (operation) =>
        `${nameOf(operation)} is deprecated and does not say until when it works; add the \`Sunset\` header and name what replaces it.`,
      many: (amount, first) =>
        `${amount} deprecated operations, such as ${nameOf(first)}, do not say until when they work; add the \`Sunset\` header and name what replaces them.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      for (const { responses } of data) {
        const answer = responses.find(({ status }) => isSuccess(status))?.response ?? responses[0]?.response;
        if (!answer?.isObject) return undefined;
        for (const [name, header] of headersOf(api)) {
          if (!headerNames(answer).includes(name.toLowerCase())) edit(answer).set([...answer.path, 'headers', name], header);
        }
      }
      return 'Add the Deprecation and Sunset headers';
    },
  },
});

/** Says a header, an extension or a description until when the operation works? */
function namesDate({ place, responses }: Operation): boolean {
  const { value } = place;
  const extensions = Object.keys(value as object);
  if (extensions.some((key) => /^x-.*(?:sunset|deprecat|removal|end-of-life)/i.test(key))) return true;
  if (responses.some(({ response }) => headerNames(response).some((name) => name === 'sunset' || name === 'deprecation')))
    return true;
  const text = ['summary', 'description'].map((key) => place.get(key).string ?? '').join(' ');
  return /\b20\d\d\b|\bsunset\b|\bnext (?:major )?(?:version|release)\b|\bv(?:ersion )?\d+(?:\.\d+)* (?:removes|will remove)/i.test(
    text,
  );
}

function headersOf(api: Api): [name: string, header: object][] {
  return [
    [
      'Deprecation',
      described(api, { description: 'Since when it is deprecated, as @ and seconds since 1970.' }, { type: 'string' }),
    ],
    ['Sunset', described(api, { description: 'The HTTP date after which it no longer works.' }, { type: 'string' })],
  ];
}
