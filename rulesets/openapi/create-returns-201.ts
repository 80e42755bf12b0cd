import type { Operation, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { creates, served } from './http.ts';
import page from './create-returns-201.md';

export default defineApiRule<readonly Operation[]>({
  page,
  theme: 'statuses',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    const among = served(api).filter((operation) => creates(api, operation) && !has(operation, '202'));
    const created = among.filter((operation) => has(operation, '201'));
    // An API whose creations mostly answer 200 has decided so, and its clients rely on it.
    if (created.length === 0 || created.length < among.length / 2) return;
    yield* findingsOf(api, {
      among,
      keeps: (operation) => has(operation, '201') || !has(operation, '200'),
      placeOf: okOf,
      one: ({ path }) => `POST \`${path}\` creates and answers \`200\`, unlike its neighbours; answer \`201\` with \`Location\`.`,
      many: (amount, { path }) =>
        `${amount} POST operations that create, such as \`${path}\`, answer \`200\`; answer \`201\` with \`Location\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const operation of data) {
        const at = okOf(operation);
        edit(at).rename(at.path, '201');
      }
      return 'Answer 201';
    },
  },
});

function has({ responses }: Operation, status: string): boolean {
  return responses.some((response) => response.status === status);
}

/** Where the operation says 200; itself where it does not. */
function okOf({ place, responses }: Operation): Place {
  return responses.find(({ status }) => status === '200')?.written ?? place;
}
