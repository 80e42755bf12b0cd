import { defineApiRule } from '../../server/core/rule.ts';
import page from './jwt-described.md';

export default defineApiRule({
  page,
  theme: 'security',
  severity: 'hint',
  formats: ['openapi3'],
  *check(api) {
    for (const written of api.get('components', 'securitySchemes').entries()) {
      const scheme = written.deref();
      const isBearer = scheme.get('type').string === 'http' && scheme.get('scheme').string?.toLowerCase() === 'bearer';
      if (!isBearer || scheme.has('bearerFormat')) continue;
      if (!/\bJWT\b|JSON Web Token/i.test(`${written.key} ${scheme.get('description').string ?? ''}`.replaceAll('_', ' ')))
        continue;
      yield { at: scheme, message: `\`${written.key}\` takes a JWT and says so to people only; add \`bearerFormat: JWT\`.` };
    }
  },
  fix: {
    safety: 'safe',
    apply({ at }, edit) {
      edit(at).set([...at.path, 'bearerFormat'], 'JWT');
      return 'Add bearerFormat';
    },
  },
});
