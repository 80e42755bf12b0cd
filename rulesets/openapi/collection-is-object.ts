import type { Operation } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { served } from './http.ts';
import { type Collection, collectionOf, intoObject } from './paging.ts';
import page from './collection-is-object.md';

interface Listing {
  readonly operation: Operation;
  readonly collection: Collection;
}

export default defineApiRule<readonly Listing[]>({
  page,
  theme: 'collections',
  severity: 'info',
  optIn: true,
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf<Listing>(api, {
      among: served(api).flatMap((operation) => {
        const collection = collectionOf(api, operation);
        return collection ? [{ operation, collection }] : [];
      }),
      keeps: ({ collection }) => collection.wrapped,
      placeOf: ({ operation }) => operation.place,
      one: ({ operation }) =>
        `GET \`${operation.path}\` returns a bare array, to which nothing can be added later; return an object with the list in it.`,
      many: (amount, { operation }) =>
        `${amount} collections, such as GET \`${operation.path}\`, are bare arrays, to which nothing can be added later; return objects.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const { collection } of data) intoObject(edit, collection.schema);
      return 'Return an object';
    },
  },
});
