import { ignoredHeaders, type Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import page from './header-ignored.md';

/** What says the same as a parameter, by the name of the header. */
const instead: Readonly<Record<string, string>> = {
  accept: 'the media types of `responses` say it',
  authorization: '`security` says it',
  'content-type': 'the media types of `requestBody` say it',
};

export default defineApiRule<readonly Place[]>({
  page,
  theme: 'structure',
  severity: 'info',
  formats: ['openapi3'],
  *check(api) {
    const parameters = new Set<Place>();
    const headers = new Set<Place>();
    for (const operation of api.operations) {
      yield undefined;
      for (const parameter of operation.parameters) if (parameter.child('in').string === 'header') parameters.add(parameter);
      for (const { response } of operation.responses) {
        for (const header of response.get('headers').entries()) if (/^content-type$/i.test(header.key)) headers.add(header);
      }
    }
    const nameOf = (parameter: Place) => parameter.child('name').string ?? '';
    for (const name of ignoredHeaders) {
      const hint = instead[name];
      yield* findingsOf(api, {
        among: [...parameters].filter((parameter) => nameOf(parameter).toLowerCase() === name),
        keeps: () => false,
        placeOf: (parameter) => parameter.child('name'),
        target: 'value',
        one: (parameter) => `The header parameter \`${nameOf(parameter)}\` is ignored: ${hint}; remove it.`,
        many: (amount, parameter) => `${amount} header parameters \`${nameOf(parameter)}\` are ignored: ${hint}; remove them.`,
      });
    }
    yield* findingsOf(api, {
      among: [...headers],
      keeps: () => false,
      placeOf: (header) => header,
      one: ({ key }) => `The response header \`${key}\` is ignored: the media types of \`content\` say it; remove it.`,
      many: (amount, { key }) =>
        `${amount} response headers \`${key}\` are ignored: the media types of \`content\` say it; remove them.`,
    });
  },
});
