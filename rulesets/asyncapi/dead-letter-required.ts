import type { Api } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { type Action, actionsOf, bindingOf, channelsOf } from './channels.ts';
import { nameOfMessage } from './message.ts';
import page from './dead-letter-required.md';

/** Brokers that keep a message until somebody has handled it. */
const keeping = /^(?:amqp|sqs|kafka|jms|ibmmq|solace|googlepubsub|pulsar|nats)$/;
const deadLetter =
  /dead[-_. ]?letter|(?:^|[-_./])(?:dlq|dlx|dlt)(?:$|[-_./])|poison|(?:^|[-_./])(?:errors?|failed|retry)(?:$|[-_./])/i;

export default defineApiRule<readonly Action[]>({
  page,
  theme: 'delivery',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    // A channel for dead letters that is there is for what is received here.
    if (channelsOf(api).some(({ name, address }) => deadLetter.test(name) || deadLetter.test(address))) return;
    yield* findingsOf(api, {
      among: actionsOf(api).filter(isConsumer),
      keeps: (action) => hasDeadLetter(api, action),
      placeOf: ({ place }) => place,
      one: ({ channel }) =>
        `A message from \`${channel.address}\` that cannot be handled is lost or comes back for ever; name its dead-letter queue.`,
      many: (amount, { channel }) =>
        `${amount} consumers, such as that of \`${channel.address}\`, lose a message that cannot be handled or get it for ever; name their dead-letter queues.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const { channel } of data) {
        const queue = bindingOf(channel.place, 'sqs').get('queue');
        const name = queue.get('name').string;
        if (name === undefined) {
          edit(channel.place).set([...channel.place.path, 'x-dead-letter'], `${channel.address}.dead-letter`);
          continue;
        }
        // A FIFO queue's dead-letter queue is FIFO too, and says so in its name.
        const dead = name.endsWith('.fifo') ? name.replace(/\.fifo$/, '-dlq.fifo') : `${name}-dlq`;
        edit(queue).set([...queue.path, 'redrivePolicy'], { deadLetterQueue: { name: dead }, maxReceiveCount: 5 });
      }
      return 'Name the dead-letter queue';
    },
  },
});

/** Does the action take work from a broker that would deliver it again? Answers to one's own calls are nobody's work. */
function isConsumer({ action, channel, messages }: Action): boolean {
  if (action !== 'receive' || !channel.protocols.some((protocol) => keeping.test(protocol))) return false;
  const isReply = (name: string) => /(?:reply|response|result|ack)(?:message)?$/i.test(name);
  return !isReply(channel.name) && !messages.some((message) => isReply(nameOfMessage(message)));
}

/** Says a binding, an extension or a description where messages go that cannot be handled? */
function hasDeadLetter(api: Api, { channel, place }: Action): boolean {
  const parts = [
    api.root,
    channel.place,
    place,
    ...place
      .get('traits')
      .items()
      .map((trait) => trait.deref()),
  ];
  return parts.some((part) => {
    const names = part.entries().map(({ key }) => key);
    const texts = ['summary', 'description'].map((key) => part.get(key).string ?? '');
    return (
      names.some((key) => /^x-.*(?:dead-?letter|dlq)/i.test(key)) ||
      texts.some((text) => /dead[- ]?letter|\bDL[QXT]\b/i.test(text)) ||
      /dead-?letter|redrivePolicy/i.test(JSON.stringify(part.get('bindings').value) ?? '')
    );
  });
}
