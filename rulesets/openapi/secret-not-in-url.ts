import type { Operation, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { groupBy } from '../../server/core/group.ts';
import { nameOf, served } from './http.ts';
import page from './secret-not-in-url.md';

/** Names without separators, in lower case. What a bare `token` means in a path is an id more often than not. */
const secret =
  /^(?:(?:old|new|current|confirm|user|account|client|db)?(?:password|passwd|pwd|passphrase|passcode)|(?:client|app|api|shared|consumer)?secret(?:key)?|(?:access|refresh|auth|bearer|session|api|security)token|(?:x?api|private|secret)key|(?:credit|debit)?cardnumber|creditcard|cvv2?|cvc2?|ssn|socialsecuritynumber|nationalid(?:number)?|taxpayerid|iban)$/;

export default defineApiRule<readonly { operation: Operation; parameter: Place }[]>({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const found = served(api).flatMap((operation) =>
      operation.parameters
        .filter(isSecret)
        .map((parameter) => ({ operation, parameter, name: parameter.get('name').string ?? '' })),
    );
    // Each name is a matter of its own, however many operations take it.
    for (const uses of groupBy(found, ({ name }) => plain(name)).values()) {
      yield* findingsOf(api, {
        among: uses,
        keeps: () => false,
        placeOf: ({ parameter }) => parameter.get('name'),
        target: 'value',
        one: ({ operation, name, parameter }) =>
          `\`${name}\` in the ${parameter.get('in').string} of ${nameOf(operation)} ends in logs, histories and referrers; send it in the body or a header.`,
        many: (amount, { name, parameter }) =>
          `${amount} parameters \`${name}\` in the ${parameter.get('in').string} end in logs, histories and referrers; send it in the body or a header.`,
      });
    }
  },
});

function isSecret(parameter: Place): boolean {
  const where = parameter.get('in').string;
  const name = plain(parameter.get('name').string ?? '');
  if (where === 'query') return secret.test(name) || name === 'token';
  return where === 'path' && (secret.test(name) || name === 'email' || name === 'emailaddress');
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
