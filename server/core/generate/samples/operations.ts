/**
 * Samples to contract facts: requests of one operation become one, path parameters are guessed from what looks like an
 * id, and credentials become security schemes. No value of a sample is kept, so no secret can be.
 */
import { parseApiDocument } from '../../document.ts';
import type { Generated, GenerateOptions } from '../../lintel.ts';
import { httpMethods } from '../../model/api.ts';
import { nodeAt } from '../../tree/tree.ts';
import type {
  BodyFact,
  Evidence,
  Facts,
  Note,
  OperationFact,
  ParameterFact,
  ResponseFact,
  SecurityFact,
  Shape,
} from '../facts.ts';
import { capital } from '../names.ts';
import { toOpenApi } from '../openapi.ts';
import { isCurl, readCurl } from './curl.ts';
import { type Content, type Credential, type Exchange, type Field, headerOf, type SampleReading } from './exchange.ts';
import { isHar, readHar } from './har.ts';
import { idShape, shapeOf, shapeOfField, together, withoutRequired } from './infer.ts';
import { isPostman, readPostman } from './postman.ts';

/** A text that shows requests, or a body: cURL commands, a HAR, a Postman collection, JSON. */
export interface Sample {
  readonly uri: string;
  readonly text: string;
}

/** The OpenAPI document (YAML) that the samples support. */
export function fromSamples(samples: readonly Sample[], options: GenerateOptions = {}): Generated {
  const notes: Note[] = [];
  const exchanges: Exchange[] = [];
  const bodies = new Map<string, Shape>();
  let title: string | undefined;
  for (const sample of samples) {
    const read = readingOf(sample, bodies);
    title ??= read.title;
    exchanges.push(...read.exchanges);
    notes.push(...read.notes);
  }
  const own = ofOneHost(exchanges, notes);
  const operations = operationsOf(own, notes);
  const servers = [...new Set(own.map(({ origin }) => origin).filter((origin) => origin !== ''))];
  const facts: Facts = { operations, types: bodies, notes: notes };
  return toOpenApi(facts, { ...(title && { title }), ...options, ...(servers.length > 0 && { servers }) }, [...bodies.keys()]);
}

function readingOf({ uri, text }: Sample, bodies: Map<string, Shape>): SampleReading {
  if (isCurl(text)) return readCurl(uri, text);
  const whole = { uri, start: 0, end: 0 };
  const document = parseApiDocument(`${uri}.json`, text);
  const data: unknown = parsedJson(text);
  if (data === undefined) return { exchanges: [], notes: [{ ...whole, message: whyUnreadable(text) }] };
  const place = (path: (string | number)[]) => {
    const node = nodeAt(document.tree, path);
    return { uri, start: node?.start ?? 0, end: node ? Math.min(node.end, node.start + 1) : 0 };
  };
  if (isHar(data)) return readHar(data, (index) => place(['log', 'entries', index]));
  if (isPostman(data)) return readPostman(data, place);
  const shape = withoutRequired(shapeOf(data));
  const name = nameOf(uri);
  bodies.set(name, together(bodies.get(name), shape));
  return {
    exchanges: [],
    notes: [{ ...whole, message: `The JSON is a body, not a request: it is the schema \`${name}\`, and of no operation.` }],
  };
}

/** Why a text is no sample. An archive that was cut off is still seen to be JSON; none of it is quoted, it may hold secrets. */
function whyUnreadable(text: string): string {
  if (text.trim() === '') return 'The sample is empty.';
  if (/^\s*[{[]/.test(text)) return 'This begins as JSON does and cannot be read as JSON: perhaps it was cut off.';
  return 'This is neither a cURL command nor JSON: a HAR, a Postman collection or a body.';
}

/**
 * What a JSON text says, for its shape: of a number that is written with a fraction, `10.0`, one with a fraction. Comments,
 * which Postman allows, are passed over, and quotes escaped for PowerShell are quotes.
 */
function parsedJson(text: string): unknown {
  try {
    const plain = /^\s*[{[]\s*\\"/.test(text) ? text.replaceAll('\\"', '"') : text;
    const marked = plain.replaceAll(
      /"(?:[^"\\]|\\.)*"|(-?\d+\.)0+(?![\d.eE])|\/\/[^\n]*|\/\*[^]*?\*\//g,
      (whole, digits?: string) => (digits ? `${digits}5` : whole.startsWith('/') ? ' ' : whole),
    );
    return JSON.parse(marked.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** Is a text said to be JSON, and cannot be read as such? */
function isBroken({ mediaType, text = '' }: Content): boolean {
  return /\bjson$/.test(mediaType) && text.trim() !== '' && parsedJson(text) === undefined;
}

/** `…/order-created.json` is `OrderCreated`. */
function nameOf(uri: string): string {
  const file = decodeURIComponent(uri.split('/').at(-1) ?? '').replace(/\.[^.]*$/, '');
  const words = file.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const name = words.map(capital).join('');
  return /^[A-Za-z]/.test(name) && !uri.startsWith('untitled:') ? name : 'Sample';
}

/** A recording has calls of many services: the one called most is described. Others are said. */
function ofOneHost(exchanges: readonly Exchange[], notes: Note[]): readonly Exchange[] {
  const counts = new Map<string, number>();
  for (const { origin } of exchanges) counts.set(origin, (counts.get(origin) ?? 0) + 1);
  const [main] = [...counts].sort(([, a], [, b]) => b - a);
  const isSame = (origin: string) => origin === main?.[0] || origin === '' || origin.startsWith('{');
  const others = exchanges.filter(({ origin }) => !isSame(origin));
  for (const [origin, first] of new Map(others.toReversed().map((one) => [one.origin, one]))) {
    const count = counts.get(origin) as number;
    const requests = count === 1 ? 'One request' : `${count} requests`;
    notes.push({
      ...first.source,
      message: `${requests} to ${origin} ${count === 1 ? 'is' : 'are'} left out: the document is about ${main?.[0]}.`,
    });
  }
  return exchanges.filter(({ origin }) => isSame(origin));
}

// Operations

interface Group {
  readonly path: string;
  readonly parameters: readonly ParameterFact[];
  readonly exchanges: Exchange[];
}

/** The methods of OpenAPI 3.1. */
const written: ReadonlySet<string> = new Set(httpMethods.filter((method) => method !== 'query'));

function operationsOf(exchanges: readonly Exchange[], notes: Note[]): OperationFact[] {
  const groups = new Map<string, Group>();
  const guessed = new Set<string>();
  for (const exchange of exchanges) {
    if (!written.has(exchange.method)) {
      const method = exchange.method.toUpperCase();
      notes.push({
        ...exchange.source,
        message: `OpenAPI 3.1 has no operations of the method ${method}, so the request is missing.`,
      });
      continue;
    }
    for (const [what, content] of [
      ['body', exchange.body],
      ['answer', exchange.response?.content],
    ] as const) {
      const message = `The ${what} is said to be JSON and cannot be read as such, so its shape is left open.`;
      if (content && isBroken(content)) notes.push({ ...exchange.source, message });
    }
    const { path, parameters, guess } = templateOf(exchange);
    const key = `${exchange.method} ${path.replaceAll(/\{[^}]+\}/g, '{}')}`;
    const known = groups.get(key);
    if (known) known.exchanges.push(exchange);
    else groups.set(key, { path, parameters, exchanges: [exchange] });
    if (guess && !guessed.has(path)) {
      guessed.add(path);
      notes.push({
        ...exchange.source,
        message: `\`${path}\` is guessed: a part of the path looks like an id, and its name is made up.`,
      });
    }
  }
  const paths = new Map<string, string>();
  return [...groups].map(([key, group]) => {
    // One name for one place, whatever the method.
    const shape = key.slice(key.indexOf(' ') + 1);
    const path = paths.get(shape) ?? group.path;
    paths.set(shape, path);
    return operationOf({ ...group, path }, notes);
  });
}

function templateOf({ path, source }: Exchange): { path: string; parameters: ParameterFact[]; guess: boolean } {
  const evidence: Evidence = { ...source, confidence: 'seen' };
  const parameters: ParameterFact[] = [];
  const taken = new Set<string>();
  let guess = false;
  const parts = path.map((part, index) => {
    const stated = /^\{(.+)\}$/.exec(part)?.[1];
    const shape = stated ? { type: 'string' as const } : idShape(part);
    if (!shape) {
      // A variable within a word: `report-{year}`.
      for (const [, name] of part.matchAll(/\{([\w-]+)\}/g))
        parameters.push({ name: name as string, in: 'path', required: true, shape: { type: 'string' }, evidence });
      return encodeURIComponent(part)
        .replaceAll(/%7B([\w-]+)%7D/g, '{$1}')
        .replaceAll('%40', '@')
        .replaceAll('%3A', ':');
    }
    guess ||= !stated;
    let name = (stated ?? idName(path[index - 1])).replaceAll(/[^\w-]+/g, '_');
    for (let count = 2; taken.has(name); count++) name = `${name.replace(/\d+$/, '')}${count}`;
    taken.add(name);
    parameters.push({ name, in: 'path', required: true, shape, evidence });
    return `{${name}}`;
  });
  return { path: `/${parts.join('/')}`, parameters, guess };
}

/** The id below `users` is `userId`. */
function idName(before: string | undefined): string {
  const words = (before ?? '').split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  if (words.length === 0 || !/^[A-Za-z]/.test(words[0] as string) || /^\{/.test(before ?? '') || idShape(before ?? ''))
    return 'id';
  const name = words.map((word, index) => (index === 0 ? word.charAt(0).toLowerCase() + word.slice(1) : capital(word))).join('');
  return `${singular(name)}Id`;
}

function singular(word: string): string {
  if (/(?:ss|us|is)$/.test(word)) return word;
  return word
    .replace(/ies$/, 'y')
    .replace(/(x|ch|sh|ss)es$/, '$1')
    .replace(/s$/, '');
}

function operationOf({ path, parameters, exchanges }: Group, notes: Note[]): OperationFact {
  const first = exchanges[0] as Exchange;
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] as string);
  const inPath = parameters.map((parameter, index) => {
    const shapes = exchanges.map((one) => shapeInPath(one, index)).filter((shape) => shape !== undefined);
    return {
      ...parameter,
      name: names[index] ?? parameter.name,
      shape: shapes.reduce<Shape | undefined>(together, undefined) ?? parameter.shape,
    };
  });
  const responses = responsesOf(exchanges, notes);
  const documented = exchanges.find(({ summary, description }) => summary ?? description) ?? first;
  const description = documented.description && withoutSecrets(documented.description);
  return {
    method: first.method,
    path,
    parameters: [...inPath, ...queryOf(exchanges), ...headersOf(exchanges)],
    bodies: bodiesOf(exchanges),
    responses,
    security: securityOf(exchanges),
    ...(documented.summary && { summary: withoutSecrets(documented.summary) }),
    ...(description && { description }),
    tags: [first.tag ?? tagOf(first)],
    source: first.source,
  };
}

/** The first part of a path that is a word: no version, no id. */
function tagOf({ path }: Exchange): string {
  return path.find((part) => !/^(?:api|rest|v\d+(?:\.\d+)*|\{.*\})$/i.test(part) && !idShape(part)) ?? 'root';
}

function shapeInPath({ path }: Exchange, index: number): Shape | undefined {
  const ids = path.filter((part) => /\{[\w-]+\}/.test(part) || idShape(part));
  const part = ids[index];
  return part === undefined || part.includes('{') ? undefined : idShape(part);
}

function seen(exchange: Exchange): Evidence {
  return { ...exchange.source, confidence: 'seen' };
}

function queryOf(exchanges: readonly Exchange[]): ParameterFact[] {
  const found = new Map<string, ParameterFact>();
  for (const exchange of exchanges) {
    const names = new Map<string, Field[]>();
    for (const field of exchange.query) names.set(field.name, [...(names.get(field.name) ?? []), field]);
    for (const [name, fields] of names) {
      if (isSecretName(name)) continue;
      const shapes = fields.map(({ value }) => shapeOfField(value));
      const one = shapes.reduce<Shape | undefined>(together, undefined) as Shape;
      const shape: Shape = fields.length > 1 || name.endsWith('[]') ? { type: 'array', items: one } : one;
      const known = found.get(name);
      found.set(name, {
        name,
        in: 'query',
        shape: known ? fieldShape(known.shape, shape) : shape,
        evidence: known?.evidence ?? seen(exchange),
      });
    }
  }
  return [...found.values()];
}

/** Of texts from URLs: `?q=1` and `?q=a` are texts. */
function fieldShape(a: Shape, b: Shape): Shape {
  const shape = together(a, b);
  return shape.anyOf ? { type: 'string' } : shape;
}

/** Headers that belong to HTTP, to browsers and to proxies, not to an interface. */
const ordinary =
  /^(?:accept(?:-.*)?|access-control-.*|authorization|cache-control|connection|content-.*|cookie|date|dnt|expect|forwarded|host|keep-alive|origin|pragma|priority|proxy-.*|range|referer|sec-.*|te|trailer|transfer-encoding|upgrade.*|user-agent|via|x-forwarded-.*|x-real-ip|x-requested-with|postman-token|newrelic|traceparent|tracestate|x-amz-.*|cf-.*|save-data|if-none-match|if-modified-since)$/i;

function headersOf(exchanges: readonly Exchange[]): ParameterFact[] {
  const found = new Map<string, ParameterFact>();
  for (const exchange of exchanges) {
    for (const { name } of exchange.headers) {
      if (name === '' || ordinary.test(name) || isSecretName(name) || found.has(name.toLowerCase())) continue;
      found.set(name.toLowerCase(), { name, in: 'header', shape: { type: 'string' }, evidence: seen(exchange) });
    }
  }
  return [...found.values()];
}

function contentShape({ mediaType, text, fields }: Content): Shape {
  if (fields) {
    const names = new Map<string, Field[]>();
    for (const field of fields) names.set(field.name, [...(names.get(field.name) ?? []), field]);
    const properties = [...names].map(([name, all]): [string, Shape] => {
      const shapes = all.map(({ value }): Shape =>
        value === undefined ? { type: 'string', format: 'binary' } : shapeOfField(value),
      );
      const one = shapes.reduce<Shape | undefined>(together, undefined) as Shape;
      return [name, all.length > 1 ? { type: 'array', items: one } : one];
    });
    return { type: 'object', properties: Object.fromEntries(properties), required: [...names.keys()] };
  }
  if (text === undefined) return {};
  const value = /json/.test(mediaType) || mediaType === '' ? parsedJson(text) : undefined;
  if (value !== undefined) return shapeOf(value);
  return /^text\//.test(mediaType) ? { type: 'string' } : {};
}

/** What several samples of one content show together; one alone does not say what is required. */
function merged(contents: readonly Content[]): Shape {
  const shapes = contents.map(contentShape);
  const shape = shapes.reduce<Shape | undefined>(together, undefined) ?? {};
  return shapes.length > 1 ? shape : withoutRequired(shape);
}

function byMediaType(contents: readonly Content[]): Map<string, Content[]> {
  const groups = new Map<string, Content[]>();
  for (const content of contents) {
    const type =
      content.mediaType ||
      (content.text && parsedJson(content.text) !== undefined ? 'application/json' : 'application/octet-stream');
    groups.set(type, [...(groups.get(type) ?? []), content]);
  }
  return groups;
}

function bodiesOf(exchanges: readonly Exchange[]): BodyFact[] {
  const contents = exchanges.flatMap(({ body }) => body ?? []);
  const evidence = seen(exchanges[0] as Exchange);
  return [...byMediaType(contents)].map(([mediaType, all]) => ({ mediaType, shape: merged(all), evidence }));
}

function responsesOf(exchanges: readonly Exchange[], notes: Note[]): ResponseFact[] {
  const byStatus = new Map<string, Exchange[]>();
  for (const exchange of exchanges) {
    if (!exchange.response) continue;
    const status = String(exchange.response.status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), exchange]);
  }
  const first = exchanges[0] as Exchange;
  if (byStatus.size === 0) {
    const template = templateOf(first).path;
    const reason = 'No sample shows what is answered.';
    const message = `No sample shows what \`${first.method.toUpperCase()} ${template}\` answers.`;
    notes.push({ ...first.source, message, reason });
    return [{ status: 'default', description: reason, evidence: seen(first) }];
  }
  return [...byStatus].flatMap(([status, all]): ResponseFact[] => {
    const evidence = seen(all[0] as Exchange);
    const contents = all.flatMap(({ response }) => response?.content ?? []);
    if (contents.length === 0) return [{ status, evidence }];
    return [...byMediaType(contents)].map(([mediaType, some]) => ({ status, mediaType, shape: merged(some), evidence }));
  });
}

// Secrets

const secretName =
  /^(?:x-)?(?:[\w-]*[-_.])?(?:api[-_]?key|apikey|access[-_]?key|auth(?:orization)?|auth[-_]?(?:token|key)|access[-_]?token|refresh[-_]?token|id[-_]?token|token|secret|client[-_]?secret|password|passwd|pwd|signature|sig|session(?:[-_]?(?:id|token))?|sid|csrf[-_]?token|xsrf[-_]?token|jwt|credential)$/i;

/** Does a header, query parameter or cookie of this name carry a secret? */
function isSecretName(name: string): boolean {
  return secretName.test(name) || /^x-(?:csrf|xsrf)/i.test(name);
}

/** The ways in which the requests of an operation proved who sends them. */
function securityOf(exchanges: readonly Exchange[]): SecurityFact[] {
  const found = new Map<string, SecurityFact>();
  for (const exchange of exchanges) {
    for (const credential of credentialsOf(exchange)) {
      const fact = { ...schemeOf(credential), evidence: seen(exchange) };
      if (!found.has(fact.name)) found.set(fact.name, fact);
    }
  }
  return [...found.values()];
}

function* credentialsOf({ headers, query, credentials = [] }: Exchange): Iterable<Credential> {
  yield* credentials;
  const authorization = headerOf(headers, 'authorization') ?? '';
  const [, scheme = '', value = ''] = /^(\S+)(?:\s+(.*))?$/.exec(authorization) ?? [];
  if (/^bearer$/i.test(scheme)) yield { kind: 'bearer', isJwt: /^ey[\w-]+\.[\w-]+\.[\w-]*$/.test(value) };
  else if (/^basic$/i.test(scheme)) yield { kind: 'basic' };
  else if (authorization) yield { kind: 'apiKey', in: 'header', name: 'Authorization' };
  for (const { name } of headers) {
    if (!ordinary.test(name) && isSecretName(name) && !/csrf|xsrf|signature/i.test(name))
      yield { kind: 'apiKey', in: 'header', name };
  }
  for (const { name } of query) if (isSecretName(name)) yield { kind: 'apiKey', in: 'query', name };
  for (const name of cookieNames(headerOf(headers, 'cookie') ?? '')) yield { kind: 'apiKey', in: 'cookie', name };
}

/** The cookies of a session among those a browser sends. */
function cookieNames(cookie: string): string[] {
  const names = cookie.split(';').map((part) => part.split('=')[0]?.trim() ?? '');
  return names.filter(
    (name) => name !== '' && /sess|sid$|auth|token|jwt/i.test(name) && !/csrf|xsrf/i.test(name) && !idShape(name),
  );
}

function schemeOf(credential: Credential): Pick<SecurityFact, 'name' | 'scheme'> {
  if (credential.kind === 'basic' || credential.kind === 'digest')
    return { name: credential.kind, scheme: { type: 'http', scheme: credential.kind } };
  if (credential.kind === 'bearer')
    return { name: 'bearer', scheme: { type: 'http', scheme: 'bearer', ...(credential.isJwt && { bearerFormat: 'JWT' }) } };
  const words = credential.name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const name = words.map((word, index) => (index === 0 ? word.toLowerCase() : capital(word.toLowerCase()))).join('');
  return { name: name || 'apiKey', scheme: { type: 'apiKey', in: credential.in, name: credential.name } };
}

/** Prose of a collection, in which people leave keys. */
function withoutSecrets(text: string): string {
  return text
    .replaceAll(/\b(Bearer|Basic|Token)\s+[\w.~+/=-]{8,}/gi, '$1 …')
    .replaceAll(/\bey[\w-]{8,}\.[\w-]+\.[\w-]*/g, '…')
    .replaceAll(/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\b(?:gh[pousr]|sk|pk|rk|xox[abprs]|glpat|whsec|npm)[-_][\w-]{8,}/g, '…')
    .replaceAll(/((?:key|token|secret|password|passwd|pwd)["']?\s*[:=]\s*["']?)[^\s"'&,;]+/gi, '$1…')
    .replaceAll(/\b(?=\w*\d)(?=\w*[A-Za-z])\w{24,}\b/g, '…')
    .replaceAll(/(:\/\/)[^\s@/]+@/g, '$1');
}
