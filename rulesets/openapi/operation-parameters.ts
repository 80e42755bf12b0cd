import type { Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import page from './operation-parameters.md';

export default defineApiRule({
  page,
  theme: 'structure',
  severity: 'error',
  formats: ['openapi'],
  replaces: ['operation-parameters'],
  *check(api) {
    const owners = new Set(api.operations.flatMap(({ pathItem, place }) => [pathItem, place]));
    for (const owner of owners) {
      yield undefined;
      const seen = new Map<string, Place>();
      for (const written of owner.child('parameters').items()) {
        const parameter = written.deref();
        const [name, location] = [parameter.child('name').string, parameter.child('in').string];
        if (name === undefined || location === undefined) continue;
        // Names of headers are equal in any case.
        const key = `${location} ${location === 'header' ? name.toLowerCase() : name}`;
        const first = seen.get(key);
        seen.set(key, written);
        if (!first) continue;
        const at = written.is(parameter) ? parameter.child('name') : written;
        const message = `The ${location} parameter \`${name}\` is listed twice; remove one of the two.`;
        yield { at, target: 'value', message, related: [{ at: first, message: 'The first one.' }] };
      }
    }
  },
});
