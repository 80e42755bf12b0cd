/**
 * What a middleware does not do for one path: `if (req.path === '/health') return next();`, `if (open.includes(path)) return;`. A
 * path is OpenAPI's, `/users/{id}`: what its parameters are is not known.
 */
import ts from 'ts6';
import { isConstant } from './plain.ts';
import { type Env, type FunctionNode, nameText, strip, type Values } from './values.ts';

/** The path of a request: as a middleware sees it where it stands, and all of it. */
export interface Asked {
  readonly own: string;
  readonly whole: string;
}

/** What of a function does not run for a path: branches, what stands behind one that ends, and the conditions on the path. */
export function skippedFor(values: Values, node: FunctionNode, env: Env, asked: Asked): ReadonlySet<ts.Node> {
  const skipped = new Set<ts.Node>();
  if (!node.body || !ts.isBlock(node.body) || !looksAtPath.test(node.body.getText())) return skipped;
  const question = new Question(values, node, env, asked);
  const visit = (block: ts.Block): void => {
    let isOver = false;
    for (const statement of block.statements) {
      if (isOver) skipped.add(statement);
      else if (ts.isTryStatement(statement)) visit(statement.tryBlock);
      else if (ts.isIfStatement(statement)) isOver = branch(statement);
    }
  };
  /** Does nothing run behind the statement? */
  const branch = (statement: ts.IfStatement): boolean => {
    const isMet = question.decided(statement.expression);
    const { thenStatement, elseStatement } = statement;
    if (isMet === undefined) return false;
    for (const one of [statement.expression, ...question.initializers(statement.expression)]) skipped.add(one);
    const [taken, other] = isMet ? [thenStatement, elseStatement] : [elseStatement, thenStatement];
    if (other) skipped.add(other);
    if (taken && ts.isIfStatement(taken)) return branch(taken);
    if (taken && ts.isBlock(taken)) visit(taken);
    const last = taken && ts.isBlock(taken) ? taken.statements.at(-1) : taken;
    return last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last));
  };
  visit(node.body);
  return skipped;
}

const looksAtPath = /\b(?:path|pathname|url|originalUrl)\b/;

/** A text or pattern that a turn of `some` is at. */
type Item = string | RegExp;

class Question {
  readonly #values: Values;
  readonly #node: FunctionNode;
  readonly #env: Env;
  readonly #asked: Asked;
  readonly #items = new Map<ts.Node, Item>();
  #depth = 0;

  constructor(values: Values, node: FunctionNode, env: Env, asked: Asked) {
    this.#values = values;
    this.#node = node;
    this.#env = env;
    this.#asked = asked;
  }

  /** What names in a condition are given, where that is a condition on the path. */
  initializers(condition: ts.Expression): readonly ts.Expression[] {
    const found: ts.Expression[] = [];
    const visit = (node: ts.Node): void => {
      const value = ts.isIdentifier(node) ? this.#given(node) : undefined;
      if (value && this.decided(value) !== undefined) found.push(value);
      ts.forEachChild(node, visit);
    };
    visit(condition);
    return found;
  }

  /** Does a condition hold for the path? Undefined where that is not known, or it is on something else. */
  decided(condition: ts.Expression): boolean | undefined {
    if (this.#depth > maxDepth) return undefined;
    this.#depth++;
    try {
      return this.#decide(strip(condition));
    } finally {
      this.#depth--;
    }
  }

  #decide(test: ts.Expression): boolean | undefined {
    if (ts.isPrefixUnaryExpression(test) && test.operator === ts.SyntaxKind.ExclamationToken) {
      const inner = this.decided(test.operand);
      return inner === undefined ? undefined : !inner;
    }
    if (ts.isIdentifier(test)) {
      const value = this.#given(test);
      return value && this.decided(value);
    }
    if (ts.isBinaryExpression(test)) return this.#compared(test);
    return ts.isCallExpression(test) ? this.#called(test) : undefined;
  }

  #compared({ left, right, operatorToken: { kind } }: ts.BinaryExpression): boolean | undefined {
    if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.AmpersandAmpersandToken) {
      const decisive = kind === ts.SyntaxKind.BarBarToken;
      const sides = [left, right].map((side) => this.decided(side));
      if (sides.includes(decisive)) return decisive;
      return sides.includes(undefined) ? undefined : !decisive;
    }
    const isEqual = kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.EqualsEqualsToken;
    const isOther = kind === ts.SyntaxKind.ExclamationEqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsToken;
    if (!isEqual && !isOther) return undefined;
    const path = this.#path(left) ?? this.#path(right);
    const item = this.#item(this.#path(left) === undefined ? left : right);
    const isMet = path === undefined || typeof item !== 'string' ? undefined : isSame(path, item);
    return isMet === undefined ? undefined : isMet === isEqual;
  }

  #called(call: ts.CallExpression): boolean | undefined {
    const callee = strip(call.expression);
    const [first] = call.arguments;
    if (!first) return undefined;
    if (!ts.isPropertyAccessExpression(callee)) return this.#within(call, first);
    const path = this.#path(callee.expression);
    const item = this.#item(path === undefined ? callee.expression : first);
    const method = callee.name.text;
    if (path !== undefined && typeof item === 'string') {
      if (method === 'startsWith') return beginsWith(path, item);
      if (method === 'endsWith') return beginsWith(reversed(path), reversed(item));
      return method === 'includes' ? contains(path, item) : undefined;
    }
    const given = this.#path(first);
    if (method === 'test') return given !== undefined && item instanceof RegExp ? matches(given, item) : undefined;
    const items = this.#listed(callee.expression);
    if (!items) return undefined;
    if (/^(?:includes|has)$/.test(method))
      return given === undefined
        ? undefined
        : any(items.map((one) => (typeof one === 'string' ? isSame(given, one) : undefined)));
    const turn = method === 'some' ? strip(first) : undefined;
    const [parameter] = turn && ts.isArrowFunction(turn) ? turn.parameters : [];
    if (!turn || !ts.isArrowFunction(turn) || ts.isBlock(turn.body) || !parameter) return undefined;
    const { body } = turn;
    return any(
      items.map((one) => {
        this.#items.set(parameter, one);
        return this.decided(body);
      }),
    );
  }

  /** `isOpen(req.path)` of a function that gives back a condition on what it is given. */
  #within(call: ts.CallExpression, first: ts.Expression): boolean | undefined {
    const path = this.#path(first);
    const target = path === undefined ? undefined : this.#values.of(call.expression, this.#env);
    const [parameter] = target?.kind === 'function' ? target.node.parameters : [];
    if (path === undefined || target?.kind !== 'function' || !parameter || !target.node.body) return undefined;
    const { body } = target.node;
    const [only, ...more] = ts.isBlock(body) ? body.statements : [];
    const result = !ts.isBlock(body)
      ? body
      : only && more.length === 0 && ts.isReturnStatement(only)
        ? only.expression
        : undefined;
    if (!result) return undefined;
    this.#items.set(parameter, `\0${path}`);
    return this.decided(result);
  }

  /** The path, where an expression is the request's. */
  #path(node: ts.Expression): string | undefined {
    const bare = strip(node);
    if (ts.isIdentifier(bare)) {
      const declared = this.#values.declarationOf(bare);
      const item = declared && this.#items.get(declared);
      if (typeof item === 'string' && item.startsWith('\0')) return item.slice(1);
      if (declared && ts.isBindingElement(declared)) return this.#named(declared);
      const value = this.#given(bare);
      return value && this.#path(value);
    }
    if (ts.isPropertyAccessExpression(bare)) {
      const { name, expression } = bare;
      const isWhole = /^(?:originalUrl|pathname)$/.test(name.text);
      if (!isWhole && !/^(?:path|url)$/.test(name.text)) return undefined;
      const isMade = ts.isNewExpression(strip(expression)) && /\burl\b/i.test(expression.getText());
      if (isMade || this.#isRequest(expression)) return isWhole || isMade ? this.#asked.whole : this.#asked.own;
      return undefined;
    }
    // `req.url.split('?')[0]`, `req.path.toLowerCase()`
    if (ts.isElementAccessExpression(bare) && bare.argumentExpression.getText() === '0') return this.#path(bare.expression);
    const callee = ts.isCallExpression(bare) ? strip(bare.expression) : undefined;
    if (!callee || !ts.isPropertyAccessExpression(callee)) return undefined;
    const isCut = callee.name.text === 'split' && /^['"][?]['"]$/.test((bare as ts.CallExpression).arguments[0]?.getText() ?? '');
    return isCut || /^(?:toLowerCase|toString)$/.test(callee.name.text) ? this.#path(callee.expression) : undefined;
  }

  /** `const { path } = req` */
  #named({ propertyName, name, parent }: ts.BindingElement): string | undefined {
    const key = nameText((propertyName ?? name) as ts.PropertyName) ?? '';
    const owner = parent.parent;
    const isOfRequest = ts.isVariableDeclaration(owner) && owner.initializer && this.#isRequest(owner.initializer);
    if (!isOfRequest || !/^(?:path|url|originalUrl)$/.test(key)) return undefined;
    return key === 'originalUrl' ? this.#asked.whole : this.#asked.own;
  }

  /** Is an expression the request that the function is given, or the request of the context: `c.req`, `ctx.request`? */
  #isRequest(node: ts.Expression): boolean {
    const bare = strip(node);
    if (ts.isPropertyAccessExpression(bare))
      return /^(?:req|request|raw|nextUrl)$/.test(bare.name.text) && this.#isRequest(bare.expression);
    const declared = ts.isIdentifier(bare) ? this.#values.declarationOf(bare) : undefined;
    return declared !== undefined && ts.isParameter(declared) && declared.parent === this.#node;
  }

  /** What a name is given, where it is given that once and for all. */
  #given(node: ts.Identifier): ts.Expression | undefined {
    const declared = this.#values.declarationOf(node);
    return declared && ts.isVariableDeclaration(declared) && isConstant(declared) ? declared.initializer : undefined;
  }

  #item(node: ts.Expression): Item | undefined {
    const bare = strip(node);
    const declared = ts.isIdentifier(bare) ? this.#values.declarationOf(bare) : undefined;
    const item = declared && this.#items.get(declared);
    if (item !== undefined) return typeof item === 'string' && item.startsWith('\0') ? undefined : item;
    const written = ts.isIdentifier(bare) ? (this.#given(bare) ?? bare) : bare;
    if (ts.isRegularExpressionLiteral(written)) return patternOf(written);
    return this.#values.text(bare, this.#env);
  }

  /** The items of a list, or of a set that is made of one, where all of them are known. */
  #listed(node: ts.Expression): readonly Item[] | undefined {
    const bare = strip(node);
    const written = ts.isIdentifier(bare) ? (this.#given(bare) ?? bare) : bare;
    const made = strip(written);
    const isSet = ts.isNewExpression(made) && made.expression.getText() === 'Set' ? made.arguments?.[0] : undefined;
    const list = this.#values.of(isSet ?? bare, this.#env);
    if (list?.kind !== 'list') return undefined;
    const items = list.items.map((item) => this.#item(item));
    return items.every((item) => item !== undefined) ? items : undefined;
  }
}

/** How deep conditions are followed into one another. */
const maxDepth = 12;

function any(found: readonly (boolean | undefined)[]): boolean | undefined {
  return found.includes(true) ? true : found.includes(undefined) ? undefined : false;
}

function isSame(path: string, text: string): boolean | undefined {
  if (!path.includes('{')) return path === text || (path || '/') === text;
  const form = path.split(/\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${form.join('[^/]+')}$`).test(text) ? undefined : false;
}

function beginsWith(path: string, text: string): boolean | undefined {
  const at = path.search(/[{}]/);
  const fixed = at < 0 ? path : path.slice(0, at);
  if (fixed.startsWith(text)) return true;
  return at >= 0 && text.startsWith(fixed) ? undefined : false;
}

const reversed = (text: string): string => [...text].toReversed().join('');

function contains(path: string, text: string): boolean | undefined {
  if (path.split(/\{[^}]*\}/).some((part) => part.includes(text))) return true;
  return path.includes('{') ? undefined : false;
}

function matches(path: string, pattern: RegExp): boolean | undefined {
  const [first, second] = ['1', 'abc'].map((value) => pattern.test(path.replaceAll(/\{[^}]*\}/g, value)));
  return first === second ? first : undefined;
}

function patternOf(node: ts.RegularExpressionLiteral): RegExp | undefined {
  const [, source = '', flags = ''] = /^\/(.*)\/(\w*)$/s.exec(node.text) ?? [];
  try {
    return new RegExp(source, flags.replaceAll(/[gy]/g, ''));
  } catch {
    return undefined;
  }
}
