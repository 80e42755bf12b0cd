/** Hono: chains, `basePath`, `route`, validators in front of handlers, `createRoute` of `@hono/zod-openapi`. */
import ts from 'ts6';
import { Description } from '../generate/described.ts';
import type { Shape } from '../generate/facts.ts';
import { readAuthentication, readStated } from './authentication.ts';
import { answeringMethod, chanfana, endpointIn, returnedOf, schemaOf, validates } from './chanfana.ts';
import { express } from './express.ts';
import { dataOf } from './data.ts';
import { callsIn } from './controllers.ts';
import { evidenceAt } from './evidence.ts';
import { type Content, type Dialect, type Place, type Reading, type Subject, type TextOf } from './handler.ts';
import { property, schemaShape } from './json-schema.ts';
import { responsesByName, stokerContent, stokerShape } from './stoker.ts';
import { named } from './names.ts';
import type { Framework, RouteDoc, Step } from './routers.ts';
import type { Type } from './type-model.ts';
import { type Env, holderOf, type Literal, propertyIn, strip, type Value, type Values } from './values.ts';
import { answerOfNew, answerOfResponse } from './web-responses.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];

/** Hono 3 and 4, and its OpenAPI variant. */
export const hono: Framework = {
  name: 'Hono',
  creation: /\bnew\s+(?:OpenAPI)?Hono\b|\.createApp\(/,
  makes: (module, member) =>
    (module === 'hono' || module.startsWith('hono/') || module === '@hono/zod-openapi') &&
    (/^(?:OpenAPI)?Hono$/.test(member) || (module === 'hono/factory' && member === 'createApp'))
      ? 'app'
      : undefined,
  gives: (module, member) =>
    (module === '@hono/zod-openapi' && member === 'createRoute') || (module === chanfana && member === 'fromHono'),
  below: (module, member, { arguments: [router, options] }) => {
    const path = module === chanfana && member === 'fromHono' ? propertyIn(options, 'base') : undefined;
    return router && path && { router, path };
  },
  answers: answeringMethod,
  // `createFactory().createHandlers(validate, (c) => …)`
  hands: (method) => (/^create(?:Handlers|Middleware|App)$/.test(method) ? 'hono/factory' : undefined),
  chainable: new Set([...methods, 'use', 'all', 'on', 'route', 'mount', 'notFound', 'onError', 'openapi']),
  derives: 'basePath',
  step,
  // `:id{[0-9]+}` has a pattern, and `createRoute` takes OpenAPI's `{id}`, also before a verb: `/orders/{id}:cancel`.
  templates: (path) => {
    const plain = path.replaceAll(/(:\w+)\{[^{}]*\}/g, '$1').replace(/(?<=[\w}]):(?=[\w-]+$)/, '\\:');
    return express.templates(plain.replaceAll(/\{(\w+)\}/g, ':$1'));
  },
  get dialect() {
    return dialect;
  },
  readArgument,
  readOptions,
};

function step(method: string, args: readonly ts.Expression[], values: Values, env: Env): Step | undefined {
  const [first, second, ...rest] = args;
  if (method === 'basePath') return { kind: 'derive' };
  if (!first) return undefined;
  if (method === 'mount' && second)
    return { kind: 'unseen', at: first, message: 'What is mounted here routes by itself, so its routes are missing.' };
  if (method === 'route' && second) return { kind: 'use', path: first, parts: [second] };
  if (method === 'use') {
    const isEverywhere = ts.isStringLiteralLike(first) && /^\/?\*$/.test(first.text);
    const parts = isEverywhere ? args.slice(1) : args;
    return { kind: 'use', path: isEverywhere ? undefined : first, maybe: true, parts };
  }
  if (method === 'on' && second) {
    const value = values.of(first, env);
    const texts = value?.kind === 'list' ? value.items.map((item) => values.text(item, value.env)) : [values.text(first, env)];
    const verbs = texts.flatMap((text) => text?.toLowerCase() ?? []);
    return { kind: 'route', methods: verbs, path: second, handlers: rest };
  }
  if (method === 'openapi') return described(first, args.slice(1), values, env);
  if (method !== 'all' && !methods.includes(method)) return undefined;
  if (args.length < 2) return undefined;
  const endpoint = endpointIn(args.slice(1), values, env);
  if (endpoint && !endpoint.isWritten)
    return {
      kind: 'unseen',
      at: endpoint.at,
      message: 'What this endpoint asks and answers is made of its model, which is not read, so it is missing.',
    };
  return {
    kind: 'route',
    methods: [method],
    path: first,
    handlers: args.slice(1),
    options: endpoint ? schemaOf(endpoint.node, values) : documented(args, values, env),
  };
}

/** What hono-openapi's middleware states of a route: `describeRoute({ responses })`. */
function documented(args: readonly ts.Expression[], values: Values, env: Env): ts.Expression | undefined {
  for (const { node: argument, env: own } of values.spread(args, env)) {
    const made = ts.isCallExpression(argument) ? values.of(argument, own) : undefined;
    if (made?.kind === 'made' && /^hono-openapi(?:\/|$)/.test(made.name) && made.member === 'describeRoute')
      return made.call.arguments?.[0];
  }
  return undefined;
}

/** `app.openapi(createRoute({ method, path, … }), handler)`. */
function described(route: ts.Expression, handlers: readonly ts.Expression[], values: Values, env: Env): Step {
  const options = routeOptions(route, values, env);
  const [method, place] = [options && holderOf(options, 'method', values), options && holderOf(options, 'path', values)];
  const named = method && propertyIn(method.node, 'method');
  const verb = named && values.text(named, method.env)?.toLowerCase();
  const path = place && propertyIn(place.node, 'path');
  return verb && path
    ? { kind: 'route', methods: [verb], path, handlers, options: place.node, place: place.env }
    : { kind: 'unseen', at: route, message: 'The route is described out of sight, so it is missing.' };
}

/** The object that describes a route: what `createRoute`, or a function of the project around it, is given. */
function routeOptions(route: ts.Expression, values: Values, env: Env): Literal | undefined {
  const bare = strip(route);
  const made = values.of(bare, env);
  const isDescription = (value: Value | undefined): value is Literal =>
    value?.kind === 'object' && ['method', 'path'].every((name) => holderOf(value, name, values) !== undefined);
  const [given] = made?.kind === 'made' ? (made.call.arguments ?? []) : [];
  const own = made?.kind === 'made' ? given && values.of(given, made.env) : made;
  if (isDescription(own)) return own;
  const call = ts.isIdentifier(bare) ? initializerOf(bare, values) : bare;
  if (!call || !ts.isCallExpression(call)) return undefined;
  return call.arguments.map((argument) => values.of(argument, env)).find(isDescription);
}

function initializerOf(name: ts.Identifier, values: Values): ts.Expression | undefined {
  const found = named(values, name, 'value');
  const node = found?.kind === 'node' ? found.node : undefined;
  return node && ts.isVariableDeclaration(node) && node.initializer ? strip(node.initializer) : undefined;
}

const parts: Readonly<Record<string, string>> = {
  json: 'body',
  form: 'form',
  query: 'query',
  param: 'params',
  header: 'headers',
};

/** `zValidator('json', Schema)`, `sValidator('query', Schema)`. */
function readArgument(argument: ts.Expression, reading: Reading, env: Env): void {
  readAuthentication(argument, reading, env);
  readStated(securityAround(argument, reading.project.values, env), reading);
  const bare = strip(argument);
  if (!ts.isCallExpression(bare)) return;
  const [target, schema] = bare.arguments;
  const part = target && ts.isStringLiteralLike(target) ? parts[target.text] : undefined;
  const shape = part && schema && schemaShape(reading.project, schema);
  if (!part || !shape || !schema) return;
  reading.schema(part, [], shape, schema);
  // What these validators answer to a request they refuse.
  if (/^[a-z]*Validator$/.test(bare.expression.getText()))
    reading.merge({ status: '400', evidence: evidenceAt(bare, 'declared') });
}

const askedOfAll = new WeakMap<Values, ts.Expression | undefined>();

/**
 * What the application states to ask for at every endpoint, `fromHono(app, { schema: { security: [{ key: [] }] } })`; undefined where
 * several do, whose endpoints nobody tells apart.
 */
function securityOfAll(values: Values): ts.Expression | undefined {
  if (askedOfAll.has(values)) return askedOfAll.get(values);
  const calls = values.files().flatMap((file) => (file.text.includes('fromHono(') ? callsIn(file) : []));
  const stated = calls.flatMap(({ expression, arguments: [, options] }) => {
    const made = values.of(expression, values.root);
    const isIt = made?.kind === 'package' && made.name === chanfana && made.member === 'fromHono';
    return (isIt && propertyIn(propertyIn(options, 'schema'), 'security')) || [];
  });
  const only = stated.length === 1 ? stated[0] : undefined;
  askedOfAll.set(values, only);
  return only;
}

/** What an endpoint asks for because the whole application states so; undefined where its own schema says what it asks for. */
function securityAround(handler: ts.Expression, values: Values, env: Env): ts.Expression | undefined {
  const endpoint = endpointIn([handler], values, env);
  const isOwn = endpoint && propertyIn(schemaOf(endpoint.node, values), 'security');
  return endpoint && !isOwn ? securityOfAll(values) : undefined;
}

/** What `createRoute` states of the request and the responses. */
function readOptions(options: ts.Expression, reading: Reading): RouteDoc | undefined {
  const { project } = reading;
  const get = (node: ts.Expression | undefined, name: string) => node && property(project, node, name);
  const request = get(options, 'request');
  for (const [name, part] of [
    ['params', 'params'],
    ['query', 'query'],
    ['headers', 'headers'],
  ] as const) {
    const node = get(request, name);
    const shape = node && (stokerShape(node, project) ?? schemaShape(project, node));
    if (node && shape) reading.schema(part, [], shape, node);
  }
  const written = get(options, 'parameters');
  const parameters = written && dataOf(written, project.values.root, project);
  for (const one of written ? new Description({}).operation({ parameters }, {}, evidenceAt(written, 'declared')).parameters : [])
    reading.parameter(one.in, one.name, one.shape, one.required, one.evidence);
  const body = get(request, 'body');
  for (const { mediaType, shape } of body ? contentsOf(reading, project.types.of(body), body) : []) {
    if (body && shape) reading.body(shape, evidenceAt(body, 'declared'), mediaType);
  }
  const responses = get(options, 'responses');
  const respond = (status: string, type: Type, own: ts.Expression | undefined, at: ts.Node) => {
    const text = own && (stokerContent(own, project)?.description ?? get(own, 'description'));
    const description = text && project.values.text(text, project.values.root);
    const stated = { status, ...(description && { description }), evidence: evidenceAt(at, 'declared') };
    const contents = contentsOf(reading, type, own);
    if (contents.length === 0) reading.merge(stated);
    for (const { mediaType, shape = {} } of contents) reading.merge({ ...stated, mediaType, shape });
  };
  for (const [key, member] of (responses && project.types.membersOf(project.types.of(responses))) ?? []) {
    const own = member.node && ts.isPropertyAssignment(member.node) ? member.node.initializer : undefined;
    respond(/^[1-5]\d\d$/.test(key) ? key : 'default', member.type(), own, member.node ?? options);
  }
  for (const { status, stated } of responses ? responsesByName(responses, project) : [])
    respond(status, project.types.of(stated), stated, stated);
  readStated(get(options, 'security'), reading);
  const say = (name: string) => {
    const node = get(options, name);
    return node && project.values.text(node, project.values.root);
  };
  const [summary, description, operationId] = ['summary', 'description', 'operationId'].map(say);
  const tags = get(options, 'tags');
  const list = tags && project.values.of(tags, project.values.root);
  const names = list?.kind === 'list' ? list.items.flatMap((item) => project.values.text(item, list.env) ?? []) : [];
  return {
    ...(summary && { summary }),
    ...(description && { description }),
    ...(operationId && { operationId }),
    ...(names.length > 0 && { tags: names }),
    ...(get(options, 'deprecated')?.kind === ts.SyntaxKind.TrueKeyword && { deprecated: true }),
  };
}

/** The schemas of `{ content: { 'application/json': { schema } } }`, also where a function of the project makes it. */
function contentsOf({ project }: Reading, stated: Type, at?: ts.Expression): { mediaType: string; shape?: Shape }[] {
  const { types } = project;
  const helped = at && stokerContent(at, project);
  if (helped) return [{ mediaType: 'application/json', shape: helped.shape }];
  const content = types.membersOf(types.property(stated, 'content'));
  return [...(content ?? [])].flatMap(([mediaType, member]) => {
    const held = types.membersOf(member.type())?.get('schema');
    const type = held?.type();
    if (!type) return [];
    if (type.kind === 'schema') return [{ mediaType, shape: type.shape }];
    const value = held?.node && ts.isPropertyAssignment(held.node) ? held.node.initializer : writtenAs(type);
    return [{ mediaType, shape: value && schemaShape(project, value) }];
  });
}

/** The literal that an object is written as. */
function writtenAs(type: Type): ts.Expression | undefined {
  const [first] = type.kind === 'object' ? type.members.values() : [];
  return first?.node && ts.isObjectLiteralExpression(first.node.parent) ? first.node.parent : undefined;
}

const dialect: Dialect = {
  roots: ({ parameters }) => (parameters.length > 2 ? undefined : ['c', 'next']),
  part: ({ of, path }) => {
    // All of the query: `new URL(c.req.url).searchParams`.
    if (of === 'url' && path.join('.') === 'searchParams') return ['query'];
    return of === 'request' ? path : undefined;
  },
  called,
  made,
  answer,
  returned: (value, reading, place) => {
    const bare = strip(value);
    if (ts.isNewExpression(bare)) answerOfNew(bare, reading, place);
    if (!ts.isCallExpression(bare)) return returnedOf(bare, reading, place);
    if (isContext(bare.expression, reading, place)) return;
    const streamed = streamBy(bare, reading, place);
    if (streamed) return reading.respond(undefined, streamed, place, bare);
    if (answerOfResponse(bare, reading, place)) return;
    returnedOf(bare, reading, place);
    reading.inside(bare, place);
  },
};

/** `new URL(c.req.url)`, `new URLSearchParams(url.search)`. */
function made(node: ts.NewExpression, subject: (node: ts.Expression) => Subject | undefined): Subject | undefined {
  const name = node.expression.getText();
  const [address] = node.arguments ?? [];
  const { of, path } = (/^URL(?:SearchParams)?$/.test(name) && address && subject(address)) || { of: '', path: [] };
  const isAddress = (of === 'c' && /^req\.(?:raw\.)?url$/.test(path.join('.'))) || of === 'url';
  return isAddress ? { of: 'url', path: name === 'URL' ? [] : ['searchParams'] } : undefined;
}

/** `c.req.query('page')`, `await c.req.json()`, `c.req.valid('json')`; of the platform's request, `c.req.raw.json()`. */
function called({ of, path: whole }: Subject, call: ts.CallExpression, text: TextOf): Subject | undefined {
  const key = text(call.arguments[0]);
  if (of === 'url')
    return key !== undefined && /^searchParams\.(?:get|getAll|has)$/.test(whole.join('.'))
      ? { of: 'request', path: ['query', key] }
      : undefined;
  if (of !== 'c') return undefined;
  if (key !== undefined && whole.join('.') === 'req.raw.headers.get') return { of: 'request', path: ['headers', key] };
  const path = whole[1] === 'raw' ? whole.toSpliced(1, 1) : whole;
  if (path[0] !== 'req' || path.length !== 2) return undefined;
  const method = path[1] as string;
  if (method === 'valid') return key && parts[key] ? { of: 'request', path: [parts[key]] } : undefined;
  const part = {
    json: 'body',
    text: 'body',
    parseBody: 'form',
    formData: 'form',
    query: 'query',
    queries: 'query',
    param: 'params',
    header: 'headers',
  }[method];
  return part ? { of: 'request', path: key === undefined ? [part] : [part, key] } : undefined;
}

/** What Hono's streaming helpers send: `streamSSE(c, async (stream) => …)`. */
function streamBy(call: ts.CallExpression, { project: { values } }: Reading, { env }: Place): Content | undefined {
  const helper = values.of(call.expression, env);
  if (helper?.kind !== 'package' || helper.name !== 'hono/streaming') return undefined;
  const mediaType = { streamSSE: 'text/event-stream', streamText: 'text/plain' }[helper.member];
  return mediaType ? { mediaType, shape: { type: 'string' } } : {};
}

function isContext(node: ts.Expression, reading: Reading, place: Place): boolean {
  return ts.isPropertyAccessExpression(node) && reading.subject(node.expression, place)?.of === 'c';
}

const mediaTypes: Readonly<Record<string, string>> = { json: 'application/json', text: 'text/plain', html: 'text/html' };

function answer(call: ts.CallExpression, reading: Reading, place: Place): void {
  const callee = strip(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return;
  validates(callee, reading);
  const subject = reading.subject(callee.expression, place);
  if (subject?.of !== 'c' || subject.path.length > 0) return;
  const [first, second] = call.arguments;
  const name = callee.name.text;
  const mediaType = mediaTypes[name];
  if (mediaType) {
    const shape = name === 'json' ? reading.shapeOf(first, place) : { type: 'string' as const };
    reading.respond(statusIn(second) ?? statusBefore(call, reading, place), { mediaType, shape }, place, call);
  }
  if (name === 'body' || name === 'newResponse') reading.respond(statusIn(second), {}, place, call);
  if (name === 'redirect') reading.respond(second, {}, place, call, '302');
  if (name === 'notFound')
    reading.merge({ status: '404', mediaType: 'text/plain', shape: { type: 'string' }, evidence: evidenceAt(call, 'seen') });
}

/** `c.status(201);` on a line of its own before. */
function statusBefore(call: ts.CallExpression, reading: Reading, place: Place): ts.Expression | undefined {
  const statement = ts.findAncestor(call, ts.isStatement);
  if (!statement || !ts.isBlock(statement.parent)) return undefined;
  const { statements } = statement.parent;
  for (const before of statements.slice(0, statements.indexOf(statement)).toReversed()) {
    const node = ts.isExpressionStatement(before) ? strip(before.expression) : undefined;
    if (!node || !ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue;
    if (node.expression.name.text === 'status' && isContext(node.expression, reading, place)) return node.arguments[0];
  }
  return undefined;
}

/** The second argument of `c.json`: a status, or `{ status }`. */
function statusIn(node: ts.Expression | undefined): ts.Expression | undefined {
  return node && ts.isObjectLiteralExpression(strip(node)) ? propertyIn(node, 'status') : node;
}
