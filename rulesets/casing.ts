/** The casing that names have, and the one that most of them have. */
import { groupBy } from '../server/core/group.ts';

type Casing = 'camelCase' | 'PascalCase' | 'snake_case' | 'kebab-case' | 'UPPER_CASE';

const forms: readonly (readonly [Casing, RegExp])[] = [
  ['snake_case', /^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$/],
  ['kebab-case', /^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/],
  ['UPPER_CASE', /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/],
  ['camelCase', /^[a-z][a-z0-9]*(?:[A-Z][A-Za-z0-9]*)+$/],
  ['PascalCase', /^(?:[A-Z][a-z0-9]+){2,}$/],
];

/** The casing of a name of several words; a single word has none, and neither has a mixture. */
export function casingOf(name: string): Casing | undefined {
  return forms.find(([, form]) => form.test(name))?.[0];
}

/** The casing of at least `share` of the names that have one, if they are enough to show a custom. */
export function usualCasing(names: readonly string[], enough: number, share: number): Casing | undefined {
  const groups = groupBy(
    names.map(casingOf).filter((casing) => casing !== undefined),
    (casing) => casing,
  );
  const [most, ...others] = [...groups.values()].sort((a, b) => b.length - a.length);
  const all = others.reduce((sum, group) => sum + group.length, most?.length ?? 0);
  return most && most.length >= enough && most.length >= share * all ? most[0] : undefined;
}

/** The name in another casing. */
export function toCasing(name: string, casing: Casing): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .split(/[-_ ]+/)
    .map((word) => word.toLowerCase());
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  if (casing === 'snake_case') return words.join('_');
  if (casing === 'kebab-case') return words.join('-');
  if (casing === 'UPPER_CASE') return words.join('_').toUpperCase();
  return words.map((word, index) => (index === 0 && casing === 'camelCase' ? word : capital(word))).join('');
}
