import { defineCodeRule } from '../../server/core/rule.ts';
import { enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { optionState } from '../../server/core/typescript/syntax.ts';
import { addArgument, addProperty } from './edits.ts';
import page from './db-pool-limits.md';

/** Evidence: a pg pool made with options in sight, also in another file, or without any, that set no time to wait for a connection. */
export default defineCodeRule<{ made: ts.NewExpression }>({
  page,
  severity: 'hint',
  *check(file) {
    if (!file.text.includes('Pool')) return;
    for (const made of file.nodes(ts.SyntaxKind.NewExpression)) {
      if (!/^(?:pg:(?:native\.)?Pool|pg-pool:(?:Pool)?)$/.test(origin(file, made.expression) ?? '')) continue;
      const state = optionState(made.arguments?.[0], ['connectionTimeoutMillis'], file);
      if (state !== 'absent' || isEnded(made)) continue;
      yield {
        at: made.expression,
        evidence: enclosingFunction(made),
        message: `\`${made.expression.getText()}\` sets no \`connectionTimeoutMillis\`, so a query waits for ever when the pool is used up or the database does not answer, and requests pile up behind it; set one.`,
        data: { made },
      };
    }
  },
  fix({ data }, file) {
    if (!data) return undefined;
    const { made } = data;
    const [options] = made.arguments ?? [];
    const title = 'Wait five seconds for a connection';
    const property = 'connectionTimeoutMillis: 5000';
    if (!options) return { title, safety: 'suggestion', edits: [addArgument(made, `{ ${property} }`)] };
    const literal = valueOf(options);
    return ts.isObjectLiteralExpression(literal)
      ? { title, safety: 'suggestion', edits: [addProperty(file, literal, property)] }
      : undefined;
  },
});

/** A pool that is ended where it is made serves one task. */
function isEnded(made: ts.Node): boolean {
  const scope = enclosingFunction(made);
  return !ts.isSourceFile(scope) && /\.end\(/.test(scope.getText());
}
