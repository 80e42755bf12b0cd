import type { Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { actionsOf, bindingOf, channelsOf } from './channels.ts';
import page from './amqp-durable.md';

/** Queues that live as long as one client: those for answers. */
const passing = /repl(?:y|ies)|response|result|callback|rpc|temp/i;

/** What a binding declares at the broker, what goes with it, and with whose going it is deleted automatically. */
const parts = [
  { kind: 'queue', held: 'what waits in it', user: 'consumer' },
  { kind: 'exchange', held: 'its bindings', user: 'queue bound to it' },
] as const;

export default defineApiRule<boolean>({
  page,
  theme: 'bindings',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    for (const { place, name, address } of channelsOf(api)) {
      if (passing.test(name) || passing.test(address)) continue;
      const amqp = bindingOf(place, 'amqp');
      for (const { kind, held, user } of parts) {
        const part = amqp.get(kind);
        // A queue without a name, or of one connection, is not where work waits.
        if (part.get('exclusive').value === true) continue;
        const title = part.get('name').string ?? address;
        yield* setting(
          part,
          'durable',
          false,
          `The ${kind} \`${title}\` and ${held} are gone when the broker restarts; make it \`durable\`.`,
        );
        yield* setting(
          part,
          'autoDelete',
          true,
          `The ${kind} \`${title}\` and ${held} are gone with the last ${user}; do not \`autoDelete\` it.`,
        );
      }
    }
    for (const { action, place, channel, messages } of actionsOf(api)) {
      if (action !== 'receive' || passing.test(channel.name) || passing.test(channel.address)) continue;
      if (messages.some(({ key }) => passing.test(key))) continue;
      const message = `Messages of \`${channel.address}\` count as handled when they are delivered, and a crash loses them; \`ack\` them.`;
      yield* setting(bindingOf(place, 'amqp'), 'ack', false, message);
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at }, edit) {
      edit(at).set(at.path, at.value !== true);
      return `Set ${at.key} to ${at.value !== true}`;
    },
  },
});

function* setting(part: Place, key: string, wrong: boolean, message: string) {
  const at = part.get(key);
  if (at.value === wrong) yield { at, target: 'value', message } as const;
}
