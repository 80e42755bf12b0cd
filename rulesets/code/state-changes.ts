/** Changes of a state that go by what was read before: the row is asked for its state, and then written by its key alone. */
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import {
  boundTo,
  calleeName,
  inSameFunction,
  isElsewhere,
  isWithin,
  leaves,
  runsBefore,
} from '../../server/core/typescript/syntax.ts';
import { type DatabaseCall, databaseCalls, transactionAround } from './databases.ts';
import { sqlArgument } from './sql-drivers.ts';

export interface StateChange {
  readonly write: DatabaseCall;
  readonly read: DatabaseCall;
  /** What was read of the row: `order.status`. */
  readonly state: ts.PropertyAccessExpression;
}

/** A state that a row must have, or must not have, for the function to go on. */
interface Demand {
  readonly state: ts.PropertyAccessExpression;
  /** One of these. */
  readonly values: readonly string[];
  /** The very state that the function leaves at is written: `if (order.status === 'paid') return; … order.status = 'paid'`. */
  readonly isSame?: boolean;
  /** It is asked for a branch, not for the function to go on. */
  readonly isBranch?: boolean;
}

/**
 * Every write of a state that the function has asked for before, of the same row, to another state: outside of transactions, or in one
 * that began after the question.
 */
export function* stateChanges(file: CodeFile): Iterable<StateChange> {
  const calls = [...databaseCalls(file), ...callsBehind(file)];
  if (calls.length === 0) return;
  const firsts = new Map<ts.Node, ts.Node>();
  for (const write of calls) {
    // What a `catch` writes is what came of it.
    if (write.kind !== 'write' || ts.isArrayLiteralExpression(write.call.parent) || isCaught(write.call)) continue;
    const step = transactionAround(file, write.call)?.call ?? write.call;
    if (ts.isSourceFile(enclosingFunction(step))) continue;
    for (const read of calls) {
      if (read.kind !== 'read' || read.driver !== write.driver || !runsBefore(read.call, step)) continue;
      const row = rowOf(read.call);
      const found = row && demandsOn(row, read.call, step).find((demand) => isTaken(calls, write, row, demand));
      if (!found || !isSameTable(read, write, row)) continue;
      const changed = firsts.get(read.call);
      // Once it is written, the state is the function's own.
      if (changed && runsBefore(changed, step)) break;
      firsts.set(read.call, changed ?? step);
      yield { write, read, state: found.state };
      break;
    }
  }
}

function isCaught(node: ts.Node): boolean {
  return [...ancestorsInFunction(node)].some(ts.isCatchClause);
}

/**
 * Is another state written? Of a flag, of the state that was asked for, and in a branch only where something else is added too: what is set
 * twice is set; what is added is added twice.
 */
function isTaken(calls: readonly DatabaseCall[], write: DatabaseCall, row: RegExp, demand: Demand): boolean {
  if (!isWritten(write, row, demand)) return false;
  const isMild = isFlag(demand) || demand.isSame || demand.isBranch;
  // The row itself, made where it is missing, is nothing else.
  const isElse = (each: DatabaseCall) => each.driver === 'SQL' || each.receiver.getText() !== write.receiver.getText();
  return !isMild || calls.some((each) => each !== write && adds(each) && isElse(each) && inSameFunction(each.call, write.call));
}

/** What a function of the project does with rows, at a call of it: `this.orders.findById(id)`, `this.orders.update(id, { status })`. */
export interface CallBehind extends DatabaseCall {
  /** The query of the function. */
  readonly inner: ts.CallExpression;
}

const readNames = /^_?(?:get|find|load|fetch|read)/;
const writeNames = /^_?(?:save|update|set|patch|store|mark|change)/;
const guarded = /\block|for update|\bversion\b|__v\b|serializable|cache/i;
/** What makes both a part of one transaction, whose isolation is not in sight. */
const handles = /\b(?:session|tx|trx|transaction|\w*[mM]anager|queryRunner)\b/;
const behindByFile = new WeakMap<CodeFile, readonly CallBehind[]>();

/**
 * Calls of functions of the project that read rows, or write them, and do nothing else with any: in functions of this file that call both,
 * or do one of it themselves.
 */
export function callsBehind(file: CodeFile): readonly CallBehind[] {
  const known = behindByFile.get(file);
  if (known) return known;
  const own = databaseCalls(file);
  const waited = (names: RegExp) =>
    file.nodes(ts.SyntaxKind.CallExpression).filter((call) => names.test(calleeName(call)) && isWaitedFor(call));
  const writes = waited(writeNames);
  // A transaction may begin between the two.
  const writing = new Set(
    [...own.filter(({ kind }) => kind === 'write').map(({ call }) => call), ...writes].flatMap((call) => [
      ...functionsAround(call),
    ]),
  );
  const reads = waited(readNames)
    .filter((call) => writing.has(enclosingFunction(call)))
    .flatMap((call) => behind(file, call, 'read') ?? []);
  const reading = new Set([...own.filter(({ kind }) => kind === 'read'), ...reads].map(({ call }) => enclosingFunction(call)));
  const found = [
    ...reads,
    ...writes.filter((call) => reading.has(enclosingFunction(call))).flatMap((call) => behind(file, call, 'write') ?? []),
  ];
  behindByFile.set(file, found);
  return found;
}

function* functionsAround(node: ts.Node): Iterable<ts.Node> {
  for (let scope = enclosingFunction(node); !ts.isSourceFile(scope); scope = enclosingFunction(scope)) yield scope;
}

function isWaitedFor({ parent }: ts.CallExpression): boolean {
  return ts.isAwaitExpression(parent) || ts.isReturnStatement(parent);
}

/** The only query of the function that a call runs, of whatever file; of a read also where that only asks another for it. */
function behind(file: CodeFile, call: ts.CallExpression, kind: DatabaseCall['kind'], hops = 1): CallBehind | undefined {
  if (call.arguments.some((given) => handles.test(given.getText()))) return undefined;
  const { node, file: home } = methodOf(file, call) ?? calleeOf(file, call) ?? {};
  if (!node?.body || !home || guarded.test(node.getText())) return undefined;
  const [only, another] = databaseCalls(home).filter((each) => isWithin(each.call, node));
  if (another || (only && only.kind !== kind)) return undefined;
  if (only)
    return { ...only, call, at: call.expression, given: kind === 'write' ? call.arguments : only.given, inner: only.call };
  if (kind === 'write' || hops === 0) return undefined;
  const [next, other] = descendants(node).filter(
    (each): each is ts.CallExpression => ts.isCallExpression(each) && ts.isAwaitExpression(each.parent),
  );
  const asked = next && !other && readNames.test(calleeName(next)) ? behind(home, next, kind, hops - 1) : undefined;
  return asked && { ...asked, call, at: call.expression };
}

/** Does a write add a row, so that one that is done twice adds two? */
function adds({ call, kind, method }: DatabaseCall): boolean {
  if (kind !== 'write') return false;
  return /^(?:create|insert|bulkCreate|save$)/.test(method) || /^\s*insert\b/i.test(sqlOf(call));
}

const rowsByCall = new WeakMap<ts.CallExpression, RegExp | null>();

/** What holds the one row that a query answers: `order`, `[order]`, of `{ rows }` and of `result` the first; `{ total }` is the pattern itself. */
export function rowOf(read: ts.CallExpression): RegExp | undefined {
  let known = rowsByCall.get(read);
  if (known === undefined) rowsByCall.set(read, (known = findRow(read) ?? null));
  return known ?? undefined;
}

function findRow(read: ts.CallExpression): RegExp | undefined {
  let node: ts.Node = read;
  while (ts.isExpression(node.parent) && !ts.isFunctionLike(node.parent)) node = node.parent;
  const declared = ts.isVariableDeclaration(node.parent) ? node.parent : boundTo(read);
  if (!declared) return undefined;
  const { name } = declared;
  if (ts.isIdentifier(name)) {
    const first = firstOf(declared, `${name.text}(?:\\.rows)?\\[0\\]`);
    return new RegExp(`^(?:${[name.text, `${name.text}\\.rows\\[0\\]`, ...first].join('|')})$`);
  }
  const [only] = name.elements;
  if (!only || !ts.isBindingElement(only) || !ts.isIdentifier(only.name)) return undefined;
  if (ts.isArrayBindingPattern(name)) return new RegExp(`^${only.name.text}(?:\\[0\\])?$`);
  const isRows = (only.propertyName ?? only.name).getText() === 'rows';
  const rows = `${only.name.text}\\[0\\]`;
  if (isRows) return new RegExp(`^(?:${[rows, ...firstOf(declared, rows)].join('|')})$`);
  return new RegExp(`^${name.getText().replace(/[{}[\]()?.*+|$^\\]/g, '\\$&')}$`);
}

/** The names of `const order = rows[0]`. */
function firstOf(declared: ts.VariableDeclaration, pattern: string): string[] {
  const first = new RegExp(`^${pattern}$`);
  return descendants(enclosingFunction(declared)).flatMap((node) =>
    ts.isVariableDeclaration(node) &&
    ts.isIdentifier(node.name) &&
    node.initializer &&
    first.test(unwrap(node.initializer).getText())
      ? [node.name.text]
      : [],
  );
}

/** `if (order.status !== 'pending') throw …` between a read and a write, and `if (order.status === 'pending') …` around the write. */
function demandsOn(row: RegExp, read: ts.Node, write: ts.Node): Demand[] {
  const before = leavingIn(enclosingFunction(write)).flatMap((node) => {
    if (node.pos < read.end || node.end > write.pos) return [];
    if (isElsewhere(node, write)) return [];
    const flag = flagIn(node.expression, row);
    const words = wordsIn(node.expression, row);
    const same = words.filter(({ isEqual }) => isEqual).map((word) => ({ ...word, isSame: true }));
    const list = listIn(node.expression, row);
    return [...(flag ? [flag] : []), ...words, ...same, ...(list ? [list] : [])];
  });
  const around = [...ancestorsInFunction(write)].flatMap((node) =>
    ts.isIfStatement(node) && node.pos >= read.end && isWithin(write, node.thenStatement)
      ? wordsIn(node.expression, row).filter(({ isEqual }) => isEqual)
      : [],
  );
  return [...before, ...around.map((word) => ({ ...word, isBranch: true }))];
}

const leavingByFunction = new WeakMap<ts.Node, readonly ts.IfStatement[]>();

/** The conditions under which a function leaves. */
function leavingIn(scope: ts.Node): readonly ts.IfStatement[] {
  let known = leavingByFunction.get(scope);
  if (!known) {
    known = descendants(scope).filter((node): node is ts.IfStatement => ts.isIfStatement(node) && leaves(node.thenStatement));
    leavingByFunction.set(scope, known);
  }
  return known;
}

/** The words that a condition holds a state of the row against, and whether it is to be that word. */
function wordsIn(condition: Expression, row: RegExp): (Demand & { readonly isEqual: boolean })[] {
  return [condition, ...descendants(condition)].flatMap((part) => {
    const demand = demandIn(part, row);
    return demand ? [{ ...demand, isEqual: (part as ts.BinaryExpression).operatorToken.getText().startsWith('=') }] : [];
  });
}

/** `if (!['open', 'paid'].includes(order.status)) throw …`: one of a list that is written out. */
function listIn(condition: Expression, row: RegExp): Demand | undefined {
  const node = unwrap(condition);
  const isNot = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
  const call = isNot ? unwrap(node.operand) : node;
  const list = ts.isCallExpression(call) && calleeName(call) === 'includes' ? call.expression : undefined;
  const state = ts.isCallExpression(call) && call.arguments[0] ? unwrap(call.arguments[0]) : undefined;
  if (!isNot || !list || !ts.isPropertyAccessExpression(list)) return undefined;
  if (!state || !ts.isPropertyAccessExpression(state) || !row.test(unwrap(state.expression).getText())) return undefined;
  const literal = valueOf(list.expression);
  const words = ts.isArrayLiteralExpression(literal) ? literal.elements.map((each) => wordOf(each, state.name.text)) : [];
  const values = words.filter((word) => word !== undefined);
  return values.length > 0 && values.length === words.length ? { state, values } : undefined;
}

function isFlag({ values: [value] }: Demand): boolean {
  return value === 'true' || value === 'false';
}

/** `if (book.lent) throw …`, `if (!book.free) throw …`: a flag that must not be what it is set to then. */
function flagIn(part: ts.Node, row: RegExp): Demand | undefined {
  const isNot = ts.isPrefixUnaryExpression(part) && part.operator === ts.SyntaxKind.ExclamationToken;
  const state = isNot ? unwrap(part.operand) : ts.isExpression(part) ? unwrap(part) : undefined;
  if (!state || !ts.isPropertyAccessExpression(state) || !row.test(unwrap(state.expression).getText())) return undefined;
  return { state, values: [isNot ? 'true' : 'false'] };
}

function demandIn(part: ts.Node, row: RegExp): Demand | undefined {
  if (!ts.isBinaryExpression(part) || !/^[!=]==?$/.test(part.operatorToken.getText())) return undefined;
  const state = unwrap(part.left);
  if (!ts.isPropertyAccessExpression(state) || !row.test(unwrap(state.expression).getText())) return undefined;
  const value = wordOf(part.right, state.name.text);
  return value === undefined ? undefined : { state, values: [value] };
}

/**
 * A state as it is written: a text, a member of what is called like an enum or a constant (`OrderStatus.PAID`), or the number of a state in a
 * column that is named for it.
 */
function wordOf(value: Expression, column: string): string | undefined {
  const node = unwrap(value);
  if (ts.isNumericLiteral(node)) return /stat(?:e|us)|stage|phase/i.test(column) ? node.text : undefined;
  if (ts.isPropertyAccessExpression(node) && /^[A-Z]/.test(node.getText())) return node.getText();
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return node.getText();
  const text = constantText(node);
  return text !== undefined && text !== '' && !/^\d/.test(text) ? text : undefined;
}

/** Does the function of the project that a call runs name the column itself, as one of its conditions? */
export function asksFor(write: DatabaseCall, column: string): boolean {
  return 'inner' in write && new RegExp(`\\b${column}\\b`).test((write as CallBehind).inner.getText());
}

/** Does a call write another word over the state that was asked for, with nothing of it among its conditions? */
function isWritten(write: DatabaseCall, row: RegExp, demand: Demand): boolean {
  const { call, given, driver, method } = write;
  const { state, values, isSame = false } = demand;
  const column = state.name.text;
  if (asksFor(write, column) || /^(?:delete|destroy|remove)/.test(method)) return false;
  const isOther = (to: Expression) => {
    const word = wordOf(to, column);
    return word !== undefined && values.includes(word) === isSame;
  };
  if (driver === 'SQL') return isWrittenBySql(call, column, demand);
  if (method === 'save') {
    const saved = given[0] ? unwrap(given[0]) : receiverOf(call);
    if (!saved || !row.test(saved.getText())) return false;
    return descendants(enclosingFunction(state)).some(
      (node) =>
        ts.isBinaryExpression(node) &&
        node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
        node.pos > state.pos &&
        node.end < call.end &&
        node.left.getText() === state.getText() &&
        isOther(node.right),
    );
  }
  const data = given
    .flatMap((each) => [each, ...descendants(each)])
    .find(
      (node): node is ts.PropertyAssignment =>
        ts.isPropertyAssignment(node) && node.name.getText() === column && !isCondition(node, call),
    );
  if (!data || !isOther(data.initializer)) return false;
  const named = new RegExp(`\\b${column}\\b`);
  const others = given.filter((each) => !isWithin(data, each));
  const around = ts.isObjectLiteralExpression(data.parent.parent.parent) ? data.parent.parent.parent : undefined;
  const beside = around ? around.properties.filter((each) => !isWithin(data, each)) : [];
  return ![...others, ...beside].some((each) => named.test(textBehind(each)));
}

/** `{ where: { status: 'open' } }` of a call. */
function isCondition(node: ts.Node, call: ts.CallExpression): boolean {
  return [...ancestorsInFunction(node)].some(
    (each) => ts.isPropertyAssignment(each) && each.name.getText() === 'where' && isWithin(each, call),
  );
}

/** Of a name that is declared in the function, what it stands for too. */
function textBehind(node: ts.Node): string {
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  const made = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return `${node.getText()} ${made?.getText() ?? ''}`;
}

function isWrittenBySql(call: ts.CallExpression, column: string, { values, isSame = false }: Demand): boolean {
  const { set, where } = partsOfUpdate(call);
  const written = new RegExp(`(?:^|[\\s,"])${column}"?\\s*=\\s*(?:'(\\w+)'|\\$\\d|\\?)`, 'i').exec(set);
  return written !== null && values.includes(written[1] ?? '') === isSame && !new RegExp(`\\b${column}\\b`, 'i').test(where);
}

/** What a statement sets and under which conditions, as text; empty where it is no `UPDATE … WHERE`. */
export function partsOfUpdate(call: ts.CallExpression): { readonly set: string; readonly where: string } {
  const [, set = '', where = ''] = /^\s*update\b[^]*?\bset\b([^]*?)\bwhere\b([^]*)$/i.exec(sqlOf(call)) ?? [];
  return { set, where };
}

/** The SQL that a call runs, where it is constant. */
function sqlOf(call: ts.CallExpression): string {
  const sql = sqlArgument(call);
  return (sql && constantText(sql)) ?? '';
}

function receiverOf({ expression }: ts.CallExpression): Expression | undefined {
  return ts.isPropertyAccessExpression(expression) ? unwrap(expression.expression) : undefined;
}

/** Is the row that is written one of what was read? A document that saves itself is. */
function isSameTable(read: DatabaseCall, write: DatabaseCall, row: RegExp): boolean {
  if (read.driver === 'SQL') {
    const table = tableOf(read.call, /\bfrom\s+"?([\w.]+)/i);
    return table !== undefined && table === tableOf(write.call, /\bupdate\s+"?([\w.]+)/i);
  }
  if (read.driver === 'Drizzle') {
    const table = unwrap(write.given[0] ?? write.at).getText();
    return read.receiver.getText().endsWith(`.query.${table}`) || read.given.some((each) => each.getText() === table);
  }
  if (write.method === 'save' && row.test(write.receiver.getText())) return true;
  if (write.driver === 'Sequelize' && row.test(rowGiven(write).getText())) return true;
  if (read.driver === 'Knex') return read.given[0]?.getText() === write.given[0]?.getText();
  return read.receiver.getText() === write.receiver.getText();
}

/** The row of Sequelize that changes itself; behind a function of the project, `update(row, changes)`, the one that is handed to it. */
function rowGiven(write: DatabaseCall): Expression {
  const row = unwrap(write.receiver);
  const declaration = 'inner' in write && ts.isIdentifier(row) ? declarationOf(row) : undefined;
  const index = declaration && ts.isParameter(declaration) ? declaration.parent.parameters.indexOf(declaration) : -1;
  return write.call.arguments[index] ?? row;
}

function tableOf(call: ts.CallExpression, pattern: RegExp): string | undefined {
  return pattern.exec(sqlOf(call))?.[1]?.toLowerCase();
}
