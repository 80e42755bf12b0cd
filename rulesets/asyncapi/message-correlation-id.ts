import type { Message } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { addCorrelationId, correlationIn, headersOf, messageKind, payloadOf, traitsOf } from './message.ts';
import page from './message-correlation-id.md';

export default defineApiRule<readonly Message[]>({
  page,
  theme: 'events',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    yield* findingsOf(api, {
      // A message of which neither headers nor payload are described says nothing that could be wrong.
      among: api.messages.filter(({ place, name }) => {
        return messageKind(name) !== undefined && (headersOf(place).isObject || payloadOf(place).isObject);
      }),
      keeps: ({ place }) => [place, ...traitsOf(place)].some((part) => part.has('correlationId')),
      placeOf: ({ place }) => place,
      one: ({ name }) => `Message \`${name}\` cannot be traced back to its cause; add \`correlationId\`.`,
      many: (amount, { name }) =>
        `${amount} messages, such as \`${name}\`, cannot be traced back to their causes; add \`correlationId\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      const known = data.map(({ place }) => correlationIn(place));
      for (const { place } of data) addCorrelationId(edit, place);
      return known.every((location) => location !== undefined) ? 'Declare the correlation id' : 'Add a correlation id';
    },
  },
});
