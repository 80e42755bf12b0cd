/** What a key that is used twice gets, as draft-ietf-httpapi-idempotency-key-header has it. */
import type { Api, Operation } from '../../server/core/model/api.ts';
import type { TreeEditors } from '../../server/core/rule.ts';
import { errorResponse } from './components.ts';
import { addResponse, answers } from './http.ts';

const responses = [
  { status: '409', name: 'IdempotencyConflict', description: 'A request with this key is still being worked on.' },
  { status: '422', name: 'IdempotencyKeyReused', description: 'This key came before with another payload.' },
] as const;

/** Declares 409 and 422 for operations that take a key, unless they already say either. */
export function declareKeyResponses(api: Api, edit: TreeEditors, operations: readonly Operation[]): void {
  const silent = operations.filter((operation) => !responses.some(({ status }) => answers(operation, status)));
  for (const { status, name, description } of responses) {
    const response = errorResponse(api, edit, { status, name, description, names: new RegExp(`^${name}$`) }, silent.length);
    for (const operation of silent) addResponse(edit, operation, status, response);
  }
}
