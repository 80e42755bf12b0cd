import { defineCodeRule } from '../../server/core/rule.ts';
import {
  ancestorsInFunction,
  declarationOf,
  descendants,
  type FunctionNode,
  ts,
  unwrap,
  valueOf,
} from '../../server/core/typescript/code.ts';
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
    const [records, body] = ts.isForOfStatement(node) ? [node.expression, node.statement] : mapped(node);
    if (!records || !body || !areRecords(records) || !works(body)) continue;
    if (![...ancestorsInFunction(records)].some((outer) => ts.isTryStatement(outer) && catches(outer))) return records;
  }
  return undefined;
}

function mapped(node: ts.Node): [ts.Expression?, ts.Node?] {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'map')
    return [];
  const [callback] = node.arguments;
  return callback && ts.isArrowFunction(callback) ? [node.expression.expression, callback.body] : [];
}

/** `event.Records`, also by a name: `const records = event.Records`, `const { Records } = event`. */
function areRecords(expression: ts.Expression): boolean {
  const given = valueOf(expression);
  // `event.Records ?? []`
  const value = ts.isBinaryExpression(given) ? unwrap(given.left) : given;
  if (ts.isPropertyAccessExpression(value)) return value.name.text === 'Records';
  const declaration = ts.isIdentifier(value) ? declarationOf(value) : undefined;
  return (
    declaration !== undefined &&
    ts.isBindingElement(declaration) &&
    (declaration.propertyName ?? declaration.name).getText() === 'Records'
  );
}

function works(body: ts.Node): boolean {
  const inner = [...descendants(body)];
  const awaits = inner.some((node) => ts.isAwaitExpression(node) && !isLog(node.expression));
  return awaits && !inner.some((node) => ts.isTryStatement(node) && catches(node));
}

/** Does an error end here? A `catch` that throws in the end only looks at it. */
function catches({ catchClause }: ts.TryStatement): boolean {
  const last = catchClause?.block.statements.at(-1);
  return catchClause !== undefined && !(last && ts.isThrowStatement(last));
}
