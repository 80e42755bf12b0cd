import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { traitsOf } from './message.ts';
import page from './message-payload-required.md';

export default defineApiRule({
  page,
  theme: 'events',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: api.messages,
      keeps: ({ place }) =>
        place.has('payload') ||
        (place.has('headers') && isEmptyByNature(place.get('description').string)) ||
        traitsOf(place).some((trait) => trait.has('payload')),
      placeOf: ({ place }) => place,
      one: ({ name }) => `Message \`${name}\` does not say what is in it; describe its \`payload\`.`,
      many: (amount, { name }) =>
        `${amount} messages, such as \`${name}\`, do not say what is in them; describe their \`payload\`.`,
    });
  },
});

function isEmptyByNature(description: string | undefined): boolean {
  return /\bempty\b|no payload|without (?:a )?payload|headers only/i.test(description ?? '');
}
