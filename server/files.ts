/** Which files the command line checks. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { glob, isDynamicPattern } from 'tinyglobby';

const extensions = ['yaml', 'yml', 'json', 'jsonc', 'ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs', 'sql'];
const known = new RegExp(`\\.(?:${extensions.join('|')})$`, 'i');
const skipped = ['**/node_modules/**', '**/dist/**', '**/.git/**'];

/** The files that arguments name, and the arguments that name nothing. */
export interface Selection {
  /** Absolute paths, sorted, each once. */
  readonly files: readonly string[];
  readonly missing: readonly string[];
}

/**
 * Files are taken as they are; folders and globs give the files Lintel can read, without those that `.gitignore` names.
 * @param cwd absolute path that relative arguments start from
 */
export async function selectFiles(paths: readonly string[], cwd: string): Promise<Selection> {
  const files = new Set<string>();
  const missing: string[] = [];
  const isIgnored = gitIgnore();
  for (const path of paths) {
    const found = await filesOf(path, cwd, isIgnored);
    if (!found) missing.push(path);
    for (const file of found ?? []) files.add(file);
  }
  return { files: [...files].sort(), missing };
}

type IsIgnored = (path: string) => boolean;

async function filesOf(path: string, cwd: string, isIgnored: IsIgnored): Promise<readonly string[] | undefined> {
  const absolute = resolve(cwd, path);
  const stat = statSync(absolute, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return search('**', absolute, isIgnored);
  if (stat) return [absolute];
  const pattern = sep === '\\' ? path.replaceAll('\\', '/') : path;
  if (!isDynamicPattern(pattern)) return undefined;
  const found = await search(pattern, cwd, isIgnored);
  return found.length > 0 ? found : undefined;
}

async function search(pattern: string, cwd: string, isIgnored: IsIgnored): Promise<readonly string[]> {
  const found = await glob(pattern, { cwd, absolute: true, ignore: skipped, followSymbolicLinks: false });
  return found
    .filter((file) => known.test(file))
    .map((file) => resolve(file))
    .filter((file) => !isIgnored(file));
}

/**
 * Says what git would ignore: the `.gitignore` files from the file's folder up to the root of its repository, the
 * nearest one first; nothing below an ignored folder comes back.
 */
function gitIgnore(): IsIgnored {
  const folders = new Map<string, boolean>();
  const files = new Map<string, Ignore | undefined>();
  const rules = (folder: string) => {
    if (!files.has(folder)) files.set(folder, readIgnoreFile(folder));
    return files.get(folder);
  };
  const roots = new Map<string, boolean>();
  /** Git looks no further up than the repository. */
  const isRoot = (folder: string) => {
    let known = roots.get(folder);
    if (known === undefined) roots.set(folder, (known = dirname(folder) === folder || existsSync(join(folder, '.git'))));
    return known;
  };
  const folderIgnored = (folder: string): boolean => {
    const cached = folders.get(folder);
    if (cached !== undefined) return cached;
    const ignored = !isRoot(folder) && (folderIgnored(dirname(folder)) || verdict(folder, '/', rules, isRoot));
    folders.set(folder, ignored);
    return ignored;
  };
  return (file) => folderIgnored(dirname(file)) || verdict(file, '', rules, isRoot);
}

function verdict(
  path: string,
  suffix: '/' | '',
  rules: (folder: string) => Ignore | undefined,
  isRoot: (folder: string) => boolean,
): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const name = relative(folder, path).replaceAll(sep, '/') + suffix;
    const result = rules(folder)?.test(name);
    if (result?.ignored) return true;
    if (result?.unignored || isRoot(folder)) return false;
  }
}

function readIgnoreFile(folder: string): Ignore | undefined {
  const file = join(folder, '.gitignore');
  return existsSync(file) ? ignore().add(readFileSync(file, 'utf8')) : undefined;
}
