/**
 * JSONPath expressions as steps for the automaton. The grammar and the meaning are those of nimma, which Spectral runs, and of
 * jsonpath-plus, to which nimma leaves what it does not understand; an expression whose meaning there is not the one of its steps is
 * refused, and runs through nimma itself.
 */
import regex from '@jsep-plugin/regex';
import ternary from '@jsep-plugin/ternary';
import jsep from 'jsep';
import { JSONPath } from 'jsonpath-plus';
import Nimma from 'nimma';
import { parse } from 'nimma/parser';

/** What a key, and the value under it, must be for a step to be taken. */
export type Test =
  | { readonly kind: 'any' }
  | { readonly kind: 'object' }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'filter'; readonly filter: Filter };

export interface Step {
  readonly test: Test;
  /** Taken at any depth below (`..`). */
  readonly deep: boolean;
}

export interface Expression {
  readonly steps: readonly Step[];
  /** What is reported for a match: its value, its key (`~`), or the value it stands in (`^`). */
  readonly yields: 'value' | 'key' | 'parent';
  /** The root is a match too (`$..`). */
  readonly root: boolean;
  /** Its scripts are read as jsonpath-plus reads them, which lets them do more than ask. */
  readonly isFree?: boolean;
}

/** A script, `[?(…)]`. Never throws: what cannot be asked of a value does not hold of it. */
export interface Filter {
  /** It looks at the root of the document, wherever it is asked. */
  readonly asksRoot: boolean;
  /** The errors that end a search in jsonpath-plus, by the root of what is searched. */
  readonly errors?: WeakMap<object, Error>;
  holds(value: unknown, key: string | number, root: unknown): boolean;
}

interface PathNode {
  readonly type: string;
  readonly value?: unknown;
  readonly deep?: boolean;
}

const compiled = new Map<string, Expression | undefined>();

/** The steps of an expression; undefined where only nimma knows what it means. */
export function compileExpression(expression: string): Expression | undefined {
  if (!compiled.has(expression)) compiled.set(expression, compile(expression));
  return compiled.get(expression);
}

function compile(expression: string): Expression | undefined {
  let nodes: PathNode[];
  try {
    nodes = parse(expression) as PathNode[];
  } catch {
    return leftSteps(expression);
  }
  if (nodes.length === 1 && nodes[0]?.type === 'AllParentExpression') {
    return { steps: [{ test: { kind: 'object' }, deep: true }], yields: 'value', root: true };
  }
  const { path, modifiers } = split(nodes);
  if (modifiers.length > 1 || (modifiers.length === 1 && path.length === 0)) return undefined;
  const steps: Step[] = [];
  let deepNext = false;
  for (const [index, node] of path.entries()) {
    const deep = deepNext || node.deep === true;
    deepNext = false;
    // nimma takes `..*.a` for `..a`.
    if (node.type === 'WildcardExpression' && deep && index < path.length - 1) {
      deepNext = true;
      continue;
    }
    const test = testOf(node);
    if (!test) return undefined;
    steps.push({ test, deep });
  }
  if (!isRegular(steps)) return leftSteps(expression);
  const yields = modifiers[0] === undefined ? 'value' : modifiers[0].type === 'KeyExpression' ? 'key' : 'parent';
  return { steps, yields, root: steps.length === 0 };
}

/** The steps of an expression that nimma leaves to jsonpath-plus, as that splits it. */
function leftSteps(expression: string): Expression | undefined {
  if (!expression.startsWith('$') || !isLeft(expression)) return undefined;
  const tokens = JSONPath.toPathArray(expression).slice(1);
  const last = tokens.at(-1);
  const modifier = last === '~' || last === '^' ? tokens.pop() : undefined;
  const steps: Step[] = [];
  for (const [index, token] of tokens.entries()) {
    const deep = tokens[index - 1] === '..';
    if (token === '..') {
      if (deep || index === tokens.length - 1) return undefined;
      continue;
    }
    const test = leftTest(token, steps);
    if (!test) return undefined;
    steps.push({ test, deep });
  }
  if (steps.length === 0) return undefined;
  const yields = modifier === undefined ? 'value' : modifier === '~' ? 'key' : 'parent';
  return { steps, yields, root: false, isFree: true };
}

/** Slices, `[(…)]`, types, escaped names and the steps up, which only jsonpath-plus knows how to take. */
const special = /^(?:\$|\^|~|[(@`].*|-?\d*:-?\d*(?::\d*)?|length)$/s;

function leftTest(token: string, before: readonly Step[]): Test | undefined {
  if (token === '*') return { kind: 'any' };
  if (token.startsWith('?(')) {
    const filter = leftFilter(token, before);
    return filter && { kind: 'filter', filter };
  }
  const names = token.split(',');
  return names.some((name) => special.test(name) || name === '*' || name.startsWith('?(')) ? undefined : { kind: 'names', names };
}

/** A script in a script, which jsonpath-plus runs as a search of its own. */
const nested = /@.?([^?]*)[['](\??\(.*?\))(?!.\)\])[\]']/u;

const leftFilters = new Map<string, Filter | undefined>();

/** A script as jsonpath-plus runs it. `@path` is known where only names lead to it. */
function leftFilter(token: string, before: readonly Step[]): Filter | undefined {
  const script = token.replace(/^\?\((.*?)\)$/u, '$1');
  if (nested.test(script) || script.includes('@parent')) return undefined;
  const keys = before.map(({ test, deep }) =>
    test.kind === 'names' && test.names.length === 1 && !deep ? test.names[0] : undefined,
  );
  const asksPath = script.includes('@path');
  if (asksPath && keys.includes(undefined)) return undefined;
  const around = asksPath ? (keys as string[]) : [];
  const name = JSON.stringify([script, around]);
  if (!leftFilters.has(name)) leftFilters.set(name, compileLeft(script, around));
  return leftFilters.get(name);
}

interface LeftScript {
  runInNewContext(context: object): unknown;
}

function compileLeft(script: string, around: readonly string[]): Filter | undefined {
  const code = script
    .replaceAll('@property', '_$_property')
    .replaceAll('@root', '_$_root')
    .replaceAll(/@([.\s)[])/gu, '_$_v$1')
    .replaceAll('@path', '_$_path');
  const { Script } = (JSONPath.prototype as unknown as { safeVm: { Script: new (code: string) => LeftScript } }).safeVm;
  let program: LeftScript;
  try {
    program = new Script(code);
  } catch {
    return undefined;
  }
  const errors = new WeakMap<object, Error>();
  const holds = (value: unknown, key: string | number, root: unknown) => {
    const path = around.length > 0 ? JSONPath.toPathString(['$', ...around, String(key)]) : '';
    try {
      return Boolean(program.runInNewContext({ _$_v: value, _$_property: key, _$_root: root, _$_path: path }));
    } catch (error) {
      errors.set(Object(root) as object, new Error(`jsonPath: ${(error as Error).message}: ${script}`));
      return false;
    }
  };
  return { asksRoot: script.includes('@root'), errors, holds };
}

function isLeft(expression: string): boolean {
  try {
    void new Nimma([expression], { fallback: null, unsafe: false, output: 'auto', customShorthands: {} });
    return false;
  } catch {
    return true;
  }
}

function split(nodes: readonly PathNode[]) {
  const end = nodes.findIndex(({ type }) => type === 'KeyExpression' || type === 'ParentExpression');
  return end < 0 ? { path: nodes, modifiers: [] } : { path: nodes.slice(0, end), modifiers: nodes.slice(end) };
}

/** Where nimma's generated code does what the steps say; elsewhere it looks at another place of the path. */
function isRegular(steps: readonly Step[]): boolean {
  const deep = steps.flatMap((step, index) => (step.deep ? [index] : []));
  if (deep.length > 2) return false;
  if (deep.length === 2) {
    const [first = 0, second = 0] = deep;
    // Two descents: only `..name..last`, which nimma searches for in the path from the left.
    if (second !== steps.length - 1 || first !== second - 1) return false;
    if (steps[first]?.test.kind !== 'names' || steps[second]?.test.kind === 'any') return false;
    const { test } = steps[first];
    if (test.names.length > 1) return false;
  }
  // A script on the first step, with more behind it, is asked of the last value of the path.
  return !(steps.length > 1 && steps[0]?.test.kind === 'filter' && !steps[0].deep);
}

/** Properties that values have without their being written in the document. */
const inherited = new Set(['length', ...Object.getOwnPropertyNames(Object.prototype)]);

function testOf({ type, value }: PathNode): Test | undefined {
  switch (type) {
    case 'WildcardExpression':
      return { kind: 'any' };
    case 'MemberExpression':
    case 'MultipleMemberExpression': {
      const names = (Array.isArray(value) ? value : [value]).map(String);
      return names.some((name) => inherited.has(name) || name.startsWith('-')) ? undefined : { kind: 'names', names };
    }
    case 'ScriptFilterExpression': {
      const filter = filterOf(String(value));
      return filter && { kind: 'filter', filter };
    }
    default:
      return undefined;
  }
}

jsep.addIdentifierChar('@');
jsep.addUnaryOp('void');
jsep.addBinaryOp('in', 12);
jsep.addBinaryOp('~=', 20);
jsep.plugins.register(regex, ternary);

interface ScriptNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

const filters = new Map<string, Filter | undefined>();

/** One filter for one text, so that rules with the same script ask it once. */
function filterOf(script: string): Filter | undefined {
  if (!filters.has(script)) {
    let code: string | undefined;
    try {
      code = print(jsep(script) as unknown as ScriptNode);
    } catch {
      code = undefined;
    }
    filters.set(script, code === undefined ? undefined : { asksRoot: script.includes('@root'), holds: compileScript(code) });
  }
  return filters.get(script);
}

function compileScript(code: string): Filter['holds'] {
  return new Function('value', 'key', 'root', `try { return Boolean(${code}); } catch { return false; }`) as Filter['holds'];
}

/** The script as JavaScript over `value`, `key` and `root`, made of known nodes only; throws for everything else. */
function print(node: ScriptNode): string {
  const child = (name: string) => print(node[name] as ScriptNode);
  const list = (name: string) => (node[name] as ScriptNode[]).map(print).join(', ');
  switch (node.type) {
    case 'LogicalExpression':
    case 'BinaryExpression':
      return binary(String(node.operator), node);
    case 'UnaryExpression':
      return `(${node.operator} ${child('argument')})`;
    case 'ConditionalExpression':
      return `(${child('test')} ? ${child('consequent')} : ${child('alternate')})`;
    case 'ArrayExpression':
      return `[${list('elements')}]`;
    case 'Literal':
      return node.value instanceof RegExp ? String(node.value) : literal(node.value);
    case 'MemberExpression':
      return member(node);
    case 'CallExpression':
      return call(node);
    case 'Identifier':
      return identifier(String(node.name));
    default:
      throw new SyntaxError(node.type);
  }
}

function literal(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  throw new SyntaxError('literal');
}

const binaryOperators = new Set('|| && == != === !== < > <= >= + - * / % ??'.split(' '));

function binary(operator: string, node: ScriptNode): string {
  const left = print(node.left as ScriptNode);
  const right = node.right as ScriptNode;
  if (operator === 'in') return `(${print(right)}.includes(${left}) === true)`;
  if (operator === '~=') {
    if (typeof right.value !== 'string') throw new SyntaxError('Expected string');
    return `(${new RegExp(right.value)}.test(${left}) === true)`;
  }
  if (!binaryOperators.has(operator)) throw new SyntaxError(operator);
  return `(${left} ${operator} ${print(right)})`;
}

/** Names that lead from a value to the functions of the language, and from there to running any text. */
const forbidden = new Set(['constructor', 'prototype', '__proto__', 'call', 'apply', 'bind']);

function member(node: ScriptNode): string {
  const object = node.object as ScriptNode;
  // `@.enum.constructor.name === 'Array'` is how Spectral's own rules ask for a list.
  const asksName = memberName(node) === 'name' && object.type === 'MemberExpression' && memberName(object) === 'constructor';
  if (asksName) return `${print(object.object as ScriptNode)}.constructor.name`;
  const name = memberName(node);
  if (forbidden.has(String(name))) throw new SyntaxError(String(name));
  return `${print(object)}[${JSON.stringify(name)}]`;
}

function memberName({ computed, property }: ScriptNode): string | number {
  const { type, name, value } = property as ScriptNode;
  if (!computed && type === 'Identifier' && typeof name === 'string') return name;
  if (computed && type === 'Literal' && (typeof value === 'string' || typeof value === 'number')) return value;
  throw new SyntaxError('member');
}

function call(node: ScriptNode): string {
  const callee = node.callee as ScriptNode;
  if (callee.type === 'Identifier' && String(callee.name).startsWith('@')) return identifier(String(callee.name));
  if (callee.type !== 'MemberExpression') throw new SyntaxError('call');
  const args = (node.arguments as ScriptNode[]).map(print).join(', ');
  const { object, property } = callee as unknown as { object: ScriptNode; property: ScriptNode };
  const onKey = object.type === 'Identifier' && object.name === '@property' && String(property.name) in String.prototype;
  return onKey ? `String(key).${memberName(callee)}(${args})` : `${print(callee)}(${args})`;
}

function identifier(name: string): string {
  const code = identifiers[name];
  if (code === undefined) throw new SyntaxError(name);
  return code;
}

/** What a script may name. `@parent`, `@parentProperty` and `@path` look up the path, which shared values have many of. */
const identifiers: Readonly<Record<string, string>> = {
  '@': 'value',
  '@root': 'root',
  '@property': 'key',
  '@string': '(typeof value === "string")',
  '@number': '(typeof value === "number")',
  '@boolean': '(typeof value === "boolean")',
  '@scalar': '(value === null || typeof value !== "object")',
  '@array': 'Array.isArray(value)',
  '@null': '(value === null)',
  '@object': '(value !== null && typeof value === "object")',
  '@integer': 'Number.isInteger(value)',
  undefined: 'undefined',
};
