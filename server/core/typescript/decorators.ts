/** What decorators of a class's members say of its JSON: class-validator, class-transformer, `@nestjs/swagger`, TypeORM. */
import ts from 'ts6';
import { isUnknown, type Shape } from '../generate/facts.ts';
import type { Project } from './handler.ts';
import { statedType } from './nest-schemas.ts';
import { keywordsOf } from './schema-libraries.ts';
import { enumShape, type Scope, type Type } from './type-model.ts';
import type { Types } from './types.ts';
import { isConstant } from './plain.ts';
import { type Env, nameText, resultsOf, strip, type Values } from './values.ts';

/** A decorator by the last part of its name, and its call. */
export interface Decorator {
  readonly name: string;
  readonly call: ts.CallExpression | undefined;
  readonly node: ts.Decorator;
  /** What the parameters stand for of the function that applies it, as types and as values. */
  readonly scope?: Scope;
  readonly env?: Env;
}

/** The decorators of a class, a member or a parameter. */
export function decoratorsOf(node: ts.Node | undefined): Decorator[] {
  if (!node || !ts.canHaveDecorators(node)) return [];
  return (ts.getDecorators(node) ?? []).map((decorator) => {
    const call = ts.isCallExpression(decorator.expression) ? decorator.expression : undefined;
    const callee = call ? call.expression : decorator.expression;
    const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
    return { name, call, node: decorator };
  });
}

/**
 * The decorators of a class or a member, and those that functions of the project apply: `const Auth = () => applyDecorators(…)`.
 * `scope` is what the parameters stand for of what is around them.
 */
export function decoratorsFor(node: ts.Node, project: Project, scope?: Scope): Decorator[] {
  return decoratorsOf(node).flatMap((bare) => {
    const one = scope ? { ...bare, scope } : bare;
    return [one, ...appliedBy(one.node.expression, one, project)];
  });
}

function appliedBy(expression: ts.Expression, outer: Decorator, project: Project, depth = 0): Decorator[] {
  const { values } = project;
  const around = outer.env ?? values.root;
  const call = ts.isCallExpression(expression) ? expression : undefined;
  const value = values.of(call ? call.expression : expression, around);
  const { body, parameters = [] } = value?.kind === 'function' ? value.node : {};
  const results = resultsOf(body);
  const [result] = value?.kind === 'made' ? [value.call] : results.map(strip);
  // Which of several it is, is not known.
  if (!result || results.length > 1 || depth > 3 || !ts.isCallExpression(result)) return [];
  if (result.expression.getText() !== 'applyDecorators') return [];
  const bindings = new Map<ts.Node, Type>();
  for (const [index, parameter] of parameters.entries()) {
    const argument = call?.arguments[index];
    if (argument) bindings.set(parameter, project.types.of(argument, outer.scope));
  }
  const scope = project.types.scope(bindings, project.types.root);
  const env = call && value?.kind === 'function' ? values.call(call, value, around) : around;
  return itemsIn(result.arguments, env, values).flatMap(({ node: each, env: place }) => {
    const made = ts.isCallExpression(each) ? each : undefined;
    const callee = made ? made.expression : each;
    const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
    const inner: Decorator = { name, call: made, node: outer.node, scope, env: place };
    return [inner, ...appliedBy(each, inner, project, depth + 1)];
  });
}

interface Item {
  readonly node: ts.Expression;
  readonly env: Env;
}

/** What a call is given, the items of lists that are spread into it included, as far as they are known. */
function itemsIn(nodes: readonly ts.Expression[], env: Env, values: Values): Item[] {
  return nodes.flatMap((one) => (ts.isSpreadElement(one) ? itemsOf(one.expression, env, values) : [{ node: strip(one), env }]));
}

/** The items of a list: `responses?.map((one) => ApiResponse(one)) ?? []`, `key ? [ApiSecurity(key)] : []`. */
function itemsOf(list: ts.Expression, env: Env, values: Values): Item[] {
  const bare = strip(list);
  const declaration = ts.isIdentifier(bare) ? values.declarationOf(bare) : undefined;
  if (declaration && ts.isVariableDeclaration(declaration) && isConstant(declaration) && declaration.initializer)
    return itemsOf(declaration.initializer, env, values);
  if (ts.isBinaryExpression(bare) && /^(?:\?\?|\|\|)$/.test(bare.operatorToken.getText()))
    return [bare.left, bare.right].map((side) => itemsOf(side, env, values)).find((items) => items.length > 0) ?? [];
  if (ts.isConditionalExpression(bare)) {
    const isMet = values.decided(bare.condition, env);
    return isMet === undefined ? [] : itemsOf(isMet ? bare.whenTrue : bare.whenFalse, env, values);
  }
  const callee = ts.isCallExpression(bare) ? strip(bare.expression) : undefined;
  const isMap = callee && ts.isPropertyAccessExpression(callee) && callee.name.text === 'map';
  const [turn] = isMap && ts.isCallExpression(bare) ? bare.arguments : [];
  if (isMap && turn && ts.isArrowFunction(turn) && turn.parameters[0]) {
    const [result, ...more] = resultsOf(turn.body);
    const turns = (more.length === 0 && values.turns(callee.expression, turn.parameters[0], env)) || [];
    const entered = turns.map((one, index) => values.enter(bare, `map ${index}`, turn, env, env, new Map(one)));
    return result ? entered.map((inner) => ({ node: strip(result), env: inner })) : [];
  }
  const value = values.of(bare, env);
  return value?.kind === 'list' ? itemsIn(value.items, value.env, values) : [];
}

/**
 * Not part of the JSON: class-transformer's `@Exclude()`, of a member or of a class whose members are exposed one by one, a TypeORM
 * column that is not selected, a hidden property.
 */
export function isHidden(node: ts.Node | undefined): boolean {
  const own = decoratorsOf(node);
  const isExcluded = ({ name, call }: Decorator) => name === 'Exclude' && (call?.arguments.length ?? 0) === 0;
  if (!isExposed(node) && node && ts.isPropertyDeclaration(node) && decoratorsOf(node.parent).some(isExcluded)) return true;
  return own.some((one) => {
    const { name, call } = one;
    return isExcluded(one) || name === 'ApiHideProperty' || (name === 'Column' && optionOf(call, 'select') === false);
  });
}

/** class-transformer's `@Expose()`, of a member or of a whole class. */
export function isExposed(node: ts.Node | undefined): boolean {
  return decoratorsOf(node).some(({ name }) => name === 'Expose');
}

/** A TypeORM relation is there only where a query asks for it; an eager one comes with every `find`. */
export function relationOf(node: ts.Node | undefined): 'asked' | 'eager' | undefined {
  const relation = decoratorsOf(node).find(({ name }) => /^(?:OneToOne|OneToMany|ManyToOne|ManyToMany)$/.test(name));
  if (!relation) return undefined;
  return optionOf(relation.call, 'eager') === true ? 'eager' : 'asked';
}

/** What leads back from the items of a list to who has it: `(comment) => comment.post` of `@OneToMany(() => Comment, …)`. */
export function inverseOf(node: ts.Node | undefined): string | undefined {
  const relation = decoratorsOf(node).find(({ name }) => name === 'OneToMany');
  const inverse = relation?.call?.arguments[1];
  if (inverse && ts.isStringLiteralLike(inverse)) return inverse.text;
  const leads = inverse && ts.isArrowFunction(inverse) ? inverse.body : undefined;
  return leads && ts.isPropertyAccessExpression(leads) ? leads.name.text : undefined;
}

/** A member that may be absent though its type does not say so. */
export function isOptional(node: ts.Node | undefined): boolean {
  return decoratorsOf(node).some(({ name, call }) => {
    return (
      name === 'IsOptional' || name === 'ApiPropertyOptional' || (name === 'ApiProperty' && optionOf(call, 'required') === false)
    );
  });
}

/** The name a member has in JSON: `@ApiProperty({ name })`, `@Expose({ name })`. */
export function nameInJson(node: ts.Node | undefined): string | undefined {
  for (const { name, call } of decoratorsOf(node)) {
    const options = call?.arguments[0];
    if (
      !/^(?:Api(?:Property(?:Optional)?|ResponseProperty)|Expose)$/.test(name) ||
      !options ||
      !ts.isObjectLiteralExpression(options)
    )
      continue;
    const option = options.properties.find((property) => nameText(property.name) === 'name');
    if (option && ts.isPropertyAssignment(option) && ts.isStringLiteralLike(option.initializer)) return option.initializer.text;
  }
  return undefined;
}

/** A shape as the decorators of its member narrow it. */
export function decorated(project: Project, node: ts.Node | undefined, shape: Shape): Shape {
  let result = shape;
  for (const { name, call } of decoratorsOf(node)) {
    const say = validators[name];
    const isEach = call?.arguments.some((argument) => /\beach:\s*true/.test(argument.getText()));
    if (say && isEach && result.items && !result.items.ref) {
      result = { ...result, items: { ...result.items, ...say(call?.arguments ?? [], result.items, project.types) } };
    } else if (say && !isEach && !result.ref) {
      result = { ...result, ...say(call?.arguments ?? [], result, project.types) };
    }
    const options = /^Api(?:Property(?:Optional)?|ResponseProperty)$/.test(name) ? call?.arguments[0] : undefined;
    if (options) result = stated(project, options, result);
    if (name === 'ApiResponseProperty' && !result.ref) result = { ...result, readOnly: true };
    // What class-transformer leaves out in one direction.
    if (name === 'Exclude' && !result.ref && optionOf(call, 'toPlainOnly')) result = { ...result, writeOnly: true };
    if (name === 'Exclude' && !result.ref && optionOf(call, 'toClassOnly')) result = { ...result, readOnly: true };
  }
  return result;
}

/** What `@ApiProperty({ … })` says: keywords narrow what the type says, a schema of its own says what the type leaves open. */
function stated(project: Project, options: ts.Expression, shape: Shape): Shape {
  const isOpen = (one: Shape | undefined): boolean =>
    isUnknown(one) ||
    (one?.type === 'object' && !one.properties && isUnknown(one.additional)) ||
    (one?.items !== undefined && isOpen(one.items));
  const own = isOpen(shape) ? statedType(options, project) : undefined;
  const result = own && !isUnknown(own) ? { ...own, ...(shape.nullable && { nullable: true }) } : shape;
  return result.ref ? result : { ...result, ...keywordsOf(options) };
}

type Say = (args: readonly ts.Expression[], shape: Shape, types: Types) => Shape;

const num = (node: ts.Expression | undefined) => (node && ts.isNumericLiteral(node) ? Number(node.text) : undefined);
const bound =
  (key: keyof Shape): Say =>
  ([value]) => {
    const limit = num(value);
    return limit === undefined ? {} : { [key]: limit };
  };
/** A format is one of texts; a `Date` has its own. */
const format =
  (name: string): Say =>
  (_, shape) =>
    shape.type && shape.type !== 'string' ? {} : { type: 'string', format: name };
const typed =
  (type: NonNullable<Shape['type']>): Say =>
  (_, shape) =>
    shape.type || shape.anyOf ? {} : { type };

const validators: Readonly<Record<string, Say>> = {
  IsString: typed('string'),
  IsNumber: typed('number'),
  IsBoolean: typed('boolean'),
  IsArray: typed('array'),
  IsInt: () => ({ type: 'integer' }),
  IsEmail: format('email'),
  IsUUID: format('uuid'),
  IsUrl: format('uri'),
  IsDateString: format('date-time'),
  IsISO8601: format('date-time'),
  IsPositive: () => ({ exclusiveMinimum: 0 }),
  IsNegative: () => ({ exclusiveMaximum: 0 }),
  Min: bound('minimum'),
  Max: bound('maximum'),
  MinLength: bound('minLength'),
  MaxLength: bound('maxLength'),
  ArrayMinSize: bound('minItems'),
  ArrayMaxSize: bound('maxItems'),
  ArrayUnique: () => ({ uniqueItems: true }),
  IsNotEmpty: (_, { type, minLength }) => (type === 'string' && minLength === undefined ? { minLength: 1 } : {}),
  Length: ([least, most]) => {
    const [min, max] = [num(least), num(most)];
    return { ...(min !== undefined && { minLength: min }), ...(max !== undefined && { maxLength: max }) };
  },
  Matches: ([pattern]) => {
    if (!pattern || !ts.isRegularExpressionLiteral(pattern)) return {};
    const end = pattern.text.lastIndexOf('/');
    return end === pattern.text.length - 1 ? { pattern: pattern.text.slice(1, end) } : {};
  },
  IsEnum: ([values], _, types) => {
    const type: Type = values ? types.of(values) : { kind: 'unknown' };
    return type.kind === 'enum' ? enumShape(type.node) : {};
  },
  IsIn: ([values]) => {
    const items = values && ts.isArrayLiteralExpression(values) ? values.elements : [];
    const texts = items.flatMap((item) => (ts.isStringLiteralLike(item) ? [item.text] : []));
    return texts.length > 0 && texts.length === items.length ? { type: 'string', enum: texts } : {};
  },
};

/** A boolean option of a decorator: `@Column({ select: false })`. */
function optionOf(call: ts.CallExpression | undefined, wanted: string): boolean | undefined {
  for (const argument of call?.arguments ?? []) {
    if (!ts.isObjectLiteralExpression(argument)) continue;
    const option = argument.properties.find((item) => nameText(item.name) === wanted);
    if (!option || !ts.isPropertyAssignment(option)) continue;
    if (option.initializer.kind === ts.SyntaxKind.TrueKeyword) return true;
    if (option.initializer.kind === ts.SyntaxKind.FalseKeyword) return false;
  }
  return undefined;
}
