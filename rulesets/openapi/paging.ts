/** Collections and their pages: what an operation's parameters and answers say of them. */
import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import type { TreeEditors } from '../../server/core/rule.ts';
import { isOpenList, propertiesOf } from '../schema.ts';
import { headerNames, isSuccess, jsonSchemas, schemaOf } from './http.ts';

const pagingParameter =
  /^(?:limit|offset|skip|take|top|first|last|after|before|count|start|from|size|range|marker|since|max|cursor|page)$|limit|offset|cursor|page|per_?page|pagination|(?:continuation|next)_?token|max_?(?:results|items)|start(?:ing)?_?(?:at|after|index)|ending_?before/i;
const sizeParameter =
  /^(?:limit|take|top|first|count|size|max|rows)$|^(?:page_?(?:size|limit)|per_?page|max_?(?:results|items|page_?size)|limit_?per_?page|size_?page)$/i;
const pagingProperty = /next|cursor|has_?more|page|pagination|continuation|offset|limit/i;
/** What may stand beside the list when the object is nothing but a wrapper around it. */
const wrapping = /(?:total|count|size|length|meta|metadata|links|object|kind|success|status|message|etag|timestamp)s?$/i;

/** The schema of the body, and where its list is, when the list has a wrapper. */
export interface Collection {
  readonly schema: Place;
  readonly wrapped: boolean;
}

/** The list that the first JSON answer gives, if it is one: an open list of objects, bare or in a wrapper. */
export function collectionOf(api: Api, operation: Operation): Collection | undefined {
  if (operation.method !== 'get' || operation.path.endsWith('}')) return undefined;
  const success = operation.responses.find(({ status }) => isSuccess(status));
  const written = success && jsonSchemas(api, success.response)[0];
  if (!written) return undefined;
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

/** The parameters of an operation that ask for a page. */
export function pageParameters({ parameters }: Operation): Place[] {
  return parameters.filter((parameter) => {
    return parameter.get('in').string !== 'path' && pagingParameter.test(plain(parameter)) && !isDate(parameter);
  });
}

/** `from` and `start` may be the first day as well as the first item. */
function isDate(parameter: Place): boolean {
  const format = parameter.get('schema', 'format').string ?? parameter.get('format').string ?? '';
  return /^date/.test(format) || /\bdates?\b/i.test(parameter.get('description').string ?? '');
}

/** The parameter that says how many items a page has: an integer of a name that means it. */
export function sizeParameterOf(api: Api, operation: Operation): Place | undefined {
  return pageParameters(operation).find((parameter) => {
    const { value } = schemaOf(api, parameter).get('type');
    return (value === 'integer' || value === 'number') && sizeParameter.test(plain(parameter));
  });
}

function plain(parameter: Place): string {
  return (parameter.get('name').string ?? '').replaceAll(/[-[\]$]/g, '');
}

/** The parameter that takes what the page before gave for the next one. */
export function cursorParameterOf(operation: Operation): Place | undefined {
  return pageParameters(operation).find(isCursor);
}

export function isCursor(parameter: Place): boolean {
  return /cursor|(?:page|continuation|next)_?token|^marker$/i.test(plain(parameter));
}

/** Makes a bare list the `items` of a page, and gives the page a cursor. */
export function intoPage(edit: TreeEditors, { schema, wrapped }: Collection): void {
  if (wrapped) edit(schema).set([...schema.get('properties').path, 'nextCursor'], nextCursor);
  else intoObject(edit, schema, { nextCursor });
}

/** Makes a bare list, and the examples beside it, the `items` of an object. */
export function intoObject(edit: TreeEditors, schema: Place, others: object = {}): void {
  const editor = edit(schema).wrap(schema.path, (items) => {
    return { type: 'object', required: ['items'], properties: { items, ...others } };
  });
  if (schema.key !== 'schema') return;
  const body = schema.parent;
  if (body.child('example').isArray) editor.wrap([...body.path, 'example'], (items) => ({ items }));
  for (const example of body.child('examples').entries()) {
    // Those of OpenAPI 2.0 are values themselves.
    const value = example.isArray ? example : example.child('value');
    if (value.isArray) editor.wrap(value.path, (items) => ({ items }));
  }
}

const nextCursor = { type: 'string', description: 'Send it as cursor for the next page; absent on the last.' };

/** Does the answer itself tell where the next page is: a header, a member of the body? */
export function tellsNext(api: Api, operation: Operation): boolean {
  return operation.responses.some(({ status, response }) => {
    if (!isSuccess(status)) return false;
    if (headerNames(response).some((name) => /^link$|page|next|cursor|total|count|range/.test(name))) return true;
    return jsonSchemas(api, response).some((schema) => {
      const { byName, complete } = propertiesOf(schema);
      return !complete || [...byName].some(([name, property]) => pagingProperty.test(name) || isPagingObject(property));
    });
  });
}
