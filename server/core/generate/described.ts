/** What an OpenAPI (or Swagger 2) description says of an operation, as facts: of a document, or of a part that code or a comment holds. */
import { isRecord } from '../model/api.ts';
import type { BodyFact, Evidence, OperationFact, ParameterFact, ResponseFact, SecurityFact, Shape } from './facts.ts';
import { isUnknown, joinShapes } from './facts.ts';
import { nameShape } from './named.ts';

type Json = Readonly<Record<string, unknown>>;

/** The methods of a path that a description may hold, up to OpenAPI 3.1. */
export const verbs: readonly string[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** How deep references are followed into one another. */
const maxHops = 12;

/** A description, whole or in part: what its references mean. */
export class Description {
  readonly data: Json;
  readonly #other: (reference: string) => unknown;
  readonly #shapes = new Map<string, Shape>();
  readonly #open = new Set<string>();

  /** `other` gives what a reference means that leads out of the description. */
  constructor(data: unknown, other: (reference: string) => unknown = () => undefined) {
    this.data = isRecord(data) ? data : {};
    this.#other = other;
  }

  /** The value that a reference means; another value as it is. */
  follow(value: unknown, hops = 0): Json {
    const reference = isRecord(value) ? value.$ref : undefined;
    if (typeof reference !== 'string' || hops > maxHops) return isRecord(value) ? value : {};
    return this.follow(this.#at(reference), hops + 1);
  }

  #at(reference: string): unknown {
    return reference.startsWith('#/') ? pointed(this.data, reference.slice(1)) : this.#other(reference);
  }

  /** What a schema lets through. A schema that is a part of itself is unknown there. */
  shape(schema: unknown, depth = 0): Shape {
    const reference = isRecord(schema) ? schema.$ref : undefined;
    if (typeof reference !== 'string') return isRecord(schema) && depth < maxHops ? this.#written(schema, depth) : {};
    const known = this.#shapes.get(reference);
    if (known || this.#open.has(reference)) return known ?? {};
    this.#open.add(reference);
    const found = this.shape(this.#at(reference), depth);
    this.#open.delete(reference);
    const name = /^#\/(?:components\/schemas|definitions)\/(\w+)$/.exec(reference)?.[1];
    // A name is of one shape: what another name means may be the same.
    const own = { ...found };
    if (name) nameShape(own, name, true);
    this.#shapes.set(reference, own);
    return own;
  }

  #written(schema: Json, depth: number): Shape {
    const inner = (one: unknown) => this.shape(one, depth + 1);
    const types = listOf(schema.type).filter((one) => typeof one === 'string');
    const [type] = types.filter((one) => one !== 'null') as Shape['type'][];
    const nullable = schema.nullable === true || (types.includes('null') && type !== undefined);
    const isNull = (one: unknown) => isRecord(one) && one.type === 'null';
    const choices = schema.anyOf ?? schema.oneOf;
    const alternatives = Array.isArray(choices) ? choices : [];
    const values = (Array.isArray(schema.enum) ? schema.enum : 'const' in schema ? [schema.const] : []).filter(isPlain);
    const properties = isRecord(schema.properties) ? Object.entries(schema.properties) : [];
    const required = listOf(schema.required).filter((one) => typeof one === 'string');
    const additional = schema.additionalProperties;
    const own: Shape = {
      ...keywordsIn(schema),
      ...(type ? { type } : properties.length > 0 ? { type: 'object' as const } : {}),
      ...(type === undefined && types.includes('null') && { type: 'null' as const }),
      ...(properties.length > 0 && { properties: Object.fromEntries(properties.map(([name, one]) => [name, inner(one)])) }),
      ...(required.length > 0 && { required }),
      ...(isRecord(schema.items) && { items: inner(schema.items) }),
      ...(isRecord(additional) && { additional: inner(additional) }),
      ...(values.length > 0 && { enum: values }),
    };
    const all = Array.isArray(schema.allOf) ? schema.allOf.map(inner) : [];
    const parts = alternatives.filter((one) => !isNull(one)).map(inner);
    const [first] = parts;
    const choice: Shape[] = parts.length > 1 ? [{ anyOf: parts }] : first ? [first] : [];
    const chosen = [...all, ...choice].reduce(together, own);
    return nullable || alternatives.some(isNull) ? { ...chosen, nullable: true } : chosen;
  }

  /** What is said of an operation; `item` says what all of its path have in common. */
  operation(described: unknown, item: Json, evidence: Evidence): Omit<OperationFact, 'method' | 'path' | 'source'> {
    const operation = this.follow(described);
    const both = [...listOf(item.parameters), ...listOf(operation.parameters)].map((one) => this.follow(one));
    const parameters = new Map(both.map((one) => [`${one.in} ${one.name}`, one]));
    const all = [...parameters.values()];
    const text = (key: string) => (typeof operation[key] === 'string' ? operation[key] : undefined);
    const [summary, description, operationId] = ['summary', 'description', 'operationId'].map(text);
    const tags = listOf(operation.tags).filter((one) => typeof one === 'string');
    return {
      parameters: all.flatMap((one) => this.#parameter(one, evidence) ?? []),
      bodies: [...this.#bodies(this.follow(operation.requestBody), evidence), ...this.#bodiesOf2(all, operation, evidence)],
      responses: this.#responses(operation, evidence),
      security: this.#security(operation.security ?? this.data.security, evidence),
      ...(summary && { summary }),
      ...(description && { description }),
      ...(operationId && { operationId }),
      ...(tags.length > 0 && { tags }),
      ...(operation.deprecated === true && { deprecated: true }),
    };
  }

  #parameter(one: Json, evidence: Evidence): ParameterFact | undefined {
    const { name, in: where, required } = one;
    if (typeof name !== 'string' || (where !== 'path' && where !== 'query' && where !== 'header')) return undefined;
    const [content] = isRecord(one.content) ? Object.values(one.content) : [];
    // Swagger 2 has the schema's words beside the name.
    const { name: _, in: __, required: ___, ...plain } = one;
    const shape = this.shape(one.schema ?? (isRecord(content) ? content.schema : plain));
    const description = typeof one.description === 'string' ? { description: one.description } : {};
    return { name, in: where, shape: { ...shape, ...description }, ...(required === true && { required }), evidence };
  }

  #bodies(body: Json, evidence: Evidence): BodyFact[] {
    const content = isRecord(body.content) ? Object.entries(body.content) : [];
    return content.map(([mediaType, one]) => ({
      mediaType,
      shape: this.shape(this.follow(one).schema),
      ...(body.required === true && { required: true }),
      evidence,
    }));
  }

  /** A body, or the fields of a form, among the parameters of Swagger 2. */
  #bodiesOf2(parameters: readonly Json[], operation: Json, evidence: Evidence): BodyFact[] {
    const consumed = listOf(operation.consumes ?? this.data.consumes).filter((one) => typeof one === 'string');
    const body = parameters.find((one) => one.in === 'body');
    if (body) {
      const required = body.required === true ? { required: true } : {};
      return [{ mediaType: consumed[0] ?? 'application/json', shape: this.shape(body.schema), ...required, evidence }];
    }
    const fields = parameters.filter((one) => one.in === 'formData' && typeof one.name === 'string');
    if (fields.length === 0) return [];
    const properties = fields.map((one): [string, Shape] => {
      const { name, in: _, required: __, ...plain } = one;
      return [name as string, one.type === 'file' ? { type: 'string', format: 'binary' } : this.shape(plain)];
    });
    const required = fields.filter((one) => one.required === true).map((one) => one.name as string);
    const isFile = fields.some((one) => one.type === 'file');
    const usual = isFile ? 'multipart/form-data' : 'application/x-www-form-urlencoded';
    const shape: Shape = { type: 'object', properties: Object.fromEntries(properties), ...(required.length > 0 && { required }) };
    return [{ mediaType: consumed.find((one) => /form/.test(one)) ?? usual, shape, evidence }];
  }

  #responses(operation: Json, evidence: Evidence): ResponseFact[] {
    const responses = isRecord(operation.responses) ? Object.entries(operation.responses) : [];
    const [produced = 'application/json'] = listOf(operation.produces ?? this.data.produces).filter(
      (one) => typeof one === 'string',
    );
    return responses.flatMap(([status, one]): ResponseFact[] => {
      if (!/^(?:[1-5]\d\d|default)$/.test(status)) return [];
      const response = this.follow(one);
      const description = typeof response.description === 'string' ? { description: response.description } : {};
      const content = isRecord(response.content) ? Object.entries(response.content) : [];
      const said = { status, ...description, evidence };
      if (content.length === 0)
        return [{ ...said, ...(response.schema ? { mediaType: produced, shape: this.shape(response.schema) } : {}) }];
      return content.map(([mediaType, body]) => ({ ...said, mediaType, shape: this.shape(this.follow(body).schema) }));
    });
  }

  /** Schemes that are all asked for, or any one of those that stand beside one another. */
  #security(requirements: unknown, evidence: Evidence): SecurityFact[] {
    const all = listOf(requirements).filter(isRecord);
    // Who needs not show anything may show it all the same.
    if (all.some((one) => Object.keys(one).length === 0)) return [];
    const components = isRecord(this.data.components) ? this.data.components.securitySchemes : this.data.securityDefinitions;
    const schemes = this.follow(components);
    const choice = all.length > 1 ? all.map((one) => Object.keys(one).join()).join() : undefined;
    return all.flatMap((one) =>
      Object.keys(one).flatMap((name): SecurityFact[] => {
        const scheme = schemeOf(this.follow(schemes[name]));
        return scheme ? [{ name, scheme, ...(choice && { choice }), evidence }] : [];
      }),
    );
  }
}

/** What a JSON pointer leads to. */
export function pointed(data: unknown, pointer: string): unknown {
  let value = data;
  for (const part of pointer.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    value = isRecord(value) || Array.isArray(value) ? (value as Json)[key] : undefined;
  }
  return value;
}

/** How many ways to be one of several things are written out. */
const maxWays = 12;

/** What is both of two shapes: of one that is one of several, each of those with the other. */
function together(a: Shape, b: Shape): Shape {
  if (!a.anyOf && !b.anyOf) return joinShapes(a, b);
  const [ways, others] = [a.anyOf ?? (isUnknown(a) ? [] : [a]), b.anyOf ?? (isUnknown(b) ? [] : [b])];
  if (ways.length === 0 || others.length === 0) return ways.length > 0 ? a : b;
  const all = ways.flatMap((one) => others.map((other) => joinShapes(one, other)));
  if (all.length <= maxWays) return { anyOf: all };
  const properties = Object.assign({}, ...all.map((one) => one.properties ?? {})) as Record<string, Shape>;
  return { type: 'object', properties };
}

function schemeOf({ type, scheme, in: where, name, bearerFormat }: Json): SecurityFact['scheme'] | undefined {
  const kind = type === 'basic' ? 'basic' : typeof scheme === 'string' ? scheme.toLowerCase() : '';
  if ((type === 'http' || type === 'basic') && (kind === 'bearer' || kind === 'basic' || kind === 'digest'))
    return { type: 'http', scheme: kind, ...(typeof bearerFormat === 'string' && { bearerFormat }) };
  const isKey = type === 'apiKey' && typeof name === 'string';
  return isKey && (where === 'header' || where === 'query' || where === 'cookie')
    ? { type: 'apiKey', in: where, name }
    : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

const texts = ['format', 'pattern', 'description'];
const switches = ['uniqueItems', 'deprecated', 'readOnly', 'writeOnly'];
const numbers = 'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength minItems maxItems'.split(' ');

function keywordsIn(schema: Json): Shape {
  const found: Record<string, unknown> = {};
  for (const key of texts) if (typeof schema[key] === 'string') found[key] = schema[key];
  for (const key of switches) if (schema[key] === true) found[key] = true;
  for (const key of numbers) if (typeof schema[key] === 'number') found[key] = schema[key];
  if (isPlain(schema.default)) found.default = schema.default;
  return found as Shape;
}
