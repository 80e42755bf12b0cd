/** HTTP archives: what a browser or a proxy recorded. */
import { isRecord } from '../../model/api.ts';
import { type Content, type Exchange, type Field, fieldsOf, partsOf, plainMediaType, type SampleReading } from './exchange.ts';

export function isHar(data: unknown): boolean {
  return isRecord(data) && isRecord(data.log) && Array.isArray(data.log.entries);
}

/** The calls among the recorded requests: pages, images, scripts, styles and preflights are none. `place` finds an entry. */
export function readHar(data: unknown, place: (index: number) => Exchange['source']): SampleReading {
  const entries = ((data as { log: { entries: unknown[] } }).log.entries ?? []).filter(isRecord);
  const exchanges: Exchange[] = [];
  for (const [index, entry] of entries.entries()) {
    const { request, response } = entry;
    if (!isRecord(request) || typeof request.url !== 'string' || !/^https?:/i.test(request.url)) continue;
    const method = String(request.method ?? 'GET').toLowerCase();
    const answer = isRecord(response) ? responseOf(response) : undefined;
    if (method === 'options' || method === 'connect' || isPage(method, request.url, answer?.content)) continue;
    const body = isRecord(request.postData) ? contentOf(request.postData) : undefined;
    exchanges.push({
      method,
      ...partsOf(request.url),
      headers: fieldsIn(request.headers).filter(({ name }) => !name.startsWith(':')),
      ...(body && { body }),
      ...(answer && { response: answer }),
      source: place(index),
    });
  }
  const notes = exchanges.length > 0 ? [] : [{ ...place(0), message: 'No request of the archive looks like a call of an API.' }];
  return { exchanges, notes };
}

function responseOf(response: Record<string, unknown>): Exchange['response'] | undefined {
  const status = Number(response.status);
  // 0 is a request that was blocked, 304 an answer that was given before.
  if (!(status >= 100 && status <= 599) || status === 304) return undefined;
  const content = isRecord(response.content) ? response.content : {};
  const isEmpty = status === 204 || Number(content.size) === 0 || content.mimeType === 'x-unknown';
  const mediaType = plainMediaType(typeof content.mimeType === 'string' ? content.mimeType : '');
  const text = textOf(content, mediaType);
  return { status, ...(!isEmpty && mediaType && { content: { mediaType, ...(text !== undefined && { text }) } }) };
}

/** The text of an answer; some recorders write JSON in base64, too. */
function textOf({ encoding, text }: Record<string, unknown>, mediaType: string): string | undefined {
  if (typeof text !== 'string') return undefined;
  if (encoding !== 'base64') return text;
  if (!/\bjson$/.test(mediaType)) return undefined;
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** What a browser fetches to show a page. */
function isPage(method: string, url: string, content: Content | undefined): boolean {
  if (method !== 'get') return false;
  const type = content?.mediaType ?? '';
  return (
    /^(?:text\/(?:html|css|javascript)|image\/|font\/|audio\/|video\/|application\/(?:javascript|x-javascript|font|wasm|manifest))/.test(
      type,
    ) || /\.(?:html?|css|m?js|map|png|jpe?g|gif|svg|webp|ico|woff2?|ttf|wasm)(?:[?#]|$)/i.test(url)
  );
}

function contentOf(data: Record<string, unknown>): Content | undefined {
  const mediaType = plainMediaType(typeof data.mimeType === 'string' ? data.mimeType : '');
  const text = typeof data.text === 'string' ? data.text : undefined;
  if (/^(?:multipart\/|application\/x-www-form-urlencoded)/.test(mediaType)) {
    const params = Array.isArray(data.params) ? data.params.filter(isRecord) : [];
    const fields = params.map(({ name, value, fileName }): Field => {
      return { name: String(name), ...(fileName === undefined && { value: String(value ?? '') }) };
    });
    if (fields.length > 0 || text === undefined) return { mediaType, fields };
    return { mediaType, fields: mediaType.startsWith('multipart/') ? partsIn(text) : fieldsOf(text) };
  }
  return mediaType || text ? { mediaType, ...(text !== undefined && { text }) } : undefined;
}

/** The fields of a multipart body, by their headers. */
function partsIn(text: string): Field[] {
  return [...text.matchAll(/content-disposition:[^\r\n]*?\bname="([^"]*)"([^\r\n]*)/gi)].map(([, name = '', rest = '']) => {
    return { name, ...(!/filename/i.test(rest) && { value: '' }) };
  });
}

function fieldsIn(list: unknown): Field[] {
  return Array.isArray(list)
    ? list.filter(isRecord).map(({ name, value }) => ({ name: String(name), value: String(value ?? '') }))
    : [];
}
