/** Shared components for fixes: one that fits is used again before one is added. */
import { groupBy } from '../../server/core/group.ts';
import { type Api, type Place, pointer } from '../../server/core/model/api.ts';
import type { TreeEditors } from '../../server/core/rule.ts';
import { isJsonMediaType } from '../schema.ts';
import { errorBodies, ownEnvelope } from './errors.ts';
import { described, isError } from './http.ts';

type Kind = 'responses' | 'parameters' | 'headers' | 'schemas';

export interface Component {
  readonly kind: Kind;
  /** The name of one that is added; a number makes it free. */
  readonly name: string;
  readonly value: object;
  fits(component: Place): boolean;
}

/**
 * The component as the place `from` is to write it: a reference to one that fits, else the value itself for a single use,
 * else a reference to a new component. What the value refers to is in the document's own file, so other files refer too.
 */
export function component(api: Api, edit: TreeEditors, wanted: Component, uses: number): (from: Place) => object {
  const section = sectionOf(api, wanted.kind);
  if (!section) return () => wanted.value;
  const components = api.get(...section);
  const known = components.entries().find((entry) => wanted.fits(entry.deref()));
  // They may lie in a file that a reference leads to: beside the reference nobody would look for another.
  const path = known?.path ?? [...components.path, freeName(components, wanted.name)];
  const uri = known?.doc.uri ?? components.doc.uri;
  return (from) => {
    if (!known && uses < 2 && from.doc.uri === uri) return wanted.value;
    if (!known) edit(components).set(path, wanted.value);
    return { $ref: `${from.doc.uri === uri ? '' : relative(from.doc.uri, uri)}#${pointer(path)}` };
  };
}

function sectionOf(api: Api, kind: Kind): readonly string[] | undefined {
  if (!api.isSwagger) return ['components', kind];
  return kind === 'headers' ? undefined : [kind === 'schemas' ? 'definitions' : kind];
}

function freeName(components: Place, name: string): string {
  for (let number = 1; ; number++) {
    const free = number === 1 ? name : `${name}${number}`;
    if (!components.has(free)) return free;
  }
}

/** The way from one file to another, as a reference writes it. */
function relative(from: string, to: string): string {
  const here = from.split('/').slice(0, -1);
  const there = to.split('/');
  let common = 0;
  while (common < here.length && common < there.length - 1 && here[common] === there[common]) common++;
  const way = [...here.slice(common).map(() => '..'), ...there.slice(common)].join('/');
  return way.startsWith('..') ? way : `./${way}`;
}

/** The body that the document's error responses have, if it is a shared schema; none where they have several. */
function errorContent(api: Api): object {
  const bodies = api.operations
    .filter(({ kind }) => kind === 'path')
    .flatMap(({ responses }) => responses.filter(({ status }) => isError(status)))
    .flatMap(({ response }) => (api.isSwagger ? [response] : response.get('content').entries().filter(isJson)))
    .filter((body) => body.child('schema').child('$ref').string?.startsWith('#/') && body.doc.uri === api.uri);
  const groups = [...groupBy(bodies, (body) => `${body.key} ${body.child('schema').child('$ref').string}`).values()];
  const [first] = groups.reduce((most, group) => (group.length > most.length ? group : most), [] as Place[]);
  // One of several would become the custom that the others break.
  if (!first || (groups.length > 1 && ownEnvelope(errorBodies(api)) !== first.get('schema'))) return {};
  const schema = { $ref: first.child('schema').child('$ref').string };
  return api.isSwagger ? { schema } : { content: { [first.key]: { schema } } };
}

function isJson({ key }: Place): boolean {
  return isJsonMediaType(key);
}

/** The `Retry-After` header as a response carries it. */
export function retryAfter(api: Api, edit: TreeEditors, uses: number): (from: Place) => object {
  return component(
    api,
    edit,
    {
      kind: 'headers',
      name: 'RetryAfter',
      value: described(api, { description: 'Seconds to wait before the next request.' }, secondsOf(api)),
      fits: ({ key }) => /^retry-?after$/i.test(key),
    },
    uses,
  );
}

function secondsOf(api: Api): object {
  return api.isSwagger ? { type: 'integer' } : { type: 'integer', minimum: 0 };
}

export interface ErrorResponse {
  readonly status: string;
  /** Name of the component that is added. */
  readonly name: string;
  readonly description: string;
  /** Names by which such components go. */
  readonly names: RegExp;
  /** The headers it carries. */
  readonly headers?: (from: Place) => object;
}

/** An error response in the document's own way: the component it has for the status, else one with its error body. */
export function errorResponse(api: Api, edit: TreeEditors, wanted: ErrorResponse, uses: number): (from: Place) => object {
  const { status, name, description, names, headers } = wanted;
  const inUse = new Set(
    api.operations.flatMap(({ responses }) =>
      responses.filter((other) => other.status === status && other.written !== other.response).map((other) => other.response),
    ),
  );
  const value = { description, ...(headers ? { headers: headers(api.root) } : {}), ...errorContent(api) };
  const fits = (response: Place) => inUse.has(response) || names.test(response.key);
  return component(api, edit, { kind: 'responses', name, value, fits }, uses);
}
