/** Findings as workflow commands of GitHub Actions, which shows them in the changed files. */
import type { Finding, Severity } from '../core/finding.ts';
import { locator, type Range, type Sources } from './position.ts';

const commands: Readonly<Record<Severity, string>> = { error: 'error', warn: 'warning', info: 'notice', hint: 'notice' };

/** One workflow command per finding. */
export function github(findings: readonly Finding[], sources: Sources): string {
  const locate = locator(sources);
  return findings
    .map((finding) => {
      const properties = {
        file: sources.name(finding.uri),
        ...place(locate(finding.uri, finding)),
        title: finding.rule,
      };
      const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
      return `::${commands[finding.severity]} ${list.join(',')}::${escapeData(finding.message)}\n`;
    })
    .join('');
}

/** GitHub takes columns only for what stands on one line. */
function place({ start, end }: Range): Record<string, number> {
  if (start.line !== end.line) return { line: start.line, endLine: end.line };
  return { line: start.line, endLine: end.line, col: start.column, endColumn: end.column };
}

function escapeData(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(value: string): string {
  return escapeData(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
