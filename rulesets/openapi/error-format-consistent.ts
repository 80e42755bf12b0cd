import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { type ErrorBody, errorBodies, ownEnvelope } from './errors.ts';
import page from './error-format-consistent.md';

export default defineApiRule<readonly ErrorBody[]>({
  page,
  theme: 'errors',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const bodies = errorBodies(api);
    const envelope = ownEnvelope(bodies);
    if (!envelope) return;
    const custom = shapeOf(envelope);
    // The whole of a file has no name in the description.
    const wanted = envelope.key === '' ? 'that one' : `\`${envelope.key}\``;
    yield* findingsOf<ErrorBody>(api, {
      among: bodies.filter(({ body }) => shapeOf(body.get('schema')) !== undefined),
      // Problem details are the standard, and a custom of one's own is left for them one response at a time.
      keeps: ({ body }) => shapeOf(body.get('schema')) === custom || /^application\/problem\+/i.test(body.key),
      placeOf: ({ body }) => body,
      one: ({ status }) => `The body of this ${status} response has another shape than the API's other errors; use ${wanted}.`,
      many: (amount, { status }) =>
        `${amount} error bodies, such as this API's ${status}, have other shapes than the rest; use ${wanted}.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      const bodies = errorBodies(api);
      const envelope = ownEnvelope(bodies);
      const user = bodies.find(({ body }) => body.get('schema') === envelope)?.body;
      const reference = user?.child('schema').child('$ref').string;
      if (!user || !envelope || reference === undefined) return undefined;
      // The reference means the same only in the file it was found in.
      if (data.some(({ body }) => body.doc.uri !== user.doc.uri)) return undefined;
      for (const { body } of data) {
        edit(body).set([...body.path, 'schema'], { $ref: reference });
        for (const key of ['example', 'examples']) if (body.has(key)) edit(body).remove([...body.path, key]);
      }
      return `Use the schema ${envelope.key}`;
    },
  },
});

/** The names of the members; undefined where they are not all to be seen. */
function shapeOf(schema: Place): string | undefined {
  const { byName, complete } = propertiesOf(schema);
  return complete && byName.size > 0 ? [...byName.keys()].sort().join() : undefined;
}
