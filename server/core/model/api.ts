/**
 * What an API document says: a walk over values that follows `$ref`s and always knows where it stands.
 * A `Place` is a value with its document and path; `get` steps down and through references, so a finding made from a
 * place lands where the mistake is written, in whichever file that is.
 */
import type { ApiDocument, Format } from '../document.ts';
import type { Path } from '../finding.ts';

/** Loads another document of the same description; undefined when it cannot be had. */
export type LoadDocument = (uri: string) => ApiDocument | undefined;

export class Place {
  readonly doc: ApiDocument;
  readonly path: Path;
  readonly value: unknown;
  readonly #api: Api;
  #id: string | undefined;

  constructor(api: Api, doc: ApiDocument, path: Path, value: unknown) {
    this.#api = api;
    this.doc = doc;
    this.path = path;
    this.value = value;
  }

  /** The last key of the path. */
  get key(): string {
    return String(this.path.at(-1) ?? '');
  }

  get exists(): boolean {
    return this.value !== undefined;
  }

  get isObject(): boolean {
    return isRecord(this.value);
  }

  get isArray(): boolean {
    return Array.isArray(this.value);
  }

  get string(): string | undefined {
    return typeof this.value === 'string' ? this.value : undefined;
  }

  get number(): number | undefined {
    return typeof this.value === 'number' ? this.value : undefined;
  }

  /** One step down without following a reference: the place where the key itself is written. */
  child(key: string | number): Place {
    const value = Array.isArray(this.value)
      ? this.value[Number(key)]
      : isRecord(this.value) && Object.hasOwn(this.value, key)
        ? this.value[key]
        : undefined;
    return new Place(this.#api, this.doc, [...this.path, key], value);
  }

  /** Steps down through the keys, following a `$ref` at every step, also the last one. */
  get(...keys: (string | number)[]): Place {
    let place = this.deref();
    for (const key of keys) place = place.child(key).deref();
    return place;
  }

  has(key: string): boolean {
    const { value } = this.deref();
    return isRecord(value) && Object.hasOwn(value, key);
  }

  /** The target of this place's `$ref`, through chains; itself when it has none; a missing place when it is broken. */
  deref(): Place {
    let place: Place = this;
    for (let hops = 0; hops < 64; hops++) {
      const ref = isRecord(place.value) ? place.value.$ref : undefined;
      if (typeof ref !== 'string') return place;
      const target = this.#api.resolve(place.doc, ref);
      if (!target) return new Place(this.#api, place.doc, place.path, undefined);
      place = target;
    }
    return new Place(this.#api, this.doc, this.path, undefined);
  }

  /** The members of an object, each where it is written (not dereferenced); `$ref` of this place is followed. */
  entries(): Place[] {
    const here = this.deref();
    return isRecord(here.value) ? Object.keys(here.value).map((key) => here.child(key)) : [];
  }

  /** The items of a list, each where it is written (not dereferenced); `$ref` of this place is followed. */
  items(): Place[] {
    const here = this.deref();
    return Array.isArray(here.value) ? here.value.map((_, index) => here.child(index)) : [];
  }

  /** Same file and same path. */
  is(other: Place): boolean {
    return this.doc.uri === other.doc.uri && pointer(this.path) === pointer(other.path);
  }

  /** A text that is equal for equal places: for sets and maps. */
  get id(): string {
    this.#id ??= `${this.doc.uri}#${pointer(this.path)}`;
    return this.#id;
  }
}

export const httpMethods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'] as const;

/** An OpenAPI operation. */
export interface Operation {
  readonly method: string;
  /** The path template, the name of the webhook, or the expression of the callback's URL. */
  readonly path: string;
  /** `path` operations are served; `webhook` and `callback` operations are calls the API makes. */
  readonly kind: 'path' | 'webhook' | 'callback';
  readonly place: Place;
  readonly pathItem: Place;
  /** Parameters of the path item and the operation, dereferenced; the operation's win over equal (in, name). */
  readonly parameters: readonly Place[];
  /** Status to response, dereferenced targets; `written` is where the operation names it. */
  readonly responses: readonly { status: string; written: Place; response: Place }[];
}

/** An AsyncAPI message: where it is written (once, however often it is used) and who uses it. */
export interface Message {
  readonly place: Place;
  readonly name: string;
}

export class Api {
  readonly document: ApiDocument;
  readonly format: Format;
  readonly root: Place;
  readonly #load: LoadDocument;
  /** Targets of references, by the file they are written in: most are followed many times. */
  readonly #targets = new Map<ApiDocument, Map<string, Place | undefined>>();
  #operations: readonly Operation[] | undefined;
  #messages: readonly Message[] | undefined;

  constructor(document: ApiDocument, format: Format, load: LoadDocument = () => undefined) {
    this.document = document;
    this.format = format;
    this.#load = load;
    this.root = new Place(this, document, [], document.data);
  }

  /** OpenAPI 2.0 keeps shared things elsewhere than 3.x; AsyncAPI 2 than 3. */
  get isSwagger(): boolean {
    return this.format.kind === 'openapi' && this.format.version.startsWith('2');
  }

  get(...keys: (string | number)[]): Place {
    return this.root.get(...keys);
  }

  /** A place in a document of the description, by its path. */
  placeAt(doc: ApiDocument, path: Path): Place {
    return path.reduce<Place>((place, key) => place.child(key), new Place(this, doc, [], doc.data));
  }

  /** The place a reference written in `from` points at; undefined when nothing is there. */
  resolve(from: ApiDocument, ref: string): Place | undefined {
    let known = this.#targets.get(from);
    if (!known) this.#targets.set(from, (known = new Map()));
    if (!known.has(ref)) known.set(ref, this.#find(from, ref));
    return known.get(ref);
  }

  #find(from: ApiDocument, ref: string): Place | undefined {
    const [file = '', fragment = ''] = splitOnce(ref, '#');
    const target = file === '' ? from : this.#load(resolveUri(file, from.uri));
    if (!target) return undefined;
    if (fragment !== '' && !fragment.startsWith('/')) return undefined;
    const path = fragment === '' ? [] : fragment.slice(1).split('/').map(decodePointer);
    let place = new Place(this, target, [], target.data);
    for (const [index, key] of path.entries()) {
      // A pointer may lead through another reference: `#/components/schemas/Pet/properties/name`.
      if (index > 0) place = place.deref();
      place = place.child(Array.isArray(place.value) && /^\d+$/.test(key) ? Number(key) : key);
      if (!place.exists) return undefined;
    }
    return place.exists ? place : undefined;
  }

  /** The place at a path of a document of this description. */
  at(doc: ApiDocument, path: Path): Place {
    let place = new Place(this, doc, [], doc.data);
    for (const key of path) place = place.child(key);
    return place;
  }

  /** Every operation of paths, webhooks and callbacks, path items behind references included. Each place once. */
  get operations(): readonly Operation[] {
    this.#operations ??= this.format.kind === 'openapi' ? [...listOperations(this)] : [];
    return this.#operations;
  }

  /** Every AsyncAPI message, each where it is written, once. */
  get messages(): readonly Message[] {
    this.#messages ??= this.format.kind === 'asyncapi' ? listMessages(this) : [];
    return this.#messages;
  }
}

function* listOperations(api: Api): Iterable<Operation> {
  const seen = new Set<string>();
  for (const [section, kind] of [
    ['paths', 'path'],
    ['webhooks', 'webhook'],
  ] as const) {
    for (const written of api.get(section).entries()) yield* operationsOf(written, kind, seen);
  }
}

/** The operations of a path item and those of their callbacks. */
function* operationsOf(written: Place, kind: Operation['kind'], seen: Set<string>): Iterable<Operation> {
  if (written.key.startsWith('x-')) return;
  const pathItem = written.deref();
  for (const method of httpMethods) {
    const place = pathItem.child(method);
    if (!place.isObject || seen.has(place.id)) continue;
    seen.add(place.id);
    yield {
      method,
      path: written.key,
      kind,
      place,
      pathItem,
      parameters: parametersOf(pathItem, place),
      responses: place
        .get('responses')
        .entries()
        .filter((response) => !response.key.startsWith('x-'))
        .map((response) => ({ status: response.key, written: response, response: response.deref() })),
    };
    for (const callback of place.get('callbacks').entries()) {
      for (const item of callback.entries()) yield* operationsOf(item, 'callback', seen);
    }
  }
}

function parametersOf(pathItem: Place, operation: Place): Place[] {
  const byName = new Map<string, Place>();
  for (const owner of [pathItem, operation]) {
    for (const written of owner.get('parameters').items()) {
      const parameter = written.deref();
      if (parameter.isObject) byName.set(`${parameter.get('in').string} ${parameter.get('name').string}`, parameter);
    }
  }
  return [...byName.values()];
}

function listMessages(api: Api): Message[] {
  const found = new Map<string, Message>();
  const add = (written: Place, name: string) => {
    const place = written.deref();
    if (!place.isObject || found.has(place.id)) return;
    found.set(place.id, { place, name: place.get('name').string ?? name });
  };
  const addAll = (written: Place, name: string) => {
    const oneOf = written.get('oneOf');
    if (oneOf.isArray) for (const item of oneOf.items()) add(item, nameOf(item) ?? name);
    else add(written, nameOf(written) ?? name);
  };
  for (const message of api.get('components', 'messages').entries()) addAll(message, message.key);
  for (const channels of [api.get('channels'), api.get('components', 'channels')]) {
    for (const channel of channels.entries()) {
      for (const action of ['publish', 'subscribe']) {
        const message = channel.get(action).child('message');
        if (message.exists) addAll(message, channel.key);
      }
      for (const message of channel.get('messages').entries()) addAll(message, message.key);
    }
  }
  return [...found.values()];
}

/** The component's name, for a place that is or refers to a shared component. */
function nameOf(place: Place): string | undefined {
  const target = place.deref();
  return target.path.at(-2) === 'messages' ? target.key : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An RFC 6901 pointer, without the `#`. */
export function pointer(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The key that a token of a pointer in a URI's fragment means. */
export function decodePointer(token: string): string {
  let text = token;
  try {
    text = decodeURIComponent(token);
  } catch {
    // Not percent-encoded after all: RFC 6901 takes it as it stands.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Resolves a relative reference against the URI of the file it is written in (RFC 3986). */
export function resolveUri(reference: string, base: string): string {
  try {
    return new URL(reference, base).href;
  } catch {
    return reference;
  }
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
