import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  isAssignment,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf, writesTo } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { isNothing } from '../../server/core/typescript/plain.ts';
import { calleeName, importsProject, inOneLine, isFallback, isWithin, optionValue } from '../../server/core/typescript/syntax.ts';
import { type DatabaseCall, databaseCalls } from './databases.ts';
import { mappedResolvers } from './graphql-resolvers.ts';
import page from './list-limit-capped.md';
import { checkedClass, isOpenMember } from './open-limits.ts';
import { flowsFromRequest } from './request.ts';

/** The limit to cap, and what to write; undefined where the class of the request is the place. */
type Data = { readonly limit: Expression; readonly newText: string } | undefined;

/**
 * Evidence: the row limit of a database query that is a number out of a request (or out of an untyped parameter, made a
 * number of on the spot) or an argument of a GraphQL field, with nothing but a conversion and a default on the way. Silent where anything else touches it.
 */
export default defineCodeRule<Data>({
  page,
  severity: 'warn',
  *check(file) {
    // A class that leaves a number open is told of once, and mended where it stands.
    const told = new Set<string>();
    function* problem(
      limit: Expression,
      source: Expression,
      { member, call, isText = false }: { member?: string | undefined; call?: ts.CallExpression; isText?: boolean } = {},
    ): Iterable<CodeProblem<Data>> {
      const newText = capped(limit, isText);
      const owner = describedBy(file, source, member);
      const name = member ?? nameOf(source);
      const inClass = owner && `\`@Max(100)\` on \`${name}\` of \`${owner.name?.text ?? 'its class'}\``;
      if (inClass && told.has(inClass)) return;
      if (inClass) told.add(inClass);
      const said = `\`${source.getText()}${member ? `.${member}` : ''}\` is the caller's and has no maximum`;
      const asks = call ? `, and \`${inOneLine(call.expression)}\` asks the database for as many rows` : '';
      yield {
        at: !call && ts.isObjectLiteralElement(limit.parent) ? limit.parent : limit,
        evidence: enclosingFunction(limit),
        message: `${said}${asks}: one request can ask for the whole table; cap it, as in ${inClass ?? `\`${newText}\``}.`,
        data: inClass ? undefined : { limit, newText },
      };
    }
    for (const { limit, isText } of limitsOf(file)) {
      const made = clientNumber(file, limit);
      const source = made ?? (isText ? clientNumber(file, limit, { converted: 'later' }) : undefined);
      if (source) yield* problem(limit, source, { isText: !made });
    }
    for (const { call, limit, member, source } of handedOn(file)) yield* problem(limit, source, { member, call });
  },
  fix({ data }) {
    if (!data) return undefined;
    const { limit } = data;
    const made = sharedBy(limit);
    if (made) {
      const edits = [{ start: made.getStart(), end: made.getEnd(), newText: `Math.min(${made.getText()}, 100)` }];
      return { title: 'Cap it at 100', safety: 'suggestion', edits };
    }
    const newText = `${ts.isShorthandPropertyAssignment(limit.parent) ? `${limit.getText()}: ` : ''}${data.newText}`;
    return { title: 'Cap it at 100', safety: 'suggestion', edits: [{ start: limit.getStart(), end: limit.getEnd(), newText }] };
  },
});

/** A number that others are computed from, `skip = (page - 1) * limit`, has to be capped where it is made, or pages leave rows out. */
function sharedBy(limit: Expression): Expression | undefined {
  const node = unwrap(limit);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
  const made = unwrap(declaration.initializer);
  const either = isFallback(made) ? unwrap(made.left) : made;
  const isNumber =
    ts.isCallExpression(either) && /^(?:Number|(?:Number\.)?parse(?:Int|Float))$/.test(either.expression.getText());
  if (!isNumber || writesTo(declaration).length > 0) return undefined;
  const uses = descendants(enclosingFunction(declaration)).filter(
    (each) => ts.isIdentifier(each) && each !== node && each !== declaration.name && declarationOf(each) === declaration,
  );
  return uses.some(({ parent }) => ts.isBinaryExpression(parent)) ? declaration.initializer : undefined;
}

/** The class that holds a request against what it says, and leaves open the number that is a part of it. */
function describedBy(file: CodeFile, source: Expression, member: string | undefined): ts.ClassLikeDeclaration | undefined {
  const node = unwrap(source);
  if (member !== undefined) return checkedClass(file, node, member);
  if (ts.isPropertyAccessExpression(node)) return checkedClass(file, node.expression, node.name.text);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration || !ts.isBindingElement(declaration)) return undefined;
  const owner = declaration.parent.parent;
  const holder = ts.isParameter(owner) ? owner : ts.isVariableDeclaration(owner) ? owner.initializer : undefined;
  return holder && checkedClass(file, holder, nameOf(node));
}

/** What a number is called where the request is described. */
function nameOf(source: Expression): string {
  const node = unwrap(source);
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  const named = declaration && ts.isBindingElement(declaration) ? (declaration.propertyName ?? declaration.name) : node;
  return named.getText();
}

/** The limit, or a hundred where it is more, or where none is sent. */
function capped(limit: Expression, isText: boolean): string {
  const node = unwrap(limit);
  if (isText) return `Math.min(Number(${limit.getText()}) || 100, 100)`;
  const isOpen = ts.isBinaryExpression(node) && node.right.getText() === 'undefined';
  const text = isOpen ? `${node.left.getText()} ${node.operatorToken.getText()} 100` : limit.getText();
  const made = valueOf(limit);
  const mayLack =
    (ts.isPropertyAccessExpression(node) && node.questionDotToken !== undefined) ||
    (made !== node && ts.isConditionalExpression(made) && [made.whenTrue, made.whenFalse].some(isNothing));
  return `Math.min(${mayLack ? `${text} ?? 100` : text}, 100)`;
}

/** A number of a request that a function of the project is given, and gives on to a query as its limit. */
interface HandedOn {
  readonly call: ts.CallExpression;
  readonly limit: Expression;
  readonly source: Expression;
  /** Of the whole of a request's part, the member that is the number. */
  readonly member?: string | undefined;
}

function* handedOn(file: CodeFile): Iterable<HandedOn> {
  if (!importsProject(file)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    for (const { limit, index, member } of numbersGiven(call)) {
      // What nobody typed may be what a contract has looked at already.
      const source = clientNumber(file, limit, { isGuessed: false });
      if (source && isLimitOf(file, call, index, member)) yield { call, limit, source };
    }
    for (const [index, argument] of call.arguments.entries()) {
      const isOpen = (member: string) => isOpenMember(file, argument, member);
      const member = isDescribed(argument) ? membersAsLimits(file, call, index).find(isOpen) : undefined;
      if (member !== undefined) yield { call, limit: argument, source: argument, member };
    }
  }
}

/** `query` of `list(@Query() query: ListQuery)`. */
function isDescribed(argument: Expression): boolean {
  const declaration = ts.isIdentifier(argument) ? declarationOf(argument) : undefined;
  return declaration !== undefined && ts.isParameter(declaration) && (ts.getDecorators(declaration) ?? []).length > 0;
}

/** The members of a parameter that the function a call runs gives to its queries as limits. */
function membersAsLimits(file: CodeFile, call: ts.CallExpression, index: number): string[] {
  const inner = methodOf(file, call) ?? calleeOf(file, call);
  return (inner ? limitsOf(inner.file) : []).flatMap(({ limit }) => {
    const given = inner && isWithin(limit, inner.node) ? givenAs(limit) : undefined;
    if (!inner || given?.member === undefined || given.parameter !== inner.node.parameters[index]) return [];
    // What is open there as well is told of there.
    return isOpenMember(inner.file, given.parameter, given.member) ? [] : [given.member];
  });
}

/** What may be a limit among the arguments of a call, or the members of an object there: only these are looked into. */
function* numbersGiven(call: ts.CallExpression): Iterable<{ limit: Expression; index: number; member?: string }> {
  for (const [index, argument] of call.arguments.entries()) {
    if (!ts.isObjectLiteralExpression(argument)) {
      if (limitNames.test(argument.getText())) yield { limit: argument, index };
      continue;
    }
    for (const property of argument.properties) {
      const member = property.name?.getText() ?? '';
      if (!limitNames.test(member)) continue;
      if (ts.isPropertyAssignment(property)) yield { limit: property.initializer, index, member };
      else if (ts.isShorthandPropertyAssignment(property)) yield { limit: property.name, index, member };
    }
  }
}

const limitNames = /limit|take|size|count|per_?page|first|max|rows|top/i;

/** Does the function that a call runs, or one that it calls, give what stands there to a query as its limit, as it is? */
function isLimitOf(file: CodeFile, call: ts.CallExpression, index: number, member: string | undefined, hops = 2): boolean {
  const inner = hops > 0 ? (methodOf(file, call) ?? calleeOf(file, call)) : undefined;
  const parameter = inner?.node.parameters[index];
  if (!inner || !parameter || inner.node === enclosingFunction(call)) return false;
  const { file: home, node } = inner;
  const isIt = (limit: Expression) => {
    const given = givenAs(limit);
    return given?.parameter === parameter && given.member === member;
  };
  if (limitsOf(home).some(({ limit }) => isWithin(limit, node) && isIt(limit))) return true;
  return (node.body ? [node.body, ...descendants(node.body)] : []).some(
    (each) =>
      ts.isCallExpression(each) &&
      [...numbersGiven(each)].some((next) => isIt(next.limit) && isLimitOf(home, each, next.index, next.member, hops - 1)),
  );
}

/** The parameter, or its member, that a limit is, with nothing but a conversion and a default on the way. */
function givenAs(limit: Expression, depth = 0): { parameter: ts.ParameterDeclaration; member: string | undefined } | undefined {
  const node = unwrap(limit);
  if (depth > 8) return undefined;
  const next = (inner: Expression) => givenAs(inner, depth + 1);
  if (ts.isBinaryExpression(node)) return isFallback(node) ? next(node.left) : undefined;
  if (ts.isConditionalExpression(node)) return isBounding(node) ? undefined : (next(node.whenTrue) ?? next(node.whenFalse));
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.PlusToken ? next(node.operand) : undefined;
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    return first && conversions.test(node.expression.getText()) ? next(first) : undefined;
  }
  if (isCompared(node)) return undefined;
  if (ts.isPropertyAccessExpression(node)) {
    const owner = next(node.expression);
    return owner && owner.member === undefined ? { ...owner, member: node.name.text } : undefined;
  }
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration) return undefined;
  if (ts.isBindingElement(declaration)) {
    const owner = declaration.parent.parent;
    const member = (declaration.propertyName ?? declaration.name).getText();
    if (ts.isParameter(owner)) return { parameter: owner, member };
    const held = ts.isVariableDeclaration(owner) && owner.initializer ? next(owner.initializer) : undefined;
    return held && held.member === undefined ? { ...held, member } : undefined;
  }
  if (!(ts.isParameter(declaration) || ts.isVariableDeclaration(declaration)) || writesTo(declaration).length > 0)
    return undefined;
  if (ts.isParameter(declaration)) return { parameter: declaration, member: undefined };
  return declaration.initializer && next(declaration.initializer);
}

const limitsByFile = new WeakMap<CodeFile, readonly Limit[]>();

function limitsOf(file: CodeFile): readonly Limit[] {
  const known = limitsByFile.get(file) ?? [...limits(file)];
  limitsByFile.set(file, known);
  return known;
}

interface Limit {
  readonly limit: Expression;
  /** The library makes a number of a text itself. */
  readonly isText: boolean;
}

function* limits(file: CodeFile): Iterable<Limit> {
  for (const query of databaseCalls(file)) {
    const limit = query.kind === 'read' ? limitOf(query) : undefined;
    if (limit) yield { limit, isText: /^(?:Knex|Objection|Mongoose)$/.test(query.driver) || takesText(query) };
  }
  // What is put together over several statements is no one call.
  for (const call of file.words.has(/^createQueryBuilder$/m) ? file.nodes(ts.SyntaxKind.CallExpression) : []) {
    const [limit] = call.arguments;
    if (!limit || !/^(?:limit|take)$/.test(calleeName(call)) || !ts.isPropertyAccessExpression(call.expression)) continue;
    const builder = origin(file, call.expression.expression) ?? originOfChain(file, call.expression.expression);
    if (builder && /^typeorm:.*createQueryBuilder\(\)/.test(builder)) yield { limit, isText: true };
  }
  yield* limitsOfNamed(file);
}

/** `let query = Order.find(filter); query = query.sort(by); query.limit(limit)`: of Mongoose and Knex, where a name holds the query. */
function* limitsOfNamed(file: CodeFile): Iterable<Limit> {
  const begun = databaseCalls(file).filter(({ kind, driver }) => kind === 'read' && /^(?:Mongoose|Knex)$/.test(driver));
  if (begun.length === 0) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const [limit] = call.arguments;
    const name = limit && calleeName(call) === 'limit' ? headOf(call) : undefined;
    const declaration = name && ts.isIdentifier(name) ? declarationOf(name) : undefined;
    if (!limit || !declaration || !ts.isVariableDeclaration(declaration)) continue;
    const made = [declaration.initializer, ...writesTo(declaration)].filter((value) => value !== undefined);
    const [first, more] = made.filter((value) => !isOfName(value, declaration));
    if (first && !more && begun.some((query) => isWithin(query.call, first))) yield { limit, isText: true };
  }
}

/** More of the query that a name holds already. */
function isOfName(chain: Expression, declaration: ts.Node): boolean {
  const value = unwrap(chain);
  if (ts.isConditionalExpression(value))
    return [value.whenTrue, value.whenFalse].every((branch) => isOfName(branch, declaration));
  const head = headOf(chain);
  return ts.isIdentifier(head) && declarationOf(head) === declaration;
}

/** The limit of a query: an option, the argument of `limit()` behind it, or the value that stands for it in SQL. */
function limitOf({ call, driver }: DatabaseCall): Expression | undefined {
  if (driver === 'SQL') return limitOfSql(call);
  const name = driver === 'Prisma' || driver === 'TypeORM' ? 'take' : driver === 'Sequelize' ? 'limit' : undefined;
  if (name) {
    const [options] = call.arguments;
    return optionValue(options, name) ?? optionSpread(options, name) ?? optionSet(options, name);
  }
  if (/^(?:Drizzle|Knex|Objection)$/.test(driver)) return limitOfChain(call);
  if (driver !== 'Mongoose') return undefined;
  let node: ts.Node = call;
  while (ts.isPropertyAccessExpression(node.parent) && ts.isCallExpression(node.parent.parent)) {
    const { name: method, parent } = node.parent;
    if (method.text === 'limit') return (parent as ts.CallExpression).arguments[0];
    node = parent;
  }
  return undefined;
}

/** An option that stands under a condition: `...(isPaged && { skip, take })`. */
function optionSpread(options: Expression | undefined, name: string): Expression | undefined {
  const literal = options && valueOf(options);
  if (!literal || !ts.isObjectLiteralExpression(literal)) return undefined;
  for (const property of literal.properties) {
    const value = ts.isSpreadAssignment(property) ? unwrap(property.expression) : undefined;
    const made = value && ts.isConditionalExpression(value) ? [value.whenTrue, value.whenFalse] : [];
    const parts = value && ts.isBinaryExpression(value) ? [value.right] : made;
    for (const part of parts) {
      const option = optionValue(part, name);
      if (option) return option;
    }
  }
  return undefined;
}

/** `query.limit = limit`, of options that a name holds, where they are set once. */
function optionSet(options: Expression | undefined, name: string): Expression | undefined {
  const declaration = options && ts.isIdentifier(options) ? declarationOf(options) : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration)) return undefined;
  const [only, another] = descendants(enclosingFunction(declaration)).flatMap((node) => {
    if (!isAssignment(node) || !ts.isPropertyAccessExpression(node.left) || node.left.name.text !== name) return [];
    const { expression } = node.left;
    return ts.isIdentifier(expression) && declarationOf(expression) === declaration ? [node.right] : [];
  });
  return another ? undefined : only;
}

/** Of `let query = builder(); query = query.where(…)`: what the name was first given, where it only ever stands for more of the same. */
function originOfChain(file: CodeFile, chain: Expression): string | undefined {
  const name = headOf(chain);
  const declaration = ts.isIdentifier(name) ? declarationOf(name) : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
  const isMore = writesTo(declaration).every((write) => isOfName(write, declaration));
  return isMore ? origin(file, declaration.initializer) : undefined;
}

/** `query` of `query.where(…).orderBy(…)`. */
function headOf(chain: Expression): Expression {
  let node = unwrap(chain);
  while (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) node = unwrap(node.expression);
  return node;
}

/** `db.select().from(orders).limit(limit).offset(offset)`, from its last call on. */
function limitOfChain(call: ts.CallExpression): Expression | undefined {
  for (let node: Expression = call; ts.isCallExpression(node);) {
    const callee = unwrap(node.expression);
    if (!ts.isPropertyAccessExpression(callee)) return undefined;
    if (callee.name.text === 'limit') return node.arguments[0];
    node = unwrap(callee.expression);
  }
  return undefined;
}

/** PostgreSQL makes a number of a text that is given for a parameter; MySQL refuses a text as a limit. */
function takesText({ driver, call }: DatabaseCall): boolean {
  return driver === 'SQL' && /\blimit\s+\$/i.test(sqlOf(call) ?? '');
}

/** The SQL of a query, given alone or in one object with its values. */
function sqlOf({ arguments: [sql] }: ts.CallExpression): string | undefined {
  return sql && constantText(optionValue(sql, 'text') ?? sql);
}

/** `LIMIT $2` or `LIMIT ?`, with the values in a list beside the text, or in one object with it. */
function limitOfSql(call: ts.CallExpression): Expression | undefined {
  const text = sqlOf(call);
  const values = call.arguments[1] ?? optionValue(call.arguments[0], 'values');
  const list = values && valueOf(values);
  const found = text === undefined ? undefined : /\blimit\s+(?:\$(\d+)|\?)/i.exec(text);
  if (text === undefined || !found || !list || !ts.isArrayLiteralExpression(list)) return undefined;
  const before = list.elements.slice(0, found[1] ? Number(found[1]) : (text.slice(0, found.index).match(/\?/g)?.length ?? 0) + 1);
  return before.some(ts.isSpreadElement) ? undefined : before.at(-1);
}

/** `limit > 100 ? 100 : limit` */
function isBounding({ condition }: ts.ConditionalExpression): boolean {
  return /[<>]/.test(condition.getText()) && !isFloor(condition);
}

const conversions = /^(?:Number|parseInt|parseFloat|Number\.parseInt|Number\.parseFloat|String)$/;

/** Is a text made a number of on the way to the limit: here, or later by the library? */
type Converted = boolean | 'later';

/** The caller's number in a limit; undefined where it may have been checked, or cannot be told from the program's own. */
function clientNumber(
  file: CodeFile,
  limit: Expression,
  { converted = false, isGuessed = true }: { converted?: Converted; isGuessed?: boolean } = {},
  depth = 0,
): Expression | undefined {
  const node = unwrap(limit);
  if (depth > 8) return undefined;
  const next = (inner: Expression, now = converted) => clientNumber(file, inner, { converted: now, isGuessed }, depth + 1);
  const mayBe = (value: Expression) => isSent(file, value) || (isGuessed && isUntyped(value, converted));
  if (ts.isBinaryExpression(node)) return isFallback(node) ? next(node.left) : undefined;
  if (ts.isConditionalExpression(node)) return isBounding(node) ? undefined : (next(node.whenTrue) ?? next(node.whenFalse));
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.PlusToken ? next(node.operand, true) : undefined;
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    if (converted && isQueryRead(file, node)) return node;
    return first && conversions.test(node.expression.getText()) ? next(first, true) : undefined;
  }
  if (ts.isIdentifier(node)) return named(file, node, next, converted ? mayBe : () => false);
  if (!ts.isPropertyAccessExpression(node) || isCompared(node)) return undefined;
  if (isArgument(file, node.expression) || isOpenMember(file, node.expression, node.name.text)) return node;
  return isSent(file, node) || (converted && mayBe(node)) ? node : undefined;
}

/** `searchParams.get('limit')`, `c.req.query('limit')`, `request.query.get('limit')` of Azure Functions. */
function isQueryRead(file: CodeFile, call: ts.CallExpression): boolean {
  const isRead = /\b(?:(?:searchParams|query)\??\.get|req(?:uest)?\.query)$/.test(call.expression.getText());
  return isRead && flowsFromRequest(file, call) && !isValidated(call);
}

/** Through a constant, or a part of the query that is taken apart. */
function named(
  file: CodeFile,
  name: ts.Identifier,
  next: (inner: Expression) => Expression | undefined,
  mayBe: (value: Expression) => boolean,
): Expression | undefined {
  const declaration = declarationOf(name);
  if (!declaration || isCompared(name)) return undefined;
  if (ts.isVariableDeclaration(declaration))
    return declaration.initializer && writesTo(declaration).length === 0 ? next(declaration.initializer) : undefined;
  if (ts.isParameter(declaration)) return isQueryOfNest(declaration) || isArgumentOfField(declaration) ? name : undefined;
  if (!ts.isBindingElement(declaration)) return undefined;
  const owner = declaration.parent.parent;
  if (ts.isParameter(owner) ? isArgumentsOf(file, owner) : ts.isVariableDeclaration(owner) && isArgument(file, owner.initializer))
    return name;
  const holder = ts.isParameter(owner) ? owner : ts.isVariableDeclaration(owner) ? owner.initializer : undefined;
  if (holder && isOpenMember(file, holder, (declaration.propertyName ?? declaration.name).getText())) return name;
  const value = ts.isVariableDeclaration(owner) ? owner.initializer : undefined;
  return value && mayBe(value) ? name : undefined;
}

/** `@Query('limit') limit: number`, with nothing but a conversion and a default among its pipes. */
function isQueryOfNest(parameter: ts.ParameterDeclaration): boolean {
  return (ts.getDecorators(parameter) ?? []).some(({ expression }) => {
    if (!ts.isCallExpression(expression) || expression.expression.getText() !== 'Query') return false;
    const [name, ...pipes] = expression.arguments;
    return (
      name !== undefined &&
      ts.isStringLiteralLike(name) &&
      pipes.every((pipe) => /^(?:new )?(?:ParseIntPipe|ParseFloatPipe|DefaultValuePipe)\b/.test(pipe.getText()))
    );
  });
}

/** `@Arg('take', () => Int) take: number` of type-graphql, `@Args('take') take: number` of Nest. */
function isArgumentOfField(parameter: ts.ParameterDeclaration): boolean {
  return (ts.getDecorators(parameter) ?? []).some(({ expression }) => {
    if (!ts.isCallExpression(expression) || !/^Args?$/.test(expression.expression.getText())) return false;
    const [name, ...more] = expression.arguments;
    return name !== undefined && ts.isStringLiteralLike(name) && !more.some((each) => /pipe|valid/i.test(each.getText()));
  });
}

/** `args` of a resolver in a map of types and fields, which GraphQL asks for their type and nothing else. */
function isArgument(file: CodeFile, value: Expression | undefined): boolean {
  const node = value && unwrap(value);
  const declaration = node && ts.isIdentifier(node) ? declarationOf(node) : undefined;
  return declaration !== undefined && ts.isParameter(declaration) && isArgumentsOf(file, declaration);
}

function isArgumentsOf(file: CodeFile, parameter: ts.ParameterDeclaration): boolean {
  const { parent } = parameter;
  const at = argumentsAt(parent) ?? (mappedResolvers(file).some(({ node }) => node === parent) ? 1 : undefined);
  return at !== undefined && parent.parameters[at] === parameter && !isValidated(parameter.name);
}

/** Where the arguments stand of the `resolve` of a field with `args` beside it (graphql-js, Nexus, Pothos), whose first is the query for `prismaField`. */
function argumentsAt(node: ts.SignatureDeclaration): number | undefined {
  const member = ts.isMethodDeclaration(node) ? node : node.parent;
  const field = member.parent;
  const isResolve =
    (ts.isMethodDeclaration(member) || ts.isPropertyAssignment(member)) && /^resolve$/.test(member.name.getText());
  if (!isResolve || !ts.isObjectLiteralExpression(field) || !optionValue(field, 'args') || optionValue(field, 'validate'))
    return undefined;
  return ts.isCallExpression(field.parent) && /^prisma\w+$/.test(calleeName(field.parent)) ? 2 : 1;
}

/** Part of a request whose route checks nothing before. */
function isSent(file: CodeFile, value: Expression): boolean {
  return (
    ts.isPropertyAccessExpression(unwrap(value)) && flowsFromRequest(file, value) && !isOfClass(value) && !isValidated(value)
  );
}

/** `query.take` of `list(@Query() query: ListQuery)`: what bounds it stands in the class. */
function isOfClass(value: Expression): boolean {
  let node = unwrap(value);
  while (ts.isPropertyAccessExpression(node)) node = unwrap(node.expression);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration || !ts.isParameter(declaration) || (ts.getDecorators(declaration) ?? []).length === 0) return false;
  return declaration.type !== undefined && ts.isTypeReferenceNode(declaration.type) && !declaration.type.typeArguments;
}

const validation = /valid|schema|celebrate|\bzod\b|\bjoi\b|checkSchema|@Type\b|Dto\b/i;

/** The route is registered with a schema or a validator, or the handler's parameter has a class of its own. */
function isValidated(value: ts.Node): boolean {
  const handler = enclosingFunction(value);
  if (ts.isSourceFile(handler)) return false;
  const typed = handler.parameters.some(({ type }) => type !== undefined && validation.test(type.getText()));
  const { parent } = handler;
  const others = ts.isCallExpression(parent) ? parent.arguments.filter((argument) => argument !== (handler as ts.Node)) : [];
  const before = handler.body?.getText().slice(0, Math.max(0, value.getStart() - handler.body.getStart())) ?? '';
  return typed || others.some((argument) => validation.test(argument.getText())) || validation.test(before);
}

/**
 * A member of a parameter without a type (or `any`): text that somebody sent, since it is made a number of here; where nothing is, the
 * name of a request's query says so.
 */
function isUntyped(value: Expression, converted: Converted): boolean {
  let node = unwrap(value);
  while (ts.isPropertyAccessExpression(node)) node = unwrap(node.expression);
  const names = converted === true ? /^(?:query|params|req|request|filters?|options|args)$/i : /^(?:query|req|request)$/i;
  if (!ts.isIdentifier(node) || !names.test(node.text)) return false;
  const declaration = declarationOf(node);
  if (!declaration || !ts.isParameter(declaration) || isValidated(node)) return false;
  return !declaration.type || /^(?:any|ParsedQs|Record<string, (?:any|string|unknown)>)$/.test(declaration.type.getText());
}

/** `limit > 0`, `limit < 1`: holds a number against the smallest, which is no maximum. */
function isFloor(condition: ts.Expression): boolean {
  const comparisons = [condition, ...descendants(condition)].filter(
    (node): node is ts.BinaryExpression => ts.isBinaryExpression(node) && /^[<>]=?$/.test(node.operatorToken.getText()),
  );
  return comparisons.every(({ left, right }) => [left, right].some((side) => /^[01]$/.test(unwrap(side).getText())));
}

/** Held against a bound somewhere in the function. */
function isCompared(value: Expression): boolean {
  const text = value.getText();
  return [...descendants(enclosingFunction(value))].some((node) => {
    if (ts.isBinaryExpression(node)) {
      const isBound = /^[<>]=?$/.test(node.operatorToken.getText());
      return isBound && !isFloor(node) && [node.left, node.right].some((side) => side.getText().includes(text));
    }
    if (!ts.isCallExpression(node) || conversions.test(node.expression.getText())) return false;
    return (
      /(?:Math\.min|clamp|valid\w*|check\w*|assert\w*|parse)$/i.test(node.expression.getText()) &&
      node.arguments.some((argument) => argument.getText().includes(text))
    );
  });
}
