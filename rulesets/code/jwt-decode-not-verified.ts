import { defineCodeRule } from '../../server/core/rule.ts';
import { baseOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, enclosingFunction, ts, unwrap } from '../../server/core/typescript/code.ts';
import { sources, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo, isFallback, nameElsewhere } from '../../server/core/typescript/syntax.ts';
import page from './jwt-decode-not-verified.md';
import { flowsFromRequest } from './request.ts';

const decodes =
  /^(?:jsonwebtoken:decode|jose:decodeJwt|jwt-decode:(?:jwtDecode)?|@nestjs\/jwt:JwtService\(\)\.decode|fast-jwt:createDecoder\(\))$/;
const verifies =
  /^(?:jsonwebtoken:verify|jose:(?:jwtVerify|compactVerify|jwtDecrypt)|@nestjs\/jwt:JwtService\(\)\.verify(?:Async)?|fast-jwt:createVerifier\(\)|express-jwt:\w*|express-oauth2-jwt-bearer:\w*|google-auth-library:OAuth2Client\(\)\.verifyIdToken|aws-jwt-verify:.*\.verify)$/;

/**
 * Evidence: a decoding function of a known JWT library, or the second part of a text split at its dots, decoded and parsed by hand, a
 * token that comes from a request's header, cookie or query, and a
 * result that is more than looked at for its expiry. Silent in a file that verifies.
 */
export default defineCodeRule({
  page,
  severity: 'error',
  snippet: 'jwt-verify',
  *check(file) {
    const byHand = [...decodedByHand(file)];
    if (byHand.length === 0 && !file.words.has(/decode/i)) return;
    const calls = file.calls.filter((call) => ts.isCallExpression(call));
    const byLibrary = calls.flatMap((call) => {
      const [token] = call.arguments;
      const mayDecode = token && /decode/i.test(nameElsewhere(call.expression) ?? 'decode');
      return mayDecode && decodes.test(origin(file, call.expression) ?? '') ? [{ call, token }] : [];
    });
    const decoding = [...byLibrary, ...byHand];
    if (decoding.length === 0 || calls.some((call) => verifies.test(origin(file, call.expression) ?? ''))) return;
    for (const { call, token } of decoding) {
      if (!isFromOutside(file, token) || isOnlyPeeked(call) || isForLog(call) || isForCounting(call) || isBehindPassport(call))
        continue;
      const name = call.expression.getText();
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `\`${name}\` reads the token without checking its signature, so anybody can write the claims it returns; verify it first (\`${verifierFor(file, call)}\`).`,
      };
    }
  },
});

interface Decoding {
  readonly call: ts.CallExpression;
  readonly token: ts.Expression;
}

/** `JSON.parse(atob(token.split('.')[1]))`, `JSON.parse(Buffer.from(claims, 'base64url').toString())`, in a file that checks no signature. */
function* decodedByHand(file: CodeFile): Iterable<Decoding> {
  if (!file.words.has(/^(?:atob|base64(?:url)?)$/m) || !file.words.has(/^split$/m)) return;
  if (file.words.has(/createHmac|createVerify|subtle|verif/i)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const [text] = call.expression.getText() === 'JSON.parse' ? call.arguments : [];
    const encoded = text && encodedIn(valueOf(text));
    const token = encoded && tokenOf(encoded);
    if (token) yield { call, token };
  }
}

/** What is decoded: of `atob(claims)`, `Buffer.from(claims, 'base64').toString('utf8')`. */
function encodedIn(text: ts.Expression): ts.Expression | undefined {
  if (!ts.isCallExpression(text)) return undefined;
  const callee = unwrap(text.expression);
  if (/^(?:(?:window|globalThis)\.)?atob$/.test(callee.getText())) return text.arguments[0];
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'toString') return undefined;
  const made = valueOf(callee.expression);
  const isBuffer = ts.isCallExpression(made) && made.expression.getText() === 'Buffer.from';
  return isBuffer && /^['"]base64(?:url)?['"]$/.test(made.arguments[1]?.getText() ?? '') ? made.arguments[0] : undefined;
}

/** The token whose second part this is: `token.split('.')[1]`, `const [, claims] = token.split('.')`. */
function tokenOf(part: ts.Expression): ts.Expression | undefined {
  const node = valueOf(part);
  // `token.split('.')[1] ?? ''`
  if (isFallback(node)) return tokenOf(node.left);
  // `claims.replace(/-/g, '+')`
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && /^replace/.test(node.expression.name.text))
    return tokenOf(node.expression.expression);
  if (ts.isElementAccessExpression(node)) return node.argumentExpression.getText() === '1' ? splitOf(node.expression) : undefined;
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration || !ts.isBindingElement(declaration) || !ts.isArrayBindingPattern(declaration.parent)) return undefined;
  const owner = declaration.parent.parent;
  const isSecond = declaration.parent.elements.indexOf(declaration) === 1;
  return isSecond && ts.isVariableDeclaration(owner) && owner.initializer ? splitOf(owner.initializer) : undefined;
}

function splitOf(list: ts.Expression): ts.Expression | undefined {
  const node = valueOf(list);
  const isSplit =
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'split' &&
    /^['"]\.['"]$/.test(node.arguments[0]?.getText() ?? '');
  return isSplit ? (node.expression as ts.PropertyAccessExpression).expression : undefined;
}

function verifierFor(file: CodeFile, call: ts.CallExpression): string {
  const from = origin(file, call.expression) ?? '';
  // What the file calls by another name leaves nothing to go by but the library's own.
  const owner = /^(?:.*\.)?(?=decode$)/.exec(call.expression.getText())?.[0] ?? '';
  if (from.startsWith('jsonwebtoken:')) return `${owner}verify`;
  if (from.startsWith('@nestjs/jwt:')) return `${owner}verifyAsync`;
  return 'jwtVerify` of `jose';
}

const credential = /^(?:authorization|cookie|x-[\w-]*token[\w-]*|x-amzn-oidc-[\w-]+)$/i;

/** From a request of a known framework, or read out of something's `headers` or `cookies`. */
function isFromOutside(file: CodeFile, token: ts.Expression): boolean {
  if (isAnswer(token)) return false;
  if (flowsFromRequest(file, token) || /^passport-jwt:ExtractJwt\.from\w+\(\)\(\)$/.test(origin(file, token) ?? '')) return true;
  return [...tokenSources(token)].some((node) => {
    if (ts.isPropertyAccessExpression(node) && credential.test(node.name.text)) return isBag(node.expression);
    if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
      return credential.test(node.argumentExpression.text) && isBag(node.expression);
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
    const [name] = node.arguments;
    return (
      /^(?:get|header)$/.test(node.expression.name.text) &&
      name !== undefined &&
      ts.isStringLiteralLike(name) &&
      credential.test(name.text)
    );
  });
}

/** `const { id_token } = await exchange(code)`: the provider's own answer, whatever it was asked with. */
function isAnswer(token: ts.Expression): boolean {
  const name = unwrap(token);
  const root = ts.isPropertyAccessExpression(name) ? unwrap(name.expression) : name;
  let declaration = ts.isIdentifier(root) ? declarationOf(root) : undefined;
  while (declaration && ts.isBindingElement(declaration)) declaration = declaration.parent.parent;
  const value = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  if (!value || !ts.isAwaitExpression(value) || !ts.isCallExpression(value.expression)) return false;
  return (
    !/(?:^|\.)(?:json|text|formData|cookies|headers|get\w*|read\w*|parse\w*)$/i.test(value.expression.expression.getText()) ||
    /exchange|provider|google|github|oauth|grant|callback/i.test(value.expression.expression.getText())
  );
}

function isBag(node: ts.Expression): boolean {
  const bag = unwrap(node);
  return ts.isPropertyAccessExpression(bag)
    ? /^(?:headers|cookies)$/.test(bag.name.text)
    : ts.isIdentifier(bag) && /^(?:headers|cookies)$/.test(bag.text);
}

/** `sources`, and through members and indexes: `parts[1]` of `header.split(' ')`. */
function* tokenSources(expression: ts.Expression, depth = 0): Iterable<ts.Expression> {
  for (const node of sources(expression)) {
    yield node;
    const isMember = ts.isElementAccessExpression(node) || ts.isPropertyAccessExpression(node);
    if (isMember && depth < 6) yield* tokenSources(node.expression, depth + 1);
    // `const [authorization] = call.metadata.get('authorization')`
    const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
    const pattern = declaration && ts.isBindingElement(declaration) ? declaration.parent : undefined;
    const list =
      pattern && ts.isArrayBindingPattern(pattern) && ts.isVariableDeclaration(pattern.parent)
        ? pattern.parent.initializer
        : undefined;
    if (list && depth < 6) yield* tokenSources(list, depth + 1);
  }
}

const harmless = /^(?:exp|iat|nbf|header|iss|kid|alg|tid)$/;

/** `const requestLogger = (request) => …`, `logRequest(request)`: who is said to have asked opens nothing. */
function isForLog(call: ts.Node): boolean {
  for (let outer = call.parent; outer; outer = outer.parent) {
    if (!ts.isFunctionLike(outer)) continue;
    const name = outer.name ?? (ts.isVariableDeclaration(outer.parent) ? outer.parent.name : undefined);
    if (name && /^log[A-Z]|[lL]ogg(?:er|ing)$/.test(name.getText())) return true;
  }
  return false;
}

/** In a throttler of Nest, or the `keyGenerator` of a limiter: whose requests are counted, and nobody is let in by that. */
function isForCounting(call: ts.Node): boolean {
  for (let outer = call.parent; outer; outer = outer.parent) {
    if (ts.isClassLike(outer)) return /^\w*ThrottlerGuard$/.test(baseOf(outer)?.getText() ?? '');
    if (ts.isPropertyAssignment(outer) && outer.name.getText() === 'keyGenerator') return true;
  }
  return false;
}

/** In what `passport.authenticate('jwt', …, (error, user) => …)` calls: the strategy has verified the token by then. */
function isBehindPassport(call: ts.Node): boolean {
  for (let outer = call.parent; outer; outer = outer.parent) {
    if (!ts.isCallExpression(outer) || !/\bpassport\.authenticate$/.test(outer.expression.getText())) continue;
    if (/jwt|bearer/i.test(outer.arguments[0]?.getText() ?? '')) return true;
  }
  return false;
}

/** Only its expiry, issuer or key id is read: what a client or a key look-up does before it verifies. */
function isOnlyPeeked(call: ts.CallExpression): boolean {
  const declaration = boundTo(call);
  let uses: ts.Node[] = [call];
  if (declaration && ts.isIdentifier(declaration.name)) {
    const { name } = declaration;
    uses = [...descendants(enclosingFunction(call))].filter(
      (node) => ts.isIdentifier(node) && node !== name && node.text === name.text,
    );
  } else if (declaration && ts.isObjectBindingPattern(declaration.name)) {
    return declaration.name.elements.every((element) => harmless.test((element.propertyName ?? element.name).getText()));
  }
  const read = uses.map((use) => memberRead(use)).filter((member) => member !== 'test');
  return read.length > 0 && read.every((member) => member !== undefined && harmless.test(member));
}

/** The member that is read of a value; `test` where it is only asked whether there is one. */
function memberRead(use: ts.Node): string | undefined {
  let node = use;
  while (ts.isExpression(node.parent) && unwrap(node.parent) === unwrap(node as ts.Expression)) node = node.parent;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return parent.name.text;
  const isTest = ts.isPrefixUnaryExpression(parent) || ts.isIfStatement(parent) || ts.isTypeOfExpression(parent);
  return isTest ? 'test' : undefined;
}
