import type { Operation } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { parametersIn } from './http.ts';
import { addHeaders, callName, capitalCallName, deliveries } from './webhooks.ts';
import page from './webhook-signature-required.md';

/** Headers by which a receiver can tell who calls. */
const proof = /signature|hmac|^digest$|content-digest|^authorization$|token|secret/;

export default defineApiRule<readonly Operation[]>({
  page,
  theme: 'webhooks',
  severity: 'warn',
  formats: ['openapi3'],
  *check(api) {
    yield* findingsOf(api, {
      among: deliveries(api),
      keeps: (operation) =>
        operation.place.get('security').items().length > 0 ||
        [...parametersIn(operation, 'header').keys()].some((name) => proof.test(name)),
      placeOf: ({ place }) => place,
      one: (operation) => `${capitalCallName(operation)} could come from anybody; declare the header that carries its signature.`,
      many: (amount, first) =>
        `${amount} calls to receivers, such as ${callName(first)}, could come from anybody; declare the header that carries their signature.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      addHeaders(api, edit, data, ['webhook-id', 'webhook-timestamp', 'webhook-signature']);
      return 'Add the headers of Standard Webhooks';
    },
  },
});
