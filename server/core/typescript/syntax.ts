/** Questions on the syntax around an expression that every rule asks: options, chains, bindings, mentions. */
import { calleeOf, methodOf, valueOfField } from './classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  type FunctionNode,
  type Node,
  ts,
  unwrap,
} from './code.ts';
import { onlyAnswer, valueOf, writesTo } from './constants.ts';
import { definitionOf } from './definitions.ts';
import { origin } from './origins.ts';
import { declarationOf } from './scopes.ts';
import { isWrapper } from './plain.ts';

type OptionState = 'set' | 'absent' | 'unknown';

/**
 * What a call says about one of these options: `set`, `absent`, or `unknown` where it cannot be seen. With the file they stand in, constants
 * of other files and what functions of the project answer are looked into, also where they are spread. `given` says what callers hand a
 * parameter.
 */
export function optionState(
  options: Expression | undefined,
  names: readonly string[],
  file?: CodeFile,
  hops = 2,
  given?: (parameter: ts.ParameterDeclaration) => OptionState,
): OptionState {
  if (!options) return 'absent';
  const literal = valueOf(options);
  if (isUndefined(literal)) return 'absent';
  if (ts.isConditionalExpression(literal)) {
    const [first, second] = [literal.whenTrue, literal.whenFalse].map((each) => optionState(each, names, file, hops, given));
    return first === second && first !== undefined ? first : 'unknown';
  }
  if (!ts.isObjectLiteralExpression(literal)) {
    const declaration = ts.isIdentifier(literal) ? declarationOf(literal) : undefined;
    if (given && declaration && ts.isParameter(declaration)) return given(declaration);
    const owner = given && declaration && ts.isBindingElement(declaration) ? parameterOfRest(declaration, names) : undefined;
    if (given && owner) return given(owner);
    if (file && requestOfAws.test(origin(file, literal) ?? '')) return 'absent';
    if (file && hops > 0 && declaration && ts.isVariableDeclaration(declaration) && declaration.initializer)
      return stateOfWrites(declaration, names, file, hops, given);
    const found = file && hops > 0 ? literalBehind(file, literal) : undefined;
    if (!file || !found) return 'unknown';
    const isMade = ts.isCallExpression(literal);
    return optionState(found.node, names, found.file, hops - 1, (parameter) =>
      isMade ? stateHandedBack(literal, parameter, names, file, hops, given) : 'unknown',
    );
  }
  let state: OptionState = 'absent';
  for (const property of literal.properties) {
    if (ts.isSpreadAssignment(property)) {
      const spread = file && hops > 0 ? optionState(property.expression, names, file, hops - 1, given) : 'unknown';
      if (spread === 'set') return 'set';
      if (spread === 'unknown') state = 'unknown';
    } else if (property.name && ts.isComputedPropertyName(property.name)) state = 'unknown';
    else if (ts.isPropertyAssignment(property) && isUndefined(property.initializer)) continue;
    else if (property.name && names.includes(property.name.getText().replace(/^['"]|['"]$/g, ''))) return 'set';
  }
  return state;
}

/** A request as AWS's clients sign it: it holds what is sent, and nothing on how. */
const requestOfAws = /^@(?:aws-sdk|smithy)\/(?:protocol-http:HttpRequest|signature-v4:SignatureV4\(\)\.sign)\(\)$/;

/** `init` of `({ url, ...init }) => …`: the parameter it is the rest of, unless one of these options was taken out beside it. */
function parameterOfRest(
  { dotDotDotToken, parent }: ts.BindingElement,
  names: readonly string[],
): ts.ParameterDeclaration | undefined {
  if (!dotDotDotToken || !ts.isObjectBindingPattern(parent) || !ts.isParameter(parent.parent)) return undefined;
  const isTakenOut = parent.elements.some(({ propertyName, name }) => names.includes((propertyName ?? name).getText()));
  return isTakenOut ? undefined : parent.parent;
}

/** Of a variable that is written again: `let config = { … }; config = withProxy(config);`. */
function stateOfWrites(
  declaration: ts.VariableDeclaration,
  names: readonly string[],
  file: CodeFile,
  hops: number,
  given: ((parameter: ts.ParameterDeclaration) => OptionState) | undefined,
): OptionState {
  const isItself = (value: Expression | undefined) =>
    value !== undefined && ts.isIdentifier(value) && declarationOf(value) === declaration;
  const states = [declaration.initializer, ...writesTo(declaration)].map((write): OptionState => {
    const value = write && unwrap(write);
    if (!value || isItself(value)) return 'unknown';
    if (!ts.isCallExpression(value) || !value.arguments.some(isItself)) return optionState(value, names, file, hops - 1, given);
    const found = literalBehind(file, value);
    if (!found) return 'unknown';
    return optionState(found.node, names, found.file, hops - 1, (parameter) =>
      isItself(argumentOf(value, parameter))
        ? stateOfAdditions(parameter, names)
        : stateHandedBack(value, parameter, names, file, hops - 1, given),
    );
  });
  if (states.includes('set')) return 'set';
  return states.includes('unknown') ? 'unknown' : 'absent';
}

/** Of the options that a call hands to a function which hands them back: `withProxy({ headers })`. */
function stateHandedBack(
  call: ts.CallExpression,
  parameter: ts.ParameterDeclaration,
  names: readonly string[],
  file: CodeFile,
  hops: number,
  given: ((parameter: ts.ParameterDeclaration) => OptionState) | undefined,
): OptionState {
  const added = stateOfAdditions(parameter, names);
  if (added !== 'absent' || call.arguments.some(ts.isSpreadElement)) return added === 'set' ? 'set' : 'unknown';
  return optionState(argumentOf(call, parameter) ?? parameter.initializer, names, file, hops - 1, given);
}

function argumentOf(call: ts.CallExpression, parameter: ts.ParameterDeclaration): Expression | undefined {
  return call.arguments[(parameter.parent as FunctionNode).parameters.indexOf(parameter)];
}

/** What a function sets on the options that it is given: `set` where one of these, `unknown` where it gives them to others, too. */
function stateOfAdditions(parameter: ts.ParameterDeclaration, names: readonly string[]): OptionState {
  const { name, parent } = parameter;
  if (!ts.isIdentifier(name) || parameter.dotDotDotToken) return 'unknown';
  let state: OptionState = 'absent';
  for (const node of descendants(parent)) {
    if (!ts.isIdentifier(node) || node === name || node.text !== name.text || isMemberName(node)) continue;
    const { parent: use } = node;
    const isMember = (ts.isPropertyAccessExpression(use) || ts.isElementAccessExpression(use)) && use.expression === node;
    if (isMember && ts.isPropertyAccessExpression(use)) {
      if (names.includes(use.name.text) && isWritten(use)) return 'set';
    } else if (!isMember && !ts.isReturnStatement(use) && !ts.isSpreadAssignment(use)) state = 'unknown';
    else if (isMember) state = 'unknown';
  }
  return state;
}

function isWritten(member: ts.PropertyAccessExpression): boolean {
  const { parent } = member;
  return ts.isBinaryExpression(parent) && parent.left === member && /^(?:\?\?|\|\|)?=$/.test(parent.operatorToken.getText());
}

/**
 * `optionState`, where a parameter is what the calls of its function in the same file hand it: `absent` where one of them brings no such
 * option, and none does.
 */
export function optionStateByCalls(
  options: Expression | undefined,
  names: readonly string[],
  file: CodeFile,
  hops = 3,
): OptionState {
  return optionState(options, names, file, 2, (parameter) => {
    if (hops === 0 || parameter.dotDotDotToken) return 'unknown';
    const owner = parameter.parent as FunctionNode;
    const at = owner.parameters.indexOf(parameter);
    const states = callsOf(file, owner).map((call) => {
      const given = call.arguments ?? [];
      if (given.slice(0, at + 1).some(ts.isSpreadElement)) return 'unknown';
      if (isAddedTo(file, given[at], names)) return 'set';
      return optionStateByCalls(given[at] ?? parameter.initializer, names, file, hops - 1);
    });
    if (states.includes('set')) return 'set';
    return states.includes('absent') ? 'absent' : 'unknown';
  });
}

/** `props.signal = …`, `(props as any).dispatcher = …`, of a variable that holds options. */
function isAddedTo(file: CodeFile, options: Expression | undefined, names: readonly string[]): boolean {
  if (!options || !ts.isIdentifier(options)) return false;
  const name = options.text.replace(/\$/g, '\\$');
  return new RegExp(`\\b${name}\\b[^\\n;=]*\\.(?:${names.join('|')})\\s*=[^=]`).test(file.text);
}

/** Where a name is taken out of another thing, `const { name } = from`: the name there, and the other thing. */
export function takenOut(node: Expression): { readonly name: string; readonly from: Expression } | undefined {
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  const owner = declaration && ts.isBindingElement(declaration) ? declaration.parent.parent : undefined;
  if (!declaration || !ts.isBindingElement(declaration) || !owner || !ts.isVariableDeclaration(owner) || !owner.initializer)
    return undefined;
  return { name: (declaration.propertyName ?? declaration.name).getText(), from: owner.initializer };
}

/** May the file import others of the project, by what their names look like? A package of one word is none of them. */
export function importsProject({ modules }: CodeFile): boolean {
  return [...modules].some((name) => !/^[a-z@]/.test(name) || name.includes('/'));
}

/** The major version of an installed package, where its range allows one: `^4.18.2`, `~4`, `4.x`; not `>=4` or `workspace:*`. */
export function majorOf(file: CodeFile, name: string): number | undefined {
  const major = /^[\^~=v\s]*(\d+)(?!.*(?:\|\||[<>]| - ))/.exec(file.package?.installed.get(name) ?? '')?.[1];
  return major === undefined ? undefined : Number(major);
}

/** The calls of a function in its file: by its name, of a method or a field on `this`, of a constructor by `new`. */
export function callsOf(file: CodeFile, node: FunctionNode): (ts.CallExpression | ts.NewExpression)[] {
  const { parent } = node;
  const named = ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent) ? parent : node;
  const name = ts.isConstructorDeclaration(node) ? (parent as ts.ClassLikeDeclaration).name : named.name;
  if (!name || !(ts.isIdentifier(name) || ts.isPrivateIdentifier(name))) return [];
  const isMember = ts.isClassLike(named.parent) && !ts.isConstructorDeclaration(node);
  const isMade = ts.isConstructorDeclaration(node);
  const uses: readonly ts.MemberName[] = ts.isIdentifier(name)
    ? file.named(name.text)
    : file.nodes(ts.SyntaxKind.PropertyAccessExpression).map((access) => access.name);
  const found = uses.flatMap((use) => {
    if (use.text !== name.text) return [];
    const owner = ts.isPropertyAccessExpression(use.parent) && use.parent.name === use ? use.parent : undefined;
    if (isMember !== (owner?.expression.kind === ts.SyntaxKind.ThisKeyword)) return [];
    const call = calledAs(owner ?? use);
    if (!call || ts.isNewExpression(call) !== isMade) return [];
    const isIt = isMember
      ? isWithin(call, named.parent)
      : !owner && ts.isIdentifier(use) && declarationOf(use) === (isMade ? parent : named);
    return isIt ? [call] : [];
  });
  return found.sort((a, b) => a.end - b.end);
}

/** The outermost function around a node; the node where there is none. */
export function outermostFunction(node: ts.Node): ts.Node {
  let outermost = node;
  for (let scope = enclosingFunction(node); !ts.isSourceFile(scope); scope = enclosingFunction(scope)) outermost = scope;
  return outermost;
}

/** What the calls of a function in its own file give it for a parameter: `run(sql)` of `function run(sql) { pool.query(sql) }`. */
export function givenFor(file: CodeFile, parameter: ts.ParameterDeclaration): Expression[] {
  const owner = parameter.parent as FunctionNode;
  const declaration = ts.isVariableDeclaration(owner.parent) ? owner.parent : owner;
  const name = declaration.name && ts.isIdentifier(declaration.name) ? declaration.name.text : undefined;
  const index = owner.parameters.indexOf(parameter);
  if (name === undefined || parameter.dotDotDotToken) return [];
  return callsOf(file, owner).flatMap((call) => call.arguments?.[index] ?? []);
}

/** The call or `new` of which this is what is called. */
function calledAs(callee: ts.Node): ts.CallExpression | ts.NewExpression | undefined {
  let outer = callee;
  while (isWrapper(outer.parent)) outer = outer.parent;
  const { parent } = outer;
  return (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === outer ? parent : undefined;
}

/** The object that a constant of another file or a field is, or that a function of the project answers wherever it answers. */
function literalBehind(file: CodeFile, value: Expression): { node: Expression; file: CodeFile } | undefined {
  const held = ts.isPropertyAccessExpression(value) ? valueOfField(value) : undefined;
  if (held) return { node: held, file };
  const found = ts.isCallExpression(value) ? (calleeOf(file, value) ?? methodOf(file, value)) : definitionOf(file, value);
  const node = found && ts.isFunctionLike(found.node) ? onlyAnswer(found.node as FunctionNode) : found?.node;
  return found && node && ts.isExpression(node) && node !== value ? { node, file: found.file } : undefined;
}

function isUndefined(value: Expression): boolean {
  return ts.isIdentifier(value) && value.text === 'undefined';
}

/** The expression of an option in the options as they are written; undefined where it is not in sight. */
export function optionValue(options: Expression | undefined, name: string): Expression | undefined {
  const literal = options && valueOf(options);
  if (!literal || !ts.isObjectLiteralExpression(literal)) return undefined;
  for (const property of literal.properties) {
    if (property.name?.getText().replace(/^['"]|['"]$/g, '') !== name) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return undefined;
}

/** The last name of what a call calls: `send` of `send()` and of `this.mail.send()`; empty where it has none. */
export function calleeName(call: ts.CallExpression): string {
  const callee = unwrap(call.expression);
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : '';
}

/**
 * The name under which a package or another file has what is called: of a member its own, of an import that of the export. Undefined for
 * other names, whose origin is near. Where it comes from is dear to find out, and the name mostly tells that it is of no interest.
 */
export function nameElsewhere(callee: Expression): string | undefined {
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  const declaration = ts.isIdentifier(callee) ? declarationOf(callee) : undefined;
  return declaration && ts.isImportSpecifier(declaration) ? (declaration.propertyName ?? declaration.name).text : undefined;
}

/** The outermost call of a chain that begins with this one (`a(x).b().c()`), and the names on the way. */
export function chainFrom(call: ts.CallExpression): { readonly end: ts.Expression; readonly names: readonly string[] } {
  const names: string[] = [];
  let end: ts.Expression = call;
  while (ts.isPropertyAccessExpression(end.parent) && end.parent.expression === end) {
    names.push(end.parent.name.text);
    end = end.parent;
    if (ts.isCallExpression(end.parent) && end.parent.expression === end) end = end.parent;
  }
  return { end, names };
}

/** The variable a value is bound to: `const x = await value`. */
export function boundTo(value: ts.Expression): ts.VariableDeclaration | undefined {
  let node: ts.Node = value;
  while (ts.isExpression(node.parent) && unwrap(node.parent) === unwrap(value)) node = node.parent;
  const { parent } = node;
  return ts.isVariableDeclaration(parent) && parent.initializer === node ? parent : undefined;
}

/** What `util.promisify(x)` was given, also where the result is bound. */
export function promisified(file: CodeFile, made: Expression): Expression | undefined {
  if (!ts.isCallExpression(made)) return undefined;
  const callee = made.expression;
  if (ts.isPropertyAccessExpression(callee) && callee.name.text === 'bind') return promisified(file, unwrap(callee.expression));
  const [given] = made.arguments;
  if (origin(file, callee) !== 'util:promisify' || !given) return undefined;
  const isBound =
    ts.isCallExpression(given) && ts.isPropertyAccessExpression(given.expression) && given.expression.name.text === 'bind';
  return isBound ? (given.expression as ts.PropertyAccessExpression).expression : given;
}

/** Is the call in the same function as this node? */
export function inSameFunction(call: ts.Node, node: ts.Node): boolean {
  return enclosingFunction(call) === enclosingFunction(node);
}

/** Does a node stand inside another, or is it the other? */
export function isWithin(node: Node, outer: Node): boolean {
  return node.pos >= outer.pos && node.end <= outer.end;
}

/** Does the first node run before the second, in the same function and on every way to it? */
export function runsBefore(first: Node, second: Node): boolean {
  return (
    first.end <= second.pos &&
    inSameFunction(first, second) &&
    isWithin(second, branchOf(first)) &&
    ![...ancestorsInFunction(second)].some((node) => ts.isCatchClause(node) && isWithin(first, node.parent.tryBlock))
  );
}

/** Do two nodes stand in different branches of one `if`, so that only one of them runs? */
export function isElsewhere(one: ts.Node, other: ts.Node): boolean {
  return [...ancestorsInFunction(one)].some(
    (node) =>
      ts.isIfStatement(node) &&
      [node.thenStatement, node.elseStatement].some((branch) => branch && isWithin(one, branch)) &&
      [node.thenStatement, node.elseStatement].some((branch) => branch && isWithin(other, branch) && !isWithin(one, branch)),
  );
}

/** The block of a `try` whose failure leaves: what stands behind runs when the block has run. */
function isAlwaysLeft({ parent }: ts.Block): boolean {
  return ts.isTryStatement(parent) && (!parent.catchClause || leaves(parent.catchClause.block));
}

/** The smallest part of a function that runs as a whole with a node: a block, a branch, the body of a loop. */
function branchOf(node: Node): Node {
  for (let part = node; ; part = part.parent) {
    const { parent } = part;
    if (!parent || (ts.isBlock(part) && !isAlwaysLeft(part)) || ts.isCaseOrDefaultClause(part)) return part;
    if (ts.isIfStatement(parent) && part !== parent.expression) return part;
    if (ts.isConditionalExpression(parent) && part !== parent.condition) return part;
    if (ts.isIterationStatement(parent, false) && part === parent.statement) return part;
    const isSecond = ts.isBinaryExpression(parent) && part === parent.right;
    if (isSecond && /^(?:&&|\|\||\?\?)$/.test(parent.operatorToken.getText())) return part;
  }
}

/** The name of a member (`a.name`, `{ name: … }`), which is no variable. */
export function isMemberName(name: ts.Identifier): boolean {
  return (ts.isPropertyAccessExpression(name.parent) || ts.isPropertyAssignment(name.parent)) && name.parent.name === name;
}

/** Does a node name one of these variables? Names of members do not count. */
export function mentions(node: Node, names: ReadonlySet<string>): boolean {
  return [node, ...descendants(node)].some((inner) => ts.isIdentifier(inner) && names.has(inner.text) && !isMemberName(inner));
}

/** What a condition says is not there, any one of them: `!a`, `a == null`, `typeof a !== 'string'`, `!a || !b`; else nothing. */
export function missingIn(condition: Expression): Expression[] {
  const node = unwrap(condition);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return namesOnly(unwrap(node.operand));
  if (!ts.isBinaryExpression(node)) return [];
  const operator = node.operatorToken.getText();
  const [left, right] = [unwrap(node.left), unwrap(node.right)];
  if (operator === '||') {
    const both = [missingIn(left), missingIn(right)];
    return both.every((side) => side.length > 0) ? both.flat() : [];
  }
  if (/^!==?$/.test(operator)) return ts.isTypeOfExpression(left) ? namesOnly(unwrap(left.expression)) : [];
  const isNone = /^(?:null|undefined|''|"")$/.test(right.getText());
  return /^===?$/.test(operator) && isNone ? namesOnly(left) : [];
}

/** A name or a member, which a condition may ask for. */
function namesOnly(node: Expression): Expression[] {
  return ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) ? [node] : [];
}

/** The members of a type that is written out in the same file; undefined where it is not. */
export function membersOfType(type: ts.TypeNode, hops = 3): readonly ts.TypeElement[] | undefined {
  if (ts.isTypeLiteralNode(type)) return type.members;
  if (!ts.isTypeReferenceNode(type) || hops === 0) return undefined;
  for (const statement of type.getSourceFile().statements) {
    if (ts.isInterfaceDeclaration(statement) && statement.name.text === type.getText()) return statement.members;
    if (ts.isTypeAliasDeclaration(statement) && statement.name.text === type.getText())
      return membersOfType(statement.type, hops - 1);
  }
  return undefined;
}

/** Is a function declared `async`? */
export function isAsync(node: FunctionNode): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
}

/** Does a branch end with `return` or `throw`? */
export function leaves(branch: ts.Statement): boolean {
  const last = ts.isBlock(branch) ? branch.statements.at(-1) : branch;
  return last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last));
}

const log = /(?:(?<!cata|Cata|[bB]|[dD]ia|[aA]na|[bB]ack)log|Log|(?<!CATA|B)LOG)(?!i[cns]|In(?![a-z])|[oO]ut|o)/;

/** Does a name speak of a log: `auditLog`, `Logger`, and not `catalog`, `login` or `logistics`? */
export function speaksOfLog(name: string): boolean {
  return log.test(name);
}

/** A chain of calls and members as messages name it: on one line, however it is broken. */
export function inOneLine(node: ts.Node): string {
  return node.getText().replace(/\s+/g, '');
}

/** Is a node in what makes a promise of a function, for which that can wait: `new Promise((resolve) => setTimeout(() => resolve(again()), pause))`? */
export function isPromised(node: ts.Node, within: ts.Node): boolean {
  for (
    let scope: ts.Node = enclosingFunction(node);
    scope !== within && isWithin(scope, within);
    scope = enclosingFunction(scope)
  ) {
    const { parent } = scope;
    if (ts.isNewExpression(parent) && parent.expression.getText() === 'Promise') return true;
  }
  return false;
}

/** `given || other`, `given ?? other`: what is taken where the first is not there. */
export function isFallback(node: ts.Node): node is ts.BinaryExpression {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken;
}
