import { defineApiRule } from '../../server/core/rule.ts';
import { isBounded, isParameter, lastSegment, nameOf, parametersIn, schemaOf } from './http.ts';
import { missingResponse } from './missing-response.ts';
import page from './not-found-response.md';

export default defineApiRule({
  page,
  theme: 'statuses',
  severity: 'info',
  formats: ['openapi'],
  ...missingResponse({
    status: '404',
    also: ['410'],
    name: 'NotFound',
    names: /^(?:not_?found|404)/i,
    description: 'There is no such resource.',
    applies: (api, operation) => {
      const last = lastSegment(operation.path);
      // A PUT creates what is not there.
      if (!isParameter(last) || operation.method === 'put') return false;
      const parameter = parametersIn(operation, 'path').get(last.slice(1, -1).toLowerCase());
      return !parameter || !isBounded(schemaOf(api, parameter));
    },
    one: (operation) =>
      `${nameOf(operation)} does not say what an unknown \`${lastSegment(operation.path)}\` gets; declare \`404\`.`,
    many: (amount, first) =>
      `${amount} operations on one resource, such as ${nameOf(first)}, do not say what an unknown id gets; declare \`404\`.`,
  }),
});
