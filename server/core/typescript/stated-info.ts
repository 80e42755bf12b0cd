/**
 * What the code says of the API as a whole, for the description that it serves: title, version and description of an `info` object
 * (of swagger-jsdoc, of plugins of Fastify, Hono and Elysia) or of Nest's `DocumentBuilder`.
 */
import ts from 'ts6';
import type { Info } from '../generate/facts.ts';
import { callsIn } from './controllers.ts';
import { propertiesIn } from './handler.ts';
import { nameText, strip, type Values } from './values.ts';

/** What the files that were read state; nothing where they describe several APIs. */
export function statedInfo(values: Values): Info {
  const found = new Map<string, Info>();
  for (const file of values.files()) {
    if (!/\binfo\b|\bDocumentBuilder\b/.test(file.text)) continue;
    for (const info of [...objectsIn(file, values), ...buildersIn(file, values)]) found.set(info.title, info);
  }
  const [only, ...others] = found.values();
  return only && others.length === 0 ? only : {};
}

type Titled = Info & { readonly title: string };

/** `info: { title: 'Orders', version: '1.0.0' }`: OpenAPI asks for both. */
function objectsIn(file: ts.SourceFile, values: Values): Titled[] {
  const found: Titled[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && nameText(node.name) === 'info') {
      const given = propertiesIn(strip(node.initializer));
      const info = given.has('version') && infoOf((name) => given.get(name), values);
      if (info) found.push(info);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** `new DocumentBuilder().setTitle('Orders').setVersion('1.0')` of `@nestjs/swagger`. */
function buildersIn(file: ts.SourceFile, values: Values): Titled[] {
  const titles = callsIn(file).filter(({ expression }) => memberName(expression) === 'setTitle' && isBuilder(expression, values));
  return titles.flatMap((call) => {
    const given = new Map([[memberName(call.expression), call.arguments[0]]]);
    let above: ts.Node = call.parent;
    let below: ts.Expression = call.expression;
    while (ts.isPropertyAccessExpression(above) && ts.isCallExpression(above.parent)) {
      given.set(above.name.text, above.parent.arguments[0]);
      above = above.parent.parent;
    }
    while (ts.isPropertyAccessExpression(below) && ts.isCallExpression(below.expression)) {
      given.set(memberName(below.expression.expression), below.expression.arguments[0]);
      below = below.expression.expression;
    }
    return infoOf((name) => given.get(`set${name[0]?.toUpperCase()}${name.slice(1)}`), values) ?? [];
  });
}

function isBuilder(node: ts.Expression, values: Values): boolean {
  let root = node;
  while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = strip(root.expression);
  const made = values.of(root, values.root);
  return made?.kind === 'made' && made.name === '@nestjs/swagger' && made.member === 'DocumentBuilder';
}

function infoOf(given: (name: string) => ts.Expression | undefined, values: Values): Titled | undefined {
  const [title, version, description] = ['title', 'version', 'description'].map((name) => {
    const value = given(name);
    return value && values.text(value, values.root)?.trim();
  });
  return title ? { title, ...(version && { version }), ...(description && { description }) } : undefined;
}

function memberName(node: ts.Expression): string {
  return ts.isPropertyAccessExpression(node) ? node.name.text : '';
}
