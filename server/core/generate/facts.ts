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
}

/** What is known of a JSON value; everything absent is unknown, never forbidden. */
export interface Shape {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

export interface QueryParameter {
  readonly name: string;
  readonly shape: Shape;
}

export interface ResponseFact {
  /** Three digits, or `default` where the status is computed. */
  readonly status: string;
  /** The media type of the body; absent where there is none or it cannot be seen. */
  readonly mediaType?: string;
  readonly shape?: Shape;
}

export interface OperationFact {
  /** Lower case. */
  readonly method: string;
  /** An OpenAPI path template: `/users/{id}`. */
  readonly path: string;
  readonly query: readonly QueryParameter[];
  /** The JSON body the handler reads; absent where it reads none. */
  readonly body?: Shape;
  readonly responses: readonly ResponseFact[];
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  /** Where the route is registered. */
  readonly source: Source;
}

export interface Facts {
  /** In the order the application registers them; one per method and path. */
  readonly operations: readonly OperationFact[];
  /** By file and place. */
  readonly notes: readonly Note[];
}

/** What two sightings of one value tell together; they disagree on the type: nothing is said of it. */
export function mergeShapes(a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  if (!a || !b) return a ?? b;
  if (a.type !== b.type && a.type && b.type) return {};
  const type = a.type ?? b.type;
  const properties = mergeProperties(a.properties, b.properties);
  const items = mergeShapes(a.items, b.items);
  return { ...(type && { type }), ...(properties && { properties }), ...(items && { items }) };
}

function mergeProperties(a: Shape['properties'], b: Shape['properties']): Shape['properties'] {
  if (!a || !b) return a ?? b;
  const merged = new Map(Object.entries(a));
  for (const [name, shape] of Object.entries(b)) merged.set(name, mergeShapes(merged.get(name), shape) as Shape);
  return Object.fromEntries(merged);
}
