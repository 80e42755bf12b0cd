import { defineApiRule } from '../../server/core/rule.ts';
import { called } from './http.ts';
import { localHost } from './server-https.ts';
import page from './webhook-https-callback.md';

export default defineApiRule({
  page,
  theme: 'webhooks',
  severity: 'warn',
  formats: ['openapi3'],
  *check(api) {
    for (const { kind, path, pathItem } of called(api)) {
      const host = /^http:\/\/((?:\{[^}]*\}|\[[^\]]*\]|[^/:?#{])*)/i.exec(path)?.[1];
      if (kind !== 'callback' || host === undefined || (!host.includes('{') && localHost.test(host))) continue;
      yield { at: pathItem, message: `The callback goes to \`${host}\` in plain text; use \`https\`.` };
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at }, edit) {
      if (!/^http:/i.test(at.key)) return undefined;
      edit(at).rename(at.path, at.key.replace(/^http:/i, 'https:'));
      return 'Use https';
    },
  },
});
