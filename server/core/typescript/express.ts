/** Express: how it registers routes, and its handlers' dialect: `req.body`, `res.status(…).json(…)`, `next(error)`. */
import ts from 'ts6';
import type { Shape } from '../generate/facts.ts';
import { readAuthentication } from './authentication.ts';
import { evidenceAt } from './evidence.ts';
import { readChains } from './express-validator.ts';
import { type Content, type Dialect, type Place, type Project, type Reading, type Stated } from './handler.ts';
import { schemaShape } from './json-schema.ts';
import { writtenAsJson } from './plain.ts';
import { named } from './names.ts';
import type { Framework } from './routers.ts';
import { present, type Scope, type Type } from './type-model.ts';
import { nameText, propertyIn, strip } from './values.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];

/** Express 4 and 5. */
export const express: Framework = {
  name: 'Express',
  creation: /\b(?:express|Router)\(/,
  makes: (module, member) => {
    const isRouter = module === 'express' ? /(?:^|\.)Router$/.test(member) : module === 'express-promise-router';
    const isApp = module === 'express' && (member === 'default' || member === '*');
    return isApp ? 'app' : isRouter ? 'router' : undefined;
  },
  cutsPaths: true,
  wraps: (module) => (module === 'express-ws' ? 'app' : undefined),
  pathMethod: 'route',
  // `ws` is what express-ws adds.
  chainable: new Set([...methods, 'use', 'all', 'param', 'set', 'enable', 'disable', 'ws']),
  step: (method, args) => {
    const [first] = args;
    if (method === 'use') return { kind: 'use', path: first, maybe: true, parts: args };
    if (method !== 'all' && !methods.includes(method)) return undefined;
    // With one argument, `get` reads a setting; behind `route(path)` it is a handler.
    const isRoute = args.length > 1;
    return { kind: 'route', methods: [method], path: isRoute ? first : undefined, handlers: isRoute ? args.slice(1) : args };
  },
  templates: templatesOf,
  anywhere: /^(?:\*|\(\.\*\))(?=\/\w)/,
  get dialect() {
    return dialect;
  },
  get errorDialect() {
    return errorDialect;
  },
  readArgument: (argument, reading, env) => {
    readValidator(argument, reading);
    readUpload(argument, reading);
    readChains(argument, reading, env);
    readAuthentication(argument, reading, env);
  },
};

const dialect: Dialect = {
  // Four parameters: an error handler, which answers for others.
  roots: ({ parameters }) => (parameters.length > 3 ? undefined : ['req', 'res', 'next']),
  part: ({ of, path }) => (of === 'req' && path[0] && parts.has(path[0]) ? path : undefined),
  called: ({ of, path }, { arguments: [first] }, text) => {
    const isHeader = of === 'req' && path.length === 1 && /^(?:get|header)$/.test(path[0] as string);
    const name = isHeader ? text(first) : undefined;
    return name === undefined ? undefined : { of, path: ['headers', name] };
  },
  answer,
  stated,
};

/** Express's error handlers: functions of four parameters. */
const errorDialect: Dialect = {
  ...dialect,
  roots: ({ parameters }) => (parameters.length === 4 ? [undefined, 'req', 'res', 'next'] : undefined),
};

const parts = new Set(['query', 'body', 'params', 'headers']);
/** What validators of a whole request check beside its parts. */
const besideParts = new Set(['file', 'files', 'cookies']);

/** Records what a call of Express's response, or of one that works like it, answers. */
export function answer(call: ts.CallExpression, reading: Reading, place: Place): void {
  const callee = strip(call.expression);
  // `rows.pipe(res)`, `pipeline(rows, res)`
  const target = /(?:^pipeline|\.(?:pipe|pipeline))$/.test(callee.getText()) ? call.arguments.at(-1) : undefined;
  if (target && !ts.isSpreadElement(target) && isResponse(target, reading, place)) return streamed(call, reading, place);
  if (ts.isIdentifier(callee)) {
    const error = call.arguments[0];
    if (error && reading.subject(callee, place)?.of === 'next') reading.failure(error, place);
    // `upload(req, res, (error) => …)`
    const given = error && !ts.isSpreadElement(error) ? reading.subject(error, place) : undefined;
    if (given?.of === 'req' && given.path.length === 0) readUpload(callee, reading);
    return;
  }
  if (!ts.isPropertyAccessExpression(callee)) return;
  const [first, second] = call.arguments;
  const name = callee.name.text;
  const chain = responseChain(callee.expression, reading, place);
  if (!chain) return;
  if (name === 'write' || name === 'flushHeaders' || name === 'writeHead') return streamed(call, reading, place);
  if (/^(?:status|code)$/.test(name) && first && ts.isExpressionStatement(call.parent))
    reading.prepare({ status: first, at: call, place });
  if (name === 'sendStatus' && first) reading.respond(first, {}, place, call);
  if (name === 'redirect' && first) reading.respond(second ? first : chain.status, {}, place, call, '302');
  const json = /^(?:send|end)$/.test(name) ? writtenAsJson(first) : undefined;
  const content = json ? asJson : contentOf[name];
  if (!content) return;
  const { status, ...set } = { ...setBefore(call, reading, place), ...chain };
  const { mediaType, shape } = content(json ?? first, (node) => reading.shapeOf(node, place));
  const sent = { mediaType: mediaType && (set.mediaType ?? mediaType), shape };
  if (!status) return reading.respondPrepared(sent, place, call);
  reading.prepare(undefined);
  reading.respond(status, sent, place, call);
}

/** A response that is written in pieces, of the type that is said before. */
function streamed(call: ts.CallExpression, reading: Reading, place: Place): void {
  const { status, mediaType } = { ...setBefore(call, reading, place), ...responseChain(call, reading, place) };
  const isText = mediaType !== undefined && /^text\//.test(mediaType);
  reading.respond(status, { mediaType, ...(isText && { shape: { type: 'string' } }) }, place, call);
}

interface Chain {
  readonly status?: ts.Expression;
  readonly mediaType?: string;
}

/** Is an expression the response, or Node's own within Fastify's? */
function isResponse(node: ts.Expression, reading: Reading, place: Place): boolean {
  const subject = reading.subject(node, place);
  return subject?.of === 'res' && /^(?:raw)?$/.test(subject.path.join('.'));
}

/** The response a chain of calls starts at, and what is set on the way. */
function responseChain(node: ts.Expression, reading: Reading, place: Place): Chain | undefined {
  const bare = strip(node);
  if (isResponse(bare, reading, place)) return {};
  if (!ts.isCallExpression(bare) || !ts.isPropertyAccessExpression(bare.expression)) return undefined;
  const before = responseChain(bare.expression.expression, reading, place);
  const [first, second] = bare.arguments;
  if (!before || !first) return before;
  const name = bare.expression.name.text;
  if (name === 'status' || name === 'code') return { ...before, status: first };
  if (name === 'writeHead') {
    const type = propertyIn(bare.arguments.at(-1), 'Content-Type') ?? propertyIn(bare.arguments.at(-1), 'content-type');
    return { ...before, status: first, ...(type && mediaTypeIn(type)) };
  }
  if (/^(?:type|contentType)$/.test(name) && ts.isStringLiteralLike(first) && first.text.includes('/'))
    return { ...before, mediaType: first.text };
  const isType = /^(?:set|header|setHeader)$/.test(name) && ts.isStringLiteralLike(first) && /^content-type$/i.test(first.text);
  return isType && second ? { ...before, ...mediaTypeIn(second) } : before;
}

function mediaTypeIn(node: ts.Expression): Chain {
  const mediaType = ts.isStringLiteralLike(node) ? node.text.split(';')[0]?.trim() : undefined;
  return mediaType ? { mediaType } : {};
}

/** What is set of the response on lines of their own before a node, in its block or one around it: `res.status(404);`. */
export function setBefore(node: ts.Node, reading: Reading, place: Place): Chain {
  let found: Chain = {};
  for (let at = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (!ts.isBlock(parent) && !ts.isCaseOrDefaultClause(parent)) continue;
    const { statements } = parent;
    for (const before of statements.slice(0, Math.max(0, statements.indexOf(at as ts.Statement))).toReversed())
      found = { ...setBy(before, reading, place), ...found };
  }
  return found;
}

function setBy(statement: ts.Statement, reading: Reading, place: Place): Chain {
  const node = ts.isExpressionStatement(statement) ? strip(statement.expression) : undefined;
  if (!node) return {};
  if (!ts.isBinaryExpression(node)) return responseChain(node, reading, place) ?? {};
  const isSet = node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isPropertyAccessExpression(node.left);
  const isStatus = isSet && /^status(?:Code)?$/.test(node.left.name.text) && isResponse(node.left.expression, reading, place);
  return isStatus ? { status: node.right } : {};
}

type ReadContent = (body: ts.Expression | undefined, shape: (node: ts.Expression) => Shape) => Content;

const asJson: ReadContent = (body, shape) => ({ mediaType: 'application/json', shape: body ? shape(body) : {} });

/** The methods that end a response, and the content each sends. Express sends a text as HTML, everything else as JSON. */
const contentOf: Readonly<Record<string, ReadContent>> = {
  json: asJson,
  jsonp: asJson,
  send: (body, shape) => {
    const seen = body ? shape(body) : {};
    if (seen.type === 'string') return { mediaType: 'text/html', shape: seen };
    return seen.type === undefined && !seen.ref && !seen.anyOf ? {} : { mediaType: 'application/json', shape: seen };
  },
  end: () => ({}),
  render: () => ({ mediaType: 'text/html', shape: { type: 'string' } }),
  sendFile: () => ({}),
  download: () => ({}),
};

/**
 * `router.get<Params, Response, Body, Query>(…)` and `(req: Request<Params, Response, Body, Query>, res: Response<Body>)`, also
 * where a wrapper or a variable says that of the function it takes: `handler: RequestHandler<Params, Response>`.
 */
function stated(node: ts.SignatureDeclaration, call: ts.CallExpression | undefined, { types }: Project, outer: Scope): Stated {
  const [req, res] = node.parameters;
  const of = (list: readonly ts.TypeNode[] = [], scope = outer) => list.map((argument) => types.ofNode(argument, scope));
  const written = call?.typeArguments ?? argumentsOf(req, 'Request');
  const own = argumentsOf(res, 'Response')?.[0];
  const answered = own ? types.ofNode(own, outer) : answerSaid(res, types, outer);
  const isBare = !written && !own && !(req && ts.isParameter(req) && req.type);
  const expected = isBare && ts.isExpression(node) ? present(types.expected(node, outer)) : undefined;
  const type = expected?.kind === 'alias' ? expected.type : expected;
  if (type?.kind === 'external' && type.name === 'RequestHandler') return statedBy(type.args);
  if (type?.kind !== 'function') return statedBy(written ? of(written) : argumentsMeant(req, 'Request', types, outer), answered);
  const [request, response] = type.node.parameters;
  const answer = of(argumentsOf(response, 'Response'), type.scope)[0];
  return statedBy(of(argumentsOf(request, 'Request'), type.scope), answer);
}

/**
 * The type arguments of a parameter whose type goes by a name of the project: `type Asked = Request<Params, Answer, Body>`,
 * `interface Asked<Body> extends Request<Params, Answer, Body>`.
 */
export function argumentsMeant(
  parameter: ts.Node | undefined,
  name: string,
  types: Project['types'],
  scope: Scope,
): readonly Type[] {
  const type =
    parameter && ts.isParameter(parameter) && parameter.type ? present(types.ofNode(parameter.type, scope)) : undefined;
  const whole = type?.kind === 'alias' ? type.type : type;
  if (whole?.kind === 'external') return whole.name === name ? whole.args : [];
  if (whole?.kind !== 'declared' || !ts.isInterfaceDeclaration(whole.node)) return [];
  const bases = (whole.node.heritageClauses ?? []).flatMap((clause) => [...clause.types]);
  const base = bases.find(({ expression }) => expression.getText().split('.').at(-1) === name);
  return base?.typeArguments?.map((argument) => types.ofNode(argument, whole.scope)) ?? [];
}

/** What a response of a type of the project answers: `type Answer<T> = Omit<Response, 'json'> & { json(data: T): Answer<T> }`. */
function answerSaid(res: ts.Node | undefined, types: Project['types'], scope: Scope): Type | undefined {
  const [meant] = argumentsMeant(res, 'Response', types, scope);
  if (meant || !res || !ts.isParameter(res) || !res.type) return meant;
  const json = types.property(types.ofNode(res.type, scope), 'json');
  const [data] = json.kind === 'function' ? json.node.parameters : [];
  return json.kind === 'function' && data && ts.isParameter(data) && data.type ? types.ofNode(data.type, json.scope) : undefined;
}

function statedBy([, response, body, query]: readonly Type[], own?: Type): Stated {
  return { body, query, response: own ?? response };
}

function argumentsOf(parameter: ts.Node | undefined, name: string): readonly ts.TypeNode[] | undefined {
  const type = parameter && ts.isParameter(parameter) ? parameter.type : undefined;
  if (!type || !ts.isTypeReferenceNode(type)) return undefined;
  const last = ts.isIdentifier(type.typeName) ? type.typeName.text : type.typeName.right.text;
  return last === name ? type.typeArguments : undefined;
}

/**
 * What a middleware's arguments say of the request: `validate(Schema)` is the body's, `validate({ body, query })` the
 * parts', and so is a schema whose properties are the parts.
 */
export function readValidator(middleware: ts.Expression, reading: Reading): void {
  const bare = callOf(middleware, reading.project);
  if (!bare) return;
  const { types } = reading.project;
  const word = bare.expression.getText();
  // `validate(Schema, 'query')`
  const told = bare.arguments.find((one) => ts.isStringLiteralLike(one) && parts.has(one.text)) as
    ts.StringLiteralLike | undefined;
  for (const argument of bare.arguments) {
    const type = types.of(argument);
    if (type.kind === 'schema') {
      const { properties = {} } = type.shape;
      const names = Object.keys(properties);
      if (names.some((name) => parts.has(name)) && names.every((name) => parts.has(name) || besideParts.has(name))) {
        for (const [part, shape] of Object.entries(properties)) reading.schema(part, [], shape, argument);
      } else {
        const byName = /query/i.test(word) ? 'query' : /param/i.test(word) ? 'params' : /header/i.test(word) ? 'headers' : 'body';
        const part = told?.text ?? byName;
        if (/valid|schema|check|parse|body|zod|guard|process/i.test(word)) reading.schema(part, [], type.shape, argument);
      }
      continue;
    }
    if (!ts.isObjectLiteralExpression(argument)) {
      // `validate(schemas.create)`, where that is `{ body: Schema, query: Schema }`.
      const members = [...(types.membersOf(type) ?? [])].map(([name, member]) => [name, member.type()] as const);
      const isOfParts = members.length > 0 && members.every(([name]) => parts.has(name) || besideParts.has(name));
      for (const [name, part] of isOfParts ? members : [])
        if (part.kind === 'schema') reading.schema(name, [], part.shape, argument);
      continue;
    }
    const successes = readStatuses(argument, reading);
    for (const property of argument.properties) {
      const name = nameText(property.name);
      const described = name === undefined ? undefined : partOf(name);
      if (described && ts.isPropertyAssignment(property)) {
        // JSON Schema, as validators made with Ajv take it.
        const shape = isJsonSchema(property.initializer, reading.project) && schemaShape(reading.project, property.initializer);
        if (shape) {
          reading.schema(described, [], shape, property);
          continue;
        }
      }
      if (!name || !(parts.has(name) || name === 'response')) continue;
      const value = ts.isPropertyAssignment(property)
        ? types.of(property.initializer)
        : ts.isShorthandPropertyAssignment(property)
          ? types.property(types.of(argument), name)
          : undefined;
      if (value?.kind === 'schema' && name === 'response') {
        const evidence = evidenceAt(property, 'declared');
        for (const status of successes.length > 0 ? successes : ['200'])
          reading.merge({ status, mediaType: 'application/json', shape: value.shape, evidence });
      } else if (value?.kind === 'schema') reading.schema(name, [], value.shape, property);
    }
  }
}

/** Records what a guard of a route says of its statuses, `guard({ params, status: [204, 404] })`, and gives those of success. */
function readStatuses(options: ts.ObjectLiteralExpression, reading: Reading): readonly string[] {
  const stated = propertyIn(options, 'status');
  const isOfRoute = options.properties.some((one) => parts.has(nameText(one.name) ?? '') || nameText(one.name) === 'response');
  if (!stated || !isOfRoute) return [];
  const { values } = reading.project;
  const value = values.of(stated, values.root);
  const texts =
    value?.kind === 'list' ? value.items.map((item) => values.text(item, value.env)) : [values.text(stated, values.root)];
  const statuses = texts.filter((text) => text !== undefined && /^[1-5]\d\d$/.test(text)) as string[];
  const successes = statuses.filter((status) => status.startsWith('2'));
  const hasResponse = propertyIn(options, 'response') !== undefined;
  for (const status of statuses)
    if (!hasResponse || !successes.includes(status)) reading.merge({ status, evidence: evidenceAt(stated, 'declared') });
  return successes;
}

/** The call that makes a middleware, also where that has a name: `validators.create` of `{ create: validate(schemas.create) }`. */
function callOf(middleware: ts.Expression, { values }: Project): ts.CallExpression | undefined {
  const bare = strip(middleware);
  if (ts.isCallExpression(bare)) return bare;
  if (!ts.isIdentifier(bare) && !ts.isPropertyAccessExpression(bare)) return undefined;
  const value = values.of(bare, values.root);
  const made = value?.kind === 'made' ? value.call : value?.kind === 'function' ? value.env.call : undefined;
  return made && ts.isCallExpression(made) ? made : undefined;
}

/** The part of a request that a validator's option is of: `body`, `requestQuerySchema`, `pathParamsSchema`. */
function partOf(name: string): string | undefined {
  const [, part] = /^(?:request)?(body|query|(?:path)?params|headers)(?:schema)?$/i.exec(name) ?? [];
  return part?.toLowerCase().replace(/^path/, '');
}

/** An object that is JSON Schema of an object: it names properties, and says what it is. */
function isJsonSchema(node: ts.Expression, { values }: Project): boolean {
  const value = values.of(node, values.root);
  if (value?.kind !== 'object') return false;
  const names = new Set(value.node.properties.map((property) => nameText(property.name)));
  const type = propertyIn(value.node, 'type');
  return (names.has('properties') && type !== undefined && ts.isStringLiteralLike(type)) || names.has('$schema');
}

/** An upload of files: `upload.single('avatar')` of multer, also by a name of its own. */
export function readUpload(middleware: ts.Expression, reading: Reading): void {
  const { values } = reading.project;
  const bare = strip(middleware);
  const found = ts.isIdentifier(bare) ? named(values, bare, 'value') : undefined;
  const declared = found?.kind === 'node' ? found.node : undefined;
  const call = declared && ts.isVariableDeclaration(declared) && declared.initializer ? strip(declared.initializer) : bare;
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return;
  const library = values.of(call.expression.expression, values.root);
  const [first] = call.arguments;
  if (library?.kind !== 'made' || library.name !== 'multer' || !first) return;
  const file: Shape = { type: 'string', format: 'binary' };
  const files: Shape = { type: 'array', items: file };
  const method = call.expression.name.text;
  const fields = ts.isArrayLiteralExpression(first) ? first.elements.map((one) => propertyIn(one, 'name')) : [first];
  const names = fields.flatMap((one) => (one && values.text(one, values.root)) ?? []);
  if (names.length === 0) return;
  const properties = Object.fromEntries(names.map((name) => [name, method === 'single' ? file : files]));
  reading.body({ type: 'object', properties }, evidenceAt(call, 'declared'), 'multipart/form-data');
}

/**
 * An Express path as OpenAPI templates: `:id(\\d+)` is `{id}`, an optional part (`/:id?`, `.:format?`, `(/v1)?`,
 * `{/:id}`) gives two.
 * Undefined for wildcards and other patterns.
 */
export function templatesOf(written: string): string[] | undefined {
  // A parameter that takes the segments behind it, too: `/files/:path*`.
  const path = written.replaceAll(/(:\w+(?:\([^()]*\))?)[*+]/g, '$1');
  // A rest that has a name is a parameter by that name: `/files/*path`, `/files{/*path}`.
  const rest = /^(.*\/[\w-]+(?:\/:\w+)*)(\{\/\*\w+\}|\/\*\w+)$/.exec(path);
  if (rest) return templatesOf(`${rest[1]}${(rest[2] as string).replace('*', ':')}`);
  const optional = /\{([^{}]*)\}|([/.]:\w+(?:\([^()]*\))?)\?|\(((?:\/[\w-]+)+)\)\?/.exec(path);
  if (optional) {
    const [before, after] = [path.slice(0, optional.index), path.slice(optional.index + optional[0].length)];
    const without = templatesOf(before + after);
    const within = templatesOf(before + (optional[1] ?? optional[2] ?? optional[3]) + after);
    return without && within && [...without, ...within];
  }
  const template = path.replaceAll(/(?<!\\):(\w+)(?:\((?:[^()\\]|\\.)*\))?/g, '{$1}');
  return /[*+?()|]|:/.test(template.replaceAll(/\\./g, '')) ? undefined : [template.replaceAll(/\\(.)/g, '$1')];
}
