/**
 * What Lintel knows of the functions of Spectral's own packages: how much of the path to a value they look at, and how
 * to call them so that a schema is compiled once. Functions it does not know are taken to look at the whole path.
 */
import spectralFormats from '@stoplight/spectral-formats';
import * as spectralFunctions from '@stoplight/spectral-functions';
import spectralRulesets from '@stoplight/spectral-rulesets';
import type { Marks } from './automaton.ts';
import { exampleCall } from './examples.ts';

export type SpectralFunction = ((input: unknown, options: unknown, context: object) => unknown) & { readonly schemas?: unknown };

/**
 * How a function's answer depends on the path to its input, beyond carrying it in its results: `value`: not at all, so a
 * value that many references share is asked about once; `key`: on its last key; `path`: on all of it.
 */
export type Reach = 'value' | 'key' | 'path';

const reachByName: Readonly<Record<string, Reach>> = {
  schema: 'key',
  oasSchema: 'key',
  refSiblings: 'path',
  asyncApiChannelParameters: 'key',
  asyncApiPayloadValidation: 'key',
};

const { oas, asyncapi, arazzo } = spectralRulesets as unknown as Readonly<
  Record<string, { rules: Readonly<Record<string, { then: unknown }>> }>
>;

function functionsOf(ruleset: { rules: Readonly<Record<string, { then: unknown }>> } | undefined): SpectralFunction[] {
  return Object.values(ruleset?.rules ?? {}).flatMap(({ then }) =>
    [then].flat().map((part) => (part as { function: SpectralFunction }).function),
  );
}

const ownFunctions = Object.values(spectralFunctions).filter((fn) => typeof fn === 'function') as unknown as SpectralFunction[];
const known = new Map<SpectralFunction, Reach>();
for (const fn of [...ownFunctions, ...[oas, asyncapi, arazzo].flatMap(functionsOf)]) {
  known.set(fn, reachByName[fn.name] ?? 'value');
}

const byShape = new Map(ownFunctions.map((fn) => [shapeOf(fn), known.get(fn)]));

/** A ruleset package brings its own copy of Spectral's functions; it is the same function when it takes the same options. */
function shapeOf(fn: SpectralFunction): string {
  return `${fn.name} ${JSON.stringify(fn.schemas)}`;
}

export function reachOf(fn: SpectralFunction): Reach {
  return known.get(fn) ?? (fn.schemas === undefined ? 'path' : (byShape.get(shapeOf(fn)) ?? 'path'));
}

/** Did a user write it, so that nobody knows whether it ends? */
export function isForeign(fn: SpectralFunction): boolean {
  return !known.has(fn) && !byShape.has(shapeOf(fn));
}

/** Functions of Spectral's that look at more of the document than the value they are asked about. */
const lookingAround = new Set(['unreferencedReusableObject', 'oasUnusedComponent', 'asyncApiSecurity', 'oasSecurityDefined']);

/** Is a function's answer about a value the same as long as the value is, whatever else of the document changes? */
export function looksAtValueOnly(fn: SpectralFunction): boolean {
  return !isForeign(fn) && !lookingAround.has(fn.name);
}

/** `oasExample` takes another view of required properties in requests and in responses. */
export function marksOf(fn: SpectralFunction, options: unknown): Marks | undefined {
  if (fn.name !== 'oasExample' || !known.has(fn) || (options as { type?: unknown } | null)?.type !== 'media') return undefined;
  return mediaMarks;
}

const mediaSteps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  root: { components: 'components', paths: 'paths', responses: 'response' },
  components: { requestBodies: 'request', responses: 'response' },
  paths: { '*': 'path item' },
  'path item': { '*': 'operation' },
  operation: { requestBody: 'request', responses: 'response' },
};

const mediaMarks: Marks = {
  start: 'root',
  keys: (mark) => Object.keys(mediaSteps[mark] ?? {}),
  next: (mark, key) => {
    const steps = mediaSteps[mark];
    if (!steps) return mark;
    return (Object.hasOwn(steps, key) ? steps[key] : steps['*']) ?? 'elsewhere';
  },
};

/** A function as a rule calls it. */
export type Call = (input: unknown, options: unknown, context: CallContext) => unknown;

export interface CallContext {
  readonly document: object;
  readonly documentInventory: object;
  readonly rule: object;
  path: (string | number)[];
  /** Set by a call whose answer depends on what was asked before it. */
  isPassing?: boolean;
}

/** Functions that compile schemas of the document. ajv complains of a wrong one in other words when it meets it again. */
const compiling = new Set(['asyncApiSchemaValidation', 'asyncApi2MessageExamplesValidation']);

/** Calls a function, and notes that what it has to say counts for this run only. */
export function passingCall(fn: SpectralFunction): Call {
  return (input, options, context) => {
    const answer = fn(input, options, context);
    if (answer !== undefined) context.isPassing = true;
    return answer;
  };
}

/** Functions that compile a schema which is the rule's or Spectral's own, not the document's. */
const fixedSchemas = new Set(['schema', 'asyncApiDocumentSchema']);
const asyncApiDocumentSchema = functionsOf(asyncapi).find((fn) => fn.name === '');

/** The way to call a function of a rule: the answers are its own, but schemas are compiled once, or not at all. */
export function callOf(fn: SpectralFunction): Call {
  if (fn.name === 'oasExample' && known.has(fn)) return exampleCall(passingCall(fn));
  if (compiling.has(fn.name)) return passingCall(fn);
  if (fn.name === 'oasSchema' && known.has(fn)) return oasSchemaCall(fn);
  const isFixed = fn === asyncApiDocumentSchema || (fixedSchemas.has(fn.name) && reachOf(fn) === 'key');
  return isFixed ? keepingSchemas(fn) : (fn as unknown as Call);
}

/** Spectral keeps compiled schemas per inventory, which is per run; one inventory stands in for those of all runs. */
function keepingSchemas(fn: SpectralFunction): Call {
  const kept = {};
  const passing = passingCall(fn);
  let keeps: boolean | undefined;
  const call: Call = (input, options, context) => fn(input, options, { ...context, documentInventory: kept });
  return (input, options, context) => {
    // ajv complains of a schema that is itself wrong only when it first meets it; such a one has to be met in every run.
    keeps ??= JSON.stringify(call(input, options, context)) === JSON.stringify(call(input, options, context));
    return keeps ? call(input, options, context) : passing(input, options, context);
  };
}

/** `oasSchema` with a schema of a rule. For OpenAPI 2.0 it copies, and so compiles, the schema each time. */
function oasSchemaCall(fn: SpectralFunction): Call {
  const call = keepingSchemas(fn);
  const schemaCall = keepingSchemas(spectralFunctions.schema as unknown as SpectralFunction);
  const prepared = new WeakMap<object, object | undefined>();
  return (input, options, context) => {
    const { formats } = context.document as { formats?: Set<unknown> | null };
    if (!formats?.has(spectralFormats.oas2)) return call(input, options, context);
    const given = options as object;
    if (!prepared.has(given)) {
      const isPlain = !JSON.stringify(given).includes('nullable');
      prepared.set(given, isPlain ? { ...given, dialect: 'draft4' } : undefined);
    }
    const plain = prepared.get(given);
    return plain ? schemaCall(input, plain, context) : (fn as unknown as Call)(input, options, context);
  };
}
