/** What interceptors make of the answers of a Nest application, and what exception filters answer for what is thrown. */
import ts from 'ts6';
import type { Note, ResponseFact } from '../generate/facts.ts';
import { type Decorator, decoratorsOf } from './decorators.ts';
import { evidenceAt } from './evidence.ts';
import { type Dialect, type Project, Reading, type Subject } from './handler.ts';
import { exposed, type Scope, type Type } from './type-model.ts';
import { propertyIn, resultsOf, returnsOf, strip } from './values.ts';
import { isOnFor, memberOf } from './nest-classes.ts';
import { statusByName } from './statuses.ts';

/** What an exception filter answers. */
export interface Filter {
  /** Does it catch exceptions of a status? */
  catches(status: string): boolean;
  /** Its answers by status; `default` for the status of the exception. */
  readonly bodies: ReadonlyMap<string, ResponseFact>;
  /** It leaves to Nest's own filter what it does not answer. */
  readonly isPassingOn: boolean;
}

/** The type an answer has behind these interceptors, the outermost first; who changes it out of sight gets a note. */
export function answered(
  type: Type,
  interceptors: readonly ts.Expression[],
  decorators: readonly Decorator[],
  project: Project,
  notes: Note[],
): Type {
  // What class-transformer writes of classes, where it is told to write nothing but what they expose.
  const serializers = interceptors.map((one) => one.getText()).filter((one) => one.includes('ClassSerializerInterceptor'));
  const options = decorators.filter(({ name }) => name === 'SerializeOptions').map(({ node }) => node.getText());
  let whole = serializers.length > 0 && [...serializers, ...options].some((one) => onlyExposed.test(one)) ? exposed(type) : type;
  for (const interceptor of interceptors.toReversed()) {
    const method = memberOf(interceptor, 'intercept', project);
    if (!method?.body || !isOnFor(method, decorators, project)) continue;
    for (const turn of mapsOf(method)) {
      const next = turned(turn, whole, project);
      if (next) whole = next;
      else notes.push(unseen(turn));
    }
  }
  return whole;
}

const onlyExposed = /excludeExtraneousValues:\s*true|strategy:\s*['"]excludeAll['"]/;

function unseen(turn: ts.Expression): Note {
  const { uri, start, end } = evidenceAt(turn, 'seen');
  return { uri, start, end, message: 'What is made of answers here is not seen, so they are written as handlers give them.' };
}

/** What `next.handle().pipe(map(…))` is given. */
function mapsOf(method: ts.MethodDeclaration): ts.Expression[] {
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    const callee = ts.isCallExpression(node) ? node.expression : undefined;
    if (ts.isCallExpression(node) && callee && ts.isPropertyAccessExpression(callee) && callee.name.text === 'pipe') {
      for (const step of /\bhandle\(\)/.test(callee.expression.getText()) ? node.arguments : []) {
        if (!ts.isCallExpression(step) || !/(?:^|\.)map$/.test(step.expression.getText())) continue;
        if (step.arguments[0]) found.push(step.arguments[0]);
      }
    }
    ts.forEachChild(node, visit);
  };
  if (method.body) visit(method.body);
  return found;
}

/** How far a function that makes an answer is followed into others. */
const maxDepth = 2;

/** What a function makes of an answer of a type; undefined where that is not seen. */
function turned(turn: ts.Expression, type: Type, project: Project): Type | undefined {
  const made = project.types.of(strip(turn));
  return made.kind === 'function' ? resultOf(made.node, [type], project, 0) : undefined;
}

function resultOf(node: ts.SignatureDeclaration, given: readonly Type[], project: Project, depth: number): Type | undefined {
  const { body } = node as ts.FunctionLikeDeclaration;
  const [parameter] = node.parameters;
  if (!body || !parameter || !ts.isParameter(parameter) || depth > maxDepth) return undefined;
  const bindings = new Map<ts.Node, Type>();
  for (const [index, one] of node.parameters.entries()) if (given[index]) bindings.set(one, given[index]);
  const turn: Turn = {
    scope: project.types.scope(bindings, project.types.root),
    name: parameter.name.getText(),
    type: given[0] as Type,
    depth,
    project,
  };
  return ts.isBlock(body) ? chosen(body.statements, turn) : written(body, turn);
}

/** A function that is given an answer: what it calls it, and what that is. */
interface Turn {
  readonly scope: Scope;
  readonly name: string;
  readonly type: Type;
  readonly depth: number;
  readonly project: Project;
}

/** What the first `return` gives whose condition the answer meets. */
function chosen(statements: readonly ts.Statement[], turn: Turn): Type | undefined {
  for (const statement of statements) {
    if (ts.isReturnStatement(statement)) return statement.expression && written(statement.expression, turn);
    if (!ts.isIfStatement(statement)) {
      if (returnsOf(statement).length > 0) return undefined;
      continue;
    }
    const branches = [statement.thenStatement, ...(statement.elseStatement ? [statement.elseStatement] : [])];
    if (branches.every((branch) => returnsOf(branch).length === 0 && !ts.isReturnStatement(branch))) continue;
    const isMet = meets(statement.expression, turn);
    if (isMet === undefined) return undefined;
    const branch = isMet ? statement.thenStatement : statement.elseStatement;
    const inner = branch && chosen(ts.isBlock(branch) ? branch.statements : [branch], turn);
    if (inner || isMet) return inner;
  }
  return undefined;
}

function written(node: ts.Expression, turn: Turn): Type | undefined {
  const bare = strip(node);
  const { types } = turn.project;
  if (ts.isIdentifier(bare) && bare.text === turn.name) return turn.type;
  if (ts.isObjectLiteralExpression(bare)) return types.of(bare, turn.scope);
  if (ts.isConditionalExpression(bare)) {
    const isMet = meets(bare.condition, turn);
    return isMet === undefined ? undefined : written(isMet ? bare.whenTrue : bare.whenFalse, turn);
  }
  if (ts.isCallExpression(bare)) {
    const target = types.of(bare.expression);
    const given = bare.arguments.map((argument) => types.of(argument, turn.scope));
    return target.kind === 'function' ? resultOf(target.node, given, turn.project, turn.depth + 1) : undefined;
  }
  const made = types.of(bare, turn.scope);
  return made.kind === 'object' ? made : undefined;
}

/** Does an answer meet a condition on what it has: `data?.items`, `'meta' in data`? It is there, and no stream. */
function meets(condition: ts.Expression, { name, type, project }: Turn): boolean | undefined {
  const text = condition.getText();
  if (!new RegExp(`\\b${name}\\b`).test(text)) return undefined;
  const kind = type.kind === 'alias' ? type.type.kind : type.kind;
  if (/\bArray\.isArray\(/.test(text)) return kind === 'unknown' ? undefined : kind === 'array' || kind === 'tuple';
  const own = [...text.matchAll(new RegExp(`\\b${name}\\??\\.(\\w+)|['"](\\w+)['"] in ${name}\\b`, 'g'))];
  if (own.length === 0) return new RegExp(`^${name}$`).test(text) && type.kind !== 'undefined';
  const members = project.types.membersOf(type);
  if (!members) return kind === 'array' || kind === 'undefined' ? false : undefined;
  const isThere = own.every(([, read = '', tested = read]) => members.has(read || tested));
  return /^!|\|\|\s*!/.test(text) ? undefined : isThere;
}

/** What an exception filter catches and answers. */
export function filterOf(filter: ts.Expression, project: Project, dialect: Dialect): Filter | undefined {
  const method = memberOf(filter, 'catch', project);
  const [, host] = method?.parameters ?? [];
  if (!method || !host) return undefined;
  const reading = new Reading(project, {
    ...dialect,
    answer: (call, own, place) => {
      dialect.answer(call, own, place);
      // `httpAdapter.reply(host.getResponse(), body, status)`
      const [response, body, status] = call.arguments;
      const isReply = ts.isPropertyAccessExpression(call.expression) && call.expression.name.text === 'reply';
      if (!isReply || !response || !body || own.subject(response, place)?.of !== 'res') return;
      own.respond(status, { mediaType: 'application/json', shape: own.shapeOf(body, place) }, place, call);
    },
  });
  const subjects = new Map<ts.Node, Subject>([[host, { of: 'execution', path: [] }]]);
  reading.read(method, { subjects, env: project.values.root, scope: project.types.root });
  const caught = decoratorsOf(method.parent).find(({ name }) => name === 'Catch')?.call?.arguments ?? [];
  const names = caught.map((one) => one.getText().split('.').at(-1) as string);
  const isAll = names.length === 0 || names.some((name) => /^(?:HttpException|Error)$/.test(name));
  const statuses = new Set(names.map((name) => statusByName(name.replace(/Exception$/, ''))));
  return {
    catches: (status) => isAll || statuses.has(status),
    bodies: new Map(reading.responses.filter(({ mediaType }) => mediaType).map((one) => [one.status, one])),
    isPassingOn: /\bsuper\.catch\(/.test(method.getText()),
  };
}

/** What is provided for a token of Nest's: the class of `{ provide: APP_FILTER, useClass }`, what a factory of it makes. */
export function providedFor(token: string, node: ts.ObjectLiteralExpression): ts.Expression | undefined {
  if (propertyIn(node, 'provide')?.getText() !== token) return undefined;
  const given = propertyIn(node, 'useClass') ?? propertyIn(node, 'useExisting') ?? propertyIn(node, 'useValue');
  const factory = propertyIn(node, 'useFactory');
  if (given || !factory || !ts.isArrowFunction(factory)) return given;
  return resultsOf(factory.body)[0];
}
