import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { actionsOf, bindingOf } from './channels.ts';
import { addHeaders, messageKind, nameOfMessage, namesIn } from './message.ts';
import page from './consumer-deduplication.md';

/** A name of anything that could tell one message from its copy. */
const identity = /id$|ids$|uuid|guid|key$|number$|reference$|idempot|sequence|offset|nonce|hash$|etag|timestamp|time$/;

export default defineApiRule<readonly Place[]>({
  page,
  theme: 'delivery',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    const received = new Map<Place, Place>();
    for (const { action, channel, messages } of actionsOf(api)) {
      if (
        action !== 'receive' ||
        !channel.protocols.some((protocol) => /^(?:amqp|sqs|kafka|mqtt|jms|ibmmq|solace|googlepubsub|pulsar)$/.test(protocol))
      )
        continue;
      // Of events the rule on their metadata asks for an id.
      for (const message of messages) if (messageKind(nameOfMessage(message)) !== 'event') received.set(message, message);
    }
    yield* findingsOf(api, {
      among: [...received.values()].filter((message) => namesIn(message) !== undefined),
      keeps: (message) =>
        message.has('correlationId') ||
        bindingOf(message, 'kafka').has('key') ||
        (namesIn(message) ?? []).some((name) => identity.test(name)),
      placeOf: (message) => message,
      one: (message) =>
        `A second delivery of \`${nameOfMessage(message)}\` cannot be told from a new message; carry an id in its headers.`,
      many: (amount, message) =>
        `${amount} messages that are received, such as \`${nameOfMessage(message)}\`, cannot be told from their second delivery; carry ids in their headers.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      const id = { type: 'string', description: 'The same for every delivery of one message.' };
      for (const message of data) addHeaders(edit, message, [['messageId', id]]);
      return 'Add a message id';
    },
  },
});
