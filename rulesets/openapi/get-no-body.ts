import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { nameOf, requestSchemas, served } from './http.ts';
import page from './get-no-body.md';

export default defineApiRule<readonly Operation[]>({
  page,
  theme: 'resources',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: served(api).filter(({ method }) => ['get', 'head', 'delete'].includes(method)),
      keeps: (operation) => !asksForBody(api, operation),
      placeOf: (operation) => bodyOf(api, operation) ?? operation.place,
      one: (operation) =>
        `${nameOf(operation)} takes a body, which HTTP gives no meaning and proxies drop; use parameters, or POST.`,
      many: (amount, first) =>
        `${amount} operations GET, HEAD and DELETE, such as ${nameOf(first)}, take a body, which HTTP gives no meaning and proxies drop; use parameters, or POST.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      for (const operation of data) {
        const body = bodyOf(api, operation);
        if (body) edit(body).remove(body.path);
      }
      return 'Remove the body';
    },
  },
});

/** A body with nothing in it is left over from a generator, and asks for nothing. */
function asksForBody(api: Api, operation: Operation): boolean {
  if (!bodyOf(api, operation)) return false;
  const schemas = requestSchemas(api, operation);
  return (
    schemas.length === 0 ||
    schemas.some((schema) => propertiesOf(schema).byName.size > 0 || schema.get('type').string !== 'object')
  );
}

/** Where the operation names its body. */
function bodyOf(api: Api, { place }: Operation): Place | undefined {
  if (!api.isSwagger) return place.has('requestBody') ? place.child('requestBody') : undefined;
  return place
    .get('parameters')
    .items()
    .find((parameter) => parameter.get('in').string === 'body');
}
