/** Findings as a JUnit report: one suite per file, one failed case per finding. */
import type { Finding } from '../core/finding.ts';
import { byFile, type Locator, locator, type Sources } from './position.ts';

/** JUnit XML. A run without findings is one passed case, because many readers take an empty report for a broken one. */
export function junit(findings: readonly Finding[], sources: Sources): string {
  const locate = locator(sources);
  const suites = [...byFile(findings)].map(([uri, group]) => suite(sources.name(uri), group, locate));
  const body = suites.length > 0 ? suites : [suiteOf('lintel', 1, 0, ['    <testcase name="no findings" classname="lintel"/>'])];
  const tests = Math.max(1, findings.length);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="lintel" tests="${tests}" failures="${findings.length}" errors="0">`,
    ...body,
    '</testsuites>\n',
  ].join('\n');
}

function suite(file: string, findings: readonly Finding[], locate: Locator): string {
  const cases = findings.map((finding) => {
    const { line, column } = locate(finding.uri, finding).start;
    const attributes = `message="${escapeXml(finding.message)}" type="${finding.severity}"`;
    return [
      `    <testcase name="${escapeXml(`${finding.rule} at ${line}:${column}`)}" classname="${escapeXml(file)}">`,
      `      <failure ${attributes}>${escapeXml(`${file}:${line}:${column}`)}</failure>`,
      '    </testcase>',
    ].join('\n');
  });
  return suiteOf(file, findings.length, findings.length, cases);
}

function suiteOf(name: string, tests: number, failures: number, cases: readonly string[]): string {
  return [
    `  <testsuite name="${escapeXml(name)}" tests="${tests}" failures="${failures}" errors="0">`,
    ...cases,
    '  </testsuite>',
  ].join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Characters that XML cannot hold even as entities are replaced. */
function escapeXml(value: string): string {
  return value
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"\n\r\t]/g, (character) => entities[character] as string);
}
