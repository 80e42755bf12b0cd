/** Reads Next.js applications: the route handlers of the app router and the API routes of the pages router, by their place. */
import ts from 'ts6';
import type { Facts, Note, OperationFact, Shape } from '../generate/facts.ts';
import type { Steps } from '../steps.ts';
import { uriIn } from '../uri.ts';
import { express, readValidator } from './express.ts';
import { evidenceAt, noteAt } from './evidence.ts';
import {
  asMethod,
  type Dialect,
  docOf,
  functionsOf,
  type Place,
  type Project,
  propertiesIn,
  Reading,
  type Subject,
} from './handler.ts';
import { exportedName } from './names.ts';
import { handsToProcedures } from './orpc.ts';
import { nameText, strip } from './values.ts';
import { answerOfNew, answerOfResponse, responseClass } from './web-responses.ts';

/** Without OPTIONS and HEAD, which answer for the others. */
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const routeFile = /\/route\.[cm]?[jt]sx?$/;

/** Do these entries name a Next.js application: its folder, its configuration, its `package.json` or its route files? */
export function isNext(entries: readonly string[], project: Project): boolean {
  return entries.some((entry) => routesOf(entry, project).length > 0);
}

/** The facts of the route handlers these entries lead to. */
export function* readNext(entries: readonly string[], project: Project): Steps<Facts> {
  const notes: Note[] = [];
  const operations = new Map<string, OperationFact>();
  for (const { uri, path, isPage } of entries.flatMap((entry) => routesOf(entry, project))) {
    yield uri;
    for (const template of templatesOf(path)) {
      for (const method of methods) {
        const operation = (isPage ? pageOperation : operationOf)(uri, method, template, project, notes);
        const key = `${method} ${template.replaceAll(/\{[^}]+\}/g, '{}')}`;
        // What Hono, or a procedure of oRPC, answers below a path is read with its routes.
        const isHandedOn = operation && path.includes('[...') && handsOn(uri, project, isBare(operation));
        if (operation && !isHandedOn && !operations.has(key)) operations.set(key, asMethod(operation));
      }
    }
  }
  return { operations: [...operations.values()], types: project.shapes.named, notes };
}

/** The route files that hand what they are asked to an application of Hono or procedures of oRPC: `export const GET = handle(app)`. */
export function mountsOf(entries: readonly string[], project: Project): string[] {
  const uris = entries.flatMap((entry) => routesOf(entry, project)).map(({ uri }) => uri);
  return uris.filter((uri) => handsOn(uri, project));
}

/** Does a route file hand on what it is asked? To Hono only where nothing else is seen that it does itself. */
function handsOn(uri: string, project: Project, isBare = true): boolean {
  return (isBare && mount.test(project.values.file(uri)?.text ?? '')) || handsToProcedures(uri, project);
}

function isBare({ responses, bodies, parameters }: OperationFact): boolean {
  return responses.length + bodies.length + parameters.length === 0;
}

const mount = /\bfrom\s+['"][^'"]*\bhono\b[^'"]*['"]/;

interface Route {
  readonly uri: string;
  /** The folders from the application's root on, as they are written. */
  readonly path: string;
  /** Of the pages router: one function answers all methods. */
  readonly isPage?: boolean;
}

/** The route files an entry leads to: itself, or all below the app folder beside or above it. */
function routesOf(entry: string, project: Project): Route[] {
  const { host } = project.values;
  const uri = entry.replace(/\/$/, '');
  if (routeFile.test(uri)) {
    const folder = uri.replace(/\/[^/]*$/, '');
    const root = rootAbove(folder, project);
    return root ? [{ uri, path: folder.slice(root.length) }] : [];
  }
  const isFolder = host.isDirectory(uri);
  if (!isFolder && !/\/(?:next\.config\.\w+|package\.json)$/.test(uri)) return [];
  const folder = isFolder ? uri : uri.replace(/\/[^/]*$/, '');
  const root = [`${folder}/app`, `${folder}/src/app`, ...(/\/app$/.test(folder) ? [folder] : [])].find((one) =>
    host.isDirectory(one),
  );
  const base = basePath(folder, project);
  const pages = [`${folder}/pages/api`, `${folder}/src/pages/api`].find((one) => host.isDirectory(one));
  return [...(root ? filesBelow(root, base, project) : []), ...(pages ? pagesBelow(pages, `${base}/api`, project) : [])];
}

/** The API routes of the pages router: every file is one, `index` for its folder. */
function pagesBelow(folder: string, path: string, project: Project): Route[] {
  const { host } = project.values;
  return [...host.list(folder)].sort().flatMap((name): Route[] => {
    const uri = uriIn(folder, name);
    if (host.isDirectory(uri)) return name === 'node_modules' ? [] : pagesBelow(uri, `${path}/${name}`, project);
    const [, stem] = /^(.+)\.[cm]?[jt]sx?$/.exec(name) ?? [];
    if (!stem || /\.(?:d|test|spec)$/.test(stem)) return [];
    return [{ uri, path: stem === 'index' ? path : `${path}/${stem}`, isPage: true }];
  });
}

/** The app folder a route file is in: the one beside a `package.json`, or in its `src`; else the innermost of that name. */
function rootAbove(folder: string, project: Project): string | undefined {
  const roots = [...folder.matchAll(/\/app(?=\/|$)/g)].map(({ index }) => folder.slice(0, index + '/app'.length));
  const isProject = (root: string) => project.values.host.isFile(`${root.replace(/\/(?:src\/)?app$/, '')}/package.json`);
  return roots.find(isProject) ?? roots.at(-1);
}

function filesBelow(folder: string, path: string, project: Project): Route[] {
  const { host } = project.values;
  return [...host.list(folder)].sort().flatMap((name): Route[] => {
    const uri = uriIn(folder, name);
    if (routeFile.test(uri)) return [{ uri, path }];
    // Folders with `_` and `@` are no part of the path, or are no routes at all.
    if (name.startsWith('_') || name === 'node_modules' || !host.isDirectory(uri)) return [];
    return filesBelow(uri, `${path}/${name}`, project);
  });
}

/** The `basePath` of the configuration, where it is a plain text. */
function basePath(folder: string, project: Project): string {
  for (const ending of ['js', 'mjs', 'ts', 'mts', 'cjs']) {
    const text = project.values.file(`${folder}/next.config.${ending}`)?.text;
    if (text !== undefined) return /\bbasePath:\s*['"]([^'"]*)['"]/.exec(text)?.[1] ?? '';
  }
  return '';
}

/** `/users/[id]` is `/users/{id}`; `[[...rest]]` may be absent; `(group)` and `@slot` are not part of the path. */
function templatesOf(path: string): string[] {
  let templates = [''];
  for (const folder of path.split('/').filter((one) => one !== '')) {
    const name = decodeURIComponent(folder);
    if (/^\(.*\)$/.test(name) || name.startsWith('@')) continue;
    const [, optional, rest] = /^(\[)?\[\.\.\.(\w+)\]\]?$/.exec(name) ?? [];
    if (rest) templates = templates.flatMap((one) => [...(optional ? [one] : []), `${one}/{${rest}}`]);
    else templates = templates.map((one) => `${one}/${name.replaceAll(/\[([^\]]+)\]/g, '{$1}')}`);
  }
  return templates.map((one) => one || '/');
}

function operationOf(uri: string, method: string, path: string, project: Project, notes: Note[]): OperationFact | undefined {
  const found = exportedName(project.values, uri, method, 'value');
  if (!found) return undefined;
  const reading = new Reading(project, dialect);
  const node = found.kind === 'node' ? found.node : undefined;
  const handler = node && handlerOf(node);
  if (handler && ts.isFunctionDeclaration(handler)) reading.handler(handler, project.values.root);
  else if (handler && ts.isExpression(handler)) readWrapped(handler, reading);
  else {
    // `export const { GET, POST } = handlersOf(User)`
    const value = project.values.exported(uri, method);
    if (value?.kind === 'function') reading.handler(value.node, value.env);
  }
  notes.push(...reading.notes, ...reading.gaps);
  const at = node ?? project.values.file(uri);
  return {
    ...reading.operation,
    ...docOf(undefined, node && ts.isVariableDeclaration(node) ? (node.initializer ?? node) : node),
    method: method.toLowerCase(),
    path,
    source: at ? evidenceAt(at, 'declared') : { uri, start: 0, end: 0 },
  };
}

/**
 * An operation of the pages router, where its file says the method: as a key of what a wrapper is given
 * (`handlers({ GET: …, POST: … })`), or by comparing `req.method` with it. A file that names none answers any: its GET is written.
 */
function pageOperation(uri: string, method: string, path: string, project: Project, notes: Note[]): OperationFact | undefined {
  const found = exportedName(project.values, uri, 'default', 'value');
  const node = found?.kind === 'node' ? handlerOf(found.node) : undefined;
  if (!node) return undefined;
  const reading = new Reading(project, pageDialect);
  reading.method = method;
  const keyed = keyedHandlers(node, project);
  if (keyed.size > 0) {
    const handler = keyed.get(method);
    if (!handler) return undefined;
    if (ts.isFunctionDeclaration(node)) reading.handler(node, project.values.root);
    if (ts.isMethodDeclaration(handler)) reading.handler(handler, project.values.root);
    else readWrapped(handler, reading);
  } else {
    const text = node.getSourceFile().text;
    const named = methods.filter((one) =>
      new RegExp(`(?:case\\s+|[=!]==?\\s*)['"]${one}['"]|['"]${one}['"]\\s*[=!]==?`).test(text),
    );
    if (!(named.length > 0 ? named.includes(method) : method === 'GET')) return undefined;
    if (ts.isFunctionDeclaration(node)) reading.handler(node, project.values.root);
    else if (ts.isExpression(node)) readWrapped(node, reading);
    if (named.length > 1 && !reading.isByMethod) notes.push(noteAt(node, severalMethods));
  }
  notes.push(...reading.notes, ...reading.gaps);
  const { parameters, ...operation } = reading.operation;
  return {
    ...operation,
    // The router gives what a path has in its brackets by the same name as the query's.
    parameters: parameters.filter((one) => one.in !== 'query' || !path.includes(`{${one.name}}`)),
    ...docOf(undefined, node),
    method: method.toLowerCase(),
    path,
    source: evidenceAt(node, 'declared'),
  };
}

const severalMethods = 'One function answers several methods, so what it reads and answers is written for each of them.';

/** The handlers by method that a wrapper is given, or a function that a handler gives its request: `run(req, res, { GET: … })`. */
function keyedHandlers(node: ts.Node, project: Project): Map<string, ts.Expression | ts.MethodDeclaration> {
  const found = new Map<string, ts.Expression | ts.MethodDeclaration>();
  const bare = ts.isExpression(node) ? strip(node) : node;
  const call = ts.isCallExpression(bare) ? bare : ts.isFunctionLike(bare) ? handedOn(bare) : undefined;
  for (const argument of call?.arguments ?? []) {
    const value = project.values.of(argument, project.values.root);
    for (const property of value?.kind === 'object' ? value.node.properties : []) {
      const name = nameText(property.name)?.toUpperCase() ?? '';
      if (!methods.includes(name)) continue;
      if (ts.isPropertyAssignment(property)) found.set(name, property.initializer);
      else if (ts.isMethodDeclaration(property)) found.set(name, property);
      else if (ts.isShorthandPropertyAssignment(property)) found.set(name, property.name);
    }
  }
  return found;
}

/** The call that a function ends with, where that is given what the function is: `await run(req, res, …)`. */
function handedOn(node: ts.SignatureDeclaration): ts.CallExpression | undefined {
  const { body } = node as ts.FunctionLikeDeclaration;
  const last = body && ts.isBlock(body) ? body.statements.at(-1) : body;
  const value = last && (ts.isExpressionStatement(last) || ts.isReturnStatement(last)) ? last.expression : last;
  const bare = value && ts.isExpression(value) ? strip(value) : undefined;
  const request = node.parameters[0]?.name.getText();
  return bare && ts.isCallExpression(bare) && bare.arguments.some((one) => one.getText() === request) ? bare : undefined;
}

function handlerOf(node: ts.Node): ts.Node | undefined {
  return ts.isVariableDeclaration(node) ? node.initializer : node;
}

/** A handler as it is, or in a wrapper: `withAuth(async (request) => …)`, `route({ handler, schemas })`. */
function readWrapped(node: ts.Expression, reading: Reading): void {
  const { values } = reading.project;
  readSchemas(node, reading);
  for (const { node: handler, env } of functionsOf(values, node, values.root)) reading.handler(handler, env);
  const bare = strip(node);
  if (!ts.isCallExpression(bare)) return;
  for (const argument of bare.arguments) {
    if (!ts.isObjectLiteralExpression(argument)) continue;
    for (const property of argument.properties) {
      const value = ts.isPropertyAssignment(property) ? property.initializer : undefined;
      const own = ts.isMethodDeclaration(property)
        ? [{ node: property, env: values.root }]
        : value
          ? functionsOf(values, value, values.root)
          : [];
      for (const { node: handler, env } of own) reading.handler(handler, env);
    }
  }
}

/** `{ body: Schema, query: Schema }`, also below `schemas`, `schema` or `input`, given to a wrapper. */
function readSchemas(node: ts.Expression, reading: Reading): void {
  readValidator(node, reading);
  const bare = strip(node);
  for (const argument of ts.isCallExpression(bare) ? bare.arguments : []) {
    if (!ts.isObjectLiteralExpression(argument)) continue;
    for (const property of argument.properties) {
      const own = /^(body|query|params|headers|response)(?:Schema|Validator)$/.exec(nameText(property.name) ?? '')?.[1];
      const schema = own && ts.isPropertyAssignment(property) ? reading.project.types.of(property.initializer) : undefined;
      if (own && schema?.kind === 'schema') readSchema(own, schema.shape, property, reading);
      const isHolder = /^(?:schemas?|input|request|validators?)$/.test(nameText(property.name) ?? '');
      if (!isHolder || !ts.isPropertyAssignment(property) || !ts.isObjectLiteralExpression(property.initializer)) continue;
      for (const part of property.initializer.properties) {
        const name = nameText(part.name) ?? '';
        const value = ts.isPropertyAssignment(part) ? reading.project.types.of(part.initializer) : undefined;
        if (value?.kind === 'schema') reading.schema(name === 'headers' ? 'headers' : name, [], value.shape, part);
      }
    }
  }
}

function readSchema(part: string, shape: Shape, at: ts.Node, reading: Reading): void {
  if (part === 'response')
    reading.merge({ status: '200', mediaType: 'application/json', shape, evidence: evidenceAt(at, 'declared') });
  else reading.schema(part, [], shape, at);
}

/** Handlers that are given the platform's request. */
export const dialect: Dialect = {
  roots: ({ parameters: [first] }) => {
    // A wrapper gives its handler the request among other things: `({ req, params }) => …`.
    const isBag = first && ts.isObjectBindingPattern(first.name);
    return isBag ? ['bag'] : ['request', 'context'];
  },
  part: (subject) => {
    const { of, path } = requestOf(subject);
    // `Object.fromEntries(url.searchParams)` is all of the query.
    if (of === 'request' && /(?:^|\.)searchParams$/.test(path.join('.'))) return ['query'];
    return of === 'part' ? path : undefined;
  },
  called: (subject, call, text) => {
    const { of, path } = requestOf(subject);
    const name = text(call.arguments[0]);
    const key = name === undefined ? undefined : [name];
    const method = path.join('.');
    if (of === 'request' && method === 'clone') return { of: 'request', path: [] };
    if (of === 'request' && /^(?:json|text)$/.test(method)) return { of: 'part', path: ['body'] };
    if (of === 'request' && method === 'formData') return { of: 'part', path: ['form'] };
    if (of === 'request' && method === 'headers.get' && key) return { of: 'part', path: ['headers', ...key] };
    if (of === 'request' && /(?:^|\.)searchParams\.(?:get|getAll|has)$/.test(method) && key)
      return { of: 'part', path: ['query', ...key] };
    const isField = of === 'part' && path[0] === 'form' && /^(?:get|getAll|has)$/.test(path[1] ?? '');
    return isField && key ? { of: 'part', path: ['form', ...key] } : undefined;
  },
  // A function that is given the request and named for what it reads.
  given: (subject, call) => {
    const { of, path } = requestOf(subject);
    const isReader = of === 'request' && path.length === 0 && /json|body/i.test(call.expression.getText());
    return isReader ? { of: 'part', path: ['body'] } : undefined;
  },
  made: (node, subject) => {
    const [address] = node.arguments ?? [];
    const name = node.expression.getText();
    const of = /^(?:URL(?:SearchParams)?|(?:Next)?Request)$/.test(name) && address ? subject(address) : undefined;
    const request = of && requestOf(of);
    // A copy with other headers: `new NextRequest(request.url, { headers, body: request.body })`.
    if (request?.of === 'request' && name.endsWith('Request') && /^(?:url)?$/.test(request.path.join('.')))
      return { of: 'request', path: [] };
    return request?.of === 'request' && /url/i.test(request.path[0] ?? '') ? { of: 'request', path: ['nextUrl'] } : undefined;
  },
  answer: (call, reading, place) => {
    const text = call.expression.getText();
    if (answerOfResponse(call, reading, place)) return;
    if (/^(?:redirect|permanentRedirect|notFound)$/.test(text) && reading.project.types.of(call.expression).kind === 'package') {
      const status = { redirect: '307', permanentRedirect: '308', notFound: '404' }[text] as string;
      reading.merge({ status, evidence: evidenceAt(call, 'seen') });
    } else {
      if (isOfRequest(call, reading, place)) readSchemas(call, reading);
      if (answers(call, reading, place)) reading.inside(call, place);
    }
  },
  express: (node, reading, place) => {
    if (ts.isNewExpression(node)) answerOfNew(node, reading, place);
  },
};

/**
 * Is a call in a handler about the request, so that a schema it is given may be the request's: `validate(request, Order)`,
 * `validate(Order)(request)`, a wrapper of the rest? `check(Order, toOrder(row))` holds it against what will be answered.
 */
function isOfRequest(call: ts.CallExpression, reading: Reading, place: Place): boolean {
  const isPart = (node: ts.Expression) => {
    const subject = reading.subject(node, place);
    const { of, path } = subject ? requestOf(subject) : { of: 'result', path: [] };
    return of === 'request' || ((of === 'part' || of === 'bag') && path.length < 2);
  };
  const given = call.arguments.flatMap((one) => [one, ...propertiesIn(one).values()]);
  const isCalled = ts.isCallExpression(call.parent) && call.parent.expression === call;
  return isCalled || given.some((one) => ts.isArrowFunction(one) || ts.isFunctionExpression(one) || isPart(one));
}

/** The pages router's handlers are Node's: `req.query`, `req.body`, `res.status(…).json(…)`. */
const pageDialect: Dialect = {
  ...express.dialect,
  roots: ({ parameters: [first] }) => {
    const isBag = first && ts.isObjectBindingPattern(first.name);
    return isBag ? ['bag'] : ['req', 'res'];
  },
  // A wrapper gives its handler the parts by name: `({ query, body, res }) => …`.
  part: ({ of, path: [first = '', ...rest] }) => {
    const path = of === 'bag' && /^req(?:uest)?$/.test(first) ? rest : [first, ...rest];
    return (of === 'req' || of === 'bag') && path[0] && pageParts.has(path[0]) ? path : undefined;
  },
};

const pageParts = new Set(['query', 'body', 'headers']);

/** The request a subject is, or is part of: what a wrapper gives under a name is the thing itself. */
function requestOf({ of, path }: Subject): Subject {
  if (of !== 'bag') return { of, path };
  const [name = '', ...rest] = path;
  return { of: /^req(?:uest)?$/.test(name) ? 'request' : 'bag', path: rest };
}

/** Which functions make a response, by the number of the environment that they run in. */
const makers = new WeakMap<ts.Node, Map<number, boolean>>();

/** Does a function of the project make a response, itself or by a function it calls? */
function answers(call: ts.CallExpression, reading: Reading, place: Place, depth = 0): boolean {
  const target = reading.project.values.of(call.expression, place.env);
  if (target?.kind !== 'function' || !target.node.body) return false;
  if (/\b(?:Next)?Response\b/.test(target.node.getText())) return true;
  if (depth > 0) return false;
  const known = makers.get(target.node) ?? new Map<number, boolean>();
  makers.set(target.node, known);
  const inner = { ...place, env: target.env };
  const isMaker = (node: ts.Node): boolean =>
    (ts.isNewExpression(node) && responseClass(node, reading.project.values, inner.env) !== undefined) ||
    (ts.isCallExpression(node) && answers(node, reading, inner, 1)) ||
    (ts.forEachChild(node, isMaker) ?? false);
  const found = known.get(target.env.id) ?? isMaker(target.node.body);
  known.set(target.env.id, found);
  return found;
}
