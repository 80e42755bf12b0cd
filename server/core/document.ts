/** Documents: what a file is, decided by its content, and its tree. Nothing here throws. */
import type { Path, Span } from './finding.ts';
import { changeTree, type Step } from './tree/change.ts';
import { parseJson } from './tree/json.ts';
import { Text } from './tree/text.ts';
import { dataOf, spanAt, type Tree } from './tree/tree.ts';
import { parseYaml } from './tree/yaml.ts';

/** A description format and its version as `major.minor`. */
export interface Format {
  readonly kind: 'openapi' | 'asyncapi';
  readonly version: string;
}

export interface ApiDocument {
  readonly uri: string;
  readonly version: number;
  /** The whole text, joined when first asked for; `tree.text` is at hand. */
  readonly text: string;
  readonly tree: Tree;
  /** The document's value; shared, never to be changed. */
  readonly data: unknown;
  /** Undefined for a file that is neither OpenAPI nor AsyncAPI by itself (a file that others refer to). */
  readonly format: Format | undefined;
}

/** The offsets to mark for a path in a document; see `spanAt`. */
export function rangeAt(document: ApiDocument, path: Path, target: 'key' | 'value'): Span {
  return spanAt(document.tree, path, target);
}

/** The beginning of a text, enough to tell what it is; a long one is not joined for it. */
export function headOf(text: string | Text): string {
  return text.slice(0, Math.min(text.length, 65536));
}

const rootKey = /^(?:\uFEFF)?(?:---[^\n]*\n)?[\s\S]*?(?:^|[{,]\s*|\n)\s*["']?(openapi|swagger|asyncapi)["']?\s*:/;

/** A cheap look at the text: may this be an API description? Costs nothing on other YAML and JSON. */
export function looksLikeApi(text: string | Text): boolean {
  const head = headOf(text);
  if (/\b(?:openapi|swagger|asyncapi)\b/.test(head)) return rootKey.test(head) || rootKey.test(text.toString());
  return text.length > head.length && /(?:^|\n|[{,]\s*)["']?(?:openapi|swagger|asyncapi)["']?\s*:/.test(text.toString());
}

const rootLine = /^(?:"(openapi|swagger|asyncapi)"|'?(openapi|swagger|asyncapi)'?)[ \t]*:[ \t]*["']?([^"'#\r\n]*)/m;
const rootMember = /^\uFEFF?\s*\{(?:[^{}[\]"]|"(?:[^"\\]|\\.)*")*?"(openapi|swagger|asyncapi)"\s*:\s*"?([^",}]*)/;

/** The format a text declares, without parsing it: a root key of block YAML, or a member of JSON before nested ones. */
export function declaredFormat(text: string): Format | undefined {
  const match = /^\uFEFF?\s*\{/.test(text) ? rootMember.exec(text) : rootLine.exec(text);
  if (!match) return undefined;
  const [value = '', ...names] = match.slice(1).reverse();
  return formatOf({ [names.find(Boolean) as string]: value });
}

/** Parses YAML or JSON; the language follows the text where the name leaves it open. */
export function parseApiDocument(uri: string, source: string | Text, version = 0): ApiDocument {
  const text = typeof source === 'string' ? Text.of(source) : source;
  return documentOf(uri, version, isJsonText(uri, text) ? parseJson(text) : parseYaml(text));
}

/**
 * The document after changes; what they do not touch is shared with the document before, data included. Undefined where more
 * than `most` characters are to be joined for it.
 */
export function changeApiDocument(before: ApiDocument, steps: readonly Step[], version: number): ApiDocument;
export function changeApiDocument(
  before: ApiDocument,
  steps: readonly Step[],
  version: number,
  most: number,
): ApiDocument | undefined;
export function changeApiDocument(
  before: ApiDocument,
  steps: readonly Step[],
  version: number,
  most = Number.POSITIVE_INFINITY,
): ApiDocument | undefined {
  const { uri, tree } = before;
  const text = steps.at(-1)?.text ?? tree.text;
  if (isJsonText(uri, text) !== (tree.language === 'json')) return parseApiDocument(uri, text, version);
  const changed = changeTree(tree, steps, most);
  return changed && documentOf(uri, version, changed);
}

function documentOf(uri: string, version: number, tree: Tree): ApiDocument {
  const data = dataOf(tree.root);
  const format = formatOf(data);
  return {
    uri,
    version,
    tree,
    data,
    format,
    get text() {
      return tree.text.toString();
    },
  };
}

function isJsonText(uri: string, text: Text): boolean {
  return isJson(uri, headOf(text));
}

/** Is a text JSON: by the name of its file, else by how it begins. */
export function isJson(uri: string, text: string): boolean {
  if (/\.jsonc?$/i.test(uri)) return true;
  if (/\.ya?ml$/i.test(uri)) return false;
  return /^\uFEFF?\s*\{/.test(text);
}

/** The format that the root's `openapi`, `swagger` or `asyncapi` declares. */
export function formatOf(data: unknown): Format | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const root = data as Record<string, unknown>;
  for (const key of ['openapi', 'swagger', 'asyncapi'] as const) {
    if (!Object.hasOwn(root, key)) continue;
    const version = /^\s*(\d+)(?:\.(\d+))?/.exec(String(root[key]));
    if (!version) return undefined;
    return { kind: key === 'asyncapi' ? 'asyncapi' : 'openapi', version: `${version[1]}.${version[2] ?? 0}` };
  }
  return undefined;
}
