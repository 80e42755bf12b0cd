import type { Operation } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { answers, isIdempotencyKey, nameOf, parametersIn, served } from './http.ts';
import { declareKeyResponses } from './idempotency.ts';
import page from './idempotency-key-responses.md';

export default defineApiRule<readonly Operation[]>({
  page,
  theme: 'idempotency',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: served(api).filter((operation) => {
        // What changes nothing may be sent again as it is.
        if (/^(?:get|head|options|trace)$/.test(operation.method)) return false;
        return operation.responses.length > 0 && [...parametersIn(operation, 'header').keys()].some(isIdempotencyKey);
      }),
      keeps: (operation) => ['409', '422'].some((status) => answers(operation, status)),
      placeOf: ({ place }) => place,
      one: (operation) =>
        `${nameOf(operation)} takes an idempotency key and does not say what a key used twice gets; declare \`409\` and \`422\`.`,
      many: (amount, first) =>
        `${amount} operations with an idempotency key, such as ${nameOf(first)}, do not say what a key used twice gets; declare \`409\` and \`422\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      declareKeyResponses(api, edit, data);
      return 'Declare 409 and 422';
    },
  },
});
