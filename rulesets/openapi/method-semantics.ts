import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { nameOf, served } from './http.ts';
import page from './method-semantics.md';

const reading = /^(?:get|list|fetch|retrieve|read|find|show)(?=[A-Z_-]|$)/;
const writing = /^(?:create|add|insert|update|modify|replace|delete|remove|cancel|send)(?=[A-Z_-]|$)/;

export default defineApiRule({
  page,
  theme: 'resources',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const named = served(api).filter(({ place }) => place.get('operationId').string !== undefined);
    const verbOf = (operation: (typeof named)[number]) =>
      contradiction(operation.method, operation.place.get('operationId').string ?? '');
    yield* findingsOf(api, {
      among: named,
      keeps: (operation) => verbOf(operation) === undefined,
      placeOf: ({ place }) => place,
      one: (operation) =>
        `${nameOf(operation)} is \`${operation.place.get('operationId').string}\`, and ${operation.method.toUpperCase()} must not ${verbOf(operation)}; use the method for it.`,
      many: (amount, first) =>
        `${amount} operations, such as ${nameOf(first)}, \`${first.place.get('operationId').string}\`, do what their method must not; use the method for it.`,
    });
  },
});

/** What the operation does, by its id, that its method must not do; a POST may do anything. */
function contradiction(method: string, id: string): string | undefined {
  if (method === 'get' || method === 'head') return writing.exec(id)?.[0];
  if (method === 'delete') return reading.exec(id)?.[0] ?? /^(?:create|add|insert|update)(?=[A-Z_-]|$)/.exec(id)?.[0];
  if (method === 'put' || method === 'patch') return reading.exec(id)?.[0] ?? /^(?:delete)(?=[A-Z_-]|$)/.exec(id)?.[0];
  return undefined;
}
