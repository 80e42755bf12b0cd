import { defineCodeRule } from '../../server/core/rule.ts';
import page from './http-retry-jitter.md';
import { givenToRetry, retries } from './retry-loops.ts';

/** Evidence: a retry whose pause grows from one attempt to the next, and no call of anything random in it. */
export default defineCodeRule({
  page,
  severity: 'info',
  snippet: 'retry',
  *check(file) {
    for (const { at, evidence, name, wait } of [...retries(file), ...givenToRetry(file)]) {
      if (wait.kind !== 'grows' || wait.jitter) continue;
      yield {
        at,
        evidence,
        message: `The pause before \`${name}\` is sent again (\`${wait.text}\`) has no jitter, so callers that failed together come back together; multiply it by \`Math.random()\`.`,
      };
    }
  },
});
