/** Swagger 2.0 in the words of OpenAPI 3, as far as code is made of it. */
import { httpMethods, isRecord } from '../../model/api.ts';
import { SchemaTypes } from './schema-types.ts';

type Json = Record<string, unknown>;

/** The document with its operations as OpenAPI 3 has them; one that is no Swagger 2.0 is given back. */
export function inOpenApi3(data: Json): Json {
  if (data.swagger !== '2.0') return data;
  const types = new SchemaTypes(data, []);
  const paths = Object.entries(isRecord(data.paths) ? data.paths : {}).map(([path, written]) => {
    const item = types.resolve(written);
    return [path, isRecord(item) ? pathItem(item, data, types) : item];
  });
  return { ...data, servers: serversOf(data), paths: Object.fromEntries(paths) };
}

function serversOf({ host, basePath, schemes }: Json): Json[] {
  const path = typeof basePath === 'string' ? basePath : '';
  const scheme = Array.isArray(schemes) && schemes.length > 0 && !schemes.includes('https') ? schemes[0] : 'https';
  return [{ url: typeof host === 'string' ? `${scheme}://${host}${path}` : path }];
}

function pathItem(item: Json, data: Json, types: SchemaTypes): Json {
  const shared = listOf(item.parameters, types);
  const operations = httpMethods.flatMap((method) => {
    const value = item[method];
    return isRecord(value) ? [[method, operation(value, shared, data, types)] as const] : [];
  });
  return Object.fromEntries(operations);
}

function operation(value: Json, shared: readonly Json[], data: Json, types: SchemaTypes): Json {
  const own = listOf(value.parameters, types);
  const isOwn = (one: Json) => own.some(({ name, in: where }) => name === one.name && where === one.in);
  const all = [...shared.filter((one) => !isOwn(one)), ...own];
  const consumes = mediaTypes(value.consumes ?? data.consumes);
  const produces = mediaTypes(value.produces ?? data.produces);
  const fields = all.filter((one) => one.in === 'formData');
  const body = all.find((one) => one.in === 'body');
  const requestBody = body
    ? { required: body.required, content: Object.fromEntries(consumes.map((type) => [type, { schema: body.schema }])) }
    : fields.length > 0
      ? { required: fields.some(({ required }) => required === true), content: form(fields, consumes) }
      : undefined;
  const responses = Object.entries(isRecord(value.responses) ? value.responses : {}).map(([status, written]) => {
    const answer = types.resolve(written);
    if (!isRecord(answer) || answer.schema === undefined) return [status, answer];
    return [status, { ...answer, content: Object.fromEntries(produces.map((type) => [type, { schema: answer.schema }])) }];
  });
  return {
    ...value,
    parameters: all.filter((one) => one.in !== 'formData' && one !== body).map(parameter),
    ...(requestBody && { requestBody }),
    responses: Object.fromEntries(responses),
  };
}

function form(fields: readonly Json[], consumes: readonly string[]): Json {
  const isMultipart = consumes.includes('multipart/form-data') || fields.some(({ type }) => type === 'file');
  const schema = {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, field])),
    required: fields.filter(({ required }) => required === true).map(({ name }) => name),
  };
  const encoding = Object.fromEntries(fields.map((field) => [field.name, styleOf(field)]));
  return { [isMultipart ? 'multipart/form-data' : 'application/x-www-form-urlencoded']: { schema, encoding } };
}

/** A parameter is its own schema. */
function parameter(value: Json): Json {
  const { name, in: where, description, required } = value;
  return { name, in: where, description, required, schema: value, ...styleOf(value) };
}

const styles: Readonly<Record<string, string>> = { ssv: 'spaceDelimited', pipes: 'pipeDelimited' };

function styleOf({ type, in: where, collectionFormat = 'csv' }: Json): Json {
  if (type !== 'array' || (where !== 'query' && where !== 'formData')) return {};
  return { style: styles[String(collectionFormat)] ?? 'form', explode: collectionFormat === 'multi' };
}

function listOf(value: unknown, types: SchemaTypes): Json[] {
  return (Array.isArray(value) ? value : []).map((one) => types.resolve(one)).filter(isRecord);
}

function mediaTypes(value: unknown): string[] {
  const list = Array.isArray(value) ? value.filter((type) => typeof type === 'string') : [];
  return list.length > 0 ? list : ['application/json'];
}
