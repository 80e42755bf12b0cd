/** What rules ask of operations and responses, the same in Swagger 2.0 and OpenAPI 3. */
import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import type { TreeEditors } from '../../server/core/rule.ts';
import { atOnce } from '../../server/core/steps.ts';
import { gathered, isJsonMediaType, type Property, propertiesWithin } from '../schema.ts';

/** The operations the API serves: neither webhooks nor callbacks, which it calls. */
export function served(api: Api): Operation[] {
  return api.operations.filter(({ kind }) => kind === 'path');
}

/** The served paths, where their names stand. */
export function pathsOf(api: Api): Place[] {
  const used = new Set(served(api).map(({ path }) => path));
  return api
    .get('paths')
    .entries()
    .filter(({ key }) => used.has(key));
}

/** The operations the API calls at its clients: webhooks and callbacks. */
export function called(api: Api): Operation[] {
  return api.operations.filter(({ kind }) => kind !== 'path');
}

/** `GET /pets`, to name an operation in a message. */
export function nameOf({ method, path }: Operation): string {
  return `${method.toUpperCase()} \`${path}\``;
}

/** The response that answers a status: its own, that of its class, or the default. */
export function answers({ responses }: Operation, status: string): boolean {
  const all = [status, `${status.charAt(0)}XX`, 'DEFAULT'];
  return responses.some((response) => all.includes(response.status.toUpperCase()));
}

export function isSuccess(status: string): boolean {
  return /^2(?:\d\d|XX)$/i.test(status);
}

export function isError(status: string): boolean {
  return /^[45](?:\d\d|XX)$|^default$/i.test(status);
}

/** The names of a response's headers, in lower case. */
export function headerNames(response: Place): string[] {
  return response
    .get('headers')
    .entries()
    .map(({ key }) => key.toLowerCase());
}

/** Where the bodies of a response are: the media types of `content`; in Swagger 2.0 the response with its `schema`. */
export function bodiesOf(api: Api, response: Place): Place[] {
  if (api.isSwagger) return response.has('schema') ? [response] : [];
  return response.get('content').entries();
}

/** What has bodies in its `content`: requests and responses, those of operations and those of the components. */
export function* bearersOf(api: Api): Iterable<Place> {
  for (const { place, responses } of api.operations) {
    yield place.get('requestBody');
    for (const { response } of responses) yield response;
  }
  for (const kind of ['requestBodies', 'responses']) {
    for (const written of api.get('components', kind).entries()) yield written.deref();
  }
}

/** The schemas of a response's JSON bodies, as they are written. */
export function jsonSchemas(api: Api, response: Place): Place[] {
  return bodiesOf(api, response)
    .filter((body) => api.isSwagger || isJsonMediaType(body.key))
    .map((body) => body.deref().child('schema'))
    .filter((schema) => schema.exists);
}

/** The schemas of a request's bodies: JSON and forms. */
export function requestSchemas(api: Api, { place, parameters }: Operation): Place[] {
  const bodies = api.isSwagger
    ? parameters.filter((parameter) => parameter.get('in').string === 'body')
    : place
        .get('requestBody', 'content')
        .entries()
        .filter(({ key }) => isJsonMediaType(key) || /form/.test(key));
  return bodies.map((body) => body.deref().child('schema')).filter((schema) => schema.exists);
}

/** The parameters of one kind (`query`, `header` …), by their names in lower case. */
export function parametersIn({ parameters }: Operation, kind: string): Map<string, Place> {
  const found = parameters.filter((parameter) => parameter.get('in').string === kind);
  return new Map(found.map((parameter) => [(parameter.get('name').string ?? '').toLowerCase(), parameter]));
}

/** The schema of a parameter or header: in Swagger 2.0 the parameter itself. */
export function schemaOf(api: Api, parameter: Place): Place {
  return api.isSwagger ? parameter : parameter.get('schema');
}

/** A header or parameter with its schema, as the document's version writes it. */
export function described(api: Api, head: object, schema: object): object {
  return api.isSwagger ? { ...head, ...schema } : { ...head, schema };
}

/** The security requirements in force for an operation; undefined where neither it nor the document says any. */
export function securityOf(api: Api, { place }: Operation): Place | undefined {
  const own = place.get('security');
  if (own.isArray) return own;
  const all = api.get('security');
  return all.isArray ? all : undefined;
}

/** Must one prove who one is? `[]` and an empty alternative `{}` make an operation public. */
export function isSecured(api: Api, operation: Operation): boolean {
  const items = securityOf(api, operation)?.items() ?? [];
  return items.length > 0 && items.every((item) => item.entries().length > 0);
}

/** The last segment of a path, without the verb some APIs put behind a colon. */
export function lastSegment(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1) ?? '';
}

/** A parameter's schema that lists or bounds its values: not an id that may be unknown. */
export function isBounded(schema: Place): boolean {
  return schema.has('enum') || schema.has('const') || (schema.has('minimum') && schema.has('maximum'));
}

export function isParameter(segment: string): boolean {
  return segment.startsWith('{') && segment.endsWith('}');
}

/** Is `/pets` a collection: does the document also serve `/pets/{id}`? */
export function hasMembers(api: Api, path: string): boolean {
  return api.derived(collectionsOf).has(path);
}

function collectionsOf(api: Api): ReadonlySet<string> {
  const members = api
    .get('paths')
    .keys()
    .filter((key) => isParameter(lastSegment(key)));
  return new Set(members.map((key) => key.slice(0, key.lastIndexOf('/'))));
}

/** A path that asks or acts and creates nothing, however often it is called. */
const notCreating =
  /^(?:log-?in|log-?out|sign-?in|sign-?out|auth(?:enticate|orize)?|tokens?|oauth2?|refresh|sessions?|search|find|filter|query|lookup|validate|verify|check|preview|estimate|calculate|graphql|introspect|revoke)$/i;

/** Does a POST create something: does it answer 201, or go to a collection? */
export function creates(api: Api, { method, path, responses }: Operation): boolean {
  if (method !== 'post') return false;
  const last = path.split(/[/:]/).at(-1) ?? '';
  if (isParameter(last) || notCreating.test(last)) return false;
  if (responses.some(({ status }) => status === '201')) return true;
  return responses.some(({ status }) => isSuccess(status)) && hasMembers(api, path);
}

export function isIdempotencyKey(name: string | undefined): boolean {
  return name !== undefined && /idempoten/i.test(name);
}

/** What is written at a place: references lead from the file that it stands in. */
type Written = (from: Place) => object;

/** Adds a response where its status belongs among the others. */
export function addResponse(edit: TreeEditors, { place, responses }: Operation, status: string, response: Written): void {
  const at = place.get('responses');
  const behind = responses.find((other) => !/^\d/.test(other.status) || other.status > status)?.status;
  if (at.isObject) edit(at).set([...at.path, status], response(at), behind === undefined ? {} : { before: behind });
  else {
    const holder = writtenOut(place);
    edit(holder).set([...holder.path, 'responses', status], response(holder));
  }
}

/** Adds a parameter to an operation or path item. */
export function addParameter(edit: TreeEditors, place: Place, parameter: Written): void {
  const known = place.get('parameters');
  if (known.isArray) return void edit(known).append(known.path, parameter(known));
  const holder = writtenOut(place);
  edit(holder).append([...holder.path, 'parameters'], parameter(holder));
}

/** Where an operation is written out: nobody reads what stands beside a reference. */
function writtenOut(place: Place): Place {
  const target = place.deref();
  return target.isObject ? target : place;
}

/** Properties, made in steps: `undefined` where others may have their turn. */
type Properties = Generator<undefined, readonly Property[]>;

/** The properties of everything the API's clients send, each once. */
export function sentProperties(api: Api): Properties {
  return api.derivedInSteps(sent, sentInSteps);
}

const sent = (api: Api) => atOnce(sentInSteps(api));

function* sentInSteps(api: Api): Properties {
  const schemas: Place[] = [];
  for (const operation of served(api)) {
    schemas.push(...requestSchemas(api, operation));
    yield undefined;
  }
  return yield* gathered(propertiesWithin(schemas));
}

/** The properties of everything the API's clients get: answers, and what webhooks and callbacks bring; each once. */
export function receivedProperties(api: Api): Properties {
  return api.derivedInSteps(received, receivedInSteps);
}

const received = (api: Api) => atOnce(receivedInSteps(api));

function* receivedInSteps(api: Api): Properties {
  const schemas: Place[] = [];
  for (const { responses } of served(api)) {
    for (const { response } of responses) schemas.push(...jsonSchemas(api, response));
    yield undefined;
  }
  for (const operation of called(api)) schemas.push(...requestSchemas(api, operation));
  return yield* gathered(propertiesWithin(schemas));
}

/** The properties of everything that is sent or got, each once. */
export function allProperties(api: Api): Properties {
  return api.derivedInSteps(all, allInSteps);
}

const all = (api: Api) => atOnce(allInSteps(api));

function* allInSteps(api: Api): Properties {
  const both = [...(yield* sentProperties(api)), ...(yield* receivedProperties(api))];
  return [...new Map(both.map((property) => [property.written, property])).values()];
}
