import { type CodeFix, defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, enclosingFunction, indentAt, ts } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { isWithin, mentions } from '../../server/core/typescript/syntax.ts';
import { sqlText } from './databases.ts';
import { awaitedBy, declaredBy, indentMore, linesOf, newline, stepOf } from './edits.ts';
import { originsWithin, runOrigin } from './sql-drivers.ts';
import page from './db-transaction-on-pool.md';

const pools =
  /^(?:(?:pg|pg-pool|@neondatabase\/serverless):(?:native\.)?(?:Pool)?\(\)|(?:mysql2?|mysql2\/promise|mariadb):(?:createPool|Pool)\(\)(?:\.promise\(\))?)\.(?:query|execute)$/;
const control = /^\s*(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT)\b(?!.*;\s*\S)/i;

/** Evidence: a statement that begins or ends a transaction, sent through a pool of pg, mysql2 or mariadb, also by a function of the project. */
export default defineCodeRule<ts.CallExpression>({
  page,
  severity: 'error',
  roles: ['server', 'script'],
  *check(file) {
    if (!file.words.has(/\b(?:BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT)\b/i)) return;
    const told = new Set<ts.Node>();
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const { expression } = call;
      const statement = control.exec(sqlText(file, call) ?? '')?.[1];
      if (!statement || !pools.test(runOrigin(file, call) ?? poolWithin(file, call) ?? '')) continue;
      // What begins a transaction and what ends it have one cause.
      const scope = enclosingFunction(call);
      if (told.has(scope)) continue;
      told.add(scope);
      yield {
        at: expression,
        evidence: scope,
        message: `\`${expression.getText()}\` runs each statement on whichever connection is free, so \`${statement.toUpperCase()}\` and the statements around it need not share one; take a client out of the pool and use it for the whole transaction.`,
        data: call,
      };
    }
  },
  fix({ data }, file) {
    const edits = data && onOneClient(file, data);
    return edits && { title: 'Use one client for the whole transaction', safety: 'suggestion', edits };
  },
});

/**
 * `db.query('BEGIN')` of a function of the project that sends what it is given through a pool; where a caller may tell it which connection to
 * use, or it looks one up, this call has to be one that does not.
 */
function poolWithin(file: CodeFile, call: ts.CallExpression): string | undefined {
  const { node } = methodOf(file, call) ?? calleeOf(file, call) ?? {};
  if (!node || call.arguments.length > 1 || /getStore|AsyncLocalStorage|\bcls\b|namespace|inTransaction/i.test(node.getText()))
    return undefined;
  return [...originsWithin(file, call)].find((from) => pools.test(from));
}

/** Takes a client out of the pool before the transaction, sends every statement of it there, and gives it back in a `finally`. */
function onOneClient(file: CodeFile, control: ts.CallExpression): CodeFix['edits'] | undefined {
  // What only hands its statements on to the pool has no clients to give.
  const from = origin(file, control.expression) ?? '';
  // What is awaited of the callback interfaces is no answer.
  const isPg = !/^(?:mysql|maria)/.test(from);
  const [name, take] = isPg ? ['client', 'connect'] : ['connection', 'getConnection'];
  const callee = control.expression;
  const isPromise = isPg || /^(?:mysql2\/promise|mariadb):|\.promise\(\)/.test(from);
  if (!ts.isPropertyAccessExpression(callee) || !pools.test(from) || !isPromise) return undefined;
  const scope = enclosingFunction(control);
  const pool = callee.expression.getText();
  if (!isPool(callee.expression) || new RegExp(`\\b${name}\\b`).test(scope.getText())) return undefined;
  const sent = [...descendants(scope)].filter(
    (node): node is ts.CallExpression =>
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      /^(?:query|execute)$/.test(node.expression.name.text) &&
      node.expression.expression.getText() === pool,
  );
  const statements = (pattern: RegExp) => sent.filter((call) => pattern.test(sqlText(file, call) ?? ''));
  const [begin, ...begins] = statements(/^\s*(?:BEGIN|START TRANSACTION)\b/i);
  const [commit, ...commits] = statements(/^\s*COMMIT\b/i);
  const [rollback, ...rollbacks] = statements(/^\s*ROLLBACK\b/i);
  const first = begin && awaitedBy(begin);
  const last = commit && awaitedBy(commit);
  const block = first?.parent;
  if (begins.length + commits.length + rollbacks.length > 0 || !first || !last || !block) return undefined;
  if (!ts.isBlock(block) || last.parent !== block) return undefined;
  const begun = block.statements.indexOf(first);
  const inside = block.statements.slice(begun, block.statements.indexOf(last) + 1);
  // A way out between would leave the transaction open.
  const isLeft = inside.some((each) => [each, ...descendants(each)].some(ts.isReturnStatement));
  if (inside.length === 0 || isLeft) return undefined;
  const attempt = ts.isTryStatement(block.parent) && block.parent.tryBlock === block ? block.parent : undefined;
  const nl = newline(file);
  const taking = (indent: string) => `${indent}const ${name} = await ${pool}.${take}();${nl}`;
  const isOwn = (node: ts.Node) => sent.some((call) => call.expression === node.parent && call.expression.pos === node.pos);
  /** The edits that send the statements of a part there; undefined where others have a hand in it. */
  const redirected = (part: ts.Node) => {
    const inner = [part, ...descendants(part)];
    const others = inner.some(
      (node) =>
        ts.isFunctionLike(node) ||
        (ts.isAwaitExpression(node) && !sent.some((call) => call === node.expression)) ||
        (ts.isExpression(node) && node.getText() === pool && !isOwn(node)),
    );
    if (others) return undefined;
    const own = sent.filter((call) => isWithin(call, part));
    return own.map((call) => {
      const { expression } = call.expression as ts.PropertyAccessExpression;
      return { start: expression.getStart(), end: expression.getEnd(), newText: name };
    });
  };
  if (rollback) {
    const lines = attempt && linesOf(file, attempt);
    const isUndone = attempt?.catchClause && isWithin(rollback, attempt.catchClause);
    const edits = attempt && !attempt.finallyBlock && isUndone ? redirected(attempt) : undefined;
    if (!lines || !edits || !ts.isBlock(attempt.parent)) return undefined;
    const indent = indentAt(file, attempt.getStart());
    const end = attempt.getEnd();
    const give = ` finally {${nl}${indent}${stepOf(file, block)}${name}.release();${nl}${indent}}`;
    return [{ start: lines.start, end: lines.start, newText: taking(indent) }, ...edits, { start: end, end, newText: give }];
  }
  if (attempt) return undefined;
  const after = block.statements.slice(begun + inside.length);
  const names = new Set(inside.flatMap(declaredBy));
  // What is answered of it comes along.
  const isUsed = after.some((statement) => mentions(statement, names));
  if (isUsed && !after.every(ts.isReturnStatement)) return undefined;
  const whole = isUsed ? [...inside, ...after] : inside;
  const end = linesOf(file, whole.at(-1) as ts.Statement)?.end;
  const start = linesOf(file, first)?.start;
  const edits = whole.map(redirected);
  if (start === undefined || end === undefined || edits.includes(undefined)) return undefined;
  const step = stepOf(file, block);
  const indent = indentAt(file, first.getStart());
  const redirections = edits.flatMap((each) => each ?? []);
  const body = indentMore(applied(file.text, start, end, redirections), step);
  const undo = `await ${name}.query('ROLLBACK');`;
  const closing = ['} catch (error) {', `${step}${undo}`, `${step}throw error;`, '} finally {', `${step}${name}.release();`, '}'];
  if (body === undefined) return undefined;
  return [{ start, end, newText: `${taking(indent)}${indent}try {${nl}${body}${indent}${closing.join(nl + indent)}${nl}` }];
}

/** A name, or a member of `this`: an expression that is the same pool each time. */
function isPool(expression: ts.Expression): boolean {
  const owner = ts.isPropertyAccessExpression(expression) ? expression.expression : expression;
  return ts.isIdentifier(owner) || owner.kind === ts.SyntaxKind.ThisKeyword;
}

/** A part of a text, edited. */
function applied(text: string, start: number, end: number, edits: CodeFix['edits']): string {
  let [at, done] = [start, ''];
  for (const edit of edits) {
    done += text.slice(at, edit.start) + edit.newText;
    at = edit.end;
  }
  return done + text.slice(at, end);
}
