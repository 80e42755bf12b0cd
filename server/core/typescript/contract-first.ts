/**
 * Reads applications that serve a document: the code names it and registers a handler for each `operationId`. What is served are the
 * operations of the document that have one; those without, and handlers without an operation, are said.
 */
import ts from 'ts6';
import { Description, pointed, verbs } from '../generate/described.ts';
import type { Facts, Note, OperationFact } from '../generate/facts.ts';
import type { Host } from '../host.ts';
import { isRecord } from '../model/api.ts';
import type { Steps } from '../steps.ts';
import { resolveUri, uriIn } from '../uri.ts';
import { membersOf, optionsOf, type Written } from './contracts.ts';
import { addOnce, callsIn } from './controllers.ts';
import { documentIn, documentOf, type Held } from './data.ts';
import { evidenceAt, noteAt } from './evidence.ts';
import { express } from './express.ts';
import { filesOf } from './files.ts';
import { type Dialect, functionsOf, type Project, Reading } from './handler.ts';
import { packageOf, placeOf } from './loader.ts';
import { exportedName } from './names.ts';
import { joinPaths } from './routers.ts';
import { type Env, type FunctionNode, nameText, strip, type Value, type Values } from './values.ts';
import { initializerOf } from './plain.ts';

/** The facts of the documents that these files and their imports serve with openapi-backend, exegesis or express-openapi-validator. */
export function* readContractFirst(entries: readonly string[], project: Project): Steps<Facts> {
  const { values } = project;
  const served = new Served(project);
  const files = [...filesOf(values, entries)];
  for (const file of files) {
    yield file.fileName;
    if (!/openapi-backend|exegesis|express-openapi-validator/.test(file.text)) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isNewExpression(node) && isOf(node.expression, /^openapi-backend$/, /^(?:default|OpenAPIBackend)$/, project))
        serveBackend(node, files, served);
      if (
        ts.isCallExpression(node) &&
        isOf(node.expression, /^exegesis(?:-\w+)?$/, /(?:^|\.)(?:middleware|compileApi|compileRunner)$/, project)
      )
        serveExegesis(node, served);
      if (ts.isCallExpression(node) && isOf(node.expression, /^express-openapi-validator$/, /(?:^|\.)middleware$/, project))
        serveValidator(node, served);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return { operations: [...served.operations.values()], types: project.shapes.named, notes: served.notes };
}

function isOf(node: ts.Expression, name: RegExp, member: RegExp, { values }: Project): boolean {
  const value = values.of(node, values.root);
  return value?.kind === 'package' && name.test(value.name) && member.test(value.member);
}

/** What stands for an operation in the code: where it is given its name, and the functions that run. */
export interface Handler {
  readonly at: ts.Node;
  readonly functions: readonly (Value & { kind: 'function' })[];
  /** Nobody says that it is one. */
  readonly isPerhaps?: true;
}

/** Handlers by the `operationId` they are registered for; `isOpen` where not all are seen. */
export interface Handlers {
  readonly byName: ReadonlyMap<string, Handler>;
  readonly isOpen: boolean;
}

/** A document that is served, and how. */
export interface Contract {
  readonly document: Held;
  /** Where the code says which document it is. */
  readonly at: ts.Node;
  readonly handlers: Handlers;
  /** What its paths stand below. */
  readonly prefix: string;
  readonly dialect: Dialect;
  /** The name that an operation of the document has in the code. */
  readonly nameOf: (operation: Json, item: Json, document: Json) => string | undefined;
  /** Operations that have no name are served by routes beside these. */
  readonly isPart?: true;
  /** Names that are of no operation, and need not be. */
  readonly isSpecial?: RegExp;
}

type Json = Readonly<Record<string, unknown>>;

export const operationIdOf = ({ operationId }: Json): string | undefined =>
  typeof operationId === 'string' ? operationId : undefined;

/** The operations that are served of documents. */
export class Served {
  readonly project: Project;
  readonly operations = new Map<string, OperationFact>();
  readonly notes: Note[] = [];

  constructor(project: Project) {
    this.project = project;
  }

  note(node: ts.Node, message: string, reason?: string): void {
    this.notes.push({ ...noteAt(node, message), ...(reason && { reason }) });
  }

  /** Adds the operations of a document that have a handler; says which have none, and which handlers have no operation. */
  add({ document, at, handlers, prefix, dialect, nameOf, isPart, isSpecial }: Contract): void {
    const description = descriptionOf(document, this.project);
    const { paths } = description.data;
    const used = new Set<string>();
    for (const [path, described] of isRecord(paths) ? Object.entries(paths) : []) {
      const item = description.follow(described);
      for (const method of verbs.filter((verb) => isRecord(item[verb]))) {
        const operation = description.follow(item[method]);
        const name = nameOf(operation, item, description.data);
        const handler = name === undefined ? undefined : handlers.byName.get(name);
        if (name !== undefined) used.add(name);
        else if (isPart) continue;
        if (!handler && !handlers.isOpen) {
          const which = `${method.toUpperCase()} ${path}`;
          if (name === undefined)
            this.note(at, `${which} of the document has no operationId, so no handler can be registered for it.`, unnamed);
          else this.note(at, `“${name}”, ${which} of the document, has no handler, so it is not written.`, unhandled);
          continue;
        }
        const evidence = evidenceAt(handler?.at ?? at, 'declared');
        const said = description.operation(operation, item, evidence);
        const read = readHandler(handler?.functions ?? [], said, dialect, this);
        addOnce(this.operations, { ...read, method, path: joinPaths(prefix, path) || '/', source: evidence });
      }
    }
    for (const [name, handler] of handlers.byName) {
      if (used.has(name) || isSpecial?.test(name) || handler.isPerhaps) continue;
      this.note(handler.at, `“${name}” is no operation of the document, so nothing leads to this handler.`, needless);
    }
    if (handlers.isOpen)
      this.note(at, 'Which operations of the document have a handler is known only at run time, so all are written.');
  }
}

const unnamed = 'no operationId';
const unhandled = 'no handler';
const needless = 'no operation';

/** What a document, or a part of one in code, describes; references into other files are followed. */
export function descriptionOf({ data, uri }: Held, project: Project): Description {
  const others = new Map<string, unknown>();
  return new Description(data, (reference) => {
    const [file = '', pointer = ''] = reference.split('#');
    if (uri === undefined) return undefined;
    const target = resolveUri(file, uri);
    if (!others.has(target)) others.set(target, rebased(documentIn(target, project)?.data, target));
    return pointed(others.get(target), pointer);
  });
}

/** The data of another file, whose references say whole where they lead. */
function rebased(data: unknown, uri: string): unknown {
  if (Array.isArray(data)) return data.map((one) => rebased(one, uri));
  if (!isRecord(data)) return data;
  const { $ref } = data;
  if (typeof $ref === 'string') return { ...data, $ref: $ref.startsWith('#') ? uri + $ref : resolveUri($ref, uri) };
  return Object.fromEntries(Object.entries(data).map(([name, one]) => [name, rebased(one, uri)]));
}

type Said = Omit<OperationFact, 'method' | 'path' | 'source'>;

/** What a description says of an operation, with what its handler shows beside that. */
export function readHandler(functions: Handler['functions'], said: Said, dialect: Dialect, { project, notes }: Served): Said {
  const reading = new Reading(project, dialect);
  for (const one of said.parameters) reading.parameter(one.in, one.name, one.shape, one.required, one.evidence);
  for (const { shape, evidence, mediaType } of said.bodies) reading.body(shape, evidence, mediaType);
  for (const response of said.responses) reading.merge(response);
  for (const one of said.security) reading.secure(one);
  for (const [index, { node, env }] of functions.entries())
    reading.handler(node, env, undefined, undefined, index === functions.length - 1);
  notes.push(...reading.gaps);
  // Whether a body is required is what the description says.
  const { bodies, ...read } = reading.operation;
  return {
    ...said,
    ...read,
    bodies: bodies.map((one) => said.bodies.find(({ mediaType }) => mediaType === one.mediaType) ?? one),
  };
}

/** Handlers of objects and modules, by name: `{ ...users, listOrders }`. */
export function handlersIn({ node, env }: Written, project: Project): Handlers {
  const byName = new Map<string, Handler>();
  const isSeen = addHandlers(project.values.of(node, env), byName, project);
  return { byName, isOpen: !isSeen };
}

/** Adds the handlers of an object or a module; false where not all are seen. */
function addHandlers(value: Value | undefined, found: Map<string, Handler>, project: Project): boolean {
  const { values } = project;
  if (value?.kind === 'module') {
    for (const name of exportsOf(value.uri, values)) {
      const one = values.exported(value.uri, name);
      const handler = one?.kind === 'function' || name !== 'default' ? handlerIn(value.uri, name, project) : undefined;
      if (handler) found.set(name, handler);
      else addHandlers(one, found, project);
    }
    return true;
  }
  if (value?.kind !== 'object') return false;
  let isSeen = true;
  for (const property of value.node.properties) {
    const name = nameText(property.name);
    if (ts.isSpreadAssignment(property))
      isSeen = addHandlers(values.of(property.expression, value.env), found, project) && isSeen;
    else if (name === undefined) isSeen = false;
    else found.set(name, { at: property.name ?? property, functions: functionsIn(property, value.env, project) });
  }
  return isSeen;
}

/** What a chain of calls begins with: `middy(list)` of `middy(list).use(cors())`. */
function beginningOf(node: ts.Expression): ts.Expression {
  const callee = ts.isCallExpression(node) ? strip(node.expression) : undefined;
  const before = callee && ts.isPropertyAccessExpression(callee) ? strip(callee.expression) : undefined;
  return before && ts.isCallExpression(before) ? beginningOf(before) : node;
}

/** What a module exports under a name, as a handler. */
export function handlerIn(uri: string, name: string, { values }: Project): Handler | undefined {
  const one = values.exported(uri, name);
  if (one?.kind === 'function') return { at: nameOf(one.node), functions: [one] };
  // `export const listUsers = guarded(list)`: a handler, perhaps.
  const declared = exportedName(values, uri, name, 'value');
  const node = declared?.kind === 'node' ? declared.node : values.file(uri);
  const given = node && ts.isVariableDeclaration(node) ? node.initializer : undefined;
  const functions = given ? functionsOf(values, beginningOf(given), values.root) : [];
  return node && { at: ts.isVariableDeclaration(node) ? node.name : node, functions, isPerhaps: true };
}

/** Where a function has its name. */
function nameOf(node: FunctionNode): ts.Node {
  const { parent } = node;
  return node.name ?? (ts.isVariableDeclaration(parent) ? parent.name : node);
}

/** The names that a file exports, in CommonJS, too. */
export function exportsOf(uri: string, values: Values): readonly string[] {
  const assigned = values.file(uri)?.text.matchAll(/^(?:module\.)?exports\.(\w+)\s*=/gm) ?? [];
  const whole = /^module\.exports\s*=/m.test(values.file(uri)?.text ?? '') ? ['default'] : [];
  return [...new Set([...values.exportsOf(uri), ...[...assigned].map(([, name]) => name as string), ...whole])];
}

function functionsIn(property: ts.ObjectLiteralElementLike, env: Env, { values }: Project): Handler['functions'] {
  if (ts.isMethodDeclaration(property)) return [{ kind: 'function', node: property, env }];
  const given = initializerOf(property);
  return given ? functionsOf(values, given, env) : [];
}

/** Of openapi-backend, a handler is given the request once more, before what the server gives it. */
const backendDialect: Dialect = {
  ...express.dialect,
  roots: (node) => (node.parameters.length > 3 ? undefined : ['context', 'req', 'res']),
  part: ({ of, path }) => (of === 'context' ? partOfBackend(path) : express.dialect.part({ of, path })),
  stated: undefined,
};

/** `c.request.query.page`, `c.request.requestBody.name` */
function partOfBackend([first, second, ...rest]: readonly string[]): readonly string[] | undefined {
  if (first !== 'request' || second === undefined) return undefined;
  const part = { query: 'query', params: 'params', headers: 'headers', requestBody: 'body', body: 'body' }[second];
  return part ? [part, ...rest] : undefined;
}

/** Names of handlers for what fits no operation. */
const special =
  /^(?:validationFail|notFound|methodNotAllowed|notImplemented|unauthorizedHandler|preOperationHandler|preSecurityHandler|postSecurityHandler|postResponseHandler|preResponseHandler|preRoutingHandler|postRoutingHandler)$/;

/** `new OpenAPIBackend({ definition: './openapi.yml', handlers })`, `api.register('listUsers', listUsers)` */
function serveBackend(site: ts.NewExpression, files: readonly ts.SourceFile[], served: Served): void {
  const { project } = served;
  const { values } = project;
  const given = optionsOf(site.arguments?.[0], values.root, project);
  const definition = given('definition');
  if (!definition) return;
  const document = documentOf(definition.node, definition.env, project);
  if (!document) return served.note(definition.node, unfound);
  const stated = given('handlers');
  const own = stated ? handlersIn(stated, project) : { byName: new Map<string, Handler>(), isOpen: false };
  const byName = new Map(own.byName);
  let isOpen = own.isOpen;
  let mounted: string | undefined;
  for (const call of files.flatMap((file) => (/\.(?:register|handleRequest)/.test(file.text) ? callsIn(file) : []))) {
    const { expression, arguments: args } = call;
    const method = ts.isPropertyAccessExpression(expression) ? expression.name.text : '';
    if (!ts.isPropertyAccessExpression(expression) || !/^(?:register|registerHandler|handleRequest)$/.test(method)) continue;
    const owner = values.of(expression.expression, values.root);
    if (owner?.kind !== 'made' || owner.call !== site) continue;
    const [first, second] = args;
    if (method === 'handleRequest') mounted ??= mountOf(call, project);
    else if (first && second) {
      const name = values.text(first, values.root);
      if (name === undefined) isOpen = true;
      else byName.set(name, { at: first, functions: functionsOf(values, second, values.root) });
    } else if (first) {
      const more = handlersIn({ node: first, env: values.root }, project);
      for (const [name, one] of more.byName) byName.set(name, one);
      isOpen ||= more.isOpen;
    }
  }
  const root = given('apiRoot');
  const apiRoot = root ? (values.text(root.node, root.env) ?? '') : '';
  const prefix = joinPaths(joinPaths('', mounted ?? ''), apiRoot === '/' ? '' : apiRoot);
  served.add({
    document,
    at: definition.node,
    handlers: { byName, isOpen },
    prefix,
    dialect: backendDialect,
    nameOf: operationIdOf,
    isSpecial: special,
  });
}

const unfound = 'The document that is served is not found, so its operations are missing.';

/** The path that a call runs below: `app.use('/api', (req, res) => api.handleRequest(req, req, res))`. */
function mountOf(call: ts.CallExpression, { values }: Project): string {
  const isMount = (node: ts.Node): node is ts.CallExpression =>
    ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'use';
  const mount = ts.findAncestor(call, isMount);
  const [path] = mount?.arguments ?? [];
  const text = path && values.text(path, values.root);
  return text?.replace(/\/\*$/, '') ?? '';
}

/** Of exegesis, a handler is given a context: `context.params.query.page`, `context.requestBody`, `context.res.status(404)`. */
const exegesisDialect: Dialect = {
  roots: () => ['context'],
  part: ({ path: [first, second, ...rest] }) => {
    if (first === 'requestBody') return ['body', ...(second === undefined ? [] : [second]), ...rest];
    if (first !== 'params' || second === undefined) return undefined;
    const part = { query: 'query', path: 'params', header: 'headers' }[second];
    return part ? [part, ...rest] : undefined;
  },
  answer: (call, reading, place) => {
    const subject = reading.subject(call.expression, place);
    const [first] = call.arguments;
    const method = subject?.of === 'context' ? subject.path.join('.') : undefined;
    if (method === 'makeError' && first) reading.respond(first, {}, place, call);
    if (method === 'res.status' && first) reading.respond(first, {}, place, call);
  },
};

/** `exegesisExpress.middleware('openapi.yaml', { controllers: path.resolve(__dirname, 'controllers') })` */
function serveExegesis(site: ts.CallExpression, served: Served): void {
  const { project } = served;
  const { values } = project;
  const [first, options] = site.arguments;
  if (!first) return;
  const document = documentOf(first, values.root, project);
  if (!document) return served.note(first, unfound);
  const given = optionsOf(options, values.root, project);
  const controllers = given('controllers');
  served.add({
    document,
    at: first,
    handlers: controllers ? controllersIn(controllers, project) : { byName: new Map(), isOpen: true },
    prefix: given('ignoreServers')?.node.kind === ts.SyntaxKind.TrueKeyword ? '' : basePathOf(document.data),
    dialect: exegesisDialect,
    nameOf: (operation, item, whole) => {
      const controller = saidIn('x-exegesis-controller', operation, item, whole);
      const name = saidIn('x-exegesis-operationId', operation) ?? operationIdOf(operation);
      return controller === undefined || name === undefined ? name : `${controller}.${name}`;
    },
    // A controller may hold more than handlers.
    isSpecial: /./,
  });
}

/** The first text that one of these has under a key. */
function saidIn(key: string, ...holders: readonly Json[]): string | undefined {
  return holders.map((one) => one[key]).find((one): one is string => typeof one === 'string');
}

/**
 * `OpenApiValidator.middleware({ apiSpec: './openapi.yaml', operationHandlers: join(__dirname, 'handlers') })`: operations name the
 * module of their handler; the others are routes of the application.
 */
function serveValidator(site: ts.CallExpression, served: Served): void {
  const { project } = served;
  const { values } = project;
  const given = optionsOf(site.arguments[0], values.root, project);
  const [spec, stated] = [given('apiSpec'), given('operationHandlers')];
  if (!spec || !stated || stated.node.kind === ts.SyntaxKind.FalseKeyword) return;
  const document = documentOf(spec.node, spec.env, project);
  if (!document) return served.note(spec.node, unfound);
  const inner = optionsOf(stated.node, stated.env, project);
  const resolver = inner('resolver');
  const isByPath = resolver?.node.getText().includes('modulePathResolver');
  if (resolver && !isByPath)
    return served.note(resolver.node, 'Which function handles an operation is decided at run time, so these are missing.');
  served.add({
    document,
    at: spec.node,
    handlers: controllersIn(inner('basePath') ?? stated, project),
    prefix: basePathOf(document.data),
    dialect: express.dialect,
    nameOf: (operation) => {
      const name = saidIn('x-eov-operation-id', operation) ?? operationIdOf(operation);
      if (isByPath) return name?.includes('.') ? name : undefined;
      const module = saidIn('x-eov-operation-handler', operation)?.replace(/^\.?\//, '');
      return module === undefined || name === undefined ? undefined : `${module}.${name}`;
    },
    isPart: true,
    // A module may hold more than handlers.
    isSpecial: /./,
  });
}

/**
 * Operations, with what express-openapi-validator asks for by its document, and answers 401 without, where nothing in the code is
 * seen to ask: `middleware({ apiSpec: './openapi.yaml' })`. Routes that are registered before it are not behind it.
 */
export function withValidatedSecurity(
  operations: readonly OperationFact[],
  entries: readonly string[],
  project: Project,
): readonly OperationFact[] {
  const asked = [...filesOf(project.values, entries)]
    .filter(({ text }) => text.includes('express-openapi-validator'))
    .flatMap(callsIn)
    .filter(({ expression }) => isOf(expression, /^express-openapi-validator$/, /(?:^|\.)middleware$/, project))
    .map((site) => ({ site, security: securityAsked(site, project) }));
  return operations.map((operation) => {
    if (operation.security.length > 0) return operation;
    const { uri, start } = operation.source;
    const isBehind = (site: ts.Node) => site.getSourceFile().fileName !== uri || site.getStart() < start;
    const own = asked.find(({ site, security }) => security.has(keyOf(operation)) && isBehind(site));
    if (!own) return operation;
    const { responses } = operation;
    const refused = responses.some(({ status }) => status === '401')
      ? []
      : [{ status: '401', evidence: evidenceAt(own.site.expression, 'declared') }];
    return { ...operation, security: own.security.get(keyOf(operation)) ?? [], responses: [...responses, ...refused] };
  });
}

const keyOf = ({ method, path }: Pick<OperationFact, 'method' | 'path'>): string =>
  `${method} ${path.replaceAll(/\{[^}]+\}/g, '{}')}`;

/** What a validator asks for by its document, by the operations; nothing where it is told not to, or to leave out paths that are not seen. */
function securityAsked(site: ts.CallExpression, project: Project): Map<string, OperationFact['security']> {
  const found = new Map<string, OperationFact['security']>();
  const given = optionsOf(site.arguments[0], project.values.root, project);
  const spec = given('apiSpec');
  const ignored = given('ignorePaths');
  const isOff = given('validateSecurity')?.node.kind === ts.SyntaxKind.FalseKeyword;
  const document = spec && !isOff && !ignored ? documentOf(spec.node, spec.env, project) : undefined;
  if (!spec || !document) return found;
  const description = descriptionOf(document, project);
  const prefix = basePathOf(document.data);
  const { paths } = description.data;
  for (const [path, described] of isRecord(paths) ? Object.entries(paths) : []) {
    const item = description.follow(described);
    for (const method of verbs.filter((verb) => isRecord(item[verb]))) {
      const { security } = description.operation(item[method], item, evidenceAt(spec.node, 'declared'));
      if (security.length > 0) found.set(keyOf({ method, path: joinPaths(prefix, path) || '/' }), security);
    }
  }
  return found;
}

/** The functions of controllers by their names: those of an object, or of the modules in a folder. */
function controllersIn({ node, env }: Written, project: Project): Handlers {
  const { values } = project;
  const byName = new Map<string, Handler>();
  const value = values.of(node, env);
  if (value?.kind === 'object') {
    let isOpen = false;
    for (const [name, one] of membersOf(value, project)) {
      const own = handlersIn(one, project);
      isOpen ||= own.isOpen;
      for (const [operation, handler] of own.byName) byName.set(`${name}.${operation}`, handler);
    }
    return { byName, isOpen: isOpen || value.node.properties.some(ts.isSpreadAssignment) };
  }
  const text = values.text(node, env);
  const place =
    placeOf(node, values, env) ??
    (text === undefined ? undefined : resolveUri(text, `${packageOf(node.getSourceFile().fileName, values)}/`));
  if (place === undefined || !values.host.isDirectory(place)) return { byName, isOpen: true };
  for (const [path, uri] of modulesBelow(place, values.host)) {
    const found = new Map<string, Handler>();
    addHandlers({ kind: 'module', uri }, found, project);
    for (const [operation, handler] of found) byName.set(`${path.slice(1)}.${operation}`, handler);
  }
  return { byName, isOpen: false };
}

/** The modules in and below a folder, each with its path from there, without the ending; tests are none. */
export function* modulesBelow(folder: string, host: Host, path = ''): Iterable<[path: string, uri: string]> {
  for (const name of [...host.list(folder)].sort()) {
    const uri = uriIn(folder, name);
    const [, stem] = /^(.+)\.[cm]?[jt]sx?$/.exec(name) ?? [];
    if (host.isDirectory(uri)) yield* modulesBelow(uri, host, `${path}/${name}`);
    else if (stem && !/\.(?:d|test|spec)$/.test(stem)) yield [`${path}/${stem}`, uri];
  }
}

/** What the paths of a document stand below: of OpenAPI, the path of its first server; of Swagger 2, its base path. */
export function basePathOf(data: unknown): string {
  if (!isRecord(data)) return '';
  if (typeof data.basePath === 'string') return data.basePath.replace(/\/$/, '');
  const [server] = Array.isArray(data.servers) ? data.servers : [];
  const url = isRecord(server) && typeof server.url === 'string' ? server.url : '';
  const variables = isRecord(server) && isRecord(server.variables) ? server.variables : {};
  const written = url.replaceAll(/\{([^}]+)\}/g, (whole, name: string) => {
    const variable = variables[name];
    return isRecord(variable) ? String(variable.default ?? whole) : whole;
  });
  return written.replace(/^(?:\w+:)?\/\/[^/]*/, '').replace(/\/$/, '');
}
