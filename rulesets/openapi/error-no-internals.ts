import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { gathered, propertiesWithin, type Property } from '../schema.ts';
import { errorSchemas } from './errors.ts';
import page from './error-no-internals.md';

const internal =
  /^(?:(?:stack|back)_?traces?|stack|call_?stack|sql(?:_?(?:state|query|statement|error))?|(?:inner_?)?exception(?:_?(?:class|type|name|message))?|db_?error)$/i;

export default defineApiRule<readonly Property[]>({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const properties = yield* gathered(propertiesWithin(errorSchemas(api)));
    yield* findingsOf(api, {
      among: properties,
      keeps: ({ name }) => !internal.test(name),
      placeOf: ({ written }) => written,
      one: ({ name }) => `\`${name}\` shows every caller how the server is built; log it and leave it out of the error.`,
      many: (amount, { name }) =>
        `${amount} members of errors, such as \`${name}\`, show every caller how the server is built; log them and leave them out.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const { name, written, owner } of data) {
        const required = owner.get('required');
        const index = required.items().findIndex((item) => item.string === name);
        if (index >= 0) edit(required).remove(required.items().length === 1 ? required.path : [...required.path, index]);
        edit(written).remove(written.path);
      }
      return `Leave ${data.map(({ name }) => name).join(', ')} out`;
    },
  },
});
