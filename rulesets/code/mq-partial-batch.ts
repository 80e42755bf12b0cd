import { defineCodeRule } from '../../server/core/rule.ts';
import { ancestorsInFunction, descendants, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { consumers, isLog } from './messaging.ts';
import page from './mq-partial-batch.md';

/** Evidence: a Lambda handler of SQS events that awaits work for each record, catches nothing, and reports no failed items. */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (/batchItemFailures|EventSourceMapping.*BatchSize\s*[:=]\s*1\b/.test(file.text)) return;
    for (const { broker, handler } of consumers(file)) {
      const loop = broker === 'SQS' ? recordsLoop(handler) : undefined;
      if (!loop) continue;
      yield {
        at: loop,
        evidence: handler,
        message: `A record of \`${loop.getText()}\` that fails brings back the whole batch: the records before it are processed again, and after a few rounds all of them are in the dead-letter queue; return the failed ones in \`batchItemFailures\` (with \`ReportBatchItemFailures\` on the event source).`,
      };
    }
  },
});

/** `event.Records` that a loop, or `map` and `Promise.all`, awaits work for. */
function recordsLoop(handler: FunctionNode): ts.Expression | undefined {
  for (const node of handler.body ? descendants(handler.body) : []) {
    if (!ts.isPropertyAccessExpression(node) || node.name.text !== 'Records') continue;
    const { parent } = node;
    if ([...ancestorsInFunction(node)].some(ts.isTryStatement)) continue;
    const body = ts.isForOfStatement(parent) && parent.expression === node ? parent.statement : mapped(parent);
    if (body && works(body)) return node;
  }
  return undefined;
}

function mapped(member: ts.Node): ts.Node | undefined {
  const call = member.parent;
  if (!ts.isPropertyAccessExpression(member) || member.name.text !== 'map' || !ts.isCallExpression(call)) return undefined;
  const [callback] = call.arguments;
  return callback && ts.isArrowFunction(callback) ? callback.body : undefined;
}

function works(body: ts.Node): boolean {
  const inner = [...descendants(body)];
  return inner.some((node) => ts.isAwaitExpression(node) && !isLog(node.expression)) && !inner.some(ts.isTryStatement);
}
