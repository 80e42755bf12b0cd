/**
 * Where values come from, without a type checker: imports, scopes, single-assignment constants, type annotations, and one to two hops
 * into other files.
 *
 * An origin is the import (or global) an expression comes from, written as a path.
 *   `import { createHmac } from 'node:crypto'` … `createHmac('sha256', key).update(x)`  →  `crypto:createHmac().update()`
 *   `const pool = new Pool()` (pg) … `await pool.connect()`                             →  `pg:Pool().connect()`
 *   `fetch(url)` where nobody declares `fetch`                                          →  `global:fetch()`
 * `new X()` and `X()` both read `X()`, `await e` reads `e`, a default import reads as its module.
 */
import { pathOfUri, resolveUri } from '../uri.ts';
import {
  answerType,
  baseClass,
  baseOf,
  classAround,
  classOf,
  fieldOf,
  fieldWrites,
  givers,
  isGiver,
  methodOf,
} from './classes.ts';
import {
  type CodeFile,
  descendants,
  type Expression,
  type FunctionNode,
  importedModule,
  isFunctionNode,
  type Node,
  type Package,
  plainModule,
  requiredModule,
  ts,
  unwrap,
} from './code.ts';
import { answersOf, isMadeAnew, isReassigned, onlyAnswer, writesTo } from './constants.ts';
import {
  answerOf,
  commonJsExports,
  type Definition,
  definitionOf,
  exporterOf,
  exportOf,
  isDeclared,
  memberOfLiteral,
  namespaceOf,
} from './definitions.ts';
import { isNothing } from './plain.ts';
import { declarationOf, declaredAtTop } from './scopes.ts';
import { declaredType, saysType, type Written, writtenType } from './written-types.ts';

/**
 * Origins that were found, by file, and by the hops that were left. Far down a chain nothing is kept: one that is cut short by its
 * depth is no answer for the expressions it passed.
 */
class Origins<Key> {
  /** `null` where it was looked for and there is none. */
  readonly #byFile = new WeakMap<CodeFile, Map<Key, string | null>[]>();
  readonly #find: FindOrigin<Key>;

  constructor(find: FindOrigin<Key>) {
    this.#find = find;
  }

  of(file: CodeFile, key: Key, hops: number, depth: number): string | undefined {
    let byHops = this.#byFile.get(file);
    if (!byHops) this.#byFile.set(file, (byHops = []));
    const origins = (byHops[hops] ??= new Map<Key, string | null>());
    const known = origins.get(key);
    if (known !== undefined) return known ?? undefined;
    const found = this.#find(file, key, hops, depth);
    if (depth < deep) origins.set(key, found ?? null);
    return found;
  }
}

type FindOrigin<Key> = (file: CodeFile, key: Key, hops: number, depth: number) => string | undefined;

/** So far down a chain nothing is kept. */
const deep = 8;

const expressionOrigins = new Origins(originBehind);
const nameOrigins = new Origins(originOfDeclaration);

/** The origin of an expression (see the top of the file); undefined where a step cannot be seen. */
export function origin(file: CodeFile, expression: Expression, hops = 2, depth = 0): string | undefined {
  return expressionOrigins.of(file, expression, hops, depth);
}

function originBehind(file: CodeFile, expression: Expression, hops: number, depth: number): string | undefined {
  if (depth > 24) return undefined;
  const node = unwrap(expression);
  const next = (inner: Expression) => origin(file, inner, hops, depth + 1);
  const required = requiredModule(node);
  if (required) return moduleOrigin(file, required, hops);
  if (ts.isIdentifier(node)) {
    const declaration = declarationOf(node);
    return declaration ? originOfName(file, declaration, hops, depth + 1) : `global:${node.text}`;
  }
  if (ts.isPropertyAccessExpression(node)) {
    if (node.expression.kind === ts.SyntaxKind.ThisKeyword) return originOfField(file, node, hops, depth + 1);
    const base = next(node.expression);
    if (base !== undefined) return member(file, base, node.name.text, hops, depth);
    const isHung = Object.hasOwn(decorations, node.name.text) && applicationNames.test(node.expression.getText());
    const hung = isHung ? decorated(file, 'fastify:()', node.name.text) : undefined;
    if (hung !== undefined) return hung;
    const found = definitionOf(file, node, hops, depth + 1);
    if (found) return originOfNode(found, file, hops, depth + 1);
    const owner = hops > 0 && givers.test(node.name.text) ? classOf(file, node.expression) : undefined;
    if (owner) return originOfMember(owner.file, owner.node, node.name.text, owner.file === file ? hops : hops - 1, depth + 1);
    return originOfWritten(file, writtenType(file, node), hops, depth);
  }
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    return member(file, next(node.expression), node.argumentExpression.text, hops, depth);
  }
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    const callee = next(node.expression);
    // `globalThis.fetch.bind(globalThis)` is what it binds.
    if (callee?.startsWith('global:') && callee.endsWith('.bind')) return callee.slice(0, -'.bind'.length);
    if (callee === undefined || callee === 'global:Map().get') {
      const entry = originOfEntry(file, node, hops, depth + 1);
      if (entry !== undefined) return entry;
    }
    // `pool.getConnection.bind(pool)`
    const bound = callee?.endsWith('.bind') ? boundMethod(node) : undefined;
    if (bound) return next(bound);
    const promised = callee === 'util:promisify' ? node.arguments?.[0] : undefined;
    if (promised) return next(promised);
    if (callee !== undefined) return `${callee}()`;
    return ts.isCallExpression(node) ? originOfAnswer(file, node, hops, depth + 1) : undefined;
  }
  // `mongoose.models.User || mongoose.model('User', schema)`, `global.pool ?? new Pool()`, `pool ??= new Pool()`: what is made
  // where there is none yet.
  if (ts.isBinaryExpression(node) && /^(?:\|\||\?\?)?=?$/.test(node.operatorToken.getText())) {
    let made = unwrap(node.right);
    while (ts.isBinaryExpression(made) && made.operatorToken.kind === ts.SyntaxKind.EqualsToken) made = unwrap(made.right);
    const from = ts.isCallExpression(made) || ts.isNewExpression(made) ? next(made) : undefined;
    return from === undefined || from.startsWith('global:') ? standIn(file, made, hops, depth + 1) : from;
  }
  // `url ? new Redis(url) : null`
  if (ts.isConditionalExpression(node)) {
    const values = [node.whenTrue, node.whenFalse].map(unwrap).filter((value) => !isNothing(value));
    const isMade = values.every((value) => ts.isCallExpression(value) || ts.isNewExpression(value));
    return isMade ? commonOrigin(file, values, hops, depth) : undefined;
  }
  // In a function that `co` runs, `yield` waits for a promise.
  if (ts.isYieldExpression(node) && node.expression && file.modules.has('co')) return next(node.expression);
  return undefined;
}

/** The method that is bound to the very object it is of. */
function boundMethod({ expression, arguments: given }: ts.CallExpression | ts.NewExpression): Expression | undefined {
  const method = ts.isPropertyAccessExpression(expression) ? unwrap(expression.expression) : undefined;
  const isOwn = method && ts.isPropertyAccessExpression(method) && method.expression.getText() === given?.[0]?.getText();
  return isOwn ? method : undefined;
}

/** What a map holds by its type: `queues.get(name)` of a `new Map<string, Queue>()`, or of a field that is annotated so. */
function originOfEntry(
  file: CodeFile,
  call: ts.CallExpression | ts.NewExpression,
  hops: number,
  depth: number,
): string | undefined {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'get' || call.arguments?.length !== 1) return undefined;
  const map = unwrap(callee.expression);
  const around =
    ts.isPropertyAccessExpression(map) && map.expression.kind === ts.SyntaxKind.ThisKeyword ? classAround(map) : undefined;
  const declaration = ts.isIdentifier(map)
    ? declarationOf(map)
    : around && fieldOf(around, (map as ts.PropertyAccessExpression).name.text);
  if (!declaration || !(ts.isVariableDeclaration(declaration) || ts.isPropertyDeclaration(declaration))) return undefined;
  const { type, initializer } = declaration;
  const made = initializer && unwrap(initializer);
  const isMap = (name: ts.Node) => name.getText() === 'Map';
  const given =
    type && ts.isTypeReferenceNode(type) && isMap(type.typeName)
      ? type.typeArguments
      : !type && made && ts.isNewExpression(made) && isMap(made.expression)
        ? made.typeArguments
        : undefined;
  return given?.[1] && originOfType(file, given[1], hops, depth);
}

/**
 * `fetch`, of the platform or a package, where it stands in for what a caller may give: `options.fetch ?? fetch`, `(send = fetch) => …`.
 * Of other things the caller's own counts: `tx ?? prisma` is no use of `prisma` within a transaction.
 */
function standIn(file: CodeFile, value: Expression, hops: number, depth: number): string | undefined {
  const from = /fetch\b/i.test(value.getText()) ? origin(file, value, hops, depth) : undefined;
  return from !== undefined && /\bfetch:?$/.test(from) ? from : undefined;
}

/**
 * What a function of the project answers, where it has one answer: `getClient()` of `const getClient = () => pool.connect()`; or a
 * member of what it answers: `const { channel } = await connect()` of a function that ends with `return { connection, channel }`.
 */
function originOfAnswer(file: CodeFile, call: ts.CallExpression, hops: number, depth: number, key?: string): string | undefined {
  const found =
    hops > 0 && (key === undefined ? isGiver(call) : givers.test(key))
      ? (definitionOf(file, call.expression, hops, depth) ?? methodOf(file, call))
      : undefined;
  if (!found || !isFunctionNode(found.node)) return undefined;
  const left = found.file === file ? hops : hops - 1;
  const typed = key === undefined ? answerType(found.node) : undefined;
  const declared = typed && originOfType(found.file, typed, left, depth + 1);
  if (declared !== undefined) return declared;
  const answer = onlyAnswer(found.node);
  // `if (kept) return kept; const client = createClient(); kept = client; return client;`
  if (!answer && key === undefined && !found.node.asteriskToken)
    return commonOrigin(found.file, answersOf(found.node), left, depth + 1);
  const literal = answer && unwrap(answer);
  const part =
    key === undefined ? answer : literal && ts.isObjectLiteralExpression(literal) ? memberOfLiteral(literal, key) : undefined;
  return part && !ts.isMethodDeclaration(part) ? origin(found.file, part, left, depth + 1) : undefined;
}

/** `file:` origins stand for a module of the project: a member of one is looked up in that file. */
function member(file: CodeFile, base: string | undefined, name: string, hops: number, depth: number): string | undefined {
  if (base === undefined) return undefined;
  if (base.startsWith('./') || base.startsWith('../')) return undefined;
  if (base.startsWith('project:')) return originOfExport(file, base.slice('project:'.length), name, hops, depth + 1);
  if (base.endsWith(':')) return name === 'default' ? base : `${base}${name}`;
  return decorated(file, base, name) ?? `${base}.${name}`;
}

/** What plugins of Fastify hang on the application, by the name they give it. */
const decorations: Readonly<Record<string, readonly [module: string, origin: string]>> = {
  pg: ['@fastify/postgres', 'pg:Pool()'],
  mysql: ['@fastify/mysql', 'mysql2/promise:createPool()'],
  redis: ['@fastify/redis', 'ioredis:Redis()'],
  knex: ['knex', 'knex:knex()'],
};
const applicationNames = /^(?:fastify|app|server|instance)$/;
const applications = /^fastify:(?:fastify)?(?:FastifyInstance|FastifyRequest)?\(\)(?:\.register=>0|\.server)*$/;

/** `fastify.pg` in a package that has the plugin which hangs it there, or the library that alone is called so. */
function decorated(file: CodeFile, base: string, name: string): string | undefined {
  const [module, from] = Object.hasOwn(decorations, name) ? (decorations[name] ?? []) : [];
  const isHung = module !== undefined && (applications.test(base) || base === 'fastify-plugin:=>0');
  return isHung && file.package?.installed.has(module) ? from : undefined;
}

function moduleOrigin(file: CodeFile, module: string, hops: number): string | undefined {
  const name = packageNamed(file, module);
  // What Node has under a global name too is called by that.
  if (name === 'process') return 'global:process';
  if (name !== undefined) return `${name}:`;
  if (hops <= 0) return undefined;
  const target = file.load(module, file.uri);
  const whole = target && commonJsExports(target).get('default');
  return (whole && target && origin(target, whole, hops - 1, 1)) ?? `project:${module}`;
}

/** The package a module's name means; an example that imports the root of its own package, two folders up, means that. */
function packageNamed(file: CodeFile, module: string): string | undefined {
  if (!/^[./]/.test(module)) {
    const target = file.load(module, file.uri);
    return target === undefined || isAround(target.package, module, file) ? module : undefined;
  }
  const folder = module.replace(/\/index(?:\.[cm]?js)?$/, '');
  if (!/^\.\.(?:\/\.\.)*\/?$/.test(folder)) return undefined;
  const own = file.package;
  return own?.name !== undefined && own.folder === resolveUri(folder, file.uri).replace(/\/?$/, '/') ? own.name : undefined;
}

/** Is a file an example of the very package that it imports by its name, which settings or a link led to its sources? */
function isAround(found: Package | undefined, module: string, file: CodeFile): boolean {
  return (
    found?.name !== undefined &&
    (module === found.name || module.startsWith(`${found.name}/`)) &&
    (file.package?.folder.startsWith(found.folder) ?? false)
  );
}

function originOfExport(file: CodeFile, module: string, name: string, hops: number, depth: number): string | undefined {
  const of = (from: string) => (name === 'default' ? `${from}:` : `${from}:${name}`);
  const from = packageNamed(file, module);
  if (from === 'process') return name === 'default' ? 'global:process' : `global:process.${name}`;
  if (from !== undefined) return of(from);
  const target = hops > 0 ? exporterOf(file.load(module, file.uri), name) : undefined;
  // Of another package of the workspace it is known at least that it comes from there.
  const isOther = target !== undefined && !/^[./]/.test(module) && target.package?.folder !== file.package?.folder;
  const found = target && originInFile(target, name, hops, depth);
  // What Prisma generates into the project is rarely kept with it, and is called so by nobody else.
  return found ?? (isOther ? of(module) : name === 'PrismaClient' ? '@prisma/client:PrismaClient' : undefined);
}

/** The origin of what a file exports under a name. */
function originInFile(target: CodeFile, name: string, hops: number, depth: number): string | undefined {
  const exported = isDeclared(target, name) ? undefined : exportOf(target, name);
  if (!exported) return undefined;
  if (ts.isExpression(exported)) return origin(target, exported, hops - 1, depth + 1);
  if (ts.isExportSpecifier(exported)) {
    const from = exported.parent.parent.moduleSpecifier;
    const original = (exported.propertyName ?? exported.name).text;
    // Handed on as it is: that leads nowhere else, and is not counted either.
    if (from && ts.isStringLiteralLike(from)) return originOfExport(target, plainModule(from.text), original, hops, depth + 1);
    const local = declaredAtTop(target.ast, original);
    return local && originOfDeclaration(target, local, hops - 1, depth + 1);
  }
  if (ts.isExportAssignment(exported)) return origin(target, exported.expression, hops - 1, depth + 1);
  const handedOn = namespaceOf(target, exported);
  if (handedOn) return `project:${pathOfUri(handedOn.uri)}`;
  return originOfDeclaration(target, exported, hops - 1, depth + 1);
}

/** The origin of a definition, as it is seen from `from`. */
function originOfNode({ node, file }: Definition, from: CodeFile, hops: number, depth: number): string | undefined {
  const left = file === from ? hops : hops - 1;
  if (ts.isClassLike(node)) return originOfDeclaration(file, node, left, depth + 1);
  return ts.isExpression(node) ? origin(file, node, left, depth + 1) : undefined;
}

/** The origin of a declared name, found once for all its uses. */
function originOfName(file: CodeFile, node: Node, hops: number, depth: number): string | undefined {
  return nameOrigins.of(file, node, hops, depth);
}

function originOfDeclaration(file: CodeFile, node: Node, hops: number, depth: number): string | undefined {
  if (depth > 24) return undefined;
  if (ts.isImportClause(node))
    return originOfExport(file, importedModule(node.parent as ts.ImportDeclaration) ?? '', 'default', hops, depth);
  if (ts.isNamespaceImport(node))
    return moduleOrigin(file, importedModule(node.parent.parent as ts.ImportDeclaration) ?? '', hops);
  if (ts.isImportSpecifier(node)) {
    const module = importedModule(node.parent.parent.parent as ts.ImportDeclaration) ?? '';
    return originOfExport(file, module, (node.propertyName ?? node.name).text, hops, depth);
  }
  if (ts.isImportEqualsDeclaration(node)) {
    const module = importedModule(node);
    return module ? moduleOrigin(file, module, hops) : undefined;
  }
  if (ts.isVariableDeclaration(node)) {
    const typed = node.type && originOfType(file, node.type, hops, depth);
    if (typed) return typed;
    if (!node.initializer || isNothing(node.initializer)) return assignedOrigin(file, node, hops, depth);
    return isReassigned(node) && !isMadeAnew(node) ? undefined : origin(file, node.initializer, hops, depth + 1);
  }
  if (ts.isBindingElement(node)) {
    if (node.dotDotDotToken || !ts.isObjectBindingPattern(node.parent)) return undefined;
    const key = node.propertyName ?? node.name;
    if (!ts.isIdentifier(key)) return undefined;
    const owner = node.parent.parent;
    const base = originOfDeclaration(file, owner, hops, depth + 1);
    if (base !== undefined) return member(file, base, key.text, hops, depth);
    const made = owner.initializer && unwrap(owner.initializer);
    if (made && ts.isCallExpression(made)) return originOfAnswer(file, made, hops, depth + 1, key.text);
    const written = originOfWritten(file, declaredType(file, node), hops, depth);
    return written ?? (node.initializer && standIn(file, node.initializer, hops, depth + 1));
  }
  if (ts.isParameter(node)) {
    const given =
      node.type && saysType(node)
        ? originOfType(file, node.type, hops, depth)
        : (originOfArgument(file, node, hops, depth) ?? originByCallers(file, node, hops, depth));
    return given ?? (node.initializer && standIn(file, node.initializer, hops, depth + 1));
  }
  if (ts.isClassLike(node)) {
    // A base class is often another's in turn, each in a file of its own.
    const base = baseOf(node);
    return base && origin(file, base, Math.max(hops, 1), depth + 1);
  }
  return undefined;
}

/**
 * What a callback is called with: `app.get('/', (req, res) => …)` gives `req` the origin `express:().get=>0`, and
 * `consumer.run({ eachMessage: async ({ message }) => … })` reads `kafkajs:Kafka().consumer().run=>eachMessage.0`.
 * What `then` hands on is the promise's own value. A wrapper that is not a package's (`asyncHandler(fn)`) is looked
 * through. A named function counts where the file passes it on by its name.
 */
function originOfArgument(file: CodeFile, parameter: ts.ParameterDeclaration, hops: number, depth: number): string | undefined {
  const index = (parameter.parent as FunctionNode).parameters.indexOf(parameter);
  let node: Node = passedOn(file, parameter.parent as FunctionNode) ?? parameter.parent;
  let members = '';
  for (let steps = 0; steps < 8 && node.parent; steps++) {
    const { parent }: Node = node;
    if (ts.isMethodDeclaration(node) && ts.isObjectLiteralExpression(parent)) members = `${node.name.getText()}.${members}`;
    else if (ts.isPropertyAssignment(parent)) members = `${parent.name.getText()}.${members}`;
    else if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
      if (parent.expression === node) return undefined;
      const given = originOfHanded(file, parent, node, members, index, hops, depth);
      if (given !== undefined) return given;
    } else if (
      !ts.isParenthesizedExpression(parent) &&
      !ts.isObjectLiteralExpression(parent) &&
      !ts.isArrayLiteralExpression(parent)
    ) {
      return undefined;
    }
    node = parent;
  }
  return undefined;
}

/** What functions call the connection, client or transaction that they are handed. */
const handleNames = /^(?:client|conn(?:ection)?|db|database|pool|trx?|tx|transaction|knex|redis|channel|producer|session)$/i;

/**
 * `const remove = async (trx) => …` of `knex.transaction((trx) => remove(trx))`: what those hand a function, or a method, who call it in
 * this file, as far as that can be seen.
 */
function originByCallers(file: CodeFile, parameter: ts.ParameterDeclaration, hops: number, depth: number): string | undefined {
  const { name, parent: called } = parameter;
  if (!ts.isIdentifier(name) || !handleNames.test(name.text)) return undefined;
  const held = ts.isVariableDeclaration(called.parent) ? called.parent : called;
  const own = (held as FunctionNode | ts.VariableDeclaration).name;
  if (!own || !ts.isIdentifier(own)) return undefined;
  const index = (called as FunctionNode).parameters.indexOf(parameter);
  const given = file.named(own.text).flatMap((use) => {
    const { parent } = use;
    const isOwn = ts.isMethodDeclaration(called)
      ? ts.isPropertyAccessExpression(parent) && parent.expression.kind === ts.SyntaxKind.ThisKeyword && parent.name === use
      : declarationOf(use) === held;
    const callee = ts.isPropertyAccessExpression(parent) ? parent : use;
    const isCall = isOwn && ts.isCallExpression(callee.parent) && callee.parent.expression === callee;
    return (isCall && (callee.parent as ts.CallExpression).arguments[index]) || [];
  });
  const [only, ...others] = new Set(given.flatMap((value) => origin(file, value, hops, depth + 1) ?? []));
  return others.length === 0 ? only : undefined;
}

/** What a call gives the function that it is given as `callback`, or that stands in one of its `members`. */
function originOfHanded(
  file: CodeFile,
  call: ts.CallExpression | ts.NewExpression,
  callback: Node,
  members: string,
  index: number,
  hops: number,
  depth: number,
): string | undefined {
  const callee = origin(file, call.expression, hops, depth + 1);
  if (callee === undefined) return members === '' ? handedBack(file, call, callback, index, hops, depth) : undefined;
  if (!callee.endsWith('.then')) return `${callee}=>${members}${index}`;
  return members === '' && index === 0 ? callee.slice(0, -'.then'.length) : undefined;
}

/**
 * What a function of the project calls its callback with: the channel, of `withChannel(async (channel) => …)` where
 * `withChannel = async (work) => work(await connection.createChannel())`.
 */
function handedBack(
  file: CodeFile,
  call: ts.CallExpression | ts.NewExpression,
  callback: Node,
  index: number,
  hops: number,
  depth: number,
): string | undefined {
  const found =
    hops > 0 && ts.isCallExpression(call)
      ? (definitionOf(file, call.expression, hops, depth + 1) ?? methodOf(file, call))
      : undefined;
  if (!found || !isFunctionNode(found.node) || !found.node.body) return undefined;
  const parameter = found.node.parameters[(call.arguments ?? []).findIndex((argument) => argument === callback)];
  if (!parameter || !ts.isIdentifier(parameter.name)) return undefined;
  const { text } = parameter.name;
  const isGiven = (node: Node): boolean => ts.isIdentifier(node) && node.text === text && declarationOf(node) === parameter;
  const calls = descendants(found.node).filter(ts.isCallExpression);
  const run = calls.find(({ expression }) => isGiven(expression));
  // `withTransaction = (work) => withClient(work)`
  const next = run ? undefined : calls.find((node) => node.arguments.some(isGiven));
  const handed = run?.arguments[index] ?? next?.arguments.find(isGiven);
  const left = found.file === file ? hops : hops - 1;
  const from =
    handed &&
    (next ? originOfHanded(found.file, next, handed, '', index, left, depth + 1) : origin(found.file, handed, left, depth + 1));
  // What it is given may not be seen, but be said: `work: (client: PoolClient) => Promise<T>`.
  const { type } = parameter;
  const said = type && ts.isFunctionTypeNode(type) ? type.parameters[index]?.type : undefined;
  return from ?? ((run ?? next) && said && originOfType(found.file, said, left, depth + 1));
}

/** Where a file passes a function on by its name; the first place. */
function passedOn(file: CodeFile, node: FunctionNode): Node | undefined {
  const declaration = ts.isFunctionDeclaration(node) ? node : ts.isVariableDeclaration(node.parent) ? node.parent : undefined;
  const name = declaration?.name;
  if (!declaration || !name || !ts.isIdentifier(name)) return undefined;
  return file
    .named(name.text)
    .find(
      (use) =>
        use !== name && ts.isCallExpression(use.parent) && use.parent.expression !== use && declarationOf(use) === declaration,
    );
}

/** `let pool; … pool = new Pool()`: what a variable is assigned; one that empties it again does not count. */
function assignedOrigin(file: CodeFile, node: ts.VariableDeclaration, hops: number, depth: number): string | undefined {
  const writes = writesTo(node).filter((value) => !isNothing(value));
  return commonOrigin(file, writes, hops, depth);
}

/** The origin of a value that is assigned once, or in each of two branches; of two both are asked, so that goes less deep. */
function commonOrigin(file: CodeFile, values: readonly Expression[], hops: number, depth: number): string | undefined {
  const [first, second] = values;
  if (!first || values.length > 2) return undefined;
  const found = origin(file, first, hops, depth + (second ? 10 : 1));
  return !second || (found !== undefined && found === origin(file, second, hops, depth + 10)) ? found : undefined;
}

/** Packages whose pools and connections are called alike with the clients that they lend. */
const clientModules = /^(?:pg|pg-pool|mysql2(?:\/promise)?|knex|drizzle-orm\/[\w/-]+|typeorm|@prisma\/client|mongodb|ioredis):$/;
const borrowed = /:(?:PoolClient|PoolConnection|EntityManager|Prisma\.TransactionClient|Knex)\(\)$/;

/** An annotated value is an instance: `client: PoolClient` reads `pg:PoolClient()`, also where there may be none (`| null`). */
function originOfType(file: CodeFile, type: ts.TypeNode, hops: number, depth: number): string | undefined {
  if (ts.isUnionTypeNode(type)) {
    const [only, ...others] = type.types.filter((part) => !/^(?:null|undefined)$/.test(part.getText()));
    if (!only || others.length === 0) return only && originOfType(file, only, hops, depth);
    // A client, or the one of its transactions: `Pool | PoolClient`. What holds of the one that is borrowed holds of both.
    const [first = '', second = '', ...more] = [only, ...others].map((part) => originOfType(file, part, hops, depth + 8) ?? '');
    const module = first.slice(0, first.indexOf(':') + 1);
    if (!clientModules.test(module) || !second.startsWith(module) || more.length > 0) return undefined;
    if (second.startsWith(`${first}.transaction=>`)) return first;
    return first.startsWith(`${second}.transaction=>`) || borrowed.test(second) ? second : first;
  }
  if (ts.isTypeQueryNode(type)) return originOfEntity(file, type.exprName, hops, depth);
  if (ts.isIndexedAccessTypeNode(type)) return originOfGiven(file, type, hops, depth) ?? originOfMade(file, type, hops, depth);
  if (!ts.isTypeReferenceNode(type) || depth > 24) return undefined;
  const [given] = type.typeArguments ?? [];
  const helper = type.typeName.getText();
  // `ReturnType<typeof createClient>` is what the call gives.
  if (given && /^(?:ReturnType|InstanceType)$/.test(helper)) {
    const made = ts.isTypeQueryNode(given) ? originOfEntity(file, given.exprName, hops, depth) : undefined;
    return made === undefined ? undefined : `${made}()`;
  }
  if (given && /^(?:Awaited|NonNullable|Readonly)$/.test(helper)) return originOfType(file, given, hops, depth + 1);
  const base = originOfEntity(file, type.typeName, hops, depth);
  // The transaction of Knex is called as Knex itself.
  if (base === 'knex:Knex.Transaction') return 'knex:Knex()';
  return base === undefined ? originOfAlias(file, type.typeName, hops, depth) : `${base}()`;
}

/** `Parameters<Parameters<typeof db.transaction>[0]>[0]`: what a method of a package calls its callback with. */
function originOfGiven(file: CodeFile, type: ts.IndexedAccessTypeNode, hops: number, depth: number): string | undefined {
  const inner = parametersAt(type);
  const outer = inner && ts.isIndexedAccessTypeNode(inner.of) ? parametersAt(inner.of) : undefined;
  const method =
    outer?.index === 0 && ts.isTypeQueryNode(outer.of) ? originOfEntity(file, outer.of.exprName, hops, depth) : undefined;
  const named = outer?.index === 0 && !method ? originOfMethodType(file, outer.of, hops, depth) : undefined;
  const from = method ?? named;
  return inner && from !== undefined ? `${from}=>${inner.index}` : undefined;
}

/** `PgDatabase['transaction']`, `(typeof db)['transaction']`: a method of a type. */
function originOfMethodType(file: CodeFile, type: ts.TypeNode, hops: number, depth: number): string | undefined {
  if (!ts.isIndexedAccessTypeNode(type)) return undefined;
  const { indexType } = type;
  const name = ts.isLiteralTypeNode(indexType) && ts.isStringLiteral(indexType.literal) ? indexType.literal.text : undefined;
  const object = ts.isParenthesizedTypeNode(type.objectType) ? type.objectType.type : type.objectType;
  const owner = name === undefined ? undefined : originOfType(file, object, hops, depth + 1);
  return owner === undefined ? undefined : `${owner}.${name}`;
}

/** `of` and the index of `Parameters<of>[index]`. */
function parametersAt({ objectType, indexType }: ts.IndexedAccessTypeNode): { of: ts.TypeNode; index: number } | undefined {
  const isParameters = ts.isTypeReferenceNode(objectType) && objectType.typeName.getText() === 'Parameters';
  const [of] = isParameters ? (objectType.typeArguments ?? []) : [];
  const index = ts.isLiteralTypeNode(indexType) ? Number(indexType.literal.getText()) : NaN;
  return of && Number.isInteger(index) ? { of, index } : undefined;
}

/** `ReturnType<typeof createDatabase>['db']`: a member of what a function of the project answers. */
function originOfMade(file: CodeFile, type: ts.IndexedAccessTypeNode, hops: number, depth: number): string | undefined {
  const { indexType } = type;
  let made = type.objectType;
  while (ts.isTypeReferenceNode(made) && /^(?:Awaited|ReturnType)$/.test(made.typeName.getText()) && made.typeArguments?.[0])
    made = made.typeArguments[0];
  const key = ts.isLiteralTypeNode(indexType) && ts.isStringLiteral(indexType.literal) ? indexType.literal.text : undefined;
  if (key === undefined || made === type.objectType || !ts.isTypeQueryNode(made) || !ts.isIdentifier(made.exprName))
    return undefined;
  const answer = answerOf(definitionOf(file, made.exprName, hops, depth + 1));
  const part = answer && ts.isObjectLiteralExpression(answer.node) ? memberOfLiteral(answer.node, key) : undefined;
  if (!answer || !part || ts.isMethodDeclaration(part)) return undefined;
  return origin(answer.file, part, answer.file === file ? hops : hops - 1, depth + 1);
}

function originOfEntity(file: CodeFile, entity: ts.EntityName, hops: number, depth: number): string | undefined {
  const parts: string[] = [];
  let name = entity;
  while (ts.isQualifiedName(name)) {
    parts.unshift(name.right.text);
    name = name.left;
  }
  const declaration = declarationOf(name);
  let base = declaration && originOfDeclaration(file, declaration, hops, depth + 1);
  for (const part of parts) base = member(file, base, part, hops, depth);
  return base;
}

/** What `type Client = ReturnType<typeof createClient>` stands for, written in the file or in the one it is imported from. */
function originOfAlias(file: CodeFile, name: ts.EntityName, hops: number, depth: number): string | undefined {
  if (!ts.isIdentifier(name) || !(givers.test(name.text) || /tx|trx|transaction|executor/i.test(name.text))) return undefined;
  const imported = declarationOf(name);
  if (imported && !ts.isImportSpecifier(imported)) return undefined;
  const wanted = imported ? (imported.propertyName ?? imported.name).text : name.text;
  const module = imported && importedModule(imported.parent.parent.parent as ts.ImportDeclaration);
  const home = module === undefined ? file : hops > 0 ? exporterOf(file.load(module, file.uri), wanted) : undefined;
  const alias = home?.ast.statements.find(
    (each): each is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(each) && each.name.text === wanted,
  );
  return home && alias && originOfType(home, alias.type, home === file ? hops : hops - 1, depth + 1);
}

function originOfWritten(from: CodeFile, found: Written | undefined, hops: number, depth: number): string | undefined {
  return found && originOfType(found.file, found.type, found.file === from ? hops : hops - 1, depth + 1);
}

/** `this.pool`: the field's annotation or initialiser, a constructor parameter property, or what the class assigns to it. */
function originOfField(file: CodeFile, node: ts.PropertyAccessExpression, hops: number, depth: number): string | undefined {
  const owner = classAround(node);
  return owner && originOfMember(file, owner, node.name.text, hops, depth);
}

const memberOrigins = new WeakMap<ts.ClassLikeDeclaration, Origins<string>>();

/** The origin of a field of a class, or of what its getter answers; of one that the class does not have, that of the class it extends. */
function originOfMember(
  file: CodeFile,
  owner: ts.ClassLikeDeclaration,
  wanted: string,
  hops: number,
  depth: number,
): string | undefined {
  let known = memberOrigins.get(owner);
  if (!known) memberOrigins.set(owner, (known = new Origins((...asked) => findOriginOfMember(owner, ...asked))));
  return known.of(file, wanted, hops, depth);
}

function findOriginOfMember(
  owner: ts.ClassLikeDeclaration,
  file: CodeFile,
  wanted: string,
  hops: number,
  depth: number,
): string | undefined {
  if (depth > 24) return undefined;
  const values: Expression[] = [...(fieldWrites(owner).get(wanted) ?? [])];
  for (const part of owner.members) {
    if (ts.isPropertyDeclaration(part) && part.name.getText() === wanted) {
      const typed = part.type && originOfType(file, part.type, hops, depth);
      if (typed) return typed;
      if (part.initializer && !isNothing(part.initializer)) values.push(part.initializer);
    }
    if (ts.isGetAccessorDeclaration(part) && part.name.getText() === wanted) {
      const answer = onlyAnswer(part);
      return (part.type && originOfType(file, part.type, hops, depth)) ?? (answer && origin(file, answer, hops, depth + 1));
    }
    if (!ts.isConstructorDeclaration(part)) continue;
    for (const parameter of part.parameters) {
      const isProperty = ts.getModifiers(parameter)?.length && parameter.name.getText() === wanted;
      if (isProperty)
        return (
          (parameter.type && originOfType(file, parameter.type, hops, depth)) ??
          (parameter.initializer && standIn(file, parameter.initializer, hops, depth + 1))
        );
    }
  }
  if (values.length > 0) return commonOrigin(file, values, hops, depth);
  const base = owner.members.some(({ name }) => name?.getText() === wanted) ? undefined : baseClass(file, owner, hops);
  return base && originOfMember(base.file, base.node, wanted, base.file === file ? hops : hops - 1, depth + 1);
}
