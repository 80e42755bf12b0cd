/** The part of a client that is the same for every document: deadline, retries, idempotency key, errors. */

/**
 * The text, TypeScript; `server` is the literal of the URL that is used where none is given. What `calls`, the statements of
 * the methods, have no use for is left out.
 */
export function runtime(server: string, calls: string, hasQueryKey: boolean): string {
  const used = Object.entries(helpers).filter(([name]) => new RegExp(`\\b${name}\\(`).test(calls));
  const needs = { hasQueryKey, hasStreams: /\bisStream: /.test(calls), hasSearch: /\bsearch: /.test(calls) };
  return `${core(server, needs)}${used.map(([, text]) => `\n${text}`).join('')}${needs.hasStreams ? `\n${partsOf}` : ''}`;
}

const helpers: Readonly<Record<string, string>> = {
  segment: `/** A value as one part of a path, in its style. */
function segment(value: unknown, { style = 'simple', name = '', explode = false } = {}): string {
  const encoded = (part: unknown) => encodeURIComponent(String(part));
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const parts = isObject
    ? Object.entries(value).map((entry) => entry.map(encoded).join(explode ? '=' : ','))
    : [value].flat().map(encoded);
  if (style === 'label') return \`.\${parts.join(explode ? '.' : ',')}\`;
  if (style !== 'matrix') return parts.join(',');
  if (explode) return parts.map((part) => (isObject ? \`;\${part}\` : \`;\${name}=\${part}\`)).join('');
  return \`;\${name}=\${parts.join(',')}\`;
}
`,
  json: `function json(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
`,
  form: `function form(value: object | undefined, styles: Record<string, string> = {}): URLSearchParams | undefined {
  if (value === undefined) return undefined;
  const fields = new URLSearchParams();
  for (const [name, item] of Object.entries(value) as [string, unknown][]) {
    const isObject = typeof item === 'object' && item !== null && !Array.isArray(item);
    append(fields, name, item, styles[name] ?? (isObject ? 'json' : undefined));
  }
  return fields;
}
`,
  multipart: `/** A form of parts: files as they are, lists part by part, other objects as JSON. */
function multipart(value: object | undefined, contentTypes: Record<string, string> = {}): FormData | undefined {
  if (value === undefined) return undefined;
  const fields = new FormData();
  for (const [name, items] of Object.entries(value) as [string, unknown][]) {
    const type = contentTypes[name];
    for (const item of [items].flat()) {
      if (item === undefined) continue;
      const text = typeof item === 'object' ? JSON.stringify(item) : String(item);
      if (item instanceof Blob) fields.append(name, item);
      else if (type) fields.append(name, new Blob([text], { type }));
      else fields.append(name, text);
    }
  }
  return fields;
}
`,
  events: `/** The events of a stream. It ends when the server, or the connection, does. */
async function* events(response: Response): AsyncGenerator<ServerSentEvent> {
  let event = '';
  let data: string[] = [];
  let id: string | undefined;
  for await (const line of partsOf(response, /\\r\\n|\\n|\\r(?!$)/)) {
    const [, field, value = ''] = /^([^:]*)(?:: ?([\\s\\S]*))?$/.exec(line) ?? [];
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id') id = value;
    else if (line === '') {
      if (data.length > 0) yield { event: event || 'message', data: data.join('\\n'), ...(id !== undefined && { id }) };
      event = '';
      data = [];
    }
  }
}
`,
  jsonItems: `/** The values of a stream of JSON. */
async function* jsonItems(response: Response, separator: string): AsyncGenerator<unknown> {
  for await (const text of partsOf(response, separator)) if (text.trim() !== '') yield JSON.parse(text) as unknown;
}
`,
};

const partsOf = `/** The text of an answer as it comes, part by part; who stops reading ends the request. */
async function* partsOf(response: Response, separator: string | RegExp): AsyncGenerator<string> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const parts = (rest + decoder.decode(value, { stream: !done })).split(separator);
      rest = parts.pop() ?? '';
      yield* parts;
      if (done) break;
    }
    if (rest !== '') yield rest;
  } finally {
    await reader.cancel();
  }
}
`;

const deadlineOf = `/** A deadline of one attempt; of a stream for its beginning only, as it goes on for as long as it likes. */
function deadlineOf(timeoutMs: number, isStream = false): { signal: AbortSignal; end: () => void } {
  if (!isStream) return { signal: AbortSignal.timeout(timeoutMs), end: () => {} };
  const controller = new AbortController();
  const late = () => controller.abort(new DOMException('The API did not begin to answer in time.', 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  return { signal: controller.signal, end: () => clearTimeout(timer) };
}
`;

/** The wait before another attempt, as text. */
export const fullJitter = `/** A random wait between zero and a bound that doubles with every attempt, up to the cap. */
function fullJitter(attempt: number): number {
  return Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 1));
}
`;

/** A wait that a signal ends, as text. */
export const pause = `function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop);
  });
}
`;

interface Needs {
  readonly hasQueryKey: boolean;
  readonly hasStreams: boolean;
  readonly hasSearch: boolean;
}

function core(server: string, { hasQueryKey, hasStreams, hasSearch }: Needs): string {
  return `const ATTEMPTS = 4;
const TIMEOUT_MS = 10_000;
const BASE_MS = 200;
const CAP_MS = 20_000;
/** Methods that may be repeated: a second one changes nothing more. */
const IDEMPOTENT_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY', 'PUT', 'DELETE']);
const RETRIED_STATUSES = new Set([408, 429, 500, 502, 503, 504]);

export interface ClientOptions {
  /** Where the API is; the first server of the specification where it is absent. */
  baseUrl?: string;
  /** Asked before every call: credentials, trace context. */
  headers?: () => Record<string, string> | Promise<Record<string, string>>;
${
  hasQueryKey
    ? `  /** Asked before every call: the key that the API takes in the query. */
  query?: () => Record<string, string> | Promise<Record<string, string>>;
`
    : ''
}  /** How long one attempt may take, its answer included${hasStreams ? '; of a stream, until it begins' : ''}. */
  timeoutMs?: number;
  /** Waits between attempts; rejects when the signal aborts. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** An answer that is not a success. */
export class HttpError extends Error {
  readonly status: number;
  /** JSON where it is some, else text: \`application/problem+json\` says what went wrong. */
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(\`The API answered \${status}.\`);
    this.name = 'HttpError';
    this.status = status;
    this.body = body;
  }
}

interface Sending {
  query?: object | undefined;
${hasSearch ? '  /** The whole query, where it has no fields. */\n  search?: string | undefined;\n' : ''}  /** Query parameters that are written in another way than part by part: see \`append\`. */
  styles?: Record<string, string>;
  headers?: object | undefined;
  /** Browsers send their own cookies and ignore these. */
  cookies?: object | undefined;
  /** The operation takes an idempotency key, so that it may be repeated. */
  idempotencyKey?: boolean;
  mediaType?: string;
  body?: string | URLSearchParams | FormData | Blob | undefined;
${hasStreams ? '  isStream?: boolean;\n' : ''}  signal?: AbortSignal | undefined;
}

/** Sends a request, and again after a failure that may pass, where repeating it is safe. */
async function send(options: ClientOptions, method: string, path: string, sending: Sending): Promise<Response> {
  const { timeoutMs = TIMEOUT_MS, sleep = pause } = options;
${hasQueryKey ? '  const query = { ...sending.query, ...(await options.query?.()) };\n' : ''}  const url = urlOf(options.baseUrl ?? ${server}, path, ${hasQueryKey ? '{ ...sending, query }' : 'sending'});
  const headers = new Headers(await options.headers?.());
  for (const [name, value] of Object.entries(sending.headers ?? {})) if (value !== undefined) headers.set(name, textOf(value));
  const cookies = Object.entries(sending.cookies ?? {}).filter(([, value]) => value !== undefined);
  if (cookies.length > 0) {
    const own = cookies.map(([name, value]) => \`\${name}=\${encodeURIComponent(textOf(value))}\`).join('; ');
    headers.set('Cookie', headers.has('Cookie') ? \`\${headers.get('Cookie')}; \${own}\` : own);
  }
  // A form brings its own type, with the boundary of its parts.
  if (sending.mediaType && sending.body !== undefined && !(sending.body instanceof FormData)) {
    headers.set('Content-Type', sending.mediaType);
  }
  // One key for one call, made before the first attempt.
  if (sending.idempotencyKey && !headers.has('Idempotency-Key')) headers.set('Idempotency-Key', crypto.randomUUID());
  const attempts = IDEMPOTENT_METHODS.has(method) || headers.has('Idempotency-Key') ? ATTEMPTS : 1;
  for (let attempt = 1; ; attempt++) {
    let asked = 0;
${
  hasStreams
    ? `    const deadline = deadlineOf(timeoutMs, sending.isStream);
    try {
      const signal = sending.signal ? AbortSignal.any([sending.signal, deadline.signal]) : deadline.signal;`
    : `    try {
      const deadline = AbortSignal.timeout(timeoutMs);
      const signal = sending.signal ? AbortSignal.any([sending.signal, deadline]) : deadline;`
}
      const response = await fetch(url, { method, headers, body: sending.body ?? null, signal });
      if (response.ok) return response;
      asked = retryAfterMs(response.headers.get('Retry-After')) ?? 0;
      // What cannot be read, as JSON that is none, takes nothing from what the status says.
      throw new HttpError(response.status, await content(response).catch(() => undefined));
    } catch (error) {
      // The server may ask for a longer pause than a caller can wait: coming back sooner would only add load.
      const isFinal = error instanceof HttpError && (!RETRIED_STATUSES.has(error.status) || asked > CAP_MS);
      if (attempt >= attempts || isFinal || sending.signal?.aborted) throw error;
    }${hasStreams ? ` finally {\n      deadline.end();\n    }` : ''}
    // Later by chance: all who were told the same would come back at the same moment.
    await sleep(asked + fullJitter(attempt), sending.signal);
  }
}

/** A value of a header or a cookie: the parts of a list or an object are joined by commas. */
function textOf(value: unknown): string {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? Object.entries(value).flat().join(',') : String(value);
}

function urlOf(base: string, path: string, { query = {}, styles = {}${hasSearch ? ', search' : ''} }: Sending): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) append(fields, name, value, styles[name]);
  const text = ${hasSearch ? "[...(search === undefined ? [] : [encodeURIComponent(search)]), fields].join('&').replace(/&$/, '')" : 'fields.toString()'};
  return \`\${base.replace(/\\/$/, '')}\${path}\${text === '' ? '' : \`?\${text}\`}\`;
}

/** Adds a value: as JSON, with keys in brackets (deepObject), joined by a character, or each part by itself. */
function append(fields: URLSearchParams, name: string, value: unknown, style?: string): void {
  if (value === undefined) return;
  if (style === 'json') fields.append(name, JSON.stringify(value));
  else if (typeof value !== 'object' || value === null) fields.append(name, String(value));
  else if (style === 'deepObject') {
    for (const [key, item] of Object.entries(value)) append(fields, \`\${name}[\${key}]\`, item, style);
  } else if (style !== undefined) {
    fields.append(name, (Array.isArray(value) ? value : Object.entries(value).flat()).join(style));
  } else {
    for (const [key, item] of Object.entries(value)) append(fields, Array.isArray(value) ? name : key, item);
  }
}

/** What an answer holds: JSON where it says so, nothing where it is empty, else text. */
async function content(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  return /\\bjson\\b/.test(response.headers.get('Content-Type') ?? '') ? (JSON.parse(text) as unknown) : text;
}

${fullJitter}
/** Reads \`Retry-After\`, seconds or an HTTP date, as milliseconds from now. */
function retryAfterMs(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

${pause}${hasStreams ? `\n${deadlineOf}` : ''}`;
}
