/** Contract facts to an OpenAPI 3.1 document. */
import type { Generated, GenerateOptions } from '../lintel.ts';
import { printYaml } from '../tree/print.ts';
import type { Facts, OperationFact, ResponseFact, Shape } from './facts.ts';

type Json = Record<string, unknown>;

/** Writes the OpenAPI document (YAML) that the facts support, and nothing they do not. */
export function toOpenApi(facts: Facts, options: GenerateOptions = {}): Generated {
  const paths = new Map<string, Json>();
  const ids = new Set<string>();
  for (const operation of facts.operations) {
    const item = paths.get(operation.path) ?? {};
    item[operation.method] = operationObject(operation, unusedId(operation, ids));
    paths.set(operation.path, item);
  }
  const text = printYaml({
    openapi: '3.1.0',
    info: { title: options.title ?? 'API', version: options.version ?? '1.0.0' },
    paths: Object.fromEntries(paths),
  });
  return { text, operations: facts.operations.length, notes: facts.notes };
}

function operationObject(operation: OperationFact, operationId: string): Json {
  const { summary, description, deprecated, body } = operation;
  const parameters = [
    ...pathParameters(operation.path).map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...operation.query.map(({ name, shape }) => ({ name, in: 'query', schema: schemaOf(shape) })),
  ];
  return {
    operationId,
    ...(summary && { summary }),
    ...(description && { description }),
    ...(deprecated && { deprecated }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: responsesObject(operation.responses),
  };
}

/** The names in a path template, in order. */
function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] as string);
}

function responsesObject(responses: readonly ResponseFact[]): Json {
  const byStatus = new Map<string, { description: string; content?: Json }>();
  for (const { status, mediaType, shape } of responses) {
    const response = byStatus.get(status) ?? { description: reasons[status] ?? 'See the code.' };
    if (mediaType) response.content = { ...response.content, [mediaType]: { schema: schemaOf(shape ?? {}) } };
    byStatus.set(status, response);
  }
  if (byStatus.size === 0) byStatus.set('default', { description: 'The code does not show what is answered.' });
  return Object.fromEntries([...byStatus].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function schemaOf(shape: Shape): Json {
  const { type, properties, items } = shape;
  return {
    ...(type && { type }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, schemaOf(value)])),
    }),
    ...(items && { items: schemaOf(items) }),
  };
}

/** `GET /users/{id}` is `getUsersById`; a number is added where that is taken. */
function unusedId(operation: OperationFact, taken: Set<string>): string {
  const words = operation.path.replaceAll(/\{([^}]+)\}/g, ' by $1').split(/[^A-Za-z0-9]+/);
  const base = operation.method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  let id = base;
  for (let count = 2; taken.has(id); count++) id = `${base}${count}`;
  taken.add(id);
  return id;
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
