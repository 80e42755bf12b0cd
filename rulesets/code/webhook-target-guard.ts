import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  type FunctionNode,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { declarationOf, takenFrom } from '../../server/core/typescript/scopes.ts';
import { isFallback, isWithin, optionState } from '../../server/core/typescript/syntax.ts';
import { httpCalls } from './http-clients.ts';
import { flowsFromRequest, isRequest } from './request.ts';
import { baseUrlOf, clientsForHooks, deliveries, type Delivery, urlOf } from './webhook-sending.ts';
import page from './webhook-target-guard.md';

/** Anything that may look at where the address leads. */
const guard =
  /ssrf|private|internal(?!\s+server)|loopback|metadata\.|169\.254|localhost|isSafe|isAllowed|allow_?list|deny_?list|block_?list|whitelist|blacklist|ipaddr|lookup|\bdns\b|\bproxy|(?:https?|proxy|safe|guard\w*|filter\w*|pinned|custom)[-_]?agent\b|agentkeepalive|^dispatcher$|filtering|assert\w*Url|valid\w*Url|check\w*Url|sanitiz/i;

/**
 * Evidence: a delivery to a stored webhook's address by a client that follows it anywhere, and no word of private addresses, an
 * agent, a proxy or a check of the URL in the file or in what the function calls; or, under the same conditions, a request to an address
 * that stands whole in the body or query of one that is being answered, and of which the function asks nothing.
 */
export default defineCodeRule({
  page,
  severity: 'info',
  *check(file) {
    for (const { http, url, scope } of [...deliveries(file), ...clientsForHooks(file)]) {
      if (mayGuard(file, scope) || hasAgent(http)) continue;
      yield {
        at: url,
        evidence: scope,
        message: `\`${url.getText()}\` is an address its user chose, and \`${http.call.expression.getText()}\` calls it wherever it leads, your own network and the cloud's metadata included; refuse private addresses after the name is resolved, and redirects.`,
      };
    }
    for (const http of httpCalls(file)) {
      const url = http.kind === 'make' ? baseUrlOf(http) : http.made ? undefined : urlOf(http);
      const scope = enclosingFunction(http.call);
      if (
        !url ||
        ts.isSourceFile(scope) ||
        !isSent(file, url) ||
        isAskedAbout(url, scope) ||
        hasAgent(http) ||
        mayGuard(file, scope)
      )
        continue;
      const [first] = http.call.arguments;
      yield {
        // Of options that have a name of their own, the call says what becomes of them.
        at: isWithin(url, http.call) || !first ? url : first,
        evidence: scope,
        severity: 'warn',
        message: `\`${url.getText()}\` comes from the request, and \`${http.call.expression.getText()}\` calls it wherever it leads, your own network and the cloud's metadata included; hold its host against a list, or refuse private addresses after the name is resolved, and redirects.`,
      };
    }
  },
});

/** Is an address, as a whole, what the request that is being answered carries: `req.body.url`, `searchParams.get('url')`? */
function isSent(file: CodeFile, url: Expression): boolean {
  const given = valueOf(url);
  // `req.query.url ?? ''`
  if (isFallback(given)) return isSent(file, given.left);
  const value = given;
  // `${req.query.server}/oauth/token`: what stands behind the host changes nothing.
  const [host] = ts.isTemplateExpression(value) && value.head.text === '' ? value.templateSpans : [];
  if (host) return isSent(file, host.expression);
  if (
    ts.isNewExpression(value) ||
    (ts.isCallExpression(value) && /^(?:String|decodeURIComponent)$/.test(value.expression.getText()))
  ) {
    const [inner] = value.arguments ?? [];
    return inner !== undefined && value.arguments?.length === 1 && isSent(file, inner);
  }
  if (ts.isCallExpression(value) && ts.isPropertyAccessExpression(value.expression)) {
    const { name, expression } = value.expression;
    if (/^(?:replace(?:All)?|trim|toString)$/.test(name.text)) return isSent(file, expression);
  }
  if (ts.isCallExpression(value))
    return (
      ts.isPropertyAccessExpression(value.expression) &&
      value.expression.name.text === 'get' &&
      isQuery(file, value.expression.expression)
    );
  if (ts.isPropertyAccessExpression(value) || ts.isElementAccessExpression(value)) return isPart(file, value.expression);
  const declaration = ts.isIdentifier(value) ? declarationOf(value) : undefined;
  if (!declaration) return false;
  if (ts.isParameter(declaration)) return (ts.getDecorators(declaration) ?? []).length > 0 && flowsFromRequest(file, value);
  if (!ts.isBindingElement(declaration) || declaration.initializer || !ts.isObjectBindingPattern(declaration.parent))
    return false;
  const owner = declaration.parent.parent;
  return ts.isVariableDeclaration(owner) && owner.initializer !== undefined && isPart(file, owner.initializer);
}

/** `req.body`, `req.query`, `await request.json()`. */
function isPart(file: CodeFile, owner: Expression): boolean {
  const value = valueOf(owner);
  if (ts.isPropertyAccessExpression(value))
    return /^(?:body|query|params)$/.test(value.name.text) && isRequest(file, value.expression);
  if (!ts.isCallExpression(value) || !ts.isPropertyAccessExpression(value.expression)) return false;
  return value.expression.name.text === 'json' && isRequest(file, value.expression.expression);
}

/** `new URL(request.url).searchParams`, `request.nextUrl.searchParams`, also taken apart. */
function isQuery(file: CodeFile, params: Expression): boolean {
  const value = valueOf(params);
  const owner = takenFrom(value);
  const address = owner && valueOf(owner);
  const named = ts.isPropertyAccessExpression(value) ? value.name.text : value.getText();
  if (!address || named !== 'searchParams') return false;
  const [from] = ts.isNewExpression(address) && address.expression.getText() === 'URL' ? (address.arguments ?? []) : [address];
  const of = from && valueOf(from);
  return (
    of !== undefined &&
    ts.isPropertyAccessExpression(of) &&
    /^(?:url|nextUrl)$/.test(of.name.text) &&
    isRequest(file, of.expression)
  );
}

/** Does the function look at where the address leads: `url.startsWith(…)`, `new URL(url).hostname`, `hosts.indexOf(host) < 0`? */
function isAskedAbout(url: Expression, scope: FunctionNode): boolean {
  const names = [unwrap(url).getText(), ...namesIn(url)];
  const asks = (text: string) => names.some((name) => text.includes(name));
  return descendants(scope).some(
    (node) =>
      ts.isPropertyAccessExpression(node) &&
      /^(?:startsWith|includes|indexOf|match|hostname|host|origin|protocol|has|test|some|find)$/.test(node.name.text) &&
      (asks(node.getText()) || (ts.isCallExpression(node.parent) && node.parent.arguments.some((each) => asks(each.getText())))),
  );
}

/** The variables that an address is made of. */
function namesIn(url: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  const todo: ts.Node[] = [url];
  for (let node = todo.pop(); node && names.size < 20; node = todo.pop()) {
    for (const inner of [node, ...descendants(node)]) {
      const declaration = ts.isIdentifier(inner) && !names.has(inner.text) ? declarationOf(inner) : undefined;
      if (!declaration || !ts.isIdentifier(inner) || !ts.isVariableDeclaration(declaration)) continue;
      names.add(inner.text);
      if (declaration.initializer) todo.push(declaration.initializer);
    }
  }
  return names;
}

/** Sent through an agent or a dispatcher, which may refuse private addresses. */
function hasAgent({ call, optionsAt }: Delivery['http']): boolean {
  return optionState(call.arguments[optionsAt], ['agent', 'httpAgent', 'httpsAgent', 'dispatcher', 'lookup']) === 'set';
}

function mayGuard(file: CodeFile, scope: Delivery['scope']): boolean {
  const { Identifier, StringLiteral } = ts.SyntaxKind;
  // `http://localhost:3000` is where something runs that nobody has configured.
  const speaks = (text: string) => guard.test(text.replaceAll(/https?:\/\/localhost\b/g, ''));
  if (file.nodes(Identifier, StringLiteral).some(({ text }) => speaks(text))) return true;
  for (const call of descendants(scope)) {
    if (!ts.isCallExpression(call)) continue;
    const callee = calleeOf(file, call) ?? methodOf(file, call);
    // `private` before its name guards nothing.
    if (callee && speaks(callee.file.text.slice((callee.node.name ?? callee.node).getStart(), callee.node.end))) return true;
  }
  return false;
}
