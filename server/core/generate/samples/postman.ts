/** Postman collections, version 2.0 and 2.1. */
import { isRecord } from '../../model/api.ts';
import {
  type Content,
  type Credential,
  type Exchange,
  type Field,
  headerOf,
  partsOf,
  plainMediaType,
  type SampleReading,
} from './exchange.ts';

type Json = Record<string, unknown>;

export function isPostman(data: unknown): boolean {
  if (!isRecord(data) || !isRecord(data.info) || !Array.isArray(data.item)) return false;
  return /getpostman\.com|postman\.com/.test(String(data.info.schema ?? '')) || data.info._postman_id !== undefined;
}

/** Every request of a collection with its saved answers. `place` finds an item by its path. */
export function readPostman(data: unknown, place: (path: (string | number)[]) => Exchange['source']): SampleReading {
  const collection = data as Json;
  const exchanges: Exchange[] = [];
  const notes: SampleReading['notes'][number][] = [];
  const variables = new Map(
    records(collection.variable).map(({ key, value }) => [String(key), typeof value === 'string' ? value : ''] as const),
  );
  const visit = (item: Json, path: (string | number)[], outer: readonly Credential[], tag: string | undefined): void => {
    const own = item.auth === undefined || item.auth === null ? outer : credentialsIn(item.auth);
    const children = Array.isArray(item.item) ? item.item : undefined;
    if (children) {
      for (const [index, child] of children.entries()) {
        if (isRecord(child)) visit(child, [...path, 'item', index], own, tag ?? (path.length > 0 ? text(item.name) : undefined));
      }
      return;
    }
    const source = place(path);
    const request = typeof item.request === 'string' ? { url: item.request } : item.request;
    if (!isRecord(request)) return;
    const found = requestOf(request, variables, own);
    if (!found) {
      notes.push({ ...source, message: `The request “${text(item.name) ?? ''}” has no URL, so it is missing.` });
      return;
    }
    const base = { ...found, ...docOf(item, request, tag), source };
    const answers = records(item.response).map((answer) => responseOf(answer));
    if (answers.length === 0) exchanges.push(base);
    for (const response of answers) exchanges.push({ ...base, ...(response && { response }) });
  };
  visit(collection, [], collection.auth === undefined ? [] : credentialsIn(collection.auth), undefined);
  const title = text((collection.info as Json).name);
  return { exchanges, notes, ...(title && { title }) };
}

function records(list: unknown): Json[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function text(value: unknown): string | undefined {
  if (isRecord(value)) return text(value.content);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function docOf(item: Json, request: Json, tag: string | undefined): Pick<Exchange, 'summary' | 'description' | 'tag'> {
  const summary = text(item.name);
  const description = text(request.description) ?? text(item.description);
  // A name that is the URL again says nothing.
  const isName = summary !== undefined && !/^(?:https?:|\/|\{\{)/.test(summary);
  return { ...(isName && { summary }), ...(description && { description }), ...(tag && { tag }) };
}

function requestOf(
  request: Json,
  variables: ReadonlyMap<string, string>,
  outer: readonly Credential[],
): Omit<Exchange, 'source'> | undefined {
  const url = isRecord(request.url) ? request.url : { raw: request.url };
  const raw = text(url.raw) ?? assembled(url);
  if (!raw) return undefined;
  // A base URL is no secret; other variables keep their names.
  const parts = partsOf(
    raw.replace(/^\{\{([\w.-]+)\}\}/, (whole, name) =>
      /^https?:\/\//.test(variables.get(name) ?? '') ? (variables.get(name) as string) : whole,
    ),
  );
  const listed = records(url.query).map(({ key, value }): Field => ({ name: String(key ?? ''), value: String(value ?? '') }));
  const headers = records(request.header)
    .filter(({ disabled }) => disabled !== true)
    .map(({ key, value }): Field => ({ name: String(key ?? ''), value: String(value ?? '') }));
  const body = isRecord(request.body) ? contentOf(request.body, headers) : undefined;
  const credentials = request.auth === undefined || request.auth === null ? outer : credentialsIn(request.auth);
  return {
    method: (text(request.method) ?? 'GET').toLowerCase(),
    ...parts,
    query: (listed.length > 0 ? listed : parts.query).filter(({ name }) => name !== ''),
    headers,
    ...(body && { body }),
    ...(credentials.length > 0 && { credentials }),
  };
}

function assembled(url: Json): string | undefined {
  const join = (value: unknown, by: string) => (Array.isArray(value) ? value.join(by) : text(value));
  const host = join(url.host, '.');
  const path = join(url.path, '/');
  return host === undefined ? undefined : `${text(url.protocol) ? `${text(url.protocol)}://` : ''}${host}/${path ?? ''}`;
}

const languages: Readonly<Record<string, string>> = {
  json: 'application/json',
  xml: 'application/xml',
  text: 'text/plain',
  html: 'text/html',
  javascript: 'application/javascript',
};

function contentOf(body: Json, headers: readonly Field[]): Content | undefined {
  const stated = plainMediaType(headerOf(headers, 'content-type'));
  if (body.mode === 'urlencoded' || body.mode === 'formdata') {
    const fields = records(body[body.mode]).map(({ key, value, type }): Field => {
      return { name: String(key ?? ''), ...(type !== 'file' && { value: String(value ?? '') }) };
    });
    const mediaType = body.mode === 'formdata' ? 'multipart/form-data' : 'application/x-www-form-urlencoded';
    return fields.length > 0 ? { mediaType, fields } : undefined;
  }
  if (body.mode === 'graphql') {
    const { query, variables } = isRecord(body.graphql) ? body.graphql : {};
    return { mediaType: 'application/json', text: JSON.stringify({ query: query ?? '', variables: parsed(variables) }) };
  }
  if (body.mode === 'file') return { mediaType: stated || 'application/octet-stream' };
  const raw = text(body.raw);
  if (body.mode !== 'raw' || !raw) return undefined;
  const language = isRecord(body.options) && isRecord(body.options.raw) ? String(body.options.raw.language) : '';
  const mediaType = stated || languages[language] || (/^\s*[{[]/.test(raw) ? 'application/json' : 'text/plain');
  return { mediaType, text: filled(raw) };
}

/** JSON with variables: `{ "n": {{count}} }` stands for some value. */
function filled(raw: string): string {
  return raw.replaceAll(/(:\s*|,\s*|\[\s*)\{\{[\w.$-]+\}\}/g, '$1null');
}

function parsed(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : (value ?? {});
  } catch {
    return {};
  }
}

function responseOf(answer: Json): Exchange['response'] | undefined {
  const status = Number(answer.code);
  if (!(status >= 100 && status <= 599)) return undefined;
  const headers = records(answer.header).map(({ key, value }) => ({ name: String(key), value: String(value ?? '') }));
  const body = text(answer.body);
  const stated = plainMediaType(headerOf(headers, 'content-type'));
  const mediaType = stated || (/^\s*[{[]/.test(body ?? '') ? 'application/json' : 'text/plain');
  return { status, ...(body && { content: { mediaType, text: body } }) };
}

function credentialsIn(auth: unknown): Credential[] {
  if (!isRecord(auth)) return [];
  const { type } = auth;
  if (type === 'basic' || type === 'digest') return [{ kind: type }];
  if (type === 'bearer') return [{ kind: 'bearer', isJwt: false }];
  if (type === 'jwt' || type === 'oauth2') return [{ kind: 'bearer', isJwt: type === 'jwt' }];
  if (type !== 'apikey') return [];
  const given = new Map(
    Array.isArray(auth.apikey)
      ? records(auth.apikey).map(({ key, value }) => [String(key), String(value ?? '')])
      : Object.entries(isRecord(auth.apikey) ? auth.apikey : {}).map(([key, value]) => [key, String(value)]),
  );
  const name = given.get('key');
  return name ? [{ kind: 'apiKey', in: given.get('in') === 'query' ? 'query' : 'header', name }] : [];
}
