import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { propertiesWithin } from '../schema.ts';
import { headersOf, payloadOf } from './message.ts';
import page from './secret-not-in-payload.md';

/** What a broker must not keep, in lower case without separators. */
const secret =
  /^(?:(?:old|new|current|user)?(?:password|passwd|passphrase|passcode)|(?:client|app|api)secret|privatekey|(?:credit|debit)?cardnumber|creditcard|pan|cvv2?|cvc2?|ssn|socialsecuritynumber|taxpayerid)$/;

export default defineApiRule({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    const schemas = api.messages.flatMap(({ place }) => [headersOf(place), payloadOf(place)]).filter(({ isObject }) => isObject);
    yield* findingsOf(api, {
      among: [...propertiesWithin(schemas)].filter(({ name }) => secret.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))),
      // What is encrypted or cut short on purpose says so.
      keeps: ({ schema }) =>
        /encrypt|hash|mask|token(?:is|iz)|last (?:four|4)|redact/i.test(schema.get('description').string ?? ''),
      placeOf: ({ written }) => written,
      one: ({ name }) => `\`${name}\` is kept by the broker and read by every consumer; send a reference to it instead.`,
      many: (amount, { name }) =>
        `${amount} secrets, such as \`${name}\`, are kept by the broker and read by every consumer; send references instead.`,
    });
  },
});
