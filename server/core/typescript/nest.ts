/**
 * Reads NestJS applications: controllers and their decorators, DTOs, the global prefix, versions in the path, and what
 * `@nestjs/swagger` decorators state.
 */
import ts from 'ts6';
import type { Facts, Note, OperationFact, ResponseFact, Shape } from '../generate/facts.ts';
import type { Steps } from '../steps.ts';
import { ask, askNamed, readPassportGuard } from './authentication.ts';
import { addOnce, pathsOf, type Route, routesOf, statusOf, textsOf } from './controllers.ts';
import { type Decorator, decoratorsFor, decoratorsOf } from './decorators.ts';
import { express } from './express.ts';
import { filesOf } from './files.ts';
import { evidenceAt, noteAt } from './evidence.ts';
import { type Dialect, docOf, type Place, type Project, Reading, type Subject } from './handler.ts';
import { answered, type Filter, filterOf, providedFor } from './nest-answers.ts';
import { classesOf, isOnFor, memberOf } from './nest-classes.ts';
import { statedType } from './nest-schemas.ts';
import { joinPaths, openNote, usualNote } from './routers.ts';
import { statusByName } from './statuses.ts';
import { nothing, present, type Scope, type Type } from './type-model.ts';
import { type Env, nameText, propertyIn, strip, usualText } from './values.ts';

const verbs: Readonly<Record<string, string>> = {
  Get: 'get',
  Post: 'post',
  Put: 'put',
  Patch: 'patch',
  Delete: 'delete',
  Options: 'options',
  Head: 'head',
  All: 'all',
  Sse: 'get',
};
const methodsOfAll = ['get', 'post', 'put', 'patch', 'delete'];

/** The facts of the Nest application that these files and their imports make. */
export function* readNest(entries: readonly string[], project: Project): Steps<Facts> {
  const notes: Note[] = [];
  const files = [...filesOf(project.values, entries)];
  const application = applicationOf(files, project, notes);
  const operations = new Map<string, OperationFact>();
  for (const file of files) {
    yield file.fileName;
    for (const statement of file.statements) {
      if (!ts.isClassDeclaration(statement)) continue;
      for (const operation of controllerOperations(statement, application, project, notes)) addOnce(operations, operation);
    }
  }
  return { operations: [...operations.values()], types: project.shapes.named, notes };
}

/** What the whole application sets for its controllers. */
interface Application {
  readonly prefix: string;
  /** Paths the prefix does not apply to. */
  readonly excluded: readonly string[];
  /** Set where versions are part of the path: what stands before a version, and the version of controllers without one. */
  readonly versions?: { readonly prefix: string; readonly fallback: readonly string[] };
  /** The controllers that modules name; undefined where no module is seen. */
  readonly controllers?: ReadonlySet<ts.Node>;
  /** Paths of modules, by the controllers they hold. */
  readonly modulePaths: ReadonlyMap<ts.Node, string>;
  readonly validates: boolean;
  /** What `DocumentBuilder` says of every route. */
  readonly responses: readonly ts.CallExpression[];
  /** Guards of every route: `useGlobalGuards(new Own())`, a provider for `APP_GUARD`. */
  readonly guards: readonly ts.Expression[];
  /** Likewise, the first the outermost. */
  readonly interceptors: readonly ts.Expression[];
  /** Those that nobody sees are undefined. */
  readonly filters: readonly (Filter | undefined)[];
}

const tokens = [
  ['APP_GUARD', 'guards'],
  ['APP_INTERCEPTOR', 'interceptors'],
  ['APP_FILTER', 'filters'],
] as const;

function applicationOf(files: readonly ts.SourceFile[], project: Project, notes: Note[]): Application {
  let prefix = '';
  let excluded: readonly string[] = [];
  let versions: Application['versions'];
  const controllers = new Set<ts.Node>();
  const modulesOf = new Map<ts.Node, ts.Node[]>();
  const paths = new Map<ts.Node, string>();
  const ofAll = { guards: [] as ts.Expression[], interceptors: [] as ts.Expression[], filters: [] as ts.Expression[] };
  const responses: ts.CallExpression[] = [];
  let hasModules = false;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const [first, second] = node.arguments;
      const name = node.expression.name.text;
      if (name === 'setGlobalPrefix' && first) {
        prefix = prefixOf(first, project, notes);
        const option = second && propertyIn(second, 'exclude');
        excluded = option ? excludedPaths(option) : [];
      }
      if (name === 'addGlobalResponse') responses.push(node);
      if (name === 'useGlobalGuards') ofAll.guards.push(...node.arguments);
      if (name === 'useGlobalInterceptors') ofAll.interceptors.push(...node.arguments);
      if (name === 'useGlobalFilters') ofAll.filters.push(...node.arguments);
      if (name === 'enableVersioning') versions = versioning(first, project);
      if (name === 'register' && /RouterModule$/.test(node.expression.expression.getText()) && first) {
        modulePaths(first, '', project, paths);
      }
    }
    if (ts.isObjectLiteralExpression(node)) {
      for (const [token, kind] of tokens) {
        const given = providedFor(token, node);
        if (given) ofAll[kind].push(given);
      }
    }
    if (ts.isPropertyAssignment(node) && nameText(node.name) === 'controllers') {
      hasModules = true;
      const found = classesIn(node.initializer, project);
      const owner = ts.findAncestor(node, ts.isClassLike);
      for (const controller of found) controllers.add(controller);
      if (owner) modulesOf.set(owner, [...(modulesOf.get(owner) ?? []), ...found]);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of files) visit(file);
  const byController = new Map<ts.Node, string>();
  for (const [module, path] of paths) for (const controller of modulesOf.get(module) ?? []) byController.set(controller, path);
  const texts = files.map(({ text }) => text);
  return {
    prefix,
    excluded,
    versions,
    controllers: hasModules ? controllers : undefined,
    modulePaths: byController,
    validates: texts.some((text) => /useGlobalPipes\([^]*?ValidationPipe|APP_PIPE/.test(text)),
    responses,
    ...ofAll,
    filters: ofAll.filters.map((filter) => filterOf(filter, project, dialect)),
  };
}

function versioning(options: ts.Expression | undefined, project: Project): Application['versions'] {
  const type = options && propertyIn(options, 'type')?.getText();
  if (type && !/URI$/.test(type)) return undefined;
  const before = options && propertyIn(options, 'prefix');
  const text = before && project.values.text(before, project.values.root);
  const fallback = options && propertyIn(options, 'defaultVersion');
  return { prefix: before?.kind === ts.SyntaxKind.FalseKeyword ? '' : (text ?? 'v'), fallback: textsOf(fallback, project) };
}

function excludedPaths(node: ts.Expression): string[] {
  if (!ts.isArrayLiteralExpression(node)) return [];
  return node.elements.flatMap((item) => {
    const path = ts.isStringLiteralLike(item) ? item : propertyIn(item, 'path');
    return path && ts.isStringLiteralLike(path) ? [joinPaths('', path.text)] : [];
  });
}

/** `RouterModule.register([{ path, module, children }])`. */
function modulePaths(node: ts.Expression, before: string, project: Project, paths: Map<ts.Node, string>): void {
  if (!ts.isArrayLiteralExpression(node)) return;
  for (const item of node.elements) {
    const own = propertyIn(item, 'path');
    const path = joinPaths(before, (own && project.values.text(own, project.values.root)) ?? '');
    const [module] = classesIn(propertyIn(item, 'module') ?? item, project);
    if (module) paths.set(module, path);
    const children = propertyIn(item, 'children');
    if (children) modulePaths(children, path, project, paths);
  }
}

/** The classes an expression names, alone or in lists. */
function classesIn(node: ts.Expression, project: Project): ts.Node[] {
  const bare = strip(node);
  if (ts.isArrayLiteralExpression(bare)) return bare.elements.flatMap((item) => classesIn(item, project));
  if (ts.isSpreadElement(bare)) return classesIn(bare.expression, project);
  const value = project.values.of(bare, project.values.root);
  if (value?.kind === 'class') return [value.node];
  return value?.kind === 'list' ? value.items.flatMap((item) => classesIn(item, project)) : [];
}

function* controllerOperations(
  node: ts.ClassDeclaration,
  application: Application,
  project: Project,
  notes: Note[],
): Iterable<OperationFact> {
  const decorators = decoratorsFor(node, project);
  const controller = decorators.find(({ name }) => name === 'Controller');
  if (!controller || decorators.some(({ name }) => name === 'ApiExcludeController')) return;
  if (application.controllers && !application.controllers.has(node)) return;
  const [first] = controller.call?.arguments ?? [];
  const options = first && ts.isObjectLiteralExpression(strip(first)) ? first : undefined;
  const path = options ? propertyIn(options, 'path') : first;
  const paths = path ? pathsOf(path, project, notes, spelled) : [''];
  const versions = textsOf(options && propertyIn(options, 'version'), project);
  const isNeutral = /VERSION_NEUTRAL/.test((options && propertyIn(options, 'version'))?.getText() ?? '');
  const before = application.modulePaths.get(node) ?? '';
  for (const member of routesOf(node, project)) {
    const own = decoratorsFor(member.method, project);
    const route = own.find(({ name }) => verbs[name]);
    if (!route) continue;
    if (own.some(({ name }) => name === 'ApiExcludeEndpoint')) continue;
    const [routePath] = route.call?.arguments ?? [];
    const routePaths = routePath ? pathsOf(routePath, project, notes, spelled, member.env) : [''];
    const version = own.find(({ name }) => name === 'Version')?.call?.arguments[0];
    const isOwn = version !== undefined;
    const wanted = isOwn ? textsOf(version, project) : versions;
    const neutral = isOwn ? /VERSION_NEUTRAL/.test(version.getText()) : isNeutral;
    const facts = operationOf(member, node, application, project, notes);
    const verb = verbs[route.name] as string;
    for (const one of paths) {
      for (const rest of routePaths) {
        const plain = joinPaths(joinPaths(before, one), rest);
        for (const whole of located(plain, application, neutral ? undefined : wanted)) {
          for (const method of verb === 'all' ? methodsOfAll : [verb]) {
            yield { ...facts, method, path: whole || '/' };
          }
        }
      }
    }
  }
}

/** The global prefix; what is not known of it is said. */
function prefixOf(node: ts.Expression, project: Project, notes: Note[]): string {
  const value = project.values.of(node, project.values.root);
  if (value?.kind === 'text') return value.text;
  const usual = value?.kind === 'pattern' ? usualText(value) : undefined;
  notes.push(noteAt(node, usual === undefined ? openNote : usualNote(usual)));
  return usual ?? '';
}

/** Is a path one that the prefix does not apply to: `health`, `.well-known/*path`, `users/:id`? */
function isExcluded(path: string, excluded: readonly string[]): boolean {
  return excluded.some((one) => {
    const [start = '', rest] = one.replaceAll(/:(\w+)/g, '{$1}').split(/\/?(?:\{?\*\w*\}?|\(\.\*\))$/);
    const isBelow = rest !== undefined && path.startsWith(`${start}/`);
    return isBelow || path.replaceAll(/\{\w+\}/g, '{}') === start.replaceAll(/\{\w+\}/g, '{}');
  });
}

/** A path below the global prefix and its versions; `wanted` is absent where the route has none on purpose. */
function located(path: string, { prefix, excluded, versions }: Application, wanted: readonly string[] | undefined): string[] {
  const before = isExcluded(path || '/', excluded) ? '' : joinPaths('', prefix);
  const own = wanted?.length === 0 ? (versions?.fallback ?? []) : (wanted ?? []);
  if (!versions || own.length === 0) return [joinPaths(before, path)];
  return own.map((version) => joinPaths(joinPaths(before, `${versions.prefix}${version}`), path));
}

/** What Nest's own document says of a wildcard: a parameter called `path`. */
const spelled = (path: string) => path.replace(/\/\{?\*(\w*)\}?$/, (_, name) => `/:${name || 'path'}`);

/** Nest's handlers read what decorators give them; with `@Req()` and `@Res()` they speak Express. */
const dialect: Dialect = {
  ...express.dialect,
  roots: () => undefined,
  stated: undefined,
  // Guards and filters are given `context.switchToHttp().getRequest()`.
  called: (subject, call, text) => {
    if (subject.of !== 'execution') return express.dialect.called?.(subject, call, text);
    const path = subject.path.join('.');
    if (path === 'switchToHttp') return { of: 'execution', path: ['http'] };
    if (path === 'http.getResponse') return { of: 'res', path: [] };
    return path === 'http.getRequest' ? { of: 'req', path: [] } : undefined;
  },
};

function operationOf(
  { method, env, scope }: Route,
  controller: ts.ClassDeclaration,
  application: Application,
  project: Project,
  notes: Note[],
): Omit<OperationFact, 'method' | 'path'> {
  const reading = new Reading(project, dialect);
  const decorators = decoratorsFor(method, project, scope);
  const general = decoratorsFor(controller, project);
  const nearest = [...general, ...decorators];
  const subjects = new Map<ts.Node, Subject>();
  let hasResponse = false;
  for (const parameter of method.parameters) {
    for (const decorator of decoratorsOf(parameter)) {
      const subject = readParameter(parameter, decorator, reading, scope);
      if (subject) subjects.set(parameter, subject);
      const isPassed = /passthrough:\s*true/.test(decorator.call?.getText() ?? '');
      if (/^(?:Res|Response)$/.test(decorator.name) && !isPassed) hasResponse = true;
    }
  }
  const place: Place = { subjects, env, scope };
  for (const decorator of nearest) readSwagger(decorator, reading);
  // Nest sets the status before it calls the handler, also where that sends the answer itself.
  const usual = usualStatus(decorators, project);
  if (/^[2-5]\d\d$/.test(usual)) reading.usualStatus = usual;
  reading.read(method, place);
  const everywhere = application.guards.filter((guard) => guards(guard, nearest, project));
  for (const guard of everywhere) readGuard(guard, reading);
  for (const { name, call } of nearest) {
    const own = name === 'UseGuards' ? [...(call?.arguments ?? [])] : [];
    for (const guard of own) readGuard(guard, reading);
  }
  const around = [...application.interceptors, ...given('UseInterceptors', nearest)];
  if (!hasResponse)
    answerOf(method, scope, decorators, general, reading, (type) => answered(type, around, nearest, project, notes));
  else if (!reading.responses.some(({ status }) => /^(?:[23]\d\d|default)$/.test(status)) && isHandedOn(method, reading, place))
    reading.merge({ status: usual, evidence: evidenceAt(method.name, 'seen') });
  const isValidated = application.validates || nearest.some(isValidation);
  const { parameters, bodies } = reading.operation;
  const canFail = isValidated && (bodies.length > 0 || parameters.some((one) => one.shape.type !== 'string'));
  if (canFail || /\bParse\w+Pipe\b/.test(method.parameters.map((one) => one.getText()).join())) {
    reading.merge({ status: '400', evidence: evidenceAt(method.name, 'declared') });
  }
  for (const { arguments: given, expression } of application.responses) {
    const [options] = given;
    const status = options && propertyIn(options, 'status');
    const code = status && statusOf(status, project);
    // What is said of the route itself, or seen of it, is nearer.
    const told = options && { node: options, env: project.values.root, scope: undefined };
    if (!reading.responses.some((one) => one.status === code)) readResponse('', told, expression, reading);
  }
  const own = given('UseFilters', nearest).map((filter) => filterOf(filter, project, dialect));
  const filters = [...application.filters, ...own].toReversed();
  completeFailures(reading, filters, method);
  notes.push(...reading.notes, ...reading.gaps);
  return {
    ...reading.operation,
    ...docOf(undefined, method),
    ...statedDoc(nearest, project),
    source: { ...evidenceAt(method.name, 'declared') },
  };
}

/** Does a method give the response to others, who answer out of sight? */
function isHandedOn({ body }: ts.MethodDeclaration, reading: Reading, place: Place): boolean {
  const isOf = (one: ts.Expression) => !ts.isSpreadElement(one) && reading.subject(one, place)?.of === 'res';
  const visit = (node: ts.Node): boolean =>
    (ts.isCallExpression(node) && node.arguments.some(isOf)) ||
    (ts.forEachChild(node, (one) => visit(one) || undefined) ?? false);
  return body !== undefined && visit(body);
}

/** What decorators of one name are given. */
function given(wanted: string, decorators: readonly Decorator[]): ts.Expression[] {
  return decorators.flatMap(({ name, call }) => (name === wanted ? [...(call?.arguments ?? [])] : []));
}

/** Gives every failure the body that the nearest filter that catches it gives it, or Nest's own. */
function completeFailures(reading: Reading, filters: readonly (Filter | undefined)[], at: ts.Node): void {
  const bodies = new Map<string, ResponseFact>();
  for (const { status } of reading.responses) {
    const catching = filters.filter((one) => !one || one.catches(status));
    const [filter] = catching;
    const body = filter?.bodies.get(status) ?? filter?.bodies.get('default');
    if (body) bodies.set(status, body);
    else if (catching.length === 0 || filter?.isPassingOn) bodies.set(status, standardFailure(at));
  }
  reading.completeFailures(bodies, true);
}

/** What Nest's own filter answers for an exception. */
function standardFailure(at: ts.Node): ResponseFact {
  const shape: Shape = {
    type: 'object',
    properties: { statusCode: { type: 'integer' }, message: {}, error: { type: 'string' } },
    required: ['statusCode', 'message'],
  };
  return { status: 'default', mediaType: 'application/json', shape, evidence: evidenceAt(at, 'seen') };
}

const parts: Readonly<Record<string, string>> = { Query: 'query', Param: 'params', Body: 'body', Headers: 'headers' };

/** Records what a decorated parameter takes from the request; the subject of one that is only seen by its reads. */
function readParameter(
  node: ts.ParameterDeclaration,
  { name, call }: Decorator,
  reading: Reading,
  scope: Scope,
): Subject | undefined {
  if (/^(?:Req|Request)$/.test(name)) return { of: 'req', path: [] };
  if (/^(?:Res|Response|Next)$/.test(name)) return { of: name === 'Next' ? 'next' : 'res', path: [] };
  const isFile = /^UploadedFiles?$/.test(name);
  if (isFile) {
    uploaded(node, reading);
    return undefined;
  }
  const part = parts[name];
  if (!part) return undefined;
  const [first, ...pipes] = call?.arguments ?? [];
  const key = first && ts.isStringLiteralLike(first) ? first.text : undefined;
  const { shapes, types } = reading.project;
  const type: Type = node.type ? types.ofNode(node.type, scope) : { kind: 'unknown' };
  const stated = (call?.arguments ?? []).map((argument) => propertyIn(argument, 'schema')).find((one) => one !== undefined);
  const schema = stated && types.of(stated);
  const shape = schema?.kind === 'schema' ? schema.shape : withPipes(shapes.of(present(type)), pipes);
  const isOptional = node.questionToken !== undefined || node.initializer !== undefined || 'default' in shape;
  const subject: Subject = { of: 'req', path: key === undefined ? [part] : [part, key] };
  if (Object.keys(shape).length === 0) {
    const where = part === 'params' ? 'path' : part === 'headers' ? 'header' : 'query';
    if (key !== undefined && part !== 'body') reading.parameter(where, key, {}, undefined, evidenceAt(node, 'declared'));
    return subject;
  }
  const path = key === undefined ? [] : [key];
  const evidence = evidenceAt(node, 'declared');
  if (part === 'query' && key !== undefined) reading.parameter('query', key, shape, !isOptional && pipes.length > 0, evidence);
  else if (part === 'headers' && key !== undefined) reading.parameter('header', key, shape, undefined, evidence);
  else if (part === 'params' && key !== undefined) reading.parameter('path', key, shape, true, evidence);
  else reading.schema(part, path, shape, node);
  return subject;
}

/** `ParseIntPipe`, `new DefaultValuePipe(1)`, `new ParseEnumPipe(E)`: what they make of a text. */
function withPipes(shape: Shape, pipes: readonly ts.Expression[]): Shape {
  let result = shape;
  for (const pipe of pipes) {
    const text = pipe.getText();
    if (/\bParseIntPipe\b/.test(text)) result = { ...result, type: 'integer' };
    if (/\bParseFloatPipe\b/.test(text)) result = { ...result, type: 'number' };
    if (/\bParseBoolPipe\b/.test(text)) result = { ...result, type: 'boolean' };
    if (/\bParseUUIDPipe\b/.test(text)) result = { ...result, type: 'string', format: 'uuid' };
    const value = /\bDefaultValuePipe\b/.test(text) && ts.isNewExpression(pipe) ? pipe.arguments?.[0] : undefined;
    if (value && ts.isNumericLiteral(value)) result = { ...result, default: Number(value.text) };
    if (value && ts.isStringLiteralLike(value)) result = { ...result, default: value.text };
  }
  return result;
}

/** `@UploadedFile()` beside `@UseInterceptors(FileInterceptor('file'))`. */
function uploaded(node: ts.ParameterDeclaration, reading: Reading): void {
  const method = node.parent as ts.MethodDeclaration;
  const field = /Files?Interceptor\(\s*['"]([^'"]+)['"]/.exec(
    decoratorsFor(method, reading.project)
      .map(({ call }) => call?.getText() ?? '')
      .join(),
  );
  if (!field?.[1]) return;
  const file: Shape = { type: 'string', format: 'binary' };
  const isMany = /\bFilesInterceptor\(/.test(field[0]);
  const shape: Shape = { type: 'object', properties: { [field[1]]: isMany ? { type: 'array', items: file } : file } };
  reading.schema('form', [], shape, node);
}

function neverSent({ node }: Decorator, stated: string, sent: string): Note {
  const { uri, start, end } = evidenceAt(node, 'declared');
  const message = `${stated} is written as stated here, but Nest answers ${sent} unless \`@HttpCode(${stated})\` says otherwise.`;
  return { uri, start, end, message };
}

/** The status of an answer for which nothing else is said. */
function usualStatus(decorators: readonly Decorator[], project: Project): string {
  const { call, env } = decorators.find(({ name }) => name === 'HttpCode') ?? {};
  const code = call?.arguments[0];
  if (code) return statusOf(code, project, env) ?? 'default';
  return decorators.some(({ name }) => name === 'Post') ? '201' : '200';
}

/** The response of the value a method returns, as interceptors around it change it. */
function answerOf(
  method: ts.MethodDeclaration,
  scope: Scope,
  decorators: readonly Decorator[],
  around: readonly Decorator[],
  reading: Reading,
  changed: (type: Type) => Type,
): void {
  const { types, shapes } = reading.project;
  const redirect = decorators.find(({ name }) => name === 'Redirect');
  const evidence = evidenceAt(method.name, 'typed');
  if (redirect) {
    const status = redirect.call?.arguments[1];
    reading.merge({ status: (status && ts.isNumericLiteral(status) && status.text) || '302', evidence });
    return;
  }
  const status = usualStatus(decorators, reading.project);
  // What is said of all the controller's routes is said beside what this one answers.
  const states = (one: Decorator) => statedStatus(one, reading.project) ?? '';
  const general = new Set(around.map(states));
  const isStated = [
    ...decorators.map(states),
    ...reading.responses.map((one) => one.status).filter((one) => !general.has(one)),
  ].some((one) => /^[23]/.test(one));
  let own = reading.responses.findIndex((one) => one.status === status);
  if (isStated && own < 0) {
    const other = decorators.find((one) => /^2\d\d$/.test(states(one)));
    if (other && /^2/.test(status)) reading.note(neverSent(other, states(other), status));
    const successes = reading.responses.filter((one) => /^[23]/.test(one.status));
    own = successes.length === 1 && other ? reading.responses.indexOf(successes[0] as ResponseFact) : -1;
    if (own < 0) return;
  }
  const type = status === '204' ? nothing : changed(types.result({ kind: 'function', node: method, scope }));
  if (type.kind === 'undefined') {
    if (own < 0) reading.merge({ status, evidence });
    return;
  }
  const shape = shapes.of(present(type));
  const isText = shape.type === 'string';
  const known = reading.responses[own];
  if (known?.shape) return;
  const content = { mediaType: isText ? 'text/html' : 'application/json', shape };
  if (known) reading.responses[own] = { ...known, ...content };
  else reading.merge({ status, ...content, evidence });
}

/** `401` of passport's guard, what a guard of the project throws and looks at, `403` where it can refuse. */
function readGuard(argument: ts.Expression, reading: Reading): void {
  const { types, values } = reading.project;
  if (readPassportGuard(argument.getText(), argument, reading)) return;
  // `handleRequest(error, user) { return user; }` lets everyone through.
  const handled = memberOf(argument, 'handleRequest', reading.project)?.body?.getText();
  const isLenient = handled !== undefined && !/\bthrow\b|\bsuper\.handleRequest\b/.test(handled);
  if (!isLenient && readPassportGuard(basesOf(argument, reading.project), argument, reading)) return;
  const check = memberOf(argument, 'canActivate', reading.project);
  if (!check) return;
  const before = reading.responses.length;
  const [context] = check.parameters;
  const subjects = new Map<ts.Node, Subject>(context ? [[context, { of: 'execution', path: [] }]] : []);
  // A guard that only says no refuses with 403.
  reading.guard(check, { subjects, env: values.root, scope: types.root }, () => {
    if (reading.responses.length === before) reading.merge({ status: '403', evidence: evidenceAt(argument, 'declared') });
  });
}

/** What the class of a guard, and the classes it extends, say that they extend. */
function basesOf(guard: ts.Expression, project: Project): string {
  const clauses = classesOf(guard, project).flatMap(({ heritageClauses }) => heritageClauses ?? []);
  return clauses.map((clause) => clause.getText()).join();
}

/** Does a guard of the whole application guard a route with these decorators? */
function guards(guard: ts.Expression, decorators: readonly Decorator[], project: Project): boolean {
  const check = memberOf(guard, 'canActivate', project);
  return check?.body ? isOnFor(check, decorators, project) : guard.getText().includes('AuthGuard');
}

function isValidation({ name, call }: Decorator): boolean {
  return name === 'UsePipes' && /ValidationPipe/.test(call?.getText() ?? '');
}

// What `@nestjs/swagger` states

/** What a decorator is told, also where a constant or a parameter holds it: `@ApiResponse(responses[200])`. */
function told({ call, env, scope }: Decorator, { values, types }: Project): Told | undefined {
  const [first] = call?.arguments ?? [];
  const own = env ?? values.root;
  const value = first && !ts.isObjectLiteralExpression(strip(first)) ? values.of(first, own) : undefined;
  if (value?.kind === 'object') return { node: value.node, env: value.env, scope: types.within(value.env) };
  return first && { node: first, env: own, scope };
}

/** The options of a decorator, and what stands for what where they are written. */
interface Told {
  readonly node: ts.Expression;
  readonly env: Env;
  readonly scope: Scope | undefined;
}

function readSwagger(decorator: Decorator, reading: Reading): void {
  const { name, node } = decorator;
  const given = /^Api/.test(name) ? told(decorator, reading.project) : undefined;
  const { node: options, scope } = given ?? {};
  // Of several that are stated any one will do.
  if (name === 'ApiBearerAuth') ask('bearer', node, reading, 'stated');
  if (name === 'ApiBasicAuth') ask('basic', node, reading, 'stated');
  if (name === 'ApiSecurity' || name === 'ApiCookieAuth') {
    const [first] = decorator.call?.arguments ?? [];
    const scheme = first ? reading.project.values.text(first, reading.project.values.root) : 'cookie';
    if (scheme !== undefined) askNamed(scheme, node, reading, 'stated');
  }
  const status = /^Api(\w*)Response$/.exec(name)?.[1];
  if (status !== undefined) {
    readResponse(status, given, node, reading);
    return;
  }
  const where = ({ ApiQuery: 'query', ApiParam: 'path', ApiHeader: 'header' } as const)[name as 'ApiQuery'];
  const key = options && textOf(propertyIn(options, 'name'));
  if (where && key && options) {
    const required = propertyIn(options, 'required')?.kind !== ts.SyntaxKind.FalseKeyword;
    const shape = statedType(options, reading.project, scope) ?? {};
    const description = textOf(propertyIn(options, 'description'));
    reading.parameter(where, key, { ...shape, ...(description && { description }) }, required, evidenceAt(node, 'declared'));
  }
  if (where === 'query' && !key && options) {
    const shape = statedType(options, reading.project, scope);
    if (shape) reading.parameters('query', shape, evidenceAt(node, 'declared'));
  }
  if (name === 'ApiBody' && options) {
    const shape = statedType(options, reading.project, scope);
    if (shape) reading.schema('body', [], shape, node);
  }
}

/** The status of the response that a decorator states. */
function statedStatus(decorator: Decorator, project: Project): string | undefined {
  const [, named] = /^Api(\w*)Response$/.exec(decorator.name) ?? [];
  return named === undefined ? undefined : statusIn(named, told(decorator, project), project);
}

function statusIn(named: string, options: Told | undefined, project: Project): string | undefined {
  const stated = options && propertyIn(options.node, 'status');
  return named === '' ? stated && statusOf(stated, project, options.env) : statusByName(named);
}

/** A response as its options state it; `named` is the status in the name of the decorator. */
function readResponse(named: string, options: Told | undefined, node: ts.Node, reading: Reading): void {
  const code = statusIn(named, options, reading.project);
  const description = options && textOf(propertyIn(options.node, 'description'));
  const shape = options && statedType(options.node, reading.project, options.scope);
  if (!code && named !== 'Default') return;
  reading.merge({
    status: code ?? 'default',
    ...(shape && { mediaType: 'application/json', shape }),
    ...(description && { description }),
    evidence: evidenceAt(node, 'declared'),
  });
}

function statedDoc(
  decorators: readonly Decorator[],
  project: Project,
): Pick<OperationFact, 'summary' | 'description' | 'deprecated' | 'operationId' | 'tags'> {
  const operation = decorators.findLast(({ name }) => name === 'ApiOperation');
  const options = operation && told(operation, project)?.node;
  const text = (key: string) => options && textOf(propertyIn(options, key));
  const tags = decorators
    .filter(({ name }) => name === 'ApiTags')
    .flatMap(({ call }) => [...(call?.arguments ?? [])].flatMap((tag) => project.values.text(tag, project.values.root) ?? []));
  const [summary, description, operationId] = ['summary', 'description', 'operationId'].map(text);
  const isDeprecated = options && propertyIn(options, 'deprecated')?.kind === ts.SyntaxKind.TrueKeyword;
  return {
    ...(summary && { summary }),
    ...(description && { description }),
    ...(operationId && { operationId }),
    ...(isDeprecated && { deprecated: true }),
    ...(tags.length > 0 && { tags: [...new Set(tags)] }),
  };
}

function textOf(node: ts.Expression | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined;
}
