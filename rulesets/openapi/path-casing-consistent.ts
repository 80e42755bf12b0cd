import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { casingOf, toCasing, usualCasing } from '../casing.ts';
import { isParameter, pathsOf } from './http.ts';
import page from './path-casing-consistent.md';

export default defineApiRule({
  page,
  theme: 'resources',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    const paths = pathsOf(api);
    const usual = usualCasing([...new Set(paths.flatMap(({ key }) => segmentsOf(key)))], 3, 0.66);
    if (!usual) return;
    const odd = ({ key }: Place) => segmentsOf(key).find((segment) => (casingOf(segment) ?? usual) !== usual);
    yield* findingsOf(api, {
      among: paths.filter(({ key }) => segmentsOf(key).some((segment) => casingOf(segment) !== undefined)),
      keeps: (path) => odd(path) === undefined,
      placeOf: (path) => path,
      one: (path) =>
        `\`${odd(path)}\` in \`${path.key}\` departs from the API's ${usual}; write \`${toCasing(odd(path) ?? '', usual)}\`.`,
      many: (amount, path) =>
        `${amount} paths, such as \`${path.key}\`, depart from the API's ${usual}; write \`${toCasing(odd(path) ?? '', usual)}\` and the like.`,
    });
  },
});

/** The fixed segments, without extensions and verbs behind a colon. */
function segmentsOf(path: string): string[] {
  return path
    .split('/')
    .filter((segment) => segment !== '' && !isParameter(segment) && !segment.startsWith('.'))
    .map((segment) => segment.replace(/[.:].*$/, ''));
}
