/** How an application comes to a file of its routes: what stands before them lies in the files between. */
import { type CodeFile, plainModule, ts } from '../../server/core/typescript/code.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';

/** Where a package puts its application together, seen from its folder. */
const entries = ['index', 'app', 'server', 'main', 'src/index', 'src/app', 'src/server', 'src/main', 'src/app.module'];

/** More files than these are not looked at for one answer. */
const most = 80;

/** A file on the way, and what it gives beside the next one where it takes that in: `app.use('/users', guard, users)`. */
export interface Step {
  readonly file: CodeFile;
  readonly beside: readonly ts.Expression[];
  /** The call that takes the next one in, where it is seen. */
  readonly mount?: ts.CallExpression;
}

const known = new WeakMap<CodeFile, readonly Step[]>();

/** The files that put the application together, and those between them and this one; each is read only when it is asked for. */
export function stepsTo(file: CodeFile): readonly Step[] {
  let found = known.get(file);
  if (!found) known.set(file, (found = search(file)));
  return found;
}

function search(file: CodeFile): readonly Step[] {
  const folder = file.package?.folder;
  if (folder === undefined) return [];
  const starts = entries.flatMap((name) => file.load(`./${name}`, `${folder}package.json`) ?? []);
  const seen = new Set([file.uri, ...starts.map(({ uri }) => uri)]);
  let edge = starts.map((start) => ({ at: start, way: [] as readonly Step[] }));
  while (edge.length > 0 && seen.size < most) {
    const next: typeof edge = [];
    for (const { at, way } of edge) {
      for (const specifier of at.modules) {
        const target = /^[.~@#]/.test(specifier) ? at.load(specifier, at.uri) : undefined;
        if (!target || (target.uri !== file.uri && seen.has(target.uri))) continue;
        const step = { file: at, ...mountOf(at, specifier) };
        if (target.uri === file.uri) return [...way, step, ...starts.map((start) => ({ file: start, beside: [] }))];
        seen.add(target.uri);
        next.push({ at: target, way: [...way, step] });
      }
    }
    edge = next;
  }
  return starts.map((start) => ({ file: start, beside: [] }));
}

/** The call that registers a router of that module, and what is given with it. */
function mountOf(file: CodeFile, specifier: string): Pick<Step, 'beside' | 'mount'> {
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    if (!/\.(?:use|register|route)$/.test(call.expression.getText())) continue;
    const at = call.arguments.findIndex((argument) => isOf(argument, specifier));
    if (at >= 0) return { mount: call, beside: call.arguments.filter((_, index) => index !== at) };
  }
  return { beside: [] };
}

/** A name that is imported from a module, a member of one, or what `require` gives of it. */
function isOf(argument: ts.Expression, specifier: string): boolean {
  let root: ts.Expression = argument;
  while (ts.isPropertyAccessExpression(root) || (ts.isCallExpression(root) && root.expression.getText() !== 'require'))
    root = root.expression;
  const declaration = ts.isIdentifier(root) ? declarationOf(root) : root;
  const statement = declaration && [declaration, ...outer(declaration)].find((node) => speaksOf(node, specifier));
  return statement !== undefined;
}

function* outer(node: ts.Node): Iterable<ts.Node> {
  for (let at = node.parent; at && !ts.isSourceFile(at) && !ts.isBlock(at); at = at.parent) yield at;
}

function speaksOf(node: ts.Node, specifier: string): boolean {
  if (ts.isImportDeclaration(node))
    return ts.isStringLiteral(node.moduleSpecifier) && plainModule(node.moduleSpecifier.text) === specifier;
  const made = ts.isVariableDeclaration(node) ? node.initializer : node;
  if (!made || !ts.isCallExpression(made) || made.expression.getText() !== 'require') return false;
  const [module] = made.arguments;
  return module !== undefined && ts.isStringLiteralLike(module) && plainModule(module.text) === specifier;
}
