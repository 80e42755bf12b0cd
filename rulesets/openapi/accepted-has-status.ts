import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { described, headerNames, jsonSchemas, nameOf, served } from './http.ts';
import page from './accepted-has-status.md';

/** Members of a body by which work that goes on can be found again or is shown. */
const following =
  /^(?:id|href|url|uri|link|links|_links|self|location|state|status)$|(?:_?id|Id|Url|Uri|_?url|_?uri|_?href)$|status|state/;

interface Acceptance {
  readonly operation: Operation;
  readonly response: Place;
}

export default defineApiRule<readonly Acceptance[]>({
  page,
  theme: 'asynchronous',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf<Acceptance>(api, {
      among: served(api).flatMap((operation) =>
        operation.responses.filter(({ status }) => status === '202').map(({ response }) => ({ operation, response })),
      ),
      keeps: ({ operation, response }) => !response.exists || canBeFollowed(api, operation, response),
      placeOf: ({ response }) => response,
      one: ({ operation }) =>
        `${nameOf(operation)} answers \`202\` and does not say how to learn the outcome; add \`Location\` of a resource with the status.`,
      many: (amount, { operation }) =>
        `${amount} \`202\` responses, such as that of ${nameOf(operation)}, do not say how to learn the outcome; add \`Location\` of a resource with the status.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      const head = { description: 'The resource that says how far the work is and how it ended.' };
      const header = described(api, head, { type: 'string', format: 'uri-reference' });
      for (const { response } of data) edit(response).set([...response.path, 'headers', 'Location'], header);
      return 'Add the Location of the status';
    },
  },
});

function canBeFollowed(api: Api, operation: Operation, response: Place): boolean {
  // What happens to a resource that can be read is seen by reading it; Azure says the rest in an extension.
  if (operation.method !== 'post' && operation.pathItem.has('get')) return true;
  if (operation.place.has('x-ms-long-running-operation')) return true;
  if (headerNames(response).some((name) => /location|^link$|-(?:id|url|uri|status)$/.test(name))) return true;
  if (response.has('links') || operation.place.has('callbacks')) return true;
  return jsonSchemas(api, response).some((schema) => {
    const { byName, complete } = propertiesOf(schema);
    if (!complete) return true;
    return [...byName].some(
      ([name, property]) => following.test(name) || [...propertiesOf(property).byName.keys()].some((key) => following.test(key)),
    );
  });
}
