import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule, type RuleOptions } from '../../server/core/rule.ts';
import { isParameter, pathsOf } from './http.ts';
import page from './path-nesting-depth.md';

export default defineApiRule({
  page,
  theme: 'resources',
  severity: 'info',
  optIn: true,
  formats: ['openapi'],
  optionsSchema: {
    type: 'object',
    properties: { maximum: { type: 'integer', minimum: 1, default: 3, description: 'Most ids in a path.' } },
    additionalProperties: false,
  },
  *check(api, options) {
    const maximum = maximumOf(options);
    yield* findingsOf(api, {
      among: pathsOf(api),
      keeps: ({ key }) => idsIn(key) <= maximum,
      placeOf: (path) => path,
      one: ({ key }) => `\`${key}\` wants ${idsIn(key)} ids to find one thing; give the inner resource a path of its own.`,
      many: (amount, { key }) =>
        `${amount} paths, such as \`${key}\`, want more than ${maximum} ids to find one thing; give inner resources paths of their own.`,
    });
  },
});

function maximumOf({ maximum }: RuleOptions): number {
  return typeof maximum === 'number' && maximum >= 1 ? maximum : 3;
}

function idsIn(path: string): number {
  return path.split('/').filter(isParameter).length;
}
