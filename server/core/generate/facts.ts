/**
 * Contract facts: what an application serves, as far as its code shows it. Readers of frameworks produce them,
 * writers of descriptions consume them; neither knows the other.
 */
import type { Span } from '../finding.ts';

/** A place in a source file. */
export interface Source extends Span {
  readonly uri: string;
}

/** Something the code does that cannot be seen without running it, and why. */
export interface Note extends Source {
  readonly message: string;
  /** What notes have in common whose messages differ only in what they name. */
  readonly reason?: string;
}

/**
 * How a fact is known. `declared`: the code states it for the framework or a validator (a schema, a type argument, a
 * decorator). `typed`: a type in the code says so. `seen`: read from what the code does with the value. `said`: only a comment
 * says so, in the words of OpenAPI.
 */
export type Confidence = 'declared' | 'typed' | 'seen' | 'said';

/** Where a fact is written, and how well it is known. */
export interface Evidence extends Source {
  readonly confidence: Confidence;
}

/** What is known of a JSON value; everything absent is unknown, never forbidden. Names and meanings are JSON Schema's. */
export interface Shape {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** The shape of values under other names. */
  readonly additional?: Shape;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly enum?: readonly (string | number | boolean)[];
  /** Null is a value, too. */
  readonly nullable?: boolean;
  /** A named type: a key of `Facts.types`. Nothing but `nullable` and `description` stands beside it. */
  readonly ref?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly default?: string | number | boolean;
  readonly description?: string;
  readonly deprecated?: boolean;
  /** In answers only, in requests only. */
  readonly readOnly?: boolean;
  readonly writeOnly?: boolean;
}

export interface ParameterFact {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly shape: Shape;
  /** The application refuses a request without it; a mere read does not say so. */
  readonly required?: boolean;
  readonly evidence: Evidence;
}

export interface BodyFact {
  readonly mediaType: string;
  readonly shape: Shape;
  /** The application refuses a request without a body. */
  readonly required?: boolean;
  readonly evidence: Evidence;
}

export interface ResponseFact {
  /** Three digits, or `default` where the status is computed. */
  readonly status: string;
  /** The media type of the body; absent where there is none or it cannot be seen. */
  readonly mediaType?: string;
  readonly shape?: Shape;
  readonly description?: string;
  readonly evidence: Evidence;
}

/** What a client has to come with; all of an operation's together, but for those that are a choice. */
export interface SecurityFact {
  /** Of the scheme, within the document. */
  readonly name: string;
  /** As OpenAPI has it. */
  readonly scheme:
    | { readonly type: 'http'; readonly scheme: 'bearer' | 'basic' | 'digest'; readonly bearerFormat?: string }
    | { readonly type: 'apiKey'; readonly in: 'header' | 'query' | 'cookie'; readonly name: string };
  /** Any one of those of a choice will do. */
  readonly choice?: string;
  readonly evidence: Evidence;
}

export interface OperationFact {
  /** Lower case. */
  readonly method: string;
  /** An OpenAPI path template: `/users/{id}`. */
  readonly path: string;
  readonly parameters: readonly ParameterFact[];
  /** The bodies the handler reads, one per media type. */
  readonly bodies: readonly BodyFact[];
  readonly responses: readonly ResponseFact[];
  readonly security: readonly SecurityFact[];
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  /** The name the code gives the operation for a description. */
  readonly operationId?: string;
  readonly tags?: readonly string[];
  /** Where the route is registered. */
  readonly source: Source;
}

/** What the code says of the API as a whole. */
export interface Info {
  readonly title?: string;
  readonly version?: string;
  readonly description?: string;
}

export interface Facts {
  readonly info?: Info;
  /** In the order the application registers them; one per method and path. */
  readonly operations: readonly OperationFact[];
  /** Types of the code by name: what `Shape.ref` means. */
  readonly types: ReadonlyMap<string, Shape>;
  /** By file and place. */
  readonly notes: readonly Note[];
}

/** No facts. */
export const noFacts: Facts = { operations: [], types: new Map(), notes: [] };

/** What two sightings of one value tell together; they disagree on the type: nothing is said of it. */
export function mergeShapes(a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  if (!a || !b) return a ?? b;
  if (a.ref || b.ref) return mergeRefs(a, b);
  if (a.type !== b.type && a.type && b.type) return {};
  const properties = mergeProperties(a.properties, b.properties);
  const items = mergeShapes(a.items, b.items);
  const required =
    a.properties && b.properties ? a.required?.filter((name) => b.required?.includes(name)) : (a.required ?? b.required);
  return {
    ...a,
    ...b,
    ...(a.default !== undefined && { default: a.default }),
    ...(properties && { properties }),
    ...(items && { items }),
    required: required?.length ? required : undefined,
  };
}

/** What a value is that is both: all that either asks of it. */
export function joinShapes(a: Shape, b: Shape): Shape {
  const properties = new Map(Object.entries(a.properties ?? {}));
  for (const [name, shape] of Object.entries(b.properties ?? {})) {
    const known = properties.get(name);
    properties.set(name, known ? joinShapes(known, shape) : shape);
  }
  const required = [...new Set([...(a.required ?? []), ...(b.required ?? [])])];
  return {
    ...a,
    ...b,
    ...(properties.size > 0 && { properties: Object.fromEntries(properties) }),
    ...(a.items && b.items && { items: joinShapes(a.items, b.items) }),
    ...(required.length > 0 && { required }),
  };
}

function mergeRefs(a: Shape, b: Shape): Shape {
  if (a.ref && b.ref && a.ref !== b.ref) return { anyOf: [a, b] };
  return a.ref ? a : b;
}

function mergeProperties(a: Shape['properties'], b: Shape['properties']): Shape['properties'] {
  if (!a || !b) return a ?? b;
  const merged = new Map(Object.entries(a));
  for (const [name, shape] of Object.entries(b)) merged.set(name, mergeShapes(merged.get(name), shape) as Shape);
  return Object.fromEntries(merged);
}

/** Is nothing known of the value? */
export function isUnknown(shape: Shape | undefined): boolean {
  return !shape || Object.keys(shape).every((key) => key === 'nullable' || shape[key as keyof Shape] === undefined);
}
