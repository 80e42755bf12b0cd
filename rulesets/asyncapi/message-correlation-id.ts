import type { Message, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule, type TreeEditors } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { headersOf, messageKind, payloadOf, traitsOf } from './message.ts';
import page from './message-correlation-id.md';

const correlating = /^(?:x-?)?(?:correlation|trace|request)-?_?id$|^traceparent$/i;

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
      const known = data.map(({ place }) => knownIn(place));
      for (const [index, { place }] of data.entries()) addCorrelationId(edit, place, known[index]);
      return known.every((location) => location !== undefined) ? 'Declare the correlation id' : 'Add a correlation id';
    },
  },
});

/** Where a header or property already carries what correlates, as a runtime expression. */
function knownIn(message: Place): string | undefined {
  for (const [part, schemas] of [
    ['header', [message, ...traitsOf(message)].map(headersOf)],
    ['payload', [payloadOf(message)]],
  ] as const) {
    const names = schemas.flatMap((schema) => [...propertiesOf(schema).byName.keys()]);
    const known = names.find((name) => correlating.test(name));
    if (known !== undefined) return `$message.${part}#/${known}`;
  }
  return undefined;
}

function addCorrelationId(edit: TreeEditors, message: Place, known: string | undefined): void {
  edit(message).set([...message.path, 'correlationId'], { location: known ?? '$message.header#/correlationId' });
  if (known !== undefined) return;
  const headers = headersOf(message);
  if (headers.isObject) edit(headers).set([...headers.path, 'properties', 'correlationId'], { type: 'string' });
  else edit(message).set([...message.path, 'headers'], { type: 'object', properties: { correlationId: { type: 'string' } } });
}
