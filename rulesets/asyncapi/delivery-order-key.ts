import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { actionsOf, bindingOf } from './channels.ts';
import { messageKind, nameOfMessage, payloadOf, traitsOf } from './message.ts';
import page from './delivery-order-key.md';

export default defineApiRule<readonly Place[]>({
  page,
  theme: 'delivery',
  severity: 'info',
  formats: ['asyncapi'],
  *check(api) {
    const sent = new Map<Place, Place>();
    for (const { action, channel, messages } of actionsOf(api)) {
      if (action !== 'send' || channel.protocols.length === 0 || channel.protocols.some((protocol) => protocol !== 'kafka'))
        continue;
      for (const message of messages) {
        if (messageKind(nameOfMessage(message)) === 'event' && subjectOf(message) !== undefined) sent.set(message, message);
      }
    }
    yield* findingsOf(api, {
      among: [...sent.values()],
      keeps: (message) => [message, ...traitsOf(message)].some((part) => bindingOf(part, 'kafka').has('key')),
      placeOf: (message) => message,
      one: (message) =>
        `Events \`${nameOfMessage(message)}\` of one \`${subjectOf(message)}\` arrive in any order; make it the Kafka message \`key\`.`,
      many: (amount, message) =>
        `${amount} events, such as \`${nameOfMessage(message)}\`, arrive in any order; make what they are about the Kafka message \`key\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const message of data) {
        const key = { type: 'string', description: `The ${subjectOf(message)}: events with one key stay in order.` };
        edit(message).set([...message.path, 'bindings', 'kafka', 'key'], key);
      }
      return 'Give the message a key';
    },
  },
});

/** The property that says what an event is about: an id of something other than the event itself. */
function subjectOf(message: Place): string | undefined {
  const names = [...propertiesOf(payloadOf(message)).byName.keys()];
  return names.find(
    (name) => /[a-z](?:Id|_id|-id)$/.test(name) && !/^(?:event|message|correlation|trace|request|causation|tenant)/i.test(name),
  );
}
