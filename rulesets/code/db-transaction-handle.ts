import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type Expression, type FunctionNode, ts, unwrap } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { chainFrom, isFallback, isMemberName, isWithin, mentions, speaksOfLog } from '../../server/core/typescript/syntax.ts';
import {
  databaseCalls,
  isCaught,
  isPrisma,
  isRunByKysely,
  isTransacted,
  kyselyQuery,
  isOpenAt,
  openTransactions,
  type OpenTransaction,
  runsIn,
  sqlText,
  type Transaction,
  transactionAround,
  transactions,
} from './databases.ts';
import page from './db-transaction-handle.md';
import { isOutsideTransaction, migrationRoles, migrations } from './migrations.ts';

interface Outside {
  /** The outer handle where it is used. */
  readonly handle: Expression;
  /** The name of the transaction's own. */
  readonly inner: string | undefined;
}

/**
 * Evidence: in a transaction's callback, a query on the very handle the transaction was begun on (the same text), for
 * libraries that hand the callback one of its own: Prisma, TypeORM, Knex, Drizzle and Kysely. Of Sequelize and Mongoose, whose queries are given the
 * transaction as an option: a write between the begin and the commit that is not, where another in the same function is; or, of Mongoose, whose
 * session is given to no query at all. Of TypeORM also a
 * write through a repository that the class was given, beside others that are in the transaction. A function that is handed a transaction,
 * and uses it, is looked at like a callback; one of the same file that a transaction of Prisma does not hand it to, for the models that the
 * transaction writes. TypeORM's managers and query runners know the data source they came from (`connection`), which
 * is outside, in migrations too.
 */
export default defineCodeRule<Outside>({
  page,
  severity: 'error',
  roles: migrationRoles,
  *check(file) {
    yield* forgotten(file);
    yield* beside(file);
    yield* wayOut(file);
    yield* unused(file);
    if (transactions(file).length === 0) return;
    yield* withoutHandle(file);
    // Of a query that is put together only the head takes the handle: `isQuery` knows those.
    const whole = databaseCalls(file).filter(({ driver }) => !/^(?:Drizzle|Kysely|Knex)$/.test(driver));
    const queries = new Map(whole.map(({ call, kind }) => [call, kind]));
    const forgetful = new Set<ts.Node>();
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const transaction = transactionAround(file, call);
      if (!transaction || transaction.call === call || !givesHandle(file, transaction)) continue;
      const handle = outerHandle(call.expression, transaction);
      if (!handle || !(queries.has(call) || isQuery(file, call, handle, transaction))) continue;
      if (isOfMigration(file, handle) || isFree(file, call)) continue;
      if (queries.get(call) === 'read' && mayFail(call, transaction.callback)) continue;
      const inner = handleName(transaction);
      // A callback without a parameter has forgotten the handle once, however many queries it sends.
      if (!inner && forgetful.has(transaction.callback)) continue;
      if (!inner) forgetful.add(transaction.callback);
      const text = handle.getText();
      yield {
        at: handle,
        evidence: transaction.callback,
        message: outside(text, inner ? `\`${inner}\`` : 'the handle that the callback is given'),
        data: { handle, inner },
      };
    }
  },
  fix({ data }) {
    if (!data?.inner) return undefined;
    return {
      title: `Run it on ${data.inner}`,
      safety: 'suggestion',
      edits: [{ start: data.handle.getStart(), end: data.handle.getEnd(), newText: data.inner }],
    };
  },
});

/** A stretch of a function in which a transaction is open that queries are given as an option. */
interface Stretch {
  readonly driver: 'Sequelize' | 'Mongoose' | 'Objection' | 'TypeORM';
  readonly scope: ts.Node;
  readonly handle: string;
  readonly start: number;
  readonly end: number;
  readonly closed: OpenTransaction['closed'];
}

/** Writes that stand among those of a transaction, and are not given it. */
function* forgotten(file: CodeFile): Iterable<CodeProblem<Outside>> {
  if (!file.words.has(/ransaction/) || isContextual(file)) return;
  const stretches = [...stretchesOf(file)];
  for (const stretch of stretches) {
    const { driver, scope, handle } = stretch;
    const inside = databaseCalls(file).filter(({ call, driver: other }) => other === driver && covers(stretch, call));
    const names = new Set([handle]);
    const given = inside.filter(({ call }) => mentions(outermost(call), names));
    if (given.length === 0) {
      const first = driver === 'Mongoose' && isEmpty(stretch) ? inside.find(({ kind }) => kind === 'write') : undefined;
      if (first)
        yield {
          at: first.at,
          evidence: scope,
          message: `\`${first.at.getText()}\` is not in the transaction, and nothing is: no query is given \`${handle}\`, so none is taken back when it is aborted; pass \`${option(driver, handle)}\` to each.`,
        };
      continue;
    }
    for (const query of inside) {
      const { at, call, kind, method, receiver } = query;
      // Of two transactions that are open at once, one is enough.
      if (stretches.filter((each) => covers(each, call)).length > 1) continue;
      // A document that was read in the transaction saves itself in it, and a trace of what failed is to stay.
      if (kind !== 'write' || given.includes(query) || isTrace(receiver)) continue;
      if (driver === 'TypeORM') {
        if (!isCaught(call, scope) && isRepository(file, receiver, scope))
          yield { at, evidence: scope, message: outside(at.getText(), `\`${handle}.manager\``) };
        continue;
      }
      if (method === 'save') continue;
      if (!ts.isAwaitExpression(outermost(call).parent) || isCaught(call, scope) || !call.arguments.every(isInSight)) continue;
      yield {
        at,
        evidence: scope,
        message: `\`${at.getText()}\` is not in the transaction: nothing gives it \`${handle}\`, so it stays when that rolls back, and can wait for its locks for ever; pass \`${option(driver, handle)}\`.`,
      };
    }
  }
}

/** Is a session begun, committed and ended, and given to nobody? */
function isEmpty({ scope, handle }: Stretch): boolean {
  const uses = descendants(scope).filter((node): node is ts.Identifier => ts.isIdentifier(node) && node.text === handle);
  const closes = (node: ts.Identifier) =>
    ts.isPropertyAccessExpression(node.parent) && sessionMethods.test(node.parent.name.text);
  return uses.every((node) => ts.isVariableDeclaration(node.parent) || isMemberName(node) || closes(node)) && uses.some(closes);
}

const sessionMethods = /^(?:startTransaction|commitTransaction|abortTransaction|endSession|inTransaction)$/;

function covers(stretch: Stretch, call: ts.Node): boolean {
  return isOpenAt(stretch, call) && runsIn(call, stretch.scope);
}

/** Writes through a repository of TypeORM that was there before, in the callback of a transaction that writes through its own manager. */
function* beside(file: CodeFile): Iterable<CodeProblem<Outside>> {
  if (!file.modules.has('typeorm') || isContextual(file)) return;
  for (const transaction of transactions(file)) {
    const { callback } = transaction;
    const inner = handleName(transaction);
    if (!inner || !givesHandle(file, transaction)) continue;
    const inside = databaseCalls(file).filter(({ call }) => transactionAround(file, call) === transaction);
    const names = new Set([inner]);
    if (!inside.some(({ call, receiver }) => mentions(call, names) || !isRepository(file, receiver, callback))) continue;
    for (const { at, kind, receiver } of inside) {
      if (kind !== 'write' || !isRepository(file, receiver, callback) || isTrace(receiver)) continue;
      yield { at, evidence: callback, message: outside(at.getText(), `\`${inner}\` (\`${inner}.getRepository\`)`) };
    }
  }
}

const finishes =
  /^(?:query|execute|stream|get(?:One|Many|Raw|Count|Exists)\w*|count\w*|exists?\w*|find\w*|save|insert|update|upsert|delete|remove|soft\w+|restore|recover|increment|decrement)$/;

/** `manager.connection.getRepository(…).save(…)`: the way back to the data source, whose queries run on another connection. */
function* wayOut(file: CodeFile): Iterable<CodeProblem<Outside>> {
  if (!file.words.has(/^(?:connection|dataSource)$/m) || !file.words.has(/queryRunner|transaction|manager/i)) return;
  const scopes = [...managersOf(file)];
  for (const way of scopes.length > 0 ? file.nodes(ts.SyntaxKind.PropertyAccessExpression) : []) {
    if (!/^(?:connection|dataSource)$/.test(way.name.text)) continue;
    const within = scopes.find(({ handle, scope, covers }) => {
      const text = way.expression.getText();
      return (text === handle || text === `${handle}.manager`) && covers(way) && !isCaught(way, scope);
    });
    const { parent } = way;
    const handle = ts.isPropertyAccessExpression(parent) && parent.name.text === 'manager' ? parent : way;
    const query = within && queryFrom(handle);
    if (!query || isTrace(query)) continue;
    const { inner, scope } = within;
    yield { at: handle, evidence: scope, message: outside(handle.getText(), `\`${inner}\``), data: { handle, inner } };
  }
}

/** Where a manager or a query runner is in a transaction, what it is called, and what its manager is. */
interface Managed {
  readonly scope: ts.Node;
  readonly handle: string;
  readonly inner: string;
  covers(node: ts.Node): boolean;
}

function* managersOf(file: CodeFile): Iterable<Managed> {
  for (const transaction of transactions(file)) {
    const scope = transaction.callback;
    const inner = handleName(transaction);
    if (inner && /^typeorm:/.test(origin(file, transaction.receiver) ?? ''))
      yield { scope, handle: inner, inner, covers: (node) => runsIn(node, scope) };
  }
  for (const stretch of stretchesOf(file)) {
    const { driver, scope, handle } = stretch;
    if (driver === 'TypeORM') yield { scope, handle, inner: `${handle}.manager`, covers: (node) => covers(stretch, node) };
  }
  for (const { tool, up, down, owner } of migrations(file)) {
    const members = owner && ts.isClassLike(owner) ? [...owner.members] : [];
    if (tool !== 'TypeORM' || members.some(({ name }) => name?.getText() === 'transaction')) continue;
    for (const scope of [up, down]) {
      const runner = scope?.parameters[0]?.name;
      if (scope && runner && ts.isIdentifier(runner))
        yield {
          scope,
          handle: runner.text,
          inner: `${runner.text}.manager`,
          covers: (node) => runsIn(node, scope),
        };
    }
  }
}

/** The query that is put together from a handle, and waited for. */
function queryFrom(head: Expression): Expression | undefined {
  let end: Expression = head;
  let last = '';
  for (;;) {
    const { parent } = end;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === end) {
      last = parent.name.text;
      end = parent;
    } else if (ts.isCallExpression(parent) && parent.expression === end) end = parent;
    else break;
  }
  const isWaitedFor = ts.isAwaitExpression(end.parent) || ts.isReturnStatement(end.parent);
  return isWaitedFor && ts.isCallExpression(end) && finishes.test(last) ? end : undefined;
}

/** A transaction that a function is handed, by the type of its parameter. */
interface Handed {
  readonly scope: FunctionNode;
  readonly name: string;
  readonly driver: 'Prisma' | 'Drizzle' | 'Knex';
}

/** What the types of transactions are called, by library: `Prisma.TransactionClient`, `Knex.Transaction`, `PgTransaction`. */
const handedTypes: readonly { readonly driver: Handed['driver']; readonly type: RegExp; readonly from: RegExp }[] = [
  { driver: 'Prisma', type: /TransactionClient$/, from: /[:.]TransactionClient\(\)$/ },
  { driver: 'Drizzle', type: /Transaction\b/, from: /^drizzle-orm\// },
  { driver: 'Knex', type: /\bTransaction\b/, from: /^knex:/ },
];

/** Functions that cannot do without a transaction which their caller has begun: one that may be left out is no promise. */
function* handed(file: CodeFile): Iterable<Handed> {
  if (!file.words.has(/Transaction/)) return;
  for (const scope of file.nodes(
    ts.SyntaxKind.ArrowFunction,
    ts.SyntaxKind.FunctionDeclaration,
    ts.SyntaxKind.FunctionExpression,
    ts.SyntaxKind.MethodDeclaration,
  )) {
    for (const { name, type, questionToken, initializer } of scope.body ? scope.parameters : []) {
      if (!ts.isIdentifier(name) || !type || questionToken || initializer || ts.isUnionTypeNode(type)) continue;
      const text = type.getText();
      const found = handedTypes.find((each) => each.type.test(text) && each.from.test(origin(file, name) ?? ''));
      if (found) yield { scope, name: name.text, driver: found.driver };
    }
  }
}

/** Queries of a function that is handed a transaction and uses it, on the client that was there before. */
function* unused(file: CodeFile): Iterable<CodeProblem<Outside>> {
  for (const { scope, name, driver } of handed(file)) {
    const inside = databaseCalls(file).filter(({ call, driver: other }) => other === driver && runsIn(call, scope));
    const names = new Set([name]);
    const given = inside.filter(({ call }) => mentions(call, names) || isTransacting(call));
    if (given.length === 0) continue;
    for (const query of inside) {
      const handle = clientOf(query.receiver, driver);
      if (given.includes(query) || !isOuter(handle, scope) || isCaught(query.call, scope) || isTrace(query.receiver)) continue;
      yield { at: handle, evidence: scope, message: outside(handle.getText(), `\`${name}\``), data: { handle, inner: name } };
    }
  }
}

/**
 * Functions of the file that a transaction of Prisma calls without its handle, and that write, or ask for rows of a model which the
 * transaction writes, on the client that was there before.
 */
function* withoutHandle(file: CodeFile): Iterable<CodeProblem<Outside>> {
  for (const transaction of transactions(file)) {
    const inner = handleName(transaction);
    if (!inner || !givesHandle(file, transaction) || !isPrisma(file, transaction.receiver)) continue;
    const names = new Set([inner]);
    const calls = file.nodes(ts.SyntaxKind.CallExpression).filter((call) => transactionAround(file, call) === transaction);
    const inside = databaseCalls(file).filter(({ call, kind }) => kind === 'write' && calls.includes(call));
    const written = new Set(inside.map(({ receiver }) => memberName(unwrap(receiver))));
    for (const call of calls) {
      const called = calleeOf(file, call) ?? methodOf(file, call);
      if (called?.file !== file || mentions(call, names) || isCaught(call, transaction.callback)) continue;
      const query =
        standIn(call, called.node, transaction) ??
        databaseCalls(file).find(
          ({ call: each, driver, kind, receiver }) =>
            driver === 'Prisma' &&
            runsIn(each, called.node) &&
            outerHandle(each.expression, transaction) &&
            (kind === 'write' ? !isTrace(receiver) : written.has(memberName(unwrap(receiver)))),
        )?.at;
      if (!query) continue;
      yield {
        at: call.expression,
        evidence: transaction.callback,
        message: `\`${call.expression.getText()}\` is not in the transaction: its \`${query.getText()}\` runs on another connection, does not see what the transaction has written, and can wait for its locks for ever; hand it \`${inner}\`.`,
      };
    }
  }
}

/** `(tx ?? this.prisma).order.count` of a function that is called without its `tx`. */
function standIn(call: ts.CallExpression, called: FunctionNode, { receiver }: Transaction): Expression | undefined {
  const wanted = unwrap(receiver).getText();
  const either = descendants(called).find((node): node is ts.BinaryExpression => {
    if (!isFallback(node)) return false;
    const given = unwrap(node.left);
    const parameter = ts.isIdentifier(given) ? declarationOf(given) : undefined;
    if (!parameter || !ts.isParameter(parameter) || unwrap(node.right).getText() !== wanted) return false;
    return called.parameters.indexOf(parameter) >= call.arguments.length;
  });
  let query: ts.Node | undefined = either;
  while (query && query !== called && !ts.isCallExpression(query)) query = query.parent;
  return query && ts.isCallExpression(query) ? query.expression : undefined;
}

/** `this.prisma` of `this.prisma.order`; `db` and `knex` stand for themselves. */
function clientOf(receiver: Expression, driver: Handed['driver']): Expression {
  const node = unwrap(receiver);
  return driver === 'Prisma' && ts.isPropertyAccessExpression(node) ? node.expression : node;
}

/** A client of the file, of its class or of another file, and not one that the function got or made. */
function isOuter(client: Expression, scope: ts.Node): boolean {
  let node = unwrap(client);
  while (ts.isPropertyAccessExpression(node)) node = unwrap(node.expression);
  if (node.kind === ts.SyntaxKind.ThisKeyword) return true;
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  return declaration !== undefined && !isWithin(declaration, scope);
}

function outside(query: string, handle: string): string {
  return `\`${query}\` is not in the transaction: this query runs on another connection, does not see what the transaction has written, stays when it rolls back, and can wait for its locks for ever; use ${handle}.`;
}

/** `this.orders`, a `Repository` that the class was given, and not one that the function got from the transaction. */
function isRepository(file: CodeFile, receiver: Expression, scope: ts.Node): boolean {
  if (origin(file, receiver) !== 'typeorm:Repository()') return false;
  const node = unwrap(receiver);
  if (ts.isPropertyAccessExpression(node)) return node.expression.kind === ts.SyntaxKind.ThisKeyword;
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  return declaration !== undefined && !isWithin(declaration, scope);
}

/** What is kept as a trace is to stay. */
function isTrace(receiver: Expression): boolean {
  const text = receiver.getText();
  return speaksOfLog(text) || /audit|histor|trace|dlq|dead/i.test(text);
}

/** Libraries with which repositories know the transaction around them by context. */
function isContextual({ package: found, text }: CodeFile): boolean {
  return (
    /useCLS|AsyncLocalStorage/.test(text) ||
    [
      'cls-hooked',
      'continuation-local-storage',
      'typeorm-transactional',
      'typeorm-transactional-cls-hooked',
      '@nestjs-cls/transactional',
    ].some((name) => found?.installed.has(name))
  );
}

/** Of a migration of Knex: what `up` and `down` are given is a transaction, and one within it runs on the same connection. */
function isOfMigration(file: CodeFile, handle: Expression): boolean {
  const declaration = ts.isIdentifier(handle) ? declarationOf(handle) : undefined;
  return migrations(file).some(
    (migration) =>
      migration.tool === 'Knex' &&
      [migration.up, migration.down].some((scope) => declaration !== undefined && scope?.parameters[0] === declaration) &&
      !isOutsideTransaction(file, migration),
  );
}

/** In a `try` whose `catch` goes on: a query that fails within the transaction would end it, so it is meant to run beside it. */
function mayFail(call: ts.Node, scope: ts.Node): boolean {
  for (let node = call; node !== scope && node.parent; node = node.parent) {
    const { parent } = node;
    const caught = ts.isTryStatement(parent) && parent.tryBlock === node ? parent.catchClause : undefined;
    if (caught) return !descendants(caught.block).some(ts.isThrowStatement);
  }
  return false;
}

/** What a transaction refuses, and what none takes back: `CREATE INDEX CONCURRENTLY`, the next number of a sequence. */
function isFree(file: CodeFile, call: ts.CallExpression): boolean {
  return /\bconcurrently\b|^\s*select\s+nextval\s*\(/i.test(sqlText(file, call) ?? '');
}

/** Whose transaction a call begins, where queries are given it one by one. */
function driverOf(from: string): 'Sequelize' | 'Objection' | undefined {
  if (/^(?:sequelize|sequelize-typescript|@sequelize\/core):.*\.transaction$/.test(from)) return 'Sequelize';
  return /^objection:.*\.(?:transaction|startTransaction)$/.test(from) ? 'Objection' : undefined;
}

function option(driver: Stretch['driver'], handle: string): string {
  if (driver === 'Objection') return `query(${handle})`;
  const key = driver === 'Sequelize' ? 'transaction' : 'session';
  return handle === key ? `{ ${key} }` : `{ ${key}: ${handle} }`;
}

function* stretchesOf(file: CodeFile): Iterable<Stretch> {
  for (const { call, callback } of transactions(file)) {
    const [handle] = callback.parameters;
    const driver = driverOf(origin(file, call.expression) ?? '');
    if (driver && callback.body && handle && ts.isIdentifier(handle.name))
      yield {
        driver,
        scope: callback.body,
        handle: handle.name.text,
        start: callback.body.pos,
        end: callback.body.end,
        closed: [],
      };
  }
  for (const { from, handle, scope, start, end, closed } of openTransactions(file)) {
    const driver = driverOf(from) ?? (from.startsWith('typeorm:') ? 'TypeORM' : /^mongo/.test(from) ? 'Mongoose' : undefined);
    if (driver && ts.isIdentifier(handle)) yield { driver, scope, handle: handle.text, start, end, closed };
  }
}

/** The query with all that is chained to it. */
function outermost(call: ts.CallExpression): Expression {
  let end: Expression = call;
  while (ts.isPropertyAccessExpression(end.parent) && end.parent.expression === end && ts.isCallExpression(end.parent.parent))
    end = end.parent.parent;
  return end;
}

/** What is given is written out, so that a transaction in it would be seen: no options by a name, and nothing spread. */
function isInSight(argument: Expression, index: number): boolean {
  if (ts.isSpreadElement(argument)) return false;
  const value = unwrap(argument);
  if (index === 0 && !ts.isObjectLiteralExpression(value)) return true;
  return ts.isObjectLiteralExpression(value) && (index === 0 || !value.properties.some(ts.isSpreadAssignment));
}

/** Libraries whose transactions are the handle; Sequelize and MongoDB pass an option, or know by context. */
function givesHandle(file: CodeFile, transaction: Transaction): boolean {
  const { call, receiver } = transaction;
  const callee = unwrap(call.expression);
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : '';
  if (name === '$transaction') return isPrisma(file, receiver);
  if (origin(file, receiver) === 'kysely:Kysely()') return true;
  return (
    name === 'transaction' &&
    !isSynchronous(transaction) &&
    (/^(?:typeorm:(?:DataSource|EntityManager|Connection)|knex:|drizzle-orm\/)/.test(origin(file, receiver) ?? '') ||
      isTransacted(transaction))
  );
}

/** Of SQLite without a promise in it: there is one connection, and all that runs meanwhile is in the transaction. */
function isSynchronous({ callback }: Transaction): boolean {
  const isAsync = callback.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
  return (
    !isAsync &&
    callback.body !== undefined &&
    ts.isBlock(callback.body) &&
    descendants(callback.body).some((node) => ts.isCallExpression(node) && /\.(?:all|get|run)\(\)$/.test(node.getText()))
  );
}

function handleName({ callback }: Transaction): string | undefined {
  const name = callback.parameters[0]?.name;
  return name && ts.isIdentifier(name) ? name.text : undefined;
}

/** The start of a member chain that is what the transaction was begun on. */
function outerHandle(callee: Expression, { receiver }: Transaction): Expression | undefined {
  const wanted = unwrap(receiver).getText();
  const root = rootOf(receiver);
  for (let node = unwrap(callee); ;) {
    // A parameter of the same name hides the outer handle.
    if (node.getText() === wanted) return rootOf(node) === root ? node : undefined;
    if (!ts.isPropertyAccessExpression(node) && !ts.isCallExpression(node)) return undefined;
    node = unwrap(node.expression);
  }
}

/** What a member chain begins with: the declaration of its first name; undefined for `this`. */
function rootOf(chain: Expression): ts.Node | undefined {
  let node = unwrap(chain);
  while (ts.isPropertyAccessExpression(node)) node = unwrap(node.expression);
  return ts.isIdentifier(node) ? declarationOf(node) : undefined;
}

/** Methods of a query that take another as a part of it, which runs where the whole does. */
const takesQuery =
  /^(?:with\w*|(?:and|or)?where\w*|(?:and|or)?having\w*|from|\w*join\w*|union\w*|intersect|except|insert|select)$/i;

const knexQuery = /^knex:(?:knex|Knex)?\(\)(?:\(\))?(?:\.(?:insert|select|from|into|raw))?$/;

/** SQL text, a Prisma raw query, `knex('table')`, or the head of a Drizzle query. */
function isQuery(file: CodeFile, call: ts.CallExpression, handle: Expression, transaction: Transaction): boolean {
  const callee = unwrap(call.expression);
  const from = origin(file, handle) ?? '';
  if (isPartOfQuery(call)) return false;
  if (callee === handle && isTransacted(transaction)) return isTable(call) && !isTransacting(call);
  if (from.startsWith('knex:')) {
    if (!isHead(call, handle) || !knexQuery.test(origin(file, callee) ?? '') || isTransacting(call)) return false;
    // A piece of SQL within another query runs with that query.
    return callee === handle || memberName(callee) !== 'raw' || ts.isAwaitExpression(call.parent);
  }
  if (sqlText(file, call) !== undefined) return true;
  if (!ts.isPropertyAccessExpression(callee) || unwrap(callee.expression) !== handle) return false;
  if (from.startsWith('kysely:')) return kyselyQuery.test(callee.name.text) && isRunByKysely(call);
  return from.startsWith('drizzle-orm/') && /^(?:select|selectDistinct|insert|update|delete|execute)$/.test(callee.name.text);
}

/** `knex('orders')`: the table by its name. */
function isTable({ arguments: [table, another] }: ts.CallExpression): boolean {
  return table !== undefined && another === undefined && ts.isStringLiteralLike(table);
}

function memberName(callee: Expression): string | undefined {
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : undefined;
}

function isHead(call: ts.CallExpression, handle: Expression): boolean {
  const callee = unwrap(call.expression);
  return callee === handle || (ts.isPropertyAccessExpression(callee) && unwrap(callee.expression) === handle);
}

/** `.transacting(trx)` anywhere behind. */
function isTransacting(call: ts.CallExpression): boolean {
  return chainFrom(call).names.includes('transacting');
}

/** `trx('pets').whereIn('id', db('owners').select('pet'))`. */
function isPartOfQuery(call: ts.CallExpression): boolean {
  const { end } = chainFrom(call);
  const { parent } = end;
  return (
    ts.isCallExpression(parent) && parent.arguments.includes(end) && takesQuery.test(memberName(unwrap(parent.expression)) ?? '')
  );
}
