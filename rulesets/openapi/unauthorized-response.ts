import { defineApiRule } from '../../server/core/rule.ts';
import { described, isSecured, nameOf } from './http.ts';
import { missingResponse } from './missing-response.ts';
import page from './unauthorized-response.md';

export default defineApiRule({
  page,
  theme: 'statuses',
  severity: 'info',
  formats: ['openapi'],
  ...missingResponse({
    status: '401',
    also: ['403'],
    name: 'Unauthorized',
    names: /^(?:un_?auth|401)/i,
    description: 'The credentials are missing, wrong or expired.',
    applies: isSecured,
    headers: (api) => () => ({
      'WWW-Authenticate': described(api, { description: 'How to authenticate.' }, { type: 'string' }),
    }),
    one: (operation) => `${nameOf(operation)} wants credentials and does not say what happens without them; declare \`401\`.`,
    many: (amount, first) =>
      `${amount} operations with credentials, such as ${nameOf(first)}, do not say what happens without them; declare \`401\`.`,
  }),
});
