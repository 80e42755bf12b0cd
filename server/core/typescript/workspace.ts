/** The packages of a repository that holds several: npm, yarn and pnpm workspaces. */
import type { Host } from '../host.ts';
import { jsonOf, parentOf } from '../generate/package.ts';
import { isRecord } from '../model/api.ts';

/** The packages of workspaces by the folders below them: what one reading has found so far. */
export type Workspaces = Map<string, ReadonlyMap<string, string>>;

/** Folders of the packages of the workspace a file is in, by name. */
export function workspacePackages(host: Host, uri: string, roots: Workspaces): ReadonlyMap<string, string> {
  const below: string[] = [];
  let packages: ReadonlyMap<string, string> = new Map();
  for (let folder = parentOf(uri); folder !== ''; folder = parentOf(folder)) {
    const before = roots.get(folder);
    const patterns = before ? undefined : patternsIn(host, folder);
    below.push(folder);
    if (before || patterns) {
      packages = before ?? packagesIn(host, folder, patterns ?? []);
      break;
    }
  }
  for (const folder of below) roots.set(folder, packages);
  return packages;
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
  const places = rest ? [rest, `src/${rest}`] : entriesOf(host.read(`${folder}/package.json`));
  return places.map((place) => `${folder}/${place}`);
}

/** What a package's own file names as its entry, the source before what is built from it. */
function entriesOf(packageJson: string | undefined): string[] {
  const data = jsonOf(packageJson);
  const main = isRecord(data.exports) ? (data.exports['.'] ?? data.exports) : data.exports;
  const exported = isRecord(main) ? Object.values(main) : [main];
  const named = [data.source, ...exported, data.types, data.module, data.main].filter((one) => typeof one === 'string');
  const plain = named.filter((one) => !one.endsWith('.d.ts')).map((one) => one.replace(/^\.\//, ''));
  // What is built is not there before a build; its source is by custom in `src`.
  return [...plain, ...plain.map((one) => one.replace(/^(?:dist|build|lib|out)\//, 'src/')), 'src/index', 'index'];
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
        .map((name) => `${folder}/${name}`)
        .filter((place) => host.isDirectory(place));
    if (part === '**') folders = folders.flatMap((folder) => [folder, ...below(folder), ...below(folder).flatMap(below)]);
    else if (part.includes('*')) folders = folders.flatMap(below);
    else folders = folders.map((folder) => `${folder}/${part}`);
  }
  return folders.filter((folder) => host.isFile(`${folder}/package.json`));
}
