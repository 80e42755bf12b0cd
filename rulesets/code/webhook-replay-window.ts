import { defineCodeRule } from '../../server/core/rule.ts';
import { enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import page from './webhook-replay-window.md';
import { providers } from './webhook-providers.ts';
import { verificationIn, verifiesBySdk } from './webhook-verification.ts';

const timestamps = new Map(providers.flatMap(({ name, timestamp }) => (timestamp ? [[timestamp.header, name] as const] : [])));

/**
 * Evidence: the header that carries a provider's timestamp, read in a function that compares an HMAC, in a file that asks
 * for the time nowhere and calls no verifier of a library (those look at the timestamp themselves).
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
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
});
