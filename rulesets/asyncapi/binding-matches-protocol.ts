import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { groupBy } from '../../server/core/group.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { actionsOf, type Channel, channelsOf, familyOf } from './channels.ts';
import page from './binding-matches-protocol.md';

/** The protocols that have bindings; servers of others say nothing that could contradict one. */
const known = new Set([
  'http',
  'ws',
  'kafka',
  'anypointmq',
  'amqp',
  'amqp1',
  'mqtt',
  'nats',
  'jms',
  'sns',
  'solace',
  'sqs',
  'stomp',
  'redis',
  'mercure',
  'ibmmq',
  'googlepubsub',
  'pulsar',
  'ros2',
]);
/** Bindings that go with another protocol: SQS queues hang on SNS topics, and WebSockets begin as HTTP. */
const together: Readonly<Record<string, readonly string[]>> = {
  sqs: ['sns'],
  sns: ['sqs'],
  http: ['ws', 'mercure'],
  ws: ['http'],
  amqp1: ['amqp'],
};

export default defineApiRule({
  page,
  theme: 'bindings',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    // What several channels share has the bindings of all of them.
    const spoken = new Map<Place, { place: Place; protocols: Set<string> }>();
    const add = (place: Place, { servers }: Channel) => {
      const entry = spoken.get(place) ?? { place, protocols: new Set() };
      for (const server of servers) entry.protocols.add(familyOf(server.get('protocol').string ?? ''));
      spoken.set(place, entry);
    };
    for (const channel of channelsOf(api)) add(channel.place, channel);
    for (const { channel, place, messages } of actionsOf(api)) for (const owner of [place, ...messages]) add(owner, channel);
    const foreign = [...spoken.values()].flatMap(({ place, protocols }) =>
      place
        .get('bindings')
        .entries()
        .filter((binding) => isForeign(binding, protocols))
        .map((binding) => ({ binding, protocols: [...protocols].join('`, `') })),
    );
    // One protocol that was left behind is one cause.
    for (const group of groupBy(foreign, ({ binding }) => binding.key).values()) {
      yield* findingsOf(api, {
        among: group,
        keeps: () => false,
        placeOf: ({ binding }) => binding,
        one: ({ binding, protocols }) =>
          `The binding \`${binding.key}\` has no effect, because the servers speak \`${protocols}\`; bind to that.`,
        many: (amount, { binding, protocols }) =>
          `${amount} bindings \`${binding.key}\` have no effect, because the servers speak \`${protocols}\`; bind to that.`,
      });
    }
  },
});

function isForeign({ key }: Place, protocols: ReadonlySet<string>): boolean {
  if (protocols.size === 0 || [...protocols].some((protocol) => !known.has(protocol))) return false;
  const family = familyOf(key);
  return known.has(family) && ![family, ...(together[family] ?? [])].some((protocol) => protocols.has(protocol));
}
