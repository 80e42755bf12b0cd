import { defineApiRule } from '../../server/core/rule.ts';
import { nameOf, requestSchemas } from './http.ts';
import { missingResponse } from './missing-response.ts';
import page from './validation-error-response.md';

export default defineApiRule({
  page,
  theme: 'statuses',
  severity: 'info',
  formats: ['openapi'],
  ...missingResponse({
    status: '400',
    also: ['422'],
    name: 'BadRequest',
    names: /^(?:bad_?request|validation|invalid|400)/i,
    description: 'The request is malformed or breaks a rule.',
    applies: (api, operation) => requestSchemas(api, operation).length > 0,
    one: (operation) => `${nameOf(operation)} takes a body and does not say what a bad one gets; declare \`400\` or \`422\`.`,
    many: (amount, first) =>
      `${amount} operations with a body, such as ${nameOf(first)}, do not say what a bad one gets; declare \`400\` or \`422\`.`,
  }),
});
