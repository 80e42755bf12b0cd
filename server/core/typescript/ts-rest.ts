/**
 * Reads contracts of ts-rest that an application serves, through Express, Fastify, Next.js, Nest or a platform's functions: what a
 * contract says of a route is what its server checks and its handler is held to.
 */
import ts from 'ts6';
import type { Facts, Note, OperationFact, Shape } from '../generate/facts.ts';
import type { Steps } from '../steps.ts';
import { membersOf, optionsOf, type Written } from './contracts.ts';
import { addOnce, callsIn, mountedAt, pathsOf } from './controllers.ts';
import { evidenceAt } from './evidence.ts';
import { express } from './express.ts';
import { filesOf } from './files.ts';
import { type Project, Reading } from './handler.ts';
import { named } from './names.ts';
import { joinPaths } from './routers.ts';
import { present } from './type-model.ts';
import { type Env, strip, type Value } from './values.ts';

const library = /^@ts-rest\//;

/** What serves the contract it is given first. */
const servers =
  /(?:^|\.)(?:createExpressEndpoints|registerRouter|createNextRouter|createNextHandler|createSingleRouteHandler|create\w*Handler|TsRestHandler|TsRest)$/;

/** The facts of the contracts that these files and their imports serve. */
export function* readTsRest(entries: readonly string[], project: Project): Steps<Facts> {
  const notes: Note[] = [];
  const served: { readonly contract: ts.Expression; readonly prefix?: string }[] = [];
  const plugins: typeof served = [];
  let prefixOfNest = '';
  for (const file of filesOf(project.values, entries)) {
    yield file.fileName;
    if (!/@ts-rest\/|setGlobalPrefix/.test(file.text)) continue;
    const calls = callsIn(file);
    for (const call of calls) {
      const [contract, , app] = call.arguments;
      if (!contract) continue;
      if (/\.setGlobalPrefix$/.test(call.expression.getText())) prefixOfNest = textOf(contract, project) ?? '';
      const made = memberOf(call.expression, project);
      if (made && servers.test(made)) {
        const prefix = app && made === 'createExpressEndpoints' ? mountedAt(strip(app), calls, project) : '';
        served.push({ contract, ...(!ts.isDecorator(call.parent) && { prefix }) });
      } else if (made && /^initServer\.router$/.test(made)) plugins.push({ contract, prefix: '' });
    }
  }
  const routes = new Map<ts.Node, Route>();
  // `app.register(s.plugin(router))`: where nothing is named that serves, what a server implements is served.
  for (const { contract, prefix = prefixOfNest } of served.length > 0 ? served : plugins) {
    for (const route of routesIn({ node: contract, env: project.values.root }, joinPaths('', prefix), project)) {
      // A part of a contract is also a part of the whole, which says what it is below.
      const known = routes.get(route.node);
      if (!known || known.prefix.length < route.prefix.length) routes.set(route.node, route);
    }
  }
  const operations = new Map<string, OperationFact>();
  for (const route of routes.values()) {
    for (const operation of operationsOf(route, project, notes)) addOnce(operations, operation);
  }
  return { operations: [...operations.values()], types: project.shapes.named, notes };
}

function textOf(node: ts.Expression, { values }: Project): string | undefined {
  return values.text(node, values.root);
}

/** The member of a package of ts-rest that an expression is: `initContract.router` of `c.router`. */
function memberOf(node: ts.Expression, { values }: Project): string | undefined {
  const bare = strip(node);
  const value = values.of(bare, values.root);
  if ((value?.kind === 'package' || value?.kind === 'made') && library.test(value.name)) return value.member;
  if (!ts.isPropertyAccessExpression(bare)) return undefined;
  const owner = values.of(bare.expression, values.root);
  const isOwn = (owner?.kind === 'package' || owner?.kind === 'made') && library.test(owner.name);
  return isOwn ? `${owner.member}.${bare.name.text}` : undefined;
}

/** A route of a contract: an object with a method and a path, what it is below, and what all routes around it may answer. */
interface Route {
  readonly node: ts.ObjectLiteralExpression;
  readonly env: Env;
  readonly prefix: string;
  readonly common: readonly Written[];
}

/** A part of a contract that is written out: its members, what they are below, and what all of them may answer. */
interface Part {
  readonly value: Value & { kind: 'object' };
  readonly prefix: string;
  readonly common: readonly Written[];
}

/** The part of a contract that an expression names or makes: `c.router({ … }, { pathPrefix })`, `contract.posts`. */
function partOf({ node, env }: Written, project: Project, depth = 0): Part | undefined {
  const { values } = project;
  if (depth > 8) return undefined;
  const bare = strip(node);
  const value = values.of(bare, env);
  if (value?.kind === 'object') return { value, prefix: '', common: [] };
  if (ts.isCallExpression(bare)) {
    const [routes, options] = bare.arguments;
    if (!routes || !/^initContract\.\w+$/.test(memberOf(bare.expression, project) ?? '')) return undefined;
    const inner = partOf({ node: routes, env }, project, depth + 1);
    const given = optionsOf(options, env, project);
    const [path, shared] = [given('pathPrefix'), given('commonResponses')];
    const prefix = joinPaths('', (path && values.text(path.node, path.env)) ?? '');
    return (
      inner && {
        value: inner.value,
        prefix: joinPaths(prefix, inner.prefix),
        common: [...inner.common, ...(shared ? [shared] : [])],
      }
    );
  }
  if (ts.isPropertyAccessExpression(bare)) {
    const owner = partOf({ node: bare.expression, env }, project, depth + 1);
    const member = owner && new Map(membersOf(owner.value, project)).get(bare.name.text);
    const inner = member && partOf(member, project, depth + 1);
    return (
      inner && { value: inner.value, prefix: joinPaths(owner.prefix, inner.prefix), common: [...owner.common, ...inner.common] }
    );
  }
  const found = ts.isIdentifier(bare) ? named(values, bare, 'value') : undefined;
  const declared = found?.kind === 'node' ? found.node : undefined;
  const given = declared && ts.isVariableDeclaration(declared) ? declared.initializer : declared;
  return given && given !== bare && ts.isExpression(given)
    ? partOf({ node: given, env: values.root }, project, depth + 1)
    : undefined;
}

/** The routes of a part of a contract. */
function* routesIn(at: Written, prefix: string, project: Project, common: readonly Written[] = [], depth = 0): Iterable<Route> {
  const part = depth > 8 ? undefined : partOf(at, project);
  if (!part) return;
  const members = [...membersOf(part.value, project)];
  const names = new Set(members.map(([name]) => name));
  const below = joinPaths(prefix, part.prefix);
  const shared = [...common, ...part.common];
  if (names.has('method') && names.has('path'))
    yield { node: part.value.node, env: part.value.env, prefix: below, common: shared };
  else for (const [, member] of members) yield* routesIn(member, below, project, shared, depth + 1);
}

function* operationsOf(route: Route, project: Project, notes: Note[]): Iterable<OperationFact> {
  const { node, env } = route;
  const { values } = project;
  const given = optionsOf(node, env, project);
  const said = (name: string) => {
    const one = given(name);
    return one && values.text(one.node, one.env);
  };
  const [method, path] = [said('method')?.toLowerCase(), given('path')];
  if (!method || !path) return;
  const reading = new Reading(project, express.dialect);
  const parts = { pathParams: 'params', query: 'query', headers: 'headers' } as const;
  for (const [name, part] of Object.entries(parts)) {
    const own = given(name);
    const shape = own && bodyOf(own, project);
    if (own && shape) reading.schema(part, [], shape, own.node);
  }
  const body = given('body');
  const sent = body && bodyOf(body, project);
  const mediaType = said('contentType') ?? 'application/json';
  if (body && sent && method !== 'get' && method !== 'head') reading.body(sent, evidenceAt(body.node, 'declared'), mediaType);
  for (const responses of [...route.common, ...(given('responses') ? [given('responses') as Written] : [])])
    readResponses(responses, reading);
  const { parameters, bodies } = reading.operation;
  if (parameters.some((one) => one.in === 'query') || bodies.length > 0)
    reading.merge({ status: '400', evidence: evidenceAt(node, 'declared') });
  const [summary, description] = [said('summary'), said('description')];
  const isDeprecated = given('deprecated')?.node.kind === ts.SyntaxKind.TrueKeyword;
  for (const one of pathsOf(path.node, project, notes, (text) => text)) {
    yield {
      ...reading.operation,
      method,
      path: joinPaths(route.prefix, one) || '/',
      ...(summary && { summary }),
      ...(description && { description }),
      ...(isDeprecated && { deprecated: true }),
      source: { ...evidenceAt(node, 'declared') },
    };
  }
}

function readResponses({ node, env }: Written, reading: Reading): void {
  const { project } = reading;
  const responses = partOf({ node, env }, project)?.value;
  if (!responses) return;
  for (const [status, given] of membersOf(responses, project)) {
    if (!/^[1-5]\d\d$/.test(status)) continue;
    const evidence = evidenceAt(given.node, 'declared');
    const other = otherResponse(given, project);
    const shape = bodyOf(other?.body ?? given, project);
    const mediaType = other ? other.mediaType : 'application/json';
    reading.merge({ status, ...(shape && { mediaType, shape }), evidence });
  }
}

/** `c.otherResponse({ contentType: 'text/plain', body: z.string() })` */
function otherResponse({ node, env }: Written, project: Project): { mediaType: string; body?: Written } | undefined {
  const call = strip(node);
  if (!ts.isCallExpression(call) || !/\.otherResponse$/.test(memberOf(call.expression, project) ?? '')) return undefined;
  const given = optionsOf(call.arguments[0], env, project);
  const type = given('contentType');
  return { mediaType: (type && project.values.text(type.node, type.env)) ?? 'application/octet-stream', body: given('body') };
}

/** What a schema of a contract, or the type of `c.type<T>()`, lets through; undefined where there is no body. */
function bodyOf({ node }: Written, project: Project): Shape | undefined {
  const bare = strip(node);
  const { types, shapes } = project;
  const isNothing = (text: string) => /^(?:null|undefined|void|never)$/.test(text);
  if (isNothing(bare.getText())) return undefined;
  const member = ts.isCallExpression(bare) ? memberOf(bare.expression, project) : memberOf(bare, project);
  if (member && /\.(?:noBody|type)$/.test(member)) {
    const [type] = ts.isCallExpression(bare) ? (bare.typeArguments ?? []) : [];
    return type && !isNothing(type.getText()) ? shapes.of(present(types.ofNode(type))) : undefined;
  }
  const schema = types.of(bare);
  if (schema.kind === 'undefined') return undefined;
  return shapes.of(schema);
}
