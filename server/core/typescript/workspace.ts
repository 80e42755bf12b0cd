/** The packages of a repository that holds several: npm, yarn and pnpm workspaces, and folders that are linked. */
import type { Host } from '../host.ts';
import { jsonOf, parentOf } from '../generate/package.ts';
import { isRecord } from '../model/api.ts';
import { resolveUri, uriIn } from '../uri.ts';

/** The packages of workspaces by the folders below them: what one reading has found so far. */
export type Workspaces = Map<string, ReadonlyMap<string, string>>;

/** Folders of the packages of the workspace a file is in, and of those its own package is linked with (`file:../other`), by name. */
export function workspacePackages(host: Host, uri: string, roots: Workspaces): ReadonlyMap<string, string> {
  const folder = parentOf(uri);
  if (folder === '') return new Map();
  let packages = roots.get(folder);
  if (!packages) {
    const patterns = patternsIn(host, folder);
    const around = patterns ? packagesIn(host, folder, patterns) : workspacePackages(host, folder, roots);
    const linked = linkedIn(host, folder);
    packages = linked.length > 0 ? new Map([...around, ...linked]) : around;
    roots.set(folder, packages);
  }
  return packages;
}

/** The packages that a package depends on by their folders: `"core": "file:../core"`. */
function linkedIn(host: Host, folder: string): [name: string, folder: string][] {
  const { dependencies, devDependencies } = jsonOf(host.read(`${folder}/package.json`));
  return [devDependencies, dependencies].filter(isRecord).flatMap((list) =>
    Object.entries(list).flatMap(([name, version]): [string, string][] => {
      const [, path] = (typeof version === 'string' && /^(?:file|link|portal):(.+?)\/?$/.exec(version)) || [];
      const place = path === undefined ? undefined : resolveUri(path, `${folder}/`);
      return place && host.isFile(`${place}/package.json`) ? [[name, place]] : [];
    }),
  );
}

function packagesIn(host: Host, root: string, patterns: readonly string[]): ReadonlyMap<string, string> {
  const packages = new Map<string, string>();
  for (const place of patterns.flatMap((pattern) => foldersOf(host, root, pattern))) {
    const name = jsonOf(host.read(`${place}/package.json`)).name;
    if (typeof name === 'string') packages.set(name, place);
  }
  return packages;
}

/**
 * Where the file may be, without its ending, that a bare specifier means in a package of the same repository: of the package's
 * entry, or of what stands behind its name. Nothing has to be installed or built.
 */
export function placesInWorkspace(specifier: string, host: Host, packages: () => ReadonlyMap<string, string>): string[] {
  const [, name = '', rest = ''] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(specifier) ?? [];
  if (/^[./~#]/.test(specifier) || specifier.startsWith('node:')) return [];
  const folder = packages().get(name);
  if (folder === undefined) return [];
  return entriesOf(host.read(`${folder}/package.json`), rest).map((place) => `${folder}/${place}`);
}

/** Where the sources of packages stand by custom. */
const sources = ['src/', 'lib/', ''];

/** And what is built of them, which is not there before a build: `core/dist/types` is `core/src/types`, and so may `core/dist/lib/types` be. */
const built = [/^(?:dist|build|lib|out|es|esm|cjs)\//, /^(?:(?:dist|build|lib|out|es|esm|cjs)\/)+/];

/**
 * Where a package's own file says that it, or a part of it, is: the source before what is built from it, which is not there
 * before a build.
 */
function entriesOf(packageJson: string | undefined, part = ''): string[] {
  const data = jsonOf(packageJson);
  const own = part ? [] : [data.source, data.types, data.typings, data.module, data.main];
  const exported = exportsOf(data.exports, part);
  const named = [...own, ...exported].filter((one) => typeof one === 'string').map((one) => one.replace(/^\.\//, ''));
  const plain = named.filter((one) => !one.endsWith('.d.ts'));
  const stems = [...named, part || 'index'].flatMap((one) => {
    const stem = one.replace(/\.d\.[cm]?ts$/, '');
    return built.map((folder) => stem.replace(folder, ''));
  });
  const all = [...plain, ...sources.flatMap((folder) => [...stems, part || 'index'].map((stem) => folder + stem))];
  return [...new Set(all)];
}

/** The files that `exports` names for a part of a package, under whatever conditions. */
function exportsOf(all: unknown, part: string): string[] {
  if (!isRecord(all)) return part ? [] : textsIn(all);
  const key = part ? `./${part}` : '.';
  if (all[key] !== undefined) return textsIn(all[key]);
  if (!part && !Object.keys(all).some((one) => one.startsWith('.'))) return textsIn(all);
  return Object.entries(all).flatMap(([pattern, target]) => {
    const [before, after] = pattern.split('*');
    if (after === undefined || !before || !key.startsWith(before) || !key.endsWith(after)) return [];
    const star = key.slice(before.length, after === '' ? undefined : -after.length);
    return textsIn(target).map((text) => text.replaceAll('*', star));
  });
}

function textsIn(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  return isRecord(node) ? Object.values(node).flatMap(textsIn) : [];
}

function patternsIn(host: Host, folder: string): string[] | undefined {
  const pnpm = host.read(`${folder}/pnpm-workspace.yaml`);
  if (pnpm !== undefined) {
    const list = /^packages:\s*\n((?:\s*(?:-.*|#.*)?\n?)*)/m.exec(pnpm)?.[1] ?? '';
    return [...list.matchAll(/^\s*-\s*['"]?([^'"\s#]+)/gm)].map((match) => match[1] as string);
  }
  const { workspaces } = jsonOf(host.read(`${folder}/package.json`));
  const list = isRecord(workspaces) ? workspaces.packages : workspaces;
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : undefined;
}

/** The folders a pattern like `packages/*` means; `**` is read as two levels. */
function foldersOf(host: Host, root: string, pattern: string): string[] {
  if (pattern.startsWith('!')) return [];
  let folders = [root];
  for (const part of pattern.replace(/^\.\//, '').replace(/\/$/, '').split('/')) {
    const below = (folder: string) =>
      host
        .list(folder)
        .filter((name) => !name.startsWith('.') && name !== 'node_modules')
        .map((name) => uriIn(folder, name))
        .filter((place) => host.isDirectory(place));
    if (part === '**') folders = folders.flatMap((folder) => [folder, ...below(folder), ...below(folder).flatMap(below)]);
    else if (part.includes('*')) folders = folders.flatMap(below);
    else folders = folders.map((folder) => uriIn(folder, part));
  }
  return folders.filter((folder) => host.isFile(`${folder}/package.json`));
}
