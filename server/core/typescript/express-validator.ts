/** What chains of express-validator ask of a request: `body('email').isEmail()`, `query('page').optional().isInt({ min: 1 })`. */
import ts from 'ts6';
import type { Shape } from '../generate/facts.ts';
import type { Reading } from './handler.ts';
import { type Env, propertyIn, strip, type Value } from './values.ts';

const parts: Readonly<Record<string, string>> = { body: 'body', query: 'query', param: 'params', header: 'headers' };

/** Records what a middleware checks that is a chain of express-validator, a list of them, or is given them. */
export function readChains(middleware: ts.Expression, reading: Reading, env: Env, depth = 0): void {
  const { values } = reading.project;
  if (depth > 4) return;
  const bare = strip(middleware);
  if (ts.isSpreadElement(bare)) return readChains(bare.expression, reading, env, depth + 1);
  const links = chainOf(bare);
  const maker = links && values.of(links.start.expression, env);
  if (links && maker?.kind === 'package' && maker.name.startsWith('express-validator'))
    return readChain(links, maker, reading, env);
  const value =
    ts.isIdentifier(bare) || ts.isPropertyAccessExpression(bare) || ts.isArrayLiteralExpression(bare)
      ? values.of(bare, env)
      : undefined;
  if (value?.kind === 'list') for (const item of value.items) readChains(item, reading, value.env, depth + 1);
  if (value?.kind === 'made') return readChains(value.call, reading, value.env, depth + 1);
  const declared = value || !ts.isIdentifier(bare) ? undefined : values.declarationOf(bare);
  if (declared && ts.isVariableDeclaration(declared) && declared.initializer)
    readChains(declared.initializer, reading, env, depth + 1);
  if (!ts.isCallExpression(bare)) return;
  // `validate([body('name').notEmpty()])`, `rules()` that gives a list.
  const given = values.of(bare, env);
  if (given?.kind === 'list') for (const item of given.items) readChains(item, reading, given.env, depth + 1);
  else for (const argument of bare.arguments) if (!ts.isFunctionLike(argument)) readChains(argument, reading, env, depth + 1);
}

interface Links {
  /** The call that names the field. */
  readonly start: ts.CallExpression;
  readonly calls: readonly { readonly name: string; readonly call: ts.CallExpression }[];
}

/** `body('x').isInt().optional()`: what starts it, and the links. */
function chainOf(node: ts.Expression): Links | undefined {
  const calls: { name: string; call: ts.CallExpression }[] = [];
  let at = strip(node);
  while (ts.isCallExpression(at)) {
    const callee = strip(at.expression);
    if (!ts.isPropertyAccessExpression(callee) || !ts.isCallExpression(strip(callee.expression)))
      return { start: at, calls: calls.toReversed() };
    calls.push({ name: callee.name.text, call: at });
    at = strip(callee.expression);
  }
  return undefined;
}

function readChain({ start, calls }: Links, maker: Value & { kind: 'package' }, reading: Reading, env: Env): void {
  const member = maker.member.split('.').at(-1) ?? '';
  if (member === 'checkSchema') return readSchema(start, reading, env);
  const part = parts[member] ?? (member === 'check' ? 'body' : undefined);
  const [first] = start.arguments;
  if (!part || !first) return;
  const names = reading.project.values.of(first, env);
  const texts = names?.kind === 'text' ? [names.text] : [];
  if (names?.kind === 'list') texts.push(...names.items.flatMap((item) => reading.project.values.text(item, names.env) ?? []));
  let shape: Shape = {};
  let isOptional = false;
  for (const { name, call } of calls) {
    if (name === 'optional') isOptional = true;
    // What follows is said of something else.
    if (name === 'if' || name === 'not') return record(part, texts, {}, false, start, reading);
    shape = checked(shape, name, call, reading, env);
  }
  record(part, texts, shape, !isOptional && calls.some(({ name }) => demands.test(name)), start, reading);
}

/** Checks that a missing value does not pass. */
const demands = /^(?:is\w+|exists|notEmpty|matches|equals)$/;

/** What one more check says of a value. */
function checked(shape: Shape, name: string, call: ts.CallExpression, reading: Reading, env: Env): Shape {
  const [first] = call.arguments;
  const number = (key: string) => {
    const node = propertyIn(first, key);
    const text = node && reading.project.values.text(node, env);
    return text === undefined || Number.isNaN(Number(text)) ? undefined : Number(text);
  };
  const [min, max] = [number('min'), number('max')];
  const within = (low: keyof Shape, high: keyof Shape) => ({
    ...(min !== undefined && { [low]: min }),
    ...(max !== undefined && { [high]: max }),
  });
  switch (name) {
    case 'isInt':
      return { ...shape, type: 'integer', ...within('minimum', 'maximum') };
    case 'isFloat':
    case 'isDecimal':
    case 'isNumeric':
      return { ...shape, type: 'number', ...within('minimum', 'maximum') };
    case 'isBoolean':
      return { ...shape, type: 'boolean' };
    case 'isArray':
      return { ...shape, type: 'array', items: {}, ...within('minItems', 'maxItems') };
    case 'isObject':
      return { ...shape, type: 'object' };
    case 'isString':
      return { ...shape, type: 'string' };
    case 'isLength':
      return { ...shape, type: shape.type ?? 'string', ...within('minLength', 'maxLength') };
    case 'isIn': {
      const list = first && reading.project.values.of(first, env);
      const texts = list?.kind === 'list' ? list.items.flatMap((item) => reading.project.values.text(item, list.env) ?? []) : [];
      return texts.length > 0 && (!shape.type || shape.type === 'string') ? { ...shape, type: 'string', enum: texts } : shape;
    }
    case 'toInt':
      return shape.type ? shape : { ...shape, type: 'integer' };
    default:
      return formats[name] ? { ...shape, type: 'string', format: formats[name] } : shape;
  }
}

const formats: Readonly<Record<string, string>> = {
  isEmail: 'email',
  isUUID: 'uuid',
  isURL: 'uri',
  isISO8601: 'date-time',
  isDate: 'date',
  isIP: 'ipv4',
};

/** `checkSchema({ email: { in: ['body'], isEmail: true } })`. */
function readSchema(call: ts.CallExpression, reading: Reading, env: Env): void {
  const { values } = reading.project;
  const [first, second] = call.arguments;
  const whole = first && values.of(first, env);
  if (whole?.kind !== 'object') return;
  const places = (node: ts.Expression | undefined) => {
    const value = node && values.of(node, whole.env);
    const texts =
      value?.kind === 'list'
        ? value.items.map((item) => values.text(item, value.env))
        : value?.kind === 'text'
          ? [value.text]
          : [];
    const [only, ...others] = texts.flatMap((text) => (text && (parts[text.replace(/s$/, '')] ?? parts[text])) || []);
    return others.length === 0 ? only : undefined;
  };
  for (const property of whole.node.properties) {
    const value = ts.isPropertyAssignment(property) ? values.of(property.initializer, whole.env) : undefined;
    const name =
      property.name && (ts.isIdentifier(property.name) || ts.isStringLiteral(property.name)) ? property.name.text : undefined;
    if (value?.kind !== 'object' || name === undefined) continue;
    const part = places(propertyIn(value.node, 'in')) ?? places(second) ?? 'body';
    const checks = value.node.properties.map((one) => (one.name ? one.name.getText() : ''));
    const kind = checks.map((one) => simple[one]).find((one) => one !== undefined);
    const isOptional = checks.includes('optional');
    record(part, [name], kind ?? {}, !isOptional && checks.some((one) => demands.test(one)), property, reading);
  }
}

const simple: Readonly<Record<string, Shape>> = {
  isInt: { type: 'integer' },
  isFloat: { type: 'number' },
  isNumeric: { type: 'number' },
  isBoolean: { type: 'boolean' },
  isArray: { type: 'array', items: {} },
  isObject: { type: 'object' },
  isString: { type: 'string' },
  ...Object.fromEntries(Object.entries(formats).map(([name, format]) => [name, { type: 'string', format }])),
};

function record(part: string, names: readonly string[], shape: Shape, required: boolean, at: ts.Node, reading: Reading): void {
  for (const name of names) {
    if (part === 'body') reading.also('body', bodyOf(name.split('.'), shape, required), at);
    else if (/^[\w-]+$/.test(name) || (part === 'query' && isWholeName(name, reading))) {
      const properties = { [name]: Object.keys(shape).length === 0 ? { type: 'string' as const } : shape };
      reading.also(part, { type: 'object', properties, ...(required && { required: [name] }) }, at);
    }
  }
}

/** Is a name with points in it that of one parameter, and no way into another: does the application read it so, `query['name.first']`? */
function isWholeName(name: string, { project }: Reading): boolean {
  if (!/^[\w-]+(?:\.[\w-]+)+$/.test(name)) return false;
  const read = new RegExp(`(?:[\\w\\])]\\[|===?\\s*|\\bcase\\s+)(['"])${name.replaceAll('.', '\\.')}\\1`);
  return project.values.files().some(({ text }) => text.includes(name) && read.test(text));
}

/** `items.*.id`: a property of the items of a list. */
function bodyOf([name = '', ...rest]: readonly string[], shape: Shape, required: boolean): Shape {
  if (name === '*') return { type: 'array', items: rest.length > 0 ? bodyOf(rest, shape, required) : shape };
  const [next = ''] = rest;
  const list = /^(.+)\[(?:\*|\d+)?\]$/.exec(name);
  const inner =
    rest.length === 0
      ? shape
      : next === '*' && rest.length === 1
        ? { type: 'array' as const, items: shape }
        : bodyOf(rest, shape, required);
  const own = list ? { type: 'array' as const, items: inner } : inner;
  return { type: 'object', properties: { [list?.[1] ?? name]: own }, ...(required && { required: [list?.[1] ?? name] }) };
}
