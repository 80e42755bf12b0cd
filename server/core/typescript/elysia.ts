/** Elysia: chains, prefixes, groups and plugins, the schemas of a route, and handlers that return what they answer. */
import ts from 'ts6';
import { isUnknown, type Shape } from '../generate/facts.ts';
import { evidenceAt } from './evidence.ts';
import { express } from './express.ts';
import type { Dialect, Place, Reading } from './handler.ts';
import { property, schemaShape } from './json-schema.ts';
import type { Framework, RouteDoc, Step } from './routers.ts';
import { statusByName } from './statuses.ts';
import { type Env, holderOf, propertyIn, returnsOf, strip, type Values } from './values.ts';
import { answerOfNew, answerOfResponse } from './web-responses.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];

/** What runs before the handlers of an application, and may refuse a request. */
const hooks: ReadonlySet<string> = new Set(['onRequest', 'onBeforeHandle', 'derive', 'resolve']);

/** Methods that give the application again and register no route. */
const others =
  'state decorate model onError onParse onTransform onAfterHandle mapResponse onAfterResponse onStart onStop as macro error listen compile trace ws headers mapDerive mapResolve mount';

export const elysia: Framework = {
  name: 'Elysia',
  creation: /\bnew\s+Elysia\b/,
  makes: (module, member) => (module === 'elysia' && /(?:^|\.)Elysia$/.test(member) ? 'app' : undefined),
  chainable: new Set([...methods, ...hooks, ...others.split(' '), 'all', 'route', 'use', 'group', 'guard']),
  step,
  templates: (path) => express.templates(path.replace(/\/\*$/, '/:path')),
  get dialect() {
    return dialect;
  },
  // `.get('/', 'Hello')`
  readArgument: (argument, reading) => {
    if (ts.isStringLiteralLike(argument))
      reading.merge({ status: '200', ...contentOf({ type: 'string' }), evidence: evidenceAt(argument, 'seen') });
  },
  readOptions,
};

function step(method: string, args: readonly ts.Expression[], values: Values, env: Env): Step | undefined {
  const [first, second, third] = args;
  if (!first) return undefined;
  const last = args.at(-1) as ts.Expression;
  if (hooks.has(method)) return { kind: 'hook', parts: [last] };
  if (method === 'group') return second && { kind: 'plugin', path: first, plugin: last };
  if (method === 'guard') {
    const before = propertyIn(first, 'beforeHandle');
    if (second) return { kind: 'plugin', plugin: last };
    return before && { kind: 'hook', parts: [before] };
  }
  if (method === 'use') {
    const isFunction = values.of(first, env)?.kind === 'function';
    return isFunction ? { kind: 'plugin', plugin: first } : { kind: 'use', parts: [first] };
  }
  if (method === 'route' && second && third)
    return route([values.text(first, env)?.toLowerCase() ?? 'all'], second, third, args[3], values, env);
  if ((method !== 'all' && !methods.includes(method)) || !second) return undefined;
  return route([method], first, second, third, values, env);
}

function route(
  verbs: readonly string[],
  path: ts.Expression,
  handler: ts.Expression,
  options: ts.Expression | undefined,
  values: Values,
  env: Env,
): Step {
  const value = options && values.of(options, env);
  const before = value?.kind === 'object' ? propertyIn(holderOf(value, 'beforeHandle', values)?.node, 'beforeHandle') : undefined;
  return { kind: 'route', methods: verbs, path, handlers: [...(before ? [before] : []), handler], options };
}

const parts = new Set(['body', 'query', 'params', 'headers']);

const dialect: Dialect = {
  roots: ({ parameters }) => (parameters.length > 1 ? undefined : ['context']),
  part: ({ of, path }) => (of === 'context' && path[0] && parts.has(path[0]) ? path : undefined),
  answer: (call, reading, place) => {
    const helper = helperOf(call.expression, reading, place);
    const [first, second] = call.arguments;
    if (helper === 'redirect') reading.respond(second, {}, place, call, '302');
    if (helper !== 'status' || !first) return;
    const named = ts.isStringLiteralLike(first) ? statusByName(first.text) : undefined;
    const content = second ? contentOf(reading.shapeOf(second, place)) : {};
    if (named) reading.merge({ status: named, ...content, evidence: evidenceAt(call, 'seen') });
    else reading.respond(first, content, place, call);
  },
  // `set.status = 204` of a handler that returns nothing; failures are said wherever they are set.
  express: (node, reading, place) => {
    if (!isStatus(node, reading, place)) return;
    const around = ts.findAncestor(node, ts.isFunctionLike) as ts.FunctionLikeDeclaration | undefined;
    const isAll = !around?.body || returnsOf(around.body).length === 0;
    const code = reading.project.values.text(node.right, place.env);
    if (isAll || /^[45]/.test(code ?? '')) reading.respond(node.right, {}, place, node);
  },
  returned: (value, reading, place) => {
    const bare = strip(value);
    if (reading.isBefore || reading.isInside) return;
    if (ts.isNewExpression(bare) && /Response$/.test(bare.expression.getText())) return answerOfNew(bare, reading, place);
    if (ts.isCallExpression(bare)) {
      if (helperOf(bare.expression, reading, place) || answerOfResponse(bare, reading, place)) return;
    }
    if (ts.isConditionalExpression(bare)) {
      for (const one of [bare.whenTrue, bare.whenFalse]) dialect.returned?.(one, reading, place);
      return;
    }
    const shape = reading.shapeOf(bare, place);
    const isSaid = reading.responses.some(({ status }) => /^[23]/.test(status));
    const status = statusBefore(bare, reading, place);
    if (reading.typeOf(bare, place).kind === 'undefined') return reading.respond(status, {}, place, bare);
    if (!isUnknown(shape) || !isSaid) reading.respond(status, contentOf(shape), place, bare);
  },
};

const contentOf = (shape: Shape) =>
  isUnknown(shape) ? {} : { mediaType: shape.type === 'string' ? 'text/plain' : 'application/json', shape };

/** Is what is called the context's `status`, `error` or `redirect`, or the package's? */
function helperOf(node: ts.Expression, reading: Reading, place: Place): 'status' | 'redirect' | undefined {
  const subject = reading.subject(node, place);
  const value = subject ? undefined : reading.project.values.of(node, place.env);
  const own = subject?.of === 'context' && subject.path.length === 1 ? subject.path[0] : undefined;
  const name = own ?? (value?.kind === 'package' && value.name === 'elysia' ? value.member : undefined);
  return name === 'status' || name === 'error' ? 'status' : name === 'redirect' ? 'redirect' : undefined;
}

/** `set.status = 201` */
function isStatus(node: ts.Node, reading: Reading, place: Place): node is ts.BinaryExpression {
  const isSet = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return isSet && reading.subject(node.left, place)?.path.join('.') === 'set.status';
}

/** `set.status = 201;` on a line of its own before, in a block around it. */
function statusBefore(node: ts.Node, reading: Reading, place: Place): ts.Expression | undefined {
  for (let at = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (!ts.isBlock(parent)) continue;
    for (const before of parent.statements.slice(0, parent.statements.indexOf(at as ts.Statement)).toReversed()) {
      const set = ts.isExpressionStatement(before) ? strip(before.expression) : undefined;
      if (set && isStatus(set, reading, place)) return set.right;
    }
  }
  return undefined;
}

/** The schemas of a route, and what its `detail` says of it. */
function readOptions(options: ts.Expression, reading: Reading): RouteDoc | undefined {
  const { project } = reading;
  const text = (node: ts.Expression | undefined) => node && project.values.text(node, project.values.root);
  const schemaOf = (node: ts.Expression): Shape | undefined => {
    const name = text(node);
    const model = name === undefined ? undefined : modelNamed(name, project.values);
    return name === undefined ? schemaShape(project, node) : model && schemaShape(project, model);
  };
  for (const part of ['query', 'params', 'headers']) {
    const node = property(project, options, part);
    const shape = node && schemaOf(node);
    if (shape) reading.schema(part, [], shape, node);
  }
  const body = property(project, options, 'body');
  const sent = body && schemaOf(body);
  const hasFile = Object.values(sent?.properties ?? {}).some((one) => (one.items ?? one).format === 'binary');
  if (body && sent) reading.body(sent, evidenceAt(body, 'declared'), hasFile ? 'multipart/form-data' : 'application/json');
  const response = property(project, options, 'response');
  const all = response && project.types.membersOf(project.types.of(response));
  const members = all && [...all.keys()].some((key) => /^[1-5]\d\d$/.test(key)) ? all : undefined;
  const whole = response && !members ? schemaOf(response) : undefined;
  if (response && whole) reading.merge({ status: '200', ...contentOf(whole), evidence: evidenceAt(response, 'declared') });
  for (const [key, member] of members ?? []) {
    const node = member.node && ts.isPropertyAssignment(member.node) ? member.node.initializer : undefined;
    const shape = node && schemaOf(node);
    if (/^[1-5]\d\d$/.test(key))
      reading.merge({ status: key, ...(shape && contentOf(shape)), evidence: evidenceAt(member.node ?? options, 'declared') });
  }
  const { parameters, bodies } = reading.operation;
  if (parameters.some((one) => one.in === 'query') || bodies.length > 0)
    reading.merge({ status: '422', evidence: evidenceAt(options, 'declared') });
  const detail = property(project, options, 'detail');
  const say = (name: string) => detail && text(property(project, detail, name));
  const [summary, description, operationId] = ['summary', 'description', 'operationId'].map(say);
  const list = (detail && property(project, detail, 'tags')) ?? property(project, options, 'tags');
  const value = list && project.values.of(list, project.values.root);
  const tags = value?.kind === 'list' ? value.items.flatMap((one) => project.values.text(one, value.env) ?? []) : [];
  const isOn = (name: string) => detail && property(project, detail, name)?.kind === ts.SyntaxKind.TrueKeyword;
  return {
    ...(summary && { summary }),
    ...(description && { description }),
    ...(operationId && { operationId }),
    ...(tags.length > 0 && { tags }),
    ...(isOn('deprecated') && { deprecated: true }),
    ...(isOn('hide') && { isHidden: true }),
  };
}

/** What `.model({ user: t.Object(…) })`, or `.model('user', …)`, calls a schema. */
function modelNamed(name: string, values: Values): ts.Expression | undefined {
  let found: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'model') {
      const [first, second] = node.arguments;
      const isOwn = first && second && values.text(first, values.root) === name;
      found ??= isOwn ? second : propertyIn(first, name);
    }
    if (!found) ts.forEachChild(node, visit);
  };
  for (const file of values.files()) if (!found && file.text.includes('.model(') && /['"]elysia['"]/.test(file.text)) visit(file);
  return found;
}
