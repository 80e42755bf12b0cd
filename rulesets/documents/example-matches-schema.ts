import { type Api, isRecord, type Place } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import type { Result } from '../../server/core/structure/inspect.ts';
import { inspectInstance, rightSoFar, type Use } from '../../server/core/structure/instance.ts';
import { labelOf, placesOf } from '../../server/core/structure/structure.ts';
import { hasType, isJsonMediaType } from '../schema.ts';
import page from './example-matches-schema.md';

export default defineApiRule({
  page,
  theme: 'structure',
  severity: 'warn',
  formats: ['openapi', 'asyncapi'],
  replaces: [
    'oas2-valid-schema-example',
    'oas2-valid-media-example',
    'oas3-valid-schema-example',
    'oas3-valid-media-example',
    'asyncapi-schema-default',
    'asyncapi-schema-examples',
    'asyncapi-payload-default',
    'asyncapi-payload-examples',
    'asyncapi-message-examples',
  ],
  *check(api) {
    yield* ofSchemas(api);
    if (api.format.kind === 'asyncapi') yield* ofMessages(api);
    else if (api.isSwagger) yield* ofResponses(api);
    else for (const object of ['Media Type Object', 'Parameter Object', 'Header Object']) yield* ofObjects(api, object);
  },
});

/** `default`, `example` and `examples` of a schema itself. */
function* ofSchemas(api: Api): Iterable<ApiProblem<undefined>> {
  for (const at of placesOf(api, 'default', 'Schema Object')) {
    // Null says that there is no default, whatever the schema says; an object may name a part of the properties.
    if (at.value !== null && !at.isObject) yield* against(api, at.parent, at, 'either');
  }
  for (const at of placesOf(api, 'example', 'Schema Object')) yield* against(api, at.parent, at, 'either');
  for (const at of placesOf(api, 'examples', 'Schema Object')) {
    for (const item of at.isArray ? at.items() : []) yield* against(api, at.parent, item, 'either');
  }
}

function* ofObjects(api: Api, object: string): Iterable<ApiProblem<undefined>> {
  const isRight = rightSoFar(api);
  for (const key of ['example', 'examples'] as const) {
    for (const at of placesOf(api, key, object)) {
      const schema = at.parent.child('schema');
      if (!schema.exists) continue;
      for (const value of key === 'example' ? [at] : valuesIn(api, at)) {
        // A document has thousands: what was found right is passed by as soon as possible.
        if (isRight(schema, value) || !isComparable(object, at.parent, schema, value)) continue;
        yield* against(api, schema, value, object === 'Media Type Object' ? useOf(value) : 'either');
      }
    }
  }
}

const values = new WeakMap<Place, { readonly identity: unknown; readonly frame: object; readonly list: readonly Place[] }>();

/** The values of named examples, behind references too; the same list as long as they stand where they stood. */
function valuesIn(api: Api, examples: Place): readonly Place[] {
  const { identity } = examples;
  const { frame } = api;
  const known = values.get(examples);
  if (known && known.identity === identity && known.frame === frame) return known.list;
  const list = examples.entries().flatMap((example) => {
    const place = example.deref();
    return ['value', 'dataValue'].map((key) => place.child(key)).find(({ exists }) => exists) ?? [];
  });
  values.set(examples, { identity, frame, list });
  return list;
}

/** Is the example written as data? Other media types, and serialised parameters, are given as one text. */
function isComparable(object: string, holder: Place, schema: Place, at: Place): boolean {
  if (at.string === undefined) return object !== 'Media Type Object' || isJsonMediaType(holder.key);
  if (object === 'Media Type Object') return isJsonMediaType(holder.key);
  return ['string', 'integer', 'number', 'boolean'].some((type) => hasType(schema, type)) && !hasType(schema, 'array');
}

/** OpenAPI 2: the examples of a response, by media type. */
function* ofResponses(api: Api): Iterable<ApiProblem<undefined>> {
  for (const at of placesOf(api, 'examples', 'Response Object')) {
    const schema = at.parent.child('schema');
    for (const example of at.entries()) {
      if (schema.exists && isJsonMediaType(example.key)) yield* against(api, schema, example, 'response');
    }
  }
}

function* ofMessages(api: Api): Iterable<ApiProblem<undefined>> {
  for (const at of placesOf(api, 'examples', 'Message Object')) {
    const message = at.parent;
    for (const example of at.items()) {
      for (const part of ['headers', 'payload']) {
        const written = message.child(part);
        const value = example.get(part);
        if (!written.exists || !value.exists || !isOwnLanguage(message.child('schemaFormat'))) continue;
        const schema = written.deref();
        if (!schema.has('schemaFormat')) yield* against(api, schema, value, 'either');
        else if (isOwnLanguage(schema.child('schemaFormat'))) yield* against(api, schema.child('schema'), value, 'either');
      }
    }
  }
}

function isOwnLanguage(format: Place): boolean {
  return !format.exists || /asyncapi|schema\+(?:json|yaml)/.test(format.string ?? '');
}

const uses: Readonly<Record<string, Use>> = {
  requestBody: 'request',
  requestBodies: 'request',
  parameters: 'request',
  responses: 'response',
};

function useOf(at: Place): Use {
  const part = at.path.findLast((key) => Object.hasOwn(uses, key));
  return part === undefined ? 'either' : (uses[part] as Use);
}

function* against(api: Api, schema: Place, at: Place, use: Use): Iterable<ApiProblem<undefined>> {
  if (rightSoFar(api)(schema, at) || !schema.deref().exists || holdsReference(at.value)) return;
  yield* problemsOf(api, at, inspectInstance(api, schema, at, use));
}

function* problemsOf(api: Api, at: Place, result: Result): Iterable<ApiProblem<undefined>> {
  for (const { kind, key, mark, say, object } of result.problems) {
    const place = key === undefined || kind === 'missing' ? at : at.child(key);
    yield { at: place, target: mark, message: say(labelOf(at.path), object) };
  }
  for (const [key, child] of result.children) yield* problemsOf(api, at.child(key), child);
}

const referring = new WeakMap<object, boolean>();

/** References do not work in examples, but many write them there, and their targets are what is meant. */
function holdsReference(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  let known = referring.get(value);
  if (known === undefined) {
    known = (isRecord(value) && '$ref' in value) || Object.values(value).some(holdsReference);
    referring.set(value, known);
  }
  return known;
}
