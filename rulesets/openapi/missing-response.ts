/** Rules that want an error response of every operation that can fail that way: check and fix of them all. */
import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import type { ApiRule, TreeEditors } from '../../server/core/rule.ts';
import { type ErrorResponse, errorResponse } from './components.ts';
import { addResponse, answers, served } from './http.ts';

export interface MissingResponse extends Omit<ErrorResponse, 'headers'> {
  /** Can the operation fail this way? */
  applies(api: Api, operation: Operation): boolean;
  /** Statuses that say the same; `status` counts anyway. */
  readonly also?: readonly string[];
  /** What stands in the response beside description and body. */
  headers?(api: Api, edit: TreeEditors): (from: Place) => object;
  one(operation: Operation): string;
  many(amount: string, first: Operation): string;
}

/** Check and fix of a rule that wants `wanted.status`; a class (`4XX`) and `default` count as an answer. */
export function missingResponse(wanted: MissingResponse): Pick<ApiRule<readonly Operation[]>, 'check' | 'fix'> {
  const statuses = [wanted.status, ...(wanted.also ?? [])];
  return {
    *check(api) {
      yield* findingsOf(api, {
        among: served(api).filter((operation) => operation.responses.length > 0 && wanted.applies(api, operation)),
        keeps: (operation) => statuses.some((status) => answers(operation, status)),
        placeOf: ({ place }) => place,
        one: wanted.one,
        many: wanted.many,
      });
    },
    fix: {
      safety: 'suggestion',
      apply({ data = [] }, edit, api) {
        const { headers, ...rest } = wanted;
        const response = errorResponse(api, edit, headers ? { ...rest, headers: headers(api, edit) } : rest, data.length);
        for (const operation of data) addResponse(edit, operation, wanted.status, response);
        return data.length > 1 ? `Declare the ${wanted.status} responses` : `Declare the ${wanted.status} response`;
      },
    },
  };
}
