import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { schemasWithin } from '../schema.ts';
import { actionsOf } from './channels.ts';
import { payloadOf } from './message.ts';
import page from './payload-evolvable.md';

export default defineApiRule<readonly Place[]>({
  page,
  theme: 'events',
  severity: 'info',
  formats: ['asyncapi'],
  *check(api) {
    const sent = actionsOf(api)
      .filter(({ action }) => action === 'send')
      .flatMap(({ messages }) => messages);
    yield* findingsOf(api, {
      among: [...schemasWithin(sent.map(payloadOf))].filter((schema) => schema.has('properties')),
      keeps: (schema) =>
        schema.get('additionalProperties').value !== false && schema.get('unevaluatedProperties').value !== false,
      placeOf: closing,
      one: (schema) =>
        `A new field breaks every consumer, because \`${closing(schema).key}: false\` closes the payload; remove it.`,
      many: (amount, schema) =>
        `${amount} objects of published payloads are closed by \`${closing(schema).key}: false\`, and a new field breaks every consumer; remove it.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const schema of data) {
        for (const key of ['additionalProperties', 'unevaluatedProperties']) {
          if (schema.get(key).value === false) edit(schema).remove([...schema.path, key]);
        }
      }
      return 'Open the payload';
    },
  },
});

/** Where the schema is closed. */
function closing(schema: Place): Place {
  return schema.child(schema.get('additionalProperties').value === false ? 'additionalProperties' : 'unevaluatedProperties');
}
