/**
 * Holds every single fix of documents against the law of fixes: `npm run fixes -- PATH… [options]`.
 *
 *   --preset recommended|strict|security|events   (default: strict)
 *   --rule ID       only fixes of this rule
 *   --each N        how many fixes of one rule to try in one file (default 3)
 *   --largest N     leave out files of more kilobytes (default 200)
 *   --commented     first put a comment above and behind every line that can have one
 *   --crlf          first end all lines with CR LF
 *
 * Each fix is applied alone, in memory. Then the file parses; no comment is lost but those within a member that the fix
 * takes away or replaces as a whole, or that stand before the members of what it empties; the finding is gone and no rule says
 * more at `error` or `warn` than before; keys that stay keep their order and their column; and lines end as they did.
 * Exit code 1: a fix broke the law.
 */
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Lexer } from 'yaml';
import { applyEdits } from '../server/core/create.ts';
import { parseApiDocument } from '../server/core/document.ts';
import type { Finding, Span } from '../server/core/finding.ts';
import { groupBy } from '../server/core/group.ts';
import type { Host } from '../server/core/host.ts';
import { dataOf, type MapNode, type Tree, type TreeNode } from '../server/core/tree/tree.ts';
import { spelledUri } from '../server/core/uri.ts';
import { selectFiles } from '../server/files.ts';
import { nodeHost } from '../server/host.ts';
import { kindOf, lintelWith, type Preset, type Selection, spread } from './corpus.ts';

/** A fix that was tried, and a sentence for each breach of the law. */
export interface Tried {
  readonly rule: string;
  readonly line: number;
  readonly breaches: readonly string[];
  /** Comments that went with what the fix took away or replaced as a whole. */
  readonly gone: number;
}

/** Applies each fix of a document alone (at most `each` of a rule) and looks at what came out. */
export async function* tryEach(
  uri: string,
  host: Host,
  selection: Selection,
  { rule, each = Infinity }: { readonly rule?: string | undefined; readonly each?: number } = {},
): AsyncGenerator<Tried> {
  const { lintel, config } = lintelWith(selection, host);
  const before = await lintel.check(uri, config);
  const mendable = before.filter(({ fix, rule: id }) => fix && (rule === undefined || id === rule));
  for (const finding of [...groupBy(mendable, ({ rule: id }) => id).values()].flatMap((some) => spread(some, each))) {
    const text = host.read(finding.uri) ?? '';
    const line = text.slice(0, finding.start).split('\n').length;
    const edits = finding.fix?.edits() ?? [];
    if (edits.length === 0) continue;
    const texts = new Map<string, string>();
    for (const [file, some] of groupBy(edits, (edit) => edit.uri)) texts.set(file, applyEdits(host.read(file) ?? '', some));
    const results = [...texts].map(([file, after]) => textBreaches(file, host.read(file) ?? '', after));
    const breaches = results.flatMap((result) => result.breaches);
    const gone = results.reduce((sum, result) => sum + result.gone, 0);
    const second = lintelWith(selection, { ...host, read: (file) => texts.get(file) ?? host.read(file) });
    breaches.push(...findingBreaches(finding, before, await second.lintel.check(uri, second.config)));
    yield { rule: finding.rule, line, breaches, gone };
  }
}

function findingBreaches(mended: Finding, before: readonly Finding[], after: readonly Finding[]): string[] {
  const breaches: string[] = [];
  const isSame = (other: Finding) => other.rule === mended.rule && other.message === mended.message && other.uri === mended.uri;
  const places = (list: readonly Finding[]) => list.filter(isSame).map(({ path }) => JSON.stringify(path));
  if (places(after).includes(JSON.stringify(mended.path)) && places(after).length >= places(before).length) {
    breaches.push('The finding stays.');
  }
  const grave = (list: readonly Finding[]) =>
    groupBy(
      list.filter(({ severity }) => severity === 'error' || severity === 'warn'),
      ({ rule }) => rule,
    );
  const known = grave(before);
  for (const [rule, some] of grave(after)) {
    if (some.length > (known.get(rule)?.length ?? 0)) {
      const messages = new Set(known.get(rule)?.map(({ message }) => message));
      breaches.push(`New: ${rule}: ${(some.find(({ message }) => !messages.has(message)) ?? some[0])?.message}`);
    }
  }
  return breaches;
}

/** What a fix must not have done to a text. */
export function textBreaches(uri: string, before: string, after: string): Pick<Tried, 'breaches' | 'gone'> {
  const [old, now] = [parseApiDocument(uri, before), parseApiDocument(uri, after)];
  const breaches: string[] = [];
  if (now.tree.errors.length > old.tree.errors.length) {
    return { breaches: [`No longer parses: ${now.tree.errors[0]?.message}`], gone: 0 };
  }
  let lost = 0;
  if (old.tree.language !== now.tree.language) breaches.push(`It is ${now.tree.language} now.`);
  const gone: Span[] = [];
  if (old.tree.root && now.tree.root) compare([], old.tree.root, now.tree.root, { old: before, now: after }, gone, breaches);
  const left = new Map<string, number>();
  for (const { text } of commentsOf(now.tree, after)) left.set(text, (left.get(text) ?? 0) + 1);
  for (const { text, start } of commentsOf(old.tree, before).sort((a, b) => Number(isGone(a, gone)) - Number(isGone(b, gone)))) {
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    if (count > 0) continue;
    if (isGone({ start }, gone)) lost++;
    else breaches.push(`Lost the comment: ${text}`);
  }
  for (const text of left.keys()) if ((left.get(text) as number) > 0) breaches.push(`Doubled the comment: ${text}`);
  const ends = (text: string) => `${/\r\n/.test(text) ? 'CR LF' : ''}${/(?<!\r)\n/.test(text) ? 'LF' : ''}`;
  if (ends(before) !== ends(after) && before.includes('\n')) breaches.push(`Lines end in ${ends(after)}, not ${ends(before)}.`);
  return { breaches, gone: lost };
}

function isGone({ start }: { readonly start: number }, gone: readonly Span[]): boolean {
  return gone.some((span) => start >= span.start && start < span.end);
}

/** Walks what both texts have: notes the spans that are gone, and keys that moved. */
function compare(
  path: readonly (string | number)[],
  old: TreeNode,
  now: TreeNode,
  texts: { old: string; now: string },
  gone: Span[],
  breaches: string[],
): void {
  if (old.kind !== now.kind || (old.kind === 'scalar' && now.kind === 'scalar')) {
    if (old.kind !== 'scalar') gone.push({ start: old.start, end: lineEnd(texts.old, old.end) });
    else if (JSON.stringify(dataOf(old)) !== JSON.stringify(dataOf(now))) gone.push(old);
    return;
  }
  if (old.kind === 'list' && now.kind === 'list') {
    const kept = alignment(old.items, now.items);
    for (const [index, item] of old.items.entries()) {
      const other = kept[index];
      if (other) compare([...path, index], item, other, texts, gone, breaches);
      else gone.push({ start: item.start, end: lineEnd(texts.old, item.end) });
    }
    return;
  }
  if (old.kind !== 'map' || now.kind !== 'map') return;
  const inside = (node: MapNode) => node.entries.filter(({ keySpan }) => keySpan.start >= node.start && keySpan.end <= node.end);
  const [entries, others] = [inside(old), inside(now)];
  if (others.length === 0 && entries.length > 0) gone.push({ start: old.start, end: lineEnd(texts.old, old.end) });
  const keys = new Set(entries.map(({ key }) => key));
  const pairs = entries.map((entry, index) => {
    const same = others.find(({ key }) => key === entry.key);
    const at = others[index];
    const isRenamed = at && !keys.has(at.key) && others.length === entries.length && isLike(entry.value, at.value);
    return { entry, other: same ?? (isRenamed ? at : undefined) };
  });
  const order = pairs.flatMap(({ other }) => (other ? [other.keySpan.start] : []));
  if (order.some((start, index) => start < (order[index - 1] ?? -1))) breaches.push(`Keys of ${path.join('.')} changed places.`);
  for (const { entry, other } of pairs) {
    if (!other) {
      gone.push({ start: entry.keySpan.start, end: lineEnd(texts.old, Math.max(entry.value.end, entry.keySpan.end)) });
      continue;
    }
    const isRenamed = other.key !== entry.key;
    if (!old.flow && !isRenamed && column(texts.old, entry.keySpan.start) !== column(texts.now, other.keySpan.start)) {
      breaches.push(`${[...path, entry.key].join('.')} is indented otherwise.`);
    }
    compare([...path, entry.key], entry.value, other.value, texts, gone, breaches);
  }
}

/** May the one be the other, renamed? */
function isLike(old: TreeNode, now: TreeNode): boolean {
  if (JSON.stringify(dataOf(old)) === JSON.stringify(dataOf(now))) return true;
  return (
    old.kind === 'map' && now.kind === 'map' && now.entries.some(({ key }) => old.entries.some((entry) => entry.key === key))
  );
}

/** For each item of a list the one it has become: the same value, else the one at its place where as many are there. */
function alignment(old: readonly TreeNode[], now: readonly TreeNode[]): (TreeNode | undefined)[] {
  if (now.length >= old.length) return [...old.keys()].map((index) => now[index]);
  const data = now.map((item) => JSON.stringify(dataOf(item)));
  let from = 0;
  return old.map((item) => {
    const found = data.indexOf(JSON.stringify(dataOf(item)), from);
    if (found >= 0) from = found + 1;
    return now[found];
  });
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end;
}

function column(text: string, offset: number): number {
  return offset - text.lastIndexOf('\n', offset - 1);
}

/** The comments of a text and where they begin. */
function commentsOf({ language }: Tree, text: string): { text: string; start: number }[] {
  if (language === 'json') {
    const tokens = text.matchAll(/"(?:\\.|[^"\\\n])*"|\/\/[^\n\r]*|\/\*[^]*?\*\//g);
    return [...tokens].filter(([token]) => token.startsWith('/')).map((match) => ({ text: match[0], start: match.index }));
  }
  const found: { text: string; start: number }[] = [];
  let [offset, isScalar] = [0, false];
  for (const token of new Lexer().lex(text)) {
    // The lexer announces a scalar with U+001F and a document with U+0002; what follows the first is text.
    if (/^[\u0002\u0018\u001f]$/.test(token)) {
      isScalar = token === '\u001f';
      continue;
    }
    if (!isScalar && token.startsWith('#')) found.push({ text: token.trimEnd(), start: offset });
    isScalar = false;
    offset += token.length;
  }
  return found;
}

/** The text with a comment of its own above and behind each line, where none would be a part of a value. */
export function commented(uri: string, text: string): string {
  const { tree } = parseApiDocument(uri, text);
  const mark = tree.language === 'json' ? '//' : '#';
  const taken = new Set<number>();
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lineOf = (offset: number) => starts.findLastIndex((start) => start <= offset);
  const visit = (node: TreeNode): void => {
    if (node.kind === 'scalar') {
      if (!text.slice(node.start, node.end).includes('\n')) return;
      const last = lineOf(node.end);
      for (let line = lineOf(node.start); line <= last; line++) taken.add(line);
    } else if (node.kind === 'list') node.items.forEach(visit);
    else for (const { value } of node.entries) visit(value);
  };
  if (tree.root) visit(tree.root);
  let number = 0;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(/\r?\n/);
  return lines
    .map((line, index) => {
      if (taken.has(index) || line.trim() === '' || /^(?:---|\.\.\.|%|\s*#)/.test(line)) return line;
      if (/^\s*\/[/*]/.test(line) && mark === '//') return line;
      const above = taken.has(index - 1) ? '' : `${/^ */.exec(line)?.[0]}${mark} above ${++number}${eol}`;
      return `${above}${line} ${mark} behind ${++number}`;
    })
    .join(eol);
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      preset: { type: 'string', default: 'strict' },
      rule: { type: 'string' },
      each: { type: 'string', default: '3' },
      largest: { type: 'string', default: '200' },
      commented: { type: 'boolean', default: false },
      crlf: { type: 'boolean', default: false },
    },
  });
  const { files } = await selectFiles(positionals, process.cwd());
  const selection = { preset: values.preset as Preset, lintelOnly: true } as const;
  const byRule = new Map<string, { tried: number; broken: number; gone: number }>();
  let count = 0;
  for (const path of files) {
    const uri = spelledUri(pathToFileURL(path).href);
    const text = nodeHost.read(uri) ?? '';
    if (text.length > Number(values.largest) * 1000 || kindOf(uri, text) !== 'documents') continue;
    const known = new Map<string, string | undefined>();
    const changed = (file: string) => {
      let read = nodeHost.read(file);
      if (read === undefined || !/\.(?:ya?ml|json)$/.test(file)) return read;
      if (values.crlf) read = read.replace(/\r?\n/g, '\r\n');
      const with_ = values.commented ? commented(file, read) : read;
      const same = JSON.stringify(parseApiDocument(file, with_).data) === JSON.stringify(parseApiDocument(file, read).data);
      return same ? with_ : read;
    };
    const host: Host = {
      ...nodeHost,
      read(file) {
        if (!known.has(file)) known.set(file, changed(file));
        return known.get(file);
      },
    };
    count++;
    try {
      for await (const { rule, line, breaches, gone } of tryEach(uri, host, selection, {
        rule: values.rule,
        each: Number(values.each),
      })) {
        const seen = byRule.get(rule) ?? { tried: 0, broken: 0, gone: 0 };
        byRule.set(rule, { tried: seen.tried + 1, broken: seen.broken + (breaches.length > 0 ? 1 : 0), gone: seen.gone + gone });
        for (const breach of breaches) process.stdout.write(`${relative(process.cwd(), path)}:${line}: ${rule}: ${breach}\n`);
      }
    } catch (error) {
      process.stdout.write(`${relative(process.cwd(), path)}: crashed: ${(error as Error).stack}\n`);
    }
  }
  let [tried, broken] = [0, 0];
  process.stdout.write(' tried broken comments gone  rule\n');
  for (const [rule, seen] of [...byRule].sort()) {
    tried += seen.tried;
    broken += seen.broken;
    process.stdout.write(
      `${String(seen.tried).padStart(6)} ${String(seen.broken).padStart(6)} ${String(seen.gone).padStart(13)}  ${rule}\n`,
    );
  }
  process.stdout.write(`${count} documents, ${tried} fixes tried, ${broken} broke the law.\n`);
  return broken > 0 ? 1 : 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
