/** Files an application finds while it runs: paths that are put together, folders that are read, patterns of names. */
import ts from 'ts6';
import { folderOfPackage } from '../generate/package.ts';
import { pathOfUri, resolveUri, uriIn, uriOfPath } from '../uri.ts';
import { strip } from './plain.ts';
import type { Env, Value, Values } from './values.ts';

/** Texts that the code does not write: names of files, or what `withFileTypes` gives for them. */
export interface Listed {
  readonly texts: readonly string[];
  readonly isEntries: boolean;
}

/** The file or folder an expression names, as a URI: `join(__dirname, 'routes')`, `new URL('./routes', import.meta.url)`. */
export function placeOf(node: ts.Expression, values: Values, env: Env): string | undefined {
  const bare = strip(node);
  const here = bare.getSourceFile().fileName;
  const text = bare.getText();
  if (/^(?:__dirname|import\.meta\.dirname)$/.test(text)) return folderOf(here);
  if (/^(?:__filename|import\.meta\.(?:filename|url))$/.test(text)) return here;
  if (text === 'process.cwd()') return packageOf(here, values);
  if (ts.isStringLiteralLike(bare)) return undefined;
  if (ts.isTemplateExpression(bare) && bare.head.text === '') {
    const [first, ...more] = bare.templateSpans;
    const start = first && placeOf(first.expression, values, env);
    const parts = more.flatMap((span) => [values.text(span.expression, env), span.literal.text]);
    return start && below(start, [first?.literal.text, ...parts]);
  }
  if (ts.isBinaryExpression(bare) && bare.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const start = placeOf(bare.left, values, env);
    return start && below(start, [values.text(bare.right, env)]);
  }
  const args = ts.isCallExpression(bare) || ts.isNewExpression(bare) ? (bare.arguments ?? []) : [];
  const [first, ...more] = args;
  const name = ts.isCallExpression(bare) ? bare.expression.getText().split('.').at(-1) : undefined;
  if (first && (name === 'fileURLToPath' || name === 'pathToFileURL')) return placeOf(first, values, env);
  if (first && name === 'dirname') return placeOf(first, values, env)?.replace(/\/[^/]*$/, '');
  if (first && (name === 'join' || name === 'resolve')) {
    const parts = more.flatMap((part) => ['/', values.text(part, env)]);
    const start = placeOf(first, values, env);
    if (start) return below(start, parts);
    const whole = [values.text(first, env), ...parts];
    return name === 'resolve' ? below(packageOf(here, values), ['/', ...whole]) : undefined;
  }
  if (first && ts.isNewExpression(bare) && bare.expression.getText() === 'URL') {
    const path = values.text(first, env);
    return path === undefined ? undefined : resolveUri(path, here).replace(/\/$/, '');
  }
  if (ts.isPropertyAccessExpression(bare) && bare.name.text === 'href') return placeOf(bare.expression, values, env);
  const known = values.text(bare, env);
  if (known?.startsWith('/')) return below('file://', [known]);
  const declaration = ts.isIdentifier(bare) ? values.declarationOf(bare) : undefined;
  const value = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return value && placeOf(value, values, env);
}

/** The names a call lists: `readdirSync(folder)` in a folder, `glob.sync('routes/*.ts')` by a pattern; undefined where it lists none. */
export function listedBy(
  { name, member }: Value & { kind: 'package' },
  call: ts.CallExpression,
  values: Values,
  env: Env,
): Listed | undefined {
  const [first, second] = call.arguments;
  const from = call.getSourceFile().fileName;
  const at = (base: string) => {
    const text = first && values.text(first, env);
    return (first && placeOf(first, values, env)) ?? (text === undefined ? undefined : below(base, ['/', text]));
  };
  if (/^(?:node:)?fs(?:\/promises)?$|^fs-extra$/.test(name)) {
    const folder = /(?:^|\.)readdir(?:Sync)?$/.test(member) ? at(packageOf(from, values)) : undefined;
    if (!folder || !values.host.isDirectory(folder)) return undefined;
    const isEntries = /\bwithFileTypes\b/.test(second?.getText() ?? '');
    return { texts: codeIn(values, folder, from), isEntries };
  }
  if (!/^(?:glob|fast-glob|globby|tinyglobby)$/.test(name) || !/^(?:\*|default|(?:\w+\.)?(?:sync|glob\w*))$/.test(member))
    return undefined;
  const cwd = /\bcwd\b/.test(second?.getText() ?? '') ? undefined : packageOf(from, values);
  const place = cwd && at(cwd);
  if (!place) return undefined;
  return { texts: pathsMatching(pathOfUri(place), values, from), isEntries: false };
}

/** The files that a pattern of paths finds: `/app/src/**\/*Controller.ts`; `from` is the file that names it. */
export function filesMatching(pattern: string, values: Values, from: string): string[] {
  return pathsMatching(pattern, values, from).map(uriOfPath);
}

function pathsMatching(pattern: string, values: Values, from: string): string[] {
  const [start = ''] = /^[^*{?[]*\//.exec(pattern) ?? [];
  const test = patternOf(pattern);
  return test ? filesBelow(values, uriOfPath(start.replace(/\/$/, '')), test, from) : [];
}

/** The files that a function of the project lists which reads a folder and calls itself for those in it: `walk('routes')`. */
export function walkedBy(
  { name, body }: { readonly name?: ts.Node; readonly body?: ts.Node },
  call: ts.CallExpression,
  values: Values,
  env: Env,
): Listed | undefined {
  if (!body || !readsFolders(body.getSourceFile())) return undefined;
  const text = body.getText();
  const own = name?.getText();
  const isWalk = /\breaddir(?:Sync)?\(/.test(text) && own !== undefined && text.includes(`${own}(`);
  // Of what makes no paths of names, the names alone say nothing.
  if (!isWalk || !/\b(?:join|resolve)\(|\$\{/.test(text)) return undefined;
  const [first] = call.arguments;
  const folder = first && placeOf(first, values, env);
  if (!folder || !values.host.isDirectory(folder)) return undefined;
  return { texts: filesBelow(values, folder, /./, call.getSourceFile().fileName), isEntries: false };
}

const readers = new WeakMap<ts.SourceFile, boolean>();

function readsFolders(file: ts.SourceFile): boolean {
  const known = readers.get(file) ?? /\breaddir(?:Sync)?\(/.test(file.text);
  readers.set(file, known);
  return known;
}

/** Names that a filter keeps, as far as its text tells: `file.endsWith('.js')`, `file !== 'index.js'`. */
export function matching(names: readonly string[], filter: ts.Expression): readonly string[] {
  const text = filter.getText();
  if (text.includes('||')) return names;
  const isTypeScript = /\.[cm]?tsx?$/.test(filter.getSourceFile().fileName);
  // What runs is compiled: `.js` in a TypeScript file means its neighbours.
  const alike = (part: string) => (isTypeScript ? [part, part.replace(/\.([cm]?)js$/, '.$1ts')] : [part]);
  return names.filter((name) => {
    for (const [, not, method, part = ''] of text.matchAll(/(!?)[\w.]+\.(endsWith|startsWith|includes)\(\s*['"]([^'"]+)['"]/g)) {
      const isSo = alike(part).some((one) =>
        method === 'endsWith' ? name.endsWith(one) : method === 'startsWith' ? name.startsWith(one) : name.includes(one),
      );
      if (isSo === (not === '!')) return false;
    }
    for (const [, other = ''] of text.matchAll(/!==?\s*['"]([^'"]+)['"]/g)) if (alike(other).includes(name)) return false;
    return true;
  });
}

/** The code in a folder, and the folders: what a loader of modules may take. */
function codeIn(values: Values, folder: string, from: string): string[] {
  const isTaken = (name: string) => {
    const uri = uriIn(folder, name);
    if (uri === from || name === 'node_modules') return false;
    return values.host.isDirectory(uri) || (/\.[cm]?[jt]sx?$/.test(name) && !/\.(?:d|test|spec)\.[cm]?[jt]sx?$/.test(name));
  };
  return [...values.host.list(folder)].sort().filter(isTaken);
}

/** The paths of the files in and below a folder that a pattern matches. */
function filesBelow(values: Values, folder: string, test: RegExp, from: string): string[] {
  return codeIn(values, folder, from).flatMap((name) => {
    const uri = uriIn(folder, name);
    if (values.host.isDirectory(uri)) return filesBelow(values, uri, test, from);
    const path = pathOfUri(uri);
    return test.test(path) ? [path] : [];
  });
}

/** A pattern of paths as a regular expression; `.js` finds TypeScript, too. */
function patternOf(pattern: string): RegExp | undefined {
  const source = pattern
    .replaceAll(/[.+^$()|]/g, '\\$&')
    .replaceAll(/\{([^{}]*)\}/g, (_, inner: string) => `(?:${inner.replaceAll(',', '|')})`)
    .replaceAll('**/', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '(?:.*/)?')
    .replace(/\\\.([cm]?)js$/, '\\.$1[jt]s');
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return undefined;
  }
}

function below(start: string, parts: readonly (string | undefined)[]): string | undefined {
  if (!parts.every((part) => part !== undefined)) return undefined;
  const path = parts.join('').replaceAll(/\/{2,}/g, '/');
  return resolveUri(`.${path.startsWith('/') ? '' : '/'}${path}`, `${start}/`).replace(/\/$/, '');
}

function folderOf(uri: string): string {
  return uri.replace(/\/[^/]*$/, '');
}

/** The folder of the package a file lies in: where its program runs. */
export function packageOf(uri: string, values: Values): string {
  return folderOfPackage(uri, values.host) ?? folderOf(uri);
}
