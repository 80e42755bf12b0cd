/** What Lintel reports by itself, whatever rules are on. Each has a page like any rule, in rulesets/lintel. */
import type { Finding, Severity, Span } from './finding.ts';
import { docs, head, type RuleBase } from './rule.ts';

const severities = {
  'ignore-reason': 'warn',
  'ignore-unused': 'warn',
  remote: 'info',
  'rule-failed': 'info',
  ruleset: 'error',
  syntax: 'error',
} as const satisfies Record<string, Severity>;

export type OwnId = keyof typeof severities;

/** The ids of everything Lintel reports by itself. */
export const ownIds = Object.keys(severities) as OwnId[];

/** A rule that has a page and a severity, and is checked by no function of its own. */
export interface OwnRule extends RuleBase {
  readonly on: 'lintel';
  readonly fix?: undefined;
}

/** The rule that a page in rulesets/lintel is about. */
export function defineOwnRule(page: string): OwnRule {
  const { id, summary } = head(page);
  return { on: 'lintel', id, summary, page, severity: severities[id as OwnId] };
}

/** A finding of Lintel's own. */
export function ownFinding(rule: OwnId, at: Span & { readonly uri: string }, message: string, host?: string): Finding {
  const { uri, start, end } = at;
  return {
    ...(host === undefined ? {} : { host }),
    uri,
    start,
    end,
    rule,
    severity: severities[rule],
    message,
    href: `${docs}/lintel/${rule}.md`,
  };
}
