/** The document that something is merged into: what it says, what it gets, and what is said about both. */
import type { ApiDocument } from '../../document.ts';
import type { Path, Span, TextEdit } from '../../finding.ts';
import { isRecord } from '../../model/api.ts';
import { editTree, type TreeEditor } from '../../tree/edit.ts';
import { spanAt } from '../../tree/tree.ts';

export type Json = Record<string, unknown>;

export interface Merged {
  /** What adds everything that is missing; nothing that is there is changed or taken away. */
  readonly edits: readonly TextEdit[];
  /** What is added, one sentence each. */
  readonly added: readonly string[];
  /** What the document has and the code does not show, where it stands. */
  readonly extra: readonly (Span & { readonly message: string })[];
  /** Why nothing can be merged. */
  readonly refused?: string;
}

/** A value of the document, where it stands once references are followed; `path` is absent in other files. */
export interface Found {
  readonly value: unknown;
  readonly path?: Path;
}

export class Target {
  readonly document: ApiDocument;
  readonly data: Json;
  readonly added: string[] = [];
  readonly extra: (Span & { message: string })[] = [];
  readonly #editor: TreeEditor;
  readonly #set = new Set<string>();

  constructor(document: ApiDocument) {
    this.document = document;
    this.data = isRecord(document.data) ? document.data : {};
    this.#editor = editTree(document);
  }

  /** The value at a path, through references within the document. */
  at(path: Path): Found {
    let value: unknown = this.data;
    let own: Path | undefined = [];
    for (const key of path) {
      const step = this.follow({ value, path: own });
      value = isRecord(step.value) || Array.isArray(step.value) ? (step.value as Json)[key] : undefined;
      own = step.path && [...step.path, key];
    }
    return this.follow({ value, path: own });
  }

  /** Where a reference leads; the value itself where it is none. */
  follow(found: Found, hops = 0): Found {
    const reference = isRecord(found.value) ? found.value.$ref : undefined;
    if (typeof reference !== 'string' || hops > 12) return found;
    if (!reference.startsWith('#/')) return { value: undefined };
    const path = reference
      .slice(2)
      .split('/')
      .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'));
    let value: unknown = this.data;
    for (const key of path) value = isRecord(value) || Array.isArray(value) ? (value as Json)[key] : undefined;
    return this.follow({ value, path }, hops + 1);
  }

  /** Adds a value where there is none, once, and says so; without words for what belongs to something else. */
  add(path: Path, value: () => unknown, message?: string): void {
    if (!this.isFirst(JSON.stringify(path))) return;
    this.#editor.set(path, value());
    if (message) this.added.push(message);
  }

  /** Adds an item to a list, once. */
  append(path: Path, value: unknown, message?: string): void {
    if (!this.isFirst(JSON.stringify([path, value]))) return;
    this.#editor.append(path, value);
    if (message) this.added.push(message);
  }

  /** Is this asked for the first time? */
  isFirst(key: string): boolean {
    return this.#set.size < this.#set.add(key).size;
  }

  /** Says of something of the document that the code does not show it. */
  surplus(path: Path, message: string, at: 'key' | 'value' = 'key'): void {
    this.extra.push({ ...spanAt(this.document.tree, path, at), message });
  }

  result(): Merged {
    return { edits: this.#editor.edits(), added: this.added, extra: this.extra };
  }
}

export const refuse = (refused: string): Merged => ({ edits: [], added: [], extra: [], refused });

/** What components are called. */
const kinds: Readonly<Record<string, string>> = {
  schemas: 'Schema',
  responses: 'Answer',
  parameters: 'Parameter',
  headers: 'Header',
  requestBodies: 'Body',
  messages: 'Message',
  securitySchemes: 'Security scheme',
};

/** A reference into the components of a kind. */
const componentOf = /^#\/components\/(\w+)\/(.+)$/;

/**
 * Brings components of a generated document into the target under names that are free there; one that is there under
 * the same name and is alike is taken for the same.
 */
export class Components {
  readonly #target: Target;
  readonly #generated: Json;
  readonly #names = new Map<string, string>();
  readonly #convert: (schema: unknown) => unknown;

  constructor(target: Target, generated: Json, convert: (schema: unknown) => unknown = (schema) => schema) {
    this.#target = target;
    this.#generated = generated;
    this.#convert = convert;
  }

  /** A generated value as it goes into the target, the components it refers to brought along. */
  adopt(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.adopt(item));
    if (!isRecord(value)) return value;
    const reference = typeof value.$ref === 'string' ? componentOf.exec(value.$ref) : null;
    const entries = Object.entries(value).map(
      ([key, item]) => [key, key === '$ref' && reference ? this.#brought(reference) : this.adopt(item)] as const,
    );
    return this.#convert(Object.fromEntries(entries));
  }

  /** What a generated reference means, once more. */
  resolve(value: unknown, hops = 0): unknown {
    const [, kind = '', name = ''] = (isRecord(value) && typeof value.$ref === 'string' && componentOf.exec(value.$ref)) || [];
    if (!kind || hops > 12) return value;
    const { components } = this.#generated;
    const group = isRecord(components) ? components[kind] : undefined;
    return this.resolve(isRecord(group) ? group[name] : undefined, hops + 1);
  }

  #brought([whole, kind = '', name = '']: RegExpExecArray): string {
    const known = this.#names.get(whole);
    if (known) return known;
    const value = this.resolve({ $ref: whole });
    const group = this.#target.at(['components', kind]).value;
    const taken = isRecord(group) ? group : {};
    let own = name;
    for (let count = 2; Object.hasOwn(taken, own) && !isAlike(taken[own], value); count++) own = `${name}${count}`;
    const reference = `#/components/${kind}/${own}`;
    this.#names.set(whole, reference);
    if (!Object.hasOwn(taken, own))
      this.#target.add(['components', kind, own], () => this.adopt(value), `${kinds[kind] ?? kind} \`${own}\`.`);
    return reference;
  }

  /** The name under which a security scheme is in the target: one that says the same, else it is brought along. */
  scheme(name: string): string {
    const wanted = this.resolve({ $ref: `#/components/securitySchemes/${name}` });
    const { value } = this.#target.at(['components', 'securitySchemes']);
    for (const [key, one] of Object.entries(isRecord(value) ? value : {})) if (isSameScheme(one, wanted)) return key;
    const reference = this.adopt({ $ref: `#/components/securitySchemes/${name}` }) as { $ref: string };
    return reference.$ref.slice(reference.$ref.lastIndexOf('/') + 1);
  }
}

/** Do two schemas, or answers, of one name describe the same thing? Half of what is named in the smaller one is in the other. */
function isAlike(a: unknown, b: unknown): boolean {
  const [one, other] = [namesIn(a), namesIn(b)];
  if (!one.length || !other.length) return true;
  const shared = one.filter((name) => other.includes(name)).length;
  return shared * 2 >= Math.min(one.length, other.length);
}

/** The properties of a schema, or of the body of an answer. */
function namesIn(value: unknown): string[] {
  const [media] = isRecord(value) && isRecord(value.content) ? Object.values(value.content) : [];
  const schema = isRecord(media) ? media.schema : value;
  return Object.keys(isRecord(schema) && isRecord(schema.properties) ? schema.properties : {});
}

function isSameScheme(a: unknown, b: unknown): boolean {
  if (!isRecord(a) || !isRecord(b) || a.type !== b.type) return false;
  return ['scheme', 'in', 'name'].every((key) => String(a[key] ?? '').toLowerCase() === String(b[key] ?? '').toLowerCase());
}

/**
 * Adds the properties that the code's schema has and the document's lacks, at any depth, as optional ones. What is
 * composed, closed or in another file is left as it is.
 */
export function mergeSchema(
  target: Target,
  components: Components,
  at: Found,
  generated: unknown,
  where: string,
  depth = 0,
): void {
  const own = target.follow(at);
  const code = components.resolve(generated);
  if (!own.path || !isRecord(own.value) || !isRecord(code) || depth > 8) return;
  const { value, path } = own;
  // A type that several operations share is compared once.
  const reference = isRecord(generated) && typeof generated.$ref === 'string' ? generated.$ref : undefined;
  if (reference && !target.isFirst(JSON.stringify([path, reference]))) return;
  const shared = path[0] === 'components' && path.length === 3 ? `schema \`${String(path[2])}\`` : where;
  if (['allOf', 'oneOf', 'anyOf', 'not', 'if', 'const', 'enum'].some((key) => key in value)) return;
  if (isRecord(value.items) && isRecord(code.items))
    mergeSchema(target, components, { value: value.items, path: [...path, 'items'] }, code.items, `${shared}[]`, depth + 1);
  if (!isRecord(code.properties) || value.additionalProperties === false) return;
  if (!isRecord(value.properties)) return;
  for (const [name, schema] of Object.entries(code.properties)) {
    const place = [...path, 'properties', name];
    if (Object.hasOwn(value.properties, name)) {
      mergeSchema(target, components, { value: value.properties[name], path: place }, schema, `${shared}.${name}`, depth + 1);
    } else {
      target.add(place, () => components.adopt(schema), `Property \`${name}\` of ${shared}.`);
    }
  }
}
