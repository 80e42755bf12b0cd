/** JSON Schemas of a description to TypeScript types, as text. */
import { isRecord } from '../../model/api.ts';
import { capital } from '../names.ts';

type Json = Record<string, unknown>;

const identifier = /^[A-Za-z_$][\w$]*$/;

/** A name as a property of an object is written. */
export const propertyName = (name: string) => (identifier.test(name) ? name : literal(name));

/** `order-item.v1` is `OrderItemV1`. */
export function typeName(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const name = words.map(capital).join('');
  return /^[A-Za-z]/.test(name) ? name : `Type${name}`;
}

/** A comment above a declaration; nothing where there is nothing to say. */
export function comment(text: unknown, indent = ''): string {
  if (typeof text !== 'string' || text.trim() === '') return '';
  const lines = text
    .trim()
    .replaceAll('*/', '*\\/')
    .split(/\r?\n/)
    .map((line) => line.trimEnd());
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} *${line === '' ? '' : ` ${line}`}\n`).join('')}${indent} */\n`;
}

/** Named types of one document: each schema that is referred to is written once. */
export class SchemaTypes {
  readonly #data: Json;
  readonly #names = new Map<string, string>();
  readonly #taken: Set<string>;
  readonly #declarations = new Map<string, string>();

  /** `taken` are names that other declarations of the file have. */
  constructor(data: Json, taken: Iterable<string>) {
    this.#data = data;
    this.#taken = new Set(taken);
  }

  /** The declarations of all types that were named, by name. */
  declarations(): string {
    return [...this.#declarations]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, text]) => text)
      .join('\n');
  }

  /** The names that were declared. */
  names(): string[] {
    return [...this.#declarations.keys()].sort();
  }

  /** The value a reference within the document leads to. */
  resolve(value: unknown, hops = 0): unknown {
    const reference = isRecord(value) ? value.$ref : undefined;
    if (typeof reference !== 'string' || hops > 12) return value;
    return reference.startsWith('#/') ? this.resolve(this.#at(reference), hops + 1) : undefined;
  }

  #at(reference: string): unknown {
    let value: unknown = this.#data;
    for (const part of reference.slice(2).split('/')) {
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      value = isRecord(value) || Array.isArray(value) ? (value as Json)[key] : undefined;
    }
    return value;
  }

  /** The type of a schema, as it is written at some indentation. */
  of(schema: unknown, indent = ''): string {
    if (schema === false) return 'never';
    if (!isRecord(schema)) return 'unknown';
    if (typeof schema.$ref === 'string') return this.#reference(schema.$ref);
    const type = this.#plain(schema, indent);
    return schema.nullable === true && type !== 'unknown' ? `${type} | null` : type;
  }

  #reference(reference: string): string {
    const known = this.#names.get(reference);
    if (known) return known;
    const target = reference.startsWith('#/') ? this.#at(reference) : undefined;
    if (target === undefined) return 'unknown';
    let name = typeName(reference.slice(reference.lastIndexOf('/') + 1));
    for (let count = 2; this.#taken.has(name); count++) name = `${name.replace(/\d+$/, '')}${count}`;
    this.#taken.add(name);
    this.#names.set(reference, name);
    // The place is kept: a schema may refer to itself.
    this.#declarations.set(name, '');
    const text = this.of(target);
    const isObject = isRecord(target) && /^\{\n/.test(text) && text.endsWith('}') && !/^\} [&|]/m.test(text);
    const about = isRecord(target) ? comment(target.description) : '';
    this.#declarations.set(
      name,
      isObject ? `${about}export interface ${name} ${text}\n` : `${about}export type ${name} = ${text};\n`,
    );
    return name;
  }

  #plain(schema: Json, indent: string): string {
    if ('const' in schema) return literal(schema.const);
    if (Array.isArray(schema.enum)) return union(schema.enum.map(literal));
    const { type } = schema;
    if (Array.isArray(type)) return union(type.map((one) => this.#typed({ ...schema, type: one }, indent)));
    const parts: string[] = [];
    if (Array.isArray(schema.allOf)) parts.push(...schema.allOf.map((part) => this.of(part, indent)));
    for (const key of ['oneOf', 'anyOf']) {
      const list = schema[key];
      if (Array.isArray(list)) parts.push(union(list.map((part) => this.#branch(part, schema.discriminator, indent))));
    }
    const own = this.#typed(parts.length > 0 ? this.#withRequired(schema) : schema, indent);
    const isOpen = own === 'unknown' || (own === 'Record<string, unknown>' && parts.length > 0);
    if (parts.length === 0) return own;
    const all = [...new Set([...parts, ...(isOpen ? [] : [own])].filter((part) => part !== 'unknown'))];
    if (all.length === 0) return 'unknown';
    return all.length === 1 ? (all[0] as string) : all.map((part) => grouped(part)).join(' & ');
  }

  /** One of several schemas, with the value of the discriminator by which it is known: TypeScript tells them apart by it. */
  #branch(part: unknown, discriminator: unknown, indent: string): string {
    const type = this.of(part, indent);
    if (!isRecord(discriminator) || !isRecord(part) || typeof part.$ref !== 'string') return type;
    const { propertyName: name, mapping } = discriminator;
    const target = this.resolve(part);
    if (typeof name !== 'string' || !isRecord(target)) return type;
    const property = this.resolve(this.#inherited(target, [name])[name]);
    if (isRecord(property) && ('const' in property || Array.isArray(property.enum) || property.type !== 'string')) return type;
    const reference = part.$ref;
    const own = reference.slice(reference.lastIndexOf('/') + 1);
    const leads = ([, to]: [string, unknown]) => to === reference || to === own;
    const mapped = Object.entries(isRecord(mapping) ? mapping : {}).filter(leads);
    const values = mapped.length > 0 ? mapped.map(([value]) => value) : [own];
    return `(${grouped(type)} & { ${propertyName(name)}: ${union(values.map(literal))} })`;
  }

  /** A schema with the properties that it requires of those its parts declare: they are optional there. */
  #withRequired(schema: Json): Json {
    const own = isRecord(schema.properties) ? schema.properties : {};
    const missing = Array.isArray(schema.required) ? schema.required.filter((name) => !Object.hasOwn(own, name)) : [];
    const properties = { ...own, ...this.#inherited(schema, missing) };
    return Object.keys(properties).length > 0 ? { ...schema, properties } : schema;
  }

  #typed(schema: Json, indent: string): string {
    if (isFile(schema)) return 'Blob';
    switch (schema.type ?? (isRecord(schema.properties) ? 'object' : schema.items !== undefined ? 'array' : undefined)) {
      case 'string':
        return 'string';
      case 'number':
      case 'integer':
        return 'number';
      case 'boolean':
        return 'boolean';
      case 'null':
        return 'null';
      case 'array':
        if (Array.isArray(schema.prefixItems)) return `[${schema.prefixItems.map((item) => this.of(item, indent)).join(', ')}]`;
        return `${grouped(this.of(schema.items ?? {}, indent))}[]`;
      case 'object':
        return this.#object(schema, indent);
      default:
        return 'unknown';
    }
  }

  #object(schema: Json, indent: string): string {
    const properties = isRecord(schema.properties) ? Object.entries(schema.properties) : [];
    const { additionalProperties: more } = schema;
    if (properties.length === 0)
      return more === false ? 'Record<string, never>' : mapOf(this.of(isRecord(more) ? more : {}, indent));
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    const inner = `${indent}  `;
    const lines = properties.map(([name, property]) => {
      const about = isRecord(property) ? comment(property.description, inner) : '';
      return `${about}${inner}${propertyName(name)}${required.has(name) ? '' : '?'}: ${this.of(property, inner)};\n`;
    });
    // Of what the others are the declared ones would have to be, too.
    if (more === true || isRecord(more)) lines.push(`${inner}[name: string]: unknown;\n`);
    return `{\n${lines.join('')}${indent}}`;
  }

  /** The properties that a schema requires and only a part of it declares. */
  #inherited(schema: Json, names: readonly unknown[], hops = 0): Json {
    const own = isRecord(schema.properties) ? schema.properties : {};
    const found: Json = {};
    for (const name of names) {
      if (typeof name !== 'string') continue;
      if (Object.hasOwn(own, name)) found[name] = own[name];
    }
    for (const part of hops < 12 && Array.isArray(schema.allOf) ? schema.allOf : []) {
      const target = this.resolve(part);
      if (isRecord(target)) Object.assign(found, this.#inherited(target, names, hops + 1));
    }
    return found;
  }
}

/** Bytes as they are: `format` before OpenAPI 3.1, a media type without an encoding since, `type: file` in Swagger 2.0. */
function isFile({ type, format, contentMediaType, contentEncoding }: Json): boolean {
  if (type === 'file' || (type === 'string' && format === 'binary')) return true;
  if ((type !== undefined && type !== 'string') || contentEncoding !== undefined) return false;
  return typeof contentMediaType === 'string' && /^(?:image|audio|video|application\/octet-stream)\b/.test(contentMediaType);
}

/** A map of texts to a type. That of a type's own name is written out, as the name may lead back to the map. */
function mapOf(type: string): string {
  return /^(?:unknown|string|number|boolean)$/.test(type) ? `Record<string, ${type}>` : `{ [name: string]: ${type} }`;
}

function literal(value: unknown): string {
  if (typeof value === 'string') return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  return typeof value === 'object' && value !== null ? 'unknown' : String(JSON.stringify(value) ?? 'unknown');
}

function union(parts: readonly string[]): string {
  const distinct = [...new Set(parts)];
  return distinct.length === 0 || distinct.includes('unknown') ? 'unknown' : distinct.join(' | ');
}

/** A type as a part of another: a union in parentheses. */
function grouped(type: string): string {
  return / [|&] /.test(type.replaceAll(/\{[\s\S]*\}|'[^']*'/g, '')) ? `(${type})` : type;
}
