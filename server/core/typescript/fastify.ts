/** Fastify: routes with schemas, plugins with prefixes, and handlers that send or return. */
import ts from 'ts6';
import { isUnknown } from '../generate/facts.ts';
import { readStated } from './authentication.ts';
import { answer, argumentsMeant, express, setBefore } from './express.ts';
import { evidenceAt } from './evidence.ts';
import type { Dialect, Place, Project, Reading, Stated } from './handler.ts';
import { property, schemaShape } from './json-schema.ts';
import { placeOf } from './loader.ts';
import type { Framework, RouteDoc, Step } from './routers.ts';
import { statusByName } from './statuses.ts';
import type { Type } from './type-model.ts';
import type { Types } from './types.ts';
import { type Env, holderOf, propertyIn, strip, type Values } from './values.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];

/** Fastify 3 to 5. */
export const fastify: Framework = {
  name: 'Fastify',
  isPlugin: true,
  decorates: /^decorate(?:Request|Reply)?$/,
  creation: /\b[Ff]astify\(/,
  makes: (module, member) => (module === 'fastify' && /^(?:default|\*|fastify)$/.test(member) ? 'app' : undefined),
  chainable: new Set([...methods, 'all', 'route', 'register', 'after', 'addHook', 'decorate', 'withTypeProvider', 'addSchema']),
  step: (method, args, values, env) => {
    const [first, second] = args;
    if (method === 'addHook' && first && second)
      return hooks.has(values.text(first, env) ?? '') ? { kind: 'hook', parts: [second] } : undefined;
    if (method === 'register' && first) {
      const plugin = values.of(first, env);
      if (plugin?.kind === 'package' && plugin.name === '@fastify/autoload') return loaded(second, values, env);
      const isShared = /^(?:fastify-plugin|fp)$/.test(plugin?.kind === 'made' || plugin?.kind === 'package' ? plugin.name : '');
      // A plugin that shares what it adds has no path of its own.
      return { kind: 'plugin', plugin: first, ...(isShared ? { isShared } : { path: propertyIn(second, 'prefix') }) };
    }
    if (method === 'route' && first) {
      const value = values.of(first, env);
      if (value?.kind !== 'object') return undefined;
      const get = (name: string) => propertyIn(holderOf(value, name, values)?.node, name);
      const verb = get('method');
      const list = verb && values.of(verb, env);
      const texts =
        list?.kind === 'text'
          ? [list.text]
          : list?.kind === 'list'
            ? list.items.flatMap((item) => values.text(item, list.env) ?? [])
            : [];
      const handler = get('handler');
      const path = get('url') ?? get('path');
      const own = texts.map((text) => text.toLowerCase());
      const before = hooksOf(value.node);
      return { kind: 'route', methods: own, path, handlers: [...before, ...(handler ? [handler] : [])], options: value.node };
    }
    if ((method !== 'all' && !methods.includes(method)) || args.length < 2) return undefined;
    const last = args.at(-1) as ts.Expression;
    const options = args.length > 2 ? second : undefined;
    const value = values.of(options ?? last, env);
    const before = value?.kind === 'object' ? hooksOf(value.node) : [];
    if (options || value?.kind !== 'object')
      return { kind: 'route', methods: [method], path: first, handlers: [...before, last], options };
    const handler = propertyIn(value.node, 'handler');
    return { kind: 'route', methods: [method], path: first, handlers: [...before, ...(handler ? [handler] : [])], options: last };
  },
  templates: (path) => (path === '*' ? undefined : express.templates(path.replaceAll('::', '\\:'))),
  get dialect() {
    return dialect;
  },
  readOptions,
};

/** The hooks that run before a handler and may refuse a request. */
const hooks = new Set(['onRequest', 'preParsing', 'preValidation', 'preHandler']);

function hooksOf(options: ts.Expression): ts.Expression[] {
  return [...hooks].flatMap((name) => propertyIn(options, name) ?? []);
}

/** The plugins that `@fastify/autoload` finds in a folder, each below its folder's name. */
function loaded(options: ts.Expression | undefined, values: Values, env: Env): Step | undefined {
  const dir = propertyIn(options, 'dir');
  const folder = dir && placeOf(dir, values, env);
  if (!folder || !values.host.isDirectory(folder)) return undefined;
  const isOn = (name: string, otherwise: boolean) => {
    const kind = propertyIn(options, name)?.kind;
    return kind === ts.SyntaxKind.TrueKeyword || (otherwise && kind !== ts.SyntaxKind.FalseKeyword);
  };
  const plugins: { uri: string; prefix: string }[] = [];
  const visit = (at: string, prefix: string): void => {
    const names = [...values.host.list(at)].sort();
    const index = names.find((name) => /^index\.[cm]?[jt]s$/.test(name));
    for (const name of names) {
      const uri = `${at}/${name}`;
      if (values.host.isDirectory(uri)) {
        if (name === 'node_modules' || !isOn('dirNameRoutePrefix', true)) continue;
        const own = isOn('routeParams', false) ? name.replace(/^__(.+)/, ':$1').replace(/^_(.+)/, ':$1') : name;
        visit(uri, `${prefix}/${own}`);
      } else if (index === undefined || name === index) {
        if (/\.[cm]?[jt]s$/.test(name) && !/\.(?:d|test|spec)\.[cm]?[jt]s$/.test(name)) plugins.push({ uri, prefix });
      }
    }
  };
  visit(folder, '');
  return { kind: 'load', path: propertyIn(propertyIn(options, 'options'), 'prefix'), plugins };
}

const dialect: Dialect = {
  ...express.dialect,
  // A hook may be given `done` as well.
  roots: ({ parameters }) => (parameters.length > 3 ? undefined : ['req', 'res', 'next']),
  called: undefined,
  answer: (call, reading, place) => {
    answer(call, reading, place);
    sensible(call, reading, place);
  },
  returned: (value, reading, place) => {
    const bare = strip(value);
    // `return reply.send(…)` is read as the call it is.
    if (reading.isBefore || reading.isInside || isReply(bare, reading, place)) return;
    const type = reading.typeOf(bare, place);
    const shape = reading.shapeOf(bare, place);
    if (type.kind === 'undefined') return;
    const { status } = setBefore(bare, reading, place);
    // What is returned is sent, whatever it is; a function that is given the reply may have sent something else.
    if (isUnknown(shape)) {
      const isSaid = reading.responses.some((one) => /^[23]/.test(one.status));
      if (!isSaid && !mentionsReply(bare, reading, place)) reading.respond(status, {}, place, bare);
      return;
    }
    const mediaType = shape.type === 'string' ? 'text/plain' : 'application/json';
    reading.respond(status, { mediaType, shape }, place, bare);
  },
  stated,
};

/** `reply.notFound()` of `@fastify/sensible`. */
function sensible(call: ts.CallExpression, reading: Reading, place: Place): void {
  const callee = strip(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return;
  const status = statusByName(callee.name.text);
  if (status && /^[45]/.test(status) && reading.subject(callee.expression, place)?.of === 'res') {
    reading.merge({ status, evidence: evidenceAt(call, 'seen') });
  }
}

function isReply(node: ts.Expression, reading: Reading, place: Place): boolean {
  let at = strip(node);
  while (ts.isCallExpression(at) || ts.isPropertyAccessExpression(at)) at = strip(at.expression);
  return reading.subject(at, place)?.of === 'res';
}

function mentionsReply(node: ts.Node, reading: Reading, place: Place): boolean {
  if (ts.isIdentifier(node) && /^(?:res|next)$/.test(reading.subject(node, place)?.of ?? '')) return true;
  return ts.forEachChild(node, (child) => mentionsReply(child, reading, place) || undefined) ?? false;
}

/** `fastify.get<{ Querystring: Q; Body: B; Reply: R }>(…)`, `(request: FastifyRequest<{ … }>)`. */
function stated(node: ts.SignatureDeclaration, call: ts.CallExpression | undefined, { types }: Project): Stated {
  const [request] = node.parameters;
  const type = request && ts.isParameter(request) ? request.type : undefined;
  const own =
    type && ts.isTypeReferenceNode(type) && /FastifyRequest$/.test(type.typeName.getText()) ? type.typeArguments : undefined;
  const [generic] = call?.typeArguments ?? own ?? [];
  const meant = generic ? types.ofNode(generic) : argumentsMeant(request, 'FastifyRequest', types, types.root)[0];
  const members = meant && types.membersOf(meant);
  const get = (name: string) => members?.get(name)?.type();
  const reply = get('Reply');
  const responses = reply && byStatus(reply, types);
  return { body: get('Body'), query: get('Querystring'), ...(responses ? { responses } : { response: reply }) };
}

/** `{ 200: Order; '4xx': Failure }`: a reply for each status. */
function byStatus(reply: Type, types: Types): ReadonlyMap<string, Type> | undefined {
  const members = [...(types.membersOf(reply) ?? [])];
  const statuses = members.map(([name]) => statusOf(name));
  if (members.length === 0 || statuses.includes('default')) return undefined;
  return new Map(members.map(([, member], index) => [statuses[index] as string, member.type()]));
}

/** The status that a key of replies means; `default` where it means none. */
function statusOf(key: string): string {
  return /^[1-5]\d\d$/.test(key) ? key : /^[1-5]xx$/i.test(key) ? key.toUpperCase() : 'default';
}

/** The schemas of a route, and what they say of it. */
function readOptions(options: ts.Expression, reading: Reading): RouteDoc | undefined {
  const { project } = reading;
  const schema = property(project, options, 'schema');
  if (!schema) return undefined;
  for (const [name, part] of schemaParts) {
    const node = property(project, schema, name);
    const shape = node && schemaShape(project, node);
    if (shape) reading.schema(part, [], shape, node);
  }
  readStated(property(project, schema, 'security'), reading);
  const responses = property(project, schema, 'response');
  for (const [key, member] of (responses && project.types.membersOf(project.types.of(responses))) ?? []) {
    const node = member.node && ts.isPropertyAssignment(member.node) ? member.node.initializer : undefined;
    const shape = node ? (schemaShape(project, node) ?? {}) : {};
    const status = statusOf(key);
    const content = shape.type === 'null' || status === '204' ? {} : { mediaType: 'application/json', shape };
    const description = shape.description ? { description: shape.description } : {};
    reading.merge({ status, ...content, ...description, evidence: evidenceAt(member.node ?? options, 'declared') });
  }
  const text = (name: string) => {
    const node = property(project, schema, name);
    return node && project.values.text(node, project.values.root);
  };
  const [summary, description, operationId] = ['summary', 'description', 'operationId'].map(text);
  const tags = property(project, schema, 'tags');
  const list = tags && project.values.of(tags, project.values.root);
  const names = list?.kind === 'list' ? list.items.flatMap((item) => project.values.text(item, list.env) ?? []) : [];
  const [isDeprecated, isHidden] = ['deprecated', 'hide'].map(
    (name) => property(project, schema, name)?.kind === ts.SyntaxKind.TrueKeyword,
  );
  return {
    ...(summary && { summary }),
    ...(description && { description }),
    ...(operationId && { operationId }),
    ...(names.length > 0 && { tags: names }),
    ...(isDeprecated && { deprecated: true }),
    ...(isHidden && { isHidden: true }),
  };
}

const schemaParts: readonly (readonly [name: string, part: string])[] = [
  ['body', 'body'],
  ['querystring', 'query'],
  ['query', 'query'],
  ['params', 'params'],
  ['headers', 'headers'],
];
