/** The names Spectral knows files by. */
import { decoded, resolveUri } from '../uri.ts';

/**
 * The path Spectral knows a file by: decoded for the globs of `overrides`, except for what would start a query or
 * fragment; a Windows drive is a folder like any other, because only relative paths are ever led back.
 */
export function sourceOf(uri: string): string {
  const path = uri.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/^\/([a-z])(?::|%3A)/i, '/$1');
  return path
    .split(/(%(?:25|23|3F))/i)
    .map((part, index) => (index % 2 === 1 ? part : decoded(part)))
    .join('');
}

/** The URI of a path of Spectral's, by its way from a document of which both are known. */
export function uriOf(source: string, documentUri: string): string {
  const from = sourceOf(documentUri).split('/').slice(0, -1);
  const to = source.replace(/^file:\/\//, '').split('/');
  let common = 0;
  while (common < from.length && common < to.length - 1 && from[common] === to[common]) common++;
  const way = [...from.slice(common).map(() => '..'), ...to.slice(common)].join('/');
  return resolveUri(`./${way}`, documentUri);
}
