import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { isParameter, pathsOf } from './http.ts';
import page from './path-noun.md';

/** Verbs that a method says already; those of a trade (`cancel`, `capture`, `approve`) name what no method can. */
const verb = '(?:get|fetch|retrieve|list|create|insert|update|modify|delete|remove)';
const whole = new RegExp(`^${verb}$`, 'i');
const leading = new RegExp(`^${verb}(?:(?=[A-Z])|[-_])(?<rest>.+)$`);

export default defineApiRule<readonly Place[]>({
  page,
  theme: 'resources',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: pathsOf(api),
      keeps: ({ key }) => verbIn(key) === undefined,
      placeOf: (path) => path,
      one: ({ key }) => `\`${verbIn(key)}\` in \`${key}\` is a verb, and the method says it already; name the resource.`,
      many: (amount, { key }) =>
        `${amount} paths, such as \`${key}\`, have verbs like \`${verbIn(key)}\`, which the method says already; name the resource.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      const taken = new Set(pathsOf(api).map(({ key }) => formOf(key)));
      let changed = 0;
      for (const path of data) {
        const name = withoutVerbs(path.key);
        if (name === '' || taken.has(formOf(name))) continue;
        taken.add(formOf(name));
        edit(path).rename(path.path, name);
        changed++;
      }
      return changed > 0 ? 'Name the resource' : undefined;
    },
  },
});

function verbIn(path: string): string | undefined {
  return path.split('/').find((segment) => !isParameter(segment) && (whole.test(segment) || leading.test(segment)));
}

/** Paths that differ in the names of their parameters alone are the same. */
function formOf(path: string): string {
  return path.replaceAll(/\{[^{}]*\}/g, '{}');
}

function withoutVerbs(path: string): string {
  return path
    .split('/')
    .filter((segment) => !whole.test(segment))
    .map((segment) => {
      const rest = leading.exec(segment)?.groups?.rest;
      return rest === undefined ? segment : rest.charAt(0).toLowerCase() + rest.slice(1);
    })
    .join('/');
}
