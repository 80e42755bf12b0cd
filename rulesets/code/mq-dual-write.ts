import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, enclosingFunction, type Expression, ts } from '../../server/core/typescript/code.ts';
import {
  boundTo,
  calleeName,
  isMemberName,
  isWithin,
  mentions,
  runsBefore,
  speaksOfLog,
} from '../../server/core/typescript/syntax.ts';
import { databaseCalls, transactionAround, transactions } from './databases.ts';
import { changesItems, dynamoCalls } from './dynamodb.ts';
import { mayPublish, publishes } from './messaging.ts';
import page from './mq-dual-write.md';

/**
 * Evidence: one function that awaits a write to a database, itself or in a method of the project, and, later in the same block or one around it, publishes to a
 * broker that other systems listen to, or adds a job about the row that was written. Silent in files that speak of an outbox.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  snippet: 'outbox',
  *check(file) {
    const own = [...writesOf(file), ...transactionsOf(file)].filter(({ call }) => isAwaited(call));
    const behind = file
      .nodes(ts.SyntaxKind.CallExpression)
      .filter((call) => ts.isAwaitExpression(call.parent) && writers.test(calleeName(call)));
    if (own.length + behind.length === 0 || /outbox/i.test(file.text)) return;
    const seen = new Set<ts.Node>();
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      if (!mayPublish(call)) continue;
      const scope = enclosingFunction(call);
      if (seen.has(scope)) continue;
      const written = [...own.map((each) => each.call), ...behind].filter((each) => runsBefore(each, call));
      if (written.length === 0 || isInTransaction(file, call)) continue;
      const publisher = publishes(file, call);
      // What is said for the log may be lost.
      if ([call.expression, ...call.arguments.slice(0, 1)].some((each) => speaksOfLog(each.getText()))) continue;
      if (!publisher || !(publisher.leaves || (/^Bull/.test(publisher.broker) && isAbout(call, written)))) continue;
      const direct = own.findLast((each) => runsBefore(each.call, call))?.at;
      const write = direct ?? behind.findLast((each) => runsBefore(each, call) && writesBehind(file, each))?.expression;
      if (!write) continue;
      seen.add(scope);
      yield {
        at: call.expression,
        evidence: scope,
        message: `\`${call.expression.getText()}\` follows the write \`${write.getText()}\` with nothing that ties the two: when the process ends or the broker is away in between, the row is there and the message never comes; write the message to an outbox table in the same transaction and publish it from there.`,
        related: [{ at: write, message: 'The write.' }],
      };
    }
  },
});

/**
 * Is a job about a row that was written before: `queue.add('pack', { order: order.id })` of `const order = await orders.save(…)`; or of
 * `orders.update(id, …)`, by the same `id`?
 */
function isAbout(call: ts.CallExpression, written: readonly ts.CallExpression[]): boolean {
  const keys = new Set(written.flatMap((write) => write.arguments.flatMap(keysIn)));
  if (call.arguments.some((given) => keysIn(given).some((key) => keys.has(key)))) return true;
  const rows = new Set(written.flatMap((write) => (ts.isAwaitExpression(write.parent) ? namesIn(boundTo(write.parent)) : [])));
  if (rows.size === 0) return false;
  // `const order = rows[0]`
  for (const node of descendants(enclosingFunction(call)))
    if (ts.isVariableDeclaration(node) && node.initializer && mentions(node.initializer, rows))
      for (const name of namesIn(node)) rows.add(name);
  return call.arguments.some((given) => mentions(given, rows));
}

/** Names of ids among what a call is given. */
function keysIn(given: ts.Node): string[] {
  return [given, ...descendants(given)].flatMap((node) =>
    ts.isIdentifier(node) && /^(?:id|\w+(?:Id|_id))$/.test(node.text) && !isMemberName(node) ? [node.text] : [],
  );
}

function namesIn(declaration: ts.VariableDeclaration | undefined): string[] {
  return declaration
    ? [declaration.name, ...descendants(declaration.name)].flatMap((node) => (ts.isIdentifier(node) ? [node.text] : []))
    : [];
}

/** Every call of a file that writes to a database. */
function writesOf(file: CodeFile): { readonly call: ts.CallExpression; readonly at: Expression }[] {
  return [
    ...databaseCalls(file).filter(({ kind }) => kind === 'write'),
    ...dynamoCalls(file).flatMap((each) => (changesItems(each) ? { call: each.call, at: each.call.expression } : [])),
  ];
}

/** Every transaction of a file in whose callback something is written: when it has ended, it has. */
function transactionsOf(file: CodeFile): { readonly call: ts.CallExpression; readonly at: Expression }[] {
  const writes = writesOf(file);
  return transactions(file)
    .filter(({ callback }) => writes.some(({ call }) => isWithin(call, callback)))
    .map(({ call }) => ({ call, at: call.expression }));
}

/** `await client.put(…)`, `await client.put(…).promise()`. */
function isAwaited({ parent }: ts.CallExpression): boolean {
  if (ts.isPropertyAccessExpression(parent) && parent.name.text === 'promise') return ts.isAwaitExpression(parent.parent.parent);
  return ts.isAwaitExpression(parent);
}

/** What methods of the project are called that write: only these are looked into. */
const writers =
  /^_?(?:create|save|insert|update|delete|remove|store|upsert|persist|add|mark|set|register|put|increment|decrement|cancel|confirm|complete|accept|approve|reject|place)\w*$/i;

/** Does a method or function of the project write to a database itself, and nothing else that would tell others? */
function writesBehind(file: CodeFile, call: ts.CallExpression): boolean {
  const inner = methodOf(file, call) ?? calleeOf(file, call);
  if (!inner?.node.body || /outbox/i.test(inner.file.text)) return false;
  return writesOf(inner.file).some(({ call }) => isWithin(call, inner.node));
}

/** A message within a transaction is another rule's. */
function isInTransaction(file: CodeFile, call: ts.Node): boolean {
  return transactions(file).length > 0 && transactionAround(file, call) !== undefined;
}
