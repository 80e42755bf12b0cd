/** Reads applications of inversify-express-utils: decorated controllers that Express serves. */
import ts from 'ts6';
import type { Facts, Note, OperationFact } from '../generate/facts.ts';
import type { Steps } from '../steps.ts';
import { addOnce, classesIn, decoratorsFrom, pathsOf, readMiddleware, type Route, routesOf, shapeOf } from './controllers.ts';
import type { Decorator } from './decorators.ts';
import { evidenceAt } from './evidence.ts';
import { express } from './express.ts';
import { filesOf } from './files.ts';
import { type Dialect, docOf, type Place, type Project, Reading, type Subject } from './handler.ts';
import { joinPaths } from './routers.ts';
import { nothing, present, type Scope } from './type-model.ts';
import { propertyIn, strip } from './values.ts';

const library = /^inversify-express-utils$/;

const verbs: Readonly<Record<string, readonly string[]>> = {
  httpGet: ['get'],
  httpPost: ['post'],
  httpPut: ['put'],
  httpPatch: ['patch'],
  httpDelete: ['delete'],
  httpHead: ['head'],
  all: ['get', 'post', 'put', 'patch', 'delete'],
};

/** The facts of the controllers that these files and their imports hold. */
export function* readInversify(entries: readonly string[], project: Project): Steps<Facts> {
  const notes: Note[] = [];
  const operations = new Map<string, OperationFact>();
  const files = [...filesOf(project.values, entries)].filter(({ text }) => text.includes('inversify-express-utils'));
  const prefix = files.map((file) => rootOf(file, project)).find((path) => path !== undefined) ?? '';
  for (const file of files) {
    yield file.fileName;
    for (const node of classesIn(file)) {
      for (const operation of operationsOf(node, project, notes)) {
        addOnce(operations, { ...operation, path: joinPaths(prefix, operation.path) || '/' });
      }
    }
  }
  return { operations: [...operations.values()], types: project.shapes.named, notes };
}

/** What all paths are below: `new InversifyExpressServer(container, null, { rootPath: '/api' })`. */
function rootOf(file: ts.SourceFile, { values }: Project): string | undefined {
  let found: string | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && /\bInversifyExpressServer$/.test(node.expression.getText())) {
      const path = node.arguments?.[2] && propertyIn(node.arguments[2], 'rootPath');
      found ??= path && values.text(path, values.root);
    }
    ts.forEachChild(node, visit);
  };
  if (file.text.includes('rootPath')) visit(file);
  return found;
}

function* operationsOf(node: ts.ClassDeclaration, project: Project, notes: Note[]): Iterable<OperationFact> {
  const controller = decoratorsFrom(node, library, project).find(({ name }) => name === 'controller');
  if (!controller) return;
  const [at, ...before] = controller.call?.arguments ?? [];
  const paths = at ? pathsOf(at, project, notes, (text) => text) : [''];
  for (const member of routesOf(node, project)) {
    for (const { methods, path, middlewares } of registrationsOf(member.method, project)) {
      const facts = operationOf(member, [...before, ...middlewares], project, notes);
      const own = path ? pathsOf(path, project, notes, (text) => text, member.env) : [''];
      for (const one of paths)
        for (const rest of own) for (const method of methods) yield { ...facts, method, path: joinPaths(one, rest) };
    }
  }
}

interface Registration {
  readonly methods: readonly string[];
  readonly path: ts.Expression | undefined;
  readonly middlewares: readonly ts.Expression[];
}

function registrationsOf(member: ts.MethodDeclaration, project: Project): Registration[] {
  return decoratorsFrom(member, library, project).flatMap(({ name, call }: Decorator) => {
    const [first, ...rest] = call?.arguments ?? [];
    const methods = verbs[name];
    if (methods) return [{ methods, path: first, middlewares: rest }];
    const method = name === 'httpMethod' && first ? project.values.text(first, project.values.root) : undefined;
    const [path, ...middlewares] = rest;
    return method ? [{ methods: [method.toLowerCase()], path, middlewares }] : [];
  });
}

/** An action reads what its parameters are given and speaks Express; its class may have methods that make answers. */
const dialect: Dialect = {
  ...express.dialect,
  roots: () => undefined,
  stated: undefined,
  returned: (value, reading, place) => {
    const call = strip(value);
    if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return;
    const { expression: owner, name } = call.expression;
    const result = owner.kind === ts.SyntaxKind.ThisKeyword ? results[name.text] : undefined;
    if (!result) return;
    const [content, status] = [result.content, result.code].map((index) => call.arguments[index ?? -1]);
    const sent = content && { mediaType: 'application/json', shape: reading.shapeOf(content, place) };
    reading.respond(status, sent ?? {}, place, call, result.status);
  },
};

/** The methods of `BaseHttpController` that make an answer: its status, and which arguments are its body and its status. */
const results: Readonly<Record<string, { readonly status: string; readonly content?: number; readonly code?: number }>> = {
  ok: { status: '200', content: 0 },
  json: { status: '200', content: 0, code: 1 },
  created: { status: '201', content: 1 },
  badRequest: { status: '400' },
  notFound: { status: '404' },
  conflict: { status: '409' },
  internalServerError: { status: '500' },
  redirect: { status: '302' },
  statusCode: { status: '200', code: 0 },
};

function operationOf(
  { method, env, scope }: Route,
  middlewares: readonly ts.Expression[],
  project: Project,
  notes: Note[],
): Omit<OperationFact, 'method' | 'path'> {
  const reading = new Reading(project, dialect);
  for (const middleware of middlewares) readMiddleware(middleware, express, 'handler', reading);
  const subjects = new Map<ts.Node, Subject>();
  const isDecorated = method.parameters.some((one) => decoratorsFrom(one, library, project).length > 0);
  for (const [index, parameter] of method.parameters.entries()) {
    const own = decoratorsFrom(parameter, library, project);
    const positional = isDecorated ? undefined : (['req', 'res', 'next'] as const)[index];
    const subject = positional
      ? { of: positional, path: [] }
      : own.map((one) => readParameter(parameter, one, reading, scope)).find((one) => one !== undefined);
    if (subject) subjects.set(parameter, subject);
  }
  const place: Place = { subjects, env, scope };
  reading.read(method, place);
  answerOf(method, reading, scope);
  notes.push(...reading.notes, ...reading.gaps);
  return { ...reading.operation, ...docOf(undefined, method), source: { ...evidenceAt(method.name, 'declared') } };
}

/** Records what a decorated parameter takes from the request; the subject of what is only seen by its reads. */
function readParameter(
  node: ts.ParameterDeclaration,
  { name, call }: Decorator,
  reading: Reading,
  scope: Scope,
): Subject | undefined {
  const { project } = reading;
  const [first] = call?.arguments ?? [];
  const key = first && project.values.text(first, project.values.root);
  const evidence = evidenceAt(node, 'declared');
  const shape = () => shapeOf(node, project, scope);
  const take = (where: 'path' | 'query' | 'header', part: string): Subject | undefined => {
    if (key !== undefined) reading.parameter(where, key, shape(), where === 'path', evidence);
    else if (!first) reading.parameters(where, shape(), evidence);
    return first ? undefined : { of: 'req', path: [part] };
  };
  switch (name) {
    case 'request':
      return { of: 'req', path: [] };
    case 'response':
      return { of: 'res', path: [] };
    case 'next':
      return { of: 'next', path: [] };
    case 'requestParam':
      return take('path', 'params');
    case 'queryParam':
      return take('query', 'query');
    case 'requestHeaders':
      return take('header', 'headers');
    case 'requestBody':
      reading.schema('body', [], shape(), node);
      return { of: 'req', path: ['body'] };
    default:
      return undefined;
  }
}

/** The response of the value an action returns, which Express sends; of none, where nothing was sent, 204. */
function answerOf(method: ts.MethodDeclaration, reading: Reading, scope: Scope): void {
  const { types, shapes } = reading.project;
  if (reading.responses.some(({ status }) => /^(?:[23]|default)/.test(status))) return;
  const evidence = evidenceAt(method.name, 'typed');
  const type = types.result({ kind: 'function', node: method, scope });
  if (type.kind === 'undefined' || (type.kind === 'union' && type.of.includes(nothing)))
    reading.merge({ status: '204', evidence });
  if (type.kind === 'undefined') return;
  const shape = shapes.of(present(type));
  const mediaType = shape.type === 'string' ? 'text/html' : 'application/json';
  reading.merge({ status: '200', mediaType, shape, evidence });
}
