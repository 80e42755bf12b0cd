/**
 * Reads Express applications from their source, without running them: the mount tree, every route on it, and what the
 * handlers show of their requests and responses. What cannot be seen becomes a note.
 */
import ts from 'ts6';
import type { Facts, Note, OperationFact, ResponseFact } from '../generate/facts.ts';
import type { Host } from '../host.ts';
import { errorDialect, expressDialect, readAuthenticator, readUpload, readValidator } from './express-handler.ts';
import { docOf, functionsOf, type Project, Reading } from './handler.ts';
import { Shapes } from './shapes.ts';
import { Types } from './types.ts';
import { type Env, isRequire, type Router, strip, type Value, Values } from './values.ts';

/** A call of `get`, `use`, … on a router or a route. */
interface Registration {
  readonly method: string;
  readonly call: ts.CallExpression;
  readonly at: number;
  readonly env: Env;
  /** The path where it is not the first argument: `router.route(path).get(…)`. */
  readonly path?: { readonly node: ts.Expression; readonly env: Env };
}

/** A middleware in front of routes. */
interface Guard {
  readonly node: ts.Expression;
  readonly env: Env;
}

const methods = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];
const registering = new Set([...methods, 'all', 'use']);
/** What `all` stands for in a description: OpenAPI has no word for it. */
const methodsOfAll = ['get', 'post', 'put', 'patch', 'delete'];

/**
 * The facts of the Express applications that these files and their imports make. `host` answers what exists, `read`
 * gives the text that counts (an open buffer's before the disk's).
 */
export function generateExpress(entries: readonly string[], host: Host, read: (uri: string) => string | undefined): Facts {
  return new Reader(new Values(host, read)).facts(entries);
}

class Reader {
  readonly #values: Values;
  readonly #registrations = new Map<string, Registration[]>();
  readonly #routers = new Map<string, Router>();
  readonly #notes = new Map<string, Note>();
  readonly #operations = new Map<string, OperationFact>();
  readonly #paths = new Map<string, string>();
  readonly #alls: OperationFact[] = [];
  readonly #refused = new Map<string, readonly ResponseFact[]>();
  #errors: ReadonlyMap<string, ResponseFact> | undefined;
  readonly #entered = new Set<string>();
  readonly #pending: (() => void)[] = [];

  readonly #project: Project;

  constructor(values: Values) {
    this.#values = values;
    const types = new Types(values);
    this.#project = { values, types, shapes: new Shapes(types) };
    values.onEnter = (body, env) => this.#enter(body, env);
  }

  facts(entries: readonly string[]): Facts {
    for (const uri of entries)
      if (!this.#values.file(uri)) this.#notes.set(uri, { uri, start: 0, end: 0, message: 'The file cannot be read.' });
    for (const file of this.#files(entries)) this.#walk(file, this.#values.root);
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) next();
    for (const app of this.#roots()) this.#serve(app, '', [], []);
    this.#addAlls();
    if (this.#routers.size === 0 && entries.length > 0 && this.#notes.size === 0) {
      this.#notes.set('', {
        uri: entries[0] as string,
        start: 0,
        end: 0,
        message: 'No Express application is created here or in the files it imports.',
      });
    }
    const notes = [...this.#notes.values()].sort((a, b) => (a.uri < b.uri ? -1 : a.uri > b.uri ? 1 : a.start - b.start));
    return { operations: [...this.#operations.values()], types: this.#project.shapes.named, notes };
  }

  /** The entries and every project file they import, directly or not. */
  *#files(entries: readonly string[]): Iterable<ts.SourceFile> {
    const seen = new Set(entries);
    for (const uri of seen) {
      const file = this.#values.file(uri);
      if (!file) continue;
      yield file;
      for (const specifier of specifiersOf(file)) {
        const target = this.#values.resolve(specifier.text, uri);
        if (target) seen.add(target);
        else if (specifier.text.startsWith('.') && !/\.(?:json|css|svg|png|node)$/.test(specifier.text)) {
          this.#note(specifier, `“${specifier.text}” is not found, so routes it may hold are missing.`);
        }
      }
    }
  }

  #enter(body: ts.Node, env: Env): void {
    const key = `${body.getSourceFile().fileName}#${body.pos}@${env.id}`;
    if (this.#entered.has(key)) return;
    this.#entered.add(key);
    this.#pending.push(() => this.#walk(body, env));
  }

  #walk(node: ts.Node, env: Env): void {
    if (ts.isCallExpression(node)) {
      if (this.#loop(node, env)) return;
      this.#register(node, env);
      this.#make(node, env);
    }
    if (ts.isForOfStatement(node) && this.#forOf(node, env)) return;
    ts.forEachChild(node, (child) => this.#walk(child, env));
  }

  /** A factory's body is entered when its call is evaluated; other calls are evaluated only where a value is needed. */
  #make(node: ts.CallExpression, env: Env): void {
    if (!ts.isIdentifier(node.expression)) return;
    const target = this.#values.of(node.expression, env);
    if (target?.kind === 'function' && /\b(?:express|Router)\(/.test(target.node.body?.getText() ?? ''))
      this.#values.of(node, env);
  }

  #register(node: ts.CallExpression, env: Env): void {
    const callee = strip(node.expression);
    if (ts.isPropertyAccessExpression(callee) && registering.has(callee.name.text)) {
      const owner = this.#values.of(callee.expression, env);
      if (owner?.kind !== 'router' && owner?.kind !== 'route') return;
      const list = this.#registrations.get(owner.router.id) ?? [];
      const registration = { method: callee.name.text, call: node, at: callee.name.getStart(), env };
      list.push(owner.kind === 'route' ? { ...registration, path: { node: owner.path, env: owner.env } } : registration);
      this.#registrations.set(owner.router.id, list);
      this.#routers.set(owner.router.id, owner.router);
      if (callee.name.text === 'use') this.#routersIn(node.arguments, env);
      return;
    }
    this.#passOn(node, env);
  }

  /** A function of the project that is given a router registers on it. */
  #passOn(node: ts.CallExpression, env: Env): void {
    const given = node.arguments.some((argument) => {
      const bare = strip(argument);
      if (!ts.isIdentifier(bare) && !ts.isPropertyAccessExpression(bare) && !ts.isObjectLiteralExpression(bare)) return false;
      return carriesRouter(this.#values, this.#values.of(bare, env));
    });
    if (!given) return;
    const target = this.#values.of(node.expression, env);
    if (target?.kind === 'function' && target.node.body) this.#enter(target.node.body, this.#values.call(node, target, env));
  }

  /** `[…].forEach((item) => …)`: once for every item of a literal list. */
  #loop(node: ts.CallExpression, env: Env): boolean {
    const callee = node.expression;
    const turn = node.arguments[0] && strip(node.arguments[0]);
    if (!ts.isPropertyAccessExpression(callee) || !/^(?:forEach|map)$/.test(callee.name.text)) return false;
    if (!turn || !(ts.isArrowFunction(turn) || ts.isFunctionExpression(turn)) || !turn.parameters[0]) return false;
    return this.#turns(callee.expression, turn.parameters[0], turn, turn.body, env);
  }

  #forOf(node: ts.ForOfStatement, env: Env): boolean {
    const declaration = ts.isVariableDeclarationList(node.initializer) ? node.initializer.declarations[0] : undefined;
    return declaration ? this.#turns(node.expression, declaration, node, node.statement, env) : false;
  }

  #turns(over: ts.Expression, item: ts.Node, owner: ts.Node, body: ts.Node, env: Env): boolean {
    const list = this.#values.of(over, env);
    if (list?.kind !== 'list') return false;
    this.#walk(over, env);
    for (const [index, expression] of list.items.entries()) {
      const value = this.#values.of(expression, list.env);
      const bindings = new Map(value ? [[item, value]] : []);
      this.#enter(body, this.#values.enter(owner, `turn ${index}`, owner, env, env, bindings));
    }
    return true;
  }

  /** Applications that no other application mounts; where a factory makes one, the calls stand for it. */
  #roots(): Router[] {
    const apps = [...this.#routers.values()].filter((router) => router.isApp);
    const called = new Set(apps.filter((app) => app.env.id > 0).map((app) => app.site));
    const real = apps.filter((app) => app.env.id > 0 || !called.has(app.site));
    const mounted = new Set(real.flatMap((app) => this.#mounts(app)));
    const roots = real.filter((app) => !mounted.has(app.id));
    if (roots.length > 0) return roots;
    // Routers without an application: an entry that exports its routes. The outermost are what it serves.
    const inner = new Set([...this.#routers.values()].flatMap((router) => this.#mounts(router)));
    return [...this.#routers.values()].filter((router) => !router.isApp && !inner.has(router.id));
  }

  #mounts(router: Router): string[] {
    const uses = (this.#registrations.get(router.id) ?? []).filter(({ method }) => method === 'use');
    return uses.flatMap(({ call, env }) => this.#routersIn(call.arguments, env).map(({ id }) => id));
  }

  #serve(router: Router, prefix: string, above: readonly string[], guards: readonly Guard[]): void {
    if (above.includes(router.id)) return;
    const own = [...guards];
    const registrations = [...(this.#registrations.get(router.id) ?? [])].sort(byPlace);
    for (const registration of registrations) {
      if (registration.method !== 'use') this.#route(registration, prefix, own);
      else if (!this.#mount(registration, prefix, [...above, router.id], own)) own.push(...this.#guardsIn(registration));
    }
  }

  /** Serves the routers that a `use` mounts; false where it mounts none. */
  #mount(registration: Registration, prefix: string, above: readonly string[], guards: readonly Guard[]): boolean {
    const { call, env } = registration;
    const routers = this.#routersIn(call.arguments, env);
    if (routers.length === 0) {
      this.#unseenMount(call);
      return false;
    }
    const first = call.arguments[0] as ts.Expression;
    const paths = this.#isPath(first, env) ? this.#pathsOf(first, env) : [''];
    const all = [...guards, ...this.#guardsIn(registration)];
    for (const path of paths) for (const router of routers) this.#serve(router, joinPaths(prefix, path), above, all);
    return true;
  }

  /** The middlewares of a `use`: what they refuse, they refuse for every route behind them. */
  #guardsIn({ call, env }: Registration): Guard[] {
    const [first] = call.arguments;
    const isMounted = this.#routersIn(call.arguments, env).length > 0;
    // Middlewares of a path guard that path alone, which is not followed.
    if (first && !isMounted && this.#isPath(first, env)) return [];
    return call.arguments.filter((node) => this.#routersIn([node], env).length === 0).map((node) => ({ node, env }));
  }

  /** What a middleware answers instead of passing on. */
  #refusals({ node, env }: Guard): readonly ResponseFact[] {
    const key = `${node.getSourceFile().fileName}#${node.pos}@${env.id}`;
    const known = this.#refused.get(key);
    if (known) return known;
    const reading = new Reading(this.#project, expressDialect);
    readAuthenticator(node, reading, env);
    for (const { node: handler, env: own } of functionsOf(this.#values, node, env)) reading.handler(handler, own);
    const refusals = reading.responses.filter(({ status }) => /^[45]/.test(status));
    this.#refused.set(key, refusals);
    return refusals;
  }

  /** What the application's error handlers answer, by status; `default` for statuses the error brings. */
  #errorBodies(): ReadonlyMap<string, ResponseFact> {
    if (this.#errors) return this.#errors;
    const reading = new Reading(this.#project, errorDialect);
    for (const list of this.#registrations.values()) {
      for (const { method, call, env } of list) {
        if (method !== 'use') continue;
        for (const argument of call.arguments) {
          for (const { node, env: own } of functionsOf(this.#values, argument, env)) reading.handler(node, own);
        }
      }
    }
    this.#errors = new Map(reading.responses.filter(({ mediaType }) => mediaType).map((one) => [one.status, one]));
    return this.#errors;
  }

  /** `app.use('/x', require(name))`: something is mounted, but nobody can see what. */
  #unseenMount(call: ts.CallExpression): void {
    const dynamic = call.arguments.find((argument) => {
      const specifier = specifierOf(strip(argument));
      return specifier && !ts.isStringLiteralLike(specifier);
    });
    if (dynamic) this.#note(dynamic, 'The mounted module is chosen at run time, so its routes are missing.');
  }

  #routersIn(args: readonly ts.Expression[], env: Env): Router[] {
    return args.flatMap((argument) => {
      const value = this.#values.of(argument, env);
      if (value?.kind === 'router') return [value.router];
      return value?.kind === 'list' ? this.#routersIn(value.items, value.env) : [];
    });
  }

  /** Is the first argument of `use` a path, though perhaps one that cannot be read? */
  #isPath(node: ts.Expression, env: Env): boolean {
    const bare = strip(node);
    const value = this.#values.of(bare, env);
    if (value?.kind === 'text') return true;
    if (value?.kind === 'list') return value.items.some((item) => this.#isPath(item, value.env));
    if (value) return false;
    if (ts.isTemplateExpression(bare) || ts.isBinaryExpression(bare) || ts.isRegularExpressionLiteral(bare)) return true;
    const isName = ts.isIdentifier(bare) || ts.isPropertyAccessExpression(bare) || ts.isElementAccessExpression(bare);
    return isName && /path|prefix|base|route|url|mount/i.test(bare.getText().split('.').at(-1) as string);
  }

  /** The paths an argument stands for, as OpenAPI templates; what cannot be said gets a note. */
  #pathsOf(node: ts.Expression, env: Env): string[] {
    const value = this.#values.of(node, env);
    if (value?.kind === 'list') return value.items.flatMap((item) => this.#pathsOf(item, value.env));
    if (value?.kind !== 'text') {
      const isPattern = ts.isRegularExpressionLiteral(strip(node));
      this.#note(node, isPattern ? patternNote : 'The path is computed at run time, so its routes are missing.');
      return [];
    }
    const templates = templatesOf(value.text);
    if (!templates) this.#note(node, patternNote);
    return templates ?? [];
  }

  #route(registration: Registration, prefix: string, guards: readonly Guard[]): void {
    const { call, env, method } = registration;
    const first = call.arguments[0];
    if (!registration.path && (!first || call.arguments.length < 2)) return;
    const paths = registration.path
      ? this.#pathsOf(registration.path.node, registration.path.env)
      : this.#pathsOf(first as ts.Expression, env);
    if (paths.length === 0) return;
    const handlers = registration.path ? call.arguments : call.arguments.slice(1);
    const reading = new Reading(this.#project, expressDialect);
    for (const handler of handlers) {
      readValidator(handler, reading);
      readUpload(handler, reading);
      readAuthenticator(handler, reading, env);
    }
    const functions = handlers.flatMap((handler) => functionsOf(this.#values, handler, env));
    for (const { node, env: own } of functions) reading.handler(node, own, call);
    for (const note of reading.notes) this.#notes.set(`${note.uri}#${note.start}`, note);
    for (const guard of guards) for (const refusal of this.#refusals(guard)) reading.merge(refusal);
    reading.completeFailures(this.#errorBodies());
    const facts = { ...reading.operation, ...docOf(call, functions.at(-1)?.node) };
    const uri = call.getSourceFile().fileName;
    const source = { uri, start: registration.at, end: call.getEnd() };
    for (const path of paths) {
      const operation = { ...facts, method, path: this.#canonical(joinPaths(prefix, path) || '/'), source };
      if (method === 'all') this.#alls.push(operation);
      else this.#add(operation);
    }
  }

  /** `/a/{id}` and `/a/{key}` are one path to OpenAPI; the first name stands. */
  #canonical(path: string): string {
    const shape = path.replaceAll(/\{[^}]+\}/g, '{}');
    const known = this.#paths.get(shape) ?? path;
    this.#paths.set(shape, known);
    return known;
  }

  /** Express answers with the first route that matches. */
  #add(operation: OperationFact): void {
    const key = `${operation.method} ${operation.path}`;
    if (!this.#operations.has(key)) this.#operations.set(key, operation);
  }

  /** `all` beside other methods of a path guards or refuses; alone it serves them all. */
  #addAlls(): void {
    const taken = new Set([...this.#operations.values()].map(({ path }) => path));
    for (const operation of this.#alls) {
      if (taken.has(operation.path)) continue;
      for (const method of methodsOfAll) this.#add({ ...operation, method });
      const { uri, start, end } = operation.source;
      this.#notes.set(`${uri}#${start}`, {
        uri,
        start,
        end,
        message: `“all” answers every method; ${methodsOfAll.join(', ')} are written.`,
      });
    }
  }

  #note(node: ts.Node, message: string): void {
    const uri = node.getSourceFile().fileName;
    const start = node.getStart();
    this.#notes.set(`${uri}#${start}`, { uri, start, end: node.getEnd(), message });
  }
}

const patternNote = 'The path is a pattern that OpenAPI cannot express, so its routes are missing.';

function carriesRouter(values: Values, value: Value | undefined): boolean {
  if (value?.kind === 'router') return true;
  if (value?.kind !== 'object') return false;
  return value.node.properties.some((property) => {
    if (ts.isShorthandPropertyAssignment(property)) return values.of(property.name, value.env)?.kind === 'router';
    return ts.isPropertyAssignment(property) && values.of(property.initializer, value.env)?.kind === 'router';
  });
}

/** Order of registration, as far as the text tells it. */
function byPlace(a: Registration, b: Registration): number {
  const [first, second] = [a.call.getSourceFile().fileName, b.call.getSourceFile().fileName];
  return first === second ? a.at - b.at : 0;
}

function specifiersOf(file: ts.SourceFile): ts.StringLiteralLike[] {
  const found: ts.StringLiteralLike[] = [];
  const visit = (node: ts.Node) => {
    if ((ts.isImportDeclaration(node) && !node.importClause?.isTypeOnly) || (ts.isExportDeclaration(node) && !node.isTypeOnly)) {
      if (node.moduleSpecifier && ts.isStringLiteralLike(node.moduleSpecifier)) found.push(node.moduleSpecifier);
    } else {
      const specifier = specifierOf(node);
      if (specifier && ts.isStringLiteralLike(specifier)) found.push(specifier);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** What `require(…)` or `import(…)` is given. */
function specifierOf(node: ts.Node): ts.Expression | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  return isRequire(node) || node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : undefined;
}

/** Two parts of a path, with one slash between them and none behind. */
function joinPaths(prefix: string, path: string): string {
  const rest = path.replace(/\/+$/, '');
  return rest === '' || rest.startsWith('/') ? prefix + rest : `${prefix}/${rest}`;
}

/**
 * An Express path as OpenAPI templates: `:id(\\d+)` is `{id}`, an optional part (`/:id?`, `{/:id}`) gives two.
 * Undefined for wildcards and other patterns.
 */
export function templatesOf(path: string): string[] | undefined {
  const optional = /\{([^{}]*)\}|(\/:\w+(?:\([^()]*\))?)\?/.exec(path);
  if (optional) {
    const [before, after] = [path.slice(0, optional.index), path.slice(optional.index + optional[0].length)];
    const without = templatesOf(before + after);
    const within = templatesOf(before + (optional[1] ?? optional[2]) + after);
    return without && within && [...without, ...within];
  }
  const template = path.replaceAll(/:(\w+)(?:\((?:[^()\\]|\\.)*\))?/g, '{$1}');
  return /[*+?()|]|:/.test(template.replaceAll(/\\./g, '')) ? undefined : [template.replaceAll(/\\(.)/g, '$1')];
}
