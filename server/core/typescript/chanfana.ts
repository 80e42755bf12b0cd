/** chanfana: endpoints that are classes with a `schema`, on the routers of another framework. */
import ts from 'ts6';
import type { Shape } from '../generate/facts.ts';
import { evidenceAt } from './evidence.ts';
import type { Place, Reading } from './handler.ts';
import { keywordsOf, schemaOfCall } from './schema-libraries.ts';
import { type Scope, type Type, unknown } from './type-model.ts';
import type { Types } from './types.ts';
import { type Env, nameText, propertyIn, strip, type Values } from './values.ts';

export const chanfana = 'chanfana';

/** The method that answers in a class that extends what chanfana has; those of its endpoints that are made of a model answer by themselves. */
export function answeringMethod(module: string, member: string): string | undefined {
  return module === chanfana && /^(?:OpenAPIRoute|(?:D1)?(?:Create|Read|Update|Delete|List)Endpoint)$/.test(member)
    ? 'handle'
    : undefined;
}

interface Endpoint {
  /** Where it is registered. */
  readonly at: ts.Expression;
  readonly node: ts.ClassLikeDeclaration;
  /** The code has what answers, and it is not made of a model. */
  readonly isWritten: boolean;
}

/** The class among the handlers of a route that is an endpoint. */
export function endpointIn(args: readonly ts.Expression[], values: Values, env: Env): Endpoint | undefined {
  for (const { node: at, env: own } of values.spread(args, env)) {
    const value = values.of(at, own);
    const method = value?.kind === 'class' ? values.answersBy(value.node) : undefined;
    if (value?.kind !== 'class' || method === undefined) continue;
    return { at, node: value.node, isWritten: values.memberOf(value.node, method)?.kind === 'function' };
  }
  return undefined;
}

/** What an endpoint states of itself, `schema = { request, responses }`, or the class that it extends does. */
export function schemaOf(endpoint: ts.ClassLikeDeclaration, values: Values): ts.Expression | undefined {
  let stated: ts.Expression | undefined;
  values.isA(endpoint, ({ members }) => {
    const field = members.find((one) => ts.isPropertyDeclaration(one) && nameText(one.name) === 'schema');
    stated = field && ts.isPropertyDeclaration(field) ? field.initializer : undefined;
    return stated !== undefined;
  });
  return stated;
}

/** Records what `handle` returns that no other framework's reader knows: an object is sent as JSON, and what nobody sees may be either. */
export function returnedOf(value: ts.Expression, reading: Reading, place: Place): void {
  const isCall = ts.isCallExpression(value);
  if (!isCall && !ts.isObjectLiteralExpression(value) && !ts.isIdentifier(value)) return;
  const isOwn = isCall && reading.project.values.of(value.expression, place.env)?.kind === 'function';
  if (isOwn || !isIn(value, reading)) return;
  const shape = reading.shapeOf(value, place);
  const isJson = shape.properties !== undefined || shape.items !== undefined || shape.ref !== undefined;
  if (isJson || isCall) reading.respond(undefined, isJson ? { mediaType: 'application/json', shape } : {}, place, value);
}

/** Records what is answered to a request that the schema refuses, where the endpoint has it checked: `await this.getValidatedData()`. */
export function validates(callee: ts.PropertyAccessExpression, reading: Reading): void {
  const isOwn = callee.expression.kind === ts.SyntaxKind.ThisKeyword && callee.name.text === 'getValidatedData';
  if (isOwn && isIn(callee, reading)) reading.merge({ status: '400', evidence: evidenceAt(callee, 'declared') });
}

/** Does a node stand in the method of an endpoint that answers, and in no function there? */
function isIn(node: ts.Node, { project: { values } }: Reading): boolean {
  const around = ts.findAncestor(node, ts.isFunctionLike);
  if (!around || !ts.isMethodDeclaration(around) || !ts.isClassLike(around.parent)) return false;
  return values.answersBy(around.parent) === nameText(around.name);
}

/** What chanfana's parameters of version 2 let in. */
const parameters: Readonly<Record<string, Shape>> = {
  Str: { type: 'string' },
  Num: { type: 'number' },
  Int: { type: 'integer' },
  Bool: { type: 'boolean' },
  DateTime: { type: 'string', format: 'date-time' },
  DateOnly: { type: 'string', format: 'date' },
  Email: { type: 'string', format: 'email' },
  Uuid: { type: 'string', format: 'uuid' },
  Hostname: { type: 'string' },
  Ipv4: { type: 'string', format: 'ipv4' },
  Ipv6: { type: 'string', format: 'ipv6' },
  Ip: { type: 'string' },
  Regex: { type: 'string' },
};

/** What a function of chanfana makes: `contentJson(Schema)`, and parameters, `Str({ required: false })`. */
export function callOfChanfana(types: Types, member: string, call: ts.CallExpression, scope: Scope): Type {
  const [first, second] = call.arguments;
  const given = first ? types.of(first, scope) : unknown;
  if (member === 'contentJson') return having('content', having('application/json', having('schema', given)));
  if (member === 'Obj') return stated(schemaOfCall(types, 'zod', 'z.object', call, scope), second);
  if (member === 'Arr') {
    const items = given.kind === 'schema' ? given.shape : {};
    return stated({ kind: 'schema', shape: { type: 'array', items } }, second);
  }
  if (member === 'Enumeration') return stated({ kind: 'schema', shape: enumeration(types, first, scope) }, first);
  const shape = parameters[member];
  return shape ? stated({ kind: 'schema', shape }, first) : unknown;
}

/** `Enumeration({ values: ['open', 'closed'] })`, or an object that has them as its names. */
function enumeration(types: Types, options: ts.Expression | undefined, scope: Scope): Shape {
  const written = propertyIn(options, 'values');
  const values = written && types.values.of(written, types.values.root);
  const texts =
    values?.kind === 'list'
      ? values.items.map((one) => types.values.text(one, values.env))
      : [...((written && types.membersOf(types.of(written, scope))?.keys()) ?? [])];
  const known = texts.filter((text) => text !== undefined);
  return { type: 'string', ...(known.length > 0 && known.length === texts.length && { enum: known }) };
}

function having(name: string, type: Type): Type {
  return { kind: 'object', members: new Map([[name, { type: () => type, optional: false }]]) };
}

/** A schema with what its options say. */
function stated(type: Type, options: ts.Expression | undefined): Type {
  if (type.kind !== 'schema') return type;
  const { description, default: otherwise } = keywordsOf(options && strip(options));
  const isNeeded = propertyIn(options, 'required')?.kind !== ts.SyntaxKind.FalseKeyword && otherwise === undefined;
  const said = { ...(description !== undefined && { description }), ...(otherwise !== undefined && { default: otherwise }) };
  return { ...type, shape: { ...type.shape, ...said }, ...(!isNeeded && { optional: true }) };
}
