import { type CodeFix, type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, enclosingFunction, indentAt, ts } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo, calleeName, isMemberName, isWithin, mentions } from '../../server/core/typescript/syntax.ts';
import { isSessionOfQuery, sqlText } from './databases.ts';
import { awaitedBy, declaredBy, indentMore, linesOf, newline, stepOf } from './edits.ts';
import page from './db-transaction-rollback.md';

/** Calls that begin a transaction by hand, and those that end it well and badly; `sql` where they are SQL text. */
const drivers: readonly {
  readonly begins: RegExp;
  readonly commits: RegExp;
  readonly undoes: RegExp;
  /** The statement that undoes; where undoing nothing is an error of its own, it asks first. */
  readonly undo: (client: string) => string;
}[] = [
  {
    begins: /^(?:mysql2?|mysql2\/promise|mariadb):.*\.beginTransaction$/,
    commits: /^commit$/,
    undoes: /^(?:rollback|destroy|end)$/,
    undo: (client) => `await ${client}.rollback();`,
  },
  {
    begins: /^typeorm:.*(?:createQueryRunner|QueryRunner)\(\)\.startTransaction$/,
    commits: /^commitTransaction$/,
    undoes: /^rollbackTransaction$/,
    undo: (client) => `if (${client}.isTransactionActive) await ${client}.rollbackTransaction();`,
  },
  {
    begins:
      /^mongo(?:db:MongoClient\(\)\.|ose:(?:mongoose\.|connection\.)*)(?:startSession|ClientSession)\(\)\.startTransaction$|^mongodb:ClientSession\(\)\.startTransaction$/,
    commits: /^commitTransaction$/,
    undoes: /^(?:abortTransaction|endSession)$/,
    undo: (client) => `if (${client}.inTransaction()) await ${client}.abortTransaction();`,
  },
];
const clients =
  /^(?:pg|pg-pool|@neondatabase\/serverless):(?:native\.)?(?:Pool\(\)\.connect|Client|PoolClient|ClientBase|\(\)\.connect)\(\)\.query$/;

/**
 * Evidence: one function begins a transaction by hand on a client it names, and commits it, and neither rolls it back nor
 * throws the connection away, nor hands the client to a function that may. Of Sequelize, Knex and Objection a transaction is a handle:
 * one that is begun, used and committed, and never rolled back.
 */
export default defineCodeRule<ts.CallExpression>({
  page,
  severity: 'error',
  *check(file) {
    yield* unfinished(file);
    if (!file.words.has(/\b(?:BEGIN|START TRANSACTION|beginTransaction|startTransaction)\b/i)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const { expression } = call;
      if (!ts.isPropertyAccessExpression(expression) || !ts.isIdentifier(expression.expression)) continue;
      const client = expression.expression;
      for (const left of begun(file, call) ? waysOut(call, client) : []) {
        yield {
          at: left,
          evidence: enclosingFunction(call),
          message: `\`${left.getText()}\` leaves with the transaction that \`${expression.getText()}\` began still open: its locks stay, and the next caller's statements land in it; call \`${client.text}.rollback\` first.`,
        };
      }
      const undone = begun(file, call) && isCommitted(file, client, call);
      if (!undone) continue;
      yield {
        at: expression,
        evidence: enclosingFunction(call),
        message: `The transaction that \`${call.getText()}\` begins is not rolled back when something throws before it commits: the connection goes back with it open, holding its locks, and the next caller's statements land in it; roll back in a \`catch\`.`,
        data: call,
      };
    }
  },
  fix({ data }, file) {
    const edits = data && undoing(file, data);
    return edits && { title: 'Roll back when something throws', safety: 'suggestion', edits };
  },
});

const handles =
  /^(?:(?:sequelize|sequelize-typescript|@sequelize\/core):.*\.transaction|knex:.*\.transaction|objection:.*\.(?:start)?[tT]ransaction)$/;

/** `const t = await sequelize.transaction()`, committed in the same function, with work in between, and on no way rolled back. */
function* unfinished(file: CodeFile): Iterable<CodeProblem<ts.CallExpression>> {
  if (!file.words.has(/^commit$/m)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    if (!/^(?:startT|t)ransaction$/.test(calleeName(call)) || call.arguments.some(ts.isFunctionLike)) continue;
    const declaration = boundTo(call);
    const name = declaration?.name;
    const scope = enclosingFunction(call);
    if (
      !declaration ||
      !name ||
      !ts.isIdentifier(name) ||
      ts.isSourceFile(scope) ||
      !handles.test(origin(file, call.expression) ?? '')
    )
      continue;
    const uses = descendants(scope).filter(
      (node): node is ts.Identifier =>
        ts.isIdentifier(node) &&
        node.text === name.text &&
        node !== name &&
        !isMemberName(node) &&
        declarationOf(node) === declaration,
    );
    const called = (use: ts.Identifier) => (ts.isPropertyAccessExpression(use.parent) ? use.parent.name.text : undefined);
    if (!uses.some((use) => called(use) === 'commit') || uses.length < 2) continue;
    if (!uses.every((use) => /^(?:commit|LOCK|raw)$/.test(called(use) ?? '') || isGivenTo(use))) continue;
    yield {
      at: call.expression,
      evidence: scope,
      message: `The transaction that \`${call.getText()}\` begins is not rolled back when something throws before it commits: its connection never goes back to the pool, and its locks stay; roll back in a \`catch\`.`,
    };
  }
}

/** `{ transaction: t }`, `trx('pets')`, `.transacting(trx)`, `Pet.query(trx)`: a query that runs in it, and nobody who might end it. */
function isGivenTo(use: ts.Identifier): boolean {
  const { parent } = use;
  if (ts.isShorthandPropertyAssignment(parent)) return use.text === 'transaction';
  if (ts.isPropertyAssignment(parent)) return parent.name.getText() === 'transaction';
  if (!ts.isCallExpression(parent)) return false;
  return parent.expression === use || /^(?:transacting|query|\$query|relatedQuery|\$relatedQuery)$/.test(calleeName(parent));
}

/** Rolls back in the `catch` of the `try` that commits: the one that is there, or one around what is between. */
function undoing(file: CodeFile, begin: ts.CallExpression): CodeFix['edits'] | undefined {
  const driver = begun(file, begin);
  const client = (begin.expression as ts.PropertyAccessExpression).expression as ts.Identifier;
  const calls = [...descendants(enclosingFunction(begin))].filter(
    (node): node is ts.CallExpression =>
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.expression.getText() === client.text,
  );
  const commits = calls.filter((call) => driver && commitsIt(file, driver, call));
  const [commit] = commits;
  const started = awaitedBy(begin);
  const block = started?.parent;
  // Of two transactions on one client, each would need a mend of its own.
  if (!driver || !commit || commits.length > 1 || calls.filter((call) => begun(file, call)).length > 1) return undefined;
  if (!started || !block || !ts.isBlock(block)) return undefined;
  const undo = driver === 'sql' ? `await ${client.text}.query('ROLLBACK');` : driver.undo(client.text);
  const at = block.statements.indexOf(started);
  const around = [block.parent, block.statements[at + 1]].find(
    (node): node is ts.TryStatement => node !== undefined && ts.isTryStatement(node) && isWithin(commit, node.tryBlock),
  );
  const declaration = declarationOf(client);
  const ended = awaitedBy(commit);
  if (around && around.catchClause?.block !== block && !(declaration && isWithin(declaration, around.tryBlock)))
    return inCatch(file, around, undo);
  return ended?.parent === block ? tryAround(file, block, started, ended, undo) : undefined;
}

function inCatch(file: CodeFile, { tryBlock, catchClause }: ts.TryStatement, undo: string): CodeFix['edits'] | undefined {
  const nl = newline(file);
  const outer = indentAt(file, tryBlock.getEnd() - 1);
  const inner = outer + stepOf(file, tryBlock);
  const at = catchClause ? catchClause.block.getStart() + 1 : tryBlock.getEnd();
  const line = `${nl}${inner}${undo}`;
  if (catchClause)
    return catchClause.block.statements.length > 0 && /^[ \t]*\r?\n/.test(file.text.slice(at))
      ? [{ start: at, end: at, newText: line }]
      : undefined;
  return [{ start: at, end: at, newText: ` catch (error) {${line}${nl}${inner}throw error;${nl}${outer}}` }];
}

/** Puts what stands between two statements of a block, and the second of them, into a `try`. */
function tryAround(
  file: CodeFile,
  block: ts.Block,
  before: ts.Statement,
  last: ts.Statement,
  undo: string,
): CodeFix['edits'] | undefined {
  const from = block.statements.indexOf(before) + 1;
  const to = block.statements.indexOf(last) + 1;
  const inside = block.statements.slice(from, to);
  const after = block.statements.slice(to);
  const names = new Set(inside.flatMap(declaredBy));
  const start = inside[0] && linesOf(file, inside[0])?.start;
  const end = linesOf(file, last)?.end;
  if (start === undefined || end === undefined || after.some((statement) => mentions(statement, names))) return undefined;
  const step = stepOf(file, block);
  const body = indentMore(file.text.slice(start, end), step);
  if (body === undefined) return undefined;
  const nl = newline(file);
  const indent = indentAt(file, last.getStart());
  const caught = [`${indent}} catch (error) {`, `${indent}${step}${undo}`, `${indent}${step}throw error;`, `${indent}}`, ''];
  return [{ start, end, newText: `${indent}try {${nl}${body}${caught.join(nl)}` }];
}

function commitsIt(file: CodeFile, driver: Driver, call: ts.CallExpression): boolean {
  const { text } = (call.expression as ts.PropertyAccessExpression).name;
  if (driver !== 'sql') return driver.commits.test(text);
  return text === 'query' && /^\s*(?:commit|end)\b/i.test(sqlText(file, call) ?? '');
}

type Driver = (typeof drivers)[number] | 'sql';

function begun(file: CodeFile, call: ts.CallExpression): Driver | undefined {
  const name = (call.expression as ts.PropertyAccessExpression).name.text;
  if (!/^(?:query|beginTransaction|startTransaction)$/.test(name)) return undefined;
  const from = origin(file, call.expression) ?? '';
  if (name !== 'query') return drivers.find(({ begins }) => begins.test(from));
  return clients.test(from) && /^\s*(?:BEGIN|START TRANSACTION)\b[^;]*;?\s*$/i.test(sqlText(file, call) ?? '')
    ? 'sql'
    : undefined;
}

/**
 * With callbacks: the ways out of a transaction that is rolled back on others, `if (error) throw error;` and
 * `if (error) return done(error);`.
 */
function waysOut(begin: ts.CallExpression, client: ts.Identifier): ts.Statement[] {
  const callback = begin.arguments.at(-1);
  if (!callback || !ts.isFunctionLike(callback)) return [];
  const calls = [...descendants(callback)].filter((node): node is ts.CallExpression => isOf(node, client));
  const named = (names: RegExp) =>
    calls.filter(({ expression }) => names.test((expression as ts.PropertyAccessExpression).name.text));
  if (named(/^commit$/).length === 0 || named(/^rollback$/).length === 0) return [];
  return named(/^(?:query|execute)$/).flatMap((query) => {
    const answer = query.arguments.at(-1);
    const [error] = answer && ts.isFunctionLike(answer) ? answer.parameters : [];
    const body = answer && (ts.isArrowFunction(answer) || ts.isFunctionExpression(answer)) ? answer.body : undefined;
    if (!error || !body || !ts.isBlock(body)) return [];
    const asked = body.statements.find(
      (each): each is ts.IfStatement => ts.isIfStatement(each) && each.expression.getText() === error.name.getText(),
    );
    const only = asked && (ts.isBlock(asked.thenStatement) ? asked.thenStatement.statements.at(-1) : asked.thenStatement);
    return only && !/rollback|destroy|abort/i.test(asked.thenStatement.getText()) && leaves(only, error.name.getText())
      ? [only]
      : [];
  });
}

function isOf(node: ts.Node, client: ts.Identifier): boolean {
  return (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.expression.getText() === client.text
  );
}

/** `throw error`, `return done(error)`: nothing that could see to the transaction. */
function leaves(statement: ts.Statement, error: string): boolean {
  if (ts.isThrowStatement(statement)) return true;
  const call = ts.isReturnStatement(statement) ? statement.expression : undefined;
  return (
    call !== undefined &&
    ts.isCallExpression(call) &&
    /^(?:done|callback|cb|next|reject|fn)$/.test(call.expression.getText()) &&
    call.arguments[0]?.getText() === error
  );
}

/** Committed in the same function, with work in between, and on no way undone. */
function isCommitted(file: CodeFile, client: ts.Identifier, begin: ts.CallExpression): boolean {
  const driver = begun(file, begin);
  const scope = enclosingFunction(begin);
  if (!driver || ts.isSourceFile(scope)) return false;
  const declaration = declarationOf(client);
  // Who gave it the client may roll back.
  if (declaration && ts.isParameter(declaration) && /\brollback\b/i.test(file.text)) return false;
  let commits = false;
  let works = false;
  for (const node of descendants(scope)) {
    if (
      !ts.isIdentifier(node) ||
      node.text !== client.text ||
      isMemberName(node) ||
      declarationOf(node) !== declaration ||
      node === declarationName(declaration)
    )
      continue;
    const { parent } = node;
    const call = parent.parent;
    const isCall =
      ts.isPropertyAccessExpression(parent) &&
      parent.expression === node &&
      ts.isCallExpression(call) &&
      call.expression === parent;
    // Handed on, stored or returned: others may roll it back.
    if (!isCall) {
      if (ts.isPropertyAccessExpression(parent) && parent.expression === node) continue;
      if (isSessionOfQuery(node)) continue;
      return false;
    }
    const { text } = parent.name;
    if (driver === 'sql') {
      const sql = text === 'query' ? sqlText(file, call) : undefined;
      if (text === 'query' && (sql === undefined || /\brollback\b/i.test(sql))) return false;
      if ((text === 'release' && call.arguments.length > 0) || text === 'end') return false;
      commits ||= commitsIt(file, driver, call);
      works ||= sql !== undefined && /^\s*(?:insert|update|delete|with|select)\b/i.test(sql);
    } else {
      if (driver.undoes.test(text)) return false;
      commits ||= commitsIt(file, driver, call);
      works = true;
    }
  }
  return commits && works;
}

function declarationName(declaration: ts.Node | undefined): ts.Node | undefined {
  return declaration && (ts.isVariableDeclaration(declaration) || ts.isParameter(declaration)) ? declaration.name : undefined;
}
