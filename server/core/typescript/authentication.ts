/** Middlewares and guards of packages that refuse who is not authenticated, and how a client shows who it is. */
import type ts from 'ts6';
import type { SecurityFact } from '../generate/facts.ts';
import { evidenceAt } from './evidence.ts';
import { type Reading } from './handler.ts';
import { type Env, strip } from './values.ts';

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
  if (/credentialsRequired:\s*false|passthrough:\s*true/.test(value.call.getText())) return;
  refuse(scheme === 'told' ? strategyIn(value.call.arguments?.[0]) : scheme, middleware, reading);
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

/** Records that a client has to come with this scheme. */
export function ask(scheme: string, at: ts.Node, reading: Reading): void {
  const known = schemes[scheme];
  if (known) reading.secure({ ...known, evidence: evidenceAt(at, 'declared') });
}

function strategyIn(node: ts.Expression | undefined): string {
  return (node && /['"]([\w-]+)['"]/.exec(strip(node).getText())?.[1]) ?? '';
}
