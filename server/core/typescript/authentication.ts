/** Middlewares and guards of packages that refuse who is not authenticated, and how a client shows who it is. */
import ts from 'ts6';
import type { SecurityFact } from '../generate/facts.ts';
import { evidenceAt } from './evidence.ts';
import { type Reading } from './handler.ts';
import { type Env, nameText, propertyIn, strip, type Value, type Values } from './values.ts';

const schemes: Readonly<Record<string, Pick<SecurityFact, 'name' | 'scheme'>>> = {
  jwt: { name: 'jwt', scheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  bearer: { name: 'bearer', scheme: { type: 'http', scheme: 'bearer' } },
  basic: { name: 'basic', scheme: { type: 'http', scheme: 'basic' } },
};

/** By package: which of its functions make an authenticating middleware, and the scheme; `told`: the first argument names the strategy, `session`: a cookie of its own. */
const makers: Readonly<Record<string, readonly [member: RegExp, scheme: string]>> = {
  'express-jwt': [/^(?:default|expressjwt|\*)$/, 'jwt'],
  'express-oauth2-jwt-bearer': [/^auth$/, 'jwt'],
  'koa-jwt': [/^(?:default|\*)$/, 'jwt'],
  'hono/jwt': [/^jwt$/, 'jwt'],
  'hono/bearer-auth': [/^bearerAuth$/, 'bearer'],
  'hono/basic-auth': [/^basicAuth$/, 'basic'],
  'express-basic-auth': [/^(?:default|\*)$/, 'basic'],
  passport: [/(?:^|\.)authenticate$/, 'told'],
  'koa-passport': [/(?:^|\.)authenticate$/, 'told'],
  'express-openid-connect': [/^requiresAuth$/, 'session'],
  '@clerk/express': [/^requireAuth$/, 'session'],
};

/** `401` and the scheme of an authenticating middleware of a package. */
export function readAuthentication(middleware: ts.Expression, reading: Reading, env: Env): void {
  const value = reading.project.values.of(middleware, env);
  const [member, scheme] = (value?.kind === 'made' && makers[value.name]) || [];
  if (value?.kind !== 'made' || !scheme || !member?.test(value.member)) return;
  if (/credentialsRequired:\s*false|passthrough:\s*true/.test(value.call.getText())) return identify(value, scheme, reading);
  refuse(scheme === 'told' ? strategyIn(value.call.arguments?.[0]) : scheme, middleware, reading);
}

/** Where a middleware that lets everyone pass puts who comes: a guard behind it may ask for that. */
const holders: Readonly<Record<string, { readonly option: string; readonly usual: readonly string[] }>> = {
  // Until its version 7 it was `req.user`.
  'express-jwt': { option: 'requestProperty', usual: ['auth', 'user'] },
  'koa-jwt': { option: 'key', usual: ['user'] },
};

function identify({ name, call, env }: Value & { kind: 'made' }, scheme: string, reading: Reading): void {
  const holder = holders[name];
  const known = schemes[scheme];
  if (!holder || !known) return;
  const stated = propertyIn(call.arguments?.[0], holder.option);
  const text = stated && reading.project.values.text(stated, env);
  const names = stated ? [text].filter((one) => one !== undefined) : holder.usual;
  const fact = { ...known, evidence: evidenceAt(call, 'declared') };
  reading.identify(new Map(names.map((one) => [one, [fact]])));
}

/** `AuthGuard('jwt')` of `@nestjs/passport`, in a decorator or as what a guard extends. */
export function readPassportGuard(text: string, at: ts.Node, reading: Reading): boolean {
  const strategy = /\bAuthGuard\((?:\[\s*)?(?:['"]([\w-]+)['"])?/.exec(text);
  if (strategy) refuse(strategy[1] ?? usualStrategy(reading), at, reading);
  return strategy !== null;
}

/** `PassportModule.register({ defaultStrategy: 'jwt' })`: what `AuthGuard()` without a name asks for. */
function usualStrategy({ project }: Reading): string {
  for (const { text } of project.values.files()) {
    const [, name] = /\bdefaultStrategy:\s*['"]([\w-]+)['"]/.exec(text) ?? [];
    if (name) return name;
  }
  return '';
}

/** Records that an operation refuses who does not come with this scheme; a scheme that has no name here is only refused. */
function refuse(scheme: string, at: ts.Node, reading: Reading): void {
  reading.merge({ status: '401', evidence: evidenceAt(at, 'declared') });
  ask(scheme, at, reading);
}

/** Records that a client has to come with this scheme; any one of those of a choice will do. */
export function ask(scheme: string, at: ts.Node, reading: Reading, choice?: string): void {
  const own = schemes[scheme] ? undefined : strategyOf(scheme, reading.project.values);
  const known = schemes[scheme] ?? (own && { name: scheme, scheme: own });
  if (known) reading.secure({ ...known, ...(choice && { choice }), evidence: evidenceAt(at, 'declared') });
}

/** `security: [{ Bearer: [] }]` of a route: the schemes the application describes by these names. */
export function readStated(node: ts.Expression | undefined, reading: Reading): void {
  const { values, types } = reading.project;
  const list = node && values.of(node, values.root);
  const ways = list?.kind === 'list' ? list.items.map((item) => [...(types.membersOf(types.of(item))?.keys() ?? [])]) : [];
  if (!node || ways.some((names) => names.length === 0)) return;
  for (const name of new Set(ways.flat())) askNamed(name, node, reading, ways.length > 1 ? 'stated' : undefined);
}

/** Records that a client has to come with a scheme that the application describes by this name. */
export function askNamed(name: string, at: ts.Node, reading: Reading, choice?: string): void {
  const scheme = describedScheme(name, reading.project.values);
  if (scheme) reading.secure({ name, scheme, ...(choice && { choice }), evidence: evidenceAt(at, 'declared') });
}

/**
 * The scheme an application describes by a name for its documents: `components: { securitySchemes: { Bearer: { … } } }`,
 * `registerComponent('securitySchemes', 'Bearer', { … })`, `new DocumentBuilder().addApiKey({ … }, 'key')`.
 */
function describedScheme(name: string, values: Values): SecurityFact['scheme'] | undefined {
  let found: SecurityFact['scheme'] | undefined;
  const text = (node: ts.Expression | undefined) => node && values.text(node, values.root);
  const visit = (node: ts.Node): void => {
    if (found) return;
    if (ts.isPropertyAssignment(node) && /^security(?:Schemes|Definitions)$/.test(nameText(node.name) ?? '')) {
      const all = values.of(node.initializer, values.root);
      const own = all?.kind === 'object' ? propertyIn(all.node, name) : undefined;
      found ??= own && schemeIn(own, values);
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const [first, second, third] = node.arguments;
      const method = node.expression.name.text;
      const [, kind] = /^add(ApiKey|BearerAuth|BasicAuth|CookieAuth|Security)$/.exec(method) ?? [];
      if (method === 'registerComponent' && text(first) === 'securitySchemes' && text(second) === name)
        found = third && schemeIn(third, values);
      if (kind === 'Security' && text(first) === name) found = second && schemeIn(second, values);
      if (kind === 'CookieAuth' && (text(third) ?? 'cookie') === name)
        found = { type: 'apiKey', in: 'cookie', name: text(first) ?? 'connect.sid' };
      if (kind === 'BearerAuth' && (text(second) ?? 'bearer') === name)
        found = (first && schemeIn(first, values)) ?? schemes.bearer?.scheme;
      if (kind === 'BasicAuth' && (text(second) ?? 'basic') === name) found = schemes.basic?.scheme;
      if (kind === 'ApiKey' && (text(second) ?? 'api_key') === name)
        found = (first && schemeIn(first, values)) ?? { type: 'apiKey', in: 'header', name };
    }
    ts.forEachChild(node, visit);
  };
  for (const file of values.files()) if (!found && describes.test(file.text)) visit(file);
  return found;
}

const describes = /\bsecurity(?:Schemes|Definitions)\b|\.add(?:ApiKey|BearerAuth|BasicAuth|CookieAuth|Security)\(/;

/** A security scheme as OpenAPI has it. */
function schemeIn(node: ts.Expression, values: Values): SecurityFact['scheme'] | undefined {
  const value = values.of(node, values.root);
  const say = (wanted: string) => {
    const own = value?.kind === 'object' ? propertyIn(value.node, wanted) : undefined;
    return own && values.text(own, values.root);
  };
  const [type, scheme, where, name, bearerFormat] = ['type', 'scheme', 'in', 'name', 'bearerFormat'].map(say);
  if (type === 'http' && scheme === 'basic') return { type, scheme };
  if (type === 'http' && scheme === 'bearer') return { type, scheme, ...(bearerFormat && { bearerFormat }) };
  const isPlace = where === 'header' || where === 'query' || where === 'cookie';
  return type === 'apiKey' && name && isPlace ? { type, in: where, name } : undefined;
}

/** What the libraries of passport call their strategies where nothing else is said. */
const usualNames: Readonly<Record<string, string>> = {
  'passport-headerapikey': 'headerapikey',
  'passport-http': 'basic',
  'passport-http-bearer': 'bearer',
  'passport-jwt': 'jwt',
};

/** How a client shows who it is to a strategy that a class of the project is: `extends PassportStrategy(HeaderAPIKeyStrategy, 'api-key')`. */
function strategyOf(name: string, values: Values): SecurityFact['scheme'] | undefined {
  let found: SecurityFact['scheme'] | undefined;
  const visit = (node: ts.Node): void => {
    const owner = ts.isCallExpression(node) && node.expression.getText() === 'PassportStrategy' ? classOf(node) : undefined;
    if (ts.isCallExpression(node) && owner) {
      const [library, label] = node.arguments;
      const made = library && values.of(library, values.root);
      const own = made?.kind === 'package' ? ((label && values.text(label, values.root)) ?? usualNames[made.name]) : undefined;
      if (made?.kind === 'package' && own === name) found ??= schemeOf(made.name, superOf(owner), values);
    }
    if (!found) ts.forEachChild(node, visit);
  };
  for (const file of values.files()) if (!found && file.text.includes('PassportStrategy(')) visit(file);
  return found;
}

/** How a client shows who it is to a strategy that is made, and what its library calls it: `new Strategy({ jwtFromRequest }, verify)`. */
export function madeStrategy(node: ts.Expression, values: Values): Pick<SecurityFact, 'name' | 'scheme'> | undefined {
  const made = values.of(node, values.root);
  const scheme = made?.kind === 'made' ? schemeOf(made.name, made.call.arguments ?? [], values) : undefined;
  return made?.kind === 'made' && scheme ? { name: usualNames[made.name] ?? made.name, scheme } : undefined;
}

/** The class that a call in its heritage makes the base of. */
function classOf(node: ts.CallExpression): ts.ClassLikeDeclaration | undefined {
  return ts.isExpressionWithTypeArguments(node.parent) && ts.isClassLike(node.parent.parent.parent)
    ? node.parent.parent.parent
    : undefined;
}

/** What the constructor of a class gives that of its base. */
function superOf({ members }: ts.ClassLikeDeclaration): readonly ts.Expression[] {
  const calls = members.find(ts.isConstructorDeclaration)?.body?.statements.flatMap((statement) => {
    const call = ts.isExpressionStatement(statement) ? statement.expression : undefined;
    return call && ts.isCallExpression(call) && call.expression.kind === ts.SyntaxKind.SuperKeyword ? [call] : [];
  });
  return calls?.[0]?.arguments ?? [];
}

function schemeOf(library: string, [options]: readonly ts.Expression[], values: Values): SecurityFact['scheme'] | undefined {
  if (library === 'passport-http-bearer') return { type: 'http', scheme: 'bearer' };
  if (library === 'passport-http') return { type: 'http', scheme: 'basic' };
  if (library === 'passport-headerapikey') {
    const header = propertyIn(options, 'header');
    const name = header ? values.text(header, values.root) : 'X-Api-Key';
    return name === undefined ? undefined : { type: 'apiKey', in: 'header', name };
  }
  if (library !== 'passport-jwt') return undefined;
  const held = options && values.of(options, values.root);
  const text = (held?.kind === 'object' ? held.node : options)?.getText() ?? '';
  if (/fromAuthHeader(?:AsBearerToken|WithScheme\(\s*['"]bearer)/i.test(text)) return schemes.jwt?.scheme;
  const [, header] = /fromHeader\(\s*['"]([\w-]+)['"]/.exec(text) ?? [];
  return header ? { type: 'apiKey', in: 'header', name: header } : undefined;
}

function strategyIn(node: ts.Expression | undefined): string {
  return (node && /['"]([\w-]+)['"]/.exec(strip(node).getText())?.[1]) ?? '';
}
