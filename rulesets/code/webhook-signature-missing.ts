import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type Expression, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { constantText } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { isWithin } from '../../server/core/typescript/syntax.ts';
import { type Handler, markOf } from './handlers.ts';
import { httpCalls } from './http-clients.ts';
import { flowsFromRequest } from './request.ts';
import { handlersOfAll } from './serverless.ts';
import page from './webhook-signature-missing.md';
import {
  maySpeakOfEvents,
  type Provider,
  providerNamed,
  providerOfEvent,
  providerOfPart,
  providersInstalled,
} from './webhook-providers.ts';
import { verifyEdits } from './webhook-verify-edits.ts';

/** A check of a signature, by its own name. */
const check =
  /signature|signing|verif|hmac|constructEvent|timingSafe|web_?hook_?(?:secret|token|key)|sns[\w-]*valid|message-?validator/i;
/** Anything that may be a check of the sender, by whatever name. */
const guard =
  /sign(?:ature|ing|ed)|verif|hmac|constructEvent|secret|timingSafe|\btokens?\b|[tT]oken\b|authenticat|authoriz|allow_?list|valid(?:ate)?_?(?:webhook|request|sender|sns|message|payload|notification)|api_?key/i;
/** The handshakes of Meta and Slack, which prove nothing about who sends an event. */
const handshake = /^(?:hub\.)?(?:[\w-]*verify_?token[\w-]*|url_verification)$/i;

/** What says whose webhooks a handler takes. */
interface Found {
  readonly provider: Provider | undefined;
  /** As a message says it, and where it stands. */
  readonly word: string;
  readonly at?: ts.Node;
  /** The provider's handler holds a token of its own to answer with, so that the word alone is no check. */
  readonly answers: boolean;
}

/**
 * Evidence: a handler of POST that says by a provider's event header, by the names of its events, by its answer or its
 * handshake, or by its route whose webhooks it takes, and no word of a signature in its file, nor of a secret or a token in it, in
 * middleware, in what stands beside it in its registration, or in the functions it calls.
 */
export default defineCodeRule<{ handler: Handler; provider: Provider }>({
  page,
  severity: 'warn',
  *check(file) {
    for (const handler of handlersOfAll(file)) {
      if (handler.method !== 'POST' && handler.method !== 'ALL') continue;
      const found = providerIn(handler) ?? providerOfRoute(handler);
      const provider = found?.provider;
      if (!found || !provider || mayCheck(handler, found)) continue;
      if ([file, handler.file].some((each) => speaksOfCheck(each, handler))) continue;
      const { word, at } = found;
      const mark = markOf(handler);
      yield {
        at: mark,
        evidence: handler.file === file ? handler.node : handler.at,
        severity: handler.onApplication ? undefined : 'info',
        message: `\`${mark.getText()}\` takes webhooks of ${provider.name} (\`${word}\`) and checks no signature, so anybody who knows the address can send events; verify \`${provider.headers[0] ?? provider.member}\` before anything else.`,
        related: at?.getSourceFile() === file.ast ? [{ at, message: `Says that these are webhooks of ${provider.name}.` }] : [],
        data: { handler, provider },
      };
    }
  },
  fix({ data }, file) {
    const edits = data?.handler.file === file ? verifyEdits(data.handler, data.provider) : undefined;
    return data && edits && { title: `Verify ${data.provider.name}’s signature`, safety: 'suggestion', edits };
  },
});

/**
 * In code or text, or in middleware for every route; what a comment promises is no check, nor what a neighbouring route does, or imports
 * for itself.
 */
function speaksOfCheck(file: CodeFile, { node, file: own }: Handler): boolean {
  const { CallExpression, Identifier, NoSubstitutionTemplateLiteral, StringLiteral, TemplateHead } = ts.SyntaxKind;
  const words = file.nodes(Identifier, NoSubstitutionTemplateLiteral, StringLiteral, TemplateHead);
  const neighbours = handlersOfAll(file).filter((each) => each.file === file && !isWithin(node, each.node));
  const greets = [file, own].flatMap(handshakes);
  const theirs = file === own ? helpersOf(file, neighbours) : [];
  const isElsewhere = (word: ts.Node) =>
    ts.isImportSpecifier(word.parent) ||
    ts.isImportClause(word.parent) ||
    isNameOfHook(word) ||
    neighbours.some((each) => isWithin(word, each.node)) ||
    theirs.some((each) => isWithin(word, each)) ||
    greets.some((each) => isWithin(word, each) || each.name?.getText() === word.getText());
  if (words.some((word) => check.test(word.text) && !handshake.test(word.text) && !isElsewhere(word))) return true;
  const uses = file.nodes(CallExpression).filter(({ expression }) => /\.(?:use|addHook|register)$/.test(expression.getText()));
  return uses.some((use) =>
    use.arguments.some((argument) => {
      const text = isBodyParser(argument) ? argument.getText().replace(/\bverify\b(?=\s*[:(])/, '') : argument.getText();
      return guard.test(text) || /auth|guard|webhook\(/i.test(text);
    }),
  );
}

/** `express.json({ verify: (req, res, raw) => { req.rawBody = raw; } })`: keeps the body, and what it checks it says by other words. */
function isNameOfHook(word: ts.Node): boolean {
  const { parent } = word;
  const isName = (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent)) && parent.name === word;
  const call = isName && word.getText() === 'verify' ? parent.parent.parent : undefined;
  return call !== undefined && isBodyParser(call);
}

/** `express.json(…)`. */
function isBodyParser(node: ts.Node): boolean {
  return ts.isCallExpression(node) && /(?:^|\.)(?:json|raw|text|urlencoded)$/.test(node.expression.getText());
}

/** Functions at the top of a file that it keeps for itself, and that only these of its handlers call. */
function helpersOf(file: CodeFile, callers: readonly Handler[]): readonly ts.FunctionDeclaration[] {
  if (callers.length === 0) return [];
  return file.nodes(ts.SyntaxKind.FunctionDeclaration).filter((helper) => {
    if (!ts.isSourceFile(helper.parent) || !helper.name || helper.modifiers?.some(isExport)) return false;
    const { text } = helper.name;
    const uses = file.nodes(ts.SyntaxKind.Identifier).filter((each) => each.text === text && each.parent !== helper);
    return uses.length > 0 && uses.every((use) => callers.some((each) => isWithin(use, each.node)));
  });
}

function isExport({ kind }: ts.Node): boolean {
  return kind === ts.SyntaxKind.ExportKeyword;
}

/** Functions that answer Meta's handshake, however they are called: `verifyWebhook`. */
function handshakes(file: CodeFile): readonly (ts.MethodDeclaration | ts.FunctionDeclaration)[] {
  const { FunctionDeclaration, MethodDeclaration } = ts.SyntaxKind;
  if (!file.text.includes('hub.challenge')) return [];
  return file.nodes(FunctionDeclaration, MethodDeclaration).filter((each) => each.getText().includes('hub.challenge'));
}

/** The provider whose events a handler looks at, itself or in a function it hands them to. */
function providerIn(handler: Handler): Found | undefined {
  const { node, file } = handler;
  const readsBody = () => usesBody(file, node);
  // Functions of other files are looked at only where the handler's own speaks of hooks: reading them is dear.
  const parts = [{ node, file }, ...(file.words.has(/hook/i) ? called(file, node) : [])];
  for (const part of parts) {
    if (!maySpeakOfEvents(part.file)) continue;
    for (const inner of descendants(part.node)) {
      if (ts.isNewExpression(inner)) {
        const made = origin(part.file, inner.expression);
        if (made && twiml.test(made) && readsBody())
          return { provider: providerNamed('Twilio'), word: inner.expression.getText(), at: inner, answers: true };
      }
      const known = providerOfPiece(inner);
      if (known && readsBody()) return known;
      if (!ts.isStringLiteralLike(inner)) continue;
      if (inner.text === 'url_verification' && isEventName(inner) && readsBody())
        return { provider: providerNamed('Slack'), word: inner.text, at: inner, answers: true };
      const provider = providerOfEvent(inner.text);
      if (provider && ((isHeaderRead(inner) && (readsBody() || doesSomething(node))) || (isEventName(inner) && readsBody())))
        return { provider, word: inner.text, at: inner, answers: false };
    }
  }
  return metaIn(handler) ?? installedIn(handler);
}

/** `req.body.MessageSid`, `const { CallSid } = req.body`, `res.send('<Response></Response>')`. */
function providerOfPiece(node: ts.Node): Found | undefined {
  if (ts.isPropertyAccessExpression(node) || ts.isBindingElement(node)) {
    const at = ts.isBindingElement(node) ? (node.propertyName ?? node.name) : node.name;
    const provider = ts.isIdentifier(at) ? providerOfPart('members', at.text) : undefined;
    return provider && { provider, word: at.getText(), at, answers: true };
  }
  const isGiven = (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) && ts.isCallExpression(node.parent);
  const text = isGiven ? (ts.isTemplateExpression(node) ? node.head.text : node.text) : undefined;
  const provider = text === undefined ? undefined : providerOfPart('answers', text);
  return provider && { provider, word: '<Response>', at: node, answers: true };
}

/** Not only answers, as where an address is kept that has no use any more. */
function doesSomething(node: FunctionNode): boolean {
  return descendants(node).some(
    (inner) =>
      ts.isAwaitExpression(inner) ||
      (ts.isCallExpression(inner) &&
        !/^(?:_?res|response|reply|console|logger|log|String|NextResponse|Response)\b|\.(?:get|header|headers)$/.test(
          inner.expression.getText(),
        )),
  );
}

/** `const { webhook_type } = req.body`, in a program that has Plaid's package. */
function installedIn({ file, node }: Handler): Found | undefined {
  for (const provider of file.words.has(/hook/i) ? providersInstalled(file) : []) {
    const at = descendants(node).find(
      (inner) =>
        (ts.isPropertyAccessExpression(inner) && inner.name.text === provider.typeMember) ||
        (ts.isBindingElement(inner) && (inner.propertyName ?? inner.name).getText() === provider.typeMember),
    );
    if (at && usesBody(file, node)) return { provider, word: provider.typeMember ?? '', at, answers: false };
  }
  return undefined;
}

const twiml = /^twilio(?:\/lib\/twiml\/\w+(?:\.js)?)?:(?:\w+\.)*(?:Messaging|Voice)Response$/;

/** Meta's handshake answers GET on the route; its events come to the same route with `entry`. */
function metaIn(handler: Handler): Found | undefined {
  const { file, node } = handler;
  if (!file.text.includes('hub.verify_token') || !usesBody(file, node)) return undefined;
  const word = file.nodes(ts.SyntaxKind.StringLiteral).find(({ text }) => text === 'hub.verify_token');
  const reads = [node, ...called(file, node).map((each) => each.node)].some((part) =>
    descendants(part).some(
      (inner) => (ts.isPropertyAccessExpression(inner) || ts.isBindingElement(inner)) && inner.name.getText() === 'entry',
    ),
  );
  return word && reads ? { provider: providerNamed('Meta'), word: word.text, at: word, answers: true } : undefined;
}

/** `/webhooks/stripe`: the route says it, and everything that is done with the body can be seen. */
function providerOfRoute({ node, file, path, beside, method }: Handler): Found | undefined {
  const ofClass = beside.flatMap((each) =>
    ts.isDecorator(each) && ts.isCallExpression(each.expression) && each.expression.expression.getText() === 'Controller'
      ? [each.expression.arguments[0]]
      : [],
  );
  const route = [...ofClass.map((each) => (each ? constantText(each) : '')), path].filter(Boolean).join('/');
  const name =
    method === 'POST' && /hooks?\b/i.test(route)
      ? /\b(stripe|github|gitlab|shopify|clerk|paystack|razorpay|paddle|plaid|linear|twilio|sendgrid|typeform|calendly|intercom|hubspot|zendesk|paypal)\b/i.exec(
          route,
        )?.[1]
      : undefined;
  if (name === undefined || !usesBody(file, node)) return undefined;
  const provider = providerNamed(name);
  const handed = node.body ? [node.body, ...descendants(node.body)].filter(ts.isCallExpression) : [];
  const isSeen = handed.every(
    (call) => isPlain(call) || calleeOf(file, call) !== undefined || methodOf(file, call) !== undefined,
  );
  return isSeen ? { provider, word: route, answers: false } : undefined;
}

/** A call that checks nobody: it reads the body, tells a person, answers, or uses a database. */
function isPlain({ expression }: ts.CallExpression): boolean {
  return /^(?:console\.|(?:\w+\.)*logger\.|res\.|response\.|reply\.|c\.|ctx\.|req(?:uest)?\.(?:json|text)$|JSON\.|Response\.|NextResponse\.|(?:db|prisma)\.)/.test(
    expression.getText(),
  );
}

/** `headers['x-github-event']`, `req.get('x-github-event')`, `headers.get('x-github-event')`, `@Headers('x-github-event')`. */
function isHeaderRead({ parent }: ts.Node): boolean {
  if (ts.isElementAccessExpression(parent)) return /headers$/i.test(parent.expression.getText());
  if (!ts.isCallExpression(parent)) return false;
  const { expression: callee } = parent;
  if (ts.isDecorator(parent.parent)) return callee.getText() === 'Headers';
  return ts.isPropertyAccessExpression(callee) && /^(?:get|header)$/.test(callee.name.text);
}

/** `case 'invoice.paid':`, `event.type === 'invoice.paid'`. */
function isEventName({ parent }: ts.Node): boolean {
  return ts.isCaseClause(parent) || (ts.isBinaryExpression(parent) && /^===?$/.test(parent.operatorToken.getText()));
}

/** The handler reads what was sent: `req.body`, `await request.json()`, `req.on('data', …)`, a parameter with `@Body()`. */
function usesBody(file: CodeFile, node: FunctionNode): boolean {
  const [request] = node.parameters;
  const name = request && ts.isIdentifier(request.name) ? request.name.text : undefined;
  if (node.parameters.some((each) => (ts.getDecorators(each) ?? []).some((one) => /^@(?:Body|RawBody)\b/.test(one.getText()))))
    return true;
  return [...descendants(node)].some((inner) => {
    if (ts.isPropertyAccessExpression(inner) && inner.name.text === 'body')
      return inner.expression.getText() === name || flowsFromRequest(file, inner);
    if (ts.isBindingElement(inner)) {
      const owner = inner.parent.parent;
      return (
        (inner.propertyName ?? inner.name).getText() === 'body' &&
        ts.isVariableDeclaration(owner) &&
        owner.initializer?.getText() === name
      );
    }
    if (!ts.isCallExpression(inner)) return false;
    const [event] = inner.arguments;
    const isData = event !== undefined && ts.isStringLiteral(event) && event.text === 'data';
    return isReadOf(inner.expression, name) || (isData && inner.expression.getText() === `${name}.on`);
  });
}

/** `request.json()`, `c.req.json()`. */
function isReadOf(callee: Expression, name: string | undefined): boolean {
  if (!ts.isPropertyAccessExpression(callee) || !/^(?:json|text|formData)$/.test(callee.name.text)) return false;
  const owner = callee.expression.getText();
  return /^req(?:uest)?$/.test(owner) || owner === name || owner === `${name}.req`;
}

/** The functions that a handler calls, where they can be seen. */
function called(file: CodeFile, node: ts.Node): { node: FunctionNode; file: CodeFile }[] {
  return [...descendants(node)].flatMap((inner) =>
    ts.isCallExpression(inner) ? (calleeOf(file, inner) ?? methodOf(file, inner) ?? []) : [],
  );
}

/** Something beside the handler, or called by it, that cannot be seen whole or speaks of a check. */
function mayCheck({ node, file, beside, at }: Handler, { answers }: Found): boolean {
  // The token of a request that the handler itself sends proves nothing about who called.
  const sent = httpCalls(file).filter((http) => http.kind === 'send' && isWithin(http.call, node));
  const path = ts.isCallExpression(at.parent) && at.parent.arguments.length > 1 ? at.parent.arguments[0] : undefined;
  const isHarmless = (each: ts.Node) =>
    each === path || ts.isStringLiteralLike(each) || isParser(each) || isDescription(each) || isWrapper(each, node);
  if (!beside.every(isHarmless)) return true;
  const word = answers ? check : guard;
  const speaks = (text: string) => word.test(text) && !handshake.test(text);
  for (const inner of descendants(node)) {
    if (!(ts.isIdentifier(inner) || ts.isStringLiteralLike(inner)) || !speaks(inner.text)) continue;
    if (check.test(inner.text) || !sent.some(({ call }) => isWithin(inner, call))) return true;
  }
  return called(file, node).some((callee) => word.test(callee.node.getText()));
}

/** `asyncHandler(async (req, res) => …)`: around the handler itself, to catch what it throws. */
function isWrapper(each: ts.Node, handler: ts.Node): boolean {
  return ts.isCallExpression(each) && isWithin(handler, each) && /async|wrap|catch/i.test(each.expression.getText());
}

/** `{ schema: { … }, config: { rawBody: true } }`: what Fastify is told of a route, without a hook. */
function isDescription(node: ts.Node): boolean {
  if (ts.isObjectLiteralExpression(node)) return node.properties.every(isDescription);
  return (
    (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) &&
    /^(?:schema|config|bodyLimit|logLevel|errorHandler)$/.test(node.name.getText())
  );
}

/** A parser of bodies, or a decorator that only names the route. */
function isParser(node: ts.Node): boolean {
  const text = node.getText();
  return (
    /^(?:express|bodyParser|bodyparser)\.\w+\(/.test(text) ||
    /^@(?:Controller|Post|All|HttpCode|Header|Api\w+|Public\w*)\b/.test(text)
  );
}
