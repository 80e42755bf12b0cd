/**
 * Which descriptions a file is a part of, also those no editor shows, and which file has a name of its own: the folders of
 * the workspace are searched once for descriptions and names, and references followed, by text alone.
 */
import { looksLikeApi } from './document.ts';
import type { Host } from './host.ts';
import { resolveUri, uriIn } from './uri.ts';
import type { Pace } from './pace.ts';
import type { Text } from './tree/text.ts';

export interface Roots {
  /** The descriptions that refer to a file, directly or through others; sorted. Rejects when the pace does. */
  of(uri: string, pace: Pace): Promise<readonly string[]>;
  /** The file whose root says that it is this URI (`$id`), once the folders were searched. */
  named(id: string): string | undefined;
  /**
   * The files of the folders that have references (`$ref`) in them, descriptions or not. Where the pace ends the search, those
   * that the last one found.
   */
  referring(pace: Pace): Promise<readonly string[]>;
  /** The files a file refers to by `$ref`, as its text reads now. */
  references(uri: string): readonly string[];
  /** Searches the folders, unless that was done. Answers whether any file has a name that it had not said before. */
  index(pace: Pace): Promise<boolean>;
  /** These folders are searched. */
  search(folders: readonly string[]): void;
  /** A text changed: where it refers to is asked again. */
  changed(uri: string): void;
  /** Files came, went or changed. */
  forget(): void;
}

/** A workspace with more files and folders than this is not searched to its end. */
const mostEntries = 50_000;
const skipped = /^(?:node_modules|dist|build|out|coverage|\..*)$/;
const written = /["']?\$ref["']?[ \t]*:[ \t]*(?:"([^"#\n]+)|'([^'#\n]+)|([^\s"'#{}[\],&*!|>][^\s#,}]*))/g;

/** Makes a search over a host; `content` is what counts as the text of a file, and `idOf` reads the `$id` of its root. */
export function createRoots(
  host: Host,
  content: (uri: string) => Text | undefined,
  idOf: (uri: string) => string | undefined,
): Roots {
  let folders: readonly string[] = [];
  let descriptions: readonly string[] | undefined;
  /** Files with references. */
  let referring: readonly string[] = [];
  /** By file. */
  let ids = new Map<string, string>();
  /** The files each file refers to. */
  const references = new Map<string, readonly string[]>();
  const edited = new Set<string>();
  let owners: Map<string, readonly string[]> | undefined;

  async function find(pace: Pace): Promise<readonly string[]> {
    const found: string[] = [];
    const withReferences: string[] = [];
    const names = new Map<string, string>();
    const waiting = folders.map((folder) => (folder.endsWith('/') ? folder : `${folder}/`));
    let left = mostEntries;
    for (let folder = waiting.shift(); folder !== undefined && left > 0; folder = waiting.shift()) {
      for (const name of host.list(folder)) {
        const uri = uriIn(folder, name);
        left--;
        if (/\.(?:ya?ml|json)$/i.test(name)) {
          const text = content(uri);
          if (text && looksLikeApi(text)) found.push(uri);
          if (text?.includes('$ref')) withReferences.push(uri);
          learn(uri, names);
        } else if (!skipped.test(name) && host.isDirectory(uri)) waiting.push(`${uri}/`);
        const pause = pace();
        if (pause) await pause;
      }
    }
    ids = names;
    referring = withReferences;
    return found.sort();
  }

  function learn(uri: string, names: Map<string, string>): void {
    const id = content(uri)?.includes('$id') ? idOf(uri) : undefined;
    if (id === undefined) names.delete(uri);
    else names.set(uri, id.replace(/#$/, ''));
  }

  function named(id: string): string | undefined {
    const files = [...ids].filter(([, name]) => name === id).map(([file]) => file);
    return files.length === 1 ? files[0] : undefined;
  }

  function referencesOf(uri: string): readonly string[] {
    let known = references.get(uri);
    if (!known) references.set(uri, (known = read(uri)));
    return known;
  }

  function read(uri: string): readonly string[] {
    const text = content(uri)?.toString() ?? '';
    const files = [...text.matchAll(written)].map(([, double, single, plain]) =>
      resolveUri(double ?? single ?? plain ?? '', uri),
    );
    return [...new Set(files)].map((file) => named(file) ?? file).filter((file) => file !== uri && file.startsWith('file:'));
  }

  async function own(pace: Pace): Promise<Map<string, readonly string[]>> {
    descriptions ??= await find(pace);
    const found = new Map<string, string[]>();
    for (const root of descriptions) {
      const reached = new Set(referencesOf(root));
      for (const file of reached) {
        for (const next of referencesOf(file)) reached.add(next);
        const pause = pace();
        if (pause) await pause;
      }
      for (const file of reached) if (file !== root) found.set(file, [...(found.get(file) ?? []), root]);
    }
    return found;
  }

  return {
    async of(uri, pace) {
      if (folders.length === 0) return [];
      for (const file of edited) {
        const before = references.get(file);
        if (before && before.join('\n') !== read(file).join('\n')) {
          references.delete(file);
          owners = undefined;
        }
      }
      edited.clear();
      owners ??= await own(pace);
      return owners.get(uri) ?? [];
    },
    named,
    async referring(pace) {
      try {
        descriptions ??= await find(pace);
      } catch {
        // What is known is better than to let a person wait.
      }
      return referring;
    },
    references: read,
    async index(pace) {
      if (folders.length === 0 || descriptions) return false;
      const before = ids;
      descriptions = await find(pace);
      return [...ids].some(([file, id]) => before.get(file) !== id);
    },
    search(uris) {
      folders = uris;
      descriptions = owners = undefined;
      referring = [];
      ids.clear();
    },
    changed(uri) {
      edited.add(uri);
      if (descriptions) learn(uri, ids);
    },
    forget() {
      descriptions = owners = undefined;
      references.clear();
    },
  };
}
