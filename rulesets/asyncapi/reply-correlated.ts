import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { bindingOf, familyOf } from './channels.ts';
import { addCorrelationId, messageKind, nameOfMessage, namesIn, traitsOf } from './message.ts';
import page from './reply-correlated.md';

const correlating = /correlation|req(?:uest)?id|inreplyto|traceparent|^id$|messageid/;

export default defineApiRule<readonly Place[]>({
  page,
  theme: 'delivery',
  severity: 'warn',
  formats: ['asyncapi3'],
  *check(api) {
    const replies = new Map<Place, Place>();
    for (const operation of api.get('operations').entries()) {
      const reply = operation.get('reply');
      if (!reply.isObject) continue;
      const channel = reply.get('channel').exists ? reply.get('channel') : operation.get('channel');
      // HTTP answers on the connection that asked.
      const servers = channel.get('servers').items().length > 0 ? channel.get('servers').items() : api.get('servers').entries();
      if (servers.length > 0 && servers.every((server) => familyOf(server.get('protocol').string ?? '') === 'http')) continue;
      const own = reply.get('messages').items();
      for (const written of own.length > 0 ? own : channel.get('messages').entries()) {
        const message = written.deref();
        // Messages that are named as calls are the business of the rule on correlation ids.
        if (message.isObject && messageKind(nameOfMessage(message)) === undefined) replies.set(message, message);
      }
    }
    yield* findingsOf(api, {
      among: [...replies.values()].filter((message) => namesIn(message) !== undefined),
      keeps: (message) =>
        [message, ...traitsOf(message)].some(
          (part) => part.has('correlationId') || bindingOf(part, 'mqtt').has('correlationData'),
        ) || (namesIn(message) ?? []).some((name) => correlating.test(name)),
      placeOf: (message) => message,
      one: (message) => `Reply \`${nameOfMessage(message)}\` does not say which request it answers; add \`correlationId\`.`,
      many: (amount, message) =>
        `${amount} replies, such as \`${nameOfMessage(message)}\`, do not say which request they answer; add \`correlationId\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const message of data) addCorrelationId(edit, message);
      return 'Add a correlation id';
    },
  },
});
