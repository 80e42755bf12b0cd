/** The value that was meant instead of the one that stands there, where that can be told. */
import type { Place } from '../model/api.ts';
import type { ApiRule, TreeEditors } from '../rule.ts';
import { nearest } from './nearest.ts';
import { quote } from './say.ts';
import type { JsonType } from './shape.ts';

export interface Meant {
  readonly value: unknown;
  /** The text that stands there, in quotes: `1.10` is not the number it is read as. */
  readonly asText?: boolean;
}

/** A number that should be text, or a text that should be a number or a boolean. */
export function meantOfTypes(types: readonly JsonType[], value: unknown): Meant | undefined {
  if (types.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) {
    return { value: String(value), asText: true };
  }
  if (typeof value !== 'string') return undefined;
  if (types.includes('boolean') && /^(?:true|false)$/.test(value)) return { value: value === 'true' };
  const number = Number(value);
  const isWhole = types.includes('number') || (types.includes('integer') && Number.isInteger(number));
  return isWhole && String(number) === value ? { value: number } : undefined;
}

/** The nearest of the values that may stand there. */
export function meantOfValues(values: readonly unknown[], value: unknown): Meant | undefined {
  if (typeof value !== 'string') return undefined;
  const close = nearest(
    value,
    values.filter((each) => typeof each === 'string'),
  );
  return close === undefined ? undefined : { value: close };
}

/** Writes what was meant, and says so. */
export function writeMeant(at: Place, { value, asText = false }: Meant, edit: TreeEditors): string {
  if (asText) edit(at).asText(at.path);
  else edit(at).set(at.path, value);
  if (asText || value === 'null') return 'Put it in quotes';
  return typeof value === 'string' ? `Write ${quote(value)}` : 'Take it out of the quotes';
}

/** The fix of rules whose problems' data is the name that was meant, in place of the marked key or value. */
export const writeName: NonNullable<ApiRule<string | undefined>['fix']> = {
  safety: 'suggestion',
  apply({ at, target, data: meant }, edit) {
    if (meant === undefined) return undefined;
    if (target === 'value') return writeMeant(at, { value: meant }, edit);
    edit(at).rename(at.path, meant);
    return `Rename to ${quote(meant)}`;
  },
};
