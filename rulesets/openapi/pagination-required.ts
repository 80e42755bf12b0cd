import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { isJsonMediaType, isOpenList, propertiesOf } from '../schema.ts';
import page from './pagination-required.md';

const pagingParameter =
  /^(?:limit|offset|skip|take|top|first|last|after|before|count|start|from|size|range|marker|since|max|cursor|page)$|limit|offset|cursor|page|per_?page|pagination|(?:continuation|next)_?token|max_?(?:results|items)|start(?:ing)?_?(?:at|after|index)|ending_?before/i;
const pagingProperty = /next|cursor|has_?more|page|pagination|continuation|offset|limit/i;
/** What may stand beside the list when the object is nothing but a wrapper around it. */
const wrapping = /(?:total|count|size|length|meta|metadata|links|object|kind|success|status|message|etag|timestamp)s?$/i;

/** The schema of the body, and where its list is, when the list has a wrapper. */
interface Collection {
  readonly schema: Place;
  readonly wrapped: boolean;
}

export default defineApiRule<Collection>({
  page,
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    for (const operation of api.operations) {
      if (operation.kind !== 'path' || operation.method !== 'get' || operation.path.endsWith('}')) continue;
      const data = collectionOf(api, operation);
      if (!data || isPaged(operation)) continue;
      const message = `GET \`${operation.path}\` returns the whole collection; take \`limit\` and \`cursor\` and return a page.`;
      yield { at: operation.place, message, data };
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at, data }, edit, api) {
      if (!data) return undefined;
      const { schema, wrapped } = data;
      const nextCursor = { type: 'string', description: 'Send it as cursor for the next page; absent on the last.' };
      if (wrapped) {
        const properties = schema.get('properties');
        if (!properties.isObject) return undefined;
        edit(properties).set([...properties.path, 'nextCursor'], nextCursor);
      } else {
        const object = { type: 'object', required: ['items'], properties: { items: schema.value, nextCursor } };
        edit(schema).set(schema.path, object);
      }
      const parameters = [...at.path, 'parameters'];
      const [limit, cursor] = pageParameters(api);
      const editor = edit(at);
      if (at.has('parameters')) editor.append(parameters, limit).append(parameters, cursor);
      else editor.set(parameters, [limit, cursor]);
      return 'Return the collection in pages';
    },
  },
});

/** The list that the first JSON answer gives, if it is one: an open list of objects, bare or in a wrapper. */
function collectionOf(api: Api, operation: Operation): Collection | undefined {
  const success = operation.responses.find(({ status }) => /^2(?:\d\d|XX)$/i.test(status));
  if (
    !success ||
    success.response
      .get('headers')
      .entries()
      .some(({ key }) => /^link$|page|next|cursor/i.test(key))
  )
    return undefined;
  const body = api.isSwagger
    ? success.response
    : success.response
        .get('content')
        .entries()
        .find(({ key }) => isJsonMediaType(key));
  const written = body?.deref().child('schema');
  if (!written?.exists) return undefined;
  if (isOpenList(written)) return { schema: written, wrapped: false };
  return isWrapper(written) ? { schema: written.deref(), wrapped: true } : undefined;
}

/** Has the object one list of objects and beside it nothing but words about the list? */
function isWrapper(schema: Place): boolean {
  const { byName, complete } = propertiesOf(schema);
  const lists = [...byName.values()].filter((property) => property.get('items').exists);
  if (!complete || lists.length !== 1 || !isOpenList(lists[0] as Place)) return false;
  const others = [...byName].filter(([, property]) => property !== lists[0]);
  return others.every(([name, property]) => wrapping.test(name) && !pagingProperty.test(name) && !isPagingObject(property));
}

function isPagingObject(property: Place): boolean {
  return [...propertiesOf(property).byName.keys()].some((name) => pagingProperty.test(name));
}

function isPaged({ parameters }: Operation): boolean {
  return parameters.some((parameter) => pagingParameter.test((parameter.get('name').string ?? '').replaceAll(/[-[\]$]/g, '')));
}

function pageParameters(api: Api): [object, object] {
  const type = (schema: object) => (api.isSwagger ? schema : { schema });
  return [
    { name: 'limit', in: 'query', description: 'Most items on a page.', ...type({ type: 'integer', minimum: 1, maximum: 100 }) },
    { name: 'cursor', in: 'query', description: 'The nextCursor of the page before.', ...type({ type: 'string' }) },
  ];
}
