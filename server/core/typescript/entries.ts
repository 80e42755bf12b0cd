/** Where the applications of a folder begin: of the files that nobody imports those that lead to one being created. */
import { folderOfPackage } from '../generate/package.ts';
import { groupBy } from '../group.ts';
import type { Host } from '../host.ts';
import type { Steps } from '../steps.ts';
import { isWithinFolder } from '../uri.ts';
import { createsApplication, usesFramework } from './application.ts';
import { filesOf, sourcesIn, specifiersOf } from './files.ts';
import type { Project } from './handler.ts';
import { functionsIn, hasRoutes, manifestsIn } from './lambda.ts';
import { isNext } from './next.ts';
import { isTestFile } from './role.ts';
import { Shapes } from './shapes.ts';
import { Types } from './types.ts';
import { Values } from './values.ts';

/**
 * The entries to read the applications in these folders from, the one with most to read first: a file, or the folder of a
 * Next.js application or of functions whose routes a manifest declares, which stand last. With `of`, only those that lead to that file, if any does.
 */
export function* entrySteps(
  folders: readonly string[],
  host: Host,
  read: (uri: string) => string | undefined,
  of?: string,
): Steps<readonly string[]> {
  const values = new Values(host, read);
  const types = new Types(values);
  const project: Project = { values, types, shapes: new Shapes(types) };
  const next = new Set<string>(folders.map(withoutSlash).filter((folder) => isNext([folder], project)));
  const importers = new Map<string, Set<string>>();
  const sources: string[] = [];
  for (const uri of folders.flatMap((folder) => [...sourcesIn(host, folder)])) {
    if (isTestFile(uri)) continue;
    const configured = /^(.*)\/next\.config\.\w+$/.exec(uri)?.[1];
    if (configured && isNext([configured], project)) next.add(configured);
    const file = values.file(uri);
    if (!file) continue;
    sources.push(uri);
    for (const { text } of specifiersOf(file)) {
      const target = values.resolve(text, uri);
      if (target && target !== uri) importers.set(target, (importers.get(target) ?? new Set()).add(uri));
    }
    yield uri;
  }
  const texts = (test: (text: string) => boolean) => sources.filter((uri) => test(values.file(uri)?.text ?? ''));
  const inNext = (uri: string) => [...next].some((folder) => isWithinFolder(uri, folder));
  const created = texts(createsApplication).filter((uri) => !inNext(uri));
  // An application that a command line of the framework creates is told by its routes.
  const makers = created.length > 0 ? created : texts(usesFramework).filter((uri) => !inNext(uri));
  const reached = new Map<string, ReadonlySet<string>>();
  const leadsTo = (uri: string) => {
    const known = reached.get(uri) ?? new Set([...filesOf(values, [uri])].map(({ fileName }) => fileName));
    reached.set(uri, known);
    return known;
  };
  const weight = (uri: string) => [...leadsTo(uri)].filter((one) => usesFramework(values.file(one)?.text ?? '')).length;
  const heavier = (a: string, b: string) => weight(b) - weight(a) || a.length - b.length || (a < b ? -1 : 1);
  const found = new Set<string>();
  for (const maker of makers) {
    const roots = groupBy(
      rootsAbove(maker, importers).filter((root) => leadsTo(root).has(maker)),
      (root) => folderOfPackage(root, host),
    );
    const own = roots.get(folderOfPackage(maker, host));
    // What a package makes for others begins in each of them.
    for (const group of own ? [own] : roots.size > 0 ? roots.values() : [[maker]]) found.add(group.sort(heavier)[0] as string);
    yield maker;
  }
  const manifests = foldersOf(sources, folders).flatMap((folder) => {
    const own = manifestsIn(folder, host.list(folder)).filter((uri) => hasRoutes(uri, project));
    return own.length > 0 ? [{ folder, functions: new Set(functionsIn(own, project)) }] : [];
  });
  // What an application within a function serves is read with the others.
  const isWithin = (uri: string) => manifests.some(({ functions }) => functions.has(uri));
  const roots = [...found].filter((uri) => !isWithin(uri)).sort(heavier);
  const declared = manifests.map(({ folder }) => folder).filter((folder) => !next.has(folder));
  const all = [...roots, ...[...next].sort(), ...declared.sort()];
  const own =
    of === undefined
      ? []
      : all.filter((entry) => (next.has(entry) || declared.includes(entry) ? isWithinFolder(of, entry) : leadsTo(entry).has(of)));
  return own.length > 0 ? own : all;
}

/** The files that lead to a file and that nobody imports; itself where it is one. */
function rootsAbove(uri: string, importers: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const seen = new Set([uri]);
  for (const one of seen) for (const importer of importers.get(one) ?? []) seen.add(importer);
  return [...seen].filter((one) => !importers.has(one));
}

/** The folders that sources lie in, up to those that are looked through. */
function foldersOf(sources: readonly string[], folders: readonly string[]): string[] {
  const found = new Set(folders.map(withoutSlash));
  const isBelow = (folder: string) => folders.some((top) => isWithinFolder(folder, withoutSlash(top)));
  const parentOf = (uri: string) => uri.replace(/\/[^/]*$/, '');
  for (const uri of sources)
    for (let folder = parentOf(uri); !found.has(folder) && isBelow(folder); folder = parentOf(folder)) found.add(folder);
  return [...found];
}

function withoutSlash(folder: string): string {
  return folder.replace(/\/$/, '');
}
