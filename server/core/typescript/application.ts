/** Reads an application's contract facts with the reader of the framework its files import. */
import ts from 'ts6';
import { type Facts, type Note, noFacts, type OperationFact } from '../generate/facts.ts';
import { inOrder } from '../generate/notes.ts';
import type { Host } from '../host.ts';
import { atOnce, type Steps } from '../steps.ts';
import { readContractFirst, withValidatedSecurity } from './contract-first.ts';
import { elysia } from './elysia.ts';
import { express } from './express.ts';
import { readExpressOpenapi } from './express-openapi.ts';
import { fastify } from './fastify.ts';
import { hono } from './hono.ts';
import { readInversify } from './inversify.ts';
import { itty } from './itty.ts';
import { koa } from './koa.ts';
import { filesOf, specifiersOf } from './files.ts';
import type { Project } from './handler.ts';
import { functionsIn, manifestsOf, readCdk, readLambda } from './lambda.ts';
import { isNext, mountsOf, readNext } from './next.ts';
import { readNest } from './nest.ts';
import { readOrpc } from './orpc.ts';
import { type Framework, readRouters } from './routers.ts';
import { readRoutingControllers } from './routing-controllers.ts';
import { Shapes } from './shapes.ts';
import { statedInfo } from './stated-info.ts';
import { withComments } from './swagger-comments.ts';
import { readTsRest } from './ts-rest.ts';
import { readTypescriptRest } from './typescript-rest.ts';
import { isOfWrittenRoutes, readTsoa, tsoaControllers } from './tsoa.ts';
import { Types } from './types.ts';
import { Values } from './values.ts';

/**
 * The facts of the application that these files and their imports make. `host` answers what exists, `read` gives the
 * text that counts (an open buffer's before the disk's).
 */
export function readApplication(entries: readonly string[], host: Host, read: (uri: string) => string | undefined): Facts {
  return atOnce(applicationSteps(entries, host, read));
}

/** The same file by file, and route by route. */
export function* applicationSteps(
  entries: readonly string[],
  host: Host,
  read: (uri: string) => string | undefined,
): Steps<Facts> {
  const values = new Values(host, read);
  const types = new Types(values);
  const project: Project = { values, types, shapes: new Shapes(types) };
  const isRead = (uri: string) => values.file(uri) !== undefined || host.isDirectory(uri);
  const unread = entries.filter((uri) => !isRead(uri)).map((uri) => fileNote(uri, 'The file cannot be read.'));
  const mounts = mountsOf(entries, project);
  const written = tsoaControllers(entries, project);
  const manifests = manifestsOf(entries, project);
  const all = [...entries, ...mounts, ...written, ...functionsIn(manifests, project)];
  const files: string[] = [];
  const unseen = new Map<string, Unread>();
  for (const file of filesOf(values, all)) {
    files.push(file.text);
    noteUnread(file, unseen);
    yield file.fileName;
  }
  const found: Facts[] = [];
  for (const { sign, read: facts } of frameworks) {
    if (files.some((text) => sign.test(text))) found.push(yield* facts(all, project));
  }
  if (manifests.length > 0) found.push(yield* readLambda(manifests, project, usesFramework));
  if (isNext(entries, project)) {
    const next = yield* readNext(entries, project);
    // What a route hands on is said by who answers it.
    if (mounts.length > 0) found.push(next);
    else found.unshift(next);
  }
  const whole = found.length > 0 ? joined(found) : noFacts;
  const isSaid = (note: Note) => written.length === 0 || !isOfWrittenRoutes(note, project);
  const notes = [...unread, ...whole.notes.filter(isSaid)];
  // Beside routes that are read, a helper of another framework means nothing.
  for (const { note, isMaker } of unseen.values()) if (isMaker || whole.operations.length === 0) notes.push(note);
  const [first] = entries;
  if (notes.length === 0 && whole.operations.length === 0 && first)
    notes.push(fileNote(first, found.length > 0 ? noRoutes : host.isDirectory(first) ? noApplication : unknownFramework));
  const isValidated = files.some((text) => text.includes('express-openapi-validator'));
  const operations = isValidated ? withValidatedSecurity(whole.operations, all, project) : whole.operations;
  const described = withComments(operations, project);
  return { ...whole, info: statedInfo(values), operations: described, notes: inOrder(notes) };
}

/** Does a file use one of the frameworks that are read? */
export function usesFramework(text: string): boolean {
  return frameworks.some(({ sign }) => sign.test(text));
}

/** Does a file create an application, and not only a router of one? For frameworks whose routers are applications: either. */
export function createsApplication(text: string): boolean {
  return creation.test(text) && (usesFramework(text) || makersOnly.test(text));
}

const creation =
  /\b(?:Auto|Itty)Router\(|\b[eE]xpress\(\s*\)|\b[fF]astify(?:<[^()]*>)?\(|\bnew\s+(?:Koa|(?:OpenAPI)?Hono|Elysia)\b|\bNestFactory\s*\.create\b|\bnew\s+InversifyExpressServer\b|\b(?:create|use)(?:Express|Koa)Server\(|\.add(?:Method|Routes)\(/;
/** Packages that create applications and register no routes. */
const makersOnly = /['"](?:koa|@nestjs\/core)['"]/;

interface Reader {
  /** In the text of a file that uses the framework. */
  readonly sign: RegExp;
  readonly read: (entries: readonly string[], project: Project) => Steps<Facts>;
}

const routers = (sign: RegExp, framework: Framework): Reader => ({
  sign,
  read: (entries, project) => readRouters(entries, project, framework),
});

const frameworks: readonly Reader[] = [
  { sign: /['"]@nestjs\/common['"]/, read: readNest },
  // Before Express: what tsoa writes of its controllers is routes of that.
  { sign: /['"](?:tsoa|@tsoa\/(?:runtime|next))['"]/, read: readTsoa },
  { sign: /['"]routing-controllers['"]/, read: readRoutingControllers },
  { sign: /['"]inversify-express-utils['"]/, read: readInversify },
  { sign: /['"]typescript-rest['"]/, read: readTypescriptRest },
  { sign: /['"]@orpc\/(?:openapi|server|nest)(?:\/[\w-]+)?['"]/, read: readOrpc },
  { sign: /['"](?:express|koa)-openapi['"]/, read: readExpressOpenapi },
  { sign: /['"](?:openapi-backend|exegesis(?:-\w+)?|express-openapi-validator)['"]/, read: readContractFirst },
  { sign: /['"]@ts-rest\/(?!core)[\w-]+(?:\/[\w-]+)?['"]/, read: readTsRest },
  { sign: /['"](?:aws-cdk-lib|@aws-cdk\/)[^]*\.add(?:Method|Routes)\(/, read: readCdk },
  routers(/['"]fastify['"]/, fastify),
  routers(/['"]elysia['"]/, elysia),
  routers(/['"]itty-router['"]/, itty),
  routers(/['"](?:(?:npm:|jsr:)?(?:@hono\/)?hono(?:@[^'"/]*)?(?:\/[\w-]+)?|@hono\/zod-openapi)['"]/, hono),
  routers(/['"](?:@koa\/router|koa-router)['"]/, koa),
  routers(/\b(?:from|require\(|import\()\s*['"](?:npm:)?express(?:-promise-router)?(?:@[^'"]*)?['"]/, express),
];

const readFrameworks =
  'AWS CDK, chanfana on Hono, Elysia, exegesis, Express, express-openapi, express-openapi-validator, Fastify, Hono, inversify-express-utils, itty-router, Koa, NestJS, Next.js, openapi-backend, oRPC, routing-controllers, SAM, Serverless Framework, ts-rest, tsoa, typescript-rest';

const noRoutes = 'Neither this file nor those it imports register a route that Lintel can see.';

const noApplication = `No file in this folder creates an application of a framework that Lintel reads: ${readFrameworks}.`;

const unknownFramework = `Neither this file nor those it imports use a framework that Lintel reads: ${readFrameworks}.`;

/** Frameworks whose routes are not read, by the packages that register them. */
const unreadPackages =
  /^(?:@(?:feathersjs|loopback|adonisjs|foal|tsed|marblejs)\/[\w-]+|@?hapi(?:\/hapi)?|restify|polka|h3|find-my-way|moleculer-web|sails|actionhero|express-zod-api|@zodios\/express)$/;

/** What is imported of these packages to register routes: applications, routers, controllers, endpoints. */
const makers =
  /^(?:default|\*|(?:Auto)?Router|create(?:App|Router|Server|ExpressEndpoints)|(?:Json)?Controller|controller|Route|EndpointsFactory|zodios(?:App|Router)|feathers|RestApplication|[sS]erver)$/;

/** A framework whose routes are not read, and whether what is imported of it registers any. */
interface Unread {
  readonly note: Note;
  readonly isMaker: boolean;
}

/** Adds a note for every framework whose routes are not read, where the first file that uses it imports it. */
function noteUnread(file: ts.SourceFile, notes: Map<string, Unread>): void {
  for (const specifier of specifiersOf(file)) {
    const name = specifier.text;
    if (!unreadPackages.test(name) || notes.get(name)?.isMaker) continue;
    const isMaker = importedNames(specifier).some((one) => makers.test(one));
    if (notes.has(name) && !isMaker) continue;
    const [start, end] = [specifier.getStart(), specifier.getEnd()];
    const message = `Routes of “${name}” are not read, so they are missing; what is read: ${readFrameworks}.`;
    notes.set(name, { note: { uri: file.fileName, start, end, message }, isMaker });
  }
}

/** What an import takes of a module; all of it where that is not said. */
function importedNames({ parent }: ts.Node): string[] {
  const clause = ts.isImportDeclaration(parent) ? parent.importClause : undefined;
  const bindings = clause?.namedBindings;
  if (clause?.name || !bindings || !ts.isNamedImports(bindings)) return ['*'];
  return bindings.elements.map((one) => (one.propertyName ?? one.name).text);
}

function fileNote(uri: string, message: string): Note {
  return { uri, start: 0, end: 0, message };
}

/** What several frameworks of one application serve; the first reader of an operation has it. */
function joined(all: readonly Facts[]): Facts {
  const operations = new Map<string, OperationFact>();
  const paths = new Map<string, string>();
  for (const operation of all.flatMap((facts) => facts.operations)) {
    const form = operation.path.replaceAll(parameter, '{}');
    const path = paths.get(form) ?? operation.path;
    paths.set(form, path);
    const key = `${operation.method} ${path}`;
    if (!operations.has(key)) operations.set(key, path === operation.path ? operation : withPath(operation, path));
  }
  const [first] = all;
  return {
    operations: [...operations.values()],
    types: first?.types ?? new Map(),
    notes: all.flatMap(({ notes }) => notes),
  };
}

/** An operation under another path, which names its parameters differently: to OpenAPI, they are one. */
function withPath(operation: OperationFact, path: string): OperationFact {
  const [before, after] = [operation.path, path].map((one) => one.match(parameter) ?? []);
  const names = new Map(before?.map((name, index) => [name.slice(1, -1), after?.[index]?.slice(1, -1) ?? name]));
  const parameters = operation.parameters.map((one) =>
    one.in === 'path' ? { ...one, name: names.get(one.name) ?? one.name } : one,
  );
  return { ...operation, path, parameters };
}

const parameter = /\{[^}]+\}/g;
