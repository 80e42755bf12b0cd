/** The operations of an OpenAPI document to TypeScript: types, the interface of their handlers, and a client. */
import { httpMethods, isRecord } from '../../model/api.ts';
import { unused } from '../names.ts';
import { camel, type CodeFile, globals, importTypes, made, namesIn, type NamedOperation, type OperationName } from './parts.ts';
import { runtime } from './runtime.ts';
import { inOpenApi3 } from './swagger.ts';
import { comment, propertyName, SchemaTypes, typeName } from './schema-types.ts';

type Json = Record<string, unknown>;

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly value: Json;
  readonly parameters: readonly Json[];
  /** Handled, never called: a webhook. */
  readonly isWebhook: boolean;
}

/** The operations of a document: the name by which `codeOfOpenApi` knows one, and what a person calls it. */
export function operationNames(written: Json): NamedOperation[] {
  const data = inOpenApi3(written);
  return operationsOf(data, new SchemaTypes(data, [])).map(({ id, method, path }) => ({ name: id, title: `${method} ${path}` }));
}

/** Files for one operation, or for all; `base` is what their names begin with. Empty where there is no such operation. */
export function codeOfOpenApi(written: Json, base: string, only?: OperationName): CodeFile[] {
  const data = inOpenApi3(written);
  const resolver = new SchemaTypes(data, []);
  const operations = operationsOf(data, resolver).filter(
    ({ id, method, path }) => only === undefined || id === only || `${method} ${path}`.toLowerCase() === only.toLowerCase(),
  );
  if (operations.length === 0) return [];
  const own = operations.flatMap(({ id }) => [`${typeName(id)}Request`, `${typeName(id)}Response`]);
  const types = new SchemaTypes(data, [...own, ...reserved, ...globals]);
  const parts = operations.map((operation) => requestType(operation, types) + responseType(operation, types));
  const called = operations.filter(({ isWebhook }) => !isWebhook);
  const events = parts.some((part) => part.includes(`<${serverSentEvent}>`)) ? eventType : '';
  const files: CodeFile[] = [
    { name: `${base}.types.ts`, text: [types.declarations(), events, ...parts].filter((part) => part !== '').join('\n') },
    { name: `${base}.handlers.ts`, text: handlers(operations, base) },
  ];
  if (called.length > 0) files.push({ name: `${base}.client.ts`, text: client(called, base, data, types) });
  return files;
}

/** What `text/event-stream` is a stream of. */
const serverSentEvent = 'ServerSentEvent';
const eventType = `/** An event of a stream, as \`text/event-stream\` has them. */
export interface ${serverSentEvent} {
  /** \`message\` where the server gives it no name. */
  event: string;
  data: string;
  /** Of this event, or of the last before it that had one: what \`Last-Event-ID\` is to say when one comes back. */
  id?: string;
}
`;

/** Names that the made files declare themselves. */
const reserved = ['Handlers', 'Client', 'ClientOptions', 'HttpError', 'Sending', 'ATTEMPTS', serverSentEvent];

function operationsOf(data: Json, types: SchemaTypes): Operation[] {
  const found: Operation[] = [];
  const taken = new Set(['constructor']);
  for (const [group, isWebhook] of [
    ['paths', false],
    ['webhooks', true],
  ] as const) {
    for (const [path, written] of Object.entries(isRecord(data[group]) ? data[group] : {})) {
      const item = types.resolve(written);
      if (!isRecord(item)) continue;
      for (const [method, value] of methodsOf(item)) {
        const id = unused(
          camel(typeof value.operationId === 'string' ? value.operationId : `${method.toLowerCase()} ${path}`),
          taken,
        );
        found.push({
          id,
          method,
          path,
          value,
          parameters: parametersOf(path, item, value, types),
          isWebhook,
        });
      }
    }
  }
  return found;
}

/** The operations of a path item, each with its method as it is sent. */
function methodsOf(item: Json): [method: string, value: Json][] {
  const usual = httpMethods.map((method) => [method.toUpperCase(), item[method]] as const);
  const others = isRecord(item.additionalOperations) ? Object.entries(item.additionalOperations) : [];
  const isToken = (method: string) => /^[\w!#$%&*+.^|~-]+$/.test(method);
  return [...usual, ...others].flatMap(([method, value]) => (isRecord(value) && isToken(method) ? [[method, value]] : []));
}

/** The parameters of an operation; its own stand before those of the path, and what the path alone names is a text. */
function parametersOf(path: string, item: Json, operation: Json, types: SchemaTypes): Json[] {
  const found = new Map<string, Json>();
  for (const list of [item.parameters, operation.parameters]) {
    for (const written of Array.isArray(list) ? list : []) {
      const parameter = types.resolve(written);
      if (isRecord(parameter) && typeof parameter.name === 'string') found.set(`${parameter.in} ${parameter.name}`, parameter);
    }
  }
  for (const [, name = ''] of path.matchAll(/\{([^}]+)\}/g)) {
    if (!found.has(`path ${name}`)) found.set(`path ${name}`, { name, in: 'path', required: true, schema: { type: 'string' } });
  }
  return [...found.values()];
}

// Types

const groups = { path: 'path', query: 'query', header: 'headers', cookie: 'cookies' } as const;

const isKey = (parameter: Json) => parameter.in === 'header' && /^idempotency-key$/i.test(String(parameter.name));

function requestType({ id, parameters, value }: Operation, types: SchemaTypes): string {
  const lines: string[] = [];
  for (const [where, group] of Object.entries(groups)) {
    const own = parameters.filter((parameter) => parameter.in === where);
    if (own.length === 0) continue;
    const fields = own.map((parameter) => {
      const isRequired = (parameter.required === true || where === 'path') && !isKey(parameter);
      const about = isKey(parameter)
        ? 'Sent with every attempt; the client makes one where it is absent.'
        : parameter.description;
      return `${comment(about, '    ')}    ${propertyName(String(parameter.name))}${isRequired ? '' : '?'}: ${types.of(schemaOf(parameter), '    ')};\n`;
    });
    const isNeeded = own.some((parameter) => (parameter.required === true || where === 'path') && !isKey(parameter));
    lines.push(`  ${group}${isNeeded ? '' : '?'}: {\n${fields.join('')}  };\n`);
  }
  const whole = wholeQuery(parameters);
  if (whole) lines.push(`  query${whole.isRequired ? '' : '?'}: ${types.of(whole.schema, '  ')};\n`);
  const body = bodyOf(value, types);
  if (body) lines.push(`  body${body.isRequired ? '' : '?'}: ${body.type};\n`);
  const name = `${typeName(id)}Request`;
  if (lines.length === 0) return `export type ${name} = Record<string, never>;\n`;
  return `export interface ${name} {\n${lines.join('')}}\n`;
}

/** The schema of a parameter, also of one that has content. */
function schemaOf(parameter: Json): unknown {
  const media = isRecord(parameter.content) ? Object.values(parameter.content)[0] : undefined;
  return parameter.schema ?? (isRecord(media) ? media.schema : undefined) ?? { type: 'string' };
}

/** The parameter that is the whole of the query (OpenAPI 3.2), a form or JSON. */
function wholeQuery(
  parameters: readonly Json[],
): { schema: unknown; isJson: boolean; isRequired: boolean; encoding: Json } | undefined {
  const parameter = parameters.find((one) => one.in === 'querystring');
  const [mediaType, media] = isRecord(parameter?.content) ? (Object.entries(parameter.content)[0] ?? []) : [];
  if (!mediaType || !isRecord(media)) return undefined;
  const encoding = isRecord(media.encoding) ? media.encoding : {};
  return { schema: media.schema, isJson: isJson(mediaType), isRequired: parameter?.required === true, encoding };
}

interface Body {
  readonly mediaType: string;
  readonly type: string;
  readonly isRequired: boolean;
  /** How the fields of a form are written, by name. */
  readonly encoding: Json;
}

const isJson = (mediaType: string) => /^[\w.*+/-]*(?:\/|\+)json(?![\w-])/.test(mediaType);

/** How the items of a stream are read, by helpers of the runtime. */
type Stream = 'events(response)' | "jsonItems(response, '\\n')" | "jsonItems(response, '\\x1e')";

/** Undefined for a media type that is read whole. */
function streamOf(mediaType: string): Stream | undefined {
  if (/^text\/event-stream\b/.test(mediaType)) return 'events(response)';
  if (/^application\/json-seq\b/.test(mediaType)) return "jsonItems(response, '\\x1e')";
  const isLines = /^application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines)\b/.test(mediaType);
  return isLines ? "jsonItems(response, '\\n')" : undefined;
}

/** What one item of a stream is: before OpenAPI 3.2 the schema speaks of it, or of the list of them all. */
function itemOf(media: unknown): unknown {
  if (!isRecord(media)) return {};
  const { itemSchema, schema } = media;
  return itemSchema ?? (isRecord(schema) && schema.type === 'array' ? schema.items : schema) ?? {};
}

/** The body of a request in its first media type, JSON before others. */
function bodyOf(operation: Json, types: SchemaTypes): Body | undefined {
  const body = types.resolve(operation.requestBody);
  const content = isRecord(body) && isRecord(body.content) ? Object.entries(body.content) : [];
  const [mediaType, media] = content.find(([type]) => isJson(type)) ?? content[0] ?? [];
  if (!mediaType || !isRecord(body)) return undefined;
  const isForm = mediaType === 'multipart/form-data';
  const isObject = isJson(mediaType) || isForm || mediaType === 'application/x-www-form-urlencoded';
  const written = isObject
    ? types.of(isRecord(media) ? media.schema : {}, '  ')
    : mediaType.startsWith('text/')
      ? 'string'
      : 'Blob';
  const type = isForm && /^(?:unknown|Record<string, unknown>)$/.test(written) ? 'FormData' : written;
  const encoding = isRecord(media) && isRecord(media.encoding) ? media.encoding : {};
  return { mediaType, type, isRequired: body.required === true, encoding };
}

interface Answer {
  readonly status: string;
  readonly mediaType?: string;
  /** Of what the body holds; of one item, where it is a stream. */
  readonly type?: string;
  readonly stream?: Stream | undefined;
}

function answersOf({ value }: Operation, types: SchemaTypes): Answer[] {
  return Object.entries(isRecord(value.responses) ? value.responses : {}).map(([status, written]) => {
    const answer = types.resolve(written);
    const content = isRecord(answer) && isRecord(answer.content) ? Object.entries(answer.content) : [];
    const [mediaType, media] = content.find(([type]) => isJson(type)) ?? content[0] ?? [];
    if (!mediaType) return { status };
    const stream = streamOf(mediaType);
    if (stream)
      return {
        status,
        mediaType,
        type: stream === 'events(response)' ? serverSentEvent : types.of(itemOf(media), '    '),
        stream,
      };
    const type = isJson(mediaType)
      ? types.of(isRecord(media) ? media.schema : {}, '    ')
      : mediaType.startsWith('text/')
        ? 'string'
        : 'Blob';
    return { status, mediaType, type };
  });
}

function responseType(operation: Operation, types: SchemaTypes): string {
  const parts = answersOf(operation, types).map(({ status, type, stream }) => {
    const code = /^\d{3}$/.test(status) ? status : 'number';
    const body = stream ? `AsyncIterable<${type}>` : type;
    return `\n  | { status: ${code};${body ? ` body: ${body};` : ''} headers?: Record<string, string> }`;
  });
  return `export type ${typeName(operation.id)}Response =${parts.join('') || ' { status: number; headers?: Record<string, string> }'};\n`;
}

// Handlers

function handlers(operations: readonly Operation[], base: string): string {
  const names = operations.flatMap(({ id }) => [`${typeName(id)}Request`, `${typeName(id)}Response`]);
  const methods = operations.map(({ id, method, path, value, isWebhook }) => {
    const about = [value.summary, value.description].filter((text) => typeof text === 'string' && text !== '').join('\n\n');
    const line = isWebhook ? `The webhook \`${path}\`.` : `\`${method} ${path}\``;
    const text = comment(about === '' ? line : `${line}\n\n${about}`, '  ');
    return `${text}  ${id}(request: ${typeName(id)}Request): Promise<${typeName(id)}Response>;\n`;
  });
  return `${made('What a server has to answer.')}${importTypes(names.sort(), base)}
/** One method for each operation: a class that implements them all is a server that keeps its word. */
export interface Handlers {
${methods.join('\n')}}
`;
}

// Client

function serverOf(data: Json): string {
  const [first] = Array.isArray(data.servers) ? data.servers.filter(isRecord) : [];
  const url = typeof first?.url === 'string' ? first.url : '';
  const variables = isRecord(first?.variables) ? first.variables : {};
  return url.replaceAll(/\{([^}]+)\}/g, (whole, name) => {
    const variable = variables[name];
    return isRecord(variable) && typeof variable.default === 'string' ? variable.default : whole;
  });
}

/** Is there a key that callers put into the query? */
function hasQueryKey({ components, securityDefinitions }: Json): boolean {
  const schemes = isRecord(components) && isRecord(components.securitySchemes) ? components.securitySchemes : securityDefinitions;
  const isInQuery = (scheme: unknown) => isRecord(scheme) && scheme.type === 'apiKey' && scheme.in === 'query';
  return isRecord(schemes) && Object.values(schemes).some(isInQuery);
}

function client(operations: readonly Operation[], base: string, data: Json, types: SchemaTypes): string {
  const methods = operations.map((operation) => clientMethod(operation, types));
  const text = methods.map((method) => method.text).join('\n');
  const code = methods.map((method) => method.code).join('');
  const names = [...types.names(), ...operations.map(({ id }) => `${typeName(id)}Request`), serverSentEvent].sort();
  const used = namesIn(methods.map((method) => method.types).join('\n'), names);
  return `${made('Calls the operations.')}${used.length > 0 ? importTypes(used, base) : ''}
${runtime(JSON.stringify(serverOf(data)), code, hasQueryKey(data))}
/** A method for each operation: answers what a 2xx status brings, and throws \`HttpError\` for all others. */
export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
  }

${text}}
`;
}

/** A method of the client, its statements alone, and the types that it names. */
function clientMethod(operation: Operation, types: SchemaTypes): { text: string; code: string; types: string } {
  const { id, method, path, value, parameters } = operation;
  const good = answersOf(operation, types).filter(({ status }) => /^2/.test(status));
  const results = good.length > 0 ? good : answersOf(operation, types).filter(({ status }) => status === 'default');
  const streamed = results.find(({ stream }) => stream !== undefined);
  const read = streamed ? [streamed] : results;
  const result = [...new Set(read.map(({ type }) => type ?? 'undefined'))].join(' | ') || 'unknown';
  const where = path
    .replaceAll(/[`\\]|\$(?=\{)/g, '\\$&')
    .replaceAll(/\{([^}]+)\}/g, (_, name) => `\${segment(request.path${access(name)}${pathStyle(parameters, name)})}`);
  const lists = (group: string) => parameters.filter((parameter) => parameter.in === group);
  const body = bodyOf(value, types);
  const hasKey = parameters.some(isKey);
  const whole = wholeQuery(parameters);
  const styles = stylesOf(whole ? Object.entries(whole.encoding) : lists('query').map((one) => [String(one.name), one]));
  const fields = [
    ...(whole?.isJson ? ['search: json(request.query)'] : whole || lists('query').length > 0 ? [`query: request.query`] : []),
    ...(styles ? [`styles: ${styles}`] : []),
    ...(lists('header').length > 0 ? [`headers: request.headers`] : []),
    ...(lists('cookie').length > 0 ? [`cookies: request.cookies`] : []),
    ...(hasKey ? ['idempotencyKey: true'] : []),
    ...(body ? [`mediaType: '${body.mediaType}'`, `body: ${written(body)}`] : []),
    ...(streamed ? ['isStream: true'] : []),
  ];
  const needsRequest = parameters.some(({ in: group }) => group === 'path') || fields.some((field) => field.includes('request.'));
  const isOptional =
    needsRequest &&
    !parameters.some((parameter) => (parameter.required === true || parameter.in === 'path') && !isKey(parameter)) &&
    !body?.isRequired;
  const parameter = needsRequest ? `request: ${typeName(id)}Request${isOptional ? ' = {}' : ''}, ` : '';
  const description = typeof value.summary === 'string' && value.summary !== '' ? value.summary : `${method} ${path}`;
  const given = streamed ? `AsyncGenerator<${result}>` : `Promise<${result}>`;
  const code = `    const response = await send(this.#options, '${method}', \`${where}\`, { ${[...fields, 'signal'].join(', ')} });
    ${streamed ? streaming(streamed) : `return ${reading(results, result)}`};
`;
  const text = `${comment(description, '  ')}  async ${streamed ? '*' : ''}${id}(${parameter}signal?: AbortSignal): ${given} {
${code}  }
`;
  return { text, code, types: `${parameter}${result}` };
}

/** How the body of a request is written. */
function written({ mediaType, type, encoding }: Body): string {
  if (isJson(mediaType)) return 'json(request.body)';
  if (mediaType === 'application/x-www-form-urlencoded') {
    const styles = stylesOf(Object.entries(encoding));
    return `form(request.body${styles ? `, ${styles}` : ''})`;
  }
  if (mediaType !== 'multipart/form-data' || type === 'FormData') return 'request.body';
  const contentTypes = Object.entries(encoding).flatMap(([name, value]) =>
    isRecord(value) && typeof value.contentType === 'string' && !/[*,]/.test(value.contentType)
      ? [[name, value.contentType]]
      : [],
  );
  const types = contentTypes.length > 0 ? `, ${JSON.stringify(Object.fromEntries(contentTypes))}` : '';
  return `multipart(request.body${types})`;
}

/** How the items of a stream are handed on. */
function streaming({ stream, type }: Answer): string {
  return `yield* ${stream}${stream === 'events(response)' || type === 'unknown' ? '' : ` as AsyncGenerator<${type}>`}`;
}

/** How a value of the path is written, as further arguments; nothing where the parts of a list are joined by commas. */
function pathStyle(parameters: readonly Json[], name: string): string {
  const { style = 'simple', explode = false } = parameters.find((one) => one.in === 'path' && one.name === name) ?? {};
  if (style !== 'label' && style !== 'matrix' && explode !== true) return '';
  return `, ${JSON.stringify({ style, name, explode: explode === true })}`;
}

/** How values are written that are not written part by part (`append` of the runtime), as text; undefined where all are. */
function stylesOf(values: readonly (readonly [name: string, value: unknown])[]): string | undefined {
  const styles: Record<string, string> = {};
  for (const [name, value] of values) {
    if (!isRecord(value)) continue;
    const { style = 'form', explode = style === 'form' } = value;
    if (isRecord(value.content)) styles[name] = 'json';
    else if (style === 'deepObject') styles[name] = style;
    else if (explode === false) styles[name] = separators[String(style)] ?? ',';
  }
  return Object.keys(styles).length > 0 ? JSON.stringify(styles) : undefined;
}

const separators: Readonly<Record<string, string>> = { spaceDelimited: ' ', pipeDelimited: '|' };

function access(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** How the body of an answer is read. */
function reading(results: readonly Answer[], result: string): string {
  const types = new Set(
    results.map(({ mediaType }) =>
      mediaType === undefined ? 'none' : isJson(mediaType) ? 'json' : mediaType.startsWith('text/') ? 'text' : 'blob',
    ),
  );
  const [only] = types;
  if (types.size === 1 && only === 'none') return 'void (await response.body?.cancel())';
  if (types.size === 1 && only === 'text') return 'response.text()';
  if (types.size === 1 && only === 'blob') return 'response.blob()';
  return `(await content(response)) as ${/ \| /.test(result) ? `${result}` : result}`;
}
