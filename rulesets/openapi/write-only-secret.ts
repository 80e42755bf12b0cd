import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { gathered, hasType, type Property } from '../schema.ts';
import { receivedProperties } from './http.ts';
import page from './write-only-secret.md';

/** Secrets that only ever go in; tokens, keys and the codes of cards are also handed out, once and on purpose. */
const secret = /^(?:old|new|current|confirm|user)?_?-?(?:password|passwd|passphrase|pass_?code)$/i;

/** What a description says of a password that the server makes and has to hand over. */
const handedOut = /temporar|generated|created|one-?time|initial|ephemeral/i;

export default defineApiRule<readonly Property[]>({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['openapi3'],
  *check(api) {
    yield* findingsOf(api, {
      among: yield* gathered(yield* receivedProperties(api), isSecret),
      keeps: ({ schema, written }) => schema.get('writeOnly').value === true || written.child('writeOnly').value === true,
      placeOf: ({ written }) => written,
      one: ({ name }) => `Responses carry \`${name}\`; mark it \`writeOnly\`.`,
      many: (amount, { name }) => `${amount} secrets, such as \`${name}\`, are carried by responses; mark them \`writeOnly\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const { schema } of data) edit(schema).set([...schema.path, 'writeOnly'], true);
      return 'Mark as writeOnly';
    },
  },
});

function isSecret({ name, schema }: Property): boolean {
  return secret.test(name) && hasType(schema, 'string') && !handedOut.test(schema.get('description').string ?? '');
}
