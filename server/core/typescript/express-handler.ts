/** What an Express handler shows: the query and body it reads, the responses it gives, and its doc comment. */
import ts from 'ts6';
import {
  mergeShapes,
  type Note,
  type OperationFact,
  type QueryParameter,
  type ResponseFact,
  type Shape,
} from '../generate/facts.ts';
import { type Env, type FunctionNode, nameText, strip, type Value, type Values } from './express-values.ts';

export interface HandlerFacts {
  readonly operation: Pick<OperationFact, 'query' | 'body' | 'responses' | 'summary' | 'description' | 'deprecated'>;
  readonly notes: readonly Note[];
}

type Subject = { readonly of: 'req' | 'res' | 'next'; readonly path: readonly string[] };
type Subjects = ReadonlyMap<ts.Node, Subject>;

/** How far a request part is followed into functions it is given to. */
const maxHops = 2;

/** Facts of all handlers of one registration, middleware included. */
export function handlerFacts(
  values: Values,
  call: ts.CallExpression,
  handlers: readonly ts.Expression[],
  env: Env,
): HandlerFacts {
  const reading = new Reading(values);
  const functions = handlers.flatMap((handler) => functionsOf(values, handler, env));
  for (const { node, env: own } of functions) reading.handler(node, own);
  return {
    operation: {
      query: [...reading.query].map(([name, shape]): QueryParameter => ({ name, shape })),
      ...(reading.body && { body: reading.body }),
      responses: reading.responses,
      ...docOf(call, functions.at(-1)?.node),
    },
    notes: reading.notes,
  };
}

/** The functions an argument stands for: itself, those in a list, those a wrapper is given. */
function functionsOf(values: Values, node: ts.Expression, env: Env): (Value & { kind: 'function' })[] {
  const bare = strip(node);
  const value = values.of(bare, env);
  if (value?.kind === 'function') return [value];
  if (value?.kind === 'list') return value.items.flatMap((item) => functionsOf(values, item, value.env));
  if (!ts.isCallExpression(bare)) return [];
  const callee = strip(bare.expression);
  const bound =
    ts.isPropertyAccessExpression(callee) && callee.name.text === 'bind' ? functionsOf(values, callee.expression, env) : [];
  return [...bound, ...bare.arguments.flatMap((argument) => functionsOf(values, argument, env))];
}

class Reading {
  readonly query = new Map<string, Shape>();
  body: Shape | undefined;
  readonly responses: ResponseFact[] = [];
  readonly notes: Note[] = [];
  readonly #values: Values;
  readonly #seen = new Set<ts.Node>();

  constructor(values: Values) {
    this.#values = values;
  }

  handler(node: FunctionNode, env: Env): void {
    const [req, res, next] = node.parameters;
    // Four parameters: an error handler, which answers for others.
    if (node.parameters.length > 3 || !node.body) return;
    const subjects = new Map<ts.Node, Subject>();
    if (req) subjects.set(req, { of: 'req', path: [] });
    if (res) subjects.set(res, { of: 'res', path: [] });
    if (next) subjects.set(next, { of: 'next', path: [] });
    this.#read(node, subjects, env, 0);
  }

  #read(node: FunctionNode, subjects: Subjects, env: Env, hops: number): void {
    if (this.#seen.has(node) || !node.body) return;
    this.#seen.add(node);
    const visit = (child: ts.Node): void => {
      if (ts.isCallExpression(child)) {
        this.#answer(child, subjects, env);
        this.#follow(child, subjects, env, hops);
      }
      if (ts.isBindingElement(child)) this.#bound(child, subjects);
      else if (ts.isExpression(child)) this.#mention(child, subjects);
      ts.forEachChild(child, visit);
    };
    for (const parameter of node.parameters) visit(parameter);
    visit(node.body);
  }

  /** The part of the request or response an expression is. */
  #subject(node: ts.Expression, subjects: Subjects): Subject | undefined {
    const bare = strip(node);
    if (ts.isIdentifier(bare)) {
      const declaration = this.#values.declarationOf(bare);
      return declaration && this.#declared(declaration, subjects);
    }
    if (ts.isPropertyAccessExpression(bare)) return step(this.#subject(bare.expression, subjects), bare.name.text);
    if (ts.isElementAccessExpression(bare) && ts.isStringLiteralLike(bare.argumentExpression)) {
      return step(this.#subject(bare.expression, subjects), bare.argumentExpression.text);
    }
    if (ts.isBinaryExpression(bare) && isFallback(bare.operatorToken.kind)) return this.#subject(bare.left, subjects);
    return undefined;
  }

  #declared(node: ts.Node, subjects: Subjects): Subject | undefined {
    const known = subjects.get(node);
    if (known) return known;
    if (ts.isVariableDeclaration(node) && node.initializer) {
      const subject = this.#subject(node.initializer, subjects);
      // A part of a body that was given a name: still that part. A chosen method of the response is not the response.
      return subject?.of === 'res' && subject.path.length > 0 ? undefined : subject;
    }
    if (ts.isBindingElement(node) && !node.dotDotDotToken && ts.isObjectBindingPattern(node.parent)) {
      const key = ts.isIdentifier(node.name) && !node.propertyName ? node.name.text : nameText(node.propertyName);
      const owner = this.#declared(node.parent.parent, subjects);
      return key === undefined ? undefined : step(owner, key);
    }
    return undefined;
  }

  #bound(node: ts.BindingElement, subjects: Subjects): void {
    const subject = ts.isIdentifier(node.name) ? this.#declared(node, subjects) : undefined;
    if (subject) this.#record(subject, shapeOfDefault(node.initializer));
  }

  /** Records the longest part named: `req.body.user.email`, not also `req.body.user` and `req.body`. */
  #mention(node: ts.Expression, subjects: Subjects): void {
    if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return;
    const { parent } = node;
    if ((ts.isPropertyAccessExpression(parent) && (parent.expression === node || parent.name === node)) || isOwnName(node))
      return;
    const subject = this.#subject(node, subjects);
    if (!subject) return;
    const isCalled = ts.isCallExpression(parent) && parent.expression === node;
    const path = isCalled || subject.path.at(-1) === 'length' ? subject.path.slice(0, -1) : subject.path;
    this.#record({ ...subject, path }, isCalled ? {} : shapeOfUse(node));
  }

  #record(subject: Subject, shape: Shape): void {
    const [part, ...path] = subject.path;
    if (subject.of !== 'req') return;
    const name = path[0];
    if (part === 'query' && name !== undefined) {
      const known = this.query.get(name);
      this.query.set(name, shape.type && shape.type !== 'string' ? shape : (known ?? { type: 'string' }));
    }
    if (part === 'body') this.body = mergeShapes(this.body, nest(path, shape));
  }

  /** A part of the request given to a function of the project is read there. */
  #follow(call: ts.CallExpression, subjects: Subjects, env: Env, hops: number): void {
    if (hops >= maxHops) return;
    const parts = call.arguments.map((argument) => this.#subject(argument, subjects));
    if (
      !parts.some(
        (part) => part && (part.of !== 'req' || part.path.length === 0 || part.path[0] === 'body' || part.path[0] === 'query'),
      )
    )
      return;
    const target = this.#values.of(call.expression, env);
    if (target?.kind !== 'function') return;
    const inner = new Map<ts.Node, Subject>();
    for (const [index, parameter] of target.node.parameters.entries()) {
      const part = parts[index];
      if (part) inner.set(parameter, part);
    }
    this.#read(target.node, inner, target.env, hops + 1);
  }

  #answer(call: ts.CallExpression, subjects: Subjects, env: Env): void {
    const callee = strip(call.expression);
    if (ts.isIdentifier(callee)) {
      if (this.#subject(callee, subjects)?.of === 'next') this.#failure(call, env);
      return;
    }
    if (!ts.isPropertyAccessExpression(callee)) return;
    const chain = this.#responseChain(callee.expression, subjects);
    if (!chain) return;
    const [first, second] = call.arguments;
    const name = callee.name.text;
    if (name === 'sendStatus' && first) this.#respond(first, undefined, env);
    if (name === 'redirect' && first) this.#respond(second ? first : chain.status, undefined, env, '302');
    const content = contentOf[name];
    if (!content) return;
    const status = chain.status ?? statusBefore(call, (node) => this.#subject(node, subjects)?.of === 'res');
    this.#respond(
      status,
      content(first, (node) => this.#shapeOf(node, env, 0)),
      env,
    );
  }

  /** The response a chain of calls starts at, and the status set on the way. */
  #responseChain(node: ts.Expression, subjects: Subjects): { status?: ts.Expression } | undefined {
    const bare = strip(node);
    const subject = this.#subject(bare, subjects);
    if (subject?.of === 'res' && subject.path.length === 0) return {};
    if (!ts.isCallExpression(bare) || !ts.isPropertyAccessExpression(bare.expression)) return undefined;
    const before = this.#responseChain(bare.expression.expression, subjects);
    return before && bare.expression.name.text === 'status' && bare.arguments[0] ? { status: bare.arguments[0] } : before;
  }

  /** `next({ status: 404, … })`: the error's status, where it is written. */
  #failure(call: ts.CallExpression, env: Env): void {
    const error = call.arguments[0] && strip(call.arguments[0]);
    if (!error || !ts.isObjectLiteralExpression(error)) return;
    const status = error.properties.find((item) => ['status', 'statusCode'].includes(nameText(item.name) ?? ''));
    if (status && ts.isPropertyAssignment(status)) this.#respond(status.initializer, undefined, env);
  }

  #respond(status: ts.Expression | undefined, content: Content | undefined, env: Env, otherwise = '200'): void {
    const bare = status && strip(status);
    if (bare && ts.isConditionalExpression(bare)) {
      this.#respond(bare.whenTrue, content, env);
      this.#respond(bare.whenFalse, content, env);
      return;
    }
    const code = bare ? this.#values.text(bare, env) : otherwise;
    const isSeen = code !== undefined && /^[1-5]\d\d$/.test(code);
    if (!isSeen && bare) {
      const place = { uri: bare.getSourceFile().fileName, start: bare.getStart(), end: bare.getEnd() };
      this.notes.push({ ...place, message: 'The status is computed at run time, so the response is written as default.' });
    }
    this.#merge({ status: isSeen ? code : 'default', ...content });
  }

  #merge(response: ResponseFact): void {
    const at = this.responses.findIndex(
      ({ status, mediaType }) => status === response.status && mediaType === response.mediaType,
    );
    const known = this.responses[at];
    if (known) this.responses[at] = { ...known, shape: mergeShapes(known.shape, response.shape) };
    else this.responses.push(response);
  }

  /** The JSON an expression becomes, as far as it is written out. */
  #shapeOf(node: ts.Expression, env: Env, depth: number): Shape {
    const bare = strip(node);
    if (depth > 8) return {};
    const literal = shapeOfLiteral(bare);
    if (literal) return literal;
    if (ts.isArrayLiteralExpression(bare)) {
      const items = bare.elements.filter((item) => !ts.isSpreadElement(item)).map((item) => this.#shapeOf(item, env, depth + 1));
      return { type: 'array', ...(items.length > 0 && { items: items.reduce((a, b) => mergeShapes(a, b) as Shape) }) };
    }
    const value = this.#values.of(bare, env);
    if (value?.kind !== 'object') return {};
    const properties: [string, Shape][] = [];
    for (const property of value.node.properties) {
      const name = nameText(property.name);
      if (name === undefined) continue;
      const shape = ts.isPropertyAssignment(property) ? this.#shapeOf(property.initializer, value.env, depth + 1) : {};
      properties.push([name, shape]);
    }
    return { type: 'object', properties: Object.fromEntries(properties) };
  }
}

type Content = Pick<ResponseFact, 'mediaType' | 'shape'>;
type ReadContent = (body: ts.Expression | undefined, shape: (node: ts.Expression) => Shape) => Content;

const asJson: ReadContent = (body, shape) => ({ mediaType: 'application/json', shape: body ? shape(body) : {} });

/** The methods that end a response, and the content each sends. Express sends a text as HTML, everything else as JSON. */
const contentOf: Readonly<Record<string, ReadContent>> = {
  json: asJson,
  jsonp: asJson,
  send: (body, shape) => {
    const seen = body ? shape(body) : {};
    if (seen.type === 'string') return { mediaType: 'text/html', shape: seen };
    return seen.type === undefined ? {} : { mediaType: 'application/json', shape: seen };
  },
  end: () => ({}),
  render: () => ({ mediaType: 'text/html', shape: { type: 'string' } }),
  sendFile: () => ({}),
  download: () => ({}),
};

/** `res.status(404);` on a line of its own before the call, in the same block. */
function statusBefore(call: ts.CallExpression, isResponse: (node: ts.Expression) => boolean): ts.Expression | undefined {
  const statement = ts.findAncestor(call, ts.isStatement);
  if (!statement || !ts.isBlock(statement.parent)) return undefined;
  const { statements } = statement.parent;
  for (const before of statements.slice(0, statements.indexOf(statement)).toReversed()) {
    if (!ts.isExpressionStatement(before)) continue;
    const node = strip(before.expression);
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'status') {
      if (isResponse(node.expression.expression)) return node.arguments[0];
    }
    const isSet = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (
      isSet &&
      ts.isPropertyAccessExpression(node.left) &&
      node.left.name.text === 'statusCode' &&
      isResponse(node.left.expression)
    ) {
      return node.right;
    }
  }
  return undefined;
}

function step(subject: Subject | undefined, name: string): Subject | undefined {
  return subject && { ...subject, path: [...subject.path, name] };
}

function nest(path: readonly string[], shape: Shape): Shape {
  const [name, ...rest] = path;
  return name === undefined ? shape : { type: 'object', properties: { [name]: nest(rest, shape) } };
}

function isFallback(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.BarBarToken;
}

/** A name that declares or labels something instead of reading it. */
function isOwnName(node: ts.Expression): boolean {
  const { parent } = node;
  return (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isPropertyAssignment(parent)) && parent.name === node;
}

/** What the code around a value takes it for: `Number(x)`, `parseInt(x)`, `x as string`. */
function shapeOfUse(node: ts.Expression): Shape {
  const { parent } = node;
  if (ts.isAsExpression(parent)) return typeShapes.get(parent.type.kind) ?? {};
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
  return (node && shapeOfLiteral(strip(node))) ?? {};
}

function shapeOfLiteral(node: ts.Expression): Shape | undefined {
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return { type: 'string' };
  if (ts.isNumericLiteral(node)) return { type: 'number' };
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return { type: 'boolean' };
  return undefined;
}

/** Summary and description of the route: the comment on its statement, else the one on its handler. */
function docOf(
  call: ts.CallExpression,
  handler: FunctionNode | undefined,
): Pick<OperationFact, 'summary' | 'description' | 'deprecated'> {
  const statement = ts.findAncestor(call, ts.isExpressionStatement);
  // In a chain (`router.get(…).post(…)`) the comment belongs to none of the links in particular.
  const own = statement && strip(statement.expression) === call ? statement : undefined;
  for (const node of [own, handler]) {
    const doc = node && docComments(node).at(-1);
    if (!doc) continue;
    const [summary = '', ...rest] = (ts.getTextOfJSDocComment(doc.comment) ?? '').trim().split(/\r?\n/);
    const description = rest.join('\n').trim();
    const deprecated = doc.tags?.some((tag) => tag.tagName.text === 'deprecated');
    return { ...(summary && { summary }), ...(description && { description }), ...(deprecated && { deprecated }) };
  }
  return {};
}

function docComments(node: ts.Node): ts.JSDoc[] {
  const owner =
    ts.isArrowFunction(node) || ts.isFunctionExpression(node) ? (ts.findAncestor(node, ts.isVariableStatement) ?? node) : node;
  return ts.getJSDocCommentsAndTags(owner).filter(ts.isJSDoc);
}
