import { type CodeFix, defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  indentAt,
  statementOf,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { isAwsSend } from '../../server/core/typescript/publishers.ts';
import { isMemberName } from '../../server/core/typescript/syntax.ts';
import { newline } from './edits.ts';
import { isLog, isTold } from './messaging.ts';
import page from './mq-batch-failures.md';

interface Batch {
  /** Origins of the command, and of the method of the client that has one for each; of the SDK v2 the latter. */
  readonly calls: RegExp;
  /** The member of the answer that tells of entries which were not taken. */
  readonly failures: string;
  readonly entries: string;
}

const batches: readonly Batch[] = [
  {
    calls:
      /^@aws-sdk\/client-eventbridge:(?:PutEventsCommand\(\)|EventBridge\(\)\.putEvents)$|^aws-sdk:EventBridge\(\)\.putEvents$/,
    failures: 'FailedEntryCount',
    entries: 'events',
  },
  {
    calls: /^@aws-sdk\/client-sqs:(?:SendMessageBatchCommand\(\)|SQS\(\)\.sendMessageBatch)$|^aws-sdk:SQS\(\)\.sendMessageBatch$/,
    failures: 'Failed',
    entries: 'messages',
  },
  {
    calls: /^@aws-sdk\/client-sns:(?:PublishBatchCommand\(\)|SNS\(\)\.publishBatch)$|^aws-sdk:SNS\(\)\.publishBatch$/,
    failures: 'Failed',
    entries: 'messages',
  },
  {
    calls: /^@aws-sdk\/client-kinesis:(?:PutRecordsCommand\(\)|Kinesis\(\)\.putRecords)$|^aws-sdk:Kinesis\(\)\.putRecords$/,
    failures: 'FailedRecordCount',
    entries: 'records',
  },
  {
    calls:
      /^@aws-sdk\/client-firehose:(?:PutRecordBatchCommand\(\)|Firehose\(\)\.putRecordBatch)$|^aws-sdk:Firehose\(\)\.putRecordBatch$/,
    failures: 'FailedPutCount',
    entries: 'records',
  },
  {
    calls:
      /^@aws-sdk\/(?:client-dynamodb:(?:BatchWriteItemCommand\(\)|DynamoDB\(\)\.batchWriteItem)|lib-dynamodb:(?:BatchWriteCommand\(\)|DynamoDBDocument\(\)\.batchWrite))$|^aws-sdk:(?:DynamoDB\.)?(?:DynamoDB\(\)\.batchWriteItem|DocumentClient\(\)\.batchWrite)$/,
    failures: 'UnprocessedItems',
    entries: 'items',
  },
];

const batchText =
  /PutEvents|putEvents|SendMessageBatch|sendMessageBatch|PublishBatch|publishBatch|PutRecord|putRecord|BatchWrite|batchWrite/;

/**
 * Evidence: a batch call of the AWS SDK which answers with what it did not take, and an answer that nobody reads: thrown away, also
 * by the `Promise.all` around it, or bound to a name that is only logged.
 */
export default defineCodeRule<{ readonly call: ts.CallExpression; readonly batch: Batch }>({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.words.has(batchText)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const batch = batchOf(file, call);
      if (!batch || !isUnread(call, batch)) continue;
      const name = call.expression.getText();
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `\`${name}\` does not reject where ${batch.entries} were refused (throttled, too large): it says so in \`${batch.failures}\`, which nobody reads, so they are lost; send those again, or throw.`,
        data: { call, batch },
      };
    }
  },
  fix({ data }, file) {
    const edits = data && refusing(file, data.call, data.batch);
    return edits && { title: 'Throw where some were refused', safety: 'suggestion', edits };
  },
});

/** Reads what was refused of an answer that is awaited in a statement of its own, and throws. */
function refusing(file: CodeFile, call: ts.CallExpression, { failures, entries }: Batch): CodeFix['edits'] | undefined {
  const value = outer(call);
  const { parent } = value;
  const statement = statementOf(value);
  if (!statement || !ts.isBlock(statement.parent) || !ts.isAwaitExpression(value)) return undefined;
  const sent = ts.isPropertyAccessExpression(call.parent) ? call.parent.parent : call;
  // The answers of many calls are a list.
  if (unwrap(value.expression) !== sent) return undefined;
  const isBound = ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name);
  if (!isBound && !ts.isExpressionStatement(parent)) return undefined;
  const scope = enclosingFunction(call);
  if (!isBound && descendants(scope).some((node) => ts.isIdentifier(node) && node.text === failures)) return undefined;
  const told = isBound ? `${parent.name.getText()}.${failures}` : failures;
  const [test, count] = failures.endsWith('Count')
    ? [told, `\${${told}}`]
    : failures === 'Failed'
      ? [`${told}?.length`, `\${${told}.length}`]
      : [`${told} && Object.keys(${told}).length > 0`, 'Some'];
  const thrown = count === 'Some' ? `'Some ${entries} were not taken.'` : `\`${count} ${entries} were not taken.\``;
  const line = `${newline(file)}${indentAt(file, statement.getStart())}if (${test}) throw new Error(${thrown});`;
  const end = statement.getEnd();
  return [
    ...(isBound ? [] : [{ start: value.getStart(), end: value.getStart(), newText: `const { ${failures} } = ` }]),
    { start: end, end, newText: line },
  ];
}

function batchOf(file: CodeFile, call: ts.CallExpression): Batch | undefined {
  if (!ts.isPropertyAccessExpression(call.expression)) return undefined;
  const { text } = call.expression.name;
  if (text !== 'send' && !batchText.test(text)) return undefined;
  const from = origin(file, call.expression)
    ?.replace(/^aws-sdk\/clients\/\w+:(?:\w+\.)*/, 'aws-sdk:')
    .replace(/^aws-sdk:AWS\./, 'aws-sdk:');
  if (from === undefined) return undefined;
  // In the SDK v2 a call is sent by its `.promise()`.
  if (from.startsWith('aws-sdk:') && !isMade(call)) return undefined;
  const [command] = call.arguments;
  // A client wrapped by a tracer or given as a parameter is known by what it is asked to send.
  const made = text === 'send' && isAwsSend(from) && command ? origin(file, command) : from;
  return made === undefined ? undefined : batches.find(({ calls }) => calls.test(made));
}

/** `client.sendMessageBatch(params).promise()`. */
function isMade({ parent }: ts.CallExpression): boolean {
  return ts.isPropertyAccessExpression(parent) && parent.name.text === 'promise' && ts.isCallExpression(parent.parent);
}

function isUnread(call: ts.CallExpression, batch: Batch): boolean {
  const value = outer(call);
  const { parent } = value;
  if (ts.isExpressionStatement(parent)) return true;
  if (ts.isVariableDeclaration(parent) && parent.initializer === value) return isOnlyLogged(parent, batch);
  return false;
}

/** What stands for the answer: the call, awaited, or the `Promise.all` over the `map` whose callback answers with it, or over a list. */
function outer(call: ts.CallExpression): Expression {
  let node: Expression = call;
  for (;;) {
    const { parent } = node;
    if (ts.isAwaitExpression(parent) || ts.isParenthesizedExpression(parent)) node = parent;
    else if (node === call && isMade(call)) node = parent.parent as ts.CallExpression;
    else {
      const all = ts.isArrowFunction(parent) || isOnlyReturn(parent) ? allOf(parent) : allWith(node);
      if (!all) return node;
      node = all;
    }
  }
}

function isOnlyReturn(node: ts.Node): node is ts.ReturnStatement {
  return ts.isReturnStatement(node) && ts.isBlock(node.parent) && node.parent.statements.at(-1) === node;
}

/** `Promise.all(list.map(callback))`, also where a name holds the promises in between. */
function allOf(node: ts.ArrowFunction | ts.ReturnStatement): ts.CallExpression | undefined {
  const callback = ts.isReturnStatement(node) ? node.parent.parent : node;
  const map = callback.parent;
  if (!ts.isCallExpression(map) || map.arguments[0] !== callback || !/\.map$/.test(map.expression.getText())) return undefined;
  const { parent } = map;
  if (ts.isVariableDeclaration(parent)) return waitFor(parent, []);
  return ts.isCallExpression(parent) && parent.arguments[0] === map && isAll(parent) ? parent : undefined;
}

/** `sent.push(call); … await Promise.all(sent)`. */
function allWith(call: Expression): ts.CallExpression | undefined {
  const push = call.parent;
  if (!ts.isCallExpression(push) || !ts.isPropertyAccessExpression(push.expression) || push.expression.name.text !== 'push')
    return undefined;
  const list = unwrap(push.expression.expression);
  const declaration = ts.isIdentifier(list) ? declarationOf(list) : undefined;
  return declaration && ts.isVariableDeclaration(declaration) ? waitFor(declaration, ['push']) : undefined;
}

/** The one place where a list of promises is waited for, of which nothing is used but the methods that fill it, and how long it is. */
function waitFor({ name, parent }: ts.VariableDeclaration, fill: readonly string[]): ts.CallExpression | undefined {
  if (!ts.isIdentifier(name)) return undefined;
  const uses = [...descendants(enclosingFunction(parent))].filter(
    (node): node is ts.Identifier =>
      ts.isIdentifier(node) && node !== name && node.text === name.text && declarationOf(node) === name.parent,
  );
  const waits = uses.flatMap(({ parent: call }) => (ts.isCallExpression(call) && isAll(call) ? [call] : []));
  const others = uses.filter(
    ({ parent: member }) => ts.isPropertyAccessExpression(member) && [...fill, 'length'].includes(member.name.text),
  );
  return waits.length === 1 && others.length === uses.length - 1 ? waits[0] : undefined;
}

function isAll({ expression }: ts.CallExpression): boolean {
  return /^Promise\.all(?:Settled)?$/.test(expression.getText());
}

/** A name that stands nowhere but in what a logger writes, or before a member that says nothing of the entries. */
function isOnlyLogged({ name }: ts.VariableDeclaration, { failures }: Batch): boolean {
  if (!ts.isIdentifier(name)) return !name.getText().includes(failures) && !/\.\.\./.test(name.getText());
  return [...descendants(enclosingFunction(name))].every((node) => {
    if (!ts.isIdentifier(node) || node === name || node.text !== name.text || isMemberName(node)) return true;
    if (declarationOf(node) !== name.parent) return true;
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) && parent.name.text === '$metadata') return true;
    return isWritten(node) || isLookedThrough(node);
  });
}

/** `for (const answer of answers) logger.info(answer);`, `answers.forEach((answer) => logger.info(answer))` */
function isLookedThrough(node: ts.Node): boolean {
  const { parent } = node;
  const loop = ts.isForOfStatement(parent) ? parent : undefined;
  const isEach = ts.isPropertyAccessExpression(parent) && parent.name.text === 'forEach' && ts.isCallExpression(parent.parent);
  const statement = loop ?? (isEach ? statementOf(node) : undefined);
  return statement !== undefined && isTold(statement);
}

function isWritten(node: ts.Node): boolean {
  for (let each = node.parent; each && !ts.isStatement(each) && !ts.isFunctionLike(each); each = each.parent) {
    if (isLog(each)) return true;
  }
  return false;
}
