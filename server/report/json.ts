/** Findings as JSON, for programs. */
import type { Finding } from '../core/finding.ts';
import { type Locator, locator, type Sources } from './position.ts';

/** An array of `{ rule, severity, message, file, range, path?, fix? }`, lines and columns from 1. */
export function json(findings: readonly Finding[], sources: Sources): string {
  const locate = locator(sources);
  return `${JSON.stringify(
    findings.map((finding) => entry(finding, sources, locate)),
    null,
    2,
  )}\n`;
}

function entry(finding: Finding, sources: Sources, locate: Locator): object {
  const { rule, severity, message, uri, path, fix } = finding;
  return {
    rule,
    severity,
    message,
    file: sources.name(uri),
    range: locate(uri, finding),
    ...(path && { path }),
    ...(fix && { fix: { title: fix.title, safety: fix.safety } }),
  };
}
