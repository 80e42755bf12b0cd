/** Findings as SARIF 2.1.0, for code scanning. */
import manifest from '../../package.json' with { type: 'json' };
import type { Finding, Severity, Span } from '../core/finding.ts';
import { type Locator, locator, type Sources } from './position.ts';

const levels: Readonly<Record<Severity, string>> = { error: 'error', warn: 'warning', info: 'note', hint: 'note' };

/** One SARIF run; the rules that have findings are described with their pages. */
export function sarif(findings: readonly Finding[], sources: Sources): string {
  const locate = locator(sources);
  const ids = [...new Set(findings.map((finding) => finding.rule))].sort();
  const hrefs = new Map(findings.map((finding) => [finding.rule, finding.href]));
  const driver = {
    name: manifest.displayName,
    version: manifest.version,
    rules: ids.map((id) => descriptor(id, hrefs.get(id), sources)),
  };
  const results = findings.map((finding) => result(finding, ids.indexOf(finding.rule), sources, locate));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function descriptor(id: string, href: string | undefined, { rules }: Sources): object {
  const rule = rules.get(id);
  return {
    id,
    ...(rule && {
      shortDescription: { text: rule.summary },
      help: { text: rule.summary, markdown: rule.page },
      defaultConfiguration: { level: levels[rule.severity] },
    }),
    ...(href && { helpUri: href }),
  };
}

function result(finding: Finding, ruleIndex: number, sources: Sources, locate: Locator): object {
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: levels[finding.severity],
    message: { text: finding.message },
    locations: [location(finding, sources, locate)],
    ...(finding.related && {
      relatedLocations: finding.related.map((related, id) => ({
        id,
        ...location(related, sources, locate),
        message: { text: related.message },
      })),
    }),
  };
}

function location(place: Span & { readonly uri: string }, sources: Sources, locate: Locator): object {
  const { start, end } = locate(place.uri, place);
  const region = { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
  return { physicalLocation: { artifactLocation: { uri: address(place.uri, sources) }, region } };
}

/** Relative to the folder of the run, as code scanning wants it; files outside that folder keep their whole URI. */
function address(uri: string, sources: Sources): string {
  const name = sources.name(uri);
  if (/^(?:\.\.\/|\/|[a-z][a-z+.-]*:)/i.test(name)) return uri;
  return name.split('/').map(encodeURIComponent).join('/');
}
