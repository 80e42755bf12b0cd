import { defineApiRule } from '../../server/core/rule.ts';
import { served } from './http.ts';
import page from './rate-limit-headers.md';

const obsolete = /^(?:x-)?rate-?limit-(?:limit|remaining|reset)(?:-.*)?$/i;

export default defineApiRule({
  page,
  theme: 'limits',
  severity: 'hint',
  optIn: true,
  formats: ['openapi'],
  *check(api) {
    const headers = served(api)
      .flatMap(({ responses }) => responses)
      .flatMap(({ response }) => response.get('headers').entries())
      .filter(({ key }) => /rate-?limit/i.test(key));
    // The three stand and fall together: the first is enough.
    const at = headers.find(({ key }) => obsolete.test(key));
    if (!at) return;
    yield { at, message: `\`${at.key}\` is an obsolete form; say the limit in \`RateLimit\` and \`RateLimit-Policy\`.` };
  },
});
