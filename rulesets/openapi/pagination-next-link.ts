import type { Operation } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { isOpenList } from '../schema.ts';
import { isSuccess, jsonSchemas, nameOf, served } from './http.ts';
import { cursorParameterOf, intoPage, tellsNext } from './paging.ts';
import page from './pagination-next-link.md';

export default defineApiRule<readonly Operation[]>({
  page,
  theme: 'collections',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: served(api).filter((operation) => {
        const answer = operation.responses.find(({ status }) => isSuccess(status));
        return (
          operation.method === 'get' && cursorParameterOf(operation) && answer && jsonSchemas(api, answer.response).length > 0
        );
      }),
      keeps: (operation) => tellsNext(api, operation),
      placeOf: ({ place }) => place,
      one: (operation) =>
        `${nameOf(operation)} takes \`${cursorParameterOf(operation)?.get('name').string}\` and never gives one; return the cursor of the next page.`,
      many: (amount, first) =>
        `${amount} collections, such as ${nameOf(first)}, take a cursor and never give one; return the cursor of the next page.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      for (const operation of data) {
        const answer = operation.responses.find(({ status }) => isSuccess(status));
        const schema = answer && jsonSchemas(api, answer.response)[0];
        if (!schema) return undefined;
        if (isOpenList(schema)) intoPage(edit, { schema, wrapped: false });
        else if (schema.get('properties').isObject) intoPage(edit, { schema: schema.deref(), wrapped: true });
        else return undefined;
      }
      return 'Return the next cursor';
    },
  },
});
