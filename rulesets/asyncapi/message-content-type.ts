import type { Message } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { payloadOf, traitsOf } from './message.ts';
import page from './message-content-type.md';

export default defineApiRule<readonly Message[]>({
  page,
  theme: 'events',
  severity: 'info',
  formats: ['asyncapi'],
  *check(api) {
    if (api.root.has('defaultContentType')) return;
    yield* findingsOf(api, {
      among: api.messages.filter(({ place }) => payloadOf(place).isObject),
      keeps: ({ place }) => [place, ...traitsOf(place)].some((part) => part.has('contentType')),
      placeOf: ({ place }) => place,
      one: ({ name }) => `Message \`${name}\` does not say how its payload is encoded; add \`contentType\`.`,
      many: (amount, { name }) =>
        `${amount} messages, such as \`${name}\`, do not say how their payloads are encoded; add \`defaultContentType\` or \`contentType\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      // Another schema language hints at another encoding, and only its author knows which.
      if (data.some(({ place }) => place.has('schemaFormat') || place.get('payload').has('schemaFormat'))) return undefined;
      if (data.length === api.messages.length) {
        const before = ['servers', 'channels', 'operations', 'components'].find((key) => api.root.has(key));
        edit(api.root).set(['defaultContentType'], 'application/json', before === undefined ? {} : { before });
      } else {
        for (const { place } of data) edit(place).set([...place.path, 'contentType'], 'application/json', { before: 'payload' });
      }
      return 'State the content type application/json';
    },
  },
});
