import type { Operation, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { hasType } from '../schema.ts';
import { served } from './http.ts';
import page from './patch-media-type.md';

interface Patch {
  readonly operation: Operation;
  readonly body: Place;
}

export default defineApiRule<readonly Patch[]>({
  page,
  theme: 'idempotency',
  severity: 'info',
  formats: ['openapi3'],
  *check(api) {
    const patches = served(api)
      .filter(({ method }) => method === 'patch')
      .flatMap((operation) => {
        const bodies = operation.place.get('requestBody', 'content').entries();
        const body = bodies.find(({ key }) => /patch/.test(key)) ?? bodies[0];
        return body ? [{ operation, body }] : [];
      });
    yield* findingsOf<Patch>(api, {
      among: patches,
      keeps: ({ body }) => !/^application\/json\s*(?:;|$)/i.test(body.key),
      placeOf: ({ body }) => body,
      one: ({ operation, body }) =>
        `PATCH \`${operation.path}\` takes \`${body.key}\`, which does not say how it is applied; use \`${wantedFor(body)}\`.`,
      many: (amount, { operation, body }) =>
        `${amount} PATCH operations, such as \`${operation.path}\`, take \`${body.key}\`, which does not say how it is applied; use \`${wantedFor(body)}\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const { body } of data) edit(body).rename(body.path, wantedFor(body));
      return 'Name the media type of the patch';
    },
  },
});

/** A list of operations is a JSON Patch, an object with some of the members a merge patch. */
function wantedFor(body: Place): string {
  return hasType(body.get('schema'), 'array') ? 'application/json-patch+json' : 'application/merge-patch+json';
}
