/** The functions that answer HTTP requests: registered with a framework, exported to it, or decorated for it. */
import { functionBehind, methodNamed } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  type Expression,
  enclosingFunction,
  type FunctionNode,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf, exportOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { saysType } from '../../server/core/typescript/written-types.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';
import { isResponse } from './answers.ts';
import { azureHandlers, isHttp, registeredFunction, registrations, wrappedFunction } from './azure-functions.ts';
import { isRequest } from './request.ts';

export interface Handler {
  readonly framework: 'Azure Functions' | 'Express' | 'Fastify' | 'Hapi' | 'Hono' | 'Koa' | 'NestJS' | 'Next.js' | 'serverless';
  /** The function, and the file it is written in. */
  readonly node: FunctionNode;
  readonly file: CodeFile;
  /** In capitals; `ALL` where the handler takes every method. */
  readonly method: string;
  /** As it is written where it is registered. */
  readonly path: string | undefined;
  /** What else stands in the registration: middleware, schemas, guards. */
  readonly beside: readonly ts.Node[];
  /** What a finding on the whole route marks. */
  readonly at: ts.Node;
  /** Registered on the application itself, so that nothing of another file runs before it. */
  readonly onApplication: boolean;
}

const verbs = '(get|post|put|patch|delete|del|all)';
const frameworks: readonly { readonly name: Handler['framework']; readonly calls: RegExp; readonly application: RegExp }[] = [
  {
    name: 'Express',
    calls: new RegExp(`^express:(?:\\w+(?:\\.\\w+)?)?\\(\\)(?:\\.route\\(\\))?(?:\\.\\w+\\(\\))*\\.${verbs}$`),
    application: /^express:(?:default|express)?\(\)\./,
  },
  {
    name: 'Fastify',
    calls: new RegExp(
      `^fastify:(?:\\w+(?:\\.\\w+)?)?\\(\\)(?:\\.withTypeProvider\\(\\))?(?:\\.register=>\\d)?(?:\\.\\w+\\(\\))*\\.${verbs}$`,
    ),
    application: /^fastify:(?:default|fastify)?\(\)\.(?!register)/,
  },
  { name: 'Hono', calls: new RegExp(`^hono:Hono\\(\\)(?:\\.\\w+\\(\\))*\\.${verbs}$`), application: /^$/ },
  {
    name: 'Koa',
    calls: new RegExp(`^(?:@koa/router|koa-router):(?:\\w+)?\\(\\)(?:\\.\\w+\\(\\))*\\.${verbs}$`),
    application: /^$/,
  },
];

/** What a finding on a whole route marks: of a chain the last name alone, since all that stands before it is other routes. */
export function markOf({ at }: Handler): ts.Node {
  return ts.isPropertyAccessExpression(at) && ts.isCallExpression(unwrap(at.expression)) ? at.name : at;
}

const known = new WeakMap<CodeFile, readonly Handler[]>();

/** Every handler that this file registers, exports or decorates. */
export function handlers(file: CodeFile): readonly Handler[] {
  let found = known.get(file);
  if (!found)
    known.set(
      file,
      (found = [
        ...registered(file),
        ...fastifyRoutes(file),
        ...hapiRoutes(file),
        ...azureRoutes(file),
        ...exported(file),
        ...nitroRoutes(file),
        ...decorated(file),
      ]),
    );
  return found;
}

function* registered(file: CodeFile): Iterable<Handler> {
  const named = new RegExp(`^${verbs}$`);
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const callee = call.expression;
    if (!ts.isPropertyAccessExpression(callee) || !named.test(callee.name.text) || !looksLikeRoute(call)) continue;
    const from =
      origin(file, callee) ??
      (isGivenApplication(file, call, callee.expression) ? `express:Router().${callee.name.text}` : undefined);
    const framework = from === undefined ? undefined : frameworks.find(({ calls }) => calls.test(from));
    const last = call.arguments.at(-1);
    if (!framework || from === undefined || !last) continue;
    const options = framework.name === 'Fastify' ? handlerInOptions(file, last) : undefined;
    const behind = options ?? functionBehind(file, last) ?? methodNamed(file, last);
    const wrapper = behind ? undefined : wrapperNamed(file, last);
    const handler = behind ?? wrapper ?? wrapped(file, last);
    if (!handler) continue;
    const { node, file: owner } = handler;
    const [first] = call.arguments;
    yield {
      framework: framework.name,
      node,
      file: owner,
      method: callee.name.text === 'del' ? 'DELETE' : callee.name.text.toUpperCase(),
      path: first && first !== last ? constantText(first) : undefined,
      beside: options
        ? [...call.arguments.slice(0, -1), ...options.beside]
        : behind
          ? call.arguments.slice(0, -1)
          : [...call.arguments, ...(wrapper ? [wrapper.call] : [])],
      at: callee,
      onApplication: framework.application.test(from),
    };
  }
}

/** `app.post('/orders', { schema, handler: async (request, reply) => … })`: what a route of Fastify is given whole. */
function handlerInOptions(
  file: CodeFile,
  given: Expression,
): { node: FunctionNode; file: CodeFile; beside: readonly ts.Node[] } | undefined {
  const options = valueOf(given);
  if (!ts.isObjectLiteralExpression(options)) return undefined;
  const handler = options.properties.find(({ name }) => name?.getText() === 'handler');
  const beside = options.properties.filter((each) => each !== handler);
  if (handler && ts.isMethodDeclaration(handler)) return { node: handler, file, beside };
  const value = handler && ts.isPropertyAssignment(handler) ? handler.initializer : undefined;
  const behind = value && (functionBehind(file, value) ?? methodNamed(file, value));
  return behind && { ...behind, beside };
}

/** `app.route({ method: 'POST', url: '/orders', handler })` of Fastify. */
function* fastifyRoutes(file: CodeFile): Iterable<Handler> {
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const {
      expression: callee,
      arguments: [given],
    } = call;
    if (!given || !ts.isPropertyAccessExpression(callee) || callee.name.text !== 'route') continue;
    const [method, url] = [optionValue(given, 'method'), optionValue(given, 'url')];
    const behind = method && url && handlerInOptions(file, given);
    const from = behind && origin(file, callee)?.replace(/\.route$/, '.all');
    const framework = from && frameworks.find(({ name, calls }) => name === 'Fastify' && calls.test(from));
    if (!behind || !framework) continue;
    yield {
      framework: framework.name,
      ...behind,
      beside: behind.beside.filter((each) => each !== method.parent && each !== url.parent),
      method: constantText(method)?.toUpperCase() ?? 'ALL',
      path: constantText(url),
      at: callee,
      onApplication: framework.application.test(from),
    };
  }
}

/** `server.route([{ method: 'GET', path: '/orders', handler }])`, in a file that has hapi. */
function* hapiRoutes(file: CodeFile): Iterable<Handler> {
  if (!file.modules.has('@hapi/hapi')) return;
  for (const route of file.nodes(ts.SyntaxKind.ObjectLiteralExpression)) {
    const [method, path, handler] = ['method', 'path', 'handler'].map((name) => optionValue(route, name));
    const verb = method && constantText(method);
    const behind = handler && functionBehind(file, handler);
    if (!verb || !path || !handler || !behind) continue;
    yield {
      framework: 'Hapi',
      ...behind,
      method: verb === '*' ? 'ALL' : verb.toUpperCase(),
      path: constantText(path)?.replace(/\{(\w+)[?*\d]*\}/g, ':$1'),
      beside: route.properties.filter(({ name }) => name?.getText() !== 'handler'),
      at: handler,
      onApplication: false,
    };
  }
}

/** `app.http('orders', { methods: ['GET'], route: 'orders/{id}', handler })`, `app.get('orders', handler)` of Azure Functions. */
function* azureRoutes(file: CodeFile): Iterable<Handler> {
  for (const each of registrations(file)) {
    if (!isHttp(each)) continue;
    const own = registeredFunction(file, each);
    const behind = own ?? wrappedFunction(file, each);
    if (!behind) continue;
    const { call, trigger, options, handler } = each;
    const [name] = call.arguments;
    const route = (options && optionValue(options, 'route')) ?? name;
    const level = options && optionValue(options, 'authLevel');
    yield {
      framework: 'Azure Functions',
      ...behind,
      method: trigger === 'http' ? onlyMethod(options) : trigger.replace('Request', '').toUpperCase(),
      path: route && constantText(route)?.replace(/\{\*?(\w+)[^}]*\}/g, ':$1'),
      // Whoever calls a function that is not anonymous has a key.
      beside: [...(level && constantText(level) !== 'anonymous' ? [level.parent] : []), ...(own ? [] : [handler])],
      at: call.expression,
      onApplication: true,
    };
  }
}

/** The one method of `methods: ['POST']`. */
function onlyMethod(options: Expression | undefined): string {
  const methods = options && optionValue(options, 'methods');
  const list = methods && valueOf(methods);
  const [only, more] = list && ts.isArrayLiteralExpression(list) ? list.elements : [];
  return (only && !more && constantText(only)?.toUpperCase()) || 'ALL';
}

/** A path and a handler, or a handler alone; `map.get(key)` is no route, and asking where `map` comes from is dear. */
function looksLikeRoute({ arguments: [first, ...more], expression }: ts.CallExpression): boolean {
  if (!first) return false;
  if (more.length > 0) return !ts.isObjectLiteralExpression(first) && !ts.isNumericLiteral(first);
  return ts.isFunctionLike(first) || (ts.isPropertyAccessExpression(expression) && ts.isCallExpression(expression.expression));
}

/**
 * `module.exports = (app) => { app.post('/x', (req, res) => …) }`, also `({ app }) => …`, and of a function of another file: an untyped
 * parameter that is used as Express's applications are.
 */
function isGivenApplication(file: CodeFile, call: ts.CallExpression, owner: Expression): boolean {
  const declaration = ts.isIdentifier(owner) && /^(?:app|router)$/.test(owner.text) ? declarationOf(owner) : undefined;
  const [path] = call.arguments;
  const last = call.arguments.at(-1);
  const given = declaration && ts.isBindingElement(declaration) ? declaration.parent.parent : declaration;
  if (!given || !ts.isParameter(given) || saysType(given) || !path || !constantText(path)?.startsWith('/')) return false;
  const handler = last && (ts.isFunctionLike(last) ? last : functionBehind(file, last)?.node);
  return (
    handler !== undefined && /^_?req(?:uest)?$/.test(handler.parameters[0]?.name.getText() ?? '') && handler.parameters.length > 1
  );
}

/** `asyncHandler(async (req, res) => …)`: the function that a wrapper is given. */
function wrapped(file: CodeFile, expression: Expression): { node: FunctionNode; file: CodeFile } | undefined {
  if (!ts.isCallExpression(expression)) return undefined;
  const inner = expression.arguments.at(-1);
  return inner && (functionBehind(file, inner) ?? methodNamed(file, inner));
}

/** `const signIn = asyncHandler(async (req, res) => …)` by its name: the function that a wrapper was given, and what it was given with. */
function wrapperNamed(
  file: CodeFile,
  expression: Expression,
): { node: FunctionNode; file: CodeFile; call: ts.CallExpression } | undefined {
  const name = unwrap(expression);
  const found = ts.isIdentifier(name) || ts.isPropertyAccessExpression(name) ? definitionOf(file, name) : undefined;
  if (!found || !ts.isCallExpression(found.node)) return undefined;
  const inner = found.node.arguments.at(-1);
  const isHandler =
    inner !== undefined &&
    (ts.isArrowFunction(inner) || ts.isFunctionExpression(inner)) &&
    /^_?(?:req(?:uest)?|ctx|context)$/.test(inner.parameters[0]?.name.getText() ?? '');
  return isHandler ? { node: inner, file: found.file, call: found.node } : undefined;
}

/** Next.js: what `route.ts` exports under the name of a method, and what a file below `pages/api` exports by default. */
function* exported(file: CodeFile): Iterable<Handler> {
  // Other frameworks have files of these names too.
  if (file.package && !file.package.installed.has('next')) return;
  const isRoute = /\/route\.[jt]sx?$/.test(file.uri) || file.modules.has('next/server');
  const names = isRoute ? ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] : /\/pages\/api\//.test(file.uri) ? ['default'] : [];
  for (const name of names) {
    const statement = exportOf(file, name);
    const node = statement && exportedFunction(file, statement);
    if (!node || !statement) continue;
    const at =
      ts.isFunctionDeclaration(node) && node.name ? node.name : ts.isVariableDeclaration(statement) ? statement.name : node;
    const method = name === 'default' ? 'ALL' : name;
    yield { framework: 'Next.js', node, file, method, path: pathOf(file), beside: [], at, onApplication: true };
  }
}

/** `export default defineEventHandler(async (event) => …)` of Nitro and Nuxt, for the method that the file is named for: `orders.get.ts`. */
function* nitroRoutes(file: CodeFile): Iterable<Handler> {
  const standing = file.words.has(/^(?:defineEventHandler|eventHandler)$/m) ? exportOf(file, 'default') : undefined;
  const call = standing && ts.isExportAssignment(standing) ? unwrap(standing.expression) : undefined;
  if (!call || !ts.isCallExpression(call)) return;
  if (!/^(?:global|h3|nitro\/h3):(?:defineEventHandler|eventHandler)$/.test(origin(file, call.expression) ?? '')) return;
  const given = call.arguments[0];
  const behind = given && (functionBehind(file, given) ?? handlerInOptions(file, given));
  const [, path, method = 'all'] =
    /\/(?:server\/)?(?:api|routes)(\/.*?)(?:\.(get|post|put|patch|delete))?\.[jt]s$/.exec(decodeURIComponent(file.uri)) ?? [];
  if (!behind || path === undefined) return;
  yield {
    framework: 'serverless',
    node: behind.node,
    file: behind.file,
    method: method.toUpperCase(),
    path: path.replace(/\/index$/, '').replace(/\[(?:\.\.\.)?(\w*)\]/g, ':$1'),
    beside: [],
    at: call.expression,
    onApplication: true,
  };
}

function exportedFunction(file: CodeFile, statement: ts.Node): FunctionNode | undefined {
  if (ts.isFunctionDeclaration(statement)) return statement;
  const value = ts.isExportAssignment(statement)
    ? statement.expression
    : ts.isVariableDeclaration(statement)
      ? statement.initializer
      : undefined;
  const found = value && (functionBehind(file, value) ?? wrapped(file, value));
  return found?.file === file ? found.node : undefined;
}

function pathOf(file: CodeFile): string | undefined {
  return /\/(?:app|pages)(\/.*?)(?:\/route)?\.[jt]sx?$/.exec(file.uri)?.[1];
}

/** Packages whose controllers answer with what their methods return, once the body fits its class or type. */
const ofControllers = ['@nestjs/common', 'routing-controllers', 'tsoa', '@tsoa/runtime'];

/** Methods of classes: NestJS and its like, and OvernightJS, which gives them to Express as they are. */
function* decorated(file: CodeFile): Iterable<Handler> {
  const isNest = ofControllers.some((name) => file.modules.has(name));
  if (!isNest && !file.modules.has('@overnightjs/core')) return;
  for (const method of file.nodes(ts.SyntaxKind.MethodDeclaration)) {
    for (const { expression } of ts.getDecorators(method) ?? []) {
      if (!ts.isCallExpression(expression) || !ts.isIdentifier(expression.expression) || !method.body) continue;
      const verb = /^(Get|Post|Put|Patch|Delete|All)$/.exec(expression.expression.text)?.[1];
      if (!verb) continue;
      const [first] = expression.arguments;
      const ofClass = ts.isClassDeclaration(method.parent) ? (ts.getDecorators(method.parent) ?? []) : [];
      yield {
        framework: isNest ? 'NestJS' : 'Express',
        node: method,
        file,
        method: verb.toUpperCase(),
        path: first && constantText(first),
        beside: [...(ts.getDecorators(method) ?? []), ...ofClass],
        at: method.name,
        onApplication: false,
      };
    }
  }
}

const written = new WeakMap<CodeFile, readonly Handler[]>();

/**
 * Functions that are written as Express calls them, and that another file may register: `(req: Request, res: Response) => …`, and without
 * types `(req, res) => …` where the package has Express; or as Azure calls them, by their types. What else stands in their registration cannot be seen.
 */
export function writtenHandlers(file: CodeFile): readonly Handler[] {
  let found = written.get(file);
  if (!found) written.set(file, (found = [...asExpress(file), ...asAzure(file)]));
  return found;
}

function* asExpress(file: CodeFile): Iterable<Handler> {
  if (!file.package?.installed.has('express')) return;
  const registered = new Set(handlers(file).map(({ node }) => node));
  for (const node of file.nodes(
    ts.SyntaxKind.ArrowFunction,
    ts.SyntaxKind.FunctionExpression,
    ts.SyntaxKind.FunctionDeclaration,
    ts.SyntaxKind.MethodDeclaration,
  )) {
    const [request, response] = node.parameters;
    if (!node.body || registered.has(node) || !request || !response || !ts.isIdentifier(response.name)) continue;
    if (!isResponse(file, response.name) || !takesRequest(file, request)) continue;
    const at = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : node);
    yield { framework: 'Express', node, file, method: 'ALL', path: undefined, beside: [], at, onApplication: false };
  }
}

/** `(request: HttpRequest, context: InvocationContext) => …`. */
function* asAzure(file: CodeFile): Iterable<Handler> {
  const registered = new Set(handlers(file).map(({ node }) => node));
  for (const { node, context } of azureHandlers(file)) {
    if (context || registered.has(node)) continue;
    const at = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : node);
    yield { framework: 'Azure Functions', node, file, method: 'ALL', path: undefined, beside: [], at, onApplication: false };
  }
}

/** `req`, or its parts: `({ body }: Request, res: Response) => …`. */
function takesRequest(file: CodeFile, { name, type }: ts.ParameterDeclaration): boolean {
  if (ts.isIdentifier(name)) return isRequest(file, name);
  return type !== undefined && /^(?:\w+\.)?Request\b/.test(type.getText());
}

/** The handler around a node of this file, if any: the innermost. */
export function handlerAround(file: CodeFile, node: ts.Node): Handler | undefined {
  for (let scope = enclosingFunction(node); !ts.isSourceFile(scope); scope = enclosingFunction(scope)) {
    const found = handlers(file).find((handler) => handler.node === scope && handler.file === file);
    if (found) return found;
  }
  return undefined;
}
