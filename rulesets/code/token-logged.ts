import { defineCodeRule } from '../../server/core/rule.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import {
  calleeName,
  inSameFunction,
  isWithin,
  membersOfType,
  missingIn,
  optionValue,
} from '../../server/core/typescript/syntax.ts';
import { flowsFromRequest, isRequest } from './request.ts';
import page from './token-logged.md';

const credential =
  /^(?:access_?token|refresh_?token|id_?token|bearer_?token|auth_?token|session_?token|authorization_?token|password|passwd|client_?secret|api_?key|private_?key|secret_?key|secret_?access_?key|secret_?string|authorization)$/i;
/** The same with a word before it: `githubAccessToken`, `stripe_api_key`. What says something of one (`hasApiKey`, `publicApiKey`) is none. */
const named =
  /^(?!(?:has|is|no|get|set|use|with|should|needs?|missing|invalid|valid|expired|decoded|parsed|masked|redacted|hashed|encrypted|public|test|mock|fake)(?:_|[A-Z]))[a-z]\w*(?:(?:Access|Refresh|Session|Bearer|Auth)Token|ClientSecret|ApiKey|PrivateKey|SecretKey|_(?:access|refresh|session|bearer|auth)_token|_client_secret|_api_key|_private_key|_secret_key)$/;
/** An environment variable, as such are named; `ACTIVATE_API_PASSWORD` says whether there is one. */
const setting =
  /^(?!(?:ACTIVATE|ENABLE|DISABLE|USE|REQUIRE|ALLOW|SKIP|HAS|IS)_)[A-Z0-9_]*(?:_SECRET|_API_KEY|_PASSWORD|_PRIVATE_KEY|_SECRET_KEY|_SECRET_ACCESS_KEY|_ACCESS_TOKEN)$/;
const log =
  /^(?:console|log|logger|this\.(?:log|logger)|(?:req|request|fastify|app|ctx)\.log|winston|pino|functions\.logger)\.(?:log|info|warn|error|debug|trace|verbose|fatal)$/i;
/** The last name of it, which is at hand. */
const methods = /^(?:log|info|warn|error|debug|trace|verbose|fatal)$/i;

/** What may be a page's mark, a device's address or a credential: where it comes from decides. */
const bareToken = /^(?:token|jwt)$/i;
const signs =
  /^(?:jsonwebtoken:sign|@nestjs\/jwt:JwtService\(\)\.sign(?:Async)?|jose:SignJWT\(\).*\.sign|firebase-admin:auth\(\)\.createCustomToken)$/;

/**
 * Evidence: a value whose own name says that it is a credential, or a `token` that a request carries or that was signed here, written
 * whole by a logger: as an argument, in a template, or as a member of the logged object. Or a whole object of which the same function
 * reads an access token, or a request's body of which it takes a password.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      if (!methods.test(calleeName(call)) || !log.test(call.expression.getText()) || isForCaller(call)) continue;
      const values = call.arguments.flatMap((argument) => [...written(argument)].map((value) => ({ argument, value })));
      for (const { argument, value } of values) {
        const name = nameOf(value);
        if (name === undefined) continue;
        if (value.getText() === 'process.env') {
          yield {
            at: value,
            evidence: call,
            message: `\`process.env\` is written into the log with every key and password that this program is given, and lives longer there and is seen by more people than any of them; log the settings you need by name.`,
          };
        }
        if (
          ts.isPropertyAccessExpression(value) &&
          name === 'headers' &&
          isRequest(file, value.expression) &&
          !isCleared(value) &&
          !isForDevelopment(value)
        ) {
          yield {
            at: value,
            evidence: call,
            severity: 'info',
            message: `\`${value.getText()}\` holds the caller's \`Authorization\` and \`Cookie\`, and the log keeps them where more people see them than the account they open; log the headers you need by name.`,
          };
        }
        if (isSentWithFailure(file, value)) {
          yield {
            at: value,
            evidence: call,
            message: `\`${value.getText()}\` is what the request was sent with, its \`Authorization\` included, and the log keeps it where more people see it than the account it opens; log the status and the address.`,
          };
        }
        const held = isOnlyText(value, call) ? undefined : heldIn(file, value);
        if (held) {
          yield {
            at: value,
            evidence: call,
            message: `\`${value.getText()}\` holds \`${held}\`, and the log keeps it where more people see it than the account it opens; log the members you need by name.`,
          };
        }
        if (
          !credential.test(name) &&
          !named.test(name) &&
          !setting.test(name) &&
          !(bareToken.test(name) && isCredential(file, value)) &&
          !isSigned(file, value) &&
          !isAuthorization(value)
        )
          continue;
        // What stands in the source, the name of a setting among it, is no secret of the log's; nor is a name beside its value.
        if (isConstant(file, value) || isNameOfSecret(value) || (ts.isPropertyAccessExpression(value) && isFlag(value))) continue;
        yield {
          at: isWithin(value, call) ? value : argument,
          evidence: call,
          message: `\`${value.getText()}\` is written into the log, where it lives longer and is seen by more people than the account it opens; leave it out, or log an id of it.`,
        };
      }
    }
  },
});

/** `error.config`, `error.config.headers` of a caught error, in a file that has axios: what it was asked with. */
function isSentWithFailure(file: CodeFile, value: Expression): boolean {
  if (!ts.isPropertyAccessExpression(value) || !/^(?:config|headers)$/.test(value.name.text)) return false;
  const config = value.name.text === 'headers' ? unwrap(value.expression) : value;
  if (!ts.isPropertyAccessExpression(config) || config.name.text !== 'config') return false;
  const caught = unwrap(config.expression);
  const declaration = ts.isIdentifier(caught) ? declarationOf(caught) : undefined;
  return declaration?.parent !== undefined && ts.isCatchClause(declaration.parent) && file.modules.has('axios');
}

const runByItself = /\brequire\.main\b|\bimport\.meta\.(?:main|url|filename)\b/;

/**
 * Printed where the file is run by itself and takes what it is to do from the command line: `if (require.main === module) { … }` with
 * `process.argv[2]` in it. That is for the person who asked.
 */
function isForCaller(call: ts.CallExpression): boolean {
  if (!call.expression.getText().startsWith('console.')) return false;
  for (let outer: ts.Node = call; outer.parent; outer = outer.parent) {
    const { parent } = outer;
    if (ts.isIfStatement(parent) && parent.thenStatement === outer && runByItself.test(parent.expression.getText()))
      return /\bprocess\.argv(?:\[[2-9]\]|\.slice\(2)/.test(outer.getText());
  }
  return false;
}

/** In a template or a sum an object is `[object Object]`. */
function isOnlyText(value: ts.Node, call: ts.Node): boolean {
  for (let outer = value.parent; outer && outer !== call && !ts.isCallExpression(outer); outer = outer.parent)
    if (ts.isTemplateSpan(outer) || ts.isBinaryExpression(outer)) return true;
  return false;
}

const token = /^(?:access_token|refresh_token|id_token|accessToken|refreshToken|idToken)$/;

/** The credential that a function reads of a value which it logs whole: `tokens.access_token`, `const { password } = req.body`. */
function heldIn(file: CodeFile, value: Expression): string | undefined {
  const text = value.getText();
  const isBody = ts.isPropertyAccessExpression(value) && value.name.text === 'body' && isRequest(file, value.expression);
  if (!isBody && !ts.isIdentifier(value) && !ts.isPropertyAccessExpression(value)) return undefined;
  const isHeld = (name: string) => (isBody ? /^(?:password|passwd)$/.test(name) : token.test(name));
  if (!(isBody ? file.words.has(/passw/) : hasTokens(file)) || isOfFailure(value)) return undefined;
  const scope = scopeOf(value);
  for (const node of ts.isSourceFile(scope) ? file.nodes(ts.SyntaxKind.PropertyAccessExpression) : descendants(scope)) {
    if (ts.isPropertyAccessExpression(node) && isHeld(node.name.text)) {
      if (isFlag(node)) continue;
      // `answer.data`, of which `answer.data.access_token` is read.
      const isOfMember = !isBody && ts.isPropertyAccessExpression(value) && unwrap(node.expression).getText() === text;
      if (isOfMember || (rootOf(node.expression) === text && isSame(value, node))) return node.name.text;
    } else if (ts.isBindingElement(node) && ts.isVariableDeclaration(node.parent.parent)) {
      const name = (node.propertyName ?? node.name).getText();
      if (isHeld(name) && node.parent.parent.initializer?.getText() === text) return name;
    }
  }
  return isBody ? demandedBeside(value) : undefined;
}

/** `shown.accessToken` of `{ accessToken: true }`, or of what is declared to hold a truth value under that name: whether there is one. */
function isFlag({ expression: owner, name }: ts.PropertyAccessExpression): boolean {
  const written = optionValue(owner, name.text);
  if (written) return [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword].includes(valueOf(written).kind);
  const declaration = ts.isIdentifier(owner) ? declarationOf(owner) : undefined;
  const type =
    declaration && (ts.isParameter(declaration) || ts.isVariableDeclaration(declaration)) ? declaration.type : undefined;
  const member = type && membersOfType(type)?.find((each) => each.name?.getText() === name.text);
  return member !== undefined && ts.isPropertySignature(member) && member.type?.kind === ts.SyntaxKind.BooleanKeyword;
}

/** The password that the schema asks for which stands before a handler: `app.post('/signup', celebrate({ body: { password } }), handler)`. */
function demandedBeside(value: Expression): string | undefined {
  const handler = enclosingFunction(value);
  const route = ts.isSourceFile(handler) ? undefined : handler.parent;
  if (!route || !ts.isCallExpression(route)) return undefined;
  const before = route.arguments.slice(0, Math.max(0, route.arguments.indexOf(handler as ts.Expression)));
  const asked = before.flatMap((each) => descendants(each)).find(isPasswordMember);
  return asked?.name.getText();
}

function isPasswordMember(node: ts.Node): node is ts.PropertyAssignment {
  return ts.isPropertyAssignment(node) && /^(?:password|passwd)$/.test(node.name.getText());
}

const withTokens = new WeakMap<CodeFile, boolean>();

/** Are tokens named anywhere in a file? It is asked about each thing that is logged. */
function hasTokens(file: CodeFile): boolean {
  let has = withTokens.get(file);
  if (has === undefined) withTokens.set(file, (has = file.words.has(/(?:access|refresh|id)_?token/i)));
  return has;
}

/** Said where something is missing or has failed: what is logged there holds no token. */
function isOfFailure(value: ts.Node): boolean {
  return [...ancestorsInFunction(value)].some(
    (outer) =>
      ts.isCatchClause(outer) ||
      (ts.isIfStatement(outer) &&
        (!isWithin(value, outer.thenStatement) ||
          missingIn(outer.expression).length > 0 ||
          /error|\bok\b|status/i.test(outer.expression.getText()))),
  );
}

/** Where a variable is visible; of a member, the function. */
function scopeOf(value: Expression): ts.Node {
  const declaration = ts.isIdentifier(value) ? declarationOf(value) : undefined;
  return declaration ? enclosingFunction(declaration) : enclosingFunction(value);
}

/** What a chain of members begins with; `req.body` is one thing. */
function rootOf(chain: Expression): string {
  let node = unwrap(chain);
  while (ts.isPropertyAccessExpression(node) && node.name.text !== 'body') node = unwrap(node.expression);
  return node.getText();
}

/** Of the same variable, where it is one. */
function isSame(value: Expression, member: ts.PropertyAccessExpression): boolean {
  if (!ts.isIdentifier(value)) return true;
  let root: Expression = member;
  while (ts.isPropertyAccessExpression(root)) root = unwrap(root.expression);
  return ts.isIdentifier(root) && declarationOf(root) === declarationOf(value);
}

/** A JWT that was signed here, also written otherwise: `Buffer.from(token).toString('base64')`. */
function isSigned(file: CodeFile, value: Expression): boolean {
  if (!ts.isIdentifier(value) || !file.words.has(/sign|createCustomToken/i)) return false;
  let made = valueOf(value);
  while (ts.isCallExpression(made)) {
    const from = origin(file, made.expression);
    if (from !== undefined && signs.test(from)) return true;
    const { expression: callee, arguments: given } = made;
    const isConverted = ts.isPropertyAccessExpression(callee) && /^(?:toString|replace(?:All)?|trim)$/.test(callee.name.text);
    const isWrapped = /^(?:Buffer\.from|String|btoa|encodeURIComponent)$/.test(callee.getText());
    const inner = isConverted ? callee.expression : isWrapped ? given[0] : undefined;
    if (!inner) return false;
    made = valueOf(inner);
  }
  return false;
}

/** `const header = request.headers.get('authorization')`: the credentials of whoever calls, by another name. */
function isAuthorization(value: Expression): boolean {
  const made = valueOf(value);
  if (made === value || isForDevelopment(value)) return false;
  if (!ts.isCallExpression(made)) return /\bheaders\b/.test(made.getText()) && /^authorization$/i.test(nameOf(made) ?? '');
  const [name] = made.arguments;
  const isRead = /(?:\bheaders(?:\(\))?\)?\??\.get|\breq(?:uest)?\.(?:get|headers?))$/.test(made.expression.getText());
  return isRead && name !== undefined && /^authorization$/i.test(constantText(name) ?? '');
}

/** Out of a request, from a member that is named for a credential, or signed as a JWT. */
function isCredential(file: CodeFile, value: Expression): boolean {
  const made = valueOf(value);
  const from = ts.isCallExpression(made) ? origin(file, made.expression) : undefined;
  if (from !== undefined && signs.test(from)) return true;
  // What it says, not what opens anything.
  if (ts.isCallExpression(made) && /decod|verif|pars(?:e|ed)$/i.test(calleeName(made))) return false;
  const name = made === value ? undefined : nameOf(made);
  if (name !== undefined && credential.test(name)) return true;
  if (isOneOfFew(value)) return false;
  // The word of a webhook's handshake opens nothing.
  return flowsFromRequest(file, value) && !/\bhub\b|verify_?token/i.test(enclosingFunction(value).getText());
}

/** `token === 'USD'` in the same function: a choice, and no secret. */
function isOneOfFew(value: Expression): boolean {
  const text = value.getText();
  return descendants(enclosingFunction(value)).some(
    (node) =>
      ts.isBinaryExpression(node) &&
      /^[!=]==?$/.test(node.operatorToken.getText()) &&
      node.left.getText() === text &&
      Boolean(constantText(node.right)),
  );
}

/** `delete req.headers.authorization`: somebody has thought of it. */
function isCleared(headers: Expression): boolean {
  const text = headers.getText();
  return [...descendants(enclosingFunction(headers))].some(
    (node) => ts.isDeleteExpression(node) && node.pos < headers.pos && node.expression.getText().startsWith(text),
  );
}

/** Written in this program: whoever reads the code knows it. */
function isConstant(file: CodeFile, value: Expression): boolean {
  const behind = constantText(value) === undefined ? definitionOf(file, valueOf(value))?.node : value;
  if (behind === undefined || !ts.isExpression(behind)) return false;
  // A schema has a member called `authorization`, and no header in it.
  const isData = ts.isObjectLiteralExpression(behind) && ts.isSourceFile(enclosingFunction(behind));
  return isData || constantText(behind) !== undefined;
}

/** `secret.secretKey` where `secret.secretValue` is read too. */
function isNameOfSecret(value: Expression): boolean {
  if (!ts.isPropertyAccessExpression(value) || value.name.text !== 'secretKey') return false;
  return enclosingFunction(value).getText().includes(`${value.expression.getText()}.secretValue`);
}

/** `if (isDev) app.post('/test', …)`. */
function isForDevelopment(node: ts.Node): boolean {
  for (let outer = node.parent; outer; outer = outer.parent)
    if (ts.isIfStatement(outer) && /dev|debug|NODE_ENV/i.test(outer.expression.getText())) return true;
  return false;
}

/** What a logger writes out of an argument. */
function* written(argument: Expression): Iterable<Expression> {
  const node = unwrap(argument);
  if (ts.isTemplateExpression(node)) for (const { expression } of node.templateSpans) yield* written(expression);
  else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    yield* written(node.left);
    yield* written(node.right);
  } else if (ts.isObjectLiteralExpression(node)) {
    for (const property of node.properties) {
      if (ts.isShorthandPropertyAssignment(property)) yield property.name;
      else if (ts.isPropertyAssignment(property)) yield* written(property.initializer);
    }
  } else if (ts.isCallExpression(node) && /^JSON\.(?:stringify|parse)$/.test(node.expression.getText()) && node.arguments[0]) {
    yield* written(node.arguments[0]);
  } else {
    const object = ts.isIdentifier(node) ? valueOf(node) : node;
    if (object !== node && ts.isObjectLiteralExpression(object) && inSameFunction(node, object)) yield* written(object);
    else yield node;
  }
}

/** The name a value goes by itself: `x`, `a.x`, `a['x']`. */
function nameOf(value: Expression): string | undefined {
  if (ts.isIdentifier(value)) return value.text;
  if (ts.isPropertyAccessExpression(value)) return value.name.text;
  return ts.isElementAccessExpression(value) ? constantText(value.argumentExpression) : undefined;
}
