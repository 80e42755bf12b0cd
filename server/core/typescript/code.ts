/**
 * A TypeScript or JavaScript file: its text, its tree, and the lists of what is in it that rules ask for. Syntax only, no type checker.
 * What its names mean is beside it: `scopes.ts`, `constants.ts`, `definitions.ts`, `classes.ts`, `written-types.ts`,
 * and where values come from in `origins.ts`.
 */
import ts from 'ts6';
import type { Span } from '../finding.ts';
import { groupBy } from '../group.ts';
import { resolveUri } from '../uri.ts';
import { packageNamed as packageAtNpm, strip as unwrap } from './plain.ts';
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

export const listings = new WeakMap<ts.SourceFile, Listing>();

/** A model of the same text: it shares the tree, and nothing that was remembered of what lies in other files. */
export function sameText(before: CodeFile, load: LoadCode): CodeFile {
  return Object.create(before, { load: { value: load, enumerable: true } });
}

function scriptKind(uri: string): ts.ScriptKind {
  if (/\.tsx$/i.test(uri)) return ts.ScriptKind.TSX;
  if (/\.[cm]?ts$/i.test(uri)) return ts.ScriptKind.TS;
  return ts.ScriptKind.JSX;
}

export function importedModule(node: ts.ImportDeclaration | ts.ImportEqualsDeclaration): string | undefined {
  const specifier = ts.isImportDeclaration(node)
    ? node.moduleSpecifier
    : ts.isExternalModuleReference(node.moduleReference)
      ? node.moduleReference.expression
      : undefined;
  return specifier && ts.isStringLiteralLike(specifier) ? plainModule(specifier.text) : undefined;
}

export function requiredModule(node: ts.Node): string | undefined {
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

/** `a = b`, `a += b`, `a ??= b`. */
export function isAssignment(node: Node): node is ts.BinaryExpression {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

export function isFunctionNode(node: Node): node is FunctionNode {
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
