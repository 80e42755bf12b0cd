/** The world outside, on Node: local files by `file:` URI. */
import { existsSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import * as modules from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { type Host, type Lent, Overrun } from './core/host.ts';

/** Reads the local disk. Whatever is missing, unreadable or not a `file:` URI is simply not there; only `evaluate` rejects. */
export const nodeHost: Host = {
  read: (uri) => attempt(uri, (path) => readFileSync(path, 'utf8')),
  stamp: (uri) => {
    const file = stat(uri);
    return file && `${file.mtimeMs} ${file.size}`;
  },
  isFile: (uri) => stat(uri)?.isFile() ?? false,
  isDirectory: (uri) => stat(uri)?.isDirectory() ?? false,
  list: (uri) => attempt(uri, namesIn) ?? [],
  ignoresCase: doesIgnoreCase(),
  evaluate,
  keepsState: (uri) => attempt(uri, (path) => ownFilesOf(path).some(doesKeep)) ?? false,
  fetch: fetchOnce,
  guard,
};

/** Milliseconds of the processor after which a user's function is taken not to end. */
const longest = 3_000;
/** How much longer they take by the clock, where others have the processor too. */
let stretch = 1;
const mostStretch = 4;

/** Node breaks off only what a script runs, so a script runs the work. */
let watchedWork: () => unknown = () => undefined;
Object.defineProperty(globalThis, Symbol.for('lintel.guarded'), { value: () => watchedWork() });
const watched = new Script("globalThis[Symbol.for('lintel.guarded')]()");

function guard<T>(work: () => T): T {
  watchedWork = work;
  const timeout = Math.round(longest * stretch);
  const before = process.cpuUsage();
  try {
    return watched.runInThisContext({ timeout }) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    const { user, system } = process.cpuUsage(before);
    const used = (user + system) / 1000;
    const isStarved = used < longest * 0.8;
    stretch = isStarved ? Math.min(mostStretch, (stretch * longest) / Math.max(used, 1)) : 1;
    throw new Overrun(`it did not end within ${longest / 1000} s.`, isStarved);
  }
}

/** Proxies and certificates are Node's to know: `NODE_USE_ENV_PROXY`, `NODE_EXTRA_CA_CERTS`. */
async function fetchOnce(url: string) {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000) });
  const location = response.headers.get('location');
  return { status: response.status, ...(location === null ? {} : { location }), text: await response.text() };
}

/** Asked of the disk that the running program lies on, by its name in the other case. */
function doesIgnoreCase(): boolean {
  const other = [...process.execPath].map((char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase()));
  return existsSync(other.join(''));
}

/** The names in a folder, but for links back to it or to one above: below those, it would go on for ever. */
function namesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((one) => (one.isSymbolicLink() && leadsAbove(join(folder, one.name), folder) ? [] : [one.name]));
}

function leadsAbove(link: string, folder: string): boolean {
  try {
    return `${realpathSync(folder)}${sep}`.startsWith(`${realpathSync(link)}${sep}`);
  } catch {
    // A link that leads nowhere is a name like any other.
    return false;
  }
}

function stat(uri: string): Stats | undefined {
  return attempt(uri, (path) => statSync(path, { throwIfNoEntry: false }));
}

function attempt<T>(uri: string, act: (path: string) => T): T | undefined {
  try {
    return act(fileURLToPath(uri));
  } catch {
    return undefined;
  }
}

/**
 * The default export of a user's module, or its namespace where it has none. Node keeps every module it has loaded, so
 * the time of the last change is part of the address and a CommonJS module is forgotten first: an edited ruleset counts.
 */
async function evaluate(uri: string, lent?: Lent, anew = false): Promise<unknown> {
  const path = fileURLToPath(uri);
  const load = modules.createRequire(path);
  const isKnown = load.cache[path] !== undefined;
  for (const file of anew ? ownFilesOf(path) : [path]) delete load.cache[file];
  leaveAdviceOut();
  if (lent) lend(lent);
  // What is imported is kept for ever, and this may be asked for at every key.
  if (anew && isKnown) return load(path);
  const module = (await import(`${uri}?changed=${statSync(path).mtimeMs}`)) as { default?: unknown };
  return module.default ?? module;
}

/** The files of a CommonJS module's own package that were loaded for it, with its own. */
function ownFilesOf(path: string): readonly string[] {
  const { cache } = modules.createRequire(path);
  let folder = dirname(path);
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  const found = new Set<string>();
  const visit = (module: NodeJS.Module | undefined): void => {
    const { filename = '', children = [] } = module ?? {};
    if (found.has(filename) || !filename.startsWith(folder) || filename.slice(folder.length).includes('node_modules')) return;
    found.add(filename);
    for (const child of children) visit(child);
  };
  visit(cache[path]);
  return [...found];
}

/** A list, map or set of a whole module that its functions add to, as in `const seen = new Set()`. */
function doesKeep(file: string): boolean {
  const text = readFileSync(file, 'utf8');
  const kept = text.matchAll(/^(?:const|let|var) (\w+) = (?:\{\}|\[\]|new (?:Map|Set)\(\))/gm);
  return [...kept].some(([, name]) => new RegExp(`^\\s.*\\b${name}(?:\\.(?:add|set|push)\\(|\\[[^\\]]+\\] = )`, 'm').test(text));
}

/** Where modules that are imported find what is lent. */
const lentTo = Symbol.for('lintel.lent');
const scheme = 'lintel-lent:';

/** Packages that a user's module may name without having installed them; what is installed is taken first. */
function lend(lent: Lent): void {
  // Node before 22.15 has no such hooks: there, who names a package installs it.
  if (lentTo in globalThis || !('registerHooks' in modules)) return;
  Object.assign(globalThis, { [lentTo]: lent });
  modules.registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!Object.hasOwn(lent, specifier)) throw error;
        const format = context.conditions.includes('require') ? 'commonjs' : 'module';
        return { url: `${scheme}${specifier}?${format}`, format, shortCircuit: true };
      }
    },
    load(url, context, next) {
      if (!url.startsWith(scheme)) return next(url, context);
      const [name = '', format] = url.slice(scheme.length).split('?');
      const members = Object.keys(lent[name] ?? {}).filter((member) => /^[A-Za-z_$][\w$]*$/.test(member) && member !== 'default');
      const from = `globalThis[Symbol.for(${JSON.stringify(lentTo.description)})][${JSON.stringify(name)}]`;
      const source =
        format === 'commonjs'
          ? `module.exports = ${from};`
          : [`export default ${from};`, ...members.map((member) => `export const ${member} = ${from}.${member};`)].join('\n');
      return { format: context.format ?? 'module', source, shortCircuit: true };
    },
  });
}

let isAdviceOut = false;

/** What Node would have a package say of its modules is no business of whoever checks a document. */
function leaveAdviceOut(): void {
  if (isAdviceOut) return;
  isAdviceOut = true;
  const { emitWarning } = process;
  process.emitWarning = ((...told: unknown[]) => {
    if (!JSON.stringify(told).includes('MODULE_TYPELESS_PACKAGE_JSON')) Reflect.apply(emitWarning, process, told);
  }) as typeof emitWarning;
}
