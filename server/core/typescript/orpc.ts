/**
 * Reads procedures of oRPC that have a route of their own: those that an `OpenAPIHandler`, or Nest, serves. What only an
 * `RPCHandler` serves speaks a protocol that no OpenAPI document describes.
 */
import ts from 'ts6';
import {
  type Facts,
  isUnknown,
  joinShapes,
  type Note,
  type OperationFact,
  type ResponseFact,
  type Shape,
} from '../generate/facts.ts';
import type { Steps } from '../steps.ts';
import { membersOf as membersIn, optionsOf, type Written } from './contracts.ts';
import { addOnce, callsIn, classesIn, decoratorsFrom, textsOf } from './controllers.ts';
import { evidenceAt, noteAt } from './evidence.ts';
import { filesOf } from './files.ts';
import { type Dialect, type Project, Reading } from './handler.ts';
import { joinPaths } from './routers.ts';
import { present } from './type-model.ts';
import { type Env, nameText, resultsOf, strip, type Value } from './values.ts';
import { initializerOf } from './plain.ts';
import { statusByName } from './statuses.ts';

const library = /^@orpc\//;
type Made = Value & { kind: 'made' };

/** The facts of the procedures that these files and their imports serve. */
export function* readOrpc(entries: readonly string[], project: Project): Steps<Facts> {
  const notes: Note[] = [];
  const operations = new Map<string, OperationFact>();
  const { values } = project;
  const served: { readonly part: Part | undefined; readonly prefixes?: readonly string[] }[] = [];
  const rpc: ts.Node[] = [];
  let prefixOfNest = '';
  for (const file of filesOf(values, entries)) {
    yield file.fileName;
    for (const node of makingsIn(file, project, /^OpenAPIHandler$/)) {
      const [router, options] = node.arguments ?? [];
      if (!router) continue;
      if (optionsOf(options, values.root, project)('filter')) notes.push(noteAt(node.expression, filtered));
      const part = partOf(values.of(router, values.root), project);
      if (!part) notes.push(noteAt(router, unseen));
      served.push({ part, prefixes: prefixesOf(node, entries, project, notes) });
    }
    rpc.push(...makingsIn(file, project, /^RPCHandler$/));
    if (!/@orpc\/nest|setGlobalPrefix/.test(file.text)) continue;
    for (const call of callsIn(file)) {
      const [prefix] = call.arguments;
      if (prefix && /\.setGlobalPrefix$/.test(call.expression.getText())) prefixOfNest = values.text(prefix, values.root) ?? '';
    }
    for (const part of classesIn(file).flatMap(({ members }) => members.flatMap((one) => implementedBy(one, project))))
      served.push({ part });
  }
  for (const { part, prefixes = [prefixOfNest] } of served) {
    for (const procedure of part ? proceduresOf(part, project) : []) {
      const facts = operationOf(procedure, project, notes);
      for (const prefix of prefixes) {
        const path = joinPaths(joinPaths('', prefix), facts?.path ?? '') || '/';
        if (facts) addOnce(operations, { ...facts, path });
      }
    }
  }
  const [first] = rpc;
  if (served.length === 0 && first) notes.push(noteAt(first, rpcOnly));
  return { operations: [...operations.values()], types: project.shapes.named, notes };
}

/** What a method of a controller of Nest implements: `@Implement(contract.users.list)`, with the handler that it returns. */
function implementedBy(node: ts.ClassElement, project: Project): Part[] {
  const { values } = project;
  return decoratorsFrom(node, /^@orpc\/nest$/, project).flatMap(({ call }) => {
    const [contract] = call?.arguments ?? [];
    const [result] = ts.isMethodDeclaration(node) ? resultsOf(node.body) : [];
    const whole = result && partOf(values.of(result, values.root), project);
    const part = whole?.procedure ? whole : contract && partOf(values.of(contract, values.root), project);
    return part ? [part] : [];
  });
}

/** Does a file hand requests on to procedures: `handler.handle(request, { prefix: '/api' })`? */
export function handsToProcedures(uri: string, project: Project): boolean {
  const file = project.values.file(uri);
  if (!file?.text.includes('.handle(')) return false;
  return callsIn(file).some(({ expression }) => {
    const owner =
      ts.isPropertyAccessExpression(expression) && expression.name.text === 'handle' ? expression.expression : undefined;
    const value = owner && project.values.of(owner, project.values.root);
    return value?.kind === 'made' && library.test(value.name);
  });
}

const filtered = 'Which procedures this filter lets through is known only at run time, so all are written.';
const unseen = 'The router cannot be followed to where its procedures are written, so they are missing.';
const rpcOnly =
  'What only an RPCHandler serves has no route that OpenAPI could describe, so nothing of it is written; an OpenAPIHandler would give it one.';
const computed = 'The path is computed at run time, so its routes are missing.';

/** Where a file makes something of oRPC's by `new`. */
function makingsIn(file: ts.SourceFile, { values }: Project, name: RegExp): ts.NewExpression[] {
  if (!file.text.includes('@orpc/') && !/\bnew\s+\w*(?:OpenAPI|RPC)Handler\b/.test(file.text)) return [];
  const found: ts.NewExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node)) {
      const made = values.of(node.expression, values.root);
      if (made?.kind === 'package' && library.test(made.name) && name.test(made.member)) found.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The paths below which a handler is asked: `handler.handle(request, { prefix: '/api' })`, of what is after the host. */
function prefixesOf(site: ts.NewExpression, entries: readonly string[], project: Project, notes: Note[]): readonly string[] {
  const { values } = project;
  const found = new Set<string>();
  // `this.handler.handle(…)` in the file that makes it, where nobody sees whose it is.
  const likely = new Set<string>();
  for (const file of filesOf(values, entries)) {
    if (!file.text.includes('.handle(')) continue;
    for (const call of callsIn(file)) {
      const { expression, arguments: given } = call;
      if (!ts.isPropertyAccessExpression(expression) || expression.name.text !== 'handle') continue;
      const owner = values.of(expression.expression, values.root);
      const isOwn = owner?.kind === 'made' && owner.call === site;
      if (!isOwn && (owner || file !== site.getSourceFile())) continue;
      const prefix = given.map((one) => optionsOf(one, values.root, project)('prefix')).find((one) => one !== undefined);
      const text = prefix && textOf(prefix, project);
      if (prefix && text === undefined) notes.push(noteAt(prefix.node, openPrefix));
      (isOwn ? found : likely).add(text ?? '');
    }
  }
  const all = found.size > 0 ? found : likely;
  return all.size > 0 ? [...all] : [''];
}

const openPrefix = 'The path is known only at run time, so what is below it is written without it.';

/** The text that is written, or stands where the environment says nothing else. */
function textOf({ node, env }: Written, { values }: Project): string | undefined {
  const value = values.of(node, env);
  if (value?.kind !== 'pattern') return value?.kind === 'text' ? value.text : undefined;
  const parts = value.parts.map((one) => (typeof one === 'string' ? one : one.otherwise));
  return parts.every((one) => one !== undefined) ? parts.join('') : undefined;
}

/** A name in the chain that makes a builder, and its call, if it is called: `.input(Schema)`, `.users`. */
interface Link {
  readonly name: string;
  readonly call?: ts.CallExpression;
  readonly env: Env;
}

/** A procedure, or a router of procedures, and what the routers around it say of all in them. */
interface Part {
  readonly around: readonly Link[];
  /** The names under which it was reached from the router that it was asked for of. */
  readonly names: readonly string[];
  readonly procedure?: readonly Link[];
  readonly members?: ReadonlyMap<string, Value | undefined>;
}

/** How many routers deep procedures are looked for. */
const maxDepth = 12;

function partOf(value: Value | undefined, project: Project, depth = 0): Part | undefined {
  if (!value || depth > maxDepth) return undefined;
  if (value.kind === 'object' || value.kind === 'module')
    return { around: [], names: [], members: membersOf(value, project, depth) };
  return value.kind === 'made' && library.test(value.name) ? partMade(chainOf(value, project), project, depth) : undefined;
}

/** The members of a router, those of others that are spread into it included. */
function membersOf(
  value: Value & { kind: 'object' | 'module' },
  project: Project,
  depth: number,
): ReadonlyMap<string, Value | undefined> {
  const { values } = project;
  if (value.kind === 'module')
    return new Map(values.exportsOf(value.uri).map((name) => [name, values.exported(value.uri, name)]));
  const found = new Map<string, Value | undefined>();
  for (const property of value.node.properties) {
    if (ts.isSpreadAssignment(property)) {
      const inner = partOf(values.of(property.expression, value.env), project, depth + 1);
      for (const [name, one] of inner?.members ?? []) found.set(name, one);
    }
    const name = nameText(property.name);
    const node = initializerOf(property);
    if (name !== undefined && node) found.set(name, values.of(node, value.env));
  }
  return found;
}

/** The chain of names and calls that makes a value of oRPC's. */
function chainOf(value: Made, project: Project): readonly Link[] {
  const { values } = project;
  const { call } = value;
  const callee = strip(call.expression);
  const owner = ts.isPropertyAccessExpression(callee) ? values.of(callee.expression, value.env) : undefined;
  const before = owner?.kind === 'made' ? chainOf(owner, project) : [];
  const made = values.of(call, value.env);
  const called = made?.kind === 'made' ? made.member : value.member;
  const rest = value.member.slice(called.length + 1);
  const name = called.split('.').at(-1) as string;
  return [
    ...before,
    { name, env: value.env, ...(ts.isCallExpression(call) && { call }) },
    ...(rest === '' ? [] : rest.split('.').map((one) => ({ name: one, env: value.env }))),
  ];
}

/** Functions that give back the router they are given, with what they add to it. */
const handingBack =
  /^(?:populateContractRouterPaths|populateRouterContractOpenAPIPaths|minifyContractRouter|minifyRouterContract|unlazyRouter)$/;

function partMade(chain: readonly Link[], project: Project, depth: number): Part | undefined {
  const [root] = chain;
  const at = chain.findIndex(({ name, call }) => call && (name === 'router' || name === 'lazy' || handingBack.test(name)));
  const maker = chain[at];
  if (maker) {
    const inner = partOf(maker.name === 'lazy' ? loadedBy(maker, project) : firstOf(maker, project), project, depth + 1);
    const whole = inner && { ...inner, around: [...chain.slice(0, at), ...inner.around] };
    const path = chain.slice(at + 1).map(({ name }) => name);
    return within(whole, path, project, depth);
  }
  if (root?.name !== 'implement' || !root.call) return { around: [], names: [], procedure: chain };
  // `implement(contract).use(…).users.list.handler(…)`: what the contract has under these names.
  const path = chain.filter(({ call }) => !call).map(({ name }) => name);
  const contract = within(partOf(firstOf(root, project), project, depth + 1), path, project, depth);
  const own = chain.filter(({ call }) => call).slice(1);
  return contract?.procedure ? { ...contract, procedure: [...contract.procedure, ...own] } : contract;
}

/** What a call of the chain is given first. */
function firstOf({ call, env }: Link, { values }: Project): Value | undefined {
  const [first] = call?.arguments ?? [];
  return first && values.of(first, env);
}

/** The part of a router under these names. */
function within(part: Part | undefined, path: readonly string[], project: Project, depth: number): Part | undefined {
  const [name, ...rest] = path;
  if (!part || name === undefined) return part;
  const inner = partOf(part.members?.get(name), project, depth + 1);
  const own = inner && { ...inner, around: [...part.around, ...inner.around], names: [...part.names, name, ...inner.names] };
  return within(own, rest, project, depth + 1);
}

/** What a function that loads a module gives: what that exports by default. */
function loadedBy(link: Link, project: Project): Value | undefined {
  const { values } = project;
  const loader = firstOf(link, project);
  const [result] = loader?.kind === 'function' ? resultsOf(loader.node.body) : [];
  const module = result && values.of(result, link.env);
  return module?.kind === 'module' ? values.exported(module.uri, 'default') : module;
}

/** A procedure that is served: its name in the router, and the chain that makes it. */
interface Procedure {
  readonly names: readonly string[];
  readonly around: readonly Link[];
  readonly chain: readonly Link[];
}

function* proceduresOf(
  part: Part,
  project: Project,
  names = part.names,
  around: readonly Link[] = [],
  depth = 0,
): Iterable<Procedure> {
  const outer = [...around, ...part.around];
  if (part.procedure) yield { names, around: outer, chain: part.procedure };
  for (const [name, value] of part.members ?? []) {
    const inner = depth < maxDepth ? partOf(value, project) : undefined;
    if (inner) yield* proceduresOf(inner, project, [...names, name], outer, depth + 1);
  }
}

/** What a chain says of a procedure: `.route({ method: 'GET' })`, `.meta(openapi({ method: 'GET' }))`, schemas and handler. */
class Route {
  readonly inputs: Schema[] = [];
  readonly outputs: Schema[] = [];
  readonly errors: Written[] = [];
  handler: Value | undefined;
  readonly #project: Project;
  /** What is said of it, the last first. */
  readonly #said: ((name: string) => Written | undefined)[] = [];
  /** Of version 1, which are put before paths that are stated; of version 2, before all. */
  readonly #routerPrefixes: string[] = [];
  readonly #prefixes: string[] = [];
  readonly #routerTags: string[] = [];
  #tags: string[] = [];

  constructor(links: readonly Link[], project: Project) {
    this.#project = project;
    for (const { name, call, env } of links) {
      const [node] = call?.arguments ?? [];
      if (call && node) this.#read(name, { node, env }, call);
    }
  }

  #read(name: string, first: Written, call: ts.CallExpression): void {
    const { values } = this.#project;
    if (name === 'route' || name === '$route') this.#say(first);
    if (name === 'meta') for (const one of call.arguments) this.#sayMeta(values.of(one, first.env));
    if (name === 'prefix') this.#routerPrefixes.push(values.text(first.node, first.env) ?? '');
    if (name === 'tag') this.#routerTags.push(...call.arguments.flatMap((one) => textsOf(one, this.#project)));
    if (name === 'input') this.inputs.push(schemaOf(first, this.#project));
    if (name === 'output') this.outputs.push(schemaOf(first, this.#project));
    if (name === 'errors') this.errors.push(first);
    if (name === 'handler') this.handler = values.of(first.node, first.env);
  }

  /** What `route` says last stands alone; the tags and prefixes that `openapi` says are added. */
  #say({ node, env }: Written, isAdded = false): void {
    const given = optionsOf(node, env, this.#project);
    this.#said.unshift(given);
    const [tags, prefix] = [given('tags'), given('prefix')];
    if (tags) this.#tags = [...(isAdded ? this.#tags : []), ...textsOf(tags.node, this.#project)];
    if (prefix) this.#prefixes.push(textOf(prefix, this.#project) ?? '');
  }

  /** `openapi({ method: 'GET' })`, `openapi.prefix('/users')` */
  #sayMeta(made: Value | undefined): void {
    const [node] = made?.kind === 'made' && made.name === '@orpc/openapi' ? (made.call.arguments ?? []) : [];
    if (made?.kind !== 'made' || !node) return;
    const { env } = made;
    const [, shorthand] = made.member.split('.');
    if (shorthand === undefined) this.#say({ node, env }, true);
    else if (shorthand === 'prefix') this.#prefixes.push(textOf({ node, env }, this.#project) ?? '');
    else this.#said.unshift((wanted) => (wanted === shorthand ? { node, env } : undefined));
  }

  get(name: string): Written | undefined {
    return this.#said.map((given) => given(name)).find((one) => one !== undefined);
  }

  text(name: string): string | undefined {
    const found = this.get(name);
    return found && textOf(found, this.#project);
  }

  get tags(): readonly string[] {
    return [...new Set([...this.#routerTags, ...this.#tags])];
  }

  /** The path, which is made of the names of routers and procedure where none is stated. */
  pathOf(names: readonly string[]): string {
    const stated = this.text('path');
    const own =
      stated === undefined
        ? `/${names.map(encodeURIComponent).join('/')}`
        : [...this.#routerPrefixes, stated].reduce(joinPaths, '');
    return [...this.#prefixes, own].reduce(joinPaths, '').replaceAll(/\{\+(\w+)\}/g, '{$1}') || '/';
  }
}

function operationOf({ names, around, chain }: Procedure, project: Project, notes: Note[]): OperationFact | undefined {
  const source = chain.find(({ call }) => call)?.call;
  if (!source) return undefined;
  const route = new Route([...around, ...chain], project);
  const stated = route.get('path');
  if (stated && textOf(stated, project) === undefined) {
    notes.push(noteAt(stated.node, computed));
    return undefined;
  }
  const path = route.pathOf(names);
  const method = (route.text('method') ?? 'POST').toLowerCase();
  const reading = new Reading(project, dialect);
  const evidence = evidenceAt(source, 'declared');
  readInput(route.inputs, { method, path, isDetailed: route.text('inputStructure') === 'detailed' }, reading, source);
  for (const one of route.errors) readErrors(one, reading);
  const handler = route.handler?.kind === 'function' ? route.handler : undefined;
  const result = route.outputs.length === 0 && handler ? resultOf(handler, project) : undefined;
  const description = route.text('successDescription');
  const said = { evidence: result ? evidenceAt(source, 'typed') : evidence, ...(description && { description }) };
  const success = {
    status: route.text('successStatus') ?? '200',
    isDetailed: route.text('outputStructure') === 'detailed',
    said,
  };
  readOutput(result ? { shape: result } : allOf(route.outputs, reading), success, reading);
  if (handler) reading.handler(handler.node, handler.env);
  const body = { status: 'default', mediaType: 'application/json', shape: failure(), evidence };
  reading.completeFailures(new Map([['default', body]]));
  notes.push(...reading.notes, ...reading.gaps);
  const [summary, details] = [route.text('summary'), route.text('description')];
  return {
    ...reading.operation,
    method,
    path,
    operationId: route.text('operationId') ?? names.join('.'),
    ...(summary && { summary }),
    ...(details && { description: details }),
    ...(route.get('deprecated')?.node.kind === ts.SyntaxKind.TrueKeyword && { deprecated: true }),
    ...(route.tags.length > 0 && { tags: route.tags }),
    source: evidence,
  };
}

/** A handler is given what its input lets through, and returns what is sent: only what it throws is read in it. */
const dialect: Dialect = { roots: () => ['options'], part: () => undefined, answer: () => {} };

/** What a schema lets through, at once or piece by piece. */
interface Schema {
  readonly shape: Shape;
  readonly isStream?: true;
}

/** What a schema, or the type of `type<T>()`, lets through. */
function schemaOf({ node, env }: Written, project: Project): Schema {
  const { values, types, shapes } = project;
  const value = values.of(node, env);
  const made = value?.kind === 'made' && library.test(value.name) ? value : undefined;
  const [first] = made?.call.arguments ?? [];
  if (made && /^(?:eventIterator|asyncIteratorObject)$/.test(made.member))
    return { shape: eventOf(first ? schemaOf({ node: first, env: made.env }, project).shape : {}), isStream: true };
  const [stated] = made?.member === 'type' ? (made.call.typeArguments ?? []) : [];
  const type = stated ? types.ofNode(stated) : types.of(strip(node), types.within(env));
  return { shape: type.kind === 'undefined' ? {} : shapes.of(present(type)) };
}

/** A server-sent event as oRPC writes it. */
function eventOf(data: Shape): Shape {
  const event: Shape = { type: 'string', enum: ['message', 'close', 'error'] };
  return {
    type: 'object',
    properties: { event, data, id: { type: 'string' }, retry: { type: 'number' } },
    required: ['event'],
  };
}

/** What several schemas let through that all have to. */
function allOf(schemas: readonly Schema[], reading: Reading): Schema | undefined {
  const [first, ...more] = schemas;
  return more.length === 0 ? first : { shape: schemas.map(({ shape }) => written(shape, reading)).reduce(joinShapes) };
}

interface Target {
  readonly method: string;
  readonly path: string;
  readonly isDetailed: boolean;
}

/** Records what a request has to have: one object, of which the path takes its names and the query or the body the others, or its parts. */
function readInput(inputs: readonly Schema[], { method, path, isDetailed }: Target, reading: Reading, at: ts.Node): void {
  const input = allOf(inputs, reading);
  if (!input) return;
  const evidence = evidenceAt(at, 'declared');
  const whole = input.shape;
  if (input.isStream) return reading.body(whole, evidence, eventStream);
  const { properties, required } = entriesOf(whole, reading);
  const of = (names: readonly string[]): Shape => ({
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, properties[name] as Shape])),
    required: names.filter((name) => required.includes(name)),
  });
  const names = Object.keys(properties);
  const isBody = !/^(?:get|head)$/.test(method);
  if (isDetailed) {
    for (const part of ['params', 'query', 'headers']) {
      const own = properties[part];
      if (own) reading.schema(part, [], written(own, reading), at);
    }
    if (properties.body && isBody) reading.body(properties.body, evidence, mediaTypeOf(properties.body));
  } else {
    const inPath = names.filter((name) => path.includes(`{${name}}`));
    const rest = names.filter((name) => !inPath.includes(name));
    if (inPath.length > 0) reading.schema('params', [], of(inPath), at);
    if (!isBody && rest.length > 0) reading.schema('query', [], of(rest), at);
    const body = inPath.length > 0 ? of(rest) : whole;
    if (isBody && (inPath.length === 0 || rest.length > 0) && !isUnknown(body)) reading.body(body, evidence, mediaTypeOf(body));
  }
  reading.merge({ status: '400', mediaType: 'application/json', shape: failure('BAD_REQUEST', '400'), evidence });
}

/** The properties of an object, also of one of several, which all have to have what is required. */
function entriesOf(shape: Shape, reading: Reading): { properties: Readonly<Record<string, Shape>>; required: readonly string[] } {
  const whole = written(shape, reading);
  const parts = whole.anyOf?.map((one) => written(one, reading)) ?? [whole];
  const properties = Object.assign({}, ...parts.map((one) => one.properties ?? {})) as Record<string, Shape>;
  const required = Object.keys(properties).filter((name) => parts.every((one) => one.required?.includes(name)));
  return { properties, required };
}

/** A named type written out. */
function written(shape: Shape, { project }: Reading): Shape {
  return shape.ref ? (project.shapes.named.get(shape.ref) ?? {}) : shape;
}

const eventStream = 'text/event-stream';

/** Files go as such, and what has one as a form. */
function mediaTypeOf(shape: Shape): string {
  if (shape.format === 'binary') return 'application/octet-stream';
  const hasFile = Object.values(shape.properties ?? {}).some((one) => (one.items ?? one).format === 'binary');
  return hasFile ? 'multipart/form-data' : 'application/json';
}

interface Success {
  readonly status: string;
  readonly isDetailed: boolean;
  readonly said: Pick<ResponseFact, 'evidence' | 'description'>;
}

/** Records what is answered: the output, or by its parts, of which each may be another status. */
function readOutput(output: Schema | undefined, { status, isDetailed, said }: Success, reading: Reading): void {
  const respond = (code: string, shape: Shape = {}, mediaType = mediaTypeOf(shape)) =>
    reading.merge({ status: code, ...(!isUnknown(shape) && { mediaType, shape }), ...said });
  if (output?.isStream) return respond(status, output.shape, eventStream);
  if (!output || !isDetailed) return respond(status, output?.shape);
  const { anyOf = [output.shape] } = written(output.shape, reading);
  for (const one of anyOf) {
    const { properties = {} } = written(one, reading);
    for (const code of properties.status?.enum ?? [status]) respond(String(code), properties.body);
  }
}

/** What a handler returns, where no schema says what that is. */
function resultOf({ node, env }: Value & { kind: 'function' }, { types, shapes }: Project): Shape {
  const type = types.result({ kind: 'function', node, scope: types.within(env) });
  return type.kind === 'undefined' ? {} : shapes.of(present(type));
}

/** `.errors({ NOT_FOUND: { message: 'No such user', data: Schema } })` */
function readErrors({ node, env }: Written, reading: Reading): void {
  const { project } = reading;
  const value = project.values.of(node, env);
  if (value?.kind !== 'object') return;
  for (const [code, one] of membersIn(value, project)) {
    const given = optionsOf(one.node, one.env, project);
    const text = (name: string) => {
      const found = given(name);
      return found && textOf(found, project);
    };
    const status = text('status') ?? statusByName(code) ?? '500';
    const data = given('data');
    const shape = failure(code, status, data && schemaOf(data, project).shape);
    const description = text('message');
    reading.merge({
      status,
      mediaType: 'application/json',
      shape,
      ...(description && { description }),
      evidence: evidenceAt(one.node, 'declared'),
    });
  }
}

/** The body of an error: of one that is declared, with its code and what it tells. */
function failure(code?: string, status?: string, data: Shape = {}): Shape {
  return {
    type: 'object',
    properties: {
      defined: { type: 'boolean' },
      code: { type: 'string', ...(code && { enum: [code] }) },
      status: { type: 'integer', ...(status && { enum: [Number(status)] }) },
      message: { type: 'string' },
      data,
    },
    required: ['defined', 'code', 'status', 'message'],
  };
}
