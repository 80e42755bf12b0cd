/** One request as a sample shows it, and its answer where there is one: what readers of samples agree on. */
import type { Source } from '../facts.ts';

/** Names are as they were written; values are read for their types and never written into a document. */
export interface Content {
  /** Without parameters: `application/json`; empty where nobody says. */
  readonly mediaType: string;
  readonly text?: string;
  /** Fields of a form; a file has no value. */
  readonly fields?: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly value?: string;
}

/** How a client proved who it is. */
export type Credential =
  | { readonly kind: 'bearer'; readonly isJwt: boolean }
  | { readonly kind: 'basic' }
  | { readonly kind: 'digest' }
  | { readonly kind: 'apiKey'; readonly in: 'header' | 'query' | 'cookie'; readonly name: string };

export interface Exchange {
  /** Lower case. */
  readonly method: string;
  /** Scheme, host and port; a variable as `{baseUrl}`; empty where nobody says. */
  readonly origin: string;
  /** Decoded segments; what a collection calls a parameter is `{name}`. */
  readonly path: readonly string[];
  readonly query: readonly Field[];
  readonly headers: readonly Field[];
  readonly body?: Content;
  readonly response?: { readonly status: number; readonly content?: Content };
  /** What a collection says of it. */
  readonly credentials?: readonly Credential[];
  readonly summary?: string;
  readonly description?: string;
  readonly tag?: string;
  readonly source: Source;
}

/** What a reader of samples found, and what it could not read. */
export interface SampleReading {
  /** What the sample calls the interface. */
  readonly title?: string;
  readonly exchanges: readonly Exchange[];
  readonly notes: readonly (Source & { readonly message: string })[];
}

/** A URL's parts as an exchange has them; `{name}` for variables written `{{name}}`, `:name` or `<name>`. */
export function partsOf(url: string): Pick<Exchange, 'origin' | 'path' | 'query'> {
  const text = url.replaceAll(/\{\{\s*([\w.-]+)\s*\}\}/g, '{$1}').replace(/#.*$/, '');
  const [, origin = '', path = '', , query = ''] =
    /^([a-z][a-z0-9+.-]*:\/\/[^/?]*|\{[^}]+\}|[\w.-]+(?::\d+)?(?=[/?]|$))?([^?]*)(\?(.*))?$/i.exec(text) ?? [];
  const segments = path.split('/').filter((part) => part !== '');
  return {
    origin: schemed(origin.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^@/]*@/i, '$1')),
    path: segments.map((part) =>
      /^(?::[A-Za-z_]\w*|<[A-Za-z_][\w-]*>)$/.test(part) ? `{${part.replaceAll(/[:<>]/g, '')}}` : decoded(part),
    ),
    query: fieldsOf(query),
  };
}

/** A host with the scheme it most likely has: a port that is given stands for a server at hand. */
function schemed(origin: string): string {
  if (origin === '' || origin.startsWith('{') || origin.includes('://')) return origin;
  return `${/^localhost$|:\d+$/i.test(origin) ? 'http' : 'https'}://${origin}`;
}

/** The fields of `a=1&b=2`. */
export function fieldsOf(text: string): Field[] {
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const cut = part.indexOf('=');
      const [name, value] = cut < 0 ? [part, ''] : [part.slice(0, cut), part.slice(cut + 1)];
      return { name: decoded(name.replaceAll('+', ' ')), value: decoded(value.replaceAll('+', ' ')) };
    });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The value of a header, whatever its case. */
export function headerOf(headers: readonly Field[], name: string): string | undefined {
  return headers.find((header) => header.name.toLowerCase() === name)?.value;
}

/** A media type without its parameters. */
export function plainMediaType(text: string | undefined): string {
  return (text ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
