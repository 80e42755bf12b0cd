/**
 * The world outside: the only way core reaches files. Synchronous, because a rule that must look into another file
 * is read far more easily as a plain function, and files of a project are local and small.
 * `server/host.ts` implements it on Node; tests use `memoryHost`.
 */
import { spelledUri } from './uri.ts';

export interface Host {
  /** The text of a file on disk; undefined when it is missing, unreadable or not a `file:` URI. */
  read(uri: string): string | undefined;
  /** What is another when the file was written again (time and size); without it, files are read to see. */
  stamp?(uri: string): string | undefined;
  isFile(uri: string): boolean;
  isDirectory(uri: string): boolean;
  /** Names of the entries of a folder; empty when there is none. */
  list(uri: string): readonly string[];
  /** `A.yaml` is read where `a.yaml` stands, as on most disks of Windows and macOS. */
  readonly ignoresCase?: boolean;
  /** Gets a file from another host. Rejects when there is no answer. Absent where nothing can be fetched. */
  fetch?: Fetch;
  /** Runs work that a user's function is part of, and throws `Overrun` when it does not end. Absent: nothing is watched. */
  guard?: Guard;
  /**
   * Evaluates a JavaScript module the user wrote (a ruleset, a function); where it names packages that are not installed, it is given
   * those that are lent. `anew`: what it and the files of its package keep between calls is forgotten. Absent where that is not
   * allowed.
   */
  evaluate?(uri: string, lent?: Lent, anew?: boolean): Promise<unknown>;
  /** Does a module that was evaluated, or a file of its package, keep something between calls, and can be evaluated anew? */
  keepsState?(uri: string): boolean;
}

/** Packages by name, each with what it exports. */
export type Lent = Readonly<Record<string, object>>;

export type Guard = <T>(work: () => T) => T;

/** Work that did not end in time and was broken off. */
export class Overrun extends Error {
  /** The processor was with others meanwhile: the same work may end when it is tried again, which then has longer. */
  readonly mayEnd: boolean;
  constructor(message: string, mayEnd = false) {
    super(message);
    this.mayEnd = mayEnd;
  }
}

/** One request for an `http:` or `https:` URL, redirects not followed: `location` says where one leads. */
export type Fetch = (url: string) => Promise<{ readonly status: number; readonly location?: string; readonly text: string }>;

/**
 * A host over a map from URI to text, for tests and for a single buffer without a disk. One that `ignoresCase` takes
 * `A.yaml` for `a.yaml`.
 */
export function memoryHost(files: Readonly<Record<string, string>> = {}, ignoresCase = false): Host {
  const fold = (uri: string) => (ignoresCase ? spelledUri(uri).toLowerCase() : spelledUri(uri));
  // The map may change while the host is used, as disks do.
  const find = (uri: string) => {
    if (Object.hasOwn(files, uri)) return files[uri];
    const key = Object.keys(files).find((each) => fold(each) === fold(uri));
    return key === undefined ? undefined : files[key];
  };
  const children = (uri: string) => {
    const folder = fold(uri.endsWith('/') ? uri : `${uri}/`);
    const names = Object.keys(files)
      .map(spelledUri)
      .filter((file) => fold(file).startsWith(folder))
      .map((file) => decodeURIComponent(file.slice(folder.length).split('/')[0] as string));
    return [...new Set(names)];
  };
  return {
    ignoresCase,
    read: find,
    isFile: (uri) => find(uri) !== undefined,
    isDirectory: (uri) => children(uri).length > 0,
    list: children,
  };
}
