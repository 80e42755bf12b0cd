import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { actionsOf, familyOf, hostOf, isLocal } from './channels.ts';
import page from './server-security-required.md';

/** Brokers: a socket or an HTTP stream may well be public. */
const broker = /^(?:kafka|amqp|mqtt|stomp|jms|ibmmq|solace|pulsar|nats|redis|sqs|sns|googlepubsub|anypointmq)$/;

export default defineApiRule({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    // Where operations say it, servers need not.
    if (actionsOf(api).some(({ place }) => place.has('security'))) return;
    yield* findingsOf(api, {
      among: api
        .get('servers')
        .entries()
        .map((server) => server.deref())
        .filter((server) => broker.test(familyOf(server.get('protocol').string ?? '')) && !isLocal(server)),
      keeps: (server) => server.has('security'),
      placeOf: (server) => server,
      one: (server) => `Server \`${hostOf(server)}\` does not say how clients prove who they are; declare \`security\`.`,
      many: (amount, server) =>
        `${amount} servers, such as \`${hostOf(server)}\`, do not say how clients prove who they are; declare \`security\`.`,
    });
  },
});
