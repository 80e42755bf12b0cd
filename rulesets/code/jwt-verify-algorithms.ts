import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, origin, ts, valueOf } from '../../server/core/typescript/code.ts';
import { optionState } from '../../server/core/typescript/syntax.ts';
import page from './jwt-verify-algorithms.md';

/**
 * Evidence: jsonwebtoken's `verify` whose options are in sight and name no algorithms. A hint where version 9 restricts them by
 * the key's type; a warning for older versions and for a key that a callback chooses.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  snippet: 'jwt-verify',
  *check(file) {
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      if (origin(file, call.expression) !== 'jsonwebtoken:verify' || call.arguments.some(ts.isSpreadElement)) continue;
      const [, key, options] = call.arguments;
      if (!key || (options && !ts.isFunctionLike(options) && optionState(options, ['algorithms']) !== 'absent')) continue;
      const name = call.expression.getText();
      yield {
        at: call.expression,
        evidence: call,
        severity: isRestricted(file) && !ts.isFunctionLike(valueOf(key)) ? 'hint' : undefined,
        message: `\`${name}\` accepts every algorithm that fits its key, so the token's header has a say in how it is checked; pass \`{ algorithms: [...] }\` with the one you sign with.`,
      };
    }
  },
});

/** jsonwebtoken 9 allows only algorithms of the key's own kind; unknown versions count as new. */
function isRestricted(file: CodeFile): boolean {
  const range = file.package?.dependencies.get('jsonwebtoken');
  const major = range && /\d+/.exec(range)?.[0];
  return !major || Number(major) >= 9;
}
