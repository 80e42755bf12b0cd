import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, ts } from '../../server/core/typescript/code.ts';
import { isWithin } from '../../server/core/typescript/syntax.ts';
import { isLog } from './messaging.ts';
import { deliveries } from './webhook-sending.ts';
import page from './webhook-send-retry.md';

const again = /retr(?:y|ies)|attempt|backoff|queue|job|worker|reschedul|delivery|deliveries|dead_?letter|inngest|trigger\.dev/i;

/** Evidence: a delivery whose failure is only logged, or not even that, in a file without a word of attempts or of a queue. */
export default defineCodeRule({
  page,
  severity: 'info',
  *check(file) {
    for (const { http, url, scope, toChat } of deliveries(file)) {
      if (toChat || speaksOfAgain(file) || again.test(file.uri.split('/').slice(-2).join('/'))) continue;
      const lost = loses(http.call, scope);
      if (!lost) continue;
      yield {
        at: http.call.expression,
        evidence: scope,
        message: `\`${http.call.expression.getText()}\` tries \`${url.getText()}\` once and then forgets the event, so a receiver that is restarting never learns of it; keep the event and send it again with growing pauses, for hours, before you give up.`,
      };
    }
  },
});

function speaksOfAgain(file: CodeFile): boolean {
  const { Identifier, StringLiteral } = ts.SyntaxKind;
  return file.nodes(Identifier, StringLiteral).some(({ text }) => again.test(text));
}

/** The failure ends in a `catch` that does nothing but tell a person. */
function loses(call: ts.CallExpression, scope: ts.Node): boolean {
  for (let node: ts.Node = call; node.parent && node !== scope; node = node.parent) {
    const { parent } = node;
    if (ts.isTryStatement(parent) && parent.tryBlock === node && parent.catchClause)
      return parent.catchClause.block.statements.every(
        (statement) => ts.isExpressionStatement(statement) && isLog(statement.expression),
      );
    const isChained = ts.isPropertyAccessExpression(parent) && parent.expression === node && parent.name.text === 'catch';
    const [handler] = isChained && ts.isCallExpression(parent.parent) ? parent.parent.arguments : [];
    if (handler && ts.isArrowFunction(handler) && isWithin(call, node)) {
      const { body } = handler;
      return ts.isBlock(body)
        ? body.statements.every((statement) => ts.isExpressionStatement(statement) && isLog(statement.expression))
        : isLog(body);
    }
  }
  return false;
}
