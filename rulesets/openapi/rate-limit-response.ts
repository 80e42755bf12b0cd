import { defineApiRule } from '../../server/core/rule.ts';
import { retryAfter } from './components.ts';
import { nameOf } from './http.ts';
import { missingResponse } from './missing-response.ts';
import page from './rate-limit-response.md';

export default defineApiRule({
  page,
  theme: 'limits',
  severity: 'info',
  formats: ['openapi'],
  ...missingResponse({
    status: '429',
    name: 'TooManyRequests',
    names: /^(?:too_?many|rate_?limit|429)/i,
    description: 'Too many requests.',
    applies: () => true,
    headers: (api, edit) => {
      const header = retryAfter(api, edit, 1);
      return (from) => ({ 'Retry-After': header(from) });
    },
    one: (operation) => `${nameOf(operation)} does not say what a client that asks too often gets; declare \`429\`.`,
    many: (amount, first) =>
      `${amount} operations, such as ${nameOf(first)}, do not say what a client that asks too often gets; declare \`429\`.`,
  }),
});
