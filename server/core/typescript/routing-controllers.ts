/** Reads applications of routing-controllers: decorated controllers that Express or Koa serves, and what their server is made with. */
import ts from 'ts6';
import type { Facts, Note, OperationFact, ResponseFact, SecurityFact, Shape } from '../generate/facts.ts';
import type { Steps } from '../steps.ts';
import { pathOfUri, resolveUri } from '../uri.ts';
import {
  addOnce,
  decoratorsFrom,
  Fields,
  isNeeded,
  pathsOf,
  readMiddleware,
  type Route,
  routesOf,
  shapeOf,
  statusOf,
  upload,
} from './controllers.ts';
import type { Decorator } from './decorators.ts';
import { evidenceAt } from './evidence.ts';
import { express } from './express.ts';
import { filesOf } from './files.ts';
import { witnessOf } from './guards.ts';
import { type Dialect, docOf, functionsOf, type Place, type Project, Reading, type Subject } from './handler.ts';
import { koa } from './koa.ts';
import { filesMatching, packageOf, placeOf } from './loader.ts';
import { classShape } from './nest-schemas.ts';
import { joinPaths } from './routers.ts';
import { nothing, present, type Scope } from './type-model.ts';
import { type Env, type FunctionNode, nameText, propertyIn, strip, type Value } from './values.ts';

const library = /^routing-controllers(?:-openapi)?$/;

const verbs: Readonly<Record<string, readonly string[]>> = {
  Get: ['get'],
  Post: ['post'],
  Put: ['put'],
  Patch: ['patch'],
  Delete: ['delete'],
  Head: ['head'],
  All: ['get', 'post', 'put', 'patch', 'delete'],
};

/** What a server is made with: the options of `createExpressServer`, `useKoaServer` and the like. */
interface Server {
  readonly isKoa: boolean;
  /** The controllers it is given; undefined where that is not seen: all there are. */
  readonly controllers?: ReadonlySet<ts.Node>;
  readonly options?: ts.ObjectLiteralExpression;
  readonly env: Env;
  readonly call?: ts.CallExpression;
}

/** The facts of the controllers that these files, their imports and what their servers load hold. */
export function* readRoutingControllers(entries: readonly string[], project: Project): Steps<Facts> {
  const notes: Note[] = [];
  const operations = new Map<string, OperationFact>();
  const first = [...filesOf(project.values, entries)];
  const calls = first.flatMap((file) => serversIn(file, project));
  const isAnySeen = first.some((file) => hasController.test(file.text));
  const loaded = calls.flatMap((server) => {
    const named = server.options ? filesOfControllers(server.options, server.env, project) : [];
    const isSeen = named.length > 0 || server.controllers || (isAnySeen && isGiven(server, project));
    return isSeen ? named : allControllers(server, project, notes);
  });
  const files = [...filesOf(project.values, [...entries, ...loaded])];
  const servers = calls.length > 0 ? calls : [{ isKoa: false, env: project.values.root }];
  for (const server of servers) {
    const prefix = prefixOf(server, project, notes);
    for (const file of files) {
      yield file.fileName;
      for (const statement of file.statements) {
        if (!ts.isClassDeclaration(statement) || server.controllers?.has(statement) === false) continue;
        for (const operation of operationsOf(statement, server, project, notes)) {
          addOnce(operations, { ...operation, path: joinPaths(prefix, operation.path) || '/' });
        }
      }
    }
  }
  return { operations: [...operations.values()], types: project.shapes.named, notes };
}

const hasController = /@(?:Json)?Controller\(/;

/** What all paths are below; one that only the environment knows is a matter of where the program runs. */
function prefixOf({ options, env }: Server, { values }: Project, notes: Note[]): string {
  const prefix = options && propertyIn(options, 'routePrefix');
  const text = prefix && values.text(prefix, env);
  if (prefix && text === undefined) {
    const { uri, start, end } = evidenceAt(prefix, 'seen');
    notes.push({ uri, start, end, message: 'The path is known only at run time, so what is below it is written without it.' });
  }
  return joinPaths('', text ?? '');
}

/** Are the controllers given to who makes the server, `constructor(controllers: Function[])`, so that who gives them imports them? */
function isGiven({ options }: Server, { values }: Project): boolean {
  const list = options && propertyIn(options, 'controllers');
  const declared = list && ts.isIdentifier(list) ? values.declarationOf(list) : undefined;
  return !list || (declared !== undefined && ts.isParameter(declared));
}

/** The files of a package that hold controllers, where the environment says which are loaded. */
function allControllers({ options, call }: Server, { values }: Project, notes: Note[]): string[] {
  if (!call) return [];
  const { uri, start, end } = evidenceAt((options && propertyIn(options, 'controllers')) ?? call, 'seen');
  const folder = packageOf(uri, values);
  const [source = ''] = uri.slice(folder.length + 1).split('/');
  const pattern = pathOfUri(`${folder}/${source.includes('.') ? '' : `${source}/`}`);
  const found = filesMatching(`${pattern}**/*.ts`, values, uri).filter((one) => {
    const text = values.file(one)?.text ?? '';
    return text.includes('routing-controllers') && hasController.test(text);
  });
  const message = 'Which controllers are loaded is known only at run time, so all of the package are written.';
  if (found.length > 0) notes.push({ uri, start, end, message });
  return found;
}

function serversIn(file: ts.SourceFile, project: Project): Server[] {
  const found: Server[] = [];
  const { values } = project;
  const visit = (node: ts.Node): void => {
    const value =
      ts.isCallExpression(node) && maker.test(node.expression.getText()) ? values.of(node.expression, values.root) : undefined;
    if (ts.isCallExpression(node) && value?.kind === 'package' && library.test(value.name)) {
      const last = node.arguments.at(-1);
      const options = last && values.of(last, values.root);
      const { node: own, env } = options?.kind === 'object' ? options : { node: undefined, env: values.root };
      found.push({
        isKoa: /Koa/.test(value.member),
        controllers: own && classesOf(own, env, project),
        options: own,
        env,
        call: node,
      });
    }
    ts.forEachChild(node, visit);
  };
  if (file.text.includes('routing-controllers')) visit(file);
  return found;
}

const maker = /(?:^|\.)(?:create(?:Express|Koa)Server|use(?:Express|Koa)Server|createExecutor)$/;

/** The classes of `controllers`, where it names nothing else. */
function classesOf(options: ts.ObjectLiteralExpression, env: Env, { values }: Project): ReadonlySet<ts.Node> | undefined {
  const list = propertyIn(options, 'controllers');
  const value = list && values.of(list, env);
  if (value?.kind !== 'list') return undefined;
  const items = values.spread(value.items, value.env).map((one) => values.of(one.node, one.env));
  const isClass = (one: Value | undefined): one is Value & { kind: 'class' } => one?.kind === 'class';
  return items.length > 0 && items.every(isClass) ? new Set(items.map(({ node }) => node)) : undefined;
}

/** The files that `controllers` names by patterns of their paths: `[join(__dirname, 'controllers/*.ts')]`. */
function filesOfControllers(options: ts.ObjectLiteralExpression, env: Env, { values }: Project): string[] {
  const list = propertyIn(options, 'controllers');
  const value = list && values.of(list, env);
  if (value?.kind !== 'list') return [];
  const from = options.getSourceFile().fileName;
  return value.items.flatMap((item) => {
    const text = values.text(item, value.env);
    const place = placeOf(item, values, value.env);
    const path = place
      ? pathOfUri(place)
      : text === undefined
        ? undefined
        : pathOfUri(resolveUri(text, `${packageOf(from, values)}/`));
    return path?.includes('*') || (path && /\.[jt]s$/.test(path)) ? filesMatching(path, values, from) : [];
  });
}

function* operationsOf(node: ts.ClassDeclaration, server: Server, project: Project, notes: Note[]): Iterable<OperationFact> {
  const general = decoratorsFrom(node, library, project);
  const controller = general.find(({ name }) => name === 'JsonController' || name === 'Controller');
  if (!controller) return;
  const paths = routePaths(controller, project, notes);
  for (const member of routesOf(node, project)) {
    const own = decoratorsFrom(member.method, library, project);
    for (const verb of own.filter(({ name }) => verbs[name])) {
      const facts = operationOf(member, own, general, server, project, notes);
      for (const path of paths)
        for (const rest of routePaths(verb, project, notes, member.env))
          for (const method of verbs[verb.name] ?? []) yield { ...facts, method, path: joinPaths(path, rest) };
    }
  }
}

function routePaths({ call }: Decorator, project: Project, notes: Note[], env?: Env): string[] {
  const [path] = call?.arguments ?? [];
  return path ? pathsOf(path, project, notes, (text) => text, env) : [''];
}

/** An action reads what its parameters are given; with `@Req()`, `@Res()` or `@Ctx()` it speaks Express or Koa. */
const dialects = [express.dialect, koa.dialect].map((one): Dialect => ({
  ...one,
  roots: () => undefined,
  stated: undefined,
})) as [Dialect, Dialect];

function operationOf(
  { method, env, scope }: Route,
  decorators: readonly Decorator[],
  general: readonly Decorator[],
  server: Server,
  project: Project,
  notes: Note[],
): Omit<OperationFact, 'method' | 'path'> {
  const reading = new Reading(project, dialects[server.isKoa ? 1 : 0]);
  const nearest = [...general, ...decorators];
  const subjects = new Map<ts.Node, Subject>();
  const [object, form] = [new Fields(), new Fields()];
  let hasResponse = false;
  for (const parameter of method.parameters) {
    for (const decorator of decoratorsFrom(parameter, library, project)) {
      const subject = readParameter(parameter, decorator, server, reading, scope, object, form);
      if (subject) subjects.set(parameter, subject);
      if (subject?.of === 'res') hasResponse = true;
      if (decorator.name === 'CurrentUser' && isOn(decorator, 'required')) secure(server, parameter, reading);
    }
  }
  object.read(reading, 'application/json');
  form.read(reading, 'multipart/form-data');
  for (const decorator of nearest) readStated(decorator, reading, scope);
  const place: Place = { subjects, env, scope };
  reading.read(method, place);
  for (const one of nearest.filter(({ name }) => name === 'Authorized')) {
    secure(server, one.node, reading);
    if ((one.call?.arguments.length ?? 0) > 0) reading.merge({ status: '403', evidence: evidenceAt(one.node, 'declared') });
  }
  for (const one of nearest.filter(({ name }) => name === 'UseBefore'))
    for (const middleware of one.call?.arguments ?? []) readMiddleware(middleware, server.isKoa ? koa : express, 'use', reading);
  const isJson = general.some(({ name }) => name === 'JsonController');
  answerOf(method, scope, decorators, isJson, hasResponse, server, reading);
  const { parameters, bodies } = reading.operation;
  const canFail =
    bodies.length > 0 ||
    parameters.some(({ required, in: where, shape }) => (required && where !== 'path') || shape.type !== 'string');
  if (canFail && setting(server, 'validation')?.kind !== ts.SyntaxKind.FalseKeyword)
    reading.merge({ status: '400', evidence: evidenceAt(method.name, 'declared') });
  if (isJson && setting(server, 'defaultErrorHandler')?.kind !== ts.SyntaxKind.FalseKeyword)
    reading.completeFailures(new Map([['default', standardFailure(method)]]), true);
  notes.push(...reading.notes, ...reading.gaps);
  return {
    ...reading.operation,
    ...docOf(undefined, method),
    ...statedDoc(nearest, project),
    source: { ...evidenceAt(method.name, 'declared') },
  };
}

function setting({ options }: Server, ...path: readonly string[]): ts.Expression | undefined {
  let at: ts.Expression | undefined = options;
  for (const name of path) at = at && propertyIn(strip(at), name);
  return at && strip(at);
}

/** What routing-controllers' own handler answers for an error. */
function standardFailure(at: ts.Node): ResponseFact {
  const shape: Shape = {
    type: 'object',
    properties: { name: { type: 'string' }, message: { type: 'string' } },
    required: ['name'],
  };
  return { status: 'default', mediaType: 'application/json', shape, evidence: evidenceAt(at, 'seen') };
}

/** Records what a decorated parameter takes from the request; the subject of one that is only seen by its reads. */
function readParameter(
  node: ts.ParameterDeclaration,
  decorator: Decorator,
  server: Server,
  reading: Reading,
  scope: Scope,
  object: Fields,
  form: Fields,
): Subject | undefined {
  const { project } = reading;
  const [first] = decorator.call?.arguments ?? [];
  const key = (first && project.values.text(first, project.values.root)) ?? '';
  const evidence = evidenceAt(node, 'declared');
  const isAsked =
    isOn(decorator, 'required') ||
    (setting(server, 'defaults', 'paramOptions', 'required')?.kind === ts.SyntaxKind.TrueKeyword &&
      isNeeded(node, project, scope));
  switch (decorator.name) {
    case 'Req':
      return server.isKoa ? { of: 'ctx', path: ['request'] } : { of: 'req', path: [] };
    case 'Res':
      return server.isKoa ? { of: 'ctx', path: ['response'] } : { of: 'res', path: [] };
    case 'Ctx':
      return { of: 'ctx', path: [] };
    case 'Param':
      reading.parameter('path', key, shapeOf(node, project, scope), true, evidence);
      return undefined;
    case 'Params':
      reading.parameters('path', shapeOf(node, project, scope), evidence);
      return undefined;
    case 'QueryParam':
      reading.parameter('query', key, shapeOf(node, project, scope), isAsked, evidence);
      return undefined;
    case 'QueryParams':
      reading.schema('query', [], shapeOf(node, project, scope), node);
      return server.isKoa ? { of: 'ctx', path: ['query'] } : { of: 'req', path: ['query'] };
    case 'HeaderParam':
      reading.parameter('header', key, shapeOf(node, project, scope), isAsked, evidence);
      return undefined;
    case 'Body':
      reading.schema('body', [], shapeOf(node, project, scope), node);
      return server.isKoa ? { of: 'ctx', path: ['request', 'body'] } : { of: 'req', path: ['body'] };
    case 'BodyParam':
      object.add(key, shapeOf(node, project, scope), isAsked, node);
      return undefined;
    case 'UploadedFile':
      form.add(key, upload, isAsked, node);
      return undefined;
    case 'UploadedFiles':
      form.add(key, { type: 'array', items: upload }, isAsked, node);
      return undefined;
    default:
      return undefined;
  }
}

/** Is an option of a decorator set: `@QueryParam('page', { required: true })`? */
function isOn({ call }: Decorator, name: string): boolean {
  return call?.arguments.some((one) => propertyIn(one, name)?.kind === ts.SyntaxKind.TrueKeyword) ?? false;
}

/** Records that who comes is asked to show who that is, as the server's checker looks at it. */
function secure(server: Server, at: ts.Node, reading: Reading): void {
  const evidence = evidenceAt(at, 'declared');
  reading.merge({ status: '401', evidence });
  const { values } = reading.project;
  const checkers = ['authorizationChecker', 'currentUserChecker'].flatMap((name) => {
    const value = checkerOf(server, name, values.root, reading);
    return value ? [value] : [];
  });
  const credentials = new Map<string, SecurityFact>();
  for (const { node, env } of checkers)
    for (const one of witnessOf(values, node, env).credentials) credentials.set(one.name, one);
  const choice = [...credentials.keys()].join();
  for (const one of credentials.values()) reading.secure({ ...one, choice, evidence });
}

function checkerOf(server: Server, name: string, root: Env, { project }: Reading): { node: FunctionNode; env: Env } | undefined {
  const given = server.options?.properties.find((one) => nameText(one.name) === name);
  // `async authorizationChecker(action, roles) { … }`
  if (given && ts.isMethodDeclaration(given)) return { node: given, env: server.env };
  const written = server.options && propertyIn(server.options, name);
  const value = written && project.values.of(written, server.env);
  if (value?.kind === 'function') return value;
  return written ? functionsOf(project.values, written, root)[0] : undefined;
}

/** The response of the value an action returns. Nothing is 404 where no other status is said for it. */
function answerOf(
  method: ts.MethodDeclaration,
  scope: Scope,
  decorators: readonly Decorator[],
  isJson: boolean,
  hasResponse: boolean,
  server: Server,
  reading: Reading,
): void {
  const { project } = reading;
  const { types, shapes } = project;
  const first = (name: string) => decorators.find((one) => one.name === name)?.call?.arguments[0];
  const evidence = evidenceAt(method.name, 'typed');
  if (first('Redirect')) return reading.merge({ status: '302', evidence });
  const type = types.result({ kind: 'function', node: method, scope });
  // What is sent by the response itself is read where that is done.
  if (hasResponse && (type.kind === 'undefined' || reading.responses.some(({ status }) => /^[23]/.test(status)))) return;
  const absent = first('OnUndefined') ?? setting(server, 'defaults', 'undefinedResultCode');
  const missing = (absent && statusOf(absent, project)) ?? '404';
  const isAbsent = type.kind === 'undefined' || (type.kind === 'union' && type.of.includes(nothing));
  if (isAbsent) reading.merge({ status: missing, evidence });
  const none = first('OnNull');
  const status = none && statusOf(none, project);
  if (status) reading.merge({ status, evidence });
  if (type.kind === 'undefined') return;
  const code = first('HttpCode');
  const own = (code && statusOf(code, project)) ?? '200';
  const stated = reading.responses.find((one) => one.status === own);
  if (stated?.shape) return;
  const shape = shapes.of(present(type));
  const contentType = first('ContentType');
  const usual = first('Render') || (!isJson && shape.type === 'string') ? 'text/html' : 'application/json';
  const mediaType = (contentType && project.values.text(contentType, project.values.root)) ?? usual;
  reading.merge({ status: own, mediaType, shape: first('Render') ? { type: 'string' } : shape, evidence });
}

/** `@ResponseSchema(User, { statusCode: 201, isArray: true })` of routing-controllers-openapi. */
function readStated({ name, call, node }: Decorator, reading: Reading, scope: Scope): void {
  const [first, options] = call?.arguments ?? [];
  if (name !== 'ResponseSchema' || !first) return;
  const code = options && propertyIn(options, 'statusCode');
  const status = code ? (statusOf(code, reading.project) ?? 'default') : '200';
  const own = classShape(first, reading.project, scope);
  const shape = own && isOn({ name, call, node }, 'isArray') ? { type: 'array' as const, items: own } : own;
  if (shape) reading.merge({ status, mediaType: 'application/json', shape, evidence: evidenceAt(node, 'declared') });
}

/** What `@OpenAPI({ summary, tags })` says. */
function statedDoc(
  decorators: readonly Decorator[],
  { values }: Project,
): Pick<OperationFact, 'summary' | 'description' | 'operationId' | 'tags'> {
  const options = decorators.filter(({ name }) => name === 'OpenAPI').flatMap(({ call }) => call?.arguments[0] ?? []);
  const given = (key: string) => options.map((one) => propertyIn(one, key)).findLast((one) => one !== undefined);
  const text = (key: string) => {
    const node = given(key);
    return node && values.text(node, values.root);
  };
  const [summary, description, operationId] = ['summary', 'description', 'operationId'].map(text);
  const list = given('tags');
  const value = list && values.of(list, values.root);
  const tags = value?.kind === 'list' ? value.items.flatMap((one) => values.text(one, value.env) ?? []) : [];
  return {
    ...(summary && { summary }),
    ...(description && { description }),
    ...(operationId && { operationId }),
    ...(tags.length > 0 && { tags }),
  };
}
