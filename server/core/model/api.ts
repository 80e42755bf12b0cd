/**
 * What an API document says: a walk over values that follows `$ref`s and always knows where it stands.
 * A `Place` is a value with its document and path; `get` steps down and through references, so a finding made from a
 * place lands where the mistake is written, in whichever file that is.
 *
 * Places stay: after an edit `Api.renew` gives them their new values and wakes the readers of what changed.
 */
import type { ApiDocument, Format } from '../document.ts';
import type { Path } from '../finding.ts';
import { atOnce } from '../steps.ts';
import { resolveUri } from '../uri.ts';
import { addressesOf, anchorsOf, idsOf, namedSchema } from './names.ts';
import { currentReader, noReaders, readAs, Reader, type Readers, readInStepsAs } from './reader.ts';

/** Loads another document of the same description; undefined when it cannot be had. */
export type LoadDocument = (uri: string) => ApiDocument | undefined;

/** A document of a description, as it stands now. */
interface File {
  readonly api: Api;
  doc: ApiDocument;
}

/** What a value is; a reference is told from other objects, because whoever steps through it goes elsewhere. */
type Kind = 'absent' | 'scalar' | 'list' | 'object' | 'reference';

function kindOf(value: unknown): Kind {
  if (value === undefined) return 'absent';
  if (typeof value !== 'object' || value === null) return 'scalar';
  if (Array.isArray(value)) return 'list';
  return typeof (value as Record<string, unknown>).$ref === 'string' ? 'reference' : 'object';
}

export class Place {
  readonly #file: File;
  readonly #parent: Place | undefined;
  readonly #step: string | number;
  #value: unknown;
  /**
   * The places that were asked for below, also those where nothing stands: the last one, which leads to those before it,
   * or a map where there are many. Most places have few below them, and a map takes more memory than all of those.
   */
  #children: Place | Map<string | number, Place> | undefined;
  /** The place beside this one that was asked for before it. */
  #beside: Place | undefined;
  #path: Path | undefined;
  /** Who came here: they know a scalar, or what kind of value stands here. */
  #visitors: Readers | undefined;
  /** Who listed the keys or items. */
  #listers: Readers | undefined;
  /** Who took the value with everything below. */
  #takers: Readers | undefined;
  /** What `structure/standing.ts` keeps of it: a weak map of all places is what the garbage collector stops everybody for. */
  standing: object | undefined = undefined;

  constructor(file: File, parent: Place | undefined, step: string | number, value: unknown) {
    this.#file = file;
    this.#parent = parent;
    this.#step = step;
    this.#value = value;
  }

  get doc(): ApiDocument {
    return this.#file.doc;
  }

  get path(): Path {
    // Not by spreading: such a list has room for more, which all of them together would pay for.
    this.#path ??= this.#parent ? this.#parent.path.concat(this.#step) : [];
    return this.#path;
  }

  /** The value with everything below it: who takes it reads it all. */
  get value(): unknown {
    const reader = currentReader();
    if (reader && typeof this.#value === 'object') this.#takers = this.#noted(this.#takers, reader);
    return this.#value;
  }

  /** What is equal for one value, wherever references and aliases lead to it from; not to be looked into. */
  get identity(): unknown {
    return this.#value;
  }

  /** The last key of the path. */
  get key(): string {
    return this.#parent ? String(this.#step) : '';
  }

  /** The key or index by which its parent holds it. */
  get step(): string | number {
    return this.#step;
  }

  /** The place that holds this one; a document's root is its own. */
  get parent(): Place {
    return this.#parent ?? this;
  }

  get exists(): boolean {
    return this.#value !== undefined;
  }

  get isObject(): boolean {
    return isRecord(this.#value);
  }

  get isArray(): boolean {
    return Array.isArray(this.#value);
  }

  get string(): string | undefined {
    return typeof this.#value === 'string' ? this.#value : undefined;
  }

  get number(): number | undefined {
    return typeof this.#value === 'number' ? this.#value : undefined;
  }

  /** One step down without following a reference: the place where the key itself is written. */
  child(key: string | number): Place {
    const step = Array.isArray(this.#value) && isIndex(key) ? Number(key) : key;
    const place = this.#known(step) ?? this.#add(step);
    const reader = currentReader();
    if (reader) place.#visitors = this.#noted(place.#visitors, reader);
    return place;
  }

  #known(step: string | number): Place | undefined {
    const children = this.#children;
    if (children instanceof Map) return children.get(step);
    for (let place = children; place; place = place.#beside) if (place.#step === step) return place;
    return undefined;
  }

  #add(step: string | number): Place {
    const place = new Place(this.#file, this, step, memberOf(this.#value, step));
    const children = this.#children;
    if (children instanceof Map) children.set(step, place);
    else {
      place.#beside = children;
      this.#children = place;
      let amount = 0;
      for (let each: Place | undefined = place; each; each = each.#beside) amount++;
      if (amount > mostBeside) this.#children = new Map([...this.#below()].map((each) => [each.#step, each]));
    }
    return place;
  }

  *#below(): Iterable<Place> {
    const children = this.#children;
    if (children instanceof Map) yield* children.values();
    else for (let place = children; place; place = place.#beside) yield place;
  }

  /** Steps down through the keys, following a `$ref` at every step, also the last one. */
  get(...keys: (string | number)[]): Place {
    let place = this.deref();
    for (const key of keys) place = place.child(key).deref();
    return place;
  }

  has(key: string): boolean {
    return this.deref().child(key).exists;
  }

  /** The target of this place's `$ref`, through chains; itself when it has none; a missing place when it is broken. */
  deref(): Place {
    // Nobody comes to a root from above, and it can become a reference like any other place.
    const reader = this.#parent ? undefined : currentReader();
    if (reader) this.#visitors = this.#noted(this.#visitors, reader);
    let place: Place = this;
    for (let hops = 0; hops < mostHops; hops++) {
      const ref = isRecord(place.#value) ? place.#value.$ref : undefined;
      if (typeof ref !== 'string') return place;
      place.child('$ref');
      const target = this.#file.api.resolve(place.doc, ref);
      if (!target) return place.#missing();
      place = target;
    }
    return this.#missing();
  }

  /** The references that `deref` follows from here. */
  *chain(): Iterable<Place> {
    let place: Place | undefined = this;
    for (let hops = 0; hops < mostHops && place; hops++) {
      const ref: unknown = isRecord(place.#value) ? place.#value.$ref : undefined;
      if (typeof ref !== 'string') return;
      yield place;
      place = this.#file.api.resolve(place.doc, ref);
    }
  }

  #missing(): Place {
    return new Place(this.#file, this.#parent, this.#step, undefined);
  }

  /** The keys of an object, in order; `$ref` of this place is followed. */
  keys(): string[] {
    const here = this.deref();
    here.#listed();
    return isRecord(here.#value) ? Object.keys(here.#value) : [];
  }

  /** The members of an object, each where it is written (not dereferenced); `$ref` of this place is followed. */
  entries(): Place[] {
    const here = this.deref();
    return here.keys().map((key) => here.child(key));
  }

  /** The items of a list, each where it is written (not dereferenced); `$ref` of this place is followed. */
  items(): Place[] {
    const here = this.deref();
    here.#listed();
    return Array.isArray(here.#value) ? here.#value.map((_, index) => here.child(index)) : [];
  }

  #listed(): void {
    const reader = currentReader();
    if (reader) this.#listers = this.#noted(this.#listers, reader);
  }

  #noted(readers: Readers | undefined, reader: Reader): Readers {
    return (readers ?? this.#file.api.nobody).with(reader);
  }

  /** Notes the reader here and on the way from the root, as if it had come down by itself. */
  visit(reader: Reader): void {
    for (let place: Place = this; ; place = place.#parent) {
      const before = place.#visitors;
      place.#visitors = place.#noted(before, reader);
      if (place.#visitors === before || !place.#parent) return;
    }
  }

  /** Gives the place its new value and wakes the readers of what changed. Answers whether any kind of value changed. */
  renew(value: unknown): boolean {
    const before = this.#value;
    if (before === value) return false;
    this.#value = value;
    this.#takers?.wake();
    const [was, is] = [kindOf(before), kindOf(value)];
    let restructured = was !== is;
    if (was !== is || is === 'scalar') this.#visitors?.wake();
    if (!isSameList(before, value)) this.#listers?.wake();
    for (const child of this.#below()) {
      const step = child.#step;
      if (child.renew(memberOf(value, step))) restructured = true;
      const isRetargeted = step === '$ref' && is === 'reference' && child.#value !== memberOf(before, step);
      if (isRetargeted && this.#file.api.isWay(this)) restructured = true;
    }
    return restructured;
  }

  /** Same file and same path. */
  is(other: Place): boolean {
    return this === other || this.id === other.id;
  }

  /** A text that names the place. In one description a place is one object: sets and maps may hold the places themselves. */
  get id(): string {
    return `${this.doc.uri}#${pointer(this.path)}`;
  }
}

/** More places below one are found by a map. */
const mostBeside = 8;

/** A longer chain of references is a circle. */
const mostHops = 64;

function isIndex(key: string | number): boolean {
  return typeof key === 'number' || /^\d+$/.test(key);
}

/** A member or item of a value; undefined where there is none. */
export function memberOf(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null || (Array.isArray(value) && !isIndex(step))) return undefined;
  return Object.hasOwn(value, step) ? (value as Record<string | number, unknown>)[step] : undefined;
}

/** Have two values the same keys in the same order, or as many items? */
function isSameList(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length;
  if (!isRecord(a) || !isRecord(b)) return false;
  const [left, right] = [Object.keys(a), Object.keys(b)];
  return left.length === right.length && left.every((key, index) => key === right[index]);
}

/** Of so many values that came or went their readers run again in a time that nobody notices. */
const mostRenewed = 10_000;

/** How many values came or went between two states of one that share what did not change; above `limit` it is no more counted. */
function differ(before: unknown, after: unknown, limit: number): number {
  if (before === after) return 0;
  if (!isBranch(before) || !isBranch(after)) return amountOf(before, limit) + amountOf(after, limit);
  let amount = 0;
  for (const step of Object.keys(before)) {
    amount += differ(memberOf(before, step), memberOf(after, step), limit - amount);
    if (amount > limit) return amount;
  }
  for (const step of Object.keys(after)) {
    if (!Object.hasOwn(before, step)) amount += amountOf(memberOf(after, step), limit - amount);
    if (amount > limit) return amount;
  }
  return amount;
}

/** How many values a value is made of; above `limit` they are no more counted. */
function amountOf(value: unknown, limit: number): number {
  if (!isBranch(value)) return value === undefined ? 0 : 1;
  let amount = 1;
  for (const step in value) {
    if (amount > limit) break;
    amount += amountOf(memberOf(value, step), limit - amount);
  }
  return amount;
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The methods that a path item has fields for; those of `additionalOperations` (OpenAPI 3.2) are any others. */
export const httpMethods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'] as const;

/** Header parameters that OpenAPI ignores, because the document says elsewhere what they say; in lower case. */
export const ignoredHeaders: ReadonlySet<string> = new Set(['accept', 'authorization', 'content-type']);

/** An OpenAPI operation. */
export interface Operation {
  /** One of `httpMethods`, or another as it is sent: `PURGE`. */
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

/** Where a reference leads, and what was seen on the way: who follows it again has seen it too. */
interface Target {
  readonly place: Place | undefined;
  readonly seen: readonly Place[];
  /** The other file it leads into. */
  readonly file: OtherFile | undefined;
  /** It leads to what is named, and not by its path. */
  readonly isNamed: boolean;
}

/** Another file of the description. */
interface OtherFile {
  /** Its root; undefined where the file cannot be had. */
  root: Place | undefined;
  file: File | undefined;
  /** Who asked for it. */
  readers: Readers | undefined;
}

interface Derived {
  readonly reader: Reader;
  value: unknown;
}

export class Api {
  readonly format: Format;
  readonly root: Place;
  /** The set of readers that all others of this description begin with. */
  readonly nobody = noReaders();
  readonly #file: File;
  readonly #load: LoadDocument;
  readonly #namesIn: (folder: string) => readonly string[];
  readonly #others = new Map<string, OtherFile>();
  /** Targets of references, by the file they are written in: most are followed many times. */
  readonly #targets = new Map<string, Map<string, Target>>();
  readonly #derived = new Map<(api: Api) => unknown, Derived>();
  #takers: Readers | undefined;
  /** Has a reference to an anchor been followed? Any edit can move an anchor. */
  #hasNames = false;
  /** References on the way of pointers: `#/components/schemas/Pet/properties/name`, where `Pet` is one. */
  readonly #ways = new Set<Place>();
  #frame = {};

  /** `load` gives the documents of references to other files, `namesIn` the names of what lies in a folder. */
  constructor(
    document: ApiDocument,
    format: Format,
    load: LoadDocument = () => undefined,
    namesIn: (folder: string) => readonly string[] = () => [],
  ) {
    this.format = format;
    this.#load = load;
    this.#namesIn = namesIn;
    this.#file = { api: this, doc: document };
    this.root = new Place(this.#file, undefined, '', document.data);
  }

  /** The document as a whole: who takes it reads all of the description. For its name alone there is `uri`. */
  get document(): ApiDocument {
    const reader = currentReader();
    if (reader) this.#takers = (this.#takers ?? this.nobody).with(reader);
    return this.#file.doc;
  }

  get uri(): string {
    return this.#file.doc.uri;
  }

  /** The descriptions and parts of them that lie where a file is missing, by name. */
  namesBeside(uri: string): readonly string[] {
    return this.#namesIn(resolveUri('.', uri)).filter((name) => /\.(?:ya?ml|json)$/i.test(name));
  }

  /** OpenAPI 2.0 keeps shared things elsewhere than 3.x; AsyncAPI 2 than 3. */
  get isSwagger(): boolean {
    return this.format.kind === 'openapi' && this.format.version.startsWith('2');
  }

  /**
   * Takes the next state of the document, and of every other file that was asked for; wakes the readers of what changed. False
   * when so much came or went that all is to be read anew: that others may interrupt, this they may not.
   */
  renew(document: ApiDocument): boolean {
    const others = [...this.#others].map(([uri, other]) => ({ other, next: this.#load(uri) }));
    const isAnother = ({ doc }: File, next: ApiDocument) => differ(doc.data, next.data, mostRenewed) > mostRenewed;
    if (isAnother(this.#file, document) || others.some(({ other: { file }, next }) => file && next && isAnother(file, next)))
      return false;
    let restructured = this.#renewFile(this.#file, this.root, document);
    for (const { other, next } of others) {
      if (next && other.file && other.root) {
        if (this.#renewFile(other.file, other.root, next)) restructured = true;
      } else if (next !== other.file?.doc) {
        this.#takers?.wake();
        other.readers?.wake();
        other.root?.renew(undefined);
        Object.assign(other, this.#rooted(next));
        restructured = true;
      }
    }
    if (!restructured && !this.#hasNames) return true;
    this.#targets.clear();
    this.#ways.clear();
    this.#frame = {};
    return true;
  }

  /** Does the pointer of a reference lead through this place, which is a reference itself? */
  isWay(place: Place): boolean {
    return this.#ways.has(place);
  }

  /** The same object as long as every reference of the same text leads where it led, and every value is of the kind it was. */
  get frame(): object {
    return this.#frame;
  }

  #renewFile(file: File, root: Place, document: ApiDocument): boolean {
    if (file.doc === document) return false;
    file.doc = document;
    this.#takers?.wake();
    return root.renew(document.data);
  }

  #rooted(doc: ApiDocument | undefined): Pick<OtherFile, 'root' | 'file'> {
    if (!doc) return { root: undefined, file: undefined };
    const file = { api: this, doc };
    return { file, root: new Place(file, undefined, '', doc.data) };
  }

  /** A value made of the description for several readers; made again when something it rests on changed. */
  derived<T>(make: (api: Api) => T): T {
    const known = this.#known(make);
    const { reader } = known;
    if (reader.isOld) known.value = readAs(reader, () => make(this));
    const current = currentReader();
    if (current) reader.readers = (reader.readers ?? this.nobody).with(current);
    return known.value as T;
  }

  /** The same, made in steps: `undefined` where others may have their turn. `inSteps` is told whether it is made for the first time. */
  *derivedInSteps<T>(
    make: (api: Api) => T,
    inSteps: (api: Api, isFirst: boolean) => Generator<undefined, T>,
  ): Generator<undefined, T> {
    const isFirst = !this.#derived.has(make);
    const known = this.#known(make);
    const made = known.reader.isOld ? yield* readInStepsAs(known.reader, () => inSteps(this, isFirst)) : undefined;
    if (made) known.value = made.value;
    return this.derived(make);
  }

  #known(make: (api: Api) => unknown): Derived {
    let known = this.#derived.get(make);
    if (!known) this.#derived.set(make, (known = { reader: new Reader(), value: undefined }));
    return known;
  }

  get(...keys: (string | number)[]): Place {
    return this.root.get(...keys);
  }

  /** A place in a document of the description, by its path. */
  placeAt(doc: ApiDocument, path: Path): Place {
    const root = doc.uri === this.uri ? this.root : this.#other(doc.uri).root;
    if (!root) throw new Error(`\`${doc.uri}\` is no document of \`${this.uri}\`.`);
    return below(root, path);
  }

  /** The place a reference written in `from` points at; undefined when nothing is there. */
  resolve(from: ApiDocument, ref: string): Place | undefined {
    let known = this.#targets.get(from.uri);
    if (!known) this.#targets.set(from.uri, (known = new Map()));
    let target = known.get(ref);
    if (!target) {
      // A pointer that leads through itself leads nowhere.
      known.set(ref, { place: undefined, seen: [], file: undefined, isNamed: false });
      known.set(ref, (target = this.#find(from, ref)));
    }
    if (target.isNamed) this.#hasNames = true;
    const reader = currentReader();
    if (reader) {
      // A name can be anywhere.
      if (target.isNamed) this.#takers = (this.#takers ?? this.nobody).with(reader);
      if (target.file) target.file.readers = (target.file.readers ?? this.nobody).with(reader);
      for (const place of target.seen) place.visit(reader);
    }
    return target.place;
  }

  #other(uri: string): OtherFile {
    let other = this.#others.get(uri);
    if (!other) this.#others.set(uri, (other = { ...this.#rooted(this.#load(uri)), readers: undefined }));
    return other;
  }

  #find(from: ApiDocument, ref: string): Target {
    const [name = '', fragment = ''] = splitOnce(ref, '#');
    const schema = namedSchema(from, name);
    const uris = name === '' || schema ? [from.uri] : addressesOf(name, from);
    const uri = uris.find((each) => each === this.uri || this.#other(each).root) ?? (uris[0] as string);
    const file = uri === this.uri ? undefined : this.#other(uri);
    const root = file ? file.root : this.root;
    const isAnchor = fragment !== '' && !fragment.startsWith('/');
    const path = isAnchor ? root && anchorsOf(root.doc).get(decodePointer(fragment)) : pathOf(fragment);
    const isNamed = isAnchor || schema !== undefined;
    if (!root || !path) return { place: undefined, seen: [], file, isNamed };
    const found = this.#walk(schema && !isAnchor ? below(root, schema) : root, path);
    if (found.place || name !== '' || isAnchor || idsOf(from).size === 0) return { ...found, file, isNamed };
    // Inside of a schema with a name of its own pointers count from there.
    const inside = [...idsOf(from).values()].map((each) => this.#walk(below(root, each), path)).filter((each) => each.place);
    return { ...((inside.length === 1 && inside[0]) || found), file, isNamed: true };
  }

  #walk(root: Place, path: Path): Pick<Target, 'place' | 'seen'> {
    const seen: Place[] = [];
    let place = root;
    for (const [index, key] of path.entries()) {
      // A pointer may lead through another reference: `#/components/schemas/Pet/properties/name`. What stands beside comes first.
      const beside = place.child(key);
      if (index > 0 && !beside.exists) {
        seen.push(beside);
        for (const way of place.chain()) {
          seen.push(way.child('$ref'));
          this.#ways.add(way);
        }
        place = place.deref();
      }
      place = place.child(key);
      if (!place.exists) break;
    }
    return { place: place.exists ? place : undefined, seen: [...seen, place] };
  }

  /** Every operation of paths, webhooks and callbacks, path items behind references included. Each place once. */
  get operations(): readonly Operation[] {
    return this.derived(operationsOfApi);
  }

  /** The same; `undefined` where others may have their turn while they are listed for the first time. */
  operationsInSteps(): Generator<undefined, readonly Operation[]> {
    return this.derivedInSteps(operationsOfApi, operationsOfApiInSteps);
  }

  /** Every AsyncAPI message, each where it is written, once. */
  get messages(): readonly Message[] {
    return this.derived(messagesOfApi);
  }
}

/** The place that a path leads to without following references. */
export function below(root: Place, path: Path): Place {
  return path.reduce<Place>((place, key) => place.child(key), root);
}

function operationsOfApi(api: Api): readonly Operation[] {
  return atOnce(operationsOfApiInSteps(api));
}

function* operationsOfApiInSteps(api: Api): Generator<undefined, readonly Operation[]> {
  const operations: Operation[] = [];
  if (api.format.kind !== 'openapi') return operations;
  for (const operation of listOperations(api)) {
    operations.push(operation);
    yield undefined;
  }
  return operations;
}

function messagesOfApi(api: Api): readonly Message[] {
  return api.format.kind === 'asyncapi' ? listMessages(api) : [];
}

function* listOperations(api: Api): Iterable<Operation> {
  const seen = new Set<Place>();
  for (const [section, kind] of [
    ['paths', 'path'],
    ['webhooks', 'webhook'],
  ] as const) {
    for (const written of api.get(section).entries()) yield* operationsOf(written, kind, seen);
  }
}

/** The operations of a path item and those of their callbacks. */
function* operationsOf(written: Place, kind: Operation['kind'], seen: Set<Place>): Iterable<Operation> {
  if (written.key.startsWith('x-')) return;
  const pathItem = written.deref();
  const usual = httpMethods.map((method) => ({ method: method as string, place: pathItem.child(method) }));
  const others = pathItem
    .get('additionalOperations')
    .entries()
    .map((place) => ({ method: place.key, place }));
  for (const { method, place } of [...usual, ...others]) {
    if (!place.isObject || seen.has(place)) continue;
    seen.add(place);
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
  const found = new Map<Place, Message>();
  const add = (written: Place, name: string) => {
    const place = written.deref();
    if (!place.isObject || found.has(place)) return;
    found.set(place, { place, name: place.get('name').string ?? name });
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

function pathOf(fragment: string): Path {
  return fragment === '' ? [] : fragment.slice(1).split('/').map(decodePointer);
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

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
