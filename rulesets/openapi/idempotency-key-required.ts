import { findingsOf } from '../../server/core/model/habit.ts';
import type { Api, Operation } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { component } from './components.ts';
import { addParameter, creates, described, isIdempotencyKey, requestSchemas, served } from './http.ts';
import { declareKeyResponses } from './idempotency.ts';
import page from './idempotency-key-required.md';

export default defineApiRule<readonly Operation[]>({
  page,
  theme: 'idempotency',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: served(api).filter((operation) => creates(api, operation)),
      keeps: (operation) => takesKey(api, operation),
      placeOf: ({ place }) => place,
      one: ({ path }) => `A retry of POST \`${path}\` creates twice; accept the \`Idempotency-Key\` header.`,
      many: (amount, { path }) =>
        `${amount} POST operations that create, such as \`${path}\`, create twice when retried; accept the \`Idempotency-Key\` header.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      const parameter = component(api, edit, key(api), data.length);
      for (const { place } of data) addParameter(edit, place, parameter);
      declareKeyResponses(api, edit, data);
      return 'Accept the Idempotency-Key header';
    },
  },
});

function key(api: Api) {
  const head = { name: 'Idempotency-Key', in: 'header', description: 'Makes a retry safe, a new value for each new request.' };
  return {
    kind: 'parameters' as const,
    name: 'IdempotencyKey',
    value: described(api, head, { type: 'string', maxLength: 255 }),
    fits: (parameter) => parameter.get('in').string === 'header' && isIdempotencyKey(parameter.get('name').string),
  } satisfies Parameters<typeof component>[2];
}

function takesKey(api: Api, operation: Operation): boolean {
  if (operation.parameters.some((parameter) => isIdempotencyKey(parameter.get('name').string))) return true;
  return requestSchemas(api, operation).some((schema) => [...propertiesOf(schema).byName.keys()].some(isIdempotencyKey));
}
