/** What frameworks of decorated controller classes have in common: routes of classes, paths, parts of a request by name. */
import ts from 'ts6';
import type { Note, OperationFact, Shape } from '../generate/facts.ts';
import { type Decorator, decoratorsOf } from './decorators.ts';
import { evidenceAt, noteAt } from './evidence.ts';
import { templatesOf } from './express.ts';
import { functionsOf, type Project, Reading } from './handler.ts';
import { type Framework, joinPaths } from './routers.ts';
import { statusByName } from './statuses.ts';
import { nothing, present, type Scope, type Type, unknown } from './type-model.ts';
import type { Types } from './types.ts';
import { baseOf, type Env, nameText, strip, type Values } from './values.ts';

/** The decorators of a class, a member or a parameter that packages of a library export. */
export function decoratorsFrom(node: ts.Node | undefined, library: RegExp, { values }: Project): Decorator[] {
  return decoratorsOf(node).filter(({ call, node: { expression } }) => {
    const value = values.of(call ? call.expression : expression, values.root);
    return value?.kind === 'package' && library.test(value.name);
  });
}

/** A method of a controller, and what stands for what where its class is extended. */
export interface Route {
  readonly method: ts.MethodDeclaration;
  /** Those of the classes it extends that it stands for, the nearest first. */
  readonly overridden: ts.MethodDeclaration[];
  /** What a function that makes its class was given: `extends BaseController(User, 'users')`. */
  readonly env: Env;
  /** What the type parameters of its class stand for: `extends CrudController<User>`. */
  readonly scope: Scope;
}

/** The methods of a controller, those of the classes it extends included. */
export function routesOf(node: ts.ClassLikeDeclaration, { values, types }: Project): Route[] {
  const found = new Map<string | undefined, Route>();
  const self: Type = { kind: 'declared', node, scope: types.root, args: [] };
  let at: Instance | undefined = { node, env: values.root, scope: types.root };
  for (let depth = 0; at && depth <= maxBases; depth++) {
    // Members that the controller has of its own stand before those of the class that uses them.
    const scope = at.node === node ? at.scope : types.scope(new Map([[at.node, self]]), at.scope);
    for (const method of at.node.members.filter(ts.isMethodDeclaration)) {
      const name = nameText(method.name);
      const known = found.get(name);
      if (known) known.overridden.push(method);
      else found.set(name, { method, overridden: [], env: at.env, scope });
    }
    at = extendedBy(at, values, types);
  }
  return [...found.values()];
}

/** How many classes up from a controller methods are looked for. */
const maxBases = 6;

/** A class where another extends it. */
interface Instance {
  readonly node: ts.ClassLikeDeclaration;
  readonly env: Env;
  readonly scope: Scope;
}

function extendedBy({ node, env, scope }: Instance, values: Values, types: Types): Instance | undefined {
  const base = baseOf(node);
  if (!base) return undefined;
  const type = types.base(base, scope);
  // What a function says that it makes may be less than the class: `function Base<T>(dto: Type<T>): Type<Crud<T>>`.
  const made = values.of(base.expression, env);
  if (made?.kind === 'class') {
    const isTyped = type.kind === 'declared' && type.node === made.node;
    return { node: made.node, env: made.env, scope: isTyped ? type.scope : types.within(made.env) };
  }
  return type.kind === 'declared' && ts.isClassLike(type.node)
    ? { node: type.node, env: values.root, scope: type.scope }
    : undefined;
}

/** Adds an operation; of those that OpenAPI takes for one, the first stands. */
export function addOnce(operations: Map<string, OperationFact>, operation: OperationFact): void {
  const key = `${operation.method} ${operation.path.replaceAll(/\{[^}]+\}/g, '{}')}`;
  if (!operations.has(key)) operations.set(key, operation);
}

/** The classes of a file, also those that a function makes. */
export function classesIn(file: ts.SourceFile): ts.ClassDeclaration[] {
  const found: ts.ClassDeclaration[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isClassDeclaration(node)) found.push(node);
    else ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The paths a decorator is given, as OpenAPI templates; what cannot be said gets a note. `spell` writes one as Express does. */
export function pathsOf(
  node: ts.Expression,
  project: Project,
  notes: Note[],
  spell: (path: string) => string,
  env: Env = project.values.root,
): string[] {
  const value = project.values.of(node, env);
  if (value?.kind === 'list') return value.items.flatMap((item) => pathsOf(item, project, notes, spell, value.env));
  const templates = value?.kind === 'text' ? templatesOf(spell(joinPaths('', value.text))) : undefined;
  if (templates) return templates;
  const isPattern = value?.kind === 'text' || ts.isRegularExpressionLiteral(strip(node));
  const message = isPattern
    ? 'The path is a pattern that OpenAPI cannot express, so its routes are missing.'
    : 'The path is computed at run time, so its routes are missing.';
  notes.push(noteAt(node, message));
  return [];
}

/** The status an expression says: a number, a constant, a name as `HttpStatus.CREATED`. */
export function statusOf(node: ts.Expression, { values }: Project, env = values.root): string | undefined {
  const value = values.of(node, env);
  if (value?.kind === 'text') return value.text;
  const bare = strip(node);
  // `HttpStatus.CREATED`, also where a parameter stands for it.
  const [, constant] = (value?.kind === 'package' && /^\w*Status\w*\.([A-Z_]+)$/.exec(value.member)) || [];
  if (constant !== undefined) return statusByName(constant);
  return ts.isPropertyAccessExpression(bare) ? statusByName(bare.name.text) : undefined;
}

export const isStatus = (text: string) => /^[1-5]\d\d$/.test(text);

/** The texts that an expression is, alone or in lists. */
export function textsOf(node: ts.Expression | undefined, project: Project): string[] {
  const value = node && project.values.of(node, project.values.root);
  if (value?.kind === 'text') return [value.text];
  return value?.kind === 'list' ? value.items.flatMap((item) => textsOf(item, project)) : [];
}

/** The text that the nearest decorator of a name is given first. */
export function textIn(decorators: readonly Decorator[], wanted: string, { values }: Project): string | undefined {
  const [first] = decorators.findLast(({ name }) => name === wanted)?.call?.arguments ?? [];
  return first && values.text(first, values.root);
}

/** All texts that the decorators of a name are given: `@Tags('Users', 'Pets')`. */
export function textsIn(decorators: readonly Decorator[], wanted: string, project: Project): string[] {
  const given = decorators.filter(({ name }) => name === wanted).flatMap(({ call }) => [...(call?.arguments ?? [])]);
  return [...new Set(given.flatMap((one) => textsOf(one, project)))];
}

/** `@Response<Problem>(404, 'Not found')` of tsoa and typescript-rest-swagger. */
export function readResponse({ call, node }: Decorator, reading: Reading, scope: Scope): void {
  const { project } = reading;
  const [first, second] = call?.arguments ?? [];
  const status = first && statusOf(first, project);
  if (!status) return;
  const [type] = call?.typeArguments ?? [];
  const shape = type && project.shapes.of(present(project.types.ofNode(type, scope)));
  const description = second && project.values.text(second, project.values.root);
  reading.merge({
    status: isStatus(status) ? status : 'default',
    ...(shape && { mediaType: 'application/json', shape }),
    ...(description && { description }),
    evidence: evidenceAt(node, 'declared'),
  });
}

/** What takes a part of a request: a parameter of a method, or a field of its class. */
export type Taken = ts.ParameterDeclaration | ts.PropertyDeclaration;

/** The type of a parameter, also where only what it is otherwise says so. */
export function typeOf(node: Taken, { types }: Project, scope: Scope): Type {
  return node.type ? types.ofNode(node.type, scope) : node.initializer ? types.of(node.initializer, scope) : unknown;
}

/** What a parameter takes, and what it is where a client does not say. */
export function shapeOf(node: Taken, project: Project, scope: Scope): Shape {
  const shape = project.shapes.of(present(typeOf(node, project, scope)));
  const text = node.initializer && strip(node.initializer);
  if (!text || shape.ref) return shape;
  if (ts.isStringLiteralLike(text)) return { ...shape, default: text.text };
  if (ts.isNumericLiteral(text)) return { ...shape, default: Number(text.text) };
  if (text.kind === ts.SyntaxKind.TrueKeyword) return { ...shape, default: true };
  return text.kind === ts.SyntaxKind.FalseKeyword ? { ...shape, default: false } : shape;
}

/** Must a client give what a parameter takes? */
export function isNeeded(node: ts.ParameterDeclaration, project: Project, scope: Scope): boolean {
  if (node.questionToken || node.initializer) return false;
  const type = typeOf(node, project, scope);
  return type.kind !== 'union' || !type.of.includes(nothing);
}

/**
 * A middleware that a decorator puts before an action: a function, or a class whose method of this name is one. What it refuses
 * is refused.
 */
export function readMiddleware(middleware: ts.Expression, framework: Framework, name: string, reading: Reading): void {
  const { project } = reading;
  const { values } = project;
  const own = new Reading(project, framework.dialect);
  framework.readArgument?.(middleware, own, values.root);
  const value = values.of(middleware, values.root);
  const method = value?.kind === 'class' ? value.node.members.find((one) => nameText(one.name) === name) : undefined;
  const functions =
    method && ts.isMethodDeclaration(method)
      ? [{ node: method, env: values.root }]
      : functionsOf(values, middleware, values.root);
  for (const { node, env } of functions) own.handler(node, env, undefined, middleware);
  for (const one of own.responses) if (/^[45]/.test(one.status)) reading.merge(one);
  const { security, bodies } = own.operation;
  for (const one of security) reading.secure(one);
  for (const { shape, evidence, mediaType } of bodies)
    if (evidence.confidence === 'declared') reading.body(shape, evidence, mediaType);
}

/** The properties of a body that parameters take one by one: fields of a form, properties of an object. */
export class Fields {
  readonly #properties = new Map<string, Shape>();
  readonly #required: string[] = [];
  #at: ts.Node | undefined;

  add(name: string, shape: Shape, isRequired: boolean, at: ts.Node): void {
    this.#properties.set(name, shape);
    if (isRequired) this.#required.push(name);
    this.#at ??= at;
  }

  /** Records the body that they make together. */
  read(reading: Reading, mediaType: string): void {
    if (!this.#at) return;
    const properties = Object.fromEntries(this.#properties);
    const required = this.#required.length > 0 ? { required: this.#required } : {};
    reading.body({ type: 'object', properties, ...required }, evidenceAt(this.#at, 'declared'), mediaType);
  }
}

/** What an uploaded file is in a body. */
export const upload: Shape = { type: 'string', format: 'binary' };

/** The path of a router by the calls that mount it: `app.use('/api', router)`; empty of an application. */
export function mountedAt(router: ts.Expression, calls: readonly ts.CallExpression[], project: Project, depth = 0): string {
  const { values } = project;
  const declared = ts.isIdentifier(router) ? values.declarationOf(router) : undefined;
  if (!declared || depth > 4) return '';
  for (const { expression, arguments: given } of calls) {
    const isUse = ts.isPropertyAccessExpression(expression) && expression.name.text === 'use';
    const isOf = (one: ts.Expression) => ts.isIdentifier(one) && values.declarationOf(one) === declared;
    if (!isUse || !given.some(isOf)) continue;
    const path = given[0] ? (values.text(given[0], values.root) ?? '') : '';
    return joinPaths(mountedAt(strip(expression.expression), calls, project, depth + 1), path);
  }
  return '';
}

/** The calls of a file. */
export function callsIn(file: ts.SourceFile): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
