import { defineCodeRule } from '../../server/core/rule.ts';
import { ancestorsInFunction, type CodeFile, enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { isWithin } from '../../server/core/typescript/syntax.ts';
import { type DatabaseCall, databaseCalls, sqlText } from './databases.ts';
import page from './etl-error-logged.md';

/**
 * Evidence: a write to a database for each element of a list, awaited in a `try` of the loop's body whose `catch` does
 * nothing at all: no statement but `continue`, no count, and no comment that says why.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  roles: ['server', 'script'],
  *check(file) {
    if (seeds.test(file.uri)) return;
    const seen = new Set<ts.CatchClause>();
    for (const write of databaseCalls(file)) {
      const isLoaded = write.kind === 'write' && !deletes(file, write) && ts.isAwaitExpression(write.call.parent);
      const clause = isLoaded ? silentCatch(file, write) : undefined;
      if (!clause || seen.has(clause)) continue;
      seen.add(clause);
      const start = clause.getStart();
      yield {
        at: { start, end: start + 'catch'.length },
        evidence: enclosingFunction(write.call),
        message: `An element that \`${write.at.getText()}\` cannot write is left out without a trace: nobody learns how many are missing, or which; log it with its key, or collect the failures and report them at the end.`,
        related: [{ at: write.at, message: 'The write.' }],
      };
    }
  },
});

/** Data to try things out with, of which nobody misses any. */
const seeds = /\/(?:seeds?|seeders?)\/|\/seed(?:[-_.][\w-]*)?\.[cm]?[jt]s$|[-_.]seed(?:s|er)?\.[cm]?[jt]s$/i;

/** What cannot be cleared away is missing nowhere. */
function deletes(file: CodeFile, { call, driver, method }: DatabaseCall): boolean {
  if (driver === 'SQL') return /^\s*delete\b/i.test(sqlText(file, call) ?? '');
  return /delete|destroy|remove|^del$/i.test(method);
}

/** The `catch` around a write, inside a loop, that does nothing. */
function silentCatch(file: CodeFile, { call }: DatabaseCall): ts.CatchClause | undefined {
  let clause: ts.CatchClause | undefined;
  for (const node of ancestorsInFunction(call)) {
    if (ts.isTryStatement(node) && !clause) {
      if (!node.catchClause || !isWithin(call, node.tryBlock) || !isSilent(file, node.catchClause)) return undefined;
      clause = node.catchClause;
    }
    if (clause && (ts.isForOfStatement(node) || ts.isForStatement(node) || ts.isWhileStatement(node))) return clause;
  }
  const callback = enclosingFunction(call);
  const each = ts.isSourceFile(callback) ? undefined : callback.parent;
  const isEach =
    each &&
    ts.isCallExpression(each) &&
    ts.isPropertyAccessExpression(each.expression) &&
    /^(?:map|forEach)$/.test(each.expression.name.text);
  return isEach ? clause : undefined;
}

function isSilent(file: CodeFile, { block }: ts.CatchClause): boolean {
  if (/\/[/*]/.test(file.text.slice(block.getStart(), block.getEnd()))) return false;
  return block.statements.every((statement) => ts.isContinueStatement(statement) || ts.isEmptyStatement(statement));
}
