/** URIs of files, as the editor and Node give them. */

/** Resolves a relative reference against the URI of the file it is written in (RFC 3986). */
export function resolveUri(reference: string, base: string): string {
  try {
    return new URL(reference, base).href;
  } catch {
    return reference;
  }
}

/** Does a file lie in a folder, or in one below it? Both are URIs. */
export function isWithinFolder(uri: string, folder: string): boolean {
  return uri.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
