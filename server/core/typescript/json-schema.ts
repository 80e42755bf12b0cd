/** JSON Schemas written as object literals, and validators of libraries, as shapes. */
import ts from 'ts6';
import type { Shape } from '../generate/facts.ts';
import type { Project } from './handler.ts';
import { anyOf, keywordsOf } from './schema-libraries.ts';
import { filesOf } from './files.ts';
import type { Scope } from './type-model.ts';
import { strip } from './values.ts';
import { initializerOf } from './plain.ts';

/** The shape a schema means: of a library, or JSON Schema in an object literal; undefined where it cannot be followed. */
export function schemaShape(project: Project, node: ts.Expression, scope?: Scope, depth = 0): Shape | undefined {
  if (depth > 10) return undefined;
  const type = project.types.of(node);
  if (type.kind === 'schema') return type.shape;
  const value = project.values.of(node, project.values.root);
  return value?.kind === 'object' ? literalShape(project, value.node, scope, depth) : undefined;
}

function literalShape(
  project: Project,
  node: ts.ObjectLiteralExpression,
  scope: Scope | undefined,
  depth: number,
): Shape | undefined {
  const get = (name: string) => property(project, node, name);
  const inner = (one: ts.Expression | undefined) => (one ? (schemaShape(project, one, scope, depth + 1) ?? {}) : {});
  const target = get('$ref');
  const named = target && namedClass(project, target, scope);
  if (named) return named;
  const reference = textOf(target);
  if (reference !== undefined) return referenced(project, node, reference, depth);
  const alternatives = listOf(project, get('anyOf') ?? get('oneOf'));
  if (alternatives) return anyOf(alternatives.map(inner));
  const types = textsOf(project, get('type'));
  const [type] = types.filter((one) => one !== 'null') as Shape['type'][];
  const values = listOf(project, get('enum'))?.map(literalOf) ?? [];
  const constant = get('const');
  if (constant) values.push(literalOf(constant));
  const known = values.filter((one) => one !== undefined);
  const required = textsOf(project, get('required'));
  const properties = get('properties');
  const all = listOf(project, get('allOf'))?.map((one) => whole(project, inner(one))) ?? [];
  const own = properties ? propertyShapes(project, properties, scope, depth) : undefined;
  const members = { ...Object.assign({}, ...all.map((one: Shape) => one.properties ?? {})), ...own };
  const additional = get('additionalProperties');
  const items = get('items');
  return {
    ...keywordsOf(node),
    ...(type ? { type } : own || all.length > 0 ? { type: 'object' as const } : {}),
    ...(Object.keys(members).length > 0 || own ? { properties: members } : {}),
    ...(required.length > 0 && { required }),
    ...(items && { items: inner(items) }),
    ...(known.length > 0 && { enum: known }),
    ...(types.includes('null') && { nullable: true }),
    ...(additional && ts.isObjectLiteralExpression(strip(additional)) && { additional: inner(additional) }),
  };
}

/** A named type written out. */
function whole(project: Project, shape: Shape): Shape {
  return shape.ref ? (project.shapes.named.get(shape.ref) ?? {}) : shape;
}

/** `getSchemaPath(Cat)` of `@nestjs/swagger` means the class. */
function namedClass(project: Project, node: ts.Expression, scope: Scope | undefined): Shape | undefined {
  const bare = strip(node);
  const [first] = ts.isCallExpression(bare) && /(?:^|\.)getSchemaPath$/.test(bare.expression.getText()) ? bare.arguments : [];
  const type = first && project.types.of(first, scope);
  return type?.kind === 'class'
    ? project.shapes.of({ kind: 'declared', node: type.node, scope: type.scope, args: [] })
    : undefined;
}

function propertyShapes(project: Project, node: ts.Expression, scope: Scope | undefined, depth: number): Record<string, Shape> {
  const members = project.types.membersOf(project.types.of(node)) ?? new Map();
  const found: Record<string, Shape> = {};
  for (const [name, member] of members) {
    const value = member.node && initializerOf(member.node);
    found[name] = (value && schemaShape(project, value, scope, depth + 1)) ?? {};
  }
  return found;
}

/** `user#` means the schema of the application whose `$id` is `user`. */
function referenced(project: Project, at: ts.Node, reference: string, depth: number): Shape | undefined {
  const component = /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1];
  if (component !== undefined) return classNamed(project, component) ?? {};
  const [id = '', rest = ''] = reference.split('#');
  if (id === '' || rest.replace(/^\//, '') !== '') return {};
  for (const file of [...filesOf(project.values, [at.getSourceFile().fileName]), ...project.values.files()]) {
    if (!file.text.includes('$id')) continue;
    let found: Shape | undefined;
    const visit = (node: ts.Node): void => {
      if (!found && ts.isObjectLiteralExpression(node) && textOf(property(project, node, '$id')) === id) {
        // `Type.Object({ … }, { $id: 'user' })`
        const made = ts.isCallExpression(node.parent) ? project.types.of(node.parent) : undefined;
        found = made?.kind === 'schema' ? made.shape : literalShape(project, node, undefined, depth + 1);
      }
      if (!found) ts.forEachChild(node, visit);
    };
    visit(file);
    if (found) return found;
  }
  return {};
}

/** `#/components/schemas/UserDto` means the class of that name, where the application has one. */
function classNamed(project: Project, name: string): Shape | undefined {
  const found = project.values
    .files()
    .filter(({ text }) => text.includes(`class ${name}`))
    .flatMap((file) => file.statements.filter((one) => ts.isClassDeclaration(one) && one.name?.text === name));
  const [only, ...others] = found as ts.ClassDeclaration[];
  if (!only || others.length > 0) return undefined;
  return project.shapes.of({ kind: 'declared', node: only, scope: project.types.root, args: [] });
}

/** The expression of a property of an object, spreads and constants followed. */
export function property(project: Project, node: ts.Expression, name: string): ts.Expression | undefined {
  const member = project.types.membersOf(project.types.of(node))?.get(name);
  return member?.node && initializerOf(member.node);
}

function listOf(project: Project, node: ts.Expression | undefined): readonly ts.Expression[] | undefined {
  const value = node && project.values.of(node, project.values.root);
  return value?.kind === 'list' ? value.items : undefined;
}

function textsOf(project: Project, node: ts.Expression | undefined): string[] {
  const text = textOf(node);
  if (text !== undefined) return [text];
  return (listOf(project, node) ?? []).flatMap((item) => textOf(item) ?? []);
}

function textOf(node: ts.Expression | undefined): string | undefined {
  const bare = node && strip(node);
  return bare && ts.isStringLiteralLike(bare) ? bare.text : undefined;
}

function literalOf(node: ts.Expression): string | number | boolean | undefined {
  const bare = strip(node);
  if (ts.isStringLiteralLike(bare)) return bare.text;
  if (ts.isNumericLiteral(bare)) return Number(bare.text);
  if (bare.kind === ts.SyntaxKind.TrueKeyword) return true;
  return bare.kind === ts.SyntaxKind.FalseKeyword ? false : undefined;
}
