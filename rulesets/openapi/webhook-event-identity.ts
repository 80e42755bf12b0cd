import type { Operation } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { addHeaders, callName, capitalCallName, carried, deliveries, type StandardHeader } from './webhooks.ts';
import page from './webhook-event-identity.md';

const id =
  /^(?:id|uuid|guid|\w*(?:event|message|delivery|webhook|notification|request|idempotency|ce)(?:id|uuid|key))$|reference$/;
const time = /time|timestamp|date|created|occurred|(?:sent|updated|emitted|published)(?:at|on)?$|^\w+edat$/;

interface Call {
  readonly operation: Operation;
  readonly missing: readonly StandardHeader[];
}

export default defineApiRule<readonly Call[]>({
  page,
  theme: 'webhooks',
  severity: 'warn',
  formats: ['openapi3'],
  *check(api) {
    yield* findingsOf<Call>(api, {
      among: deliveries(api).flatMap((operation) => {
        const names = carried(api, operation);
        return names ? [{ operation, missing: missingFrom(names) }] : [];
      }),
      keeps: ({ missing }) => missing.length === 0,
      placeOf: ({ operation }) => operation.place,
      one: ({ operation, missing }) => `${capitalCallName(operation)} ${wording(missing)} add what is missing to its headers.`,
      many: (amount, { operation, missing }) =>
        `${amount} calls to receivers lack identity: ${callName(operation)} ${wording(missing)} add what is missing to their headers.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      for (const header of ['webhook-id', 'webhook-timestamp'] as const) {
        const lacking = data.filter(({ missing }) => missing.includes(header)).map(({ operation }) => operation);
        addHeaders(api, edit, lacking, [header]);
      }
      return 'Add id and timestamp';
    },
  },
});

function missingFrom(names: readonly string[]): StandardHeader[] {
  const missing: StandardHeader[] = [];
  if (!names.some((name) => id.test(name))) missing.push('webhook-id');
  if (!names.some((name) => time.test(name))) missing.push('webhook-timestamp');
  return missing;
}

function wording(missing: readonly StandardHeader[]): string {
  if (missing.length === 2) return 'has neither an id, by which a second delivery is known, nor a time, by which an old one is;';
  return missing.includes('webhook-id')
    ? 'has no id, by which a second delivery is known;'
    : 'has no time, by which an old delivery that is sent again is known;';
}
