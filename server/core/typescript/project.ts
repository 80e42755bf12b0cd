/** Files of a project as code models: imports found with TypeScript's own module resolution, over the host. */
import ts from 'ts6';
import type { Host } from '../host.ts';
import { type CodeFile, parseCode } from './code.ts';

export interface CodeProject {
  /** The model of a file; `text` when the caller has it. */
  file(uri: string, text: string): CodeFile;
}

/** A project over a host. Models of imported files are kept while their text stays the same. */
export function codeProject(host: Host): CodeProject {
  const load = (specifier: string, from: string): CodeFile | undefined => {
    const uri = resolveImport(specifier, from, host);
    const text = uri && host.read(uri);
    return uri && text !== undefined ? file(uri, text) : undefined;
  };
  const known = new Map<string, CodeFile>();
  const file = (uri: string, text: string): CodeFile => {
    const before = known.get(uri);
    if (before?.text === text) return before;
    const model = parseCode(uri, text, load);
    known.set(uri, model);
    return model;
  };
  return { file };
}

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowJs: true,
  resolveJsonModule: false,
};

/** The source file of the project that an import means; undefined for packages and for what is not there. */
export function resolveImport(specifier: string, from: string, host: Host): string | undefined {
  if (!from.startsWith('file:') || !/^[./@~#]/.test(specifier)) return undefined;
  const found = ts.resolveModuleName(specifier, pathOf(from), options, {
    fileExists: (path) => host.isFile(uriOf(path)),
    readFile: (path) => host.read(uriOf(path)),
    directoryExists: (path) => host.isDirectory(uriOf(path)),
  }).resolvedModule;
  if (!found || found.isExternalLibraryImport || found.resolvedFileName.endsWith('.d.ts')) return undefined;
  return uriOf(found.resolvedFileName);
}

/** TypeScript speaks in paths; `file:` URIs are turned into them and back, drive letters included. */
function pathOf(uri: string): string {
  const path = decodeURIComponent(new URL(uri).pathname);
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

function uriOf(path: string): string {
  const encoded = path
    .split('/')
    .map(encodeURIComponent)
    .join('/')
    .replace(/^([A-Za-z])%3A/, '/$1:');
  return `file://${encoded}`;
}
