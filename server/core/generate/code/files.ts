/** A document and the files that its references lead to, as one. */
import { isRecord } from '../../model/api.ts';
import { resolveUri } from '../../uri.ts';
import { typeName } from './schema-types.ts';
import { unused } from '../names.ts';

type Json = Record<string, unknown>;

/** Where the other files stand in the document. */
const place = 'x-files';

/**
 * The data of a document whose references all lead into itself: what other files hold stands under `x-files`, each under a
 * name made of the file's. A file that `read` does not know leaves its references as they are.
 */
export function withFiles(data: Json, uri: string, read: (uri: string) => unknown): Json {
  const names = new Map<string, string | undefined>([[uri, undefined]]);
  const taken = new Set<string>();
  const files: Json = {};

  /** The reference within the document; undefined where the file cannot be read. */
  function moved(reference: string, base: string): string | undefined {
    const [target = '', fragment = ''] = resolveUri(reference, base).split('#', 2);
    if (!names.has(target)) {
      const other = read(target);
      if (other === undefined) return undefined;
      const name = unused(typeName(target.slice(target.lastIndexOf('/') + 1).replace(/\.\w+$/, '')), taken);
      names.set(target, name);
      files[name] = copied(other, target);
    }
    const name = names.get(target);
    return name === undefined ? `#${fragment}` : `#/${place}/${name}${fragment}`;
  }

  function copied(value: unknown, base: string): unknown {
    if (Array.isArray(value)) return value.map((item) => copied(item, base));
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => {
      const reference = key === '$ref' && typeof item === 'string' ? moved(item, base) : undefined;
      return [key, reference ?? copied(item, base)];
    });
    return Object.fromEntries(entries);
  }

  const all = copied(data, uri) as Json;
  return names.size > 1 ? { ...all, [place]: files } : data;
}
