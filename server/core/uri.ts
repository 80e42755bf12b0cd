/** URIs of files, as the editor and Node give them. Core knows each file by one spelling: `spelledUri`. */

/** Resolves a relative reference against the URI of the file it is written in (RFC 3986). */
export function resolveUri(reference: string, base: string): string {
  try {
    return spelledUri(new URL(reference, base).href);
  } catch {
    return reference;
  }
}

/**
 * The one spelling of a URI that core knows a file by, as VS Code writes it: `file:///c%3A/a%20b/%40c`. Clients, Node and
 * references write `file:///C:/a%20b/@c` as well (RFC 3986, 6.2; Language Server Protocol, "URI"). Other schemes stay as
 * they are, and so do a query and a fragment.
 */
export function spelledUri(uri: string): string {
  if (/^file:\/\/[\w\-.~/]*$/.test(uri) || !/^file:\/\//i.test(uri)) return uri;
  const [, host = '', path = '', rest = ''] = /^file:\/\/([^/?#]*)([^?#]*)(.*)$/is.exec(uri) ?? [];
  const segments = path.replace(/^\/([A-Za-z])(?::|%3A)(?=\/|$)/i, (_, drive: string) => `/${drive.toLowerCase()}:`);
  return `file://${host.toLowerCase()}${segments.split('/').map(spelledSegment).join('/')}${rest}`;
}

/** The URI of a path with `/` between its parts, from the root or a drive: `/a b` or `c:/a b`. */
export function uriOfPath(path: string): string {
  return spelledUri(`file://${path.startsWith('/') ? '' : '/'}${path.split('/').map(encodeURIComponent).join('/')}`);
}

/** The path of a `file:` URI, with `/` between its parts: `/a b` or `c:/a b`. */
export function pathOfUri(uri: string): string {
  return spelledUri(uri)
    .replace(/^file:\/\//, '')
    .split('/')
    .map(decoded)
    .join('/')
    .replace(/^\/([a-z]:)/, '$1');
}

/** A file or folder of a folder, by its name. */
export function uriIn(folder: string, name: string): string {
  return `${folder.endsWith('/') ? folder : `${folder}/`}${spelledSegment(encodeURIComponent(name))}`;
}

/**
 * The name of a file as its disk spells it, of which the disk takes another for the same (`Host.ignoresCase`). `namesIn` lists a
 * folder. What is not there keeps its name.
 */
export function uriOnDisk(uri: string, namesIn: (folder: string) => readonly string[]): string {
  const [, host = '', path = ''] = /^(file:\/\/[^/]*\/)(.*)$/i.exec(uri) ?? [];
  if (host === '') return uri;
  return path.split('/').reduce((folder, segment, index) => {
    const parent = index === 0 ? folder : `${folder}/`;
    const names = namesIn(parent);
    const name = decoded(segment);
    const meant = names.includes(name) ? name : names.find((each) => each.toLowerCase() === name.toLowerCase());
    return meant === undefined ? `${parent}${segment}` : uriIn(parent, meant);
  }, host);
}

/** Is it the place of a file that can be read? Those of unsaved documents and virtual workspaces are known to the editor alone. */
export function isOnDisk(uri: string): boolean {
  return /^file:/i.test(uri);
}

/** Does a file lie in a folder, or in one below it? Both are URIs. */
export function isWithinFolder(uri: string, folder: string): boolean {
  return uri.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

function spelledSegment(segment: string): string {
  return encodeURIComponent(decoded(segment)).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The last part of a URI, for a person. */
export function fileName(uri: string): string {
  return decoded(uri.slice(uri.lastIndexOf('/') + 1));
}

/** Text without its percent-encoding; as it is where that is broken. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
