/** Statuses of HTTP as code writes them: numbers, names of well-known tables, errors and the classes that answer for them. */
import ts from 'ts6';
import type { Project } from './handler.ts';
import { type Env, isSetting, nameText, resultsOf, strip, type Values } from './values.ts';

/** The three digits an expression is, through constants, enums and well-known tables of status codes. */
export function statusText(project: Project, node: ts.Expression, env: Env): string | undefined {
  const value = project.values.of(node, env);
  if (value?.kind === 'text') return value.text;
  // A parameter that is given a constant of a package: `StatusCodes.NOT_FOUND`.
  const given = value?.kind === 'package' ? statusByName(value.member.split('.').at(-1) ?? '') : undefined;
  if (given) return given;
  const type = project.types.of(node);
  if (type.kind === 'shape' && type.shape.enum?.length === 1) return String(type.shape.enum[0]);
  const member = type.kind === 'package' ? type.member.split('.').at(-1) : undefined;
  return member ? statusByName(member) : undefined;
}

/** The status a name of http-status-codes, http-status, Nest or http-errors means: `NOT_FOUND`, `NotFound`. */
export function statusByName(name: string): string | undefined {
  return statusNames.get(name.replaceAll(/[^A-Za-z]/g, '').toLowerCase());
}

const statusNames = new Map(
  Object.entries({
    ok: '200',
    created: '201',
    accepted: '202',
    nocontent: '204',
    partialcontent: '206',
    movedpermanently: '301',
    found: '302',
    seeother: '303',
    notmodified: '304',
    temporaryredirect: '307',
    permanentredirect: '308',
    badrequest: '400',
    unauthorized: '401',
    paymentrequired: '402',
    forbidden: '403',
    notfound: '404',
    methodnotallowed: '405',
    methodnotsupported: '405',
    notacceptable: '406',
    requesttimeout: '408',
    timeout: '408',
    conflict: '409',
    gone: '410',
    preconditionfailed: '412',
    payloadtoolarge: '413',
    unsupportedmediatype: '415',
    imateapot: '418',
    unprocessableentity: '422',
    unprocessablecontent: '422',
    locked: '423',
    faileddependency: '424',
    tooearly: '425',
    preconditionrequired: '428',
    toomanyrequests: '429',
    clientclosedrequest: '499',
    internalservererror: '500',
    internalserver: '500',
    notimplemented: '501',
    badgateway: '502',
    serviceunavailable: '503',
    gatewaytimeout: '504',
  }),
);

/** The status an error stands for: a literal's `status`, a constructor's argument, a class that sets its own. */
export function statusOfError(project: Project, error: ts.Expression, env: Env, depth = 0): string | undefined {
  const bare = strip(error);
  if (ts.isObjectLiteralExpression(bare)) {
    const status = bare.properties.find((item) => /^(?:status|statusCode)$/.test(nameText(item.name) ?? ''));
    const code = status && ts.isPropertyAssignment(status) ? statusText(project, status.initializer, env) : undefined;
    return code && isFailure(code) ? code : undefined;
  }
  if (!ts.isCallExpression(bare) && !ts.isNewExpression(bare)) return undefined;
  for (const argument of bare.arguments ?? []) {
    const code = ts.isSpreadElement(argument) ? undefined : numericStatus(project, argument, env);
    if (code) return code;
    if (ts.isObjectLiteralExpression(argument)) {
      const own = statusOfError(project, argument, env);
      if (own) return own;
    }
  }
  const target = project.types.of(bare.expression);
  if (target.kind === 'class') return statusOfClass(project, target.node, 0) ?? statusAnswered(project, target.node);
  if (target.kind === 'function' && depth < 2) {
    // `throw notFound()`: a function of the project makes the error.
    const { body } = target.node as ts.FunctionLikeDeclaration;
    const made = resultsOf(body);
    const statuses = new Set(made.map((one) => statusOfError(project, one, env, depth + 1)));
    return statuses.size === 1 ? [...statuses][0] : undefined;
  }
  const member = target.kind === 'package' ? target.member.split('.').at(-1) : undefined;
  // `new ORPCError('NOT_FOUND')`
  const [code] = bare.arguments ?? [];
  if (target.kind === 'package' && /^@orpc\//.test(target.module) && member === 'ORPCError' && code) {
    const name = project.values.text(code, env);
    return name === undefined ? undefined : (statusByName(name) ?? '500');
  }
  const isErrorLibrary =
    target.kind === 'package' &&
    /^(?:http-errors|@hapi\/boom|@nestjs\/common|routing-controllers|elysia|chanfana|typescript-rest|@curveball\/http-errors)$/.test(
      target.module,
    );
  return member && isErrorLibrary ? statusByName(member.replace(/(?:Exception|Error)$/, '')) : undefined;
}

/** A status of a failure written as a number or a named constant. */
function numericStatus(project: Project, node: ts.Expression, env: Env): string | undefined {
  const bare = strip(node);
  if (ts.isStringLiteralLike(bare) || ts.isObjectLiteralExpression(bare) || ts.isTemplateExpression(bare)) return undefined;
  const code = statusText(project, bare, env);
  return code && isFailure(code) ? code : undefined;
}

/** A status of the classes 4xx and 5xx. */
export function isFailure(code: string): boolean {
  return /^[45]\d\d$/.test(code);
}

/** `class NotFound extends HttpError { constructor() { super(404) } }`, `status = 404`. */
function statusOfClass(project: Project, node: ts.ClassLikeDeclaration, depth: number): string | undefined {
  if (depth > 4) return undefined;
  for (const member of node.members) {
    if (!/^(?:status|statusCode|code)$/.test(nameText(member.name) ?? '')) continue;
    // `get status() { return 404; }`
    const [returned] = ts.isGetAccessorDeclaration(member) ? resultsOf(member.body) : [];
    const value = ts.isPropertyDeclaration(member) ? member.initializer : returned;
    const code = value && numericStatus(project, value, project.values.root);
    if (code) return code;
  }
  const maker = node.members.find(ts.isConstructorDeclaration);
  let found: string | undefined;
  const visit = (child: ts.Node): void => {
    if (ts.isCallExpression(child) && child.expression.kind === ts.SyntaxKind.SuperKeyword) {
      for (const argument of child.arguments) found ??= numericStatus(project, argument, project.values.root);
    }
    const isSet = ts.isBinaryExpression(child) && child.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (isSet && /^this\.(?:status|statusCode|code)$/.test(child.left.getText())) {
      found ??= numericStatus(project, child.right, project.values.root);
    }
    ts.forEachChild(child, visit);
  };
  if (maker?.body) visit(maker.body);
  if (found) return found;
  const base = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  const parent = base && project.types.of(base.expression);
  if (parent?.kind === 'class') return statusOfClass(project, parent.node, depth + 1);
  const name = parent?.kind === 'package' ? parent.member.split('.').at(-1) : undefined;
  return name ? statusByName(name.replace(/(?:Exception|Error)$/, '')) : undefined;
}

const answered = new WeakMap<Values, Map<ts.ClassLikeDeclaration, string | undefined>>();

/** The status that whoever handles the errors of an application answers one of a class with: `if (error instanceof Missing) …`. */
function statusAnswered(project: Project, node: ts.ClassLikeDeclaration): string | undefined {
  const { values } = project;
  const all = answered.get(values) ?? new Map<ts.ClassLikeDeclaration, string | undefined>();
  answered.set(values, all);
  if (all.has(node)) return all.get(node);
  const found = new Set<string>();
  const visit = (at: ts.Node): void => {
    const tested = ts.isIfStatement(at) && isHandled(values, at) ? classTested(values, at.expression) : undefined;
    if (ts.isIfStatement(at) && tested && values.isA(node, (one) => one === tested))
      for (const status of statusesIn(project, at.thenStatement)) found.add(status);
    ts.forEachChild(at, visit);
  };
  for (const file of values.files()) if (file.text.includes('instanceof')) visit(file);
  const status = found.size === 1 ? [...found][0] : undefined;
  all.set(node, status);
  return status;
}

/** `error instanceof Missing` */
function classTested(values: Values, condition: ts.Expression): ts.ClassLikeDeclaration | undefined {
  const test = strip(condition);
  if (!ts.isBinaryExpression(test) || test.operatorToken.kind !== ts.SyntaxKind.InstanceOfKeyword) return undefined;
  const value = values.of(test.right, values.root);
  return value?.kind === 'class' ? value.node : undefined;
}

/** Is what a condition tests an error that others threw: what a function is given, or caught of those behind a middleware? */
function isHandled(values: Values, { expression }: ts.IfStatement): boolean {
  const test = strip(expression);
  const subject = ts.isBinaryExpression(test) ? strip(test.left) : undefined;
  if (!subject || !ts.isIdentifier(subject)) return false;
  const clause = ts.findAncestor(expression, ts.isCatchClause);
  const isCaughtHere = clause?.variableDeclaration?.name.getText() === subject.text;
  if (isCaughtHere) return /\bnext\(/.test((clause?.parent as ts.TryStatement).tryBlock.getText());
  const declared = values.declarationOf(subject);
  return declared !== undefined && ts.isParameter(declared);
}

/** The statuses of failures that a statement answers: `res.status(404).json(…)`, `ctx.status = 404`, `c.json({ … }, 404)`. */
function statusesIn(project: Project, statement: ts.Statement): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (node: ts.Expression | undefined): void => {
    const status = node && numericStatus(project, node, project.values.root);
    if (status) found.add(status);
  };
  const visit = (at: ts.Node): void => {
    const callee = ts.isCallExpression(at) ? strip(at.expression) : undefined;
    const name = callee && ts.isPropertyAccessExpression(callee) ? callee.name.text : undefined;
    if (ts.isCallExpression(at) && name && /^(?:status|code|sendStatus|writeHead)$/.test(name)) add(at.arguments[0]);
    if (ts.isCallExpression(at) && name && /^(?:json|text|body)$/.test(name)) add(at.arguments[1]);
    if (isSetting(at) && /\.status(?:Code)?$/.test(at.left.getText())) add(at.right);
    ts.forEachChild(at, visit);
  };
  visit(statement);
  return found;
}
