/**
 * What is known about each file, from every document that was checked. A document's check also finds mistakes in the
 * files it refers to, and one such file may be reached from several documents: here the answers are put together.
 */
import type { Config } from '../core/config.ts';
import { compareFindings, type Finding } from '../core/finding.ts';
import { groupBy } from '../core/group.ts';
import type { Glance, Lintel } from '../core/lintel.ts';
import type { Text } from '../core/tree/text.ts';

export interface Reports {
  /**
   * Checks a document, the documents whose earlier check reached into it, and those it is a part of. The answer holds the findings of the
   * document and of every file its check touches or touched before (then perhaps none). Rejects when aborted.
   */
  check(uri: string, signal: AbortSignal): Promise<ReadonlyMap<string, readonly Finding[]>>;
  /** The same with what can be said at once (`Lintel.glance`). */
  glance(
    uri: string,
    signal: AbortSignal,
  ): Promise<Omit<Glance, 'findings'> & { files: ReadonlyMap<string, readonly Finding[]> }>;
  /** Forgets a document's check and answers with the files it touched, as they stand without it. */
  forget(uri: string): ReadonlyMap<string, readonly Finding[]>;
}

interface FileReport {
  /** The text the findings belong to. */
  readonly text: Text | undefined;
  readonly findings: readonly Finding[];
}

/** Makes an empty store of reports; `isOpen` says which files an editor shows. */
export function createReports(
  lintel: Lintel,
  config: (uri: string) => Promise<Config>,
  isOpen: (uri: string) => boolean,
): Reports {
  const byRoot = new Map<string, ReadonlyMap<string, FileReport>>();

  const touchedBy = (root: string) => [...(byRoot.get(root)?.keys() ?? [])];
  const rootsInto = (uri: string) => [...byRoot.keys()].filter((root) => root !== uri && byRoot.get(root)?.has(uri));

  const checkRoot = async (root: string, signal: AbortSignal, atOnce: boolean): Promise<Omit<Glance, 'findings'>> => {
    const settings = await config(root);
    const { findings, ...glance }: Glance = atOnce
      ? await lintel.glance(root, settings, signal)
      : { findings: await lintel.check(root, settings, signal), isWhole: true };
    signal.throwIfAborted();
    if (glance.isLate) return glance;
    // Of a description that nobody looks at, what concerns the files that are looked at.
    const heard = isOpen(root) ? findings : findings.filter(({ uri }) => isOpen(uri));
    const files = groupBy(heard, (finding) => finding.uri);
    byRoot.set(root, new Map([...files].map(([uri, of]) => [uri, { text: lintel.content(uri), findings: of }])));
    return glance;
  };

  const checkAll = async (uri: string, signal: AbortSignal, atOnce: boolean) => {
    const before = touchedBy(uri);
    const glance = { isWhole: true, isCut: false, isLate: false };
    const roots = new Set([uri, ...rootsInto(uri), ...(await lintel.rootsOf(uri, signal))]);
    for (const root of roots) {
      const { isWhole, isCut, isLate } = await checkRoot(root, signal, atOnce);
      glance.isWhole &&= isWhole;
      glance.isCut ||= isCut === true;
      glance.isLate ||= isLate === true;
    }
    return { files: standing([uri, ...before, ...touchedBy(uri)]), ...glance };
  };

  const standing = (uris: Iterable<string>) =>
    new Map(
      [...new Set(uris)].map((uri) => {
        const text = lintel.content(uri);
        const reached = [...byRoot].flatMap(([root, files]) => {
          const report = files.get(uri);
          return report?.text === text ? (report?.findings ?? []).map((finding) => ({ root, finding })) : [];
        });
        return [uri, together(uri, reached)] as const;
      }),
    );

  return {
    check: async (uri, signal) => (await checkAll(uri, signal, false)).files,
    glance: (uri, signal) => checkAll(uri, signal, true),
    forget(uri) {
      const touched = touchedBy(uri);
      byRoot.delete(uri);
      return standing([uri, ...touched]);
    },
  };
}

/** Each finding in a file once, with the descriptions that the file is a part of and that made it. */
function together(uri: string, reached: readonly { root: string; finding: Finding }[]): readonly Finding[] {
  const sorted = reached.toSorted((a, b) => compareFindings(a.finding, b.finding));
  const all: { finding: Finding; roots: Set<string> }[] = [];
  for (const { root, finding } of sorted) {
    let last = all.at(-1);
    if (!last || compareFindings(last.finding, finding) !== 0) all.push((last = { finding, roots: new Set() }));
    if (root !== uri) last.roots.add(root);
  }
  return all.map(({ finding, roots }) => {
    if (roots.size === 0) return finding;
    const message =
      finding.rule === 'ruleset' ? 'This document is checked with the ruleset.' : 'This description refers to the file.';
    const parts = [...roots].map((root) => ({ uri: root, start: 0, end: 0, message }));
    // Made from the finding, not copied: a copy would ask for its fix.
    return Object.create(finding, { related: { value: [...(finding.related ?? []), ...parts], enumerable: true } }) as Finding;
  });
}
