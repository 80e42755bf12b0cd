/** Files of a project as code models: imports found with TypeScript's own module resolution, over the host. */
import ts from 'ts6';
import type { Host } from '../host.ts';
import { isRecord } from '../model/api.ts';
import { dataOf } from '../tree/tree.ts';
import { parseYaml } from '../tree/yaml.ts';
import { fileName, pathOfUri, resolveUri, uriOfPath } from '../uri.ts';
import { type CodeFile, type Lasting, type Package, parseCode, sameText } from './code.ts';
import { type FileRole, roleOf } from './role.ts';
import { placesInWorkspace, type Workspaces, workspacePackages } from './workspace.ts';

export interface CodeProject {
  /** The model of a file; `text` when the caller has it. */
  file(uri: string, text: string): CodeFile;
  /** What a file is for. */
  roleOf(file: CodeFile): FileRole;
  /** Files appeared, vanished or changed: where imports lead and what packages say is asked again. */
  forget(): void;
}

/** As many trees of files as are kept, and as many texts: of most files behind a barrel the text says enough. */
const mostTrees = 500;
const mostTexts = 5000;

interface Model {
  readonly code: CodeFile;
  /** The files it looked into, as they were. */
  readonly loaded: Map<string, CodeFile>;
  readonly lasting: Lasting;
  /** What the host says of the file while it stays as it is; undefined where only its text tells. */
  readonly stamp: string | undefined;
  /** The question for which it was last found to hold; -1 where it no longer may. */
  asked: number;
}

/**
 * A project over a host. A model is kept while its text and what it looked into stay the same, so what a rule remembers
 * of a file holds for as long as the file's model lives. `isOpen`: does a folder belong to what is worked on? A project
 * that is opened by itself is not judged by what lies around it.
 */
export function codeProject(host: Host, isOpen: (folder: string) => boolean = () => true): CodeProject {
  const known = new Map<string, Model>();
  /** The files that have a tree, in the order in which they were parsed first. */
  const trees = new Set<string>();
  const drop = (uri: string) => {
    trees.delete(uri);
    known.delete(uri);
  };
  const targets = new Map<string, string | undefined>();
  const packages = new Map<string, Package | undefined>();
  const roots = new Map<string, Workspace | undefined>();
  const nearestFiles = new Map<string, string | undefined>();
  const mappings = new Map<string, ts.CompilerOptions | undefined>();
  const directories = new Map<string, boolean>();
  const workspaces: Workspaces = new Map();
  const lists = new Map<string, readonly string[]>();
  const names = new Map<string, ReadonlySet<string>>();
  const list = (folder: string) => remember(lists, folder, () => host.list(folder));
  const fold = (name: string) => (host.ignoresCase ? name.toLowerCase() : name);
  const namesIn = (folder: string) => remember(names, folder, () => new Set(list(folder).map(fold)));
  const disk: Host = {
    ...host,
    list,
    isDirectory: (uri) => remember(directories, uri, () => host.isDirectory(uri)),
    // An import may mean a file of many endings: what is not in the list of its folder is not there.
    isFile: (uri) => namesIn(uri.slice(0, uri.lastIndexOf('/') + 1)).has(fold(fileName(uri))) && host.isFile(uri),
  };
  let question = 0;
  const folders = new Map<string, string>();
  const folderOf = (uri: string) => remember(folders, uri, () => resolveUri('.', uri));
  const packageOf = (uri: string) => packageAt(folderOf(uri));
  const packageAt = (folder: string): Package | undefined =>
    remember(packages, folder, () => {
      if (!folder.startsWith('file:')) return undefined;
      const above = resolveUri('..', folder);
      const around = above === folder ? undefined : packageAt(above);
      return host.isFile(`${folder}package.json`)
        ? readPackage(
            `${folder}package.json`,
            around && isOpen(around.folder) ? around : undefined,
            workspaceAround(folder),
            host,
          )
        : around;
    });
  const workspaceAround = (folder: string): Workspace | undefined =>
    remember(roots, folder, () => {
      const above = resolveUri('..', folder);
      return workspaceIn(folder, host) ?? (above === folder ? undefined : workspaceAround(above));
    });
  /** The nearest file of a name, in a folder or above it. */
  const nearest = (name: string, folder: string): string | undefined =>
    remember(nearestFiles, `${folder}${name}`, () => {
      if (host.isFile(`${folder}${name}`)) return `${folder}${name}`;
      const above = resolveUri('..', folder);
      return above === folder ? undefined : nearest(name, above);
    });
  const configOf = (folder: string): string | undefined =>
    folder.startsWith('file:') ? (nearest('tsconfig.json', folder) ?? nearest('jsconfig.json', folder)) : undefined;
  const mappingIn = (config: string | undefined): ts.CompilerOptions | undefined =>
    config === undefined ? undefined : remember(mappings, config, () => pathMapping(config, host));
  const inWorkspace = (specifier: string, from: string): string | undefined => {
    if (!from.startsWith('file:')) return undefined;
    // What a workspace is says the nearest `package.json`: the folders between need not be looked through.
    const home = `${packageOf(from)?.folder ?? folderOf(from)}package.json`;
    const places = placesInWorkspace(specifier, disk, () => workspacePackages(disk, home, workspaces));
    const files = places.map((place) => (isOpen(place) ? resolveModule(pathOfUri(place), from, options, disk) : undefined));
    return files.find((file) => file !== undefined);
  };
  /** The model of an imported file as it is now; it is read again only where it may have changed. */
  const imported = (uri: string): CodeFile | undefined => {
    const before = known.get(uri);
    if (before?.asked === question) return before.code;
    const stamp = host.stamp?.(uri);
    const text = before && stamp !== undefined && before.stamp === stamp ? before.code.text : host.read(uri);
    return text === undefined ? undefined : model(uri, text, stamp);
  };
  const model = (uri: string, text: string, stamp?: string): CodeFile => {
    const before = known.get(uri);
    if (before && (before.asked === question || holds(before, text))) return before.code;
    const loaded = new Map<string, CodeFile>();
    const lasting = before?.lasting ?? {};
    const own = new Map<string, string | undefined>();
    const load = (specifier: string, from: string): CodeFile | undefined => {
      const target = remember(own, from === uri ? specifier : `${from} ${specifier}`, () => {
        const folder = folderOf(from);
        // Only a path depends on the folder: what a package and its settings say, they say to all of their folders.
        const isPath = specifier.startsWith('.');
        const config = isPath ? undefined : configOf(folder);
        const scope = isPath ? folder : `${packageAt(folder)?.folder ?? folder} ${config}`;
        return remember(
          targets,
          `${scope} ${specifier}`,
          () =>
            sourceBeside(specifier, from, host, disk) ??
            resolveImport(specifier, from, disk, () => mappingIn(config)) ??
            inWorkspace(specifier, from),
        );
      });
      if (target === undefined) return undefined;
      const code = imported(target);
      if (code) loaded.set(target, code);
      return code;
    };
    const parsed = () => {
      trees.delete(uri);
      keepAtMost(mostTrees, trees.add(uri), drop);
    };
    const code =
      before?.code.text === text ? sameText(before.code, load) : parseCode(uri, text, load, packageOf, list, parsed, lasting);
    known.delete(uri);
    keepAtMost(mostTexts, known.set(uri, { code, loaded, lasting, stamp, asked: question }), drop);
    return code;
  };
  const holds = (before: Model, text: string): boolean => {
    if (before.code.text !== text || before.asked < 0) return false;
    before.asked = question;
    for (const [uri, code] of before.loaded) if (imported(uri) !== code) return false;
    return true;
  };
  const file = (uri: string, text: string): CodeFile => {
    question++;
    return model(uri, text);
  };
  const forget = () => {
    for (const each of known.values()) each.asked = -1;
    folders.clear();
    targets.clear();
    packages.clear();
    roots.clear();
    nearestFiles.clear();
    mappings.clear();
    directories.clear();
    workspaces.clear();
    lists.clear();
    names.clear();
  };
  return { file, roleOf, forget };
}

/** Drops the oldest of what is kept by URI where there are too many. */
function keepAtMost(most: number, kept: Set<string> | Map<string, unknown>, drop: (uri: string) => void): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= most) break;
    drop(oldest);
  }
}

function remember<T>(known: Map<string, T>, key: string, find: () => T): T {
  const found = known.get(key);
  if (found !== undefined || known.has(key)) return found as T;
  const made = find();
  known.set(key, made);
  return made;
}

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowJs: true,
  resolveJsonModule: false,
};

/** The source file of the project that an import means; undefined for packages and for what is not there. */
function resolveImport(
  specifier: string,
  from: string,
  host: Host,
  mapping: () => ts.CompilerOptions | undefined,
): string | undefined {
  if (!from.startsWith('file:')) return undefined;
  const paths = /^[./]/.test(specifier) ? undefined : mapping();
  if (!/^[./#]/.test(specifier) && !(paths && isMapped(specifier, paths, host))) return undefined;
  return resolveModule(specifier, from, paths ? { ...options, ...paths } : options, host);
}

/**
 * What most imports mean, `orders.ts` of `./orders` and of `./orders.js`, or `orders/index.ts` where that is a folder and nothing else. For the
 * first TypeScript would look first, too, and the disk is asked for it alone; what it looks for in between is seen in the folder's list.
 */
function sourceBeside(specifier: string, from: string, host: Host, disk: Host): string | undefined {
  const [, stem] = /^(\.{1,2}\/[\w./-]*[\w-])$/.exec(specifier.replace(/\.js$/, '')) ?? [];
  if (stem === undefined || /\.(?:[cm]?[jt]sx?|d|json)$/.test(stem) || !from.startsWith('file:')) return undefined;
  const uri = resolveUri(stem, from);
  if (uri.includes('/node_modules/')) return undefined;
  if (host.isFile(`${uri}.ts`)) return `${uri}.ts`;
  const isOther = stem !== specifier || ['.tsx', '.d.ts', '.js', '.jsx'].some((ending) => disk.isFile(uri + ending));
  if (isOther || host.isFile(`${uri}/package.json`)) return undefined;
  return host.isFile(`${uri}/index.ts`) ? `${uri}/index.ts` : undefined;
}

/** A source file of the project, by TypeScript's own resolution. */
function resolveModule(specifier: string, from: string, chosen: ts.CompilerOptions, host: Host): string | undefined {
  const found = ts.resolveModuleName(specifier, pathOfUri(from), chosen, {
    // What is installed is a package, whatever is in it.
    fileExists: (path) => !path.includes('/node_modules/') && host.isFile(uriOfPath(path)),
    readFile: (path) => host.read(uriOfPath(path)),
    directoryExists: (path) => !/\/node_modules(?:\/|$)/.test(path) && host.isDirectory(uriOfPath(path)),
  }).resolvedModule;
  if (!found || found.isExternalLibraryImport || found.resolvedFileName.endsWith('.d.ts')) return undefined;
  return uriOfPath(found.resolvedFileName);
}

/** May a name mean a file of the project: does a pattern of `paths` fit, or does its first part lie in `baseUrl`? */
function isMapped(specifier: string, { baseUrl, paths = {} }: ts.CompilerOptions, host: Host): boolean {
  const fits = Object.keys(paths).some((pattern) => {
    const [start = '', end] = pattern.split('*');
    return end === undefined ? pattern === specifier : specifier.startsWith(start) && specifier.endsWith(end);
  });
  if (fits || baseUrl === undefined) return fits;
  const [first = ''] = specifier.split('/');
  return host.list(uriOfPath(baseUrl)).some((name) => name === first || name.startsWith(`${first}.`));
}

/** `baseUrl` and `paths` of a tsconfig.json (or jsconfig.json), its `extends` within the project included. */
function pathMapping(config: string, host: Host): ts.CompilerOptions | undefined {
  for (let uri = config, hops = 0; hops < 5; hops++) {
    const { config: json } = ts.parseConfigFileTextToJson(uri, host.read(uri) ?? '');
    if (!isRecord(json)) return undefined;
    const { compilerOptions = {}, extends: parent } = json as { compilerOptions?: ts.CompilerOptions; extends?: unknown };
    const { baseUrl, paths } = compilerOptions;
    if (paths || baseUrl !== undefined) {
      // An empty one is the folder of the settings.
      const base = pathOfUri(resolveUri(baseUrl || '.', uri));
      return { ...(baseUrl === undefined ? {} : { baseUrl: base }), ...(paths ? { paths, pathsBasePath: base } : {}) };
    }
    if (typeof parent !== 'string' || !parent.startsWith('.')) return undefined;
    const base = resolveUri(parent.endsWith('.json') ? parent : `${parent}.json`, uri);
    const generated = host.isFile(base) ? undefined : generatedPaths[/[^/]+\/[^/]+$/.exec(base)?.[0] ?? ''];
    if (generated) return { paths: generated, pathsBasePath: pathOfUri(resolveUri('.', uri)) };
    uri = base;
  }
  return undefined;
}

/** The paths of settings that a framework writes where a program is built, and that are not kept with it. */
const generatedPaths: Readonly<Record<string, Record<string, string[]>>> = {
  '.svelte-kit/tsconfig.json': { $lib: ['./src/lib'], '$lib/*': ['./src/lib/*'] },
  '.nuxt/tsconfig.json': {
    '~/*': ['./*', './app/*'],
    '@/*': ['./*', './app/*'],
    '~~/*': ['./*'],
    '@@/*': ['./*'],
    '#shared/*': ['./shared/*'],
  },
};

/** What a later one declares counts: a package is installed as the program needs it, whatever its tests would take. */
const dependencyFields = ['devDependencies', 'peerDependencies', 'optionalDependencies', 'dependencies'];

function readPackage(file: string, around: Package | undefined, workspace: Workspace | undefined, host: Host): Package {
  const json = packageJson(file, host);
  const folder = resolveUri('.', file);
  const inCatalog = (name: string, range: string) => {
    if (!workspace || !range.startsWith(catalog)) return range;
    const ranges = workspace.catalogs().get(range.slice(catalog.length) || 'default');
    return ranges?.get(name) ?? range;
  };
  const declaredIn = (one: Record<string, unknown>) =>
    new Map([...dependenciesOf(one)].map(([name, range]) => [name, inCatalog(name, range)]));
  const dependencies = declaredIn(json);
  const installed = new Map([...(workspace ? declaredIn(workspace.json) : []), ...dependencies]);
  const place = around ? around.place + folder.slice(around.folder.length) : '';
  const name = typeof json.name === 'string' && json.private !== true ? json.name : undefined;
  return { folder, place, dependencies, installed, isTool: json.bin !== undefined, name };
}

function packageJson(file: string, host: Host): Record<string, unknown> {
  const text = host.read(file) ?? '';
  const json = jsonIn(text) ?? ts.parseConfigFileTextToJson(file, text).config;
  return isRecord(json) ? json : {};
}

/** What a JSON text says; undefined where it is none, as one with comments, which TypeScript's reader takes in ten times the time. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function dependenciesOf(json: Record<string, unknown>): ReadonlyMap<string, string> {
  const fields = dependencyFields.map((field) => json[field]).filter(isRecord);
  return new Map(fields.flatMap((field) => Object.entries(field)).map(([name, range]) => [name, String(range)] as const));
}

/** The root of a workspace. */
interface Workspace {
  /** Its `package.json`. */
  readonly json: Record<string, unknown>;
  readonly catalogs: () => Catalogs;
}

/** The workspace whose root a folder is; undefined where it is none. */
function workspaceIn(folder: string, host: Host): Workspace | undefined {
  const file = `${folder}package.json`;
  if (!host.isFile(file)) return undefined;
  const json = packageJson(file, host);
  if (json.workspaces === undefined && !workspaceFiles.some((name) => host.isFile(`${folder}${name}`))) return undefined;
  let catalogs: Catalogs | undefined;
  return { json, catalogs: () => (catalogs ??= catalogsOf(folder, json, host)) };
}

/** How a package says that the workspace knows the range: `catalog:`, `catalog:react18`. */
const catalog = 'catalog:';

type Catalogs = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * The ranges that a workspace keeps for its packages, by catalog: pnpm in its own file, Bun in `package.json`. The one without a name is
 * `default`.
 */
function catalogsOf(folder: string, json: Record<string, unknown>, host: Host): Catalogs {
  const pnpm = host.read(`${folder}pnpm-workspace.yaml`);
  const places = [pnpm === undefined ? undefined : dataOf(parseYaml(pnpm).root), json.workspaces, json];
  const named = places
    .filter(isRecord)
    .flatMap((place) => [
      ...(isRecord(place.catalogs) ? Object.entries(place.catalogs) : []),
      ['default', place.catalog] as const,
    ]);
  return new Map(
    named.flatMap(([name, ranges]) =>
      isRecord(ranges) ? [[name, new Map(Object.entries(ranges).map(([key, range]) => [key, String(range)]))] as const] : [],
    ),
  );
}

const workspaceFiles = ['pnpm-workspace.yaml', 'lerna.json', 'nx.json', 'rush.json'];
