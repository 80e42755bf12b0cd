/** The files of an application: its entries and what they import. */
import ts from 'ts6';
import type { Host } from '../host.ts';
import { uriIn } from '../uri.ts';
import { isRequire, type Values } from './values.ts';

/** The entries and every project file they import, directly or not; `missing` is told of imports that lead nowhere. */
export function* filesOf(
  values: Values,
  entries: readonly string[],
  missing: (node: ts.Node, message: string) => void = () => {},
): Iterable<ts.SourceFile> {
  const seen = new Set(entries);
  for (const uri of seen) {
    const file = values.file(uri);
    if (!file) continue;
    yield file;
    for (const specifier of specifiersOf(file)) {
      const target = values.resolve(specifier.text, uri);
      if (target) seen.add(target);
      else if (specifier.text.startsWith('.') && !isAsset.test(specifier.text)) {
        missing(specifier, `“${specifier.text}” is not found, so routes it may hold are missing.`);
      }
    }
  }
}

/** Files that hold no code: `./prompt.xml?raw`. */
const isAsset =
  /\?\w+$|\.(?:json5?|jsonc|css|scss|less|svg|png|jpe?g|gif|ico|webp|woff2?|node|wasm|xml|html?|hbs|ejs|mdx?|txt|ya?ml|sql|graphql|gql|proto|csv|pem)$/;

const specifiers = new WeakMap<ts.SourceFile, readonly ts.StringLiteralLike[]>();

/** The modules that a file imports for their values. */
export function specifiersOf(file: ts.SourceFile): readonly ts.StringLiteralLike[] {
  const known = specifiers.get(file) ?? findSpecifiers(file);
  specifiers.set(file, known);
  return known;
}

function findSpecifiers(file: ts.SourceFile): ts.StringLiteralLike[] {
  const found: ts.StringLiteralLike[] = [];
  const isDeep = /\b(?:require|import)\s*\(/.test(file.text);
  const visit = (node: ts.Node) => {
    if ((ts.isImportDeclaration(node) && !node.importClause?.isTypeOnly) || (ts.isExportDeclaration(node) && !node.isTypeOnly)) {
      if (node.moduleSpecifier && ts.isStringLiteralLike(node.moduleSpecifier)) found.push(node.moduleSpecifier);
    } else {
      const specifier = specifierOf(node);
      if (specifier && ts.isStringLiteralLike(specifier)) found.push(specifier);
    }
    if (isDeep || node === file) ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** What `require(…)` or `import(…)` is given. */
export function specifierOf(node: ts.Node): ts.Expression | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  return isRequire(node) || node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : undefined;
}

const leftOut = /^(?:node_modules|coverage|vendor|__tests__|__mocks__|\..*)$/;
const output = /^(?:dist|build|out)$/;
const isSource = (name: string) => /\.[cm]?[jt]sx?$/.test(name) && !/\.d\.[cm]?ts$/.test(name);

/** The source files in a folder, below it included. */
export function* sourcesIn(host: Host, folder: string): Iterable<string> {
  for (const name of [...host.list(folder)].sort()) {
    const uri = uriIn(folder, name);
    // No compiler writes TypeScript: a folder that has some is a part of the program, whatever its name.
    if (leftOut.test(name) || (output.test(name) && !host.list(uri).some((one) => isSource(one) && /tsx?$/.test(one)))) continue;
    if (isSource(name)) yield uri;
    else if (!name.includes('.') || host.isDirectory(uri)) yield* sourcesIn(host, uri);
  }
}
