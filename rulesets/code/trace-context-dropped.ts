import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, type Expression, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { constantText, propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { isWithin, mentions } from '../../server/core/typescript/syntax.ts';
import { httpCalls } from './http-clients.ts';
import { consumers, publishes } from './messaging.ts';
import { isRequest } from './request.ts';
import { answering } from './serverless.ts';
import page from './trace-context-dropped.md';
import { urlOf } from './webhook-sending.ts';
import { verificationIn } from './webhook-verification.ts';

/** Headers by which the calls of one request are found together. */
const trace = /^(?:traceparent|b3|x-b3-traceid|x-cloud-trace-context|x-amzn-trace-id|(?:x-)?(?:request|correlation|trace)-?id)$/i;
const anywhere = /traceparent|x-b3-traceid|x-cloud-trace-context|x-amzn-trace-id|(?:request|correlation|trace)-?id$/im;

/** Packages that hand the context on by themselves. */
const instrumentation =
  /^(?:@opentelemetry\/.*|@?[\w./-]*\botel\b.*|dd-trace|newrelic|elastic-apm-node|applicationinsights|@azure\/monitor-opentelemetry|@sentry\/(?:node|nestjs|nextjs|bun|serverless|aws-serverless|profiling-node)|aws-xray-sdk(?:-.*)?|@google-cloud\/trace-agent|@aws-lambda-powertools\/tracer|jaeger-client|zipkin|hpropagate|cls-rtracer|skyapm-nodejs|@logfire\/.*)$/;

/**
 * Evidence: a handler or consumer that reads such a header by name, and in the same function a request of a known client, or a message,
 * whose headers are written out, hold none of them, and whose call knows nothing of what was read.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (!file.words.has(anywhere) || isInstrumented(file)) return;
    for (const node of takers(file)) {
      const reads = descendants(node).filter((inner) => isRead(file, inner));
      const [first] = reads;
      if (!first || verificationIn(file, node)) continue;
      const names = new Set(reads.flatMap((read) => namesHolding(read, node)));
      for (const call of outgoing(file, node)) {
        const headers = headersIn(call);
        if (!headers || mentions(call, names) || reads.some((read) => isWithin(read, call))) continue;
        yield {
          at: call.expression,
          evidence: node,
          message: `\`${call.expression.getText()}\` is sent without the ${textOf(first)} of what it answers, so what the other side logs cannot be found together with it; hand the header on.`,
        };
      }
    }
  },
});

function isInstrumented({ package: found, text, modules }: CodeFile): boolean {
  const names = [...modules, ...(found?.installed.keys() ?? [])];
  return /AsyncLocalStorage|opentelemetry|interceptors|propagat/i.test(text) || names.some((name) => instrumentation.test(name));
}

/** Functions of this file that are sent something. */
function takers(file: CodeFile): Set<FunctionNode> {
  return new Set([...answering(file), ...consumers(file).map(({ handler }) => handler)]);
}

/** `headers['x-request-id']`, `req.get('x-request-id')`, `headers.get('x-request-id')`, `headers.traceparent`. */
function isRead(file: CodeFile, node: ts.Node): node is ts.StringLiteralLike | ts.Identifier {
  const { parent } = node;
  if (ts.isIdentifier(node)) {
    if (!ts.isPropertyAccessExpression(parent) || parent.name !== node) return false;
    if (node.text === 'traceparent') return /headers$/.test(parent.expression.getText());
    // What a middleware has put there.
    return /^(?:correlation|trace|request)Id$/.test(node.text) && isRequest(file, parent.expression);
  }
  if (!ts.isStringLiteralLike(node) || !trace.test(node.text)) return false;
  if (ts.isElementAccessExpression(parent)) return parent.argumentExpression === node && !isAssigned(parent);
  return (
    ts.isCallExpression(parent) &&
    parent.arguments.length === 1 &&
    /\.(?:get|header|getHeader)$/.test(parent.expression.getText())
  );
}

function isAssigned(member: ts.ElementAccessExpression): boolean {
  const { parent } = member;
  return ts.isBinaryExpression(parent) && parent.left === member && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

function textOf(read: ts.StringLiteralLike | ts.Identifier): string {
  return `\`${ts.isIdentifier(read) ? read.text : read.text.toLowerCase()}\``;
}

/** The variables, and objects that hold it, which what was read ends up in: two steps. */
function namesHolding(read: ts.Node, scope: FunctionNode): string[] {
  const names = new Set(boundAround(read));
  for (const node of descendants(scope)) {
    if (ts.isVariableDeclaration(node) && node.initializer && mentions(node.initializer, names))
      for (const name of namesOf(node.name)) names.add(name);
  }
  return [...names];
}

function boundAround(read: ts.Node): string[] {
  for (let node = read; !ts.isStatement(node); node = node.parent) {
    if (ts.isVariableDeclaration(node)) return namesOf(node.name);
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isIdentifier(node.left))
      return [node.left.text];
  }
  return [];
}

function namesOf(name: ts.BindingName): string[] {
  return [name, ...descendants(name)].flatMap((node) => (ts.isIdentifier(node) ? [node.text] : []));
}

/** Requests and messages that are sent within a function; a client of the project's own may add what it likes. */
function outgoing(file: CodeFile, node: FunctionNode): ts.CallExpression[] {
  const requests = httpCalls(file).flatMap((http) =>
    http.kind === 'send' && !http.made && isWithin(http.call, node) && !isOfOthers(urlOf(http)) ? [http.call] : [],
  );
  const messages = descendants(node).filter(
    (inner): inner is ts.CallExpression => ts.isCallExpression(inner) && publishes(file, inner, 0) !== undefined,
  );
  return [...requests, ...messages];
}

/** `https://api.example.com/…` as a constant: what is one's own is called by an address from the settings. */
function isOfOthers(url: Expression | undefined): boolean {
  const value = url && valueOf(url);
  const text = value && (ts.isTemplateExpression(value) ? value.head.text : constantText(value));
  return text !== undefined && /^https:\/\/[\w-]+(?:\.[\w-]+)+/.test(text);
}

/** The headers of a call, where they are written out and hold no trace of their own. */
function headersIn(call: ts.CallExpression): Expression | undefined {
  for (const argument of call.arguments) {
    const value = valueOf(argument);
    for (const node of [value, ...descendants(value)]) {
      const named = ts.isPropertyAssignment(node) && /^['"]?(?:headers|attributes)['"]?$/.test(node.name.getText());
      const properties = named ? propertiesOf(node.initializer) : undefined;
      if (properties && ![...properties.keys()].some((name) => trace.test(name))) return node as unknown as Expression;
    }
  }
  return undefined;
}
