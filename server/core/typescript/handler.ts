/**
 * What a handler shows of an operation: the parameters and bodies it reads, the responses it gives, the errors it
 * throws, one to two calls deep. How a framework names these things is its dialect's business.
 */
import ts from 'ts6';
import {
  type BodyFact,
  type Confidence,
  type Evidence,
  isUnknown,
  joinShapes,
  mergeShapes,
  type Note,
  type OperationFact,
  type ParameterFact,
  type ResponseFact,
  type SecurityFact,
  type Shape,
} from '../generate/facts.ts';
import { evidenceAt, noteAt } from './evidence.ts';
import { sessionCookie, type Witness, witnessOf } from './guards.ts';
import { isNothing } from './plain.ts';
import { commentOf, type Shapes } from './shapes.ts';
import { isFailure, statusOfError, statusText } from './statuses.ts';
import { isFallback, isMemberName } from './syntax.ts';
import { nothing, present, type Scope, shaped, type Type, union } from './type-model.ts';
import { boundIn, type Types } from './types.ts';
import {
  type Env,
  type FunctionNode,
  isSetting,
  isWithin,
  nameText,
  propertyIn,
  resultsOf,
  strip,
  type Value,
  type Values,
} from './values.ts';

/** What reading handlers needs of the project. */
export interface Project {
  readonly values: Values;
  readonly types: Types;
  readonly shapes: Shapes;
}

/** Part of what a handler is given: `req.body.user` is `{ of: 'req', path: ['body', 'user'] }`. */
export interface Subject {
  readonly of: string;
  readonly path: readonly string[];
  /** The parts of the request that an object holds, by name: `{ data: await request.json() }`. */
  readonly holds?: ReadonlyMap<string, Subject | undefined>;
  /** Of an object that is written out: the part that all other names are of, `{ ...req.body, id: req.params.id }`. */
  readonly rest?: Subject;
  /** The object is written out. */
  readonly isWritten?: true;
}

type Subjects = ReadonlyMap<ts.Node, Subject>;

/** Where a handler's code runs: what its names stand for. */
export interface Place {
  readonly subjects: Subjects;
  readonly env: Env;
  readonly scope: Scope;
}

/** The text that an argument is, where that is known: also one that a helper is given, `numberOf(c, 'limit')`. */
export type TextOf = (node: ts.Expression | undefined) => string | undefined;

/** How a framework's handlers read requests and give responses. */
export interface Dialect {
  /** What a handler's parameters are, in order; undefined where the function is no handler. */
  roots(node: FunctionNode): readonly (string | undefined)[] | undefined;
  /** The request part a path means, as `query`, `body`, `params` or `headers` and the names below. */
  part(subject: Subject): readonly string[] | undefined;
  /** The subject a call on a subject gives: `c.req.query('x')`, `request.json()`; `text` tells the texts of arguments. */
  called?(subject: Subject, call: ts.CallExpression, text: TextOf): Subject | undefined;
  /** The subject that a function gives which is given a subject: `readJsonBody(request)`. */
  given?(subject: Subject, call: ts.CallExpression): Subject | undefined;
  /** The subject a `new` gives: `new URL(request.url)`. */
  made?(node: ts.NewExpression, subject: (node: ts.Expression) => Subject | undefined): Subject | undefined;
  /** Records the responses and failures a call means. */
  answer(call: ts.CallExpression, reading: Reading, place: Place): void;
  /** Records what an assignment or a `new` means. */
  express?(node: ts.BinaryExpression | ts.NewExpression, reading: Reading, place: Place): void;
  /** Records what a returned value means. */
  returned?(value: ts.Expression, reading: Reading, place: Place): void;
  /** The types a handler's parameter or the registration states for the request and the response. */
  stated?(node: FunctionNode, call: ts.CallExpression | undefined, project: Project, scope: Scope): Stated;
}

/** What the code states of a request and a response for the framework to see. */
export interface Stated {
  readonly body?: Type;
  readonly query?: Type;
  readonly response?: Type;
  /** Bodies by the status they are answered with. */
  readonly responses?: ReadonlyMap<string, Type>;
}

/** How far what holds a status is followed to where that is written. */
const maxHeld = 8;

/** How far a request part is followed into functions it is given to. */
const maxHops = 2;

const unread = {
  query: 'All of the query is given here to what is not read, so its parameters are not seen.',
  body: 'All of the body is given here to what is not read, so what is in it is not seen.',
};

/** The functions an argument stands for: itself, those in a list, those a wrapper is given. */
export function functionsOf(values: Values, node: ts.Expression, env: Env): (Value & { kind: 'function' })[] {
  if (ts.isSpreadElement(node)) return functionsOf(values, node.expression, env);
  const bare = strip(node);
  const value = values.of(bare, env);
  if (value?.kind === 'function') return [value, ...passedOn(values, bare, value, env)];
  if (value?.kind === 'list') return value.items.flatMap((item) => functionsOf(values, item, value.env));
  if (value?.kind === 'class') {
    const method = values.answersBy(value.node);
    const answering = method === undefined ? undefined : values.memberOf(value.node, method);
    return answering?.kind === 'function' ? [answering] : [];
  }
  // `const plugin = fp(async (app) => …)`: what a package's wrapper was given.
  if (value?.kind === 'made' && value.call !== bare)
    return (value.call.arguments ?? []).flatMap((argument) => functionsOf(values, argument, value.env));
  if (!ts.isCallExpression(bare)) return [];
  const callee = strip(bare.expression);
  const bound =
    ts.isPropertyAccessExpression(callee) && callee.name.text === 'bind' ? functionsOf(values, callee.expression, env) : [];
  return [...bound, ...bare.arguments.flatMap((argument) => functionsOf(values, argument, env))];
}

/** The functions a wrapper is given and passes on instead of calling: `(req, res) => context.with(span, handler, this, req, res)`. */
function passedOn(
  values: Values,
  node: ts.Expression,
  { node: wrapper }: Value & { kind: 'function' },
  env: Env,
): (Value & { kind: 'function' })[] {
  const target = ts.isCallExpression(node) ? values.of(node.expression, env) : undefined;
  if (!ts.isCallExpression(node) || target?.kind !== 'function') return [];
  const text = wrapper.body?.getText() ?? '';
  return target.node.parameters.flatMap((parameter, index) => {
    const [name, argument] = [parameter.name.getText(), node.arguments[index]];
    const isPassed = ts.isIdentifier(parameter.name) && new RegExp(`[(,]\\s*${name}\\s*[,)]`).test(text);
    const isCalled = new RegExp(`\\b${name}\\s*(?:\\(|\\.(?:call|apply|bind)\\b)`).test(text);
    return argument && isPassed && !isCalled ? functionsOf(values, argument, env) : [];
  });
}

/** What is gathered from all the handlers of one route. */
export class Reading {
  readonly project: Project;
  readonly responses: ResponseFact[] = [];
  /** What is not seen of who is refused; of middlewares, too. */
  readonly gaps: Note[] = [];
  readonly #notes: Note[] = [];
  /** Where all of the query, or of the body, is given to what is not read. */
  readonly #unread = new Map<'query' | 'body', ts.Node>();
  readonly #dialect: Dialect;
  readonly #parameters = new Map<string, ParameterFact>();
  readonly #bodies = new Map<string, BodyFact>();
  readonly #validators = new Map<string, { shape: Shape; evidence: Evidence }>();
  readonly #security = new Map<string, SecurityFact>();
  /** Choices of guards of which the route states one. */
  readonly #stands = new Set<string>();
  /** The names of the query that schemas of all of it have; undefined where none says what it has. */
  #queries: ReadonlySet<string> | undefined;
  /** How many calls deep a function was read, in each environment. */
  readonly #seen = new Map<string, number>();
  /** What earlier functions gave the request by name, and what they looked at for it. */
  readonly #identified = new Map<string, readonly SecurityFact[]>();
  /** Statuses that the function being read answers. */
  #answered = new Set<string>();
  /** Statuses of errors that are thrown or passed on. */
  readonly #failed = new Set<string>();
  /** Parts of the request that the application gave values of its own: `body.userId`. */
  readonly #set = new Set<string>();
  /** Variables whose value is being looked for: `at = at.parent`. */
  readonly #naming = new Set<ts.Node>();
  #response: Type | undefined;
  /** The status a function set last without sending anything: whoever called it does. */
  #prepared: Prepared | undefined;
  /** What is read runs before a handler: what it returns is no answer. */
  isBefore = false;
  /** What of a middleware does not run for the path. */
  skipped: ReadonlySet<ts.Node> = new Set();
  /** The names of the path's parameters. */
  pathNames: ReadonlySet<string> = new Set();
  /** The method asked for, in capitals, where one function answers several: branches for others are not read. */
  method: string | undefined;
  /** The methods that the handler asks for, refusing others: `assertMethod(req.method, 'GET')`, `req.method !== 'POST'`. */
  readonly methods = new Set<string>();
  /** A branch was chosen by the method. */
  isByMethod = false;
  /** The status of what is sent without saying one. */
  usualStatus = '200';
  /** Only one middleware is read. */
  #isAlone = false;
  /** What was read depends on the names of the path's parameters. */
  #isOfPath = false;
  /** What is read runs before many routes: what it does for some of them is not known of one. */
  #isForAll = false;
  /** How many calls deep the reading is. */
  #hops = 0;
  /** What middlewares were read to do, which stand before many routes: of all routes of an application. */
  readonly #before: Map<string, Reading>;

  constructor(project: Project, dialect: Dialect, before = new Map<string, Reading>()) {
    this.project = project;
    this.#dialect = dialect;
    this.#before = before;
  }

  /** The facts gathered so far. */
  get operation(): Pick<OperationFact, 'parameters' | 'bodies' | 'responses' | 'security'> {
    // A body that is read, and one validator of something that is made of what was read: that is the body.
    const body = this.#bodies.get('application/json');
    const [only, ...others] = this.#validators.values();
    if (body && only && others.length === 0 && !saysSomething(body.shape)) this.body(only.shape, only.evidence);
    // What is read of a body that comes as a form is of the form.
    const form = this.#bodies.get('multipart/form-data');
    if (form?.shape.properties && form.evidence.confidence === 'declared' && body?.evidence.confidence === 'seen') {
      this.#bodies.delete('application/json');
      const properties = { ...body.shape.properties, ...form.shape.properties };
      this.#bodies.set('multipart/form-data', { ...form, shape: { ...form.shape, properties } });
    }
    return {
      parameters: [...this.#parameters.values()].filter((one) => this.#isAllowed(one)),
      bodies: [...this.#bodies.values()].filter(({ shape, evidence }) => evidence.confidence !== 'seen' || !isUnknown(shape)),
      responses: this.responses,
      security: [...this.#security.values()],
    };
  }

  note(note: Note): void {
    this.#notes.push(note);
  }

  /** What is not seen of the request and the responses. */
  get notes(): readonly Note[] {
    const { parameters, bodies } = this.operation;
    const isKnown = {
      query: parameters.some((one) => one.in === 'query') || this.#queries !== undefined,
      body: bodies.some(({ shape }) => saysSomething(shape)),
    };
    const unseen = [...this.#unread].filter(([part]) => !isKnown[part]);
    return [...this.#notes, ...unseen.map(([part, node]) => noteAt(node, unread[part]))];
  }

  /** Is a header what a client shows who it is with? */
  #isShown(name: string): boolean {
    const isIt = ({ scheme }: SecurityFact) =>
      scheme.type === 'apiKey' && scheme.in === 'header' && scheme.name.toLowerCase() === name.toLowerCase();
    return [...this.#security.values()].some(isIt);
  }

  /**
   * Where a schema says what the query is, what is read of it beside that is nothing a client may send; what shows who a
   * client is is no parameter.
   */
  #isAllowed(one: ParameterFact): boolean {
    if (one.evidence.confidence !== 'seen') return true;
    if (one.in === 'header') return !this.#isShown(one.name);
    return one.in !== 'query' || this.#queries === undefined || this.#queries.has(one.name);
  }

  /**
   * Reads a handler, or a middleware. `call` registers it, `as` is what it is registered as; behind the last of a route nobody
   * asks what it gave the request.
   */
  handler(node: FunctionNode, env: Env, call?: ts.CallExpression, as?: ts.Expression, isLast = false): void {
    const roots = this.#dialect.roots(node);
    if (!roots || !node.body) return;
    const subjects = new Map<ts.Node, Subject>();
    for (const [index, parameter] of node.parameters.entries()) {
      const of = roots[index];
      if (of) subjects.set(parameter, { of, path: [] });
    }
    const scope = this.project.types.within(env);
    const stated = this.#dialect.stated?.(node, call, this.project, scope) ?? {};
    const isPlain = !stated.body && !stated.query && !stated.response && !stated.responses;
    if (call && !isLast && isPlain && !this.#isAlone) return this.#take(this.#readBefore(node, env, call, as));
    this.#response = undefined;
    this.#state(stated, call ?? node);
    this.#answered = new Set();
    this.isBefore = call !== undefined && !isLast;
    this.#isForAll = call === undefined && as !== undefined;
    this.#read(node, { subjects, env, scope }, 0);
    // `auth({ optional: true })` lets everyone through.
    const isOpen = as !== undefined && optional.test(as.getText());
    if (!isOpen && (!isLast || this.#isRefused())) this.judge(node, env, !isLast);
  }

  /** Records what the code states of a request and a response for the framework to see. */
  #state({ body, query, response, responses }: Stated, at: ts.Node): void {
    const { shapes } = this.project;
    const shape = body ? shapes.of(body) : {};
    if (saysSomething(shape)) this.body(shape, evidenceAt(at, 'typed'));
    if (query) this.parameters('query', shapes.of(query), evidenceAt(at, 'typed'));
    for (const [status, type] of responses ?? []) {
      const shape = shapes.of(present(type));
      const content = saysSomething(shape) ? { mediaType: 'application/json', shape } : {};
      this.merge({ status, ...content, evidence: evidenceAt(at, 'typed') });
    }
    const success = response && this.#success(response);
    if (success && saysSomething(shapes.of(present(success)))) this.#response = success;
  }

  /** What a middleware does, read by itself and once for all routes that it stands before. */
  #readBefore(node: FunctionNode, env: Env, call: ts.CallExpression, as: ts.Expression | undefined): Reading {
    const known = [...this.#identified.keys(), '', ...this.#set].join();
    const place = `${node.getSourceFile().fileName}#${node.pos}@${env.id} ${as && optional.test(as.getText())}`;
    const key = `${place} ${this.method} ${known}`;
    const ofPath = `${key} ${[...this.pathNames].join()}`;
    const found = this.#before.get(key) ?? this.#before.get(ofPath);
    if (found) return found;
    const reading = new Reading(this.project, this.#dialect);
    reading.#isAlone = true;
    reading.identify(this.#identified);
    for (const name of this.#set) reading.#set.add(name);
    reading.pathNames = this.pathNames;
    reading.method = this.method;
    reading.usualStatus = this.usualStatus;
    reading.handler(node, env, call, as);
    this.#before.set(reading.#isOfPath ? ofPath : key, reading);
    return reading;
  }

  /** Takes over what another reading gathered. */
  #take(other: Reading): void {
    for (const one of other.#parameters.values()) this.parameter(one.in, one.name, one.shape, one.required, one.evidence);
    for (const { mediaType, shape, evidence } of other.#bodies.values()) this.body(shape, evidence, mediaType);
    for (const [key, one] of other.#validators) this.#validators.set(key, one);
    for (const one of other.responses) this.merge(one);
    for (const one of other.#security.values()) this.secure(one);
    for (const name of other.#failed) this.#failed.add(name);
    for (const name of other.#set) this.#set.add(name);
    for (const method of other.methods) this.methods.add(method);
    this.identify(other.#identified);
    this.#notes.push(...other.#notes);
    this.gaps.push(...other.gaps);
    for (const [key, hops] of other.#seen) this.#seen.set(key, Math.min(hops, this.#seen.get(key) ?? Infinity));
    if (other.#queries) this.#queries = new Set([...(this.#queries ?? []), ...other.#queries]);
    this.#prepared = other.#prepared ?? this.#prepared;
    this.isByMethod ||= other.isByMethod;
  }

  /** What a stated response says of success: what reports a failure may stand beside it. */
  #success(type: Type): Type {
    const whole = type.kind === 'alias' && type.type.kind === 'union' ? type.type : type;
    if (whole.kind !== 'union') return type;
    const isFailed = (part: Type) => {
      const members = [...(this.project.types.membersOf(part) ?? [])].filter(([, { optional }]) => !optional);
      return isFailureBody({ properties: Object.fromEntries(members.map(([name]) => [name, {}])) });
    };
    const isSaid = (part: Type) => !isUnknown(this.project.shapes.of(part));
    const parts = whole.of.filter((part) => !isFailed(part) && isSaid(part));
    return parts.length === 0 || parts.length === whole.of.length ? type : union(parts);
  }

  /**
   * Reads a guard, which lets a request through or refuses it; these of its parameters are the request. `after` adds what the
   * framework makes of that.
   */
  guard(node: FunctionNode, place: Place, after?: () => void): void {
    this.#answered = new Set();
    this.#read(node, place, 0);
    after?.();
    this.judge(node, place.env, true);
  }

  /** Is the function being read one that the handler calls? */
  get isInside(): boolean {
    return this.#hops > 0;
  }

  /** What functions before this one gave the request by name. */
  get identified(): ReadonlyMap<string, readonly SecurityFact[]> {
    return this.#identified;
  }

  /** What a function before this one looked at, and gave the request by name. */
  identify(names: ReadonlyMap<string, readonly SecurityFact[]>): void {
    for (const [name, facts] of names) this.#identified.set(name, facts);
  }

  /**
   * What a function that was just read asks of who comes: it answers 401, or 403, and looks at something that shows who that
   * is, itself or by what an earlier function gave the request. Of a guard, which others come after, it is said where that is
   * not seen.
   */
  judge(node: FunctionNode, env: Env, isGuard: boolean): void {
    const isRefusal = this.#isRefused();
    const text = node.body?.getText() ?? '';
    if (!isRefusal && !/\bnext\b|\.set\(|[\w\])]\s*=[^=>]/.test(text)) return;
    const seen = witnessOf(this.project.values, node, env, this.skipped);
    const cookie = sessionCookie(this.project.values);
    const isOfSession = cookie && (seen.asked.has('session') || seen.asked.has('isAuthenticated'));
    const credentials = [...seen.credentials, ...(isOfSession ? [cookie] : [])];
    if (credentials.length > 0)
      for (const name of seen.given) if (!this.#identified.has(name)) this.#identified.set(name, credentials);
    if (isRefusal || (seen.isDemanding && /\bnext\b/.test(text))) this.#ask(seen, credentials, node, isGuard);
  }

  /** Does the function that was read last refuse someone? */
  #isRefused(): boolean {
    return this.#answered.has('401') || this.#answered.has('403');
  }

  #ask(seen: Witness, own: readonly SecurityFact[], node: FunctionNode, isGuard: boolean): void {
    const earlier = [...seen.asked].flatMap((name) => this.#identified.get(name) ?? []);
    const credentials = own.length > 0 ? own : earlier;
    if (credentials.length === 0 || seen.isLenient || seen.isSelective) {
      const isUnseen = isGuard || node.parameters.some(({ name }) => name.getText() === 'next');
      if (isUnseen && this.#answered.has('401') && !seen.isLenient) this.#unseen(node, seen.isSelective ? selective : unseen);
      return;
    }
    const choice = credentials.map(({ name }) => name).join();
    for (const one of credentials) {
      if (![...this.#security.values()].some((known) => known.name === one.name && known.choice === undefined))
        this.secure({ ...one, choice, evidence: own.length > 0 ? one.evidence : evidenceAt(node, 'seen') });
    }
  }

  /** Where it is refused: in a function that many call, once for all of them. */
  #unseen(node: FunctionNode, message: string): void {
    const refusal = this.responses.find(({ status }) => status === '401')?.evidence;
    const { uri, start, end } = refusal ?? evidenceAt(node.name ?? node.parameters[0] ?? node, 'seen');
    this.gaps.push({ uri, start, end, message });
  }

  /** Reads a function in which these parameters are parts of the request. */
  read(node: FunctionNode, place: Place): void {
    this.#read(node, place, 0);
  }

  #read(node: FunctionNode | ts.ConstructorDeclaration, outer: Place, hops: number): void {
    if (!node.body || this.#isSeen(node, outer.env, hops)) return;
    let place = outer;
    const before = this.#hops;
    this.#hops = hops;
    const visit = (child: ts.Node): void => {
      if (this.skipped.has(child)) return;
      const branches = this.method === undefined ? undefined : branchesFor(this.method, child);
      if (branches) {
        this.isByMethod = true;
        for (const branch of branches) visit(branch);
        return;
      }
      if (this.#isForAll && ts.isIfStatement(child) && looksAtRoute.test(child.expression.getText())) {
        if (child.elseStatement) visit(child.elseStatement);
        return;
      }
      if (ts.isVariableDeclaration(child)) place = this.#named(child, place);
      if (ts.isCallExpression(child)) {
        this.#stated(child, place);
        if (child.arguments.length === 2) this.#asks(child.arguments, place);
        this.#dialect.answer(child, this, place);
        this.#validated(child, place);
        this.#follow(child, place, hops);
      } else if (ts.isBinaryExpression(child) || ts.isNewExpression(child)) {
        this.#dialect.express?.(child, this, place);
        if (ts.isNewExpression(child)) this.#construct(child, place, hops);
        if (ts.isBinaryExpression(child)) {
          this.#tested(child, place);
          if (/^!==?$/.test(child.operatorToken.getText())) this.#asks([child.left, child.right], place);
        }
      } else if (ts.isThrowStatement(child) && !isCaught(child)) {
        this.#thrown(child.expression, place);
      } else if (ts.isReturnStatement(child) && child.expression && functionAround(child) === node) {
        this.#dialect.returned?.(child.expression, this, place);
      }
      if (ts.isBindingElement(child)) this.#bound(child, place);
      else if (ts.isExpression(child)) this.#mention(child, place);
      ts.forEachChild(child, visit);
      if (isSetting(child)) this.#sets(child.left, place);
    };
    for (const parameter of node.parameters) visit(parameter);
    if (!ts.isBlock(node.body)) this.#dialect.returned?.(node.body as ts.Expression, this, place);
    visit(node.body);
    this.#hops = before;
  }

  /** `c.req.json<Body>()`: the code states what it reads. */
  #stated(call: ts.CallExpression, place: Place): void {
    const [type] = call.typeArguments ?? [];
    const subject = type && this.subject(call, place);
    const part = subject && this.#dialect.part(subject);
    const shape = type && part?.length === 1 && part[0] === 'body' ? this.project.shapes.of(this.project.types.ofNode(type)) : {};
    if (type && saysSomething(shape)) this.body(shape, evidenceAt(type, 'typed'));
  }

  /** A variable that a body is given to has the type the body is known to have. */
  #named(node: ts.VariableDeclaration, place: Place): Place {
    if (node.type || !node.initializer) return place;
    const call = strip(node.initializer);
    if (ts.isCallExpression(call)) this.#stated(call, place);
    const subject = this.subject(node.initializer, place);
    const part = subject && this.#dialect.part(subject);
    const known = part?.length === 1 && part[0] === 'body' ? this.#bodies.get('application/json') : undefined;
    if (!known || known.evidence.confidence === 'seen') return place;
    const whole = known.shape.ref ? (this.project.shapes.named.get(known.shape.ref) ?? {}) : known.shape;
    const bindings = new Map<ts.Node, Type>([[node, { kind: 'shape', shape: whole }]]);
    return { ...place, scope: this.project.types.scope(bindings, place.scope) };
  }

  /** Every function once in each environment, and once more where it is met fewer calls deep: its own are followed farther. */
  #isSeen(node: ts.Node, { id }: Env, hops: number): boolean {
    const key = `${node.getSourceFile().fileName}#${node.pos}@${id}`;
    const isSeen = (this.#seen.get(key) ?? Infinity) <= hops;
    if (!isSeen) this.#seen.set(key, hops);
    return isSeen;
  }

  /** The part of what the handler is given that an expression is. */
  subject(node: ts.Expression, place: Place): Subject | undefined {
    const bare = strip(node);
    if (ts.isIdentifier(bare)) {
      const declaration = this.project.values.declarationOf(bare);
      return declaration && this.#declared(declaration, place);
    }
    if (ts.isPropertyAccessExpression(bare)) {
      const held = bare.expression.kind === ts.SyntaxKind.ThisKeyword ? constructorParameter(bare) : undefined;
      return held ? place.subjects.get(held) : step(this.subject(bare.expression, place), bare.name.text);
    }
    if (ts.isElementAccessExpression(bare)) {
      const owner = this.subject(bare.expression, place);
      if (owner && this.#isCounter(bare.argumentExpression))
        return this.#dialect.part(owner)?.[0] === 'body' ? step(owner, '[]') : undefined;
      const key = owner && this.#text(bare.argumentExpression, place);
      // A number is one of a list, whichever the loop is at.
      return key === undefined || /^\d+$/.test(key) ? undefined : step(owner, key);
    }
    if (ts.isCallExpression(bare)) {
      const whole = settled(bare);
      if (whole) return this.subject(whole, place);
      const callee = this.subject(bare.expression, place);
      if (callee) return this.#dialect.called?.(callee, bare, (one) => this.#text(one, place));
      const [first] = bare.arguments;
      if (first && bare.expression.getText() === 'Object.fromEntries') return this.#entriesOf(first, place);
      if (first && bare.expression.getText() === 'JSON.parse') return this.#parsedOf(first, place);
      const given = first && !ts.isSpreadElement(first) ? this.subject(first, place) : undefined;
      return given && !given.isWritten ? this.#handedOut(given, bare, place) : undefined;
    }
    if (ts.isNewExpression(bare)) return this.#dialect.made?.(bare, (inner) => this.subject(inner, place));
    if (isFallback(bare)) {
      const found = this.subject(bare.left, place) ?? this.subject(bare.right, place);
      const isSought = this.isBefore && found && isSoughtAnywhere(found.path.at(-1) ?? '', bare.left);
      return isSought ? undefined : found;
    }
    if (ts.isConditionalExpression(bare)) return this.subject(bare.whenTrue, place) ?? this.subject(bare.whenFalse, place);
    return ts.isObjectLiteralExpression(bare) ? this.#writtenOut(bare, place) : undefined;
  }

  /** What an object that is written out holds of the request; a copy, `{ ...req.body }`, is the part again. */
  #writtenOut({ properties }: ts.ObjectLiteralExpression, place: Place): Subject | undefined {
    const holds = new Map<string, Subject | undefined>();
    const wholes: Subject[] = [];
    for (const property of properties) {
      const spread = ts.isSpreadAssignment(property) ? this.subject(property.expression, place) : undefined;
      if (spread && properties.length === 1) return spread;
      if (spread && this.#dialect.part(spread)?.join() === 'params') {
        this.#isOfPath = true;
        for (const name of this.pathNames) holds.set(name, step(spread, name));
      } else if (spread) wholes.push(spread);
      const name = nameText(property.name);
      if (name === undefined) continue;
      const value = ts.isPropertyAssignment(property) ? property.initializer : property.name;
      holds.set(name, value && ts.isExpression(value) ? this.subject(value, place) : undefined);
    }
    // `{ ...req.query, ...req.params }` of a guard: it looks for a name wherever the request may have it.
    const isSought = this.isBefore && properties.some((one) => ts.isSpreadAssignment(one) && this.#isOfPathOf(one, place));
    const [rest, ...more] = isSought ? [] : wholes;
    const isOfRequest = rest !== undefined || [...holds.values()].some((one) => one !== undefined);
    return isOfRequest && more.length === 0 ? { of: 'result', path: [], holds, rest, isWritten: true } : undefined;
  }

  /** `JSON.parse(await request.text())` is the body; what one text in it holds is another matter. */
  #parsedOf(node: ts.Expression, place: Place): Subject | undefined {
    const subject = this.subject(node, place);
    return subject && this.#dialect.part(subject)?.join() === 'body' ? subject : undefined;
  }

  #isOfPathOf({ expression }: ts.SpreadAssignment, place: Place): boolean {
    const subject = this.subject(expression, place);
    return subject !== undefined && this.#dialect.part(subject)?.join() === 'params';
  }

  /** `items[i]` in `for (let i = 0; …)`: the variable counts the items. */
  #isCounter(node: ts.Expression): boolean {
    const declared = ts.isIdentifier(node) ? this.project.values.declarationOf(node) : undefined;
    return declared !== undefined && ts.isVariableDeclaration(declared) && ts.isForStatement(declared.parent.parent);
  }

  /** The part of a request that a function hands out, or holds under a name: `bodyOf(request)`, `(await parse(request)).data`. */
  #handedOut(given: Subject, call: ts.CallExpression, place: Place): Subject | undefined {
    const named = this.#dialect.given?.(given, call);
    const target = given.path.length === 0 ? this.project.values.of(call.expression, place.env) : undefined;
    const [parameter] = target?.kind === 'function' ? target.node.parameters : [];
    if (target?.kind !== 'function' || !parameter || !target.node.body || this.#naming.has(target.node)) return named;
    this.#naming.add(target.node);
    const inner = { ...place, subjects: new Map([[parameter as ts.Node, given]]), env: target.env };
    const results = resultsOf(target.node.body).map(strip);
    const found = results.map((one) => this.subject(one, inner)).find((one) => one && this.#dialect.part(one)?.length === 1);
    const part = found ?? this.#heldBy(results, inner, named) ?? named;
    this.#naming.delete(target.node);
    return part;
  }

  /** What object literals hold of a request under one of their names; `named` is what a text that is parsed is known to be. */
  #heldBy(results: readonly ts.Expression[], place: Place, named: Subject | undefined): Subject | undefined {
    const properties = results.filter(ts.isObjectLiteralExpression).flatMap((one) => [...propertiesIn(one)]);
    const holds = new Map<string, Subject>();
    for (const [name, value] of properties) {
      const part = this.subject(value, place) ?? (isParsed(this.project.values, value) ? named : undefined);
      if (part && this.#dialect.part(part)?.length === 1) holds.set(name, part);
    }
    return holds.size > 0 ? { of: 'result', path: [], holds } : undefined;
  }

  #text(node: ts.Expression | undefined, place: Place): string | undefined {
    return node && !ts.isSpreadElement(node) ? this.project.values.text(node, place.env) : undefined;
  }

  /** What an object is made of again: `Object.fromEntries(form.entries())`. */
  #entriesOf(node: ts.Expression, place: Place): Subject | undefined {
    const bare = strip(node);
    const callee = ts.isCallExpression(bare) ? strip(bare.expression) : bare;
    const isEntries = bare !== callee && ts.isPropertyAccessExpression(callee) && callee.name.text === 'entries';
    return this.subject(isEntries ? callee.expression : bare, place);
  }

  #declared(node: ts.Node, place: Place): Subject | undefined {
    const known = place.subjects.get(node);
    if (known) return known;
    const values = !ts.isVariableDeclaration(node) ? [] : node.initializer ? [node.initializer] : assignmentsTo(node);
    if (values.length > 0 && !this.#naming.has(node)) {
      this.#naming.add(node);
      const found = values.flatMap((value) => this.subject(value, place) ?? []);
      this.#naming.delete(node);
      // `let items; if (Array.isArray(body)) items = body; else items = [body];`
      const subject = found.length === 1 ? found[0] : undefined;
      // A part of a body that was given a name: still that part. A chosen method of the response is not the response.
      return subject?.of === 'res' && subject.path.length > 0 ? undefined : subject;
    }
    if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      if (node.dotDotDotToken) return this.#declared(node.parent.parent, place);
      const key = ts.isIdentifier(node.name) && !node.propertyName ? node.name.text : nameText(node.propertyName);
      const owner = this.#declared(node.parent.parent, place);
      return key === undefined ? undefined : step(owner, key);
    }
    const list = listOf(node);
    const owner = list && this.subject(list, place);
    return owner && this.#dialect.part(owner)?.[0] === 'body' ? step(owner, '[]') : undefined;
  }

  #bound(node: ts.BindingElement, place: Place): void {
    const subject = ts.isIdentifier(node.name) ? this.#declared(node, place) : undefined;
    if (subject) this.#record(subject, shapeOfDefault(node.initializer), node);
  }

  /** `req.body.userId = req.user.id`: what is read under this name from here on is not the client's. */
  #sets(target: ts.Expression, place: Place): void {
    const subject = ts.isPropertyAccessExpression(target) ? this.subject(target, place) : undefined;
    const part = subject && this.#dialect.part(subject);
    if (part && part.length > 1) this.#set.add(part.join('.'));
  }

  /** Records the longest part named: `req.body.user.email`, not also `req.body.user` and `req.body`. */
  #mention(node: ts.Expression, place: Place): void {
    if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node) && !isStep(node)) return;
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) || isOwnName(node) || (isSetting(parent) && parent.left === node)) return;
    if (ts.isElementAccessExpression(parent) && parent.expression === node && ts.isStringLiteralLike(parent.argumentExpression))
      return;
    const subject = this.subject(node, place);
    if (!subject) return;
    const isCalled = ts.isCallExpression(parent) && parent.expression === node;
    if (isCalled && this.#dialect.called?.(subject, parent, (one) => this.#text(one, place))) return;
    const path = isCalled || subject.path.at(-1) === 'length' ? subject.path.slice(0, -1) : subject.path;
    if (isCalled) return this.#record({ ...subject, path }, {}, node);
    const expected = this.#besidePath(this.#typeOf(node, place), node, place);
    const used = shapeOfUse(node);
    this.#record({ ...subject, path }, used.type ? used : expected, node);
  }

  /** What the code takes a part for: what its name is declared to be, before what is wanted where it goes. */
  #typeOf(node: ts.Expression, place: Place): Shape {
    const { types, shapes, values } = this.project;
    const declared = ts.isIdentifier(node) ? values.declarationOf(node) : undefined;
    const isTyped = declared && (ts.isVariableDeclaration(declared) || ts.isParameter(declared)) && declared.type;
    const own = isTyped ? present(types.of(node, place.scope)) : undefined;
    const shape = own && !types.isWeak(own) && !types.isDictionary(own) ? shapes.of(own) : {};
    return saysSomething(shape) ? shape : shapes.of(present(types.expected(node, place.scope)));
  }

  /** What is wanted of a part that `{ ...req.body, ...req.params }` spreads: what the path gives is not the part's. */
  #besidePath(shape: Shape, node: ts.Expression, place: Place): Shape {
    const { parent } = node;
    if (!ts.isSpreadAssignment(parent) || this.pathNames.size === 0) return shape;
    if (!parent.parent.properties.some((one) => ts.isSpreadAssignment(one) && this.#isOfPathOf(one, place))) return shape;
    this.#isOfPath = true;
    return withoutNames(shape.ref ? (this.project.shapes.named.get(shape.ref) ?? shape) : shape, this.pathNames);
  }

  #record(subject: Subject, shape: Shape, node: ts.Node): void {
    const whole = this.#dialect.part(subject) ?? [];
    const [part, ...path] = whole;
    const [name] = path;
    const evidence = evidenceAt(node, 'seen');
    if (this.#set.has(whole.join('.'))) return;
    if (path.length === 1 && name !== undefined && isCredential(name, node)) return;
    if (path.length === 1 && name !== undefined && this.isBefore && isSoughtAnywhere(name, node)) return;
    if (part === 'query' && name !== undefined) this.parameter('query', name, scalar(shape), undefined, evidence);
    const isWhole = part === 'query' && name === undefined && !ts.isSpreadAssignment(node.parent);
    if (isWhole && !this.#isReadByName(node)) this.#queryAs(shape, evidence);
    if (part === 'headers' && name !== undefined) this.#header(name, evidence);
    if (part === 'body') this.body(nest(path, shape), evidence);
    if (part === 'form') this.body(nest(path, shape), evidence, 'multipart/form-data');
  }

  /** Is it given to a function of the project that reads names of it and nothing else, whatever its type has besides? */
  #isReadByName(node: ts.Node, depth = 0): boolean {
    const call = node.parent;
    const index = ts.isCallExpression(call) ? call.arguments.indexOf(node as ts.Expression) : -1;
    const target =
      ts.isCallExpression(call) && index >= 0 ? this.project.values.of(call.expression, this.project.values.root) : undefined;
    const parameter = target?.kind === 'function' ? target.node.parameters[index] : undefined;
    const body = target?.kind === 'function' ? target.node.body : undefined;
    if (!parameter || !body || !ts.isIdentifier(parameter.name)) return false;
    const { text } = parameter.name;
    let isNamed = false;
    const isOther = (at: ts.Node): boolean => {
      if (!ts.isIdentifier(at) || at.text !== text || isMemberName(at)) return ts.forEachChild(at, isOther) ?? false;
      const key = ts.isElementAccessExpression(at.parent) ? at.parent.argumentExpression : undefined;
      const isHandedOn = depth < maxHops && this.#isReadByName(at, depth + 1);
      const isRead = ts.isPropertyAccessExpression(at.parent) || (key !== undefined && ts.isStringLiteralLike(key)) || isHandedOn;
      isNamed ||= isRead;
      return !isRead;
    };
    return !isOther(body) && isNamed;
  }

  /** All of the query, taken for a type: `list(req.query as Filter)`. */
  #queryAs(shape: Shape, evidence: Evidence): void {
    const whole = (one: Shape): Shape => (one.ref ? (this.project.shapes.named.get(one.ref) ?? {}) : one);
    const parts = (whole(shape).anyOf ?? [shape]).map(whole);
    for (const { properties = {}, required = [] } of parts) {
      for (const [name, own] of Object.entries(properties)) {
        const isNeeded = parts.length === 1 && required.includes(name);
        this.parameter('query', name, scalar(own), isNeeded, evidence);
      }
    }
  }

  #header(name: string, evidence: Evidence): void {
    if (!ordinaryHeaders.has(name.toLowerCase())) this.parameter('header', name, { type: 'string' }, undefined, evidence);
  }

  /** `'name' in query`. */
  #tested(node: ts.BinaryExpression, place: Place): void {
    if (node.operatorToken.kind !== ts.SyntaxKind.InKeyword || !ts.isStringLiteralLike(node.left)) return;
    const subject = step(this.subject(node.right, place), node.left.text);
    if (subject) this.#record(subject, {}, node);
  }

  /** Notes a method that the request's is held against. */
  #asks(pair: readonly ts.Expression[], place: Place): void {
    const own = pair.find((one) => /\bmethod$/.test(one.getText()) && this.subject(one, place)?.path.join() === 'method');
    const other = pair.find((one) => one !== own);
    const text = own && other && this.project.values.text(other, place.env)?.toLowerCase();
    if (text && /^(?:get|post|put|patch|delete|head|options)$/.test(text)) this.methods.add(text);
  }

  /** Records a parameter; what is better known stands, a text may become something narrower. */
  parameter(where: ParameterFact['in'], name: string, shape: Shape, required: boolean | undefined, evidence: Evidence): void {
    const key = `${where} ${where === 'header' ? name.toLowerCase() : name}`;
    const known = this.#parameters.get(key);
    if (known && rank(known.evidence) > rank(evidence)) return;
    const isBetter = !known || rank(evidence) > rank(known.evidence) || (shape.type && shape.type !== 'string');
    const own = isBetter ? (isUnknown(shape) ? { type: 'string' as const } : shape) : known.shape;
    this.#parameters.set(key, {
      name,
      in: where,
      shape: own,
      ...(required && { required }),
      evidence: known?.evidence ?? evidence,
    });
  }

  /** A parameter for every property of a shape. */
  parameters(where: ParameterFact['in'], shape: Shape, evidence: Evidence): void {
    const whole = shape.ref ? (this.project.shapes.named.get(shape.ref) ?? {}) : shape;
    for (const [name, property] of Object.entries(whole.properties ?? {})) {
      this.parameter(where, name, property, whole.required?.includes(name), evidence);
    }
  }

  /** Records (a part of) a body; what the code states stands above what it is seen to read. */
  body(shape: Shape, evidence: Evidence, mediaType = 'application/json'): void {
    const known = this.#bodies.get(mediaType);
    if (known && rank(known.evidence) > rank(evidence)) return;
    if (known && rank(known.evidence) === rank(evidence)) {
      const merged = mergeShapes(this.#open(known.shape, shape), this.#open(shape, known.shape)) as Shape;
      this.#bodies.set(mediaType, { ...known, shape: merged });
    } else if (!known || !isUnknown(shape)) {
      const required = evidence.confidence !== 'seen' && (shape.required?.length ?? 0) > 0;
      this.#bodies.set(mediaType, { mediaType, shape, ...(required && { required }), evidence });
    }
  }

  /** A named type that has to take in more properties is written out. */
  #open(shape: Shape, beside: Shape): Shape {
    const isOther = beside.ref !== shape.ref && Object.keys(beside.properties ?? {}).length + (beside.ref ? 1 : 0) > 0;
    return shape.ref && isOther ? (this.project.shapes.named.get(shape.ref) ?? shape) : shape;
  }

  /** `Schema.parse(req.body)`: the part is what the schema lets in. */
  #validated(call: ts.CallExpression, place: Place): void {
    if (call.arguments.length === 0) return;
    this.#validator(call, place);
    this.#checked(call, place);
    this.#transformed(call, place);
    for (const [index, argument] of call.arguments.entries()) {
      const subject = this.subject(argument, place);
      const [part, ...path] = (subject && this.#dialect.part(subject)) ?? [];
      if (!part) continue;
      const callee = strip(call.expression);
      // `User(req.body)`: ArkType's validators are functions.
      const owner = this.project.types.of(ts.isPropertyAccessExpression(callee) ? callee.expression : callee, place.scope);
      // `validate(Schema, req.body)` of the project says the same as `Schema.validate(req.body)`.
      const others = call.arguments.filter((_, at) => at !== index).map((other) => this.project.types.of(other, place.scope));
      const schema = [owner, ...others].find((type) => type.kind === 'schema');
      if (schema?.kind !== 'schema') continue;
      const foreign = part === 'query' && path.length === 0 ? this.#ofOthers(call, place) : undefined;
      this.schema(part, path, foreign ? withoutOptional(schema.shape, foreign) : schema.shape, call);
    }
  }

  /** `plainToInstance(OrderDto, req.body)` of class-transformer: the part is what the class lets in. */
  #transformed(call: ts.CallExpression, place: Place): void {
    const [made, given] = call.arguments;
    if (!made || !given || !transformer.test(call.expression.getText())) return;
    const callee = this.project.values.of(call.expression, place.env);
    if (callee?.kind !== 'package' || !/^class-transformer/.test(callee.name)) return;
    const target = this.project.values.of(made, place.env);
    const subject = this.subject(given, place);
    const [part, ...path] = (subject && this.#dialect.part(subject)) ?? [];
    if (target?.kind !== 'class' || !part) return;
    const shape = this.project.shapes.of({ kind: 'declared', node: target.node, scope: this.project.types.root, args: [] });
    this.schema(part, path, this.#allowsLess(call, place) ? this.#partial(shape) : shape, call);
  }

  /** Does the function around say that a property may be missing: `validate(order, { skipMissingProperties: true })`? */
  #allowsLess(call: ts.CallExpression, place: Place): boolean {
    const visit = (node: ts.Node): boolean => {
      const isIt = ts.isObjectLiteralElementLike(node) && nameText(node.name) === 'skipMissingProperties';
      const value =
        isIt && ts.isPropertyAssignment(node) ? node.initializer : isIt && ts.isShorthandPropertyAssignment(node) && node.name;
      if (value) return this.project.values.decided(value, place.env) !== false;
      return ts.forEachChild(node, visit) ?? false;
    };
    return visit(functionAround(call) ?? call);
  }

  #partial(shape: Shape): Shape {
    const { required: _, ...rest } = shape.ref ? (this.project.shapes.named.get(shape.ref) ?? {}) : shape;
    return rest;
  }

  /** `const { from, to } = validateRequest(req.body, …)`: what a check gives back of a part are names of the part. */
  #checked(call: ts.CallExpression, place: Place): void {
    const callee = strip(call.expression);
    const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : '';
    const [first] = call.arguments;
    let at: ts.Node = call;
    while (ts.isAwaitExpression(at.parent)) at = at.parent;
    const { parent } = at;
    const pattern = ts.isVariableDeclaration(parent) && ts.isObjectBindingPattern(parent.name) ? parent.name : undefined;
    const isResult = pattern?.elements.some((element) =>
      /^(?:data|error|errors|success|value|result|issues)$/.test(element.name.getText()),
    );
    if (!pattern || isResult || !first || ts.isSpreadElement(first) || !/^(?:validate|check|sanitize)/i.test(name)) return;
    const subject = this.subject(first, place);
    const part = subject && this.#dialect.part(subject);
    if (!subject || part?.length !== 1) return;
    for (const element of pattern.elements) {
      const key = nameText((element.propertyName ?? element.name) as ts.PropertyName);
      const own = element.dotDotDotToken || key === undefined ? undefined : step(subject, key);
      if (own) this.#record(own, shapeOfDefault(element.initializer), element);
    }
  }

  /** Keeps a validation of what is not seen to be a part of the request. */
  #validator(call: ts.CallExpression, place: Place): void {
    const callee = strip(call.expression);
    if (!ts.isPropertyAccessExpression(callee) || !/^(?:safeP|p)arse(?:Async)?$/.test(callee.name.text)) return;
    const [first] = call.arguments;
    const type = this.project.types.of(callee.expression, place.scope);
    const isOther = !first || ts.isSpreadElement(first) || this.#isPart(first, place);
    if (type.kind !== 'schema' || !(type.shape.properties ?? type.shape.anyOf) || isOther) return;
    const parts = this.#wholeParts(first, place);
    for (const [name, part] of parts) {
      const shape = type.shape.properties?.[name];
      if (shape) this.schema(part, [], shape, call);
    }
    if (parts.size > 0) return;
    const added = this.#madeOfBody(first, place);
    if (added) return this.body(withoutNames(type.shape, added), evidenceAt(call, 'seen'));
    if (this.#isReadFrom(first, place)) return this.schema('body', [], type.shape, call);
    const own = this.#madeOfQuery(first, place);
    if (own === true) return this.schema('query', [], type.shape, call);
    if (own) return this.#renamed(type.shape, own, call);
    if (this.#hops > 0 || this.#isWorked(first, place)) return;
    this.#validators.set(callee.expression.getText(), { shape: type.shape, evidence: evidenceAt(call, 'seen') });
  }

  /** The parts of a request that an object holds whole, by its names for them: `{ body: req.body, query: req.query }`. */
  #wholeParts(node: ts.Expression, place: Place): ReadonlyMap<string, string> {
    const held = [...propertiesIn(strip(node))].flatMap(([name, one]): [string, string][] => {
      const subject = this.subject(one, place);
      const [part, ...path] = (subject && this.#dialect.part(subject)) ?? [];
      return part && path.length === 0 ? [[name, part]] : [];
    });
    return new Map(held);
  }

  /** Is a value parsed JSON in a helper that is given the request and reads the bytes of its body: `request.body.getReader()`? */
  #isReadFrom(node: ts.Expression, place: Place): boolean {
    const owner = this.#hops > 0 && isParsed(this.project.values, node) ? functionAround(node) : undefined;
    // Where the body is there, read already, nobody takes its bytes.
    const isGiven = [...place.subjects.values()].some(
      (one) => !one.isWritten && [one, step(one, 'body')].every((part) => part && this.#dialect.part(part) === undefined),
    );
    return owner !== undefined && isGiven && readsBytes.test(owner.getText());
  }

  /** Is a value what other work gave back, `const answer = await run({ body })`: no part of the request any more? */
  #isWorked(node: ts.Expression, place: Place): boolean {
    const bare = strip(node);
    const declared = ts.isIdentifier(bare) ? this.project.values.declarationOf(bare) : undefined;
    const value = declared && ts.isVariableDeclaration(declared) ? declared.initializer : undefined;
    const call = value && ts.isAwaitExpression(value) ? strip(value) : undefined;
    return call !== undefined && ts.isCallExpression(call) && !call.arguments.some((one) => this.#isPart(one, place));
  }

  /** Is a value a part of what the handler is given, and not an object made for another purpose? */
  #isPart(node: ts.Expression, place: Place): boolean {
    const subject = this.subject(node, place);
    return subject !== undefined && !subject.isWritten;
  }

  /**
   * The names the application adds to a body to make this of it: `{ ...body, userId }`, `(await resolve(body)).body`. Undefined
   * where it is not made of the body.
   */
  #madeOfBody(node: ts.Expression, place: Place): ReadonlySet<string> | undefined {
    const isBody = (one: ts.Expression) => this.#isOfBody(one, place, true);
    let bare = strip(node);
    while (ts.isPropertyAccessExpression(bare)) bare = strip(bare.expression);
    const declared = ts.isIdentifier(bare) ? this.project.values.declarationOf(bare) : bare;
    const value = declared && ts.isVariableDeclaration(declared) ? declared.initializer : declared;
    const made = value && ts.isExpression(value) ? strip(value) : undefined;
    if (made && ts.isCallExpression(made) && made !== node) return made.arguments.some(isBody) ? new Set() : undefined;
    if (!made || !ts.isObjectLiteralExpression(made)) return undefined;
    if (!made.properties.some((one) => ts.isSpreadAssignment(one) && isBody(one.expression))) return undefined;
    return new Set([...propertiesIn(made)].flatMap(([name, one]) => (this.#isOfBody(one, place) ? [] : [name])));
  }

  /** Parameters of the query by what a schema lets in of an object that is written out of them. */
  #renamed({ properties = {}, required = [] }: Shape, names: ReadonlyMap<string, string>, at: ts.Node): void {
    for (const [name, query] of names) {
      const shape = properties[name];
      if (shape) this.parameter('query', query, shape, required.includes(name), evidenceAt(at, 'declared'));
    }
  }

  /**
   * What of a value is made of the query, and of no other part that has names of its own: the names of an object that is
   * written out, each with the query's (`{ isDry: params.get('dry-run') }`), or all of it
   * (`Object.keys(shape).map((key) => [key, params.get(key)])`).
   */
  #madeOfQuery(node: ts.Expression, place: Place): ReadonlyMap<string, string> | true | undefined {
    const bare = strip(node);
    const declared = ts.isIdentifier(bare) ? this.project.values.declarationOf(bare) : undefined;
    const made = declared && ts.isVariableDeclaration(declared) && declared.initializer ? strip(declared.initializer) : bare;
    const parts = (at: ts.Node): (readonly string[])[] => {
      const subject = ts.isExpression(at) ? this.subject(at, place) : undefined;
      const part = subject && this.#dialect.part(subject);
      if (part) return [part];
      const found: (readonly string[])[] = [];
      ts.forEachChild(at, (child) => void found.push(...parts(child)));
      return found;
    };
    const queried = (at: ts.Node) => {
      const found = parts(at);
      // What one parameter holds, written in some way, is another matter: a cursor.
      const isOther = found.some(([part]) => part === 'body' || part === 'form');
      return isOther ? [] : found.filter(([part]) => part === 'query').map(([, ...path]) => path);
    };
    const isSpread = ts.isObjectLiteralExpression(made) && made.properties.some((one) => ts.isSpreadAssignment(one));
    if (isSpread || !ts.isObjectLiteralExpression(made)) return queried(made).some((path) => path.length === 0) || undefined;
    const names = [...propertiesIn(made)].flatMap(([name, one]): [string, string][] => {
      const found = queried(one);
      const own = new Set(found.flatMap(([first]) => first ?? this.#keyGiven(one, place) ?? []));
      // A helper that is given all of the query reads there what it reads, under the same name as far as is seen.
      if (own.size === 0) return found.length > 0 ? [[name, name]] : [];
      return own.has(name) ? [[name, name]] : own.size === 1 ? [...own].map((query) => [name, query]) : [];
    });
    return names.length > 0 ? new Map(names) : undefined;
  }

  /** The name that a helper is given beside the query: `listOf(params, 'filter[status]')`. */
  #keyGiven(node: ts.Expression, place: Place): string | undefined {
    const bare = strip(node);
    const texts = ts.isCallExpression(bare) ? bare.arguments.flatMap((one) => this.#text(one, place) ?? []) : [];
    return texts.length === 1 ? texts[0] : undefined;
  }

  #isOfBody(node: ts.Expression, place: Place, isWhole = false): boolean {
    const subject = this.subject(node, place);
    const part = subject && this.#dialect.part(subject);
    return part?.[0] === 'body' && (!isWhole || part.length === 1);
  }

  /** The names that only other handlers read which hold their query against the same schema: it is written for all of them. */
  #ofOthers(call: ts.CallExpression, place: Place): ReadonlySet<string> {
    const [file, name] = [call.getSourceFile(), call.expression.getText()];
    const used = file.text.split(`${name}(`).length > 2 ? this.#usedOf(call, place) : undefined;
    const foreign = new Set<string>();
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node !== call && node.expression.getText() === name)
        for (const one of this.#usedOf(node, place) ?? []) if (!used?.has(one)) foreign.add(one);
      ts.forEachChild(node, visit);
    };
    if (used) visit(file);
    return foreign;
  }

  /** The names of a call's result that are read, where it is never passed on whole: `const query = Q.parse(req.query)`. */
  #usedOf(call: ts.CallExpression, place: Place): ReadonlySet<string> | undefined {
    let at: ts.Node = call;
    while (ts.isAwaitExpression(at.parent) || ts.isParenthesizedExpression(at.parent)) at = at.parent;
    const declaration = at.parent;
    if (!ts.isVariableDeclaration(declaration)) return undefined;
    const names = new Set<string>();
    if (ts.isObjectBindingPattern(declaration.name)) {
      for (const element of declaration.name.elements) {
        const name = nameText((element.propertyName ?? element.name) as ts.PropertyName);
        if (!name || element.dotDotDotToken) return undefined;
        names.add(name);
      }
      return names;
    }
    let isWhole = false;
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && node.text === declaration.name.getText() && !isLabel(node)) {
        const isSame = this.project.values.declarationOf(node) === declaration;
        if (isSame && ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node)
          names.add(node.parent.name.text);
        else if (isSame) isWhole = true;
      }
      ts.forEachChild(node, visit);
    };
    visit(functionAround(call) ?? call.getSourceFile());
    return isWhole || names.has('data') || place.subjects.size === 0 ? undefined : names;
  }

  /** One more thing that a validator asks of a part of the request, which says nothing of what else is read of that. */
  also(part: string, shape: Shape, at: ts.Node): void {
    if (part === 'query') return this.parameters('query', shape, evidenceAt(at, 'declared'));
    if (part !== 'body') return this.schema(part, [], shape, at);
    const known = this.#bodies.get('application/json');
    const isDeclared = known?.evidence.confidence === 'declared' && !known.shape.ref;
    if (isDeclared) this.#bodies.delete('application/json');
    this.schema('body', [], isDeclared ? joinShapes(known.shape, shape) : shape, at);
  }

  /** What a validator lets in as a part of the request. */
  schema(part: string, path: readonly string[], shape: Shape, at: ts.Node): void {
    const evidence = evidenceAt(at, 'declared');
    // What lets in one part of a body says nothing of the others.
    const ofBody = path.length > 0 ? evidenceAt(at, 'seen') : evidence;
    if (part === 'body') this.body(nest(path, shape), ofBody);
    if (part === 'form') this.body(nest(path, shape), ofBody, 'multipart/form-data');
    if (part === 'query' && path.length === 0) {
      this.parameters('query', shape, evidence);
      const whole = shape.ref ? (this.project.shapes.named.get(shape.ref) ?? {}) : shape;
      const names = whole.additional ? undefined : whole.properties;
      if (names) this.#queries = new Set([...(this.#queries ?? []), ...Object.keys(names)]);
    }
    if (part === 'params' && path.length === 0) this.parameters('path', shape, evidence);
    if (part === 'headers' && path.length === 0) this.parameters('header', shape, evidence);
    if (part === 'query' && path.length === 1) this.parameter('query', path[0] as string, shape, undefined, evidence);
  }

  /** A part of the request given to a function of the project is read there; errors it throws are the handler's. */
  #follow(call: ts.CallExpression, place: Place, before: number): void {
    const target = this.project.values.of(call.expression, place.env);
    // What a wrapper was given to call is no step deeper, nor what a handler hands all of what it is given; what leads to itself is.
    const isAgain = target?.kind === 'function' && isWithin(target.node, place.env);
    const hops = (this.#isGiven(call) || isHandedOn(call)) && !isAgain ? before - 1 : before;
    if (hops >= maxHops) return;
    const parts = call.arguments.flatMap((argument) => [argument, ...propertiesIn(argument).values()]);
    const isGiven = parts.some((node) => {
      const part = this.subject(node, place);
      return part && this.#isFollowed(part);
    });
    if (target?.kind !== 'function') return this.#handOut(call, parts, place);
    if (isGiven || this.#heldByOwner(call, place).subjects.size > 0) this.#enter(call, target, place, hops);
    else if (!isCaught(call)) this.#throws(target.node, place, hops + 1);
  }

  /**
   * Keeps where all of the query or the body is given to what is not read, `axios.get(url, { params: ctx.query })`. A call whose
   * result nobody takes, such as that of a logger, asks for nothing.
   */
  #handOut(call: ts.CallExpression, parts: readonly ts.Expression[], place: Place): void {
    if (this.isBefore || this.#isForAll || this.#isAlone || ts.isExpressionStatement(call.parent)) return;
    const root = beginningOf(call.expression);
    const isForeign =
      root.kind === ts.SyntaxKind.ThisKeyword || (ts.isIdentifier(root) && this.project.values.declarationOf(root));
    if (!isForeign || this.subject(root, place)) return;
    for (const node of parts) {
      const subject = this.subject(node, place);
      const [part, ...path] = (subject && this.#dialect.part(subject)) ?? [];
      if ((part === 'query' || part === 'body') && path.length === 0 && !this.#unread.has(part)) this.#unread.set(part, node);
    }
  }

  /** What a class of the project is made of is read in its constructor: `new Page(req.query)`, `new Answer(201, res, order)`. */
  #construct(node: ts.NewExpression, place: Place, hops: number): void {
    const made = hops < maxHops ? this.#made(node, place) : undefined;
    if (!made || made.subjects.size === 0) return;
    const instance = this.project.values.of(node, place.env);
    const env = instance?.kind === 'instance' ? instance.env : this.project.values.root;
    const scope = this.project.types.scope(made.bindings, this.project.types.root);
    this.#read(made.maker, { subjects: made.subjects, env, scope }, hops + 1);
  }

  /** The constructor of a class of the project, with what it is given here and what the instance is for that. */
  #made(node: ts.NewExpression, place: Place): Made | undefined {
    const target = this.project.values.of(node.expression, place.env);
    const maker = target?.kind === 'class' ? target.node.members.find(ts.isConstructorDeclaration) : undefined;
    if (target?.kind !== 'class' || !maker) return undefined;
    const subjects = new Map<ts.Node, Subject>();
    const bindings = new Map<ts.Node, Type>();
    for (const [index, parameter] of maker.parameters.entries()) {
      const argument = node.arguments?.[index];
      const part = argument && this.subject(argument, place);
      if (part && this.#isFollowed(part)) subjects.set(parameter, part);
      else if (!part && argument && !ts.isSpreadElement(argument)) this.#bind(parameter, argument, place, bindings);
    }
    const self = this.project.types.made(maker, this.project.types.scope(bindings, this.project.types.root));
    if (self) bindings.set(target.node, self);
    return { maker, subjects, bindings };
  }

  /** The instance whose method is called, as far as it is seen to be made: `new Answer(res).ok(order)`. */
  #instance({ expression }: ts.CallExpression, place: Place): Made | undefined {
    const callee = strip(expression);
    const owner = ts.isPropertyAccessExpression(callee) ? strip(callee.expression) : undefined;
    const declared = owner && ts.isIdentifier(owner) ? this.project.values.declarationOf(owner) : undefined;
    const value = declared && ts.isVariableDeclaration(declared) && declared.initializer ? strip(declared.initializer) : owner;
    return value && ts.isNewExpression(value) ? this.#made(value, place) : undefined;
  }

  /** What the constructor of the instance whose method is called was given: of the request, and of types. */
  #heldByOwner(call: ts.CallExpression, place: Place): Pick<Made, 'subjects' | 'bindings'> {
    const callee = strip(call.expression);
    const nothingHeld = { subjects: new Map(), bindings: new Map() };
    if (!ts.isPropertyAccessExpression(callee)) return nothingHeld;
    if (callee.expression.kind !== ts.SyntaxKind.ThisKeyword) return this.#instance(call, place) ?? nothingHeld;
    const owner = ts.findAncestor(callee, ts.isClassLike);
    const parameters = owner?.members.find(ts.isConstructorDeclaration)?.parameters ?? [];
    const own = [...place.subjects].filter(([node]) => parameters.some((parameter) => parameter === node));
    return { ...nothingHeld, subjects: new Map(own) };
  }

  /** Is a part of what the handler is given read where it is passed to? */
  #isFollowed(part: Subject): boolean {
    const [name] = this.#dialect.part(part) ?? [];
    return name === undefined || followed.has(name);
  }

  /** A parameter that says less than what it is given is of the type of that. */
  #bind(parameter: ts.ParameterDeclaration, argument: ts.Expression, place: Place, bindings: Map<ts.Node, Type>): void {
    const { types } = this.project;
    const written = parameter.type ? present(types.ofNode(parameter.type)) : undefined;
    if (!written || written.kind === 'unknown' || types.isWeak(written)) bindings.set(parameter, types.of(argument, place.scope));
    else if (types.isDictionary(written)) {
      // Names that are written out say more than that there are some.
      const given = types.of(argument, place.scope);
      if ((types.membersOf(given)?.size ?? 0) > 0) bindings.set(parameter, given);
    }
  }

  /** Is what is called a function that this one was given: `(handler) => (req, res) => handler(req, res)`? */
  #isGiven({ expression }: ts.CallExpression): boolean {
    const callee = strip(expression);
    const declaration = ts.isIdentifier(callee) ? this.project.values.declarationOf(callee) : undefined;
    return declaration !== undefined && ts.isParameter(declaration);
  }

  /** Reads the function that a returned call answers with: `return notFound('user')`. */
  inside(call: ts.CallExpression, place: Place): void {
    const hops = this.#isGiven(call) ? this.#hops - 1 : this.#hops;
    const target = hops <= maxHops ? this.project.values.of(call.expression, place.env) : undefined;
    if (target?.kind === 'function') this.#enter(call, target, place, hops);
  }

  #enter(call: ts.CallExpression, target: Value & { kind: 'function' }, place: Place, hops: number): void {
    const parts = call.arguments.map((argument) => this.subject(argument, place));
    const subjects = new Map<ts.Node, Subject>();
    const bindings = new Map<ts.Node, Type>();
    for (const [index, parameter] of target.node.parameters.entries()) {
      const part = parts[index];
      if (part) subjects.set(parameter, part);
      const argument = call.arguments[index];
      for (const absent of this.project.types.absentIn(parameter, call, place.scope)) bindings.set(absent, nothing);
      if ((part && !part.isWritten) || !argument || ts.isSpreadElement(argument)) continue;
      this.#unpack(parameter, argument, place, subjects, bindings);
      this.#bind(parameter, argument, place, bindings);
    }
    const self = ts.isPropertyAccessExpression(call.expression) ? call.expression.expression : undefined;
    const owner = self?.kind === ts.SyntaxKind.ThisKeyword ? ts.findAncestor(self, ts.isClassLike) : undefined;
    const made = owner && boundIn(place.scope, owner);
    if (made) bindings.set(owner, made);
    const held = this.#heldByOwner(call, place);
    for (const [node, part] of held.subjects) subjects.set(node, part);
    for (const [node, type] of held.bindings) bindings.set(node, type);
    const own = this.project.types.scopeOf(target, call, place.scope);
    // A handler that a wrapper of the project calls: `wrap((req: Request<Ids, Order>, res) => …)`.
    if (this.#isGiven(call) && this.#dialect.roots(target.node)?.every((of, index) => parts[index]?.of === of || !parts[index]))
      this.#state(this.#dialect.stated?.(target.node, undefined, this.project, own) ?? {}, target.node);
    const scope = bindings.size > 0 ? this.project.types.scope(bindings, own) : own;
    this.#read(target.node, { subjects, env: this.project.values.call(call, target, place.env), scope }, hops + 1);
  }

  /** `read({ request, schema: Order })` of a function that takes `{ request, schema }`: each by its name. */
  #unpack(
    parameter: ts.ParameterDeclaration,
    argument: ts.Expression,
    place: Place,
    subjects: Map<ts.Node, Subject>,
    bindings: Map<ts.Node, Type>,
  ): void {
    const given = propertiesIn(argument);
    for (const element of ts.isObjectBindingPattern(parameter.name) ? parameter.name.elements : []) {
      const value = given.get(nameText((element.propertyName ?? element.name) as ts.PropertyName) ?? '');
      if (!value || element.dotDotDotToken) continue;
      const part = this.subject(value, place);
      if (part) subjects.set(element, part);
      // What a validator lets in is better known than what its parameter is declared to be.
      const type = part ? undefined : this.project.types.of(value, place.scope);
      const isSwitch = value.kind === ts.SyntaxKind.TrueKeyword || value.kind === ts.SyntaxKind.FalseKeyword;
      if (isSwitch) bindings.set(element, shaped({ type: 'boolean', enum: [value.kind === ts.SyntaxKind.TrueKeyword] }));
      if (type?.kind === 'schema') bindings.set(element, type);
    }
  }

  /** The errors a function throws, those of the functions it calls included. */
  #throws(node: FunctionNode, place: Place, hops: number): void {
    if (!node.body || this.#isSeen(node, place.env, hops)) return;
    const visit = (child: ts.Node): void => {
      if (ts.isThrowStatement(child) && !isCaught(child)) this.#thrown(child.expression, place);
      if (ts.isCallExpression(child) && hops < maxHops && !isCaught(child)) {
        const target = this.project.values.of(child.expression, this.project.values.root);
        if (target?.kind === 'function') this.#throws(target.node, place, hops + 1);
      }
      ts.forEachChild(child, visit);
    };
    visit(node.body);
  }

  #thrown(error: ts.Expression, place: Place): void {
    const status = statusOfError(this.project, error, place.env);
    if (!status) return;
    this.#failed.add(status);
    this.merge({ status, evidence: evidenceAt(error, 'seen') });
  }

  /** Gives the failures that an error handler answers (`all`: every one) the body it gives them. */
  completeFailures(bodies: ReadonlyMap<string, ResponseFact>, all = false): void {
    for (const [index, response] of this.responses.entries()) {
      const body = bodies.get(response.status) ?? bodies.get('default');
      const isFailed = this.#failed.has(response.status) || (all && isFailure(response.status));
      if (!body || response.mediaType || !isFailed) continue;
      const isSaid = this.responses.some(({ status, mediaType }) => status === response.status && mediaType);
      if (!isSaid) this.responses[index] = { ...response, mediaType: body.mediaType, shape: body.shape };
    }
  }

  /** Records a failure passed on: `next({ status: 404, … })`, `next(createError(404))`. */
  failure(error: ts.Expression, place: Place): void {
    this.#thrown(error, place);
  }

  /** The type of a response's body. */
  typeOf(node: ts.Expression | undefined, place: Place): Type {
    if (!node) return { kind: 'undefined' };
    return this.project.types.of(node, place.scope);
  }

  /** The shape of a response's body: as stated for the route, else as the value shows. */
  shapeOf(node: ts.Expression | undefined, place: Place): Shape {
    const shape = node ? this.project.shapes.of(present(this.typeOf(node, place))) : {};
    if (this.#response && !isFailureBody(shape)) return this.project.shapes.of(present(this.#response));
    return node && shape.properties ? this.#withParts(shape, node, place) : shape;
  }

  /** `{ id: req.params.id, sku: req.body.sku }`: what is handed back of the request is what was asked of it; a part of the path is a text. */
  #withParts(shape: Shape, node: ts.Expression, place: Place): Shape {
    const properties = { ...shape.properties };
    const required = new Set(shape.required);
    for (const [name, value] of propertiesIn(strip(node))) {
      if (!isUnknown(properties[name])) continue;
      const subject = this.subject(value, place);
      const [part, key, ...rest] = (subject && this.#dialect.part(subject)) ?? [];
      if (key === undefined || rest.length > 0) continue;
      const body = part === 'body' ? this.#bodies.get('application/json') : undefined;
      const asked = body?.evidence.confidence === 'declared' ? body.shape : {};
      if (part === 'params') properties[name] = this.#parameters.get(`path ${key}`)?.shape ?? { type: 'string' };
      else if (asked.properties?.[key]) properties[name] = asked.properties[key];
      if (part === 'params' || asked.required?.includes(key)) required.add(name);
    }
    return { ...shape, properties, ...(required.size > 0 && { required: [...required] }) };
  }

  /** Keeps a status that is set, until something is sent with it: nothing where that is seen. */
  prepare(prepared: Prepared | undefined): void {
    this.#prepared = prepared;
  }

  /** Records a response whose status is set elsewhere, if at all: by the function that a wrapper sends the result of. */
  respondPrepared(content: Content, place: Place, at: ts.Node): void {
    const prepared = this.#prepared;
    const by = prepared && functionAround(prepared.at);
    const isElsewhere = by !== undefined && ts.findAncestor(at, (one) => one === by) === undefined;
    if (!prepared || !isElsewhere || prepared.at.parent.parent !== (by as ts.FunctionLikeDeclaration).body)
      this.respond(undefined, content, place, at);
    if (prepared && isElsewhere) this.respond(prepared.status, content, prepared.place, at);
  }

  /** Records a response with the status an expression says. */
  respond(status: ts.Expression | undefined, content: Content, place: Place, at: ts.Node, otherwise = this.usualStatus): void {
    const bare = status && strip(status);
    if (bare && ts.isConditionalExpression(bare)) {
      this.respond(bare.whenTrue, content, place, at);
      this.respond(bare.whenFalse, content, place, at);
      return;
    }
    const usual = bare && isFallback(bare) ? bare : undefined;
    if (usual && this.#statusText(usual, place) === undefined) {
      // `send(res, order)` of `(res, body, status) => res.status(status || 200)…`
      const isAbsent = this.project.types.of(usual.left, place.scope).kind === 'undefined' || this.#isLacking(usual.left, place);
      if (isAbsent) return this.respond(usual.right, content, place, at);
      // `error.status ?? 500`: that one at least, beside those that nobody sees.
      const status = this.#statusText(usual.right, place);
      if (status && isFailure(status)) this.merge({ status, ...content, evidence: evidenceAt(at, 'seen') });
    }
    const written = bare && ts.isIdentifier(bare) ? this.#statusesWritten(bare, place) : [];
    if (written.length > 0) {
      for (const one of written) this.respond(one, content, place, at);
      return;
    }
    const chosen = bare ? this.#statusesGiven(bare, place) : [];
    if (chosen.length > 0) {
      for (const one of chosen)
        this.merge({ status: one.status, ...this.#contentHeld(one, content, at, place), evidence: evidenceAt(at, 'seen') });
      return;
    }
    const typed = bare && this.#statusText(bare, place) === undefined ? this.#statusesTyped(bare, place) : [];
    if (typed.length > 0) {
      for (const one of typed) this.merge({ status: one, ...content, evidence: evidenceAt(at, 'typed') });
      return;
    }
    const code = bare ? this.#statusText(bare, place) : otherwise;
    const isSeen = code !== undefined && /^[1-5]\d\d$/.test(code);
    if (!isSeen && bare) this.note(noteAt(bare, 'The status is computed at run time, so the response is written as default.'));
    this.merge({ status: isSeen ? code : 'default', ...content, evidence: evidenceAt(at, 'seen') });
  }

  /** What a variable is given, where that is a status each time: `let status = 200; if (isNew) status = 201;`. */
  #statusesWritten(node: ts.Identifier, place: Place): readonly ts.Expression[] {
    const declared = this.project.values.declarationOf(node);
    if (!declared || !ts.isVariableDeclaration(declared)) return [];
    const start = declared.initializer && !isNothing(declared.initializer) ? [declared.initializer] : [];
    const given = [...start, ...assignmentsTo(declared)].map(strip);
    const isStatus = (one: ts.Expression): boolean =>
      ts.isConditionalExpression(one)
        ? [one.whenTrue, one.whenFalse].map(strip).every(isStatus)
        : /^[1-5]\d\d$/.test(this.#statusText(one, place) ?? '');
    const isChoice = given.length > 1 || given.some(ts.isConditionalExpression);
    return isChoice && given.every(isStatus) ? given : [];
  }

  /** The statuses that a type allows where it names them: `{ status: 404 | 409 }`. */
  #statusesTyped(node: ts.Expression, place: Place): readonly string[] {
    const shape = this.project.shapes.of(present(this.project.types.of(node, place.scope)));
    const texts = (shape.anyOf ?? [shape]).flatMap((one) => one.enum ?? []).map(String);
    // With 1xx it is the type of all statuses that there are, of which an operation answers few.
    return texts.every((one) => /^[2-5]\d\d$/.test(one)) ? texts : [];
  }

  /** The statuses a function of the project gives back beside a body, and where: `const { status, body } = await run(req)`. */
  #statusesGiven(node: ts.Expression, place: Place): readonly HeldStatus[] {
    const held = this.#held(node, place);
    return (held?.literals ?? []).flatMap((of) => {
      const key = held?.key ?? '';
      const own = ts.isNewExpression(of.node) ? this.#givenToMember(of.node, key, of.env) : undefined;
      const status = ts.isNewExpression(of.node) ? own?.node : propertyIn(of.node, key);
      const usual = status && isFallback(status) ? status.right : status;
      const text = usual && this.#statusText(usual, { ...place, env: own?.env ?? this.project.values.root });
      return text && /^[1-5]\d\d$/.test(text) ? [{ status: text, of: of.node }] : [];
    });
  }

  /** What the constructor of a class of the project gives a member: `constructor(readonly statusCode: number)`, `this.statusCode = code`. */
  #givenToMember(node: ts.NewExpression, key: string, env: Env): { node: ts.Expression; env: Env } | undefined {
    const made = this.project.values.of(node, env);
    const maker = made?.kind === 'instance' ? made.node.members.find(ts.isConstructorDeclaration) : undefined;
    if (made?.kind !== 'instance' || !maker?.body) return undefined;
    const parameter = maker.parameters.find((one) => ts.isParameterPropertyDeclaration(one, maker) && one.name.getText() === key);
    if (parameter && ts.isIdentifier(parameter.name)) return { node: parameter.name, env: made.env };
    const set = maker.body.statements.find(
      (one) => ts.isExpressionStatement(one) && isSetting(one.expression) && one.expression.left.getText() === `this.${key}`,
    );
    const right = set && ts.isExpressionStatement(set) && isSetting(set.expression) ? set.expression.right : undefined;
    return right && { node: right, env: made.env };
  }

  /** The body that stands beside a status in what a function gives back; of one that is made of several, what is sent. */
  #contentHeld({ status, of }: HeldStatus, content: Content, at: ts.Node, place: Place): Content {
    const sent = ts.isCallExpression(at) ? at.arguments[0] : ts.isBinaryExpression(at) ? at.right : undefined;
    const held = sent && this.#held(strip(sent), place);
    if (!held?.literals.some(({ node }) => node === of) || ts.isNewExpression(of)) return content;
    const own = propertyIn(of, held.key);
    const shape = own && this.project.shapes.of(present(this.project.types.of(own)));
    if (shape && !isUnknown(shape)) return { ...content, shape };
    // What all of them give says nothing of a failure.
    return own && !isFailure(status) ? content : {};
  }

  /** The name under which an expression reads what calls gave back, and the objects that they give back where they are written. */
  #held(node: ts.Expression, { env }: Place): { key: string; literals: readonly Holder[] } | undefined {
    if (ts.isPropertyAccessExpression(node)) return { key: node.name.text, literals: this.#literalsOf(node.expression, env, 0) };
    const declared = ts.isIdentifier(node) ? this.project.values.declarationOf(node) : undefined;
    if (!declared || !ts.isBindingElement(declared) || !ts.isObjectBindingPattern(declared.parent)) return undefined;
    const key = nameText((declared.propertyName ?? declared.name) as ts.PropertyName);
    return key === undefined ? undefined : { key, literals: this.#literalsBehind(declared.parent.parent, env, 0) };
  }

  /** Is a name of an object read that what was given has not: `options?.status` of `send(res, { cache: 'no-store' })`? */
  #isLacking(node: ts.Expression, place: Place): boolean {
    const held = this.#held(strip(node), place);
    const isIn = ({ node: one }: Holder) =>
      ts.isNewExpression(one) ||
      one.properties.some((property) => ts.isSpreadAssignment(property) || nameText(property.name) === held?.key);
    return held !== undefined && held.literals.length > 0 && !held.literals.some(isIn);
  }

  #literalsOf(node: ts.Expression, env: Env, depth: number): Holder[] {
    const bare = strip(node);
    const { values } = this.project;
    if (depth > maxHeld) return [];
    if (ts.isObjectLiteralExpression(bare) || ts.isNewExpression(bare)) return [{ node: bare, env }];
    if (ts.isConditionalExpression(bare))
      return [bare.whenTrue, bare.whenFalse].flatMap((one) => this.#literalsOf(one, env, depth + 1));
    if (ts.isCallExpression(bare)) {
      const target = values.of(bare.expression, env);
      const inner = target?.kind === 'function' ? values.call(bare, target, env) : env;
      return target?.kind === 'function'
        ? resultsOf(target.node.body).flatMap((one) => this.#literalsOf(one, inner, depth + 1))
        : [];
    }
    const declared = ts.isIdentifier(bare) ? values.declarationOf(bare) : undefined;
    return declared ? this.#literalsBehind(declared, env, depth + 1) : [];
  }

  /** What is given to a variable, or to a parameter where the function was called. */
  #literalsBehind(node: ts.Node, env: Env, depth: number): Holder[] {
    if (ts.isVariableDeclaration(node)) {
      const given = [...(node.initializer ? [node.initializer] : []), ...assignmentsTo(node)];
      return given.flatMap((one) => this.#literalsOf(one, env, depth + 1));
    }
    if (!ts.isParameter(node) || !env.call || !env.caller || env.owner !== node.parent) return [];
    const given = env.call.arguments[node.parent.parameters.indexOf(node)];
    return given ? this.#literalsOf(given, env.caller, depth + 1) : [];
  }

  #statusText(node: ts.Expression, place: Place): string | undefined {
    return statusText(this.project, node, place.env);
  }

  /** Records what a client has to come with. */
  secure(security: SecurityFact): void {
    // What a route states stands above what is seen of its guards, and one scheme is asked for once, by whatever name.
    const all = [...this.#security.values()];
    const isStated = (one: SecurityFact) => one.evidence.confidence === 'declared';
    const { choice } = security;
    if (!isStated(security) && all.some((one) => isStated(one) && isSameScheme(one, security))) this.#stands.add(choice ?? '');
    if (!isStated(security) && this.#stands.has(choice ?? '')) {
      for (const [key, one] of this.#security) if (choice && one.choice === choice) this.#security.delete(key);
      return;
    }
    if (!choice && all.some((one) => one.name !== security.name && isStated(one) && isSameScheme(one, security))) return;
    this.#security.set(`${security.name} ${security.choice ?? ''}`, security);
  }

  /** Records a response; responses of one status and media type become one. Some statuses have no body, whatever is given. */
  merge(given: ResponseFact): void {
    this.#answered.add(given.status);
    const response = /^(?:204|205|304)$/.test(given.status) ? { ...given, mediaType: undefined, shape: undefined } : given;
    const at = this.responses.findIndex(
      ({ status, mediaType }) => status === response.status && mediaType === response.mediaType,
    );
    const known = this.responses[at];
    if (!known) this.responses.push(response);
    else if (rank(response.evidence) >= rank(known.evidence)) {
      this.responses[at] = { ...known, shape: this.#either(known.shape, response.shape) };
    }
  }

  /** A body that is one of two: what is unknown says nothing. */
  #either(a: Shape | undefined, b: Shape | undefined): Shape | undefined {
    if (isUnknown(a)) return b ?? a;
    if (isUnknown(b)) return a;
    const isMixed = (a?.ref ?? '') !== (b?.ref ?? '') || (a?.type !== b?.type && Boolean(a?.type && b?.type));
    if (!isMixed) return mergeShapes(a, b);
    const parts = [a as Shape, b as Shape].flatMap((part) => part.anyOf ?? [part]);
    const distinct = new Map(parts.map((part) => [JSON.stringify(part), part]));
    return distinct.size === 1 ? a : { anyOf: [...distinct.values()] };
  }
}

/** Do two ask for the same, by names of their own? */
function isSameScheme({ scheme: a }: SecurityFact, { scheme: b }: SecurityFact): boolean {
  if (a.type === 'http' || b.type === 'http')
    return a.type === b.type && a.type === 'http' && a.scheme === (b as typeof a).scheme;
  return a.in === b.in && a.name.toLowerCase() === b.name.toLowerCase();
}

export type Content = Pick<ResponseFact, 'mediaType' | 'shape'>;

/** What a function gives back that may hold a status: an object that is written out, or one that a class makes. */
interface Holder {
  readonly node: ts.ObjectLiteralExpression | ts.NewExpression;
  readonly env: Env;
}

/** A status that an object holds beside a body: `{ status: 404, body: { error } }`. */
interface HeldStatus {
  readonly status: string;
  readonly of: Holder['node'];
}

/** A status that a call sets in a statement of its own. */
interface Prepared {
  readonly status: ts.Expression;
  readonly at: ts.CallExpression;
  readonly place: Place;
}

const unseen = 'What is refused with 401 here is not seen to be told by a header or a cookie, so no security scheme is written.';
const selective = 'What is asked for here depends on the path of the request, so no security scheme is written.';

/** A constructor, and what its parameters, and its class, stand for where it is called. */
interface Made {
  readonly maker: ts.ConstructorDeclaration;
  readonly subjects: Map<ts.Node, Subject>;
  readonly bindings: Map<ts.Node, Type>;
}

/** The parameter of the constructor that a field holds: `constructor(private res)`, `this.res = res`. */
function constructorParameter({ name, parent }: ts.PropertyAccessExpression): ts.ParameterDeclaration | undefined {
  const owner = ts.findAncestor(parent, ts.isClassLike);
  const maker = owner?.members.find(ts.isConstructorDeclaration);
  const parameterOf = (text: string) => maker?.parameters.find((one) => ts.isIdentifier(one.name) && one.name.text === text);
  const own = parameterOf(name.text);
  if (own && ts.isParameterPropertyDeclaration(own, own.parent)) return own;
  for (const statement of maker?.body?.statements ?? []) {
    const set = ts.isExpressionStatement(statement) && isSetting(statement.expression) ? statement.expression : undefined;
    const isIt = set && ts.isPropertyAccessExpression(set.left) && set.left.expression.kind === ts.SyntaxKind.ThisKeyword;
    if (isIt && set.left.name.text === name.text) return ts.isIdentifier(set.right) ? parameterOf(set.right.text) : undefined;
  }
  return undefined;
}

const transformer = /\b(?:plainTo(?:Instance|Class)|transformAndValidate(?:Sync)?)$/;

/** Options of a middleware that identifies, but does not refuse. */
const optional = /\b(?:optional|passthrough|allowAnonymous):\s*true|\b(?:required|credentialsRequired|mandatory):\s*false/;

/** What of a statement that looks at the method of a request is for this one; undefined where a statement does not. */
function branchesFor(method: string, node: ts.Node): readonly ts.Node[] | undefined {
  if (ts.isIfStatement(node)) {
    const isMet = isMethod(method, node.expression);
    if (isMet === undefined) return undefined;
    return isMet ? [node.thenStatement] : node.elseStatement ? [node.elseStatement] : [];
  }
  if (!ts.isSwitchStatement(node) || !/(?:^|\.)method$/.test(node.expression.getText())) return undefined;
  const { clauses } = node.caseBlock;
  const isFor = (clause: ts.CaseOrDefaultClause) =>
    ts.isCaseClause(clause) && ts.isStringLiteralLike(clause.expression) && clause.expression.text === method;
  const named = clauses.findIndex(isFor);
  const start = named < 0 ? clauses.findIndex(ts.isDefaultClause) : named;
  // A clause without statements falls through to the next.
  const found = start < 0 ? undefined : clauses.slice(start).find(({ statements }) => statements.length > 0);
  return found ? [...found.statements] : [];
}

/** Does a condition on the method of a request hold: `req.method !== 'POST'`, `method === 'PUT' || method === 'PATCH'`? */
function isMethod(method: string, condition: ts.Expression): boolean | undefined {
  const bare = strip(condition);
  if (!ts.isBinaryExpression(bare)) return undefined;
  const sign = bare.operatorToken.getText();
  if (sign === '||' || sign === '&&') {
    const [left, right] = [isMethod(method, bare.left), isMethod(method, bare.right)];
    const decisive = sign === '||';
    if (left === decisive || right === decisive) return decisive;
    return left === undefined || right === undefined ? undefined : !decisive;
  }
  const [, name] = /^['"](GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)['"]$/.exec(bare.right.getText()) ?? [];
  if (name === undefined || !/(?:^|\.)method$/.test(bare.left.getText()) || !/^[=!]==?$/.test(sign)) return undefined;
  return sign.startsWith('=') === (name === method);
}

/** What a hook asks of the route that was found: Fastify's options of it. */
const looksAtRoute = /\.(?:routeOptions|routeConfig|routeSchema|context\.config)\b/;

/** Takes what a request sends as it comes. */
const readsBytes = /\breq(?:uest)?(?:\.raw)?\.(?:body\b|(?:text|arrayBuffer|blob)\()/;

/** The parts of a request that are followed into functions. */
const followed = new Set(['body', 'query', 'form']);

/** Headers that are no parameters of an operation: protocol, authentication, content negotiation. */
const ordinaryHeaders = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'forwarded',
  'host',
  'origin',
  'referer',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
]);

/** An operation by its method: what is looked for in any body is no body of a request that has none. */
export function asMethod(operation: OperationFact): OperationFact {
  const hasBody = !/^(?:get|head)$/.test(operation.method);
  return { ...operation, bodies: operation.bodies.filter(({ evidence }) => hasBody || evidence.confidence !== 'seen') };
}

const ranks: Readonly<Record<Confidence, number>> = { said: -1, seen: 0, typed: 1, declared: 2 };

function rank({ confidence }: Evidence): number {
  return ranks[confidence];
}

/** A shape without some of its properties, as far as they are optional. */
function withoutOptional(shape: Shape, names: ReadonlySet<string>): Shape {
  return withoutNames(shape, new Set([...names].filter((name) => !shape.required?.includes(name))));
}

function withoutNames(shape: Shape, names: ReadonlySet<string>): Shape {
  const kept = Object.entries(shape.properties ?? {}).filter(([name]) => !names.has(name));
  return { ...shape, properties: Object.fromEntries(kept), required: shape.required?.filter((name) => !names.has(name)) };
}

/** Is a stated type more than `any` or `Record<string, unknown>`? */
function saysSomething(shape: Shape): boolean {
  const isOpen = shape.type === 'object' && !shape.properties && isUnknown(shape.additional);
  return !isUnknown(shape) && !isOpen;
}

/** A response body that reports an error stands beside the type stated for success. */
function isFailureBody({ properties }: Shape): boolean {
  const names = Object.keys(properties ?? {});
  return names.length > 0 && names.every((name) => /^(?:error|errors|message|code|status|statusCode|success)$/.test(name));
}

/** Is what is thrown here caught in the same function by a clause that does not pass it on? */
function isCaught(node: ts.Node): boolean {
  for (let at = node; at.parent && !ts.isFunctionLike(at); at = at.parent) {
    const { parent } = at;
    if (!ts.isTryStatement(parent) || parent.tryBlock !== at || !parent.catchClause) continue;
    if (!passesOn(parent.catchClause)) return true;
  }
  return false;
}

function passesOn({ variableDeclaration, block }: ts.CatchClause): boolean {
  const name = variableDeclaration && ts.isIdentifier(variableDeclaration.name) ? variableDeclaration.name.text : undefined;
  let found = false;
  const visit = (node: ts.Node): void => {
    if (ts.isThrowStatement(node)) found = true;
    const isGiven = ts.isCallExpression(node) && node.arguments.some((one) => ts.isIdentifier(one) && one.text === name);
    if (isGiven && /^(?:next|reject|handle\w*)$/.test(node.expression.getText())) found = true;
    ts.forEachChild(node, visit);
  };
  visit(block);
  return found;
}

/**
 * Is this a way to show who one is, beside the `Authorization` header that the same function reads? What every operation behind
 * it takes is a matter of authentication, not a parameter of each.
 */
function isCredential(name: string, node: ts.Node): boolean {
  if (!/^(?:(?:access|auth|bearer|session)[_-]?)?token$|^jwt$|^api[_-]?key$/i.test(name)) return false;
  return /\bauthorization\b/i.test(functionAround(node)?.getText() ?? '');
}

/** Does a guard look for a name wherever the request may have it: `req.query.id || req.params.id || req.body.id`? */
function isSoughtAnywhere(name: string, node: ts.Node): boolean {
  let whole: ts.Node = node;
  for (let at = node; ts.isExpression(at); at = at.parent) if (isFallback(at)) whole = at;
  if (whole === node) return false;
  const parts = new Set<string>();
  for (const [, part = '', own] of whole.getText().matchAll(/\b(query|params|body|headers)\??\.(\w+)/g))
    if (own === name) parts.add(part);
  return parts.size > 1;
}

const assignments = new WeakMap<ts.VariableDeclaration, readonly ts.Expression[]>();

/** What the function around a variable assigns to it. */
function assignmentsTo(node: ts.VariableDeclaration): readonly ts.Expression[] {
  const known = assignments.get(node);
  const owner = functionAround(node);
  if (known || !owner || !ts.isIdentifier(node.name)) return known ?? [];
  const name = node.name.text;
  const found: ts.Expression[] = [];
  const visit = (child: ts.Node): void => {
    if (isSetting(child) && ts.isIdentifier(child.left) && child.left.text === name) found.push(child.right);
    ts.forEachChild(child, visit);
  };
  visit(owner);
  assignments.set(node, found);
  return found;
}

/** The call that a promise's failure is caught of: `request.json().catch(() => null)`. */
function settled({ expression }: ts.CallExpression): ts.Expression | undefined {
  const callee = strip(expression);
  if (!ts.isPropertyAccessExpression(callee) || !/^(?:catch|finally)$/.test(callee.name.text)) return undefined;
  return ts.isCallExpression(strip(callee.expression)) ? callee.expression : undefined;
}

/** The list whose items a variable stands for in turn: `for (const item of list)`, `list.map((item) => …)`. */
function listOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isVariableDeclaration(node)) return ts.isForOfStatement(node.parent.parent) ? node.parent.parent.expression : undefined;
  const turn = ts.isParameter(node) ? node.parent : undefined;
  const call = turn && (ts.isArrowFunction(turn) || ts.isFunctionExpression(turn)) ? turn.parent : undefined;
  const callee = call && ts.isCallExpression(call) && call.arguments[0] === turn ? strip(call.expression) : undefined;
  if (!callee || !ts.isPropertyAccessExpression(callee) || turn?.parameters[0] !== node) return undefined;
  return /^(?:forEach|map|flatMap|filter|find|findIndex|some|every)$/.test(callee.name.text) ? callee.expression : undefined;
}

/** Is a value, or what a variable is given, a text that is parsed? */
function isParsed(values: Values, node: ts.Expression): boolean {
  const bare = strip(node);
  const declared = ts.isIdentifier(bare) ? values.declarationOf(bare) : undefined;
  if (!declared || !ts.isVariableDeclaration(declared)) return /^JSON\.parse\(/.test(bare.getText());
  const given = [...(declared.initializer ? [declared.initializer] : []), ...assignmentsTo(declared)];
  return given.some((one) => /^JSON\.parse\(/.test(strip(one).getText()));
}

/** Is a call all that a function does, with what that is given: `(req, res, next) => controller.list(req, res, next)`? */
function isHandedOn(call: ts.CallExpression): boolean {
  const owner = ts.findAncestor(call, ts.isFunctionLike);
  const { body } = (owner ?? {}) as Partial<ts.FunctionLikeDeclaration>;
  if (!owner || !body || call.arguments.length === 0) return false;
  const [only, ...more] = ts.isBlock(body) ? body.statements : [];
  const value = only ? (ts.isExpressionStatement(only) || ts.isReturnStatement(only) ? only.expression : undefined) : body;
  const names = new Set(owner.parameters.map(({ name }) => name.getText()));
  const isAll = more.length === 0 && value !== undefined && ts.isExpression(value as ts.Node);
  return isAll && strip(value as ts.Expression) === call && call.arguments.every((one) => names.has(one.getText()));
}

function functionAround(node: ts.Node): ts.Node | undefined {
  return ts.findAncestor(node.parent, ts.isFunctionLike);
}

export function step(subject: Subject | undefined, name: string): Subject | undefined {
  if (subject?.holds) return subject.holds.has(name) ? subject.holds.get(name) : step(subject.rest, name);
  return subject && { ...subject, path: [...subject.path, name] };
}

function nest(path: readonly string[], shape: Shape): Shape {
  const [name, ...rest] = path;
  if (name === '[]') return { type: 'array', items: nest(rest, shape) };
  return name === undefined ? shape : { type: 'object', properties: { [name]: nest(rest, shape) } };
}

/** A query parameter is a text, a number or a list; an object that is expected of it says nothing of the parameter. */
function scalar(shape: Shape): Shape {
  return shape.ref || shape.type === 'object' || shape.anyOf ? {} : { ...shape, nullable: undefined };
}

function isStep(node: ts.Expression): boolean {
  return ts.isElementAccessExpression(node) || ts.isCallExpression(node);
}

/** The values of an object literal, by name. */
export function propertiesIn(node: ts.Expression): ReadonlyMap<string, ts.Expression> {
  const found = new Map<string, ts.Expression>();
  for (const property of ts.isObjectLiteralExpression(node) ? node.properties : []) {
    const name = nameText(property.name);
    if (name === undefined) continue;
    if (ts.isPropertyAssignment(property)) found.set(name, property.initializer);
    else if (ts.isShorthandPropertyAssignment(property)) found.set(name, property.name);
  }
  return found;
}

/** A name that is not a use of a variable: a member's, a property's, a declaration's. */
function isLabel(node: ts.Identifier): boolean {
  const { parent } = node;
  return (ts.isPropertyAccessExpression(parent) && parent.name === node) || isOwnName(node);
}

/** A name that declares or labels something instead of reading it. */
function isOwnName(node: ts.Expression): boolean {
  const { parent } = node;
  return (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isPropertyAssignment(parent)) && parent.name === node;
}

/** What the code around a value takes it for: `Number(x)`, `parseInt(x)`, `x as string`. */
function shapeOfUse(node: ts.Expression): Shape {
  const { parent } = node;
  // `Number(query.limit ?? 25)`
  const isLeft = isFallback(parent) && parent.left === node;
  if (isLeft || ts.isParenthesizedExpression(parent)) return shapeOfUse(parent);
  if (ts.isAsExpression(parent)) return typeShapes.get(parent.type.kind) ?? {};
  if (ts.isPrefixUnaryExpression(parent) && parent.operator === ts.SyntaxKind.PlusToken) return { type: 'number' };
  if (ts.isCallExpression(parent) && parent.arguments[0] === node) {
    const name = parent.expression.getText();
    if (name === 'Number' || /(?:^|\.)parseFloat$/.test(name)) return { type: 'number' };
    if (/(?:^|\.)parseInt$/.test(name)) return { type: 'integer' };
  }
  return {};
}

const typeShapes = new Map<ts.SyntaxKind, Shape>([
  [ts.SyntaxKind.StringKeyword, { type: 'string' }],
  [ts.SyntaxKind.NumberKeyword, { type: 'number' }],
  [ts.SyntaxKind.BooleanKeyword, { type: 'boolean' }],
]);

function shapeOfDefault(node: ts.Expression | undefined): Shape {
  const bare = node && strip(node);
  if (!bare) return {};
  if (ts.isStringLiteralLike(bare)) return { type: 'string', default: bare.text };
  if (ts.isNumericLiteral(bare)) return { type: 'number', default: Number(bare.text) };
  if (bare.kind === ts.SyntaxKind.TrueKeyword) return { type: 'boolean', default: true };
  return bare.kind === ts.SyntaxKind.FalseKeyword ? { type: 'boolean', default: false } : {};
}

/** Summary and description of a route: the comment on its statement, else the one on its handler. */
export function docOf(
  call: ts.Node | undefined,
  handler: ts.Node | undefined,
): Pick<OperationFact, 'summary' | 'description' | 'deprecated'> {
  const statement = call && ts.findAncestor(call, ts.isExpressionStatement);
  // In a chain (`router.get(…).post(…)`) the comment belongs to none of the links in particular.
  const own = statement && strip(statement.expression) === call ? statement : undefined;
  for (const node of [own, handler && commentOwner(handler)]) {
    const { description: text, deprecated } = commentOf(node);
    if (!text && !deprecated) continue;
    const [summary = '', ...rest] = (text ?? '').split(/\r?\n/);
    const description = rest.join('\n').trim();
    return { ...(summary && { summary }), ...(description && { description }), ...(deprecated && { deprecated }) };
  }
  return {};
}

/** What the comment on a function stands on; the comment on what makes a function is not of what is made. */
function commentOwner(node: ts.Node): ts.Node {
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return node;
  const owner = ts.findAncestor(node.parent, (one) => ts.isVariableStatement(one) || ts.isFunctionLike(one));
  return owner && ts.isVariableStatement(owner) ? owner : node;
}

/** The function that answers, where others were given it: `getUser` of `guarded(wrap(getUser))`. */
export function innermost(values: Values, node: ts.Expression, env: Env): ts.Node | undefined {
  const bare = strip(node);
  const value = ts.isCallExpression(bare) ? undefined : values.of(bare, env);
  if (value?.kind === 'function') return value.node;
  const inner = ts.isCallExpression(bare) ? bare.arguments : [];
  return inner.map((one) => innermost(values, one, env)).findLast((one) => one !== undefined);
}

/** What a chain of members and calls begins with: `axios` of `axios.create().get`. */
function beginningOf(node: ts.Expression): ts.Expression {
  const bare = strip(node);
  const isLink = ts.isPropertyAccessExpression(bare) || ts.isElementAccessExpression(bare) || ts.isCallExpression(bare);
  return isLink ? beginningOf(bare.expression) : bare;
}
