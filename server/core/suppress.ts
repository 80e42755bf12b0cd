/**
 * Silencing one finding, with a reason: `# lintel-ignore <rule>: <reason>` in YAML, `// lintel-ignore <rule>: <reason>`
 * in code and commented JSON, `--` in SQL, on the line itself or the line before; `"x-lintel-ignore": ["<rule>: <reason>"]` in the
 * object around the finding in JSON. A missing reason, and an ignore that silences nothing, are findings themselves.
 */
import type { ApiDocument } from './document.ts';
import type { Finding, Path, Span, TextEdit } from './finding.ts';
import { ownFinding } from './own.ts';
import { editTree } from './tree/edit.ts';
import { nodeAt, pathAt, type TreeNode } from './tree/tree.ts';

/** One ignore as it is written. */
export interface Ignore extends Span {
  readonly rule: string;
  readonly reason: string;
  covers(finding: Span): boolean;
}

const comment = /(?:#|\/\/|--)[ \t]*lintel-ignore(?:[ \t]+([\w$-]+))?[ \t]*(?::[ \t]*([^\r\n]*))?/g;

/** Ignore comments of a text, in order. `mark` is what a comment begins with in this language. */
export function ignoreComments(text: string, mark: '#' | '//' | '--'): Ignore[] {
  if (!text.includes('lintel-ignore')) return [];
  const found: Ignore[] = [];
  for (const match of text.matchAll(comment)) {
    if (!match[0].startsWith(mark)) continue;
    const lineStart = text.lastIndexOf('\n', match.index - 1) + 1;
    const own = /^\s*$/.test(text.slice(lineStart, match.index));
    const line = own ? nextLine(text, match.index) : { start: lineStart, end: endOfLine(text, match.index) };
    found.push({
      start: match.index,
      end: match.index + match[0].trimEnd().length,
      rule: match[1] ?? '',
      reason: (match[2] ?? '').trim(),
      covers: (finding) => finding.start >= line.start && finding.start <= line.end,
    });
  }
  return found;
}

/** The first line below that is neither empty nor another ignore comment. */
function nextLine(text: string, offset: number): Span {
  let start = endOfLine(text, offset) + 1;
  while (start < text.length) {
    const end = endOfLine(text, start);
    const line = text.slice(start, end);
    if (!/^\s*$/.test(line) && !/^\s*(?:#|\/\/|--)/.test(line)) return { start, end };
    start = end + 1;
  }
  return { start: text.length + 1, end: text.length + 1 };
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end;
}

/** `x-lintel-ignore` members of a JSON document: each silences its rule inside the object that holds it. */
export function ignoreMembers(document: ApiDocument): Ignore[] {
  if (!document.text.includes('x-lintel-ignore')) return [];
  const found: Ignore[] = [];
  const visit = (node: TreeNode | undefined): void => {
    if (node?.kind === 'list') node.items.forEach(visit);
    if (node?.kind !== 'map') return;
    for (const entry of node.entries) {
      if (entry.key !== 'x-lintel-ignore') {
        visit(entry.value);
        continue;
      }
      const items = entry.value.kind === 'list' ? entry.value.items : [entry.value];
      for (const item of items) {
        const text = item.kind === 'scalar' ? String(item.value ?? '') : '';
        const [rule = '', ...reason] = text.split(':');
        found.push({
          start: item.start,
          end: item.end,
          rule: rule.trim(),
          reason: reason.join(':').trim(),
          covers: (finding) => finding.start >= node.start && finding.end <= node.end,
        });
      }
    }
  };
  visit(document.tree.root);
  return found;
}

/** Takes the silenced findings away and adds what is wrong with the ignores themselves. */
export function applyIgnores(uri: string, findings: readonly Finding[], ignores: readonly Ignore[]): Finding[] {
  if (ignores.length === 0) return [...findings];
  const used = new Set<Ignore>();
  const kept = findings.filter((finding) => {
    if (finding.uri !== uri) return true;
    const ignore = ignores.find((each) => each.rule === finding.rule && each.covers(finding));
    if (ignore) used.add(ignore);
    return !ignore;
  });
  for (const ignore of ignores) {
    const place = { uri, start: ignore.start, end: ignore.end };
    if (ignore.reason === '') {
      const name = ignore.rule === '' ? '<rule>' : ignore.rule;
      kept.push(ownFinding('ignore-reason', place, `This ignore gives no reason: write \`lintel-ignore ${name}: why\`.`));
    }
    if (!used.has(ignore)) {
      const message =
        ignore.rule === ''
          ? 'This ignore names no rule and silences nothing: name the rule or remove it.'
          : `This ignore silences nothing: \`${ignore.rule}\` reports nothing here. Remove it.`;
      kept.push({ ...ownFinding('ignore-unused', place, message), tags: ['unnecessary'] });
    }
  }
  return kept;
}

/** The edit that writes an ignore for a finding, above its line. */
export function ignoreComment(text: string, finding: Finding, mark: '#' | '//' | '--', reason: string): TextEdit {
  const start = text.lastIndexOf('\n', finding.start - 1) + 1;
  const indent = /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  return { uri: finding.uri, start, end: start, newText: `${indent}${mark} lintel-ignore ${finding.rule}: ${reason}${end}` };
}

/** The edit that writes an ignore into the closest JSON object around a finding. */
export function ignoreMember(document: ApiDocument, finding: Finding, reason: string): TextEdit | undefined {
  let path: Path = finding.path ?? pathAt(document.tree, finding.start);
  while (path.length > 0 && nodeAt(document.tree, path)?.kind !== 'map') path = path.slice(0, -1);
  const holder = nodeAt(document.tree, path);
  if (holder?.kind !== 'map') return undefined;
  const entry = `${finding.rule}: ${reason}`;
  const existing = holder.entries.find(({ key }) => key === 'x-lintel-ignore');
  const editor = editTree(document);
  if (existing?.value.kind === 'list') editor.append([...path, 'x-lintel-ignore'], entry);
  else editor.set([...path, 'x-lintel-ignore'], [entry]);
  return editor.edits()[0];
}
