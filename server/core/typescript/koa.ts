/** Koa with `@koa/router`: routers with prefixes, and handlers that set `ctx.body` and `ctx.status`. */
import ts from 'ts6';
import { isUnknown } from '../generate/facts.ts';
import { readAuthentication } from './authentication.ts';
import { express, readValidator } from './express.ts';
import { type Dialect, type Place, type Reading } from './handler.ts';
import { writtenAsJson } from './plain.ts';
import type { Framework, Step } from './routers.ts';
import { type Env, strip, type Values } from './values.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];

/** Koa 2 and 3. */
export const koa: Framework = {
  name: 'Koa',
  creation: /\bnew\s+(?:Koa|Router|KoaRouter)\b/,
  makes: (module, member) => {
    if (module === 'koa') return 'app';
    return /^(?:@koa\/router|koa-router)$/.test(module) && /^(?:default|\*|Router)$/.test(member) ? 'router' : undefined;
  },
  chainable: new Set([...methods, 'del', 'use', 'all', 'param', 'prefix', 'routes', 'middleware']),
  step: (method, args, values, env) => {
    const [first, second] = args;
    if (method === 'use') return mounted(first, values, env) ?? { kind: 'use', path: first, maybe: true, parts: args };
    if (method === 'register' && first && second) return registered(args, values, env);
    if (method === 'prefix' && first) return { kind: 'prefix', path: first };
    const verb = method === 'del' ? 'delete' : method;
    if ((verb !== 'all' && !methods.includes(verb)) || args.length < 2) return undefined;
    // A route may have a name before its path.
    const isNamed = args.length > 2 && first && second && ts.isStringLiteralLike(first) && ts.isStringLiteralLike(second);
    return { kind: 'route', methods: [verb], path: isNamed ? second : first, handlers: args.slice(isNamed ? 2 : 1) };
  },
  templates: express.templates,
  anywhere: /^\(\.\*\)(?=\/\w)/,
  get dialect() {
    return dialect;
  },
  readArgument: (argument, reading, env) => {
    readValidator(argument, reading);
    readAuthentication(argument, reading, env);
  },
};

/** `app.use(mount('/api', other))` of koa-mount. */
function mounted(node: ts.Expression | undefined, values: Values, env: Env): Step | undefined {
  const call = node && strip(node);
  if (!call || !ts.isCallExpression(call)) return undefined;
  const mount = values.of(call.expression, env);
  if (mount?.kind !== 'package' || mount.name !== 'koa-mount') return undefined;
  return { kind: 'use', path: call.arguments[0], maybe: true, parts: call.arguments };
}

/** `router.register(path, ['get', 'post'], handler)`. */
function registered([path, verbs, ...handlers]: readonly ts.Expression[], values: Values, env: Env): Step | undefined {
  const list = verbs && values.of(verbs, env);
  if (list?.kind !== 'list') return undefined;
  const names = list.items.map((item) => values.text(item, list.env)?.toLowerCase());
  const known = names.filter((name) => name !== undefined && methods.includes(name)) as string[];
  return known.length > 0 ? { kind: 'route', methods: known, path, handlers } : undefined;
}

const requestParts = new Set(['query', 'params', 'headers', 'body']);

const dialect: Dialect = {
  roots: ({ parameters }) => (parameters.length > 2 ? undefined : ['ctx', 'next']),
  part: ({ of, path: [first = '', ...rest] }) => {
    if (of !== 'ctx') return undefined;
    if (first === 'request') return rest[0] && requestParts.has(rest[0]) ? rest : undefined;
    // `ctx.body` is the response's.
    return first !== 'body' && requestParts.has(first) ? [first, ...rest] : undefined;
  },
  called: ({ of, path }, { arguments: [first] }, text) => {
    const isHeader = of === 'ctx' && /^(?:request\.)?get$/.test(path.join('.'));
    const name = isHeader ? text(first) : undefined;
    return name === undefined ? undefined : { of, path: ['headers', name] };
  },
  answer: (call, reading, place) => {
    const callee = strip(call.expression);
    if (!ts.isPropertyAccessExpression(callee) || reading.subject(callee.expression, place)?.of !== 'ctx') return;
    const [first, second] = call.arguments;
    if (callee.name.text === 'throw' && first) reading.respond(first, {}, place, call);
    if (callee.name.text === 'assert' && second) reading.respond(second, {}, place, call);
    if (callee.name.text === 'redirect') reading.respond(undefined, {}, place, call, '302');
  },
  express: (node, reading, place) => {
    if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return;
    const name = setOn(node, reading, place);
    const beside = neighbours(node).filter((one) => one !== node);
    if (name === 'body' && reading.isBefore && isRemade(node.right, reading, place)) return;
    if (name === 'body') {
      const status = beside.find((one) => setOn(one, reading, place) === 'status')?.right;
      const json = writtenAsJson(node.right);
      const shape = reading.shapeOf(json ?? node.right, place);
      const isNothing = strip(node.right).kind === ts.SyntaxKind.NullKeyword || shape.type === 'null';
      const mediaType = shape.type === 'string' && !json ? 'text/plain' : 'application/json';
      if (isNothing) reading.respond(status, {}, place, node, '204');
      else
        reading.respond(status, isUnknown(shape) ? { mediaType: 'application/json', shape } : { mediaType, shape }, place, node);
    }
    if (name === 'status' && !beside.some((one) => setOn(one, reading, place) === 'body')) {
      reading.respond(node.right, {}, place, node);
    }
  },
};

/** Is a value made of the body that handlers behind a middleware gave: `ctx.body = mask(ctx.body)`, also through a name? */
function isRemade(node: ts.Expression, reading: Reading, place: Place): boolean {
  const isBody = (at: ts.Node): boolean => {
    if (ts.isPropertyAccessExpression(at) && /^(?:response\.)?body$/.test(bodyPath(at, reading, place))) return true;
    return ts.forEachChild(at, (child) => isBody(child) || undefined) ?? false;
  };
  const names = (at: ts.Node): ts.Identifier[] => {
    const found = ts.isIdentifier(at) ? [at] : [];
    ts.forEachChild(at, (child) => void found.push(...names(child)));
    return found;
  };
  const given = names(node).map((one) => reading.project.values.declarationOf(one));
  return [node, ...given].some((one) => {
    const value = one && ts.isVariableDeclaration(one) ? one.initializer : one === node ? node : undefined;
    return value !== undefined && isBody(value);
  });
}

function bodyPath(node: ts.Expression, reading: Reading, place: Place): string {
  const subject = reading.subject(node, place);
  return subject?.of === 'ctx' ? subject.path.join('.') : '';
}

/** `ctx.body = …`, `ctx.response.status = …`: what of the response is set. */
function setOn({ left }: ts.BinaryExpression, reading: Reading, place: Place): string | undefined {
  if (!ts.isPropertyAccessExpression(left)) return undefined;
  const subject = reading.subject(left, place);
  if (subject?.of !== 'ctx') return undefined;
  const name = subject.path.join('.').replace(/^response\./, '');
  return /^(?:body|status)$/.test(name) ? name : undefined;
}

/** The assignments of a block. */
function neighbours(node: ts.Node): ts.BinaryExpression[] {
  const statement = ts.findAncestor(node, ts.isStatement);
  if (!statement || !ts.isBlock(statement.parent)) return [];
  return statement.parent.statements.flatMap((one) => {
    const inner = ts.isExpressionStatement(one) ? strip(one.expression) : undefined;
    return inner && ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.EqualsToken ? [inner] : [];
  });
}
