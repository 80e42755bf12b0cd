/**
 * Names that a description gives to what it holds, and where they are written to mean it: tags, security schemes and
 * their scopes, operations, servers and schemas. One table says it, for those who follow a name and for those who write
 * one; media types, which mean nothing in the document, are offered beside them.
 */
import type { ApiDocument, Format } from './document.ts';
import type { Path, Span } from './finding.ts';
import { Api, httpMethods, isRecord, type LoadDocument, memberOf, type Place, pointer } from './model/api.ts';
import { changeTree, mostJoined } from './tree/change.ts';
import { outlineAt } from './tree/outline.ts';
import { writeYaml } from './tree/print.ts';
import { entryAt, nodeAt, pathAt, type Tree, type TreeNode } from './tree/tree.ts';
import { parseYaml } from './tree/yaml.ts';

/** A name that may be written. */
interface Named {
  readonly name: string;
  /** What it names; a media type, and a tag of operations alone, name nothing of the document. */
  readonly place: Place | undefined;
  /** What it is, in a few words. */
  readonly detail: string;
  /** What the document says of it, Markdown. */
  readonly about: string | undefined;
  /** How often the document uses it, the place where it is written now included. */
  readonly times?: number;
}

/** Names of one kind. */
interface Naming {
  /** Beginnings of the formats that have them: `openapi 3`. */
  readonly formats: readonly string[];
  /** Ends of the paths where they are written: `*` is any key, `#` any item, `|` stands between keys of which it is one, `^` is the root. */
  readonly at: readonly string[];
  /** They are written as keys, with such a value in a block and in braces. */
  readonly asKey?: { readonly inBlock: string; readonly inFlow: string };
  named(api: Api, path: Path): Iterable<Named>;
}

const operation = httpMethods.join('|');
const beforeAsyncApi3 = ['openapi', 'asyncapi 2'];

const namings: readonly Naming[] = [
  {
    formats: ['openapi'],
    at: [`${operation}/tags/#`, 'additionalOperations/*/tags/#'],
    *named(api) {
      const uses = usesIn(api.document.data, ['paths/*/*/tags/#']);
      for (const tag of api.get('tags').items()) {
        const name = tag.get('name').string;
        const about = tag.get('description').string ?? tag.get('summary').string;
        if (name !== undefined) yield { name, place: tag.deref(), detail: 'tag', about };
        if (name !== undefined) uses.delete(name);
      }
      // Many documents list no tags at the root.
      for (const [name, times] of uses) yield { name, place: undefined, detail: 'tag', about: undefined, times };
    },
  },
  {
    formats: beforeAsyncApi3,
    at: ['security/#/*'],
    asKey: { inBlock: ' []', inFlow: ' []' },
    *named(api) {
      for (const place of securitySchemes(api).entries())
        yield { name: place.key, place, detail: kindOfScheme(place), about: place.get('description').string };
    },
  },
  {
    formats: beforeAsyncApi3,
    at: ['security/#/*/#'],
    named: (api, path) => scopesOf(securitySchemes(api).get(String(path.at(-2))), api.isSwagger ? undefined : 'scopes'),
  },
  {
    formats: ['asyncapi 3'],
    at: ['securitySchemes/*/scopes/#'],
    named: (api, path) => scopesOf(securitySchemes(api).get(String(path.at(-3))), 'availableScopes'),
  },
  {
    formats: ['openapi 3'],
    at: ['links/*/operationId'],
    *named(api) {
      for (const { method, path, place } of api.operations) {
        const name = place.get('operationId').string;
        const about = place.get('summary').string ?? place.get('description').string;
        if (name !== undefined) yield { name, place, detail: `${method.toUpperCase()} ${path}`, about };
      }
    },
  },
  {
    formats: ['openapi 3'],
    at: ['discriminator/mapping/*', 'discriminator/defaultMapping'],
    *named(api) {
      const schemas = api.get('components', 'schemas').entries();
      const named = (name: string, place: Place): Named => {
        return { name, place, detail: 'schema', about: place.child('description').string };
      };
      for (const place of schemas) yield named(place.key, place);
      for (const place of schemas) yield named(`#${pointer(place.path)}`, place);
    },
  },
  {
    formats: ['asyncapi 2'],
    at: ['channels/*/servers/#'],
    *named(api) {
      for (const place of api.get('servers').entries()) {
        const [protocol, url] = [place.get('protocol').string, place.get('url').string];
        const detail = ['server', protocol, url].filter((word) => word !== undefined).join(' ');
        yield { name: place.key, place, detail, about: place.get('description').string };
      }
    },
  },
  {
    formats: ['openapi 3'],
    at: ['responses|requestBodies|headers|parameters/*/content/*', 'parameters/#/content/*', 'requestBody/content/*'],
    asKey: { inBlock: '', inFlow: ' {}' },
    named: mediaTypesOf,
  },
  { formats: ['openapi 2'], at: ['^/consumes|produces/#', `${operation}/consumes|produces/#`], named: mediaTypesOf },
  {
    formats: ['asyncapi'],
    at: ['^/defaultContentType', 'message/contentType', 'messages|messageTraits/*/contentType'],
    named: mediaTypesOf,
  },
];

function securitySchemes(api: Api): Place {
  return api.isSwagger ? api.get('securityDefinitions') : api.get('components', 'securitySchemes');
}

function kindOfScheme(scheme: Place): string {
  const words = [scheme.get('type').string ?? 'security scheme', scheme.get('scheme').string];
  if (scheme.has('in')) words.push('in', scheme.get('in').string, scheme.get('name').string);
  return words.filter((word) => word !== undefined).join(' ');
}

/** The scopes of an OAuth scheme, which its flows hold below a keyword; without one, the scheme itself does. */
function* scopesOf(scheme: Place, keyword: string | undefined): Iterable<Named> {
  const holders =
    keyword === undefined
      ? [scheme.get('scopes')]
      : scheme
          .get('flows')
          .entries()
          .map((flow) => flow.get(keyword));
  const seen = new Set<string>();
  for (const place of holders.flatMap((holder) => holder.entries())) {
    if (seen.size < seen.add(place.key).size) yield { name: place.key, place, detail: 'scope', about: place.string };
  }
}

/** Where in a document media types are that it uses: keys, or texts. */
const usedAt: Readonly<Record<Format['kind'], readonly string[]>> = {
  openapi: [
    'paths/*/*/responses/*/content/*',
    'paths/*/*/requestBody/content/*',
    'components/responses|requestBodies/*/content/*',
    'consumes|produces/#',
    'paths/*/*/consumes|produces/#',
  ],
  asyncapi: [
    'defaultContentType',
    'components/messages|messageTraits/*/contentType',
    'channels/*/messages/*/contentType',
    'channels/*/publish|subscribe/message/contentType',
  ],
};

/** Media types that are usual, with what they are for. */
const usual: Readonly<Record<Format['kind'], Readonly<Record<string, string>>>> = {
  openapi: {
    'application/json': 'JSON',
    'application/problem+json': 'what went wrong, by RFC 9457',
    'application/x-www-form-urlencoded': 'fields of a form',
    'multipart/form-data': 'fields of a form, with files',
    'application/merge-patch+json': 'a change that names new values, by RFC 7396',
    'application/json-patch+json': 'a change in steps, by RFC 6902',
    'application/jsonl': 'JSON, a value on each line',
    'application/octet-stream': 'bytes',
    'application/xml': 'XML',
    'application/pdf': 'a PDF file',
    'text/plain': 'text',
    'text/csv': 'a table, by RFC 4180',
    'text/html': 'a page',
    'text/event-stream': 'events that the server sends',
    'image/png': 'a picture',
    'image/jpeg': 'a photo',
  },
  asyncapi: {
    'application/json': 'JSON',
    'application/cloudevents+json': 'an event of CloudEvents, in JSON',
    'application/vnd.apache.avro': 'Avro',
    'application/protobuf': 'Protocol Buffers',
    'application/xml': 'XML',
    'application/octet-stream': 'bytes',
    'text/plain': 'text',
  },
};

/** Media types that the document uses, the most used first, then those that are usual. */
function* mediaTypesOf({ document: { data }, format: { kind } }: Api): Iterable<Named> {
  const uses = usesIn(data, usedAt[kind]);
  for (const [name, times] of uses) {
    if (!/^[^/\s]+\/[^/\s]+$/.test(name)) continue;
    const about = Object.hasOwn(usual[kind], name) ? usual[kind][name] : undefined;
    yield { name, place: undefined, detail: 'media type', about, times };
  }
  for (const [name, about] of Object.entries(usual[kind])) {
    if (!uses.has(name)) yield { name, place: undefined, detail: 'media type', about };
  }
}

/** What stands in a value where patterns lead, and how often; what does most often is first. */
function usesIn(value: unknown, patterns: readonly string[]): Map<string, number> {
  const uses = new Map<string, number>();
  for (const pattern of patterns) {
    for (const text of textsAt(value, pattern.split('/'))) uses.set(text, (uses.get(text) ?? 0) + 1);
  }
  return new Map([...uses].sort(([, a], [, b]) => b - a));
}

/** The keys that fit the last step of a pattern, or the texts where it ends in values. */
function* textsAt(value: unknown, [step, ...further]: readonly string[]): Iterable<string> {
  if (step === undefined) {
    if (typeof value === 'string') yield value;
  } else if (Array.isArray(value)) {
    if (step === '#') for (const item of value) yield* textsAt(item, further);
  } else if (isRecord(value)) {
    if (step === '*' && further.length === 0) yield* Object.keys(value);
    else if (step === '*') for (const each of Object.values(value)) yield* textsAt(each, further);
    else for (const key of step.split('|')) yield* textsAt(memberOf(value, key), further);
  }
}

/** What the name at a path leads to; undefined where it is none, or none that the document gives. */
export function namedAt(api: Api, path: Path, name: string, asKey: boolean): Place | undefined {
  for (const each of namingAt(path, asKey, api.format)?.named(api, path) ?? []) if (each.name === name) return each.place;
  return undefined;
}

function namingAt(path: Path, onKey: boolean, { kind, version }: Format): Naming | undefined {
  if (isFree(path)) return undefined;
  return namings.find(
    ({ formats, at, asKey }) =>
      (asKey !== undefined) === onKey &&
      formats.some((each) => `${kind} ${version}`.startsWith(each)) &&
      at.some((pattern) => endsWith(path, pattern)),
  );
}

function endsWith(path: Path, pattern: string): boolean {
  const steps = pattern.split('/');
  const whole = steps[0] === '^';
  if (whole) steps.shift();
  const from = path.length - steps.length;
  return (whole ? from === 0 : from >= 0) && steps.every((step, index) => fits(path[from + index] as string | number, step));
}

function fits(key: string | number, step: string): boolean {
  if (typeof key === 'number') return step === '#';
  return step === '*' || step.split('|').includes(key);
}

/** Does a path lead into what people may write as they like: an example, a default or an extension? */
function isFree(path: Path): boolean {
  return path.some((key, at) => {
    const isName = withNames.has(String(path[at - 1])) || path[at - 2] === 'security';
    return !isName && /^(?:examples?|default|x-.*)$/.test(String(key));
  });
}

/** Keywords whose members people call as they like. */
const withNames = new Set(
  'responses requestBodies headers parameters links callbacks channels messages messageTraits schemas properties securitySchemes mapping'.split(
    ' ',
  ),
);

/** Replaces `start` to `end` by `insert`. */
export interface NameCompletion extends Span {
  readonly label: string;
  readonly kind: 'name' | 'value';
  readonly insert: string;
  /** What the editor compares with what is written already. */
  readonly filter: string;
  /** What it is, in a few words. */
  readonly detail: string;
  /** Markdown. */
  readonly documentation?: string;
}

/**
 * Names that fit at an offset; undefined where none is written, or there is none. The text need not parse: names are those
 * of the document that `document` gives, which may be one of a moment ago.
 */
export function completeName(
  { text, json, format }: { text: string; json: boolean; format: Format },
  offset: number,
  document: () => ApiDocument | undefined,
  load: LoadDocument,
): NameCompletion[] | undefined {
  const probe = probeAt(text, offset, json, document);
  const written = probe && writtenAt(probe, format);
  const doc = written && document();
  if (!doc) return undefined;
  const { span, path, naming, suffix, inBraces } = written;
  // The part around a place has not the other items of a list in a block.
  const whole = written.isBlockItem ? wholeProbe(text, offset, document) : undefined;
  const { beside } = (whole && writtenAt(whole, format)) ?? written;
  const raw = probe.tree.text.slice(span.start, span.end);
  const [quote = ''] = /^["']/.exec(raw) ?? [];
  const isOpen = raw.includes('\n') || (quote !== '' && (raw.length === 1 || !raw.endsWith(quote)));
  const shift = offset - probe.at;
  const start = span.start + shift;
  const end = isOpen ? offset : span.end - placeholder.length + shift;
  const cut = probe.at - span.start - quote.length;
  const typed = written.value.slice(0, cut) + written.value.slice(cut + placeholder.length);
  const items: NameCompletion[] = [];
  for (const { name, place, detail, about, times } of naming.named(new Api(doc, format, load), path)) {
    // What is typed counts as used, but the document need not have it elsewhere.
    const elsewhere = times === undefined || name !== typed ? times : times - 1;
    if (beside.has(name) || (elsewhere === 0 && about === undefined)) continue;
    const word = json ? JSON.stringify(name) : inYaml(name, quote);
    const often = elsewhere === 1 ? 'once' : `${elsewhere} times`;
    items.push({
      start,
      end,
      label: name,
      kind: place ? 'name' : 'value',
      insert: inBraces ? `{ ${word}${suffix} }` : word + suffix,
      filter: quote === '' ? name : word,
      detail: elsewhere ? `${detail}, here ${often}` : detail,
      ...(about === undefined ? {} : { documentation: about }),
    });
  }
  return items.length > 0 ? items : undefined;
}

/** A name as a text of YAML: in the quotes that are there, else quoted only where it must be. */
function inYaml(name: string, quote: string): string {
  if (quote === '"') return JSON.stringify(name);
  if (quote === "'") return `'${name.replaceAll("'", "''")}'`;
  // No word that YAML reads as something else is so long; there may be thousands of names.
  if (/^[A-Za-z_][\w-]{5,}$/.test(name)) return name;
  const style = { step: 2, indentLists: true, singleQuotes: true };
  return writeYaml([name], style, true).slice('[ '.length, -' ]'.length);
}

/** A text in which something stands at `at`, also where nothing is typed yet: the whole one, or the part around the place. */
interface Probe {
  readonly tree: Tree;
  readonly at: number;
}

const placeholder = '0';

/** Of a long document nothing is parsed but what stands around the place. */
function probeAt(text: string, offset: number, json: boolean, document: () => ApiDocument | undefined): Probe | undefined {
  const outline = json ? 'flow' : outlineAt(text, offset);
  if (outline === undefined) return undefined;
  if (outline === 'flow') return wholeProbe(text, offset, document);
  const { text: part, offset: at } = outline;
  return { tree: parseYaml(part.slice(0, at) + placeholder + part.slice(at)), at };
}

function wholeProbe(text: string, offset: number, document: () => ApiDocument | undefined): Probe | undefined {
  const doc = document();
  if (doc?.text !== text) return undefined;
  const change = { start: offset, end: offset, newText: placeholder };
  const tree = changeTree(doc.tree, [{ change, text: doc.tree.text.change(change) }], mostJoined);
  return tree && { tree, at: offset };
}

/** What is being written at a place. */
interface Written {
  readonly span: Span;
  /** What is written, with the placeholder. */
  readonly value: string;
  readonly path: Path;
  readonly naming: Naming;
  /** The names that stand beside it, which are not to be written twice. */
  readonly beside: ReadonlySet<string>;
  readonly isBlockItem: boolean;
  /** What follows the name. */
  readonly suffix: string;
  /** A key takes braces where an item of a list in brackets is to be. */
  readonly inBraces: boolean;
}

function writtenAt({ tree, at }: Probe, format: Format): Written | undefined {
  const path = pathAt(tree, at);
  const [entry, node, holder] = [entryAt(tree, path), nodeAt(tree, path), nodeAt(tree, path.slice(0, -1))];
  const isFlow = holder !== undefined && holder.kind !== 'scalar' && holder.flow;
  const isItem = holder?.kind === 'list';
  const none: ReadonlySet<string> = new Set();
  const follows = ({ asKey }: Naming) => (asKey ? `:${isFlow ? asKey.inFlow : asKey.inBlock}` : '');
  if (entry && at >= entry.keySpan.start && at <= entry.keySpan.end) {
    const span = entry.keySpan;
    const naming = namingAt(path, true, format);
    const hasColon = /^[ \t]*:/.test(tree.text.slice(span.end, Math.min(span.end + longestBlank, tree.text.length)));
    if (!naming) return undefined;
    const [beside, suffix] = [besides(holder, span), hasColon ? '' : follows(naming)];
    return { span, value: entry.key, path, naming, beside, isBlockItem: false, suffix, inBraces: false };
  }
  if (node?.kind !== 'scalar') return undefined;
  const value = String(node.value);
  const naming = namingAt(path, false, format);
  if (naming) {
    const beside = isItem ? besides(holder, node) : none;
    return { span: node, value, path, naming, beside, isBlockItem: isItem && !isFlow, suffix: '', inBraces: false };
  }
  // A key without a colon is the whole item of a list, or the value of the key above it.
  if (!isItem && !(entry && tree.text.lineOf(entry.keySpan.start) < tree.text.lineOf(node.start))) return undefined;
  const begun = [...path, ''];
  const asKey = namingAt(begun, true, format);
  if (!asKey) return undefined;
  const inBraces = isItem && isFlow;
  return { span: node, value, path: begun, naming: asKey, beside: none, isBlockItem: false, suffix: follows(asKey), inBraces };
}

/** Before a colon blanks are looked for so far. */
const longestBlank = 80;

/** The keys or items of a map or list but the one that is being written. */
function besides(holder: TreeNode | undefined, { start }: Span): Set<string> {
  const others: string[] = [];
  if (holder?.kind === 'map') for (const { key, keySpan } of holder.entries) if (keySpan.start !== start) others.push(key);
  if (holder?.kind === 'list')
    for (const item of holder.items) if (item.kind === 'scalar' && item.start !== start) others.push(String(item.value));
  return new Set(others);
}
