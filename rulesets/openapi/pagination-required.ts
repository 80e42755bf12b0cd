import { groupBy } from '../../server/core/group.ts';
import { type Api, isRecord, type Operation, type Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { inspect } from '../../server/core/structure/inspect.ts';
import { hasType, type JsonType } from '../../server/core/structure/shape.ts';
import { standingAt } from '../../server/core/structure/standing.ts';
import { component } from './components.ts';
import { addParameter, described, headerNames, isSuccess, schemaOf, served } from './http.ts';
import { type Collection, collectionOf, intoPage, isCursor, pageParameters, tellsNext } from './paging.ts';
import page from './pagination-required.md';

interface Listing {
  readonly operation: Operation;
  readonly collection: Collection;
}

export default defineApiRule<readonly Listing[]>({
  page,
  theme: 'collections',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const listings = served(api).flatMap((operation) => {
      const collection = collectionOf(api, operation);
      return collection ? [{ operation, collection }] : [];
    });
    const names = (ownParameters(api)?.map((parameter) => parameter.get('name').string) ?? ['limit', 'cursor']).map(
      (name) => `\`${name}\``,
    );
    const remedy = `take ${names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0]} and return a page.`;
    yield* findingsOf<Listing>(api, {
      among: listings,
      keeps: ({ operation }) => isPaged(operation),
      placeOf: ({ operation }) => operation.place,
      one: ({ operation }) => `GET \`${operation.path}\` returns the whole collection; ${remedy}`,
      many: (amount, { operation }) => `${amount} collections, such as GET \`${operation.path}\`, are returned whole; ${remedy}`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      const own = ownParameters(api);
      if (own) {
        // Who takes a cursor gives one, and where this API's answers have it nothing says.
        if (own.some(isCursor) && data.some(({ operation }) => !tellsNext(api, operation))) return undefined;
        const references = own.map((parameter) => component(api, edit, asComponent(api, parameter), data.length));
        for (const { operation } of data) for (const write of references) addParameter(edit, operation.place, write);
        return 'Page the collection as the others are';
      }
      if (data.some(({ collection }) => collection.wrapped && !collection.schema.get('properties').isObject)) return undefined;
      const parameters = newParameters(api).map((wanted) => component(api, edit, wanted, data.length));
      for (const { operation, collection } of data) {
        intoPage(edit, collection);
        for (const write of parameters) addParameter(edit, operation.place, write);
      }
      return data.length > 1 ? 'Return the collections in pages' : 'Return the collection in pages';
    },
  },
});

function isPaged(operation: Operation): boolean {
  if (pageParameters(operation).length > 0) return true;
  const success = operation.responses.find(({ status }) => isSuccess(status));
  return success !== undefined && headerNames(success.response).some((name) => /^link$|page|next|cursor/.test(name));
}

/** The parameters by which most of the document's collections are paged; undefined where there is no custom yet. */
function ownParameters(api: Api): readonly Place[] | undefined {
  const sets = served(api)
    .filter(({ method, path }) => method === 'get' && !path.endsWith('}'))
    .map(pageParameters)
    .filter((parameters) => parameters.length > 0 && parameters.every((parameter) => parameter.get('in').string === 'query'));
  const groups = [...groupBy(sets, (set) => set.map((parameter) => parameter.get('name').string).join()).values()];
  return groups.reduce((most, group) => (group.length > most.length ? group : most), [] as Place[][])[0];
}

function asComponent(api: Api, parameter: Place): Parameters<typeof component>[2] {
  const name = parameter.get('name').string ?? '';
  return {
    kind: 'parameters',
    name,
    value: sound(api, parameter),
    fits: (other) => other.get('name').string === name && other.get('in').string === 'query',
  };
}

/** A copy of a parameter, without fields that there are none of and samples that its schema refuses: a mistake stays one. */
function sound(api: Api, parameter: Place): object {
  const copy = structuredClone(parameter.value as Record<string, unknown>);
  const type = schemaOf(api, parameter).get('type').string as JsonType | undefined;
  for (const shape of standingAt(parameter).shapes)
    for (const { kind, key } of inspect(shape, copy).problems) if (kind === 'unknown') delete copy[String(key)];
  for (const holder of [copy, copy.schema].filter(isRecord)) {
    for (const key of ['default', 'example']) if (type && key in holder && !hasType([type], holder[key])) delete holder[key];
  }
  return copy;
}

function newParameters(api: Api): readonly Parameters<typeof component>[2][] {
  const inQuery = (name: string) => (parameter: Place) =>
    parameter.get('name').string === name && parameter.get('in').string === 'query';
  const limit = { name: 'limit', in: 'query', description: 'Most items on a page.' };
  const cursor = { name: 'cursor', in: 'query', description: 'The nextCursor of the page before.' };
  return [
    {
      kind: 'parameters',
      name: 'Limit',
      value: described(api, limit, { type: 'integer', minimum: 1, maximum: 100, default: 20 }),
      fits: inQuery('limit'),
    },
    { kind: 'parameters', name: 'Cursor', value: described(api, cursor, { type: 'string' }), fits: inQuery('cursor') },
  ];
}
