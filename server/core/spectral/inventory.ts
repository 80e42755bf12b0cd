/**
 * What Spectral's functions see of the document: its own and the referenced files' data, what the references lead to,
 * and the way back from a path of the resolved document to the file and path where it is written.
 */
import { decodePointerFragment, encodePointerUriFragment, pathToPointer } from '@stoplight/json';
import type { ApiDocument } from '../document.ts';
import type { Path } from '../finding.ts';
import { inMap } from '../group.ts';
import { nodeAt } from '../tree/tree.ts';
import type { Resolution, SourceFile, Target } from './resolve.ts';

/** References that lead to one another and nowhere else are left after a while. */
const mostHops = 64;

/** A file, in the shape of Spectral's `Document`. */
export interface FunctionDocument extends SourceFile {
  readonly uri: string;
  readonly input: string;
  formats: Set<unknown> | null | undefined;
  readonly diagnostics: readonly unknown[];
  readonly parserResult: { readonly data: unknown; readonly diagnostics: readonly unknown[] };
  getRangeForJsonPath(): undefined;
  trapAccess(value: object): object;
}

export interface SourceFileWithText extends SourceFile {
  readonly document: ApiDocument;
}

/** Where a path of the resolved document is written. */
export interface Association {
  readonly document: FunctionDocument;
  readonly path: string[];
  /** The path with the keys that are missing at its end. */
  readonly missingPropertyPath: readonly string[];
  /** It is a place that Spectral gives differently by the way to it. */
  readonly isOdd: boolean;
}

export class Inventory {
  readonly document: FunctionDocument;
  readonly resolved: unknown;
  readonly diagnostics: readonly unknown[] = [];
  readonly errors = null;
  readonly #resolution: Resolution;
  #graph: ReferenceGraph | undefined;
  readonly #documents = new Map<string, FunctionDocument>();

  constructor(main: SourceFileWithText, resolution: Resolution) {
    this.#resolution = resolution;
    this.resolved = resolution.resolved;
    this.document = this.documentOf(main);
  }

  get unresolved(): unknown {
    return this.document.data;
  }

  get source(): string {
    return this.document.source;
  }

  get formats(): Set<unknown> | null {
    return this.document.formats ?? null;
  }

  get referencedDocuments(): Record<string, FunctionDocument> {
    const others = [...this.#resolution.files.values()].filter(({ source }) => source !== this.document.source);
    return Object.fromEntries(others.map((file) => [file.source, this.documentOf(file)]));
  }

  get graph(): ReferenceGraph {
    this.#graph ??= graphOf(this.#resolution, this.resolved);
    return this.#graph;
  }

  documentOf(file: SourceFile): FunctionDocument {
    let document = this.#documents.get(file.source);
    if (!document) this.#documents.set(file.source, (document = functionDocument(file as SourceFileWithText)));
    return document;
  }

  /** Spectral's own way back, for a path of the resolved or of the written document; null where it knows none. */
  findAssociatedItemForPath(path: readonly string[], resolved: boolean): Association | null {
    if (!resolved) return this.#here(path);
    const closest = closestPath(this.resolved, path);
    const behind = behindReference(this.unresolved, closest);
    if (behind === undefined) return null;
    if (behind === 'none') return this.#here(path);
    // What is missing directly at a reference is not told, only what is missing further down.
    const last = closest.at(-1);
    const missing = behind === 0 || last === undefined ? [] : path.slice(path.lastIndexOf(last) + 1);
    const { file, said, isOdd: isOddWay, isLost } = this.#follow(path);
    const document = this.documentOf(file);
    if (isLost) return { document, path: closestPath(file.data, path), missingPropertyPath: path, isOdd: isOddWay };
    const found = closestPath(file.data, said);
    return { document, path: found, missingPropertyPath: [...found, ...missing], isOdd: isOddWay };
  }

  #here(path: readonly string[]): Association {
    return { document: this.document, path: closestPath(this.unresolved, path), missingPropertyPath: path, isOdd: isOdd(path) };
  }

  /** Walks the written document along a path, from each reference to its target. `said`: the way as Spectral reads it. */
  #follow(path: readonly string[]): { file: SourceFile; said: string[]; isOdd: boolean; isLost: boolean } {
    let file: SourceFile = this.document;
    let way: string[] = [];
    let said: string[] = [];
    let value: unknown = this.document.data;
    let isBlind = false;
    for (const key of path) {
      way.push(key);
      said.push(asPointerKey(key));
      if (isBlind) continue;
      value = isObject(value) && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
      for (let target = this.#target(value), hops = 0; target && hops < mostHops; target = this.#target(value), hops++) {
        const isFar = target.file.source !== file.source;
        isBlind = isFar && isWrittenOtherwise(target);
        file = target.file;
        way = [...target.path];
        said = isFar ? target.fragment.split('/').slice(1).map(decodePointerFragment) : way.map(asPointerKey);
        value = target.written;
        if (isBlind) break;
      }
      if (isObject(value) && this.#resolution.unread.has(value)) return { file, said, isOdd: isOdd(path), isLost: true };
    }
    return { file, said, isOdd: isOdd(way), isLost: false };
  }

  #target(value: unknown): Target | undefined {
    return isObject(value) ? this.#resolution.targets.get(value) : undefined;
  }
}

/** The part of json-ref-resolver's dependency graph that functions ask for. */
interface ReferenceGraph {
  readonly nodes: Readonly<Record<string, GraphNode>>;
  overallOrder(): readonly string[];
  hasNode(name: string): boolean;
  getNodeData(name: string): GraphNode | undefined;
}

interface GraphNode {
  readonly data: unknown;
  /** Where the references are, and what they lead to, as pointers. */
  readonly refMap: Record<string, string>;
}

function graphOf(resolution: Resolution, resolved: unknown): ReferenceGraph {
  const { files, referenced } = resolution;
  let nodes: Record<string, GraphNode> | undefined;
  const allNodes = () => (nodes ??= nodesOf(resolution, resolved));
  return {
    get nodes() {
      return allNodes();
    },
    overallOrder: () => [...files.keys(), ...referenced],
    hasNode: (name) => files.has(name) || referenced.has(name),
    getNodeData: (name) => allNodes()[name],
  };
}

function nodesOf({ files, referenced, replaced }: Resolution, resolved: unknown): Record<string, GraphNode> {
  const nodes: Record<string, GraphNode> = {};
  const [main] = files.keys();
  for (const name of referenced) nodes[name] = { data: undefined, refMap: {} };
  for (const [name, { data }] of files) nodes[name] = { data: name === main ? resolved : data, refMap: {} };
  for (const { file, path, target } of replaced) {
    const name = target.file === file ? '' : target.file.source;
    const node = nodes[file.source];
    if (node) node.refMap[pathToPointer([...path])] = `${name}${pathToPointer([...target.path])}`;
  }
  return nodes;
}

function functionDocument({ source, data, document }: SourceFileWithText): FunctionDocument {
  return {
    source,
    data,
    uri: document.uri,
    // Joined for the few that ask.
    get input() {
      return document.text;
    },
    formats: undefined,
    diagnostics: [],
    parserResult: { data, diagnostics: [] },
    getRangeForJsonPath: () => undefined,
    trapAccess: (value) => inWrittenOrder(document, value),
  };
}

/** JavaScript moves keys that look like numbers to the front; this view of an object has them where they are written. */
function inWrittenOrder(document: ApiDocument, value: object): object {
  const keys = Object.keys(value);
  if (keys.length < 2 || !/^\d/.test(keys[0] as string)) return value;
  const path = pathOf(document.data, value);
  const node = path && nodeAt(document.tree, path);
  if (node?.kind !== 'map') return value;
  const written = [...new Set(node.entries.map(({ key }) => key))];
  return new Proxy(value, { ownKeys: () => written });
}

function pathOf(data: unknown, wanted: object): Path | undefined {
  if (data === wanted) return [];
  if (!isObject(data)) return undefined;
  for (const [key, child] of Object.entries(data)) {
    const path = pathOf(child, wanted);
    if (path) return [key, ...path];
  }
  return undefined;
}

/** Is this a place that Spectral gives differently when a reference leads to it? */
export function isOdd(path: readonly string[]): boolean {
  return path.some((key) => key === '$ref' || (/[^\w.-]/.test(key) && asPointerKey(key) !== key));
}

const pointerKeys = new Map<string, string>();
const mostPointerKeys = 4096;

/** Spectral keeps this path as a pointer and does not decode all of it: a place behind `+` or `{` is given as its parent. */
function asPointerKey(key: string): string {
  if (pointerKeys.size >= mostPointerKeys) pointerKeys.clear();
  return inMap(pointerKeys, key, () => decodePointerFragment(String(encodePointerUriFragment(key))));
}

/**
 * Is the way to a target another text than Spectral makes of it (`#/$defs/pet`, where it writes `%24`)? It looks references of that
 * file up by their text, and finds none behind such a way.
 */
function isWrittenOtherwise({ fragment, path }: Target): boolean {
  return fragment !== '' && `#${fragment}` !== pathToPointer([...path]);
}

/** A way through references, as far as it decides where Spectral places what is behind. */
export interface Way {
  /** The file that it has come to. */
  readonly file: string;
  /**
   * Where Spectral lost it: at a pointer that leads through another reference, because nothing is written there, or at a reference
   * behind a pointer that is written otherwise. All that is behind is placed there. Empty where it did not, `?` where it will at the
   * next reference.
   */
  readonly lost: string;
}

const losing = '?';

/** The way behind a reference. */
export function wayBehind(way: Way, holder: object, targets: ReadonlyMap<object, Target>): Way {
  let { file, lost } = way;
  let at: unknown = holder;
  for (let target = targets.get(holder), hops = 0; target && hops < mostHops; hops++) {
    if (lost === losing) lost = nameOf(at as object);
    const { written, resolved, path } = target;
    if (lost === '' && target.file.source !== file && isWrittenOtherwise(target)) lost = losing;
    else if (lost === '' && written === undefined && resolved !== undefined) {
      lost = JSON.stringify([target.file.source, ...closestPath(target.file.data, path)]);
    }
    file = target.file.source;
    at = written;
    target = isObject(written) ? targets.get(written) : undefined;
  }
  return { file, lost };
}

const names = new WeakMap<object, string>();
let named = 0;

function nameOf(holder: object): string {
  let name = names.get(holder);
  if (name === undefined) names.set(holder, (name = String(++named)));
  return name;
}

/** As much of a path as exists. */
export function closestPath(data: unknown, path: readonly string[]): string[] {
  const closest: string[] = [];
  let value = data;
  for (const key of path) {
    if (!isObject(value) || !(key in value)) break;
    closest.push(key);
    value = (value as Record<string, unknown>)[key];
  }
  return closest;
}

/** How many keys come behind the first reference on the way; undefined where the way leads nowhere. */
function behindReference(data: unknown, path: readonly string[]): number | 'none' | undefined {
  let value = data;
  for (const [index, key] of path.entries()) {
    if (!isObject(value)) return undefined;
    if (key in value) value = (value as Record<string, unknown>)[key];
    else return isReference(value) ? path.length - index : undefined;
  }
  return isReference(value) && Object.keys(value).length === 1 ? 0 : 'none';
}

export function isReference(value: unknown): value is { $ref: string } {
  return isObject(value) && !Array.isArray(value) && typeof (value as { $ref?: unknown }).$ref === 'string';
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
