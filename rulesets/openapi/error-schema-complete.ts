import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { errorSchemas } from './errors.ts';
import page from './error-schema-complete.md';

/** Members that name the kind of an error to a program. */
const naming =
  /^(?:type|kind|code|key|id|slug|status|reason|name|errno|identifier)$|(?:code|type|kind|reason|status|name|id)$|^errors?$/i;

export default defineApiRule<readonly Place[]>({
  page,
  theme: 'errors',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: errorSchemas(api).filter((schema) => {
        const { byName, complete } = propertiesOf(schema);
        return complete && byName.size > 0 && schema.get('properties').isObject;
      }),
      keeps: (schema) => namesOf(schema).some((name) => naming.test(name)),
      placeOf: (schema) => schema,
      one: (schema) =>
        `This error has only \`${namesOf(schema).slice(0, 3).join('`, `')}\`, and a program cannot tell it from others; add \`code\`.`,
      many: (amount, schema) =>
        `${amount} error bodies have only members like \`${namesOf(schema)[0]}\`, and a program cannot tell them apart; add \`code\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const schema of data) {
        const code = { type: 'string', description: 'Names the kind of error to a program; never changes.' };
        edit(schema).set([...schema.get('properties').path, 'code'], code);
      }
      return 'Add the member code';
    },
  },
});

/** Names of members, those of the object in which an envelope holds the error included. */
function namesOf(schema: Place): string[] {
  const { byName } = propertiesOf(schema);
  return [...byName].flatMap(([name, property]) => [...inside(property), name]);
}

function inside(property: Place): string[] {
  const { byName } = propertiesOf(property.has('items') ? property.get('items') : property);
  return [...byName.keys()];
}
