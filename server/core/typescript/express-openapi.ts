/**
 * Reads applications of express-openapi: modules by the paths of their files, each method with the description that stands beside it
 * (`GET.apiDoc`), and functions by the `operationId` of a document.
 */
import ts from 'ts6';
import type { Description } from '../generate/described.ts';
import type { Facts, OperationFact } from '../generate/facts.ts';
import { parseApiDocument } from '../document.ts';
import { isRecord } from '../model/api.ts';
import type { Steps } from '../steps.ts';
import { resolveUri } from '../uri.ts';
import {
  basePathOf,
  descriptionOf,
  exportsOf,
  type Handler,
  handlersIn,
  modulesBelow,
  operationIdOf,
  readHandler,
  Served,
} from './contract-first.ts';
import { optionsOf, type Written } from './contracts.ts';
import { addOnce, callsIn } from './controllers.ts';
import { dataOf, documentOf } from './data.ts';
import { evidenceAt } from './evidence.ts';
import { express } from './express.ts';
import { filesOf } from './files.ts';
import { type Dialect, functionsOf, type Project } from './handler.ts';
import { koa } from './koa.ts';
import { packageOf, placeOf } from './loader.ts';
import { joinPaths } from './routers.ts';
import { type Env, nameText, resultsOf, strip, type Value } from './values.ts';
import { initializerOf } from './plain.ts';

const library = /^(?:express|koa)-openapi$/;

/** The facts of the paths and operations that these files and their imports initialize. */
export function* readExpressOpenapi(entries: readonly string[], project: Project): Steps<Facts> {
  const served = new Served(project);
  for (const file of filesOf(project.values, entries)) {
    yield file.fileName;
    if (!/(?:express|koa)-openapi/.test(file.text)) continue;
    for (const call of callsIn(file)) {
      const value = project.values.of(call.expression, project.values.root);
      const isIt = value?.kind === 'package' && library.test(value.name) && /(?:^|\.)initialize$/.test(value.member);
      if (isIt) yield* initialize(call, value.name === 'koa-openapi' ? koa.dialect : express.dialect, served);
    }
  }
  return { operations: [...served.operations.values()], types: project.shapes.named, notes: served.notes };
}

function* initialize(call: ts.CallExpression, dialect: Dialect, served: Served): Steps<void> {
  const { project } = served;
  const { root } = project.values;
  const given = optionsOf(call.arguments[0], root, project);
  const [stated, paths, operations] = [given('apiDoc'), given('paths'), given('operations')];
  const document = stated && documentOf(stated.node, stated.env, project);
  if (stated && !document)
    served.note(stated.node, 'The description is not found, so what it says of all operations is missing.');
  const description = descriptionOf(document ?? { data: {} }, project);
  const prefix = basePathOf(description.data);
  const ignored = given('pathsIgnore');
  const isIgnored = ignored ? (patternOf(ignored.node) ?? never) : never;
  for (const [path, module] of paths ? modulesAt(paths, isIgnored, served) : []) {
    if (module.uri !== undefined) yield module.uri;
    addModule(path, module, { description, prefix, dialect }, served);
  }
  if (operations && document)
    served.add({
      document,
      at: operations.node,
      handlers: handlersIn(operations, project),
      prefix,
      dialect,
      nameOf: operationIdOf,
    });
}

const never = /(?!)/;

/** `/.test$/`, `new RegExp('.(spec|test)$')` */
function patternOf(node: ts.Expression): RegExp | undefined {
  const bare = strip(node);
  const [first] = ts.isNewExpression(bare) ? (bare.arguments ?? []) : [];
  const source = ts.isRegularExpressionLiteral(bare) ? /^\/(.*)\/\w*$/s.exec(bare.text)?.[1] : undefined;
  const text = source ?? (first && ts.isStringLiteralLike(first) ? first.text : undefined);
  try {
    return text === undefined ? undefined : new RegExp(text);
  } catch {
    return undefined;
  }
}

/** A module of a path: a file, or what stands in its place. */
interface PathModule {
  readonly value: Value;
  readonly uri?: string;
}

/** The modules of folders, by the paths that their files stand for, and those that are listed with theirs. */
function* modulesAt({ node, env }: Written, ignored: RegExp, served: Served): Iterable<[string, PathModule]> {
  const { project } = served;
  const { values } = project;
  const value = values.of(node, env);
  if (value?.kind === 'list') {
    for (const item of values.spread(value.items, value.env)) yield* modulesAt(item, ignored, served);
    return;
  }
  if (value?.kind === 'object') {
    const given = optionsOf(node, env, project);
    const [path, module] = [given('path'), given('module')];
    const text = path && values.text(path.node, path.env);
    const found = module && values.of(module.node, module.env);
    if (text !== undefined && found) yield [text, { value: found, ...(found.kind === 'module' && { uri: found.uri }) }];
    else served.note(node, 'The path is computed at run time, so its routes are missing.');
    return;
  }
  const folder = folderOf(node, env, project);
  if (folder === undefined) return served.note(node, 'The folder of paths is known only at run time, so its routes are missing.');
  for (const [path, uri] of modulesBelow(folder, values.host)) {
    if (!ignored.test(path)) yield [path.replace(/\/index$/, '') || '/', { value: { kind: 'module', uri }, uri }];
  }
}

/** The folder that an expression is the path of: where the program runs, or beside the file that names it. */
function folderOf(node: ts.Expression, env: Env, { values }: Project): string | undefined {
  const from = node.getSourceFile().fileName;
  const place = placeOf(node, values, env);
  const text = values.text(node, env);
  const named = text === undefined ? [] : [resolveUri(text, `${packageOf(from, values)}/`), resolveUri(text, from)];
  return [...(place ? [place] : []), ...named].map((one) => one.replace(/\/$/, '')).find((one) => values.host.isDirectory(one));
}

interface Context {
  readonly description: Description;
  readonly prefix: string;
  readonly dialect: Dialect;
}

/** The methods of a path's module, as it may write them: `GET`, `get`, `del`. */
const verb = /^(?:get|put|post|patch|delete|del|options|head|trace)$/i;

function addModule(path: string, { value }: PathModule, { description, prefix, dialect }: Context, served: Served): void {
  const { project } = served;
  const paths = description.follow(description.data.paths);
  const item = description.follow(paths[path]);
  const module = membersIn(value, project);
  const parameters = module.get('parameters');
  const shared = parameters?.node && dataOf(parameters.node, parameters.env, project);
  const common = Array.isArray(shared) ? { ...item, parameters: shared } : item;
  for (const [name, member] of module) {
    if (!verb.test(name)) continue;
    const method = name.toLowerCase().replace(/^del$/, 'delete');
    const stated = apiDocOf(name, member, project);
    const described = stated === undefined ? item[method] : stated;
    const evidence = evidenceAt(member.at, 'declared');
    const said = description.operation(described ?? {}, common, evidence);
    const read = readHandler(member.functions, said, dialect, served);
    const operation: OperationFact = { ...read, method, path: joinPaths(prefix, path) || '/', source: evidence };
    addOnce(served.operations, operation);
  }
}

/** What a module of a path has under a name. */
interface Member extends Handler {
  readonly node?: ts.Expression;
  readonly env: Env;
  /** The names it goes by in its file. */
  readonly names: ReadonlySet<string>;
}

/** The members of a module, of the object it exports, or of what the function gives back that it exports: `export default (users) => ({ GET })`. */
function membersIn(value: Value | undefined, project: Project, depth = 0): ReadonlyMap<string, Member> {
  const { values } = project;
  const found = new Map<string, Member>();
  if (!value || depth > 3) return found;
  if (value.kind === 'function') {
    const [result] = resultsOf(value.node.body);
    return result ? membersIn(values.of(result, value.env), project, depth + 1) : found;
  }
  if (value.kind === 'object') {
    for (const property of value.node.properties) {
      const name = property.name && nameText(property.name);
      if (name === undefined || !property.name) continue;
      const node = initializerOf(property);
      const own = ts.isMethodDeclaration(property) ? [{ kind: 'function' as const, node: property, env: value.env }] : [];
      const functions = node ? functionsOf(values, node, value.env) : own;
      const names = new Set([name, ...(node ? [strip(node).getText()] : [])]);
      found.set(name, { at: property.name, functions, env: value.env, names, ...(node && { node }) });
    }
    return found;
  }
  if (value.kind !== 'module') return found;
  const names = exportsOf(value.uri, values);
  if (names.includes('default')) {
    const whole = membersIn(values.exported(value.uri, 'default'), project, depth + 1);
    if (whole.size > 0) return whole;
  }
  for (const name of names) {
    const at = exportNamed(value.uri, name, project);
    if (at) found.set(name, at);
  }
  return found;
}

/** `export const GET: Operation = [authorize(), list()]`, `export function get(req, res) { … }` */
function exportNamed(uri: string, name: string, project: Project): Member | undefined {
  const { values } = project;
  const { root: env } = values;
  const declared = values.file(uri)?.statements.flatMap((one): ts.Node[] => {
    if (ts.isVariableStatement(one)) return one.declarationList.declarations.filter((each) => each.name.getText() === name);
    return ts.isFunctionDeclaration(one) && one.name?.text === name ? [one] : [];
  });
  const [node] = declared ?? [];
  const names = new Set([name]);
  // `exports.get = function (req, res) { … }`
  const value = node ? undefined : values.exported(uri, name);
  if (value?.kind === 'function') return { at: value.node, functions: [value], env, names };
  if (!node) return undefined;
  if (ts.isFunctionDeclaration(node)) return { at: node.name ?? node, functions: [{ kind: 'function', node, env }], env, names };
  const given = ts.isVariableDeclaration(node) ? node.initializer : undefined;
  if (!given || !ts.isVariableDeclaration(node)) return undefined;
  return { at: node.name, node: given, functions: functionsOf(values, given, env), env, names };
}

/** What is said of a method beside it: `GET.apiDoc = { … }`, also as YAML. */
function apiDocOf(name: string, { at, names, env }: Member, project: Project): unknown {
  const file = at.getSourceFile();
  let found: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    const isSet = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (isSet && ts.isPropertyAccessExpression(node.left) && node.left.name.text === 'apiDoc') {
      const owner = node.left.expression.getText();
      if (names.has(owner) || owner.endsWith(`.${name}`)) found ??= node.right;
    }
    ts.forEachChild(node, visit);
  };
  if (file.text.includes('.apiDoc')) visit(file);
  const data = found && dataOf(found, env, project);
  const document = typeof data === 'string' ? parseApiDocument('file:///apiDoc.yaml', data).data : data;
  return isRecord(document) ? document : undefined;
}
