/** itty-router: routers below a base, and handlers that are given the platform's request and return what they answer. */
import ts from 'ts6';
import { evidenceAt } from './evidence.ts';
import { express } from './express.ts';
import type { Dialect, Place, Reading } from './handler.ts';
import { dialect as ofPlatform } from './next.ts';
import type { Framework, Step } from './routers.ts';
import { type Env, propertyIn, strip, type Values } from './values.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];

/** itty-router 2 to 5. */
export const itty: Framework = {
  name: 'itty-router',
  creation: /\b(?:Auto|Itty)?Router\(/,
  // A router looks at whole paths, wherever another hands requests on to it: each is an application below its base.
  makes: (module, member) => (module === 'itty-router' && /^(?:Auto|Itty)?Router$/.test(member) ? 'app' : undefined),
  base: 'base',
  chainable: new Set([...methods, 'all']),
  step,
  templates: (path) => express.templates(path.replace(/\/\*$/, '')),
  get dialect() {
    return dialect;
  },
};

function step(method: string, [first, ...handlers]: readonly ts.Expression[], values: Values, env: Env): Step | undefined {
  if (!first || handlers.length === 0 || (method !== 'all' && !methods.includes(method))) return undefined;
  const path = values.text(first, env);
  if (!path?.endsWith('*')) return { kind: 'route', methods: [method], path: first, handlers };
  if (method === 'all') {
    const parts = handlers.filter((one) => !/\.(?:handle|fetch)$/.test(strip(one).getText()));
    return { kind: 'use', path: path === '*' ? undefined : first, parts };
  }
  if (path === '*') return undefined;
  return { kind: 'unseen', at: first, message: 'The path is a pattern that OpenAPI cannot express, so its routes are missing.' };
}

/** Parts that the router adds to the request; `content` is what its `withContent` parses. */
const parts: Readonly<Record<string, string>> = { params: 'params', query: 'query', content: 'body' };

const dialect: Dialect = {
  ...ofPlatform,
  roots: () => ['request'],
  part: (subject) => {
    const [first = '', ...rest] = subject.path;
    const part = subject.of === 'request' ? parts[first] : undefined;
    return part ? [part, ...rest] : ofPlatform.part(subject);
  },
  answer: (call, reading, place) => {
    const helper = helperOf(call.expression, reading, place);
    const [first, second] = call.arguments;
    if (helper === 'status' && first) reading.respond(first, {}, place, call);
    else if (helper === 'error') failed(call, reading, place);
    else if (helper && mediaTypes[helper]) {
      const shape = helper === 'json' ? reading.shapeOf(first, place) : { type: 'string' as const };
      reading.respond(propertyIn(second, 'status'), { mediaType: mediaTypes[helper], shape }, place, call);
    } else if (!helper) ofPlatform.answer(call, reading, place);
  },
  returned: (value, reading, place) => {
    const bare = strip(value);
    if (reading.isBefore || reading.isInside) return;
    if (ts.isConditionalExpression(bare)) {
      for (const one of [bare.whenTrue, bare.whenFalse]) dialect.returned?.(one, reading, place);
      return;
    }
    if (ts.isNewExpression(bare)) return;
    if (ts.isCallExpression(bare) && helperOf(bare.expression, reading, place) === undefined) reading.inside(bare, place);
    // What is no response becomes one: JSON.
    const type = reading.typeOf(bare, place);
    if (type.kind === 'object' || type.kind === 'array')
      reading.respond(undefined, { mediaType: 'application/json', shape: reading.shapeOf(bare, place) }, place, bare);
  },
};

const mediaTypes: Readonly<Record<string, string>> = { json: 'application/json', text: 'text/plain', html: 'text/html' };

/** The helper of itty-router that is called: `json`, `error`, `status`. */
function helperOf(node: ts.Expression, { project: { values } }: Reading, { env }: Place): string | undefined {
  const value = values.of(node, env);
  return value?.kind === 'package' && value.name === 'itty-router' ? value.member : undefined;
}

/** `error(404, 'Unknown order')`, `error(422, { problems })`: the status stands in the body, too. */
function failed(call: ts.CallExpression, reading: Reading, place: Place): void {
  const [status, body] = call.arguments;
  const own = { status: { type: 'integer' as const }, error: { type: 'string' as const } };
  const given = body && reading.typeOf(body, place).kind === 'object' ? reading.shapeOf(body, place).properties : undefined;
  const properties = given ? { status: own.status, ...given } : own;
  const shape = { type: 'object' as const, properties, required: ['status'] };
  const isCode = status && /^\d+$/.test(status.getText());
  if (isCode) reading.respond(status, { mediaType: 'application/json', shape }, place, call);
  else reading.merge({ status: '500', mediaType: 'application/json', shape, evidence: evidenceAt(call, 'seen') });
}
