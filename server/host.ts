/** The world outside, on Node: local files by `file:` URI. */
import { existsSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import * as modules from 'node:module';
import { join, sep } from 'node:path';
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
async function evaluate(uri: string, lent?: Lent): Promise<unknown> {
  const path = fileURLToPath(uri);
  delete modules.createRequire(path).cache[path];
  leaveAdviceOut();
  if (lent) lend(lent);
  const module = (await import(`${uri}?changed=${statSync(path).mtimeMs}`)) as { default?: unknown };
  return module.default ?? module;
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
