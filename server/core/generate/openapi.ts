/** Contract facts to an OpenAPI 3.1 document. */
import type { Generated, GenerateOptions } from '../lintel.ts';
import { ignoredHeaders } from '../model/api.ts';
import { printYaml } from '../tree/print.ts';
import { capital, unused } from './names.ts';
import { infoObject } from './package.ts';
import type { BodyFact, Facts, OperationFact, ParameterFact, ResponseFact, SecurityFact } from './facts.ts';
import { withNames } from './named.ts';
import { gathered } from './notes.ts';
import { schemaOf, schemasIn } from './schema.ts';

type Json = Record<string, unknown>;

/** Writes the OpenAPI document (YAML) that the facts support, and nothing they do not; `named` types also where nothing refers to them. */
export function toOpenApi(read: Facts, options: GenerateOptions = {}, named: readonly string[] = []): Generated {
  const facts = withNames(read);
  const paths = new Map<string, Json>();
  const ids = new Set<string>();
  const tagOf = tagsBy(facts.operations);
  const tags = new Set<string>();
  for (const operation of facts.operations) {
    const item = paths.get(operation.path) ?? {};
    const own = operation.tags ?? tagOf(operation);
    for (const tag of own) tags.add(tag);
    item[operation.method] = operationObject(operation, unusedId(operation, ids), own);
    paths.set(operation.path, item);
  }
  const shapes = facts.operations.flatMap(({ parameters, bodies, responses }) => [...parameters, ...bodies, ...responses]);
  const schemas = schemasIn([...shapes.map(({ shape }) => shape), ...named.map((ref) => ({ ref }))], facts.types);
  const security = new Map(facts.operations.flatMap((one) => one.security).map(({ name, scheme }) => [name, scheme]));
  const shared = sharedAnswers([...paths.values()].flatMap((item) => Object.values(item) as Json[]));
  const components = {
    ...(schemas.length > 0 && { schemas: Object.fromEntries(schemas) }),
    ...(shared.length > 0 && { responses: Object.fromEntries(shared) }),
    ...(security.size > 0 && { securitySchemes: Object.fromEntries([...security].sort(([a], [b]) => (a < b ? -1 : 1))) }),
  };
  const text = printYaml({
    openapi: '3.1.0',
    info: infoObject(options),
    servers: serversObject(options.servers),
    ...(tags.size > 0 && { tags: [...tags].sort().map((name) => ({ name })) }),
    paths: Object.fromEntries(paths),
    ...(Object.keys(components).length > 0 && { components }),
  });
  return { text, operations: facts.operations.length, notes: gathered(facts.notes) };
}

/** An answer, and the responses of the operations that have it. */
interface Use {
  readonly status: string;
  readonly answer: Json;
  readonly of: Json[];
}

/**
 * The failures that several operations answer with the same body, the commonest of each status: components by its reason phrase,
 * which the operations refer to from now on.
 */
function sharedAnswers(operations: readonly Json[]): [name: string, answer: Json][] {
  const uses = new Map<string, Use>();
  for (const responses of operations.map((operation) => operation.responses as Record<string, Json>)) {
    for (const [status, answer] of Object.entries(responses)) {
      if (/^[123]/.test(status) || !answer.content) continue;
      const key = `${status} ${JSON.stringify(answer)}`;
      const use = uses.get(key) ?? { status, answer, of: [] };
      use.of.push(responses);
      uses.set(key, use);
    }
  }
  const commonest = new Map<string, Use>();
  for (const use of uses.values())
    if (use.of.length > (commonest.get(use.status)?.of.length ?? 1)) commonest.set(use.status, use);
  const shared = [...commonest.values()].map(({ status, answer, of }): [string, Json] => {
    const name = status === 'default' ? 'Failure' : (reasons[status] ?? `Status ${status}`).replaceAll(' ', '');
    for (const responses of of) responses[status] = { $ref: `#/components/responses/${name}` };
    return [name, answer];
  });
  return shared.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Without any, what OpenAPI takes for granted. */
function serversObject(urls: readonly string[] = ['/']): Json[] {
  return urls.map((url) => {
    const names = [...url.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] as string);
    // A variable needs a default, and nothing is known of it.
    return { url, ...(names.length > 0 && { variables: Object.fromEntries(names.map((name) => [name, { default: '/' }])) }) };
  });
}

function operationObject(operation: OperationFact, operationId: string, tags: readonly string[]): Json {
  const { summary, description, deprecated, bodies } = operation;
  const parameters = [...pathParameters(operation), ...operation.parameters.filter(isSaidByParameter)];
  return {
    operationId,
    ...(tags.length > 0 && { tags }),
    ...(summary && { summary }),
    ...(description && { description }),
    ...(deprecated && { deprecated }),
    ...(parameters.length > 0 && { parameters: parameters.map(parameterObject) }),
    ...(bodies.length > 0 && { requestBody: requestBody(bodies) }),
    responses: responsesObject(operation.responses),
    ...(operation.security.length > 0 && { security: securityObject(operation.security) }),
  };
}

/** Requirements of which one has to be met. What a framework is told is asked for stands above what a guard is seen to look at. */
function securityObject(security: readonly SecurityFact[]): Json[] {
  const all = security.filter(({ choice }) => choice === undefined).map(({ name }) => name);
  if (all.length > 0) return [Object.fromEntries(all.map((name) => [name, []]))];
  const choices = [...new Set(security.map(({ choice }) => choice))];
  let ways: string[][] = [[]];
  for (const one of choices) {
    const names = security.filter(({ choice }) => choice === one).map(({ name }) => name);
    ways = ways.flatMap((way) => names.map((name) => [...new Set([...way, name])]));
  }
  const isMore = (way: string[]) => ways.some((other) => other.length < way.length && other.every((name) => way.includes(name)));
  return ways.filter((way) => !isMore(way)).map((way) => Object.fromEntries(way.map((name) => [name, []])));
}

/** Paths have their own; and some headers are no parameters to OpenAPI. */
function isSaidByParameter({ name, in: where }: ParameterFact): boolean {
  return where !== 'path' && !(where === 'header' && ignoredHeaders.has(name.toLowerCase()));
}

/** The parameters of a path template, in order, with what the facts know of them. */
function pathParameters({ path, parameters }: OperationFact): Pick<ParameterFact, 'name' | 'in' | 'shape' | 'required'>[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map((match) => {
    const name = match[1] as string;
    const known = parameters.find((one) => one.in === 'path' && one.name === name);
    return { name, in: 'path', required: true, shape: known?.shape ?? { type: 'string' } };
  });
}

function parameterObject({ name, in: where, required, shape }: Pick<ParameterFact, 'name' | 'in' | 'shape' | 'required'>): Json {
  const { description, deprecated, ...rest } = shape;
  return {
    name,
    in: where,
    ...(description && { description }),
    ...(required && { required }),
    ...(deprecated && { deprecated }),
    schema: schemaOf(rest),
  };
}

function requestBody(bodies: readonly BodyFact[]): Json {
  return {
    ...(bodies.every(({ required }) => required) && { required: true }),
    content: Object.fromEntries(bodies.map(({ mediaType, shape }) => [mediaType, { schema: schemaOf(shape) }])),
  };
}

function responsesObject(responses: readonly ResponseFact[]): Json {
  const byStatus = new Map<string, { description: string; content?: Json }>();
  for (const { status, mediaType, shape, description } of responses) {
    const response = byStatus.get(status) ?? { description: description ?? reasons[status] ?? 'See the code.' };
    if (mediaType) response.content = { ...response.content, [mediaType]: { schema: schemaOf(shape ?? {}) } };
    byStatus.set(status, response);
  }
  if (byStatus.size === 0) byStatus.set('default', { description: 'The code does not show what is answered.' });
  return Object.fromEntries([...byStatus].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Names the group of an operation: the first part of its path that not all the paths begin with; the last they share. What stands
 * alone, `/health`, says nothing of what the others are below: `/api/v1/users`.
 */
function tagsBy(operations: readonly OperationFact[]): (operation: OperationFact) => readonly string[] {
  const split = operations.map(({ path }) => path.split('/').filter((part) => part !== ''));
  const long = split.filter((parts) => parts.length > 1);
  const isServed = (part: string) => split.some((parts) => parts.length === 1 && parts[0] === part);
  const common = long.length > 1 && !isServed(long[0]?.[0] ?? '') ? long : split;
  let shared = 0;
  const isShared = () => {
    const part = common[0]?.[shared];
    return (
      part !== undefined && !part.startsWith('{') && common.every((parts) => parts[shared] === part || parts.length <= shared)
    );
  };
  while (common.length > 1 && isShared()) shared++;
  return ({ path }) => {
    const parts = path.split('/').filter((one) => one !== '' && !one.startsWith('{'));
    return [parts[shared] ?? parts.at(-1) ?? 'root'];
  };
}

/** `GET /users/{id}` is `getUsersById`; a number is added where that is taken. */
function unusedId(operation: OperationFact, taken: Set<string>): string {
  const words = operation.path.replaceAll(/\{([^}]+)\}/g, ' by $1').split(/[^A-Za-z0-9]+/);
  const base = operation.operationId ?? operation.method + words.map(capital).join('');
  return unused(base, taken);
}

/** Reason phrases of RFC 9110 and its registry: the description a response gets. */
const reasons: Readonly<Record<string, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  423: 'Locked',
  425: 'Too Early',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  default: 'A status the code computes.',
};
