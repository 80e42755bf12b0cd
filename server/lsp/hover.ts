/** Hover: the page of the rule behind a finding or in an ignore comment, what a reference leads to, what a keyword means. */
import { type Hover, MarkupKind } from 'vscode-languageserver/node';
import { briefPage } from '../core/brief.ts';
import type { Finding, Span } from '../core/finding.ts';
import type { Lintel } from '../core/lintel.ts';
import type { KeywordHelp } from './keywords.ts';
import type { Session } from './session.ts';

/** Answers `textDocument/hover`: what is wrong comes first. */
export function serveHover(session: Session, keywords: KeywordHelp): void {
  const { connection, lintel, reports, settings, texts } = session;
  connection.onHover(({ textDocument: { uri }, position }, token) =>
    session.answer(token, async (signal): Promise<Hover | null> => {
      const text = texts.text(uri);
      if (text === undefined || !(await settings.of(uri)).enable) return null;
      const lines = texts.lines(uri);
      const offset = lines.offset(position);
      const ignore = lintel.hoverIgnore(uri, offset);
      const explained = ignore
        ? undefined
        : keywords.ask(uri, offset, (known, question) => known.explain(question, signal), signal);
      const wrong = ignore ?? ofFindings((await reports.glance(uri, signal)).files.get(uri) ?? [], offset, lintel);
      const inRuleset = await lintel.explainInRuleset(uri, offset, await settings.of(uri));
      const parts = [wrong, inRuleset ?? ofReference(uri, offset, lintel) ?? (await explained)].filter(
        (part) => part !== undefined,
      );
      const [first] = parts;
      if (!first) return null;
      const value = parts.map(({ markdown }) => markdown).join(separator);
      return { contents: { kind: MarkupKind.Markdown, value }, range: lines.range(first) };
    }),
  );
}

const separator = '\n\n---\n\n';

function ofReference(uri: string, offset: number, lintel: Lintel): Help | undefined {
  const reference = lintel.referenceAt(uri, offset);
  return reference && { start: reference.start, end: reference.end, markdown: reference.excerpt };
}

type Help = Span & { readonly markdown: string };

function ofFindings(findings: readonly Finding[], offset: number, lintel: Lintel): Help | undefined {
  const here = findings.filter(({ start, end }) => start <= offset && offset <= end);
  const narrowest = here.toSorted((a, b) => a.end - a.start - (b.end - b.start))[0];
  if (!narrowest) return undefined;
  const pages = new Set(here.flatMap((finding) => pageOf(finding, lintel) ?? []));
  if (pages.size === 0) return undefined;
  return { start: narrowest.start, end: narrowest.end, markdown: [...pages].join(separator) };
}

/** The page of a built-in rule, or a link to the page of another; the message itself stands in the diagnostic. */
function pageOf({ rule, href }: Finding, lintel: Lintel): string | undefined {
  const own = lintel.rules.get(rule);
  return own ? briefPage(own.page, href) : href && `[${rule}](${href})`;
}
