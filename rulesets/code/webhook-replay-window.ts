import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, enclosingFunction, origin, ts } from '../../server/core/typescript/code.ts';
import { addArgument } from './edits.ts';
import page from './webhook-replay-window.md';
import { providers } from './webhook-providers.ts';
import { verificationIn, verifiesBySdk } from './webhook-verification.ts';

const timestamps = new Map(providers.flatMap(({ name, timestamp }) => (timestamp ? [[timestamp.header, name] as const] : [])));

/**
 * Evidence: the header that carries a provider's timestamp, read in a function that compares an HMAC, in a file that asks
 * for the time nowhere and calls no verifier of a library (those look at the timestamp themselves). Or Stripe's `verifyHeader`,
 * which does not unless it is told.
 */
export default defineCodeRule<ts.CallExpression>({
  page,
  severity: 'warn',
  *check(file) {
    yield* withoutTolerance(file);
    if (
      !file.text.includes('createHmac') ||
      /\b(?:Date\.now|new Date\b|Date\(|performance\.now|dayjs|moment|Temporal)/.test(file.text)
    )
      return;
    for (const literal of file.nodes(ts.SyntaxKind.StringLiteral)) {
      const provider = timestamps.get(literal.text.toLowerCase());
      if (!provider || ts.isImportDeclaration(literal.parent)) continue;
      const scope = enclosingFunction(literal);
      if (ts.isSourceFile(scope) || verifiesBySdk(file) || !verificationIn(file, scope)) continue;
      yield {
        at: literal,
        evidence: scope,
        message: `The timestamp of \`${literal.text}\` is signed but never compared with the clock, so a recorded ${provider} webhook can be sent again for ever; refuse it when it is more than five minutes old.`,
      };
    }
  },
  fix({ data }) {
    return data && { title: 'Allow five minutes', safety: 'suggestion', edits: [addArgument(data, '300')] };
  },
});

/** Stripe's `verifyHeader` looks at the time only when it is told how old a webhook may be; `constructEvent` does by itself. */
function* withoutTolerance(file: CodeFile): Iterable<CodeProblem<ts.CallExpression>> {
  if (!file.text.includes('verifyHeader')) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const from = origin(file, call.expression);
    if (from === undefined || !/^stripe:.*\.signature\.verifyHeader(?:Async)?$/.test(from)) continue;
    if (call.arguments.length !== 3 || call.arguments.some(ts.isSpreadElement)) continue;
    yield {
      at: call.expression,
      evidence: call,
      message: `\`${call.expression.getText()}\` takes a Stripe webhook of any age unless it is told how many seconds it may be old, so a recorded one can be sent again for ever; pass \`300\`, or call \`constructEvent\`, which does.`,
      data: call,
    };
  }
}
