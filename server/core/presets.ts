/**
 * The rulesets that Lintel's API rules are handed out as, by the names a Spectral ruleset extends them with.
 * `lintel:openapi` and `lintel:asyncapi` hold the rules of a format; as in Spectral, `recommended` (what one gets without
 * saying) leaves out those that ask for more than most teams want, `all` does not. `lintel:strict` is all of both;
 * `lintel:security` and `lintel:events` are the rules of a theme.
 */
import type { ApiRule, Theme } from './rule.ts';

const themesOf: Readonly<Record<string, readonly Theme[]>> = {
  'lintel:security': ['security'],
  'lintel:events': ['events', 'delivery', 'bindings', 'webhooks'],
};

/** The rules of a preset, `optIn` as they count in it; undefined for a name that is none. */
export function presetRules(name: string, rules: readonly ApiRule[]): readonly ApiRule[] | undefined {
  const whole = (chosen: readonly ApiRule[]) => chosen.map((rule) => ({ ...rule, optIn: false }));
  if (name === 'lintel:strict') return whole(rules);
  const themes = themesOf[name];
  if (themes) return whole(rules.filter((rule) => themes.includes(rule.theme)));
  const kind = /^lintel:(openapi|asyncapi)$/.exec(name)?.[1];
  return kind === undefined ? undefined : rules.filter((rule) => rule.formats.some((format) => format.startsWith(kind)));
}
