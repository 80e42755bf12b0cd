import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { described, hasMembers, headerNames, jsonSchemas, nameOf, served } from './http.ts';
import page from './created-has-location.md';

interface Creation {
  readonly operation: Operation;
  readonly response: Place;
}

export default defineApiRule<readonly Creation[]>({
  page,
  theme: 'statuses',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf<Creation>(api, {
      // A URL for it exists only where the members of the collection have one.
      among: served(api)
        .filter(({ method, path }) => method === 'post' && hasMembers(api, path))
        .flatMap((operation) =>
          operation.responses.filter(({ status }) => status === '201').map(({ response }) => ({ operation, response })),
        ),
      keeps: ({ response }) => !response.exists || tellsPlace(api, response),
      placeOf: ({ response }) => response,
      one: ({ operation }) => `${nameOf(operation)} does not say where what it creates is; add the \`Location\` header.`,
      many: (amount, { operation }) =>
        `${amount} \`201\` responses, such as that of ${nameOf(operation)}, do not say where what was created is; add the \`Location\` header.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      const header = described(api, { description: 'Where it is.' }, { type: 'string', format: 'uri-reference' });
      for (const { response } of data) edit(response).set([...response.path, 'headers', 'Location'], header);
      return 'Add the Location header';
    },
  },
});

/** A header, a link, or a body that shows the id or that cannot be seen whole. */
function tellsPlace(api: Api, response: Place): boolean {
  if (headerNames(response).some((name) => /location|^link$/.test(name)) || response.has('links')) return true;
  return jsonSchemas(api, response).some((schema) => {
    const { byName, complete } = propertiesOf(schema);
    return (
      !complete ||
      byName.size === 0 ||
      [...byName].some(([name, property]) => isPlace(name) || [...propertiesOf(property).byName.keys()].some(isPlace))
    );
  });
}

function isPlace(name: string): boolean {
  return /^(?:id|uuid|guid|key|code|number|href|url|uri|self|links?|_links|name|token|reference)$|(?:_?id|Id|ID|Uuid|_uuid|Sid|_sid|gid|Url|_url|Uri|_uri|Key|Number|Reference)$/.test(
    name,
  );
}
