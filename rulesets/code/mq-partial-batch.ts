import { type CodeFix, defineCodeRule } from '../../server/core/rule.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  type FunctionNode,
  indentAt,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { indentMore, linesOf, newline, stepOf } from './edits.ts';
import { type Consumer, consumers, isLog } from './messaging.ts';
import page from './mq-partial-batch.md';

/** What the mend needs: the loop over the records, or the `return` that leaves it. */
type Mend = { readonly records: ts.Expression; readonly handler: FunctionNode } | { readonly left: ts.ReturnStatement };

/**
 * Evidence: a Lambda handler of SQS events that awaits work for each record, catches nothing, and reports no failed items; or one that
 * looks at the first record of a batch alone, or returns out of the loop over them.
 */
export default defineCodeRule<Mend | undefined>({
  page,
  severity: 'hint',
  *check(file) {
    for (const { broker, handler } of consumers(file)) {
      if (/batchItemFailures|EventSourceMapping.*BatchSize\s*[:=]\s*1\b/.test(file.text)) return;
      const first = several.has(broker) ? onlyFirst(handler) : undefined;
      if (first)
        yield {
          at: first,
          evidence: handler,
          severity: 'warn',
          message: `Only \`${first.getText()}\` is looked at: a function is given up to ten messages at once (of a stream, a hundred), and when it returns the others are gone unread; go through all of them.`,
        };
      const left = several.has(broker) ? leavingLoop(handler) : undefined;
      if (left)
        yield {
          at: left.getFirstToken() ?? left,
          evidence: handler,
          severity: 'warn',
          message:
            'This `return` ends the function, not the turn of the loop: the records behind this one are gone unread, for a function is given up to ten messages at once (of a stream, a hundred); `continue` with the next, and return behind the loop.',
          data: { left },
        };
      const loop = broker === 'SQS' && !isReportedAround(handler) ? recordsLoop(handler) : undefined;
      if (!loop) continue;
      yield {
        at: loop,
        evidence: handler,
        message: `A record of \`${loop.getText()}\` that fails brings back the whole batch: the records before it are processed again, and after a few rounds all of them are in the dead-letter queue; return the failed ones in \`batchItemFailures\` (with \`ReportBatchItemFailures\` on the event source).`,
        data: { records: loop, handler },
      };
    }
  },
  fix({ data }, file) {
    if (data && 'left' in data) {
      const { left } = data;
      if (left.expression) return undefined;
      const edits = [{ start: left.getStart(), end: left.getEnd(), newText: 'continue;' }];
      return { title: 'Go on with the next record', safety: 'suggestion', edits };
    }
    const edits = data && reporting(file, data.records, data.handler);
    return edits && { title: 'Report the failed records', safety: 'suggestion', edits };
  },
});

/** A handler that answers a function around it, which may tell SQS what failed: `handling(async (event) => { …; return failed; })`. */
function isReportedAround({ body, parent }: FunctionNode): boolean {
  if (!body || !ts.isCallExpression(parent)) return false;
  return descendants(body, (node) => !ts.isFunctionLike(node)).some((node) => ts.isReturnStatement(node) && node.expression);
}

/** What hands over several records at once; SNS and S3 hand over one. */
const several: ReadonlySet<Consumer['broker']> = new Set(['SQS', 'DynamoDB Streams', 'Kinesis']);

/** `event.Records[0]`, where the handler looks at no others, does not count them and hands the event to nobody. */
function onlyFirst({ body, parameters }: FunctionNode): ts.Expression | undefined {
  const event = parameters[0]?.name;
  if (!body || !event || !ts.isIdentifier(event)) return undefined;
  const uses = descendants(body).filter((node): node is ts.Identifier => ts.isIdentifier(node) && node.text === event.text);
  const firsts = uses.map((use) => firstRecord(use));
  const isRead = uses.every((use, index) => firsts[index] !== undefined || isTold(use));
  return isRead ? firsts.find((each) => each !== undefined && !isOfAll(each)) : undefined;
}

/** A `return` of the handler within its loop over the records, where it does not count them. What a `catch` does is another matter. */
function leavingLoop({ body }: FunctionNode): ts.ReturnStatement | undefined {
  const own = body ? descendants(body, (node) => !ts.isFunctionLike(node)) : [];
  if (own.some((node) => ts.isPropertyAccessExpression(node) && /\bRecords\??\.length$/.test(node.getText()) && !isTold(node)))
    return undefined;
  for (const loop of own) {
    if (!ts.isForOfStatement(loop) || !areRecords(loop.expression)) continue;
    const left = descendants(loop.statement, (node) => !ts.isFunctionLike(node) && !ts.isCatchClause(node)).find(
      ts.isReturnStatement,
    );
    if (left) return left;
  }
  return undefined;
}

/** `event.Records[0]` around the event's name. */
function firstRecord({ parent }: ts.Identifier): ts.Expression | undefined {
  if (!ts.isPropertyAccessExpression(parent) || parent.name.text !== 'Records') return undefined;
  const outer = parent.parent;
  return ts.isElementAccessExpression(outer) && outer.expression === parent && outer.argumentExpression.getText() === '0'
    ? outer
    : undefined;
}

/** What the records of a batch have in common: where they come from. */
function isOfAll({ parent }: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(parent) && /^(?:eventSource(?:ARN)?|awsRegion)$/.test(parent.name.text);
}

function isTold(use: ts.Node): boolean {
  return [...ancestorsInFunction(use)].some((outer) => isLog(outer));
}

/** Collects the failed records of the loop that ends the handler, and answers with them. */
function reporting(file: CodeFile, records: ts.Expression, handler: FunctionNode): CodeFix['edits'] | undefined {
  const loop = records.parent;
  const { body } = handler;
  if (!ts.isForOfStatement(loop) || !body || !ts.isBlock(body) || body.statements.at(-1) !== loop) return undefined;
  const record = ts.isVariableDeclarationList(loop.initializer) ? loop.initializer.declarations[0]?.name : undefined;
  const lines = linesOf(file, loop);
  if (!record || !ts.isIdentifier(record) || !ts.isBlock(loop.statement) || !lines || !mayAnswer(handler)) return undefined;
  const caught = inCatch(file, loop.statement, `batchItemFailures.push({ itemIdentifier: ${record.text}.messageId });`);
  const nl = newline(file);
  const indent = indentAt(file, loop.getStart());
  const type = /\.[cm]?tsx?$/.test(file.uri) ? ': { itemIdentifier: string }[]' : '';
  return (
    caught && [
      { start: lines.start, end: lines.start, newText: `${indent}const batchItemFailures${type} = [];${nl}` },
      caught,
      { start: lines.end, end: lines.end, newText: `${indent}return { batchItemFailures };${nl}` },
    ]
  );
}

/** Does the handler answer nothing yet, and may it answer with a batch's failures? */
function mayAnswer({ body, modifiers, parent, type }: FunctionNode): boolean {
  const declared = ts.isVariableDeclaration(parent) ? parent.type?.getText() : undefined;
  const isFree = !type && (!declared || /^(?:SQSHandler|Handler<SQSEvent>)$/.test(declared));
  const isAsync = modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) === true;
  return isFree && isAsync && ![...descendants(body as ts.Block, (node) => !ts.isFunctionLike(node))].some(ts.isReturnStatement);
}

/** Notes the record where its failure is thrown on, or in a `catch` around all its work. */
function inCatch(file: CodeFile, work: ts.Block, note: string): CodeFix['edits'][number] | undefined {
  const [first] = work.statements;
  const last = work.statements.at(-1);
  const clause = first === last && first && ts.isTryStatement(first) ? first.catchClause : undefined;
  const thrown = clause?.block.statements.at(-1);
  if (thrown) return { start: thrown.getStart(), end: thrown.getEnd(), newText: note };
  const start = first && linesOf(file, first)?.start;
  const end = last && linesOf(file, last)?.end;
  if (start === undefined || end === undefined) return undefined;
  const step = stepOf(file, work);
  const body = indentMore(file.text.slice(start, end), step);
  const nl = newline(file);
  const indent = indentAt(file, first?.getStart() ?? start);
  const caught = [`} catch (error) {`, `${step}console.error(error);`, `${step}${note}`, '}'].join(`${nl}${indent}`);
  return body === undefined ? undefined : { start, end, newText: `${indent}try {${nl}${body}${indent}${caught}${nl}` };
}

/** `event.Records` that a loop, or `map` and `Promise.all`, awaits work for. */
function recordsLoop(handler: FunctionNode): ts.Expression | undefined {
  for (const node of descendants(handler)) {
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
  // Promises that nobody takes bring back nothing.
  if (ts.isExpressionStatement(node.parent)) return [];
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
