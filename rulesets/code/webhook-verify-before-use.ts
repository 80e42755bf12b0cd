import { defineCodeRule } from '../../server/core/rule.ts';
import { ancestorsInFunction, type CodeFile, descendants, enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { calleeName, inSameFunction, isWithin } from '../../server/core/typescript/syntax.ts';
import { databaseCalls } from './databases.ts';
import { httpCalls } from './http-clients.ts';
import { flowsFromRequest } from './request.ts';
import page from './webhook-verify-before-use.md';
import { receivers } from './webhook-receivers.ts';
import { verificationIn } from './webhook-verification.ts';

/**
 * Evidence: a handler that checks a signature itself, and before that, in the same function, a write to a database, a request
 * that changes something, or an awaited call nobody wants the result of or that is named for what it does, made of what the caller sent. Reading (a tenant's secret, say) is no use.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.words.has(/createHmac|verif|isValid|constructEvent|signature/i)) return;
    const changes = uses(file);
    if (changes.length === 0) return;
    for (const { node } of receivers(file)) {
      const check = ownCheck(file, node);
      if (!check) continue;
      for (const use of changes) {
        if (use.end > check.getStart() || use.pos < node.pos || !inSameFunction(use, check)) continue;
        if (isForAnotherRoute(check, use) || !use.arguments.some((argument) => carriesBody(file, argument, node))) continue;
        yield {
          at: use.expression,
          evidence: node,
          message: `\`${use.expression.getText()}\` acts on what the request says before \`${nameOf(check)}\` has proved who sent it, so a forged webhook takes effect even though it is refused; verify first.`,
          related: [{ at: check, message: 'The signature is checked here.' }],
        };
      }
    }
  },
});

function ownCheck(file: CodeFile, node: ts.Node): ts.Node | undefined {
  const check = verificationIn(file, node);
  return check && enclosingFunction(check) === node ? check : undefined;
}

/** A check that only one route of a function has which tells its routes apart itself, and another thing that it does. */
function isForAnotherRoute(check: ts.Node, use: ts.Node): boolean {
  return [...ancestorsInFunction(check)].some(
    (outer) =>
      ts.isIfStatement(outer) &&
      isWithin(check, outer.thenStatement) &&
      !isWithin(use, outer) &&
      /\b(?:pathname|url|path|method)\b/.test(outer.expression.getText()),
  );
}

/** Calls that change something elsewhere. */
function uses(file: CodeFile): ts.CallExpression[] {
  const writes = databaseCalls(file).flatMap(({ call, kind }) => (kind === 'read' ? [] : [call]));
  const sends = httpCalls(file).flatMap(({ call, kind, method }) =>
    kind === 'send' && method !== undefined && !/^(?:GET|HEAD|OPTIONS)$/.test(method) ? [call] : [],
  );
  return [...writes, ...sends, ...effects(file)];
}

/** What only looks, tells or prepares, by its name. */
const harmless =
  /log|debug|trace|metric|track|verif|valid|check|assert|parse|decode|read|load|find|get|fetch|lookup|connect|init|sleep|delay|raw|next|send$|json$|end$/i;

/** What does something, by its name, whatever it answers. */
const effective = /^_?(?:execute|run|process|handle|dispatch|enqueue|trigger|publish|emit)(?=[A-Z]|$)/;

/** `await handleEvent(body);`: nobody wants its result, or its name says so: it is called for what it does. */
function effects(file: CodeFile): ts.CallExpression[] {
  return file.nodes(ts.SyntaxKind.CallExpression).filter((call) => {
    if (!ts.isAwaitExpression(call.parent) || call.arguments.length === 0) return false;
    const callee = call.expression;
    const name = calleeName(call);
    if (!ts.isExpressionStatement(call.parent.parent) && !effective.test(name)) return false;
    return name !== '' && !harmless.test(name) && !/^(?:res|reply|response|ctx|c|console|logger|Sentry)\b/.test(callee.getText());
  });
}

/** From a request object, or from `await request.json()` of a Next.js handler. */
function carriesBody(file: CodeFile, argument: ts.Expression, handler: ts.Node): boolean {
  if (flowsFromRequest(file, argument)) return true;
  const names = new Set<string>();
  for (const { name } of (handler as ts.FunctionLikeDeclaration).parameters ?? [])
    if (/^(?:body|payload|rawBody)$/.test(name.getText())) names.add(name.getText());
  for (const node of descendants(handler)) {
    if (!ts.isVariableDeclaration(node) || !node.initializer) continue;
    if (/\breq(?:uest)?\.(?:json|text|formData)\(\)/.test(node.initializer.getText())) {
      for (const name of [node.name, ...descendants(node.name)]) if (ts.isIdentifier(name)) names.add(name.text);
    }
  }
  return [argument, ...descendants(argument)].some((node) => ts.isIdentifier(node) && names.has(node.text));
}

function nameOf(check: ts.Node): string {
  return ts.isCallExpression(check) ? check.expression.getText() : check.getText();
}
