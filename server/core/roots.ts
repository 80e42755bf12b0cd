/**
 * Which descriptions a file is a part of, also those no editor shows: the folders of the workspace are searched once for
 * descriptions, and their references followed, by text alone.
 */
import { looksLikeApi } from './document.ts';
import type { Host } from './host.ts';
import { resolveUri } from './uri.ts';
import type { Pace } from './pace.ts';
import type { Text } from './tree/text.ts';

export interface Roots {
  /** The descriptions that refer to a file, directly or through others; sorted. Rejects when the pace does. */
  of(uri: string, pace: Pace): Promise<readonly string[]>;
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

/** Makes a search over a host; `content` is what counts as the text of a file. */
export function createRoots(host: Host, content: (uri: string) => Text | undefined): Roots {
  let folders: readonly string[] = [];
  let descriptions: readonly string[] | undefined;
  /** The files each file refers to. */
  const references = new Map<string, readonly string[]>();
  const edited = new Set<string>();
  let owners: Map<string, readonly string[]> | undefined;

  async function find(pace: Pace): Promise<readonly string[]> {
    const found: string[] = [];
    const waiting = folders.map((folder) => (folder.endsWith('/') ? folder : `${folder}/`));
    let left = mostEntries;
    for (let folder = waiting.shift(); folder !== undefined && left > 0; folder = waiting.shift()) {
      for (const name of host.list(folder)) {
        const uri = resolveUri(encodeURIComponent(name), folder);
        left--;
        if (/\.(?:ya?ml|json)$/i.test(name)) {
          const text = content(uri);
          if (text && looksLikeApi(text)) found.push(uri);
        } else if (!skipped.test(name) && host.isDirectory(uri)) waiting.push(`${uri}/`);
        const pause = pace();
        if (pause) await pause;
      }
    }
    return found.sort();
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
    return [...new Set(files)].filter((file) => file !== uri && file.startsWith('file:'));
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
    search(uris) {
      folders = uris;
      descriptions = owners = undefined;
    },
    changed: (uri) => void edited.add(uri),
    forget() {
      descriptions = owners = undefined;
      references.clear();
    },
  };
}
