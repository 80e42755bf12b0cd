import { defineApiRule } from '../../server/core/rule.ts';
import { nameOf } from './http.ts';
import { missingResponse } from './missing-response.ts';
import page from './server-error-response.md';

export default defineApiRule({
  page,
  theme: 'statuses',
  severity: 'info',
  optIn: true,
  formats: ['openapi'],
  ...missingResponse({
    status: '500',
    also: ['502', '503', '504'],
    name: 'InternalServerError',
    names: /^(?:(?:internal_?)?server_?error|internal_?error|500)/i,
    description: 'Something went wrong on the server.',
    applies: () => true,
    one: (operation) => `${nameOf(operation)} does not say how it fails; declare \`500\` or \`default\`.`,
    many: (amount, first) =>
      `${amount} operations, such as ${nameOf(first)}, do not say how they fail; declare \`500\` or \`default\`.`,
  }),
});
