import type { Severity } from '../../server/core/finding.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  isAssignment,
  statementOf,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { propertiesOf, valueOf, writesTo } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import {
  calleeName,
  importsProject,
  inOneLine,
  isMemberName,
  isWithin,
  leaves,
  mentions,
  optionValue,
  outermostFunction,
  runsBefore,
} from '../../server/core/typescript/syntax.ts';
import { type DatabaseCall, databaseCalls } from './databases.ts';
import page from './db-lost-update.md';
import { type DynamoCall, dynamoCalls, memberOf } from './dynamodb.ts';
import { asksFor, callsBehind, partsOfUpdate, rowOf, stateChanges } from './state-changes.ts';

/**
 * Evidence: one function reads an item of DynamoDB, computes something of it (or decides by a number in it), and puts or updates the
 * item in the same table, itself or in functions of one file, with no condition in sight; or it reads a row and writes a column
 * as that column of the row plus or minus something, or because a value is higher or lower, itself or by functions of the project that
 * do one query; or it leaves unless a row is in one state, and writes another by the row's key
 * alone; or it takes something from a column that it compared as it was read. Silent where anything in the function speaks of conditions, versions or locks.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    for (const { write, read, what, isNew, severity } of [...itemsOf(file), ...rowsOf(file)]) {
      yield {
        at: write.expression,
        evidence: enclosingFunction(write),
        severity,
        message: `${what}, and nothing makes sure that it is still the same: of two that do this at once one is lost; ${
          isNew
            ? 'put it under `attribute_not_exists`'
            : 'let the database compute it, or write under a condition on what was read'
        }.`,
        related: [{ at: read, message: 'The read.' }],
      };
    }
    for (const { write, read, state } of stateChanges(file)) {
      if (isGuarded(write.call)) continue;
      yield {
        at: write.at,
        evidence: enclosingFunction(write.call),
        severity: 'hint',
        message: `\`${inOneLine(write.at)}\` goes by \`${state.getText()}\` as it was read before, and nothing makes sure that it is still the same: two that do this at once both go on; make it a condition of the update, and look whether a row was changed.`,
        related: [{ at: read.at, message: 'The read.' }],
      };
    }
  },
});

interface Lost {
  readonly write: ts.CallExpression;
  readonly read: ts.Node;
  readonly what: string;
  /** The item must not have been there. */
  readonly isNew?: boolean;
  readonly severity?: Severity;
}

const guarded =
  /ConditionExpression|\bExpected\s*:|transactWrite|serializable|for update|\block|mutex|semaphore|\bversion\b|__v\b/i;

/** Does the function around a write, out to what is called with its callbacks, speak of a condition, a version or a lock? */
function isGuarded(write: ts.Node): boolean {
  return guarded.test(outermostFunction(write).getText());
}

/** An operation on a table, or a call of a function that does nothing with tables but this one. */
interface Step {
  readonly call: ts.CallExpression;
  readonly on: DynamoCall;
  /** The file in which the table is named. */
  readonly home: CodeFile;
}

function* itemsOf(file: CodeFile): Iterable<Lost> {
  const steps = stepsOf(file);
  for (const write of steps.filter(({ on }) => /^(?:Put|Update)$/.test(on.operation))) {
    const scope = enclosingFunction(write.call);
    if (isGuarded(write.call) || guarded.test(write.on.input?.getText() ?? '') || !propertiesOf(write.on.input)) continue;
    const read = steps.find(
      ({ call, on, home }) =>
        on.operation === 'Get' && home === write.home && runsBefore(call, write.call) && tableOf(on) === tableOf(write.on),
    );
    const names = read && derived(read.call, scope);
    if (!read || !names || tableOf(read.on) === undefined) continue;
    const name = write.call.expression.getText();
    const isDirect = write.on.call === write.call && read.on.call === read.call;
    if (written(write).some((value) => isComputed(value, names, scope)) && (!isDirect || isSameKey(read.on, write.on))) {
      yield { write: write.call, read: read.call.expression, what: `\`${name}\` writes what was computed from an earlier read` };
    } else if (isDirect && isSameKey(read.on, write.on)) {
      const test = testBetween(read.call, write.call, names);
      if (test === 'number')
        yield { write: write.call, read: read.call.expression, what: `\`${name}\` goes by a number that was read before` };
      else if (test === 'absence' && write.on.operation === 'Put')
        yield {
          write: write.call,
          read: read.call.expression,
          what: `\`${name}\` goes by a read that found nothing`,
          isNew: true,
          severity: 'hint',
        };
    }
  }
}

function stepsOf(file: CodeFile): readonly Step[] {
  const own = dynamoCalls(file).map((on) => ({ call: on.call, on, home: file }));
  // Functions of other files are followed where there are any, and a client to call in them.
  const mayLead = importsProject(file) && clients.some((name) => file.package?.installed.has(name) ?? true);
  if (own.length === 0 && !mayLead) return [];
  const behind = file.nodes(ts.SyntaxKind.CallExpression).flatMap((call) => {
    if (!ts.isAwaitExpression(call.parent) && !within(call, ts.isAwaitExpression)) return [];
    const inner = helpers.test(call.expression.getText()) ? (calleeOf(file, call) ?? methodOf(file, call)) : undefined;
    const inside = inner ? dynamoCalls(inner.file).filter((each) => isWithin(each.call, inner.node)) : [];
    const [only, another] = inside;
    return inner && only && !another ? [{ call, on: only, home: inner.file }] : [];
  });
  return [...own, ...behind];
}

const clients = ['aws-sdk', '@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb'];

/** What functions are called that read or write one item: only these are looked into. */
const helpers = /(?:^|[._#])_?(?:get|find|load|fetch|read|save|put|store|update|write|set)\w*$/i;

function within(node: ts.Node, is: (node: ts.Node) => boolean): boolean {
  let steps = 0;
  for (const outer of ancestorsInFunction(node)) {
    if (is(outer)) return true;
    if (++steps === 3) return false;
  }
  return false;
}

function tableOf(on: DynamoCall): string | undefined {
  const table = memberOf(on, 'TableName');
  return table && valueOf(table).getText();
}

/** The values that a write is given: the attributes of the item, or of the update. */
function written({ call, on }: Step): readonly Expression[] {
  if (call !== on.call) return call.arguments;
  const item = memberOf(on, on.operation === 'Put' ? 'Item' : 'ExpressionAttributeValues');
  return item ? [item] : [];
}

/** The names that hold what a call answered, or something made of it, or to a member of which something computed of it is assigned. */
function derived(read: ts.CallExpression, scope: ts.Node): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  const add = (name: ts.Node) => {
    for (const node of [name, ...descendants(name)]) if (ts.isIdentifier(node) && !isMemberName(node)) names.add(node.text);
  };
  for (const node of descendants(scope)) {
    const [name, value] = ts.isVariableDeclaration(node)
      ? [node.name, node.initializer]
      : ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isIdentifier(node.left)
        ? [node.left, node.right]
        : ts.isBinaryExpression(node) && isAssignment(node) && ts.isPropertyAccessExpression(node.left) && isSum(node.right)
          ? [unwrap(node.left.expression), node.right]
          : [];
    if (name && value && (isWithin(read, value) || (node.pos > read.pos && mentions(value, names)))) add(name);
  }
  return names.size > 0 ? names : undefined;
}

/** Is a value made of what was read by more than taking it over? */
function isComputed(value: Expression, names: ReadonlySet<string>, scope: ts.Node, depth = 0): boolean {
  const node = unwrap(value);
  if (depth > 6 || !mentions(node, names)) return false;
  const next = (inner: Expression) => isComputed(inner, names, scope, depth + 1);
  if (ts.isObjectLiteralExpression(node))
    return node.properties.some((each) =>
      ts.isSpreadAssignment(each)
        ? mentions(each.expression, names)
        : ts.isPropertyAssignment(each)
          ? next(each.initializer)
          : ts.isShorthandPropertyAssignment(each) && next(each.name),
    );
  if (ts.isIdentifier(node)) {
    const declaration = declarationOf(node);
    const made = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
    return isChanged(node.text, scope) || (made !== undefined && !containsAwait(made) && next(made));
  }
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return false;
  // `found ?? 0` is what was found.
  if (ts.isBinaryExpression(node) && /^(?:\?\?|\|\|)$/.test(node.operatorToken.getText()))
    return next(node.left) || next(node.right);
  return ts.isBinaryExpression(node) || ts.isArrayLiteralExpression(node) || ts.isTemplateExpression(node);
}

function containsAwait(node: ts.Node): boolean {
  return ts.isAwaitExpression(node) || descendants(node).some(ts.isAwaitExpression);
}

/** `item.count += 1`, `item.tags.push(tag)`. */
function isChanged(name: string, scope: ts.Node): boolean {
  const isPart = (node: Expression): boolean =>
    (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) &&
    (node.expression.getText() === name || isPart(node.expression));
  return descendants(scope).some((node) => {
    if (ts.isBinaryExpression(node)) return isAssignment(node) && isPart(node.left);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node))
      return node.operator !== ts.SyntaxKind.ExclamationToken && isPart(node.operand);
    return (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      /^(?:push|unshift|splice)$/.test(node.expression.name.text) &&
      isPart(node.expression.expression)
    );
  });
}

/** Is the item that is written the one that was read, as far as its key tells? */
function isSameKey(read: DynamoCall, write: DynamoCall): boolean {
  const key = memberOf(read, 'Key');
  const target = memberOf(write, write.operation === 'Put' ? 'Item' : 'Key');
  const wanted = key && propertiesOf(key);
  const given = target && propertiesOf(target);
  if (!key || !target || !wanted) return false;
  if (valueOf(key).getText() === valueOf(target).getText()) return true;
  // `{ ...item, … }` and the item itself have the key of what was read.
  if (!given) return true;
  return [...wanted].every(([name, value]) => {
    const other = given.get(name);
    return other !== undefined && initialOf(other) === initialOf(value);
  });
}

function initialOf(member: ts.ObjectLiteralElementLike): string {
  return ts.isPropertyAssignment(member) ? valueOf(member.initializer).getText() : (member.name?.getText() ?? '');
}

/** What stands between a read and a write and leaves: a comparison of a number that was read, or a question whether anything was found. */
function testBetween(read: ts.Node, write: ts.Node, names: ReadonlySet<string>): 'number' | 'absence' | undefined {
  const tests = descendants(enclosingFunction(write)).flatMap((node) =>
    ts.isIfStatement(node) &&
    node.pos > read.end &&
    node.end < write.pos &&
    leaves(node.thenStatement) &&
    mentions(node.expression, names)
      ? [node.expression]
      : [],
  );
  const isNumber = (node: ts.Node) =>
    ts.isBinaryExpression(node) &&
    /^[<>]=?$/.test(node.operatorToken.getText()) &&
    mentions(node, names) &&
    !/\.length\b|Date|[tT]ime|expires?/i.test(node.getText());
  if (tests.some((test) => [test, ...descendants(test)].some(isNumber))) return 'number';
  return tests.some((test) => /^[\w.?]+$/.test(unwrap(test).getText())) ? 'absence' : undefined;
}

/** `update({ data: { stock: product.stock - 1 } })`, and `product.stock -= 1; await product.save()`. */
function* rowsOf(file: CodeFile): Iterable<Lost> {
  const calls = [...databaseCalls(file), ...callsBehind(file)];
  for (const write of calls) {
    // A row that is added holds what was computed for good reasons: a copy, or a line of an account.
    if (write.kind !== 'write' || /^(?:create|insert|bulkCreate)/.test(write.method)) continue;
    const scope = enclosingFunction(write.call);
    const computed = changedColumn(write, scope);
    const column = computed ?? takenColumn(write, scope);
    if (!column || asksFor(write, column.name) || isGuarded(write.call)) continue;
    const read = calls.find(
      (each) => each.kind === 'read' && runsBefore(each.call, write.call) && rowOf(each.call)?.test(column.row) === true,
    );
    if (!read || read.driver !== write.driver) continue;
    yield {
      write: write.call,
      read: read.at,
      what: computed
        ? `\`${write.at.getText()}\` writes \`${column.name}\` as it was computed from an earlier read`
        : `\`${write.at.getText()}\` takes from \`${column.name}\`, of which an earlier read said that there is enough`,
      // One process may be all that ever changes what is read whole and saved whole.
      severity: /^save$|flush$/i.test(write.method) || [write, read].some((each) => 'inner' in each) ? 'hint' : undefined,
    };
  }
}

/** A column that is written as itself, as it was read, plus or minus something. */
function changedColumn(write: DatabaseCall, scope: ts.Node): { name: string; row: string } | undefined {
  const { call, driver, given, method } = write;
  if (driver === 'SQL') return changedBySql(call);
  for (const node of given.flatMap((each) => [each, ...descendants(each)])) {
    const given = ts.isPropertyAssignment(node)
      ? node.initializer
      : ts.isShorthandPropertyAssignment(node)
        ? node.name
        : undefined;
    if (!given) continue;
    const name = (node as ts.ObjectLiteralElementLike).name?.getText() ?? '';
    const value = valueOf(given);
    const row =
      ts.isPropertyAssignment(node) && ts.isComputedPropertyName(node.name)
        ? rowOfSome(value)
        : isSum(value)
          ? rowBefore(value, name)
          : (changedBefore(given, name, call, scope) ?? grownFrom(given, name, call, scope));
    if (row !== undefined) return { name, row };
  }
  // MikroORM writes whatever was changed of the rows it has read.
  if (driver === 'MikroORM' && /flush$/i.test(method)) {
    for (const node of descendants(scope)) {
      const row = ts.isBinaryExpression(node)
        ? node.left
        : ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)
          ? node.operand
          : undefined;
      const owner = row && ts.isPropertyAccessExpression(row) ? row.expression.getText() : undefined;
      const left = owner === undefined ? undefined : stepOn(node, owner, call);
      if (owner !== undefined && left) return { name: left.name.text, row: owner };
    }
  }
  if (method !== 'save') return undefined;
  const saved = given[0] ? unwrap(given[0]) : receiverOf(call);
  if (!saved || !ts.isIdentifier(saved)) return undefined;
  for (const node of descendants(scope)) {
    const left = stepOn(node, saved.text, call);
    if (left && !isSavedBefore(node, call)) return { name: left.name.text, row: saved.text };
  }
  return undefined;
}

/** Has the same call, behind the step and in the block that it stands in, written the column by then? */
function isSavedBefore(step: ts.Node, { expression, pos }: ts.CallExpression): boolean {
  const block = statementOf(step)?.parent;
  return (
    block !== undefined &&
    descendants(block).some(
      (node) =>
        ts.isCallExpression(node) &&
        node.pos > step.end &&
        node.end < pos &&
        node.expression.getText() === expression.getText() &&
        statementOf(node)?.parent === block,
    )
  );
}

/** A column that the database takes something from, where it was compared with a number as it was read: `if (wallet.balance >= price)`. */
function takenColumn({ call, given }: DatabaseCall, scope: ts.Node): { name: string; row: string } | undefined {
  const name = takenBy(call, given);
  // What the write asks for itself holds when it is done.
  if (name === undefined || (call.getText().match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1) return undefined;
  for (const node of descendants(scope)) {
    if (!ts.isBinaryExpression(node) || node.pos > call.pos || !/^[<>]=?$/.test(node.operatorToken.getText())) continue;
    const read = [node.left, node.right]
      .map(unwrap)
      .find((side) => ts.isPropertyAccessExpression(side) && side.name.text === name);
    const row = read && ts.isPropertyAccessExpression(read) ? unwrap(read.expression) : undefined;
    if (row && ts.isIdentifier(row) && isAsked(node, call)) return { name, row: row.text };
  }
  return undefined;
}

/** `Wallet.decrement({ balance: price })`, `{ balance: { decrement: price } }`, `{ $inc: { balance: -price } }`. */
function takenBy(call: ts.CallExpression, given: readonly Expression[]): string | undefined {
  const [first] = given;
  if (calleeName(call) === 'decrement') {
    const names = first && propertiesOf(first);
    return names?.size === 1 ? [...names.keys()][0] : undefined;
  }
  for (const node of given.flatMap((each) => [each, ...descendants(each)])) {
    if (!ts.isPropertyAssignment(node)) continue;
    const value = unwrap(node.initializer);
    if (optionValue(value, 'decrement')) return node.name.getText();
    const isTaken = ts.isPrefixUnaryExpression(value) && value.operator === ts.SyntaxKind.MinusToken;
    const owner = node.parent.parent;
    if (isTaken && ts.isPropertyAssignment(owner) && /^['"]?\$inc['"]?$/.test(owner.name.getText())) return node.name.getText();
  }
  return undefined;
}

/** Does a write stand under the condition that a comparison is a part of, or behind one that leaves? */
function isAsked(comparison: ts.Node, write: ts.Node): boolean {
  const around = [...ancestorsInFunction(comparison)].find(ts.isIfStatement);
  if (!around || !isWithin(comparison, around.expression)) return false;
  return isWithin(write, around) || (around.end < write.pos && leaves(around.thenStatement));
}

/** The row of `{ [column]: balance }`, where `balance` is assigned a sum of one of its columns, in whichever branch. */
function rowOfSome(value: Expression): string | undefined {
  const declaration = ts.isIdentifier(value) ? declarationOf(value) : undefined;
  const sums = declaration && ts.isVariableDeclaration(declaration) ? writesTo(declaration).filter(isSum) : [];
  for (const node of sums.flatMap((sum) => descendants(sum)))
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) return node.expression.text;
  return undefined;
}

/** `query('UPDATE accounts SET balance = $1 WHERE id = $2', [rows[0].balance - amount, id])`. */
function changedBySql(call: ts.CallExpression): { name: string; row: string } | undefined {
  const [, values] = call.arguments;
  const list = values && valueOf(values);
  const { set, where } = partsOfUpdate(call);
  if (!list || !ts.isArrayLiteralExpression(list)) return undefined;
  for (const [index, { 1: name = '', 2: place }] of [...set.matchAll(/"?(\w+)"?\s*=\s*(?:\$(\d+)|\?)/g)].entries()) {
    const given = list.elements[place === undefined ? index : Number(place) - 1];
    const value = given && valueOf(given);
    const row = value && isSum(value) ? rowBefore(value, name) : undefined;
    if (row !== undefined && !new RegExp(`\\b${name}\\b`).test(where)) return { name, row };
  }
  return undefined;
}

/** `product.stock` of `product.stock--`, `product.stock -= 1` and `product.stock = product.stock - 1` before a write, where `product` is the row. */
function stepOn(node: ts.Node, row: string, write: ts.Node): ts.PropertyAccessExpression | undefined {
  if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) {
    const { operand, operator } = node;
    const isStep = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
    const isBefore = isStep && node.pos < write.pos && !isLeft(node, write);
    return isBefore && ts.isPropertyAccessExpression(operand) && operand.expression.getText() === row ? operand : undefined;
  }
  if (!isAssignment(node) || node.pos >= write.pos || isLeft(node, write)) return undefined;
  const { left, right } = node;
  if (!ts.isPropertyAccessExpression(left) || left.expression.getText() !== row) return undefined;
  const isStep = /^[+-]=$/.test(node.operatorToken.getText()) && !ts.isStringLiteralLike(unwrap(right));
  const value = valueOf(right);
  return isStep || (isSum(value) && rowBefore(value, left.name.text) === row) || isHighest(node, left) ? left : undefined;
}

/** `if (amount > auction.highest) auction.highest = amount`, of no time and no place in a stream. */
function isHighest(node: ts.BinaryExpression, column: ts.PropertyAccessExpression): boolean {
  const around = [...ancestorsInFunction(node)].find((each) => ts.isIfStatement(each));
  if (
    !around ||
    !ts.isIfStatement(around) ||
    /time|date|At$|seen|sequence|cursor|offset|version|block|height/i.test(column.name.text)
  )
    return false;
  const sides = [column.getText(), unwrap(node.right).getText()];
  return [around.expression, ...descendants(around.expression)].some(
    (each) =>
      ts.isBinaryExpression(each) &&
      /^[<>]=?$/.test(each.operatorToken.getText()) &&
      sides.every((side) => [each.left, each.right].some((part) => unwrap(part).getText() === side)),
  );
}

/** In a branch that has left before the write: `if (…) { product.tries += 1; throw … }`. */
function isLeft(node: ts.Node, write: ts.Node): boolean {
  return [...ancestorsInFunction(node)].some((each) => ts.isBlock(each) && !isWithin(write, each) && leaves(each));
}

/** The row of `{ stock: product.stock }`, where `product.stock -= 1` stands before. */
function changedBefore(value: Expression, column: string, write: ts.Node, scope: ts.Node): string | undefined {
  const node = unwrap(value);
  if (!ts.isPropertyAccessExpression(node) || node.name.text !== column || !ts.isIdentifier(node.expression)) return undefined;
  const row = node.expression.text;
  return descendants(scope).some((each) => stepOn(each, row, write)?.name.text === column) ? row : undefined;
}

/** The row of `{ tags: [...post.tags, tag] }`, or of `{ tags }` where `post.tags` was taken out and pushed to. */
function grownFrom(given: Expression, column: string, write: ts.Node, scope: ts.Node): string | undefined {
  const value = valueOf(given);
  const list = ts.isArrayLiteralExpression(value) ? spreadOf(value) : value;
  if (!list || !ts.isPropertyAccessExpression(list) || list.name.text !== column || !ts.isIdentifier(list.expression))
    return undefined;
  const names = [given.getText(), list.getText()];
  const isGrown = (node: ts.Node) =>
    ts.isCallExpression(node) &&
    node.pos < write.pos &&
    /^(?:push|unshift)$/.test(calleeName(node)) &&
    names.includes(receiverOf(node)?.getText() ?? '');
  return list !== value || descendants(scope).some(isGrown) ? list.expression.text : undefined;
}

/** The one list that another is made of with something added. */
function spreadOf({ elements }: ts.ArrayLiteralExpression): Expression | undefined {
  const [only, another] = elements.filter(ts.isSpreadElement);
  return only && !another && elements.length > 1 ? valueOf(only.expression) : undefined;
}

function receiverOf({ expression }: ts.CallExpression): Expression | undefined {
  return ts.isPropertyAccessExpression(expression) ? unwrap(expression.expression) : undefined;
}

function isSum(value: Expression): value is ts.BinaryExpression {
  const node = unwrap(value);
  return ts.isBinaryExpression(node) && /^[+-]$/.test(node.operatorToken.getText());
}

/**
 * `product` of `product.stock - 1`, where the column is `stock`; also where the one or the other has a name of its own, and `{ stock }` where
 * that is what was taken out of the row.
 */
function rowBefore(sum: Expression, column: string): string | undefined {
  for (const node of descendants(sum)) {
    const declaration = ts.isIdentifier(node) && !isMemberName(node) ? declarationOf(node) : undefined;
    if (declaration && ts.isBindingElement(declaration) && (declaration.propertyName ?? declaration.name).getText() === column)
      return declaration.parent.getText();
    const value = ts.isIdentifier(node) && !isMemberName(node) ? valueOf(node) : node;
    if (ts.isPropertyAccessExpression(value) && value.name.text === column) return unwrap(value.expression).getText();
  }
  return undefined;
}
