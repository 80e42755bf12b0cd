import { defineApiRule } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { errorSchemas } from './errors.ts';
import page from './error-no-internals.md';

const internal =
  /^(?:(?:stack|back)_?traces?|stack|call_?stack|sql(?:_?(?:state|query|statement|error))?|(?:inner_?)?exception(?:_?(?:class|type|name|message))?|db_?error)$/i;

export default defineApiRule({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const seen = new Set<string>();
    for (const schema of errorSchemas(api)) {
      const { byName } = propertiesOf(schema);
      for (const part of [schema, ...byName.values()]) {
        for (const [name, target] of propertiesOf(part).byName) {
          const owner = [part, ...['allOf', 'oneOf', 'anyOf'].flatMap((key) => part.get(key).items())]
            .map((place) => place.get('properties').child(name))
            .find((place) => place.exists);
          const at = owner ?? target;
          if (!internal.test(name) || seen.has(at.id)) continue;
          seen.add(at.id);
          yield { at, message: `\`${name}\` shows every caller how the server is built; log it and leave it out of the error.` };
        }
      }
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at }, edit) {
      if (at.path.at(-2) !== 'properties') return undefined;
      const owner = at.path.slice(0, -2);
      const { required } = (owner.reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], at.doc.data) ??
        {}) as {
        required?: unknown;
      };
      if (Array.isArray(required) && required.includes(at.key)) {
        const whole = required.length === 1;
        edit(at).remove(whole ? [...owner, 'required'] : [...owner, 'required', required.indexOf(at.key)]);
      }
      edit(at).remove(at.path);
      return `Leave ${at.key} out`;
    },
  },
});
