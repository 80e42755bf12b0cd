import type { Operation, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { bodiesOf } from './http.ts';
import page from './no-content-empty.md';

type Answer = Operation['responses'][number];

export default defineApiRule<readonly Answer[]>({
  page,
  theme: 'statuses',
  severity: 'error',
  formats: ['openapi'],
  *check(api) {
    const part = api.isSwagger ? 'schema' : 'content';
    yield* findingsOf<Answer>(api, {
      among: api.operations.flatMap(({ responses }) =>
        responses.filter(({ status }) => /^(?:1\d\d|1XX|204|205|304)$/i.test(status)),
      ),
      keeps: ({ response }) => bodiesOf(api, response).length === 0,
      placeOf: ({ response }): Place => response.child(part),
      one: ({ status }) => `A ${status} response has no body, and this one describes \`${part}\`; remove it.`,
      many: (amount, { status }) =>
        `${amount} responses without a body by their status, such as ${status}, describe \`${part}\`; remove it.`,
    });
  },
  fix: {
    safety: 'safe',
    apply({ data = [] }, edit, api) {
      const part = api.isSwagger ? 'schema' : 'content';
      for (const { response } of data) edit(response).remove([...response.path, part]);
      return 'Remove the body';
    },
  },
});
