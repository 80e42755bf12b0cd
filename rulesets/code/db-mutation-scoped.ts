import { defineCodeRule } from '../../server/core/rule.ts';
import {
  descendants,
  enclosingFunction,
  type Expression,
  isAssignment,
  statementOf,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import { type DatabaseCall, databaseCalls } from './databases.ts';
import { sqlArgument } from './sql-drivers.ts';
import page from './db-mutation-scoped.md';

/**
 * Evidence: `deleteMany` or `updateMany` of Prisma whose whole filter may be undefined (an optional chain, an optional
 * parameter) with nothing in the function asking; or an UPDATE or DELETE written out without a condition, in a function
 * that does not say that it means all of them.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.words.has(/\b(?:updateMany|deleteMany|updateTable|deleteFrom|destroy|update|delete|patch)\b/i)) return;
    for (const found of databaseCalls(file)) {
      if (found.kind !== 'write') continue;
      const { call, driver, method } = found;
      const missing = driver === 'Prisma' && /Many$/.test(method) ? openFilter(call) : undefined;
      const name = found.at.getText();
      if (missing) {
        yield {
          at: missing,
          evidence: enclosingFunction(call),
          message: `Where \`${missing.getText()}\` is undefined, Prisma leaves the condition out, and \`${name}\` ${verb(found)} every row of the table; make sure that it is there first.`,
        };
      } else if (isUnbounded(found) && !isMeant(call) && !isReplaced(found)) {
        yield {
          at: found.at,
          evidence: enclosingFunction(call),
          severity: 'hint',
          message: `\`${name}\` ${verb(found)} every row of the table: it has no condition; add one, or say in the function's name that all are meant.`,
        };
      }
    }
  },
});

function verb({ call, method }: DatabaseCall): string {
  return /delete|destroy|remove/i.test(method) || /^\s*delete/i.test(constantText(call.arguments[0] ?? call.expression) ?? '')
    ? 'deletes'
    : 'changes';
}

/** The first value of a filter all of whose values may be undefined, where nobody has asked. */
function openFilter(call: ts.CallExpression): Expression | undefined {
  const members = propertiesOf(optionValue(call.arguments[0], 'where'));
  const values = [...(members?.values() ?? [])].map((member) =>
    ts.isPropertyAssignment(member) ? member.initializer : ts.isShorthandPropertyAssignment(member) ? member.name : undefined,
  );
  const open = values.map((value) => value && mayBeUndefined(value));
  return open.length > 0 && open.every((value) => value !== undefined) && !isAsked(call, [...open, ...values])
    ? values[0]
    : undefined;
}

/** What an optional chain or an optional parameter hangs on; undefined for every other value. */
function mayBeUndefined(value: Expression): ts.Identifier | undefined {
  let node = unwrap(value) === value ? valueOf(value) : undefined;
  if (!node) return undefined;
  if (ts.isIdentifier(node)) {
    const declaration = declarationOf(node);
    return declaration && ts.isParameter(declaration) && declaration.questionToken ? node : undefined;
  }
  let isOptional = false;
  while (ts.isPropertyAccessExpression(node)) {
    isOptional ||= node.questionDotToken !== undefined;
    node = node.expression;
  }
  return isOptional && ts.isIdentifier(node) ? node : undefined;
}

/** Any of the names in a condition of the function, or in a call that may assert it. */
function isAsked(call: ts.Node, names: readonly (Expression | undefined)[]): boolean {
  const wanted = new Set(names.map((name) => (name && ts.isIdentifier(name) ? name.text : undefined)));
  const named = (node: ts.Node) => [node, ...descendants(node)].some((each) => ts.isIdentifier(each) && wanted.has(each.text));
  return [...descendants(enclosingFunction(call))].some(
    (node) =>
      node.pos < call.pos &&
      (((ts.isIfStatement(node) || ts.isSwitchStatement(node)) && named(node.expression)) ||
        (ts.isConditionalExpression(node) && named(node.condition)) ||
        (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) && node.expression.arguments.some(named))),
  );
}

/** Tables that have one row. */
const oneRow = /version|setting|config|state\b|singleton|meta|counter|checkpoint|cursor|lock|sequence/i;

/** Is a query that is put together finished here, and run? */
function isRun({ parent }: ts.Node): boolean {
  return ts.isAwaitExpression(parent) || ts.isReturnStatement(parent) || ts.isArrowFunction(parent);
}

/** An UPDATE or DELETE of SQL in sight without a WHERE, or a filter that is empty or absent. */
function isUnbounded({ call, driver, method, given, receiver }: DatabaseCall): boolean {
  if (oneRow.test(receiver.getText())) return false;
  const [first] = call.arguments;
  switch (driver) {
    case 'SQL': {
      const sql = sqlArgument(call);
      const text = sql && constantText(sql);
      return (
        text !== undefined &&
        /^\s*(?:delete\s+from|update)\b/i.test(text) &&
        !/\b(?:where|limit|join|using|from\s*\()\b/i.test(text)
      );
    }
    case 'Prisma':
      return /^(?:delete|update)Many$/.test(method) && (!first || isEmpty(first) || isEmpty(optionValue(first, 'where'), first));
    case 'Drizzle':
      return (
        !oneRow.test(given[0]?.getText() ?? '') &&
        /^(?:delete|update)$/.test(method) &&
        isRun(call) &&
        !/\.(?:where|limit|from|\$dynamic)\(/.test(call.getText())
      );
    case 'Kysely':
      return (
        /^(?:delete|update)$/.test(method) &&
        !oneRow.test(given[0]?.getText() ?? '') &&
        !/\.(?:where\w*|limit|from|using|\w*[jJ]oin|\$\w+)\(/.test(call.getText())
      );
    case 'Knex':
      return (
        /^(?:del|delete|update)$/.test(method) &&
        isRun(call) &&
        !/\.(?:where\w*|and\w*|or\w*|limit|modify|join\w*)\(/.test(call.getText())
      );
    case 'Objection':
      return (
        /^(?:del|delete|update|patch)$/.test(method) &&
        isRun(call) &&
        !/\.(?:where\w*|and\w*|or\w*|find\w*|for|limit|modify\w*|\w*join\w*)\(/i.test(call.getText())
      );
    case 'MongoDB':
    case 'Mongoose':
      return /^(?:delete|update)Many$/.test(method) && (!first || isEmpty(first)) && !isOnlyPull(call.arguments[1]);
    case 'Sequelize': {
      const options = method === 'destroy' ? first : method === 'update' ? call.arguments[1] : undefined;
      return options !== undefined && isEmpty(optionValue(options, 'where'));
    }
    default:
      return false;
  }
}

/** `{ $pull: { tokens: token } }`: changes only what holds the value. */
function isOnlyPull(update: Expression | undefined): boolean {
  const names = [...(propertiesOf(update)?.keys() ?? [])];
  return names.length > 0 && names.every((name) => /^\$pull(?:All)?$/.test(name));
}

/** `{}`, written out; `owner` is the literal that has no such member. */
function isEmpty(value: Expression | undefined, owner?: Expression): boolean {
  if (!value) return owner !== undefined && optionState(owner, ['where']) === 'absent' && ts.isObjectLiteralExpression(owner);
  const node = unwrap(value);
  return ts.isObjectLiteralExpression(node) && node.properties.length === 0;
}

const meant =
  /all|every|clear|reset|purge|prune|insert-?data|sample|populate|truncate|flush|wipe|clean|empty|refresh|rebuild|sync|seed|restore|backup|temp|cache|staging|import|migrat|expire|cron|setup|teardown|test/i;

const isConfined = /\brls\b|row[- ]level/i;

/** `// Truncate before the rows are read anew`, `// RLS confines it to the tenant`, above the statement. */
function commentAbove(call: ts.CallExpression): string {
  const statement = statementOf(call) ?? call;
  return call.getSourceFile().text.slice(statement.pos, statement.getStart());
}

/** All rows go, and others take their place in the same function. */
function isReplaced(found: DatabaseCall): boolean {
  if (verb(found) !== 'deletes') return false;
  const { call, given, receiver } = found;
  const sql = sqlArgument(call);
  const table = /^\s*delete\s+from\s+([\w."`]+)/i.exec((sql && constantText(sql)) ?? '')?.[1];
  const scope = enclosingFunction(call);
  const later = call.getSourceFile().text.slice(call.end, scope.end).replace(/\s+/g, '');
  if (table !== undefined) return later.toLowerCase().includes(`insertinto${table.toLowerCase()}`);
  const rows = given[0]?.getText();
  return (
    (rows !== undefined && [`.insert(${rows})`, `.insertInto(${rows})`].some((each) => later.includes(each))) ||
    ['create', 'insert', 'bulkCreate'].some((each) => later.includes(`${receiver.getText().replace(/\s+/g, '')}.${each}`))
  );
}

/** What a condition asks for that all rows are to go. */
const wanted = /truncate|purge|clear|wipe|reset|overwrite|(?:delete|remove|replace)_?all/i;

/** The function, its class, its route, a condition around it, a comment above it or the table says that every row is meant. */
function isMeant(call: ts.CallExpression): boolean {
  const comment = commentAbove(call);
  if (meant.test(call.getText()) || meant.test(comment) || isConfined.test(comment)) return true;
  for (let node: ts.Node = call; node.parent; node = node.parent) {
    const name = isAssignment(node)
      ? ts.isFunctionLike(unwrap(node.right)) && node.left.getText()
      : (ts.isFunctionLike(node) || ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node)) && node.name?.getText();
    const path = ts.isCallExpression(node) && node !== call ? node.arguments[0] : undefined;
    if (path && ts.isStringLiteralLike(path) && path.text.startsWith('/') && meant.test(path.text)) return true;
    if (name && meant.test(name)) return true;
    if (ts.isIfStatement(node.parent) && node !== node.parent.expression && wanted.test(node.parent.expression.getText()))
      return true;
  }
  return meant.test(call.getSourceFile().fileName.split('/').slice(-2).join('/'));
}
