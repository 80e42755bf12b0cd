import { defineCodeRule } from '../../server/core/rule.ts';
import { ancestorsInFunction, enclosingFunction, type Node, ts } from '../../server/core/typescript/code.ts';
import { calleeName, optionValue } from '../../server/core/typescript/syntax.ts';
import { sqlText, transactions } from './databases.ts';
import page from './db-transaction-retry.md';

const retries =
  /40001|40P01|P2034|retr(?:y|ies)|attempt|backoff|serialization_?failure|could not serialize|deadlock|write conflict|ER_LOCK_DEADLOCK/i;

/**
 * Evidence: a transaction that asks for the isolation level SERIALIZABLE, begun in a function that runs once, in a file
 * that speaks neither of retries nor of the errors they are for.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.words.has(/serializable/i) || retries.test(file.text)) return;
    for (const { at, call } of levels()) {
      if (isWrapped(call)) continue;
      yield {
        at,
        evidence: enclosingFunction(call),
        message: `\`${at.getText()}\` makes the database refuse transactions that meet another one (PostgreSQL: error 40001), and nothing here begins again; run the whole transaction a few times more on such an error.`,
      };
    }

    function* levels(): Iterable<{ at: Node; call: ts.CallExpression }> {
      for (const { call } of transactions(file)) {
        for (const argument of call.arguments) {
          const level = ts.isStringLiteralLike(argument) ? argument : optionValue(argument, 'isolationLevel');
          if (level && /serializable['"`]?$/i.test(level.getText())) yield { at: level, call };
        }
      }
      for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
        const text = /^(?:query|execute)$/.test(calleeName(call)) ? sqlText(file, call) : undefined;
        const [at] = call.arguments;
        if (at && text && /^\s*(?:begin|start|set)\b.*\bisolation level serializable\b/i.test(text)) yield { at, call };
      }
    }
  },
});

/** In a loop, or in a function that another one is called with: either may run it again. */
function isWrapped(call: Node): boolean {
  if ([...ancestorsInFunction(call)].some((node) => ts.isIterationStatement(node, false))) return true;
  for (let scope = enclosingFunction(call); !ts.isSourceFile(scope); scope = enclosingFunction(scope))
    if (ts.isCallExpression(scope.parent)) return true;
  return false;
}
