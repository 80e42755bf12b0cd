/**
 * Where the references of a description lead, and which could be written at a place: `$ref` and `operationRef`. Names that
 * lead somewhere (`names.ts`) are followed too.
 */
import { type ApiDocument, type Format, rangeAt } from './document.ts';
import type { Path, Span } from './finding.ts';
import type { Host } from './host.ts';
import { Api, type LoadDocument, type Place, pointer } from './model/api.ts';
import { namedAt } from './names.ts';
import { resolveUri, uriIn } from './uri.ts';
import { parseJson } from './tree/json.ts';
import { keysIn, outlineAt } from './tree/outline.ts';
import { entryAt, nodeAt, pathAt, type TreeNode } from './tree/tree.ts';
import { parseYaml } from './tree/yaml.ts';

/** A reference as it is written, and what it means. */
export interface Reference extends Span {
  readonly target: Target;
  /** The first lines of the target and where it stands, Markdown. */
  readonly excerpt: string;
}

export interface Target {
  readonly uri: string;
  /** The key, or what marks the place where there is no key. */
  readonly name: Span;
  /** The key and its value. */
  readonly whole: Span;
}

/** The reference at an offset, if what it means is there. */
export function referenceAt(doc: ApiDocument, offset: number, load: LoadDocument): Reference | undefined {
  const path = pathAt(doc.tree, offset);
  const entry = entryAt(doc.tree, path);
  const node = nodeAt(doc.tree, path);
  const span = entry && offset <= entry.keySpan.end ? entry.keySpan : node;
  if (!span) return undefined;
  const api = new Api(doc, doc.format ?? { kind: 'openapi', version: '3.1' }, load);
  const value = node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
  const place = meaningOf(api, path, value, span === entry?.keySpan);
  return place?.exists
    ? { start: span.start, end: span.end, target: targetOf(place), excerpt: excerptOf(place, doc.uri) }
    : undefined;
}

function meaningOf(api: Api, path: Path, value: string | undefined, onKey: boolean): Place | undefined {
  const last = path.at(-1);
  if (value !== undefined && isReferenceKey(last)) return api.resolve(api.document, value);
  if (!api.document.format) return undefined;
  if (onKey) return namedAt(api, path, String(last), true);
  if (value === undefined) return undefined;
  if (isMappedReference(path, value)) return api.resolve(api.document, value);
  return namedAt(api, path, value, false);
}

function targetOf({ doc, path }: Place): Target {
  const name = rangeAt(doc, path, 'key');
  const node = nodeAt(doc.tree, path);
  const start = entryAt(doc.tree, path)?.keySpan.start ?? node?.start ?? 0;
  return { uri: doc.uri, name, whole: { start, end: Math.max(name.end, node?.end ?? 0) } };
}

function excerptOf(place: Place, from: string): string {
  const { uri, name, whole } = targetOf(place);
  const { text } = place.doc;
  const lineStart = text.lastIndexOf('\n', whole.start - 1) + 1;
  const lines = text.slice(lineStart, whole.end).split(/\r?\n/);
  const indent = /^[ \t]*/.exec(lines[0] as string)?.[0] ?? '';
  const shown = lines.slice(0, longestExcerpt).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
  if (lines.length > longestExcerpt) shown.push(/^\s*[{["]/.test(lines[0] as string) ? '…' : '# …');
  const line = text.slice(0, name.start).split('\n').length;
  const file = decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
  const fence = shown.some((each) => each.includes('```')) ? '~~~~' : '```';
  const language = /^\s*["{[]/.test(shown[0] as string) ? 'json' : 'yaml';
  return `${fence}${language}\n${shown.join('\n')}\n${fence}\n\n[${uri === from ? `Line ${line}` : `${file}, line ${line}`}](${uri}#L${line})`;
}

const longestExcerpt = 12;

/** Is the value of such a key a reference? */
export function isReferenceKey(key: unknown): boolean {
  return key === '$ref' || key === '$dynamicRef' || key === 'operationRef';
}

/** Is it what a discriminator maps to, and a reference, not the name of a schema? */
export function isMappedReference(path: Path, value: string): boolean {
  const [last, holder, outer] = [path.at(-1), path.at(-2), path.at(-3)];
  const isMapped = (holder === 'mapping' && outer === 'discriminator') || last === 'defaultMapping';
  return isMapped && /[#/.]/.test(value);
}

/** A reference into another file. */
export interface Link extends Span {
  /** The reference, with the URI of the file made absolute. */
  readonly target: string;
}

/** References of a document that lead out of it, in order. */
export function linksOf(doc: ApiDocument): Link[] {
  const links: Link[] = [];
  const visit = (node: TreeNode): void => {
    if (node.kind === 'list') node.items.forEach(visit);
    if (node.kind !== 'map') return;
    for (const { key, value } of node.entries) {
      visit(value);
      if (!isReferenceKey(key) || value.kind !== 'scalar' || typeof value.value !== 'string') continue;
      const target = resolveUri(value.value, doc.uri);
      if (!/^(?:#|$)/.test(value.value) && /^(?:file|https?):/.test(target))
        links.push({ start: value.start, end: value.end, target });
    }
  };
  if (doc.tree.root) visit(doc.tree.root);
  return links.sort((a, b) => a.start - b.start);
}

/** The place in a file that an absolute reference names; undefined when nothing is there. */
export function targetOfLink(link: string, load: LoadDocument): Target | undefined {
  const doc = load(link.split('#', 1)[0] as string);
  const place = doc && new Api(doc, { kind: 'openapi', version: '3.1' }, load).resolve(doc, link);
  return place && targetOf(place);
}

/** Replaces `start` to `end` by `insert`. */
export interface ReferenceCompletion extends Span {
  readonly label: string;
  readonly kind: 'pointer' | 'file' | 'folder';
  readonly insert: string;
  /** What the editor compares with what is written already. */
  readonly filter: string;
}

/** What stands before an offset on its line where the value of a reference is being written. */
const written = /(?:^|[\s{,])(["']?)(\$ref|operationRef)\1[ \t]*:([ \t]*)(?:(["'])([^"'\n]*)|([^"'\s{},][^\n{},]*)?)$/;

/**
 * References that fit at an offset: those whose kind is known to fit there, else all; undefined when no reference is
 * being written there. The text need not parse.
 */
export function completeReference(
  { uri, text, format }: { uri: string; text: string; format: Format | undefined },
  offset: number,
  host: Host,
  load: LoadDocument,
): ReferenceCompletion[] | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const match = written.exec(text.slice(lineStart, offset));
  if (!match) return undefined;
  const [, keyQuote, key = '', blank, quote = '', quoted, plain = ''] = match;
  const json = keyQuote === '"' && /^\uFEFF?\s*\{/.test(text);
  if (json && quote === '') return undefined;
  const typed = quoted ?? plain;
  const start = offset - typed.length - quote.length;
  const rest = /^[^"'\s{},]*/.exec(text.slice(offset))?.[0].length ?? 0;
  const closed = quote !== '' && text[offset + rest] === quote;
  const end = offset + rest + (closed ? 1 : 0);

  const mark = quote || (text.split('"#/').length > text.split("'#/").length ? '"' : "'");
  const item = (reference: string, kind: ReferenceCompletion['kind']): ReferenceCompletion => {
    const close = kind === 'folder' && !closed ? '' : mark;
    const filter = quote + reference + (quote && close);
    return {
      start,
      end,
      label: reference,
      kind,
      insert: `${blank === '' && !json ? ' ' : ''}${mark}${reference}${close}`,
      filter,
    };
  };

  const wanted = key === 'operationRef' ? 'operations' : sectionAt(text, start, json, format);
  const [file = '', fragment] = typed.split('#', 2);
  const items: ReferenceCompletion[] = [];
  if (file === '')
    items.push(...pointersOf(text, patternsFor(wanted, format)).map((path) => item(`#${pointer(path)}`, 'pointer')));
  else if (fragment !== undefined) {
    const doc = load(resolveUri(file, uri));
    const patterns = [...patternsFor(wanted, doc?.format), ...(doc?.format ? [] : [['*']])];
    items.push(...pointersOf(doc?.text ?? '', patterns).map((path) => item(`${file}#${pointer(path)}`, 'pointer')));
  }
  if (fragment === undefined) items.push(...filesBeside(uri, file, host).map(({ name, kind }) => item(name, kind)));
  return items;
}

/** Keys that fit; JSON and YAML in braces are parsed, which they survive better than block YAML. */
function pointersOf(text: string, patterns: readonly Path[]): string[][] {
  if (!/^\uFEFF?\s*\{/.test(text)) return keysIn(text, patterns);
  const found: string[][] = [];
  const tree = parseJson(text);
  const visit = (node: TreeNode | undefined, path: string[], pattern: Path) => {
    const [step, ...further] = pattern;
    if (node?.kind !== 'map' || step === undefined) return;
    for (const { key, value } of node.entries) {
      if (step !== '*' && key !== step) continue;
      if (further.length === 0) found.push([...path, key]);
      else visit(value, [...path, key], further);
    }
  };
  for (const pattern of patterns) visit(tree.root, [], pattern);
  return found;
}

function filesBeside(uri: string, typed: string, host: Host): { name: string; kind: 'file' | 'folder' }[] {
  if (!uri.startsWith('file:')) return [];
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1);
  const base = resolveUri(folder || '.', uri);
  const prefix = folder || './';
  return host.list(base).flatMap((name): { name: string; kind: 'file' | 'folder' }[] => {
    const target = uriIn(base, name);
    if (name.startsWith('.') || name === 'node_modules' || target === uri) return [];
    if (/\.(?:ya?ml|json)$/i.test(name)) return [{ name: `${prefix}${name}`, kind: 'file' }];
    return host.isDirectory(target) ? [{ name: `${prefix}${name}/`, kind: 'folder' }] : [];
  });
}

/** The kind of component that fits at the map around an offset, as `components` names it; undefined when any may. */
function sectionAt(text: string, offset: number, json: boolean, format: Format | undefined): string | undefined {
  const outline = json ? 'flow' : outlineAt(text, offset);
  if (outline === undefined) return undefined;
  if (outline === 'flow') return sectionOf(pathAt(parseJson(text), offset).slice(0, -1), format);
  // In braces on the line of a key the map is below that key, or below another between them.
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  if (!line.includes('{')) return sectionOf(outline.path, format);
  // A value stands there even while none is typed yet.
  const typed = `${outline.text.slice(0, outline.offset)}0${outline.text.slice(outline.offset)}`;
  return sectionOf(pathAt(parseYaml(typed), outline.offset).slice(0, -1), format);
}

function sectionOf(path: Path, format: Format | undefined): string | undefined {
  const [last, holder] = [path.at(-1), path.at(-2)];
  const owner = String(typeof last === 'number' ? holder : last);
  const inMessage = path.some((key) => key === 'message' || key === 'messages' || key === 'messageTraits');
  if (path.length === 3 && path[0] === 'components') return String(path[1]);
  if (schemaOwners.has(owner) || (typeof last === 'string' && schemaMaps.has(String(holder)))) return 'schemas';
  if (format?.kind === 'asyncapi') {
    if (owner === 'headers') return 'schemas';
    if (owner === 'traits') return inMessage ? 'messageTraits' : 'operationTraits';
    if (owner === 'messages') return 'channelMessages';
    if (owner === 'bindings') return undefined;
  }
  return sectionByOwner[owner] ?? (typeof last === 'string' ? sectionByMap[String(holder)] : undefined);
}

/** Keywords whose value, or each item of it, is a schema. */
const schemaOwners = new Set(
  'schema itemSchema items additionalItems prefixItems contains additionalProperties propertyNames unevaluatedItems unevaluatedProperties allOf anyOf oneOf not if then else payload'.split(
    ' ',
  ),
);

/** Keywords whose members are schemas. */
const schemaMaps = new Set('properties patternProperties dependentSchemas definitions $defs schemas'.split(' '));

/** The section of `components` that fits the value of a keyword, or each item of it. */
const sectionByOwner: Readonly<Record<string, string>> = {
  parameters: 'parameters',
  requestBody: 'requestBodies',
  message: 'messages',
  correlationId: 'correlationIds',
  channel: 'channels',
  servers: 'servers',
  reply: 'replies',
  address: 'replyAddresses',
  tags: 'tags',
  externalDocs: 'externalDocs',
};

/** The section of `components` that fits the members of a keyword. */
const sectionByMap: Readonly<Record<string, string>> = {
  paths: 'pathItems',
  webhooks: 'pathItems',
  callbacks: 'callbacks',
  responses: 'responses',
  headers: 'headers',
  examples: 'examples',
  links: 'links',
  parameters: 'parameters',
  content: 'mediaTypes',
  messages: 'messages',
  channels: 'channels',
  servers: 'servers',
  variables: 'serverVariables',
  securitySchemes: 'securitySchemes',
};

/** Where the components of a section are written; without a section, all that can be referred to. */
function patternsFor(section: string | undefined, format: Format | undefined): Path[] {
  const name = section ?? '*';
  if (section === 'operations') return [['paths', '*', '*']];
  if (format?.kind === 'openapi' && format.version.startsWith('2')) {
    const all = ['definitions', 'parameters', 'responses'];
    return all
      .filter((each) => section === undefined || each === (section === 'schemas' ? 'definitions' : section))
      .map((each) => [each, '*']);
  }
  if (format?.kind === 'asyncapi' && format.version.startsWith('3')) {
    if (section === 'channelMessages')
      return [
        ['channels', '*', 'messages', '*'],
        ['components', 'channels', '*', 'messages', '*'],
      ];
    const atRoot = ['channels', 'servers', 'operations'].filter((each) => section === undefined || each === section);
    return [...atRoot.map((each) => [each, '*']), ['components', name, '*']];
  }
  return [['components', name, '*']];
}
