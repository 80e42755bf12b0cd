import type { Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { bodiesOf } from './http.ts';
import page from './no-content-empty.md';

export default defineApiRule<'content' | 'schema'>({
  page,
  theme: 'statuses',
  severity: 'error',
  formats: ['openapi'],
  *check(api) {
    const part = api.isSwagger ? 'schema' : 'content';
    const seen = new Set<string>();
    for (const { responses } of api.operations) {
      for (const { status, response } of responses) {
        if (!/^(?:1\d\d|1XX|204|205|304)$/i.test(status) || bodiesOf(api, response).length === 0 || seen.has(response.id))
          continue;
        seen.add(response.id);
        const at: Place = response.child(part);
        yield { at, message: `A ${status} response has no body, and this one describes \`${part}\`; remove it.`, data: part };
      }
    }
  },
  fix: {
    safety: 'safe',
    apply({ at }, edit) {
      edit(at).remove(at.path);
      return 'Remove the body';
    },
  },
});
