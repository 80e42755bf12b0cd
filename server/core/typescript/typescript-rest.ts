/** Reads applications of typescript-rest: services that decorators describe, which Express serves. */
import ts from 'ts6';
import type { Facts, Note, OperationFact } from '../generate/facts.ts';
import type { Steps } from '../steps.ts';
import { pathOfUri, resolveUri } from '../uri.ts';
import { madeStrategy } from './authentication.ts';
import {
  addOnce,
  callsIn,
  classesIn,
  decoratorsFrom,
  Fields,
  mountedAt,
  pathsOf,
  readMiddleware,
  readResponse,
  type Route,
  routesOf,
  shapeOf,
  type Taken,
  textIn,
  textsIn,
  textsOf,
  upload,
} from './controllers.ts';
import type { Decorator } from './decorators.ts';
import { evidenceAt } from './evidence.ts';
import { express } from './express.ts';
import { filesOf } from './files.ts';
import { type Dialect, docOf, type Place, type Project, Reading, type Subject } from './handler.ts';
import { filesMatching, packageOf, placeOf } from './loader.ts';
import { joinPaths } from './routers.ts';
import { present, type Scope, type Type, union } from './type-model.ts';
import { propertyIn, resultsOf, strip } from './values.ts';

const library = /^typescript-rest(?:-swagger)?$/;

const verbs: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);

/** The facts of the services that these files, their imports and what their servers load hold. */
export function* readTypescriptRest(entries: readonly string[], project: Project): Steps<Facts> {
  const notes: Note[] = [];
  const operations = new Map<string, OperationFact>();
  const calls = [...filesOf(project.values, entries)].flatMap((file) =>
    file.text.includes('typescript-rest') ? serverCalls(file, project) : [],
  );
  const built = calls.flatMap((call) => serverOf(call, project) ?? []);
  const servers: readonly Server[] = built.length > 0 ? built : [{ prefix: '', serves: () => true }];
  const files = [...filesOf(project.values, [...entries, ...servers.flatMap(({ loads = [] }) => loads)])];
  const authenticators = calls.filter((call) => memberOf(call) === 'registerAuthenticator');
  for (const file of files.filter(({ text }) => text.includes('typescript-rest'))) {
    yield file.fileName;
    for (const node of classesIn(file)) {
      const own = [...operationsOf(node, { project, authenticators, notes })];
      for (const { prefix } of servers.filter((one) => one.serves(node)))
        for (const operation of own) addOnce(operations, { ...operation, path: joinPaths(prefix, operation.path) || '/' });
    }
  }
  return { operations: [...operations.values()], types: project.shapes.named, notes };
}

/** What serves services: `Server.buildServices(app)`, `Server.loadServices(app, 'controllers/*', __dirname)`. */
interface Server {
  /** The path of the router that it is given. */
  readonly prefix: string;
  readonly loads?: readonly string[];
  serves(node: ts.ClassDeclaration): boolean;
}

const serverCalls = (file: ts.SourceFile, { values }: Project) =>
  callsIn(file).filter(({ expression }) => {
    const value = /^(?:\w+\.)?Server\.\w+$/.test(expression.getText()) ? values.of(expression, values.root) : undefined;
    return value?.kind === 'package' && library.test(value.name);
  });

const memberOf = ({ expression }: ts.CallExpression) =>
  ts.isPropertyAccessExpression(expression) ? expression.name.text : undefined;

function serverOf(call: ts.CallExpression, project: Project): Server | undefined {
  const { values } = project;
  const [router, ...given] = call.arguments;
  const member = memberOf(call);
  const isLoading = member === 'loadServices' || member === 'loadControllers';
  if (!router || (!isLoading && member !== 'buildServices')) return undefined;
  const prefix = mountedAt(strip(router), callsIn(call.getSourceFile()), project);
  if (isLoading) {
    const loads = loadedBy(given, project);
    return { prefix, loads, serves: (node) => loads.length === 0 || loads.includes(node.getSourceFile().fileName) };
  }
  const classes = given.map((one) => values.of(one, values.root));
  const isAll = classes.length === 0 || classes.some((one) => one?.kind !== 'class');
  return { prefix, serves: (node) => isAll || classes.some((one) => one?.kind === 'class' && one.node === node) };
}

/** The files that patterns of paths find below a folder: that of the package, where none is named. */
function loadedBy([patterns, folder]: readonly ts.Expression[], { values }: Project): string[] {
  if (!patterns) return [];
  const from = patterns.getSourceFile().fileName;
  const place = folder ? placeOf(folder, values, values.root) : packageOf(from, values);
  const value = values.of(patterns, values.root);
  const items = value?.kind === 'list' ? values.spread(value.items, value.env) : [{ node: patterns, env: values.root }];
  return items.flatMap(({ node, env }) => {
    const text = values.text(node, env);
    if (text === undefined || place === undefined) return [];
    const path = pathOfUri(resolveUri(text, `${place}/`));
    return filesMatching(/\.\w+$/.test(path) ? path : `${path}.ts`, values, from);
  });
}

interface Context {
  readonly project: Project;
  /** `Server.registerAuthenticator(new PassportAuthenticator(strategy), 'name')` */
  readonly authenticators: readonly ts.CallExpression[];
  readonly notes: Note[];
}

function* operationsOf(node: ts.ClassDeclaration, context: Context): Iterable<OperationFact> {
  const { project, notes } = context;
  const general = decoratorsFrom(node, library, project);
  // A class that has no decorator, nor a method with one, is not known to the server.
  const isKnown = general.length > 0 || node.members.some((one) => decoratorsFrom(one, library, project).length > 0);
  if (!isKnown || general.some(({ name }) => name === 'Abstract' || name === 'Hidden')) return;
  const paths = routePaths(general, project, notes);
  for (const route of routesOf(node, project)) {
    // A method without a decorator is served as the one that it stands for.
    const all = [route.method, ...route.overridden];
    const declared = all.find((one) => decoratorsFrom(one, library, project).length > 0) ?? route.method;
    const own = decoratorsFrom(declared, library, project);
    const verb = own.find(({ name }) => verbs.has(name));
    if (!verb || own.some(({ name }) => name === 'Hidden')) continue;
    const facts = operationOf(route, declared, own, general, node, context);
    for (const path of paths)
      for (const rest of routePaths(own, project, notes, route))
        yield { ...facts, method: verb.name.toLowerCase(), path: joinPaths(path, rest) };
  }
}

function routePaths(decorators: readonly Decorator[], project: Project, notes: Note[], route?: Route): string[] {
  const [path] = decorators.find(({ name }) => name === 'Path')?.call?.arguments ?? [];
  return path ? pathsOf(path, project, notes, (text) => text.trim(), route?.env) : [''];
}

/** A method reads what its parameters are given; with `@ContextRequest` and `@ContextResponse` it speaks Express. */
const dialect: Dialect = { ...express.dialect, roots: () => undefined, stated: undefined };

/** An operation as `declared` says, which may be a method of a class that the service extends. */
function operationOf(
  route: Route,
  declared: ts.MethodDeclaration,
  decorators: readonly Decorator[],
  general: readonly Decorator[],
  controller: ts.ClassDeclaration,
  context: Context,
): Omit<OperationFact, 'method' | 'path'> {
  const { project, notes } = context;
  const { method, env, scope } = route;
  const nearest = [...general, ...decorators];
  const reading = new Reading(project, dialect);
  for (const { call } of nearest.filter(({ name }) => name === 'PreProcessor'))
    for (const processor of call?.arguments ?? []) readMiddleware(processor, express, '', reading);
  const subjects = new Map<ts.Node, Subject>();
  const form = new Fields();
  for (const field of controller.members.filter(ts.isPropertyDeclaration)) {
    const [decorator] = decoratorsFrom(field, library, project);
    if (decorator) readTaken(field, decorator, reading, project.types.root, form);
  }
  for (const [index, parameter] of method.parameters.entries()) {
    const [decorator] = decoratorsFrom(declared.parameters[index], library, project);
    const subject = decorator
      ? readTaken(parameter, decorator, reading, scope, form)
      : readBody(parameter, nearest, reading, scope);
    if (subject) subjects.set(parameter, subject);
  }
  const hasFiles = declared.parameters.some((one) => decoratorsFrom(one, library, project).some(({ name }) => isFile.test(name)));
  form.read(reading, hasFiles ? 'multipart/form-data' : 'application/x-www-form-urlencoded');
  const place: Place = { subjects, env, scope };
  reading.read(method, place);
  // What is sent by the response itself is read where that is done.
  const isSent = reading.responses.some(({ status }) => /^[23]/.test(status));
  for (const one of nearest) if (one.name === 'Response') readResponse(one, reading, scope);
  secure(decorators.some(isOnSecurity) ? decorators : general, context, reading);
  if (!isSent) answerOf(route, nearest, reading);
  notes.push(...reading.notes, ...reading.gaps);
  const tags = textsIn(nearest, 'Tags', project);
  return {
    ...reading.operation,
    ...docOf(undefined, method),
    ...(tags.length > 0 && { tags }),
    source: { ...evidenceAt(method.name, 'declared') },
  };
}

const isFile = /^Files?Param$/;

/** Records what a decorated parameter or field takes from the request; the subject of one that is only seen by its reads. */
function readTaken(node: Taken, { name, call }: Decorator, reading: Reading, scope: Scope, form: Fields): Subject | undefined {
  const { project } = reading;
  const [first] = call?.arguments ?? [];
  const key = (first && project.values.text(first, project.values.root)) ?? '';
  const evidence = evidenceAt(node, 'declared');
  switch (name) {
    case 'ContextRequest':
      return { of: 'req', path: [] };
    case 'ContextResponse':
      return { of: 'res', path: [] };
    case 'ContextNext':
      return { of: 'next', path: [] };
    case 'PathParam':
      reading.parameter('path', key, shapeOf(node, project, scope), true, evidence);
      return undefined;
    // `@Param` takes a field of a form, too; a client may say it either way.
    case 'QueryParam':
    case 'Param':
      reading.parameter('query', key, shapeOf(node, project, scope), undefined, evidence);
      return undefined;
    case 'HeaderParam':
      reading.parameter('header', key, shapeOf(node, project, scope), undefined, evidence);
      return undefined;
    case 'FormParam':
      form.add(key, shapeOf(node, project, scope), false, node);
      return undefined;
    case 'FileParam':
      form.add(key, upload, false, node);
      return undefined;
    case 'FilesParam':
      form.add(key, { type: 'array', items: upload }, false, node);
      return undefined;
    default:
      return undefined;
  }
}

/** What has no decorator is the body: JSON, where `@BodyType(ParserType.text) @BodyOptions({ type: 'text/x' })` say nothing else. */
function readBody(
  node: ts.ParameterDeclaration,
  nearest: readonly Decorator[],
  reading: Reading,
  scope: Scope,
): Subject | undefined {
  const { values } = reading.project;
  const given = (wanted: string) => nearest.findLast(({ name }) => name === wanted)?.call?.arguments[0];
  const type = given('BodyType');
  const parser = /\.(text|raw)$/.exec(type?.getText() ?? '')?.[1];
  if (!parser) {
    reading.schema('body', [], shapeOf(node, reading.project, scope), node);
    return { of: 'req', path: ['body'] };
  }
  const options = given('BodyOptions');
  const stated = options && propertyIn(options, 'type');
  const mediaType = stated && values.text(stated, values.root);
  const evidence = evidenceAt(node, 'declared');
  if (parser === 'text') reading.body({ type: 'string' }, evidence, mediaType ?? 'text/plain');
  else reading.body(upload, evidence, mediaType ?? 'application/octet-stream');
  return undefined;
}

const isOnSecurity = ({ name }: Decorator) => name === 'Security';

/** Records what `@Security('ROLE', 'authenticator')` asks for; of several, all. */
function secure(decorators: readonly Decorator[], { authenticators, project }: Context, reading: Reading): void {
  const { values } = project;
  const text = (node: ts.Expression | undefined) => node && values.text(node, values.root);
  for (const { call, node } of decorators.filter(isOnSecurity)) {
    const [roles, named] = call?.arguments ?? [];
    const evidence = evidenceAt(node, 'declared');
    reading.merge({ status: '401', evidence });
    if (textsOf(roles, project).some((role) => role !== '*')) reading.merge({ status: '403', evidence });
    const wanted = text(named) ?? 'default';
    const registered = authenticators.find((one) => (text(one.arguments[1]) ?? 'default') === wanted)?.arguments[0];
    const made = registered && values.of(registered, values.root);
    const strategy = made?.kind === 'made' && made.member === 'PassportAuthenticator' ? made.call.arguments?.[0] : undefined;
    const known = strategy && madeStrategy(strategy, values);
    if (known) reading.secure({ ...known, ...(named && { name: wanted }), evidence });
  }
}

/** The response of the value a method returns: texts and numbers as text, `Return.NewResource` with its status, nothing is 204. */
function answerOf({ method, env, scope }: Route, decorators: readonly Decorator[], reading: Reading): void {
  const { types, shapes, values } = reading.project;
  const evidence = evidenceAt(method.name, 'typed');
  const type = types.result({ kind: 'function', node: method, scope });
  const parts = type.kind === 'union' ? type.of : [type];
  const produced = textIn(decorators, 'Produces', reading.project);
  const respond = (status: string, body: Type | undefined) => {
    const shape = body && body.kind !== 'undefined' ? shapes.of(present(body)) : undefined;
    const usual = plain.test(shape?.type ?? '') ? 'text/html' : 'application/json';
    reading.merge({ status, ...(shape && { mediaType: produced ?? usual, shape }), evidence });
  };
  for (const part of parts) {
    const name = part.kind === 'external' && library.test(part.module) ? part.name.split('.').at(-1) : undefined;
    const status = resources[name ?? ''];
    const given = name === undefined ? undefined : secondGiven(method, name);
    if (part.kind === 'external' && status) respond(status, part.args[0] ?? (given && types.of(given, scope)));
    else if (name?.startsWith('Download')) {
      const written = name === 'DownloadBinaryData' && given ? values.text(given, env) : undefined;
      reading.merge({ status: '200', mediaType: produced ?? written ?? 'application/octet-stream', shape: upload, evidence });
    }
    if (part.kind === 'undefined') respond('204', undefined);
  }
  // `Return.NoResponse`: another answers.
  const plainParts = parts.filter((one) => one.kind !== 'undefined' && !isOfLibrary(one));
  if (plainParts.length > 0) respond('200', union(plainParts));
}

const plain = /^(?:string|number|integer|boolean)$/;

const isOfLibrary = (type: Type) => (type.kind === 'external' || type.kind === 'package') && library.test(type.module);

const resources: Readonly<Record<string, string>> = {
  NewResource: '201',
  RequestAccepted: '202',
  MovedPermanently: '301',
  MovedTemporarily: '302',
};

/** What is given second where an answer is made: the body of `new Return.NewResource('/users/1', user)`, the type of a download. */
function secondGiven({ body }: ts.MethodDeclaration, name: string): ts.Expression | undefined {
  for (const result of resultsOf(body)) {
    const made = strip(result);
    if (ts.isNewExpression(made) && made.expression.getText().split('.').at(-1) === name) return made.arguments?.[1];
  }
  return undefined;
}
