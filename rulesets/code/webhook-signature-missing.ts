import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, type CodeFile, descendants, methodOf, ts } from '../../server/core/typescript/code.ts';
import { type Handler, handlers } from './handlers.ts';
import { flowsFromRequest } from './request.ts';
import page from './webhook-signature-missing.md';
import { maySpeakOfEvents, type Provider, providerOfEvent } from './webhook-providers.ts';

/** A check of a signature, by its own name. */
const check = /signature|signing|verif|hmac|constructEvent|timingSafe|web_?hook_?(?:secret|token|key)/i;
/** Anything that may be a check of the sender, by whatever name. */
const guard =
  /sign(?:ature|ing|ed)|verif|hmac|constructEvent|secret|timingSafe|\btokens?\b|[tT]oken\b|authenticat|authoriz|allow_?list|valid(?:ate)?_?(?:webhook|request|sender)|api_?key/i;

/**
 * Evidence: a handler of POST that says by a provider's event header, or by the names of its events, whose webhooks it takes,
 * and no word of a signature in its file, nor of a secret or a token in it, in middleware, in what stands beside it in its
 * registration, or in the functions it calls.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    for (const handler of handlers(file)) {
      if (!maySpeakOfEvents(handler.file)) continue;
      if (handler.method !== 'POST' && handler.method !== 'ALL') continue;
      const found = providerIn(handler);
      if (!found || speaksOfCheck(file) || speaksOfCheck(handler.file) || mayCheck(handler)) continue;
      const { provider, literal } = found;
      yield {
        at: handler.at,
        evidence: handler.file === file ? handler.node : handler.at,
        severity: handler.onApplication ? undefined : 'info',
        message: `\`${handler.at.getText()}\` takes webhooks of ${provider.name} (\`${literal.text}\`) and checks no signature, so anybody who knows the address can send events; verify \`${provider.headers[0]}\` before anything else.`,
        related: handler.file === file ? [{ at: literal, message: `Says that these are webhooks of ${provider.name}.` }] : [],
      };
    }
  },
});

/** In code or text, or in middleware for every route; what a comment promises is no check. */
function speaksOfCheck(file: CodeFile): boolean {
  const { CallExpression, Identifier, NoSubstitutionTemplateLiteral, StringLiteral, TemplateHead } = ts.SyntaxKind;
  const words = file.nodes(Identifier, NoSubstitutionTemplateLiteral, StringLiteral, TemplateHead);
  if (words.some(({ text }) => check.test(text))) return true;
  const uses = file.nodes(CallExpression).filter(({ expression }) => /\.(?:use|addHook|register)$/.test(expression.getText()));
  return uses.some((use) =>
    use.arguments.some((argument) => guard.test(argument.getText()) || /auth|guard/i.test(argument.getText())),
  );
}

/** The provider whose events a handler looks at. */
function providerIn({ node, file }: Handler): { provider: Provider; literal: ts.StringLiteralLike } | undefined {
  for (const literal of descendants(node)) {
    if (!ts.isStringLiteralLike(literal)) continue;
    const provider = providerOfEvent(literal.text);
    if (provider && (isHeaderRead(literal) || (isEventName(literal) && usesBody(file, node)))) return { provider, literal };
  }
  return undefined;
}

/** `headers['x-github-event']`, `req.get('x-github-event')`, `headers.get('x-github-event')`. */
function isHeaderRead({ parent }: ts.Node): boolean {
  if (ts.isElementAccessExpression(parent)) return /headers$/i.test(parent.expression.getText());
  return (
    ts.isCallExpression(parent) &&
    ts.isPropertyAccessExpression(parent.expression) &&
    /^(?:get|header)$/.test(parent.expression.name.text)
  );
}

/** `case 'invoice.paid':`, `event.type === 'invoice.paid'`. */
function isEventName({ parent }: ts.Node): boolean {
  return ts.isCaseClause(parent) || (ts.isBinaryExpression(parent) && /^===?$/.test(parent.operatorToken.getText()));
}

function usesBody(file: CodeFile, node: ts.Node): boolean {
  return [...descendants(node)].some(
    (inner) =>
      (ts.isPropertyAccessExpression(inner) && inner.name.text === 'body' && flowsFromRequest(file, inner)) ||
      (ts.isCallExpression(inner) && /^req(?:uest)?\.json$/.test(inner.expression.getText())),
  );
}

/** Something beside the handler, or called by it, that cannot be seen whole or speaks of a check. */
function mayCheck({ node, file, beside }: Handler): boolean {
  if (beside.some((each) => !ts.isStringLiteralLike(each) && !isParser(each))) return true;
  for (const inner of descendants(node)) {
    if ((ts.isIdentifier(inner) || ts.isStringLiteralLike(inner)) && guard.test(inner.text)) return true;
    if (!ts.isCallExpression(inner)) continue;
    const callee = calleeOf(file, inner) ?? methodOf(file, inner);
    if (callee && guard.test(callee.node.getText())) return true;
  }
  return false;
}

/** A parser of bodies, or a decorator that only names the route. */
function isParser(node: ts.Node): boolean {
  const text = node.getText();
  return (
    /^(?:express|bodyParser|bodyparser)\.\w+\(/.test(text) ||
    /^@(?:Controller|Post|All|HttpCode|Header|Api\w+|Public)\b/.test(text)
  );
}
