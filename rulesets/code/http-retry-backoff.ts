import { defineCodeRule } from '../../server/core/rule.ts';
import page from './http-retry-backoff.md';
import { givenToRetry, type Retry, retries } from './retry-loops.ts';

const remedy = 'wait longer each time up to a cap, with jitter: `Math.random() * Math.min(30_000, 500 * 2 ** attempt)`.';

/** Evidence: a loop or recursion that ends on success, sends the same request again on failure, and whose pause is in sight. */
export default defineCodeRule({
  page,
  severity: 'warn',
  snippet: 'retry',
  *check(file) {
    for (const retry of [...retries(file), ...givenToRetry(file)]) {
      const message = messageOf(retry);
      if (message) yield { at: retry.at, evidence: retry.evidence, message };
    }
  },
});

function messageOf({ name, wait }: Retry): string | undefined {
  if (wait.kind === 'none')
    return `\`${name}\` is sent again at once when it fails, which keeps a service down that is in trouble; ${remedy}`;
  if (wait.kind === 'constant' && !wait.jitter)
    return `\`${name}\` is sent again after the same pause (\`${wait.text}\`) each time, so callers that failed together come back together; ${remedy}`;
  if (wait.kind === 'grows' && !wait.capped)
    return `The pause before \`${name}\` is sent again (\`${wait.text}\`) grows without end; ${remedy}`;
  return undefined;
}
