import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { capitalCallName, deliveries } from './webhooks.ts';
import page from './webhook-retry-documented.md';

export default defineApiRule({
  page,
  theme: 'webhooks',
  severity: 'hint',
  optIn: true,
  formats: ['openapi3'],
  *check(api) {
    // Said once for all of them is said.
    if (speaksOfRetries(api.get('info', 'description').string)) return;
    yield* findingsOf(api, {
      among: deliveries(api),
      keeps: ({ place, pathItem, responses }) =>
        [place, pathItem, ...responses.map(({ response }) => response)].some((part) =>
          ['summary', 'description'].some((key) => speaksOfRetries(part.get(key).string)),
        ),
      placeOf: ({ place }) => place,
      one: (operation) =>
        `${capitalCallName(operation)} does not say whether a failed delivery is tried again; say how often and for how long.`,
      many: (amount) =>
        `${amount} calls to receivers do not say whether a failed delivery is tried again; say how often and for how long.`,
    });
  },
});

function speaksOfRetries(text: string | undefined): boolean {
  return /\bretr(?:y|ies|ied)|redeliver|re-?sen[dt]|(?:try|tried) again|attempts?\b|at least once/i.test(text ?? '');
}
