import { defineApiRule } from '../../server/core/rule.ts';
import page from './api-key-not-in-url.md';

export default defineApiRule({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const schemes = api.isSwagger ? api.get('securityDefinitions') : api.get('components', 'securitySchemes');
    for (const written of schemes.entries()) {
      const at = written.get('in');
      if (written.get('type').string !== 'apiKey' || at.string !== 'query') continue;
      const name = written.get('name').string ?? written.key;
      yield {
        at,
        target: 'value',
        message: `The key \`${name}\` in the query ends in logs, histories and referrers; send it in a header.`,
      };
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at }, edit) {
      const scheme = at.path.slice(0, -1);
      edit(at)
        .set(at.path, 'header')
        .set([...scheme, 'name'], 'X-API-Key');
      return 'Send the key in the header X-API-Key';
    },
  },
});
