/**
 * Reads applications made of routers from their source, without running them: the mount tree, every route on it, and what
 * the handlers show of their requests and responses. What cannot be seen becomes a note. How a framework registers
 * routes and what its handlers look like is told by its `Framework`.
 */
import ts from 'ts6';
import type { Facts, Note, OperationFact, ResponseFact } from '../generate/facts.ts';
import type { Steps } from '../steps.ts';
import { skippedFor } from './exempt.ts';
import { filesOf, specifierOf } from './files.ts';
import { asMethod, type Dialect, docOf, functionsOf, innermost, type Project, Reading } from './handler.ts';
import { present } from './type-model.ts';
import {
  type Env,
  type FunctionNode,
  isWithin,
  resultsOf,
  type Router,
  type RouterLibrary,
  strip,
  usualText,
  type Value,
  type Values,
} from './values.ts';

/** A framework whose applications are routers that routes are registered on. */
export interface Framework extends RouterLibrary {
  readonly name: string;
  /** What a call of a router's method with these arguments registers; undefined where it registers nothing. */
  step(method: string, args: readonly ts.Expression[], values: Values, env: Env): Step | undefined;
  /** A path as OpenAPI templates, several where parts are optional; undefined where OpenAPI has no word for it. */
  templates(path: string): string[] | undefined;
  /** What a path begins with that may stand below any other, or below none: `(.*)/orders`. */
  readonly anywhere?: RegExp;
  readonly dialect: Dialect;
  /** A middleware sees of a path what stands behind where it is mounted. */
  readonly cutsPaths?: true;
  /** What an entry exports by default may be given an application instead of making one. */
  readonly isPlugin?: true;
  /** The dialect of functions that answer for errors, where they are told from handlers by their form. */
  readonly errorDialect?: Dialect;
  /** What an argument beside the handlers says of the request: a validator, an upload, an authentication. */
  readArgument?(argument: ts.Expression, reading: Reading, env: Env): void;
  /** What the options of a route say: its schemas. */
  readOptions?(options: ts.Expression, reading: Reading, env: Env): RouteDoc | undefined;
}

/** What a route states of itself for a description. */
export interface RouteDoc extends Pick<OperationFact, 'summary' | 'description' | 'deprecated' | 'operationId' | 'tags'> {
  /** The route is not meant for descriptions. */
  readonly isHidden?: boolean;
}

/** What one call registers. */
export type Step =
  | {
      readonly kind: 'route';
      /** Lower case; `all` for every method. */
      readonly methods: readonly string[];
      /** Absent where the router's `route(path)` before has it. */
      readonly path?: ts.Expression;
      readonly handlers: readonly ts.Expression[];
      readonly options?: ts.Expression;
      /** Where path and options are written, if not where the call is made. */
      readonly place?: Env;
    }
  /** Routers and middlewares behind a path; `path` is checked to be one where it is `maybe`. */
  | { readonly kind: 'use'; readonly path?: ts.Expression; readonly maybe?: boolean; readonly parts: readonly ts.Expression[] }
  /** What runs before every route of the router, wherever it is registered. */
  | { readonly kind: 'hook'; readonly parts: readonly ts.Expression[] }
  /** A function that is given a router of its own; what runs before its routes runs before those around it, too, where it is shared. */
  | { readonly kind: 'plugin'; readonly path?: ts.Expression; readonly plugin: ts.Expression; readonly isShared?: boolean }
  /** The functions that files of a folder export, each given a router of its own below a path. */
  | { readonly kind: 'load'; readonly path?: ts.Expression; readonly plugins: readonly { uri: string; prefix: string }[] }
  /** The call gives a router below this one. */
  | { readonly kind: 'derive' }
  /** What all routes of the router are below. */
  | { readonly kind: 'prefix'; readonly path: ts.Expression }
  /** It registers something that cannot be followed. */
  | { readonly kind: 'unseen'; readonly at: ts.Expression; readonly message: string };

interface Registration {
  readonly step: Step;
  readonly call: ts.CallExpression;
  readonly at: number;
  readonly env: Env;
  /** The path where it is not an argument: `router.route(path).get(…)`. */
  readonly path?: { readonly node: ts.Expression; readonly env: Env };
  /** The router a plugin is given. */
  readonly child?: Router;
  /** The routers of loaded plugins, and where they stand. */
  readonly loaded?: readonly { readonly router: Router; readonly prefix: string }[];
}

/** What declares the variable of a loop. */
type Item = ts.VariableDeclaration | ts.ParameterDeclaration;

/** A middleware in front of routes: of all, or of those below a path. */
interface Guard {
  readonly node: ts.Expression;
  readonly env: Env;
  readonly below?: string;
  /** Where it stands: what it sees of a path begins there, where the framework cuts that off. */
  readonly at?: string;
}

/** What a guard answers instead of passing on, and whom it lets through. */
interface Refusals extends Pick<OperationFact, 'responses' | 'security'> {
  /** What it gives the request by name, and what it looked at for that. */
  readonly identified: Reading['identified'];
}

/** Of a path that all or much of an application is below. */
export const openNote = 'The path is known only at run time, so what is below it is written without it.';

export const usualNote = (path: string) => `“${path}” is written, which the path is where nothing else is set.`;

const chosenNote = 'The mounted module is chosen at run time, so its routes are missing.';

const givenNote = 'What is mounted here is known only at run time, so routes it may hold are missing.';

const ownerlessNote =
  'Routes are registered here on an application that the function is given and that is not seen to be made, so they are missing.';

/** Packages whose types say that something is an application or a router, and the names of those types. */
const applicationModules = /^(?:express(?:-serve-static-core)?|koa|@koa\/router|koa-router|fastify|hono|elysia)$/;
const applicationTypes = /(?:^|\.)(?:Express|Application|I?Router|Koa|FastifyInstance|Hono|Elysia)$/;

/** How many names a module may go by before it is mounted. */
const maxNames = 4;

/** What `all` stands for in a description: OpenAPI has no word for it. */
const methodsOfAll = ['get', 'post', 'put', 'patch', 'delete'];

/** The facts of the applications that these files and their imports make. */
export function readRouters(entries: readonly string[], project: Project, framework: Framework): Steps<Facts> {
  return new Reader(project, framework).facts(entries);
}

class Reader {
  readonly #values: Values;
  readonly #registrations = new Map<string, Registration[]>();
  readonly #routers = new Map<string, Router>();
  readonly #notes = new Map<string, Note>();
  readonly #operations = new Map<string, OperationFact>();
  /** Those of them of which only handlers are known that refuse or hand on. */
  readonly #passing = new Set<string>();
  readonly #paths = new Map<string, string>();
  readonly #alls: OperationFact[] = [];
  readonly #refused = new Map<string, Refusals>();
  /** Middlewares that were read, which may stand before many routes. */
  readonly #before = new Map<string, Reading>();
  #errors: ReadonlyMap<string, ResponseFact> | undefined;
  readonly #entered = new Set<string>();
  readonly #pending: (() => void)[] = [];
  /** What all paths served now begin with. */
  #within = '';
  readonly #isRegistering = new Map<ts.Node, boolean>();
  /** Classes whose instances may make a router. */
  readonly #servers = new Map<ts.Node, boolean>();
  readonly #served = new Set<string>();
  /** Modules chosen at run time that something takes in of which nobody sees what it is, by the call. */
  readonly #adrift = new Map<ts.CallExpression, ts.Expression>();
  /** Where routes are registered on what a function is given, and nobody sees who gives it, by the call. */
  readonly #ownerless = new Map<ts.CallExpression, ts.Expression>();
  /** Functions that register what they are given, and were called: what they do without is nothing. */
  readonly #registrars = new Set<ts.Node>();
  readonly #project: Project;
  readonly #framework: Framework;

  constructor(project: Project, framework: Framework) {
    const { values } = project;
    this.#project = project;
    this.#framework = framework;
    this.#values = values;
    values.follow(framework, (body, env) => this.#enter(body, env));
  }

  *facts(entries: readonly string[]): Steps<Facts> {
    const missing = (node: ts.Node, message: string) => this.#note(node, message);
    for (const file of filesOf(this.#values, entries, missing)) {
      yield file.fileName;
      this.#entered.add(keyOf(file, this.#values.root));
      this.#walk(file, this.#values.root);
    }
    // A plugin that a program of the framework's own starts, fastify-cli.
    if (this.#framework.isPlugin && ![...this.#routers.values()].some((router) => router.isApp)) this.#loadEntries(entries);
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) {
      next();
      yield '';
    }
    for (const app of this.#roots()) yield* this.#serve(app, '', [], []);
    this.#addAlls();
    // A function that registers may be given the application by one of its calls.
    const met = new Set([...this.#served].flatMap((id) => (this.#registrations.get(id) ?? []).map(({ call }) => call)));
    for (const [call, loaded] of this.#adrift) if (!met.has(call)) this.#note(loaded, chosenNote);
    // Beside routes that are served, a function that nobody calls is none of the application's.
    const isLost = this.#operations.size === 0;
    for (const [call, at] of this.#ownerless) if (isLost && !met.has(call)) this.#note(at, ownerlessNote);
    const notes = [...this.#notes.values()];
    return { operations: [...this.#operations.values()], types: this.#project.shapes.named, notes };
  }

  #loadEntries(entries: readonly string[]): void {
    for (const uri of entries) {
      const file = this.#values.file(uri);
      const site = file && firstCall(file);
      if (site) this.#load({ uri, prefix: '' }, site, this.#values.root);
    }
  }

  #enter(body: ts.Node, env: Env): void {
    if (env.owner && env.caller && isWithin(env.owner, env.caller)) return;
    // A file that is found while the program runs brings what it imports.
    const bodies = ts.isSourceFile(body) ? filesOf(this.#values, [body.fileName]) : [body];
    for (const one of bodies) {
      const key = keyOf(one, env);
      if (this.#entered.has(key)) continue;
      this.#entered.add(key);
      this.#pending.push(() => this.#walk(one, env));
    }
  }

  #walk(node: ts.Node, env: Env): void {
    if (ts.isCallExpression(node)) {
      if (this.#loop(node, env) || this.#then(node, env)) return;
      if (node.expression.kind === ts.SyntaxKind.SuperKeyword) this.#constructBase(node, env);
      this.#register(node, env);
      this.#make(node, env);
    }
    if (ts.isNewExpression(node)) this.#construct(node, env);
    if ((ts.isForOfStatement(node) || ts.isForInStatement(node)) && this.#forEach(node, env)) return;
    if (ts.isIfStatement(node) && env !== this.#values.root) {
      const isMet = this.#values.decided(node.expression, env);
      const other = isMet === undefined ? undefined : isMet ? node.elseStatement : node.thenStatement;
      ts.forEachChild(node, (child) => (child === other ? undefined : this.#walk(child, env)));
      return;
    }
    if (ts.isSwitchStatement(node) && env !== this.#values.root) {
      const clauses = this.#clausesOf(node, env);
      for (const clause of clauses ?? node.caseBlock.clauses) this.#walk(clause, env);
      return;
    }
    // `if (file === 'index.ts') return;` in a turn for that file
    let isOver = false;
    ts.forEachChild(node, (child) => {
      if (!isOver) this.#walk(child, env);
      isOver ||= ts.isBlock(node) && env !== this.#values.root && this.#ends(child, env);
    });
  }

  /** The clauses of a `switch` that run, where what is compared is known: the one that is meant, and those it falls through to. */
  #clausesOf({ expression, caseBlock }: ts.SwitchStatement, env: Env): readonly ts.CaseOrDefaultClause[] | undefined {
    const { clauses } = caseBlock;
    const value = this.#values.text(expression, env);
    if (value === undefined) return undefined;
    const labels = clauses.map((one) => (ts.isCaseClause(one) ? this.#values.text(one.expression, env) : ''));
    if (labels.includes(undefined)) return undefined;
    const own = clauses.findIndex((one, index) => ts.isCaseClause(one) && labels[index] === value);
    const from = own < 0 ? clauses.findIndex(ts.isDefaultClause) : own;
    const rest = from < 0 ? [] : clauses.slice(from);
    const end = rest.findIndex(({ statements }) => statements.some(isEnd));
    return end < 0 ? rest : rest.slice(0, end + 1);
  }

  #ends(node: ts.Node, env: Env): boolean {
    if (!ts.isIfStatement(node) || !this.#values.decided(node.expression, env)) return false;
    const last = ts.isBlock(node.thenStatement) ? node.thenStatement.statements.at(-1) : node.thenStatement;
    return last !== undefined && (ts.isReturnStatement(last) || ts.isContinueStatement(last));
  }

  /** A factory's body is entered when its call is evaluated; other calls are evaluated only where a value is needed. */
  #make(node: ts.CallExpression, env: Env): void {
    if (!ts.isIdentifier(node.expression)) return;
    const target = this.#values.of(node.expression, env);
    if (target?.kind === 'function' && this.#framework.creation.test(target.node.body?.getText() ?? ''))
      this.#values.of(node, env);
  }

  /** What the constructor of a server does with its arguments. */
  #construct(node: ts.NewExpression, env: Env): void {
    const made = node.arguments?.length ? this.#values.of(node, env) : undefined;
    if (made?.kind !== 'instance' || made.env.owner !== made.node || !this.#isOfServer(made.env)) return;
    const body = made.node.members.find(ts.isConstructorDeclaration)?.body;
    if (body) this.#enter(body, made.env);
  }

  /** What `super(…)` runs of the instance that is made; of one that nobody sees made, where it is made of nothing. */
  #constructBase(node: ts.CallExpression, env: Env): void {
    const maker = ts.findAncestor(node, ts.isConstructorDeclaration);
    if (!maker || (env === this.#values.root && maker.parameters.length > 0)) return;
    const base = this.#values.constructorOf(node, env);
    if (base && this.#isOfServer(base.env)) this.#enter(base.body, base.env);
  }

  #register(node: ts.CallExpression, env: Env): void {
    const below = this.#values.below(node, env);
    if (below) return this.#registerBelow(below.router, node, env);
    const { callee, args } = this.#called(node, env);
    const name = callee && this.#nameOf(callee, env);
    const step = name === undefined ? this.#chosen(callee) : this.#framework.step(name, args, this.#values, env);
    const owner = callee && step && this.#values.of(callee.expression, env);
    if (step && (owner?.kind === 'router' || owner?.kind === 'route')) {
      const child = this.#childOf(step, node, env);
      const loaded = step.kind === 'load' ? step.plugins.flatMap((one) => this.#load(one, node, env)) : undefined;
      const list = this.#registrations.get(owner.router.id) ?? [];
      const at = callee && (ts.isPropertyAccessExpression(callee) ? callee.name : callee.argumentExpression);
      const registration = { step, call: node, at: (at ?? node).getStart(), env, child, loaded };
      list.push(
        owner.kind === 'route'
          ? { ...registration, step: withoutPath(step), path: { node: owner.path, env: owner.env } }
          : registration,
      );
      this.#registrations.set(owner.router.id, list);
      this.#routers.set(owner.router.id, owner.router);
      if (step.kind === 'use') this.#routersIn(step.parts, env);
      if (step.kind === 'route') this.#routersOfAll(step, env);
      return;
    }
    const loaded = step?.kind === 'use' && !owner ? step.parts.find((part) => this.#isLoaded(part, env)) : undefined;
    if (loaded) this.#adrift.set(node, loaded);
    else if (callee && step && !owner && env.id === 0) this.#unseenOwner(node, callee, step, env);
    if (!step || owner) this.#passOn(node, env);
  }

  /** A router that is below a path of another, whose routes that one serves: `fromHono(app, { base: '/api' })`. */
  #registerBelow(around: ts.Expression, node: ts.CallExpression, env: Env): void {
    const [owner, made] = [this.#values.of(around, env), this.#values.of(node, env)];
    if (owner?.kind !== 'router' || made?.kind !== 'router') return;
    const list = this.#registrations.get(owner.router.id) ?? [];
    list.push({ step: { kind: 'derive' }, call: node, at: node.getStart(), env, child: made.router });
    this.#registrations.set(owner.router.id, list);
    this.#routers.set(owner.router.id, owner.router);
  }

  /**
   * The member that is called, and what it is given; `verb.call(router, path, handler)` calls what `verb` stands for, and
   * `register(path, handler)` what `const register = router.get.bind(router)` does.
   */
  #called(node: ts.CallExpression, env: Env): { readonly callee?: Method; readonly args: readonly ts.Expression[] } {
    const callee = methodOf(node);
    if (callee && ts.isPropertyAccessExpression(callee) && callee.name.text === 'call') {
      const own = strip(callee.expression);
      const declaration = ts.isIdentifier(own) ? this.#values.declarationOf(own) : undefined;
      const stands = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : own;
      const member = stands && strip(stands);
      const isMember = member && (ts.isPropertyAccessExpression(member) || ts.isElementAccessExpression(member));
      if (isMember && this.#values.of(member.expression, env)?.kind === 'router')
        return { callee: member, args: node.arguments.slice(1) };
    }
    return { callee: callee ?? this.#bound(node.expression), args: node.arguments };
  }

  #bound(node: ts.Expression): Method | undefined {
    const declaration = ts.isIdentifier(node) ? this.#values.declarationOf(node) : undefined;
    const value =
      declaration && ts.isVariableDeclaration(declaration) && declaration.initializer && strip(declaration.initializer);
    const bind = value && ts.isCallExpression(value) ? methodOf(value) : undefined;
    if (!bind || !ts.isPropertyAccessExpression(bind) || bind.name.text !== 'bind') return undefined;
    const member = strip(bind.expression);
    return ts.isPropertyAccessExpression(member) || ts.isElementAccessExpression(member) ? member : undefined;
  }

  /** `router[method](path, handler)` with a method that nobody can see. */
  #chosen(callee: Method | undefined): Step | undefined {
    if (!callee || !ts.isElementAccessExpression(callee)) return undefined;
    return {
      kind: 'unseen',
      at: callee.argumentExpression,
      message: 'The method is chosen at run time, so its routes are missing.',
    };
  }

  /** The name of the method called, also where it is a value: `router[method](path, handler)`. */
  #nameOf(callee: Method, env: Env): string | undefined {
    if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
    return this.#values.text(callee.argumentExpression, env);
  }

  #childOf(step: Step, site: ts.CallExpression, env: Env): Router | undefined {
    if (step.kind === 'plugin') return this.#plugIn(step.plugin, site, env);
    const made = step.kind === 'derive' ? this.#values.of(site, env) : undefined;
    return made?.kind === 'router' ? made.router : undefined;
  }

  /** Runs a plugin with a router of its own. */
  #plugIn(plugin: ts.Expression, site: ts.CallExpression, env: Env): Router {
    const child = this.#values.router(site, false, env);
    this.#routers.set(child.id, child);
    const value = this.#values.of(plugin, env);
    // A module that is imported in the call: what it exports by default.
    const whole = value?.kind === 'module' ? this.#values.exported(value.uri, 'default') : undefined;
    const functions = whole?.kind === 'function' ? [whole] : functionsOf(this.#values, plugin, env);
    for (const { node, env: own } of functions) {
      const [parameter] = node.parameters;
      if (!parameter || !node.body) continue;
      const bindings = new Map<ts.Node, Value>([[parameter, { kind: 'router', router: child }]]);
      this.#enter(node.body, this.#values.enter(site, `plugin ${node.pos}`, node, own, env, bindings));
    }
    if (functions.length === 0) this.#unseenPlugin(plugin, env);
    return child;
  }

  /** Runs what a file of a folder exports with a router of its own. */
  #load(
    { uri, prefix }: { uri: string; prefix: string },
    site: ts.CallExpression,
    env: Env,
  ): NonNullable<Registration['loaded']> {
    const file = this.#values.file(uri);
    const whole = this.#values.exported(uri, 'default');
    const node = file && exportedDefault(file);
    const functions = whole?.kind === 'function' ? [whole] : node ? functionsOf(this.#values, node, this.#values.root) : [];
    return functions.flatMap(({ node: plugin, env: own }) => {
      const [parameter] = plugin.parameters;
      if (!parameter || !plugin.body) return [];
      const label = `load ${uri} ${plugin.pos}`;
      const place = this.#values.enter(site, label, site, env, env, new Map());
      const router = this.#values.router(site, false, place);
      this.#routers.set(router.id, router);
      const bindings = new Map<ts.Node, Value>([[parameter, { kind: 'router', router }]]);
      this.#enter(plugin.body, this.#values.enter(site, `${label} in`, plugin, own, env, bindings));
      return [{ router, prefix }];
    });
  }

  /** A plugin that is chosen at run time; those of packages are expected to register nothing of the application's. */
  #unseenPlugin(plugin: ts.Expression, env: Env): void {
    const value = this.#values.of(plugin, env);
    if (value?.kind === 'package' || value?.kind === 'made') {
      if (/autoload/i.test(value.name))
        this.#note(plugin, 'Plugins are loaded from a folder at run time, so their routes are missing.');
      return;
    }
    const specifier = specifierOf(strip(plugin));
    if (!specifier || !ts.isStringLiteralLike(specifier)) {
      this.#note(plugin, 'The plugin cannot be followed, so routes it may hold are missing.');
    }
  }

  /** A function of the project that is given a router registers on it; so may the methods of what is made with arguments. */
  #passOn(node: ts.CallExpression, env: Env): void {
    const target = this.#values.of(node.expression, env);
    if (target?.kind === 'package') this.#handedOut(node, target.name, env);
    if (target?.kind !== 'function' || !target.node.body) return;
    const isRegistrar = this.#isRegistrar(target);
    if (!isRegistrar && !this.#isGivenRouter(node, env) && !this.#isOfServer(target.env)) return;
    if (isRegistrar) this.#registrars.add(target.node);
    if (isRegistrar && env.id === 0 && this.#handsOn(node)) return;
    this.#enter(target.node.body, this.#values.call(node, target, env));
  }

  /** A package's function that is given a router and a path, or as many handlers as there are: `addRoutes(router, '/users', ...handlers)`. */
  #handedOut(node: ts.CallExpression, name: string, env: Env): void {
    const isPath = (one: ts.Expression) => ts.isSpreadElement(one) || /^\//.test(this.#values.text(one, env) ?? '');
    const router = node.arguments.find((one) => ts.isIdentifier(one) && this.#values.of(one, env)?.kind === 'router');
    if (router && node.arguments.some(isPath))
      this.#note(router, `A function of “${name}” is given the router here, so routes it registers are missing.`);
  }

  /** Is a call in a function that registers what it is given, with what that is given? Its calls tell what that is. */
  #handsOn(node: ts.CallExpression): boolean {
    return node.arguments.some((argument) => {
      const declaration = ts.isIdentifier(argument) ? this.#values.declarationOf(argument) : undefined;
      return declaration !== undefined && ts.isParameter(declaration) && declaration.initializer === undefined;
    });
  }

  /** Does the constructor of an instance take part in serving? */
  #isOfServer({ owner, bindings }: Env): boolean {
    if (!owner || !ts.isClassLike(owner)) return false;
    const isServer = (one: Value) => one.kind === 'instance' && one.node !== owner && this.#isServer(one.node);
    return this.#isServer(owner) || [...bindings.values()].some((one) => carriesRouter(this.#values, one) || isServer(one));
  }

  /** May a class, or one that it extends, make a router? */
  #isServer(node: ts.ClassLikeDeclaration): boolean {
    const known = this.#servers.get(node);
    if (known !== undefined) return known;
    const isIt = this.#values.isA(node, (one) => this.#framework.creation.test(one.getText()));
    this.#servers.set(node, isIt);
    return isIt;
  }

  /** Does a function register on a router from outside what it is given: `route('get', '/users', list)`? */
  #isRegistrar({ node, env }: Value & { kind: 'function' }): boolean {
    const known = this.#isRegistering.get(node);
    if (known !== undefined || !node.body) return known ?? false;
    this.#isRegistering.set(node, false);
    const names = new Set(node.parameters.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : [])));
    const takes = (one: ts.Node): boolean => ts.isIdentifier(one) && names.has(one.text);
    const found = (at: ts.Node): boolean => {
      if (ts.isCallExpression(at) && at.arguments.some(takes)) {
        const { callee } = this.#called(at, env);
        const owner = callee && takesName(callee, this.#framework) ? this.#values.of(callee.expression, env) : undefined;
        if (owner?.kind === 'router') return true;
        const target = ts.isIdentifier(at.expression) ? this.#values.of(at.expression, env) : undefined;
        if (target?.kind === 'function' && this.#isRegistrar(target)) return true;
      }
      return ts.forEachChild(at, (child) => found(child) || undefined) ?? false;
    };
    const isIt = names.size > 0 && found(node.body);
    this.#isRegistering.set(node, isIt);
    return isIt;
  }

  #isGivenRouter(node: ts.CallExpression, env: Env): boolean {
    return this.#values.spread(node.arguments, env).some((argument) => {
      const bare = strip(argument.node);
      if (!ts.isIdentifier(bare) && !ts.isPropertyAccessExpression(bare) && !ts.isObjectLiteralExpression(bare)) return false;
      const value = this.#values.of(bare, argument.env);
      const isServer = value?.kind === 'instance' && this.#isServer(value.node);
      // `addUsers(register)`, of `register(method, path, handler)` that knows the router.
      if (value?.kind === 'function' && ts.isIdentifier(bare) && this.#isRegistrar(value)) return true;
      return isServer || carriesRouter(this.#values, value);
    });
  }

  /** `[…].forEach((item) => …)`: once for every item of a literal list. */
  #loop(node: ts.CallExpression, env: Env): boolean {
    const callee = node.expression;
    const turn = node.arguments[0] && strip(node.arguments[0]);
    if (!ts.isPropertyAccessExpression(callee) || !/^(?:forEach|map)$/.test(callee.name.text)) return false;
    if (!turn || !(ts.isArrowFunction(turn) || ts.isFunctionExpression(turn)) || !turn.parameters[0]) return false;
    return this.#turns(callee.expression, turn.parameters[0], turn, turn.body, env);
  }

  /** `createApp().then((app) => addRoutes(app))`: what a promise hands on is known where it is a router. */
  #then(node: ts.CallExpression, env: Env): boolean {
    const turn = this.#values.turnOfPromise(node, env);
    if (!turn) return false;
    this.#walk(node.expression, env);
    this.#enter(turn.body, turn.env);
    return true;
  }

  #forEach(node: ts.ForOfStatement | ts.ForInStatement, env: Env): boolean {
    const declaration = ts.isVariableDeclarationList(node.initializer) ? node.initializer.declarations[0] : undefined;
    return declaration ? this.#turns(node.expression, declaration, node, node.statement, env) : false;
  }

  /** Does a call in here have to do with a router? */
  #registers(node: ts.Node, env: Env): boolean {
    if (ts.isCallExpression(node)) {
      const callee = methodOf(node);
      const owner = callee && this.#values.of(callee.expression, env);
      if (owner?.kind === 'router' || owner?.kind === 'route' || this.#isGivenRouter(node, env)) return true;
      const target = ts.isIdentifier(node.expression) ? this.#values.of(node.expression, env) : undefined;
      if (target?.kind === 'function' && this.#isRegistrar(target)) return true;
    }
    return ts.forEachChild(node, (child) => this.#registers(child, env)) ?? false;
  }

  #turns(over: ts.Expression, item: Item, owner: ts.Node, body: ts.Node, env: Env): boolean {
    const bindings = this.#values.turns(over, item, env);
    if (!bindings) return false;
    const turns = bindings.map((one, index) => this.#values.enter(owner, `turn ${index}`, owner, env, env, new Map(one)));
    if (!turns[0] || !this.#registers(body, turns[0])) return false;
    this.#addedTo(over);
    this.#walk(over, env);
    // What is entered last is walked first.
    for (const turn of turns.toReversed()) this.#enter(body, turn);
    return true;
  }

  /** A list of routes that something is added to while the program runs, where what that is is not known: `routes.push(...made)`. */
  #addedTo(over: ts.Expression): void {
    for (const { call, isKnown } of this.#values.pushes(over)) {
      if (!isKnown) this.#note(call, 'Routes are added to this list while the program runs, so they are missing.');
    }
  }

  /** Applications that no other application mounts; where a factory makes one, the calls stand for it. */
  #roots(): Router[] {
    const apps = [...this.#routers.values()].filter((router) => router.isApp);
    const called = new Set(apps.filter((app) => app.env.id > 0).map((app) => app.site));
    const real = apps.filter((app) => app.env.id > 0 || !called.has(app.site));
    const mounted = new Set([...this.#routers.values()].flatMap((router) => this.#mounts(router)));
    // `new Hono().basePath('/users')` is one application: who mounts what it gives mounts it.
    const used = new Set(
      [...this.#registrations.values()].flat().flatMap((one) => (one.step.kind === 'use' ? this.#mountedBy(one) : [])),
    );
    const isUsed = (app: Router) =>
      this.#registrations.get(app.id)?.some(({ step, child }) => step.kind === 'derive' && child && used.has(child)) ?? false;
    const roots = real.filter((app) => !mounted.has(app.id) && !isUsed(app));
    if (roots.length > 0) return roots;
    // Routers without an application: an entry that exports its routes. The outermost are what it serves.
    const inner = new Set([...this.#routers.values()].flatMap((router) => this.#mounts(router)));
    return [...this.#routers.values()].filter((router) => !router.isApp && !inner.has(router.id));
  }

  #mounts(router: Router): string[] {
    return (this.#registrations.get(router.id) ?? []).flatMap((one) => this.#mountedBy(one).map(({ id }) => id));
  }

  #mountedBy({ step, env, child, loaded }: Registration): Router[] {
    if (step.kind === 'use') return this.#routersIn(step.parts, env);
    if (step.kind === 'route') return this.#routersOfAll(step, env);
    if (loaded) return loaded.map(({ router }) => router);
    return child ? [child] : [];
  }

  *#serve(router: Router, before: string, above: readonly string[], guards: readonly Guard[]): Steps<void> {
    if (above.includes(router.id)) return;
    this.#served.add(router.id);
    const own = [...guards, ...this.#hooksOf(router)];
    const registrations = [...(this.#registrations.get(router.id) ?? [])].sort(byPlace);
    const prefixes = registrations.map(({ step, env }) => (step.kind === 'prefix' ? this.#pathsOf(step.path, env) : ['']));
    if (router.prefix) prefixes.unshift(this.#pathsOf(router.prefix, router.env));
    // What is below a path that nobody sees stands nowhere.
    if (prefixes.some((paths) => paths.length === 0)) return;
    const prefix = prefixes.flat().reduce(joinPaths, before);
    for (const registration of registrations) {
      if (registration.step.kind === 'prefix' || registration.step.kind === 'hook') continue;
      if (registration.step.kind === 'unseen') {
        const isRead = registration.env.id === 0 && ts.findAncestor(registration.call, (one) => this.#registrars.has(one));
        if (!isRead) this.#note(registration.step.at, registration.step.message);
        continue;
      }
      yield registration.call.getSourceFile().fileName;
      if (registration.step.kind === 'route') {
        if (!(yield* this.#behind(registration, registration.step, prefix, [...above, router.id], own)))
          this.#route(registration, registration.step, prefix, own);
      } else if (!(yield* this.#mount(registration, prefix, [...above, router.id], own)))
        own.push(...this.#guardsIn(registration, prefix));
    }
  }

  /** `app.all('/orders*', router)`: the router is asked for all of the path, so what it has elsewhere is not served. */
  *#behind(
    { env }: Registration,
    step: Step & { kind: 'route' },
    prefix: string,
    above: readonly string[],
    guards: readonly Guard[],
  ): Steps<boolean> {
    const routers = this.#routersOfAll(step, env);
    if (routers.length === 0 || !step.path) return false;
    const outer = this.#within;
    for (const text of this.#textsOf(step.path, step.place ?? env)) {
      this.#within = joinPaths(prefix, text.replace(/[*:({].*$/, ''));
      for (const router of routers) yield* this.#serve(router, prefix, above, guards);
    }
    this.#within = outer;
    return true;
  }

  /** The routers that answer for every method of a path. */
  #routersOfAll({ methods, handlers }: Step & { kind: 'route' }, env: Env): Router[] {
    return methods.includes('all') ? this.#routersIn(handlers, env) : [];
  }

  /** What runs before every route of a router. */
  #hooksOf(router: Router, above: readonly string[] = []): Guard[] {
    if (above.includes(router.id)) return [];
    return (this.#registrations.get(router.id) ?? []).flatMap(({ step, env, child }) => {
      if (step.kind === 'hook') return step.parts.map((node) => ({ node, env }));
      return step.kind === 'plugin' && step.isShared && child ? this.#hooksOf(child, [...above, router.id]) : [];
    });
  }

  /** Serves the routers that a `use` mounts; false where it mounts none. */
  *#mount(registration: Registration, prefix: string, above: readonly string[], guards: readonly Guard[]): Steps<boolean> {
    const { call, env } = registration;
    const routers = this.#mountedBy(registration);
    if (routers.length === 0) {
      this.#unseenMount(call, env);
      return false;
    }
    const path = this.#pathOf(registration);
    const paths = path ? this.#mountPaths(path, prefix, env) : [''];
    const all = [...guards, ...this.#guardsIn(registration, prefix)];
    const own = (router: Router) => registration.loaded?.find((one) => one.router === router)?.prefix ?? '';
    for (const one of paths) {
      for (const router of routers) {
        const [below = ''] = this.#framework.templates(own(router)) ?? [];
        yield* this.#serve(router, joinPaths(joinPaths(prefix, one), below), above, all);
      }
    }
    return true;
  }

  /** The path of a `use`, where its first argument is one. */
  #pathOf({ step, env }: Registration): ts.Expression | undefined {
    if (step.kind === 'route' || step.kind === 'derive' || step.kind === 'unseen' || step.kind === 'hook' || !step.path)
      return undefined;
    const isSure = step.kind !== 'use' || !step.maybe;
    return isSure || this.#isPath(step.path, env) ? step.path : undefined;
  }

  /** The middlewares of a `use`: what they refuse, they refuse for every route behind them, or behind their path. */
  #guardsIn(registration: Registration, prefix: string): Guard[] {
    const { step, env } = registration;
    if (step.kind !== 'use') return [];
    const parts = step.parts.filter((node) => this.#routersIn([node], env).length === 0);
    const path = this.#pathOf(registration);
    if (!path || this.#routersIn(step.parts, env).length > 0) return parts.map((node) => ({ node, env, at: prefix }));
    const texts = this.#textsOf(path, env).flatMap((text) => this.#framework.templates(text.replace(/\/?\*\w*$/, '')) ?? []);
    return texts.flatMap((text) =>
      parts
        .filter((node) => node !== path)
        .map((node) => ({ node, env, below: joinPaths(prefix, text), at: joinPaths(prefix, text) })),
    );
  }

  #textsOf(node: ts.Expression, env: Env): string[] {
    const value = this.#values.of(node, env);
    if (value?.kind === 'list') return value.items.flatMap((item) => this.#textsOf(item, value.env));
    if (value?.kind === 'names') return [...value.texts];
    return value?.kind === 'text' ? [value.text] : [];
  }

  /** What a middleware answers instead of passing on. */
  #refusals({ node, env, at = '' }: Guard, before: Reading['identified'], path: string | undefined): Refusals {
    const functions = functionsOf(this.#values, node, env);
    const own = this.#framework.cutsPaths && path?.startsWith(at) ? path.slice(at.length) || '/' : path;
    const skipped = functions.map(({ node: one, env: place }) =>
      path === undefined || own === undefined ? new Set<ts.Node>() : skippedFor(this.#values, one, place, { own, whole: path }),
    );
    const left = skipped.flatMap((nodes) => [...nodes].map(({ pos }) => pos)).join();
    const key = `${node.getSourceFile().fileName}#${node.pos}@${env.id} ${[...before.keys()].join()} ${left}`;
    const known = this.#refused.get(key);
    if (known) return known;
    const reading = new Reading(this.#project, this.#framework.dialect);
    reading.identify(before);
    this.#framework.readArgument?.(node, reading, env);
    for (const [index, { node: handler, env: place }] of functions.entries()) {
      reading.skipped = skipped[index] ?? new Set();
      reading.handler(handler, place, undefined, node);
    }
    for (const note of reading.gaps) this.#notes.set(`${note.uri}#${note.start}`, note);
    for (const { node: one } of functions)
      for (const at of answersChanged(one, this.#framework.dialect.roots(one)?.indexOf('res') ?? -1)) this.#note(at, changedNote);
    const responses = reading.responses.filter(({ status }) => /^[45]/.test(status));
    const refusals = { responses, security: reading.operation.security, identified: reading.identified };
    this.#refused.set(key, refusals);
    return refusals;
  }

  /** What the application's error handlers answer, by status; `default` for statuses the error brings. */
  #errorBodies(): ReadonlyMap<string, ResponseFact> {
    if (this.#errors) return this.#errors;
    const { errorDialect, dialect } = this.#framework;
    const reading = new Reading(this.#project, errorDialect ?? dialect);
    for (const list of errorDialect ? this.#registrations.values() : []) {
      for (const { step, env } of list) {
        if (step.kind !== 'use') continue;
        for (const argument of step.parts) {
          for (const { node, env: own } of functionsOf(this.#values, argument, env)) reading.handler(node, own);
        }
      }
    }
    this.#errors = new Map(reading.responses.filter(({ mediaType }) => mediaType).map((one) => [one.status, one]));
    return this.#errors;
  }

  /** `app.use('/x', require(name))`: something is mounted, but nobody can see what. */
  #unseenMount(call: ts.CallExpression, env: Env): void {
    const dynamic = call.arguments.find((argument) => this.#isLoaded(argument, env));
    if (dynamic) this.#note(dynamic, chosenNote);
    const [path, ...parts] = call.arguments;
    const given = path && this.#isPath(path, env) ? parts.find((part) => this.#isGivenAtRunTime(part, env)) : undefined;
    if (!dynamic && given) this.#note(given, givenNote);
  }

  /** Is a member of what a function is given, where nobody sees who gives it: `load(file).then((route) => app.use(route.path, route.router))`? */
  #isGivenAtRunTime(node: ts.Expression, env: Env): boolean {
    const bare = strip(node);
    if (!ts.isPropertyAccessExpression(bare) || this.#values.of(bare, env)) return false;
    const owner = strip(bare.expression);
    return this.#parameterOf(owner) !== undefined && this.#values.of(owner, env) === undefined;
  }

  /** The parameter that a name stands for, also by another name: `const untyped = app as unknown as Record<string, Register>`. */
  #parameterOf(node: ts.Expression, depth = 0): ts.ParameterDeclaration | undefined {
    const bare = strip(node);
    const declaration = ts.isIdentifier(bare) ? this.#values.declarationOf(bare) : undefined;
    if (!declaration || ts.isParameter(declaration)) return declaration;
    const value = ts.isVariableDeclaration(declaration) && depth < maxNames ? declaration.initializer : undefined;
    return value && this.#parameterOf(value, depth + 1);
  }

  /** Where routes are registered on what a function is given as an application, and nobody sees who gives it. */
  #unseenOwner(node: ts.CallExpression, callee: Method, step: Step, env: Env): void {
    const parameter = this.#parameterOf(callee.expression);
    if (!parameter || !(this.#isApplication(parameter) || this.#namesPath(step, env))) return;
    this.#ownerless.set(node, ts.isPropertyAccessExpression(callee) ? callee.name : callee.argumentExpression);
  }

  /** Is a parameter said to be an application or a router of the framework, by a type of its package? */
  #isApplication({ type }: ts.ParameterDeclaration): boolean {
    const name = type && ts.isTypeReferenceNode(type) ? type.typeName : undefined;
    const [first] = name ? [ts.isIdentifier(name) ? name : name.left] : [];
    const declaration = first && ts.isIdentifier(first) ? this.#values.declarationOf(first) : undefined;
    const from = declaration && ts.findAncestor(declaration, ts.isImportDeclaration)?.moduleSpecifier;
    return (
      from !== undefined &&
      ts.isStringLiteral(from) &&
      applicationModules.test(from.text) &&
      applicationTypes.test(name?.getText() ?? '')
    );
  }

  /** Is a route registered, or something mounted that may be a router, below a path, which is written there if nothing else tells? */
  #namesPath(step: Step, env: Env): boolean {
    if (step.kind !== 'route' && step.kind !== 'use') return false;
    const [, ...parts] = step.kind === 'use' ? step.parts : [];
    if (step.path && this.#isPath(step.path, env) && parts.some((part) => this.#isGivenAtRunTime(part, env))) return true;
    const isMounted = (part: ts.Expression) => part !== step.path && (this.#values.of(part, env)?.kind ?? 'router') === 'router';
    const serves = step.kind === 'route' ? step.handlers.length > 0 : step.parts.some(isMounted);
    return serves && step.path !== undefined && /^\//.test(this.#values.text(step.path, env) ?? '');
  }

  /** Is a value, by whatever name, of a module that is chosen at run time and is not found: `(await import(file)).default`? */
  #isLoaded(node: ts.Expression, env: Env, depth = 0): boolean {
    const bare = strip(node);
    const specifier = specifierOf(bare);
    if (specifier) return !ts.isStringLiteralLike(specifier) && this.#values.of(bare, env) === undefined;
    if (ts.isPropertyAccessExpression(bare)) return this.#isLoaded(bare.expression, env, depth);
    if (ts.isBinaryExpression(bare)) return this.#isLoaded(bare.left, env, depth);
    const declaration = ts.isIdentifier(bare) ? this.#values.declarationOf(bare) : undefined;
    const value = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
    return value !== undefined && depth < maxNames && this.#isLoaded(value, env, depth + 1);
  }

  #routersIn(args: readonly ts.Expression[], env: Env): Router[] {
    return this.#values.spread(args, env).flatMap((argument) => {
      const value = this.#values.of(argument.node, argument.env);
      if (value?.kind === 'router') return [value.router];
      if (value?.kind === 'list') return this.#routersIn(value.items, value.env);
      // `app.use(compose([users.routes(), orders.routes()]))`; `session(options, app)` serves none.
      if (value?.kind === 'made') return composers.test(value.name) ? this.#routersIn(value.call.arguments ?? [], value.env) : [];
      if (value?.kind === 'function') return this.#routersAsked(value);
      const bare = strip(argument.node);
      if (!value && ts.isPropertyAccessExpression(bare)) {
        const kept = this.#values.assignedMember(bare.name.text);
        return kept?.kind === 'router' ? [kept.router] : this.#routersOfClasses(bare);
      }
      const maker = ts.isCallExpression(bare) && bare.arguments.length === 0 ? strip(bare.expression) : undefined;
      if (maker && ts.isCallExpression(maker)) return this.#routersIn([maker], argument.env);
      // `app.use('/api', Object.values(routes))`
      const all = this.#values.valuesOf(argument.node, argument.env) ?? [];
      return all.flatMap((one) => (one?.kind === 'router' ? [one.router] : []));
    });
  }

  /**
   * `for (const one of controllers) app.use(one.router)`, where of the controllers only the class is seen that they extend: which
   * of those there are is chosen at run time.
   */
  #routersOfClasses(node: ts.PropertyAccessExpression): Router[] {
    const { types } = this.#project;
    const type = present(types.of(node.expression));
    if (type.kind !== 'declared' || !ts.isClassLike(type.node)) return [];
    const routers = this.#values.extendedBy(type.node).flatMap((one) => {
      const value = this.#values.memberOf(one, node.name.text);
      return value?.kind === 'router' ? [value.router] : [];
    });
    const name = type.node.name?.text;
    if (routers.length > 0)
      this.#note(node, `Which of the classes that extend “${name}” serve is known only at run time, so all are written.`);
    return routers;
  }

  /** The routers that a middleware asks, `(req, res, next) => (isOwn(req) ? router(req, res, next) : next())`. */
  #routersAsked({ node, env }: Value & { kind: 'function' }): Router[] {
    const names = node.parameters.map(({ name }) => name.getText());
    const found: Router[] = [];
    const visit = (at: ts.Node): void => {
      const isAsked =
        ts.isCallExpression(at) && at.arguments.length > 1 && at.arguments.every((one, index) => one.getText() === names[index]);
      const asked = isAsked ? this.#values.of(at.expression, env) : undefined;
      if (asked?.kind === 'router') found.push(asked.router);
      ts.forEachChild(at, visit);
    };
    if (node.body && names.length > 1 && names.length < 4) visit(node.body);
    return found;
  }

  /** Is the first argument of `use` a path, though perhaps one that cannot be read? */
  #isPath(node: ts.Expression, env: Env): boolean {
    const bare = strip(node);
    const value = this.#values.of(bare, env);
    if (value?.kind === 'text' || value?.kind === 'pattern') return true;
    if (value?.kind === 'expression' || (value?.kind === 'names' && !value.isEntries)) return true;
    if (value?.kind === 'list') return value.items.some((item) => this.#isPath(item, value.env));
    if (value) return false;
    if (ts.isTemplateExpression(bare) || ts.isBinaryExpression(bare)) return true;
    const isName = ts.isIdentifier(bare) || ts.isPropertyAccessExpression(bare) || ts.isElementAccessExpression(bare);
    return isName && /path|prefix|base|route|url|mount/i.test(bare.getText().split('.').at(-1) as string);
  }

  /** The paths of a mount. What the whole application is below may be a matter of where it runs: an OpenAPI server's. */
  #mountPaths(node: ts.Expression, prefix: string, env: Env): string[] {
    const value = this.#values.of(node, env);
    const isKnown = value && value.kind !== 'pattern';
    const isOpen = !isKnown && (value?.parts ?? []).every((part) => typeof part !== 'string' && part.otherwise === undefined);
    if (prefix !== '' || !isOpen || isPattern(node) || ts.isTemplateExpression(strip(node))) return this.#pathsOf(node, env);
    this.#note(node, openNote);
    return [''];
  }

  /** The paths an argument stands for, as OpenAPI templates; what cannot be said gets a note. */
  #pathsOf(node: ts.Expression, env: Env): string[] {
    const found = this.#values.of(node, env);
    const usual = found?.kind === 'pattern' ? usualText(found) : undefined;
    if (usual !== undefined) this.#note(node, usualNote(usual));
    const value: Value | undefined = usual === undefined ? found : { kind: 'text', text: usual };
    if (value?.kind === 'list') return value.items.flatMap((item) => this.#pathsOf(item, value.env));
    if (value?.kind === 'expression') return this.#pathsMatched(node, value.node);
    const texts = value?.kind === 'text' ? [value.text] : value?.kind === 'names' ? value.texts : undefined;
    if (!texts) this.#note(node, 'The path is computed at run time, so its routes are missing.');
    const { anywhere = /(?!)/ } = this.#framework;
    return (texts ?? []).flatMap((text) => {
      if (anywhere.test(text)) this.#note(node, 'The path may stand below any other here; it is written as it stands alone.');
      const templates = this.#framework.templates(text.replace(anywhere, ''));
      if (!templates) this.#note(node, patternNote);
      return templates ?? [];
    });
  }

  /** The paths that a regular expression matches. */
  #pathsMatched(node: ts.Expression, expression: ts.RegularExpressionLiteral): string[] {
    const optional = optionalText(expression);
    if (optional !== undefined) this.#note(node, `“${optional}” is written, which the path may lack here.`);
    const templates = optional === undefined ? templatesMatched(expression) : [optional];
    if (!templates) this.#note(node, patternNote);
    return templates ?? [];
  }

  #route(registration: Registration, step: Step & { kind: 'route' }, prefix: string, guards: readonly Guard[]): void {
    const { call, env } = registration;
    const at = registration.path ?? (step.path && { node: step.path, env: step.place ?? env });
    if (env.id === 0 && ts.findAncestor(call, (one) => this.#registrars.has(one))) return;
    const found = at ? this.#pathsOf(at.node, at.env) : [];
    const paths = found.filter((path) => joinPaths(prefix, path).startsWith(this.#within));
    if (paths.length === 0 || (step.handlers.length === 0 && !step.options)) return;
    const reading = new Reading(this.#project, this.#framework.dialect, this.#before);
    const served = paths.map((path) => joinPaths(prefix, path));
    reading.pathNames = new Set(served.flatMap((path) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string)));
    const [method, ...others] = step.methods;
    if (others.length === 0 && method !== 'all') reading.method = method?.toUpperCase();
    const handlers = this.#values.spread(step.handlers, env);
    for (const handler of handlers) this.#framework.readArgument?.(handler.node, reading, handler.env);
    const { isHidden, ...doc } = (step.options && this.#framework.readOptions?.(step.options, reading, step.place ?? env)) ?? {};
    if (isHidden) return;
    const refusals: Refusals[] = [];
    for (const guard of guards) {
      const { below } = guard;
      if (below !== undefined && !served.every((path) => path === below || path.startsWith(`${below}/`))) continue;
      refusals.push(this.#refusals(guard, reading.identified, served.length === 1 ? served[0] : undefined));
      reading.identify(refusals.at(-1)?.identified ?? new Map());
    }
    const functions = handlers.flatMap((as) =>
      functionsOf(this.#values, as.node, as.env).map((one) => ({ ...one, as: as.node })),
    );
    for (const [index, { node, env: own, as }] of functions.entries())
      reading.handler(node, own, call, as, index === functions.length - 1);
    for (const note of [...reading.notes, ...reading.gaps]) this.#notes.set(`${note.uri}#${note.start}`, note);
    for (const { responses, security } of refusals) {
      for (const response of responses) reading.merge(response);
      for (const one of security) reading.secure(one);
    }
    reading.completeFailures(this.#errorBodies());
    const uri = call.getSourceFile().fileName;
    const source = { uri, start: registration.at, end: call.getEnd() };
    const last = handlers.at(-1);
    const handler = (last && innermost(this.#values, last.node, last.env)) ?? functions.at(-1)?.node;
    const facts = { ...reading.operation, ...docOf(call, handler), ...doc, source };
    const isPassedOn = functions.length > 0 && functions.every(({ node }) => passesOn(node));
    for (const method of step.methods) {
      for (const path of paths) {
        const operation = { ...facts, method, path: this.#canonical(joinPaths(prefix, path) || '/') };
        const asked = method === 'all' ? [...reading.methods] : [method];
        if (asked.length === 0) this.#alls.push(operation);
        for (const one of asked) this.#add({ ...operation, method: one }, isPassedOn);
      }
    }
  }

  /** `/a/{id}` and `/a/{key}` are one path to OpenAPI; the first name stands. */
  #canonical(path: string): string {
    const shape = path.replaceAll(/\{[^}]+\}/g, '{}');
    const known = this.#paths.get(shape) ?? path;
    this.#paths.set(shape, known);
    return known;
  }

  /** The first route that matches answers, unless it hands on: `router.post(paths, limit)` before the routes themselves. */
  #add(operation: OperationFact, isPassedOn = false): void {
    const key = `${operation.method} ${operation.path}`;
    const before = this.#operations.get(key);
    if (before && !this.#passing.has(key)) return;
    if (!isPassedOn || operation.responses.some(({ status }) => !/^[45]/.test(status))) this.#passing.delete(key);
    else this.#passing.add(key);
    this.#operations.set(key, asMethod(before ? behind(before, operation) : operation));
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

/** Does a handler call what is next? */
function passesOn({ parameters, body }: FunctionNode): boolean {
  const name = parameters.length > 1 ? parameters.at(-1)?.name.getText() : undefined;
  return name !== undefined && new RegExp(`\\b${name}\\(\\)`).test(body?.getText() ?? '');
}

/** An operation, with what one before it of the same path asks and refuses. */
function behind(before: OperationFact, operation: OperationFact): OperationFact {
  const more = <T>(own: readonly T[], others: readonly T[], keyOf: (one: T) => string) => {
    const keys = new Set(own.map(keyOf));
    return [...own, ...others.filter((one) => !keys.has(keyOf(one)))];
  };
  return {
    ...operation,
    parameters: more(operation.parameters, before.parameters, (one) => `${one.in} ${one.name}`),
    bodies: operation.bodies.length > 0 ? operation.bodies : before.bodies,
    responses: more(operation.responses, before.responses, ({ status }) => status),
    security: more(operation.security, before.security, ({ name }) => name),
  };
}

function firstCall(node: ts.Node): ts.CallExpression | undefined {
  return ts.isCallExpression(node) ? node : ts.forEachChild(node, firstCall);
}

/** Does nothing run behind a statement? */
function isEnd(node: ts.Statement): boolean {
  const last = ts.isBlock(node) ? node.statements.at(-1) : node;
  return last !== undefined && (ts.isBreakStatement(last) || ts.isReturnStatement(last) || ts.isThrowStatement(last));
}

function keyOf(body: ts.Node, env: Env): string {
  return `${body.getSourceFile().fileName}#${body.pos}@${env.id}`;
}

/** Packages that make one middleware of several. */
const composers = /^(?:koa-compose|koa-combine-routers|compose-middleware)$/;

const patternNote = 'The path is a pattern that OpenAPI cannot express, so its routes are missing.';

const changedNote = 'What handlers answer is changed here before it is sent, so bodies may differ from those that are written.';

/** Where a middleware puts a function in the place of `res.json` that hands on something else than it is given. */
function answersChanged({ parameters, body }: FunctionNode, index: number): ts.Expression[] {
  const name = parameters[index]?.name.getText();
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    const isSet = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (isSet && [`${name}.json`, `${name}.send`].includes(node.left.getText())) {
      const made = strip(node.right);
      if ((ts.isArrowFunction(made) || ts.isFunctionExpression(made)) && changesFirst(made)) found.push(node.left);
    }
    ts.forEachChild(node, visit);
  };
  if (body && name !== undefined) visit(body);
  return found;
}

/** Does a function give back what a call makes of something that its first parameter is only a part of: `(body) => json({ data: body })`? */
function changesFirst({ parameters: [first], body }: ts.ArrowFunction | ts.FunctionExpression): boolean {
  const name = first?.name.getText();
  const mentions = (node: ts.Node): boolean =>
    (ts.isIdentifier(node) && node.text === name) || (ts.forEachChild(node, (child) => mentions(child) || undefined) ?? false);
  return resultsOf(body).some((result) => {
    const call = strip(result);
    const given = ts.isCallExpression(call) ? call.arguments.map(strip) : [];
    return given.some(mentions) && !given.some((one) => one.getText() === name);
  });
}

function isPattern(node: ts.Expression): boolean {
  return ts.isRegularExpressionLiteral(strip(node));
}

/** The path of a pattern that is a plain text, of which parts may be absent, `/(\/api)?/`, with all of them. */
function optionalText(node: ts.Expression): string | undefined {
  if (!ts.isRegularExpressionLiteral(node)) return undefined;
  const [, source = '', flags] = /^\/\^?(.*?)\$?\/(\w*)$/s.exec(node.text) ?? [];
  const whole = source.replaceAll(/\((?:\?:)?((?:[\w-]|\\\/)+)\)\?/g, '$1');
  const text = whole.replaceAll('\\/', '/');
  return flags === '' && whole !== source && /^\/[\w/-]*$/.test(text) ? text : undefined;
}

/** What a path's regular expression is read in: a character of the path, or a group, which may be the rest of it. */
const pathPiece =
  /\\([/.-])|([\w/-])|\((?:\?<(\w+)>)?(?:(\.[*+]\??)|(?:\[(?:[^\]\\]|\\.)+\]|\\[wd])(?:[*+]\??|\{[\d,]+\})?|[\w|-]+)\)/y;

/**
 * The templates of a regular expression of plain text and groups, `/^\/raw\/([\w-]{43})\/?$/` is `/raw/{0}`: a group goes by its
 * name, or by its number as the framework counts. Undefined where something else may match.
 */
export function templatesMatched(node: ts.RegularExpressionLiteral): string[] | undefined {
  const [, source = ''] = /^\/(.*)\/\w*$/s.exec(node.text) ?? [];
  let count = 0;
  const templates = source.split(/(?<=\$)\|(?=\^)/).map((one) => {
    const [, inner] = /^\^\\\/\??(.*?)(?:\\\/\?)?\$$/s.exec(one) ?? [];
    if (inner === undefined) return undefined;
    let template = '/';
    for (let at = 0; at < inner.length; at = pathPiece.lastIndex) {
      pathPiece.lastIndex = at;
      const [piece, escaped, plain, name, rest] = pathPiece.exec(inner) ?? [];
      const isLast = piece !== undefined && at + piece.length === inner.length;
      if (piece === undefined || (rest !== undefined && !isLast)) return undefined;
      template += escaped ?? plain ?? `{${name ?? count++}}`;
    }
    return template;
  });
  return templates.every((one) => one !== undefined) ? templates : undefined;
}

/** Behind `route(path)` the first argument is a handler as well. */
function withoutPath(step: Step): Step {
  if (step.kind !== 'route' || !step.path) return step;
  return { ...step, path: undefined, handlers: [step.path, ...step.handlers] };
}

/** The expression a file exports by default. */
function exportedDefault(file: ts.SourceFile): ts.Expression | undefined {
  for (const statement of file.statements) {
    if (ts.isExportAssignment(statement)) return statement.expression;
    const node = ts.isExpressionStatement(statement) ? statement.expression : undefined;
    const isSet = node && ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (isSet && node.left.getText() === 'module.exports') return node.right;
  }
  return undefined;
}

type Method = ts.PropertyAccessExpression | ts.ElementAccessExpression;

/** The member that is called. */
function methodOf({ expression }: ts.CallExpression): Method | undefined {
  const callee = strip(expression);
  return ts.isPropertyAccessExpression(callee) || ts.isElementAccessExpression(callee) ? callee : undefined;
}

/** Is the method one of the router's, or chosen by a value? */
function takesName(callee: Method, { chainable }: Framework): boolean {
  return !ts.isPropertyAccessExpression(callee) || chainable.has(callee.name.text) || callee.name.text === 'route';
}

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

/** Two parts of a path, with one slash between them and none behind. */
export function joinPaths(prefix: string, path: string): string {
  const rest = path.replace(/\/+$/, '');
  return rest === '' || rest.startsWith('/') ? prefix + rest : `${prefix}/${rest}`;
}
