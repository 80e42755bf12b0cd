import { defineApiRule } from '../../server/core/rule.ts';
import page from './rate-limit-retry-after.md';

export default defineApiRule({
  page,
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const seen = new Set<string>();
    for (const operation of api.operations) {
      // In a webhook the receiver answers, and what it sends is not this API's promise.
      if (operation.kind === 'webhook') continue;
      for (const { status, response } of operation.responses) {
        if ((status !== '429' && status !== '503') || !response.isObject || seen.has(response.id)) continue;
        seen.add(response.id);
        if (
          response
            .get('headers')
            .entries()
            .some((header) => header.key.toLowerCase() === 'retry-after')
        )
          continue;
        const message = `The ${status} response does not say when to try again; add the \`Retry-After\` header.`;
        yield { at: response, message };
      }
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at }, edit, api) {
      const description = 'Seconds to wait before the next request.';
      const header = api.isSwagger ? { description, type: 'integer' } : { description, schema: { type: 'integer', minimum: 0 } };
      edit(at).set([...at.path, 'headers', 'Retry-After'], header);
      return 'Add the Retry-After header';
    },
  },
});
