/**
 * What expressions of an application stand for, found without running it: routers, texts, functions, objects.
 * Names are followed through scopes, imports and calls; whatever cannot be followed has no value.
 */
import ts from 'ts6';
import type { Host } from '../host.ts';
import { pathOfUri, uriOfPath } from '../uri.ts';
import { type Listed, listedBy, matching, placeOf, walkedBy } from './loader.ts';
import { type Exporters, exportersIn, named } from './names.ts';
import {
  exportSet,
  isConstant,
  isExports,
  isNothing,
  nameText,
  packageNamed,
  plainText,
  propertyIn,
  returnsOf,
  strip,
} from './plain.ts';
import { type PrismaSchema, prismaSchemaFor } from './prisma-schema.ts';
import { chainsSchema, type Setting, settingIn, settingInFiles } from './settings.ts';
import { placesInWorkspace, workspacePackages, type Workspaces } from './workspace.ts';

export { nameText, propertyIn, resultsOf, returnsOf, strip } from './plain.ts';

/** Parameters bound by one call, inside the function (or loop) that declares them. */
export interface Env {
  readonly id: number;
  readonly owner: ts.Node | undefined;
  readonly parent: Env | undefined;
  /** Where the call is made. */
  readonly caller: Env | undefined;
  readonly bindings: ReadonlyMap<ts.Node, Value>;
  /** The call, where it is one of a function by its arguments. */
  readonly call?: ts.CallExpression;
}

/** A router or application: the call that creates it, in one environment. */
export interface Router {
  readonly id: string;
  readonly isApp: boolean;
  readonly site: ts.CallExpression | ts.NewExpression;
  readonly env: Env;
  /** The path all its routes are below: `new Router({ prefix: '/users' })`. */
  readonly prefix?: ts.Expression;
  /** The class of the project that it is made of: `class Users extends Router`. */
  readonly type?: ts.ClassLikeDeclaration;
}

export type FunctionNode = ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction | ts.MethodDeclaration;

/** The part of a text that the environment, or the program while it runs, fills in. */
export interface Hole {
  /** Of the environment variable or setting; else the last name of the expression. */
  readonly name: string;
  readonly isEnvironment: boolean;
  readonly node: ts.Expression;
  /** The text where the environment says nothing. */
  readonly otherwise?: string;
}

export type Value =
  | { readonly kind: 'router'; readonly router: Router }
  | { readonly kind: 'route'; readonly router: Router; readonly path: ts.Expression; readonly env: Env }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly node: ts.RegularExpressionLiteral }
  /** A text of which parts are known only at run time. */
  | { readonly kind: 'pattern'; readonly parts: readonly (string | Hole)[] }
  | { readonly kind: 'list'; readonly items: readonly ts.Expression[]; readonly env: Env }
  | { readonly kind: 'object'; readonly node: ts.ObjectLiteralExpression; readonly env: Env }
  | { readonly kind: 'function'; readonly node: FunctionNode; readonly env: Env }
  /** `isSelf`: whoever asks, the environment is that which the instance was made in. */
  | { readonly kind: 'instance'; readonly node: ts.ClassLikeDeclaration; readonly env: Env; readonly isSelf?: true }
  | { readonly kind: 'class'; readonly node: ts.ClassLikeDeclaration; readonly env: Env }
  | { readonly kind: 'enum'; readonly node: ts.EnumDeclaration }
  | { readonly kind: 'namespace'; readonly node: ts.ModuleDeclaration }
  /** Texts that no expression writes: the names of files in a folder, the parts of a text. */
  | ({ readonly kind: 'names' } & Listed)
  /** What a folder is said to hold, by its name. */
  | { readonly kind: 'entry'; readonly name: string }
  | { readonly kind: 'module'; readonly uri: string }
  | { readonly kind: 'package'; readonly name: string; readonly member: string }
  /** What a call of a package's function made, or a `new` of its class. */
  | { readonly kind: 'made'; readonly name: string; readonly member: string; readonly call: Making; readonly env: Env };

type Making = ts.CallExpression | ts.NewExpression;

/** Packages whose builders give builders: what is done with one is told by the names that led to it. */
const fluent = /^@orpc\//;

/** A router that another is made of, and the path that the other is below. */
interface Below {
  readonly router: ts.Expression;
  readonly path: ts.Expression;
}

/** What a framework's routers are made by and how they chain. */
export interface RouterLibrary {
  /** What a call or a `new` of a package's member makes. */
  makes(module: string, member: string): 'app' | 'router' | undefined;
  /** The option that says what all routes of a router are below, where that is not `prefix`. */
  readonly base?: string;
  /** Methods that give the router again. */
  readonly chainable: ReadonlySet<string>;
  /** The method that takes a path for the methods chained on it: `router.route('/x').get(…)`. */
  readonly pathMethod?: string;
  /** The method that gives a new router below a path of the old one: `app.basePath('/api')`. */
  readonly derives?: string;
  /** The member of what a package's function gives back that is the application it was given: `expressWs(app).app`. */
  wraps?(module: string): string | undefined;
  /** Does a package's function give the object back that it is given: `createRoute({ … })`? */
  gives?(module: string, member: string): boolean;
  /** The package whose things have this method, which hands on the handlers it is given, or makes what it is called after. */
  hands?(method: string): string | undefined;
  /** What a package's function gives a router below a path of: `fromHono(app, { base: '/api' })`. */
  below?(module: string, member: string, call: ts.CallExpression): Below | undefined;
  /** The method that answers in a class that extends what a package has, where such a class is a handler. */
  answers?(module: string, member: string): string | undefined;
  /** The methods that give a router members: `app.decorate('authenticate', …)`. */
  readonly decorates?: RegExp;
  /** Where the text of a function has this, the function may make a router. */
  readonly creation: RegExp;
}

const comparisons: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

const noLibrary: RouterLibrary = { makes: () => undefined, chainable: new Set(), creation: /(?!)/ };

/** Libraries that settings are declared with. */
const hasSettings = /^(?:convict|envalid|zod(?:\/.*)?|@t3-oss\/env-\w+)$/;

const maxDepth = 60;
/** How many names something may go by. */
const maxNames = 4;
/** How many classes deep a class is followed to those it extends. */
const maxBases = 8;
/** A function that returns one of these may have registered routes on it. */
const carriers: ReadonlySet<Value['kind']> = new Set(['router', 'object', 'list']);
/** The source files of one reading, and the values of their expressions. */
export class Values {
  readonly root: Env = { id: 0, owner: undefined, parent: undefined, caller: undefined, bindings: new Map() };
  readonly host: Host;
  readonly #read: (uri: string) => string | undefined;
  readonly #files = new Map<string, ts.SourceFile | undefined>();
  readonly #options = new Map<string, ts.CompilerOptions>();
  readonly #workspaces: Workspaces = new Map();
  readonly #resolved = new Map<string, string | undefined>();
  readonly #roots = new Map<string, string>();
  readonly #exporters = new Map<string, Exporters>();
  readonly #prisma = new Map<string, PrismaSchema | undefined>();
  readonly #envs = new Map<ts.Node, Map<string, Env>>();
  readonly #declarations = new WeakMap<ts.Node, Map<string, ts.Node>>();
  /** What names stand for, where they stand. */
  readonly #declared = new WeakMap<ts.Identifier, ts.Node | undefined>();
  #library = noLibrary;
  #decorations: ReadonlyMap<string, ts.Expression> | undefined;
  /** What makes the services that a container knows by name. */
  #providers: Map<string, ts.ObjectLiteralExpression | undefined> | undefined;
  #factories: ReadonlyMap<string, ts.ArrowFunction | ts.FunctionExpression> | undefined;
  #onEnter: (body: ts.Node, env: Env) => void = () => {};
  #known = new WeakMap<ts.Node, Map<number, Known>>();
  /** What was found while something it may need was still being found: forgotten when that is. */
  #provisional: { readonly among: Map<number, Known>; readonly id: number }[] = [];
  /** How many values are being found, and the outermost of them that one of the inner ones needed. */
  #finding = 0;
  #needed = Infinity;
  readonly #routers = new Map<string, Router>();
  #envCount = 0;
  #depth = 0;

  constructor(host: Host, read: (uri: string) => string | undefined) {
    this.host = host;
    this.#read = read;
  }

  /** Follows a framework's routers from here on; `onEnter` is told of function bodies that run in an environment of their own. */
  follow(library: RouterLibrary, onEnter: (body: ts.Node, env: Env) => void): void {
    this.#library = library;
    this.#decorations = undefined;
    this.#factories = undefined;
    this.#providers = undefined;
    this.#onEnter = onEnter;
    // What a call makes depends on the framework, and so does what it is given.
    this.#known = new WeakMap();
    this.#envs.clear();
  }

  /** The parsed file; undefined where it cannot be read. `fileName` of the result is the URI. */
  file(uri: string): ts.SourceFile | undefined {
    if (!this.#files.has(uri)) {
      const text = this.#read(uri);
      this.#files.set(
        uri,
        text === undefined ? undefined : ts.createSourceFile(uri, text, ts.ScriptTarget.ESNext, true, scriptKind(uri)),
      );
    }
    return this.#files.get(uri);
  }

  /** The files read so far. */
  files(): ts.SourceFile[] {
    return [...this.#files.values()].filter((file) => file !== undefined);
  }

  /** The file of the project a module specifier means; undefined for packages and what is not there. */
  resolve(specifier: string, from: string): string | undefined {
    const folder = from.slice(0, from.lastIndexOf('/'));
    // A package is the same for all files of a package and configuration.
    const isPackage = !specifier.startsWith('.') && !specifier.startsWith('/');
    const key = `${isPackage ? this.#rootOf(folder) : folder}\n${specifier}`;
    if (!this.#resolved.has(key)) {
      const host = this.#moduleHost();
      const { resolvedModule } = ts.resolveModuleName(specifier, pathOfUri(from), this.#optionsFor(from), host);
      const isProject = resolvedModule && !resolvedModule.isExternalLibraryImport;
      const found = isProject ? uriOfPath(resolvedModule.resolvedFileName) : undefined;
      // The code that a declaration file stands beside says more.
      const code = found?.replace(/\.d\.([cm]?)ts$/, '.$1js');
      const own = code !== undefined && code !== found && this.host.isFile(code) ? code : found;
      // `../../core/dist/index.js` is not there before a build; its source is.
      const source = specifier.replace(/\/(?:dist|build)\//, '/src/');
      const built = !own && !isPackage && source !== specifier ? this.resolve(source, from) : undefined;
      this.#resolved.set(key, own ?? built ?? this.#inWorkspace(specifier, from));
    }
    return this.#resolved.get(key);
  }

  /** What packages of a folder's files are found by: the nearest folder with a package, and the configuration. */
  #rootOf(folder: string): string {
    const known = this.#roots.get(folder);
    if (known !== undefined) return known;
    const isRoot = this.host.isFile(`${folder}/package.json`) || folder.length <= 'file://'.length;
    const names = ['tsconfig.json', 'jsconfig.json'].filter((name) => this.host.isFile(`${folder}/${name}`));
    const above = isRoot ? folder : this.#rootOf(folder.replace(/\/[^/]*$/, ''));
    const root = names.length > 0 && !isRoot ? `${folder} ${above}` : above;
    this.#roots.set(folder, root);
    return root;
  }

  /** The file of another package of the same repository, found without an installation. */
  #inWorkspace(specifier: string, from: string): string | undefined {
    for (const place of placesInWorkspace(specifier, this.host, () => workspacePackages(this.host, from, this.#workspaces))) {
      const options = this.#optionsFor(from);
      const { resolvedModule } = ts.resolveModuleName(pathOfUri(place), pathOfUri(from), options, this.#moduleHost());
      if (resolvedModule && !resolvedModule.resolvedFileName.endsWith('.d.ts')) return uriOfPath(resolvedModule.resolvedFileName);
    }
    return undefined;
  }

  /** The text of a file that is no code: a document. */
  written(uri: string): string | undefined {
    return this.host.isFile(uri) ? this.#read(uri) : undefined;
  }

  /** The Prisma schema that the client of a file is generated from. */
  prisma(uri: string): PrismaSchema | undefined {
    const folder = uri.replace(/\/[^/]*$/, '');
    if (!this.#prisma.has(folder)) {
      const packages = () => workspacePackages(this.host, uri, this.#workspaces).values();
      this.#prisma.set(folder, prismaSchemaFor(this.host, uri, packages));
    }
    return this.#prisma.get(folder);
  }

  #moduleHost(): ts.ModuleResolutionHost {
    return {
      fileExists: (path) => this.#read(uriOfPath(path)) !== undefined,
      readFile: (path) => this.#read(uriOfPath(path)),
      directoryExists: (path) => this.host.isDirectory(uriOfPath(path)),
    };
  }

  #optionsFor(uri: string): ts.CompilerOptions {
    const folder = pathOfUri(uri).replace(/\/[^/]*$/, '');
    let options = this.#options.get(folder);
    if (!options) {
      options = this.#readOptions(folder);
      this.#options.set(folder, options);
    }
    return options;
  }

  #readOptions(folder: string): ts.CompilerOptions {
    const defaults: ts.CompilerOptions = {
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      allowJs: true,
    };
    const exists = (path: string) => this.host.isFile(uriOfPath(path));
    const config = ts.findConfigFile(folder, exists);
    if (!config) return defaults;
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(config, (path) => this.host.read(uriOfPath(path))).config ?? {},
      {
        useCaseSensitiveFileNames: true,
        fileExists: exists,
        readFile: (path) => this.host.read(uriOfPath(path)),
        readDirectory: () => [],
      },
      config.replace(/\/[^/]*$/, ''),
      undefined,
      config,
    );
    // Only where modules are matters here; the project's own resolution mode may demand extensions or packages.
    return {
      ...defaults,
      baseUrl: options.baseUrl,
      paths: options.paths,
      pathsBasePath: options.pathsBasePath,
      rootDirs: options.rootDirs,
    };
  }

  /** The environment of a call (or one turn of a loop) in which these bindings hold; the same for the same call. */
  enter(
    site: ts.Node,
    label: string,
    owner: ts.Node,
    parent: Env,
    caller: Env,
    bindings: ReadonlyMap<ts.Node, Value>,
    call?: ts.CallExpression,
  ): Env {
    const key = `${caller.id} ${parent.id} ${label}`;
    const known = this.#envs.get(site) ?? new Map<string, Env>();
    this.#envs.set(site, known);
    let env = known.get(key);
    if (!env) {
      env = { id: ++this.#envCount, owner, parent, caller, bindings, ...(call && { call }) };
      known.set(key, env);
    }
    return env;
  }

  /** What an expression stands for in an environment; undefined where that cannot be seen. */
  of(node: ts.Expression, env: Env): Value | undefined {
    if (this.#depth > maxDepth) return undefined;
    const bare = strip(node);
    this.#depth++;
    try {
      return isPlain(bare) ? this.#evaluate(bare, env) : this.#once(bare, env);
    } finally {
      this.#depth--;
    }
  }

  /** Every expression once per environment; one that needs its own value has none. */
  #once(node: ts.Expression, env: Env): Value | undefined {
    const among = this.#known.get(node) ?? new Map<number, Known>();
    this.#known.set(node, among);
    const known = among.get(env.id);
    if (known) {
      this.#needed = Math.min(this.#needed, known.needs);
      return known.value;
    }
    const at = this.#finding++;
    const needed = this.#needed;
    const isProvisional = this.#provisional.length;
    this.#needed = Infinity;
    among.set(env.id, { value: undefined, needs: at });
    try {
      const value = this.#evaluate(node, env);
      const needs = this.#needed < at ? this.#needed : Infinity;
      among.set(env.id, { value, needs });
      // Complete, what was found on the way may be another: it was found without this value.
      if (needs === Infinity) for (const one of this.#provisional.splice(isProvisional)) one.among.delete(one.id);
      else this.#provisional.push({ among, id: env.id });
      return value;
    } finally {
      this.#finding--;
      this.#needed = Math.min(needed, this.#needed < at ? this.#needed : Infinity);
    }
  }

  /** The text an expression is, constants and templates folded. */
  text(node: ts.Expression, env: Env): string | undefined {
    const value = this.of(node, env);
    return value?.kind === 'text' ? value.text : undefined;
  }

  #evaluate(node: ts.Expression, env: Env): Value | undefined {
    if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return { kind: 'text', text: node.text };
    if (ts.isRegularExpressionLiteral(node)) return { kind: 'expression', node };
    if (ts.isTemplateExpression(node)) return this.#template(node, env);
    if (ts.isBinaryExpression(node)) return this.#binary(node, env);
    if (ts.isConditionalExpression(node)) return boundIn(node, env) ?? this.#chosen(node, env);
    if (ts.isIdentifier(node)) return this.#identifier(node, env);
    const setting = settingOf(node, (key) => this.text(key, env));
    if (setting !== undefined)
      return {
        kind: 'pattern',
        parts: [{ name: setting, isEnvironment: true, node, ...this.#declaredSetting(node, setting, env) }],
      };
    if (isExports(node)) return { kind: 'module', uri: node.getSourceFile().fileName };
    const place = placeNamed(node);
    if (place !== undefined) return { kind: 'text', text: place };
    if (ts.isPropertyAccessExpression(node)) return this.#member(node.expression, node.name.text, env);
    if (ts.isElementAccessExpression(node)) {
      const key = this.text(node.argumentExpression, env);
      return key === undefined ? boundIn(node, env) : this.#member(node.expression, key, env);
    }
    if (ts.isCallExpression(node)) return boundIn(node, env) ?? this.#call(node, env);
    if (ts.isNewExpression(node)) {
      const made = this.of(node.expression, env);
      if (made?.kind === 'package') return this.#created(made, node, env);
      return made?.kind === 'class' ? (this.#extendedRouter(made, node, env) ?? this.#instance(made, node, env)) : undefined;
    }
    if (ts.isArrayLiteralExpression(node)) return { kind: 'list', items: this.#itemsOf(node, env), env };
    if (ts.isObjectLiteralExpression(node)) return { kind: 'object', node, env };
    if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return { kind: 'function', node, env };
    if (ts.isClassExpression(node)) return { kind: 'class', node, env };
    if (node.kind === ts.SyntaxKind.ThisKeyword) {
      const owner = ts.findAncestor(node, ts.isClassLike);
      const bound = owner && boundIn(owner, env);
      if (bound?.kind === 'instance') return bound.isSelf ? bound : { ...bound, env };
      if (bound?.kind === 'router') return bound;
      return owner && { kind: 'instance', node: owner, env: this.#envOf(owner, env) };
    }
    // `super.send(res)`
    if (node.kind === ts.SyntaxKind.SuperKeyword && ts.isPropertyAccessExpression(node.parent)) {
      const owner = ts.findAncestor(node, ts.isClassLike);
      const base = owner && this.#baseClass(owner);
      return base && { kind: 'instance', node: base, env: this.#asBase(owner, base, this.#envOf(owner, env)) };
    }
    return undefined;
  }

  /** What the library that reads the settings is told of one: `config.get('kafka.topic')`, `env.TOPIC`. */
  #declaredSetting(node: ts.Expression, name: string, env: Env): Setting | undefined {
    const member = ts.isCallExpression(node) ? strip(node.expression) : node;
    if (!ts.isPropertyAccessExpression(member)) return undefined;
    const owner = this.of(member.expression, env);
    if (owner?.kind === 'package' && owner.name === 'config') return settingInFiles(name, node.getSourceFile().fileName, this);
    return owner?.kind === 'made' ? settingIn(owner, name, this) : undefined;
  }

  /** The items of a list, those of lists of constants that are spread into it included. */
  #itemsOf(node: ts.ArrayLiteralExpression, env: Env): readonly ts.Expression[] {
    if (!node.elements.some(ts.isSpreadElement)) return node.elements;
    return node.elements.flatMap((item) => {
      const spread = ts.isSpreadElement(item) ? this.of(item.expression, env) : undefined;
      const isSame = spread?.kind === 'list' && (spread.env === this.root || spread.env === env);
      return isSame ? spread.items : [item];
    });
  }

  #template(node: ts.TemplateExpression, env: Env): Value | undefined {
    const spans = node.templateSpans.flatMap((span) => [...this.#parts(span.expression, env), span.literal.text]);
    return textOf([node.head.text, ...spans]);
  }

  #binary(node: ts.BinaryExpression, env: Env): Value | undefined {
    const { kind } = node.operatorToken;
    if (kind === ts.SyntaxKind.EqualsToken) return this.of(node.right, env);
    if (kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.BarBarToken) return this.#fallback(node, env);
    if (kind === ts.SyntaxKind.MinusToken) {
      const [left, right] = this.#numbers(node, env);
      return left === undefined || right === undefined ? undefined : { kind: 'text', text: String(left - right) };
    }
    if (kind !== ts.SyntaxKind.PlusToken) return undefined;
    return textOf([...this.#parts(node.left, env), ...this.#parts(node.right, env)]);
  }

  /** The numbers that both sides are: `args.length - 1`. */
  #numbers({ left, right }: ts.BinaryExpression, env: Env): (number | undefined)[] {
    return [left, right].map((side) => {
      const text = this.text(side, env);
      return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
    });
  }

  /** `kind === 'put' ? 'patch' : 'put'`, where what is compared is known; `url ? connect(url) : null` is what is there. */
  #chosen({ condition, whenTrue, whenFalse }: ts.ConditionalExpression, env: Env): Value | undefined {
    const only = isNothing(whenFalse) ? whenTrue : isNothing(whenTrue) ? whenFalse : undefined;
    const there = only && this.of(only, env);
    // A text that may be absent is none that is known.
    if (only) return there?.kind === 'text' || there?.kind === 'pattern' ? undefined : there;
    const isMet = this.decided(condition, env);
    if (isMet !== undefined) return this.of(isMet ? whenTrue : whenFalse, env);
    // `isCompiled ? '.js' : '.ts'`: what is listed here is the source.
    const own = /\.[cm]?[jt]sx?$/.exec(condition.getSourceFile().fileName)?.[0];
    const found = [whenTrue, whenFalse].map((one) => this.of(one, env));
    const areEndings = found.every((one) => one?.kind === 'text' && /^\.[cm]?[jt]sx?$/.test(one.text));
    return areEndings ? found.find((one) => one?.kind === 'text' && one.text === own) : undefined;
  }

  /** Does a condition hold, where the texts that it compares are known? What runs is compiled: `.js` means a file that ends in `.ts`. */
  decided(condition: ts.Expression, env: Env): boolean | undefined {
    const test = strip(condition);
    if (ts.isPrefixUnaryExpression(test) && test.operator === ts.SyntaxKind.ExclamationToken) {
      const inner = this.decided(test.operand, env);
      return inner === undefined ? undefined : !inner;
    }
    const isTypeScript = /\.[cm]?tsx?$/.test(test.getSourceFile().fileName);
    const textOf = (node: ts.Expression | undefined) => {
      const text = node && this.text(node, env);
      return isTypeScript ? text?.replace(/\.([cm]?)js$/, '.$1ts') : text;
    };
    if (test.kind === ts.SyntaxKind.TrueKeyword || test.kind === ts.SyntaxKind.FalseKeyword)
      return test.kind === ts.SyntaxKind.TrueKeyword;
    if (ts.isIdentifier(test)) return this.#isSwitched(test, env) ?? this.#isThere(test, env);
    if (ts.isBinaryExpression(test)) {
      // What one side says decides `and` and `or`, where it says so.
      const decisive = { '&&': false, '||': true }[test.operatorToken.getText()];
      if (decisive !== undefined) {
        const sides = [test.left, test.right].map((side) => this.decided(side, env));
        return sides.includes(decisive) ? decisive : sides.includes(undefined) ? undefined : !decisive;
      }
      const compare = comparisons[test.operatorToken.getText()];
      const [first, second] = compare ? this.#numbers(test, env) : [];
      if (compare) return first === undefined || second === undefined ? undefined : compare(first, second);
      const [, sign] = /^([!=])==?$/.exec(test.operatorToken.getText()) ?? [];
      const [left, right] = sign ? [textOf(test.left), textOf(test.right)] : [];
      return left === undefined || right === undefined ? undefined : (left === right) === (sign === '=');
    }
    if (!ts.isCallExpression(test) || !ts.isPropertyAccessExpression(test.expression)) return undefined;
    const { expression, name } = test.expression;
    if (test.expression.getText() === 'Array.isArray') {
      const given = test.arguments[0] && this.#writtenOut(test.arguments[0], env);
      return given && ts.isArrayLiteralExpression(given);
    }
    const wanted = textOf(test.arguments[0]);
    const method = /^(?:endsWith|startsWith|includes)$/.test(name.text) ? name.text : undefined;
    if (!method || wanted === undefined) return undefined;
    const owner = this.of(expression, env);
    const list =
      method === 'includes' && owner?.kind === 'list' ? owner.items.map((item) => this.text(item, owner.env)) : undefined;
    if (list) return list.includes(undefined) ? undefined : list.includes(wanted);
    const text = owner?.kind === 'text' ? textOf(expression) : undefined;
    return text?.[method as 'endsWith' | 'startsWith' | 'includes'](wanted);
  }

  /** What a call gives a parameter, or leaves it to be, where that is written out: `true`, `false`. */
  #isSwitched(node: ts.Identifier, env: Env, depth = 0): boolean | undefined {
    const declaration = this.declarationOf(node);
    const call = declaration && ts.isParameter(declaration) ? callFor(declaration, env) : undefined;
    if (!call || !declaration || !ts.isParameter(declaration) || isAssigned(declaration)) return undefined;
    const given = argumentFor(declaration, call);
    const value = given ?? (call.call?.arguments.some(ts.isSpreadElement) ? undefined : declaration.initializer);
    if (value?.kind === ts.SyntaxKind.TrueKeyword || value?.kind === ts.SyntaxKind.FalseKeyword)
      return value.kind === ts.SyntaxKind.TrueKeyword;
    const isHandedOn = given && ts.isIdentifier(given) && call.caller && depth < maxNames;
    return isHandedOn ? this.#isSwitched(given, call.caller, depth + 1) : undefined;
  }

  /** Is there what a name stands for? A parameter that the call leaves out is not; what is written out is. */
  #isThere(node: ts.Identifier, env: Env): boolean | undefined {
    const declaration = this.declarationOf(node);
    if (declaration && ts.isParameter(declaration) && isLeftOut(declaration, env)) return false;
    const whole = declaration && ts.isBindingElement(declaration) ? this.#wholeOfBinding(declaration, env) : undefined;
    if (whole?.properties.some(ts.isSpreadAssignment)) return undefined;
    const value = whole && propertyIn(whole, (declaration as ts.BindingElement).propertyName?.getText() ?? node.text);
    if (whole && !value) return (declaration as ts.BindingElement).initializer ? undefined : false;
    return this.#writtenOut(value ?? node, env) ? true : undefined;
  }

  /** The object that a name is taken from, where that is written out: `const { responses } = options`. */
  #wholeOfBinding({ parent }: ts.BindingElement, env: Env): ts.ObjectLiteralExpression | undefined {
    const owner = parent.parent;
    const call = ts.isParameter(owner) ? callFor(owner, env) : undefined;
    const given = ts.isParameter(owner)
      ? call && argumentFor(owner, call)
      : ts.isVariableDeclaration(owner)
        ? owner.initializer
        : undefined;
    const whole = given && this.#writtenOut(given, call?.caller ?? env);
    return whole && ts.isObjectLiteralExpression(whole) && ts.isObjectBindingPattern(parent) ? whole : undefined;
  }

  /** The list, object or function that a name stands for, by whatever names it is handed on, where that is written out. */
  #writtenOut(node: ts.Expression, env: Env, depth = 0): ts.Expression | undefined {
    const bare = strip(node);
    if (ts.isArrayLiteralExpression(bare) || ts.isObjectLiteralExpression(bare) || ts.isFunctionLike(bare)) return bare;
    const declaration = ts.isIdentifier(bare) && depth < maxNames ? this.declarationOf(bare) : undefined;
    if (declaration && ts.isVariableDeclaration(declaration) && isConstant(declaration) && declaration.initializer)
      return this.#writtenOut(declaration.initializer, this.#envOf(declaration, env), depth + 1);
    if (!declaration || !ts.isParameter(declaration)) return undefined;
    const call = callFor(declaration, env);
    const given = call && argumentFor(declaration, call);
    return given && call.caller && this.#writtenOut(given, call.caller, depth + 1);
  }

  /** `process.env.TOPIC ?? 'orders'`, `options.topic || 'orders'`. */
  #fallback(node: ts.BinaryExpression, env: Env): Value | undefined {
    const left = this.of(node.left, env);
    const isEmpty = left?.kind === 'text' && left.text === '' && node.operatorToken.kind === ts.SyntaxKind.BarBarToken;
    // `module.router ?? module.default`: what a file exports is known.
    const member = strip(node.left);
    const isLacking = !left && ts.isPropertyAccessExpression(member) && this.of(member.expression, env)?.kind === 'module';
    if (isEmpty || isLacking) return this.of(node.right, env);
    const [hole, ...more] = left?.kind === 'pattern' ? left.parts : left ? [] : this.#parts(node.left, env);
    if (!hole || typeof hole === 'string' || more.length > 0) return left;
    const otherwise = this.text(node.right, env);
    return otherwise === undefined ? left : { kind: 'pattern', parts: [{ ...hole, otherwise }] };
  }

  /** The pieces an expression puts into a text: what nothing is known of is a hole. */
  #parts(node: ts.Expression, env: Env): readonly (string | Hole)[] {
    const value = this.of(node, env);
    if (value?.kind === 'text') return [value.text];
    if (value?.kind === 'pattern') return value.parts;
    return [{ name: lastName(node), isEnvironment: false, node }];
  }

  #identifier(node: ts.Identifier, env: Env): Value | undefined {
    const declaration = this.declarationOf(node);
    const place = declaration ? undefined : placeNamed(node);
    if (place !== undefined) return { kind: 'text', text: place };
    return declaration && this.#declaredValue(declaration, this.#envOf(declaration, env));
  }

  /** The environment a declaration lives in: the innermost one whose owner contains it. */
  #envOf(declaration: ts.Node, env: Env): Env {
    let at = env;
    while (at.owner && at.parent && !contains(at.owner, declaration)) at = at.parent;
    return at;
  }

  #declaredValue(node: ts.Node, env: Env): Value | undefined {
    const bound = boundIn(node, env);
    if (bound) return bound;
    if (ts.isVariableDeclaration(node)) return this.#variable(node, env);
    if (ts.isParameter(node)) return node.initializer && !isGiven(node, env) ? this.of(node.initializer, env) : undefined;
    if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return { kind: 'function', node, env };
    if (ts.isClassDeclaration(node)) return { kind: 'class', node, env };
    if (ts.isEnumDeclaration(node)) return { kind: 'enum', node };
    if (ts.isModuleDeclaration(node)) return { kind: 'namespace', node };
    if (ts.isBindingElement(node)) return this.#bindingElement(node, env);
    if (ts.isImportClause(node)) return this.#imported(node.parent, 'default');
    if (ts.isNamespaceImport(node)) return this.#imported(node.parent.parent, '*');
    if (ts.isImportSpecifier(node)) return this.#imported(node.parent.parent.parent, (node.propertyName ?? node.name).text);
    if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      return this.#moduleMember(node.moduleReference.expression, node.getSourceFile().fileName, '*');
    }
    return undefined;
  }

  #variable(node: ts.VariableDeclaration, env: Env): Value | undefined {
    if (node.initializer) return this.of(node.initializer, env);
    const assigned = ts.isIdentifier(node.name) ? onlyAssignment(node.getSourceFile(), node.name.text) : undefined;
    return assigned && this.of(assigned, env);
  }

  #bindingElement(node: ts.BindingElement, env: Env): Value | undefined {
    const owner = node.parent.parent;
    const name = node.propertyName ?? node.name;
    const key = ts.isArrayBindingPattern(node.parent)
      ? String(node.parent.elements.indexOf(node))
      : ts.isIdentifier(name) || ts.isStringLiteral(name)
        ? name.text
        : undefined;
    const isRest = node.dotDotDotToken && ts.isObjectBindingPattern(node.parent);
    if (key === undefined || (node.dotDotDotToken && !isRest)) return undefined;
    const whole = ts.isBindingElement(owner) ? this.#bindingElement(owner, env) : this.#declaredValue(owner, env);
    // What is left of an object is that object, of which the code asks for no more than that.
    if (isRest) return whole?.kind === 'object' ? whole : undefined;
    return this.#memberOf(whole, key) ?? (node.initializer && this.of(node.initializer, env));
  }

  #imported(node: ts.ImportDeclaration | ts.JSDocImportTag, name: string): Value | undefined {
    return this.#moduleMember(node.moduleSpecifier, node.getSourceFile().fileName, name);
  }

  #moduleMember(specifier: ts.Expression, from: string, name: string): Value | undefined {
    if (!ts.isStringLiteralLike(specifier)) return undefined;
    const uri = this.resolve(specifier.text, from);
    if (!uri) return { kind: 'package', name: packageNamed(specifier.text), member: name };
    return name === '*' ? { kind: 'module', uri } : this.exported(uri, name);
  }

  /** What a project file exports under a name. */
  exported(uri: string, name: string): Value | undefined {
    const file = this.file(uri);
    if (!file || this.#depth > maxDepth) return undefined;
    this.#depth++;
    try {
      for (const statement of this.#exportersOf(file, name)) {
        const value = this.#exportedBy(statement, uri, name);
        if (value) return value;
      }
      return undefined;
    } finally {
      this.#depth--;
    }
  }

  /** The statements of a file that may export a name, in order. */
  #exportersOf(file: ts.SourceFile, name: string): readonly ts.Statement[] {
    let found = this.#exporters.get(file.fileName);
    if (!found) {
      found = exportersIn(file, valuesExported);
      this.#exporters.set(file.fileName, found);
    }
    return found.named.get(name) ?? found.open;
  }

  #exportedBy(statement: ts.Statement, uri: string, name: string): Value | undefined {
    if (ts.isExportAssignment(statement))
      return name === 'default' || statement.isExportEquals ? this.of(statement.expression, this.root) : undefined;
    if (ts.isExportDeclaration(statement)) return this.#reExported(statement, uri, name);
    if (ts.isExpressionStatement(statement)) return this.#commonJs(statement.expression, name);
    if (!ts.canHaveModifiers(statement) || !hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return undefined;
    if (ts.isVariableStatement(statement)) {
      const found = statement.declarationList.declarations
        .flatMap((declaration) => namesOf(declaration))
        .find(([text]) => text === name);
      return found && this.#declaredValue(found[1], this.root);
    }
    // Of an overloaded function, the one that does the work.
    if (ts.isFunctionDeclaration(statement) && !statement.body) return undefined;
    if (isNamedStatement(statement)) {
      const exportName = hasModifier(statement, ts.SyntaxKind.DefaultKeyword) ? 'default' : statement.name?.text;
      return exportName === name ? this.#declaredValue(statement, this.root) : undefined;
    }
    return undefined;
  }

  #reExported(statement: ts.ExportDeclaration, uri: string, name: string): Value | undefined {
    const from = statement.moduleSpecifier;
    const clause = statement.exportClause;
    if (!clause) return from && name !== 'default' ? projectOnly(this.#moduleMember(from, uri, name)) : undefined;
    if (ts.isNamespaceExport(clause)) return from && clause.name.text === name ? this.#moduleMember(from, uri, '*') : undefined;
    const element = clause.elements.find((item) => item.name.text === name);
    if (!element) return undefined;
    const local = element.propertyName ?? element.name;
    if (from) return this.#moduleMember(from, uri, local.text);
    return ts.isIdentifier(local) ? this.#identifier(local, this.root) : undefined;
  }

  /** `module.exports = x`, `module.exports.name = x`, `exports.name = x`, `helpers.name = x` of `const helpers = module.exports`. */
  #commonJs(node: ts.Expression, name: string): Value | undefined {
    if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
    const target = exportSet(node.left);
    if (target === name) return this.of(node.right, this.root);
    if (target !== '') return undefined;
    const whole = this.of(node.right, this.root);
    return name === 'default' ? whole : this.#memberOf(whole, name);
  }

  #member(owner: ts.Expression, name: string, env: Env): Value | undefined {
    const value = this.of(owner, env);
    const bare = strip(owner);
    const declaration =
      name === 'length' && value?.kind === 'list' && ts.isIdentifier(bare) ? this.declarationOf(bare) : undefined;
    // What a call gives `...rest` is all that it will have.
    const isAll = declaration && ts.isParameter(declaration) && declaration.dotDotDotToken && value?.kind === 'list';
    if (isAll && !value.items.some(ts.isSpreadElement)) return { kind: 'text', text: String(value.items.length) };
    return this.#memberOf(value, name);
  }

  #memberOf(owner: Value | undefined, name: string): Value | undefined {
    // An object may be made of itself: `config = { ...config, more }`.
    if (this.#depth > maxDepth) return undefined;
    this.#depth++;
    try {
      return this.#memberIn(owner, name);
    } finally {
      this.#depth--;
    }
  }

  #memberIn(owner: Value | undefined, name: string): Value | undefined {
    if (owner?.kind === 'module') return this.exported(owner.uri, name);
    if (owner?.kind === 'router')
      return (owner.router.type && this.#classMember(owner.router.type, name, owner.router.env)) ?? this.#decoration(name);
    if (owner?.kind === 'package')
      return isWhole(owner.member) ? { ...owner, member: name } : { ...owner, member: `${owner.member}.${name}` };
    if (owner?.kind === 'object') return this.#property(owner.node, name, owner.env) ?? this.#added(owner, name);
    if (owner?.kind === 'instance' || owner?.kind === 'class') {
      const own = this.#classMember(owner.node, name, owner.env, owner.kind === 'class');
      return reflected(owner, name) ?? own ?? this.#besideClass(owner.node, name);
    }
    // The answer of SQS to a question for a queue's URL ends in the name that was asked for.
    if (owner?.kind === 'made' && name === 'QueueUrl' && asksQueueUrl(owner)) {
      const named = propertyIn(owner.call.arguments?.[0], 'QueueName');
      return named && this.of(named, owner.env);
    }
    const setting = owner?.kind === 'made' && hasSettings.test(owner.name) ? settingIn(owner, name, this) : undefined;
    if (setting && owner?.kind === 'made')
      return { kind: 'pattern', parts: [{ ...setting, isEnvironment: true, node: owner.call }] };
    const isSchema = owner?.kind === 'made' && /^zod(?:\/|$)/.test(owner.name);
    // `const parsed = Settings.safeParse(process.env)`
    if (isSchema && name === 'data') return owner;
    // `Kafka.and(Topics).transform(…)` is a schema, too.
    if (isSchema && chainsSchema.test(name)) return { kind: 'package', name: owner.name, member: `${owner.member}.${name}` };
    // `os.route(…).input`, `implement(contract).users.list`
    if (owner?.kind === 'made' && fluent.test(owner.name)) return { ...owner, member: `${owner.member}.${name}` };
    if (owner?.kind === 'made' && this.#library.wraps?.(owner.name) === name) {
      const [given] = owner.call.arguments ?? [];
      return given && this.of(given, owner.env);
    }
    if (owner?.kind === 'namespace') return this.#inNamespace(owner.node, name);
    if (owner?.kind === 'enum') {
      const value = owner.node.members.find((item) => nameText(item.name) === name)?.initializer;
      return value && this.of(value, this.root);
    }
    if (owner?.kind === 'entry') return name === 'name' ? { kind: 'text', text: owner.name } : undefined;
    if (owner?.kind === 'names') {
      const text = /^\d+$/.test(name) ? owner.texts[Number(name)] : undefined;
      return text === undefined ? undefined : owner.isEntries ? { kind: 'entry', name: text } : { kind: 'text', text };
    }
    if (owner?.kind === 'made' && /^(?:node:)?path$/.test(owner.name) && name === 'name') {
      const [given] = owner.call.arguments ?? [];
      const file = given && this.text(given, owner.env);
      return file === undefined
        ? undefined
        : { kind: 'text', text: (file.split('/').at(-1) ?? '').replace(/(?<=.)\.[^.]+$/, '') };
    }
    if (owner?.kind === 'list') {
      const all = name === 'length' ? this.spread(owner.items, owner.env) : [];
      // An empty list may become longer.
      if (all.length > 0 && !all.some(({ node }) => ts.isSpreadElement(node))) return { kind: 'text', text: String(all.length) };
      const item = /^\d+$/.test(name) ? this.spread(owner.items, owner.env)[Number(name)] : undefined;
      return item && this.of(item.node, item.env);
    }
    return undefined;
  }

  /** What an object is given after it was made: `routes.users = router`, `Orders.items.list = list`, where that is once. */
  #added({ node, env }: Value & { kind: 'object' }, name: string): Value | undefined {
    let whole: ts.Node = node;
    while (ts.isParenthesizedExpression(whole.parent) || ts.isAsExpression(whole.parent)) whole = whole.parent;
    const { parent } = whole;
    const isSet = ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    const target = ts.isVariableDeclaration(parent) ? parent.name : isSet && parent.right === whole ? parent.left : undefined;
    if (!target || !(ts.isIdentifier(target) || ts.isPropertyAccessExpression(target))) return undefined;
    const within = ts.findAncestor(parent, (one) => ts.isFunctionLike(one) || ts.isSourceFile(one));
    const value = within && onlyAssignment(within, `${target.getText()}.${name}`);
    return value && this.of(value, env);
  }

  /** What a file of the project gives every router by this name. */
  #decoration(name: string): Value | undefined {
    const { decorates } = this.#library;
    if (!decorates) return undefined;
    this.#decorations ??= new Map(this.files().flatMap((file) => decorationsIn(file, decorates)));
    const node = this.#decorations.get(name);
    return node && this.of(node, this.root);
  }

  /** What `Object.values(…)` gives of an object whose names are all known. */
  valuesOf(node: ts.Expression, env: Env): (Value | undefined)[] | undefined {
    const bare = strip(node);
    const [of] = ts.isCallExpression(bare) && bare.expression.getText() === 'Object.values' ? bare.arguments : [];
    return of && this.entriesIn(this.of(of, env))?.map(([, value]) => value);
  }

  /** What the variable of a loop stands for in each turn: an item of a list, a name and a value of an object. */
  turns(over: ts.Expression, item: ts.VariableDeclaration | ts.ParameterDeclaration, env: Env): [ts.Node, Value][][] | undefined {
    const list = this.of(over, env);
    const bind = (node: ts.Node | undefined, value: Value | undefined): [ts.Node, Value][] =>
      node && value ? [[node, value]] : [];
    if (ts.isForInStatement(item.parent.parent)) return this.entriesIn(list)?.map(([text]) => bind(item, { kind: 'text', text }));
    if (list?.kind === 'list') {
      const added = this.pushes(over, env).flatMap(({ items }) => items);
      return [...this.spread(list.items, list.env), ...added].map((one) => bind(item, this.of(one.node, one.env)));
    }
    if (list?.kind === 'names')
      return list.texts.map((text) => bind(item, list.isEntries ? { kind: 'entry', name: text } : { kind: 'text', text }));
    const all = this.valuesOf(over, env);
    if (all) return all.map((value) => bind(item, value));
    const bare = strip(over);
    const [, kind] = ts.isCallExpression(bare) ? (/^Object\.(entries|keys)$/.exec(bare.expression.getText()) ?? []) : [];
    const [of] = ts.isCallExpression(bare) ? bare.arguments : [];
    const entries = kind && of && this.entriesIn(this.of(of, env));
    if (!entries) return undefined;
    const [first, second] = kind === 'entries' && ts.isArrayBindingPattern(item.name) ? item.name.elements : [];
    return entries.map(([name, value]) => {
      const key: Value = { kind: 'text', text: name };
      if (kind === 'entries') return [...bind(first, key), ...bind(second, value)];
      return bind(item, key);
    });
  }

  /** The names and values of an object literal, an enum or a module's exports, where all of them are written there. */
  entriesIn(value: Value | undefined): [name: string, value: Value | undefined][] | undefined {
    if (value?.kind === 'module') {
      return this.exportsOf(value.uri).map((name) => [name, this.exported(value.uri, name)]);
    }
    if (value?.kind === 'enum')
      return value.node.members.map((member) => {
        const name = nameText(member.name) ?? member.name.getText();
        return [name, this.#memberOf(value, name)];
      });
    if (value?.kind !== 'object') return undefined;
    return this.#namesOf(value)?.map((name) => [name, this.#property(value.node, name, value.env)]);
  }

  /** The names of an object literal, where all of them are written there. */
  #namesOf({ node, env }: Value & { kind: 'object' }): readonly string[] | undefined {
    const names = node.properties.map((property) => this.#keyOf(property.name, env));
    const known = names.filter((name) => name !== undefined);
    return known.length === names.length ? known : undefined;
  }

  /** The names a file exports, those of files that it hands on included. */
  exportsOf(uri: string): readonly string[] {
    return [...new Set(this.#namesFrom(uri, new Set()))];
  }

  #namesFrom(uri: string, seen: Set<string>): string[] {
    if (seen.has(uri)) return [];
    seen.add(uri);
    return (this.file(uri)?.statements ?? []).flatMap((statement) => {
      const isAll = ts.isExportDeclaration(statement) && !statement.exportClause;
      const from = isAll && statement.moduleSpecifier && ts.isStringLiteralLike(statement.moduleSpecifier);
      const other = from ? this.resolve((statement.moduleSpecifier as ts.StringLiteral).text, uri) : undefined;
      return other ? this.#namesFrom(other, seen).filter((name) => name !== 'default') : exportedNames(statement);
    });
  }

  /**
   * What is added to a list beside what it is made with: `routes.push(one)`, in a function of its file as often as that is called
   * with something that is known.
   */
  pushes(list: ts.Expression, env: Env = this.root): readonly Push[] {
    const bare = strip(list);
    const file = bare.getSourceFile();
    const text = bare.getText();
    if (!(ts.isIdentifier(bare) || ts.isPropertyAccessExpression(bare)) || !file.text.includes(`${text}.push(`)) return [];
    const declaration = ts.isIdentifier(bare) ? this.declarationOf(bare) : ts.findAncestor(bare, ts.isClassLike);
    const isSame = (one: ts.Expression) =>
      one.getText() === text &&
      (ts.isIdentifier(one) ? this.declarationOf(one) : ts.findAncestor(one, ts.isClassLike)) === declaration;
    const home = declaration && ts.findAncestor(declaration, ts.isFunctionLike);
    const found: Push[] = [];
    const visit = (node: ts.Node): void => {
      const callee = ts.isCallExpression(node) ? strip(node.expression) : undefined;
      const isPush = callee && ts.isPropertyAccessExpression(callee) && callee.name.text === 'push';
      if (isPush && isSame(strip(callee.expression))) found.push(this.#pushed(node as ts.CallExpression, home, env));
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  }

  /** `home` is the function whose list it is: what that adds itself, perhaps on a condition, is seen where the list is. */
  #pushed(call: ts.CallExpression, home: ts.Node | undefined, env: Env): Push {
    const [first, ...more] = call.arguments;
    const around = ts.findAncestor(call, ts.isFunctionLike);
    const name = first && ts.isIdentifier(first) ? this.declarationOf(first) : undefined;
    if (!first || more.length > 0 || ts.isSpreadElement(first)) return { call, items: [], isKnown: false };
    if (!around) return { call, items: [{ node: first, env: this.root }], isKnown: true };
    if (around === home && this.of(first, env)) return { call, items: [{ node: first, env }], isKnown: true };
    if (!name || !ts.isParameter(name) || name.parent !== around) return { call, items: [], isKnown: false };
    const items = this.#callsOf(around as FunctionNode).map((one) => ({ node: first, env: one }));
    return { call, items, isKnown: items.length > 0 };
  }

  /** The environments of the calls of a function that are made outside of all functions. */
  #callsOf(node: FunctionNode): readonly Env[] {
    const name = node.name?.getText();
    const found: Env[] = [];
    const visit = (at: ts.Node): void => {
      if (ts.isFunctionLike(at)) return;
      const callee = ts.isCallExpression(at) ? strip(at.expression) : undefined;
      const last = callee && (ts.isPropertyAccessExpression(callee) ? callee.name : callee);
      if (ts.isCallExpression(at) && callee && last?.getText() === name) {
        const target = this.of(callee, this.root);
        if (target?.kind === 'function' && target.node === node) found.push(this.call(at, target, this.root));
      }
      ts.forEachChild(at, visit);
    };
    for (const file of name === undefined ? [] : this.files()) if (file.text.includes(`${name}(`)) visit(file);
    return found;
  }

  /** What is assigned to a member of this name, where one place of the project does that: `authorization.endpoints = make()`. */
  assignedMember(name: string): Value | undefined {
    const found = this.files()
      .filter(({ text }) => text.includes(`.${name} =`) || text.includes(`.${name}=`))
      .flatMap((file) => assignedAs(file, name));
    const [only, ...more] = found;
    return only && more.length === 0 ? this.of(only, this.root) : undefined;
  }

  /** The name of a property, also where a constant stands for it: `{ [jobs.send]: url }`. */
  #keyOf(name: ts.PropertyName | undefined, env: Env): string | undefined {
    return name && ts.isComputedPropertyName(name) ? this.text(name.expression, env) : nameText(name);
  }

  #property(node: ts.ObjectLiteralExpression, name: string, env: Env): Value | undefined {
    for (const property of node.properties.toReversed()) {
      if (ts.isSpreadAssignment(property)) {
        const value = this.#memberOf(this.of(property.expression, env), name);
        if (value) return value;
      } else if (this.#keyOf(property.name, env) === name) {
        if (ts.isPropertyAssignment(property)) return this.of(property.initializer, env);
        if (ts.isShorthandPropertyAssignment(property)) return this.#identifier(property.name, env);
        if (ts.isMethodDeclaration(property)) return { kind: 'function', node: property, env };
        return undefined;
      }
    }
    return undefined;
  }

  /** What a namespace of the same name adds to a class: `namespace Server { export const ROOT = __dirname; }`. */
  #besideClass(node: ts.ClassLikeDeclaration, name: string): Value | undefined {
    for (const one of node.getSourceFile().statements) {
      const value = ts.isModuleDeclaration(one) && one.name.text === node.name?.text ? this.#inNamespace(one, name) : undefined;
      if (value) return value;
    }
    return undefined;
  }

  #inNamespace({ body }: ts.ModuleDeclaration, name: string): Value | undefined {
    const declared = body && ts.isModuleBlock(body) ? this.#namesIn(body).get(name) : undefined;
    return declared && this.#declaredValue(declared, this.root);
  }

  /** A member of an instance, or of the class: of two with one name, each has its own. */
  #classMember(node: ts.ClassLikeDeclaration, name: string, env: Env, isOfClass = false): Value | undefined {
    const members = node.members.filter((item) => item.name && nameText(item.name) === name);
    const member =
      members.find((one) => hasModifier(one as ts.HasModifiers, ts.SyntaxKind.StaticKeyword) === isOfClass) ?? members[0];
    if (member && ts.isMethodDeclaration(member)) return { kind: 'function', node: member, env };
    const written = member && ts.isPropertyDeclaration(member) && member.initializer;
    // `static #instance: Queue | null = null` says nothing of what is assigned later.
    if (written && !isNothing(written)) return this.of(written, env);
    if (member && ts.isGetAccessor(member)) return this.#returned(member.body, env);
    const maker = node.members.find(ts.isConstructorDeclaration);
    const own = node.name && `${node.name.text}.${name}`;
    const assigned =
      (maker?.body && onlyAssignment(maker.body, `this.${name}`)) ??
      onlyAssignment(node, `this.${name}`) ??
      (own ? onlyAssignment(node, own) : undefined);
    const value = assigned && this.of(assigned, env);
    const parameter = maker?.parameters.find((one) => nameText(one.name as ts.PropertyName) === name);
    const given = parameter && boundIn(parameter, env);
    return value ?? given ?? this.#injected(parameter ?? member) ?? (member ? undefined : this.#inherited(node, name, env));
  }

  #inherited(node: ts.ClassLikeDeclaration, name: string, env: Env): Value | undefined {
    const base = this.#baseClass(node);
    if (!base) return undefined;
    const inner = this.#asBase(node, base, env);
    const value = this.#memberOf({ kind: 'instance', node: base, env: inner }, name);
    // An instance that has a router was made by constructors, which may register on it.
    if (value?.kind === 'router')
      for (const [owner, place] of [
        [base, inner],
        [node, inner.parent],
      ] as const) {
        const body = owner.members.find(ts.isConstructorDeclaration)?.body;
        if (body && place) this.#onEnter(body, place);
      }
    return value;
  }

  /** The class of the project that a class extends. */
  #baseClass(node: ts.ClassLikeDeclaration): ts.ClassLikeDeclaration | undefined {
    const base = baseOf(node);
    const value = base && this.of(base.expression, this.root);
    return value?.kind === 'class' && value.node !== node ? value.node : undefined;
  }

  /** The classes of the files read that can be made of those that extend a class. */
  extendedBy(base: ts.ClassLikeDeclaration): readonly ts.ClassLikeDeclaration[] {
    const found: ts.ClassLikeDeclaration[] = [];
    for (const file of this.files())
      for (const node of file.statements)
        if (ts.isClassDeclaration(node) && node !== base && !hasModifier(node, ts.SyntaxKind.AbstractKeyword))
          if (baseOf(node) && this.isA(node, (one) => one === base)) found.push(node);
    return found;
  }

  /** A member of an instance of a class, whoever made that. */
  memberOf(node: ts.ClassLikeDeclaration, name: string): Value | undefined {
    return this.#memberOf({ kind: 'instance', node, env: this.root }, name);
  }

  /** Is one of these classes what a class is or extends? */
  isA(node: ts.ClassLikeDeclaration, wanted: (one: ts.ClassLikeDeclaration) => boolean): boolean {
    let at: ts.ClassLikeDeclaration | undefined = node;
    for (let steps = 0; at && steps < maxBases; steps++) {
      if (wanted(at)) return true;
      at = this.#baseClass(at);
    }
    return false;
  }

  /** The method that runs of a class that is a handler: `class List extends OpenAPIRoute { handle(c) { … } }`. */
  answersBy(node: ts.ClassLikeDeclaration): string | undefined {
    let method: string | undefined;
    this.isA(node, (one) => {
      const base = this.#library.answers && baseOf(one);
      const value = base && this.of(base.expression, this.root);
      method = value?.kind === 'package' ? this.#library.answers?.(value.name, value.member) : undefined;
      return method !== undefined;
    });
    return method;
  }

  /** What a base class knows of an instance: what `super('users')` gives its constructor, and whom its methods call `this`. */
  #asBase(node: ts.ClassLikeDeclaration, base: ts.ClassLikeDeclaration, env: Env): Env {
    const own = env.owner === node ? env : this.enter(node, 'self', node, env, env, new Map());
    const call = node.members
      .find(ts.isConstructorDeclaration)
      ?.body?.statements.map(superCall)
      .find((one) => one !== undefined);
    const maker = base.members.find(ts.isConstructorDeclaration);
    const bindings = new Map<ts.Node, Value>();
    const inner = this.enter(call ?? node, 'super', base, own, own, bindings);
    if (inner.bindings !== bindings) return inner;
    // The environment is there before what it binds, which may ask for it.
    const self = boundIn(node, own);
    bindings.set(base, self?.kind === 'instance' && self.isSelf ? self : { kind: 'instance', node, env: own, isSelf: true });
    for (const [parameter, value] of call && maker ? this.#bindings(maker.parameters, call.arguments, own) : [])
      bindings.set(parameter, value);
    return inner;
  }

  /** The constructor that `super(…)` runs, and its environment. */
  constructorOf(call: ts.CallExpression, env: Env): { readonly body: ts.Block; readonly env: Env } | undefined {
    let node = ts.findAncestor(call, ts.isClassLike);
    let place = node && this.#envOf(node, env);
    for (let steps = 0; node && place && steps < maxBases; steps++) {
      const base: ts.ClassLikeDeclaration | undefined = this.#baseClass(node);
      if (!base) return undefined;
      place = this.#asBase(node, base, place);
      const body = base.members.find(ts.isConstructorDeclaration)?.body;
      if (body) return { body, env: place };
      node = base;
    }
    return undefined;
  }

  /** A field or parameter that a container fills: an instance of the class its type names, or what is provided for its token. */
  #injected(node: ts.Node | undefined): Value | undefined {
    if (!node || !(ts.isParameter(node) || ts.isPropertyDeclaration(node))) return undefined;
    const { type } = node;
    const isNamed = type && ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName);
    const found = isNamed ? named(this, type.typeName as ts.Identifier, 'type') : undefined;
    if (found?.kind === 'node' && ts.isClassLike(found.node)) return { kind: 'instance', node: found.node, env: this.root };
    const [token] =
      ts
        .getDecorators(node)
        ?.map(({ expression }) => expression)
        .filter(ts.isCallExpression)
        .find(({ expression }) => /^[iI]nject$/.test(expression.getText()))?.arguments ?? [];
    return token && this.#provided(token);
  }

  /** `{ provide: 'TOPIC', useValue: 'orders' }`, `register(TOPIC, { useValue: 'orders' })`, where one place says so. */
  #provided(token: ts.Expression): Value | undefined {
    const keyOf = (node: ts.Expression) => this.text(node, this.root) ?? node.getText();
    if (!this.#providers) {
      this.#providers = new Map();
      for (const node of this.files().flatMap(providersIn)) {
        const provide = tokenOf(node);
        const key = provide && keyOf(provide);
        if (key !== undefined) this.#providers.set(key, this.#providers.has(key) ? undefined : node);
      }
    }
    const provider = this.#providers.get(keyOf(token));
    const given = propertyIn(provider, 'useValue');
    const factory = propertyIn(provider, 'useFactory');
    const made = factory && this.of(factory, this.root);
    const value = given
      ? this.of(given, this.root)
      : made?.kind === 'function'
        ? this.#returned(made.node.body, made.env)
        : undefined;
    // What is made by a package, a client for one, is known by who reads that.
    return value && /^(?:text|pattern|object|list|router)$/.test(value.kind) ? value : undefined;
  }

  #call(node: ts.CallExpression, env: Env): Value | undefined {
    const callee = strip(node.expression);
    if (isRequire(node)) return this.#required(node, env);
    const [first] = node.arguments;
    if (callee.kind === ts.SyntaxKind.ImportKeyword && first)
      return this.#moduleMember(first, node.getSourceFile().fileName, '*') ?? this.#found(first, env);
    if (ts.isPropertyAccessExpression(callee)) {
      const chained =
        this.#chained(callee, node, env) ??
        this.#handed(callee, node, env) ??
        this.#cased(callee, env, node) ??
        this.#mapped(callee, node, env) ??
        this.#extended(callee, node, env);
      if (chained) return chained;
    }
    const target = this.of(callee, env);
    // `z.object({ … }).parse(process.env)`: the settings that the validator declares.
    if (first && ts.isPropertyAccessExpression(callee) && /^(?:safeP|p)arse$/.test(callee.name.text) && isEnvironment(first))
      return this.of(callee.expression, env);
    const below = this.below(node, env);
    if (below) return { kind: 'router', router: this.router(node, false, env, below.path) };
    if (target?.kind === 'package' && first && this.#library.gives?.(target.name, target.member)) return this.of(first, env);
    if (target?.kind === 'package') {
      const recase = casing(target);
      const written = first && recase && this.text(first, env);
      if (recase && written !== undefined) return { kind: 'text', text: recase(written) };
      const listed = listedBy(target, node, this, env);
      return listed ? { kind: 'names', ...listed } : (this.#pathText(target, node, env) ?? this.#created(target, node, env));
    }
    if (target?.kind === 'made' && fluent.test(target.name)) return { ...target, call: node, env };
    if (target?.kind !== 'function' || isWithin(target.node, env)) return undefined;
    const walked = walkedBy(target.node, node, this, env);
    if (walked) return { kind: 'names', ...walked };
    const inner = this.call(node, target, env);
    const result = this.#returned(target.node.body, inner);
    if (result && carriers.has(result.kind) && target.node.body) this.#onEnter(target.node.body, inner);
    return result;
  }

  /** `Object.assign(router, …)` is the router, `Object.freeze(paths)` the paths, what `then` makes of a module or a router. */
  #extended({ expression, name }: ts.PropertyAccessExpression, node: ts.CallExpression, env: Env): Value | undefined {
    const [first] = node.arguments;
    if (name.text === 'assign' && first && expression.getText() === 'Object') {
      const value = this.of(first, env);
      return value?.kind === 'router' ? value : undefined;
    }
    // `Object.keys(verbs)`, where all of them are written there.
    if (first && name.text === 'keys' && expression.getText() === 'Object') {
      const owner = this.of(first, env);
      const texts = owner?.kind === 'object' ? this.#namesOf(owner) : undefined;
      return texts && { kind: 'names', texts, isEntries: false };
    }
    if (first && /^(?:freeze|seal)$/.test(name.text) && expression.getText() === 'Object') return this.of(first, env);
    const method = name.text === 'bind' ? this.of(expression, env) : undefined;
    if (method?.kind === 'function') return method;
    // `const [routes, hooks] = await Promise.all([import(…), import(…)])`
    if (first && name.text === 'all' && expression.getText() === 'Promise') return this.of(first, env);
    // `container.get(OrderService)`: an instance of the class, whoever makes it.
    const made = first && isContainer(expression, name.text) ? this.of(first, env) : undefined;
    if (made?.kind === 'class') return { kind: 'instance', node: made.node, env: made.env };
    if (first && ts.isStringLiteralLike(first) && asksContainer(expression, name.text)) {
      const factory = (this.#factories ??= factoriesIn(this.files())).get(first.text);
      if (factory) return this.#returned(factory.body, this.enter(node, 'provided', factory, this.root, this.root, new Map()));
    }
    // `import(file).catch(() => undefined)`
    const tried = name.text === 'catch' ? this.of(expression, env) : undefined;
    if (tried?.kind === 'module') return tried;
    const asked = name.text === 'send' && first ? this.of(first, env) : undefined;
    if (asked?.kind === 'made' && asksQueueUrl(asked)) return asked;
    // `Promise.resolve(app)`, of whatever library the promise is.
    if (first && name.text === 'resolve' && this.#isPromise(expression, env)) {
      const value = this.of(first, env);
      return value?.kind === 'router' ? value : undefined;
    }
    const turn = this.turnOfPromise(node, env);
    return turn && this.#returned(turn.body, turn.env);
  }

  #isPromise(node: ts.Expression, env: Env): boolean {
    const value = this.of(node, env);
    return value ? value.kind === 'package' && value.name === 'bluebird' : node.getText() === 'Promise';
  }

  /** What `then` runs with a module that is imported, or with a router: `createApp().then((app) => addRoutes(app))`. */
  turnOfPromise(node: ts.CallExpression, env: Env): { readonly body: ts.Node; readonly env: Env } | undefined {
    const [first] = node.arguments;
    const callee = node.expression;
    if (!first || !ts.isPropertyAccessExpression(callee) || callee.name.text !== 'then') return undefined;
    const given = this.of(callee.expression, env);
    const turn = given?.kind === 'module' || given?.kind === 'router' ? this.of(first, env) : undefined;
    if (!given || turn?.kind !== 'function' || !turn.node.parameters[0] || !turn.node.body) return undefined;
    const bindings = new Map<ts.Node, Value>([[turn.node.parameters[0], given]]);
    return { body: turn.node.body, env: this.enter(node, 'then', turn.node, turn.env, env, bindings) };
  }

  /** The texts that a function makes of what a list has: `paths.flatMap((path) => [path, `/v1${path}`])`. */
  #mapped({ expression, name }: ts.PropertyAccessExpression, node: ts.CallExpression, env: Env): Value | undefined {
    const [first] = node.arguments;
    if (!first || !/^(?:map|flatMap)$/.test(name.text)) return undefined;
    const turn = this.of(first, env);
    const [item] = turn?.kind === 'function' ? turn.node.parameters : [];
    const turns = turn?.kind === 'function' && item && !isWithin(turn.node, env) ? this.turns(expression, item, env) : undefined;
    if (turn?.kind !== 'function' || !turns) return undefined;
    const texts: string[] = [];
    for (const [index, bindings] of turns.entries()) {
      const inner = this.enter(node, `map ${index}`, turn.node, turn.env, env, new Map(bindings));
      const made = this.#textsOf(this.#returned(turn.node.body, inner));
      if (!made) return undefined;
      texts.push(...made);
    }
    return { kind: 'names', texts, isEntries: false };
  }

  /** A text, or those of a list; undefined where one of them is not known. */
  #textsOf(value: Value | undefined): readonly string[] | undefined {
    if (value?.kind === 'text') return [value.text];
    if (value?.kind === 'names') return value.texts;
    if (value?.kind !== 'list') return undefined;
    const texts = this.spread(value.items, value.env).map((item) => this.text(item.node, item.env));
    return texts.every((text) => text !== undefined) ? texts : undefined;
  }

  /** What methods make of texts: `method.toLowerCase()`, `file.split('.')[0]`, `file.replace('.js', '')`, and of names of files. */
  #cased({ expression, name }: ts.PropertyAccessExpression, env: Env, call: ts.CallExpression): Value | undefined {
    if (!textMethods.test(name.text)) return undefined;
    const owner = this.of(expression, env);
    const [first, second] = call.arguments;
    if (owner?.kind === 'names') {
      if (name.text === 'filter') return { ...owner, texts: first ? matching(owner.texts, first) : owner.texts };
      if (/^(?:sort|reverse|toSorted|slice)$/.test(name.text)) return owner;
      const at = { shift: 0, at: 0, pop: -1 }[name.text];
      const text = at === undefined ? undefined : owner.texts.at(at);
      return text === undefined ? undefined : { kind: 'text', text };
    }
    if (owner?.kind !== 'text') return undefined;
    const { text } = owner;
    if (/LowerCase$/.test(name.text)) return { kind: 'text', text: text.toLowerCase() };
    if (/UpperCase$/.test(name.text)) return { kind: 'text', text: text.toUpperCase() };
    if (name.text === 'trim') return { kind: 'text', text: text.trim() };
    const given = first && this.text(first, env);
    if (name.text === 'split')
      return given === undefined ? undefined : { kind: 'names', texts: text.split(given), isEntries: false };
    const bounds = call.arguments.map((argument) => Number(argument.getText()));
    if (name.text === 'slice') return bounds.some(Number.isNaN) ? undefined : { kind: 'text', text: text.slice(...bounds) };
    const by = second && this.text(second, env);
    const pattern = first && (ts.isRegularExpressionLiteral(first) ? patternIn(first) : (given ?? this.#pattern(first, env)));
    if (!/^replace/.test(name.text) || by === undefined || pattern === undefined) return undefined;
    const replaced = (from: string) => (name.text === 'replaceAll' ? from.replaceAll(pattern, by) : from.replace(pattern, by));
    const own = replaced(text);
    // What runs is compiled: the `.js` that is cut off is the `.ts` of a file that is listed.
    const compiled = text.replace(/\.([cm]?)tsx?$/, '.$1js');
    return { kind: 'text', text: own === text && replaced(compiled) !== compiled ? replaced(compiled) : own };
  }

  /** `new RegExp(`\\${ending}$`)`, where what it is made of is known. */
  #pattern(node: ts.Expression, env: Env): RegExp | undefined {
    const bare = strip(node);
    if (!ts.isNewExpression(bare) || bare.expression.getText() !== 'RegExp') return undefined;
    const [source, flags] = (bare.arguments ?? []).map((argument) => this.text(argument, env));
    return source === undefined ? undefined : regularExpression(source, flags);
  }

  /** `path.basename(file, '.js')`, `path.join('/', name)`: a text, where all it is made of are. */
  #pathText({ name, member }: Value & { kind: 'package' }, node: ts.CallExpression, env: Env): Value | undefined {
    if (/^(?:node:)?url$/.test(name) && /(?:^|\.)fileURLToPath$/.test(member)) {
      const uri = node.arguments[0] && this.text(node.arguments[0], env);
      return uri?.startsWith('file:') ? { kind: 'text', text: pathOfUri(uri) } : undefined;
    }
    if (!/^(?:node:)?path(?:\/posix)?$/.test(name)) return undefined;
    const texts = node.arguments.map((argument) => this.text(argument, env));
    const known = texts.filter((text) => text !== undefined);
    const [first = '', second = ''] = known;
    if (known.length !== texts.length || known.length === 0) return undefined;
    const method = member.split('.').at(-1);
    const base = first.replace(/\/+$/, '').split('/').at(-1) ?? '';
    if (method === 'basename')
      return { kind: 'text', text: second && base.endsWith(second) ? base.slice(0, -second.length) : base };
    if (method === 'dirname') return { kind: 'text', text: first.replace(/\/+[^/]*$/, '') };
    if (method === 'relative') return pathBetween(first, second);
    if (method === 'extname') return { kind: 'text', text: /\.[^.]+$/.exec(base)?.[0] ?? '' };
    return method === 'join' ? { kind: 'text', text: known.join('/').replaceAll(/\/{2,}/g, '/') } : undefined;
  }

  #required(node: ts.CallExpression, env: Env): Value | undefined {
    const [first] = node.arguments;
    if (!first || !ts.isStringLiteralLike(first)) return first && this.#found(first, env, true);
    const from = node.getSourceFile().fileName;
    const uri = this.resolve(first.text, from);
    return (uri && this.#wholeOf(uri)) || this.#moduleMember(first, from, '*');
  }

  /** What `require` gives of a file that says so in one: `module.exports = router`. */
  #wholeOf(uri: string): Value | undefined {
    return this.file(uri)?.text.includes('module.exports') ? this.exported(uri, 'default') : undefined;
  }

  /** The module of a file whose name is put together: `require(path.join(__dirname, file))`, `import(\`./${name}\`)`. */
  #found(specifier: ts.Expression, env: Env, isRequired = false): Value | undefined {
    const from = specifier.getSourceFile().fileName;
    const text = this.text(specifier, env);
    const place = text !== undefined && /^(?:\.|file:)/.test(text) ? text : placeOf(specifier, this, env);
    const uri = place && this.resolve(place.startsWith('file:') ? pathOfUri(place) : place, from);
    const file = uri && this.file(uri);
    if (!file) return undefined;
    this.#onEnter(file, this.root);
    return (isRequired && this.#wholeOf(uri)) || { kind: 'module', uri };
  }

  /** `router.get(…)` is the router again; `router.route(path)` and what follows on it is the route. */
  #chained(callee: ts.PropertyAccessExpression, node: ts.CallExpression, env: Env): Value | undefined {
    const name = callee.name.text;
    const { chainable, pathMethod, derives } = this.#library;
    if (name !== pathMethod && name !== derives && !chainable.has(name)) return undefined;
    const owner = this.of(callee.expression, env);
    const path = node.arguments[0];
    if (owner?.kind === 'router' && name === pathMethod) return path && { kind: 'route', router: owner.router, path, env };
    if (owner?.kind === 'router' && name === derives) return { kind: 'router', router: this.router(node, false, env, path) };
    return owner?.kind === 'router' || owner?.kind === 'route' ? owner : undefined;
  }

  /** The router that a package's function makes another of, below a path. */
  below(node: ts.CallExpression, env: Env): Below | undefined {
    const target = this.#library.below && this.of(node.expression, env);
    return target?.kind === 'package' ? this.#library.below?.(target.name, target.member, node) : undefined;
  }

  /** The handlers that a thing of the framework's hands on as it is given them, or the router it makes. */
  #handed({ expression, name }: ts.PropertyAccessExpression, node: ts.CallExpression, env: Env): Value | undefined {
    const module = this.#library.hands?.(name.text);
    const owner = module === undefined ? undefined : this.of(expression, env);
    if (module === undefined || owner?.kind !== 'made' || owner.name !== module) return undefined;
    const made = this.#library.makes(module, name.text);
    if (made) return { kind: 'router', router: this.router(node, made === 'app', env) };
    return { kind: 'list', items: node.arguments, env };
  }

  /** What a `new` makes: with arguments, an instance that knows what its constructor was given. */
  #instance({ node, env: own }: Value & { kind: 'class' }, site: ts.NewExpression, env: Env): Value {
    const maker = node.members.find(ts.isConstructorDeclaration);
    if (!maker || !site.arguments?.length || isWithin(node, env)) return { kind: 'instance', node, env: own };
    const bindings = this.#bindings(maker.parameters, site.arguments, env);
    return { kind: 'instance', node, env: this.enter(site, `new ${node.pos}`, node, own, env, bindings) };
  }

  /** What a `new` of a class makes that extends the framework's router: a router, which its constructor registers on. */
  #extendedRouter({ node, env: own }: Value & { kind: 'class' }, site: ts.NewExpression, env: Env): Value | undefined {
    const base = baseOf(node);
    const library = base && this.of(base.expression, this.root);
    const made = library?.kind === 'package' ? this.#library.makes(library.name, library.member) : undefined;
    if (!made || isWithin(node, env)) return undefined;
    const maker = node.members.find(ts.isConstructorDeclaration);
    const bindings = this.#bindings(maker?.parameters ?? [], site.arguments ?? [], env);
    const inner = this.enter(site, `new ${node.pos}`, node, own, env, bindings);
    const call = maker?.body?.statements.map(superCall).find((one) => one !== undefined);
    const id = `${site.getSourceFile().fileName}#${site.pos}-${site.end}@${inner.id}`;
    const prefix = propertyIn(call?.arguments[0], 'prefix');
    const router = this.#routers.get(id) ?? { id, isApp: made === 'app', site, env: inner, prefix, type: node };
    this.#routers.set(id, router);
    bindings.set(node, { kind: 'router', router });
    if (maker?.body) this.#onEnter(maker.body, inner);
    return { kind: 'router', router };
  }

  #bindings(parameters: Iterable<ts.ParameterDeclaration>, given: readonly ts.Expression[], env: Env): Map<ts.Node, Value> {
    const bindings = new Map<ts.Node, Value>();
    const all = this.spread(given, env);
    for (const [index, parameter] of [...parameters].entries()) {
      const argument = all[index];
      const value = parameter.dotDotDotToken ? this.#rest(given, index, env) : argument && this.of(argument.node, argument.env);
      if (value) bindings.set(parameter, value);
    }
    return bindings;
  }

  /** What `...rest` collects: the arguments from one on; none where that one is in the midst of others that are spread. */
  #rest(given: readonly ts.Expression[], from: number, env: Env): Value | undefined {
    const [only] = given;
    if (from === 0 && given.length === 1 && only && ts.isSpreadElement(only)) return this.of(only.expression, env);
    return given.slice(0, from).some(ts.isSpreadElement) ? undefined : { kind: 'list', items: given.slice(from), env };
  }

  /** Items of a list or a call, those of lists that are spread into it included. */
  spread(items: readonly ts.Expression[], env: Env): readonly { readonly node: ts.Expression; readonly env: Env }[] {
    return items.flatMap((node) => {
      const list = ts.isSpreadElement(node) ? this.of(node.expression, env) : undefined;
      return list?.kind === 'list' && this.#depth < maxDepth ? this.spread(list.items, list.env) : [{ node, env }];
    });
  }

  #created({ name, member }: Value & { kind: 'package' }, site: Making, env: Env): Value {
    const made = this.#library.makes(name, member);
    return made
      ? { kind: 'router', router: this.router(site, made === 'app', env) }
      : { kind: 'made', name, member, call: site, env };
  }

  /** The router a call creates in an environment; the same for the same call. */
  router(site: ts.CallExpression | ts.NewExpression, isApp: boolean, env: Env, prefix = prefixIn(site, this.#library)): Router {
    const at = this.#envOf(site, env);
    const id = `${site.getSourceFile().fileName}#${site.pos}-${site.end}@${at.id}`;
    const router = this.#routers.get(id) ?? { id, isApp, site, env: at, prefix };
    this.#routers.set(id, router);
    return router;
  }

  /** The environment a call of a function runs in. */
  call(node: ts.CallExpression, target: Value & { kind: 'function' }, env: Env): Env {
    const bindings = this.#bindings(target.node.parameters, node.arguments, env);
    return this.enter(node, String(target.node.pos), target.node, target.env, env, bindings, node);
  }

  #returned(body: ts.Node | undefined, env: Env): Value | undefined {
    if (!body) return undefined;
    if (!ts.isBlock(body)) return this.of(body as ts.Expression, env);
    for (const result of returnsOf(body)) {
      const value = this.of(result, env);
      if (value) return value;
    }
    return undefined;
  }

  /** The declaration a name refers to, by scope. */
  declarationOf(node: ts.Identifier): ts.Node | undefined {
    const known = this.#declared.get(node);
    if (known !== undefined || this.#declared.has(node)) return known;
    let found: ts.Node | undefined;
    for (let scope: ts.Node | undefined = node.parent; scope && !found; scope = scope.parent)
      if (isScope(scope)) found = this.#namesIn(scope).get(node.text);
    this.#declared.set(node, found);
    return found;
  }

  #namesIn(scope: ts.Node): Map<string, ts.Node> {
    const known = this.#declarations.get(scope);
    if (known) return known;
    const names = new Map<string, ts.Node>();
    // A namespace only adds to a class, a function or an enum of its name.
    for (const [name, node] of declarationsIn(scope))
      if (!ts.isModuleDeclaration(node) || !names.has(name)) names.set(name, node);
    this.#declarations.set(scope, names);
    return names;
  }
}

/** What one call of `push` adds to a list; nothing, where that is not known. */
export interface Push {
  readonly call: ts.CallExpression;
  readonly items: readonly { readonly node: ts.Expression; readonly env: Env }[];
  readonly isKnown: boolean;
}

/** A value, and the outermost value under way that it was found without; infinite where there is none. */
interface Known {
  readonly value: Value | undefined;
  readonly needs: number;
}

/** The call of the base class's constructor that a statement is. */
function superCall(statement: ts.Statement): ts.CallExpression | undefined {
  const call = ts.isExpressionStatement(statement) ? statement.expression : undefined;
  return call && ts.isCallExpression(call) && call.expression.kind === ts.SyntaxKind.SuperKeyword ? call : undefined;
}

/** Is the value of the expression as soon found as looked up? */
function isPlain(node: ts.Expression): boolean {
  if (ts.isArrayLiteralExpression(node)) return !node.elements.some(ts.isSpreadElement);
  return ts.isLiteralExpression(node) || ts.isFunctionLike(node) || ts.isClassLike(node);
}

/** Does the environment belong to a call of the function, or to one that it leads to? */
export function isWithin(node: ts.Node, env: Env): boolean {
  for (let at: Env | undefined = env; at; at = at.caller) if (at.owner === node) return true;
  return false;
}

/** The class a class extends, as it is written. */
export function baseOf(node: ts.ClassLikeDeclaration): ts.ExpressionWithTypeArguments | undefined {
  return node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
}

function asksQueueUrl({ name, member }: Value & { kind: 'made' }): boolean {
  return name === '@aws-sdk/client-sqs' && /^(?:GetQueueUrl|CreateQueue)Command$/.test(member);
}

/** Does a method of this name, of something so called, give an instance of the class it is given? */
export function isContainer(owner: ts.Expression, method: string): boolean {
  return (
    /^(?:get|resolve)(?:Async)?$/.test(method) && /(?:container|injector|moduleRef|kernel|\bapp)$/i.test(strip(owner).getText())
  );
}

/** Does a method of this name ask a container for what it knows by a name: `container.use('orderRoutes')`? */
function asksContainer(owner: ts.Expression, method: string): boolean {
  return /^(?:use|make|get|resolve)$/.test(method) && /(?:container|ioc|injector|deps)$/i.test(strip(owner).getText());
}

/** The object literals of a file that tell a container what to give for a token. */
function providersIn(file: ts.SourceFile): ts.ObjectLiteralExpression[] {
  const found: ts.ObjectLiteralExpression[] = [];
  const visit = (node: ts.Node): void => {
    const isProvider = ts.isObjectLiteralExpression(node) && (propertyIn(node, 'useValue') ?? propertyIn(node, 'useFactory'));
    if (isProvider) found.push(node);
    ts.forEachChild(node, visit);
  };
  if (/\buse(?:Value|Factory)\b/.test(file.text)) visit(file);
  return found;
}

/** What a provider is for: what it says itself, what stands beside it, or what a container is given with it. */
function tokenOf(node: ts.ObjectLiteralExpression): ts.Expression | undefined {
  const { parent } = node;
  const isGiven = ts.isCallExpression(parent) && parent.arguments[1] === node;
  if (isGiven && /\.register(?:Instance)?$/.test(parent.expression.getText())) return parent.arguments[0];
  const isBeside = ts.isPropertyAssignment(parent) && nameText(parent.name) === 'provider';
  return propertyIn(node, 'provide') ?? (isBeside ? propertyIn(parent.parent, 'token') : undefined);
}

/** The factories that containers are given by name, `container.singleton('orderRoutes', async () => …)`; none of two for one name. */
function factoriesIn(files: readonly ts.SourceFile[]): ReadonlyMap<string, ts.ArrowFunction | ts.FunctionExpression> {
  const found = new Map<string, ts.ArrowFunction | ts.FunctionExpression>();
  const twice = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression;
      const [key, factory] = node.arguments;
      const isGiven = /^(?:singleton|bind|register)$/.test(name.text) && /(?:container|ioc)$/i.test(expression.getText());
      if (isGiven && key && ts.isStringLiteralLike(key) && factory) {
        if (found.has(key.text)) twice.add(key.text);
        if (ts.isArrowFunction(factory) || ts.isFunctionExpression(factory)) found.set(key.text, factory);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of files) if (/\b(?:singleton|bind|register)\(/.test(file.text)) visit(file);
  for (const key of twice) found.delete(key);
  return found;
}

/** Methods whose result is known where their text, or names of files, are. */
const textMethods =
  /^(?:to(?:Locale)?(?:Lower|Upper)Case|trim|split|slice|replace|replaceAll|filter|sort|reverse|toSorted|shift|pop|at)$/;

/** `OrderPlaced.name` and `event.constructor`: what JavaScript itself knows of a class. */
function reflected(owner: Value & { kind: 'instance' | 'class' }, name: string): Value | undefined {
  if (owner.kind === 'instance') return name === 'constructor' ? { ...owner, kind: 'class' } : undefined;
  const isOwn = owner.node.members.some(
    (member) => hasModifier(member as ts.HasModifiers, ts.SyntaxKind.StaticKeyword) && nameText(member.name) === name,
  );
  return name === 'name' && owner.node.name && !isOwn ? { kind: 'text', text: owner.node.name.text } : undefined;
}

const caseLibraries =
  /^(?:lodash(?:[./-].*)?|es-toolkit(?:\/.*)?|change-case|(?:snake|kebab|param|camel|pascal|dot|constant)-?case)$/;

/** How a library writes the words of a name; undefined for other functions. */
function casing({ name, member }: Value & { kind: 'package' }): ((text: string) => string) | undefined {
  if (!caseLibraries.test(name)) return undefined;
  const [, kind] = /(snake|kebab|param|camel|pascal|dot|constant)-?case$/i.exec(isWhole(member) ? name : member) ?? [];
  return kind === undefined ? undefined : (text) => inCase(text, kind.toLowerCase());
}

function inCase(text: string, kind: string): string {
  const words = text.match(/\p{Lu}+(?!\p{Ll})\d*|\p{Lu}?\p{Ll}+\d*|\d+/gu) ?? [];
  const lower = words.map((word) => word.toLowerCase());
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  if (kind === 'camel') return lower.map((word, index) => (index === 0 ? word : capital(word))).join('');
  if (kind === 'pascal') return lower.map(capital).join('');
  if (kind === 'constant') return lower.join('_').toUpperCase();
  return lower.join(kind === 'snake' ? '_' : kind === 'dot' ? '.' : '-');
}

function patternIn(node: ts.RegularExpressionLiteral): RegExp | undefined {
  const [, source = '', flags] = /^\/(.*)\/(\w*)$/s.exec(node.text) ?? [];
  return regularExpression(source, flags);
}

function regularExpression(source: string, flags?: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

/** The file or folder that the platform names, as a path or, where it is one, as a URL: `__dirname`, `import.meta.url`. */
function placeNamed(node: ts.Expression): string | undefined {
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined;
  const [, name] = /^(?:__|import\.meta\.)(dirname|filename|url)$/.exec(node.getText()) ?? [];
  if (name === undefined) return undefined;
  const uri = node.getSourceFile().fileName;
  return name === 'url' ? uri : pathOfUri(name === 'filename' ? uri : uri.replace(/\/[^/]*$/, ''));
}

/** The way from a folder to what lies in it. */
function pathBetween(folder: string, path: string): Value | undefined {
  const start = `${folder.replace(/\/+$/, '')}/`;
  return path.startsWith(start) ? { kind: 'text', text: path.slice(start.length) } : undefined;
}

/** A text of pieces; nothing where none of it is known. */
function textOf(pieces: readonly (string | Hole)[]): Value | undefined {
  const parts: (string | Hole)[] = [];
  for (const piece of pieces) {
    const before = parts.at(-1);
    if (typeof piece === 'string' && typeof before === 'string') parts[parts.length - 1] = before + piece;
    else if (piece !== '') parts.push(piece);
  }
  const [first = '', ...more] = parts;
  if (typeof first === 'string' && more.length === 0) return { kind: 'text', text: first };
  const isKnown = parts.some((part) => (typeof part === 'string' ? /\w/.test(part) : part.isEnvironment || part.otherwise));
  return isKnown ? { kind: 'pattern', parts } : undefined;
}

function isEnvironment(node: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(node) && /^(?:process|import\.meta|Bun)\.env$/.test(node.getText());
}

/** The setting an expression reads: `process.env.X`, `env.X`, `config.get('X')`. */
function settingOf(node: ts.Expression, textOf: (key: ts.Expression) => string | undefined): string | undefined {
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
    const key = ts.isPropertyAccessExpression(node) ? node.name.text : plainText(node.argumentExpression);
    const isVariable = key !== undefined && /^[A-Z][A-Z0-9_]*$/.test(key);
    return isVariable && /(?:^|\.)(?:env|ENV)$/.test(node.expression.getText()) ? key : undefined;
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { expression: owner, name } = node.expression;
  const isConfig =
    /^(?:get|getOrThrow|getString|requireString)$/.test(name.text) && /(?:config|env)(?:Service)?$/i.test(owner.getText());
  return isConfig && node.arguments[0] ? textOf(node.arguments[0]) : undefined;
}

/** What an expression is called by: `order.region` is `region`. */
function lastName(node: ts.Expression): string {
  const bare = strip(node);
  if (ts.isCallExpression(bare)) {
    const callee = strip(bare.expression);
    // `event.replace(/_/g, '.')` is a text of the event.
    const isOfText =
      ts.isPropertyAccessExpression(callee) && (textMethods.test(callee.name.text) || callee.name.text === 'toString');
    return lastName(isOfText ? callee.expression : callee);
  }
  return ts.isPropertyAccessExpression(bare) ? bare.name.text : ts.isIdentifier(bare) ? bare.text : 'value';
}

/** The path among the options a router is made with. */
function prefixIn(site: ts.CallExpression | ts.NewExpression, { base }: RouterLibrary): ts.Expression | undefined {
  if (base) return propertyIn(site.arguments?.[0], base);
  return ts.isNewExpression(site) ? propertyIn(site.arguments?.[0], 'prefix') : undefined;
}

/** An object that is written out. */
export type Literal = Value & { kind: 'object' };

/** Of an object and those it spreads, the one that has the property. */
export function holderOf(value: Literal, name: string, values: Values, depth = 0): Literal | undefined {
  if (propertyIn(value.node, name)) return value;
  if (depth > 4) return undefined;
  for (const property of value.node.properties.toReversed()) {
    const spread = ts.isSpreadAssignment(property) ? values.of(property.expression, value.env) : undefined;
    const found = spread?.kind === 'object' ? holderOf(spread, name, values, depth + 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** A call of CommonJS' `require` with an argument. */
export function isRequire(node: ts.CallExpression): boolean {
  return (
    ts.isCallExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'require' &&
    node.arguments.length === 1
  );
}

/** The names that a statement exports to whoever asks for a value; undefined where it may be any. */
function valuesExported(statement: ts.Statement): ReadonlySet<string> | undefined {
  const isOpen =
    ts.isExportAssignment(statement) ||
    ts.isExpressionStatement(statement) ||
    (ts.isExportDeclaration(statement) && !statement.exportClause);
  return isOpen ? undefined : new Set(exportedNames(statement));
}

/** What calls of these methods give routers by name, in one file. */
function decorationsIn(file: ts.SourceFile, methods: RegExp): [name: string, value: ts.Expression][] {
  const found: [string, ts.Expression][] = [];
  if (!file.text.includes('.decorate')) return found;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && methods.test(node.expression.name.text)) {
      const [name, value] = node.arguments;
      if (name && value && ts.isStringLiteralLike(name)) found.push([name.text, value]);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The names a statement exports. */
function exportedNames(statement: ts.Statement): string[] {
  const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
  if (clause) return ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : [clause.name.text];
  if (!ts.canHaveModifiers(statement) || !hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return [];
  if (hasModifier(statement, ts.SyntaxKind.DefaultKeyword)) return ['default'];
  return [...declaredBy(statement)].map(([name]) => name);
}

function isWhole(member: string): boolean {
  return member === 'default' || member === '*';
}

function projectOnly(value: Value | undefined): Value | undefined {
  return value?.kind === 'package' ? undefined : value;
}

function hasModifier(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false;
}

/** Does a node stand within another, in the same file? */
export function contains(owner: ts.Node, node: ts.Node): boolean {
  return owner.getSourceFile() === node.getSourceFile() && owner.pos <= node.pos && node.end <= owner.end;
}

/** What a call or a turn of a loop gives a node, the innermost first. */
function boundIn(node: ts.Node, env: Env): Value | undefined {
  for (let at: Env | undefined = env; at; at = at.parent) {
    const value = at.bindings.get(node);
    if (value) return value;
  }
  return undefined;
}

/** The call that the function of a parameter runs for, and where it is made. */
function callFor(node: ts.ParameterDeclaration, env: Env): Env | undefined {
  let at: Env | undefined = env;
  while (at && at.owner !== node.parent) at = at.parent;
  return at;
}

/** What a call gives a parameter, as far as nothing is spread before it. */
function argumentFor(node: ts.ParameterDeclaration, { call }: Env): ts.Expression | undefined {
  const at = node.parent.parameters.indexOf(node);
  return call?.arguments.slice(0, at + 1).some(ts.isSpreadElement) ? undefined : call?.arguments[at];
}

/** Is a parameter given something by the call that its function runs for, though nobody sees what? */
function isGiven(node: ts.ParameterDeclaration, env: Env): boolean {
  const call = callFor(node, env);
  const given = call && argumentFor(node, call);
  return given !== undefined && !isNothing(given);
}

/** Does the call that its function runs for leave a parameter out, which nothing is assigned to? */
function isLeftOut(node: ts.ParameterDeclaration, env: Env): boolean {
  const call = callFor(node, env)?.call;
  if (!call || node.initializer || node.dotDotDotToken || call.arguments.some(ts.isSpreadElement)) return false;
  return call.arguments.length <= node.parent.parameters.indexOf(node) && ts.isIdentifier(node.name) && !isAssigned(node);
}

/** Is a parameter given another value in the function? */
function isAssigned({ name, parent }: ts.ParameterDeclaration): boolean {
  const body = 'body' in parent ? parent.body : undefined;
  return new RegExp(`\\b${name.getText()}\\s*(?:\\|\\||&&|\\?\\?)?=[^=>]`).test(body?.getText() ?? '');
}

/** The right side of the only assignment to a target written like this; undefined where there are several. */
function onlyAssignment(within: ts.Node, target: string): ts.Expression | undefined {
  let found = assignments.get(within);
  if (!found) {
    const all = new Map<string, ts.Expression | undefined>();
    const visit = (node: ts.Node) => {
      if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
        const name = node.left.getText();
        all.set(name, all.has(name) ? undefined : node.right);
      }
      ts.forEachChild(node, visit);
    };
    visit(within);
    assignments.set(within, all);
    found = all;
  }
  return found.get(target);
}

const assignments = new WeakMap<ts.Node, ReadonlyMap<string, ts.Expression | undefined>>();

/** The values that a file assigns to members of a name. */
function assignedAs(file: ts.SourceFile, name: string): ts.Expression[] {
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    const isSet = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (isSet && ts.isPropertyAccessExpression(node.left) && node.left.name.text === name) found.push(node.right);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isScope(node: ts.Node): boolean {
  return scopes.has(node.kind) || ts.isFunctionLike(node);
}

const scopes = new Set([
  ts.SyntaxKind.SourceFile,
  ts.SyntaxKind.Block,
  ts.SyntaxKind.ForStatement,
  ts.SyntaxKind.ForOfStatement,
  ts.SyntaxKind.ForInStatement,
  ts.SyntaxKind.CaseBlock,
  ts.SyntaxKind.ModuleBlock,
]);

function* declarationsIn(scope: ts.Node): Iterable<[string, ts.Node]> {
  if (ts.isFunctionLike(scope)) {
    for (const parameter of scope.parameters) if (ts.isParameter(parameter)) yield* namesOf(parameter);
    if (ts.isFunctionExpression(scope) && scope.name) yield [scope.name.text, scope];
  } else if (ts.isForStatement(scope) || ts.isForOfStatement(scope) || ts.isForInStatement(scope)) {
    if (scope.initializer && ts.isVariableDeclarationList(scope.initializer)) {
      for (const declaration of scope.initializer.declarations) yield* namesOf(declaration);
    }
  } else if (ts.isSourceFile(scope) || ts.isBlock(scope) || ts.isModuleBlock(scope)) {
    for (const statement of scope.statements) yield* declaredBy(statement);
  } else if (ts.isCaseBlock(scope)) {
    for (const clause of scope.clauses) for (const statement of clause.statements) yield* declaredBy(statement);
  }
}

function* declaredBy(statement: ts.Statement): Iterable<[string, ts.Node]> {
  if (ts.isVariableStatement(statement)) {
    for (const declaration of statement.declarationList.declarations) yield* namesOf(declaration);
  } else if (isNamedStatement(statement) && statement.name) {
    yield [statement.name.text, statement];
  } else if (ts.isImportEqualsDeclaration(statement)) {
    yield [statement.name.text, statement];
  } else if (ts.isImportDeclaration(statement) && statement.importClause) {
    const clause = statement.importClause;
    if (clause.name) yield [clause.name.text, clause];
    const bindings = clause.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) yield [bindings.name.text, bindings];
    if (bindings && ts.isNamedImports(bindings)) for (const element of bindings.elements) yield [element.name.text, element];
  }
}

/** A text whose unknown parts all have a value that stands where nothing else is set. */
export function usualText({ parts }: Value & { kind: 'pattern' }): string | undefined {
  const texts = parts.map((part) => (typeof part === 'string' ? part : part.otherwise));
  return texts.every((text) => text !== undefined) ? texts.join('') : undefined;
}

/** A function, class, enum or namespace. */
function isNamedStatement(
  node: ts.Statement,
): node is ts.FunctionDeclaration | ts.ClassDeclaration | ts.EnumDeclaration | ts.ModuleDeclaration {
  return (
    ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node) || ts.isModuleDeclaration(node)
  );
}

function namesOf(node: ts.VariableDeclaration | ts.ParameterDeclaration | ts.BindingElement): [string, ts.Node][] {
  if (ts.isIdentifier(node.name)) return [[node.name.text, node]];
  return node.name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element) : []));
}

function scriptKind(uri: string): ts.ScriptKind {
  if (/\.tsx$/i.test(uri)) return ts.ScriptKind.TSX;
  return /\.[cm]?jsx?$/i.test(uri) ? ts.ScriptKind.JSX : ts.ScriptKind.TS;
}

/** `a = b` */
export function isSetting(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}
