/** What rules ask of JSON Schemas in API documents. */
import type { Place } from '../server/core/model/api.ts';

export interface Properties {
  /** By name, dereferenced; those of `allOf`, `oneOf` and `anyOf` included. */
  readonly byName: ReadonlyMap<string, Place>;
  /** False where a reference is broken or leads away: there may be more than what is seen. */
  readonly complete: boolean;
}

/** The properties of an object schema. */
export function propertiesOf(schema: Place): Properties {
  const byName = new Map<string, Place>();
  const seen = new Set<Place>();
  let complete = true;
  const visit = (written: Place) => {
    if (!written.exists) return;
    const here = written.deref();
    if (!here.isObject) {
      complete = false;
      return;
    }
    if (seen.has(here)) return;
    seen.add(here);
    for (const property of here.get('properties').entries()) byName.set(property.key, property.deref());
    for (const part of ['allOf', 'oneOf', 'anyOf']) for (const item of here.get(part).items()) visit(item);
  };
  visit(schema);
  return { byName, complete };
}

/** Is this an array whose items are objects, and without a limit of its own? */
export function isOpenList(schema: Place): boolean {
  const items = schema.get('items');
  if (!hasType(schema, 'array') || schema.has('maxItems') || !items.isObject) return false;
  return hasType(items, 'object') || propertiesOf(items).byName.size > 0;
}

/** Does the schema name this type, alone or in a list as 3.1 allows? */
export function hasType(schema: Place, type: string): boolean {
  const { value } = schema.get('type');
  return value === type || (Array.isArray(value) && value.includes(type));
}

/** `application/json` and every `+json` type, parameters included. */
export function isJsonMediaType(mediaType: string): boolean {
  return /^(?:application|text)\/(?:[^;\s]+\+)?json\s*(?:;|$)/i.test(mediaType);
}

/** A property of an object schema, where it is written. */
export interface Property {
  readonly name: string;
  /** Where its name stands. */
  readonly written: Place;
  /** Its schema, dereferenced. */
  readonly schema: Place;
  /** The schema that has the property. */
  readonly owner: Place;
}

/** Every property that can be reached from the schemas, each once, however often it is used. */
export function* propertiesWithin(schemas: Iterable<Place>): Iterable<Property> {
  for (const owner of schemasWithin(schemas)) {
    for (const written of owner.get('properties').entries()) {
      yield { name: written.key, written, schema: written.deref(), owner };
    }
  }
}

/** All that an iterable gives and that is wanted; `undefined` now and then, where others may have their turn. */
export function* gathered<T>(each: Iterable<T>, isWanted: (one: T) => boolean = () => true): Generator<undefined, T[]> {
  const all: T[] = [];
  let seen = 0;
  for (const one of each) {
    if (isWanted(one)) all.push(one);
    if (++seen % 64 === 0) yield undefined;
  }
  return all;
}

const ofOne = new Set(['items', 'additionalProperties', 'not']);
const ofMany = new Set(['allOf', 'oneOf', 'anyOf', 'prefixItems']);

/** Every schema that can be reached from the given ones, each once. */
export function* schemasWithin(schemas: Iterable<Place>): Iterable<Place> {
  // A schema's value is one object wherever it is referred to from.
  const seen = new Set<unknown>();
  const waiting = [...schemas].reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const schema = next.deref();
    if (!schema.isObject || seen.has(schema.identity)) continue;
    seen.add(schema.identity);
    yield schema;
    const parts: Place[] = [];
    for (const key of schema.keys()) {
      if (key === 'properties') parts.push(...schema.get(key).entries());
      else if (ofOne.has(key)) parts.push(schema.child(key));
      else if (ofMany.has(key)) parts.push(...schema.child(key).items());
    }
    waiting.push(...parts.reverse());
  }
}

/** The values that a schema itself gives as such that it allows. */
export function samplesOf(schema: Place): unknown[] {
  const places = [schema.get('default'), schema.get('example'), ...schema.get('examples').items()];
  return places.filter(({ exists }) => exists).map(({ value }) => value);
}
