/** Spectral's `oasExample`, with its answers, but without compiling a schema for every example. */
import betterAjvErrors from '@stoplight/better-ajv-errors';
import spectralFormats from '@stoplight/spectral-formats';
import type { Call, CallContext } from './functions.ts';
import { firstError, type Reading, type SchemaError, unresolvable, unsure, untyped } from './interpret.ts';
import { isObject } from './inventory.ts';

interface Options {
  readonly oasVersion: 2 | 3;
  readonly schemaField: string;
  readonly type: 'media' | 'schema';
}

interface Item {
  readonly value: unknown;
  readonly path: (string | number)[];
}

interface Result {
  readonly message: string;
  readonly path: (string | number)[];
}

type Values = Readonly<Record<string, unknown>>;
type Formats = Set<unknown> | null | undefined;

const { oas2, oas3_0, oas3_1, oas3_2 } = spectralFormats;

/** `oasExample` by the interpreter; by Spectral where the interpreter is not sure. */
export function exampleCall(original: Call): Call {
  return (input, options, context) => {
    const results = checkExamples(input, options as Options, context);
    return results === unsure ? original(input, options, context) : results;
  };
}

function checkExamples(input: unknown, options: Options, context: CallContext): Result[] | undefined | typeof unsure {
  if (!isObject(input) || Array.isArray(input)) return undefined;
  const target = input as Values;
  const formats = (context.document as { formats?: Formats }).formats;
  const schema = schemaOf(target, options, formats);
  const reading = readingOf(options, formats, context);
  if (!schema || !reading) return unsure;
  let results: Result[] | undefined;
  for (const { value, path } of options.type === 'schema'
    ? schemaItems(target, options, context.path)
    : mediaItems(target, options, context.path)) {
    if (value === undefined) {
      (results ??= []).push({ message: '#{{print("property")}}must exist', path });
      continue;
    }
    const error = firstError(schema, value, reading);
    if (error === unsure) return unsure;
    results ??= [];
    if (error === untyped) results.push({ message: '"nullable" cannot be used without "type"', path });
    else if (error !== undefined && error !== unresolvable) results.push(...describe(error, schema, value, path));
  }
  return results;
}

function schemaOf(target: Values, { schemaField }: Options, formats: Formats): Values | undefined {
  const schema = schemaField === '$' ? target : target[schemaField];
  if (!isObject(schema) || Array.isArray(schema)) return undefined;
  // A parameter of OpenAPI 2.0 is a schema, but for its `required`.
  if (!formats?.has(oas2) || typeof (schema as Values).required !== 'boolean') return schema as Values;
  const { required: _, ...rest } = schema as Values;
  return rest;
}

function readingOf({ oasVersion, type }: Options, formats: Formats, { path, document }: CallContext): Reading | undefined {
  if (!formats) return undefined;
  const isNew = formats.has(oas3_1) || formats.has(oas3_2);
  if (isNew && typeof (document as { data?: Values }).data?.jsonSchemaDialect === 'string') return undefined;
  if (!isNew && !formats.has(oas3_0) && !formats.has(oas2)) return undefined;
  const [first, second, , fourth] = path;
  const inRequest =
    oasVersion === 3 &&
    ((first === 'components' && second === 'requestBodies') || (first === 'paths' && fourth === 'requestBody'));
  const inResponse =
    (oasVersion === 3 ? first === 'components' && second === 'responses' : first === 'responses') ||
    (first === 'paths' && fourth === 'responses');
  return {
    dialect: isNew ? 'draft2020-12' : 'draft4',
    namesNull: !isNew,
    xNullable: formats.has(oas2) && !formats.has(oas3_0),
    unsent: { readOnly: type === 'media' && inRequest, writeOnly: type === 'media' && inResponse },
  };
}

function* schemaItems(target: Values, { oasVersion }: Options, path: CallContext['path']): Iterable<Item> {
  for (const field of oasVersion === 2 ? ['example', 'x-example', 'default'] : ['example', 'default']) {
    if (field in target) yield { value: target[field], path: [...path, field] };
  }
}

function* mediaItems(target: Values, { oasVersion }: Options, path: CallContext['path']): Iterable<Item> {
  if (oasVersion === 3 && 'example' in target) {
    yield { value: target.example, path: [...path, 'example'] };
    return;
  }
  const { examples } = target;
  if (!isObject(examples)) return;
  for (const [name, example] of Object.entries(examples)) {
    if (oasVersion === 2) yield { value: example, path: [...path, 'examples', name] };
    else if (isObject(example) && !('externalValue' in example)) {
      yield { value: (example as Values).value, path: [...path, 'examples', name, 'value'] };
    }
  }
}

/** An error of ajv as Spectral's `schema` words it. */
function describe(error: SchemaError, schema: Values, value: unknown, path: Item['path']): Result[] {
  const described = betterAjvErrors(schema as never, [error] as never, { propertyPath: path as string[], targetValue: value });
  return described.map(({ suggestion, error: text, path: at }) => ({
    message: describeItem(suggestion === undefined ? text : `${text}. ${suggestion}`, at),
    path: [...path, ...(at === '' ? [] : at.replace(/^\//, '').split('/'))],
  }));
}

function describeItem(message: string, at: string): string {
  const index = at.split('/').pop() ?? '';
  if (!/^\d+$/.test(index)) return message;
  for (const start of [`"${index}" property type`, `"${index}" property`]) {
    if (message.startsWith(start)) return `Item at index ${index}${message.slice(start.length)}`;
  }
  return message;
}
