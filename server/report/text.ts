/** Findings for a person at a terminal. */
import { type Finding, type Safety, type Severity, severities } from '../core/finding.ts';
import { byFile, type Locator, locator, type Sources } from './position.ts';

const nouns: Readonly<Record<Severity, readonly [one: string, many: string]>> = {
  error: ['error', 'errors'],
  warn: ['warning', 'warnings'],
  info: ['info', 'infos'],
  hint: ['hint', 'hints'],
};

/** One block per file, one line per finding, and a line that counts them. */
export function text(findings: readonly Finding[], sources: Sources): string {
  if (findings.length === 0) return 'No findings.\n';
  const locate = locator(sources);
  const blocks = [...byFile(findings)].map(([uri, group]) => block(sources.name(uri), group, locate));
  return `${blocks.join('\n')}\n${summary(findings)}\n`;
}

function block(file: string, findings: readonly Finding[], locate: Locator): string {
  const rows = findings.map((finding) => {
    const { line, column } = locate(finding.uri, finding).start;
    const message = finding.message.replace(/\s*[\r\n]+\s*/g, ' ');
    return { place: `${line}:${column}`, severity: finding.severity, message, rule: finding.rule };
  });
  const width = Math.max(...rows.map((row) => row.place.length));
  const lines = rows.map((row) => `  ${row.place.padStart(width)}  ${row.severity.padEnd(5)}  ${row.message}  ${row.rule}`);
  return `${[file, ...lines].join('\n')}\n`;
}

function summary(findings: readonly Finding[]): string {
  const counts = severities.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${nouns[severity][count === 1 ? 0 : 1]}`];
  });
  return `${counts.join(', ')}.${hint(findings)}`;
}

function hint(findings: readonly Finding[]): string {
  const count = (safety: Safety) => findings.filter((finding) => finding.fix?.safety === safety).length;
  const parts = [
    { number: count('safe'), option: '--fix' },
    { number: count('suggestion'), option: '--fix --unsafe' },
  ].filter(({ number }) => number > 0);
  if (parts.length === 0) return '';
  return ` Can be mended: ${parts.map(({ number, option }) => `${number} with ${option}`).join(', ')}.`;
}
