/**
 * What a TypeScript or JavaScript file says: its tree, names and where values come from. Syntax only, no type checker:
 * imports, scopes, single-assignment constants, type annotations, and one to two hops into other files.
 *
 * The heart is `origin`: the import (or global) an expression comes from, written as a path.
 *   `import { createHmac } from 'node:crypto'` … `createHmac('sha256', key).update(x)`  →  `crypto:createHmac().update()`
 *   `const pool = new Pool()` (pg) … `await pool.connect()`                             →  `pg:Pool().connect()`
 *   `fetch(url)` where nobody declares `fetch`                                          →  `global:fetch()`
 * `new X()` and `X()` both read `X()`, `await e` reads `e`, a default import reads as its module.
 */
import ts from 'ts6';
import type { Span } from '../finding.ts';
import { groupBy } from '../group.ts';
import { resolveUri } from '../uri.ts';
import { isConstant, isNothing, packageNamed as packageAtNpm, propertyIn, strip as unwrap } from './plain.ts';
import { Words } from './words.ts';

export type Node = ts.Node;
export type Expression = ts.Expression;
export type FunctionNode = ts.FunctionLikeDeclaration;
export { ts, unwrap };

/** Finds the file an import in `from` means, and loads it; undefined for packages and for what does not exist. */
export type LoadCode = (specifier: string, from: string) => CodeFile | undefined;

/** What a `package.json` says that rules ask for. */
export interface Package {
  /** The URI of its folder, with a slash at the end. */
  readonly folder: string;
  /** Where that lies in the outermost package around it, with a slash at the end; empty without one. */
  readonly place: string;
  /** Version ranges by package name: dependencies of every sort. */
  readonly dependencies: ReadonlyMap<string, string>;
  /** The same with what the root of its workspace declares for all of its packages. */
  readonly installed: ReadonlyMap<string, string>;
  /** It is a program that a person calls (`bin`). */
  readonly isTool: boolean;
  /** The name that others import it by; undefined for what is not published. */
  readonly name: string | undefined;
}

export interface CodeFile {
  readonly uri: string;
  readonly text: string;
  /**
   * The names and literal texts of the file, each once: what is searched for a word that code must have. They are a fraction of the text,
   * what comments say is not among them, and after a key only those are searched that came or went.
   */
  readonly words: Words;
  readonly ast: ts.SourceFile;
  /** Every call and `new` of the file, in order of its end. */
  readonly calls: readonly (ts.CallExpression | ts.NewExpression)[];
  /** Every identifier of this name, in the order of the text. */
  named(name: string): readonly ts.Identifier[];
  /** Every node of these kinds, children before parents: a rule asks for what it looks at and walks nothing itself. */
  nodes<Kind extends keyof NodeOfKind>(...kinds: readonly Kind[]): readonly NodeOfKind[Kind][];
  /** Modules this file imports by name, `node:` prefix removed. */
  readonly modules: ReadonlySet<string>;
  /** Syntax errors; a finding whose evidence touches one is not reported. */
  readonly errors: readonly Span[];
  readonly load: LoadCode;
  /** The nearest `package.json` above the file. */
  readonly package: Package | undefined;
  /** The names of what lies in a folder, told from this file's own (`.`, `..`); empty where nobody can tell. */
  list(folder: string): readonly string[];
}

/** The kinds of nodes that rules ask a file for. */
export interface NodeOfKind {
  readonly [ts.SyntaxKind.BinaryExpression]: ts.BinaryExpression;
  readonly [ts.SyntaxKind.CallExpression]: ts.CallExpression;
  readonly [ts.SyntaxKind.NewExpression]: ts.NewExpression;
  readonly [ts.SyntaxKind.TaggedTemplateExpression]: ts.TaggedTemplateExpression;
  readonly [ts.SyntaxKind.TryStatement]: ts.TryStatement;
  readonly [ts.SyntaxKind.IfStatement]: ts.IfStatement;
  readonly [ts.SyntaxKind.ForStatement]: ts.ForStatement;
  readonly [ts.SyntaxKind.ForOfStatement]: ts.ForOfStatement;
  readonly [ts.SyntaxKind.WhileStatement]: ts.WhileStatement;
  readonly [ts.SyntaxKind.DoStatement]: ts.DoStatement;
  readonly [ts.SyntaxKind.Decorator]: ts.Decorator;
  readonly [ts.SyntaxKind.ClassDeclaration]: ts.ClassDeclaration;
  readonly [ts.SyntaxKind.MethodDeclaration]: ts.MethodDeclaration;
  readonly [ts.SyntaxKind.FunctionDeclaration]: ts.FunctionDeclaration;
  readonly [ts.SyntaxKind.FunctionExpression]: ts.FunctionExpression;
  readonly [ts.SyntaxKind.ArrowFunction]: ts.ArrowFunction;
  readonly [ts.SyntaxKind.VariableDeclaration]: ts.VariableDeclaration;
  readonly [ts.SyntaxKind.PropertyAssignment]: ts.PropertyAssignment;
  readonly [ts.SyntaxKind.ObjectLiteralExpression]: ts.ObjectLiteralExpression;
  readonly [ts.SyntaxKind.PropertyAccessExpression]: ts.PropertyAccessExpression;
  readonly [ts.SyntaxKind.StringLiteral]: ts.StringLiteral;
  readonly [ts.SyntaxKind.NoSubstitutionTemplateLiteral]: ts.NoSubstitutionTemplateLiteral;
  readonly [ts.SyntaxKind.TemplateHead]: ts.TemplateHead;
  readonly [ts.SyntaxKind.Identifier]: ts.Identifier;
}

/** What outlives the model of a file, which is made anew with every edit. */
export interface Lasting {
  /** Its words as they were asked for last. */
  words?: Words;
}

/**
 * The code model of a text. Tolerant: a half-typed file has a tree, and its errors are listed. It is parsed when somebody
 * looks into it (`onParse`): of many a file that is imported its text says enough.
 */
export function parseCode(
  uri: string,
  text: string,
  load: LoadCode = () => undefined,
  packageOf: (uri: string) => Package | undefined = () => undefined,
  listOf: (folder: string) => readonly string[] = () => [],
  onParse: () => void = () => undefined,
  lasting: Lasting = {},
): CodeFile {
  let known: CodeFile | undefined;
  const parsed = () => {
    if (known) return known;
    onParse();
    const options = { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
    // The walk of the model tells nodes their parents, so that the parser need not walk for it.
    const ast = ts.createSourceFile(uri, text, options, false, scriptKind(uri));
    return (known = codeOf(ast, load, packageOf, listOf, lasting));
  };
  return {
    uri,
    text,
    load,
    get words() {
      return parsed().words;
    },
    get ast() {
      return parsed().ast;
    },
    get calls() {
      return parsed().calls;
    },
    named: (name) => parsed().named(name),
    nodes: (...kinds) => parsed().nodes(...kinds),
    get modules() {
      return parsed().modules;
    },
    get errors() {
      return parsed().errors;
    },
    get package() {
      return packageOf(uri);
    },
    list: (folder) => listOf(resolveUri(`${folder}/`, uri)),
  };
}

/** The code model of a tree, whose nodes know their parents then; the tree's file name is its URI. */
export function codeOf(
  ast: ts.SourceFile,
  load: LoadCode = () => undefined,
  packageOf: (uri: string) => Package | undefined = () => undefined,
  listOf: (folder: string) => readonly string[] = () => [],
  lasting: Lasting = {},
): CodeFile {
  const { fileName: uri, text } = ast;
  const calls: (ts.CallExpression | ts.NewExpression)[] = [];
  const modules = new Set<string>();
  const byKind: (ts.Node[] | undefined)[] = [];
  const all: ts.Node[] = [];
  const ends: number[] = [];
  let parent: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (parent) (node as { parent: ts.Node }).parent = parent;
    const outer = parent;
    const at = all.push(node) - 1;
    parent = node;
    ts.forEachChild(node, visit);
    parent = outer;
    ends[at] = all.length;
    const { kind } = node;
    const same = byKind[kind];
    if (same) same.push(node);
    else byKind[kind] = [node];
    if (kind === ts.SyntaxKind.CallExpression || kind === ts.SyntaxKind.NewExpression) {
      calls.push(node as ts.CallExpression | ts.NewExpression);
      const required = requiredModule(node);
      if (required) modules.add(required);
    } else if (kind === ts.SyntaxKind.ImportDeclaration || kind === ts.SyntaxKind.ImportEqualsDeclaration) {
      const name = importedModule(node as ts.ImportDeclaration | ts.ImportEqualsDeclaration);
      if (name) modules.add(name);
    }
  };
  visit(ast);
  const binaries = (byKind[ts.SyntaxKind.BinaryExpression] as ts.BinaryExpression[] | undefined) ?? [];
  const lists = (byKind[ts.SyntaxKind.VariableDeclarationList] as ts.VariableDeclarationList[] | undefined) ?? [];
  const hasVar = lists.some(({ flags }) => (flags & ts.NodeFlags.BlockScoped) === 0);
  listings.set(ast, { all, ends, binaries, hasVar });
  const diagnostics = (ast as unknown as { parseDiagnostics: readonly ts.DiagnosticWithLocation[] }).parseDiagnostics;
  // What is missing is missed at the next token: it belongs behind the one before.
  const errors = diagnostics.map(({ start, length }) => ({ start: text.slice(0, start).trimEnd().length, end: start + length }));
  const nodes = (...kinds: readonly ts.SyntaxKind[]) =>
    kinds.length === 1 ? (byKind[kinds[0] as ts.SyntaxKind] ?? []) : kinds.flatMap((kind) => byKind[kind] ?? []);
  let words: Words | undefined;
  let byName: ReadonlyMap<string, readonly ts.Identifier[]> | undefined;
  const names = () => (byName ??= groupBy((byKind[ts.SyntaxKind.Identifier] as ts.Identifier[] | undefined) ?? [], textOf));
  return {
    uri,
    text,
    get words() {
      return (words ??= lasting.words = new Words(wordsOf(byKind, names().keys()), lasting.words));
    },
    ast,
    calls,
    named: (name) => names().get(name) ?? [],
    nodes: nodes as CodeFile['nodes'],
    modules,
    errors,
    load,
    get package() {
      return packageOf(uri);
    },
    list: (folder) => listOf(resolveUri(`${folder}/`, uri)),
  };
}

const textOf = ({ text }: ts.Identifier) => text;

function wordsOf(byKind: readonly (readonly ts.Node[] | undefined)[], names: Iterable<string>): Set<string> {
  const words = new Set(names);
  for (let kind = ts.SyntaxKind.FirstLiteralToken; kind <= ts.SyntaxKind.LastTemplateToken; kind++) {
    for (const node of byKind[kind] ?? []) words.add((node as ts.LiteralLikeNode).text);
  }
  for (const node of byKind[ts.SyntaxKind.PrivateIdentifier] ?? []) words.add((node as ts.PrivateIdentifier).text);
  return words;
}

/** The nodes of a tree that has a model. */
interface Listing {
  /** Outermost first, in the order of the text. */
  readonly all: readonly ts.Node[];
  /** For each of them where in `all` what is below it ends. */
  readonly ends: readonly number[];
  readonly binaries: readonly ts.BinaryExpression[];
  /** It uses `var`, whose names belong to the whole function. Few do, and the others are not searched for it. */
  readonly hasVar: boolean;
}

const listings = new WeakMap<ts.SourceFile, Listing>();

/** A model of the same text: it shares the tree, and nothing that was remembered of what lies in other files. */
export function sameText(before: CodeFile, load: LoadCode): CodeFile {
  return Object.create(before, { load: { value: load, enumerable: true } });
}

function scriptKind(uri: string): ts.ScriptKind {
  if (/\.tsx$/i.test(uri)) return ts.ScriptKind.TSX;
  if (/\.[cm]?ts$/i.test(uri)) return ts.ScriptKind.TS;
  return ts.ScriptKind.JSX;
}

function importedModule(node: ts.ImportDeclaration | ts.ImportEqualsDeclaration): string | undefined {
  const specifier = ts.isImportDeclaration(node)
    ? node.moduleSpecifier
    : ts.isExternalModuleReference(node.moduleReference)
      ? node.moduleReference.expression
      : undefined;
  return specifier && ts.isStringLiteralLike(specifier) ? plainModule(specifier.text) : undefined;
}

function requiredModule(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const [first] = node.arguments;
  return (isRequire || isImport) && first && ts.isStringLiteralLike(first) ? plainModule(first.text) : undefined;
}

/**
 * A module by its plain name: `node:crypto` is `crypto`, also where Deno has it, `npm:stripe@14` is `stripe`, and `.prisma/client` what
 * `@prisma/client` hands out.
 */
export function plainModule(specifier: string): string {
  if (specifier.startsWith('.prisma/')) return `@prisma/${specifier.slice('.prisma/'.length)}`;
  if (!specifier.includes(':')) return specifier;
  const [, builtIn] = /^(?:node:|https:\/\/deno\.land\/std[^/]*\/node\/)(.+?)(?:\.ts)?$/.exec(specifier) ?? [];
  return builtIn ?? packageAtNpm(specifier);
}

/** The file that holds a node. */
export function fileOf(node: Node): ts.SourceFile {
  return node.getSourceFile();
}

/** The offsets of a node, without the white space and comments before it. */
export function spanOf(node: Node): Span {
  return { start: node.getStart(), end: node.getEnd() };
}

/** What a member is taken from: `a` in `a.b`, and of `b` behind `const { b } = a`. */
export function takenFrom(member: Expression): Expression | undefined {
  if (ts.isPropertyAccessExpression(member)) return member.expression;
  const declaration = ts.isIdentifier(member) ? declarationOf(member) : undefined;
  const pattern = declaration && ts.isBindingElement(declaration) ? declaration.parent.parent : undefined;
  return pattern && ts.isVariableDeclaration(pattern) ? pattern.initializer : undefined;
}

/** The closest function around a node, or the file. */
export function enclosingFunction(node: Node): FunctionNode | ts.SourceFile {
  let outer = node.parent;
  while (outer && !ts.isFunctionLike(outer) && !ts.isSourceFile(outer)) outer = outer.parent;
  return (outer ?? node.getSourceFile()) as FunctionNode | ts.SourceFile;
}

/** Ancestors of a node up to and without the function (or file) that holds it, innermost first. */
export function* ancestorsInFunction(node: Node): Iterable<Node> {
  const end = enclosingFunction(node);
  for (let outer = node.parent; outer && outer !== end; outer = outer.parent) yield outer;
}

/** Every node below, outermost first; `into` says whether to go into a node's children. */
export function descendants(node: Node, into?: (node: Node) => boolean): readonly Node[] {
  // Rules ask of the same functions again and again; a list is walked much faster than a generator in a generator.
  const known = into ? undefined : below.get(node);
  if (known) return known;
  const listed = into ? undefined : listedBelow(node);
  if (listed) {
    if (ts.isFunctionLike(node)) below.set(node, listed);
    return listed;
  }
  const found: Node[] = [];
  const visit = (child: Node): void => {
    found.push(child);
    if (!into || into(child)) ts.forEachChild(child, visit);
  };
  ts.forEachChild(node, visit);
  if (!into && ts.isFunctionLike(node)) below.set(node, found);
  return found;
}

const below = new WeakMap<Node, readonly Node[]>();

/** The same out of the listing of the tree, where it has one: nothing has to be walked. */
function listedBelow(node: Node): readonly Node[] | undefined {
  const listing = listings.get(node.getSourceFile());
  if (!listing) return undefined;
  const { all, ends } = listing;
  let from = firstFrom(all, node.pos);
  while (from < all.length && all[from] !== node && (all[from] as Node).pos === node.pos) from++;
  return all[from] === node ? all.slice(from + 1, ends[from]) : undefined;
}

/** The index of the first of some nodes, in the order of the text, that begins at an offset or behind it; their number where none does. */
export function firstFrom(nodes: readonly Node[], offset: number): number {
  let [from, to] = [0, nodes.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((nodes[middle] as Node).pos < offset) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Where a name is declared: the declaration node, by lexical scope. */
export function declarationOf(name: ts.Identifier): Node | undefined {
  const { text } = name;
  for (let scope = scopeAround(name.parent); scope; scope = scope.outer) {
    const found = scope.names.get(text);
    if (found) return found;
  }
  return undefined;
}

/** The names that a node declares for what is in it, and those around it. */
interface Scope {
  readonly names: ReadonlyMap<string, Node>;
  readonly outer: Scope | undefined;
}

const scopes = new WeakMap<Node, Scope | null>();

/** The closest scope that declares anything: the node's own, or one around it. */
function scopeAround(node: Node): Scope | undefined {
  let closest: Node | undefined = node;
  while (closest && !isScope(closest)) closest = closest.parent;
  if (!closest) return undefined;
  const known = scopes.get(closest);
  if (known !== undefined) return known ?? undefined;
  const names = namesIn(closest);
  const outer = closest.parent && scopeAround(closest.parent);
  const scope = names.size > 0 ? { names, outer } : outer;
  scopes.set(closest, scope ?? null);
  return scope;
}

/** The declaration at the top of a file of a name. */
function declaredAtTop(ast: ts.SourceFile, name: string): Node | undefined {
  return scopeAround(ast)?.names.get(name);
}

/** By kind of node, 1 for a scope and 2 for others: every identifier asks all nodes around it. There are some 400 kinds. */
const scopeKinds = new Uint8Array(1024);

function isScope(node: Node): boolean {
  if (scopeKinds[node.kind] === 0) {
    const is =
      ts.isSourceFile(node) ||
      ts.isBlock(node) ||
      ts.isModuleBlock(node) ||
      ts.isCaseBlock(node) ||
      ts.isFunctionLike(node) ||
      ts.isForStatement(node) ||
      ts.isForOfStatement(node) ||
      ts.isForInStatement(node) ||
      ts.isCatchClause(node) ||
      ts.isClassLike(node);
    scopeKinds[node.kind] = is ? 1 : 2;
  }
  return scopeKinds[node.kind] === 1;
}

/** The names that a scope declares itself. */
function namesIn(scope: Node): Map<string, Node> {
  const names = new Map<string, Node>();
  const bind = (name: ts.BindingName | ts.Identifier, declaration: Node) => {
    if (ts.isIdentifier(name)) names.set(name.text, declaration);
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name, element);
  };
  if (ts.isFunctionLike(scope)) for (const parameter of scope.parameters) bind(parameter.name, parameter);
  if (ts.isCatchClause(scope) && scope.variableDeclaration) bind(scope.variableDeclaration.name, scope.variableDeclaration);
  if (ts.isClassLike(scope) && scope.name) names.set(scope.name.text, scope);
  if (ts.isFunctionExpression(scope) && scope.name) names.set(scope.name.text, scope);
  const isFunctionBody = ts.isSourceFile(scope) || (scope.parent !== undefined && ts.isFunctionLike(scope.parent));
  const hoists = isFunctionBody && (listings.get(scope.getSourceFile())?.hasVar ?? true);
  const collect = (node: Node, top: boolean): void => {
    if (ts.isVariableDeclarationList(node)) {
      const isVar = (node.flags & ts.NodeFlags.BlockScoped) === 0;
      if (top || (isVar && isFunctionBody)) for (const declaration of node.declarations) bind(declaration.name, declaration);
    }
    if (top && (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name) names.set(node.name.text, node);
    if (top && ts.isImportDeclaration(node)) bindImport(node, names);
    if (top && ts.isImportEqualsDeclaration(node)) names.set(node.name.text, node);
    if (ts.isVariableStatement(node)) ts.forEachChild(node, (child) => collect(child, top));
    else if (hoists && !ts.isFunctionLike(node) && !ts.isClassLike(node)) ts.forEachChild(node, (child) => collect(child, false));
  };
  if (ts.isForStatement(scope) || ts.isForOfStatement(scope) || ts.isForInStatement(scope)) {
    if (scope.initializer) collect(scope.initializer, true);
  } else if (ts.isCaseBlock(scope)) {
    for (const clause of scope.clauses) for (const statement of clause.statements) collect(statement, true);
  } else if (ts.isSourceFile(scope) || ts.isBlock(scope) || ts.isModuleBlock(scope)) {
    for (const statement of scope.statements) collect(statement, true);
  }
  return names;
}

function bindImport(node: ts.ImportDeclaration, names: Map<string, Node>): void {
  const clause = node.importClause;
  if (!clause) return;
  if (clause.name) names.set(clause.name.text, clause);
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) names.set(bindings.name.text, bindings);
  if (bindings && ts.isNamedImports(bindings)) for (const element of bindings.elements) names.set(element.name.text, element);
}

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
  // In a function that `co` runs, `yield` waits for a promise.
  if (ts.isYieldExpression(node) && node.expression && file.modules.has('co')) return next(node.expression);
  return undefined;
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

/** Functions that are worth asking what they answer: what they are named for comes from a package. */
const givers =
  /client|pool|conn|db|database|redis|kafka|channel|queue|broker|prisma|knex|mongo|collection|session|runner|producer|consumer|publisher|bus|repo|model|router|app$|server|sequelize|stripe|octokit|twilio|paddle|razorpay|paypal|shopify|svix|resend|sendgrid|openai|axios|agent$|^tr?x$/i;

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
  const literal = answer && unwrap(answer);
  const part =
    key === undefined ? answer : literal && ts.isObjectLiteralExpression(literal) ? memberOfLiteral(literal, key) : undefined;
  return part && !ts.isMethodDeclaration(part) ? origin(found.file, part, left, depth + 1) : undefined;
}

/** Functions that hand out the one of its kind. */
const handsOut = /instance$|^(?:get|connect|create|open|make|use|acquire|init\w*)$/i;

/** Is a function worth asking, by its own name, or because it hands out what its owner or its file is named for? */
function isGiver(call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee))
    return givers.test(callee.name.text) || (handsOut.test(callee.name.text) && givers.test(callee.expression.getText()));
  if (!ts.isIdentifier(callee) || givers.test(callee.text)) return true;
  const declaration = handsOut.test(callee.text) ? declarationOf(callee) : undefined;
  return (
    declaration !== undefined &&
    ts.isImportSpecifier(declaration) &&
    givers.test(importedModule(declaration.parent.parent.parent as ts.ImportDeclaration) ?? '')
  );
}

/** What a function says that it answers: `Channel` of `getChannel(): Promise<Channel>`. */
function answerType({ type }: FunctionNode): ts.TypeNode | undefined {
  const isPromise = type && ts.isTypeReferenceNode(type) && type.typeName.getText() === 'Promise';
  return isPromise ? type.typeArguments?.[0] : type;
}

const answers = new WeakMap<FunctionNode, Expression | null>();

/** The value a function returns wherever it returns one; undefined where it returns others or none. */
export function onlyAnswer(node: FunctionNode): Expression | undefined {
  const known = answers.get(node);
  if (known !== undefined) return known ?? undefined;
  const { body } = node;
  const returned = !body
    ? []
    : ts.isBlock(body)
      ? descendants(body, (inner) => !ts.isFunctionLike(inner)).filter(ts.isReturnStatement)
      : [{ expression: body }];
  // `if (!key) return null;`, `return console.error(error);`: who goes on has the other.
  const [only, ...others] = returned.flatMap(({ expression }) =>
    expression && !isNothing(expression) && !isConsole(expression) ? [expression] : [],
  );
  // `if (client) return client; … return client;` answers one thing.
  const isOne = others.every((other) => only && isName(only) && other.getText() === only.getText());
  const answer = !isOne || node.asteriskToken ? undefined : only;
  answers.set(node, answer ?? null);
  return answer;
}

/** `console.error(…)`, which answers nothing. */
function isConsole(expression: Expression): boolean {
  const node = unwrap(expression);
  return ts.isCallExpression(node) && /^console\.\w+$/.test(node.expression.getText());
}

/** A variable, or a member of one. */
function isName(expression: Expression): boolean {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node)) return node.expression.kind === ts.SyntaxKind.ThisKeyword || isName(node.expression);
  return ts.isIdentifier(node);
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
  return originOfDeclaration(target, exported, hops - 1, depth + 1);
}

const declared = new WeakMap<CodeFile, ReadonlySet<string>>();
const declaration =
  /\bexport (?:(?:async )?function|interface|type|enum|const enum|(?:abstract )?class) ([\w$]+)(?![\w$])(?!\s*(?:<[^{]*>\s*)?extends\b)/g;

/** Does a file export a function, a type or a class of its own under this name, as far as its text tells? They come from nowhere. */
function isDeclared(file: CodeFile, name: string): boolean {
  let names = declared.get(file);
  if (!names) declared.set(file, (names = new Set([...file.text.matchAll(declaration)].map((match) => match[1] ?? ''))));
  return names.has(name);
}

/** Files that hand out what others export: `export * from './errors'`. Steps through them lead nowhere else, and are not counted. */
const mostBarrels = 4;
/** A file that hands out more than these is not searched. */
const mostStars = 120;
const stars = new WeakMap<CodeFile, readonly string[]>();
const exporters = new WeakMap<CodeFile, Map<string, CodeFile | undefined>>();

/** The file that exports a name itself, behind `export *`; the file that was asked where none does. */
function exporterOf(file: CodeFile | undefined, name: string): CodeFile | undefined {
  if (!file || name === 'default' || starsOf(file).length === 0) return file;
  const known = exporters.get(file) ?? new Map<string, CodeFile | undefined>();
  exporters.set(file, known);
  if (!known.has(name)) known.set(name, searchBarrels(file, name, 0));
  return known.get(name) ?? file;
}

function searchBarrels(file: CodeFile, name: string, depth: number): CodeFile | undefined {
  if (file.text.includes(name) && (isDeclared(file, name) || exportOf(file, name))) return file;
  if (depth >= mostBarrels) return undefined;
  for (const module of starsOf(file)) {
    const target = file.load(module, file.uri);
    const found = target && searchBarrels(target, name, depth + 1);
    if (found) return found;
  }
  return undefined;
}

/** The modules of which a file exports everything, as far as its text tells. */
function starsOf(file: CodeFile): readonly string[] {
  let known = stars.get(file);
  if (!known) {
    const found = [...file.text.matchAll(/^export \* from ['"]([^'"\n]+)['"]/gm)].map((match) => match[1] as string);
    stars.set(file, (known = found.length > mostStars ? [] : found));
  }
  return known;
}

/**
 * The node a file exports under a name: a declaration, an export specifier, or `export default`; of CommonJS the value or
 * the method.
 */
export function exportOf(file: CodeFile, name: string): Node | undefined {
  let known = exportsByFile.get(file);
  if (!known) exportsByFile.set(file, (known = new Map<string, Node | undefined>()));
  if (!known.has(name)) known.set(name, findExport(file, name));
  return known.get(name);
}

const exportsByFile = new WeakMap<CodeFile, Map<string, Node | undefined>>();

function findExport(file: CodeFile, name: string): Node | undefined {
  for (const statement of file.ast.statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      const specifier = statement.exportClause.elements.find((element) => element.name.text === name);
      if (specifier) return specifier;
    }
    if (name === 'default' && ts.isExportAssignment(statement)) return statement;
    const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
    if (!modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) continue;
    const isDefault = modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      if (isDefault ? name === 'default' : statement.name?.text === name) return statement;
    }
    if (ts.isVariableStatement(statement)) {
      const found = declaredAtTop(file.ast, name);
      if (found && ts.isVariableDeclaration(found) && found.parent === statement.declarationList) return found;
    }
  }
  const exported = commonJsExports(file);
  const whole = exported.get(name) ?? exported.get('default');
  if (!whole || exported.has(name)) return whole;
  const literal = definitionOf(file, whole);
  return literal?.file === file && ts.isObjectLiteralExpression(literal.node) ? memberOfLiteral(literal.node, name) : undefined;
}

const commonJs = new WeakMap<CodeFile, ReadonlyMap<string, Expression>>();

/** What a CommonJS file sets on its exports, by name; `module.exports = …` itself is its `default`. */
function commonJsExports(file: CodeFile): ReadonlyMap<string, Expression> {
  const known = commonJs.get(file);
  if (known) return known;
  const found = new Map<string, Expression>();
  commonJs.set(file, found);
  if (!file.text.includes('exports') || !/\bexports\b/.test(file.text)) return found;
  for (const statement of file.ast.statements) {
    const names: string[] = [];
    let value = ts.isExpressionStatement(statement) ? statement.expression : undefined;
    while (value && ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      const [, name = 'default'] = /^(?:module\.)?exports(?:\.(\w+))?$/.exec(value.left.getText()) ?? [, ''];
      if (name) names.push(name);
      value = value.right;
    }
    for (const name of value ? names : []) found.set(name, value as Expression);
  }
  return found;
}

/** The value a literal has under a name, or gets by an assignment to the variable that holds it (`db.users = …`). */
function memberOfLiteral(literal: ts.ObjectLiteralExpression, name: string): Expression | ts.MethodDeclaration | undefined {
  for (const property of literal.properties) {
    if (property.name?.getText().replace(/^['"]|['"]$/g, '') !== name) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
    if (ts.isGetAccessorDeclaration(property)) return onlyAnswer(property);
    return ts.isMethodDeclaration(property) ? property : undefined;
  }
  const { parent } = literal;
  const holder = ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? parent.name.text : undefined;
  const writes = holder === undefined ? [] : (memberWrites(literal.getSourceFile()).get(`${holder}.${name}`) ?? []);
  return writes.length === 1 ? writes[0] : undefined;
}

const memberWritesByFile = new WeakMap<ts.SourceFile, Map<string, Expression[]>>();

/** What is assigned to members of variables at the top of a file, by `variable.member`. */
function memberWrites(ast: ts.SourceFile): ReadonlyMap<string, Expression[]> {
  const known = memberWritesByFile.get(ast);
  if (known) return known;
  const found = new Map<string, Expression[]>();
  memberWritesByFile.set(ast, found);
  for (const statement of ast.statements) {
    const write = ts.isExpressionStatement(statement) ? statement.expression : undefined;
    if (!write || !ts.isBinaryExpression(write) || write.operatorToken.kind !== ts.SyntaxKind.EqualsToken) continue;
    if (!ts.isPropertyAccessExpression(write.left) || !ts.isIdentifier(write.left.expression)) continue;
    const name = `${write.left.expression.text}.${write.left.name.text}`;
    found.set(name, [...(found.get(name) ?? []), write.right]);
  }
  return found;
}

/** What an expression stands for, with the file it is written in. A module of the project is its whole file. */
export interface Definition {
  readonly node: Node;
  readonly file: CodeFile;
}

/** Follows names, members of object literals and imports to what they stand for; undefined where a step cannot be seen. */
export function definitionOf(file: CodeFile, expression: Expression, hops = 2, depth = 0): Definition | undefined {
  if (depth > 24) return undefined;
  const node = unwrap(expression);
  const required = requiredModule(node);
  if (required) return moduleBehind(file, required, hops, depth + 1);
  if (ts.isIdentifier(node)) {
    const declaration = declarationOf(node);
    return declaration && definitionOfDeclaration(file, declaration, hops, depth + 1);
  }
  if (!ts.isPropertyAccessExpression(node)) return { node, file };
  if (node.expression.kind === ts.SyntaxKind.ThisKeyword) return undefined;
  const owner = definitionOf(file, node.expression, hops, depth + 1);
  return owner && memberBehind(owner, node.name.text, hops - (owner.file === file ? 0 : 1), depth + 1);
}

function definitionOfDeclaration(file: CodeFile, node: Node, hops: number, depth: number): Definition | undefined {
  if (ts.isFunctionDeclaration(node) || ts.isClassLike(node)) return { node, file };
  if (ts.isVariableDeclaration(node))
    return node.initializer && !isReassigned(node) ? definitionOf(file, node.initializer, hops, depth + 1) : undefined;
  if (ts.isBindingElement(node)) {
    const key = node.propertyName ?? node.name;
    if (node.dotDotDotToken || !ts.isObjectBindingPattern(node.parent) || !ts.isIdentifier(key)) return undefined;
    const owner = definitionOfDeclaration(file, node.parent.parent, hops, depth + 1);
    return owner && memberBehind(owner, key.text, hops - (owner.file === file ? 0 : 1), depth + 1);
  }
  if (ts.isImportSpecifier(node)) {
    const module = importedModule(node.parent.parent.parent as ts.ImportDeclaration) ?? '';
    return exportBehind(file, module, (node.propertyName ?? node.name).text, hops, depth + 1);
  }
  if (ts.isImportClause(node))
    return exportBehind(file, importedModule(node.parent as ts.ImportDeclaration) ?? '', 'default', hops, depth + 1);
  if (ts.isNamespaceImport(node))
    return moduleBehind(file, importedModule(node.parent.parent as ts.ImportDeclaration) ?? '', hops, depth + 1);
  const module = ts.isImportEqualsDeclaration(node) ? importedModule(node) : undefined;
  return module === undefined ? undefined : moduleBehind(file, module, hops, depth + 1);
}

/** A module of the project: what CommonJS exports as a whole, else its file. */
function moduleBehind(file: CodeFile, module: string, hops: number, depth: number): Definition | undefined {
  const target = hops > 0 ? file.load(module, file.uri) : undefined;
  const whole = target && commonJsExports(target).get('default');
  const found = whole && target && definitionOf(target, whole, hops - 1, depth + 1);
  return found ?? (target && { node: target.ast, file: target });
}

/** What a module of the project exports under a name. */
function exportBehind(file: CodeFile, module: string, name: string, hops: number, depth: number): Definition | undefined {
  const target = hops > 0 ? exporterOf(file.load(module, file.uri), name) : undefined;
  const exported = target && exportOf(target, name);
  if (!target || !exported) return undefined;
  if (ts.isExportSpecifier(exported)) {
    const from = exported.parent.parent.moduleSpecifier;
    const original = (exported.propertyName ?? exported.name).text;
    if (from && ts.isStringLiteralLike(from))
      return depth > 24 ? undefined : exportBehind(target, plainModule(from.text), original, hops, depth + 1);
    const local = declaredAtTop(target.ast, original);
    return local && definitionOfDeclaration(target, local, hops - 1, depth + 1);
  }
  if (ts.isExportAssignment(exported)) return definitionOf(target, exported.expression, hops - 1, depth + 1);
  if (ts.isExpression(exported)) return definitionOf(target, exported, hops - 1, depth + 1);
  if (ts.isMethodDeclaration(exported)) return { node: exported, file: target };
  return definitionOfDeclaration(target, exported, hops - 1, depth + 1);
}

function memberBehind({ node, file }: Definition, name: string, hops: number, depth: number): Definition | undefined {
  if (ts.isSourceFile(node)) {
    const exported = exportOf(file, name);
    if (!exported) return undefined;
    if (ts.isExportAssignment(exported)) return definitionOf(file, exported.expression, hops, depth + 1);
    if (ts.isMethodDeclaration(exported)) return { node: exported, file };
    return ts.isExpression(exported)
      ? definitionOf(file, exported, hops, depth + 1)
      : definitionOfDeclaration(file, exported, hops, depth + 1);
  }
  const owner = ts.isCallExpression(node) ? answeredBy({ node, file }, hops, depth + 1) : { node, file };
  const found = owner && ts.isObjectLiteralExpression(owner.node) ? memberOfLiteral(owner.node, name) : undefined;
  if (!owner || !found) return undefined;
  const left = owner.file === file ? hops : hops - 1;
  return ts.isMethodDeclaration(found) ? { node: found, file: owner.file } : definitionOf(owner.file, found, left, depth + 1);
}

/** What a function of the project answers: the object of `createBus()` that ends with `return { publish, close }`. */
function answeredBy({ node, file }: Definition, hops: number, depth: number): Definition | undefined {
  return ts.isCallExpression(node) ? answerOf(definitionOf(file, node.expression, Math.max(hops, 1), depth + 1)) : undefined;
}

/** The value that a function answers, with the file it is written in. */
function answerOf(maker: Definition | undefined): Definition | undefined {
  const answer = maker && isFunctionNode(maker.node) ? onlyAnswer(maker.node) : undefined;
  return maker && answer && { node: unwrap(answer), file: maker.file };
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
      node.type && saysType(node) ? originOfType(file, node.type, hops, depth) : originOfArgument(file, node, hops, depth);
    return given ?? (node.initializer && standIn(file, node.initializer, hops, depth + 1));
  }
  if (ts.isClassLike(node)) {
    // A base class is often another's in turn, each in a file of its own.
    const base = baseOf(node);
    return base && origin(file, base, Math.max(hops, 1), depth + 1);
  }
  return undefined;
}

/** Is a declaration given a type that says what it is? `req: any` is no better than `req`. */
export function saysType({ type }: { readonly type?: ts.TypeNode }): boolean {
  return type !== undefined && type.kind !== ts.SyntaxKind.AnyKeyword && type.kind !== ts.SyntaxKind.UnknownKeyword;
}

/** What a class extends: `class Database extends PrismaClient` reads as what it builds on. */
export function baseOf(node: ts.ClassLikeDeclaration): Expression | undefined {
  return node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression;
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
      const callee = origin(file, parent.expression, hops, depth + 1);
      if (callee?.endsWith('.then')) return members === '' && index === 0 ? callee.slice(0, -'.then'.length) : undefined;
      if (callee !== undefined) return `${callee}=>${members}${index}`;
      const given = members === '' ? handedBack(file, parent, node, index, hops, depth) : undefined;
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
  const run = descendants(found.node.body).find(
    (node): node is ts.CallExpression =>
      ts.isCallExpression(node) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === text &&
      declarationOf(node.expression) === parameter,
  );
  const given = run?.arguments[index];
  const left = found.file === file ? hops : hops - 1;
  const from = given && origin(found.file, given, left, depth + 1);
  // What it is given may not be seen, but be said: `work: (client: PoolClient) => Promise<T>`.
  const { type } = parameter;
  const said = type && ts.isFunctionTypeNode(type) ? type.parameters[index]?.type : undefined;
  return from ?? (run && said && originOfType(found.file, said, left, depth + 1));
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

/** A type as somebody wrote it, and the file it stands in. */
export interface Written {
  readonly type: ts.TypeNode;
  readonly file: CodeFile;
}

function originOfWritten(from: CodeFile, found: Written | undefined, hops: number, depth: number): string | undefined {
  return found && originOfType(found.file, found.type, found.file === from ? hops : hops - 1, depth + 1);
}

/**
 * The type that is written for a member of a value, `deps.pool` or a name taken out of it, in this file or in the one that the type of
 * its owner is imported from.
 */
export function memberTypeOf(file: CodeFile, value: Expression): Written | undefined {
  return writtenType(file, value, true);
}

/** The declaration that a type's name means, in its file or in the one it is imported from. */
export function declarationOfType({ type, file }: Written): { readonly node: ts.Statement; readonly file: CodeFile } | undefined {
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) ? typeNamed(file, type.typeName, true) : undefined;
}

/** `all`: also of members that no package's value is likely to be in. */
function writtenType(file: CodeFile, value: Expression, all = false): Written | undefined {
  const node = unwrap(value);
  if (ts.isPropertyAccessExpression(node)) {
    const owner = writtenType(file, node.expression, all);
    return owner && memberType(owner, node.name.text, all);
  }
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  return declaration && declaredType(file, declaration, all);
}

function declaredType(file: CodeFile, declaration: Node, all = false): Written | undefined {
  if (ts.isBindingElement(declaration)) {
    const key = declaration.propertyName ?? declaration.name;
    const isMember = !declaration.dotDotDotToken && ts.isObjectBindingPattern(declaration.parent) && ts.isIdentifier(key);
    const owner = isMember ? declaredType(file, declaration.parent.parent, all) : undefined;
    return owner && memberType(owner, (key as ts.Identifier).text, all);
  }
  if (!ts.isParameter(declaration) && !ts.isVariableDeclaration(declaration)) return undefined;
  const type = declaration.type ?? (ts.isParameter(declaration) ? contextOfResolver(declaration) : undefined);
  const list = type || !all ? undefined : listOf(declaration);
  if (list) return elementTypeOf(writtenType(file, list, all));
  if (type || !all || ts.isParameter(declaration) || !declaration.initializer || isReassigned(declaration))
    return type && { type, file };
  const made = partOf(declaration.initializer);
  return ts.isIdentifier(made) || ts.isPropertyAccessExpression(made) ? writtenType(file, made, all) : undefined;
}

/** A list of which only a part is taken: `list` of `list.filter(…)`. */
function partOf(value: Expression): Expression {
  const node = unwrap(value);
  const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
  const isPart = callee && ts.isPropertyAccessExpression(callee) && /^(?:filter|slice|sort|reverse)$/.test(callee.name.text);
  return isPart ? partOf(callee.expression) : node;
}

/** The list whose elements a variable of a loop, or the first parameter of a callback, is one after the other. */
function listOf(declaration: ts.ParameterDeclaration | ts.VariableDeclaration): Expression | undefined {
  const { parent } = declaration;
  if (!ts.isParameter(declaration)) return ts.isForOfStatement(parent.parent) ? parent.parent.expression : undefined;
  const call = (parent as FunctionNode).parameters[0] === declaration ? parent.parent : undefined;
  const callee = call && ts.isCallExpression(call) ? unwrap(call.expression) : undefined;
  const isEach = callee && ts.isPropertyAccessExpression(callee) && /^(?:map|forEach|flatMap|filter)$/.test(callee.name.text);
  return isEach ? callee.expression : undefined;
}

/** What a list holds: `T` of `T[]` and of `Array<T>`. */
export function elementTypeOf(list: Written | undefined): Written | undefined {
  if (!list) return undefined;
  const { type, file } = list;
  if (ts.isArrayTypeNode(type)) return { type: type.elementType, file };
  const [given] =
    ts.isTypeReferenceNode(type) && /^(?:Readonly)?Array$/.test(type.typeName.getText()) ? (type.typeArguments ?? []) : [];
  return given && { type: given, file };
}

/** The context of a GraphQL resolver, the third that it is given, where its map is annotated: `const resolvers: Resolvers<Context>`. */
function contextOfResolver({ parent: resolver }: ts.ParameterDeclaration): ts.TypeNode | undefined {
  let node: Node = resolver.parent;
  while (ts.isPropertyAssignment(node) || ts.isObjectLiteralExpression(node)) node = node.parent;
  const type = ts.isVariableDeclaration(node) ? node.type : undefined;
  if (!type || !ts.isTypeReferenceNode(type) || !/Resolvers$/.test(type.typeName.getText())) return undefined;
  return type.typeArguments?.[type.typeName.getText() === 'IResolvers' ? 1 : 0];
}

/** The type of a member of a type that is written out, in its file or in the one it is imported from. */
function memberType({ type, file }: Written, name: string, all: boolean): Written | undefined {
  if (ts.isTypeLiteralNode(type)) return memberOf(type.members, name, file);
  if (ts.isIntersectionTypeNode(type)) {
    for (const part of type.types) {
      const found = memberType({ type: part, file }, name, all);
      if (found) return found;
    }
  }
  if (!ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return undefined;
  return memberOfNamed(file, type.typeName, name, all);
}

function memberOfNamed(file: CodeFile, owner: ts.Identifier, name: string, all: boolean, depth = 0): Written | undefined {
  const found = typeNamed(file, owner, all || givers.test(name));
  if (!found) return undefined;
  const { node } = found;
  if (ts.isInterfaceDeclaration(node)) return memberOf(node.members, name, found.file);
  if (ts.isTypeAliasDeclaration(node))
    return isNamed(node.type, node.name.text) ? undefined : memberType({ type: node.type, file: found.file }, name, all);
  return all && ts.isClassDeclaration(node) ? memberOfClass(found.file, node, name, depth) : undefined;
}

/** The interface, alias, class or enum of a name; in other files only where `elsewhere`. */
function typeNamed(
  file: CodeFile,
  owner: ts.Identifier,
  elsewhere: boolean,
): { readonly node: ts.Statement; readonly file: CodeFile } | undefined {
  const imported = declarationOf(owner);
  const module =
    imported && ts.isImportSpecifier(imported)
      ? importedModule(imported.parent.parent.parent as ts.ImportDeclaration)
      : undefined;
  // The types of other files are looked at only for what comes from a package.
  const home = module === undefined ? file : elsewhere ? file.load(module, file.uri) : undefined;
  const wanted = imported && ts.isImportSpecifier(imported) ? (imported.propertyName ?? imported.name).text : owner.text;
  const target = exporterOf(home, wanted);
  const node = target?.ast.statements.find(
    (each) =>
      (ts.isInterfaceDeclaration(each) ||
        ts.isTypeAliasDeclaration(each) ||
        ts.isClassDeclaration(each) ||
        ts.isEnumDeclaration(each)) &&
      each.name?.text === wanted,
  );
  return target && node && { node, file: target };
}

function isNamed(type: ts.TypeNode, name: string): boolean {
  return ts.isTypeReferenceNode(type) && type.typeName.getText() === name;
}

/** The type of a property of a class, or of one of those it is made of: `extends Base`, `extends IntersectionType(Page, Filter)`. */
function memberOfClass(file: CodeFile, owner: ts.ClassLikeDeclaration, name: string, depth: number): Written | undefined {
  for (const part of owner.members)
    if (ts.isPropertyDeclaration(part) && part.name.getText() === name) return part.type && { type: part.type, file };
  const base = depth < 3 ? baseOf(owner) : undefined;
  const parts = !base ? [] : ts.isIdentifier(base) ? [base] : ts.isCallExpression(base) ? base.arguments : [];
  for (const part of parts) {
    const found = ts.isIdentifier(part) ? memberOfNamed(file, part, name, true, depth + 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

function memberOf(members: readonly ts.TypeElement[], name: string, file: CodeFile): Written | undefined {
  const found = members.find((each) => each.name?.getText() === name);
  return found && ts.isPropertySignature(found) && found.type ? { type: found.type, file } : undefined;
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

/** What a field of the class around it holds wherever it is read: it is set once, or a getter answers with it. */
export function valueOfField(node: ts.PropertyAccessExpression): Expression | undefined {
  const owner = node.expression.kind === ts.SyntaxKind.ThisKeyword ? classAround(node) : undefined;
  const part = owner?.members.find(({ name }) => name?.getText() === node.name.text);
  if (!owner || !part) return undefined;
  if (ts.isGetAccessorDeclaration(part)) return onlyAnswer(part);
  if (!ts.isPropertyDeclaration(part)) return undefined;
  const [only, another] = [...(part.initializer ? [part.initializer] : []), ...(fieldWrites(owner).get(node.name.text) ?? [])];
  return another ? undefined : only;
}

/** The class of the project that another one extends. */
function baseClass(file: CodeFile, owner: ts.ClassLikeDeclaration, hops = 2): ClassOfProject | undefined {
  const base = hops > 0 ? baseOf(owner) : undefined;
  const found = base && definitionOf(file, base, hops);
  return found && ts.isClassLike(found.node) ? { node: found.node, file: found.file } : undefined;
}

const writesByClass = new WeakMap<Node, Map<string, Expression[]>>();

/** What the class assigns to its own fields (`this.x = …`, of static ones `Class.x = …`), by name; emptying one is left out. */
function fieldWrites(owner: ts.ClassLikeDeclaration): ReadonlyMap<string, Expression[]> {
  const known = writesByClass.get(owner);
  if (known) return known;
  const found = new Map<string, Expression[]>();
  for (const { left, right, pos, end } of assigning(owner.getSourceFile())) {
    const isField =
      ts.isPropertyAccessExpression(left) &&
      pos >= owner.pos &&
      end <= owner.end &&
      (left.expression.kind === ts.SyntaxKind.ThisKeyword ||
        (owner.name !== undefined && left.expression.getText() === owner.name.text));
    if (isField && !isNothing(right)) found.set(left.name.text, [...(found.get(left.name.text) ?? []), right]);
  }
  writesByClass.set(owner, found);
  return found;
}

/** Values assigned to a variable after its declaration, in its file. */
export function writesTo(declaration: Node & { name: ts.Node }): Expression[] {
  if (!ts.isIdentifier(declaration.name)) return [];
  const name = declaration.name.text;
  return (assignments(declaration.getSourceFile()).get(name) ?? [])
    .filter((assignment) => declarationOf(assignment.left as ts.Identifier) === declaration)
    .map((assignment) => assignment.right);
}

/** `let client = new Client(); … client = new Client();`: whatever is written later is made by the same class. */
function isMadeAnew(declaration: ts.VariableDeclaration): boolean {
  const maker = declaration.initializer && makerOf(declaration.initializer);
  return maker !== undefined && writesTo(declaration).every((write) => isNothing(write) || makerOf(write) === maker);
}

/** What follows `new`, as it is written. */
function makerOf(expression: Expression): string | undefined {
  const node = unwrap(expression);
  return ts.isNewExpression(node) ? node.expression.getText() : undefined;
}

function isReassigned(declaration: ts.VariableDeclaration): boolean {
  return !isConstant(declaration) && writesTo(declaration).length > 0;
}

function assigning(ast: ts.SourceFile): readonly ts.BinaryExpression[] {
  return (listings.get(ast)?.binaries ?? descendants(ast)).filter(isAssignment);
}

/** `a = b`, `a += b`, `a ??= b`. */
export function isAssignment(node: Node): node is ts.BinaryExpression {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

const assignmentsByFile = new WeakMap<ts.SourceFile, Map<string, ts.BinaryExpression[]>>();

function assignments(ast: ts.SourceFile): Map<string, ts.BinaryExpression[]> {
  const known = assignmentsByFile.get(ast);
  if (known) return known;
  const found = new Map<string, ts.BinaryExpression[]>();
  for (const node of assigning(ast)) {
    if (!ts.isIdentifier(node.left)) continue;
    found.set(node.left.text, [...(found.get(node.left.text) ?? []), node]);
  }
  assignmentsByFile.set(ast, found);
  return found;
}

/** The expression a constant stands for: through names that are assigned once. Itself where there is nothing to follow. */
export function valueOf(expression: Expression): Expression {
  let node = unwrap(expression);
  for (let steps = 0; steps < 16 && ts.isIdentifier(node); steps++) {
    const declaration = declarationOf(node);
    if (!declaration || !ts.isVariableDeclaration(declaration)) break;
    const writes = writesTo(declaration);
    const value =
      declaration.initializer && writes.length === 0
        ? declaration.initializer
        : writes.length === 1 && !declaration.initializer
          ? writes[0]
          : undefined;
    if (!value) break;
    node = unwrap(value);
  }
  return node;
}

/** The text of an expression that is constant: literals, templates without holes, sums of such, constants. */
export function constantText(expression: Expression): string | undefined {
  return textWithin(expression, new Set());
}

/** `around`: what the expression is a part of; a name that is made of itself (`path = `/${path}``) is no constant. */
function textWithin(expression: Expression, around: Set<Node>): string | undefined {
  const node = valueOf(expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return node.text;
  if (around.has(node)) return undefined;
  around.add(node);
  const text = ts.isTemplateExpression(node) ? textOfTemplate(node, around) : textOfSum(node, around);
  around.delete(node);
  return text;
}

function textOfSum(node: Expression, around: Set<Node>): string | undefined {
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const left = textWithin(node.left, around);
  const right = left === undefined ? undefined : textWithin(node.right, around);
  return left === undefined || right === undefined ? undefined : left + right;
}

function textOfTemplate(node: ts.TemplateExpression, around: Set<Node>): string | undefined {
  let text = node.head.text;
  for (const span of node.templateSpans) {
    const part = textWithin(span.expression, around);
    if (part === undefined) return undefined;
    text += part + span.literal.text;
  }
  return text;
}

/** Everything a value is made of, going backwards through constants, templates, sums, conversions, spreads and method chains. */
export function* sources(expression: Expression, seen = new Set<Node>()): Iterable<Expression> {
  const node = valueOf(expression);
  if (seen.has(node)) return;
  seen.add(node);
  yield node;
  const parts: Expression[] = [];
  if (ts.isTemplateExpression(node)) parts.push(...node.templateSpans.map((span) => span.expression));
  else if (ts.isBinaryExpression(node)) parts.push(node.left, node.right);
  else if (ts.isConditionalExpression(node)) parts.push(node.whenTrue, node.whenFalse);
  else if (ts.isCallExpression(node)) {
    parts.push(...node.arguments.filter((argument) => !ts.isFunctionLike(argument)));
    if (ts.isPropertyAccessExpression(node.expression)) parts.push(node.expression.expression);
  } else if (ts.isNewExpression(node)) parts.push(...(node.arguments ?? []));
  else if (ts.isArrayLiteralExpression(node))
    parts.push(...node.elements.filter(ts.isSpreadElement).map(({ expression: spread }) => spread));
  for (const part of parts) yield* sources(part, seen);
}

/** The properties of an object literal by name; undefined when it cannot be seen whole (spread, computed keys). */
export function propertiesOf(expression: Expression | undefined): Map<string, ts.ObjectLiteralElementLike> | undefined {
  if (!expression) return undefined;
  const node = valueOf(expression);
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const found = new Map<string, ts.ObjectLiteralElementLike>();
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) return undefined;
    const { name } = property;
    if (!name || ts.isComputedPropertyName(name)) return undefined;
    found.set(name.getText().replace(/^['"]|['"]$/g, ''), property);
  }
  return found;
}

/** The function a call runs, when it is written in this file or one import away, with the file it is in. */
export function calleeOf(file: CodeFile, call: ts.CallExpression): { node: FunctionNode; file: CodeFile } | undefined {
  const callee = unwrap(call.expression);
  return ts.isIdentifier(callee) || ts.isPropertyAccessExpression(callee) ? functionBehind(file, callee) : undefined;
}

/**
 * The method a call runs, when its class is written in this file or one import away: `this.x()`, and `x.y()` where `x`
 * is annotated with the class, or with an interface that has its class beside it, or made by `new`, also by another file that
 * exports it, or handed out by a function (`X.getInstance().y()`); `X.y()` of a class itself; also one that the class has from
 * another that it extends.
 */
export function methodOf(file: CodeFile, call: ts.CallExpression, depth = 0): { node: FunctionNode; file: CodeFile } | undefined {
  const found = classMember(file, call.expression, depth);
  return found && ts.isMethodDeclaration(found.node) && found.node.body ? { node: found.node, file: found.file } : undefined;
}

/**
 * The method of a class, or the function that a field of one holds, which is handed on by its name: `controller.login`, `this.login`, also
 * bound to what it is of (`controller.login.bind(controller)`). Classes are found as for `methodOf`.
 */
export function methodNamed(file: CodeFile, expression: Expression): { node: FunctionNode; file: CodeFile } | undefined {
  const node = unwrap(expression);
  const isBound =
    ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'bind';
  const found = classMember(file, isBound ? node.expression.expression : node, 0);
  if (!found) return undefined;
  const held = ts.isPropertyDeclaration(found.node) ? found.node.initializer && unwrap(found.node.initializer) : found.node;
  return held && isFunctionNode(held) && held.body ? { node: held, file: found.file } : undefined;
}

/** The member of a class of the project that `x.y` names, also one that the class has from another that it extends. */
function classMember(
  file: CodeFile,
  expression: Expression,
  depth: number,
): { node: ts.ClassElement; file: CodeFile } | undefined {
  const member = unwrap(expression);
  if (!ts.isPropertyAccessExpression(member)) return undefined;
  let owner = classOf(file, member.expression, depth);
  for (let steps = 0; owner && steps < 3; steps++) {
    const node = owner.node.members.find((part) => part.name?.getText() === member.name.text);
    if (node) return { node, file: owner.file };
    owner = baseClass(owner.file, owner.node);
  }
  return undefined;
}

/** The function that a call or `new` of this file runs: as `calleeOf`, or the constructor of a class, also by `super(…)`. */
export function runBy(
  file: CodeFile,
  call: ts.CallExpression | ts.NewExpression,
): { node: FunctionNode; file: CodeFile } | undefined {
  const isSuper = call.expression.kind === ts.SyntaxKind.SuperKeyword;
  if (ts.isCallExpression(call) && !isSuper) return calleeOf(file, call);
  const own = isSuper ? classAround(call) : undefined;
  let owner = own ? baseClass(file, own) : ts.isIdentifier(call.expression) ? classNamed(file, call.expression) : undefined;
  for (let steps = 0; owner && steps < 3; steps++) {
    const node = owner.node.members.find(ts.isConstructorDeclaration);
    if (node?.body) return { node, file: owner.file };
    owner = baseClass(owner.file, owner.node);
  }
  return undefined;
}

interface ClassOfProject {
  readonly node: ts.ClassLikeDeclaration;
  readonly file: CodeFile;
}

/** The class of the project that a value is an instance of, or that it names: members of both are looked up there. */
function classOf(file: CodeFile, value: Expression, depth = 0): ClassOfProject | undefined {
  if (depth > 4) return undefined;
  const node = valueOf(value);
  if (node.kind === ts.SyntaxKind.ThisKeyword) {
    const own = classAround(node);
    return own && { node: own, file };
  }
  if (ts.isNewExpression(node)) {
    if (node.expression.kind === ts.SyntaxKind.ThisKeyword) return classOf(file, node.expression, depth + 1);
    return ts.isIdentifier(node.expression) ? classNamed(file, node.expression) : undefined;
  }
  if (ts.isCallExpression(node)) return isGiver(node) ? classOfAnswer(file, node, depth + 1) : undefined;
  // `Service.instance ??= new Service()`
  if (ts.isBinaryExpression(node))
    return /^(?:\|\||\?\?)?=?$/.test(node.operatorToken.getText()) ? classOf(file, node.right, depth + 1) : undefined;
  if (ts.isPropertyAccessExpression(node)) {
    const owner = classOf(file, node.expression, depth + 1);
    return owner && classOfField(owner, node.name.text, depth + 1);
  }
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration) return undefined;
  if (ts.isClassLike(declaration)) return { node: declaration, file };
  if (ts.isImportSpecifier(declaration) || ts.isImportClause(declaration)) {
    // `export const broker = new Broker()` of another file.
    const made = definitionOf(file, node);
    if (!made || made.file === file) return undefined;
    if (ts.isClassLike(made.node)) return { node: made.node, file: made.file };
    return ts.isNewExpression(made.node) || ts.isCallExpression(made.node) ? classOf(made.file, made.node, depth + 1) : undefined;
  }
  return ts.isParameter(declaration) || ts.isVariableDeclaration(declaration)
    ? classOfDeclared(file, declaration, depth)
    : undefined;
}

function classOfDeclared(
  file: CodeFile,
  { type, initializer }: ts.ParameterDeclaration | ts.PropertyDeclaration | ts.VariableDeclaration,
  depth: number,
): ClassOfProject | undefined {
  if (type) return classOfType(file, type);
  return initializer && ts.isNewExpression(initializer) ? classOf(file, initializer, depth + 1) : undefined;
}

function classOfType(file: CodeFile, type: ts.TypeNode): ClassOfProject | undefined {
  if (ts.isUnionTypeNode(type)) {
    const [only, ...others] = type.types.filter((part) => !/^(?:null|undefined)$/.test(part.getText()));
    return only && others.length === 0 ? classOfType(file, only) : undefined;
  }
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) ? classNamed(file, type.typeName) : undefined;
}

/** The class of a field: by its annotation, by what it begins with, or by what alone the class assigns to it. */
function classOfField({ node, file }: ClassOfProject, name: string, depth: number): ClassOfProject | undefined {
  const field = fieldOf(node, name);
  const found = field && classOfDeclared(file, field, depth);
  if (field?.type && (!found || isAbstract(found.node))) return injected(file, field) ?? found;
  if (found || field?.type) return found;
  const [only, ...others] = fieldWrites(node).get(name) ?? [];
  return only && others.length === 0 && ts.isNewExpression(unwrap(only)) ? classOf(file, only, depth + 1) : undefined;
}

function isAbstract({ modifiers }: ts.ClassLikeDeclaration): boolean {
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword) === true;
}

const injectedByFile = new WeakMap<CodeFile, Map<Node, ClassOfProject | undefined>>();

/**
 * The class that Nest gives a field whose type is an interface or an abstract class: what a module of the folders above provides for
 * its token, `{ provide: 'Orders', useClass: PostgresOrders }`.
 */
function injected(file: CodeFile, field: ts.PropertyDeclaration | ts.ParameterDeclaration): ClassOfProject | undefined {
  if (!file.modules.has('@nestjs/common')) return undefined;
  // By the file's model, not by its tree: another file may come to provide another class.
  let known = injectedByFile.get(file);
  if (!known) injectedByFile.set(file, (known = new Map()));
  if (!known.has(field)) known.set(field, provided(file, field));
  return known.get(field);
}

function provided(file: CodeFile, field: ts.PropertyDeclaration | ts.ParameterDeclaration): ClassOfProject | undefined {
  const inject = (ts.canHaveDecorators(field) ? (ts.getDecorators(field) ?? []) : [])
    .map(({ expression }) => expression)
    .find((each): each is ts.CallExpression => ts.isCallExpression(each) && each.expression.getText() === 'Inject');
  const named = field.type && ts.isTypeReferenceNode(field.type) ? field.type.typeName : undefined;
  const token = inject ? inject.arguments[0] : named && ts.isIdentifier(named) ? named : undefined;
  const given = token && providedFor(file, tokenOf(file, token));
  // `@Inject(Orders) orders: OrdersPort`: a class is its own token.
  const own = !given && inject && token && ts.isIdentifier(token) ? classNamed(file, token) : undefined;
  return given ?? (own && !isAbstract(own.node) ? own : undefined);
}

/** What a module provides for a token: a class, what a function makes, or what it provides for another token. */
function providedFor(file: CodeFile, wanted: string, hops = 2): ClassOfProject | undefined {
  for (const module of modulesFor(file)) {
    const members = providersOf(module).get(wanted);
    if (!members) continue;
    const other = initializerOf(members.get('useExisting'));
    const given = initializerOf(members.get('useClass')) ?? other ?? initializerOf(members.get('useValue'));
    const factory = initializerOf(members.get('useFactory'));
    const value = factory && (ts.isArrowFunction(factory) || ts.isFunctionExpression(factory)) ? onlyAnswer(factory) : given;
    const made = value && classOf(module, value);
    return made ?? (other && hops > 0 ? providedFor(file, tokenOf(module, other), hops - 1) : undefined);
  }
  return undefined;
}

type Members = ReadonlyMap<string, ts.ObjectLiteralElementLike>;

const providersByModule = new WeakMap<CodeFile, ReadonlyMap<string, Members>>();

/** What a file provides by tokens: the members of `{ provide: …, useClass: … }`. */
function providersOf(module: CodeFile): ReadonlyMap<string, Members> {
  const known = providersByModule.get(module);
  if (known) return known;
  const found = new Map<string, Members>();
  for (const literal of /\bprovide\b/.test(module.text) ? module.nodes(ts.SyntaxKind.ObjectLiteralExpression) : []) {
    const provide = propertyIn(literal, 'provide');
    const members = provide && propertiesOf(literal);
    if (provide && members) found.set(tokenOf(module, provide), members);
  }
  providersByModule.set(module, found);
  return found;
}

function initializerOf(member: ts.ObjectLiteralElementLike | undefined): Expression | undefined {
  return member && ts.isPropertyAssignment(member) ? unwrap(member.initializer) : undefined;
}

/** What tells a token from others: its text, or where it is declared. */
function tokenOf(file: CodeFile, token: Expression): string {
  const text = constantText(token);
  if (text !== undefined) return text;
  const found = definitionOf(file, token);
  if (!found) return token.getText();
  return (ts.isExpression(found.node) ? constantText(found.node) : undefined) ?? `${found.file.uri} ${found.node.pos}`;
}

/** How many folders up modules are looked for. */
const maxAbove = 8;

/** The files of Nest's modules that may provide something to a file: those of the folders above, the nearest first, and what they import. */
function* modulesFor(file: CodeFile): Iterable<CodeFile> {
  const above: CodeFile[] = [];
  for (let up = 0, folder = '.'; up < maxAbove; up++, folder += '/..') {
    const names = file.list(folder);
    for (const name of names.filter((each) => /\.(?:module|providers?)\.[cm]?[jt]s$/.test(each))) {
      const module = file.load(`${folder}/${name.replace(/\.[cm]?[jt]s$/, '')}`, file.uri);
      if (module) above.push(module);
    }
    if (names.includes('package.json')) break;
  }
  yield* above;
  for (const module of above) {
    for (const name of module.modules) {
      const imported = /\bmodule$/i.test(name) ? module.load(name, module.uri) : undefined;
      if (imported && !above.includes(imported)) yield imported;
    }
  }
}

/** The class of what a function of the project answers: `Service.getInstance()`. */
function classOfAnswer(file: CodeFile, call: ts.CallExpression, depth: number): ClassOfProject | undefined {
  const found = definitionOf(file, call.expression) ?? methodOf(file, call, depth);
  if (!found || !isFunctionNode(found.node)) return undefined;
  const type = answerType(found.node);
  const answer = type ? undefined : onlyAnswer(found.node);
  return type ? classOfType(found.file, type) : answer && classOf(found.file, answer, depth + 1);
}

/** The class that a node stands in, or is. */
export function classAround(node: Node): ts.ClassLikeDeclaration | undefined {
  let owner: Node | undefined = node;
  while (owner && !ts.isClassLike(owner)) owner = owner.parent;
  return owner;
}

/** The property, or the constructor's parameter, that a field of a class is declared by. */
function fieldOf(owner: ts.ClassLikeDeclaration, name: string): ts.PropertyDeclaration | ts.ParameterDeclaration | undefined {
  for (const part of owner.members) {
    if (ts.isPropertyDeclaration(part) && part.name.getText() === name) return part;
    const parameter = ts.isConstructorDeclaration(part)
      ? part.parameters.find((each) => ts.getModifiers(each)?.length && each.name.getText() === name)
      : undefined;
    if (parameter) return parameter;
  }
  return undefined;
}

function classNamed(file: CodeFile, name: ts.Identifier): ClassOfProject | undefined {
  const found = definitionOf(file, name);
  if (!found) return implementerOf(file, name);
  return ts.isClassLike(found.node) ? { node: found.node, file: found.file } : undefined;
}

/** The class that implements an interface, where the file that declares the interface has one that does. */
function implementerOf(file: CodeFile, name: ts.Identifier): { node: ts.ClassDeclaration; file: CodeFile } | undefined {
  const declaration = declarationOf(name);
  if (declaration && !ts.isImportSpecifier(declaration)) return undefined;
  const wanted = declaration ? (declaration.propertyName ?? declaration.name).text : name.text;
  const module = declaration && importedModule(declaration.parent.parent.parent as ts.ImportDeclaration);
  const target = module === undefined ? file : exporterOf(file.load(module, file.uri), wanted);
  if (!target || !/\bimplements\b/.test(target.text)) return undefined;
  const [only, another] = target.ast.statements.filter(
    (statement): statement is ts.ClassDeclaration =>
      ts.isClassDeclaration(statement) &&
      (statement.heritageClauses ?? []).some(
        ({ token, types }) =>
          token === ts.SyntaxKind.ImplementsKeyword && types.some(({ expression }) => expression.getText() === wanted),
      ),
  );
  return only && !another ? { node: only, file: target } : undefined;
}

/** The function an expression stands for: written there, or under its name or member in this file or an import away. */
export function functionBehind(file: CodeFile, expression: Expression): { node: FunctionNode; file: CodeFile } | undefined {
  const found = definitionOf(file, expression);
  return found && isFunctionNode(found.node) ? { node: found.node, file: found.file } : undefined;
}

function isFunctionNode(node: Node): node is FunctionNode {
  return (
    ts.isFunctionDeclaration(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node) || ts.isMethodDeclaration(node)
  );
}

/** The white space a line begins with. */
export function indentAt(file: CodeFile, offset: number): string {
  const start = file.text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(file.text.slice(start, offset))?.[0] ?? '';
}

/** The statement around a node. */
export function statementOf(node: Node): ts.Statement | undefined {
  let outer: Node | undefined = node;
  while (outer && !ts.isStatement(outer)) outer = outer.parent;
  return outer as ts.Statement | undefined;
}
