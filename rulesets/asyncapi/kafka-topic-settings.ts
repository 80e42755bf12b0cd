import { defineApiRule } from '../../server/core/rule.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import type { Place } from '../../server/core/model/api.ts';
import { bindingOf, channelsOf, isLocal } from './channels.ts';
import page from './kafka-topic-settings.md';

interface Topic {
  readonly replicas: Place;
  readonly address: string;
}

export default defineApiRule<readonly Topic[]>({
  page,
  theme: 'bindings',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    yield* findingsOf<Topic>(api, {
      among: channelsOf(api)
        .filter(({ servers }) => servers.length === 0 || servers.some((server) => !isLocal(server)))
        .map(({ place, address }) => ({ replicas: bindingOf(place, 'kafka').get('replicas'), address }))
        .filter(({ replicas }) => replicas.number !== undefined),
      keeps: ({ replicas }) => (replicas.number ?? 0) >= 2,
      placeOf: ({ replicas }) => replicas,
      target: 'value',
      one: ({ address }) => `Topic \`${address}\` is on one broker only and gone with it; set \`replicas\` to 3.`,
      many: (amount, { address }) =>
        `${amount} topics, such as \`${address}\`, are on one broker only and gone with it; set \`replicas\` to 3.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const { replicas } of data) edit(replicas).set(replicas.path, 3);
      return 'Set replicas to 3';
    },
  },
});
