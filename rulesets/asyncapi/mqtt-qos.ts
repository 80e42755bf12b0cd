import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { actionsOf, bindingOf } from './channels.ts';
import { messageKind, nameOfMessage } from './message.ts';
import page from './mqtt-qos.md';

interface Delivery {
  readonly qos: Place;
  readonly message: string;
}

export default defineApiRule<readonly Delivery[]>({
  page,
  theme: 'bindings',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    const deliveries = actionsOf(api).flatMap(({ place, messages }) => {
      // Measurements may be lost: the next one is on its way.
      const kept = messages
        .map(nameOfMessage)
        .find((name) => messageKind(name) !== undefined && !/measure|telemetry|reading|heartbeat|status|ping/i.test(name));
      return [
        place,
        ...place
          .get('traits')
          .items()
          .map((trait) => trait.deref()),
      ]
        .map((part) => bindingOf(part, 'mqtt').get('qos'))
        .filter((qos) => qos.exists && kept !== undefined)
        .map((qos) => ({ qos, message: kept ?? '' }));
    });
    yield* findingsOf<Delivery>(api, {
      among: deliveries,
      keeps: ({ qos }) => qos.number !== 0,
      placeOf: ({ qos }) => qos,
      target: 'value',
      one: ({ message }) =>
        `With QoS 0 \`${message}\` is sent once and lost with the connection; use \`qos: 1\` and drop second copies by their id.`,
      many: (amount, { message }) =>
        `${amount} operations send with QoS 0, and messages such as \`${message}\` are lost with the connection; use \`qos: 1\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const { qos } of data) edit(qos).set(qos.path, 1);
      return 'Use QoS 1';
    },
  },
});
