/** Classes of the project: which one a value is of, also where Nest injects it, its members and what they hold, and the function that a call runs. */
import {
  type CodeFile,
  type Expression,
  type FunctionNode,
  importedModule,
  isFunctionNode,
  type Node,
  requiredModule,
  ts,
  unwrap,
} from './code.ts';
import { assigning, constantText, onlyAnswer, propertiesOf, valueOf } from './constants.ts';
import { definitionOf, exporterOf } from './definitions.ts';
import { isNothing, propertyIn } from './plain.ts';
import { declarationOf } from './scopes.ts';

/** Functions that are worth asking what they answer: what they are named for comes from a package. */
export const givers =
  /client|pool|conn|db|database|redis|kafka|channel|queue|broker|prisma|knex|mongo|collection|session|runner|producer|consumer|publisher|bus|repo|model|router|app$|server|sequelize|stripe|octokit|twilio|paddle|razorpay|paypal|shopify|svix|resend|sendgrid|openai|axios|agent$|^tr?x$/i;

/** Functions that hand out the one of its kind. */
const handsOut = /instance$|^(?:get|connect|create|open|make|use|acquire|init\w*)$/i;

/** Is a function worth asking, by its own name, or because it hands out what its owner or its file is named for? */
export function isGiver(call: ts.CallExpression): boolean {
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
export function answerType({ type }: FunctionNode): ts.TypeNode | undefined {
  const isPromise = type && ts.isTypeReferenceNode(type) && type.typeName.getText() === 'Promise';
  return isPromise ? type.typeArguments?.[0] : type;
}

/** What a class extends: `class Database extends PrismaClient` reads as what it builds on. */
export function baseOf(node: ts.ClassLikeDeclaration): Expression | undefined {
  return node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression;
}

/** What a field of the class around it holds wherever it is read: it is set once, or a getter answers with it. */
export function valueOfField(node: ts.PropertyAccessExpression): Expression | undefined {
  const owner = node.expression.kind === ts.SyntaxKind.ThisKeyword ? classAround(node) : undefined;
  const part = owner?.members.find(({ name }) => name?.getText() === node.name.text);
  if (!owner || (!part && !isUndeclared(owner))) return undefined;
  if (part && ts.isGetAccessorDeclaration(part)) return onlyAnswer(part);
  if (part && !ts.isPropertyDeclaration(part)) return undefined;
  const [only, another] = [...(part?.initializer ? [part.initializer] : []), ...(fieldWrites(owner).get(node.name.text) ?? [])];
  return another ? undefined : only;
}

/** Of JavaScript, whose fields need no declaration, and without a base that could set them. */
function isUndeclared(owner: ts.ClassLikeDeclaration): boolean {
  return /\.[cm]?jsx?$/i.test(owner.getSourceFile().fileName) && !baseOf(owner);
}

/** The class of the project that another one extends. */
export function baseClass(file: CodeFile, owner: ts.ClassLikeDeclaration, hops = 2): ClassOfProject | undefined {
  const base = hops > 0 ? baseOf(owner) : undefined;
  const found = base && definitionOf(file, base, hops);
  return found && ts.isClassLike(found.node) ? { node: found.node, file: found.file } : undefined;
}

const writesByClass = new WeakMap<Node, Map<string, Expression[]>>();

/** What the class assigns to its own fields (`this.x = …`, of static ones `Class.x = …`), by name; emptying one is left out. */
export function fieldWrites(owner: ts.ClassLikeDeclaration): ReadonlyMap<string, Expression[]> {
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

/** The function a call runs, when it is written in this file or one import away, with the file it is in. */
export function calleeOf(file: CodeFile, call: ts.CallExpression): { node: FunctionNode; file: CodeFile } | undefined {
  const callee = unwrap(call.expression);
  return ts.isIdentifier(callee) || ts.isPropertyAccessExpression(callee) ? functionBehind(file, callee) : undefined;
}

/**
 * The method a call runs, when its class is written in this file or one import away: `this.x()`, and `x.y()` where `x`
 * is annotated with the class, or with an interface that has its class beside it, or made by `new`, also by another file that
 * exports it, or handed out by a function (`X.getInstance().y()`); `X.y()` of a class itself; also one that the class has from
 * another that it extends, or the function that a field holds (`list = async () => …`).
 */
export function methodOf(file: CodeFile, call: ts.CallExpression, depth = 0): { node: FunctionNode; file: CodeFile } | undefined {
  return functionOf(classMember(file, call.expression, depth));
}

/** The function that a member of a class is, or that a field holds. */
function functionOf(member: { node: ts.ClassElement; file: CodeFile } | undefined) {
  if (!member) return undefined;
  const { node, file } = member;
  const held = ts.isPropertyDeclaration(node) ? node.initializer && unwrap(node.initializer) : node;
  return held && isFunctionNode(held) && held.body ? { node: held, file } : undefined;
}

/**
 * The method of a class, or the function that a field of one holds, which is handed on by its name: `controller.login`, `this.login`, also
 * bound to what it is of (`controller.login.bind(controller)`). Classes are found as for `methodOf`.
 */
export function methodNamed(file: CodeFile, expression: Expression): { node: FunctionNode; file: CodeFile } | undefined {
  const node = unwrap(expression);
  const isBound =
    ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'bind';
  return functionOf(classMember(file, isBound ? node.expression.expression : node, 0));
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
export function classOf(file: CodeFile, value: Expression, depth = 0): ClassOfProject | undefined {
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
  if (requiredModule(node) !== undefined) return classElsewhere(file, node, depth);
  if (ts.isCallExpression(node)) return isGiver(node) ? classOfAnswer(file, node, depth + 1) : undefined;
  // `Service.instance ??= new Service()`
  if (ts.isBinaryExpression(node))
    return /^(?:\|\||\?\?)?=?$/.test(node.operatorToken.getText()) ? classOf(file, node.right, depth + 1) : undefined;
  if (ts.isPropertyAccessExpression(node)) {
    const owner = classOf(file, node.expression, depth + 1);
    if (owner) return classOfField(owner, node.name.text, depth + 1);
    return requiredModule(valueOf(node.expression)) === undefined ? undefined : classElsewhere(file, node, depth);
  }
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration) return undefined;
  if (ts.isClassLike(declaration)) return { node: declaration, file };
  if (ts.isImportSpecifier(declaration) || ts.isImportClause(declaration) || ts.isBindingElement(declaration))
    return classElsewhere(file, node, depth);
  return ts.isParameter(declaration) || ts.isVariableDeclaration(declaration)
    ? classOfDeclared(file, declaration, depth)
    : undefined;
}

/** `export const broker = new Broker()`, `module.exports = new Database()` of another file. */
function classElsewhere(file: CodeFile, value: Expression, depth: number): ClassOfProject | undefined {
  const made = definitionOf(file, value);
  if (!made || made.file === file) return undefined;
  if (ts.isClassLike(made.node)) return { node: made.node, file: made.file };
  return ts.isNewExpression(made.node) || ts.isCallExpression(made.node) ? classOf(made.file, made.node, depth + 1) : undefined;
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
export function fieldOf(
  owner: ts.ClassLikeDeclaration,
  name: string,
): ts.PropertyDeclaration | ts.ParameterDeclaration | undefined {
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
