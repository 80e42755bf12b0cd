import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { nameOf, schemaOf, securityOf, served } from './http.ts';
import page from './cors-not-wildcard.md';

interface Answer {
  readonly operation: Operation;
  readonly response: Place;
  readonly origin: Place;
}

export default defineApiRule({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['openapi'],
  check(api) {
    const among = served(api).flatMap((operation) =>
      operation.responses.flatMap(({ response }): Answer[] => {
        const origin = headerOf(response, 'access-control-allow-origin');
        return origin ? [{ operation, response, origin }] : [];
      }),
    );
    return findingsOf(api, {
      among,
      keeps: ({ operation, response, origin }) =>
        !saysOnly(api, origin, '*') || !(takesCookies(api, operation) || allowsCredentials(api, response)),
      placeOf: ({ origin }) => origin,
      one: ({ operation }) =>
        `${nameOf(operation)} answers every origin (\`*\`) and takes credentials, which browsers refuse; name the origins that may read it.`,
      many: (amount) =>
        `${amount} responses that name an origin answer every one (\`*\`) and take credentials, which browsers refuse; name the origins that may read them.`,
    });
  },
});

function headerOf(response: Place, name: string): Place | undefined {
  return response
    .get('headers')
    .entries()
    .find(({ key }) => key.toLowerCase() === name);
}

/** Does the description allow a header this value alone, or show no other? */
function saysOnly(api: Api, header: Place, wanted: string): boolean {
  const target = header.deref();
  const schema = schemaOf(api, target);
  const values = [
    schema.get('const'),
    schema.get('default'),
    schema.get('example'),
    target.get('example'),
    ...schema.get('enum').items(),
  ];
  const said = values.filter(({ exists }) => exists).map(({ value }) => String(value));
  return said.length > 0 && said.every((value) => value === wanted);
}

function allowsCredentials(api: Api, response: Place): boolean {
  const header = headerOf(response, 'access-control-allow-credentials');
  return header !== undefined && saysOnly(api, header, 'true');
}

/** Is one known by a cookie, which browsers send by themselves? */
function takesCookies(api: Api, operation: Operation): boolean {
  const schemes =
    securityOf(api, operation)
      ?.items()
      .flatMap((item) => item.entries()) ?? [];
  return schemes.some(({ key }) => api.get('components', 'securitySchemes', key, 'in').string === 'cookie');
}
