/**
 * Reads applications of tsoa: controllers that decorators describe, which its command turns into routes of Express, Koa or hapi.
 * `tsoa.json` names their files, the path all are below and the security schemes.
 */
import ts from 'ts6';
import type { Facts, Note, OperationFact, SecurityFact } from '../generate/facts.ts';
import { parentOf } from '../generate/package.ts';
import { isRecord } from '../model/api.ts';
import type { Steps } from '../steps.ts';
import { pathOfUri, resolveUri } from '../uri.ts';
import {
  addOnce,
  callsIn,
  decoratorsFrom,
  Fields,
  isNeeded,
  isStatus,
  mountedAt,
  pathsOf,
  type Route,
  readResponse,
  routesOf,
  shapeOf,
  statusOf,
  textIn,
  textsIn,
  typeOf,
  upload,
} from './controllers.ts';
import type { Decorator } from './decorators.ts';
import { evidenceAt } from './evidence.ts';
import { express } from './express.ts';
import { filesOf } from './files.ts';
import { type Dialect, docOf, type Place, type Project, Reading, type Subject } from './handler.ts';
import { filesMatching } from './loader.ts';
import { joinPaths } from './routers.ts';
import { nothing, present, type Scope } from './type-model.ts';
import { type Env, strip } from './values.ts';

const library = /^(?:tsoa|@tsoa\/(?:runtime|next))$/;

const verbs: ReadonlySet<string> = new Set(['Get', 'Post', 'Put', 'Patch', 'Delete', 'Options', 'Head']);

/** The files of controllers that the settings beside these entries name. */
export function tsoaControllers(entries: readonly string[], { values }: Project): string[] {
  return entries.flatMap((entry) => {
    const { folder, data } = settingsFor(entry, values.host.read);
    const globs = Array.isArray(data.controllerPathGlobs) ? data.controllerPathGlobs : [];
    return globs.flatMap((glob: unknown) =>
      typeof glob === 'string' ? filesMatching(pathOfUri(resolveUri(glob, `${folder}/`)), values, entry) : [],
    );
  });
}

interface Settings {
  readonly folder: string;
  /** `tsoa.json` as it is written; empty where there is none. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The settings of the package a file lies in. */
function settingsFor(uri: string, read: (uri: string) => string | undefined): Settings {
  for (let folder = parentOf(uri); folder !== ''; folder = parentOf(folder)) {
    const text = read(`${folder}/tsoa.json`);
    const data: unknown = text === undefined ? undefined : ts.parseConfigFileTextToJson('tsoa.json', text).config;
    if (isRecord(data)) return { folder, data };
    if (read(`${folder}/package.json`) !== undefined) break;
  }
  return { folder: '', data: {} };
}

/** The facts of the controllers that these files and their imports hold. */
export function* readTsoa(entries: readonly string[], project: Project): Steps<Facts> {
  const files = [...filesOf(project.values, entries)];
  const [entry = ''] = entries;
  const { data } = settingsFor(entry, project.values.host.read);
  const base = isRecord(data.routes) && typeof data.routes.basePath === 'string' ? data.routes.basePath : '';
  const context: Context = {
    project,
    prefix: joinPaths(mountOf(files, project), joinPaths('', base)),
    schemes: isRecord(data.spec) && isRecord(data.spec.securityDefinitions) ? data.spec.securityDefinitions : {},
    notes: [],
  };
  const operations = new Map<string, OperationFact>();
  for (const file of files) {
    yield file.fileName;
    for (const statement of file.statements) {
      for (const operation of ts.isClassDeclaration(statement) ? operationsOf(statement, context) : [])
        addOnce(operations, operation);
    }
  }
  return { operations: [...operations.values()], types: project.shapes.named, notes: context.notes };
}

/** Is a note about the routes that tsoa writes, which are not there before it ran? Their controllers are read themselves. */
export function isOfWrittenRoutes({ uri, start }: Note, { values }: Project): boolean {
  const text = values.file(uri)?.text.slice(0, start) ?? '';
  return /\bRegisterRoutes\b[^;'"]*$/.test(text);
}

interface Context {
  readonly project: Project;
  readonly prefix: string;
  readonly schemes: Readonly<Record<string, unknown>>;
  readonly notes: Note[];
}

/** The path of the router that the written routes are put on: `RegisterRoutes(router)`, `app.use('/api', router)`. */
function mountOf(files: readonly ts.SourceFile[], project: Project): string {
  for (const file of files) {
    if (!file.text.includes('RegisterRoutes')) continue;
    const calls = callsIn(file);
    const call = calls.find(({ expression }) => isImported(expression, 'RegisterRoutes', project));
    const [router] = call?.arguments ?? [];
    if (router) return mountedAt(strip(router), calls, project);
  }
  return '';
}

function isImported(node: ts.Expression, name: string, { values }: Project): boolean {
  const declared = ts.isIdentifier(node) ? values.declarationOf(node) : undefined;
  if (!ts.isIdentifier(node) || !declared || !ts.findAncestor(declared, ts.isImportDeclaration)) return false;
  return (ts.isImportSpecifier(declared) ? (declared.propertyName ?? declared.name).text : node.text) === name;
}

function* operationsOf(node: ts.ClassDeclaration, context: Context): Iterable<OperationFact> {
  const { project, prefix, notes } = context;
  const general = decoratorsFrom(node, library, project);
  const route = general.find(({ name }) => name === 'Route');
  if (!route || isHidden(general)) return;
  const paths = routePaths(route, project, notes);
  for (const member of routesOf(node, project)) {
    const own = decoratorsFrom(member.method, library, project);
    const verb = own.find(({ name }) => verbs.has(name));
    if (!verb || isHidden(own)) continue;
    const facts = operationOf(member, own, general, context);
    for (const path of paths)
      for (const rest of routePaths(verb, project, notes, member.env))
        yield { ...facts, method: verb.name.toLowerCase(), path: joinPaths(joinPaths(prefix, path), rest) || '/' };
  }
}

const isHidden = (decorators: readonly Decorator[]) => decorators.some(({ name }) => name === 'Hidden');

function routePaths({ call }: Decorator, project: Project, notes: Note[], env?: Env): string[] {
  const [path] = call?.arguments ?? [];
  // `{id}` and `:id` are the same to tsoa.
  return path ? pathsOf(path, project, notes, (text) => text.replaceAll(/\{(\w+)\}/g, ':$1'), env) : [''];
}

/** A method reads what its parameters are given, and says what it answers by what it returns. */
function dialectOf(setStatus: (status: ts.Expression, at: ts.CallExpression, reading: Reading) => void): Dialect {
  return {
    ...express.dialect,
    roots: () => undefined,
    stated: undefined,
    answer: (call, reading, place) => {
      const [status] = call.arguments;
      if (status && call.expression.getText() === 'this.setStatus') setStatus(status, call, reading);
      else express.dialect.answer(call, reading, place);
    },
  };
}

function operationOf(
  { method, env, scope }: Route,
  decorators: readonly Decorator[],
  general: readonly Decorator[],
  context: Context,
): Omit<OperationFact, 'method' | 'path'> {
  const { project, notes } = context;
  const nearest = [...general, ...decorators];
  const set: { readonly status: string; readonly isAlways: boolean }[] = [];
  const dialect = dialectOf((node, call, own) => {
    const status = statusOf(node, project);
    const isAlways = call.parent.parent === method.body;
    if (status && /^2\d\d$/.test(status)) set.push({ status, isAlways });
    else if (status && isStatus(status)) own.merge({ status, evidence: evidenceAt(call, 'seen') });
  });
  const reading = new Reading(project, dialect);
  const subjects = new Map<ts.Node, Subject>();
  const [object, form] = [new Fields(), new Fields()];
  for (const parameter of method.parameters) {
    const [decorator] = decoratorsFrom(parameter, library, project);
    const subject = readParameter(parameter, decorator, reading, scope, object, form);
    if (subject) subjects.set(parameter, subject);
  }
  const consumed = textIn(decorators, 'Consumes', project);
  object.read(reading, consumed ?? 'application/json');
  form.read(reading, 'multipart/form-data');
  for (const decorator of nearest) if (decorator.name === 'Response') readResponse(decorator, reading, scope);
  const place: Place = { subjects, env, scope };
  reading.read(method, place);
  secure(decorators.some(isOnSecurity) ? decorators : general, context, reading);
  answerOf(method, scope, nearest, set, reading);
  const { parameters, bodies } = reading.operation;
  if (parameters.length + bodies.length > 0) reading.merge({ status: '400', evidence: evidenceAt(method.name, 'declared') });
  notes.push(...reading.notes, ...reading.gaps);
  const operationId = textIn(decorators, 'OperationId', project);
  const tags = textsIn(nearest, 'Tags', project);
  return {
    ...reading.operation,
    ...docOf(undefined, method),
    ...(operationId && { operationId }),
    ...(decorators.some(({ name }) => name === 'Deprecated') && { deprecated: true }),
    ...(tags.length > 0 && { tags }),
    source: { ...evidenceAt(method.name, 'declared') },
  };
}

/** Records what a parameter takes from the request; the subject of one that is only seen by its reads. */
function readParameter(
  node: ts.ParameterDeclaration,
  decorator: Decorator | undefined,
  reading: Reading,
  scope: Scope,
  object: Fields,
  form: Fields,
): Subject | undefined {
  const { project } = reading;
  const own = decorator?.call?.arguments[0];
  const name = (own && project.values.text(own, project.values.root)) ?? node.name.getText();
  const evidence = evidenceAt(node, 'declared');
  const isRequired = isNeeded(node, project, scope);
  // What has no decorator is a part of the path.
  switch (decorator?.name ?? 'Path') {
    case 'Request':
      return { of: 'req', path: [] };
    case 'Path':
      reading.parameter('path', name, shapeOf(node, project, scope), true, evidence);
      return undefined;
    case 'Query':
      reading.parameter('query', name, shapeOf(node, project, scope), isRequired, evidence);
      return undefined;
    case 'Queries':
      reading.parameters('query', shapeOf(node, project, scope), evidence);
      return undefined;
    case 'Header':
      reading.parameter('header', name, shapeOf(node, project, scope), isRequired, evidence);
      return undefined;
    case 'Body':
      reading.schema('body', [], shapeOf(node, project, scope), node);
      return { of: 'req', path: ['body'] };
    case 'BodyProp':
      object.add(name, shapeOf(node, project, scope), isRequired, node);
      return undefined;
    case 'FormField':
      form.add(name, shapeOf(node, project, scope), isRequired, node);
      return undefined;
    case 'UploadedFile':
      form.add(name, upload, isRequired, node);
      return undefined;
    case 'UploadedFiles':
      form.add(name, { type: 'array', items: upload }, isRequired, node);
      return undefined;
    case 'Res':
      readResponder(node, reading, scope);
      return undefined;
    default:
      return undefined;
  }
}

/** `@Res() missing: TsoaResponse<404, { reason: string }>` */
function readResponder(node: ts.ParameterDeclaration, reading: Reading, scope: Scope): void {
  const { shapes } = reading.project;
  const type = typeOf(node, reading.project, scope);
  const target = type.kind === 'alias' ? type.type : type;
  if (target.kind !== 'external' || target.name !== 'TsoaResponse') return;
  const [status, body] = target.args;
  const content = body && { mediaType: 'application/json', shape: shapes.of(present(body)) };
  for (const code of (status && shapes.of(status).enum) ?? [])
    reading.merge({ status: String(code), ...content, evidence: evidenceAt(node, 'declared') });
}

const isOnSecurity = ({ name }: Decorator) => name === 'Security' || name === 'NoSecurity';

/** Records what `@Security('jwt')` asks for: several are a choice, those of one object belong together. */
function secure(decorators: readonly Decorator[], { schemes, project }: Context, reading: Reading): void {
  for (const { name, call, node } of decorators) {
    const [first] = call?.arguments ?? [];
    if (name !== 'Security' || !first) continue;
    const evidence = evidenceAt(node, 'declared');
    const bare = strip(first);
    const names = ts.isObjectLiteralExpression(bare)
      ? bare.properties.flatMap((one) => (one.name ? [one.name.getText().replaceAll(/['"]/g, '')] : []))
      : [project.values.text(first, project.values.root) ?? ''];
    for (const one of names) {
      const scheme = schemeOf(schemes[one]);
      if (scheme) reading.secure({ name: one, scheme, choice: names.join(), evidence });
    }
    reading.merge({ status: '401', evidence });
  }
}

/** A scheme of `securityDefinitions`; those of OAuth are not written. */
function schemeOf(data: unknown): SecurityFact['scheme'] | undefined {
  if (!isRecord(data)) return undefined;
  const { type, scheme, bearerFormat, name, in: where } = data;
  if (type === 'http' && (scheme === 'bearer' || scheme === 'basic'))
    return { type, scheme, ...(typeof bearerFormat === 'string' && { bearerFormat }) };
  if (type === 'apiKey' && typeof name === 'string' && (where === 'header' || where === 'query' || where === 'cookie'))
    return { type, in: where, name };
  return undefined;
}

/** The response of the value a method returns: JSON, also of a text; nothing is 204 where no other status is said. */
function answerOf(
  method: ts.MethodDeclaration,
  scope: Scope,
  decorators: readonly Decorator[],
  set: readonly { readonly status: string; readonly isAlways: boolean }[],
  reading: Reading,
): void {
  const { types, shapes } = reading.project;
  const evidence = evidenceAt(method.name, 'typed');
  const type = types.result({ kind: 'function', node: method, scope });
  const isNothing = type.kind === 'undefined';
  const [first] = decorators.findLast(({ name }) => name === 'SuccessResponse')?.call?.arguments ?? [];
  const stated = first && statusOf(first, reading.project);
  const always = set.findLast(({ isAlways }) => isAlways)?.status;
  const usual = always ?? (stated && isStatus(stated) ? stated : isNothing ? '204' : '200');
  const hasAnswer = reading.responses.some(({ status }) => /^[23]/.test(status));
  // What is sent by the request's own response is what is answered.
  if (isNothing && hasAnswer && !stated && !always) return;
  const mediaType = textIn(decorators, 'Produces', reading.project) ?? 'application/json';
  for (const status of new Set([usual, ...set.map((one) => one.status)])) {
    const shape = isNothing || type === nothing ? undefined : shapes.of(present(type));
    reading.merge({ status, ...(shape && { mediaType, shape }), evidence });
  }
}
