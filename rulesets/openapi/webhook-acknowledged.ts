import type { Operation } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { addResponse, called, isSuccess } from './http.ts';
import { callName, capitalCallName } from './webhooks.ts';
import page from './webhook-acknowledged.md';

export default defineApiRule<readonly Operation[]>({
  page,
  theme: 'webhooks',
  severity: 'warn',
  formats: ['openapi3'],
  *check(api) {
    yield* findingsOf(api, {
      among: called(api),
      keeps: ({ responses }) => responses.some(({ status }) => isSuccess(status) || status === 'default'),
      placeOf: ({ place }) => place,
      one: (operation) => `${capitalCallName(operation)} does not say what counts as received; declare a 2xx response.`,
      many: (amount, first) =>
        `${amount} calls to receivers, such as ${callName(first)}, do not say what counts as received; declare a 2xx response.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const operation of data) {
        addResponse(edit, operation, '204', () => ({
          description: 'Received; answer as soon as the event is stored, and work on it later.',
        }));
      }
      return 'Declare 204';
    },
  },
});
