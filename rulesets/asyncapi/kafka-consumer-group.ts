import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { type Action, actionsOf, bindingOf } from './channels.ts';
import page from './kafka-consumer-group.md';

export default defineApiRule<readonly Action[]>({
  page,
  theme: 'bindings',
  severity: 'hint',
  optIn: true,
  formats: ['asyncapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: actionsOf(api).filter(({ action, channel }) => action === 'receive' && channel.protocols.includes('kafka')),
      keeps: ({ place }) =>
        [
          place,
          ...place
            .get('traits')
            .items()
            .map((trait) => trait.deref()),
        ].some((part) => bindingOf(part, 'kafka').has('groupId')),
      placeOf: ({ place }) => place,
      one: ({ channel }) =>
        `The consumer of \`${channel.address}\` names no group, which decides who shares the work with it; add \`groupId\`.`,
      many: (amount, { channel }) =>
        `${amount} consumers, such as that of \`${channel.address}\`, name no group, which decides who shares the work with them; add \`groupId\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      const groupId = { type: 'string', description: 'All instances of one service share a group, and no other service does.' };
      for (const { place } of data) edit(place).set([...place.path, 'bindings', 'kafka', 'groupId'], groupId);
      return 'Add the consumer group';
    },
  },
});
