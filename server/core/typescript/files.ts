/** The files of an application: its entries and what they import. */
import ts from 'ts6';
import { resolveUri } from '../uri.ts';
import { type Env, isRequire, strip, type Values } from './values.ts';

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
const isAsset = /\?\w+$|\.(?:json5?|jsonc|css|scss|less|svg|png|jpe?g|gif|ico|webp|woff2?|node|wasm|xml|html?|hbs|ejs|mdx?|txt|ya?ml|sql|graphql|gql|proto|csv|pem)$/;

function specifiersOf(file: ts.SourceFile): ts.StringLiteralLike[] {
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

/** The folder an expression names, as a URI: `join(__dirname, 'routes')`, `new URL('./routes', import.meta.url)`. */
export function folderOf(node: ts.Expression, values: Values, env: Env): string | undefined {
  const bare = strip(node);
  const here = bare.getSourceFile().fileName;
  const text = bare.getText();
  if (/^(?:__dirname|import\.meta\.dirname)$/.test(text)) return resolveUri('.', here).replace(/\/$/, '');
  if (/^(?:__filename|import\.meta\.(?:filename|url))$/.test(text)) return here;
  if (ts.isStringLiteralLike(bare)) return undefined;
  const args = ts.isCallExpression(bare) || ts.isNewExpression(bare) ? (bare.arguments ?? []) : [];
  const [first, ...more] = args;
  const name = ts.isCallExpression(bare) ? bare.expression.getText().split('.').at(-1) : undefined;
  if (first && (name === 'fileURLToPath' || name === 'pathToFileURL')) return folderOf(first, values, env);
  if (first && name === 'dirname') return folderOf(first, values, env)?.replace(/\/[^/]*$/, '');
  if (first && (name === 'join' || name === 'resolve')) {
    const parts = more.map((part) => values.text(part, env));
    const start = folderOf(first, values, env);
    return start && parts.every((part) => part !== undefined) ? below(start, parts.join('/')) : undefined;
  }
  if (first && ts.isNewExpression(bare) && bare.expression.getText() === 'URL') {
    const path = values.text(first, env);
    return path === undefined ? undefined : resolveUri(path, here).replace(/\/$/, '');
  }
  const declaration = ts.isIdentifier(bare) ? values.declarationOf(bare) : undefined;
  const value = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return value && folderOf(value, values, env);
}

function below(folder: string, path: string): string {
  return resolveUri(path.replace(/^\/+/, ''), `${folder}/`).replace(/\/$/, '');
}
