import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { roleOf } from '../../server/core/typescript/role.ts';
import { isFallback, isWithin, majorOf, nameElsewhere, optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import page from './cors-credentials.md';

/** Origins of the functions that set CORS headers, and the argument that holds their options. */
const functions: readonly { readonly calls: RegExp; readonly options: number; readonly member?: string }[] = [
  { calls: /^(?:cors|@koa\/cors|koa2-cors):(?:cors)?$/, options: 0 },
  { calls: /^hono\/cors:cors$/, options: 0 },
  {
    calls:
      /^@nestjs\/(?:core:NestFactory\.create\(\)|common:INestApplication\(\)|platform-(?:express|fastify):Nest\w+Application\(\))\.enableCors$/,
    options: 0,
  },
  { calls: /^@nestjs\/core:NestFactory\.create$/, options: 1, member: 'cors' },
  { calls: /^@nestjs\/graphql:GraphQLModule\.forRoot$/, options: 0, member: 'cors' },
  { calls: /^fastify:(?:fastify)?\(\)(?:\.withTypeProvider\(\))?\.register$/, options: 1 },
];

/**
 * Evidence: options of a known CORS function with `credentials: true` and an origin that anybody's page has; or both headers set by hand in
 * one function or object, where the origin is that of the request and the function asks nothing about it.
 */
export default defineCodeRule({
  page,
  severity: 'error',
  // The settings of Next, which are no server themselves.
  roles: ['server', 'script'],
  *check(file) {
    yield* setByHand(file);
    if (roleOf(file) === 'script') return;
    // The options may be another file's.
    if (!file.words.has(/^credentials$|^\w*cors\w*$/im)) return;
    const seen = new Set<ts.Node>();
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const given = optionsOf(file, call);
      if (given) seen.add(valueOf(given));
      const options = given && settingsOf(file, given);
      const credentials = optionValue(options, 'credentials');
      if (!options || !credentials || valueOf(credentials).kind !== ts.SyntaxKind.TrueKeyword) continue;
      const isElsewhere = options.getSourceFile() !== file.ast;
      const allowed = optionValue(options, 'origin') ?? methodNamed(options, 'origin');
      if (!allowed && !isForDevelopment(call)) {
        const openness = optionState(options, ['origin']) === 'absent' ? openByDefault(file, call) : undefined;
        if (openness) yield withoutOrigin(isElsewhere ? given : credentials.parent, call, openness);
        continue;
      }
      const openness = allowed && opennessOf(allowed);
      if (!allowed || !openness || isForDevelopment(call)) continue;
      yield { ...open(allowed, call, openness), ...(isElsewhere ? { at: given } : {}) };
    }
    yield* settings(file, seen);
  },
});

function open(allowed: Expression | ts.MethodDeclaration, evidence: ts.Node, openness: 'star' | 'mirror'): CodeProblem {
  return {
    at: nameOf(allowed) ?? allowed,
    evidence,
    message:
      openness === 'star'
        ? `\`origin: '*'\` with \`credentials: true\` is refused by browsers, and where it is mirrored any page acts with the user's cookies; list the origins you serve.`
        : `${said(allowed)} with \`credentials: true\` lets any page on the web call this API with the user's cookies and read the answer; list the origins you serve.`,
  };
}

/** `cors: { origin: true, credentials: true }` among the settings of a server, whoever is given them: socket.io, a gateway of Nest, a constant. */
function* settings(file: CodeFile, seen: ReadonlySet<ts.Node>): Iterable<CodeProblem> {
  for (const property of file.words.has(/^cors$/m) ? file.nodes(ts.SyntaxKind.PropertyAssignment) : []) {
    const options = unwrap(property.initializer);
    if (property.name.getText() !== 'cors' || seen.has(options)) continue;
    const credentials = optionValue(options, 'credentials');
    const allowed = optionValue(options, 'origin');
    const openness = allowed && opennessOf(allowed);
    if (!openness || !credentials || valueOf(credentials).kind !== ts.SyntaxKind.TrueKeyword) continue;
    if (!isForDevelopment(property)) yield open(allowed, property, openness);
  }
}

/** The options as an object: written here, or a constant of another file, `cors(corsOptions)`, `cors(settings.cors)`. */
function settingsOf(file: CodeFile, given: Expression): Expression {
  if (ts.isObjectLiteralExpression(valueOf(given))) return given;
  const found = definitionOf(file, given)?.node;
  return found && ts.isExpression(found) && ts.isObjectLiteralExpression(unwrap(found)) ? unwrap(found) : given;
}

/** What a CORS function does that is given no origin: `*` is the rule, and Koa's mirrored until its fifth version. */
function openByDefault(file: CodeFile, call: ts.CallExpression): 'star' | 'mirror' | undefined {
  const from = origin(file, call.expression) ?? '';
  if (from.startsWith('koa2-cors:')) return 'mirror';
  if (!from.startsWith('@koa/cors:')) return 'star';
  return (majorOf(file, '@koa/cors') ?? 5) < 5 ? 'mirror' : undefined;
}

function withoutOrigin(at: ts.Node, call: ts.CallExpression, openness: 'star' | 'mirror'): CodeProblem {
  const name = call.expression.getText();
  return {
    at,
    evidence: call,
    message:
      openness === 'star'
        ? `\`${name}\` answers \`*\` where no \`origin\` is set, which browsers refuse with \`credentials: true\`; list the origins you serve.`
        : `\`${name}\` hands back every origin where no \`origin\` is set, so with \`credentials: true\` any page on the web can call this API with the user's cookies and read the answer; list the origins you serve.`,
  };
}

/** `{ origin(ctx) { … } }`. */
function methodNamed(options: Expression, name: string): ts.MethodDeclaration | undefined {
  const literal = valueOf(options);
  if (!ts.isObjectLiteralExpression(literal)) return undefined;
  return literal.properties.filter(ts.isMethodDeclaration).find((each) => each.name.getText() === name);
}

/** The name under which a long function stands among the options. */
function nameOf(allowed: Expression | ts.MethodDeclaration): ts.Node | undefined {
  if (ts.isMethodDeclaration(allowed)) return allowed.name;
  return isLong(allowed) && ts.isPropertyAssignment(allowed.parent) ? allowed.parent.name : undefined;
}

interface Header {
  readonly name: 'origin' | 'credentials';
  readonly value: Expression;
  /** What belongs together: the function of a call, the object of a member. */
  readonly within: ts.Node;
}

/** `res.setHeader('Access-Control-Allow-Origin', req.headers.origin)` beside `Access-Control-Allow-Credentials: true`. */
function* setByHand(file: CodeFile): Iterable<CodeProblem> {
  if (!file.words.has(/^access-control-allow-credentials$/im)) return;
  const isScript = roleOf(file) === 'script';
  const headers = corsHeaders(file).filter(({ within }) => !isScript || ts.isArrayLiteralExpression(within));
  for (const { value, within } of headers.filter(({ name }) => name === 'origin')) {
    const beside = headers.filter((each) => each.within === within);
    const isCredentialed = beside.some(
      (each) => each.name === 'credentials' && (constantText(each.value) ?? valueOf(each.value).getText()) === 'true',
    );
    // What is set twice is set by what the request says.
    if (!isCredentialed || beside.filter(({ name }) => name === 'origin').length > 1 || isForDevelopment(value)) continue;
    const isStar = constantText(value) === '*';
    if (!isStar && !isOriginAsked(value)) continue;
    const scope = ts.isArrayLiteralExpression(within) ? within : enclosingFunction(value);
    if (asksForOrigin(scope) || (!isStar && isUnderCondition(value))) continue;
    yield {
      at: value,
      evidence: scope,
      message: isStar
        ? `\`*\` with \`Access-Control-Allow-Credentials\` is refused by browsers, and where it is mirrored any page acts with the user's cookies; answer with an origin out of a list.`
        : `\`${value.getText()}\` with \`Access-Control-Allow-Credentials\` lets any page on the web call this API with the user's cookies and read the answer; answer only with origins out of a list.`,
    };
  }
}

const corsHeader = /^access-control-allow-(origin|credentials)$/i;

/** Headers of CORS that are set by calls (`setHeader`, `header`, `set`, `append`) or written out as an object, or as a list. */
function corsHeaders(file: CodeFile): Header[] {
  return file.nodes(ts.SyntaxKind.StringLiteral).flatMap((literal): Header[] => {
    const name = corsHeader.exec(literal.text)?.[1]?.toLowerCase() as Header['name'] | undefined;
    const { parent } = literal;
    if (!name) return [];
    // `headers()` of Next's settings: `[{ key: 'Access-Control-Allow-Origin', value: '*' }, …]`.
    if (ts.isPropertyAssignment(parent) && parent.name.getText() === 'key') {
      const value = optionValue(parent.parent, 'value');
      return value ? [{ name, value, within: parent.parent.parent }] : [];
    }
    if (ts.isPropertyAssignment(parent) && parent.name === literal)
      return [{ name, value: parent.initializer, within: parent.parent }];
    const isSet =
      ts.isCallExpression(parent) &&
      parent.arguments[0] === literal &&
      /\.(?:setHeader|header|set|append)$/.test(parent.expression.getText());
    const value = isSet ? parent.arguments[1] : undefined;
    return value ? [{ name, value, within: enclosingFunction(parent) }] : [];
  });
}

/** The origin that the request says it comes from, also with a stand-in: `req.headers.origin || '*'`. */
const originAsked = /\.headers?(?:\?\.|\.)origin$|\.headers?(?:\?\.)?\[['"]origin['"]\]$|\.(?:get|header)\(['"]origin['"]\)$/i;

function isOriginAsked(value: Expression): boolean {
  const node = valueOf(value);
  if (isFallback(node)) return isOriginAsked(node.left) && (constantText(node.right) !== undefined || isOriginAsked(node.right));
  return originAsked.test(node.getText());
}

/** The function holds the origin against something, or knows a list of those that are allowed. */
function asksForOrigin(scope: ts.Node): boolean {
  return descendants(scope).some(
    (node) =>
      (ts.isIdentifier(node) &&
        /allow_?(?:ed|list|origin)|trust|white_?list|permit|safe_?list|known|valid|cors_?origin/i.test(node.text)) ||
      (ts.isCallExpression(node) &&
        /\.(?:includes|has|test|match|indexOf|some|find|startsWith|endsWith|every|exec)$/.test(node.expression.getText()) &&
        /origin/i.test(node.getText())) ||
      (ts.isBinaryExpression(node) && /^[!=]==?$/.test(node.operatorToken.getText()) && /origin/i.test(node.getText())),
  );
}

/** Under a condition on more than the method, or on whether there is an origin. */
function isUnderCondition(value: Expression): boolean {
  return [...ancestorsInFunction(value)].some((node) => {
    if (ts.isConditionalExpression(node) || ts.isSwitchStatement(node)) return true;
    if (!ts.isIfStatement(node)) return false;
    const condition = unwrap(node.expression);
    return !(/\bmethod\b/.test(condition.getText()) || originAsked.test(valueOf(condition).getText()));
  });
}

/** As it is written, if that is one line. */
function said(allowed: Expression | ts.MethodDeclaration): string {
  return ts.isMethodDeclaration(allowed) || isLong(allowed)
    ? 'An `origin` that answers yes to everybody'
    : `\`origin: ${allowed.getText()}\``;
}

function isLong(allowed: ts.Node): boolean {
  return allowed.getText().includes('\n');
}

/** In the branch that production does not take. */
function isForDevelopment(call: ts.Node): boolean {
  return [...ancestorsInFunction(call)].some((node) => {
    if (!ts.isIfStatement(node)) return false;
    const condition = node.expression.getText();
    const isElse = node.elseStatement !== undefined && isWithin(call, node.elseStatement);
    const isProduction = /prod/i.test(condition) && !/!==?|!\w/.test(condition);
    const isOther =
      /(?:\b|is_?)(?:dev|local|test)\b|develop/i.test(condition) || (/prod/i.test(condition) && /!==?|!\w/.test(condition));
    return isElse ? isProduction : isOther && !isProduction && isWithin(call, node.thenStatement);
  });
}

function optionsOf(file: CodeFile, call: ts.CallExpression): Expression | undefined {
  if (!/cors|create|forRoot|register|default/i.test(nameElsewhere(call.expression) ?? 'cors')) return undefined;
  const from = origin(file, call.expression);
  const found = from === undefined ? undefined : functions.find(({ calls }) => calls.test(from));
  if (!found) return undefined;
  if (found.member !== undefined) return optionValue(call.arguments[found.options], found.member);
  if (found.options === 1) {
    const plugin = call.arguments[0] && origin(file, call.arguments[0]);
    if (plugin !== '@fastify/cors:' && plugin !== 'fastify-cors:') return undefined;
  }
  return call.arguments[found.options];
}

/** `star` for `'*'`, `mirror` for what hands back every origin; undefined for a list, a pattern, or what cannot be seen. */
function opennessOf(expression: Expression | ts.MethodDeclaration): 'star' | 'mirror' | undefined {
  const node = ts.isMethodDeclaration(expression) ? expression : valueOf(expression);
  // `process.env.CORS_ORIGIN || '*'`: what holds where nobody has set it.
  if (isFallback(node)) return opennessOf(node.right);
  if (ts.isStringLiteralLike(node)) return node.text === '*' ? 'star' : undefined;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return 'mirror';
  if (!(ts.isArrowFunction(node) || ts.isFunctionExpression(node) || ts.isMethodDeclaration(node)) || !node.body)
    return undefined;
  const [asked = '', done = ''] = node.parameters.map(({ name }) => name.getText());
  if (!ts.isBlock(node.body)) return isOpen(node.body, asked, done) ? 'mirror' : undefined;
  const statements = node.body.statements.filter((statement) => !/^console\.\w+\(/.test(statement.getText()));
  return statements.length > 0 && statements.every((statement) => isOpenStatement(statement, asked, done)) ? 'mirror' : undefined;
}

/** Lets everybody in, also in two steps: `if (!origin) return done(null, true); return done(null, true);`. */
function isOpenStatement(statement: ts.Statement, asked: string, done: string): boolean {
  if (ts.isBlock(statement)) return statement.statements.length === 1 && isOpenStatement(statement.statements[0]!, asked, done);
  if (ts.isIfStatement(statement)) {
    const { expression, thenStatement, elseStatement } = statement;
    const isAbsent = expression.getText() === `!${asked}` && isOpenStatement(thenStatement, asked, done);
    return isAbsent && (!elseStatement || isOpenStatement(elseStatement, asked, done));
  }
  const value = ts.isReturnStatement(statement) || ts.isExpressionStatement(statement) ? statement.expression : undefined;
  return value !== undefined && isOpen(value, asked, done);
}

function isOpen(value: ts.Node, asked: string, done: string): boolean {
  const text = value.getText().replace(/\s/g, '').replaceAll('"', "'");
  return (
    (asked !== '' && (text === asked || text === `${asked}||'*'`)) ||
    // Koa hands over its context.
    (asked !== '' && text.startsWith(`${asked}.`) && originAsked.test(text.replace(/(?:\|\||\?\?)'\*'$/, ''))) ||
    (done !== '' && (text === `${done}(null,true)` || text === `${done}(null,${asked})`))
  );
}
