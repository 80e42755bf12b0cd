/** Numbers of a request that what describes it, a class or a schema of zod, leaves without a maximum. */
import { baseClass } from '../../server/core/typescript/classes.ts';
import { type CodeFile, type Expression, type FunctionNode, ts, unwrap } from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { calleeName, optionValue } from '../../server/core/typescript/syntax.ts';
import { flowsFromRequest } from './request.ts';

/** `query.limit`, or `limit` of `const { limit } = query`: is its maximum left open where the request is described? */
export function isOpenMember(file: CodeFile, owner: Expression | ts.ParameterDeclaration, name: string): boolean {
  return (
    openProperty(file, owner, name) !== undefined ||
    isOpenInSchema(file, ts.isParameter(owner) ? owner.name : unwrap(owner), name)
  );
}

/** The same, where class-validator holds the request against a class: the one with the property that has no maximum. */
export function checkedClass(
  file: CodeFile,
  owner: Expression | ts.ParameterDeclaration,
  name: string,
): ts.ClassLikeDeclaration | undefined {
  const property = openProperty(file, owner, name);
  const isChecked = property && decoratorsOf(property).some((each) => /^(?:Is|Min)/.test(decoratorName(each)));
  return isChecked ? (property.parent as ts.ClassLikeDeclaration) : undefined;
}

function parameterOf(value: Expression): ts.ParameterDeclaration | undefined {
  const node = unwrap(value);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  return declaration && ts.isParameter(declaration) ? declaration : undefined;
}

/** What class-validator, class-transformer and the decorators of GraphQL say of a number without giving it a maximum. */
const openDecorators = /^(?:IsInt|IsNumber|IsNumberString|IsPositive|Min|IsOptional|IsDefined|IsNotEmpty|Type|Expose|Field)$/;
/** What only describes it. */
const telling = /^Api(?:Property(?:Optional)?|Query)$/;

function openProperty(
  file: CodeFile,
  of: Expression | ts.ParameterDeclaration,
  name: string,
): ts.PropertyDeclaration | undefined {
  const parameter = ts.isParameter(of) ? of : parameterOf(of);
  const type = parameter?.type;
  if (!type || !ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return undefined;
  const isRequest = (ts.getDecorators(parameter) ?? []).some(({ expression }) =>
    /^(?:Query|Body|Args)\b/.test(expression.getText()),
  );
  const found = definitionOf(file, type.typeName);
  let owner = found && ts.isClassLike(found.node) ? { node: found.node, file: found.file } : undefined;
  while (owner) {
    const property = owner.node.members.filter(ts.isPropertyDeclaration).find((part) => part.name.getText() === name);
    if (property) return isOpenProperty(property) && (isRequest || isArguments(owner.node)) ? property : undefined;
    owner = baseClass(owner.file, owner.node);
  }
  return undefined;
}

function decoratorsOf(property: ts.PropertyDeclaration): Expression[] {
  return (ts.getDecorators(property) ?? []).map(({ expression }) => expression);
}

function decoratorName(decorator: Expression): string {
  return ts.isCallExpression(decorator) ? calleeName(decorator) : decorator.getText();
}

function isOpenProperty(property: ts.PropertyDeclaration): boolean {
  const said = decoratorsOf(property);
  const checks = said.filter((each) => !telling.test(decoratorName(each)));
  return (
    checks.length > 0 &&
    !said.some((each) => /max/i.test(each.getText())) &&
    checks.every((each) => openDecorators.test(decoratorName(each)))
  );
}

/** A class of arguments of GraphQL is always the caller's; one that is held against class-validator may be made of what is capped already. */
function isArguments(owner: ts.ClassLikeDeclaration): boolean {
  return (ts.getDecorators(owner) ?? []).some(({ expression }) => /^(?:Args|Input)Type\b/.test(expression.getText()));
}

/** What zod says of a number without giving it a maximum. */
const openCalls =
  /^(?:number|coerce|int|min|gte?|positive|nonnegative|finite|safe|optional|nullable|nullish|default|prefault|catch|describe|meta|openapi)$/;
/** What makes another schema of an object's, with members that stay as they are. */
const sameMembers =
  /^(?:strict|passthrough|loose|strip|partial|required|omit|pick|describe|openapi|meta|optional|default|readonly)$/;

function isOpenInSchema(file: CodeFile, owner: ts.Node, name: string): boolean {
  const said = saidBySchema(file, owner, name);
  return said !== undefined && said.includes('number') && said.every((each) => openCalls.test(each));
}

/** The calls by which a schema of zod says what a member of a request is, the last first: `['min', 'number']` of `z.number().min(1)`. */
export function saidBySchema(file: CodeFile, owner: ts.Node, name: string): readonly string[] | undefined {
  const schema = schemaOf(file, owner);
  const member = schema && memberOf(file, schema, name);
  if (!member) return undefined;
  const names: string[] = [];
  let node = unwrap(member.node);
  while (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) {
    if (ts.isPropertyAccessExpression(node)) names.push(node.name.text);
    node = unwrap(node.expression);
  }
  return isZod(member.file, node) ? names : undefined;
}

/** `z` itself, and no schema that is made with it. */
function isZod(file: CodeFile, node: Expression): boolean {
  return /^zod(?:\/[\w/-]+)?:[^(]*$/.test(origin(file, node) ?? '');
}

/** The schema that a value has been held against: `Query.parse(req.query)`, `result.data` of `safeParse`, `input` of a procedure of tRPC. */
function schemaOf(file: CodeFile, owner: ts.Node): Expression | undefined {
  const input = inputOf(owner);
  if (input) return input;
  if (!ts.isExpression(owner)) return undefined;
  const isData = ts.isPropertyAccessExpression(owner) && owner.name.text === 'data';
  const made = valueOf(isData ? owner.expression : owner);
  const call = ts.isAwaitExpression(made) ? unwrap(made.expression) : made;
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const method = isData ? /^safeParse(?:Async)?$/ : /^parse(?:Async)?$/;
  const [given] = call.arguments;
  return given && method.test(call.expression.name.text) && flowsFromRequest(file, given)
    ? call.expression.expression
    : undefined;
}

/** `procedure.input(schema).query(({ input }) => …)`: what `input`, or `opts.input`, is held against. */
function inputOf(owner: ts.Node): Expression | undefined {
  if (ts.isPropertyAccessExpression(owner) && owner.name.text === 'input') {
    const parameter = parameterOf(owner.expression);
    return parameter && inputOfProcedure(parameter.parent);
  }
  const declaration = ts.isIdentifier(owner) ? declarationOf(owner) : undefined;
  if (!declaration || !ts.isBindingElement(declaration) || (declaration.propertyName ?? declaration.name).getText() !== 'input')
    return undefined;
  const parameter = declaration.parent.parent;
  return ts.isParameter(parameter) ? inputOfProcedure(parameter.parent) : undefined;
}

function inputOfProcedure(handler: ts.SignatureDeclaration): Expression | undefined {
  const call = handler.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== (handler as FunctionNode as ts.Node)) return undefined;
  if (!/^(?:query|mutation|subscription)$/.test(calleeName(call))) return undefined;
  for (let node = unwrap(call.expression); ts.isPropertyAccessExpression(node);) {
    const before = unwrap(node.expression);
    if (!ts.isCallExpression(before)) return undefined;
    if (calleeName(before) === 'input') return before.arguments[0];
    node = unwrap(before.expression);
  }
  return undefined;
}

/** What a schema of zod says of one member of an object. */
function memberOf(file: CodeFile, schema: Expression, name: string, depth = 0): { node: Expression; file: CodeFile } | undefined {
  const found = depth < 4 ? definitionOf(file, schema) : undefined;
  if (!found || !ts.isExpression(found.node)) return undefined;
  const { file: home } = found;
  for (let node = unwrap(found.node); ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression);) {
    const [first] = node.arguments;
    const method = node.expression.name.text;
    if (/^(?:object|strictObject|looseObject|extend|safeExtend)$/.test(method)) {
      const value = optionValue(first, name);
      if (value) return definitionIn(home, value);
    } else if (method === 'merge' && first) {
      const merged = memberOf(home, first, name, depth + 1);
      if (merged) return merged;
    } else if (!sameMembers.test(method)) return undefined;
    const before = unwrap(node.expression.expression);
    if (ts.isIdentifier(before) && !isZod(home, before)) return memberOf(home, before, name, depth + 1);
    node = before;
  }
  return undefined;
}

function definitionIn(file: CodeFile, value: Expression): { node: Expression; file: CodeFile } | undefined {
  const found = ts.isIdentifier(unwrap(value)) ? definitionOf(file, value) : { node: value, file };
  return found && ts.isExpression(found.node) ? { node: found.node, file: found.file } : undefined;
}
