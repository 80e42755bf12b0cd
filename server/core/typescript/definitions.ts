/** What a name stands for: the function, class or object of the project behind it, through imports, exports and barrels. */
import {
  type CodeFile,
  type Expression,
  importedModule,
  isFunctionNode,
  type Node,
  plainModule,
  requiredModule,
  ts,
  unwrap,
} from './code.ts';
import { isReassigned, onlyAnswer } from './constants.ts';
import { declarationOf, declaredAtTop } from './scopes.ts';

const declared = new WeakMap<CodeFile, ReadonlySet<string>>();
const declaration =
  /\bexport (?:(?:(?:async )?function|interface|type|enum|const enum|(?:abstract )?class) ([\w$]+)(?![\w$])(?!\s*(?:<[^{]*>\s*)?extends\b)|const ([\w$]+) = (?:async [(<]|\([^()]*\)(?:\s*:[^=;]*)?\s*=>))/g;

/** Does a file export a function, a type or a class of its own under this name, as far as its text tells? They come from nowhere. */
export function isDeclared(file: CodeFile, name: string): boolean {
  let names = declared.get(file);
  if (!names)
    declared.set(file, (names = new Set([...file.text.matchAll(declaration)].map((match) => match[1] ?? match[2] ?? ''))));
  return names.has(name);
}

/** Files that hand out what others export: `export * from './errors'`. Steps through them lead nowhere else, and are not counted. */
const mostBarrels = 4;
/** A file that hands out more than these is not searched. */
const mostStars = 120;
const stars = new WeakMap<CodeFile, readonly string[]>();
const exporters = new WeakMap<CodeFile, Map<string, CodeFile | undefined>>();

/** The file that exports a name itself, behind `export *`; the file that was asked where none does. */
export function exporterOf(file: CodeFile | undefined, name: string): CodeFile | undefined {
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

/** What stands before a name that is declared. */
const declaring = /\b(?:const|let|var|class|function\s*\*?)\s*$/;

/** May a file export a value under a name, as far as its text tells? Most of those that mention one only use it, and need no tree. */
function mayExport({ text }: CodeFile, name: string): boolean {
  if (name === '' || name === 'default' || text.includes('exports')) return true;
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const before = text.slice(Math.max(0, at - 20), at);
    const behind = text.slice(at + name.length, at + name.length + 20);
    // `export const one = 1, other = 2`
    if (declaring.test(before) || (/,\s*$/.test(before) && /^\s*[=:!]/.test(behind))) return true;
  }
  return [...text.matchAll(/\bexport\s*(?:(?:type\s*)?\{[^}]*\}|\*\s*as\s+[\w$]+)/g)].some(([list]) => list.includes(name));
}

function findExport(file: CodeFile, name: string): Node | undefined {
  if (!mayExport(file, name)) return undefined;
  for (const statement of file.ast.statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      const specifier = statement.exportClause.elements.find((element) => element.name.text === name);
      if (specifier) return specifier;
    }
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamespaceExport(statement.exportClause)) {
      if (statement.exportClause.name.text === name) return statement.exportClause;
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
export function commonJsExports(file: CodeFile): ReadonlyMap<string, Expression> {
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
export function memberOfLiteral(
  literal: ts.ObjectLiteralExpression,
  name: string,
): Expression | ts.MethodDeclaration | undefined {
  for (const property of literal.properties) {
    if (property.name?.getText().replace(/^['"]|['"]$/g, '') !== name) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
    if (ts.isGetAccessorDeclaration(property)) return onlyAnswer(property);
    return ts.isMethodDeclaration(property) ? property : undefined;
  }
  return assignedMember(literal, name);
}

/** What is assigned once to a member of a variable's object, or of a function: `Order.create = (order, done) => …` of `const Order = function (order) { … }`. */
function assignedMember(node: Node, name: string): Expression | undefined {
  const { parent } = node;
  const holder =
    ts.isFunctionDeclaration(node) && node.parent === node.getSourceFile()
      ? node.name
      : ts.isVariableDeclaration(parent) && parent.initializer === node
        ? parent.name
        : undefined;
  const writes = holder && ts.isIdentifier(holder) ? memberWrites(node.getSourceFile()).get(`${holder.text}.${name}`) : undefined;
  return writes?.length === 1 ? writes[0] : undefined;
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

/** The file of `./orders` in `export * as Orders from './orders'`, which leads nowhere else. */
export function namespaceOf(file: CodeFile, exported: Node): CodeFile | undefined {
  const from = ts.isNamespaceExport(exported) ? exported.parent.moduleSpecifier : undefined;
  return from && ts.isStringLiteralLike(from) ? file.load(plainModule(from.text), file.uri) : undefined;
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
  const handedOn = namespaceOf(target, exported);
  if (handedOn) return { node: handedOn.ast, file: handedOn };
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
  const found =
    owner && ts.isObjectLiteralExpression(owner.node)
      ? memberOfLiteral(owner.node, name)
      : owner && isFunctionNode(owner.node)
        ? assignedMember(owner.node, name)
        : undefined;
  if (!owner || !found) return undefined;
  const left = owner.file === file ? hops : hops - 1;
  return ts.isMethodDeclaration(found) ? { node: found, file: owner.file } : definitionOf(owner.file, found, left, depth + 1);
}

/** What a function of the project answers: the object of `createBus()` that ends with `return { publish, close }`. */
function answeredBy({ node, file }: Definition, hops: number, depth: number): Definition | undefined {
  return ts.isCallExpression(node) ? answerOf(definitionOf(file, node.expression, Math.max(hops, 1), depth + 1)) : undefined;
}

/** The value that a function answers, with the file it is written in. */
export function answerOf(maker: Definition | undefined): Definition | undefined {
  const answer = maker && isFunctionNode(maker.node) ? onlyAnswer(maker.node) : undefined;
  return maker && answer && { node: unwrap(answer), file: maker.file };
}
