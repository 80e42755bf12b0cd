import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  type FunctionNode,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { sources, valueOf } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { calleeName, isFallback, isWithin } from '../../server/core/typescript/syntax.ts';
import { azureHandlers } from './azure-functions.ts';
import { hmacText } from './crypto-names.ts';
import { handlerAround, handlers } from './handlers.ts';
import { stepsTo } from './mounts.ts';
import { isRequest } from './request.ts';
import page from './webhook-raw-body.md';
import { providersIn } from './webhook-providers.ts';
import { bodyVerifiedBy, isVerification, verificationIn } from './webhook-verification.ts';

/**
 * Evidence: an HMAC (or a provider's verifier) over `JSON.stringify` of something that was received, and proof that a
 * webhook is being verified: a provider's header in the file, or a comparison of the digest in code named for it. Or such a text
 * that is given to a function of the project which compares its HMAC. Or a provider's verifier that is given a body which a
 * parser, in sight, has already taken apart.
 */
export default defineCodeRule<ts.Node>({
  page,
  severity: 'error',
  *check(file) {
    yield* parsedBodies(file);
    yield* parsedByNest(file);
    yield* parsedBeforeRouter(file);
    if (!file.text.includes('JSON.stringify')) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const signed = signedText(file, call);
      if (!signed) continue;
      for (const stringify of stringified(file, signed)) {
        yield {
          at: stringify,
          evidence: enclosingFunction(call),
          message: `\`${stringify.getText()}\` is not what was signed: written anew, the JSON differs in spaces, order and escapes, and real webhooks are refused; verify the raw body as it was received.`,
        };
      }
    }
  },
  fix({ data }) {
    return (
      data && {
        title: 'Read this body raw',
        safety: 'suggestion',
        edits: [{ start: data.getStart(), end: data.getEnd(), newText: "express.raw({ type: 'application/json' })" }],
      }
    );
  },
});

/** Bodies that a provider's verifier is given parsed; the data is the parser that stands beside the handler. */
function* parsedBodies(file: CodeFile): Iterable<CodeProblem<ts.Node>> {
  if (!file.words.has(/webhook|verify|isValid|constructEvent/i)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const body = bodyVerifiedBy(file, call);
    const parser = body && parserOf(file, call, body);
    if (!parser) continue;
    const { node, how } = parser;
    yield {
      at: body,
      evidence: enclosingFunction(call),
      message: `\`${body.getText()}\` is no longer what was signed: ${how}.`,
      related: [{ at: node, message: 'The body is parsed here.' }],
      data: parser.mend,
    };
  }
}

/** A parser that takes a body as it is, and one that takes JSON apart for every route. */
const rawParser = /(?:^|\.)(?:raw|text)\(/;

/**
 * `router.post('/', express.raw({ type: 'application/json' }), receive)`, of a router that the application takes in behind
 * `app.use(express.json())`: what has been read is not read again.
 */
function* parsedBeforeRouter(file: CodeFile): Iterable<CodeProblem<ts.Node>> {
  if (!file.words.has(/^(?:raw|text)$/m) || !/hook|stripe|signature/i.test(`${file.text} ${file.uri}`)) return;
  for (const handler of handlers(file)) {
    const raw =
      handler.framework === 'Express' && !handler.onApplication
        ? handler.beside.find((each) => rawParser.test(each.getText()))
        : undefined;
    const isVerified =
      raw &&
      descendants(handler.node).some((node) => ts.isCallExpression(node) && bodyVerifiedBy(handler.file, node) !== undefined);
    const before = isVerified ? parserOnTheWay(file) : undefined;
    if (!raw || !before) continue;
    yield {
      at: raw,
      evidence: handler.at,
      message: `\`${raw.getText()}\` comes too late: \`${before.arguments[0]?.getText()}\` of the application has parsed the body before this router, so every webhook is refused; take the router in before it, or let it keep the raw body by its \`verify\`.`,
      related: before.getSourceFile() === file.ast ? [{ at: before, message: 'The body is parsed here.' }] : [],
    };
  }
}

/** `app.use(express.json())` before the call that leads to this file, where nothing before that takes bodies raw. */
function parserOnTheWay(file: CodeFile): ts.CallExpression | undefined {
  const way = stepsTo(file).filter(({ mount }) => mount !== undefined);
  if (way.some(({ beside }) => beside.some((each) => rawParser.test(each.getText())))) return undefined;
  for (const { file: at, mount } of way) {
    const uses = at
      .nodes(ts.SyntaxKind.CallExpression)
      .filter((use) => mount && use.end <= mount.pos && /\.use$/.test(use.expression.getText()));
    const parser = uses.find(({ arguments: [only, more] }) => only && !more && jsonParser.test(only.getText()));
    if (!parser) continue;
    const isRawFirst = uses.some((use) => use.pos < parser.pos && use.arguments.some((each) => rawParser.test(each.getText())));
    return isRawFirst ? undefined : parser;
  }
  return undefined;
}

/** What stops Nest from parsing a body. */
const keepsRaw = /\braw\(|bodyParser\s*:\s*false|addContentTypeParser|RawBody\w*Middleware/;

/** `handle(@Body() raw: Buffer)`: whatever type it is given, it has been parsed, unless the application takes it raw. */
function* parsedByNest(file: CodeFile): Iterable<CodeProblem<ts.Node>> {
  if (!file.modules.has('@nestjs/common') || !/@Body\(\s*\)/.test(file.text)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const at = call.arguments.findIndex(isWholeBody);
    const body = call.arguments[at];
    if (!body) continue;
    const callee = calleeOf(file, call) ?? methodOf(file, call);
    const isChecked = bodyVerifiedBy(file, call) === body || (callee && reachesCheck(callee.file, callee.node, at));
    const steps = isChecked ? stepsTo(file) : [];
    if (steps.length === 0 || [file, ...steps.map((step) => step.file)].some(({ text }) => keepsRaw.test(text))) continue;
    yield {
      at: body,
      evidence: enclosingFunction(call),
      message: `\`${body.getText()}\` is no longer what was signed: Nest has parsed it, so every webhook is refused; verify \`req.rawBody\` of \`@Req() req: RawBodyRequest<Request>\`, and make the application with \`rawBody: true\`.`,
    };
  }
}

/** The parameter that has `@Body()`, also `raw.toString()`. */
function isWholeBody(argument: Expression): boolean {
  const node = unwrap(argument);
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'toString')
    return isWholeBody(node.expression.expression);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration || !ts.isParameter(declaration)) return false;
  return (ts.getDecorators(declaration) ?? []).some((each) => /^@Body\(\s*\)$/.test(each.getText()));
}

interface Parser {
  readonly node: ts.Node;
  readonly how: string;
  /** The middleware that can be exchanged. */
  readonly mend?: ts.Node;
}

const jsonParser = /^(?:express|body-?[pP]arser)\.json\((?![^]*verify)/;

function parserOf(file: CodeFile, call: ts.CallExpression, body: Expression): Parser | undefined {
  const value = valueOf(body);
  if (ts.isCallExpression(value) && /^req(?:uest)?\.json$/.test(value.expression.getText()))
    return {
      node: value,
      how: `\`${value.expression.getText()}\` has parsed it, so every webhook is refused; verify \`await request.text()\`, and parse that`,
    };
  if (!ts.isPropertyAccessExpression(value) || value.name.text !== 'body' || !isRequest(file, value.expression)) return undefined;
  const azure = azureHandlers(file).find(({ context, node }) => context && isWithin(call, node));
  if (azure?.request)
    return {
      node: azure.request,
      how: `Azure has parsed it, so every webhook is refused; verify \`${azure.request.name.getText()}.rawBody\``,
    };
  const handler = handlerAround(file, call);
  if (handler?.framework === 'Next.js' && handler.method === 'ALL' && !file.text.includes('bodyParser'))
    return {
      node: handler.at,
      how: 'Next.js has parsed it, so every webhook is refused; export `config = { api: { bodyParser: false } }` and read the request itself',
    };
  if (handler?.framework !== 'Express') return undefined;
  const beside = handler.beside.find((each) => jsonParser.test(each.getText()));
  const remedy = "so every webhook is refused; give this route `express.raw({ type: 'application/json' })`";
  if (beside)
    return {
      node: beside,
      how: `\`express.json\` has parsed it, ${remedy}`,
      mend: isOnlyUse(value, handler.node) ? beside : undefined,
    };
  if (handler.beside.some((each) => /\.(?:raw|text)\(/.test(each.getText()))) return undefined;
  // Of a router only what it uses itself: on which path of the application it is mounted, and behind what, is another file's.
  const owner = ts.isPropertyAccessExpression(handler.at) ? handler.at.expression.getText() : undefined;
  const before = file.nodes(ts.SyntaxKind.CallExpression).find((use) => {
    const [only, more] = use.arguments;
    if (!only || more || use.end > handler.at.pos || !jsonParser.test(only.getText())) return false;
    const name = use.expression.getText();
    return handler.onApplication ? /\.use$/.test(name) : owner !== undefined && name === `${owner}.use`;
  });
  return before && { node: before, how: `\`express.json\` has parsed it before this route, ${remedy} and register it first` };
}

function isOnlyUse(body: Expression, handler: ts.Node): boolean {
  const text = body.getText();
  return [...descendants(handler)].filter((node) => ts.isPropertyAccessExpression(node) && node.getText() === text).length === 1;
}

/** The text a call verifies: an update of an HMAC that is compared with a webhook's signature, or a verifier's argument. */
function signedText(file: CodeFile, call: ts.CallExpression): Expression | undefined {
  const name = calleeName(call);
  if (/verif|valid|check|sign|hmac|digest|hash/i.test(name)) {
    const given = verifiedByProject(file, call);
    if (given) return given;
  }
  const text = hmacText(file, call);
  if (text) return isReceiving(file, call) ? text : undefined;
  return /^(?:constructEvent|verif|isValid|validateWebhook)/.test(name) ? bodyVerifiedBy(file, call) : undefined;
}

/**
 * The argument that a function or a method of the project checks the signature of, itself or in one that it calls: by an HMAC that is
 * compared there, or here where it is answered, or by a provider's verifier.
 */
function verifiedByProject(file: CodeFile, call: ts.CallExpression): Expression | undefined {
  const at = call.arguments.findIndex((argument) => [...stringified(file, argument)].length > 0);
  const callee = at < 0 ? undefined : (calleeOf(file, call) ?? methodOf(file, call));
  const argument = call.arguments[at];
  if (!callee || !argument) return undefined;
  const isComparedHere = isCompared(file, call) && isReceiving(file, call);
  return reachesCheck(callee.file, callee.node, at, 1, isComparedHere) ? argument : undefined;
}

/** Is what a call answers held against something, itself or as the constant it is written to? */
function isCompared(file: CodeFile, call: ts.CallExpression): boolean {
  return [...descendants(enclosingFunction(call))].some((node) => {
    if (!isVerification(file, node)) return false;
    const sides = ts.isBinaryExpression(node) ? [node.left, node.right] : ts.isCallExpression(node) ? node.arguments : [];
    return sides.some((side) => [...sources(side)].includes(call));
  });
}

/** Does a function give its parameter to a verifier, or to an HMAC that is compared here or where it was handed on? */
function reachesCheck(file: CodeFile, { parameters, body }: FunctionNode, at: number, hops = 1, compares = false): boolean {
  const name = parameters[at]?.name;
  if (!name || !ts.isIdentifier(name) || !body) return false;
  const isCompared = compares || verificationIn(file, body, 0) !== undefined;
  return descendants(body).some((node) => {
    if (!ts.isCallExpression(node)) return false;
    const verified = bodyVerifiedBy(file, node);
    if (verified && isGivenAsIs(file, node, verified, name)) return true;
    const text = hmacText(file, node);
    if (text && isGivenAsIs(file, node, text, name)) return isCompared;
    const given = node.arguments.findIndex((argument) => unwrap(argument).getText() === name.text);
    if (given < 0) return false;
    const callee = hops > 0 ? (calleeOf(file, node) ?? methodOf(file, node)) : undefined;
    return callee !== undefined && reachesCheck(callee.file, callee.node, given, hops - 1, isCompared);
  });
}

/** Goes in, and is not marked where it is written anew as JSON. */
function isGivenAsIs(file: CodeFile, check: ts.CallExpression, text: Expression, name: ts.Identifier): boolean {
  const signed = signedText(file, check);
  const isMarked = signed !== undefined && [...stringified(file, signed)].length > 0;
  return !isMarked && [...sources(text)].some((part) => part.getText() === name.text);
}

/** `JSON.stringify` of something that came in from outside this function's own making. */
function* stringified(file: CodeFile, text: Expression): Iterable<Expression> {
  for (const node of sources(text)) {
    if (!ts.isCallExpression(node) || node.expression.getText() !== 'JSON.stringify') continue;
    const [value] = node.arguments;
    if (!value) continue;
    if (isNeverRaw(file, value) || (isReceived(file, value) && !isInstead(node) && !isForLack(file, node))) yield node;
  }
}

/** `req.rawBody || JSON.stringify(req.body)` in an application that keeps raw bodies: what stands in is never needed. */
function isForLack(file: CodeFile, node: Expression): boolean {
  const { parent } = node;
  // `req.rawBody || Buffer.from(JSON.stringify(req.body))`
  if (ts.isCallExpression(parent)) return isForLack(file, parent);
  if (!isFallback(parent)) return false;
  if (!/\braw_?body\b/i.test(parent.left.getText())) return false;
  // Who calls the function has it.
  const given = unwrap(parent.left);
  const parameter = ts.isIdentifier(given) ? declarationOf(given) : undefined;
  if (parameter && ts.isParameter(parameter)) return true;
  const way = [file, ...stepsTo(file).map((step) => step.file)];
  return way.some(({ text }) => keepsBody.test(text) || keepsRaw.test(text));
}

/** `request.rawBody || request.body` in a handler of Fastify, in a package without the plugin and without a parser of its own. */
function isNeverRaw(file: CodeFile, value: Expression): boolean {
  const either = valueOf(value);
  if (!ts.isBinaryExpression(either) || !/\.rawBody$/.test(either.left.getText()) || !/\.body$/.test(either.right.getText()))
    return false;
  if (handlerAround(file, value)?.framework !== 'Fastify' || !file.package || file.package.installed.has('fastify-raw-body'))
    return false;
  const steps = stepsTo(file);
  return (
    steps.length > 0 &&
    ![file, ...steps.map((step) => step.file)].some(({ text }) =>
      /addContentTypeParser|[.[]['"]?rawBody['"]?\]?\s*=(?!=)/.test(text),
    )
  );
}

/** `req.rawBody = buffer`, `{ rawBody: true }`, a plugin that does so. */
const keepsBody = /[.[]['"]?raw_?body['"]?\]?\s*=(?!=)|\brawBody\s*:\s*true|raw-?body['"]/i;

/** `typeof body === 'string' ? body : Buffer.from(JSON.stringify(body))`, `(await req.text?.()) ?? JSON.stringify(…)`: only where there is no text. */
function isInstead(node: Expression): boolean {
  const { parent } = node;
  if (ts.isConditionalExpression(parent)) return /\btypeof\b|isBuffer|instanceof/.test(parent.condition.getText());
  if (ts.isBinaryExpression(parent)) return parent.right === node && /\.text(?:\?\.)?\(\)\)?$/.test(parent.left.getText());
  return (ts.isCallExpression(parent) || ts.isParenthesizedExpression(parent)) && isInstead(parent);
}

/** A parameter, a member of one, or parsed JSON: not an object the program put together itself. */
function isReceived(file: CodeFile, value: Expression): boolean {
  const node = valueOf(value);
  // A controller that is made for one request keeps it in a field.
  if (/^this\.(?:(?:ctx\.)?req(?:uest)?\.)?body$/.test(node.getText())) return true;
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return isReceived(file, node.expression);
  if (ts.isCallExpression(node)) return /(?:JSON\.parse|\.json|\.body)$/.test(node.expression.getText());
  if (!ts.isIdentifier(node)) return false;
  const declaration = declarationOf(node);
  return declaration !== undefined && (ts.isParameter(declaration) || isPartOfParameter(declaration));
}

function isPartOfParameter(declaration: ts.Node): boolean {
  let node = declaration;
  while (ts.isBindingElement(node)) node = node.parent.parent;
  return (
    ts.isParameter(node) ||
    (ts.isVariableDeclaration(node) &&
      node.initializer !== undefined &&
      (/(?:^|\.)(?:req|request|ctx|c|event)\b/.test(node.initializer.getText()) || isNamedRequest(declaration)))
  );
}

/** `const { request } = context`. */
function isNamedRequest(declaration: ts.Node): boolean {
  return ts.isBindingElement(declaration) && /^req(?:uest)?$/.test(declaration.name.getText());
}

const webhookName = /webhook|hook|signature|hmac/i;

/** Is this HMAC compared with a signature that a provider sent? Signing what the program sends itself is not. */
function isReceiving(file: CodeFile, update: ts.CallExpression): boolean {
  const present = providersIn(file);
  const around = enclosingFunction(update);
  if (writesSignature(around)) return false;
  if (present.length > 0) {
    // Some providers do not sign the body; what the file stringifies then is something else.
    return present.some(({ signs }) => signs?.includes('{raw}')) && !isSigning(update);
  }
  const isOfWebhook =
    isNamedForWebhook(update, around) || readsSignature(around) || (/hook/i.test(file.uri) && takesSignature(around));
  return isOfWebhook && verificationIn(file, around, 0) !== undefined;
}

/** `isGenuine(payload, hmac)`: what is compared is a parameter. */
function takesSignature(scope: ts.Node): boolean {
  return ts.isFunctionLike(scope) && scope.parameters.some(({ name }) => /signature|hmac/i.test(name.getText()));
}

/** `headers: { 'webhook-signature': made }`: who puts a signature into a header sends it. */
function writesSignature(scope: ts.Node): boolean {
  return [...descendants(scope)].some(
    (node) =>
      ts.isPropertyAssignment(node) &&
      ts.isStringLiteralLike(node.name) &&
      /signature|hmac/i.test(node.name.text) &&
      !/header/i.test(node.initializer.getText()),
  );
}

/** `request.headers['sentry-hook-signature']`, `headers.get('x-signature')`. */
function readsSignature(scope: ts.Node): boolean {
  return [...descendants(scope)].some((node) => {
    if (!ts.isElementAccessExpression(node) && !ts.isCallExpression(node)) return false;
    const name = ts.isElementAccessExpression(node) ? node.argumentExpression : node.arguments[0];
    return (
      name !== undefined &&
      ts.isStringLiteralLike(name) &&
      /signature|hmac/i.test(name.text) &&
      /header/i.test(node.expression.getText())
    );
  });
}

/** The digest goes into a header or a returned value of something called `sign…`. */
function isSigning(update: ts.CallExpression): boolean {
  const scope = enclosingFunction(update);
  return ts.isSourceFile(scope)
    ? false
    : /^(?:sign|create|generate|compute\w*Headers|build)/i.test(nameOf(scope)) && !/verif|valid|check/i.test(nameOf(scope));
}

function isNamedForWebhook(update: ts.Node, scope: ts.Node): boolean {
  if (webhookName.test(nameOf(scope))) return true;
  // A handler of a route: `app.post('/webhooks/x', …)`.
  return [...routeTexts(update)].some((text) => webhookName.test(text));
}

function nameOf(scope: ts.Node): string {
  if (ts.isFunctionDeclaration(scope) || ts.isMethodDeclaration(scope) || ts.isFunctionExpression(scope)) {
    if (scope.name) return scope.name.getText();
  }
  const { parent } = scope;
  if (parent && (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent))) return parent.name.getText();
  return '';
}

function* routeTexts(node: ts.Node): Iterable<string> {
  for (let outer: ts.Node = node; outer; outer = outer.parent) {
    if (ts.isCallExpression(outer))
      for (const argument of outer.arguments) if (ts.isStringLiteralLike(argument)) yield argument.text;
  }
}
