/** Hover: the page of the rule behind a finding, and of a rule named in an ignore comment. */
import { type Hover, MarkupKind } from 'vscode-languageserver/node';
import type { Finding, Span } from '../core/finding.ts';
import type { Lintel } from '../core/lintel.ts';
import { linesOf } from './convert.ts';
import type { Session } from './session.ts';

/** Answers `textDocument/hover`. */
export function serveHover(session: Session): void {
  const { connection, lintel, reports, texts } = session;
  connection.onHover(({ textDocument: { uri }, position }, token) =>
    session.answer(token, async (signal): Promise<Hover | null> => {
      const text = texts.text(uri);
      if (text === undefined) return null;
      const lines = linesOf(text);
      const offset = lines.offset(position);
      const help =
        lintel.hoverIgnore(uri, offset) ?? ofFindings((await reports.check(uri, signal)).get(uri) ?? [], offset, lintel);
      return help ? { contents: { kind: MarkupKind.Markdown, value: help.markdown }, range: lines.range(help) } : null;
    }),
  );
}

function ofFindings(findings: readonly Finding[], offset: number, lintel: Lintel): (Span & { markdown: string }) | undefined {
  const here = findings.filter(({ start, end }) => start <= offset && offset <= end);
  const narrowest = here.toSorted((a, b) => a.end - a.start - (b.end - b.start))[0];
  if (!narrowest) return undefined;
  const pages = new Set(here.flatMap((finding) => pageOf(finding, lintel) ?? []));
  if (pages.size === 0) return undefined;
  return { start: narrowest.start, end: narrowest.end, markdown: [...pages].join('\n\n---\n\n') };
}

/** The page of a built-in rule, or a link to the page of another; the message itself stands in the diagnostic. */
function pageOf({ rule, href }: Finding, lintel: Lintel): string | undefined {
  return lintel.rules.get(rule)?.page ?? (href ? `[${rule}](${href})` : undefined);
}
