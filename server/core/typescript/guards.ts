/**
 * What a middleware or guard of the application looks at to see who asks: the `Authorization` header, a header or a cookie
 * with a key, a session. Told by what the function and those it gives the request to read, never by a name of theirs.
 */
import ts from 'ts6';
import type { SecurityFact } from '../generate/facts.ts';
import { evidenceAt } from './evidence.ts';
import { named } from './names.ts';
import { type Env, type FunctionNode, nameText, propertyIn, strip, type Values } from './values.ts';
import { initializerOf } from './plain.ts';

/** What a function looks at, and what it does with it. */
export interface Witness {
  /** The ways to show who one is that it looks at; any of them will do. */
  readonly credentials: readonly SecurityFact[];
  /** What it gives the request by name for those that come after it: `user`. */
  readonly given: ReadonlySet<string>;
  /** What of the request it looks at by name. */
  readonly asked: ReadonlySet<string>;
  /** It answers, or throws, where nothing is shown: `if (!token) return refuse(res)`. */
  readonly isDemanding: boolean;
  /** It lets through who shows nothing. */
  readonly isLenient: boolean;
  /** It decides by the path of a request, so nothing is known of one route. */
  readonly isSelective: boolean;
}

/** How far a request is followed into functions it is given to. */
const maxDepth = 6;

/** What a function that is given a request looks at; nothing of what is said not to run. */
export function witnessOf(values: Values, node: FunctionNode, env: Env, skipped: ReadonlySet<ts.Node> = new Set()): Witness {
  const search = new Search(values, skipped);
  search.read(node, env, new Set(node.parameters.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []))), 0);
  return search.result(node);
}

class Search {
  readonly #values: Values;
  readonly #facts = new Map<string, SecurityFact>();
  readonly #given = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #seen = new Set<ts.Node>();
  /** The schemes of `Authorization` that are named: `Bearer`. */
  readonly #schemes = new Set<'bearer' | 'basic'>();
  #authorization: ts.Node | undefined;
  #isSplit = false;
  /** Variables that hold what was shown. */
  readonly #holders = new Set<string>();
  #isDemanding = false;
  #isLenient = false;
  #isSelective = false;

  readonly #skipped: ReadonlySet<ts.Node>;

  constructor(values: Values, skipped: ReadonlySet<ts.Node> = new Set()) {
    this.#values = values;
    this.#skipped = skipped;
  }

  result(node: FunctionNode): Witness {
    const at = this.#authorization;
    // `Authorization: Bearer x`, also where only what stands behind the scheme is taken.
    const schemes = this.#schemes.size > 0 ? [...this.#schemes] : this.#isSplit ? (['bearer'] as const) : [];
    for (const scheme of at ? schemes : []) this.#facts.set(scheme, fact(scheme, { type: 'http', scheme }, at as ts.Node));
    if (at && schemes.length === 0) this.#key('header', 'Authorization', at);
    return {
      credentials: [...this.#facts.values()],
      given: this.#given,
      asked: this.#asked,
      isDemanding: this.#isDemanding,
      isLenient: this.#isLenient || onlyRefusesShown(node),
      isSelective: this.#isSelective,
    };
  }

  /** Reads a function in which these names are (parts of) the request. */
  read(node: FunctionNode, env: Env, names: ReadonlySet<string>, depth: number): void {
    if (!node.body || this.#seen.has(node)) return;
    this.#seen.add(node);
    const requests = new Set(names);
    const visit = (child: ts.Node): void => {
      if (this.#skipped.has(child)) return;
      if (ts.isVariableDeclaration(child) && child.initializer) this.#named(child, requests);
      // A middleware that a function makes is given the request itself.
      if (ts.isFunctionLike(child)) {
        const [first] = child.parameters;
        if (first && ts.isIdentifier(first.name) && /^(?:req|request|ctx|c|context)$/.test(first.name.text))
          requests.add(first.name.text);
      }
      if (ts.isStringLiteralLike(child) || ts.isRegularExpressionLiteral(child) || ts.isTemplateHead(child)) this.#literal(child);
      if (ts.isExpression(child)) this.#expression(child, env, requests);
      if (ts.isBindingElement(child)) this.#bound(child);
      if (ts.isIfStatement(child)) this.#branch(child, depth);
      if (looksAtPath(child)) this.#isSelective = true;
      if (ts.isCallExpression(child)) this.#follow(child, env, requests, depth);
      ts.forEachChild(child, visit);
    };
    visit(node.body);
  }

  #branch(node: ts.IfStatement, depth: number): void {
    if (isPassing(node, depth === 0)) this.#isLenient = true;
    const [, name = ''] = /^!(\w+)\b/.exec(node.expression.getText()) ?? [];
    const body = node.thenStatement.getText();
    const isEnd = /\bthrow\b|\(\s*(?:res|reply|response)\b|\b(?:res|reply|response|c)\s*\.(?!locals)|\bnext\(\s*\w/.test(body);
    if (this.#holders.has(name) && isEnd && !/\bnext\(\s*\)/.test(body)) this.#isDemanding = true;
  }

  /** A variable that (a part of) the request is given to. */
  #named({ name, initializer }: ts.VariableDeclaration, requests: Set<string>): void {
    if (ts.isIdentifier(name) && initializer && isOf(initializer, requests)) requests.add(name.text);
  }

  #literal(node: ts.Node): void {
    const text = node.getText();
    if (/(?:^.|[^\w])bearer\b/i.test(text)) this.#schemes.add('bearer');
    if (/^.\^?basic\b/i.test(text)) this.#schemes.add('basic');
  }

  #expression(node: ts.Expression, env: Env, requests: ReadonlySet<string>): void {
    if (ts.isCallExpression(node)) return this.#call(node, env, requests);
    if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return;
    const name = ts.isPropertyAccessExpression(node) ? node.name.text : this.#values.text(node.argumentExpression, env);
    if (name === undefined) return;
    const owner = strip(node.expression).getText();
    const isSet = isAssigned(node);
    if (!isSet && /(?:^|\.)headers$/i.test(owner)) this.#header(name, node);
    if (!isSet && /(?:^|\.)(?:cookies|signedCookies)$/.test(owner)) this.#cookie(name, node);
    const isHolder =
      requests.has(owner.replace(/\??\.(?:locals|state|var)$/, '')) || /^(?:res|reply|response)\.locals$/.test(owner);
    if (!isSet && /(?:^|\.)session$/.test(owner)) this.#asked.add('session');
    if (isHolder && name !== 'session') (isSet ? this.#given : this.#asked).add(name);
  }

  #call(node: ts.CallExpression, env: Env, requests: ReadonlySet<string>): void {
    const callee = strip(node.expression);
    const [first, second] = node.arguments;
    const session = /auth|session|token|user/i.test(callee.getText()) ? sessionOf(callee, this.#values, env) : undefined;
    if (session) this.#key('cookie', session, node);
    if (ts.isIdentifier(callee)) {
      const name = /^get(?:Signed)?Cookie$/.test(callee.text) && second && this.#values.text(second, env);
      if (name) this.#cookie(name, node);
      return;
    }
    if (!ts.isPropertyAccessExpression(callee)) return;
    const owner = strip(callee.expression).getText();
    const method = callee.name.text;
    if (method === 'jwtVerify' && requests.has(owner)) {
      this.#facts.set('jwt', fact('jwt', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, node));
      return;
    }
    if (method === 'split' && this.#authorization) this.#isSplit = true;
    const name = first && this.#values.text(first, env);
    if (name === undefined) return;
    const isRequest = requests.has(owner.replace(/\??\.(?:req|request|raw)$/, ''));
    if (/^(?:get|header|getHeader)$/.test(method) && (isRequest || /headers(?:\(\))?$/i.test(owner))) this.#header(name, node);
    if (method === 'get' && /(?:^|\.)cookies(?:\(\))?\)?$/.test(owner)) this.#cookie(name, node);
    if (requests.has(owner) && method === 'get') this.#asked.add(name);
    if (requests.has(owner) && method === 'set' && second) this.#given.add(name);
  }

  /** `const { authorization } = req.headers`. */
  #bound(node: ts.BindingElement): void {
    const owner = node.parent.parent;
    const from = ts.isVariableDeclaration(owner) && owner.initializer ? strip(owner.initializer).getText() : '';
    const name = nameText((node.propertyName ?? node.name) as ts.PropertyName);
    if (name === undefined) return;
    if (/(?:^|\.)headers$/.test(from)) this.#header(name, node);
    if (/(?:^|\.)(?:cookies|signedCookies)$/.test(from)) this.#cookie(name, node);
    if (/(?:^|\.)(?:locals|state|var)$/.test(from)) this.#asked.add(name);
  }

  #header(name: string, node: ts.Node): void {
    const isAuthorization = /^authorization$/i.test(name);
    if (!isAuthorization && !isCredential(name)) return;
    const holder = ts.isBindingElement(node) ? node : ts.findAncestor(node, ts.isVariableDeclaration);
    if (holder && ts.isIdentifier(holder.name)) this.#holders.add(holder.name.text);
    if (isAuthorization) this.#authorization ??= node;
    else this.#key('header', name, node);
  }

  #cookie(name: string, node: ts.Node): void {
    if (isCredential(name)) this.#key('cookie', name, node);
  }

  #key(where: 'header' | 'cookie', name: string, node: ts.Node): void {
    const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
    const camel = words.map(
      (word, index) => (index === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1),
    );
    const key = `${camel.join('')}${where === 'header' ? 'Header' : 'Cookie'}`;
    const known = [...this.#facts.keys()].some((one) => one.toLowerCase() === key.toLowerCase());
    if (!known) this.#facts.set(key, fact(key, { type: 'apiKey', in: where, name }, node));
  }

  #follow(call: ts.CallExpression, env: Env, requests: ReadonlySet<string>, depth: number): void {
    if (depth >= maxDepth) return;
    const isGiven = (node: ts.Expression) => isOf(node, requests);
    const parts = call.arguments.flatMap((argument) => [argument, ...valuesIn(argument)]);
    if (!parts.some(isGiven)) return;
    const target = this.#values.of(call.expression, env);
    if (target?.kind !== 'function') return;
    const names = target.node.parameters.flatMap(({ name }, index) => {
      const argument = call.arguments[index];
      if (ts.isIdentifier(name)) return argument && isGiven(argument) ? [name.text] : [];
      return name.elements.flatMap((element) =>
        ts.isBindingElement(element) && ts.isIdentifier(element.name) ? [element.name.text] : [],
      );
    });
    const inner = this.#values.call(call, target, env);
    // What a function is given to call may be another at every call.
    const takesWork = [...inner.bindings.values()].some(({ kind }) => kind === 'function' || kind === 'object');
    if (takesWork) this.read(target.node, inner, new Set(names), depth + 1);
    else this.#add(this.#inside(target.node, inner, names, depth + 1));
  }

  /** What a function looks at that is given these names, once for all who call it. */
  #inside(node: FunctionNode, env: Env, names: readonly string[], depth: number): Search {
    const all = known.get(node) ?? new Map<string, Search>();
    known.set(node, all);
    const key = names.join();
    const found = all.get(key) ?? new Search(this.#values);
    if (!all.has(key)) {
      all.set(key, found);
      found.read(node, env, new Set(names), depth);
    }
    return found;
  }

  #add(other: Search): void {
    if (other === this) return;
    for (const [name, one] of other.#facts) if (!this.#facts.has(name)) this.#facts.set(name, one);
    for (const name of other.#given) this.#given.add(name);
    for (const name of other.#asked) this.#asked.add(name);
    for (const scheme of other.#schemes) this.#schemes.add(scheme);
    this.#authorization ??= other.#authorization;
    this.#isSplit ||= other.#isSplit;
    this.#isDemanding ||= other.#isDemanding;
    this.#isLenient ||= other.#isLenient;
    this.#isSelective ||= other.#isSelective;
  }
}

/** Functions of packages that tell who asks by a cookie of the package's own. */
const sessionLibraries: readonly (readonly [module: RegExp, member: RegExp, cookie: string])[] = [
  [/^next-auth(?:\/next)?$/, /^(?:unstable_)?getServerSession$/, 'next-auth.session-token'],
  [/^next-auth\/jwt$/, /^getToken$/, 'next-auth.session-token'],
  [/^next-auth$/, /^default\.auth$/, 'authjs.session-token'],
  [/^better-auth(?:\/.*)?$/, /^betterAuth\.api\.getSession$/, 'better-auth.session_token'],
  [/^@clerk\/(?:nextjs|express|fastify)(?:\/server)?$/, /^(?:auth|getAuth|currentUser)$/, '__session'],
];

/** The cookie that a function of a package, or of what the package made, tells a session by. */
function sessionOf(callee: ts.Expression, values: Values, env: Env): string | undefined {
  const path: string[] = [];
  let at = strip(callee);
  for (;;) {
    const value = values.of(at, env);
    const found = value?.kind === 'package' || value?.kind === 'made' ? value : undefined;
    if (found) {
      const member = [found.member, ...path].join('.');
      return sessionLibraries.find(([module, name]) => module.test(found.name) && name.test(member))?.[2];
    }
    if (ts.isPropertyAccessExpression(at)) {
      path.unshift(at.name.text);
      at = strip(at.expression);
      continue;
    }
    // `export const { auth } = NextAuth(config)`
    const declared = ts.isIdentifier(at) ? named(values, at, 'value') : undefined;
    const node = declared?.kind === 'node' ? declared.node : undefined;
    const owner = node && ts.isBindingElement(node) ? node.parent.parent : undefined;
    if (!node || !owner || !ts.isVariableDeclaration(owner) || !owner.initializer) return undefined;
    path.unshift(((node as ts.BindingElement).propertyName ?? (node as ts.BindingElement).name).getText());
    at = strip(owner.initializer);
  }
}

/** What functions that were given a request look at, by the names of their parameters that are it. */
const known = new WeakMap<FunctionNode, Map<string, Search>>();

const fact = (name: string, scheme: SecurityFact['scheme'], at: ts.Node): SecurityFact => ({
  name,
  scheme,
  choice: 'guard',
  evidence: evidenceAt(at, 'seen'),
});

/** A header or cookie that says who one is, not what is asked for. */
function isCredential(name: string): boolean {
  if (/csrf|xsrf|idempoten|signature|captcha|turnstile|refresh|push|cursor|continuation|page|next[-_]?token/i.test(name))
    return false;
  return /(?:^|[-_.])(?:api[-_]?key|apikey|key|token|auth|secret|session|sid|jwt|credentials?|password)(?:$|[-_.])/i.test(
    name.replaceAll(/([a-z])([A-Z])/g, '$1-$2'),
  );
}

/** Is an expression (a part of) one of these? */
function isOf(node: ts.Expression, names: ReadonlySet<string>): boolean {
  let at = strip(node);
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isCallExpression(at))
    at = strip(at.expression);
  return ts.isIdentifier(at) && names.has(at.text);
}

function valuesIn(node: ts.Expression): ts.Expression[] {
  if (!ts.isObjectLiteralExpression(node)) return [];
  return node.properties.flatMap((one) => initializerOf(one) ?? []);
}

function isAssigned(node: ts.Node): boolean {
  const { parent } = node;
  return ts.isBinaryExpression(parent) && parent.left === node && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

const shown = /auth|token|header|key|cookie|session|bearer|user|credential/i;

const pathWords =
  /(?:^|\.)(?:pathname|originalUrl|baseUrl)\b|\b(?:req|request|ctx|context|c\.req|nextUrl)\.(?:path|url)\b|^(?:path|url)\b/;

/** `if (req.path === '/login')`, `publicPaths.includes(req.path)`, `/^\/public/.test(pathname)`. */
function looksAtPath(node: ts.Node): boolean {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { name, expression } = node.expression;
    if (!/^(?:startsWith|endsWith|includes|match|test|some|has)$/.test(name.text)) return false;
    return [expression, ...node.arguments].some((one) => !ts.isFunctionLike(one) && pathWords.test(one.getText()));
  }
  if (!ts.isBinaryExpression(node) || !/^(?:[=!]==?)$/.test(node.operatorToken.getText())) return false;
  return [node.left, node.right].some((one) => pathWords.test(one.getText()));
}

/** `if (!token) return next()`: who shows nothing is let through. */
function isPassing({ expression, thenStatement }: ts.IfStatement, isGuard: boolean): boolean {
  const test = expression.getText();
  if (!/^!|[=]==?\s*(?:undefined|null)|\|\|\s*!/.test(test) || !shown.test(test)) return false;
  const statements = ts.isBlock(thenStatement) ? [...thenStatement.statements] : [thenStatement];
  const last = statements.at(-1)?.getText() ?? '';
  return (
    /^(?:return\s+)?(?:await\s+)?next\(\s*\);?$/.test(last) ||
    (isGuard && /^return\s+true;?$/.test(last)) ||
    (last === 'return;' && statements.some((one) => /^(?:await\s+)?next\(\s*\);?$/.test(one.getText())))
  );
}

/** Does a function refuse only in branches in which something was shown: `if (token) { … 401 … } next()`? */
function onlyRefusesShown(node: FunctionNode): boolean {
  const sites: ts.Node[] = [];
  const visit = (child: ts.Node): void => {
    const isSite =
      (ts.isNumericLiteral(child) && child.text === '401') || (ts.isIdentifier(child) && /^unauthori[sz]ed/i.test(child.text));
    if (isSite) sites.push(child);
    ts.forEachChild(child, visit);
  };
  if (node.body) visit(node.body);
  const isShown = (site: ts.Node): boolean => {
    for (let at = site; at !== node.body && at.parent; at = at.parent) {
      const { parent } = at;
      if (!ts.isIfStatement(parent) || parent.thenStatement !== at) continue;
      const test = parent.expression.getText();
      if (/^[\w.?]+(?:\s*&&\s*[\w.?(]+['"\w\s]*\)?)*$/.test(test) && shown.test(test)) return true;
    }
    return false;
  };
  return sites.length > 0 && sites.every(isShown);
}

const cookieOptions = new WeakMap<object, SecurityFact | undefined>();

/** The cookie of express-session, where the application uses it: that is how a session is known again. */
export function sessionCookie(values: Values): SecurityFact | undefined {
  if (cookieOptions.has(values)) return cookieOptions.get(values);
  let found: SecurityFact | undefined;
  for (const file of values.files()) {
    if (found || !/['"]express-session['"]/.test(file.text)) continue;
    const visit = (node: ts.Node): void => {
      const made = ts.isCallExpression(node) ? values.of(node.expression, values.root) : undefined;
      if (made?.kind === 'package' && made.name === 'express-session' && ts.isCallExpression(node)) {
        const name = propertyIn(node.arguments[0], 'name');
        const text = name ? values.text(name, values.root) : 'connect.sid';
        if (text) found ??= fact('sessionCookie', { type: 'apiKey', in: 'cookie', name: text }, node);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  cookieOptions.set(values, found);
  return found;
}
