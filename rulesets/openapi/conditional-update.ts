import type { Api, Operation } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { component, errorResponse } from './components.ts';
import { addParameter, addResponse, answers, described, headerNames, isSuccess, nameOf, parametersIn, served } from './http.ts';
import page from './conditional-update.md';

export default defineApiRule<readonly Operation[]>({
  page,
  theme: 'idempotency',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    const tagged = new Set(
      served(api)
        .filter(givesTag)
        .map(({ path }) => path),
    );
    yield* findingsOf(api, {
      among: served(api).filter(({ method, path }) => (method === 'put' || method === 'patch') && tagged.has(path)),
      keeps: (operation) => {
        const headers = parametersIn(operation, 'header');
        return headers.has('if-match') || headers.has('if-unmodified-since');
      },
      placeOf: ({ place }) => place,
      one: (operation) =>
        `${nameOf(operation)} overwrites what another client changed, though GET gives an \`ETag\`; take \`If-Match\` and answer \`412\`.`,
      many: (amount, first) =>
        `${amount} updates, such as ${nameOf(first)}, overwrite what another client changed, though GET gives an \`ETag\`; take \`If-Match\` and answer \`412\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      const parameter = component(api, edit, ifMatch(api), data.length);
      const failed = {
        status: '412',
        name: 'PreconditionFailed',
        names: /^(?:precondition_?failed|412)/i,
        description: 'The resource has changed since it was read.',
      };
      const response = errorResponse(api, edit, failed, data.length);
      for (const operation of data) {
        addParameter(edit, operation.place, parameter);
        if (!answers(operation, '412')) addResponse(edit, operation, '412', response);
      }
      return 'Take If-Match';
    },
  },
});

function givesTag({ method, responses }: Operation): boolean {
  return (
    method === 'get' && responses.some(({ status, response }) => isSuccess(status) && headerNames(response).includes('etag'))
  );
}

function ifMatch(api: Api): Parameters<typeof component>[2] {
  const head = { name: 'If-Match', in: 'header', description: 'The ETag of what the change is meant for.' };
  return {
    kind: 'parameters',
    name: 'IfMatch',
    value: described(api, head, { type: 'string' }),
    fits: (parameter) => parameter.get('name').string?.toLowerCase() === 'if-match',
  };
}
