import { defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  declarationOf,
  descendants,
  enclosingFunction,
  type Expression,
  origin,
  ts,
} from '../../server/core/typescript/code.ts';
import { isAwsSend } from '../../server/core/typescript/publishers.ts';
import { isMemberName } from '../../server/core/typescript/syntax.ts';
import { isLog } from './messaging.ts';
import page from './mq-batch-failures.md';

interface Batch {
  /** Origins of the command, and of the method of the client that has one for each. */
  readonly calls: RegExp;
  /** The member of the answer that tells of entries which were not taken. */
  readonly failures: string;
  readonly entries: string;
}

const batches: readonly Batch[] = [
  {
    calls: /^@aws-sdk\/client-eventbridge:(?:PutEventsCommand\(\)|EventBridge\(\)\.putEvents)$/,
    failures: 'FailedEntryCount',
    entries: 'events',
  },
  {
    calls: /^@aws-sdk\/client-sqs:(?:SendMessageBatchCommand\(\)|SQS\(\)\.sendMessageBatch)$/,
    failures: 'Failed',
    entries: 'messages',
  },
  {
    calls: /^@aws-sdk\/client-sns:(?:PublishBatchCommand\(\)|SNS\(\)\.publishBatch)$/,
    failures: 'Failed',
    entries: 'messages',
  },
  {
    calls: /^@aws-sdk\/client-kinesis:(?:PutRecordsCommand\(\)|Kinesis\(\)\.putRecords)$/,
    failures: 'FailedRecordCount',
    entries: 'records',
  },
  {
    calls: /^@aws-sdk\/client-firehose:(?:PutRecordBatchCommand\(\)|Firehose\(\)\.putRecordBatch)$/,
    failures: 'FailedPutCount',
    entries: 'records',
  },
  {
    calls:
      /^@aws-sdk\/(?:client-dynamodb:(?:BatchWriteItemCommand\(\)|DynamoDB\(\)\.batchWriteItem)|lib-dynamodb:(?:BatchWriteCommand\(\)|DynamoDBDocument\(\)\.batchWrite))$/,
    failures: 'UnprocessedItems',
    entries: 'items',
  },
];

const batchText =
  /PutEvents|putEvents|SendMessageBatch|sendMessageBatch|PublishBatch|publishBatch|PutRecord|putRecord|BatchWrite|batchWrite/;

/**
 * Evidence: a batch call of the AWS SDK v3 which answers with what it did not take, and an answer that nobody reads: thrown away, also
 * by the `Promise.all` around it, or bound to a name that is only logged.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (!batchText.test(file.text)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const batch = batchOf(file, call);
      if (!batch || !isUnread(call, batch)) continue;
      const name = call.expression.getText();
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `\`${name}\` does not reject where ${batch.entries} were refused (throttled, too large): it says so in \`${batch.failures}\`, which nobody reads, so they are lost; send those again, or throw.`,
      };
    }
  },
});

function batchOf(file: CodeFile, call: ts.CallExpression): Batch | undefined {
  if (!ts.isPropertyAccessExpression(call.expression)) return undefined;
  const { text } = call.expression.name;
  if (text !== 'send' && !batchText.test(text)) return undefined;
  const from = origin(file, call.expression);
  if (from === undefined) return undefined;
  const [command] = call.arguments;
  // A client wrapped by a tracer or given as a parameter is known by what it is asked to send.
  const made = text === 'send' && isAwsSend(from) && command ? origin(file, command) : from;
  return made === undefined ? undefined : batches.find(({ calls }) => calls.test(made));
}

function isUnread(call: ts.CallExpression, batch: Batch): boolean {
  const value = outer(call);
  const { parent } = value;
  if (ts.isExpressionStatement(parent)) return true;
  if (ts.isVariableDeclaration(parent) && parent.initializer === value) return isOnlyLogged(parent, batch);
  return false;
}

/** What stands for the answer: the call, awaited, or the `Promise.all` over the `map` whose callback answers with it. */
function outer(call: Expression): Expression {
  let node: Expression = call;
  for (;;) {
    const { parent } = node;
    if (ts.isAwaitExpression(parent) || ts.isParenthesizedExpression(parent)) node = parent;
    else {
      const all = ts.isArrowFunction(parent) || isOnlyReturn(parent) ? allOf(parent) : undefined;
      if (!all) return node;
      node = all;
    }
  }
}

function isOnlyReturn(node: ts.Node): node is ts.ReturnStatement {
  return ts.isReturnStatement(node) && ts.isBlock(node.parent) && node.parent.statements.at(-1) === node;
}

/** `Promise.all(list.map(callback))`. */
function allOf(node: ts.ArrowFunction | ts.ReturnStatement): ts.CallExpression | undefined {
  const callback = ts.isReturnStatement(node) ? node.parent.parent : node;
  const map = callback.parent;
  if (!ts.isCallExpression(map) || map.arguments[0] !== callback || !/\.map$/.test(map.expression.getText())) return undefined;
  const all = map.parent;
  return ts.isCallExpression(all) && all.arguments[0] === map && all.expression.getText() === 'Promise.all' ? all : undefined;
}

/** A name that stands nowhere but in what a logger writes, or before a member that says nothing of the entries. */
function isOnlyLogged({ name }: ts.VariableDeclaration, { failures }: Batch): boolean {
  if (!ts.isIdentifier(name)) return !name.getText().includes(failures) && !/\.\.\./.test(name.getText());
  return [...descendants(enclosingFunction(name))].every((node) => {
    if (!ts.isIdentifier(node) || node === name || node.text !== name.text || isMemberName(node)) return true;
    if (declarationOf(node) !== name.parent) return true;
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) && parent.name.text === '$metadata') return true;
    return isWritten(node);
  });
}

function isWritten(node: ts.Node): boolean {
  for (let each = node.parent; each && !ts.isStatement(each) && !ts.isFunctionLike(each); each = each.parent) {
    if (isLog(each)) return true;
  }
  return false;
}
