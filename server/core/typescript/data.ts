/** Data that code holds: literals as JSON, and the documents of files that it names. */
import ts from 'ts6';
import { parseApiDocument } from '../document.ts';
import { resolveUri } from '../uri.ts';
import { callsIn } from './controllers.ts';
import type { Project } from './handler.ts';
import { packageOf, placeOf } from './loader.ts';
import { named } from './names.ts';
import { type Env, nameText, resultsOf, strip } from './values.ts';
import { initializerOf } from './plain.ts';

/** How deep a literal is followed. */
const maxDepth = 40;

/** A value as JSON, as far as the code writes it: what is not seen is left out, or `undefined` where it is the whole. */
export function dataOf(node: ts.Expression, env: Env, project: Project, depth = 0): unknown {
  const { values } = project;
  const bare = strip(node);
  if (depth > maxDepth) return undefined;
  if (ts.isStringLiteralLike(bare)) return bare.text;
  if (ts.isNumericLiteral(bare)) return Number(bare.text);
  if (ts.isPrefixUnaryExpression(bare) && ts.isNumericLiteral(bare.operand))
    return bare.operator === ts.SyntaxKind.MinusToken ? -Number(bare.operand.text) : undefined;
  if (bare.kind === ts.SyntaxKind.TrueKeyword || bare.kind === ts.SyntaxKind.FalseKeyword)
    return bare.kind === ts.SyntaxKind.TrueKeyword;
  if (bare.kind === ts.SyntaxKind.NullKeyword) return null;
  const value = values.of(bare, env);
  if (value?.kind === 'text') return numberBehind(bare, project) ?? value.text;
  if (value?.kind === 'names') return value.texts;
  if (value?.kind === 'list')
    return value.items.flatMap((item) => {
      const isSpread = ts.isSpreadElement(item);
      const one = dataOf(isSpread ? item.expression : item, value.env, project, depth + 1);
      return isSpread ? (Array.isArray(one) ? one : []) : one === undefined ? [] : [one];
    });
  if (value?.kind === 'object') {
    const found: Record<string, unknown> = {};
    for (const property of value.node.properties) {
      if (ts.isSpreadAssignment(property)) Object.assign(found, dataOf(property.expression, value.env, project, depth + 1));
      const name = property.name && keyOf(property.name, value.env, project);
      const given = initializerOf(property);
      const one = given && dataOf(given, value.env, project, depth + 1);
      if (name !== undefined && one !== undefined) found[name] = one;
    }
    return found;
  }
  const imported = importedBy(bare, project);
  if (imported !== undefined) return documentIn(imported, project)?.data;
  // What is not decided: what is said where the condition holds.
  if (ts.isConditionalExpression(bare))
    return dataOf(bare.whenTrue, env, project, depth + 1) ?? dataOf(bare.whenFalse, env, project, depth + 1);
  // `Object.values(Role)`
  const all = values.valuesOf(bare, env)?.flatMap((one) => (one?.kind === 'text' ? [one.text] : []));
  return all && all.length > 0 ? all : undefined;
}

function keyOf(name: ts.PropertyName, env: Env, { values }: Project): string | undefined {
  return ts.isComputedPropertyName(name) ? values.text(name.expression, env) : nameText(name);
}

/** The number that a constant is. */
function numberBehind(node: ts.Expression, { values }: Project): number | undefined {
  const found = ts.isIdentifier(node) ? named(values, node, 'value') : undefined;
  const declared = found?.kind === 'node' && ts.isVariableDeclaration(found.node) ? found.node.initializer : undefined;
  const bare = declared && strip(declared);
  return bare && ts.isNumericLiteral(bare) ? Number(bare.text) : undefined;
}

/** A description that code holds, or whose file it names. */
export interface Held {
  readonly data: unknown;
  /** Of the file, where it is one. */
  readonly uri?: string;
}

/** What is done with the text, or the path, of a document to have its data. */
const readers =
  /(?:^|\.)(?:load|safeLoad|parse|parseDocument|readFileSync|readFile|bundle|dereference|validate|loadSync|toString|toJSON)$/;

/**
 * The document that an expression is: a literal, a file that it is the path of, one that is imported or read,
 * `yaml.load(readFileSync(join(__dirname, 'api.yaml'), 'utf8'))`.
 */
export function documentOf(node: ts.Expression, env: Env, project: Project, depth = 0): Held | undefined {
  const { values } = project;
  const bare = strip(node);
  if (depth > 8) return undefined;
  const value = values.of(bare, env);
  if (value?.kind === 'object') return { data: dataOf(bare, env, project) };
  const uri = fileNamed(bare, env, project) ?? importedBy(bare, project);
  if (uri !== undefined) return documentIn(uri, project);
  const call = ts.isCallExpression(bare)
    ? bare
    : value?.kind === 'made' && ts.isCallExpression(value.call)
      ? value.call
      : undefined;
  const callee = call && strip(call.expression);
  if (call && callee && readers.test(callee.getText())) {
    const [first] = call.arguments;
    // `readFileSync(path).toString()`
    const inner = first ?? (ts.isPropertyAccessExpression(callee) ? callee.expression : undefined);
    return inner && documentOf(inner, value?.kind === 'made' ? value.env : env, project, depth + 1);
  }
  const target = call && values.of(call.expression, env);
  if (call && target?.kind === 'function') {
    const inner = values.call(call, target, env);
    return firstOf(resultsOf(target.node.body), (one) => documentOf(one, inner, project, depth + 1));
  }
  const declared = ts.isIdentifier(bare) ? values.declarationOf(bare) : undefined;
  if (declared && ts.isParameter(declared))
    return firstOf(givenTo(declared), (one) => documentOf(one, values.root, project, depth + 1));
  const found = ts.isIdentifier(bare) ? named(values, bare, 'value') : undefined;
  const written = found?.kind === 'node' && ts.isVariableDeclaration(found.node) ? found.node.initializer : undefined;
  return written && written !== bare ? documentOf(written, env, project, depth + 1) : undefined;
}

function firstOf<From, To>(all: readonly From[], found: (one: From) => To | undefined): To | undefined {
  for (const one of all) {
    const result = found(one);
    if (result !== undefined) return result;
  }
  return undefined;
}

/** What the calls in its file give a parameter. */
function givenTo(node: ts.ParameterDeclaration): ts.Expression[] {
  const owner = node.parent;
  const holder = ts.isVariableDeclaration(owner.parent) ? owner.parent : owner;
  const name = holder.name?.getText();
  const index = owner.parameters.indexOf(node);
  return callsIn(node.getSourceFile()).flatMap(({ expression, arguments: given }) => {
    const callee = strip(expression);
    const called = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
    return called === name && given[index] ? [given[index]] : [];
  });
}

/** The document in a file; `undefined` where there is none. */
export function documentIn(uri: string, { values }: Project): Held | undefined {
  const text = values.written(uri);
  return text === undefined ? undefined : { data: parseApiDocument(uri, text).data, uri };
}

const isData = /\.(?:json|ya?ml)$/;

/** The file whose path an expression is: where the program runs, or beside the file that names it. */
export function fileNamed(node: ts.Expression, env: Env, { values }: Project): string | undefined {
  const from = node.getSourceFile().fileName;
  const place = placeOf(node, values, env);
  const text = values.text(node, env);
  const candidates = place ? [place] : text ? [resolveUri(text, `${packageOf(from, values)}/`), resolveUri(text, from)] : [];
  return candidates.find((one) => values.host.isFile(one));
}

/** The file of data that a name is imported from, or a call requires. */
function importedBy(node: ts.Expression, { values }: Project): string | undefined {
  const declared = ts.isIdentifier(node) ? values.declarationOf(node) : undefined;
  const imported = declared && ts.findAncestor(declared, ts.isImportDeclaration);
  const [required] = ts.isCallExpression(node) && node.expression.getText() === 'require' ? node.arguments : [];
  const specifier = imported?.moduleSpecifier ?? required;
  if (!specifier || !ts.isStringLiteralLike(specifier) || !isData.test(specifier.text)) return undefined;
  const uri = resolveUri(specifier.text, node.getSourceFile().fileName);
  return specifier.text.startsWith('.') && values.host.isFile(uri) ? uri : undefined;
}
