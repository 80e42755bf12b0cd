import type { Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { served } from './http.ts';
import page from './sunset-not-past.md';

export default defineApiRule({
  page,
  theme: 'lifecycle',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const seen = new Set<Place>();
    for (const { place, pathItem } of served(api)) {
      for (const at of [...sunsetsOf(place), ...sunsetsOf(pathItem)]) {
        const date = at.string ?? '';
        if (seen.has(at) || !/^\d{4}-\d\d-\d\d/.test(date) || !(Date.parse(date) < Date.now())) continue;
        seen.add(at);
        yield {
          at,
          target: 'value',
          message: `The sunset \`${date}\` is past and the operation still described; remove it, or move the date.`,
        };
      }
    }
  },
});

/** The dates of extensions such as `x-sunset`, at the owner or one step below. */
function sunsetsOf(owner: Place): Place[] {
  return owner
    .entries()
    .filter(({ key }) => /^x-.*(?:sunset|removal-date|end-of-life)/i.test(key))
    .flatMap((at) => {
      return at.isObject ? at.entries().filter(({ key }) => /sunset|date/i.test(key)) : [at];
    });
}
