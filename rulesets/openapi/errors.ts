/** The bodies of error responses. */
import { groupBy } from '../../server/core/group.ts';
import type { Api, Place } from '../../server/core/model/api.ts';
import { isJsonMediaType, propertiesOf } from '../schema.ts';
import { bodiesOf, isError, served } from './http.ts';

/** A JSON body of an error response: its media type's place, in Swagger 2.0 the response itself. */
export interface ErrorBody {
  readonly status: string;
  readonly body: Place;
  /** How many responses have it: a shared response has as many as name it. */
  readonly uses: number;
}

/** The JSON bodies of the error responses the API gives, each place once. */
export function errorBodies(api: Api): ErrorBody[] {
  const found = new Map<Place, ErrorBody>();
  for (const { responses } of served(api)) {
    for (const { status, response } of responses) {
      if (!isError(status)) continue;
      for (const body of bodiesOf(api, response)) {
        if ((!api.isSwagger && !isJsonMediaType(body.key)) || !body.has('schema')) continue;
        const known = found.get(body);
        found.set(body, { status: known?.status ?? status, body, uses: (known?.uses ?? 0) + 1 });
      }
    }
  }
  return [...found.values()];
}

/** The schemas of error bodies, where they are written, each once. */
export function errorSchemas(api: Api): Place[] {
  return [...new Map(errorBodies(api).map(({ body }) => [body.get('schema'), body.get('schema')])).values()];
}

/** Does the body refer to a schema that others may refer to as well? */
export function isShared(body: Place): boolean {
  return body.get('schema') !== body.deref().child('schema');
}

/** The object that nearly all error bodies share, if there is one: the API's own envelope. Few uses are no custom yet. */
export function ownEnvelope(bodies: readonly ErrorBody[]): Place | undefined {
  const usesOf = (group: readonly ErrorBody[]) => group.reduce((sum, { uses }) => sum + uses, 0);
  const shapes = groupBy(
    bodies.filter(({ body }) => isShared(body) && !/^application\/problem\+/i.test(body.key)),
    ({ body }) => body.get('schema'),
  );
  const most = [...shapes.values()].sort((a, b) => usesOf(b) - usesOf(a))[0] ?? [];
  const schema = most[0]?.body.get('schema');
  const isCustom = usesOf(most) >= 5 && usesOf(most) >= 0.75 * usesOf(bodies);
  return schema && isCustom && propertiesOf(schema).byName.size > 0 ? schema : undefined;
}
