import { inMap } from '../../server/core/group.ts';
import { oneOfThem } from '../../server/core/model/habit.ts';
import { type Api, isRecord, type Place } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import { Marks } from '../../server/core/model/marks.ts';
import type { Result } from '../../server/core/structure/inspect.ts';
import { inspectInstance, isRightSoFar, meaningOfSchemas, type Use } from '../../server/core/structure/instance.ts';
import { type Meant, writeMeant } from '../../server/core/structure/mend.ts';
import { type Elsewhere, fromSought } from '../../server/core/structure/sought.ts';
import { labelOf } from '../../server/core/structure/structure.ts';
import { hasType, isJsonMediaType } from '../schema.ts';
import page from './example-matches-schema.md';

interface Mistake {
  /** The value that was meant. */
  readonly instead: Meant | undefined;
  /** What a document does in many examples alike. */
  readonly habit: string | undefined;
}

export default defineApiRule<Mistake>({
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
    yield* habitsOnce(fromSought(api, mistakes, meaningOfSchemas(api)));
  },
  fix: {
    safety: 'suggestion',
    apply: ({ at, data }, edit) => data?.instead && writeMeant(at, data.instead, edit),
  },
});

/** More values than this that are wrong in the same way are one decision of whoever wrote the examples. */
const mostAlike = 10;

function* habitsOnce(problems: Iterable<ApiProblem<Mistake> | undefined>): Iterable<ApiProblem<Mistake> | undefined> {
  const alike = new Map<string, ApiProblem<Mistake>[]>();
  for (const problem of problems) {
    const habit = problem?.data?.instead ? undefined : problem?.data?.habit;
    if (problem && habit !== undefined) inMap(alike, habit, () => []).push(problem);
    else yield problem;
  }
  for (const [first, ...others] of alike.values() as Iterable<[ApiProblem<Mistake>, ...ApiProblem<Mistake>[]]>) {
    if (others.length < mostAlike) yield* [first, ...others];
    else {
      const message = `${first.message} ${others.length} more values in examples are wrong in this way.`;
      const related = oneOfThem(others.map(({ at }) => at));
      yield { ...first, message, related };
    }
  }
}

function* mistakes(api: Api, at: Place, names: ReadonlySet<string>, elsewhere: Elsewhere): Iterable<ApiProblem<Mistake>> {
  if (names.has('Schema Object')) yield* ofSchema(api, at, elsewhere);
  if (api.format.kind === 'asyncapi') {
    if (names.has('Message Object')) yield* ofMessage(api, at, elsewhere);
  } else if (api.isSwagger) {
    if (names.has('Response Object')) yield* ofResponse(api, at, elsewhere);
  } else {
    for (const object of ['Media Type Object', 'Parameter Object', 'Header Object']) {
      if (names.has(object)) yield* ofObject(api, object, at, elsewhere);
    }
  }
}

/** `default`, `example` and `examples` of a schema itself. */
function* ofSchema(api: Api, at: Place, elsewhere: Elsewhere): Iterable<ApiProblem<Mistake>> {
  // Null says that there is no default, whatever the schema says; an object may name a part of the properties.
  const isData = at.step === 'example' || (at.step === 'default' && at.value !== null && !at.isObject);
  if (isData) yield* against(api, at.parent, at, 'either', elsewhere);
  else if (at.step === 'examples' && at.isArray)
    for (const item of at.items()) yield* against(api, at.parent, item, 'either', elsewhere);
}

function* ofObject(api: Api, object: string, at: Place, elsewhere: Elsewhere): Iterable<ApiProblem<Mistake>> {
  const schema = at.parent.child('schema');
  if (!schema.exists) return;
  const values = at.step === 'example' ? [at] : at.step === 'examples' ? valuesIn(at, elsewhere) : [];
  for (const value of values) {
    if (!elsewhere(() => isComparable(object, at.parent, schema, value))) continue;
    const use = object === 'Media Type Object' ? useOf(value) : 'either';
    if (use !== 'response' && at.step === 'examples' && elsewhere(() => isMeantToFail(value.parent))) continue;
    yield* against(api, schema, value, use, elsewhere);
  }
}

/** Is a named example there to show what is refused? Then its name or summary says so. */
function isMeantToFail(example: Place): boolean {
  return [example.key, example.child('summary').string ?? ''].some((text) => /inv[aá]lid|malformed/i.test(text));
}

/** The values of named examples, behind references too. */
function valuesIn(examples: Place, elsewhere: Elsewhere): readonly Place[] {
  return examples.entries().flatMap((written) => {
    const example = elsewhere(() => written.deref());
    const find = () => ['value', 'dataValue'].map((key) => example.child(key)).find(({ exists }) => exists);
    if (example === written) return find() ?? [];
    return elsewhere(() => {
      const found = find();
      // An edit anywhere in it matters.
      void found?.value;
      return found ?? [];
    });
  });
}

/** Is the example written as data? Other media types, and serialised parameters, are given as one text. */
function isComparable(object: string, holder: Place, schema: Place, at: Place): boolean {
  if (at.string === undefined) return object !== 'Media Type Object' || isJsonMediaType(holder.key);
  if (object === 'Media Type Object') return isJsonMediaType(holder.key);
  return ['string', 'integer', 'number', 'boolean'].some((type) => hasType(schema, type)) && !hasType(schema, 'array');
}

/** OpenAPI 2: the examples of a response, by media type. */
function* ofResponse(api: Api, at: Place, elsewhere: Elsewhere): Iterable<ApiProblem<Mistake>> {
  const schema = at.parent.child('schema');
  if (at.step !== 'examples' || !schema.exists) return;
  for (const example of at.entries())
    if (isJsonMediaType(example.key)) yield* against(api, schema, example, 'response', elsewhere);
}

function* ofMessage(api: Api, at: Place, elsewhere: Elsewhere): Iterable<ApiProblem<Mistake>> {
  if (at.step !== 'examples') return;
  const message = at.parent;
  for (const example of at.items()) {
    for (const part of ['headers', 'payload']) {
      const written = message.child(part);
      const value = elsewhere(() => example.get(part));
      if (!written.exists || !value.exists || !isOwnLanguage(message.child('schemaFormat'))) continue;
      const schema = elsewhere(() => schemaIn(written));
      if (schema) yield* against(api, schema, value, 'either', elsewhere);
    }
  }
}

/** The schema of a part of a message, which may say itself in which language it is. */
function schemaIn(written: Place): Place | undefined {
  const schema = written.deref();
  if (!schema.has('schemaFormat')) return schema;
  return isOwnLanguage(schema.child('schemaFormat')) ? schema.child('schema') : undefined;
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

function* against(api: Api, schema: Place, at: Place, use: Use, elsewhere: Elsewhere): Iterable<ApiProblem<Mistake>> {
  if (isRightSoFar(api, schema, at) || !elsewhere(() => schema.deref().exists) || referring.of(at.value) > 0) return;
  yield* problemsOf(api, at, inspectInstance(api, schema, at, use));
}

function* problemsOf(api: Api, at: Place, result: Result): Iterable<ApiProblem<Mistake>> {
  for (const { kind, key, mark, say, object, instead, habit } of result.problems) {
    const place = key === undefined || kind === 'missing' ? at : at.child(key);
    yield { at: place, target: mark, message: say(labelOf(at.path), object), data: { instead, habit } };
  }
  for (const [key, child] of result.children) yield* problemsOf(api, at.child(key), child);
}

/** References do not work in examples, but many write them there, and their targets are what is meant. */
const referring = new Marks((value) => Number(isRecord(value) && '$ref' in value));
