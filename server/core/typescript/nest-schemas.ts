/** The types and schemas that the decorators of `@nestjs/swagger` name in their options. */
import ts from 'ts6';
import type { Shape } from '../generate/facts.ts';
import type { Project } from './handler.ts';
import { schemaShape } from './json-schema.ts';
import type { Scope } from './type-model.ts';
import { propertyIn, strip } from './values.ts';

/** Options that are JSON Schema themselves. */
const structure = ['properties', 'items', 'additionalProperties', 'oneOf', 'anyOf', 'allOf'];

/** `{ type: Cat, isArray: true }`, `{ type: [Cat] }`, `{ enum: E }`. */
export function statedType(options: ts.Expression, project: Project, scope?: Scope): Shape | undefined {
  const written = propertyIn(options, 'schema') ?? propertyIn(options, 'standardSchema') ?? schemaOfContent(options);
  if (written) return scope && isOpen(written, project, scope) ? undefined : schemaShape(project, written, scope);
  const values = propertyIn(options, 'enum');
  const type = propertyIn(options, 'type');
  let shape: Shape | undefined;
  if (values) {
    const found = project.types.of(values);
    if (found.kind === 'enum') shape = project.shapes.of(found);
    else if (ts.isArrayLiteralExpression(values)) {
      shape = { type: 'string', enum: values.elements.flatMap((item) => (ts.isStringLiteralLike(item) ? [item.text] : [])) };
    }
  }
  if (type && !shape) shape = classShape(type, project, scope);
  if (structure.some((name) => propertyIn(options, name))) shape = schemaShape(project, options) ?? shape;
  const isArray = propertyIn(options, 'isArray')?.kind === ts.SyntaxKind.TrueKeyword;
  return shape && isArray ? { type: 'array', items: shape } : shape;
}

/** The schema of the first media type of `content`. */
function schemaOfContent(options: ts.Expression): ts.Expression | undefined {
  const content = propertyIn(options, 'content');
  const [first] = content && ts.isObjectLiteralExpression(content) ? content.properties : [];
  return first && ts.isPropertyAssignment(first) ? propertyIn(first.initializer, 'schema') : undefined;
}

/** Is a schema made of a parameter that stands for no class that is known? What members of one add is another matter: `...more.properties`. */
function isOpen(node: ts.Node, project: Project, scope: Scope): boolean {
  const isWhole = ts.isIdentifier(node) && !(ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node);
  const declaration = isWhole ? project.values.declarationOf(node) : undefined;
  if (declaration && ts.isParameter(declaration)) return project.types.of(node as ts.Identifier, scope).kind !== 'class';
  return ts.forEachChild(node, (child) => isOpen(child, project, scope) || undefined) ?? false;
}

/** The shape of what a class, a list of one or a primitive names: `Cat`, `[Cat]`, `() => Cat`, `String`. */
export function classShape(node: ts.Expression, project: Project, scope?: Scope): Shape | undefined {
  let bare = strip(node);
  if (ts.isArrowFunction(bare) && !ts.isBlock(bare.body)) bare = strip(bare.body);
  if (ts.isArrayLiteralExpression(bare)) {
    const items = bare.elements[0] && classShape(bare.elements[0], project, scope);
    return items && { type: 'array', items };
  }
  if (ts.isStringLiteralLike(bare)) return primitives[bare.text.toLowerCase()];
  const known = primitives[bare.getText().toLowerCase()];
  if (known) return known;
  const value = project.types.of(bare, scope);
  return value.kind === 'class'
    ? project.shapes.of({ kind: 'declared', node: value.node, scope: value.scope, args: [] })
    : undefined;
}

const primitives: Readonly<Record<string, Shape>> = {
  string: { type: 'string' },
  number: { type: 'number' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date-time' },
};
